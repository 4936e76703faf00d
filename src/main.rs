//! The program: arguments in, exit status out.

use std::process::ExitCode;

/// Reading and judging a manifest allocates a great deal, and the C libraries of static builds are
/// slow at it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(flink_migrate::main(std::env::args_os()))
}

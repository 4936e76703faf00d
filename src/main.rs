//! The door.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(flink_migrate::cli::main(std::env::args_os()))
}

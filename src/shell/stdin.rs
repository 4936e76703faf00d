//! Standard input as one text, for what people pipe into the program and is not a stream of
//! manifests.

use std::io::{self, Read};

use super::Problem;

/// All of standard input.
pub fn read_stdin(name: &str) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|cause| Problem::io(name, "cannot be read", &cause))?;
    super::read::text(bytes, name)
}

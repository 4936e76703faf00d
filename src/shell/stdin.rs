//! Standard input, read whole.

use std::io::{self, Read};

use crate::workspace::FileError;

/// Largest standard input that is read, in bytes.
const MAX_STDIN: u64 = 1 << 30;

/// All of standard input.
///
/// # Errors
/// If it cannot be read or is larger than 1 GiB.
pub(crate) fn read_stdin(name: &str) -> Result<Vec<u8>, FileError> {
    read_up_to(MAX_STDIN, io::stdin().lock(), name)
}

fn read_up_to(limit: u64, input: impl Read, name: &str) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    let read = input.take(limit + 1).read_to_end(&mut bytes);
    match read {
        Err(cause) => Err(FileError::io(name, "cannot be read", &cause)),
        Ok(read) if read as u64 > limit => {
            let limit = format!("is larger than {} MiB", limit >> 20);
            Err(FileError::new(name, limit + "; write it to files and name them"))
        }
        Ok(_) => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_up_to_the_limit_is_read_and_more_is_an_error() {
        let limit = 1 << 20;
        let input = vec![b'x'; 1 << 20];
        assert_eq!(read_up_to(limit, &input[..], "-").unwrap(), input);
        let problem = read_up_to(limit, io::repeat(b'x'), "-").unwrap_err().to_string();
        assert_eq!(problem, "-: error: is larger than 1 MiB; write it to files and name them");
    }
}

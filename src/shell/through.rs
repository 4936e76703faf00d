//! Reading a file or standard input from end to end in pieces, whatever its size.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::read::fill;
use crate::workspace::FileError;

/// How much is read at a time, in bytes.
const CHUNK: usize = 256 * 1024;

/// Shows `visit` the bytes of the file, or of standard input if there is no path, one piece after the
/// other. `name` is the file as shown to people.
///
/// # Errors
/// What cannot be read. A directory is not walked.
pub(crate) fn read_chunks(
    path: Option<&Path>,
    name: &str,
    visit: &mut dyn FnMut(&[u8]),
) -> Result<(), FileError> {
    let unreadable = |cause: &io::Error| FileError::io(name, "cannot be read", cause);
    let Some(path) = path else {
        return read_in_chunks(&mut io::stdin().lock(), visit).map_err(|cause| unreadable(&cause));
    };
    let mut file = File::open(path).map_err(|cause| unreadable(&cause))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        let dir = name.trim_end_matches('/');
        let message = format!("is a directory, which is not walked; write `{dir}/*`");
        return Err(FileError::new(name, message));
    }
    read_in_chunks(&mut file, visit).map_err(|cause| unreadable(&cause))
}

fn read_in_chunks(input: &mut impl Read, visit: &mut dyn FnMut(&[u8])) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let filled = fill(input, &mut chunk)?;
        if filled == 0 {
            return Ok(());
        }
        visit(&chunk[..filled]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_a_file_is_shown_and_a_directory_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.log");
        let text: Vec<u8> = (0..CHUNK * 2 + 7).map(|i| u8::try_from(i % 251).unwrap()).collect();
        std::fs::write(&path, &text).unwrap();
        let mut seen = Vec::new();
        read_chunks(Some(&path), "a.log", &mut |chunk| seen.extend_from_slice(chunk)).unwrap();
        assert!(seen == text);
        let problem = read_chunks(Some(dir.path()), "logs/", &mut |_| {}).unwrap_err().to_string();
        assert_eq!(problem, "logs/: error: is a directory, which is not walked; write `logs/*`");
        assert!(read_chunks(Some(&path.join("x")), "x", &mut |_| {}).is_err());
    }
}

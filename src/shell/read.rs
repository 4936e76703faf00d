//! Reading: a file is looked through in windows, and kept only if it may concern us.

use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use crate::flink::detect::concerns_us;
use crate::text::Digest;
use crate::workspace::{CHANGED_MEANWHILE, FileError};

/// Size of a window in bytes. Nearly every manifest fits into one, so that it is read once.
const WINDOW: usize = 256 * 1024;
/// Size of the window until a file does not fit into it: a run over one file pays for no more.
const FIRST_WINDOW: usize = 16 * 1024;
/// How much of a window is looked at again with the next one: far more than the API group takes in
/// its longest spelling. Even, so that UTF-16 keeps its alignment.
const OVERLAP: usize = 4 * 1024;
/// Length of a UTF-16 byte order mark, which leads every window of such a file.
const BOM_LENGTH: usize = 2;

/// Reads files one after the other through the same memory.
pub(crate) struct Reader {
    is_relevant: fn(&[u8]) -> bool,
    window: Vec<u8>,
    whole: Vec<u8>,
}

impl Reader {
    pub(crate) fn new() -> Reader {
        Reader::with_filter(concerns_us)
    }

    /// A reader that keeps other files than those which name the API group.
    pub(crate) fn with_filter(is_relevant: fn(&[u8]) -> bool) -> Reader {
        Reader { is_relevant, window: vec![0; FIRST_WINDOW], whole: Vec::new() }
    }

    /// The bytes of the file, if they may concern the run or if `always`.
    pub(crate) fn read(&mut self, path: &Path, always: bool) -> io::Result<Option<&[u8]>> {
        let mut file = File::open(path)?;
        let mut filled = fill(&mut file, &mut self.window)?;
        if filled == self.window.len() && filled < WINDOW {
            self.window.resize(WINDOW, 0);
            filled += fill(&mut file, &mut self.window[filled..])?;
        }
        if filled < WINDOW {
            let bytes = &self.window[..filled];
            return Ok((always || (self.is_relevant)(bytes)).then_some(bytes));
        }
        let lead = if is_utf16(&self.window) { BOM_LENGTH } else { 0 };
        while !always && !(self.is_relevant)(&self.window[..filled]) {
            if filled < WINDOW {
                return Ok(None);
            }
            self.window.copy_within(filled - OVERLAP..filled, lead);
            let kept = lead + OVERLAP;
            filled = kept + fill(&mut file, &mut self.window[kept..])?;
        }
        file.rewind()?;
        // The memory of a giant file is given back before the next one.
        self.whole = Vec::new();
        file.read_to_end(&mut self.whole)?;
        Ok(Some(&self.whole))
    }
}

/// Reads until the buffer is full or the input ends; the number of bytes read.
pub(crate) fn fill(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff])
}

/// The file once more; a problem if it is no longer what it was.
pub(crate) fn read_again(path: &Path, name: &str, before: Digest) -> Result<Vec<u8>, FileError> {
    let bytes =
        fs::read(path).map_err(|cause| FileError::io(name, "cannot be read again", &cause))?;
    if Digest::new(&bytes) == before {
        return Ok(bytes);
    }
    Err(FileError::new(name, CHANGED_MEANWHILE))
}

/// The bytes of a file that people wrote for us as text: a savepoint map, a configuration.
pub(crate) fn text(bytes: Vec<u8>, name: &str) -> Result<String, FileError> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        FileError::new(name, format!("is not UTF-8 (byte {}); save it as UTF-8", at + 1))
    })
}

/// The path without symbolic links; as it is where there is no such file.
pub(crate) fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8]) -> bool {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.yaml");
        fs::write(&path, bytes).unwrap();
        let mut reader = Reader::new();
        let kept = reader.read(&path, false).unwrap();
        assert!(kept.is_none_or(|kept| kept == bytes));
        kept.is_some()
    }

    const NEEDLE: &[u8] = b"flink.apache.org";

    #[test]
    fn the_group_is_found_across_the_edge_of_a_window() {
        for start in (WINDOW - 20..WINDOW + 4).chain([2 * WINDOW - OVERLAP - 8, 3 * WINDOW]) {
            let bytes = [&vec![b'x'; start], NEEDLE, &[b'y'; 50]].concat();
            assert!(found(&bytes), "{start}");
        }
    }

    #[test]
    fn the_group_is_found_in_the_second_window_of_a_utf_16_file() {
        let text = format!("\u{feff}{}flink.apache.org", "x".repeat(WINDOW));
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(found(&bytes));
    }

    #[test]
    fn a_file_of_exactly_one_or_two_windows_is_read_to_its_end() {
        assert!(found(&[&vec![b'x'; FIRST_WINDOW - NEEDLE.len()], NEEDLE].concat()));
        assert!(found(&[&vec![b'x'; FIRST_WINDOW - 1], NEEDLE].concat()));
        assert!(!found(&vec![b'x'; WINDOW]));
        assert!(!found(&vec![b'x'; 2 * WINDOW - OVERLAP]));
        assert!(found(&[&vec![b'x'; WINDOW - NEEDLE.len()], NEEDLE].concat()));
        assert!(!found(b""));
    }
}

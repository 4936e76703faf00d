//! Reading: a manifest is looked through in windows and kept only if it may concern us; a log goes by
//! in chunks; standard input is read whole.

use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::Path;

use memchr::memmem;

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
pub(crate) struct FileReader {
    is_relevant: fn(&[u8]) -> bool,
    window: Vec<u8>,
    whole: Vec<u8>,
}

impl FileReader {
    pub(crate) fn new(is_relevant: fn(&[u8]) -> bool) -> FileReader {
        FileReader { is_relevant, window: vec![0; FIRST_WINDOW], whole: Vec::new() }
    }

    /// The bytes of the file, if they may concern the run or if `always`.
    pub(crate) fn read(&mut self, path: &Path, always: bool) -> io::Result<Option<&[u8]>> {
        let is_relevant = self.is_relevant;
        self.read_if(path, |bytes| (always || is_relevant(bytes)).then_some(true))
    }

    /// The bytes of the file, if it is text and holds this word. What has a NUL in its first window is
    /// not text, and nothing more of it is read.
    pub(crate) fn read_text(&mut self, path: &Path, word: &[u8]) -> io::Result<Option<&[u8]>> {
        let mut is_first = true;
        self.read_if(path, |bytes| {
            let is_binary = std::mem::take(&mut is_first) && memchr::memchr(0, bytes).is_some();
            if is_binary { Some(false) } else { memmem::find(bytes, word).map(|_| true) }
        })
    }

    /// The bytes of the file, if they are wanted. `is_wanted` is asked about one window after the other
    /// until it knows.
    fn read_if(
        &mut self,
        path: &Path,
        mut is_wanted: impl FnMut(&[u8]) -> Option<bool>,
    ) -> io::Result<Option<&[u8]>> {
        let mut file = File::open(path)?;
        let mut filled = fill(&mut file, &mut self.window)?;
        if filled == self.window.len() && filled < WINDOW {
            self.window.resize(WINDOW, 0);
            filled += fill(&mut file, &mut self.window[filled..])?;
        }
        if filled < WINDOW {
            let bytes = &self.window[..filled];
            return Ok((is_wanted(bytes) == Some(true)).then_some(bytes));
        }
        let is_utf16 = matches!(self.window[..BOM_LENGTH], [0xff, 0xfe] | [0xfe, 0xff]);
        let lead = if is_utf16 { BOM_LENGTH } else { 0 };
        loop {
            match is_wanted(&self.window[..filled]) {
                Some(true) => break,
                None if filled == WINDOW => {}
                _ => return Ok(None),
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

/// Largest standard input that is read, in bytes.
pub(crate) const MAX_STDIN: u64 = 1 << 30;

pub(crate) fn read_up_to(limit: u64, input: impl Read, name: &str) -> Result<Vec<u8>, FileError> {
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
    let unreadable = |cause: io::Error| FileError::io(name, "cannot be read", &cause);
    let mut input: Box<dyn Read> = match path {
        None => Box::new(io::stdin().lock()),
        Some(path) => Box::new(File::open(path).map_err(unreadable)?),
    };
    if path.is_some_and(Path::is_dir) {
        let dir = name.trim_end_matches('/');
        let message = format!("is a directory, which is not searched; write `{dir}/*`");
        return Err(FileError::new(name, message));
    }
    let mut chunk = vec![0; CHUNK];
    loop {
        match fill(&mut input, &mut chunk).map_err(unreadable)? {
            0 => return Ok(()),
            filled => visit(&chunk[..filled]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flink::prefilter::concerns_us;

    fn found(bytes: &[u8]) -> bool {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.yaml");
        fs::write(&path, bytes).unwrap();
        let mut reader = FileReader::new(concerns_us);
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

    #[test]
    fn a_word_is_found_in_text_of_any_size_and_in_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.md");
        let found = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            let mut reader = FileReader::new(|_| false);
            reader.read_text(&path, NEEDLE).unwrap().is_some()
        };
        assert!(found(NEEDLE));
        assert!(found(&[&vec![b'x'; 3 * WINDOW], NEEDLE].concat()));
        assert!(!found(&[b"\0", NEEDLE].concat()));
        assert!(!found(&[b"\0", &vec![b'x'; 3 * WINDOW][..], NEEDLE].concat()));
        assert!(!found(b"flink"));
    }

    #[test]
    fn input_up_to_the_limit_is_read_and_more_is_an_error() {
        let limit = 1 << 20;
        let input = vec![b'x'; 1 << 20];
        assert_eq!(read_up_to(limit, &input[..], "-").unwrap(), input);
        let problem = read_up_to(limit, io::repeat(b'x'), "-").unwrap_err().to_string();
        assert_eq!(problem, "-: error: is larger than 1 MiB; write it to files and name them");
    }

    #[test]
    fn all_of_a_file_is_shown_and_a_directory_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.log");
        let text: Vec<u8> = (0..CHUNK * 2 + 7).map(|i| u8::try_from(i % 251).unwrap()).collect();
        fs::write(&path, &text).unwrap();
        let mut seen = Vec::new();
        read_chunks(Some(&path), "a.log", &mut |chunk| seen.extend_from_slice(chunk)).unwrap();
        assert!(seen == text);
        let problem = read_chunks(Some(dir.path()), "logs/", &mut |_| {}).unwrap_err().to_string();
        assert_eq!(problem, "logs/: error: is a directory, which is not searched; write `logs/*`");
        assert!(read_chunks(Some(&path.join("x")), "x", &mut |_| {}).is_err());
    }
}

//! Standard output and standard error as places to write text to.
//!
//! Whoever reads our output may stop reading: that is no error of ours, and ends the talk quietly.

use std::fmt;
use std::io::{self, BufWriter, Write};

/// A stream that remembers how it went.
pub struct Output<'w> {
    inner: BufWriter<Box<dyn Write + 'w>>,
    failure: Option<io::Error>,
}

impl<'w> Output<'w> {
    /// Writes to `inner`, through a buffer.
    pub fn new(inner: Box<dyn Write + 'w>) -> Output<'w> {
        Output { inner: BufWriter::with_capacity(64 * 1024, inner), failure: None }
    }

    /// Writes these bytes, unless writing has failed before.
    pub fn bytes(&mut self, bytes: &[u8]) {
        if self.failure.is_none() {
            self.failure = self.inner.write_all(bytes).err();
        }
    }

    /// True once a write has failed: there is no use in making more text.
    pub fn is_closed(&self) -> bool {
        self.failure.is_some()
    }

    /// Sends what is left. A reader that has gone is not an error.
    pub fn finish(mut self) -> io::Result<()> {
        let failure = match self.failure.take() {
            Some(failure) => Some(failure),
            None => self.inner.flush().err(),
        };
        // What could not be written must not be tried again when the buffer goes.
        drop(self.inner.into_parts());
        match failure {
            Some(failure) if failure.kind() != io::ErrorKind::BrokenPipe => Err(failure),
            _ => Ok(()),
        }
    }
}

/// An error here means that the stream is closed; `finish` says why.
impl fmt::Write for Output<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes(text.as_bytes());
        if self.is_closed() { Err(fmt::Error) } else { Ok(()) }
    }
}

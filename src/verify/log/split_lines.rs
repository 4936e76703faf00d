//! Bytes into lines, whatever their length.

/// How much of a line is kept, in bytes. What a log says of a start fits many times; what makes a
/// line longer are dumped configurations and class paths.
const LONGEST: usize = 64 * 1024;

/// Cuts bytes that come piece by piece into lines, and keeps the beginning of each.
#[derive(Default)]
pub(crate) struct LineSplitter {
    held: Vec<u8>,
    has_begun: bool,
}

impl LineSplitter {
    /// The lines that end in these bytes, without `\n` and `\r\n`.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], mut line: impl FnMut(&[u8])) {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            self.hold(&bytes[..end]);
            line(without_return(&self.held));
            self.held.clear();
            self.has_begun = false;
            bytes = &bytes[end + 1..];
        }
        self.has_begun |= !bytes.is_empty();
        self.hold(bytes);
    }

    /// The last line, if no newline ends it.
    pub(crate) fn finish(&mut self, line: impl FnOnce(&[u8])) {
        if self.has_begun {
            line(without_return(&self.held));
        }
    }

    fn hold(&mut self, bytes: &[u8]) {
        let room = LONGEST - self.held.len();
        self.held.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The text of a line: invalid UTF-8 replaced, escape sequences of terminals and other controls taken
/// out, since colours come with many a log.
pub(crate) fn text(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => match chars.next() {
                // A sequence with parameters ends with a letter or `~`.
                Some('[') => while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
                // A title ends with a bell or with `ESC \`.
                Some(']') => {
                    while let Some(c) = chars.next() {
                        if c == '\u{7}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                            break;
                        }
                    }
                }
                _ => {}
            },
            '\t' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(pieces: &[&[u8]]) -> Vec<String> {
        let mut found = Vec::new();
        let mut splitter = LineSplitter::default();
        for piece in pieces {
            splitter.feed(piece, |line| found.push(text(line)));
        }
        splitter.finish(|line| found.push(text(line)));
        found
    }

    #[test]
    fn lines_are_the_same_however_the_bytes_come() {
        let bytes = "a\r\n\nb\u{e4}\rc\n d".as_bytes();
        let whole = cut(&[bytes]);
        assert_eq!(whole, ["a", "", "b\u{e4}c", " d"]);
        for at in 0..bytes.len() {
            assert_eq!(cut(&[&bytes[..at], &bytes[at..]]), whole, "{at}");
        }
    }

    #[test]
    fn of_a_giant_line_the_beginning_is_kept() {
        let giant = vec![b'x'; 3 * LONGEST];
        let found = cut(&[&giant, &giant, b"\nnext"]);
        assert_eq!(found[0].len(), LONGEST);
        assert_eq!(found[1], "next");
    }

    #[test]
    fn colours_and_broken_bytes_do_no_harm() {
        let line =
            b"\x1b[36mStarting\x1b[0;1m job\x1b[K \xff\x00 \x1b]0;title\x07x\x1b]8;;a\x1b\\y\x1b";
        assert_eq!(text(line), "Starting job \u{fffd} xy");
    }
}

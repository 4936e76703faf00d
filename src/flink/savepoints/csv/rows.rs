//! The rows of a CSV text, as RFC 4180 says.

use crate::flink::savepoints::read::MapReader;

/// A field with its quotes taken off.
pub(crate) struct CsvField {
    /// The byte at which it begins.
    pub(crate) at: usize,
    pub(crate) text: String,
}

/// What is wrong with a row.
pub(crate) struct CsvError {
    at: usize,
    message: String,
    help: String,
}

impl CsvError {
    pub(crate) fn new(at: usize, message: impl Into<String>, help: impl Into<String>) -> CsvError {
        CsvError { at, message: message.into(), help: help.into() }
    }

    pub(crate) fn report(&self, reader: &mut MapReader<'_>) {
        reader.problem(self.at, &self.message, &self.help);
    }
}

/// The rows of a text, without blank lines and lines that begin with `#`, read as RFC 4180 says: the
/// `csv` crate takes misplaced quotes as text, and what it gives back has no place.
pub(crate) struct Rows<'t> {
    text: &'t str,
    /// Where the next row begins.
    at: usize,
}

impl<'t> Rows<'t> {
    pub(crate) fn new(text: &'t str) -> Rows<'t> {
        Rows { text, at: text.len() - text.trim_start_matches('\u{feff}').len() }
    }

    /// The next row, with one field at least, or what is wrong with it; nothing at the end.
    pub(crate) fn next(&mut self) -> Option<Result<Vec<CsvField>, CsvError>> {
        loop {
            let rest = &self.text[self.at..];
            let line = &rest[..line_length(rest)];
            if !line.starts_with('#') && !line.trim().is_empty() {
                let row = self.row();
                // Behind an error the next row begins on the next line.
                self.at += line_length(&self.text[self.at..]);
                return Some(row);
            }
            self.at += line.len();
            self.at += self.text[self.at..].chars().next()?.len_utf8();
        }
    }

    fn row(&mut self) -> Result<Vec<CsvField>, CsvError> {
        let mut fields = vec![self.field()?];
        while self.text[self.at..].starts_with(',') {
            self.at += 1;
            fields.push(self.field()?);
        }
        Ok(fields)
    }

    fn field(&mut self) -> Result<CsvField, CsvError> {
        let at = self.at;
        let Some(mut rest) = self.text[at..].strip_prefix('"') else {
            let rest = &self.text[at..];
            let plain = &rest[..rest.find([',', '\n', '\r']).unwrap_or(rest.len())];
            if let Some(quote) = plain.find('"') {
                let message = "found a quote in a field that does not begin with one";
                let help = "put the whole field in double quotes, and double each quote in it";
                return Err(CsvError::new(at + quote, message, help));
            }
            self.at += plain.len();
            return Ok(CsvField { at, text: plain.to_string() });
        };
        let help = "close the field with a double quote, and double each quote in it";
        let mut text = String::new();
        loop {
            let Some((inner, after)) = rest.split_once('"') else {
                self.at = self.text.len();
                return Err(CsvError::new(at, "a quote is never closed", help));
            };
            text.push_str(inner);
            rest = after;
            let Some(after) = rest.strip_prefix('"') else { break };
            text.push('"');
            rest = after;
        }
        self.at = self.text.len() - rest.len();
        if rest.is_empty() || rest.starts_with([',', '\n', '\r']) {
            return Ok(CsvField { at, text });
        }
        Err(CsvError::new(self.at, "found text after a closing quote", help))
    }
}

/// Up to the end of the line, which is a line feed or a carriage return.
fn line_length(text: &str) -> usize {
    text.find(['\n', '\r']).unwrap_or(text.len())
}

//! How rows are written: where each field stands in the text, and whether its quotes are closed.
//!
//! The `csv` crate finds rows and fields. It takes whatever quotes come its way, does not say where
//! a field begins, and counts the comments above a row to the row; so each of its rows is laid over
//! the text again, and where the two do not agree the row is refused.

use crate::flink::savepoints::read::Reading;

/// A field with its quotes taken off.
pub(super) struct Field {
    /// The byte at which it begins, at its quote if it has one.
    pub(super) at: usize,
    pub(super) text: String,
}

/// What is wrong with a row.
pub(super) struct Flaw {
    pub(super) at: usize,
    pub(super) message: String,
    pub(super) help: String,
}

impl Flaw {
    pub(super) fn tell(&self, reading: &mut Reading<'_>) {
        reading.problem(self.at, &self.message, &self.help);
    }
}

/// The rows of a text; lines that are blank or begin with `#` are none.
pub(super) struct Rows<'t> {
    text: &'t str,
    separator: char,
    csv: csv::Reader<&'t [u8]>,
    record: csv::StringRecord,
}

impl<'t> Rows<'t> {
    pub(super) fn new(text: &'t str, separator: char) -> Rows<'t> {
        let csv = csv::ReaderBuilder::new()
            .delimiter(separator as u8)
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        Rows { text, separator, csv, record: csv::StringRecord::new() }
    }

    /// The next row with a field at least, or what is wrong with it; nothing at the end.
    pub(super) fn next(&mut self) -> Option<Result<Vec<Field>, Flaw>> {
        loop {
            let from = usize::try_from(self.csv.position().byte()).unwrap_or(self.text.len());
            let read = self.csv.read_record(&mut self.record);
            let start = match first_field(self.text, from) {
                Ok(start) => start,
                Err(flaw) => return Some(Err(flaw)),
            };
            match read {
                Ok(true) if self.is_blank(start) => {}
                Ok(true) => return Some(self.fields(start)),
                Ok(false) => return None,
                Err(error) => {
                    let help = "mend the row, nothing of it was read".to_string();
                    return Some(Err(Flaw { at: start, message: error.to_string(), help }));
                }
            }
        }
    }

    fn is_blank(&self, start: usize) -> bool {
        let alone = self.record.len() == 1 && self.record[0].trim().is_empty();
        alone && !self.text[start..].starts_with('"')
    }

    fn fields(&self, start: usize) -> Result<Vec<Field>, Flaw> {
        let mut fields = Vec::with_capacity(self.record.len());
        let mut at = start;
        for value in &self.record {
            let len = self.len(at, value)?;
            fields.push(Field { at, text: value.to_string() });
            at += len + self.separator.len_utf8();
        }
        Ok(fields)
    }

    /// How many bytes the field takes that begins at `at` and was read as `value`.
    fn len(&self, at: usize, value: &str) -> Result<usize, Flaw> {
        let rest = &self.text[at..];
        let ends_field = [self.separator, '\r', '\n'];
        if let Some(quoted) = rest.strip_prefix('"') {
            let help = "close the field with a double quote, and write each one in it twice";
            let flaw = |message: &str| Flaw { at, message: message.into(), help: help.into() };
            let len = closing(quoted).ok_or_else(|| flaw("a quote is never closed"))? + 2;
            return match rest[len..].chars().next() {
                Some(next) if !ends_field.contains(&next) => {
                    Err(Flaw { at: at + len, ..flaw("text stands behind a closing quote") })
                }
                _ => Ok(len),
            };
        }
        match value.find('"') {
            None => Ok(value.len()),
            Some(quote) => Err(Flaw {
                at: at + quote,
                message: "a quote stands inside a field that does not begin with one".into(),
                help: "put the whole field in double quotes, and write each one in it twice".into(),
            }),
        }
    }
}

/// The byte of the quote that closes a field, counted from behind the one that opened it.
fn closing(quoted: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let quote = from + quoted[from..].find('"')?;
        if !quoted[quote + 1..].starts_with('"') {
            return Some(quote);
        }
        from = quote + 2;
    }
}

/// Where the next row begins, behind line ends, comments and the mark at the start of the text.
///
/// # Errors
/// A comment that the `csv` crate reads past its end: only a line feed ends it there, so that lines
/// that end in a lone carriage return would be lost with it.
fn first_field(text: &str, from: usize) -> Result<usize, Flaw> {
    let mut at =
        if from == 0 && text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { from };
    loop {
        let rest = &text[at..];
        if rest.starts_with(['\r', '\n']) {
            at += 1;
        } else if rest.starts_with('#') {
            let comment = &rest[..rest.find('\n').map_or(rest.len(), |end| end + 1)];
            if let Some(end) = comment.trim_end_matches(['\r', '\n']).find('\r') {
                let message = "a carriage return ends a comment".to_string();
                let help = "end each line with a line feed".to_string();
                return Err(Flaw { at: at + end, message, help });
            }
            at += comment.len();
        } else {
            return Ok(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::flink::savepoints::told;

    const HEADER: &str = "namespace,name,location,note\n";

    fn seen(rows: &str) -> Vec<String> {
        told::seen("m.csv", &format!("{HEADER}{rows}"))
    }

    fn wrong(rows: &str) -> Vec<String> {
        told::wrong("m.csv", &format!("{HEADER}{rows}"))
    }

    #[test]
    fn lines_that_are_blank_or_begin_with_a_hash_are_no_rows() {
        assert_eq!(
            seen("\n# \"prod\",x\n\n   \n#\nprod,a,/1,\r\n\r\n#\r\nprod,b,/2,#\n# end"),
            ["prod/a=/1@7:1", "prod/b=/2@10:1"]
        );
        assert_eq!(
            told::seen("m.csv", "# first\n\n namespace , NAME,Location\n,a,/1"),
            ["a=/1@4:1"]
        );
        assert_eq!(wrong(" # no\n"), ["2:1: the row has 1 field, the header 4"]);
    }

    #[test]
    fn every_line_end_and_a_byte_order_mark_are_passed_over() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["\u{feff}namespace,name,location", "p,a,/1", "", "p,b,S3://x", "p,c,"];
            assert_eq!(
                told::wrong("m.csv", &text.join(end)),
                [
                    "4:5: the scheme `S3:` is in upper case, which Flink does not know",
                    "5:5: the location is empty",
                ],
                "{end:?}"
            );
        }
        assert_eq!(
            told::seen("m.csv", "\u{feff}# x\nname,namespace,location\na,p,/1"),
            ["p/a=/1@3:1"]
        );
    }

    #[test]
    fn a_comment_cannot_swallow_the_rows_behind_a_lone_carriage_return() {
        let swallowed = ["2:2: a carriage return ends a comment"];
        assert_eq!(wrong("#\rprod,a,/1,\rprod,b,,\r"), swallowed);
        assert_eq!(wrong("#\rprod,a,/1,\r\nprod,b,/1,\r\n"), swallowed);
        assert_eq!(told::wrong("m.csv", "# map\rnamespace,name,location\r,a,/1").len(), 1);
        assert_eq!(seen("# the end\r"), [""; 0]);
    }

    #[test]
    fn quotes_are_taken_off_and_lines_are_counted_inside_them() {
        assert_eq!(
            seen(
                "\"prod\",\"a\",\"s3://l/a,\"\"b\"\"\",\"two\n\r\nlines\"\n\"prod\",b,\"/2\",\"\"\n"
            ),
            ["prod/a=s3://l/a,\"b\"@2:1", "prod/b=/2@5:1"]
        );
        assert_eq!(
            wrong("p,a,/1,\"ä\n\nö\" \np,b,\"x\",\"\n\"\np,\"ä\",\"\",\n"),
            [
                "4:3: text stands behind a closing quote",
                "5:5: the location is relative",
                "7:7: the location is empty",
            ]
        );
    }

    #[test]
    fn a_quote_that_is_not_closed_or_stands_loose_is_told_where_it_stands() {
        assert_eq!(wrong("p,a,\"/1,\np,b,,\n"), ["2:5: a quote is never closed"]);
        assert_eq!(wrong("p,a,/1,\n\""), ["3:1: a quote is never closed"]);
        assert_eq!(wrong("p,a,/1,\n\"  \n\n"), ["3:1: a quote is never closed"]);
        assert_eq!(wrong("p,a,/1,\"\"\""), ["2:8: a quote is never closed"]);
        assert_eq!(
            wrong("p,a, \"/1\",\np,\"b\"c,/1,\np,c,\"/1\n\"\"2\",\np,d,/,\n"),
            [
                "2:6: a quote stands inside a field that does not begin with one",
                "3:6: text stands behind a closing quote",
                "4:5: the location holds the control character `\\n`",
                "6:5: the location is empty",
            ]
        );
    }
}

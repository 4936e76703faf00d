//! A savepoint map as CSV: rows below a header.
//!
//! The `csv` crate takes misplaced quotes as text, so each row is checked against its source.

use super::read::{MapReader, ParsedEntry, escaped, not_a_name};

/// What a row has for a location where none is to be trusted. An empty cell may be a slip.
const NULLS: [&str; 2] = ["null", "~"];

/// Reads the header and, if it is right, the rows.
pub(crate) fn read(reader: &mut MapReader<'_>) {
    let mut rows = Rows::new(reader.text);
    let example = reader.shape.example();
    let header = match rows.next() {
        Some(Ok(header)) => header,
        Some(Err(flaw)) => return flaw.report(reader),
        None => {
            let help = format!("{example} as the first line");
            return reader.problem(reader.text.len(), "the map has no header", help);
        }
    };
    let columns = match Columns::new(&header, example) {
        Ok(columns) => columns,
        Err(flaws) => return flaws.iter().for_each(|flaw| flaw.report(reader)),
    };
    while let Some(row) = rows.next() {
        match row.and_then(|row| columns.fit(row)) {
            Ok(row) => columns.read(reader, &row),
            Err(flaw) => flaw.report(reader),
        }
    }
}

/// Which column holds what.
struct Columns {
    namespace: usize,
    name: usize,
    location: usize,
    reason: Option<usize>,
    /// How many there are, others counted.
    all: usize,
}

impl Columns {
    /// # Errors
    /// All that is wrong with the header, in the order of the text.
    fn new(header: &[Field], example: &str) -> Result<Columns, Vec<Flaw>> {
        let first = &header[0];
        let mut missing = Vec::new();
        let mut doubled = Vec::new();
        let mut find = |column: &'static str| {
            let is_it = |field: &&Field| field.text.trim().eq_ignore_ascii_case(column);
            doubled.extend(header.iter().filter(is_it).skip(1).map(|field| {
                let message = format!("the header has the column `{column}` twice");
                Flaw::new(field.at, message, "keep the one that counts")
            }));
            let position = header.iter().position(|field| is_it(&field));
            if position.is_none() && column != "reason" {
                let message = format!("the header has no column `{column}`");
                let help = format!("{example} as the header, in any order");
                missing.push(Flaw::new(first.at, message, help));
            }
            position
        };
        let found = (find("namespace"), find("name"), find("location"));
        let reason = find("reason");
        doubled.sort_by_key(|flaw| flaw.at);
        if missing.len() == 3 {
            let separator = [(';', "semicolons"), ('\t', "tabs")]
                .into_iter()
                .find(|(separator, _)| first.text.contains(*separator));
            missing = vec![match separator {
                Some((_, name)) => Flaw::new(
                    first.at,
                    format!("the columns are separated by {name}"),
                    format!("{example} as the header, and commas in every row"),
                ),
                None => Flaw::new(
                    first.at,
                    "the first row is not a header",
                    format!("{example} above it"),
                ),
            }];
        }
        missing.append(&mut doubled);
        match found {
            (Some(namespace), Some(name), Some(location)) if missing.is_empty() => {
                Ok(Columns { namespace, name, location, reason, all: header.len() })
            }
            _ => Err(missing),
        }
    }

    /// The row, if it has a field for each column.
    fn fit(&self, row: Vec<Field>) -> Result<Vec<Field>, Flaw> {
        if row.len() == self.all {
            return Ok(row);
        }
        let fields = if row.len() == 1 { "field" } else { "fields" };
        let message = format!("the row has {} {fields}, the header {}", row.len(), self.all);
        let (at, help) = match row.get(self.all) {
            Some(surplus) => (surplus.at, "put a field that holds a separator in double quotes"),
            None => (row[0].at, "write a field for each column, an empty one for no namespace"),
        };
        Err(Flaw::new(at, message, help))
    }

    /// Takes the entry of a row, or reports all that is wrong with it.
    fn read(&self, reader: &mut MapReader<'_>, row: &[Field]) {
        let mut order = [self.namespace, self.name, self.location];
        order.sort_unstable();
        let mut sound = true;
        for column in order {
            sound &= self.is_sound(reader, column, &row[column]);
        }
        if sound {
            let [namespace, name, location] =
                [self.namespace, self.name, self.location].map(|column| row[column].text.as_str());
            let parsed = ParsedEntry {
                namespace: Some(namespace).filter(|namespace| !namespace.is_empty()),
                name,
                location: Some(location).filter(|location| !NULLS.contains(location)),
                reason: self.reason.map(|column| row[column].text.as_str()),
            };
            reader.entry(&parsed, row[0].at);
        }
    }

    /// Whether the column may hold this field; if not, that is reported.
    fn is_sound(&self, reader: &mut MapReader<'_>, column: usize, field: &Field) -> bool {
        let text = field.text.as_str();
        if column == self.location {
            return NULLS.contains(&text) || reader.is_location(text, field.at);
        }
        let flaw = match column == self.name {
            true => name_flaw("name", field),
            false if text.is_empty() => None,
            false => name_flaw("namespace", field),
        };
        if let Some(flaw) = &flaw {
            flaw.report(reader);
        }
        flaw.is_none()
    }
}

/// Why the field cannot be the name of a workload or a namespace.
fn name_flaw(column: &str, field: &Field) -> Option<Flaw> {
    let text = field.text.as_str();
    let (what, help) = if text.is_empty() {
        ("is empty", "write the name as Kubernetes knows it")
    } else if text.contains('/') {
        ("holds a `/`", "write namespace and name each into its own column")
    } else if text.trim() != text {
        ("begins or ends with a blank", "take the blank away: it is part of the value")
    } else {
        not_a_name(text)?
    };
    let quoted = if text.is_empty() { String::new() } else { format!(" `{}`", escaped(text)) };
    Some(Flaw::new(field.at, format!("the {column}{quoted} {what}"), help))
}

/// A field with its quotes taken off.
struct Field {
    /// The byte at which it begins; in a row with quotes, the byte at which the row begins.
    at: usize,
    text: String,
}

/// What is wrong with a row.
struct Flaw {
    at: usize,
    message: String,
    help: String,
}

impl Flaw {
    fn new(at: usize, message: impl Into<String>, help: impl Into<String>) -> Flaw {
        Flaw { at, message: message.into(), help: help.into() }
    }

    fn report(&self, reader: &mut MapReader<'_>) {
        reader.problem(self.at, &self.message, &self.help);
    }
}

/// The rows of a text, without blank lines and lines that begin with `#`.
struct Rows<'t> {
    text: &'t str,
    csv: csv::Reader<&'t [u8]>,
    record: csv::StringRecord,
}

impl<'t> Rows<'t> {
    fn new(text: &'t str) -> Rows<'t> {
        let csv = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        Rows { text, csv, record: csv::StringRecord::new() }
    }

    /// The next row, with one field at least, or what is wrong with it; nothing at the end.
    fn next(&mut self) -> Option<Result<Vec<Field>, Flaw>> {
        loop {
            let from = self.byte();
            let read = self.csv.read_record(&mut self.record);
            let start = match row_start(self.text, from) {
                Ok(start) => start,
                Err(flaw) => return Some(Err(flaw)),
            };
            match read {
                Ok(true) => {
                    let row = self.text[start..self.byte()].trim_end_matches(['\r', '\n']);
                    if !row.trim().is_empty() {
                        return Some(self.fields(row, start));
                    }
                }
                Ok(false) => return None,
                Err(error) => {
                    let help = "mend the row, nothing of it was read";
                    return Some(Err(Flaw::new(start, error.to_string(), help)));
                }
            }
        }
    }

    fn byte(&self) -> usize {
        usize::try_from(self.csv.position().byte()).unwrap_or(self.text.len())
    }

    fn fields(&self, row: &str, start: usize) -> Result<Vec<Field>, Flaw> {
        if let Some(flaw) = misplaced_quote(row, start) {
            return Err(flaw);
        }
        let is_plain = !row.contains('"');
        let mut at = start;
        let fields = self.record.iter().map(|text| {
            let field = Field { at, text: text.to_string() };
            if is_plain {
                at += text.len() + 1;
            }
            field
        });
        Ok(fields.collect())
    }
}

/// The first quote of a row that is out of place. The row begins at the byte `at`.
fn misplaced_quote(row: &str, mut at: usize) -> Option<Flaw> {
    let close = "close the field with a double quote, and write each one in it twice";
    let pieces: Vec<&str> = row.split('"').collect();
    let last = pieces.len() - 1;
    for (number, piece) in pieces.iter().enumerate() {
        // Every second piece lies between quotes; an empty one outside them is an escaped quote.
        let is_outside = number % 2 == 0 && !piece.is_empty();
        if is_outside && number > 0 && !piece.starts_with(',') {
            return Some(Flaw::new(at, "text stands behind a closing quote", close));
        }
        if is_outside && number < last && !piece.ends_with(',') {
            let message = "a quote stands inside a field that does not begin with one";
            let help = "put the whole field in double quotes, and write each one in it twice";
            return Some(Flaw::new(at + piece.len(), message, help));
        }
        if number == last && number % 2 == 1 {
            return Some(Flaw::new(at - 1, "a quote is never closed", close));
        }
        at += piece.len() + 1;
    }
    None
}

/// The byte at which the next row begins, behind the BOM, line ends and comments: the `csv` crate
/// counts them to the row.
///
/// # Errors
/// A comment that a lone carriage return ends: the `csv` crate reads on to the next line feed, and
/// the rows between would be lost.
fn row_start(text: &str, from: usize) -> Result<usize, Flaw> {
    let bom = if from == 0 { text.strip_prefix('\u{feff}') } else { None };
    let mut rest = bom.unwrap_or(&text[from..]).trim_start_matches(['\r', '\n']);
    while rest.starts_with('#') {
        let (comment, below) = rest.split_once('\n').unwrap_or((rest, ""));
        if let Some(end) = comment.trim_end_matches('\r').find('\r') {
            let at = text.len() - rest.len() + end;
            let message = "a carriage return ends a comment";
            return Err(Flaw::new(at, message, "end each line with a line feed"));
        }
        rest = below.trim_start_matches(['\r', '\n']);
    }
    Ok(text.len() - rest.len())
}

#[cfg(test)]
mod tests;

//! A savepoint map as CSV: rows below a header.

mod rows;

use rows::{CsvError, CsvField, Rows};

use super::read::{MapReader, ParsedEntry, escaped, not_a_name};
use super::{EntryValue, STATELESS};

/// What the text means if it is no location. An empty cell may be a slip.
fn word(text: &str) -> Option<EntryValue> {
    match text {
        "null" | "~" => Some(EntryValue::Null),
        STATELESS => Some(EntryValue::Stateless),
        _ => None,
    }
}

/// Reads the header and, if it is right, the rows.
pub(crate) fn read(reader: &mut MapReader<'_>) {
    let mut rows = Rows::new(reader.text);
    let example = reader.shape.example();
    let header = match rows.next() {
        Some(Ok(header)) => header,
        Some(Err(error)) => return error.report(reader),
        None => {
            let help = format!("{example} as the first line");
            return reader.problem(reader.text.len(), "the map has no header", help);
        }
    };
    let columns = match Columns::new(&header, example) {
        Ok(columns) => columns,
        Err(errors) => return errors.iter().for_each(|error| error.report(reader)),
    };
    while let Some(row) = rows.next() {
        match row.and_then(|row| columns.fit(row)) {
            Ok(row) => columns.read(reader, &row),
            Err(error) => error.report(reader),
        }
    }
}

/// The columns that are read; the last one may be missing.
const COLUMNS: [&str; 4] = ["namespace", "name", "location", "reason"];

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
    fn new(header: &[CsvField], example: &str) -> Result<Columns, Vec<CsvError>> {
        let first = &header[0];
        let mut positions = [None; COLUMNS.len()];
        let mut doubled = Vec::new();
        for (position, field) in header.iter().enumerate() {
            let is_called = |column: &&str| field.text.trim().eq_ignore_ascii_case(column);
            let Some(column) = COLUMNS.iter().position(is_called) else { continue };
            if positions[column].is_some() {
                let message = format!("the header has the column `{}` twice", COLUMNS[column]);
                doubled.push(CsvError::new(field.at, message, "keep one of them"));
            }
            positions[column].get_or_insert(position);
        }
        let absent = (0..3).filter(|column| positions[*column].is_none());
        let absent = absent.map(|column| {
            let message = format!("the header has no column `{}`", COLUMNS[column]);
            CsvError::new(first.at, message, format!("{example} as the header, in any order"))
        });
        let mut errors: Vec<CsvError> = absent.collect();
        if errors.len() == 3 {
            let commas = "as the header, and commas in every row";
            let (message, help) = match first.text.matches([';', '\t']).next() {
                _ if first.text.starts_with("sep=") => (
                    "the first line is the `sep=` of a spreadsheet",
                    "as the first line in its place, and commas in every row",
                ),
                Some(";") => ("the columns are separated by semicolons", commas),
                Some(_) => ("the columns are separated by tabs", commas),
                None => ("the first row is not a header", "above it"),
            };
            errors = vec![CsvError::new(first.at, message, format!("{example} {help}"))];
        }
        errors.append(&mut doubled);
        match positions {
            [Some(namespace), Some(name), Some(location), reason] if errors.is_empty() => {
                Ok(Columns { namespace, name, location, reason, all: header.len() })
            }
            _ => Err(errors),
        }
    }

    /// The row, if it has a field for each column.
    fn fit(&self, row: Vec<CsvField>) -> Result<Vec<CsvField>, CsvError> {
        if row.len() == self.all {
            return Ok(row);
        }
        let fields = if row.len() == 1 { "field" } else { "fields" };
        let message = format!("the row has {} {fields}, the header {}", row.len(), self.all);
        let (at, help) = match row.get(self.all) {
            Some(surplus) => (surplus.at, "put a field that contains a separator in double quotes"),
            None => (row[0].at, "write a field for each column, an empty one for no namespace"),
        };
        Err(CsvError::new(at, message, help))
    }

    /// Takes the entry of a row, or reports all that is wrong with it.
    fn read(&self, reader: &mut MapReader<'_>, row: &[CsvField]) {
        let mut order = [self.namespace, self.name, self.location];
        order.sort_unstable();
        if order.map(|column| self.is_sound(reader, column, &row[column])) == [true; 3] {
            let [namespace, name, location] =
                [self.namespace, self.name, self.location].map(|column| row[column].text.as_str());
            let value =
                word(location).unwrap_or_else(|| EntryValue::Location(location.to_string()));
            let has_location = matches!(value, EntryValue::Location(_));
            let reason = self.reason.filter(|_| !has_location);
            let parsed = ParsedEntry {
                namespace: Some(namespace).filter(|namespace| !namespace.is_empty()),
                name,
                value,
                reason: reason.map(|column| row[column].text.as_str()),
            };
            reader.entry(parsed, row[0].at);
        }
    }

    /// Whether the column may hold this field; if not, that is reported.
    fn is_sound(&self, reader: &mut MapReader<'_>, column: usize, field: &CsvField) -> bool {
        let text = field.text.as_str();
        if column == self.location {
            return word(text).is_some() || reader.is_location(text, field.at);
        }
        let error = match column == self.name {
            true => name_error("name", field),
            false if text.is_empty() => None,
            false => name_error("namespace", field),
        };
        if let Some(error) = &error {
            error.report(reader);
        }
        error.is_none()
    }
}

/// Why the field cannot be the name of a workload or a namespace.
fn name_error(column: &str, field: &CsvField) -> Option<CsvError> {
    let text = field.text.as_str();
    let (what, help) = if text.is_empty() {
        ("is empty", "write the name as Kubernetes knows it")
    } else if text.contains('/') {
        ("holds a `/`", "write namespace and name each into its own column")
    } else if text.trim() != text {
        ("begins or ends with whitespace", "remove the whitespace: it is part of the value")
    } else {
        not_a_name(text)?
    };
    let quoted = if text.is_empty() { String::new() } else { format!(" `{}`", escaped(text)) };
    Some(CsvError::new(field.at, format!("the {column}{quoted} {what}"), help))
}

#[cfg(test)]
mod tests {
    use crate::flink::savepoints::read::display;

    const HEADER: &str = "namespace,name,location,note\n";

    fn entries(rows: &str) -> Vec<String> {
        display::entries("m.csv", &format!("{HEADER}{rows}"))
    }

    fn problems(rows: &str) -> Vec<String> {
        display::problems("m.csv", &format!("{HEADER}{rows}"))
    }

    #[test]
    fn columns_may_have_any_order_and_others_are_ignored() {
        assert_eq!(
            display::entries(
                "m.csv",
                "team, LOCATION ,Name,\"namespace\",team\nx,/1,a,prod,\n,/2,b,,\"y\"\n"
            ),
            ["prod/a=/1@2:1", "b=/2@3:1"]
        );
        assert_eq!(display::entries("m.csv", "namespace,name,location"), [""; 0]);
    }

    #[test]
    fn a_word_is_written_out_and_the_reason_has_its_own_column() {
        assert_eq!(
            display::entries(
                "m.csv",
                "namespace,name,location,reason\np,a,null,it was FAILED\np,b,~,\np,c,\"null\",\" two\n\u{1b}lines \"\np,d,/1,fine\np,e,stateless,session cluster\n"
            ),
            [
                "p/a=-|it was FAILED@2:1",
                "p/b=-@3:1",
                "p/c=-|two lines@4:1",
                "p/d=/1@6:1",
                "p/e==|session cluster@7:1",
            ]
        );
        assert_eq!(
            problems("p,a,,\np,b,NULL,\np,c, null,\n"),
            [
                "2:5: the location is empty",
                "3:5: the location is relative",
                "4:5: the location begins or ends with whitespace",
            ]
        );
    }

    #[test]
    fn a_header_that_lacks_or_doubles_a_column_is_refused_and_no_row_is_read() {
        let header = |text| display::problems("m.csv", &format!("{text}\np,a,,\n\"\n"));
        assert_eq!(header("namespace,name,path"), ["1:1: the header has no column `location`"]);
        assert_eq!(
            header("# x\nname,Name,reason,NAME, reason"),
            [
                "2:1: the header has no column `namespace`",
                "2:1: the header has no column `location`",
                "2:6: the header has the column `name` twice",
                "2:18: the header has the column `name` twice",
                "2:23: the header has the column `reason` twice",
            ]
        );
        assert_eq!(header("prod,orders,/1"), ["1:1: the first row is not a header"]);
        assert_eq!(header("a\tb\tc"), ["1:1: the columns are separated by tabs"]);
        assert_eq!(header("a;b;c"), ["1:1: the columns are separated by semicolons"]);
        for sep in ["sep=,", "sep=;", "sep=\t"] {
            assert_eq!(header(sep), ["1:1: the first line is the `sep=` of a spreadsheet"]);
        }
        for (empty, at) in [("", "1:1"), ("\u{feff}", "1:1"), ("# to come\n\n", "3:1")] {
            let expected = [format!("{at}: the map has no header")];
            assert_eq!(display::problems("m.csv", empty), expected, "{empty:?}");
        }
    }

    #[test]
    fn names_are_judged_as_in_yaml_and_in_the_order_of_the_text() {
        assert_eq!(
            display::problems(
                "m.csv",
                "location,name,namespace\nx,a/b,c/d\n/1, a,p\n/1,a,p \n/1,a b,p\n/1,a\u{7},p\n/1,\"a\nb\",p\n/1,s3://u:secret@h/x,p\n/1,,\n"
            ),
            [
                "2:1: the location is relative",
                "2:3: the name `a/b` holds a `/`",
                "2:7: the namespace `c/d` holds a `/`",
                "3:4: the name ` a` begins or ends with whitespace",
                "4:6: the namespace `p ` begins or ends with whitespace",
                "5:4: the name `a b` contains whitespace",
                "6:4: the name `a\\u{7}` contains whitespace",
                "7:4: the name `a\\nb` contains whitespace",
                "9:4: the name `s3://***@h/x` holds a `/`",
                "10:4: the name is empty",
            ]
        );
    }

    #[test]
    fn a_row_has_a_field_for_each_column() {
        assert_eq!(
            problems("a,/1\n\np,ä,/1,/2,,\n # no\n"),
            [
                "2:1: the row has 2 fields, the header 4",
                "4:11: the row has 6 fields, the header 4",
                "5:1: the row has 1 field, the header 4",
            ]
        );
    }

    #[test]
    fn blank_lines_comments_every_line_end_and_a_byte_order_mark_are_no_rows() {
        assert_eq!(
            entries("\n# \"prod\",x\n\n   \n#\nprod,a,/1,\r\n\r\n#\r\nprod,b,/2,#\n# end\r"),
            ["prod/a=/1@7:1", "prod/b=/2@10:1"]
        );
        for end in ["\n", "\r\n", "\r"] {
            let text = ["\u{feff}namespace,name,location", "p,a,/1", "", "p,b,S3://x"].join(end);
            let upper = "4:5: the scheme `S3:` is in upper case, which Flink does not accept";
            assert_eq!(display::problems("m.csv", &text), [upper], "{end:?}");
        }
        let text = "\u{feff}# x\nname,namespace,location\na,p,/1";
        assert_eq!(display::entries("m.csv", text), ["p/a=/1@3:1"]);
        assert_eq!(entries("#\rprod,a,/1,\rprod,b,/2,\r"), ["prod/a=/1@3:1", "prod/b=/2@4:1"]);
    }

    #[test]
    fn quotes_are_taken_off_and_lines_are_counted_inside_them() {
        assert_eq!(
            entries(
                "\"prod\",\"a\",\"s3://l/a,\"\"b\"\"\",\"two\n\r\nlines\"\n\"p\",b,\"/2\",\"\"\n"
            ),
            ["prod/a=s3://l/a,\"b\"@2:1", "p/b=/2@5:1"]
        );
        assert_eq!(
            problems("p,a,/1,\"ä\n\nö\"\np,b,\"x\",\"\n\"\np,\"ä\",\"\",\n"),
            ["5:5: the location is relative", "7:7: the location is empty"]
        );
    }

    #[test]
    fn a_quote_out_of_place_is_refused_where_it_is() {
        assert_eq!(problems("p,a,\"/1,\np,b,,\n"), ["2:5: a quote is never closed"]);
        assert_eq!(
            problems("p,a, \"/1\",\np,\"b\"c,/1,\np,c,/1,\"ä\n\" \np,d,/1,\"ä\",\"\"x\np,d,/,\n"),
            [
                "2:6: found a quote in a field that does not begin with one",
                "3:6: found text after a closing quote",
                "5:2: found text after a closing quote",
                "6:14: found text after a closing quote",
                "7:5: the location is empty",
            ]
        );
    }
}

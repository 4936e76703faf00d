//! A savepoint map as rows with a header: CSV, and TSV with tabs for the commas.
//!
//! What each column means, and what may stand in it; `csv/rows.rs` knows how rows are written.

mod rows;

use rows::{Field, Flaw, Rows};

use super::read::{Reading, Said, shown, unknown_to_kubernetes};

/// What stands in the place of a location where there is none to be trusted. An empty cell may have
/// been forgotten, so it is none of them.
const NULLS: [&str; 2] = ["null", "~"];

/// Reads all rows. The first one is the header, and the others are read only if it is right.
pub(super) fn read(reading: &mut Reading<'_>, separator: char) {
    let mut rows = Rows::new(reading.text, separator);
    let example = reading.shape.example();
    let header = match rows.next() {
        Some(Ok(header)) => header,
        Some(Err(flaw)) => return flaw.tell(reading),
        None => {
            let help = format!("{example} as the first line");
            return reading.problem(reading.text.len(), "the map has no header", help);
        }
    };
    let (columns, flaws) = Columns::of(&header, example);
    for flaw in &flaws {
        flaw.tell(reading);
    }
    let Some(columns) = columns.filter(|_| flaws.is_empty()) else { return };
    while let Some(row) = rows.next() {
        match row.and_then(|row| columns.fit(row)) {
            Ok(row) => columns.read(reading, &row),
            Err(flaw) => flaw.tell(reading),
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
    /// The columns that the header names, if it names all that are needed, and what is wrong with
    /// it, in the order of the text.
    fn of(header: &[Field], example: &str) -> (Option<Columns>, Vec<Flaw>) {
        let mut missing = Vec::new();
        let mut doubled = Vec::new();
        let mut find = |column: &'static str, needed: bool| {
            let is_it = |field: &&Field| field.text.trim().eq_ignore_ascii_case(column);
            let found = header.iter().position(|field| is_it(&field));
            if found.is_none() && needed {
                missing.push(column);
            }
            doubled.extend(header.iter().filter(is_it).skip(1).map(|field| Flaw {
                at: field.at,
                message: format!("the header has the column `{column}` twice"),
                help: "keep the one that counts".into(),
            }));
            found
        };
        let namespace = find("namespace", true);
        let name = find("name", true);
        let location = find("location", true);
        let reason = find("reason", false);
        let at = header.first().map_or(0, |field| field.at);
        let mut flaws: Vec<Flaw> = if missing.len() == 3 {
            let message = "the first row is not a header".into();
            vec![Flaw { at, message, help: format!("{example} above it") }]
        } else {
            let help = format!("{example} as the header, in any order");
            let message = |column| format!("the header has no column `{column}`");
            let flaw = |column| Flaw { at, message: message(column), help: help.clone() };
            missing.into_iter().map(flaw).collect()
        };
        doubled.sort_by_key(|flaw| flaw.at);
        flaws.append(&mut doubled);
        let all = header.len();
        let columns = match (namespace, name, location) {
            (Some(namespace), Some(name), Some(location)) => {
                Some(Columns { namespace, name, location, reason, all })
            }
            _ => None,
        };
        (columns, flaws)
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
        Err(Flaw { at, message, help: help.into() })
    }

    /// Takes the entry of a row, or tells all that is wrong with it.
    fn read(&self, reading: &mut Reading<'_>, row: &[Field]) {
        let mut order = [self.namespace, self.name, self.location];
        order.sort_unstable();
        let mut sound = true;
        for column in order {
            sound &= self.is_sound(reading, column, &row[column]);
        }
        if sound {
            let [namespace, name, location] =
                [self.namespace, self.name, self.location].map(|column| row[column].text.as_str());
            let said = Said {
                namespace: Some(namespace).filter(|namespace| !namespace.is_empty()),
                name,
                location: Some(location).filter(|location| !NULLS.contains(location)),
                reason: self.reason.map(|column| row[column].text.as_str()),
            };
            reading.entry(&said, row[0].at);
        }
    }

    /// Whether the field may stand in its column. If not, that is told here.
    fn is_sound(&self, reading: &mut Reading<'_>, column: usize, field: &Field) -> bool {
        let text = field.text.as_str();
        let flaw = if column == self.location {
            return NULLS.contains(&text) || reading.is_location(text, field.at);
        } else if column == self.name {
            misnamed("name", field)
        } else if text.is_empty() {
            None
        } else {
            misnamed("namespace", field)
        };
        if let Some(flaw) = &flaw {
            flaw.tell(reading);
        }
        flaw.is_none()
    }
}

/// What keeps the text of a field from being the name of a workload or a namespace.
fn misnamed(column: &str, field: &Field) -> Option<Flaw> {
    let text = field.text.as_str();
    let (what, help) = if text.is_empty() {
        ("is empty", "write the name as Kubernetes knows it")
    } else if text.contains('/') {
        ("holds a `/`", "write namespace and name each into its own column")
    } else if text.trim() != text {
        ("begins or ends with a blank", "take the blank away: it is part of the value")
    } else {
        unknown_to_kubernetes(text)?
    };
    let quoted = if text.is_empty() { String::new() } else { format!(" `{}`", shown(text)) };
    let message = format!("the {column}{quoted} {what}");
    Some(Flaw { at: field.at, message, help: help.into() })
}

#[cfg(test)]
mod tests {
    use super::super::told::{help, seen, wrong};

    #[test]
    fn columns_stand_in_any_order_and_others_are_passed_over() {
        assert_eq!(
            seen("m.csv", "namespace,name,location\nprod,a,s3://l/1\n,b,/2\n"),
            ["prod/a=s3://l/1@2:1", "b=/2@3:1"]
        );
        assert_eq!(
            seen("m.csv", "team, LOCATION ,Name,\"namespace\",team\nx,/1,a,prod,\n,/2,b,,\"y\"\n"),
            ["prod/a=/1@2:1", "b=/2@3:1"]
        );
        assert_eq!(
            seen("m.tsv", "name\tnamespace\tlocation\n\"a\"\tprod\t/1,2\nb\t\t/3 4\n"),
            ["prod/a=/1,2@2:1", "b=/3 4@3:1"]
        );
        assert_eq!(seen("m.csv", "namespace,name,location"), [""; 0]);
    }

    #[test]
    fn a_null_is_written_out_and_the_reason_stands_in_its_own_column() {
        assert_eq!(
            seen(
                "m.csv",
                "namespace,name,location,reason\np,a,null,it was FAILED\np,b,~,\np,c,\"null\",\" two\n\u{1b}lines \"\np,d,/1,fine\n"
            ),
            ["p/a=-|it was FAILED@2:1", "p/b=-@3:1", "p/c=-|two lines@4:1", "p/d=/1@6:1"]
        );
        assert_eq!(
            wrong("m.csv", "namespace,name,location\np,a,\np,b,NULL\np,c, null\n"),
            [
                "2:5: the location is empty",
                "3:5: the location is relative",
                "4:5: the location begins or ends with a blank",
            ]
        );
    }

    #[test]
    fn a_header_that_lacks_or_doubles_a_column_is_told_once() {
        let header = |text| wrong("m.csv", &format!("{text}\np,a,,\n\"\n"));
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
        for other in ["prod,orders,/1", "namespace;name;location", "namespace\tname\tlocation"] {
            assert_eq!(header(other), ["1:1: the first row is not a header"], "{other}");
        }
        assert_eq!(
            header("namespace,\"na\"me,location"),
            ["1:15: text stands behind a closing quote"]
        );
        assert_eq!(help("m.csv", "a,b")[0], "write `namespace,name,location` above it");
        for (empty, at) in [("", "1:1"), ("\u{feff}", "1:1"), ("# to come\n\n", "3:1")] {
            assert_eq!(
                wrong("m.csv", empty),
                [format!("{at}: the map has no header")],
                "{empty:?}"
            );
        }
    }

    #[test]
    fn a_row_has_a_field_for_each_column() {
        assert_eq!(
            wrong("m.csv", "namespace,name,location\na,/1\n\np\np,ä,/1,/2,\n,,\np,b,/3\n"),
            [
                "2:1: the row has 2 fields, the header 3",
                "4:1: the row has 1 field, the header 3",
                "5:8: the row has 5 fields, the header 3",
                "6:2: the name is empty",
                "6:3: the location is empty",
            ]
        );
        assert_eq!(
            wrong("m.tsv", "namespace\tname\tlocation\np a /1\np\ta\t/1\t\n"),
            ["2:1: the row has 1 field, the header 3", "3:8: the row has 4 fields, the header 3",]
        );
    }

    #[test]
    fn names_are_judged_as_in_yaml_and_in_the_order_of_the_text() {
        assert_eq!(
            wrong(
                "m.csv",
                "location,name,namespace\nx,a/b,c/d\n/1, a,p\n/1,a,p \n/1,a b,p\n/1,a\u{7},p\n/1,\"a\nb\",p\n/1,s3://u:secret@h/x,p\n"
            ),
            [
                "2:1: the location is relative",
                "2:3: the name `a/b` holds a `/`",
                "2:7: the namespace `c/d` holds a `/`",
                "3:4: the name ` a` begins or ends with a blank",
                "4:6: the namespace `p ` begins or ends with a blank",
                "5:4: the name `a b` holds a blank",
                "6:4: the name `a\\u{7}` holds a blank",
                "7:4: the name `a\\nb` holds a blank",
                "9:4: the name `s3://***@h/x` holds a `/`",
            ]
        );
    }

    #[test]
    fn a_blank_beside_a_separator_belongs_to_the_location() {
        let padded = |name, text: &str| {
            assert_eq!(wrong(name, text), ["2:5: the location begins or ends with a blank"]);
            help(name, text).remove(0)
        };
        assert_eq!(
            padded("m.csv", "namespace,name,location,x\np,a, /1,\n"),
            "take the blank away: blanks around commas are part of the value"
        );
        assert_eq!(
            padded("m.tsv", "namespace\tname\tlocation\np\ta\t/1 \n"),
            "take the blank away: blanks around tabs are part of the value"
        );
    }

    #[test]
    fn a_key_with_two_locations_is_told_at_its_second_row() {
        assert_eq!(
            wrong("m.csv", "name,namespace,location\na,p,/1\na,,/1\na,p,/1\n\na,p,/2\na,,~\n"),
            [
                "6:1: `p/a` has one location here and another at m.csv:2:1",
                "7:1: `a` is null here and has a location at m.csv:3:1",
            ]
        );
    }
}

//! From the text of a savepoint map to its entries: what holds for every form.

use std::sync::Arc;

use super::{Builder, EntryValue, SavepointEntry, SavepointMap, csv, yaml};
use crate::diagnostic::{FilePosition, Located};
use crate::flink::location::{Flaw, check, masked};
use crate::k8s::ObjectKey;
use crate::text::{LineIndex, SourceFile};

/// Reads one map. `name` is the path as shown to people, and its extension, in any case, decides the
/// form:
///
/// * `.csv`: rows below a header, which names the columns `namespace`, `name` and `location` and may
///   name `reason`;
/// * all else: YAML or JSON, one document, of `namespace/name: location`, `name: location` and
///   `namespace: {name: location}` in any mixture. Nothing but comments is a map without entries.
///
/// # Errors
/// Every problem of the map, in the order of the text. A syntax error is reported alone. `.tsv` and
/// `.toml` are refused.
pub fn read(name: &str, text: &str) -> Result<SavepointMap, Vec<Located>> {
    let file_name = name.rsplit('/').next().unwrap_or_default();
    let extension = file_name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
    let extension = extension.map_or(String::new(), |(_, it)| it.to_ascii_lowercase());
    let shape = if extension == "csv" { MapShape::Csv } else { MapShape::Yaml };
    let mut reader = MapReader::new(name, text, shape);
    match (&*extension, shape) {
        ("toml", _) => {
            let help = "write it as YAML, `namespace/name: location`, with null where no savepoint \
                 is trusted and `stateless` where there is no state";
            reader.problem(0, "a savepoint map cannot be TOML", help);
        }
        ("tsv", _) => {
            let help = "write it as CSV, with commas below the header `namespace,name,location`, \
                        and name it `.csv`";
            reader.problem(0, "a savepoint map cannot be TSV", help);
        }
        (_, MapShape::Csv) => csv::read(&mut reader),
        (_, MapShape::Yaml) => yaml::read(&mut reader),
    }
    reader.builder.finish()
}

/// How a map is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MapShape {
    Yaml,
    Csv,
}

impl MapShape {
    /// What an entry looks like.
    pub(crate) fn example(self) -> &'static str {
        match self {
            MapShape::Yaml => "write `namespace/name: location`",
            MapShape::Csv => "write `namespace,name,location`",
        }
    }

    /// What to do about a location. In CSV a blank beside a comma looks like layout.
    fn help(self, flaw: &Flaw) -> String {
        match (self, flaw) {
            (MapShape::Csv, Flaw::Padded) => {
                "remove the whitespace: around commas it is part of the value".into()
            }
            _ => flaw.help(),
        }
    }
}

/// A map being read: its entries and problems so far.
pub(crate) struct MapReader<'t> {
    pub(crate) text: &'t str,
    pub(crate) shape: MapShape,
    name: Arc<str>,
    builder: Builder,
    lines: LineIndex<'t>,
}

/// What a map says about one workload.
pub(crate) struct ParsedEntry<'s> {
    pub(crate) namespace: Option<&'s str>,
    pub(crate) name: &'s str,
    /// Its location is checked already.
    pub(crate) value: EntryValue,
    /// Nothing where it has a location.
    pub(crate) reason: Option<&'s str>,
}

impl<'t> MapReader<'t> {
    fn new(name: &str, text: &'t str, shape: MapShape) -> MapReader<'t> {
        let lines = SourceFile { name: "", text }.line_index();
        MapReader { text, shape, name: name.into(), builder: Builder::default(), lines }
    }

    /// The namespace, if there is one, and the name that `key` means at byte `at`; `below` is the
    /// namespace that it is in. Nothing if no workload could bear the name: that is reported here.
    pub(crate) fn key<'k>(
        &mut self,
        below: Option<&'k str>,
        key: &'k str,
        at: usize,
    ) -> Option<(Option<&'k str>, &'k str)> {
        let (what, help) = if key.split('/').any(str::is_empty) {
            ("lacks a namespace or a name", self.shape.example())
        } else if key.matches('/').count() > 1 {
            ("contains more than one `/`", self.shape.example())
        } else if let Some(flaw) = not_a_name(key) {
            flaw
        } else {
            return match (below, key.split_once('/')) {
                (Some(namespace), Some(_)) => {
                    let message = format!("`{key}` below `{namespace}` contains a `/`");
                    let help = format!(
                        "write `{key}` at the top level, or the name alone if its namespace is \
                         `{namespace}`"
                    );
                    self.problem(at, message, help);
                    None
                }
                (None, Some((namespace, name))) => Some((Some(namespace), name)),
                (below, None) => Some((below, key)),
            };
        };
        self.problem(at, format!("the key `{}` {what}", escaped(key)), help);
        None
    }

    /// Whether Flink could restore from the location, which begins at byte `at`. If not, that is
    /// reported here.
    pub(crate) fn is_location(&mut self, location: &str, at: usize) -> bool {
        let flaw = check(location).err();
        if let Some(flaw) = &flaw {
            self.problem(at, flaw.message(), self.shape.help(flaw));
        }
        flaw.is_none()
    }

    /// Takes the entry that begins at byte `at`.
    pub(crate) fn entry(&mut self, parsed: ParsedEntry<'_>, at: usize) {
        let reason = parsed.reason.map(one_line);
        let entry = SavepointEntry {
            key: ObjectKey {
                namespace: parsed.namespace.map(str::to_string),
                name: parsed.name.to_string(),
            },
            value: parsed.value,
            reason: reason.filter(|reason| !reason.is_empty()),
            place: self.place(at),
        };
        self.builder.add(entry);
    }

    pub(crate) fn problem(
        &mut self,
        at: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let problem = self.place(at).error(message, help);
        self.builder.problems.push(problem);
    }

    /// Where the byte lies.
    pub(crate) fn place(&self, offset: usize) -> FilePosition {
        FilePosition { name: Arc::clone(&self.name), position: self.lines.position(offset) }
    }
}

/// What no name in Kubernetes holds, and what to do about it.
pub(crate) fn not_a_name(name: &str) -> Option<(&'static str, &'static str)> {
    let blank = name.contains(|c: char| c.is_whitespace() || c.is_control());
    blank.then_some(("contains whitespace", "write the name as Kubernetes knows it"))
}

/// A name as a message may show it: somebody may have written a location in its place.
pub(crate) fn escaped(name: &str) -> String {
    masked(name).escape_debug().to_string()
}

/// A reason ends up in the middle of a line, wherever it came from.
fn one_line(reason: &str) -> String {
    let words = reason.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Maps and problems as lines, for the tests of every form.
#[cfg(test)]
pub(crate) mod display {
    use super::super::{EntryValue, SavepointEntry};
    use super::read;
    use crate::text::Position;

    /// `namespace/name=location|reason@line:col`, one for each entry.
    pub(crate) fn entries(name: &str, text: &str) -> Vec<String> {
        let map = read(name, text).unwrap();
        let lines = map.entries().iter().map(|entry| {
            let SavepointEntry { key, value, reason, place } = entry;
            let location = match value {
                EntryValue::Location(location) => location,
                EntryValue::Null => "-",
                EntryValue::Stateless => "=",
            };
            let reason = reason.as_deref().map_or(String::new(), |reason| format!("|{reason}"));
            let Position { line, column } = place.position;
            format!("{key}={location}{reason}@{line}:{column}")
        });
        lines.collect()
    }

    /// `line:col: message`, one for each problem.
    pub(crate) fn problems(name: &str, text: &str) -> Vec<String> {
        let problems = read(name, text).unwrap_err();
        assert!(
            problems.iter().all(|p| p.location.file == name && p.diagnostic.help.is_some()),
            "{problems:?}"
        );
        let is_sorted = problems.is_sorted_by_key(|problem| problem.location.position);
        assert!(is_sorted, "{problems:?}");
        let lines = problems.iter().map(|problem| {
            let Position { line, column } = problem.location.position;
            format!("{line}:{column}: {}", problem.diagnostic.message)
        });
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::display::{entries, problems};
    use super::read;

    #[test]
    fn only_the_extension_csv_makes_a_table_and_all_else_is_yaml() {
        for name in ["m.csv", "maps/PROD.CSV"] {
            assert_eq!(entries(name, "namespace,name,location\np,a,/1\n"), ["p/a=/1@2:1"]);
        }
        for name in ["m.yaml", "m.json", "m.csv.bak", "maps.toml/m", ".csv", ".toml", ""] {
            assert_eq!(entries(name, "p/a: /1\n"), ["p/a=/1@1:1"], "{name}");
        }
    }

    const MANY: usize = 100_000;

    type WriteEntry = fn(usize, &str) -> String;

    /// A large map of each shape: how it begins and how the entry of this number is written.
    const LARGE: [(&str, &str, WriteEntry); 2] = [
        ("m.yaml", "# map\n", |n, at| format!("ns{}/job{n}: {at}\n", n % 7)),
        ("m.csv", "location,name,namespace\n", |n, at| format!("{at},job{n},ns{}\n", n % 7)),
    ];

    #[test]
    fn three_wrong_entries_of_a_hundred_thousand_are_three_messages() {
        for (name, head, line) in LARGE {
            let lines = (0..MANY).map(|n| match n {
                9 | 50_000 | 99_999 => line(n, "S3://lake/savepoint-1"),
                _ => line(n, "s3://lake/savepoint-1"),
            });
            let lines = problems(name, &(head.to_string() + &lines.collect::<String>()));
            let places: Vec<_> = lines.iter().filter_map(|line| line.split(':').next()).collect();
            assert_eq!(places, ["11", "50002", "100001"], "{name}");
        }
    }

    #[test]
    fn entries_on_one_line_are_counted_in_one_go() {
        const MANY: usize = 25_000;
        let entry = |n: usize| format!("\"ns/job{n}\": \"s3://lake/savepoint-{n}\"");
        let yaml = format!("{{{}}}", (0..MANY).map(entry).collect::<Vec<_>>().join(", "));
        let last = yaml.rfind("\"ns").unwrap() + 1;
        assert_eq!(
            read("m", &yaml).unwrap().entries()[MANY - 1].place.to_string(),
            format!("m:1:{last}")
        );
        assert_eq!(problems("m", &yaml.replace("s3:", "S3:")).len(), MANY);
    }
}

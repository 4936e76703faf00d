//! From the text of a savepoint map to its entries: what holds for a map of every shape.

use std::path::Path;
use std::sync::Arc;

use super::super::problem::{FileProblem, Place};
use super::{Builder, Entry, SavepointMap, csv, toml, yaml};
use crate::flink::location::{Flaw, check, masked};
use crate::text::{Lines, SourceFile};

/// Reads one map. `name` is the path as shown to people, and its extension, in whatever case, tells
/// the shape:
///
/// * `.csv` and `.tsv`: rows below a header, which names the columns `namespace`, `name` and
///   `location` and may name `reason`;
/// * `.toml`: a table `[savepoints]` of `"namespace/name" = "location"`, `name = "location"` and
///   tables `[savepoints.namespace]`;
/// * all else: YAML or JSON, one document, of `namespace/name: location`, `name: location` and
///   `namespace: {name: location}` in any mixture. Nothing but comments is a map without entries.
///
/// # Errors
/// Every problem of the map, in the order of the text. What does not parse as YAML, JSON or TOML is
/// told alone, since nothing behind it can be relied on.
pub fn read(name: &str, text: &str) -> Result<SavepointMap, Vec<FileProblem>> {
    let shape = Shape::of(name);
    let mut reading = Reading::new(name, text, shape);
    match shape {
        Shape::Yaml => yaml::read(&mut reading),
        Shape::Csv => csv::read(&mut reading, ','),
        Shape::Tsv => csv::read(&mut reading, '\t'),
        Shape::Toml => toml::read(&mut reading),
    }
    reading.builder.finish()
}

/// How a map is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Yaml,
    Csv,
    Tsv,
    Toml,
}

impl Shape {
    fn of(name: &str) -> Shape {
        let extension = Path::new(name).extension().unwrap_or_default();
        match extension.to_ascii_lowercase().to_str() {
            Some("csv") => Shape::Csv,
            Some("tsv") => Shape::Tsv,
            Some("toml") => Shape::Toml,
            _ => Shape::Yaml,
        }
    }

    /// What an entry looks like.
    pub(super) fn example(self) -> &'static str {
        match self {
            Shape::Yaml => "write `namespace/name: location`",
            Shape::Csv => "write `namespace,name,location`",
            Shape::Tsv => "write `namespace`, `name` and `location` with tabs between them",
            Shape::Toml => "write `\"namespace/name\" = \"location\"`",
        }
    }

    /// What to do about a location. A blank is seen differently where a neighbour is a comma, and
    /// TOML has no null.
    fn help(self, flaw: &Flaw) -> String {
        match (self, flaw) {
            (Shape::Csv, Flaw::Padded) => {
                "take the blank away: blanks around commas are part of the value".into()
            }
            (Shape::Tsv, Flaw::Padded) => {
                "take the blank away: blanks around tabs are part of the value".into()
            }
            (Shape::Toml, Flaw::Empty | Flaw::OperatorDummy) => {
                "write where the savepoint lies, or `{ distrusted = \"reason\" }` if there is none \
                 to be trusted"
                    .into()
            }
            _ => flaw.help(),
        }
    }
}

/// A map being read: its entries and problems so far.
pub(super) struct Reading<'t> {
    pub(super) text: &'t str,
    pub(super) shape: Shape,
    path: Arc<str>,
    builder: Builder,
    lines: Lines<'t>,
}

/// What a map says about one workload.
pub(super) struct Said<'s> {
    pub(super) namespace: Option<&'s str>,
    pub(super) name: &'s str,
    /// Checked already. Nothing if there is none to be trusted.
    pub(super) location: Option<&'s str>,
    pub(super) reason: Option<&'s str>,
}

impl<'t> Reading<'t> {
    fn new(name: &str, text: &'t str, shape: Shape) -> Reading<'t> {
        let lines = SourceFile { name: "", text }.counted();
        Reading { text, shape, path: name.into(), builder: Builder::default(), lines }
    }

    /// The namespace, if there is one, and the name that `key` means at byte `at`; `below` is the
    /// namespace that it stands in. Nothing if no workload could bear the name: that is told here.
    pub(super) fn key<'k>(
        &mut self,
        below: Option<&'k str>,
        key: &'k str,
        at: usize,
    ) -> Option<(Option<&'k str>, &'k str)> {
        let (what, help) = if key.split('/').any(str::is_empty) {
            ("lacks a namespace or a name", self.shape.example())
        } else if key.matches('/').count() > 1 {
            ("holds more than one `/`", self.shape.example())
        } else if let Some(flaw) = unknown_to_kubernetes(key) {
            flaw
        } else {
            return match (below, key.split_once('/')) {
                (Some(namespace), Some(_)) => {
                    let message = format!("`{key}` stands below `{namespace}` and holds a `/`");
                    self.problem(at, message, "write the name alone");
                    None
                }
                (None, Some((namespace, name))) => Some((Some(namespace), name)),
                (below, None) => Some((below, key)),
            };
        };
        self.problem(at, format!("the key `{}` {what}", shown(key)), help);
        None
    }

    /// Whether Flink could restore from the location, which stands at byte `at`. If not, that is
    /// told here.
    pub(super) fn is_location(&mut self, location: &str, at: usize) -> bool {
        let flaw = check(location).err();
        if let Some(flaw) = &flaw {
            self.problem(at, flaw.message(), self.shape.help(flaw));
        }
        flaw.is_none()
    }

    /// Takes the entry that begins at byte `at`.
    pub(super) fn entry(&mut self, said: &Said<'_>, at: usize) {
        let place = self.place(at);
        let reason = said.reason.filter(|_| said.location.is_none()).map(one_line);
        let entry = Entry {
            namespace: said.namespace.map(str::to_string),
            name: said.name.to_string(),
            location: said.location.map(str::to_string),
            reason: reason.filter(|reason| !reason.is_empty()),
            origin: place.to_string(),
        };
        self.builder.add(entry, place);
    }

    pub(super) fn problem(
        &mut self,
        at: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let problem = self.place(at).problem(message, help);
        self.builder.problems.push(problem);
    }

    /// Where the byte lies.
    pub(super) fn place(&self, offset: usize) -> Place {
        Place { path: Arc::clone(&self.path), position: self.lines.position(offset) }
    }
}

/// What no name in Kubernetes holds, and what to do about it.
pub(super) fn unknown_to_kubernetes(name: &str) -> Option<(&'static str, &'static str)> {
    let blank = name.contains(|c: char| c.is_whitespace() || c.is_control());
    blank.then_some(("holds a blank", "write the name as Kubernetes knows it"))
}

/// A name as a message may show it: somebody may have written a location in its place.
pub(super) fn shown(name: &str) -> String {
    masked(name).escape_debug().to_string()
}

/// A reason ends up in the middle of a line, wherever it came from.
fn one_line(reason: &str) -> String {
    let words = reason.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::told::{seen, wrong};
    use super::{Shape, read};

    #[test]
    fn the_extension_tells_the_shape_and_all_else_is_yaml() {
        for (name, shape) in [
            ("maps/prod.csv", Shape::Csv),
            ("PROD.CSV", Shape::Csv),
            ("/maps/prod.v1.Tsv", Shape::Tsv),
            ("prod.toml", Shape::Toml),
            ("prod.yaml", Shape::Yaml),
            ("prod.json", Shape::Yaml),
            ("prod.csv.bak", Shape::Yaml),
            ("maps.toml/prod", Shape::Yaml),
            (".csv", Shape::Yaml),
            ("", Shape::Yaml),
        ] {
            assert_eq!(Shape::of(name), shape, "{name}");
        }
        assert_eq!(seen("m.CSV", "namespace,name,location\np,a,/1\n"), ["p/a=/1@2:1"]);
        assert_eq!(seen("m.yaml", "p/a: /1\n"), ["p/a=/1@1:1"]);
    }

    const MANY: usize = 100_000;

    type Entry = fn(usize, &str) -> String;

    /// A large map of each shape: how it begins and how the entry of this number is written.
    const LARGE: [(&str, &str, Entry); 4] = [
        ("m.yaml", "# map\n", |n, at| format!("ns{}/job{n}: {at}\n", n % 7)),
        ("m.csv", "location,name,namespace\n", |n, at| format!("{at},job{n},ns{}\n", n % 7)),
        ("m.tsv", "name\tnamespace\tlocation\n", |n, at| format!("job{n}\tns{}\t{at}\n", n % 7)),
        ("m.toml", "[savepoints]\n", |n, at| format!("\"ns{}/job{n}\" = \"{at}\"\n", n % 7)),
    ];

    #[test]
    fn a_hundred_thousand_entries_are_read_in_one_go() {
        let line = |n: usize| match n % 2 {
            0 => format!("ns{}/job{n}: s3://lake/savepoint-{n}\n", n % 7),
            _ => format!("ns/job{n}: null # not {n}\n"),
        };
        let map = read("m", &(0..MANY).map(line).collect::<String>()).unwrap();
        assert_eq!(map.entries().len(), MANY);
        assert_eq!(map.entries()[MANY - 1].origin, "m:100000:1");
        assert_eq!(map.entries()[MANY - 1].reason.as_deref(), Some("not 99999"));
        assert!((0..MANY).all(|n| map.named(&format!("job{n}")).count() == 1));
    }

    #[test]
    fn three_wrong_entries_of_a_hundred_thousand_are_three_messages() {
        for (name, head, line) in LARGE {
            let lines = (0..MANY).map(|n| match n {
                9 | 50_000 | 99_999 => line(n, "S3://lake/savepoint-1"),
                _ => line(n, "s3://lake/savepoint-1"),
            });
            let told = wrong(name, &(head.to_string() + &lines.collect::<String>()));
            let places: Vec<_> = told.iter().filter_map(|told| told.split(':').next()).collect();
            assert_eq!(places, ["11", "50002", "100001"], "{name}");
        }
    }

    #[test]
    fn entries_on_one_line_are_counted_in_one_go() {
        const MANY: usize = 25_000;
        let entry = |n: usize| format!("\"ns/job{n}\": \"s3://lake/savepoint-{n}\"");
        let yaml = format!("{{{}}}", (0..MANY).map(entry).collect::<Vec<_>>().join(", "));
        let toml = format!("savepoints = {}", yaml.replace("\": \"", "\" = \""));
        for (name, text) in [("m", yaml), ("m.toml", toml)] {
            let last = text.rfind("\"ns").unwrap() + 1;
            assert_eq!(
                read(name, &text).unwrap().entries()[MANY - 1].origin,
                format!("{name}:1:{last}")
            );
            assert_eq!(wrong(name, &text.replace("s3:", "S3:")).len(), MANY);
        }
    }
}

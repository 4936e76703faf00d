//! What a cluster says of its savepoints, as a savepoint map.
//!
//! Each form is one that the map reader takes back to the same entries. No workload is left out: a
//! job whose savepoint is not trusted is null, which holds it, and what has no state is `stateless`, so
//! that no namesake takes another's entry.

use super::printable;
use crate::cluster::{CollectedSavepoint, StateTrust};
use crate::flink::savepoints::STATELESS;
use crate::yaml::patch;

/// The forms of a savepoint map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapFormat {
    /// With a comment for each entry: when it was taken, or why it is null.
    Yaml,
    /// One object of locations and words, by `schema/savepoints-v1.schema.json`.
    Json,
    /// Rows below `namespace,name,location,reason`.
    Csv,
}

/// The map. `files` are the dumps that it was made from, as its header names them.
pub fn savepoints(format: MapFormat, judged: &[CollectedSavepoint], files: &[String]) -> String {
    match format {
        MapFormat::Yaml => yaml(judged, files),
        MapFormat::Json => json(judged),
        MapFormat::Csv => csv(judged),
    }
}

/// How many are trusted, are answered by hand, are not trusted, and have no state.
pub fn count(judged: &[CollectedSavepoint]) -> [usize; 4] {
    let mut counts = [0; 4];
    for judged in judged {
        counts[match judged.trust {
            StateTrust::Trusted { .. } => 0,
            StateTrust::Answered { .. } => 1,
            StateTrust::Distrusted { .. } => 2,
            StateTrust::NoState { .. } => 3,
        }] += 1;
    }
    counts
}

/// `3 savepoints trusted, 1 not; 1 answered by hand; 2 without state`.
pub fn summary(judged: &[CollectedSavepoint]) -> String {
    let [trusted, answered, not, without] = count(judged);
    let answered =
        if answered > 0 { format!("; {answered} answered by hand") } else { String::new() };
    let without = if without > 0 { format!("; {without} without state") } else { String::new() };
    let trusted = printable::counted(trusted, "savepoint");
    format!("{trusted} trusted, {not} not{answered}{without}")
}

fn yaml(judged: &[CollectedSavepoint], files: &[String]) -> String {
    let mut out = String::new();
    comment(&mut out, &format!("Savepoint map, from {}: {}.", files.join(", "), summary(judged)));
    comment(&mut out, "null holds the job until a location replaces it; stateless gives nothing.");
    for one in judged {
        let key = one.key.to_string();
        match &one.trust {
            StateTrust::Trusted { location, taken, why } => {
                out.push('\n');
                let taken = taken.map_or_else(String::new, |taken| format!("taken {taken}; "));
                comment(&mut out, &format!("{taken}{why}"));
                out.push_str(&patch::line(&key, Some(location)));
            }
            StateTrust::Answered { location, why } => {
                out.push('\n');
                comment(&mut out, why);
                out.push_str(&patch::line(&key, Some(location)));
            }
            StateTrust::Distrusted { reason, .. } => {
                out.push('\n');
                out.push_str(&patch::line(&key, None));
                out.push_str(&format!("  # {}", one_line(reason)));
            }
            StateTrust::NoState { what } if one.has_entry() => {
                out.push('\n');
                out.push_str(&patch::line(&key, Some(STATELESS)));
                out.push_str(&format!("  # {}", one_line(what)));
            }
            StateTrust::NoState { what } => {
                out.push('\n');
                comment(&mut out, &format!("{key}: {what}"));
                continue;
            }
        }
        out.push('\n');
    }
    out
}

/// A line that no reader takes for anything but a comment, whatever stands in the text.
fn comment(out: &mut String, text: &str) {
    out.push_str("# ");
    out.push_str(&one_line(text));
    out.push('\n');
}

/// The text on one line, and such that a reader takes it back as it is: without signs at its
/// beginning that would belong to the comment, and without blanks in a row.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    printable::escaped(&words.join(" ")).trim_start_matches(['#', ' ']).to_string()
}

fn json(judged: &[CollectedSavepoint]) -> String {
    let mut map = serde_json::Map::new();
    for one in judged.iter().filter(|one| one.has_entry()) {
        map.insert(one.key.to_string(), value(one).map_or(serde_json::Value::Null, Into::into));
    }
    // A value in memory can always be written.
    let mut text = serde_json::to_string_pretty(&map).unwrap_or_default();
    text.push('\n');
    text
}

fn csv(judged: &[CollectedSavepoint]) -> String {
    let mut rows = csv::WriterBuilder::new().comment(Some(b'#')).from_writer(Vec::new());
    // Rows in memory take everything.
    let _ = rows.write_record(["namespace", "name", "location", "reason"]);
    for one in judged.iter().filter(|one| one.has_entry()) {
        let reason = match &one.trust {
            StateTrust::Trusted { .. } | StateTrust::Answered { .. } => String::new(),
            StateTrust::Distrusted { reason, .. } => one_line(reason),
            StateTrust::NoState { what } => one_line(what),
        };
        let namespace = one.key.namespace.as_deref().unwrap_or_default();
        let value = value(one).unwrap_or("null");
        let _ = rows.write_record([namespace, &one.key.name, value, &reason]);
    }
    let bytes = rows.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// What its entry says; nothing for null.
fn value(judged: &CollectedSavepoint) -> Option<&str> {
    match &judged.trust {
        StateTrust::Trusted { location, .. } | StateTrust::Answered { location, .. } => {
            Some(location)
        }
        StateTrust::Distrusted { .. } => None,
        StateTrust::NoState { .. } => Some(STATELESS),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;
    use crate::cluster::Moment;
    use crate::diagnostic::FilePosition;
    use crate::flink::location::check;
    use crate::flink::names::FlinkKind;
    use crate::flink::savepoints::{self, EntryValue};
    use crate::k8s::ObjectKey;
    use crate::text::Position;

    fn judged(namespace: Option<&str>, name: &str, trust: StateTrust) -> CollectedSavepoint {
        let place =
            FilePosition { name: "d.json".into(), position: Position { line: 1, column: 1 } };
        let key = ObjectKey { namespace: namespace.map(str::to_string), name: name.into() };
        CollectedSavepoint { kind: FlinkKind::Deployment, key, place, trust }
    }

    fn trusted(location: &str) -> StateTrust {
        let taken = Moment::parse("2022-05-03T10:20:30.500Z");
        StateTrust::Trusted { location: location.into(), taken, why: "suspended with it".into() }
    }

    fn distrusted(reason: &str) -> StateTrust {
        StateTrust::Distrusted { reason: reason.into(), help: "wait" }
    }

    fn sample() -> Vec<CollectedSavepoint> {
        vec![
            judged(Some("prod"), "orders", trusted("s3://lake/savepoint-1")),
            judged(Some("prod"), "runs", distrusted("spec.job.state is `running`, so: # older")),
            judged(Some("prod"), "session", StateTrust::NoState { what: "session cluster".into() }),
        ]
    }

    #[test]
    fn the_three_forms_of_a_map() {
        let files = ["dump.json".to_string()];
        let shown = |format| savepoints(format, &sample(), &files);
        assert_eq!(
            shown(MapFormat::Yaml),
            concat!(
                "# Savepoint map, from dump.json: 1 savepoint trusted, 1 not; 1 without state.\n",
                "# null holds the job until a location replaces it; stateless gives nothing.\n",
                "\n",
                "# taken 2022-05-03T10:20:30.500Z; suspended with it\n",
                "prod/orders: s3://lake/savepoint-1\n",
                "\n",
                "prod/runs: null  # spec.job.state is `running`, so: # older\n",
                "\n",
                "prod/session: stateless  # session cluster\n",
            )
        );
        assert_eq!(
            shown(MapFormat::Json),
            concat!(
                "{\n  \"prod/orders\": \"s3://lake/savepoint-1\",\n  \"prod/runs\": null,\n",
                "  \"prod/session\": \"stateless\"\n}\n",
            )
        );
        assert_eq!(
            shown(MapFormat::Csv),
            concat!(
                "namespace,name,location,reason\n",
                "prod,orders,s3://lake/savepoint-1,\n",
                "prod,runs,null,\"spec.job.state is `running`, so: # older\"\n",
                "prod,session,stateless,session cluster\n",
            )
        );
    }

    #[test]
    fn nothing_to_map_is_a_map_all_the_same() {
        for (format, name) in
            [(MapFormat::Yaml, "m.yaml"), (MapFormat::Json, "m.json"), (MapFormat::Csv, "m.csv")]
        {
            let text = savepoints(format, &[], &["d.json".into()]);
            assert_eq!(savepoints::read(name, &text).unwrap().entries(), [], "{text}");
        }
    }

    /// Text with everything that YAML, CSV and terminals trip over.
    fn hostile(without: &'static str) -> impl Strategy<Value = String> {
        let pieces = prop::sample::select(vec![
            "a",
            "orders",
            "-",
            ": ",
            " #",
            "#",
            "'",
            "\"",
            "`",
            "|",
            ">",
            "*",
            "&",
            "!",
            "%",
            "@",
            "{",
            "}",
            "[",
            "]",
            ",",
            "\\",
            "\n",
            "\r\n",
            "\t",
            "  ",
            "\u{85}",
            "\u{2028}",
            "\u{9b}",
            "\u{1b}[2J",
            "\u{feff}",
            "\u{202e}",
            "🦀",
            "e\u{301}",
            "null",
            "~",
            "yes",
            "0x1F",
            "1e3",
            "---",
            "...",
            "<<",
            "=",
            "::error::",
            "<b>",
            "${X}",
            "é",
            ":",
            "?",
            "/",
            "\0",
        ]);
        prop::collection::vec(pieces, 1..8).prop_map(move |pieces| {
            pieces.concat().chars().filter(|c| !without.contains(*c)).collect::<String>()
        })
    }

    /// A name such as the reader takes: no blanks, no slash.
    fn name() -> impl Strategy<Value = String> {
        hostile("/").prop_map(|text| {
            let text: String =
                text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
            if text.is_empty() || text == "<<" { "x".to_string() } else { text }
        })
    }

    fn verdict() -> impl Strategy<Value = StateTrust> {
        let location = hostile("").prop_map(|tail| {
            let location = format!("s3://lake/{tail}");
            if check(&location).is_ok() { location } else { "/sp/1".to_string() }
        });
        prop_oneof![
            location.prop_map(|location| trusted(&location)),
            hostile("").prop_map(|reason| distrusted(&reason)),
            hostile("").prop_map(|what| StateTrust::NoState { what }),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_is_read_back_to_the_same_entries(
            all in prop::collection::btree_map((name(), name()), verdict(), 0..6),
            file in hostile(""),
        ) {
            let all: Vec<CollectedSavepoint> =
                all.into_iter().map(|((ns, name), verdict)| judged(Some(&ns), &name, verdict)).collect();
            let expected: Vec<_> = all.iter().filter(|one| one.has_entry()).collect();
            for (format, map) in
                [(MapFormat::Yaml, "m.yaml"), (MapFormat::Json, "m.json"), (MapFormat::Csv, "m.csv")]
            {
                let text = savepoints(format, &all, std::slice::from_ref(&file));
                let read = savepoints::read(map, &text);
                prop_assert!(read.is_ok(), "{:?}\n{}", read, text);
                let read = read.unwrap_or_default();
                prop_assert_eq!(read.entries().len(), expected.len(), "{}", text);
                for (entry, one) in read.entries().iter().zip(&expected) {
                    prop_assert_eq!(&entry.key, &one.key);
                    let written = match &entry.value {
                        EntryValue::Location(location) => Some(location.as_str()),
                        EntryValue::Null => None,
                        EntryValue::Stateless => Some(STATELESS),
                    };
                    prop_assert_eq!(written, value(one));
                    if let (StateTrust::Distrusted { reason, .. } | StateTrust::NoState { what: reason }, true) = (&one.trust, format != MapFormat::Json) {
                        let reason = one_line(reason);
                        prop_assert_eq!(entry.reason.as_deref().unwrap_or_default(), reason.as_str());
                    }
                }
                // Only line feeds of our own, and nothing that moves a cursor.
                let unsafe_to_show = |c: char| c != '\n' && c.is_control();
                let is_safe = format == MapFormat::Json || !text.contains(unsafe_to_show);
                prop_assert!(is_safe, "{:?}", text);
            }
        }
    }
}

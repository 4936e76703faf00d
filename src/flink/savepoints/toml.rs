//! A savepoint map as TOML: the table `[savepoints]`.
//!
//! Which keys are entries, and in which order they stand; `toml/entry.rs` knows what an entry says.

mod entry;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use entry::{describe, entry, is_inline};

use super::read::{Reading, shown};

/// The only key at the root.
const ROOT: &str = "savepoints";

type Key<'d> = Spanned<DeString<'d>>;
type Value<'d> = Spanned<DeValue<'d>>;

/// Reads the table. What the parser does not like is told alone.
pub(super) fn read(reading: &mut Reading<'_>) {
    let (root, mut errors) = DeTable::parse_recoverable(reading.text);
    if !errors.is_empty() {
        let at = |error: &toml::de::Error| error.span().map_or(0, |span| span.start);
        errors.sort_by_key(at);
        for error in &errors {
            let help = cure(&reading.text[at(error)..]);
            reading.problem(at(error), error.message(), help);
        }
        return;
    }
    let root = root.get_ref();
    if !root.contains_key(ROOT) {
        let first = root.keys().map(|key| key.span().start).min();
        let help = format!("write `[{ROOT}]` and the entries below it");
        let message = format!("there is no table `[{ROOT}]`");
        return reading.problem(first.unwrap_or(0), message, help);
    }
    let mut parts = Vec::new();
    for (key, value) in root {
        match value.get_ref() {
            DeValue::Table(entries) if key.get_ref() == ROOT => {
                below(reading.text, entries, None, &mut parts);
            }
            _ => parts.push(Part::Stray(key, value)),
        }
    }
    // The parser sorts by key, and a table may stand far from its neighbours.
    parts.sort_by_key(Part::start);
    for part in parts {
        match part {
            Part::Stray(key, value) => stray(reading, key, value),
            Part::Namespace(key) => {
                reading.key(None, key.get_ref(), key.span().start);
            }
            Part::Entry { namespace, key, value } => entry(reading, namespace, key, value),
        }
    }
}

/// What to do where the parser stumbled: over what is right in YAML, as often as not.
fn cure(rest: &str) -> &'static str {
    if rest.starts_with('/') {
        "put a key that holds a `/` in quotes"
    } else if rest.starts_with('~') || rest.starts_with("null") {
        "write `{ distrusted = \"reason\" }` where there is none to be trusted"
    } else {
        "mend the file, nothing of it was read"
    }
}

/// A key of the file and what it stands for.
enum Part<'d> {
    /// At the root, where it does not belong.
    Stray(&'d Key<'d>, &'d Value<'d>),
    /// The head of a table.
    Namespace(&'d Key<'d>),
    Entry {
        namespace: Option<&'d str>,
        key: &'d Key<'d>,
        value: &'d Value<'d>,
    },
}

impl Part<'_> {
    fn start(&self) -> usize {
        let (Part::Stray(key, _) | Part::Namespace(key) | Part::Entry { key, .. }) = self;
        key.span().start
    }
}

/// Adds the entries of a table, and those of the namespaces in `[savepoints]` itself.
fn below<'d>(
    text: &str,
    table: &'d DeTable<'d>,
    namespace: Option<&'d str>,
    parts: &mut Vec<Part<'d>>,
) {
    for (key, value) in table {
        match value.get_ref() {
            DeValue::Table(names)
                if namespace.is_none()
                    && !key.get_ref().contains('/')
                    && !is_inline(text, value) =>
            {
                parts.push(Part::Namespace(key));
                below(text, names, Some(key.get_ref()), parts);
            }
            _ => parts.push(Part::Entry { namespace, key, value }),
        }
    }
}

fn stray(reading: &mut Reading<'_>, key: &Key<'_>, value: &Value<'_>) {
    let (message, help) = if key.get_ref() == ROOT {
        let what = describe(reading.text, value);
        (format!("`{ROOT}` is {what}"), format!("write `[{ROOT}]` and the entries below it"))
    } else {
        let message = format!("`{}` stands outside of `[{ROOT}]`", shown(key.get_ref()));
        (message, format!("a map holds nothing else: write entries below `[{ROOT}]`"))
    };
    reading.problem(key.span().start, message, help);
}

#[cfg(test)]
mod tests {
    use super::super::told;

    fn seen(text: &str) -> Vec<String> {
        told::seen("m.toml", text)
    }

    fn wrong(text: &str) -> Vec<String> {
        told::wrong("m.toml", text)
    }

    #[test]
    fn flat_plain_and_nested_entries_mix_in_the_order_of_the_text() {
        assert_eq!(
            seen(concat!(
                "[savepoints]  # map\n\"prod/z\" = \"/1\"\nb = 's3://l/2'\n",
                "eu.d = \"/3\"\neu.\"c\" = \"/4\"\n\n",
                "[savepoints.us]\nz = \"/5\"\n  a = \"/\\u00e4\"\n[savepoints.\"ap\"]\na = \"/7\"\n",
            )),
            [
                "prod/z=/1@2:1",
                "b=s3://l/2@3:1",
                "eu/d=/3@4:4",
                "eu/c=/4@5:4",
                "us/z=/5@8:1",
                "us/a=/ä@9:3",
                "ap/a=/7@11:1",
            ]
        );
        let expected = ["p/a=/1@1:16", "ä=/2@1:30"];
        assert_eq!(seen("savepoints = { \"p/a\" = \"/1\", \"ä\" = '/2' }"), expected);
        assert_eq!(seen("savepoints.\"p/a\" = \"/1\"\n"), ["p/a=/1@1:12"]);
        assert_eq!(
            seen("[savepoints.b]\na = '/1'\n[savepoints]\na = '/2'\n"),
            ["b/a=/1@2:1", "a=/2@4:1"]
        );
        assert_eq!(
            seen("\u{feff}[savepoints]\r\n# x\r\na = \"/1\"\r\n\r\nb = \"/2\""),
            ["a=/1@3:1", "b=/2@5:1"]
        );
        assert_eq!(seen("[savepoints]\n[savepoints.eu]\n"), [""; 0]);
    }

    #[test]
    fn all_problems_are_told_at_their_places() {
        assert_eq!(
            wrong(concat!(
                "x = 1\n[savepoints]\n\"/a\" = '/1'\n'' = '/1'\n'a/b/c' = '/1'\n'a b' = '/1'\n",
                "n = 20220512\nf = 1.5\nt = true\nd = 2022-05-12\nl = ['/1']\ne = ''\nr = 'x/y'\n",
                "s = ' /1'\nm = \"\"\"/1\n2\"\"\"\n'a/b/d'.x = '/1'\n",
                "[savepoints.ns]\n'a/b' = '/1'\ndeep.x = '/1'\nok = '/1'\n",
                "[savepoints.'p/q']\na = '/1'\n[savepoints.'n s']\na = '/1'\n",
                "[other]\na = '/1'\n[[savepoints.list]]\n",
            )),
            [
                "1:1: `x` stands outside of `[savepoints]`",
                "3:1: the key `/a` lacks a namespace or a name",
                "4:1: the key `` lacks a namespace or a name",
                "5:1: the key `a/b/c` holds more than one `/`",
                "6:1: the key `a b` holds a blank",
                "7:5: the location of `n` is the number `20220512`",
                "8:5: the location of `f` is the number `1.5`",
                "9:5: the location of `t` is the truth value `true`",
                "10:5: the location of `d` is the time `2022-05-12`",
                "11:5: the location of `l` is a list",
                "12:5: the location is empty",
                "13:5: the location is relative",
                "14:5: the location begins or ends with a blank",
                "15:5: the location holds the control character `\\n`",
                "17:1: the key `a/b/d` holds more than one `/`",
                "19:1: `a/b` stands below `ns` and holds a `/`",
                "20:1: the location of `deep` is a table",
                "22:1: the location of `q` is a table",
                "24:13: the key `n s` holds a blank",
                "26:2: `other` stands outside of `[savepoints]`",
                "28:1: the location of `list` is a list",
            ]
        );
    }

    #[test]
    fn a_file_without_the_table_is_told_once_with_what_to_write() {
        let none = "there is no table `[savepoints]`";
        for (text, at) in [("", "1:1"), ("# x\n'p/b' = '/1'\n'p/a' = '/2'\n", "2:1")] {
            assert_eq!(wrong(text), [format!("{at}: {none}")], "{text}");
        }
        assert_eq!(wrong("[savepoint]\na = '/1'\n"), [format!("1:2: {none}")]);
        assert_eq!(
            told::help("m.toml", "[savepoint]\n"),
            ["write `[savepoints]` and the entries below it"]
        );
        assert_eq!(wrong("savepoints = ['a.yaml']\n"), ["1:1: `savepoints` is a list"]);
        assert_eq!(wrong("[[savepoints]]\na = '/1'\n"), ["1:3: `savepoints` is a list"]);
    }

    #[test]
    fn what_comes_from_yaml_is_helped_into_the_words_of_toml() {
        let help = |rest: &str| told::help("m.toml", &format!("[savepoints]\n{rest}\n")).remove(0);
        let null = "`{ distrusted = \"reason\" }`";
        for rest in ["a = ''", "a = null", "a = ~"] {
            assert!(help(rest).contains(null), "{rest}");
        }
        assert_eq!(help("p/a = '/1'"), "put a key that holds a `/` in quotes");
        assert_eq!(help("'/' = '/1'"), "write `\"namespace/name\" = \"location\"`");
        assert_eq!(help("a = '/1"), "mend the file, nothing of it was read");
    }

    #[test]
    fn what_does_not_parse_is_told_with_its_place() {
        assert_eq!(
            wrong("[savepoints]\na = '/1'\nb = '/2'\n\"a\" = '/1'\nb = '/3'\n"),
            ["4:1: duplicate key", "5:1: duplicate key"]
        );
        assert_eq!(wrong("[savepoints.a]\nb = '/1'\n[savepoints.a]\n"), ["3:13: duplicate key"]);
        for (broken, line) in
            [("[savepoints]\na = '/1\n", 2), ("[savepoints]\n\nprod/a = '/1'\n", 3)]
        {
            let told = wrong(broken);
            assert!(told[0].starts_with(&format!("{line}:")), "{told:?}");
        }
        let deep = format!("[savepoints]\na = {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
        assert!(!wrong(&deep).is_empty());
        assert!(!wrong(&format!("[savepoints]\n{}a = 1\n", "a.".repeat(100_000))).is_empty());
    }

    #[test]
    fn a_key_with_two_locations_is_told_at_the_later_one() {
        assert_eq!(
            wrong("[savepoints.p]\na = '/1'\nb = '/2'\n[savepoints]\n'p/a' = '/1'\n'p/b' = '/3'\n"),
            ["6:1: `p/b` has one location here and another at m.toml:3:1"]
        );
    }
}

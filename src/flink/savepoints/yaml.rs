//! A savepoint map as YAML or JSON.

use super::read::{MapReader, ParsedEntry};
use super::{EntryValue, STATELESS};
use crate::flink::names::field;
use crate::yaml::{
    Document, MappingEntry, NodeKind, NodeRef, Scalar, Style, chunks, parse, resolve,
};

/// How many entries may be read through aliases. A map written by hand or by a tool has none to
/// speak of; more would grow memory beyond any multiple of the text.
const MAX_ALIASED: usize = 10_000;

/// The key under which other tools keep their maps; below it a namespace could not be told from it.
const WRAPPER: &str = "savepoints";

/// Reads the first document of the text; a second one is a problem.
pub(crate) fn read(reader: &mut MapReader<'_>) {
    let text = reader.text;
    let found = chunks(text);
    let Some(first) = found.first() else { return };
    match parse(&text[first.span.range()], first.span.start) {
        Ok(document) => {
            let second = found.get(1).map(|chunk| chunk.span.start);
            YamlReader { reader, aliased: 0 }.document(&document, second);
        }
        Err(error) => {
            let start = first.span.start;
            let (at, message, help) = match foreign_format(text) {
                Some((message, help)) => (start, message, help),
                None => (start + error.at, &*error.message, "fix the file; nothing of it was read"),
            };
            reader.problem(at, message, help);
        }
    }
}

struct YamlReader<'r, 't> {
    reader: &'r mut MapReader<'t>,
    aliased: usize,
}

impl YamlReader<'_, '_> {
    fn document(&mut self, document: &Document<'_>, second: Option<usize>) {
        let root = document.root().resolved();
        if let Some(kind) = kubernetes_kind(root) {
            let message = format!("this is a Kubernetes object ({kind}), not a savepoint map");
            let help = "write `namespace/name: location` for each job, or give the whole dump \
                        as kubectl printed it";
            return self.reader.problem(start(root), message, help);
        }
        if root.is_mapping() {
            for &pair in root.own_entries() {
                self.root_entry(&YamlEntry::new(document, pair, None));
            }
        } else {
            let message = format!("the root is {}", describe(root));
            let example = self.reader.shape.example();
            let found = foreign_format(self.reader.text).unwrap_or((&message, example));
            self.reader.problem(start(root), found.0, found.1);
        }
        if let Some(second) = second {
            let help = "put all entries into one document, or into a file each";
            self.reader.problem(second, "a second document begins here", help);
        }
    }

    fn root_entry(&mut self, line: &YamlEntry<'_>) {
        match self.key(None, line) {
            Some((None, WRAPPER)) if line.value.scalar().is_none() => {
                let message = format!("the map is below a key `{WRAPPER}`");
                let help = format!(
                    "write `namespace/name: location` at the top level; for a namespace of this \
                     name write `{WRAPPER}/name: location`"
                );
                self.reader.problem(line.key_at, message, help);
            }
            Some((None, namespace)) if line.value.is_mapping() => {
                self.namespace(namespace, line.value);
            }
            Some((namespace, name)) => self.entry(namespace, name, line),
            None => {}
        }
    }

    /// The names below a namespace. Those that an alias brings stand where the alias does.
    fn namespace(&mut self, namespace: &str, value: NodeRef<'_>) {
        let names = value.resolved();
        let alias_at = (names.id != value.id).then(|| start(value));
        if alias_at.is_some() {
            self.aliased += names.own_entries().len();
            if self.aliased > MAX_ALIASED {
                let message = format!("aliases expand to more than {MAX_ALIASED} entries");
                return self.reader.problem(start(value), message, "write the entries out");
            }
        }
        for &pair in names.own_entries() {
            let line = YamlEntry::new(names.doc, pair, alias_at);
            if let Some((namespace, name)) = self.key(Some(namespace), &line) {
                self.entry(namespace, name, &line);
            }
        }
    }

    /// The namespace and the name that the key means, if a workload or a namespace could bear it.
    fn key<'d>(
        &mut self,
        below: Option<&'d str>,
        line: &YamlEntry<'d>,
    ) -> Option<(Option<&'d str>, &'d str)> {
        let key = line.key.resolved();
        let (message, help) = match &key.node().kind {
            NodeKind::Scalar { text, .. } if text == "<<" => (
                "a savepoint map cannot have the merge key `<<`".to_string(),
                "write the entries out",
            ),
            NodeKind::Scalar { text, .. } => return self.reader.key(below, text, line.key_at),
            _ => (format!("a key is {}", describe(key)), self.reader.shape.example()),
        };
        self.reader.problem(line.key_at, message, help);
        None
    }

    fn entry(&mut self, namespace: Option<&str>, name: &str, line: &YamlEntry<'_>) {
        let value = match line.value.scalar() {
            // What follows a word is its reason, whatever it looks like.
            _ if is_written_null(line.value) => EntryValue::Null,
            Some(Scalar::Null) => EntryValue::Null,
            Some(Scalar::Text(STATELESS)) => EntryValue::Stateless,
            Some(Scalar::Text(text)) if foreign_tag(line.value).is_none() => {
                if !self.reader.is_location(text, line.value_at) {
                    return;
                }
                EntryValue::Location(text.to_string())
            }
            _ => {
                let message = format!("the location of `{name}` is {}", describe(line.value));
                let help = "write it as a string";
                return self.reader.problem(line.value_at, message, help);
            }
        };
        let has_location = matches!(value, EntryValue::Location(_));
        let reason = if has_location { None } else { reason(line) };
        self.reader.entry(ParsedEntry { namespace, name, value, reason }, line.key_at);
    }
}

/// A key, its value, and where people are to look for them.
struct YamlEntry<'d> {
    key: NodeRef<'d>,
    value: NodeRef<'d>,
    key_at: usize,
    value_at: usize,
}

impl<'d> YamlEntry<'d> {
    fn new(doc: &'d Document<'d>, pair: MappingEntry, alias_at: Option<usize>) -> YamlEntry<'d> {
        let (key, value) = (NodeRef { doc, id: pair.key }, NodeRef { doc, id: pair.value });
        let at = |node| alias_at.unwrap_or_else(|| start(node));
        YamlEntry { key, value, key_at: at(key), value_at: at(value) }
    }
}

/// Where the node begins in its file.
fn start(node: NodeRef<'_>) -> usize {
    node.span_in_file().start
}

/// What a text that is no YAML mapping looks like, and what to do about it.
fn foreign_format<'m>(text: &str) -> Option<(&'m str, &'static str)> {
    let lines = text.lines().map(|line| line.trim_start_matches('\u{feff}').trim());
    let first = lines.into_iter().find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let columns: Vec<String> =
        first.split([',', ';', '\t']).map(|cell| cell.trim().to_ascii_lowercase()).collect();
    let has = |column: &str| columns.iter().any(|cell| cell.trim_matches('"') == column);
    if first.starts_with("sep=") || (has("name") && has("location")) {
        let help = "name the file `.csv`, with commas below the header `namespace,name,location`";
        return Some(("this is a table, which is read from a file named `.csv`", help));
    }
    let is_section = first.starts_with('[') && first.ends_with(']') && !first.contains(',');
    let is_setting = first.split_once(" = ").is_some_and(|(key, _)| !key.contains(": "));
    (is_section || is_setting).then_some((
        "this looks like TOML, which no savepoint map is",
        "write it as YAML, `namespace/name: location`",
    ))
}

/// The kind of the object where a map should be.
fn kubernetes_kind(root: NodeRef<'_>) -> Option<&str> {
    root.own_entry(field::API_VERSION)?;
    root.get(field::KIND)?.text()
}

/// True for `null` and `~`, and not for a value left out.
fn is_written_null(value: NodeRef<'_>) -> bool {
    let node = value.resolved().node();
    let NodeKind::Scalar { text, style: Style::Plain } = &node.kind else { return false };
    node.tag.is_none() && !text.is_empty() && resolve(text) == Scalar::Null
}

/// A tag by which the text stands for something else, such as a secret to be fetched.
fn foreign_tag(value: NodeRef<'_>) -> Option<&str> {
    let tag = value.resolved().node().tag.as_deref();
    tag.filter(|tag| !matches!(*tag, "!" | "tag:yaml.org,2002:str"))
}

fn describe(node: NodeRef<'_>) -> String {
    match (&node.resolved().node().kind, node.scalar()) {
        (NodeKind::Sequence { .. }, _) => "a list".to_string(),
        (NodeKind::Mapping { .. }, _) => "a mapping".to_string(),
        (_, Some(Scalar::Number(number))) => format!("the number `{number}`"),
        (_, Some(Scalar::Bool(truth))) => format!("the boolean `{truth}`"),
        (_, Some(Scalar::Null)) => "null".to_string(),
        _ => foreign_tag(node)
            .map_or_else(|| "a string".to_string(), |tag| format!("tagged `{tag}`")),
    }
}

/// The comment behind a word, `prod/orders: null  # the job was FAILED`, also behind the comma or
/// the bracket of flow style.
fn reason<'d>(line: &YamlEntry<'d>) -> Option<&'d str> {
    let (key, value) = (line.key.node().span, line.value.node().span);
    let after = if value.is_empty() { key.end } else { value.end };
    let doc = line.key.doc;
    let rest = doc.text[after..].trim_start_matches([' ', '\t', ':', ',', '}']);
    let begin = doc.text.len() - rest.len();
    let comment = doc.comments().binary_search_by_key(&begin, |comment| comment.start).ok()?;
    Some(doc.slice(doc.comments()[comment]).trim_start_matches('#'))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use crate::flink::savepoints::read::display;

    fn entries(text: &str) -> Vec<String> {
        display::entries("m", text)
    }

    fn problems(text: &str) -> Vec<String> {
        display::problems("m", text)
    }

    #[test]
    fn flat_plain_and_nested_entries_mix_in_yaml_and_json() {
        let expected = ["prod/a=/1@1:1", "b=s3://l/2@2:1", "eu/c=file:/3@4:3", "eu/d=-@5:3"];
        assert_eq!(entries("prod/a: /1\nb: s3://l/2\neu:\n  c: 'file:/3'\n  d: ~\n"), expected);
        assert_eq!(
            entries("\u{feff}--- # map\r\nprod/a: \"\\/1\" # first\r\n\r\nb: >-\r\n  s3://l/2\r\n"),
            ["prod/a=/1@2:1", "b=s3://l/2@4:1"]
        );
        assert_eq!(
            entries("{\"prod/a\": \"/ä\", \"ä\": \"/2\",\n\t\"eu\": {\"c\": null}}"),
            ["prod/a=/ä@1:2", "ä=/2@1:18", "eu/c=-@2:9"]
        );
    }

    #[test]
    fn nothing_but_comments_is_a_map_without_entries() {
        for empty in ["", "\u{feff}", "# to come\n", "---\n# to come\n...\n", "{}", "prod: {}\n"] {
            assert_eq!(entries(empty), [""; 0], "{empty:?}");
        }
    }

    #[test]
    fn anchors_aliases_and_tags_mean_what_they_say() {
        assert_eq!(
            entries("a: &x /1\nb: *x\neu: &eu {c: !!str /2}\nus: *eu\n"),
            ["a=/1@1:1", "b=/1@2:1", "eu/c=/2@3:10", "us/c=/2@4:5"]
        );
        assert_eq!(
            problems("a: !vault /1\n<<: {b: /2}\n"),
            [
                "1:11: the location of `a` is tagged `!vault`",
                "2:1: a savepoint map cannot have the merge key `<<`",
            ]
        );
    }

    #[test]
    fn aliases_cannot_make_a_small_text_a_large_map() {
        let mut text = "a: &a\n".to_string();
        (0..1000).for_each(|n| writeln!(text, "  n{n}: /1").unwrap());
        (0..1000).for_each(|n| writeln!(text, "b{n}: *a").unwrap());
        assert_eq!(problems(&text).len(), 990);
        assert_eq!(problems(&text)[0], "1012:6: aliases expand to more than 10000 entries");
    }

    #[test]
    fn the_comment_behind_a_word_is_its_reason() {
        assert_eq!(
            entries(concat!(
                "a: null  # it was FAILED\r\n",
                "b: # left out\n",
                "c: ~ ## \n# not this\n",
                "d: /1 # nor this\n",
                "n: { e: null, f: , # two\n  g: null} # three\n",
                "s: stateless  # a session cluster\n'q': \"stateless\"\n",
                "\"h\":\n# not for h\n",
            )),
            [
                "a=-|it was FAILED@1:1",
                "b=-|left out@2:1",
                "c=-@3:1",
                "d=/1@5:1",
                "n/e=-@6:6",
                "n/f=-|two@6:15",
                "n/g=-|three@7:3",
                "s==|a session cluster@8:1",
                "q==@9:1",
                "h=-@10:1",
            ]
        );
    }

    #[test]
    fn all_problems_are_told_at_their_places() {
        assert_eq!(
            problems(concat!(
                "/a: /1\na/: /1\n\"\": /1\na/b/c: /1\n\"a /b\": /1\n? [x]\n: /1\n",
                "n: 20220512\nt: true\nl: [/1]\np/m: {x: /1}\n",
                "ns:\n  a/b: /1\n  deep: {x: /1}\n  ok: /1\n",
                "e: ''\nr: x/y\ns: \"S3://b\"\nns/ok: /2\n---\na: /1\n",
            )),
            [
                "1:1: the key `/a` lacks a namespace or a name",
                "2:1: the key `a/` lacks a namespace or a name",
                "3:1: the key `` lacks a namespace or a name",
                "4:1: the key `a/b/c` contains more than one `/`",
                "5:1: the key `a /b` contains whitespace",
                "6:3: a key is a list",
                "8:4: the location of `n` is the number `20220512`",
                "9:4: the location of `t` is the boolean `true`",
                "10:4: the location of `l` is a list",
                "11:6: the location of `m` is a mapping",
                "13:3: `a/b` below `ns` contains a `/`",
                "14:9: the location of `deep` is a mapping",
                "16:4: the location is empty",
                "17:4: the location is relative",
                "18:4: the scheme `S3:` is in upper case, which Flink does not accept",
                "19:1: `ns/ok` has one location here and another at m:15:3",
                "20:1: a second document begins here",
            ]
        );
    }

    #[test]
    fn a_map_below_a_key_savepoints_is_refused_with_what_to_write() {
        let below = "1:1: the map is below a key `savepoints`";
        for text in [
            "savepoints:\n  prod/orders: /1\n",
            "savepoints: {prod: {orders: /1}}\n",
            "savepoints:\n  orders: /1\nprod/a: /2\n",
            "savepoints:\n- {namespace: prod, name: orders, location: /1}\n",
        ] {
            assert_eq!(problems(text), [below], "{text}");
        }
        assert_eq!(problems("{\"savepoints\": {}}").len(), 1);
        let named_so = ["savepoints=/1@1:1", "savepoints/a=/2@2:1", "p/savepoints=/3@3:5"];
        assert_eq!(entries("savepoints: /1\nsavepoints/a: /2\np: {savepoints: /3}\n"), named_so);
    }

    #[test]
    fn another_format_is_named() {
        let table = ["1:1: this is a table, which is read from a file named `.csv`"];
        for text in [
            "namespace,name,location\nprod,orders,/1\n",
            "namespace;name;location\nprod;orders;/1\n",
            "sep=;\nnamespace;name;location\n",
            "\"namespace\"\t\"name\"\t\"location\"\n",
        ] {
            assert_eq!(problems(text), table, "{text}");
        }
        let toml = ["1:1: this looks like TOML, which no savepoint map is"];
        for text in ["[savepoints]\n\"prod/orders\" = \"/1\"\n", "\"prod/orders\" = \"/1\"\n"] {
            assert_eq!(problems(text), toml, "{text}");
        }
    }

    #[test]
    fn what_is_no_map_at_all_is_refused() {
        assert_eq!(problems("- a: /1\n"), ["1:1: the root is a list"]);
        assert_eq!(problems("/1\n"), ["1:1: the root is a string"]);
        assert_eq!(problems("# x\nnull\n"), ["2:1: the root is null"]);
        assert_eq!(
            problems("{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": []}\n---\na: /1\n"),
            ["1:1: this is a Kubernetes object (List), not a savepoint map"]
        );
        assert_eq!(problems("a: /1\nb: \"ä\n").len(), 1);
    }
}

//! From the text of a savepoint map to its entries.

use std::sync::Arc;

use super::{Builder, Entry, MapProblem, Place, SavepointMap};
use crate::flink::location::{check, masked};
use crate::flink::names::field;
use crate::text::{Position, SourceFile};
use crate::yaml::{Document, Entry as Pair, Kind, NodeRef, Scalar, chunks, parse};

/// How many entries may be read through aliases. A map written by hand or by a tool has none to
/// speak of; more would grow memory beyond any multiple of the text.
const MAX_ALIASED: usize = 10_000;

/// What an entry looks like.
const EXAMPLE: &str = "write `namespace/name: location`";

/// Reads one map: YAML or JSON, one document, of `namespace/name: location`, `name: location` and
/// `namespace: {name: location}` in any mixture. `name` is the path as shown to people. A text with
/// nothing but comments is a map without entries.
///
/// # Errors
/// Every problem of the map, in the order of the text.
pub fn read(name: &str, text: &str) -> Result<SavepointMap, Vec<MapProblem>> {
    let mut reader = Reader::new(name, text);
    let found = chunks(text);
    if let Some(first) = found.first() {
        match parse(&text[first.span.range()], first.span.start) {
            Ok(document) => reader.document(&document, found.get(1).map(|chunk| chunk.span.start)),
            Err(error) => {
                let help = "mend the file, nothing of it was read";
                reader.problem(first.span.start + error.at, error.message, help);
            }
        }
    }
    reader.builder.finish()
}

struct Reader<'t> {
    text: &'t str,
    path: Arc<str>,
    builder: Builder,
    /// The last place that was looked up: the next one is counted from there.
    last: (usize, Position),
    aliased: usize,
}

impl<'t> Reader<'t> {
    fn new(name: &str, text: &'t str) -> Reader<'t> {
        let last = (0, Position { line: 1, column: 1 });
        Reader { text, path: name.into(), builder: Builder::default(), last, aliased: 0 }
    }

    fn document(&mut self, document: &Document<'_>, second: Option<usize>) {
        let root = document.root().resolved();
        if let Some(kind) = kubernetes_kind(root) {
            let message = format!("this is a Kubernetes object ({kind}), not a savepoint map");
            let help = "this release takes maps, not dumps of a cluster: \
                        write `namespace/name: location` for each job";
            return self.problem(start(root), message, help);
        }
        if root.is_mapping() {
            for &pair in root.own_entries() {
                self.root_entry(&Line::of(document, pair, None));
            }
        } else {
            self.problem(start(root), format!("the root is {}", describe(root)), EXAMPLE);
        }
        if let Some(second) = second {
            let help = "put all entries into one document, or into a file each";
            self.problem(second, "a second document begins here", help);
        }
    }

    fn root_entry(&mut self, line: &Line<'_>) {
        let Some(name) = self.name(line) else { return };
        match name.split_once('/') {
            None if line.value.is_mapping() => self.namespace(name, line.value),
            None => self.entry(None, name, line),
            Some((namespace, name)) => self.entry(Some(namespace), name, line),
        }
    }

    /// The names below a namespace. Those that an alias brings stand where the alias does.
    fn namespace(&mut self, namespace: &str, value: NodeRef<'_>) {
        let names = value.resolved();
        let site = (names.id != value.id).then(|| start(value));
        if site.is_some() {
            self.aliased += names.own_entries().len();
            if self.aliased > MAX_ALIASED {
                let message = format!("aliases bring more than {MAX_ALIASED} entries");
                return self.problem(start(value), message, "write the entries out");
            }
        }
        for &pair in names.own_entries() {
            let line = Line::of(names.doc, pair, site);
            let Some(name) = self.name(&line) else { continue };
            if name.contains('/') {
                let message = format!("`{name}` stands below `{namespace}` and holds a `/`");
                self.problem(line.key_at, message, "write the name alone");
            } else {
                self.entry(Some(namespace), name, &line);
            }
        }
    }

    /// The key's text, if a workload or a namespace could bear it.
    fn name<'d>(&mut self, line: &Line<'d>) -> Option<&'d str> {
        let key = line.key.resolved();
        let Kind::Scalar { text, .. } = &key.node().kind else {
            self.problem(line.key_at, format!("a key is {}", describe(key)), EXAMPLE);
            return None;
        };
        let (what, help) = if text == "<<" {
            ("is a merge key, which a savepoint map does not take", "write the entries out")
        } else if text.split('/').any(str::is_empty) {
            ("lacks a namespace or a name", EXAMPLE)
        } else if text.matches('/').count() > 1 {
            ("holds more than one `/`", EXAMPLE)
        } else if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            ("holds a blank", "write the name as Kubernetes knows it")
        } else {
            return Some(text);
        };
        let message = format!("the key `{}` {what}", masked(text).escape_debug());
        self.problem(line.key_at, message, help);
        None
    }

    fn entry(&mut self, namespace: Option<&str>, name: &str, line: &Line<'_>) {
        let location = match line.value.scalar() {
            Some(Scalar::Null) => None,
            Some(Scalar::Text(text)) if foreign_tag(line.value).is_none() => Some(text),
            _ => {
                let message = format!("the location of `{name}` is {}", describe(line.value));
                return self.problem(line.value_at, message, "write it as text, under its name");
            }
        };
        if let Some(Err(flaw)) = location.as_deref().map(check) {
            return self.problem(line.value_at, flaw.message(), flaw.help());
        }
        let place = self.place(line.key_at);
        let entry = Entry {
            namespace: namespace.map(str::to_string),
            name: name.to_string(),
            reason: if location.is_none() { reason(line) } else { None },
            location,
            origin: place.to_string(),
        };
        self.builder.add(entry, place);
    }

    fn problem(&mut self, offset: usize, message: impl Into<String>, help: impl Into<String>) {
        let problem = self.place(offset).problem(message, help);
        self.builder.problems.push(problem);
    }

    /// Where the byte lies. Entries come in the order of the text, so counting on from the last
    /// place goes over it once, where counting from the start would not end for a large map.
    fn place(&mut self, offset: usize) -> Place {
        let (from, before) = match self.last {
            last if last.0 <= offset => last,
            _ => (0, Position { line: 1, column: 1 }),
        };
        let on = SourceFile { name: "", text: &self.text[from..] }.position(offset - from);
        let column = if on.line == 1 { before.column + on.column - 1 } else { on.column };
        let position = Position { line: before.line + on.line - 1, column };
        self.last = (offset, position);
        Place { path: Arc::clone(&self.path), position }
    }
}

/// A key, its value, and where people are to look for them.
struct Line<'d> {
    key: NodeRef<'d>,
    value: NodeRef<'d>,
    key_at: usize,
    value_at: usize,
}

impl<'d> Line<'d> {
    fn of(doc: &'d Document<'d>, pair: Pair, site: Option<usize>) -> Line<'d> {
        let (key, value) = (NodeRef { doc, id: pair.key }, NodeRef { doc, id: pair.value });
        let at = |node| site.unwrap_or_else(|| start(node));
        Line { key, value, key_at: at(key), value_at: at(value) }
    }
}

/// Where the node begins in its file.
fn start(node: NodeRef<'_>) -> usize {
    node.span_in_file().start
}

/// The kind of the object that stands where a map should.
fn kubernetes_kind(root: NodeRef<'_>) -> Option<&str> {
    root.own_entry(field::API_VERSION)?;
    root.get(field::KIND)?.text()
}

/// A tag by which the text stands for something else, such as a secret to be fetched.
fn foreign_tag(value: NodeRef<'_>) -> Option<&str> {
    let tag = value.resolved().node().tag.as_deref();
    tag.filter(|tag| !matches!(*tag, "!" | "tag:yaml.org,2002:str"))
}

fn describe(node: NodeRef<'_>) -> String {
    match (&node.resolved().node().kind, node.scalar()) {
        (Kind::Sequence { .. }, _) => "a list".to_string(),
        (Kind::Mapping { .. }, _) => "a mapping".to_string(),
        (_, Some(Scalar::Number(number))) => format!("the number `{number}`"),
        (_, Some(Scalar::Bool(truth))) => format!("the truth value `{truth}`"),
        (_, Some(Scalar::Null)) => "null".to_string(),
        _ => {
            foreign_tag(node).map_or_else(|| "a text".to_string(), |tag| format!("tagged `{tag}`"))
        }
    }
}

/// The comment behind a null, `prod/orders: null  # the job was FAILED`, also behind the comma or
/// the bracket of flow style.
fn reason(line: &Line<'_>) -> Option<String> {
    let (key, value) = (line.key.node().span, line.value.node().span);
    let after = if value.is_empty() { key.end } else { value.end };
    let doc = line.key.doc;
    let rest = doc.text[after..].trim_start_matches([' ', '\t', ':', ',', '}']);
    let begin = doc.text.len() - rest.len();
    let comment = doc.comments.binary_search_by_key(&begin, |comment| comment.start).ok()?;
    let said = doc.slice(doc.comments[comment]).trim_start_matches('#').trim();
    (!said.is_empty()).then(|| said.to_string())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    /// `namespace/name=location|reason@line:col`, one for each entry.
    fn seen(text: &str) -> Vec<String> {
        let map = read("m", text).unwrap();
        let shown = map.entries().iter().map(|entry| {
            let Entry { namespace, name, location, reason, origin } = entry;
            let namespace = namespace.as_deref().map_or(String::new(), |n| format!("{n}/"));
            let location = location.as_deref().unwrap_or("-");
            let reason = reason.as_deref().map_or(String::new(), |r| format!("|{r}"));
            format!("{namespace}{name}={location}{reason}@{}", origin.replace("m:", ""))
        });
        shown.collect()
    }

    /// `line:col: message`, one for each problem.
    fn wrong(text: &str) -> Vec<String> {
        let problems = read("m", text).unwrap_err();
        assert!(problems.iter().all(|p| p.path == "m" && !p.help.is_empty()), "{problems:?}");
        let shown = problems.iter().map(|problem| {
            let Position { line, column } = problem.position;
            format!("{line}:{column}: {}", problem.message)
        });
        shown.collect()
    }

    #[test]
    fn flat_plain_and_nested_entries_mix_in_yaml_and_json() {
        let expected = ["prod/a=/1@1:1", "b=s3://l/2@2:1", "eu/c=file:/3@4:3", "eu/d=-@5:3"];
        assert_eq!(seen("prod/a: /1\nb: s3://l/2\neu:\n  c: 'file:/3'\n  d: ~\n"), expected);
        assert_eq!(
            seen("\u{feff}--- # map\r\nprod/a: \"\\/1\" # first\r\n\r\nb: >-\r\n  s3://l/2\r\n"),
            ["prod/a=/1@2:1", "b=s3://l/2@4:1"]
        );
        assert_eq!(
            seen("{\"prod/a\": \"/ä\", \"ä\": \"/2\",\n\t\"eu\": {\"c\": null}}"),
            ["prod/a=/ä@1:2", "ä=/2@1:18", "eu/c=-@2:9"]
        );
    }

    #[test]
    fn nothing_but_comments_is_a_map_without_entries() {
        for empty in ["", "\u{feff}", "# to come\n", "---\n# to come\n...\n", "{}", "prod: {}\n"] {
            assert_eq!(seen(empty), [""; 0], "{empty:?}");
        }
    }

    #[test]
    fn anchors_aliases_and_tags_mean_what_they_say() {
        assert_eq!(
            seen("a: &x /1\nb: *x\neu: &eu {c: !!str /2}\nus: *eu\n"),
            ["a=/1@1:1", "b=/1@2:1", "eu/c=/2@3:10", "us/c=/2@4:5"]
        );
        assert_eq!(
            wrong("a: !vault /1\n<<: {b: /2}\n"),
            [
                "1:11: the location of `a` is tagged `!vault`",
                "2:1: the key `<<` is a merge key, which a savepoint map does not take",
            ]
        );
    }

    #[test]
    fn aliases_cannot_make_a_small_text_a_large_map() {
        let mut text = "a: &a\n".to_string();
        (0..1000).for_each(|n| writeln!(text, "  n{n}: /1").unwrap());
        (0..1000).for_each(|n| writeln!(text, "b{n}: *a").unwrap());
        assert_eq!(wrong(&text).len(), 990);
        assert_eq!(wrong(&text)[0], "1012:6: aliases bring more than 10000 entries");
    }

    #[test]
    fn the_comment_behind_a_null_is_its_reason() {
        assert_eq!(
            seen(concat!(
                "a: null  # it was FAILED\r\n",
                "b: # left out\n",
                "c: ~ ## \n# not this\n",
                "d: /1 # nor this\n",
                "n: { e: null, f: , # two\n  g: null} # three\n",
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
                "h=-@8:1",
            ]
        );
    }

    #[test]
    fn all_problems_are_told_at_their_places() {
        assert_eq!(
            wrong(concat!(
                "/a: /1\na/: /1\n\"\": /1\na/b/c: /1\n\"a /b\": /1\n? [x]\n: /1\n",
                "n: 20220512\nt: true\nl: [/1]\np/m: {x: /1}\n",
                "ns:\n  a/b: /1\n  deep: {x: /1}\n  ok: /1\n",
                "e: ''\nr: x/y\ns: \"S3://b\"\nns/ok: /2\n---\na: /1\n",
            )),
            [
                "1:1: the key `/a` lacks a namespace or a name",
                "2:1: the key `a/` lacks a namespace or a name",
                "3:1: the key `` lacks a namespace or a name",
                "4:1: the key `a/b/c` holds more than one `/`",
                "5:1: the key `a /b` holds a blank",
                "6:3: a key is a list",
                "8:4: the location of `n` is the number `20220512`",
                "9:4: the location of `t` is the truth value `true`",
                "10:4: the location of `l` is a list",
                "11:6: the location of `m` is a mapping",
                "13:3: `a/b` stands below `ns` and holds a `/`",
                "14:9: the location of `deep` is a mapping",
                "16:4: the location is empty",
                "17:4: the location is relative",
                "18:4: the scheme `S3:` is in upper case, which Flink does not know",
                "19:1: `ns/ok` has one location here and another at m:15:3",
                "20:1: a second document begins here",
            ]
        );
    }

    #[test]
    fn what_is_no_map_at_all_is_refused() {
        assert_eq!(wrong("- a: /1\n"), ["1:1: the root is a list"]);
        assert_eq!(wrong("/1\n"), ["1:1: the root is a text"]);
        assert_eq!(wrong("# x\nnull\n"), ["2:1: the root is null"]);
        assert_eq!(
            wrong("{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": []}\n---\na: /1\n"),
            ["1:1: this is a Kubernetes object (List), not a savepoint map"]
        );
        let broken = read("m.yaml", "a: /1\nb: \"ä\n").unwrap_err();
        assert_eq!(broken.len(), 1);
        assert!(broken[0].to_string().starts_with("m.yaml:"), "{}", broken[0]);
        assert!(broken[0].to_string().contains(": error: "), "{}", broken[0]);
        assert!(broken[0].position.line >= 2, "{}", broken[0]);
    }

    #[test]
    fn a_hundred_thousand_entries_are_read_in_one_go() {
        const MANY: usize = 100_000;
        let entry = |n: usize| format!("\"ns{}/job{n}\": \"s3://lake/savepoint-{n}\"", n % 7);
        let line = |n: usize| match n % 2 {
            0 => entry(n) + "\n",
            _ => format!("ns/job{n}: null # not {n}\n"),
        };
        let map = read("m", &(0..MANY).map(line).collect::<String>()).unwrap();
        assert_eq!(map.entries().len(), MANY);
        assert_eq!(map.entries()[MANY - 1].origin, "m:100000:1");
        assert_eq!(map.entries()[MANY - 1].reason.as_deref(), Some("not 99999"));
        assert!((0..MANY).all(|n| map.named(&format!("job{n}")).count() == 1));

        let one_line = format!("{{{}}}", (0..MANY).map(entry).collect::<Vec<_>>().join(", "));
        let last = one_line.rfind("\"ns").unwrap() + 1;
        let map = read("m", &one_line).unwrap();
        assert_eq!(map.entries()[MANY - 1].origin, format!("m:1:{last}"));
        assert_eq!(wrong(&one_line.replace("s3:", "S3:")).len(), MANY);
    }
}

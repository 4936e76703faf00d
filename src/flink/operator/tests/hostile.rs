//! Texts that want to keep the reader busy for ever, or to bring it down.

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::read;

/// Reads it in time, and tells what is wrong with it.
fn wrong(text: &str) -> String {
    let begin = Instant::now();
    let problems = read("c.yaml", text).err().unwrap_or_default();
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    problems.first().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn deep_nesting_is_told() {
    let deep = format!("{}x{}", "{state: ".repeat(10_000), "}".repeat(10_000));
    assert!(wrong(&deep).contains("nested more deeply than 128 levels"), "{}", wrong(&deep));
    let lines: String = (0..1_000).map(|n| format!("{}state:\n", " ".repeat(n))).collect();
    assert!(wrong(&lines).contains("nested more deeply"), "{}", wrong(&lines));
    assert!(wrong(&"[".repeat(100_000)).contains("error"));
}

#[test]
fn aliases_that_multiply_are_told() {
    let mut bomb = "a0: &a0 {k: state}\n".to_string();
    for n in 1..40 {
        let before = n - 1;
        writeln!(bomb, "a{n}: &a{n} {{x: *a{before}, y: *a{before}}}").unwrap();
    }
    assert!(wrong(&format!("{bomb}state: *a39\n")).contains("aliases repeat"));
    let conf = format!("{bomb}defaultConfiguration: {{config.yaml: *a39}}\n");
    assert!(wrong(&conf).contains("aliases repeat"));
    let merges: String = (1..40)
        .map(|n| format!("m{n}: &m{n} {{<<: [*m{0}, *m{0}]}}\n", n - 1))
        .fold("m0: &m0 {k: v}\n".to_string(), |all, line| all + &line);
    assert!(
        wrong(&format!("{merges}defaultConfiguration:\n  <<: *m39\n")).contains("aliases repeat")
    );
    wrong("state: &a {x: *a}\n");
    let inner =
        format!("{merges}flinkDefaultConfiguration:\n  <<: *m39\n").replace('\n', "\n        ");
    let text = "apiVersion: x/v1\nkind: Application\nspec:\n  source:\n    helm:\n      values: |\n        ";
    assert!(wrong(&format!("{text}{inner}\n")).contains("aliases repeat"));
}

#[test]
fn what_is_large_through_aliases_alone_is_told() {
    let text = format!("x: &t \"state.a: {}\"\n", "x".repeat(50_000));
    let mut sources = text.clone();
    sources += "apiVersion: v1\nkind: Application\nspec:\n  sources:\n";
    for _ in 0..200 {
        sources += "  - helm: {valuesObject: {defaultConfiguration: {flink-conf.yaml: *t}}}\n";
    }
    assert!(wrong(&sources).contains("aliases repeat"), "{}", wrong(&sources));

    let keys: String = (0..5_000).map(|n| format!("  k{n}: \n")).collect();
    let mut items = format!("x: &big\n{keys}apiVersion: v1\nkind: List\nitems:\n");
    for _ in 0..5_000 {
        items += "- {apiVersion: v1, kind: ConfigMap, metadata: *big, data: *big}\n";
    }
    assert!(wrong(&items).contains("aliases repeat"), "{}", wrong(&items));

    let mut lists = format!("x: &t {}\nstate.l:\n", "x".repeat(50_000));
    lists += &"- *t\n".repeat(200);
    assert!(wrong(&lists).contains("aliases repeat"), "{}", wrong(&lists));
}

#[test]
fn honest_files_may_be_large() {
    let lines: String = (0..20_000).map(|n| format!("state.k{n}: v{n}\n")).collect();
    assert_eq!(wrong(&lines), "");
    let one: Vec<String> = (0..20_000).map(|n| format!("\"state.k{n}\": \"v\"")).collect();
    let one = format!("{{{}}}", one.join(", "));
    let config = read("c.yaml", &one).unwrap();
    let last = config.tomorrow("state.k19999").unwrap();
    assert_eq!(last.position.column, one.rfind("\"state").unwrap() + 1);
    let block = lines.replace("state", "    state");
    let values = format!("defaultConfiguration:\n  flink-conf.yaml: |\n{block}");
    let config = read("c.yaml", &values).unwrap();
    assert_eq!(config.tomorrow("state.k19999").unwrap().position.line, 3);
}

#[test]
fn no_byte_brings_it_down() {
    let base = concat!(
        "flink-kubernetes-operator:\n  defaultConfiguration: &d\n    append: false\n",
        "    flink-conf.yaml: |+\n\n      # ä\n      state.a: 1\n    config.yaml: >\n      x: y\n",
        "  operatorConfiguration: *d\n",
    );
    for at in (0..=base.len()).filter(|&at| base.is_char_boundary(at)) {
        wrong(&base[..at]);
        for insert in ["\n", "\r", "\t", "&", "*", "|", ": ", "#", "{", "\u{feff}", "---\n", "ä"] {
            wrong(&format!("{}{insert}{}", &base[..at], &base[at..]));
        }
    }
}

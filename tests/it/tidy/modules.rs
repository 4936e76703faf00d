//! Which module may use which, what may touch the machine.

use super::{File, accepts, after, complains, is_word, rust, text_of};

/// The modules in reading order: each may use those before it.
const MODULES: [&str; 23] = [
    "text",
    "yaml",
    "path",
    "k8s",
    "diagnostic",
    "task",
    "flink",
    "helm",
    "kustomize",
    "gitops",
    "cluster",
    "inputs",
    "workspace",
    "project",
    "rules",
    "plan",
    "verify",
    "runbook",
    "engine",
    "report",
    "shell",
    "cli",
    "testing",
];

/// Parts of the standard library that touch the machine, and the modules that may name them.
const SYSTEM_ACCESS: [(&[&str], &[&str]); 2] = [
    (&["fs", "env", "process", "net"], &["shell", "main"]),
    (&["io", "path", "time", "thread"], &["shell", "cli", "testing", "main"]),
];
const PRINTING: [&str; 5] = ["print!", "println!", "eprint!", "eprintln!", "dbg!"];

/// Files of `src/rules/` that hold no rule.
const NOT_RULES: [&str; 5] = ["context", "mentions", "mod", "scope", "state"];

/// A module uses only modules before it, whether it says `crate::` or climbs by `super::`.
pub(crate) fn imports(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in rust(files, "src/").filter(|(path, _)| !is_entry_point(path)) {
        let here = MODULES.iter().position(|name| *name == module(path));
        let Some(here) = here else {
            complaints.push(format!("{path}: the module is not in the list of modules"));
            continue;
        };
        let climbs = climbs(path, text);
        if climbs.is_none() {
            complaints.push(format!("{path}: three `super` in a row; say `crate::`"));
        }
        let named = after(text, "crate::").flat_map(heads).chain(climbs.unwrap_or_default());
        for name in named {
            if !MODULES[..=here].contains(&name) {
                complaints
                    .push(format!("{path}: `{name}` is no module before `{}`", MODULES[here]));
            }
        }
    }
    complaints
}

/// `main.rs` and the list of modules belong to no module.
fn is_entry_point(path: &str) -> bool {
    matches!(path, "src/main.rs" | "src/lib.rs")
}

/// The modules reached by as many `super` as lead to the root; nothing if some climb three.
fn climbs<'t>(path: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let depth = path.matches('/').count() - usize::from(path.ends_with("/mod.rs"));
    if text.contains("super::super::super") {
        return None;
    }
    let twice = after(text, "super::super::").flat_map(heads).filter(|_| depth <= 2);
    let once = after(text, "super::").flat_map(heads).filter(|_| depth <= 1);
    Some(twice.chain(once).filter(|name| MODULES.contains(name)).collect())
}

#[test]
fn an_import_from_a_later_module_is_reported() {
    complains(imports, "src/text/a.rs", "use crate::yaml::parse;");
    complains(imports, "src/diagnostic.rs", "fn f() -> crate::plan::Plan {}");
    complains(
        imports,
        "src/flink/a.rs",
        "use crate::{\n    text::{Span, self},\n    rules::Context,\n};",
    );
    complains(imports, "src/flink/a.rs", "use super::super::report;");
    complains(imports, "src/flink/mod.rs", "use super::cli::args;");
    complains(imports, "src/flink/a/b.rs", "use super::super::super::text;");
    complains(imports, "src/attic/a.rs", "");
    complains(imports, "src/text/a.rs", "use crate::Anything;");
    accepts(imports, "src/plan/proof/a.rs", "use crate::{text::{Span, plan}, yaml, plan};");
    accepts(imports, "src/yaml/patch/a.rs", "use super::super::report; mycrate::cli();");
    accepts(imports, "src/main.rs", "use crate::cli;");
}

/// `src/lib.rs` lists the modules in reading order.
pub(crate) fn listed_order(files: &[File]) -> Vec<String> {
    let listed: Vec<&str> = after(text_of(files, "src/lib.rs"), "mod ").flat_map(heads).collect();
    let ordered: Vec<&str> = MODULES.into_iter().filter(|name| listed.contains(name)).collect();
    let complaint = || format!("src/lib.rs: the modules are {ordered:?} in reading order");
    (listed != ordered).then(complaint).into_iter().collect()
}

#[test]
fn modules_out_of_order_are_reported() {
    complains(listed_order, "src/lib.rs", "pub mod yaml;\npub mod text;\n");
    complains(listed_order, "src/lib.rs", "pub mod text;\npub mod attic;\n");
    accepts(listed_order, "src/lib.rs", "pub mod text;\n\npub mod cli;\n");
}

/// Only the shell touches the machine or prints. Tests inside the crate may.
pub(crate) fn system_access(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in rust(files, "src/").filter(|(path, _)| !path.contains("/tests")) {
        let code = code(text);
        for (names, allowed) in
            SYSTEM_ACCESS.iter().filter(|(_, allowed)| !allowed.contains(&module(path)))
        {
            let used = after(&code, "std::").flat_map(heads).filter(|name| names.contains(name));
            let allowed = allowed.join(", ");
            complaints.extend(used.map(|name| format!("{path}: `std::{name}` is for {allowed}")));
        }
        let printing = PRINTING.iter().filter(|name| after(&code, name).next().is_some());
        complaints.extend(printing.map(|name| format!("{path}: `{name}` outside the shell")));
    }
    complaints
}

#[test]
fn system_access_outside_the_shell_is_reported() {
    for name in SYSTEM_ACCESS.iter().flat_map(|(names, _)| *names) {
        complains(system_access, "src/plan/a.rs", &format!("use std::{name}::x;"));
        complains(system_access, "src/plan/a.rs", &format!("use std::{{fmt::{{self}}, {name}}};"));
        accepts(system_access, "src/shell/a.rs", &format!("use std::{name}::x;"));
    }
    complains(system_access, "src/cli/a.rs", "use std::fs;");
    complains(system_access, "src/testing.rs", "fn f() { std::env::var(\"A\") }");
    accepts(system_access, "src/cli/a.rs", "use std::path::Path;");
    accepts(
        system_access,
        "src/cli/a.rs",
        "fn f() {}\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}",
    );
    for name in PRINTING {
        complains(system_access, "src/report/a.rs", &format!("fn f() {{ {name}(\"x\") }}"));
    }
    accepts(
        system_access,
        "src/text/a.rs",
        "// Not `std::fs`.\nuse std::{fmt, iter}; pretty_print!(x)",
    );
    accepts(system_access, "src/shell/a.rs", "use std::fs;");
    accepts(system_access, "src/main.rs", "fn main() { std::process::exit(1) }");
}

/// What the command line hands on is made and read elsewhere: it names no type of these modules.
const HIDDEN_FROM_CLI: [&str; 3] = ["text", "yaml", "project"];

pub(crate) fn types_in_cli(files: &[File]) -> Vec<String> {
    let is_type = |name: &str| name.starts_with(char::is_uppercase) || name.is_empty();
    let mut complaints = Vec::new();
    for (path, text) in rust(files, "src/cli/") {
        for name in HIDDEN_FROM_CLI {
            let needle = format!("{name}::");
            let types = after(text, &needle).flat_map(heads).filter(|name| is_type(name));
            complaints.extend(types.map(|found| format!("{path}: `{name}::{found}` in `cli`")));
        }
    }
    complaints
}

#[test]
fn a_type_of_a_hidden_module_in_the_command_line_is_reported() {
    for name in HIDDEN_FROM_CLI {
        complains(types_in_cli, "src/cli/a.rs", &format!("use crate::{name}::Type;"));
        complains(types_in_cli, "src/cli/a.rs", &format!("use crate::{name}::*;"));
        complains(types_in_cli, "src/cli/a.rs", &format!("use crate::{{{name}::{{f, Type}}}};"));
        accepts(types_in_cli, "src/cli/a.rs", &format!("use crate::{name}::function;"));
        accepts(types_in_cli, "src/plan/a.rs", &format!("use crate::{name}::Type;"));
    }
}

/// Words for what is compared or opened. A text under such a name would be a spelling of it.
const TYPED_NAMES: [&str; 5] = ["file", "path", "place", "origin", "home"];

/// Modules in which such a name may be a text: it is only shown, was typed, or is not a path yet.
const SHOWN_NAMES: [&str; 7] =
    ["cli", "diagnostic", "plan", "report", "runbook", "testing", "text"];

pub(crate) fn typed_paths(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    let typed = rust(files, "src/").filter(|(path, _)| !SHOWN_NAMES.contains(&module(path)));
    for (path, text) in typed {
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for name in TYPED_NAMES {
            let needle = format!("{name}: ");
            let texts = after(text, &needle).filter(|rest| is_text_type(rest));
            complaints.extend(texts.map(|_| format!("{path}: `{name}` is a text and no path")));
        }
    }
    complaints
}

/// True for `String`, `&str`, `&'a str`, `Arc<str>`, and the same in an `Option`.
fn is_text_type(written: &str) -> bool {
    let of_option = written.strip_prefix("Option<").unwrap_or(written);
    let plain = of_option.trim_start_matches('&');
    let plain = match plain.strip_prefix('\'') {
        Some(lifetime) => lifetime.trim_start_matches(is_word).trim_start(),
        None => plain,
    };
    ["String", "str", "Arc<str>"].iter().any(|name| {
        let rest = plain.strip_prefix(name);
        rest.is_some_and(|rest| !rest.starts_with(is_word) && !rest.starts_with("::"))
    })
}

#[test]
fn a_path_that_is_a_text_is_reported() {
    for text in ["String", "&str", "&'a str", "Option<String>", "Option<&'a str>", "Arc<str>"] {
        for name in TYPED_NAMES {
            complains(typed_paths, "src/rules/a.rs", &format!("fn f({name}: {text}) {{}}"));
        }
        accepts(typed_paths, "src/report/a.rs", &format!("fn f(file: {text}) {{}}"));
        accepts(typed_paths, "src/rules/a.rs", &format!("fn f(name: {text}) {{}}"));
    }
    accepts(typed_paths, "src/rules/a.rs", "fn f(file: &RepoPath, path: Strings) {}");
    accepts(typed_paths, "src/rules/a.rs", "let a = A { path: String::new() };");
}

/// A file begins by saying why it exists.
pub(crate) fn opening_comments(files: &[File]) -> Vec<String> {
    let silent = rust(files, "src/").chain(rust(files, "tests/"));
    let silent = silent.filter(|(_, text)| !text.starts_with("//! "));
    silent.map(|(path, _)| format!("{path}: it does not open with `//!`")).collect()
}

#[test]
fn a_file_without_an_opening_comment_is_reported() {
    complains(opening_comments, "src/text/a.rs", "use std::fmt;\n//! Late.\n");
    complains(opening_comments, "tests/a.rs", "");
    accepts(opening_comments, "src/text/a.rs", "//! Spans.\n");
}

/// What is shared is not changed before `engine`: there, threads judge the same tree.
pub(crate) fn shared_mutability(files: &[File]) -> Vec<String> {
    let names = ["Mutex", "RwLock", "RefCell", "Cell", "OnceCell", "OnceLock", "atomic"];
    let engine = MODULES.iter().position(|name| *name == "engine");
    let before_engine = |path: &str| MODULES.iter().position(|name| *name == module(path)) < engine;
    let earlier =
        rust(files, "src/").filter(|(path, _)| !is_entry_point(path) && before_engine(path));
    let complaints = earlier.flat_map(|(path, text)| {
        let code = code(text);
        let found = names.into_iter().filter(move |name| has_word(&code, name));
        found.map(move |name| format!("{path}: `{name}` before `engine`"))
    });
    complaints.collect()
}

#[test]
fn a_lock_before_the_engine_is_reported() {
    complains(shared_mutability, "src/rules/a.rs", "static SEEN: Mutex<u8> = Mutex::new(0);");
    complains(shared_mutability, "src/plan/a.rs", "use std::sync::atomic::AtomicUsize;");
    accepts(shared_mutability, "src/engine.rs", "use std::sync::Mutex;");
    accepts(shared_mutability, "src/flink/a.rs", "// No Mutex.\nstatic A: LazyLock<Cellar> = A;");
}

/// Rules speak of fields, never of bytes. `embedded` judges text.
pub(crate) fn rules_without_bytes(files: &[File]) -> Vec<String> {
    let rules = rust(files, "src/rules/").filter(|(path, _)| *path != "src/rules/embedded.rs");
    let speaking = rules.filter(|(_, text)| {
        ["Span", "span_in_file"].into_iter().any(|word| has_word(&code(text), word))
    });
    speaking.map(|(path, _)| format!("{path}: a rule points at fields, not at bytes")).collect()
}

#[test]
fn a_rule_that_points_at_bytes_is_reported() {
    complains(rules_without_bytes, "src/rules/a.rs", "use crate::text::Span;");
    complains(rules_without_bytes, "src/rules/a.rs", "let at = node.span_in_file();");
    accepts(rules_without_bytes, "src/rules/a.rs", "let at = &[field::SPEC];");
    accepts(rules_without_bytes, "src/rules/embedded.rs", "use crate::text::Span;");
}

/// The code of a file without its comments and its tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code: Vec<&str> = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
    code.join("\n")
}

fn has_word(text: &str, word: &str) -> bool {
    after(text, word).any(|rest| !rest.starts_with(is_word))
}

/// A rule is found in the file of its name: its id is that of its page.
pub(crate) fn rule_ids(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in rust(files, "src/rules/") {
        let stem = path.trim_start_matches("src/rules/").trim_end_matches(".rs");
        if stem.contains('/') || NOT_RULES.contains(&stem) {
            continue;
        }
        let page = format!("include_str!(\"{stem}.md\")");
        if !text.contains(&page) {
            complaints.push(format!("{path}: no rule in it has `{page}`"));
        }
    }
    complaints
}

#[test]
fn a_rule_in_a_file_of_another_name_is_reported() {
    complains(rule_ids, "src/rules/service_account.rs", "include_str!(\"suspend.md\")");
    complains(rule_ids, "src/rules/service_account.rs", "fn check() {}");
    accepts(rule_ids, "src/rules/service_account.rs", "include_str!(\"service_account.md\")");
    accepts(rule_ids, "src/rules/context.rs", "pub struct Context;");
}

/// A rule has its page beside it, and a page its rule.
pub(crate) fn rule_pages(files: &[File]) -> Vec<String> {
    let stem = |path: &str, end: &str| {
        let stem = path.strip_prefix("src/rules/")?.strip_suffix(end)?;
        (!stem.contains('/') && !NOT_RULES.contains(&stem)).then(|| stem.to_string())
    };
    let mut complaints = Vec::new();
    for (path, _) in files {
        if let Some(rule) = stem(path, ".rs") {
            let heading = format!("# {}: ", rule.replace('_', "-"));
            let page = format!("src/rules/{rule}.md");
            if !text_of(files, &page).starts_with(&heading) {
                complaints.push(format!("{page}: it does not begin with `{heading}`"));
            }
        } else if let Some(page) = stem(path, ".md")
            && !files.iter().any(|(name, _)| *name == format!("src/rules/{page}.rs"))
        {
            complaints.push(format!("{path}: there is no rule of this name"));
        }
    }
    complaints
}

#[test]
fn a_rule_without_a_page_and_a_page_without_a_rule_are_reported() {
    complains(rule_pages, "src/rules/service_account.rs", "include_str!(\"service_account.md\")");
    complains(rule_pages, "src/rules/attic.md", "# attic: gone\n");
    accepts(rule_pages, "src/rules/context.rs", "pub struct Context;");
    let with = |page: &str| {
        let rule = ("src/rules/service_account.rs".to_string(), String::new());
        rule_pages(&[rule, ("src/rules/service_account.md".into(), page.into())])
    };
    assert!(with("# service-account: it is written out\n").is_empty());
    assert_eq!(with("# service_account: it is written out\n").len(), 1);
}

/// `text` of `src/text/span.rs`, `diagnostic` of `src/diagnostic.rs`.
fn module(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    inside.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

/// The first names of a path or of a group of paths: `a` of `a::b`, `a` and `c` of `{a::{b}, c}`.
fn heads(path: &str) -> Vec<&str> {
    let name = |text: &'_ str| text.find(|c| !is_word(c)).unwrap_or(text.len());
    let Some(group) = path.strip_prefix('{') else { return vec![&path[..name(path)]] };
    let (mut depth, mut expected, mut found) = (0, true, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => expected = true,
            c if depth == 0 && expected && is_word(c) => {
                found.push(&group[at..at + name(&group[at..])]);
                expected = false;
            }
            _ => {}
        }
    }
    found
}

//! What is delivered speaks with one voice: one version everywhere, hooks that run commands that
//! exist, and pages that show no others. `.ci/delivery` then builds and runs it all.

use std::collections::BTreeMap;
use std::fs;

use crate::sandbox::isolated;
use crate::support::{root, run};

/// Pages that show commands.
const PAGES: [&str; 6] = ["gitlab-ci", "helm", "install", "local", "pre-commit", "savepoints"];

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands behind each `before` in the text, up to the first character that is no part of a
/// version.
fn versions<'t>(text: &'t str, before: &str) -> Vec<&'t str> {
    let ends = |rest: &'t str| {
        rest.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap().trim_end_matches('.')
    };
    text.split(before).skip(1).map(ends).collect()
}

#[test]
fn everything_that_names_a_version_names_that_of_the_package() {
    let version = env!("CARGO_PKG_VERSION");
    let page = |name: &str| format!("docs/{name}.md");
    let mut named = vec![
        ("setup.py".to_string(), "VERSION = \""),
        ("Dockerfile".to_string(), "ARG VERSION="),
        (page("pre-commit"), "rev: v"),
        (page("gitlab-ci"), "flink-migrate=="),
        (page("install"), "flink-migrate_"),
        (page("install"), "release/flink-migrate "),
    ];
    for (path, before) in named.drain(..) {
        let text = text(&path);
        let found = versions(&text, before);
        assert!(!found.is_empty(), "{path}: nothing stands behind `{before}`");
        assert!(found.iter().all(|found| *found == version), "{path}: {before}{found:?}");
    }
    // The wheel takes it from Cargo.toml.
    let wheel: toml::Table = text("packaging/wheel/pyproject.toml").parse().unwrap();
    let dynamic = wheel["project"]["dynamic"].as_array().unwrap();
    assert!(dynamic.iter().any(|field| field.as_str() == Some("version")));
}

/// The files that make, fetch or name the archive of a release.
const ARCHIVES: [&str; 7] = [
    ".github/workflows/release.yml",
    "Cargo.toml",
    "action/fetch.sh",
    "docs/github-action.md",
    "docs/install.md",
    "packaging/archive.sh",
    "tests/delivery/archive.sh",
];

/// The targets that the release workflow builds for.
fn targets() -> Vec<String> {
    let workflow = text(".github/workflows/release.yml");
    let rows = workflow.lines().filter(|line| line.trim_start().starts_with("- { os: "));
    let after = rows.filter_map(|row| row.split_once("target: "));
    after.map(|(_, rest)| rest.split([',', ' ']).next().unwrap().to_string()).collect()
}

/// Names of archives in a text, with `*` for the target.
fn archives(text: &str) -> Vec<String> {
    let mut text = text.replace("{ name }", "flink-migrate");
    for variable in
        ["{ target }", "$target", "$TARGET"].map(str::to_string).iter().chain(&targets())
    {
        text = text.replace(variable, "*");
    }
    if let Some((_, rest)) = text.split_once("name=flink-migrate") {
        let name = format!("flink-migrate{}", rest.lines().next().unwrap());
        text = text.replace("$name", &name);
    }
    let words = text.split(|c: char| c.is_whitespace() || "\"'`/()=".contains(c));
    let is_archive =
        |word: &&str| [".tgz", ".tar.gz", ".zip"].iter().any(|end| word.ends_with(end));
    words.filter(is_archive).map(str::to_string).collect()
}

#[test]
fn the_archive_of_a_release_has_one_name() {
    for path in ARCHIVES {
        let found = archives(&text(path));
        assert!(!found.is_empty(), "{path} names no archive");
        assert!(found.iter().all(|name| name == "flink-migrate-*.tgz"), "{path}: {found:?}");
    }
    let other = "name=flink-migrate-v1-$target\n`v1/$name.tar.gz`";
    assert_eq!(archives(other), ["flink-migrate-v1-*.tar.gz"]);
    let workflow = text(".github/workflows/release.yml");
    for script in ["packaging/build.sh", "packaging/archive.sh", "packaging/deb.sh"] {
        assert!(workflow.contains(&format!("run: {script} ")), "{script} is not called");
    }
}

#[test]
fn a_release_is_built_for_the_systems_that_the_pages_and_the_action_name() {
    let targets = targets();
    assert_eq!(targets.len(), 5);
    let (action, page) = (text("action/fetch.sh"), text("docs/install.md"));
    assert_eq!(action.matches(") echo ").count(), targets.len());
    assert_eq!(page.matches(".tgz` |").count(), targets.len());
    for target in targets {
        assert!(action.contains(&format!(") echo {target} ;;")), "action/fetch.sh: {target}");
        let cell = format!("| `flink-migrate-{target}.tgz` |");
        assert!(page.contains(&cell), "docs/install.md: {target}");
    }
}

#[test]
fn the_builder_of_wheels_is_the_one_that_is_checked() {
    let (workflow, tools) =
        (text(".github/workflows/release.yml"), text("tests/delivery/tools.sh"));
    let released = versions(&workflow, "maturin==");
    assert_eq!(released.len(), 1);
    assert_eq!(released, versions(&tools, "maturin=="));
}

/// The hooks, each with its keys and values as they are written.
fn hooks() -> Vec<BTreeMap<String, String>> {
    let mut hooks: Vec<BTreeMap<String, String>> = Vec::new();
    for line in text(".pre-commit-hooks.yaml").lines() {
        if line.starts_with("- ") {
            hooks.push(BTreeMap::new());
        }
        let Some((key, value)) = line.split_once(": ").filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let key = key.trim_start_matches(['-', ' ']).to_string();
        hooks.last_mut().unwrap().insert(key, value.to_string());
    }
    hooks
}

#[test]
fn every_hook_has_three_forms_that_differ_in_how_the_program_is_had_alone() {
    let hooks = hooks();
    let ids: Vec<&str> = hooks.iter().map(|hook| hook["id"].as_str()).collect();
    let kinds = ["flink-migrate", "flink-migrate-check", "flink-migrate-repo"];
    assert_eq!(ids.len(), 9);
    let of = |id: &str| hooks.iter().find(|hook| hook["id"] == id).unwrap().clone();
    let bare = |mut hook: BTreeMap<String, String>| {
        for key in ["id", "name", "language"] {
            hook.remove(key);
        }
        hook
    };
    for kind in kinds {
        let plain = of(kind);
        assert_eq!(plain["language"], "python", "{kind}");
        assert_eq!(plain["require_serial"], "true", "{kind}");
        for (ending, language) in [("-src", "rust"), ("-system", "system")] {
            let form = of(&format!("{kind}{ending}"));
            assert_eq!(form["language"], language);
            assert_eq!(bare(form), bare(plain.clone()), "{kind}{ending}");
        }
    }
}

#[test]
fn every_hook_runs_a_command_that_exists_and_waits_for_a_step() {
    let place = tempfile::tempdir().unwrap();
    assert!(isolated("git", place.path()).args(["init", "-q"]).status().unwrap().success());
    for hook in hooks() {
        let words: Vec<&str> = hook["entry"].split(' ').collect();
        assert_eq!(words[0], "flink-migrate");
        assert!(words.contains(&"--require-step"), "{}", hook["id"]);
        // A name of a file could be taken for an option, and a long list comes in several processes.
        assert_eq!((&*hook["pass_filenames"], &*hook["always_run"]), ("false", "true"));
        assert_ne!(words.contains(&"--staged"), hook["id"].starts_with("flink-migrate-repo"));
        let is_writer = ["flink-migrate", "flink-migrate-src", "flink-migrate-system"]
            .contains(&hook["id"].as_str());
        assert_eq!(words[1] == "write", is_writer, "{}", hook["id"]);
        let ran = run(place.path(), &words[1..]);
        assert_eq!(ran.status.code(), Some(0), "{}: {ran:?}", hook["id"]);
    }
}

/// The commands of a page: what stands in its fences, lines that go on joined.
fn commands(page: &str) -> Vec<String> {
    let fences = page.split("```").skip(1).step_by(2).collect::<Vec<_>>().join("\n");
    let joined = fences.replace("\\\n", " ").replace("|\n", "| ");
    let lines = joined.lines().flat_map(|line| line.split(['|', ';']).map(str::to_string));
    let lines: Vec<String> = lines.collect();
    lines
        .iter()
        .map(|line| line.trim().trim_start_matches("- "))
        .filter_map(|line| {
            let at = match line.find("flink-migrate ") {
                Some(0) => 0,
                Some(at) if line.starts_with("docker run ") || line.starts_with("uvx ") => at,
                _ => return None,
            };
            Some(line[at..].split(" #").next().unwrap().trim().to_string())
        })
        .collect()
}

#[test]
fn the_pages_show_commands_and_options_that_exist() {
    let place = tempfile::tempdir().unwrap();
    let mut seen = 0;
    for page in PAGES {
        for command in commands(&text(&format!("docs/{page}.md"))) {
            let words: Vec<&str> = command.split_whitespace().collect();
            let help = run(place.path(), &[words[1], "--help"]);
            assert_eq!(help.status.code(), Some(0), "{page}: {command}");
            let help = String::from_utf8(help.stdout).unwrap();
            for option in words.iter().filter(|word| word.starts_with("--")) {
                let name = option.split('=').next().unwrap();
                assert!(help.contains(name), "{page}: {command}: there is no {name}");
            }
            seen += 1;
        }
    }
    assert!(seen >= 15, "{seen} commands were found");
}

#[test]
fn the_pages_have_one_sentence_on_a_line() {
    for page in PAGES {
        let text = text(&format!("docs/{page}.md"));
        let prose = text.split("```").step_by(2).flat_map(str::lines);
        for line in prose.filter(|line| !line.starts_with('|')) {
            let more = line.split(". ").count() > 1;
            assert!(!more, "{page}: {line}");
        }
    }
}

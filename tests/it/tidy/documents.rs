//! The text around the code: open ends, paths in documents, traces of machines, and the list of crates.

use super::{File, accepts, after, complains, is_word, rust, text_of};

/// What the proof of every rewrite rests on: `cargo install` ignores the lock file.
const PINNED: [&str; 3] = ["granit-parser", "yaml_serde", "libyaml-rs"];

/// Documents that name files, and how a path of this repository begins.
const DOCUMENTS: [&str; 9] = [
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "README.md",
    "docs/gitlab-ci.md",
    "docs/helm.md",
    "docs/install.md",
    "docs/local.md",
    "docs/pre-commit.md",
    "docs/savepoints.md",
];
const FOLDERS: [&str; 9] = [
    ".ci/",
    "src/",
    "tests/",
    "testdata/",
    "golden/",
    "schema/",
    "examples/",
    "docs/",
    "packaging/",
];

/// First segments of paths that exist on one machine only, and hosts that packages come from.
const MACHINE_ROOTS: [&str; 4] = ["home", "root", "work", "Users"];
const REGISTRIES: [(&str, &str); 6] = [
    ("index.crates", "io"),
    ("static.crates", "io"),
    ("registry.npmjs", "org"),
    ("pythonhosted", "org"),
    ("jfrog", "io"),
    ("artifactory", ""),
];
const CRATES_IO: &str = "\"registry+https://github.com/rust-lang/crates.io-index\"";

/// What is still to be done has an issue.
pub(crate) fn todos(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in rust(files, "src/").chain(rust(files, "tests/")) {
        for (number, line) in text.lines().enumerate() {
            let whole = Some(line).filter(|line| line.trim_start().starts_with("//"));
            let comment = whole.or_else(|| line.split_once(" // ").map(|(_, comment)| comment));
            let is_open = comment.is_some_and(|comment| after(comment, "TODO").any(is_unnumbered));
            if is_open {
                complaints.push(format!("{path}:{}: it has no issue (`#1`)", number + 1));
            }
        }
    }
    complaints
}

/// True unless the number of an issue follows; a word in quotes is not a promise.
fn is_unnumbered(rest: &str) -> bool {
    let number = rest.trim_start_matches([' ', '(', ':']).strip_prefix('#');
    let is_numbered = number.is_some_and(|n| n.starts_with(|c: char| c.is_ascii_digit()));
    !is_numbered && !rest.starts_with(['`', '"', '\'']) && !rest.starts_with(is_word)
}

#[test]
fn a_todo_without_an_issue_is_reported() {
    let word = ["TO", "DO"].concat();
    complains(todos, "src/text/a.rs", &format!("fn f() {{}} // {word}: later"));
    complains(todos, "tests/a.rs", &format!("    // {word}(me): later"));
    accepts(todos, "src/text/a.rs", &format!("// {word}(#12): later\n/// `{word}` is refused"));
    accepts(todos, "src/text/a.rs", &format!("let a = \"s3://lake/{word} // {word}\";"));
}

/// A path that a document names exists.
pub(crate) fn paths_in_documents(files: &[File]) -> Vec<String> {
    let exists = |path: &str| {
        let inside = format!("{}/", path.trim_end_matches('/'));
        files.iter().any(|(name, _)| name == path || name.starts_with(&inside))
    };
    let mut complaints = Vec::new();
    for document in DOCUMENTS {
        // Fenced blocks hold commands and patterns; outside them every second piece is code.
        let prose = text_of(files, document).split("```").step_by(2);
        let code = prose.flat_map(|part| part.split('`').skip(1).step_by(2));
        let is_path = |code: &&str| {
            FOLDERS.iter().any(|folder| code.starts_with(folder))
                && !code.contains(['<', '*', '{', ' ', '…'])
                && !code.split('/').any(is_placeholder)
        };
        let lost = code.filter(is_path).filter(|path| !exists(path));
        complaints.extend(lost.map(|path| format!("{document}: there is no `{path}`")));
    }
    complaints
}

/// True for a part of a path in capitals, as in `golden/SUITE/`.
fn is_placeholder(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase())
}

#[test]
fn a_path_that_leads_nowhere_is_reported() {
    complains(paths_in_documents, "README.md", "See `src/attic.rs`.");
    complains(
        paths_in_documents,
        "CONTRIBUTING.md",
        "```sh\nls\n```\n\nIt is `b` in `examples/attic/`.",
    );
    accepts(
        paths_in_documents,
        "README.md",
        "`testdata/<suite>/` and `src` and `attic/a`\n```\nsrc/a\n```",
    );
    accepts(paths_in_documents, "README.md", "`testdata/SUITE/CASE/`");
    let with = |path: &str| {
        [("README.md".into(), format!("`{path}`")), ("src/a/b.rs".into(), String::new())]
    };
    assert!(paths_in_documents(&with("src/a/b.rs")).is_empty());
    assert!(paths_in_documents(&with("src/a/")).is_empty());
    assert_eq!(paths_in_documents(&with("src/a/b")).len(), 1);
}

/// No path of the machine on which something was written.
pub(crate) fn machine_paths(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in files {
        for root in MACHINE_ROOTS {
            let needle = format!("/{root}/");
            let begins =
                |at: usize| !text[..at].ends_with(|c: char| is_word(c) || "/.-~}>)*$".contains(c));
            if text.match_indices(&needle).any(|(at, _)| begins(at)) {
                complaints.push(format!("{path}: it holds a path of one machine, `{needle}…`"));
            }
        }
    }
    complaints
}

#[test]
fn a_path_of_one_machine_is_reported() {
    for root in MACHINE_ROOTS {
        complains(machine_paths, "bench/run.sh", &format!("cd \"/{root}/me/flink-migrate\""));
        complains(machine_paths, "README.md", &format!("/{root}/me"));
        accepts(
            machine_paths,
            "README.md",
            &format!("s3://lake/{root}/me ../{root}/ ${{A}}/{root}/"),
        );
    }
}

/// No host of a mirror or a registry; what Cargo.lock names is the public index.
pub(crate) fn registries(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in files {
        let hosts = REGISTRIES.iter().map(|(name, domain)| format!("{name}.{domain}"));
        let named = hosts.filter(|host| text.contains(host.as_str()));
        complaints.extend(named.map(|host| format!("{path}: it names the registry {host}")));
        if path.ends_with("Cargo.lock") {
            let foreign = after(text, "source = ").filter(|rest| !rest.starts_with(CRATES_IO));
            let line = |rest: &str| rest.lines().next().unwrap_or_default().to_string();
            complaints
                .extend(foreign.map(|rest| format!("{path}: a crate comes from {}", line(rest))));
        }
    }
    complaints
}

#[test]
fn the_host_of_a_registry_is_reported() {
    for (name, domain) in REGISTRIES {
        complains(registries, "bench/setup.sh", &format!("curl https://{name}.{domain}/x"));
    }
    complains(registries, "Cargo.lock", "source = \"registry+https://mirror.example.org/index\"");
    accepts(registries, "Cargo.lock", &format!("source = {CRATES_IO}\n"));
}

/// Name and version of each crate of each table of dependencies.
fn crates(files: &[File]) -> Vec<(String, String)> {
    let manifest: toml::Table = text_of(files, "Cargo.toml").parse().expect("Cargo.toml is TOML");
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    let tables = tables.iter().filter_map(|name| manifest.get(*name)?.as_table());
    let version =
        |value: &toml::Value| value.get("version").unwrap_or(value).as_str().map(str::to_string);
    tables.flatten().map(|(name, v)| (name.clone(), version(v).unwrap_or_default())).collect()
}

/// ARCHITECTURE.md says what each crate is for.
pub(crate) fn explained_crates(files: &[File]) -> Vec<String> {
    let page = text_of(files, "ARCHITECTURE.md");
    let is_named = |name: &str| page.split(|c| !is_word(c) && c != '-').any(|word| word == name);
    let unnamed = crates(files).into_iter().filter(|(name, _)| !page.is_empty() && !is_named(name));
    unnamed
        .map(|(name, _)| format!("ARCHITECTURE.md: it does not say what {name} is for"))
        .collect()
}

/// The crates of the proof are pinned.
pub(crate) fn pins(files: &[File]) -> Vec<String> {
    let crates = crates(files);
    let is_pinned =
        |name: &&str| crates.iter().any(|(n, version)| n == *name && version.starts_with('='));
    let loose = PINNED.into_iter().filter(|name| !is_pinned(name));
    loose.map(|name| format!("Cargo.toml: {name} is not pinned with `=`")).collect()
}

#[test]
fn a_crate_that_is_loose_or_unexplained_is_reported() {
    let files = |manifest: &str, page: &str| {
        [("Cargo.toml".to_string(), manifest.to_string()), ("ARCHITECTURE.md".into(), page.into())]
    };
    let manifest = "[dependencies]\ngranit-parser = \"=2\"\nyaml_serde = { version = \"=0\" }\n\
                    libyaml-rs = \"=0\"\n[dev-dependencies]\ntoml = \"1\"\n";
    let page = "`granit-parser`, yaml_serde, libyaml-rs; toml.";
    assert!(explained_crates(&files(manifest, page)).is_empty());
    assert!(explained_crates(&files(manifest, "")).is_empty());
    assert_eq!(explained_crates(&files(manifest, "granit-parsers and toml-rs")).len(), 4);
    assert!(pins(&files(manifest, page)).is_empty());
    assert_eq!(pins(&files(&manifest.replace("=0", "0"), page)).len(), 2);
    assert_eq!(pins(&files("", page)).len(), PINNED.len());
}

/// The commands that the README begins with are run before every change.
pub(crate) fn readme_commands(files: &[File]) -> Vec<String> {
    let readme = text_of(files, "README.md");
    let blocks = readme.split("```sh\n").skip(1).take(2);
    let commands = blocks.flat_map(|block| block.split("```").next().unwrap_or_default().lines());
    let script = text_of(files, ".ci/run");
    let unproven = commands.filter(|command| !script.contains(command));
    unproven.map(|command| format!(".ci/run: it does not run `{command}` of README.md")).collect()
}

#[test]
fn a_command_of_the_readme_that_nobody_runs_is_reported() {
    complains(readme_commands, "README.md", "```sh\ncargo run\n```\n");
    accepts(readme_commands, "README.md", "No commands.");
}

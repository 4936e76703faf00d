//! What the test suites share: the cases, and running the binary on a copy of one.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]
#![allow(clippy::print_stderr, reason = "a test reports what it skips")]

pub mod golden;
pub mod meaning;
pub mod mutated;
pub mod sandbox;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

use flink_migrate::cluster;
use flink_migrate::flink::releases::Release;
use flink_migrate::flink::{operator, savepoints, verified::Verified};
use flink_migrate::gitops::Index;
use flink_migrate::k8s::{KeyTable, ObjectKey};
use flink_migrate::plan::survey;
use flink_migrate::rules::{
    Accept, Answer, CheckpointsDir, Defaults, Facts, Given, Scope, ScopePath, Step,
};

/// One case: `testdata/<suite>/<name>/`.
pub struct Case {
    /// The suite and the name, with `/`.
    pub id: String,
    /// What `case.toml` says.
    pub spec: Spec,
    /// `testdata/<suite>/<name>/before`
    pub before: PathBuf,
    /// `golden/<suite>/<name>`
    pub golden: PathBuf,
}

impl Case {
    /// Reads `testdata/<suite>/<name>/case.toml`.
    pub fn read(suite: &str, name: &str) -> Case {
        let id = format!("{suite}/{name}");
        let home = root().join("testdata").join(&id);
        let toml = fs::read_to_string(home.join("case.toml"))
            .unwrap_or_else(|e| panic!("{id}: case.toml: {e}"));
        let spec = toml::from_str(&toml).unwrap_or_else(|e| panic!("{id}: case.toml: {e}"));
        let golden = root().join("golden").join(&id);
        Case { before: home.join("before"), golden, id, spec }
    }
}

/// `case.toml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// What the case shows, in one sentence.
    pub claim: String,
    /// Options, as typed behind the command.
    #[serde(default)]
    pub args: Vec<String>,
    /// The status of `check`.
    pub status: i32,
    /// What the files carry that an editor might take away: `crlf`, `cr`, `bom`, `no-final-newline`.
    #[serde(default)]
    pub traps: Vec<String>,
}

/// The folder of the package.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every case of every suite, sorted.
pub fn cases() -> Vec<Case> {
    let mut found = Vec::new();
    for suite in folders(&root().join("testdata")) {
        let names = folders(&root().join("testdata").join(&suite));
        found.extend(names.iter().map(|name| Case::read(&suite, name)));
    }
    assert!(!found.is_empty(), "no cases found");
    found
}

/// The folders in a folder, sorted by name.
pub fn folders(at: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(at) else { return Vec::new() };
    let entries = entries.map(Result::unwrap).filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Every file below a folder with its bytes, by relative path with `/`.
pub fn tree(at: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![at.to_path_buf()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(at).unwrap().to_str().unwrap().replace('\\', "/");
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Writes a tree into a folder.
pub fn plant(tree: &BTreeMap<String, Vec<u8>>, at: &Path) {
    for (name, bytes) in tree {
        let path = at.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// Runs the binary in a folder.
pub fn run(at: &Path, args: &[&str]) -> Output {
    sandbox::program(at, args).output().unwrap()
}

/// Runs a command of the binary with a case's options, in a copy of the case.
pub fn run_case(case: &Case, at: &Path, command: &[&str]) -> Output {
    let args: Vec<&str> =
        command.iter().copied().chain(case.spec.args.iter().map(String::as_str)).collect();
    run(at, &args)
}

/// What a case tells the rules, read here and not by the command line: for suites that call the
/// library itself.
pub struct World {
    /// The facts, the index of the tree among them.
    pub facts: Facts,
    /// The files that are judged.
    pub manifests: BTreeMap<String, Vec<u8>>,
}

/// The world of a case; nothing if its options or maps are wrong.
pub fn world(case: &Case) -> Option<World> {
    // A case that names its PATHs is judged by the binary alone.
    if case.spec.args.chunks(2).any(|pair| !pair[0].starts_with("--")) {
        return None;
    }
    let files = tree(&case.before);
    let toml = files.get("flink-migrate.toml").map(|bytes| std::str::from_utf8(bytes).unwrap());
    let config: toml::Table = toml::from_str(toml.unwrap_or_default()).ok()?;
    let configured = |table: &toml::Table, key: &str| -> Vec<String> {
        match table.get(key) {
            Some(toml::Value::Array(items)) => {
                items.iter().filter_map(|item| item.as_str()).map(String::from).collect()
            }
            Some(toml::Value::String(text)) => vec![text.clone()],
            _ => Vec::new(),
        }
    };
    let option = |name: &str| -> Vec<String> {
        let typed = case.spec.args.chunks(2).filter(|pair| pair[0] == format!("--{name}"));
        let typed: Vec<String> = typed.map(|pair| pair[1].clone()).collect();
        let adds = matches!(name, "accept" | "exclude");
        if typed.is_empty() || adds { [typed, configured(&config, name)].concat() } else { typed }
    };
    let accept = |text: String| match text.split_once('=') {
        Some((rule, workload)) => Accept {
            rule: rule.into(),
            workload: Some(ObjectKey::parse(workload)),
            origin: String::new(),
        },
        None => Accept { rule: text, workload: None, origin: String::new() },
    };
    let checkpoints_dir = |text: String| match text.as_str() {
        "operator" => CheckpointsDir::Operator,
        "sibling" => CheckpointsDir::Sibling,
        _ => CheckpointsDir::Template(text),
    };
    let text = |name: &String| std::str::from_utf8(files.get(name)?).ok();
    let map_of = |maps: &[String]| {
        let one = |name: &str, text: &str| {
            if cluster::is_dump(text) {
                return cluster::savepoint_map(name, text, &cluster::Judge::default()).ok();
            }
            savepoints::read(name, text).ok()
        };
        let read = maps.iter().map(|map| one(map, text(map)?));
        Some(Arc::new(savepoints::merge(read.collect::<Option<_>>()?).ok()?))
    };
    let operator_of = |configs: &[String]| {
        let read = configs.iter().map(|config| operator::read(config, text(config)?).ok());
        Some(Arc::new(operator::merge(read.collect::<Option<_>>()?)))
    };
    let mut maps = option("savepoints");
    // A release that does not exist is refused by the binary, and compared nowhere.
    let release = |text: Option<String>| text.map(|text| Release::parse(&text)).transpose().ok();
    let answer = |(key, answer): (&String, &toml::Value)| {
        let answer = answer.as_table().unwrap();
        let one = |key| configured(answer, key).pop();
        Answer {
            key: ObjectKey::parse(key),
            fresh: answer.get("fresh").and_then(toml::Value::as_bool).unwrap_or(false),
            savepoint: answer.get("savepoint").and_then(toml::Value::as_bool),
            state: one("state"),
            upgrade_mode: one("upgrade-mode"),
            service_account: one("service-account"),
            checkpoints_dir: one("checkpoints-dir"),
            accept: configured(answer, "accept"),
            origin: key.clone(),
        }
    };
    let answers_of = |table: &toml::Table| -> KeyTable<Answer> {
        let workloads = table.get("workload").and_then(|workloads| workloads.as_table());
        workloads.into_iter().flatten().map(answer).collect()
    };
    let given = Given {
        savepoints: map_of(&maps)?,
        operator: operator_of(&option("operator-config"))?,
        target: release(option("target-operator").pop())?,
        service_account: option("service-account").pop(),
        namespace: option("namespace").pop(),
        answers: answers_of(&config),
    };
    let mut scopes = Vec::new();
    for scope in config.get("scope").and_then(toml::Value::as_array).into_iter().flatten() {
        let scope = scope.as_table()?;
        let own = configured(scope, "savepoints");
        let operators = configured(scope, "operator-config");
        let first = |key: &str| configured(scope, key).pop();
        let paths = configured(scope, "paths").into_iter().map(|path| {
            let text = path.trim_end_matches("/**").trim_end_matches('/').to_string();
            let mut globs = globset::GlobSetBuilder::new();
            for pattern in [text.clone(), format!("{text}/**")] {
                globs.add(globset::Glob::new(&pattern).unwrap());
            }
            ScopePath { text, matcher: globs.build().unwrap() }
        });
        scopes.push(Scope {
            paths: paths.collect(),
            given: Given {
                savepoints: if own.is_empty() { given.savepoints.clone() } else { map_of(&own)? },
                operator: if operators.is_empty() {
                    given.operator.clone()
                } else {
                    operator_of(&operators)?
                },
                target: release(first("target-operator"))?.or(given.target),
                service_account: first("service-account").or(given.service_account.clone()),
                namespace: first("namespace").or(given.namespace.clone()),
                answers: answers_of(scope),
            },
            own_savepoints: !own.is_empty(),
            origin: String::new(),
        });
        maps.extend(own);
    }
    let mut facts = Facts {
        step: option("step").pop().map_or(Step::Convert, |step| Step::from_name(&step).unwrap()),
        savepoints_dir: option("savepoints-dir").pop(),
        verified: match option("verified").pop() {
            Some(name) => Some(Verified::read(&name, text(&name)?).ok()?),
            None => None,
        },
        given,
        scopes,
        defaults: match option("defaults").pop().as_deref() {
            Some("preserve") => Defaults::Preserve,
            Some("leave") => Defaults::Leave,
            _ => Defaults::Explicit,
        },
        checkpoints_dir: option("checkpoints-dir").pop().map(checkpoints_dir),
        accept: option("accept").into_iter().map(accept).collect(),
        select: option("select")
            .pop()
            .map(|glob| globset::Glob::new(&glob).unwrap().compile_matcher()),
        ..Facts::default()
    };
    let excluded: Vec<globset::GlobMatcher> = option("exclude")
        .iter()
        .flat_map(|glob| {
            let deep = [format!("**/{glob}"), format!("**/{glob}/**")];
            if glob.contains('/') { vec![glob.clone()] } else { deep.to_vec() }
        })
        .map(|glob| globset::Glob::new(&glob).unwrap().compile_matcher())
        .collect();
    let mut manifests = files;
    manifests.retain(|name, _| {
        let is_manifest = [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end));
        is_manifest && !maps.contains(name) && !excluded.iter().any(|glob| glob.is_match(name))
    });
    facts.index =
        Index::of(manifests.iter().map(|(name, bytes)| survey(name, bytes)).collect(), true, "");
    Some(World { facts, manifests })
}

/// Numbers that look random and are the same on every machine.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % n as u64).unwrap()
    }

    /// Brings the items into another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// The lines of a text, each with its end: LF, CRLF or a lone CR.
pub fn lines(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = match rest.find(['\n', '\r']) {
            None => rest.len(),
            Some(at) if rest[at..].starts_with("\r\n") => at + 2,
            Some(at) => at + 1,
        };
        found.push(&rest[..end]);
        rest = &rest[end..];
    }
    found
}

/// What people wrote for people in a line: all of it if it is blank or a comment, else the comment
/// behind the value, the mark of a parked job left out.
pub fn remark(line: &str) -> Option<&str> {
    let text = line.trim_end_matches(['\n', '\r']);
    if text.trim().is_empty() || text.trim_start().starts_with('#') {
        return Some(text);
    }
    let comment = &text[text.find(" #")?..];
    let marked = comment.find("# flink-migrate: was");
    let own = &comment[..marked.unwrap_or(comment.len())];
    (!own.trim().is_empty()).then_some(own.trim())
}

/// The documents of a stream, told apart independently of the library: the number of the first line
/// and the text, markers included. Together they are the whole text but for a byte order mark.
pub fn pieces(text: &str) -> Vec<(usize, String)> {
    let is_marker = |line: &str, marker: &str| {
        line.strip_prefix(marker)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r']))
    };
    let is_idle = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let mut found: Vec<(usize, String)> = vec![(1, String::new())];
    let mut only_directives = false;
    for (i, line) in lines(text.trim_start_matches('\u{feff}')).into_iter().enumerate() {
        if is_marker(line, "---") && !only_directives {
            found.push((i + 1, String::new()));
        }
        let piece = found.last_mut().unwrap();
        only_directives = if line.starts_with('%') {
            only_directives || lines(&piece.1).into_iter().all(is_idle)
        } else {
            only_directives && is_idle(line)
        };
        piece.1.push_str(line);
        if is_marker(line, "...") {
            found.push((i + 2, String::new()));
        }
    }
    found.retain(|(_, piece)| !piece.is_empty());
    found
}

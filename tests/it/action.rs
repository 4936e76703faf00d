//! The GitHub Action beside its page: inputs, outputs and versions are the same wherever they stand.
//!
//! What the Action does is checked by `.ci/action`, which needs tools that cargo does not have.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use yaml_serde::Value;

const PAGE: &str = "docs/github-action.md";

/// Workflows that run on GitHub, here or after somebody copied them.
const WORKFLOWS: [&str; 2] = [".github/workflows", "examples/github"];

fn read(path: impl AsRef<Path>) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn action() -> Value {
    yaml_serde::from_str(&read("action.yml")).unwrap()
}

/// Name, description and default of each entry of `inputs` or `outputs`.
fn declared(kind: &str) -> BTreeMap<String, (String, String)> {
    let action = action();
    let text = |entry: &Value, key: &str| {
        entry.get(key).and_then(Value::as_str).unwrap_or_default().to_string()
    };
    let entries = action.get(kind).unwrap().as_mapping().unwrap();
    entries
        .iter()
        .map(|(name, entry)| {
            let words = (text(entry, "description"), text(entry, "default"));
            (name.as_str().unwrap().to_string(), words)
        })
        .collect()
}

/// The cells of each row of the table below this heading of the page, without the backticks.
fn table(heading: &str) -> Vec<Vec<String>> {
    let page = read(PAGE);
    let (_, section) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    let rows = section.lines().skip_while(|line| !line.starts_with('|'));
    let rows = rows.take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().trim_matches('`').to_string()).collect()
    })
    .collect()
}

#[test]
fn the_page_lists_the_inputs_as_they_are() {
    let declared = declared("inputs");
    let listed = table("Inputs").into_iter().map(|row| {
        let [name, default, description] = row.try_into().unwrap();
        (name, (description, default))
    });
    assert_eq!(listed.collect::<BTreeMap<String, (String, String)>>(), declared);
}

#[test]
fn the_page_lists_the_outputs_as_they_are() {
    let declared = declared("outputs").into_iter().map(|(name, words)| (name, words.0));
    let listed = table("Outputs").into_iter().map(|row| {
        let [name, description] = row.try_into().unwrap();
        (name, description)
    });
    assert_eq!(listed.collect::<BTreeMap<_, _>>(), declared.collect());
}

#[test]
fn inputs_reach_the_script_through_the_environment_alone() {
    let action = action();
    let step = &action.get("runs").unwrap().get("steps").unwrap().as_sequence().unwrap()[0];
    assert!(!step.get("run").unwrap().as_str().unwrap().contains("${{"));
    let scripts = read("action/run.sh") + &read("action/fetch.sh");
    for input in declared("inputs").into_keys() {
        let variable = format!("IN_{}", input.to_uppercase().replace('-', "_"));
        let value = step.get("env").unwrap().get(variable.as_str()).unwrap();
        assert_eq!(value.as_str().unwrap(), format!("${{{{ inputs.{input} }}}}"));
        let is_read =
            ["$", "${"].iter().any(|start| scripts.contains(&format!("{start}{variable}")));
        assert!(is_read, "{variable} is not read");
    }
}

#[test]
fn each_output_is_written_by_the_script() {
    let (action, script) = (action(), read("action/run.sh"));
    for output in declared("outputs").into_keys() {
        let value = action.get("outputs").unwrap().get(output.as_str()).unwrap().get("value");
        let expected = format!("${{{{ steps.run.outputs.{output} }}}}");
        assert_eq!(value.unwrap().as_str().unwrap(), expected);
        let written = [format!("output {output} "), format!("output_file {output} ")];
        assert!(written.iter().any(|call| script.contains(call)), "{output} is not written");
    }
}

#[test]
fn the_action_downloads_its_own_version() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(declared("inputs")["version"].1, version);
    for path in files("examples/github").into_iter().chain([PAGE.into()]) {
        let text = read(&path);
        let ours = text.lines().filter(|line| line.contains("uses: OWNER/flink-migrate@"));
        for line in ours {
            let end = format!(" # v{version}");
            assert!(line.ends_with(&end), "{}: {line}", path.display());
        }
    }
}

#[test]
fn a_comment_has_the_room_that_the_program_gives_it() {
    let room = &declared("inputs")["max-comment-chars"].1;
    let ran = flink_migrate::testing::run(&BTreeMap::new(), &["check", "--help"]);
    let help = String::from_utf8(ran.stdout).unwrap();
    let (_, option) = help.split_once("--markdown-budget ").unwrap();
    let default = option.split("[default: ").nth(1).and_then(|rest| rest.split(']').next());
    assert_eq!(default, Some(room.as_str()));
}

#[test]
fn every_action_of_others_is_pinned_to_a_commit_and_names_its_version() {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for path in WORKFLOWS.into_iter().flat_map(files) {
        let text = read(&path);
        let uses = text.lines().filter_map(|line| line.split_once("uses: "));
        for (_, used) in uses.filter(|(_, used)| !used.starts_with("./")) {
            let at = format!("{}: {used}", path.display());
            let (action, pin) = used.split_once('@').expect(&at);
            let (commit, version) = pin.split_once(" # v").expect(&at);
            let is_commit = commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(is_commit && !version.is_empty(), "{at}");
            let pin = seen.entry(action.to_string()).or_insert_with(|| pin.to_string());
            assert!(used.ends_with(pin.as_str()), "{at}: elsewhere it is {pin}");
        }
    }
    assert!(seen.len() >= 6, "{seen:?}");
}

/// The files of a folder, from the root.
fn files(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap();
    entries.map(|entry| Path::new(folder).join(entry.unwrap().file_name())).collect()
}

//! What a name becomes in a command of the page, given to bash.

use super::page::Page;
use super::world::has_bash;
use crate::sandbox::isolated;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A tree with one session cluster of this name, and the words with which the page deletes it.
fn words(name: &str) -> Vec<String> {
    let sandbox = crate::sandbox::Sandbox::new();
    let json = serde_json::to_string(name).expect("text is JSON");
    let manifest = format!(
        "{{\"apiVersion\": \"flink.apache.org/v1alpha1\", \"kind\": \"FlinkDeployment\", \"metadata\": \
         {{\"name\": {json}, \"namespace\": \"n\"}}, \"spec\": {{\"flinkVersion\": \"v1_16\"}}}}\n"
    );
    sandbox.write("a.json", &manifest);
    let page = Page::read(&sandbox.run(&["runbook"]).ended(0).out);
    let mut commands = page.step(7).items.iter().flat_map(|item| &item.commands);
    let line = commands.find(|line| line.starts_with("kubectl delete "));
    let line = line.expect("the resource is deleted");
    let printed = isolated("bash", &sandbox.root())
        .args(["-c", &format!("printf '%s\\0' {line}")])
        .env("LC_ALL", "C")
        .output()
        .expect("bash runs");
    assert!(printed.stderr.is_empty(), "{}", String::from_utf8_lossy(&printed.stderr));
    assert_eq!(sandbox.tree().len(), 1, "something was made");
    let printed = String::from_utf8(printed.stdout).expect("it is UTF-8");
    printed.split_terminator('\0').map(String::from).collect()
}

fn comes_back(name: &str) {
    let words = words(name);
    assert_eq!(words[..3], ["kubectl", "delete", &format!("flinkdeployment/{name}")], "{name:?}");
    assert_eq!(words.len(), 6, "{name:?}");
}

#[test]
fn known_tricks_come_back_as_one_word() {
    if !has_bash() {
        return;
    }
    for name in [
        "it's",
        "$x",
        "`touch x`",
        "a\nb",
        "-rf",
        "~",
        "a b",
        "!!",
        "\\",
        "\\'",
        "$'x'",
        "é\u{1b}1",
        "\u{202e}0",
        "*",
        "#",
        "a;touch x",
        "\"",
        "%s",
        "\r\n",
        "=(x)",
        "{a,b}",
        "'\n'7",
    ] {
        comes_back(name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn any_name_comes_back_as_one_word(name in "[\\PC\n\t\u{1b}'\"$`\\\\!;&|<>(){}*?~# -]{1,12}") {
        // A placeholder is no name yet.
        let is_later = ["${", "$(", "{{"].iter().any(|sign| name.contains(sign));
        if has_bash() && !is_later {
            comes_back(&name);
        }
    }
}

//! The ways in which people write one and the same manifest.

use serde_json::Value;

use super::trees::LATER;
use crate::support::Dice;

/// As YAML in blocks.
pub(crate) fn block(value: &Value) -> String {
    yaml_serde::to_string(value).unwrap()
}

/// The documents of one file, each written in some way.
pub(crate) fn manifest(dice: &mut Dice, documents: &[Value]) -> String {
    let texts: Vec<String> = documents.iter().map(|document| written(dice, document)).collect();
    let text = texts.join("---\n").replace(LATER, "#{MODE}");
    if dice.below(6) == 0 { text.replace('\n', "\r\n") } else { text }
}

fn written(dice: &mut Dice, document: &Value) -> String {
    let text = block(document).replace(&format!("'{LATER}'"), LATER);
    let mode = document["spec"]["job"]["upgradeMode"].as_str();
    match dice.below(12) {
        0 => serde_json::to_string(document).unwrap() + "\n",
        1 => serde_json::to_string_pretty(document).unwrap() + "\n",
        2 => {
            let fields = document.as_object().into_iter().flatten();
            fields.map(|(key, value)| format!("{key}: {value}\n")).collect()
        }
        3 => {
            "# Runs for ever.\n".to_string()
                + &text.replace("Mode: savepoint", "Mode: savepoint # kept")
        }
        4 => match mode {
            Some(mode) if mode.chars().all(|c| c.is_ascii_lowercase() || c == '-') => {
                let labels = format!("metadata:\n  labels: {{mode: &mode {mode}}}\n");
                let anchored = text.replacen("metadata:\n", &labels, 1);
                anchored.replace(&format!("upgradeMode: {mode}\n"), "upgradeMode: *mode\n")
            }
            _ => text,
        },
        5 => text.replace("  job:\n", "  # What it runs.\n  job:\n\n"),
        _ => text,
    }
}

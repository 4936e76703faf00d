//! Answers that nobody asked for: often a misspelt name.

use super::settings::Settings;
use crate::plan::Changeset;

/// A note for each answer that matched no workload. What the configuration says is for the whole
/// tree, so that it is only held against it when all of the tree was judged.
pub(super) fn notes(settings: &Settings, changeset: &Changeset, all_judged: bool) -> Vec<String> {
    let workloads: Vec<&str> = changeset
        .files
        .iter()
        .flat_map(|file| &file.documents)
        .flat_map(|document| &document.workloads)
        .map(String::as_str)
        .collect();
    let known = |key: &str| workloads.iter().any(|workload| names_match(key, workload));
    let facts = &settings.facts;
    let mut notes = Vec::new();
    if let Some(select) = &facts.select
        && !workloads.iter().any(|workload| select.is_match(workload))
    {
        notes.push(format!("--select {}: no workload matches", select.glob().glob()));
    }
    // Acceptance asks for the whole key, and does not guess a namespace.
    let asked = if all_judged { &facts.accept[..] } else { &settings.accepted_here };
    for accept in asked {
        if let Some(key) = accept.workload.as_deref().filter(|key| !workloads.contains(key)) {
            notes.push(format!("accept {}={key}: there is no such workload", accept.rule));
        }
    }
    for answer in facts.answers.iter().filter(|answer| all_judged && !known(&answer.key)) {
        notes.push(format!("[workload.\"{}\"]: there is no such workload", answer.key));
    }
    notes
}

/// True if both say the same, or one of them names no namespace and the names are the same.
fn names_match(key: &str, workload: &str) -> bool {
    let parts = |text: &str| match text.split_once('/') {
        Some((namespace, name)) => (Some(namespace.to_string()), name.to_string()),
        None => (None, text.to_string()),
    };
    let ((a, name_a), (b, name_b)) = (parts(key), parts(workload));
    name_a == name_b && (a.is_none() || b.is_none() || a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_without_a_namespace_matches_by_name() {
        assert!(names_match("prod/orders", "prod/orders"));
        assert!(names_match("orders", "prod/orders"));
        assert!(names_match("prod/orders", "orders"));
        assert!(!names_match("prod/orders", "test/orders"));
        assert!(!names_match("order", "prod/orders"));
    }
}

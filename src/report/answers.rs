//! How each rule and each problem of an input is answered, in a few words for a table.

use super::groups::Findings;
use crate::finding::Level;

/// The words of a column; the page of the rule says the rest.
static ANSWERS: &[(&str, &str)] = &[
    ("missing-savepoint", "savepoint map, or fresh = true"),
    ("stale-savepoint", "savepoint map, fresh or --accept"),
    ("stateless-savepoint", "upgradeMode: savepoint keeps it"),
    ("ambiguous-savepoint", "--exclude copies, or [[scope]]"),
    ("contradiction", "drop the entry, or fresh = true"),
    ("unplaced-savepoint", "write the path, or fresh = true"),
    ("unused-savepoint", "correct the map, or --accept"),
    ("initial-savepoint", "stop the job before the restore"),
    ("job-state", "state = ... for the workload"),
    ("session-cluster", "take savepoints of its jobs"),
    ("service-account", "--service-account NAME"),
    ("jobmanager-cpu", "write cpu, or --defaults"),
    ("taskmanager-cpu", "write cpu"),
    ("jobmanager-replicas", "write replicas, or --accept"),
    ("checkpoint-dir", "--checkpoints-dir LOCATION"),
    ("operator-defaults", "--target-operator, --defaults"),
    ("operator-refuses", "change it, or an earlier release"),
    ("operator-values", "rename the keys"),
    ("preview-dialect", "take it out, or translate it"),
    ("partial", "build the overlay, convert that"),
    ("reference", "write v1beta1 there"),
    ("embedded", "change it by hand"),
    ("rendered", "change the chart as well"),
    ("broken-yaml", "fix the syntax, or --exclude"),
    ("not-utf8", "save it as UTF-8"),
    ("utf-16", "save it as UTF-8"),
    ("template", "convert what helm renders"),
    ("unclear", "run after substitution"),
    ("sops", "decrypt, convert, encrypt"),
    ("over-limit", "split it, or --exclude"),
    ("dump", "--exclude, or drop its status"),
    ("duplicate-key", "remove one of the two"),
    ("disputed-line-break", "remove it, or quote the text"),
    ("document-marker", "begin on the next line"),
    ("not-editable", "change it by hand"),
    ("second-reader", "convert it by hand"),
    ("proof", "please report it"),
];

/// How these findings are answered; empty if nobody has to.
pub(super) fn to(group: &Findings<'_>) -> &'static str {
    if group.level == Level::Change {
        return if group.word == super::PENDING { "once its file is not held" } else { "" };
    }
    ANSWERS.iter().find(|(rule, _)| *rule == group.rule).map_or("", |(_, answer)| answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::input;
    use crate::rules::RULES;

    #[test]
    fn everything_that_can_ask_has_its_answer_and_no_other_is_listed() {
        let rules = RULES.iter().map(|rule| rule.id).filter(|id| *id != "api-version");
        let mut known: Vec<&str> = rules.chain(input::PAGES.iter().map(|page| page.0)).collect();
        let mut listed: Vec<&str> = ANSWERS.iter().map(|(rule, _)| *rule).collect();
        known.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, known);
    }

    #[test]
    fn an_answer_fits_beside_its_numbers_in_eighty_columns() {
        for (rule, answer) in ANSWERS {
            assert!(answer.chars().count() <= 32, "{rule}: {answer}");
        }
    }
}

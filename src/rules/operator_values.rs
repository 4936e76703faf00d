//! Values of the operator's chart that the new chart ignores.

use std::collections::BTreeSet;

use super::{
    Acceptable, Check, Facts, OPERATOR_VALUES, Rule, Theme, Unread, checkpoint_dir,
    operator_defaults,
};
use crate::diagnostic::{Diagnostic, Located, Severity};
use crate::flink::names::ApiVersion;
use crate::flink::names::key;
use crate::flink::operator::{OperatorConfig, OperatorSetting};
use crate::k8s::ObjectKey;
use crate::project::WorkloadSummary;
use crate::task::Step;
use crate::text::Span;

pub(crate) const RULE: Rule = Rule {
    id: "operator-values",
    theme: Theme::Releases,
    steps: &[Step::Prepare, Step::Convert],
    answer: "rename the keys",
    accept: Acceptable::Yes,
    checks: &[Check::Run(OPERATOR_VALUES, check)],
    page: include_str!("operator_values.md"),
};

fn check(facts: &Facts, _: Unread) -> Vec<Located> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let scopes = facts.inputs.scopes.iter().map(|scope| &scope.inputs);
    let inputs = std::iter::once(&facts.inputs.whole_tree).chain(scopes);
    let operators = inputs.map(|inputs| &*inputs.operator);
    for config in operators.chain(facts.project.old_values()) {
        let lost = config.lost().filter_map(|setting| relied_on(setting, config, facts));
        let renamed = config.renamed().iter().map(|renamed| {
            let message =
                format!("`{}` is ignored by the operator's charts from 1.0 on", renamed.before);
            let note = Diagnostic::note(RULE.id, Span::empty(0), message)
                .help(format!("write `{}`", renamed.after));
            Located::without_line(note, &renamed.path, renamed.position)
        });
        let others = config.notes().iter().map(|note| {
            let Located { diagnostic: Diagnostic { message, help, .. }, location, .. } = note;
            let help = help.clone();
            let diagnostic =
                Diagnostic { help, ..Diagnostic::note(RULE.id, Span::empty(0), message) };
            Located::without_line(diagnostic, &location.file, location.position)
        });
        for located in lost.chain(renamed).chain(others) {
            let Located { location, diagnostic, .. } = &located;
            let place = (facts.project.names().parse(&location.file), location.position);
            if seen.insert((place, diagnostic.message.clone())) {
                found.push(located);
            }
        }
    }
    if facts.policy.waivers.waives_all(RULE.id) {
        found.retain(|located| {
            let is_accepted = located.diagnostic.severity == Severity::Decision;
            if is_accepted {
                facts.has_accepted(RULE.id, &ObjectKey::default());
            }
            !is_accepted
        });
    }
    found
}

/// The decision about a setting that only operator 0.1.0 had, if a workload relies on it.
fn relied_on(setting: &OperatorSetting, config: &OperatorConfig, facts: &Facts) -> Option<Located> {
    let key = setting.key.as_str();
    if config.tomorrow(key).is_some() {
        return None;
    }
    let is_open = |known: &&WorkloadSummary| match key {
        key::CHECKPOINTS_DIR | key::OLD_CHECKPOINTS_DIR => checkpoint_dir::is_open(known, facts),
        _ => operator_defaults::is_open(known, key, facts),
    };
    let judged = facts
        .project
        .workloads()
        .iter()
        .filter(|known| known.version == ApiVersion::Preview && !known.partial);
    let mut relying = judged.filter(is_open);
    let first = relying.next()?;
    let others = match relying.count() {
        0 => String::new(),
        1 => " and 1 other".to_string(),
        more => format!(" and {more} others"),
    };
    let who = facts.key(&first.key, &first.file);
    let message = format!(
        "{who}{others} relied on `{key}`, which the operator's charts from 1.0 on ignore here"
    );
    let help = "write it under `defaultConfiguration`, or into the manifests";
    let decision = Diagnostic::decision(RULE.id, Span::empty(0), message).help(help);
    Some(Located::without_line(decision, &setting.path, setting.position))
}

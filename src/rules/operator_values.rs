//! Values of the operator's chart that the new chart ignores.

use std::collections::BTreeSet;

use super::{
    Check, Context, OPERATOR_VALUES, Rule, Theme, Unread, checkpoint_dir, operator_defaults,
};
use crate::diagnostic::{Diagnostic, FilePosition, Located, SymbolicLocation};
use crate::flink::names::{ApiVersion, key};
use crate::flink::operator::{OperatorConfig, OperatorSetting};
use crate::project::WorkloadSummary;

pub(crate) const RULE: Rule = Rule {
    answer: "rename the keys",
    checks: &[Check::Run(OPERATOR_VALUES, check)],
    ..Rule::new(Theme::Releases, include_str!("operator_values.md"))
};

fn check(context: &Context<'_>, _: Unread) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let scopes = std::iter::once(None).chain((0..context.inputs.scopes.len()).map(Some));
    let chosen =
        scopes.filter(|scope| context.policy.scope.is_none() || context.policy.scope == *scope);
    let inputs = chosen.map(|scope| context.inputs.scope_inputs(scope));
    let operators = inputs.map(|inputs| &*inputs.operator);
    for config in operators.chain(context.project.old_values()) {
        let lost = config.lost().filter_map(|setting| relied_on(setting, config, context));
        let renamed = config.renamed().iter().map(|renamed| {
            let message =
                format!("`{}` is ignored by the operator's charts from 1.0 on", renamed.before);
            Diagnostic::note(RULE.id, &renamed.place, message)
                .help(format!("write `{}`", renamed.after))
        });
        let others = config.notes().iter().map(|note| {
            let Located { diagnostic: Diagnostic { message, help, .. }, location, .. } = note;
            let place =
                FilePosition { name: location.file.as_str().into(), position: location.position };
            Diagnostic { help: help.clone(), ..Diagnostic::note(RULE.id, &place, message) }
        });
        for diagnostic in lost.chain(renamed).chain(others) {
            let SymbolicLocation::Input(place) = &diagnostic.location else { continue };
            // One file may be an input and lie in the tree as well.
            let place = (context.project.names().parse(&place.name), place.position);
            if seen.insert((place, diagnostic.message.clone())) {
                found.push(diagnostic);
            }
        }
    }
    found
}

/// The decision about a setting that only operator 0.1.0 had, if a workload relies on it.
fn relied_on(
    setting: &OperatorSetting,
    config: &OperatorConfig,
    context: &Context<'_>,
) -> Option<Diagnostic> {
    let key = setting.key.as_str();
    if config.tomorrow(key).is_some() {
        return None;
    }
    let is_open = |summary: &&WorkloadSummary| match key {
        key::CHECKPOINTS_DIR | key::OLD_CHECKPOINTS_DIR => {
            checkpoint_dir::is_open(summary, context)
        }
        _ => operator_defaults::is_open(summary, key, context),
    };
    let judged = context
        .project
        .workloads()
        .iter()
        .filter(|one| one.version == ApiVersion::Preview && !one.partial)
        .filter(|one| context.takes(one.source()));
    let mut relying = judged.filter(is_open);
    let first = relying.next()?;
    let others = match relying.count() {
        0 => String::new(),
        1 => " and 1 other".to_string(),
        more => format!(" and {more} others"),
    };
    let who = context.key(&first.key, first.source());
    let message = format!(
        "{who}{others} relied on `{key}`, which the operator's charts from 1.0 on ignore here"
    );
    let help = "write it under `defaultConfiguration`, or into the manifests";
    let waived_by = context.policy.waivers.for_all(RULE.id);
    Some(Diagnostic {
        waived_by,
        ..Diagnostic::decision(RULE.id, &setting.place, message).help(help)
    })
}

//! What changed between the versions. One file per rule; a rule proposes, `plan` applies.
//!
//! A new rule is one `.rs` and one `.md` here, one line in [`RULES`], and one case folder in
//! `testdata/rules`.

mod ambiguous_savepoint;
mod api_version;
mod checkpoint_dir;
mod cleanup;
mod context;
mod contradiction;
mod embedded;
mod initial_savepoint;
mod job_state;
mod jobmanager_cpu;
mod jobmanager_replicas;
mod mentions;
mod missing_savepoint;
mod operator_defaults;
mod operator_refuses;
mod operator_values;
mod parked_without_savepoint;
mod partial;
mod preview_dialect;
mod reference;
mod rendered;
mod resume;
mod savepoints_dir;
mod scope;
mod service_account;
mod session_cluster;
mod several_destinations;
mod shared_base;
mod stale_savepoint;
mod state;
mod stateless_savepoint;
mod still_preview;
mod suspend;
mod taskmanager_cpu;
mod unmodelled;
mod unplaced_savepoint;
mod unused_savepoint;

pub(crate) use context::DocumentId;
pub use context::{Context, Subject};
// These run at every step and judge no manifest, so that they are no checks of the list.
pub use embedded::judge_text;
pub use job_state::restore;
pub use reference::{judge_deliveries, judge_kustomization};
pub use rendered::judge_rendered;
pub use scope::{scopes_of, sources};
pub use shared_base::{Hindrance, misbuilt, misbuilt_field, unplaced_change};
pub use state::expected_start;

use crate::diagnostic::{Diagnostic, Severity};
use crate::flink::names::{ApiVersion, field};
use crate::flink::workload::Workload;
use crate::path::RepoPath;
use crate::task::Step;
use crate::text::did_you_mean;
use crate::yaml::{Document, NodeRef};

/// A rule: its page, and the checks that run.
pub struct Rule {
    /// In kebab-case, the first word of its page.
    pub id: &'static str,
    /// What it is about.
    pub theme: Theme,
    /// At which steps of the migration it runs.
    pub steps: &'static [Step],
    /// How its findings are answered, in at most 32 characters: a column of a table. Empty if nobody
    /// has to.
    pub answer: &'static str,
    /// Whether its decision can be accepted.
    pub accept: Acceptable,
    /// What it judges, each with its function.
    pub checks: &'static [Check],
    /// The Markdown file beside the rule. Its first line is `# id: summary`.
    pub page: &'static str,
}

impl Rule {
    /// The usual rule of this theme: anybody may accept its decision. A rule writes out what differs,
    /// and a test compares the result with the page.
    const fn new(theme: Theme, page: &'static str) -> Rule {
        let steps: &[Step] = match theme {
            Theme::State => &[Step::Convert, Step::Resume],
            _ => &[Step::Prepare, Step::Convert],
        };
        let id = id_in(page);
        Rule { id, theme, steps, answer: "", accept: Acceptable::Yes, checks: &[], page }
    }
}

/// The id in the first line of a page.
const fn id_in(page: &'static str) -> &'static str {
    let mut end = "# ".len();
    while page.as_bytes()[end] != b':' {
        end += 1;
    }
    page.split_at(end).0.split_at("# ".len()).1
}

/// What a rule is about, in the order in which people meet it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// What a job starts from.
    State,
    /// Fields that changed their name, their default or their meaning.
    Fields,
    /// What depends on the release that is installed, and on its chart.
    Releases,
    /// What is around the manifests: kustomizations, charts, other files.
    Repository,
}

impl Theme {
    pub const ALL: [Theme; 4] = [Theme::State, Theme::Fields, Theme::Releases, Theme::Repository];

    pub fn title(self) -> &'static str {
        match self {
            Theme::State => "State",
            Theme::Fields => "Defaults and fields",
            Theme::Releases => "Operator releases",
            Theme::Repository => "Repository",
        }
    }
}

/// Whether a rule's decision can be accepted: the document is then written as if the rule did not apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptable {
    /// For one workload or for all.
    Yes,
    /// It is about state: only for one exactly named workload.
    ForOneWorkload,
    /// It can only be answered.
    No,
}

/// What a rule judges. Only step `cleanup` edits documents that are not at v1alpha1.
#[derive(Clone, Copy)]
pub enum Check {
    /// Complete manifests at v1alpha1.
    Complete(fn(&Subject<'_, '_>) -> Vec<Diagnostic>),
    /// Patches at v1alpha1 too.
    Partial(fn(&Subject<'_, '_>) -> Vec<Diagnostic>),
    /// Complete manifests at either version, until the migration is done; then those at v1beta1.
    EitherVersion(fn(&Subject<'_, '_>) -> Vec<Diagnostic>),
    /// Manifests at v1beta1, patches too.
    Stable(fn(&Subject<'_, '_>) -> Vec<Diagnostic>),
    /// A typed list at v1alpha1 (`FlinkDeploymentList`).
    List(fn(NodeRef<'_>, Step) -> Option<Diagnostic>),
    /// Any document that names the API group, except kustomizations.
    Document(fn(&Document<'_>, &RepoPath, &Context<'_>) -> Vec<Diagnostic>),
    /// The run as a whole: files of this kind, which are no manifests ([`SAVEPOINT_MAP`],
    /// [`OPERATOR_VALUES`]).
    Run(&'static str, fn(&Context<'_>, Unread) -> Vec<Diagnostic>),
}

/// What a run could not read, as far as it matters to checks of the run as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Files that may hold workloads of which the project does not know: templates, broken or encrypted
    /// documents, files that could not be opened.
    pub files: usize,
    /// Files that name the preview version and are not read: workloads may come of them.
    pub texts: usize,
}

const NAME: [&str; 2] = [field::METADATA, field::NAME];
const CONFIGURATION: [&str; 2] = [field::SPEC, field::FLINK_CONFIGURATION];
const FLINK_VERSION: [&str; 2] = [field::SPEC, field::FLINK_VERSION];

/// The kind of a savepoint map, which is no kind of Kubernetes.
pub const SAVEPOINT_MAP: &str = "savepoint map";

/// The kind of a file of values of the operator's chart.
pub const OPERATOR_VALUES: &str = "values of the operator's chart";

/// The rule that names session clusters, which have no job to be started from anywhere.
pub const SESSION_CLUSTER: &str = session_cluster::RULE.id;

/// The rule that holds a job which would start empty: accepted, it does.
pub const STARTS_EMPTY: &str = missing_savepoint::RULE.id;

/// The rule that holds a job whose path in Git may be an old one: accepted, it starts from there.
pub const KEEPS_PATH: &str = stale_savepoint::RULE.id;

/// The rule that holds what is deployed to several places: accepted, all of them start from one savepoint.
pub const SEVERAL_PLACES: &str = several_destinations::RULE.id;

/// Every rule, in the order in which they are listed.
pub static RULES: &[Rule] = &[
    api_version::RULE,
    initial_savepoint::RULE,
    missing_savepoint::RULE,
    stale_savepoint::RULE,
    stateless_savepoint::RULE,
    ambiguous_savepoint::RULE,
    several_destinations::RULE,
    contradiction::RULE,
    unplaced_savepoint::RULE,
    unused_savepoint::RULE,
    job_state::RULE,
    suspend::RULE,
    savepoints_dir::RULE,
    parked_without_savepoint::RULE,
    cleanup::RULE,
    resume::RULE,
    session_cluster::RULE,
    service_account::RULE,
    jobmanager_cpu::RULE,
    taskmanager_cpu::RULE,
    jobmanager_replicas::RULE,
    checkpoint_dir::RULE,
    operator_defaults::RULE,
    operator_refuses::RULE,
    operator_values::RULE,
    preview_dialect::RULE,
    unmodelled::RULE,
    partial::RULE,
    shared_base::RULE,
    reference::RULE,
    still_preview::RULE,
    embedded::RULE,
    rendered::RULE,
];

/// The rule with this id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

/// An error unless the rule of this id may be waived; `for_one` says that one workload is named.
pub fn check_waiver(id: &str, for_one: bool) -> Result<(), String> {
    let Some(rule) = RULES.iter().find(|rule| rule.id == id) else {
        let near = did_you_mean(id, RULES.iter().map(|rule| rule.id));
        let near = if near.is_empty() { "; `flink-migrate explain` lists them" } else { &near };
        return Err(format!("unknown rule `{id}`{near}"));
    };
    match rule.accept {
        Acceptable::No => Err(format!(
            "`{id}` cannot be accepted, only answered; `flink-migrate explain {id}` says how"
        )),
        Acceptable::ForOneWorkload if !for_one => Err(format!(
            "`{id}` is about state and can be accepted for one workload only: `{id}=NAMESPACE/NAME`"
        )),
        _ => Ok(()),
    }
}

/// The findings of `rules` for a workload, each waived decision with its waiver. The order of the rules
/// makes no difference, which a law tests.
pub fn judge<'r>(
    rules: impl IntoIterator<Item = &'r Rule>,
    workload: &Workload<'_>,
    context: &Context<'_>,
) -> Vec<Diagnostic> {
    let subject = Subject::new(workload, context);
    let complete = !subject.is_partial();
    let preview = workload.version == ApiVersion::Preview;
    let step = subject.step();
    let either = !preview || step != Step::Done;
    let active = rules.into_iter().filter(|rule| rule.steps.contains(&step));
    let diagnostics = active.flat_map(|rule| rule.checks).flat_map(|check| match check {
        Check::Complete(check) if preview && complete => check(&subject),
        Check::Partial(check) if preview => check(&subject),
        Check::EitherVersion(check) if either && complete => check(&subject),
        Check::Stable(check) if !preview => check(&subject),
        _ => Vec::new(),
    });
    let waived = |mut diagnostic: Diagnostic| {
        if diagnostic.severity == Severity::Decision && diagnostic.waived_by.is_none() {
            diagnostic.waived_by = subject.waiver(diagnostic.id);
        }
        diagnostic.help = diagnostic.help.map(|help| subject.help_in_scope(help));
        diagnostic
    };
    diagnostics.map(waived).collect()
}

/// What keeps the document of a workload that kustomizations build from being converted: what names the old
/// version on the way.
pub fn judge_sites(workload: &Workload<'_>, context: &Context<'_>) -> Vec<Diagnostic> {
    if workload.version != ApiVersion::Preview {
        return Vec::new();
    }
    let subject = Subject::new(workload, context);
    let waived_by = subject.waiver(reference::RULE.id);
    let found = reference::check(&subject).into_iter();
    found.map(|diagnostic| Diagnostic { waived_by, ..diagnostic }).collect()
}

fn checks_at(step: Step) -> impl Iterator<Item = &'static Check> {
    RULES.iter().filter(move |rule| rule.steps.contains(&step)).flat_map(|rule| rule.checks)
}

/// The finding for a typed list, whose version is that of all its items.
pub fn judge_list(list: NodeRef<'_>, version: ApiVersion, step: Step) -> Option<Diagnostic> {
    if version != ApiVersion::Preview {
        return None;
    }
    checks_at(step).find_map(|check| match check {
        Check::List(check) => check(list, step),
        _ => None,
    })
}

/// The findings for a document that names the API group, whatever it is.
pub fn judge_document(
    doc: &Document<'_>,
    file: &RepoPath,
    context: &Context<'_>,
) -> Vec<Diagnostic> {
    let policy = context.policy;
    let judge = |check: &Check| match check {
        Check::Document(check) => check(doc, file, context),
        _ => Vec::new(),
    };
    let found = checks_at(context.step(file)).flat_map(judge);
    let waived = |mut diagnostic: Diagnostic| {
        if diagnostic.severity == Severity::Decision {
            let for_all = || policy.waivers.for_all(diagnostic.id);
            diagnostic.waived_by = diagnostic.waived_by.or_else(for_all);
        }
        diagnostic
    };
    found.map(waived).collect()
}

/// What the rules report about files that are no manifests, each with the kind of its file.
pub fn judge_run(context: &Context<'_>, unread: Unread) -> Vec<(&'static str, Diagnostic)> {
    let mut found = Vec::new();
    let of_run = RULES.iter().filter(|rule| context.may_speak(rule));
    for check in of_run.flat_map(|rule| rule.checks) {
        if let Check::Run(kind, check) = check {
            found.extend(check(context, unread).into_iter().map(|one| (*kind, one)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_listed_under_its_theme() {
        let listed = Theme::ALL.into_iter().flat_map(|theme| {
            RULES.iter().filter(move |rule| rule.theme == theme).map(|rule| rule.id)
        });
        assert_eq!(listed.count(), RULES.len());
    }

    #[test]
    fn every_page_ends_with_the_steps_of_its_rule_how_it_is_accepted_and_its_source() {
        for rule in RULES {
            let names = rule.steps.iter().map(|step| format!("`{}`", step.name()));
            let steps = if rule.steps.len() == Step::ALL.len() {
                "all".to_string()
            } else {
                names.collect::<Vec<_>>().join(", ")
            };
            let accepting = match rule.accept {
                Acceptable::No => "this rule cannot be accepted.\n".to_string(),
                Acceptable::Yes => format!("with `--accept {}`, ", rule.id),
                Acceptable::ForOneWorkload => {
                    format!("with `--accept {}=NAMESPACE/NAME`, ", rule.id)
                }
            };
            let wanted = format!("\n\n**Steps:** {steps}.\n\n**Accepting:** {accepting}");
            let (_, rest) = rule.page.split_once(&wanted).unwrap_or_else(|| panic!("no {wanted}"));
            assert!(rest.contains("\n**Source:** "), "{}", rule.id);
        }
    }

    #[test]
    fn each_rule_says_for_whom_it_can_be_waived() {
        for rule in RULES {
            let (for_all, for_one) = (check_waiver(rule.id, false), check_waiver(rule.id, true));
            let expected = match rule.accept {
                Acceptable::Yes => (true, true),
                Acceptable::ForOneWorkload => (false, true),
                Acceptable::No => (false, false),
            };
            assert_eq!((for_all.is_ok(), for_one.is_ok()), expected, "{}", rule.id);
        }
        assert!(
            check_waiver("no-such-rule", true).unwrap_err().contains("unknown rule `no-such-rule`")
        );
    }
}

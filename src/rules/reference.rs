//! What else names the old version: kustomizations, selectors, references of other kinds, and manifests
//! inside other objects.

use std::collections::HashSet;

use super::{Check, Context, Diagnostic, Rule, Step, Subject, Theme, still_preview};
use crate::diagnostic::SymbolicLocation;
use crate::flink::names::{ApiVersion, FlinkKind, GROUP, PREVIEW, STABLE, field};
use crate::flink::nested::{holds_manifest, nested_workload, visit_others};
use crate::flink::objects::{Identity, identify};
use crate::flink::workload::Workload;
use crate::kustomize::{FileRole, Kustomization, MentionKind, selects_ours, selects_preview_alone};
use crate::path::RepoPath;
use crate::yaml::{
    Change, Document, FieldPath, Mark, NodeKind, NodeRef, PathSegment, Style, Value,
};

pub(crate) const RULE: Rule = Rule {
    steps: &[Step::Suspend, Step::Convert, Step::Resume, Step::Done],
    answer: "write v1beta1 there",
    checks: &[Check::Partial(check), Check::Document(check_document)],
    ..Rule::new(Theme::Repository, include_str!("reference.md"))
};

fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
    let Subject { workload, context, .. } = subject;
    let names = context.project.names();
    let outdated = context.project.outdated_builder(&workload.file);
    let Some((kustomization, file)) = outdated.filter(|_| context.policy.step == Step::Convert)
    else {
        return Vec::new();
    };
    let builder = names.display(&kustomization.file);
    let (message, help) = match file.map(|file| names.display(file)) {
        None => (
            format!("{builder} builds from this document and names v1alpha1"),
            "fix the kustomization first: once this document is converted, what names v1alpha1 there \
             no longer applies to it"
                .to_string(),
        ),
        Some(file) => (
            format!("{builder} applies {file} to this document, and that asks for v1alpha1"),
            format!("change {file} first: once this document is converted, it no longer applies, or the build fails"),
        ),
    };
    vec![Diagnostic::decision(RULE.id, &[field::API_VERSION], message).help(help)]
}

/// The findings for the selectors of the kustomization itself.
pub fn judge_kustomization(
    kustomization: &Kustomization,
    context: &Context<'_>,
) -> Vec<Diagnostic> {
    let waived_by = context.policy.waivers.for_all(RULE.id);
    let diagnostics = kustomization.mentions.iter().map(|mention| {
        let (message, help) = match mention.kind {
            MentionKind::Selector => (
                "found a selector of version v1alpha1: once its target is converted, it selects nothing: \
                 kustomize skips it silently, or fails",
                "write v1beta1, or leave the version out of the selector; what the patch sets is judged then",
            ),
            MentionKind::ApiVersion => (
                "found flink.apache.org/v1alpha1: once its target is converted, a patch without `target` \
                 matches nothing, and the build fails",
                "write flink.apache.org/v1beta1; what the patch sets is judged then",
            ),
        };
        let decision = Diagnostic::decision(RULE.id, mention.span, message).help(help);
        Diagnostic { waived_by, ..decision }
    });
    let outdated = context.project.outdated_files(&kustomization.file).map(|(file, named)| {
        let file = context.project.names().display(file);
        let (message, help) = match named.role {
            FileRole::Setting => (
                format!("{file} names v1alpha1: once the manifests are converted, what it says no longer applies"),
                "write v1beta1 there too, or leave the version out",
            ),
            _ => (
                format!("{file} is at v1alpha1 and is not converted: its name is not that of a manifest"),
                "rename it so that it ends in .yaml, and convert it",
            ),
        };
        let decision = Diagnostic::decision(RULE.id, named.span, message).help(help);
        Diagnostic { waived_by, ..decision }
    });
    diagnostics.chain(outdated).collect()
}

/// Keys whose values refer to objects by API version and kind, and do nothing else with it: of
/// autoscalers, of Flux and of Karmada.
const REFERRING: [&str; 5] =
    ["scaleTargetRef", "targetRef", "healthChecks", "healthCheckExprs", "resourceSelectors"];

/// The key of a selector of kustomize.
const TARGET: &str = "target";

fn check_document(doc: &Document<'_>, step: Step) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut covered = HashSet::new();
    visit_others(doc, &mut |node, path| {
        if let Some(workload) = nested_workload(node, path, &RepoPath::default())
            && workload.version == ApiVersion::Preview
        {
            covered.extend(node.own_entry(field::API_VERSION).map(|version| version.value));
            found.extend(nested(&workload, step));
        } else if let Some(mention) =
            mention(node, path).filter(|it| !covered.contains(&it.node.id))
        {
            covered.insert(mention.node.id);
            found.extend(mention.diagnostic(step));
        }
    });
    found
}

/// A whole manifest inside another object.
fn nested(workload: &Workload<'_>, step: Step) -> Option<Diagnostic> {
    let Workload { root, kind, key, .. } = workload;
    let version = SymbolicLocation::Field(root.key(field::API_VERSION));
    let what = format!("{} {key} is nested at {root}", kind.name());
    let is_whole = !workload.is_partial() || workload.touches_judged_fields();
    // A specification that is filled in later may have one.
    let has_job = (is_whole && workload.job().is_some()) || !workload.spec()?.is_mapping();
    let (message, help) = match step {
        Step::Done => return Some(still_preview::nested(version, &what)),
        _ if !has_job && step != Step::Convert => return None,
        Step::Suspend => (
            format!("{what}: its job is not suspended"),
            "write `state: suspended` and `upgradeMode: savepoint` there by hand, then pass `--accept reference`",
        ),
        _ if !has_job => {
            let message = format!("{what}, at v1alpha1");
            return Some(Diagnostic::note(RULE.id, version, message).help(BY_HAND));
        }
        _ => (
            format!("{what}: it is not edited, and its job gets no savepoint"),
            "convert it by hand, with `initialSavepointPath` if the job keeps state",
        ),
    };
    Some(Diagnostic::decision(RULE.id, version, message).help(help))
}

const BY_HAND: &str = "write v1beta1 there by hand";

/// A node that names the old version, where, and what it is.
struct Mention<'d> {
    node: NodeRef<'d>,
    path: FieldPath,
    what: String,
    /// What to do about it.
    help: &'static str,
    /// The value that says v1beta1 there; nothing where that is for people to write.
    stable: Option<String>,
    /// It is prose, and refers to nothing.
    is_prose: bool,
}

impl<'d> Mention<'d> {
    fn new(node: NodeRef<'d>, path: &FieldPath, what: impl Into<String>) -> Mention<'d> {
        let (path, what) = (path.clone(), what.into());
        Mention { node, path, what, help: BY_HAND, stable: None, is_prose: false }
    }

    fn diagnostic(self, step: Step) -> Option<Diagnostic> {
        let Mention { path, what, help, stable, is_prose, .. } = self;
        let location = SymbolicLocation::Field(path.clone());
        let found = if path.steps().is_empty() { what } else { format!("{what} at {path}") };
        match (step, stable) {
            (Step::Convert, Some(stable)) => {
                let message = format!("{found} becomes {STABLE}");
                let change = Change::Set { path, value: Value::Text(stable), mark: Mark::Keep };
                Some(Diagnostic::change(RULE.id, location, message, vec![change]))
            }
            (Step::Convert, None) => {
                Some(Diagnostic::note(RULE.id, location, format!("found {found}")).help(help))
            }
            (Step::Done, _) if !is_prose => {
                let message =
                    format!("found {found}, and the migration of this repository is done");
                Some(Diagnostic::decision(RULE.id, location, message).help(help))
            }
            _ => None,
        }
    }
}

/// What this node says of the old version.
fn mention<'d>(node: NodeRef<'d>, path: &FieldPath) -> Option<Mention<'d>> {
    if let NodeKind::Scalar { text, style } = &node.node().kind {
        let is_manifest = *style != Style::Plain && holds_manifest(text);
        let named = spelling_of_preview(text).filter(|_| !is_manifest)?;
        let is_prose = text.trim().contains(char::is_whitespace);
        return Some(Mention { is_prose, ..Mention::new(node, path, format!("`{named}`")) });
    }
    object_reference(node, path)
        .or_else(|| selector(node, path))
        .or_else(|| admission_rule(node, path))
        .or_else(|| definition(node, path))
}

/// The old version in this text, as it is named there, the kind around it left out.
fn spelling_of_preview(text: &str) -> Option<String> {
    if !text.contains(GROUP) {
        return None;
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let spellings = [format!("{GROUP}/{PREVIEW}"), format!("{PREVIEW}.{GROUP}")];
    spellings.into_iter().find(|spelling| {
        text.match_indices(spelling).any(|(at, _)| {
            let (before, after) = (&text[..at], &text[at + spelling.len()..]);
            let is_longer_group = spelling.starts_with(GROUP) && before.ends_with('.');
            !before.ends_with(is_word) && !is_longer_group && !after.starts_with(is_word)
        })
    })
}

/// `apiVersion` beside a kind of ours, without a specification.
fn object_reference<'d>(node: NodeRef<'d>, path: &FieldPath) -> Option<Mention<'d>> {
    let version = own(node, field::API_VERSION)?;
    let is_preview = match identify(node) {
        Identity::Flink(_, version) | Identity::List { items: Some((_, version)) } => {
            version == ApiVersion::Preview
        }
        Identity::Unclear(_) => true,
        _ => false,
    };
    if !is_preview {
        return None;
    }
    let written = version.text()?;
    let referring = named_by(path).is_some_and(|key| REFERRING.contains(&key));
    let is_known = referring && written == format!("{GROUP}/{PREVIEW}");
    let stable = is_known.then(|| format!("{GROUP}/{STABLE}"));
    let path = path.key(field::API_VERSION);
    Some(Mention { stable, ..Mention::new(version, &path, format!("`{written}`")) })
}

/// Group or kind beside a `version` that only the old version matches.
fn selector<'d>(node: NodeRef<'d>, path: &FieldPath) -> Option<Mention<'d>> {
    let text = |key| node.get(key).and_then(NodeRef::text);
    let version = own(node, "version")?;
    let written = version.text().filter(|written| selects_preview_alone(written))?;
    let is_target = named_by(path) == Some(TARGET);
    let groups = ["group", "apiGroup"].into_iter().filter_map(text);
    let kind = text(field::KIND).and_then(FlinkKind::from_name);
    let is_ours = groups.into_iter().any(|group| group == GROUP) || kind.is_some();
    if !(is_ours || is_target && selects_ours(node)) {
        return None;
    }
    let stable = (is_target && written == PREVIEW).then(|| STABLE.to_string());
    let what = format!("a selector of version `{written}`");
    Some(Mention { stable, ..Mention::new(version, &path.key("version"), what) })
}

/// `apiVersions` beside `apiGroups`, of webhooks and policies.
fn admission_rule<'d>(node: NodeRef<'d>, path: &FieldPath) -> Option<Mention<'d>> {
    let items = |key| node.get(key).into_iter().flat_map(NodeRef::items);
    let names = |item: NodeRef<'_>, wanted: &str| item.text() == Some(wanted);
    items("apiGroups").find(|item| names(*item, GROUP))?;
    if items("apiVersions").any(|item| names(item, STABLE) || names(item, "*")) {
        return None;
    }
    let (i, version) = items("apiVersions").enumerate().find(|(_, item)| names(*item, PREVIEW))?;
    Some(Mention::new(version, &path.key("apiVersions").index(i), "a rule for v1alpha1 alone"))
}

/// The definition of the resource, as operator 0.1.0 brought it (`crds/flinkdeployments` of its chart).
fn definition<'d>(node: NodeRef<'d>, path: &FieldPath) -> Option<Mention<'d>> {
    node.get("group").and_then(NodeRef::text).filter(|group| *group == GROUP)?;
    let mut versions = node.get("versions")?.items().enumerate();
    let (i, version) = versions.find_map(|(i, version)| {
        let name = own(version, field::NAME)?;
        (name.text() == Some(PREVIEW)).then_some((i, name))
    })?;
    let path = path.key("versions").index(i).key(field::NAME);
    let help = "remove it, or write the CRD of the release that you will install";
    Some(Mention { help, ..Mention::new(version, &path, "the CRD of operator 0.1.0") })
}

/// The value that this mapping itself has.
fn own<'d>(node: NodeRef<'d>, key: &str) -> Option<NodeRef<'d>> {
    node.own_entry(key).map(|entry| NodeRef { doc: node.doc, id: entry.value })
}

/// The last key of the path, behind which a list may stand.
fn named_by(path: &FieldPath) -> Option<&str> {
    path.steps().iter().rev().find_map(|step| match step {
        PathSegment::Key(key) => Some(key.as_str()),
        PathSegment::Index(_) => None,
    })
}

//! What else names the old version: kustomizations, selectors, references of other kinds, and manifests
//! inside other objects.

use std::collections::HashSet;

use super::{Check, Context, Diagnostic, Rule, Step, Subject, Theme, still_preview};
use crate::diagnostic::SymbolicLocation;
use crate::flink::names::{
    ApiVersion, FlinkKind, GROUP, PREVIEW, STABLE, field, is_placeholder, is_version,
};
use crate::flink::nested::{holds_manifest, nested_workload, visit_others};
use crate::flink::objects::{Identity, identify};
use crate::flink::prefilter::names_kind;
use crate::flink::workload::Workload;
use crate::kustomize::{
    FileRole, Kustomization, MentionKind, selects_neither, selects_ours, selects_preview_alone,
};
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

pub(crate) fn check(subject: &Subject<'_, '_>) -> Vec<Diagnostic> {
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

/// The finding for an object that delivers this root and patches it at the preview version.
pub(crate) fn of_delivery(root: &RepoPath, context: &Context<'_>) -> Option<Diagnostic> {
    let deliveries = context.project.deliveries_of(&root.folder());
    let mut outdated = deliveries.iter().filter(|(_, it)| it.root_edits.has_preview_patch());
    let (object, _) = outdated.next()?;
    let message = format!(
        "{object} has a patch at v1alpha1 without `target`: once this document is converted, it matches \
         nothing, and the build fails"
    );
    let help = "give that patch a `target` with kind and name: kustomize then ignores its version";
    Some(Diagnostic::decision(RULE.id, &[field::API_VERSION], message).help(help))
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
                 kustomize drops a patch or the target of a replacement silently, and fails at the source of one",
                "write v1beta1, or leave the version out of the selector; what is set with it is judged then",
            ),
            MentionKind::ApiVersion => (
                "found flink.apache.org/v1alpha1: once its target is converted, a patch without `target` or a \
                 var matches nothing, and the build fails",
                "write flink.apache.org/v1beta1; what a patch sets is judged then",
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

fn check_document(doc: &Document<'_>, _: &RepoPath, context: &Context<'_>) -> Vec<Diagnostic> {
    let step = context.policy.step;
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
    let mut what = format!("{} {key} is nested at {root}", kind.name());
    let is_served = match identify(workload.node) {
        Identity::Unclear(reason) => {
            what = format!("{what}, and {reason}");
            false
        }
        _ => true,
    };
    let is_whole = !workload.is_partial() || workload.touches_judged_fields();
    // A specification that is filled in later may have one.
    let has_job = (is_whole && workload.job().is_some()) || !workload.spec()?.is_mapping();
    let (message, help) = match step {
        Step::Done if is_served => return Some(still_preview::nested(version, &what)),
        _ if !has_job && ![Step::Convert, Step::Done].contains(&step) => return None,
        Step::Suspend => (
            format!("{what}: its job is not suspended"),
            "write `state: suspended` and `upgradeMode: savepoint` there by hand, then pass `--accept reference`",
        ),
        _ if !has_job && step != Step::Done => {
            let message = if is_served { format!("{what}, at v1alpha1") } else { what };
            return Some(Diagnostic::note(RULE.id, version, message).help(BY_HAND));
        }
        _ if !is_served => (
            what,
            "write v1beta1 there by hand, with `initialSavepointPath` if the job keeps state",
        ),
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
    /// What is wrong with it, unless it is the old version.
    why: &'static str,
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
        Mention { node, path, what, why: "", help: BY_HAND, stable: None, is_prose: false }
    }

    /// That this version is named, with what to do if it is not the old one.
    fn of_version(node: NodeRef<'d>, path: &FieldPath, what: &str, version: &str) -> Mention<'d> {
        let (why, help) = match version {
            PREVIEW => ("", BY_HAND),
            _ if is_placeholder(version) => {
                (": the version is filled in later", "see that it becomes v1beta1")
            }
            _ => (": no release serves it", "write v1beta1, which operator 1.0 and later serve"),
        };
        Mention { why, help, ..Mention::new(node, path, what) }
    }

    fn diagnostic(self, step: Step) -> Option<Diagnostic> {
        let Mention { path, what, why, help, stable, is_prose, .. } = self;
        let location = SymbolicLocation::Field(path.clone());
        let at = if path.steps().is_empty() { String::new() } else { format!(" at {path}") };
        match (step, stable) {
            (Step::Convert, Some(stable)) => {
                let message = format!("{what}{at} becomes {STABLE}");
                let change = Change::Set { path, value: Value::Text(stable), mark: Mark::Keep };
                Some(Diagnostic::change(RULE.id, location, message, vec![change]))
            }
            (Step::Convert, None) => Some(
                Diagnostic::note(RULE.id, location, format!("found {what}{at}{why}")).help(help),
            ),
            (Step::Done, _) if !is_prose => {
                let message =
                    format!("found {what}{at}{why}, and the migration of this repository is done");
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
        let (named, version) = spelling_of_version(text).filter(|_| !is_manifest)?;
        let is_prose = text.trim().contains(char::is_whitespace);
        // Prose speaks of versions to come, and a manifest in a string names its kind. Beside an
        // `apiVersion` stands a kind, which may be none of ours.
        let is_of_ours = !is_prose || names_kind(text);
        if version != PREVIEW && (named_by(path) == Some(field::API_VERSION) || !is_of_ours) {
            return None;
        }
        let mention = Mention::of_version(node, path, &format!("`{named}`"), version);
        return Some(Mention { is_prose, ..mention });
    }
    object_reference(node, path)
        .or_else(|| selector(node, path))
        .or_else(|| admission_rule(node, path))
        .or_else(|| definition(node, path))
}

/// The old version in this text, else one that no release serves: as it is named there, with the group,
/// the kind around it left out, and alone.
fn spelling_of_version(text: &str) -> Option<(&str, &str)> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let spellings = text.match_indices(GROUP).filter_map(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + GROUP.len()..]);
        let is_longer = before.ends_with(is_word) || before.ends_with("//");
        if let Some(version) = before.strip_suffix('.').filter(|_| !after.starts_with(is_word)) {
            let begin = version.rfind(|c| !is_word(c)).map_or(0, |end| end + 1);
            let version = &version[begin..];
            return is_old(version).then(|| (&text[begin..at + GROUP.len()], version));
        }
        let rest = after.strip_prefix('/').filter(|_| !is_longer)?;
        let (version, behind) = rest.split_at(rest.find(|c| !is_word(c)).unwrap_or(rest.len()));
        // `v1.14` is a release of Flink.
        let is_release = behind.strip_prefix('.').is_some_and(|it| it.starts_with(is_word));
        let (segment, kind) = rest.split_once('/').unwrap_or_default();
        let is_later = is_placeholder(segment) && FlinkKind::from_name(kind).is_some();
        let version = if is_later { segment } else { version };
        let end = at + GROUP.len() + 1 + version.len();
        (is_later || version == PREVIEW || is_old(version) && !is_release)
            .then(|| (&text[at..end], version))
    });
    // The old version first.
    spellings.min_by_key(|(_, version)| *version != PREVIEW)
}

/// True for what looks like a version, in any case, and is not the stable one.
fn is_old(version: &str) -> bool {
    version != STABLE && is_version(&version.to_ascii_lowercase())
}

/// `apiVersion` beside a kind of ours, without a specification.
fn object_reference<'d>(node: NodeRef<'d>, path: &FieldPath) -> Option<Mention<'d>> {
    let version = node.get(field::API_VERSION)?;
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
    let is_own = node.own_entry(field::API_VERSION).is_some();
    let stable = (is_known && is_own).then(|| format!("{GROUP}/{STABLE}"));
    let path = path.key(field::API_VERSION);
    let name = written.strip_prefix(GROUP).and_then(|it| it.strip_prefix('/')).unwrap_or(written);
    let mention = Mention::of_version(version, &path, &format!("`{written}`"), name);
    Some(Mention { stable, ..mention })
}

/// Group or kind beside a `version` that only the old version matches, or none.
fn selector<'d>(node: NodeRef<'d>, path: &FieldPath) -> Option<Mention<'d>> {
    let text = |key| node.get(key).and_then(NodeRef::text);
    let version = node.get("version")?;
    let written = version.text().filter(|written| *written != "*" && !written.is_empty())?;
    let is_unserved = selects_neither(written) && (is_old(written) || is_placeholder(written));
    if !(is_unserved || selects_preview_alone(written)) {
        return None;
    }
    let is_target = named_by(path) == Some(TARGET);
    let groups = ["group", "apiGroup"].into_iter().filter_map(text);
    // What names no group is a field specification of kustomize, and read with its kustomization.
    let kind = text(field::KIND).and_then(FlinkKind::from_name);
    let kind = kind.filter(|_| node.doc.text.contains(GROUP));
    let is_ours = groups.into_iter().any(|group| group == GROUP) || kind.is_some();
    if !(is_ours || is_target && selects_ours(node)) {
        return None;
    }
    let is_own = node.own_entry("version").is_some();
    let stable = (is_target && is_own && written == PREVIEW).then(|| STABLE.to_string());
    let what = format!("a selector of version `{written}`");
    // An expression that matches the old version is written anew as that version is.
    let name = if is_unserved { written } else { PREVIEW };
    let mention = Mention::of_version(version, &path.key("version"), &what, name);
    Some(Mention { stable, ..mention })
}

/// `apiVersions` beside `apiGroups`, of webhooks and policies.
fn admission_rule<'d>(node: NodeRef<'d>, path: &FieldPath) -> Option<Mention<'d>> {
    let items = |key| node.get(key).into_iter().flat_map(NodeRef::items);
    let names = |item: NodeRef<'_>, wanted: &str| item.text() == Some(wanted);
    items("apiGroups").find(|item| names(*item, GROUP))?;
    if items("apiVersions").any(|item| names(item, STABLE) || names(item, "*")) {
        return None;
    }
    let mut others = items("apiGroups").filter(|item| !names(*item, GROUP));
    let is_alone = others.next().is_none();
    let found = |wanted: fn(&str) -> bool| {
        items("apiVersions").enumerate().find(|(_, item)| item.text().is_some_and(wanted))
    };
    let unserved = || found(|text| is_old(text) || is_placeholder(text)).filter(|_| is_alone);
    let (i, version) = found(|text| text == PREVIEW).or_else(unserved)?;
    let path = path.key("apiVersions").index(i);
    Some(match version.text()? {
        PREVIEW => Mention::new(version, &path, "a rule for v1alpha1 alone"),
        written => {
            Mention::of_version(version, &path, &format!("a rule for version `{written}`"), written)
        }
    })
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

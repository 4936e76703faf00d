//! Where a document names the old version, and what it is that names it.

use super::reference::RULE;
use super::{Diagnostic, Step};
use crate::diagnostic::SymbolicLocation;
use crate::flink::names::{
    ApiVersion, FlinkKind, GROUP, PREVIEW, STABLE, field, is_placeholder, is_version,
};
use crate::flink::nested::{holds_manifest, visit_others};
use crate::flink::objects::{Identity, identify};
use crate::flink::prefilter::names_kind;
use crate::kustomize::{selects_neither, selects_ours, selects_preview_alone};
use crate::yaml::{
    self, Change, Document, FieldPath, Mark, NodeKind, NodeRef, PathSegment, Style, Value,
};

/// Keys whose values refer to objects by API version and kind, and do nothing else with it: of
/// autoscalers, of Flux and of Karmada.
const REFERRING: [&str; 5] =
    ["scaleTargetRef", "targetRef", "healthChecks", "healthCheckExprs", "resourceSelectors"];

/// The key of a selector of kustomize.
const TARGET: &str = "target";

/// The keys of selectors of kustomize in a replacement.
const REPLACEMENT_SELECTORS: [&str; 3] = ["source", "select", "reject"];

/// What to do where no edit is known.
pub(crate) const BY_HAND: &str = "write v1beta1 there by hand";

/// A node that names the old version, where, and what it is.
pub(crate) struct VersionMention<'d> {
    pub(crate) node: NodeRef<'d>,
    path: FieldPath,
    what: String,
    /// What is wrong with it, unless it is the old version.
    pub(crate) why: &'static str,
    /// What to do about it.
    help: &'static str,
    /// The value that says v1beta1 there; nothing where that is for people to write.
    stable: Option<String>,
    /// It is prose, and refers to nothing.
    is_prose: bool,
}

impl<'d> VersionMention<'d> {
    fn new(node: NodeRef<'d>, path: &FieldPath, what: impl Into<String>) -> VersionMention<'d> {
        let (path, what) = (path.clone(), what.into());
        VersionMention { node, path, what, why: "", help: BY_HAND, stable: None, is_prose: false }
    }

    /// That this version is named, with what to do if it is not the old one.
    fn of_version(
        node: NodeRef<'d>,
        path: &FieldPath,
        what: &str,
        version: &str,
    ) -> VersionMention<'d> {
        let (why, help) = match version {
            PREVIEW => ("", BY_HAND),
            _ if is_placeholder(version) => {
                (": the version is filled in later", "see that it becomes v1beta1")
            }
            _ => (": no release serves it", "write v1beta1, which operator 1.0 and later serve"),
        };
        VersionMention { why, help, ..VersionMention::new(node, path, what) }
    }

    pub(crate) fn diagnostic(self, step: Step) -> Option<Diagnostic> {
        let VersionMention { path, what, why, help, stable, is_prose, .. } = self;
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
pub(crate) fn mention<'d>(node: NodeRef<'d>, path: &FieldPath) -> Option<VersionMention<'d>> {
    if let NodeKind::Scalar { text, style } = &node.node().kind {
        if *style != Style::Plain && asks_in_text(text) {
            let what = format!("{GROUP} beside {PREVIEW} in a string");
            return Some(VersionMention::new(node, path, what));
        }
        let is_manifest = *style != Style::Plain && holds_manifest(text);
        let (named, version) = spelling_of_version(text).filter(|_| !is_manifest)?;
        let is_prose = text.trim().contains(char::is_whitespace);
        // Prose speaks of versions to come, and a manifest in a string names its kind. Beside an
        // `apiVersion` stands a kind, which may be none of ours.
        let is_of_ours = !is_prose || names_kind(text);
        if version != PREVIEW && (named_by(path) == Some(field::API_VERSION) || !is_of_ours) {
            return None;
        }
        let mention = VersionMention::of_version(node, path, &format!("`{named}`"), version);
        return Some(VersionMention { is_prose, ..mention });
    }
    object_reference(node, path)
        .or_else(|| selector(node, path))
        .or_else(|| admission_rule(node, path))
        .or_else(|| definition(node, path))
}

/// True if a text of YAML or JSON has group and version apart, as a selector or a rule does.
fn asks_in_text(text: &str) -> bool {
    let asks = |doc: &Document<'_>| {
        let mut is_found = false;
        visit_others(doc, &mut |node, path| {
            let is_apart = !matches!(node.node().kind, NodeKind::Scalar { .. });
            is_found |= is_apart && mention(node, path).is_some_and(|it| it.why.is_empty());
        });
        is_found
    };
    text.contains(GROUP)
        && text.contains(PREVIEW)
        && spelling_of_version(text).is_none()
        && yaml::chunks(text)
            .into_iter()
            .any(|chunk| yaml::parse(&text[chunk.span.range()], 0).is_ok_and(|doc| asks(&doc)))
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
fn object_reference<'d>(node: NodeRef<'d>, path: &FieldPath) -> Option<VersionMention<'d>> {
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
    let mention = VersionMention::of_version(version, &path, &format!("`{written}`"), name);
    Some(VersionMention { stable, ..mention })
}

/// Group or kind beside a `version` that only the old version matches, or none.
fn selector<'d>(node: NodeRef<'d>, path: &FieldPath) -> Option<VersionMention<'d>> {
    let text = |key| node.get(key).and_then(NodeRef::text);
    let version = node.get("version")?;
    let written = version.text().filter(|written| *written != "*" && !written.is_empty())?;
    let is_unserved = selects_neither(written) && (is_old(written) || is_placeholder(written));
    if !(is_unserved || selects_preview_alone(written)) {
        return None;
    }
    let is_target = named_by(path) == Some(TARGET);
    let groups = ["group", "apiGroup"].into_iter().filter_map(text);
    // What names no group is of kustomize, and where it asks for v1alpha1, it is read with its
    // kustomization.
    let is_of_kustomize = || {
        let is_field_spec = ["path", "fieldSpecs"].iter().any(|key| node.get(key).is_some());
        is_field_spec || named_by(path).is_some_and(|key| REPLACEMENT_SELECTORS.contains(&key))
    };
    let kind = text(field::KIND).and_then(FlinkKind::from_name);
    let kind = kind.filter(|_| node.doc.text.contains(GROUP) || is_unserved && is_of_kustomize());
    let is_ours = groups.into_iter().any(|group| group == GROUP) || kind.is_some();
    if !(is_ours || is_target && selects_ours(node)) {
        return None;
    }
    let is_own = node.own_entry("version").is_some();
    let stable = (is_target && is_own && written == PREVIEW).then(|| STABLE.to_string());
    let what = format!("a selector of version `{written}`");
    // An expression that matches the old version is written anew as that version is.
    let name = if is_unserved { written } else { PREVIEW };
    let mention = VersionMention::of_version(version, &path.key("version"), &what, name);
    Some(VersionMention { stable, ..mention })
}

/// `apiVersions` beside `apiGroups`, of webhooks and policies.
fn admission_rule<'d>(node: NodeRef<'d>, path: &FieldPath) -> Option<VersionMention<'d>> {
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
        PREVIEW => VersionMention::new(version, &path, "a rule for v1alpha1 alone"),
        written => VersionMention::of_version(
            version,
            &path,
            &format!("a rule for version `{written}`"),
            written,
        ),
    })
}

/// The definition of the resource, as operator 0.1.0 brought it (`crds/flinkdeployments` of its chart).
fn definition<'d>(node: NodeRef<'d>, path: &FieldPath) -> Option<VersionMention<'d>> {
    node.get("group").and_then(NodeRef::text).filter(|group| *group == GROUP)?;
    let mut versions = node.get("versions")?.items().enumerate();
    let (i, version) = versions.find_map(|(i, version)| {
        let name = own(version, field::NAME)?;
        (name.text() == Some(PREVIEW)).then_some((i, name))
    })?;
    let path = path.key("versions").index(i).key(field::NAME);
    let help = "remove it, or write the CRD of the release that you will install";
    Some(VersionMention {
        help,
        ..VersionMention::new(version, &path, "the CRD of operator 0.1.0")
    })
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

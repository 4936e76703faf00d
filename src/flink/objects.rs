//! Which inputs concern us at all, and the objects of ours in a document.

use memchr::memmem;

use super::names::{ApiVersion, FlinkKind, GROUP, PREVIEW, field, is_placeholder, is_variable};
use super::workload::{MODE, PATH, STATE, Workload, anchor};
use crate::k8s::is_dns_name;
use crate::path::RepoPath;
use crate::text::Span;
use crate::yaml::{Document, FieldPath, NodeRef, Scalar};

/// True if the API group is named in these bytes, spelt plainly, with escapes, or in UTF-16. What
/// does not name it is never parsed.
pub fn concerns_us(bytes: &[u8]) -> bool {
    memmem::find(bytes, GROUP.as_bytes()).is_some() || names_group_in_disguise(bytes)
}

/// True if these bytes name the API group with escapes, or in UTF-16.
pub fn names_group_in_disguise(bytes: &[u8]) -> bool {
    (memchr::memchr(b'\\', bytes).is_some()
        && memmem::find(&unescaped(bytes), GROUP.as_bytes()).is_some())
        || decode_wide(bytes).is_some()
}

/// True if these bytes name the preview version: behind the group, before it, or in quotes beside it.
pub fn names_preview(bytes: &[u8]) -> bool {
    let has = |needle: String| memmem::find(bytes, needle.as_bytes()).is_some();
    has(GROUP.to_string())
        && [format!("{GROUP}/{PREVIEW}"), format!("{PREVIEW}.{GROUP}"), format!("\"{PREVIEW}\"")]
            .into_iter()
            .any(has)
}

/// True if the text, which no reader takes, may hold an object of ours: it names a kind of ours, or a
/// version behind the group. Roles and webhooks name the group alone.
pub fn names_object(text: &str) -> bool {
    let is_version = |rest: &str| {
        let mut rest = rest.strip_prefix('/').unwrap_or_default().chars();
        rest.next().is_some_and(|c| c == 'v' || !c.is_ascii_alphabetic())
    };
    let kinds = FlinkKind::ALL.map(FlinkKind::name);
    kinds.iter().any(|kind| text.contains(kind))
        || text.match_indices(GROUP).any(|(at, _)| is_version(&text[at + GROUP.len()..]))
}

/// True for the name of a file that can hold manifests, folders in front of it or not: `.yaml`, `.yml`,
/// `.json`, and `.tpl` of charts, in any case.
pub fn has_manifest_extension(name: &[u8]) -> bool {
    let extension = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    match extension.len() {
        3 | 4 if extension.len() < name.len() => {
            let known = ["yaml", "yml", "json", "tpl"];
            known.iter().any(|known| extension.eq_ignore_ascii_case(known.as_bytes()))
        }
        _ => false,
    }
}

/// The text of a file in UTF-16 or UTF-32 that names the group, with or without a byte order mark,
/// as far as it is ASCII; nothing for other files.
pub fn decode_wide(bytes: &[u8]) -> Option<String> {
    memchr::memchr(0, bytes)?;
    for (width, place) in [(2, 0), (2, 1), (4, 0), (4, 3)] {
        let mut needle = vec![0; GROUP.len() * width];
        for (i, byte) in GROUP.bytes().enumerate() {
            needle[i * width + place] = byte;
        }
        if memmem::find(bytes, &needle).is_some() {
            let units = bytes.chunks_exact(width).map(|unit| unit[place]);
            let ascii = units.filter(|byte| byte.is_ascii() && *byte != 0);
            return Some(ascii.map(char::from).collect());
        }
    }
    None
}

/// The bytes with the escapes of double-quoted scalars undone, as far as they stand for ASCII.
fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &bytes[at..]) {
        out.extend_from_slice(&bytes[at..at + found]);
        at += found + 1;
        let digits = match bytes.get(at) {
            Some(b'x') => 2,
            Some(b'u') => 4,
            Some(b'U') => 8,
            Some(b'\n' | b'\r') => {
                at += bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                continue;
            }
            _ => continue,
        };
        let hex = bytes.get(at + 1..at + 1 + digits).and_then(|hex| std::str::from_utf8(hex).ok());
        if let Some(code) = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok())
            && let Ok(ascii) = u8::try_from(code)
        {
            out.push(ascii);
            at += 1 + digits;
        }
    }
    out.extend_from_slice(&bytes[at..]);
    out
}

/// One of our objects within a document.
#[derive(Clone, Debug)]
pub enum Object<'d> {
    /// A workload that can be judged.
    Workload(Workload<'d>),
    /// A typed list (`FlinkDeploymentList`), which has a version of its own.
    List {
        /// The list.
        node: NodeRef<'d>,
        /// Where it is in its document.
        root: FieldPath,
        /// Its version.
        version: ApiVersion,
    },
    /// Ours, but not to be judged as it is.
    Unclear {
        /// Where it is.
        span: Span,
        /// Why.
        reason: String,
    },
}

/// How deep lists may hold lists.
const MAX_LISTS: usize = 4;

/// Every object of ours in a document of the file.
pub fn objects<'d>(doc: &'d Document<'d>, file: &RepoPath) -> Vec<Object<'d>> {
    let mut found = Vec::new();
    collect(doc.root(), &FieldPath::default(), file, None, MAX_LISTS, &mut found);
    let is_preview = |item: &_| {
        matches!(identify(*item), Identity::Flink(_, ApiVersion::Preview) | Identity::Unclear(_))
    };
    // JSON behind a comment is one plain scalar.
    let is_object = |text: &str| text.contains(field::API_VERSION) && names_object(text);
    if doc.root().text().is_some_and(is_object) {
        let reason = "the document is one string, which kubectl does not read".to_string();
        found.push(Object::Unclear { span: Span::empty(doc.root().span_in_file().start), reason });
    }
    found.extend(doc.root().items().filter(is_preview).map(|item| {
        let reason = "it is in a list without a kind, which kubectl does not read".to_string();
        Object::Unclear { span: anchor(item), reason }
    }));
    found
}

/// The workloads among them that are manifests, and not what a cluster printed.
pub(crate) fn workloads<'o, 'd>(
    objects: &'o [Object<'d>],
) -> impl Iterator<Item = &'o Workload<'d>> {
    objects.iter().filter_map(|object| match object {
        Object::Workload(workload) if !workload.is_dump() => Some(workload),
        _ => None,
    })
}

fn collect<'d>(
    node: NodeRef<'d>,
    root: &FieldPath,
    file: &RepoPath,
    implied: Option<(FlinkKind, ApiVersion)>,
    depth: usize,
    found: &mut Vec<Object<'d>>,
) {
    let unmarked = node.is_mapping() && node.get(field::API_VERSION).is_none();
    let identity = match (identify(node), implied) {
        (Identity::Other, Some((kind, version))) if unmarked => Identity::Flink(kind, version),
        (identity, _) => identity,
    };
    match identity {
        Identity::Other => {}
        Identity::Unclear(reason) => found.push(Object::Unclear { span: anchor(node), reason }),
        Identity::Flink(kind, version) => {
            let workload = Workload::new(node, root.clone(), kind, version, file);
            let unclear = if version == ApiVersion::Preview { opaque(&workload) } else { None };
            found.push(match unclear {
                Some((span, reason)) => Object::Unclear { span, reason },
                None => Object::Workload(workload),
            });
        }
        Identity::List { items: implied } => {
            if let Some((_, version)) = implied {
                found.push(Object::List { node, root: root.clone(), version });
            }
            let Some(depth) = depth.checked_sub(1) else { return };
            let items = node.get(field::ITEMS).into_iter().flat_map(NodeRef::items);
            for (i, item) in items.enumerate() {
                collect(item, &root.key(field::ITEMS).index(i), file, implied, depth, found);
            }
        }
    }
}

/// A part of an object that is filled in later as a whole, so that nothing is known of it; why.
pub(crate) fn opaque(workload: &Workload<'_>) -> Option<(Span, String)> {
    let spec = workload.node.get(field::SPEC)?;
    let block_names = [
        field::JOB,
        field::FLINK_CONFIGURATION,
        field::POD_TEMPLATE,
        field::JOB_MANAGER,
        field::TASK_MANAGER,
    ];
    let blocks = block_names.into_iter().filter_map(|name| Some((name, spec.get(name)?)));
    for (name, block) in std::iter::once((field::SPEC, spec)).chain(blocks) {
        if !block.is_null() && !block.is_mapping() {
            return Some((block.span_in_file(), format!("`{name}` is not a mapping")));
        }
        let mut entries = block.entries().into_iter();
        // Under ytt, the value of `_` becomes further keys; that of `<<` is a mapping.
        let merged = block.own_entry("<<").map(|entry| NodeRef { doc: block.doc, id: entry.value });
        let is_later = |(key, value): &(&str, NodeRef<'_>)| {
            is_variable(key) || (*key == "_" && value.comment_as_value().is_some())
        };
        let found = entries.find(is_later);
        let merged = merged.filter(|merged| merged.scalar().is_some_and(|it| it != Scalar::Null));
        if let Some((key, value)) = found.or(merged.map(|merged| ("<<", merged))) {
            let reason = format!("a key of `{name}` is filled in later: `{key}`");
            return Some((value.span_in_file(), reason));
        }
    }
    if workload.configuration.is_truncated() {
        let span = spec.get(field::FLINK_CONFIGURATION)?.span_in_file();
        return Some((
            span,
            "aliases expand `flinkConfiguration` to more than can be read".to_string(),
        ));
    }
    let scalars: [&[&str]; 7] = [
        &MODE,
        &STATE,
        &PATH,
        &[field::SPEC, field::SERVICE_ACCOUNT],
        &[field::SPEC, field::FLINK_VERSION],
        &[field::SPEC, field::JOB_MANAGER, field::REPLICAS],
        &[field::SPEC, field::JOB_MANAGER, field::RESOURCE, field::CPU],
    ];
    scalars.into_iter().find_map(|keys| {
        let value = workload.get(keys).filter(|value| value.scalar().is_none())?;
        Some((value.span_in_file(), format!("`{}` is not a string", keys.last()?)))
    })
}

/// What an object says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// One of our resources.
    Flink(FlinkKind, ApiVersion),
    /// A list whose items are to be looked at. `items` is set for the typed lists of the raw API,
    /// whose items need not say what they are.
    List {
        /// Kind and version of every item that does not say otherwise.
        items: Option<(FlinkKind, ApiVersion)>,
    },
    /// It is ours, but cannot be judged as it is; why.
    Unclear(String),
    /// Not ours.
    Other,
}

/// What the object at `node` says it is.
pub(crate) fn identify(node: NodeRef<'_>) -> Identity {
    let text = |name| node.get(name).and_then(NodeRef::text);
    let filled_in_later = |what: &str, text: &str| {
        Identity::Unclear(format!("the {what} is filled in later: `{text}`"))
    };
    let kind = text(field::KIND).unwrap_or_default();
    let Some(api_version) = text(field::API_VERSION) else { return Identity::Other };
    let workload = workload_kind(kind);
    let version = match api_version.split_once('/') {
        Some((GROUP, version)) => version,
        Some((group, _)) if !is_dns_name(group) && workload.is_some() => {
            return filled_in_later("API group", api_version);
        }
        None if api_version == GROUP => "",
        None if !is_version(api_version) && workload.is_some() => {
            return filled_in_later("API version", api_version);
        }
        Some(_) if kind == "ResourceList" => return Identity::List { items: None },
        None if kind == "List" => return Identity::List { items: None },
        _ => return Identity::Other,
    };
    let is_ours = FlinkKind::from_name(kind.strip_suffix("List").unwrap_or(kind)).is_some();
    let api = match ApiVersion::from_name(version) {
        Some(api) => api,
        None if is_placeholder(version) => return filled_in_later("API version", api_version),
        None if is_ours || !is_version(version) => {
            return Identity::Unclear(format!("no release serves `{api_version}`"));
        }
        None => return Identity::Other,
    };
    if let Some(kind) = workload {
        return Identity::Flink(kind, api);
    }
    if let Some(kind) = kind.strip_suffix("List").and_then(workload_kind) {
        return Identity::List { items: Some((kind, api)) };
    }
    match api {
        ApiVersion::Stable => Identity::Other,
        ApiVersion::Preview if kind.is_empty() => {
            Identity::Unclear("the object has no `kind`".into())
        }
        ApiVersion::Preview if is_placeholder(kind) => filled_in_later("kind", kind),
        ApiVersion::Preview => {
            Identity::Unclear(format!("`{GROUP}/{version}` never had a kind `{kind}`"))
        }
    }
}

/// True for what Kubernetes takes for a version: `v1`, `v2alpha3`.
fn is_version(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    text.strip_prefix('v').is_some_and(|rest| {
        let parts = rest.split_once("alpha").or_else(|| rest.split_once("beta"));
        parts.map_or_else(|| digits(rest), |(major, minor)| digits(major) && digits(minor))
    })
}

fn workload_kind(name: &str) -> Option<FlinkKind> {
    FlinkKind::from_name(name).filter(|kind| kind.is_workload())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    fn identity(text: &str) -> Identity {
        identify(yaml::parse(text, 0).unwrap().root())
    }

    #[test]
    fn the_group_is_found_however_it_is_spelt() {
        assert!(concerns_us(b"apiVersion: flink.apache.org/v1alpha1"));
        assert!(concerns_us(br#"{"apiVersion":"flink.apache.org\/v1alpha1"}"#));
        assert!(concerns_us(br#""\u0066link\x2eapache.org""#));
        assert!(concerns_us(b"\"flink.\\\n   apache.org\""));
        let utf16 = |kind: &str| -> Vec<u8> {
            let text = format!("\u{feff}flink.apache.org {kind}");
            text.encode_utf16().flat_map(u16::to_le_bytes).collect()
        };
        assert!(concerns_us(&utf16("")));
        assert!(!concerns_us(b"apiVersion: flink.k8s.io/v1alpha1 \\u00"));
        assert!(!concerns_us(b"\\"));
        assert!(names_object("kind: FlinkDeployment") && names_object("flink.apache.org/v1beta1"));
        assert!(!names_object("apiGroups: [flink.apache.org]\nresources: [flinkdeployments]"));
    }

    #[test]
    fn similar_groups_are_not_ours() {
        let ours = Identity::Flink(FlinkKind::Deployment, ApiVersion::Preview);
        assert_eq!(
            identity("kind: FlinkDeployment\napiVersion: flink.apache.org/v1alpha1\n"),
            ours
        );
        for other in [
            "flink.k8s.io/v1alpha1",
            "flinkoperator.k8s.io/v1beta1",
            "argoproj.io/v1alpha1",
            "v1alpha1",
        ] {
            assert_eq!(
                identity(&format!("kind: FlinkDeployment\napiVersion: {other}\n")),
                Identity::Other
            );
        }
    }

    #[test]
    fn what_is_filled_in_later_is_unclear() {
        for text in [
            "kind: FlinkDeployment\napiVersion: flink.apache.org/${V}\n",
            "kind: ${KIND}\napiVersion: flink.apache.org/v1alpha1\n",
            "kind: FlinkDeployment\napiVersion: ${API}\n",
            "kind: FlinkCluster\napiVersion: flink.apache.org/v1alpha1\n",
        ] {
            assert!(matches!(identity(text), Identity::Unclear(_)), "{text}");
        }
    }
}

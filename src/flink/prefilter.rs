//! Which files and texts concern us at all, by their bytes: what does not is never parsed.

use std::sync::LazyLock;

use aho_corasick::packed::Searcher;
use memchr::memmem;

use super::names::{DEPLOYMENT, FlinkKind, GROUP, PREVIEW, SESSION_JOB, field, is_version};
use crate::k8s::is_dns_name;

/// The words of which a file of ours has one, unless it spells the group otherwise. A manifest whose
/// `apiVersion` is filled in later names its kind alone.
pub(crate) const WORDS: [&str; 3] = [GROUP, DEPLOYMENT, SESSION_JOB];

/// Finds any of them in one pass; nothing on a processor without vectors for it.
static SEARCHER: LazyLock<Option<Searcher>> = LazyLock::new(|| Searcher::new(WORDS));

/// True if these bytes name the API group, or a kind that runs jobs. What names neither is never parsed.
pub fn concerns_us(bytes: &[u8]) -> bool {
    let has_word = match &*SEARCHER {
        Some(words) => words.find(bytes).is_some(),
        None => WORDS.iter().any(|word| memmem::find(bytes, word.as_bytes()).is_some()),
    };
    has_word || names_group_in_disguise(bytes)
}

/// True if these bytes name the API group, spelt plainly, with escapes, or in UTF-16.
fn names_group(bytes: &[u8]) -> bool {
    memmem::find(bytes, GROUP.as_bytes()).is_some() || names_group_in_disguise(bytes)
}

/// True if bytes that no reader takes count as ours: they name the API group, or have a kind of ours
/// beside an `apiVersion` that is filled in later. A mention of a kind alone is none of ours.
pub fn concerns_us_unread(bytes: &[u8]) -> bool {
    let text = || String::from_utf8_lossy(bytes);
    names_group(bytes) || concerns_us(bytes) && has_kind_without_group(&text())
}

/// True if a key `kind` in this text has a kind of ours, and no `apiVersion` in it names the group of
/// somebody else.
fn has_kind_without_group(text: &str) -> bool {
    let values = |key: &'static str| {
        text.match_indices(key).filter_map(move |(at, _)| {
            let rest = text[at + key.len()..].trim_start_matches(QUOTES).trim_start();
            let line = rest.strip_prefix(':')?.lines().next()?;
            Some(line.split([',', '}']).next()?.trim().trim_matches(QUOTES))
        })
    };
    let is_known = |value: &str| {
        let (group, version) = value.split_once('/').unwrap_or(("v", value));
        is_dns_name(group) && is_version(version)
    };
    let mut versions = values(field::API_VERSION).peekable();
    let is_open = match versions.peek() {
        Some(_) => !versions.all(is_known),
        None => text.contains("{{") || text.contains("{%"),
    };
    is_open
        && values(field::KIND)
            .any(|value| FlinkKind::from_name(value).is_some_and(FlinkKind::is_workload))
}

/// What may stand around a key or a value, escaped in a string.
const QUOTES: [char; 3] = ['"', '\'', '\\'];

/// True if these bytes name the API group with escapes, or in UTF-16.
pub fn names_group_in_disguise(bytes: &[u8]) -> bool {
    (memchr::memchr(b'\\', bytes).is_some()
        && memmem::find(&unescaped(bytes), GROUP.as_bytes()).is_some())
        || decode_wide(bytes).is_some()
}

/// True if these bytes, of which no reader knows the form, name the API group and the preview version, as a
/// word that belongs to no other group.
pub fn names_preview(bytes: &[u8]) -> bool {
    let is_ours = |at: usize| {
        let (before, after) = (&bytes[..at], bytes.get(at + PREVIEW.len()));
        let group = before.strip_suffix(b"/").map(|it| it.strip_suffix(b"\\").unwrap_or(it));
        let is_word = !before.last().is_some_and(u8::is_ascii_alphanumeric)
            && !after.is_some_and(u8::is_ascii_alphanumeric);
        is_word && group.is_none_or(|group| group.ends_with(GROUP.as_bytes()))
    };
    memmem::find(bytes, GROUP.as_bytes()).is_some()
        && memmem::find_iter(bytes, PREVIEW.as_bytes()).any(is_ours)
}

/// True if the text, which no reader takes, may hold an object of ours: it names a kind of ours, or a
/// version behind the group. Roles and webhooks name the group alone.
pub fn names_object(text: &str) -> bool {
    let is_version = |rest: &str| {
        let mut rest = rest.strip_prefix('/').unwrap_or_default().chars();
        rest.next().is_some_and(|c| c == 'v' || !c.is_ascii_alphabetic())
    };
    names_kind(text)
        || text.match_indices(GROUP).any(|(at, _)| is_version(&text[at + GROUP.len()..]))
}

/// True if the text names a kind of ours.
pub(crate) fn names_kind(text: &str) -> bool {
    FlinkKind::ALL.into_iter().any(|kind| text.contains(kind.name()))
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

/// True for the name of a file of prose, such as a README or a changelog: it may speak of an old version for
/// ever, and nothing deploys it.
pub fn has_prose_extension(name: &str) -> bool {
    const PROSE: [&str; 8] = ["md", "markdown", "mdx", "rst", "adoc", "asciidoc", "org", "txt"];
    name.rsplit_once('.').is_some_and(|(_, extension)| {
        PROSE.iter().any(|known| extension.eq_ignore_ascii_case(known))
    })
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_text_of_ours_that_no_reader_takes_is_told_from_a_mention() {
        for ours in [
            "apiVersion: {{ .Values.api }}\nkind: FlinkDeployment\n",
            "{\"kind\": \"FlinkSessionJob\", \"apiVersion\": \"${API}\",",
            "{{ include \"header\" . }}\nkind: FlinkDeployment\n",
            "a: [\nflink.apache.org",
        ] {
            assert!(concerns_us_unread(ours.as_bytes()), "{ours}");
        }
        for others in [
            "a FlinkDeployment: [",
            "kind: FlinkDeployment\nspec: [",
            "kind: FlinkDeployment\napiVersion: flink.k8s.io/v1\nspec: {{ x }}",
            "apiVersion: v1\nkind: ConfigMap\ndata: {{ FlinkDeployment }}",
        ] {
            assert!(!concerns_us_unread(others.as_bytes()), "{others}");
        }
    }

    #[test]
    fn the_preview_version_is_told_from_that_of_other_groups() {
        for named in [
            "flink.apache.org/v1alpha1",
            r#"{"apiVersion":"flink.apache.org\/v1alpha1"}"#,
            "v1alpha1.flink.apache.org",
            "group = \"flink.apache.org\"\nversion = 'v1alpha1'",
            "startswith(v, \"flink.apache.org/\")\nversion: v1alpha1",
        ] {
            assert!(names_preview(named.as_bytes()), "{named}");
        }
        for other in [
            "flink.apache.org/v1beta1",
            "flink.apache.org/v1beta1\nargoproj.io/v1alpha1",
            "flink.apache.org/v1alpha10",
            "flink.apache.org of v1alpha1x, xv1alpha1",
            "v1alpha1",
        ] {
            assert!(!names_preview(other.as_bytes()), "{other}");
        }
    }
}

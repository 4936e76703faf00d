//! What can be wrong with an input before any rule is asked: its id, and its page for `explain`.

/// The YAML cannot be read.
pub const BROKEN: &str = "broken-yaml";
/// The bytes are not UTF-8.
pub const NOT_UTF8: &str = "not-utf8";
/// The file is in UTF-16.
pub const UTF16: &str = "utf-16";
/// A template that has not been rendered.
pub const TEMPLATE: &str = "template";
/// A value that decides what the document is stands there only later.
pub const UNCLEAR: &str = "unclear";
/// Encrypted by SOPS, whose checksum an edit would break.
pub const SOPS: &str = "sops";
/// Too large or too deep.
pub const LIMIT: &str = "over-limit";
/// An object as a cluster printed it.
pub const DUMP: &str = "dump";
/// One key twice.
pub const DUPLICATE: &str = "duplicate-key";
/// A character that only some readers take for a line break.
pub const LINE_BREAK: &str = "disputed-line-break";
/// Content behind `---`.
pub const MARKER: &str = "document-marker";
/// A change that would touch more than it says.
pub const NOT_EDITABLE: &str = "not-editable";
/// The second reader cannot read what the first can.
pub const SECOND_READER: &str = "second-reader";
/// A law of ours would be broken.
pub const PROOF: &str = "proof";

/// Every id with a line that sums it up and the page that explains it.
pub static PAGES: &[(&str, &str, &str)] = &[
    (BROKEN, "the document is not YAML", "\
The document names flink.apache.org and cannot be read, so nobody can say whether it needs a change.
Its whole file is left alone and the status is 2. Documents that do not name the group are not read.
"),
    (NOT_UTF8, "the file is not UTF-8", "\
The file names flink.apache.org and holds bytes that are no UTF-8. Save it as UTF-8.
"),
    (UTF16, "the file is in UTF-16 or UTF-32", "\
The file names flink.apache.org and is in UTF-16 or UTF-32, which kubectl does not read. Save it as UTF-8.
"),
    (TEMPLATE, "a template that has not been rendered", "\
The document cannot be read as YAML and holds {{ … }}, or an action stands where YAML sees a mapping.
What it renders depends on values that are not here. The other documents of the file are held too:
between actions, a document may be repeated or left out. Quoted {{name}}, as in ingress.template, is
ordinary YAML and no template.

What to do: run on the rendered manifests, for example
    helm template chart | flink-migrate write - > manifests.yaml
"),
    (UNCLEAR, "what the object is, is filled in later", "\
The API version, the group or the kind is a placeholder such as ${VERSION}, or the kind is none that
this version of the API ever had. Run on the manifest after substitution.
"),
    (SOPS, "the document is encrypted", "\
SOPS keeps a checksum over the document, which an edit would break. Decrypt it, convert it, encrypt it
again.
"),
    (LIMIT, "the document is too large or too deep", "\
Documents of more than 16 MiB or more than 128 levels are not read. An object in a cluster is never
larger than 1.5 MiB.
"),
    (DUMP, "the object was printed by a cluster", "\
It carries a status or a metadata.uid. A dump is no manifest and is never edited. If it is the manifest
you keep in Git, remove both; else leave it out with --exclude.
"),
    (DUPLICATE, "one key stands twice in a mapping", "\
Some readers take the first value, some the last, and kubectl in strict mode refuses the document.
Remove one of the two.
"),
    (LINE_BREAK, "a character that only some readers take for a line break", "\
U+0085, U+2028 and U+2029 end a line for go-yaml, and so for kubectl, and do not for YAML 1.2 readers.
Outside quotes the document therefore means different things to different programs. Remove the
character, or quote the text.
"),
    (MARKER, "content behind `---`", "\
kubectl allows nothing but a comment behind `---` and refuses the stream. Begin on the next line.
"),
    (NOT_EDITABLE, "the change cannot be made in place", "\
The field is shared through an anchor, comes from an alias or a merge key, is written over several lines,
carries a tag, or stands in a mapping with explicit keys (`?`). Changing it would change something else
as well, so it is left to you.
"),
    (SECOND_READER, "the second reader cannot read the document", "\
A rewrite is trusted only if two readers that share no code agree on it. libyaml cannot read this
document, although the first reader can: convert it by hand.
"),
    (PROOF, "a law of flink-migrate would be broken", "\
The rewrite would change more than was planned, or is not settled. The file is left alone and the status
is 2. This is a bug: please report it with the file.
"),
];

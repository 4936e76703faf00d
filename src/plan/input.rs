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

/// What people are told about one of these.
pub struct Page {
    /// Its id.
    pub id: &'static str,
    /// One line, without a full stop.
    pub summary: &'static str,
    /// What to do about it, in at most 32 characters: a column of a table.
    pub answer: &'static str,
    /// The page itself.
    pub text: &'static str,
}

/// Every id with its page.
pub static PAGES: &[Page] = &[
    Page {
        id: BROKEN,
        summary: "the document is not YAML",
        answer: "fix the syntax, or --exclude",
        text: "\
The document names flink.apache.org and cannot be read, so nobody can say whether it needs a change.
Its whole file is left alone and the status is 2. Documents that do not name the group are not read.
",
    },
    Page {
        id: NOT_UTF8,
        summary: "the file is not UTF-8",
        answer: "save it as UTF-8",
        text: "\
The file names flink.apache.org and holds bytes that are no UTF-8. Save it as UTF-8.
",
    },
    Page {
        id: UTF16,
        summary: "the file is in UTF-16 or UTF-32",
        answer: "save it as UTF-8",
        text: "\
The file names flink.apache.org and is in UTF-16 or UTF-32, which kubectl does not read. Save it as UTF-8.
",
    },
    Page {
        id: TEMPLATE,
        summary: "a template that has not been rendered",
        answer: "convert what helm renders",
        text: "\
The document cannot be read as YAML and holds {{ … }}, or an action stands where YAML sees a mapping.
What it renders depends on values that are not here. The other documents of the file are held too:
between actions, a document may be repeated or left out. Quoted {{name}}, as in ingress.template, is
ordinary YAML and no template.

What to do: run on the rendered manifests, for example
    helm template chart | flink-migrate write - > manifests.yaml
",
    },
    Page {
        id: UNCLEAR,
        summary: "what the object is, is filled in later",
        answer: "run after substitution",
        text: "\
The API version, the group or the kind is a placeholder such as ${VERSION}, or the kind is none that
this version of the API ever had. Run on the manifest after substitution.
",
    },
    Page {
        id: SOPS,
        summary: "the document is encrypted",
        answer: "decrypt, convert, encrypt",
        text: "\
SOPS keeps a checksum over the document, which an edit would break. Decrypt it, convert it, encrypt it
again.
",
    },
    Page {
        id: LIMIT,
        summary: "the document is too large or too deep",
        answer: "split it, or --exclude",
        text: "\
Documents of more than 16 MiB or more than 128 levels are not read. An object in a cluster is never
larger than 1.5 MiB.
",
    },
    Page {
        id: DUMP,
        summary: "the object was printed by a cluster",
        answer: "--exclude, or drop its status",
        text: "\
It carries a status or a metadata.uid. A dump is no manifest and is never edited. If it is the manifest
you keep in Git, remove both; else leave it out with --exclude.
",
    },
    Page {
        id: DUPLICATE,
        summary: "one key stands twice in a mapping",
        answer: "remove one of the two",
        text: "\
Some readers take the first value, some the last, and kubectl in strict mode refuses the document.
Remove one of the two.
",
    },
    Page {
        id: LINE_BREAK,
        summary: "a character that only some readers take for a line break",
        answer: "remove it, or quote the text",
        text: "\
U+0085, U+2028 and U+2029 end a line for go-yaml, and so for kubectl, and do not for YAML 1.2 readers.
Outside quotes the document therefore means different things to different programs. Remove the
character, or quote the text.
",
    },
    Page {
        id: MARKER,
        summary: "content behind `---`",
        answer: "begin on the next line",
        text: "\
kubectl allows nothing but a comment behind `---` and refuses the stream. Begin on the next line.
",
    },
    Page {
        id: NOT_EDITABLE,
        summary: "the change cannot be made in place",
        answer: "change it by hand",
        text: "\
The field is shared through an anchor, comes from an alias or a merge key, is written over several lines,
carries a tag, or stands in a mapping with explicit keys (`?`). Changing it would change something else
as well, so it is left to you.
",
    },
    Page {
        id: SECOND_READER,
        summary: "the second reader cannot read the document",
        answer: "convert it by hand",
        text: "\
A rewrite is trusted only if two readers that share no code agree on it. libyaml cannot read this
document, although the first reader can: convert it by hand.
",
    },
    Page {
        id: PROOF,
        summary: "a law of flink-migrate would be broken",
        answer: "please report it",
        text: "\
The rewrite would change more than was planned, or is not settled. The file is left alone and the status
is 2. This is a bug: please report it with the file.
",
    },
];

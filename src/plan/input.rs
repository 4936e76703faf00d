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

/// The page of one of these.
pub struct InputPage {
    /// Its id.
    pub id: &'static str,
    /// What to do about it, in at most 32 characters: a column of a table.
    pub answer: &'static str,
    /// The Markdown file. Its first line is `# id: summary`.
    pub text: &'static str,
}

/// The page of an input problem; nothing if the id is that of a rule.
pub fn page(id: &str) -> Option<&'static InputPage> {
    PAGES.iter().find(|page| page.id == id)
}

/// Every id with its page.
pub static PAGES: &[InputPage] = &[
    InputPage {
        id: BROKEN,
        answer: "fix the syntax, or --exclude",
        text: include_str!("input/broken_yaml.md"),
    },
    InputPage { id: NOT_UTF8, answer: "save it as UTF-8", text: include_str!("input/not_utf8.md") },
    InputPage { id: UTF16, answer: "save it as UTF-8", text: include_str!("input/utf_16.md") },
    InputPage {
        id: TEMPLATE,
        answer: "convert what helm renders",
        text: include_str!("input/template.md"),
    },
    InputPage {
        id: UNCLEAR,
        answer: "run after substitution",
        text: include_str!("input/unclear.md"),
    },
    InputPage {
        id: SOPS,
        answer: "decrypt, convert, encrypt",
        text: include_str!("input/sops.md"),
    },
    InputPage {
        id: LIMIT,
        answer: "split it, or --exclude",
        text: include_str!("input/over_limit.md"),
    },
    InputPage {
        id: DUMP,
        answer: "--exclude, or drop its status",
        text: include_str!("input/dump.md"),
    },
    InputPage {
        id: DUPLICATE,
        answer: "remove one of the two",
        text: include_str!("input/duplicate_key.md"),
    },
    InputPage {
        id: LINE_BREAK,
        answer: "remove it, or quote the text",
        text: include_str!("input/disputed_line_break.md"),
    },
    InputPage {
        id: MARKER,
        answer: "begin on the next line",
        text: include_str!("input/document_marker.md"),
    },
    InputPage {
        id: NOT_EDITABLE,
        answer: "change it by hand",
        text: include_str!("input/not_editable.md"),
    },
    InputPage {
        id: SECOND_READER,
        answer: "convert it by hand",
        text: include_str!("input/second_reader.md"),
    },
    InputPage { id: PROOF, answer: "please report it", text: include_str!("input/proof.md") },
];

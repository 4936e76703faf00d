//! From findings to edits: which document takes a change, one edit set per file or none, and the
//! proof before anything is written.

mod changeset;
mod document;
mod file;
mod place;
mod proof;
mod survey;

pub use changeset::{Changeset, DocumentPlan, FilePlan, Outcome};
pub use file::plan_file;
pub use survey::survey;

/// Largest document of ours that is read, in bytes. The cluster's own store takes 1.5 MiB.
pub const MAX_DOCUMENT: usize = 16 << 20;

/// Ids of what is wrong with an input, where no rule was asked.
pub mod input {
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
}

//! What can be wrong with an input before any rule is asked: its id, and its page for `explain`. And
//! the diagnostics for inputs that are not manifests: savepoint maps, the operator's configuration.

use super::document::unless_waived;
use super::{DocumentOutcome, FileOutcome, Outcome};
use crate::diagnostic::{Diagnostic, Located, Location, Severity, SymbolicLocation};
use crate::rules::{self, Context, Unread};

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
/// A resource of a kustomization that is not in the tree.
pub const UNREAD_RESOURCE: &str = "unread-resource";
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
/// It is written together with something that is held.
pub const GROUP: &str = "version-group";
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

impl InputPage {
    const fn new(id: &'static str, answer: &'static str, text: &'static str) -> InputPage {
        InputPage { id, answer, text }
    }
}

/// True for what keeps a document from being understood. The others were read, and need a person to
/// write them.
pub fn is_unread(id: &str) -> bool {
    page(id).is_some() && ![DUPLICATE, NOT_EDITABLE, SECOND_READER, GROUP].contains(&id)
}

/// The page of an input problem; nothing if the id is that of a rule.
pub fn page(id: &str) -> Option<&'static InputPage> {
    PAGES.iter().find(|page| page.id == id)
}

/// Every id with its page.
pub static PAGES: &[InputPage] = &[
    InputPage::new(BROKEN, "fix the syntax, or --exclude", include_str!("input/broken_yaml.md")),
    InputPage::new(NOT_UTF8, "save it as UTF-8", include_str!("input/not_utf8.md")),
    InputPage::new(UTF16, "save it as UTF-8", include_str!("input/utf_16.md")),
    InputPage::new(TEMPLATE, "convert what helm renders", include_str!("input/template.md")),
    InputPage::new(UNCLEAR, "run after substitution", include_str!("input/unclear.md")),
    InputPage::new(
        UNREAD_RESOURCE,
        "write keys as namespace/name",
        include_str!("input/unread_resource.md"),
    ),
    InputPage::new(SOPS, "decrypt, convert, encrypt", include_str!("input/sops.md")),
    InputPage::new(LIMIT, "split it, or --exclude", include_str!("input/over_limit.md")),
    InputPage::new(DUMP, "--exclude, or drop its status", include_str!("input/dump.md")),
    InputPage::new(DUPLICATE, "remove one of the two", include_str!("input/duplicate_key.md")),
    InputPage::new(
        LINE_BREAK,
        "remove it, or quote the text",
        include_str!("input/disputed_line_break.md"),
    ),
    InputPage::new(MARKER, "begin on the next line", include_str!("input/document_marker.md")),
    InputPage::new(NOT_EDITABLE, "change it by hand", include_str!("input/not_editable.md")),
    InputPage::new(SECOND_READER, "convert it by hand", include_str!("input/second_reader.md")),
    InputPage::new(GROUP, "answer what holds the other", include_str!("input/version_group.md")),
    InputPage::new(PROOF, "please report it", include_str!("input/proof.md")),
];

/// The plans, and those of other inputs that a rule reports something about, sorted by path. Such a file
/// is never written; a decision about it holds the run, and no manifest. `unread` is what has no
/// plan: files that could not be opened, and text that is not read.
pub fn add_input_diagnostics(
    mut files: Vec<FileOutcome>,
    context: &Context<'_>,
    unread: Unread,
) -> Vec<FileOutcome> {
    let not_understood = files.iter().filter(|file| hides_workloads(file)).count();
    let files_unread = unread.files + not_understood;
    let found = rules::judge_run(context, Unread { files: files_unread, ..unread });
    let found = found.into_iter().filter_map(|(kind, one)| Some((kind, in_input(one)?)));
    let mut found: Vec<(&str, Located)> = found.collect();
    found.sort_by(|(_, a), (_, b)| {
        let (a, b) = (&a.location, &b.location);
        (&a.file, a.position).cmp(&(&b.file, b.position))
    });
    for of_file in found.chunk_by(|(_, a), (_, b)| a.location.file == b.location.file) {
        let path = &of_file[0].1.location.file;
        let at = files.partition_point(|file| file.path < *path);
        if files.get(at).is_none_or(|file| file.path != *path) {
            files.insert(at, FileOutcome::new(path));
        }
        add(&mut files[at], of_file);
    }
    files
}

fn in_input(diagnostic: Diagnostic) -> Option<Located> {
    let SymbolicLocation::Input(place) = diagnostic.location.clone() else { return None };
    Some(Located::without_line(diagnostic, &place.name, place.position))
}

/// Adds these diagnostics, and a held document that represents the input if one of them is a decision.
fn add(file: &mut FileOutcome, found: &[(&str, Located)]) {
    let index = file.documents.len();
    let holding = found.iter().find(|(_, Located { diagnostic, .. })| {
        diagnostic.severity >= Severity::Decision && diagnostic.waived_by.is_none()
    });
    file.documents.extend(holding.map(|(kind, located)| DocumentOutcome {
        index,
        line: located.location.position.line,
        kind: Some((*kind).to_string()),
        workloads: Vec::new(),
        outcome: Outcome::Held,
        fields: Vec::new(),
    }));
    for (_, located) in found {
        let Located { diagnostic, location, excerpt } = located.clone();
        let location = Location { document: index, ..location };
        let reported = unless_waived(diagnostic, &mut file.waived);
        let located = |diagnostic| Located { diagnostic, location, excerpt };
        file.diagnostics.extend(reported.map(located));
    }
}

/// True if the file may have a workload that we could not read. A document that was read and then
/// refused has a kind; of two equal keys, each may be its name.
fn hides_workloads(file: &FileOutcome) -> bool {
    let has_duplicate = file.diagnostics.iter().any(|it| it.diagnostic.id == DUPLICATE);
    let is_hiding = |document: &DocumentOutcome| match document.outcome {
        Outcome::NotUnderstood => true,
        Outcome::Failed => document.kind.is_none(),
        Outcome::AlreadyRight | Outcome::Changed | Outcome::Held => false,
    };
    has_duplicate || file.documents.iter().any(is_hiding)
}

//! What becomes of each file, folded: its fields with the reason, and the diff.

use super::{Part, code, fenced, html, message, name};
use crate::report::printable::counted;
use crate::report::review::{Field, FieldSide, HELD, Review, ReviewedFile, WorkloadRow};

/// Kept free for the list of what is alike.
const FOR_THE_REST: usize = 60;

/// As many files as have room, the small ones before the large ones; where a diff has none, the
/// fields may have.
pub(crate) fn files(review: &Review<'_>, room: usize) -> Part {
    let shown = review.files.iter().filter(|file| review.has_own_entry(file));
    let shown: Vec<&ReviewedFile<'_>> = shown.filter(|file| file.has_something_to_show()).collect();
    let mut order: Vec<usize> = (0..shown.len()).collect();
    order.sort_by_key(|at| shown[*at].patch_len);
    let mut chosen = Chosen { texts: vec![String::new(); shown.len()], room };
    let with = order.iter().copied().filter(|at| shown[*at].patch_len > 0);
    let diffs = chosen.fill(with.clone(), |at, room| with_diff(shown[at], room));
    chosen.fill(order.iter().copied(), |at, _| without_diff(shown[at]));
    let all = with.count();
    let silent = |at: &usize| shown[*at].patch_len == 0 && chosen.texts[*at].is_empty();
    let silent = order.iter().filter(|at| silent(at)).count();
    let left_out: Vec<String> = [
        (diffs < all).then(|| format!("{} of {all} diffs", all - diffs)),
        (silent > 0).then(|| format!("the fields of {}", counted(silent, "file"))),
    ]
    .into_iter()
    .flatten()
    .collect();
    let left_out = (!left_out.is_empty()).then(|| left_out.join(", "));
    Part { text: chosen.texts.concat(), left_out }
}

/// What was given room, each text in its place.
struct Chosen {
    texts: Vec<String>,
    room: usize,
}

impl Chosen {
    /// Gives room to those of these texts that have none yet, in this order, and tells to how many.
    /// After many that did not fit, the others will not either.
    fn fill(
        &mut self,
        order: impl Iterator<Item = usize>,
        text: impl Fn(usize, usize) -> Option<String>,
    ) -> usize {
        let (mut filled, mut missed) = (0, 0);
        for at in order {
            if missed > PATIENCE {
                break;
            }
            if !self.texts[at].is_empty() {
                continue;
            }
            match text(at, self.room) {
                Some(text) if text.len() <= self.room => {
                    self.room -= text.len();
                    self.texts[at] = text;
                    filled += 1;
                }
                _ => missed += 1,
            }
        }
        filled
    }
}

/// Texts without room after which no other is tried.
const PATIENCE: usize = 20;

/// The files whose version alone changes, as a list.
pub(crate) fn alike(review: &Review<'_>, room: usize) -> Part {
    let alike: Vec<&ReviewedFile<'_>> =
        review.files.iter().filter(|file| !review.has_own_entry(file)).collect();
    if alike.is_empty() {
        return Part::nothing();
    }
    let files = counted(alike.len(), "file");
    let head = format!("\n<details><summary>Only the version changes: {files}</summary>\n\n");
    let tail = "\n</details>\n";
    let mut text = head.clone();
    let mut shown = 0;
    for reviewed in &alike {
        let workloads: Vec<String> =
            reviewed.rows.iter().take(3).filter_map(|row| row.workload).map(name).collect();
        let line = format!("- {} {}\n", name(&reviewed.file.repo_path), workloads.join(", "));
        if text.len() + line.len() + tail.len() + FOR_THE_REST > room {
            break;
        }
        text += &line;
        shown += 1;
    }
    let missing = alike.len() - shown;
    let left_out = (missing > 0)
        .then(|| format!("the names of {missing} of {files} where only the version changes"));
    if shown == 0 {
        return Part { text: String::new(), left_out };
    }
    text += &if missing > 0 { format!("- … and {missing} more\n") } else { String::new() };
    Part { text: text + tail, left_out }
}

/// The file with its diff; nothing if that alone is longer than the room.
fn with_diff(reviewed: &ReviewedFile<'_>, room: usize) -> Option<String> {
    if reviewed.patch_len > room {
        return None;
    }
    let patch = reviewed.patch();
    let (new, gone) = patch.size();
    let held = if reviewed.is_held() { format!("\n{HELD}\n") } else { String::new() };
    let diff = format!("{held}\n{}\n", fenced(&patch.hunks));
    Some(block(reviewed, &format!(", +{new} −{gone}"), &fields(&reviewed.rows), &diff))
}

/// The file without it; nothing if no field of it is known.
fn without_diff(reviewed: &ReviewedFile<'_>) -> Option<String> {
    let fields = fields(&reviewed.rows);
    (!fields.is_empty()).then(|| block(reviewed, "", &fields, ""))
}

fn block(reviewed: &ReviewedFile<'_>, size: &str, fields: &str, diff: &str) -> String {
    let count: usize = reviewed.rows.iter().map(|row| row.fields.len()).sum();
    format!(
        "\n<details><summary><code>{}</code>: <b>{}</b>, {}{}{size}</summary>\n{fields}{diff}\n</details>\n",
        html(&reviewed.file.repo_path),
        reviewed.risk.word(),
        reviewed.whole(),
        counted(count, "field"),
    )
}

fn fields(rows: &[WorkloadRow<'_>]) -> String {
    let mut text = String::new();
    let named = rows.iter().filter(|row| !row.fields.is_empty()).count() > 1;
    for row in rows.iter().filter(|row| !row.fields.is_empty()) {
        text.push('\n');
        if let Some(workload) = row.workload.or(row.kind).filter(|_| named) {
            text += &format!("{}\n\n", name(workload));
        }
        for field in &row.fields {
            text += &format!("- {}\n", line(field));
        }
    }
    text
}

/// `spec.jobManager.replicas`: unset → `1`<br>why.
fn line(field: &Field) -> String {
    let why = if field.is_version() || field.why.is_empty() {
        String::new()
    } else {
        format!("<br>{}", message(&field.why))
    };
    format!("{}: {}{why}", name(&field.path.to_string()), change(field))
}

fn change(field: &Field) -> String {
    let old = field.old.display(code, "unset", "");
    match (&field.old, &field.new) {
        (FieldSide::Called(_), FieldSide::Called(to)) => format!("becomes {}", code(to)),
        (_, new) => format!("{old} → {}", new.display(code, "removed", "")),
    }
}

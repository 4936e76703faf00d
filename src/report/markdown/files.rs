//! What becomes of each file, folded: its fields with the reason, and the diff.

use super::Part;
use super::escape::{code, fenced, html, message, name};
use crate::report::review::{Field, Patch, Review, Reviewed, Risk, Row, Side, counted};

/// Kept free for the list of what is alike.
const FOR_THE_REST: usize = 60;

/// As many files as have room, the small ones before the large ones; where a diff has none, the
/// fields may have.
pub(super) fn files(review: &Review<'_>, room: usize) -> Part {
    let shown = review.files.iter().filter(|file| is_shown(review, file));
    let shown: Vec<&Reviewed<'_>> = shown.filter(|file| file.becomes_something()).collect();
    let texts: Vec<[String; 2]> = shown.iter().map(|file| both(file, room)).collect();
    let mut chosen: Vec<Option<&str>> = vec![None; texts.len()];
    let mut room = room;
    for form in [0, 1] {
        let mut order: Vec<usize> = (0..texts.len())
            .filter(|i| chosen[*i].is_none() && !texts[*i][form].is_empty())
            .collect();
        order.sort_by_key(|i| texts[*i][form].len());
        for i in order {
            if texts[i][form].len() <= room {
                room -= texts[i][form].len();
                chosen[i] = Some(&texts[i][form]);
            }
        }
    }
    let without = |i: &usize| chosen[*i].is_none_or(|text| !text.contains(DIFF));
    let missing = (0..texts.len()).filter(|i| shown[*i].patch_len() > 0 && without(i)).count();
    let all = shown.iter().filter(|file| file.patch_len() > 0).count();
    let left_out = (missing > 0).then(|| format!("{missing} of {all} diffs"));
    Part { text: chosen.into_iter().flatten().collect(), left_out }
}

/// The files whose version alone changes, as a list.
pub(super) fn alike(review: &Review<'_>, room: usize) -> Part {
    let alike: Vec<&Reviewed<'_>> =
        review.files.iter().filter(|file| !is_shown(review, file)).collect();
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
        let line = format!("- {} {}\n", name(&reviewed.file.path), workloads.join(", "));
        if text.len() + line.len() + tail.len() + FOR_THE_REST > room {
            break;
        }
        text += &line;
        shown += 1;
    }
    let missing = alike.len() - shown;
    let left_out = (missing > 0)
        .then(|| format!("the names of {missing} of {} whose version alone changes", files));
    if shown == 0 {
        return Part { text: String::new(), left_out };
    }
    text += &if missing > 0 { format!("- … and {missing} more\n") } else { String::new() };
    Part { text: text + tail, left_out }
}

/// True for a file that is not one of many alike.
fn is_shown(review: &Review<'_>, file: &Reviewed<'_>) -> bool {
    file.risk > Risk::None || review.alike().0 == 0
}

/// How a block with a diff begins, behind its backticks.
const DIFF: &str = "```diff\n";

/// The file with its diff and without it; empty where it is too long, or has none.
fn both(reviewed: &Reviewed<'_>, room: usize) -> [String; 2] {
    let fields = fields(&reviewed.rows);
    let with = (1..=room).contains(&reviewed.patch_len()).then(|| {
        let patch = reviewed.patch();
        let (new, gone) = patch.size();
        block(reviewed, &format!(", +{new} −{gone}"), &fields, &diff(reviewed, &patch))
    });
    let without = if fields.is_empty() { String::new() } else { block(reviewed, "", &fields, "") };
    [with.unwrap_or_default(), without]
}

fn block(reviewed: &Reviewed<'_>, size: &str, fields: &str, diff: &str) -> String {
    let count: usize = reviewed.rows.iter().map(|row| row.fields.len()).sum();
    format!(
        "\n<details><summary><code>{}</code>: <b>{}</b>, {}{size}</summary>\n{fields}{diff}\n</details>\n",
        html(&reviewed.file.path),
        reviewed.risk.word(),
        counted(count, "field"),
    )
}

fn diff(reviewed: &Reviewed<'_>, patch: &Patch) -> String {
    let held = if reviewed.is_held() {
        "\nHeld: the file stays as it is. This is what it would become by what is known, and is not \
         to be applied.\n"
    } else {
        ""
    };
    format!("{held}\n{}\n", fenced(&patch.hunks))
}

fn fields(rows: &[Row<'_>]) -> String {
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
    let (was, now) = (&field.was, &field.now);
    match (was, now) {
        (Side::Called(_), Side::Called(to)) => format!("becomes {}", code(to)),
        (_, Side::Unset) => format!("{} → removed", side(was)),
        _ => format!("{} → {}", side(was), side(now)),
    }
}

fn side(side: &Side) -> String {
    match side {
        Side::Unset => "unset".to_string(),
        Side::Value(value) => code(value),
        Side::Other => "another value".to_string(),
        Side::Called(name) => code(name),
    }
}

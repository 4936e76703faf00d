//! Prose of a page: written once, laid out for a terminal and as Markdown.
//!
//! Paragraphs stand between blank lines and begin on the left. Lines that begin with `* ` are items
//! of a list and go on two blanks in; lines four blanks in are shown as they are.

/// A piece of prose.
#[derive(Debug, PartialEq, Eq)]
enum Block<'t> {
    /// Sentences.
    Paragraph(String),
    /// Sentences behind a bullet.
    Item(String),
    /// Lines that stay as they are.
    Verbatim(Vec<&'t str>),
}

use Block::{Item, Paragraph, Verbatim};

/// How far verbatim lines stand in, in the source and on a terminal.
const INSET: &str = "    ";

/// Columns of a line for a terminal.
pub(super) const WIDTH: usize = 80;

/// The prose in lines of at most [`WIDTH`] columns, as far as its words allow; one final newline.
pub(super) fn text(prose: &str) -> String {
    let mut out = String::new();
    let mut last_is_list = false;
    for block in blocks(prose) {
        let is_item = matches!(block, Item(_));
        if !out.is_empty() && (!is_item || !last_is_list) {
            out.push('\n');
        }
        last_is_list = is_item;
        match block {
            Paragraph(sentences) => wrapped(&mut out, &sentences, "", ""),
            Item(sentences) => wrapped(&mut out, &sentences, "  * ", INSET),
            Verbatim(lines) => {
                for line in lines {
                    out += &format!("{INSET}{line}\n");
                }
            }
        }
    }
    out
}

/// The prose as Markdown: one sentence on a line, labels in bold, and each code span that `link`
/// knows made a link; one final newline.
pub(super) fn markdown(prose: &str, link: &dyn Fn(&str) -> bool) -> String {
    let mut out = String::new();
    let mut last_is_list = false;
    for block in blocks(prose) {
        let is_item = matches!(block, Item(_));
        if !out.is_empty() && (!is_item || !last_is_list) {
            out.push('\n');
        }
        last_is_list = is_item;
        match block {
            Paragraph(text) => {
                out += &format!("{}\n", sentences(&labelled(&linked(&text, link)), ""));
            }
            Item(text) => out += &format!("* {}\n", sentences(&linked(&text, link), "  ")),
            Verbatim(lines) => out += &format!("```\n{}\n```\n", lines.join("\n")),
        }
    }
    out
}

/// Appends the words in lines of at most [`WIDTH`] columns, the first behind `first`, the others
/// behind `rest`. A code span of a few words is not broken.
pub(super) fn wrapped(out: &mut String, words: &str, first: &str, rest: &str) {
    let mut line = String::from(first);
    let mut begun = false;
    for word in unbroken(words) {
        if begun && line.chars().count() + 1 + word.chars().count() > WIDTH {
            *out += &format!("{line}\n");
            line = String::from(rest);
            begun = false;
        }
        if begun {
            line.push(' ');
        }
        line.push_str(word);
        begun = true;
    }
    *out += &format!("{line}\n");
}

/// The words of a text, a code span being one.
fn unbroken(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut in_code) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            '`' => in_code = !in_code,
            ' ' if !in_code => {
                found.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&text[start..]);
    found
}

/// The sentences of a text, each on a line of its own, the lines behind the first standing in.
pub(super) fn sentences(text: &str, inset: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut ended = false;
    for word in unbroken(text) {
        if !out.is_empty() {
            out += &if ended { format!("\n{inset}") } else { " ".to_string() };
        }
        out.push_str(word);
        ended = word.trim_end_matches([')', '"']).ends_with(['.', '?', '!']);
    }
    out
}

/// The words before the first colon in bold, if they are a label: `What to do: …`.
fn labelled(text: &str) -> String {
    match text.split_once(": ") {
        Some((label, rest)) if is_label(label) => format!("**{label}:** {rest}"),
        _ => match text.strip_suffix(':') {
            Some(label) if is_label(label) => format!("**{label}:**"),
            _ => text.to_string(),
        },
    }
}

fn is_label(text: &str) -> bool {
    let few = text.split(' ').count() <= 4;
    few && text.starts_with(|first: char| first.is_ascii_uppercase()) && !text.contains(['`', '.'])
}

fn linked(text: &str, link: &dyn Fn(&str) -> bool) -> String {
    let pieces = text.split('`').enumerate().map(|(i, piece)| match i % 2 {
        1 if link(piece) => format!("[`{piece}`](#{piece})"),
        1 => format!("`{piece}`"),
        _ => piece.to_string(),
    });
    pieces.collect()
}

fn blocks(prose: &str) -> Vec<Block<'_>> {
    let mut found: Vec<Block<'_>> = Vec::new();
    let mut open = false;
    for line in prose.lines() {
        if line.is_empty() {
            open = false;
            continue;
        }
        let block = if let Some(line) = line.strip_prefix(INSET) {
            Verbatim(vec![line])
        } else if let Some(item) = line.strip_prefix("* ") {
            Item(item.to_string())
        } else {
            Paragraph(line.trim_start().to_string())
        };
        match (found.last_mut().filter(|_| open), block) {
            (Some(Verbatim(lines)), Verbatim(line)) => lines.extend(line),
            (Some(Paragraph(text) | Item(text)), Paragraph(line)) => *text += &format!(" {line}"),
            (_, block) => found.push(block),
        }
        open = true;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROSE: &str = "\
What to do: one thing. Or (another.) Not 1.5
of them: see `one-rule`.

* an item. It goes
  on
* `a b`

    as   it is
";

    #[test]
    fn a_terminal_gets_lines_of_its_width() {
        let long = format!("{PROSE}\n{}\n", "word ".repeat(30).trim_end());
        let text = text(&long);
        assert!(text.starts_with("What to do: one thing. Or (another.) Not 1.5 of them: see"));
        assert!(text.contains("\n\n  * an item. It goes on\n  * `a b`\n\n    as   it is\n\nword"));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    }

    #[test]
    fn markdown_gets_a_sentence_on_a_line_and_links() {
        assert_eq!(
            markdown(PROSE, &|id| id == "one-rule"),
            "**What to do:** one thing.\nOr (another.)\nNot 1.5 of them: see [`one-rule`](#one-rule).\n\n\
             * an item.\n  It goes on\n* `a b`\n\n```\nas   it is\n```\n"
        );
    }

    #[test]
    fn a_code_span_is_not_broken() {
        let mut out = String::new();
        wrapped(&mut out, &format!("{} `two words`", "x".repeat(WIDTH - 6)), "", "  ");
        assert!(out.ends_with("\n  `two words`\n"), "{out}");
    }
}

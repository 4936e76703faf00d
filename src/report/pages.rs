//! The pages of `explain`, one for each rule and each problem with an input: on a terminal, and all
//! of them as `docs/rules.md`.

use annotate_snippets::renderer::{AnsiColor, Effects, Style as Paint};

use super::prose;
use crate::plan::input;
use crate::rules::{Acceptable, Example, RULES, Rule, Step, Theme};
use crate::text::unified;

/// A page.
#[derive(Clone, Copy)]
pub struct Page {
    /// The id of the rule or the problem, as it stands in brackets behind a finding.
    pub id: &'static str,
    /// One line, without a full stop.
    pub summary: &'static str,
    body: Body,
}

#[derive(Clone, Copy)]
enum Body {
    Rule(&'static Rule),
    Input(&'static str),
}

/// Every page: the rules by theme, then the problems with an input.
pub fn all() -> impl Iterator<Item = Page> {
    Theme::ALL.into_iter().flat_map(of_theme).chain(of_inputs())
}

/// The page of this id.
pub fn find(id: &str) -> Option<Page> {
    all().find(|page| page.id == id)
}

fn of_theme(theme: Theme) -> impl Iterator<Item = Page> {
    let rules = RULES.iter().filter(move |rule| rule.theme == theme);
    rules.map(|rule| Page { id: rule.id, summary: rule.summary, body: Body::Rule(rule) })
}

fn of_inputs() -> impl Iterator<Item = Page> {
    let page = |page: &'static input::Page| Page {
        id: page.id,
        summary: page.summary,
        body: Body::Input(page.text),
    };
    input::PAGES.iter().map(page)
}

/// The heading under which the problems with an input stand.
const INPUT: &str = "Input";

/// The ids by theme, each with the line that sums it up.
pub fn list() -> String {
    let width = all().map(|page| page.id.len()).max().unwrap_or_default();
    let mut out = String::new();
    let mut part = |title: &str, pages: &mut dyn Iterator<Item = Page>| {
        out += if out.is_empty() { "" } else { "\n" };
        out += &format!("{title}:\n");
        for Page { id, summary, .. } in pages {
            out += &format!("  {id:width$}  {summary}\n");
        }
    };
    for theme in Theme::ALL {
        part(theme.title(), &mut of_theme(theme));
    }
    part(INPUT, &mut of_inputs());
    out
}

impl Page {
    /// The page as a terminal shows it, in lines of 80 columns as far as the example allows.
    pub fn text(self, color: bool) -> String {
        let paint = if color { Effects::BOLD.into() } else { Paint::new() };
        let Page { id, summary, body } = self;
        let title = format!("{paint}{id}: {summary}{paint:#}\n\n");
        match body {
            Body::Input(text) => title + &prose::text(text),
            Body::Rule(rule) => {
                let mut out = title + &prose::text(rule.explain);
                out += "\nExample:\n";
                example_text(&mut out, &rule.example, color);
                out.push('\n');
                prose::wrapped(&mut out, &steps(rule), "", "");
                out.push('\n');
                prose::wrapped(&mut out, &accepting(rule), "", "");
                out.push('\n');
                prose::wrapped(&mut out, &format!("Source: {}.", rule.source), "", "");
                out
            }
        }
    }

    /// The line that sums it up, as a heading.
    pub(super) fn title(self) -> String {
        capitalised(self.summary)
    }

    /// What it is about, in a word or two.
    pub(super) fn theme(self) -> String {
        let theme = match self.body {
            Body::Rule(rule) => rule.theme.title(),
            Body::Input(_) => INPUT,
        };
        theme.to_lowercase().replace(' ', "-")
    }

    /// Its first paragraph, on one line.
    pub(super) fn opening(self) -> String {
        let text = match self.body {
            Body::Rule(rule) => rule.explain,
            Body::Input(text) => text,
        };
        text.split("\n\n")
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The page alone as Markdown, without links to others.
    pub(super) fn help(self) -> String {
        self.body_markdown(&|_| false)
    }

    /// The page as a section of `docs/rules.md`.
    fn markdown(self) -> String {
        let is_other = |other: &str| other != self.id && find(other).is_some();
        format!("### {}\n\n{}", self.id, self.body_markdown(&is_other))
    }

    fn body_markdown(self, is_linked: &dyn Fn(&str) -> bool) -> String {
        let mut out = format!("_{}._\n\n", capitalised(self.summary));
        match self.body {
            Body::Input(text) => out += &prose::markdown(text, is_linked),
            Body::Rule(rule) => {
                out += &prose::markdown(rule.explain, is_linked);
                example_markdown(&mut out, &rule.example);
                let last =
                    format!("{}\n\n{}\n\nSource: {}.", steps(rule), accepting(rule), rule.source);
                out += &format!("\n{}", prose::markdown(&last, is_linked));
            }
        }
        out
    }
}

/// At which steps of the migration the rule speaks.
fn steps(rule: &Rule) -> String {
    if rule.steps.len() == Step::ALL.len() {
        return "Steps: every one.".into();
    }
    let names: Vec<String> = rule.steps.iter().map(|step| format!("`{}`", step.name())).collect();
    format!("Steps: {}.", names.join(", "))
}

/// How the rule's decision is accepted, and what then stands in the file.
fn accepting(rule: &Rule) -> String {
    let Rule { id, accept, accepting, .. } = rule;
    let key = if *accept == Acceptable::ForOneWorkload { "=NAMESPACE/NAME" } else { "" };
    match accepting {
        Some(then) => format!("Accepting: with `--accept {id}{key}`, {then}."),
        None => "Accepting: `--accept` does not take this rule.".to_string(),
    }
}

fn example_text(out: &mut String, example: &Example, color: bool) {
    let Example { given, file, before, after, .. } = example;
    for (name, text) in *given {
        *out += &format!("\n  {name}\n{}", inset(text, "    "));
    }
    *out += &format!("\n  {file}{}\n", if before == after { ", left as it is" } else { "" });
    for line in diff(before, after).lines() {
        let paint = match (color, line.as_bytes().first()) {
            (true, Some(b'-')) => AnsiColor::Red.on_default(),
            (true, Some(b'+')) => AnsiColor::Green.on_default(),
            _ => Paint::new(),
        };
        *out += &format!("   {paint}{line}{paint:#}\n");
    }
    *out += &format!("\n  $ {}\n", command(example));
    prose::wrapped(out, example.says, "  ", "      ");
}

fn example_markdown(out: &mut String, example: &Example) {
    let Example { given, file, before, after, says, .. } = example;
    let mut label = "**Example:** ";
    for (name, text) in *given {
        let language = name.rsplit('.').next().unwrap_or_default();
        *out += &format!("\n{label}`{name}`\n\n```{language}\n{text}```\n");
        label = "";
    }
    if before == after {
        *out += &format!("\n{label}`{file}`, left as it is\n\n```yaml\n{before}```\n");
    } else {
        *out += &format!("\n{label}`{file}`\n\n```diff\n{}```\n", diff(before, after));
    }
    *out += &format!("\n```console\n$ {}\n", command(example));
    prose::wrapped(out, says, "", "    ");
    *out += "```\n";
}

fn command(example: &Example) -> String {
    ["flink-migrate", "check"].iter().chain(example.args).copied().collect::<Vec<_>>().join(" ")
}

/// Every line of the manifest behind `-`, `+` or a blank, with no header.
fn diff(before: &str, after: &str) -> String {
    const WHOLE: usize = 1_000;
    if before == after {
        return inset(before, " ");
    }
    let diff = unified("", before, after, WHOLE);
    diff.lines().skip(HEADER).map(|line| format!("{line}\n")).collect()
}

/// Lines before those of the one hunk: two names and a range.
const HEADER: usize = 3;

fn inset(text: &str, by: &str) -> String {
    text.lines().map(|line| format!("{}\n", format!("{by}{line}").trim_end())).collect()
}

/// Begins with a capital, unless the first word is a name.
fn capitalised(summary: &str) -> String {
    let word = summary.split(' ').next().unwrap_or_default();
    if !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return summary.to_string();
    }
    summary[..1].to_ascii_uppercase() + &summary[1..]
}

/// What `docs/rules.md` holds.
pub fn document() -> String {
    let mut out = String::from(OPENING);
    let themes = Theme::ALL.map(|theme| (theme.title(), of_theme(theme).collect::<Vec<_>>()));
    let parts: Vec<(&str, Vec<Page>)> =
        themes.into_iter().chain([(INPUT, of_inputs().collect())]).collect();
    for (title, pages) in &parts {
        out += &format!("\n**[{title}](#{})**\n\n", title.to_lowercase().replace(' ', "-"));
        for Page { id, summary, .. } in pages {
            out += &format!("* [`{id}`](#{id}): {summary}\n");
        }
    }
    for (title, pages) in parts {
        out += &format!("\n## {title}\n");
        for page in pages {
            out += &format!("\n{}", page.markdown());
        }
    }
    out
}

const OPENING: &str = "\
# Rules

What `flink-migrate` looks for, what it does about it, and what is left to you.
`flink-migrate explain RULE` prints the same pages; this one is made from them, and `BLESS=1 cargo test` writes it again.

The word behind the place of a finding says what comes of it:

| word | meaning |
|---|---|
| `change` | `write` makes this change |
| `pending` | the change waits, because something else holds its file |
| `decision` | somebody must decide, and the file is left alone until then |
| `note` | nothing comes of it, but you should know |
| `error` | the document is broken, or a guarantee would be |

A decision is answered by the fact that it asks for: an entry in the savepoint map, an option, a line in `flink-migrate.toml`, or a change of the manifest.
Most decisions can be accepted instead, and then the document is written as if the rule had said nothing.
`--accept RULE` accepts for every workload, `--accept RULE=NAMESPACE/NAME` for one.
Rules about state are accepted only for one workload, named in full.
In `flink-migrate.toml` the same is `accept = [\"RULE\"]`, at the top or under `[workload.\"NAMESPACE/NAME\"]`.

Each example is executed as a test: the manifest goes in, the line is said, and what is shown comes out.
A source is a file of the [operator](https://github.com/apache/flink-kubernetes-operator) or its chart, with line and release, a commit there, or an issue of the Flink project.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_found_by_its_id() {
        assert!(all().all(|page| find(page.id).is_some_and(|found| found.summary == page.summary)));
        assert!(find("no-such-rule").is_none());
    }

    #[test]
    fn only_colours_differ_between_a_terminal_and_a_pipe() {
        let page = find("api-version").unwrap();
        let (plain, colored) = (page.text(false), page.text(true));
        assert!(!plain.contains('\u{1b}') && colored.contains("\u{1b}[1mapi-version"));
        assert!(colored.contains("\u{1b}[31m-apiVersion"), "{colored:?}");
    }

    #[test]
    fn a_summary_that_begins_with_a_name_stays_as_it_is() {
        assert_eq!(capitalised("a job"), "A job");
        assert_eq!(capitalised("v1beta1 wants it"), "v1beta1 wants it");
    }
}

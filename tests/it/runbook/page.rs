//! A runbook as GitHub shows it: its sections, what each of them asks for, and its commands.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A runbook, read from its Markdown.
pub(crate) struct Page {
    pub(crate) sections: Vec<Section>,
}

/// A heading and what is below it, up to the next one.
#[derive(Default)]
pub(crate) struct Section {
    pub(crate) level: usize,
    pub(crate) heading: String,
    /// Everything that is in no item, table or code block.
    pub(crate) text: String,
    /// The rows of its table, without the head.
    pub(crate) rows: Vec<Vec<String>>,
    /// The boxes to tick.
    pub(crate) items: Vec<Item>,
    /// The code blocks outside of items.
    pub(crate) blocks: Vec<String>,
}

/// A box to tick. Without commands it is for a person.
#[derive(Default)]
pub(crate) struct Item {
    pub(crate) what: String,
    pub(crate) commands: Vec<String>,
}

impl Page {
    /// Panics where something could be followed, loaded or run.
    pub(crate) fn read(markdown: &str) -> Page {
        let mut sections: Vec<Section> = Vec::new();
        let (mut in_heading, mut in_cell, mut in_item, mut in_code) = (false, false, false, false);
        for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS) {
            if let Event::Start(Tag::Heading { level, .. }) = event {
                sections.push(Section { level: level as usize, ..Section::default() });
                in_heading = true;
                continue;
            }
            let section = sections.last_mut().expect("a page begins with a heading");
            let text = match event {
                Event::End(TagEnd::Heading(_)) => {
                    in_heading = false;
                    continue;
                }
                Event::TaskListMarker(_) => {
                    in_item = true;
                    section.items.push(Item::default());
                    continue;
                }
                Event::End(TagEnd::Item) => {
                    in_item = false;
                    "\n".to_string()
                }
                Event::Start(Tag::CodeBlock(_)) => {
                    in_code = true;
                    section.blocks.extend((!in_item).then(String::new));
                    continue;
                }
                Event::End(TagEnd::CodeBlock) => {
                    in_code = false;
                    continue;
                }
                Event::Start(Tag::TableRow) => {
                    section.rows.push(Vec::new());
                    continue;
                }
                Event::Start(Tag::TableCell) => {
                    // The cells of the head belong to no row.
                    in_cell = true;
                    if let Some(row) = section.rows.last_mut() {
                        row.push(String::new());
                    }
                    continue;
                }
                Event::End(TagEnd::TableCell) => {
                    in_cell = false;
                    continue;
                }
                Event::Text(text) => text.to_string(),
                Event::Code(text) => format!("`{text}`"),
                Event::SoftBreak => " ".to_string(),
                Event::End(TagEnd::Paragraph) => "\n".to_string(),
                Event::Html(html) | Event::InlineHtml(html) => panic!("an element: {html}"),
                Event::Start(Tag::Link { .. } | Tag::Image { .. }) => panic!("a link"),
                _ => continue,
            };
            let item = section.items.last_mut().filter(|_| in_item);
            match item {
                _ if in_heading => section.heading += &text,
                _ if in_cell => {
                    if let Some(cell) = section.rows.last_mut().and_then(|row| row.last_mut()) {
                        *cell += &text;
                    }
                }
                Some(item) if in_code => item.commands.extend(text.lines().map(String::from)),
                None if in_code => section.blocks.last_mut().expect("one is open").push_str(&text),
                Some(item) => item.what += &text,
                None => section.text += &text,
            }
        }
        Page { sections }
    }

    pub(crate) fn is_migration(&self) -> bool {
        self.sections[0].heading == "Migrate Flink workloads from v1alpha1 to v1beta1"
    }

    /// The rows of a table; none if the page has no such section.
    pub(crate) fn rows(&self, heading: &str) -> &[Vec<String>] {
        let found = self.sections.iter().find(|section| section.heading == heading);
        found.map_or(&[], |section| &section.rows)
    }

    pub(crate) fn steps(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(|section| number(&section.heading).is_some())
    }

    pub(crate) fn step(&self, wanted: usize) -> &Section {
        let found = self.steps().find(|step| number(&step.heading) == Some(wanted));
        found.unwrap_or_else(|| panic!("there is no step {wanted}"))
    }
}

/// The number with which the heading of a step begins.
pub(crate) fn number(heading: &str) -> Option<usize> {
    heading.split_once(". ")?.0.parse().ok()
}

impl Section {
    /// What is called, in order, with quotes taken off; `person` and a sentence where a person acts.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = self.items.iter().flat_map(|item| {
            let person = item.is_for_a_person().then(|| format!("person {}", item.what));
            let commands = item.commands.iter().map(|command| command.replace('\'', ""));
            commands.chain(person).collect::<Vec<_>>()
        });
        calls.collect()
    }
}

impl Item {
    pub(crate) fn is_for_a_person(&self) -> bool {
        self.commands.is_empty() && !self.is_stop()
    }

    pub(crate) fn is_stop(&self) -> bool {
        self.what.starts_with("STOP.")
    }

    /// True if the check is passed by a command that ended with status 0 and printed this.
    pub(crate) fn is_passed(&self, printed: &str) -> bool {
        let printed = printed.trim_end_matches('\n');
        let Some((_, demand)) = self.what.rsplit_once(" must ") else {
            assert_eq!(self.what.trim_end(), "Run:");
            return true;
        };
        let (demand, wanted) = demand.split_once('`').unwrap_or((demand, ""));
        let wanted = wanted.rsplit_once('`').map_or("", |(wanted, _)| wanted);
        match demand.trim_end().trim_end_matches(':') {
            "end with status 0" => true,
            "print nothing" => printed.is_empty(),
            "print something" => !printed.is_empty(),
            "print" => printed == wanted,
            "print nothing, or" => printed.is_empty() || printed == wanted,
            "print, among other things," => printed.contains(wanted),
            "end with status 0 and not print" => !printed.contains(wanted),
            other => panic!("nobody knows how to {other}"),
        }
    }
}

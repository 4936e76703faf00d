//! Pages for people that are made from the tables of the program. `BLESS=1` writes them.

use std::collections::BTreeSet;

use flink_migrate::flink::releases::{Effect, ROWS, Release, Row};

use crate::support::{golden, root};

const PAGE: &str = "docs/operator-releases.md";

const OPENING: &str = "\
# What the releases of the operator refuse, drop and change

This page is about `flink.apache.org/v1beta1` on operators FIRST to LAST, patch releases counted as their minor one.
It is made from the table in `src/flink/releases/`; `BLESS=1 cargo test` writes it again.

* **Refuses**: the API server or the operator's validator rejects it.
* **Ignores**: it is accepted and not acted upon.
* **Drops**: a field or a key is taken out in silence, or a default is gone.
* **Changes**: it means something else than before, or has another default.
* **Accepts**: it is possible from here on; before, an unknown field was pruned and an unknown value or kind rejected.

`1.0 and later` says nothing about 0.1.0 unless the row does.
In what the operator says, `%s` stands for what differs from case to case.
A rule that is named is one of this program, and `flink-migrate explain RULE` prints its page.
Sources are files of the operator, with lines and the release they are counted in.
";

#[test]
fn the_page_of_operator_releases_is_the_table() {
    golden::file(&root().join(PAGE), &page()).unwrap();
}

#[test]
fn every_row_stands_on_the_page_with_its_releases_and_its_source() {
    let page = page();
    for row in ROWS {
        let head = format!("* **{}** ({}): {}.\n", row.releases(), row.effect.verb(), row.what);
        let rest = page.split(&head).nth(1).unwrap_or_else(|| panic!("{head}"));
        let item = rest.split("* **").next().unwrap();
        assert!(item.contains(row.source), "{head}");
        assert!(row.message.is_none_or(|said| item.contains(said)), "{head}");
    }
}

#[test]
fn no_topic_shares_its_heading() {
    let topics: BTreeSet<&str> = ROWS.iter().map(|row| row.topic).collect();
    let page = page();
    assert_eq!(page.matches("\n### ").count(), topics.len());
}

fn page() -> String {
    let opening = OPENING.replace("FIRST", &Release::FIRST.to_string());
    let mut page = opening.replace("LAST", &Release::LAST.to_string());
    page += "\n## By release\n\n";
    page += "What is new in a release; what holds from 1.0 on stands further down only.\n\n";
    page += "| release | begins to refuse, ignore, drop or change | begins to accept |\n";
    page += "|---|---|---|\n";
    for release in Release::all().skip(1) {
        let begins = |row: &&Row| row.from == release;
        let (news, accepted): (Vec<&Row>, Vec<&Row>) =
            ROWS.iter().filter(begins).partition(|row| row.effect != Effect::Accepts);
        page += &format!("| {release} | {} | {} |\n", links(&news), links(&accepted));
    }
    page += "\n## By topic\n";
    for group in ROWS.chunk_by(|a, b| a.topic == b.topic) {
        page += &format!("\n### {}\n\n", heading(group[0].topic));
        page.extend(group.iter().map(item));
    }
    page
}

/// The topics of the rows, each once, as links to their headings.
fn links(rows: &[&Row]) -> String {
    let mut topics: Vec<&str> = rows.iter().map(|row| row.topic).collect();
    topics.dedup();
    let links = topics.iter().map(|topic| format!("[{}](#{topic})", topic.replace('-', " ")));
    links.collect::<Vec<_>>().join(", ")
}

/// The topic in words; forges make the topic itself the anchor of it.
fn heading(topic: &str) -> String {
    let words = topic.replace('-', " ");
    words[..1].to_uppercase() + &words[1..]
}

fn item(row: &Row) -> String {
    let mut item = format!("* **{}** ({}): {}.\n", row.releases(), row.effect.verb(), row.what);
    if let Some(message) = row.message {
        item += &format!("  It says: \"{message}\"\n");
    }
    if let Some(rule) = row.rule {
        item += &format!("  Rule: `{rule}`.\n");
    }
    item + &format!("  Source: {}.\n", row.source)
}

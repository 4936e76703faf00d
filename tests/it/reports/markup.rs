//! What Markdown and HTML come to, seen by readers that are not ours to bend: a parser of
//! Markdown with what GitHub adds to it, and a tokenizer that knows our own elements alone.

use std::collections::BTreeMap;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// How often each construct occurs.
pub(crate) type Census = BTreeMap<String, usize>;

/// Headings that the Markdown report has, by how they begin.
const HEADINGS: [&str; 4] = ["flink-migrate: ", "To decide: ", "Workloads", "Not understood"];

/// The blocks of a Markdown report. Fails if a text became anything but text or code.
pub(crate) fn markdown(text: &str) -> Census {
    let mut census = Census::new();
    let mut depth = 0_usize;
    let mut inside: Vec<TagEnd> = Vec::new();
    let mut title = String::new();
    for event in Parser::new_ext(text, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
        match event {
            Event::Start(tag) => {
                let name = match &tag {
                    Tag::CodeBlock(CodeBlockKind::Fenced(language)) => format!("fence {language}"),
                    Tag::Heading { level, .. } => format!("heading {level}"),
                    tag @ (Tag::Paragraph
                    | Tag::BlockQuote(_)
                    | Tag::HtmlBlock
                    | Tag::List(None)
                    | Tag::Item
                    | Tag::Strong
                    | Tag::Table(_)
                    | Tag::TableHead
                    | Tag::TableRow
                    | Tag::TableCell) => format!("{tag:?}"),
                    tag => panic!("{tag:?} in\n{text}"),
                };
                *census.entry(name).or_default() += 1;
                inside.push(tag.to_end());
            }
            Event::End(end) => {
                if matches!(end, TagEnd::Heading(_)) {
                    let title = std::mem::take(&mut title);
                    assert!(HEADINGS.iter().any(|known| title.starts_with(known)), "{title:?}");
                }
                assert_eq!(inside.pop(), Some(end));
            }
            Event::Code(_) | Event::Rule | Event::SoftBreak => {}
            Event::Text(words) if inside.contains(&TagEnd::CodeBlock) => {
                *census.entry("lines of code".into()).or_default() += words.lines().count();
            }
            Event::Text(words) => {
                let odd =
                    |c: char| matches!(c, '@' | '#' | '<' | '>' | '`' | '[' | ']' | '\\' | '&');
                assert!(!words.contains(odd) && !words.contains("://"), "{words:?} in\n{text}");
                assert!(!words.to_lowercase().contains("www."), "{words:?} in\n{text}");
                if matches!(inside.last(), Some(TagEnd::Heading(_))) {
                    title += &words;
                }
            }
            Event::InlineHtml(html) => {
                assert!(matches!(&*html, "<br>" | "<sub>" | "</sub>"), "{html:?} in\n{text}");
            }
            Event::Html(html) if html.starts_with("<!--") => {
                assert_eq!(html.trim_end(), "<!-- flink-migrate -->");
            }
            Event::Html(html) => {
                for (tag, opens) in tags(&html, &["details", "summary", "code", "b"]) {
                    match (tag.as_str(), opens) {
                        ("details", true) => depth += 1,
                        ("details", false) => depth = depth.checked_sub(1).expect("one is open"),
                        _ => {}
                    }
                    *census.entry(tag).or_default() += 1;
                }
            }
            other => panic!("{other:?} in\n{text}"),
        }
    }
    assert_eq!(depth, 0, "<details> is not closed in\n{text}");
    census
}

/// The elements of a page. Fails if one is not ours, does not end, or has an attribute that is not
/// ours.
pub(crate) fn html(page: &str) -> Census {
    const KNOWN: [&str; 48] = [
        "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section",
        "article", "nav", "h1", "h2", "h3", "p", "ul", "ol", "li", "label", "input", "span",
        "small", "strong", "b", "i", "br", "a", "code", "table", "thead", "tbody", "tr", "th",
        "td", "caption", "fieldset", "legend", "details", "summary", "div", "pre", "ins", "del",
        "link", "svg", "em", "sub",
    ];
    let rest = page.strip_prefix("<!DOCTYPE html>\n").expect("a doctype");
    let (before, rest) = rest.split_once("<style>").expect("a style");
    let (style, after) = rest.split_once("</style>").expect("a style that ends");
    assert!(!style.contains('<'));
    let mut census = Census::new();
    let mut open: Vec<String> = Vec::new();
    for (tag, opens) in [tags(before, &KNOWN), tags(after, &KNOWN)].concat() {
        if opens {
            *census.entry(tag.clone()).or_default() += 1;
            if !matches!(tag.as_str(), "meta" | "br" | "input") {
                open.push(tag);
            }
        } else {
            assert_eq!(open.pop().as_ref(), Some(&tag), "what is opened last is closed first");
        }
    }
    assert!(open.is_empty(), "{open:?}");
    census
}

/// Attributes of our own.
const ATTRIBUTES: [&str; 17] = [
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "id",
    "href",
    "aria-label",
    "aria-labelledby",
    "scope",
    "type",
    "checked",
    "tabindex",
    "open",
    "role",
    "for",
];

/// Each tag and whether it opens an element. Fails on what is neither a tag of these names nor a
/// text in which everything that could be one is escaped.
fn tags(html: &str, known: &[&str]) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let mut rest = html;
    loop {
        let (text, tail) = rest.split_once('<').unwrap_or((rest, ""));
        assert!(!text.contains('>'), "{text:?}");
        for entity in text.split('&').skip(1) {
            let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
            assert!(known.iter().any(|known| entity.starts_with(known)), "&{entity:?}");
        }
        if tail.is_empty() {
            return found;
        }
        let (tag, behind) = tail.split_once('>').expect("a tag ends");
        let (closes, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(known.contains(&name), "<{tag}> is no element of ours");
        assert!(!closes || attributes.is_empty(), "</{tag}>");
        let mut attributes = attributes.trim();
        while !attributes.is_empty() {
            let end = attributes.find(['=', ' ']).unwrap_or(attributes.len());
            let (attribute, value) = attributes.split_at(end);
            assert!(ATTRIBUTES.contains(&attribute), "{attribute:?} in <{tag}>");
            attributes = match value.strip_prefix("=\"") {
                Some(value) => value.split_once('"').expect("a value ends").1.trim_start(),
                None => value.trim_start(),
            };
        }
        found.push((name.to_string(), !closes));
        rest = behind;
    }
}

#[test]
fn the_readers_find_what_breaks_out() {
    let caught = |check: fn(&str) -> Census, text: &str| {
        let text = text.to_string();
        assert!(std::panic::catch_unwind(move || check(&text)).is_err());
    };
    for text in [
        "[a](b)",
        "@team",
        "<b>x</b>",
        "<details>\n",
        "<details>\n\n```\n</details>\n",
        "# x",
        "1. x",
        "*x*",
        "https://x",
        "![x](y)",
        "<!-- x -->",
        "> a <script>",
        "    x",
    ] {
        caught(markdown, text);
    }
    let page = |body: &str| format!("<!DOCTYPE html>\n<html><style></style>{body}</html>");
    html(&page("<p class=\"x\">a &amp; b</p>"));
    for body in ["<script>", "<p>", "<p onclick=\"x\"></p>", "&nbsp;", "a > b", "</p>"] {
        caught(html, &page(body));
    }
}

//! The page by itself: what its policy allows, and that it can be read.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{files, report};
use crate::sandbox::{held, sound};

fn page() -> String {
    report(&files([("a.yaml", sound("a")), ("b.yaml", held("b"))]), "html")
}

fn style(page: &str) -> &str {
    page.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).expect("a style")
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize] as char;
            out.push(if place > chunk.len() { '=' } else { letter });
        }
    }
    out
}

#[test]
fn the_policy_allows_this_style_and_nothing_else() {
    let page = page();
    // A browser reads every line break as a line feed before it takes the digest.
    let read = style(&page).replace("\r\n", "\n");
    let hash = format!("sha256-{}", base64(&Sha256::digest(read.as_bytes())));
    let policy = format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
         '{hash}'; base-uri 'none'; form-action 'none'\">"
    );
    assert!(page.contains(&policy), "the digest of the style is {hash}");
    for other in
        ["<script", " style=", "url(", "@import", "src=", "http://", "https://", "javascript:"]
    {
        assert!(!page.contains(other), "{other}");
    }
    assert_eq!(page.matches("<style>").count(), 1);
}

#[test]
fn the_title_is_the_verdict_and_the_language_is_named() {
    let page = page();
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
    assert!(page.contains("<title>flink-migrate: 1 file would change, 1 document is held for a"));
}

/// The colours of a scheme by name.
fn colors(block: &str) -> BTreeMap<&str, [u8; 3]> {
    let block = block.split('}').next().expect("a block");
    let pairs = block.split(';').filter_map(|part| part.trim().strip_prefix("--")?.split_once(':'));
    pairs
        .map(|(name, value)| {
            let hex = value.trim().strip_prefix('#').expect("a colour");
            let part = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("a number");
            (name, [part(0), part(2), part(4)])
        })
        .collect()
}

/// Contrast as WCAG 2 defines it.
fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let luminance = |color: [u8; 3]| {
        let linear = color.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn every_text_has_the_contrast_of_aa_in_both_schemes() {
    let page = page();
    let schemes: Vec<_> = style(&page).split(":root {").skip(1).take(2).map(colors).collect();
    assert_eq!(schemes.len(), 2);
    for colors in schemes {
        let grounds = ["page", "raised"];
        let on_ground = ["text", "soft", "link", "new", "gone", "decide"];
        let pairs = on_ground.iter().flat_map(|text| grounds.map(|ground| (*text, ground)));
        let own = [
            ("decide", "decide-bg"),
            ("state", "state-bg"),
            ("low", "low-bg"),
            ("none", "none-bg"),
            ("unread", "unread-bg"),
            ("new", "new-bg"),
            ("gone", "gone-bg"),
        ];
        let callouts = ["text", "link"].iter().flat_map(|t| [(*t, "decide-bg"), (*t, "low-bg")]);
        for (text, ground) in pairs.chain(own).chain(callouts) {
            let ratio = contrast(colors[text], colors[ground]);
            assert!(ratio >= 4.5, "{text} on {ground}: {ratio:.2}");
        }
    }
}

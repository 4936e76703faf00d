//! What people and templates leave in a location where something is still to be filled in.

/// Words that nobody calls a directory, in any letter case and as any part of a segment.
const STRONG: [&[&str]; 7] = [
    &["placeholder"],
    &["changeme"],
    &["change", "me"],
    &["replaceme"],
    &["replace", "me"],
    &["fixme"],
    &["fill", "me"],
];

/// Words that count in upper case, as a whole segment or a part of the last one: `todo` is also the name
/// of many an application.
const WEAK: [&str; 2] = ["TODO", "TBD"];

/// What begins and ends a placeholder.
const BRACKETS: [(&str, &str); 11] = [
    ("<", ">"),
    ("${", "}"),
    ("$(", ")"),
    ("{{", "}}"),
    ("{%", "%}"),
    ("%{", "}"),
    ("#{", "}"),
    ("[[", "]]"),
    ("((", "))"),
    ("@@", "@@"),
    // What the templates of our own options hold.
    ("{name", "}"),
];

/// The part of the text that somebody was to fill in; `savepoint` is its last segment.
pub(crate) fn placeholder<'t>(location: &'t str, savepoint: &'t str) -> Option<&'t str> {
    let bracketed = BRACKETS.iter().find_map(|(open, close)| {
        let from = &location[location.find(open)?..];
        let inner = &from[open.len()..];
        inner.find(close).map(|at| &from[..open.len() + at + close.len()])
    });
    let segments = || location.split(['/', ':']);
    let whole = || segments().find(|segment| is_filler(segment) || is_variable(segment));
    let part = || savepoint.split(IS_BETWEEN).find(|word| is_filler(word));
    bracketed.or_else(whole).or_else(|| segments().find_map(strong)).or_else(part)
}

/// What separates the words of a segment.
const IS_BETWEEN: [char; 4] = ['-', '_', '.', ' '];

/// The segment, if it holds a word that can be nothing else.
fn strong(segment: &str) -> Option<&str> {
    let words: Vec<String> = segment.split(IS_BETWEEN).map(str::to_ascii_lowercase).collect();
    let is_in = |strong: &&[&str]| words.windows(strong.len()).any(|found| *found == **strong);
    STRONG.iter().any(is_in).then_some(segment)
}

/// True for a word that stands for something else: `TODO`, `xxx`, `...`.
fn is_filler(word: &str) -> bool {
    let consists_of = |c: char| word.len() >= 3 && word.chars().all(|other| other == c);
    WEAK.contains(&word) || word == "…" || consists_of('x') || consists_of('X') || consists_of('.')
}

/// True for `$SAVEPOINT`, `%SAVEPOINT%` and `__SAVEPOINT__`.
fn is_variable(segment: &str) -> bool {
    let inner = segment
        .strip_prefix('$')
        .or_else(|| segment.strip_prefix('%')?.strip_suffix('%'))
        .or_else(|| segment.strip_prefix("__")?.strip_suffix("__"));
    inner.is_some_and(|name| {
        let is_of_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(is_of_name)
    })
}

#[cfg(test)]
mod tests {
    use crate::flink::location::{Flaw, check};

    #[test]
    fn placeholders_are_named_and_real_names_are_not_taken_for_them() {
        for (location, part) in [
            ("<path>", "<path>"),
            ("s3://<bucket>/x", "<bucket>"),
            ("s3://${BUCKET}/x", "${BUCKET}"),
            ("$(SAVEPOINT)", "$(SAVEPOINT)"),
            ("{{ .Values.path }}/x", "{{ .Values.path }}"),
            ("s3://lake/#{PATH}#/savepoint-1", "#{PATH}"),
            ("s3://lake/@@PATH@@/savepoint-1", "@@PATH@@"),
            ("s3://lake/((path))/savepoint-1", "((path))"),
            ("s3://lake/{namespace}/savepoint-1", "{namespace}"),
            ("s3://lake/{name}/savepoint-1", "{name}"),
            ("s3://lake/$SAVEPOINT", "$SAVEPOINT"),
            ("s3://lake/%SAVEPOINT%", "%SAVEPOINT%"),
            ("s3://__BUCKET__/savepoint-1", "__BUCKET__"),
            ("TODO", "TODO"),
            ("FIXME: ask the team", "FIXME"),
            ("s3://lake/TODO/savepoint-1", "TODO"),
            ("s3://lake/PLACEHOLDER", "PLACEHOLDER"),
            ("s3://lake/placeholder/savepoint-1", "placeholder"),
            ("s3://lake-Placeholder/savepoint-1", "lake-Placeholder"),
            ("s3://CHANGEME/savepoint-1", "CHANGEME"),
            ("s3://change-me-bucket/savepoint-1", "change-me-bucket"),
            ("s3://lake/CHANGE_ME/savepoint-1", "CHANGE_ME"),
            ("/sp/savepoint-xxxxxx-xxxx/_metadata", "xxxxxx"),
            ("s3://XXX/savepoint-1", "XXX"),
            ("/flink/...", "..."),
        ] {
            assert_eq!(check(location), Err(Flaw::Placeholder(part.into())), "{location}");
        }
        for real in [
            "s3://todo-app/xxx-large/TODO-list/savepoint-7",
            "s3://exchange-metrics/exchangeme/savepoint-7",
            "s3://lake/change/mean/_$folder$/savepoint-7",
            "s3://lake/place-holder/__pycache__/savepoint-7",
        ] {
            assert_eq!(check(real), Ok(()), "{real}");
        }
    }
}

//! What template languages leave in a text: some of it is YAML, and means something else once it is
//! rendered.

use memchr::memchr2_iter;

use super::Document;

/// Why a text is not yet what will be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unrendered {
    /// It is a template in this language; empty for actions in double braces, which several have.
    Template(&'static str),
    /// A merge was not finished.
    Conflict,
}

/// Go, Handlebars, Jinja and others: `{{ … }}`.
const BRACES: &str = "{{";

/// Extensions of templates.
const TEMPLATE_EXTENSIONS: [&str; 10] =
    ["tpl", "tmpl", "gotmpl", "j2", "jinja", "jinja2", "erb", "ftl", "mustache", "hbs"];

/// How statements begin that no YAML reader takes, and their language.
const STATEMENTS: [(&str, &str); 16] = [
    ("{%", "Jinja"),
    ("{#", "Jinja"),
    ("<%", "ERB"),
    ("<#", "FreeMarker"),
    ("</#", "FreeMarker"),
    ("<@", "FreeMarker"),
    ("[#", "FreeMarker"),
    ("[/#", "FreeMarker"),
    ("<?php", "PHP"),
    ("<?=", "PHP"),
    ("[[", "`[[ ]]`"),
    ("% ", "Mako"),
    ("ifdef(", "m4"),
    ("ifelse(", "m4"),
    ("define(", "m4"),
    ("dnl ", "m4"),
];

/// Which of them make a text that does not parse a template wherever they stand in it.
const ANYWHERE: [&str; 6] = ["{%", "<%", "<#", "</#", "<?php", "<?="];

/// What statements begin with if a word of [`CONTROL`] follows, and their language.
const BEFORE_CONTROL: [(&str, &str); 9] = [
    ("[%", "Template Toolkit"),
    ("%{", "Terraform"),
    ("((", "`(( ))`"),
    ("<<", "`<< >>`"),
    ("%", "Mako"),
    ("@", "Razor"),
    ("{", "Smarty"),
    ("<", "StringTemplate"),
    ("$", "`$if()$`"),
];

/// How statements begin that YAML readers take for comments, and their language.
const COMMENTS: [(&str, &str); 9] = [
    ("#if(", "Velocity"),
    ("#if ($", "Velocity"),
    ("#foreach(", "Velocity"),
    ("#foreach (", "Velocity"),
    ("#parse(", "Velocity"),
    ("#ifdef ", "C preprocessor"),
    ("#ifndef ", "C preprocessor"),
    ("#endif", "C preprocessor"),
    ("#{%", "Jinja"),
];

/// The words of statements that decide what follows them.
const CONTROL: [&str; 21] = [
    "if",
    "elif",
    "elsif",
    "elseif",
    "else",
    "endif",
    "unless",
    "for",
    "foreach",
    "endfor",
    "endforeach",
    "while",
    "switch",
    "def",
    "range",
    "with",
    "define",
    "block",
    "each",
    "end",
    "section",
];

/// True for text with a variable or an action in it: `${…}`, `$(…)`, `{{ … }}`.
pub fn is_variable(text: &str) -> bool {
    ["${", "$(", BRACES].iter().any(|mark| text.contains(mark))
}

/// True for text that is filled in later: it holds a variable, or a mark of a template language or of a
/// program that replaces tokens.
pub fn is_placeholder(text: &str) -> bool {
    const MARKS: [&str; 9] = ["#{", "#@", "#%", "{%", "<%", "((", "[[", "@@", "(@"];
    let between = |open: &str, close: &str| {
        text.split_once(open).is_some_and(|(_, rest)| rest.find(close).is_some_and(|end| end > 0))
    };
    is_variable(text)
        || MARKS.iter().any(|mark| text.contains(mark))
        || between("<", ">")
        || between("__", "__")
}

/// True for a comment that stands for a value: `#{NAME}#`, `#@ expression` (ytt), `#%NAME%`, `#NAME#`, and
/// `# {{ name }}` or `# ${NAME}`, which is a value behind a blank.
pub(crate) fn is_value(comment: &str) -> bool {
    const OPENS: [&str; 9] = ["{{", "{%", "${", "$(", "#{", "<%", "[[", "((", "__"];
    let text = comment.trim_start_matches('#').trim();
    let is_word = !text.contains(char::is_whitespace);
    comment[1..].starts_with(['{', '@', '%', '[', '(', '<', '$'])
        || OPENS.iter().any(|open| text.starts_with(open))
        || is_word
            && (text.len() > 1 && text.ends_with('#') || text.starts_with(['<', '$', '@', '%']))
}

/// True for a comment that says that a value is yet to be written: `# TODO`, `# FIXME: ask the team`, `# set
/// by CI`. One that explains the default is none.
pub(crate) fn is_promise(comment: &str) -> bool {
    const MARKERS: [&str; 8] =
        ["todo", "fixme", "tbd", "tbc", "xxx", "changeme", "replaceme", "placeholder"];
    const PHRASES: [&str; 15] = [
        "change me ",
        "replace me ",
        "fill ",
        "filled ",
        "to be ",
        "will be ",
        "is set ",
        "set by ",
        "set in ",
        "set per ",
        "patched ",
        "injected ",
        "overridden ",
        "provided by ",
        "comes from ",
    ];
    let text = comment.to_ascii_lowercase();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    let words: Vec<&str> = words.collect();
    let sentence = words.join(" ") + " ";
    let explains = words.iter().any(|word| ["default", "defaults", "operator"].contains(word));
    words.first().is_some_and(|word| MARKERS.contains(word))
        || !explains && PHRASES.iter().any(|phrase| sentence.starts_with(phrase))
}

/// The first line of a file, without indentation, that makes it a template or an unfinished merge, and
/// where. Indented lines may be text of a block scalar.
pub fn unrendered_line(text: &str) -> Option<(usize, Unrendered)> {
    let after_breaks = memchr2_iter(b'\n', b'\r', text.as_bytes()).map(|at| at + 1);
    let begin = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut begins = std::iter::once(begin).chain(after_breaks);
    begins.find_map(|at| {
        let rest = &text[at..];
        if !rest.starts_with(['#', '{', '<', '[', '%', '(', '@', '$', 'd', 'i']) {
            return None;
        }
        let line = rest.split(['\n', '\r']).next().unwrap_or_default();
        let found = statement_in_comment(line).or_else(|| {
            let space = line.starts_with("[[").then_some("[[ ");
            space.is_none_or(|open| line.starts_with(open)).then(|| statement(line)).flatten()
        });
        let conflict = line.starts_with("<<<<<<< ") && rest.contains(">>>>>>> ");
        let found = if conflict { Some(Unrendered::Conflict) } else { found };
        found.map(|found| (at, found))
    })
}

/// The first comment on a line of its own that is a statement of a template language, and where in the
/// text of the document.
pub(crate) fn unrendered_comment(doc: &Document<'_>) -> Option<(usize, Unrendered)> {
    doc.comments().iter().find_map(|comment| {
        let before = doc.text[..comment.start].rsplit(['\n', '\r']).next().unwrap_or_default();
        let is_own_line = before.trim().is_empty();
        let found = statement_in_comment(doc.slice(*comment)).filter(|_| is_own_line)?;
        Some((comment.start, found))
    })
}

/// What a text is that no YAML reader takes, in a file of this name; nothing if it looks like no
/// template.
pub(crate) fn unrendered_text(name: &str, text: &str) -> Option<Unrendered> {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_template = TEMPLATE_EXTENSIONS.contains(&extension);
    if let Some((_, found)) = unrendered_line(text) {
        return Some(found);
    }
    let anywhere = ANYWHERE.iter().find(|open| text.contains(**open));
    let inline = || {
        let found =
            |open: &str| text.match_indices(open).find_map(|(at, _)| statement(&text[at..]));
        ["%{", "(("].into_iter().find_map(found)
    };
    let comment = || text.split_once("{#").filter(|(_, rest)| rest.contains("#}"));
    anywhere
        .and_then(|open| statement(open))
        .or_else(|| comment().map(|_| Unrendered::Template("Jinja")))
        .or_else(inline)
        .or_else(|| text.contains(BRACES).then_some(Unrendered::Template("")))
        .or_else(|| text.lines().find_map(|line| statement(line.trim_start())))
        .or_else(|| text.lines().any(has_token).then_some(Unrendered::Template("tokens")))
        .or(is_template.then_some(Unrendered::Template("")))
}

/// True if the value on this line is a token such as `@NAME@` or `%NAME%`, with which no plain scalar begins.
fn has_token(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches("- ");
    let value = line.split_once(": ").map_or(line, |(_, value)| value).trim_start();
    ['@', '%'].into_iter().any(|mark| {
        let token = value.strip_prefix(mark).and_then(|rest| rest.split_once(mark));
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        token.is_some_and(|(name, _)| !name.is_empty() && name.chars().all(is_of_name))
    })
}

/// The language of a statement at the start of this line.
fn statement(line: &str) -> Option<Unrendered> {
    let is_control = |open: &str| line.strip_prefix(open).is_some_and(is_control);
    let found = STATEMENTS.iter().find(|(open, _)| line.starts_with(open));
    let found = found.or_else(|| BEFORE_CONTROL.iter().find(|(open, _)| is_control(open)));
    found.map(|(_, language)| Unrendered::Template(language))
}

/// True if this text begins with a word of [`CONTROL`], and not with a key of that name.
fn is_control(code: &str) -> bool {
    let code = code.trim_start_matches(['-', '/', '#', '~', ' ', '\t']);
    let end = code.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(code.len());
    let (word, behind) = code.split_at(end);
    let is_key = behind.starts_with(['-', '_', '.', ',']) || behind.trim_start().starts_with(':');
    CONTROL.iter().any(|known| known.eq_ignore_ascii_case(word)) && !is_key
}

/// The language of the statement that this line is, which YAML readers take for a comment.
fn statement_in_comment(line: &str) -> Option<Unrendered> {
    let begins = |known: &&(&str, &str)| line.starts_with(known.0);
    if let Some((_, language)) = COMMENTS.iter().find(begins) {
        return Some(Unrendered::Template(language));
    }
    let comment = line.strip_prefix('#')?;
    if let Some(code) = comment.strip_prefix('@') {
        return is_control(code).then_some(Unrendered::Template("ytt"));
    }
    if let Some(code) = comment.strip_prefix('{') {
        let is_token = code.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        return (is_token && !code.contains(':')).then_some(Unrendered::Template("`#{}`"));
    }
    let comment = comment.trim_start();
    if let Some(code) = comment.strip_prefix(BRACES) {
        return is_control(code).then_some(Unrendered::Template(""));
    }
    statement(comment).filter(|_| !comment.starts_with("% "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_names() {
        for later in [
            "${NS}",
            "$(NS)",
            "{{ ns }}",
            "#{NS}#",
            "#@ data.values.ns",
            "<NS>",
            "__NS__",
            "((ns))",
            "@@NS@@",
            "[[ns]]",
            "<path:secret/data/x#ns>",
            "<% ns %>",
            "(@= ns @)",
        ] {
            assert!(is_placeholder(later), "{later}");
        }
        for name in ["prod", "s3://lake/a_b", "a__b", "v1beta1", "$patch", "a->b", "<>"] {
            assert!(!is_placeholder(name), "{name}");
        }
    }

    #[test]
    fn a_statement_at_the_start_of_a_line_makes_a_template() {
        for (text, language) in [
            ("#@ for env in data.values.envs:\n---\na: 1\n#@ end\n", "ytt"),
            ("a: 1\n#@ end\n", "ytt"),
            ("#{each env in Envs}\na: 1\n", "`#{}`"),
            ("#foreach($e in $envs)\na: 1\n", "Velocity"),
            ("# {% if prod %}\na: 1\n", "Jinja"),
            ("{%- for e in envs %}\na: 1\n", "Jinja"),
            ("# {{- range .Values.jobs }}\na: 1\n", ""),
            ("<#list envs as env>\na: 1\n", "FreeMarker"),
            ("<% envs.each do |e| %>\na: 1\n", "ERB"),
            ("[[ range .envs ]]\na: 1\n", "`[[ ]]`"),
            ("% for e in envs:\na: 1\n", "Mako"),
            ("\u{feff}#ifdef PROD\na: 1\n", "C preprocessor"),
            ("{# of the team #}\na: 1\n", "Jinja"),
            ("%{ for e in envs ~}\na: 1\n%{ endfor ~}\n", "Terraform"),
            ("(( if prod ))\na: 1\n", "`(( ))`"),
            ("<?php foreach ($envs as $e): ?>\na: 1\n", "PHP"),
            ("[% FOREACH e IN envs %]\na: 1\n", "Template Toolkit"),
            ("[#list envs as env]\na: 1\n", "FreeMarker"),
            ("<< if .prod >>\na: 1\n", "`<< >>`"),
            ("%for e in envs:\na: 1\n", "Mako"),
            ("@if (prod) {\na: 1\n", "Razor"),
            ("{foreach $envs as $e}\na: 1\n", "Smarty"),
            ("<if(prod)>\na: 1\n", "StringTemplate"),
            ("$for(envs)$\na: 1\n", "`$if()$`"),
            ("ifdef(`PROD', `\na: 1\n", "m4"),
        ] {
            let found = unrendered_line(text).map(|(_, found)| found);
            assert_eq!(found, Some(Unrendered::Template(language)), "{text}");
        }
        let conflict = "a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> feature\n";
        assert_eq!(unrendered_line(conflict), Some((5, Unrendered::Conflict)));
        for plain in [
            "# for the window\na: 1\n",
            "#@ load(\"@ytt:data\", \"data\")\na: 1\n",
            "# {{ .Values.x }} is set by hand\na: 1\n",
            "# {a: 1}\n#{a: 1}\n",
            "%YAML 1.2\n---\na: 1\n",
            "[[1, 2], [3]]\n",
            "a: |\n  #@ for e in envs:\n  {% if x %}\n",
            "# <path> is the folder\n",
            "#if we had more\na: 1\n",
            "<<: *base\n<< : *more\n",
            "{if: 1, for: 2}\n",
            "define: 1\nifdef: 2\n",
            "image: 1\ndescription: 2\n",
            "$for: 1\n$patch: delete\n",
        ] {
            assert_eq!(unrendered_line(plain), None, "{plain}");
        }
    }

    #[test]
    fn comments_that_promise_a_value_are_told_from_those_that_explain() {
        for promise in [
            "# TODO",
            "#FIXME(team): choose",
            "# set by CI",
            "# REPLACE_ME",
            "# will be set by the pipeline",
            "## to be filled in",
        ] {
            assert!(is_promise(promise), "{promise}");
        }
        for other in [
            "# the default is stateless",
            "# set by the operator",
            "# stateless, todo list",
            "# to begin with, none",
            "# from 1.7 on",
            "#",
        ] {
            assert!(!is_promise(other), "{other}");
        }
    }

    #[test]
    fn a_token_in_the_place_of_a_value_makes_a_template() {
        for token in ["name: @NAME@", "- @project.version@-x", "a: %A_B%", "  - b: @x@"] {
            assert!(has_token(token), "{token}");
        }
        for other in ["a: @b", "a: 'x@y@z'", "a: %", "%YAML 1.2", "a: x@y@", "a: @@", "a: @b c@"] {
            assert!(!has_token(other), "{other}");
        }
    }
}

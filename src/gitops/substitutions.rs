//! `postBuild` of a Flux `Kustomization`: variables in what was built.

use std::collections::BTreeMap;

use super::at;
use crate::yaml::NodeRef;

/// The label or annotation by which an object stays as it was built.
pub(crate) const SUBSTITUTE: &str = "kustomize.toolkit.fluxcd.io/substitute";

/// What Flux puts in the place of variables, in the text of each object that is built (`varsub.go` of
/// fluxcd/pkg/kustomize).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Substitutions {
    /// The variables of `substitute`, which win over those of `substituteFrom`.
    known: BTreeMap<String, String>,
    /// The cluster has further variables: `substituteFrom`.
    has_unknown: bool,
}

impl Substitutions {
    /// Those of this `postBuild`.
    pub(crate) fn read(post_build: NodeRef<'_>) -> Substitutions {
        let entries = post_build.get("substitute").map(NodeRef::entries).unwrap_or_default();
        let texts =
            entries.into_iter().map(|(name, value)| (name, value.text().unwrap_or_default()));
        let mut sources = post_build.get("substituteFrom").into_iter().flat_map(NodeRef::items);
        Substitutions {
            known: texts.map(|(name, text)| (name.into(), text.replace('\n', ""))).collect(),
            has_unknown: sources.next().is_some(),
        }
    }

    /// The text of an object with its variables replaced. What is unknown stays as it is: a variable of
    /// `substituteFrom`, one that nobody defines, and whatever a function of the shell would make.
    pub(crate) fn substitute(&self, text: &str) -> String {
        // Flux leaves the text alone if there is no variable at all.
        if self.known.is_empty() && !self.has_unknown {
            return text.to_string();
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((expression, behind)) = after.split_once('}') else {
                return out + "${" + after;
            };
            if before.ends_with('$') {
                // The first of two `$` is left out, and what follows is no variable.
                out.pop();
                out.extend(["${", expression, "}"]);
            } else if let Some(value) = self.value(expression) {
                out.push_str(value);
            } else {
                out.extend(["${", expression, "}"]);
            }
            rest = behind;
        }
        out + rest
    }

    fn value<'e>(&'e self, expression: &'e str) -> Option<&'e str> {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = expression.find(|c| !is_of_name(c)).unwrap_or(expression.len());
        let (name, operation) = expression.split_at(end);
        let known = self.known.get(name).map(String::as_str);
        if operation.is_empty() {
            return known;
        }
        let default = [":=", ":-"].iter().find_map(|mark| operation.strip_prefix(mark))?;
        match known {
            Some("") | None if self.has_unknown && known.is_none() => None,
            Some("") | None => Some(default).filter(|default| !default.contains("${")),
            value => value,
        }
    }

    /// True if there is a `postBuild` that replaces something.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Substitutions::default()
    }
}

/// The `postBuild` of this `spec`.
pub(crate) fn of_flux(spec: NodeRef<'_>) -> Substitutions {
    at(spec, &["postBuild"]).map(Substitutions::read).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    fn substituted(post_build: &str, text: &str) -> String {
        Substitutions::read(yaml::parse(post_build, 0).unwrap().root()).substitute(text)
    }

    #[test]
    fn what_substitute_names_is_known_and_nothing_else() {
        let inline = "{substitute: {NS: prod, N: 4, EMPTY: ''}}";
        let both = "{substitute: {NS: prod}, substituteFrom: [{kind: ConfigMap, name: c}]}";
        for (post_build, text, expected) in [
            (inline, "namespace: ${NS}\nn: ${N}\n", "namespace: prod\nn: 4\n"),
            (inline, "a: ${NS}-${OTHER}-${NS}", "a: prod-${OTHER}-prod"),
            (inline, "${OTHER:=x} ${OTHER:-y} ${NS:=z} ${EMPTY:=e}", "x y prod e"),
            (inline, "${EMPTY}", ""),
            (inline, "$${NS} ${NS", "${NS} ${NS"),
            (inline, "${NS^^} ${#NS} ${OTHER:=${NS}}", "${NS^^} ${#NS} ${OTHER:=${NS}}"),
            (both, "${NS} ${OTHER} ${OTHER:=x}", "prod ${OTHER} ${OTHER:=x}"),
            ("{}", "${NS:=x} $${A}", "${NS:=x} $${A}"),
            ("{substitute: {NS: \"a\\nb\"}}", "${NS}", "ab"),
        ] {
            assert_eq!(substituted(post_build, text), expected, "{post_build} {text}");
        }
    }
}

//! What an Argo CD `ApplicationSet` makes its applications from.

use std::collections::{BTreeMap, BTreeSet};

use super::delivery::{Delivery, of_application};
use super::expansion::{Expansion, Made};
use super::generators::{CLUSTERS, Generator, Parameters};
use super::{at, is_true};
use crate::flink::names::{field, is_variable};
use crate::kustomize::FileSpan;
use crate::path::RepoPath;
use crate::yaml::{self, NodeRef};

/// The sets of parameters in files, by their paths.
pub type ParameterFiles = BTreeMap<String, Vec<Parameters>>;

/// What of the tree an `ApplicationSet` asks for. Paths begin at the root of the repository.
pub struct Listing<'t> {
    /// Every folder in which there may be something to apply, and those around it.
    pub folders: &'t BTreeSet<String>,
    /// The contents of files that match a glob of the git generator, each with its path; nothing if it
    /// is unknown which files there are.
    pub files: &'t dyn Fn(&str) -> Option<ParameterFiles>,
}

/// An `ApplicationSet`, before its generators are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationSet {
    generators: Vec<Generator>,
    pub(crate) dialect: Dialect,
    /// What the template delivers, with the actions of the template language in its texts.
    pub(crate) template: Vec<Delivery>,
}

/// The two template languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `{{path.basename}}`.
    Flat,
    /// `{{ .path.basename }}`, with `goTemplate: true`.
    Go,
}

impl ApplicationSet {
    /// Reads the `spec` of one in this file.
    pub(crate) fn of_spec(spec: NodeRef<'_>, file: &RepoPath) -> ApplicationSet {
        let name = at(spec, &["template", field::METADATA, field::NAME]).and_then(NodeRef::text);
        let template = at(spec, &["template", field::SPEC]);
        let mut template = template.map_or_else(Vec::new, |it| of_application(name, it, file));
        if let Some(patch) = spec.get("templatePatch").filter(|patch| !patch.is_null()) {
            for delivery in &mut template {
                let reason = "has a templatePatch, which is not read";
                let edits = std::mem::take(&mut delivery.edits);
                delivery.edits = edits.or(Some(reason.to_string()));
                let place = FileSpan { file: file.clone(), span: patch.span_in_file() };
                delivery.root_edits.add_unmodelled(reason, place);
            }
        }
        let items = spec.get("generators").into_iter().flat_map(NodeRef::items);
        let is_go = spec.get("goTemplate").is_some_and(is_true);
        ApplicationSet {
            generators: items.map(|item| Generator::read(item, yaml::MAX_NESTING)).collect(),
            dialect: if is_go { Dialect::Go } else { Dialect::Flat },
            template,
        }
    }

    /// What its applications deliver, each for itself. The folder is a glob where only a part of the path is
    /// known.
    pub(crate) fn deliveries(&self, listing: &Listing<'_>) -> Vec<Delivery> {
        let expansion = Expansion { set: self, listing };
        let made: Vec<Made> = self
            .generators
            .iter()
            .flat_map(|one| expansion.expand(one, &Made::default()))
            .collect();
        let of_template = |template: &Delivery| {
            let made = made.iter().filter_map(|one| {
                let (folder, repeated_by) = self.folder(&template.folder, one)?;
                let filled = template.with_texts(|text| self.dialect.fill(text, &one.parameters));
                Some(Delivery { folder, repeated_by, ..filled })
            });
            made.collect::<Vec<Delivery>>()
        };
        self.template.iter().flat_map(of_template).collect()
    }

    /// The folder of an application, and what makes an unknown number of those with this folder. Nothing
    /// if the first word of the path is unknown: it is rarely a path of this repository.
    fn folder(&self, written: &str, made: &Made) -> Option<(String, Option<&'static str>)> {
        let filled = self.dialect.fill(&self.dialect.fill(written, &made.parameters), &made.globs);
        let mut repeated_by = made.repeated_by;
        let mut folder = String::new();
        let mut rest = &*filled;
        while let Some((before, action)) = rest.split_once("{{") {
            let (name, after) = action.split_once("}}")?;
            folder.extend([before, "*"]);
            rest = after;
            // The name of a cluster is unique.
            let name = name.trim_matches([' ', '.', '-']);
            let is_unique = ["name", "nameNormalized", "server"].contains(&name);
            if is_unique && repeated_by == Some(CLUSTERS) {
                repeated_by = None;
            }
        }
        folder.push_str(rest);
        let folder = super::normalized_folder(&folder);
        let is_open = is_variable(&folder) || filled.trim_start_matches("./").starts_with("{{");
        (!is_open).then_some((folder, repeated_by))
    }
}

impl Dialect {
    /// The text with the parameters in the place of what names them. Functions, pipelines and what is
    /// unknown stay as they are.
    pub(crate) fn fill(self, written: &str, parameters: &Parameters) -> String {
        let mut out = String::new();
        let mut rest = written;
        while let Some((before, action)) = rest.split_once("{{") {
            let Some((inner, after)) = action.split_once("}}") else { break };
            let value = self.name(inner).and_then(|name| parameters.get(&name));
            out.push_str(before);
            match value {
                Some(value) => out.push_str(value),
                None => out.extend(["{{", inner, "}}"]),
            }
            rest = after;
        }
        out + rest
    }

    /// The parameter that an action names: `.path.basename`, `index .path.segments 1`.
    fn name(self, inner: &str) -> Option<String> {
        let is_go = self == Dialect::Go;
        let inner = inner.trim_matches(|c: char| c.is_whitespace() || is_go && c == '-');
        if self == Dialect::Flat {
            return Some(inner.to_string());
        }
        let words: Vec<&str> = inner.split_whitespace().collect();
        match words[..] {
            [name] => Some(name.strip_prefix('.')?.to_string()),
            ["index", list, index] => {
                let path = list.strip_prefix('.')?.strip_suffix(".segments")?;
                Some(format!("{path}[{index}]"))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::generators::parameters_of_file;
    use super::*;

    fn read(spec: &str) -> ApplicationSet {
        let doc = yaml::parse(spec, 0).unwrap();
        ApplicationSet::of_spec(doc.root(), &"set.yaml".into())
    }

    fn generated(spec: &str) -> Vec<Delivery> {
        let folders =
            ["apps", "apps/a", "apps/b", "apps/x", "teams", "teams/a", "teams/b", "teams/b/c"];
        let folders: BTreeSet<String> =
            folders.into_iter().chain(["teams/.git"]).map(String::from).collect();
        let files = |glob: &str| {
            let of_file = |name: &str, text: &str| {
                (name.to_string(), parameters_of_file(yaml::parse(text, 0).unwrap().root()))
            };
            match glob {
                "envs/*.yaml" => Some(BTreeMap::from([
                    of_file("envs/eu.yaml", "{ns: eu, cluster: {name: one}}"),
                    of_file("envs/us.yaml", "[{ns: us1}, {ns: us2}]"),
                ])),
                "envs/us.yaml" => Some(BTreeMap::from([of_file("envs/us.yaml", "{}")])),
                _ => None,
            }
        };
        read(spec).deliveries(&Listing { folders: &folders, files: &files })
    }

    fn folders(generators: &str, path: &str, is_go: bool) -> Vec<(String, bool)> {
        let found = generated(&format!(
            "{{goTemplate: {is_go}, generators: {generators}, \
             template: {{spec: {{source: {{path: '{path}'}}}}}}}}"
        ));
        let mut several: BTreeMap<String, bool> = BTreeMap::new();
        for one in found {
            let is_repeated = several.contains_key(&one.folder) || one.repeated_by.is_some();
            several.insert(one.folder, is_repeated);
        }
        several.into_iter().collect()
    }

    #[track_caller]
    fn assert_folders(generators: &str, path: &str, is_go: bool, expected: &[(&str, bool)]) {
        let expected: Vec<(String, bool)> =
            expected.iter().map(|(folder, several)| (folder.to_string(), *several)).collect();
        assert_eq!(folders(generators, path, is_go), expected, "{generators} {path}");
    }

    #[test]
    fn a_list_applies_a_folder_once_for_each_element() {
        let two = "[{list: {elements: [{ns: a}, {ns: b}]}}]";
        assert_folders(two, "apps/x", false, &[("apps/x", true)]);
        assert_folders(two, "apps/{{ns}}", false, &[("apps/a", false), ("apps/b", false)]);
        assert_folders(two, "apps/{{ .ns }}", true, &[("apps/a", false), ("apps/b", false)]);
        assert_folders("[{list: {elements: [{ns: a}]}}]", "apps/x", false, &[("apps/x", false)]);
        let nested = "[{list: {elements: [{values: {ns: a}, cluster: {name: b}}]}}]";
        assert_folders(nested, "{{values.ns}}/x", false, &[("a/x", false)]);
        assert_folders(nested, "x/{{.cluster.name}}", true, &[("x/b", false)]);
        assert_folders("[{list: {elements: []}}]", "apps/x", false, &[]);
    }

    #[test]
    fn the_git_generator_finds_folders_and_an_exclude_wins() {
        let all = "[{git: {directories: [{path: teams/*}]}}]";
        let both = [("teams/a", false), ("teams/b", false)];
        assert_folders(all, "{{path}}", false, &both);
        assert_folders(all, "{{.path.path}}", true, &both);
        assert_folders(
            all,
            "{{ .path.path }}/prod",
            true,
            &[("teams/a/prod", false), ("teams/b/prod", false)],
        );
        let one = "[{git: {directories: [{path: teams/b, exclude: true}, {path: 'teams/*'}]}}]";
        assert_folders(one, "{{path}}", false, &[("teams/a", false)]);
        let deep = "[{git: {directories: [{path: 'teams/**'}]}}]";
        assert_folders(deep, "{{path}}", false, &both);
        let prefixed = "[{git: {pathParamPrefix: p, directories: [{path: teams/*}]}}]";
        assert_folders(prefixed, "{{p.path}}", false, &both);
        assert_folders(prefixed, "{{.p.path.path}}", true, &both);
        let values =
            "[{git: {directories: [{path: teams/a}], values: {env: '{{path.basename}}-1'}}}]";
        assert_folders(values, "apps/{{values.env}}", false, &[("apps/a-1", false)]);
    }

    #[test]
    fn of_a_path_that_holds_a_part_of_a_found_folder_the_glob_is_known() {
        let all = "[{git: {directories: [{path: tenants/*}]}}]";
        assert_folders(all, "apps/{{path.basename}}", false, &[("apps/*", false)]);
        assert_folders(all, "apps/{{path[1]}}", false, &[("apps/*", false)]);
        assert_folders(all, "apps/{{index .path.segments 1}}", true, &[("apps/*", false)]);
        assert_folders(all, "apps/x", false, &[("apps/x", true)]);
        let inner = "[{git: {directories: [{path: tenants/*/jobs}]}}]";
        assert_folders(inner, "apps/{{path.basename}}", false, &[("apps/jobs", true)]);
    }

    #[test]
    fn the_files_of_a_git_generator_give_their_contents_and_paths() {
        let files = "[{git: {files: [{path: 'envs/*.yaml'}]}}]";
        let all = [("x/eu", false), ("x/us1", false), ("x/us2", false)];
        assert_folders(files, "x/{{ns}}", false, &all);
        assert_folders(files, "x/{{.ns}}", true, &all);
        assert_folders(
            files,
            "x/{{path.filename}}",
            false,
            &[("x/eu.yaml", false), ("x/us.yaml", true)],
        );
        let without =
            "[{git: {files: [{path: 'envs/*.yaml'}, {path: envs/us.yaml, exclude: true}]}}]";
        assert_folders(without, "x/{{.cluster.name}}", true, &[("x/one", false)]);
        assert_folders(
            "[{git: {files: [{path: '*.json'}]}}]",
            "apps/x",
            false,
            &[("apps/x", true)],
        );
    }

    #[test]
    fn a_matrix_makes_every_pair_and_its_second_generator_knows_the_first() {
        let list = "{list: {elements: [{e: x}, {e: y}]}}";
        let git = |path: &str| format!("{{git: {{directories: [{{path: '{path}'}}]}}}}");
        let matrix = |one: &str, two: &str| format!("[{{matrix: {{generators: [{one}, {two}]}}}}]");
        let pairs = matrix(&git("teams/*"), list);
        assert_folders(&pairs, "{{path}}", false, &[("teams/a", true), ("teams/b", true)]);
        let four = [
            ("teams/a/x", false),
            ("teams/a/y", false),
            ("teams/b/x", false),
            ("teams/b/y", false),
        ];
        assert_folders(&pairs, "{{path}}/{{e}}", false, &four);
        let inner = matrix("{list: {elements: [{team: teams}]}}", &git("{{team}}/*"));
        assert_folders(&inner, "{{path}}", false, &[("teams/a", false), ("teams/b", false)]);
        let clusters = matrix(&git("teams/a"), "{clusters: {}}");
        assert_folders(&clusters, "{{path}}", false, &[("teams/a", true)]);
        assert_folders(&clusters, "{{path}}/{{name}}", false, &[("teams/a/*", false)]);
        let many = format!("{{list: {{elements: [{}]}}}}", "{a: b}, ".repeat(200));
        assert_folders(&matrix(&many, &many), "apps/x", false, &[("apps/x", true)]);
    }

    #[test]
    fn a_merge_takes_the_first_generator_with_what_the_others_say_of_the_same_key() {
        let merge = |other: &str| {
            format!(
                "[{{merge: {{mergeKeys: [ns], generators: [\
             {{list: {{elements: [{{ns: a, env: p}}, {{ns: b, env: q}}]}}}}, {other}]}}}}]"
            )
        };
        let list = merge("{list: {elements: [{ns: b, env: r}, {ns: c, env: s}]}}");
        assert_folders(&list, "x/{{env}}", false, &[("x/p", false), ("x/r", false)]);
        let unknown = merge("{clusters: {}}");
        assert_folders(&unknown, "x/{{ns}}", false, &[("x/a", false), ("x/b", false)]);
        assert_folders(&unknown, "x/{{env}}", false, &[("x/*", true)]);
    }

    #[test]
    fn other_generators_apply_a_folder_several_times() {
        for generator in [
            "{clusters: {}}",
            "{pullRequest: {}}",
            "{plugin: {configMapRef: {name: a}}}",
            "{list: {elementsYaml: '[{a: b}]'}}",
            "{list: {elements: [{a: b}], template: {spec: {project: x}}}}",
            "{list: {elements: [{a: b}]}, selector: {matchLabels: {a: b}}}",
        ] {
            assert_folders(&format!("[{generator}]"), "apps/x", false, &[("apps/x", true)]);
        }
        assert_folders("[{clusters: {}}]", "apps/{{name}}", false, &[("apps/*", false)]);
        assert_folders(
            "[{clusters: {}}]",
            "apps/{{metadata.labels.env}}",
            false,
            &[("apps/*", true)],
        );
        assert_folders("[{pullRequest: {}}]", "{{branch}}/x", false, &[]);
    }

    #[test]
    fn what_is_no_plain_field_stays_unknown() {
        let list = "[{list: {elements: [{ns: a}]}}]";
        assert_folders(list, "x/{{ .ns | upper }}", true, &[("x/*", false)]);
        assert_folders(list, "x/{{ns}}", true, &[("x/*", false)]);
        assert_folders(list, "x/{{.ns}}", false, &[("x/*", false)]);
        assert_folders(list, "x/{{-  .ns -}}", true, &[("x/a", false)]);
    }

    #[test]
    fn every_text_of_the_template_is_filled_in() {
        let found = generated(
            "{generators: [{list: {elements: [{ns: a, c: two}]}}], template: {metadata: {name: 'app-{{ns}}'}, \
             spec: {destination: {name: '{{c}}', namespace: '{{ns}}'}, source: {path: x, \
             directory: {include: '{{ns}}*'}, kustomize: {namePrefix: '{{ns}}-', nameSuffix: '{{later}}', \
             patches: [{target: {name: '{{ns}}'}, patch: 'metadata: {name: {{ns}}}'}]}}}}}",
        );
        let [one] = &found[..] else { panic!("{found:?}") };
        assert_eq!(one.cluster.as_deref(), Some("two"));
        assert_eq!(one.override_files(), ["x/.argocd-source.yaml", "x/.argocd-source-app-a.yaml"]);
        let edits = &one.root_edits;
        assert_eq!(edits.default_namespace.as_ref().unwrap().text, "a");
        let fields = &edits.fields;
        assert_eq!(fields.name_prefix.as_ref().unwrap().text, "a-");
        assert_eq!(fields.name_suffix.as_ref().unwrap().text, "{{later}}");
        assert_eq!(fields.patches[0].target.as_ref().unwrap().name, "a");
        assert!(fields.unmodelled.is_empty());
        assert!(one.plain.takes("a.yaml") && !one.plain.takes("b.yaml"));
    }

    #[test]
    fn what_the_template_patches_is_unknown() {
        let found = generated(
            "{generators: [{list: {elements: [{}]}}], templatePatch: '{}', \
             template: {spec: {source: {path: x}}}}",
        );
        assert!(found[0].edits.changing(true).is_some());
        assert_eq!(found[0].root_edits.fields.unmodelled.len(), 1);
    }
}

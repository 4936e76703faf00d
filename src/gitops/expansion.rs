//! What the generators of an `ApplicationSet` make of a tree.

use std::collections::BTreeSet;

use super::application_set::{ApplicationSet, Dialect, Listing, ParameterFiles};
use super::generators::{Extra, Generator, Globs, Parameters};
use super::plain_directory::matches_path;

/// What one application is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) parameters: Parameters,
    /// Globs in the place of parameters that are known only as far as the folder goes that they lead to.
    pub(crate) globs: Parameters,
    /// It is one of an unknown number: the name of what makes them.
    pub(crate) repeated_by: Option<&'static str>,
}

/// How many applications a matrix may make. Beyond, their number is unknown.
const MAX_MADE: usize = 10_000;

/// The generators, asked.
pub(crate) struct Expansion<'e> {
    pub(crate) set: &'e ApplicationSet,
    pub(crate) listing: &'e Listing<'e>,
}

impl Expansion<'_> {
    /// What a generator makes, of the parameters of the one before it in a matrix.
    pub(crate) fn expand(&self, generator: &Generator, outer: &Made) -> Vec<Made> {
        let fill = |text: &str| self.set.dialect.fill(text, &outer.parameters);
        let joined = |parameters: Parameters| {
            let mut made = outer.clone();
            made.parameters.extend(parameters);
            made
        };
        match generator {
            Generator::List(elements) => {
                let filled = |element: &Parameters| {
                    element.iter().map(|(key, text)| (key.clone(), fill(text))).collect()
                };
                elements.iter().map(|element| joined(filled(element))).collect()
            }
            Generator::Directories { globs, extra } => {
                let globs = globs.filled(fill);
                let mut made = self.directories(&globs, extra, outer);
                for one in &mut made {
                    self.add_values(extra, one);
                }
                made
            }
            Generator::Files { globs, extra } => {
                let globs = globs.filled(fill);
                let Some(files) = self.files(&globs) else {
                    let repeated_by = outer.repeated_by.or(Some("its files generator"));
                    return vec![Made { repeated_by, ..outer.clone() }];
                };
                let sets = files.into_iter().flat_map(|(file, sets)| {
                    let of_path = self.of_path(&file, extra, true);
                    sets.into_iter()
                        .map(move |set| set.into_iter().chain(of_path.clone()).collect())
                });
                let mut made: Vec<Made> = sets.map(joined).collect();
                for one in &mut made {
                    self.add_values(extra, one);
                }
                made
            }
            Generator::Matrix(generators) => {
                generators.iter().fold(vec![outer.clone()], |all, generator| {
                    let made = all.iter().flat_map(|one| self.expand(generator, one));
                    let made: Vec<Made> = made.take(MAX_MADE + 1).collect();
                    let unknown =
                        || self.expand(&Generator::Unknown("its matrix generator"), outer);
                    if made.len() > MAX_MADE { unknown() } else { made }
                })
            }
            Generator::Merge { keys, generators } => self.merged(keys, generators, outer),
            Generator::Unknown(what) => {
                vec![Made { repeated_by: outer.repeated_by.or(Some(what)), ..outer.clone() }]
            }
        }
    }

    /// The folders that the git generator finds. Where the path of the template does not hold a found path
    /// as a whole, folders count that the listing lacks, so that only their glob is known.
    fn directories(&self, globs: &Globs, extra: &Extra, outer: &Made) -> Vec<Made> {
        let whole = match self.set.dialect {
            Dialect::Flat => format!("{}path", extra.prefix),
            Dialect::Go => format!("{}path.path", extra.prefix),
        };
        let uses = |name: &str| {
            let probe = Parameters::from([(name.to_string(), String::new())]);
            let mut templates = self.set.template.iter();
            templates.all(|it| self.set.dialect.fill(&it.folder, &probe) != it.folder)
        };
        let is_excluded = |folder: &str| globs.excluded.iter().any(|it| matches_path(it, folder));
        let is_glob = |glob: &&String| glob.contains(['*', '?', '[']);
        let mut found: BTreeSet<&str> = BTreeSet::new();
        let mut made = Vec::new();
        for glob in &globs.included {
            if !is_glob(&glob) {
                found.insert(glob);
            } else if uses(&whole) {
                let folders = self.listing.folders.iter().map(String::as_str);
                let is_hidden = |folder: &str| folder.split('/').any(|part| part.starts_with('.'));
                found.extend(folders.filter(|it| matches_path(glob, it) && !is_hidden(it)));
            } else {
                let parts: Vec<&str> = glob.split('/').collect();
                let is_told = |i: usize| {
                    let is_last = i + 1 == parts.len();
                    uses(&format!("{}path[{i}]", extra.prefix))
                        || (is_last && uses(&format!("{}path.basename", extra.prefix)))
                };
                let mut wild = (0..parts.len()).filter(|i| parts[*i].contains(['*', '?', '[']));
                let repeated_by = (!wild.all(is_told)).then_some("its git generator");
                let mut one = outer.clone();
                one.globs.extend(self.of_path(glob, extra, false));
                one.repeated_by = one.repeated_by.or(repeated_by);
                made.push(one);
            }
        }
        made.extend(found.into_iter().filter(|folder| !is_excluded(folder)).map(|folder| {
            let mut one = outer.clone();
            one.parameters.extend(self.of_path(folder, extra, false));
            one
        }));
        made
    }

    /// The files that the git generator finds, with their contents.
    fn files(&self, globs: &Globs) -> Option<ParameterFiles> {
        let mut found = ParameterFiles::new();
        for glob in &globs.included {
            found.extend((self.listing.files)(glob)?);
        }
        for glob in &globs.excluded {
            for file in (self.listing.files)(glob)?.keys() {
                found.remove(file);
            }
        }
        Some(found)
    }

    /// The parameters of a path that the git generator finds; `is_file` if it is that of a file.
    fn of_path(&self, found: &str, extra: &Extra, is_file: bool) -> Parameters {
        let (folder, file) = match found.rsplit_once('/') {
            Some((folder, file)) if is_file => (folder, Some(file)),
            None if is_file => (".", Some(found)),
            _ => (found, None),
        };
        let basename = folder.rsplit('/').next().unwrap_or_default();
        let whole = if self.set.dialect == Dialect::Go { "path.path" } else { "path" };
        let mut named = vec![
            (whole.to_string(), folder.to_string()),
            ("path.basename".to_string(), basename.to_string()),
            ("path.basenameNormalized".to_string(), sanitized(basename)),
        ];
        if let Some(file) = file {
            named.push(("path.filename".to_string(), file.to_string()));
            named.push(("path.filenameNormalized".to_string(), sanitized(file)));
        }
        let parts = folder.split('/').enumerate();
        named.extend(parts.map(|(i, part)| (format!("path[{i}]"), part.to_string())));
        let prefixed =
            named.into_iter().map(|(name, text)| (format!("{}{name}", extra.prefix), text));
        prefixed.collect()
    }

    /// Adds the `values` of a git generator, which may hold parameters.
    fn add_values(&self, extra: &Extra, made: &mut Made) {
        for (name, text) in &extra.values {
            let filled = self.set.dialect.fill(text, &made.parameters);
            if !filled.contains("{{") {
                made.parameters.insert(format!("values.{name}"), filled);
            }
        }
    }

    /// What the first generator makes, with what the others make of the same keys.
    fn merged(&self, keys: &[String], generators: &[Generator], outer: &Made) -> Vec<Made> {
        let mut expanded = generators.iter().map(|generator| self.expand(generator, outer));
        let mut base = expanded.next().unwrap_or_default();
        for other in expanded {
            for one in &mut base {
                let same = |it: &&Made| {
                    keys.iter().all(|key| {
                        let value = it.parameters.get(key);
                        value.is_some() && value == one.parameters.get(key)
                    })
                };
                if other.iter().any(|it| it.repeated_by.is_some() || !it.globs.is_empty()) {
                    // It may override whatever there is.
                    one.parameters.retain(|name, _| keys.contains(name));
                } else if let Some(found) = other.iter().find(same) {
                    one.parameters.extend(found.parameters.clone());
                }
            }
        }
        base
    }
}

/// A name as Argo CD makes it fit for Kubernetes (`SanitizeName`).
fn sanitized(name: &str) -> String {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
    let lower = name.to_lowercase();
    let kept: String = lower.chars().map(|c| if fits(c) { c } else { '-' }).take(253).collect();
    kept.trim_matches(['-', '.']).to_string()
}

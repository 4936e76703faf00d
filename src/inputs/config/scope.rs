//! `[[scope]]`: parts of the tree with inputs of their own.

use toml::Spanned;

use super::schema::{FieldText, RawScope};
use super::{Config, Parser, path, step, values};
use crate::diagnostic::FilePosition;
use crate::flink::releases::Release;
use crate::inputs::{ScopePath, WorkloadOverride};
use crate::task::Step;
use crate::text::did_you_mean;

/// What a scope of the configuration says, or the configuration of the whole tree, which supplies what is
/// absent.
#[derive(Debug, Default)]
pub(crate) struct ConfigScope {
    /// By which it is called; no two scopes have the same.
    pub(crate) name: Option<String>,
    pub(crate) paths: Vec<ScopePath>,
    /// Its own step.
    pub(crate) step: Option<Step>,
    /// Paths of savepoint maps, as written.
    pub(crate) savepoints: Option<Vec<String>>,
    /// Paths of files of the operator's configuration, as written.
    pub(crate) operator: Option<Vec<String>>,
    pub(crate) namespace: Option<String>,
    pub(crate) target: Option<Release>,
    pub(crate) service_account: Option<String>,
    pub(crate) overrides: Vec<WorkloadOverride>,
    /// Where it is defined.
    pub(crate) origin: FilePosition,
}

impl Config {
    /// The own steps of the scopes that a run is about, or of the chosen one.
    pub(crate) fn scope_steps(&self, chosen: Option<usize>) -> impl Iterator<Item = Step> {
        let scopes = self.scopes.iter().enumerate();
        let chosen = scopes.filter(move |(i, _)| chosen.is_none_or(|chosen| chosen == *i));
        chosen.filter_map(|(_, scope)| scope.step)
    }

    /// Number of the scope of this name.
    ///
    /// # Errors
    /// If there is none: what is wrong, with the names that there are.
    pub fn scope(&self, name: &str) -> Result<usize, String> {
        let names: Vec<&str> = self.scopes.iter().filter_map(|it| it.name.as_deref()).collect();
        let is_meant = |scope: &ConfigScope| scope.name.as_deref() == Some(name);
        self.scopes.iter().position(is_meant).ok_or_else(|| match &names[..] {
            [] => "no [[scope]] of the configuration has a name; write `name = \"eu\"` under it"
                .into(),
            names => {
                let near = did_you_mean(name, names.iter().copied());
                format!("no scope is named `{name}`{near} (known: {})", names.join(", "))
            }
        })
    }
}

impl Parser<'_> {
    pub(crate) fn scopes(&mut self, raw: Vec<Spanned<RawScope>>) -> Vec<ConfigScope> {
        let mut scopes: Vec<ConfigScope> = Vec::new();
        for raw in raw {
            let origin = self.origin(raw.span().start);
            let raw = raw.into_inner();
            if raw.paths.is_empty() {
                let line =
                    format!("{origin}: error: a scope needs paths, such as `clusters/eu/**`");
                self.errors.push(line);
            }
            let paths = self.scope_paths(raw.paths, &scopes);
            let name_at = raw.name.as_ref().map(|name| name.0.span().start);
            let name = self.value(raw.name, scope_name);
            let namesake = scopes.iter().find(|scope| name.is_some() && scope.name == name);
            if let (Some(at), Some(other)) = (name_at, namesake) {
                let message =
                    format!("the scope at {} has this name too; rename one", other.origin);
                self.error(at, &message);
            }
            scopes.push(ConfigScope {
                name,
                paths,
                step: self.value(raw.step, step),
                savepoints: raw.savepoints.map(|paths| self.all(paths, path)),
                operator: raw.operator_config.map(|paths| self.all(paths, path)),
                namespace: self.value(raw.namespace, values::namespace),
                target: self.value(raw.target_operator, Release::parse),
                service_account: self.value(raw.service_account, values::service_account),
                overrides: self.overrides(raw.workload),
                origin,
            });
        }
        scopes
    }

    fn scope_paths(&mut self, raw: Vec<FieldText>, before: &[ConfigScope]) -> Vec<ScopePath> {
        let mut paths = Vec::new();
        for path in raw {
            let (at, text) = (path.0.span().start, path.0.get_ref().clone());
            let found = self.value(Some(path), scope_path);
            let Some(found) = found else { continue };
            let holds = |scope: &&ConfigScope| scope.paths.iter().any(|p| p.text == found.text);
            if let Some(other) = before.iter().find(holds) {
                let message = format!(
                    "`{text}` belongs to the scope at {} already; give it to one of the two",
                    other.origin
                );
                self.error(at, &message);
            }
            paths.push(found);
        }
        paths
    }
}

/// What `--scope` can be given.
fn scope_name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain) {
        return Ok(text.to_string());
    }
    Err(format!("`{text}` is no name; write letters, digits, `-`, `_`, `.` and `/`, such as `eu`"))
}

/// A glob relative to the configuration; a directory takes all that lies below it.
fn scope_path(text: &str) -> Result<ScopePath, String> {
    if text.starts_with('/') || text.split(['/', '\\']).any(|part| part == "..") {
        return Err(format!(
            "`{text}` matches nothing: paths are relative to the configuration's folder, and must \
             be below it"
        ));
    }
    let name = text.trim_start_matches("./");
    let name = name.trim_end_matches('/').trim_end_matches("/**");
    if text.is_empty() {
        return Err("the path is empty; write a glob such as `clusters/eu/**`".into());
    }
    let name = if matches!(name, "" | ".") { "**" } else { name };
    let matcher = values::path_glob(name)
        .map_err(|message| format!("{message}; write a glob such as `clusters/eu/**`"))?;
    Ok(ScopePath { text: name.to_string(), matcher })
}

//! `[[scope]]`: parts of the tree with inputs of their own.

use toml::Spanned;

use super::schema::{FieldText, RawScope};
use super::{Parser, path, values};
use crate::diagnostic::FilePosition;
use crate::flink::releases::Release;
use crate::inputs::{ScopePath, WorkloadOverride};

/// What a scope of the configuration says, or the configuration of the whole tree, which supplies what is
/// absent.
#[derive(Debug, Default)]
pub(crate) struct ConfigScope {
    pub(crate) paths: Vec<ScopePath>,
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
            scopes.push(ConfigScope {
                paths,
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

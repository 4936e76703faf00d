//! `[[scope]]`: parts of the tree with facts of their own.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSetBuilder};
use toml::Spanned;

use super::super::values;
use super::Reading;
use super::written::WrittenScope;
use crate::flink::releases::Release;
use crate::rules::{Answer, ScopePath};

/// What one scope says. What is absent is left to the whole tree.
#[derive(Debug)]
pub(in crate::cli) struct ConfigScope {
    pub(in crate::cli) paths: Vec<ScopePath>,
    /// Paths of maps, made absolute.
    pub(in crate::cli) savepoints: Option<Vec<PathBuf>>,
    /// Paths of what the operator says, made absolute.
    pub(in crate::cli) operator_config: Option<Vec<PathBuf>>,
    pub(in crate::cli) namespace: Option<String>,
    pub(in crate::cli) target: Option<Release>,
    pub(in crate::cli) service_account: Option<String>,
    pub(in crate::cli) answers: Vec<Answer>,
    /// Where it stands: `path:line:col`.
    pub(in crate::cli) origin: String,
}

impl Reading<'_> {
    pub(super) fn scopes(&mut self, written: Vec<Spanned<WrittenScope>>) -> Vec<ConfigScope> {
        let mut scopes: Vec<ConfigScope> = Vec::new();
        for written in written {
            let origin = self.place(written.span().start);
            let written = written.into_inner();
            if written.paths.is_empty() {
                let line =
                    format!("{origin}: error: a scope needs paths, such as `clusters/eu/**`");
                self.errors.push(line);
            }
            let paths = self.scope_paths(written.paths, &scopes);
            scopes.push(ConfigScope {
                paths,
                savepoints: written.savepoints.map(|paths| self.paths(paths)),
                operator_config: written.operator_config.map(|paths| self.paths(paths)),
                namespace: self.value(written.namespace, values::namespace),
                target: self.value(written.target_operator, Release::parse),
                service_account: self.value(written.service_account, values::service_account),
                answers: self.answers(written.workload),
                origin,
            });
        }
        scopes
    }

    fn scope_paths(
        &mut self,
        written: Vec<Spanned<String>>,
        before: &[ConfigScope],
    ) -> Vec<ScopePath> {
        let directory = self.directory;
        let mut paths = Vec::new();
        for path in written {
            let (at, text) = (path.span().start, path.get_ref().clone());
            let found = self.value(Some(path), |text| scope_path(directory, text));
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
fn scope_path(directory: &Path, text: &str) -> Result<ScopePath, String> {
    if text.starts_with('/') || text.split(['/', '\\']).any(|part| part == "..") {
        return Err(format!(
            "`{text}` matches nothing: paths are relative to the configuration's folder, and lie below it"
        ));
    }
    let name = text.trim_start_matches("./");
    let name = name.trim_end_matches('/').trim_end_matches("/**");
    if text.is_empty() {
        return Err("the path is empty; write a glob such as `clusters/eu/**`".into());
    }
    let name = if matches!(name, "" | ".") { "**" } else { name };
    let base = globset::escape(directory.to_string_lossy().trim_start_matches('/'));
    let mut globs = GlobSetBuilder::new();
    for pattern in [format!("{base}/{name}"), format!("{base}/{name}/**")] {
        let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
        globs.add(
            glob.map_err(|error| {
                format!("{}; write a glob such as `clusters/eu/**`", error.kind())
            })?,
        );
    }
    let matcher = globs.build().map_err(|error| error.to_string())?;
    Ok(ScopePath { text: name.to_string(), matcher })
}

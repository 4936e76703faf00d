//! A file of objects of Argo CD and Flux that the configuration names: manifests, or a dump.

use super::{DeliveringObject, delivering_objects};
use crate::diagnostic::FilePosition;
use crate::path::RepoPath;
use crate::text::SourceFile;
use crate::yaml;

/// Reads the objects of such a file.
///
/// # Errors
/// If it cannot be read, or has no such object: where and what.
pub(crate) fn read_listed_file(
    file: &RepoPath,
    source: SourceFile<'_>,
) -> Result<Vec<DeliveringObject>, (FilePosition, String)> {
    let (index, mut found) = (source.line_index(), Vec::new());
    let error = |at: usize, message: &str| {
        let position = FilePosition { name: source.name.into(), position: index.position(at) };
        (position, message.to_string())
    };
    for chunk in yaml::chunks(source.text) {
        let begin = chunk.span.start;
        let doc = yaml::parse(&source.text[chunk.span.range()], begin)
            .map_err(|cause| error(begin + cause.at, &cause.message))?;
        found.extend(delivering_objects(&doc, file, &index));
    }
    if found.is_empty() {
        let message = "no Application, ApplicationSet or Kustomization of Argo CD or Flux found; \
                       name files that hold some, or what `kubectl get -o yaml` prints of them";
        return Err(error(0, message));
    }
    Ok(found)
}

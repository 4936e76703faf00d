//! A folder without a kustomization, as Argo CD and Flux apply it: file by file.

use globset::GlobBuilder;

use super::{is_true, text};
use crate::yaml::NodeRef;

/// Which files of such a folder an object applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlainDirectory {
    /// Flux makes a kustomization of every manifest below the folder; a folder below it that has a
    /// kustomization counts as that (`generator.go` of fluxcd/pkg/kustomize).
    Flux,
    /// Argo CD applies the manifests at the top of the folder (`findManifests` of its repository server).
    Argo {
        /// Those below it too.
        recurse: bool,
        /// A glob that a path has to match; empty text for any.
        include: String,
        /// A glob that a path must not match; empty text for none.
        exclude: String,
    },
}

impl PlainDirectory {
    /// What Argo CD does if it is told nothing.
    pub(crate) fn argo() -> PlainDirectory {
        let (include, exclude) = (String::new(), String::new());
        PlainDirectory::Argo { recurse: false, include, exclude }
    }

    /// Merges the `directory` of a source into this.
    pub(crate) fn merge(&mut self, directory: NodeRef<'_>) {
        if directory.is_null() {
            *self = PlainDirectory::argo();
        }
        let PlainDirectory::Argo { recurse, include, exclude } = self else { return };
        if let Some(node) = directory.get("recurse") {
            *recurse = is_true(node);
        }
        for (key, glob) in [("include", include), ("exclude", exclude)] {
            if directory.get(key).is_some() {
                *glob = text(directory, &[key]).unwrap_or_default().to_string();
            }
        }
    }

    /// The same with other texts: those of a template, filled in.
    pub(crate) fn with_texts(&self, fill: impl Fn(&str) -> String) -> PlainDirectory {
        match self {
            PlainDirectory::Flux => PlainDirectory::Flux,
            PlainDirectory::Argo { recurse, include, exclude } => PlainDirectory::Argo {
                recurse: *recurse,
                include: fill(include),
                exclude: fill(exclude),
            },
        }
    }

    /// True if files below the top of the folder are applied.
    pub fn is_recursive(&self) -> bool {
        match self {
            PlainDirectory::Flux => true,
            PlainDirectory::Argo { recurse, .. } => *recurse,
        }
    }

    /// True if the file with this path, relative to the folder, is applied.
    pub fn takes(&self, relative: &str) -> bool {
        let extension = relative.rsplit_once('.').map(|(_, extension)| extension);
        match self {
            PlainDirectory::Flux => matches!(extension, Some("yaml" | "yml")),
            PlainDirectory::Argo { recurse, include, exclude } => {
                matches!(extension, Some("yaml" | "yml" | "json" | "jsonnet"))
                    && (*recurse || !relative.contains('/'))
                    && (exclude.is_empty() || !matches_glob(exclude, relative))
                    && (include.is_empty() || matches_glob(include, relative))
            }
        }
    }
}

/// A glob of Argo CD (`util/glob`, gobwas/glob without separators): `*` and `?` match slashes too. One
/// that is no glob matches nothing.
fn matches_glob(glob: &str, relative: &str) -> bool {
    matches_pattern(glob, false, relative)
}

/// A pattern of Go's `path.Match`: no `*` crosses a slash, and neither `**` nor braces are special.
pub(crate) fn matches_path(pattern: &str, folder: &str) -> bool {
    let literal: String = pattern.chars().map(escaped_brace).collect();
    matches_pattern(&literal, true, folder)
}

fn escaped_brace(c: char) -> String {
    if matches!(c, '{' | '}') { format!("[{c}]") } else { c.to_string() }
}

fn matches_pattern(glob: &str, literal_separator: bool, text: &str) -> bool {
    let mut single = glob.to_string();
    // Two stars are a word of its own to globset.
    while single.contains("**") {
        single = single.replace("**", "*");
    }
    let glob = GlobBuilder::new(&single)
        .literal_separator(literal_separator)
        .backslash_escape(true)
        .empty_alternates(true)
        .build();
    glob.is_ok_and(|glob| glob.compile_matcher().is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argo(recurse: bool, include: &str, exclude: &str) -> PlainDirectory {
        PlainDirectory::Argo { recurse, include: include.into(), exclude: exclude.into() }
    }

    #[test]
    fn flux_applies_every_yaml_file_below_the_folder() {
        for (file, is_taken) in
            [("a.yaml", true), ("a/b/c.yml", true), ("a.json", false), ("a.YAML", false)]
        {
            assert_eq!(PlainDirectory::Flux.takes(file), is_taken, "{file}");
        }
    }

    #[test]
    fn argo_applies_the_top_of_the_folder_unless_it_recurses() {
        for (directory, file, is_taken) in [
            (argo(false, "", ""), "a.yaml", true),
            (argo(false, "", ""), "a.json", true),
            (argo(false, "", ""), "a.txt", false),
            (argo(false, "", ""), "b/a.yaml", false),
            (argo(true, "", ""), "b/a.yaml", true),
            (argo(true, "*.yaml", ""), "b/a.yaml", true),
            (argo(true, "*.yaml", ""), "b/a.json", false),
            (argo(true, "b/*", "b/a*"), "b/a.yaml", false),
            (argo(true, "b/*", "b/a*"), "b/c.yaml", true),
            (argo(true, "{b,c}/**", ""), "c/d/e.yaml", true),
            (argo(true, "**/a.yaml", ""), "a.yaml", false),
            (argo(false, "[!a].yaml", ""), "a.yaml", false),
            (argo(false, "[a", ""), "a.yaml", false),
            (argo(false, "", "[a"), "a.yaml", true),
        ] {
            assert_eq!(directory.takes(file), is_taken, "{directory:?} {file}");
        }
    }

    #[test]
    fn a_pattern_of_a_git_generator_does_not_cross_slashes() {
        for (pattern, path, is_match) in [
            ("teams/*", "teams/a", true),
            ("teams/*", "teams/a/b", false),
            ("teams/**", "teams/a/b", false),
            ("*/prod", "a/prod", true),
            ("t?", "ta", true),
            ("{a,b}", "a", false),
            ("{a,b}", "{a,b}", true),
        ] {
            assert_eq!(matches_path(pattern, path), is_match, "{pattern} {path}");
        }
    }
}

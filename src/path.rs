//! The path of a file, in the one form in which files are compared, and its other spellings.

use std::borrow::Borrow;
use std::sync::Arc;

/// The path of a file or folder of a run: UTF-8, with `/`, without `.`, `..` and a slash at its end.
///
/// It is relative to the base of the run, which itself is the empty path: the repository, else the
/// folder of the configuration, else the working directory. What lies outside the base has an
/// absolute path. Two paths are equal exactly if they name the same place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Arc<str>);

impl Default for RepoPath {
    fn default() -> RepoPath {
        RepoPath("".into())
    }
}

/// From a path below the base, in whatever spelling; `..` does not climb above the base.
impl From<&str> for RepoPath {
    fn from(below: &str) -> RepoPath {
        RepoPath(joined("", below).trim_start_matches('/').into())
    }
}

/// A map by paths can be asked with the text of one.
impl Borrow<str> for RepoPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The files whose places in the tree say where a workload is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkloadSource<'w> {
    /// Its file; that of the kustomization that builds it, where it is judged as built.
    pub file: &'w RepoPath,
    /// The file of the object of Argo CD or Flux that delivers it; nothing where that is any that delivers
    /// the file.
    pub delivering_file: Option<&'w RepoPath>,
}

impl<'w> From<&'w RepoPath> for WorkloadSource<'w> {
    fn from(file: &'w RepoPath) -> WorkloadSource<'w> {
        WorkloadSource { file, delivering_file: None }
    }
}

impl RepoPath {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder that holds it; a top folder holds itself.
    #[must_use]
    pub fn folder(&self) -> RepoPath {
        match self.0.rsplit_once('/') {
            Some(("", _)) => RepoPath("/".into()),
            Some((folder, _)) => RepoPath(folder.into()),
            None => RepoPath::default(),
        }
    }

    /// The path of the folder that holds it, as text; nothing for what lies in the base itself.
    pub(crate) fn folder_name(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(folder, _)| folder)
    }

    /// The last part of it.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// It in two parts, for each folder that holds it, the outermost first, and at last itself. The
    /// first part is spelt like a path.
    pub fn splits(&self) -> impl Iterator<Item = (&str, &str)> {
        let ends = self.0.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
        ends.chain([self.0.len()]).map(|end| self.0.split_at(end))
    }

    /// True if it lies outside the base.
    pub fn is_absolute(&self) -> bool {
        self.0.starts_with('/')
    }
}

/// The spellings of the paths of one run: absolute, and relative to the working directory, as people
/// type and read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathNames {
    /// Absolute; the empty text for the root of the file system.
    base: Arc<str>,
    cwd: RepoPath,
}

/// The base is the root of the file system, and the working directory too.
impl Default for PathNames {
    fn default() -> PathNames {
        PathNames::new("/", "/")
    }
}

impl PathNames {
    /// The names of a run over `base`, seen from `cwd`; both are absolute.
    pub fn new(base: &str, cwd: &str) -> PathNames {
        let base = joined("", base).trim_end_matches('/').into();
        let names = PathNames { base, cwd: RepoPath::default() };
        PathNames { cwd: names.path(cwd), ..names }
    }

    /// The path of this absolute name.
    pub fn path(&self, absolute: &str) -> RepoPath {
        self.relative(&joined("", absolute))
    }

    /// The path of a name that people typed, relative to the working directory or absolute.
    pub fn parse(&self, name: &str) -> RepoPath {
        self.resolve(&self.cwd, name)
    }

    /// The path that a file in `folder` calls by this name.
    pub fn resolve(&self, folder: &RepoPath, name: &str) -> RepoPath {
        if let Some(path) = below_base(folder, name) {
            return path;
        }
        let from = if name.starts_with('/') { String::new() } else { self.absolute(folder) };
        self.relative(&joined(&from, name))
    }

    /// The absolute name.
    pub fn absolute(&self, path: &RepoPath) -> String {
        match (path.is_absolute(), path.as_str()) {
            (true, text) => text.to_string(),
            (false, "") => format!("{}/", self.base.trim_end_matches('/')),
            (false, text) => format!("{}/{text}", self.base),
        }
    }

    /// The name for people: relative to the working directory, with `..` where it lies elsewhere.
    pub fn display(&self, path: &RepoPath) -> String {
        if self.cwd.as_str().is_empty() && !path.is_absolute() && !path.as_str().is_empty() {
            return path.as_str().to_string();
        }
        let (cwd, path) = (self.absolute(&self.cwd), self.absolute(path));
        let parts = |text| str::split(text, '/').filter(|part| !part.is_empty());
        let shared = parts(&cwd).zip(parts(&path)).take_while(|(a, b)| a == b).count();
        let up = std::iter::repeat_n("..", parts(&cwd).count() - shared);
        let names: Vec<&str> = up.chain(parts(&path).skip(shared)).collect();
        if names.is_empty() { ".".to_string() } else { names.join("/") }
    }

    /// The name for programs, of a name for people: relative to the base, so that it does not depend on the
    /// working directory. It stays as it is where it lies outside the base.
    pub fn for_programs(&self, display: &str) -> String {
        match self.parse(display) {
            path if path.is_absolute() || path.as_str().is_empty() => display.to_string(),
            path => path.as_str().to_string(),
        }
    }

    /// The name for people with a line number behind it, which counts from 1.
    pub fn display_line(&self, path: &RepoPath, line: usize) -> String {
        format!("{}:{line}", self.display(path))
    }

    fn relative(&self, absolute: &str) -> RepoPath {
        match absolute.strip_prefix(&*self.base) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                RepoPath(rest.trim_start_matches('/').into())
            }
            _ => RepoPath(absolute.into()),
        }
    }
}

/// The path that a file in `folder` calls by this name; nothing if that leaves the base on its way.
fn below_base(folder: &RepoPath, name: &str) -> Option<RepoPath> {
    if name.starts_with('/') || folder.is_absolute() {
        return None;
    }
    let mut path = String::with_capacity(folder.0.len() + 1 + name.len());
    path.push_str(&folder.0);
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." if path.is_empty() => return None,
            ".." => path.truncate(path.rfind('/').unwrap_or(0)),
            part => {
                if !path.is_empty() {
                    path.push('/');
                }
                path.push_str(part);
            }
        }
    }
    Some(RepoPath(path.into()))
}

/// The absolute name of `name` seen from `folder`, without `.` and `..`.
fn joined(folder: &str, name: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(name.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> PathNames {
        PathNames::new("/srv/repo", "/srv/repo/prod")
    }

    #[test]
    fn two_spellings_of_one_place_are_one_path() {
        let names = names();
        let file = names.parse("orders.yaml");
        assert_eq!(file.as_str(), "prod/orders.yaml");
        for name in ["./orders.yaml", "../prod//orders.yaml", "/srv/repo/prod/x/../orders.yaml"] {
            assert_eq!(names.parse(name), file, "{name}");
        }
        assert_eq!(names.resolve(&RepoPath::from("base"), "../prod/./orders.yaml"), file);
        assert_eq!(names.path("/srv/repo/prod/orders.yaml"), file);
        assert_eq!(RepoPath::from("./prod/orders.yaml"), file);
    }

    #[test]
    fn what_lies_outside_the_base_is_absolute() {
        let names = names();
        let file = names.parse("../../other/a.yaml");
        assert_eq!(file.as_str(), "/srv/other/a.yaml");
        assert!(file.is_absolute());
        assert_eq!(names.resolve(&file.folder(), "../repo/b.yaml"), RepoPath::from("b.yaml"));
        assert_eq!(names.path("/srv/repository/a.yaml").as_str(), "/srv/repository/a.yaml");
        assert_eq!(names.path("/srv/repo"), RepoPath::default());
    }

    #[test]
    fn people_read_names_from_their_working_directory() {
        let names = names();
        let display = |name: &str| names.display(&names.path(name));
        assert_eq!(display("/srv/repo/prod/a/b.yaml"), "a/b.yaml");
        assert_eq!(display("/srv/repo/base/b.yaml"), "../base/b.yaml");
        assert_eq!(display("/else/b.yaml"), "../../../else/b.yaml");
        assert_eq!(display("/srv/repo/prod"), ".");
        assert_eq!(names.display_line(&names.parse("a.yaml"), 7), "a.yaml:7");
        let outside = PathNames::new("/srv/repo", "/srv");
        assert_eq!(outside.display(&RepoPath::from("a.yaml")), "repo/a.yaml");
        assert_eq!(PathNames::default().display(&RepoPath::from("x/a.yaml")), "x/a.yaml");
    }

    #[test]
    fn programs_read_names_from_the_base() {
        let names = names();
        for (display, path) in [
            ("a/b.yaml", "prod/a/b.yaml"),
            ("../base/b.yaml", "base/b.yaml"),
            ("../../else/b.yaml", "../../else/b.yaml"),
            ("/else/b.yaml", "/else/b.yaml"),
        ] {
            assert_eq!(names.for_programs(display), path);
        }
    }

    #[test]
    fn the_absolute_name_leads_back_to_the_path() {
        for (base, cwd) in [("/srv/repo", "/srv/repo/prod"), ("/", "/"), ("/a", "/b/c")] {
            let names = PathNames::new(base, cwd);
            for name in ["a.yaml", "../../x/b.yaml", ".", "/", "/a/b"] {
                let path = names.parse(name);
                assert_eq!(names.path(&names.absolute(&path)), path, "{base} {cwd} {name}");
                assert_eq!(names.parse(&names.display(&path)), path, "{base} {cwd} {name}");
            }
        }
    }

    #[test]
    fn a_path_knows_its_folders() {
        let file = RepoPath::from("clusters/eu/orders.yaml");
        assert_eq!(file.file_name(), "orders.yaml");
        assert_eq!(file.folder(), RepoPath::from("clusters/eu"));
        assert_eq!(RepoPath::from("orders.yaml").folder(), RepoPath::default());
        let file = RepoPath::from("eu/orders.yaml");
        let splits: Vec<(&str, &str)> = file.splits().collect();
        assert_eq!(splits, [("eu", "/orders.yaml"), ("eu/orders.yaml", "")]);
    }
}

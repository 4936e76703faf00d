//! What becomes of a workload on its way through kustomize: its key, and who decides its fields.

use std::collections::{BTreeSet, HashSet};

use super::build_graph::{Builder, UnseenBuilds};
use super::lookup::{Ambiguity, BUILD};
use super::{FileRole, Kustomization, NamedFile, Project, WorkloadSummary};
use crate::flink::names::field;
use crate::flink::workload::Workload;
use crate::k8s::{ObjectKey, is_dns_label, is_dns_name};
use crate::path::RepoPath;

/// What one build path makes of a workload.
pub(crate) struct BuiltWorkload<'p> {
    pub(crate) root: &'p Kustomization,
    /// Its key, if namespace and name are known.
    pub(crate) key: Option<ObjectKey>,
    /// The `initialSavepointPath` that a patch gives it.
    pub(crate) savepoint_path: Option<&'p str>,
}

impl Project {
    /// Takes note of what kustomizations name and nobody reads. These files were read because they are
    /// named.
    pub(crate) fn add_unread_resources(
        &mut self,
        read: &HashSet<&RepoPath>,
        exist: impl Fn(&[&RepoPath]) -> Vec<bool>,
    ) {
        let (by_file, is_read) = (&self.by_file, |file: &RepoPath| read.contains(file));
        let named = self.builds.builders().iter().flat_map(Builder::named_files);
        let is_local =
            |named: &NamedFile| !matches!(named.role, FileRole::Resource | FileRole::Remote);
        let is_unknown = |file: &RepoPath| !by_file.contains_key(file) && !is_read(file);
        let named = named.filter(|(file, named)| is_local(named) && is_unknown(file));
        // Where there is no workload, nobody asks what a name may mean.
        let asked: Vec<&RepoPath> =
            named.map(|(file, _)| file).filter(|_| !by_file.is_empty()).collect();
        let absent = asked.iter().zip(exist(&asked)).filter(|(_, is_there)| !is_there);
        let absent: HashSet<&RepoPath> = absent.map(|(file, _)| *file).collect();
        let exists = |file: &RepoPath| !absent.contains(file);
        for (holder, file, named) in self.builds.unread_resources(is_read, exists) {
            let reason = format!(
                "{} builds from `{}`, which is not read",
                self.names.display(holder),
                named.written
            );
            self.gaps.push(Ambiguity::new(reason, "write every entry as `namespace/name`"));
            self.unread.insert(file.clone());
            self.unread_resources.push((holder.clone(), named.clone()));
        }
    }

    /// What changes the judged fields of a workload on its way through kustomize, as far as it can
    /// be told or cannot be excluded: the kustomization, and what it does.
    pub fn modifying_builder(&self, workload: &Workload<'_>) -> Option<(&Kustomization, String)> {
        let Workload { key, file, .. } = workload;
        let has_job = workload.job().is_some();
        let has_account = workload.text(&[field::SPEC, field::SERVICE_ACCOUNT]).is_some();
        let acting: Vec<&Builder> = self.builds.acting(file).collect();
        let renamed = acting.iter().any(|builder| builder.kustomization.renames());
        acting.iter().find_map(|builder| {
            let Builder { kustomization, patches, .. } = builder;
            if let Some(what) = kustomization.edits.changing(has_job) {
                return Some((kustomization, what.to_string()));
            }
            let mut named = builder.named_files().map(|(file, _)| file);
            let renaming = named.find(|file| self.account_references.contains(*file));
            if let Some(file) = renaming.filter(|_| renamed && !has_account) {
                let file = self.names.display(file);
                let what = format!("renames the account in the pod template, as {file} says");
                return Some((kustomization, what));
            }
            if let Some(file) = patches.iter().find(|file| self.unread.contains(*file)) {
                let file = self.names.display(file);
                let what = format!("patches it with {file}, which cannot be read");
                return Some((kustomization, what));
            }
            let patch = patches.iter().flat_map(|file| self.workloads_in(file)).find(|patch| {
                let touches = patch.touches_judged_fields || (patch.has_job && !has_job);
                touches && (renamed || patch.key.name == key.name)
            })?;
            Some((kustomization, format!("patches it with {}", self.location(patch))))
        })
    }

    /// True for a workload without a job that may have one as built, by a patch or by what is not known.
    pub(crate) fn may_get_job(&self, summary: &WorkloadSummary) -> bool {
        let brings_job = |builder: &Builder| {
            let mut patches = builder.patches.iter().flat_map(|file| self.workloads_in(file));
            builder.kustomization.edits.changing(false).is_some() || patches.any(|it| it.has_job)
        };
        !summary.has_job
            && (self.builds.acting(&summary.file).any(brings_job)
                || self.modifying_delivery(&summary.file, false).is_some())
    }

    /// What each build path makes of a workload; empty where nothing builds it.
    pub(crate) fn built_workloads(
        &self,
        key: &ObjectKey,
        file: &RepoPath,
    ) -> Vec<BuiltWorkload<'_>> {
        let mut found = Vec::new();
        for path in self.builds.build_paths(file) {
            let path: Vec<&Builder> = path.collect();
            let Some(root) = path.first().map(|root| &root.kustomization) else { continue };
            let patched = path.iter().find_map(|builder| {
                let patches = builder.patches.iter().flat_map(|file| self.workloads_in(file));
                let mut by_file = patches
                    .filter(|patch| patch.key.name == key.name)
                    .filter_map(|patch| patch.initial_savepoint.as_deref());
                let is_for = |named: &NamedFile| {
                    named.target.as_ref().is_none_or(|target| *target == key.name)
                };
                let mut targeted = builder.named_files().filter(|(_, named)| is_for(named));
                let by_selector = targeted.find_map(|(file, _)| self.targeted_paths.get(file));
                let inline = builder.kustomization.edits.savepoint_path(&key.name);
                by_file.next().or(inline).or(by_selector.map(String::as_str))
            });
            let mut names = path.iter().rev().map(|builder| &builder.kustomization);
            let name = names.try_fold(key.name.clone(), |name, by| by.renamed(&name));
            let namespace = path.iter().find_map(|it| it.kustomization.namespace.as_deref());
            let namespace = namespace.or(key.namespace.as_deref()).filter(|it| is_dns_label(it));
            let key = name.zip(namespace).map(|(name, namespace)| ObjectKey {
                namespace: Some(namespace.to_string()),
                name,
            });
            found.push(BuiltWorkload { root, key, savepoint_path: patched });
        }
        found
    }

    /// The key as kustomize builds it: its `namespace` wins over the document's. An error says why
    /// the built key cannot be told in this release.
    pub fn built_key(
        &self,
        key: &ObjectKey,
        file: &RepoPath,
        fallback: Option<&str>,
    ) -> Result<ObjectKey, Ambiguity> {
        if let Some([one, other]) = self.two_roots(file) {
            let [one, other] = [one, other].map(|by| self.names.display(&by.file));
            let reason = format!("it is built more than once, by {one} and {other}");
            return Err(Ambiguity::new(reason, BUILD));
        }
        if let Some(unseen) = self.builds.unseen_builds(file) {
            let reason = match unseen {
                UnseenBuilds::TooMany => "there are too many ways in which it is built".to_string(),
                UnseenBuilds::Open(by, why) => {
                    format!("{} {why}, and may build it too", self.names.display(&by.file))
                }
            };
            let help = "make that kustomization readable, or leave it out with `--exclude` if it builds \
                        nothing of this";
            return Err(Ambiguity::new(reason, help));
        }
        let Some(mut names) = self.built_names(&key.name, file) else {
            return Err(Ambiguity::new("a prefix or suffix of its name is filled in later", BUILD));
        };
        if let (Some(one), Some(other)) = (names.first(), names.last())
            && one != other
        {
            let reason = format!("kustomize calls it `{one}` and `{other}`");
            return Err(Ambiguity::new(reason, BUILD));
        }
        let name = names.pop_first().unwrap_or_default();
        if !name.is_empty() && !is_dns_name(&name) {
            let reason = format!("its name is filled in later: `{name}`");
            return Err(Ambiguity::new(reason, "run on the rendered manifest"));
        }
        let namespaces = self.namespaces(file);
        if let (Some(one), Some(other)) = (namespaces.first(), namespaces.last())
            && one != other
        {
            let name = |namespace: Option<&str>| {
                namespace.map_or("the namespace of its document".into(), |name| format!("`{name}`"))
            };
            let reason = format!("kustomize puts it into {} and into {}", name(*one), name(*other));
            return Err(Ambiguity::new(reason, BUILD));
        }
        let built = namespaces.first().copied().flatten();
        let namespace = match (built.or(key.namespace.as_deref()), fallback) {
            (Some(later), None) if !is_dns_label(later) => {
                let reason = format!("its namespace is filled in later: `{later}`");
                return Err(Ambiguity::new(reason, "give its namespace with `--namespace`"));
            }
            (Some(later), fallback) if !is_dns_label(later) => fallback,
            (written, fallback) => written.or(fallback),
        };
        Ok(ObjectKey { namespace: namespace.map(String::from), name })
    }

    /// What builds the file, if that is more than one kustomization: two of them.
    pub fn two_roots(&self, file: &RepoPath) -> Option<[&Kustomization; 2]> {
        let mut roots = self.builds.roots(file);
        Some([roots.next()?, roots.next()?])
    }

    /// The namespaces into which kustomize puts what stands in the file, one for each build path, the
    /// outermost word on it; nothing for a path that leaves it where its document says.
    fn namespaces(&self, file: &RepoPath) -> BTreeSet<Option<&str>> {
        let paths = self.builds.build_paths(file);
        paths
            .map(|mut path| path.find_map(|builder| builder.kustomization.namespace.as_deref()))
            .collect()
    }

    /// True if a workload of this key and file may be what an entry with this key means, as far as
    /// its namespace can tell.
    pub fn may_be_in(&self, key: &ObjectKey, file: &RepoPath, namespace: Option<&str>) -> bool {
        let built = self.namespaces(file);
        let written = key.namespace.as_deref();
        let mut namespaces = built.into_iter().map(|one| one.or(written));
        namespace.is_none()
            || namespaces.len() == 0
            || self.builds.unseen_builds(file).is_some()
            || namespaces.any(|one| one == namespace || one.is_none_or(|one| !is_dns_label(one)))
    }

    /// The file whose place in the tree says where a workload is deployed: the kustomization that is
    /// built, where there is one, else its own.
    pub fn deployed_from<'f>(&'f self, file: &'f RepoPath) -> &'f RepoPath {
        let mut roots = self.builds.roots(file);
        match (roots.next(), roots.next()) {
            (Some(root), None) => &root.file,
            _ => file,
        }
    }

    /// The names that something called so in the file has once it is built, one for each path; its own
    /// where nothing builds it. Nothing if one of them is decided later.
    pub fn built_names(&self, name: &str, file: &RepoPath) -> Option<BTreeSet<String>> {
        let names = self.builds.build_paths(file).map(|path| {
            let mut inside_out = path.rev();
            inside_out.try_fold(name.to_string(), |name, by| by.kustomization.renamed(&name))
        });
        let names: Option<BTreeSet<String>> = names.collect();
        names.map(|names| if names.is_empty() { BTreeSet::from([name.to_string()]) } else { names })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::PathNames;
    use crate::project::FileIndex;

    #[test]
    fn build_paths_that_multiply_without_end_are_ambiguous_and_end() {
        let folder = |n: usize, i: usize| format!("l{n}/k{i}");
        let kustomization = |file: &str, resources: Vec<String>| FileIndex {
            kustomization: Some(Kustomization {
                file: file.into(),
                resources,
                ..Kustomization::default()
            }),
            ..FileIndex::default()
        };
        let mut files = Vec::new();
        for n in 0..20 {
            for i in 0..3 {
                let resources = match n {
                    0 => vec!["../../base/orders.yaml".to_string()],
                    _ => (0..3).map(|j| format!("../../{}", folder(n - 1, j))).collect(),
                };
                let file = format!("{}/kustomization.yaml", folder(n, i));
                files.push(kustomization(&file, resources));
            }
        }
        let project = Project::new(files, &[], true, PathNames::default());
        assert!(
            project
                .built_key(&ObjectKey::parse("orders"), &"base/orders.yaml".into(), None)
                .is_err()
        );
    }

    #[test]
    fn a_kustomization_builds_files_outside_the_base_too() {
        let names = PathNames::new("/repo/jobs", "/repo/jobs/eu");
        let kustomization = Kustomization {
            file: names.parse("../kustomization.yaml"),
            resources: vec!["../base/orders.yaml".into(), "./eu/../eu/a.yaml".into()],
            ..Kustomization::default()
        };
        let root = kustomization.file.clone();
        let index = FileIndex { kustomization: Some(kustomization), ..FileIndex::default() };
        let project = Project::new(vec![index], &[], true, names.clone());
        for name in ["../../base/orders.yaml", "/repo/base/orders.yaml", "a.yaml"] {
            assert_eq!(*project.deployed_from(&names.parse(name)), root, "{name}");
        }
        let other = names.parse("../../../base/orders.yaml");
        assert_eq!(*project.deployed_from(&other), other);
    }

    #[test]
    fn a_link_to_a_folder_is_that_folder() {
        let kustomization = |file: &str, resource: &str| FileIndex {
            kustomization: Some(Kustomization {
                file: file.into(),
                resources: vec![resource.into()],
                ..Kustomization::default()
            }),
            ..FileIndex::default()
        };
        let files = vec![
            kustomization("base/kustomization.yaml", "orders.yaml"),
            kustomization("prod/kustomization.yaml", "../base"),
            kustomization("dev/kustomization.yaml", "../link"),
        ];
        let links = [("link".into(), "base".into())];
        let project = Project::new(files, &links, true, PathNames::default());
        assert!(
            project
                .built_key(&ObjectKey::parse("orders"), &"base/orders.yaml".into(), None)
                .is_err()
        );
    }

    #[test]
    fn a_base_that_two_kustomizations_build_has_no_key_of_its_own() {
        let kustomization = |file: &str, resources: &[&str], namespace: Option<&str>| FileIndex {
            kustomization: Some(Kustomization {
                file: file.into(),
                resources: resources.iter().map(|r| (*r).to_string()).collect(),
                namespace: namespace.map(String::from),
                ..Kustomization::default()
            }),
            ..FileIndex::default()
        };
        let project = Project::new(
            vec![
                kustomization("base/kustomization.yaml", &["orders.yaml"], None),
                kustomization("overlays/prod/kustomization.yaml", &["../../base"], Some("prod")),
                kustomization("overlays/dev/kustomization.yaml", &["../../base/"], Some("dev")),
            ],
            &[],
            true,
            PathNames::default(),
        );
        let key = ObjectKey::parse("orders");
        assert!(project.built_key(&key, &"base/orders.yaml".into(), None).is_err());
        assert_eq!(
            project.built_key(&key, &"other.yaml".into(), Some("x")).map(|k| k.to_string()),
            Ok("x/orders".into())
        );
    }
}

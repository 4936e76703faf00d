//! Which objects of Argo CD and Flux apply a file, and how often it is deployed by them or by symbolic links.

use std::collections::{BTreeSet, HashMap};

use globset::{GlobBuilder, GlobMatcher};

use super::Project;
use crate::flink::names::is_placeholder;
use crate::gitops::{DeliveringObject, Delivery};
use crate::k8s::ObjectKey;
use crate::path::{RepoPath, WorkloadSource};

/// Number of an object, and of one of its deliveries.
type DeliveryId = (usize, usize);

/// The objects of a tree, found by the folders that they apply.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deliveries {
    objects: Vec<DeliveringObject>,
    by_folder: HashMap<String, Vec<DeliveryId>>,
    /// Those of folders with globs, as `ApplicationSet`s name them.
    by_glob: Vec<(GlobMatcher, DeliveryId)>,
}

impl Deliveries {
    pub(crate) fn new(objects: Vec<DeliveringObject>) -> Deliveries {
        let mut deliveries = Deliveries { objects, ..Deliveries::default() };
        for (i, object) in deliveries.objects.iter().enumerate() {
            // An object and its rendering beside it are one.
            let is_known = deliveries.objects[..i].iter().any(|known| known.is_twin_of(object));
            for (j, delivery) in object.deliveries.iter().enumerate().filter(|_| !is_known) {
                let glob = GlobBuilder::new(&delivery.folder).literal_separator(true).build();
                if let Some(glob) = glob.ok().filter(|_| delivery.is_glob()) {
                    deliveries.by_glob.push((glob.compile_matcher(), (i, j)));
                } else {
                    deliveries.by_folder.entry(delivery.folder.clone()).or_default().push((i, j));
                }
            }
        }
        deliveries
    }

    /// Every object, those that apply nothing of this tree too.
    pub(crate) fn objects(&self) -> &[DeliveringObject] {
        &self.objects
    }

    /// The deliveries that apply what is in this folder: its kustomization if it has one, else its files.
    pub(crate) fn of_folder(
        &self,
        folder: &RepoPath,
        has_kustomization: impl Fn(&RepoPath) -> bool,
    ) -> Vec<DeliveryId> {
        let mut found = self.at(folder);
        let mut above = folder.clone();
        while !self.is_empty() && above.folder() != above {
            above = above.folder();
            // A kustomization on the way builds what is below it.
            if has_kustomization(&above) {
                break;
            }
            found.extend(
                self.at(&above).into_iter().filter(|id| self.delivery(*id).plain.is_recursive()),
            );
        }
        found
    }

    fn is_empty(&self) -> bool {
        self.by_folder.is_empty() && self.by_glob.is_empty()
    }

    fn at(&self, folder: &RepoPath) -> Vec<DeliveryId> {
        let literal = self.by_folder.get(folder.as_str()).into_iter().flatten().copied();
        let globs = self.by_glob.iter().filter(|(glob, _)| glob.is_match(folder.as_str()));
        literal.chain(globs.map(|(_, id)| *id)).collect()
    }

    fn delivery(&self, (object, delivery): DeliveryId) -> &Delivery {
        &self.objects[object].deliveries[delivery]
    }
}

/// One way in which a file is applied: through the kustomization of this folder, or as it is.
type Way = (Option<RepoPath>, DeliveryId);

impl Project {
    /// The objects of Argo CD and Flux in the tree, in the order of the files.
    pub fn delivering_objects(&self) -> &[DeliveringObject] {
        self.deliveries.objects()
    }

    /// What delivers the kustomization of this folder, each with its object.
    pub(crate) fn deliveries_of(&self, folder: &RepoPath) -> Vec<(&DeliveringObject, &Delivery)> {
        let of_folder =
            self.deliveries.of_folder(folder, |folder| self.builds.has_kustomization(folder));
        let ids = of_folder.into_iter();
        let ids = ids.filter(|id| !self.deliveries.delivery(*id).is_forced_directory());
        ids.map(|id| (&self.deliveries.objects[id.0], self.deliveries.delivery(id))).collect()
    }

    /// The files of the objects that apply the file, each once; one of an object that only a cluster spoke of
    /// is nothing.
    pub(crate) fn delivering_files(&self, file: &RepoPath) -> BTreeSet<Option<&RepoPath>> {
        let ways = self.ways(file).into_iter();
        ways.map(|(_, (object, _))| self.deliveries.objects[object].file.as_ref()).collect()
    }

    /// What an object that applies a workload changes of it: the object, and what it does.
    pub(crate) fn modifying_delivery(
        &self,
        file: &RepoPath,
        has_job: bool,
    ) -> Option<(String, &str)> {
        self.ways(file).into_iter().find_map(|(_, id)| {
            let what = self.deliveries.delivery(id).edits.changing(has_job)?;
            Some((self.delivering_object_name(&self.deliveries.objects[id.0]), what))
        })
    }

    /// Why the file's objects are deployed to more than one place, if it is; what more than one
    /// kustomization builds is no question here, nor what objects in other files than these deliver.
    pub(crate) fn several_destinations(
        &self,
        file: &RepoPath,
        counts: impl Fn(Option<&RepoPath>) -> bool,
    ) -> Option<String> {
        let mut ways = self.ways(file);
        ways.retain(|(_, (object, _))| counts(self.deliveries.objects[*object].file.as_ref()));
        let name = |id: DeliveryId| self.delivering_object_name(&self.deliveries.objects[id.0]);
        for (i, (through, id)) in ways.iter().enumerate() {
            if let Some(by) = self.deliveries.delivery(*id).repeated_by {
                return Some(format!("{} applies it more than once, by {by}", name(*id)));
            }
            let other = ways[..i]
                .iter()
                .find(|(other, _)| other == through || other.is_none() || through.is_none());
            if let Some((_, other)) = other {
                if other.0 == id.0 {
                    let is_set = self.deliveries.objects[id.0].application_set.is_some();
                    let by = if is_set { "its generators" } else { "two of its sources" };
                    return Some(format!("{} applies it more than once, by {by}", name(*id)));
                }
                let [one, other] = [*other, *id].map(name);
                return Some(format!("{one} and {other} both apply it"));
            }
        }
        let plain: Vec<RepoPath> = self.plain_names(file);
        let root = self.builds.roots(file).next().map(|root| &root.file);
        let first = root.or_else(|| plain.first())?;
        let other = plain.iter().find(|name| name.folder() != first.folder())?;
        let [first, other] = [first, other].map(|name| self.names.display(name));
        Some(format!("symbolic links deploy it from `{first}` and from `{other}`"))
    }

    /// The one object that applies a workload with this key as built, and the namespace into which it puts
    /// it, if the workload itself does not say that.
    pub(crate) fn delivered_namespace(
        &self,
        built: &ObjectKey,
        source: WorkloadSource<'_>,
    ) -> Option<(String, &str)> {
        let object_file = |id: DeliveryId| self.deliveries.objects[id.0].file.as_ref();
        let mut ways = self.ways(source.file);
        ways.retain(|(_, id)| {
            source.delivering_file.is_none_or(|file| object_file(*id) == Some(file))
        });
        let [(_, id)] = ways[..] else { return None };
        let delivery = self.deliveries.delivery(id);
        let edits = &delivery.root_edits;
        let default = edits.default_namespace.as_ref().filter(|_| built.namespace.is_none());
        let namespace = edits.fields.namespace.as_ref().or(default)?;
        let is_known = built.namespace.as_ref() == Some(&namespace.text);
        (!is_known && !is_placeholder(&namespace.text)).then(|| {
            (self.delivering_object_name(&self.deliveries.objects[id.0]), &*namespace.text)
        })
    }

    /// The ways in which objects apply the file.
    fn ways(&self, file: &RepoPath) -> Vec<Way> {
        if self.deliveries.is_empty() {
            return Vec::new();
        }
        let of_folder = |folder: &RepoPath| {
            self.deliveries.of_folder(folder, |folder| self.builds.has_kustomization(folder))
        };
        // What a kustomization builds is where it is.
        if self.builds.builder(file).is_some() {
            let folder = file.folder();
            return of_folder(&folder).into_iter().map(|id| (Some(folder.clone()), id)).collect();
        }
        let mut ways: Vec<Way> = Vec::new();
        for builder in self.builds.acting(file).filter(|one| !one.kustomization.is_component) {
            let folder = builder.kustomization.file.folder();
            let ids = of_folder(&folder).into_iter();
            let ids = ids.filter(|id| !self.deliveries.delivery(*id).is_forced_directory());
            ways.extend(ids.map(|id| (Some(folder.clone()), id)));
        }
        for name in self.names_of(file) {
            let folder = name.folder();
            if !self.builds.has_kustomization(&folder) {
                let takes = |id: &DeliveryId| self.deliveries.delivery(*id).takes(&name);
                ways.extend(of_folder(&folder).into_iter().filter(takes).map(|id| (None, id)));
            }
        }
        ways
    }

    /// The paths by which a file may be deployed as it is: its own unless something builds it, and those
    /// of links, none of them beside a kustomization, which would name what it builds.
    fn plain_names(&self, file: &RepoPath) -> Vec<RepoPath> {
        if self.is_built_root(file) {
            return self.names_of(file);
        }
        let is_built = self.builds.roots(file).next().is_some();
        let is_plain = |name: &RepoPath| {
            (name != file || !is_built) && !self.builds.has_kustomization(&name.folder())
        };
        self.names_of(file).into_iter().filter(is_plain).collect()
    }

    /// The path of a file, and those of links that lead to it or to a folder around it.
    fn names_of(&self, file: &RepoPath) -> Vec<RepoPath> {
        let mut found = vec![file.clone()];
        for (above, rest) in file.splits().filter(|_| !self.links_to.is_empty()) {
            let links = self.links_to.get(above).into_iter().flatten();
            found.extend(links.map(|link| RepoPath::from(&*format!("{}{rest}", link.as_str()))));
        }
        found
    }

    /// An object as people call it, with its place.
    pub(crate) fn delivering_object_name(&self, object: &DeliveringObject) -> String {
        let file = object.file.as_ref().map(|file| self.names.display_line(file, object.line));
        format!("{} ({})", object.display_name(), file.unwrap_or_default())
    }
}

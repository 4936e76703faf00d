//! The tree of a run: which files are judged, and what all files tell of each other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::basis::Basis;
use super::unmatched;
use crate::flink::detect::concerns_us;
use crate::gitops::{self, Index, Keeper, Survey, names_a_keeper};
use crate::plan::{self, Readings};
use crate::shell::{self, Discovery, Found, Problem, Progress, Role, Search};
use crate::text::Digest;

/// What was read, once the index stands in the facts.
pub(super) struct Tree {
    /// The files that are to be judged, sorted by name.
    pub(super) targets: Vec<Found<Kept>>,
    /// Number of files under PATH that were looked at.
    pub(super) read: usize,
    /// What could not be read.
    pub(super) problems: Vec<Problem>,
    /// What was left out and why.
    pub(super) notes: Vec<String>,
    /// True if every document of the tree is among those that are judged.
    pub(super) all_judged: bool,
    /// What keeps the cluster as Git says, if that was asked, in the order of the files.
    pub(super) keepers: Vec<Keeper>,
}

/// What is kept of a file between the first look and the second.
pub(super) struct Kept {
    pub(super) readings: Readings,
    digest: Digest,
}

/// What a file told before anything was decided.
struct Told {
    survey: Survey,
    kept: Kept,
    keepers: Vec<Keeper>,
}

/// What is looked for in a tree.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sought {
    /// What names the API group.
    Workloads,
    /// Objects of Argo CD and Flux too, which name it nowhere.
    Keepers,
}

/// How much text the documents may have that are kept between the two looks, in bytes: those of a
/// few thousand manifests. What lies beyond is read twice.
const MOST_KEPT: usize = 8 << 20;

/// Reads the tree and puts its index into the facts. Fails if a path does not exist, or if two scopes
/// claim one file.
pub(super) fn read(
    basis: &mut Basis,
    paths: &[PathBuf],
    progress: &Progress,
) -> Result<Tree, Vec<Problem>> {
    read_for(Sought::Workloads, basis, paths, progress)
}

/// The same, and the objects of Argo CD and Flux on the way.
pub(super) fn read_with_keepers(
    basis: &mut Basis,
    paths: &[PathBuf],
    progress: &Progress,
) -> Result<Tree, Vec<Problem>> {
    read_for(Sought::Keepers, basis, paths, progress)
}

fn read_for(
    sought: Sought,
    basis: &mut Basis,
    paths: &[PathBuf],
    progress: &Progress,
) -> Result<Tree, Vec<Problem>> {
    let search = Search {
        ground: &basis.ground,
        paths,
        root: basis.root.as_deref(),
        exclude: &basis.exclude,
        force_exclude: basis.force_exclude,
        never: &basis.never,
        concerns: match sought {
            Sought::Workloads => concerns_us,
            Sought::Keepers => |bytes| concerns_us(bytes) || names_a_keeper(bytes),
        },
        progress,
    };
    let kept = AtomicUsize::new(0);
    let found: Discovery<Told> = search.run(|name, bytes| {
        let digest = Digest::of(bytes);
        let is_kept = kept.fetch_add(bytes.len(), Ordering::Relaxed) < MOST_KEPT;
        let (survey, readings) = if is_kept {
            let told = catch_unwind(AssertUnwindSafe(|| plan::survey_keeping(name, bytes)));
            told.unwrap_or_default()
        } else {
            (surveyed(name, bytes), Readings::default())
        };
        let keepers = match sought {
            Sought::Workloads => Vec::new(),
            Sought::Keepers => keepers_of(name, bytes),
        };
        Told { survey, kept: Kept { readings, digest }, keepers }
    })?;

    let mut surveys = Vec::with_capacity(found.files.len());
    let mut targets = Vec::with_capacity(found.files.len());
    let mut keepers = Vec::new();
    for file in found.files {
        let Told { mut survey, kept, keepers: told } = file.told;
        keepers.extend(told);
        if let Some(kustomization) = survey.kustomization.as_mut()
            && file.role == Role::Excluded
        {
            // Whoever leaves out what cannot be read says that nothing of the rest is built from it,
            // but for what it names.
            kustomization.open = None;
        }
        surveys.push(survey);
        if file.role == Role::Target {
            let Found { name, path, within, role, .. } = file;
            targets.push(Found { name, path, within, role, told: kept });
        }
    }
    let mut index = Index::of_linked(surveys, &found.links, found.whole_tree, &basis.home());
    // A run over single files has read the kustomizations, but not yet the patches they list.
    let unread = index.unread_patches(targets.iter().map(|file| file.name.as_str()));
    let told = shell::read_context(&basis.ground, &unread, surveyed);
    index.grow_by(told);
    basis.facts.index = index;

    let conflicts = unmatched::conflicts(&basis.facts);
    if !conflicts.is_empty() {
        return Err(conflicts);
    }
    Ok(Tree {
        targets,
        read: found.read,
        problems: found.problems,
        notes: found.notes,
        all_judged: found.whole_tree && found.alone,
        keepers,
    })
}

/// What the file tells the rest of the run. A panic tells nothing here; judging the file will meet
/// it again and report it.
pub(super) fn surveyed(name: &str, bytes: &[u8]) -> Survey {
    catch_unwind(AssertUnwindSafe(|| plan::survey(name, bytes))).unwrap_or_default()
}

/// The objects of Argo CD and Flux in the file. A panic finds none, as above.
fn keepers_of(name: &str, bytes: &[u8]) -> Vec<Keeper> {
    catch_unwind(AssertUnwindSafe(|| gitops::keepers(name, bytes))).unwrap_or_default()
}

/// The file once more; a problem if it is no longer what it was.
pub(super) fn again(file: &Found<Kept>) -> Result<Vec<u8>, Problem> {
    shell::read_again(&file.path, &file.name, file.told.digest)
}

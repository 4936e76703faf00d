//! One run from files to decisions: load the tree, judge each file in the light of the whole, decide.
//! Every command calls it; it reads through a [`Workspace`] and writes nothing.

mod situation;
mod unmatched;

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

pub use situation::situation;

use crate::flink::detect::concerns_us;
use crate::gitops::{self, DeliveringObject, names_delivering_object};
use crate::inputs::Waiver;
use crate::path::{PathNames, RepoPath};
use crate::plan::{self, Changeset, Declared, FileOutcome, Readings, Unit};
use crate::project::{FileIndex, Project};
use crate::rules::Facts;
use crate::text::Digest;
use crate::workspace::{
    CHANGED_MEANWHILE, FileError, FileId, Progress, Role, ScannedFile, Workspace, in_pool, par_map,
};

/// What a run looks for in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought {
    /// What names the API group.
    Workloads,
    /// Objects of Argo CD and Flux too, which name it nowhere.
    Keepers,
}

/// A tree that was read. Its project is in the facts.
pub struct Tree {
    /// The files that are to be judged, sorted by name.
    judged: Vec<JudgedFile>,
    /// Number of files under PATH that were looked at.
    read: usize,
    /// What could not be read.
    pub problems: Vec<FileError>,
    /// What was left out and why.
    notes: Vec<String>,
    /// True if every document of the tree is among those that are judged.
    is_all_judged: bool,
    /// The objects of Argo CD and Flux, if they were sought, in the order of the files.
    delivering_objects: Vec<DeliveringObject>,
}

/// A file that is to be judged, and what is kept of it between the two times it is read.
struct JudgedFile {
    id: FileId,
    file: RepoPath,
    name: String,
    kept: Kept,
}

struct Kept {
    readings: Readings,
    digest: Digest,
}

/// What a file tells before anything is decided.
struct Surveyed {
    survey: FileIndex,
    kept: Kept,
    delivering_objects: Vec<DeliveringObject>,
}

/// What a run decided.
pub struct Decided {
    /// The decisions.
    pub changeset: Changeset,
    /// Each file that was judged, by its path in the changeset.
    pub files: BTreeMap<String, FileId>,
    /// What could not be read.
    pub problems: Vec<FileError>,
    /// What was left out, and what matched nothing.
    pub notes: Vec<String>,
}

/// How much text the documents may have that are kept between the two times a file is read, in bytes:
/// those of a few thousand manifests. What lies beyond is parsed twice.
const MOST_KEPT: usize = 8 << 20;

/// Reads the tree and puts its project into the facts.
///
/// # Errors
/// If a path does not exist, or if two scopes claim one file.
pub fn load(
    workspace: &dyn Workspace,
    sought: Sought,
    facts: &mut Facts,
    progress: &dyn Progress,
) -> Result<Tree, Vec<FileError>> {
    let concerns: fn(&[u8]) -> bool = match sought {
        Sought::Workloads => concerns_us,
        Sought::Keepers => |bytes| concerns_us(bytes) || names_delivering_object(bytes),
    };
    let kept = AtomicUsize::new(0);
    let surveyed: Mutex<HashMap<FileId, Surveyed>> = Mutex::default();
    let scan = workspace.scan(concerns, progress, &|id, file, name, bytes| {
        let is_kept = kept.fetch_add(bytes.len(), Ordering::Relaxed) < MOST_KEPT;
        let one = look_at(file, name, bytes, sought, is_kept);
        surveyed.lock().unwrap_or_else(PoisonError::into_inner).insert(id, one);
    })?;

    let mut surveyed = surveyed.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut surveys = Vec::with_capacity(scan.files.len());
    let mut judged = Vec::with_capacity(scan.files.len());
    let mut delivering_objects = Vec::new();
    for ScannedFile { id, file, name, role } in scan.files {
        let Some(one) = surveyed.remove(&id) else { continue };
        let Surveyed { mut survey, kept, delivering_objects: found } = one;
        delivering_objects.extend(found);
        if let Some(kustomization) = survey.kustomization.as_mut()
            && role == Role::Excluded
        {
            // Whoever leaves out what cannot be read says that nothing of the rest is built from it,
            // but for what it names.
            kustomization.open = None;
        }
        surveys.push(survey);
        if role == Role::Judged {
            judged.push(JudgedFile { id, file, name, kept });
        }
    }
    let mut project =
        Project::of_linked(surveys, &scan.links, scan.is_whole_tree, workspace.names().clone());
    // A run over single files has read the kustomizations, but not yet the patches they list.
    let unread = project.unread_patches(judged.iter().map(|judged| &judged.file));
    let patches = unread.iter().filter_map(|file| {
        let (name, bytes) = workspace.read(file)?;
        Some(survey(file, &name, &bytes))
    });
    project.grow_by(patches.collect());
    *facts = std::mem::take(facts).with_project(project);

    let conflicts = unmatched::conflicts(facts);
    if !conflicts.is_empty() {
        return Err(conflicts);
    }
    Ok(Tree {
        judged,
        read: scan.read,
        problems: scan.problems,
        notes: scan.notes,
        is_all_judged: scan.is_whole_tree && scan.is_within_paths,
        delivering_objects,
    })
}

fn look_at(file: &RepoPath, name: &str, bytes: &[u8], sought: Sought, is_kept: bool) -> Surveyed {
    let digest = Digest::new(bytes);
    let (survey, readings) = if is_kept {
        let both = catch_unwind(AssertUnwindSafe(|| plan::survey_keeping(file, name, bytes)));
        both.unwrap_or_default()
    } else {
        (survey(file, name, bytes), Readings::default())
    };
    let delivering_objects = match sought {
        Sought::Workloads => Vec::new(),
        // A panic finds none, as in `survey`.
        Sought::Keepers => {
            catch_unwind(AssertUnwindSafe(|| gitops::delivering_objects(file, bytes)))
                .unwrap_or_default()
        }
    };
    Surveyed { survey, kept: Kept { readings, digest }, delivering_objects }
}

/// What the file tells the rest of the run. A panic tells nothing here; judging the file will meet
/// it again and report it.
fn survey(file: &RepoPath, name: &str, bytes: &[u8]) -> FileIndex {
    catch_unwind(AssertUnwindSafe(|| plan::survey(file, name, bytes))).unwrap_or_default()
}

/// Judges each file of the tree in the light of the whole. No text is kept between the two: a file is
/// read again, and must be what it was. `context` is the number of unchanged lines around a change in
/// a diff; `flag_waivers` are those of this run alone.
///
/// # Errors
/// If a file is no longer what it was: every decision rests on what was read.
pub fn plan(
    workspace: &dyn Workspace,
    tree: Tree,
    facts: &Facts,
    flag_waivers: &[Waiver],
    context: usize,
    progress: &dyn Progress,
) -> Result<Decided, Vec<FileError>> {
    progress.start_judging(tree.judged.len());
    let plans = par_map(&tree.judged, |file| {
        let plan = planned(workspace, file, facts, context);
        progress.file_done();
        plan
    });
    let mut changeset = Changeset {
        files_read: tree.read,
        unreadable: tree.problems.len(),
        step: facts.policy().step,
        ..Changeset::default()
    };
    let mut files = BTreeMap::new();
    let mut changed_meanwhile = Vec::new();
    for (plan, file) in plans.into_iter().zip(tree.judged) {
        match plan {
            Ok(None) => {}
            Ok(Some(plan)) => {
                files.insert(plan.path.clone(), file.id);
                changeset.files.push(plan);
            }
            Err(problem) => changed_meanwhile.push(problem),
        }
    }
    if !changed_meanwhile.is_empty() {
        return Err(changed_meanwhile);
    }
    changeset.files = plan::with_remarks(changeset.files, facts, tree.problems.len());
    let mut notes = tree.notes;
    notes.extend(unmatched::notes(facts, flag_waivers, &changeset, tree.is_all_judged));
    Ok(Decided { files, changeset, problems: tree.problems, notes })
}

fn planned(
    workspace: &dyn Workspace,
    file: &JudgedFile,
    facts: &Facts,
    context: usize,
) -> Result<Option<FileOutcome>, FileError> {
    let bytes = read_again(workspace, file)?;
    let JudgedFile { file, name, kept, .. } = file;
    Ok(plan::plan_file(file, name, &bytes, &kept.readings, facts, context, Unit::File))
}

/// The file once more; a problem if it is no longer what it was.
fn read_again(workspace: &dyn Workspace, file: &JudgedFile) -> Result<Vec<u8>, FileError> {
    let bytes = workspace.read_again(file.id)?;
    let is_same = Digest::new(&bytes) == file.kept.digest;
    if is_same { Ok(bytes) } else { Err(FileError::new(&file.name, CHANGED_MEANWHILE)) }
}

/// Judges standard input under its name, and puts its project into the facts. Without a name it is not
/// judged. `names` are the spellings of its paths.
pub fn plan_stream(
    input: Option<(&str, &[u8])>,
    facts: &mut Facts,
    names: PathNames,
    flag_waivers: &[Waiver],
    context: usize,
) -> Decided {
    let plan = input.and_then(|(name, bytes)| {
        let file = names.parse(name);
        let project = Project::of(vec![survey(&file, name, bytes)], false, names);
        *facts = std::mem::take(facts).with_project(project);
        let readings = Readings::default();
        in_pool(|| plan::plan_file(&file, name, bytes, &readings, facts, context, Unit::Document))
    });
    let changeset = Changeset {
        files: plan::with_remarks(plan.into_iter().collect(), facts, 0),
        files_read: usize::from(input.is_some()),
        unreadable: 0,
        step: facts.policy().step,
    };
    let notes = unmatched::notes(facts, flag_waivers, &changeset, false);
    Decided { changeset, files: BTreeMap::new(), problems: Vec::new(), notes }
}

/// The workloads that the tree declares.
///
/// # Errors
/// If a file is no longer what it was.
pub fn declared(
    workspace: &dyn Workspace,
    tree: &Tree,
    facts: &Facts,
) -> Result<Vec<Declared>, FileError> {
    let of_files = par_map(&tree.judged, |file| {
        let bytes = read_again(workspace, file)?;
        Ok(plan::inventory(&file.file, &bytes, &file.kept.readings, facts))
    });
    let of_files: Result<Vec<Vec<Declared>>, FileError> = of_files.into_iter().collect();
    Ok(of_files?.into_iter().flatten().collect())
}

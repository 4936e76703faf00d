//! One run from files to decisions: load the tree, judge each file in the light of the whole, decide.
//! Every command calls it; it reads through a [`Workspace`] and writes nothing.

mod builds;
mod conflicts;
mod delivering_objects;
mod runbook_input;
mod unmatched;
mod version_groups;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

pub use runbook_input::{clusters, runbook_input};

use aho_corasick::packed::Searcher;

use crate::flink::prefilter::{self, concerns_us, has_prose_extension, names_group_in_disguise};
use crate::gitops::{self, names_delivering_object};
use crate::inputs::{Inputs, Policy, Waiver};
use crate::path::{PathNames, RepoPath};
use crate::plan::{self, Changeset, PlannedFile, Unit};
use crate::project::{BuildTexts, CatalogFile, FileIndex, MAX_KEPT, Project};
use crate::rules::{Context, Unread};
use crate::task::Step;
use crate::workspace::{
    CHANGED_MEANWHILE, FileError, FileId, Progress, Role, ScannedFile, Workspace, in_pool, par_map,
};
use builds::RunFiles;

/// A tree that was read.
pub struct LoadedTree {
    /// The files that are to be judged, sorted by name.
    pub judged: Vec<(FileId, CatalogFile)>,
    /// What the whole tree says.
    pub project: Project,
    /// The texts from which build roots build.
    texts: BuildTexts,
    /// Number of files under PATH that were looked at.
    read: usize,
    /// Files that name the preview version and are not read, as shown to people.
    unread: Vec<String>,
    /// What could not be read.
    pub problems: Vec<FileError>,
    /// What was left out and why.
    notes: Vec<String>,
    /// True if every document of the tree is among those that are judged.
    is_all_judged: bool,
    /// True if single files are judged alone.
    is_of_files: bool,
}

/// What a run decided.
pub struct Decided {
    /// The decisions.
    pub changeset: Changeset,
    /// What the whole tree says.
    pub project: Project,
    /// Each file that was judged, by its path in the changeset.
    pub files: BTreeMap<String, FileId>,
    /// What could not be read.
    pub problems: Vec<FileError>,
    /// What was left out, and what matched nothing.
    pub notes: Vec<String>,
}

/// Reads the tree, with a stream in the place of the file of its name if there is one.
///
/// # Errors
/// If a path does not exist, or if two scopes claim one file.
pub fn load(
    workspace: &dyn Workspace,
    inputs: &Inputs,
    progress: &dyn Progress,
    stream: Option<(RepoPath, FileIndex, &[u8])>,
) -> Result<LoadedTree, Vec<FileError>> {
    let kept = AtomicUsize::new(0);
    let read: Mutex<HashMap<FileId, (CatalogFile, FileIndex)>> = Mutex::default();
    let scan = workspace.scan(concerns, progress, &|id, file, name, bytes| {
        let is_kept = kept.fetch_add(bytes.len(), Ordering::Relaxed) < MAX_KEPT;
        let both = CatalogFile::read(file, name, bytes, is_kept);
        read.lock().unwrap_or_else(PoisonError::into_inner).insert(id, both);
    })?;

    let mut read = read.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut indexes = Vec::with_capacity(scan.files.len());
    let mut judged = Vec::with_capacity(scan.files.len());
    let stream_text = stream.as_ref().map(|(path, _, bytes)| (path.clone(), *bytes));
    let (stream_path, stream_index) = stream.map(|(path, index, _)| (path, index)).unzip();
    indexes.extend(stream_index);
    for ScannedFile { id, role, file: path, .. } in scan.files {
        let Some((file, mut index)) = read.remove(&id) else { continue };
        if Some(&path) == stream_path.as_ref() {
            continue;
        }
        if let Some(kustomization) = index.kustomization.as_mut()
            && role == Role::Excluded
        {
            // Whoever leaves out what cannot be read says that nothing of the rest is built from it,
            // but for what it names.
            kustomization.unseen_resources = None;
        }
        indexes.push(index);
        if role == Role::Judged {
            judged.push((id, file));
        }
    }
    indexes.extend(scan.gaps.into_iter().map(FileIndex::from));
    let idle = delivering_objects::complete(&mut indexes, inputs, workspace)?;
    let mut notes = scan.notes;
    notes.extend(idle.into_iter().filter(|_| scan.is_whole_tree));
    let mut project =
        Project::new(indexes, &scan.links, scan.is_whole_tree, workspace.names().clone());
    // What kustomizations name need not look like a manifest, and a run over single files has not read the
    // patches yet.
    let unread =
        project.unread_files(judged.iter().map(|(_, judged)| &judged.file).chain(&stream_path));
    // A file that was named is read even if a walk leaves it out.
    let mut not_read: BTreeSet<String> = scan.unread.into_iter().collect();
    for (_, file) in &judged {
        not_read.remove(&file.name);
    }
    let named = unread.into_iter().filter_map(|(file, role)| {
        let (name, bytes) = workspace.read(&file)?;
        let (index, settings) = CatalogFile::read_named(&file, &name, &bytes, role);
        not_read.remove(&name);
        Some((file, index, settings))
    });
    project.add_files(named.collect(), |files| workspace.exist(files));
    let texts = builds::texts(workspace, stream_text.as_ref(), &project);
    let spellings = workspace.names();
    project.build_roots(&texts, &|file, by| {
        inputs.matching_scopes(spellings, file, by).first().copied()
    });
    let claimed_twice = conflicts::scopes(inputs, &project);
    if !claimed_twice.is_empty() {
        return Err(claimed_twice);
    }
    if scan.is_whole_tree {
        notes.extend(delivering_objects::notes(&project, workspace));
    }
    Ok(LoadedTree {
        judged,
        project,
        texts,
        read: scan.read,
        unread: not_read.into_iter().collect(),
        problems: scan.problems,
        notes,
        is_all_judged: scan.is_whole_tree && scan.is_within_paths,
        is_of_files: scan.is_of_files,
    })
}

/// What is said of a file that is not read and names the preview version once nothing may.
const LEFT: &str =
    "names v1alpha1, and is not read; change it, or leave it out with `.flink-migrate-ignore`";

/// The same of prose, which may go on to speak of it.
const LEFT_IN_PROSE: &str = "names v1alpha1 in prose; if that is history, leave it out with \
                             `.flink-migrate-ignore`, else change it";

/// The words of which a file has one, or is not read, searched in one pass; nothing on a processor without
/// vectors for it.
static WORDS: LazyLock<Option<Searcher>> = LazyLock::new(|| {
    Searcher::new(prefilter::WORDS.into_iter().chain([gitops::ARGO, gitops::FLUX]))
});

/// True if a run reads what holds these bytes.
fn concerns(bytes: &[u8]) -> bool {
    match &*WORDS {
        Some(words) => words.find(bytes).is_some() || names_group_in_disguise(bytes),
        None => concerns_us(bytes) || names_delivering_object(bytes),
    }
}

/// Judges each file of the tree in the light of the whole. No text is kept between the two: a file is
/// read again, and must be what it was. `context_lines` is the number of unchanged lines around a change in
/// a diff; `flag_waivers` are those of this run alone.
///
/// # Errors
/// If a file is no longer what it was, since every decision rests on what was read, or if an answer for one
/// workload meets several.
pub fn plan(
    workspace: &dyn Workspace,
    tree: LoadedTree,
    inputs: &Inputs,
    policy: &Policy,
    flag_waivers: &[Waiver],
    context_lines: usize,
    progress: &dyn Progress,
) -> Result<Decided, Vec<FileError>> {
    let judges_maps = !tree.is_of_files;
    let mut judging = Context { judges_maps, ..Context::new(inputs, policy, &tree.project) };
    let context = &judging;
    let shared_answers = conflicts::shared_answers(context);
    if !shared_answers.is_empty() {
        return Err(shared_answers);
    }
    let outside = outside_files(workspace, &tree);
    for (file, _, roots) in &outside {
        judging.outside.insert(file.file.clone(), roots.clone());
    }
    let context = &judging;
    progress.start_judging(tree.judged.len());
    let plans = par_map(&tree.judged, |(id, file)| {
        let plan = workspace.read_again(*id).and_then(|bytes| {
            if !file.is_same(&bytes) {
                return Err(FileError::new(&file.name, CHANGED_MEANWHILE));
            }
            Ok(plan::plan_file(file, &bytes, context, context_lines, Unit::File))
        });
        progress.file_done();
        plan
    });
    // At step `done` no file may name v1alpha1 but in prose.
    let is_done = |name: &&String| context.step(&workspace.names().parse(name)) == Step::Done;
    let left: Vec<&String> = tree.unread.iter().filter(is_done).collect();
    let is_left = !left.iter().all(|file| has_prose_extension(file));
    let left = left.into_iter().map(|file| {
        let left = if has_prose_extension(file) { LEFT_IN_PROSE } else { LEFT };
        format!("{file}: {left}")
    });
    let left: Vec<String> = left.collect();
    let mut changeset = Changeset {
        files_read: tree.read,
        unread: tree.unread.len(),
        is_selection: policy.select.is_some() || policy.scope.is_some(),
        unreadable: tree.problems.len(),
        is_left,
        step: context.policy.step,
        ..Changeset::default()
    };
    let mut changed_meanwhile = Vec::new();
    let mut unplaced = Vec::new();
    for plan in plans {
        match plan {
            Ok(plan) => {
                changeset.workloads.extend(plan.workloads);
                changeset.files.extend(plan.outcome);
                unplaced.extend(plan.unplaced);
            }
            Err(problem) => changed_meanwhile.push(problem),
        }
    }
    if !changed_meanwhile.is_empty() {
        return Err(changed_meanwhile);
    }
    for (file, bytes, _) in &outside {
        let plan = plan::plan_file(file, bytes, context, context_lines, Unit::File);
        changeset.workloads.extend(plan.workloads);
        changeset.files.extend(plan.outcome);
        unplaced.extend(plan.unplaced);
    }
    let judged = tree.judged.iter().filter(|_| !unplaced.is_empty());
    let judged: HashMap<_, _> = judged.map(|(id, file)| (&file.file, (*id, file))).collect();
    let replan = |context: &Context<'_>, path: &RepoPath| {
        if let Some((file, bytes, _)) = outside.iter().find(|(file, ..)| file.file == *path) {
            return plan::plan_file(file, bytes, context, context_lines, Unit::File).outcome;
        }
        let (id, file) = *judged.get(path)?;
        let bytes = workspace.read_again(id).ok().filter(|bytes| file.is_same(bytes))?;
        plan::plan_file(file, &bytes, context, context_lines, Unit::File).outcome
    };
    let is_taken = |path: &RepoPath| workspace.exist(&[path]) != [false];
    let files = RunFiles { replan: &replan, is_taken: &is_taken };
    builds::settle(&mut changeset, &mut judging, &tree.texts, unplaced, &files);
    let context = &judging;
    let paths: HashSet<&str> = changeset.files.iter().map(|file| &*file.path).collect();
    let judged = tree.judged.iter().filter(|(_, file)| paths.contains(&*file.name));
    let files = judged.map(|(id, file)| (file.name.clone(), *id)).collect();
    let unread = Unread { files: tree.problems.len(), texts: tree.unread.len() };
    changeset.files = plan::add_input_diagnostics(changeset.files, context, unread);
    changeset.name_for_programs(workspace.names());
    let waived = changeset.take_waived();
    let unmatched =
        unmatched::notes(context, flag_waivers, &changeset, &waived, tree.is_all_judged);
    let LoadedTree { problems, project, mut notes, .. } = tree;
    notes.extend(left);
    notes.extend(unmatched);
    Ok(Decided { changeset, project, files, problems, notes })
}

/// The files outside of the run from which its roots build workloads, with their bytes and these roots.
fn outside_files(
    workspace: &dyn Workspace,
    tree: &LoadedTree,
) -> Vec<(CatalogFile, Vec<u8>, HashSet<RepoPath>)> {
    if tree.is_all_judged {
        return Vec::new();
    }
    let judged: HashSet<&RepoPath> = tree.judged.iter().map(|(_, file)| &file.file).collect();
    let mut found: BTreeMap<&RepoPath, HashSet<RepoPath>> = BTreeMap::new();
    let built = tree.project.built().iter();
    for one in built.filter(|one| judged.contains(&one.root) && !judged.contains(&one.file)) {
        found.entry(&one.file).or_default().insert(one.root.clone());
    }
    let read = found.into_iter().filter_map(|(file, roots)| {
        let (name, bytes) = workspace.read(file)?;
        Some((CatalogFile::read(file, &name, &bytes, false).0, bytes, roots))
    });
    read.collect()
}

/// Judges standard input under its name. Without a name it is not judged. `names` are the spellings of its
/// paths; `tree` is what is read to judge it, if there is anything.
///
/// # Errors
/// If two scopes claim one file, or if an answer for one workload meets several.
pub fn plan_stream(
    input: Option<(&str, &[u8])>,
    tree: Option<&dyn Workspace>,
    inputs: &Inputs,
    policy: &Policy,
    names: PathNames,
    flag_waivers: &[Waiver],
    context_lines: usize,
) -> Result<Decided, Vec<FileError>> {
    let read = input.map(|(name, bytes)| {
        CatalogFile::read(&names.parse(name), name, bytes, bytes.len() <= MAX_KEPT)
    });
    let (file, index) = read.unzip();
    let mut texts = BuildTexts::new();
    let tree = tree.filter(|_| input.is_some_and(|(_, bytes)| concerns(bytes)));
    let (project, problems, mut notes) = if let (Some(tree), Some(file)) = (tree, &file) {
        let bytes = input.map_or(&[][..], |(_, bytes)| bytes);
        let stream = index.map(|index| (file.file.clone(), index, bytes));
        let loaded = load(tree, inputs, &(), stream)?;
        texts = loaded.texts;
        (loaded.project, loaded.problems, loaded.notes)
    } else {
        let project = Project::new(index.into_iter().collect(), &[], false, names);
        (project, Vec::new(), Vec::new())
    };
    let mut context = Context { judges_maps: false, ..Context::new(inputs, policy, &project) };
    let shared_answers = conflicts::shared_answers(&context);
    if !shared_answers.is_empty() {
        return Err(shared_answers);
    }
    let stream = file.zip(input);
    let replan = |context: &Context<'_>| {
        let (file, (_, bytes)) = stream.as_ref()?;
        Some(in_pool(|| plan::plan_file(file, bytes, context, context_lines, Unit::Document)))
    };
    let PlannedFile { outcome, workloads, unplaced } = replan(&context).unwrap_or_default();
    let mut changeset = Changeset {
        files: outcome.into_iter().collect(),
        workloads,
        files_read: usize::from(input.is_some()),
        unread: 0,
        is_selection: policy.select.is_some() || policy.scope.is_some(),
        unreadable: problems.len(),
        is_left: false,
        step: context.policy.step,
    };
    // Nothing but the stream is written.
    let again = |context: &Context<'_>, path: &RepoPath| {
        let is_stream = stream.as_ref().is_some_and(|(file, _)| file.file == *path);
        replan(context).filter(|_| is_stream)?.outcome
    };
    let files = RunFiles { replan: &again, is_taken: &|_| true };
    builds::settle(&mut changeset, &mut context, &texts, unplaced, &files);
    let context = &context;
    changeset.files = plan::add_input_diagnostics(
        changeset.files,
        context,
        Unread { files: problems.len(), texts: 0 },
    );
    changeset.name_for_programs(project.names());
    let waived = changeset.take_waived();
    notes.extend(unmatched::notes(context, flag_waivers, &changeset, &waived, false));
    Ok(Decided { changeset, project, files: BTreeMap::new(), problems, notes })
}

//! The judgement of an object that kustomizations build: the rules judge what each build root makes of it,
//! and what all of them ask for is placed in the document if each of them then gets exactly that.

use super::placing::UnplacedChange;
use crate::diagnostic::{Change, Diagnostic};
use crate::flink::names::field;
use crate::flink::workload::{PATH, Workload};
use crate::path::RepoPath;
use crate::project::{BuiltManifest, DecidedField};
use crate::rules::{self, Context, Hindrance, RULES};
use crate::yaml::{FieldPath, NodeRef, Value};

/// What the rules say of one build.
struct JudgedBuild<'b> {
    build: &'b BuiltManifest,
    key: String,
    /// The API version at which it is built.
    api_version: String,
    diagnostics: Vec<Diagnostic>,
}

impl JudgedBuild<'_> {
    fn is_for_several_places(&self) -> bool {
        let mut waived = self.diagnostics.iter().filter(|one| one.waived_by.is_some());
        waived.any(|one| one.id == rules::SEVERAL_PLACES)
    }

    fn changes(&self) -> impl Iterator<Item = &Change> {
        self.diagnostics.iter().filter_map(|one| one.fix.as_ref()).flatten()
    }
}

/// What the rules say of an object that several roots can build.
#[derive(Default)]
pub(crate) struct JudgedBuilds {
    /// What is reported about it.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The keys under which they build it.
    pub(crate) keys: Vec<String>,
    /// What its document cannot take.
    pub(crate) unplaced: Vec<UnplacedChange>,
}

/// Judges an object that these roots build. Those that the run does not select are not judged.
pub(crate) fn judge(
    workload: &Workload<'_>,
    builds: &[&BuiltManifest],
    context: &Context<'_>,
) -> JudgedBuilds {
    let mut judged: Vec<JudgedBuild<'_>> =
        builds.iter().filter_map(|build| judge_build(build, context)).collect();
    if judged.is_empty() {
        return JudgedBuilds::default();
    }
    // All places of one root may start from what was accepted for one of them.
    let place = |build: &BuiltManifest| (build.root.clone(), context.scope(build.source()));
    let is_one_root = builds.iter().all(|build| place(build) == place(builds[0]));
    let accepted = judged.iter().position(JudgedBuild::is_for_several_places);
    let of_accepted: Vec<&BuiltManifest>;
    let builds = match accepted.filter(|_| is_one_root) {
        Some(at) => {
            judged = vec![judged.swap_remove(at)];
            of_accepted = vec![judged[0].build];
            &of_accepted
        }
        None => builds,
    };
    let version = FieldPath::from_keys([field::API_VERSION]);
    let conversions = judged.iter().map(|one| one.changes().find(|it| *it.path() == version));
    let conversions: Vec<Option<&Change>> = conversions.collect();
    let mut converted = conversions.iter().zip(&judged).filter_map(|(change, one)| {
        change.filter(|it| fits(it, workload, one, &judged, builds, context).is_ok())
    });
    let converted = converted.next();
    let mut found: Vec<Diagnostic> = Vec::new();
    // Where the version goes to the roots, what finds the document by its version finds it as before.
    if converted.is_some() || conversions.iter().all(Option::is_none) {
        found.extend(rules::judge_sites(workload, context));
        let roots = builds.iter().map(|build| &build.root);
        found.extend(roots.filter_map(|root| rules::judge_deliveries(workload, root, context)));
    }
    let mut unplaced = Vec::new();
    for one in &judged {
        let api_version = match converted {
            Some(Change::Set { value: Value::Text(stable), .. }) => stable.clone(),
            _ => one.api_version.clone(),
        };
        for diagnostic in &one.diagnostics {
            let placed = diagnostic.fix.as_ref().map_or(Ok(()), |changes| {
                changes.iter().try_for_each(|change| {
                    let fits = fits(change, workload, one, &judged, builds, context);
                    fits.map_err(|decider| (change.path(), decider))
                })
            });
            let number = context.project.number_of(one.build);
            let diagnostic = match placed {
                Ok(()) => diagnostic.clone(),
                Err(_) if !context.placed.refused.contains(&number) => {
                    let workload = Some(one.key.clone());
                    let diagnostic = Diagnostic { workload, ..diagnostic.clone() };
                    let api_version = api_version.clone();
                    unplaced.push(UnplacedChange { built: number, api_version, diagnostic });
                    continue;
                }
                Err((path, decider)) => {
                    let root = context.project.names().display(&one.build.root);
                    let hindrance = hindrance(one.build, builds, decider, context);
                    rules::unplaced_change(diagnostic, &root, path, &hindrance)
                }
            };
            let is_known = |known: &Diagnostic| {
                (known.id, &known.message) == (diagnostic.id, &diagnostic.message)
            };
            if !found.iter().any(is_known) {
                found.push(Diagnostic { workload: Some(one.key.clone()), ..diagnostic });
            }
        }
    }
    JudgedBuilds {
        diagnostics: found,
        keys: judged.into_iter().map(|one| one.key).collect(),
        unplaced,
    }
}

/// Why a change that one build asks for cannot be made in the document.
fn hindrance(
    own: &BuiltManifest,
    builds: &[&BuiltManifest],
    decider: Option<&DecidedField>,
    context: &Context<'_>,
) -> Hindrance {
    let display = |file: &RepoPath| context.project.names().display(file);
    let is_other = |build: &&&BuiltManifest| build.source() != own.source();
    if context.outside.contains_key(&own.file) {
        return Hindrance::Outside(display(&own.file));
    }
    let left_out = builds.iter().find(|build| !context.takes(build.source()));
    let twin = builds.iter().filter(is_other).find(|build| build.root == own.root);
    match (decider, left_out, twin, &own.delivering_file) {
        (Some(field), ..) => Hindrance::Decider(field.by.clone()),
        (_, Some(other), ..) => Hindrance::LeftOut(display(&other.root)),
        (_, _, Some(_), Some(by)) => Hindrance::Delivery(display(by)),
        _ => Hindrance::OtherRoot,
    }
}

/// What the rules say of one build; nothing if the run does not select it.
fn judge_build<'b>(build: &'b BuiltManifest, context: &Context<'_>) -> Option<JudgedBuild<'b>> {
    let judged = build.with_workload(|workload| {
        let is_taken = context.takes_build(&build.root, &build.file);
        if !is_taken || !context.selects(&workload.key, workload.source()) {
            return None;
        }
        let key = context.key(&workload.key, workload.source()).to_string();
        let api_version = workload.text(&[field::API_VERSION]).unwrap_or_default().to_string();
        let diagnostics = rules::judge(RULES, workload, context);
        Some(JudgedBuild { build, key, api_version, diagnostics })
    });
    judged.flatten()
}

/// Whether the change can be made in the document: every root that builds the document must then get what it
/// asks for. An error says what decides the field instead, if that is known.
fn fits<'b>(
    change: &Change,
    workload: &Workload<'_>,
    own: &JudgedBuild<'b>,
    judged: &[JudgedBuild<'_>],
    builds: &[&BuiltManifest],
    context: &Context<'_>,
) -> Result<(), Option<&'b DecidedField>> {
    let path = change.path();
    if context.outside.contains_key(&own.build.file) {
        return Err(own.build.decider(path));
    }
    let in_document = workload.node.at(path).is_some();
    if let Change::Insert { .. } = change {
        let parent = path.split_last().map_or_else(FieldPath::default, |(parent, _)| parent);
        if in_document || !workload.node.at(&parent).is_some_and(NodeRef::is_mapping) {
            return Err(own.build.decider(&parent));
        }
        // What is around it comes from elsewhere, and would hide it.
        if let Some(decider) = own.build.decider(&parent) {
            return Err(Some(decider));
        }
        // A savepoint is that of one job, and another overlay may come tomorrow.
        let is_alone = || builds.len() == 1 && context.project.lists_itself(own.build);
        if *path == FieldPath::from_keys(PATH) && !is_alone() {
            return Err(None);
        }
    } else if !in_document || own.build.decider(path).is_some() {
        return Err(own.build.decider(path));
    }
    // Patches of a root that has its version already find the document by the version that it has now.
    let has_own_version =
        |build: &&BuiltManifest| build.decider(path).is_some() && build.version_sites.len() > 1;
    if *path == FieldPath::from_keys([field::API_VERSION]) && builds.iter().any(has_own_version) {
        return Err(None);
    }
    let asks = |build: &BuiltManifest| {
        let mut same = judged.iter().filter(|one| std::ptr::eq(one.build, build));
        same.any(|one| one.changes().any(|asked| asked == change))
    };
    // A field of its own hides that of the document.
    let is_left = |build: &&&BuiltManifest| build.decider(path).is_none() && !asks(build);
    if builds.iter().find(is_left).is_some() { Err(None) } else { Ok(()) }
}

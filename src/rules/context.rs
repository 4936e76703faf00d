//! What the rules ask: inputs, policy and the rest of the tree (`Context`), and one workload with what of
//! them holds for it (`Subject`).

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::state::{self, Row};
use super::{checkpoint_dir, partial, unused_savepoint};
use crate::diagnostic::{Diagnostic, WaiverId};
use crate::flink::chart::ChartDefault;
use crate::flink::names::{field, key};
use crate::flink::operator::{JobScope, OperatorSetting, When};
use crate::flink::savepoints::{EntryValue, SavepointEntry};
use crate::flink::workload::{Mode, Workload};
use crate::inputs::{Inputs, Policy, ScopeInputs, WaiverSource, WorkloadOverride};
use crate::k8s::{KeyTable, ObjectKey};
use crate::path::{RepoPath, WorkloadSource};
use crate::project::{
    Ambiguity, Lookup, LookupScope, Project, WorkloadSummary, look_up, look_up_answer,
};
use crate::task::Step;

#[derive(Debug)]
pub struct Context<'a> {
    pub inputs: &'a Inputs,
    pub policy: &'a Policy,
    pub project: &'a Project,
    /// Which workload of the project would get which checkpoint directory.
    pub(crate) checkpoints_dirs: HashMap<String, Vec<usize>>,
    /// The entries that belong to no workload that was read, each with the number of its lookup scope.
    pub(crate) unused: Vec<(usize, &'a SavepointEntry)>,
    /// Where scopes have steps of their own, the step of each file that is read to build workloads.
    pub(crate) file_steps: HashMap<&'a RepoPath, Step>,
    /// With a chosen scope, the files that are read to build its workloads and hold something of ours.
    pub(crate) scope_files: HashSet<&'a RepoPath>,
    /// False if single files are judged: an entry without a workload is then no decision of theirs.
    pub(crate) judges_maps: bool,
    /// What becomes of changes that the documents of workloads cannot take.
    pub(crate) placed: PlacedChanges,
    /// The files outside of the run from which roots of the run build, each with these roots.
    pub(crate) outside: HashMap<RepoPath, HashSet<RepoPath>>,
}

/// One document of a file.
pub(crate) type DocumentId = (RepoPath, usize);

/// What becomes of changes of workloads as built that their documents cannot take.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlacedChanges {
    /// What other documents take, with paths from the root of the document.
    pub(crate) taken: HashMap<DocumentId, Vec<Diagnostic>>,
    /// The numbers of the workloads whose changes no document takes.
    pub(crate) refused: HashSet<usize>,
    /// The patches that stay at their version: that of their workload changes after them.
    pub(crate) pinned: HashSet<RepoPath>,
}

impl<'a> Context<'a> {
    /// Computes what many workloads ask of all three together.
    pub fn new(inputs: &'a Inputs, policy: &'a Policy, project: &'a Project) -> Context<'a> {
        let (checkpoints_dirs, unused) = (HashMap::new(), Vec::new());
        let (judges_maps, scope_files, file_steps) = (true, HashSet::new(), HashMap::new());
        let mut context = Context {
            inputs,
            policy,
            project,
            checkpoints_dirs,
            unused,
            file_steps,
            scope_files,
            judges_maps,
            placed: PlacedChanges::default(),
            outside: HashMap::new(),
        };
        context.file_steps = context.steps_of_files();
        if policy.scope.is_some() {
            let of_scope = project.built().iter().filter(|one| context.takes(one.source()));
            context.scope_files = of_scope.flat_map(|one| &one.version_sites).collect();
        }
        context.checkpoints_dirs = checkpoint_dir::proposed_directories(&context);
        context.unused = unused_savepoint::unused(&context);
        context
    }

    /// The savepoint that belongs to a workload of this key and source.
    pub(crate) fn entry(
        &self,
        key: &ObjectKey,
        source: WorkloadSource<'_>,
    ) -> Lookup<&SavepointEntry> {
        if let [one, other, ..] = self.scopes(source)[..] {
            let [one, other] = [one, other].map(|scope| self.inputs.scope_name(scope));
            let reason = format!("objects of {one} and of {other} deliver it");
            let help =
                "make an overlay for each of them, or list it in a kustomization that can be built";
            return Lookup::Ambiguous(Ambiguity::new(reason, help));
        }
        let (map, file) = (&self.scope_inputs(source).savepoints, source.file);
        // Where kustomize may give the workload any name, every entry is a candidate, and `look_up` decides
        // whether one is certain.
        let entries: Vec<&SavepointEntry> = match self.project.built_names(&key.name, file) {
            Some(names) => names.iter().flat_map(|name| map.with_name(name)).collect(),
            None => map.entries().iter().collect(),
        };
        // All of them give nothing, whichever is meant.
        let give_nothing = entries.iter().all(|entry| entry.value == EntryValue::Stateless);
        let entries = entries.into_iter().map(|entry| (entry.key.clone(), entry));
        match look_up(key, source, &|other| self.lookup_scope(other), self.project, entries) {
            Lookup::Ambiguous(_) if give_nothing => Lookup::Nothing,
            found => found,
        }
    }

    /// Another entry of any map that names the same savepoint.
    pub(crate) fn sharing(&self, entry: &SavepointEntry) -> Option<&SavepointEntry> {
        self.lookup_scopes().find_map(|(_, inputs)| inputs.savepoints.sharing_location(entry))
    }

    /// The override of the workload, that of its scope before that of the whole tree; nothing where its
    /// key could also mean another workload.
    pub fn workload_override<'w>(
        &self,
        key: &ObjectKey,
        source: impl Into<WorkloadSource<'w>>,
    ) -> Option<&WorkloadOverride> {
        let (source, Inputs { whole_tree, scopes, .. }) = (source.into(), self.inputs);
        let own = self.scope(source).and_then(|scope| {
            // Overrides of a scope are its own even where its savepoint map is not.
            let within = |other: WorkloadSource<'_>| {
                LookupScope::new(self.scope_inputs(other), self.scope(other).map_or(0, |s| s + 1))
            };
            override_among(&scopes[scope].inputs.overrides, key, source, &within, self.project)
        });
        let everywhere = |other: WorkloadSource<'_>| LookupScope::new(self.scope_inputs(other), 0);
        let of_all = &whole_tree.overrides;
        own.or_else(|| override_among(of_all, key, source, &everywhere, self.project))
    }

    /// The key of a workload as built, or as written where that cannot be told.
    pub fn key(&self, key: &ObjectKey, source: WorkloadSource<'_>) -> ObjectKey {
        self.built(key, source).unwrap_or_else(|_| key.clone())
    }

    /// The key of a workload as built, or why that cannot be told.
    pub(crate) fn built(
        &self,
        key: &ObjectKey,
        source: WorkloadSource<'_>,
    ) -> Result<ObjectKey, Ambiguity> {
        let fallback = self.scope_inputs(source).namespace.as_deref();
        self.project.built_key(key, source.file, fallback)
    }

    /// What waives the rule for this workload; nothing where the key of the waiver could also mean
    /// another workload.
    pub(crate) fn waiver(
        &self,
        rule: &str,
        key: &ObjectKey,
        source: WorkloadSource<'_>,
    ) -> Option<WaiverId> {
        let waivers = &self.policy.waivers;
        if let Some(id) = waivers.for_all(rule) {
            return Some(id);
        }
        let named = waivers.workloads(rule)?;
        let named = named.candidates(&key.name, self.project.built_names(&key.name, source.file));
        // Waivers have no scopes: a name must be unique in the whole tree.
        let everywhere = |other: WorkloadSource<'_>| LookupScope::new(self.scope_inputs(other), 0);
        // To waive for the wrong workload would hide a decision about state.
        let found = look_up_answer(key, source, &everywhere, self.project, named).certain();
        found.or_else(|| self.flag_waiver(rule, key, source)).copied()
    }

    /// What the options waive in the chosen scope.
    fn flag_waiver(
        &self,
        rule: &str,
        key: &ObjectKey,
        source: WorkloadSource<'_>,
    ) -> Option<&WaiverId> {
        let (policy, chosen) = (self.policy, self.policy.scope?);
        let named = policy.waivers.workloads(rule)?;
        let named = named.candidates(&key.name, self.project.built_names(&key.name, source.file));
        let is_flag = |id: &WaiverId| match id {
            WaiverId::Policy(i) => policy.waivers.all()[*i].source == WaiverSource::Flag,
            WaiverId::Override(_) => false,
        };
        let named = named.filter(|(_, id)| is_flag(id));
        let chosen_first = |other: WorkloadSource<'_>| {
            let number = usize::from(self.scope(other) != Some(chosen));
            LookupScope::new(self.scope_inputs(other), number)
        };
        look_up_answer(key, source, &chosen_first, self.project, named).certain()
    }

    /// True if the workload is among those that are to be judged.
    pub fn selects(&self, key: &ObjectKey, source: WorkloadSource<'_>) -> bool {
        let glob = self.policy.select.as_ref();
        self.takes(source)
            && glob.is_none_or(|glob| glob.is_match(self.key(key, source).to_string()))
    }

    /// True if what a root builds from this file is part of the run.
    pub(crate) fn takes_build(&self, root: &RepoPath, file: &RepoPath) -> bool {
        self.outside.get(file).is_none_or(|roots| roots.contains(root))
    }

    /// True if the version of this patch stays: it is that of what it patches when it is applied.
    pub(crate) fn is_pinned(&self, patch: &RepoPath) -> bool {
        self.placed.pinned.contains(patch) || self.project.is_pinned(patch)
    }

    /// The jobs of the tree, each with its key as built, if that is certain.
    pub(crate) fn jobs(&self) -> impl Iterator<Item = (&WorkloadSummary, Option<ObjectKey>)> {
        self.project.workloads().iter().filter(|summary| summary.has_job).map(|summary| {
            let fallback = self.scope_inputs(summary.source()).namespace.as_deref();
            (summary, self.project.built_key(&summary.key, &summary.file, fallback).ok())
        })
    }
}

/// What decides which of the operator's defaults a job of this key, as built, gets.
pub(crate) fn job_scope<'k>(
    built: &'k ObjectKey,
    flink_version: Option<&'k str>,
    inputs: &ScopeInputs,
) -> JobScope<'k> {
    JobScope { namespace: built.namespace.as_deref(), flink_version, target: inputs.target }
}

fn override_among<'a>(
    overrides: &'a KeyTable<WorkloadOverride>,
    key: &ObjectKey,
    source: WorkloadSource<'_>,
    lookup_scope: &dyn Fn(WorkloadSource<'_>) -> LookupScope<'a>,
    project: &Project,
) -> Option<&'a WorkloadOverride> {
    if overrides.is_empty() {
        return None;
    }
    let named = overrides.candidates(&key.name, project.built_names(&key.name, source.file));
    look_up_answer(key, source, lookup_scope, project, named).certain()
}

/// A workload that is judged, with the inputs and overrides that hold for it.
pub struct Subject<'a, 'd> {
    pub workload: &'a Workload<'d>,
    /// What the rules know besides.
    pub context: &'a Context<'a>,
    /// The inputs of its part of the tree.
    pub inputs: &'a ScopeInputs,
    /// Its key as built, or as written where that is unknown.
    pub key: ObjectKey,
    pub overrides: Option<&'a WorkloadOverride>,
    row: Row<'a>,
}

impl<'a, 'd> Subject<'a, 'd> {
    pub fn new(workload: &'a Workload<'d>, context: &'a Context<'a>) -> Subject<'a, 'd> {
        let (key, source) = (&workload.key, workload.source());
        let mut subject = Subject {
            workload,
            context,
            inputs: context.scope_inputs(source),
            key: context.key(key, source),
            overrides: context.workload_override(key, source),
            row: Row::NoJob,
        };
        subject.row = state::row(&subject);
        subject
    }

    /// Its key as built, or why that cannot be told.
    pub(crate) fn built(&self) -> Result<ObjectKey, Ambiguity> {
        self.context.built(&self.workload.key, self.workload.source())
    }

    /// The help of a diagnostic. Where workloads of other scopes have the key too, what answers it is for its
    /// scope alone.
    pub(crate) fn help_in_scope(&self, help: String) -> String {
        let scope = self.context.scope(self.workload.source());
        let rows = self.context.rows(&self.key);
        if rows.iter().all(|row| self.context.scope(row.source()) == scope) {
            return help;
        }
        let scope = scope.map(|scope| &self.context.inputs.scopes[scope]);
        let name = scope.and_then(|scope| scope.name.as_deref()).unwrap_or("NAME");
        let flag = format!("`--scope {name} --accept ");
        help.replace("[workload.", "[scope.workload.").replace("`--accept ", &flag)
    }

    /// The step in which it is.
    pub(crate) fn step(&self) -> Step {
        self.context.step(self.workload.source())
    }

    pub(crate) fn row(&self) -> &Row<'a> {
        &self.row
    }

    /// The upgrade mode the job is to have: what the configuration says, else what the manifest said
    /// before step `suspend`.
    pub(crate) fn mode(&self) -> Mode {
        let configured = self.overrides.and_then(|overrides| overrides.upgrade_mode.as_deref());
        configured.map_or_else(|| self.workload.mode(), Mode::parse)
    }

    /// True if it is a patch, which cannot be judged alone.
    pub fn is_partial(&self) -> bool {
        partial::is_partial(self.workload, self.context)
    }

    /// What waives the rule for it.
    pub(crate) fn waiver(&self, rule: &'static str) -> Option<WaiverId> {
        let waived = self.overrides.into_iter().flat_map(|overrides| &overrides.waived);
        if waived.into_iter().any(|id| id == rule) {
            return Some(WaiverId::Override(rule));
        }
        self.context.waiver(rule, &self.workload.key, self.workload.source())
    }

    /// The value that v1beta1 will use for this key: that of the manifest, else that of the
    /// operator's configuration.
    pub(crate) fn setting(&self, key: &str) -> Option<EffectiveSetting<'a>>
    where
        'd: 'a,
    {
        self.manifest_setting(key).or_else(|| {
            let default = self.inputs.operator.tomorrow_of(key, self.job_scope());
            default.map(EffectiveSetting::from_operator)
        })
    }

    /// What decides which of the operator's defaults it gets.
    pub(crate) fn job_scope(&self) -> JobScope<'_> {
        let flink_version = self.workload.text(&[field::SPEC, field::FLINK_VERSION]);
        job_scope(&self.key, flink_version, self.inputs)
    }

    /// The value that operator 0.1.0 uses for this key.
    pub(crate) fn setting_today(&self, key: &str) -> Option<EffectiveSetting<'a>>
    where
        'd: 'a,
    {
        self.manifest_setting(key)
            .or_else(|| self.inputs.operator.today(key).map(EffectiveSetting::from_operator))
    }

    /// How many slots a TaskManager has under operator 0.1.0: Flink's own default where the chart's is
    /// left out.
    pub(crate) fn slots_today(&self) -> &'a str {
        const FLINK_DEFAULT: &str = "1";
        let set = self.setting_today(key::SLOTS).map(|setting| setting.text.trim());
        let left_out = self.inputs.operator.drops_chart_defaults(When::Today);
        let default = if left_out { FLINK_DEFAULT } else { ChartDefault::Slots.setting().1 };
        set.unwrap_or(default)
    }

    fn manifest_setting(&self, key: &str) -> Option<EffectiveSetting<'a>>
    where
        'd: 'a,
    {
        let found = self.workload.configuration.get(key)?;
        Some(EffectiveSetting { text: found.text, origin: Origin::Manifest })
    }
}

/// A value of the configuration that a workload runs with.
#[derive(Clone, Copy)]
pub(crate) struct EffectiveSetting<'a> {
    pub(crate) text: &'a str,
    origin: Origin<'a>,
}

#[derive(Clone, Copy)]
enum Origin<'a> {
    Manifest,
    Operator(&'a OperatorSetting),
}

impl<'a> EffectiveSetting<'a> {
    fn from_operator(setting: &'a OperatorSetting) -> EffectiveSetting<'a> {
        EffectiveSetting { text: &setting.text, origin: Origin::Operator(setting) }
    }
}

/// Where it is set, as the end of a sentence: `in flinkConfiguration`.
impl fmt::Display for EffectiveSetting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origin {
            Origin::Manifest => f.write_str("in flinkConfiguration"),
            Origin::Operator(setting) => {
                write!(f, "in the operator's configuration ({})", setting.place)
            }
        }
    }
}

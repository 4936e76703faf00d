//! What the rules ask: inputs, policy and the rest of the tree (`Context`), and one workload with what of
//! them holds for it (`Subject`).

use std::collections::HashMap;
use std::fmt;

use super::state::{self, Row};
use super::{checkpoint_dir, partial, unused_savepoint};
use crate::diagnostic::WaiverId;
use crate::flink::chart::ChartDefault;
use crate::flink::names::{field, key};
use crate::flink::operator::{JobScope, OperatorSetting, When};
use crate::flink::savepoints::{EntryValue, SavepointEntry};
use crate::flink::workload::{Mode, Workload};
use crate::inputs::{Inputs, Policy, ScopeInputs, WorkloadOverride};
use crate::k8s::{KeyTable, ObjectKey};
use crate::path::RepoPath;
use crate::project::{
    Ambiguity, Lookup, LookupScope, Project, WorkloadSummary, look_up, look_up_answer,
};

#[derive(Debug)]
pub struct Context<'a> {
    pub inputs: &'a Inputs,
    pub policy: &'a Policy,
    pub project: &'a Project,
    /// Which workload of the project would get which checkpoint directory.
    pub(crate) checkpoints_dirs: HashMap<String, Vec<usize>>,
    /// The entries that belong to no workload that was read, each with the number of its lookup scope.
    pub(crate) unused: Vec<(usize, &'a SavepointEntry)>,
    /// False if single files are judged: an entry without a workload is then no decision of theirs.
    pub(crate) judges_maps: bool,
}

impl<'a> Context<'a> {
    /// Computes what many workloads ask of all three together.
    pub fn new(inputs: &'a Inputs, policy: &'a Policy, project: &'a Project) -> Context<'a> {
        let (checkpoints_dirs, unused) = (HashMap::new(), Vec::new());
        let judges_maps = true;
        let mut context =
            Context { inputs, policy, project, checkpoints_dirs, unused, judges_maps };
        context.checkpoints_dirs = checkpoint_dir::proposed_directories(&context);
        context.unused = unused_savepoint::unused(&context);
        context
    }

    /// The scope a file belongs to, that of the longest path; nothing if it belongs to none.
    pub fn scope(&self, file: &RepoPath) -> Option<usize> {
        scopes_of(self.inputs, self.project, file).first().copied()
    }

    /// The inputs that hold for the file.
    pub fn scope_inputs(&self, file: &RepoPath) -> &ScopeInputs {
        self.inputs.scope_inputs(self.scope(file))
    }

    /// Every set of inputs with a savepoint map of its own, and the number of its lookup scope: 0 for the
    /// whole tree, else that of the `[[scope]]`, from 1.
    pub(crate) fn lookup_scopes(&self) -> impl Iterator<Item = (usize, &'a ScopeInputs)> {
        let Inputs { whole_tree, scopes, .. } = self.inputs;
        let own = scopes.iter().enumerate().filter(|(_, scope)| scope.has_own_savepoints);
        std::iter::once((0, whole_tree)).chain(own.map(|(i, scope)| (i + 1, &scope.inputs)))
    }

    /// Where the file's savepoints are looked up.
    pub(crate) fn lookup_scope(&self, file: &RepoPath) -> LookupScope<'_> {
        let Inputs { whole_tree, scopes, .. } = self.inputs;
        let Some(scope) = self.scope(file) else { return LookupScope::new(whole_tree, 0) };
        // A scope without a map shares that of the whole tree, and its names must be unique there.
        let own = scopes[scope].has_own_savepoints;
        LookupScope::new(&scopes[scope].inputs, if own { scope + 1 } else { 0 })
    }

    /// The savepoint that belongs to a workload of this key and file.
    pub(crate) fn entry(&self, key: &ObjectKey, file: &RepoPath) -> Lookup<&SavepointEntry> {
        let map = &self.scope_inputs(file).savepoints;
        // Where kustomize may give the workload any name, every entry is a candidate, and `look_up` decides
        // whether one is certain.
        let entries: Vec<&SavepointEntry> = match self.project.built_names(&key.name, file) {
            Some(names) => names.iter().flat_map(|name| map.with_name(name)).collect(),
            None => map.entries().iter().collect(),
        };
        // All of them give nothing, whichever is meant.
        let give_nothing = entries.iter().all(|entry| entry.value == EntryValue::Stateless);
        let entries = entries.into_iter().map(|entry| (entry.key.clone(), entry));
        match look_up(key, file, &|file| self.lookup_scope(file), self.project, entries) {
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
    pub fn workload_override(&self, key: &ObjectKey, file: &RepoPath) -> Option<&WorkloadOverride> {
        let Inputs { whole_tree, scopes, .. } = self.inputs;
        let own = self.scope(file).and_then(|scope| {
            // Overrides of a scope are its own even where its savepoint map is not.
            let within = |file: &RepoPath| {
                LookupScope::new(self.scope_inputs(file), self.scope(file).map_or(0, |s| s + 1))
            };
            override_among(&scopes[scope].inputs.overrides, key, file, &within, self.project)
        });
        let everywhere = |file: &RepoPath| LookupScope::new(self.scope_inputs(file), 0);
        own.or_else(|| override_among(&whole_tree.overrides, key, file, &everywhere, self.project))
    }

    /// The key of a workload as built, or as written where that cannot be told.
    pub fn key(&self, key: &ObjectKey, file: &RepoPath) -> ObjectKey {
        self.built(key, file).unwrap_or_else(|_| key.clone())
    }

    /// The key of a workload as built, or why that cannot be told.
    pub(crate) fn built(&self, key: &ObjectKey, file: &RepoPath) -> Result<ObjectKey, Ambiguity> {
        self.project.built_key(key, file, self.scope_inputs(file).namespace.as_deref())
    }

    /// What waives the rule for this workload; nothing where the key of the waiver could also mean
    /// another workload.
    pub(crate) fn waiver(&self, rule: &str, key: &ObjectKey, file: &RepoPath) -> Option<WaiverId> {
        let waivers = &self.policy.waivers;
        if let Some(id) = waivers.for_all(rule) {
            return Some(id);
        }
        let named = waivers.workloads(rule)?;
        let named = named.candidates(&key.name, self.project.built_names(&key.name, file));
        // Waivers have no scopes: a name must be unique in the whole tree.
        let everywhere = |file: &RepoPath| LookupScope::new(self.scope_inputs(file), 0);
        // To waive for the wrong workload would hide a decision about state.
        look_up_answer(key, file, &everywhere, self.project, named).certain().copied()
    }

    /// True if the workload is among those that are to be judged.
    pub fn selects(&self, key: &ObjectKey, file: &RepoPath) -> bool {
        self.policy
            .select
            .as_ref()
            .is_none_or(|glob| glob.is_match(self.key(key, file).to_string()))
    }

    /// The jobs of the tree, each with its key as built, if that is certain.
    pub(crate) fn jobs(&self) -> impl Iterator<Item = (&WorkloadSummary, Option<ObjectKey>)> {
        self.project.workloads().iter().filter(|summary| summary.has_job).map(|summary| {
            let fallback = self.scope_inputs(&summary.file).namespace.as_deref();
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

/// The scopes whose paths match the file equally well, the nearest ones.
pub fn scopes_of(inputs: &Inputs, project: &Project, file: &RepoPath) -> Vec<usize> {
    if inputs.scopes.is_empty() {
        return Vec::new();
    }
    inputs.matching_scopes(&project.names().absolute(project.deployed_from(file)))
}

impl<'g> LookupScope<'g> {
    fn new(inputs: &'g ScopeInputs, number: usize) -> LookupScope<'g> {
        LookupScope { number, namespace: inputs.namespace.as_deref() }
    }
}

fn override_among<'a>(
    overrides: &'a KeyTable<WorkloadOverride>,
    key: &ObjectKey,
    file: &RepoPath,
    lookup_scope: &dyn Fn(&RepoPath) -> LookupScope<'a>,
    project: &Project,
) -> Option<&'a WorkloadOverride> {
    if overrides.is_empty() {
        return None;
    }
    let named = overrides.candidates(&key.name, project.built_names(&key.name, file));
    look_up_answer(key, file, lookup_scope, project, named).certain()
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
        let (key, file) = (&workload.key, &workload.file);
        let mut subject = Subject {
            workload,
            context,
            inputs: context.scope_inputs(file),
            key: context.key(key, file),
            overrides: context.workload_override(key, file),
            row: Row::NoJob,
        };
        subject.row = state::row(&subject);
        subject
    }

    /// Its key as built, or why that cannot be told.
    pub(crate) fn built(&self) -> Result<ObjectKey, Ambiguity> {
        self.context.built(&self.workload.key, &self.workload.file)
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
        self.context.waiver(rule, &self.workload.key, &self.workload.file)
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

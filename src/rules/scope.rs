//! To which scope a workload belongs, and what that decides: its inputs, where its savepoint is looked up, and
//! whether the run is about it.

use std::collections::{BTreeSet, HashMap};

use super::{Context, Rule};
use crate::inputs::{Inputs, ScopeInputs};
use crate::k8s::ObjectKey;
use crate::path::{RepoPath, WorkloadSource};
use crate::project::{LookupScope, Project, WorkloadSummary};
use crate::task::Step;

impl<'a> Context<'a> {
    /// The scope a workload belongs to, that of the longest path; nothing if it belongs to none.
    pub fn scope<'w>(&self, source: impl Into<WorkloadSource<'w>>) -> Option<usize> {
        self.scopes(source.into()).first().copied().flatten()
    }

    /// The scopes a workload belongs to: more than one if objects of several scopes deliver what cannot be
    /// judged for each of them.
    pub(crate) fn scopes(&self, source: WorkloadSource<'_>) -> Vec<Option<usize>> {
        let (inputs, project) = (self.inputs, self.project);
        if inputs.scopes.is_empty() {
            return vec![None];
        }
        let scope = |source| scopes_of(inputs, project, source).first().copied();
        let mut scopes: Vec<_> = sources(project, source).into_iter().map(scope).collect();
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    }

    /// The step in which a workload is, or a file. That of a file from which workloads of several steps are
    /// built is `convert` if one of them is converted: what asks for a person then speaks.
    pub fn step<'w>(&self, source: impl Into<WorkloadSource<'w>>) -> Step {
        let source = source.into();
        let of_file = self.file_steps.get(source.file).filter(|_| source.delivering_file.is_none());
        of_file.copied().unwrap_or_else(|| self.step_of_scope(self.scope(source)))
    }

    fn step_of_scope(&self, scope: Option<usize>) -> Step {
        let own = scope.and_then(|scope| self.inputs.scopes[scope].step);
        own.unwrap_or(self.policy.step)
    }

    /// See [`Context::file_steps`].
    pub(crate) fn steps_of_files(&self) -> HashMap<&'a RepoPath, Step> {
        let mut found: HashMap<&RepoPath, Step> = HashMap::new();
        let has_steps = self.inputs.scopes.iter().any(|scope| scope.step.is_some());
        for built in self.project.built().iter().filter(|_| has_steps) {
            let step = self.step_of_scope(self.scope(built.source()));
            for file in &built.version_sites {
                let known = found.entry(file).or_insert(step);
                if step == Step::Convert {
                    *known = step;
                }
            }
        }
        found
    }

    /// True if the rule speaks at a step in which a workload of the run may be.
    pub(crate) fn may_speak(&self, rule: &Rule) -> bool {
        let speaks = |scope: Option<usize>| rule.steps.contains(&self.step_of_scope(scope));
        match self.policy.scope {
            Some(chosen) => speaks(Some(chosen)),
            None => speaks(None) || (0..self.inputs.scopes.len()).any(|scope| speaks(Some(scope))),
        }
    }

    /// The step of the lookup scope of this number.
    pub(crate) fn step_of_lookup_scope(&self, number: usize) -> Step {
        self.step_of_scope(number.checked_sub(1))
    }

    /// True if the run is about this workload or file, as far as its scope goes.
    pub(crate) fn takes<'w>(&self, source: impl Into<WorkloadSource<'w>>) -> bool {
        let source = source.into();
        self.policy.scope.is_none_or(|chosen| {
            let is_read =
                || source.delivering_file.is_none() && self.scope_files.contains(source.file);
            self.scopes(source).contains(&Some(chosen)) || is_read()
        })
    }

    /// True if the run is about workloads that are looked up in the lookup scope of this number.
    pub(crate) fn takes_lookup_scope(&self, number: usize) -> bool {
        self.policy.scope.is_none_or(|chosen| self.lookup_number(Some(chosen)) == number)
    }

    /// The workloads that have this key as built. A session cluster and a session job are not one.
    pub(crate) fn rows(&self, key: &ObjectKey) -> Vec<&WorkloadSummary> {
        let named = self.project.workloads_named(&key.name);
        named
            .filter(|one| self.built(&one.key, one.source()).is_ok_and(|built| built == *key))
            .collect()
    }

    /// The inputs that hold for a workload, or for a file.
    pub fn scope_inputs<'w>(&self, source: impl Into<WorkloadSource<'w>>) -> &ScopeInputs {
        self.inputs.scope_inputs(self.scope(source))
    }

    /// Every set of inputs with a savepoint map of its own, and the number of its lookup scope: 0 for the
    /// whole tree, else that of the `[[scope]]`, from 1.
    pub(crate) fn lookup_scopes(&self) -> impl Iterator<Item = (usize, &'a ScopeInputs)> {
        let Inputs { whole_tree, scopes, .. } = self.inputs;
        let own = scopes.iter().enumerate().filter(|(_, scope)| scope.has_own_savepoints);
        std::iter::once((0, whole_tree)).chain(own.map(|(i, scope)| (i + 1, &scope.inputs)))
    }

    /// Where the savepoint of a workload is looked up.
    pub(crate) fn lookup_scope<'w>(
        &self,
        source: impl Into<WorkloadSource<'w>>,
    ) -> LookupScope<'_> {
        let Inputs { whole_tree, scopes, .. } = self.inputs;
        let Some(scope) = self.scope(source) else { return LookupScope::new(whole_tree, 0) };
        LookupScope::new(&scopes[scope].inputs, self.lookup_number(Some(scope)))
    }

    /// Number of the lookup scope of a scope. One without a map shares that of the whole tree, and its names
    /// must be unique there.
    fn lookup_number(&self, scope: Option<usize>) -> usize {
        let own = scope.filter(|scope| self.inputs.scopes[*scope].has_own_savepoints);
        own.map_or(0, |scope| scope + 1)
    }

    /// True if the workload is looked up in the lookup scope of this number, or might be.
    pub(crate) fn may_be_looked_up_in(&self, number: usize, source: WorkloadSource<'_>) -> bool {
        self.scopes(source).into_iter().any(|scope| self.lookup_number(scope) == number)
    }
}

/// The scopes whose paths match equally well, the nearest ones.
pub fn scopes_of(inputs: &Inputs, project: &Project, source: WorkloadSource<'_>) -> Vec<usize> {
    let WorkloadSource { file, delivering_file } = source;
    inputs.matching_scopes(project.names(), project.deployed_from(file), delivering_file)
}

/// The same workload for each object that delivers it.
pub fn sources<'s>(project: &'s Project, source: WorkloadSource<'s>) -> Vec<WorkloadSource<'s>> {
    let delivering_files = match source.delivering_file {
        Some(file) => BTreeSet::from([Some(file)]),
        None => project.delivering_files(source.file),
    };
    if delivering_files.is_empty() {
        return vec![source];
    }
    let of_file = |delivering_file| WorkloadSource { delivering_file, ..source };
    delivering_files.into_iter().map(of_file).collect()
}

impl<'g> LookupScope<'g> {
    pub(crate) fn new(inputs: &'g ScopeInputs, number: usize) -> LookupScope<'g> {
        LookupScope { number, namespace: inputs.namespace.as_deref() }
    }
}

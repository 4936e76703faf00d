//! One workload in the light of the context: what the rules ask, worked out once.

use std::fmt;

use super::context::Context;
use super::partial;
use super::state::{self, Row};
use crate::diagnostic::WaiverId;
use crate::flink::chart::ChartDefault;
use crate::flink::names::key;
use crate::flink::operator::{OperatorSetting, When};
use crate::flink::workload::{Mode, Workload};
use crate::inputs::{ScopeInputs, WorkloadOverride};
use crate::k8s::ObjectKey;
use crate::project::Ambiguity;

/// A workload that is judged, with the inputs and overrides that hold for it.
pub struct Subject<'a, 'd> {
    pub workload: &'a Workload<'d>,
    /// What the rules know besides.
    pub context: &'a Context<'a>,
    /// The inputs of its part of the tree.
    pub inputs: &'a ScopeInputs,
    /// Its key as built, or as written where that cannot be told.
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
        self.manifest_setting(key)
            .or_else(|| self.inputs.operator.tomorrow(key).map(EffectiveSetting::from_operator))
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

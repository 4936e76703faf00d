//! What the user chooses, as opposed to the facts that the user supplies.

use globset::GlobMatcher;

use super::{Waivers, values};
use crate::task::Step;

/// The choices of the user for one run.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The step of the migration.
    pub step: Step,
    /// About changed defaults.
    pub defaults: Defaults,
    /// About missing checkpoint directories; nothing if the user chose none.
    pub checkpoints_dir: Option<CheckpointsDir>,
    /// Where a job without a savepoint directory puts the savepoint it is stopped with: a location
    /// that may hold `{namespace}` and `{name}`.
    pub savepoints_dir: Option<String>,
    /// Waived decisions.
    pub waivers: Waivers,
    /// Only workloads that match are judged; all if absent.
    pub select: Option<GlobMatcher>,
}

/// What to do about a default that changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Defaults {
    /// Write down what v1beta1 will use.
    #[default]
    Explicit,
    /// Write down what v1alpha1 used.
    Preserve,
    /// Write nothing, only report it.
    Leave,
}

impl Defaults {
    /// Reads the value of `defaults`.
    pub fn parse(text: &str) -> Result<Defaults, String> {
        match text {
            "explicit" => Ok(Defaults::Explicit),
            "preserve" => Ok(Defaults::Preserve),
            "leave" => Ok(Defaults::Leave),
            _ => Err(format!("`{text}` is none of explicit, preserve, leave")),
        }
    }
}

/// Where a stateful job without a checkpoint directory gets one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckpointsDir {
    /// The operator's own configuration has it: nothing is written.
    Operator,
    /// Beside the savepoint directory: `…/savepoints` gives `…/checkpoints`.
    Sibling,
    /// A location that may hold `{namespace}` and `{name}`.
    Template(String),
}

impl CheckpointsDir {
    /// Reads the value of `checkpoints-dir`.
    pub fn parse(text: &str) -> Result<CheckpointsDir, String> {
        match text {
            "operator" => Ok(CheckpointsDir::Operator),
            "sibling" => Ok(CheckpointsDir::Sibling),
            _ => values::location(text).map(CheckpointsDir::Template).map_err(|error| {
                let is_word = !text.contains('/');
                if is_word { format!("{error}, or `operator` or `sibling`") } else { error }
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_not_taken_for_a_location() {
        let parse = CheckpointsDir::parse;
        assert!(parse("siblings").unwrap_err().contains("`sibling`"));
        assert!(parse("s3://b/{nmae}").is_err());
        assert!(parse(" s3://b").is_err());
        assert_eq!(parse("sibling"), Ok(CheckpointsDir::Sibling));
        for location in ["s3://b/{namespace}/{name}", "/data/cp", "file:/data", "hdfs:///cp"] {
            assert_eq!(parse(location), Ok(CheckpointsDir::Template(location.into())));
        }
    }
}

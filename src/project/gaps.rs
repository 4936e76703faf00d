//! Where a workload may be that nobody has seen, so that no name is unique.

use super::Project;
use super::lookup::{Ambiguity, BUILD};
use crate::flink::nested::NestedJob;
use crate::path::PathNames;
use crate::workspace::Gap;

impl Project {
    /// Why a workload of this name may be where it cannot be seen, so that the name may not be unique.
    pub(crate) fn gap(&self, name: &str) -> Option<Ambiguity> {
        if !self.whole_tree {
            let reason = "only the whole tree shows whether the name is unique";
            return Some(Ambiguity::new(reason, "run over the whole tree"));
        }
        let later = || {
            let reason = "a prefix or suffix of another workload's name is filled in later";
            Ambiguity::new(reason, BUILD)
        };
        let is_namesake = |job: &&NestedJob| !job.is_partial && job.key.may_be_named(name);
        let nested = || self.nested.jobs.iter().find(is_namesake).map(|job| self.nested_gap(job));
        let later = || self.may_be_renamed_to(name).then(later);
        let unnamed = || self.nameless.first().cloned();
        self.gaps.first().cloned().or_else(unnamed).or_else(nested).or_else(later)
    }

    /// A manifest nested in another object makes a workload of this name.
    fn nested_gap(&self, job: &NestedJob) -> Ambiguity {
        let file = self.names.display(&job.file);
        Ambiguity::new(
            format!("a manifest nested in another object of {file} may have that name too"),
            "leave that file out with `--exclude`",
        )
    }
}

/// Something of ours at this place cannot be read.
pub(crate) fn unread_gap(shown: &str) -> Ambiguity {
    Ambiguity::new(
        format!("what is at {shown} cannot be read and may have that name too"),
        "make that file readable or leave it out with `--exclude`",
    )
}

/// A part of the tree is not there.
pub(crate) fn unseen_gap(Gap { file, reason, .. }: &Gap, names: &PathNames) -> Ambiguity {
    let part = names.display(file);
    Ambiguity::new(
        format!("only the whole tree shows whether the name is unique: {part} {reason}"),
        "make the tree whole",
    )
}

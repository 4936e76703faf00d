//! What role a document plays in its tree, and which workloads it becomes.

mod index;
mod kustomize;
mod workload;

pub use index::{Doubt, Index, Known, Lookup, Survey, directory, look_up};
pub use kustomize::{Kustomization, Mention, is_kustomization};
pub use workload::{Key, Mode, Object, Workload, objects};

//! What role a document plays in its tree, and which workloads it becomes.

mod builds;
mod index;
mod kustomize;
mod lookup;
mod workload;

pub use index::{Index, Known, Survey, directory};
pub use kustomize::{Kustomization, Mention, is_kustomization};
pub use lookup::{Doubt, Lookup, look_up};
pub use workload::{Key, Mode, Object, Workload, objects};

//! What role a document plays in its tree, and which workloads it becomes.

mod builds;
mod helm;
mod index;
mod keepers;
mod kustomize;
mod lookup;
mod near;
mod objects;
mod workload;

pub use helm::{is_called_values, is_values, source_of};
pub use index::{Index, Known, Survey, directory};
pub use keepers::{Keeper, KeeperKind, Syncing, keepers, names_a_keeper};
pub use kustomize::{Kustomization, Mention, is_kustomization};
pub use lookup::{Doubt, Lookup, Realm, look_up, look_up_answer};
pub use near::nearest_key;
pub use objects::{Object, objects};
pub use workload::{MODE, Mode, PATH, SAVEPOINTS_DIR, STATE, Workload};

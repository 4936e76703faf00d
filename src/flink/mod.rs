//! What the Flink Kubernetes Operator calls things and how it reads them. Decides nothing.

pub mod location;
pub mod names;
pub mod savepoints;

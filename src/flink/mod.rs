//! What the Flink Kubernetes Operator calls things and how it reads them. Decides nothing.

pub mod account;
pub mod chart;
pub mod configuration;
pub mod dialect;
pub mod location;
pub mod names;
pub(crate) mod nested;
pub mod objects;
pub mod operator;
pub mod prefilter;
pub mod releases;
pub mod savepoints;
pub mod workload;

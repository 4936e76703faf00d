//! What the Flink Kubernetes Operator calls things and how it reads them. Decides nothing.

pub mod account;
pub mod configuration;
pub mod cpu;
pub mod defaults;
pub mod detect;
pub mod dialect;
pub mod expected_start;
pub mod kind;
pub mod location;
pub mod names;
pub mod objects;
pub mod operator;
pub mod problem;
pub mod releases;
pub mod savepoints;
pub mod upstream;
pub mod workload;

//! `flink-migrate` moves GitOps manifests of the Apache Flink Kubernetes Operator from
//! `flink.apache.org/v1alpha1` to `v1beta1`.
//!
//! Text comes in, a plan comes out, and only the shell acts. The modules are in reading order: each
//! uses only modules above it. The library serves the binary and its tests: the command line is the
//! contract, this interface is not.

mod text;
mod yaml;

mod path;

mod k8s;

mod diagnostic;
mod task;

mod flink;
mod helm;
mod kustomize;

mod gitops;

mod cluster;
mod inputs;
mod workspace;

mod project;

mod rules;

mod plan;

mod verify;

mod runbook;

mod engine;

mod report;
mod shell;

mod cli;

#[doc(hidden)]
pub mod testing;

pub use cli::main;

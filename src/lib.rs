//! `flink-migrate` moves GitOps manifests of the Apache Flink Kubernetes Operator from
//! `flink.apache.org/v1alpha1` to `v1beta1`.
//!
//! Text comes in, a plan comes out, and only the shell acts. The rooms stand in reading order; each
//! uses only rooms above it. The library serves the binary and its tests: the command line is the
//! contract, this interface is not.

pub mod text;
pub mod yaml;

pub mod path;

pub mod k8s;

pub mod diagnostic;
pub mod task;

pub mod flink;
pub mod helm;
pub mod kustomize;

pub mod gitops;

pub mod cluster;
pub mod inputs;
pub mod workspace;

pub mod project;

pub mod rules;

pub mod plan;

pub mod verify;

pub mod runbook;

pub mod engine;

pub mod report;
pub mod shell;

pub mod cli;

#[doc(hidden)]
pub mod testing;

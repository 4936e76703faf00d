//! The runbook: what it says for trees of every kind, and what its script does to a cluster.

mod answers;
mod cases;
mod order;
mod quoting;
mod scripts;
mod usage;

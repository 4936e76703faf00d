//! The runbook: what it says for trees of every kind, and what its commands do to a cluster.

mod answers;
mod cases;
mod commands;
mod order;
mod page;
mod quoting;
mod usage;
mod world;

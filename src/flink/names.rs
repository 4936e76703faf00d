//! The strings of the outside world, each once.

/// The API group of every resource of the operator.
pub const GROUP: &str = "flink.apache.org";
/// The preview version: operator 0.1.0 alone.
pub const PREVIEW: &str = "v1alpha1";
/// The stable version: operator 1.0 and later.
pub const STABLE: &str = "v1beta1";

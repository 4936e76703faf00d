//! STUB
#![allow(missing_docs)]
use crate::text::Position;
pub const OLD_DEFAULTS: &str = "flinkDefaultConfiguration";
pub const OLD_CONFIGURATION: &str = "operatorConfiguration";
#[derive(Clone, Debug)]
pub struct OperatorSetting {
    pub key: String,
    pub text: String,
    pub path: String,
    pub position: Position,
}
impl OperatorSetting {
    pub fn origin(&self) -> String {
        format!("{}:{}:{}", self.path, self.position.line, self.position.column)
    }
}
#[derive(Clone, Debug)]
pub struct Renamed {
    pub path: String,
    pub position: Position,
    pub before: String,
    pub after: String,
}
#[derive(Clone, Debug, Default)]
pub struct OperatorConfig {
    s: Vec<OperatorSetting>,
    r: Vec<Renamed>,
}
#[derive(Clone, Debug)]
pub struct ConfigProblem {
    pub path: String,
    pub position: Position,
    pub message: String,
    pub help: String,
}
impl std::fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.message)
    }
}
impl OperatorConfig {
    pub fn today(&self, key: &str) -> Option<&OperatorSetting> {
        self.s.iter().find(|s| s.key == key)
    }
    pub fn tomorrow(&self, key: &str) -> Option<&OperatorSetting> {
        self.s.iter().find(|s| s.key == key)
    }
    pub fn tomorrow_starting_with(&self, p: &str) -> Option<&OperatorSetting> {
        self.s.iter().find(|s| s.key.starts_with(p))
    }
    pub fn lost(&self) -> impl Iterator<Item = &OperatorSetting> {
        self.s.iter().take(0)
    }
    pub fn renamed(&self) -> &[Renamed] {
        &self.r
    }
    pub fn is_given(&self) -> bool {
        false
    }
}
pub fn read(_path: &str, _text: &str) -> Result<OperatorConfig, Vec<ConfigProblem>> {
    Ok(OperatorConfig::default())
}
pub fn merge(c: Vec<OperatorConfig>) -> OperatorConfig {
    c.into_iter().next_back().unwrap_or_default()
}
pub fn is_old_values(_root: crate::yaml::NodeRef<'_>) -> bool {
    false
}

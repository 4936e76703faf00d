//! Defaults that the operator gives to some jobs only: those of a namespace or of a Flink version.

use super::{OperatorConfig, OperatorSetting};
use crate::flink::releases::{JOB_DEFAULTS, Release, VERSION_AND_LATER};

/// How the keys of such defaults begin (`KubernetesOperatorConfigOptions.java`, 1.6.0).
const NAMESPACE: &str = "kubernetes.operator.default-configuration.namespace.";
const FLINK_VERSION: &str = "kubernetes.operator.default-configuration.flink-version.";

/// What decides which of them a job gets.
#[derive(Clone, Copy, Debug, Default)]
pub struct JobScope<'k> {
    /// The namespace of its resource.
    pub namespace: Option<&'k str>,
    /// Its `flinkVersion`; nothing for a session job, which has that of its cluster.
    pub flink_version: Option<&'k str>,
    /// The operator that is installed; nothing if that is unknown, and then no such default counts.
    pub target: Option<Release>,
}

impl OperatorConfig {
    /// What the operator after the migration gives to this job. A default of its Flink version wins
    /// over one of its namespace, and that over one of all jobs (`FlinkConfigManager.getDefaultConfig`,
    /// 1.6.0 and 1.11.0).
    pub fn tomorrow_of(&self, key: &str, job: JobScope<'_>) -> Option<&OperatorSetting> {
        let special = self.prefixes(job).into_iter().rev();
        let mut special = special.map(|prefix| format!("{prefix}{key}"));
        special.find_map(|key| self.tomorrow(&key)).or_else(|| self.tomorrow(key))
    }

    /// A default of this job alone whose key begins so, whichever release is installed.
    pub fn special_starting_with(
        &self,
        prefix: &str,
        job: JobScope<'_>,
    ) -> Option<&OperatorSetting> {
        let job = JobScope { target: Some(Release::LAST), ..job };
        self.prefixes(job)
            .into_iter()
            .find_map(|special| {
                let wanted = format!("{special}{prefix}");
                self.tomorrow
                    .range(wanted.clone()..)
                    .next()
                    .filter(|(key, _)| key.starts_with(&wanted))
            })
            .map(|(_, setting)| setting.as_ref())
    }

    /// What the keys of this job's own defaults begin with; later ones win.
    fn prefixes(&self, job: JobScope<'_>) -> Vec<String> {
        let mut prefixes = Vec::new();
        let Some(target) = job.target.filter(|target| JOB_DEFAULTS.contains(*target)) else {
            return prefixes;
        };
        prefixes.extend(job.namespace.map(|namespace| format!("{NAMESPACE}{namespace}.")));
        let Some(version) = job.flink_version else { return prefixes };
        if let Some(own) = number(version).filter(|_| VERSION_AND_LATER.contains(target)) {
            let all = self.tomorrow.range(FLINK_VERSION.to_string()..);
            let all = all.map_while(|(key, _)| key.strip_prefix(FLINK_VERSION));
            let mut from: Vec<((u32, u32), &str)> = all
                .filter_map(|rest| {
                    let (version, _) = rest.split_once("+.")?;
                    Some((number(version)?, version))
                })
                .filter(|(from, _)| *from <= own)
                .collect();
            from.sort_unstable();
            from.dedup();
            prefixes.extend(from.iter().map(|(_, version)| format!("{FLINK_VERSION}{version}+.")));
        }
        prefixes.push(format!("{FLINK_VERSION}{version}."));
        prefixes
    }
}

/// The two numbers of a Flink version such as `v1_20`.
fn number(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.strip_prefix('v')?.split_once('_')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flink::operator::read;

    #[test]
    fn the_nearest_default_of_a_job_wins_as_in_the_release_that_is_installed() {
        let (namespace, version) = (NAMESPACE, FLINK_VERSION);
        let text = format!(
            "a.x: all\na.y: all\na.z: all\n{namespace}prod.a.x: prod\n{namespace}prod.a.y: prod\n\
             {version}v1_18.a.y: exact\n{version}v1_18+.a.x: from18\n{version}v1_9+.a.x: from9\n\
             {version}v1_9+.a.z: from9\n{version}v2_0+.a.z: from20\nstate.a: 1\n"
        );
        let config = read("flink-conf.yaml", &text).unwrap();
        let seen = |namespace, flink_version, target: Option<u16>| {
            let target = target.map(Release::new);
            let job = JobScope { namespace, flink_version, target };
            ["a.x", "a.y", "a.z"].map(|key| config.tomorrow_of(key, job).unwrap().text.clone())
        };
        for (namespace, version, target, expected) in [
            (Some("prod"), Some("v1_18"), Some(5), ["all", "all", "all"]),
            (Some("prod"), Some("v1_18"), None, ["all", "all", "all"]),
            (Some("prod"), Some("v1_18"), Some(6), ["prod", "exact", "all"]),
            (Some("prod"), Some("v1_18"), Some(11), ["from18", "exact", "from9"]),
            (Some("prod"), Some("v1_17"), Some(15), ["from9", "prod", "from9"]),
            (Some("test"), Some("v2_0"), Some(15), ["from18", "all", "from20"]),
            (Some("prod"), None, Some(15), ["prod", "prod", "all"]),
            (None, Some("${V}"), Some(15), ["all", "all", "all"]),
        ] {
            assert_eq!(seen(namespace, version, target), expected, "{namespace:?} {version:?}");
        }
        let job = JobScope { namespace: Some("prod"), ..JobScope::default() };
        assert!(config.special_starting_with("a.", job).is_some());
        assert!(config.special_starting_with("b.", job).is_none());
    }
}

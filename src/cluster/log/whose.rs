//! Whose a line is: the names that pods, files and operators give to a workload.

use crate::gitops::Key;

/// Whom a line names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    /// The namespace, if it is said.
    pub namespace: Option<String>,
    /// The name, of what `named` says.
    pub name: String,
    /// What is named.
    pub named: Named,
}

/// What a line names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Named {
    /// The resource: the operator does.
    Resource,
    /// The deployment, as the name of its pod has it.
    Deployment,
    /// A pod whose name is none that Kubernetes gives: somebody has shortened it.
    Pod,
}

/// What stands between the name of the deployment and the numbers of a TaskManager
/// (`KubernetesResourceManagerDriver`, Flink 1.14 and later).
const TASK_MANAGER: &str = "-taskmanager-";

/// What Flink's own log files have in front of the pod (`flink-console.sh`, Flink 1.14 and later).
const LOG_FILE_OF: [&str; 2] = ["kubernetes-application-", "standalonejob-"];

/// How many folders above a file may say whose it is: those of a container and of its pod.
const NEAR: usize = 2;

/// Whose pod this is. The name of a pod of a Deployment ends with the hash of its template and five
/// characters of its own.
pub(super) fn owner_of_pod(namespace: Option<&str>, pod: &str) -> Owner {
    let deployment = deployment_of(pod, &is_of_hash);
    let named = if deployment.is_some() { Named::Deployment } else { Named::Pod };
    let name = deployment.unwrap_or(pod).to_string();
    Owner { namespace: namespace.map(String::from), name, named }
}

/// The deployment of the pod, the last five characters of which are `own`; nothing if it is none.
fn deployment_of<'p>(pod: &'p str, own: &dyn Fn(u8) -> bool) -> Option<&'p str> {
    if let Some((name, numbers)) = pod.rsplit_once(TASK_MANAGER)
        && numbers.split('-').all(|part| part.bytes().all(|b| b.is_ascii_digit()))
    {
        return Some(name);
    }
    let (rest, last) = pod.rsplit_once('-')?;
    let (name, hash) = rest.rsplit_once('-')?;
    let lengths_fit = last.len() == 5 && (5..=10).contains(&hash.len());
    let is_pod = lengths_fit && last.bytes().all(own) && hash.bytes().all(is_of_hash);
    (is_pod && !name.is_empty()).then_some(name)
}

/// The letters of a pod's own five characters (`rand.SafeEncodeString` of Kubernetes). Among them are
/// no vowels, which tells a pod from a name that people gave.
fn is_safe(byte: u8) -> bool {
    b"bcdfghjklmnpqrstvwxz2456789".contains(&byte)
}

/// Hashes of templates were plain hexadecimal numbers once, and people shorten both in examples.
fn is_of_hash(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Those of the keys that a file of this path may be about: `orders.log`, `prod/orders.log`,
/// `prod_orders.log`, `prod-orders.log`, and the same with the name of a pod. The namespace narrows
/// the choice where the path says it; several stay where it does not.
pub(in crate::cluster) fn keys_of_file<'k>(path: &str, keys: &[&'k Key]) -> Vec<&'k Key> {
    let mut folders: Vec<&str> = path.split('/').collect();
    let file = folders.pop().unwrap_or_default();
    let stem = stem(file);
    // The folder itself may be the pod, as in `/var/log/pods/NAMESPACE_POD_UID/CONTAINER/0.log`.
    let tokens = |text: &str| text.split('_').map(String::from).collect::<Vec<_>>();
    let of_stem = [vec![stem.to_string()], tokens(stem)].concat();
    // What lies further up is where somebody keeps logs, and no word about this one.
    let near = &folders[folders.len().saturating_sub(NEAR)..];
    let of_folders: Vec<String> = near.iter().flat_map(|folder| tokens(folder)).collect();
    let named = |key: &Key, token: &str, is_exact: bool| {
        let pod = LOG_FILE_OF.iter().find_map(|lead| {
            let (_, rest) = token.split_once(lead)?;
            rest.split_once('-').map(|(_, pod)| pod)
        });
        let pod = pod.unwrap_or(token);
        let name = if is_exact { Some(pod) } else { deployment_of(pod, &is_safe) };
        // A name that is filled in later is empty here, and names nothing.
        !key.name.is_empty() && name == Some(key.name.as_str())
    };
    let joined = |key: &Key, token: &str| {
        let namespace = key.namespace.as_deref()?;
        let rest = token.strip_prefix(namespace)?.strip_prefix(['-', '.', '_'])?;
        (named(key, rest, true) || named(key, rest, false)).then_some(())
    };
    for tokens in [&of_stem, &of_folders] {
        let those = |is_exact: bool| -> Vec<&'k Key> {
            let is_named = |key: &&&'k Key| tokens.iter().any(|token| named(key, token, is_exact));
            keys.iter().filter(is_named).copied().collect()
        };
        // A name that is there as a whole is not also that of a pod.
        let mut found = those(true);
        if found.is_empty() {
            found = those(false);
        }
        if found.is_empty() {
            let of_both = |key: &&Key| tokens.iter().any(|token| joined(key, token).is_some());
            found = keys.iter().copied().filter(of_both).collect();
        }
        let is_said = |key: &&Key| {
            let namespace = key.namespace.as_deref();
            let said = of_stem.iter().skip(1).chain(&of_folders);
            said.into_iter().any(|token| namespace == Some(token.as_str()))
        };
        if found.iter().any(is_said) {
            found.retain(is_said);
        }
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// The name of a file without what tells its form and its turn.
fn stem(file: &str) -> &str {
    const ENDS: [&str; 9] =
        ["log", "txt", "json", "jsonl", "ndjson", "out", "previous", "prev", "current"];
    let mut stem = file;
    while let Some((rest, end)) = stem.rsplit_once(['.', '-']) {
        let is_turn = !end.is_empty() && end.len() < 3 && end.bytes().all(|b| b.is_ascii_digit());
        let is_dot = stem.as_bytes()[rest.len()] == b'.';
        let goes = ENDS.contains(&end) && (is_dot || end.starts_with("prev")) || is_turn && is_dot;
        if !goes || rest.is_empty() {
            break;
        }
        stem = rest;
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_is_known_by_its_last_two_parts() {
        for (pod, name, named) in [
            ("orders-6c9f7b5d8d-x2x4z", "orders", Named::Deployment),
            ("orders-v2-6c9f7b5d8d-abcde", "orders-v2", Named::Deployment),
            ("orders-taskmanager-1-12", "orders", Named::Deployment),
            ("orders", "orders", Named::Pod),
            ("orders-v2", "orders-v2", Named::Pod),
            ("orders-abc-xyz", "orders-abc-xyz", Named::Pod),
            ("-6c9f7b5d8d-x2x4z", "-6c9f7b5d8d-x2x4z", Named::Pod),
        ] {
            let owner = owner_of_pod(Some("prod"), pod);
            assert_eq!((owner.name.as_str(), owner.named), (name, named), "{pod}");
        }
    }

    #[test]
    fn a_file_is_about_what_its_path_names() {
        let keys =
            ["prod/orders", "test/orders", "prod/orders-v2", "prod/pay", "lone"].map(Key::parse);
        let keys: Vec<&Key> = keys.iter().collect();
        for (path, expected) in [
            ("prod_orders.log", "prod/orders"),
            ("prod/orders.log", "prod/orders"),
            ("logs/test/orders.log", "test/orders"),
            ("prod-orders.log", "prod/orders"),
            ("prod.orders.log", "prod/orders"),
            ("orders.log", "prod/orders test/orders"),
            ("pay.log", "prod/pay"),
            ("pay.previous.log", "prod/pay"),
            ("pay.log.1", "prod/pay"),
            ("orders-v2.log", "prod/orders-v2"),
            ("orders-v2-6c9f7b5d8d-x2x4z.log", "prod/orders-v2"),
            ("test_orders-6c9f7b5d8d-x2x4z_flink-main-container.log", "test/orders"),
            ("pods/prod_pay-6c9f7b5d8d-x2x4z_0a1b/flink-main-container/0.log", "prod/pay"),
            ("flink--kubernetes-application-0-pay-6c9f7b5d8d-x2x4z.log", "prod/pay"),
            ("lone.json", "lone"),
            ("lone-daily-audit.log", ""),
            ("pay/test.log", "prod/pay"),
            ("all.log", ""),
            ("payments.log", ""),
            ("", ""),
        ] {
            let found = keys_of_file(path, &keys);
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            assert_eq!(found.join(" "), expected, "{path}");
        }
    }
}

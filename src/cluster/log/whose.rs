//! Whose a line is: the names that pods, files and operators give to a workload.

use crate::gitops::Key;

/// Whom a line names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    /// The namespace, if it is said.
    pub namespace: Option<String>,
    /// The name of the deployment.
    pub name: String,
    /// The operator names the resource itself; else it is made from the name of a pod.
    pub is_resource: bool,
}

/// What stands between the name of the deployment and the numbers of a TaskManager
/// (`KubernetesResourceManagerDriver`, Flink 1.14 and later).
const TASK_MANAGER: &str = "-taskmanager-";

/// What Flink's own log files have in front of the pod (`flink-console.sh`, Flink 1.14 and later).
const LOG_FILE_OF: [&str; 2] = ["kubernetes-application-", "standalonejob-"];

/// How many folders above a file may say whose it is: those of a container and of its pod.
const NEAR: usize = 2;

/// Whose pod this is. The name of a pod of a Deployment ends with the hash of its template and five
/// characters of its own, in letters that Kubernetes takes for such (`rand.SafeEncodeString`).
pub(super) fn owner_of_pod(namespace: Option<&str>, pod: &str) -> Option<Owner> {
    let of = |name: &str| {
        let namespace = namespace.map(String::from);
        Some(Owner { namespace, name: name.to_string(), is_resource: false })
    };
    if let Some((name, numbers)) = pod.rsplit_once(TASK_MANAGER)
        && numbers.split('-').all(|part| part.bytes().all(|b| b.is_ascii_digit()))
    {
        return of(name);
    }
    let (rest, own) = pod.rsplit_once('-')?;
    let (name, hash) = rest.rsplit_once('-')?;
    let is_safe = |part: &str| part.bytes().all(|b| b"bcdfghjklmnpqrstvwxz2456789".contains(&b));
    let lengths_fit = own.len() == 5 && (5..=10).contains(&hash.len());
    let is_pod = lengths_fit && is_safe(own) && hash.bytes().all(is_of_hash) && !name.is_empty();
    if is_pod { of(name) } else { None }
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
    let named = |key: &Key, token: &str| {
        let pod = LOG_FILE_OF.iter().find_map(|lead| {
            let (_, rest) = token.split_once(lead)?;
            rest.split_once('-').map(|(_, pod)| pod)
        });
        let pod = pod.unwrap_or(token);
        let owner = owner_of_pod(None, pod);
        // Whoever copies a log may shorten the name of its pod, but not that of its workload.
        pod == key.name || owner.is_some_and(|owner| owner.name == key.name)
    };
    let joined = |key: &Key, token: &str| {
        let namespace = key.namespace.as_deref()?;
        let rest = token.strip_prefix(namespace)?.strip_prefix(['-', '.', '_'])?;
        named(key, rest).then_some(())
    };
    for tokens in [&of_stem, &of_folders] {
        let mut found: Vec<&Key> = keys
            .iter()
            .filter(|key| tokens.iter().any(|token| named(key, token)))
            .copied()
            .collect();
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
        for (pod, name) in [
            ("orders-6c9f7b5d8d-x2x4z", Some("orders")),
            ("orders-v2-6c9f7b5d8d-x2x4z", Some("orders-v2")),
            ("orders-taskmanager-1-12", Some("orders")),
            ("orders", None),
            ("orders-v2", None),
            ("orders-stateful-sink", None),
            ("-6c9f7b5d8d-x2x4z", None),
        ] {
            let owner = owner_of_pod(Some("prod"), pod);
            assert_eq!(owner.as_ref().map(|owner| owner.name.as_str()), name, "{pod}");
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

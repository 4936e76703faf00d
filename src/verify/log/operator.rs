//! What the lines of the operator say; `LogEventKind` names the source of each.

use super::super::attribution::Owner;
use super::patterns::{LogEventKind, message_after};
use crate::k8s::ObjectKey;

/// What the operator says. `names_resource` is true if the text of the line names one.
pub(crate) fn parse(text: &str, names_resource: bool) -> Option<LogEventKind> {
    if let Some(rest) = message_after(text, "Registered reconciler: ") {
        let name = rest.trim_start_matches(['\'', '"']);
        let end = name.find(['\'', '"', ' ', ',']).unwrap_or(name.len());
        return (end > 0).then(|| LogEventKind::Registered(name[..end].into()));
    }
    let prefixes = ["Operator SDK ", "The client is using resource type "];
    if prefixes.iter().any(|prefix| message_after(text, prefix).is_some()) {
        return Some(LogEventKind::OperatorMessage);
    }
    if !names_resource {
        return None;
    }
    if text.contains("Deploying application cluster")
        || text.contains("Deploying for the first time")
        || text.contains("| SUBMIT ")
    {
        return Some(LogEventKind::Deployed);
    }
    let audited = text.split_once(">>> ").map(|(_, record)| record);
    if let Some(record) = audited {
        let mut columns = record.splitn(4, '|').map(str::trim);
        let (source, level, what) = (columns.next()?, columns.next()?, columns.next()?);
        let is_error = level == "Error" || (source == "Event" && what == "VALIDATIONERROR");
        return is_error.then(|| LogEventKind::Refused(columns.next().unwrap_or(what).into()));
    }
    text.contains("[ERROR]").then(|| LogEventKind::Refused(after_brackets(text).into()))
}

/// The resource that the operator names: in brackets behind the level (`log4j-operator.properties` of
/// its chart), or as its SDK does, `ResourceID{name='a', namespace='b'}`.
pub(crate) fn resource(text: &str) -> Option<Owner> {
    let owner = |namespace: &str, name: &str| {
        let is_name = |text: &str| {
            let is_valid =
                |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
            !text.is_empty() && text.len() <= 253 && text.bytes().all(is_valid)
        };
        (is_name(namespace) && is_name(name)).then(|| {
            let (namespace, name) = (Some(namespace.to_string()), name.to_string());
            Owner::Resource(ObjectKey { namespace, name })
        })
    };
    let in_brackets = || {
        let (_, rest) = text.split_once("][")?;
        let (namespace, name) = rest.split_once(']')?.0.split_once('/')?;
        owner(namespace, name)
    };
    let in_id = || {
        let (_, rest) = text.split_once("ResourceID{name='")?;
        let (name, rest) = rest.split_once("', namespace='")?;
        owner(rest.split_once('\'')?.0, name)
    };
    in_id().or_else(in_brackets)
}

/// What stands behind the brackets of level and resource.
fn after_brackets(text: &str) -> &str {
    let level = text.find("[ERROR]").map_or(text, |at| &text[at + "[ERROR]".len()..]);
    let rest = level.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    rest.map_or(level, |(_, rest)| rest).trim()
}

#[cfg(test)]
mod tests {
    use super::super::line::unwrap;
    use super::super::patterns;
    use super::*;

    #[test]
    fn the_operator_names_the_resource() {
        let key = |line: &str| {
            let (event, _, owner) = patterns::parse(&unwrap(line)).unwrap();
            (event, owner.unwrap())
        };
        let lead = "2023-01-02 03:04:05,678 o.a.f.k.o.s.AbstractFlinkService";
        let of_orders =
            |event: LogEventKind| (event, Owner::Resource(ObjectKey::parse("prod/orders")));
        let line = format!("{lead} [INFO ][prod/orders] Deploying application cluster");
        assert_eq!(key(&line), of_orders(LogEventKind::Deployed));
        let line = format!("{lead} [ERROR][prod/orders] Validation failed: no account");
        assert_eq!(
            key(&line),
            of_orders(LogEventKind::Refused("Validation failed: no account".into()))
        );
        let line = format!("{lead} [INFO ][prod/orders] >>> Status | Error   | UPGRADING | broken");
        assert_eq!(key(&line), of_orders(LogEventKind::Refused("broken".into())));
        let line =
            format!("{lead} [INFO ][prod/orders] >>> Event  | Info    | SUBMIT          | Go");
        assert_eq!(key(&line), of_orders(LogEventKind::Deployed));
        let line = format!(
            "{lead} [ERROR] Error during event processing ExecutionScope{{ resource id: \
             ResourceID{{name='orders', namespace='prod'}}, version: 1}} failed."
        );
        assert!(matches!(key(&line), (LogEventKind::Refused(_), _)));
        let line = format!(
            "{lead} [ERROR][prod/orders] Cannot find checkpoint or savepoint file/directory"
        );
        assert!(matches!(key(&line), (LogEventKind::Refused(_), _)));
    }
}

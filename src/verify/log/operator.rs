//! What the lines of the operator say; `Event` names the source of each.

use super::super::attribution::Owner;
use super::patterns::{Event, message};
use crate::k8s::ObjectKey;

/// What the operator says. `names_resource` is true if the text of the line names one.
pub(crate) fn said(text: &str, names_resource: bool) -> Option<Event> {
    if let Some(rest) = message(text, "Registered reconciler: ") {
        let name = rest.trim_start_matches(['\'', '"']);
        let end = name.find(['\'', '"', ' ', ',']).unwrap_or(name.len());
        return (end > 0).then(|| Event::Registered(name[..end].into()));
    }
    let is_known = ["Operator SDK ", "The client is using resource type "];
    if is_known.iter().any(|known| message(text, known).is_some()) {
        return Some(Event::OfOperator);
    }
    if !names_resource {
        return None;
    }
    if text.contains("Deploying application cluster")
        || text.contains("Deploying for the first time")
        || text.contains("| SUBMIT ")
    {
        return Some(Event::Deployed);
    }
    let audited = text.split_once(">>> ").map(|(_, said)| said);
    if let Some(said) = audited {
        let mut columns = said.splitn(4, '|').map(str::trim);
        let (of, level, what) = (columns.next()?, columns.next()?, columns.next()?);
        let is_error = level == "Error" || (of == "Event" && what == "VALIDATIONERROR");
        return is_error.then(|| Event::Refused(columns.next().unwrap_or(what).into()));
    }
    text.contains("[ERROR]").then(|| Event::Refused(after_brackets(text).into()))
}

/// The resource that the operator names: in brackets behind the level (`log4j-operator.properties` of
/// its chart), or as its SDK does, `ResourceID{name='a', namespace='b'}`.
pub(crate) fn resource(text: &str) -> Option<Owner> {
    let of = |namespace: &str, name: &str| {
        let is_name = |text: &str| {
            let is_of_name =
                |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b);
            !text.is_empty() && text.len() <= 253 && text.bytes().all(is_of_name)
        };
        (is_name(namespace) && is_name(name)).then(|| {
            let (namespace, name) = (Some(namespace.to_string()), name.to_string());
            Owner::Resource(ObjectKey { namespace, name })
        })
    };
    let in_brackets = || {
        let (_, rest) = text.split_once("][")?;
        let (namespace, name) = rest.split_once(']')?.0.split_once('/')?;
        of(namespace, name)
    };
    let in_id = || {
        let (_, rest) = text.split_once("ResourceID{name='")?;
        let (name, rest) = rest.split_once("', namespace='")?;
        of(rest.split_once('\'')?.0, name)
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
    use super::super::patterns;
    use super::super::unwrap::unwrap;
    use super::*;

    #[test]
    fn the_operator_names_the_resource() {
        let key = |line: &str| {
            let (event, _, owner) = patterns::said(&unwrap(line)).unwrap();
            (event, owner.unwrap())
        };
        let lead = "2023-01-02 03:04:05,678 o.a.f.k.o.s.AbstractFlinkService";
        let of = |event: Event| (event, Owner::Resource(ObjectKey::parse("prod/orders")));
        let line = format!("{lead} [INFO ][prod/orders] Deploying application cluster");
        assert_eq!(key(&line), of(Event::Deployed));
        let line = format!("{lead} [ERROR][prod/orders] Validation failed: no account");
        assert_eq!(key(&line), of(Event::Refused("Validation failed: no account".into())));
        let line = format!("{lead} [INFO ][prod/orders] >>> Status | Error   | UPGRADING | broken");
        assert_eq!(key(&line), of(Event::Refused("broken".into())));
        let line =
            format!("{lead} [INFO ][prod/orders] >>> Event  | Info    | SUBMIT          | Go");
        assert_eq!(key(&line), of(Event::Deployed));
        let line = format!(
            "{lead} [ERROR] Error during event processing ExecutionScope{{ resource id: \
             ResourceID{{name='orders', namespace='prod'}}, version: 1}} failed."
        );
        assert!(matches!(key(&line), (Event::Refused(_), _)));
        let line = format!(
            "{lead} [ERROR][prod/orders] Cannot find checkpoint or savepoint file/directory"
        );
        assert!(matches!(key(&line), (Event::Refused(_), _)));
    }
}

//! `RULE[=WORKLOAD]`: which decisions may be taken as given, and for whom.

use crate::k8s::ObjectKey;
use crate::plan::input;
use crate::rules::{Accept, Acceptable, RULES};
use crate::text::did_you_mean;

/// Reads `RULE` or `RULE=WORKLOAD`, which stands at `origin`; the message says what is wrong and what to do.
pub(super) fn parse(text: &str, origin: &str) -> Result<Accept, String> {
    let (rule, workload) = match text.split_once('=') {
        Some((rule, workload)) => (rule.trim(), Some(workload.trim())),
        None => (text.trim(), None),
    };
    if let Some(workload) = workload {
        exact(workload)?;
    }
    acceptable(rule, workload.is_some())?;
    Ok(Accept {
        rule: rule.into(),
        workload: workload.map(ObjectKey::parse),
        origin: origin.into(),
    })
}

/// Nothing if the decision of this rule may be accepted; `for_one` says that one workload is named.
pub(super) fn acceptable(id: &str, for_one: bool) -> Result<(), String> {
    let Some(rule) = RULES.iter().find(|rule| rule.id == id) else {
        if input::PAGES.iter().any(|page| page.id == id) {
            let message = format!(
                "`{id}` is no rule but a problem with an input, and cannot be accepted; \
                 `flink-migrate explain {id}` says what to do"
            );
            return Err(message);
        }
        let near = did_you_mean(id, RULES.iter().map(|rule| rule.id));
        let near = if near.is_empty() { "; `flink-migrate explain` lists them" } else { &near };
        return Err(format!("there is no rule `{id}`{near}"));
    };
    match rule.accept {
        Acceptable::No => Err(format!(
            "`{id}` cannot be accepted, only answered; `flink-migrate explain {id}` says how"
        )),
        Acceptable::ForOneWorkload if !for_one => Err(format!(
            "`{id}` is about state and is accepted for one workload only; \
             name it: `{id}=NAMESPACE/NAME`"
        )),
        _ => Ok(()),
    }
}

/// Nothing if this names exactly one workload: `namespace/name`, or `name`.
pub(super) fn exact(key: &str) -> Result<(), String> {
    let parts: Vec<&str> = key.split('/').collect();
    let plain =
        |part: &&str| !part.is_empty() && !part.contains(|c: char| "*?[]{}\\ \t".contains(c));
    if parts.len() <= 2 && parts.iter().all(plain) {
        return Ok(());
    }
    Err(format!("`{key}` does not name one workload; write `namespace/name`, or `name`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_does_not_exist_is_named() {
        assert!(parse("no-such-rule", "").unwrap_err().contains("no rule `no-such-rule`"));
    }

    #[test]
    fn a_problem_with_an_input_is_known_and_cannot_be_accepted() {
        for page in input::PAGES {
            let error = parse(page.id, "").unwrap_err();
            assert!(error.contains("cannot be accepted"), "{error}");
        }
    }

    #[test]
    fn one_workload_is_one_name() {
        for key in ["orders", "prod/orders"] {
            assert_eq!(exact(key), Ok(()));
        }
        for key in ["", "prod/", "/orders", "prod/*", "a/b/c", "orders "] {
            assert!(exact(key).is_err(), "{key:?}");
        }
    }
}

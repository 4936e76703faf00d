//! Which rules can be waived.

use super::{Acceptable, RULES};
use crate::text::did_you_mean;

/// An error unless the rule of this id may be waived; `for_one` says that one workload is named.
pub fn check(id: &str, for_one: bool) -> Result<(), String> {
    let Some(rule) = RULES.iter().find(|rule| rule.id == id) else {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_says_for_whom_it_can_be_waived() {
        for rule in RULES {
            let (for_all, for_one) = (check(rule.id, false), check(rule.id, true));
            let expected = match rule.accept {
                Acceptable::Yes => (true, true),
                Acceptable::ForOneWorkload => (false, true),
                Acceptable::No => (false, false),
            };
            assert_eq!((for_all.is_ok(), for_one.is_ok()), expected, "{}", rule.id);
        }
        assert!(check("no-such-rule", true).unwrap_err().contains("no rule `no-such-rule`"));
    }
}

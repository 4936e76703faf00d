//! Which key somebody may have meant, where a wrong guess gives a job another job's state.
//!
//! So this is no ordinary "did you mean": `job-000300` and `job-000000`, `orders-eu` and `orders-us` are
//! different jobs, however alike they look, and of two keys that are equally near none is named.

use crate::k8s::ObjectKey;
use crate::text::distance;

/// The one key that a slip of the finger may have turned into this one. Nothing if none is near
/// enough, or if two are equally near.
pub fn nearest_key<'k>(
    typed: &ObjectKey,
    keys: impl IntoIterator<Item = &'k ObjectKey>,
) -> Option<&'k ObjectKey> {
    let mut nearest: Option<(usize, &ObjectKey)> = None;
    let mut is_tied = false;
    for key in keys {
        let Some(slips) = slips(typed, key) else { continue };
        let best = nearest.map_or(usize::MAX, |(best, _)| best);
        if slips < best {
            (nearest, is_tied) = (Some((slips, key)), false);
        } else if slips == best && nearest.is_none_or(|(_, other)| other != key) {
            is_tied = true;
        }
    }
    nearest.filter(|_| !is_tied).map(|(_, key)| key)
}

/// Number of slips between two keys; nothing if they are more than slips apart, or the same.
fn slips(typed: &ObjectKey, key: &ObjectKey) -> Option<usize> {
    if typed.name.is_empty() || key.name.is_empty() || typed == key {
        return None;
    }
    let of_name = words_apart(&typed.name, &key.name)?;
    match (&typed.namespace, &key.namespace) {
        (Some(one), Some(other)) if one == other => Some(of_name),
        (Some(one), Some(other)) => {
            words_apart(one, other).filter(|slips| of_name == 0 && *slips == 1)
        }
        _ => Some(of_name),
    }
}

/// Number of slips between two names, at most two, and in no word of them more than one in four
/// characters. Nothing if they are further apart, or their digits differ: those number things.
fn words_apart(one: &str, other: &str) -> Option<usize> {
    const MOST: usize = 2;
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    if digits(one) != digits(other) {
        return None;
    }
    let is_between = |c: char| matches!(c, '-' | '.' | '_');
    if one.split(is_between).count() != other.split(is_between).count() {
        let bare = |text: &str| text.replace(is_between, "");
        return (bare(one) == bare(other)).then(|| distance(one, other)).filter(|n| *n <= MOST);
    }
    let mut slips = distance(one, other);
    for (one, other) in one.split(is_between).zip(other.split(is_between)) {
        let longest = one.chars().count().max(other.chars().count());
        let apart = distance(one, other);
        if apart > longest / 4 {
            return None;
        }
        slips = slips.max(apart);
    }
    (slips <= MOST).then_some(slips)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(typed: &str, keys: &[&str]) -> Option<String> {
        let keys: Vec<ObjectKey> = keys.iter().map(|key| ObjectKey::parse(key)).collect();
        nearest_key(&ObjectKey::parse(typed), &keys).map(ToString::to_string)
    }

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        for (typed, meant) in [
            ("prod/oders", "prod/orders"),
            ("prod/oredrs", "prod/orders"),
            ("prod/order", "prod/orders"),
            ("prod/orders-vews", "prod/orders-views"),
            ("prod/ordersviews", "prod/orders-views"),
            ("prdo/orders", "prod/orders"),
            ("prod/clicks-v2", "prod/cliks-v2"),
            ("oders", "prod/orders"),
            ("prod/oders", "orders"),
        ] {
            assert_eq!(near(typed, &[meant]).as_deref(), Some(meant), "{typed}");
        }
    }

    #[test]
    fn another_job_is_never_taken_for_a_slip() {
        for (typed, other) in [
            ("loyalty/worker-0016", "loyalty/router-0019"),
            ("loyalty/worker-0016", "loyalty/worker-0019"),
            ("job-000300", "job-000000"),
            ("prod/orders", "prod/orders2"),
            ("prod/orders-v1", "prod/orders-v2"),
            ("prod/orders-eu", "prod/orders-us"),
            ("prod/orders-a", "prod/orders-b"),
            ("web/views", "web/clicks"),
            ("prod/orders", "test/orders"),
            ("prod/oders", "prdo/orders"),
            ("eu-1/orders", "eu-2/orders"),
            ("prod/etl", "prod/ete"),
            ("prod/orders", "prod/orders"),
            ("prod/a", "prod/b"),
            ("prod/", "prod/a"),
        ] {
            assert_eq!(near(typed, &[other]), None, "{typed}, {other}");
            assert_eq!(near(other, &[typed]), None, "{other}, {typed}");
        }
    }

    #[test]
    fn of_two_that_are_equally_near_none_is_named() {
        assert_eq!(near("prod/orderz", &["prod/orders", "prod/ordera"]), None);
        assert_eq!(near("oders", &["prod/orders", "test/orders"]), None);
        let nearer = near("prod/orders-views", &["prod/ordrs-vews", "prod/order-views"]);
        assert_eq!(nearer.as_deref(), Some("prod/order-views"));
    }
}

//! "Did you mean …?"

/// The name nearest to what was typed, if one is near enough to have been meant.
pub fn nearest<'n>(typed: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let typed = typed.to_lowercase();
    let far = typed.chars().count() / 3 + 1;
    // Every character too many or too few is one to insert or remove.
    let near = names.into_iter().filter(|name| name.len().abs_diff(typed.len()) <= 4 * far);
    let near = near.map(|name| (distance(&typed, name), name));
    near.filter(|(distance, _)| *distance <= far).min().map(|(_, name)| name)
}

/// The same as the end of a sentence: `; did you mean …?`, or nothing.
pub fn did_you_mean<'n>(typed: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    nearest(typed, names).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Number of characters to insert, remove or replace to get from one to the other; two neighbours in
/// each other's place count as one.
pub fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let (mut above, mut before) = (Vec::new(), (0..=b.len()).collect::<Vec<usize>>());
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = before[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(before[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                let exchanged: &Vec<usize> = &above;
                least = least.min(exchanged[j - 2] + 1);
            }
            row.push(least);
        }
        above = before;
        before = row;
    }
    before[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_another_word_is_not() {
        let names = ["stale-savepoint", "missing-savepoint", "job-state"];
        assert_eq!(nearest("stale-savepont", names), Some("stale-savepoint"));
        assert_eq!(nearest("jobstate", names), Some("job-state"));
        assert_eq!(nearest("cpu", names), None);
    }

    #[test]
    fn a_distance_counts_slips_of_the_finger() {
        let cases = [
            ("", "", 0),
            ("", "ab", 2),
            ("orders", "oders", 1),
            ("orders", "oredrs", 1),
            ("ab", "ba", 1),
        ];
        for (a, b, slips) in cases {
            assert_eq!((distance(a, b), distance(b, a)), (slips, slips), "{a}, {b}");
        }
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}

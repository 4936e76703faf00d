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

/// Number of characters to insert, remove or replace to get from one to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
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
}

//! Hunks made on the way, beside those made of the whole.

use super::*;

/// Choices that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % n
    }
}

/// Hunks cut out of the whole at once, as `similar` groups them.
fn at_once(before: &str, after: &str, context: usize) -> String {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    let mut out = Vec::new();
    for group in similar::group_diff_ops(ops, context) {
        let (first, last) = (group.first().unwrap(), group.last().unwrap());
        let (old_start, new_start) = (first.old_range().start, first.new_range().start);
        let old_count = counted(old_start, last.old_range().end - old_start);
        let new_count = counted(new_start, last.new_range().end - new_start);
        out.extend_from_slice(format!("@@ -{old_count} +{new_count} @@\n").as_bytes());
        for op in &group {
            let equal = op.tag() == DiffTag::Equal;
            for line in &old[op.old_range()] {
                put(&mut out, if equal { b' ' } else { b'-' }, line.as_bytes());
            }
            for line in new[op.new_range()].iter().filter(|_| !equal) {
                put(&mut out, b'+', line.as_bytes());
            }
        }
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn hunks_made_on_the_way_are_those_made_of_the_whole() {
    let mut dice = Dice(7);
    for round in 0..3_000 {
        let context = usize::try_from(dice.below(5)).unwrap();
        let ends = if round % 3 == 0 { ["\n", "\r", "\r\n"] } else { ["\n", "\n", "\n"] };
        let mut hunks = Hunks::new(context);
        let (mut before, mut after) = (String::new(), String::new());
        for number in 0..dice.below(40) {
            let end = ends[usize::try_from(dice.below(3)).unwrap()];
            let line = format!("line {number}{end}");
            let changed = match dice.below(9) {
                0 => format!("new {number}{end}"),
                1 => format!("{line}more {number}{end}"),
                2 => String::new(),
                _ => line.clone(),
            };
            if changed == line {
                hunks.same(line.as_bytes());
            } else {
                hunks.changed(line.as_bytes(), changed.as_bytes());
            }
            before += &line;
            after += &changed;
        }
        if dice.below(2) == 0 {
            before += "end";
            after += "end";
            hunks.same(b"end");
        }
        hunks.finish();
        let found = String::from_utf8(hunks.take()).unwrap();
        assert_eq!(found, at_once(&before, &after, context), "{before:?}\n{after:?}");
    }
}

#[test]
fn a_line_that_is_too_long_is_kept_only_behind_a_change() {
    let long = vec![b'x'; LONGEST];
    let mut hunks = Hunks::new(1);
    hunks.same(b"a\n");
    hunks.same(&long);
    hunks.same(&long);
    assert!(matches!(hunks.unfinished, Unfinished::Dropped));
    hunks.same(b"\nb\n");
    hunks.changed(b"c\n", b"d\n");
    hunks.same(b"e\n");
    hunks.finish();
    assert_eq!(hunks.take(), b"@@ -3,3 +3,3 @@\n b\n-c\n+d\n e\n");
    assert!(!hunks.is_cut_short());

    let mut hunks = Hunks::new(1);
    hunks.changed(b"c\n", b"d\n");
    hunks.same(&long);
    hunks.same(b"y\n");
    hunks.finish();
    assert!(hunks.take().ends_with(b"y\n"));

    let mut hunks = Hunks::new(1);
    hunks.same(&long);
    hunks.same(b"x");
    hunks.changed(b"c\n", b"d\n");
    assert!(hunks.is_cut_short());
}

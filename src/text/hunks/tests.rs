//! Hunks made of changed spans, beside those made of the two whole texts.

use super::*;

/// Choices that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % n
    }
}

/// The hunks of the whole texts, as `similar` groups them.
fn hunks_by_similar(before: &str, after: &str, context: usize) -> String {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    let mut out = String::new();
    for group in similar::group_diff_ops(ops, context) {
        let (first, last) = (group.first().unwrap(), group.last().unwrap());
        let mut runs = Vec::new();
        for op in &group {
            let equal = op.tag() == DiffTag::Equal;
            let sign = if equal { Sign::Same } else { Sign::Gone };
            runs.push((sign, old[op.old_range()].concat()));
            let come = new[op.new_range()].iter().filter(|_| !equal);
            runs.push((Sign::New, come.copied().collect()));
        }
        let old = first.old_range().start..last.old_range().end;
        let new = first.new_range().start..last.new_range().end;
        out += &Hunk { old, new, runs }.to_string();
    }
    out
}

#[test]
fn hunks_of_patches_are_those_of_the_whole_texts() {
    let mut dice = Dice(7);
    for round in 0..3_000 {
        let context = usize::try_from(dice.below(5)).unwrap();
        let ends = if round % 3 == 0 { ["\n", "\r", "\r\n"] } else { ["\n", "\n", "\n"] };
        let mut spans = Vec::new();
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
            let start = before.len();
            before += &line;
            after += &changed;
            if changed != line {
                spans.push(ChangedSpan { span: Span::new(start, before.len()), after: changed });
            }
        }
        if dice.below(2) == 0 {
            before += "end";
            after += "end";
        }
        let found = hunks(&before, &spans, context);
        let found: String = found.iter().map(Hunk::to_string).collect();
        assert_eq!(found, hunks_by_similar(&before, &after, context), "{before:?}\n{after:?}");
    }
}

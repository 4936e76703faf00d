//! Regular expressions, as far as selectors of versions and kinds need them.

/// Longest expression that is read, in bytes: groups nest as deep as it is long.
const MAX_PATTERN: usize = 256;

/// True if the expression matches the whole text, of at most 63 bytes; nothing for an expression that is
/// not understood here.
pub fn matches_whole(pattern: &str, text: &str) -> Option<bool> {
    if pattern.len() > MAX_PATTERN {
        return None;
    }
    let mut matcher = Matcher { text: text.as_bytes(), rest: pattern };
    let ends = matcher.alternatives(1)?;
    let whole = (ends >> text.len()) & 1 == 1;
    matcher.rest.is_empty().then_some(whole)
}

/// Reads an expression and matches it at once. A set of places in the text is a number with their bits.
struct Matcher<'p> {
    text: &'p [u8],
    rest: &'p str,
}

impl Matcher<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    fn eat(&mut self, wanted: &str) -> bool {
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn alternatives(&mut self, starts: u64) -> Option<u64> {
        let mut ends = 0;
        loop {
            let mut reached = starts;
            while !self.rest.is_empty() && !self.rest.starts_with(['|', ')']) {
                reached = self.repeated(reached)?;
            }
            ends |= reached;
            if !self.eat("|") {
                return Some(ends);
            }
        }
    }

    fn repeated(&mut self, starts: u64) -> Option<u64> {
        let atom = self.rest;
        let mut ends = self.atom(starts)?;
        let (optional, many) = match self.rest.chars().next() {
            Some('?') => (true, false),
            Some('*') => (true, true),
            Some('+') => (false, true),
            Some('{') => return None,
            _ => return Some(ends),
        };
        let after = &self.rest[1..];
        if many {
            loop {
                self.rest = atom;
                let further = ends | self.atom(ends)?;
                if further == ends {
                    break;
                }
                ends = further;
            }
        }
        // A lazy repetition ends at the same places.
        self.rest = after.strip_prefix('?').unwrap_or(after);
        Some(if optional { starts | ends } else { ends })
    }

    fn atom(&mut self, starts: u64) -> Option<u64> {
        match self.next()? {
            '(' => {
                self.eat("?:");
                let ends = self.alternatives(starts)?;
                self.eat(")").then_some(ends)
            }
            '[' => self.class(starts),
            '.' => Some(self.step(starts, |_| true)),
            '^' => Some(starts & 1),
            '$' => Some(starts & (1 << self.text.len())),
            '\\' => match self.next()? {
                'd' => Some(self.step(starts, |byte| byte.is_ascii_digit())),
                'w' => Some(self.step(starts, |byte| byte.is_ascii_alphanumeric() || byte == b'_')),
                c if c.is_ascii_alphanumeric() => None,
                c => Some(self.step(starts, |byte| char::from(byte) == c)),
            },
            '*' | '+' | '?' | '{' => None,
            c => Some(self.step(starts, |byte| char::from(byte) == c)),
        }
    }

    fn class(&mut self, starts: u64) -> Option<u64> {
        let (class, after) = self.rest.split_once(']')?;
        self.rest = after;
        let (class, negated) = class.strip_prefix('^').map_or((class, false), |rest| (rest, true));
        let class = class.as_bytes();
        if class.is_empty() || class.contains(&b'[') || class.contains(&b'\\') {
            return None;
        }
        let is_in = |byte: u8| {
            class.contains(&byte)
                || class.windows(3).any(|w| w[1] == b'-' && (w[0]..=w[2]).contains(&byte))
        };
        Some(self.step(starts, |byte| is_in(byte) != negated))
    }

    /// The places behind the bytes at these places that fit.
    fn step(&self, starts: u64, fits: impl Fn(u8) -> bool) -> u64 {
        let at =
            |(i, byte): (usize, &u8)| ((starts >> i) & 1 == 1 && fits(*byte)).then_some(2 << i);
        self.text.iter().enumerate().filter_map(at).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_match_the_whole_text() {
        for (pattern, matched) in [
            ("v1alpha1", true),
            ("v1alpha", false),
            ("v1alpha.*", true),
            ("v1alpha[0-9]+", true),
            ("v1(alpha|beta)1", true),
            ("v1beta1|v1alpha1", true),
            ("v1[^b].*?1", true),
            ("^v\\d(?:alpha\\d)?$", true),
            ("v1beta.*", false),
            ("v1", false),
            ("(a|b)*", false),
            (".+", true),
            ("()*v1alpha1", true),
        ] {
            assert_eq!(matches_whole(pattern, "v1alpha1"), Some(matched), "{pattern}");
        }
        for unknown in ["v1a{2}", "(v1", "[a", "*", "\\pL", "v1)"] {
            assert_eq!(matches_whole(unknown, "v1alpha1"), None, "{unknown}");
        }
    }
}

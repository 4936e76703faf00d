//! Sentences of ours with names of others in them.
//!
//! A name is never pasted into a sentence: it may hold backticks, line breaks, or the markup of
//! whatever shows it, and only who shows it knows how to spell that.

/// A sentence, or several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prose(pub Vec<ProsePart>);

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProsePart {
    /// Words of ours: letters and punctuation that mean nothing to a renderer.
    Text(String),
    /// A name, a field, a command: to be shown as it is.
    Code(String),
}

impl Prose {
    /// The sentence, in which backticks surround code and each `{}` stands for the next name.
    pub fn of(template: &str, names: &[&str]) -> Prose {
        let mut names = names.iter();
        let mut pieces = Vec::new();
        for (i, part) in template.split('`').enumerate() {
            if i % 2 == 1 {
                pieces.push(ProsePart::Code(part.to_string()));
                continue;
            }
            for (j, words) in part.split("{}").enumerate() {
                if j > 0 {
                    let name = names.next().copied().unwrap_or_default();
                    pieces.push(ProsePart::Code(name.to_string()));
                }
                if !words.is_empty() {
                    pieces.push(ProsePart::Text(words.to_string()));
                }
            }
        }
        Prose(pieces)
    }

    /// The names in a row: `a`, `b` and `c`.
    pub fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> Prose {
        let names: Vec<&str> = names.into_iter().collect();
        let mut pieces = Vec::new();
        for (i, name) in names.iter().enumerate() {
            let before = match i {
                0 => "",
                _ if i + 1 == names.len() => " and ",
                _ => ", ",
            };
            if i > 0 {
                pieces.push(ProsePart::Text(before.to_string()));
            }
            pieces.push(ProsePart::Code((*name).to_string()));
        }
        Prose(pieces)
    }

    /// This, and then that.
    #[must_use]
    pub fn and(mut self, more: Prose) -> Prose {
        self.0.extend(more.0);
        self
    }

    /// This, and then words of ours.
    #[must_use]
    pub fn then(self, template: &str) -> Prose {
        self.and(Prose::of(template, &[]))
    }
}

impl From<&str> for Prose {
    fn from(template: &str) -> Prose {
        Prose::of(template, &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_piece_of_its_own_whatever_it_holds() {
        let prose = Prose::of("{} is `suspended`, {}.", &["a`b{}", "c"]);
        let code = |text: &str| ProsePart::Code(text.into());
        let words = |text: &str| ProsePart::Text(text.into());
        let expected = [code("a`b{}"), words(" is "), code("suspended"), words(", "), code("c")];
        assert_eq!(prose.0[..5], expected);
        assert_eq!(Prose::list(["a", "b", "c"]).0.len(), 5);
    }
}

//! By what a finding is known again in the next run, wherever its lines have gone.

use std::collections::HashMap;

use super::plain_diagnostic::PlainDiagnostic;
use super::secret;

/// Fingerprints of one report, no two of them alike.
#[derive(Default)]
pub(crate) struct Fingerprints {
    seen: HashMap<u64, usize>,
}

impl Fingerprints {
    /// The fingerprint of the next finding, in order of place: a hash of the rule, the file, the
    /// workload and the message, and how often that hash has come up. Lines and columns do not
    /// count, nor does the level: a change that waits is the change that is made.
    pub(crate) fn next(&mut self, diagnostic: PlainDiagnostic<'_>) -> String {
        let mut hash = Hash::EMPTY;
        hash.part(diagnostic.rule());
        hash.part(diagnostic.path());
        hash.part(diagnostic.located.diagnostic.workload.as_deref().unwrap_or_default());
        match &diagnostic.located.diagnostic.fix {
            Some(changes) if !changes.is_empty() => {
                for change in changes {
                    hash.part(&change.path().to_string());
                }
            }
            // Messages name lines of other files.
            _ => {
                hash.part(&without_digits(&secret::masked(&diagnostic.located.diagnostic.message)))
            }
        }
        let count = self.seen.entry(hash.0).or_default();
        *count += 1;
        format!("{:016x}:{count}", hash.0)
    }
}

fn without_digits(message: &str) -> String {
    message.replace(|c: char| c.is_ascii_digit(), "")
}

/// FNV-1a with 64 bits: the same on every machine and in every release, unlike the hashes of the
/// standard library. It need not withstand anybody, since hashes that meet are counted.
struct Hash(u64);

impl Hash {
    const EMPTY: Hash = Hash(0xcbf2_9ce4_8422_2325);
    const PRIME: u64 = 0x0000_0100_0000_01b3;

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(Hash::PRIME);
    }

    fn part(&mut self, text: &str) {
        for byte in text.bytes() {
            self.byte(byte);
        }
        // A byte that UTF-8 never has.
        self.byte(0xff);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        let mut hash = Hash::EMPTY;
        "foobar".bytes().for_each(|byte| hash.byte(byte));
        assert_eq!(hash.0, 0x8594_4171_f739_67e8);
    }
}

//! Credentials inside locations, kept out of everything that people read.
//!
//! The file systems of Hadoop take keys in the address itself (`s3://key:secret@bucket`), presigned
//! addresses carry them in the query. A savepoint must be written with them, and reported without.

use std::ops::Range;

/// What replaces a secret.
pub const MASK: &str = "***";

/// Parts of the names of secrets, in lower case and without punctuation, so that `access-key`,
/// `access.key` and `accessKey` are one.
const SECRETS: [&str; 10] = [
    "secret",
    "password",
    "passphrase",
    "token",
    "accesskey",
    "accountkey",
    "apikey",
    "privatekey",
    "credential",
    "signature",
];

/// The text with the credentials of every URI in it replaced by `***`: `user:secret` before an `@`,
/// anything before it in a web address, and what a query gives for a key that looks secret. A lone
/// name before the `@` stays elsewhere: `abfss://container@account` is an address. Everything else
/// is as it was. The text may be any line, such as one of JSON with `\/` for `/`.
pub fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for secret in secrets(text) {
        out.push_str(&text[done..secret.start]);
        out.push_str(MASK);
        done = secret.end;
    }
    out.push_str(&text[done..]);
    out
}

/// True if a value under this key is likely to be a secret.
pub fn is_secret_key(key: &str) -> bool {
    let plain: String =
        key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    plain == "sig" || SECRETS.iter().any(|word| plain.contains(word))
}

/// Where credentials are, in order. A URI ends where the next one begins, so that each byte is
/// looked at a fixed number of times however long the line is.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut starts = text.match_indices(':').filter_map(|(colon, _)| {
        let slashes = ["//", "\\/\\/"].iter().find(|s| text[colon + 1..].starts_with(**s))?;
        let has_scheme = text[..colon].ends_with(|c: char| c.is_ascii_alphanumeric());
        has_scheme.then_some((colon, colon + 1 + slashes.len()))
    });
    let mut next = starts.next();
    while let Some((colon, start)) = next {
        next = starts.next();
        let rest = &text[start..next.map_or(text.len(), |(colon, _)| colon)];
        let rest = &rest[..rest.find(ends_uri).unwrap_or(rest.len())];
        let is_web = ["http", "https"].iter().any(|scheme| text[..colon].ends_with(scheme));
        let user = user_info(rest, is_web);
        found.extend(user.map(|len| start..start + len));
        let queried = start + user.unwrap_or(0);
        let values = secret_values(&text[queried..start + rest.len()]);
        found.extend(values.map(|value| queried + value.start..queried + value.end));
    }
    found
}

fn ends_uri(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '`' | '<' | '>')
}

/// Length of the credentials at the start of what follows `scheme://`.
fn user_info(rest: &str, is_web: bool) -> Option<usize> {
    let authority = &rest[..rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len())];
    if let Some(at) = authority.rfind('@') {
        let is_secret = at > 0 && (is_web || authority[..at].contains(':'));
        return is_secret.then_some(at);
    }
    // A secret may hold a `/`. What the colon is followed by is no port then.
    let (_, port) = authority.rsplit_once(':').filter(|_| !authority.starts_with('['))?;
    if port.bytes().all(|b| b.is_ascii_digit()) { None } else { rest.find('@') }
}

/// Where the values of secret keys are in the query of a URI.
fn secret_values(rest: &str) -> impl Iterator<Item = Range<usize>> {
    let start = rest.find('?').map_or(rest.len(), |at| at + 1);
    let query = rest[start..].split('#').next().unwrap_or_default();
    let mut at = start;
    query.split(['&', ';']).filter_map(move |pair| {
        let end = at + pair.len();
        at = end + 1;
        let (key, value) = pair.split_once('=')?;
        let is_secret = !value.is_empty() && is_secret_key(key);
        is_secret.then(|| end - value.len()..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_masked_wherever_they_stand() {
        for (text, shown) in [
            ("s3://AKIA:sec@ret@lake/x", "s3://***@lake/x"),
            ("s3://AKIA:se/c+r=et@lake/x", "s3://***@lake/x"),
            (
                "a: \"s3://k:s@b/c\", b: hdfs://u:p@n:8020",
                "a: \"s3://***@b/c\", b: hdfs://***@n:8020",
            ),
            (r#"{"a":"s3:\/\/k:s@b\/c"}"#, r#"{"a":"s3:\/\/***@b\/c"}"#),
            ("https://ghp_1@example.org/a.jar", "https://***@example.org/a.jar"),
            ("x://h/p?sig=ab%2F&sv=1&accessToken=t#f", "x://h/p?sig=***&sv=1&accessToken=***#f"),
            ("http://h?u=s3://k:s@b/c", "http://h?u=s3://***@b/c"),
            ("größe: s3://k:ß@b", "größe: s3://***@b"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }

    #[test]
    fn what_is_no_credential_stays_as_it_was() {
        for text in [
            "",
            "abfss://state@lake.dfs.core.windows.net:443/a@b",
            "hdfs://nn:8020/user@realm/x?op=OPEN",
            "http://[::1]/a@b",
            "file:///a:b@c # mail me@example.org: see ://x:y@z",
            "file:/token=1?sig=",
            "image: registry/flink:1.14@sha256:abc",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn a_long_line_of_addresses_is_masked_in_one_pass() {
        let line = "a://k:s".repeat(300_000);
        assert_eq!(masked(&line), line);
    }
}

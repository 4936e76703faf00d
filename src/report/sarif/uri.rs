//! Paths as relative references of RFC 3986.

/// The path with every byte escaped that is not plainly part of a name, so that no path can name a
/// scheme, another host, a query or a fragment. A slash at the beginning is left out: a reference
/// with one would not be relative.
pub(crate) fn relative(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.trim_start_matches('/').bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => out += &format!("%{byte:02X}"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_the_tree_by_its_spelling() {
        for (path, uri) in [
            ("a/b-c_d.e~f.yaml", "a/b-c_d.e~f.yaml"),
            ("../base/job.yaml", "../base/job.yaml"),
            ("a b/ö%20.yaml", "a%20b/%C3%B6%2520.yaml"),
            ("https://example.org/x?y#z", "https%3A//example.org/x%3Fy%23z"),
            ("//example.org/x", "example.org/x"),
            ("a\\b\n\"", "a%5Cb%0A%22"),
        ] {
            assert_eq!(relative(path), uri);
        }
    }
}

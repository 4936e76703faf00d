//! What a plain scalar means to Kubernetes.
//!
//! `kubectl`, Helm and kustomize read YAML with `sigs.k8s.io/yaml` (go-yaml v2), which follows
//! YAML 1.1 in places where most readers follow 1.2: `yes` is true there and `0644` is 420.

/// The meaning of a scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'t> {
    /// `~`, `null` or nothing at all.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number; the text as written.
    Number(&'t str),
    /// Text.
    Text(&'t str),
}

/// What `sigs.k8s.io/yaml` 1.3 makes of a plain (unquoted, untagged) scalar.
pub fn resolve(plain: &str) -> Scalar<'_> {
    match plain {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => {
            Scalar::Bool(true)
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => {
            Scalar::Bool(false)
        }
        _ if is_number(plain) => Scalar::Number(plain),
        _ => Scalar::Text(plain),
    }
}

/// True for text that some YAML reader would not take for a string if it stood unquoted, dates and
/// sexagesimals included. Errs on the side of quotes.
pub(crate) fn is_retyped_somewhere(text: &str) -> bool {
    let numeric_look = text
        .starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.:_".contains(c));
    let only_digits_and_signs = numeric_look
        && (text.chars().all(|c| c.is_ascii_hexdigit() || "+-.:_xXoOTZ".contains(c))
            || text.to_ascii_lowercase().ends_with("inf")
            || text.to_ascii_lowercase().ends_with("nan"));
    resolve(text) != Scalar::Text(text) || only_digits_and_signs || text == "=" || text == "<<"
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let infinite = matches!(unsigned, ".inf" | ".Inf" | ".INF");
    if infinite || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return false;
    }
    let digits = unsigned.replace('_', "");
    let radix = |prefix: [&str; 2], radix: u32| {
        prefix.iter().any(|p| {
            digits
                .strip_prefix(p)
                .is_some_and(|d| !d.is_empty() && d.chars().all(|c| c.is_digit(radix)))
        })
    };
    radix(["0x", "0X"], 16)
        || radix(["0o", "0O"], 8)
        || radix(["0b", "0B"], 2)
        || is_decimal(&digits)
}

/// `[0-9]*(\.[0-9]*)?([eE][-+]?[0-9]+)?` with at least one digit before the exponent.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let exponent_ok = exponent.is_none_or(|e| {
        let digits = e.strip_prefix(['+', '-']).unwrap_or(e);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    });
    let mut dots = 0;
    let mantissa_ok = mantissa.bytes().all(|b| {
        dots += usize::from(b == b'.');
        b.is_ascii_digit() || b == b'.'
    });
    exponent_ok && mantissa_ok && dots <= 1 && mantissa.bytes().any(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_mean_what_they_mean_to_kubectl() {
        for word in ["yes", "no", "on", "off", "y", "n", "Yes", "NO", "On", "true", "FALSE"] {
            assert!(matches!(resolve(word), Scalar::Bool(_)), "{word}");
        }
        for number in [
            "0644", "0o644", "0b101", "1_000", "09", "1.0", ".5", "1e3", "-3", "+4", ".inf",
            ".nan", "0x1F",
        ] {
            assert!(matches!(resolve(number), Scalar::Number(_)), "{number}");
        }
        for text in [
            "12:30:45",
            "2001-01-01",
            "=",
            "v1_14",
            "2048m",
            "1.14.3",
            "-",
            ".",
            "e3",
            "flink",
            "0x",
            "1e",
        ] {
            assert!(matches!(resolve(text), Scalar::Text(_)), "{text}");
        }
        for null in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(resolve(null), Scalar::Null);
        }
    }

    #[test]
    fn what_any_reader_would_retype_gets_quotes() {
        for text in [
            "yes",
            "null",
            "~",
            "0644",
            "1_000",
            "0x1F",
            "1e3",
            ".5",
            "=",
            "2001-01-01",
            "12:30:45",
            "",
            "1_4",
            "+.Inf",
        ] {
            assert!(is_retyped_somewhere(text), "{text}");
        }
        for text in
            ["flink", "s3://lake/sp-1", "2048m", "/data/savepoints", "v1_14", "1.14.3-scala"]
        {
            assert!(!is_retyped_somewhere(text), "{text}");
        }
    }
}

//! Values that options and the configuration share.

/// A location that may hold `{namespace}` and `{name}`.
pub fn location(text: &str) -> Result<String, String> {
    if text.trim() != text || text.chars().any(char::is_control) {
        return Err(format!("`{}` has blanks around it or inside it", text.escape_debug()));
    }
    let scheme = text.split_once(":/").map(|(scheme, _)| scheme);
    let has_scheme = scheme.is_some_and(|scheme| {
        !scheme.is_empty()
            && scheme
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "+.-".contains(c))
    });
    if !text.starts_with('/') && !has_scheme {
        return Err(format!(
            "`{text}` is not a location; write one such as `s3://bucket/{{name}}`"
        ));
    }
    let bare = text.replace("{namespace}", "").replace("{name}", "");
    if bare.contains(['{', '}']) {
        return Err(format!("`{text}` may hold {{namespace}} and {{name}} and no other braces"));
    }
    Ok(text.into())
}

/// The name of a service account: a DNS subdomain.
pub fn service_account(text: &str) -> Result<String, String> {
    dns_name(text, ".-", 253)
        .ok_or_else(|| format!("`{text}` is not the name of a service account"))
}

/// The name of a namespace: a DNS label.
pub fn namespace(text: &str) -> Result<String, String> {
    dns_name(text, "-", 63).ok_or_else(|| format!("`{text}` is not the name of a namespace"))
}

fn dns_name(text: &str, punctuation: &str, longest: usize) -> Option<String> {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let sound = text.chars().all(|c| alphanumeric(c) || punctuation.contains(c))
        && text.starts_with(alphanumeric)
        && text.ends_with(alphanumeric)
        && text.len() <= longest;
    sound.then(|| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names() {
        assert!(service_account("flink.jobs-1").is_ok());
        assert!(service_account("Flink").is_err());
        assert!(namespace("prod.eu").is_err());
        assert!(namespace("").is_err());
    }
}

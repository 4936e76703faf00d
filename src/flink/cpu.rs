//! Which text is the same cpu to every reader of a manifest.
//!
//! A value of `flinkConfiguration` is text, which Flink reads as a decimal (`Double.parseDouble`); a
//! `cpu` in the manifest is a number, which `sigs.k8s.io/yaml` reads by YAML 1.1. `010` is ten to the
//! one and eight to the other, and `1_0`, `0x10`, `.inf` are no number to the first at all.

/// The number that this text writes for every reader: decimal digits, with a dot and more digits
/// where there is a fraction. Nothing for a sign, an exponent, a superfluous zero in front, or a
/// number too large for a double.
pub fn plain_cpu(text: &str) -> Option<f64> {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let is_padded = whole.len() > 1 && whole.starts_with('0');
    if is_padded || !is_digits(whole) || !fraction.is_none_or(is_digits) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_decimal_is_one_number_to_everybody() {
        for (text, number) in [("0", 0.0), ("1", 1.0), ("0.5", 0.5), ("10", 10.0), ("2.50", 2.5)] {
            assert_eq!(plain_cpu(text), Some(number), "{text}");
        }
    }

    #[test]
    fn what_two_readers_take_for_two_numbers_is_none() {
        let too_large = "9".repeat(400);
        for text in [
            "010", "00", "01.5", "0x10", "0o10", "0b1", "1_0", ".inf", ".nan", "inf", "NaN", ".5",
            "1.", "1e3", "+1", "-1", "1d", "500m", "${CPU}", "", " 1", "1.5.2", "1:30", "١",
            &too_large,
        ] {
            assert_eq!(plain_cpu(text), None, "{text}");
        }
    }
}

//! Numbers as Salesforce writes them, for people to read.

/// The number without exponent and trailing zeros: `9.12260031E8` is `912260031`, `1234.50` is `1234.5`. Salesforce writes
/// numbers as Java writes a double. `None` when the text is no number, or one whose digits nobody would want to see.
pub fn plain_number(text: &str) -> Option<String> {
    const LONGEST: usize = 400;
    let text = text.trim();
    let (negative, unsigned) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Where the point stands, counted in digits from the left.
    let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
    if point.unsigned_abs() as usize > LONGEST || digits.len() > LONGEST {
        return None;
    }
    let (whole, fraction) = if point <= 0 {
        (String::new(), "0".repeat(point.unsigned_abs() as usize) + &digits)
    } else if point as usize >= digits.len() {
        (format!("{digits}{}", "0".repeat(point as usize - digits.len())), String::new())
    } else {
        (digits[..point as usize].to_owned(), digits[point as usize..].to_owned())
    };
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let mut plain = String::new();
    if negative && !(whole.is_empty() && fraction.is_empty()) {
        plain.push('-');
    }
    plain.push_str(if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        plain.push('.');
        plain.push_str(fraction);
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn doubles_as_java_writes_them() {
        for (text, plain) in [
            ("9.12260031E8", Some("912260031")),
            ("1.0E-5", Some("0.00001")),
            ("-2.50", Some("-2.5")),
            ("1234.0", Some("1234")),
            ("0.0", Some("0")),
            ("-0.0", Some("0")),
            ("007", Some("7")),
            (".5", Some("0.5")),
            ("1E2", Some("100")),
            ("12k", None),
            ("", None),
            ("-", None),
            ("E5", None),
            ("NaN", None),
            ("1E99999", None),
            ("1E2147483647", None),
        ] {
            assert_eq!(plain_number(text).as_deref(), plain, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_value_stays_the_same(number in any::<i32>(), scale in 0u32..12) {
            let value = f64::from(number) / 10f64.powi(scale as i32);
            prop_assert_eq!(plain_number(&format!("{value:e}")).unwrap().parse::<f64>().unwrap(), value + 0.0);
        }

        #[test]
        fn any_text_is_taken_or_refused(text in ".{0,12}") {
            plain_number(&text);
        }
    }
}

//! Numbers as Java's `Double.toString` writes them, which is how Salesforce echoes them in Bulk API results.
//!
//! The shortest digits that read back to the same number; plain between 10⁻³ and 10⁷, otherwise `d.dddE±n`.

/// `912000000` becomes `9.12E8`, `5` becomes `5.0`.
pub(crate) fn double(number: f64) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.into();
    }
    if number == 0.0 {
        return if number.is_sign_negative() { "-0.0" } else { "0.0" }.into();
    }
    let size = number.abs();
    if (1e-3..1e7).contains(&size) {
        // `{:?}` gives the shortest digits and always a decimal point, and is plain in this range.
        return format!("{number:?}");
    }
    let scientific = format!("{number:e}");
    match scientific.split_once('e') {
        Some((digits, exponent)) if digits.contains('.') => format!("{digits}E{exponent}"),
        Some((digits, exponent)) => format!("{digits}.0E{exponent}"),
        None => scientific,
    }
}

/// The same from digits: appends the double's text when `text` is a whole number that a double holds exactly, which most
/// numbers of uploads are. False, and nothing appended, for anything else.
pub(crate) fn push_whole(line: &mut Vec<u8>, text: &str) -> bool {
    const EXACT: usize = 15;
    let (sign, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (&b"-"[..], digits),
        digits => (&b""[..], digits),
    };
    let plain = (1..=EXACT).contains(&digits.len()) && digits[0] != b'0' && digits.iter().all(u8::is_ascii_digit);
    if !plain {
        return false;
    }
    line.extend_from_slice(sign);
    if digits.len() <= 7 {
        line.extend_from_slice(digits);
        line.extend_from_slice(b".0");
        return true;
    }
    let zeros = digits.iter().rev().take_while(|digit| **digit == b'0').count();
    let rest = &digits[1..digits.len() - zeros];
    line.extend_from_slice(&[digits[0], b'.']);
    line.extend_from_slice(if rest.is_empty() { b"0" } else { rest });
    line.push(b'E');
    let exponent = digits.len() as u8 - 1;
    if exponent >= 10 {
        line.push(b'0' + exponent / 10);
    }
    line.push(b'0' + exponent % 10);
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{double, push_whole};

    proptest! {
        #[test]
        fn whole_numbers_read_the_same_from_their_digits(number in -999_999_999_999_999_i64..=999_999_999_999_999, cut in 0u32..15) {
            let number = number / 10_i64.pow(cut) * 10_i64.pow(cut / 2);
            let mut line = Vec::new();
            let pushed = push_whole(&mut line, &number.to_string());
            prop_assert_eq!(pushed, number != 0 && number.unsigned_abs() < 1_000_000_000_000_000);
            if pushed {
                prop_assert_eq!(String::from_utf8(line).unwrap(), double(number as f64));
            }
        }
    }

    #[test]
    fn doubles_read_like_java() {
        for (number, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (5.0, "5.0"),
            (0.001, "0.001"),
            (0.0009, "9.0E-4"),
            (9_999_999.0, "9999999.0"),
            (10_000_000.0, "1.0E7"),
            (912_000_000.0, "9.12E8"),
            (912_260_031.0, "9.12260031E8"),
            (1234.5, "1234.5"),
            (-15.25, "-15.25"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e21, "1.0E21"),
            (123_456_789.125, "1.23456789125E8"),
        ] {
            assert_eq!(double(number), text);
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::double;

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

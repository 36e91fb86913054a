//! Decimals against whole numbers without bounds.

use super::*;
use num_bigint::BigInt;
use proptest::prelude::*;

/// A decimal as `digits / 10^scale`, and what it should say.
fn number() -> impl Strategy<Value = (String, u32)> {
    // Short ones meet the quick paths, long ones the wide form.
    let digits = prop_oneof!["-?[0-9]{1,6}", "-?[1-9][0-9]{10,18}", "-?[1-9][0-9]{25,37}"];
    (digits, 0u32..14).prop_map(|(digits, scale)| {
        let (sign, plain) = digits.strip_prefix('-').map_or(("", digits.as_str()), |plain| ("-", plain));
        let padded = format!("{plain:0>width$}", width = scale as usize + 1);
        let (whole, decimals) = padded.split_at(padded.len() - scale as usize);
        let text = if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") };
        (text, scale)
    })
}

fn parsed(text: &str) -> Decimal {
    Decimal::parse(text).expect("a number")
}

/// `digits / 10^scale` in full.
fn big(text: &str, scale: u32) -> BigInt {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits: BigInt = format!("{whole}{decimals}").parse().expect("digits");
    digits * BigInt::from(10).pow(scale - decimals.len() as u32)
}

/// What a decimal should print as.
fn printed(value: &BigInt, scale: u32) -> String {
    let digits = value.magnitude().to_string();
    let padded = format!("{digits:0>width$}", width = scale as usize + 1);
    let (whole, decimals) = padded.split_at(padded.len() - scale as usize);
    let decimals = decimals.trim_end_matches('0');
    let sign = if value.sign() == num_bigint::Sign::Minus { "-" } else { "" };
    if decimals.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn numbers_come_back((text, scale) in number()) {
        let expected = printed(&big(&text, scale), scale);
        prop_assert_eq!(parsed(&text).to_string(), expected);
    }

    #[test]
    fn sums_differences_and_order_are_exact((a, s) in number(), (b, t) in number()) {
        let (x, y) = (parsed(&a), parsed(&b));
        let scale = s.max(t);
        let (p, q) = (big(&a, scale), big(&b, scale));
        prop_assert_eq!(x.plus(y).expect("small").to_string(), printed(&(&p + &q), scale));
        prop_assert_eq!(x.minus(y).expect("small").to_string(), printed(&(&p - &q), scale));
        prop_assert_eq!(x.cmp(&y), p.cmp(&q));
        if !y.is_zero() {
            let rest = x.remainder(y).expect("not zero").expect("small");
            prop_assert_eq!(rest.to_string(), printed(&(&p % &q), scale));
        }
    }

    #[test]
    fn products_are_exact_to_57_digits((a, s) in number(), (b, t) in number()) {
        let product = big(&a, s) * big(&b, t);
        let digits = product.magnitude().to_string().len();
        let got = parsed(&a).times(parsed(&b)).expect("small");
        if digits <= 57 {
            prop_assert_eq!(got.to_string(), printed(&product, s + t));
        } else {
            let cut = (digits - 57) as u32;
            prop_assert_eq!(got.to_string(), rounded(&product, s + t, cut));
        }
    }

    #[test]
    fn quotients_have_39_digits((a, s) in number(), (b, t) in number()) {
        let (x, y) = (parsed(&a), parsed(&b));
        prop_assume!(!y.is_zero() && !x.is_zero());
        // 80 more digits than are kept, cut off.
        let (p, q) = (big(&a, s) * BigInt::from(10).pow(120 + t), big(&b, t) * BigInt::from(10).pow(s));
        let quotient = p / q;
        let cut = quotient.magnitude().to_string().len().saturating_sub(39) as u32;
        prop_assert_eq!(x.over(y).expect("not zero").expect("small").to_string(), rounded(&quotient, 120, cut));
    }

    #[test]
    fn rounding_is_half_away_from_zero((a, s) in number(), places in -20i32..14) {
        let cut = s as i32 - places;
        let expected = if cut <= 0 { printed(&big(&a, s), s) } else { rounded(&big(&a, s), s, cut as u32) };
        let got = parsed(&a).round(places, Rounding::Half).to_string();
        prop_assert_eq!(got, if expected == "-0" { "0".to_owned() } else { expected });
    }
}

/// Printed after `cut` digits were rounded off.
fn rounded(value: &BigInt, scale: u32, cut: u32) -> String {
    let power = BigInt::from(10).pow(cut);
    let half = &power / 2;
    let negative = value.sign() == num_bigint::Sign::Minus;
    let magnitude = BigInt::from(value.magnitude().clone());
    let kept = if cut == 0 { magnitude } else { (magnitude + half) / &power * &power };
    printed(&if negative { -kept } else { kept }, scale)
}

#[test]
fn odd_texts() {
    for (text, wanted) in [
        ("007", Some("7")),
        ("1.50", Some("1.5")),
        ("-0", Some("0")),
        ("+5", Some("5")),
        (".5", Some("0.5")),
        ("5.", Some("5")),
        ("1e3", Some("1000")),
        ("1.5E-2", Some("0.015")),
        ("1e400", Some(format!("1{}", "0".repeat(400)).as_str())),
        ("1e-400", Some(format!("0.{}1", "0".repeat(399)).as_str())),
        ("1e9999", None),
        ("", None),
        (".", None),
        ("-", None),
        ("1e", None),
        ("1e+", None),
        ("1.2.3", None),
        ("0x1", None),
        (" 1", None),
        ("1,000", None),
        ("NaN", None),
    ] {
        assert_eq!(Decimal::parse(text).map(|number| number.to_string()).as_deref(), wanted, "{text}");
    }
}

#[test]
fn far_apart_numbers() {
    let (huge, tiny) = (parsed("1e300"), parsed("1e-300"));
    assert_eq!(huge.plus(tiny), Ok(huge));
    assert!(huge > tiny && huge.negated() < tiny.negated());
    assert_eq!(huge.times(tiny), Ok(Decimal::ONE));
    assert_eq!(parsed("1e900").times(parsed("1e900")), Err(Overflow));
    assert_eq!(parsed("1e-900").times(parsed("1e-900")), Ok(Decimal::ZERO));
    assert_eq!(huge.to_i64(), i64::MAX);
    assert_eq!(tiny.round(0, Rounding::Up), Decimal::ONE);
    assert_eq!(tiny.round(2000, Rounding::Half), tiny);
    assert_eq!(huge.round(-2000, Rounding::Half), Decimal::ZERO);
    assert_eq!(huge.over(tiny).and_then(Result::ok), Some(parsed("1e600")));
}

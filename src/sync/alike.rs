//! When two spellings are no difference.

use crate::connect::{Digest, Digester};
use crate::record::Kind;
use serde::{Deserialize, Serialize};

/// What a field's comparison overlooks, beside other spellings of one number, date or instant. Nothing by default.
///
/// A blank and a missing value are never told apart: Salesforce keeps no blank texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Leniency {
    /// Capital and small letters are the same.
    pub case: bool,
    /// White space around a text and repeated within is of no account.
    pub spaces: bool,
    /// Phone numbers are their digits; `+49` and `0049` begin alike.
    pub phone: bool,
    /// Numbers are compared to so many decimals.
    pub decimals: Option<u32>,
}

impl Leniency {
    /// Whether two texts of a field of this kind are no difference.
    pub fn alike(&self, kind: Kind, one: &str, other: &str) -> bool {
        one == other || self.plain(kind, one) == self.plain(kind, other)
    }

    /// The text without what is overlooked, and in the one spelling of its value.
    fn plain(&self, kind: Kind, text: &str) -> Digest {
        let mut text = text.to_owned();
        if let Some(decimals) = self.decimals
            && let Ok(number) = text.trim().parse::<rust_decimal::Decimal>()
        {
            // Halves away from zero, as Salesforce rounds.
            let rounded = number.round_dp_with_strategy(decimals, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
            text = rounded.normalize().to_string();
        }
        if self.phone {
            text = phone(&text);
        }
        if self.spaces {
            text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        if self.case {
            text = text.to_lowercase();
        }
        if kind == Kind::Boolean && text.trim().is_empty() {
            // A checkbox of Salesforce is never blank: one that nobody has ticked says no.
            text = "false".to_owned();
        }
        if kind == Kind::MultiPicklist {
            // Salesforce keeps them in the order of its list.
            let mut values: Vec<_> = text.split(';').map(str::trim).filter(|value| !value.is_empty()).collect();
            values.sort_unstable();
            text = values.join(";");
        }
        let mut digester = Digester::default();
        digester.cell(kind, &text);
        digester.finish()
    }
}

/// A phone number without what people write between its digits. One that has other letters is left as it is: it may hold an extension.
fn phone(text: &str) -> String {
    let trimmed = text.trim();
    if trimmed.chars().any(|c| !(c.is_ascii_digit() || c.is_whitespace() || "+-./()\u{a0}\u{2013}".contains(c))) {
        return text.to_owned();
    }
    let abroad = trimmed.starts_with('+');
    let digits: String = trimmed.chars().filter(char::is_ascii_digit).collect();
    // The zero in brackets is dialled at home only: +49 (0)30.
    let digits =
        if abroad { trimmed.replace("(0)", "").chars().filter(char::is_ascii_digit).collect() } else { digits };
    match digits.strip_prefix("00") {
        Some(rest) if !abroad => format!("+{rest}"),
        _ if abroad => format!("+{digits}"),
        _ => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatting_is_no_difference_where_that_is_said() {
        let none = Leniency::default();
        let case = Leniency { case: true, ..none };
        let spaces = Leniency { spaces: true, ..none };
        let phone = Leniency { phone: true, ..none };
        let cents = Leniency { decimals: Some(2), ..none };
        for (leniency, kind, one, other, alike) in [
            (none, Kind::Text, "Acme", "ACME", false),
            (case, Kind::Text, "Acme", "ACME", true),
            (case, Kind::Text, "STRASSE", "straße", false),
            (none, Kind::Text, "a  b", "a b", false),
            (spaces, Kind::Text, " a \t b", "a b", true),
            (phone, Kind::Phone, "+49 (0)30 123-45", "0049 30 12345", true),
            (phone, Kind::Phone, "030/12345", "(030) 123 45", true),
            (phone, Kind::Phone, "030 12345", "+49 30 12345", false),
            (phone, Kind::Phone, "12345 ext. 6", "123456", false),
            (phone, Kind::Phone, "+1 (555) 0100", "+1 555 0100", true),
            (none, Kind::Number, "1.50", "1.5", true),
            (none, Kind::Number, "1.005", "1.01", false),
            (cents, Kind::Number, "1.005", "1.01", true),
            (cents, Kind::Number, "-1.005", "-1.01", true),
            (cents, Kind::Number, "1.004", "1.01", false),
            (cents, Kind::Number, "many", "Many", false),
            (none, Kind::DateTime, "2026-01-31T10:00:00Z", "2026-01-31T11:00:00.000+01:00", true),
            (none, Kind::Text, "", "x", false),
            (none, Kind::Boolean, "", "false", true),
            (none, Kind::Boolean, "", "true", false),
            (none, Kind::MultiPicklist, "B; A", "A;B", true),
            (none, Kind::MultiPicklist, "A;B", "A", false),
        ] {
            assert_eq!(leniency.alike(kind, one, other), alike, "{one:?} and {other:?} as {kind:?}, {leniency:?}");
            assert_eq!(leniency.alike(kind, other, one), alike);
        }
    }
}

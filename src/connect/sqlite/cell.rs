//! Text into the values of a column, losing nothing on the way, and back.

use super::table::{Affinity, Column};
use super::{quoted, show};
use crate::mapping::CLEAR_MARK;
use crate::record::{Kind, Rejection};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::types::{Value, ValueRef};

/// Digits that a number with a fraction keeps, whatever they are.
const DIGITS: usize = 15;

/// The value of a cell that is not blank, for that column.
pub(super) fn value(column: &Column, text: &str) -> Result<Value, Rejection> {
    if text == CLEAR_MARK {
        return Ok(Value::Null);
    }
    if column.kind == Kind::Base64 {
        return STANDARD.decode(text).map(Value::Blob).map_err(|_| {
            Rejection::new("wrong_kind", format!("{} wants bytes in base64, and got something else", column.name))
                .field(&column.name)
                .hint("Map a column with base64 to it, or declare it as TEXT.")
        });
    }
    if column.kind == Kind::Boolean {
        match text {
            "true" => return Ok(Value::Integer(1)),
            "false" => return Ok(Value::Integer(0)),
            _ => {}
        }
    }
    match column.affinity {
        Affinity::Text | Affinity::None => Ok(Value::Text(text.to_owned())),
        Affinity::Number | Affinity::Real => match number(text, column.affinity) {
            Some(number) => Ok(number),
            None if becomes_number(text) => Err(changed(column, text)),
            None => Ok(Value::Text(text.to_owned())),
        },
    }
}

/// The values under which a column may hold what a person writes as this text.
pub(super) fn spellings(column: Option<&Column>, text: &str) -> [Value; 2] {
    let plain = || Value::Text(text.to_owned());
    let number = || number(text, Affinity::Number).unwrap_or_else(plain);
    match column {
        // The number of the row.
        None => [number(), number()],
        Some(column) if column.kind == Kind::Base64 => match STANDARD.decode(text) {
            Ok(bytes) => [Value::Blob(bytes), plain()],
            Err(_) => [plain(), plain()],
        },
        Some(column) if column.kind == Kind::Boolean => match value(column, text) {
            Ok(value) => [value, plain()],
            Err(_) => [plain(), plain()],
        },
        Some(column) if column.affinity == Affinity::Text => [plain(), plain()],
        Some(_) => [number(), plain()],
    }
}

/// What a column holds, as text; of bytes that are no text, what can be read of them.
pub(super) fn text(column: Option<&Column>, value: ValueRef<'_>) -> String {
    if let (Some(Kind::Boolean), ValueRef::Integer(truth @ (0 | 1))) = (column.map(|column| column.kind), value) {
        return if truth == 1 { "true" } else { "false" }.to_owned();
    }
    let mut text = String::new();
    if !show(value, false, &mut text)
        && let ValueRef::Text(bytes) = value
    {
        text = String::from_utf8_lossy(bytes).into_owned();
    }
    text
}

/// The number that a text is, where the database keeps all of it: no leading zeros, and no more digits than it has room for.
fn number(text: &str, affinity: Affinity) -> Option<Value> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').map_or((unsigned, None), |(whole, rest)| (whole, Some(rest)));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let plain = digits(whole) && fraction.is_none_or(digits) && (whole == "0" || !whole.starts_with('0'));
    if !plain || (unsigned == "0" && text != unsigned) {
        return None;
    }
    let telling = unsigned.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0').count();
    match fraction {
        None if affinity == Affinity::Number => text.parse().ok().map(Value::Integer),
        None if telling <= DIGITS => text.parse().ok().map(Value::Integer),
        Some(_) if telling <= DIGITS => text.parse().ok().map(Value::Real),
        _ => None,
    }
}

/// Whether SQLite would make a number of this text by itself.
fn becomes_number(text: &str) -> bool {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
    let begins = text.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit() || c == '.');
    begins && text.parse::<f64>().is_ok()
}

/// Why a text cannot be kept: the column makes another number of it.
fn changed(column: &Column, text: &str) -> Rejection {
    let becomes = text.trim().parse::<f64>().unwrap_or_default();
    Rejection::new(
        "would_change",
        format!(
            "{} is declared {}, which keeps numbers of {DIGITS} digits: {} would become {becomes}",
            column.name,
            column.declared,
            quoted(text)
        ),
    )
    .field(&column.name)
    .hint("Declare the column as TEXT, or change the value in the mapping.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_number_only_where_all_of_it_stays() {
        for (text, affinity, wanted) in [
            ("7", Affinity::Number, Some(Value::Integer(7))),
            ("-7", Affinity::Real, Some(Value::Integer(-7))),
            ("9223372036854775807", Affinity::Number, Some(Value::Integer(i64::MAX))),
            ("9223372036854775807", Affinity::Real, None),
            ("9223372036854775808", Affinity::Number, None),
            ("12.50", Affinity::Number, Some(Value::Real(12.5))),
            ("0.000000000000000123", Affinity::Real, Some(Value::Real(1.23e-16))),
            ("0.10000000000000001", Affinity::Real, None),
            ("007", Affinity::Number, None),
            ("-0", Affinity::Number, None),
            ("+5", Affinity::Number, None),
            ("1e3", Affinity::Number, None),
            ("5.", Affinity::Number, None),
            ("", Affinity::Number, None),
        ] {
            assert_eq!(number(text, affinity), wanted, "{text}");
        }
        for (text, wanted) in [("007", true), (" 7 ", true), ("1e3", true), (".5", true), ("-+5", false)] {
            assert_eq!(becomes_number(text), wanted, "{text}");
        }
        for text in ["inf", "nan", "2026-01-31", "0x10", "12:30", ""] {
            assert!(!becomes_number(text), "{text}");
        }
    }
}

//! One value of one field: checked, brought into shape, ready for its column.

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};
use serde_json::Value as Json;

use crate::failure::Failure;
use crate::ids;
use crate::java;
use crate::schema::{Field, Kind};
use crate::time;

/// A value as its column holds it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// Nothing.
    Null,
    /// Text, ids, dates.
    Text(String),
    /// Whole numbers, booleans, instants.
    Integer(i64),
    /// Decimals.
    Real(f64),
}

impl Cell {
    /// A text.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Cell::Text(text.into())
    }

    /// A boolean.
    pub(crate) fn flag(flag: bool) -> Self {
        Cell::Integer(i64::from(flag))
    }

    /// The text inside, if it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number inside, if it is one.
    pub(crate) fn as_number(&self) -> Option<f64> {
        match self {
            Cell::Integer(number) => Some(*number as f64),
            Cell::Real(number) => Some(*number),
            _ => None,
        }
    }
}

impl ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Cell::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Cell::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Cell::Integer(number) => ToSqlOutput::Owned(SqlValue::Integer(*number)),
            Cell::Real(number) => ToSqlOutput::Owned(SqlValue::Real(*number)),
        })
    }
}

impl From<ValueRef<'_>> for Cell {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null | ValueRef::Blob(_) => Cell::Null,
            ValueRef::Integer(number) => Cell::Integer(number),
            ValueRef::Real(number) => Cell::Real(number),
            ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        }
    }
}

/// Checks a value that came as JSON.
pub(crate) fn from_json(field: &Field, value: &Json) -> Result<Cell, Failure> {
    match (field.kind, value) {
        (Kind::Boolean, Json::Null) => Err(wrong_type(field, "null")),
        (_, Json::Null) => Ok(Cell::Null),
        (Kind::Boolean, Json::Bool(flag)) => Ok(Cell::flag(*flag)),
        (Kind::Boolean, Json::String(text)) => boolean(text).ok_or_else(|| unreadable(field, value)),
        (kind, Json::Number(number)) if kind.is_decimal() || kind == Kind::Int => {
            decimal(field, number.as_f64().unwrap_or(f64::NAN), &number.to_string())
        }
        (kind, Json::String(text)) if kind.is_decimal() || kind == Kind::Int => match text.trim() {
            "" => Ok(Cell::Null),
            text => match parse_number(text) {
                Some(number) => decimal(field, number, text),
                None => Err(unreadable(field, value)),
            },
        },
        (Kind::Date | Kind::DateTime | Kind::Time, Json::String(text)) => match text.trim() {
            "" => Ok(Cell::Null),
            text => moment(field, text).ok_or_else(|| unreadable(field, value)),
        },
        (kind, Json::String(text)) if kind.is_text() || kind.is_id() => words(field, text),
        _ => Err(unreadable(field, value)),
    }
}

/// Checks a value that came as a cell of a CSV file; empty cells and `#N/A` have been dealt with.
pub(crate) fn from_csv(field: &Field, text: &str) -> Result<Cell, Failure> {
    match field.kind {
        Kind::Boolean => boolean(text).ok_or_else(|| wrong_type(field, text)),
        Kind::Date | Kind::DateTime | Kind::Time => moment(field, text).ok_or_else(|| wrong_type(field, text)),
        Kind::Int => match parse_number(text) {
            Some(number) if number.fract() == 0.0 => decimal(field, number, text),
            _ => Err(wrong_type(field, text)),
        },
        kind if kind.is_decimal() => match parse_number(text) {
            Some(number) => decimal(field, number, text),
            None => Err(wrong_type(field, text)),
        },
        Kind::Address | Kind::Location => Err(wrong_type(field, text)),
        _ => words(field, text),
    }
}

/// Reads a plain or scientific number; `inf` and `nan`, which Rust would take, are no numbers here.
pub(crate) fn parse_number(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    if plain { text.parse().ok().filter(|number: &f64| number.is_finite()) } else { None }
}

fn boolean(text: &str) -> Option<Cell> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") || text == "1" {
        Some(Cell::Integer(1))
    } else if text.eq_ignore_ascii_case("false") || text == "0" {
        Some(Cell::Integer(0))
    } else {
        None
    }
}

fn moment(field: &Field, text: &str) -> Option<Cell> {
    match field.kind {
        Kind::Date => {
            let day = match text.split_once('T') {
                Some((day, _)) if time::parse_datetime(text, true).is_some() => day,
                Some(_) => return None,
                None => text,
            };
            let date = time::parse_date(day)?;
            (1700..=4000).contains(&date.year()).then(|| Cell::text(day))
        }
        Kind::DateTime => time::parse_datetime(text, true).map(Cell::Integer),
        _ => {
            let clock = time::parse_time(text.trim_end_matches(['Z', 'z']))?;
            Some(Cell::Text(format!(
                "{:02}:{:02}:{:02}.{:03}Z",
                clock.hour(),
                clock.minute(),
                clock.second(),
                clock.millisecond()
            )))
        }
    }
}

fn decimal(field: &Field, number: f64, text: &str) -> Result<Cell, Failure> {
    let whole = if field.kind == Kind::Int { field.digits + 1 } else { field.precision.saturating_sub(field.scale) };
    let limit = 10f64.powi(whole.min(15) as i32);
    let too_large = if field.kind == Kind::Int { number.abs() > f64::from(i32::MAX) } else { number.abs() >= limit };
    if too_large || !number.is_finite() {
        return Err(Failure::of(
            "NUMBER_OUTSIDE_VALID_RANGE",
            &field.name,
            format!("{}: value outside of valid range on numeric field: {}", field.label, plain(number, text)),
        ));
    }
    if field.kind == Kind::Int {
        return Ok(Cell::Integer(number.round() as i64));
    }
    Ok(Cell::Real(rounded(number, field.scale)))
}

/// Half up, on the digits a person wrote rather than on their binary neighbour: 1.005 becomes 1.01.
pub(crate) fn rounded(number: f64, scale: u32) -> f64 {
    if number.fract() == 0.0 {
        return number;
    }
    let text = format!("{}", number.abs());
    let Some((_, fraction)) = text.split_once('.') else {
        return number;
    };
    if fraction.len() <= scale as usize {
        return number;
    }
    let cut = text.len() - fraction.len() + scale as usize;
    let up = fraction.as_bytes()[scale as usize] >= b'5';
    let mut digits: u128 = text[..cut].chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0);
    digits += u128::from(up);
    let size = digits as f64 / 10f64.powi(scale as i32);
    if number < 0.0 { -size } else { size }
}

fn plain(number: f64, text: &str) -> String {
    if number.is_finite() { java::double(number) } else { text.to_owned() }
}

fn words(field: &Field, text: &str) -> Result<Cell, Failure> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Cell::Null);
    }
    if field.kind.is_id() {
        return match ids::normal(text) {
            Some(id) => Ok(Cell::Text(id)),
            None => Err(Failure::of(
                "MALFORMED_ID",
                &field.name,
                format!("{}: id value of incorrect type: {text}", field.label),
            )),
        };
    }
    if text.len() > field.length && text.chars().count() > field.length {
        return Err(Failure::of(
            "STRING_TOO_LONG",
            &field.name,
            format!("{}: data value too large: {} (max length={})", field.label, shortened(text), field.length),
        ));
    }
    match field.kind {
        Kind::Email if !is_email(text) => Err(Failure::of(
            "INVALID_EMAIL_ADDRESS",
            &field.name,
            format!("{}: invalid email address: {text}", field.label),
        )),
        Kind::Picklist if field.restricted => match listed(field, text) {
            Some(value) => Ok(Cell::text(value)),
            None => Err(bad_choice(field, text)),
        },
        Kind::MultiPicklist if field.restricted && text.split(';').any(|one| listed(field, one).is_none()) => {
            Err(bad_choice(field, text))
        }
        _ => Ok(Cell::text(text)),
    }
}

fn listed<'a>(field: &'a Field, text: &str) -> Option<&'a str> {
    field.values.iter().map(String::as_str).find(|value| value.eq_ignore_ascii_case(text))
}

fn bad_choice(field: &Field, text: &str) -> Failure {
    Failure::of(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        &field.name,
        format!("{}: bad value for restricted picklist field: {text}", field.label),
    )
}

fn shortened(text: &str) -> String {
    const MOST: usize = 1000;
    if text.len() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain("...".chars()).collect()
}

/// One `@`, something before it, a dotted name after it, no blanks: what Salesforce insists on.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let sign_ok = |sign: char| sign.is_alphanumeric() || "!#$%&'*/=?^_+-`{|}~.".contains(sign);
    !local.is_empty()
        && local.chars().all(sign_ok)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && domain.contains('.')
        && domain
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(|sign| sign.is_alphanumeric() || sign == '-'))
}

fn wrong_type(field: &Field, text: &str) -> Failure {
    Failure::of(
        "INVALID_TYPE_ON_FIELD_IN_RECORD",
        &field.name,
        format!("{}: value not of required type: {text}", field.label),
    )
}

/// JSON that the typed reader on the other side cannot take at all; such a call fails as a whole.
fn unreadable(field: &Field, value: &Json) -> Failure {
    let (token, shown) = match value {
        Json::Bool(flag) => (if *flag { "VALUE_TRUE" } else { "VALUE_FALSE" }, flag.to_string()),
        Json::Number(number) if number.is_f64() => ("VALUE_NUMBER_FLOAT", number.to_string()),
        Json::Number(number) => ("VALUE_NUMBER_INT", number.to_string()),
        Json::String(text) => ("VALUE_STRING", shortened(text)),
        Json::Array(_) => ("START_ARRAY", "[".into()),
        Json::Object(_) => ("START_OBJECT", "{".into()),
        Json::Null => ("VALUE_NULL", "null".into()),
    };
    Failure::new(
        "JSON_PARSER_ERROR",
        format!(
            "Cannot deserialize instance of {} from {token} value {shown} or request may be missing a required field at [line:1, column:1]",
            field.kind.name()
        ),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::Schema;

    fn field(name: &str) -> Field {
        let schema = Schema::standard();
        let (object, field) = name.split_once('.').unwrap();
        schema.object(object).unwrap().field(field).unwrap().clone()
    }

    #[test]
    fn values_are_brought_into_shape() {
        for (name, given, stored) in [
            ("Account.Name", json!("  Acme  "), Cell::text("Acme")),
            ("Account.Name", json!("   "), Cell::Null),
            ("Account.AnnualRevenue", json!(1234.5), Cell::Real(1235.0)),
            ("Opportunity.Amount", json!(1.005), Cell::Real(1.01)),
            ("Opportunity.Amount", json!("12"), Cell::Real(12.0)),
            ("Opportunity.CloseDate", json!("2026-01-31"), Cell::text("2026-01-31")),
            ("Account.ParentId", json!("001Lk0000000001"), Cell::text(ids::make("001", 1))),
            ("Order.Status", json!("draft"), Cell::text("Draft")),
            ("Account.IsPartner", json!(true), Cell::Integer(1)),
        ] {
            assert_eq!(from_json(&field(name), &given).unwrap(), stored, "{name} {given}");
        }
    }

    #[test]
    fn bad_values_are_refused_with_their_code() {
        for (name, given, code) in [
            ("Account.Site", "x".repeat(81), "STRING_TOO_LONG"),
            ("Contact.Email", "no at sign".into(), "INVALID_EMAIL_ADDRESS"),
            ("Contact.Email", "a@b".into(), "INVALID_EMAIL_ADDRESS"),
            ("Account.ParentId", "abc".into(), "MALFORMED_ID"),
            ("Order.Status", "Lost".into(), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
            ("Account.AnnualRevenue", "12k".into(), "INVALID_TYPE_ON_FIELD_IN_RECORD"),
            ("Account.AnnualRevenue", "1e30".into(), "NUMBER_OUTSIDE_VALID_RANGE"),
            ("Account.NumberOfEmployees", "99999999999".into(), "NUMBER_OUTSIDE_VALID_RANGE"),
            ("Opportunity.CloseDate", "31.01.2026".into(), "INVALID_TYPE_ON_FIELD_IN_RECORD"),
            ("Account.IsPartner", "maybe".into(), "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ] {
            assert_eq!(from_csv(&field(name), &given).unwrap_err().code, code, "{name} {given}");
        }
    }
}

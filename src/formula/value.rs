//! What formulas count with: types and values.

use super::decimal::Decimal;
use jiff::Timestamp;
use jiff::civil::{Date, Time};

/// The type of a field, an expression or a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// Number, currency, percent.
    Number,
    /// Text, e-mail, phone, URL, id, text area.
    Text,
    /// True, false; or unknown, which counts as false in the end.
    Boolean,
    /// A day.
    Date,
    /// An instant.
    DateTime,
    /// A time of day.
    Time,
    /// One of a list of values; may be compared by ISPICKVAL and CASE alone.
    Picklist,
    /// Several of a list of values.
    MultiPicklist,
    /// Latitude and longitude; may be used in DISTANCE alone.
    Location,
    /// The word NULL, which fits every type.
    Null,
}

impl Type {
    /// The word people see.
    pub fn label(self) -> &'static str {
        match self {
            Type::Number => "number",
            Type::Text => "text",
            Type::Boolean => "true or false",
            Type::Date => "date",
            Type::DateTime => "date and time",
            Type::Time => "time",
            Type::Picklist => "picklist",
            Type::MultiPicklist => "multi-select picklist",
            Type::Location => "location",
            Type::Null => "NULL",
        }
    }

    /// The word with its article.
    pub(super) fn a(self) -> &'static str {
        match self {
            Type::Number => "a number",
            Type::Text => "text",
            Type::Boolean => "true or false",
            Type::Date => "a date",
            Type::DateTime => "a date and time",
            Type::Time => "a time",
            Type::Picklist => "a picklist",
            Type::MultiPicklist => "a multi-select picklist",
            Type::Location => "a location",
            Type::Null => "NULL",
        }
    }
}

/// A place on Earth, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Location {
    /// −90 to 90.
    pub latitude: f64,
    /// −180 to 180.
    pub longitude: f64,
}

/// A value: a cell that goes into a formula, or what came out of it. Text is borrowed; blank text and [`Value::Null`] are the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Blank.
    Null,
    /// A decimal; a percent field of 45 % is 0.45.
    Number(Decimal),
    /// Text; also the value of a picklist, or the values of a multi-select picklist joined by `;`.
    Text(&'a str),
    /// True or false.
    Boolean(bool),
    /// A day.
    Date(Date),
    /// An instant.
    DateTime(Timestamp),
    /// A time of day.
    Time(Time),
    /// A place.
    Location(Location),
}

impl Value<'_> {
    /// Whether there is nothing in it.
    pub fn is_blank(&self) -> bool {
        matches!(self, Value::Null | Value::Text(""))
    }
}

impl std::fmt::Display for Value<'_> {
    /// As plain text: numbers without grouping, dates as `2026-01-31`, instants as `2026-01-31T10:30:00Z`, times as `10:30:00.000`;
    /// blank is empty.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Null => Ok(()),
            Value::Number(number) => write!(f, "{number}"),
            Value::Text(text) => f.write_str(text),
            Value::Boolean(truth) => f.write_str(if *truth { "true" } else { "false" }),
            Value::Date(date) => write!(f, "{date}"),
            Value::DateTime(instant) => {
                let milliseconds = instant.as_millisecond().rem_euclid(1000);
                if milliseconds == 0 {
                    write!(f, "{}", instant.strftime("%Y-%m-%dT%H:%M:%SZ"))
                } else {
                    write!(f, "{}", instant.strftime("%Y-%m-%dT%H:%M:%S.%3fZ"))
                }
            }
            Value::Time(time) => write!(f, "{}", time.strftime("%H:%M:%S.%3f")),
            Value::Location(place) => write!(f, "{}, {}", place.latitude, place.longitude),
        }
    }
}

//! What a cell shows, as text.
//!
//! Dates come in ISO form whatever their format, `2026-01-31` or `2026-01-31T14:30:00`, since that reads the same everywhere; the
//! format decides whether the day, the time or both are shown.

use super::numfmt::{NumberFormat, general};
use calamine::{Data, DataRef, ExcelDateTime};
use std::fmt::Write as _;

/// The value of a cell, whichever way it was read.
pub(super) enum Value<'a> {
    Text(&'a str),
    Number(f64),
    Boolean(bool),
    Date(ExcelDateTime),
    /// A date, or a date and time, already in ISO form.
    Iso(&'a str),
    /// A time or a duration, `PT14H30M00S`.
    Duration(&'a str),
    /// A formula without a result, by the word that Excel shows: `#REF!`.
    Broken(String),
    Blank,
}

impl<'a> From<&'a Data> for Value<'a> {
    fn from(data: &'a Data) -> Value<'a> {
        match data {
            Data::Int(number) => Value::Number(*number as f64),
            Data::Float(number) => Value::Number(*number),
            Data::String(text) => Value::Text(text),
            Data::Bool(value) => Value::Boolean(*value),
            Data::DateTime(date) => Value::Date(*date),
            Data::DateTimeIso(text) => Value::Iso(text),
            Data::DurationIso(text) => Value::Duration(text),
            Data::Error(error) => Value::Broken(error.to_string()),
            Data::Empty => Value::Blank,
        }
    }
}

impl<'a> From<&'a DataRef<'_>> for Value<'a> {
    fn from(data: &'a DataRef<'_>) -> Value<'a> {
        match data {
            DataRef::Int(number) => Value::Number(*number as f64),
            DataRef::Float(number) => Value::Number(*number),
            DataRef::String(text) => Value::Text(text),
            DataRef::SharedString(text) => Value::Text(text),
            DataRef::Bool(value) => Value::Boolean(*value),
            DataRef::DateTime(date) => Value::Date(*date),
            DataRef::DateTimeIso(text) => Value::Iso(text),
            DataRef::DurationIso(text) => Value::Duration(text),
            DataRef::Error(error) => Value::Broken(error.to_string()),
            DataRef::Empty => Value::Blank,
        }
    }
}

impl Value<'_> {
    /// Appends what the cell shows. Without a format, numbers are shown in full and dates as their value has them.
    pub(super) fn show(&self, format: Option<&NumberFormat>, decimal_comma: bool, out: &mut String) {
        match self {
            Value::Text(text) | Value::Iso(text) => out.push_str(text),
            Value::Boolean(true) => out.push_str("TRUE"),
            Value::Boolean(false) => out.push_str("FALSE"),
            Value::Broken(word) => out.push_str(word),
            Value::Number(number) => match format {
                Some(format) => format.show(*number, decimal_comma, out),
                None => general(*number, decimal_comma, out),
            },
            Value::Date(date) => show_date(*date, format, out),
            Value::Duration(text) => show_duration(text, out),
            Value::Blank => {}
        }
    }
}

fn show_date(date: ExcelDateTime, format: Option<&NumberFormat>, out: &mut String) {
    let serial = date.as_f64();
    if date.is_duration() || serial < 0.0 {
        let seconds = (serial * 86_400.0).round();
        let (sign, seconds) = if seconds < 0.0 { ("-", -seconds as u64) } else { ("", seconds as u64) };
        let _infallible =
            write!(out, "{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60).is_ok();
        return;
    }
    let (day, time) = match format {
        Some(NumberFormat::Date { day, time }) => (*day, *time),
        // A day is a whole number, and a time of day less than one.
        _ => (serial >= 1.0, serial.fract() != 0.0 || serial < 1.0),
    };
    let (year, month, day_of_month, hour, minute, second, millisecond) = date.to_ymd_hms_milli();
    if day {
        let _infallible = write!(out, "{year:04}-{month:02}-{day_of_month:02}").is_ok();
    }
    if day && time {
        out.push('T');
    }
    if time {
        let _infallible = write!(out, "{hour:02}:{minute:02}:{second:02}").is_ok();
        if millisecond > 0 {
            let _infallible = write!(out, ".{millisecond:03}").is_ok();
        }
    }
}

/// `PT14H30M05S` as `14:30:05`; anything else as it is.
fn show_duration(text: &str, out: &mut String) {
    let parse = || {
        let rest = text.strip_prefix("PT")?;
        let (hours, rest) = rest.split_once('H').unwrap_or(("0", rest));
        let (minutes, rest) = rest.split_once('M').unwrap_or(("0", rest));
        let (seconds, rest) = rest.split_once('S').unwrap_or(("0", rest));
        let seconds: f64 = seconds.replace(',', ".").parse().ok()?;
        rest.is_empty().then_some((hours.parse::<u32>().ok()?, minutes.parse::<u32>().ok()?, seconds.round() as u32))
    };
    match parse() {
        Some((hours, minutes, seconds)) => {
            let _infallible = write!(out, "{hours:02}:{minutes:02}:{seconds:02}").is_ok();
        }
        None => out.push_str(text),
    }
}

//! `FORMAT(f)`: numbers, amounts and dates as people of the org's locale, `en_US`, write them.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use rusqlite::types::ValueRef;

use crate::time;

/// The text of a stored value; `kind` is the field's type as describe names it.
pub(crate) fn text(value: ValueRef<'_>, kind: &str, scale: usize, zone: &TimeZone) -> Option<String> {
    match (value, kind) {
        (ValueRef::Null | ValueRef::Blob(_), _) => None,
        (ValueRef::Integer(flag), "boolean") => Some((flag != 0).to_string()),
        (ValueRef::Integer(instant), "datetime") => {
            let at = zone.to_datetime(Timestamp::from_millisecond(instant).unwrap_or_default());
            Some(format!("{}/{}/{}, {}", at.month(), at.day(), at.year(), clock(at.time())))
        }
        (ValueRef::Integer(number), _) => Some(decorated(number as f64, kind, scale)),
        (ValueRef::Real(number), _) => Some(decorated(number, kind, scale)),
        (ValueRef::Text(bytes), _) => {
            let text = String::from_utf8_lossy(bytes);
            Some(match kind {
                "date" => time::parse_date(&text).map_or_else(
                    || text.clone().into_owned(),
                    |day| format!("{}/{}/{}", day.month(), day.day(), day.year()),
                ),
                "time" => time::parse_time(text.trim_end_matches('Z')).map_or_else(|| text.clone().into_owned(), clock),
                _ => text.into_owned(),
            })
        }
    }
}

fn decorated(number: f64, kind: &str, scale: usize) -> String {
    match kind {
        "currency" => {
            let sign = if number < 0.0 { "-" } else { "" };
            format!("{sign}${}", grouped(number.abs(), scale, true))
        }
        "percent" => format!("{}%", grouped(number, scale, false)),
        _ => grouped(number, scale, false),
    }
}

/// `1,234.50`; without `whole` zeros at the end go.
fn grouped(number: f64, scale: usize, whole: bool) -> String {
    let plain = format!("{:.*}", scale.min(18), number);
    let (sign, plain) = match plain.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", plain.as_str()),
    };
    let (before, after) = plain.split_once('.').unwrap_or((plain, ""));
    let after = if whole { after } else { after.trim_end_matches('0') };
    let mut digits = String::new();
    for (place, digit) in before.chars().enumerate() {
        if place > 0 && (before.len() - place).is_multiple_of(3) {
            digits.push(',');
        }
        digits.push(digit);
    }
    let point = if after.is_empty() { "" } else { "." };
    format!("{sign}{digits}{point}{after}")
}

fn clock(time: Time) -> String {
    let half = if time.hour() < 12 { "AM" } else { "PM" };
    let hour = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    format!("{hour}:{:02} {half}", time.minute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_people_write_them() {
        let west = TimeZone::get("America/New_York").unwrap();
        let instant = time::parse_datetime("2026-01-31T15:04:00Z", false).unwrap();
        for (value, kind, scale, shown) in [
            (ValueRef::Real(1_234_567.5), "currency", 2, "$1,234,567.50"),
            (ValueRef::Real(-12.0), "currency", 2, "-$12.00"),
            (ValueRef::Real(1234.5), "double", 3, "1,234.5"),
            (ValueRef::Real(10.0), "percent", 0, "10%"),
            (ValueRef::Integer(999), "int", 0, "999"),
            (ValueRef::Integer(instant), "datetime", 0, "1/31/2026, 10:04 AM"),
            (ValueRef::Text(b"2026-01-31"), "date", 0, "1/31/2026"),
            (ValueRef::Text(b"00:30:00.000Z"), "time", 0, "12:30 AM"),
            (ValueRef::Text(b"Acme"), "string", 0, "Acme"),
        ] {
            assert_eq!(text(value, kind, scale, &west).as_deref(), Some(shown), "{kind}");
        }
        assert_eq!(text(ValueRef::Null, "date", 0, &west), None);
    }
}

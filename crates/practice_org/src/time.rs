//! Dates and times: as they are stored (milliseconds since 1970; dates as text), read and written.

use std::cell::Cell;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// Milliseconds since 1970 in UTC.
pub(crate) type Millis = i64;

thread_local! {
    /// By how many milliseconds the clock of the org that this thread works for is ahead.
    static SKEW: Cell<Millis> = const { Cell::new(0) };
}

/// Lets the clock of this thread's org be ahead by so many milliseconds, or behind.
pub(crate) fn set_skew(millis: Millis) {
    SKEW.set(millis);
}

fn skewed() -> Timestamp {
    Timestamp::from_millisecond(now_exact().saturating_add(SKEW.get())).unwrap_or_default()
}

/// Now by the org's clock, cut to whole seconds as audit fields are.
pub(crate) fn now() -> Millis {
    skewed().as_second() * 1000
}

/// Now to the millisecond, by a clock that is right: for measuring how long ago something was.
pub(crate) fn now_exact() -> Millis {
    Timestamp::now().as_millisecond()
}

/// Today by the org's clock, in UTC.
pub(crate) fn today() -> Date {
    Offset::UTC.to_datetime(skewed()).date()
}

/// The civil date and time of a stored instant in UTC.
pub(crate) fn civil(millis: Millis) -> DateTime {
    Offset::UTC.to_datetime(Timestamp::from_millisecond(millis).unwrap_or_default())
}

/// `2026-01-02T21:33:43.000+0000`, the form of REST.
pub(crate) fn rest(millis: Millis) -> String {
    stamp(millis, "+0000")
}

/// `2026-01-02T21:33:43.000Z`, the form of Bulk CSV.
pub(crate) fn bulk(millis: Millis) -> String {
    stamp(millis, "Z")
}

fn stamp(millis: Millis, zone: &str) -> String {
    let at = civil(millis);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}{zone}",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond()
    )
}

/// `Tue, 10 Aug 2026 00:00:00 GMT`, the form of HTTP headers.
pub(crate) fn http(millis: Millis) -> String {
    civil(millis).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Reads an HTTP date.
pub(crate) fn parse_http(text: &str) -> Option<Millis> {
    let stem = text.strip_suffix("GMT")?.trim_end();
    let at = DateTime::strptime("%a, %d %b %Y %H:%M:%S", stem).ok()?;
    millis(at, 0)
}

/// Reads `yyyy-MM-dd`, strictly.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(place, byte)| match place {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shaped {
        return None;
    }
    Date::new(number(&text[..4])?, number(&text[5..7])? as i8, number(&text[8..10])? as i8).ok()
}

/// Reads `HH:mm[:ss[.fff]]`.
pub(crate) fn parse_time(text: &str) -> Option<Time> {
    let (clock, fraction) = match text.split_once('.') {
        Some((clock, fraction)) => (clock, fraction),
        None => (text, ""),
    };
    let mut parts = clock.split(':');
    let hour = two_digits(parts.next()?)?;
    let minute = two_digits(parts.next()?)?;
    let second = parts.next().map_or(Some(0), two_digits)?;
    if parts.next().is_some() || fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut nanos = 0i32;
    for place in 0..9 {
        nanos = nanos * 10 + fraction.as_bytes().get(place).map_or(0, |byte| i32::from(byte - b'0'));
    }
    Time::new(hour, minute, second, nanos).ok()
}

/// Reads `yyyy-MM-ddTHH:mm[:ss[.fff]]` followed by `Z`, `±HH:mm` or `±HHmm`; with `loose`, also a bare date or no zone.
pub(crate) fn parse_datetime(text: &str, loose: bool) -> Option<Millis> {
    let Some((date, rest)) = text.split_once(['T', 't']) else {
        return if loose { millis(parse_date(text)?.at(0, 0, 0, 0), 0) } else { None };
    };
    let date = parse_date(date)?;
    let zone_at = rest.find(['Z', 'z', '+', '-']);
    let (clock, zone) = match zone_at {
        Some(at) => rest.split_at(at),
        None if loose => (rest, "Z"),
        None => return None,
    };
    millis(date.to_datetime(parse_time(clock)?), parse_zone(zone)?)
}

/// Minutes east of Greenwich.
fn parse_zone(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits: String = zone[1..].chars().filter(|sign| *sign != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = (i64::from(number(&digits[..2])?), i64::from(number(&digits[2..])?));
    (hours <= 15 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// The instant at which a clock `minutes` east of Greenwich shows this.
pub(crate) fn millis(at: DateTime, minutes: i64) -> Option<Millis> {
    let instant = Offset::UTC.to_timestamp(at).ok()?.as_millisecond();
    Some(instant - minutes * 60_000)
}

/// The first instant of a day.
pub(crate) fn start_of(date: Date) -> Millis {
    millis(date.at(0, 0, 0, 0), 0).unwrap_or_default()
}

fn number(digits: &str) -> Option<i16> {
    digits.parse().ok()
}

fn two_digits(text: &str) -> Option<i8> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_understood() {
        let noon = parse_datetime("2026-01-02T12:00:00Z", false).unwrap();
        for text in ["2026-01-02T13:00:00+01:00", "2026-01-02T13:00:00.000+0100", "2026-01-02T07:00:00.0-05:00"] {
            assert_eq!(parse_datetime(text, false), Some(noon), "{text}");
        }
        assert_eq!(rest(noon), "2026-01-02T12:00:00.000+0000");
        assert_eq!(bulk(noon), "2026-01-02T12:00:00.000Z");
        assert_eq!(http(noon), "Fri, 02 Jan 2026 12:00:00 GMT");
        assert_eq!(parse_http(&http(noon)), Some(noon));
    }

    #[test]
    fn shapes_are_strict() {
        for text in ["2026-1-2", "2026-02-30", "26-01-02", "2026-01-02T10:00", ""] {
            assert_eq!(parse_date(text), None, "{text}");
        }
        assert_eq!(parse_datetime("2026-01-02T10:00:00", false), None);
        assert!(parse_datetime("2026-01-02T10:00:00", true).is_some());
    }
}

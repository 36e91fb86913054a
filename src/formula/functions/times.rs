//! Days and times as text, and what calendars need.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// Writes `2024-02-29`.
pub(super) fn write_date(date: Date, out: &mut String) {
    let year = date.year().unsigned_abs();
    for digit in [year / 1000 % 10, year / 100 % 10, year / 10 % 10, year % 10] {
        out.push(char::from(b'0' + digit as u8));
    }
    for part in [date.month(), date.day()] {
        out.push('-');
        out.push(char::from(b'0' + part.unsigned_abs() / 10));
        out.push(char::from(b'0' + part.unsigned_abs() % 10));
    }
}

/// A day that exists in the years 1 to 9999.
pub(super) fn day(year: i64, month: i64, day: i64) -> Option<Date> {
    let (year, month, day) = (i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    if year < 1 { None } else { Date::new(year, month, day).ok() }
}

/// The digits at the start, of which there are so many, and the rest.
fn digits(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if count < least {
        return None;
    }
    Some((text[..count].parse().ok()?, &text[count..]))
}

/// `2024-02-29`, or with less digits of month and day, and the rest.
fn date_and_rest(text: &str) -> Option<(Date, &str)> {
    let (year, rest) = digits(text, 4, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
    let (of_month, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
    Some((day(year, month, of_month)?, rest))
}

/// The day that DATEVALUE reads.
pub(in crate::formula) fn date(text: &str) -> Option<Date> {
    // Nearly all dates: two digits each.
    if let [a, b, c, d, b'-', e, f, b'-', g, h] = text.as_bytes() {
        let digit = |byte: &u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
        let year = digit(a)? * 1000 + digit(b)? * 100 + digit(c)? * 10 + digit(d)?;
        return day(year, digit(e)? * 10 + digit(f)?, digit(g)? * 10 + digit(h)?);
    }
    date_and_rest(text).filter(|(_, rest)| rest.is_empty()).map(|(date, _)| date)
}

fn clock_and_rest(text: &str) -> Option<(i64, i64, i64, &str)> {
    let (hours, rest) = digits(text, 1, 2)?;
    let (minutes, rest) = digits(rest.strip_prefix(':')?, 1, 2)?;
    let (seconds, rest) = digits(rest.strip_prefix(':')?, 1, 2)?;
    (hours < 24 && minutes < 60 && seconds < 60).then_some((hours, minutes, seconds, rest))
}

/// The instant that DATETIMEVALUE reads, in GMT: `2024-01-31 17:30:45`, also with a `Z` behind it, as TEXT writes it.
pub(super) fn date_time(text: &str) -> Option<Timestamp> {
    let (date, rest) = date_and_rest(text)?;
    let (hours, minutes, seconds, rest) = clock_and_rest(rest.strip_prefix(' ')?)?;
    if !matches!(rest.trim_end(), "" | "Z") {
        return None;
    }
    let time = Time::new(hours as i8, minutes as i8, seconds as i8, 0).ok()?;
    instant(date.to_datetime(time))
}

/// The time that TIMEVALUE reads: `17:30:45.125`.
pub(super) fn time(text: &str) -> Option<Time> {
    let (hours, minutes, seconds, rest) = clock_and_rest(text)?;
    let (milliseconds, rest) = digits(rest.strip_prefix('.')?, 1, 3)?;
    if !rest.is_empty() {
        return None;
    }
    Time::new(hours as i8, minutes as i8, seconds as i8, milliseconds as i32 * 1_000_000).ok()
}

/// The instant of a day and time in GMT.
pub(super) fn instant(moment: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(moment).ok()
}

/// The same day so many months on; the last day of a month stays the last, and where the month is too short its last day is taken.
pub(super) fn add_months(date: Date, months: i64) -> Option<Date> {
    let month = i64::from(date.year()) * 12 + i64::from(date.month()) - 1;
    let month = month.checked_add(months)?;
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
    let last = if (1..=9999).contains(&year) { days_in_month(year, month) } else { return None };
    let was_last = i64::from(date.day()) == days_in_month(i64::from(date.year()), i64::from(date.month()));
    day(year, month, if was_last { last } else { last.min(i64::from(date.day())) })
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

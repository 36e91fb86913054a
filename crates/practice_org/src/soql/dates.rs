//! Date literals as ranges of days, and the date functions.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rusqlite::types::{Value as SqlValue, ValueRef};

use super::Fault;
use super::ast::Range;
use super::clock::Clock;
use crate::time;

const PLAIN: [&str; 23] = [
    "YESTERDAY",
    "TODAY",
    "TOMORROW",
    "LAST_WEEK",
    "THIS_WEEK",
    "NEXT_WEEK",
    "LAST_MONTH",
    "THIS_MONTH",
    "NEXT_MONTH",
    "LAST_QUARTER",
    "THIS_QUARTER",
    "NEXT_QUARTER",
    "LAST_YEAR",
    "THIS_YEAR",
    "NEXT_YEAR",
    "LAST_FISCAL_QUARTER",
    "THIS_FISCAL_QUARTER",
    "NEXT_FISCAL_QUARTER",
    "LAST_FISCAL_YEAR",
    "THIS_FISCAL_YEAR",
    "NEXT_FISCAL_YEAR",
    "LAST_90_DAYS",
    "NEXT_90_DAYS",
];
const UNITS: [&str; 7] = ["DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR"];

/// Whether this upper-case word is a date literal.
pub(crate) fn is_range(word: &str) -> bool {
    PLAIN.contains(&word) || takes_count(word)
}

/// Whether this date literal wants a number behind a colon.
pub(crate) fn takes_count(word: &str) -> bool {
    counted(word).is_some()
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Last,
    Next,
    Ago,
}

fn counted(word: &str) -> Option<(Way, &'static str)> {
    let (way, plural) = if let Some(unit) = word.strip_prefix("LAST_N_") {
        (Way::Last, unit)
    } else if let Some(unit) = word.strip_prefix("NEXT_N_") {
        (Way::Next, unit)
    } else {
        (Way::Ago, word.strip_prefix("N_")?.strip_suffix("_AGO")?)
    };
    let unit = plural.strip_suffix('S')?;
    UNITS.into_iter().find(|known| *known == unit).map(|unit| (way, unit))
}

/// First day, and first day after, of a date literal.
pub(crate) fn days(range: &Range, clock: &Clock, at: usize) -> Result<(Date, Date), Fault> {
    let today = clock.today();
    let out_of_range = || Fault::malformed(at, format!("{}: the number is out of range", range.name));
    let ends = |start: Date, end: Option<Date>| end.map(|end| (start, end)).ok_or_else(out_of_range);
    match range.name.as_str() {
        "TODAY" => return ends(today, shift(today, "DAY", 1)),
        "YESTERDAY" => return Ok((shift(today, "DAY", -1).ok_or_else(out_of_range)?, today)),
        "TOMORROW" => {
            let start = shift(today, "DAY", 1).ok_or_else(out_of_range)?;
            return ends(start, shift(start, "DAY", 1));
        }
        "LAST_90_DAYS" => return counted_days(Way::Last, 90, today).ok_or_else(out_of_range),
        "NEXT_90_DAYS" => return counted_days(Way::Next, 90, today).ok_or_else(out_of_range),
        _ => {}
    }
    let (way, unit, count) = match counted(&range.name) {
        Some((way, unit)) => {
            let count = range
                .count
                .ok_or_else(|| Fault::malformed(at, format!("{} needs a number: {}:n", range.name, range.name)))?;
            (way, unit, count)
        }
        None => {
            let (way, unit) = range.name.split_once('_').ok_or_else(out_of_range)?;
            let unit = UNITS.into_iter().find(|known| *known == unit).ok_or_else(out_of_range)?;
            let steps = match way {
                "LAST" => -1,
                "NEXT" => 1,
                _ => 0,
            };
            let start = shift(start_of(today, unit, clock), unit, steps).ok_or_else(out_of_range)?;
            return ends(start, shift(start, unit, 1));
        }
    };
    if unit == "DAY" && way != Way::Ago {
        return counted_days(way, count, today).ok_or_else(out_of_range);
    }
    let this = start_of(today, unit, clock);
    let (from, to) = match way {
        Way::Last => (shift(this, unit, -count), Some(this)),
        Way::Next => (shift(this, unit, 1), shift(this, unit, count + 1)),
        Way::Ago => (shift(this, unit, -count), shift(this, unit, 1 - count)),
    };
    from.zip(to).ok_or_else(out_of_range)
}

/// The last n days hold today as well, n + 1 in all; the next n days begin tomorrow.
fn counted_days(way: Way, count: i64, today: Date) -> Option<(Date, Date)> {
    let tomorrow = shift(today, "DAY", 1)?;
    match way {
        Way::Last => Some((shift(today, "DAY", -count)?, tomorrow)),
        _ => Some((tomorrow, shift(tomorrow, "DAY", count)?)),
    }
}

/// The first day of the unit that holds this day.
fn start_of(day: Date, unit: &str, clock: &Clock) -> Date {
    let first = |month: i8| Date::new(day.year(), month, 1).unwrap_or(day);
    match unit {
        "WEEK" => shift(day, "DAY", -i64::from(day.weekday().since(clock.first_day))).unwrap_or(day),
        "MONTH" => first(day.month()),
        "QUARTER" => first((day.month() - 1) / 3 * 3 + 1),
        "YEAR" => first(1),
        "FISCAL_QUARTER" => {
            let into = fiscal_months(day, clock.fiscal_month) % 3;
            shift(first(day.month()), "MONTH", -i64::from(into)).unwrap_or(day)
        }
        "FISCAL_YEAR" => {
            let into = fiscal_months(day, clock.fiscal_month);
            shift(first(day.month()), "MONTH", -i64::from(into)).unwrap_or(day)
        }
        _ => day,
    }
}

/// Whole months between the beginning of the fiscal year and this day, 0 to 11.
fn fiscal_months(day: Date, first_month: i8) -> i8 {
    (day.month() - first_month).rem_euclid(12)
}

fn shift(day: Date, unit: &str, count: i64) -> Option<Date> {
    const MOST: i64 = 20_000_000;
    if count.abs() > MOST {
        return None;
    }
    let span = match unit {
        "WEEK" => (count * 7).days(),
        "MONTH" => i32::try_from(count).ok().filter(|count| count.abs() < 100_000)?.months(),
        "QUARTER" | "FISCAL_QUARTER" => i32::try_from(count * 3).ok().filter(|count| count.abs() < 100_000)?.months(),
        "YEAR" | "FISCAL_YEAR" => i32::try_from(count).ok().filter(|count| count.abs() < 9_000)?.years(),
        _ => i32::try_from(count).ok().filter(|count| count.abs() < 3_000_000)?.days(),
    };
    day.checked_add(span).ok()
}

/// Functions of one date.
pub(crate) const PARTS: [&str; 11] = [
    "CALENDAR_YEAR",
    "CALENDAR_QUARTER",
    "CALENDAR_MONTH",
    "FISCAL_YEAR",
    "FISCAL_QUARTER",
    "FISCAL_MONTH",
    "DAY_IN_YEAR",
    "DAY_IN_MONTH",
    "DAY_IN_WEEK",
    "WEEK_IN_YEAR",
    "WEEK_IN_MONTH",
];

/// Evaluates a date function on a stored date, or on an instant as clocks in `zone` show it.
pub(crate) fn part(name: &str, value: ValueRef<'_>, zone: &TimeZone, fiscal_month: i8) -> Result<SqlValue, String> {
    let at = match value {
        ValueRef::Null => return Ok(SqlValue::Null),
        ValueRef::Integer(instant) => {
            zone.to_datetime(Timestamp::from_millisecond(instant).map_err(|error| error.to_string())?)
        }
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
            time::parse_date(text).ok_or("not a date")?.at(0, 0, 0, 0)
        }
        _ => return Err("not a date".into()),
    };
    let day = at.date();
    let fiscal = fiscal_months(day, fiscal_month);
    let number = match name {
        "CALENDAR_YEAR" => i64::from(day.year()),
        "CALENDAR_QUARTER" => i64::from((day.month() - 1) / 3 + 1),
        "CALENDAR_MONTH" => i64::from(day.month()),
        // A fiscal year is named after the calendar year in which it begins.
        "FISCAL_YEAR" => i64::from(day.year()) - i64::from(day.month() < fiscal_month),
        "FISCAL_QUARTER" => i64::from(fiscal / 3 + 1),
        "FISCAL_MONTH" => i64::from(fiscal + 1),
        "DAY_IN_YEAR" => i64::from(day.day_of_year()),
        "DAY_IN_MONTH" => i64::from(day.day()),
        "DAY_IN_WEEK" => i64::from(day.weekday().since(Weekday::Sunday)) + 1,
        "WEEK_IN_YEAR" => (i64::from(day.day_of_year()) - 1) / 7 + 1,
        "WEEK_IN_MONTH" => (i64::from(day.day()) - 1) / 7 + 1,
        "HOUR_IN_DAY" => i64::from(at.hour()),
        "DAY_ONLY" => return Ok(SqlValue::Text(day.to_string())),
        other => return Err(format!("no such function: {other}")),
    };
    Ok(SqlValue::Integer(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_cover_the_right_days() {
        let clock = Clock::at("2026-11-24T12:00:00Z", "UTC", Weekday::Sunday, 1);
        for (name, count, from, to) in [
            ("TODAY", None, "2026-11-24", "2026-11-25"),
            ("YESTERDAY", None, "2026-11-23", "2026-11-24"),
            ("THIS_WEEK", None, "2026-11-22", "2026-11-29"),
            ("LAST_MONTH", None, "2026-10-01", "2026-11-01"),
            ("NEXT_QUARTER", None, "2027-01-01", "2027-04-01"),
            ("THIS_FISCAL_YEAR", None, "2026-01-01", "2027-01-01"),
            ("LAST_90_DAYS", None, "2026-08-26", "2026-11-25"),
            ("NEXT_90_DAYS", None, "2026-11-25", "2027-02-23"),
            ("LAST_N_DAYS", Some(7), "2026-11-17", "2026-11-25"),
            ("NEXT_N_DAYS", Some(0), "2026-11-25", "2026-11-25"),
            ("N_DAYS_AGO", Some(1), "2026-11-23", "2026-11-24"),
            ("LAST_N_WEEKS", Some(2), "2026-11-08", "2026-11-22"),
            ("NEXT_N_MONTHS", Some(2), "2026-12-01", "2027-02-01"),
            ("N_YEARS_AGO", Some(1), "2025-01-01", "2026-01-01"),
        ] {
            let range = Range { name: name.into(), count };
            let (start, end) = days(&range, &clock, 0).unwrap();
            assert_eq!((start.to_string(), end.to_string()), (from.to_owned(), to.to_owned()), "{name}");
        }
    }

    #[test]
    fn a_bare_counted_literal_is_refused() {
        assert!(days(&Range { name: "LAST_N_DAYS".into(), count: None }, &Clock::utc(), 0).is_err());
    }

    #[test]
    fn parts_of_a_date() {
        for (name, number) in [("CALENDAR_QUARTER", 4), ("DAY_IN_WEEK", 3), ("DAY_IN_YEAR", 328), ("WEEK_IN_YEAR", 47)]
        {
            let found = part(name, ValueRef::Text(b"2026-11-24"), &TimeZone::UTC, 1);
            assert_eq!(found, Ok(SqlValue::Integer(number)), "{name}");
        }
        let midnight = time::parse_datetime("2026-07-01T02:00:00Z", false).unwrap();
        let west = TimeZone::get("America/New_York").unwrap();
        assert_eq!(part("HOUR_IN_DAY", ValueRef::Integer(midnight), &west, 1), Ok(SqlValue::Integer(22)));
        assert_eq!(part("DAY_ONLY", ValueRef::Integer(midnight), &west, 1), Ok(SqlValue::Text("2026-06-30".into())));
    }

    #[test]
    fn weeks_and_fiscal_years_are_those_of_user_and_org() {
        let clock = Clock::at("2026-02-15T12:00:00Z", "UTC", Weekday::Monday, 4);
        for (name, from, to) in [
            ("THIS_WEEK", "2026-02-09", "2026-02-16"),
            ("THIS_FISCAL_YEAR", "2025-04-01", "2026-04-01"),
            ("LAST_FISCAL_QUARTER", "2025-10-01", "2026-01-01"),
            ("THIS_QUARTER", "2026-01-01", "2026-04-01"),
        ] {
            let (start, end) = days(&Range { name: name.into(), count: None }, &clock, 0).unwrap();
            assert_eq!((start.to_string(), end.to_string()), (from.to_owned(), to.to_owned()), "{name}");
        }
        for (name, number) in [("FISCAL_YEAR", 2025), ("FISCAL_QUARTER", 4), ("FISCAL_MONTH", 11)] {
            let found = part(name, ValueRef::Text(b"2026-02-15"), &TimeZone::UTC, 4);
            assert_eq!(found, Ok(SqlValue::Integer(number)), "{name}");
        }
    }
}

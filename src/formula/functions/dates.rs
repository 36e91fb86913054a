//! Functions of days, instants and times. An instant falls on a day in the time zone of the scope; all else is GMT.

use super::super::node::{Arguments, Yield};
use super::super::operate::{DAY, day_number, in_day};
use super::super::problem::EvalErrorKind;
use super::{Function, Group, Parameter, Run, Signature, function, number, optional, takes, text, times};
use crate::formula::decimal::Decimal;
use crate::formula::value::Type;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

const DATE: &[Parameter] = &[takes("date", Type::Date)];
const TIME: &[Parameter] = &[takes("time", Type::Time)];

macro_rules! part {
    ($name:literal, $takes:ident, $run:ident, $help:literal, $examples:expr) => {
        function(
            $name,
            Group::Date,
            &[Signature { parameters: $takes, result: Type::Number, run: Run::Number($run) }],
            $help,
            $examples,
        )
    };
}

macro_rules! now {
    ($name:literal, $result:expr, $run:expr, $help:literal) => {
        Function {
            moving: true,
            ..function($name, Group::Date, &[Signature { parameters: &[], result: $result, run: $run }], $help, &[])
        }
    };
}

pub(super) const ALL: &[Function] = &[
    now!("TODAY", Type::Date, Run::Date(today), "The day on which the run began, in the time zone of the run."),
    now!("NOW", Type::DateTime, Run::DateTime(now), "The instant at which the run began; the same for all its rows."),
    now!("TIMENOW", Type::Time, Run::Time(time_now), "The time of day at which the run began, in GMT."),
    function(
        "DATE",
        Group::Date,
        &[Signature {
            parameters: &[number("year"), number("month"), number("day")],
            result: Type::Date,
            run: Run::Date(date),
        }],
        "A day. It must exist.",
        &[("DATE(2024, 2, 29)", "2024-02-29")],
    ),
    function(
        "DATEVALUE",
        Group::Date,
        &[
            Signature { parameters: &[text("text")], result: Type::Date, run: Run::Date(date_of_text) },
            Signature {
                parameters: &[takes("date and time", Type::DateTime)],
                result: Type::Date,
                run: Run::Date(date_of_instant),
            },
        ],
        "The day that a text says as 2024-02-29, or on which an instant falls in the time zone of the run. For other forms of text use \
             PARSEDATE.",
        &[("DATEVALUE(\"2024-02-29\")", "2024-02-29"), ("DATEVALUE(Created)", "2024-01-31")],
    ),
    function(
        "DATETIMEVALUE",
        Group::Date,
        &[
            Signature { parameters: &[text("text")], result: Type::DateTime, run: Run::DateTime(instant_of_text) },
            Signature { parameters: DATE, result: Type::DateTime, run: Run::DateTime(instant_of_date) },
            Signature {
                parameters: &[takes("date and time", Type::DateTime)],
                result: Type::DateTime,
                run: Run::DateTime(same_instant),
            },
        ],
        "The instant that a text says as 2024-01-31 17:30:45 in GMT, or the beginning of a day in GMT. For other forms of text use \
         PARSEDATETIME.",
        &[
            ("DATETIMEVALUE(\"2024-01-31 17:30:45\")", "2024-01-31T17:30:45Z"),
            ("DATETIMEVALUE(Closed)", "2024-02-29T00:00:00Z"),
        ],
    ),
    function(
        "TIMEVALUE",
        Group::Date,
        &[
            Signature { parameters: &[text("text")], result: Type::Time, run: Run::Time(time_of_text) },
            Signature {
                parameters: &[takes("date and time", Type::DateTime)],
                result: Type::Time,
                run: Run::Time(time_of_instant),
            },
            Signature { parameters: TIME, result: Type::Time, run: Run::Time(same_time) },
        ],
        "The time of day that a text says as 17:30:45.125, or that an instant has in GMT.",
        &[("TIMEVALUE(\"17:30:45.125\")", "17:30:45.125"), ("TIMEVALUE(Created)", "17:30:45.000")],
    ),
    part!("YEAR", DATE, year, "The year of a date.", &[("YEAR(Closed)", "2024")]),
    part!("MONTH", DATE, month, "The month of a date, 1 to 12.", &[("MONTH(Closed)", "2")]),
    part!("DAY", DATE, day, "The day of the month.", &[("DAY(Closed)", "29")]),
    part!("DAYOFYEAR", DATE, day_of_year, "The day of the year, 1 to 366.", &[("DAYOFYEAR(Closed)", "60")]),
    part!("WEEKDAY", DATE, weekday, "1 for Sunday to 7 for Saturday.", &[("WEEKDAY(Closed)", "5")]),
    part!("ISOWEEK", DATE, iso_week, "The week of the year by ISO 8601, 1 to 53.", &[("ISOWEEK(Closed)", "9")]),
    part!(
        "ISOYEAR",
        DATE,
        iso_year,
        "The year to which the ISO week belongs.",
        &[("ISOYEAR(DATE(2024, 12, 30))", "2025")]
    ),
    part!("HOUR", TIME, hour, "The hour of a time, 0 to 23.", &[("HOUR(TIMEVALUE(\"17:30:45.125\"))", "17")]),
    part!("MINUTE", TIME, minute, "The minute of a time.", &[("MINUTE(TIMEVALUE(\"17:30:45.125\"))", "30")]),
    part!("SECOND", TIME, second, "The second of a time.", &[("SECOND(TIMEVALUE(\"17:30:45.125\"))", "45")]),
    part!(
        "MILLISECOND",
        TIME,
        millisecond,
        "The thousandths of a second of a time.",
        &[("MILLISECOND(TIMEVALUE(\"17:30:45.125\"))", "125")]
    ),
    function(
        "ADDMONTHS",
        Group::Date,
        &[
            Signature {
                parameters: &[takes("date", Type::Date), number("months")],
                result: Type::Date,
                run: Run::Date(add_months),
            },
            Signature {
                parameters: &[takes("date and time", Type::DateTime), number("months")],
                result: Type::DateTime,
                run: Run::DateTime(add_months_to_instant),
            },
        ],
        "So many months later. The last day of a month becomes the last day of the other.",
        &[("ADDMONTHS(DATE(2024, 1, 31), 1)", "2024-02-29"), ("ADDMONTHS(DATE(2023, 2, 28), 1)", "2023-03-31")],
    ),
    function(
        "FROMUNIXTIME",
        Group::Date,
        &[Signature { parameters: &[number("seconds")], result: Type::DateTime, run: Run::DateTime(from_unix_time) }],
        "The instant so many seconds after the beginning of 1970 in GMT.",
        &[("FROMUNIXTIME(1704067201)", "2024-01-01T00:00:01Z")],
    ),
    function(
        "UNIXTIMESTAMP",
        Group::Date,
        &[
            Signature {
                parameters: &[takes("date and time", Type::DateTime)],
                result: Type::Number,
                run: Run::Number(unix_of_instant),
            },
            Signature { parameters: DATE, result: Type::Number, run: Run::Number(unix_of_date) },
            Signature { parameters: TIME, result: Type::Number, run: Run::Number(unix_of_time) },
        ],
        "Seconds since the beginning of 1970 in GMT; of a time, since midnight.",
        &[("UNIXTIMESTAMP(DATE(2024, 1, 1))", "1704067200")],
    ),
    function(
        "FORMATDURATION",
        Group::Date,
        &[
            Signature {
                parameters: &[number("seconds"), optional(takes("with days", Type::Boolean))],
                result: Type::Text,
                run: Run::Text(duration_of_seconds),
            },
            Signature {
                parameters: &[takes("from", Type::DateTime), takes("to", Type::DateTime)],
                result: Type::Text,
                run: Run::Text(duration_of_instants),
            },
            Signature {
                parameters: &[takes("from", Type::Time), takes("to", Type::Time)],
                result: Type::Text,
                run: Run::Text(duration_of_times),
            },
        ],
        "A duration as hours, minutes and seconds, with days in front for instants or if wanted.",
        &[("FORMATDURATION(90061)", "25:01:01"), ("FORMATDURATION(90061, TRUE)", "1:01:01:01")],
    ),
];

fn today(given: &Arguments<'_, '_>) -> Yield<Option<Date>> {
    Ok(Some(given.env.settings.zone.to_datetime(given.env.moment.now).date()))
}

fn now(given: &Arguments<'_, '_>) -> Yield<Option<Timestamp>> {
    Ok(Some(given.env.moment.now))
}

fn time_now(given: &Arguments<'_, '_>) -> Yield<Option<Time>> {
    Ok(Some(TimeZone::UTC.to_datetime(given.env.moment.now).time()))
}

fn date(given: &Arguments<'_, '_>) -> Yield<Option<Date>> {
    let (year, month, day) = (given.number(0)?, given.number(1)?, given.number(2)?);
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return Ok(None) };
    match times::day(year.to_i64(), month.to_i64(), day.to_i64()) {
        Some(date) => Ok(Some(date)),
        None => {
            let message = format!("There is no day {day} in month {month} of year {year}");
            given.fail(EvalErrorKind::DateRange, message)
        }
    }
}

fn date_of_text(given: &Arguments<'_, '_>) -> Yield<Option<Date>> {
    let text = given.text(0)?;
    if text.is_empty() {
        return Ok(None);
    }
    match times::date(text) {
        Some(date) => Ok(Some(date)),
        None => {
            let message = format!("DATEVALUE reads dates as 2024-02-29, not \"{text}\": use PARSEDATE with a format");
            given.fail(EvalErrorKind::BadDateText, message)
        }
    }
}

fn date_of_instant(given: &Arguments<'_, '_>) -> Yield<Option<Date>> {
    Ok(given.instant(0)?.map(|instant| given.env.settings.zone.to_datetime(instant).date()))
}

fn instant_of_text(given: &Arguments<'_, '_>) -> Yield<Option<Timestamp>> {
    let text = given.text(0)?;
    if text.is_empty() {
        return Ok(None);
    }
    match times::date_time(text) {
        Some(instant) => Ok(Some(instant)),
        None => {
            let message =
                format!("DATETIMEVALUE reads 2024-01-31 17:30:45, not \"{text}\": use PARSEDATETIME with a format");
            given.fail(EvalErrorKind::BadDateText, message)
        }
    }
}

fn instant_of_date(given: &Arguments<'_, '_>) -> Yield<Option<Timestamp>> {
    Ok(given.date(0)?.and_then(|date| times::instant(date.at(0, 0, 0, 0))))
}

fn same_instant(given: &Arguments<'_, '_>) -> Yield<Option<Timestamp>> {
    given.instant(0)
}

fn time_of_text(given: &Arguments<'_, '_>) -> Yield<Option<Time>> {
    let text = given.text(0)?;
    if text.is_empty() {
        return Ok(None);
    }
    match times::time(text) {
        Some(time) => Ok(Some(time)),
        None => {
            let message = format!("TIMEVALUE reads times as 17:30:45.125, not \"{text}\"");
            given.fail(EvalErrorKind::BadTimeText, message)
        }
    }
}

fn time_of_instant(given: &Arguments<'_, '_>) -> Yield<Option<Time>> {
    Ok(given.instant(0)?.map(|instant| TimeZone::UTC.to_datetime(instant).time()))
}

fn same_time(given: &Arguments<'_, '_>) -> Yield<Option<Time>> {
    given.time(0)
}

fn of_date(given: &Arguments<'_, '_>, part: fn(Date) -> i64) -> Yield<Option<Decimal>> {
    Ok(given.date(0)?.map(|date| Decimal::whole(part(date))))
}

fn year(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    of_date(given, |date| i64::from(date.year()))
}

fn month(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    of_date(given, |date| i64::from(date.month()))
}

fn day(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    of_date(given, |date| i64::from(date.day()))
}

fn day_of_year(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    of_date(given, |date| i64::from(date.day_of_year()))
}

fn weekday(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    of_date(given, |date| i64::from(date.weekday().to_sunday_one_offset()))
}

fn iso_week(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    of_date(given, |date| i64::from(date.iso_week_date().week()))
}

fn iso_year(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    of_date(given, |date| i64::from(date.iso_week_date().year()))
}

fn of_time(given: &Arguments<'_, '_>, part: fn(Time) -> i64) -> Yield<Option<Decimal>> {
    Ok(given.time(0)?.map(|time| Decimal::whole(part(time))))
}

fn hour(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    of_time(given, |time| i64::from(time.hour()))
}

fn minute(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    of_time(given, |time| i64::from(time.minute()))
}

fn second(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    of_time(given, |time| i64::from(time.second()))
}

fn millisecond(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    of_time(given, |time| i64::from(time.millisecond()))
}

fn add_months(given: &Arguments<'_, '_>) -> Yield<Option<Date>> {
    let (date, months) = (given.date(0)?, given.num(1)?.to_i64());
    let Some((date, months)) = date.zip(months) else { return Ok(None) };
    match times::add_months(date, months) {
        Some(date) => Ok(Some(date)),
        None => given.fail(EvalErrorKind::DateRange, format!("{months} months from {date} leave the years 1 to 9999")),
    }
}

fn add_months_to_instant(given: &Arguments<'_, '_>) -> Yield<Option<Timestamp>> {
    let (instant, months) = (given.instant(0)?, given.number(1)?);
    let Some((instant, months)) = instant.zip(months) else { return Ok(None) };
    let moment = TimeZone::UTC.to_datetime(instant);
    let date = times::add_months(moment.date(), months.to_i64());
    match date.and_then(|date| times::instant(date.to_datetime(moment.time()))) {
        Some(instant) => Ok(Some(instant)),
        None => {
            let message = format!("{months} months from {instant} leave the years 1 to 9999");
            given.fail(EvalErrorKind::DateRange, message)
        }
    }
}

fn from_unix_time(given: &Arguments<'_, '_>) -> Yield<Option<Timestamp>> {
    let Some(seconds) = given.number(0)? else { return Ok(None) };
    let milliseconds = seconds.times(Decimal::whole(1000)).map_or(i64::MAX, Decimal::to_i64);
    match Timestamp::from_millisecond(milliseconds).ok().filter(|instant| *instant >= first_instant()) {
        Some(instant) => Ok(Some(instant)),
        None => given.fail(EvalErrorKind::DateRange, format!("{seconds} seconds leave the years 1 to 9999")),
    }
}

/// The beginning of year 1.
fn first_instant() -> Timestamp {
    Timestamp::constant(-62_135_596_800, 0)
}

fn unix_of_instant(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    Ok(given.instant(0)?.map(|instant| Decimal::whole(instant.as_millisecond().div_euclid(1000))))
}

fn unix_of_date(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    Ok(given.date(0)?.map(|date| Decimal::whole(i64::from(day_number(date)) * (DAY / 1000))))
}

fn unix_of_time(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    Ok(given.time(0)?.map(|time| Decimal::whole(in_day(time) / 1000)))
}

fn write_duration<'a>(given: &Arguments<'a, '_>, seconds: i64, with_days: bool) -> &'a str {
    let seconds = seconds.unsigned_abs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let written = if with_days {
        format!("{}:{:02}:{minutes:02}:{rest:02}", hours / 24, hours % 24)
    } else {
        format!("{hours:02}:{minutes:02}:{rest:02}")
    };
    given.env.build(|out| out.push_str(&written))
}

fn duration_of_seconds<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let (seconds, with_days) = (given.number(0)?, given.truth(1)?);
    Ok(seconds.map_or("", |seconds| write_duration(given, seconds.to_i64(), with_days == Some(true))))
}

fn duration_of_instants<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let (from, to) = (given.instant(0)?, given.instant(1)?);
    let between = from.zip(to).map(|(from, to)| (to.as_millisecond() - from.as_millisecond()) / 1000);
    Ok(between.map_or("", |seconds| write_duration(given, seconds, true)))
}

fn duration_of_times<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let (from, to) = (given.time(0)?, given.time(1)?);
    let between = from.zip(to).map(|(from, to)| (in_day(to) - in_day(from)) / 1000);
    Ok(between.map_or("", |seconds| write_duration(given, seconds, false)))
}

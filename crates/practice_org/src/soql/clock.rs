//! When and where a query is asked: the moment, the user's time zone and week, the org's fiscal year.
//!
//! Date literals are days of the user; `TODAY` in Auckland is not `TODAY` in Honolulu.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension};

use crate::failure::Refusal;
use crate::org::Org;
use crate::time::{self, Millis};

/// Countries whose weeks begin on Sunday, as the end of a locale names them.
const SUNDAY_FIRST: [&str; 15] =
    ["US", "CA", "MX", "BR", "JP", "KR", "TW", "HK", "IL", "IN", "PH", "ZA", "TH", "CO", "PE"];

/// The user's place in time.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    zone: TimeZone,
    now: Timestamp,
    /// First day of the user's week.
    pub(crate) first_day: Weekday,
    /// First month of the org's fiscal year, 1 to 12.
    pub(crate) fiscal_month: i8,
}

impl Clock {
    /// Now in Greenwich, for whoever has no zone of their own.
    pub(crate) fn utc() -> Self {
        let now = Timestamp::from_millisecond(time::now()).unwrap_or_default();
        Clock { zone: TimeZone::UTC, now, first_day: Weekday::Sunday, fiscal_month: 1 }
    }

    /// Now, where this user lives.
    pub(crate) fn of(org: &Org, user: &str) -> Result<Self, Refusal> {
        org.database.read(|conn| Clock::read(conn, user).map_err(Refusal::from))
    }

    fn read(conn: &Connection, user: &str) -> rusqlite::Result<Self> {
        let place: Option<(Option<String>, Option<String>)> = conn
            .prepare_cached("SELECT \"TimeZoneSidKey\", \"LocaleSidKey\" FROM \"User\" WHERE \"Id\" = ?1")?
            .query_row([user], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (zone, locale) = place.unwrap_or_default();
        let month: Option<i64> = conn
            .prepare_cached("SELECT \"FiscalYearStartMonth\" FROM \"Organization\" LIMIT 1")?
            .query_row([], |row| row.get(0))
            .optional()?
            .flatten();
        let utc = Clock::utc();
        Ok(Clock {
            zone: zone.and_then(|name| TimeZone::get(&name).ok()).unwrap_or(TimeZone::UTC),
            first_day: locale.map_or(Weekday::Sunday, |locale| first_day(&locale)),
            fiscal_month: month
                .and_then(|month| i8::try_from(month).ok())
                .filter(|m| (1..=12).contains(m))
                .unwrap_or(1),
            ..utc
        })
    }

    /// The user's day.
    pub(crate) fn today(&self) -> Date {
        self.zone.to_datetime(self.now).date()
    }

    /// The first instant of a day of the user.
    pub(crate) fn start_of(&self, day: Date) -> Millis {
        match self.zone.to_timestamp(day.at(0, 0, 0, 0)) {
            Ok(start) => start.as_millisecond(),
            Err(_) => time::start_of(day),
        }
    }

    /// The zone's name in the zone database, which is safe to stand in SQL.
    pub(crate) fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }
}

fn first_day(locale: &str) -> Weekday {
    let country = locale.rsplit('_').next().unwrap_or_default();
    if SUNDAY_FIRST.contains(&country) { Weekday::Sunday } else { Weekday::Monday }
}

#[cfg(test)]
impl Clock {
    /// Some moment somewhere.
    pub(crate) fn at(now: &str, zone: &str, first_day: Weekday, fiscal_month: i8) -> Self {
        Clock { zone: TimeZone::get(zone).unwrap(), now: now.parse().unwrap(), first_day, fiscal_month }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_users_day() {
        let clock = Clock::at("2026-11-25T02:00:00Z", "America/Los_Angeles", Weekday::Sunday, 1);
        assert_eq!(clock.today().to_string(), "2026-11-24");
        assert_eq!(crate::time::rest(clock.start_of(clock.today())), "2026-11-24T08:00:00.000+0000");
        assert_eq!(first_day("en_US"), Weekday::Sunday);
        assert_eq!(first_day("de_DE"), Weekday::Monday);
    }
}

//! How a column writes its values: learned from its cells, so that new ones look like the others and are read alike.

use crate::mapping::{DateOrder, Formats, reads_as};
use crate::record::Kind;
use jiff::civil::{Date, Time};
use std::borrow::Cow;

/// How one column writes its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manner {
    kind: Kind,
    formats: Formats,
    /// The first cell that can be read; of true and false the first of each.
    like: [Option<String>; 2],
}

/// Words for true and false that belong together.
const WORDS: [[&str; 2]; 9] = [
    ["true", "false"],
    ["yes", "no"],
    ["y", "n"],
    ["on", "off"],
    ["1", "0"],
    ["ja", "nein"],
    ["wahr", "falsch"],
    ["oui", "non"],
    ["sí", "no"],
];

impl Manner {
    pub(super) fn new(kind: Kind, formats: Formats) -> Manner {
        Manner { kind, formats, like: [None, None] }
    }

    /// Looks at a cell of the column.
    pub(super) fn learn(&mut self, cell: &str) {
        let slot = match self.kind {
            Kind::Date | Kind::DateTime | Kind::Time => 0,
            Kind::Boolean if self.like.iter().any(Option::is_none) => {
                usize::from(self.plain(cell).as_deref() == Some("true"))
            }
            _ => return,
        };
        if self.like[slot].is_none() && self.plain(cell).is_some() {
            self.like[slot] = Some(cell.trim().to_owned());
        }
    }

    /// A cell in the spelling of the APIs, if it can be read as what the column holds.
    fn plain<'a>(&self, cell: &'a str) -> Option<Cow<'a, str>> {
        if cell.trim().is_empty() { None } else { reads_as(cell, self.kind, &self.formats) }
    }

    /// The value, which is in the spelling of the APIs, as the column writes it in place of the cell that is there `now`. A cell that
    /// says the same already stays as it is.
    pub(super) fn spell<'a>(&self, value: &'a str, now: &'a str) -> Cow<'a, str> {
        if value.is_empty() || matches!(self.kind, Kind::Text | Kind::LongText | Kind::Any) {
            return value.into();
        }
        // What is no value of that kind stands as it is, as everything does in a column of text.
        let Some(plain) = reads_as(value, self.kind, &Formats::default()) else { return value.into() };
        let there = self.plain(now);
        if there.as_deref() == Some(plain.as_ref()) {
            return now.into();
        }
        let like = |slot: usize| there.is_some().then_some(now.trim()).or(self.like[slot].as_deref());
        let spelled = match self.kind {
            Kind::Integer | Kind::Number if self.formats.decimal_comma => Some(plain.replace('.', ",")),
            Kind::Boolean => self.word(plain == "true", there.is_some().then_some(now.trim())),
            Kind::Date => plain.parse().ok().map(|day| self.day(day, like(0))),
            Kind::DateTime => self.instant(&plain, like(0)),
            Kind::Time => clock_of(plain.trim_end_matches('Z')).map(|time| clock(time, like(0))),
            _ => None,
        };
        // Whatever a column looks like: what is written is read as the same value.
        let same = |text: &String| self.plain(text).as_deref() == Some(plain.as_ref());
        spelled.filter(same).map_or(plain, Cow::from)
    }

    fn word(&self, truth: bool, now: Option<&str>) -> Option<String> {
        let slot = usize::from(truth);
        if let Some(known) = &self.like[slot] {
            return Some(known.clone());
        }
        let other = now.or(self.like[1 - slot].as_deref())?;
        let side = usize::from(truth);
        let pair = WORDS.iter().find(|pair| pair[side].eq_ignore_ascii_case(other))?;
        Some(in_case_of(other, pair[1 - side]))
    }

    fn day(&self, day: Date, like: Option<&str>) -> String {
        let like = like.map(|like| like.split(['T', ' ']).next().unwrap_or_default());
        let Some(like) = like else {
            return match (self.formats.dates, self.formats.decimal_comma) {
                (DateOrder::MonthFirst, _) => day.strftime("%m/%d/%Y").to_string(),
                (DateOrder::DayFirst, true) => day.strftime("%d.%m.%Y").to_string(),
                (DateOrder::DayFirst, false) => day.to_string(),
            };
        };
        let sign = like.chars().find(|c| !c.is_ascii_digit()).unwrap_or('-');
        let parts: Vec<&str> = like.split(sign).collect();
        let year_first = parts.first().is_some_and(|part| part.len() == 4);
        let padded = parts.iter().all(|part| part.len() != 1);
        let two = |part: i8| if padded { format!("{part:02}") } else { part.to_string() };
        let (year, month, date) = (format!("{:04}", day.year()), two(day.month()), two(day.day()));
        let parts = match self.formats.dates {
            _ if year_first => [year, month, date],
            DateOrder::DayFirst => [date, month, year],
            DateOrder::MonthFirst => [month, date, year],
        };
        parts.join(&sign.to_string())
    }

    fn instant(&self, plain: &str, like: Option<&str>) -> Option<String> {
        let (day, time) = plain.split_once('T')?;
        let (day, time) = (day.parse().ok()?, clock_of(time.trim_end_matches('Z'))?);
        let Some(like) = like else {
            return Some(format!("{day}T{}Z", clock(time, None)));
        };
        let Some(at) = like.find(['T', ' ']) else {
            let clock = if time == Time::midnight() { String::new() } else { format!(" {}", clock(time, None)) };
            return Some(self.day(day, Some(like)) + &clock);
        };
        let rest = like[at + 1..].trim();
        let zone_at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
        let (like_clock, zone) = (rest[..zone_at].trim(), &rest[zone_at..]);
        // Every instant is written in UTC, which is also what one without a zone means.
        let zone = match zone {
            "" => "",
            offset if offset.starts_with(['+', '-']) && offset.contains(':') => "+00:00",
            offset if offset.starts_with(['+', '-']) => "+0000",
            _ => "Z",
        };
        Some(format!("{}{}{}{zone}", self.day(day, Some(like)), &like[at..=at], clock(time, Some(like_clock))))
    }
}

fn clock_of(text: &str) -> Option<Time> {
    text.parse().ok()
}

/// A time of day with as much behind the minutes as it has, and as others of the column show.
fn clock(time: Time, like: Option<&str>) -> String {
    let shows = |signs: usize| like.is_none_or(|like| like.matches(':').count() >= signs);
    let fraction = time.subsec_nanosecond() != 0 || like.is_some_and(|like| like.contains('.'));
    let form = match (fraction, time.second() != 0 || shows(2)) {
        (true, _) => "%H:%M:%S.%3f",
        (false, true) => "%H:%M:%S",
        (false, false) => "%H:%M",
    };
    time.strftime(form).to_string()
}

/// The word with capitals where the other one has them.
fn in_case_of(other: &str, word: &str) -> String {
    let mut letters = other.chars().filter(|c| c.is_alphabetic());
    let (first, more) = (letters.next(), letters.next());
    match (first.is_some_and(char::is_uppercase), more.is_some_and(char::is_uppercase)) {
        (true, true) => word.to_uppercase(),
        (true, false) if more.is_none() => word.to_uppercase(),
        (true, false) => {
            let mut rest = word.chars();
            rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
        }
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GERMAN: Formats = Formats { decimal_comma: true, dates: DateOrder::DayFirst };
    const ENGLISH: Formats = Formats { decimal_comma: false, dates: DateOrder::MonthFirst };
    const ISO: Formats = Formats { decimal_comma: false, dates: DateOrder::DayFirst };

    fn spelled(kind: Kind, formats: Formats, cells: &[&str], value: &str, now: &str) -> String {
        let mut manner = Manner::new(kind, formats);
        cells.iter().for_each(|cell| manner.learn(cell));
        let spelled = manner.spell(value, now).into_owned();
        let read = |text: &str, formats| reads_as(text, kind, &formats).map(Cow::into_owned);
        if let Some(plain) = read(value, Formats::default()) {
            assert_eq!(read(&spelled, formats), Some(plain), "{spelled} is not read as {value}");
        }
        spelled
    }

    #[test]
    fn values_look_like_the_others_of_their_column() {
        for (kind, formats, cells, value, wanted) in [
            (Kind::Number, GERMAN, &["82.970,19"][..], "1149.5", "1149,5"),
            (Kind::Number, GERMAN, &[], "1.149", "1,149"),
            (Kind::Number, GERMAN, &[], "-7", "-7"),
            (Kind::Number, ISO, &[], "1.5", "1.5"),
            (Kind::Date, GERMAN, &["", "soon", "13.11.1993"], "2026-01-02", "02.01.2026"),
            (Kind::Date, GERMAN, &["1.1.2020"], "2026-01-02", "2.1.2026"),
            (Kind::Date, GERMAN, &["2020-01-01"], "2026-01-02", "2026-01-02"),
            (Kind::Date, GERMAN, &[], "2026-01-02", "02.01.2026"),
            (Kind::Date, ENGLISH, &["12-31-2020"], "2026-01-02", "01-02-2026"),
            (Kind::Date, ENGLISH, &[], "2026-01-02", "01/02/2026"),
            (Kind::Date, ISO, &[], "2026-01-02", "2026-01-02"),
            (Kind::Date, ISO, &["2020/12/31"], "2026-01-02", "2026/01/02"),
            (Kind::Date, ISO, &["1996-07-04 00:00:00.000"], "2026-01-02", "2026-01-02"),
            (Kind::DateTime, GERMAN, &["13.11.1993 14:05"], "2026-01-02T03:04:00.000Z", "02.01.2026 03:04"),
            (Kind::DateTime, GERMAN, &["13.11.1993 14:05"], "2026-01-02T03:04:05.000Z", "02.01.2026 03:04:05"),
            (Kind::DateTime, ISO, &["2026-01-01T00:00:00+0100"], "2026-01-02T03:04:05Z", "2026-01-02T03:04:05+0000"),
            (Kind::DateTime, ISO, &["2026-01-01 00:00:00.000"], "2026-01-02T03:04:05.678Z", "2026-01-02 03:04:05.678"),
            (Kind::DateTime, ISO, &["2026-01-01"], "2026-01-02T00:00:00.000Z", "2026-01-02"),
            (Kind::DateTime, ISO, &["2026-01-01"], "2026-01-02T03:04:05.000Z", "2026-01-02 03:04:05"),
            (Kind::DateTime, ISO, &[], "2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05Z"),
            (Kind::Time, ISO, &["14:30"], "15:00:00.000Z", "15:00"),
            (Kind::Time, ISO, &[], "15:00:00.000Z", "15:00:00"),
            (Kind::Boolean, GERMAN, &["Ja", "Nein"], "false", "Nein"),
            (Kind::Boolean, GERMAN, &["Ja"], "false", "Nein"),
            (Kind::Boolean, GERMAN, &["WAHR"], "false", "FALSCH"),
            (Kind::Boolean, GERMAN, &["N"], "true", "Y"),
            (Kind::Boolean, GERMAN, &["0"], "true", "1"),
            (Kind::Boolean, GERMAN, &["vielleicht"], "true", "true"),
            (Kind::Text, GERMAN, &[], "1.5", "1.5"),
            (Kind::Number, GERMAN, &[], "k.A.", "k.A."),
            (Kind::Number, GERMAN, &[], "", ""),
        ] {
            assert_eq!(spelled(kind, formats, cells, value, ""), wanted, "{value} like {cells:?}");
        }
    }

    #[test]
    fn a_cell_that_says_the_same_stays_and_another_leads_by_example() {
        assert_eq!(spelled(Kind::Number, GERMAN, &[], "1149.5", "1.149,50"), "1.149,50");
        assert_eq!(spelled(Kind::Boolean, GERMAN, &["Ja", "Nein"], "true", "1"), "1");
        assert_eq!(spelled(Kind::Date, GERMAN, &["13.11.1993"], "2026-01-02", "3/12/2025"), "2/1/2026");
        assert_eq!(spelled(Kind::Boolean, GERMAN, &["x"], "true", "nein"), "ja");
    }
}

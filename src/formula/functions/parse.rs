//! Dates, instants and numbers in forms that people write, read by a format.
//!
//! A date format is made of `yyyy yy MM M MMM MMMM dd d HH H hh h mm m ss s SSS a XXX`; other letters stand in single quotes, all else
//! stands for itself. One letter reads one or two digits; two letters do the same, unless digits follow directly (`yyyyMMdd`), when they
//! read exactly two. A number format is an example, `1.234,56`: the last sign that is no digit is the decimal sign, the other one groups.

use crate::formula::decimal::Decimal;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};

/// A date format, ready to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::formula) struct DateFormat(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// Digits of a part, so many at least and at most.
    Digits(Part, usize, usize),
    MonthName,
    HalfDay,
    Offset,
    /// White space, any.
    Space,
    Itself(char),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    ShortYear,
    Month,
    Day,
    Hour,
    HalfHour,
    Minute,
    Second,
    Fraction,
}

/// What was read.
#[derive(Debug, Default)]
struct Parts {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    hour: i64,
    afternoon: Option<bool>,
    minute: i64,
    second: i64,
    nanosecond: i32,
    offset: Option<Offset>,
}

const MONTHS: [[&str; 2]; 12] = [
    ["january", "januar"],
    ["february", "februar"],
    ["march", "märz"],
    ["april", "april"],
    ["may", "mai"],
    ["june", "juni"],
    ["july", "juli"],
    ["august", "august"],
    ["september", "september"],
    ["october", "oktober"],
    ["november", "november"],
    ["december", "dezember"],
];

impl DateFormat {
    /// Reads a format. The error is a sentence.
    pub(in crate::formula) fn new(format: &str) -> Result<DateFormat, String> {
        let mut pieces = Vec::new();
        let mut chars = format.chars().peekable();
        while let Some(c) = chars.next() {
            if c == '\'' {
                let quoted: String = chars.by_ref().take_while(|c| *c != '\'').collect();
                pieces.extend(if quoted.is_empty() {
                    vec![Piece::Itself('\'')]
                } else {
                    quoted.chars().map(Piece::Itself).collect()
                });
                continue;
            }
            if c.is_whitespace() {
                if pieces.last() != Some(&Piece::Space) {
                    pieces.push(Piece::Space);
                }
                continue;
            }
            if !c.is_ascii_alphabetic() {
                pieces.push(Piece::Itself(c));
                continue;
            }
            let mut count = 1;
            while chars.peek() == Some(&c) {
                chars.next();
                count += 1;
            }
            pieces.push(match (c, count) {
                ('y', 4) => Piece::Digits(Part::Year, 4, 4),
                ('y', 2) => Piece::Digits(Part::ShortYear, 2, 2),
                ('M', 3 | 4) => Piece::MonthName,
                ('M', 1 | 2) => Piece::Digits(Part::Month, count, 2),
                ('d', 1 | 2) => Piece::Digits(Part::Day, count, 2),
                ('H', 1 | 2) => Piece::Digits(Part::Hour, count, 2),
                ('h', 1 | 2) => Piece::Digits(Part::HalfHour, count, 2),
                ('m', 1 | 2) => Piece::Digits(Part::Minute, count, 2),
                ('s', 1 | 2) => Piece::Digits(Part::Second, count, 2),
                ('S', _) => Piece::Digits(Part::Fraction, 1, 9),
                ('a', _) => Piece::HalfDay,
                ('X' | 'Z', _) => Piece::Offset,
                ('T', 1) => Piece::Itself('T'),
                _ => {
                    let letters: String = std::iter::repeat_n(c, count).collect();
                    return Err(format!("\"{letters}\" means nothing in the format \"{format}\""));
                }
            });
        }
        // Two letters mean one digit too, unless nothing but the count tells where the part ends.
        for index in 0..pieces.len() {
            let digits_follow = matches!(pieces.get(index + 1), Some(Piece::Digits(..)));
            if let Piece::Digits(part, least, _) = &mut pieces[index]
                && !digits_follow
                && !matches!(part, Part::Year | Part::ShortYear)
            {
                *least = 1;
            }
        }
        Ok(DateFormat(pieces))
    }

    /// Whether it tells the day.
    pub(in crate::formula) fn has_day(&self) -> bool {
        let has = |wanted: &[Part]| {
            self.0.iter().any(|piece| matches!(piece, Piece::Digits(part, ..) if wanted.contains(part)))
        };
        let month = has(&[Part::Month]) || self.0.contains(&Piece::MonthName);
        has(&[Part::Year, Part::ShortYear]) && month && has(&[Part::Day])
    }

    fn parts(&self, text: &str) -> Option<Parts> {
        let mut parts = Parts::default();
        let mut rest = text.trim();
        for piece in &self.0 {
            rest = match piece {
                Piece::Space => rest.trim_start(),
                Piece::Itself(c) => rest.strip_prefix(*c)?,
                Piece::HalfDay => {
                    let half = rest.get(..2)?;
                    parts.afternoon = Some(match half {
                        _ if half.eq_ignore_ascii_case("am") => false,
                        _ if half.eq_ignore_ascii_case("pm") => true,
                        _ => return None,
                    });
                    &rest[2..]
                }
                Piece::Offset => {
                    let (offset, behind) = offset(rest)?;
                    parts.offset = Some(offset);
                    behind
                }
                Piece::MonthName => {
                    let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
                    let name = rest[..end].to_lowercase();
                    let fits = |full: &&str| {
                        name.chars().count() >= 3 && full.starts_with(name.as_str())
                            || name == "mrz" && **full == *"märz"
                    };
                    let month = MONTHS.iter().position(|names| names.iter().any(fits))?;
                    parts.month = Some(month as i64 + 1);
                    rest[end..].strip_prefix('.').filter(|_| end < 5).unwrap_or(&rest[end..])
                }
                Piece::Digits(part, least, most) => {
                    let count = rest.bytes().take(*most).take_while(u8::is_ascii_digit).count();
                    if count < *least {
                        return None;
                    }
                    let value: i64 = rest[..count].parse().ok()?;
                    match part {
                        Part::Year => parts.year = Some(value),
                        // The usual window: 70 is 1970, 69 is 2069.
                        Part::ShortYear => parts.year = Some(if value < 70 { 2000 + value } else { 1900 + value }),
                        Part::Month => parts.month = Some(value),
                        Part::Day => parts.day = Some(value),
                        Part::Hour => parts.hour = value,
                        Part::HalfHour if !(1..=12).contains(&value) => return None,
                        Part::HalfHour => parts.hour = value % 12,
                        Part::Minute => parts.minute = value,
                        Part::Second => parts.second = value,
                        Part::Fraction => parts.nanosecond = value as i32 * 10i32.pow(9 - count as u32),
                    }
                    &rest[count..]
                }
            };
        }
        rest.is_empty().then_some(parts)
    }

    /// The day that the text says.
    pub(in crate::formula) fn date(&self, text: &str) -> Option<Date> {
        let parts = self.parts(text)?;
        super::times::day(parts.year?, parts.month?, parts.day?)
    }

    /// The instant that the text says, in the zone unless it says its offset.
    pub(in crate::formula) fn date_time(&self, text: &str, zone: &TimeZone) -> Option<Timestamp> {
        let parts = self.parts(text)?;
        let date = super::times::day(parts.year?, parts.month?, parts.day?)?;
        let hour = parts.hour + if parts.afternoon == Some(true) { 12 } else { 0 };
        let short = |value: i64| i8::try_from(value).ok();
        let time = Time::new(short(hour)?, short(parts.minute)?, short(parts.second)?, parts.nanosecond).ok()?;
        let moment = date.to_datetime(time);
        match parts.offset {
            Some(offset) => offset.to_timestamp(moment).ok(),
            None => zone.to_ambiguous_zoned_datetime(moment).compatible().ok().map(|zoned| zoned.timestamp()),
        }
    }
}

/// `Z`, `+01:00`, `+0100` or `+01` and the rest.
fn offset(text: &str) -> Option<(Offset, &str)> {
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        return Some((Offset::UTC, rest));
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let two =
        |from: usize| text.get(from..from + 2).filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?.parse::<i32>().ok();
    let hours = two(1)?;
    let (minutes, end) = match text.as_bytes().get(3) {
        Some(b':') => (two(4)?, 6),
        Some(b'0'..=b'9') => (two(3)?, 5),
        _ => (0, 3),
    };
    Some((Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()?, &text[end..]))
}

/// A number format, ready to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formula) struct NumberFormat {
    decimal: char,
    /// What may stand between groups of three.
    group: Option<char>,
}

/// Spaces that group digits.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

impl NumberFormat {
    /// Reads an example: `1.234,56`, `1,234.56`, `1 234,56`, `1'234.56`, `1234,5`. The error is a sentence.
    pub(in crate::formula) fn new(example: &str) -> Result<NumberFormat, String> {
        let signs: Vec<char> = example.chars().filter(|c| !(c.is_ascii_digit() || *c == '#')).collect();
        let told = || format!("\"{example}\" is no example of a number with decimals, such as \"1.234,56\"");
        let Some((decimal, groups)) = signs.split_last() else { return Err(told()) };
        let same = groups.iter().all(|sign| Some(sign) == groups.first());
        let usual = matches!(decimal, '.' | ',')
            && groups.iter().all(|sign| matches!(sign, '.' | ',' | '\'' | '’') || is_space(*sign));
        let ends = example.chars().next_back().is_some_and(|c| c.is_ascii_digit() || c == '#');
        if !same || !usual || !ends || groups.first() == Some(decimal) {
            return Err(told());
        }
        Ok(NumberFormat { decimal: *decimal, group: groups.first().copied() })
    }

    /// The number that the text says; signs of currencies and a minus behind the digits are understood.
    pub(in crate::formula) fn number(self, text: &str) -> Option<Decimal> {
        let edge = |c: char| c.is_whitespace() || matches!(c, '€' | '$' | '£' | '¥') || c == '\u{202f}';
        let mut rest = text.trim_matches(edge);
        let mut negative = false;
        if let Some(inner) = rest.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
            (negative, rest) = (true, inner.trim_matches(edge));
        } else if let Some(inner) = rest.strip_prefix(['-', '−']).or(rest.strip_suffix('-')) {
            (negative, rest) = (true, inner.trim_matches(edge));
        } else if let Some(inner) = rest.strip_prefix('+') {
            rest = inner.trim_matches(edge);
        }
        let (whole, decimals) = rest.split_once(self.decimal).unwrap_or((rest, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(decimals) || (whole.is_empty() && decimals.is_empty()) {
            return None;
        }
        let mut plain = String::with_capacity(rest.len() + 1);
        plain.push_str(if negative { "-" } else { "" });
        if is_digits(whole) {
            plain.push_str(whole);
        } else {
            let group = self.group?;
            let parts: Vec<&str> = whole.split(|c| c == group || (is_space(group) && is_space(c))).collect();
            let first_fits = (1..=3).contains(&parts[0].len()) && is_digits(parts[0]);
            if !first_fits || !parts[1..].iter().all(|part| part.len() == 3 && is_digits(part)) {
                return None;
            }
            parts.iter().for_each(|part| plain.push_str(part));
        }
        if !decimals.is_empty() {
            plain.push('.');
            plain.push_str(decimals);
        }
        Decimal::parse(&plain)
    }
}

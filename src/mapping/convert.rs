//! Text as people and files write it, into the spelling that Salesforce's APIs take; or the reason why not.

use crate::record::{Field, Kind, Rejection, id15_to_18};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt::Write as _;

/// How a file writes numbers and dates. Detected with the file and shown, since no rule can tell 03/04 from 04/03.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Formats {
    /// Whether the comma is the decimal sign, as in `1.234,56`. Default false.
    pub decimal_comma: bool,
    /// The order of day, month and year where the year does not come first. Default day first.
    pub dates: DateOrder,
}

/// The order of day and month in dates like `03/04/2026`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// `31.12.2026`
    #[default]
    DayFirst,
    /// `12/31/2026`
    MonthFirst,
}

/// How one column is read, where it is more than text or differs from the rest of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ColumnFormat {
    /// What its cells hold: text, number, boolean, date, date and time, or time. It says what formulas may do with the column.
    /// Default text.
    pub kind: Kind,
    /// How it writes numbers and dates, where that differs from the rest of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formats: Option<Formats>,
}

/// Appends `text` to `out` as the field takes it. `text` is not blank.
pub(super) fn convert(text: &str, field: &Field, formats: &Formats, out: &mut String) -> Result<(), Rejection> {
    match field.kind {
        Kind::Integer | Kind::Number => number(text.trim(), field, formats, out),
        Kind::Boolean => boolean(text.trim(), field, out),
        Kind::Date => date(text.trim(), field, formats, out),
        Kind::DateTime => date_time(text.trim(), field, formats, out),
        Kind::Time => time(text.trim(), field, out),
        Kind::Id | Kind::Reference => id(text.trim(), field, out),
        Kind::Email => email(text.trim(), field, out),
        Kind::Picklist => picklist(text.trim(), field, out),
        Kind::MultiPicklist => {
            text.split(';')
                .map(str::trim)
                .filter(|value| !value.is_empty())
                .try_for_each(|value| listed(value, field))?;
            bounded(text.trim(), field, out)
        }
        Kind::Text | Kind::LongText | Kind::Phone | Kind::Url | Kind::Base64 | Kind::Compound | Kind::Any => {
            bounded(text, field, out)
        }
    }
}

/// Why a text with a NUL character cannot be sent.
pub(super) fn nul_character(text: &str) -> Rejection {
    Rejection::new("nul_character", format!("{} contains a NUL character, which no field takes", quoted(text)))
        .hint("Remove the character, or export the file again.")
}

fn wrong(text: &str, field: &Field, wants: &str) -> Rejection {
    Rejection::new("wrong_kind", format!("{} wants {wants} and got {}", field.name, quoted(text)))
}

/// The text in quotes, cut where it would drown the message.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("\"{}…\"", &text[..at]),
        None => format!("\"{text}\""),
    }
}

fn bounded(text: &str, field: &Field, out: &mut String) -> Result<(), Rejection> {
    let limit = field.length as usize;
    // Bytes first: a text has no more characters than bytes.
    if limit > 0 && text.len() > limit {
        // Salesforce trims before it measures, and measures UTF-16 units.
        let length = text.trim().encode_utf16().count();
        if length > limit {
            return Err(Rejection::new(
                "too_long",
                format!("{} takes {limit} characters and got {length}: {}", field.name, quoted(text)),
            )
            .hint(format!("Shorten the text to {limit} characters.")));
        }
    }
    out.push_str(text);
    Ok(())
}

/// The text in the spelling of the APIs, if it can be read as that kind.
pub fn reads_as<'a>(text: &'a str, kind: Kind, formats: &Formats) -> Option<Cow<'a, str>> {
    if matches!(kind, Kind::Text | Kind::LongText) {
        return Some(text.into());
    }
    let mut out = String::new();
    let field = Field { kind, ..Field::default() };
    convert(text, &field, formats, &mut out).ok().map(|()| out.into())
}

/// The text cut to what the field takes, in UTF-16 units as Salesforce counts.
pub(super) fn trimmed<'a>(text: &'a str, field: &Field) -> &'a str {
    let limit = field.length as usize;
    let bounded = matches!(
        field.kind,
        Kind::Text | Kind::LongText | Kind::Phone | Kind::Url | Kind::Email | Kind::Picklist | Kind::Compound
    );
    if !bounded || limit == 0 || text.len() <= limit {
        return text;
    }
    let text = text.trim();
    let mut units = 0;
    for (at, c) in text.char_indices() {
        units += c.len_utf16();
        if units > limit {
            return text[..at].trim_end();
        }
    }
    text
}

fn number(text: &str, field: &Field, formats: &Formats, out: &mut String) -> Result<(), Rejection> {
    if let Some(number) = usual_number(text, field, formats) {
        out.push_str(number);
        return Ok(());
    }
    // A percent field holds 25 for what people and Excel write as 25%.
    let digits = text.strip_suffix('%').map_or(text, str::trim_end);
    let plain = plain_number(digits, formats).ok_or_else(|| {
        let other = Formats { decimal_comma: !formats.decimal_comma, ..*formats };
        let rejection = wrong(text, field, if field.kind == Kind::Integer { "a whole number" } else { "a number" });
        if plain_number(digits, &other).is_some() {
            let sign = if formats.decimal_comma { "a point" } else { "a comma" };
            rejection.hint(format!("Numbers with {sign} before the decimals? Change it in the file's settings."))
        } else {
            rejection.hint("Write digits only, with at most one decimal sign.")
        }
    })?;
    let decimal: rust_decimal::Decimal = plain
        .parse()
        .or_else(|_| rust_decimal::Decimal::from_scientific(&plain))
        .map_err(|_| wrong(text, field, "a number of at most 28 digits"))?;
    let decimal = decimal.normalize();
    if field.kind == Kind::Integer && decimal.scale() > 0 {
        return Err(wrong(text, field, "a whole number").hint("Round it, or map it to a field with decimals."));
    }
    let whole = field.precision.saturating_sub(field.scale);
    if field.precision > 0 && whole < 28 && decimal.trunc().abs() >= rust_decimal::Decimal::from(10u128.pow(whole)) {
        return Err(wrong(text, field, &format!("a number of at most {whole} digits before the decimals")));
    }
    // Writing to a String cannot fail.
    let _infallible = write!(out, "{decimal}").is_ok();
    Ok(())
}

/// A number that stands as Salesforce takes it, as nearly all do: digits without leading zeros, perhaps with a point and decimals,
/// without the zeros at their end. Anything else goes the long way.
#[inline]
pub(super) fn usual_number<'a>(text: &'a str, field: &Field, formats: &Formats) -> Option<&'a str> {
    let unsigned = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let whole = unsigned.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let room = field.precision.saturating_sub(field.scale) as usize;
    let fits = whole > 0 && unsigned.len() <= 16 && (field.precision == 0 || whole <= room);
    if !fits || (unsigned[0] == b'0' && (whole > 1 || text.len() > unsigned.len())) {
        return None;
    }
    let decimals = match &unsigned[whole..] {
        [] => return Some(text),
        [b'.', decimals @ ..] if field.kind == Kind::Number && !formats.decimal_comma => decimals,
        _ => return None,
    };
    if decimals.is_empty() || !decimals.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // Zeros at the end say nothing, nor does a point with nothing behind it.
    let zeros = decimals.iter().rev().take_while(|digit| **digit == b'0').count();
    let cut = if zeros == decimals.len() { zeros + 1 } else { zeros };
    Some(&text[..text.len() - cut])
}

/// The day of a text such as `2026-01-31`, which is how most dates are written.
#[inline]
pub(super) fn iso_day(text: &str) -> Option<jiff::civil::Date> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return None };
    let digits = [y1, y2, y3, y4, m1, m2, d1, d2];
    if !digits.iter().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let [y1, y2, y3, y4, m1, m2, d1, d2] = digits.map(|digit| i16::from(digit - b'0'));
    let (year, month, day) = (y1 * 1000 + y2 * 100 + y3 * 10 + y4, m1 * 10 + m2, d1 * 10 + d2);
    jiff::civil::Date::new(year, month as i8, day as i8).ok()
}

/// The number with a point for the decimals and nothing else between the digits; `None` when it is no number.
pub(super) fn plain_number<'a>(text: &'a str, formats: &Formats) -> Option<Cow<'a, str>> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits(unsigned) {
        return Some(text.strip_prefix('+').unwrap_or(text).into());
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) if digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)) => {
            (mantissa, Some(exponent))
        }
        Some(_) => return None,
        None => (unsigned, None),
    };
    let (point, grouping) = if formats.decimal_comma {
        (',', ['.', '\'', ' ', '\u{a0}', '\u{202f}'])
    } else {
        ('.', [',', '\'', ' ', '\u{a0}', '\u{202f}'])
    };
    let (whole, fraction) = mantissa.split_once(point).unwrap_or((mantissa, ""));
    if !fraction.is_empty() && !digits(fraction) {
        return None;
    }
    if !(digits(whole) || (whole.is_empty() && !fraction.is_empty())) {
        // Groups of three behind the first, all with the same sign between them: 1,234,567.
        let sign = whole.chars().find(|c| !c.is_ascii_digit()).filter(|c| grouping.contains(c))?;
        let mut groups = whole.split(sign);
        let first = groups.next()?;
        if !(digits(first) && first.len() <= 3 && groups.all(|group| group.len() == 3 && digits(group))) {
            return None;
        }
    }
    let mut plain = String::with_capacity(text.len() + 1);
    if text.starts_with('-') {
        plain.push('-');
    }
    plain.extend(whole.chars().filter(char::is_ascii_digit));
    if plain.is_empty() || plain == "-" {
        plain.push('0');
    }
    if !fraction.is_empty() {
        plain.push('.');
        plain.push_str(fraction);
    }
    if let Some(exponent) = exponent {
        plain.push('e');
        plain.push_str(exponent.strip_prefix('+').unwrap_or(exponent));
    }
    Some(plain.into())
}

/// True or false, in the words of several languages.
pub(super) fn truth_of(text: &str) -> Option<bool> {
    const TRUE: [&str; 9] = ["true", "yes", "y", "on", "1", "ja", "wahr", "oui", "sí"];
    const FALSE: [&str; 8] = ["false", "no", "n", "off", "0", "nein", "falsch", "non"];
    let is = |word: &&str| text.eq_ignore_ascii_case(word);
    if TRUE.iter().any(is) { Some(true) } else { FALSE.iter().any(is).then_some(false) }
}

fn boolean(text: &str, field: &Field, out: &mut String) -> Result<(), Rejection> {
    let truth = truth_of(text)
        .ok_or_else(|| wrong(text, field, "true or false").hint("Write true or false, yes or no, 1 or 0."))?;
    out.push_str(if truth { "true" } else { "false" });
    Ok(())
}

fn date(text: &str, field: &Field, formats: &Formats, out: &mut String) -> Result<(), Rejection> {
    // A date never passes through a time zone: of a date with a time, the date as written counts.
    let (day, _time) = split_date(text);
    let parsed = day_of(day, formats).ok_or_else(|| not_a_date(text, field, "a date", formats))?;
    if let [_, _, _, _, b'-', _, _, b'-', _, _] = day.as_bytes() {
        out.push_str(day);
        return Ok(());
    }
    let day = parsed;
    let _infallible = write!(out, "{day}").is_ok();
    Ok(())
}

fn not_a_date(text: &str, field: &Field, wants: &str, formats: &Formats) -> Rejection {
    let order = match formats.dates {
        DateOrder::DayFirst => "31.12.2026 or 31/12/2026",
        DateOrder::MonthFirst => "12/31/2026",
    };
    wrong(text, field, wants)
        .hint(format!("Write 2026-12-31, or {order} as the file's settings say; the day must exist."))
}

/// The part with the date and the rest.
pub(super) fn split_date(text: &str) -> (&str, &str) {
    match text.find(['T', ' ']) {
        Some(at) => (&text[..at], text[at + 1..].trim()),
        None => (text, ""),
    }
}

pub(super) fn day_of(text: &str, formats: &Formats) -> Option<jiff::civil::Date> {
    if let Some(day) = iso_day(text) {
        return Some(day);
    }
    let mut parts = text.split(['-', '.', '/']);
    let (a, b, c) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some()
        || ![a, b, c].iter().all(|part| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
    {
        return None;
    }
    let (year, month, day) = match formats.dates {
        _ if a.len() == 4 => (a, b, c),
        DateOrder::DayFirst => (c, b, a),
        DateOrder::MonthFirst => (c, a, b),
    };
    // Two digits of a year would be a guess.
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

fn date_time(text: &str, field: &Field, formats: &Formats, out: &mut String) -> Result<(), Rejection> {
    let instant = instant_of(text, formats).ok_or_else(|| not_a_date(text, field, "a date and time", formats))?;
    let _infallible = write!(out, "{}", instant.strftime("%Y-%m-%dT%H:%M:%S.%3fZ")).is_ok();
    Ok(())
}

/// The instant that a date with a time is; without a zone, in UTC.
pub(super) fn instant_of(text: &str, formats: &Formats) -> Option<jiff::Timestamp> {
    let (day, rest) = split_date(text);
    let day = day_of(day, formats)?;
    let (clock, zone) = match rest.find(['Z', 'z', '+', '-']) {
        Some(at) => (rest[..at].trim(), rest[at..].trim()),
        None => (rest, "Z"),
    };
    let clock = if clock.is_empty() { jiff::civil::Time::midnight() } else { clock.parse().ok()? };
    // +0100 without a colon is Salesforce's own spelling of an offset.
    let zone = match zone.as_bytes() {
        [b'Z' | b'z'] => "Z".to_owned(),
        [b'+' | b'-', h1, h2, m1, m2] if [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit()) => {
            format!("{}:{}", &zone[..3], &zone[3..])
        }
        _ => zone.to_owned(),
    };
    format!("{day}T{clock}{zone}").parse().ok()
}

fn time(text: &str, field: &Field, out: &mut String) -> Result<(), Rejection> {
    let clock: jiff::civil::Time = text
        .trim_end_matches('Z')
        .parse()
        .map_err(|_| wrong(text, field, "a time").hint("Write 14:30 or 14:30:00."))?;
    let _infallible = write!(out, "{}", clock.strftime("%H:%M:%S.%3fZ")).is_ok();
    Ok(())
}

fn id(text: &str, field: &Field, out: &mut String) -> Result<(), Rejection> {
    let id = id15_to_18(text).ok_or_else(|| {
        let what = if field.kind == Kind::Id { "a record id" } else { "the id of another record" };
        let hint = match &field.relationship {
            Some(relationship) => format!("To find it by another field, map to {relationship}.<field> instead."),
            None => "A record id has 15 or 18 letters and digits, and its case counts.".to_owned(),
        };
        wrong(text, field, what).hint(hint)
    })?;
    out.push_str(&id);
    Ok(())
}

fn email(text: &str, field: &Field, out: &mut String) -> Result<(), Rejection> {
    let valid = text.split_once('@').is_some_and(|(name, host)| {
        !name.is_empty()
            && host.contains('.')
            && !host.starts_with('.')
            && !host.ends_with('.')
            && !host.contains('@')
            && !text.contains(|c: char| c.is_whitespace() || c == ',' || c == ';')
    });
    if !valid {
        return Err(wrong(text, field, "an e-mail address").hint("One address a cell, such as anna@example.com."));
    }
    bounded(text, field, out)
}

fn picklist(text: &str, field: &Field, out: &mut String) -> Result<(), Rejection> {
    listed(text, field)?;
    bounded(text, field, out)
}

fn listed(value: &str, field: &Field) -> Result<(), Rejection> {
    if !field.restricted || field.values.iter().any(|known| known.active && known.value.eq_ignore_ascii_case(value)) {
        return Ok(());
    }
    let known: Vec<_> =
        field.values.iter().filter(|known| known.active).map(|known| known.value.as_str()).take(8).collect();
    Err(Rejection::new("not_in_picklist", format!("{} has no value {}", field.name, quoted(value))).hint(format!(
        "It takes: {}{}",
        known.join(", "),
        if known.len() == 8 { ", …" } else { "" }
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::PicklistValue;

    fn tried(kind: Kind, formats: Formats, text: &str) -> Result<String, String> {
        let field = Field {
            name: "F".into(),
            kind,
            length: 10,
            precision: 18,
            scale: 2,
            restricted: true,
            values: vec![PicklistValue { value: "Hot".into(), label: "Hot".into(), active: true }],
            ..Field::default()
        };
        let mut out = String::new();
        convert(text, &field, &formats, &mut out).map(|()| out).map_err(|rejection| rejection.code)
    }

    #[test]
    fn values_as_people_write_them() {
        let german = Formats { decimal_comma: true, dates: DateOrder::DayFirst };
        let english = Formats { decimal_comma: false, dates: DateOrder::MonthFirst };
        let wrong = || Err("wrong_kind".to_owned());
        for (kind, formats, text, wanted) in [
            (Kind::Number, german, "82.970,19", Ok("82970.19".to_owned())),
            (Kind::Number, german, "1.149", Ok("1149".to_owned())),
            (Kind::Number, english, "1.149", Ok("1.149".to_owned())),
            (Kind::Number, english, "82,970.19", Ok("82970.19".to_owned())),
            (Kind::Number, english, "82.970,19", wrong()),
            (Kind::Number, english, "9.12E8", Ok("912000000".to_owned())),
            (Kind::Number, english, "-.5", Ok("-0.5".to_owned())),
            (Kind::Number, english, "-12.5", Ok("-12.5".to_owned())),
            (Kind::Number, english, "12.50", Ok("12.5".to_owned())),
            (Kind::Number, english, "007", Ok("7".to_owned())),
            (Kind::Number, english, "-0", Ok("0".to_owned())),
            (Kind::Number, english, "12.", Ok("12".to_owned())),
            (Kind::Number, english, "25%", Ok("25".to_owned())),
            (Kind::Number, german, "12,5 %", Ok("12.5".to_owned())),
            (Kind::Number, english, "12k", wrong()),
            (Kind::Number, english, "1,2", wrong()),
            (Kind::Number, english, "0.10000000000000001", Ok("0.10000000000000001".to_owned())),
            (Kind::Number, english, "99999999999999999", wrong()),
            (Kind::Integer, english, "7.0", Ok("7".to_owned())),
            (Kind::Integer, english, "7.5", wrong()),
            (Kind::Boolean, german, "Nein", Ok("false".to_owned())),
            (Kind::Boolean, german, "vielleicht", wrong()),
            (Kind::Date, german, "13.11.1993", Ok("1993-11-13".to_owned())),
            (Kind::Date, english, "11/13/1993", Ok("1993-11-13".to_owned())),
            (Kind::Date, german, "31.02.2020", wrong()),
            (Kind::Date, german, "1.1.20", wrong()),
            (Kind::Date, english, "1996-07-04 00:00:00.000", Ok("1996-07-04".to_owned())),
            (Kind::Date, english, "2026-01-01T23:30:00-05:00", Ok("2026-01-01".to_owned())),
            (Kind::DateTime, english, "2026-01-02T03:04:05+0100", Ok("2026-01-02T02:04:05.000Z".to_owned())),
            (Kind::DateTime, german, "02.01.2026 03:04", Ok("2026-01-02T03:04:00.000Z".to_owned())),
            (Kind::Time, german, "14:30", Ok("14:30:00.000Z".to_owned())),
            (Kind::Id, german, "005xx000001SwiU", Ok("005xx000001SwiUAAS".to_owned())),
            (Kind::Id, german, "ALFKI", wrong()),
            (Kind::Email, german, "a@b.co", Ok("a@b.co".to_owned())),
            (Kind::Email, german, "a@b", wrong()),
            (Kind::Picklist, german, "hot", Ok("hot".to_owned())),
            (Kind::Picklist, german, "Canda", Err("not_in_picklist".to_owned())),
            (Kind::Text, german, "äöüäöüäöüä", Ok("äöüäöüäöüä".to_owned())),
            (Kind::Text, german, "0123456789x", Err("too_long".to_owned())),
        ] {
            assert_eq!(tried(kind, formats, text), wanted, "{text} as {kind:?}");
        }
    }
}

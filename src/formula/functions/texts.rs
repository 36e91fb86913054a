//! Functions of text. Positions count from 1 in UTF-16 code units; everything is case-sensitive.

use super::super::check::ready;
use super::super::node::{Arguments, Prepared, Yield};
use super::super::operate::in_day;
use super::super::problem::EvalErrorKind;
use super::super::utf16::{byte_at, count, length};
use super::encode::{case_safe_id, html_encode, hyperlink, image, js_encode, js_in_html_encode, url_encode};
use super::{Function, Group, Run, Signature, function, number, optional, takes, text};
use crate::formula::decimal::Decimal;
use crate::formula::value::Type;
use std::fmt::Write as _;

/// Longest text that padding makes.
const LONGEST_PAD: usize = 1_000_000;

macro_rules! text_to_text {
    ($name:literal, $run:ident, $help:literal, $examples:expr) => {
        function(
            $name,
            Group::Text,
            &[Signature { parameters: &[text("text")], result: Type::Text, run: Run::Text($run) }],
            $help,
            $examples,
        )
    };
}

pub(super) const ALL: &[Function] = &[
    function(
        "LEN",
        Group::Text,
        &[Signature { parameters: &[text("text")], result: Type::Number, run: Run::Number(len) }],
        "How many characters the text has. An emoji counts as 2.",
        &[("LEN(Name)", "12"), ("LEN(\"\")", "0"), ("LEN(\"😀\")", "2")],
    ),
    function(
        "LEFT",
        Group::Text,
        &[Signature { parameters: &[text("text"), number("count")], result: Type::Text, run: Run::Text(left) }],
        "The first characters.",
        &[("LEFT(Name, 4)", "Anna"), ("LEFT(\"abc\", 0)", "")],
    ),
    function(
        "RIGHT",
        Group::Text,
        &[Signature { parameters: &[text("text"), number("count")], result: Type::Text, run: Run::Text(right) }],
        "The last characters.",
        &[("RIGHT(Name, 7)", "Schmidt")],
    ),
    function(
        "MID",
        Group::Text,
        &[Signature {
            parameters: &[text("text"), number("start"), number("count")],
            result: Type::Text,
            run: Run::Text(mid),
        }],
        "Characters from a position on; the first is 1.",
        &[("MID(Name, 6, 3)", "Sch"), ("MID(\"abc\", 9, 1)", "")],
    ),
    Function {
        prepare: Some(ready::finder_first),
        ..function(
            "FIND",
            Group::Text,
            &[Signature {
                parameters: &[text("search"), text("text"), optional(number("start"))],
                result: Type::Number,
                run: Run::Number(find),
            }],
            "The position of the search text, counted from 1, at or behind start; 0 when it is not there.",
            &[("FIND(\" \", Name)", "5"), ("FIND(\"n\", Name, 4)", "0")],
        )
    },
    Function {
        prepare: Some(ready::finder_second),
        ..function(
            "CONTAINS",
            Group::Text,
            &[Signature {
                parameters: &[text("text"), text("search")],
                result: Type::Boolean,
                run: Run::Truth(contains),
            }],
            "TRUE when the search text is part of the text. A blank search text is part of every text.",
            &[("CONTAINS(Email, \"@\")", "true"), ("CONTAINS(Email, \"ANNA\")", "false")],
        )
    },
    function(
        "BEGINS",
        Group::Text,
        &[Signature { parameters: &[text("text"), text("start")], result: Type::Boolean, run: Run::Truth(begins) }],
        "TRUE when the text begins so. Every text begins with a blank one.",
        &[("BEGINS(Name, \"An\")", "true")],
    ),
    Function {
        prepare: Some(ready::finder_second),
        ..function(
            "SUBSTITUTE",
            Group::Text,
            &[Signature {
                parameters: &[text("text"), text("old"), text("new")],
                result: Type::Text,
                run: Run::Text(substitute),
            }],
            "The text with every occurrence of the old part replaced; a blank new part deletes it.",
            &[("SUBSTITUTE(\"1.234\", \".\", \"\")", "1234"), ("SUBSTITUTE(\"aaa\", \"aa\", \"b\")", "ba")],
        )
    },
    text_to_text!("TRIM", trim, "The text without spaces and tabs at its ends.", &[("TRIM(\"  a b \")", "a b")]),
    function(
        "UPPER",
        Group::Text,
        &[Signature {
            parameters: &[text("text"), optional(text("locale"))],
            result: Type::Text,
            run: Run::Text(upper),
        }],
        "The text in capitals. The locale \"tr\" or \"az\" keeps the dot of i.",
        &[("UPPER(\"straße\")", "STRASSE"), ("UPPER(\"i\", \"tr\")", "İ")],
    ),
    function(
        "LOWER",
        Group::Text,
        &[Signature {
            parameters: &[text("text"), optional(text("locale"))],
            result: Type::Text,
            run: Run::Text(lower),
        }],
        "The text in small letters. The locale \"tr\" or \"az\" takes the dot off I.",
        &[("LOWER(\"ÄB\")", "äb"), ("LOWER(\"I\", \"tr\")", "ı")],
    ),
    text_to_text!(
        "INITCAP",
        initcap,
        "The first letter of each word as a capital, the others small. A word begins behind whatever is no letter and no digit.",
        &[("INITCAP(\"o'neil-smith\")", "O'Neil-Smith")]
    ),
    function(
        "LPAD",
        Group::Text,
        &[Signature {
            parameters: &[text("text"), number("length"), optional(text("fill"))],
            result: Type::Text,
            run: Run::Text(lpad),
        }],
        "The text filled up at its left to so many characters, with spaces or the fill text. A longer text is cut.",
        &[("LPAD(\"7\", 3, \"0\")", "007"), ("LPAD(\"abc\", 2)", "ab")],
    ),
    function(
        "RPAD",
        Group::Text,
        &[Signature {
            parameters: &[text("text"), number("length"), optional(text("fill"))],
            result: Type::Text,
            run: Run::Text(rpad),
        }],
        "The text filled up at its right to so many characters, with spaces or the fill text. A longer text is cut.",
        &[("RPAD(\"7\", 3, \"ab\")", "7ab")],
    ),
    text_to_text!("REVERSE", reverse, "The characters from the last to the first.", &[("REVERSE(\"abc\")", "cba")]),
    function(
        "ASCII",
        Group::Text,
        &[Signature { parameters: &[text("text")], result: Type::Number, run: Run::Number(ascii) }],
        "The code of the first character.",
        &[("ASCII(\"A\")", "65")],
    ),
    function(
        "CHR",
        Group::Text,
        &[Signature { parameters: &[number("code")], result: Type::Text, run: Run::Text(chr) }],
        "The character of a code; blank when there is none.",
        &[("CHR(65)", "A")],
    ),
    function(
        "TEXT",
        Group::Text,
        &[
            Signature { parameters: &[number("number")], result: Type::Text, run: Run::Text(number_text) },
            Signature { parameters: &[takes("date", Type::Date)], result: Type::Text, run: Run::Text(date_text) },
            Signature {
                parameters: &[takes("date and time", Type::DateTime)],
                result: Type::Text,
                run: Run::Text(instant_text),
            },
            Signature { parameters: &[takes("time", Type::Time)], result: Type::Text, run: Run::Text(time_text) },
            Signature { parameters: &[takes("picklist", Type::Picklist)], result: Type::Text, run: Run::Text(same) },
        ],
        "A number, date, time or picklist as text: numbers plain, dates as 2024-02-29, instants as 2024-01-31 17:30:45Z in GMT.",
        &[("TEXT(Amount)", "1250.5"), ("TEXT(Closed)", "2024-02-29"), ("TEXT(Created)", "2024-01-31 17:30:45Z")],
    ),
    function(
        "VALUE",
        Group::Text,
        &[Signature { parameters: &[text("text")], result: Type::Number, run: Run::Number(value) }],
        "The number that the text says: digits with an optional sign, decimal point and exponent. For other forms use PARSENUMBER.",
        &[("VALUE(\"-12.50\")", "-12.5"), ("VALUE(\"1e3\")", "1000")],
    ),
    function(
        "BR",
        Group::Text,
        &[Signature { parameters: &[], result: Type::Text, run: Run::Text(br) }],
        "A line break.",
        &[("LEN(BR())", "1")],
    ),
    function(
        "HYPERLINK",
        Group::Text,
        &[Signature {
            parameters: &[text("url"), text("label"), optional(text("target"))],
            result: Type::Text,
            run: Run::Text(hyperlink),
        }],
        "A link in HTML; it opens in a new window unless a target is given.",
        &[(
            "HYPERLINK(\"https://example.com\", \"Site\")",
            "<a href=\"https://example.com\" target=\"_blank\">Site</a>",
        )],
    ),
    function(
        "IMAGE",
        Group::Text,
        &[
            Signature { parameters: &[text("url"), text("alternative")], result: Type::Text, run: Run::Text(image) },
            Signature {
                parameters: &[text("url"), text("alternative"), number("height"), number("width")],
                result: Type::Text,
                run: Run::Text(image),
            },
        ],
        "A picture in HTML, with height and width in pixels if given.",
        &[("IMAGE(\"a.png\", \"A\")", "<img src=\"a.png\" alt=\"A\" border=\"0\"/>")],
    ),
    text_to_text!(
        "HTMLENCODE",
        html_encode,
        "The text with & < > \" ' written for HTML.",
        &[("HTMLENCODE(\"a<b\")", "a&lt;b")]
    ),
    text_to_text!(
        "JSENCODE",
        js_encode,
        "The text with quotes, backslashes, line breaks and < > written for JavaScript.",
        &[("JSENCODE(\"it's\")", "it\\'s")]
    ),
    text_to_text!(
        "JSINHTMLENCODE",
        js_in_html_encode,
        "The text written for JavaScript inside HTML: HTMLENCODE, then JSENCODE.",
        &[("JSINHTMLENCODE(\"a&b\")", "a&amp;b")]
    ),
    text_to_text!(
        "URLENCODE",
        url_encode,
        "The text written for web addresses, in UTF-8; a space becomes %20.",
        &[("URLENCODE(\"a b&c\")", "a%20b%26c")]
    ),
    text_to_text!(
        "CASESAFEID",
        case_safe_id,
        "A record id of 15 characters with the 3 that make it safe to compare without case. Other texts stay as they are.",
        &[("CASESAFEID(\"005xx000001SwiU\")", "005xx000001SwiUAAS")]
    ),
    function(
        "PICKLISTCOUNT",
        Group::Text,
        &[Signature {
            parameters: &[takes("multi-select picklist", Type::MultiPicklist)],
            result: Type::Number,
            run: Run::Number(picklist_count),
        }],
        "How many values are selected.",
        &[("PICKLISTCOUNT(Regions)", "2")],
    ),
    Function {
        prepare: Some(ready::whole_pattern),
        ..function(
            "REGEX",
            Group::Text,
            &[Signature {
                parameters: &[text("text"), text("pattern")],
                result: Type::Boolean,
                run: Run::Truth(regex),
            }],
            "TRUE when the whole text matches the pattern, a Java regular expression. A backslash is written twice.",
            &[("REGEX(\"12345\", \"\\\\d{5}\")", "true"), ("REGEX(\"12345-\", \"\\\\d{5}\")", "false")],
        )
    },
];

fn len(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    Ok(Some(Decimal::whole(length(given.text(0)?) as i64)))
}

fn left<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let text = given.text(0)?;
    let Some(wanted) = given.num(1)?.to_i64() else { return Ok("") };
    Ok(&text[..byte_at(text, count(wanted))])
}

fn right<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let text = given.text(0)?;
    let Some(wanted) = given.num(1)?.to_i64() else { return Ok("") };
    Ok(&text[byte_at(text, length(text).saturating_sub(count(wanted)))..])
}

fn mid<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let text = given.text(0)?;
    let (Some(start), Some(wanted)) = (given.num(1)?.to_i64(), given.num(2)?.to_i64()) else { return Ok("") };
    let rest = &text[byte_at(text, count(start).saturating_sub(1))..];
    Ok(&rest[..byte_at(rest, count(wanted))])
}

/// Where `needle` is in `text`, by the finder that was made ready if there is one.
fn position(given: &Arguments<'_, '_>, text: &str, needle: &str) -> Option<usize> {
    match given.prepared() {
        Prepared::Finder(finder) => finder.find(text.as_bytes()),
        _ => memchr::memmem::find(text.as_bytes(), needle.as_bytes()),
    }
}

fn find(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    let (search, text) = (given.text(0)?, given.text(1)?);
    let start = match given.has(2) {
        true => match given.num(2)?.to_i64() {
            Some(start) => start,
            None => return Ok(None),
        },
        false => 1,
    };
    if search.is_empty() || text.is_empty() || start < 1 {
        return Ok(Some(Decimal::ZERO));
    }
    let skipped = byte_at(text, usize::try_from(start - 1).unwrap_or(usize::MAX));
    let found = position(given, &text[skipped..], search);
    Ok(Some(found.map_or(Decimal::ZERO, |at| Decimal::whole(length(&text[..skipped + at]) as i64 + 1))))
}

fn contains(given: &Arguments<'_, '_>) -> Yield<Option<bool>> {
    let (text, search) = (given.text(0)?, given.text(1)?);
    Ok(match (search.is_empty(), text.is_empty()) {
        (true, _) => Some(true),
        (false, true) => None,
        _ => Some(position(given, text, search).is_some()),
    })
}

fn begins(given: &Arguments<'_, '_>) -> Yield<Option<bool>> {
    let (text, start) = (given.text(0)?, given.text(1)?);
    Ok(match (start.is_empty(), text.is_empty()) {
        (true, _) => Some(true),
        (false, true) => None,
        _ => Some(text.starts_with(start)),
    })
}

fn substitute<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let (text, old, new) = (given.text(0)?, given.text(1)?, given.text(2)?);
    let first = if old.is_empty() { None } else { position(given, text, old) };
    let Some(first) = first else { return Ok(text) };
    Ok(given.env.build(|out| {
        let (mut from, mut at) = (0, Some(first));
        while let Some(found) = at {
            out.push_str(&text[from..from + found]);
            out.push_str(new);
            from += found + old.len();
            at = position(given, &text[from..], old);
        }
        out.push_str(&text[from..]);
    }))
}

fn trim<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    Ok(given.text(0)?.trim_matches([' ', '\t']))
}

/// Languages whose i keeps its dot.
fn dotted(locale: &str) -> bool {
    let language = locale.split(['_', '-']).next().unwrap_or_default();
    language.eq_ignore_ascii_case("tr") || language.eq_ignore_ascii_case("az")
}

fn upper<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let (text, locale) = (given.text(0)?, given.text(1)?);
    if !locale.is_empty() && dotted(locale) {
        return Ok(given.env.build(|out| {
            for c in text.chars() {
                if c == 'i' { out.push('İ') } else { out.extend(c.to_uppercase()) }
            }
        }));
    }
    if text.is_ascii() {
        if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Ok(text);
        }
        let upper = given.env.scratch.arena.alloc_str(text);
        upper.make_ascii_uppercase();
        return Ok(upper);
    }
    Ok(given.env.build(|out| out.extend(text.chars().flat_map(char::to_uppercase))))
}

fn lower<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let (text, locale) = (given.text(0)?, given.text(1)?);
    if !locale.is_empty() && dotted(locale) {
        return Ok(given.env.build(|out| {
            let mut chars = text.chars().peekable();
            while let Some(c) = chars.next() {
                match c {
                    'I' if chars.peek() == Some(&'\u{307}') => {
                        chars.next();
                        out.push('i');
                    }
                    'I' => out.push('ı'),
                    'İ' => out.push('i'),
                    c => out.extend(c.to_lowercase()),
                }
            }
        }));
    }
    if text.is_ascii() {
        if !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Ok(text);
        }
        let lower = given.env.scratch.arena.alloc_str(text);
        lower.make_ascii_lowercase();
        return Ok(lower);
    }
    // The whole text at once: a sigma at the end of a word is another letter.
    Ok(given.env.build(|out| out.push_str(&text.to_lowercase())))
}

fn initcap<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let text = given.text(0)?;
    Ok(given.env.build(|out| {
        let mut inside = false;
        for c in text.chars() {
            if inside {
                out.extend(c.to_lowercase())
            } else {
                out.extend(c.to_uppercase())
            }
            inside = c.is_alphanumeric();
        }
    }))
}

/// The text, its wanted length and the fill; `None` when the result is known.
fn padding<'a>(given: &Arguments<'a, '_>) -> Yield<Result<(&'a str, &'a str, usize), &'a str>> {
    let text = given.text(0)?;
    let wanted = given.num(1)?.to_i64();
    let fill = if given.has(2) { given.text(2)? } else { " " };
    let Some(wanted) = wanted.map(count) else { return Ok(Err("")) };
    if text.is_empty() || wanted == 0 {
        return Ok(Err(""));
    }
    let missing = wanted.saturating_sub(length(text));
    if missing == 0 {
        return Ok(Err(&text[..byte_at(text, wanted)]));
    }
    if fill.is_empty() {
        return Ok(Err(text));
    }
    if missing > LONGEST_PAD {
        let message = format!("A text of {wanted} characters is longer than {LONGEST_PAD}");
        return given.fail(EvalErrorKind::Overflow, message);
    }
    Ok(Ok((text, fill, missing)))
}

fn fill_up(out: &mut String, fill: &str, missing: usize) {
    let units = length(fill);
    (0..missing / units).for_each(|_| out.push_str(fill));
    out.push_str(&fill[..byte_at(fill, missing % units)]);
}

fn lpad<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    Ok(match padding(given)? {
        Err(known) => known,
        Ok((text, fill, missing)) => given.env.build(|out| {
            fill_up(out, fill, missing);
            out.push_str(text);
        }),
    })
}

fn rpad<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    Ok(match padding(given)? {
        Err(known) => known,
        Ok((text, fill, missing)) => given.env.build(|out| {
            out.push_str(text);
            fill_up(out, fill, missing);
        }),
    })
}

fn reverse<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let text = given.text(0)?;
    Ok(given.env.build(|out| out.extend(text.chars().rev())))
}

fn ascii(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    Ok(given.text(0)?.chars().next().map(|c| Decimal::whole(i64::from(u32::from(c)))))
}

fn chr<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let Some(code) = given.number(0)? else { return Ok("") };
    let c = u32::try_from(code.to_i64()).ok().filter(|code| *code > 0).and_then(char::from_u32);
    Ok(c.map_or("", |c| given.env.build(|out| out.push(c))))
}

fn same<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    given.text(0)
}

fn number_text<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    Ok(given.number(0)?.map_or("", |number| given.env.build(|out| number.write(out))))
}

fn date_text<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    Ok(given.date(0)?.map_or("", |date| given.env.build(|out| super::times::write_date(date, out))))
}

fn instant_text<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let Some(instant) = given.instant(0)? else { return Ok("") };
    let moment = jiff::tz::TimeZone::UTC.to_datetime(instant);
    Ok(given.env.build(|out| {
        super::times::write_date(moment.date(), out);
        // Writing to a String cannot fail.
        let _infallible = write!(out, " {:02}:{:02}:{:02}Z", moment.hour(), moment.minute(), moment.second()).is_ok();
    }))
}

fn time_text<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let Some(time) = given.time(0)? else { return Ok("") };
    Ok(given.env.build(|out| {
        let (seconds, thousandths) = (in_day(time) / 1000, in_day(time) % 1000);
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        // Writing to a String cannot fail.
        let _infallible = write!(out, "{hours:02}:{minutes:02}:{:02}.{thousandths:03}", seconds % 60).is_ok();
    }))
}

fn value(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    let text = given.text(0)?;
    if text.is_empty() {
        return Ok(None);
    }
    match Decimal::parse(text) {
        Some(number) => Ok(Some(number)),
        None => {
            let hint = if Decimal::parse(text.trim()).is_some() {
                "TRIM it first"
            } else {
                "for other forms than 1234.56 use PARSENUMBER"
            };
            given.fail(EvalErrorKind::BadNumberText, format!("VALUE cannot read \"{text}\": {hint}"))
        }
    }
}

pub(super) fn is_number(given: &Arguments<'_, '_>) -> Yield<Option<bool>> {
    Ok(Some(Decimal::parse(given.text(0)?).is_some()))
}

fn br<'a>(_given: &Arguments<'a, '_>) -> Yield<&'a str> {
    Ok("\n")
}

fn picklist_count(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    let selected = given.text(0)?.split(';').filter(|one| !one.is_empty()).count();
    Ok(Some(Decimal::whole(selected as i64)))
}

fn regex(given: &Arguments<'_, '_>) -> Yield<Option<bool>> {
    let (text, pattern) = (given.text(0)?, given.text(1)?);
    let matched = match given.prepared() {
        Prepared::Pattern(pattern) => pattern.matches(text),
        _ => given.env.scratch.pattern(pattern, true).and_then(|pattern| pattern.matches(text)),
    };
    match matched {
        Ok(matched) => Ok(Some(matched)),
        Err(message) => given.fail(EvalErrorKind::BadRegexRuntime, format!("REGEX on \"{text}\": {message}")),
    }
}

//! Functions that mapping needs and Salesforce lacks.

use super::super::check::ready;
use super::super::node::{Arguments, Prepared, Yield};
use super::super::pattern::Pattern;
use super::super::problem::EvalErrorKind;
use super::parse::{DateFormat, NumberFormat};
use super::{Function, Group, Run, Signature, function, literal, number, optional, text};
use crate::formula::decimal::Decimal;
use crate::formula::value::Type;
use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

pub(super) const ALL: &[Function] = &[
    Function {
        prepare: Some(ready::date_format),
        ..function(
            "PARSEDATE",
            Group::Own,
            &[Signature {
                parameters: &[text("text"), literal("format")],
                result: Type::Date,
                run: Run::Date(parse_date),
            }],
            "The day that a text says in a format: yyyy or yy, MM, M or MMM (name), dd or d; letters that stand for themselves in single \
             quotes.",
            &[
                ("PARSEDATE(\"31.12.2024\", \"dd.MM.yyyy\")", "2024-12-31"),
                ("PARSEDATE(\"5 Mar 24\", \"d MMM yy\")", "2024-03-05"),
            ],
        )
    },
    Function {
        prepare: Some(ready::date_time_format),
        ..function(
            "PARSEDATETIME",
            Group::Own,
            &[Signature {
                parameters: &[text("text"), literal("format"), optional(literal("zone"))],
                result: Type::DateTime,
                run: Run::DateTime(parse_date_time),
            }],
            "The instant that a text says in a format: as for PARSEDATE, and HH or hh with a, mm, ss, SSS, and XXX for an offset. Without an \
             offset it is read in the zone given, such as \"Europe/Berlin\", else in that of the run.",
            &[
                (
                    "PARSEDATETIME(\"31.12.2024 23:30\", \"dd.MM.yyyy HH:mm\", \"Europe/Berlin\")",
                    "2024-12-31T22:30:00Z",
                ),
                ("PARSEDATETIME(\"2024-01-31T10:20:30+01:00\", \"yyyy-MM-dd'T'HH:mm:ssXXX\")", "2024-01-31T09:20:30Z"),
            ],
        )
    },
    Function {
        prepare: Some(ready::number_format),
        ..function(
            "PARSENUMBER",
            Group::Own,
            &[Signature {
                parameters: &[text("text"), literal("example")],
                result: Type::Number,
                run: Run::Number(parse_number),
            }],
            "The number that a text says, written like the example: its last sign is the decimal sign, the other one groups. Signs of \
             currencies are skipped; (5) and 5- are -5.",
            &[
                ("PARSENUMBER(\"1.234,50 €\", \"1.234,56\")", "1234.5"),
                ("PARSENUMBER(\"1,234.5\", \"1,234.56\")", "1234.5"),
            ],
        )
    },
    function(
        "SPLIT",
        Group::Own,
        &[Signature {
            parameters: &[text("text"), text("separator"), number("position")],
            result: Type::Text,
            run: Run::Text(split),
        }],
        "The part at a position, counted from 1, of the text split at every separator; -1 is the last part. Blank when there is none.",
        &[("SPLIT(\"a;b;c\", \";\", 2)", "b"), ("SPLIT(Name, \" \", -1)", "Schmidt")],
    ),
    Function {
        prepare: Some(ready::pattern),
        ..function(
            "REGEXREPLACE",
            Group::Own,
            &[Signature {
                parameters: &[text("text"), text("pattern"), text("replacement")],
                result: Type::Text,
                run: Run::Text(regex_replace),
            }],
            "The text with every match of the pattern replaced; $1 in the replacement stands for the first group.",
            &[
                ("REGEXREPLACE(\"0049 (30) 12\", \"[^0-9]\", \"\")", "00493012"),
                ("REGEXREPLACE(\"Schmidt, Anna\", \"(\\\\w+), (\\\\w+)\", \"$2 $1\")", "Anna Schmidt"),
            ],
        )
    },
    Function {
        prepare: Some(ready::pattern),
        ..function(
            "REGEXFIND",
            Group::Own,
            &[Signature {
                parameters: &[text("text"), text("pattern"), optional(number("group"))],
                result: Type::Text,
                run: Run::Text(regex_find),
            }],
            "The first match of the pattern, or one of its groups; blank when there is none.",
            &[
                ("REGEXFIND(\"Order 4711, paid\", \"[0-9]+\")", "4711"),
                ("REGEXFIND(Email, \"@(.+)\", 1)", "example.com"),
            ],
        )
    },
    Function {
        prepare: Some(ready::path),
        ..function(
            "JSONPATH",
            Group::Own,
            &[Signature {
                parameters: &[text("text"), literal("path")],
                result: Type::Text,
                run: Run::Text(json_path),
            }],
            "What stands at a path in a JSON text: $.name, $['a name'], [0] for the first and [-1] for the last element. Objects and lists \
             come as JSON; blank when there is nothing.",
            &[("JSONPATH('{\"items\": [{\"sku\": \"A7\"}]}', \"$.items[0].sku\")", "A7")],
        )
    },
    function(
        "SHA256",
        Group::Own,
        &[Signature { parameters: &[text("text")], result: Type::Text, run: Run::Text(sha256) }],
        "The SHA-256 digest of the text in UTF-8, as 64 hexadecimal digits; of blank text blank.",
        &[("LEFT(SHA256(\"abc\"), 8)", "ba7816bf")],
    ),
    Function {
        prepare: Some(ready::map),
        ..function(
            "MAPVALUE",
            Group::Own,
            &[Signature {
                parameters: &[literal("table"), text("value"), optional(text("default"))],
                result: Type::Text,
                run: Run::Text(map_value),
            }],
            "What a value becomes in a value map: the second column of the row whose first column is the value. Without an entry the \
             default; without a default the row is rejected. A blank value stays blank unless the map has an entry for it.",
            &[("MAPVALUE(\"Countries\", \"Germany\")", "DE"), ("MAPVALUE(\"Countries\", \"Atlantis\", \"?\")", "?")],
        )
    },
    Function {
        prepare: Some(ready::lookup),
        ..function(
            "LOOKUP",
            Group::Own,
            &[Signature {
                parameters: &[literal("table"), text("key"), literal("column")],
                result: Type::Text,
                run: Run::Text(lookup),
            }],
            "The cell of a column in the row of a table whose first column is the key; blank when there is no such row.",
            &[("LOOKUP(\"Countries\", \"France\", \"Code\")", "FR")],
        )
    },
];

/// A path into JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::formula) struct Path(Vec<PathStep>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum PathStep {
    Name(String),
    Index(i64),
}

impl Path {
    /// Reads a path. The error is a sentence.
    pub(in crate::formula) fn new(path: &str) -> Result<Path, String> {
        let wrong = || format!("\"{path}\" is no path such as $.items[0].sku or $['a name']");
        let mut steps = Vec::new();
        let mut rest = path.strip_prefix('$').unwrap_or(path);
        if rest.len() == path.len() && !rest.starts_with(['.', '[']) {
            // A name alone is meant from the root.
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end == 0 {
                return Err(wrong());
            }
            steps.push(PathStep::Name(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        while !rest.is_empty() {
            if let Some(name) = rest.strip_prefix('.') {
                let end = name.find(['.', '[']).unwrap_or(name.len());
                if end == 0 || name.starts_with('*') {
                    return Err(wrong());
                }
                steps.push(PathStep::Name(name[..end].to_owned()));
                rest = &name[end..];
                continue;
            }
            let inner = rest.strip_prefix('[').ok_or_else(wrong)?;
            let quote = inner.chars().next().filter(|c| matches!(c, '\'' | '"'));
            let (step, behind) = match quote {
                Some(quote) => {
                    let (name, behind) = inner[1..].split_once(quote).ok_or_else(wrong)?;
                    (PathStep::Name(name.to_owned()), behind.strip_prefix(']').ok_or_else(wrong)?)
                }
                None => {
                    let (index, behind) = inner.split_once(']').ok_or_else(wrong)?;
                    (PathStep::Index(index.trim().parse().map_err(|_| wrong())?), behind)
                }
            };
            steps.push(step);
            rest = behind;
        }
        Ok(Path(steps))
    }

    fn walk<'j>(&self, mut json: &'j serde_json::Value) -> Option<&'j serde_json::Value> {
        for step in &self.0 {
            json = match (step, json) {
                (PathStep::Name(name), serde_json::Value::Object(fields)) => fields.get(name)?,
                (PathStep::Index(index), serde_json::Value::Array(items)) => {
                    let at = if *index < 0 { items.len() as i64 + index } else { *index };
                    items.get(usize::try_from(at).ok()?)?
                }
                _ => return None,
            };
        }
        Some(json)
    }
}

fn parse_date(given: &Arguments<'_, '_>) -> Yield<Option<Date>> {
    let (text, format) = (given.text(0)?, given.text(1)?);
    if text.trim().is_empty() {
        return Ok(None);
    }
    let read = match given.prepared() {
        Prepared::Date(ready, _) => ready.date(text),
        _ => DateFormat::new(format).ok().and_then(|format| format.date(text)),
    };
    match read {
        Some(date) => Ok(Some(date)),
        None => given.fail(EvalErrorKind::BadDateText, format!("\"{text}\" is no day written as {format}")),
    }
}

fn parse_date_time(given: &Arguments<'_, '_>) -> Yield<Option<Timestamp>> {
    let (text, format) = (given.text(0)?, given.text(1)?);
    if text.trim().is_empty() {
        return Ok(None);
    }
    let zone = &given.env.settings.zone;
    let read = match given.prepared() {
        Prepared::Date(ready, own) => ready.date_time(text, own.as_ref().unwrap_or(zone)),
        _ => DateFormat::new(format).ok().and_then(|format| format.date_time(text, zone)),
    };
    match read {
        Some(instant) => Ok(Some(instant)),
        None => given.fail(EvalErrorKind::BadDateText, format!("\"{text}\" is no date and time written as {format}")),
    }
}

fn parse_number(given: &Arguments<'_, '_>) -> Yield<Option<Decimal>> {
    let (text, example) = (given.text(0)?, given.text(1)?);
    if text.trim().is_empty() {
        return Ok(None);
    }
    let read = match given.prepared() {
        Prepared::Number(ready) => ready.number(text),
        _ => NumberFormat::new(example).ok().and_then(|format| format.number(text)),
    };
    match read {
        Some(number) => Ok(Some(number)),
        None => given.fail(EvalErrorKind::BadNumberText, format!("\"{text}\" is no number written like {example}")),
    }
}

fn split<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let (text, separator) = (given.text(0)?, given.text(1)?);
    let Some(position) = given.number(2)? else { return Ok("") };
    let position = position.to_i64();
    if separator.is_empty() {
        return Ok(if matches!(position, 1 | -1) { text } else { "" });
    }
    let index = usize::try_from(position.unsigned_abs()).unwrap_or(usize::MAX);
    match (position, index.checked_sub(1)) {
        (0, _) | (_, None) => given.fail(EvalErrorKind::Domain, "SPLIT counts parts from 1, and from -1 at the end"),
        (1.., Some(index)) => Ok(text.split(separator).nth(index).unwrap_or("")),
        (_, Some(index)) => Ok(text.rsplit(separator).nth(index).unwrap_or("")),
    }
}

/// Runs something with the call's pattern.
fn with_pattern<'a, T>(
    given: &Arguments<'a, '_>,
    name: &str,
    run: impl FnOnce(&Pattern, &'a str) -> Result<T, String>,
) -> Yield<T> {
    let (text, pattern) = (given.text(0)?, given.text(1)?);
    let done = match given.prepared() {
        Prepared::Pattern(pattern) => run(pattern, text),
        _ => given.env.scratch.pattern(pattern, false).and_then(|pattern| run(&pattern, text)),
    };
    done.or_else(|message| given.fail(EvalErrorKind::BadRegexRuntime, format!("{name} on \"{text}\": {message}")))
}

fn regex_replace<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let replacement = given.text(2)?;
    with_pattern(given, "REGEXREPLACE", |pattern, text| {
        let mut replaced = Ok(());
        let built = given.env.build(|out| replaced = pattern.replace(text, replacement, out));
        replaced.map(|()| built)
    })
}

fn regex_find<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let group = if given.has(2) { given.num(2)?.to_i64() } else { Some(0) };
    let Some(group) = group else { return Ok("") };
    let group = super::super::utf16::count(group);
    with_pattern(given, "REGEXFIND", |pattern, text| {
        if group > pattern.groups() {
            return Err(format!("the pattern has {} groups, there is no group {group}", pattern.groups()));
        }
        Ok(pattern.find(text, group)?.unwrap_or(""))
    })
}

fn json_path<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let (text, path) = (given.text(0)?, given.text(1)?);
    if text.trim().is_empty() {
        return Ok("");
    }
    let json: serde_json::Value = match serde_json::from_str(text) {
        Ok(json) => json,
        Err(error) => {
            return given.fail(EvalErrorKind::BadJson, format!("JSONPATH needs JSON, and this is not: {error}"));
        }
    };
    let found = match given.prepared() {
        Prepared::Path(path) => path.walk(&json),
        _ => Path::new(path).ok().and_then(|path| path.walk(&json)),
    };
    Ok(match found {
        None | Some(serde_json::Value::Null) => "",
        Some(serde_json::Value::String(text)) => given.env.build(|out| out.push_str(text)),
        Some(other) => given.env.build(|out| {
            // Writing to a String cannot fail.
            let _infallible = write!(out, "{other}").is_ok();
        }),
    })
}

fn sha256<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let text = given.text(0)?;
    if text.is_empty() {
        return Ok("");
    }
    let digest = Sha256::digest(text.as_bytes());
    Ok(given.env.build(|out| {
        for byte in digest {
            // Writing to a String cannot fail.
            let _infallible = write!(out, "{byte:02x}").is_ok();
        }
    }))
}

fn map_value<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let (name, value) = (given.text(0)?, given.text(1)?);
    let entry = match given.prepared() {
        Prepared::Table(table, column) => table.get(value, *column),
        _ => None,
    };
    match entry {
        Some(entry) => Ok(entry),
        None if given.has(2) => given.text(2),
        None if value.is_empty() => Ok(""),
        None => given.fail(EvalErrorKind::NotInMap, format!("The value map {name} has no entry for \"{value}\"")),
    }
}

fn lookup<'a>(given: &Arguments<'a, '_>) -> Yield<&'a str> {
    let key = given.text(1)?;
    Ok(match given.prepared() {
        Prepared::Table(table, column) => table.get(key, *column).unwrap_or(""),
        _ => "",
    })
}

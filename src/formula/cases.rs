//! Rows and test cases written as JSON, for trying formulas out and for the conformance suite.
//!
//! A row is an object of fields. A field is a plain JSON value (text, number, true or false, null for blank text) or says its type:
//! `{"type": "date", "value": "2024-02-29"}`. Types are `text number currency percent boolean date datetime time picklist multipicklist
//! id email phone url location`; numbers may be written as text, so that no digit is lost, a percent of 45 is 0.45 in the formula, a
//! location is `{"latitude": …, "longitude": …}`.
//!
//! A case is a line `{"id", "formula", "fields", "context", "expect", "status"}`; what is expected is a value with its type, perhaps with
//! a relative tolerance `tol`, or an error with its phase.

use super::decimal::Decimal;
use super::functions::times;
use super::scope::{Blanks, CellError, Cells, FieldList, Moment, NoTables, Scope};
use super::value::{Location, Type, Value};
use super::{Formula, Scratch};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

/// The instant of cases that name none.
const NOW: &str = "2024-03-15T10:30:00Z";

/// One row given as JSON.
#[derive(Debug, Clone, Default)]
pub struct Record {
    fields: FieldList,
    values: Vec<Given>,
    previous: Vec<Option<Given>>,
    has_previous: bool,
    is_new: bool,
    is_clone: bool,
}

/// A value that the row owns.
#[derive(Debug, Clone)]
enum Given {
    Text(String),
    Other(Value<'static>),
}

impl Given {
    fn view(&self) -> Value<'_> {
        match self {
            Given::Text(text) if text.is_empty() => Value::Null,
            Given::Text(text) => Value::Text(text),
            Given::Other(value) => *value,
        }
    }
}

impl Cells for Record {
    fn get(&self, slot: usize) -> Result<Value<'_>, CellError> {
        Ok(self.values.get(slot).map_or(Value::Null, Given::view))
    }

    fn previous(&self, slot: usize) -> Result<Option<Value<'_>>, CellError> {
        if !self.has_previous {
            return Ok(None);
        }
        match self.previous.get(slot) {
            Some(Some(previous)) => Ok(Some(previous.view())),
            _ => self.get(slot).map(Some),
        }
    }

    fn is_new(&self) -> bool {
        self.is_new
    }

    fn is_clone(&self) -> bool {
        self.is_clone
    }
}

impl Record {
    /// Reads a row. The error is a sentence.
    pub fn from_json(fields: &Json) -> Result<Record, String> {
        let Json::Object(fields) = fields else { return Err("A record is a JSON object of fields".to_owned()) };
        let mut record = Record::default();
        for (name, given) in fields {
            let (kind, value) = field(given).map_err(|wrong| format!("{name}: {wrong}"))?;
            record.fields.0.push((name.clone(), kind));
            record.values.push(value);
        }
        Ok(record)
    }

    /// Its fields.
    pub fn fields(&self) -> &FieldList {
        &self.fields
    }
}

/// The type that a word means.
pub fn type_named(word: &str) -> Option<Type> {
    Some(match word.to_ascii_lowercase().as_str() {
        "number" | "currency" | "percent" | "integer" | "double" | "int" => Type::Number,
        "text" | "string" | "id" | "reference" | "lookup" | "email" | "phone" | "url" | "textarea" | "long_text" => {
            Type::Text
        }
        "boolean" | "checkbox" => Type::Boolean,
        "date" => Type::Date,
        "datetime" | "date_time" => Type::DateTime,
        "time" => Type::Time,
        "picklist" => Type::Picklist,
        "multipicklist" | "multi_picklist" => Type::MultiPicklist,
        "location" => Type::Location,
        _ => return None,
    })
}

fn field(given: &Json) -> Result<(Type, Given), String> {
    let plain = match given {
        Json::Null => (Type::Text, Given::Other(Value::Null)),
        Json::Bool(truth) => (Type::Boolean, Given::Other(Value::Boolean(*truth))),
        Json::String(text) => (Type::Text, Given::Text(text.clone())),
        Json::Number(number) => (Type::Number, Given::Other(decimal(&number.to_string())?)),
        Json::Array(_) => return Err("a list is no value of a field".to_owned()),
        Json::Object(typed) => {
            let word = typed.get("type").and_then(Json::as_str).unwrap_or_default();
            let kind = type_named(word).ok_or_else(|| format!("there is no type \"{word}\""))?;
            let value = typed.get("value").unwrap_or(&Json::Null);
            return Ok((kind, typed_value(word, kind, value)?));
        }
    };
    Ok(plain)
}

fn decimal(text: &str) -> Result<Value<'static>, String> {
    Decimal::parse(text).map(Value::Number).ok_or_else(|| format!("\"{text}\" is no number"))
}

fn typed_value(word: &str, kind: Type, value: &Json) -> Result<Given, String> {
    let text = match value {
        Json::Null => return Ok(Given::Other(Value::Null)),
        Json::Bool(truth) => return Ok(Given::Other(Value::Boolean(*truth))),
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        Json::Object(place) if kind == Type::Location => {
            let degrees = |name: &str| match place.get(name) {
                Some(Json::String(text)) => text.parse().ok(),
                Some(Json::Number(number)) => number.as_f64(),
                _ => None,
            };
            let place = degrees("latitude").zip(degrees("longitude"));
            let (latitude, longitude) = place.ok_or("a location has a latitude and a longitude")?;
            return Ok(Given::Other(Value::Location(Location { latitude, longitude })));
        }
        other => return Err(format!("{other} is no {word}")),
    };
    let wrong = || format!("\"{text}\" is no {word}");
    Ok(match kind {
        Type::Text | Type::Picklist | Type::MultiPicklist | Type::Null => Given::Text(text),
        _ if text.is_empty() => Given::Other(Value::Null),
        Type::Number => match (decimal(&text)?, word.eq_ignore_ascii_case("percent")) {
            (Value::Number(number), true) => {
                let hundredth = number.times(Decimal::new(1, 2)).map_err(|_| wrong())?;
                Given::Other(Value::Number(hundredth))
            }
            (number, _) => Given::Other(number),
        },
        Type::Boolean if text.eq_ignore_ascii_case("true") => Given::Other(Value::Boolean(true)),
        Type::Boolean if text.eq_ignore_ascii_case("false") => Given::Other(Value::Boolean(false)),
        Type::Date => Given::Other(Value::Date(times::date(&text).ok_or_else(wrong)?)),
        Type::DateTime => Given::Other(Value::DateTime(text.parse().map_err(|_| wrong())?)),
        Type::Time => Given::Other(Value::Time(text.trim_end_matches('Z').parse().map_err(|_| wrong())?)),
        Type::Boolean | Type::Location => return Err(wrong()),
    })
}

/// One case of a suite.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its stable id.
    pub id: String,
    /// How sure it is: `agreed`, `authoritative`, `disputed`, `doc-only`, `policy`.
    pub status: String,
    /// The formula.
    pub formula: String,
    record: Record,
    blanks: Blanks,
    zone: TimeZone,
    now: Timestamp,
    expect: Json,
}

impl Case {
    /// Reads a line. The error is a sentence.
    pub fn parse(line: &str) -> Result<Case, String> {
        let json: Json = serde_json::from_str(line).map_err(|error| format!("This line is no JSON: {error}"))?;
        let word = |name: &str| json.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        let context = json.get("context").unwrap_or(&Json::Null);
        let said = |name: &str| context.get(name).and_then(Json::as_str);
        let empty = Json::Object(serde_json::Map::new());
        let mut record = Record::from_json(json.get("fields").unwrap_or(&empty))?;
        if let Some(prior) = context.get("prior") {
            let prior = Record::from_json(prior)?;
            record.has_previous = true;
            record.previous = vec![None; record.values.len()];
            for ((name, _), value) in prior.fields.0.into_iter().zip(prior.values) {
                if let Some(slot) = record.fields.0.iter().position(|(field, _)| *field == name) {
                    record.previous[slot] = Some(value);
                }
            }
        }
        record.is_new = context.get("is_new").and_then(Json::as_bool).unwrap_or(false);
        record.is_clone = context.get("is_clone").and_then(Json::as_bool).unwrap_or(false);
        let zone = said("timezone").unwrap_or("UTC");
        Ok(Case {
            id: word("id"),
            status: word("status"),
            formula: json.get("formula").and_then(Json::as_str).ok_or("The case has no formula")?.to_owned(),
            record,
            blanks: if said("blanks") == Some("blank") { Blanks::Blank } else { Blanks::Zero },
            zone: TimeZone::get(zone).map_err(|_| format!("There is no time zone {zone}"))?,
            now: said("now").unwrap_or(NOW).parse().map_err(|error| format!("now: {error}"))?,
            expect: json.get("expect").cloned().ok_or("The case expects nothing")?,
        })
    }

    /// Whether the sources differ about it.
    pub fn is_disputed(&self) -> bool {
        matches!(self.status.as_str(), "disputed" | "doc-only" | "policy")
    }

    /// Runs it. The error says what came out and what was expected.
    pub fn run(&self) -> Result<(), String> {
        let scope = Scope {
            fields: &self.record.fields,
            blanks: self.blanks,
            zone: self.zone.clone(),
            tables: &NoTables,
            previous: true,
        };
        let expected = expected(&self.expect);
        let formula = match Formula::compile(&self.formula, &scope) {
            Ok(formula) => formula,
            Err(problems) => {
                let wanted = self.expect.get("error").and_then(Json::as_str).unwrap_or_default();
                let phase = self.expect.get("phase").and_then(Json::as_str);
                let first = problems.first().map_or("", |problem| problem.kind.code());
                let told = problems.first().map_or(String::new(), |problem| problem.message.clone());
                let got = format!("compile error {first} ({told})");
                return if phase == Some("compile") && first == wanted {
                    Ok(())
                } else {
                    Err(differs(&got, &expected))
                };
            }
        };
        let (moment, scratch) = (Moment { now: self.now }, Scratch::new());
        match formula.eval(&self.record, &moment, &scratch) {
            Ok(value) => {
                let got = match value {
                    Value::Null => format!("blank {}", formula.result().label()),
                    Value::Text(text) => format!("\"{text}\""),
                    other => other.to_string(),
                };
                if self.expect.get("error").is_none() && agrees(value, formula.result(), &self.expect) {
                    Ok(())
                } else {
                    Err(differs(&got, &expected))
                }
            }
            Err(error) => {
                let got = format!("eval error {} ({})", error.kind.code(), error.message);
                let wanted = self.expect.get("error").and_then(Json::as_str) == Some(error.kind.code());
                let phase = self.expect.get("phase").and_then(Json::as_str) == Some("eval");
                if wanted && phase { Ok(()) } else { Err(differs(&got, &expected)) }
            }
        }
    }
}

fn differs(got: &str, expected: &str) -> String {
    format!("got {got}, expected {expected}")
}

fn expected(expect: &Json) -> String {
    let said = |name: &str| expect.get(name).and_then(Json::as_str).unwrap_or_default();
    match (expect.get("error"), expect.get("value")) {
        (Some(_), _) => format!("{} error {}", said("phase"), said("error")),
        (None, Some(Json::Null) | None) => format!("blank {}", said("type")),
        (None, Some(value)) => format!("{} {value}", said("type")),
    }
}

/// Whether the value is the expected one. Blank text and blank are the same.
fn agrees(value: Value<'_>, kind: Type, expect: &Json) -> bool {
    let wanted = expect.get("value").unwrap_or(&Json::Null);
    let said = expect.get("type").and_then(Json::as_str).and_then(type_named);
    let text_like = |kind: Type| matches!(kind, Type::Text | Type::Picklist | Type::MultiPicklist);
    if let Some(said) = said
        && !(said == kind || kind == Type::Null || (text_like(said) && text_like(kind)))
    {
        return false;
    }
    let text = match wanted {
        Json::Null => return value.is_blank(),
        Json::Bool(truth) => return value == Value::Boolean(*truth),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    match value {
        Value::Null => text.is_empty(),
        Value::Number(number) => Decimal::parse(&text).is_some_and(|wanted| is_near(number, wanted, tolerance(expect))),
        Value::DateTime(instant) => text.parse::<Timestamp>().is_ok_and(|wanted| wanted == instant),
        other => other.to_string() == text,
    }
}

/// How far a number may be from the expected one, relative to it.
fn tolerance(expect: &Json) -> Option<f64> {
    match expect.get("tol")? {
        Json::String(text) => text.parse().ok(),
        other => other.as_f64(),
    }
}

/// Around 0 the tolerance is absolute.
fn is_near(number: Decimal, wanted: Decimal, tolerance: Option<f64>) -> bool {
    let apart = || number.minus(wanted).map_or(f64::INFINITY, |apart| apart.abs().to_f64());
    let scale = if wanted.is_zero() { 1.0 } else { wanted.abs().to_f64() };
    number == wanted || tolerance.is_some_and(|tolerance| apart() <= tolerance * scale)
}

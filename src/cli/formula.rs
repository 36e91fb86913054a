//! Formulas on the command line: try one, check one, run cases, read about functions. None of it needs a workspace.

use super::args::{BlanksArg, CheckFormula, EvalFormula, Formula as FormulaArgs, ListFunctions, TestFormulas};
use super::{Answer, Result, print};
use crate::clock::Clock;
use crate::formula::cases::{Case, Record, type_named};
use crate::formula::{
    Blanks, FieldList, Formula, Moment, NoTables, Problem, Scope, Scratch, Type, Value, functions, help, pointed,
};
use crate::workspace::WorkspaceError;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};
use std::path::Path;

pub(super) fn formula(what: &FormulaArgs) -> Result<Answer> {
    match what {
        FormulaArgs::Eval(what) => eval(what),
        FormulaArgs::Check(what) => check(what),
        FormulaArgs::Test(what) => test(what),
        FormulaArgs::Functions(what) => list(what),
    }
}

fn blanks(given: BlanksArg) -> Blanks {
    match given {
        BlanksArg::Zero => Blanks::Zero,
        BlanksArg::Blank => Blanks::Blank,
    }
}

fn zone(name: &str) -> Result<TimeZone> {
    TimeZone::get(name).map_err(|_| {
        WorkspaceError::new(format!("There is no time zone {name}")).hint("Write a name such as Europe/Berlin or UTC.")
    })
}

fn eval(what: &EvalFormula) -> Result<Answer> {
    let wrong = |message: String| {
        WorkspaceError::new(format!("--record: {message}"))
            .hint(r#"Write a JSON object of fields, such as {"Name": "Anna", "Closed": {"type": "date", "value": "2024-02-29"}}."#)
    };
    let record: Json =
        serde_json::from_str(&what.record).map_err(|error| wrong(format!("this is no JSON: {error}")))?;
    let record = Record::from_json(&record).map_err(wrong)?;
    let now = match &what.now {
        Some(now) => now.parse().map_err(|_| {
            WorkspaceError::new(format!("--now: \"{now}\" is no instant")).hint("Write 2024-03-15T10:30:00Z.")
        })?,
        None => Timestamp::from_millisecond(Clock::system().now()).unwrap_or_default(),
    };
    let scope = Scope {
        fields: record.fields(),
        blanks: blanks(what.blanks),
        zone: zone(&what.zone)?,
        tables: &NoTables,
        previous: false,
    };
    let formula = match Formula::compile(&what.formula, &scope) {
        Ok(formula) => formula,
        Err(problems) => {
            problems.iter().for_each(|problem| print::talk(&problem.shown(&what.formula)));
            return Ok(Answer { code: 1, json: told(&what.formula, &problems) });
        }
    };
    let (moment, scratch) = (Moment { now }, Scratch::new());
    match formula.eval(&record, &moment, &scratch) {
        Ok(value) => {
            print::data(&value.to_string());
            let value = match value {
                Value::Null => Json::Null,
                Value::Boolean(truth) => Json::Bool(truth),
                Value::Location(place) => json!({ "latitude": place.latitude, "longitude": place.longitude }),
                other => Json::String(other.to_string()),
            };
            Ok(Answer::ok(json!({ "type": word(formula.result()), "value": value })))
        }
        Err(error) => {
            print::talk(&format!("{}\n{}", pointed(&what.formula, &error.span), error.message));
            let problem = json!({
                "phase": "eval", "kind": error.kind.code(), "message": error.message,
                "span": [error.span.start, error.span.end],
            });
            Ok(Answer { code: 1, json: json!({ "problems": [problem] }) })
        }
    }
}

/// Problems as JSON.
fn told(text: &str, problems: &[Problem]) -> Json {
    json!({ "problems": listed(text, problems) })
}

fn listed(text: &str, problems: &[Problem]) -> Vec<Json> {
    let one = |problem: &Problem| {
        let (line, column) = problem.place(text);
        json!({
            "phase": "compile", "kind": problem.kind.code(), "message": problem.message, "hint": problem.hint,
            "line": line, "column": column, "span": [problem.span.start, problem.span.end],
        })
    };
    problems.iter().map(one).collect()
}

/// The word of a type, as cases and schemas have it.
fn word(kind: Type) -> &'static str {
    match kind {
        Type::Number => "number",
        Type::Text => "text",
        Type::Boolean => "boolean",
        Type::Date => "date",
        Type::DateTime => "datetime",
        Type::Time => "time",
        Type::Picklist => "picklist",
        Type::MultiPicklist => "multipicklist",
        Type::Location => "location",
        Type::Null => "null",
    }
}

fn check(what: &CheckFormula) -> Result<Answer> {
    let fields = schema(&what.schema)?;
    let scope = Scope {
        fields: &fields,
        blanks: blanks(what.blanks),
        zone: zone(&what.zone)?,
        tables: &NoTables,
        previous: false,
    };
    match Formula::compile(&what.formula, &scope) {
        Ok(formula) => {
            print::data(word(formula.result()));
            for warning in formula.warnings() {
                print::talk(&format!("warning: {}", warning.message));
                print::talk(&warning.shown(&what.formula));
            }
            let reads: Vec<_> = formula.slots().iter().map(|slot| &fields.0[*slot].0).collect();
            let warnings = listed(&what.formula, formula.warnings());
            Ok(Answer::ok(json!({ "type": word(formula.result()), "fields": reads, "warnings": warnings })))
        }
        Err(problems) => {
            problems.iter().for_each(|problem| print::data(&problem.shown(&what.formula)));
            Ok(Answer { code: 1, json: told(&what.formula, &problems) })
        }
    }
}

/// The fields of a schema: JSON, a JSON file, or the header of a CSV file.
fn schema(given: &str) -> Result<FieldList> {
    if given.trim_start().starts_with('{') {
        return typed(given);
    }
    let content = std::fs::read_to_string(given).map_err(|error| {
        WorkspaceError::new(format!("--schema: {given} cannot be read: {error}"))
            .hint(r#"Name a file, or write JSON such as {"Name": "text", "Amount": "number"}."#)
    })?;
    if content.trim_start().starts_with('{') {
        return typed(&content);
    }
    let header = content.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    let separator = [b',', b';', b'\t', b'|'].into_iter().rev();
    let separator = separator.max_by_key(|sign| header.bytes().filter(|byte| byte == sign).count()).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).from_reader(header.as_bytes());
    let columns = reader.headers().map_err(|error| {
        WorkspaceError::new(format!("--schema: the header of {given} cannot be read: {error}"))
            .hint("The first line must hold the names of the columns.")
    })?;
    Ok(FieldList(columns.iter().map(|column| (column.to_owned(), Type::Text)).collect()))
}

fn typed(text: &str) -> Result<FieldList> {
    let wrong = |message: String| {
        WorkspaceError::new(format!("--schema: {message}"))
            .hint(r#"Write JSON such as {"Name": "text", "Amount": "number"}."#)
    };
    let json: Json = serde_json::from_str(text).map_err(|error| wrong(format!("this is no JSON: {error}")))?;
    let Json::Object(fields) = json else { return Err(wrong("a schema is an object of fields".to_owned())) };
    let field = |(name, kind): (String, Json)| {
        // {"type": "number"} is understood as well, as rows have it.
        let said = kind.as_str().or_else(|| kind.get("type").and_then(Json::as_str)).unwrap_or_default();
        let kind = type_named(said).ok_or_else(|| wrong(format!("{name} has no type \"{said}\"")))?;
        Ok((name, kind))
    };
    fields.into_iter().map(field).collect::<Result<_>>().map(FieldList)
}

fn test(what: &TestFormulas) -> Result<Answer> {
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| {
            WorkspaceError::new(format!("{} cannot be read: {error}", path.display()))
                .hint("Name a file with one JSON object a line.")
        })
    };
    let cases = read(&what.cases)?;
    let left_out = what.except.as_deref().map(read).transpose()?.unwrap_or_default();
    let left_out: Vec<&str> = left_out.lines().filter_map(|line| line.split(['#', ' ', '\t']).next()).collect();
    let (mut passed, mut failed, mut disputed) = (0u64, 0u64, 0u64);
    let mut differences = Vec::new();
    for (index, line) in cases.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let case = match Case::parse(line) {
            Ok(case) => case,
            Err(wrong) => {
                failed += 1;
                print::data(&format!("line {}: {wrong}", index + 1));
                continue;
            }
        };
        if !case.id.is_empty() && left_out.contains(&case.id.as_str()) {
            continue;
        }
        match case.run() {
            Ok(()) => passed += 1,
            Err(told) => {
                failed += 1;
                disputed += u64::from(case.is_disputed());
                print::data(&format!("{}: {} → {told}", case.id, case.formula));
                differences
                    .push(json!({ "id": case.id, "status": case.status, "formula": case.formula, "told": told }));
            }
        }
    }
    if disputed > 0 {
        print::data(&format!("{disputed} of the failed ones are marked as disputed, doc-only or policy"));
    }
    print::data(&format!("{passed} passed, {failed} failed"));
    let json = json!({ "passed": passed, "failed": failed, "disputed": disputed, "differences": differences });
    Ok(Answer { code: u8::from(failed > 0), json })
}

fn list(what: &ListFunctions) -> Result<Answer> {
    if what.markdown {
        print::data(help::markdown().trim_end());
    } else if let Some(name) = &what.name {
        let function = functions::find(name).ok_or_else(|| {
            WorkspaceError::new(format!("There is no function {}", name.to_uppercase()))
                .hint("linkspan formula functions lists them all.")
        })?;
        print::data(&help::plain(function));
    } else {
        let rows: Vec<_> = functions::all()
            .map(|function| vec![function.name.to_owned(), function.group.label().to_owned(), function.help.to_owned()])
            .collect();
        print::table(&["FUNCTION", "GROUP", "WHAT"], &rows);
    }
    let one = |function: &functions::Function| {
        json!({
            "name": function.name, "group": function.group.label(), "shapes": function.shapes(), "help": function.help,
            "own": function.own(), "refused": function.refused(), "examples": function.examples,
        })
    };
    let chosen = functions::all()
        .filter(|function| what.name.as_ref().is_none_or(|name| function.name.eq_ignore_ascii_case(name)));
    Ok(Answer::ok(json!({ "functions": chosen.map(one).collect::<Vec<_>>() })))
}

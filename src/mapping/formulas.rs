//! Formulas in rules: compiled against the columns and tables, checked against the field they go to, and their results written as
//! that field takes them.

use super::cells::{Columns, RowCells};
use super::problem::{MappingProblem, Part};
use super::reading::Reading;
use super::repair::Repair;
use super::rule::Table;
use crate::formula::{self, EvalError, FieldList, Formula, Moment, Scope, Scratch, Type, Value};
use crate::record::{Field, Kind, Rejection, Row, Schema};
use std::fmt::Write as _;
use std::sync::Arc;

/// What all formulas of a mapping share.
#[derive(Debug, Clone)]
pub(super) struct Formulas {
    columns: Columns,
    moment: Moment,
}

impl Formulas {
    pub(super) fn new(source: &Schema, reading: &Reading) -> Formulas {
        let now = jiff::Timestamp::from_millisecond(reading.now).unwrap_or_default();
        Formulas { columns: Columns::of(source, reading), moment: Moment { now } }
    }

    /// The result for a row.
    #[inline]
    pub(super) fn eval<'a>(
        &'a self,
        formula: &'a Formula,
        cells: &'a RowCells<'a>,
        scratch: &'a Scratch,
    ) -> Result<Value<'a>, Box<EvalError>> {
        formula.eval(cells, &self.moment, scratch)
    }

    pub(super) fn cells<'a>(&'a self, row: Row<'a>) -> RowCells<'a> {
        RowCells { row, columns: &self.columns }
    }
}

/// What all formulas of a mapping may name.
pub(super) struct Names<'a> {
    fields: FieldList,
    tables: Vec<Arc<formula::Table>>,
    reading: &'a Reading,
}

impl Names<'_> {
    pub(super) fn of<'a>(source: &Schema, reading: &'a Reading) -> Names<'a> {
        Names {
            fields: Columns::of(source, reading).fields(source),
            tables: reading.tables.iter().map(|table| Arc::new(runtime(table))).collect(),
            reading,
        }
    }
}

/// Compiles a formula for a rule's target.
pub(super) fn compile(text: &str, target: &str, part: Part, names: &Names<'_>) -> Result<Formula, Vec<MappingProblem>> {
    let scope = Scope {
        fields: &names.fields,
        blanks: names.reading.blanks,
        zone: names.reading.zone.clone(),
        tables: &names.tables,
        previous: false,
    };
    Formula::compile(text, &scope).map_err(|problems| {
        let told = |problem: formula::Problem| MappingProblem {
            span: Some(problem.span),
            ..MappingProblem::new(target, part, problem.message).hint(problem.hint)
        };
        problems.into_iter().map(told).collect()
    })
}

fn runtime(table: &Table) -> formula::Table {
    formula::Table::new(table.name.clone(), table.columns.clone(), table.rows.iter().cloned(), true)
}

/// Whether what a formula yields can go into a field, and if not, why.
pub(super) fn suits(formula: &Formula, field: &Field, target: &str) -> Result<(), Box<MappingProblem>> {
    let result = formula.result();
    let (wanted, fine) = match field.kind {
        Kind::Integer | Kind::Number => ("a number", matches!(result, Type::Number)),
        Kind::Boolean => ("true or false", matches!(result, Type::Boolean)),
        Kind::Date => ("a date", matches!(result, Type::Date)),
        Kind::DateTime => ("a date and time", matches!(result, Type::DateTime)),
        Kind::Time => ("a time", matches!(result, Type::Time)),
        Kind::Any => ("a value", result != Type::Location),
        _ => ("text", matches!(result, Type::Text | Type::Picklist | Type::MultiPicklist)),
    };
    if fine || result == Type::Null {
        return Ok(());
    }
    let text = formula.text();
    let wrapped = match (result, field.kind) {
        (
            Type::Number | Type::Date | Type::DateTime | Type::Time,
            Kind::Text | Kind::LongText | Kind::Phone | Kind::Picklist,
        ) => Some(format!("TEXT({text})")),
        (Type::Boolean, Kind::Text | Kind::LongText | Kind::Picklist) => {
            Some(format!("IF({text}, \"true\", \"false\")"))
        }
        (Type::Text, Kind::Integer | Kind::Number) => Some(format!("VALUE({text})")),
        (Type::Text | Type::DateTime, Kind::Date) => Some(format!("DATEVALUE({text})")),
        (Type::Text | Type::Date, Kind::DateTime) => Some(format!("DATETIMEVALUE({text})")),
        (Type::Text | Type::DateTime, Kind::Time) => Some(format!("TIMEVALUE({text})")),
        _ => None,
    };
    let message = format!("{} wants {wanted}, and the formula yields {}", field.name, result.label());
    let hint = wrapped.as_ref().map_or_else(
        || format!("Let the formula yield {wanted}, or choose another field."),
        |wrapped| format!("Write {wrapped}."),
    );
    let repair = wrapped.map(|text| Repair::Formula { target: target.to_owned(), text });
    let problem = MappingProblem::new(target, Part::From, message).hint(Some(hint)).repair(repair);
    Err(Box::new(MappingProblem { span: Some(0..text.len()), ..problem }))
}

/// Writes a value as text that a field takes: numbers with the field's decimals, dates and times in the spelling of the APIs.
pub(super) fn write(value: Value<'_>, field: &Field, out: &mut String) -> Result<(), Rejection> {
    match value {
        Value::Null => {}
        Value::Text(text) => out.push_str(text),
        Value::Number(number) => {
            let too_large = || Rejection::new("overflow", format!("{number} is too large"));
            let number = match field.percent {
                // A percent field holds 45 for what a formula calls 0.45.
                true => number.times(formula::Decimal::whole(100)).map_err(|_| too_large())?,
                false => number,
            };
            let places = match field.kind {
                Kind::Integer => Some(0),
                Kind::Number if field.precision > 0 => Some(i32::try_from(field.scale).unwrap_or(i32::MAX)),
                _ => None,
            };
            let rounded = places.map(|places| number.round(places, formula::decimal::Rounding::Half));
            rounded.unwrap_or(number).write(out);
        }
        Value::Boolean(truth) => out.push_str(if truth { "true" } else { "false" }),
        Value::Date(day) => write_day(day, out),
        // Writing to a String cannot fail.
        Value::DateTime(instant) => {
            let _infallible = write!(out, "{}", instant.strftime("%Y-%m-%dT%H:%M:%S.%3fZ")).is_ok();
        }
        Value::Time(_) | Value::Location(_) => {
            let _infallible = write!(out, "{value}").is_ok();
        }
    }
    Ok(())
}

/// A day as `2026-01-31`.
fn write_day(day: jiff::civil::Date, out: &mut String) {
    let digits = |out: &mut String, number: i16, places: u32| {
        for place in (0..places).rev() {
            let digit = number / 10_i16.pow(place) % 10;
            out.push(char::from(b'0' + digit as u8));
        }
    };
    if day.year() < 0 {
        // No field takes it, and whoever says so wants to see it.
        let _infallible = write!(out, "{day}").is_ok();
        return;
    }
    digits(out, day.year(), 4);
    out.push('-');
    digits(out, day.month().into(), 2);
    out.push('-');
    digits(out, day.day().into(), 2);
}

/// Why a formula has no result for a row.
pub(super) fn rejection(error: &EvalError, formula: &Formula, source: &[String]) -> Rejection {
    let code = match error.kind {
        formula::EvalErrorKind::BadCell => "wrong_kind",
        kind => kind.code(),
    };
    let rejection = Rejection::new(code, error.message.clone());
    match (error.slot.and_then(|slot| source.get(slot)), formula.text().get(error.span.clone())) {
        (Some(column), _) => {
            rejection.column(column.clone()).hint("Correct the cell, or read the column as another kind of value.")
        }
        (None, Some(part)) if part.len() < formula.text().len() => rejection.hint(format!("It happens in {part}.")),
        _ => rejection,
    }
}

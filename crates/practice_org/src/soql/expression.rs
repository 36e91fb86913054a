//! Fields and functions as SQL, with what is known of their values.

use super::Fault;
use super::ast::{Argument, Call, Operand, Path};
use super::dates;
use super::scope::{Column, Scope};
use crate::schema::{Field, Kind};

/// What a column of the result holds, and so how it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    /// Text, ids, dates, times.
    Text,
    /// 0 or 1.
    Boolean,
    /// A whole number.
    Integer,
    /// A decimal.
    Decimal,
    /// An instant.
    Instant,
}

impl Shape {
    /// How a field's column is written.
    pub(crate) fn of(kind: Kind) -> Self {
        match kind {
            Kind::Boolean => Shape::Boolean,
            Kind::Int => Shape::Integer,
            Kind::Currency | Kind::Double | Kind::Percent => Shape::Decimal,
            Kind::DateTime => Shape::Instant,
            _ => Shape::Text,
        }
    }
}

/// A field or function, ready to stand in SQL.
#[derive(Debug, Clone)]
pub(crate) struct Expression<'s> {
    /// The SQL.
    pub(crate) sql: String,
    /// The type its values have, for comparisons.
    pub(crate) kind: Kind,
    /// The column, if it is a plain field.
    pub(crate) column: Option<Column<'s>>,
    /// An aggregate.
    pub(crate) aggregate: bool,
    /// The field that a function works on.
    pub(crate) inner: Option<&'s Field>,
}

impl Expression<'_> {
    /// The same without what it borrows from the schema.
    pub(crate) fn detached(self) -> Expression<'static> {
        Expression { sql: self.sql, kind: self.kind, column: None, aggregate: self.aggregate, inner: None }
    }
}

/// Reads an operand.
pub(crate) fn operand<'s>(scope: &mut Scope<'s>, operand: &Operand) -> Result<Expression<'s>, Fault> {
    match operand {
        Operand::Path(path) => field(scope, path),
        Operand::Call(call) => function(scope, call),
    }
}

fn field<'s>(scope: &mut Scope<'s>, path: &Path) -> Result<Expression<'s>, Fault> {
    let column = scope.resolve(path)?;
    Ok(Expression {
        sql: scope.sql(column),
        kind: column.field.kind,
        column: Some(column),
        aggregate: false,
        inner: Some(column.field),
    })
}

fn function<'s>(scope: &mut Scope<'s>, call: &Call) -> Result<Expression<'s>, Fault> {
    let name = call.name.text.to_ascii_uppercase();
    match name.as_str() {
        "COUNT" | "COUNT_DISTINCT" | "SUM" | "AVG" | "MIN" | "MAX" => aggregate(scope, call, &name),
        "HOUR_IN_DAY" | "DAY_ONLY" => date_function(scope, call, &name),
        known if dates::PARTS.contains(&known) => date_function(scope, call, &name),
        "TOLABEL" => {
            let inner = field(scope, path_argument(call)?)?;
            // The practice org speaks one language, so that a label is its value.
            Ok(Expression { column: None, ..inner })
        }
        "FORMAT" => {
            let inner = match call.arguments.as_slice() {
                [Argument::Call(inner)] => function(scope, inner)?,
                _ => field(scope, path_argument(call)?)?,
            };
            Ok(Expression { column: None, kind: inner.kind, ..inner })
        }
        "CONVERTCURRENCY" => Err(Fault::malformed(
            call.name.at,
            "convertCurrency is only supported in organizations with multiple currencies",
        )),
        "DISTANCE" | "GEOLOCATION" | "GROUPING" | "CONVERTTIMEZONE" => {
            Err(Fault::malformed(call.name.at, format!("{} is not supported here", call.name.text)))
        }
        _ => Err(Fault::malformed(call.name.at, format!("Invalid function: {}", call.name.text))),
    }
}

fn path_argument(call: &Call) -> Result<&Path, Fault> {
    match call.arguments.as_slice() {
        [Argument::Path(path)] => Ok(path),
        _ => Err(Fault::malformed(call.name.at, format!("{} takes one field", call.name.text))),
    }
}

fn aggregate<'s>(scope: &mut Scope<'s>, call: &Call, name: &str) -> Result<Expression<'s>, Fault> {
    let path = path_argument(call)?;
    let inner = field(scope, path)?;
    let Some(Column { field, .. }) = inner.column else {
        return Ok(inner);
    };
    let numeric = field.kind.is_decimal() || field.kind == Kind::Int;
    let fits = match name {
        "SUM" | "AVG" => numeric,
        "MIN" | "MAX" => {
            !field.is_long() && !field.kind.is_compound() && !matches!(field.kind, Kind::Boolean | Kind::MultiPicklist)
        }
        _ => !field.is_long() && !field.kind.is_compound(),
    };
    if !fits {
        return Err(Fault::field(
            path.at(),
            format!("field {} does not support aggregate operator {name}", field.name),
        ));
    }
    let (sql, kind) = match name {
        "COUNT" => (format!("count({})", inner.sql), Kind::Int),
        "COUNT_DISTINCT" => (format!("count(DISTINCT {})", inner.sql), Kind::Int),
        "AVG" => (format!("avg({})", inner.sql), Kind::Double),
        "SUM" => (format!("sum({})", inner.sql), field.kind),
        "MIN" => (format!("min({})", inner.sql), field.kind),
        _ => (format!("max({})", inner.sql), field.kind),
    };
    Ok(Expression { sql, kind, column: None, aggregate: true, inner: Some(field) })
}

fn date_function<'s>(scope: &mut Scope<'s>, call: &Call, name: &str) -> Result<Expression<'s>, Fault> {
    // Every practice user lives in GMT, so that converting to the user's zone changes nothing.
    let path = match call.arguments.as_slice() {
        [Argument::Call(inner)] if inner.name.is("convertTimezone") => path_argument(inner)?,
        _ => path_argument(call)?,
    };
    let inner = field(scope, path)?;
    let fits = match name {
        "HOUR_IN_DAY" | "DAY_ONLY" => inner.kind == Kind::DateTime,
        _ => matches!(inner.kind, Kind::Date | Kind::DateTime),
    };
    if !fits {
        return Err(Fault::field(
            path.at(),
            format!("field {} is not a date and cannot be used with {name}", path.text()),
        ));
    }
    let kind = if name == "DAY_ONLY" { Kind::Date } else { Kind::Int };
    let sql = format!("sf_date_part('{name}', {})", inner.sql);
    Ok(Expression { sql, kind, column: None, aggregate: false, inner: inner.inner })
}

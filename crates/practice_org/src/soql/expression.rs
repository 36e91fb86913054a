//! Fields and functions as SQL, with what is known of their values.

use super::Fault;
use super::ast::{Argument, Call, Operand, Path};
use super::dates;
use super::place;
use super::scope::{Column, Scope};
use crate::schema::Kind;

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

/// What an operand is, beyond its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A plain field.
    Field,
    /// A number over many rows.
    Aggregate,
    /// `toLabel` or `FORMAT`: the field itself, written in another way.
    Wording,
    /// `CALENDAR_YEAR` and its like.
    DatePart,
    /// `DISTANCE`.
    Distance,
}

/// A field or function, ready to stand in SQL.
#[derive(Debug, Clone)]
pub(crate) struct Expression<'s> {
    /// The SQL.
    pub(crate) sql: String,
    /// The type its values have, for comparisons and for writing.
    pub(crate) kind: Kind,
    /// What it is.
    pub(crate) role: Role,
    /// The field, or the one that a function works on.
    pub(crate) column: Column<'s>,
}

impl Expression<'_> {
    /// Whether it is a number over many rows.
    pub(crate) fn is_aggregate(&self) -> bool {
        self.role == Role::Aggregate
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
    Ok(Expression { sql: scope.sql(column), kind: column.field.kind, role: Role::Field, column })
}

fn function<'s>(scope: &mut Scope<'s>, call: &Call) -> Result<Expression<'s>, Fault> {
    let name = call.name.text.to_ascii_uppercase();
    match name.as_str() {
        "COUNT" | "COUNT_DISTINCT" | "SUM" | "AVG" | "MIN" | "MAX" => aggregate(scope, call, &name),
        "HOUR_IN_DAY" | "DAY_ONLY" => date_function(scope, call, &name),
        known if dates::PARTS.contains(&known) => date_function(scope, call, &name),
        // The practice org speaks one language, so that a label is its value.
        "TOLABEL" => Ok(Expression { role: Role::Wording, ..field(scope, path_argument(call)?)? }),
        "FORMAT" => format(scope, call),
        "DISTANCE" => distance(scope, call),
        // Whether the field exists is asked first, as a query for another org may well be wrong about both.
        "CONVERTCURRENCY" => {
            field(scope, path_argument(call)?)?;
            Err(Fault::field(
                call.name.at,
                "convertCurrency is only supported in organizations that use multiple currencies",
            ))
        }
        "GROUPING" => Err(Fault::malformed(call.name.at, "GROUPING is for fields of GROUP BY ROLLUP or CUBE only")),
        "CONVERTTIMEZONE" => {
            Err(Fault::malformed(call.name.at, "convertTimezone can only be used inside a date function"))
        }
        "GEOLOCATION" => Err(Fault::malformed(call.name.at, "GEOLOCATION can only be used inside DISTANCE")),
        _ => Err(Fault::malformed(call.name.at, format!("Invalid function: {}", call.name.text))),
    }
}

/// The one field that a function takes.
pub(super) fn path_argument(call: &Call) -> Result<&Path, Fault> {
    match call.arguments.as_slice() {
        [Argument::Path(path)] => Ok(path),
        _ => Err(Fault::malformed(call.name.at, format!("{} takes one field", call.name.text))),
    }
}

fn format<'s>(scope: &mut Scope<'s>, call: &Call) -> Result<Expression<'s>, Fault> {
    let inner = match call.arguments.as_slice() {
        [Argument::Call(inner)] => function(scope, inner)?,
        _ => field(scope, path_argument(call)?)?,
    };
    if place::parts(scope.tables[inner.column.table].object, inner.column.field).is_some() {
        return Err(Fault::field(call.name.at, "FORMAT does not take compound fields"));
    }
    let scale = inner.column.field.scale;
    let zone = scope.clock.zone_name();
    let sql = format!("sf_format({}, '{}', {scale}, '{zone}')", inner.sql, inner.kind.name());
    let role = if inner.is_aggregate() { Role::Aggregate } else { Role::Wording };
    Ok(Expression { sql, kind: Kind::String, role, column: inner.column })
}

fn aggregate<'s>(scope: &mut Scope<'s>, call: &Call, name: &str) -> Result<Expression<'s>, Fault> {
    let path = path_argument(call)?;
    let inner = field(scope, path)?;
    let field = inner.column.field;
    let compound = place::parts(scope.tables[inner.column.table].object, field).is_some();
    let numeric = field.kind.is_decimal() || field.kind == Kind::Int;
    let fits = match name {
        "SUM" | "AVG" => numeric,
        "MIN" | "MAX" => !field.is_long() && !matches!(field.kind, Kind::Boolean | Kind::MultiPicklist),
        _ => !field.is_long(),
    };
    if !fits || compound {
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
    Ok(Expression { sql, kind, role: Role::Aggregate, column: inner.column })
}

fn date_function<'s>(scope: &mut Scope<'s>, call: &Call, name: &str) -> Result<Expression<'s>, Fault> {
    let (path, converted) = match call.arguments.as_slice() {
        [Argument::Call(inner)] if inner.name.is("convertTimezone") => (path_argument(inner)?, true),
        _ => (path_argument(call)?, false),
    };
    let inner = field(scope, path)?;
    let fits = match name {
        "HOUR_IN_DAY" | "DAY_ONLY" => inner.kind == Kind::DateTime,
        _ => inner.kind == Kind::DateTime || (inner.kind == Kind::Date && !converted),
    };
    if !fits {
        return Err(Fault::field(
            path.at(),
            format!("field {} does not have the type that {} needs", path.text(), call.name.text),
        ));
    }
    let kind = if name == "DAY_ONLY" { Kind::Date } else { Kind::Int };
    // Clocks in Greenwich decide unless the query asks for the user's.
    let zone = if converted { scope.clock.zone_name() } else { "UTC" };
    let sql = format!("sf_date_part('{name}', {}, '{zone}', {})", inner.sql, scope.clock.fiscal_month);
    Ok(Expression { sql, kind, role: Role::DatePart, column: inner.column })
}

fn distance<'s>(scope: &mut Scope<'s>, call: &Call) -> Result<Expression<'s>, Fault> {
    let wrong = |message: &str| Fault::malformed(call.name.at, message);
    let [from, to, Argument::Text(unit)] = call.arguments.as_slice() else {
        return Err(wrong("DISTANCE takes two locations and a unit"));
    };
    let (Argument::Path(path), miles) = (from, unit.eq_ignore_ascii_case("mi")) else {
        return Err(wrong("the first location of DISTANCE must be a field"));
    };
    let (column, from) = location(scope, path)?;
    if !miles && !unit.eq_ignore_ascii_case("km") {
        return Err(wrong("invalid unit in DISTANCE: it is 'mi' or 'km'"));
    }
    let to = match to {
        Argument::Path(path) => location(scope, path)?.1,
        Argument::Call(call) if call.name.is("GEOLOCATION") => geolocation(call)?,
        _ => return Err(wrong("the second location of DISTANCE must be a field or GEOLOCATION(latitude, longitude)")),
    };
    let sql = format!("sf_distance({}, {}, {}, {}, {})", from.0, from.1, to.0, to.1, u8::from(miles));
    Ok(Expression { sql, kind: Kind::Double, role: Role::Distance, column })
}

/// The columns with latitude and longitude of a location.
fn location<'s>(scope: &mut Scope<'s>, path: &Path) -> Result<(Column<'s>, (String, String)), Fault> {
    let column = scope.resolve(path)?;
    let object = scope.tables[column.table].object;
    let (latitude, longitude) = place::coordinates(object, column.field).ok_or_else(|| {
        Fault::field(path.at(), format!("field {} is not a location and cannot be used in DISTANCE", column.field.name))
    })?;
    Ok((column, (scope.sql_of(column.table, &latitude), scope.sql_of(column.table, &longitude))))
}

fn geolocation(call: &Call) -> Result<(String, String), Fault> {
    let wrong = || Fault::malformed(call.name.at, "GEOLOCATION takes a latitude and a longitude in degrees");
    let [Argument::Number(latitude), Argument::Number(longitude)] = call.arguments.as_slice() else {
        return Err(wrong());
    };
    let degrees =
        |text: &str, most: f64| text.parse::<f64>().ok().filter(|value| value.abs() <= most).ok_or_else(wrong);
    // Written anew from the number read, nothing of the query's text reaches the SQL.
    Ok((format!("{:?}", degrees(latitude, 90.0)?), format!("{:?}", degrees(longitude, 180.0)?)))
}

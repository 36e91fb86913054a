//! Conditions as SQL. Every value is bound, none is ever part of the text.
//!
//! A condition is true or false, never unknown: `!=` and `NOT IN` take rows without a value along, and below a NOT each
//! comparison is made two-valued first.

use super::Fault;
use super::ast::{Condition, Item, Literal, Operand, Query, Value};
use super::collate::Pattern;
use super::dates;
use super::expression::{self, Expression, Role};
use super::groups::Groups;
use super::place;
use super::scope::Scope;
use crate::ids;
use crate::rows::value::Cell;
use crate::schema::Kind;

/// Objects that stand in no semi-join.
const NOT_JOINED: [&str; 7] =
    ["ActivityHistory", "Attachment", "Event", "EventAttendee", "Note", "OpenActivity", "Task"];
/// Lists longer than this are bound as one JSON array, since SQLite counts its parameters.
const MOST_MARKS: usize = 200;

/// Where a condition stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Joined by AND at the outermost level, where semi-joins may stand.
    top: bool,
    /// Below a NOT.
    negated: bool,
    /// Below an OR.
    either: bool,
}

/// Translates conditions of one query.
pub(crate) struct Filter<'q, 's> {
    /// What names mean.
    pub(crate) scope: &'q mut Scope<'s>,
    /// Values to bind, `?1` first.
    pub(crate) values: &'q mut Vec<Cell>,
    /// Deleted rows count as well.
    pub(crate) deleted: bool,
    /// The groups, in HAVING.
    pub(crate) groups: Option<&'q Groups>,
    /// Inside a semi-join.
    pub(crate) joined: bool,
    /// How many semi-joins there were.
    pub(crate) semi_joins: usize,
}

impl<'s> Filter<'_, 's> {
    /// The SQL of a condition.
    pub(crate) fn sql(&mut self, condition: &Condition) -> Result<String, Fault> {
        self.condition(condition, Place { top: true, negated: false, either: false })
    }

    fn condition(&mut self, condition: &Condition, place: Place) -> Result<String, Fault> {
        let inside = Place { top: false, ..place };
        match condition {
            Condition::And(terms) => self.all(terms, " AND ", place),
            Condition::Or(terms) => self.all(terms, " OR ", Place { either: true, ..inside }),
            Condition::Not(term) => {
                Ok(format!("NOT ({})", self.condition(term, Place { top: false, negated: true, ..place })?))
            }
            Condition::SemiJoin { left, negated, query } => self.semi_join(left, *negated, query, place),
            Condition::Compare { left, operator, right } => {
                let left = self.operand(left)?;
                self.compare(&left, operator, right).map(|sql| two_valued(sql, place))
            }
            Condition::In { left, negated, list } => {
                let left = self.operand(left)?;
                self.list(&left, *negated, list).map(|sql| two_valued(sql, place))
            }
            Condition::Includes { left, negated, list } => {
                let at = left.at();
                let left = self.operand(left)?;
                if left.kind != Kind::MultiPicklist {
                    return Err(Fault::field(at, "INCLUDES and EXCLUDES are for multi-select picklists"));
                }
                let mut arms = Vec::new();
                for literal in list {
                    if let Value::Text(text) = &literal.value {
                        let mark = self.bind(Cell::text(text));
                        arms.push(format!("sf_holds({}, {mark})", left.sql));
                    }
                }
                let any = format!("({})", arms.join(" OR "));
                Ok(if *negated { format!("NOT {any}") } else { any })
            }
        }
    }

    fn all(&mut self, terms: &[Condition], joiner: &str, place: Place) -> Result<String, Fault> {
        let mut parts = Vec::with_capacity(terms.len());
        for term in terms {
            // Terms nested in parentheses of their own are no longer at the top.
            let nested = matches!(term, Condition::And(_) | Condition::Or(_));
            parts.push(self.condition(term, Place { top: place.top && !nested, ..place })?);
        }
        Ok(balanced(&parts, joiner))
    }

    fn bind(&mut self, cell: Cell) -> String {
        self.values.push(cell);
        format!("?{}", self.values.len())
    }

    fn operand(&mut self, operand: &Operand) -> Result<Expression<'s>, Fault> {
        if let Some(groups) = self.groups {
            return groups
                .operand(self.scope, operand)?
                .ok_or_else(|| Fault::malformed(operand.at(), "HAVING takes aggregates and grouped fields only"));
        }
        let found = expression::operand(self.scope, operand)?;
        if found.is_aggregate() {
            return Err(Fault::malformed(operand.at(), "aggregate functions are not allowed in WHERE"));
        }
        if matches!(operand, Operand::Call(call) if call.name.is("FORMAT")) {
            return Err(Fault::malformed(operand.at(), "FORMAT can only be used in SELECT"));
        }
        let field = found.column.field;
        if !field.filterable || field.is_long() {
            return Err(Fault::field(
                operand.at(),
                format!("field '{}' can not be filtered in a query call", field.name),
            ));
        }
        let compound = place::parts(self.scope.tables[found.column.table].object, field).is_some();
        if compound && found.role != Role::Distance {
            return Err(Fault::field(
                operand.at(),
                format!("field '{}' can not be filtered in a query call", field.name),
            ));
        }
        Ok(found)
    }

    fn compare(&mut self, left: &Expression<'_>, operator: &str, right: &Literal) -> Result<String, Fault> {
        let sql = &left.sql;
        let cell = match &right.value {
            Value::Text(text) if text.is_empty() && left.kind.is_text() && operator != "LIKE" => Cell::Null,
            Value::Null if left.kind == Kind::Boolean => Cell::Integer(0),
            Value::Range(range) => return self.range(left, operator, range, right.at),
            _ if operator == "LIKE" => return self.like(left, right),
            _ => cell(left, right)?,
        };
        let equality = matches!(operator, "=" | "!=");
        if left.kind == Kind::Boolean && !equality {
            return Err(operator_fault(right.at, "invalid operator on boolean field"));
        }
        if left.kind == Kind::MultiPicklist && !equality {
            return Err(operator_fault(right.at, "invalid operator on multipicklist field"));
        }
        if left.role == Role::Distance && !matches!(operator, "<" | ">") {
            return Err(Fault::malformed(right.at, "DISTANCE is compared with < and > only"));
        }
        match (cell, operator) {
            (Cell::Null, "=") => Ok(format!("{sql} IS NULL")),
            (Cell::Null, "!=") => Ok(format!("{sql} IS NOT NULL")),
            (Cell::Null, _) => Err(Fault::malformed(right.at, format!("invalid operator: {operator} null"))),
            (cell, "!=") => {
                let mark = self.bind(cell);
                Ok(format!("{sql} IS NOT {mark}"))
            }
            (cell, operator) => {
                let mark = self.bind(cell);
                Ok(format!("{sql} {operator} {mark}"))
            }
        }
    }

    fn like(&mut self, left: &Expression<'_>, right: &Literal) -> Result<String, Fault> {
        if left.kind.is_id() {
            return Err(operator_fault(right.at, "invalid operator on id field"));
        }
        if !left.kind.is_text() || left.kind == Kind::MultiPicklist {
            return Err(Fault::field(right.at, format!("invalid operator on {} field", left.kind.name())));
        }
        let Value::Text(pattern) = &right.value else {
            return Err(Fault::malformed(right.at, "invalid operator: LIKE takes a text"));
        };
        let sql = &left.sql;
        let prefix = Pattern::new(pattern).prefix();
        let mark = self.bind(Cell::text(pattern));
        let fits = format!("coalesce(sf_like({sql}, {mark}), 0)");
        if prefix.is_empty() {
            return Ok(fits);
        }
        // What begins like the pattern lies together in an index, and is told faster than by the whole pattern.
        let from = self.bind(Cell::text(&prefix));
        let to = self.bind(Cell::text(prefix + "\u{10FFFF}"));
        Ok(format!("({sql} >= {from} AND {sql} < {to} AND {fits})"))
    }

    fn list(&mut self, left: &Expression<'_>, negated: bool, list: &[Literal]) -> Result<String, Fault> {
        let mut cells = Vec::new();
        let mut arms = Vec::new();
        for literal in list {
            match &literal.value {
                Value::Range(range) => arms.push(self.range(left, "=", range, literal.at)?),
                Value::Null if left.kind == Kind::Boolean => cells.push(Cell::Integer(0)),
                Value::Text(text) if text.is_empty() && left.kind.is_text() => {
                    arms.push(format!("{} IS NULL", left.sql))
                }
                _ => match cell(left, literal)? {
                    Cell::Null => arms.push(format!("{} IS NULL", left.sql)),
                    cell => cells.push(cell),
                },
            }
        }
        if cells.len() > MOST_MARKS {
            let array: Vec<serde_json::Value> = cells.into_iter().map(as_json).collect();
            let mark = self.bind(Cell::Text(serde_json::Value::Array(array).to_string()));
            arms.push(format!("{} IN (SELECT value FROM json_each({mark}))", left.sql));
        } else if !cells.is_empty() {
            let marks: Vec<String> = cells.into_iter().map(|cell| self.bind(cell)).collect();
            arms.push(format!("{} IN ({})", left.sql, marks.join(", ")));
        }
        let any = format!("({})", arms.join(" OR "));
        Ok(if negated { format!("(({any}) IS NOT TRUE)") } else { any })
    }

    fn range(
        &mut self,
        left: &Expression<'_>,
        operator: &str,
        range: &super::ast::Range,
        at: usize,
    ) -> Result<String, Fault> {
        let (from, to) = dates::days(range, self.scope.clock, at)?;
        let clock = self.scope.clock;
        let bound = |day: jiff::civil::Date| match left.kind {
            Kind::Date => Ok(Cell::Text(day.to_string())),
            Kind::DateTime => Ok(Cell::Integer(clock.start_of(day))),
            _ => Err(Fault::field(
                at,
                format!("value of filter criterion for field '{}' must not be a date", left.column.field.name),
            )),
        };
        let (from, to) = (bound(from)?, bound(to)?);
        let sql = &left.sql;
        Ok(match operator {
            "=" => format!("({sql} >= {} AND {sql} < {})", self.bind(from), self.bind(to)),
            "!=" => format!("(({sql} >= {} AND {sql} < {}) IS NOT TRUE)", self.bind(from), self.bind(to)),
            "<" => format!("{sql} < {}", self.bind(from)),
            ">" => format!("{sql} >= {}", self.bind(to)),
            "<=" => format!("{sql} < {}", self.bind(to)),
            ">=" => format!("{sql} >= {}", self.bind(from)),
            _ => return Err(Fault::malformed(at, "invalid operator: LIKE takes a text")),
        })
    }

    fn semi_join(&mut self, left: &Operand, negated: bool, query: &Query, place: Place) -> Result<String, Fault> {
        let at = left.at();
        if self.groups.is_some() {
            return Err(Fault::malformed(at, "Semi join sub-selects are not allowed in HAVING"));
        }
        if self.joined {
            return Err(Fault::malformed(at, "Nesting of semi join sub-selects is not supported"));
        }
        if !place.top || place.negated {
            return Err(Fault::malformed(
                at,
                if place.either {
                    "Semi join sub-selects are not allowed with the 'OR' operator"
                } else {
                    "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE expressions."
                },
            ));
        }
        self.semi_joins += 1;
        if self.semi_joins > 2 {
            return Err(Fault::malformed(at, "Maximum 2 semi join sub-selects are allowed"));
        }
        let outer = match left {
            Operand::Path(path) => self.scope.resolve(path)?,
            Operand::Call(call) => {
                return Err(Fault::malformed(call.name.at, "a semi join needs an id field on its left"));
            }
        };
        if outer.table != 0 || !outer.field.kind.is_id() {
            return Err(Fault::malformed(
                at,
                "The left operand of a semi join must be an id or reference field of the object",
            ));
        }
        let schema = self.scope.schema;
        let queryable = |object: &&crate::schema::Object| object.has(crate::schema::Trait::Queryable);
        let object =
            schema.object(&query.from.text).filter(queryable).ok_or_else(|| super::plan::no_object(&query.from))?;
        if NOT_JOINED.contains(&object.name.as_str()) {
            return Err(Fault::malformed(
                query.from.at,
                format!("Entity '{}' is not supported for semi join inner selects", object.name),
            ));
        }
        let mut inner = Scope::new((schema, self.scope.clock), object, query, 's')?;
        let [Item::Value { value: Operand::Path(path), .. }] = query.select.as_slice() else {
            return Err(Fault::malformed(
                query.at,
                "The inner select field of a semi join must be an id or reference field",
            ));
        };
        let column = inner.resolve(path)?;
        if !column.field.kind.is_id() || column.table != 0 {
            return Err(Fault::malformed(
                path.at(),
                format!("The inner select field '{}' cannot have any other type than ID or reference", path.text()),
            ));
        }
        let targets = |field: &crate::schema::Field, own: &str| match field.kind {
            Kind::Id => vec![own.to_owned()],
            _ => field.to.clone(),
        };
        let mine = targets(outer.field, &self.scope.root().name);
        let theirs = targets(column.field, &object.name);
        if !mine.iter().any(|name| theirs.contains(name)) {
            return Err(Fault::malformed(path.at(), "The types of a semi join's two fields do not match"));
        }
        if outer.field.kind == Kind::Id && object.number == self.scope.root().number {
            return Err(Fault::malformed(
                path.at(),
                "The inner and outer selects should not be on the same object type",
            ));
        }
        let selected = inner.sql(column);
        let mut conditions = vec![format!("{selected} IS NOT NULL")];
        if object.has_bin() && !self.deleted {
            conditions.push(format!("{} = 0", inner.sql_of(0, "IsDeleted")));
        }
        if let Some(condition) = &query.condition {
            let mut filter = Filter {
                scope: &mut inner,
                values: self.values,
                deleted: self.deleted,
                groups: None,
                joined: true,
                semi_joins: 0,
            };
            conditions.push(filter.sql(condition)?);
        }
        let subquery = format!(
            "SELECT {selected} FROM {}{} WHERE {}",
            inner.root_sql(),
            inner.joins_sql(),
            conditions.join(" AND ")
        );
        let sql = self.scope.sql(outer);
        Ok(if negated {
            format!("({sql} IS NULL OR {sql} NOT IN ({subquery}))")
        } else {
            format!("{sql} IN ({subquery})")
        })
    }
}

/// Joins by halves: SQLite bounds how deep an expression may be, and a plain chain is as deep as it is long.
fn balanced(parts: &[String], joiner: &str) -> String {
    const SHORT: usize = 100;
    if parts.len() <= SHORT {
        return format!("({})", parts.join(joiner));
    }
    let (left, right) = parts.split_at(parts.len() / 2);
    format!("({}{joiner}{})", balanced(left, joiner), balanced(right, joiner))
}

fn two_valued(sql: String, place: Place) -> String {
    if place.negated { format!("(({sql}) IS TRUE)") } else { sql }
}

fn as_json(cell: Cell) -> serde_json::Value {
    match cell {
        Cell::Null => serde_json::Value::Null,
        Cell::Text(text) => text.into(),
        Cell::Integer(number) => number.into(),
        Cell::Real(number) => number.into(),
    }
}

/// The fault for an operator that a type does not have.
fn operator_fault(at: usize, message: &str) -> Fault {
    Fault { code: "INVALID_QUERY_FILTER_OPERATOR", at, message: message.into() }
}

/// The value to compare with, if its type fits the field's; the quotes decide.
fn cell(left: &Expression<'_>, literal: &Literal) -> Result<Cell, Fault> {
    let wrong = || {
        let (kind, quoted) = match left.kind {
            Kind::Boolean => ("boolean", false),
            Kind::Int => ("int", false),
            Kind::Currency | Kind::Double | Kind::Percent => ("double", false),
            Kind::Date => ("date", false),
            Kind::DateTime => ("dateTime", false),
            Kind::Time => ("time", false),
            _ => ("string", true),
        };
        let quotes = if quoted { "should be enclosed in quotes" } else { "should not be enclosed in quotes" };
        Fault::field(
            literal.at,
            format!(
                "value of filter criterion for field '{}' must be of type {kind} and {quotes}",
                left.column.field.name
            ),
        )
    };
    match (&literal.value, left.kind) {
        (Value::Null, _) => Ok(Cell::Null),
        (Value::Text(text), kind) if kind.is_id() => {
            if text.is_empty() {
                return Ok(Cell::Null);
            }
            ids::normal(text).map(Cell::Text).ok_or_else(|| Fault {
                code: "INVALID_QUERY_FILTER_OPERATOR",
                at: literal.at,
                message: format!("invalid ID field: {text}"),
            })
        }
        (Value::Text(text), kind) if kind.is_text() => Ok(Cell::text(text)),
        (Value::Boolean(flag), Kind::Boolean) => Ok(Cell::flag(*flag)),
        (Value::Number(text), kind) if kind.is_decimal() || kind == Kind::Int => {
            text.parse().map(Cell::Real).map_err(|_| wrong())
        }
        (Value::Date(text), Kind::Date) => Ok(Cell::text(text)),
        (Value::DateTime(instant), Kind::DateTime) => Ok(Cell::Integer(*instant)),
        (Value::Time(text), Kind::Time) => Ok(Cell::text(text)),
        _ => Err(wrong()),
    }
}

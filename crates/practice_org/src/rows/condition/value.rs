//! What a condition comes to for a row.

use super::{Function, Operator, Part, Row};
use crate::rows::value::Cell;
use crate::schema::Kind;
use crate::time;

/// What a part of a condition comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Nothing,
    Flag(bool),
    Number(f64),
    Text(String),
}

impl Value {
    /// Where a boolean is wanted.
    pub(super) fn is_true(&self) -> bool {
        *self == Value::Flag(true)
    }

    fn is_blank(&self) -> bool {
        match self {
            Value::Nothing => true,
            Value::Text(text) => text.is_empty(),
            _ => false,
        }
    }

    fn text(&self) -> &str {
        match self {
            Value::Text(text) => text,
            _ => "",
        }
    }
}

fn of_cell(cell: &Cell, kind: Kind) -> Value {
    match (cell, kind) {
        (Cell::Null, Kind::Boolean) => Value::Flag(false),
        (Cell::Null, _) => Value::Nothing,
        (Cell::Integer(number), Kind::Boolean) => Value::Flag(*number != 0),
        (Cell::Integer(number), _) => Value::Number(*number as f64),
        (Cell::Real(number), _) => Value::Number(*number),
        (Cell::Text(text), _) => Value::Text(text.clone()),
    }
}

/// What a part comes to for a row.
pub(super) fn value(part: &Part, row: &impl Row) -> Value {
    match part {
        Part::Constant(value) => value.clone(),
        Part::Field(place, kind) => of_cell(row.now(*place), *kind),
        Part::Pair(operator, sides) => match operator {
            Operator::Or => Value::Flag(value(&sides.0, row).is_true() || value(&sides.1, row).is_true()),
            Operator::And => Value::Flag(value(&sides.0, row).is_true() && value(&sides.1, row).is_true()),
            _ => pair(*operator, &value(&sides.0, row), &value(&sides.1, row)),
        },
        Part::Call(function, arguments) => call(*function, arguments, row),
    }
}

fn pair(operator: Operator, left: &Value, right: &Value) -> Value {
    let equal = (left.is_blank() && right.is_blank()) || left == right;
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.partial_cmp(right),
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        _ => None,
    };
    match operator {
        Operator::Equal => Value::Flag(equal),
        Operator::Unequal => Value::Flag(!equal),
        Operator::Less => Value::Flag(order.is_some_and(|order| order.is_lt())),
        Operator::LessOrEqual => Value::Flag(order.is_some_and(|order| order.is_le())),
        Operator::Greater => Value::Flag(order.is_some_and(|order| order.is_gt())),
        Operator::GreaterOrEqual => Value::Flag(order.is_some_and(|order| order.is_ge())),
        Operator::Join => Value::Text(format!("{}{}", left.text(), right.text())),
        Operator::Plus if matches!(left, Value::Text(_)) => Value::Text(format!("{}{}", left.text(), right.text())),
        _ => match (left, right) {
            (Value::Number(left), Value::Number(right)) => match operator {
                Operator::Plus => Value::Number(left + right),
                Operator::Minus => Value::Number(left - right),
                Operator::Times => Value::Number(left * right),
                Operator::Over if *right != 0.0 => Value::Number(left / right),
                _ => Value::Nothing,
            },
            _ => Value::Nothing,
        },
    }
}

fn call(function: Function, arguments: &[Part], row: &impl Row) -> Value {
    let at = |place: usize| value(&arguments[place], row);
    match function {
        Function::And => Value::Flag(arguments.iter().all(|part| value(part, row).is_true())),
        Function::Or => Value::Flag(arguments.iter().any(|part| value(part, row).is_true())),
        Function::Not => Value::Flag(!at(0).is_true()),
        Function::If => at(if at(0).is_true() { 1 } else { 2 }),
        Function::IsBlank => Value::Flag(at(0).is_blank()),
        Function::IsPickVal => Value::Flag(at(0).text() == at(1).text()),
        Function::IsNew => Value::Flag(row.is_new()),
        Function::IsChanged => match arguments.first() {
            Some(Part::Field(place, _)) => Value::Flag(!row.is_new() && row.now(*place) != row.before(*place)),
            _ => Value::Flag(false),
        },
        Function::Len => Value::Number(at(0).text().chars().count() as f64),
        Function::Contains => Value::Flag(at(0).text().contains(at(1).text())),
        Function::Begins => Value::Flag(at(0).text().starts_with(at(1).text())),
        Function::Upper => Value::Text(at(0).text().to_uppercase()),
        Function::Lower => Value::Text(at(0).text().to_lowercase()),
        Function::Trim => Value::Text(at(0).text().trim().to_owned()),
        Function::Abs => match at(0) {
            Value::Number(number) => Value::Number(number.abs()),
            _ => Value::Nothing,
        },
        Function::Today => Value::Text(time::today().to_string()),
        Function::Now => Value::Number(time::now_exact() as f64),
        Function::Date => match (at(0), at(1), at(2)) {
            (Value::Number(year), Value::Number(month), Value::Number(day)) => {
                let text = format!("{year:04}-{month:02}-{day:02}");
                if time::parse_date(&text).is_some() { Value::Text(text) } else { Value::Nothing }
            }
            _ => Value::Nothing,
        },
    }
}

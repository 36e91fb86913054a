//! Operators and their types: nothing is converted by itself.

use super::super::lexer::Operator;
use super::super::node::{Expr, Node};
use super::super::operate::{Arithmetic, ClockShift, Comparison, Concat, DayShift, InstantShift, Logic, Pair, Sign};
use super::super::problem::{Problem, ProblemKind};
use super::super::syntax::{self, ExprKind};
use super::super::value::Type;
use super::{Checker, Typed, conversion, depth};
use std::ops::Range;

fn operation<K: super::super::node::Kind>(operation: K::Operation) -> Expr<K> {
    Expr::Operation(Box::new(operation))
}

/// A blank of a type.
pub(super) fn blank_of(kind: Type) -> Node {
    match kind {
        Type::Number => Node::Number(Expr::blank()),
        Type::Text | Type::Picklist | Type::MultiPicklist => Node::Text(Expr::blank()),
        Type::Boolean => Node::Truth(Expr::blank()),
        Type::Date => Node::Date(Expr::blank()),
        Type::DateTime => Node::DateTime(Expr::blank()),
        Type::Time => Node::Time(Expr::blank()),
        Type::Location => Node::Place(Expr::blank()),
        Type::Null => Node::Null,
    }
}

impl Checker<'_> {
    pub(super) fn unary(&mut self, operator: Operator, inner: &syntax::Expr, span: Range<usize>) -> Option<Typed> {
        let inner = self.expr(inner)?;
        let wanted = if operator == Operator::Not { Type::Boolean } else { Type::Number };
        if !matches!(inner.kind, Type::Null) && inner.kind != wanted {
            let message = format!("{} takes {}, and this is {}", operator.symbol(), wanted.a(), inner.kind.a());
            let problem = Problem::new(ProblemKind::ArgType, inner.span.clone(), message);
            self.problem(problem.maybe(conversion(inner.kind, wanted).map(str::to_owned)));
            return None;
        }
        let (fixed, below) = (inner.fixed, depth([&inner]));
        let node = match operator {
            Operator::Not => Node::Truth(operation(Logic::Not(inner.truth()))),
            Operator::Minus => Node::Number(operation(Arithmetic::Negative(inner.number()))),
            _ => Node::Number(inner.number()),
        };
        self.made(node, wanted, span, fixed, below)
    }

    /// Operands from left to right.
    pub(super) fn chain(&mut self, first: &syntax::Expr, rest: &[(Operator, syntax::Expr)]) -> Option<Typed> {
        self.lint_chain(first, rest);
        if let Some((Operator::And | Operator::Or, _)) = rest.first() {
            return self.conditions(first, rest);
        }
        let mut left = self.expr(first);
        for (operator, right) in rest {
            let right = self.expr(right);
            left = left.zip(right).and_then(|(left, right)| self.binary(*operator, left, right));
        }
        left
    }

    fn conditions(&mut self, first: &syntax::Expr, rest: &[(Operator, syntax::Expr)]) -> Option<Typed> {
        let all = matches!(rest.first(), Some((Operator::And, _)));
        let symbol = if all { "&&" } else { "||" };
        let parts: Vec<_> = std::iter::once(first).chain(rest.iter().map(|(_, operand)| operand)).collect();
        self.joined(&parts, all, symbol)
    }

    /// Conditions joined by AND or OR.
    pub(super) fn joined(&mut self, parts: &[&syntax::Expr], all: bool, name: &str) -> Option<Typed> {
        let mut checked = Some(Vec::new());
        for part in parts {
            let condition = self.condition(part, name);
            checked = checked.zip(condition).map(|(mut checked, condition)| {
                checked.push(condition);
                checked
            });
        }
        let checked = checked?;
        let span = parts.first()?.span.start..parts.last()?.span.end;
        let (fixed, below) = (checked.iter().all(|part| part.fixed), depth(&checked));
        let parts = checked.into_iter().map(Typed::truth).collect();
        let logic = if all { Logic::All(parts) } else { Logic::Any(parts) };
        self.made(Node::Truth(operation(logic)), Type::Boolean, span, fixed, below)
    }

    /// A part that must be true or false; NULL is unknown.
    pub(super) fn condition(&mut self, expr: &syntax::Expr, name: &str) -> Option<Typed> {
        let typed = self.expr(expr)?;
        if matches!(typed.kind, Type::Boolean | Type::Null) {
            return Some(typed);
        }
        let message = format!("{name} takes true or false, and this is {}", typed.kind.a());
        let problem = Problem::new(ProblemKind::ArgType, typed.span, message);
        self.problem(problem.maybe(conversion(typed.kind, Type::Boolean).map(str::to_owned)));
        None
    }

    fn binary(&mut self, operator: Operator, left: Typed, right: Typed) -> Option<Typed> {
        match operator {
            Operator::Equal => self.compare(Comparison::Equal, operator, left, right),
            Operator::NotEqual => self.compare(Comparison::NotEqual, operator, left, right),
            Operator::Less => self.compare(Comparison::Less, operator, left, right),
            Operator::LessEqual => self.compare(Comparison::LessEqual, operator, left, right),
            Operator::Greater => self.compare(Comparison::Greater, operator, left, right),
            Operator::GreaterEqual => self.compare(Comparison::GreaterEqual, operator, left, right),
            _ => self.arithmetic(operator, left, right),
        }
    }

    fn arithmetic(&mut self, operator: Operator, left: Typed, right: Typed) -> Option<Typed> {
        use Type as T;
        let span = left.span.start..right.span.end;
        let (fixed, below) = (left.fixed && right.fixed, depth([&left, &right]));
        let sign = match operator {
            Operator::Plus => Sign::Plus,
            Operator::Minus => Sign::Minus,
            Operator::Times => Sign::Times,
            Operator::Divide => Sign::Over,
            _ => Sign::Power,
        };
        let back = operator == Operator::Minus;
        let adds = matches!(operator, Operator::Plus | Operator::Minus);
        let here = span.clone();
        let (node, kind) = match (operator, left.kind, right.kind) {
            (Operator::Plus | Operator::Concat, T::Text, T::Text | T::Null)
            | (Operator::Plus | Operator::Concat, T::Null, T::Text)
            | (Operator::Concat, T::Null, T::Null) => (Node::Text(join(left.text(), right.text())), T::Text),
            (Operator::Concat, ..) => return self.refuse(operator, &left, &right, &[T::Text]),
            (Operator::Minus, T::Date, T::Date) => {
                (Node::Number(operation(Arithmetic::Days(left.date(), right.date()))), T::Number)
            }
            (Operator::Minus, T::DateTime, T::DateTime) => {
                (Node::Number(operation(Arithmetic::InstantDays(left.instant(), right.instant()))), T::Number)
            }
            (Operator::Minus, T::Time, T::Time) => {
                (Node::Number(operation(Arithmetic::Milliseconds(left.time(), right.time()))), T::Number)
            }
            (_, T::Date, T::Number | T::Null) if adds => {
                (Node::Date(operation(DayShift { from: left.date(), by: right.number(), back, span: here })), T::Date)
            }
            (Operator::Plus, T::Number | T::Null, T::Date) => {
                (Node::Date(operation(DayShift { from: right.date(), by: left.number(), back, span: here })), T::Date)
            }
            (_, T::DateTime, T::Number | T::Null) if adds => {
                let shift = InstantShift { from: left.instant(), by: right.number(), back, span: here };
                (Node::DateTime(operation(shift)), T::DateTime)
            }
            (Operator::Plus, T::Number | T::Null, T::DateTime) => {
                let shift = InstantShift { from: right.instant(), by: left.number(), back, span: here };
                (Node::DateTime(operation(shift)), T::DateTime)
            }
            (_, T::Time, T::Number | T::Null) if adds => {
                let shift = ClockShift { from: left.time(), by: right.number(), back };
                (Node::Time(operation(shift)), T::Time)
            }
            (_, T::Number | T::Null, T::Number | T::Null) => {
                let arithmetic = Arithmetic::Binary(sign, left.number(), right.number(), here);
                (Node::Number(operation(arithmetic)), T::Number)
            }
            _ => {
                let fitting: &[Type] = match (operator, left.kind) {
                    (Operator::Plus, T::Text) => &[T::Text],
                    (Operator::Minus, T::Date) => &[T::Number, T::Date],
                    (Operator::Minus, T::DateTime) => &[T::Number, T::DateTime],
                    (Operator::Minus, T::Time) => &[T::Number, T::Time],
                    _ => &[T::Number],
                };
                return self.refuse(operator, &left, &right, fitting);
            }
        };
        self.made(node, kind, span, fixed, below)
    }

    /// Tells that two operands do not go together; `fitting` is what would fit instead of the wrong one.
    fn refuse(&mut self, operator: Operator, left: &Typed, right: &Typed, fitting: &[Type]) -> Option<Typed> {
        let symbol = operator.symbol();
        let takes_left = match operator {
            Operator::Concat => left.kind == Type::Text,
            Operator::Plus | Operator::Minus => {
                !matches!(left.kind, Type::Boolean | Type::Picklist | Type::MultiPicklist | Type::Location)
                    && (operator == Operator::Plus || left.kind != Type::Text)
            }
            _ => left.kind == Type::Number,
        };
        let wrong = if takes_left || left.kind == Type::Null { right } else { left };
        let message = match (left.kind == right.kind, std::ptr::eq(wrong, left)) {
            (true, _) => format!("{symbol} does not go between two values that are {}", left.kind.a()),
            (false, _) => format!("{symbol} does not go between {} and {}", left.kind.a(), right.kind.a()),
        };
        let hint = match (left.kind, right.kind) {
            (Type::Date, Type::DateTime) | (Type::DateTime, Type::Date) => {
                Some("Wrap the date and time in DATEVALUE(), or the date in DATETIMEVALUE().")
            }
            (Type::Text, Type::Number) | (Type::Number, Type::Text) if operator == Operator::Plus => {
                Some("Wrap the number in TEXT() to join texts, or the text in VALUE() to add numbers.")
            }
            _ => fitting.iter().find_map(|kind| conversion(wrong.kind, *kind)),
        };
        let problem = Problem::new(ProblemKind::ArgType, wrong.span.clone(), message);
        self.problem(problem.maybe(hint.map(str::to_owned)));
        None
    }

    fn compare(&mut self, how: Comparison, operator: Operator, left: Typed, right: Typed) -> Option<Typed> {
        let span = left.span.start..right.span.end;
        let (fixed, below) = (left.fixed && right.fixed, depth([&left, &right]));
        let kind = match (left.kind, right.kind) {
            (a, b) if a == b => a,
            (Type::Null, other) | (other, Type::Null) => other,
            (a, b) => return self.incomparable(operator, &left, &right, a, b),
        };
        let equality = matches!(how, Comparison::Equal | Comparison::NotEqual);
        let allowed = match kind {
            Type::Number | Type::Date | Type::DateTime | Type::Time | Type::Text | Type::Null => true,
            Type::Boolean => equality,
            Type::Picklist | Type::MultiPicklist | Type::Location => false,
        };
        if !allowed {
            return self.incomparable(operator, &left, &right, kind, kind);
        }
        self.lint_null(kind, &left, &right);
        let pair = match kind {
            Type::Text if equality => {
                let logic = Logic::SameText(how == Comparison::Equal, left.text(), right.text());
                return self.made(Node::Truth(operation(logic)), Type::Boolean, span, fixed, below);
            }
            Type::Text => Pair::Text(left.text(), right.text()),
            Type::Number => Pair::Number(left.number(), right.number()),
            Type::Boolean => Pair::Truth(left.truth(), right.truth()),
            Type::Date => Pair::Date(left.date(), right.date()),
            Type::DateTime => Pair::DateTime(left.instant(), right.instant()),
            Type::Time => Pair::Time(left.time(), right.time()),
            _ => Pair::Null,
        };
        self.made(Node::Truth(operation(Logic::Compare(how, pair))), Type::Boolean, span, fixed, below)
    }

    fn incomparable(&mut self, operator: Operator, left: &Typed, right: &Typed, a: Type, b: Type) -> Option<Typed> {
        let symbol = operator.symbol();
        let message = if a == b {
            format!("{} cannot be compared with {symbol}", capital(a.a()))
        } else {
            format!("{} cannot be compared with {}", capital(a.a()), b.a())
        };
        let hint = match (a, b) {
            (Type::Picklist, _) | (_, Type::Picklist) => Some("Use ISPICKVAL(field, \"value\"), CASE or TEXT(field)."),
            (Type::MultiPicklist, _) | (_, Type::MultiPicklist) => Some("Use INCLUDES(field, \"value\")."),
            (Type::Location, _) | (_, Type::Location) => Some("Use DISTANCE(from, to, \"km\")."),
            (Type::Date, Type::DateTime) | (Type::DateTime, Type::Date) => {
                Some("Wrap the date and time in DATEVALUE(), or the date in DATETIMEVALUE().")
            }
            _ => conversion(b, a).or(conversion(a, b)),
        };
        let wrong = if a == b { left.span.start..right.span.end } else { right.span.clone() };
        self.problem(Problem::new(ProblemKind::ArgType, wrong, message).maybe(hint.map(str::to_owned)));
        None
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Two texts joined; a chain becomes one operation.
fn join(
    left: Expr<super::super::kinds::Text>,
    right: Expr<super::super::kinds::Text>,
) -> Expr<super::super::kinds::Text> {
    let mut parts = match left {
        Expr::Operation(concat) => concat.0,
        other => vec![other],
    };
    match (parts.last_mut(), right) {
        (Some(Expr::Constant(last)), Expr::Constant(more)) => *last = format!("{last}{more}").into(),
        (_, right) => parts.push(right),
    }
    operation(Concat(parts))
}

impl Checker<'_> {
    /// Looks at a chain for what is easily misread.
    fn lint_chain(&mut self, first: &syntax::Expr, rest: &[(Operator, syntax::Expr)]) {
        if !matches!(rest.first(), Some((Operator::Power, _))) {
            return;
        }
        let mut operands = std::iter::once(first).chain(rest.iter().map(|(_, operand)| operand));
        if let Some(product) = operands.find(|operand| matches!(operand.kind, ExprKind::Chain(..))) {
            self.doubt(
                product.span.clone(),
                "In Salesforce ^ binds looser than * and /: 2*2^3 is 64",
                "Put parentheses around what belongs together.",
            );
        }
    }
}

//! From the tree as written to the compiled form: names become slots, types are checked, constants folded, literals made ready.
//!
//! Every mistake is told, not only the first: a part that is wrong is left out and what stands around it is looked at all the same.
//! A constant part that fails (`1/0`) stays as it is, so that it fails when a row runs through it and not before.

mod calls;
mod lint;
mod operators;
pub(super) mod ready;
pub(super) mod special;

use super::functions;
use super::kinds::{Clock, Day, Instant, Number, Place, Text, Truth};
use super::nearest::nearest;
use super::node::{Env, Expr, Field, Kind, Node, Scratch, Settings};
use super::problem::{Problem, ProblemKind};
use super::scope::{CellError, Cells, Moment, Scope};
use super::syntax::{self, ExprKind};
use super::value::{Type, Value};
use crate::formula::decimal::Decimal;
use std::ops::Range;

/// Deepest compiled tree.
const DEEPEST: u16 = 400;

/// A part that was checked.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    pub(super) node: Node,
    pub(super) kind: Type,
    pub(super) span: Range<usize>,
    /// Whether it is a text in quotes.
    pub(super) literal: bool,
    /// The field, if it is one.
    pub(super) field: Option<Field>,
    /// Whether it is the same for every row and run.
    pub(super) fixed: bool,
    depth: u16,
}

impl Typed {
    pub(super) fn number(self) -> Expr<Number> {
        if let Node::Number(expr) = self.node { expr } else { Expr::blank() }
    }

    pub(super) fn text(self) -> Expr<Text> {
        if let Node::Text(expr) = self.node { expr } else { Expr::blank() }
    }

    pub(super) fn truth(self) -> Expr<Truth> {
        if let Node::Truth(expr) = self.node { expr } else { Expr::blank() }
    }

    pub(super) fn date(self) -> Expr<Day> {
        if let Node::Date(expr) = self.node { expr } else { Expr::blank() }
    }

    pub(super) fn instant(self) -> Expr<Instant> {
        if let Node::DateTime(expr) = self.node { expr } else { Expr::blank() }
    }

    pub(super) fn time(self) -> Expr<Clock> {
        if let Node::Time(expr) = self.node { expr } else { Expr::blank() }
    }

    pub(super) fn place(self) -> Expr<Place> {
        if let Node::Place(expr) = self.node { expr } else { Expr::blank() }
    }

    /// The constant text, if it is one.
    pub(super) fn known_text(&self) -> Option<&str> {
        if let Node::Text(Expr::Constant(text)) = &self.node { Some(text) } else { None }
    }

    /// The constant number, if it is one.
    pub(super) fn known_number(&self) -> Option<Decimal> {
        if let Node::Number(Expr::Constant(number)) = &self.node { *number } else { None }
    }
}

/// Goes through a formula once.
pub(super) struct Checker<'s> {
    pub(super) scope: &'s Scope<'s>,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
    /// The fields in use.
    pub(super) settings: Settings,
}

/// Cells of no row: what is constant asks for none.
struct NoCells;

impl Cells for NoCells {
    fn get(&self, _slot: usize) -> Result<Value<'_>, CellError> {
        Err(CellError::new("there is no row"))
    }
}

impl<'s> Checker<'s> {
    pub(super) fn new(scope: &'s Scope<'s>) -> Checker<'s> {
        let settings = Settings { blanks: scope.blanks, zone: scope.zone.clone(), names: Vec::new() };
        Checker { scope, problems: Vec::new(), warnings: Vec::new(), settings }
    }

    pub(super) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(super) fn doubt(&mut self, span: Range<usize>, message: &str, hint: &str) {
        self.warnings.push(Problem::new(ProblemKind::Doubtful, span, message).hint(hint));
    }

    /// Checks a part. `None` when it was wrong, which has been told.
    pub(super) fn expr(&mut self, expr: &syntax::Expr) -> Option<Typed> {
        let span = expr.span.clone();
        match &expr.kind {
            ExprKind::Number(digits) => match Decimal::parse(digits) {
                Some(number) => Some(constant(Node::Number(Expr::Constant(Some(number))), Type::Number, span)),
                None => {
                    self.problem(Problem::new(ProblemKind::Syntax, span, "This number is too large"));
                    None
                }
            },
            ExprKind::Text(text) => {
                let node = Node::Text(Expr::Constant(text.as_str().into()));
                Some(Typed { literal: true, ..constant(node, Type::Text, span) })
            }
            ExprKind::Boolean(truth) => Some(constant(Node::Truth(Expr::Constant(Some(*truth))), Type::Boolean, span)),
            ExprKind::Null => Some(constant(Node::Null, Type::Null, span)),
            ExprKind::Name(name) => self.field(name, span),
            ExprKind::Group(inner) => {
                let inner = self.expr(inner)?;
                // A field in parentheses is no longer a mere field for ISCHANGED, but a literal stays one.
                Some(Typed { span, ..inner })
            }
            ExprKind::Unary(operator, inner) => self.unary(*operator, inner, span),
            ExprKind::Chain(first, rest) => self.chain(first, rest),
            ExprKind::Call(call) => self.call(call, span),
        }
    }

    fn field(&mut self, name: &str, span: Range<usize>) -> Option<Typed> {
        let Some((slot, kind)) = self.scope.fields.find(name) else {
            let problem = self.unknown_field(name, span);
            self.problem(problem);
            return None;
        };
        if !self.settings.names.iter().any(|(known, _)| *known == slot) {
            self.settings.names.push((slot, name.to_owned()));
        }
        let field = Field { slot, span: span.clone(), previous: false };
        Some(Typed {
            node: field_node(field.clone(), kind),
            kind,
            span,
            literal: false,
            field: Some(field),
            fixed: false,
            depth: 1,
        })
    }

    fn unknown_field(&self, name: &str, span: Range<usize>) -> Problem {
        let global = name.split('.').next().unwrap_or(name);
        if functions::GLOBALS.iter().any(|known| known.eq_ignore_ascii_case(global)) {
            let message = format!("{global} belongs to an org; a row does not know it");
            return Problem::new(ProblemKind::UnsupportedOffline, span, message)
                .hint("Put the value in as a constant, or add it to the source.");
        }
        let names = self.scope.fields.names();
        let hint = match functions::find(name) {
            Some(function) => Some(format!("{0} is a function: write {0}().", function.name)),
            None => nearest(name, names.iter().map(String::as_str)).map(|near| {
                format!(
                    "Did you mean {}?",
                    if syntax::needs_braces(near) { format!("{{!{near}}}") } else { near.to_owned() }
                )
            }),
        };
        Problem::new(ProblemKind::UnknownField, span, format!("There is no field {name}")).maybe(hint)
    }

    /// A checked part made of others.
    pub(super) fn made(
        &mut self,
        node: Node,
        kind: Type,
        span: Range<usize>,
        fixed: bool,
        below: u16,
    ) -> Option<Typed> {
        if below >= DEEPEST {
            // Once is enough: what stands around it is as deep.
            if !self.problems.iter().any(|problem| problem.kind == ProblemKind::TooLarge) {
                let message = format!("The formula is nested deeper than {DEEPEST} levels");
                self.problem(Problem::new(ProblemKind::TooLarge, span, message));
            }
            return None;
        }
        let node = if fixed { self.folded(node) } else { node };
        Some(Typed { node, kind, span, literal: false, field: None, fixed, depth: below + 1 })
    }

    /// The constant that a fixed part comes to; itself when it fails.
    fn folded(&self, node: Node) -> Node {
        if node.is_constant() {
            return node;
        }
        let scratch = Scratch::new();
        let moment = Moment { now: jiff::Timestamp::UNIX_EPOCH };
        let env = Env { cells: &NoCells, moment: &moment, scratch: &scratch, settings: &self.settings };
        fn fold<K: Kind>(expr: Expr<K>, env: &Env<'_>, wrap: fn(Expr<K>) -> Node) -> Node {
            let kept = {
                // The tree must outlive what is borrowed from it.
                let env = Env { ..*env };
                eval_kept(&expr, &env)
            };
            wrap(kept.map_or(expr, Expr::Constant))
        }
        match node {
            Node::Number(expr) => fold(expr, &env, Node::Number),
            Node::Text(expr) => fold(expr, &env, Node::Text),
            Node::Truth(expr) => fold(expr, &env, Node::Truth),
            Node::Date(expr) => fold(expr, &env, Node::Date),
            Node::DateTime(expr) => fold(expr, &env, Node::DateTime),
            Node::Time(expr) => fold(expr, &env, Node::Time),
            Node::Place(expr) => fold(expr, &env, Node::Place),
            Node::Null => Node::Null,
        }
    }
}

fn eval_kept<'a, K: Kind>(expr: &'a Expr<K>, env: &Env<'a>) -> Option<K::Constant> {
    expr.eval(env).ok().map(K::kept)
}

fn constant(node: Node, kind: Type, span: Range<usize>) -> Typed {
    Typed { node, kind, span, literal: false, field: None, fixed: true, depth: 1 }
}

/// The node of a field.
pub(super) fn field_node(field: Field, kind: Type) -> Node {
    match kind {
        Type::Number => Node::Number(Expr::Field(field)),
        Type::Text | Type::Picklist | Type::MultiPicklist => Node::Text(Expr::Field(field)),
        Type::Boolean => Node::Truth(Expr::Field(field)),
        Type::Date => Node::Date(Expr::Field(field)),
        Type::DateTime => Node::DateTime(Expr::Field(field)),
        Type::Time => Node::Time(Expr::Field(field)),
        Type::Location => Node::Place(Expr::Field(field)),
        Type::Null => Node::Null,
    }
}

/// How deep the deepest is.
pub(super) fn depth<'t>(parts: impl IntoIterator<Item = &'t Typed>) -> u16 {
    parts.into_iter().map(|part| part.depth).max().unwrap_or(0)
}

/// What to do with a value of a type that does not fit where another is wanted.
pub(super) fn conversion(from: Type, to: Type) -> Option<&'static str> {
    Some(match (from, to) {
        (Type::Number | Type::Date | Type::DateTime | Type::Time | Type::Picklist, Type::Text) => "Wrap it in TEXT().",
        (Type::Boolean, Type::Text) => "Write IF(…, \"true\", \"false\").",
        (Type::MultiPicklist, Type::Text) => "Test it with INCLUDES(field, \"value\").",
        (Type::Text, Type::Number) => "Wrap it in VALUE(), or PARSENUMBER() with a format.",
        (Type::Picklist, Type::Number) => "Wrap it in VALUE(TEXT()).",
        (Type::Boolean, Type::Number) => "Write IF(…, 1, 0).",
        (Type::Text | Type::DateTime, Type::Date) => "Wrap it in DATEVALUE().",
        (Type::Text | Type::Date, Type::DateTime) => "Wrap it in DATETIMEVALUE().",
        (Type::Text | Type::DateTime, Type::Time) => "Wrap it in TIMEVALUE().",
        (Type::Picklist, Type::Boolean) => "Test it with ISPICKVAL(field, \"value\").",
        (Type::MultiPicklist, Type::Boolean) => "Test it with INCLUDES(field, \"value\").",
        (Type::Text, Type::Boolean) => "Compare it: text = \"true\".",
        (Type::Number, Type::Boolean) => "Compare it: number <> 0.",
        (Type::MultiPicklist, Type::Picklist) => "Use INCLUDES(field, \"value\") for a multi-select picklist.",
        (Type::Picklist, Type::MultiPicklist) => "Use ISPICKVAL(field, \"value\") for a picklist.",
        (Type::Text, Type::Picklist) => "Compare texts with =.",
        (Type::Text, Type::MultiPicklist) => "Use CONTAINS(text, search) for text.",
        (_, Type::Location) => "Write GEOLOCATION(latitude, longitude).",
        _ => return None,
    })
}

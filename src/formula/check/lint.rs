//! What compiles and probably does not do what was meant.

use super::super::functions::{Function, times};
use super::super::node::{Expr, Node};
use super::super::operate::Arithmetic;
use super::super::scope::Blanks;
use super::super::value::Type;
use super::{Checker, Typed};
use crate::formula::decimal::Decimal;
use std::ops::Range;

impl Checker<'_> {
    /// A comparison with NULL.
    pub(super) fn lint_null(&mut self, kind: Type, left: &Typed, right: &Typed) {
        let null = left.kind == Type::Null || right.kind == Type::Null;
        if null && kind != Type::Text {
            let span = left.span.start..right.span.end;
            self.doubt(span, "A comparison with NULL is never true", "Use ISBLANK(value).");
        }
    }

    /// ISBLANK and BLANKVALUE of a number that cannot be blank.
    pub(super) fn lint_zero(&mut self, name: &str, value: &Typed) {
        if value.kind == Type::Number && value.field.is_some() && self.scope.blanks == Blanks::Zero {
            let message = format!("Blank numbers are treated as zeroes, so {name} never finds one");
            let hint = "Compare with 0, or treat blank fields as blanks.";
            self.doubt(value.span.clone(), &message, hint);
        }
    }

    /// A call whose arguments look odd.
    pub(super) fn lint_call(&mut self, function: &Function, arguments: &[Typed], span: &Range<usize>) {
        match (function.name, arguments) {
            ("CONTAINS", [text, search]) if text.fixed && !search.fixed => self.doubt(
                search.span.clone(),
                "CONTAINS is also true when the search text is blank",
                "Test it beforehand: AND(NOT(ISBLANK(x)), CONTAINS(…, x)).",
            ),
            ("FLOOR", [number]) if is_negative(number) => self.doubt(
                span.clone(),
                "FLOOR goes toward zero: FLOOR(-2.9) is -2",
                "Use MFLOOR for the next smaller whole number.",
            ),
            ("HOUR", [time]) if from_instant(&time.node) => {
                self.doubt(span.clone(), "TIMEVALUE of a date and time is in GMT", "Add the hours of your time zone.");
            }
            ("DATEVALUE", [value]) if value.kind == Type::DateTime => {
                let zone = self.scope.zone.iana_name().unwrap_or("the run's time zone").to_owned();
                let message = format!("On which day an instant falls depends on the time zone; here it is {zone}");
                self.doubt(span.clone(), &message, "Check that the time zone of the run is meant.");
            }
            ("DATEVALUE", [value]) => {
                let loose = value.known_text().filter(|text| text.len() < 10 && times::date(text).is_some());
                if loose.is_some() {
                    let message = "Salesforce wants two digits of month and day in some places";
                    self.doubt(value.span.clone(), message, "Write 2024-01-05.");
                }
            }
            ("VALUE" | "ISNUMBER", [value]) => {
                let padded = value.known_text().filter(|text| text.trim() != *text);
                if padded.is_some() {
                    self.doubt(value.span.clone(), "Spaces around digits are not accepted", "TRIM the text first.");
                }
            }
            _ => {}
        }
    }
}

fn is_negative(number: &Typed) -> bool {
    let negative = matches!(&number.node, Node::Number(Expr::Operation(operation)) if matches!(**operation, Arithmetic::Negative(_)));
    negative || number.known_number().is_some_and(|number| number < Decimal::ZERO)
}

/// Whether it is TIMEVALUE of an instant.
fn from_instant(node: &Node) -> bool {
    match node {
        Node::Time(Expr::Call(call)) => matches!(call.given.arguments.as_slice(), [Node::DateTime(_)]),
        _ => false,
    }
}

//! The tree of a formula as written: nothing is known yet of fields, functions and types.
//!
//! Operators of one level stand in one chain (`1 + 2 - 3`), so that the tree is as deep as its parentheses and calls, not as long as
//! its text. Printed, a tree gives text that parses to the same tree.

use super::lexer::Operator;
use std::fmt;
use std::ops::Range;

/// A part of a formula and where it stands, in bytes.
#[derive(Debug, Clone)]
pub(super) struct Expr {
    pub(super) kind: ExprKind,
    pub(super) span: Range<usize>,
}

#[derive(Debug, Clone)]
pub(super) enum ExprKind {
    /// As written: `007`, `1.50`.
    Number(String),
    /// What it stands for.
    Text(String),
    Boolean(bool),
    Null,
    /// A field.
    Name(String),
    Call(Call),
    /// `-x`, `+x`, `!x`.
    Unary(Operator, Box<Expr>),
    /// `a + b - c`: operators of one level, from left to right.
    Chain(Box<Expr>, Vec<(Operator, Expr)>),
    /// `( … )`.
    Group(Box<Expr>),
}

/// A call of a function.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// As written.
    pub(super) name: String,
    pub(super) name_span: Range<usize>,
    pub(super) arguments: Vec<Expr>,
}

/// How tightly an operator binds; a higher level binds tighter. Yes, `^` binds looser than `*`.
pub(super) fn level(operator: Operator) -> u8 {
    match operator {
        Operator::Or => 1,
        Operator::And => 2,
        Operator::Equal | Operator::NotEqual => 3,
        Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual => 4,
        Operator::Plus | Operator::Minus | Operator::Concat => 5,
        Operator::Power => 6,
        Operator::Times | Operator::Divide => 7,
        Operator::Not => 8,
    }
}

/// Level of unary operators.
pub(super) const UNARY: u8 = 8;

impl Operator {
    /// How it is written.
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Operator::Or => "||",
            Operator::And => "&&",
            Operator::Equal => "=",
            Operator::NotEqual => "<>",
            Operator::Less => "<",
            Operator::LessEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterEqual => ">=",
            Operator::Plus => "+",
            Operator::Minus => "-",
            Operator::Concat => "&",
            Operator::Power => "^",
            Operator::Times => "*",
            Operator::Divide => "/",
            Operator::Not => "!",
        }
    }
}

impl Expr {
    fn level(&self) -> u8 {
        match &self.kind {
            ExprKind::Chain(_, rest) => rest.first().map_or(9, |(operator, _)| level(*operator)),
            ExprKind::Unary(..) => UNARY,
            _ => 9,
        }
    }

    /// Prints it where operands must bind at least so tightly.
    fn operand(&self, f: &mut fmt::Formatter<'_>, least: u8) -> fmt::Result {
        if self.level() < least { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Number(digits) => f.write_str(digits),
            ExprKind::Text(text) => {
                f.write_str("\"")?;
                for c in text.chars() {
                    if matches!(c, '"' | '\\') {
                        f.write_str("\\")?;
                    }
                    write!(f, "{c}")?;
                }
                f.write_str("\"")
            }
            ExprKind::Boolean(truth) => f.write_str(if *truth { "TRUE" } else { "FALSE" }),
            ExprKind::Null => f.write_str("NULL"),
            ExprKind::Name(name) if needs_braces(name) => write!(f, "{{!{name}}}"),
            ExprKind::Name(name) => f.write_str(name),
            ExprKind::Call(call) => {
                write!(f, "{}(", call.name)?;
                for (index, argument) in call.arguments.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    write!(f, "{argument}")?;
                }
                f.write_str(")")
            }
            ExprKind::Unary(operator, inner) => {
                f.write_str(operator.symbol())?;
                inner.operand(f, UNARY)
            }
            ExprKind::Chain(first, rest) => {
                let own = self.level();
                // On the left the same level would join this chain; on the right it would not be there without parentheses.
                first.operand(f, own + 1)?;
                for (operator, operand) in rest {
                    write!(f, " {} ", operator.symbol())?;
                    operand.operand(f, own + 1)?;
                }
                Ok(())
            }
            ExprKind::Group(inner) => write!(f, "({inner})"),
        }
    }
}

/// Whether a name can be written only in braces.
pub(super) fn needs_braces(name: &str) -> bool {
    let plain = name.starts_with(super::lexer::begins_name) && name.chars().all(super::lexer::continues_name);
    !plain || ["TRUE", "FALSE", "NULL", "NOT"].iter().any(|word| word.eq_ignore_ascii_case(name))
}

//! The functions: one table with names, signatures, help, examples and bodies.
//!
//! The checker, the evaluator, completion, the help pane and `docs/formulas.md` all read it, and every example is run as a test over
//! [`SAMPLE`]. A new function is one entry in the file of its group.

mod dates;
mod encode;
mod logical;
pub(super) mod numbers;
pub(super) mod own;
pub(super) mod parse;
mod refused;
mod texts;
pub(super) mod times;

use super::check::{Checker, Typed};
use super::decimal::Decimal;
use super::node::{Body, Prepared, TextBody};
use super::problem::Problem;
use super::syntax::Call;
use super::value::{Location, Type};
use jiff::Timestamp;
use jiff::civil::{Date, Time};

pub use refused::GLOBALS;

/// One function.
pub struct Function {
    /// Its name, in capitals.
    pub name: &'static str,
    /// What it belongs to.
    pub group: Group,
    /// The ways to call it.
    pub signatures: &'static [Signature],
    /// What it does, in a sentence or two.
    pub help: &'static str,
    /// Formulas over [`SAMPLE`] with their results as text.
    pub examples: &'static [(&'static str, &'static str)],
    pub(super) prepare: Option<Prepare>,
    /// Whether it may differ from row to row or run to run with the same arguments.
    pub(super) moving: bool,
}

/// What functions belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// Conditions and choices.
    Logical,
    /// Text.
    Text,
    /// Numbers.
    Number,
    /// Days, instants, times.
    Date,
    /// Linkspan's own; Salesforce does not know them.
    Own,
    /// Salesforce's, but without meaning outside an org.
    Refused,
}

impl Group {
    /// All, in the order of the help.
    pub const ALL: [Group; 6] = [Group::Logical, Group::Text, Group::Number, Group::Date, Group::Own, Group::Refused];

    /// The heading that people see.
    pub fn label(self) -> &'static str {
        match self {
            Group::Logical => "Logic",
            Group::Text => "Text",
            Group::Number => "Numbers",
            Group::Date => "Dates and times",
            Group::Own => "Linkspan's own",
            Group::Refused => "Only inside an org",
        }
    }
}

/// One way to call a function.
pub struct Signature {
    /// What it takes.
    pub parameters: &'static [Parameter],
    /// What it yields; [`Type::Null`] where that depends on the arguments.
    pub result: Type,
    pub(super) run: Run,
}

/// One parameter.
pub struct Parameter {
    /// What people call it.
    pub name: &'static str,
    /// What fits.
    pub takes: Takes,
    /// Whether it may be left out.
    pub optional: bool,
    /// Whether it may be given again and again; such a one is the last.
    pub repeated: bool,
}

/// What fits a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Values of a type.
    A(Type),
    /// A text in quotes.
    Literal,
    /// Values of several types, as the help says.
    Any,
}

/// How a call runs.
pub(super) enum Run {
    Number(Body<Decimal>),
    Text(TextBody),
    Truth(Body<bool>),
    Date(Body<Date>),
    DateTime(Body<Timestamp>),
    Time(Body<Time>),
    Place(Body<Location>),
    /// The checker builds it by itself.
    Special(fn(&mut Checker<'_>, &Call, &'static Function) -> Option<Typed>),
    /// Not outside an org.
    Refused,
}

/// Makes ready what can be of a call's literals.
pub(super) type Prepare = fn(&Checker<'_>, &[Typed]) -> Result<Prepared, Problem>;

impl Function {
    /// Whether Salesforce does not know it.
    pub fn own(&self) -> bool {
        self.group == Group::Own
    }

    /// Whether formulas here may not use it.
    pub fn refused(&self) -> bool {
        self.group == Group::Refused
    }

    /// The ways to call it, as `LEFT(text, count)`.
    pub fn shapes(&self) -> Vec<String> {
        self.signatures.iter().map(|signature| format!("{}({})", self.name, signature.shape())).collect()
    }
}

impl Signature {
    /// The parameters, as `text, count [, fill]`.
    pub fn shape(&self) -> String {
        let mut shape = String::new();
        for (index, parameter) in self.parameters.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            match (parameter.optional, index) {
                (true, 0) => shape.push_str(&format!("[{}]", parameter.name)),
                (true, _) => shape.push_str(&format!(" [, {}]", parameter.name)),
                (false, _) => shape.push_str(&format!("{comma}{}", parameter.name)),
            }
            if parameter.repeated {
                shape.push_str(", …");
            }
        }
        shape
    }

    /// Fewest and most arguments.
    pub(super) fn counts(&self) -> (usize, usize) {
        let least = self.parameters.iter().filter(|parameter| !parameter.optional).count();
        let most =
            if self.parameters.last().is_some_and(|last| last.repeated) { usize::MAX } else { self.parameters.len() };
        (least, most)
    }

    /// The parameter that an argument goes to.
    pub fn parameter(&self, argument: usize) -> Option<&'static Parameter> {
        let last = self.parameters.last()?;
        self.parameters.get(argument).or(last.repeated.then_some(last))
    }
}

const fn takes(name: &'static str, kind: Type) -> Parameter {
    Parameter { name, takes: Takes::A(kind), optional: false, repeated: false }
}

const fn text(name: &'static str) -> Parameter {
    takes(name, Type::Text)
}

const fn number(name: &'static str) -> Parameter {
    takes(name, Type::Number)
}

const fn any(name: &'static str) -> Parameter {
    Parameter { name, takes: Takes::Any, optional: false, repeated: false }
}

const fn literal(name: &'static str) -> Parameter {
    Parameter { name, takes: Takes::Literal, optional: false, repeated: false }
}

const fn optional(parameter: Parameter) -> Parameter {
    Parameter { optional: true, ..parameter }
}

const fn repeated(parameter: Parameter) -> Parameter {
    Parameter { repeated: true, ..parameter }
}

const fn function(
    name: &'static str,
    group: Group,
    signatures: &'static [Signature],
    help: &'static str,
    examples: &'static [(&'static str, &'static str)],
) -> Function {
    Function { name, group, signatures, help, examples, prepare: None, moving: false }
}

/// All functions, group by group, in the order of the help.
pub fn all() -> impl Iterator<Item = &'static Function> {
    [logical::ALL, texts::ALL, numbers::ALL, dates::ALL, own::ALL, refused::ALL].into_iter().flatten()
}

/// The function of that name, without case.
pub fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.name.eq_ignore_ascii_case(name))
}

/// What to write instead of a function that other languages have.
pub(super) fn instead(name: &str) -> Option<&'static str> {
    let instead = [
        ("POWER", "Write base ^ exponent."),
        ("POW", "Write base ^ exponent."),
        ("LOG10", "LOG is the logarithm to the base 10."),
        ("SUM", "Add with +."),
        ("AVERAGE", "Add with + and divide by the count."),
        ("AVG", "Add with + and divide by the count."),
        ("CONCATENATE", "Join texts with &."),
        ("CONCAT", "Join texts with &."),
        ("COALESCE", "Use BLANKVALUE(first, second)."),
        ("NVL", "Use BLANKVALUE(first, second)."),
        ("IFNULL", "Use BLANKVALUE(first, second)."),
        ("IFBLANK", "Use BLANKVALUE(first, second)."),
        ("IFERROR", "Test beforehand, for example with ISNUMBER(text)."),
        ("IFS", "Nest IF, or use CASE."),
        ("SWITCH", "Use CASE(value, case1, result1, …, otherwise)."),
        ("IIF", "Use IF(condition, then, otherwise)."),
        ("XOR", "Compare conditions with <>."),
        ("EQUALS", "Compare with =."),
        ("IN", "Use CASE, or join conditions with ||."),
        ("LIKE", "Use BEGINS, CONTAINS or REGEX."),
        ("ENDS", "Compare RIGHT(text, count)."),
        ("STARTSWITH", "Use BEGINS(text, start)."),
        ("ENDSWITH", "Compare RIGHT(text, count)."),
        ("LENGTH", "Use LEN(text)."),
        ("SUBSTR", "Use MID(text, start, count)."),
        ("SUBSTRING", "Use MID(text, start, count)."),
        ("REPLACE", "Use SUBSTITUTE(text, old, new), or REGEXREPLACE with a pattern."),
        ("SEARCH", "Use FIND(search, text)."),
        ("INDEXOF", "Use FIND(search, text)."),
        ("UCASE", "Use UPPER(text)."),
        ("LCASE", "Use LOWER(text)."),
        ("PROPER", "Use INITCAP(text)."),
        ("CHAR", "Use CHR(code)."),
        ("CODE", "Use ASCII(text)."),
        ("STR", "Use TEXT(value)."),
        ("STRING", "Use TEXT(value)."),
        ("TOSTRING", "Use TEXT(value)."),
        ("FORMAT", "Use TEXT(value), and LPAD for leading zeros."),
        ("NUMBER", "Use VALUE(text), or PARSENUMBER with a format."),
        ("TONUMBER", "Use VALUE(text), or PARSENUMBER with a format."),
        ("INT", "Use TRUNC(number)."),
        ("TODATE", "Use DATEVALUE(text), or PARSEDATE with a format."),
        ("DATETIME", "Use DATETIMEVALUE(text), or PARSEDATETIME with a format."),
        ("DATEADD", "Add days with +, months with ADDMONTHS."),
        ("EDATE", "Use ADDMONTHS(date, months)."),
        ("DATEDIF", "Subtract dates: the result is in days."),
        ("DATEDIFF", "Subtract dates: the result is in days."),
        ("WEEKNUM", "Use ISOWEEK(date)."),
        ("JSONVALUE", "Use JSONPATH(text, path)."),
        ("JSONPATHVALUE", "Use JSONPATH(text, path)."),
        ("TRUE", "Write TRUE without parentheses."),
        ("FALSE", "Write FALSE without parentheses."),
    ];
    instead.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, hint)| *hint)
}

/// The row that examples are about: name, type, value as text.
pub const SAMPLE: [(&str, Type, &str); 9] = [
    ("Name", Type::Text, "Anna Schmidt"),
    ("Email", Type::Text, "anna@example.com"),
    ("Phone", Type::Text, ""),
    ("Amount", Type::Number, "1250.5"),
    ("Active", Type::Boolean, "true"),
    ("Closed", Type::Date, "2024-02-29"),
    ("Created", Type::DateTime, "2024-01-31T17:30:45Z"),
    ("Status", Type::Picklist, "Open"),
    ("Regions", Type::MultiPicklist, "EMEA;APAC"),
];

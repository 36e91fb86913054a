//! What can be wrong: with a formula's text, and with the values that it meets.

use std::ops::Range;

/// Why a formula does not compile, or what is doubtful about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind of mistake it is.
    pub kind: ProblemKind,
    /// Where it stands in the text, in bytes.
    pub span: Range<usize>,
    /// What is wrong and what was expected, as a sentence.
    pub message: String,
    /// What to do about it, where we know.
    pub hint: Option<String>,
}

impl Problem {
    pub(super) fn new(kind: ProblemKind, span: Range<usize>, message: impl Into<String>) -> Problem {
        Problem { kind, span, message: message.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn maybe(mut self, hint: Option<String>) -> Problem {
        self.hint = hint;
        self
    }

    /// The line of `text` it stands on with carets under the place, what is wrong, and what to do.
    pub fn shown(&self, text: &str) -> String {
        let hint = self.hint.as_ref().map_or(String::new(), |hint| format!("\nhint: {hint}"));
        format!("{}\n{}{hint}", pointed(text, &self.span), self.message)
    }

    /// The line of `text` it stands on, counted from 1, and the column in characters, counted from 1.
    pub fn place(&self, text: &str) -> (usize, usize) {
        place(text, self.span.start)
    }
}

/// The line of the text on which a span begins, with a line of carets under it.
pub fn pointed(text: &str, span: &Range<usize>) -> String {
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let to = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let line = text[from..to].trim_end_matches('\r');
    // Tabs stay tabs, so that the carets stand where they should.
    let before: String = text[from..start].chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let end = text.floor_char_boundary(span.end.clamp(start, from + line.len().max(start - from)));
    let carets = "^".repeat(text[start..end].chars().count().max(1));
    format!("{line}\n{before}{carets}")
}

/// The line and the column of a byte, both counted from 1.
pub(super) fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// Kinds of mistakes in a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// The text is no formula.
    Syntax,
    /// No function has that name.
    UnknownFunction,
    /// No field has that name.
    UnknownField,
    /// Too few or too many arguments.
    ArgCount,
    /// An argument or operand is of the wrong type.
    ArgType,
    /// A literal is out of range or not among the allowed ones.
    BadLiteralArg,
    /// A pattern cannot be understood.
    BadRegex,
    /// Salesforce has it, but it means nothing outside an org.
    UnsupportedOffline,
    /// No table has that name, or no column.
    UnknownTable,
    /// Longer or deeper than any formula of a person.
    TooLarge,
    /// It compiles, and probably does not do what was meant.
    Doubtful,
}

impl ProblemKind {
    /// A code to group by.
    pub fn code(self) -> &'static str {
        match self {
            ProblemKind::Syntax => "syntax",
            ProblemKind::UnknownFunction => "unknown_function",
            ProblemKind::UnknownField => "unknown_field",
            ProblemKind::ArgCount => "arg_count",
            ProblemKind::ArgType => "arg_type",
            ProblemKind::BadLiteralArg => "bad_literal_arg",
            ProblemKind::BadRegex => "bad_regex",
            ProblemKind::UnsupportedOffline => "unsupported_offline",
            ProblemKind::UnknownTable => "unknown_table",
            ProblemKind::TooLarge => "too_large",
            ProblemKind::Doubtful => "doubtful",
        }
    }
}

/// Why a formula has no result for a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EvalError {
    /// What kind of failure it is.
    pub kind: EvalErrorKind,
    /// The part of the text that failed, in bytes.
    pub span: Range<usize>,
    /// What happened, with the values, as a sentence.
    pub message: String,
    /// The field whose cell is to blame, where one is.
    pub slot: Option<usize>,
}

/// Kinds of failures at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EvalErrorKind {
    /// Division by zero.
    DivByZero,
    /// There is no such day, or it is out of range.
    DateRange,
    /// Text that is no date.
    BadDateText,
    /// Text that is no time.
    BadTimeText,
    /// Text that is no number.
    BadNumberText,
    /// A number that the function is not defined for.
    Domain,
    /// A result too large.
    Overflow,
    /// A pattern from a field that cannot be understood, or that takes too long.
    BadRegexRuntime,
    /// A value map has no entry for the value.
    NotInMap,
    /// Text that is no JSON.
    BadJson,
    /// A cell that cannot be read as what its field is.
    BadCell,
}

impl EvalErrorKind {
    /// A code to group by.
    pub fn code(self) -> &'static str {
        match self {
            EvalErrorKind::DivByZero => "div_by_zero",
            EvalErrorKind::DateRange => "date_range",
            EvalErrorKind::BadDateText => "bad_date_text",
            EvalErrorKind::BadTimeText => "bad_time_text",
            EvalErrorKind::BadNumberText => "bad_number_text",
            EvalErrorKind::Domain => "domain",
            EvalErrorKind::Overflow => "overflow",
            EvalErrorKind::BadRegexRuntime => "bad_regex_runtime",
            EvalErrorKind::NotInMap => "not_in_map",
            EvalErrorKind::BadJson => "bad_json",
            EvalErrorKind::BadCell => "bad_cell",
        }
    }
}

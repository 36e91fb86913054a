//! SOQL: text to tree ([`parser`]), tree to SQLite with bound values ([`plan`]), rows to JSON ([`run`]).

pub(crate) mod ast;
mod build;
pub(crate) mod clock;
pub(crate) mod collate;
pub(crate) mod dates;
pub(crate) mod explain;
pub(crate) mod expression;
pub(crate) mod filter;
mod format;
pub(crate) mod functions;
mod groups;
pub(crate) mod lexer;
pub(crate) mod metadata;
pub(crate) mod parser;
mod place;
pub(crate) mod plan;
pub(crate) mod run;
pub(crate) mod scope;
mod select;
mod usual;

use super::failure::Failure;

/// Why a query was refused, and where in its text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    /// `MALFORMED_QUERY`, `INVALID_FIELD`, `INVALID_TYPE` and the few others.
    pub(crate) code: &'static str,
    /// Byte offset in the query.
    pub(crate) at: usize,
    /// The sentence after the position.
    pub(crate) message: String,
}

impl Fault {
    /// A query that breaks the grammar or a rule of the language.
    pub(crate) fn malformed(at: usize, message: impl Into<String>) -> Self {
        Fault { code: "MALFORMED_QUERY", at, message: message.into() }
    }

    /// A query about a field that is not there, or not usable like this.
    pub(crate) fn field(at: usize, message: impl Into<String>) -> Self {
        Fault { code: "INVALID_FIELD", at, message: message.into() }
    }

    /// The failure with the excerpt, the caret under the place, and row and column counted from one.
    pub(crate) fn explain(&self, query: &str) -> Failure {
        const AROUND: usize = 40;
        let at = (0..=self.at.min(query.len())).rev().find(|at| query.is_char_boundary(*at)).unwrap_or(0);
        let before = &query[..at];
        let row = before.matches('\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = query[at..].find('\n').map_or(query.len(), |newline| at + newline);
        let column = query[line_start..at].chars().count();
        let line: Vec<char> = query[line_start..line_end].chars().collect();
        let from = column.saturating_sub(AROUND);
        let to = (column + AROUND).min(line.len());
        let excerpt: String = line[from..to].iter().collect();
        let message = format!(
            "\n{excerpt}\n{}^\nERROR at Row:{row}:Column:{}\n{}",
            " ".repeat(column - from),
            column + 1,
            self.message
        );
        Failure::new(self.code, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_points_at_its_place() {
        let failure = Fault::field(7, "No such column 'Nmae'").explain("SELECT Nmae FROM Account");
        assert_eq!(
            failure.message,
            "\nSELECT Nmae FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'Nmae'"
        );
    }

    #[test]
    fn the_end_of_a_query_is_a_place_too() {
        let failure = Fault::malformed(99, "unexpected end").explain("SELECT é");
        assert!(failure.message.contains("Row:1:Column:9"), "{}", failure.message);
    }
}

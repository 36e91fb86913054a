//! Formulas in Salesforce's syntax, over the fields of a row.
//!
//! A text is compiled once against a [`Scope`]: names become slots, types are checked, constants folded, patterns and tables made ready.
//! A [`Formula`] cannot meet an unknown field or a wrong type when it runs; it is evaluated over borrowed [`Cells`] and allocates nothing
//! where nothing must be built. Text that must be built goes into a [`Scratch`], which the caller empties between rows.
//!
//! The language is Salesforce's, with its traps: `^` binds looser than `*`, blank numbers are zeroes unless told otherwise, comparisons
//! with blanks are unknown, CASE looks at all its parts. Where Salesforce's own engines differ, `docs/formulas.md` says what is done here.
//! One extension of the syntax: in braces any name may stand, `{!Unit Price}`. Functions of Linkspan's own are marked in the table.
//!
//! - `lexer`, `parser`, `syntax`: text to tree and back
//! - `check`: tree to compiled form, and every mistake on the way
//! - `node`, `kinds`, `operate`: the compiled form at work
//! - [`functions`]: the one table of functions
//! - [`decimal`]: exact numbers
//! - [`editor`]: what an editor needs: colours, completion, help for the call under the cursor
//! - [`help`]: the functions as a document
//! - [`cases`]: runs test cases written as JSON lines

pub mod cases;
mod check;
pub mod decimal;
pub mod editor;
pub mod functions;
pub mod help;
mod kinds;
mod lexer;
pub mod names;
mod nearest;
mod node;
mod operate;
mod parser;
mod pattern;
mod problem;
mod scope;
mod syntax;
mod utf16;
mod value;

pub use decimal::Decimal;
pub use nearest::nearest;
pub use node::Scratch;
pub use problem::{EvalError, EvalErrorKind, Problem, ProblemKind, pointed};
pub use scope::{Blanks, CellError, Cells, FieldList, Fields, Moment, NoTables, Scope, Table, Tables};
pub use value::{Location, Type, Value};

use node::{Env, Node, Settings};

/// A compiled formula.
#[derive(Debug, Clone)]
pub struct Formula {
    text: String,
    node: Node,
    kind: Type,
    settings: Settings,
    slots: Vec<usize>,
    warnings: Vec<Problem>,
}

impl Formula {
    /// Compiles a text, or tells every mistake that can be told at once, in the order of the text; at least one.
    pub fn compile(text: &str, scope: &Scope<'_>) -> Result<Formula, Vec<Problem>> {
        let tree = parser::parse(text)?;
        let mut checker = check::Checker::new(scope);
        let typed = checker.expr(&tree);
        let check::Checker { mut problems, mut warnings, settings, .. } = checker;
        problems.sort_by_key(|problem| problem.span.start);
        warnings.sort_by_key(|problem| problem.span.start);
        match typed {
            Some(typed) if problems.is_empty() => {
                let mut slots: Vec<_> = settings.names.iter().map(|(slot, _)| *slot).collect();
                slots.sort_unstable();
                Ok(Formula { text: text.to_owned(), node: typed.node, kind: typed.kind, settings, slots, warnings })
            }
            _ => Err(problems),
        }
    }

    /// The type of its results.
    pub fn result(&self) -> Type {
        self.kind
    }

    /// The slots of the fields it reads, ascending.
    pub fn slots(&self) -> &[usize] {
        &self.slots
    }

    /// What is doubtful about it.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it gives the same for every row.
    pub fn is_constant(&self) -> bool {
        self.node.is_constant()
    }

    /// The result for a row. Blank text is [`Value::Null`], an unknown truth is false.
    pub fn eval<'a>(
        &'a self,
        cells: &'a dyn Cells,
        moment: &'a Moment,
        scratch: &'a Scratch,
    ) -> Result<Value<'a>, Box<EvalError>> {
        self.node.eval(&Env { cells, moment, scratch, settings: &self.settings })
    }
}

/// The text with its spaces set as usual; the same formula. Comments are lost.
pub fn formatted(text: &str) -> Result<String, Vec<Problem>> {
    parser::parse(text).map(|tree| tree.to_string())
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

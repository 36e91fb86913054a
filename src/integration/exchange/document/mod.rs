//! An integration as a document that people read, sign and file: Markdown, or one HTML page with the wires drawn.
//!
//! What is said is worked out once (in `words`), and written twice. The same integration gives the same bytes; a time
//! stands in it only if the caller passes one in. Whatever comes from outside is escaped.

mod html;
mod markdown;
mod wires;
mod words;

#[cfg(test)]
mod tests;

pub use html::html;
pub use markdown::markdown;

use super::LeftOut;
use crate::integration::{Problem, Shapes};

/// What is known beside the integration itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// What both ends of each step look like; one entry a step, or none at all.
    pub shapes: &'a [Option<Shapes>],
    /// Why it cannot run.
    pub problems: &'a [Problem],
    /// When the document was made, as it shall stand in it.
    pub made_at: Option<&'a str>,
}

/// A piece of a sentence: words, or a name or formula as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Words(String),
    Code(String),
}

/// A sentence or a cell.
type Line = Vec<Piece>;

/// What a document says.
struct Document {
    title: String,
    /// Sentences about the whole.
    about: Vec<Line>,
    steps: Vec<Page>,
    tables: Vec<Grid>,
    problems: Vec<Line>,
    /// What the file that it came from says beyond it.
    left_out: Vec<LeftOut>,
}

/// What it says about one step.
struct Page {
    title: String,
    about: Vec<Line>,
    /// From, how, to, policies, note.
    rules: Vec<[Line; 5]>,
    wires: Vec<Wire>,
    maps: Vec<Grid>,
    /// Fields and columns that nothing is said about.
    unused: Vec<Line>,
}

/// A rule as a wire.
struct Wire {
    from: Vec<End>,
    /// One letter and a word for what happens on the way; `None` for a copy.
    node: Option<(&'static str, &'static str)>,
    to: String,
}

/// Where a wire begins.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    Column(String),
    Constant(String),
}

/// A table.
struct Grid {
    title: Line,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    /// A sentence below it.
    after: Line,
}

fn words(text: impl Into<String>) -> Piece {
    Piece::Words(text.into())
}

fn code(text: impl Into<String>) -> Piece {
    Piece::Code(text.into())
}

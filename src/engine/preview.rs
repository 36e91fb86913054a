//! What would be sent, before anything is written.

use crate::connect::Api;
use crate::record::{Rejection, RowNumber};

/// What would happen to the rows looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preview {
    /// Target fields, in the order of the cells.
    pub fields: Vec<String>,
    /// The rows.
    pub rows: Vec<PreviewRow>,
    /// Rows that would make a record; of those looked at.
    pub create: u64,
    /// Rows that would change one.
    pub update: u64,
    /// Rows that would delete one.
    pub delete: u64,
    /// Rows whose record already has every value.
    pub unchanged: u64,
    /// Rows that would be left out.
    pub skip: u64,
    /// Rows that cannot be sent.
    pub not_sent: u64,
    /// Rows looked at in all.
    pub looked_at: u64,
    /// Whether those are all rows of the source.
    pub all: bool,
    /// The API and why, once the number of rows is known.
    pub api: Option<(Api, String)>,
    /// What a person should know: how blanks are treated, what could not be read.
    pub notes: Vec<String>,
}

/// What would happen to one row.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewRow {
    /// Its number.
    pub row: RowNumber,
    /// Its line.
    pub line: u64,
    /// What would happen.
    pub verdict: Verdict,
    /// The record it is about, where it is known.
    pub id: Option<String>,
    /// Its cells, in the order of [`Preview::fields`].
    pub cells: Vec<PreviewCell>,
    /// Why it cannot be sent as a whole.
    pub problems: Vec<Rejection>,
}

/// What would happen to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It makes a record.
    Create,
    /// It changes a record.
    Update,
    /// It deletes a record.
    Delete,
    /// Its record already has every value.
    Unchanged,
    /// It is left out.
    Skip,
    /// It cannot be sent.
    NotSent,
}

/// One cell of a preview.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewCell {
    /// What would be sent, or the source's text where that cannot be.
    pub new: String,
    /// What happens to the field.
    pub change: CellChange,
    /// Why it cannot be sent.
    pub problem: Option<Rejection>,
}

/// What would happen to a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellChange {
    /// It is set on a new record.
    New,
    /// It is left as it is, because the cell is blank.
    Keep,
    /// It already has this value.
    Same,
    /// It changes from this.
    From(String),
    /// It is emptied, and held this.
    Clear(String),
    /// The cell cannot be sent.
    Bad,
}

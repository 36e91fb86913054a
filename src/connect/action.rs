//! What a delivery does to the records of its target.

use super::Operation;

/// What happens to the records of an object or a table, and how they are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Make new records.
    Insert,
    /// Change records, found by the column that holds their id.
    Update,
    /// Change records found by a field, make the others.
    Upsert {
        /// The external id or lookup field, one of the columns.
        key: String,
    },
    /// Delete records, found by the column that holds their id.
    Delete,
}

impl Action {
    /// The operation it is, without how records are found.
    pub fn operation(&self) -> Operation {
        match self {
            Action::Insert => Operation::Insert,
            Action::Update => Operation::Update,
            Action::Upsert { .. } => Operation::Upsert,
            Action::Delete => Operation::Delete,
        }
    }

    /// The column by which records are found, where `id` is the one that holds their id.
    pub(super) fn key<'a>(&'a self, id: &'a str) -> Option<&'a str> {
        match self {
            Action::Insert => None,
            Action::Update | Action::Delete => Some(id),
            Action::Upsert { key } => Some(key),
        }
    }
}

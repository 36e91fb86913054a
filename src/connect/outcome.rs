//! What became of a row: one list, the same in code, JSON, result files and window.

use crate::record::Rejection;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::sync::Arc;

/// What became of a row, with what goes with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowOutcome {
    /// A record was made.
    Created {
        /// Its id.
        id: SmolStr,
    },
    /// A record was changed.
    Updated {
        /// Its id.
        id: SmolStr,
    },
    /// A record was deleted.
    Deleted {
        /// Its id.
        id: SmolStr,
    },
    /// The record was already as it should be.
    Unchanged {
        /// Its id.
        id: SmolStr,
    },
    /// A rule or a person said so.
    Skipped(Arc<Rejection>),
    /// Our own checks stopped it.
    NotSent(Arc<Rejection>),
    /// The other side refused it.
    Failed(Arc<Rejection>),
    /// It needs a person.
    Conflict(Arc<Rejection>),
    /// Sent, the answer was lost, and looking it up has not settled it yet.
    Unconfirmed(Arc<Rejection>),
}

/// The kinds of [`RowOutcome`], for counting, filtering and storing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A record was made.
    Created,
    /// A record was changed.
    Updated,
    /// A record was deleted.
    Deleted,
    /// The record was already as it should be.
    Unchanged,
    /// A rule or a person said so.
    Skipped,
    /// Our own checks stopped it.
    NotSent,
    /// The other side refused it.
    Failed,
    /// It needs a person.
    Conflict,
    /// Sent, and the answer was lost.
    Unconfirmed,
}

impl Outcome {
    /// All of them, in the order in which they are listed everywhere.
    pub const ALL: [Outcome; 9] = [
        Outcome::Created,
        Outcome::Updated,
        Outcome::Deleted,
        Outcome::Unchanged,
        Outcome::Skipped,
        Outcome::NotSent,
        Outcome::Failed,
        Outcome::Conflict,
        Outcome::Unconfirmed,
    ];

    /// The word in JSON, on the command line and in the store.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Created => "created",
            Outcome::Updated => "updated",
            Outcome::Deleted => "deleted",
            Outcome::Unchanged => "unchanged",
            Outcome::Skipped => "skipped",
            Outcome::NotSent => "not_sent",
            Outcome::Failed => "failed",
            Outcome::Conflict => "conflict",
            Outcome::Unconfirmed => "unconfirmed",
        }
    }

    /// The word people see.
    pub fn label(self) -> &'static str {
        match self {
            Outcome::Created => "Created",
            Outcome::Updated => "Updated",
            Outcome::Deleted => "Deleted",
            Outcome::Unchanged => "Unchanged",
            Outcome::Skipped => "Skipped",
            Outcome::NotSent => "Not sent",
            Outcome::Failed => "Failed",
            Outcome::Conflict => "Conflict",
            Outcome::Unconfirmed => "Unconfirmed",
        }
    }

    /// The outcome of that word.
    pub fn from_word(word: &str) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.word() == word)
    }

    /// The number under which the store keeps it; never reused.
    pub fn code(self) -> u8 {
        self as u8 + 1
    }

    /// The outcome that the store keeps under that number.
    pub fn from_code(code: u8) -> Option<Outcome> {
        Outcome::ALL.into_iter().find(|outcome| outcome.code() == code)
    }

    /// Whether a retry takes such rows up. Rows whose fate is unknown stay out: sent again, they could make a second record.
    pub fn may_be_sent_again(self) -> bool {
        matches!(self, Outcome::NotSent | Outcome::Failed | Outcome::Conflict)
    }

    /// Whether a run that has such rows is `complete_with_failures`.
    pub fn wants_attention(self) -> bool {
        matches!(self, Outcome::NotSent | Outcome::Failed | Outcome::Conflict | Outcome::Unconfirmed)
    }
}

impl RowOutcome {
    /// Its kind.
    pub fn outcome(&self) -> Outcome {
        match self {
            RowOutcome::Created { .. } => Outcome::Created,
            RowOutcome::Updated { .. } => Outcome::Updated,
            RowOutcome::Deleted { .. } => Outcome::Deleted,
            RowOutcome::Unchanged { .. } => Outcome::Unchanged,
            RowOutcome::Skipped(_) => Outcome::Skipped,
            RowOutcome::NotSent(_) => Outcome::NotSent,
            RowOutcome::Failed(_) => Outcome::Failed,
            RowOutcome::Conflict(_) => Outcome::Conflict,
            RowOutcome::Unconfirmed(_) => Outcome::Unconfirmed,
        }
    }

    /// The record's id, where the row has one.
    pub fn id(&self) -> Option<&str> {
        match self {
            RowOutcome::Created { id }
            | RowOutcome::Updated { id }
            | RowOutcome::Deleted { id }
            | RowOutcome::Unchanged { id } => Some(id),
            _ => None,
        }
    }

    /// Why, where the row did not get through.
    pub fn rejection(&self) -> Option<&Rejection> {
        match self {
            RowOutcome::Skipped(why)
            | RowOutcome::NotSent(why)
            | RowOutcome::Failed(why)
            | RowOutcome::Conflict(why)
            | RowOutcome::Unconfirmed(why) => Some(why),
            _ => None,
        }
    }
}

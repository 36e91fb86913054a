//! What the screen of errors asks for and gets: questions, answers, and what is half done there.

mod answer;
mod draft;
mod facts;

pub(super) use answer::{answer, changes_queue};
pub(crate) use draft::{Age, CellAt, Editing, ErrorsDraft, RuleDraft, RuleKind};
pub use facts::Errors;
pub(crate) use facts::PAGE;

use super::command::ExportKind;
use super::event::Answer;
use crate::record::RowNumber;
use crate::store::{Cause, EditChange, RunId};
use crate::workspace::{Advice, CellRule, Existing, QueueCard, QueueRow, RulePreview, Selected};
use std::path::PathBuf;

/// One group of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Group {
    /// The run.
    pub run: RunId,
    /// The step, counted from 0.
    pub step: usize,
    /// What its rows have in common.
    pub cause: Cause,
    /// Whether they were given up.
    pub gave_up: bool,
}

impl Group {
    /// The group that a card is about.
    pub fn of(card: &QueueCard) -> Group {
        Group { run: card.run, step: card.step, cause: card.cause.clone(), gave_up: card.gave_up }
    }

    /// Its rows.
    pub fn selected(&self) -> Selected {
        Selected::Cause { step: self.step, cause: self.cause.clone(), gave_up: self.gave_up }
    }
}

/// Something that the screen asks for.
#[derive(Debug, Clone)]
pub enum ErrorsAsk {
    /// List the groups.
    Groups,
    /// Say how many rows a group has, and where its pages begin.
    Marks(Group),
    /// Read the page that begins with this row.
    Page {
        /// The group.
        group: Group,
        /// Which page, counted from 0.
        page: u64,
        /// Its first row.
        first: RowNumber,
    },
    /// Say what is known of the cause, and what to do.
    Advice(Group),
    /// List what was changed in a run's queue.
    Changes(RunId),
    /// Say what a rule would do.
    Preview {
        /// The group.
        group: Group,
        /// The column.
        column: String,
        /// The rule.
        rule: CellRule,
        /// Names the question.
        ticket: u64,
    },
    /// Find the records that a row may be about.
    Existing {
        /// The group.
        group: Group,
        /// The row.
        row: RowNumber,
    },
    /// Change something.
    Do(ErrorsDeed),
}

/// Something that is changed.
#[derive(Debug, Clone)]
pub enum ErrorsDeed {
    /// Correct a column by a rule.
    Apply {
        /// The group.
        group: Group,
        /// The column.
        column: String,
        /// The rule.
        rule: CellRule,
    },
    /// Correct one cell.
    Edit {
        /// The group.
        group: Group,
        /// The row.
        row: RowNumber,
        /// The column, counted from 0.
        column: usize,
        /// What it holds.
        value: String,
    },
    /// Take the last change back, or make it again.
    Undo {
        /// The run.
        run: RunId,
        /// Whether it is made again.
        again: bool,
    },
    /// Leave rows as they are.
    Leave {
        /// The run.
        run: RunId,
        /// The rows.
        rows: Selected,
        /// Why.
        reason: String,
    },
    /// Choose the record that a row updates.
    Choose {
        /// The group.
        group: Group,
        /// The row.
        row: RowNumber,
        /// The record; `None` takes the choice back.
        record: Option<String>,
    },
    /// Write the rows of a group to a file.
    Export {
        /// The group.
        group: Group,
        /// What kind of file.
        kind: ExportKind,
        /// Where.
        path: PathBuf,
    },
    /// Take the corrections in a file.
    Import {
        /// The run.
        run: RunId,
        /// The step, counted from 0.
        step: usize,
        /// The file.
        path: PathBuf,
    },
}

impl ErrorsAsk {
    /// What is going on, for what takes a while.
    pub fn working(&self) -> Option<&'static str> {
        match self {
            ErrorsAsk::Do(ErrorsDeed::Apply { .. }) => Some("Correcting rows"),
            ErrorsAsk::Do(ErrorsDeed::Export { .. }) => Some("Writing rows"),
            ErrorsAsk::Do(ErrorsDeed::Import { .. }) => Some("Reading corrections"),
            ErrorsAsk::Existing { .. } => Some("Looking for records"),
            _ => None,
        }
    }
}

/// What the screen is told.
#[derive(Debug, Clone)]
pub enum ErrorsTold {
    /// The groups.
    Groups(Answer<Vec<QueueCard>>),
    /// Where a group's pages begin, and how many rows it has.
    Marks(Group, Answer<(Vec<RowNumber>, u64)>),
    /// A page.
    Page(Group, u64, Answer<Vec<QueueRow>>),
    /// What is known of a cause.
    Advice(Group, Answer<Advice>),
    /// What was changed in a run's queue, the oldest first.
    Changes(RunId, Answer<Vec<EditChange>>),
    /// What a rule would do.
    Previewed(u64, Answer<RulePreview>),
    /// Records that a row may be about.
    Existing(Group, RowNumber, Answer<Vec<Existing>>),
    /// Something was changed, said in a sentence where it is not seen by itself.
    Did(RunId, Answer<Option<String>>),
    /// A retry began by itself.
    Retried(RunId, RunId),
}

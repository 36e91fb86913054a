//! What the inbox of conflicts asks for and gets: questions, answers, and what is half done there.

mod answer;
mod differ;
mod draft;
mod facts;

pub(super) use answer::{answer, changes};
pub(crate) use differ::{Differ, Piece, folded, united};
pub(crate) use draft::{
    Age, Asking, Bulk, ConflictsDraft, Editing, Made, Pane, Part, Shelf, WAYS, fewer, parts, wish_of,
};
pub use facts::Conflicts;
pub(crate) use facts::PAGE;

use super::event::Answer;
use crate::connect::write::FileKind;
use crate::store::{
    Answered, ConflictCard, ConflictCounts, ConflictFilter, ConflictGroup, ConflictId, ConflictOrder, Deed,
    IntegrationId,
};
use crate::sync::Resolution;
use crate::workspace::{ConflictStory, SheetTaken, Wish};
use std::path::PathBuf;
use std::sync::Arc;

/// A list of conflicts: which, and in which order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    /// Which.
    pub filter: ConflictFilter,
    /// In which order.
    pub order: ConflictOrder,
}

/// Something that the inbox asks for.
#[derive(Debug, Clone)]
pub enum ConflictsAsk {
    /// Count all, by where they stand.
    Counts,
    /// Say what conflicts have in common, for the ways to narrow them.
    Groups(ConflictFilter),
    /// Count those of a list.
    Count(Box<Listed>),
    /// Read a page of a list, counted from 0.
    Page(Box<Listed>, u64),
    /// Read everything about one.
    Story(ConflictId),
    /// List what was decided last.
    Deeds,
    /// Say what the ends of conflicts are called.
    Ends(ConflictFilter),
    /// Say how many records of a step are in step.
    InStep(IntegrationId, usize),
    /// Say how many decisions of each integration are not written yet.
    Decided,
    /// Say what an answer to many would come to.
    Look {
        /// Which.
        filter: Box<ConflictFilter>,
        /// The answer.
        wish: Wish,
        /// Names the question.
        ticket: u64,
    },
    /// Say what a file of decisions would come to.
    LookAtSheet(PathBuf),
    /// Change something.
    Do(ConflictsDeed),
}

/// Something that is changed.
#[derive(Debug, Clone)]
pub enum ConflictsDeed {
    /// Decide one.
    Resolve(ConflictId, Box<Resolution>),
    /// Decide many.
    ResolveAll {
        /// Which.
        filter: Box<ConflictFilter>,
        /// How.
        wish: Wish,
    },
    /// Take back what was decided last, or decide it again.
    Undo {
        /// Whether it is decided again.
        again: bool,
    },
    /// Say who is to decide.
    Assign(ConflictId, Option<String>),
    /// Say something about one.
    Comment(ConflictId, String),
    /// Write conflicts to a file, to be decided there.
    Export {
        /// Which.
        filter: Box<ConflictFilter>,
        /// What kind of file.
        kind: FileKind,
        /// Where.
        path: PathBuf,
    },
    /// Take the decisions of a file.
    Import(PathBuf),
}

impl ConflictsAsk {
    /// What is going on, for what takes a while.
    pub fn working(&self) -> Option<&'static str> {
        match self {
            ConflictsAsk::Do(ConflictsDeed::ResolveAll { .. }) => Some("Deciding conflicts"),
            ConflictsAsk::Do(ConflictsDeed::Export { .. }) => Some("Writing conflicts"),
            ConflictsAsk::Do(ConflictsDeed::Import(_)) | ConflictsAsk::LookAtSheet(_) => Some("Reading decisions"),
            _ => None,
        }
    }

    /// Whether it is over within a moment, and in the order in which it was asked for.
    pub(super) fn quick(&self) -> bool {
        match self {
            // A search may have to look through all of them.
            ConflictsAsk::Page(listed, _) => listed.filter.text.trim().is_empty(),
            ConflictsAsk::Story(_) | ConflictsAsk::Deeds => true,
            ConflictsAsk::Do(deed) => matches!(
                deed,
                ConflictsDeed::Resolve(..)
                    | ConflictsDeed::Undo { .. }
                    | ConflictsDeed::Assign(..)
                    | ConflictsDeed::Comment(..)
            ),
            _ => false,
        }
    }
}

/// What was done, in a sentence where it is not seen by itself.
#[derive(Debug, Clone, Default)]
pub struct Done {
    /// The sentence.
    pub sentence: Option<String>,
    /// What to know besides.
    pub hint: Option<String>,
    /// The conflict to look at now.
    pub look_at: Option<ConflictId>,
}

/// What the inbox is told.
#[derive(Debug, Clone)]
pub enum ConflictsTold {
    /// How many there are.
    Counts(Answer<ConflictCounts>),
    /// What they have in common.
    Groups(ConflictFilter, Answer<Vec<ConflictGroup>>),
    /// How many a list has.
    Counted(Box<Listed>, Answer<u64>),
    /// A page of a list.
    Page(Box<Listed>, u64, Answer<Vec<ConflictCard>>),
    /// Everything about one.
    Story(ConflictId, Answer<Arc<ConflictStory>>),
    /// What was decided last, newest first.
    Deeds(Answer<Vec<Deed>>),
    /// What the ends of conflicts are called.
    Ends(ConflictFilter, Answer<Vec<String>>),
    /// How many records of a step are in step.
    InStep(IntegrationId, usize, Answer<u64>),
    /// How many decisions of each integration are not written yet.
    Decided(Answer<Vec<(IntegrationId, u64)>>),
    /// What an answer to many would come to.
    Looked(u64, Answer<Answered>),
    /// What a file of decisions would come to.
    Sheet(PathBuf, Answer<SheetTaken>),
    /// Something was changed.
    Did(Answer<Done>),
    /// Somebody else may have changed something.
    Elsewhere,
}

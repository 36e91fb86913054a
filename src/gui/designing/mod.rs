//! What the mapping designer asks for and gets: questions, answers, and the facts that they leave.
//!
//! The designer and the import ask alike and at the same time, so that each has its own place for answers.

mod answer;
mod facts;
mod form;

pub(super) use answer::{Previews, answer};
pub use facts::Designed;
pub use form::Form;

use super::event::Answer;
use crate::connect::SourceSettings;
use crate::connect::file::{FileSettings, Inspection};
use crate::connect::profile::Profile;
use crate::engine::Preview;
use crate::integration::exchange::LeftOut;
use crate::integration::{Integration, Step};
use crate::mapping::Table;
use crate::mapping::suggest::Candidate;
use crate::store::IntegrationId;
use crate::workspace::{Checked, ImportGuess, SourceLook, TableFile, Tried};
use std::path::PathBuf;
use std::sync::Arc;

/// Something that the designer asks for.
#[derive(Debug, Clone)]
pub enum Ask {
    /// Fetch a stored integration, to be changed.
    Open(IntegrationId),
    /// Look at the source of a step.
    Look(Box<SourceSettings>),
    /// Look at every row of a step's source.
    Profile(Box<SourceSettings>),
    /// Look at a file that is new here, and detect how it is read.
    LookNew(PathBuf),
    /// Guess what a new file is for.
    Guess {
        /// The file.
        file: Arc<Inspection>,
        /// Alias of the org it would go to.
        org: String,
        /// Names the question.
        ticket: u64,
    },
    /// Say whether an integration can run.
    Check {
        /// What to check.
        integration: Box<Integration>,
        /// Names the question.
        ticket: u64,
    },
    /// Say what the first rows of one step would do.
    Preview {
        /// The step alone.
        integration: Box<Integration>,
        /// How many rows.
        rows: usize,
        /// Names the question; a newer one ends an older one.
        ticket: u64,
    },
    /// Try the rule of one field on some rows.
    Try {
        /// The source.
        look: Arc<SourceLook>,
        /// The step.
        step: Box<Step>,
        /// The integration, for what all its formulas go by.
        integration: Arc<Integration>,
        /// The field.
        target: String,
        /// The first row, counted from 0.
        first: usize,
        /// Names the question.
        ticket: u64,
    },
    /// Propose which column goes into which field.
    Propose {
        /// The source.
        look: Arc<SourceLook>,
        /// The step, with what is mapped already.
        step: Box<Step>,
        /// Names the question.
        ticket: u64,
    },
    /// Take both ends as they are now: what has changed so far is no longer told.
    Accept {
        /// What is on the screen.
        integration: Box<Integration>,
        /// Names the question.
        ticket: u64,
    },
    /// Say how another file takes the place of a step's.
    OtherFile {
        /// The step's file.
        known: Box<FileSettings>,
        /// The other one.
        path: PathBuf,
        /// Names the question.
        ticket: u64,
    },
    /// Read a file as a table.
    ReadTable {
        /// The file.
        path: PathBuf,
        /// Where its rows belong.
        place: Rows,
    },
    /// Write a table as CSV.
    WriteTable {
        /// The table.
        table: Box<Table>,
        /// Where.
        path: PathBuf,
    },
    /// Write an integration in one of the forms.
    Export {
        /// Which one.
        what: Exported,
        /// The form.
        form: Form,
        /// Where.
        path: PathBuf,
    },
    /// Store the integration.
    Save {
        /// Its number, when it is stored already.
        id: Option<IntegrationId>,
        /// What to store.
        integration: Box<Integration>,
        /// Names the question.
        ticket: u64,
    },
}

/// What the designer is told.
#[derive(Debug, Clone)]
pub enum Told {
    /// A stored integration, to be changed.
    Opened(IntegrationId, Answer<Arc<Integration>>),
    /// A step's file was looked at.
    Looked(Box<SourceSettings>, Answer<Arc<SourceLook>>),
    /// Every row of a step's source was looked at.
    Profiled(Box<SourceSettings>, Answer<Arc<Profile>>),
    /// A new file was looked at.
    LookedNew(Answer<Arc<Inspection>>),
    /// What a new file is for.
    Guessed(u64, Answer<Arc<ImportGuess>>),
    /// Whether the integration can run.
    Checked(u64, Answer<Checked>),
    /// What the first rows would do.
    Previewed(u64, Answer<Arc<Preview>>),
    /// Which column could go into which field.
    Proposed(u64, Answer<Arc<Vec<Candidate>>>),
    /// What the rule of one field makes of some rows.
    Tried(u64, Answer<Arc<Tried>>),
    /// The integration was stored, in this form.
    Saved(u64, Answer<(IntegrationId, Arc<Integration>)>),
    /// How another file is read in place of a step's.
    OtherFile(u64, Answer<Box<FileSettings>>),
    /// A file was read as a table.
    TableRead(Rows, Answer<Arc<TableFile>>),
    /// A table was written.
    TableWritten(Answer<PathBuf>),
    /// An integration was written; with what its form cannot say.
    Exported(Answer<(PathBuf, Vec<LeftOut>)>),
    /// Both ends are taken as they are now.
    Accepted(u64, Answer<Arc<Integration>>),
}

/// Which integration is written.
#[derive(Debug, Clone)]
pub enum Exported {
    /// What is on the screen.
    Here(Box<Integration>),
    /// A stored one.
    Stored(IntegrationId),
}

/// Where the rows of a table belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// To the value map of a rule.
    Map {
        /// The step, counted from 0.
        step: usize,
        /// The rule's field.
        target: String,
    },
    /// To a table of the integration, by its place.
    Table(usize),
}

impl Ask {
    /// What is going on, for the status bar; `None` for what is over in no time.
    pub(super) fn working(&self) -> Option<String> {
        match self {
            Ask::Profile(_) => Some("Looking at every row".to_owned()),
            Ask::Look(_) | Ask::LookNew(_) | Ask::OtherFile { .. } => Some("Reading the source".to_owned()),
            Ask::Guess { .. } | Ask::Propose { .. } => Some("Matching columns to fields".to_owned()),
            Ask::Preview { .. } => Some("Looking at what would change".to_owned()),
            Ask::Accept { .. } => Some("Looking at both ends".to_owned()),
            Ask::ReadTable { .. } => Some("Reading the table".to_owned()),
            Ask::WriteTable { .. } => Some("Writing the table".to_owned()),
            Ask::Export { .. } => Some("Writing the integration".to_owned()),
            Ask::Open(_) | Ask::Check { .. } | Ask::Try { .. } | Ask::Save { .. } => None,
        }
    }

    /// Whether it is over within a moment.
    pub(super) fn quick(&self) -> bool {
        matches!(self, Ask::Open(_) | Ask::Save { .. })
    }
}

//! What the mapping designer asks for and gets: questions, answers, and the facts that they leave.
//!
//! The designer and the import ask alike and at the same time, so that each has its own place for answers.

mod answer;
mod facts;

pub(super) use answer::{Previews, answer};
pub use facts::Designed;

use super::event::Answer;
use crate::connect::Operation;
use crate::connect::file::{FileSettings, Inspection};
use crate::engine::Preview;
use crate::integration::Integration;
use crate::store::IntegrationId;
use crate::workspace::{Checked, ImportGuess, Proposal};
use std::path::PathBuf;
use std::sync::Arc;

/// Something that the designer asks for.
#[derive(Debug, Clone)]
pub enum Ask {
    /// Fetch a stored integration, to be changed.
    Open(IntegrationId),
    /// Look at a file that is read as a step says.
    Look(Box<FileSettings>),
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
    /// Propose which column goes into which field.
    Propose {
        /// The file.
        file: Arc<Inspection>,
        /// Alias of the org.
        org: String,
        /// API name of the object.
        object: String,
        /// What happens to its records.
        operation: Operation,
        /// Names the question.
        ticket: u64,
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
    Looked(Box<FileSettings>, Answer<Arc<Inspection>>),
    /// A new file was looked at.
    LookedNew(Answer<Arc<Inspection>>),
    /// What a new file is for.
    Guessed(u64, Answer<Arc<ImportGuess>>),
    /// Whether the integration can run.
    Checked(u64, Answer<Checked>),
    /// What the first rows would do.
    Previewed(u64, Answer<Arc<Preview>>),
    /// Which column could go into which field.
    Proposed(u64, Answer<Arc<Vec<Proposal>>>),
    /// The integration was stored.
    Saved(u64, Answer<IntegrationId>),
}

impl Ask {
    /// What is going on, for the status bar; `None` for what is over in no time.
    pub(super) fn working(&self) -> Option<String> {
        match self {
            Ask::Look(_) | Ask::LookNew(_) => Some("Reading the file".to_owned()),
            Ask::Guess { .. } | Ask::Propose { .. } => Some("Matching columns to fields".to_owned()),
            Ask::Preview { .. } => Some("Looking at what would change".to_owned()),
            Ask::Open(_) | Ask::Check { .. } | Ask::Save { .. } => None,
        }
    }

    /// Whether it is over within a moment.
    pub(super) fn quick(&self) -> bool {
        matches!(self, Ask::Open(_) | Ask::Save { .. })
    }
}

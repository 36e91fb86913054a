//! Runs, their steps, and the deliveries they have under way.

use super::IntegrationId;
use crate::connect::Api;
use crate::record::RowNumber;
use serde::{Deserialize, Serialize};

/// A run's number within its workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub i64);

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// A process works on it.
    Running,
    /// Every row got through or needed nothing.
    Complete,
    /// Every row has an outcome, and some need attention.
    CompleteWithFailures,
    /// It stopped before every row had an outcome, and can be continued.
    Incomplete,
    /// It ended with an error, or a person ended it for good.
    Aborted,
}

impl RunState {
    /// The word in JSON, on the command line and in the store.
    pub fn word(self) -> &'static str {
        match self {
            RunState::Running => "running",
            RunState::Complete => "complete",
            RunState::CompleteWithFailures => "complete_with_failures",
            RunState::Incomplete => "incomplete",
            RunState::Aborted => "aborted",
        }
    }

    /// The words people see.
    pub fn label(self) -> &'static str {
        match self {
            RunState::Running => "Running",
            RunState::Complete => "Complete",
            RunState::CompleteWithFailures => "Complete with failures",
            RunState::Incomplete => "Incomplete",
            RunState::Aborted => "Aborted",
        }
    }
}

/// One run, as the ledger has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// The integration it ran, unless it was a one-off import.
    pub integration: Option<IntegrationId>,
    /// What it was called when it ran.
    pub name: String,
    /// Where it stands.
    pub state: RunState,
    /// Why it stopped, when it did not simply come to its end.
    pub cause: Option<String>,
    /// When it began, in milliseconds since 1970.
    pub began_at: i64,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// The run whose failed rows it takes up.
    pub retry_of: Option<RunId>,
    /// Most rows it takes, when it is a trial.
    pub trial: Option<u64>,
    /// Whether rows beyond a trial remain.
    pub remaining: bool,
    /// API calls it made.
    pub calls: u64,
    /// Milliseconds it worked, over all its continuations.
    pub worked_ms: u64,
    /// Its steps.
    pub steps: Vec<StepRecord>,
}

/// One step of a run, as the ledger has it.
#[derive(Debug, Clone, PartialEq)]
pub struct StepRecord {
    /// Which step, counted from 0.
    pub index: usize,
    /// What it does, in words.
    pub sentence: String,
    /// Alias of the org it writes to.
    pub org: String,
    /// That org's id, so that a continuation cannot write elsewhere.
    pub org_id: String,
    /// The user it acts as.
    pub user_id: String,
    /// The object.
    pub object: String,
    /// The API its rows go through, once it is chosen.
    pub api: Option<Api>,
    /// Why that API.
    pub api_why: String,
    /// Header of its source.
    pub columns: Vec<String>,
    /// Name of its source, for messages.
    pub source: String,
    /// Rows read so far, counted by the reader.
    pub read: u64,
    /// Whether the source was read to its end.
    pub read_all: bool,
    /// What became of its rows, counted by SQL.
    pub tally: super::Tally,
}

/// A delivery under way: what its results need to find their rows after a crash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its number.
    pub id: i64,
    /// Which step.
    pub step: usize,
    /// What it does to its rows, in the engine's words.
    pub action: String,
    /// The ticket, as JSON.
    pub ticket: String,
    /// Rows and digests.
    pub rows: Vec<(RowNumber, crate::connect::Digest)>,
}

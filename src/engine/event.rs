//! What a run tells while it runs.

use crate::connect::Api;
use crate::store::{RunId, RunState, Tally};
use std::time::Duration;

/// Something that a run tells.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEvent {
    /// Where it stands; at most ten times a second.
    Progress(Box<Progress>),
    /// It ended; the ledger has the rest.
    Ended {
        /// Which run.
        run: RunId,
        /// How.
        state: RunState,
    },
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Which run.
    pub run: RunId,
    /// Which step, counted from 0.
    pub step: usize,
    /// How many steps.
    pub steps: usize,
    /// What it does now.
    pub phase: Phase,
    /// Rows read of this step.
    pub read: u64,
    /// Whether that is all of them.
    pub read_all: bool,
    /// Rows handed to the org whose outcome is not known yet.
    pub in_flight: u64,
    /// Outcomes of this step so far.
    pub tally: Tally,
    /// The API and why, once chosen.
    pub api: Option<(Api, String)>,
    /// API calls so far.
    pub calls: u64,
    /// Rows settled a second, lately.
    pub rows_per_second: f64,
    /// Time left, where it can be told.
    pub left: Option<Duration>,
    /// Why nothing moves, when it waits before another try.
    pub waiting: Option<String>,
    /// Until when it pauses by itself, in milliseconds since 1970, and why.
    pub paused: Option<(i64, String)>,
}

/// What a run does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Reading the source into the workspace.
    Reading,
    /// Looking for rows that share a key, and for the records that rows are about.
    Checking,
    /// Delivering rows.
    Sending,
    /// Waiting for Salesforce to finish a job.
    Waiting,
    /// Somebody asked it to stop; deliveries in flight are awaited.
    Stopping,
}

impl Phase {
    /// The words people see.
    pub fn label(self) -> &'static str {
        match self {
            Phase::Reading => "Reading the file",
            Phase::Checking => "Checking rows",
            Phase::Sending => "Sending",
            Phase::Waiting => "Waiting for Salesforce",
            Phase::Stopping => "Stopping",
        }
    }
}

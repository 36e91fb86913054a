//! What the faces get.

use crate::connect::{Operation, Outcome, RowOutcome};
use crate::integration::{Drift, Find, Integration, LineWay, Problem};
use crate::mapping::Mapping;
use crate::record::{RowNumber, Schema};
use crate::store::{IntegrationId, Run, RunId, Tally};
use std::path::PathBuf;
use std::sync::Arc;

pub use crate::salesforce::Environment;
pub use crate::store::{AuthKind, ExportId, ExportState, RunState};

/// An org as the window shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct OrgCard {
    /// What people call it.
    pub alias: String,
    /// What kind it is; unknown until it was reached once.
    pub environment: Option<Environment>,
    /// Its address.
    pub url: String,
    /// How one signs in.
    pub auth: AuthKind,
    /// Its name.
    pub name: String,
    /// Its id.
    pub org_id: String,
    /// Whom one acts as.
    pub username: String,
    /// API calls used and allowed in 24 hours, when last seen.
    pub api_usage: Option<(u64, u64)>,
    /// The API version used.
    pub api_version: String,
    /// When it was last reached, in milliseconds since 1970.
    pub seen_at: Option<i64>,
    /// Why it could not be reached, when it was last tried.
    pub problem: Option<String>,
}

/// An object of an org, in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectCard {
    /// API name.
    pub name: String,
    /// What people see.
    pub label: String,
    /// What people see of several.
    pub label_plural: String,
    /// First three characters of its record ids.
    pub key_prefix: Option<String>,
    /// Whether the org's own people made it.
    pub custom: bool,
    /// Whether records may be made, changed, deleted.
    pub createable: bool,
    /// Whether records may be changed.
    pub updateable: bool,
    /// Whether records may be deleted.
    pub deletable: bool,
}

/// An object described.
#[derive(Debug, Clone)]
pub struct Described {
    /// Its fields.
    pub schema: Arc<Schema>,
    /// When the other side said so, in milliseconds since 1970.
    pub described_at: i64,
}

/// A mapping line proposed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The column.
    pub column: String,
    /// The field.
    pub target: String,
    /// Why, in a sentence.
    pub why: String,
    /// Whether it is more than a guess.
    pub certain: bool,
}

/// What a file seems to be for.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportGuess {
    /// The object, and why.
    pub object: Option<(String, String)>,
    /// The operation, and why.
    pub operation: (Operation, String),
    /// How records are found, and why.
    pub find: (Find, String),
    /// Mapping lines.
    pub proposals: Vec<Proposal>,
    /// The mapping they make.
    pub mapping: Mapping,
}

/// An integration in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct IntegrationCard {
    /// Its number.
    pub id: IntegrationId,
    /// What people call it.
    pub name: String,
    /// What each step does, in words.
    pub sentences: Vec<String>,
    /// Alias of the org that it writes to; the name of a database file where it writes to none.
    pub org: String,
    /// Its last run.
    pub last_run: Option<Run>,
    /// When it was last changed, in milliseconds since 1970.
    pub changed_at: i64,
    /// How its sync stands, where it goes both ways.
    pub sync: Option<SyncCard>,
}

/// How the sync of an integration stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncCard {
    /// What people call the ends of its first step, left and right.
    pub ends: [String; 2],
    /// Aliases of the orgs that it writes to.
    pub orgs: Vec<String>,
    /// Whether nobody has said yes yet to the first sync of some step.
    pub first: bool,
    /// When it was last synced to its end, in milliseconds since 1970.
    pub synced_at: Option<i64>,
    /// Conflicts that wait for a person.
    pub conflicts: u64,
}

/// A check of an integration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checked {
    /// Why it cannot run; empty when it can.
    pub problems: Vec<Problem>,
    /// What has changed at both ends since a person last said that they are right.
    pub drift: Vec<Drift>,
    /// What is doubtful about it, though it can run.
    pub warnings: Vec<Problem>,
    /// Of steps that go both ways: which ways each line can go.
    pub ways: Vec<LineWay>,
}

/// What to start.
#[derive(Debug, Clone)]
pub struct StartRun {
    /// The integration.
    pub integration: Integration,
    /// Its number, when it is a stored one.
    pub id: Option<IntegrationId>,
    /// Most rows to take.
    pub trial: Option<u64>,
    /// The production org that the person confirmed to write to, by org id.
    pub production: Option<String>,
}

/// Which rows of a run to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowFilter {
    /// Only these outcomes; all when empty.
    pub outcomes: Vec<Outcome>,
    /// Also rows that have no outcome yet; of meaning when `outcomes` is empty.
    pub waiting: bool,
    /// Only rows refused with this code.
    pub code: Option<String>,
    /// Only rows of this step, counted from 0.
    pub step: Option<usize>,
}

impl RowFilter {
    /// Whether rows of a step are listed at all.
    pub(super) fn takes(&self, step: usize) -> bool {
        self.step.is_none_or(|only| only == step)
    }
}

/// One row of a run in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultRow {
    /// Which step.
    pub step: usize,
    /// Its number.
    pub row: RowNumber,
    /// Its line.
    pub line: u64,
    /// What became of it; `None` while it waits.
    pub outcome: Option<RowOutcome>,
    /// Its source cells.
    pub cells: Vec<String>,
    /// How often it was tried, this time included.
    pub tries: u32,
    /// The row of an earlier run that it comes from.
    pub from: Option<(RunId, RowNumber)>,
    /// The row of a later run that took it up.
    pub taken_up_by: Option<(RunId, RowNumber)>,
}

/// One try of a row, in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// The run.
    pub run: RunId,
    /// The row's number there.
    pub row: RowNumber,
    /// When that run began, in milliseconds since 1970.
    pub at: i64,
    /// What became of it; `None` while it waits.
    pub outcome: Option<RowOutcome>,
    /// Whether it is the one whose story this is.
    pub here: bool,
}

/// Failures of a run that have the same cause.
#[derive(Debug, Clone, PartialEq)]
pub struct FailureGroup {
    /// The outcome they share.
    pub outcome: Outcome,
    /// Salesforce's code or ours.
    pub code: String,
    /// The fields it is about.
    pub fields: Vec<String>,
    /// The words of one of them.
    pub example: String,
    /// What to do.
    pub hint: Option<String>,
    /// How many.
    pub rows: u64,
}

/// Everything about one row.
#[derive(Debug, Clone, PartialEq)]
pub struct RowStory {
    /// The row.
    pub row: ResultRow,
    /// Header of its source.
    pub columns: Vec<String>,
    /// Field and value that were, or would have been, sent.
    pub sent: Vec<(String, String)>,
    /// A link to the record, where there is one.
    pub record_url: Option<String>,
    /// Every try of it, the first one first.
    pub attempts: Vec<Attempt>,
    /// Cells that were corrected: the column, counted from 0, and what stood there in the source.
    pub before: Vec<(usize, String)>,
    /// The record that a person chose for it.
    pub chosen: Option<String>,
    /// The parent's row that it waits for: its run, its step, its number.
    pub waits_for: Option<(RunId, usize, RowNumber)>,
    /// How many rows wait for this one.
    pub waiting_for_it: u64,
    /// The calls and jobs that carried it in this run, the first one first.
    pub carried: Vec<super::RowCarried>,
    /// Whether it is a deed of a sync, and no row of a file.
    pub of_sync: bool,
}

/// Which rows of a run to write to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportRows {
    /// Rows that got through, with `sf__Id` and `sf__Created`.
    Success,
    /// Rows that did not, with `sf__Error`.
    Error,
}

/// A run as the faces see it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunCard {
    /// The ledger's entry.
    pub run: Run,
    /// Its outcomes over all steps.
    pub tally: Tally,
    /// Rows read over all steps.
    pub rows: u64,
    /// Rows that wait for a continuation.
    pub waiting: u64,
    /// Rows read that have no outcome and do not wait: always 0, or something is wrong.
    pub unaccounted: u64,
    /// Rows that a retry would take up, as far as is known; of listed runs, all that ever did not get through.
    pub retriable: u64,
    /// The run that took it back, if one did; not told of listed runs.
    pub undone_by: Option<RunId>,
    /// What a person must say before it goes on; not told of listed runs.
    pub needs: Option<super::Needs>,
    /// Whether it is a sync, whose rows the next sync compares again: they are not in the error queue.
    pub sync: bool,
}

/// An org to add.
#[derive(Debug, Clone)]
pub struct NewOrg {
    /// What people call it.
    pub alias: String,
    /// Its address.
    pub url: String,
    /// How to sign in.
    pub sign_in: SignIn,
}

/// How to sign in to a new org.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// A session id or access token that somebody pasted.
    Token(crate::secret::Secret),
    /// OAuth JWT bearer.
    Jwt {
        /// Consumer key of the app.
        client_id: String,
        /// Whom to act as.
        username: String,
        /// The private key, PEM.
        key: crate::secret::Secret,
    },
    /// OAuth client credentials.
    ClientCredentials {
        /// Consumer key of the app.
        client_id: String,
        /// Consumer secret of the app.
        client_secret: crate::secret::Secret,
    },
}

/// A line of the activity log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityLine {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What happened.
    pub text: String,
    /// The run it is about.
    pub run: Option<RunId>,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where.
    pub path: PathBuf,
    /// Rows in it.
    pub rows: u64,
}

//! A Salesforce object as a target.
//!
//! Small deliveries are calls of up to 200 rows, answered at once (`calls`); large ones are bulk jobs, whose results find their
//! rows by content (`job`, `pair`). What is in the org already is looked up by any fields (`find`). When an answer was lost,
//! `settle` looks, and sends again only what may be sent twice.

mod calls;
mod find;
mod guarded;
mod job;
mod lines;
mod pair;
mod rejection;
mod settle;
#[cfg(test)]
mod story;

use self::job::Asking;
use super::{
    Action, Api, ConnectError, EncodedRows, Encoding, Keys, Matches, OutColumn, Report, RowOutcome, Sent, Target,
    Terms, Ticket,
};
use crate::cancel::Cancel;
use crate::record::{Rejection, Schema};
use crate::salesforce::{Org, OrgError, WriteOptions};
use smol_str::SmolStr;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};

/// Most rows of one call; Salesforce takes no more.
pub const ROWS_PER_CALL: usize = 200;
/// Most deliveries under way at once, whatever is asked for: an org allows few long calls.
const MOST_IN_FLIGHT: usize = 10;
/// Most rows of one job.
const ROWS_PER_JOB: usize = 100_000;

/// Everything a target needs to know.
#[derive(Debug, Clone)]
pub struct TargetSpec {
    /// API name of the object.
    pub object: String,
    /// What happens to its records.
    pub action: Action,
    /// The columns sent, in the order of the mapped cells; with the key column that the action needs.
    pub columns: Vec<OutColumn>,
    /// The door rows go through; an org has none but calls and jobs, and takes the first for any other.
    pub api: Api,
    /// Most rows of one call, at most 200, which is the default.
    pub rows_per_call: Option<usize>,
    /// Whether one refused row takes back all rows of its call. Calls only.
    pub all_or_none: bool,
    /// Whether active assignment rules run. By default Salesforce decides: it runs them for calls and not for jobs.
    pub assignment_rules: Option<bool>,
    /// Whether to save what a duplicate rule only warns about. Calls only.
    pub save_duplicates: bool,
    /// Whether deleted records skip the recycle bin. Jobs only.
    pub hard_delete: bool,
    /// Deliveries under way at once, 1 to 10; by default 4 calls or 3 jobs.
    pub parallel: Option<usize>,
    /// A column whose values the object allows once only, by which the results of inserts find their rows.
    pub unique_column: Option<usize>,
}

/// A Salesforce object as a target. Shared by the threads of all deliveries.
pub struct SObjectTarget {
    org: Org,
    spec: TargetSpec,
    terms: Terms,
    /// Objects described so far: the target's own and the parents of key paths.
    shapes: Mutex<BTreeMap<String, Arc<Schema>>>,
    /// Records that answers said were made, so that a look for lost ones does not count them twice.
    made: Mutex<HashSet<String>>,
    calls_before: u64,
}

impl SObjectTarget {
    /// A target; no call is made yet.
    pub fn new(org: Org, spec: TargetSpec) -> SObjectTarget {
        let key = spec.action.key("Id");
        let pair_by = key
            .and_then(|key| spec.columns.iter().position(|column| column.path.eq_ignore_ascii_case(key)))
            .or(spec.unique_column);
        let terms = match spec.api {
            Api::Rest | Api::Direct => Terms {
                api: Api::Rest,
                rows: spec.rows_per_call.unwrap_or(ROWS_PER_CALL).clamp(1, ROWS_PER_CALL),
                bytes: 5 << 20,
                in_flight: spec.parallel.unwrap_or(4).clamp(1, MOST_IN_FLIGHT),
                encoding: if spec.action == Action::Delete { Encoding::Ids } else { Encoding::Records },
                pair_by,
            },
            Api::Bulk => Terms {
                api: Api::Bulk,
                rows: ROWS_PER_JOB,
                bytes: 90_000_000,
                in_flight: spec.parallel.unwrap_or(3).clamp(1, MOST_IN_FLIGHT),
                encoding: Encoding::Csv,
                pair_by,
            },
        };
        let calls_before = org.calls();
        SObjectTarget { org, spec, terms, shapes: Mutex::default(), made: Mutex::default(), calls_before }
    }

    fn options(&self) -> WriteOptions {
        WriteOptions {
            all_or_none: self.spec.all_or_none,
            assignment_rules: self.spec.assignment_rules,
            save_duplicates: self.spec.save_duplicates,
        }
    }

    /// What became of a row that was done: `created` is what an upsert says of it.
    fn done(&self, id: SmolStr, created: bool) -> RowOutcome {
        match &self.spec.action {
            Action::Insert => RowOutcome::Created { id },
            Action::Update => RowOutcome::Updated { id },
            Action::Delete => RowOutcome::Deleted { id },
            Action::Upsert { .. } if created => RowOutcome::Created { id },
            Action::Upsert { .. } => RowOutcome::Updated { id },
        }
    }
}

impl Target for SObjectTarget {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn current(&self, keys: &Keys, fields: &[String], cancel: &Cancel) -> Result<Matches, ConnectError> {
        self.find(keys, fields, cancel)
    }

    fn stage(&self, rows: &mut dyn EncodedRows, cancel: &Cancel) -> Result<Ticket, ConnectError> {
        match self.spec.api {
            Api::Rest | Api::Direct => self.stage_call(rows, cancel),
            Api::Bulk => self.stage_job(rows, cancel),
        }
    }

    fn commit(&self, ticket: &Ticket, sent: &Sent, cancel: &Cancel, report: &mut Report) -> Result<(), ConnectError> {
        match self.spec.api {
            Api::Rest | Api::Direct => self.commit_call(ticket, sent, cancel, report),
            Api::Bulk => self.commit_job(ticket, sent, Asking::ForTheFirstTime, cancel, report),
        }
    }

    fn remember(&self, made: Vec<String>) {
        made.iter().for_each(|id| self.remember_made(id));
    }

    fn settle(
        &self,
        ticket: &Ticket,
        sent: &Sent,
        keys: &[String],
        rows: &mut dyn EncodedRows,
        cancel: &Cancel,
        report: &mut Report,
    ) -> Result<(), ConnectError> {
        match self.spec.api {
            // A job remembers what it did, so that asking it is all there is to do.
            Api::Bulk => self.commit_job(ticket, sent, Asking::Whatever, cancel, report),
            Api::Rest | Api::Direct => self.settle_call(ticket, sent, keys, rows, cancel, report),
        }
    }

    fn calls(&self) -> u64 {
        self.org.calls() - self.calls_before
    }
}

fn unconfirmed(message: impl Into<String>, hint: impl Into<Cow<'static, str>>) -> RowOutcome {
    RowOutcome::Unconfirmed(Rejection::new("unconfirmed", message).hint(hint).into())
}

impl From<OrgError> for ConnectError {
    fn from(error: OrgError) -> ConnectError {
        let message = match (&error, error.hint()) {
            // Nobody looks for a hint beside an error that is tried again.
            (OrgError::Unreachable { .. } | OrgError::Busy { .. }, Some(hint)) => format!("{error}. {hint}"),
            _ => error.to_string(),
        };
        match error {
            OrgError::Unreachable { .. } => ConnectError::Busy { message, after: None },
            OrgError::Busy { after, .. } | OrgError::Interrupted { after, .. } => ConnectError::Busy { message, after },
            OrgError::Lost { .. } => ConnectError::Lost { message },
            OrgError::Cancelled => ConnectError::Cancelled,
            OrgError::BadAddress { .. }
            | OrgError::SignedOut { .. }
            | OrgError::Refused { .. }
            | OrgError::Unaskable { .. }
            | OrgError::Unexpected { .. }
            | OrgError::Stopped { .. } => ConnectError::Refused { message, hint: error.hint().map(str::to_owned) },
        }
    }
}

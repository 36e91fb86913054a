//! The contract of everything that rows come from or go to.
//!
//! A [`Source`] yields batches; a [`Target`] takes deliveries. A delivery has two steps: `stage` prepares it and does nothing
//! that cannot be undone; `commit` delivers it and says what became of each row. Between the two the engine writes the
//! [`Ticket`] down, so that a crash at any moment leaves a delivery that can be found again.

mod action;
mod ahead;
pub mod changes;
pub mod csv;
mod digest;
mod encode;
pub mod file;
mod load;
mod outcome;
pub mod profile;
mod settings;
pub mod sobject;
pub mod soql;
pub mod sqlite;
mod swar;
pub mod workbook;
pub mod write;

pub use crate::salesforce::Exchange;
pub use action::Action;
pub use digest::{Digest, Digester};
pub use encode::{Encoder, Encoding, From, OutColumn};
pub use outcome::{Outcome, RowOutcome};
pub use settings::{DatabaseSettings, SourceSettings, SyncPart, SyncSettings, UndoPart, UndoSettings};

use crate::cancel::Cancel;
use crate::record::{Batch, RowNumber, Schema};
use crate::retry::{Again, Transient};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Where rows come from.
pub trait Source: Send {
    /// Its columns.
    fn schema(&self) -> &Schema;

    /// The next rows, or `None` at the end. Nothing is read twice; a damaged row is a row with a fault, never an error.
    fn read(&mut self) -> Result<Option<Batch>, ConnectError>;
}

/// The door that rows go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Api {
    /// sObject collections: up to 200 rows a call, answered at once.
    Rest,
    /// Bulk API 2.0: jobs of up to 100 MB, answered when they end.
    Bulk,
    /// No API: a table of a database, written in transactions, or a text file, rewritten as a whole.
    Direct,
}

impl Api {
    /// The name people see.
    pub fn label(self) -> &'static str {
        match self {
            Api::Rest => "REST collections",
            Api::Bulk => "Bulk API 2.0",
            Api::Direct => "the database itself",
        }
    }
}

/// What happens to the records of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Make new records.
    #[default]
    Insert,
    /// Change records that exist.
    Update,
    /// Change records that exist and make the others.
    Upsert,
    /// Delete records.
    Delete,
}

/// How a target wants to be fed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Which door the rows go through.
    pub api: Api,
    /// Most rows in a delivery.
    pub rows: usize,
    /// Most encoded bytes in a delivery.
    pub bytes: usize,
    /// Deliveries that may be under way at once.
    pub in_flight: usize,
    /// The form of the body.
    pub encoding: Encoding,
    /// The column by which results find their rows; `None` where only the whole row tells.
    pub pair_by: Option<usize>,
}

/// The body of one delivery, encoded on demand, so that a delivery of any size costs no more memory than a piece of it.
pub trait EncodedRows {
    /// The next piece of the body, or `None` at the end of this delivery.
    fn next(&mut self) -> Result<Option<Vec<u8>>, ConnectError>;

    /// Starts the same delivery again, for another try at staging it.
    fn rewind(&mut self);

    /// When the one record of this delivery was changed last, as HTTP says it, where it may be changed only if nobody did so since.
    fn unmodified_since(&self) -> Option<String> {
        None
    }

    /// A job was made for this delivery: whoever keeps a journal writes it down, before anything is in it.
    fn opened(&mut self, job: &str, version: &str) -> Result<(), ConnectError> {
        let _nobody_keeps_one = (job, version);
        Ok(())
    }
}

/// A delivery that is prepared. What must survive a crash is serialised; the body of a small one is kept in memory beside it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Ticket {
    /// The Bulk job, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// API version the delivery was prepared with; results must be read with the same one.
    pub version: String,
    /// The target's clock when the delivery was prepared, `2026-01-02T03:04:05Z`; tells what happened since.
    #[serde(default)]
    pub prepared_at: String,
    /// What a table held beforehand, where that tells afterwards what was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<TableBefore>,
    /// Of a delivery of one record that may be changed only if nobody has changed it since: when it was changed last, as HTTP says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmodified_since: Option<String>,
    /// The body of a small delivery. Not written down: after a crash the rows are asked for instead.
    #[serde(skip)]
    pub body: Option<Vec<u8>>,
    /// What the last call of this delivery said and heard, for people who want to see it.
    #[serde(skip)]
    pub heard: Heard,
}

/// What a table held before a delivery.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableBefore {
    /// The highest number that a row had, or ever had where the table remembers it; rows made later have higher ones. `None` where rows
    /// have no numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub highest: Option<i64>,
    /// Rows of the delivery, by their place in it, for which there was nothing to do: their record was there already and is to be
    /// made, or was not there and is to be deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub idle: Vec<usize>,
}

/// A place for what a call said and heard; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Heard(Arc<Mutex<Option<Exchange>>>);

impl Heard {
    /// Keeps a call in place of the one before.
    pub fn keep(&self, exchange: Exchange) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(exchange);
    }

    /// The call, which is taken out.
    pub fn take(&self) -> Option<Exchange> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The rows of one delivery in the order sent, each with the digest by which its result is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
    /// Row number and digest.
    pub rows: Vec<(RowNumber, Digest)>,
}

/// A question to the target: which records have these values in these fields?
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// The fields to find by: one, or several that must all agree.
    pub fields: Vec<String>,
    /// The values, one list for each row asked about, in the order of `fields`.
    pub values: Vec<Vec<String>>,
}

/// A record that the target has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// Its id.
    pub id: String,
    /// The values of the fields asked for, as text, in that order; blank where it has none.
    pub values: Vec<String>,
}

/// The answer: for each list of values the records found, none or several included.
pub type Matches = Vec<Vec<Found>>;

/// Where rows go.
pub trait Target: Send + Sync {
    /// How it wants to be fed.
    fn terms(&self) -> &Terms;

    /// What is there now for these keys, compared without case. Serves matching, preview and dry run. A blank key finds nothing.
    fn current(&self, keys: &Keys, fields: &[String], cancel: &Cancel) -> Result<Matches, ConnectError>;

    /// Prepares a delivery. Nothing visible happens yet.
    fn stage(&self, rows: &mut dyn EncodedRows, cancel: &Cancel) -> Result<Ticket, ConnectError>;

    /// Delivers, and reports what became of each row, in any order, each once. Rows that were certainly not processed (the job
    /// was stopped before them) are not reported. `Err(Lost)` when it was sent and the answer was lost; `Err(Cancelled)` when it was
    /// not sent because somebody asked to stop.
    fn commit(&self, ticket: &Ticket, sent: &Sent, cancel: &Cancel, report: &mut Report) -> Result<(), ConnectError>;

    /// Records that answers have named as made already, also before the program was started anew: a look for those of a lost
    /// answer must not take them for its own.
    fn remember(&self, made: Vec<String>);

    /// Finds out what became of a delivery whose answer was lost or whose sender died. `rows` encodes the same rows again, for
    /// targets on which repeating is safe; `keys` are their key values in the order of `sent`, empty where rows have no key.
    /// Rows whose fate cannot be known are reported `Unconfirmed`; none is ever sent twice.
    fn settle(
        &self,
        ticket: &Ticket,
        sent: &Sent,
        keys: &[String],
        rows: &mut dyn EncodedRows,
        cancel: &Cancel,
        report: &mut Report,
    ) -> Result<(), ConnectError>;

    /// API calls made through this target so far.
    fn calls(&self) -> u64;
}

/// The whole body of a small delivery.
fn drain(rows: &mut dyn EncodedRows) -> Result<Vec<u8>, ConnectError> {
    let mut body = rows.next()?.unwrap_or_default();
    while let Some(piece) = rows.next()? {
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// Takes the outcome of one row.
pub type Report<'a> = dyn FnMut(RowNumber, RowOutcome) + 'a;

/// What can go wrong between us and a source or target. Answers one question for the engine: can trying again help?
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The other side cannot be reached or is busy, and has certainly done nothing.
    #[error("{message}")]
    Busy {
        /// What was tried, where, and what came back.
        message: String,
        /// How long the other side asks us to wait.
        after: Option<Duration>,
    },
    /// It was sent, and the answer was lost: only asking can tell.
    #[error("{message}")]
    Lost {
        /// What was sent, where, and what came back.
        message: String,
    },
    /// The answer is no, and will stay no.
    #[error("{message}")]
    Refused {
        /// What was asked, where, and the answer.
        message: String,
        /// What a person can do about it.
        hint: Option<String>,
    },
    /// Somebody asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl ConnectError {
    /// A final no, with advice.
    pub fn refused(message: impl Into<String>, hint: impl Into<String>) -> ConnectError {
        ConnectError::Refused { message: message.into(), hint: Some(hint.into()) }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<&str> {
        match self {
            ConnectError::Refused { hint, .. } => hint.as_deref(),
            ConnectError::Busy { .. } | ConnectError::Lost { .. } | ConnectError::Cancelled => None,
        }
    }
}

impl std::convert::From<crate::cancel::Cancelled> for ConnectError {
    fn from(_: crate::cancel::Cancelled) -> Self {
        ConnectError::Cancelled
    }
}

impl Transient for ConnectError {
    fn again(&self) -> Again {
        match self {
            ConnectError::Busy { after, .. } => Again::Yes { after: *after },
            ConnectError::Lost { .. } | ConnectError::Refused { .. } | ConnectError::Cancelled => Again::No,
        }
    }
}

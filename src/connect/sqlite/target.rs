//! A table of a database as a target.
//!
//! A delivery is one transaction, so that it is there as a whole or not at all; within it each row stands or falls alone. Before it
//! begins, the ticket notes what tells afterwards whether it was done.

use super::table::Table;
use super::write::Writer;
use crate::cancel::Cancel;
use crate::connect::load::Load;
use crate::connect::{
    Action, Api, ConnectError, EncodedRows, Encoding, Keys, Matches, OutColumn, Report, RowOutcome, Sent, TableBefore,
    Target, Terms, Ticket, drain,
};
use rusqlite::Connection;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Most rows of a delivery, unless somebody asks for another number.
pub const ROWS_PER_DELIVERY: usize = 1_000;

/// Most bytes of a delivery, which is held in memory.
const BYTES_PER_DELIVERY: usize = 16 << 20;

/// How long another program that writes is waited for; whoever delivers waits longer, and says so.
const PATIENCE: Duration = Duration::from_secs(5);

/// Everything a target needs to know.
#[derive(Debug, Clone)]
pub struct TableSpec {
    /// The database file.
    pub path: PathBuf,
    /// The table.
    pub table: String,
    /// What happens to its rows; a table knows no upsert of its own.
    pub action: Action,
    /// The columns sent, in the order of the mapped cells; with the key where rows are changed or deleted.
    pub columns: Vec<OutColumn>,
    /// Most rows of a delivery; [`ROWS_PER_DELIVERY`] by default.
    pub rows: Option<usize>,
    /// The column by which records are known where the table declares no primary key of one column.
    pub key: Option<String>,
}

/// A table as a target. Shared by the threads of all deliveries, which take turns.
pub struct SqliteTarget {
    spec: TableSpec,
    terms: Terms,
    patience: Duration,
    /// The open file, once it was needed.
    open: Mutex<Option<Open>>,
    /// Records that outcomes named as made, so that a look for those of a lost delivery does not count them twice.
    made: Mutex<HashSet<String>>,
}

struct Open {
    database: Connection,
    table: Table,
}

impl SqliteTarget {
    /// A target; the file is opened when it is needed.
    pub fn new(spec: TableSpec) -> SqliteTarget {
        let terms = Terms {
            api: Api::Direct,
            rows: spec.rows.unwrap_or(ROWS_PER_DELIVERY).max(1),
            bytes: BYTES_PER_DELIVERY,
            // A database has one writer at a time.
            in_flight: 1,
            encoding: Encoding::Csv,
            pair_by: None,
        };
        SqliteTarget { spec, terms, patience: PATIENCE, open: Mutex::default(), made: Mutex::default() }
    }

    /// The same with another patience for programs that write to the file.
    #[cfg(test)]
    pub(super) fn patient(mut self, patience: Duration) -> SqliteTarget {
        self.patience = patience;
        self
    }

    /// Lets the open file grow no larger than that, as a full disk would.
    #[cfg(test)]
    pub(super) fn limit_pages(&self, pages: u32) {
        let limit = |database: &Connection, _: &Table| {
            database
                .execute_batch(&format!("PRAGMA max_page_count = {pages}"))
                .map_err(|error| super::unwritten(&self.spec.path, "", &error))
        };
        assert!(self.with(limit).is_ok());
    }

    /// Works with the open file.
    fn with<T>(&self, work: impl FnOnce(&Connection, &Table) -> Result<T, ConnectError>) -> Result<T, ConnectError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let Open { database, table } = match &mut *open {
            Some(known) => known,
            none => none.insert(self.opened()?),
        };
        let result = work(database, table);
        if matches!(result, Err(ConnectError::Refused { .. } | ConnectError::Lost { .. })) {
            // Whatever is wrong may be mended meanwhile: the next look is a fresh one.
            *open = None;
        }
        result
    }

    fn opened(&self) -> Result<Open, ConnectError> {
        let spec = &self.spec;
        let database = super::open_to_write(&spec.path, self.patience)?;
        let table = Table::describe(&database, &spec.path, &spec.table, spec.key.as_deref())?;
        Ok(Open { database, table })
    }

    fn made(&self) -> MutexGuard<'_, HashSet<String>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the rows of a delivery, and reports what became of them.
    fn report(
        &self,
        body: &[u8],
        before: Option<&TableBefore>,
        sent: &Sent,
        report: &mut Report,
        work: impl FnOnce(&Writer<'_>) -> Result<Vec<RowOutcome>, ConnectError>,
    ) -> Result<(), ConnectError> {
        let load = Load::read(body)?;
        load.must_have(sent.rows.len())?;
        let nothing = TableBefore::default();
        let before = before.unwrap_or(&nothing);
        let action = &self.spec.action;
        let outcomes = self.with(|database, table| work(&Writer { database, table, action, load: &load, before }))?;
        for ((row, _), outcome) in sent.rows.iter().zip(outcomes) {
            if let RowOutcome::Created { id } = &outcome {
                self.made().insert(id.to_string());
            }
            report(*row, outcome);
        }
        Ok(())
    }
}

impl Target for SqliteTarget {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn current(&self, keys: &Keys, fields: &[String], cancel: &Cancel) -> Result<Matches, ConnectError> {
        self.with(|database, table| super::find::find(database, table, keys, fields, cancel))
    }

    fn stage(&self, rows: &mut dyn EncodedRows, cancel: &Cancel) -> Result<Ticket, ConnectError> {
        cancel.check()?;
        let body = drain(rows)?;
        let load = Load::read(&body)?;
        let (action, nothing) = (&self.spec.action, TableBefore::default());
        let before =
            self.with(|database, table| Writer { database, table, action, load: &load, before: &nothing }.note())?;
        Ok(Ticket { before: Some(before), body: Some(body), ..Ticket::default() })
    }

    fn commit(&self, ticket: &Ticket, sent: &Sent, cancel: &Cancel, report: &mut Report) -> Result<(), ConnectError> {
        cancel.check()?;
        let Some(body) = &ticket.body else {
            return Err(ConnectError::Lost { message: "the rows of a delivery are not at hand any more".to_owned() });
        };
        self.report(body, ticket.before.as_ref(), sent, report, |writer| writer.deliver())
    }

    fn remember(&self, made: Vec<String>) {
        self.made().extend(made);
    }

    fn settle(
        &self,
        ticket: &Ticket,
        sent: &Sent,
        _keys: &[String],
        rows: &mut dyn EncodedRows,
        cancel: &Cancel,
        report: &mut Report,
    ) -> Result<(), ConnectError> {
        cancel.check()?;
        rows.rewind();
        let body = drain(rows)?;
        let made = self.made().clone();
        self.report(&body, ticket.before.as_ref(), sent, report, |writer| writer.settle(&made))
    }

    fn calls(&self) -> u64 {
        0
    }
}

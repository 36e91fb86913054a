//! Queries: one way to run them, whoever wants the rows.
//!
//! [`QueryRows`] yields a query's rows, by REST or by the Bulk API, and can say at any moment where another one would go on. Exports write
//! that down; sources of integrations read from it; the command line prints it. Waiting and trying again happens here and nowhere below.

mod bulk;
mod choose;
mod fetch;
mod rest;
mod tidy;

pub(super) use bulk::BulkRows;
pub(super) use choose::choose;
pub use choose::{ApiWish, RowsEstimate};
pub(super) use rest::RestRows;
pub(super) use tidy::tidy;

use super::export::Form;
use super::{Workspace, WorkspaceError};
use crate::cancel::Cancel;
use crate::record::Field;
use crate::retry::{GaveUp, RetryPolicy, Transient, Waiting, patiently};
use crate::salesforce::{Job, Org, OrgError, Soql};
use serde::{Deserialize, Serialize};
use std::io::Write;

/// Rows that are handed on at once.
const ROWS: usize = 2_000;

/// How the rows of a query are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueryFormat {
    /// CSV with a header line: UTF-8, commas, LF.
    #[default]
    Csv,
    /// A JSON object a line: numbers and checkboxes as such, blanks as null.
    Json,
}

/// The cells of a row, in the order of the columns.
pub(super) type Cells = csv::StringRecord;

/// What came of asking for more rows.
pub(super) enum Step {
    /// Some rows.
    Rows(Vec<Cells>),
    /// None yet, but there is a new place to go on from that had better be kept.
    Moved,
    /// There are no more.
    End,
}

/// What is told while rows are awaited.
pub(super) enum News {
    /// Why nothing moves just now; `None` when it moves again.
    Waiting(Option<String>),
    /// Rows that Salesforce has gone through so far.
    Prepared(u64),
    /// Something that a person should know.
    Note(String),
}

/// Takes what is told.
pub(super) type Hear<'a> = dyn FnMut(News) + 'a;

/// Why no more rows come.
#[derive(Debug)]
pub(super) enum QueryError {
    /// It failed; the place is still good.
    Failed(WorkspaceError),
    /// What was begun is no longer there, and only starting anew helps.
    Gone(String),
    /// The Bulk API does not take this query.
    NotByBulk(String),
    /// Somebody asked to stop.
    Cancelled,
}

impl QueryError {
    /// The error for a person, where nothing more can be done about it.
    pub(super) fn told(self) -> WorkspaceError {
        match self {
            QueryError::Failed(error) => error,
            QueryError::Gone(why) => WorkspaceError::new(why).hint("Ask again."),
            QueryError::NotByBulk(why) => WorkspaceError::new(why).hint("Ask by REST."),
            QueryError::Cancelled => OrgError::Cancelled.into(),
        }
    }
}

/// Where a reading goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    /// By REST.
    Rest(RestPlace),
    /// By the Bulk API.
    Bulk(BulkPlace),
}

/// Where a reading by REST goes on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct RestPlace {
    /// The next page.
    pub(super) page: Option<String>,
    /// The id of the last row read, where rows come in the order of their ids.
    pub(super) after: Option<String>,
    /// The columns.
    pub(super) columns: Vec<String>,
}

/// Where a reading by the Bulk API goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BulkPlace {
    /// The job's id.
    pub(super) job: String,
    /// The API version that it was made with.
    pub(super) version: String,
    /// Number of the first page that is not read to its end.
    pub(super) page: u64,
    /// Rows of it that are read.
    pub(super) rows: u64,
    /// Where that page and those behind it are, as far as told; `None` is the first of all.
    pub(super) places: Vec<Option<String>>,
    /// Where the list of pages goes on.
    pub(super) list: List,
}

/// Where the list of a job's pages goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum List {
    /// It was not asked for yet.
    Unasked,
    /// Here.
    At(String),
    /// It is known to its end.
    Ended,
    /// The org knows no list: each page tells where the next one is.
    Chain,
}

impl BulkPlace {
    fn job(&self) -> Job {
        Job { id: self.job.clone(), version: self.version.clone() }
    }
}

/// The rows of a query.
pub(super) trait QueryRows: Send {
    /// The columns; known once there was a step with rows, or the end.
    fn columns(&self) -> &[String];

    /// More rows.
    fn next(&mut self, hear: &mut Hear<'_>) -> Result<Step, QueryError>;

    /// Where another one goes on behind the rows handed on so far; `None` at the very beginning.
    fn place(&self) -> Option<Place>;

    /// How many rows there are, as far as Salesforce has said.
    fn total(&self) -> Option<u64>;

    /// Stops what goes on for us in the org.
    fn give_up(&mut self) {}
}

/// A question and whom it is put to.
#[derive(Clone)]
pub(super) struct Asking {
    /// The org.
    pub(super) org: Org,
    /// The query.
    pub(super) soql: String,
    /// Whether records in the recycle bin come too.
    pub(super) deleted: bool,
    /// The wish to stop.
    pub(super) cancel: Cancel,
}

/// An error, and how often and long it was tried.
pub(super) struct Failed<E> {
    pub(super) error: E,
    attempts: u32,
    seconds: u64,
}

impl<E: std::fmt::Display> Failed<E> {
    fn message(&self) -> String {
        match self.attempts {
            0 | 1 => self.error.to_string(),
            attempts => format!("{} (tried {attempts} times in {} s)", self.error, self.seconds),
        }
    }
}

impl From<Failed<OrgError>> for QueryError {
    fn from(failed: Failed<OrgError>) -> QueryError {
        match &failed.error {
            OrgError::Cancelled => QueryError::Cancelled,
            error => {
                let mut told = WorkspaceError::new(failed.message());
                told.hint = error.hint().map(str::to_owned);
                QueryError::Failed(told)
            }
        }
    }
}

/// Asks until it succeeds, fails for good, or patience ends.
pub(super) fn patient<T, E: Transient + std::fmt::Display + From<OrgError>>(
    cancel: &Cancel,
    hear: &mut Hear<'_>,
    work: impl FnMut() -> Result<T, E>,
) -> Result<T, Failed<E>> {
    let mut waited = false;
    let mut tell = |waiting: Waiting| {
        waited = true;
        hear(News::Waiting(Some(waiting.because)));
    };
    let result = patiently(&RetryPolicy::default(), cancel, &mut tell, work);
    if waited {
        hear(News::Waiting(None));
    }
    result.map_err(|gave_up| match gave_up {
        GaveUp::Failed { error, attempts, spent } => Failed { error, attempts, seconds: spent.as_secs() },
        GaveUp::Cancelled => Failed { error: OrgError::Cancelled.into(), attempts: 1, seconds: 0 },
    })
}

impl Workspace {
    /// Runs a query and writes its rows to `out`; gives back how many there were.
    pub fn query(
        &self,
        alias: &str,
        soql: &str,
        bulk: bool,
        format: QueryFormat,
        out: &mut dyn Write,
        cancel: &Cancel,
    ) -> Result<u64, WorkspaceError> {
        let org = self.connect(alias)?;
        let asking = Asking { org: org.clone(), soql: soql.to_owned(), deleted: false, cancel: cancel.clone() };
        let refused = Soql::read(soql).and_then(|soql| soql.beyond_bulk());
        let folder = tempfile::tempdir().map_err(|error| super::open::unwritable(&std::env::temp_dir(), &error))?;
        let mut rows: Box<dyn QueryRows> = match refused {
            None if bulk => Box::new(BulkRows::new(asking, folder.path().to_owned(), None)),
            _ => Box::new(RestRows::new(asking, None)),
        };
        let form = match format {
            QueryFormat::Csv => Form::Csv { separator: b',', excel: false },
            QueryFormat::Json => Form::Json,
        };
        let mut begun: Option<Vec<Field>> = None;
        let mut count = 0;
        let mut text = Vec::new();
        loop {
            let step = rows.next(&mut |_| ()).map_err(QueryError::told);
            if step.is_err() && cancel.requested() {
                rows.give_up();
            }
            let cells = match step? {
                Step::Rows(cells) => cells,
                Step::Moved => continue,
                Step::End if begun.is_none() => Vec::new(),
                Step::End => break,
            };
            text.clear();
            let fields = match &begun {
                Some(fields) => fields,
                None => {
                    let fields = self.fields_of(&org, soql, rows.columns(), cancel)?;
                    form.begin(&fields, &mut text);
                    begun.insert(fields)
                }
            };
            let cells = tidy(cells, fields);
            count += cells.len() as u64;
            form.rows(fields, &cells, &mut text);
            out.write_all(&text).and_then(|()| out.flush()).map_err(|error| {
                WorkspaceError::new(format!("the rows cannot be written: {error}"))
                    .hint("Check that the disk has space and that the reader is still there.")
            })?;
        }
        self.note_usage(alias, &org)?;
        Ok(count)
    }
}

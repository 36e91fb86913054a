//! Rows by a Bulk query job. Its own end is awaited without any limit of ours; then up to five pages at once are fetched into files and
//! handed on in order, so that memory stays small and a reading that was cut off asks for nothing that is here already.

use super::super::WorkspaceError;
use super::fetch::{Fetch, Fetching};
use super::{Asking, BulkPlace, Cells, Failed, Hear, List, News, Place, QueryError, QueryRows, ROWS, Step, patient};
use crate::cancel::Cancel;
use crate::connect::file::unwritable;
use crate::salesforce::{Job, JobState, OrgError, Stop};
use std::collections::VecDeque;
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

/// Pages that are fetched at once: Salesforce lists them by fives.
const AT_ONCE: usize = 5;

/// Reads by a Bulk query job.
pub(in crate::workspace) struct BulkRows {
    asking: Asking,
    /// Where fetched pages lie until they are read.
    folder: PathBuf,
    job: Option<Job>,
    complete: bool,
    total: Option<u64>,
    /// Where the pages from `number` on are, as far as known.
    places: VecDeque<Option<String>>,
    list: List,
    /// Number of the page being read, or to be read next.
    number: u64,
    /// Rows of it that were handed on.
    rows: u64,
    fetching: VecDeque<Fetching>,
    page: Option<Page>,
    columns: Vec<String>,
    /// The wish to stop of the fetching threads.
    stop: Cancel,
}

/// A page being read.
struct Page {
    reader: csv::Reader<File>,
    file: PathBuf,
    /// Rows of it that an earlier reading has handed on.
    skip: u64,
}

impl BulkRows {
    /// From the beginning, or from a place. Pages are kept in the folder, which must be there.
    pub(in crate::workspace) fn new(asking: Asking, folder: PathBuf, place: Option<BulkPlace>) -> BulkRows {
        let job = place.as_ref().map(BulkPlace::job);
        let (places, list, number, rows) = match place {
            Some(place) => (place.places.into(), place.list, place.page, place.rows),
            None => (VecDeque::new(), List::Unasked, 0, 0),
        };
        BulkRows {
            asking,
            folder,
            job,
            complete: false,
            total: None,
            places,
            list,
            number,
            rows,
            fetching: VecDeque::new(),
            page: None,
            columns: Vec::new(),
            stop: Cancel::new(),
        }
    }

    fn begin(&mut self, hear: &mut Hear<'_>) -> Result<(), QueryError> {
        let Asking { org, soql, deleted, cancel } = &self.asking;
        let made = patient(cancel, hear, || org.open_query(soql, *deleted, cancel));
        self.job = Some(made.map_err(|failed| match refused_by_bulk(&failed.error) {
            Some(why) => QueryError::NotByBulk(why),
            None => failed.into(),
        })?);
        Ok(())
    }

    /// Waits until the job has ended.
    fn await_end(&mut self, job: &Job, hear: &mut Hear<'_>) -> Result<(), QueryError> {
        let Asking { org, cancel, .. } = &self.asking;
        let mut wait = Duration::from_millis(50);
        loop {
            let info = patient(cancel, hear, || org.query_job(job, cancel)).map_err(lost)?;
            hear(News::Prepared(info.processed.unwrap_or(0)));
            match info.state {
                JobState::Complete => {
                    self.total = info.processed;
                    self.complete = true;
                    return Ok(());
                }
                JobState::Aborted => {
                    let why = format!("the query job {} was stopped in Salesforce", job.id);
                    return Err(QueryError::Gone(why));
                }
                JobState::Failed => {
                    let said = info.error.unwrap_or_else(|| "no reason given".to_owned());
                    let error = WorkspaceError::new(format!("Salesforce could not answer the query: {said}"));
                    return Err(QueryError::Failed(
                        error.hint("Ask for less at once, with a narrower filter or fewer fields, or ask by REST."),
                    ));
                }
                _ => cancel.sleep(wait).map_err(|_| QueryError::Cancelled)?,
            }
            wait = (wait * 2).min(Duration::from_secs(5));
        }
    }

    /// Learns where more pages are.
    fn list_more(&mut self, job: &Job, hear: &mut Hear<'_>) -> Result<(), QueryError> {
        let Asking { org, cancel, .. } = &self.asking;
        let after = match &self.list {
            List::Unasked => None,
            List::At(place) => Some(place.clone()),
            List::Ended | List::Chain => return Ok(()),
        };
        match patient(cancel, hear, || org.result_pages(job, after.as_deref(), cancel)) {
            Ok(pages) => {
                self.places.extend(pages.places.into_iter().map(Some));
                self.list = pages.next.map_or(List::Ended, List::At);
            }
            // An org that does not list pages: the first is at the beginning, and tells where the next one is.
            Err(failed) if after.is_none() && unknown(&failed.error) => {
                patient(cancel, hear, || org.query_job(job, cancel)).map_err(lost)?;
                self.places.push_back(None);
                self.list = List::Chain;
            }
            Err(failed) => return Err(lost(failed)),
        }
        Ok(())
    }

    fn file(&self, number: u64) -> PathBuf {
        self.folder.join(format!("page-{number}.csv"))
    }

    /// Keeps pages coming.
    fn top_up(&mut self, job: &Job, hear: &mut Hear<'_>) -> Result<(), QueryError> {
        let reading = usize::from(self.page.is_some());
        while self.fetching.len() < AT_ONCE {
            let ahead = reading + self.fetching.len();
            if ahead >= self.places.len() {
                if matches!(self.list, List::Ended | List::Chain) {
                    break;
                }
                self.list_more(job, hear)?;
                continue;
            }
            self.fetching.push_back(Fetching::begin(Fetch {
                org: self.asking.org.clone(),
                job: job.clone(),
                place: self.places[ahead].clone(),
                file: self.file(self.number + ahead as u64),
                // In a chain a page that is here already lacks what it told.
                may_be_here: self.list != List::Chain,
                cancel: self.stop.clone(),
            }));
        }
        Ok(())
    }

    /// Opens the page to be read; whether there is one.
    fn open(&mut self, job: &Job, hear: &mut Hear<'_>) -> Result<bool, QueryError> {
        self.top_up(job, hear)?;
        let Some(fetching) = self.fetching.pop_front() else { return Ok(false) };
        let fetched = fetching.wait(&self.asking.cancel, hear)?;
        if self.list == List::Chain
            && let Some(next) = fetched.next
        {
            self.places.push_back(Some(next));
        }
        let unreadable = |error: std::io::Error| QueryError::Failed(unwritable(&fetched.file, &error).into());
        let mut reader =
            csv::ReaderBuilder::new().flexible(true).from_reader(File::open(&fetched.file).map_err(unreadable)?);
        let header = reader.headers().map_err(damaged)?;
        if self.columns.is_empty() {
            self.columns = header.iter().map(str::to_owned).collect();
        }
        self.page = Some(Page { reader, file: fetched.file, skip: self.rows });
        self.rows = 0;
        Ok(true)
    }

    /// Some rows of the page that is open; none at its end.
    fn read(&mut self) -> Result<Vec<Cells>, QueryError> {
        let Some(page) = &mut self.page else { return Ok(Vec::new()) };
        let mut rows = Vec::with_capacity(ROWS);
        let mut cells = Cells::new();
        while rows.len() < ROWS && page.reader.read_record(&mut cells).map_err(damaged)? {
            self.rows += 1;
            if self.rows > page.skip {
                rows.push(cells.clone());
            }
        }
        Ok(rows)
    }

    /// Leaves the page behind.
    fn turn(&mut self) {
        if let Some(page) = self.page.take() {
            // A page that stays behind is removed with its folder.
            let _removed = std::fs::remove_file(page.file).is_ok();
        }
        self.places.pop_front();
        self.number += 1;
        self.rows = 0;
    }
}

impl QueryRows for BulkRows {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn next(&mut self, hear: &mut Hear<'_>) -> Result<Step, QueryError> {
        let Some(job) = self.job.clone() else {
            self.begin(hear)?;
            return Ok(Step::Moved);
        };
        if !self.complete {
            self.await_end(&job, hear)?;
        }
        loop {
            self.asking.cancel.check().map_err(|_| QueryError::Cancelled)?;
            if self.page.is_none() && !self.open(&job, hear)? {
                return Ok(Step::End);
            }
            self.top_up(&job, hear)?;
            let rows = self.read()?;
            if !rows.is_empty() {
                return Ok(Step::Rows(rows));
            }
            self.turn();
            // What is read had better be kept while the next page is awaited.
            if self.fetching.front().is_some_and(|fetching| !fetching.is_here()) {
                return Ok(Step::Moved);
            }
        }
    }

    fn place(&self) -> Option<Place> {
        let job = self.job.as_ref()?;
        let skipped = self.page.as_ref().map_or(0, |page| page.skip);
        Some(Place::Bulk(BulkPlace {
            job: job.id.clone(),
            version: job.version.clone(),
            page: self.number,
            rows: self.rows.max(skipped),
            places: self.places.iter().cloned().collect(),
            list: self.list.clone(),
        }))
    }

    fn total(&self) -> Option<u64> {
        self.total
    }

    fn give_up(&mut self) {
        let Some(job) = self.job.as_ref().filter(|_| !self.complete) else { return };
        let stop = Stop::when_forced(&self.asking.cancel);
        if let Err(error) = self.asking.org.abort_query(job, stop) {
            tracing::debug!("the query job {} was not stopped: {error}", job.id);
        }
    }
}

impl Drop for BulkRows {
    fn drop(&mut self) {
        self.stop.request();
        for fetching in self.fetching.drain(..) {
            // Nobody wants its page any more.
            let _ended = fetching.join().is_ok();
        }
    }
}

fn damaged(error: csv::Error) -> QueryError {
    QueryError::Failed(WorkspaceError::new(format!("the query's rows cannot be read: {error}")))
}

/// Whether the job or its rows are no longer there.
pub(super) fn gone(error: &OrgError) -> bool {
    unknown(error) || error.has_code("INVALID_QUERY_LOCATOR")
}

/// Whether the org does not know the address.
fn unknown(error: &OrgError) -> bool {
    matches!(error, OrgError::Refused { refusal, .. } if matches!(refusal.status, 404 | 405))
}

fn lost(failed: Failed<OrgError>) -> QueryError {
    match gone(&failed.error) {
        true => QueryError::Gone("Salesforce no longer has the query job: it keeps one for seven days".to_owned()),
        false => failed.into(),
    }
}

/// Why Salesforce does not take the query as a Bulk job, where that is its answer.
fn refused_by_bulk(error: &OrgError) -> Option<String> {
    let OrgError::Refused { refusal, .. } = error else { return None };
    let said = refusal.message.to_ascii_lowercase();
    let bulk = ["bulk", "compound", "not supported", "selecting", "entity"].iter().any(|word| said.contains(word));
    let code =
        ["INVALIDENTITY", "FEATURENOTENABLED", "API_ERROR", "INVALIDJOB"].iter().any(|code| error.has_code(code));
    (bulk && code).then(|| refusal.message.clone())
}

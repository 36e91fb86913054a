//! Exports: the rows of a query, into a file that appears whole or not at all.
//!
//! What an export is to do and how far it is stand in the workspace file. Killed at any moment, it goes on behind the last row that is surely
//! on the disk, with the same query job or page; what Salesforce has forgotten by then is asked anew, and said.

mod design;
mod form;
mod part;

pub use design::{Condition, QueryDesign, Test};
pub use form::ExportFormat;
pub(super) use form::Form;

use super::query::{
    ApiWish, Asking, BulkRows, Hear, News, Place, QueryError, QueryRows, RestRows, RowsEstimate, Step, choose, tidy,
};
use super::{Workspace, WorkspaceError};
use crate::cancel::Cancel;
use crate::connect::Api;
use crate::record::Field;
use crate::salesforce::{Org, Soql};
use crate::store::{ExportId, ExportLock, ExportRecord, ExportState, NewExport, Store};
use part::PartFile;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Exports listed at most.
const LISTED: usize = 200;

/// How often what is written is made sure and noted.
const NOTED: Duration = Duration::from_secs(1);

/// How often progress is told.
const TOLD: Duration = Duration::from_millis(100);

/// What to export, and where to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportJob {
    /// Alias of the org.
    pub org: String,
    /// The query.
    pub soql: String,
    /// Whether records in the recycle bin, and archived activities, come too.
    #[serde(default)]
    pub deleted: bool,
    /// The file to be.
    pub path: PathBuf,
    /// What kind of file.
    pub format: ExportFormat,
    /// The API.
    #[serde(default)]
    pub api: ApiWish,
}

/// What is kept of a job: beside it, what must not change when it goes on elsewhere.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    job: ExportJob,
    org_id: String,
    form: Form,
}

/// What an export does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportStage {
    /// Counting rows, to choose the API.
    Counting,
    /// Salesforce works on the query job.
    Preparing,
    /// Rows come.
    Reading,
    /// Putting the file in its place.
    Finishing,
}

impl ExportStage {
    /// The words people see.
    pub fn label(self) -> &'static str {
        match self {
            ExportStage::Counting => "Counting rows",
            ExportStage::Preparing => "Salesforce prepares the rows",
            ExportStage::Reading => "Writing rows",
            ExportStage::Finishing => "Finishing the file",
        }
    }
}

/// Where an export stands.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportProgress {
    /// Which one.
    pub id: ExportId,
    /// What it does now.
    pub stage: ExportStage,
    /// Rows written; while Salesforce prepares them, rows that it has gone through.
    pub rows: u64,
    /// How many there will be, as far as known.
    pub total: Option<u64>,
    /// Bytes written.
    pub bytes: u64,
    /// Rows a second, since rows began to come.
    pub rows_per_second: f64,
    /// The API and why, once chosen.
    pub api: Option<(Api, String)>,
    /// Why nothing moves.
    pub waiting: Option<String>,
    /// Something worth knowing that has just happened.
    pub note: Option<String>,
}

/// An export, in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportCard {
    /// Its number.
    pub id: ExportId,
    /// What it is to do.
    pub job: ExportJob,
    /// Where it is in its life. One that was killed is incomplete.
    pub state: ExportState,
    /// Why it stopped.
    pub cause: Option<String>,
    /// The API, once chosen, and why.
    pub api: Option<(Api, String)>,
    /// Rows counted beforehand.
    pub expected: Option<u64>,
    /// Rows written.
    pub rows: u64,
    /// Bytes written.
    pub bytes: u64,
    /// When it began, in milliseconds since 1970.
    pub began_at: i64,
    /// When it ended.
    pub ended_at: Option<i64>,
}

/// The first rows of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peek {
    /// Its columns.
    pub columns: Vec<String>,
    /// A cell for each column.
    pub rows: Vec<Vec<String>>,
}

/// Takes what an export tells.
pub type TellExport<'a> = dyn FnMut(ExportProgress) + 'a;

impl Workspace {
    /// Writes the rows of a query into a file.
    pub fn export_rows(
        &self,
        job: &ExportJob,
        tell: &mut TellExport<'_>,
        cancel: &Cancel,
    ) -> Result<ExportCard, WorkspaceError> {
        let mut job = job.clone();
        job.path = std::path::absolute(&job.path).unwrap_or(job.path);
        let record = self.org_record(&job.org)?;
        job.org = record.alias;
        let store = self.store()?;
        self.make_room(&store, &job)?;
        let part = PartFile::create(&job.path)?;
        let kept = Kept { form: job.format.form(), org_id: record.org_id, job };
        let body = serde_json::json!(kept).to_string();
        let id = store.add_export(NewExport { body: &body, path: &kept.job.path }, self.now())?;
        let lock = ExportLock::take(self.path(), id)?;
        self.carry_out(id, &kept, part, None, lock, tell, cancel)
    }

    /// Goes on with an export that stopped before its end.
    pub fn resume_export(
        &self,
        id: ExportId,
        tell: &mut TellExport<'_>,
        cancel: &Cancel,
    ) -> Result<ExportCard, WorkspaceError> {
        let store = self.store()?;
        let record = store.export(id)?.ok_or_else(|| no_export(id))?;
        let lock = ExportLock::take(self.path(), id)?;
        if !matches!(record.state, ExportState::Running | ExportState::Incomplete) {
            let state = record.state.label().to_lowercase();
            return Err(WorkspaceError::new(format!("export {} is {state}", id.0))
                .hint("Only an export that stopped before its end can go on."));
        }
        let kept = kept(&record)?;
        let known = self.org_record(&kept.job.org)?;
        if !kept.org_id.is_empty() && known.org_id != kept.org_id {
            return Err(WorkspaceError::new(format!("{} is another org than when export {} began", known.alias, id.0))
                .hint("Begin the export anew."));
        }
        store.set_export_state(id, ExportState::Running, None, None)?;
        let place = record.place.as_deref().and_then(|place| serde_json::from_str(place).ok());
        match (place, PartFile::reopen(&kept.job.path, record.bytes)) {
            (Some(place), Some(part)) => {
                let resumed = Resumed { place, rows: record.rows };
                self.carry_out(id, &kept, part, Some(resumed), lock, tell, cancel)
            }
            (_, _) => {
                // Either nothing was written yet, or the half file is gone: then everything is asked anew.
                part::discard(&kept.job.path)?;
                store.set_export_place(id, None, 0, 0)?;
                let part = PartFile::create(&kept.job.path)?;
                self.carry_out(id, &kept, part, None, lock, tell, cancel)
            }
        }
    }

    /// The exports, the newest first.
    pub fn exports(&self) -> Result<Vec<ExportCard>, WorkspaceError> {
        self.store()?.exports(LISTED)?.into_iter().map(|record| self.card(record)).collect()
    }

    /// Gives up an export that stopped before its end, and removes its half file.
    pub fn discard_export(&self, id: ExportId) -> Result<(), WorkspaceError> {
        let store = self.store()?;
        let record = store.export(id)?.ok_or_else(|| no_export(id))?;
        let _lock = ExportLock::take(self.path(), id)?;
        if matches!(record.state, ExportState::Running | ExportState::Incomplete) {
            part::discard(&record.path)?;
            store.set_export_state(id, ExportState::Discarded, None, Some(self.now()))?;
        }
        Ok(())
    }

    /// The first rows of a query, with its columns.
    pub fn peek(
        &self,
        alias: &str,
        soql: &str,
        deleted: bool,
        rows: u64,
        cancel: &Cancel,
    ) -> Result<Peek, WorkspaceError> {
        let org = self.connect(alias)?;
        let mut few = soql.to_owned();
        if let Some(mut parts) = Soql::read(soql)
            && parts.most().is_none_or(|most| most > rows)
        {
            parts.limit = Some(rows.to_string());
            few = parts.to_string();
        }
        let page = org.query(&few, deleted, cancel)?;
        self.note_usage(alias, &org)?;
        Ok(Peek { columns: page.columns, rows: page.rows.into_iter().take(rows as usize).collect() })
    }

    /// Counts the rows of a query, and says which API they would come through, and why.
    pub fn estimate(
        &self,
        alias: &str,
        soql: &str,
        deleted: bool,
        wish: ApiWish,
        cancel: &Cancel,
    ) -> Result<RowsEstimate, WorkspaceError> {
        let org = self.connect(alias)?;
        let asking = Asking { org: org.clone(), soql: soql.to_owned(), deleted, cancel: cancel.clone() };
        let fields = self.fields_beforehand(&org, soql, cancel)?;
        let estimate = choose(&asking, wish, &fields, &mut |_| ());
        self.note_usage(alias, &org)?;
        Ok(estimate)
    }

    /// The fields of a query's columns, where the query itself names them.
    pub(super) fn fields_beforehand(
        &self,
        org: &Org,
        soql: &str,
        cancel: &Cancel,
    ) -> Result<Vec<Field>, WorkspaceError> {
        match Soql::read(soql).and_then(|soql| soql.columns()) {
            Some(columns) => self.fields_of(org, soql, &columns, cancel),
            None => Ok(Vec::new()),
        }
    }

    /// Gives up an export that stopped half-way to the same file.
    fn make_room(&self, store: &Store, job: &ExportJob) -> Result<(), WorkspaceError> {
        for record in store.exports(LISTED)? {
            let open = matches!(record.state, ExportState::Running | ExportState::Incomplete);
            if open && record.path == job.path {
                if ExportLock::is_taken(self.path(), record.id) {
                    return Err(WorkspaceError::new(format!(
                        "export {} is writing {} just now",
                        record.id.0,
                        job.path.display()
                    ))
                    .hint("Wait for its end, or choose another name."));
                }
                self.discard_export(record.id)?;
            }
        }
        Ok(())
    }

    fn card(&self, record: ExportRecord) -> Result<ExportCard, WorkspaceError> {
        let kept = kept(&record)?;
        let state = match record.state {
            ExportState::Running if !ExportLock::is_taken(self.path(), record.id) => ExportState::Incomplete,
            state => state,
        };
        Ok(ExportCard {
            id: record.id,
            job: kept.job,
            state,
            cause: record.cause,
            api: record.api.map(|api| (api, record.api_why)),
            expected: record.expected,
            rows: record.rows,
            bytes: record.bytes,
            began_at: record.began_at,
            ended_at: record.ended_at,
        })
    }

    #[expect(clippy::too_many_arguments, reason = "called twice, each with all of it at hand")]
    fn carry_out(
        &self,
        id: ExportId,
        kept: &Kept,
        part: PartFile,
        resumed: Option<Resumed>,
        lock: ExportLock,
        tell: &mut TellExport<'_>,
        cancel: &Cancel,
    ) -> Result<ExportCard, WorkspaceError> {
        let store = self.store()?;
        let org = self.connect(&kept.job.org);
        let result = org.map_err(QueryError::Failed).and_then(|org| {
            let record = store.export(id).map_err(WorkspaceError::from)?.ok_or_else(|| no_export(id))?;
            let asking = Asking {
                org: org.clone(),
                soql: kept.job.soql.clone(),
                deleted: kept.job.deleted,
                cancel: cancel.clone(),
            };
            let rows = resumed.as_ref().map_or(0, |resumed| resumed.rows);
            let work = Work {
                workspace: self,
                store: &store,
                id,
                kept,
                asking,
                part,
                rows,
                fields: Vec::new(),
                api: record.api.map(|api| (api, record.api_why)),
                expected: record.expected,
                tell,
                told: None,
                began: None,
                waiting: None,
            };
            work.all(resumed.map(|resumed| resumed.place))?;
            self.note_usage(&kept.job.org, &org)?;
            Ok(())
        });
        drop(lock);
        match result {
            Ok(()) => {
                let record = store.export(id)?.ok_or_else(|| no_export(id))?;
                let card = self.card(record)?;
                let line = format!("{} rows of {} exported to {}", card.rows, kept.job.org, kept.job.path.display());
                store.log(self.now(), &line, None)?;
                Ok(card)
            }
            Err(error) => {
                let stopped = matches!(error, QueryError::Cancelled);
                let error = if stopped { WorkspaceError::new("stopped") } else { error.told() };
                // Where nothing has come there is nothing to go on with.
                let nothing = store.export(id)?.is_none_or(|record| record.place.is_none());
                let state = if nothing { ExportState::Discarded } else { ExportState::Incomplete };
                if nothing {
                    part::discard(&kept.job.path)?;
                }
                store.set_export_state(id, state, Some(&error.message), Some(self.now()))?;
                Err(error)
            }
        }
    }
}

/// Where an earlier stretch of an export ended.
struct Resumed {
    place: Place,
    rows: u64,
}

fn kept(record: &ExportRecord) -> Result<Kept, WorkspaceError> {
    serde_json::from_str(&record.body)
        .map_err(|error| WorkspaceError::new(format!("export {} cannot be read back: {error}", record.id.0)))
}

fn no_export(id: ExportId) -> WorkspaceError {
    WorkspaceError::new(format!("there is no export {}", id.0)).hint("List them with: linkspan exports")
}

impl From<WorkspaceError> for QueryError {
    fn from(error: WorkspaceError) -> QueryError {
        QueryError::Failed(error)
    }
}

/// An export under way.
struct Work<'a, 't> {
    workspace: &'a Workspace,
    store: &'a Store,
    id: ExportId,
    kept: &'a Kept,
    asking: Asking,
    part: PartFile,
    rows: u64,
    fields: Vec<Field>,
    api: Option<(Api, String)>,
    expected: Option<u64>,
    tell: &'a mut TellExport<'t>,
    told: Option<Instant>,
    /// When rows began to come in this stretch, and how many there were before it.
    began: Option<(Instant, u64)>,
    waiting: Option<String>,
}

impl Work<'_, '_> {
    fn all(mut self, mut place: Option<Place>) -> Result<(), QueryError> {
        const ANEW: u32 = 2;
        let mut anew = 0;
        loop {
            if self.api.is_none() {
                self.choose()?;
            }
            let mut rows = self.open(place.take())?;
            match self.read(rows.as_mut()) {
                Ok(()) => break,
                Err(QueryError::Gone(why)) if anew < ANEW => {
                    anew += 1;
                    drop(rows);
                    self.note(format!("{why}; the export starts anew"));
                    self.start_over()?;
                }
                Err(QueryError::NotByBulk(why)) => {
                    let why = format!("REST because the Bulk API does not take this query: {why}");
                    self.set_api(Api::Rest, why)?;
                }
                Err(error) => return Err(error),
            }
        }
        self.say(ExportStage::Finishing, true);
        let bytes = self.part.finish(self.kept.job.format)?;
        part::drop_pages(&self.kept.job.path);
        let ended = Some(self.workspace.now());
        let kept = self.store.set_export_place(self.id, None, self.rows, bytes);
        kept.and_then(|()| self.store.set_export_state(self.id, ExportState::Complete, None, ended))
            .map_err(WorkspaceError::from)?;
        Ok(())
    }

    /// Counts the rows and chooses the API.
    fn choose(&mut self) -> Result<(), QueryError> {
        self.say(ExportStage::Counting, true);
        let Asking { org, soql, cancel, .. } = &self.asking;
        let fields = self.workspace.fields_beforehand(org, soql, cancel)?;
        let asking = self.asking.clone();
        let estimate = choose(&asking, self.kept.job.api, &fields, &mut |_| ());
        asking.cancel.check().map_err(|_| QueryError::Cancelled)?;
        self.expected = estimate.rows;
        self.set_api(estimate.api, estimate.why)
    }

    fn set_api(&mut self, api: Api, why: String) -> Result<(), QueryError> {
        self.store.set_export_api(self.id, api, &why, self.expected).map_err(WorkspaceError::from)?;
        self.api = Some((api, why));
        Ok(())
    }

    fn open(&self, place: Option<Place>) -> Result<Box<dyn QueryRows>, QueryError> {
        let asking = self.asking.clone();
        let bulk = matches!(self.api, Some((Api::Bulk, _)));
        Ok(match place {
            Some(Place::Rest(place)) => Box::new(RestRows::new(asking, Some(place))),
            Some(Place::Bulk(place)) => {
                Box::new(BulkRows::new(asking, part::make_pages(&self.kept.job.path)?, Some(place)))
            }
            None if bulk => Box::new(BulkRows::new(asking, part::make_pages(&self.kept.job.path)?, None)),
            None => Box::new(RestRows::new(asking, None)),
        })
    }

    /// Reads to the end, and writes.
    fn read(&mut self, rows: &mut dyn QueryRows) -> Result<(), QueryError> {
        let bulk = matches!(self.api, Some((Api::Bulk, _)));
        self.say(if bulk { ExportStage::Preparing } else { ExportStage::Reading }, true);
        let mut noted: Option<Instant> = None;
        let mut text = Vec::new();
        let mut begun = self.rows > 0;
        loop {
            let step = {
                let mut hear = |news: News| self.hear(news);
                let hear: &mut Hear<'_> = &mut hear;
                rows.next(hear)
            };
            // What is written so far is as good as if a second had passed.
            if matches!(step, Err(QueryError::Failed(_) | QueryError::Cancelled)) && self.rows > 0 {
                self.keep(rows)?;
            }
            let cells = match step? {
                Step::Rows(cells) => cells,
                Step::Moved => {
                    self.keep(rows)?;
                    continue;
                }
                Step::End if begun => break,
                Step::End => Vec::new(),
            };
            if self.fields.is_empty() {
                let Asking { org, soql, cancel, .. } = &self.asking;
                self.fields = self.workspace.fields_of(org, soql, rows.columns(), cancel)?;
            }
            text.clear();
            let form = self.kept.form;
            if !begun {
                form.begin(&self.fields, &mut text);
                begun = true;
            }
            let cells = tidy(cells, &self.fields);
            self.check_workbook(&cells)?;
            form.rows(&self.fields, &cells, &mut text);
            self.began.get_or_insert((Instant::now(), self.rows));
            self.part.write(&text)?;
            self.rows += cells.len() as u64;
            self.say(ExportStage::Reading, false);
            // The first rows at once, so that there is something to go on with.
            if noted.is_none_or(|noted| noted.elapsed() >= NOTED) {
                self.keep(rows)?;
                noted = Some(Instant::now());
            }
        }
        self.compare(rows)
    }

    /// Whether as many rows came as Salesforce said.
    fn compare(&mut self, rows: &dyn QueryRows) -> Result<(), QueryError> {
        match (rows.total(), &self.api) {
            (Some(total), Some((Api::Bulk, _))) if total != self.rows => Err(QueryError::Failed(
                WorkspaceError::new(format!("Salesforce said that there are {total} rows, and {} came", self.rows))
                    .hint("Nothing was put in the file's place."),
            )),
            (Some(total), Some((Api::Rest, _))) if total > self.rows => {
                self.note(format!(
                    "Salesforce counted {total} rows when it began, and {} came: the others were deleted meanwhile",
                    self.rows
                ));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// What a workbook cannot hold is said as soon as it comes.
    fn check_workbook(&self, rows: &[super::query::Cells]) -> Result<(), QueryError> {
        if self.kept.job.format != ExportFormat::Xlsx {
            return Ok(());
        }
        let too = |what: String| {
            let error = WorkspaceError::new(format!("{} cannot be a workbook: {what}", self.kept.job.path.display()));
            Err(QueryError::Failed(error.hint("Export to CSV instead.")))
        };
        if self.fields.len() > part::EXCEL_COLUMNS {
            return too(format!("Excel takes {} columns at most", part::EXCEL_COLUMNS));
        }
        for row in rows.iter().filter(|row| row.as_slice().len() > part::EXCEL_CELL) {
            let long = row.iter().position(|cell| cell.chars().count() > part::EXCEL_CELL);
            if let Some(column) = long {
                let name = self.fields.get(column).map_or("", |field| &field.name);
                return too(format!("a value of {name} is longer than {} characters", part::EXCEL_CELL));
            }
        }
        Ok(())
    }

    /// Makes sure of what is written, and notes it.
    fn keep(&mut self, rows: &dyn QueryRows) -> Result<(), QueryError> {
        let bytes = self.part.sync()?;
        let place = rows.place().map(|place| serde_json::json!(place).to_string());
        self.store
            .set_export_place(self.id, place.as_deref(), self.rows, bytes)
            .map_err(|error| QueryError::Failed(error.into()))
    }

    /// Forgets everything read.
    fn start_over(&mut self) -> Result<(), QueryError> {
        self.part.empty()?;
        part::drop_pages(&self.kept.job.path);
        self.rows = 0;
        self.began = None;
        self.store.set_export_place(self.id, None, 0, 0).map_err(|error| QueryError::Failed(error.into()))
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Waiting(why) => {
                self.waiting = why;
                self.say(ExportStage::Reading, true);
            }
            News::Prepared(rows) => {
                let progress = ExportProgress { rows, ..self.progress(ExportStage::Preparing) };
                (self.tell)(progress);
            }
            News::Note(note) => self.note(note),
        }
    }

    fn note(&mut self, note: String) {
        tracing::info!("export {}: {note}", self.id.0);
        let progress = ExportProgress { note: Some(note), ..self.progress(ExportStage::Reading) };
        (self.tell)(progress);
    }

    fn progress(&self, stage: ExportStage) -> ExportProgress {
        let speed = self.began.map_or(0.0, |(began, before)| {
            (self.rows - before.min(self.rows)) as f64 / began.elapsed().as_secs_f64().max(0.001)
        });
        ExportProgress {
            id: self.id,
            stage,
            rows: self.rows,
            total: self.expected,
            bytes: self.part.bytes(),
            rows_per_second: speed,
            api: self.api.clone(),
            waiting: self.waiting.clone(),
            note: None,
        }
    }

    /// Tells where it stands; not too often, unless it must be.
    fn say(&mut self, stage: ExportStage, must: bool) {
        if must || self.told.is_none_or(|told| told.elapsed() >= TOLD) {
            self.told = Some(Instant::now());
            let progress = self.progress(stage);
            (self.tell)(progress);
        }
    }
}

//! Runs, their steps, and the deliveries they have under way.

use super::carried::{self, Carried};
use super::origin::{self, Take};
use super::{IntegrationId, Settled, Store, StoreError, Tally, noted, settle};
use crate::connect::file::FileMark;
use crate::connect::{Api, Digest};
use crate::integration::{Integration, Shapes};
use crate::record::RowNumber;
use rusqlite::{OptionalExtension as _, Row};
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
    const ALL: [RunState; 5] = [
        RunState::Running,
        RunState::Complete,
        RunState::CompleteWithFailures,
        RunState::Incomplete,
        RunState::Aborted,
    ];

    fn from_word(word: &str) -> RunState {
        RunState::ALL.into_iter().find(|state| state.word() == word).unwrap_or(RunState::Aborted)
    }

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
    /// The run that it takes back.
    pub undo_of: Option<RunId>,
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
    /// Alias of the org it writes to, or the name of the database file.
    pub org: String,
    /// That org's id, so that a continuation cannot write elsewhere; blank for a database.
    pub org_id: String,
    /// The user it acts as; blank for a database.
    pub user_id: String,
    /// The object, or the table.
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
    pub tally: Tally,
    /// The source's file as it was when the run began, where it is one.
    pub mark: Option<FileMark>,
    /// Target fields whose texts were cut to their length, and how many of each.
    pub trimmed: Vec<(String, u64)>,
}

impl StepRecord {
    /// Whether it writes into a table of a database; else into an object of an org.
    pub fn writes_to_table(&self) -> bool {
        self.org_id.is_empty()
    }
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
    pub rows: Vec<(RowNumber, Digest)>,
}

/// What a new run is made of.
#[derive(Debug, Clone)]
pub struct NewRun<'a> {
    /// The integration it runs, if it is a stored one.
    pub integration: Option<IntegrationId>,
    /// What it runs, kept as it is now.
    pub form: &'a Integration,
    /// When it begins.
    pub now: i64,
    /// The rows of an earlier run that it takes up.
    pub taken: Option<&'a Take>,
    /// The production org that a person confirmed, by org id; kept so that a retry by itself writes where they agreed.
    pub production: Option<&'a str>,
    /// The run that it takes back.
    pub undo_of: Option<RunId>,
    /// Most rows it takes.
    pub trial: Option<u64>,
    /// Its steps.
    pub steps: Vec<NewStep<'a>>,
}

/// A step of a new run.
#[derive(Debug, Clone)]
pub struct NewStep<'a> {
    /// What it does, in words.
    pub sentence: String,
    /// The org it writes to: alias, org id, user id; of a database the file's name and two blanks.
    pub org: (&'a str, &'a str, &'a str),
    /// The object.
    pub object: &'a str,
    /// What both ends look like, kept so that a continuation maps as the beginning did.
    pub shapes: &'a Shapes,
    /// Name of its source.
    pub source: String,
    /// The file as it was when the run began, where it is one.
    pub mark: Option<FileMark>,
}

/// How a run, or a stretch of it, ended.
#[derive(Debug, Clone)]
pub struct Ending {
    /// Where it stands now.
    pub state: RunState,
    /// Why it stopped, when it did not simply come to its end.
    pub cause: Option<String>,
    /// When.
    pub now: i64,
    /// API calls of this stretch.
    pub calls: u64,
    /// Milliseconds of this stretch.
    pub worked_ms: u64,
    /// Outcomes of each step, counted by SQL.
    pub tallies: Vec<Tally>,
}

impl Store {
    /// Begins a run; one that would take up rows and finds none, because another took them meanwhile, does not begin.
    pub fn begin_run(&self, new: &NewRun<'_>) -> Result<RunId, StoreError> {
        let body = new.form.to_file();
        self.write(|db| {
            db.execute(
                "INSERT INTO run (integration, name, body, state, began_at, retry_of, trial, production, undo_of) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                rusqlite::params![
                    new.integration.map(|id| id.0),
                    new.form.name,
                    body,
                    RunState::Running.word(),
                    new.now,
                    new.taken.map(|taken| taken.from.0),
                    new.trial.map(|rows| rows as i64),
                    new.production,
                    new.undo_of.map(|id| id.0)
                ],
            )?;
            let run = db.last_insert_rowid();
            for (index, step) in new.steps.iter().enumerate() {
                let columns: Vec<_> = step.shapes.source.fields.iter().map(|field| &field.name).collect();
                db.execute(
                    "INSERT INTO run_step (run, step, sentence, org, org_id, user_id, object, shapes, columns, source, mark) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                    rusqlite::params![
                        run,
                        index as i64,
                        step.sentence,
                        step.org.0,
                        step.org.1,
                        step.org.2,
                        step.object,
                        serde_json::json!(step.shapes).to_string(),
                        serde_json::json!(columns).to_string(),
                        step.source,
                        step.mark.as_ref().map(|mark| serde_json::json!(mark).to_string())
                    ],
                )?;
            }
            if let Some(taken) = new.taken
                && origin::take(db, RunId(run), taken)? == 0
            {
                return Err(rusqlite::Error::QueryReturnedNoRows);
            }
            Ok(RunId(run))
        })
        .map_err(|error| match error {
            StoreError::Sqlite { source: rusqlite::Error::QueryReturnedNoRows, .. } => StoreError::NothingTaken,
            error => error,
        })
    }

    /// Takes a run up again; `read_on` says that it also reads what a trial left.
    pub fn resume_run(&self, run: RunId, read_on: bool) -> Result<(), StoreError> {
        self.write(|db| {
            db.execute(
                "UPDATE run SET state = ?2, cause = NULL, ended_at = NULL, remaining = remaining AND NOT ?3, \
                 calls = calls + live_calls, live_calls = 0 WHERE id = ?1",
                (run.0, RunState::Running.word(), read_on),
            )
            .map(drop)
        })
    }

    /// Notes which API a step's rows go through, and why.
    pub fn set_api(&self, run: RunId, step: usize, api: Api, why: &str) -> Result<(), StoreError> {
        let api = serde_json::json!(api).to_string();
        self.write(|db| {
            db.execute(
                "UPDATE run_step SET api = ?3, api_why = ?4 WHERE run = ?1 AND step = ?2",
                (run.0, step as i64, api, why),
            )
            .map(drop)
        })
    }

    /// Notes that a step's source was read to its end (or a trial's), and how many rows that were.
    pub fn set_read_all(&self, run: RunId, step: usize, read: u64, remaining: bool) -> Result<(), StoreError> {
        self.write(|db| {
            db.execute(
                "UPDATE run_step SET read = ?3, read_all = 1 WHERE run = ?1 AND step = ?2",
                (run.0, step as i64, read as i64),
            )?;
            db.execute("UPDATE run SET remaining = max(remaining, ?2) WHERE id = ?1", (run.0, remaining)).map(drop)
        })
    }

    /// Notes how many texts of a step are cut to the length of their field.
    pub fn set_trimmed(&self, run: RunId, step: usize, trimmed: &[(String, u64)]) -> Result<(), StoreError> {
        let trimmed = serde_json::json!(trimmed).to_string();
        self.write(|db| {
            db.execute("UPDATE run_step SET trimmed = ?3 WHERE run = ?1 AND step = ?2", (run.0, step as i64, trimmed))
                .map(drop)
        })
    }

    /// Ends a run, or this stretch of it.
    pub fn end_run(&self, run: RunId, ending: &Ending) -> Result<(), StoreError> {
        self.write(|db| {
            for (step, tally) in ending.tallies.iter().enumerate() {
                let tally = serde_json::json!(tally).to_string();
                db.execute("UPDATE run_step SET tally = ?3 WHERE run = ?1 AND step = ?2", (run.0, step as i64, tally))?;
            }
            db.execute(
                "UPDATE run SET state = ?2, cause = ?3, ended_at = ?4, calls = calls + max(?5, live_calls), live_calls = 0, \
                 worked_ms = worked_ms + ?6 WHERE id = ?1",
                rusqlite::params![
                    run.0,
                    ending.state.word(),
                    ending.cause,
                    ending.now,
                    ending.calls as i64,
                    ending.worked_ms as i64
                ],
            )
            .map(drop)
        })
    }

    /// All runs, the newest first.
    pub fn runs(&self, limit: usize) -> Result<Vec<Run>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare(&format!("SELECT {RUN} FROM run ORDER BY id DESC LIMIT ?1"))?;
            query.query_map([limit as i64], read_run)?.collect::<rusqlite::Result<Vec<Run>>>()
        };
        let runs = self.sql(list())?;
        runs.into_iter().map(|run| self.with_steps(run)).collect()
    }

    /// One run.
    pub fn run(&self, id: RunId) -> Result<Option<Run>, StoreError> {
        let query = format!("SELECT {RUN} FROM run WHERE id = ?1");
        let found = self.sql(self.connection.query_row(&query, [id.0], read_run).optional())?;
        found.map(|run| self.with_steps(run)).transpose()
    }

    /// The run that took another one back, or is about to.
    pub fn undone_by(&self, run: RunId) -> Result<Option<RunId>, StoreError> {
        let query = "SELECT max(id) FROM run WHERE undo_of = ?1 AND state != 'aborted'";
        let by: Option<i64> = self.sql(self.connection.query_row(query, [run.0], |row| row.get(0)))?;
        Ok(by.map(RunId))
    }

    /// The last run of an integration.
    pub fn last_run(&self, integration: IntegrationId) -> Result<Option<Run>, StoreError> {
        let query = format!("SELECT {RUN} FROM run WHERE integration = ?1 ORDER BY id DESC LIMIT 1");
        let found = self.sql(self.connection.query_row(&query, [integration.0], read_run).optional())?;
        found.map(|run| self.with_steps(run)).transpose()
    }

    /// The form of the last run of an integration that read all its rows and told each what became of it.
    pub fn last_complete_form(&self, integration: IntegrationId) -> Result<Option<(Integration, RunId)>, StoreError> {
        let query = "SELECT id FROM run WHERE integration = ?1 AND state IN ('complete', 'complete_with_failures') AND NOT remaining \
                     AND retry_of IS NULL AND undo_of IS NULL ORDER BY id DESC LIMIT 1";
        let id = self.sql(self.connection.query_row(query, [integration.0], |row| row.get(0)).optional())?;
        let Some(id) = id.map(RunId) else { return Ok(None) };
        Ok(self.run_form(id)?.map(|(form, _)| (form, id)))
    }

    fn with_steps(&self, mut run: Run) -> Result<Run, StoreError> {
        let list = || {
            let mut query = self.connection.prepare_cached(
                "SELECT step, sentence, org, org_id, user_id, object, api, api_why, columns, source, read, read_all, tally, trimmed, mark \
                 FROM run_step WHERE run = ?1 ORDER BY step",
            )?;
            query.query_map([run.id.0], read_step)?.collect()
        };
        run.steps = self.sql(list())?;
        Ok(run)
    }

    /// What a run runs, as it was when it began, and what both ends of each step looked like.
    pub fn run_form(&self, id: RunId) -> Result<Option<(Integration, Vec<Shapes>)>, StoreError> {
        let body: Option<String> = self.sql(
            self.connection.query_row("SELECT body FROM run WHERE id = ?1", [id.0], |row| row.get(0)).optional(),
        )?;
        let Some(body) = body else { return Ok(None) };
        let integration =
            Integration::from_file(&body).map_err(|error| self.damaged(format!("form of run {}: {error}", id.0)))?;
        let list = || {
            let mut query = self.connection.prepare("SELECT shapes FROM run_step WHERE run = ?1 ORDER BY step")?;
            query.query_map([id.0], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()
        };
        let shapes = self.sql(list())?.iter().map(|shapes| serde_json::from_str(shapes)).collect::<Result<_, _>>();
        let shapes = shapes.map_err(|error| self.damaged(format!("shapes of run {}: {error}", id.0)))?;
        Ok(Some((integration, shapes)))
    }

    /// Keeps the form of a run in which something was changed.
    pub fn set_run_form(&self, run: RunId, form: &Integration) -> Result<(), StoreError> {
        let body = form.to_file();
        self.write(|db| db.execute("UPDATE run SET body = ?2 WHERE id = ?1", (run.0, body)).map(drop))
    }

    /// Writes a delivery down before it is committed, and how many API calls this stretch of the run has made by then.
    pub fn note(
        &self,
        run: RunId,
        step: usize,
        action: &str,
        ticket: &str,
        rows: &[(RowNumber, Digest)],
        calls: u64,
    ) -> Result<i64, StoreError> {
        let blob = noted::to_bytes(rows);
        self.write(|db| {
            db.execute(
                "INSERT INTO note (run, step, action, ticket, rows) VALUES (?1, ?2, ?3, ?4, ?5)",
                (run.0, step as i64, action, ticket, blob),
            )?;
            let note = db.last_insert_rowid();
            db.execute("UPDATE run SET live_calls = ?2 WHERE id = ?1", (run.0, calls as i64))?;
            db.execute("DELETE FROM job WHERE id = json_extract(?1, '$.job')", [ticket])?;
            Ok(note)
        })
    }

    /// Settles the rows of a delivery, keeps what carried them, and removes its note: all or nothing.
    pub fn settle_note(
        &self,
        run: RunId,
        step: usize,
        note: i64,
        settled: &mut [Settled],
        carried: Option<&Carried>,
    ) -> Result<(), StoreError> {
        self.write(|db| {
            settle::insert(db, run, step, settled)?;
            if let Some(carried) = carried {
                carried::insert(db, run, step, carried)?;
            }
            db.execute("DELETE FROM note WHERE id = ?1", [note]).map(drop)
        })
    }

    /// Deliveries of a run that were under way when it stopped.
    pub fn notes(&self, run: RunId) -> Result<Vec<Note>, StoreError> {
        let list = || {
            let mut query = self
                .connection
                .prepare("SELECT id, step, action, ticket, rows FROM note WHERE run = ?1 ORDER BY id")?;
            let rows = query.query_map([run.0], |row| {
                let note = Note {
                    id: row.get(0)?,
                    step: row.get::<_, i64>(1)? as usize,
                    action: row.get(2)?,
                    ticket: row.get(3)?,
                    rows: Vec::new(),
                };
                Ok((note, row.get::<_, Vec<u8>>(4)?))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        let damaged = || self.damaged(format!("a delivery of run {}", run.0));
        let with_rows =
            |(note, rows): (Note, Vec<u8>)| Ok(Note { rows: noted::from_bytes(&rows).ok_or_else(damaged)?, ..note });
        self.sql(list())?.into_iter().map(with_rows).collect()
    }
}

const RUN: &str = "id, integration, name, state, cause, began_at, ended_at, retry_of, undo_of, trial, remaining, calls + live_calls AS calls, worked_ms";

fn read_run(row: &Row<'_>) -> rusqlite::Result<Run> {
    Ok(Run {
        id: RunId(row.get("id")?),
        integration: row.get::<_, Option<i64>>("integration")?.map(IntegrationId),
        name: row.get("name")?,
        state: RunState::from_word(&row.get::<_, String>("state")?),
        cause: row.get("cause")?,
        began_at: row.get("began_at")?,
        ended_at: row.get("ended_at")?,
        retry_of: row.get::<_, Option<i64>>("retry_of")?.map(RunId),
        undo_of: row.get::<_, Option<i64>>("undo_of")?.map(RunId),
        trial: row.get::<_, Option<i64>>("trial")?.map(|rows| rows as u64),
        remaining: row.get("remaining")?,
        calls: row.get::<_, i64>("calls")? as u64,
        worked_ms: row.get::<_, i64>("worked_ms")? as u64,
        steps: Vec::new(),
    })
}

fn read_step(row: &Row<'_>) -> rusqlite::Result<StepRecord> {
    let api: Option<String> = row.get("api")?;
    Ok(StepRecord {
        index: row.get::<_, i64>("step")? as usize,
        sentence: row.get("sentence")?,
        org: row.get("org")?,
        org_id: row.get("org_id")?,
        user_id: row.get("user_id")?,
        object: row.get("object")?,
        api: api.and_then(|api| serde_json::from_str(&api).ok()),
        api_why: row.get("api_why")?,
        columns: serde_json::from_str(&row.get::<_, String>("columns")?).unwrap_or_default(),
        source: row.get("source")?,
        read: row.get::<_, i64>("read")? as u64,
        read_all: row.get("read_all")?,
        mark: row.get::<_, Option<String>>("mark")?.and_then(|mark| serde_json::from_str(&mark).ok()),
        tally: serde_json::from_str(&row.get::<_, String>("tally")?).unwrap_or_default(),
        trimmed: serde_json::from_str(&row.get::<_, String>("trimmed")?).unwrap_or_default(),
    })
}

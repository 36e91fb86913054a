//! Bulk API 2.0: jobs that workers carry out in the background.
//!
//! A job's files lie in one folder: the upload, the two result files, or a query's rows. Its state is kept in the data
//! file, together with each batch of rows that it writes, so that a restart goes on exactly where the last batch ended.

mod chunk;
pub(crate) mod columns;
pub(crate) mod extract;
pub(crate) mod ingest;
pub(crate) mod job;
mod lines;
pub(crate) mod load;
mod manage;
mod pace;
pub(crate) mod query;
mod row;
pub(crate) mod spool;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tempfile::TempDir;

use self::job::{Job, Kind, State};
use super::database::{Database, lock};
use super::failure::Refusal;
use super::org::{Org, Shared};
use super::time::{self, Millis};

/// All jobs and the folder with their files.
pub(crate) struct Jobs {
    list: Mutex<BTreeMap<String, Job>>,
    folder: PathBuf,
    senders: Mutex<Option<[Sender<String>; 2]>>,
    stop: AtomicBool,
    _temporary: Option<TempDir>,
}

impl Jobs {
    /// The jobs of a data file; `None` keeps the files in a temporary folder.
    pub(crate) fn load(database: &Database, file: Option<&Path>) -> Result<Self, Refusal> {
        let (folder, temporary) = match file {
            Some(file) => {
                let mut name = file.file_name().unwrap_or_default().to_owned();
                name.push("-jobs");
                let folder = file.with_file_name(name);
                std::fs::create_dir_all(&folder)?;
                (folder, None)
            }
            None => {
                let temporary = tempfile::tempdir()?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        let list = database.read(|conn| {
            let mut statement = conn.prepare("SELECT id, body FROM practice_job")?;
            let mut rows = statement.query([])?;
            let mut list = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let (id, body): (String, String) = (row.get(0)?, row.get(1)?);
                if let Ok(job) = serde_json::from_str(&body) {
                    list.insert(id, job);
                }
            }
            Ok(list)
        })?;
        Ok(Jobs {
            list: Mutex::new(list),
            folder,
            senders: Mutex::new(None),
            stop: AtomicBool::new(false),
            _temporary: temporary,
        })
    }

    /// Where uploads and results lie.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// One of a job's files.
    pub(crate) fn file(&self, id: &str, kind: &str) -> PathBuf {
        self.folder.join(format!("{id}.{kind}"))
    }

    /// A copy of a job as it is now. Both forms of its id will do.
    pub(crate) fn get(&self, id: &str, kind: Kind) -> Result<Job, Refusal> {
        let id = super::ids::normal(id).unwrap_or_default();
        lock(&self.list).get(&id).filter(|job| job.kind == kind).cloned().ok_or_else(Refusal::not_found)
    }

    /// Where a job stands, without a copy of it.
    pub(crate) fn state(&self, id: &str, kind: Kind) -> Option<State> {
        lock(&self.list).get(id).filter(|job| job.kind == kind).map(|job| job.state)
    }

    /// Shows how far a query is, without keeping it, and tells whether it should go on.
    pub(crate) fn goes_on(&self, id: &str, rows: u64) -> bool {
        lock(&self.list).get_mut(id).is_some_and(|job| {
            job.progress.processed = rows;
            job.state == State::InProgress
        })
    }

    /// All jobs of a kind, newest first.
    pub(crate) fn all(&self, kind: Kind) -> Vec<Job> {
        lock(&self.list).values().rev().filter(|job| job.kind == kind).cloned().collect()
    }

    /// Changes a job and keeps it. The change may refuse.
    pub(crate) fn change<T>(
        &self,
        database: &Database,
        id: &str,
        change: impl FnOnce(&mut Job) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let answer = {
            let mut list = lock(&self.list);
            let job = list.get_mut(id).ok_or_else(Refusal::not_found)?;
            let answer = change(job)?;
            job.modified = time::now();
            answer
        };
        // Read again with the pen in hand, so that of two changes the later one is kept, whoever writes last.
        database.write(|pen| match lock(&self.list).get(id).cloned() {
            Some(job) => save(&pen.conn, &job),
            None => Ok(()),
        })?;
        Ok(answer)
    }

    /// The same inside a transaction that is already open.
    pub(crate) fn change_within(
        &self,
        conn: &Connection,
        id: &str,
        change: impl FnOnce(&mut Job),
    ) -> Result<State, Refusal> {
        let job = {
            let mut list = lock(&self.list);
            let job = list.get_mut(id).ok_or_else(Refusal::not_found)?;
            change(job);
            job.modified = time::now();
            job.clone()
        };
        save(conn, &job)?;
        Ok(job.state)
    }

    /// Keeps a new job.
    pub(crate) fn add(&self, database: &Database, job: Job) -> Result<(), Refusal> {
        database.write(|pen| save(&pen.conn, &job))?;
        lock(&self.list).insert(job.id.clone(), job);
        Ok(())
    }

    /// Forgets jobs that have been kept long enough, and aborts those that have stayed open too long.
    pub(crate) fn tidy(&self, database: &Database) -> Result<(), Refusal> {
        const DAY: Millis = 24 * 3_600_000;
        const KEPT: Millis = 7 * DAY;
        let now = time::now();
        let (mut old, mut open) = (Vec::new(), Vec::new());
        for job in lock(&self.list).values() {
            if job.state.is_final() && now - job.created > KEPT {
                old.push(job.id.clone());
            } else if job.state == State::Open && now - job.created > DAY {
                open.push(job.id.clone());
            }
        }
        for id in old {
            self.remove(database, &id)?;
        }
        for id in open {
            self.change(database, &id, |job| {
                job.state = State::Aborted;
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Forgets a job and its files.
    pub(crate) fn remove(&self, database: &Database, id: &str) -> Result<(), Refusal> {
        lock(&self.list).remove(id);
        database.write(|pen| {
            pen.conn.execute("DELETE FROM practice_job WHERE id = ?1", [id])?;
            Ok(())
        })?;
        for kind in ["csv", "ok", "bad", "rows", "index"] {
            // Most jobs have only some of these.
            std::fs::remove_file(self.file(id, kind)).ok();
        }
        Ok(())
    }

    /// Ends and forgets every job.
    pub(crate) fn forget_all(&self, database: &Database) -> Result<(), Refusal> {
        let ids: Vec<String> = lock(&self.list).keys().cloned().collect();
        ids.iter().try_for_each(|id| self.remove(database, id))
    }

    /// Hands a job to its worker.
    pub(crate) fn start(&self, job: &Job) {
        if let Some(senders) = lock(&self.senders).as_ref() {
            let sender = &senders[usize::from(job.kind == Kind::Query)];
            // Without a receiver the org is stopping, and the job goes on after the next start.
            sender.send(job.id.clone()).ok();
        }
    }

    /// Whether the workers should stop.
    pub(crate) fn stopping(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Tells the workers to stop after the batch in hand.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        *lock(&self.senders) = None;
    }
}

fn save(conn: &Connection, job: &Job) -> Result<(), Refusal> {
    let body = serde_json::to_string(job).map_err(|error| Refusal::new(500, "UNKNOWN_EXCEPTION", error.to_string()))?;
    conn.prepare_cached("INSERT OR REPLACE INTO practice_job (id, body) VALUES (?1, ?2)")?.execute([&job.id, &body])?;
    Ok(())
}

/// Starts one worker for loads and one for queries, and hands them what an earlier run left.
pub(crate) fn start_workers(org: &Arc<Shared>) -> std::io::Result<Vec<JoinHandle<()>>> {
    let (loads, load_jobs) = channel();
    let (queries, query_jobs) = channel();
    *lock(&org.jobs.senders) = Some([loads, queries]);
    let workers = vec![
        worker("practice-load", org, load_jobs, load::run)?,
        worker("practice-query", org, query_jobs, extract::run)?,
    ];
    for kind in [Kind::Ingest, Kind::Query] {
        for job in org.jobs.all(kind).into_iter().rev() {
            if matches!(job.state, State::UploadComplete | State::InProgress) {
                org.jobs.start(&job);
            }
        }
    }
    Ok(workers)
}

fn worker(
    name: &str,
    org: &Arc<Shared>,
    jobs: Receiver<String>,
    run: fn(&Org, &str),
) -> std::io::Result<JoinHandle<()>> {
    let org = Arc::clone(org);
    std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        while let Ok(id) = jobs.recv() {
            if org.jobs.stopping() {
                return;
            }
            time::set_skew(org.faults.skew());
            // One job's accident must not leave the others waiting for ever.
            if catch_unwind(AssertUnwindSafe(|| run(&Org::now(&org), &id))).is_err() {
                let failed = org.jobs.change(&org.database, &id, |job| {
                    job.state = State::Failed;
                    job.error = Some("InternalServerError : An unexpected error occurred".into());
                    Ok(())
                });
                // A job that is gone needs no state.
                drop(failed);
            }
        }
    })
}

//! Carrying out an ingest job: rows from the upload into tables, outcomes into result files.
//!
//! A batch of 10,000 rows is one transaction, unless the load is told to go slowly; within it, rows go in chunks of 200,
//! the unit in which Salesforce notices that two rows share a key. A thread of its own reads ahead.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::time::Instant;

use super::chunk::{Chunk, Chunks, Next, Sameness, Shape};
use super::columns::{self, Column};
use super::job::{Job, Kind, State};
use super::lines::{Lines, Unreadable};
use super::pace::Pace;
use super::spool::Spool;
use crate::database::Pen;
use crate::failure::{Failure, Refusal};
use crate::fault::JobEnd;
use crate::ids;
use crate::limits::Quota;
use crate::noise::Noise;
use crate::org::Org;
use crate::rest::sobjects::lock_failure;
use crate::rows::Desk;
use crate::rows::options::Options;
use crate::schema::{Field, Kind as FieldKind, Object};

/// Rows of a batch.
pub(crate) const BATCH: u64 = 10_000;
/// Most characters of a header.
const MOST_HEADER: usize = 32_000;

/// Carries out the job, or the rest of it.
pub(crate) fn run(org: &Org, id: &str) {
    let begun = org.jobs.change(&org.database, id, |job| {
        if matches!(job.state, State::UploadComplete | State::InProgress) {
            job.state = State::InProgress;
            return Ok(job.clone());
        }
        Err(Refusal::not_found())
    });
    // Aborted or deleted while it waited: nothing to do.
    let Ok(job) = begun else { return };
    let end = if job.uploaded { load(org, job) } else { Ok(State::JobComplete) };
    org.faults.wait_for_results(|| org.jobs.stopping() || org.jobs.get(id, Kind::Ingest).is_err());
    let changed = org.jobs.change(&org.database, id, |job| {
        if job.state == State::InProgress {
            match end {
                Ok(state) => job.state = state,
                Err(error) => {
                    job.state = State::Failed;
                    job.error = Some(error);
                }
            }
        }
        Ok(())
    });
    // A job that is gone needs no state.
    drop(changed);
}

/// Loads the rows. The state that the job is in then is `InProgress` if it has been stopped.
fn load(org: &Org, mut job: Job) -> Result<State, String> {
    let object = org.schema.object(&job.object).ok_or("InvalidJob : the object is gone")?;
    let mut file = File::open(org.jobs.file(&job.id, "csv")).map_err(lost)?;
    let crlf = job.line_ending == "CRLF";
    let mut lines = Lines::new(&file, 0, job.delimiter_byte(), crlf);
    let (line, names) = lines.header(MOST_HEADER).map_err(|Unreadable(why)| why)?;
    let first = lines.position();
    let columns = columns::read(&org.schema, object, &job, &names)?;
    let start = job.progress.next.unwrap_or(first);
    job.progress.header = line;
    job.progress.next = Some(start);
    // A job that ends before its first batch still knows its header, for its unprocessed rows.
    let progress = job.progress.clone();
    let known = org.jobs.change(&org.database, &job.id, |job| {
        job.progress = progress;
        Ok(())
    });
    // A deleted job needs nothing, and is over before its first row.
    drop(known);
    file.seek(SeekFrom::Start(start)).map_err(lost)?;
    let key = job.external_id_field.as_deref().and_then(|name| object.find(name));
    let key_column = key.and_then(|place| columns.iter().position(|column| column.is(object, place)));
    let shape = Shape {
        fields: columns.iter().map(|column| column.field().map(|place| (place, &object.fields[place]))).collect(),
        delimiter: job.delimiter_byte(),
        line_end: job.line_end(),
        decimals: columns.iter().map(|column| column.is_decimal(object)).collect(),
        key: key_column.zip(key.map(|place| sameness(&object.fields[place]))),
        before: job.progress.processed,
    };
    let good = Spool::open(&org.jobs.file(&job.id, "ok"), &job.progress.successes).map_err(lost)?;
    let bad = Spool::open(&org.jobs.file(&job.id, "bad"), &job.progress.failures).map_err(lost)?;
    let noise = Noise::new(ids::counter(&job.id).unwrap_or(1) + 77);
    let id_column = columns.iter().position(|column| *column == Column::Id);
    let parents = columns.iter().map(|_| None).collect();
    std::thread::scope(|scope| {
        let lines = Lines::new(file, start, job.delimiter_byte(), crlf);
        let (chunks, reading) = Chunks::begin(scope, lines, shape).map_err(lost)?;
        let mut load = Load {
            org,
            object,
            columns,
            id_column,
            key,
            key_column,
            good,
            bad,
            noise,
            ordered_end: org.faults.take_job_end(),
            shares: org.faults.shares(),
            parents,
            in_batch: 0,
            pace: Pace::free(),
            job,
        };
        let end = load.all(&chunks);
        drop(chunks);
        // It ends because nobody takes its chunks any more; had it panicked, the chunks would have ended early.
        let read = reading.join();
        if read.is_err() { Err("InternalServerError : An unexpected error occurred".into()) } else { end }
    })
}

fn sameness(field: &Field) -> Sameness {
    match field.kind {
        kind if kind.is_id() => Sameness::Id,
        kind if kind.is_decimal() || kind == FieldKind::Int => Sameness::Number,
        _ if field.case_sensitive => Sameness::Exact,
        _ => Sameness::Text,
    }
}

/// A load under way.
pub(super) struct Load<'o> {
    pub(super) org: &'o Org,
    pub(super) job: Job,
    pub(super) object: &'o Object,
    pub(super) columns: Vec<Column>,
    /// The column with the rows' ids.
    pub(super) id_column: Option<usize>,
    /// The field of an upsert's key, and its column.
    pub(super) key: Option<usize>,
    pub(super) key_column: Option<usize>,
    pub(super) good: Spool,
    pub(super) bad: Spool,
    pub(super) noise: Noise,
    /// After how many rows a fault ends the job, and how.
    ordered_end: Option<(u64, JobEnd)>,
    shares: (f64, f64),
    /// For each column the parent found last: its key and its id.
    pub(super) parents: Vec<Option<(String, String)>>,
    /// Rows of the batch in hand.
    in_batch: u64,
    pace: Pace,
}

/// A row's id and whether it was created; or its id if it has one, and why it failed.
pub(super) type Outcome = Result<(String, bool), (Option<String>, Failure)>;

/// How a transaction ended.
enum Step {
    /// There may be more.
    On,
    /// The upload is at its end.
    End,
    /// The job must fail.
    Fail(String),
}

impl Load<'_> {
    fn all(&mut self, chunks: &Chunks) -> Result<State, String> {
        let org = self.org;
        loop {
            let over = || org.jobs.stopping() || self.is_over();
            org.faults.wait_while_stuck(over);
            while let Some(due) = self.pace.wait()
                && !over()
            {
                org.faults.wait_until(due, over);
            }
            if over() {
                return Ok(State::InProgress);
            }
            let speed = org.faults.job_speed().unwrap_or_else(|| org.usage.limit(|limits| limits.bulk_rows_per_second));
            self.pace.set(speed);
            org.database.give_way();
            match self.piece(chunks)? {
                Step::End => return Ok(State::JobComplete),
                Step::Fail(why) => return Err(why),
                Step::On if self.ends_now() => return self.end_as_ordered(),
                Step::On => {}
            }
        }
    }

    /// Aborted or deleted in the meantime.
    fn is_over(&self) -> bool {
        self.org.jobs.state(&self.job.id, Kind::Ingest) != Some(State::InProgress)
    }

    fn ends_now(&self) -> bool {
        self.ordered_end.is_some_and(|(rows, _)| self.job.progress.processed >= rows)
    }

    fn end_as_ordered(&self) -> Result<State, String> {
        match self.ordered_end {
            Some((_, JobEnd::Aborted)) => Ok(State::Aborted),
            Some((_, JobEnd::Deleted)) => {
                let gone = self.org.jobs.remove(&self.org.database, &self.job.id);
                gone.map(|()| State::InProgress).map_err(|refusal| refusal.failure.message)
            }
            _ => Err("InternalServerError : the job was stopped, as ordered".into()),
        }
    }

    /// Loads rows in one transaction: the batch in hand to its end, or as much of it as the pace allows.
    fn piece(&mut self, chunks: &Chunks) -> Result<Step, String> {
        let begun = Instant::now();
        let org = self.org;
        let id = self.job.id.clone();
        let (user, client) = (self.job.created_by.clone(), self.job.client.clone());
        let before = self.job.progress.clone();
        let written = org.database.write(|pen: &mut Pen| {
            let mut desk = Desk::new(&org.schema, pen, &user).with(Options::default(), client.as_deref());
            let mut step = Step::On;
            while matches!(step, Step::On) && !self.ends_now() {
                step = match chunks.next() {
                    Next::End => Step::End,
                    Next::Broken(why) => Step::Fail(why),
                    Next::Chunk(mut chunk) => match self.allowed(&chunk) {
                        false => Step::Fail("ExceededQuota : ApiBatchItems Limit exceeded.".into()),
                        true => {
                            self.chunk_in(&mut desk, &mut chunk);
                            chunks.give_back(chunk);
                            Step::On
                        }
                    },
                };
                if self.in_batch >= BATCH || self.pace.wait().is_some() || org.database.is_awaited() {
                    break;
                }
            }
            self.in_batch %= BATCH;
            let shuffles = org.faults.shuffles();
            let successes = self.good.flush(shuffles.then_some(&mut self.noise))?;
            let failures = self.bad.flush(shuffles.then_some(&mut self.noise))?;
            let progress = &mut self.job.progress;
            progress.successes.extend(successes);
            progress.failures.extend(failures);
            progress.time += i64::try_from(begun.elapsed().as_millis()).unwrap_or_default();
            org.usage.keep_within(desk.conn)?;
            org.jobs.change_within(desk.conn, &id, |job| job.progress.clone_from(progress))?;
            Ok(step)
        });
        self.parents.fill(None);
        written.map_err(|refusal| {
            // Nothing of it was kept, so nothing of it must be told.
            let undone = org.jobs.change(&org.database, &id, |job| {
                job.progress = before;
                Ok(())
            });
            // What cannot be kept is at least told while the org runs.
            drop(undone);
            format!("InternalServerError : {}", refusal.failure.message)
        })
    }

    /// Counts a chunk against the day's allocation, and its batch if it begins one.
    fn allowed(&self, chunk: &Chunk) -> bool {
        let usage = &self.org.usage;
        let (batches, rows) = usage.limit(|limits| (limits.daily_bulk_batches, limits.daily_bulk_rows));
        let count = chunk.rows.len() as u64;
        let begins = self.in_batch == 0;
        if usage.used(Quota::Rows) + count > rows || (begins && usage.used(Quota::Batches) >= batches) {
            return false;
        }
        usage.take(Quota::Batches, u64::from(begins));
        usage.take(Quota::Rows, count);
        true
    }

    fn chunk_in(&mut self, desk: &mut Desk<'_>, chunk: &mut Chunk) {
        let count = chunk.rows.len();
        let mut hits = (0, 0);
        let mut given = std::mem::take(&mut chunk.given);
        for (place, read) in given.iter_mut().enumerate().take(count) {
            let row = chunk.rows.row(place);
            let outcome = if chunk.is_repeated(place) {
                Err((None, self.repeated(row)))
            } else if self.shares.0 > 0.0 && self.noise.happens(self.shares.0) {
                hits.0 += 1;
                Err((None, lock_failure()))
            } else {
                self.row(desk, row, read)
            };
            let vanishes = self.shares.1 > 0.0 && self.noise.happens(self.shares.1);
            self.job.progress.failed += u64::from(outcome.is_err());
            hits.1 += u64::from(vanishes);
            if !vanishes {
                self.write_line(chunk.echo(place), outcome);
            }
        }
        chunk.given = given;
        if hits != (0, 0) {
            self.org.faults.count_shares(hits);
        }
        self.job.progress.processed += count as u64;
        self.job.progress.next = Some(chunk.rows.end);
        self.in_batch += count as u64;
        self.pace.count(count as u64);
    }
}

fn lost(error: std::io::Error) -> String {
    format!("InternalServerError : {error}")
}

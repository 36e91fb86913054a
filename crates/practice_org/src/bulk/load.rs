//! Carrying out an ingest job: rows from the upload into tables, outcomes into result files.
//!
//! A batch of 10,000 rows is one transaction; within it, rows go in chunks of 200, the unit in which Salesforce notices
//! that two rows share a key.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::time::Instant;

use csv::StringRecord;

use super::columns::{self, Column};
use super::job::{Job, Kind, State, Stretch};
use super::spool::Spool;
use crate::database::Pen;
use crate::failure::{Failure, Refusal};
use crate::ids;
use crate::noise::Noise;
use crate::org::Org;
use crate::rest::sobjects::lock_failure;
use crate::rows::Desk;
use crate::rows::given::Given;
use crate::schema::Object;

/// Rows in one transaction.
const BATCH: usize = 10_000;
/// Rows that are looked at together.
const CHUNK: usize = 200;
/// Longest header.
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
    let done = Load::open(org, job).and_then(|load| match load {
        Some(mut load) => load.all(),
        None => Ok(()),
    });
    if let Err(end) = done {
        let failed = org.jobs.change(&org.database, id, |job| {
            if job.state == State::InProgress {
                job.state = State::Failed;
                job.error = Some(end.clone());
            }
            Ok(())
        });
        // A job that is gone needs no state.
        drop(failed);
    }
}

/// A load under way.
pub(super) struct Load<'o> {
    pub(super) org: &'o Org,
    pub(super) job: Job,
    pub(super) object: &'o Object,
    pub(super) columns: Vec<Column>,
    pub(super) decimals: Vec<bool>,
    pub(super) reader: csv::Reader<BufReader<File>>,
    /// Where in the file the reader began.
    pub(super) base: u64,
    /// Where the rows of the chunk in hand begin.
    pub(super) chunk_start: u64,
    pub(super) good: Spool,
    pub(super) bad: Spool,
    pub(super) noise: Noise,
    pub(super) fails_after: Option<u64>,
    pub(super) shares: (f64, f64),
    pub(super) chunk: Vec<StringRecord>,
    pub(super) given: Given,
}

/// A row's id and whether it was created; or its id if it has one, and why it failed.
pub(super) type Outcome = Result<(String, bool), (Option<String>, Failure)>;

impl<'o> Load<'o> {
    /// Reads the header. `None` when there is nothing to load and the job is already complete.
    fn open(org: &'o Org, job: Job) -> Result<Option<Self>, String> {
        let object = org.schema.object(&job.object).ok_or("InvalidJob : the object is gone")?;
        let path = org.jobs.file(&job.id, "csv");
        if !job.uploaded {
            finish(org, &job)?;
            return Ok(None);
        }
        let mut file = BufReader::with_capacity(256 * 1024, File::open(&path).map_err(lost)?);
        let (line, names) = header(&job, &mut file)?;
        let columns = columns::read(&org.schema, object, &job, &names)?;
        let start = job.next.map_or(line.length + end_length(&job), |next| next.start);
        file.seek(SeekFrom::Start(start)).map_err(lost)?;
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(job.delimiter_byte())
            .from_reader(file);
        let good = Spool::open(&org.jobs.file(&job.id, "ok"), &job.successes).map_err(lost)?;
        let bad = Spool::open(&org.jobs.file(&job.id, "bad"), &job.failures).map_err(lost)?;
        let decimals = columns.iter().map(|column| column.is_decimal(object)).collect();
        let noise = Noise::new(ids::counter(&job.id).unwrap_or(1) + 77);
        let mut load = Load {
            org,
            object,
            columns,
            decimals,
            reader,
            base: start,
            chunk_start: start,
            good,
            bad,
            noise,
            fails_after: org.faults.take_job_end().map(|(rows, _)| rows),
            shares: org.faults.shares(),
            chunk: (0..CHUNK).map(|_| StringRecord::new()).collect(),
            given: Given::default(),
            job,
        };
        load.job.header = Stretch { start: 0, length: line.length };
        load.job.next.get_or_insert(Stretch { start, length: 0 });
        Ok(Some(load))
    }

    fn all(&mut self) -> Result<(), String> {
        let jobs = &self.org.jobs;
        let mut more = true;
        while more {
            self.org.faults.wait_while_stuck(|| jobs.stopping() || self.is_over());
            if jobs.stopping() || self.is_over() {
                return self.keep_header();
            }
            more = self.batch()?;
            if self.fails_after.is_some_and(|rows| self.job.processed >= rows) {
                return Err("InternalServerError : the job was stopped, as ordered".into());
            }
        }
        finish(self.org, &self.job)
    }

    /// Aborted or deleted in the meantime.
    fn is_over(&self) -> bool {
        !matches!(self.org.jobs.get(&self.job.id, Kind::Ingest), Ok(job) if job.state == State::InProgress)
    }

    /// A job that ends before its first batch still knows its header, for its unprocessed rows.
    fn keep_header(&self) -> Result<(), String> {
        let kept = self.org.jobs.change(&self.org.database, &self.job.id, |job| {
            job.header = self.job.header;
            job.next = self.job.next;
            Ok(())
        });
        // A deleted job needs nothing.
        drop(kept);
        Ok(())
    }

    /// Loads up to 10,000 rows in one transaction; false at the end.
    fn batch(&mut self) -> Result<bool, String> {
        let begun = Instant::now();
        let org = self.org;
        let id = self.job.id.clone();
        let user = self.job.created_by.clone();
        let mut broken = None;
        let written = org.database.write(|pen: &mut Pen| {
            let mut desk = Desk::new(&org.schema, pen, &user);
            let mut rows = 0;
            let mut more = true;
            while rows < BATCH && more && self.fails_after.is_none_or(|after| self.job.processed < after) {
                let count = match self.read_chunk() {
                    Ok(count) => count,
                    Err(error) => {
                        broken = Some(error);
                        break;
                    }
                };
                self.chunk_in(&mut desk, count)?;
                rows += count;
                more = count == CHUNK;
                self.job.processed += count as u64;
            }
            let mut noise = org.faults.shuffles().then(|| self.noise.clone());
            let successes = self.good.flush(noise.as_mut())?;
            let failures = self.bad.flush(noise.as_mut())?;
            self.noise = noise.unwrap_or_else(|| self.noise.clone());
            self.job.successes.extend(successes);
            self.job.failures.extend(failures);
            let next = if broken.is_some() { self.chunk_start } else { self.position() };
            self.job.next = Some(Stretch { start: next, length: 0 });
            self.job.time += i64::try_from(begun.elapsed().as_millis()).unwrap_or_default();
            let mine = &self.job;
            org.jobs.change_within(desk.conn, &id, |job| {
                job.header = mine.header;
                job.next = mine.next;
                job.processed = mine.processed;
                job.failed = mine.failed;
                job.time = mine.time;
                job.successes.clone_from(&mine.successes);
                job.failures.clone_from(&mine.failures);
            })?;
            if rows > 0 {
                org.jobs.count_batch();
            }
            Ok(more)
        });
        match (written, broken) {
            (Err(refusal), _) => {
                self.good.discard();
                self.bad.discard();
                Err(format!("InternalServerError : {}", refusal.failure.message))
            }
            (Ok(_), Some(error)) => Err(error),
            (Ok(more), None) => Ok(more),
        }
    }

    /// Where in the file the next row begins.
    fn position(&self) -> u64 {
        self.base + self.reader.position().byte()
    }

    fn read_chunk(&mut self) -> Result<usize, String> {
        self.chunk_start = self.position();
        let wanted = self.columns.len();
        for place in 0..CHUNK {
            let record = &mut self.chunk[place];
            match self.reader.read_record(record) {
                Ok(false) => return Ok(place),
                Ok(true) if record.len() == wanted => {}
                Ok(true) => {
                    return Err(format!(
                        "InvalidBatch : row {} has {} columns but the header has {wanted}",
                        self.job.processed + place as u64 + 1,
                        record.len()
                    ));
                }
                Err(_) => return Err("ClientInputError : the data is not UTF-8".into()),
            }
        }
        Ok(CHUNK)
    }

    fn chunk_in(&mut self, desk: &mut Desk<'_>, count: usize) -> Result<(), Refusal> {
        let twice = self.repeated_keys(count);
        for place in 0..count {
            let record = std::mem::take(&mut self.chunk[place]);
            let outcome = if twice.get(place) == Some(&true) {
                let name = self.job.external_id_field.clone().unwrap_or_default();
                let key = self.key(&record).unwrap_or_default().to_owned();
                Err((
                    None,
                    Failure::of("DUPLICATE_EXTERNAL_ID", &name, format!("Duplicate external id specified: {key}")),
                ))
            } else if self.shares.0 > 0.0 && self.noise.happens(self.shares.0) {
                Err((None, lock_failure()))
            } else {
                self.row(desk, &record)
            };
            let vanishes = self.shares.1 > 0.0 && self.noise.happens(self.shares.1);
            if outcome.is_err() {
                self.job.failed += 1;
            }
            if !vanishes {
                self.write_line(&record, outcome);
            }
            self.chunk[place] = record;
        }
        Ok(())
    }
}

fn lost(error: std::io::Error) -> String {
    format!("InternalServerError : {error}")
}

fn end_length(job: &Job) -> u64 {
    job.line_end().len() as u64
}

/// The header line's place and the names in it.
fn header(job: &Job, file: &mut BufReader<File>) -> Result<(Stretch, Vec<String>), String> {
    let mut line = Vec::new();
    let mut quoted = false;
    loop {
        let before = line.len();
        let read = file.read_until(b'\n', &mut line).map_err(lost)?;
        quoted ^= line[before..].iter().filter(|byte| **byte == b'"').count() % 2 == 1;
        if read == 0 || !quoted {
            break;
        }
    }
    if line.len() > MOST_HEADER {
        return Err("InvalidBatch : the header is longer than 32000 characters".into());
    }
    let ended = line.last() == Some(&b'\n');
    let crlf = line.ends_with(b"\r\n");
    if ended && crlf != (job.line_ending == "CRLF") {
        return Err(format!(
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {}",
            job.line_ending
        ));
    }
    while matches!(line.last(), Some(b'\n' | b'\r')) {
        line.pop();
    }
    let text = std::str::from_utf8(&line).map_err(|_| "ClientInputError : the data is not UTF-8")?;
    if text.is_empty() {
        return Err("InvalidBatch : the data has no header row".into());
    }
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).delimiter(job.delimiter_byte()).from_reader(&line[..]);
    let mut record = StringRecord::new();
    reader.read_record(&mut record).map_err(|_| "InvalidBatch : the header cannot be read")?;
    let names = record.iter().map(str::to_owned).collect();
    Ok((Stretch { start: 0, length: line.len() as u64 }, names))
}

fn finish(org: &Org, job: &Job) -> Result<(), String> {
    let done = org.jobs.change(&org.database, &job.id, |known| {
        if known.state == State::InProgress {
            known.state = State::JobComplete;
            known.header = job.header;
            known.next = job.next;
        }
        Ok(())
    });
    // Deleted at the last moment: nobody will ask.
    drop(done);
    Ok(())
}

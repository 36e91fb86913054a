//! Carrying out an ingest job: rows from the upload into tables, outcomes into result files.
//!
//! A batch of 10,000 rows is one transaction; within it, rows go in chunks of 200, the unit in which Salesforce notices
//! that two rows share a key.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::time::Instant;

use csv::StringRecord;

use super::columns::{self, Column};
use super::job::{Job, Kind, Operation, State, Stretch};
use super::spool::{Spool, push_quoted};
use crate::practice_org::database::Pen;
use crate::practice_org::failure::{Failure, Refusal};
use crate::practice_org::ids;
use crate::practice_org::java;
use crate::practice_org::noise::Noise;
use crate::practice_org::org::Org;
use crate::practice_org::rest::sobjects::lock_failure;
use crate::practice_org::rows::Desk;
use crate::practice_org::rows::given::{Given, foreign_key};
use crate::practice_org::rows::value::{self, Cell, parse_number};
use crate::practice_org::schema::Object;
use crate::practice_org::soql::collate::fold;

/// Rows in one transaction.
const BATCH: usize = 10_000;
/// Rows that are looked at together.
const CHUNK: usize = 200;
/// Longest header.
const MOST_HEADER: usize = 32_000;
/// What sets a field to null.
const NOTHING: &str = "#N/A";

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

struct Load<'o> {
    org: &'o Org,
    job: Job,
    object: &'o Object,
    columns: Vec<Column>,
    decimals: Vec<bool>,
    reader: csv::Reader<BufReader<File>>,
    /// Where in the file the reader began.
    base: u64,
    good: Spool,
    bad: Spool,
    noise: Noise,
    fails_after: Option<u64>,
    shares: (f64, f64),
    chunk: Vec<StringRecord>,
    given: Given,
}

type Outcome = Result<(String, bool), (Option<String>, Failure)>;

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
            good,
            bad,
            noise,
            fails_after: org.faults.take_job_failure(),
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
            while rows < BATCH && more && !self.fails_after.is_some_and(|after| self.job.processed >= after) {
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
            self.job.next = Some(Stretch { start: self.base + self.reader.position().byte(), length: 0 });
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

    fn read_chunk(&mut self) -> Result<usize, String> {
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

    /// The value of the upsert key in a row.
    fn key<'r>(&self, record: &'r StringRecord) -> Option<&'r str> {
        let name = self.job.external_id_field.as_deref()?;
        let place = self.columns.iter().position(|column| match column {
            Column::Id => name == "Id",
            Column::Field(place) => self.object.fields[*place].name == name,
            Column::Parent { .. } => false,
        })?;
        record.get(place).map(str::trim).filter(|key| !key.is_empty())
    }

    /// Which rows of the chunk share their key with another. Empty when none can.
    fn repeated_keys(&self, count: usize) -> Vec<bool> {
        if self.job.operation != Operation::Upsert {
            return Vec::new();
        }
        let keys: Vec<Option<String>> = self.chunk[..count].iter().map(|record| self.key(record).map(fold)).collect();
        let mut seen: HashMap<&str, usize> = HashMap::with_capacity(count);
        for key in keys.iter().flatten() {
            *seen.entry(key).or_default() += 1;
        }
        keys.iter().map(|key| key.as_ref().is_some_and(|key| seen[key.as_str()] > 1)).collect()
    }

    fn row(&mut self, desk: &mut Desk<'_>, record: &StringRecord) -> Outcome {
        let id = self.columns.iter().position(|column| *column == Column::Id).and_then(|place| record.get(place));
        let id = id.map(str::trim).filter(|id| !id.is_empty());
        if matches!(self.job.operation, Operation::Delete | Operation::HardDelete) {
            return self.remove(desk, id);
        }
        let mut given = std::mem::take(&mut self.given);
        given.clear();
        let outcome = match self.read_row(desk, record, &mut given) {
            Ok(()) => self.write_row(desk, id, record, &mut given),
            Err(failure) => Err((id.and_then(ids::normal), failure)),
        };
        self.given = given;
        outcome
    }

    fn read_row(&self, desk: &mut Desk<'_>, record: &StringRecord, given: &mut Given) -> Result<(), Failure> {
        let schema = desk.schema;
        for (column, text) in self.columns.iter().zip(record) {
            if text.is_empty() {
                continue;
            }
            match column {
                Column::Id => {}
                Column::Field(place) if text == NOTHING => given.set(*place, Cell::Null),
                Column::Field(place) => given.set(*place, value::from_csv(&self.object.fields[*place], text)?),
                Column::Parent { field, .. } if text == NOTHING => given.set(*field, Cell::Null),
                Column::Parent { field, target, key } => {
                    let id = foreign_key(desk, &schema.objects[*target], key, text)?;
                    given.set(*field, Cell::Text(id));
                }
            }
        }
        Ok(())
    }

    fn write_row(&self, desk: &mut Desk<'_>, id: Option<&str>, record: &StringRecord, given: &mut Given) -> Outcome {
        let object = self.object;
        let alone = |failure| (None, failure);
        let key = self.job.external_id_field.as_deref();
        match self.job.operation {
            Operation::Insert if id.is_some() => {
                Err((None, Failure::of("INVALID_FIELD_FOR_INSERT_UPDATE", "Id", "cannot specify Id in an insert call")))
            }
            Operation::Upsert if key != Some("Id") => {
                let place = key.and_then(|key| object.find(key)).unwrap_or_default();
                let field = &object.fields[place];
                let cell = given.take(place).filter(|_| self.key(record).is_some()).unwrap_or(Cell::Null);
                if cell == Cell::Null {
                    return Err((
                        None,
                        Failure::of("MISSING_ARGUMENT", &field.name, format!("{} not specified", field.name)),
                    ));
                }
                let found = desk.find(object, place, &cell).map_err(alone)?;
                match found.as_slice() {
                    [] => {
                        given.set(place, cell);
                        Ok((desk.create(object, given).map_err(alone)?, true))
                    }
                    [one] => {
                        desk.change(object, one, given).map_err(|failure| (Some(one.clone()), failure))?;
                        Ok((one.clone(), false))
                    }
                    several => Err((
                        None,
                        Failure::of(
                            "DUPLICATE_EXTERNAL_ID",
                            &field.name,
                            format!(
                                "{}: more than one record found for external id field: [{}]",
                                field.name,
                                several.join(", ")
                            ),
                        ),
                    )),
                }
            }
            Operation::Insert => Ok((desk.create(object, given).map_err(alone)?, true)),
            Operation::Upsert if id.is_none() => Ok((desk.create(object, given).map_err(alone)?, true)),
            _ => {
                let id = self.row_id(id)?;
                desk.change(object, &id, given).map_err(|failure| gone(&id, failure))?;
                Ok((id, false))
            }
        }
    }

    fn row_id(&self, id: Option<&str>) -> Result<String, (Option<String>, Failure)> {
        let text =
            id.ok_or_else(|| (None, Failure::of("MISSING_ARGUMENT", "Id", "Id not specified in an update call")))?;
        ids::normal(text).filter(|id| ids::has_prefix(id, &self.object.prefix)).ok_or_else(|| {
            let label = &self.object.fields[self.object.place("Id")].label;
            (None, Failure::of("MALFORMED_ID", "Id", format!("{label}: id value of incorrect type: {text}")))
        })
    }

    fn remove(&self, desk: &mut Desk<'_>, id: Option<&str>) -> Outcome {
        let id = self.row_id(id)?;
        desk.remove(self.object, &id).map_err(|failure| gone(&id, failure))?;
        if self.job.operation == Operation::HardDelete {
            let sql = format!("DELETE FROM \"{}\" WHERE \"Id\" = ?1", self.object.name);
            desk.conn.execute(&sql, [&id]).map_err(|error| (Some(id.clone()), error.into()))?;
        }
        Ok((id, false))
    }

    fn write_line(&mut self, record: &StringRecord, outcome: Outcome) {
        let sign = self.job.delimiter_byte();
        let end = self.job.line_end();
        let spool = if outcome.is_ok() { &mut self.good } else { &mut self.bad };
        let line = &mut spool.bytes;
        match outcome {
            Ok((id, created)) => {
                push_quoted(line, &id);
                line.push(sign);
                push_quoted(line, if created { "true" } else { "false" });
            }
            Err((id, failure)) => {
                if self.job.version >= 53 {
                    push_quoted(line, id.as_deref().unwrap_or_default());
                    line.push(sign);
                }
                push_quoted(line, &failure.as_bulk());
            }
        }
        for (text, decimal) in record.iter().zip(&self.decimals) {
            line.push(sign);
            match decimal.then(|| parse_number(text)).flatten() {
                Some(number) => push_quoted(line, &java::double(number)),
                None => push_quoted(line, text),
            }
        }
        line.extend_from_slice(end.as_bytes());
        spool.end_line();
    }
}

/// A row that is not there, in words for a list of rows.
fn gone(id: &str, failure: Failure) -> (Option<String>, Failure) {
    let failure = match failure.code {
        "NOT_FOUND" => Failure::new("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),
        _ => failure,
    };
    (Some(id.to_owned()), failure)
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

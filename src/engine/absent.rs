//! Records of the org that are no longer in the source: those with a key that no row has.

use super::links::FoundRows;
use super::{Desk, EngineError, check};
use crate::cancel::Cancel;
use crate::connect::{ConnectError, Digest, RowOutcome, Source};
use crate::engine::meter::Meter;
use crate::integration::{AbsentThen, Pass, PlannedStep};
use crate::mapping::Mapped;
use crate::record::{Batch, BatchBuilder, Rejection, RowNumber, Schema};
use crate::salesforce::{Org, QueryPage};
use crate::store::{Outcomes, RunId, Settled, Store};
use std::sync::Arc;

/// Keys held in memory; beyond it a person must narrow what is compared.
const MOST_KEYS: usize = 5_000_000;

/// Yields the id and the key of each record that has a key which no row of a step has.
pub struct AbsentRows {
    org: Org,
    cancel: Cancel,
    schema: Schema,
    planned: PlannedStep,
    /// Keys of the rows, ascending.
    keys: Vec<Digest>,
    soql: String,
    /// The page to be looked at next; `None` before the first.
    page: Option<QueryPage>,
    begun: bool,
    next: RowNumber,
}

impl AbsentRows {
    /// Of `first`, the step whose rows are compared; `absent` is the step that takes what is yielded.
    pub fn new(
        store: &Store,
        run: RunId,
        step: usize,
        first: &PlannedStep,
        absent: &PlannedStep,
        org: Org,
        cancel: &Cancel,
    ) -> Result<AbsentRows, EngineError> {
        let keys = keys(store, run, step, first, cancel)?;
        let paths = first.key_paths();
        let key = paths.first().map_or("Id", String::as_str);
        let within = first.step.options.absent.within.trim();
        let within = if within.is_empty() { String::new() } else { format!(" AND ({within})") };
        let soql = format!("SELECT Id, {key} FROM {} WHERE {key} != null{within}", first.shape.object.name);
        Ok(AbsentRows {
            org,
            cancel: cancel.clone(),
            schema: absent.source.clone(),
            planned: first.clone(),
            keys,
            soql,
            page: None,
            begun: false,
            next: 1,
        })
    }

    fn turn(&mut self) -> Result<Option<QueryPage>, ConnectError> {
        let page = match self.page.take() {
            None if self.begun => return Ok(None),
            None => self.org.query(&self.soql, false, &self.cancel)?,
            Some(page) => match &page.next {
                None => return Ok(None),
                Some(next) => self.org.query_more(next, &page.columns, &self.cancel)?,
            },
        };
        self.begun = true;
        self.page = Some(page.clone());
        Ok(Some(page))
    }
}

/// The keys of all rows of a step, ascending. A row whose key cannot be told may be any record's, so that none may count as absent.
fn keys(
    store: &Store,
    run: RunId,
    step: usize,
    first: &PlannedStep,
    cancel: &Cancel,
) -> Result<Vec<Digest>, EngineError> {
    let mut keys = Vec::new();
    let mut blocks = store.blocks(run, step, 1);
    let mut mapped = Mapped::default();
    while let Some(batch) = blocks.read()? {
        cancel.check()?;
        let found = FoundRows::load(store, run, step, first, &batch)?;
        for row in batch.rows() {
            let links = found.of(row.number());
            first.mapper.map_some(row, &|lookup| links.link(lookup), first.key_cells(), &mut mapped);
            match check::key_digest(first, row, &mapped) {
                Some(key) => keys.push(key),
                None => {
                    return Err(EngineError::Connect(ConnectError::refused(
                        format!(
                            "the row on line {} has no key, so it is not known which records are absent",
                            row.line()
                        ),
                        "Correct the row in the file, or leave records that are no longer in the file alone.",
                    )));
                }
            }
        }
        if keys.len() > MOST_KEYS {
            return Err(EngineError::Connect(ConnectError::refused(
                format!("more than {MOST_KEYS} rows cannot be compared with what is in the org"),
                "Leave records that are no longer in the file alone.",
            )));
        }
    }
    if keys.is_empty() {
        return Err(EngineError::Connect(ConnectError::refused(
            format!("{} has no rows, so that every record would count as absent", first.source.name),
            "Look whether the source is complete. If it is, leave records that are no longer in it alone.",
        )));
    }
    keys.sort_unstable();
    Ok(keys)
}

impl Source for AbsentRows {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn read(&mut self) -> Result<Option<Batch>, ConnectError> {
        while let Some(page) = self.turn()? {
            let mut builder = BatchBuilder::new(self.next, self.schema.fields.len());
            for row in &page.rows {
                let [id, key] = row.as_slice() else { continue };
                let there = check::digest_of_key(&self.planned, &[key])
                    .is_some_and(|key| self.keys.binary_search(&key).is_ok());
                if !there {
                    builder.cell(id);
                    builder.cell(key);
                    builder.end_row(self.next + builder.len() as u64, None);
                }
            }
            self.next += builder.len() as u64;
            if !builder.is_empty() {
                return Ok(Some(builder.finish()));
            }
        }
        Ok(None)
    }
}

/// Stops a run that would change more records than a person has agreed to, and settles those that are only listed.
pub(super) fn hold(desk: &Desk<'_>, step: usize, done: &Outcomes, meter: &Meter) -> Result<(), EngineError> {
    let Pass::Absent(first) = desk.plan.steps[step].pass else { return Ok(()) };
    let planned = &desk.plan.steps[first];
    let (absent, read) = (&planned.step.options.absent, desk.step_record(step)?.read);
    let source = planned.step.source.name();
    if absent.then != AbsentThen::List {
        if read > absent.confirm_above {
            return Err(EngineError::Absent { records: read, from: source });
        }
        return Ok(());
    }
    let why = Arc::new(Rejection::new("absent", format!("the record is no longer in {source}")));
    let listed = |row: RowNumber| Settled { row, outcome: RowOutcome::Skipped(Arc::clone(&why)) };
    let mut blocks = desk.store.blocks(desk.run, step, 1);
    while let Some(batch) = blocks.read()? {
        let rows = batch.rows().map(|row| row.number()).filter(|row| !done.has(*row));
        check::settle(desk, step, meter, &mut rows.map(listed).collect())?;
    }
    Ok(())
}

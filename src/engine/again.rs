//! Rows of an earlier run that did not get through, as the source of a new one.

use crate::connect::{ConnectError, Outcome, Source};
use crate::record::{Batch, BatchBuilder, RowNumber, Schema};
use crate::store::{RunId, Store};

/// Rows in a batch.
const ROWS: usize = 2_000;

/// Yields the rows of one step of an earlier run that may be taken up again: those not sent, refused or in conflict. Rows whose
/// fate is unknown stay out: sending them again could make a second record.
pub struct FailedRows {
    store: Store,
    run: RunId,
    step: usize,
    schema: Schema,
    done: u64,
    next: RowNumber,
}

/// Yields the rows that a step of a run has read, and then those of another source: what a second pass works on.
pub struct StoredRows {
    store: Store,
    run: RunId,
    step: usize,
    schema: Schema,
    next: RowNumber,
    then: Option<FailedRows>,
}

impl StoredRows {
    /// The rows of `step` of `run`, whose source had this schema, then those of `then`.
    pub fn new(store: Store, run: RunId, step: usize, schema: Schema, then: Option<FailedRows>) -> StoredRows {
        StoredRows { store, run, step, schema, next: 1, then }
    }
}

impl Source for StoredRows {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn read(&mut self) -> Result<Option<Batch>, ConnectError> {
        let refused =
            |error: crate::store::StoreError| ConnectError::Refused { message: error.to_string(), hint: None };
        let batch = self.store.blocks(self.run, self.step, self.next).read().map_err(refused)?;
        match (batch, &mut self.then) {
            (Some(batch), _) => {
                self.next = batch.first() + batch.len() as u64;
                Ok(Some(batch))
            }
            (None, Some(then)) => then.read(),
            (None, None) => Ok(None),
        }
    }
}

/// Outcomes after which a row is taken up again.
fn taken_up() -> Vec<Outcome> {
    Outcome::ALL.into_iter().filter(|outcome| outcome.may_be_sent_again()).collect()
}

impl FailedRows {
    /// The rows of `step` of `run`, whose source had this schema; the first gets the number `first`.
    pub fn new(store: Store, run: RunId, step: usize, schema: Schema, first: RowNumber) -> FailedRows {
        FailedRows { store, run, step, schema, done: 0, next: first }
    }

    /// The numbers that the rows from index `skip` have in the earlier run, in order.
    pub(super) fn numbers(
        store: &Store,
        run: RunId,
        step: usize,
        skip: u64,
        count: usize,
    ) -> Result<Vec<RowNumber>, crate::store::StoreError> {
        let page = store.outcomes_page(run, step, &taken_up(), None, skip, count)?;
        Ok(page.into_iter().map(|settled| settled.row).collect())
    }

    /// How many there are.
    pub fn count(store: &Store, run: RunId, step: usize) -> Result<u64, crate::store::StoreError> {
        store.count_outcomes(run, step, &taken_up(), None)
    }
}

impl Source for FailedRows {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn read(&mut self) -> Result<Option<Batch>, ConnectError> {
        let refused =
            |error: crate::store::StoreError| ConnectError::Refused { message: error.to_string(), hint: None };
        let page =
            self.store.outcomes_page(self.run, self.step, &taken_up(), None, self.done, ROWS).map_err(refused)?;
        let Some(first) = page.first() else { return Ok(None) };
        let mut builder = BatchBuilder::new(self.next, self.schema.fields.len());
        let mut blocks = self.store.blocks(self.run, self.step, first.row);
        let mut block = Batch::default();
        for settled in &page {
            while block.first() + block.len() as u64 <= settled.row {
                match blocks.read().map_err(refused)? {
                    Some(next) => block = next,
                    None => break,
                }
            }
            let Some(row) = settled.row.checked_sub(block.first()).and_then(|at| block.row(at as usize)) else {
                continue;
            };
            row.cells().for_each(|cell| builder.cell(cell));
            row.extra().iter().for_each(|cell| builder.cell(cell));
            builder.end_row(row.line(), row.fault().cloned());
        }
        self.done += page.len() as u64;
        self.next += builder.len() as u64;
        Ok(Some(builder.finish()))
    }
}

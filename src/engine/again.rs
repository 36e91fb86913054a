//! Rows of earlier runs, as the source of a new one.

use crate::connect::{ConnectError, Source};
use crate::record::{Batch, BatchBuilder, Row, RowNumber, Schema};
use crate::store::{Edit, Origin, RunId, Store, StoreError};

/// Rows in a batch.
const ROWS: usize = 2_000;

/// Yields the rows of earlier runs that a step of a run has taken up, corrected as people corrected them.
pub struct TakenRows {
    store: Store,
    run: RunId,
    step: usize,
    schema: Schema,
    next: RowNumber,
}

/// Yields the rows that a step of a run has read, and then those that it has taken up: what a second pass works on.
pub struct StoredRows {
    store: Store,
    run: RunId,
    step: usize,
    schema: Schema,
    next: RowNumber,
    then: Option<TakenRows>,
}

impl StoredRows {
    /// The rows of `step` of `run`, whose source had this schema, then those of `then`.
    pub fn new(store: Store, run: RunId, step: usize, schema: Schema, then: Option<TakenRows>) -> StoredRows {
        StoredRows { store, run, step, schema, next: 1, then }
    }
}

impl Source for StoredRows {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn read(&mut self) -> Result<Option<Batch>, ConnectError> {
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

fn refused(error: StoreError) -> ConnectError {
    ConnectError::Refused { message: error.to_string(), hint: None }
}

impl TakenRows {
    /// The rows that `step` of `run` has taken up, from number `first`. They have the columns of this schema, which may have one
    /// more than they had: the record chosen for each.
    pub fn new(store: Store, run: RunId, step: usize, schema: Schema, first: RowNumber) -> TakenRows {
        TakenRows { store, run, step, schema, next: first }
    }

    /// Adds rows that stood in ascending order in one earlier run.
    fn add(&self, taken: &[Origin], builder: &mut BatchBuilder) -> Result<(), ConnectError> {
        let (Some(first), Some(last)) = (taken.first(), taken.last()) else { return Ok(()) };
        let run = first.from_run;
        let edits = self.store.edits_between(run, self.step, first.from_row, last.from_row).map_err(refused)?;
        let mut batch = Batch::default();
        for origin in taken {
            if origin.from_row >= batch.first() + batch.len() as u64 {
                batch = self.store.blocks(run, self.step, origin.from_row).read().map_err(refused)?.unwrap_or_default();
            }
            let row = origin.from_row.checked_sub(batch.first()).and_then(|at| batch.row(at as usize));
            let row = row.ok_or_else(|| ConnectError::Refused {
                message: format!("row {} of run {} is not stored any more", origin.from_row, run.0),
                hint: Some("Start a new run with the file instead.".to_owned()),
            })?;
            corrected(row, edits_of(&edits, origin.from_row), self.schema.fields.len(), builder);
        }
        Ok(())
    }
}

/// The corrections of one row among those of many.
fn edits_of(edits: &[Edit], row: RowNumber) -> &[Edit] {
    let from = edits.partition_point(|edit| edit.row < row);
    let to = from + edits[from..].partition_point(|edit| edit.row == row);
    &edits[from..to]
}

/// Adds a row with its corrections.
fn corrected(row: Row<'_>, edits: &[Edit], columns: usize, builder: &mut BatchBuilder) {
    for column in 0..columns {
        let edit = edits.iter().find(|edit| edit.column == column);
        builder.cell(edit.map_or_else(|| row.cell(column), |edit| edit.value.as_str()));
    }
    row.extra().iter().for_each(|cell| builder.cell(cell));
    // Who corrected a damaged row has seen what it holds.
    builder.end_row(row.line(), row.fault().filter(|_| edits.is_empty()).cloned());
}

impl Source for TakenRows {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn read(&mut self) -> Result<Option<Batch>, ConnectError> {
        let taken = self.store.origins(self.run, self.step, self.next, ROWS).map_err(refused)?;
        let Some(last) = taken.last() else { return Ok(None) };
        let mut builder = BatchBuilder::new(self.next, self.schema.fields.len());
        let follows = |one: &Origin, next: &Origin| one.from_run == next.from_run && one.from_row < next.from_row;
        for stretch in taken.chunk_by(follows) {
            self.add(stretch, &mut builder)?;
        }
        self.next = last.row + 1;
        Ok(Some(builder.finish()))
    }
}

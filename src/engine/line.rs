//! One row as a job got it: made again from what is stored, by the same encoder.

use super::EngineError;
use super::lane::Lane;
use super::links::FoundRows;
use crate::connect::{Api, Encoding};
use crate::integration::PlannedStep;
use crate::mapping::Mapped;
use crate::record::RowNumber;
use crate::store::{RunId, Store};

/// The header and the line of a row in the CSV of the job that did `action`; `None` where the row was not sent so.
pub fn csv_line(
    store: &Store,
    run: RunId,
    step: usize,
    planned: &PlannedStep,
    action: &str,
    row: RowNumber,
) -> Result<Option<String>, EngineError> {
    let Some(lane) = Lane::of(planned).into_iter().find(|lane| lane.word() == action) else { return Ok(None) };
    let lane = lane.through(Api::Bulk);
    let batch = store.blocks(run, step, row).read()?.unwrap_or_default();
    let found = FoundRows::load(store, run, step, planned, &batch)?;
    let Some(row) = row.checked_sub(batch.first()).and_then(|at| batch.row(at as usize)) else { return Ok(None) };
    let found = found.of(row.number());
    let mut mapped = Mapped::default();
    if lane.map(planned, row, found, &mut mapped).is_err() {
        return Ok(None);
    }
    let encoder = lane.encoder(&planned.shape.object.name, Encoding::Csv);
    let mut line = Vec::new();
    encoder.begin(&mut line);
    encoder.row(&mapped, found.record().unwrap_or_default(), true, &mut line);
    Ok(Some(String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned()))
}

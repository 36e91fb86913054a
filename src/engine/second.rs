//! The second pass: each row's record is the one that its first pass wrote.

use super::links::FoundRows;
use super::meter::Meter;
use super::{Desk, EngineError, check};
use crate::connect::RowOutcome;
use crate::engine::Phase;
use crate::integration::{Pass, PlannedStep};
use crate::mapping::{Mapped, MappedCell};
use crate::record::{Batch, Rejection, Row, RowNumber};
use crate::store::{Found, Outcomes, Settled};

/// Finds the record of each row, and settles rows that have none or nothing to link.
pub(super) fn find_records(desk: &Desk<'_>, step: usize, done: &Outcomes, meter: &Meter) -> Result<(), EngineError> {
    let planned = &desk.plan.steps[step];
    let Pass::Links(first_pass) = planned.pass else { return Ok(()) };
    meter.phase(Phase::Checking);
    let written = desk.step_record(first_pass)?.read;
    let mut blocks = desk.store.blocks(desk.run, step, 1);
    let mut mapped = Mapped::default();
    while let Some(batch) = blocks.read()? {
        desk.cancel.check()?;
        let records = records(desk, step, first_pass, written, &batch)?;
        let links = FoundRows::load(&desk.store, desk.run, step, planned, &batch)?;
        let (mut found, mut settled) = (Vec::new(), Vec::new());
        for row in batch.rows().filter(|row| !done.has(row.number())) {
            let record =
                records.binary_search_by_key(&row.number(), |(number, _)| *number).ok().map(|at| &records[at].1);
            match record {
                None => settled.push(skipped(row, "not_written", "its record was not written before")),
                Some(_) if !links_something(planned, row, &links, &mut mapped) => {
                    settled.push(skipped(row, "no_link", "the row links to nothing"));
                }
                Some(record) => {
                    found.push(Found { row: row.number(), slot: 0, record: record.clone(), filled: Vec::new() });
                }
            }
        }
        desk.store.save_found(desk.run, step, &found)?;
        check::settle(desk, step, meter, &mut settled)?;
    }
    Ok(())
}

fn skipped(row: Row<'_>, code: &str, why: &str) -> Settled {
    Settled { row: row.number(), outcome: RowOutcome::Skipped(Rejection::new(code, why).into()) }
}

/// Whether a row has something to link, or something wrong that must be told.
fn links_something(planned: &PlannedStep, row: Row<'_>, links: &FoundRows, mapped: &mut Mapped) -> bool {
    let (found, mut wrong) = (links.of(row.number()), row.fault().is_some());
    planned.mapper.map(row, &|lookup| found.link(lookup), mapped, |_, _| wrong = true);
    wrong || (0..mapped.len()).any(|cell| mapped.cell(cell) != MappedCell::Keep)
}

/// The records of a batch's rows, in row order.
fn records(
    desk: &Desk<'_>,
    step: usize,
    first_pass: usize,
    written: u64,
    batch: &Batch,
) -> Result<Vec<(RowNumber, String)>, EngineError> {
    let last = batch.first() + batch.len() as u64 - 1;
    let outcomes = desk.store.outcomes_between(desk.run, first_pass, batch.first(), last.min(written))?;
    let id = |settled: Settled| match settled.outcome {
        RowOutcome::Created { id } | RowOutcome::Updated { id } | RowOutcome::Unchanged { id } => {
            Some((settled.row, id.into()))
        }
        _ => None,
    };
    let mut records: Vec<_> = outcomes.into_iter().filter_map(id).collect();
    // Rows behind those of the first pass are taken up from an earlier run, which knew their records.
    if last > written {
        let from = batch.first().max(written + 1);
        for origin in desk.store.origins(desk.run, step, from, (last + 1 - from) as usize)? {
            let known = desk.store.found_between(origin.from_run, step, origin.from_row, origin.from_row)?;
            records.extend(known.into_iter().filter(|found| found.slot == 0).map(|found| (origin.row, found.record)));
        }
    }
    Ok(records)
}

//! A second chance for rows that time heals: locked records, busy automation, limits of one transaction.
//!
//! Such rows are not settled when Salesforce refuses them. They wait until everything else is delivered, and are sent again through
//! collections, one call after the other and sorted by parent, so that no two calls touch the same parent at once; each time in
//! smaller calls. They have no outcome meanwhile: killed or cancelled, they simply wait for the continuation.

use super::deliver;
use super::feed::Pick;
use super::keys::KeySorter;
use super::lane::{Lane, OpenLane, open_target};
use super::links::FoundRows;
use super::meter::Meter;
use super::{Desk, EngineError};
use crate::connect::{Api, Digest, Digester, RowOutcome};
use crate::integration::PlannedStep;
use crate::mapping::Mapped;
use crate::record::{Kind, RowNumber};
use crate::salesforce::{passing, too_much_at_once};
use crate::store::{Outcomes, Settled};
use std::sync::{Arc, Mutex, PoisonError};

/// Rows that are to be sent again. Shared by the deliveries of a step.
pub(super) struct Later {
    held: Mutex<Held>,
    /// Which try is under way.
    attempt: u32,
    /// Whether no further one follows.
    last: bool,
}

/// The rows, by what helps them.
#[derive(Default)]
struct Held {
    /// Time, and that no other call touches the same parent.
    locked: Outcomes,
    /// A smaller call.
    crowded: Outcomes,
}

impl Later {
    /// For the first try of a step.
    pub(super) fn new(planned: &PlannedStep) -> Later {
        let options = &planned.step.options;
        // A call that is done whole or not at all is not taken apart.
        Later { held: Mutex::default(), attempt: 1, last: options.all_or_none || options.retry.attempts < 2 }
    }

    /// Takes out of `settled` what is to be sent again.
    pub(super) fn hold(&self, settled: &mut Vec<Settled>) -> u64 {
        let before = settled.len();
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        settled.retain_mut(|settled| {
            let RowOutcome::Failed(why) = &mut settled.outcome else { return true };
            let crowded = too_much_at_once(&why.code, &why.message);
            if !(crowded || passing(&why.code)) {
                return true;
            }
            if self.last && self.attempt == 1 {
                return true;
            }
            if self.last {
                Arc::make_mut(why).message.push_str(&format!(" (tried {} times)", self.attempt));
                return true;
            }
            let rows = if crowded { &mut held.crowded } else { &mut held.locked };
            rows.add(settled.row);
            false
        });
        (before - settled.len()) as u64
    }

    /// Rows that have an outcome, or will be sent again later.
    pub(super) fn and(&self, done: Outcomes) -> Outcomes {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        done.and(&held.locked).and(&held.crowded)
    }

    fn into_held(self) -> Held {
        self.held.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends the rows again, as often as the step's patience allows.
pub(super) fn send_again(
    desk: &Desk<'_>,
    step: usize,
    lanes: &[OpenLane],
    first: Later,
    meter: &Meter,
) -> Result<(), EngineError> {
    let planned = &desk.plan.steps[step];
    let retry = &planned.step.options.retry;
    let mut waiting = first.into_held();
    for attempt in 2..=retry.attempts {
        let rows = waiting.locked.count() + waiting.crowded.count();
        if rows == 0 {
            break;
        }
        meter.waiting(format!("{rows} rows met a lock or a busy org, and are sent again"));
        desk.cancel.sleep(retry.wait(attempt - 1))?;
        let later = Later { held: Mutex::default(), attempt, last: attempt >= retry.attempts };
        let usual = usize::from(planned.step.options.rows_per_call);
        for (lane, _) in lanes {
            again(desk, step, lane, &waiting.locked, usual, &later, meter)?;
            again(desk, step, lane, &waiting.crowded, smaller(usual, attempt), &later, meter)?;
        }
        waiting = later.into_held();
    }
    Ok(())
}

/// Sends rows of a lane again, one call after the other, so that no two touch the same parent at once.
fn again(
    desk: &Desk<'_>,
    step: usize,
    lane: &Lane,
    rows: &Outcomes,
    rows_per_call: usize,
    later: &Later,
    meter: &Meter,
) -> Result<(), EngineError> {
    let order = by_parent(desk, step, lane, rows)?;
    let lane = lane.clone().through(Api::Rest);
    let target = open_target(desk, step, Api::Rest, &lane, |spec| {
        spec.rows_per_call = Some(rows_per_call);
        spec.parallel = Some(1);
    });
    for some in order.chunks(rows_per_call) {
        let mut some = some.to_vec();
        some.sort_unstable();
        let delivered = deliver::deliver(desk, step, &lane, target.as_ref(), Pick::Only(some), later, meter)?;
        if delivered.stopped {
            return Err(EngineError::BadRow);
        }
    }
    Ok(())
}

/// Ever smaller calls: what one transaction cannot do, several can.
fn smaller(usual: usize, attempt: u32) -> usize {
    let most = match attempt {
        2 => 50,
        3 => 10,
        _ => 1,
    };
    usual.min(most)
}

/// The rows of a lane, those of one parent together.
fn by_parent(desk: &Desk<'_>, step: usize, lane: &Lane, wanted: &Outcomes) -> Result<Vec<RowNumber>, EngineError> {
    let planned = &desk.plan.steps[step];
    let parent = parent_cell(planned);
    let mut sorter = KeySorter::new();
    let mut mapped = Mapped::default();
    let mut next = wanted.next_from(1);
    while let Some(row) = next {
        let Some(batch) = desk.store.blocks(desk.run, step, row).read()? else { break };
        let found = FoundRows::load(&desk.store, desk.run, step, planned, &batch)?;
        for row in batch.rows().filter(|row| wanted.has(row.number())) {
            let found = found.of(row.number());
            if !lane.takes(found.record()) {
                continue;
            }
            let cells: Vec<usize> = parent.into_iter().chain(planned.key_cells().iter().copied()).collect();
            planned.mapper.map_some(row, &|lookup| found.link(lookup), &cells, &mut mapped);
            let by = cells.first().map_or("", |cell| mapped.value(*cell));
            sorter.add(key(by), row.number(), 0)?;
        }
        next = wanted.next_from(batch.first() + batch.len() as u64);
    }
    let mut order = Vec::new();
    sorter.each(|_, row| {
        order.push(row);
        Ok::<_, EngineError>(())
    })?;
    Ok(order)
}

/// Rows with the same text have the same key.
pub(super) fn key(text: &str) -> Digest {
    let mut digester = Digester::default();
    digester.cell(Kind::Text, text);
    digester.finish()
}

/// The cell that says under which record a row goes: the one that other rows of its kind are likely to lock.
pub(super) fn parent_cell(planned: &PlannedStep) -> Option<usize> {
    let field = |cell: &usize| {
        let target = planned.mapper.target(*cell);
        target.lookup.clone().unwrap_or_else(|| target.field.name.clone())
    };
    let points = |cell: &usize| {
        let target = planned.mapper.target(*cell);
        target.lookup.is_some() || target.field.kind == Kind::Reference
    };
    let cells = || (0..planned.mapper.targets().len()).filter(points);
    // Records lock what they roll up to and what they share with; owners and record types are not locked.
    let named = |name: &str| cells().find(|cell| field(cell).eq_ignore_ascii_case(name));
    named("AccountId")
        .or_else(|| named("ParentId"))
        .or_else(|| cells().find(|cell| !["OwnerId", "RecordTypeId", "ReportsToId"].contains(&field(cell).as_str())))
}

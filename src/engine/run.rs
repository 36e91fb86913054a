//! The whole story of a run, on one screen.

use super::feed::Pick;
use super::lane::{Lane, OpenLane, open_target};
use super::later::{self, Later};
use super::meter::Meter;
use super::{Desk, EngineError, Job, RunEvent, check, deliver, links, parents, read, second, there};
use crate::store::{Ending, RunState, StepRecord, Tally};
use std::time::Instant;

/// Times that rows which a stopped job gave back are sent again.
const ROUNDS: usize = 3;

/// Runs every step to its end, or as far as it goes; the ledger says how it ended.
pub fn run(job: &Job<'_>) -> Result<RunState, EngineError> {
    let desk = &Desk::open(job)?;
    let begun = Instant::now();
    let meter = Meter::new(desk.tell.clone(), desk.run, desk.plan.steps.len());
    let mut stopped = None;
    for step in 0..desk.plan.steps.len() {
        if let Err(error) = run_step(desk, step, &meter) {
            stopped = Some(error);
            break;
        }
    }
    let state = settle_accounts(desk, stopped.as_ref(), begun)?;
    (job.tell)(RunEvent::Ended { run: desk.run, state });
    Ok(state)
}

fn run_step(desk: &Desk<'_>, step: usize, meter: &Meter) -> Result<(), EngineError> {
    meter.step(step, desk.store.tally(desk.run, step)?);
    read::read(desk, step, meter)?;
    let lanes = open_lanes(desk, step, meter)?;
    deliver::recover(desk, step, &lanes, desk.store.notes(desk.run)?, meter)?;
    let done = || desk.store.settled_rows(desk.run, step);
    parents::hold_children(desk, step, &done()?, meter)?;
    links::resolve(desk, step, &done()?, meter)?;
    second::find_records(desk, step, &done()?, meter)?;
    check::hold_back_shared_keys(desk, step, &done()?, meter)?;
    there::look(desk, step, &lanes, &done()?, meter)?;
    check::count_trimmed(desk, step, &lanes, &done()?, meter)?;
    let later = Later::new(&desk.plan.steps[step]);
    for (lane, target) in &lanes {
        for round in 1.. {
            let pick = Pick::Unsettled(later.and(done()?));
            let delivered = deliver::deliver(desk, step, lane, target.as_ref(), pick, &later, meter)?;
            if delivered.stopped {
                return Err(EngineError::BadRow);
            }
            if delivered.untouched == 0 {
                break;
            }
            desk.cancel.check()?;
            if round == ROUNDS || delivered.settled == 0 {
                return Err(EngineError::Untouched(delivered.untouched));
            }
        }
    }
    later::send_again(desk, step, &lanes, later, meter)
}

/// Chooses the API, once, and opens a target for each lane.
fn open_lanes(desk: &Desk<'_>, step: usize, meter: &Meter) -> Result<Vec<OpenLane>, EngineError> {
    let planned = &desk.plan.steps[step];
    let record = desk.step_record(step)?;
    let (api, why) = match record.api {
        Some(api) => (api, record.api_why),
        None => planned.step.api_for(record.read),
    };
    if record.api.is_none() {
        desk.store.set_api(desk.run, step, api, &why)?;
    }
    meter.api(api, &why);
    let open = |lane: Lane| {
        let lane = lane.through(api);
        let target = open_target(desk, step, api, &lane, |_| ());
        (lane, target)
    };
    Ok(Lane::of(planned).into_iter().map(open).collect())
}

/// Compares what was read, counted by the reader, with what became of it, counted by SQL; and writes down how it ended.
fn settle_accounts(desk: &Desk<'_>, stopped: Option<&EngineError>, begun: Instant) -> Result<RunState, EngineError> {
    let record = desk.record()?;
    let mut tallies = Vec::new();
    let mut all = Tally::default();
    let mut waiting = 0;
    let mut over = 0;
    for step in &record.steps {
        let tally = desk.store.tally(desk.run, step.index)?;
        waiting += step.read.saturating_sub(tally.total());
        over += tally.total().saturating_sub(step.read);
        all += tally;
        tallies.push(tally);
    }
    let unread = record.steps.iter().any(|step: &StepRecord| !step.read_all);
    let (state, cause) = match stopped {
        _ if over > 0 => (RunState::Aborted, Some(format!("{over} outcomes belong to no row that was read"))),
        Some(EngineError::Cancelled) if waiting > 0 || unread => (RunState::Incomplete, Some("Cancelled".to_owned())),
        Some(EngineError::Cancelled) | None if waiting == 0 && !unread => {
            let state = if all.attention() > 0 { RunState::CompleteWithFailures } else { RunState::Complete };
            (state, None)
        }
        Some(error) => (RunState::Incomplete, Some(told(error))),
        None => (RunState::Aborted, Some(format!("{waiting} rows were read and have no outcome"))),
    };
    desk.store.end_run(
        desk.run,
        &Ending {
            state,
            cause,
            now: desk.clock.now(),
            calls: desk.calls(),
            worked_ms: begun.elapsed().as_millis() as u64,
            tallies,
        },
    )?;
    Ok(state)
}

/// Why a run stopped, with what to do about it.
fn told(error: &EngineError) -> String {
    match error.hint() {
        Some(hint) => format!("{error}. {hint}"),
        None => error.to_string(),
    }
}

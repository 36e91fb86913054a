//! Delivering: stage, note, commit, settle. Deliveries are staged one after the other and committed side by side.

use super::feed::{Feed, Pick};
use super::lane::{Lane, OpenLane, open_target};
use super::later::Later;
use super::meter::Meter;
use super::{Desk, EngineError, check};
use crate::connect::{Api, ConnectError, EncodedRows as _, Sent, Target, Ticket};
use crate::engine::Phase;
use crate::integration::PlannedStep;
use crate::record::RowNumber;
use crate::retry::{GaveUp, Waiting, patiently};
use crate::store::{Carried, Note, Settled};
use std::collections::HashSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What the deliveries of a lane came to.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    /// Rows that Salesforce gave back untouched: their job was stopped before them.
    pub(super) untouched: u64,
    /// Rows settled.
    pub(super) settled: u64,
    /// Whether a bad row ended the run.
    pub(super) stopped: bool,
}

/// Delivers every row of a lane that has no outcome yet.
pub(super) fn deliver(
    desk: &Desk<'_>,
    step: usize,
    lane: &Lane,
    target: &dyn Target,
    pick: Pick,
    later: &Later,
    meter: &Meter,
) -> Result<Delivered, EngineError> {
    let planned = &desk.plan.steps[step];
    meter.phase(Phase::Sending);
    let window = Window::new(target.terms().in_flight);
    let mut feed = Feed::new(&desk.store, desk.run, step, planned, lane, target.terms(), pick);
    let staged = std::thread::scope(|scope| {
        let result = loop {
            if let Err(error) = desk.gate.pass(desk, step, meter) {
                break Err(error);
            }
            if !window.enter() {
                break Ok(());
            }
            match stage(desk, step, lane, target, &mut feed, meter) {
                Ok(Some(delivery)) => {
                    let (job, gate, window) = (desk.job, &desk.gate, &window);
                    scope.spawn(move || {
                        let place = Place(Some(window));
                        let desk = Desk::beside(job, gate);
                        place.leave(desk.and_then(|desk| commit(&desk, step, lane, target, &delivery, later, meter)));
                    });
                }
                Ok(None) => {
                    window.leave(Ok(Delivered::default()));
                    break Ok(());
                }
                Err(error) => {
                    window.leave(Ok(Delivered::default()));
                    break Err(error);
                }
            }
        };
        if result.is_ok() && target.terms().api != Api::Direct {
            meter.phase(Phase::Waiting);
        }
        result
    });
    let rejected = feed.take_rejected();
    settle_rejected(desk, step, rejected, meter)?;
    let stopped = feed.stopped();
    // What a delivery met explains more than that staging was told to stop.
    let delivered = window.close()?;
    staged?;
    Ok(Delivered { stopped, ..delivered })
}

/// A delivery that was staged and noted.
struct Delivery {
    note: i64,
    ticket: Ticket,
    sent: Sent,
}

/// Stages the next delivery and writes it down; `None` when no row is left.
fn stage(
    desk: &Desk<'_>,
    step: usize,
    lane: &Lane,
    target: &dyn Target,
    feed: &mut Feed<'_>,
    meter: &Meter,
) -> Result<Option<Delivery>, EngineError> {
    if !feed.begin()? {
        return Ok(None);
    }
    let mut again = false;
    let mut tell = |waiting: Waiting| meter.waiting(waiting.because);
    let retry = &desk.plan.steps[step].step.options.retry;
    let ticket = patiently(retry, desk.cancel, &mut tell, || {
        if std::mem::replace(&mut again, true) {
            feed.rewind();
        }
        match target.stage(feed, desk.cancel) {
            // Nothing visible happened, so a lost answer is as good as none.
            Err(ConnectError::Lost { message }) => Err(ConnectError::Busy { message, after: None }),
            result => result,
        }
    });
    meter.calls(desk.calls());
    let ticket = ticket?;
    let sent = feed.take_sent();
    let rejected = feed.take_rejected();
    settle_rejected(desk, step, rejected, meter)?;
    let text = serde_json::json!(ticket).to_string();
    let note = desk.store.note(desk.run, step, lane.word(), &text, &sent.rows, desk.calls())?;
    meter.sent(sent.rows.len() as u64);
    Ok(Some(Delivery { note, ticket, sent }))
}

fn settle_rejected(desk: &Desk<'_>, step: usize, mut rejected: Vec<Settled>, meter: &Meter) -> Result<(), EngineError> {
    check::settle(desk, step, meter, &mut rejected)
}

/// Commits a delivery and settles its rows.
fn commit(
    desk: &Desk<'_>,
    step: usize,
    lane: &Lane,
    target: &dyn Target,
    delivery: &Delivery,
    later: &Later,
    meter: &Meter,
) -> Result<Delivered, EngineError> {
    let planned = &desk.plan.steps[step];
    let (mut settled, mut turn) = (Vec::new(), None);
    let mut tell = |waiting: Waiting| meter.waiting(waiting.because);
    let result = patiently(&planned.step.options.retry, desk.cancel, &mut tell, || {
        settled.clear();
        turn = None;
        let mut report = |row, outcome| {
            if turn.is_none() {
                turn = Some(desk.gate.turn());
                settled.reserve(delivery.sent.rows.len());
            }
            settled.push(Settled { row, outcome });
        };
        target.commit(&delivery.ticket, &delivery.sent, desk.cancel, &mut report)
    });
    meter.calls(desk.calls());
    let there = may_be_there(&delivery.ticket, &result);
    let result = match result.map_err(EngineError::from) {
        Err(EngineError::Connect(ConnectError::Lost { message })) if !desk.cancel.forced() => {
            tracing::warn!("an answer was lost and is asked for: {message}");
            // Asking takes its time, and others may land meanwhile.
            drop(turn.take());
            ask(desk, step, lane, target, delivery, meter).map(|found| settled = found)
        }
        result => result,
    };
    meter.landed(delivery.sent.rows.len() as u64);
    match result {
        Ok(()) => land(desk, step, lane, delivery, settled, later, meter),
        // The rows certainly did not get there: they wait, and no note is needed to find out.
        Err(error) if !there => {
            desk.store.settle_note(desk.run, step, delivery.note, &mut [], None)?;
            Err(error)
        }
        // The note stays, and the next continuation asks.
        Err(error) => Err(error),
    }
}

/// Whether a delivery that failed may have done something all the same. A job may, whatever went wrong while we asked for its end;
/// a call may not when it was refused as a whole, the other side was too busy to take it, or somebody asked to stop before it was
/// made.
fn may_be_there(ticket: &Ticket, result: &Result<(), GaveUp<ConnectError>>) -> bool {
    let untaken = matches!(
        result,
        Err(GaveUp::Cancelled
            | GaveUp::Failed {
                error: ConnectError::Busy { .. } | ConnectError::Refused { .. } | ConnectError::Cancelled,
                ..
            })
    );
    ticket.job.is_some() || !untaken
}

/// Writes down what became of a delivery's rows, and removes its note.
fn land(
    desk: &Desk<'_>,
    step: usize,
    lane: &Lane,
    delivery: &Delivery,
    settled: Vec<Settled>,
    later: &Later,
    meter: &Meter,
) -> Result<Delivered, EngineError> {
    let mut settled = each_once(&delivery.sent, settled);
    let untouched = (delivery.sent.rows.len() - settled.len()) as u64;
    let held = later.hold(&mut settled);
    let carried = Carried {
        at: desk.clock.now(),
        action: lane.word().to_owned(),
        job: delivery.ticket.job.clone(),
        version: delivery.ticket.version.clone(),
        rows: Carried::stretches(delivery.sent.rows.iter().map(|(row, _)| *row)),
        exchange: delivery.ticket.heard.take(),
    };
    desk.store.settle_note(desk.run, step, delivery.note, &mut settled, Some(&carried))?;
    meter.settled(settled.iter().map(|settled| settled.outcome.outcome()));
    Ok(Delivered { untouched, settled: settled.len() as u64 + held, stopped: false })
}

/// Keeps one outcome for each row of the delivery and none for others, whatever a target reports.
fn each_once(sent: &Sent, settled: Vec<Settled>) -> Vec<Settled> {
    // Reported in the order sent, as targets do, they show it themselves.
    let mut order = sent.rows.iter();
    if sent.rows.is_sorted_by_key(|(row, _)| *row)
        && settled.iter().all(|settled| order.any(|(row, _)| *row == settled.row))
    {
        return settled;
    }
    let mut open: HashSet<RowNumber> = sent.rows.iter().map(|(row, _)| *row).collect();
    settled.into_iter().filter(|settled| open.remove(&settled.row)).collect()
}

/// Finds out what became of a delivery whose answer was lost.
fn ask(
    desk: &Desk<'_>,
    step: usize,
    lane: &Lane,
    target: &dyn Target,
    delivery: &Delivery,
    meter: &Meter,
) -> Result<Vec<Settled>, EngineError> {
    let planned = &desk.plan.steps[step];
    if lane.creates() {
        target.remember(made(desk, planned)?);
    }
    let mut tell = |waiting: Waiting| meter.waiting(waiting.because);
    let result = patiently(&planned.step.options.retry, desk.cancel, &mut tell, || {
        let mut settled = Vec::new();
        let rows = delivery.sent.rows.iter().map(|(row, _)| *row).collect();
        let (mut feed, keys) = feed_again(desk, step, planned, lane, target, rows)?;
        let mut report = |row, outcome| settled.push(Settled { row, outcome });
        let asked = target.settle(&delivery.ticket, &delivery.sent, &keys, &mut feed, desk.cancel, &mut report);
        match asked {
            // Asked in vain is no reason to think that it was not processed.
            Err(ConnectError::Lost { message }) => Err(ConnectError::Busy { message, after: None }),
            result => result.map(|()| settled),
        }
    });
    meter.calls(desk.calls());
    match result.map_err(EngineError::from) {
        // Whatever the reason: we do not know, and must not say that the rows did not get there.
        Err(EngineError::GaveUp { error: ConnectError::Busy { message, .. }, .. })
        | Err(EngineError::Connect(ConnectError::Busy { message, .. } | ConnectError::Refused { message, .. })) => {
            Err(EngineError::Connect(ConnectError::Lost { message }))
        }
        result => result,
    }
}

/// The records that the run has made of a step's object; ids of another place may be the same and mean other records.
fn made(desk: &Desk<'_>, planned: &PlannedStep) -> Result<Vec<String>, EngineError> {
    let mut made = Vec::new();
    for (index, step) in desk.plan.steps.iter().enumerate() {
        if step.step.same_place(&planned.step) && step.shape.object.name == planned.shape.object.name {
            made.append(&mut desk.store.made(desk.run, index)?);
        }
    }
    Ok(made)
}

/// Encodes the rows of a noted delivery again, keys first.
fn feed_again<'a>(
    desk: &'a Desk<'_>,
    step: usize,
    planned: &'a PlannedStep,
    lane: &'a Lane,
    target: &'a dyn Target,
    rows: Vec<RowNumber>,
) -> Result<(Feed<'a>, Vec<String>), ConnectError> {
    let refused = |error: EngineError| ConnectError::Refused { message: error.to_string(), hint: error.hint() };
    let mut feed = Feed::new(&desk.store, desk.run, step, planned, lane, target.terms(), Pick::Only(rows));
    feed.begin().map_err(refused)?;
    let mut keys = Vec::new();
    loop {
        let piece = feed.next()?;
        keys.append(&mut feed.take_keys());
        if piece.is_none() {
            break;
        }
    }
    feed.rewind();
    Ok((feed, keys))
}

/// Takes up the deliveries that were under way when the run stopped.
pub(super) fn recover(
    desk: &Desk<'_>,
    step: usize,
    lanes: &[OpenLane],
    notes: Vec<Note>,
    meter: &Meter,
) -> Result<(), EngineError> {
    for note in notes.into_iter().filter(|note| note.step == step) {
        desk.cancel.check()?;
        let Some((lane, target)) = lanes.iter().find(|(lane, _)| lane.word() == note.action) else {
            return Err(EngineError::SourceChanged(format!(
                "a delivery under way was an {}, and there is none now",
                note.action
            )));
        };
        let ticket: Ticket = serde_json::from_str(&note.ticket).unwrap_or_default();
        let sent = Sent { rows: note.rows };
        let delivery = Delivery { note: note.id, ticket, sent };
        meter.sent(delivery.sent.rows.len() as u64);
        let settled = if delivery.ticket.job.is_none() && target.terms().api == Api::Bulk {
            // Rows of a job that were sent again by a call.
            let lane = lane.clone().through(Api::Rest);
            let target = open_target(desk, step, Api::Rest, &lane, |_| {});
            ask(desk, step, &lane, target.as_ref(), &delivery, meter)
        } else {
            ask(desk, step, lane, target.as_ref(), &delivery, meter)
        };
        meter.landed(delivery.sent.rows.len() as u64);
        // A row that was refused for a passing reason is simply sent in its turn.
        land(desk, step, lane, &delivery, settled?, &Later::new(&desk.plan.steps[step]), meter)?;
    }
    Ok(())
}

/// Deliveries under way at once, bounded; the first failure stops new ones.
struct Window {
    limit: usize,
    state: Mutex<WindowState>,
    changed: Condvar,
}

/// A place in the window, given back whatever becomes of the thread that has it: others wait for it.
struct Place<'a>(Option<&'a Window>);

impl Place<'_> {
    fn leave(mut self, result: Result<Delivered, EngineError>) {
        if let Some(window) = self.0.take() {
            window.leave(result);
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(window) = self.0.take() {
            window.leave(Err(EngineError::Fault));
        }
    }
}

#[derive(Default)]
struct WindowState {
    inside: usize,
    failed: Option<EngineError>,
    delivered: Delivered,
}

impl Window {
    fn new(limit: usize) -> Window {
        Window { limit: limit.max(1), state: Mutex::default(), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, WindowState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place; `false` when a delivery failed.
    fn enter(&self) -> bool {
        let mut state = self.state();
        while state.inside >= self.limit && state.failed.is_none() {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.failed.is_some() {
            return false;
        }
        state.inside += 1;
        true
    }

    fn leave(&self, result: Result<Delivered, EngineError>) {
        let mut state = self.state();
        state.inside -= 1;
        match result {
            Ok(delivered) => {
                state.delivered.untouched += delivered.untouched;
                state.delivered.settled += delivered.settled;
            }
            Err(error) => {
                state.failed.get_or_insert(error);
            }
        }
        drop(state);
        self.changed.notify_all();
    }

    fn close(self) -> Result<Delivered, EngineError> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        match state.failed {
            Some(error) => Err(error),
            None => Ok(state.delivered),
        }
    }
}

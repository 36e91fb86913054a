//! The machine room: runs a plan.
//!
//! [`run()`] is the whole story on one screen: read everything into the store, hold back what cannot be sent, deliver the rest
//! (stage, note, commit), settle every row once, and compare what was read with what became of it.

mod absent;
mod again;
mod check;
mod deliver;
mod error;
mod event;
mod feed;
mod forecast;
mod gate;
mod keys;
mod lane;
mod later;
mod line;
mod links;
mod meter;
mod parents;
mod preview;
mod reach;
mod read;
mod run;
mod second;
pub mod sync;
mod there;
mod undo;

pub use absent::AbsentRows;
pub use again::{StoredRows, TakenRows};
pub use error::EngineError;
pub use event::{Phase, Progress, RunEvent};
pub use forecast::Forecast;
pub use line::csv_line;
pub use meter::Tell;
pub use preview::{CellChange, Preview, PreviewCell, PreviewJob, PreviewRow, Verdict, preview};
pub use reach::Reach;
pub use run::run;
pub use undo::{UndoRows, Undoable, restored_fields, undoable, undone_record};

use self::gate::Gate;
use crate::cancel::Cancel;
use crate::clock::Clock;
use crate::connect::{ConnectError, Source};
use crate::integration::Plan;
use crate::store::{Run, RunId, StepRecord, Store, StoreError};
use std::sync::Arc;

/// What a run works with.
pub struct Job<'a> {
    /// Opens the workspace file, once for each thread.
    pub open_store: &'a (dyn Fn() -> Result<Store, StoreError> + Sync),
    /// Which run.
    pub run: RunId,
    /// What it runs.
    pub plan: &'a Plan,
    /// Opens the source of a step at its beginning.
    pub source: &'a (dyn Fn(usize) -> Result<Box<dyn Source>, ConnectError> + Sync),
    /// The org or database that each step writes to.
    pub ends: &'a [Reach],
    /// Most rows to read.
    pub trial: Option<u64>,
    /// Whether to read on where a trial ended.
    pub read_on: bool,
    /// The wish to stop.
    pub cancel: &'a Cancel,
    /// The time.
    pub clock: &'a Clock,
    /// Takes what the run tells.
    pub tell: Tell,
}

/// A job and the workspace file, for one thread.
struct Desk<'a> {
    job: &'a Job<'a>,
    gate: Arc<Gate>,
    store: Store,
}

impl<'a> std::ops::Deref for Desk<'a> {
    type Target = Job<'a>;

    fn deref(&self) -> &Job<'a> {
        self.job
    }
}

impl<'a> Desk<'a> {
    fn open(job: &'a Job<'a>) -> Result<Desk<'a>, EngineError> {
        let store = (job.open_store)()?;
        let calls_before = store.run(job.run)?.map_or(0, |run| run.calls);
        Ok(Desk { job, gate: Arc::new(Gate::new(job, calls_before)), store })
    }

    /// A desk for another thread of the same run.
    fn beside(job: &'a Job<'a>, gate: &Arc<Gate>) -> Result<Desk<'a>, EngineError> {
        Ok(Desk { job, gate: gate.clone(), store: (job.open_store)()? })
    }

    fn record(&self) -> Result<Run, EngineError> {
        let damaged =
            || EngineError::SourceChanged(format!("run {} is not in the workspace file any more", self.run.0));
        self.store.run(self.run)?.ok_or_else(damaged)
    }

    fn step_record(&self, step: usize) -> Result<StepRecord, EngineError> {
        let damaged = || EngineError::SourceChanged(format!("run {} has no step {}", self.run.0, step + 1));
        self.record()?.steps.into_iter().nth(step).ok_or_else(damaged)
    }
}

impl Job<'_> {
    /// API calls made by the orgs of this run.
    fn calls(&self) -> u64 {
        // Steps of one org share its counter.
        let mut calls = 0;
        for (index, end) in self.ends.iter().enumerate() {
            let step = |step: usize| &self.plan.steps[step].step;
            if !(0..index).any(|other| step(other).same_place(step(index))) {
                calls += end.calls();
            }
        }
        calls
    }
}

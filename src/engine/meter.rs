//! Counts what a run does, and tells it at most ten times a second.

use super::event::{Phase, Progress, RunEvent};
use crate::connect::{Api, Outcome};
use crate::store::{RunId, Tally};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Takes what a run tells.
pub type Tell = Arc<dyn Fn(RunEvent) + Send + Sync>;

/// How often progress is told.
const EVERY: Duration = Duration::from_millis(100);

/// How far back the speed looks.
const WINDOW: Duration = Duration::from_secs(10);

/// Shared by the threads of a run.
pub(super) struct Meter {
    tell: Tell,
    state: Mutex<State>,
}

struct State {
    progress: Progress,
    told: Option<Instant>,
    /// Settled rows at moments of the last seconds.
    marks: std::collections::VecDeque<(Instant, u64)>,
}

impl Meter {
    pub(super) fn new(tell: Tell, run: RunId, steps: usize) -> Meter {
        let progress = Progress {
            run,
            step: 0,
            steps,
            phase: Phase::Reading,
            read: 0,
            read_all: false,
            in_flight: 0,
            tally: Tally::default(),
            api: None,
            calls: 0,
            rows_per_second: 0.0,
            left: None,
            waiting: None,
            paused: None,
        };
        Meter { tell, state: Mutex::new(State { progress, told: None, marks: Default::default() }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Counters that a panicking thread left behind are still the best that is known.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, at_once: bool, change: impl FnOnce(&mut Progress)) {
        let mut state = self.state();
        change(&mut state.progress);
        let now = Instant::now();
        if !at_once && state.told.is_some_and(|told| now - told < EVERY) {
            return;
        }
        state.told = Some(now);
        state.mark(now);
        let event = RunEvent::Progress(Box::new(state.progress.clone()));
        // Told without the lock, so that a slow listener holds nobody up.
        drop(state);
        (self.tell)(event);
    }

    pub(super) fn step(&self, step: usize, tally: Tally) {
        self.state().marks.clear();
        self.change(true, |progress| {
            *progress = Progress {
                step,
                tally,
                read: 0,
                read_all: false,
                in_flight: 0,
                api: None,
                left: None,
                ..progress.clone()
            };
        });
    }

    pub(super) fn phase(&self, phase: Phase) {
        self.change(true, |progress| progress.phase = phase);
    }

    pub(super) fn read(&self, rows: u64) {
        self.change(false, |progress| progress.read = rows);
    }

    pub(super) fn read_all(&self, rows: u64) {
        self.change(true, |progress| (progress.read, progress.read_all) = (rows, true));
    }

    pub(super) fn api(&self, api: Api, why: &str) {
        self.change(true, |progress| progress.api = Some((api, why.to_owned())));
    }

    pub(super) fn sent(&self, rows: u64) {
        self.change(false, |progress| {
            progress.in_flight += rows;
            progress.waiting = None;
        });
    }

    /// A delivery ended: so many rows are no longer in flight.
    pub(super) fn landed(&self, rows: u64) {
        self.change(false, |progress| progress.in_flight = progress.in_flight.saturating_sub(rows));
    }

    pub(super) fn settled(&self, outcomes: impl Iterator<Item = Outcome>) {
        self.change(false, |progress| outcomes.for_each(|outcome| progress.tally.add(outcome, 1)));
    }

    pub(super) fn calls(&self, calls: u64) {
        self.change(false, |progress| progress.calls = calls);
    }

    /// It pauses by itself, or goes on.
    pub(super) fn paused(&self, until: Option<(i64, String)>) {
        if until.is_some() || self.state().progress.paused.is_some() {
            self.change(true, |progress| progress.paused = until);
        }
    }

    pub(super) fn waiting(&self, why: String) {
        self.change(true, |progress| progress.waiting = Some(why));
    }
}

impl State {
    /// Works out the speed of the last seconds, and from it the time left.
    fn mark(&mut self, now: Instant) {
        let done = self.progress.tally.total();
        self.marks.push_back((now, done));
        while self.marks.len() > 2 && self.marks.front().is_some_and(|(then, _)| now - *then > WINDOW) {
            self.marks.pop_front();
        }
        let Some((then, before)) = self.marks.front() else { return };
        let seconds = (now - *then).as_secs_f64();
        if seconds < 0.2 {
            return;
        }
        let speed = done.saturating_sub(*before) as f64 / seconds;
        self.progress.rows_per_second = speed;
        let open = self.progress.read.saturating_sub(done);
        let known = self.progress.read_all && speed > 0.0;
        self.progress.left = known.then(|| Duration::from_secs_f64((open as f64 / speed).min(1e7)));
    }
}

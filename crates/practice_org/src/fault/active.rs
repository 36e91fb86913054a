//! The faults that are switched on, and how often each has struck.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::{Fault, Mishap};
use crate::database::{Held, lock};
use crate::ids;
use crate::noise::Noise;

/// How long a wait may miss that it has become pointless.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Used-up faults that are still told of.
const MOST_OVER: usize = 100;
/// Where chance starts unless a script says otherwise.
const USUAL_SEED: u64 = 20_260_102;

/// A fault as it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FaultState {
    /// Number by which it can be switched off.
    pub id: u64,
    /// What goes wrong.
    pub fault: Fault,
    /// Calls, rows or jobs that it has hit.
    pub hits: u64,
    /// Whether it is used up.
    pub over: bool,
    #[serde(skip)]
    seen: u64,
}

/// How the next Bulk job ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobEnd {
    /// Failed, the rest unprocessed.
    Failed,
    /// Aborted, the rest unprocessed.
    Aborted,
    /// Gone.
    Deleted,
}

struct State {
    list: Vec<FaultState>,
    next: u64,
    noise: Noise,
    shuffle: bool,
    lifetime: Option<Duration>,
    /// Metered calls since tokens last expired.
    calls: u32,
    skew: i64,
    held: Arc<Held>,
}

/// All of them.
pub(crate) struct Faults {
    state: Mutex<State>,
    changed: Condvar,
    shuffle_at_start: bool,
}

impl Faults {
    /// No faults; results are shuffled or not.
    pub(crate) fn new(shuffle: bool) -> Self {
        let state = State {
            list: Vec::new(),
            next: 1,
            noise: Noise::new(USUAL_SEED),
            shuffle,
            lifetime: None,
            calls: 0,
            skew: 0,
            held: Arc::default(),
        };
        Faults { state: Mutex::new(state), changed: Condvar::new(), shuffle_at_start: shuffle }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Starts chance anew.
    pub(crate) fn seed(&self, seed: u64) {
        self.state().noise = Noise::new(seed);
    }

    /// Switches a fault on. Those that happen at once have been dealt with by whoever calls, and are told of as over.
    pub(crate) fn set(&self, fault: Fault) -> u64 {
        let mut state = self.state();
        let mut over = false;
        match &fault {
            Fault::ShuffleResults(shuffle) => state.shuffle = *shuffle,
            Fault::SessionLifetime { seconds } => state.lifetime = Some(Duration::from_secs(*seconds)),
            Fault::ClockSkew { seconds } => state.skew = seconds.saturating_mul(1000),
            Fault::ExpireTokens | Fault::RevokeRefreshTokens | Fault::InstanceUrlChange => over = true,
            Fault::ExpireAfter { .. } => state.calls = 0,
            _ => {}
        }
        let id = state.next;
        state.next += 1;
        state.list.push(FaultState { id, fault, hits: u64::from(over), over, seen: 0 });
        state.forget_old();
        self.changed.notify_all();
        id
    }

    /// Switches one off; false when there is none with this number.
    pub(crate) fn end(&self, id: u64) -> bool {
        let mut state = self.state();
        let Some(place) = state.list.iter().position(|known| known.id == id) else {
            return false;
        };
        let gone = state.list.remove(place);
        state.settle(&gone.fault, self.shuffle_at_start);
        self.changed.notify_all();
        true
    }

    /// Switches everything off.
    pub(crate) fn clear(&self) {
        let mut state = self.state();
        state.list.clear();
        state.shuffle = self.shuffle_at_start;
        state.lifetime = None;
        state.skew = 0;
        self.changed.notify_all();
    }

    /// Every fault as it stands, in the order in which they were switched on.
    pub(crate) fn list(&self) -> Vec<FaultState> {
        let state = self.state();
        let mut list = state.list.clone();
        for known in &mut list {
            if matches!(known.fault, Fault::LockParent { .. }) {
                known.hits = state.held.hits.load(Ordering::Relaxed);
            }
        }
        list
    }

    /// What happens to a call; used-up faults strike no more.
    pub(crate) fn meet(&self, method: &str, path: &str) -> Option<(String, Mishap)> {
        let mut state = self.state();
        let State { list, noise, .. } = &mut *state;
        let place = list.iter_mut().position(|known| known.strikes(method, path, noise))?;
        let met = &mut list[place];
        met.hits += 1;
        met.over = met.fault.when().and_then(|when| when.count).is_some_and(|count| met.hits >= u64::from(count));
        Some((met.fault.name(), met.fault.mishap()?))
    }

    /// How long an answer waits.
    pub(crate) fn delay(&self, path: &str) -> Option<Duration> {
        let mut state = self.state();
        state.live().find_map(|known| match &known.fault {
            Fault::SlowAnswers { ms, path_contains } if path.contains(path_contains) => {
                known.hits += 1;
                Some(Duration::from_millis(*ms))
            }
            _ => None,
        })
    }

    /// Whether the day's quota counts as used up.
    pub(crate) fn limit_reached(&self) -> bool {
        self.state().hit(|fault| *fault == Fault::RequestLimit).is_some()
    }

    /// Counts a metered call; true when tokens expire with it.
    pub(crate) fn tokens_expire(&self) -> bool {
        let mut state = self.state();
        let calls = state.calls + 1;
        let Some(known) = state.live().find(|known| matches!(known.fault, Fault::ExpireAfter { .. })) else {
            return false;
        };
        let Fault::ExpireAfter { calls: most, times } = known.fault else {
            return false;
        };
        let expire = calls > most;
        if expire {
            known.hits += 1;
            known.over = times.is_some_and(|times| known.hits >= u64::from(times));
        }
        // The call that finds its token expired is not the first call of the next one.
        state.calls = if expire { 0 } else { calls };
        expire
    }

    /// Whether a row meets a lock.
    pub(crate) fn row_locked(&self) -> bool {
        let mut state = self.state();
        let State { list, noise, .. } = &mut *state;
        list.iter_mut().filter(|known| !known.over).any(|known| match known.fault {
            Fault::LockRows { share } if noise.happens(share) => {
                known.hits += 1;
                true
            }
            _ => false,
        })
    }

    /// The rows that somebody else holds, for whoever writes rows; `None` while they are the same as before.
    pub(crate) fn held_rows(&self) -> Option<Arc<Held>> {
        let mut state = self.state();
        let hits = AtomicU64::new(state.held.hits.load(Ordering::Relaxed));
        let ids = state.list.iter().filter_map(|known| match &known.fault {
            Fault::LockParent { id } => ids::normal(id),
            _ => None,
        });
        let ids: Vec<String> = ids.collect();
        if ids == state.held.ids {
            return None;
        }
        state.held = Arc::new(Held { ids, hits });
        Some(Arc::clone(&state.held))
    }

    /// Shares of rows that meet a lock or vanish from the results, asked once a job.
    pub(crate) fn shares(&self) -> (f64, f64) {
        let mut shares = (0.0, 0.0);
        for known in self.state().live() {
            match known.fault {
                Fault::LockRows { share } => shares.0 = share,
                Fault::MissingResults { share } => shares.1 = share,
                _ => {}
            }
        }
        shares
    }

    /// Counts the rows of a job that met a lock or vanished.
    pub(crate) fn count_shares(&self, (locked, missing): (u64, u64)) {
        for known in self.state().live() {
            match known.fault {
                Fault::LockRows { .. } => known.hits += locked,
                Fault::MissingResults { .. } => known.hits += missing,
                _ => {}
            }
        }
    }

    /// Takes the next job's end, if one is ordered: after how many rows, and which.
    pub(crate) fn take_job_end(&self) -> Option<(u64, JobEnd)> {
        let mut state = self.state();
        state.live().find_map(|known| {
            let end = match known.fault {
                Fault::JobFails { after_rows } => (after_rows, JobEnd::Failed),
                Fault::JobAborted { after_rows } => (after_rows, JobEnd::Aborted),
                Fault::JobDeleted { after_rows } => (after_rows, JobEnd::Deleted),
                _ => return None,
            };
            known.hits += 1;
            known.over = true;
            Some(end)
        })
    }

    /// How fast Bulk loads may go, in rows a second.
    pub(crate) fn job_speed(&self) -> Option<u64> {
        self.state().live().find_map(|known| match known.fault {
            Fault::JobSpeed { rows_per_second } => Some(rows_per_second),
            _ => None,
        })
    }

    /// Waits until `end`; `stop`, or a change of the faults, ends the waiting as well.
    pub(crate) fn wait_until(&self, end: Instant, stop: impl Fn() -> bool) {
        let state = self.state();
        let left = end.saturating_duration_since(Instant::now());
        if !left.is_zero() && !stop() {
            // Whether it was a change or the time, whoever waits looks anew.
            drop(self.changed.wait_timeout(state, left.min(LOOK_AGAIN)));
        }
    }

    /// Waits while jobs are stuck; `stop` ends the waiting as well.
    pub(crate) fn wait_while_stuck(&self, stop: impl Fn() -> bool) {
        let mut state = self.state();
        let stuck = |state: &mut State| state.live().any(|known| known.fault == Fault::JobStuck);
        if stuck(&mut state) {
            state.hit(|fault| *fault == Fault::JobStuck);
        }
        while stuck(&mut state) && !stop() {
            state = self.look_again(state);
        }
    }

    /// Waits as long as finished jobs must look unfinished; `stop` ends the waiting as well.
    pub(crate) fn wait_for_results(&self, stop: impl Fn() -> bool) {
        let begun = Instant::now();
        let mut state = self.state();
        loop {
            let wait = state.live().find_map(|known| match known.fault {
                Fault::DelayResults { ms } => Some(Duration::from_millis(ms)),
                _ => None,
            });
            if wait.is_none_or(|wait| begun.elapsed() >= wait) || stop() {
                return;
            }
            state = self.look_again(state);
        }
    }

    fn look_again<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        match self.changed.wait_timeout(state, LOOK_AGAIN) {
            Ok((state, _)) => state,
            Err(poisoned) => poisoned.into_inner().0,
        }
    }

    /// Whether a stalled call must go on waiting.
    pub(crate) fn stalls(&self) -> bool {
        self.state().list.iter().any(|known| matches!(known.fault, Fault::Stall { .. }))
    }

    /// Whether results are shuffled.
    pub(crate) fn shuffles(&self) -> bool {
        self.state().shuffle
    }

    /// How long new sessions live, if that has been changed.
    pub(crate) fn lifetime(&self) -> Option<Duration> {
        self.state().lifetime
    }

    /// By how many milliseconds the org's clock is ahead.
    pub(crate) fn skew(&self) -> i64 {
        self.state().skew
    }
}

impl State {
    fn live(&mut self) -> impl Iterator<Item = &mut FaultState> {
        self.list.iter_mut().filter(|known| !known.over)
    }

    /// Counts a hit of the first fault that is switched on and meant.
    fn hit(&mut self, meant: impl Fn(&Fault) -> bool) -> Option<()> {
        let known = self.live().find(|known| meant(&known.fault))?;
        known.hits += 1;
        Some(())
    }

    /// Takes back what a fault that was switched off had set.
    fn settle(&mut self, gone: &Fault, shuffle: bool) {
        match gone {
            Fault::ShuffleResults(_) => self.shuffle = shuffle,
            Fault::SessionLifetime { .. } => self.lifetime = None,
            Fault::ClockSkew { .. } => self.skew = 0,
            _ => {}
        }
    }

    fn forget_old(&mut self) {
        while self.list.iter().filter(|known| known.over).count() > MOST_OVER
            && let Some(oldest) = self.list.iter().position(|known| known.over)
        {
            self.list.remove(oldest);
        }
    }
}

impl FaultState {
    /// Whether it hits this call; counts the calls it looked at.
    fn strikes(&mut self, method: &str, path: &str, noise: &mut Noise) -> bool {
        let Some(when) = self.fault.when().filter(|when| !self.over && when.count != Some(0)) else {
            return false;
        };
        if !when.matches(method, path) {
            return false;
        }
        self.seen += 1;
        self.seen > u64::from(when.skip) && (when.share >= 1.0 || noise.happens(when.share))
    }
}

#[cfg(test)]
mod tests {
    use super::super::When;
    use super::*;

    fn html(when: When) -> Fault {
        Fault::HtmlBody { status: 502, when }
    }

    #[test]
    fn a_fault_is_used_up_and_told_of() {
        let faults = Faults::new(true);
        faults.set(html(When { skip: 1, method: "GET".into(), ..When::next("/query") }));
        assert_eq!(faults.meet("GET", "/limits"), None);
        assert_eq!(faults.meet("POST", "/query"), None);
        assert_eq!(faults.meet("GET", "/query"), None, "skipped");
        assert!(faults.meet("GET", "/query").is_some());
        assert_eq!(faults.meet("GET", "/query"), None);
        let told = &faults.list()[0];
        assert_eq!((told.hits, told.over), (1, true));
    }

    #[test]
    fn chance_can_be_lived_through_again() {
        let day = |seed| {
            let faults = Faults::new(true);
            faults.seed(seed);
            faults.set(html(When { share: 0.3, ..When::always("") }));
            (0..50).map(|_| faults.meet("GET", "/").is_some()).collect::<Vec<_>>()
        };
        assert_eq!(day(7), day(7));
        assert_ne!(day(7), day(8));
        assert!((5..30).contains(&day(7).iter().filter(|hit| **hit).count()));
    }

    #[test]
    fn tokens_last_for_as_many_calls_as_ordered() {
        let faults = Faults::new(true);
        faults.set(Fault::ExpireAfter { calls: 2, times: Some(2) });
        let day: Vec<bool> = (0..8).map(|_| faults.tokens_expire()).collect();
        assert_eq!(day, [false, false, true, false, false, true, false, false]);
    }

    #[test]
    fn what_one_fault_set_goes_with_it() {
        let faults = Faults::new(true);
        let skew = faults.set(Fault::ClockSkew { seconds: -90 });
        let lock = faults.set(Fault::LockRows { share: 1.0 });
        assert_eq!(faults.skew(), -90_000);
        assert!(faults.row_locked());
        assert!(faults.end(skew) && faults.end(lock) && !faults.end(lock));
        assert_eq!(faults.skew(), 0);
        assert!(!faults.row_locked());
    }
}

//! Bad days on order: faults that a test or a curious person can switch on.

use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::database::lock;
use super::noise::Noise;

/// One thing that goes wrong. In JSON a fault is its name in snake case with its settings:
/// `{"fail_next": {"status": 503, "code": "SERVER_UNAVAILABLE", "count": 2}}` or `"expire_tokens"`.
///
/// `count` is how many calls are hit before the fault is used up; missing, it is 1. `path_contains` limits a fault to
/// calls whose path holds this text; missing or empty, it hits every call. Calls to `/practice/…` are never hit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Every access token given out so far stops working; signing in again helps. Happens once, at once.
    ExpireTokens,
    /// Access tokens given out from now on live this long.
    SessionLifetime {
        /// Seconds until a token expires.
        seconds: u64,
    },
    /// Calls fail with this status and error code, and are not carried out.
    FailNext {
        /// HTTP status.
        status: u16,
        /// Salesforce's error code.
        code: String,
        /// The whole body, instead of a JSON array with the code.
        #[serde(default)]
        body: Option<String>,
        /// Calls to hit.
        #[serde(default = "once")]
        count: u32,
        /// Part of the path of the calls to hit.
        #[serde(default)]
        path_contains: String,
    },
    /// Calls are turned away with `SERVER_UNAVAILABLE` and a `Retry-After` header.
    RetryAfter {
        /// HTTP status, 503 or 429.
        status: u16,
        /// Value of the header.
        seconds: u64,
        /// Calls to hit.
        #[serde(default = "once")]
        count: u32,
        /// Part of the path of the calls to hit.
        #[serde(default)]
        path_contains: String,
    },
    /// The connection breaks instead of an answer.
    DropConnectionAfter {
        /// Whether the call is carried out first, so that only its answer is lost.
        processed: bool,
        /// Part of the path of the calls to hit.
        #[serde(default)]
        path_contains: String,
        /// Calls to hit.
        #[serde(default = "once")]
        count: u32,
    },
    /// Every answer waits this long. Stays until faults are cleared.
    SlowAnswers {
        /// Milliseconds.
        ms: u64,
    },
    /// Rows fail with `UNABLE_TO_LOCK_ROW`. Stays until faults are cleared.
    LockRows {
        /// Share of rows, 0.0 to 1.0.
        share: f64,
    },
    /// Calls fail with `REQUEST_LIMIT_EXCEEDED` as if the day's quota were used up. Stays until faults are cleared.
    RequestLimit,
    /// The next Bulk ingest job fails after this many rows; the rest is unprocessed.
    JobFails {
        /// Rows processed before, rounded up to a whole chunk of 200.
        after_rows: u64,
    },
    /// Bulk loads go no faster than this. Stays until faults are cleared.
    JobSpeed {
        /// Rows a second.
        rows_per_second: u64,
    },
    /// Bulk ingest jobs stay InProgress. Stays until faults are cleared.
    JobStuck,
    /// Whether Bulk results come in another order than the rows came in. Stays until changed.
    ShuffleResults(bool),
    /// Rows of Bulk ingest jobs that appear in none of the three result sets. Stays until faults are cleared.
    MissingResults {
        /// Share of rows, 0.0 to 1.0.
        share: f64,
    },
    /// Calls get a page of HTML, as from a proxy or a maintenance screen, and are not carried out.
    HtmlBody {
        /// HTTP status.
        status: u16,
        /// Calls to hit.
        #[serde(default = "once")]
        count: u32,
        /// Part of the path of the calls to hit.
        #[serde(default)]
        path_contains: String,
    },
    /// Answers break off in the middle.
    TruncateAnswer {
        /// Calls to hit.
        #[serde(default = "once")]
        count: u32,
        /// Part of the path of the calls to hit.
        #[serde(default)]
        path_contains: String,
    },
}

/// How long a wait may miss that it has become pointless.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

fn once() -> u32 {
    1
}

/// What a call meets instead of its handler, or after it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mishap {
    /// This status and body; the text is the `Retry-After` header.
    Answer { status: u16, html: bool, body: String, retry_after: Option<u64> },
    /// A broken connection, after the work or before it.
    Drop { processed: bool },
    /// Half an answer.
    Truncate,
}

struct State {
    active: Vec<Fault>,
    noise: Noise,
    shuffle: bool,
    lifetime: Option<Duration>,
}

/// The faults that are switched on.
pub(crate) struct Faults {
    state: Mutex<State>,
    changed: Condvar,
    shuffle_at_start: bool,
}

impl Faults {
    /// No faults; results are shuffled or not.
    pub(crate) fn new(shuffle: bool) -> Self {
        let state = State { active: Vec::new(), noise: Noise::new(20_260_102), shuffle, lifetime: None };
        Faults { state: Mutex::new(state), changed: Condvar::new(), shuffle_at_start: shuffle }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Switches a fault on. `ExpireTokens` is not kept: whoever calls has already dealt with it.
    pub(crate) fn set(&self, fault: Fault) {
        let mut state = self.state();
        match fault {
            Fault::ShuffleResults(shuffle) => state.shuffle = shuffle,
            Fault::SessionLifetime { seconds } => state.lifetime = Some(Duration::from_secs(seconds)),
            Fault::ExpireTokens => {}
            other => state.active.push(other),
        }
        self.changed.notify_all();
    }

    /// Switches everything off.
    pub(crate) fn clear(&self) {
        let mut state = self.state();
        state.active.clear();
        state.shuffle = self.shuffle_at_start;
        state.lifetime = None;
        self.changed.notify_all();
    }

    /// What happens to a call on this path; used-up faults go.
    pub(crate) fn meet(&self, path: &str) -> Option<Mishap> {
        let mut state = self.state();
        let place = state.active.iter_mut().position(|fault| fault.hits(path))?;
        let mishap = state.active[place].mishap();
        if state.active[place].target().is_some_and(|(count, _)| *count == 0) {
            state.active.remove(place);
        }
        mishap
    }

    /// How long an answer waits.
    pub(crate) fn delay(&self) -> Option<Duration> {
        self.state().active.iter().find_map(|fault| match fault {
            Fault::SlowAnswers { ms } => Some(Duration::from_millis(*ms)),
            _ => None,
        })
    }

    /// Whether the day's quota counts as used up.
    pub(crate) fn limit_reached(&self) -> bool {
        self.state().active.contains(&Fault::RequestLimit)
    }

    /// Whether a row meets a lock.
    pub(crate) fn row_locked(&self) -> bool {
        let mut state = self.state();
        let share = state.active.iter().find_map(|fault| match fault {
            Fault::LockRows { share } => Some(*share),
            _ => None,
        });
        share.is_some_and(|share| state.noise.happens(share))
    }

    /// Share of rows that meet a lock or vanish from the results, asked once a job.
    pub(crate) fn shares(&self) -> (f64, f64) {
        let state = self.state();
        let mut shares = (0.0, 0.0);
        for fault in &state.active {
            match fault {
                Fault::LockRows { share } => shares.0 = *share,
                Fault::MissingResults { share } => shares.1 = *share,
                _ => {}
            }
        }
        shares
    }

    /// Takes the next job's failure, if one is ordered.
    pub(crate) fn take_job_failure(&self) -> Option<u64> {
        let mut state = self.state();
        let place = state.active.iter().position(|fault| matches!(fault, Fault::JobFails { .. }))?;
        match state.active.remove(place) {
            Fault::JobFails { after_rows } => Some(after_rows),
            _ => None,
        }
    }

    /// How fast Bulk loads may go, in rows a second.
    pub(crate) fn job_speed(&self) -> Option<u64> {
        self.state().active.iter().rev().find_map(|fault| match fault {
            Fault::JobSpeed { rows_per_second } => Some(*rows_per_second),
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
        while state.active.contains(&Fault::JobStuck) && !stop() {
            state = match self.changed.wait_timeout(state, LOOK_AGAIN) {
                Ok((state, _)) => state,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// Whether results are shuffled.
    pub(crate) fn shuffles(&self) -> bool {
        self.state().shuffle
    }

    /// How long new sessions live, if that has been changed.
    pub(crate) fn lifetime(&self) -> Option<Duration> {
        self.state().lifetime
    }
}

impl Fault {
    /// How many calls are left to hit and where, for the faults that hit calls.
    fn target(&mut self) -> Option<(&mut u32, &str)> {
        match self {
            Fault::FailNext { count, path_contains, .. }
            | Fault::RetryAfter { count, path_contains, .. }
            | Fault::DropConnectionAfter { count, path_contains, .. }
            | Fault::HtmlBody { count, path_contains, .. }
            | Fault::TruncateAnswer { count, path_contains } => Some((count, path_contains)),
            _ => None,
        }
    }

    /// Whether a call on this path is hit; counts it if so.
    fn hits(&mut self, path: &str) -> bool {
        let Some((count, part)) = self.target() else {
            return false;
        };
        let hit = *count > 0 && path.contains(part);
        *count -= u32::from(hit);
        hit
    }

    fn mishap(&self) -> Option<Mishap> {
        const PAGE: &str =
            "<html><head><title>Maintenance</title></head><body><h1>We are down for maintenance</h1></body></html>";
        let refusal = |code: &str| serde_json::json!([{"message": message_of(code), "errorCode": code}]).to_string();
        match self {
            Fault::FailNext { status, code, body, .. } => Some(Mishap::Answer {
                status: *status,
                html: false,
                body: body.clone().unwrap_or_else(|| refusal(code)),
                retry_after: None,
            }),
            Fault::RetryAfter { status, seconds, .. } => Some(Mishap::Answer {
                status: *status,
                html: false,
                body: refusal("SERVER_UNAVAILABLE"),
                retry_after: Some(*seconds),
            }),
            Fault::HtmlBody { status, .. } => {
                Some(Mishap::Answer { status: *status, html: true, body: PAGE.into(), retry_after: None })
            }
            Fault::DropConnectionAfter { processed, .. } => Some(Mishap::Drop { processed: *processed }),
            Fault::TruncateAnswer { .. } => Some(Mishap::Truncate),
            _ => None,
        }
    }
}

fn message_of(code: &str) -> &'static str {
    match code {
        "SERVER_UNAVAILABLE" => "The server is too busy to respond. Please try again later.",
        "REQUEST_LIMIT_EXCEEDED" => "TotalRequests Limit exceeded.",
        "UNABLE_TO_LOCK_ROW" => "unable to obtain exclusive access to this record",
        "INVALID_SESSION_ID" => "Session expired or invalid",
        _ => "An unexpected error occurred.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_read_from_json() {
        for (json, fault) in [
            (r#""expire_tokens""#, Fault::ExpireTokens),
            (r#"{"shuffle_results": false}"#, Fault::ShuffleResults(false)),
            (r#"{"job_fails": {"after_rows": 400}}"#, Fault::JobFails { after_rows: 400 }),
            (
                r#"{"fail_next": {"status": 503, "code": "SERVER_UNAVAILABLE"}}"#,
                Fault::FailNext {
                    status: 503,
                    code: "SERVER_UNAVAILABLE".into(),
                    body: None,
                    count: 1,
                    path_contains: String::new(),
                },
            ),
        ] {
            assert_eq!(serde_json::from_str::<Fault>(json).unwrap(), fault);
        }
    }

    #[test]
    fn a_fault_is_used_up() {
        let faults = Faults::new(true);
        faults.set(Fault::HtmlBody { status: 502, count: 1, path_contains: "/query".into() });
        assert_eq!(faults.meet("/services/data/v67.0/limits"), None);
        assert!(faults.meet("/services/data/v67.0/query").is_some());
        assert_eq!(faults.meet("/services/data/v67.0/query"), None);
    }
}

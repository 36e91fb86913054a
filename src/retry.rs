//! The only place that waits and tries again.
//!
//! Whoever fails says whether trying again can help ([`Transient`]); [`patiently`] decides when, and how often. If two layers
//! retried, five tries times five would be twenty-five.

use crate::cancel::{Cancel, Cancelled};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// How patient to be. Waits grow twofold from `first` to `longest`, each lengthened by up to a quarter so that many clients
/// do not come back at the same moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetryPolicy {
    /// Tries in all, the first one included. Default 5.
    pub attempts: u32,
    /// Milliseconds before the second try. Default 500.
    pub first_ms: u64,
    /// Milliseconds that no single wait exceeds, unless the other side asks for more. Default 60,000.
    pub longest_ms: u64,
    /// Seconds after which no further try is begun. Default 900.
    pub total_s: u64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy { attempts: 5, first_ms: 500, longest_ms: 60_000, total_s: 900 }
    }
}

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It cannot: the answer will be the same.
    No,
    /// It can, after the time that the other side asked for, or whenever we like.
    Yes {
        /// What the other side asked for.
        after: Option<Duration>,
    },
}

/// An error that knows whether trying again can help.
pub trait Transient {
    /// Whether trying again can help.
    fn again(&self) -> Again;
}

/// Why [`patiently`] came back without a result.
#[derive(Debug)]
pub enum GaveUp<E> {
    /// The last error, after so many tries.
    Failed {
        /// What the last try said.
        error: E,
        /// Tries made.
        attempts: u32,
        /// Time since the first try began.
        spent: Duration,
    },
    /// Somebody asked to stop while we waited.
    Cancelled,
}

/// A wait before another try, told so that people see why nothing moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which try failed, counted from 1.
    pub attempt: u32,
    /// How long we wait now.
    pub wait: Duration,
    /// What the try said.
    pub because: String,
}

/// Calls `work` until it succeeds, fails for good, or patience ends.
pub fn patiently<T, E: Transient + std::fmt::Display>(
    policy: &RetryPolicy,
    cancel: &Cancel,
    tell: &mut dyn FnMut(Waiting),
    mut work: impl FnMut() -> Result<T, E>,
) -> Result<T, GaveUp<E>> {
    let begun = Instant::now();
    let mut attempt = 1;
    loop {
        let error = match work() {
            Ok(result) => return Ok(result),
            Err(error) => error,
        };
        let spent = begun.elapsed();
        let Again::Yes { after } = error.again() else {
            return Err(GaveUp::Failed { error, attempts: attempt, spent });
        };
        let wait = after.unwrap_or_else(|| policy.wait(attempt));
        if attempt >= policy.attempts || spent + wait > Duration::from_secs(policy.total_s) {
            return Err(GaveUp::Failed { error, attempts: attempt, spent });
        }
        tell(Waiting { attempt, wait, because: error.to_string() });
        cancel.sleep(wait).map_err(|Cancelled| GaveUp::Cancelled)?;
        attempt += 1;
    }
}

impl RetryPolicy {
    /// How long to wait after try number `attempt`, counted from 1.
    pub fn wait(&self, attempt: u32) -> Duration {
        let doubled = self.first_ms.saturating_mul(1 << (attempt - 1).min(20)).min(self.longest_ms);
        Duration::from_millis(doubled + doubled / 4 * u64::from(jitter()) / 255)
    }
}

/// A byte that differs between processes and calls; not for secrets.
fn jitter() -> u8 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::process::id()).to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("busy")]
    struct Busy(Again);
    impl Transient for Busy {
        fn again(&self) -> Again {
            self.0
        }
    }

    fn quick() -> RetryPolicy {
        RetryPolicy { first_ms: 0, longest_ms: 0, ..RetryPolicy::default() }
    }

    #[test]
    fn a_passing_fault_is_tried_again_and_a_final_one_is_not() {
        let mut calls = 0;
        let mut told = Vec::new();
        let result = patiently(&quick(), &Cancel::new(), &mut |waiting| told.push(waiting.attempt), || {
            calls += 1;
            if calls < 3 { Err(Busy(Again::Yes { after: None })) } else { Ok(calls) }
        });
        assert_eq!(result.unwrap(), 3);
        assert_eq!(told, [1, 2]);

        let result: Result<(), _> = patiently(&quick(), &Cancel::new(), &mut |_| (), || Err(Busy(Again::No)));
        assert!(matches!(result, Err(GaveUp::Failed { attempts: 1, .. })));
    }

    #[test]
    fn patience_ends() {
        let result: Result<(), _> =
            patiently(&quick(), &Cancel::new(), &mut |_| (), || Err(Busy(Again::Yes { after: None })));
        assert!(matches!(result, Err(GaveUp::Failed { attempts: 5, .. })));
        // The other side asks for an hour, and we have a quarter of one.
        let long = Again::Yes { after: Some(Duration::from_secs(3600)) };
        let result: Result<(), _> = patiently(&quick(), &Cancel::new(), &mut |_| (), || Err(Busy(long)));
        assert!(matches!(result, Err(GaveUp::Failed { attempts: 1, .. })));
    }
}

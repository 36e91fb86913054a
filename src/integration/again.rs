//! Trying rows again that did not get through: how often, and when by itself.

use serde::{Deserialize, Serialize};

/// How often rows that did not get through are tried, and when by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TryAgain {
    /// Runs in which a row is tried, the first one included; afterwards only a person retries it. Default 5.
    pub tries: u32,
    /// When rows are tried again by themselves whose failure time heals: locks, busy automation, maintenance. Default: never.
    pub when: WhenAgain,
}

impl Default for TryAgain {
    fn default() -> Self {
        TryAgain { tries: 5, when: WhenAgain::Manual }
    }
}

/// When rows are tried again by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenAgain {
    /// Never: a person says so.
    #[default]
    Manual,
    /// So many minutes after the run ended.
    Every {
        /// Minutes.
        minutes: u32,
    },
    /// After a time that doubles with each try.
    Backoff {
        /// Minutes before the second try.
        first: u32,
        /// Most minutes.
        most: u32,
    },
}

impl WhenAgain {
    /// Milliseconds from the end of a run in which a row was tried for the `tries`th time to its next try; `None` when only a
    /// person starts it.
    pub fn after(self, tries: u32) -> Option<i64> {
        let minutes = match self {
            WhenAgain::Manual => return None,
            WhenAgain::Every { minutes } => i64::from(minutes),
            WhenAgain::Backoff { first, most } => {
                let doubled = i64::from(first) << tries.saturating_sub(1).min(20);
                doubled.min(i64::from(most.max(first)))
            }
        };
        Some(minutes * 60_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_their_limit() {
        let minutes = |when: WhenAgain, tries| when.after(tries).map(|ms| ms / 60_000);
        assert_eq!(minutes(WhenAgain::Manual, 1), None);
        assert_eq!(minutes(WhenAgain::Every { minutes: 10 }, 4), Some(10));
        let backoff = WhenAgain::Backoff { first: 5, most: 30 };
        assert_eq!([1, 2, 3, 4, 90].map(|tries| minutes(backoff, tries)), [5, 10, 20, 30, 30].map(Some));
    }
}

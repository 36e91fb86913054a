//! What a pass comes to, in numbers.

use serde::{Deserialize, Serialize};

/// What a pass over a step comes to. Every record that was read is in one of the sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SyncCounts {
    /// Records read at each end, left and right.
    pub read: [u64; 2],
    /// Pairs known before.
    pub known: u64,
    /// Pairs found now.
    pub paired: u64,
    /// Records that will be made at each end.
    pub create: [u64; 2],
    /// Records that will be changed at each end.
    pub change: [u64; 2],
    /// Records that will be deleted at each end.
    pub delete: [u64; 2],
    /// Records that are alone and stay so, by the end that has them.
    pub alone: [u64; 2],
    /// Pairs of which one end is deleted, and the other stays as it is.
    pub let_go: u64,
    /// Groups of records among which a person must say who belongs to whom.
    pub ambiguous: u64,
    /// Pairs that wait for a person.
    pub conflicts: u64,
    /// Decisions of people that will be carried out.
    pub decided: u64,
    /// Pairs in step, or that will be.
    pub in_step: u64,
    /// Records without a key, by the end that has them: they take no part.
    pub no_key: [u64; 2],
    /// Records whose key another one has too, by the end that has them: they take no part.
    pub doubled: [u64; 2],
    /// Records that cannot be read, by the end that has them.
    pub unreadable: [u64; 2],
    /// Seconds by which the clock of the right end is ahead of the one here.
    pub clock_ahead: i64,
    /// Whether the whole of the right end was read, or only what has changed.
    pub full: bool,
}

impl SyncCounts {
    /// Records that are written at both ends.
    pub fn writes(&self) -> u64 {
        [self.create, self.change, self.delete].iter().flatten().sum()
    }
}

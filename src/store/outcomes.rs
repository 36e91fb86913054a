//! What became of each row: one entry for (run, step, row), written once.

use crate::connect::Outcome;
use serde::Serialize;

/// How many rows had which outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally([u64; Outcome::ALL.len()]);

impl Tally {
    /// How many had this outcome.
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.0[outcome as usize]
    }

    /// Counts rows of one outcome.
    pub fn add(&mut self, outcome: Outcome, rows: u64) {
        self.0[outcome as usize] += rows;
    }

    /// All rows with an outcome.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Rows that need attention.
    pub fn attention(&self) -> u64 {
        Outcome::ALL.into_iter().filter(|outcome| outcome.wants_attention()).map(|outcome| self.of(outcome)).sum()
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine += theirs);
    }
}

//! How fast a load may go, when somebody wants to watch it.

use std::time::{Duration, Instant};

/// How far ahead of its time a load may be before it waits.
const SLACK: Duration = Duration::from_millis(20);

/// A speed, and when it was taken up.
#[derive(Debug)]
pub(super) struct Pace {
    rows_per_second: u64,
    begun: Instant,
    rows: u64,
}

impl Pace {
    /// As fast as possible.
    pub(super) fn free() -> Self {
        Pace { rows_per_second: 0, begun: Instant::now(), rows: 0 }
    }

    /// Takes up a speed; 0 is as fast as possible.
    pub(super) fn set(&mut self, rows_per_second: u64) {
        if self.rows_per_second != rows_per_second {
            *self = Pace { rows_per_second, ..Pace::free() };
        }
    }

    /// Counts rows that are done.
    pub(super) fn count(&mut self, rows: u64) {
        self.rows += rows;
    }

    /// When the load may go on, if that is not now.
    pub(super) fn wait(&self) -> Option<Instant> {
        if self.rows_per_second == 0 {
            return None;
        }
        let due = self.begun + Duration::from_secs_f64(self.rows as f64 / self.rows_per_second as f64);
        (due > Instant::now() + SLACK).then_some(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_holds_back() {
        let mut pace = Pace::free();
        pace.count(1_000_000);
        assert_eq!(pace.wait(), None);
        pace.set(1000);
        pace.count(200);
        let due = pace.wait().unwrap();
        assert_eq!(due - pace.begun, Duration::from_millis(200));
        pace.set(1000);
        assert_eq!(pace.wait(), Some(due), "the same speed again changes nothing");
        pace.set(0);
        assert_eq!(pace.wait(), None);
    }
}

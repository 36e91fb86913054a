//! Cancel: one wish to stop that many threads can see.
//!
//! A first request stops reading and starting; a write in flight is still awaited, because only its answer tells what became
//! of its rows. A second request forces: nothing is awaited any more, and rows whose answer is missing say so.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A wish to stop, shared by cloning.
#[derive(Clone, Default)]
pub struct Cancel(Arc<Shared>);

#[derive(Default)]
struct Shared {
    requests: Mutex<u32>,
    changed: Condvar,
}

/// Somebody asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

impl Cancel {
    /// A wish that nobody has uttered yet.
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Asks to stop; asked twice, it forces.
    pub fn request(&self) {
        *self.requests() += 1;
        self.0.changed.notify_all();
    }

    /// Whether somebody asked to stop.
    pub fn requested(&self) -> bool {
        *self.requests() > 0
    }

    /// Whether somebody asked twice: do not even await what is in flight.
    pub fn forced(&self) -> bool {
        *self.requests() > 1
    }

    /// `Err` once somebody asked to stop; for use between two pieces of work.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.requested() { Err(Cancelled) } else { Ok(()) }
    }

    /// Sleeps for `time`, or until somebody asks to stop.
    pub fn sleep(&self, time: Duration) -> Result<(), Cancelled> {
        let until = Instant::now() + time;
        let mut requests = self.requests();
        loop {
            if *requests > 0 {
                return Err(Cancelled);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            requests = self.0.changed.wait_timeout(requests, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn requests(&self) -> std::sync::MutexGuard<'_, u32> {
        // A number cannot be left half-changed by a panic.
        self.0.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_ends_a_sleep_at_once() {
        let cancel = Cancel::new();
        let other = cancel.clone();
        let asleep = std::thread::spawn(move || other.sleep(Duration::from_secs(600)));
        cancel.request();
        assert_eq!(asleep.join().unwrap(), Err(Cancelled));
        assert!(!cancel.forced());
        cancel.request();
        assert!(cancel.forced());
    }
}

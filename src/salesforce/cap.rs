//! A limit on calls that holds whatever the callers do: beyond it nothing is sent.

use super::{Org, OrgError, lock};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Calls that may still be made, counted down by all orgs that share it. Clones share one count.
#[derive(Debug, Clone, Default)]
pub struct CallCap(Option<Arc<AtomicU64>>);

impl CallCap {
    /// So many calls; any number with `None`.
    pub fn new(calls: Option<u64>) -> CallCap {
        CallCap(calls.map(|calls| Arc::new(AtomicU64::new(calls))))
    }

    /// How many are left; `None` where there is no limit.
    pub fn left(&self) -> Option<u64> {
        self.0.as_ref().map(|left| left.load(Ordering::SeqCst))
    }

    /// Takes one call, or says that none is left.
    fn take(&self) -> bool {
        let Some(left) = &self.0 else { return true };
        left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

impl Org {
    /// Makes no more calls than the cap has left, from now on.
    pub fn cap_calls(&self, cap: &CallCap) {
        *lock(&self.0.cap) = cap.clone();
    }

    /// Takes a call from the cap before it is made.
    pub(super) fn spend(&self, metered: bool) -> Result<(), OrgError> {
        if !metered || lock(&self.0.cap).take() {
            return Ok(());
        }
        Err(OrgError::Unaskable {
            why: "the run has made as many API calls as it may".to_owned(),
            hint: "Raise the limit of API calls in its options, then continue the run.".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_is_never_crossed_and_clones_share_it() {
        let cap = CallCap::new(Some(1_000));
        let taken: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    let cap = cap.clone();
                    scope.spawn(move || (0..400).filter(|_| cap.take()).count())
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!((taken, cap.left()), (1_000, Some(0)));
        assert!(CallCap::new(None).take());
    }
}

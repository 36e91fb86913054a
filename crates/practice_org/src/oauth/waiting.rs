//! What waits for somebody between two calls: a consent page for its answer, a code for its exchange, a device for its
//! user, a one-time address for its visit. Nothing of it outlives the org, and nothing waits for long.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::consent::Asked;
use super::device::Device;
use super::grants::code::Approved;
use crate::database::lock;
use crate::time::{self, Millis};

/// Minutes as milliseconds.
pub(crate) const MINUTE: Millis = 60_000;
/// Things of one kind that wait at the same time; the one whose time is up first goes when there are more.
const MOST: usize = 500;

/// Everything that waits.
#[derive(Default)]
pub(crate) struct Waiting {
    /// Consent pages, by the ticket in their form.
    pub(crate) consents: Shelf<Asked>,
    /// Authorization codes.
    pub(crate) codes: Shelf<Approved>,
    /// Devices, by their device code.
    pub(crate) devices: Shelf<Device>,
    /// One-time addresses, with the user who may open them.
    pub(crate) passes: Shelf<String>,
}

/// Things of one kind, each with a key and an end.
pub(crate) struct Shelf<T>(Mutex<BTreeMap<String, (Millis, T)>>);

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Shelf(Mutex::default())
    }
}

impl<T: Clone> Shelf<T> {
    /// Keeps a thing for so long.
    pub(crate) fn keep(&self, key: String, life: Millis, thing: T) {
        let now = time::now_exact();
        let mut things = lock(&self.0);
        things.retain(|_, (end, _)| now < *end);
        if things.len() >= MOST
            && let Some(first) = things.iter().min_by_key(|(_, (end, _))| *end).map(|(key, _)| key.clone())
        {
            things.remove(&first);
        }
        things.insert(key, (now + life, thing));
    }

    /// Takes a thing away, so that nobody else gets it.
    pub(crate) fn take(&self, key: &str) -> Option<T> {
        let (end, thing) = lock(&self.0).remove(key)?;
        (time::now_exact() < end).then_some(thing)
    }

    /// Changes a thing where it lies.
    pub(crate) fn change<R>(&self, key: &str, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut things = lock(&self.0);
        let (end, thing) = things.get_mut(key)?;
        (time::now_exact() < *end).then(|| change(thing))
    }

    /// The first thing of a kind, with its key.
    pub(crate) fn find(&self, wanted: impl Fn(&T) -> bool) -> Option<(String, T)> {
        let now = time::now_exact();
        let things = lock(&self.0);
        let found = things.iter().find(|(_, (end, thing))| now < *end && wanted(thing));
        found.map(|(key, (_, thing))| (key.clone(), thing.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_go_when_taken_when_late_and_when_too_many() {
        let shelf = Shelf::default();
        shelf.keep("a".into(), MINUTE, 1);
        assert_eq!(shelf.take("a"), Some(1));
        assert_eq!(shelf.take("a"), None);
        shelf.keep("late".into(), -1, 2);
        assert_eq!(shelf.change("late", |thing| *thing), None);
        assert_eq!(shelf.take("late"), None);
        for number in 0..MOST + 1 {
            shelf.keep(format!("{number:04}"), MINUTE + number as Millis, 3);
        }
        assert_eq!(shelf.take("0000"), None);
        assert_eq!(shelf.find(|_| true), Some(("0001".into(), 3)));
    }
}

//! What is half done on the screen of the practice org.

use crate::workspace::{BadDay, Held, Seed};
use std::collections::{BTreeMap, BTreeSet};

/// What stands beside the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tab {
    /// The bad days.
    #[default]
    BadDays,
    /// The objects and their counts.
    Objects,
    /// What another program needs to sign in.
    SignIn,
}

/// A reset that is being decided.
#[derive(Debug, Clone)]
pub(crate) struct ResetDraft {
    /// The world chosen.
    pub word: &'static str,
    /// Objects and records of a large world.
    pub large: Vec<(&'static str, u64)>,
    /// Whether a snapshot is taken first.
    pub keep: bool,
}

impl Default for ResetDraft {
    fn default() -> Self {
        let large = vec![("Account", 10_000), ("Contact", 20_000), ("Opportunity", 5_000)];
        ResetDraft { word: "demo", large, keep: true }
    }
}

impl ResetDraft {
    /// The world, once it can be planted.
    pub(crate) fn seed(&self) -> Option<Seed> {
        match self.word {
            "large" => {
                let counts: BTreeMap<_, _> = self.large.iter().filter(|(_, count)| *count > 0).copied().collect();
                let counts: BTreeMap<_, _> = counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
                (!counts.is_empty()).then_some(Seed::Large(counts))
            }
            word => word.parse().ok(),
        }
    }
}

/// What is half done.
#[derive(Debug, Default)]
pub struct PracticeDraft {
    /// What stands beside the log.
    pub(crate) tab: Tab,
    /// The forms of bad days that somebody has changed.
    pub(crate) held: BTreeMap<&'static str, Vec<Held>>,
    /// Secrets that are shown.
    pub(crate) revealed: BTreeSet<&'static str>,
    /// What was copied last, and until when that is said.
    pub(crate) copied: Option<(String, i64)>,
    /// Whether objects without records are listed, too.
    pub(crate) all_objects: bool,
    /// Whether objects stand in the order of their names.
    pub(crate) by_name: bool,
    /// The last call that is listed, while the list stands still.
    pub(crate) paused: Option<u64>,
    /// Calls up to this number are no longer listed.
    pub(crate) cleared: u64,
    /// Whether only calls are listed that a bad day has hit.
    pub(crate) only_hit: bool,
    /// The call whose detail is open.
    pub(crate) call: Option<u64>,
    /// Whether that call is brought into view.
    pub(crate) show_call: bool,
    /// A reset that is being decided.
    pub(crate) reset: Option<ResetDraft>,
    /// The name of a snapshot, while it is typed.
    pub(crate) snapshot: Option<String>,
    /// The snapshot to go back to, while it is being chosen.
    pub(crate) restore: Option<Option<String>>,
}

impl PracticeDraft {
    /// What the form of a bad day holds.
    pub(crate) fn held(&mut self, day: &BadDay) -> &mut Vec<Held> {
        self.held.entry(day.key).or_insert_with(|| day.at_first())
    }
}

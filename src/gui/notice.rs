//! What ended in the background, went wrong or is worth knowing: toasts first, then the history behind the bell.

use super::event::Answer;
use super::theme::Meaning;
use crate::integration::Integration;
use crate::integration::exchange::LeftOut;
use crate::store::{RunId, RunState};
use crate::workspace::{WorkspaceError, Written};
use std::sync::Arc;

/// Milliseconds that a toast stays.
const TOAST_MS: i64 = 6_000;
/// Milliseconds that a toast of something bad, or with something to do, stays.
const LONG_TOAST_MS: i64 = 12_000;
/// Notices kept.
const MOST: usize = 100;

/// Where a notice leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A run.
    Run(RunId),
    /// The orgs.
    Orgs,
    /// The integrations.
    Integrations,
    /// The conflicts.
    Conflicts,
}

/// What a notice offers.
#[derive(Debug, Clone)]
pub enum Offer {
    /// To bring a deleted integration back.
    Restore(Arc<Integration>),
    /// To copy a path.
    CopyPath(String),
    /// To show what was left out of a file, under this heading.
    LeftOut(String, Arc<[LeftOut]>),
}

/// One notice.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Its number.
    pub number: u64,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What it says by its colour.
    pub meaning: Meaning,
    /// The sentence.
    pub text: String,
    /// What to do.
    pub hint: Option<String>,
    /// Where it leads.
    pub place: Option<Place>,
    /// What it offers.
    pub offer: Option<Offer>,
}

/// All notices, oldest first.
#[derive(Debug, Default)]
pub struct Notices {
    list: Vec<Notice>,
    count: u64,
}

impl Notices {
    /// All, newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Notice> {
        self.list.iter().rev()
    }

    /// Those that still stand as toasts, oldest first.
    pub fn toasts(&self, now: i64) -> impl Iterator<Item = &Notice> {
        self.list.iter().filter(move |notice| now < notice.stays_until())
    }

    /// How many came after the one of that number.
    pub fn since(&self, number: u64) -> usize {
        self.list.iter().filter(|notice| notice.number > number).count()
    }

    /// The number of the newest.
    pub fn newest(&self) -> u64 {
        self.count
    }

    /// Something went well.
    pub fn good(&mut self, now: i64, text: impl Into<String>, place: Option<Place>) {
        self.add(now, Meaning::Good, text.into(), None, place, None);
    }

    /// Something is worth knowing.
    pub fn say(&mut self, now: i64, text: impl Into<String>) {
        self.add(now, Meaning::Information, text.into(), None, None, None);
    }

    /// Something was done, and what to know besides.
    pub fn done(&mut self, now: i64, text: String, hint: Option<String>) {
        self.add(now, Meaning::Good, text, hint, None, None);
    }

    /// Somebody should look.
    pub fn attention(&mut self, now: i64, text: String, place: Option<Place>) {
        self.add(now, Meaning::Attention, text, None, place, None);
    }

    /// Something went wrong.
    pub fn bad(&mut self, now: i64, error: WorkspaceError, place: Option<Place>) {
        self.add(now, Meaning::Bad, error.message, error.hint, place, None);
    }

    /// One or the other.
    pub fn result(&mut self, now: i64, answer: Answer<String>, place: Option<Place>) {
        match answer {
            Ok(text) => self.good(now, text, place),
            Err(error) => self.bad(now, error, place),
        }
    }

    pub(super) fn deleted(&mut self, now: i64, integration: Arc<Integration>) {
        let text = format!("\"{}\" was deleted", integration.name);
        self.add(now, Meaning::Information, text, None, None, Some(Offer::Restore(integration)));
    }

    pub(super) fn exported(&mut self, now: i64, answer: Answer<Written>) {
        match answer {
            Ok(written) => {
                let path = written.path.display().to_string();
                let rows = super::format::count(written.rows, "row", "rows");
                let text = format!("{rows} written to {path}");
                self.add(now, Meaning::Good, text, None, None, Some(Offer::CopyPath(path)));
            }
            Err(error) => self.bad(now, error, None),
        }
    }

    /// A file was written, or not; what its form cannot say is told.
    pub(super) fn written(&mut self, now: i64, answer: Answer<String>, left_out: Vec<LeftOut>) {
        let path = match answer {
            Ok(path) => path,
            Err(error) => return self.bad(now, error, None),
        };
        if left_out.is_empty() {
            self.add(now, Meaning::Good, format!("{path} is written"), None, None, Some(Offer::CopyPath(path)));
        } else {
            let title = format!("{path} is written");
            self.left_out(now, title, "does not fit into this form", left_out, None);
        }
    }

    /// Something was read or written, and this was left out of it.
    pub(super) fn left_out(
        &mut self,
        now: i64,
        title: String,
        why: &str,
        left_out: Vec<LeftOut>,
        place: Option<Place>,
    ) {
        let count = super::format::count(left_out.len() as u64, "thing", "things");
        let hint = format!("{count} in it {why}.");
        let offer = Offer::LeftOut(title.clone(), left_out.into());
        self.add(now, Meaning::Attention, title, Some(hint), place, Some(offer));
    }

    pub(super) fn run_ended(&mut self, now: i64, run: RunId, state: RunState) {
        let (meaning, text) = match state {
            RunState::Complete => (Meaning::Good, format!("Run {} is complete", run.0)),
            RunState::CompleteWithFailures => {
                (Meaning::Attention, format!("Run {} is complete, and some rows need attention", run.0))
            }
            RunState::Incomplete | RunState::Running => {
                (Meaning::Attention, format!("Run {} stopped before its end, and can be continued", run.0))
            }
            RunState::Aborted => (Meaning::Bad, format!("Run {} ended with an error", run.0)),
        };
        self.add(now, meaning, text, None, Some(Place::Run(run)), None);
    }

    fn add(
        &mut self,
        now: i64,
        meaning: Meaning,
        text: String,
        hint: Option<String>,
        place: Option<Place>,
        offer: Option<Offer>,
    ) {
        self.count += 1;
        self.list.push(Notice { number: self.count, at: now, meaning, text, hint, place, offer });
        if self.list.len() > MOST {
            self.list.remove(0);
        }
    }
}

impl Notice {
    /// Until when it stands as a toast.
    pub fn stays_until(&self) -> i64 {
        let long = self.meaning == Meaning::Bad || self.offer.is_some();
        self.at + if long { LONG_TOAST_MS } else { TOAST_MS }
    }
}

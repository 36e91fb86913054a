//! What the window asks about two-way syncs and gets, and the question whether one begins.

use super::command::{Command, Outbox};
use super::draft::DesignerDraft;
use super::event::Answer;
use super::state::{Fact, State, take_newer};
use crate::integration::Step;
use crate::store::{IntegrationId, RunId};
use crate::workspace::{Environment, IntegrationCard, StartSync, SyncLook};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Something that is asked for.
#[derive(Debug, Clone)]
pub enum SyncAsk {
    /// Say what a sync would do; neither end is written to.
    Look {
        /// The integration.
        id: IntegrationId,
        /// Whether everything is compared, and not only what has changed.
        full: bool,
        /// Names the question; a newer one ends an older one.
        ticket: u64,
    },
    /// Nobody waits for the look any more.
    StopLook,
    /// Sync.
    Begin(Box<StartSync>),
}

impl SyncAsk {
    /// What is going on, for the status bar.
    pub(super) fn working(&self) -> Option<&'static str> {
        match self {
            SyncAsk::Look { .. } => Some("Comparing both ends"),
            SyncAsk::Begin(_) => Some("Starting"),
            SyncAsk::StopLook => None,
        }
    }
}

/// What it gets.
#[derive(Debug, Clone)]
pub enum SyncTold {
    /// What a sync would do.
    Looked(u64, Answer<Arc<Vec<SyncLook>>>),
    /// What each step of a sync came to.
    Counted(RunId, Answer<Vec<SyncLook>>),
}

/// What the window knows of syncs.
#[derive(Debug, Default)]
pub struct Syncs {
    /// What a sync would do, under the number of the question.
    pub looked: Option<(u64, Fact<Arc<Vec<SyncLook>>>)>,
    /// What each step of a run came to.
    pub counts: BTreeMap<RunId, Vec<SyncLook>>,
}

impl Syncs {
    /// Takes note of what became true.
    pub fn apply(&mut self, told: SyncTold) {
        match told {
            SyncTold::Looked(ticket, answer) => take_newer(&mut self.looked, ticket, answer.into()),
            SyncTold::Counted(run, Ok(looks)) => {
                self.counts.insert(run, looks);
            }
            SyncTold::Counted(run, Err(error)) => tracing::warn!(%error, "what run {} came to is not known", run.0),
        }
    }

    /// Marks what is on its way.
    pub(super) fn sent(&mut self, ask: &SyncAsk) {
        if let SyncAsk::Look { ticket, .. } = ask {
            take_newer(&mut self.looked, *ticket, Fact::Waiting);
        }
    }
}

/// What is synced, as far as a question about it needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncOf {
    /// The integration.
    pub id: IntegrationId,
    /// What people call it.
    pub name: String,
    /// What people call its ends, left and right.
    pub ends: [String; 2],
    /// Aliases of the orgs that it writes to.
    pub orgs: Vec<String>,
    /// Whether nobody has said yes yet to its first sync.
    pub first: bool,
}

impl SyncOf {
    /// A stored one, if it goes both ways.
    pub(super) fn card(card: &IntegrationCard) -> Option<SyncOf> {
        let sync = card.sync.as_ref()?;
        let (ends, orgs) = (sync.ends.clone(), sync.orgs.clone());
        Some(SyncOf { id: card.id, name: card.name.clone(), ends, orgs, first: sync.first })
    }

    /// The one on the screen of the designer, once it is stored.
    pub(super) fn design(designer: &DesignerDraft, state: &State) -> Option<SyncOf> {
        let id = designer.id?;
        let integration = designer.integration();
        let step = integration.steps.first()?;
        let stored = state.integrations.iter().flatten().find(|card| card.id == id);
        let first = stored.and_then(|card| card.sync.as_ref()).is_none_or(|sync| sync.first);
        let orgs = integration.steps.iter().flat_map(Step::orgs).map(str::to_owned).collect();
        Some(SyncOf { id, name: integration.name.clone(), ends: step.sync.as_ref()?.ends(step), orgs, first })
    }

    /// The alias of the production org that it writes to.
    pub(super) fn production(&self, state: &State) -> Option<&str> {
        let production = |alias: &&String| state.environment(alias) == Some(Environment::Production);
        self.orgs.iter().find(production).map(String::as_str)
    }
}

/// The question whether a sync begins, while it stands.
#[derive(Debug, Default)]
pub struct SyncDraft {
    /// What it is about, while it is open.
    pub of: Option<SyncOf>,
    /// Whether everything is compared, and not only what has changed.
    pub full: bool,
    /// The deletions that a person types to confirm them.
    pub typed: String,
    ticket: u64,
}

impl SyncDraft {
    /// Asks what a sync would do, and shows it.
    pub(super) fn look(&mut self, of: SyncOf, full: bool, out: &mut Outbox) {
        self.ticket += 1;
        self.full = full;
        self.typed.clear();
        out.push(Command::Sync(SyncAsk::Look { id: of.id, full, ticket: self.ticket }));
        self.of = Some(of);
    }

    /// What it would do, as far as that is known.
    pub(super) fn looked<'a>(&self, state: &'a State) -> Option<&'a Fact<Arc<Vec<SyncLook>>>> {
        state.syncs.looked.as_ref().filter(|(ticket, _)| *ticket == self.ticket).map(|(_, fact)| fact)
    }

    /// Puts the question away.
    pub(super) fn close(&mut self, out: &mut Outbox) {
        self.of = None;
        out.push(Command::Sync(SyncAsk::StopLook));
    }
}

/// Deletions of a look that a person must confirm, the most at one end; nothing where there are few.
pub(super) fn deletions(looks: &[SyncLook]) -> Option<u64> {
    looks.iter().filter_map(SyncLook::to_confirm).map(|(_, count)| count).max()
}

/// Records that a sync would write at both ends.
pub(super) fn writes(looks: &[SyncLook]) -> u64 {
    looks.iter().map(|look| look.counts.writes()).sum()
}

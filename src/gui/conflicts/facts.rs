//! What is known of conflicts: counts, the list that is looked at, by page, and the stories of those near the one on the screen.

use super::{ConflictsAsk, ConflictsDeed, ConflictsTold, Listed};
use crate::gui::event::Answer;
use crate::gui::format;
use crate::gui::notice::{Notices, Place};
use crate::gui::state::Fact;
use crate::store::{
    Answered, ConflictCard, ConflictCounts, ConflictFilter, ConflictGroup, ConflictId, Deed, IntegrationId,
};
use crate::workspace::{ConflictStory, SheetTaken, WorkspaceError};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

/// Conflicts in a page.
pub(crate) const PAGE: u64 = 200;

/// Pages kept; what came longest ago goes first.
const MOST_PAGES: usize = 12;

/// Stories kept.
const MOST_STORIES: usize = 8;

/// The facts.
#[derive(Debug, Default)]
pub struct Conflicts {
    /// How many there are, once counted.
    pub counts: Option<ConflictCounts>,
    /// The list that is looked at.
    pub list: List,
    /// What conflicts have in common, of those that this filter leaves.
    pub groups: Option<(ConflictFilter, Fact<Vec<ConflictGroup>>)>,
    /// What was decided last, newest first.
    pub deeds: Vec<Deed>,
    /// What the ends are called of the conflicts that this filter leaves.
    pub ends: Option<(ConflictFilter, Vec<String>)>,
    /// How many decisions of each integration are not written yet.
    pub decided: Vec<(IntegrationId, u64)>,
    /// How many records of each step are in step, once counted.
    pub in_step: BTreeMap<(IntegrationId, usize), Option<u64>>,
    /// What an answer to many would come to, under the number of the question.
    pub look: Option<(u64, Fact<Answered>)>,
    /// What a file of decisions would come to.
    pub sheet: Option<(PathBuf, Fact<Arc<SheetTaken>>)>,
    /// Whether many are being decided, so that nothing else is.
    pub busy: bool,
    /// Counts what was changed, so that a draft knows that it was done.
    pub turn: u64,
    /// The conflict to look at, since that turn.
    pub look_at: Option<(u64, ConflictId)>,
    groups_are_old: bool,
    counting: bool,
    stories: VecDeque<Story>,
}

/// A story, and whether something may have happened since it was read.
#[derive(Debug)]
struct Story {
    id: ConflictId,
    fact: Fact<Arc<ConflictStory>>,
    old: bool,
    asked: bool,
}

/// The conflicts of one list.
#[derive(Debug, Default)]
pub struct List {
    listed: Option<Listed>,
    /// How many there are, once counted.
    pub count: Option<u64>,
    /// Why they cannot be shown.
    pub error: Option<WorkspaceError>,
    pages: BTreeMap<u64, Vec<ConflictCard>>,
    order: VecDeque<u64>,
    asked: BTreeSet<u64>,
    old: BTreeSet<u64>,
    counting: bool,
    count_is_old: bool,
}

impl List {
    /// Whether these are the conflicts of that list.
    pub fn are_of(&self, listed: &Listed) -> bool {
        self.listed.as_ref() == Some(listed)
    }

    /// The conflict at a place, if its page is here.
    pub fn get(&self, index: u64) -> Option<&ConflictCard> {
        self.pages.get(&(index / PAGE))?.get((index % PAGE) as usize)
    }

    /// Where a conflict stands, if its page is here.
    pub fn position(&self, id: ConflictId) -> Option<u64> {
        self.pages.iter().find_map(|(page, cards)| {
            let at = cards.iter().position(|card| card.id == id)?;
            Some(page * PAGE + at as u64)
        })
    }

    /// How many are known of: counted, or at least those that are here.
    pub fn known(&self) -> u64 {
        let here = || self.pages.iter().next_back().map_or(0, |(page, cards)| page * PAGE + cards.len() as u64);
        self.count.unwrap_or_else(here)
    }

    /// Whether everything that is shown is as new as it can be.
    pub fn fresh(&self) -> bool {
        self.asked.is_empty() && self.old.is_empty()
    }

    /// The list whose search is under way.
    pub fn searching(&self) -> Option<&Listed> {
        self.listed.as_ref().filter(|listed| !listed.filter.text.is_empty() && !self.asked.is_empty())
    }

    /// What to ask for, so that the conflicts of `visible` can be shown. Those of the first page are there before they are counted.
    pub fn wanted(&self, listed: &Listed, visible: std::ops::Range<u64>) -> Vec<ConflictsAsk> {
        let mine = self.are_of(listed);
        let mut wanted = Vec::new();
        for page in visible.start / PAGE..=visible.end.saturating_sub(1).max(visible.start) / PAGE {
            let here = self.pages.contains_key(&page) && !self.old.contains(&page);
            if !mine || (!here && !self.asked.contains(&page) && self.error.is_none()) {
                wanted.push(ConflictsAsk::Page(Box::new(listed.clone()), page));
            }
        }
        if !mine || (!self.counting && (self.count.is_none() || self.count_is_old) && self.error.is_none()) {
            wanted.push(ConflictsAsk::Count(Box::new(listed.clone())));
        }
        wanted
    }

    fn turn_to(&mut self, listed: &Listed) {
        if !self.are_of(listed) {
            *self = List { listed: Some(listed.clone()), ..List::default() };
        }
    }

    /// What is here may have changed.
    fn stale(&mut self) {
        self.old = self.pages.keys().copied().collect();
        self.count_is_old = true;
    }

    fn arrived(&mut self, page: u64, cards: Vec<ConflictCard>) {
        self.order.retain(|known| *known != page);
        self.order.push_back(page);
        self.pages.insert(page, cards);
        while self.order.len() > MOST_PAGES {
            if let Some(oldest) = self.order.pop_front() {
                self.pages.remove(&oldest);
                self.old.remove(&oldest);
            }
        }
    }
}

impl Conflicts {
    /// How many wait for a decision.
    pub fn open(&self) -> u64 {
        self.counts.map_or(0, |counts| counts.open)
    }

    /// Everything about one, if it is here.
    pub fn story(&self, id: ConflictId) -> Option<&Fact<Arc<ConflictStory>>> {
        self.stories.iter().find(|story| story.id == id).map(|story| &story.fact)
    }

    /// Whether a story is to be asked for: it is not here, or may be another one by now.
    pub fn wants_story(&self, id: ConflictId) -> bool {
        let known = self.stories.iter().find(|story| story.id == id);
        known.is_none_or(|story| story.old && !story.asked)
    }

    /// The deed that is taken back next, or decided again.
    pub fn next_deed(&self, again: bool) -> Option<&Deed> {
        if again {
            // The oldest of those that were taken back without anything decided since.
            self.deeds.iter().take_while(|deed| deed.undone).last()
        } else {
            self.deeds.iter().find(|deed| !deed.undone)
        }
    }

    /// Marks what is on its way.
    pub(in crate::gui) fn sent(&mut self, ask: &ConflictsAsk) {
        match ask {
            ConflictsAsk::Groups(filter) => {
                self.groups_are_old = false;
                // What is known stays on the screen until the newer answer comes.
                if self.groups.as_ref().is_none_or(|(known, _)| known != filter) {
                    self.groups = Some((filter.clone(), Fact::Waiting));
                }
            }
            ConflictsAsk::Count(listed) => {
                self.list.turn_to(listed);
                self.list.counting = true;
                self.list.count_is_old = false;
            }
            ConflictsAsk::Page(listed, page) => {
                self.list.turn_to(listed);
                self.list.asked.insert(*page);
                self.list.old.remove(page);
            }
            ConflictsAsk::Story(id) => match self.stories.iter_mut().find(|story| story.id == *id) {
                Some(story) => (story.asked, story.old) = (true, false),
                None => {
                    self.stories.push_back(Story { id: *id, fact: Fact::Waiting, old: false, asked: true });
                    if self.stories.len() > MOST_STORIES {
                        self.stories.pop_front();
                    }
                }
            },
            ConflictsAsk::Look { ticket, .. } => self.look = Some((*ticket, Fact::Waiting)),
            ConflictsAsk::LookAtSheet(path) => self.sheet = Some((path.clone(), Fact::Waiting)),
            ConflictsAsk::Do(deed) => {
                self.busy |= matches!(deed, ConflictsDeed::ResolveAll { .. } | ConflictsDeed::Import(_));
            }
            ConflictsAsk::Counts => self.counting = true,
            ConflictsAsk::InStep(integration, step) => drop(self.in_step.insert((*integration, *step), None)),
            ConflictsAsk::Deeds | ConflictsAsk::Ends(_) | ConflictsAsk::Decided => {}
        }
    }

    /// Whether they are to be counted: nobody has, and nobody does.
    pub(in crate::gui) fn wants_counts(&self) -> bool {
        self.counts.is_none() && !self.counting
    }

    /// Whether what conflicts have in common is to be asked for.
    pub(in crate::gui) fn wants_groups(&self, filter: &ConflictFilter) -> bool {
        self.groups_are_old || self.groups.as_ref().is_none_or(|(known, _)| known != filter)
    }

    /// Takes note of what became true.
    pub(in crate::gui) fn apply(&mut self, now: i64, told: ConflictsTold, notices: &mut Notices) {
        match told {
            ConflictsTold::Counts(Ok(counts)) => self.counted(now, counts, notices),
            ConflictsTold::Counts(Err(error))
            | ConflictsTold::Deeds(Err(error))
            | ConflictsTold::Decided(Err(error)) => notices.bad(now, error, None),
            ConflictsTold::Groups(filter, answer) => {
                if self.groups.as_ref().is_none_or(|(known, _)| *known == filter) {
                    self.groups = Some((filter, answer.into()));
                }
            }
            ConflictsTold::Counted(listed, answer) if self.list.are_of(&listed) => {
                self.list.counting = false;
                match answer {
                    Ok(count) => self.list.count = Some(count),
                    Err(error) => self.list.error = Some(error),
                }
            }
            ConflictsTold::Page(listed, page, answer) if self.list.are_of(&listed) => {
                self.list.asked.remove(&page);
                match answer {
                    Ok(cards) => self.list.arrived(page, cards),
                    Err(error) => self.list.error = Some(error),
                }
            }
            ConflictsTold::Counted(..) | ConflictsTold::Page(..) => {}
            ConflictsTold::Story(id, answer) => {
                if let Some(story) = self.stories.iter_mut().find(|story| story.id == id) {
                    (story.fact, story.asked) = (answer.into(), false);
                }
            }
            ConflictsTold::Deeds(Ok(deeds)) => self.deeds = deeds,
            // Without their names the dialog offers those of the conflict on the screen.
            ConflictsTold::Ends(filter, answer) => self.ends = answer.ok().map(|ends| (filter, ends)),
            ConflictsTold::InStep(integration, step, answer) => {
                self.in_step.insert((integration, step), answer.ok());
            }
            ConflictsTold::Decided(Ok(decided)) => self.decided = decided,
            ConflictsTold::Looked(ticket, answer) => {
                if self.look.as_ref().is_some_and(|(known, _)| *known == ticket) {
                    self.look = Some((ticket, answer.into()));
                }
            }
            ConflictsTold::Sheet(path, answer) => self.sheet = Some((path, answer.map(Arc::new).into())),
            ConflictsTold::Did(answer) => self.did(now, answer, notices),
            ConflictsTold::Elsewhere => {
                self.in_step.clear();
                self.stale();
            }
        }
    }

    /// New ones are told of; those that a person brought back are not new.
    fn counted(&mut self, now: i64, counts: ConflictCounts, notices: &mut Notices) {
        let Some(before) = self.counts.replace(counts) else { return };
        if counts.newest > before.newest && counts.open > 0 {
            let found = counts.open.saturating_sub(before.open).max(1);
            let text = format!("{} to decide", format::count(found, "new conflict", "new conflicts"));
            notices.attention(now, text, Some(Place::Conflicts));
        } else if counts.drafts > before.drafts {
            let back = counts.drafts - before.drafts;
            let text = format!("{} open again", format::count(back, "decided conflict is", "decided conflicts are"));
            notices.attention(now, text, Some(Place::Conflicts));
        }
    }

    fn did(&mut self, now: i64, answer: Answer<super::Done>, notices: &mut Notices) {
        self.turn += 1;
        self.busy = false;
        self.stale();
        match answer {
            Ok(done) => {
                self.look_at = done.look_at.map(|id| (self.turn, id));
                if let Some(sentence) = done.sentence {
                    notices.done(now, sentence, done.hint);
                }
            }
            Err(error) => notices.bad(now, error, Some(Place::Conflicts)),
        }
    }

    fn stale(&mut self) {
        self.list.stale();
        self.groups_are_old = true;
        self.stories.iter_mut().for_each(|story| story.old = true);
    }
}

//! The conflict inbox: what waits for a person, and what they decide. Nothing here writes to an end; the next sync does.

mod sheet;
mod wish;

pub use sheet::{RefusedLine, SheetTaken};
pub use wish::Wish;

use super::{Workspace, WorkspaceError};
use crate::store::{
    Answered, ConflictCard, ConflictCounts, ConflictEvent, ConflictFilter, ConflictGroup, ConflictId, ConflictOrder,
    ConflictRecord, ConflictState, Deed, Habit, IntegrationId, Store,
};
use crate::sync::{End, Resolution, Way};
use std::path::PathBuf;

/// Decisions that habits are learnt from.
const LEARNT_FROM: usize = 50;

/// Times in a row that make a habit.
const HABIT: u64 = 3;

/// A conflict with all that helps to decide it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictStory {
    /// The conflict.
    pub conflict: ConflictRecord,
    /// What happened to it, the oldest first.
    pub events: Vec<ConflictEvent>,
    /// What people chose for its fields the last times, always the same: to be offered.
    pub habits: Vec<Habit>,
    /// How many other open conflicts have the same fields in dispute.
    pub similar: u64,
    /// Where its record is at the left and the right end.
    pub places: [RecordPlace; 2],
}

/// Where a record is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordPlace {
    /// A page that shows it.
    pub url: Option<String>,
    /// The file that holds it.
    pub file: Option<PathBuf>,
}

impl ConflictStory {
    /// Where its record is at an end.
    pub fn place(&self, end: End) -> &RecordPlace {
        match end {
            End::Left => &self.places[0],
            End::Right => &self.places[1],
        }
    }
}

impl Workspace {
    /// Conflicts from place `first` of a list, `count` at most.
    pub fn conflicts(
        &self,
        filter: &ConflictFilter,
        order: ConflictOrder,
        first: u64,
        count: usize,
    ) -> Result<Vec<ConflictCard>, WorkspaceError> {
        Ok(self.store()?.conflicts(filter, order, first, count)?)
    }

    /// How many there are.
    pub fn count_conflicts(&self, filter: &ConflictFilter) -> Result<u64, WorkspaceError> {
        Ok(self.store()?.count_conflicts(filter)?)
    }

    /// How many there are, by where they stand.
    pub fn conflict_counts(&self) -> Result<ConflictCounts, WorkspaceError> {
        Ok(self.store()?.conflict_counts()?)
    }

    /// How many decisions of each integration are not written yet.
    pub fn decided_conflicts(&self) -> Result<Vec<(IntegrationId, u64)>, WorkspaceError> {
        Ok(self.store()?.decided_conflicts()?)
    }

    /// How many records of a step are in step at both ends, beside those in conflict.
    pub fn records_in_step(&self, integration: IntegrationId, step: usize) -> Result<u64, WorkspaceError> {
        let store = self.store()?;
        let states = vec![ConflictState::Open, ConflictState::Decided, ConflictState::Ignored];
        let waiting =
            ConflictFilter { states, integration: Some(integration), step: Some(step), ..ConflictFilter::default() };
        Ok(store.count_pairs(integration, step)?.saturating_sub(store.count_conflicts(&waiting)?))
    }

    /// What people call the ends of these conflicts, each name once.
    pub fn conflict_ends(&self, filter: &ConflictFilter) -> Result<Vec<String>, WorkspaceError> {
        let mut names: Vec<String> = Vec::new();
        for [left, right] in self.store()?.conflict_ends(filter)? {
            for name in [right, left] {
                if !names.iter().any(|known| known.to_lowercase() == name.to_lowercase()) {
                    names.push(name);
                }
            }
        }
        Ok(names)
    }

    /// What they have in common, the most frequent first.
    pub fn conflict_groups(&self, filter: &ConflictFilter) -> Result<Vec<ConflictGroup>, WorkspaceError> {
        Ok(self.store()?.conflict_groups(filter)?)
    }

    /// A conflict with all that helps to decide it.
    pub fn conflict(&self, id: ConflictId) -> Result<ConflictStory, WorkspaceError> {
        let store = self.store()?;
        let conflict = store.conflict(id)?.ok_or_else(|| no_conflict(id))?;
        let others = store.count_conflicts(&similar(&conflict.card))?;
        let open = conflict.card.state == ConflictState::Open;
        let mut habits = store.conflict_habits(id, LEARNT_FROM)?;
        let disputed = |habit: &Habit| conflict.matter.open().any(|line| line.path == habit.path);
        habits.retain(|habit| habit.times >= HABIT && disputed(habit));
        Ok(ConflictStory {
            events: store.conflict_events(id)?,
            similar: others.saturating_sub(u64::from(open)),
            places: places(&store, &conflict)?,
            habits,
            conflict,
        })
    }

    /// Decides one conflict.
    pub fn resolve(&self, id: ConflictId, resolution: &Resolution) -> Result<(), WorkspaceError> {
        let store = self.store()?;
        let record = store.conflict(id)?.ok_or_else(|| no_conflict(id))?;
        let what = format!("Decided {}", record.matter.name);
        let filter = ConflictFilter { ids: Some(vec![id]), ..ConflictFilter::default() };
        let mut answer = |_: &ConflictRecord| Ok(resolution.clone());
        let answered = store.answer_conflicts(&filter, self.now(), &who(), &what, false, &mut answer)?;
        match answered.left.into_keys().next() {
            Some(why) => Err(WorkspaceError::new(format!("conflict {} is not decided: {why}", id.0))),
            None if answered.decided == 0 => {
                Err(WorkspaceError::new(format!("conflict {} needs no decision any more", id.0)))
            }
            None => Ok(()),
        }
    }

    /// Decides all conflicts of a filter in one way, where that answers them; or, with `only_look`, says what that would come to.
    pub fn resolve_all(&self, filter: &ConflictFilter, way: &Way, only_look: bool) -> Result<Answered, WorkspaceError> {
        self.resolve_as(filter, &Wish::Way(way.clone()), only_look)
    }

    /// Decides all conflicts of a filter as a person says it, where that answers them; or, with `only_look`, says what that would come
    /// to.
    pub fn resolve_as(
        &self,
        filter: &ConflictFilter,
        wish: &Wish,
        only_look: bool,
    ) -> Result<Answered, WorkspaceError> {
        let store = self.store()?;
        let ends = store.conflict_ends(filter)?;
        let what = wish.words(ends.first());
        let mut answer = |record: &ConflictRecord| wish.answer(&record.matter);
        Ok(store.answer_conflicts(filter, self.now(), &who(), &what, only_look, &mut answer)?)
    }

    /// Takes back what was decided last, or with `again` decides it again. What it was, and how many conflicts it still concerned.
    pub fn undo_resolution(&self, again: bool) -> Result<Option<(Deed, u64)>, WorkspaceError> {
        Ok(self.store()?.undo_conflict_deed(self.now(), &who(), again)?)
    }

    /// What was decided last, newest first.
    pub fn conflict_deeds(&self, count: usize) -> Result<Vec<Deed>, WorkspaceError> {
        Ok(self.store()?.conflict_deeds(count)?)
    }

    /// Says who is to decide; how many conflicts that concerned.
    pub fn assign(&self, filter: &ConflictFilter, to: Option<&str>) -> Result<u64, WorkspaceError> {
        let to = to.map(str::trim).filter(|to| !to.is_empty());
        Ok(self.store()?.assign_conflicts(filter, self.now(), &who(), to)?)
    }

    /// Adds what somebody has to say about a conflict.
    pub fn comment(&self, id: ConflictId, text: &str) -> Result<(), WorkspaceError> {
        Ok(self.store()?.comment_conflict(id, self.now(), &who(), text.trim())?)
    }
}

/// Open conflicts with the same fields in dispute.
pub fn similar(card: &ConflictCard) -> ConflictFilter {
    ConflictFilter {
        states: vec![ConflictState::Open],
        integration: Some(card.integration),
        step: Some(card.step),
        kinds: vec![card.kind],
        fields: Some(card.fields.clone()),
        ..ConflictFilter::default()
    }
}

/// Where both records of a conflict are: an org has a page for its own, a file has it by its key.
fn places(store: &Store, conflict: &ConflictRecord) -> Result<[RecordPlace; 2], WorkspaceError> {
    let stored = store.integration(conflict.card.integration)?;
    let Some(step) = stored.as_ref().and_then(|stored| stored.integration.steps.get(conflict.card.step)) else {
        return Ok(Default::default());
    };
    let file = step.source.file().map(|file| file.path.clone());
    let other_org = step.source.query().map(|query| query.org.as_str());
    let left = other_org.map(|org| page(store, org, &conflict.matter.left.key)).transpose()?.flatten();
    let right = page(store, &step.org, &conflict.matter.right.key)?;
    Ok([RecordPlace { file, url: left }, RecordPlace { url: right, file: None }])
}

/// The page of a record in an org, where it is known.
fn page(store: &Store, org: &str, id: &str) -> Result<Option<String>, WorkspaceError> {
    let url = store.org(org)?.map(|org| org.url).filter(|url| !url.is_empty());
    let id = Some(id).filter(|id| crate::record::looks_like_id(id));
    Ok(url.zip(id).map(|(url, id)| format!("{}/{id}", url.trim_end_matches('/'))))
}

/// Who sits at this computer, for the record.
fn who() -> String {
    let name = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "somebody".to_owned())
}

fn no_conflict(id: ConflictId) -> WorkspaceError {
    WorkspaceError::new(format!("there is no conflict {}", id.0)).hint("List them with: linkspan conflicts list")
}

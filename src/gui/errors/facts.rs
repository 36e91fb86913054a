//! What is known of the errors: groups, and the rows of the one that is looked at, by page.

use super::{ErrorsAsk, ErrorsDeed, ErrorsTold, Group};
use crate::gui::notice::{Notices, Place};
use crate::gui::state::Fact;
use crate::record::RowNumber;
use crate::store::{EditChange, RunId};
use crate::workspace::{Advice, Existing, QueueCard, QueueRow, RulePreview};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Rows in a page.
pub(crate) const PAGE: u64 = 200;

/// Pages kept; what came longest ago goes first.
const MOST_PAGES: usize = 40;

/// The facts.
#[derive(Debug, Default)]
pub struct Errors {
    /// The groups, once listed.
    pub groups: Option<Fact<Vec<QueueCard>>>,
    /// The rows of the group that is looked at.
    pub list: List,
    /// What is known of a group's cause.
    pub advice: Option<(Group, Fact<Advice>)>,
    /// What was changed in a run's queue, the oldest first.
    pub changes: Option<(RunId, Vec<EditChange>)>,
    /// What a rule would do, under the number of the question.
    pub preview: Option<(u64, Fact<RulePreview>)>,
    /// Records that a row may be about.
    pub existing: Option<(Group, RowNumber, Fact<Vec<Existing>>)>,
    /// Counts what was changed, so that a draft knows that it was done.
    pub turn: u64,
}

/// The rows of one group.
#[derive(Debug, Default)]
pub struct List {
    group: Option<Group>,
    /// First row of each page, and how many rows there are, once counted.
    marks: Option<(Vec<RowNumber>, u64)>,
    /// Why they cannot be shown.
    pub error: Option<crate::workspace::WorkspaceError>,
    pages: BTreeMap<u64, Vec<QueueRow>>,
    order: VecDeque<u64>,
    asked: BTreeSet<u64>,
    old: BTreeSet<u64>,
    counting: bool,
    marks_are_old: bool,
}

impl List {
    /// Whether these are the rows of that group.
    pub fn are_of(&self, group: &Group) -> bool {
        self.group.as_ref() == Some(group)
    }

    /// How many rows there are, once counted.
    pub fn count(&self) -> Option<u64> {
        self.marks.as_ref().map(|(_, count)| *count)
    }

    /// The row at an index, if its page is here.
    pub fn get(&self, index: u64) -> Option<&QueueRow> {
        self.pages.get(&(index / PAGE))?.get((index % PAGE) as usize)
    }

    /// Where a row stands, if its page is here.
    pub fn position(&self, row: RowNumber) -> Option<u64> {
        self.pages.iter().find_map(|(page, rows)| {
            let at = rows.iter().position(|known| known.row == row)?;
            Some(page * PAGE + at as u64)
        })
    }

    /// What to ask for, so that the rows of `visible` can be shown.
    pub fn wanted(&self, group: &Group, visible: std::ops::Range<u64>) -> Vec<ErrorsAsk> {
        let mine = self.are_of(group);
        let mut wanted = Vec::new();
        if !mine || (!self.counting && (self.marks.is_none() || self.marks_are_old) && self.error.is_none()) {
            wanted.push(ErrorsAsk::Marks(group.clone()));
        }
        for page in visible.start / PAGE..=visible.end.saturating_sub(1).max(visible.start) / PAGE {
            let here = self.pages.contains_key(&page) && !self.old.contains(&page);
            let first = match self.marks.as_ref().filter(|_| mine) {
                // The first page needs no mark: it is there before the rows are counted.
                _ if page == 0 => Some(1),
                Some((marks, _)) => marks.get(page as usize).copied(),
                None => None,
            };
            if let Some(first) = first
                && (!mine || (!here && !self.asked.contains(&page) && self.error.is_none()))
            {
                wanted.push(ErrorsAsk::Page { group: group.clone(), page, first });
            }
        }
        wanted
    }

    fn turn_to(&mut self, group: &Group) {
        if !self.are_of(group) {
            *self = List { group: Some(group.clone()), ..List::default() };
        }
    }

    /// What is here may have changed.
    fn stale(&mut self) {
        self.old = self.pages.keys().copied().collect();
        self.marks_are_old = true;
    }

    fn arrived(&mut self, page: u64, rows: Vec<QueueRow>) {
        self.order.retain(|known| *known != page);
        self.order.push_back(page);
        self.pages.insert(page, rows);
        while self.order.len() > MOST_PAGES {
            if let Some(oldest) = self.order.pop_front() {
                self.pages.remove(&oldest);
                self.old.remove(&oldest);
            }
        }
    }

    /// Shows a corrected cell at once, before it is stored.
    fn edit(&mut self, row: RowNumber, column: usize, value: &str) {
        let Some(found) = self.pages.values_mut().flatten().find(|known| known.row == row) else { return };
        let Some(cell) = found.cells.get_mut(column) else { return };
        let before = std::mem::replace(cell, value.to_owned());
        match found.before.iter().position(|(at, _)| *at == column) {
            Some(at) if found.before[at].1 == value => drop(found.before.remove(at)),
            Some(_) => {}
            None => found.before.push((column, before)),
        }
    }
}

impl Errors {
    /// The groups, once listed.
    pub fn cards(&self) -> &[QueueCard] {
        self.groups.as_ref().and_then(Fact::here).map_or(&[], Vec::as_slice)
    }

    /// The card of a group, while it has rows.
    pub fn card(&self, group: &Group) -> Option<&QueueCard> {
        self.cards().iter().find(|card| Group::of(card) == *group)
    }

    /// Rows in the queue.
    pub fn rows(&self) -> u64 {
        self.cards().iter().map(|card| card.rows).sum()
    }

    /// Marks what is on its way.
    pub(in crate::gui) fn sent(&mut self, ask: &ErrorsAsk) {
        match ask {
            // What is known stays on the screen until the newer answer comes.
            ErrorsAsk::Groups if self.groups.is_none() => self.groups = Some(Fact::Waiting),
            ErrorsAsk::Marks(group) => {
                self.list.turn_to(group);
                self.list.counting = true;
                self.list.marks_are_old = false;
            }
            ErrorsAsk::Page { group, page, .. } => {
                self.list.turn_to(group);
                self.list.asked.insert(*page);
                self.list.old.remove(page);
            }
            ErrorsAsk::Advice(group) if self.advice.as_ref().is_none_or(|(known, _)| known != group) => {
                self.advice = Some((group.clone(), Fact::Waiting));
            }
            ErrorsAsk::Preview { ticket, .. } => self.preview = Some((*ticket, Fact::Waiting)),
            ErrorsAsk::Existing { group, row } => self.existing = Some((group.clone(), *row, Fact::Waiting)),
            ErrorsAsk::Do(ErrorsDeed::Edit { group, row, column, value }) if self.list.are_of(group) => {
                self.list.edit(*row, *column, value);
            }
            _ => {}
        }
    }

    /// Takes note of what became true.
    pub(in crate::gui) fn apply(&mut self, now: i64, told: ErrorsTold, notices: &mut Notices) {
        match told {
            ErrorsTold::Groups(answer) => {
                self.groups = Some(answer.into());
                self.list.stale();
            }
            ErrorsTold::Marks(group, answer) if self.list.are_of(&group) => {
                self.list.counting = false;
                match answer {
                    Ok(marks) => self.list.marks = Some(marks),
                    Err(error) => self.list.error = Some(error),
                }
            }
            ErrorsTold::Page(group, page, answer) if self.list.are_of(&group) => {
                self.list.asked.remove(&page);
                match answer {
                    Ok(rows) => self.list.arrived(page, rows),
                    Err(error) => self.list.error = Some(error),
                }
            }
            ErrorsTold::Marks(..) | ErrorsTold::Page(..) => {}
            ErrorsTold::Advice(group, answer) => self.advice = Some((group, answer.into())),
            ErrorsTold::Changes(run, answer) => match answer {
                Ok(changes) => self.changes = Some((run, changes)),
                Err(error) => notices.bad(now, error, None),
            },
            ErrorsTold::Previewed(ticket, answer) => self.preview = Some((ticket, answer.into())),
            ErrorsTold::Existing(group, row, answer) => self.existing = Some((group, row, answer.into())),
            ErrorsTold::Did(_, answer) => {
                self.turn += 1;
                self.list.stale();
                match answer {
                    Ok(Some(sentence)) => notices.good(now, sentence, None),
                    Ok(None) => {}
                    Err(error) => notices.bad(now, error, None),
                }
            }
            ErrorsTold::Retried(of, run) => {
                let text = format!("Rows of run {} are tried again by themselves in run {}", of.0, run.0);
                notices.good(now, text, Some(Place::Run(run)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::{Outcome, RowOutcome};
    use crate::record::Rejection;
    use crate::store::Cause;

    fn group(code: &str) -> Group {
        let cause = Cause { outcome: Outcome::Failed, code: code.to_owned(), fields: Vec::new() };
        Group { run: RunId(1), step: 0, cause, gave_up: false }
    }

    fn row(number: RowNumber) -> QueueRow {
        QueueRow {
            step: 0,
            row: number,
            line: number + 1,
            outcome: RowOutcome::Failed(Rejection::new("x", "y").into()),
            tries: 1,
            cells: vec!["a".to_owned(), "b".to_owned()],
            before: Vec::new(),
            chosen: None,
        }
    }

    fn ask(errors: &mut Errors, group: &Group, visible: std::ops::Range<u64>) -> usize {
        let wanted = errors.list.wanted(group, visible);
        wanted.iter().for_each(|ask| errors.sent(ask));
        wanted.len()
    }

    #[test]
    fn of_a_million_rows_only_the_pages_seen_are_asked_for() {
        let (mut errors, mut notices) = (Errors::default(), Notices::default());
        let one = group("one");
        assert_eq!(ask(&mut errors, &one, 0..30), 2, "the count and the first page");
        assert_eq!(ask(&mut errors, &one, 0..30), 0, "and each once");
        let marks: Vec<RowNumber> = (0..5_000).map(|page| page * 600 + 7).collect();
        errors.apply(0, ErrorsTold::Marks(one.clone(), Ok((marks, 1_000_000))), &mut notices);
        errors.apply(0, ErrorsTold::Page(one.clone(), 0, Ok((1..=200).map(row).collect())), &mut notices);
        assert_eq!((errors.list.count(), errors.list.get(199).map(|row| row.row)), (Some(1_000_000), Some(200)));
        assert_eq!(ask(&mut errors, &one, 999_900..999_930), 1);
        for page in 0..100 {
            errors.apply(0, ErrorsTold::Page(one.clone(), page, Ok((1..=200).map(row).collect())), &mut notices);
        }
        assert_eq!(errors.list.pages.len(), MOST_PAGES);
        let other = group("other");
        ask(&mut errors, &other, 0..1);
        errors.apply(0, ErrorsTold::Page(one, 0, Ok(vec![row(1)])), &mut notices);
        assert!(errors.list.get(0).is_none(), "a page of another group came too late");
    }

    #[test]
    fn a_corrected_cell_is_shown_at_once_and_remembers_what_stood_there() {
        let (mut errors, mut notices) = (Errors::default(), Notices::default());
        let one = group("one");
        ask(&mut errors, &one, 0..1);
        errors.apply(0, ErrorsTold::Page(one.clone(), 0, Ok(vec![row(4)])), &mut notices);
        let edit = |value: &str| {
            ErrorsAsk::Do(ErrorsDeed::Edit { group: one.clone(), row: 4, column: 1, value: value.to_owned() })
        };
        errors.sent(&edit("c"));
        errors.sent(&edit("d"));
        assert_eq!(
            errors.list.get(0).map(|row| (row.cells[1].as_str(), row.before.clone())),
            Some(("d", vec![(1, "b".into())]))
        );
        errors.sent(&edit("b"));
        assert_eq!(errors.list.get(0).map(|row| row.before.len()), Some(0));
    }
}

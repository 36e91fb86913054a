//! The rows of a run, by page: what the grid shows of a list that may be a million rows long.

use super::command::Command;
use super::event::Answer;
use crate::store::RunId;
use crate::workspace::{ResultRow, RowFilter, WorkspaceError};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Rows in a page.
pub(crate) const PAGE: u64 = 200;

/// Pages kept; what was looked at longest ago goes first.
const MOST_PAGES: usize = 40;

/// The pages of one list: one run, one filter.
#[derive(Debug, Default)]
pub struct Rows {
    key: Option<(RunId, RowFilter)>,
    /// How many rows the filter leaves, once counted.
    pub count: Option<u64>,
    /// Why they cannot be shown.
    pub error: Option<WorkspaceError>,
    pages: BTreeMap<u64, Vec<ResultRow>>,
    /// Pages in the order in which they came.
    order: VecDeque<u64>,
    asked: BTreeSet<u64>,
    counting: bool,
    /// Pages that may have changed since they came.
    old: BTreeSet<u64>,
    count_is_old: bool,
}

impl Rows {
    /// Whether these are the rows of that run under that filter.
    pub fn are_of(&self, run: RunId, filter: &RowFilter) -> bool {
        self.key.as_ref().is_some_and(|(mine, my_filter)| *mine == run && my_filter == filter)
    }

    /// The row at an index, if its page is here.
    pub fn get(&self, index: u64) -> Option<&ResultRow> {
        self.pages.get(&(index / PAGE))?.get((index % PAGE) as usize)
    }

    /// What to ask for, so that the rows of `visible` can be shown.
    pub fn wanted(&self, run: RunId, filter: &RowFilter, visible: std::ops::Range<u64>) -> Vec<Command> {
        let mine = self.are_of(run, filter);
        let mut wanted = Vec::new();
        if !mine || (!self.counting && (self.count.is_none() || self.count_is_old) && self.error.is_none()) {
            wanted.push(Command::CountRows { run, filter: filter.clone() });
        }
        let pages = visible.start / PAGE..=visible.end.saturating_sub(1).max(visible.start) / PAGE;
        for page in pages {
            let here = self.pages.contains_key(&page) && !self.old.contains(&page);
            if !mine || (!here && !self.asked.contains(&page) && self.error.is_none()) {
                let first = page * PAGE;
                wanted.push(Command::LoadRows { run, filter: filter.clone(), first, count: PAGE as usize });
            }
        }
        wanted
    }

    /// Takes note that a command is on its way.
    pub(super) fn asked(&mut self, command: &Command) {
        match command {
            Command::CountRows { run, filter } => {
                self.turn_to(*run, filter);
                self.counting = true;
                self.count_is_old = false;
            }
            Command::LoadRows { run, filter, first, .. } => {
                self.turn_to(*run, filter);
                self.asked.insert(first / PAGE);
                self.old.remove(&(first / PAGE));
            }
            _ => {}
        }
    }

    /// Takes note of a count.
    pub(super) fn counted(&mut self, run: RunId, filter: &RowFilter, answer: Answer<u64>) {
        if self.are_of(run, filter) {
            self.counting = false;
            match answer {
                Ok(count) => self.count = Some(count),
                Err(error) => self.error = Some(error),
            }
        }
    }

    /// Takes note of a page; one of another list came too late and is dropped.
    pub(super) fn arrived(&mut self, run: RunId, filter: &RowFilter, first: u64, answer: Answer<Vec<ResultRow>>) {
        if !self.are_of(run, filter) {
            return;
        }
        let page = first / PAGE;
        self.asked.remove(&page);
        match answer {
            Ok(rows) => {
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
            Err(error) => self.error = Some(error),
        }
    }

    /// The run went on: what is here may have changed.
    pub(super) fn stale(&mut self, run: RunId) {
        if self.key.as_ref().is_some_and(|(mine, _)| *mine == run) {
            self.old = self.pages.keys().copied().collect();
            self.count_is_old = true;
        }
    }

    fn turn_to(&mut self, run: RunId, filter: &RowFilter) {
        if !self.are_of(run, filter) {
            *self = Rows { key: Some((run, filter.clone())), ..Rows::default() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: RunId = RunId(1);

    fn rows(count: usize) -> Vec<ResultRow> {
        let row = ResultRow {
            step: 0,
            row: 1,
            line: 2,
            outcome: None,
            cells: Vec::new(),
            tries: 1,
            from: None,
            taken_up_by: None,
        };
        vec![row; count]
    }

    #[test]
    fn a_page_is_asked_for_once_and_shown_when_it_comes() {
        let filter = RowFilter::default();
        let mut list = Rows::default();
        let wanted = list.wanted(RUN, &filter, 0..30);
        assert_eq!(wanted.len(), 2, "{wanted:?}");
        wanted.iter().for_each(|command| list.asked(command));
        assert!(list.wanted(RUN, &filter, 0..30).is_empty());
        list.counted(RUN, &filter, Ok(1_000_000));
        list.arrived(RUN, &filter, 0, Ok(rows(200)));
        assert!(list.get(199).is_some());
        assert!(list.get(200).is_none());
        assert_eq!(list.wanted(RUN, &filter, 190..230).len(), 1);
        list.stale(RUN);
        assert_eq!(list.wanted(RUN, &filter, 0..30).len(), 2);
        assert!(list.get(0).is_some(), "what is here stays until the newer comes");
    }

    #[test]
    fn memory_stays_bounded_and_late_pages_are_dropped() {
        let filter = RowFilter::default();
        let mut list = Rows::default();
        for page in 0..100 {
            let command = Command::LoadRows { run: RUN, filter: filter.clone(), first: page * PAGE, count: 200 };
            list.asked(&command);
            list.arrived(RUN, &filter, page * PAGE, Ok(rows(200)));
        }
        assert_eq!(list.pages.len(), MOST_PAGES);
        let other = RowFilter { waiting: true, ..RowFilter::default() };
        list.asked(&Command::CountRows { run: RUN, filter: other.clone() });
        list.arrived(RUN, &filter, 0, Ok(rows(1)));
        assert!(list.get(0).is_none());
    }
}

//! Rows of a run that have a text, as they are found: a run may have a million, and the first ones are shown before the last was read.

use super::command::Command;
use super::event::Answer;
use crate::cancel::Cancel;
use crate::store::RunId;
use crate::workspace::{ResultRow, RowFilter, Search, SearchPlace, Workspace, WorkspaceError};

/// Rows that one search gives before it waits to be asked for more.
const PAGE: usize = 200;

/// So many rows before the end of what is here, more are asked for.
const AHEAD: u64 = 60;

/// Rows told at once.
const TOGETHER: usize = 50;

/// What is looked for, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The run.
    pub run: RunId,
    /// Which of its rows.
    pub filter: RowFilter,
    /// What they are to have.
    pub search: Search,
}

/// What was found so far.
#[derive(Debug, Default)]
pub struct Found {
    question: Option<Question>,
    /// Which search was asked for last: what an earlier one still says is of no account.
    ticket: u64,
    rows: Vec<ResultRow>,
    /// Where the search goes on; `None` when all rows were looked at.
    next: Option<SearchPlace>,
    searching: bool,
    /// The rows here are of an earlier search, and go when the first answer comes.
    old: bool,
    /// The run went on since.
    stale: bool,
    /// Why the search ended early.
    pub error: Option<WorkspaceError>,
}

impl Found {
    /// Whether these are the answers to that question.
    pub fn answers(&self, question: &Question) -> bool {
        self.question.as_ref() == Some(question)
    }

    /// The row at an index.
    pub fn get(&self, index: u64) -> Option<&ResultRow> {
        self.rows.get(index as usize)
    }

    /// Rows found so far.
    pub fn count(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Whether rows are being looked at.
    pub fn searching(&self) -> bool {
        self.searching
    }

    /// Whether there may be more than are here.
    pub fn unfinished(&self) -> bool {
        self.searching || self.next.is_some()
    }

    /// What to ask for when rows up to `seen` are on the screen; `settled` says that the run does not change them now.
    pub fn wanted(&self, question: &Question, seen: u64, settled: bool) -> Option<Command> {
        let from = if !self.answers(question) || (self.stale && settled && !self.searching) {
            SearchPlace::default()
        } else {
            self.next.filter(|_| !self.searching && self.error.is_none() && seen + AHEAD >= self.count())?
        };
        Some(Command::FindRows { question: Box::new(question.clone()), from, most: PAGE, ticket: self.ticket + 1 })
    }

    /// Takes note that a command is on its way.
    pub(super) fn asked(&mut self, command: &Command) {
        let Command::FindRows { question, from, ticket, .. } = command else { return };
        if !self.answers(question) {
            *self = Found { question: Some((**question).clone()), ..Found::default() };
        } else if *from == SearchPlace::default() {
            (self.old, self.stale, self.error) = (true, false, None);
        }
        (self.searching, self.next, self.ticket) = (true, None, *ticket);
    }

    /// Takes note of rows; those of another search came too late and are dropped.
    pub(super) fn arrived(&mut self, ticket: u64, rows: Vec<ResultRow>, end: Option<Answer<Option<SearchPlace>>>) {
        if ticket != self.ticket {
            return;
        }
        if std::mem::take(&mut self.old) {
            self.rows.clear();
        }
        self.rows.extend(rows);
        if let Some(end) = end {
            self.searching = false;
            match end {
                Ok(next) => self.next = next,
                Err(error) => self.error = Some(error),
            }
        }
    }

    /// The run went on: other rows may have the text, or another outcome.
    pub(super) fn stale(&mut self, run: RunId) {
        self.stale |= self.question.as_ref().is_some_and(|question| question.run == run);
    }
}

/// Looks for rows, and tells them as they are found. A search that another one replaced has nothing more to say.
pub(super) fn find(
    workspace: &Workspace,
    question: &Question,
    from: SearchPlace,
    most: usize,
    cancel: &Cancel,
    tell: &dyn Fn(Vec<ResultRow>, Option<Answer<Option<SearchPlace>>>),
) {
    let mut held = Vec::new();
    let end = workspace.search_rows(question.run, &question.filter, &question.search, from, most, cancel, &mut |row| {
        held.push(row);
        if held.len() >= TOGETHER && !cancel.requested() {
            tell(std::mem::take(&mut held), None);
        }
    });
    if !cancel.requested() {
        tell(held, Some(end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(row: u64) -> ResultRow {
        ResultRow { step: 0, row, line: row, outcome: None, cells: Vec::new(), tries: 1, from: None, taken_up_by: None }
    }

    fn question(text: &str) -> Question {
        Question { run: RunId(1), filter: RowFilter::default(), search: Search::Text(text.to_owned()) }
    }

    #[test]
    fn more_is_asked_for_when_the_end_comes_near_and_never_twice() {
        let mut found = Found::default();
        let first = found.wanted(&question("a"), 0, true).unwrap();
        found.asked(&first);
        assert!(found.wanted(&question("a"), 0, true).is_none());
        let next = SearchPlace { step: 0, row: 201 };
        found.arrived(1, (1..=200).map(row).collect(), Some(Ok(Some(next))));
        assert!(found.wanted(&question("a"), 30, true).is_none());
        let more = found.wanted(&question("a"), 150, true).unwrap();
        assert!(matches!(more, Command::FindRows { from, .. } if from == next));
        found.asked(&more);
        found.arrived(2, vec![row(300)], Some(Ok(None)));
        assert_eq!((found.count(), found.unfinished()), (201, false));
        assert!(found.wanted(&question("a"), 200, true).is_none());
    }

    #[test]
    fn late_answers_are_dropped_and_a_run_that_went_on_is_searched_again() {
        let mut found = Found::default();
        found.asked(&found.wanted(&question("a"), 0, true).unwrap());
        found.asked(&found.wanted(&question("ab"), 0, true).unwrap());
        found.arrived(1, vec![row(1)], Some(Ok(None)));
        assert_eq!(found.count(), 0);
        found.arrived(2, vec![row(2)], Some(Ok(None)));
        found.stale(RunId(1));
        assert!(
            found.wanted(&question("ab"), 0, false).is_none(),
            "while it goes on, it would be searched without end"
        );
        found.asked(&found.wanted(&question("ab"), 0, true).unwrap());
        assert_eq!(found.count(), 1, "what is here stays until the newer comes");
        found.arrived(3, vec![row(3), row(4)], Some(Ok(None)));
        assert_eq!(found.count(), 2);
        found.asked(&found.wanted(&question("a"), 0, true).unwrap());
        found.arrived(1, vec![row(1)], Some(Ok(None)));
        assert!(found.count() == 0 && found.searching(), "the first search for the same came too late");
    }
}

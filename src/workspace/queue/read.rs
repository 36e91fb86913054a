//! Reading the queue: rows with their cells and corrections, a page at a time.

use super::{QueueRow, chosen_place};
use crate::connect::Outcome;
use crate::record::{Batch, RowNumber};
use crate::store::{Edit, Queued, RunId, Store, Which};
use crate::workspace::WorkspaceError;
use std::collections::VecDeque;

/// Outcomes that rows of the queue have.
const OUTCOMES: [Outcome; 4] = [Outcome::NotSent, Outcome::Failed, Outcome::Conflict, Outcome::Unconfirmed];

/// Gives the rows of one step's queue, one after the other.
pub(super) struct Pages<'a> {
    store: &'a Store,
    run: RunId,
    step: usize,
    chosen_at: usize,
    which: Which,
    page: usize,
    first: RowNumber,
    /// Outcomes still to be read.
    outcomes: Vec<Outcome>,
    next: RowNumber,
    rows: VecDeque<Queued>,
    edits: Vec<Edit>,
    batch: Batch,
}

impl<'a> Pages<'a> {
    /// The rows from number `first`, read `page` at a time.
    pub(super) fn new(
        store: &'a Store,
        run: RunId,
        step: usize,
        columns: &[String],
        which: Which,
        first: RowNumber,
        page: usize,
    ) -> Pages<'a> {
        let mut outcomes = match &which.cause {
            Some(cause) => vec![cause.outcome],
            None => OUTCOMES.to_vec(),
        };
        outcomes.reverse();
        let chosen_at = chosen_place(columns);
        let (rows, batch) = (VecDeque::new(), Batch::default());
        Pages { store, run, step, chosen_at, which, page, first, outcomes, next: first, rows, edits: Vec::new(), batch }
    }

    fn next_queued(&mut self, edits: bool) -> Result<Option<Queued>, WorkspaceError> {
        while self.rows.is_empty() {
            let Some(outcome) = self.outcomes.last() else { return Ok(None) };
            let page = self.store.queue_page(self.run, self.step, *outcome, &self.which, self.next, self.page)?;
            match (page.first(), page.last()) {
                (Some(first), Some(last)) => {
                    let (first, last) = (first.settled.row, last.settled.row);
                    self.next = last + 1;
                    if edits {
                        self.edits = self.store.edits_between(self.run, self.step, first, last)?;
                    }
                }
                _ => {
                    self.outcomes.pop();
                    self.next = self.first;
                }
            }
            self.rows = page.into();
        }
        Ok(self.rows.pop_front())
    }

    /// The next row's number alone.
    pub(super) fn next_number(&mut self) -> Result<Option<RowNumber>, WorkspaceError> {
        Ok(self.next_queued(false)?.map(|queued| queued.settled.row))
    }

    /// The next row.
    pub(super) fn next_row(&mut self) -> Result<Option<QueueRow>, WorkspaceError> {
        let Some(Queued { settled, tries }) = self.next_queued(true)? else { return Ok(None) };
        let number = settled.row;
        if number < self.batch.first() || number >= self.batch.first() + self.batch.len() as u64 {
            self.batch = self.store.blocks(self.run, self.step, number).read()?.unwrap_or_default();
        }
        let found = number.checked_sub(self.batch.first()).and_then(|at| self.batch.row(at as usize));
        let mut cells: Vec<String> = found.map(|row| row.cells().map(str::to_owned).collect()).unwrap_or_default();
        let line = found.map_or(0, |row| row.line());
        let from = self.edits.partition_point(|edit| edit.row < number);
        let (mut before, mut chosen) = (Vec::new(), None);
        for edit in self.edits[from..].iter().take_while(|edit| edit.row == number) {
            match cells.get_mut(edit.column) {
                Some(cell) if *cell != edit.value => {
                    before.push((edit.column, std::mem::replace(cell, edit.value.clone())));
                }
                Some(_) => {}
                None if edit.column == self.chosen_at && !edit.value.is_empty() => chosen = Some(edit.value.clone()),
                None => {}
            }
        }
        let outcome = settled.outcome;
        Ok(Some(QueueRow { step: self.step, row: number, line, outcome, tries, cells, before, chosen }))
    }
}

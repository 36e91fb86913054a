//! The lineage of a row: every try of it, and what was corrected in between.

use super::{Attempt, WorkspaceError};
use crate::record::{Row, RowNumber};
use crate::store::{Origin, RunId, Store};

/// More tries than any row has; keeps a damaged file from leading in a circle.
const MOST: usize = 10_000;

/// Every try of a row, the first one first.
pub(super) fn attempts(store: &Store, run: RunId, step: usize, row: RowNumber) -> Result<Vec<Attempt>, WorkspaceError> {
    let mut places = vec![(run, row)];
    while let Some(origin) = store.origin(places[0].0, step, places[0].1)?.filter(|_| places.len() < MOST) {
        places.insert(0, (origin.from_run, origin.from_row));
    }
    let mut last = (run, row);
    while let Some(next) = store.taken_up(last.0, step, last.1)?.filter(|_| places.len() < MOST) {
        places.push(next);
        last = next;
    }
    let mut attempts = Vec::new();
    for (of, number) in places {
        let outcome = store.outcomes_between(of, step, number, number)?.pop().map(|settled| settled.outcome);
        let at = store.run(of)?.map_or(0, |run| run.began_at);
        attempts.push(Attempt { run: of, row: number, at, outcome, here: of == run });
    }
    Ok(attempts)
}

/// Cells of a row that differ from what its source held, by corrections of this run or of those before: the column, and what stood
/// there.
pub(super) fn corrected(
    store: &Store,
    run: RunId,
    step: usize,
    row: RowNumber,
    found: Row<'_>,
) -> Result<Vec<(usize, String)>, WorkspaceError> {
    let mut now: Vec<String> = found.cells().map(str::to_owned).collect();
    for edit in store.edits_between(run, step, row, row)? {
        if let Some(cell) = now.get_mut(edit.column) {
            *cell = edit.value;
        }
    }
    let mut first = (run, row);
    for _ in 0..MOST {
        match store.origin(first.0, step, first.1)? {
            Some(origin) => first = (origin.from_run, origin.from_row),
            None => break,
        }
    }
    let batch = store.blocks(first.0, step, first.1).read()?.unwrap_or_default();
    let Some(source) = first.1.checked_sub(batch.first()).and_then(|at| batch.row(at as usize)) else {
        return Ok(Vec::new());
    };
    let cells = source.cells().map(str::to_owned).enumerate();
    Ok(cells.filter(|(column, cell)| now.get(*column).is_some_and(|now| now != cell)).collect())
}

/// How often rows were tried, asked in ascending order.
pub(super) struct Tries<'a> {
    store: &'a Store,
    run: RunId,
    step: usize,
    known: Vec<Origin>,
    /// The first row that was not asked for yet; `None` at the end.
    next: Option<RowNumber>,
}

impl<'a> Tries<'a> {
    pub(super) fn new(store: &'a Store, run: RunId, step: usize) -> Tries<'a> {
        Tries { store, run, step, known: Vec::new(), next: Some(1) }
    }

    /// How often this row was tried.
    pub(super) fn tries(&mut self, row: RowNumber) -> Result<u32, WorkspaceError> {
        const PAGE: usize = 2_000;
        while let Some(next) = self.next.filter(|next| *next <= row) {
            self.known = self.store.origins(self.run, self.step, next.max(row), PAGE)?;
            self.next = self.known.last().map(|origin| origin.row + 1);
        }
        let found = self.known.binary_search_by_key(&row, |origin| origin.row);
        Ok(found.map_or(1, |at| self.known[at].tries))
    }
}

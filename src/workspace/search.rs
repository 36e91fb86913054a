//! Looking for rows of a run by what their source holds: a text anywhere in a row, or the beginning of its key.
//!
//! No index is kept: the stored rows are read from the beginning, and what is found is told at once, so that the first rows are there long
//! before the last has been looked at.

use super::results::with_cells;
use super::{ResultRow, RowFilter, Workspace, WorkspaceError};
use crate::cancel::Cancel;
use crate::connect::{Outcome, RowOutcome};
use crate::integration::Plan;
use crate::record::{Batch, Needle, RowNumber};
use crate::store::{Blocks, Run, Store};
use crate::workspace::runs::in_passes;
use std::collections::BTreeMap;

/// What to look for, in letters of any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search {
    /// A text anywhere in a row.
    Text(String),
    /// The beginning of what tells rows apart: the columns behind the key of the step, or its first column where it has none.
    Key(String),
}

impl Search {
    fn text(&self) -> &str {
        match self {
            Search::Text(text) | Search::Key(text) => text,
        }
    }
}

/// Where a search goes on: at this row of this step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SearchPlace {
    /// The step, counted from 0.
    pub step: usize,
    /// The row.
    pub row: RowNumber,
}

impl Workspace {
    /// Looks for rows of a run that pass a filter, and tells each as soon as it is found, in the order of steps and rows. It ends after
    /// `limit` rows, and says where it goes on; `None` when all rows were looked at. Stopped by `cancel`, it fails, and what was told
    /// stands.
    #[expect(clippy::too_many_arguments, reason = "a search is a list, a question, a page and who listens")]
    pub fn search_rows(
        &self,
        run: crate::store::RunId,
        filter: &RowFilter,
        search: &Search,
        from: SearchPlace,
        limit: usize,
        cancel: &Cancel,
        tell: &mut dyn FnMut(ResultRow),
    ) -> Result<Option<SearchPlace>, WorkspaceError> {
        let store = self.store()?;
        let (record, form, shapes) = self.recorded(&store, run)?;
        let keys: Option<Vec<Vec<usize>>> = match search {
            Search::Text(_) => None,
            Search::Key(_) => {
                let plan = Plan::compile(&form, shapes, record.began_at);
                let plan = plan.map_err(|found| WorkspaceError::problems(&found)).and_then(in_passes)?;
                Some(plan.steps.iter().map(key_columns).collect())
            }
        };
        let mut found = 0;
        for step in record.steps.iter().skip(from.step).filter(|step| filter.takes(step.index)) {
            let first = if step.index == from.step { from.row.max(1) } else { 1 };
            let keys = keys.as_ref().map(|keys| keys.get(step.index).map_or(&[][..], Vec::as_slice));
            let needle = Needle::new(search.text());
            let blocks = store.blocks(run, step.index, first);
            let mut pass = Pass {
                store: &store,
                record: &record,
                step: step.index,
                filter,
                needle,
                keys,
                blocks,
                batch: Batch::default(),
                next: first,
            };
            while let Some(rows) = pass.read(limit - found)? {
                cancel.check().map_err(|_| WorkspaceError::new("the search was stopped"))?;
                found += rows.len();
                rows.into_iter().for_each(&mut *tell);
                if found >= limit {
                    return Ok(Some(SearchPlace { step: step.index, row: pass.next }));
                }
            }
        }
        Ok(None)
    }
}

/// The columns of the source that tell rows apart.
fn key_columns(planned: &crate::integration::PlannedStep) -> Vec<usize> {
    let behind = planned.key_cells().iter().flat_map(|cell| planned.mapper.columns_read(*cell));
    let columns: Vec<_> = behind.collect();
    if columns.is_empty() { vec![0] } else { columns }
}

/// A search through one step.
struct Pass<'a> {
    store: &'a Store,
    record: &'a Run,
    step: usize,
    filter: &'a RowFilter,
    needle: Needle,
    /// Where it is to stand, unless anywhere.
    keys: Option<&'a [usize]>,
    blocks: Blocks<'a>,
    batch: Batch,
    /// The row to be looked at next.
    next: RowNumber,
}

impl Pass<'_> {
    /// Looks at the next block of rows, and gives those found, at most so many; `None` at the end.
    fn read(&mut self, most: usize) -> Result<Option<Vec<ResultRow>>, WorkspaceError> {
        let run = self.record.id;
        if let Some(narrow) = self.narrow() {
            let Some(next) = self.store.next_counted(run, self.step, narrow, self.filter.code.as_deref(), self.next)?
            else {
                return Ok(None);
            };
            self.next = next;
        }
        self.blocks.seek(self.next);
        if !self.blocks.read_over(&mut self.batch)? {
            return Ok(None);
        }
        let first = self.batch.first();
        let end = first + self.batch.len() as u64;
        let mut rows: Vec<RowNumber> = self.matches().into_iter().map(|at| first + at as u64).collect();
        rows.retain(|row| *row >= self.next);
        let mut outcomes = match (rows.first(), rows.last()) {
            (Some(first), Some(last)) => {
                let told = self.store.outcomes_between(run, self.step, *first, *last)?;
                told.into_iter().map(|settled| (settled.row, settled.outcome)).collect()
            }
            _ => BTreeMap::new(),
        };
        let all = rows.into_iter().map(|row| (row, outcomes.remove(&row)));
        let mut wanted: Vec<_> = all.filter(|(_, outcome)| self.wants(outcome.as_ref())).collect();
        self.next = match wanted.get(most) {
            Some((row, _)) => *row,
            None => end,
        };
        wanted.truncate(most);
        with_cells(self.store, run, self.step, wanted).map(Some)
    }

    /// The outcomes to which the filter is narrowed, where it is.
    fn narrow(&self) -> Option<&[Outcome]> {
        match (self.filter.outcomes.is_empty(), &self.filter.code) {
            (false, _) => Some(&self.filter.outcomes),
            (true, Some(_)) => Some(&Outcome::ALL),
            (true, None) => None,
        }
    }

    fn matches(&self) -> Vec<usize> {
        match self.keys {
            None => self.batch.rows_with(&self.needle),
            Some(keys) => self.batch.rows_beginning(&self.needle, keys),
        }
    }

    fn wants(&self, outcome: Option<&RowOutcome>) -> bool {
        let code = self.filter.code.as_ref();
        match (outcome, self.narrow()) {
            (None, narrow) => narrow.is_none(),
            (Some(_), None) => !self.filter.waiting,
            (Some(outcome), Some(outcomes)) => {
                outcomes.contains(&outcome.outcome())
                    && code.is_none_or(|code| outcome.rejection().is_some_and(|why| why.code == *code))
            }
        }
    }
}

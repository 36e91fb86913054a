//! The error queue: what did not get through, over all runs, by cause; corrected, retried, or left as it is.

mod causes;
mod corrected;
mod export;
mod read;
mod rule;

pub use causes::{Advice, Existing, MadeBy, Suggestion};
pub use corrected::Corrected;
pub use rule::{CellRule, LetterCase, ids_in};

use super::retry::{Selected, limit_of};
use super::runs::no_run;
use super::{Workspace, WorkspaceError};
use crate::connect::RowOutcome;
use crate::record::RowNumber;
use crate::store::{Cause, Edit, EditChange, IntegrationId, QueueGroup, QueueMark, Run, RunId, Store};
use read::Pages;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::PoisonError;

/// The groups of each step as they were counted last: by run, step and the tries after which rows are given up.
pub(super) type Counted = BTreeMap<(RunId, usize, u32), (QueueMark, Vec<QueueGroup>)>;

/// The column that holds, for each row, the record that a person chose to be updated.
pub const CHOSEN_COLUMN: &str = "sf__Chosen";

/// Examples shown of what a rule changes.
const EXAMPLES: usize = 5;

/// Rows of the queue with one cause, of one step of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueCard {
    /// The run.
    pub run: RunId,
    /// What it was called.
    pub name: String,
    /// The integration it ran, if it is stored.
    pub integration: Option<IntegrationId>,
    /// The step, counted from 0.
    pub step: usize,
    /// Its object.
    pub object: String,
    /// The org it writes to.
    pub org: String,
    /// Header of its source.
    pub columns: Vec<String>,
    /// What the rows have in common.
    pub cause: Cause,
    /// Tries after which rows are given up.
    pub limit: u32,
    /// Whether these were.
    pub gave_up: bool,
    /// How many rows.
    pub rows: u64,
    /// The other side's words about the first.
    pub example: String,
    /// What to do.
    pub hint: Option<String>,
    /// When the run ended, or began if it has not, in milliseconds since 1970.
    pub at: i64,
}

impl QueueCard {
    /// Its rows.
    pub fn selected(&self) -> Selected {
        Selected::Cause { step: self.step, cause: self.cause.clone(), gave_up: self.gave_up }
    }

    /// The cause in plain words.
    pub fn words(&self) -> String {
        causes::plain_words(&self.cause)
    }

    /// Whether a retry can take its rows up.
    pub fn may_be_sent_again(&self) -> bool {
        self.cause.outcome.may_be_sent_again()
    }
}

/// A row of the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueRow {
    /// The step, counted from 0.
    pub step: usize,
    /// Its number.
    pub row: RowNumber,
    /// Its line.
    pub line: u64,
    /// What became of it.
    pub outcome: RowOutcome,
    /// How often it was tried.
    pub tries: u32,
    /// Its cells, corrected.
    pub cells: Vec<String>,
    /// Corrected cells as they were: the column, and what stood there.
    pub before: Vec<(usize, String)>,
    /// The record that a person chose for it.
    pub chosen: Option<String>,
}

/// What a rule would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RulePreview {
    /// Rows looked at.
    pub rows: u64,
    /// Rows that change.
    pub changed: u64,
    /// Some of the changes: what stood there, and what will.
    pub examples: Vec<(String, String)>,
}

/// Where the choice of a record stands among the cells of a row.
pub(super) fn chosen_place(columns: &[String]) -> usize {
    match columns.last() {
        Some(last) if last == CHOSEN_COLUMN => columns.len() - 1,
        _ => columns.len(),
    }
}

impl Workspace {
    /// The queue by cause: of one run, or of all of them, the newest first.
    pub fn queue(&self, run: Option<RunId>) -> Result<Vec<QueueCard>, WorkspaceError> {
        let store = self.store()?;
        let mut cards = Vec::new();
        let mut known: Option<(Run, crate::integration::Integration)> = None;
        for (id, step) in store.queue_steps()?.into_iter().filter(|(id, _)| run.is_none_or(|run| run == *id)) {
            if known.as_ref().is_none_or(|(run, _)| run.id != id) {
                let (record, form, _) = self.recorded(&store, id)?;
                known = Some((record, form));
            }
            // What a sync did not get through is compared again by the next one.
            let Some((record, form)) = known.as_ref().filter(|(_, form)| !form.does_deeds()) else { continue };
            let Some(of) = record.steps.get(step) else { continue };
            let limit = limit_of(form, step);
            for group in self.groups_of(&store, id, step, limit)? {
                let why = group.example.outcome.rejection();
                cards.push(QueueCard {
                    run: id,
                    name: record.name.clone(),
                    integration: record.integration,
                    step,
                    object: of.object.clone(),
                    org: of.org.clone(),
                    columns: of.columns.clone(),
                    limit,
                    gave_up: group.gave_up,
                    rows: group.rows,
                    example: why.map(|why| why.message.clone()).unwrap_or_default(),
                    hint: why.and_then(|why| why.hint.clone()).map(Cow::into_owned),
                    at: record.ended_at.unwrap_or(record.began_at),
                    cause: group.cause,
                });
            }
        }
        if run.is_some_and(|run| known.as_ref().is_none_or(|(record, _)| record.id != run)) {
            // An empty queue is one thing, a run that is not there another.
            let run = run.unwrap_or(RunId(0));
            store.run(run)?.ok_or_else(|| no_run(run))?;
        }
        Ok(cards)
    }

    /// The queue of one step by cause. Where nothing has changed since it was counted last, it is not counted again: a million rows take
    /// seconds.
    fn groups_of(&self, store: &Store, run: RunId, step: usize, limit: u32) -> Result<Vec<QueueGroup>, WorkspaceError> {
        let mark = store.queue_mark(run, step)?;
        let key = (run, step, limit);
        let known = self.0.queues.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let (Some(mark), Some((known, groups))) = (mark, known)
            && mark == known
        {
            return Ok(groups);
        }
        let groups = store.queue_groups(run, step, limit)?;
        if let Some(mark) = mark {
            let mut queues = self.0.queues.lock().unwrap_or_else(PoisonError::into_inner);
            queues.insert(key, (mark, groups.clone()));
        }
        Ok(groups)
    }

    /// How many rows of a run are in the queue and may be sent again by themselves or by "retry all".
    pub fn retriable(&self, run: RunId) -> Result<u64, WorkspaceError> {
        let store = self.store()?;
        let (record, form, _) = self.recorded(&store, run)?;
        self.each_which(&record, &form, &Selected::All)
            .into_iter()
            .map(|(step, mut which)| {
                which.sendable = true;
                Ok(store.count_queue(run, step, &which)?)
            })
            .sum()
    }

    /// Rows of the queue, in row order from number `first`; a page of at most `count`.
    pub fn queue_rows(
        &self,
        run: RunId,
        rows: &Selected,
        first: RowNumber,
        count: usize,
    ) -> Result<Vec<QueueRow>, WorkspaceError> {
        let store = self.store()?;
        let (record, form, _) = self.recorded(&store, run)?;
        let mut page = Vec::new();
        for (step, which) in self.each_which(&record, &form, rows) {
            let mut pages = Pages::new(&store, run, step, &record.steps[step].columns, which, first, count);
            while page.len() < count {
                let Some(row) = pages.next_row()? else { break };
                page.push(row);
            }
        }
        Ok(page)
    }

    /// The numbers of a group's rows, every `apart`th of them, and how many there are.
    pub fn queue_marks(
        &self,
        run: RunId,
        rows: &Selected,
        apart: usize,
    ) -> Result<(Vec<RowNumber>, u64), WorkspaceError> {
        let store = self.store()?;
        let (record, form, _) = self.recorded(&store, run)?;
        let Selected::Cause { cause, .. } = rows else { return Ok((Vec::new(), 0)) };
        match self.each_which(&record, &form, rows).into_iter().next() {
            Some((step, which)) => Ok(store.queue_marks(run, step, cause.outcome, &which, apart)?),
            None => Ok((Vec::new(), 0)),
        }
    }

    /// What a rule would do to a column of these rows.
    pub fn preview_rule(
        &self,
        run: RunId,
        rows: &Selected,
        column: &str,
        rule: &CellRule,
    ) -> Result<RulePreview, WorkspaceError> {
        let mut preview = RulePreview::default();
        self.each_correction(run, rows, column, rule, &mut |correction| {
            preview.rows += 1;
            if let Some((before, after)) = correction {
                preview.changed += 1;
                let example = (before.to_owned(), after.to_owned());
                if preview.examples.len() < EXAMPLES && !preview.examples.contains(&example) {
                    preview.examples.push(example);
                }
            }
        })?;
        Ok(preview)
    }

    /// Corrects a column of these rows, and says how many changed.
    pub fn apply_rule(
        &self,
        run: RunId,
        rows: &Selected,
        column: &str,
        rule: &CellRule,
    ) -> Result<u64, WorkspaceError> {
        // Read by one connection, written by another: no list of a million cells is ever in memory.
        let (store, reader) = (self.store()?, self.store()?);
        let (record, form, _) = self.recorded(&reader, run)?;
        has_queue(&record, &form)?;
        let mut corrections = Vec::new();
        for (step, which) in self.each_which(&record, &form, rows) {
            let columns = &record.steps[step].columns;
            if let Some(at) = place_of(columns, column) {
                corrections.push((at, Pages::new(&reader, run, step, columns, which, 1, PAGE)));
            }
        }
        if corrections.is_empty() {
            return Err(no_column(&record, column));
        }
        let mut failed = None;
        let mut at = 0;
        let mut edits = std::iter::from_fn(|| {
            loop {
                let (column, pages) = corrections.get_mut(at)?;
                match pages.next_row() {
                    Ok(Some(row)) => {
                        if let Some(value) = corrected(&row, *column, rule) {
                            return Some(Edit { step: row.step, row: row.row, column: *column, value });
                        }
                    }
                    Ok(None) => at += 1,
                    Err(error) => {
                        failed = Some(error);
                        return None;
                    }
                }
            }
        });
        let what = rule.words(column);
        let changed = store.save_edits(run, self.now(), &what, &mut edits)?;
        if let Some(error) = failed {
            store.undo_edit(run, false)?;
            return Err(error);
        }
        if changed == 0 {
            store.undo_edit(run, false)?;
        } else {
            store.log(self.now(), &format!("{what}: {changed} rows of run {}", run.0), Some(run))?;
        }
        Ok(changed)
    }

    fn each_correction(
        &self,
        run: RunId,
        rows: &Selected,
        column: &str,
        rule: &CellRule,
        tell: &mut dyn FnMut(Option<(&str, &str)>),
    ) -> Result<(), WorkspaceError> {
        let store = self.store()?;
        let (record, form, _) = self.recorded(&store, run)?;
        has_queue(&record, &form)?;
        let mut known = false;
        for (step, which) in self.each_which(&record, &form, rows) {
            let columns = &record.steps[step].columns;
            let Some(at) = place_of(columns, column) else { continue };
            known = true;
            let mut pages = Pages::new(&store, run, step, columns, which, 1, PAGE);
            while let Some(row) = pages.next_row()? {
                let after = corrected(&row, at, rule);
                tell(after.as_deref().map(|after| (cell(&row, at), after)));
            }
        }
        if known { Ok(()) } else { Err(no_column(&record, column)) }
    }

    /// Corrects cells of one row of the queue: columns, counted from 0, and what they hold.
    pub fn edit_row(
        &self,
        run: RunId,
        step: usize,
        row: RowNumber,
        cells: &[(usize, String)],
    ) -> Result<(), WorkspaceError> {
        let store = self.store()?;
        let (record, form, _) = self.recorded(&store, run)?;
        has_queue(&record, &form)?;
        let columns = record.steps.get(step).map(|step| step.columns.clone()).unwrap_or_default();
        if self.queue_of_row(&store, &record, &form, step, row)?.is_none() {
            return Err(WorkspaceError::new(format!("row {row} of run {} is not in the error queue", run.0))
                .hint("A later run has taken it up, or it got through."));
        }
        let names: Vec<_> =
            cells.iter().map(|(column, _)| columns.get(*column).map_or("the record", String::as_str)).collect();
        let what = format!("Correct {} of row {row}", names.join(", "));
        let mut edits = cells.iter().map(|(column, value)| Edit { step, row, column: *column, value: value.clone() });
        store.save_edits(run, self.now(), &what, &mut edits)?;
        Ok(())
    }

    /// Chooses the record that a row updates; `None` takes the choice back.
    pub fn choose_record(
        &self,
        run: RunId,
        step: usize,
        row: RowNumber,
        record: Option<&str>,
    ) -> Result<(), WorkspaceError> {
        let store = self.store()?;
        let known = store.run(run)?.ok_or_else(|| no_run(run))?;
        let place = known.steps.get(step).map_or(0, |step| chosen_place(&step.columns));
        let id = match record {
            Some(id) => crate::record::id15_to_18(id.trim()).ok_or_else(|| {
                WorkspaceError::new(format!("{id} is no record id"))
                    .hint("A record id has 15 or 18 letters and digits.")
            })?,
            None => String::new(),
        };
        self.edit_row(run, step, row, &[(place, id)])
    }

    /// Takes rows out of the queue, for a reason that is logged.
    pub fn leave_as_is(&self, run: RunId, rows: &Selected, reason: &str) -> Result<u64, WorkspaceError> {
        let (store, reader) = (self.store()?, self.store()?);
        let (record, form, _) = self.recorded(&reader, run)?;
        has_queue(&record, &form)?;
        let mut left = Vec::new();
        for (step, which) in self.each_which(&record, &form, rows) {
            let mut pages = Pages::new(&reader, run, step, &[], which, 1, PAGE);
            while let Some(row) = pages.next_number()? {
                left.push((step, row));
            }
        }
        let reason = if reason.trim().is_empty() { "no reason given" } else { reason.trim() };
        let count = store.leave_as_is(run, self.now(), &format!("Leave as it is: {reason}"), &mut left.into_iter())?;
        store.log(self.now(), &format!("{count} rows of run {} left as they are: {reason}", run.0), Some(run))?;
        Ok(count)
    }

    /// Takes the last correction in a run's queue back, or with `again` makes it again. What it was, if there was one.
    pub fn undo_edit(&self, run: RunId, again: bool) -> Result<Option<EditChange>, WorkspaceError> {
        let store = self.store()?;
        let change = store.undo_edit(run, again)?;
        if let Some(change) = &change {
            let how = if again { "made again" } else { "taken back" };
            store.log(self.now(), &format!("{} {how} in run {}", change.what, run.0), Some(run))?;
        }
        Ok(change)
    }

    /// What was changed in the queue of a run, the oldest first.
    pub fn edit_changes(&self, run: RunId) -> Result<Vec<EditChange>, WorkspaceError> {
        Ok(self.store()?.edit_changes(run)?)
    }

    /// Which rows of each step these are.
    fn each_which(
        &self,
        record: &Run,
        form: &crate::integration::Integration,
        rows: &Selected,
    ) -> Vec<(usize, crate::store::Which)> {
        if form.does_deeds() {
            return Vec::new();
        }
        let step = |index: usize| form.steps.get(index).or_else(|| form.steps.last());
        (0..record.steps.len()).filter_map(|index| Some((index, rows.of(index, step(index)?)?))).collect()
    }

    fn queue_of_row(
        &self,
        store: &Store,
        record: &Run,
        form: &crate::integration::Integration,
        step: usize,
        row: RowNumber,
    ) -> Result<Option<QueueRow>, WorkspaceError> {
        let one = Selected::Rows { step, rows: vec![row] };
        match self.each_which(record, form, &one).into_iter().next() {
            Some((step, which)) => {
                Pages::new(store, record.id, step, &record.steps[step].columns, which, 1, 1).next_row()
            }
            None => Ok(None),
        }
    }
}

/// Refuses where rows are neither corrected nor sent again.
pub(super) fn has_queue(record: &Run, form: &crate::integration::Integration) -> Result<(), WorkspaceError> {
    if form.does_deeds() {
        let message = format!("run {} is a sync, and its rows are not sent again", record.id.0);
        return Err(WorkspaceError::new(message).hint("The next sync compares them again."));
    }
    Ok(())
}

/// Rows read at a time.
const PAGE: usize = 2_000;

fn cell(row: &QueueRow, column: usize) -> &str {
    row.cells.get(column).or(row.chosen.as_ref()).map_or("", String::as_str)
}

fn corrected(row: &QueueRow, column: usize, rule: &CellRule) -> Option<String> {
    let message = row.outcome.rejection().map_or("", |why| why.message.as_str());
    rule.apply(cell(row, column), message)
}

/// Where a column stands; also that of choices, which no file has.
fn place_of(columns: &[String], column: &str) -> Option<usize> {
    let exact = columns.iter().position(|name| name == column);
    exact
        .or_else(|| columns.iter().position(|name| name.eq_ignore_ascii_case(column)))
        .or_else(|| (column == CHOSEN_COLUMN).then(|| chosen_place(columns)))
}

fn no_column(record: &Run, column: &str) -> WorkspaceError {
    let columns: Vec<_> = record.steps.iter().flat_map(|step| step.columns.iter().map(String::as_str)).collect();
    let error = WorkspaceError::new(format!("the rows of run {} have no column {column}", record.id.0));
    match crate::formula::nearest(column, columns.iter().copied()) {
        Some(near) => error.hint(format!("Did you mean {near}?")),
        None => error.hint(format!("They have: {}.", columns.join(", "))),
    }
}

//! What became of rows: listed by page, grouped, told one by one, and written to files.

use super::runs::no_run;
use super::{ExportRows, FailureGroup, ResultRow, RowFilter, RowStory, Workspace, WorkspaceError, Written};
use crate::connect::write::{FileKind, TableWriter};
use crate::connect::{Outcome, RowOutcome};
use crate::integration::Plan;
use crate::mapping::{Mapped, MappedCell};
use crate::record::{Batch, RowNumber};
use crate::store::{Run, RunId, RunState, Settled, Store};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

impl Workspace {
    /// A page of a run's rows: `count` of them from the `first`, counted from 0 among those that pass the filter.
    pub fn rows(
        &self,
        run: RunId,
        filter: &RowFilter,
        first: u64,
        count: usize,
    ) -> Result<Vec<ResultRow>, WorkspaceError> {
        let store = self.store()?;
        let record = store.run(run)?.ok_or_else(|| no_run(run))?;
        let (mut skip, mut rows) = (first, Vec::new());
        for step in &record.steps {
            let here = count_in(&store, &record, step.index, filter)?;
            if skip < here && rows.len() < count {
                rows.extend(page(&store, run, step.index, filter, skip, count - rows.len())?);
            }
            skip = skip.saturating_sub(here);
        }
        Ok(rows)
    }

    /// How many rows of a run pass a filter.
    pub fn count_rows(&self, run: RunId, filter: &RowFilter) -> Result<u64, WorkspaceError> {
        let store = self.store()?;
        let record = store.run(run)?.ok_or_else(|| no_run(run))?;
        record.steps.iter().map(|step| count_in(&store, &record, step.index, filter)).sum()
    }

    /// Rows that did not get through, grouped by cause, most first.
    pub fn failures(&self, run: RunId) -> Result<Vec<FailureGroup>, WorkspaceError> {
        let store = self.store()?;
        let record = store.run(run)?.ok_or_else(|| no_run(run))?;
        let mut groups = Vec::new();
        for step in &record.steps {
            for (example, rows) in store.failure_groups(run, step.index)? {
                let Some(why) = example.outcome.rejection() else { continue };
                groups.push(FailureGroup {
                    outcome: example.outcome.outcome(),
                    code: why.code.clone(),
                    fields: why.fields.clone(),
                    example: why.message.clone(),
                    hint: why.hint.clone().map(Cow::into_owned),
                    rows,
                });
            }
        }
        groups.sort_by_key(|group| std::cmp::Reverse(group.rows));
        Ok(groups)
    }

    /// Everything about one row.
    pub fn story(&self, run: RunId, step: usize, row: RowNumber) -> Result<RowStory, WorkspaceError> {
        let store = self.store()?;
        let record = store.run(run)?.ok_or_else(|| no_run(run))?;
        let step_record = record.steps.get(step).ok_or_else(|| no_run(run))?;
        let batch = store.blocks(run, step, row).read()?.unwrap_or_default();
        let found = row.checked_sub(batch.first()).and_then(|at| batch.row(at as usize));
        let found = found.ok_or_else(|| WorkspaceError::new(format!("run {} has no row {row}", run.0)))?;
        let mut sent = Vec::new();
        let mut of_sync = false;
        if let Some((form, shapes)) = store.run_form(run)?
            && let Ok(plan) = Plan::compile(&form, shapes, record.began_at)
            && let Ok(plan) = super::runs::in_passes(plan)
        {
            of_sync = plan.integration.does_deeds();
            let mut mapped = Mapped::default();
            let mapper = &plan.steps[step].mapper;
            let linked = store.found_between(run, step, row, row)?;
            let link = |lookup: usize| linked.iter().find(|l| l.slot == lookup + 1).map(|l| l.record.as_str());
            mapper.map(found, &link, &mut mapped, |_, _| ());
            for (cell, target) in mapper.targets().enumerate() {
                match mapped.cell(cell) {
                    MappedCell::Keep => {}
                    MappedCell::Clear => sent.push((target.path.clone(), String::new())),
                    MappedCell::Value(value) => sent.push((target.path.clone(), value.to_owned())),
                }
            }
        }
        let outcome = store.outcomes_between(run, step, row, row)?.pop().map(|settled| settled.outcome);
        let org = if step_record.writes_to_table() { None } else { store.org(&step_record.org)? };
        let id = outcome.as_ref().and_then(RowOutcome::id);
        let record_url =
            org.zip(id).filter(|(org, _)| !org.url.is_empty()).map(|(org, id)| format!("{}/{id}", org.url));
        let attempts = super::lineage::attempts(&store, run, step, row)?;
        let before = super::lineage::corrected(&store, run, step, row, found)?;
        let waits_for = store.waits(run, step, row)?.map(|waits| (waits.on_run, waits.on_step, waits.on_row));
        let carried = self.carried(run, step, row)?;
        let waiting_for_it = store.waiting_for(run, step, row)?;
        let origin = store.origin(run, step, row)?;
        let mut cells: Vec<_> = found.cells().map(str::to_owned).collect();
        let mut chosen = None;
        for edit in store.edits_between(run, step, row, row)? {
            match cells.get_mut(edit.column) {
                Some(cell) => *cell = edit.value,
                None => chosen = Some(edit.value).filter(|id| !id.is_empty()),
            }
        }
        let row = ResultRow {
            step,
            row,
            line: found.line(),
            outcome,
            cells,
            tries: origin.map_or(1, |origin| origin.tries),
            from: origin.map(|origin| (origin.from_run, origin.from_row)),
            taken_up_by: store.taken_up(run, step, row)?,
        };
        let columns = step_record.columns.clone();
        Ok(RowStory {
            row,
            columns,
            sent,
            record_url,
            attempts,
            before,
            chosen,
            waits_for,
            waiting_for_it,
            carried,
            of_sync,
        })
    }

    /// Writes rows of a run to a file, in the order of the source: all source columns, what became of the row, and its line.
    /// A run of several steps makes a file for each.
    pub fn export(&self, run: RunId, rows: ExportRows, kind: FileKind, path: &Path) -> Result<Written, WorkspaceError> {
        let store = self.store()?;
        let record = store.run(run)?.ok_or_else(|| no_run(run))?;
        let mut written = 0;
        for step in &record.steps {
            let path = if record.steps.len() == 1 { path.to_owned() } else { numbered(path, step.index + 1) };
            written += export_step(&store, run, step.index, &step.columns, rows, kind, &path)?;
        }
        store.log(self.now(), &format!("{written} rows of run {} written to {}", run.0, path.display()), Some(run))?;
        Ok(Written { path: path.to_owned(), rows: written })
    }
}

fn count_in(store: &Store, record: &Run, step: usize, filter: &RowFilter) -> Result<u64, WorkspaceError> {
    if !filter.takes(step) {
        return Ok(0);
    }
    let read = record.steps.get(step).map_or(0, |step| step.read);
    if filter.outcomes.is_empty() && filter.code.is_none() {
        return Ok(if filter.waiting { read.saturating_sub(store.tally(record.id, step)?.total()) } else { read });
    }
    let outcomes: &[Outcome] = if filter.outcomes.is_empty() { &Outcome::ALL } else { &filter.outcomes };
    match &filter.code {
        None => {
            // Counted when the run ended; nothing is added after that.
            let ended = record.state != RunState::Running && record.ended_at.is_some();
            let tally = match record.steps.get(step).filter(|_| ended) {
                Some(step) => step.tally,
                None => store.tally(record.id, step)?,
            };
            Ok(outcomes.iter().map(|outcome| tally.of(*outcome)).sum())
        }
        Some(code) => Ok(store.count_outcomes(record.id, step, outcomes, Some(code))?),
    }
}

fn page(
    store: &Store,
    run: RunId,
    step: usize,
    filter: &RowFilter,
    skip: u64,
    count: usize,
) -> Result<Vec<ResultRow>, WorkspaceError> {
    let settled: Vec<(RowNumber, Option<RowOutcome>)> = if filter.outcomes.is_empty() && filter.code.is_none() {
        if filter.waiting {
            let done = store.settled_rows(run, step)?;
            let read = store.run(run)?.and_then(|run| run.steps.get(step).map(|step| step.read)).unwrap_or(0);
            (1..=read).filter(|row| !done.has(*row)).skip(skip as usize).take(count).map(|row| (row, None)).collect()
        } else {
            let (from, to) = (skip + 1, skip + count as u64);
            let mut outcomes = store.outcomes_between(run, step, from, to)?.into_iter().peekable();
            let read = store.run(run)?.and_then(|run| run.steps.get(step).map(|step| step.read)).unwrap_or(0);
            (from..=to.min(read))
                .map(|row| (row, outcomes.next_if(|settled| settled.row == row).map(|settled| settled.outcome)))
                .collect()
        }
    } else {
        let outcomes: &[Outcome] = if filter.outcomes.is_empty() { &Outcome::ALL } else { &filter.outcomes };
        let page = store.outcomes_page(run, step, outcomes, filter.code.as_deref(), skip, count)?;
        page.into_iter().map(|Settled { row, outcome }| (row, Some(outcome))).collect()
    };
    with_cells(store, run, step, settled)
}

/// Adds the source cells to rows given in ascending order.
pub(super) fn with_cells(
    store: &Store,
    run: RunId,
    step: usize,
    settled: Vec<(RowNumber, Option<RowOutcome>)>,
) -> Result<Vec<ResultRow>, WorkspaceError> {
    let retried = store.run(run)?.is_some_and(|run| run.retry_of.is_some());
    let mut batch = Batch::default();
    let mut rows = Vec::with_capacity(settled.len());
    for (row, outcome) in settled {
        if row < batch.first() || row >= batch.first() + batch.len() as u64 {
            batch = store.blocks(run, step, row).read()?.unwrap_or_default();
        }
        let Some(found) = row.checked_sub(batch.first()).and_then(|at| batch.row(at as usize)) else { continue };
        let cells = found.cells().map(str::to_owned).collect();
        let origin = if retried { store.origin(run, step, row)? } else { None };
        let attention = outcome.as_ref().is_some_and(|outcome| outcome.outcome().wants_attention());
        rows.push(ResultRow {
            step,
            row,
            line: found.line(),
            outcome,
            cells,
            tries: origin.map_or(1, |origin| origin.tries),
            from: origin.map(|origin| (origin.from_run, origin.from_row)),
            taken_up_by: if attention { store.taken_up(run, step, row)? } else { None },
        });
    }
    Ok(rows)
}

fn numbered(path: &Path, step: usize) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().map(|ending| format!(".{}", ending.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem}-{step}{ending}"))
}

fn export_step(
    store: &Store,
    run: RunId,
    step: usize,
    columns: &[String],
    rows: ExportRows,
    kind: FileKind,
    path: &Path,
) -> Result<u64, WorkspaceError> {
    let mut table = TableWriter::create(path, kind)?;
    let mut header: Vec<&str> = columns.iter().map(String::as_str).collect();
    match rows {
        ExportRows::Success => header.extend(["sf__Id", "sf__Created", "sf__Row"]),
        ExportRows::Error => header.extend(["sf__Error", "sf__Row", "sf__Tries"]),
    }
    table.header(&header)?;
    let mut blocks = store.blocks(run, step, 1);
    let mut origins = super::lineage::Tries::new(store, run, step);
    let mut written = 0;
    while let Some(batch) = blocks.read()? {
        let last = batch.first() + batch.len() as u64;
        let mut outcomes = store.outcomes_between(run, step, batch.first(), last)?.into_iter().peekable();
        for row in batch.rows() {
            let outcome = outcomes.next_if(|settled| settled.row == row.number()).map(|settled| settled.outcome);
            let Some(more) = told(rows, outcome.as_ref()) else { continue };
            let line = row.line().to_string();
            let tries = match rows {
                ExportRows::Success => None,
                ExportRows::Error => Some(origins.tries(row.number())?.to_string()),
            };
            let behind = more.iter().map(String::as_str).chain([line.as_str()]).chain(tries.as_deref());
            let extra = row.extra().iter().map(String::as_str);
            table.row(row.cells().chain(behind).chain(extra))?;
            written += 1;
        }
    }
    table.finish()?;
    Ok(written)
}

/// What a row's outcome adds to its line in a file; `None` when the row belongs into the other file.
fn told(rows: ExportRows, outcome: Option<&RowOutcome>) -> Option<Vec<String>> {
    match (rows, outcome) {
        (ExportRows::Success, Some(outcome)) => {
            let created = outcome.outcome() == Outcome::Created;
            outcome.id().map(|id| vec![id.to_owned(), created.to_string()])
        }
        (ExportRows::Error, Some(outcome)) => outcome.rejection().map(|why| {
            let hint = why.hint.as_ref().map(|hint| format!(" — {hint}")).unwrap_or_default();
            vec![format!("{}: {}{hint}", why.code, why.message)]
        }),
        (ExportRows::Error, None) => Some(vec!["waiting: not sent yet; continue the run".to_owned()]),
        (ExportRows::Success, None) => None,
    }
}

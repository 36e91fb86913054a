//! A file of rows that did not get through, corrected by a person: what they changed becomes corrections of the queue.

use super::read::Pages;
use crate::cancel::Cancel;
use crate::connect::file::{self, FileFormat};
use crate::record::RowNumber;
use crate::store::{Edit, Run, RunId};
use crate::workspace::retry::Selected;
use crate::workspace::{Workspace, WorkspaceError};
use std::collections::HashMap;
use std::path::Path;

/// The column by which rows are found.
const ROW: &str = "sf__Row";

/// What a corrected file came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corrected {
    /// The step that the rows belong to, counted from 0.
    pub step: usize,
    /// The rows that the file has and the queue too.
    pub rows: Vec<RowNumber>,
    /// How many of them the file changes.
    pub changed: u64,
    /// Rows of the file that are not in the queue.
    pub unknown: u64,
}

impl Workspace {
    /// Takes the changed cells of a file as corrections. Its rows are found by `sf__Row`, the line in the source; columns that the
    /// rows do not have are left alone.
    pub fn import_corrected(&self, run: RunId, step: Option<usize>, path: &Path) -> Result<Corrected, WorkspaceError> {
        let store = self.store()?;
        let (record, form, _) = self.recorded(&store, run)?;
        let name = path.display();
        let mut inspection = self.inspect(path)?;
        if let FileFormat::Csv(csv) = &mut inspection.settings.format
            && !csv.header
        {
            // The column that must be there has a name.
            csv.header = true;
            inspection = self.inspect_as(&inspection.settings)?;
        }
        let header: Vec<String> = inspection.columns.fields.iter().map(|field| field.name.clone()).collect();
        let line_at = header.iter().position(|column| column.eq_ignore_ascii_case(ROW)).ok_or_else(|| {
            WorkspaceError::new(format!("{name} has no column {ROW}, by which its rows are found"))
                .hint("Correct a file that was exported from the run's errors, and keep that column.")
        })?;
        let step = match step {
            Some(step) => step,
            None => self.step_of_file(&record, &form, run, &header)?,
        };
        let columns = record.steps.get(step).map(|step| step.columns.clone()).unwrap_or_default();
        // Where each column of the file stands among those of the rows. Names first, and places where names occur twice.
        let mut taken = vec![false; columns.len()];
        let places: Vec<Option<usize>> = header
            .iter()
            .map(|name| {
                let place = columns.iter().enumerate().position(|(at, column)| column == name && !taken[at])?;
                taken[place] = true;
                Some(place)
            })
            .collect();
        if places.iter().all(Option::is_none) {
            return Err(WorkspaceError::new(format!("{name} has none of the columns of these rows"))
                .hint(format!("They have: {}.", columns.join(", "))));
        }
        let mut lines = HashMap::new();
        for (step, which) in self.each_which(&record, &form, &Selected::Rows { step, rows: Vec::new() }) {
            let which = crate::store::Which { rows: None, ..which };
            let mut pages = Pages::new(&store, run, step, &columns, which, 1, super::PAGE);
            while let Some(row) = pages.next_row()? {
                lines.insert(row.line, row.row);
            }
        }
        let (mut rows, mut unknown, mut edits) = (Vec::new(), 0, Vec::new());
        let mut source = file::open(&inspection.settings)?;
        let cancel = Cancel::new();
        while let Some(batch) = source.read()? {
            cancel.check().map_err(|_| WorkspaceError::new("stopped"))?;
            for line in batch.rows() {
                if let Some(fault) = line.fault() {
                    return Err(WorkspaceError::new(format!("{name} line {}: {}", line.line(), fault.message))
                        .hint("Mend the file; nothing was changed."));
                }
                let Some(row) = line.cell(line_at).trim().parse().ok().and_then(|at: u64| lines.remove(&at)) else {
                    unknown += 1;
                    continue;
                };
                rows.push(row);
                for (at, place) in places.iter().enumerate() {
                    if let Some(column) = place {
                        edits.push(Edit { step, row, column: *column, value: line.cell(at).to_owned() });
                    }
                }
            }
        }
        rows.sort_unstable();
        edits.sort_by_key(|edit| (edit.row, edit.column));
        let changed = self.keep_changes(&store, &record, &form, (step, &rows), edits, path)?;
        Ok(Corrected { step, rows, changed, unknown })
    }

    /// Keeps the cells that differ from what the rows hold now.
    fn keep_changes(
        &self,
        store: &crate::store::Store,
        record: &Run,
        form: &crate::integration::Integration,
        (step, rows): (usize, &[RowNumber]),
        mut edits: Vec<Edit>,
        path: &Path,
    ) -> Result<u64, WorkspaceError> {
        let columns = record.steps.get(step).map(|step| step.columns.clone()).unwrap_or_default();
        for (step, which) in self.each_which(record, form, &Selected::Rows { step, rows: rows.to_vec() }) {
            let mut pages = Pages::new(store, record.id, step, &columns, which, 1, super::PAGE);
            while let Some(row) = pages.next_row()? {
                let from = edits.partition_point(|edit| edit.row < row.row);
                for edit in edits[from..].iter_mut().take_while(|edit| edit.row == row.row) {
                    if row.cells.get(edit.column) == Some(&edit.value) {
                        // Marked, and dropped together below.
                        edit.column = usize::MAX;
                    }
                }
            }
        }
        edits.retain(|edit| edit.column != usize::MAX);
        if edits.is_empty() {
            return Ok(0);
        }
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let changed =
            store.save_edits(record.id, self.now(), &format!("Corrections of {file}"), &mut edits.into_iter())?;
        let line = format!("{changed} rows of run {} corrected from {}", record.id.0, path.display());
        store.log(self.now(), &line, Some(record.id))?;
        Ok(changed)
    }

    /// The step whose rows a file with this header holds.
    fn step_of_file(
        &self,
        record: &Run,
        form: &crate::integration::Integration,
        run: RunId,
        header: &[String],
    ) -> Result<usize, WorkspaceError> {
        let store = self.store()?;
        let mut fitting = Vec::new();
        for (step, which) in self.each_which(record, form, &Selected::All) {
            let which = crate::store::Which { gave_up: None, ..which };
            let columns = &record.steps[step].columns;
            if columns.iter().all(|column| header.contains(column)) && store.count_queue(run, step, &which)? > 0 {
                fitting.push(step);
            }
        }
        match fitting.as_slice() {
            [only] => Ok(*only),
            [] => Err(WorkspaceError::new("the file does not have all columns of the rows that did not get through")
                .hint("Correct a file that was exported from the run's errors, and keep its columns; or say --step.")),
            several => {
                let steps: Vec<_> = several.iter().map(|step| (step + 1).to_string()).collect();
                Err(WorkspaceError::new(format!("the file may belong to step {}", steps.join(" or ")))
                    .hint("Say which with --step."))
            }
        }
    }
}

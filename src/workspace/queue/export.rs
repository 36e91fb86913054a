//! Rows of the queue in a file: corrected in a spreadsheet, it comes back.

use super::read::Pages;
use crate::connect::write::{FileKind, TableWriter};
use crate::store::RunId;
use crate::workspace::retry::Selected;
use crate::workspace::runs::no_run;
use crate::workspace::{Workspace, WorkspaceError, Written};
use std::path::Path;

impl Workspace {
    /// Writes rows of a step's queue to a file, corrected as they are: all source columns, then why they did not get through, their
    /// line, how often they were tried, and their run. The file can be corrected and read in again.
    pub fn export_queue(
        &self,
        run: RunId,
        step: usize,
        rows: &Selected,
        kind: FileKind,
        path: &Path,
    ) -> Result<Written, WorkspaceError> {
        let store = self.store()?;
        let (record, form, _) = self.recorded(&store, run)?;
        let columns = &record.steps.get(step).ok_or_else(|| no_run(run))?.columns;
        let mut table = TableWriter::create(path, kind)?;
        let own = ["sf__Error", "sf__Row", "sf__Tries", "sf__Run"];
        let header: Vec<_> = columns.iter().map(String::as_str).chain(own).collect();
        table.header(&header)?;
        let mut written = 0;
        for (_, which) in self.each_which(&record, &form, rows).into_iter().filter(|(index, _)| *index == step) {
            let mut pages = Pages::new(&store, run, step, columns, which, 1, super::PAGE);
            while let Some(row) = pages.next_row()? {
                let why = row.outcome.rejection().map(|why| format!("{}: {}", why.code, why.message));
                let own = [why.unwrap_or_default(), row.line.to_string(), row.tries.to_string(), run.0.to_string()];
                table.row(row.cells.iter().chain(&own).map(String::as_str))?;
                written += 1;
            }
        }
        table.finish()?;
        let line = format!("{written} rows of the error queue of run {} written to {}", run.0, path.display());
        store.log(self.now(), &line, Some(run))?;
        Ok(Written { path: path.to_owned(), rows: written })
    }
}

//! How questions about errors are answered, on the worker's threads.

use super::{ErrorsAsk, ErrorsDeed, ErrorsTold, PAGE};
use crate::connect::write::FileKind;
use crate::gui::command::ExportKind;
use crate::gui::event::Answer;
use crate::gui::format;
use crate::store::RunId;
use crate::workspace::{Workspace, WorkspaceError};

/// Answers.
pub(in crate::gui) fn answer(workspace: &Workspace, ask: ErrorsAsk) -> ErrorsTold {
    match ask {
        ErrorsAsk::Groups => ErrorsTold::Groups(workspace.queue(None)),
        ErrorsAsk::Marks(group) => {
            let answer = workspace.queue_marks(group.run, &group.selected(), PAGE as usize);
            ErrorsTold::Marks(group, answer)
        }
        ErrorsAsk::Page { group, page, first } => {
            let answer = workspace.queue_rows(group.run, &group.selected(), first, PAGE as usize);
            ErrorsTold::Page(group, page, answer)
        }
        ErrorsAsk::Advice(group) => {
            let answer = workspace.advice(group.run, group.step, &group.cause, group.gave_up);
            ErrorsTold::Advice(group, answer)
        }
        ErrorsAsk::Changes(run) => ErrorsTold::Changes(run, workspace.edit_changes(run)),
        ErrorsAsk::Preview { group, column, rule, ticket } => {
            let answer = workspace.preview_rule(group.run, &group.selected(), &column, &rule);
            ErrorsTold::Previewed(ticket, answer)
        }
        ErrorsAsk::Existing { group, row } => {
            let answer = workspace.existing(group.run, group.step, row);
            ErrorsTold::Existing(group, row, answer)
        }
        ErrorsAsk::Do(deed) => {
            let run = run_of(&deed);
            ErrorsTold::Did(run, perform(workspace, deed))
        }
    }
}

/// The run whose queue is another one once this is done.
pub(in crate::gui) fn changes_queue(ask: &ErrorsAsk) -> Option<RunId> {
    match ask {
        ErrorsAsk::Do(ErrorsDeed::Export { .. }) => None,
        ErrorsAsk::Do(deed) => Some(run_of(deed)),
        _ => None,
    }
}

fn run_of(deed: &ErrorsDeed) -> RunId {
    match deed {
        ErrorsDeed::Apply { group, .. }
        | ErrorsDeed::Edit { group, .. }
        | ErrorsDeed::Choose { group, .. }
        | ErrorsDeed::Export { group, .. } => group.run,
        ErrorsDeed::Undo { run, .. } | ErrorsDeed::Leave { run, .. } | ErrorsDeed::Import { run, .. } => *run,
    }
}

fn perform(workspace: &Workspace, deed: ErrorsDeed) -> Answer<Option<String>> {
    let rows = |count| format::count(count, "row", "rows");
    Ok(match deed {
        ErrorsDeed::Apply { group, column, rule } => {
            let changed = workspace.apply_rule(group.run, &group.selected(), &column, &rule)?;
            Some(format!("{} corrected: {}", rows(changed), rule.words(&column)))
        }
        ErrorsDeed::Edit { group, row, column, value } => {
            workspace.edit_row(group.run, group.step, row, &[(column, value)])?;
            None
        }
        ErrorsDeed::Undo { run, again } => {
            let change = workspace.undo_edit(run, again)?;
            change.map(|change| format!("{}: {}", if again { "Made again" } else { "Taken back" }, change.what))
        }
        ErrorsDeed::Leave { run, rows: which, reason } => {
            let left = workspace.leave_as_is(run, &which, &reason)?;
            Some(format!("{} left as they are. Ctrl+Z brings them back.", rows(left)))
        }
        ErrorsDeed::Choose { group, row, record } => {
            workspace.choose_record(group.run, group.step, row, record.as_deref())?;
            None
        }
        ErrorsDeed::Export { group, kind, path } => {
            let kind = match kind {
                ExportKind::Workbook => FileKind::Xlsx,
                ExportKind::CsvForExcel => FileKind::CsvForExcel,
                ExportKind::Csv => FileKind::Csv,
            };
            let written = workspace.export_queue(group.run, group.step, &group.selected(), kind, &path)?;
            Some(format!("{} written to {}", rows(written.rows), path.display()))
        }
        ErrorsDeed::Import { run, step, path } => {
            let corrected = workspace.import_corrected(run, Some(step), &path)?;
            if corrected.rows.is_empty() {
                return Err(WorkspaceError::new(format!("{} has no row that is in the error queue", path.display()))
                    .hint("Rows are found by sf__Row. They may have been taken up by a later run."));
            }
            let unknown = match corrected.unknown {
                0 => String::new(),
                unknown => format!("; {} not in the queue", rows(unknown)),
            };
            let found = rows(corrected.rows.len() as u64);
            Some(format!("{found} found, {} corrected{unknown}", format::number(corrected.changed)))
        }
    })
}

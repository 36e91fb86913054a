//! How questions about conflicts are answered, on the worker's threads.

use super::{ConflictsAsk, ConflictsDeed, ConflictsTold, Done, PAGE};
use crate::gui::event::Answer;
use crate::gui::format;
use crate::store::Answered;
use crate::workspace::{Workspace, WorkspaceError};
use std::sync::Arc;

/// Deeds that can be told of.
const DEEDS: usize = 20;

/// Answers.
pub(in crate::gui) fn answer(workspace: &Workspace, ask: ConflictsAsk) -> ConflictsTold {
    match ask {
        ConflictsAsk::Counts => ConflictsTold::Counts(workspace.conflict_counts()),
        ConflictsAsk::Groups(filter) => {
            let answer = workspace.conflict_groups(&filter);
            ConflictsTold::Groups(filter, answer)
        }
        ConflictsAsk::Count(listed) => {
            let answer = workspace.count_conflicts(&listed.filter);
            ConflictsTold::Counted(listed, answer)
        }
        ConflictsAsk::Page(listed, page) => {
            let answer = workspace.conflicts(&listed.filter, listed.order, page * PAGE, PAGE as usize);
            ConflictsTold::Page(listed, page, answer)
        }
        ConflictsAsk::Story(id) => ConflictsTold::Story(id, workspace.conflict(id).map(Arc::new)),
        ConflictsAsk::Deeds => ConflictsTold::Deeds(workspace.conflict_deeds(DEEDS)),
        ConflictsAsk::Ends(filter) => {
            let answer = workspace.conflict_ends(&filter);
            ConflictsTold::Ends(filter, answer)
        }
        ConflictsAsk::InStep(integration, step) => {
            let answer = workspace.records_in_step(integration, step);
            ConflictsTold::InStep(integration, step, answer)
        }
        ConflictsAsk::Decided => ConflictsTold::Decided(workspace.decided_conflicts()),
        ConflictsAsk::Look { filter, wish, ticket } => {
            ConflictsTold::Looked(ticket, workspace.resolve_as(&filter, &wish, true))
        }
        ConflictsAsk::LookAtSheet(path) => {
            let answer = workspace.import_conflicts(&path, true);
            ConflictsTold::Sheet(path, answer)
        }
        ConflictsAsk::Do(deed) => ConflictsTold::Did(perform(workspace, deed)),
    }
}

/// Whether the lists are others once this is done.
pub(in crate::gui) fn changes(ask: &ConflictsAsk) -> bool {
    matches!(ask, ConflictsAsk::Do(deed) if !matches!(deed, ConflictsDeed::Export { .. }))
}

fn perform(workspace: &Workspace, deed: ConflictsDeed) -> Answer<Done> {
    let conflicts = |count| format::count(count, "conflict", "conflicts");
    let said = |sentence: String| Done { sentence: Some(sentence), ..Done::default() };
    Ok(match deed {
        ConflictsDeed::Resolve(id, resolution) => {
            workspace.resolve(id, &resolution)?;
            Done::default()
        }
        ConflictsDeed::ResolveAll { filter, wish } => decided(&workspace.resolve_as(&filter, &wish, false)?),
        ConflictsDeed::Undo { again } => match workspace.undo_resolution(again)? {
            None => Done::default(),
            Some((deed, touched)) => {
                let verb = if again { "Decided again" } else { "Taken back" };
                let rest = deed.conflicts.saturating_sub(touched);
                let hint = (rest > 0).then(|| format!("{} moved on since, and stay as they are.", conflicts(rest)));
                let of = if deed.conflicts > 1 { format!(" ({})", conflicts(touched)) } else { String::new() };
                Done {
                    sentence: Some(format!("{verb}: {}{of}", deed.what)),
                    hint,
                    look_at: deed.only.filter(|_| !again),
                }
            }
        },
        ConflictsDeed::Assign(id, to) => {
            let filter = crate::store::ConflictFilter { ids: Some(vec![id]), ..Default::default() };
            workspace.assign(&filter, to.as_deref())?;
            Done::default()
        }
        ConflictsDeed::Comment(id, text) => {
            workspace.comment(id, &text)?;
            Done::default()
        }
        ConflictsDeed::Export { filter, kind, path } => {
            let written = workspace.export_conflicts(&filter, kind, &path)?;
            said(format!("{} written to {}", conflicts(written.rows), path.display()))
        }
        ConflictsDeed::Import(path) => {
            let taken = workspace.import_conflicts(&path, false)?;
            if taken.answered.decided == 0 {
                return Err(WorkspaceError::new(format!("{} decides nothing that can be taken", path.display())));
            }
            decided(&taken.answered)
        }
    })
}

fn decided(answered: &Answered) -> Done {
    let conflicts = |count| format::count(count, "conflict", "conflicts");
    let stay = answered.left.values().sum::<u64>();
    Done {
        sentence: Some(format!("{} decided, not yet written. Ctrl+Z takes that back.", conflicts(answered.decided))),
        hint: (stay > 0).then(|| format!("{} stay as they are, since that does not answer them.", conflicts(stay))),
        look_at: None,
    }
}

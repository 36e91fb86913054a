//! How the designer's questions are answered, on the worker's threads.

use super::{Ask, Exported, Form, Told};
use crate::cancel::Cancel;
use crate::gui::event::Answer;
use crate::integration::exchange::LeftOut;
use crate::store::IntegrationId;
use crate::workspace::{Workspace, WorkspaceError};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// The preview under way; a newer one ends it.
pub(in crate::gui) type Previews = Arc<Mutex<Cancel>>;

/// Rows that a rule is tried on.
const TRIED: usize = 11;

/// Answers; `None` where a newer question has made the answer stale.
pub(in crate::gui) fn answer(workspace: &Workspace, previews: &Previews, ask: Ask) -> Option<Told> {
    Some(match ask {
        Ask::Open(id) => Told::Opened(id, open(workspace, id)),
        Ask::Look(settings) => {
            let answer = workspace.look_at(&settings).map(Arc::new);
            Told::Looked(settings, answer)
        }
        Ask::Profile(source) => {
            let answer = workspace.profile(&source, &Cancel::new(), &mut |_| {}).map(Arc::new);
            Told::Profiled(source, answer)
        }
        Ask::LookNew(path) => Told::LookedNew(workspace.inspect(&path).map(Arc::new)),
        Ask::Guess { file, org, ticket } => Told::Guessed(ticket, workspace.guess(&file, &org).map(Arc::new)),
        Ask::Check { integration, ticket } => Told::Checked(ticket, workspace.check(&integration)),
        Ask::Preview { integration, rows, ticket } => {
            let cancel = Cancel::new();
            let mut under_way = previews.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *under_way, cancel.clone()).request();
            drop(under_way);
            let answer = workspace.preview(&integration, rows, &cancel);
            if cancel.requested() {
                return None;
            }
            Told::Previewed(ticket, answer.map(Arc::new))
        }
        Ask::Try { look, step, integration, target, first, ticket } => {
            let tried = workspace.try_rule(&look, &step, &integration, &target, first..first + TRIED);
            Told::Tried(ticket, tried.map(Arc::new))
        }
        Ask::Propose { look, step, ticket } => Told::Proposed(ticket, workspace.suggest(&look, &step).map(Arc::new)),
        Ask::Accept { integration, ticket } => {
            Told::Accepted(ticket, workspace.accept_drift(&integration).map(Arc::new))
        }
        Ask::OtherFile { known, path, ticket } => {
            Told::OtherFile(ticket, workspace.other_file(&known, &path).map(Box::new))
        }
        Ask::ReadTable { path, place } => Told::TableRead(place, workspace.read_table(&path).map(Arc::new)),
        Ask::WriteTable { table, path } => Told::TableWritten(workspace.write_table(&table, &path).map(|()| path)),
        Ask::Export { what, form, path } => Told::Exported(export(workspace, what, form, path)),
        Ask::Save { id, integration, ticket } => {
            let stored = workspace.save_integration(id, &integration);
            let stored = stored.and_then(|id| Ok((id, Arc::new(workspace.integration(id)?))));
            Told::Saved(ticket, stored)
        }
    })
}

fn export(workspace: &Workspace, what: Exported, form: Form, path: PathBuf) -> Answer<(PathBuf, Vec<LeftOut>)> {
    let integration = match what {
        Exported::Here(integration) => *integration,
        Exported::Stored(id) => workspace.integration(id)?,
    };
    let written = form.write(workspace, &integration);
    workspace.write_files(&path, &written)?;
    Ok((path, written.left_out))
}

fn open(workspace: &Workspace, id: IntegrationId) -> Answer<Arc<crate::integration::Integration>> {
    let integration = workspace.integration(id)?;
    if integration.steps.is_empty() {
        return Err(WorkspaceError::new(format!("\"{}\" has no step", integration.name))
            .hint("Delete it, and keep an import anew."));
    }
    Ok(Arc::new(integration))
}

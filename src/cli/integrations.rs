//! Integrations on the command line.

use super::args::{ExportIntegration, ImportIntegration};
use super::{Answer, Result, moment, print};
use crate::workspace::{Workspace, WorkspaceError};
use serde_json::json;

pub(super) fn list(workspace: &Workspace) -> Result<Answer> {
    let cards = workspace.integrations()?;
    let rows: Vec<_> = cards
        .iter()
        .map(|card| {
            let last = card.last_run.as_ref().map_or("never run", |run| run.state.label());
            vec![card.id.0.to_string(), card.name.clone(), card.sentences.join("; "), last.to_owned()]
        })
        .collect();
    print::table(&["ID", "NAME", "WHAT", "LAST RUN"], &rows);
    let cards: Vec<_> = cards
        .iter()
        .map(|card| {
            json!({
                "id": card.id, "name": card.name, "steps": card.sentences, "org": card.org,
                "changed_at": moment(card.changed_at), "last_run": card.last_run.as_ref().map(|run| run.id),
            })
        })
        .collect();
    Ok(Answer::ok(json!({ "integrations": cards })))
}

pub(super) fn export(workspace: &Workspace, what: &ExportIntegration) -> Result<Answer> {
    let (id, integration) = workspace.find_integration(&what.integration)?;
    let text = integration.to_file();
    match &what.output {
        None => print::data(text.trim_end()),
        Some(path) => {
            std::fs::write(path, text).map_err(|error| {
                WorkspaceError::new(format!("{} cannot be written: {error}", path.display()))
                    .hint("Check that the folder exists and that you may write there.")
            })?;
            print::talk(&format!("\"{}\" written to {}", integration.name, path.display()));
        }
    }
    Ok(Answer::ok(json!({ "id": id, "output": what.output })))
}

pub(super) fn import(workspace: &Workspace, what: &ImportIntegration) -> Result<Answer> {
    let id = workspace.import_integration(&what.file)?;
    print::talk(&format!("Kept as integration {}", id.0));
    Ok(Answer::ok(json!({ "id": id })))
}

pub(super) fn delete(workspace: &Workspace, name: &str) -> Result<Answer> {
    let (id, integration) = workspace.find_integration(name)?;
    workspace.delete_integration(id)?;
    print::talk(&format!("Deleted \"{}\"", integration.name));
    Ok(Answer::ok(json!({ "deleted": id })))
}

pub(super) fn activity(workspace: &Workspace) -> Result<Answer> {
    let lines = workspace.activity(200)?;
    let rows: Vec<_> = lines.iter().map(|line| vec![moment(line.at), line.text.clone()]).collect();
    print::table(&["WHEN", "WHAT"], &rows);
    let lines: Vec<_> =
        lines.iter().map(|line| json!({ "at": moment(line.at), "text": line.text, "run": line.run })).collect();
    Ok(Answer::ok(json!({ "activity": lines })))
}

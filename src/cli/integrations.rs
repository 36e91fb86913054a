//! Integrations on the command line.

use super::args::{ExportIntegration, ImportIntegration, IntegrationFormat};
use super::{Answer, Result, moment, print};
use crate::connect::profile::ColumnProfile;
use crate::integration::exchange::{self, Format, LeftOut, document};
use crate::integration::{Integration, Problem};
use crate::mapping::Repair;
use crate::workspace::{ImportFrom, Workspace, WorkspaceError};
use serde_json::{Value, json};

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
    let written = match what.format {
        IntegrationFormat::Json => exchange::write(&integration, Format::Linkspan),
        IntegrationFormat::Sdl => exchange::write(&integration, Format::Sdl),
        IntegrationFormat::Sfdmu => exchange::write(&integration, Format::Sfdmu),
        IntegrationFormat::Cumulusci => exchange::write(&integration, Format::CumulusCi),
        IntegrationFormat::Html => workspace.document(&integration, document::html),
        IntegrationFormat::Markdown => workspace.document(&integration, document::markdown),
    };
    match &what.output {
        None => {
            print::data(written.text.trim_end());
            for name in written.beside.keys() {
                print::talk(&format!("{name} belongs beside it: give --output to have both written"));
            }
        }
        Some(path) => {
            workspace.write_files(path, &written)?;
            print::talk(&format!("\"{}\" written to {}", integration.name, path.display()));
        }
    }
    list_left_out(&written.left_out);
    let beside: Vec<_> = written.beside.keys().collect();
    Ok(Answer::ok(json!({ "id": id, "output": what.output, "beside": beside, "left_out": written.left_out })))
}

fn list_left_out(left_out: &[LeftOut]) {
    for what in left_out {
        print::talk(&format!("left out: {what}"));
    }
}

pub(super) fn check(workspace: &Workspace, name: &str) -> Result<Answer> {
    let (id, integration) = workspace.find_integration(name)?;
    let checked = workspace.check(&integration)?;
    for problem in &checked.problems {
        let target = problem.target.as_deref().map(|target| format!(", {target}")).unwrap_or_default();
        print::data(&format!("step {}{target}: {}", problem.step + 1, problem.message));
        if let Some(hint) = &problem.hint {
            print::talk(&format!("hint: {hint}"));
        }
    }
    for drift in &checked.drift {
        print::talk(&format!("step {}: {}", drift.step + 1, drift.message));
    }
    for warning in &checked.warnings {
        print::talk(&format!(
            "warning: step {}, {}: {}",
            warning.step + 1,
            warning.target.as_deref().unwrap_or_default(),
            warning.message
        ));
    }
    if checked.problems.is_empty() {
        let can = if integration.goes_both_ways() { "can be synced" } else { "can run" };
        print::talk(&format!("\"{}\" {can}", integration.name));
    }
    let told = |problems: &[Problem]| -> Vec<Value> { problems.iter().map(problem_json).collect() };
    let drift: Vec<_> = checked
        .drift
        .iter()
        .map(|drift| {
            let repairs: Vec<_> = drift.repairs.iter().map(Repair::label).collect();
            json!({ "step": drift.step + 1, "targets": drift.targets, "message": drift.message, "repairs": repairs })
        })
        .collect();
    let code = u8::from(!checked.problems.is_empty());
    let json =
        json!({ "id": id, "problems": told(&checked.problems), "drift": drift, "warnings": told(&checked.warnings) });
    Ok(Answer { code, ..Answer::ok(json) })
}

fn problem_json(problem: &Problem) -> Value {
    json!({
        "step": problem.step + 1, "target": problem.target, "part": problem.part.word(), "message": problem.message,
        "hint": problem.hint, "repair": problem.repair.as_ref().map(|repair| repair.label()),
        "span": problem.span.as_ref().map(|span| [span.start, span.end]),
    })
}

pub(super) fn preview(workspace: &Workspace, name: &str, step: usize, rows: usize) -> Result<Answer> {
    let (_, integration) = workspace.find_integration(name)?;
    let Some(chosen) = step.checked_sub(1).and_then(|at| integration.steps.get(at)).cloned() else {
        let steps = integration.steps.len();
        return Err(WorkspaceError::new(format!("\"{}\" has no step {step}", integration.name))
            .hint(format!("It has {steps}; the first is 1.")));
    };
    let only = Integration { steps: vec![chosen], ..integration };
    let preview = workspace.preview(&only, rows, &crate::cancel::Cancel::new())?;
    for row in &preview.rows {
        let cells = row.cells.iter().zip(&preview.fields);
        let values: serde_json::Map<_, _> = cells.map(|(cell, field)| (field.clone(), json!(cell.new))).collect();
        let cells = row.cells.iter().filter_map(|cell| cell.problem.as_ref());
        let problems: Vec<_> = row.problems.iter().chain(cells).map(|problem| &problem.message).collect();
        let line = json!({
            "row": row.row, "line": row.line, "verdict": row.verdict.word(), "id": row.id, "values": values, "problems": problems,
        });
        print::data(&line.to_string());
    }
    for note in &preview.notes {
        print::talk(note);
    }
    Ok(Answer::ok(json!({
        "rows": preview.looked_at, "all": preview.all, "further_down": preview.rows.len() as u64 - preview.looked_at.min(rows as u64),
        "created": preview.create, "updated": preview.update, "deleted": preview.delete, "unchanged": preview.unchanged,
        "skipped": preview.skip, "not_sent": preview.not_sent,
    })))
}

pub(super) fn profile(workspace: &Workspace, file: &std::path::Path) -> Result<Answer> {
    let settings = workspace.inspect(file)?.settings.into();
    let profile = workspace.profile(&settings, &crate::cancel::Cancel::new(), &mut |_| ())?;
    let more = |column: &ColumnProfile| if column.more { "+" } else { "" };
    let rows: Vec<_> = profile
        .columns
        .iter()
        .map(|column| {
            let (least, most) = column.range.clone().unwrap_or_default();
            vec![
                column.name.clone(),
                column.kind.label().to_owned(),
                column.filled.to_string(),
                format!("{}{}", column.distinct, more(column)),
                column.longest.map_or(0, |(length, _)| length).to_string(),
                least,
                most,
                column.damage.iter().map(|damage| damage.label()).collect::<Vec<_>>().join("; "),
            ]
        })
        .collect();
    print::table(&["COLUMN", "KIND", "FILLED", "DIFFERENT", "LONGEST", "LEAST", "MOST", "DAMAGE"], &rows);
    let columns: Vec<_> = profile.columns.iter().map(column_json).collect();
    Ok(Answer::ok(json!({ "rows": profile.rows, "damaged": profile.damaged, "columns": columns })))
}

fn column_json(column: &ColumnProfile) -> Value {
    json!({
        "name": column.name, "kind": column.kind, "filled": column.filled, "different": column.distinct,
        "more": column.more, "unique": column.unique(), "least": column.range.as_ref().map(|(least, _)| least),
        "most": column.range.as_ref().map(|(_, most)| most), "longest": column.longest.map(|(length, _)| length),
        "unlike": column.unlike, "padded": column.padded,
        "damage": column.damage.iter().map(|damage| damage.label()).collect::<Vec<_>>(),
        "values": column.values.iter().take(20).collect::<Vec<_>>(),
    })
}

pub(super) fn import(workspace: &Workspace, what: &ImportIntegration) -> Result<Answer> {
    let from = ImportFrom { org: what.org.clone(), source_org: what.source_org.clone(), name: what.name.clone() };
    let imported = workspace.import_integration_from(&what.file, &from)?;
    print::talk(&format!("Kept as integration {}", imported.id.0));
    list_left_out(&imported.left_out);
    Ok(Answer::ok(json!({ "id": imported.id, "name": imported.name, "left_out": imported.left_out })))
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

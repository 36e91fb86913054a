//! Exports on the command line.

use super::args::{ApiArg, Export, ExportFormatArg, Exports, FormatArg, Query};
use super::orgs::stop_on_interrupt;
use super::{Answer, Result, moment, print};
use crate::cancel::Cancel;
use crate::connect::Api;
use crate::workspace::{
    ApiWish, ExportCard, ExportFormat, ExportId, ExportJob, ExportProgress, ExportStage, ExportState, Workspace,
    WorkspaceError,
};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Instant;

pub(super) fn export(workspace: &Workspace, what: Export, json: bool) -> Result<Answer> {
    let began = Instant::now();
    let cancel = stop_on_interrupt()?;
    let mut teller = Teller { json, ..Teller::default() };
    let resume = what.resume.map(ExportId);
    let job = resume.is_none().then(|| job(workspace, what)).transpose()?;
    let mut tell = |progress| teller.hear(progress);
    let done = match (&job, resume) {
        (Some(job), _) => workspace.export_rows(job, &mut tell, &cancel),
        (None, Some(id)) => workspace.resume_export(id, &mut tell, &cancel),
        (None, None) => Err(WorkspaceError::new("there is nothing to export").hint("Give --soql or --object.")),
    };
    print::settled();
    let id = teller.id.or(resume);
    let card = done.map_err(|error| with_way_on(workspace, error, id))?;
    let (rows, bytes) = (card.rows, card.bytes);
    print::talk(&format!("{rows} rows, {bytes} bytes: {}", card.job.path.display()));
    let mut told = card_json(&card);
    told["seconds"] = ((began.elapsed().as_secs_f64() * 100.0).round() / 100.0).into();
    told["notes"] = teller.notes.into();
    Ok(Answer::ok(told))
}

/// A query whose rows go to a file is an export.
pub(super) fn to_file(workspace: &Workspace, what: &Query, path: &Path, cancel: &Cancel) -> Result<ExportCard> {
    let job = ExportJob {
        org: what.alias.clone(),
        soql: what.soql.clone(),
        deleted: false,
        path: path.to_owned(),
        format: match what.format {
            FormatArg::Csv => ExportFormat::Csv,
            FormatArg::Json => ExportFormat::JsonLines,
        },
        api: if what.bulk { ApiWish::Bulk } else { ApiWish::Rest },
    };
    let mut teller = Teller { quiet: true, ..Teller::default() };
    let done = workspace.export_rows(&job, &mut |progress| teller.hear(progress), cancel);
    print::settled();
    done.map_err(|error| with_way_on(workspace, error, teller.id))
}

fn job(workspace: &Workspace, what: Export) -> Result<ExportJob> {
    let nothing =
        || WorkspaceError::new("there is nothing to export").hint("Give an org, --soql or --object, and --output.");
    let (Some(org), Some(path)) = (what.alias, what.output) else { return Err(nothing()) };
    let format = match (what.format, what.for_excel) {
        (None | Some(ExportFormatArg::Csv), true) => ExportFormat::CsvForExcel,
        (Some(_), true) => {
            return Err(WorkspaceError::new("--for-excel is for CSV").hint("Leave one of the two out."));
        }
        (None, false) => ExportFormat::of(&path),
        (Some(ExportFormatArg::Csv), false) => ExportFormat::Csv,
        (Some(ExportFormatArg::Json), false) => ExportFormat::JsonLines,
        (Some(ExportFormatArg::Xlsx), false) => ExportFormat::Xlsx,
    };
    let soql = match (what.soql, what.object) {
        (Some(soql), _) => soql,
        (None, Some(object)) => {
            let picked = workspace.pick(&org, &object, &what.fields, what.filter, what.order_by, what.limit)?;
            picked.left_out.iter().for_each(|(field, why)| print::talk(&format!("left out: {field}, {why}")));
            picked.soql
        }
        (None, None) => return Err(nothing()),
    };
    let api = match what.api {
        ApiArg::Auto => ApiWish::Auto,
        ApiArg::Rest => ApiWish::Rest,
        ApiArg::Bulk => ApiWish::Bulk,
    };
    Ok(ExportJob { org, soql, deleted: what.deleted, path, format, api })
}

pub(super) fn exports(workspace: &Workspace, what: &Exports) -> Result<Answer> {
    if let Some(id) = what.discard {
        workspace.discard_export(ExportId(id))?;
        return Ok(Answer::ok(json!({ "discarded": id })));
    }
    let exports = workspace.exports()?;
    let rows: Vec<_> = exports
        .iter()
        .map(|card| {
            vec![
                card.id.0.to_string(),
                card.state.label().to_owned(),
                card.rows.to_string(),
                card.job.org.clone(),
                moment(card.began_at),
                card.job.path.display().to_string(),
            ]
        })
        .collect();
    print::table(&["Export", "State", "Rows", "Org", "Began", "File"], &rows);
    Ok(Answer::ok(json!({ "exports": exports.iter().map(card_json).collect::<Vec<_>>() })))
}

fn with_way_on(workspace: &Workspace, error: WorkspaceError, id: Option<ExportId>) -> WorkspaceError {
    let open = |card: &ExportCard| Some(card.id) == id && card.state == ExportState::Incomplete;
    let Some(id) = id.filter(|_| workspace.exports().is_ok_and(|exports| exports.iter().any(open))) else {
        return error;
    };
    let on = format!("What is written stays. Go on with: linkspan export --resume {}", id.0);
    let hint = error.hint.as_ref().map_or(on.clone(), |hint| format!("{hint} {on}"));
    error.hint(hint)
}

fn api_word(api: Api) -> &'static str {
    match api {
        Api::Rest => "rest",
        Api::Bulk => "bulk",
        Api::Direct => "direct",
    }
}

fn card_json(card: &ExportCard) -> Value {
    json!({
        "export": card.id.0,
        "state": card.state.word(),
        "rows": card.rows,
        "bytes": card.bytes,
        "expected": card.expected,
        "api": card.api.as_ref().map(|(api, _)| api_word(*api)),
        "api_why": card.api.as_ref().map(|(_, why)| why),
        "output": card.job.path,
        "org": card.job.org,
        "soql": card.job.soql,
        "began_at": moment(card.began_at),
        "ended_at": card.ended_at.map(moment),
        "cause": card.cause.as_ref().filter(|_| card.state != ExportState::Complete),
    })
}

/// Tells a person where an export stands.
#[derive(Default)]
struct Teller {
    id: Option<ExportId>,
    /// Whether there will be JSON, so that notes are not told twice.
    json: bool,
    quiet: bool,
    said: Option<String>,
    notes: Vec<String>,
}

impl Teller {
    fn hear(&mut self, progress: ExportProgress) {
        self.id = Some(progress.id);
        if let Some((_, why)) = progress.api
            && self.said.as_ref() != Some(&why)
            && !self.quiet
        {
            print::settled();
            print::talk(&why);
            self.said = Some(why);
        }
        if let Some(note) = progress.note {
            print::settled();
            if !self.json {
                print::talk(&note);
            }
            self.notes.push(note);
            return;
        }
        let of = progress.total.map_or(String::new(), |total| format!(" of {total}"));
        let line = match (progress.waiting, progress.stage) {
            (Some(why), _) => format!("waiting: {why}"),
            (None, ExportStage::Reading) => {
                format!("{}{of} rows, {:.0} a second", progress.rows, progress.rows_per_second)
            }
            (None, stage) => format!("{}: {}{of}", stage.label(), progress.rows),
        };
        print::passing(&line);
    }
}

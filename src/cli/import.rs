//! Imports on the command line.

use super::args::{ApiArg, Import, OperationArg};
use super::orgs::stop_on_interrupt;
use super::runs::{export_to, follow};
use super::{Answer, Result, print};
use crate::connect::file::{FileFormat, Inspection};
use crate::connect::{Api, Operation};
use crate::engine::{Forecast, Preview};
use crate::integration::{Find, Integration, Options, Step};
use crate::mapping::{Blank, Expression, Mapping};
use crate::workspace::{ApiUse, ExportRows, StartRun, Workspace, WorkspaceError};
use serde_json::{Value, json};

pub(super) fn import(workspace: &Workspace, what: &Import) -> Result<Answer> {
    let integration = integration(workspace, what)?;
    if what.dry_run {
        return dry_run(workspace, &integration);
    }
    let id = match &what.keep {
        Some(_) => Some(workspace.save_integration(None, &integration)?),
        None => None,
    };
    let start = StartRun { integration, id, trial: what.trial, production: what.production.clone() };
    let answer = follow(workspace, |tell| workspace.start(start, tell))?;
    let run = answer.run;
    if let Some(path) = &what.success {
        export_to(workspace, run, ExportRows::Success, path, false)?;
    }
    if let Some(path) = &what.errors {
        export_to(workspace, run, ExportRows::Error, path, false)?;
    }
    Ok(answer.answer)
}

fn integration(workspace: &Workspace, what: &Import) -> Result<Integration> {
    let mut file = workspace.inspect(&what.file)?;
    if let Some(chosen) = &what.sheet {
        let mut settings = file.settings.clone();
        match &mut settings.format {
            FileFormat::Csv(_) => {
                let text = format!("{} is a text file, which has no sheet {chosen}", what.file.display());
                return Err(WorkspaceError::new(text).hint("Leave --sheet out, or name the file that has it."));
            }
            FileFormat::Workbook(workbook) => workbook.sheet.clone_from(chosen),
            FileFormat::Sqlite(sqlite) => sqlite.table.clone_from(chosen),
        }
        file = workspace.inspect_as(&settings)?;
    }
    for note in &file.notes {
        print::talk(&note.text);
    }
    // A name with gaps is kept as it is, so that the integration reads the newest file each time.
    file.settings.path = std::path::absolute(&what.file).unwrap_or_else(|_| what.file.clone());
    let operation = match what.operation {
        OperationArg::Insert => Operation::Insert,
        OperationArg::Update => Operation::Update,
        OperationArg::Upsert => Operation::Upsert,
        OperationArg::Delete => Operation::Delete,
    };
    let find = match (&what.external_id, what.matching.as_slice()) {
        (Some(field), _) => Find::ExternalId(field.clone()),
        (None, []) => Find::Id,
        (None, fields) => Find::Match(fields.to_vec()),
    };
    if operation == Operation::Upsert && find == Find::Id {
        return Err(WorkspaceError::new("an upsert must know how to find records")
            .hint("Add --external-id FIELD, or --match FIELD[,FIELD]."));
    }
    let mapping = mapping(workspace, what, &file, operation, &find)?;
    let options = Options {
        api: match what.api {
            ApiArg::Auto => None,
            ApiArg::Rest => Some(Api::Rest),
            ApiArg::Bulk => Some(Api::Bulk),
        },
        create: !what.no_create,
        stop_at_first_bad_row: what.stop_at_bad_row,
        ..Options::default()
    };
    let options = with_options(options, what.options.as_deref())?;
    let file_name = what.file.file_name().unwrap_or_default().to_string_lossy();
    let step = Step {
        source: file.settings.into(),
        org: what.org.clone(),
        into: None,
        object: what.object.clone(),
        operation,
        find,
        mapping,
        options,
        sync: None,
        seen: None,
    };
    let name = what.keep.clone().unwrap_or_else(|| format!("{file_name} → {}", what.object));
    Ok(Integration { steps: vec![step], ..Integration::new(name) })
}

fn mapping(
    workspace: &Workspace,
    what: &Import,
    file: &Inspection,
    operation: Operation,
    find: &Find,
) -> Result<Mapping> {
    let mut mapping = match &what.mapping {
        Some(path) => workspace.read_mapping(path)?,
        None => {
            let mut mapping = Mapping::default();
            for line in workspace.propose(file, &what.org, &what.object, operation)? {
                mapping.set(&line.target, Expression::Column(line.column));
            }
            mapping
        }
    };
    for constant in &what.constants {
        let (field, value) = constant.split_once('=').ok_or_else(|| {
            WorkspaceError::new(format!("--set {constant} has no \"=\"")).hint("Write --set Field=value.")
        })?;
        mapping.set(field, Expression::Constant(value.to_owned()));
    }
    if operation == Operation::Delete {
        // Only what finds the record matters.
        let keys: Vec<&str> = match find {
            Find::Id => vec!["Id"],
            Find::ExternalId(field) => vec![field],
            Find::Match(fields) => fields.iter().map(String::as_str).collect(),
        };
        mapping.rules.retain(|rule| keys.iter().any(|key| key.eq_ignore_ascii_case(&rule.target)));
    }
    if what.clear_blanks {
        mapping.rules.iter_mut().for_each(|rule| rule.blank = Blank::Clear);
    }
    Ok(mapping)
}

/// The options with those that were typed as JSON laid over them.
pub(super) fn with_options(options: Options, typed: Option<&str>) -> Result<Options> {
    let Some(typed) = typed else { return Ok(options) };
    let wrong = |error: serde_json::Error| {
        WorkspaceError::new(format!("--options cannot be read: {error}"))
            .hint("Write a JSON object, such as '{\"keep_before\": false}'. docs/cli.md lists the options.")
    };
    let typed: Value = serde_json::from_str(typed).map_err(wrong)?;
    let mut all = json!(options);
    lay_over(&mut all, typed);
    serde_json::from_value(all).map_err(wrong)
}

fn lay_over(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            over.into_iter().for_each(|(key, value)| lay_over(under.entry(key).or_insert(Value::Null), value));
        }
        (under, over) => *under = over,
    }
}

fn api_use(used: &ApiUse) -> Value {
    let Forecast { calls, jobs, bulk_rows, batches, events, kept_bytes } = used.forecast;
    json!({
        "org": used.org, "calls": calls, "calls_left": used.calls_left.map(|(left, _)| left),
        "calls_allowed": used.calls_left.map(|(_, of)| of), "bulk_jobs": jobs, "bulk_rows": bulk_rows, "bulk_batches": batches,
        "bulk_batches_left": used.batches_left, "events": events, "kept_bytes": kept_bytes, "concerns": used.concerns,
    })
}

pub(super) fn dry_run(workspace: &Workspace, integration: &Integration) -> Result<Answer> {
    let cancel = stop_on_interrupt()?;
    let dry = workspace.dry_run(integration, &cancel)?;
    let sum = |count: fn(&Preview) -> u64| dry.steps.iter().map(count).sum::<u64>();
    let (create, update, delete) = (sum(|p| p.create), sum(|p| p.update), sum(|p| p.delete));
    let unchanged = sum(|p| p.unchanged);
    let (skip, not_sent, rows) = (sum(|p| p.skip), sum(|p| p.not_sent), sum(|p| p.looked_at));
    print::talk(&format!(
        "Nothing was written. {rows} rows would be: {create} created, {update} updated, {unchanged} left equal, {delete} deleted, \
         {skip} skipped, {not_sent} not sent"
    ));
    let problems: Vec<Value> = dry
        .steps
        .iter()
        .flat_map(|step| &step.rows)
        .filter(|row| !row.problems.is_empty())
        .map(|row| json!({ "row": row.row, "line": row.line, "problems": row.problems }))
        .collect();
    for step in &dry.steps {
        for row in step.rows.iter().filter(|row| !row.problems.is_empty()) {
            for problem in &row.problems {
                print::talk(&format!("  line {}: {}", row.line, problem.message));
            }
        }
        for note in &step.notes {
            print::talk(note);
        }
    }
    for used in &dry.api_use {
        print::talk(&used.sentence());
        used.concerns.iter().for_each(|concern| print::talk(concern));
    }
    let api = dry.steps.first().and_then(|step| step.api.as_ref());
    Ok(Answer {
        code: u8::from(not_sent > 0),
        json: json!({
            "dry_run": true,
            "rows": rows,
            "created": create,
            "updated": update,
            "unchanged": unchanged,
            "deleted": delete,
            "skipped": skip,
            "not_sent": not_sent,
            "api": api.map(|(api, _)| api),
            "api_why": api.map(|(_, why)| why),
            "api_use": dry.api_use.iter().map(api_use).collect::<Vec<_>>(),
            "problems": problems,
        }),
    })
}

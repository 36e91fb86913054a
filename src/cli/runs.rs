//! Runs on the command line.

use super::args::{ExportResults, Request, Results, Resume, RowsArg, Run, Undo};
use super::import::{dry_run, with_options};
use super::orgs::stop_on_interrupt;
use super::{Answer, Result, moment, print};
use crate::connect::Outcome;
use crate::connect::write::FileKind;
use crate::engine::{Progress, RunEvent, Tell};
use crate::store::{RunId, RunState, Tally};
use crate::workspace::{
    ExportRows, ResultRow, RowFilter, RunCard, RunHandle, Search, SearchPlace, ServerJob, StartRun, UndoPlan,
    Workspace, WorkspaceError,
};
use serde_json::{Map, Value, json};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Rows asked for at a time.
const PAGE: usize = 1_000;

/// A run followed to its end.
pub(super) struct Followed {
    pub(super) run: RunId,
    pub(super) answer: Answer,
}

/// Starts a run, shows how it goes, stops it on Ctrl+C, and says how it ended.
pub(super) fn follow(workspace: &Workspace, start: impl FnOnce(Tell) -> Result<RunHandle>) -> Result<Followed> {
    let cancel = stop_on_interrupt()?;
    let told = Mutex::new(None);
    let handle = start(Arc::new(move |event| {
        if let RunEvent::Progress(progress) = event {
            // A pause is worth a line also where nobody watches.
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            if *told != progress.paused {
                told.clone_from(&progress.paused);
                if let Some((until, why)) = &progress.paused {
                    print::settled();
                    print::talk(&format!("The run is paused until {}: {why}", moment(*until)));
                }
            }
            print::passing(&progress_line(&progress));
        }
    }))?;
    let run = handle.run;
    let notes = handle.notes.clone();
    notes.iter().for_each(|note| print::talk(note));
    let wish = handle.cancel.clone();
    // Ctrl+C is seen here and passed on, once for each time it is pressed.
    while !handle.ended() {
        if cancel.sleep(std::time::Duration::from_millis(30)).is_err() {
            if !wish.requested() {
                print::settled();
                print::talk("Stopping; what is in flight is awaited. Press Ctrl+C again to stop waiting.");
                wish.request();
            } else if cancel.forced() && !wish.forced() {
                wish.request();
            }
            // The wish stays uttered, so that sleeping on it would not wait any more.
            let _awake = crate::cancel::Cancel::new().sleep(std::time::Duration::from_millis(30)).is_ok();
        }
    }
    let ended = handle.wait();
    print::settled();
    let card = workspace.run(run)?;
    print::talk(&equation(&card));
    if let Some(cause) = &card.run.cause {
        print::talk(&format!("{}: {cause}", card.run.state.label()));
        print::talk(&format!("hint: {}", hint(&card)));
    }
    ended?;
    let mut json = run_json(&card);
    if let Value::Object(object) = &mut json
        && !notes.is_empty()
    {
        object.insert("notes".into(), json!(notes));
    }
    Ok(Followed { run, answer: Answer { code: exit_code(&card), json } })
}

fn exit_code(card: &RunCard) -> u8 {
    match card.run.state {
        _ if card.unaccounted > 0 => 2,
        RunState::Complete => 0,
        RunState::CompleteWithFailures => 1,
        RunState::Running | RunState::Incomplete | RunState::Aborted => 2,
    }
}

/// What to do about a run that did not come to its end.
fn hint(card: &RunCard) -> String {
    match card.run.state {
        RunState::Running => "It is being worked on.".to_owned(),
        RunState::Incomplete => format!("Continue it with: linkspan resume {}", card.run.id.0),
        _ => format!("See what became of its rows with: linkspan results {}", card.run.id.0),
    }
}

/// `93 read = 62 created + 29 updated + 2 failed · unaccounted 0`
fn equation(card: &RunCard) -> String {
    let mut parts: Vec<_> = Outcome::ALL
        .into_iter()
        .filter(|outcome| card.tally.of(*outcome) > 0)
        .map(|outcome| format!("{} {}", card.tally.of(outcome), outcome.label().to_lowercase()))
        .collect();
    if card.waiting > 0 {
        parts.push(format!("{} waiting", card.waiting));
    }
    if parts.is_empty() {
        parts.push("0".to_owned());
    }
    format!("Run {}: {} read = {} · unaccounted {}", card.run.id.0, card.rows, parts.join(" + "), card.unaccounted)
}

fn progress_line(progress: &Progress) -> String {
    let done = progress.tally.total();
    let speed = if progress.rows_per_second > 0.0 {
        format!(" · {:.0} rows/s", progress.rows_per_second)
    } else {
        String::new()
    };
    let paused = progress.paused.as_ref().map(|(until, why)| format!(" · paused until {}: {why}", moment(*until)));
    let waiting = paused.or_else(|| progress.waiting.as_ref().map(|why| format!(" · {why}"))).unwrap_or_default();
    format!(
        "{}: {} read, {} in flight, {done} done{speed}{waiting}",
        progress.phase.label(),
        progress.read,
        progress.in_flight
    )
}

fn counts(json: &mut Map<String, Value>, tally: &Tally) {
    for outcome in Outcome::ALL {
        json.insert(outcome.word().to_owned(), tally.of(outcome).into());
    }
}

pub(super) fn run_json(card: &RunCard) -> Value {
    let run = &card.run;
    let mut json = Map::new();
    json.insert("run".into(), run.id.0.into());
    json.insert("name".into(), run.name.clone().into());
    json.insert("state".into(), run.state.word().into());
    json.insert("rows".into(), card.rows.into());
    counts(&mut json, &card.tally);
    json.insert("unaccounted".into(), card.unaccounted.into());
    json.insert("waiting".into(), card.waiting.into());
    json.insert("api".into(), json!(run.steps.first().and_then(|step| step.api)));
    json.insert("api_calls".into(), run.calls.into());
    json.insert("seconds".into(), (run.worked_ms as f64 / 1000.0).into());
    if run.trial.is_some() {
        json.insert("remaining".into(), run.remaining.into());
    }
    if let Some(retry_of) = run.retry_of {
        json.insert("retry_of".into(), retry_of.0.into());
    }
    if let Some(undo_of) = run.undo_of {
        json.insert("undo_of".into(), undo_of.0.into());
    }
    if let Some(cause) = &run.cause {
        json.insert("cause".into(), cause.clone().into());
    }
    if exit_code(card) == 2 {
        json.insert("error".into(), run.cause.clone().unwrap_or_else(|| run.state.label().to_owned()).into());
        json.insert("hint".into(), hint(card).into());
    }
    let steps = run.steps.iter().map(|step| {
        let mut json = Map::new();
        json.insert("step".into(), (step.index + 1).into());
        json.insert("object".into(), step.object.clone().into());
        json.insert("does".into(), step.sentence.clone().into());
        json.insert("rows".into(), step.read.into());
        counts(&mut json, &step.tally);
        let open = step.read.saturating_sub(step.tally.total());
        json.insert("unaccounted".into(), if card.waiting > 0 { 0 } else { open }.into());
        json.insert("api".into(), json!(step.api));
        json.insert("api_why".into(), step.api_why.clone().into());
        if !step.trimmed.is_empty() {
            let trimmed: Map<_, _> = step.trimmed.iter().map(|(field, texts)| (field.clone(), json!(texts))).collect();
            json.insert("trimmed".into(), trimmed.into());
        }
        Value::Object(json)
    });
    let steps: Vec<_> = steps.collect();
    json.insert("steps".into(), steps.into());
    Value::Object(json)
}

pub(super) fn run(workspace: &Workspace, what: &Run) -> Result<Answer> {
    let (id, mut integration) = workspace.find_integration(&what.integration)?;
    for step in integration.steps.iter_mut().filter(|step| step.into.is_none()) {
        if let Some(org) = &what.org {
            step.org.clone_from(org);
        }
    }
    if let Some(file) = &what.file {
        let Some(step) = integration.steps.first_mut() else {
            return Err(WorkspaceError::new("this integration has no step that reads a file"));
        };
        step.source = match step.source.file() {
            Some(settings) => workspace.other_file(settings, file)?.into(),
            None => workspace.inspect(file)?.settings.into(),
        };
    }
    for step in &mut integration.steps {
        step.options = with_options(step.options.clone(), what.options.as_deref())?;
    }
    if what.dry_run {
        workspace.set_windows(Some(id), &mut integration)?;
        return dry_run(workspace, &integration);
    }
    let start = StartRun { integration, id: Some(id), trial: what.trial, production: what.production.clone() };
    Ok(follow(workspace, |tell| workspace.start(start, tell))?.answer)
}

pub(super) fn request(workspace: &Workspace, what: &Request) -> Result<Answer> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let carried = workspace.carried(RunId(what.run), what.step.saturating_sub(1), what.row)?;
    for one in &carried {
        let call = one.call.as_ref().map(|call| {
            json!({
                "method": call.method, "path": call.path, "headers": call.headers, "status": call.status,
                "took_ms": call.took_ms, "request": text(&call.request), "response": text(&call.response),
            })
        });
        print::data(
            &json!({ "at": moment(one.at), "action": one.action, "job": one.job, "sent": one.sent, "heard": one.heard, "call": call })
                .to_string(),
        );
    }
    Ok(Answer::ok(json!({ "run": what.run, "row": what.row, "deliveries": carried.len() })))
}

pub(super) fn undo(workspace: &Workspace, what: &Undo) -> Result<Answer> {
    let run = RunId(what.run);
    let plan = workspace.undo_plan(run)?;
    let sum = plan.sum();
    print::talk(&format!(
        "Run {}: {} records it created are deleted, {} it changed get their former values back, {} it deleted are made anew",
        what.run, sum.created, sum.updated, sum.deleted
    ));
    for sentence in undo_notes(&plan) {
        print::talk(&sentence);
    }
    if what.dry_run {
        return Ok(Answer::ok(json!({
            "dry_run": true, "run": what.run, "delete": sum.created, "restore": sum.updated, "recreate": sum.deleted,
            "lost": sum.lost, "unconfirmed": plan.unconfirmed,
        })));
    }
    Ok(follow(workspace, |tell| workspace.undo(run, what.production.clone(), tell))?.answer)
}

/// What taking a run back cannot do.
fn undo_notes(plan: &UndoPlan) -> Vec<String> {
    let sum = plan.sum();
    let stays = match plan.tables {
        true => "What triggers of the database did stays as it is.",
        false => "E-mails and automation that ran stay as they are.",
    };
    let mut notes = vec![format!("What somebody changed since is left alone and listed. {stays}")];
    if sum.deleted > 0 && plan.tables {
        notes.push(
            "Rows made anew have their keys again; rows of other tables that went down with them are not brought back."
                .to_owned(),
        );
    } else if sum.deleted > 0 {
        notes.push("Records made anew have new ids, and what went down with the old ones (children, files, history) is not brought back.".to_owned());
    }
    if sum.lost > 0 {
        notes.push(format!("{} records cannot be restored: what they held was not kept.", sum.lost));
    }
    if plan.unconfirmed > 0 {
        notes.push(format!("{} rows are unconfirmed and stay as they are.", plan.unconfirmed));
    }
    notes
}

pub(super) fn resume(workspace: &Workspace, what: &Resume) -> Result<Answer> {
    let run = RunId(what.run);
    if let Some(typed) = &what.options {
        let mut options = workspace.run_options(run)?;
        for options in &mut options {
            *options = with_options(options.clone(), Some(typed))?;
        }
        workspace.change_run(run, &options)?;
    }
    Ok(follow(workspace, |tell| workspace.continue_run(run, tell))?.answer)
}

pub(super) fn jobs(workspace: &Workspace, org: &str, abort: Option<&str>) -> Result<Answer> {
    let cancel = stop_on_interrupt()?;
    if let Some(id) = abort {
        workspace.abort_job(org, id, &cancel)?;
        print::talk(&format!("Job {id} is stopped. What it has done stays done."));
        return Ok(Answer::ok(json!({ "org": org, "aborted": id })));
    }
    let jobs = workspace.server_jobs(org, &cancel)?;
    let run = |job: &ServerJob| job.run.map(|run| run.0);
    let row = |job: &ServerJob| {
        let of = run(job).map_or_else(|| "not of this workspace".to_owned(), |run| run.to_string());
        vec![
            job.job.id.clone(),
            job.job.state.word().to_owned(),
            job.job.operation.clone(),
            job.job.object.clone(),
            of,
            job.job.created_at.clone(),
        ]
    };
    print::table(&["JOB", "STATE", "DOES", "OBJECT", "RUN", "MADE"], &jobs.iter().map(row).collect::<Vec<_>>());
    let jobs: Vec<_> = jobs
        .iter()
        .map(|job| {
            json!({
                "job": job.job.id, "state": job.job.state.word(), "operation": job.job.operation, "object": job.job.object,
                "created_at": job.job.created_at, "created_by": job.job.created_by, "run": run(job),
            })
        })
        .collect();
    Ok(Answer::ok(json!({ "org": org, "jobs": jobs })))
}

pub(super) fn list(workspace: &Workspace) -> Result<Answer> {
    let runs = workspace.runs()?;
    let rows: Vec<_> = runs
        .iter()
        .map(|card| {
            vec![
                card.run.id.0.to_string(),
                moment(card.run.began_at),
                card.run.state.label().to_owned(),
                card.rows.to_string(),
                card.tally.attention().to_string(),
                card.run.name.clone(),
            ]
        })
        .collect();
    print::table(&["RUN", "BEGAN", "STATE", "ROWS", "FAILURES", "NAME"], &rows);
    let runs: Vec<_> = runs
        .iter()
        .map(|card| {
            let mut json = run_json(card);
            if let Value::Object(object) = &mut json {
                object.insert("began_at".into(), moment(card.run.began_at).into());
                object.insert("ended_at".into(), json!(card.run.ended_at.map(moment)));
            }
            json
        })
        .collect();
    Ok(Answer::ok(json!({ "runs": runs })))
}

pub(super) fn results(workspace: &Workspace, what: &Results) -> Result<Answer> {
    let outcomes = what.outcome.iter().flat_map(|words| words.split(',')).map(|word| {
        Outcome::from_word(word).ok_or_else(|| {
            let known: Vec<_> = Outcome::ALL.iter().map(|outcome| outcome.word()).collect();
            WorkspaceError::new(format!("there is no outcome {word}")).hint(format!("One of: {}.", known.join(", ")))
        })
    });
    let outcomes = outcomes.collect::<Result<_>>()?;
    let filter = RowFilter { outcomes, code: what.code.clone(), ..RowFilter::default() };
    let search = match (&what.find, &what.key) {
        (Some(text), _) => Some(Search::Text(text.clone())),
        (None, Some(key)) => Some(Search::Key(key.clone())),
        (None, None) => None,
    };
    if let Some(search) = search {
        return found(workspace, what, &filter, &search);
    }
    if what.limit.is_some() || what.from.is_some() {
        return Err(WorkspaceError::new("--limit and --from go with a search").hint("Add --find TEXT or --key TEXT."));
    }
    let mut first = 0;
    loop {
        let page = workspace.rows(RunId(what.run), &filter, first, PAGE)?;
        if page.is_empty() {
            break;
        }
        page.iter().for_each(|row| print::data(&row_json(row).to_string()));
        first += page.len() as u64;
    }
    Ok(Answer::ok(json!({ "run": what.run, "rows": first })))
}

/// Prints rows as they are found.
fn found(workspace: &Workspace, what: &Results, filter: &RowFilter, search: &Search) -> Result<Answer> {
    let from = match &what.from {
        None => SearchPlace::default(),
        Some(place) => {
            let parts =
                place.split_once(':').and_then(|(step, row)| Some((step.parse::<usize>().ok()?, row.parse().ok()?)));
            let (step, row) = parts.filter(|(step, _)| *step > 0).ok_or_else(|| {
                WorkspaceError::new(format!("{place} is no place to go on at"))
                    .hint("Give what `next` said, such as 1:2001.")
            })?;
            SearchPlace { step: step - 1, row }
        }
    };
    let cancel = stop_on_interrupt()?;
    let mut rows = 0_u64;
    let mut tell = |row: ResultRow| {
        rows += 1;
        print::data(&row_json(&row).to_string());
    };
    let limit = what.limit.unwrap_or(usize::MAX);
    let next = workspace.search_rows(RunId(what.run), filter, search, from, limit, &cancel, &mut tell)?;
    let next = next.map(|place| format!("{}:{}", place.step + 1, place.row));
    Ok(Answer::ok(json!({ "run": what.run, "rows": rows, "next": next })))
}

fn row_json(row: &ResultRow) -> Value {
    let outcome = row.outcome.as_ref();
    let why = outcome.and_then(|outcome| outcome.rejection());
    json!({
        "step": row.step + 1,
        "row": row.row,
        "line": row.line,
        "outcome": outcome.map_or("waiting", |outcome| outcome.outcome().word()),
        "id": outcome.and_then(|outcome| outcome.id()),
        "tries": row.tries,
        "from": row.from.map(|(run, row)| json!({ "run": run.0, "row": row })),
        "taken_up_by": row.taken_up_by.map(|(run, row)| json!({ "run": run.0, "row": row })),
        "code": why.map(|why| &why.code),
        "message": why.map(|why| &why.message),
        "hint": why.and_then(|why| why.hint.as_ref()),
    })
}

pub(super) fn export(workspace: &Workspace, what: &ExportResults) -> Result<Answer> {
    let rows = match what.rows {
        RowsArg::Success => ExportRows::Success,
        RowsArg::Error => ExportRows::Error,
    };
    let rows = export_to(workspace, RunId(what.run), rows, &what.output, what.for_excel)?;
    Ok(Answer::ok(json!({ "run": what.run, "rows": rows, "output": what.output })))
}

/// Writes result rows to a file whose ending says its kind.
pub(super) fn export_to(
    workspace: &Workspace,
    run: RunId,
    rows: ExportRows,
    path: &Path,
    for_excel: bool,
) -> Result<u64> {
    let workbook = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"));
    let kind = match (workbook, for_excel) {
        (true, _) => FileKind::Xlsx,
        (false, true) => FileKind::CsvForExcel,
        (false, false) => FileKind::Csv,
    };
    let written = workspace.export(run, rows, kind, path)?;
    print::talk(&format!("{} rows written to {}", written.rows, path.display()));
    Ok(written.rows)
}

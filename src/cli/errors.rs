//! The error queue on the command line: listed, corrected, retried.

use super::args::{CaseArg, EditErrors, Errors, Picked, Retry as RetryArgs};
use super::{Answer, Result, moment, print, runs};
use crate::record::{RowNumber, looks_like_id};
use crate::store::RunId;
use crate::workspace::{
    CHOSEN_COLUMN, CellRule, LetterCase, QueueCard, Retry, Selected, Way, Workspace, WorkspaceError,
};
use serde_json::{Value, json};

pub(super) fn errors(workspace: &Workspace, what: &Errors) -> Result<Answer> {
    let cards = workspace.queue(what.run.map(RunId))?;
    let rows: Vec<_> = cards
        .iter()
        .map(|card| {
            let gave_up = if card.gave_up { format!(" (gave up after {} tries)", card.limit) } else { String::new() };
            vec![
                card.run.0.to_string(),
                moment(card.at),
                card.rows.to_string(),
                format!("{} of {}", card.object, card.name),
                format!("{}{gave_up}", card.words()),
            ]
        })
        .collect();
    let sync = what.run.map(|run| workspace.run(RunId(run))).transpose()?.is_some_and(|card| card.sync);
    if sync {
        print::talk("It is a sync, and its rows are not sent again. The next sync compares them again.");
    } else if rows.is_empty() {
        print::talk("Nothing needs attention.");
    } else {
        print::table(&["RUN", "ENDED", "ROWS", "OF", "CAUSE"], &rows);
    }
    let sum = |of: fn(&QueueCard) -> bool| cards.iter().filter(|card| of(card)).map(|card| card.rows).sum::<u64>();
    let groups: Vec<_> = cards.iter().map(card_json).collect();
    Ok(Answer::ok(json!({
        "rows": sum(|_| true),
        "gave_up": sum(|card| card.gave_up),
        "waiting_for_parent": sum(|card| card.cause.code == crate::store::WAITING_FOR_PARENT),
        "groups": groups,
    })))
}

fn card_json(card: &QueueCard) -> Value {
    json!({
        "run": card.run.0,
        "name": card.name,
        "step": card.step + 1,
        "object": card.object,
        "org": card.org,
        "outcome": card.cause.outcome.word(),
        "code": card.cause.code,
        "fields": card.cause.fields,
        "cause": card.words(),
        "rows": card.rows,
        "gave_up": card.gave_up,
        "tries_allowed": card.limit,
        "message": card.example,
        "hint": card.hint,
        "at": moment(card.at),
    })
}

/// Which rows are meant.
fn selected(workspace: &Workspace, run: RunId, picked: &Picked) -> Result<Selected> {
    let step = match picked.step {
        Some(0) => return Err(WorkspaceError::new("steps are counted from 1")),
        step => step.map(|step| step - 1),
    };
    match (&picked.rows, &picked.code) {
        (Some(rows), _) => Ok(Selected::Rows { step: only_step(workspace, run, step)?, rows: ranges(rows)? }),
        (None, Some(code)) => Ok(Selected::Code(code.clone())),
        (None, None) => Ok(Selected::All),
    }
}

/// The step that is meant: the one said, or the only one with errors.
fn only_step(workspace: &Workspace, run: RunId, step: Option<usize>) -> Result<usize> {
    if let Some(step) = step {
        return Ok(step);
    }
    let mut steps: Vec<_> = workspace.queue(Some(run))?.iter().map(|card| card.step).collect();
    steps.sort_unstable();
    steps.dedup();
    match steps.as_slice() {
        [] => Ok(0),
        [only] => Ok(*only),
        _ => Err(WorkspaceError::new(format!("several steps of run {} have rows that did not get through", run.0))
            .hint("Say which the rows belong to, as in --step 1.")),
    }
}

/// `4,7-9` as numbers.
fn ranges(text: &str) -> Result<Vec<RowNumber>> {
    const MOST: u64 = 5_000_000;
    let wrong =
        || WorkspaceError::new(format!("{text} is no list of rows")).hint("Write row numbers and ranges, as in 4,7-9.");
    let mut rows = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| text.trim().parse::<RowNumber>().map_err(|_| wrong());
        let (from, to) = (number(from)?, number(to)?);
        if from > to || to - from > MOST {
            return Err(wrong());
        }
        rows.extend(from..=to);
    }
    if rows.is_empty() { Err(wrong()) } else { Ok(rows) }
}

pub(super) fn retry(workspace: &Workspace, what: &RetryArgs) -> Result<Answer> {
    if what.due {
        return retry_due(workspace);
    }
    let run = RunId(what.run.unwrap_or_default());
    let mut rows = selected(workspace, run, &what.picked)?;
    if let Some(file) = &what.from {
        let step = what.picked.step.map(|step| step.saturating_sub(1));
        let corrected = workspace.import_corrected(run, step, file)?;
        let known = corrected.rows.len();
        print::talk(&format!("{known} rows found, {} corrected", corrected.changed));
        if corrected.unknown > 0 {
            print::talk(&format!("{} rows of the file are not in the error queue of run {}", corrected.unknown, run.0));
        }
        rows = Selected::Rows { step: corrected.step, rows: corrected.rows };
    }
    let way = match &what.update_existing {
        _ if what.save_duplicates => Way::SaveDuplicates,
        Some(record) => {
            rows = choose(workspace, run, rows, record)?;
            Way::UpdateChosen
        }
        None => Way::AsBefore,
    };
    let retry = Retry { run, rows, way, production: what.production.clone() };
    Ok(runs::follow(workspace, |tell| workspace.retry(&retry, tell))?.answer)
}

/// Chooses the record that rows update.
fn choose(workspace: &Workspace, run: RunId, rows: Selected, record: &str) -> Result<Selected> {
    if record.eq_ignore_ascii_case("named") {
        workspace.apply_rule(run, &rows, CHOSEN_COLUMN, &CellRule::RecordInMessage)?;
        return Ok(rows);
    }
    match &rows {
        Selected::Rows { step, rows: numbers } if numbers.len() == 1 && looks_like_id(record) => {
            workspace.choose_record(run, *step, numbers[0], Some(record))?;
            Ok(rows)
        }
        _ => Err(WorkspaceError::new("a record id fits one row")
            .hint("Say which row, as in --rows 4; or write --update-existing named to update the records that the messages name.")),
    }
}

fn retry_due(workspace: &Workspace) -> Result<Answer> {
    let due = workspace.due_retries()?;
    let mut ended = Vec::new();
    let mut code = 0;
    for retry in due {
        let followed = runs::follow(workspace, |tell| workspace.retry(&retry, tell))?;
        code = code.max(followed.answer.code);
        ended.push(followed.answer.json);
    }
    if ended.is_empty() {
        print::talk("Nothing is due.");
    }
    Ok(Answer { code, json: json!({ "runs": ended }) })
}

pub(super) fn edit(workspace: &Workspace, what: &EditErrors) -> Result<Answer> {
    let run = RunId(what.run);
    if what.undo || what.redo {
        let change = workspace.undo_edit(run, what.redo)?.ok_or_else(|| {
            let which = if what.redo { "taken back" } else { "made" };
            WorkspaceError::new(format!("no correction of run {} was {which}", run.0))
        })?;
        print::talk(&format!("{}: {}", if what.redo { "Made again" } else { "Taken back" }, change.what));
        return Ok(Answer::ok(json!({ "run": run.0, "what": change.what, "rows": change.rows, "undone": what.undo })));
    }
    let rows = selected(workspace, run, &what.picked)?;
    if let Some(reason) = &what.leave {
        let left = workspace.leave_as_is(run, &rows, reason)?;
        print::talk(&format!("{left} rows left as they are"));
        return Ok(Answer::ok(json!({ "run": run.0, "left": left })));
    }
    let column = what.column.as_deref().unwrap_or_default();
    let rule = rule(workspace, run, column, what)?;
    let preview = workspace.preview_rule(run, &rows, column, &rule)?;
    for (before, after) in &preview.examples {
        print::data(&json!({ "before": before, "after": after }).to_string());
    }
    let changed = if what.dry_run { preview.changed } else { workspace.apply_rule(run, &rows, column, &rule)? };
    let verb = if what.dry_run { "would change" } else { "changed" };
    print::talk(&format!("{}: {verb} {changed} of {} rows", rule.words(column), preview.rows));
    Ok(Answer::ok(json!({
        "run": run.0, "what": rule.words(column), "rows": preview.rows, "changed": changed, "dry_run": what.dry_run,
    })))
}

fn rule(workspace: &Workspace, run: RunId, column: &str, what: &EditErrors) -> Result<CellRule> {
    let pair = |text: &String| {
        let (from, to) = text.split_once('=').ok_or_else(|| {
            WorkspaceError::new(format!("{text} does not say what becomes what")).hint("Write it as A=B.")
        })?;
        Ok((from.to_owned(), to.to_owned()))
    };
    Ok(if !what.map.is_empty() {
        CellRule::Map(what.map.iter().map(pair).collect::<Result<_>>()?)
    } else if let Some(replace) = &what.replace {
        let (from, to) = pair(replace)?;
        CellRule::Replace(from, to)
    } else if let Some(value) = &what.default {
        CellRule::Default(value.clone())
    } else if let Some(value) = &what.set {
        CellRule::Set(value.clone())
    } else {
        match what.case {
            Some(CaseArg::Lower) => CellRule::Case(LetterCase::Lower),
            Some(CaseArg::Upper) => CellRule::Case(LetterCase::Upper),
            Some(CaseArg::Title) => CellRule::Case(LetterCase::Title),
            None => CellRule::Trim(workspace.length_of(run, column)?),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_written_as_numbers_and_ranges() {
        assert_eq!(ranges("4,7-9").unwrap(), [4, 7, 8, 9]);
        for wrong in ["", "a", "9-7", "4;5", "-1"] {
            assert!(ranges(wrong).is_err(), "{wrong}");
        }
    }
}

//! From a row to the call or job that carried it: what was sent and what came back, with the session masked.

use super::runs::in_passes;
use super::{Settings, Workspace, WorkspaceError};
use crate::connect::{Exchange, RowOutcome};
use crate::engine;
use crate::integration::Plan;
use crate::record::RowNumber;
use crate::store::{Carried, RunId, Store};
use serde_json::Value;

/// A call or job that carried a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowCarried {
    /// When it ended, in milliseconds since 1970.
    pub at: i64,
    /// What it did: `insert`, `update`, `upsert` or `delete`.
    pub action: String,
    /// The Bulk job, where it was one.
    pub job: Option<String>,
    /// The call, where it was one and its words are still kept.
    pub call: Option<Exchange>,
    /// What was sent for this row alone: its JSON record, or the header and its line of the job's or the delivery's CSV.
    pub sent: Option<String>,
    /// What came back for this row alone: its JSON result, or the columns of the job's result.
    pub heard: Option<String>,
}

impl Workspace {
    /// What carried a row of a run, the first try first.
    pub fn carried(&self, run: RunId, step: usize, row: RowNumber) -> Result<Vec<RowCarried>, WorkspaceError> {
        let store = self.store()?;
        let list = store.carried(run, step, row)?;
        let record = store.run(run)?;
        let into_table = record.and_then(|run| Some(run.steps.get(step)?.writes_to_table())).unwrap_or_default();
        let last = list.len();
        list.into_iter()
            .enumerate()
            .map(|(at, carried)| self.told(&store, run, (step, into_table), row, carried, at + 1 == last))
            .collect()
    }

    fn told(
        &self,
        store: &Store,
        run: RunId,
        (step, into_table): (usize, bool),
        row: RowNumber,
        carried: Carried,
        is_last: bool,
    ) -> Result<RowCarried, WorkspaceError> {
        let place = carried.place(row).unwrap_or_default();
        let (sent, heard) = match (&carried.exchange, &carried.job) {
            (Some(call), _) => (record_at(call, place), result_at(call, place)),
            (None, Some(_)) => {
                let outcome = store.outcomes_between(run, step, row, row)?.pop().filter(|_| is_last);
                let heard = outcome.map(|settled| result_columns(&settled.outcome));
                (self.line_of(store, run, step, row, &carried.action)?, heard)
            }
            // A table hears and says nothing beyond the row itself.
            (None, None) if into_table => {
                let outcome = store.outcomes_between(run, step, row, row)?.pop().filter(|_| is_last);
                let heard = outcome.map(|settled| result_in_words(&settled.outcome));
                (self.line_of(store, run, step, row, &carried.action)?, heard)
            }
            (None, None) => (None, None),
        };
        Ok(RowCarried { at: carried.at, action: carried.action, job: carried.job, call: carried.exchange, sent, heard })
    }

    fn line_of(
        &self,
        store: &Store,
        run: RunId,
        step: usize,
        row: RowNumber,
        action: &str,
    ) -> Result<Option<String>, WorkspaceError> {
        let (record, form, shapes) = self.recorded(store, run)?;
        let plan = Plan::compile(&form, shapes, record.began_at);
        let Some(planned) = plan.ok().and_then(|plan| in_passes(plan).ok()?.steps.into_iter().nth(step)) else {
            return Ok(None);
        };
        Ok(engine::csv_line(store, run, step, &planned, action, row)?)
    }

    /// What holds for the whole project.
    pub fn settings(&self) -> Result<Settings, WorkspaceError> {
        Ok(self.store()?.settings()?)
    }

    /// Changes what holds for the whole project, and forgets what is to be kept no longer.
    pub fn save_settings(&self, settings: &Settings) -> Result<(), WorkspaceError> {
        let store = self.store()?;
        store.save_settings(settings)?;
        store.log(self.now(), &format!("Calls and answers are kept for {} days", settings.exchange_days), None)?;
        self.forget_old_exchanges(&store)
    }

    /// Forgets the words of calls that have been kept long enough.
    pub(super) fn forget_old_exchanges(&self, store: &Store) -> Result<(), WorkspaceError> {
        let days = i64::from(store.settings()?.exchange_days);
        store.forget_exchanges(self.now() - days * 86_400_000)?;
        Ok(())
    }
}

fn record_at(call: &Exchange, place: usize) -> Option<String> {
    if call.request.is_empty() {
        // A delete names its records in the address.
        let ids = call.path.split_once("ids=")?.1.split('&').next()?;
        return ids.split(',').nth(place).map(str::to_owned);
    }
    let body: Value = serde_json::from_slice(&call.request).ok()?;
    serde_json::to_string_pretty(body.get("records")?.get(place)?).ok()
}

fn result_at(call: &Exchange, place: usize) -> Option<String> {
    let body: Value = serde_json::from_slice(&call.response).ok()?;
    serde_json::to_string_pretty(body.get(place)?).ok()
}

/// What a table made of a row.
fn result_in_words(outcome: &RowOutcome) -> String {
    let word = outcome.outcome().label();
    match (outcome.id(), outcome.rejection()) {
        (Some(id), _) => format!("{word}: {id}"),
        (None, Some(why)) => format!("{word}: {}", why.message),
        (None, None) => word.to_owned(),
    }
}

/// The columns that a job's result sets put before those that were sent.
fn result_columns(outcome: &RowOutcome) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    match outcome {
        RowOutcome::Failed(why) => {
            let error = format!("{}:{}:{} --", why.code, why.message, why.fields.join(","));
            format!("\"sf__Id\",\"sf__Error\"\n\"\",{}", quoted(&error))
        }
        RowOutcome::Created { id } => format!("\"sf__Id\",\"sf__Created\"\n{},\"true\"", quoted(id)),
        RowOutcome::Updated { id } | RowOutcome::Deleted { id } | RowOutcome::Unchanged { id } => {
            format!("\"sf__Id\",\"sf__Created\"\n{},\"false\"", quoted(id))
        }
        RowOutcome::Unconfirmed(why)
        | RowOutcome::NotSent(why)
        | RowOutcome::Skipped(why)
        | RowOutcome::Conflict(why) => why.message.clone(),
    }
}

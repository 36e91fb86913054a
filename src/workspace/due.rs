//! Retries that begin by themselves: rows whose failure time heals, once their time has come.

use super::retry::{Retry, Way, limit_of};
use super::{RunState, Workspace, WorkspaceError};
use crate::salesforce::passing;
use crate::store::RunLock;

impl Workspace {
    /// What is to be retried by itself by now: rows refused for what time heals, of steps that say so. Production is written to only
    /// where a person confirmed it when the run began.
    pub fn due_retries(&self) -> Result<Vec<Retry>, WorkspaceError> {
        let store = self.store()?;
        let mut due = Vec::new();
        for card in self.queue(None)? {
            if !passing(&card.cause.code) || !card.may_be_sent_again() || card.gave_up {
                continue;
            }
            let (record, form, _) = self.recorded(&store, card.run)?;
            let over = matches!(record.state, RunState::CompleteWithFailures | RunState::Complete);
            let Some(ended) = record.ended_at.filter(|_| over && !RunLock::is_taken(self.path(), card.run)) else {
                continue;
            };
            let step = form.steps.get(card.step).or_else(|| form.steps.last());
            let Some(step) = step.filter(|_| limit_of(&form, card.step) > 1) else { continue };
            let tries = self.queue_rows(card.run, &card.selected(), 1, 1)?.first().map_or(1, |row| row.tries);
            if step.options.again.when.after(tries).is_some_and(|after| self.now() >= ended + after) {
                let production = store.confirmed_production(card.run)?;
                due.push(Retry { run: card.run, rows: card.selected(), way: Way::AsBefore, production });
            }
        }
        Ok(due)
    }

    /// When the next retry by itself is due, in milliseconds since 1970.
    pub fn retries_at(&self, run: crate::store::RunId) -> Result<Option<i64>, WorkspaceError> {
        let store = self.store()?;
        let (record, form, _) = self.recorded(&store, run)?;
        let Some(ended) = record.ended_at else { return Ok(None) };
        let mut first: Option<i64> = None;
        for card in self.queue(Some(run))? {
            if !passing(&card.cause.code) || !card.may_be_sent_again() || card.gave_up {
                continue;
            }
            let step = form.steps.get(card.step).or_else(|| form.steps.last());
            let tries = self.queue_rows(run, &card.selected(), 1, 1)?.first().map_or(1, |row| row.tries);
            let at = step.and_then(|step| step.options.again.when.after(tries)).map(|after| ended + after);
            first = first.into_iter().chain(at).min();
        }
        Ok(first)
    }
}

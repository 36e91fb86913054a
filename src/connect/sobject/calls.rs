//! Small deliveries: one call, answered row by row in the order sent.

use super::guarded::changed_since;
use super::{Action, SObjectTarget, rejection, unconfirmed};
use crate::cancel::Cancel;
use crate::connect::{ConnectError, EncodedRows, Report, RowOutcome, Sent, Ticket, drain};
use crate::record::id15_to_18;
use crate::salesforce::{RowResult, Write};
use std::sync::PoisonError;

impl SObjectTarget {
    /// Keeps the body for the call; nothing is sent.
    pub(super) fn stage_call(&self, rows: &mut dyn EncodedRows, cancel: &Cancel) -> Result<Ticket, ConnectError> {
        let body = drain(rows)?;
        let version = self.org.api_version(cancel)?;
        let (prepared_at, unmodified_since) = (self.org.now(), rows.unmodified_since());
        Ok(Ticket { job: None, version, prepared_at, body: Some(body), unmodified_since, ..Ticket::default() })
    }

    pub(super) fn commit_call(
        &self,
        ticket: &Ticket,
        sent: &Sent,
        cancel: &Cancel,
        report: &mut Report,
    ) -> Result<(), ConnectError> {
        let Some(body) = &ticket.body else {
            let message = "the program ended around this call, and whether it was sent is not known".to_owned();
            return Err(ConnectError::Lost { message });
        };
        let mut results = self.call(ticket, body, cancel)?.into_iter();
        for (row, _) in &sent.rows {
            report(*row, results.next().map_or_else(unanswered, |result| self.outcome(result)));
        }
        Ok(())
    }

    /// Makes the call; an answer for each row, in the order sent.
    pub(super) fn call(&self, ticket: &Ticket, body: &[u8], cancel: &Cancel) -> Result<Vec<RowResult>, ConnectError> {
        if let Some(result) = self.guarded(ticket, body, cancel)? {
            return Ok(vec![result]);
        }
        let options = self.options();
        let write = match &self.spec.action {
            Action::Insert => Write::Create,
            Action::Update => Write::Update,
            Action::Upsert { key } => Write::Upsert { object: &self.spec.object, key },
            Action::Delete => Write::Delete,
        };
        let (results, exchange) = self.org.write(write, body, &options, cancel)?;
        ticket.heard.keep(exchange);
        Ok(results)
    }

    pub(super) fn outcome(&self, result: RowResult) -> RowOutcome {
        if !result.success {
            let code = result.errors.first().map_or("", |error| error.code.as_str());
            let Some(moved_on) = changed_since(code) else {
                return RowOutcome::Failed(rejection::of_call(&result.errors).into());
            };
            return RowOutcome::Skipped(moved_on.into());
        }
        let id = result.id.unwrap_or_default();
        if self.spec.action == Action::Insert {
            self.remember_made(&id);
        }
        self.done(id.into(), result.created == Some(true))
    }

    /// Keeps in mind that an answer named this record as made.
    pub(super) fn remember_made(&self, id: &str) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(long_id(id));
    }

    /// Whether an answer named this record as made.
    pub(super) fn remembers(&self, id: &str) -> bool {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).contains(&long_id(id))
    }
}

fn long_id(id: &str) -> String {
    id15_to_18(id).unwrap_or_else(|| id.to_owned())
}

/// The answer has fewer rows than the call.
pub(super) fn unanswered() -> RowOutcome {
    unconfirmed("Salesforce's answer leaves this row out", "Check now looks for its record.")
}

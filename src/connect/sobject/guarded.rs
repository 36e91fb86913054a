//! A call that changes one record, and only if nobody has changed it since it was looked at.

use super::{SObjectTarget, unconfirmed};
use crate::cancel::Cancel;
use crate::connect::{ConnectError, Digester, Keys, RowOutcome, Ticket};
use crate::record::{Kind, Rejection};
use crate::salesforce::RowResult;
use serde_json::{Map, Value};

/// Salesforce's code for a record that was changed since.
const CHANGED_SINCE: &str = "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE";

impl SObjectTarget {
    /// Makes the call; `None` where the ticket does not ask for a guarded one.
    pub(super) fn guarded(
        &self,
        ticket: &Ticket,
        body: &[u8],
        cancel: &Cancel,
    ) -> Result<Option<RowResult>, ConnectError> {
        let Some(since) = &ticket.unmodified_since else { return Ok(None) };
        let (id, record) = parts(body)?;
        let body = serde_json::json!(record).to_string();
        let (result, exchange) =
            self.org.update_unmodified(&self.spec.object, &id, body, since, &self.options(), cancel)?;
        ticket.heard.keep(exchange);
        Ok(Some(result))
    }

    /// What became of a guarded call whose answer was lost: made again it is refused when it was done, so the record is looked at.
    pub(super) fn guarded_again(
        &self,
        ticket: &Ticket,
        body: &[u8],
        cancel: &Cancel,
    ) -> Result<RowOutcome, ConnectError> {
        let Some(result) = self.guarded(ticket, body, cancel)? else {
            return Ok(unconfirmed("the call cannot be made again", "Look at the record in Salesforce."));
        };
        if result.success || result.errors.first().is_none_or(|error| error.code != CHANGED_SINCE) {
            return Ok(self.outcome(result));
        }
        let (id, record) = parts(body)?;
        let fields: Vec<String> = record.keys().cloned().collect();
        let keys = Keys { fields: vec!["Id".to_owned()], values: vec![vec![id.clone()]] };
        let found = self.find(&keys, &fields, cancel)?.into_iter().flatten().next();
        let same = found.is_some_and(|found| {
            found.values.iter().zip(record.iter()).all(|(now, (path, sent))| {
                let kind =
                    self.spec.columns.iter().find(|column| column.path == *path).map_or(Kind::Text, |of| of.kind);
                alike(kind, now, &text(sent))
            })
        });
        Ok(if same { RowOutcome::Updated { id: id.as_str().into() } } else { self.outcome(result) })
    }
}

/// Why a record was left alone, in the words of the house.
pub(super) fn changed_since(code: &str) -> Option<Rejection> {
    (code == CHANGED_SINCE).then(|| {
        Rejection::new("moved_on", "somebody changed the record after it was looked at")
            .hint("Nothing was written to it. The next sync compares it again.")
    })
}

/// The record's id, and what is written to it.
fn parts(body: &[u8]) -> Result<(String, Map<String, Value>), ConnectError> {
    let broken = || ConnectError::refused("a call of one record holds none", "Start the sync again.");
    let mut record: Map<String, Value> = serde_json::from_slice(body).map_err(|_| broken())?;
    record.remove("attributes");
    match record.remove("Id") {
        Some(Value::String(id)) => Ok((id, record)),
        _ => Err(broken()),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn alike(kind: Kind, one: &str, other: &str) -> bool {
    let digest = |text| {
        let mut digester = Digester::default();
        digester.cell(kind, text);
        digester.finish()
    };
    digest(one) == digest(other)
}

//! A call whose answer was lost: what became of its rows.
//!
//! What may be sent twice is sent again: updates by id, upserts by a key, deletes of what is still there, new records whose key
//! the org allows once only. Other new records are looked for by who made them, when, and with what in them; a row is said to be
//! made only if the records found are exactly as many as the rows that look like them.

use super::calls::unanswered;
use super::find::without_object;
use super::{Action, SObjectTarget, unconfirmed};
use crate::cancel::Cancel;
use crate::connect::digest::instant;
use crate::connect::{
    ConnectError, Digest, Digester, EncodedRows, Found, Keys, OutColumn, Report, RowOutcome, Sent, Ticket, drain,
};
use crate::record::{Kind, Rejection, RowNumber, id15_to_18};
use crate::salesforce::{Identity, QueryPage, RowResult, quoted};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Records asked for by id in one call.
const IDS_PER_QUERY: usize = 200;
/// Values named in the query that a person may run.
const VALUES_SHOWN: usize = 4;

impl SObjectTarget {
    pub(super) fn settle_call(
        &self,
        ticket: &Ticket,
        sent: &Sent,
        keys: &[String],
        rows: &mut dyn EncodedRows,
        cancel: &Cancel,
        report: &mut Report,
    ) -> Result<(), ConnectError> {
        rows.rewind();
        let body = drain(rows)?;
        let rows: Vec<RowNumber> = sent.rows.iter().map(|(row, _)| *row).collect();
        if let (Some(_), [row]) = (&ticket.unmodified_since, rows.as_slice()) {
            report(*row, self.guarded_again(ticket, &body, cancel)?);
            return Ok(());
        }
        match &self.spec.action {
            Action::Update | Action::Upsert { .. } => self.send_again(ticket, &rows, keys, &body, cancel, report),
            Action::Delete => self.delete_again(ticket, &rows, &body, cancel, report),
            Action::Insert => match self.spec.unique_column.and_then(|column| self.spec.columns.get(column)) {
                Some(key) => self.insert_again(ticket, &key.path, &rows, &body, cancel, report),
                None => self.look_for_new(ticket, &rows, array(&body)?, cancel, report),
            },
        }
    }

    /// New records whose key the org allows once only: those that are there were made, the others are sent again, since the org
    /// itself refuses to make a record twice.
    fn insert_again(
        &self,
        ticket: &Ticket,
        key: &str,
        rows: &[RowNumber],
        body: &[u8],
        cancel: &Cancel,
        report: &mut Report,
    ) -> Result<(), ConnectError> {
        let raw: Vec<Box<RawValue>> = array(body)?;
        let records: Vec<Map<String, Value>> = array(body)?;
        let key_of = |place: usize| match records.get(place).and_then(|record| value_at(record, key)) {
            Some(Value::String(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let (with_key, without): (Vec<usize>, Vec<usize>) = (0..rows.len()).partition(|place| key_of(*place).is_some());
        let keys_of = |places: &[usize]| places.iter().filter_map(|place| key_of(*place)).collect::<Vec<_>>();
        let made = match self.made_with_key(ticket, key, keys_of(&with_key), cancel) {
            // The org cannot be searched by this key.
            Err(ConnectError::Refused { .. }) => return self.look_for_new(ticket, rows, records, cancel, report),
            made => made?,
        };
        let mut again = Vec::new();
        for (place, id) in with_key.into_iter().zip(made) {
            match id {
                Some(id) => self.report_made(rows[place], id, report),
                None => again.push(place),
            }
        }
        let body = again.iter().map(|place| raw[*place].get()).collect::<Vec<_>>().join(",");
        let results = if again.is_empty() { Vec::new() } else { self.call(ticket, body.as_bytes(), cancel)? };
        // The lost call may get there between the question and this one.
        let refused = |result: &RowResult| result.errors.first().is_some_and(|error| error.code == "DUPLICATE_VALUE");
        let met = results.iter().zip(&again).filter(|(result, _)| refused(result)).map(|(_, place)| *place);
        let met: Vec<usize> = met.collect();
        let late = if met.is_empty() { Vec::new() } else { self.made_with_key(ticket, key, keys_of(&met), cancel)? };
        let mut late: BTreeMap<usize, String> =
            met.into_iter().zip(late).filter_map(|(place, id)| Some((place, id?))).collect();
        let mut results = results.into_iter();
        for place in again {
            let outcome = results.next().map_or_else(unanswered, |result| self.outcome(result));
            match late.remove(&place) {
                Some(id) => self.report_made(rows[place], id, report),
                None => report(rows[place], outcome),
            }
        }
        if without.is_empty() {
            return Ok(());
        }
        let records = records.into_iter().enumerate().filter(|(place, _)| without.contains(place));
        let records = records.map(|(_, record)| record).collect();
        let rows: Vec<RowNumber> = without.iter().map(|place| rows[*place]).collect();
        self.look_for_new(ticket, &rows, records, cancel, report)
    }

    fn report_made(&self, row: RowNumber, id: String, report: &mut Report) {
        self.remember_made(&id);
        report(row, RowOutcome::Created { id: id.into() });
    }

    /// For each key the record that we made since the ticket was written and that no answer has named yet.
    fn made_with_key(
        &self,
        ticket: &Ticket,
        key: &str,
        values: Vec<String>,
        cancel: &Cancel,
    ) -> Result<Vec<Option<String>>, ConnectError> {
        let us = self.org.identity(cancel)?.user_id;
        let since = instant(&ticket.prepared_at);
        let keys = Keys { fields: vec![key.to_owned()], values: values.into_iter().map(|value| vec![value]).collect() };
        let fields = ["CreatedById", "CreatedDate"].map(str::to_owned);
        let found = self.find(&keys, &fields, cancel)?;
        let ours = |record: &Found| {
            let [by, at] = record.values.as_slice() else { return false };
            same_id(by, &us) && instant(at) >= since && !self.remembers(&record.id)
        };
        Ok(found.into_iter().map(|records| records.into_iter().find(ours).map(|record| record.id)).collect())
    }

    fn send_again(
        &self,
        ticket: &Ticket,
        rows: &[RowNumber],
        keys: &[String],
        body: &[u8],
        cancel: &Cancel,
        report: &mut Report,
    ) -> Result<(), ConnectError> {
        let records: Vec<Box<RawValue>> = array(body)?;
        let key_of = |place: usize| keys.get(place).map_or("", |key| key.trim());
        let (with_key, without): (Vec<_>, Vec<_>) =
            rows.iter().enumerate().partition(|(place, _)| records.len() > *place && !key_of(*place).is_empty());
        let again: Vec<_> = with_key.into_iter().map(|(place, row)| (*row, records[place].get())).collect();
        let body = again.iter().map(|(_, record)| *record).collect::<Vec<_>>().join(",");
        let results = if again.is_empty() { Vec::new() } else { self.call(ticket, body.as_bytes(), cancel)? };
        // Found this time: made by the call whose answer was lost, or there before. The record itself knows.
        let found: Vec<String> = results
            .iter()
            .filter(|result| result.success && result.created == Some(false))
            .filter_map(|result| result.id.clone())
            .collect();
        let made = self.made_since(ticket, &found, cancel)?;
        let mut results = results.into_iter();
        for (row, _) in &again {
            let outcome = results.next().map_or_else(unanswered, |result| match result {
                RowResult { success: true, id: Some(id), .. } if made.contains(&id) => {
                    RowOutcome::Created { id: id.into() }
                }
                result => self.outcome(result),
            });
            report(*row, outcome);
        }
        // Without a key every sending makes another record.
        for (_, row) in without {
            report(*row, unconfirmed("the row was sent without a key and the answer was lost", LOOK_YOURSELF));
        }
        Ok(())
    }

    /// Those of the records that we made since the ticket was written.
    fn made_since(&self, ticket: &Ticket, ids: &[String], cancel: &Cancel) -> Result<Vec<String>, ConnectError> {
        let mut made = Vec::new();
        let Some(since) = instant(&ticket.prepared_at).filter(|_| !ids.is_empty()) else { return Ok(made) };
        let us = self.org.identity(cancel)?.user_id;
        for ids in ids.chunks(IDS_PER_QUERY) {
            let listed = ids.iter().map(|id| quoted(id)).collect::<Vec<_>>().join(",");
            let soql = format!("SELECT Id, CreatedById, CreatedDate FROM {} WHERE Id IN ({listed})", self.spec.object);
            self.org.query_pages(&soql, false, cancel, &mut |page| {
                for row in page.rows {
                    let [id, by, at] = row.as_slice() else { continue };
                    if same_id(by, &us) && instant(at).is_some_and(|at| at >= since) {
                        made.push(id.clone());
                    }
                }
            })?;
        }
        Ok(made)
    }

    fn delete_again(
        &self,
        ticket: &Ticket,
        rows: &[RowNumber],
        body: &[u8],
        cancel: &Cancel,
        report: &mut Report,
    ) -> Result<(), ConnectError> {
        let ids = String::from_utf8_lossy(body);
        let ids: Vec<&str> = ids.split(',').collect();
        let listed = ids.iter().map(|id| quoted(id)).collect::<Vec<_>>().join(",");
        let soql = format!("SELECT Id, IsDeleted FROM {} WHERE Id IN ({listed})", self.spec.object);
        let mut deleted = Vec::new();
        self.org.query_pages(&soql, true, cancel, &mut |page| {
            deleted.extend(page.rows.into_iter().filter(|row| row[1] == "true").map(|mut row| row.swap_remove(0)));
        })?;
        let gone = |id: &str| deleted.iter().find(|gone| same_id(gone, id));
        let still_there: Vec<&str> = ids.iter().copied().filter(|id| gone(id).is_none()).collect();
        let results = if still_there.is_empty() {
            Vec::new()
        } else {
            self.call(ticket, still_there.join(",").as_bytes(), cancel)?
        };
        let mut results = results.into_iter();
        for (row, id) in rows.iter().zip(&ids) {
            let outcome = match gone(id) {
                Some(gone) => RowOutcome::Deleted { id: gone.into() },
                None => results.next().map_or_else(unanswered, |result| match result.errors.first() {
                    // The lost call got there between the question and this one.
                    Some(error) if error.code == "ENTITY_IS_DELETED" => RowOutcome::Deleted { id: (*id).into() },
                    _ => self.outcome(result),
                }),
            };
            report(*row, outcome);
        }
        Ok(())
    }

    fn look_for_new(
        &self,
        ticket: &Ticket,
        rows: &[RowNumber],
        records: Vec<Map<String, Value>>,
        cancel: &Cancel,
        report: &mut Report,
    ) -> Result<(), ConnectError> {
        let us = self.org.identity(cancel)?;
        let object = self.shape(&self.spec.object, cancel)?;
        let decimals = |path: &str| object.field(path).map(|field| field.scale);
        let mut wanted = Wanted::new(&self.spec.columns, &decimals, &records);
        let soql = self.soql_for_new(ticket, &us);
        let mut take = |page: QueryPage| {
            for row in page.rows {
                if !self.remembers(&row[0]) {
                    wanted.found(&row);
                }
            }
        };
        match self.org.query_pages(&soql, false, cancel, &mut take).map_err(ConnectError::from) {
            Ok(()) => {}
            // The question itself is not possible: a person must look.
            Err(ConnectError::Refused { message, .. }) => tracing::warn!(message, "new records cannot be looked for"),
            Err(error) => return Err(error),
        }
        let mut settled = wanted.settled();
        for (place, row) in rows.iter().enumerate() {
            let outcome = match settled.remove(&place) {
                Some(id) => {
                    self.remember_made(&id);
                    RowOutcome::Created { id: id.into() }
                }
                None => self.must_look(ticket, &us, records.get(place)),
            };
            report(*row, outcome);
        }
        Ok(())
    }

    fn soql_for_new(&self, ticket: &Ticket, us: &Identity) -> String {
        let columns: String = comparable(&self.spec.columns).map(|(_, path, _)| format!(", {path}")).collect();
        format!("SELECT Id{columns} FROM {} WHERE {}", self.spec.object, made_by(us, ticket))
    }

    /// The row's fate is not known; with the query that shows a person the records it may be.
    fn must_look(&self, ticket: &Ticket, us: &Identity, record: Option<&Map<String, Value>>) -> RowOutcome {
        let mut soql = format!("SELECT Id FROM {} WHERE {}", self.spec.object, made_by(us, ticket));
        let mut shown = 0;
        for (_, path, kind) in comparable(&self.spec.columns) {
            let Some(Value::String(text)) = record.and_then(|record| value_at(record, path)) else { continue };
            let short = matches!(kind, Kind::Text | Kind::Email | Kind::Phone | Kind::Picklist | Kind::Reference);
            if short && text.len() <= 255 && shown < VALUES_SHOWN {
                soql.push_str(&format!(" AND {path} = {}", quoted(text)));
                shown += 1;
            }
        }
        let rejection =
            Rejection::new("unconfirmed", "sent, the answer was lost, and no single new record matches the row");
        RowOutcome::Unconfirmed(rejection.hint(format!("This query shows whether it was made: {soql}")).into())
    }
}

const LOOK_YOURSELF: &str = "Look for the record in the org before running the row again.";

fn made_by(us: &Identity, ticket: &Ticket) -> String {
    format!("CreatedById = {} AND CreatedDate >= {}", quoted(&us.user_id), ticket.prepared_at)
}

fn same_id(a: &str, b: &str) -> bool {
    a == b || id15_to_18(a).is_some_and(|a| id15_to_18(b) == Some(a))
}

/// The records of a body, which stand there without the brackets around.
fn array<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<Vec<T>, ConnectError> {
    let text = [b"[", body, b"]"].concat();
    serde_json::from_slice(&text).map_err(|error| {
        ConnectError::refused(
            format!("the rows of a call whose answer was lost cannot be read again: {error}"),
            "Look for their records in the org before running them again.",
        )
    })
}

/// Columns whose values come back as they were sent, with their place and path in a query.
fn comparable(columns: &[OutColumn]) -> impl Iterator<Item = (usize, &str, Kind)> {
    let told = columns.iter().enumerate().filter(|(_, column)| !matches!(column.kind, Kind::Base64 | Kind::Compound));
    told.map(|(place, column)| (place, without_object(&column.path), column.kind))
}

/// The value a record sends for a path: `{"Owner":{"Username":"x"}}` for `Owner.Username`.
fn value_at<'a>(record: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    match path.split_once('.') {
        None => record.get(path),
        Some((parent, field)) => match record.get(parent)? {
            Value::Object(parent) => parent.get(field),
            Value::Null => Some(&Value::Null),
            _ => None,
        },
    }
}

/// A number as the org keeps it: with no more decimals than its field has.
fn rounded(number: &serde_json::Number, decimals: Option<u32>) -> String {
    let text = number.to_string();
    let exact = text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(&text));
    match (exact, decimals) {
        (Ok(exact), Some(decimals)) => {
            exact.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero).to_string()
        }
        _ => text,
    }
}

/// Rows looked for among new records, by what they set and to which values.
struct Wanted {
    /// Kinds of the columns asked for, behind `Id`.
    kinds: Vec<Kind>,
    /// For each set of columns that some row sets: rows by the digest of their values, and the records found for it.
    by_shape: BTreeMap<Vec<usize>, BTreeMap<Digest, Alike>>,
}

/// Rows that set the same values, and the records found that have them.
#[derive(Default)]
struct Alike {
    places: Vec<usize>,
    ids: Vec<String>,
}

impl Wanted {
    /// `decimals` says how many a number field keeps.
    fn new(columns: &[OutColumn], decimals: &dyn Fn(&str) -> Option<u32>, records: &[Map<String, Value>]) -> Wanted {
        let told: Vec<(&str, Kind)> = comparable(columns).map(|(_, path, kind)| (path, kind)).collect();
        let mut by_shape: BTreeMap<Vec<usize>, BTreeMap<Digest, Alike>> = BTreeMap::new();
        for (place, record) in records.iter().enumerate() {
            let mut shape = Vec::new();
            let mut digester = Digester::default();
            for (at, (path, kind)) in told.iter().enumerate() {
                let Some(value) = value_at(record, path) else { continue };
                shape.push(at);
                let text = match value {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    Value::Number(number) => rounded(number, decimals(path)),
                    other => other.to_string(),
                };
                digester.cell(*kind, &text.to_lowercase());
            }
            by_shape.entry(shape).or_default().entry(digester.finish()).or_default().places.push(place);
        }
        Wanted { kinds: told.into_iter().map(|(_, kind)| kind).collect(), by_shape }
    }

    /// A record that was made: its id, then the values asked for.
    fn found(&mut self, row: &[String]) {
        for (shape, rows) in &mut self.by_shape {
            let mut digester = Digester::default();
            for at in shape {
                digester.cell(self.kinds[*at], &row[at + 1].to_lowercase());
            }
            if let Some(alike) = rows.get_mut(&digester.finish()) {
                alike.ids.push(row[0].clone());
            }
        }
    }

    /// The rows with a record each.
    fn settled(self) -> BTreeMap<usize, String> {
        let mut settled = BTreeMap::new();
        let mut claimed: BTreeMap<String, u32> = BTreeMap::new();
        let groups = || self.by_shape.values().flat_map(BTreeMap::values);
        for alike in groups() {
            alike.ids.iter().for_each(|id| *claimed.entry(id.clone()).or_default() += 1);
        }
        for Alike { places, ids } in groups() {
            // A record that fits rows of two shapes settles neither.
            if places.len() == ids.len() && ids.iter().all(|id| claimed[id] == 1) {
                settled.extend(places.iter().copied().zip(ids.iter().cloned()));
            }
        }
        settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<OutColumn> {
        [("Name", Kind::Text), ("AnnualRevenue", Kind::Number), ("Lead:Who.Email", Kind::Email)]
            .map(|(path, kind)| OutColumn { path: path.into(), kind })
            .into()
    }

    fn settled(records: &str, found: &[[&str; 4]]) -> BTreeMap<usize, String> {
        let records: Vec<Map<String, Value>> = array(records.as_bytes()).unwrap();
        let mut wanted = Wanted::new(&columns(), &|_| Some(0), &records);
        for row in found {
            wanted.found(&row.map(str::to_owned));
        }
        wanted.settled()
    }

    #[test]
    fn a_new_record_settles_a_row_only_if_it_can_be_no_other() {
        let one = r#"{"attributes":{"type":"Account"},"Name":"Acme","AnnualRevenue":4.5}"#;
        let two = r#"{"Name":"Acme","Who":{"attributes":{"type":"Lead"},"Email":"a@b.c"}}"#;
        let made = ["001A", "acme ", "5", ""];
        let other = ["001B", "Acme", "6", ""];
        assert_eq!(settled(one, &[made, other]), BTreeMap::from([(0, "001A".to_owned())]));
        assert_eq!(settled(one, &[other]), BTreeMap::new());
        // Two alike, one made: which of them is not known.
        assert_eq!(settled(&format!("{one},{one}"), &[made]), BTreeMap::new());
        assert_eq!(settled(&format!("{one},{one}"), &[made, ["001C", "Acme", "5.0", "x"]]).len(), 2);
        // Three made of two: one is somebody else's.
        assert_eq!(settled(one, &[made, ["001C", "Acme", "5.0", "x"]]), BTreeMap::new());
        // A record that fits both rows settles neither.
        assert_eq!(settled(&format!("{one},{two}"), &[["001A", "Acme", "5", "a@b.c"]]), BTreeMap::new());
    }

    #[test]
    fn a_cleared_field_must_be_empty_in_the_record_and_one_left_alone_need_not() {
        let cleared = r#"{"Name":"Acme","AnnualRevenue":null}"#;
        assert_eq!(settled(cleared, &[["001A", "Acme", "5", ""]]).len(), 0);
        assert_eq!(settled(cleared, &[["001A", "Acme", "", ""]]).len(), 1);
        assert_eq!(settled(r#"{"Name":"Acme"}"#, &[["001A", "Acme", "5", ""]]).len(), 1);
    }
}

//! What became of a delivery into a table whose end nobody saw.
//!
//! A delivery is one transaction, so that all of it is there or nothing. Changes and deletions are simply done again. New rows that
//! have a value which the table allows once only are there if that value is, and are sent again if it is not: the database itself
//! refuses to make them twice. Other new rows are looked for among those with higher numbers than any had before. If one of the
//! delivery is there, none is sent again; and none is, if the table got other rows meanwhile that might be these, changed since.

use super::cell::text;
use super::quoted;
use super::write::{Given, NOT_FOUND, Way, Writer, ever, highest, unconfirmed};
use crate::connect::{Action, ConnectError, RowOutcome, TableBefore};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension as _, params_from_iter};
use std::collections::HashSet;

impl Writer<'_> {
    /// What the table holds before the delivery, as far as it tells afterwards what the delivery did.
    pub(super) fn note(&self) -> Result<TableBefore, ConnectError> {
        let told = |error: rusqlite::Error| super::unwritten(&self.table.path, &self.table.name, &error);
        let places = 0..self.load.rows.len();
        let mut before = TableBefore::default();
        match self.action {
            Action::Insert => {
                before.highest = highest(self.database, self.table).map_err(told)?;
                for place in places {
                    let given = self.given(place).unwrap_or_default();
                    if self.with_own(&given).map_err(told)?.is_some_and(|(_, known)| known.is_some()) {
                        before.idle.push(place);
                    }
                }
            }
            Action::Delete => {
                for place in places {
                    if self.count(self.key(place)).map_err(told)? == 0 {
                        before.idle.push(place);
                    }
                }
            }
            Action::Update | Action::Upsert { .. } => {}
        }
        Ok(before)
    }

    /// What became of the rows, and where nothing did, does it now. `made` are records that other rows are known to have made.
    pub(super) fn settle(&self, made: &HashSet<String>) -> Result<Vec<RowOutcome>, ConnectError> {
        if *self.action == Action::Insert {
            let ways = self.ways(made).map_err(|error| super::unwritten(&self.table.path, &self.table.name, &error))?;
            return self.deliver_as(&ways);
        }
        let mut outcomes = self.deliver()?;
        if *self.action == Action::Delete {
            for (place, outcome) in outcomes.iter_mut().enumerate() {
                let missing = outcome.rejection().is_some_and(|why| why.code == NOT_FOUND);
                if missing && !self.before.idle.contains(&place) {
                    *outcome = RowOutcome::Deleted { id: self.key(place).into() };
                }
            }
        }
        Ok(outcomes)
    }

    /// What is to be done with each new row.
    fn ways(&self, made: &HashSet<String>) -> rusqlite::Result<Vec<Way>> {
        let mut ways = vec![Way::Send; self.load.rows.len()];
        let mut claimed: HashSet<String> = made.clone();
        let mut keyless = Vec::new();
        for (place, way) in ways.iter_mut().enumerate() {
            // A row that the database would not take was not sent.
            let Ok(given) = self.given(place) else { continue };
            match self.with_own(&given)? {
                None => keyless.push((place, given)),
                Some((_, None)) => {}
                Some(_) if self.before.idle.contains(&place) => {}
                Some((true, Some(id))) => {
                    claimed.insert(id.clone());
                    *way = Way::Known(RowOutcome::Created { id: id.into() });
                }
                Some((false, Some(_))) => *way = Way::Known(unconfirmed(self.table)),
            }
        }
        // A row that says more is looked for first: one that says less may be any of several.
        keyless.sort_by_key(|(_, given)| std::cmp::Reverse(given.len()));
        let mut open = Vec::new();
        for (place, given) in keyless {
            match self.new_like(&given, &claimed)? {
                Some(id) => {
                    claimed.insert(id.clone());
                    ways[place] = Way::Known(RowOutcome::Created { id: id.into() });
                }
                None => open.push(place),
            }
        }
        let is_there = |way: &Way| matches!(way, Way::Known(RowOutcome::Created { .. }));
        if !open.is_empty() && (ways.iter().any(is_there) || self.others_are_new(&claimed)?) {
            open.into_iter().for_each(|place| ways[place] = Way::Try);
        }
        Ok(ways)
    }

    /// The record with what the table allows once only of a row, and whether it is as the row would make it; `None` where the row has
    /// nothing of the kind.
    fn with_own(&self, given: &Given<'_>) -> rusqlite::Result<Option<(bool, Option<String>)>> {
        // NULL is like nothing, not even like another NULL.
        let value = |own: &String| given.iter().find(|(name, value)| name == own && *value != Value::Null);
        let together = |own: &Vec<String>| own.iter().map(value).collect::<Option<Vec<_>>>();
        let Some(own) = self.table.unique.iter().find_map(together) else { return Ok(None) };
        let alike = alike(given, own.len() + 1);
        let (table, key) = (quoted(&self.table.name), quoted(&self.table.key));
        let tests = own.iter().enumerate().map(|(at, (name, _))| format!("{} = ?{}", quoted(name), at + 1));
        let tests = tests.collect::<Vec<_>>().join(" AND ");
        let sql = format!("SELECT {key}, {alike} FROM {table} WHERE {tests}");
        let values = own.iter().map(|(_, value)| value).chain(given.iter().map(|(_, value)| value));
        let mut query = self.database.prepare_cached(&sql)?;
        let found =
            query.query_row(params_from_iter(values), |row| Ok((row.get(1)?, self.id(row.get_ref(0)?)))).optional()?;
        Ok(Some(found.map_or((false, None), |(alike, id)| (alike, Some(id)))))
    }

    /// A record with the values of a row that was made since, and that is no other row's.
    fn new_like(&self, given: &Given<'_>, claimed: &HashSet<String>) -> rusqlite::Result<Option<String>> {
        let (Some(rowid), Some(highest)) = (&self.table.rowid, self.before.highest) else { return Ok(None) };
        let (table, key, rowid) = (quoted(&self.table.name), quoted(&self.table.key), quoted(rowid));
        let sql = format!("SELECT {key} FROM {table} WHERE {rowid} > ?1 AND {} ORDER BY {rowid}", alike(given, 2));
        let values = std::iter::once(Value::Integer(highest)).chain(given.iter().map(|(_, value)| value.clone()));
        let mut query = self.database.prepare_cached(&sql)?;
        let mut rows = query.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            let id = self.id(row.get_ref(0)?);
            if !claimed.contains(&id) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Whether the table got rows since that are not known to be anybody's, some of which may be gone again; also where that cannot be
    /// told.
    fn others_are_new(&self, claimed: &HashSet<String>) -> rusqlite::Result<bool> {
        let (Some(rowid), Some(highest)) = (&self.table.rowid, self.before.highest) else { return Ok(true) };
        let (table, key, rowid) = (quoted(&self.table.name), quoted(&self.table.key), quoted(rowid));
        let mut query = self.database.prepare_cached(&format!("SELECT {key} FROM {table} WHERE {rowid} > ?1"))?;
        let mut rows = query.query([highest])?;
        let mut new = 0;
        while let Some(row) = rows.next()? {
            if !claimed.contains(&self.id(row.get_ref(0)?)) {
                return Ok(true);
            }
            new += 1;
        }
        Ok(ever(self.database, self.table)?.saturating_sub(highest) > new)
    }

    fn id(&self, value: rusqlite::types::ValueRef<'_>) -> String {
        text(self.table.column(&self.table.key), value)
    }
}

/// A condition that a row has these values, whose parameters begin at that number.
fn alike(given: &Given<'_>, first: usize) -> String {
    let tests: Vec<_> =
        given.iter().enumerate().map(|(at, (name, _))| format!("{} IS ?{}", quoted(name), at + first)).collect();
    if tests.is_empty() { "1".to_owned() } else { tests.join(" AND ") }
}

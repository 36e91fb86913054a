//! A delivery into a table: one transaction, in which every row stands or falls alone.

use super::cell::{spellings, text, value};
use super::table::Table;
use super::{quoted, refusal};
use crate::connect::load::Load;
use crate::connect::{Action, ConnectError, RowOutcome, TableBefore};
use crate::record::Rejection;
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior, ffi, params_from_iter};
use std::collections::{BTreeMap, BTreeSet};

/// Writes the rows of a delivery.
pub(super) struct Writer<'a> {
    pub(super) database: &'a Connection,
    pub(super) table: &'a Table,
    pub(super) action: &'a Action,
    pub(super) load: &'a Load,
    /// What the table held when the delivery was prepared.
    pub(super) before: &'a TableBefore,
}

/// What is done with a row.
#[derive(Clone)]
pub(super) enum Way {
    /// It is written.
    Send,
    /// It may be there already, so that it is tried only for why the database refuses it, and never kept.
    Try,
    /// Nothing: its outcome is known.
    Known(RowOutcome),
}

/// Columns of a row with the values that they get.
pub(super) type Given<'a> = Vec<(&'a str, Value)>;

impl<'a> Writer<'a> {
    /// Writes all rows, and says what became of each.
    pub(super) fn deliver(&self) -> Result<Vec<RowOutcome>, ConnectError> {
        self.deliver_as(&vec![Way::Send; self.load.rows.len()])
    }

    /// Does with each row what is said of it. All of it is there afterwards, or nothing.
    pub(super) fn deliver_as(&self, ways: &[Way]) -> Result<Vec<RowOutcome>, ConnectError> {
        self.load.columns.iter().try_for_each(|name| self.table.spelled(name).map(drop))?;
        // Rows that took all others with them: without them it is done anew.
        let mut refused = BTreeMap::new();
        loop {
            if let Some(outcomes) = self.at_once(ways, &mut refused)? {
                return Ok(outcomes);
            }
        }
    }

    /// One transaction; `None` when a row ended it, which is among the refused ones then.
    fn at_once(
        &self,
        ways: &[Way],
        refused: &mut BTreeMap<usize, Rejection>,
    ) -> Result<Option<Vec<RowOutcome>>, ConnectError> {
        // Whatever ends this early takes back what was written so far.
        let begun = Transaction::new_unchecked(self.database, TransactionBehavior::Immediate);
        let _transaction = begun.map_err(|error| self.told(&error))?;
        let mut low = self.is_low()?;
        let mut outcomes = Vec::with_capacity(ways.len());
        for (place, way) in ways.iter().enumerate() {
            let outcome = match (way, refused.get(&place)) {
                (Way::Known(outcome), _) => outcome.clone(),
                (_, Some(why)) => RowOutcome::Failed(why.clone().into()),
                (Way::Send, None) => self.row(place, true, &mut low)?,
                (Way::Try, None) => self.row(place, false, &mut low)?,
            };
            if self.database.is_autocommit() {
                // A rule of the table takes back the whole transaction, not only the row.
                let why = outcome.rejection().cloned();
                refused.insert(place, why.unwrap_or_else(|| left_out(self.table)));
                return Ok(None);
            }
            outcomes.push(outcome);
        }
        match self.database.execute_batch("COMMIT") {
            Ok(()) => Ok(Some(outcomes)),
            Err(error) if is_late(&error) => {
                for place in self.pointing_nowhere(&outcomes).map_err(|error| self.told(&error))? {
                    refused.insert(place, refusal::late(self.table));
                }
                Ok(None)
            }
            // Whether the end of it got to the disk is not known.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) => Err(ConnectError::Lost {
                message: format!("{} failed while a delivery was written to it: {error}", self.table.path.display()),
            }),
            Err(error) => Err(self.told(&error)),
        }
    }

    fn told(&self, error: &rusqlite::Error) -> ConnectError {
        super::unwritten(&self.table.path, &self.table.name, error)
    }

    /// Whether rows were taken away since the delivery was prepared, so that SQLite would give their numbers again.
    fn is_low(&self) -> Result<bool, ConnectError> {
        if *self.action != Action::Insert {
            return Ok(false);
        }
        let highest = highest(self.database, self.table).map_err(|error| self.told(&error))?;
        Ok(highest < self.before.highest)
    }

    /// Writes one row and, unless it is to be kept, takes it back.
    fn row(&self, place: usize, keep: bool, low: &mut bool) -> Result<RowOutcome, ConnectError> {
        let told = |error: rusqlite::Error| self.told(&error);
        self.run("SAVEPOINT a_row").map_err(told)?;
        let outcome = match self.action {
            Action::Insert => self.insert(place, *low),
            Action::Update => self.update(place),
            Action::Delete => self.delete(place),
            Action::Upsert { .. } => Err(RowError::Refused(Rejection::new(
                "refused",
                "a table takes new rows and changes to rows, not both in one",
            ))),
        };
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(RowError::Refused(why)) => RowOutcome::Failed(why.into()),
            Err(RowError::Database(error)) => {
                let given = self.given(place).unwrap_or_default();
                let given: Vec<_> = given.iter().map(|(name, value)| (*name, value)).collect();
                match refusal::of_row(self.database, self.table, &given, &error) {
                    Some(why) => RowOutcome::Failed(why.into()),
                    None => return Err(self.told(&error)),
                }
            }
        };
        if self.database.is_autocommit() {
            return Ok(outcome);
        }
        let done = !matches!(outcome, RowOutcome::Failed(_));
        if !(done && keep) {
            self.run("ROLLBACK TO a_row").map_err(told)?;
        } else if *self.action == Action::Insert {
            *low = false;
        }
        self.run("RELEASE a_row").map_err(told)?;
        // Where something is there that must be there once only, it may be the row itself.
        let may_be_there = done || outcome.rejection().is_some_and(|why| why.code == refusal::NOT_UNIQUE);
        Ok(if may_be_there && !keep { unconfirmed(self.table) } else { outcome })
    }

    fn run(&self, statement: &str) -> rusqlite::Result<()> {
        self.database.prepare_cached(statement)?.execute([]).map(drop)
    }

    /// What a row sets; a blank cell sets nothing. The key of a record that is there is no part of it.
    pub(super) fn given(&self, place: usize) -> Result<Given<'a>, Rejection> {
        let sets = |name: &&String| *self.action == Action::Insert || **name != self.table.key;
        let cells = self.load.columns.iter().zip(&self.load.rows[place]).filter(|(name, _)| sets(name));
        let mut given = Vec::new();
        for (name, cell) in cells.filter(|(_, cell)| !cell.is_empty()) {
            if let Some(column) = self.table.column(name) {
                given.push((column.name.as_str(), value(column, cell)?));
            }
        }
        Ok(given)
    }

    /// The key that says which record a row is about.
    pub(super) fn key(&self, place: usize) -> &'a str {
        self.load.cell(place, &self.table.key)
    }

    fn insert(&self, place: usize, low: bool) -> Result<RowOutcome, RowError> {
        let mut given = self.given(place)?;
        let has_number =
            |(name, _): &(&str, Value)| self.table.column(name).is_some_and(|c| self.table.is_number_of_row(c));
        if let (true, Some(rowid), Some(highest)) = (low, &self.table.rowid, self.before.highest)
            && !given.iter().any(has_number)
        {
            // A number higher than any before tells afterwards that the row is new.
            given.push((rowid, Value::Integer(highest + 1)));
        }
        let names: Vec<_> = given.iter().map(|(name, _)| quoted(name)).collect();
        let places: Vec<_> = (1..=names.len()).map(|place| format!("?{place}")).collect();
        let values = if names.is_empty() {
            "DEFAULT VALUES".to_owned()
        } else {
            format!("({}) VALUES ({})", names.join(", "), places.join(", "))
        };
        let (table, key) = (quoted(&self.table.name), quoted(&self.table.key));
        let mut statement = self.database.prepare_cached(&format!("INSERT INTO {table} {values} RETURNING {key}"))?;
        let mut rows = statement.query(params_from_iter(given.iter().map(|(_, value)| value)))?;
        let made = match rows.next()? {
            Some(row) => text(self.table.column(&self.table.key), row.get_ref(0)?),
            None => return Err(left_out(self.table).into()),
        };
        // Foreign keys are looked at only when the statement ends.
        while rows.next()?.is_some() {}
        Ok(RowOutcome::Created { id: made.into() })
    }

    fn update(&self, place: usize) -> Result<RowOutcome, RowError> {
        let key = self.key(place);
        self.must_be_one(key)?;
        let given = self.given(place)?;
        let id = key.into();
        if given.is_empty() {
            return Ok(RowOutcome::Updated { id });
        }
        let sets: Vec<_> =
            given.iter().enumerate().map(|(at, (name, _))| format!("{} = ?{}", quoted(name), at + 3)).collect();
        let (table, by) = (quoted(&self.table.name), quoted(&self.table.key));
        let sql = format!("UPDATE {table} SET {} WHERE {by} IN (?1, ?2)", sets.join(", "));
        let values = self.spellings(key).into_iter().chain(given.into_iter().map(|(_, value)| value));
        match self.database.prepare_cached(&sql)?.execute(params_from_iter(values))? {
            0 => Err(left_out(self.table).into()),
            _ => Ok(RowOutcome::Updated { id }),
        }
    }

    fn delete(&self, place: usize) -> Result<RowOutcome, RowError> {
        let key = self.key(place);
        self.must_be_one(key)?;
        let (table, by) = (quoted(&self.table.name), quoted(&self.table.key));
        let sql = format!("DELETE FROM {table} WHERE {by} IN (?1, ?2)");
        match self.database.prepare_cached(&sql)?.execute(self.spellings(key))? {
            0 => Err(left_out(self.table).into()),
            _ => Ok(RowOutcome::Deleted { id: key.into() }),
        }
    }

    fn spellings(&self, key: &str) -> [Value; 2] {
        spellings(self.table.column(&self.table.key), key)
    }

    /// How many rows have a key: none, one, or more than one.
    pub(super) fn count(&self, key: &str) -> rusqlite::Result<usize> {
        let (table, by) = (quoted(&self.table.name), quoted(&self.table.key));
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {by} IN (?1, ?2) LIMIT 2)");
        self.database
            .prepare_cached(&sql)?
            .query_row(self.spellings(key), |row| row.get::<_, i64>(0))
            .map(|count| count as usize)
    }

    fn must_be_one(&self, key: &str) -> Result<(), RowError> {
        let (table, by) = (&self.table.name, &self.table.key);
        match self.count(key)? {
            0 => Err(Rejection::new(NOT_FOUND, format!("no row of {table} has the {by} \"{key}\""))
                .field(by)
                .hint("It may have been deleted. Insert it, or leave the row out.")
                .into()),
            1 => Ok(()),
            _ => Err(Rejection::new("several_found", format!("more than one row of {table} has the {by} \"{key}\""))
                .field(by)
                .hint("Give these rows keys of their own: one record cannot be told from the other.")
                .into()),
        }
    }

    /// Of the rows just written, those that point to rows which are not there; all, where that cannot be told.
    fn pointing_nowhere(&self, outcomes: &[RowOutcome]) -> rusqlite::Result<Vec<usize>> {
        let mut query = self.database.prepare("SELECT rowid FROM pragma_foreign_key_check(?1)")?;
        let broken = query.query_map([&self.table.name], |row| row.get::<_, Option<i64>>(0))?;
        let broken: BTreeSet<i64> = broken.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect();
        let written = || outcomes.iter().enumerate().filter_map(|(place, outcome)| Some((place, outcome.id()?)));
        let mut blamed = Vec::new();
        if let Some(rowid) = &self.table.rowid {
            let (table, by, rowid) = (quoted(&self.table.name), quoted(&self.table.key), quoted(rowid));
            let sql = format!("SELECT {rowid} FROM {table} WHERE {by} IN (?1, ?2)");
            for (place, id) in written() {
                let mut numbers = self.database.prepare_cached(&sql)?;
                let numbers = numbers.query_map(self.spellings(id), |row| row.get::<_, i64>(0))?;
                if numbers.collect::<rusqlite::Result<Vec<_>>>()?.iter().any(|number| broken.contains(number)) {
                    blamed.push(place);
                }
            }
        }
        Ok(if blamed.is_empty() { written().map(|(place, _)| place).collect() } else { blamed })
    }
}

/// The code of a row whose record is not there.
pub(super) const NOT_FOUND: &str = "not_found";

/// Why a row did not get through, or what went wrong with the database; the first may still show in the second.
enum RowError {
    Refused(Rejection),
    Database(rusqlite::Error),
}

impl From<Rejection> for RowError {
    fn from(why: Rejection) -> RowError {
        RowError::Refused(why)
    }
}

impl From<rusqlite::Error> for RowError {
    fn from(error: rusqlite::Error) -> RowError {
        RowError::Database(error)
    }
}

/// The highest number that a row has, or ever had where the table remembers it; `None` where rows have no numbers, or none is left.
pub(super) fn highest(database: &Connection, table: &Table) -> rusqlite::Result<Option<i64>> {
    let Some(rowid) = &table.rowid else { return Ok(None) };
    let sql = format!("SELECT max({}) FROM {}", quoted(rowid), quoted(&table.name));
    let there: Option<i64> = database.prepare_cached(&sql)?.query_row([], |row| row.get(0))?;
    Ok(Some(there.unwrap_or(0).max(ever(database, table)?)).filter(|highest| *highest < i64::MAX))
}

/// The highest number that a row ever had, where the table remembers it.
pub(super) fn ever(database: &Connection, table: &Table) -> rusqlite::Result<i64> {
    let remembers = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence')";
    if !database.prepare_cached(remembers)?.query_row([], |row| row.get(0))? {
        return Ok(i64::MIN);
    }
    let mut query = database.prepare_cached("SELECT max(seq) FROM sqlite_sequence WHERE name = ?1")?;
    let ever: Option<i64> = query.query_row([&table.name], |row| row.get(0))?;
    Ok(ever.unwrap_or(i64::MIN))
}

/// Whether rows point to rows that are not there, which some tables look at only when all is written.
fn is_late(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|failure| failure.extended_code == ffi::SQLITE_CONSTRAINT_FOREIGNKEY)
}

fn left_out(table: &Table) -> Rejection {
    Rejection::new("left_out", format!("a rule or trigger of {} left the row out without saying why", table.name))
        .hint("Ask whoever keeps the database what the table takes.")
}

pub(super) fn unconfirmed(table: &Table) -> RowOutcome {
    let message = format!("sent, the answer was lost, and it is not certain which row of {} it made", table.name);
    RowOutcome::Unconfirmed(
        Rejection::new("unconfirmed", message).hint("Look for it in the table before sending it again.").into(),
    )
}

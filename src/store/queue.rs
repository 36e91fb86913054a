//! The error queue: rows that did not get through and that nobody has dealt with yet. All that is asked of outcomes on its behalf
//! is asked here.
//!
//! A row leaves the queue when a later run takes it up, or when a person leaves it as it is.

use super::origin::index;
use super::outcomes::{self, Settled};
use super::{RunId, Store, StoreError};
use crate::connect::Outcome;
use crate::record::RowNumber;
use rusqlite::Statement;
use serde::{Deserialize, Serialize};

/// The code of rows that wait for their parent; being held so is no try.
pub const WAITING_FOR_PARENT: &str = "waiting_for_parent";

/// What rows of the queue have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cause {
    /// Their outcome.
    pub outcome: Outcome,
    /// Salesforce's code, or ours.
    pub code: String,
    /// The fields it is about.
    pub fields: Vec<String>,
}

/// Which rows of one step's queue. Everything that is said must be true of a row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Which {
    /// Only rows with this cause.
    pub cause: Option<Cause>,
    /// Only rows with this code.
    pub code: Option<String>,
    /// Only these.
    pub rows: Option<Vec<RowNumber>>,
    /// Tries after which a row counts as given up.
    pub limit: u32,
    /// Whether only rows that were given up, or only others.
    pub gave_up: Option<bool>,
    /// Whether only rows for which a person has chosen the record to be updated, or only others. With it, the place of that choice.
    pub chosen: Option<(bool, usize)>,
    /// Only rows that may be sent again.
    pub sendable: bool,
}

/// Rows of the queue that have a cause in common.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueGroup {
    /// The cause.
    pub cause: Cause,
    /// The first of them.
    pub example: Settled,
    /// How many.
    pub rows: u64,
    /// Whether they were tried too often to be tried again by themselves.
    pub gave_up: bool,
}

/// A row of the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Queued {
    /// The row and what became of it.
    pub settled: Settled,
    /// How often it was tried.
    pub tries: u32,
}

/// Rows of the outcome table with the place they came from.
const ROWS: &str = "FROM outcome o LEFT JOIN origin p ON p.run = o.run AND p.step = o.step AND p.row = o.row \
                    WHERE o.run = :run AND o.step = :step AND ";

/// What a row of the queue is; the first term lets the index on rows that need attention serve.
pub(super) const STILL_OPEN: &str = "o.outcome >= 5 AND o.outcome IN (6, 7, 8, 9) \
    AND NOT EXISTS (SELECT 1 FROM origin t WHERE t.from_run = o.run AND t.step = o.step AND t.from_row = o.row) \
    AND NOT EXISTS (SELECT 1 FROM left_as_is l JOIN edit_change c ON c.id = l.change AND NOT c.undone \
    WHERE l.run = o.run AND l.step = o.step AND l.row = o.row)";

const CODE: &str = "json_extract(o.why, '$.code')";
const FIELDS: &str = "json_extract(o.why, '$.fields')";

/// How often a row was tried.
const TRIES: &str = "coalesce(p.tries, 1)";

/// How often it will have been tried in the next run. A row that only waited for its parent was not.
pub(super) const NEXT_TRY: &str = "coalesce(p.tries, 1) + (json_extract(o.why, '$.code') <> 'waiting_for_parent')";

pub(super) fn open() -> String {
    format!("{ROWS}{STILL_OPEN}")
}

impl Which {
    /// Rows with this cause.
    pub fn of(cause: Cause) -> Which {
        Which { cause: Some(cause), ..Which::default() }
    }

    /// Its terms, behind those of [`open`].
    pub(super) fn sql(&self) -> String {
        let mut sql = String::new();
        if self.cause.is_some() {
            sql.push_str(&format!(" AND o.outcome = :outcome AND {CODE} = :code AND {FIELDS} IS :fields"));
        } else if self.code.is_some() {
            sql.push_str(&format!(" AND {CODE} = :code"));
        }
        if self.rows.is_some() {
            sql.push_str(" AND o.row IN (SELECT value FROM json_each(:rows))");
        }
        match self.gave_up {
            Some(true) => sql.push_str(&format!(" AND {TRIES} >= :limit")),
            Some(false) => sql.push_str(&format!(" AND {TRIES} < :limit")),
            None => {}
        }
        if let Some((chosen, _)) = self.chosen {
            let not = if chosen { "" } else { "NOT " };
            sql.push_str(&format!(
                " AND {not}EXISTS (SELECT 1 FROM edit e JOIN edit_change c ON c.id = e.change AND NOT c.undone \
                 WHERE e.run = o.run AND e.step = o.step AND e.row = o.row AND e.col = :chosen AND e.value <> '')"
            ));
        }
        if self.sendable {
            sql.push_str(" AND o.outcome < 9");
        }
        sql
    }

    pub(super) fn bind(&self, to: &mut Statement<'_>, run: RunId, step: i64) -> rusqlite::Result<()> {
        to.raw_bind_parameter(index(to, ":run")?, run.0)?;
        to.raw_bind_parameter(index(to, ":step")?, step)?;
        if let Some(cause) = &self.cause {
            let fields = (!cause.fields.is_empty()).then(|| serde_json::json!(cause.fields).to_string());
            to.raw_bind_parameter(index(to, ":outcome")?, cause.outcome.code())?;
            to.raw_bind_parameter(index(to, ":code")?, &cause.code)?;
            to.raw_bind_parameter(index(to, ":fields")?, fields)?;
        } else if let Some(code) = &self.code {
            to.raw_bind_parameter(index(to, ":code")?, code)?;
        }
        if let Some(rows) = &self.rows {
            to.raw_bind_parameter(index(to, ":rows")?, serde_json::json!(rows).to_string())?;
        }
        if self.gave_up.is_some() {
            to.raw_bind_parameter(index(to, ":limit")?, self.limit)?;
        }
        if let Some((_, column)) = self.chosen {
            to.raw_bind_parameter(index(to, ":chosen")?, column as i64)?;
        }
        Ok(())
    }
}

impl Store {
    /// How many rows of a step are in the queue.
    pub fn count_queue(&self, run: RunId, step: usize, which: &Which) -> Result<u64, StoreError> {
        let count = || {
            let mut query = self.connection.prepare(&format!("SELECT count(*) {}{}", open(), which.sql()))?;
            which.bind(&mut query, run, step as i64)?;
            let mut rows = query.raw_query();
            let count: i64 = rows.next()?.map_or(Ok(0), |row| row.get(0))?;
            Ok(count as u64)
        };
        self.sql(count())
    }

    /// Rows of the queue with this outcome, in row order, from number `first`: a page of at most `count`.
    pub fn queue_page(
        &self,
        run: RunId,
        step: usize,
        outcome: Outcome,
        which: &Which,
        first: RowNumber,
        count: usize,
    ) -> Result<Vec<Queued>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare(&format!(
                "SELECT o.row, o.outcome, o.record, o.why, {TRIES} {}{} AND o.outcome = :only AND o.row >= :first \
                 ORDER BY o.row LIMIT :count",
                open(),
                which.sql()
            ))?;
            which.bind(&mut query, run, step as i64)?;
            query.raw_bind_parameter(index(&query, ":only")?, outcome.code())?;
            query.raw_bind_parameter(index(&query, ":first")?, first as i64)?;
            query.raw_bind_parameter(index(&query, ":count")?, count as i64)?;
            let mut rows = query.raw_query();
            let mut page = Vec::new();
            while let Some(row) = rows.next()? {
                page.push(Queued { settled: outcomes::read(row)?, tries: row.get(4)? });
            }
            Ok(page)
        };
        self.sql(list())
    }

    /// The numbers of a group's rows, every `apart`th of them, beginning with the first; and how many there are. With them, any page
    /// of a long list is found without counting again.
    pub fn queue_marks(
        &self,
        run: RunId,
        step: usize,
        outcome: Outcome,
        which: &Which,
        apart: usize,
    ) -> Result<(Vec<RowNumber>, u64), StoreError> {
        let list = || {
            let mut query = self.connection.prepare(&format!(
                "SELECT o.row {}{} AND o.outcome = :only ORDER BY o.row",
                open(),
                which.sql()
            ))?;
            which.bind(&mut query, run, step as i64)?;
            query.raw_bind_parameter(index(&query, ":only")?, outcome.code())?;
            let mut rows = query.raw_query();
            let (mut marks, mut count) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                if count % apart.max(1) as u64 == 0 {
                    marks.push(row.get::<_, i64>(0)? as u64);
                }
                count += 1;
            }
            Ok((marks, count))
        };
        self.sql(list())
    }

    /// The queue of a step by cause, most first. Rows tried `limit` times or more make groups of their own.
    pub fn queue_groups(&self, run: RunId, step: usize, limit: u32) -> Result<Vec<QueueGroup>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare(&format!(
                "SELECT min(o.row), o.outcome, o.record, o.why, count(*), {TRIES} >= :limit {} \
                 GROUP BY o.outcome, {CODE}, {FIELDS}, {TRIES} >= :limit ORDER BY count(*) DESC, min(o.row)",
                open()
            ))?;
            Which::default().bind(&mut query, run, step as i64)?;
            query.raw_bind_parameter(index(&query, ":limit")?, limit)?;
            let mut rows = query.raw_query();
            let mut groups = Vec::new();
            while let Some(row) = rows.next()? {
                let example = outcomes::read(row)?;
                let Some(why) = example.outcome.rejection() else { continue };
                let cause =
                    Cause { outcome: example.outcome.outcome(), code: why.code.clone(), fields: why.fields.clone() };
                groups.push(QueueGroup { cause, example, rows: row.get::<_, i64>(4)? as u64, gave_up: row.get(5)? });
            }
            Ok(groups)
        };
        self.sql(list())
    }

    /// Steps of runs that may have rows in the queue, the newest run first.
    pub fn queue_steps(&self) -> Result<Vec<(RunId, usize)>, StoreError> {
        let list = || {
            // One look into the index for each step, and the rest of a step is never read.
            let mut query = self.connection.prepare(
                "SELECT s.run, s.step FROM run_step s WHERE EXISTS (SELECT 1 FROM outcome o WHERE o.run = s.run AND o.step = s.step \
                 AND o.outcome >= 5 AND o.outcome >= 6) ORDER BY s.run DESC, s.step",
            )?;
            let rows = query.query_map([], |row| Ok((RunId(row.get(0)?), row.get::<_, i64>(1)? as usize)))?;
            rows.collect()
        };
        self.sql(list())
    }
}

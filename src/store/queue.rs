//! The error queue: rows that did not get through and that nobody has dealt with yet. All that is asked of outcomes on its behalf
//! is asked here.
//!
//! A row leaves the queue when a later run takes it up, or when a person leaves it as it is.

use super::counts::CountedCause;
use super::origin::index;
use super::outcomes::{self, Settled};
use super::{RunId, Store, StoreError};
use crate::connect::Outcome;
use crate::record::RowNumber;
use rusqlite::{OptionalExtension as _, Statement};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// What the queue of one step depends on: as long as it is the same, so is the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueMark {
    ended_at: i64,
    taken: i64,
    changes: (i64, i64, i64),
}

/// A row of the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Queued {
    /// The row and what became of it.
    pub settled: Settled,
    /// How often it was tried.
    pub tries: u32,
}

/// Whether anything has happened to rows of a step that bears on their place in the queue. Most steps have no such past, and asking after
/// it for each of a million rows takes seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Past {
    /// Rows were taken up by a later run.
    taken: bool,
    /// Rows were left as they are, once at least.
    left: bool,
    /// Rows come from an earlier run.
    retried: bool,
}

impl Past {
    /// Everything is possible.
    pub(super) const ANY: Past = Past { taken: true, left: true, retried: true };

    /// How often a row was tried.
    fn tries(self) -> &'static str {
        if self.retried { "coalesce(p.tries, 1)" } else { "1" }
    }

    /// Rows of the outcome table with the place they came from. The index is named: without it, a few failures among millions of rows
    /// would be looked for among all of them.
    fn rows(self, index: &str) -> String {
        let origin = if self.retried { FROM_WHERE } else { "" };
        format!(
            "FROM outcome o INDEXED BY {index} {origin} WHERE o.run = :run AND o.step = :step AND {}",
            self.still_open()
        )
    }

    /// What a row of the queue is; the first term lets the indexes on rows that did not get through serve. A list of outcomes in place of
    /// the second would have rows of one cause sorted that stand in order already.
    pub(super) fn still_open(self) -> String {
        let mut sql = "o.outcome >= 5 AND o.outcome > 5".to_owned();
        if self.taken {
            sql.push_str(
                " AND NOT EXISTS (SELECT 1 FROM origin t WHERE t.from_run = o.run AND t.step = o.step AND t.from_row = o.row)",
            );
        }
        if self.left {
            sql.push_str(
                " AND NOT EXISTS (SELECT 1 FROM left_as_is l JOIN edit_change c ON c.id = l.change AND NOT c.undone \
                 WHERE l.run = o.run AND l.step = o.step AND l.row = o.row)",
            );
        }
        sql
    }
}

const FROM_WHERE: &str = "LEFT JOIN origin p ON p.run = o.run AND p.step = o.step AND p.row = o.row";

const CODE: &str = "json_extract(o.why, '$.code')";
const FIELDS: &str = "json_extract(o.why, '$.fields')";

/// How often it will have been tried in the next run. A row that only waited for its parent was not.
pub(super) const NEXT_TRY: &str = "coalesce(p.tries, 1) + (json_extract(o.why, '$.code') <> 'waiting_for_parent')";

/// Rows of the queue, whatever their past.
pub(super) fn open() -> String {
    Past::ANY.rows("outcome_attention")
}

impl Cause {
    /// As it is counted.
    fn counted(&self) -> CountedCause {
        let fields = if self.fields.is_empty() { String::new() } else { serde_json::json!(self.fields).to_string() };
        CountedCause { outcome: self.outcome, code: self.code.clone(), fields }
    }
}

/// Rows by cause, and whether they were given up.
type QueueCounts = BTreeMap<(CountedCause, bool), u64>;

fn take(counts: &mut QueueCounts, which: (CountedCause, bool), rows: u64) {
    let left = counts.entry(which).or_default();
    *left = left.saturating_sub(rows);
}

impl Which {
    /// Rows with this cause.
    pub fn of(cause: Cause) -> Which {
        Which { cause: Some(cause), ..Which::default() }
    }

    /// The rows with their terms.
    fn rows(&self, past: Past) -> String {
        let index = if self.cause.is_some() { "outcome_cause" } else { "outcome_attention" };
        format!("{}{}", past.rows(index), self.sql(past))
    }

    /// Its terms, behind those of [`open`].
    pub(super) fn sql(&self, past: Past) -> String {
        let tries = past.tries();
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
            Some(true) => sql.push_str(&format!(" AND {tries} >= :limit")),
            Some(false) => sql.push_str(&format!(" AND {tries} < :limit")),
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
        if which.rows.is_none() && which.chosen.is_none() {
            let limit = if which.gave_up.is_some() { which.limit } else { u32::MAX };
            let counts = self.queue_counts(run, step, limit)?;
            let of = |cause: &CountedCause, gave_up: bool| {
                which.cause.as_ref().is_none_or(|wanted| wanted.counted() == *cause)
                    && which.code.as_ref().is_none_or(|code| *code == cause.code)
                    && which.gave_up.is_none_or(|wanted| wanted == gave_up)
                    && !(which.sendable && cause.outcome == Outcome::Unconfirmed)
            };
            return Ok(counts.iter().filter(|((cause, gave_up), _)| of(cause, *gave_up)).map(|(_, rows)| rows).sum());
        }
        let count = || {
            let past = self.past(run, step)?;
            let mut query = self.connection.prepare(&format!("SELECT count(*) {}", which.rows(past)))?;
            which.bind(&mut query, run, step as i64)?;
            let mut rows = query.raw_query();
            let count: i64 = rows.next()?.map_or(Ok(0), |row| row.get(0))?;
            Ok(count as u64)
        };
        self.sql(count())
    }

    fn past(&self, run: RunId, step: usize) -> rusqlite::Result<Past> {
        let mut query = self.connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM origin WHERE from_run = ?1 AND step = ?2), \
             EXISTS (SELECT 1 FROM left_as_is WHERE run = ?1 AND step = ?2), \
             EXISTS (SELECT 1 FROM origin WHERE run = ?1 AND step = ?2)",
        )?;
        query.query_row((run.0, step as i64), |row| {
            Ok(Past { taken: row.get(0)?, left: row.get(1)?, retried: row.get(2)? })
        })
    }

    /// How many rows of the queue have which cause, and whether they were tried `limit` times or more: of all rows that did not get
    /// through, as counted, without those that are dealt with.
    fn queue_counts(&self, run: RunId, step: usize, limit: u32) -> Result<QueueCounts, StoreError> {
        let once = limit <= 1;
        let causes = self.causes(run, step)?.into_iter().filter(|(cause, _)| cause.outcome.wants_attention());
        let mut counts: QueueCounts = causes.map(|(cause, rows)| ((cause, once), rows)).collect();
        let past = self.sql(self.past(run, step))?;
        if past.retried {
            let sql = format!(
                "SELECT o.outcome, {CODE}, coalesce({FIELDS}, ''), count(*) FROM origin p CROSS JOIN outcome o \
                 ON o.run = p.run AND o.step = p.step AND o.row = p.row \
                 WHERE p.run = ?1 AND p.step = ?2 AND (p.tries >= ?3) <> ?4 AND o.outcome >= 6 GROUP BY 1, 2, 3"
            );
            let moved = || {
                let mut query = self.connection.prepare(&sql)?;
                let rows = query.query_map((run.0, step as i64, limit, once), |row| {
                    Ok((CountedCause::read(row, 0)?, row.get::<_, i64>(3)? as u64))
                })?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            };
            for (cause, rows) in self.sql(moved())? {
                take(&mut counts, (cause.clone(), once), rows);
                *counts.entry((cause, !once)).or_default() += rows;
            }
        }
        if past.taken || past.left {
            let sql = format!(
                "SELECT o.outcome, {CODE}, coalesce({FIELDS}, ''), {} >= ?3, count(*) FROM \
                 (SELECT from_row AS row FROM origin WHERE from_run = ?1 AND step = ?2 UNION \
                 SELECT l.row FROM left_as_is l JOIN edit_change c ON c.id = l.change AND NOT c.undone \
                 WHERE l.run = ?1 AND l.step = ?2) done \
                 CROSS JOIN outcome o ON o.run = ?1 AND o.step = ?2 AND o.row = done.row {FROM_WHERE} \
                 WHERE o.outcome >= 6 GROUP BY 1, 2, 3, 4",
                Past::ANY.tries()
            );
            let dealt_with = || {
                let mut query = self.connection.prepare(&sql)?;
                let rows = query.query_map((run.0, step as i64, limit), |row| {
                    Ok(((CountedCause::read(row, 0)?, row.get(3)?), row.get::<_, i64>(4)? as u64))
                })?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            };
            for (which, rows) in self.sql(dealt_with())? {
                take(&mut counts, which, rows);
            }
        }
        counts.retain(|_, rows| *rows > 0);
        Ok(counts)
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
            let past = self.past(run, step)?;
            let mut query = self.connection.prepare(&format!(
                "SELECT o.row, o.outcome, o.record, o.why, {} {} AND o.outcome = :only AND o.row >= :first \
                 ORDER BY o.row LIMIT :count",
                past.tries(),
                which.rows(past)
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
            let past = self.past(run, step)?;
            let mut query = self
                .connection
                .prepare(&format!("SELECT o.row {} AND o.outcome = :only ORDER BY o.row", which.rows(past)))?;
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
        let mut groups = Vec::new();
        for ((cause, gave_up), rows) in self.queue_counts(run, step, limit)? {
            let fields = cause.fields().map_or(Ok(Vec::new()), serde_json::from_str);
            let fields = fields.map_err(|_| self.damaged(format!("causes of run {}", run.0)))?;
            let cause = Cause { outcome: cause.outcome, code: cause.code, fields };
            let which = Which { limit, gave_up: Some(gave_up), ..Which::of(cause.clone()) };
            let example = self.queue_page(run, step, cause.outcome, &which, 0, 1)?.pop();
            groups.extend(example.map(|example| QueueGroup { cause, example: example.settled, rows, gave_up }));
        }
        groups.sort_by_key(|group| (std::cmp::Reverse(group.rows), group.example.row));
        Ok(groups)
    }

    /// What the queue of a step depends on; `None` while its run works or waits for a continuation.
    pub fn queue_mark(&self, run: RunId, step: usize) -> Result<Option<QueueMark>, StoreError> {
        let query = "SELECT ended_at, (SELECT count(*) FROM origin WHERE from_run = ?1 AND step = ?2), \
            (SELECT count(*) FROM edit_change WHERE run = ?1), (SELECT coalesce(max(id), 0) FROM edit_change WHERE run = ?1), \
            (SELECT coalesce(sum(id * undone), 0) FROM edit_change WHERE run = ?1) \
            FROM run WHERE id = ?1 AND ended_at IS NOT NULL AND state IN ('complete_with_failures', 'complete', 'aborted')";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(QueueMark {
                ended_at: row.get(0)?,
                taken: row.get(1)?,
                changes: (row.get(2)?, row.get(3)?, row.get(4)?),
            })
        };
        self.sql(self.connection.query_row(query, (run.0, step as i64), read).optional())
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

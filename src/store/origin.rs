//! Which row of which earlier run a retried row comes from: the lineage of every row, written when its run begins and never
//! changed. A row that a later run has taken up is superseded.

use super::queue::{self, Past, Which};
use super::{RunId, Store, StoreError};
use crate::record::RowNumber;
use rusqlite::{Connection, OptionalExtension as _, named_params};

/// Where a row of a retry comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Its number in the retry.
    pub row: RowNumber,
    /// The run that had it before.
    pub from_run: RunId,
    /// Its number there, in the step of the same place.
    pub from_row: RowNumber,
    /// How often it was tried, this time included.
    pub tries: u32,
}

/// What a retry takes up.
#[derive(Debug, Clone, PartialEq)]
pub struct Take {
    /// The run whose rows it takes up.
    pub from: RunId,
    /// What it takes of each step, in the order of the steps.
    pub steps: Vec<TakeStep>,
}

/// What a retry takes up of one step.
#[derive(Debug, Clone, PartialEq)]
pub struct TakeStep {
    /// The step whose rows this one links, when it is a second pass.
    pub first_pass: Option<usize>,
    /// Which rows; `None` takes only those that wait for a row taken up before them.
    pub which: Option<Which>,
}

/// Writes down what a new run takes up, in the transaction in which it begins: two retries at once share no row. Gives back how many
/// rows it takes.
pub(super) fn take(db: &Connection, run: RunId, take: &Take) -> rusqlite::Result<usize> {
    let mut taken = 0;
    for (step, what) in take.steps.iter().enumerate() {
        let step = step as i64;
        if let Some(first_pass) = what.first_pass {
            // The rows of the second pass begin with all rows of the first, under the same numbers.
            taken += db.execute(
                "INSERT INTO origin (run, step, row, from_run, from_row, tries) \
                 SELECT f.run, :step, f.row, f.from_run, f.from_row, f.tries FROM origin f \
                 WHERE f.run = :run AND f.step = :first",
                named_params! {":run": run.0, ":step": step, ":first": first_pass as i64},
            )?;
        }
        if let Some(which) = &what.which {
            let query = format!(
                "INSERT INTO origin (run, step, row, from_run, from_row, tries) \
                 SELECT :new, o.step, row_number() OVER (ORDER BY o.row) + (SELECT coalesce(max(row), 0) FROM origin \
                 WHERE run = :new AND step = :step), o.run, o.row, {} {} {}",
                queue::NEXT_TRY,
                queue::open(),
                which.sql(Past::ANY)
            );
            let mut insert = db.prepare(&query)?;
            insert.raw_bind_parameter(index(&insert, ":new")?, run.0)?;
            which.bind(&mut insert, take.from, step)?;
            taken += insert.raw_execute()?;
        }
        // Children of rows taken up so far: they go on when their parent gets through.
        taken += db.execute(
            &format!(
                "INSERT INTO origin (run, step, row, from_run, from_row, tries) \
                 SELECT :new, o.step, row_number() OVER (ORDER BY o.run, o.row) + (SELECT coalesce(max(row), 0) FROM origin \
                 WHERE run = :new AND step = :step), o.run, o.row, {} \
                 FROM origin a CROSS JOIN waits w ON w.on_run = a.from_run AND w.on_step = a.step AND w.on_row = a.from_row \
                 CROSS JOIN outcome o ON o.run = w.run AND o.step = w.step AND o.row = w.row \
                 LEFT JOIN origin p ON p.run = o.run AND p.step = o.step AND p.row = o.row \
                 WHERE a.run = :new AND a.step < :step AND w.step = :step AND {}",
                queue::NEXT_TRY,
                Past::ANY.still_open()
            ),
            named_params! {":new": run.0, ":step": step},
        )?;
    }
    Ok(taken)
}

/// The place of a named parameter.
pub(super) fn index(statement: &rusqlite::Statement<'_>, name: &str) -> rusqlite::Result<usize> {
    statement.parameter_index(name)?.ok_or_else(|| rusqlite::Error::InvalidParameterName(name.to_owned()))
}

impl Store {
    /// Where the rows of a step from number `first` come from, in their order; nothing where it is no retry.
    pub fn origins(&self, run: RunId, step: usize, first: RowNumber, count: usize) -> Result<Vec<Origin>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare_cached(
                "SELECT row, from_run, from_row, tries FROM origin WHERE run = ?1 AND step = ?2 AND row >= ?3 ORDER BY row LIMIT ?4",
            )?;
            let rows = query.query_map((run.0, step as i64, first as i64, count as i64), |row| {
                Ok(Origin {
                    row: row.get::<_, i64>(0)? as u64,
                    from_run: RunId(row.get(1)?),
                    from_row: row.get::<_, i64>(2)? as u64,
                    tries: row.get(3)?,
                })
            })?;
            rows.collect()
        };
        self.sql(list())
    }

    /// Where one row comes from.
    pub fn origin(&self, run: RunId, step: usize, row: RowNumber) -> Result<Option<Origin>, StoreError> {
        Ok(self.origins(run, step, row, 1)?.into_iter().find(|origin| origin.row == row))
    }

    /// The later run that took a row up, and the row's number there.
    pub fn taken_up(&self, run: RunId, step: usize, row: RowNumber) -> Result<Option<(RunId, RowNumber)>, StoreError> {
        let find = || {
            let mut query = self.connection.prepare_cached(
                "SELECT run, row FROM origin WHERE from_run = ?1 AND step = ?2 AND from_row = ?3 ORDER BY run LIMIT 1",
            )?;
            let found = query.query_row((run.0, step as i64, row as i64), |row| {
                Ok((RunId(row.get(0)?), row.get::<_, i64>(1)? as u64))
            });
            found.optional()
        };
        self.sql(find())
    }

    /// The later runs that took rows of this one up.
    pub fn taken_by(&self, run: RunId) -> Result<Vec<RunId>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare("SELECT id FROM run WHERE retry_of = ?1 ORDER BY id")?;
            query.query_map([run.0], |row| row.get(0).map(RunId))?.collect()
        };
        self.sql(list())
    }

    /// The production org that a person confirmed when a run began, by org id.
    pub fn confirmed_production(&self, run: RunId) -> Result<Option<String>, StoreError> {
        let query = "SELECT production FROM run WHERE id = ?1";
        Ok(self.sql(self.connection.query_row(query, [run.0], |row| row.get(0)).optional())?.flatten())
    }
}

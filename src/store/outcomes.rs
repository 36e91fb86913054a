//! What became of each row: one entry for (run, step, row), written once.

use super::{RunId, Store, StoreError};
use crate::connect::{Outcome, RowOutcome};
use crate::record::{Rejection, RowNumber};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};

/// How many rows had which outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally([u64; Outcome::ALL.len()]);

impl Tally {
    /// How many had this outcome.
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.0[outcome as usize]
    }

    /// Counts rows of one outcome.
    pub fn add(&mut self, outcome: Outcome, rows: u64) {
        self.0[outcome as usize] += rows;
    }

    /// All rows with an outcome.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Rows that need attention.
    pub fn attention(&self) -> u64 {
        self.sum(Outcome::wants_attention)
    }

    /// Rows that a retry takes up.
    pub fn sent_again(&self) -> u64 {
        self.sum(Outcome::may_be_sent_again)
    }

    fn sum(&self, of: fn(Outcome) -> bool) -> u64 {
        Outcome::ALL.into_iter().filter(|outcome| of(*outcome)).map(|outcome| self.of(outcome)).sum()
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine += theirs);
    }
}

/// One row with its outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// The row.
    pub row: RowNumber,
    /// What became of it.
    pub outcome: RowOutcome,
}

/// Rows with a bit each: those of a step that have an outcome.
#[derive(Debug, Clone, Default)]
pub struct Outcomes(Vec<u64>);

impl Outcomes {
    /// Whether the row has one.
    pub fn has(&self, row: RowNumber) -> bool {
        self.0.get(row as usize / 64).is_some_and(|word| word & (1 << (row % 64)) != 0)
    }

    /// Whether no row has one.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// How many rows have one.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// The first row from `from` on that has one.
    pub fn next_from(&self, from: RowNumber) -> Option<RowNumber> {
        let mut word = from as usize / 64;
        let mut bits = self.0.get(word)? & (u64::MAX << (from % 64));
        while bits == 0 {
            word += 1;
            bits = *self.0.get(word)?;
        }
        Some(word as u64 * 64 + u64::from(bits.trailing_zeros()))
    }

    /// Rows that have one here or there.
    pub fn and(mut self, other: &Outcomes) -> Outcomes {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine |= theirs);
        self
    }

    /// Notes that the row has one.
    pub fn add(&mut self, row: RowNumber) {
        let word = row as usize / 64;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (row % 64);
    }
}

/// Writes outcomes. An entry that exists stays as it is: an outcome is written once.
pub(super) fn insert(db: &Connection, run: RunId, step: usize, settled: &mut [Settled]) -> rusqlite::Result<()> {
    // In row order the table grows at its end; in chance order it would be rewritten again and again.
    settled.sort_by_key(|settled| settled.row);
    let mut insert = db.prepare_cached(
        "INSERT INTO outcome (run, step, row, outcome, record, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
    )?;
    for Settled { row, outcome } in settled {
        let why = outcome.rejection().map(|why| serde_json::json!(why).to_string());
        insert.execute((run.0, step as i64, *row as i64, outcome.outcome().code(), outcome.id(), why))?;
    }
    Ok(())
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Settled> {
    let number: i64 = row.get(0)?;
    let outcome = Outcome::from_code(row.get(1)?).unwrap_or(Outcome::Unconfirmed);
    let id: String = row.get::<_, Option<String>>(2)?.unwrap_or_default();
    let why: Option<String> = row.get(3)?;
    let why = why.and_then(|why| serde_json::from_str::<Rejection>(&why).ok()).unwrap_or_default();
    let outcome = match outcome {
        Outcome::Created => RowOutcome::Created { id },
        Outcome::Updated => RowOutcome::Updated { id },
        Outcome::Deleted => RowOutcome::Deleted { id },
        Outcome::Unchanged => RowOutcome::Unchanged { id },
        Outcome::Skipped => RowOutcome::Skipped(why),
        Outcome::NotSent => RowOutcome::NotSent(why),
        Outcome::Failed => RowOutcome::Failed(why),
        Outcome::Conflict => RowOutcome::Conflict(why),
        Outcome::Unconfirmed => RowOutcome::Unconfirmed(why),
    };
    Ok(Settled { row: number as u64, outcome })
}

/// The codes as an SQL list; they are numbers of ours, never text from outside.
fn codes(outcomes: &[Outcome]) -> String {
    outcomes.iter().map(|outcome| outcome.code().to_string()).collect::<Vec<_>>().join(",")
}

impl Store {
    /// Settles rows that no delivery had.
    pub fn settle(&self, run: RunId, step: usize, settled: &mut [Settled]) -> Result<(), StoreError> {
        self.write(|db| insert(db, run, step, settled))
    }

    /// Counts the outcomes of a step, in the table itself.
    pub fn tally(&self, run: RunId, step: usize) -> Result<Tally, StoreError> {
        let count = || {
            let mut tally = Tally::default();
            let mut query = self.connection.prepare_cached(
                "SELECT outcome, count(*) FROM outcome WHERE run = ?1 AND step = ?2 GROUP BY outcome",
            )?;
            let mut rows = query.query((run.0, step as i64))?;
            while let Some(row) = rows.next()? {
                if let Some(outcome) = Outcome::from_code(row.get(0)?) {
                    tally.add(outcome, row.get::<_, i64>(1)? as u64);
                }
            }
            Ok(tally)
        };
        self.sql(count())
    }

    /// Which rows of a step have an outcome.
    pub fn settled_rows(&self, run: RunId, step: usize) -> Result<Outcomes, StoreError> {
        let list = || {
            let mut settled = Outcomes::default();
            let mut query = self.connection.prepare("SELECT row FROM outcome WHERE run = ?1 AND step = ?2")?;
            let mut rows = query.query((run.0, step as i64))?;
            while let Some(row) = rows.next()? {
                settled.add(row.get::<_, i64>(0)? as u64);
            }
            Ok(settled)
        };
        self.sql(list())
    }

    /// Outcomes of the rows from `from` to `to`, both included, in row order.
    pub fn outcomes_between(
        &self,
        run: RunId,
        step: usize,
        from: RowNumber,
        to: RowNumber,
    ) -> Result<Vec<Settled>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare_cached(
                "SELECT row, outcome, record, why FROM outcome WHERE run = ?1 AND step = ?2 AND row BETWEEN ?3 AND ?4 ORDER BY row",
            )?;
            query.query_map((run.0, step as i64, from as i64, to as i64), read)?.collect()
        };
        self.sql(list())
    }

    /// A page of the rows with one of these outcomes, in row order.
    pub fn outcomes_page(
        &self,
        run: RunId,
        step: usize,
        outcomes: &[Outcome],
        code: Option<&str>,
        skip: u64,
        count: usize,
    ) -> Result<Vec<Settled>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare_cached(&format!(
                "SELECT row, outcome, record, why FROM outcome WHERE run = ?1 AND step = ?2 AND outcome IN ({}) \
                 AND (?3 IS NULL OR json_extract(why, '$.code') = ?3) ORDER BY row LIMIT ?4 OFFSET ?5",
                codes(outcomes)
            ))?;
            query.query_map((run.0, step as i64, code, count as i64, skip as i64), read)?.collect()
        };
        self.sql(list())
    }

    /// How many rows have one of these outcomes and, if given, this code.
    pub fn count_outcomes(
        &self,
        run: RunId,
        step: usize,
        outcomes: &[Outcome],
        code: Option<&str>,
    ) -> Result<u64, StoreError> {
        let query = format!(
            "SELECT count(*) FROM outcome WHERE run = ?1 AND step = ?2 AND outcome IN ({}) \
             AND (?3 IS NULL OR json_extract(why, '$.code') = ?3)",
            codes(outcomes)
        );
        let count: i64 = self.sql(self.connection.query_row(&query, (run.0, step as i64, code), |row| row.get(0)))?;
        Ok(count as u64)
    }

    /// Rows that did not get through, grouped by outcome, code and fields: an example and how many, most first.
    pub fn failure_groups(&self, run: RunId, step: usize) -> Result<Vec<(Settled, u64)>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare(
                "SELECT min(row), outcome, record, why, count(*) FROM outcome WHERE run = ?1 AND step = ?2 AND outcome >= 5 \
                 GROUP BY outcome, json_extract(why, '$.code'), json_extract(why, '$.fields') ORDER BY count(*) DESC, min(row)",
            )?;
            let rows = query.query_map((run.0, step as i64), |row| Ok((read(row)?, row.get::<_, i64>(4)? as u64)))?;
            rows.collect()
        };
        self.sql(list())
    }
}

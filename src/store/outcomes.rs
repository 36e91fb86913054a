//! What became of each row, read back: from the entries of spans, and from those of single rows.

use super::counts::{Counted, Wanted, codes, rows_of, spans_of};
use super::passed::{self, Marks, SPAN};
use super::{RunId, Store, StoreError, settle};
use crate::connect::{Outcome, RowOutcome};
use crate::record::{Rejection, RowNumber};
use rusqlite::{OptionalExtension as _, Row};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::sync::Arc;

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

    fn add_span(&mut self, span: u64, marks: Marks) {
        let from = (span * SPAN / 64) as usize;
        let to = from + marks.0.len();
        if to > self.0.len() {
            self.0.resize(to, 0);
        }
        self.0[from..to].iter_mut().zip(marks.0).for_each(|(mine, theirs)| *mine |= theirs);
    }
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Settled> {
    let number: i64 = row.get(0)?;
    let outcome = Outcome::from_code(row.get(1)?).unwrap_or(Outcome::Unconfirmed);
    let id = SmolStr::new(row.get_ref(2)?.as_str_or_null()?.unwrap_or_default());
    let why: Option<String> = row.get(3)?;
    let why = Arc::new(why.and_then(|why| serde_json::from_str::<Rejection>(&why).ok()).unwrap_or_default());
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

impl Store {
    /// Which rows of a step have an outcome.
    pub fn settled_rows(&self, run: RunId, step: usize) -> Result<Outcomes, StoreError> {
        let list = || {
            let mut settled = Outcomes::default();
            let mut query = self.connection.prepare("SELECT row FROM outcome WHERE run = ?1 AND step = ?2")?;
            let mut rows = query.query((run.0, step as i64))?;
            while let Some(row) = rows.next()? {
                settled.add(row.get::<_, i64>(0)? as u64);
            }
            let mut query = self.connection.prepare("SELECT rows, span FROM passed WHERE run = ?1 AND step = ?2")?;
            let mut rows = query.query((run.0, step as i64))?;
            while let Some(row) = rows.next()? {
                let marks = Marks::from_bytes(row.get_ref(0)?.as_blob()?).ok_or_else(settle::damaged)?;
                settled.add_span(row.get::<_, i64>(1)? as u64, marks);
            }
            Ok(settled)
        };
        self.sql(list())
    }

    /// The records that rows of a step have made.
    pub fn made(&self, run: RunId, step: usize) -> Result<Vec<String>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare_cached(
                "SELECT record FROM outcome WHERE run = ?1 AND step = ?2 AND outcome = ?3 AND record IS NOT NULL",
            )?;
            let rows = query.query_map((run.0, step as i64, Outcome::Created.code()), |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<String>>>()
        };
        let mut made = self.sql(list())?;
        self.each_entry(run, step, (0, i64::MAX), |settled| {
            made.extend(settled.into_iter().filter_map(|settled| match settled.outcome {
                RowOutcome::Created { id } => Some(id.into()),
                _ => None,
            }));
        })?;
        Ok(made)
    }

    /// Outcomes of the rows from `from` to `to`, both included, in row order.
    pub fn outcomes_between(
        &self,
        run: RunId,
        step: usize,
        from: RowNumber,
        to: RowNumber,
    ) -> Result<Vec<Settled>, StoreError> {
        let to = to.min(i64::MAX as u64);
        let mut found = Vec::new();
        self.each_entry(run, step, spans_of(from, to), |settled| {
            found.extend(settled.into_iter().filter(|settled| (from..=to).contains(&settled.row)));
        })?;
        let list = || {
            let mut query = self.connection.prepare_cached(
                "SELECT row, outcome, record, why FROM outcome WHERE run = ?1 AND step = ?2 AND row BETWEEN ?3 AND ?4 ORDER BY row",
            )?;
            query.query_map((run.0, step as i64, from as i64, to as i64), read)?.collect::<rusqlite::Result<Vec<_>>>()
        };
        Ok(in_order(found, self.sql(list())?))
    }

    /// Reads the entries of some spans, the first and the last included, in order.
    fn each_entry(
        &self,
        run: RunId,
        step: usize,
        (from, to): (i64, i64),
        mut tell: impl FnMut(Vec<Settled>),
    ) -> Result<(), StoreError> {
        let mut read = || {
            let mut query = self.connection.prepare_cached(
                "SELECT rows, body, span FROM passed WHERE run = ?1 AND step = ?2 AND span BETWEEN ?3 AND ?4 ORDER BY span",
            )?;
            let mut rows = query.query((run.0, step as i64, from, to))?;
            while let Some(row) = rows.next()? {
                let span = row.get::<_, i64>(2)? as u64;
                tell(settle::read_entry(row)?.read(span).ok_or_else(settle::damaged)?);
            }
            Ok(())
        };
        self.sql(read())
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
        let counted = self.spans(run, step, Wanted { outcomes, code })?;
        let (mut skip, mut page) = (skip, Vec::new());
        for span in counted.chunk_by(|one, other| one.span == other.span) {
            let rows: u64 = span.iter().map(|counted| counted.rows).sum();
            if skip < rows && page.len() < count {
                let found = match code {
                    None => self.outcomes_of_span(run, step, span[0].span, outcomes)?,
                    Some(_) => self.rows_of_causes(run, step, span)?,
                };
                page.extend(found.into_iter().skip(skip as usize).take(count - page.len()));
            }
            skip = skip.saturating_sub(rows);
        }
        Ok(page)
    }

    fn outcomes_of_span(
        &self,
        run: RunId,
        step: usize,
        span: u64,
        outcomes: &[Outcome],
    ) -> Result<Vec<Settled>, StoreError> {
        let mut found = Vec::new();
        if passed::OUTCOMES.iter().any(|outcome| outcomes.contains(outcome)) {
            self.each_entry(run, step, (span as i64, span as i64), |settled| {
                found.extend(settled.into_iter().filter(|settled| outcomes.contains(&settled.outcome.outcome())));
            })?;
        }
        let list = || {
            let (from, to) = rows_of(span);
            let mut query = self.connection.prepare_cached(&format!(
                "SELECT row, outcome, record, why FROM outcome WHERE run = ?1 AND step = ?2 AND row BETWEEN ?3 AND ?4 \
                 AND outcome IN ({}) ORDER BY row",
                codes(outcomes)
            ))?;
            query.query_map((run.0, step as i64, from, to), read)?.collect::<rusqlite::Result<Vec<_>>>()
        };
        Ok(in_order(found, self.sql(list())?))
    }

    /// The rows that were counted in a span.
    fn rows_of_causes(&self, run: RunId, step: usize, counted: &[Counted]) -> Result<Vec<Settled>, StoreError> {
        let list = || {
            let mut found = Vec::new();
            let mut query = self.connection.prepare_cached(&format!("{BY_CAUSE} AND row BETWEEN ?6 AND ?7"))?;
            for Counted { span, cause, .. } in counted {
                let (from, to) = rows_of(*span);
                let of = (run.0, step as i64, cause.outcome.code(), &cause.code, cause.fields(), from, to);
                for settled in query.query_map(of, read)? {
                    found.push(settled?);
                }
            }
            found.sort_by_key(|settled| settled.row);
            Ok(found)
        };
        self.sql(list())
    }

    /// Rows that did not get through, grouped by outcome, code and fields: an example and how many, most first.
    pub fn failure_groups(&self, run: RunId, step: usize) -> Result<Vec<(Settled, u64)>, StoreError> {
        let mut groups = Vec::new();
        for (cause, rows) in self.causes(run, step)? {
            let first = || {
                let mut query = self.connection.prepare_cached(&format!("{BY_CAUSE} ORDER BY row LIMIT 1"))?;
                let of = (run.0, step as i64, cause.outcome.code(), &cause.code, cause.fields());
                query.query_row(of, read).optional()
            };
            groups.extend(self.sql(first())?.map(|example| (example, rows)));
        }
        groups.sort_by_key(|(example, rows)| (std::cmp::Reverse(*rows), example.row));
        Ok(groups)
    }
}

/// Rows with a cause. The index is named: left to itself, SQLite reads every row of the step.
const BY_CAUSE: &str = "SELECT row, outcome, record, why FROM outcome INDEXED BY outcome_cause WHERE run = ?1 AND step = ?2 \
    AND outcome >= 5 AND outcome = ?3 AND json_extract(why, '$.code') = ?4 AND json_extract(why, '$.fields') IS ?5";

/// Two lists in row order as one.
fn in_order(mut one: Vec<Settled>, mut other: Vec<Settled>) -> Vec<Settled> {
    if one.is_empty() {
        return other;
    }
    if !other.is_empty() {
        one.append(&mut other);
        one.sort_by_key(|settled| settled.row);
    }
    one
}

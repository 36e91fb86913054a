//! How many rows of each span had which outcome, for which cause: kept in the transaction that settles them, so that no question about
//! numbers is ever answered by looking at the rows.

use super::passed::{SPAN, span_of};
use super::{RunId, Settled, Store, StoreError, Tally};
use crate::connect::Outcome;
use crate::record::RowNumber;
use rusqlite::{Connection, Row};
use std::collections::BTreeMap;

/// What rows of an outcome have in common, as it is stored: blank where rows got through.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CountedCause {
    pub(super) outcome: Outcome,
    pub(super) code: String,
    /// A list in JSON; blank for no field.
    pub(super) fields: String,
}

impl CountedCause {
    /// The fields as the index on causes has them.
    pub(super) fn fields(&self) -> Option<&str> {
        Some(self.fields.as_str()).filter(|fields| !fields.is_empty())
    }

    pub(super) fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<CountedCause> {
        let outcome = Outcome::from_code(row.get(at)?).unwrap_or(Outcome::Unconfirmed);
        Ok(CountedCause { outcome, code: row.get(at + 1)?, fields: row.get(at + 2)? })
    }
}

/// Rows of one span with one cause.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Counted {
    pub(super) span: u64,
    pub(super) cause: CountedCause,
    pub(super) rows: u64,
}

/// Which rows: with one of these outcomes and, if given, this code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) outcomes: &'a [Outcome],
    pub(super) code: Option<&'a str>,
}

impl Wanted<'_> {
    /// Its terms; a code is `?3`.
    fn sql(&self) -> String {
        let code = if self.code.is_some() { "outcome >= 5 AND code = ?3" } else { "?3 IS NULL" };
        format!("outcome IN ({}) AND {code}", codes(self.outcomes))
    }
}

/// The codes as an SQL list; they are numbers of ours, never text from outside.
pub(super) fn codes(outcomes: &[Outcome]) -> String {
    outcomes.iter().map(|outcome| outcome.code().to_string()).collect::<Vec<_>>().join(",")
}

/// Counts rows of one span, none of which had an outcome before.
pub(super) fn add(db: &Connection, run: RunId, step: usize, span: u64, rows: &[&Settled]) -> rusqlite::Result<()> {
    let mut passed = Tally::default();
    let mut counts: BTreeMap<(u8, &str, &[String]), u64> = BTreeMap::new();
    for Settled { outcome, .. } in rows {
        match outcome.rejection() {
            None => passed.add(outcome.outcome(), 1),
            Some(why) => *counts.entry((outcome.outcome().code(), &why.code, &why.fields)).or_default() += 1,
        }
    }
    let passed = Outcome::ALL.map(|outcome| ((outcome.code(), "", &[][..]), passed.of(outcome)));
    counts.extend(passed.into_iter().filter(|(_, rows)| *rows > 0));
    let mut insert = db.prepare_cached(
        "INSERT INTO outcome_count (run, step, outcome, code, fields, span, rows) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT DO UPDATE SET rows = rows + excluded.rows",
    )?;
    for ((outcome, code, fields), rows) in counts {
        let fields = if fields.is_empty() { String::new() } else { serde_json::json!(fields).to_string() };
        insert.execute((run.0, step as i64, outcome, code, fields, span as i64, rows as i64))?;
    }
    Ok(())
}

impl Store {
    /// Counts the outcomes of a step.
    pub fn tally(&self, run: RunId, step: usize) -> Result<Tally, StoreError> {
        let count = || {
            let mut query = self.connection.prepare_cached(
                "SELECT outcome, sum(rows) FROM outcome_count WHERE run = ?1 AND step = ?2 GROUP BY outcome",
            )?;
            let mut rows = query.query((run.0, step as i64))?;
            let mut tally = Tally::default();
            while let Some(row) = rows.next()? {
                let outcome = Outcome::from_code(row.get(0)?).unwrap_or(Outcome::Unconfirmed);
                tally.add(outcome, row.get::<_, i64>(1)? as u64);
            }
            Ok(tally)
        };
        self.sql(count())
    }

    /// How many rows have one of these outcomes and, if given, this code.
    pub fn count_outcomes(
        &self,
        run: RunId,
        step: usize,
        outcomes: &[Outcome],
        code: Option<&str>,
    ) -> Result<u64, StoreError> {
        let terms = Wanted { outcomes, code }.sql();
        let query =
            format!("SELECT coalesce(sum(rows), 0) FROM outcome_count WHERE run = ?1 AND step = ?2 AND {terms}");
        let count: i64 = self.sql(self.connection.query_row(&query, (run.0, step as i64, code), |row| row.get(0)))?;
        Ok(count as u64)
    }

    /// The spans that have wanted rows, in order, and how many of which cause.
    pub(super) fn spans(&self, run: RunId, step: usize, wanted: Wanted<'_>) -> Result<Vec<Counted>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare_cached(&format!(
                "SELECT span, outcome, code, fields, rows FROM outcome_count WHERE run = ?1 AND step = ?2 AND {} ORDER BY span",
                wanted.sql()
            ))?;
            let rows = query.query_map((run.0, step as i64, wanted.code), |row| {
                let (span, rows): (i64, i64) = (row.get(0)?, row.get(4)?);
                Ok(Counted { span: span as u64, cause: CountedCause::read(row, 1)?, rows: rows as u64 })
            })?;
            rows.collect()
        };
        self.sql(list())
    }

    /// The first row from `from` on that may have one of these outcomes and, if given, this code: no row before it has.
    pub fn next_counted(
        &self,
        run: RunId,
        step: usize,
        outcomes: &[Outcome],
        code: Option<&str>,
        from: RowNumber,
    ) -> Result<Option<RowNumber>, StoreError> {
        let query = format!(
            "SELECT min(span) FROM outcome_count WHERE run = ?1 AND step = ?2 AND {} AND span >= ?4",
            Wanted { outcomes, code }.sql()
        );
        let values = (run.0, step as i64, code, span_of(from) as i64);
        let span: Option<i64> = self.sql(self.connection.query_row(&query, values, |row| row.get(0)))?;
        Ok(span.map(|span| from.max(span as u64 * SPAN)))
    }

    /// Rows that did not get through by cause, and how many.
    pub(super) fn causes(&self, run: RunId, step: usize) -> Result<Vec<(CountedCause, u64)>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare_cached(
                "SELECT outcome, code, fields, sum(rows) FROM outcome_count WHERE run = ?1 AND step = ?2 AND outcome >= 5 \
                 GROUP BY outcome, code, fields",
            )?;
            let rows = query.query_map((run.0, step as i64), |row| {
                Ok((CountedCause::read(row, 0)?, row.get::<_, i64>(3)? as u64))
            })?;
            rows.collect()
        };
        self.sql(list())
    }
}

/// The rows of a span, the first and the last.
pub(super) fn rows_of(span: u64) -> (i64, i64) {
    ((span * SPAN) as i64, (span * SPAN + SPAN - 1) as i64)
}

/// The spans that rows from `from` to `to` are in, the first and the last.
pub(super) fn spans_of(from: u64, to: u64) -> (i64, i64) {
    (span_of(from) as i64, span_of(to.min(i64::MAX as u64)) as i64)
}

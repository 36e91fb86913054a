//! Which row a held row waits for: the parent that did not get through.

use super::{RunId, Store, StoreError};
use crate::record::RowNumber;
use rusqlite::OptionalExtension as _;

/// A row that waits for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// The row that waits.
    pub row: RowNumber,
    /// The run of its parent: the same, or an earlier one whose row nobody has taken up yet.
    pub on_run: RunId,
    /// The step of its parent.
    pub on_step: usize,
    /// Its parent.
    pub on_row: RowNumber,
}

impl Store {
    /// Keeps for whom rows of a step wait. An entry that exists stays as it is.
    pub fn save_waits(&self, run: RunId, step: usize, waits: &[Waits]) -> Result<(), StoreError> {
        self.write(|db| {
            let mut insert = db.prepare_cached(
                "INSERT INTO waits (run, step, row, on_run, on_step, on_row) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            )?;
            waits.iter().try_for_each(|waits| {
                let on = (waits.on_run.0, waits.on_step as i64, waits.on_row as i64);
                insert.execute((run.0, step as i64, waits.row as i64, on.0, on.1, on.2)).map(drop)
            })
        })
    }

    /// For whom a row waits.
    pub fn waits(&self, run: RunId, step: usize, row: RowNumber) -> Result<Option<Waits>, StoreError> {
        let find = || {
            let mut query = self.connection.prepare_cached(
                "SELECT on_run, on_step, on_row FROM waits WHERE run = ?1 AND step = ?2 AND row = ?3",
            )?;
            let found = query.query_row((run.0, step as i64, row as i64), |found| {
                Ok(Waits {
                    row,
                    on_run: RunId(found.get(0)?),
                    on_step: found.get::<_, i64>(1)? as usize,
                    on_row: found.get::<_, i64>(2)? as u64,
                })
            });
            found.optional()
        };
        self.sql(find())
    }

    /// How many rows wait for a row.
    pub fn waiting_for(&self, run: RunId, step: usize, row: RowNumber) -> Result<u64, StoreError> {
        let query = "SELECT count(*) FROM waits WHERE on_run = ?1 AND on_step = ?2 AND on_row = ?3";
        let count: i64 =
            self.sql(self.connection.query_row(query, (run.0, step as i64, row as i64), |row| row.get(0)))?;
        Ok(count as u64)
    }
}

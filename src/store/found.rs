//! What was looked up on behalf of rows before they were sent: the record that each is about, and the records that its lookups found.

use super::{RunId, Store, StoreError};
use crate::record::RowNumber;

/// What was found for one row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// The row.
    pub row: RowNumber,
    /// 0 for the record that the row is about, `n + 1` for lookup `n` of the mapping.
    pub slot: usize,
    /// The record's id; blank where there is none.
    pub record: String,
    /// Cells of the mapping whose fields the record has filled already, where that matters.
    pub filled: Vec<usize>,
}

impl Store {
    /// Keeps what was found. An entry that exists stays as it is.
    pub fn save_found(&self, run: RunId, step: usize, found: &[Found]) -> Result<(), StoreError> {
        self.write(|db| {
            let mut insert = db.prepare_cached(
                "INSERT INTO found (run, step, row, slot, record, filled) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            )?;
            found.iter().try_for_each(|found| {
                let filled = (!found.filled.is_empty()).then(|| serde_json::json!(found.filled).to_string());
                let key = (run.0, step as i64, found.row as i64, found.slot as i64);
                insert.execute((key.0, key.1, key.2, key.3, &found.record, filled)).map(drop)
            })
        })
    }

    /// What was found for the rows from `from` to `to`, both included, in the order of rows and slots.
    pub fn found_between(
        &self,
        run: RunId,
        step: usize,
        from: RowNumber,
        to: RowNumber,
    ) -> Result<Vec<Found>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare_cached(
                "SELECT row, slot, record, filled FROM found WHERE run = ?1 AND step = ?2 AND row BETWEEN ?3 AND ?4 \
                 ORDER BY row, slot",
            )?;
            let rows = query.query_map((run.0, step as i64, from as i64, to as i64), |row| {
                let filled: Option<String> = row.get(3)?;
                Ok(Found {
                    row: row.get::<_, i64>(0)? as u64,
                    slot: row.get::<_, i64>(1)? as usize,
                    record: row.get(2)?,
                    filled: filled.and_then(|filled| serde_json::from_str(&filled).ok()).unwrap_or_default(),
                })
            })?;
            rows.collect()
        };
        self.sql(list())
    }
}

//! Before-images: what the fields that a run writes held before it wrote them, so that the run can be undone.

use super::{RunId, Store, StoreError};
use crate::record::RowNumber;
use serde::{Deserialize, Serialize};

/// Texts compress well, and are written once and mostly never read.
const LEVEL: i32 = 1;

/// Most bytes of one entry when it is read back; a damaged length must not ask for all memory.
const LARGEST: usize = 1 << 28;

/// What the records of some rows held.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BeforeRows {
    /// The fields, by API name.
    pub fields: Vec<String>,
    /// The rows, ascending.
    pub rows: Vec<Before>,
}

/// What the record of one row held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// The row.
    pub row: RowNumber,
    /// The record's id.
    pub record: String,
    /// Values in the order of the fields; blank where there was none.
    pub values: Vec<String>,
}

impl Store {
    /// Keeps what the records of some rows held.
    pub fn save_before(&self, run: RunId, step: usize, before: &BeforeRows) -> Result<(), StoreError> {
        let (Some(first), Some(last)) = (before.rows.first(), before.rows.last()) else { return Ok(()) };
        let text = serde_json::json!(before).to_string();
        self.write(|db| {
            // Compressing into memory fails only when memory does.
            let body = zstd::bulk::compress(text.as_bytes(), LEVEL)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
            db.execute(
                "INSERT INTO before (run, step, first, last, body) VALUES (?1, ?2, ?3, ?4, ?5)",
                (run.0, step as i64, first.row as i64, last.row as i64, body),
            )
            .map(drop)
        })
    }

    /// What the records of the rows from `from` to `to`, both included, held; the latest look at a row stands last.
    pub fn before_between(
        &self,
        run: RunId,
        step: usize,
        from: RowNumber,
        to: RowNumber,
    ) -> Result<Vec<BeforeRows>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare_cached(
                "SELECT body FROM before WHERE run = ?1 AND step = ?2 AND first <= ?4 AND last >= ?3 ORDER BY id",
            )?;
            let rows = query.query_map((run.0, step as i64, from as i64, to as i64), |row| row.get::<_, Vec<u8>>(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        let damaged = || self.damaged(format!("what records held before run {}", run.0));
        let read = |body: Vec<u8>| {
            let size = zstd::bulk::Decompressor::upper_bound(&body).unwrap_or(LARGEST).min(LARGEST);
            let text = zstd::bulk::decompress(&body, size).map_err(|_| damaged())?;
            let mut before: BeforeRows = serde_json::from_slice(&text).map_err(|_| damaged())?;
            before.rows.retain(|before| (from..=to).contains(&before.row));
            Ok(before)
        };
        self.sql(list())?.into_iter().map(read).collect()
    }

    /// Whether a step of a run kept what records held, and how many bytes that takes.
    pub fn before_bytes(&self, run: RunId, step: usize) -> Result<u64, StoreError> {
        let query = "SELECT coalesce(sum(length(body)), 0) FROM before WHERE run = ?1 AND step = ?2";
        let bytes: i64 = self.sql(self.connection.query_row(query, (run.0, step as i64), |row| row.get(0)))?;
        Ok(bytes as u64)
    }
}

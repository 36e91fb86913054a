//! Deliveries that have ended: which call or job carried a row, and for calls the very words of both sides. Kept for as long as the
//! settings say.

use super::{RunId, Store, StoreError};
use crate::connect::Exchange;
use crate::record::RowNumber;
use rusqlite::Connection;

/// JSON of many records compresses well.
const LEVEL: i32 = 1;

/// Most bytes of a body when it is read back; a damaged length must not ask for all memory.
const LARGEST: usize = 1 << 27;

/// What carried some rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Carried {
    /// When it ended, in milliseconds since 1970.
    pub at: i64,
    /// What it did to the records, in the engine's words.
    pub action: String,
    /// The Bulk job, where there was one.
    pub job: Option<String>,
    /// API version.
    pub version: String,
    /// The rows in the order in which they were sent, as first and last of each stretch.
    pub rows: Vec<(RowNumber, RowNumber)>,
    /// The call, where it was one.
    pub exchange: Option<Exchange>,
}

impl Carried {
    /// The stretches of ascending row numbers.
    pub fn stretches(rows: impl Iterator<Item = RowNumber>) -> Vec<(RowNumber, RowNumber)> {
        let mut stretches: Vec<(RowNumber, RowNumber)> = Vec::new();
        for row in rows {
            match stretches.last_mut() {
                Some((_, last)) if *last + 1 == row => *last = row,
                _ => stretches.push((row, row)),
            }
        }
        stretches
    }

    /// At which place a row stood, counted from 0.
    pub fn place(&self, row: RowNumber) -> Option<usize> {
        let mut before = 0;
        for (first, last) in &self.rows {
            if (*first..=*last).contains(&row) {
                return Some((before + row - first) as usize);
            }
            before += last - first + 1;
        }
        None
    }
}

pub(super) fn insert(db: &Connection, run: RunId, step: usize, carried: &Carried) -> rusqlite::Result<()> {
    let (Some((first, _)), Some((_, last))) = (carried.rows.first(), carried.rows.last()) else { return Ok(()) };
    // Compressing into memory fails only when memory does.
    let pressed = |bytes: &[u8]| {
        zstd::bulk::compress(bytes, LEVEL).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
    };
    let exchange = carried.exchange.as_ref();
    let rows = pressed(serde_json::json!(carried.rows).to_string().as_bytes())?;
    let request = exchange.map(|exchange| pressed(&exchange.request)).transpose()?;
    let response = exchange.map(|exchange| pressed(&exchange.response)).transpose()?;
    let call = exchange.map(|exchange| serde_json::json!(exchange).to_string());
    db.prepare_cached(
        "INSERT INTO carried (run, step, at, action, job, version, first, last, rows, call, request, response) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(rusqlite::params![
        run.0,
        step as i64,
        carried.at,
        carried.action,
        carried.job,
        carried.version,
        *first as i64,
        *last as i64,
        rows,
        call,
        request,
        response
    ])
    .map(drop)
}

impl Store {
    /// What carried a row, the first try first.
    pub fn carried(&self, run: RunId, step: usize, row: RowNumber) -> Result<Vec<Carried>, StoreError> {
        let damaged = || self.damaged(format!("the calls of run {}", run.0));
        let list = || {
            let mut query = self.connection.prepare_cached(
                "SELECT at, action, job, version, rows, call, request, response FROM carried \
                 WHERE run = ?1 AND step = ?2 AND first <= ?3 AND last >= ?3 ORDER BY id",
            )?;
            let rows = query.query_map((run.0, step as i64, row as i64), |row| {
                let texts: (i64, String, Option<String>, String) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                let bodies: (Vec<u8>, Option<String>, Option<Vec<u8>>, Option<Vec<u8>>) =
                    (row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?);
                Ok((texts, bodies))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        let mut all = Vec::new();
        for ((at, action, job, version), (rows, call, request, response)) in self.sql(list())? {
            let rows = serde_json::from_slice(&unpressed(&rows).ok_or_else(damaged)?).map_err(|_| damaged())?;
            let exchange = match call {
                None => None,
                Some(call) => Some(Exchange {
                    request: request.as_deref().map_or(Some(Vec::new()), unpressed).ok_or_else(damaged)?,
                    response: response.as_deref().map_or(Some(Vec::new()), unpressed).ok_or_else(damaged)?,
                    ..serde_json::from_str(&call).map_err(|_| damaged())?
                }),
            };
            let carried = Carried { at, action, job, version, rows, exchange };
            if carried.place(row).is_some() {
                all.push(carried);
            }
        }
        Ok(all)
    }

    /// Forgets what calls of before that moment said; that they were made, and which rows they carried, stays.
    pub fn forget_exchanges(&self, before: i64) -> Result<u64, StoreError> {
        self.write(|db| {
            let forgotten = db.execute(
                "UPDATE carried SET call = NULL, request = NULL, response = NULL WHERE at < ?1 AND call IS NOT NULL",
                [before],
            )?;
            Ok(forgotten as u64)
        })
    }
}

fn unpressed(body: &[u8]) -> Option<Vec<u8>> {
    let size = zstd::bulk::Decompressor::upper_bound(body).unwrap_or(LARGEST).min(LARGEST);
    zstd::bulk::decompress(body, size).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_find_their_place_in_a_call() {
        let rows = [3, 4, 5, 9, 11, 12];
        let carried = Carried { rows: Carried::stretches(rows.into_iter()), ..Carried::default() };
        assert_eq!(carried.rows, [(3, 5), (9, 9), (11, 12)]);
        for (place, row) in rows.into_iter().enumerate() {
            assert_eq!(carried.place(row), Some(place));
        }
        assert_eq!(
            (carried.place(1), carried.place(6), carried.place(10), carried.place(13)),
            (None, None, None, None)
        );
    }
}

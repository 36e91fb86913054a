//! Deeds: what a pass has decided to do at an end, one row each of the run that does it.

use crate::connect::SyncPart;
use crate::record::RowNumber;
use crate::store::{ConflictId, RunId, Store, StoreError};
use crate::sync::Trail;
use serde::{Deserialize, Serialize};

/// A deed that was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeed {
    /// Which kind.
    pub part: SyncPart,
    /// Its row among those of its kind, counted from 1.
    pub row: RowNumber,
    /// The pair it is about.
    pub pair: i64,
    /// The deed at the other end that belongs to it, where there is one: both are settled together, with the later.
    pub beside: Option<(SyncPart, RowNumber)>,
    /// What is done, and what holds then.
    pub verdict: Verdict,
}

/// What a deed does, and what holds once it is done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Verdict {
    /// What the record is called at the end where it is done; blank where it is made.
    pub key: String,
    /// Lines and what they are to hold.
    pub writes: Vec<(usize, String)>,
    /// For each line what the end was seen to hold.
    pub seen: Vec<String>,
    /// For each line what each end holds, left and right, once all deeds of the pair are done.
    pub whole: [Vec<String>; 2],
    /// For each line what both ends agree on then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub agreed: Vec<Option<String>>,
    /// When each end was changed last.
    pub at: [Option<i64>; 2],
    /// What was written of late, this deed included.
    pub trail: Trail,
    /// The decision of a person that it carries out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict: Option<ConflictId>,
    /// Whether it marks the record as archived instead of writing its lines.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub archive: bool,
}

/// A deed as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDeed {
    /// Its row among those of its kind.
    pub row: RowNumber,
    /// The pair it is about.
    pub pair: i64,
    /// The deed at the other end that belongs to it.
    pub beside: Option<(SyncPart, RowNumber)>,
    /// Whether what became of it is written down.
    pub settled: bool,
    /// What is done, and what holds then.
    pub verdict: Verdict,
}

/// Rows fit into so many bits, so that a kind and a row are one number.
const ROW_BITS: u32 = 48;

fn beside(code: Option<i64>) -> Option<(SyncPart, RowNumber)> {
    let code = code?;
    let part = SyncPart::ALL.get((code >> ROW_BITS) as usize)?;
    Some((*part, (code & ((1 << ROW_BITS) - 1)) as u64))
}

impl Store {
    /// Writes deeds down.
    pub fn add_deeds(&self, run: RunId, step: usize, deeds: &[NewDeed]) -> Result<(), StoreError> {
        if deeds.is_empty() {
            return Ok(());
        }
        self.write(|db| {
            let mut insert = db.prepare_cached(
                "INSERT INTO deed (run, step, part, row, pair, beside, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?;
            for deed in deeds {
                let beside = deed.beside.map(|(part, row)| ((part as i64) << ROW_BITS) | row as i64);
                insert.execute((
                    run.0,
                    step as i64,
                    deed.part as i64,
                    deed.row as i64,
                    deed.pair,
                    beside,
                    serde_json::json!(deed.verdict).to_string(),
                ))?;
            }
            Ok(())
        })
    }

    /// Deeds of one kind from row `first` on, `count` at most.
    pub fn deeds(
        &self,
        run: RunId,
        step: usize,
        part: SyncPart,
        first: RowNumber,
        count: usize,
    ) -> Result<Vec<StoredDeed>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare_cached(
                "SELECT row, pair, beside, settled, body FROM deed \
                 WHERE run = ?1 AND step = ?2 AND part = ?3 AND row >= ?4 ORDER BY row LIMIT ?5",
            )?;
            let rows = query.query_map((run.0, step as i64, part as i64, first as i64, count as i64), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })?;
            rows.collect::<rusqlite::Result<Vec<(i64, i64, Option<i64>, bool, String)>>>()
        };
        let read = |(row, pair, code, settled, body): (i64, i64, Option<i64>, bool, String)| {
            let verdict = serde_json::from_str(&body).map_err(|error| self.damaged(format!("deed {row}: {error}")))?;
            Ok(StoredDeed { row: row as u64, pair, beside: beside(code), settled, verdict })
        };
        self.sql(list())?.into_iter().map(read).collect()
    }

    /// What became of these deeds of one kind is written down.
    pub fn deeds_settled(&self, run: RunId, step: usize, part: SyncPart, rows: &[RowNumber]) -> Result<(), StoreError> {
        self.write(|db| {
            let mut update = db.prepare_cached(
                "UPDATE deed SET settled = 1 WHERE run = ?1 AND step = ?2 AND part = ?3 AND row = ?4",
            )?;
            rows.iter().try_for_each(|row| update.execute((run.0, step as i64, part as i64, *row as i64)).map(drop))
        })
    }
}

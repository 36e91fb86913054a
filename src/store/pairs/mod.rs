//! Pairs of records: who belongs to whom at both ends of a sync, and what both held when they last agreed.
//!
//! A pair keeps a digest of what each end was seen to hold, so that a pass over a million unchanged pairs compares digests alone, and
//! enough of the values that any pair can be judged when only one of its ends was read. Values are kept in the order of the lines of the
//! mapping, which the state of the step names.

mod deeds;
mod state;
#[cfg(test)]
mod tests;

pub use deeds::{NewDeed, StoredDeed, Verdict};
pub use state::{PassRecord, SyncState};

use super::{IntegrationId, Store, StoreError};
use crate::connect::Digest;
use crate::sync::{End, Trail};
use rusqlite::{Connection, OptionalExtension as _, Row};

/// What the workspace file gained for syncs.
pub(super) const PAIRS: &str = "
CREATE TABLE pair (
  id INTEGER PRIMARY KEY, integration INTEGER NOT NULL REFERENCES integration (id) ON DELETE CASCADE, step INTEGER NOT NULL,
  left_key TEXT, right_key TEXT, left_seen BLOB, right_seen BLOB, agreed TEXT NOT NULL DEFAULT '[]', left_own TEXT,
  right_own TEXT, left_at INTEGER, right_at INTEGER, linked INTEGER NOT NULL DEFAULT 0, let_go INTEGER NOT NULL DEFAULT 0,
  hash BLOB, synced_at INTEGER, trail TEXT
);
CREATE UNIQUE INDEX pair_left ON pair (integration, step, left_key) WHERE left_key IS NOT NULL;
CREATE UNIQUE INDEX pair_right ON pair (integration, step, right_key) WHERE right_key IS NOT NULL;
CREATE TABLE sync_state (
  integration INTEGER NOT NULL REFERENCES integration (id) ON DELETE CASCADE, step INTEGER NOT NULL, paths TEXT NOT NULL,
  org_id TEXT NOT NULL, since TEXT, synced_at INTEGER, accepted INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (integration, step)
) WITHOUT ROWID;
CREATE TABLE sync_pass (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, step INTEGER NOT NULL, decided INTEGER NOT NULL DEFAULT 0,
  until TEXT, counts TEXT NOT NULL DEFAULT '{}', closed INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (run, step)
) WITHOUT ROWID;
CREATE TABLE deed (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, step INTEGER NOT NULL, part INTEGER NOT NULL, row INTEGER NOT NULL,
  pair INTEGER NOT NULL, beside INTEGER, settled INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL,
  PRIMARY KEY (run, step, part, row)
) WITHOUT ROWID;
";

/// Why two records are no pair any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LetGo {
    /// They are a pair.
    #[default]
    No,
    /// That end deleted its record, and the other one keeps its own.
    Deleted(End),
    /// A person said so.
    Said,
}

/// Two records that are one thing, or one record that waits for its partner to be made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PairRecord {
    /// Its number.
    pub id: i64,
    /// What each end calls its record, left and right.
    pub keys: [Option<String>; 2],
    /// What each end was seen to hold; `None` where that must be looked at again.
    pub seen: [Option<Digest>; 2],
    /// For each line what both ends last agreed on.
    pub agreed: Vec<Option<String>>,
    /// For each line what an end holds, where that is spelled otherwise than what was agreed.
    pub own: [Option<Vec<String>>; 2],
    /// When each end was changed last, in milliseconds since 1970, where it tells.
    pub at: [Option<i64>; 2],
    /// Whether the left end keeps the right one's key, and the right end the left one's.
    pub linked: [bool; 2],
    /// Whether they are a pair no more.
    pub let_go: LetGo,
    /// The hash of what both ends agree on.
    pub hash: Option<[u8; 32]>,
    /// When both ends last agreed.
    pub synced_at: Option<i64>,
    /// What was written of late.
    pub trail: Trail,
}

/// What a pass over all pairs needs of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairEntry<'a> {
    /// Its number.
    pub id: i64,
    /// What each end calls its record.
    pub keys: [Option<&'a str>; 2],
    /// What each end was seen to hold.
    pub seen: [Option<Digest>; 2],
    /// Whether they are a pair no more.
    pub let_go: LetGo,
    /// Whether the left end keeps the right one's key, and the right end the left one's.
    pub linked: [bool; 2],
}

impl LetGo {
    fn code(self) -> i64 {
        match self {
            LetGo::No => 0,
            LetGo::Deleted(End::Left) => 1,
            LetGo::Deleted(End::Right) => 2,
            LetGo::Said => 3,
        }
    }

    fn from_code(code: i64) -> LetGo {
        match code {
            1 => LetGo::Deleted(End::Left),
            2 => LetGo::Deleted(End::Right),
            3 => LetGo::Said,
            _ => LetGo::No,
        }
    }
}

impl PairRecord {
    /// What an end holds for each line, as far as is known: what it was seen to hold, else what was agreed.
    pub fn held(&self, end: End) -> Vec<String> {
        match &self.own[end as usize] {
            Some(own) => own.clone(),
            None => self.agreed.iter().map(|agreed| agreed.clone().unwrap_or_default()).collect(),
        }
    }

    /// Remembers what an end holds, and where it is spelled as agreed, only that.
    pub fn hold(&mut self, end: End, values: Vec<String>) {
        let same = values.len() == self.agreed.len()
            && values.iter().zip(&self.agreed).all(|(value, agreed)| Some(value) == agreed.as_ref());
        self.own[end as usize] = (!same).then_some(values);
    }
}

const PAIR: &str = "id, left_key, right_key, left_seen, right_seen, agreed, left_own, right_own, left_at, right_at, linked, \
                    let_go, hash, synced_at, trail";

fn seen(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Digest>> {
    Ok(row.get_ref(at)?.as_blob_or_null()?.and_then(|bytes| bytes.try_into().ok()))
}

fn linked(bits: i64) -> [bool; 2] {
    [bits & 1 != 0, bits & 2 != 0]
}

fn read(row: &Row<'_>) -> rusqlite::Result<PairRecord> {
    let listed = |at: usize| -> rusqlite::Result<Option<Vec<String>>> {
        Ok(row.get::<_, Option<String>>(at)?.and_then(|text| serde_json::from_str(&text).ok()))
    };
    let trail: Option<String> = row.get(14)?;
    Ok(PairRecord {
        id: row.get(0)?,
        keys: [row.get(1)?, row.get(2)?],
        seen: [seen(row, 3)?, seen(row, 4)?],
        agreed: serde_json::from_str(&row.get::<_, String>(5)?).unwrap_or_default(),
        own: [listed(6)?, listed(7)?],
        at: [row.get(8)?, row.get(9)?],
        linked: linked(row.get(10)?),
        let_go: LetGo::from_code(row.get(11)?),
        hash: row.get_ref(12)?.as_blob_or_null()?.and_then(|bytes| bytes.try_into().ok()),
        synced_at: row.get(13)?,
        trail: trail.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
    })
}

impl Store {
    /// Shows what a pass needs of every pair of a step.
    pub fn each_pair(
        &self,
        integration: IntegrationId,
        step: usize,
        show: &mut dyn FnMut(PairEntry<'_>),
    ) -> Result<(), StoreError> {
        let mut all = || {
            let mut query = self.connection.prepare_cached(
                "SELECT id, left_key, right_key, left_seen, right_seen, let_go, linked FROM pair \
                 WHERE integration = ?1 AND step = ?2",
            )?;
            let mut rows = query.query((integration.0, step as i64))?;
            while let Some(row) = rows.next()? {
                show(PairEntry {
                    id: row.get(0)?,
                    keys: [row.get_ref(1)?.as_str_or_null()?, row.get_ref(2)?.as_str_or_null()?],
                    seen: [seen(row, 3)?, seen(row, 4)?],
                    let_go: LetGo::from_code(row.get(5)?),
                    linked: linked(row.get(6)?),
                });
            }
            Ok(())
        };
        self.sql(all())
    }

    /// One pair.
    pub fn pair(&self, id: i64) -> Result<Option<PairRecord>, StoreError> {
        let sql = format!("SELECT {PAIR} FROM pair WHERE id = ?1");
        let one = || self.connection.prepare_cached(&sql)?.query_row([id], read).optional();
        self.sql(one())
    }

    /// How many pairs a step has, of records that are there at both ends.
    pub fn count_pairs(&self, integration: IntegrationId, step: usize) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM pair WHERE integration = ?1 AND step = ?2 AND let_go = 0 \
                   AND left_key IS NOT NULL AND right_key IS NOT NULL";
        let count = self.connection.query_row(sql, (integration.0, step as i64), |row| row.get::<_, i64>(0));
        Ok(self.sql(count)? as u64)
    }

    /// Makes pairs known, each by what its ends call it; their numbers in the same order. A key that another pair has moves here:
    /// what both ends are is said anew.
    pub fn add_pairs(
        &self,
        integration: IntegrationId,
        step: usize,
        pairs: &[PairRecord],
    ) -> Result<Vec<i64>, StoreError> {
        self.write(|db| {
            let mut ids = Vec::with_capacity(pairs.len());
            for pair in pairs {
                release(db, integration, step, &pair.keys)?;
                db.prepare_cached("INSERT INTO pair (integration, step) VALUES (?1, ?2)")?
                    .execute((integration.0, step as i64))?;
                let id = db.last_insert_rowid();
                put(db, &PairRecord { id, ..pair.clone() })?;
                ids.push(id);
            }
            Ok(ids)
        })
    }

    /// Forgets pairs: none of their records is there any more.
    pub fn drop_pairs(&self, ids: &[i64]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.write(|db| {
            let mut delete = db.prepare_cached("DELETE FROM pair WHERE id = ?1")?;
            ids.iter().try_for_each(|id| delete.execute([id]).map(drop))
        })
    }

    /// Writes pairs down as they are now.
    pub fn put_pairs(&self, pairs: &[PairRecord]) -> Result<(), StoreError> {
        if pairs.is_empty() {
            return Ok(());
        }
        self.write(|db| pairs.iter().try_for_each(|pair| put(db, pair)))
    }
}

/// Takes half pairs out of the way whose record has found its partner.
fn release(
    db: &Connection,
    integration: IntegrationId,
    step: usize,
    keys: &[Option<String>; 2],
) -> rusqlite::Result<()> {
    for (column, key) in ["left_key", "right_key"].into_iter().zip(keys) {
        if let Some(key) = key {
            db.prepare_cached(&format!("DELETE FROM pair WHERE integration = ?1 AND step = ?2 AND {column} = ?3"))?
                .execute((integration.0, step as i64, key))?;
        }
    }
    Ok(())
}

fn put(db: &Connection, pair: &PairRecord) -> rusqlite::Result<()> {
    let list = |values: &Option<Vec<String>>| values.as_ref().map(|values| serde_json::json!(values).to_string());
    let trail = (pair.trail != Trail::default()).then(|| serde_json::json!(pair.trail).to_string());
    db.prepare_cached(
        "UPDATE pair SET left_key = ?2, right_key = ?3, left_seen = ?4, right_seen = ?5, agreed = ?6, left_own = ?7, \
         right_own = ?8, left_at = ?9, right_at = ?10, linked = ?11, let_go = ?12, hash = ?13, synced_at = ?14, trail = ?15 \
         WHERE id = ?1",
    )?
    .execute(rusqlite::params![
        pair.id,
        pair.keys[0],
        pair.keys[1],
        pair.seen[0],
        pair.seen[1],
        serde_json::json!(pair.agreed).to_string(),
        list(&pair.own[0]),
        list(&pair.own[1]),
        pair.at[0],
        pair.at[1],
        i64::from(pair.linked[0]) | i64::from(pair.linked[1]) << 1,
        pair.let_go.code(),
        pair.hash,
        pair.synced_at,
        trail,
    ])
    .map(drop)
}

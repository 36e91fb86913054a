//! How far the sync of a step is, and what one pass of it came to.

use crate::store::{IntegrationId, RunId, Store, StoreError};
use rusqlite::OptionalExtension as _;
use std::collections::BTreeSet;

/// How far the sync of a step is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SyncState {
    /// The lines of the mapping in whose order values are kept.
    pub paths: Vec<String>,
    /// The org that the right end was.
    pub org_id: String,
    /// The end of the window in which the right end was read last, `2026-01-02T03:04:05Z`.
    pub since: Option<String>,
    /// When it was last synced, in milliseconds since 1970.
    pub synced_at: Option<i64>,
    /// Whether a person has said yes to the first pass.
    pub accepted: bool,
}

/// One pass of a step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PassRecord {
    /// Whether everything is decided.
    pub decided: bool,
    /// The end of the window in which the right end was read.
    pub until: Option<String>,
    /// What it came to, in JSON.
    pub counts: String,
    /// Whether what became of its deeds is written down.
    pub closed: bool,
}

impl Store {
    /// How far the sync of a step is; `None` before the first.
    pub fn sync_state(&self, integration: IntegrationId, step: usize) -> Result<Option<SyncState>, StoreError> {
        let sql =
            "SELECT paths, org_id, since, synced_at, accepted FROM sync_state WHERE integration = ?1 AND step = ?2";
        let found = self.connection.query_row(sql, (integration.0, step as i64), |row| {
            Ok(SyncState {
                paths: serde_json::from_str(&row.get::<_, String>(0)?).unwrap_or_default(),
                org_id: row.get(1)?,
                since: row.get(2)?,
                synced_at: row.get(3)?,
                accepted: row.get(4)?,
            })
        });
        self.sql(found.optional())
    }

    /// Writes down how far the sync of a step is.
    pub fn set_sync_state(&self, integration: IntegrationId, step: usize, state: &SyncState) -> Result<(), StoreError> {
        let paths = serde_json::json!(state.paths).to_string();
        self.write(|db| {
            db.execute(
                "INSERT OR REPLACE INTO sync_state (integration, step, paths, org_id, since, synced_at, accepted) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                (integration.0, step as i64, &paths, &state.org_id, &state.since, state.synced_at, state.accepted),
            )
            .map(drop)
        })
    }

    /// Puts the values of all pairs of a step into the order of other lines; what the old lines do not have was never agreed.
    pub fn rearrange_pairs(
        &self,
        integration: IntegrationId,
        step: usize,
        from: &[String],
        to: &[String],
    ) -> Result<(), StoreError> {
        let places: Vec<Option<usize>> = to.iter().map(|path| from.iter().position(|old| old == path)).collect();
        let mut ids = Vec::new();
        self.each_pair(integration, step, &mut |pair| ids.push(pair.id))?;
        for ids in ids.chunks(1_000) {
            let mut pairs = Vec::with_capacity(ids.len());
            for id in ids {
                let Some(mut pair) = self.pair(*id)? else { continue };
                let held = crate::sync::End::BOTH.map(|end| pair.held(end));
                pair.agreed =
                    places.iter().map(|at| at.and_then(|at| pair.agreed.get(at).cloned().flatten())).collect();
                for (end, held) in crate::sync::End::BOTH.into_iter().zip(held) {
                    let value = |at: &Option<usize>| at.and_then(|at| held.get(at).cloned()).unwrap_or_default();
                    pair.hold(end, places.iter().map(value).collect());
                }
                pair.seen = [None, None];
                pair.trail.clear();
                pairs.push(pair);
            }
            self.put_pairs(&pairs)?;
        }
        Ok(())
    }

    /// One pass; `None` before it began.
    pub fn pass(&self, run: RunId, step: usize) -> Result<Option<PassRecord>, StoreError> {
        let sql = "SELECT decided, until, counts, closed FROM sync_pass WHERE run = ?1 AND step = ?2";
        let found = self.connection.query_row(sql, (run.0, step as i64), |row| {
            Ok(PassRecord { decided: row.get(0)?, until: row.get(1)?, counts: row.get(2)?, closed: row.get(3)? })
        });
        self.sql(found.optional())
    }

    /// Runs that are syncs.
    pub fn sync_runs(&self) -> Result<BTreeSet<RunId>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare("SELECT DISTINCT run FROM sync_pass")?;
            query.query_map([], |row| Ok(RunId(row.get(0)?)))?.collect()
        };
        self.sql(list())
    }

    /// Begins a pass, or begins it anew: what was decided half-way is forgotten, since nothing of it was done.
    pub fn begin_pass(&self, run: RunId, step: usize) -> Result<(), StoreError> {
        self.write(|db| {
            db.execute("DELETE FROM deed WHERE run = ?1 AND step = ?2", (run.0, step as i64))?;
            db.execute("INSERT OR REPLACE INTO sync_pass (run, step) VALUES (?1, ?2)", (run.0, step as i64)).map(drop)
        })
    }

    /// Everything is decided.
    pub fn pass_decided(&self, run: RunId, step: usize, until: Option<&str>, counts: &str) -> Result<(), StoreError> {
        self.write(|db| {
            db.execute(
                "UPDATE sync_pass SET decided = 1, until = ?3, counts = ?4 WHERE run = ?1 AND step = ?2",
                (run.0, step as i64, until, counts),
            )
            .map(drop)
        })
    }

    /// What became of the deeds of a pass is written down.
    pub fn pass_closed(&self, run: RunId, step: usize) -> Result<(), StoreError> {
        self.write(|db| {
            db.execute("UPDATE sync_pass SET closed = 1 WHERE run = ?1 AND step = ?2", (run.0, step as i64)).map(drop)
        })
    }

    /// Runs whose passes are not closed, the oldest first: they stopped before all was written down.
    pub fn open_passes(&self, integration: IntegrationId) -> Result<Vec<RunId>, StoreError> {
        let sql = "SELECT DISTINCT p.run FROM sync_pass p JOIN run r ON r.id = p.run \
                   WHERE r.integration = ?1 AND NOT p.closed ORDER BY p.run";
        let list = || self.connection.prepare(sql)?.query_map([integration.0], |row| row.get(0).map(RunId))?.collect();
        self.sql(list())
    }
}

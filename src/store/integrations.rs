//! Stored integrations.

use super::{Store, StoreError};
use crate::integration::Integration;
use rusqlite::OptionalExtension as _;
use serde::{Deserialize, Serialize};

/// An integration's number within its workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IntegrationId(pub i64);

/// An integration with its number and age.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredIntegration {
    /// Its number.
    pub id: IntegrationId,
    /// What was drawn.
    pub integration: Integration,
    /// When it was last changed, in milliseconds since 1970.
    pub changed_at: i64,
}

impl Store {
    /// All integrations, the last changed first.
    pub fn integrations(&self) -> Result<Vec<StoredIntegration>, StoreError> {
        let list = || {
            let mut query = self
                .connection
                .prepare("SELECT id, body, changed_at FROM integration ORDER BY changed_at DESC, id DESC")?;
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?)))?;
            rows.collect::<rusqlite::Result<Vec<(i64, String, i64)>>>()
        };
        let rows = self.sql(list())?;
        rows.into_iter().map(|(id, body, changed_at)| self.stored(id, &body, changed_at)).collect()
    }

    /// One integration.
    pub fn integration(&self, id: IntegrationId) -> Result<Option<StoredIntegration>, StoreError> {
        let query = "SELECT body, changed_at FROM integration WHERE id = ?1";
        let found: Option<(String, i64)> =
            self.sql(self.connection.query_row(query, [id.0], |row| Ok((row.get(0)?, row.get(1)?))).optional())?;
        found.map(|(body, changed_at)| self.stored(id.0, &body, changed_at)).transpose()
    }

    fn stored(&self, id: i64, body: &str, changed_at: i64) -> Result<StoredIntegration, StoreError> {
        let integration =
            Integration::from_file(body).map_err(|error| self.damaged(format!("integration {id}: {error}")))?;
        Ok(StoredIntegration { id: IntegrationId(id), integration, changed_at })
    }

    /// Keeps an integration: a new one, or the changed form of an old one.
    pub fn save_integration(
        &self,
        id: Option<IntegrationId>,
        integration: &Integration,
        now: i64,
    ) -> Result<IntegrationId, StoreError> {
        let body = integration.to_file();
        self.write(|db| {
            if let Some(id) = id {
                let changed = db.execute(
                    "UPDATE integration SET name = ?2, body = ?3, changed_at = ?4 WHERE id = ?1",
                    (id.0, &integration.name, &body, now),
                )?;
                if changed > 0 {
                    return Ok(id);
                }
            }
            db.execute(
                "INSERT INTO integration (id, name, body, changed_at) VALUES (?1, ?2, ?3, ?4)",
                (id.map(|id| id.0), &integration.name, &body, now),
            )?;
            Ok(IntegrationId(db.last_insert_rowid()))
        })
    }

    /// Forgets an integration. Its runs stay.
    pub fn delete_integration(&self, id: IntegrationId) -> Result<bool, StoreError> {
        self.write(|db| Ok(db.execute("DELETE FROM integration WHERE id = ?1", [id.0])? > 0))
    }
}

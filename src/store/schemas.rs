//! What orgs said about their objects, so that a mapping can be drawn without asking each time.

use super::{Store, StoreError};
use crate::record::Schema;
use rusqlite::OptionalExtension as _;

/// A schema and its age.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSchema {
    /// The object.
    pub schema: Schema,
    /// When the org said so, in milliseconds since 1970.
    pub described_at: i64,
}

impl Store {
    /// What the org last said about the object.
    pub fn schema(&self, alias: &str, object: &str) -> Result<Option<StoredSchema>, StoreError> {
        let query = "SELECT body, described_at FROM described WHERE alias = ?1 AND object = ?2";
        let found: Option<(String, i64)> = self
            .sql(self.connection.query_row(query, [alias, object], |row| Ok((row.get(0)?, row.get(1)?))).optional())?;
        // A form of an older version is simply asked for again.
        Ok(found.and_then(|(body, described_at)| {
            serde_json::from_str(&body).ok().map(|schema| StoredSchema { schema, described_at })
        }))
    }

    /// Keeps what the org said.
    pub fn save_schema(&self, alias: &str, stored: &StoredSchema) -> Result<(), StoreError> {
        let body = serde_json::json!(stored.schema).to_string();
        self.write(|db| {
            db.execute(
                "INSERT OR REPLACE INTO described (alias, object, body, described_at) VALUES (?1, ?2, ?3, ?4)",
                (alias, &stored.schema.name, &body, stored.described_at),
            )
            .map(drop)
        })
    }

    /// Forgets what the org said, for instance because it is another org now.
    pub fn forget_schemas(&self, alias: &str) -> Result<(), StoreError> {
        self.write(|db| db.execute("DELETE FROM described WHERE alias = ?1", [alias]).map(drop))
    }
}

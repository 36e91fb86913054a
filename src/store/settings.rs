//! What holds for the whole project.

use super::{Store, StoreError};
use rusqlite::OptionalExtension as _;
use serde::{Deserialize, Serialize};

/// What holds for the whole project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Days for which the words of calls and answers are kept. Default 30.
    pub exchange_days: u16,
    /// Days after which an open conflict is overdue. Default 7.
    pub conflict_days: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { exchange_days: 30, conflict_days: 7 }
    }
}

impl Store {
    /// What holds for the project.
    pub fn settings(&self) -> Result<Settings, StoreError> {
        let found: Option<String> =
            self.sql(self.connection.query_row("SELECT body FROM setting", [], |row| row.get(0)).optional())?;
        // What cannot be read is as good as not set.
        Ok(found.and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default())
    }

    /// Keeps what holds for the project.
    pub fn save_settings(&self, settings: &Settings) -> Result<(), StoreError> {
        let body = serde_json::json!(settings).to_string();
        self.write(|db| db.execute("INSERT OR REPLACE INTO setting (id, body) VALUES (1, ?1)", [body]).map(drop))
    }
}

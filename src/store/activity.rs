//! The activity log: who did what, never changed and never shortened.

use super::{RunId, Store, StoreError};

/// A line of the activity log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What happened.
    pub text: String,
    /// The run it is about.
    pub run: Option<RunId>,
}

impl Store {
    /// Adds a line.
    pub fn log(&self, at: i64, text: &str, run: Option<RunId>) -> Result<(), StoreError> {
        let run = run.map(|run| run.0);
        self.write(|db| {
            db.execute("INSERT INTO activity (at, text, run) VALUES (?1, ?2, ?3)", (at, text, run)).map(drop)
        })
    }

    /// The newest lines, newest first.
    pub fn activity(&self, limit: usize) -> Result<Vec<Activity>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare("SELECT at, text, run FROM activity ORDER BY id DESC LIMIT ?1")?;
            let rows = query.query_map([limit as i64], |row| {
                Ok(Activity { at: row.get(0)?, text: row.get(1)?, run: row.get::<_, Option<i64>>(2)?.map(RunId) })
            })?;
            rows.collect()
        };
        self.sql(list())
    }
}

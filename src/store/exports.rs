//! Exports: what each is to do, and how far it is, so that one that was killed goes on behind its last row.

use super::{Store, StoreError};
use crate::connect::Api;
use rusqlite::{OptionalExtension as _, Row};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// An export's number within its workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExportId(pub i64);

/// Where an export is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportState {
    /// Somebody works on it, or was killed while doing so.
    Running,
    /// It stopped before its end, and can go on.
    Incomplete,
    /// The file is in its place.
    Complete,
    /// It was given up, and its half file removed.
    Discarded,
}

impl ExportState {
    const ALL: [(ExportState, &str, &str); 4] = [
        (ExportState::Running, "running", "Running"),
        (ExportState::Incomplete, "incomplete", "Incomplete"),
        (ExportState::Complete, "complete", "Complete"),
        (ExportState::Discarded, "discarded", "Given up"),
    ];

    /// The word in JSON and in the store.
    pub fn word(self) -> &'static str {
        ExportState::ALL.iter().find(|(state, ..)| *state == self).map_or("incomplete", |(_, word, _)| word)
    }

    /// The word people see.
    pub fn label(self) -> &'static str {
        ExportState::ALL.iter().find(|(state, ..)| *state == self).map_or("Incomplete", |(.., label)| label)
    }

    fn from_word(word: &str) -> ExportState {
        ExportState::ALL.iter().find(|(_, known, _)| *known == word).map_or(ExportState::Incomplete, |(it, ..)| *it)
    }
}

/// An export that begins.
#[derive(Debug, Clone, Copy)]
pub struct NewExport<'a> {
    /// What it is to do, as JSON.
    pub body: &'a str,
    /// The file to be.
    pub path: &'a Path,
}

/// An export as the workspace file has it.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportRecord {
    /// Its number.
    pub id: ExportId,
    /// What it is to do, as JSON.
    pub body: String,
    /// The file to be.
    pub path: PathBuf,
    /// Where it is in its life.
    pub state: ExportState,
    /// Why it stopped.
    pub cause: Option<String>,
    /// The API that its rows come through, once chosen.
    pub api: Option<Api>,
    /// Why that one.
    pub api_why: String,
    /// Rows that were counted beforehand.
    pub expected: Option<u64>,
    /// Where it goes on, as JSON.
    pub place: Option<String>,
    /// Rows written so far.
    pub rows: u64,
    /// Bytes of the file so far.
    pub bytes: u64,
    /// When it began, in milliseconds since 1970.
    pub began_at: i64,
    /// When it ended.
    pub ended_at: Option<i64>,
}

const COLUMNS: &str = "id, body, path, state, cause, api, api_why, expected, place, rows, bytes, began_at, ended_at";

impl Store {
    /// Keeps an export that begins.
    pub fn add_export(&self, new: NewExport<'_>, now: i64) -> Result<ExportId, StoreError> {
        let path = new.path.to_string_lossy();
        self.write(|db| {
            db.execute(
                "INSERT INTO export (body, path, state, began_at) VALUES (?1, ?2, 'running', ?3)",
                (new.body, &path, now),
            )?;
            Ok(ExportId(db.last_insert_rowid()))
        })
    }

    /// Keeps how its rows come, and why.
    pub fn set_export_api(&self, id: ExportId, api: Api, why: &str, expected: Option<u64>) -> Result<(), StoreError> {
        let word = if api == Api::Bulk { "bulk" } else { "rest" };
        let expected = expected.map(|rows| rows as i64);
        self.write(|db| {
            let set = "UPDATE export SET api = ?2, api_why = ?3, expected = ?4 WHERE id = ?1";
            db.execute(set, (id.0, word, why, expected)).map(drop)
        })
    }

    /// Keeps how far it is: what is said here is on the disk already.
    pub fn set_export_place(&self, id: ExportId, place: Option<&str>, rows: u64, bytes: u64) -> Result<(), StoreError> {
        self.write(|db| {
            let set = "UPDATE export SET place = ?2, rows = ?3, bytes = ?4 WHERE id = ?1";
            db.execute(set, (id.0, place, rows as i64, bytes as i64)).map(drop)
        })
    }

    /// Keeps where it is in its life.
    pub fn set_export_state(
        &self,
        id: ExportId,
        state: ExportState,
        cause: Option<&str>,
        ended_at: Option<i64>,
    ) -> Result<(), StoreError> {
        self.write(|db| {
            let set = "UPDATE export SET state = ?2, cause = ?3, ended_at = ?4 WHERE id = ?1";
            db.execute(set, (id.0, state.word(), cause, ended_at)).map(drop)
        })
    }

    /// The exports, the newest first.
    pub fn exports(&self, limit: usize) -> Result<Vec<ExportRecord>, StoreError> {
        let list = || {
            let sql = format!("SELECT {COLUMNS} FROM export ORDER BY id DESC LIMIT ?1");
            let mut query = self.connection.prepare(&sql)?;
            query.query_map([limit as i64], record)?.collect()
        };
        self.sql(list())
    }

    /// One export.
    pub fn export(&self, id: ExportId) -> Result<Option<ExportRecord>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM export WHERE id = ?1");
        self.sql(self.connection.query_row(&sql, [id.0], record).optional())
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<ExportRecord> {
    let api: Option<String> = row.get(5)?;
    Ok(ExportRecord {
        id: ExportId(row.get(0)?),
        body: row.get(1)?,
        path: PathBuf::from(row.get::<_, String>(2)?),
        state: ExportState::from_word(&row.get::<_, String>(3)?),
        cause: row.get(4)?,
        api: api.map(|api| if api == "bulk" { Api::Bulk } else { Api::Rest }),
        api_why: row.get(6)?,
        expected: row.get::<_, Option<i64>>(7)?.map(|rows| rows as u64),
        place: row.get(8)?,
        rows: row.get::<_, i64>(9)? as u64,
        bytes: row.get::<_, i64>(10)? as u64,
        began_at: row.get(11)?,
        ended_at: row.get(12)?,
    })
}

//! Opening the workspace file: its key, its settings, and its growth from one version to the next.

use crate::secret::Secret;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What can go wrong with the workspace file.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite said no.
    #[error("the workspace file {path} cannot be used: {source}")]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// SQLite's words.
        source: rusqlite::Error,
    },
    /// A retry found no row to take up.
    #[error("another run has just taken these rows up")]
    NothingTaken,
    /// The disk has no space left.
    #[error("the disk is full: the workspace file {0} cannot grow")]
    DiskFull(PathBuf),
    /// The key does not fit, or the file is none of ours.
    #[error("{0} cannot be opened with this key, or is no Linkspan workspace")]
    WrongKey(PathBuf),
    /// A newer Linkspan wrote it.
    #[error("{path} was written by a newer Linkspan (its version is {found}, this one knows {known})")]
    TooNew {
        /// Which file.
        path: PathBuf,
        /// The version found.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// The folder or file cannot be reached.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// Something stored cannot be read back.
    #[error("the workspace file {path} holds a damaged entry: {what}")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Which entry.
        what: String,
    },
    /// The other process has it.
    #[error("run {0} is being worked on by another process")]
    RunBusy(i64),
    /// The other process has it.
    #[error("this integration is being synced already")]
    SyncBusy,
    /// The other process, or another thread of this one, has it.
    #[error("export {0} is being worked on")]
    ExportBusy(i64),
}

/// The key of a workspace file: a random key and the salt that stands, readable, at the start of the file and names the key.
#[derive(Debug, Clone)]
pub struct StoreKey {
    /// 64 hexadecimal digits.
    pub key: Secret,
    /// 32 hexadecimal digits.
    pub salt: String,
}

impl StoreKey {
    /// The salt of an existing file; `None` when there is no file, or an empty one.
    pub fn salt_of(path: &Path) -> Result<Option<String>, StoreError> {
        let mut file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::File { path: path.to_owned(), source }),
        };
        let mut salt = [0; 16];
        match file.read_exact(&mut salt) {
            Ok(()) => Ok(Some(salt.iter().map(|byte| format!("{byte:02x}")).collect())),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
            Err(source) => Err(StoreError::File { path: path.to_owned(), source }),
        }
    }
}

/// An open workspace file, for one thread.
pub struct Store {
    pub(super) connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the file, making it or bringing it up to date where needed.
    pub fn open(path: &Path, key: &StoreKey) -> Result<Store, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let fail = |source| StoreError::Sqlite { path: path.to_owned(), source };
        let connection = Connection::open_with_flags(path, flags).map_err(fail)?;
        let mut store = Store { connection, path: path.to_owned() };
        store.unlock(key)?;
        store.migrate()?;
        Ok(store)
    }

    fn unlock(&self, key: &StoreKey) -> Result<(), StoreError> {
        // A raw key needs no derivation, so that every thread can open the file in a blink.
        let key = zeroize::Zeroizing::new(format!("PRAGMA key = \"x'{}{}'\"", key.key.expose(), key.salt));
        self.sql(self.connection.execute_batch(&key))?;
        self.sql(self.connection.busy_timeout(Duration::from_secs(30)))?;
        if self.connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).is_err() {
            return Err(StoreError::WrongKey(self.path.clone()));
        }
        // Temporary tables stay in memory: on disk they would not be encrypted.
        self.sql(self.connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;",
        ))
    }

    fn migrate(&mut self) -> Result<(), StoreError> {
        let known = MIGRATIONS.len() as i64;
        let version = |connection: &Connection| connection.query_row("PRAGMA user_version", [], |row| row.get(0));
        let found: i64 = self.sql(version(&self.connection))?;
        if found > known {
            return Err(StoreError::TooNew { path: self.path.clone(), found, known });
        }
        if found == known {
            return Ok(());
        }
        let path = self.path.clone();
        let fail = |source| StoreError::Sqlite { path: path.clone(), source };
        let change = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
        // Asked again inside the transaction: another process may have been faster.
        let found: i64 = version(&change).map_err(fail)?;
        for migration in MIGRATIONS.iter().skip(found as usize) {
            change.execute_batch(migration).map_err(fail)?;
        }
        change.pragma_update(None, "user_version", known).map_err(fail)?;
        change.commit().map_err(fail)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A number that changes when another connection has written.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        self.sql(self.connection.query_row("PRAGMA data_version", [], |row| row.get(0)))
    }

    pub(super) fn sql<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|source| match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => StoreError::DiskFull(self.path.clone()),
            _ => StoreError::Sqlite { path: self.path.clone(), source },
        })
    }

    pub(super) fn damaged(&self, what: impl Into<String>) -> StoreError {
        StoreError::Damaged { path: self.path.clone(), what: what.into() }
    }

    /// Runs `work` in one write transaction, begun as such, so that it never fails half-way for another writer.
    pub(super) fn write<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        super::cost::counted(|| {
            let change =
                self.sql(rusqlite::Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate))?;
            let result = self.sql(work(&change))?;
            self.sql(change.commit())?;
            Ok(result)
        })
    }
}

/// The workspace file's growth; an entry is never changed once released.
const MIGRATIONS: &[&str] = &["
CREATE TABLE org (
  alias TEXT PRIMARY KEY COLLATE NOCASE, url TEXT NOT NULL, auth TEXT NOT NULL, client_id TEXT, login TEXT,
  environment TEXT, name TEXT NOT NULL DEFAULT '', org_id TEXT NOT NULL DEFAULT '', user_id TEXT NOT NULL DEFAULT '',
  username TEXT NOT NULL DEFAULT '', api_version TEXT NOT NULL DEFAULT '', used INTEGER, allowed INTEGER, seen_at INTEGER,
  problem TEXT
) WITHOUT ROWID;
CREATE TABLE described (
  alias TEXT NOT NULL COLLATE NOCASE, object TEXT NOT NULL COLLATE NOCASE, body TEXT NOT NULL, described_at INTEGER NOT NULL,
  PRIMARY KEY (alias, object)
);
CREATE TABLE integration (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, body TEXT NOT NULL, changed_at INTEGER NOT NULL
);
CREATE TABLE run (
  id INTEGER PRIMARY KEY AUTOINCREMENT, integration INTEGER REFERENCES integration (id) ON DELETE SET NULL, name TEXT NOT NULL,
  body TEXT NOT NULL, state TEXT NOT NULL, cause TEXT, began_at INTEGER NOT NULL, ended_at INTEGER,
  retry_of INTEGER REFERENCES run (id) ON DELETE SET NULL, trial INTEGER, remaining INTEGER NOT NULL DEFAULT 0,
  calls INTEGER NOT NULL DEFAULT 0, worked_ms INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX run_integration ON run (integration);
CREATE TABLE run_step (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, step INTEGER NOT NULL, sentence TEXT NOT NULL,
  org TEXT NOT NULL, org_id TEXT NOT NULL, user_id TEXT NOT NULL, object TEXT NOT NULL, api TEXT, api_why TEXT NOT NULL DEFAULT '',
  shapes TEXT NOT NULL, columns TEXT NOT NULL, source TEXT NOT NULL, read INTEGER NOT NULL DEFAULT 0,
  read_all INTEGER NOT NULL DEFAULT 0, tally TEXT NOT NULL DEFAULT '[]',
  PRIMARY KEY (run, step)
) WITHOUT ROWID;
CREATE TABLE block (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, step INTEGER NOT NULL, first INTEGER NOT NULL,
  rows INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (run, step, first)
);
CREATE TABLE outcome (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, step INTEGER NOT NULL, row INTEGER NOT NULL,
  outcome INTEGER NOT NULL, record TEXT, why TEXT, PRIMARY KEY (run, step, row)
) WITHOUT ROWID;
CREATE INDEX outcome_attention ON outcome (run, step, outcome, row) WHERE outcome >= 5;
CREATE TABLE found (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, step INTEGER NOT NULL, row INTEGER NOT NULL,
  record TEXT NOT NULL, PRIMARY KEY (run, step, row)
) WITHOUT ROWID;
CREATE TABLE note (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, step INTEGER NOT NULL,
  action TEXT NOT NULL, ticket TEXT NOT NULL, rows BLOB NOT NULL
);
CREATE INDEX note_run ON note (run);
CREATE TABLE activity (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, text TEXT NOT NULL, run INTEGER
);
CREATE TRIGGER activity_stays BEFORE UPDATE ON activity BEGIN SELECT RAISE (ABORT, 'the activity log is append-only'); END;
CREATE TRIGGER activity_remains BEFORE DELETE ON activity BEGIN SELECT RAISE (ABORT, 'the activity log is append-only'); END;
", "
CREATE TABLE linked (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, step INTEGER NOT NULL, row INTEGER NOT NULL,
  slot INTEGER NOT NULL, record TEXT NOT NULL, filled TEXT, PRIMARY KEY (run, step, row, slot)
) WITHOUT ROWID;
INSERT INTO linked SELECT run, step, row, 0, record, NULL FROM found;
DROP TABLE found;
ALTER TABLE linked RENAME TO found;
ALTER TABLE run_step ADD COLUMN trimmed TEXT NOT NULL DEFAULT '[]';
", "
CREATE TABLE before (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, step INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX before_rows ON before (run, step, first);
CREATE TABLE carried (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, step INTEGER NOT NULL,
  at INTEGER NOT NULL, action TEXT NOT NULL, job TEXT, version TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  rows BLOB NOT NULL, call TEXT, request BLOB, response BLOB
);
CREATE INDEX carried_rows ON carried (run, step, first);
CREATE TABLE setting (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL);
ALTER TABLE run ADD COLUMN undo_of INTEGER REFERENCES run (id) ON DELETE SET NULL;
", "
CREATE TABLE origin (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, step INTEGER NOT NULL, row INTEGER NOT NULL,
  from_run INTEGER NOT NULL, from_row INTEGER NOT NULL, tries INTEGER NOT NULL, PRIMARY KEY (run, step, row)
) WITHOUT ROWID;
CREATE INDEX origin_from ON origin (from_run, step, from_row);
INSERT INTO origin SELECT r.id, o.step,
  row_number() OVER (PARTITION BY r.id, o.step ORDER BY o.row) + max(0, s.read - count(*) OVER (PARTITION BY r.id, o.step)),
  r.retry_of, o.row, 2
  FROM run r JOIN outcome o ON o.run = r.retry_of AND o.outcome IN (6, 7, 8) JOIN run_step s ON s.run = r.id AND s.step = o.step;
CREATE TABLE edit_change (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, at INTEGER NOT NULL,
  what TEXT NOT NULL, rows INTEGER NOT NULL, undone INTEGER NOT NULL
);
CREATE INDEX edit_change_run ON edit_change (run);
CREATE TABLE edit (
  run INTEGER NOT NULL, step INTEGER NOT NULL, row INTEGER NOT NULL, col INTEGER NOT NULL,
  change INTEGER NOT NULL REFERENCES edit_change (id) ON DELETE CASCADE, value TEXT NOT NULL,
  PRIMARY KEY (run, step, row, col, change)
) WITHOUT ROWID;
CREATE INDEX edit_of_change ON edit (change);
CREATE TABLE left_as_is (
  run INTEGER NOT NULL, step INTEGER NOT NULL, row INTEGER NOT NULL,
  change INTEGER NOT NULL REFERENCES edit_change (id) ON DELETE CASCADE, PRIMARY KEY (run, step, row, change)
) WITHOUT ROWID;
CREATE INDEX left_of_change ON left_as_is (change);
CREATE TABLE waits (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, step INTEGER NOT NULL, row INTEGER NOT NULL,
  on_run INTEGER NOT NULL, on_step INTEGER NOT NULL, on_row INTEGER NOT NULL, PRIMARY KEY (run, step, row)
) WITHOUT ROWID;
CREATE INDEX waits_on ON waits (on_run, on_step, on_row);
ALTER TABLE run ADD COLUMN production TEXT;
", "
CREATE INDEX outcome_cause ON outcome (run, step, outcome, json_extract(why, '$.code'), json_extract(why, '$.fields'))
  WHERE outcome >= 5;
", "
ALTER TABLE run_step ADD COLUMN mark TEXT;
CREATE TABLE job (
  id TEXT PRIMARY KEY, run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, step INTEGER NOT NULL, version TEXT NOT NULL
) WITHOUT ROWID;
", "
CREATE TABLE export (
  id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, path TEXT NOT NULL, state TEXT NOT NULL, cause TEXT,
  api TEXT, api_why TEXT NOT NULL DEFAULT '', expected INTEGER, place TEXT, rows INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0, began_at INTEGER NOT NULL, ended_at INTEGER
);
", SPANS, "
ALTER TABLE run ADD COLUMN live_calls INTEGER NOT NULL DEFAULT 0;
", super::conflicts::CONFLICTS, super::pairs::PAIRS];

/// Rows that got through are written by span, and outcomes are counted by span; rows written before stay as they are, and are counted one
/// after the other: grouped, a large workspace would have to be sorted in memory.
pub(super) const SPANS: &str = "
CREATE TABLE passed (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, step INTEGER NOT NULL, span INTEGER NOT NULL,
  rows BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY (run, step, span)
);
CREATE TABLE outcome_count (
  run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE, step INTEGER NOT NULL, outcome INTEGER NOT NULL,
  code TEXT NOT NULL, fields TEXT NOT NULL, span INTEGER NOT NULL, rows INTEGER NOT NULL,
  PRIMARY KEY (run, step, outcome, code, fields, span)
) WITHOUT ROWID;
INSERT INTO outcome_count SELECT run, step, outcome, iif(outcome >= 5, coalesce(json_extract(why, '$.code'), ''), ''),
  iif(outcome >= 5, coalesce(json_extract(why, '$.fields'), ''), ''), row / 1024, 1 FROM outcome WHERE true
  ON CONFLICT DO UPDATE SET rows = rows + 1;
";

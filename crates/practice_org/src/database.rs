//! The org's data file: a table per object, one pen and several readers.
//!
//! Even an org "in memory" lives in a file, a temporary one that goes with it: a million rows then cost disk, not
//! memory. Write-ahead logging lets queries read while a bulk job writes.

mod together;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use tempfile::TempDir;

use self::together::Turn;
use super::failure::Refusal;
use super::ids;
use super::rows::changes::Log;
use super::rows::policy::Policy;
use super::schema::{Object, Schema, keep};
use super::soql::functions;
use super::tables::fit;

/// The writing end: one connection, and the counters that ids are made from.
pub(crate) struct Pen {
    /// The only connection that writes.
    pub(crate) conn: Connection,
    /// API name per object, in the order of the schema.
    names: Vec<String>,
    /// Next counter per object, in the same order.
    pub(crate) counters: Vec<u64>,
    /// Next counter of jobs and cursors.
    tickets: u64,
    /// Ids of rows that somebody else holds, for a bad day.
    pub(crate) held: Arc<Held>,
    /// The changes of the transaction under way, if anybody listens.
    pub(crate) log: Log,
    /// What the org's owner has switched on: rules, and rows that are locked.
    pub(crate) policy: Policy,
}

/// Rows that somebody else holds, and how often that was met.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// 18 characters each.
    pub(crate) ids: Vec<String>,
    /// Rows refused because of it.
    pub(crate) hits: AtomicU64,
}

/// The data file.
pub(crate) struct Database {
    path: PathBuf,
    turn: Turn,
    pen: Mutex<Pen>,
    readers: Mutex<Vec<Connection>>,
    // Held for its Drop, and declared last so that the connections close first.
    _folder: Option<TempDir>,
}

impl Database {
    /// Opens or makes the file; `None` makes a temporary one. Tells whether it is new.
    pub(crate) fn open(file: Option<&Path>, schema: &Schema) -> rusqlite::Result<(Self, bool)> {
        let folder = match file {
            Some(_) => None,
            None => {
                Some(tempfile::tempdir().map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?)
            }
        };
        let path = match (file, &folder) {
            (Some(file), _) => file.to_owned(),
            (None, Some(folder)) => folder.path().join("org.db"),
            (None, None) => PathBuf::from("org.db"),
        };
        let conn = Connection::open(&path)?;
        prepare(&conn)?;
        // A temporary org need not survive a power cut.
        let synchronous = if folder.is_some() { "OFF" } else { "NORMAL" };
        conn.execute_batch(&format!(
            "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous};
             PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -65536;"
        ))?;
        let new = conn
            .query_row("SELECT 1 FROM sqlite_master WHERE name = 'practice_setting'", [], |_| Ok(()))
            .optional()?
            .is_none();
        if new {
            create_tables(&conn)?;
        }
        // Once counters were known by their places; they are found again from the ids given out.
        if conn.prepare("SELECT place FROM practice_counter").is_ok() {
            conn.execute_batch(&format!("DROP TABLE practice_counter; {COUNTERS}"))?;
        }
        // A file of an older program lacks what has come since.
        conn.execute_batch(SINCE)?;
        // A view of an older program would keep columns from being dropped.
        conn.execute_batch("DROP VIEW IF EXISTS practice_name;")?;
        keep::prepare(&conn)?;
        fit(&conn, schema)?;
        let (counters, tickets) = read_counters(&conn, schema)?;
        let database = Database {
            path,
            turn: Turn::default(),
            pen: Mutex::new(Pen {
                conn,
                names: names(schema),
                counters,
                tickets,
                held: Arc::default(),
                log: Log::default(),
                policy: Policy::default(),
            }),
            readers: Mutex::new(Vec::new()),
            _folder: folder,
        };
        Ok((database, new))
    }

    /// Runs `work` in one transaction; an error undoes all of it. Inside [`Database::together`] it is a part of that.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&mut Pen) -> Result<T, Refusal>) -> Result<T, Refusal> {
        if self.turn.is_mine() {
            return lock(&self.pen).part(work);
        }
        let _turn = self.turn.take();
        let mut pen = lock(&self.pen);
        let before = pen.begin()?;
        let answer = work(&mut pen);
        pen.end(&before, answer)
    }

    /// Lets `work` put another content in place of all of it, and fits that to the schema that it hands out.
    pub(crate) fn replace(&self, work: impl FnOnce(&mut Pen) -> Result<Schema, Refusal>) -> Result<Schema, Refusal> {
        let _turn = self.turn.take();
        let mut pen = lock(&self.pen);
        let schema = work(&mut pen)?;
        pen.conn.execute_batch(SINCE)?;
        fit(&pen.conn, &schema)?;
        pen.names = names(&schema);
        (pen.counters, pen.tickets) = read_counters(&pen.conn, &schema)?;
        Ok(schema)
    }

    /// Says which rows somebody else holds from now on.
    pub(crate) fn hold(&self, held: Arc<Held>) {
        lock(&self.pen).held = held;
    }

    /// Runs `work` on a reading connection, beside whoever writes; inside [`Database::together`] on the writing one.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Refusal>) -> Result<T, Refusal> {
        if self.turn.is_mine()
            && let Ok(pen) = self.pen.try_lock()
        {
            return work(&pen.conn);
        }
        let idle = lock(&self.readers).pop();
        let conn = match idle {
            Some(conn) => conn,
            None => self.reader()?,
        };
        let answer = work(&conn);
        lock(&self.readers).push(conn);
        answer
    }

    fn reader(&self) -> rusqlite::Result<Connection> {
        let conn = Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        prepare(&conn)?;
        conn.execute_batch("PRAGMA cache_size = -16384;")?;
        Ok(conn)
    }

    /// A value kept beside the rows.
    pub(crate) fn setting(&self, name: &str) -> Result<Option<String>, Refusal> {
        self.read(|conn| {
            Ok(conn
                .query_row("SELECT value FROM practice_setting WHERE name = ?1", [name], |row| row.get(0))
                .optional()?)
        })
    }

    /// Keeps a value beside the rows.
    pub(crate) fn set_setting(&self, name: &str, value: &str) -> Result<(), Refusal> {
        self.write(|pen| {
            pen.conn.execute("INSERT OR REPLACE INTO practice_setting (name, value) VALUES (?1, ?2)", [name, value])?;
            Ok(())
        })
    }
}

impl Pen {
    /// Makes room for what `schema` has and the file lacks. Objects and fields known before keep their places.
    pub(crate) fn grow(&mut self, schema: &Schema) -> rusqlite::Result<()> {
        fit(&self.conn, schema)?;
        self.names = names(schema);
        for object in schema.objects.get(self.counters.len()..).unwrap_or_default() {
            self.counters.push(next_of(&self.conn, object)?);
        }
        Ok(())
    }

    /// A number that no other job or cursor has.
    pub(crate) fn next_ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets - 1
    }

    fn save_counters(&mut self, counters: &[u64], tickets: u64) -> rusqlite::Result<()> {
        let save = |object: &str, next: u64| {
            let sql = "INSERT OR REPLACE INTO practice_counter (object, next) VALUES (?1, ?2)";
            self.conn.prepare_cached(sql)?.execute(params![object, next as i64]).map(drop)
        };
        for (place, next) in self.counters.iter().enumerate() {
            if counters.get(place) != Some(next) {
                save(&self.names[place], *next)?;
            }
        }
        if self.tickets != tickets { save(TICKETS, self.tickets) } else { Ok(()) }
    }
}

fn names(schema: &Schema) -> Vec<String> {
    schema.objects.iter().map(|object| object.name.clone()).collect()
}

/// Locks, also after a thread panicked with the lock in hand: what these locks guard is whole after every statement.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn prepare(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(std::time::Duration::from_secs(30))?;
    // A name that is no column must be an error, not a text.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    functions::register(conn)
}

/// Tables that files of older programs lack.
const SINCE: &str = "\
     CREATE TABLE IF NOT EXISTS practice_along (number INTEGER PRIMARY KEY, root TEXT NOT NULL, id TEXT NOT NULL, field TEXT NOT NULL);
     CREATE INDEX IF NOT EXISTS practice_along_root ON practice_along (root);
     CREATE TABLE IF NOT EXISTS practice_recent (user TEXT, id TEXT, at INTEGER NOT NULL, PRIMARY KEY (user, id)) WITHOUT ROWID;";

const COUNTERS: &str = "CREATE TABLE practice_counter (object TEXT PRIMARY KEY, next INTEGER NOT NULL);";

/// Where the counter of jobs and cursors is kept, among those of the objects.
const TICKETS: &str = "";

fn read_counters(conn: &Connection, schema: &Schema) -> rusqlite::Result<(Vec<u64>, u64)> {
    let mut counters = Vec::with_capacity(schema.objects.len());
    for object in &schema.objects {
        counters.push(next_of(conn, object)?);
    }
    Ok((counters, next(conn, TICKETS, "practice_job")?))
}

fn next_of(conn: &Connection, object: &Object) -> rusqlite::Result<u64> {
    if object.is_stored() { next(conn, &object.name, &object.name) } else { Ok(1) }
}

fn next(conn: &Connection, object: &str, table: &str) -> rusqlite::Result<u64> {
    let mut statement = conn.prepare_cached("SELECT next FROM practice_counter WHERE object = ?1")?;
    match statement.query_row([object], |row| row.get::<_, i64>(0)).optional()? {
        Some(next) => Ok(next as u64),
        None => after_the_last(conn, table),
    }
}

/// The counter after that of the last id in a table.
fn after_the_last(conn: &Connection, table: &str) -> rusqlite::Result<u64> {
    let last: Option<String> = conn.query_row(&format!("SELECT max(id) FROM \"{table}\""), [], |row| row.get(0))?;
    Ok(last.and_then(|id| ids::counter(&id)).map_or(1, |counter| counter + 1))
}

fn create_tables(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(&format!(
        "CREATE TABLE practice_setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
         CREATE TABLE practice_session (token TEXT PRIMARY KEY, body TEXT NOT NULL);
         CREATE TABLE practice_job (id TEXT PRIMARY KEY, body TEXT NOT NULL);
         {COUNTERS}"
    ))
}

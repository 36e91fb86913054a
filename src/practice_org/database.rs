//! The org's data file: a table per object, one pen and several readers.
//!
//! Even an org "in memory" lives in a file, a temporary one that goes with it: a million rows then cost disk, not
//! memory. Write-ahead logging lets queries read while a bulk job writes.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use tempfile::TempDir;

use super::failure::Refusal;
use super::schema::{Field, Kind, Object, Schema};
use super::soql::collate;

/// The writing end: one connection, and the counters that ids are made from.
pub(crate) struct Pen {
    /// The only connection that writes.
    pub(crate) conn: Connection,
    /// Next counter per object, and in the last place the one of jobs and cursors.
    pub(crate) counters: Vec<u64>,
}

/// The data file.
pub(crate) struct Database {
    path: PathBuf,
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
            create_tables(&conn, schema)?;
        }
        let counters = read_counters(&conn, schema)?;
        let database = Database {
            path,
            pen: Mutex::new(Pen { conn, counters }),
            readers: Mutex::new(Vec::new()),
            _folder: folder,
        };
        Ok((database, new))
    }

    /// Runs `work` in one transaction; an error undoes all of it.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&mut Pen) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let mut pen = lock(&self.pen);
        if !pen.conn.is_autocommit() {
            // A thread that panicked has left its transaction open.
            pen.conn.execute_batch("ROLLBACK")?;
        }
        pen.conn.execute_batch("BEGIN IMMEDIATE")?;
        let before = pen.counters.clone();
        match work(&mut pen) {
            Ok(answer) => {
                pen.save_counters(&before)?;
                pen.conn.execute_batch("COMMIT")?;
                Ok(answer)
            }
            Err(refusal) => {
                pen.conn.execute_batch("ROLLBACK")?;
                pen.counters = before;
                Err(refusal)
            }
        }
    }

    /// Runs `work` on a reading connection, beside whoever writes.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Refusal>) -> Result<T, Refusal> {
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
    fn save_counters(&mut self, before: &[u64]) -> rusqlite::Result<()> {
        for (place, (next, old)) in self.counters.iter().zip(before).enumerate() {
            if next != old {
                self.conn.execute(
                    "INSERT OR REPLACE INTO practice_counter (place, next) VALUES (?1, ?2)",
                    [place as i64, *next as i64],
                )?;
            }
        }
        Ok(())
    }
}

/// Locks, also after a thread panicked with the lock in hand: what these locks guard is whole after every statement.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn prepare(conn: &Connection) -> rusqlite::Result<()> {
    conn.busy_timeout(std::time::Duration::from_secs(30))?;
    conn.create_collation("sf_ci", collate::compare)?;
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("sf_like", 2, pure, |call| {
        let value: Option<String> = call.get(0)?;
        let pattern: String = call.get(1)?;
        Ok(value.map(|value| collate::like(&value, &pattern)))
    })?;
    conn.create_scalar_function("sf_date_part", 2, pure, |call| {
        let part: String = call.get(0)?;
        super::soql::dates::part(&part, call.get_raw(1))
            .map_err(|error| rusqlite::Error::UserFunctionError(error.into()))
    })?;
    conn.create_scalar_function("sf_holds", 2, pure, |call| {
        let value: Option<String> = call.get(0)?;
        let wanted: String = call.get(1)?;
        Ok(value.is_some_and(|value| collate::holds_all(&value, &wanted)))
    })?;
    Ok(())
}

fn read_counters(conn: &Connection, schema: &Schema) -> rusqlite::Result<Vec<u64>> {
    let mut counters = vec![1; schema.objects.len() + 1];
    let mut statement = conn.prepare("SELECT place, next FROM practice_counter")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (place, next): (i64, i64) = (row.get(0)?, row.get(1)?);
        if let Some(counter) = counters.get_mut(place as usize) {
            *counter = next as u64;
        }
    }
    Ok(counters)
}

fn create_tables(conn: &Connection, schema: &Schema) -> rusqlite::Result<()> {
    conn.execute_batch(
        "BEGIN;
         CREATE TABLE practice_setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
         CREATE TABLE practice_counter (place INTEGER PRIMARY KEY, next INTEGER NOT NULL);
         CREATE TABLE practice_session (token TEXT PRIMARY KEY, body TEXT NOT NULL);
         CREATE TABLE practice_job (id TEXT PRIMARY KEY, body TEXT NOT NULL);",
    )?;
    for object in &schema.objects {
        conn.execute_batch(&table(object))?;
    }
    conn.execute_batch(&format!("{} COMMIT;", name_view(schema)))
}

fn table(object: &Object) -> String {
    let mut sql = format!("CREATE TABLE \"{}\" (", object.name);
    for field in object.fields.iter().filter(|field| field.is_stored()) {
        sql.push_str(&format!("\"{}\" {}, ", field.name, column_type(field)));
    }
    sql.push_str("PRIMARY KEY (\"Id\")) WITHOUT ROWID;");
    let alive = if object.has_bin() { " AND \"IsDeleted\" = 0" } else { "" };
    for field in &object.fields {
        // Audit references and owners are on every row, so an index on them would cost much and find little.
        let key = field.id_lookup && field.kind != Kind::Id;
        let parent = field.kind == Kind::Reference && field.children.is_some();
        if key || parent {
            let scope = if key { alive } else { "" };
            sql.push_str(&format!(
                "CREATE INDEX \"{0}.{1}\" ON \"{0}\" (\"{1}\") WHERE \"{1}\" IS NOT NULL{scope};",
                object.name, field.name
            ));
        }
    }
    sql
}

fn column_type(field: &Field) -> &'static str {
    match field.kind {
        Kind::Id => "TEXT NOT NULL",
        Kind::Reference | Kind::Date | Kind::Time => "TEXT",
        Kind::Boolean => "INTEGER NOT NULL DEFAULT 0",
        Kind::Int | Kind::DateTime => "INTEGER",
        Kind::Currency | Kind::Double | Kind::Percent => "REAL",
        _ => "TEXT COLLATE sf_ci",
    }
}

/// What a polymorphic parent shows: the fields of Salesforce's `Name`, over every object that may be such a parent.
fn name_view(schema: &Schema) -> String {
    let mut arms = Vec::new();
    for object in &schema.objects {
        let column = |name: &str| match object.field(name) {
            Some(field) => format!("\"{}\"", field.name),
            None => "NULL".to_owned(),
        };
        arms.push(format!(
            "SELECT \"Id\", {} AS \"Name\", '{}' AS \"Type\", {} AS \"FirstName\", {} AS \"LastName\", {} AS \"Email\", \
             {} AS \"Phone\", {} AS \"Title\", {} AS \"Username\", {} AS \"Alias\", {} AS \"IsActive\", {} AS \"ProfileId\" FROM \"{}\"",
            column(&object.fields[object.name_field].name),
            object.name,
            column("FirstName"),
            column("LastName"),
            column("Email"),
            column("Phone"),
            column("Title"),
            column("Username"),
            column("Alias"),
            column("IsActive"),
            column("ProfileId"),
            object.name
        ));
    }
    format!("CREATE VIEW practice_name AS {};", arms.join(" UNION ALL "))
}

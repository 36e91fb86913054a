//! SQLite databases: one table or view as rows.
//!
//! A database is opened for reading only, and what it says of itself is not trusted: its views call nothing that could do harm. One
//! statement reads all rows, so that they are those of one moment. Numbers are written with the decimal sign that the file's formats
//! name, as in a workbook; a missing value is a blank; bytes come as base64, as Salesforce takes them. A text that is no UTF-8 is a fault
//! of its row.
//!
//! Writing into a table is `target`'s: what the table is like, and what its columns take, stand in `table` and `cell`; `find` looks
//! up what is there, `write` delivers, `refusal` says why the database refused a row, and `settle` finds out what became of a delivery
//! whose end nobody saw.

mod cell;
mod find;
mod refusal;
mod settle;
#[cfg(test)]
mod story;
mod table;
mod target;
mod write;

pub use table::table_schema;
pub use target::{ROWS_PER_DELIVERY, SqliteTarget, TableSpec};

use super::ahead::{Message, read_ahead};
use super::file::{self, About, FileSettings, Note, columns};
use super::{ConnectError, Source};
use crate::record::{BatchBuilder, Rejection, Schema};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

/// Rows and bytes that a batch does not exceed by more than one row.
const BATCH_ROWS: usize = 4096;
const BATCH_BYTES: usize = 1 << 20;

/// How long a program that writes to the database is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Statements kept ready while a table is written.
const STATEMENTS: usize = 64;

/// What a person can set about a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqliteSettings {
    /// The table or view whose rows are read.
    pub table: String,
}

/// The table that is read unless a person says otherwise: the first one with rows.
pub(crate) fn detect(path: &Path) -> Result<(SqliteSettings, Vec<Note>), ConnectError> {
    let database = open_database(path)?;
    let tables = tables_of(&database, path)?;
    let filled = |table: &&String| {
        let any = format!("SELECT EXISTS (SELECT 1 FROM {})", quoted(table));
        // A view that cannot be read is not the one to begin with.
        database.query_row(&any, [], |row| row.get::<_, bool>(0)).unwrap_or(false)
    };
    let Some(table) = tables.iter().find(filled).or(tables.first()) else {
        return Err(ConnectError::refused(
            format!("{} is a database without a table", path.display()),
            "Choose a database that has one; perhaps the program that fills it keeps its data in another file.",
        ));
    };
    let text = match tables.len() - 1 {
        0 => format!("The table {table} is the only one."),
        1 => format!("The table {table} is read, the first one with rows; there is one other."),
        others => format!("The table {table} is read, the first one with rows; there are {others} others."),
    };
    let certain = tables.len() == 1;
    let note = Note { about: About::Table, text, certain, warning: false, column: None };
    Ok((SqliteSettings { table: table.clone() }, vec![note]))
}

/// The names of the tables, then those of the views, in order.
pub(crate) fn tables(path: &Path) -> Result<Vec<String>, ConnectError> {
    tables_of(&open_database(path)?, path)
}

/// Opens a table, and reads as far as its columns.
pub(crate) fn open(settings: &FileSettings, sqlite: &SqliteSettings) -> Result<Box<dyn Source>, ConnectError> {
    let (path, table, comma) = (settings.path.clone(), sqlite.table.clone(), settings.formats.decimal_comma);
    let broken = |path: &Path| damaged(path, "its structure is broken");
    read_ahead(&settings.path, broken, move |sender| send_rows(&path, &table, comma, sender))
}

fn open_database(path: &Path) -> Result<Connection, ConnectError> {
    let told = |error: rusqlite::Error| refused(path, &error);
    let database =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .map_err(told)?;
    guard(&database, PATIENCE).map_err(told)?;
    Ok(database)
}

/// Trusts nothing that the database says of itself, and waits so long for others.
fn guard(database: &Connection, patience: Duration) -> rusqlite::Result<()> {
    database.busy_timeout(patience)?;
    for (what, on) in [(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true), (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)] {
        database.set_db_config(what, on)?;
    }
    Ok(())
}

/// Opens a database to write into its tables. Nothing is made that is not there.
fn open_to_write(path: &Path, patience: Duration) -> Result<Connection, ConnectError> {
    let open = || {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = Connection::open_with_flags(path, flags)?;
        guard(&database, patience)?;
        // What a table says of other tables holds, and what is said to be written is on the disk.
        database.execute_batch("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL")?;
        database.set_prepared_statement_cache_capacity(STATEMENTS);
        database.is_readonly(MAIN_DB).map(|only| (database, only))
    };
    match open() {
        Ok((_, true)) => Err(read_only(path)),
        Ok((database, false)) => Ok(database),
        Err(error) => Err(unwritten(path, "", &error)),
    }
}

fn tables_of(database: &Connection, path: &Path) -> Result<Vec<String>, ConnectError> {
    let list = || {
        let mut query = database.prepare(
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             ORDER BY type, name COLLATE NOCASE",
        )?;
        let names = query.query_map([], |row| row.get(0))?;
        names.collect::<rusqlite::Result<Vec<String>>>()
    };
    list().map_err(|error| refused(path, &error))
}

fn send_rows(path: &Path, table: &str, comma: bool, sender: &SyncSender<Message>) -> Result<(), ConnectError> {
    let database = open_database(path)?;
    let tables = tables_of(&database, path)?;
    // The name goes into the statement, so it must be one of the file's own.
    let Some(table) = tables.iter().find(|known| *known == table) else {
        return Err(ConnectError::refused(
            format!("{} has no table {table}", path.display()),
            format!("It has: {}. Choose one of them.", tables.join(", ")),
        ));
    };
    let told = |error: rusqlite::Error| refused(path, &error);
    let mut query = database.prepare(&format!("SELECT * FROM {}", quoted(table))).map_err(told)?;
    let names: Vec<String> = query.column_names().map(str::to_owned).collect();
    let width = names.len();
    let place = format!("{}, table {table}", path.display());
    let schema = Schema { name: file::name(path), fields: columns(names, &place)?, ..Schema::default() };
    if sender.send(Message::Schema(schema.clone())).is_err() {
        return Ok(());
    }
    let mut rows = query.query([]).map_err(told)?;
    let (mut number, mut text) = (0, String::new());
    let mut batch = BatchBuilder::new(1, width);
    while let Some(row) = rows.next().map_err(told)? {
        number += 1;
        let mut fault = None;
        for (index, field) in schema.fields.iter().enumerate() {
            text.clear();
            if !show(row.get_ref(index).map_err(told)?, comma, &mut text) {
                let message = format!(
                    "{}, table {table}, row {number}: {} holds bytes that are no text",
                    schema.name, field.name
                );
                let hint = "Store it as UTF-8 text or as a BLOB.";
                fault.get_or_insert_with(|| Rejection::new("not_text", message).column(field.name.clone()).hint(hint));
            }
            batch.cell(&text);
        }
        batch.end_row(number, fault);
        if batch.len() >= BATCH_ROWS || batch.bytes() >= BATCH_BYTES {
            let full = std::mem::replace(&mut batch, BatchBuilder::new(number + 1, width));
            if sender.send(Message::Batch(full.finish())).is_err() {
                return Ok(());
            }
        }
    }
    if !batch.is_empty() {
        // Whoever does not listen any more does not need the rest.
        let _gone = sender.send(Message::Batch(batch.finish())).is_err();
    }
    Ok(())
}

/// Writes a value into an empty text; `false` when it is none.
fn show(value: ValueRef<'_>, comma: bool, text: &mut String) -> bool {
    let _infallible = match value {
        ValueRef::Null => Ok(()),
        ValueRef::Integer(number) => write!(text, "{number}"),
        ValueRef::Real(number) => write!(text, "{number}"),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(plain) => {
                text.push_str(plain);
                Ok(())
            }
            Err(_) => return false,
        },
        ValueRef::Blob(bytes) => {
            STANDARD.encode_string(bytes, text);
            Ok(())
        }
    }
    .is_ok();
    if comma && matches!(value, ValueRef::Real(_)) {
        *text = text.replace('.', ",");
    }
    true
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn refused(path: &Path, error: &rusqlite::Error) -> ConnectError {
    let shown = path.display();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => ConnectError::refused(
            format!("{shown} is no database that can be read: it is damaged or encrypted"),
            "Export the table as CSV with the program that made it.",
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ConnectError::refused(
            format!("{shown} is being written to by another program, for more than {} seconds", PATIENCE.as_secs()),
            "Wait until it is done, or copy the file and read the copy.",
        ),
        Some(ErrorCode::CannotOpen) => ConnectError::refused(
            format!("{shown} cannot be opened: {error}"),
            "See whether it is there, and whether you may read it and its folder.",
        ),
        _ => damaged(path, &error.to_string()),
    }
}

fn damaged(path: &Path, what: &str) -> ConnectError {
    ConnectError::refused(
        format!("{} cannot be read: {what}", path.display()),
        "Open it with the program that made it, and export the table as CSV.",
    )
}

/// Why a table could not be written or looked at for writing; of what concerns one row alone `refusal` speaks.
fn unwritten(path: &Path, table: &str, error: &rusqlite::Error) -> ConnectError {
    let shown = path.display();
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            ConnectError::Busy { message: format!("{shown} is being written to by another program"), after: None }
        }
        Some(ErrorCode::ReadOnly) => read_only(path),
        Some(ErrorCode::DiskFull) => ConnectError::refused(
            format!("{shown} cannot grow: its disk is full, or it has reached the size that it may have"),
            "Free some space on the disk, then continue the run.",
        ),
        Some(ErrorCode::NotADatabase) => ConnectError::refused(
            format!("{shown} is no database that can be written: it is damaged or encrypted"),
            "Choose another file, or restore it from a copy.",
        ),
        Some(ErrorCode::DatabaseCorrupt) => ConnectError::refused(
            format!("{shown} is damaged: {text}"),
            "Restore it from a copy, or mend it with the program that made it.",
        ),
        Some(ErrorCode::CannotOpen) => ConnectError::refused(
            format!("{shown} cannot be opened: {text}"),
            "See whether it is there, and whether you may write it and its folder.",
        ),
        _ if text.contains("no such table")
            || text.contains("no such column")
            || text.contains("has no column named") =>
        {
            ConnectError::refused(
                format!("{shown} is not what it was when the integration was made: {text}"),
                "Look at the step's table and columns, and check the integration.",
            )
        }
        _ if table.is_empty() => ConnectError::refused(
            format!("{shown} cannot be used: {text}"),
            "Open it with the program that made it, and see whether it works there.",
        ),
        _ => ConnectError::refused(
            format!("the table {table} in {shown} cannot be written: {text}"),
            "Open the database with the program that made it, and see whether it works there.",
        ),
    }
}

fn read_only(path: &Path) -> ConnectError {
    ConnectError::refused(
        format!("{} may not be written: the file or its folder is read-only", path.display()),
        "Give yourself the right to write it, or choose a copy.",
    )
}

#[cfg(test)]
mod tests;

//! Corrections of rows that did not get through, laid over the stored source rows when these are read for a retry. The rows
//! themselves stay as they were read. Each change can be taken back and made again.

use super::{RunId, Store, StoreError};
use crate::record::RowNumber;
use rusqlite::OptionalExtension as _;

/// A corrected cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The step.
    pub step: usize,
    /// The row.
    pub row: RowNumber,
    /// The column, counted from 0. The place behind the last column holds the record that a person chose for the row.
    pub column: usize,
    /// What the cell holds now.
    pub value: String,
}

/// Corrections made at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditChange {
    /// Its number.
    pub id: i64,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What was done, in words.
    pub what: String,
    /// How many rows it touched.
    pub rows: u64,
    /// Whether it was taken back.
    pub undone: bool,
}

impl Store {
    /// Makes a change. What was taken back before cannot be made again after it.
    pub fn save_edits(
        &self,
        run: RunId,
        at: i64,
        what: &str,
        edits: &mut dyn Iterator<Item = Edit>,
    ) -> Result<u64, StoreError> {
        self.write(|db| {
            let change = begin_change(db, run, at, what)?;
            let mut insert = db.prepare_cached(
                "INSERT OR REPLACE INTO edit (run, step, row, col, change, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            let (mut rows, mut last) = (0, None);
            for edit in edits {
                insert.execute((run.0, edit.step as i64, edit.row as i64, edit.column as i64, change, &edit.value))?;
                if last != Some((edit.step, edit.row)) {
                    last = Some((edit.step, edit.row));
                    rows += 1;
                }
            }
            db.execute("UPDATE edit_change SET rows = ?2 WHERE id = ?1", (change, rows as i64))?;
            Ok(rows)
        })
    }

    /// Takes rows of the queue out of it: a person leaves them as they are, for the reason given.
    pub fn leave_as_is(
        &self,
        run: RunId,
        at: i64,
        reason: &str,
        rows: &mut dyn Iterator<Item = (usize, RowNumber)>,
    ) -> Result<u64, StoreError> {
        self.write(|db| {
            let change = begin_change(db, run, at, reason)?;
            let mut insert = db
                .prepare_cached("INSERT OR REPLACE INTO left_as_is (run, step, row, change) VALUES (?1, ?2, ?3, ?4)")?;
            let mut count = 0;
            for (step, row) in rows {
                insert.execute((run.0, step as i64, row as i64, change))?;
                count += 1;
            }
            db.execute("UPDATE edit_change SET rows = ?2 WHERE id = ?1", (change, count as i64))?;
            Ok(count)
        })
    }

    /// Corrected cells of the rows from `from` to `to`, both included, in the order of rows and columns; of each cell the last
    /// correction.
    pub fn edits_between(
        &self,
        run: RunId,
        step: usize,
        from: RowNumber,
        to: RowNumber,
    ) -> Result<Vec<Edit>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare_cached(
                "SELECT e.row, e.col, e.value FROM edit e JOIN edit_change c ON c.id = e.change AND NOT c.undone \
                 WHERE e.run = ?1 AND e.step = ?2 AND e.row BETWEEN ?3 AND ?4 ORDER BY e.row, e.col, e.change",
            )?;
            let rows = query.query_map((run.0, step as i64, from as i64, to as i64), |row| {
                Ok(Edit {
                    step,
                    row: row.get::<_, i64>(0)? as u64,
                    column: row.get::<_, i64>(1)? as usize,
                    value: row.get(2)?,
                })
            })?;
            let mut edits: Vec<Edit> = Vec::new();
            for edit in rows {
                let edit = edit?;
                match edits.last_mut() {
                    Some(last) if last.row == edit.row && last.column == edit.column => *last = edit,
                    _ => edits.push(edit),
                }
            }
            Ok(edits)
        };
        self.sql(list())
    }

    /// What was changed in the queue of a run, the oldest first.
    pub fn edit_changes(&self, run: RunId) -> Result<Vec<EditChange>, StoreError> {
        let list = || {
            let mut query = self
                .connection
                .prepare("SELECT id, at, what, rows, undone FROM edit_change WHERE run = ?1 ORDER BY id")?;
            query.query_map([run.0], read_change)?.collect()
        };
        self.sql(list())
    }

    /// Takes the last change back, or with `again` makes the last one that was taken back again. What it was, if there was one.
    pub fn undo_edit(&self, run: RunId, again: bool) -> Result<Option<EditChange>, StoreError> {
        self.write(|db| {
            let order = if again { "ASC" } else { "DESC" };
            let query = format!(
                "SELECT id, at, what, rows, undone FROM edit_change WHERE run = ?1 AND undone = ?2 ORDER BY id {order} LIMIT 1"
            );
            let found = db.query_row(&query, (run.0, again), read_change).optional()?;
            if let Some(change) = &found {
                db.execute("UPDATE edit_change SET undone = ?2 WHERE id = ?1", (change.id, !again))?;
            }
            Ok(found)
        })
    }
}

fn begin_change(db: &rusqlite::Connection, run: RunId, at: i64, what: &str) -> rusqlite::Result<i64> {
    db.execute("DELETE FROM edit_change WHERE run = ?1 AND undone", [run.0])?;
    db.execute("INSERT INTO edit_change (run, at, what, rows, undone) VALUES (?1, ?2, ?3, 0, 0)", (run.0, at, what))?;
    Ok(db.last_insert_rowid())
}

fn read_change(row: &rusqlite::Row<'_>) -> rusqlite::Result<EditChange> {
    Ok(EditChange {
        id: row.get(0)?,
        at: row.get(1)?,
        what: row.get(2)?,
        rows: row.get::<_, i64>(3)? as u64,
        undone: row.get(4)?,
    })
}

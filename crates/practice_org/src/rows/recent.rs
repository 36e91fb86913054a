//! What a user has looked at lately.

use rusqlite::{Connection, params};

use super::Desk;
use crate::failure::{Failure, Refusal};
use crate::schema::Object;
use crate::time;

/// Rows that are remembered for a user.
const MOST_KEPT: usize = 200;

impl Desk<'_> {
    /// Remembers that the user looked at a row. That is no change of the row, although two of its fields tell it.
    pub(crate) fn look_at(&mut self, object: &Object, id: &str) -> Result<(), Failure> {
        let at = time::now_exact();
        let sql = "INSERT OR REPLACE INTO practice_recent (user, id, at) VALUES (?1, ?2, ?3)";
        self.conn.execute(sql, params![self.user, id, at])?;
        let sql = "DELETE FROM practice_recent WHERE user = ?1 AND id NOT IN
            (SELECT id FROM practice_recent WHERE user = ?1 ORDER BY at DESC, id LIMIT ?2)";
        self.conn.execute(sql, params![self.user, MOST_KEPT as i64])?;
        for name in ["LastViewedDate", "LastReferencedDate"] {
            if object.find(name).is_some() {
                let sql = format!("UPDATE \"{}\" SET \"{name}\" = ?1 WHERE \"Id\" = ?2", object.name);
                self.conn.execute(&sql, params![self.now, id])?;
            }
        }
        Ok(())
    }
}

/// Ids of the rows that a user looked at, the latest first.
pub(crate) fn ids(conn: &Connection, user: &str) -> Result<Vec<String>, Refusal> {
    let mut statement = conn.prepare_cached("SELECT id FROM practice_recent WHERE user = ?1 ORDER BY at DESC, id")?;
    let rows = statement.query_map([user], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

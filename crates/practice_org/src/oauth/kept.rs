//! What the data file keeps about signing in, beside the sessions. When a copy of the org is brought back, it stays as it
//! is: clients hold these keys, and the copy may be older than they are.

use rusqlite::Connection;

use super::{apps, key};
use crate::failure::Refusal;

/// Names of the settings: both key pairs, the apps, and the tokens that the org itself tells.
const NAMES: [&str; 5] = [key::APP, key::ORG, apps::SETTING, "refresh_token", "access_token"];

/// The settings as they are.
pub(crate) fn rows(conn: &Connection) -> Result<Vec<(String, String)>, Refusal> {
    let mut statement = conn.prepare("SELECT name, value FROM practice_setting")?;
    let all = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let all: Vec<(String, String)> = all.collect::<rusqlite::Result<_>>()?;
    Ok(all.into_iter().filter(|(name, _)| NAMES.contains(&name.as_str())).collect())
}

/// Puts them in the place of whatever is there.
pub(crate) fn replace(conn: &Connection, rows: &[(String, String)]) -> Result<(), Refusal> {
    for name in NAMES {
        conn.execute("DELETE FROM practice_setting WHERE name = ?1", [name])?;
    }
    for (name, value) in rows {
        conn.execute("INSERT INTO practice_setting (name, value) VALUES (?1, ?2)", [name, value])?;
    }
    Ok(())
}

//! The rows without which there is no org, and a small invented market.

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::planter::Planter;
use crate::failure::Failure;
use crate::ids;

/// The practice user's name.
pub(crate) const USERNAME: &str = "admin@practice.linkspan.example";

const ROWS: &str = include_str!("small.json");

/// Rows of one object.
#[derive(Deserialize)]
struct Table {
    object: String,
    /// Part of every org.
    #[serde(default)]
    always: bool,
    rows: Vec<Map<String, Json>>,
}

/// The org's id.
pub(crate) fn org_id() -> String {
    ids::make("00D", 1)
}

/// The practice user's id.
pub(crate) fn user_id() -> String {
    ids::make("005", 1)
}

/// Plants what every org has, and the small market too if it is wanted.
pub(super) fn plant(planter: &mut Planter<'_>, market: bool) -> Result<(), Failure> {
    let tables: Vec<Table> = serde_json::from_str(ROWS).expect("small.json is checked by the tests");
    for table in tables.iter().filter(|table| table.always || market) {
        for row in &table.rows {
            planter.row(&table.object, row)?;
        }
    }
    Ok(())
}

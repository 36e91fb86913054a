//! What a new org holds: first the rows without which there is no org, then an invented little market.
//!
//! Ids are given out in order, so that the same row has the same id in every demo org.

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::Seed;
use super::database::Database;
use super::failure::{Failure, Refusal};
use super::ids;
use super::rows::Desk;
use super::rows::given::Given;
use super::rows::value;
use super::schema::{Kind, Schema};

/// The practice user's name.
pub(crate) const USERNAME: &str = "admin@practice.linkspan.example";

const ROWS: &str = include_str!("seed.json");

/// Rows of one object.
#[derive(Deserialize)]
struct Table {
    object: String,
    /// Part of every org, not only of a demo.
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

/// Plants the rows. A value such as `@Account.3` is the id of the third account planted.
pub(crate) fn plant(schema: &Schema, database: &Database, seed: Seed) -> Result<(), Refusal> {
    let tables: Vec<Table> = serde_json::from_str(ROWS).expect("seed.json is checked by the tests");
    let user = user_id();
    database.write(|pen| {
        let mut desk = Desk::trusted(schema, pen, &user);
        for table in tables.iter().filter(|table| table.always || seed == Seed::Demo) {
            let object = schema
                .object(&table.object)
                .ok_or_else(|| Failure::new("INVALID_TYPE", format!("seed.json names {}", table.object)))?;
            for row in &table.rows {
                let mut given = Given::default();
                for (name, cell) in row {
                    let place = object.find(name).ok_or_else(|| {
                        Failure::new("INVALID_FIELD", format!("seed.json names {}.{name}", object.name))
                    })?;
                    let field = &object.fields[place];
                    let cell = match (field.kind, cell.as_str().and_then(|text| text.strip_prefix('@'))) {
                        (Kind::Reference, Some(target)) => Json::String(planted(schema, target)),
                        _ => cell.clone(),
                    };
                    given.set(place, value::from_json(field, &cell)?);
                }
                desk.create(object, &mut given)?;
            }
        }
        Ok(())
    })
}

fn planted(schema: &Schema, target: &str) -> String {
    let (object, number) = target.split_once('.').unwrap_or((target, "1"));
    let prefix = schema.object(object).map_or("000", |object| &object.prefix);
    ids::make(prefix, number.parse().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_can_be_planted() {
        for seed in [Seed::Demo, Seed::Empty] {
            let schema = Schema::standard();
            let (database, _) = Database::open(None, &schema).unwrap();
            plant(&schema, &database, seed).unwrap();
        }
    }
}

//! Worlds: what an org holds when it starts, and going back to it.
//!
//! - `planter`: rows from names and values, under the rules that hold for everybody
//! - `fixed`: the rows without which there is no org, and a small invented market
//! - `demo`, `words`: a believable company's five hundred customers
//! - `northwind`: the trader whose ERP everybody knows, as it looks once it has been loaded
//! - `large`: as many rows of chosen objects as wanted
//! - `keep`: reset, snapshots
//!
//! Ids are given out in order and chance comes from fixed seeds, so that the same row has the same id in every org of a
//! world.

mod demo;
mod fixed;
pub(crate) mod keep;
mod large;
mod northwind;
mod planter;
mod words;

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub(crate) use self::fixed::{USERNAME, org_id, user_id};
use self::planter::Planter;
use super::database::Database;
use super::failure::Refusal;
use super::schema::Schema;

/// What a new org holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seed {
    /// Organization, users, profiles and the standard price book, without which there is no org; nothing else.
    Empty,
    /// A dozen invented companies with people, deals, products and prices.
    Small,
    /// Five hundred invented companies with two years of people, deals, cases, tasks and orders.
    #[default]
    Demo,
    /// Northwind's customers, products, prices and orders, as they are once its ERP has been loaded.
    Northwind,
    /// So many generated rows of these objects, by API name.
    Large(BTreeMap<String, u64>),
}

/// Most rows that a world is generated with.
const MOST_ROWS: u64 = 20_000_000;

/// Why a seed cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no world {0:?}: use empty, small, demo, northwind, or large:Account=100000,Contact=20000")]
pub struct UnknownSeed(String);

impl FromStr for Seed {
    type Err = UnknownSeed;

    fn from_str(text: &str) -> Result<Seed, UnknownSeed> {
        let unknown = || UnknownSeed(text.to_owned());
        Ok(match text {
            "empty" => Seed::Empty,
            "small" => Seed::Small,
            "demo" => Seed::Demo,
            "northwind" => Seed::Northwind,
            _ => {
                let list = text.strip_prefix("large:").ok_or_else(unknown)?;
                let mut counts = BTreeMap::new();
                for part in list.split(',') {
                    let (object, count) = part.split_once('=').ok_or_else(unknown)?;
                    counts.insert(object.trim().to_owned(), count.trim().parse().map_err(|_| unknown())?);
                }
                if counts.values().fold(0u64, |sum, count| sum.saturating_add(*count)) > MOST_ROWS {
                    return Err(unknown());
                }
                Seed::Large(counts)
            }
        })
    }
}

/// Refuses a world that cannot be planted, before anything is removed for it.
pub(crate) fn check(schema: &Schema, seed: &Seed) -> Result<(), Refusal> {
    let Seed::Large(counts) = seed else {
        return Ok(());
    };
    if counts.values().fold(0u64, |sum, count| sum.saturating_add(*count)) > MOST_ROWS {
        return Err(Refusal::new(400, "INVALID_SEED", format!("a world has at most {MOST_ROWS} rows")));
    }
    for name in counts.keys() {
        let object = schema.object(name).filter(|object| object.is_stored() && !object.is_definition());
        if object.is_none() {
            return Err(Refusal::new(400, "INVALID_TYPE", format!("rows of '{name}' cannot be made here")));
        }
    }
    Ok(())
}

/// Plants a world into an org without rows, but for the many rows of a large one.
pub(crate) fn plant(schema: &Schema, database: &Database, seed: &Seed) -> Result<(), Refusal> {
    let user = user_id();
    database.write(|pen| {
        let mut planter = Planter::new(schema, pen, &user);
        fixed::plant(&mut planter, matches!(seed, Seed::Small | Seed::Demo))?;
        match seed {
            Seed::Demo => demo::plant(&mut planter)?,
            Seed::Northwind => northwind::plant(&mut planter)?,
            _ => {}
        }
        Ok(())
    })
}

/// Plants the many rows of a large world; no transaction holds all of them.
pub(crate) fn plant_many(schema: &Schema, database: &Database, seed: &Seed) -> Result<(), Refusal> {
    match seed {
        Seed::Large(counts) => large::plant(schema, database, counts),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_world_can_be_planted() {
        let large = "large:Account=250,Contact=300,Opportunity=50,Lead=20,Case=20,Task=20,Product2=5,Campaign=2,User=3";
        for (seed, object, rows) in [
            ("empty", "Account", 0),
            ("empty", "User", 4),
            ("small", "Account", 12),
            ("demo", "Account", 500),
            ("northwind", "Account", 94),
            ("northwind", "OrderItem", 2155),
            (large, "Contact", 300),
        ] {
            let schema = Schema::standard();
            let (database, _) = Database::open(None, &schema).unwrap();
            let world = seed.parse().unwrap();
            plant(&schema, &database, &world).and_then(|()| plant_many(&schema, &database, &world)).unwrap();
            let count: i64 = database
                .read(|conn| Ok(conn.query_row(&format!("SELECT count(*) FROM \"{object}\""), [], |row| row.get(0))?))
                .unwrap();
            assert_eq!(count, rows, "{seed}: {object}");
        }
    }

    #[test]
    fn a_world_is_told_in_words() {
        for (text, known) in [("demo", true), ("large:Account=5", true), ("large:", false), ("Demo", false)] {
            assert_eq!(text.parse::<Seed>().is_ok(), known, "{text}");
        }
        assert!("large:Account=99999999999999999999".parse::<Seed>().is_err());
        assert!("large:Account=18446744073709551615,Lead=5".parse::<Seed>().is_err());
    }
}

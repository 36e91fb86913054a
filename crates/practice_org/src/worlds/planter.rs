//! Rows for a new org, from names and values, under the rules that hold for everybody.

use serde_json::{Map, Value as Json};

use crate::database::Pen;
use crate::failure::Failure;
use crate::ids;
use crate::rows::Desk;
use crate::rows::given::Given;
use crate::rows::value;
use crate::schema::{Kind, Schema};

/// Plants rows during one transaction, with the right to write what no user may.
pub(super) struct Planter<'c> {
    desk: Desk<'c>,
}

impl<'c> Planter<'c> {
    /// Rows are `user`'s.
    pub(super) fn new(schema: &'c Schema, pen: &'c mut Pen, user: &'c str) -> Self {
        Planter { desk: Desk::trusted(schema, pen, user) }
    }

    /// When this happens.
    pub(super) fn now(&self) -> i64 {
        self.desk.now
    }

    /// Creates a row and tells its id. A reference such as `@Account.3` is to the third account planted.
    pub(super) fn row(&mut self, object: &str, cells: &Map<String, Json>) -> Result<String, Failure> {
        let schema = self.desk.schema;
        let object = schema
            .object(object)
            .ok_or_else(|| Failure::new("INVALID_TYPE", format!("sObject type '{object}' is not supported.")))?;
        let mut given = Given::default();
        for (name, cell) in cells {
            let place = object.find_any(name).ok_or_else(|| {
                Failure::new("INVALID_FIELD", format!("No such column '{name}' on sobject of type {}", object.name))
            })?;
            let field = &object.fields[place];
            let cell = match (field.kind, cell.as_str().and_then(|text| text.strip_prefix('@'))) {
                (Kind::Reference, Some(target)) => Json::String(planted(schema, target)),
                _ => cell.clone(),
            };
            match value::from_json(field, &cell) {
                Ok(cell) => given.set(place, cell),
                // Where people have their own fields, a world fills what it can.
                Err(_) if schema.own => {}
                Err(failure) => return Err(failure),
            }
        }
        self.desk.create(object, &mut given)
    }
}

/// The id of the row with this number in the order of planting.
fn planted(schema: &Schema, target: &str) -> String {
    let (object, number) = target.split_once('.').unwrap_or((target, "1"));
    let prefix = schema.object(object).map_or("000", |object| &object.prefix);
    ids::make(prefix, number.parse().unwrap_or_default())
}

/// Cells of a row, `null` left out.
macro_rules! cells {
    ($($name:literal : $value:expr),* $(,)?) => {{
        let mut cells = serde_json::Map::new();
        $(
            let value = serde_json::json!($value);
            if !value.is_null() {
                cells.insert($name.to_owned(), value);
            }
        )*
        cells
    }};
}
pub(super) use cells;

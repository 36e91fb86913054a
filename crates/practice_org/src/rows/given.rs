//! What was given for one row, and how it is read from JSON.

use serde_json::{Map, Value as Json};

use super::Desk;
use super::value::{self, Cell};
use crate::failure::Failure;
use crate::schema::{Field, Kind, Object, Schema};

/// The cells of one row that are being written, by field index.
#[derive(Debug, Default, Clone)]
pub(crate) struct Given {
    cells: Vec<(u16, Cell)>,
}

impl Given {
    /// The cell given for a field.
    pub(crate) fn get(&self, place: usize) -> Option<&Cell> {
        self.cells.iter().find(|(known, _)| usize::from(*known) == place).map(|(_, cell)| cell)
    }

    /// Gives a cell, in place of one given before.
    pub(crate) fn set(&mut self, place: usize, cell: Cell) {
        match self.cells.iter_mut().find(|(known, _)| usize::from(*known) == place) {
            Some((_, known)) => *known = cell,
            None => self.cells.push((place as u16, cell)),
        }
    }

    /// Gives a cell where none has been given.
    pub(crate) fn set_missing(&mut self, place: usize, cell: impl FnOnce() -> Cell) {
        if self.get(place).is_none() {
            self.cells.push((place as u16, cell()));
        }
    }

    /// Takes a cell out.
    pub(crate) fn take(&mut self, place: usize) -> Option<Cell> {
        let at = self.cells.iter().position(|(known, _)| usize::from(*known) == place)?;
        Some(self.cells.remove(at).1)
    }

    /// Not given, or given as nothing.
    pub(crate) fn is_blank(&self, place: usize) -> bool {
        self.get(place).is_none_or(|cell| *cell == Cell::Null)
    }

    /// All cells, in the order in which they were given.
    pub(crate) fn cells(&self) -> &[(u16, Cell)] {
        &self.cells
    }

    /// The field indexes alone.
    pub(crate) fn places(&self) -> Vec<u16> {
        self.cells.iter().map(|(place, _)| *place).collect()
    }

    /// Forgets everything but keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.cells.clear();
    }
}

/// Reads a record's JSON. `attributes` and the names in `apart` (the id, the key of an upsert) are left out.
pub(crate) fn from_json(
    desk: &mut Desk<'_>,
    object: &Object,
    record: &Map<String, Json>,
    apart: &[&str],
) -> Result<Given, Failure> {
    let mut given = Given::default();
    for (name, value) in record {
        if name == "attributes" || apart.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            continue;
        }
        if let Some(place) = object.find(name) {
            let field = &object.fields[place];
            if field.kind == Kind::Id {
                return Err(Failure::of(
                    "INVALID_FIELD",
                    "Id",
                    "The Id field should not be specified in the sobject data.",
                ));
            }
            if field.kind.is_compound() {
                return Err(locked(&field.name));
            }
            given.set(place, value::from_json(field, value)?);
        } else if let Some(place) = object.relationship(name) {
            let cell = match value {
                Json::Null => Cell::Null,
                Json::Object(parent) => Cell::Text(parent_id(desk, object, place, parent)?),
                _ => return Err(no_column(name, object)),
            };
            given.set(place, cell);
        } else {
            return Err(no_column(name, object));
        }
    }
    Ok(given)
}

/// `"Account": {"ERP_Id__c": "A-1"}` instead of `AccountId`.
fn parent_id(
    desk: &mut Desk<'_>,
    object: &Object,
    place: usize,
    parent: &Map<String, Json>,
) -> Result<String, Failure> {
    let schema = desk.schema;
    let field = &object.fields[place];
    let named = parent.get("attributes").and_then(|attributes| attributes.get("type")).and_then(Json::as_str);
    let target = target_of(schema, object, field, named)?;
    let mut keys = parent.iter().filter(|(name, _)| *name != "attributes");
    let (Some((key, value)), None) = (keys.next(), keys.next()) else {
        return Err(Failure::new(
            "INVALID_FIELD",
            "Nested object for polymorphic foreign key must have an attributes field before any other fields.",
        ));
    };
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Null => return Err(no_foreign_key("", key, target)),
        other => other.to_string(),
    };
    foreign_key(desk, target, key, &text)
}

/// The object that a nested parent is looked for in.
pub(crate) fn target_of<'s>(
    schema: &'s Schema,
    object: &Object,
    field: &Field,
    named: Option<&str>,
) -> Result<&'s Object, Failure> {
    let relationship = field.relationship.as_deref().unwrap_or(&field.name);
    let name = match (named, field.to.as_slice()) {
        (Some(named), targets) if targets.iter().any(|target| target.eq_ignore_ascii_case(named)) => named,
        (Some(_), _) | (None, []) => return Err(no_column(relationship, object)),
        (None, [only]) => only,
        (None, _) => {
            return Err(Failure::new(
                "INVALID_FIELD",
                "Nested object for polymorphic foreign key must have an attributes field before any other fields.",
            ));
        }
    };
    schema.object(name).ok_or_else(|| no_column(relationship, object))
}

/// The id of the one living row of `target` whose `key` is `text`.
pub(crate) fn foreign_key(desk: &mut Desk<'_>, target: &Object, key: &str, text: &str) -> Result<String, Failure> {
    let place = target.find(key).filter(|place| target.fields[*place].id_lookup).ok_or_else(|| {
        Failure::new("INVALID_FIELD", format!("{key} is not an External ID or indexed field for {}", target.name))
    })?;
    let field = &target.fields[place];
    let cell = value::from_csv(field, text)?;
    let found = desk.find(target, place, &cell)?;
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(no_foreign_key(text, &field.name, target)),
        _ => Err(Failure::new(
            "INVALID_FIELD",
            format!("Foreign key external ID: {text} is not unique for field {} in entity {}", field.name, target.name),
        )),
    }
}

fn no_foreign_key(text: &str, key: &str, target: &Object) -> Failure {
    Failure::new(
        "INVALID_FIELD",
        format!("Foreign key external ID: {text} not found for field {key} in entity {}", target.name),
    )
}

/// The failure for a name that is no field here, or none that the user may see.
pub(crate) fn no_column(name: &str, object: &Object) -> Failure {
    Failure::new("INVALID_FIELD", format!("No such column '{name}' on sobject of type {}", object.name))
}

fn locked(name: &str) -> Failure {
    Failure::of(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        name,
        format!(
            "Unable to create/update fields: {name}. Please check the security settings of this field and verify that it is \
             read/write for your profile or permission set."
        ),
    )
}

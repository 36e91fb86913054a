//! Where the fields of an object lie that every write touches, looked up once a transaction instead of once a row.

use super::value::{self, Cell};
use crate::failure::Failure;
use crate::schema::{Kind, Object};

/// A field that a new row gets a value for.
#[derive(Debug)]
pub(super) struct Default {
    /// The field.
    pub(super) place: usize,
    /// Its value.
    pub(super) cell: Cell,
    /// Whether it also takes the place of nothing, given on purpose.
    pub(super) replaces_null: bool,
}

/// The places of one object.
#[derive(Debug)]
pub(super) struct Places {
    /// `Id`.
    pub(super) id: usize,
    /// `OwnerId`.
    pub(super) owner: Option<usize>,
    /// When a row was created, changed and stamped.
    pub(super) created_dates: Vec<usize>,
    /// Who created and changed it.
    pub(super) created_users: Vec<usize>,
    /// What new rows get.
    pub(super) defaults: Vec<Default>,
    /// What new rows get numbers in.
    pub(super) numbered: Vec<usize>,
    /// What new rows must have.
    pub(super) required: Vec<usize>,
}

impl Places {
    pub(super) fn of(object: &Object) -> Result<Self, Failure> {
        let all = |names: &[&str]| names.iter().filter_map(|name| object.find(name)).collect();
        let mut defaults = Vec::new();
        for (place, field) in object.fields.iter().enumerate() {
            if let Some(default) = &field.default {
                let replaces_null = field.kind != Kind::Reference && field.required;
                defaults.push(Default { place, cell: value::from_csv(field, default)?, replaces_null });
            }
        }
        Ok(Places {
            id: object.place("Id"),
            owner: object.find("OwnerId"),
            created_dates: all(&["CreatedDate", "LastModifiedDate", "SystemModstamp"]),
            created_users: all(&["CreatedById", "LastModifiedById"]),
            defaults,
            numbered: (0..object.fields.len()).filter(|place| object.fields[*place].auto_number.is_some()).collect(),
            required: (0..object.fields.len()).filter(|place| object.fields[*place].required).collect(),
        })
    }
}

//! What a row must keep to before it is written, whatever object it is of.

use std::sync::atomic::Ordering;

use super::given::Given;
use super::value::Cell;
use super::{Desk, Standing};
use crate::failure::Failure;
use crate::schema::{Kind, Object};

impl Desk<'_> {
    /// Refuses a row that somebody else holds, or that points to one now or after the change.
    pub(super) fn check_held(&mut self, object: &Object, id: Option<&str>, given: &Given) -> Result<(), Failure> {
        if self.held.ids.is_empty() {
            return Ok(());
        }
        let held = self.held;
        let is_held = |id: &str| held.ids.iter().any(|known| known == id);
        let parents: Vec<usize> =
            (0..object.fields.len()).filter(|place| object.fields[*place].kind == Kind::Reference).collect();
        let mut met = id.is_some_and(is_held)
            || parents.iter().any(|place| given.get(*place).and_then(Cell::as_text).is_some_and(is_held));
        if let (false, Some(id)) = (met, id) {
            let stored = self.read(object, id, &parents)?.unwrap_or_default();
            met = stored.iter().any(|cell| cell.as_text().is_some_and(is_held));
        }
        if met {
            held.hits.fetch_add(1, Ordering::Relaxed);
            return Err(Failure::new("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record"));
        }
        Ok(())
    }

    pub(super) fn check_writable(&self, object: &Object, given: &Given, creating: bool) -> Result<(), Failure> {
        if self.trusted {
            return Ok(());
        }
        let may = |place: usize| {
            let field = &object.fields[place];
            if creating { field.createable } else { field.updateable }
        };
        let locked: Vec<&str> = given
            .cells()
            .iter()
            .map(|(place, _)| usize::from(*place))
            .filter(|place| !may(*place))
            .map(|place| object.fields[place].name.as_str())
            .collect();
        if locked.is_empty() {
            return Ok(());
        }
        let message = format!(
            "Unable to create/update fields: {}. Please check the security settings of this field and verify that it is \
             read/write for your profile or permission set.",
            locked.join(", ")
        );
        Err(Failure {
            fields: locked.into_iter().map(str::to_owned).collect(),
            ..Failure::new("INVALID_FIELD_FOR_INSERT_UPDATE", message)
        })
    }

    pub(super) fn check_references(&mut self, object: &Object, given: &Given) -> Result<(), Failure> {
        let schema = self.schema;
        for (place, cell) in given.cells() {
            let field = &object.fields[usize::from(*place)];
            let (Kind::Reference, Cell::Text(id)) = (field.kind, cell) else {
                continue;
            };
            let target = schema.object_of(id).filter(|target| field.to.contains(&target.name));
            let Some(target) = target else {
                let known = schema.object_of(id).is_some() || field.to.iter().all(|name| schema.object(name).is_some());
                if !known {
                    return Err(Failure::new("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"));
                }
                return Err(Failure::of(
                    "FIELD_INTEGRITY_EXCEPTION",
                    &field.name,
                    format!("{}: id value of incorrect type: {id}", field.label),
                ));
            };
            match self.standing(target, id)? {
                Standing::Alive => {}
                Standing::Inactive if field.name == "OwnerId" => {
                    return Err(Failure::new(
                        "INACTIVE_OWNER_OR_USER",
                        format!(
                            "operation performed with inactive user [{}] as owner of {}",
                            &id[..15],
                            object.label.to_lowercase()
                        ),
                    ));
                }
                Standing::Inactive => {}
                Standing::Deleted => {
                    return Err(Failure::new("ENTITY_IS_DELETED", "entity is deleted"));
                }
                Standing::Missing => {
                    return Err(Failure::new("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"));
                }
            }
        }
        Ok(())
    }

    pub(super) fn check_unique(&mut self, object: &Object, given: &Given, own: Option<&str>) -> Result<(), Failure> {
        for (place, cell) in given.cells() {
            let place = usize::from(*place);
            let field = &object.fields[place];
            let username = field.name == "Username" && object.name == "User";
            if !(field.unique || username) || *cell == Cell::Null {
                continue;
            }
            let other = self.find(object, place, cell)?.into_iter().find(|id| own != Some(id.as_str()));
            if let Some(other) = other {
                if username {
                    return Err(Failure::of("DUPLICATE_USERNAME", &field.name, "Duplicate Username"));
                }
                return Err(Failure::new(
                    "DUPLICATE_VALUE",
                    format!(
                        "duplicate value found: {} duplicates value on record with id: {}",
                        field.name,
                        &other[..15]
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// Every field that a new row must have is there.
pub(super) fn check_required(object: &Object, required_places: &[usize], given: &Given) -> Result<(), Failure> {
    let missing: Vec<String> = required_places
        .iter()
        .filter(|place| given.is_blank(**place))
        .map(|place| object.fields[*place].name.clone())
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(required(missing)) }
}

/// No field that must have a value loses it.
pub(super) fn check_not_emptied(object: &Object, given: &Given) -> Result<(), Failure> {
    let emptied: Vec<String> = given
        .cells()
        .iter()
        .filter(|(_, cell)| *cell == Cell::Null)
        .map(|(place, _)| &object.fields[usize::from(*place)])
        .filter(|field| field.required || (field.kind == Kind::Reference && field.name == "OwnerId"))
        .map(|field| field.name.clone())
        .collect();
    if emptied.is_empty() { Ok(()) } else { Err(required(emptied)) }
}

/// The failure for fields that must have a value.
pub(crate) fn required(fields: Vec<String>) -> Failure {
    let message = format!("Required fields are missing: [{}]", fields.join(", "));
    Failure { fields, ..Failure::new("REQUIRED_FIELD_MISSING", message) }
}

/// The failure for an object that the user may not write.
pub(super) fn no_right(object: &Object, done: &str) -> Failure {
    Failure::new("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", format!("entity type cannot be {done}: {}", object.label))
}

//! The target as a mapping sees it, and what a rule's path means in it.

use super::Repair;
use super::rule::{Condition, Expression, Lookup, NoneFound, SeveralFound};
use super::{MappingProblem, Part};
use crate::formula::nearest;
use crate::record::{Field, Schema};
use std::collections::BTreeMap;

/// The target as a mapping sees it: the object, and the parents that relationship columns lead to.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub struct TargetShape {
    /// The object that rows go into.
    pub object: Schema,
    /// Objects that lookups of it point to, by API name; only those that some rule needs.
    pub parents: BTreeMap<String, Schema>,
}

/// What to say where an object or a table lacks a field, and what to do about it.
pub fn no_field(object: &Schema, field: &str) -> (String, String) {
    if object.is_table() {
        let message = format!("the table {} has no column {field}", object.name);
        return (message, "Choose another column, or add it to the table.".to_owned());
    }
    let hint = "It may be missing, or you may lack permission to see it.".to_owned();
    (format!("{} has no field {field}", object.name), hint)
}

/// A target path resolved: where a rule's value ends up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedTarget {
    /// The path as the org spells it.
    pub path: String,
    /// The field whose kind and limits the value must meet: of the object, or of the parent that is looked up.
    pub field: Field,
    /// The lookup field of the object that a relationship path sets; `None` for a plain field.
    pub lookup: Option<String>,
}

impl TargetShape {
    /// The same with those fields alone that are wanted, and those of parents that paths lead to.
    pub fn only(&self, wanted: &dyn Fn(&Field) -> bool, paths: &[&str]) -> TargetShape {
        let mut shape = self.clone();
        shape.object.fields.retain(wanted);
        for parent in shape.parents.values_mut() {
            let named = |field: &Field| paths.iter().any(|path| path.rsplit('.').next() == Some(field.name.as_str()));
            parent.fields.retain(named);
        }
        shape
    }

    /// A lookup of a parent by one of its fields. Record types of other objects have the same names.
    fn looked_up(&self, object: &str, by: &str) -> Lookup {
        let also = match object {
            "RecordType" => {
                let is = Expression::Constant(self.object.name.clone());
                vec![Condition { field: "SobjectType".to_owned(), is }]
            }
            _ => Vec::new(),
        };
        let several = Some(SeveralFound::Reject);
        Lookup { object: object.to_owned(), by: by.to_owned(), also, none: NoneFound::Reject, several }
    }

    /// Finds the field behind a rule's target.
    pub fn resolve(&self, target: &str) -> Result<ResolvedTarget, Box<MappingProblem>> {
        let problem =
            |message: String, hint: Option<String>| MappingProblem::new(target, Part::Target, message).hint(hint);
        // The columns of a file may have points in their names; the fields of an object have none.
        if let Some(field) = self.object.field(target) {
            return Ok(ResolvedTarget { path: field.name.clone(), field: field.clone(), lookup: None });
        }
        let Some((relationship, parent_field)) = target.split_once('.').filter(|_| !self.object.is_table()) else {
            let near = nearest(target, self.object.fields.iter().map(|field| field.name.as_str()));
            let (message, hint) = no_field(&self.object, target);
            let hint = near.map_or(hint, |near| format!("Did you mean {near}?"));
            let repair = near.map(|near| Repair::Target { target: target.to_owned(), to: near.to_owned() });
            return Err(problem(message, Some(hint)).repair(repair).into());
        };
        let (wanted, relationship) = match relationship.split_once(':') {
            Some((object, relationship)) => (Some(object), relationship),
            None => (None, relationship),
        };
        let lookup = self
            .object
            .relationship(relationship)
            .ok_or_else(|| problem(format!("{} has no relationship {relationship}", self.object.name), None))?;
        let parent_object = match (wanted, lookup.reference_to.as_slice()) {
            (Some(wanted), objects) => {
                objects.iter().find(|object| object.eq_ignore_ascii_case(wanted)).ok_or_else(|| {
                    problem(
                        format!("{relationship} does not lead to {wanted}"),
                        Some(format!("It leads to {}.", objects.join(", "))),
                    )
                })?
            }
            (None, [only]) => only,
            (None, objects) => {
                let hint = format!(
                    "Say which: {}:{relationship}.{parent_field}.",
                    objects.first().map_or("Object", String::as_str)
                );
                return Err(problem(format!("{relationship} leads to several objects"), Some(hint)).into());
            }
        };
        let parent = self
            .parents
            .get(parent_object)
            .ok_or_else(|| problem(format!("{parent_object} could not be described"), None))?;
        let field = parent
            .field(parent_field)
            .ok_or_else(|| problem(format!("{parent_object} has no field {parent_field}"), None))?;
        if !field.finds_records() {
            let message = format!("Salesforce finds no {parent_object} by {} itself", field.name);
            let hint = format!("Use an external id of {parent_object}, or let the record be looked up beforehand.");
            let repair = Repair::LookUp {
                target: target.to_owned(),
                to: lookup.name.clone(),
                lookup: Box::new(self.looked_up(parent_object, &field.name)),
            };
            return Err(problem(message, Some(hint)).repair(Some(repair)).into());
        }
        let relationship = lookup.relationship.as_deref().unwrap_or(relationship);
        let path = match wanted {
            Some(_) => format!("{parent_object}:{relationship}.{}", field.name),
            None => format!("{relationship}.{}", field.name),
        };
        Ok(ResolvedTarget { path, field: field.clone(), lookup: Some(lookup.name.clone()) })
    }
}

//! A query by picking: an object, fields, and a condition as a person types it.

use super::{Workspace, WorkspaceError};
use crate::record::{Field, Kind};
use crate::salesforce::Soql;

/// A query that was picked together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Picked {
    /// The query.
    pub soql: String,
    /// Fields that are not in it, each with the reason.
    pub left_out: Vec<(String, &'static str)>,
}

/// Why a file cannot hold a field, if it cannot.
pub fn beyond_files(field: &Field) -> Option<&'static str> {
    match field.kind {
        Kind::Base64 => Some("whose content is a file of its own: a query gives its address only"),
        Kind::Compound => Some("whose parts are fields of their own"),
        _ => None,
    }
}

impl Workspace {
    /// Makes a query of an object's fields, all that a file can hold where none are named.
    pub fn pick(
        &self,
        alias: &str,
        object: &str,
        fields: &[String],
        filter: Option<String>,
        order: Option<String>,
        limit: Option<u64>,
    ) -> Result<Picked, WorkspaceError> {
        let mut picked = Picked::default();
        let mut select: Vec<String> = fields.iter().map(|field| field.trim().to_owned()).collect();
        select.retain(|field| !field.is_empty());
        let mut name = object.to_owned();
        if select.is_empty() {
            let schema = self.describe(alias, object, false)?.schema;
            for field in &schema.fields {
                match beyond_files(field) {
                    Some(why) => picked.left_out.push((field.name.clone(), why)),
                    None => select.push(field.name.clone()),
                }
            }
            name.clone_from(&schema.name);
        }
        let limit = limit.map(|limit| limit.to_string());
        picked.soql = Soql { select, object: name, filter, order, limit, ..Soql::default() }.to_string();
        Ok(picked)
    }
}

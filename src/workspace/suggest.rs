//! What the org's records hold, as evidence for suggestions.

use super::Workspace;
use crate::cancel::Cancel;
use crate::connect::Operation;
use crate::mapping::suggest::Known;
use crate::record::{Field, Kind, Schema};

/// Records of the org that are looked at, and fields of them.
const RECORDS: usize = 200;
const FIELDS: usize = 60;

impl Workspace {
    /// Values that records of the org have, by field. Without them names must do, so that no failure matters.
    pub(super) fn known_values(&self, alias: &str, object: &Schema, cancel: &Cancel) -> Known {
        let told = |field: &&Field| {
            field.createable
                && field.filterable
                && matches!(field.kind, Kind::Text | Kind::Email | Kind::Phone | Kind::Picklist)
        };
        let fields: Vec<_> = object.fields.iter().filter(told).take(FIELDS).map(|field| field.name.as_str()).collect();
        let mut known = Known::new();
        if fields.is_empty() {
            return known;
        }
        let soql =
            format!("SELECT {} FROM {} ORDER BY SystemModstamp DESC LIMIT {RECORDS}", fields.join(", "), object.name);
        let Ok(page) = self.connect(alias).and_then(|org| Ok(org.query(&soql, false, cancel)?)) else { return known };
        for row in &page.rows {
            for (column, value) in page.columns.iter().zip(row).filter(|(_, value)| !value.is_empty()) {
                known.entry(column.clone()).or_default().insert(value.to_lowercase());
            }
        }
        known
    }
}

/// Whether an operation can write a field, or needs it to find records.
pub(super) fn writable(operation: Operation, field: &Field) -> bool {
    match operation {
        Operation::Insert => field.createable,
        Operation::Update => field.updateable || field.kind == Kind::Id,
        Operation::Upsert => field.createable || field.updateable || field.id_lookup,
        Operation::Delete => field.kind == Kind::Id || field.finds_records(),
    }
}

//! What holds between the rows of one call.

use std::collections::HashSet;

use serde_json::{Map, Value as Json};

use super::{Row, Way};
use crate::failure::{Failure, Refusal};
use crate::rest::sobjects::lock_failure;
use crate::schema::Object;
use crate::soql::collate::fold;

/// Most changes from one object to another.
const MOST_CHUNKS: usize = 10;
/// Objects of the org's setup, whose rows cannot be written together with others.
const SETUP: [&str; 8] =
    ["Group", "GroupMember", "PermissionSet", "PermissionSetAssignment", "Profile", "QueueSObject", "User", "UserRole"];

/// Whether the object is a part of the org's setup.
pub(super) fn is_setup(object: &Object) -> bool {
    SETUP.contains(&object.name.as_str())
}

/// The failure of a row whose object does not go with that of the first row.
pub(super) fn mixed(object: &Object, first: &Object) -> Failure {
    Failure::new(
        "MIXED_DML_OPERATION",
        format!(
            "DML operation on setup object is not permitted after you have updated a non-setup object (or vice versa): {}, original \
             object: {}",
            object.name, first.name
        ),
    )
}

/// Refuses a call whose rows change from object to object too often.
pub(super) fn check_chunks(rows: &[Row<'_>]) -> Result<(), Refusal> {
    let numbers: Vec<usize> =
        rows.iter().filter_map(|(_, object)| object.as_ref().ok()).map(|object| object.number).collect();
    let changes = numbers.windows(2).filter(|pair| pair[0] != pair[1]).count();
    if changes >= MOST_CHUNKS {
        return Err(Refusal::new(
            400,
            "LIMIT_EXCEEDED",
            format!("Cannot have more than {MOST_CHUNKS} chunks per operation. Rearrange the records by object type."),
        ));
    }
    Ok(())
}

/// Places of rows whose key another row of this call has too: Salesforce refuses them all.
pub(super) fn repeated_keys(rows: &[Row<'_>], way: &Way<'_>) -> HashSet<usize> {
    let Way::Upsert(object, place) = way else {
        return HashSet::new();
    };
    let field = &object.fields[*place];
    let name = &field.name;
    let keys: Vec<Option<String>> = rows
        .iter()
        .map(|(record, _)| {
            let (_, value) = record.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
            let text = match value {
                Json::Null => return None,
                Json::String(text) => text.trim().to_owned(),
                other => other.to_string(),
            };
            (!text.is_empty()).then(|| if field.case_sensitive { text } else { fold(&text) })
        })
        .collect();
    let mut once = HashSet::new();
    let mut more = HashSet::new();
    for key in keys.iter().flatten() {
        if !once.insert(key) {
            more.insert(key);
        }
    }
    keys.iter()
        .enumerate()
        .filter(|(_, key)| key.as_ref().is_some_and(|key| more.contains(key)))
        .map(|(place, _)| place)
        .collect()
}

/// The failure of a row whose key another row of the call has too.
pub(super) fn duplicate(record: &Map<String, Json>, way: &Way<'_>) -> Failure {
    let Way::Upsert(object, place) = way else {
        return lock_failure();
    };
    let name = &object.fields[*place].name;
    let shown = record.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    });
    Failure::of("DUPLICATE_VALUE", name, format!("Duplicate external id specified: {}", shown.unwrap_or_default()))
}

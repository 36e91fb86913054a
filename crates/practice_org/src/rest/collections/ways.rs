//! The ways in which a row of a collection is written.

use serde_json::{Map, Value as Json};

use super::Outcome;
use crate::failure::Failure;
use crate::ids;
use crate::rows::Desk;
use crate::rows::given;
use crate::rows::value::{self, Cell};
use crate::schema::{Kind, Object};

/// The failure of a row that is not there, in words for a list of rows.
pub(super) fn missing_row(id: Option<String>, failure: Failure) -> (Option<String>, Failure) {
    // Inside a collection there is no path that could be wrong; the id is.
    if failure.code == "NOT_FOUND" {
        return (id, Failure::new("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"));
    }
    (id, failure)
}

/// A new row.
pub(super) fn create(desk: &mut Desk<'_>, object: &Object, record: &Map<String, Json>) -> Outcome {
    let mut given = given::from_json(desk, object, record, &[]).map_err(|failure| (None, failure))?;
    let id = desk.create(object, &mut given).map_err(|failure| (None, failure))?;
    Ok((id, None))
}

/// An id of this object.
fn row_id(object: &Object, text: &str) -> Result<String, (Option<String>, Failure)> {
    ids::normal(text).filter(|id| ids::has_prefix(id, &object.prefix)).ok_or_else(|| {
        let label = object.field("Id").map_or("Id", |field| &field.label);
        (None, Failure::of("MALFORMED_ID", "Id", format!("{label}: id value of incorrect type: {text}")))
    })
}

/// A change of a row that is named by its id.
pub(super) fn update(desk: &mut Desk<'_>, object: &Object, record: &Map<String, Json>) -> Outcome {
    let id = match record.iter().find(|(name, _)| name.eq_ignore_ascii_case("id")) {
        None | Some((_, Json::Null)) => {
            return Err((None, Failure::of("MISSING_ARGUMENT", "Id", "Id not specified in an update call")));
        }
        Some((_, value)) => {
            let text = value.as_str().unwrap_or_default();
            row_id(object, text)?
        }
    };
    let fail = |failure| missing_row(Some(id.clone()), failure);
    let mut given = given::from_json(desk, object, record, &["Id"]).map_err(fail)?;
    desk.change(object, &id, &mut given).map_err(fail)?;
    Ok((id, None))
}

/// A change of the row with this key, or a new row.
pub(super) fn upsert(desk: &mut Desk<'_>, object: &Object, key: usize, record: &Map<String, Json>) -> Outcome {
    let field = &object.fields[key];
    let alone = |failure| (None, failure);
    let given_key = record.iter().find(|(name, _)| name.eq_ignore_ascii_case(&field.name)).map(|(_, value)| value);
    let mut given = given::from_json(desk, object, record, &[&field.name]).map_err(alone)?;
    if field.kind == Kind::Id {
        return match given_key.and_then(Json::as_str).filter(|text| !text.is_empty()) {
            None => Ok((desk.create(object, &mut given).map_err(alone)?, Some(true))),
            Some(text) => {
                let id = row_id(object, text)?;
                desk.change(object, &id, &mut given).map_err(|failure| missing_row(Some(id.clone()), failure))?;
                Ok((id, Some(false)))
            }
        };
    }
    let cell = match given_key {
        None | Some(Json::Null) => Cell::Null,
        Some(value) => value::from_json(field, value).map_err(alone)?,
    };
    if cell == Cell::Null {
        return Err((None, Failure::of("MISSING_ARGUMENT", &field.name, format!("{} not specified", field.name))));
    }
    let found = desk.find(object, key, &cell).map_err(alone)?;
    match found.as_slice() {
        [] => {
            given.set(key, cell);
            Ok((desk.create(object, &mut given).map_err(alone)?, Some(true)))
        }
        [one] => {
            desk.change(object, one, &mut given).map_err(|failure| missing_row(Some(one.clone()), failure))?;
            Ok((one.clone(), Some(false)))
        }
        _ => Err((
            None,
            Failure::of(
                "DUPLICATE_EXTERNAL_ID",
                &field.name,
                format!("{}: more than one record found for external id field: [{}]", field.name, found.join(", ")),
            ),
        )),
    }
}

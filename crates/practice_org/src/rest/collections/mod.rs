//! Up to 200 rows in one call. The answer is 200 even if every row failed; order out is order in.

mod checks;
mod read;
mod ways;

use serde_json::{Map, Value as Json, json};

use self::checks::{check_chunks, duplicate, is_setup, mixed, repeated_keys};
use self::read::read_all;
use self::ways::{create, missing_row, update, upsert};
use super::sobjects::{key_field, lock_failure, write};
use crate::failure::{Failure, Refusal};
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::ids;
use crate::org::Org;
use crate::rows::Desk;
use crate::schema::Object;

/// Most rows in one call that writes.
const MOST_ROWS: usize = 200;
/// The version in which rows could be upserted like this.
const UPSERT_SINCE: u32 = 46;

/// Everything below `composite/sobjects`.
pub(crate) fn route(org: &Org, call: &Call, rest: &[&str]) -> Result<Reply, Refusal> {
    match (rest, call.method.as_str()) {
        ([], "POST") => write_all(org, call, &Way::Create),
        ([], "PATCH") => write_all(org, call, &Way::Update),
        ([], "DELETE") => delete_all(org, call),
        ([], verb) => Err(Refusal::method(verb, &["POST", "PATCH", "DELETE"])),
        ([object], "GET") => read_all(org, call, object, None),
        ([object], "POST") => read_all(org, call, object, Some(call.object()?)),
        ([_, _], "PATCH") if call.version.number < UPSERT_SINCE => Err(Refusal::not_found()),
        ([object, field], "PATCH") => {
            let object = org.schema.object(object).ok_or_else(Refusal::not_found)?;
            let place = key_field(object, field)?;
            write_all(org, call, &Way::Upsert(object, place))
        }
        ([_], verb) => Err(Refusal::method(verb, &["GET", "POST"])),
        ([_, _], verb) => Err(Refusal::method(verb, &["PATCH"])),
        _ => Err(Refusal::not_found()),
    }
}

enum Way<'s> {
    Create,
    Update,
    Upsert(&'s Object, usize),
}

/// One row's outcome: its id and whether it was created, or its id if it has one and why it failed.
type Outcome = Result<(String, Option<bool>), (Option<String>, Failure)>;

/// A record and the object that it is of, if there is one.
type Row<'r> = (&'r Map<String, Json>, Result<&'r Object, Failure>);

fn too_many(most: usize) -> Refusal {
    Refusal::new(
        400,
        "EXCEEDED_ID_LIMIT",
        format!("record limit reached. cannot submit more than {most} records into this call"),
    )
}

fn write_all(org: &Org, call: &Call, way: &Way<'_>) -> Result<Reply, Refusal> {
    let body = call.object()?;
    let all_or_none = match body.get("allOrNone") {
        None | Some(Json::Null) => false,
        Some(Json::Bool(flag)) => *flag,
        Some(_) => return Err(Refusal::new(400, "JSON_PARSER_ERROR", "allOrNone must be true or false")),
    };
    let records = match body.get("records") {
        Some(Json::Array(records)) if !records.is_empty() => records,
        _ => {
            return Err(Refusal::new(400, "REQUIRED_FIELD_MISSING", "Records not specified in the request"));
        }
    };
    if records.len() > MOST_ROWS {
        return Err(too_many(MOST_ROWS));
    }
    let mut rows = Vec::with_capacity(records.len());
    for record in records {
        let Json::Object(record) = record else {
            return Err(Refusal::new(400, "JSON_PARSER_ERROR", "a record must be an object"));
        };
        rows.push((record, object_of(org, way, record)));
    }
    check_chunks(&rows)?;
    let twice = repeated_keys(&rows, way);
    let first = rows.iter().find_map(|(_, object)| object.as_ref().ok().copied());
    let outcomes = together(org, call, all_or_none, rows.len(), |desk, place| {
        let (record, object) = &rows[place];
        let object = match object {
            Ok(object) => *object,
            Err(failure) => return Ok(Err((None, failure.clone()))),
        };
        if twice.contains(&place) {
            return Ok(Err((None, duplicate(record, way))));
        }
        if let Some(first) = first.filter(|first| is_setup(first) != is_setup(object)) {
            return Ok(Err((own_id(record), mixed(object, first))));
        }
        if org.faults.row_locked() {
            return Ok(Err((own_id(record), lock_failure())));
        }
        let outcome = match way {
            Way::Create => create(desk, object, record),
            Way::Update => update(desk, object, record),
            Way::Upsert(object, key) => upsert(desk, object, *key, record),
        };
        match outcome {
            // The typed reader of the other side gives up on the whole text.
            Err((_, failure)) if failure.code == "JSON_PARSER_ERROR" => Err(failure.into()),
            outcome => Ok(outcome),
        }
    })?;
    Ok(Reply::json(200, &Json::Array(outcomes.into_iter().map(as_json).collect())))
}

fn object_of<'s>(org: &'s Org, way: &Way<'s>, record: &Map<String, Json>) -> Result<&'s Object, Failure> {
    if let Way::Upsert(object, _) = way {
        return Ok(*object);
    }
    let name = record.get("attributes").and_then(|attributes| attributes.get("type")).and_then(Json::as_str);
    let unknown = |name: &str| Failure::new("INVALID_TYPE", format!("sObject type '{name}' is not supported."));
    match name {
        Some(name) => org.schema.object(name).ok_or_else(|| unknown(name)),
        None => own_id(record)
            .and_then(|id| org.schema.object_of(&id))
            .ok_or_else(|| Failure::new("INVALID_TYPE", "Must specify type attribute for each record")),
    }
}

fn own_id(record: &Map<String, Json>) -> Option<String> {
    let (_, value) = record.iter().find(|(name, _)| name.eq_ignore_ascii_case("id"))?;
    ids::normal(value.as_str()?)
}

/// Runs every row in one transaction. With `all_or_none` a single failure undoes the others, which then say so.
fn together(
    org: &Org,
    call: &Call,
    all_or_none: bool,
    count: usize,
    mut row: impl FnMut(&mut Desk<'_>, usize) -> Result<Outcome, Refusal>,
) -> Result<Vec<Outcome>, Refusal> {
    write(org, call, |desk| {
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(count);
        let mut refused = None;
        let undone = desk.all_or_nothing(|desk| {
            for place in 0..count {
                match row(desk, place) {
                    Ok(outcome) => outcomes.push(outcome),
                    Err(refusal) => {
                        refused = Some(refusal);
                        return Err(Failure::new("PROCESSING_HALTED", ""));
                    }
                }
            }
            if all_or_none && outcomes.iter().any(Result::is_err) {
                return Err(Failure::new("ALL_OR_NONE_OPERATION_ROLLED_BACK", ""));
            }
            Ok(())
        });
        if let Some(refusal) = refused {
            return Err(refusal);
        }
        if undone.is_err() {
            for outcome in &mut outcomes {
                if let Ok((id, _)) = outcome {
                    let existing = if call.method == "POST" { None } else { Some(id.clone()) };
                    *outcome = Err((
                        existing,
                        Failure::new(
                            "ALL_OR_NONE_OPERATION_ROLLED_BACK",
                            "Record rolled back because not all records were valid and the request was using AllOrNone header",
                        ),
                    ));
                }
            }
        }
        Ok(outcomes)
    })
}

fn as_json(outcome: Outcome) -> Json {
    match outcome {
        Ok((id, None)) => json!({"id": id, "success": true, "errors": []}),
        Ok((id, Some(created))) => {
            json!({"id": id, "success": true, "errors": [], "created": created})
        }
        Err((None, failure)) => json!({"success": false, "errors": [failure.as_row_error()]}),
        Err((Some(id), failure)) => {
            json!({"id": id, "success": false, "errors": [failure.as_row_error()]})
        }
    }
}

fn delete_all(org: &Org, call: &Call) -> Result<Reply, Refusal> {
    let list = call
        .parameter("ids")
        .filter(|list| !list.is_empty())
        .ok_or_else(|| Refusal::new(400, "MISSING_ARGUMENT", "The ids parameter is required"))?;
    let given: Vec<&str> = list.split(',').map(str::trim).collect();
    if given.len() > MOST_ROWS {
        return Err(too_many(MOST_ROWS));
    }
    let outcomes = together(org, call, call.flag("allOrNone"), given.len(), |desk, place| {
        let Some(id) = ids::normal(given[place]) else {
            return Ok(Err((None, Failure::new("MALFORMED_ID", format!("malformed id {}", given[place])))));
        };
        let schema = desk.schema;
        let Some(object) = schema.object_of(&id) else {
            return Ok(Err((Some(id), Failure::new("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"))));
        };
        if org.faults.row_locked() {
            return Ok(Err((Some(id), lock_failure())));
        }
        Ok(match desk.remove(object, &id) {
            Ok(()) => Ok((id, None)),
            Err(failure) => Err(missing_row(Some(id), failure)),
        })
    })?;
    Ok(Reply::json(200, &Json::Array(outcomes.into_iter().map(as_json).collect())))
}

//! Up to 200 rows in one call. The answer is 200 even if every row failed; order out is order in.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value as Json, json};

use super::sobjects::{key_field, lock_failure, write};
use crate::failure::{Failure, Refusal};
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::ids;
use crate::org::Org;
use crate::rows::Desk;
use crate::rows::given;
use crate::rows::value::{self, Cell};
use crate::schema::{Kind, Object};
use crate::soql::collate::fold;
use crate::soql::plan::Context;
use crate::soql::run;

/// Most rows in one call that writes.
const MOST_ROWS: usize = 200;
/// Most ids in one call that reads.
const MOST_READ: usize = 2000;
/// Most changes from one object to another.
const MOST_CHUNKS: usize = 10;

/// The version in which rows could be upserted like this.
const UPSERT_SINCE: u32 = 46;
/// Objects of the org's setup, whose rows cannot be written together with others.
const SETUP: [&str; 8] =
    ["Group", "GroupMember", "PermissionSet", "PermissionSetAssignment", "Profile", "QueueSObject", "User", "UserRole"];

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

fn is_setup(object: &Object) -> bool {
    SETUP.contains(&object.name.as_str())
}

fn mixed(object: &Object, first: &Object) -> Failure {
    Failure::new(
        "MIXED_DML_OPERATION",
        format!(
            "DML operation on setup object is not permitted after you have updated a non-setup object (or vice versa): {}, original \
             object: {}",
            object.name, first.name
        ),
    )
}

fn check_chunks(rows: &[Row<'_>]) -> Result<(), Refusal> {
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
fn repeated_keys(rows: &[Row<'_>], way: &Way<'_>) -> HashSet<usize> {
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

fn duplicate(record: &Map<String, Json>, way: &Way<'_>) -> Failure {
    let Way::Upsert(object, place) = way else {
        return lock_failure();
    };
    let name = &object.fields[*place].name;
    let shown = record.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    });
    Failure::of(
        "DUPLICATE_EXTERNAL_ID",
        name,
        format!("Duplicate external id specified: {}", shown.unwrap_or_default()),
    )
}

fn missing_row(id: Option<String>, failure: Failure) -> (Option<String>, Failure) {
    // Inside a collection there is no path that could be wrong; the id is.
    if failure.code == "NOT_FOUND" {
        return (id, Failure::new("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"));
    }
    (id, failure)
}

fn create(desk: &mut Desk<'_>, object: &Object, record: &Map<String, Json>) -> Outcome {
    let mut given = given::from_json(desk, object, record, &[]).map_err(|failure| (None, failure))?;
    let id = desk.create(object, &mut given).map_err(|failure| (None, failure))?;
    Ok((id, None))
}

/// An id of this object.
fn row_id(object: &Object, text: &str) -> Result<String, (Option<String>, Failure)> {
    ids::normal(text).filter(|id| ids::has_prefix(id, &object.prefix)).ok_or_else(|| {
        let label = &object.fields[object.place("Id")].label;
        (None, Failure::of("MALFORMED_ID", "Id", format!("{label}: id value of incorrect type: {text}")))
    })
}

fn update(desk: &mut Desk<'_>, object: &Object, record: &Map<String, Json>) -> Outcome {
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

fn upsert(desk: &mut Desk<'_>, object: &Object, key: usize, record: &Map<String, Json>) -> Outcome {
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

fn read_all(org: &Org, call: &Call, object: &str, body: Option<Map<String, Json>>) -> Result<Reply, Refusal> {
    let object = org.schema.object(object).ok_or_else(Refusal::not_found)?;
    let texts = |name: &str| -> Vec<String> {
        match &body {
            Some(body) => body
                .get(name)
                .and_then(Json::as_array)
                .map(|list| list.iter().filter_map(Json::as_str).map(str::to_owned).collect())
                .unwrap_or_default(),
            None => call
                .parameter(name)
                .map(|list| list.split(',').map(|one| one.trim().to_owned()).collect())
                .unwrap_or_default(),
        }
    };
    let (wanted, mut fields) = (texts("ids"), texts("fields"));
    if wanted.is_empty() || fields.is_empty() {
        return Err(Refusal::new(400, "MISSING_ARGUMENT", "ids and fields are required"));
    }
    if wanted.len() > MOST_READ {
        return Err(too_many(MOST_READ));
    }
    fields.dedup_by(|one, other| one.eq_ignore_ascii_case(other));
    for name in &fields {
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.');
        if !plain || (!name.contains('.') && object.find(name).is_none()) {
            return Err(given::no_column(name, object).into());
        }
    }
    // What is no id of this object is answered like a row that is not there.
    let known: Vec<String> = wanted.iter().map(|id| ids::normal(id).unwrap_or_default()).collect();
    let context = Context { schema: &org.schema, version: call.version.number, deleted: false, user: call.user() };
    let quoted: Vec<String> =
        known.iter().filter(|id| ids::has_prefix(id, &object.prefix)).map(|id| format!("'{id}'")).collect();
    if quoted.is_empty() {
        return Ok(Reply::json(200, &Json::Array(vec![Json::Null; known.len()])));
    }
    let query = format!("SELECT {} FROM {} WHERE Id IN ({})", fields.join(","), object.name, quoted.join(","));
    let plan = run::prepare(context, &query)?;
    let records = org.database.read(|conn| run::records(conn, &plan, &call.version.text, None))?;
    let by_id: HashMap<&str, &Json> = records
        .iter()
        .filter_map(|record| Some((record["attributes"]["url"].as_str()?.rsplit('/').next()?, record)))
        .collect();
    let answer = known.iter().map(|id| by_id.get(id.as_str()).map_or(Json::Null, |record| (*record).clone())).collect();
    Ok(Reply::json(200, &Json::Array(answer)))
}

//! Single rows: create, read, update, delete, upsert.

use serde_json::{Map, Value as Json, json};

use super::describe::Site;
use super::{conditional, describe, relationship};
use crate::database::Pen;
use crate::failure::{Failure, Refusal};
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::ids;
use crate::org::Org;
use crate::rows::Desk;
use crate::rows::given::{self, no_column};
use crate::rows::options::{Options, setting};
use crate::rows::recent;
use crate::rows::value::{self, Cell};
use crate::schema::{Kind, Object, Trait};
use crate::soql::plan::Context;
use crate::soql::run;

/// The version in which callers could insist on duplicates.
const DUPLICATES_SINCE: u32 = 52;

/// Everything below `sobjects/`.
pub(crate) fn route(org: &Org, call: &Call, rest: &[&str]) -> Result<Reply, Refusal> {
    let Some(name) = rest.first() else {
        return Err(Refusal::method(&call.method, &["GET", "HEAD"]));
    };
    let object = org.schema.object(name).ok_or_else(Refusal::not_found)?;
    match (&rest[1..], call.method.as_str()) {
        ([], "GET") => basic(org, call, object),
        ([], "POST") => create(org, call, object, &call.object()?),
        ([], verb) => Err(Refusal::method(verb, &["GET", "HEAD", "POST"])),
        (["Id"], "POST") => create(org, call, object, &call.object()?),
        ([id], "GET" | "HEAD") => read(org, call, object, &row_id(id)?),
        ([id], "PATCH") => update(org, call, object, &row_id(id)?),
        ([id], "DELETE") => delete(org, call, object, &row_id(id)?),
        ([_], verb) => Err(Refusal::method(verb, &["GET", "HEAD", "PATCH", "DELETE"])),
        (["Id" | "id", id], "PATCH") => upsert_by_id(org, call, object, &row_id(id)?),
        ([field, value], "GET" | "HEAD") => match object.field(field).is_some_and(|field| field.id_lookup) {
            true => {
                let id = only_one(org, call, object, field, value)?;
                match id {
                    Found::One(id) => read(org, call, object, &id),
                    Found::Several(reply) => Ok(reply),
                    Found::None => Err(Refusal::not_found()),
                }
            }
            false => relationship::read(org, call, object, &row_id(field)?, value),
        },
        ([id, name], "PATCH" | "DELETE") if is_path(object, id, name) => {
            let (target, parent) = relationship::parent(org, call, object, &row_id(id)?, name)?;
            if call.method == "PATCH" { update(org, call, target, &parent) } else { delete(org, call, target, &parent) }
        }
        ([field, value], "PATCH") => upsert(org, call, object, field, value),
        ([field, value], "DELETE") => match only_one(org, call, object, field, value)? {
            Found::One(id) => delete(org, call, object, &id),
            Found::Several(reply) => Ok(reply),
            Found::None => Err(Refusal::not_found()),
        },
        ([_, _], verb) => Err(Refusal::method(verb, &["GET", "HEAD", "PATCH", "DELETE"])),
        _ => Err(Refusal::not_found()),
    }
}

/// Whether this is a row and the way to its parent, and not a key and its value.
fn is_path(object: &Object, id: &str, name: &str) -> bool {
    object.field(id).is_none() && ids::normal(id).is_some() && object.relationship(name).is_some()
}

/// Writes as the call's user, in one transaction.
pub(crate) fn write<T>(
    org: &Org,
    call: &Call,
    work: impl FnOnce(&mut Desk<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let user = call.user();
    let duplicates = call.header("sforce-duplicate-rule-header").filter(|_| call.version.number >= DUPLICATES_SINCE);
    let options = Options::read(duplicates, &call.version.text);
    let client = setting(call.header("sforce-call-options"), "client");
    org.database.write(|pen: &mut Pen| work(&mut Desk::new(&org.schema, pen, user).with(options, client)))
}

fn row_id(text: &str) -> Result<String, Refusal> {
    ids::normal(text).ok_or_else(|| {
        Refusal::new(
            404,
            "NOT_FOUND",
            "Provided external ID field does not exist or is not accessible: ".to_owned() + text,
        )
    })
}

fn basic(org: &Org, call: &Call, object: &Object) -> Result<Reply, Refusal> {
    let entry = describe::entry(&Site::rest(org, call), object);
    let name = match object.fields[object.name_field].name.as_str() {
        "Id" => String::new(),
        name => format!(", {name}"),
    };
    let recent = if object.find("LastModifiedDate").is_some() && object.has(Trait::Queryable) {
        select(org, call, &format!("SELECT Id{name} FROM {} ORDER BY LastModifiedDate DESC LIMIT 5", object.name))?
    } else {
        Vec::new()
    };
    Ok(Reply::json(200, &json!({"objectDescribe": entry, "recentItems": recent})))
}

/// The records of a query that the org itself asks.
pub(super) fn select(org: &Org, call: &Call, query: &str) -> Result<Vec<Json>, Refusal> {
    let context = Context { schema: &org.schema, version: call.version.number, deleted: false, user: call.user() };
    let plan = run::prepare(context, query)?;
    org.database.read(|conn| run::records(conn, &plan, &call.version.text, None))
}

fn locked_row(org: &Org) -> Result<(), Refusal> {
    if org.faults.row_locked() {
        return Err(lock_failure().into());
    }
    Ok(())
}

/// What a row meets when another transaction holds it.
pub(crate) fn lock_failure() -> Failure {
    Failure::new("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")
}

fn create(org: &Org, call: &Call, object: &Object, record: &Map<String, Json>) -> Result<Reply, Refusal> {
    locked_row(org)?;
    let id = write(org, call, |desk| {
        let mut given = given::from_json(desk, object, record, &[])?;
        Ok(desk.create(object, &mut given)?)
    })?;
    let location = format!("/services/data/v{}/sobjects/{}/{id}", call.version.text, object.name);
    Ok(Reply::json(201, &json!({"id": id, "success": true, "errors": []})).with("Location", location))
}

/// `GET …/sobjects/T/id`.
pub(super) fn read(org: &Org, call: &Call, object: &Object, id: &str) -> Result<Reply, Refusal> {
    if !ids::has_prefix(id, &object.prefix) || !object.has(Trait::Retrieveable) {
        return Err(Refusal::not_found());
    }
    if let Some(reply) = conditional::check(org, call, object, id)? {
        return Ok(reply);
    }
    let fields = match call.parameter("fields") {
        Some(fields) if fields.split(',').any(|name| name.trim().eq_ignore_ascii_case("id")) => fields.to_owned(),
        Some(fields) => format!("{fields},Id"),
        None => object.visible().map(|field| field.name.as_str()).collect::<Vec<_>>().join(","),
    };
    for name in fields.split(',').map(str::trim).filter(|name| !name.contains('.')) {
        if object.find(name).is_none() {
            return Err(no_column(name, object).into());
        }
    }
    let context = Context { schema: &org.schema, version: call.version.number, deleted: true, user: call.user() };
    let plan = run::prepare(context, &format!("SELECT {fields} FROM {} WHERE Id = '{id}'", object.name))?;
    let mut found = org.database.read(|conn| run::records(conn, &plan, &call.version.text, Some(1)))?;
    let Some(record) = found.pop() else {
        return Err(Refusal::not_found());
    };
    if is_deleted(org, object, id)? {
        return Err(Refusal::new(404, "ENTITY_IS_DELETED", "entity is deleted"));
    }
    if setting(call.header("sforce-mru"), "updateMru").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        write(org, call, |desk| Ok(desk.look_at(object, id)?))?;
    }
    conditional::mark(org, Reply::json(200, &record), object, id)
}

/// `GET …/recent?limit=`: the rows that the user looked at, the latest first.
pub(crate) fn recent(org: &Org, call: &Call) -> Result<Reply, Refusal> {
    const MOST: usize = 200;
    let most = call.parameter("limit").and_then(|text| text.parse().ok()).unwrap_or(MOST).min(MOST);
    let ids = org.database.read(|conn| recent::ids(conn, call.user()))?;
    let mut rows = Vec::new();
    for id in ids {
        let Some(object) = org.schema.object_of(&id).filter(|_| rows.len() < most) else { continue };
        let name = &object.fields[object.name_field].name;
        rows.extend(select(org, call, &format!("SELECT Id, {name} FROM {} WHERE Id = '{id}'", object.name))?);
    }
    Ok(Reply::json(200, &Json::Array(rows)))
}

fn is_deleted(org: &Org, object: &Object, id: &str) -> Result<bool, Refusal> {
    if !object.has_bin() {
        return Ok(false);
    }
    let sql = format!("SELECT \"IsDeleted\" FROM \"{}\" WHERE \"Id\" = ?1", object.name);
    org.database.read(|conn| Ok(conn.query_row(&sql, [id], |row| row.get(0))?))
}

fn update(org: &Org, call: &Call, object: &Object, id: &str) -> Result<Reply, Refusal> {
    let record = call.object()?;
    locked_row(org)?;
    // One transaction, so that what the condition was checked on is what is changed.
    org.database.together(|| {
        if let Some(reply) = conditional::check(org, call, object, id)? {
            return Ok(reply);
        }
        write(org, call, |desk| {
            let mut given = given::from_json(desk, object, &record, &[])?;
            Ok(desk.change(object, id, &mut given)?)
        })?;
        Ok(Reply::empty(204))
    })
}

fn delete(org: &Org, call: &Call, object: &Object, id: &str) -> Result<Reply, Refusal> {
    locked_row(org)?;
    write(org, call, |desk| Ok(desk.remove(object, id)?))?;
    Ok(Reply::empty(204))
}

enum Found {
    One(String),
    Several(Reply),
    None,
}

/// The index of a field that can serve as a key.
pub(crate) fn key_field(object: &Object, name: &str) -> Result<usize, Refusal> {
    object.find(name).filter(|place| object.fields[*place].id_lookup).ok_or_else(|| {
        Refusal::new(
            404,
            "NOT_FOUND",
            format!("Provided external ID field does not exist or is not accessible: {name}"),
        )
    })
}

fn only_one(org: &Org, call: &Call, object: &Object, field: &str, text: &str) -> Result<Found, Refusal> {
    let place = key_field(object, field)?;
    let cell = value::from_csv(&object.fields[place], text)?;
    if object.fields[place].kind == Kind::Id {
        return Ok(cell.as_text().map_or(Found::None, |id| Found::One(id.to_owned())));
    }
    let found = write(org, call, |desk| Ok(desk.find(object, place, &cell)?))?;
    Ok(match found.as_slice() {
        [] => Found::None,
        [one] => Found::One(one.clone()),
        several => Found::Several(ambiguous(call, object, several)),
    })
}

fn ambiguous(call: &Call, object: &Object, several: &[String]) -> Reply {
    let urls: Vec<String> = several
        .iter()
        .map(|id| format!("/services/data/v{}/sobjects/{}/{id}", call.version.text, object.name))
        .collect();
    Reply::json(300, &json!(urls))
}

fn upsert_by_id(org: &Org, call: &Call, object: &Object, id: &str) -> Result<Reply, Refusal> {
    let record = call.object()?;
    locked_row(org)?;
    write(org, call, |desk| {
        let mut given = given::from_json(desk, object, &record, &[])?;
        Ok(desk.change(object, id, &mut given)?)
    })?;
    Ok(updated(call, id))
}

fn updated(call: &Call, id: &str) -> Reply {
    if call.version.number < 46 {
        return Reply::empty(204);
    }
    Reply::json(200, &json!({"id": id, "success": true, "errors": [], "created": false}))
}

fn upsert(org: &Org, call: &Call, object: &Object, field: &str, text: &str) -> Result<Reply, Refusal> {
    let record = call.object()?;
    let place = key_field(object, field)?;
    let key = &object.fields[place];
    if record.keys().any(|name| name.eq_ignore_ascii_case(&key.name)) {
        return Err(Failure::of(
            "INVALID_FIELD",
            &key.name,
            format!("The {} field should not be specified in the sobject data.", key.name),
        )
        .into());
    }
    let cell = value::from_csv(key, text)?;
    if cell == Cell::Null {
        return Err(Failure::of("MISSING_ARGUMENT", &key.name, format!("{} not specified", key.name)).into());
    }
    locked_row(org)?;
    enum Done {
        Created(String),
        Updated(String),
        Several(Vec<String>),
    }
    // One transaction, so that what the condition was checked on is what is changed.
    let done = org.database.together(|| {
        if conditional::asks(call)
            && let Found::One(id) = only_one(org, call, object, field, text)?
        {
            conditional::check(org, call, object, &id)?;
        }
        write(org, call, |desk| {
            let found = desk.find(object, place, &cell)?;
            let mut given = given::from_json(desk, object, &record, &[])?;
            match found.as_slice() {
                [] if call.flag("updateOnly") => Err(Refusal::not_found()),
                [] => {
                    given.set(place, cell);
                    Ok(Done::Created(desk.create(object, &mut given)?))
                }
                [one] => {
                    desk.change(object, one, &mut given)?;
                    Ok(Done::Updated(one.clone()))
                }
                _ => Ok(Done::Several(found)),
            }
        })
    })?;
    Ok(match done {
        Done::Created(id) => {
            let location = format!("/services/data/v{}/sobjects/{}/{id}", call.version.text, object.name);
            let mut body = json!({"id": id, "success": true, "errors": []});
            if call.version.number >= 46 {
                body["created"] = true.into();
            }
            Reply::json(201, &body).with("Location", location)
        }
        Done::Updated(id) => updated(call, &id),
        Done::Several(found) => ambiguous(call, object, &found),
    })
}

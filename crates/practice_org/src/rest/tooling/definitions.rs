//! Custom fields and objects: created, changed and deleted while the org runs.

use serde_json::{Map, Value as Json, json};

use crate::failure::{Failure, Refusal};
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::ids;
use crate::org::Org;
use crate::schema::Schema;
use crate::schema::definition::{FieldDefinition, ObjectDefinition};
use crate::schema::mirror::{field_id, object_id};

/// `POST`, `PATCH` and `DELETE` below `tooling/sobjects/`.
pub(super) fn route(org: &Org, call: &Call, name: &str, rest: &[&str]) -> Result<Reply, Refusal> {
    let object = Schema::tooling().object(name).ok_or_else(Refusal::not_found)?;
    let fields = match object.name.as_str() {
        "CustomField" => true,
        "CustomObject" => false,
        _ => return Err(Refusal::method(&call.method, &["GET", "HEAD"])),
    };
    match (rest, call.method.as_str()) {
        ([], "POST") if fields => create_field(org, &call.object()?),
        ([], "POST") => create_object(org, &call.object()?),
        ([id], "PATCH") if fields => change_field(org, id, &call.object()?),
        ([id], "PATCH") => change_object(org, id, &call.object()?),
        ([id], "DELETE") if fields => delete_field(org, id),
        ([id], "DELETE") => delete_object(org, id),
        ([], verb) => Err(Refusal::method(verb, &["GET", "HEAD", "POST"])),
        ([_], verb) => Err(Refusal::method(verb, &["GET", "HEAD", "PATCH", "DELETE"])),
        _ => Err(Refusal::not_found()),
    }
}

fn wrong(message: String) -> Failure {
    Failure::new("JSON_PARSER_ERROR", message)
}

/// Full name and metadata of a body, however their names are spelt.
fn parts(body: &Map<String, Json>) -> Result<(Option<&str>, &Json), Refusal> {
    let find = |wanted: &str| body.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value);
    let metadata = find("Metadata").filter(|value| value.is_object());
    let metadata = metadata.ok_or_else(|| Refusal::from(crate::rows::required(vec!["Metadata".into()])))?;
    Ok((find("FullName").and_then(Json::as_str), metadata))
}

fn named(name: Option<&str>) -> Result<&str, Refusal> {
    name.filter(|name| !name.is_empty()).ok_or_else(|| crate::rows::required(vec!["FullName".into()]).into())
}

fn made(id: &str) -> Reply {
    Reply::json(201, &json!({"id": id, "success": true, "errors": [], "warnings": [], "infos": []}))
}

fn create_field(org: &Org, body: &Map<String, Json>) -> Result<Reply, Refusal> {
    let (name, metadata) = parts(body)?;
    let name = named(name)?;
    let (object, field) = name.split_once('.').ok_or_else(|| {
        Failure::of("FIELD_INTEGRITY_EXCEPTION", "FullName", format!("The full name has no object: {name}"))
    })?;
    let mut definition = FieldDefinition::read(metadata).map_err(wrong)?;
    field.clone_into(&mut definition.name);
    let id = org.grow(|growth| {
        let number =
            growth.number(object).filter(|number| !growth.object(*number).is_definition()).ok_or_else(|| {
                Failure::of(
                    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                    "TableEnumOrId",
                    format!("Entity Enumeration Or ID: bad value for restricted picklist field: {object}"),
                )
            })?;
        let place = growth.create_field(number, &definition)?;
        let object = growth.object(number);
        Ok(field_id(object, &object.fields[place]))
    })?;
    Ok(made(&id))
}

fn create_object(org: &Org, body: &Map<String, Json>) -> Result<Reply, Refusal> {
    let (name, metadata) = parts(body)?;
    let mut definition = ObjectDefinition::read(metadata).map_err(wrong)?;
    named(name)?.clone_into(&mut definition.name);
    let fields: Vec<FieldDefinition> =
        definition.fields.iter().map(|json| FieldDefinition::read(json).map_err(wrong)).collect::<Result<_, _>>()?;
    let id = org.grow(|growth| {
        let number = growth.create_object(&definition)?;
        for field in &fields {
            growth.create_field(number, field)?;
        }
        Ok(object_id(growth.object(number)))
    })?;
    Ok(made(&id))
}

/// Object and place of the custom field with this id.
fn field_of(org: &Org, id: &str) -> Result<(usize, usize), Refusal> {
    let id = ids::normal(id).ok_or_else(Refusal::not_found)?;
    for object in org.schema.alive() {
        for (place, field) in object.fields.iter().enumerate() {
            if !field.hidden && field.name.ends_with("__c") && field_id(object, field) == id {
                return Ok((object.number, place));
            }
        }
    }
    Err(Refusal::not_found())
}

fn object_of(org: &Org, id: &str) -> Result<usize, Refusal> {
    let id = ids::normal(id).ok_or_else(Refusal::not_found)?;
    let found = org.schema.alive().find(|object| object.is_custom() && object_id(object) == id);
    found.map(|object| object.number).ok_or_else(Refusal::not_found)
}

fn change_field(org: &Org, id: &str, body: &Map<String, Json>) -> Result<Reply, Refusal> {
    let (number, place) = field_of(org, id)?;
    let (_, metadata) = parts(body)?;
    let definition = FieldDefinition::read(metadata).map_err(wrong)?;
    org.grow(|growth| growth.change_field(number, place, &definition))?;
    Ok(Reply::empty(204))
}

fn change_object(org: &Org, id: &str, body: &Map<String, Json>) -> Result<Reply, Refusal> {
    let number = object_of(org, id)?;
    let (_, metadata) = parts(body)?;
    let definition = ObjectDefinition::read(metadata).map_err(wrong)?;
    org.grow(|growth| growth.relabel(number, &definition))?;
    Ok(Reply::empty(204))
}

fn delete_field(org: &Org, id: &str) -> Result<Reply, Refusal> {
    let (number, place) = field_of(org, id)?;
    org.grow(|growth| growth.remove_field(number, place))?;
    Ok(Reply::empty(204))
}

fn delete_object(org: &Org, id: &str) -> Result<Reply, Refusal> {
    let number = object_of(org, id)?;
    org.grow(|growth| growth.remove_object(number))?;
    Ok(Reply::empty(204))
}

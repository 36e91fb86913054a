//! `composite/tree/T`: new rows with their children, all of them or none.
//!
//! Rows are created level by level, as Salesforce does, and within a level by object. When rows fail, the others of their
//! level and object are still looked at, so that the caller learns of all of them at once.

use std::collections::HashSet;

use serde_json::{Map, Value as Json, json};

use crate::failure::{Failure, Refusal};
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::org::Org;
use crate::rest::sobjects::{lock_failure, write};
use crate::rows::Desk;
use crate::rows::given;
use crate::rows::value::Cell;
use crate::schema::{Object, Schema};

/// Most rows in a call.
const MOST_ROWS: usize = 200;
/// Most levels.
const MOST_LEVELS: usize = 5;
/// Most objects.
const MOST_OBJECTS: usize = 5;

/// One row to be created.
struct Node<'b> {
    object: usize,
    reference: &'b str,
    fields: Map<String, Json>,
    /// Place of the parent among the nodes, and of the field that points to it.
    parent: Option<(usize, usize)>,
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "INVALID_INPUT", message)
}

/// `POST …/composite/tree/T`.
pub(super) fn answer(org: &Org, call: &Call, object: &str) -> Result<Reply, Refusal> {
    let object = org.schema.object(object).ok_or_else(Refusal::not_found)?;
    let body = call.object()?;
    let levels = read(&org.schema, object, &body)?;
    if let Some(twice) = repeated(&levels) {
        return Ok(failed(twice));
    }
    let mut failures = Vec::new();
    let written = write(org, call, |desk| {
        let made = desk.all_or_nothing(|desk| create(org, desk, &levels, &mut failures));
        Ok(made.unwrap_or_default())
    })?;
    if !failures.is_empty() {
        return Ok(failed(failures));
    }
    let results: Vec<Json> = levels
        .iter()
        .flatten()
        .zip(written.iter().flatten())
        .map(|(node, id)| json!({"referenceId": node.reference, "id": id}))
        .collect();
    Ok(Reply::json(201, &json!({"hasErrors": false, "results": results})))
}

fn failed(failures: Vec<(String, Failure)>) -> Reply {
    let results: Vec<Json> = failures
        .into_iter()
        .map(|(reference, failure)| json!({"referenceId": reference, "errors": [failure.as_row_error()]}))
        .collect();
    Reply::json(400, &json!({"hasErrors": true, "results": results}))
}

/// Creates level by level. The ids have the shape of the levels.
fn create(
    org: &Org,
    desk: &mut Desk<'_>,
    levels: &[Vec<Node<'_>>],
    failures: &mut Vec<(String, Failure)>,
) -> Result<Vec<Vec<String>>, Failure> {
    let schema = desk.schema;
    let mut made: Vec<Vec<String>> = Vec::new();
    for level in levels {
        let mut ids = Vec::with_capacity(level.len());
        let mut object = None;
        for node in level {
            // The rows of another object are another step, which is not taken after a failure.
            if object.replace(node.object).is_some_and(|before| before != node.object) && !failures.is_empty() {
                break;
            }
            let parent = node.parent.map(|(place, field)| (field, made[made.len() - 1][place].as_str()));
            let outcome = if org.faults.row_locked() {
                Err(lock_failure())
            } else {
                create_one(desk, &schema.objects[node.object], node, parent)
            };
            match outcome {
                Ok(id) => ids.push(id),
                Err(failure) => failures.push((node.reference.to_owned(), failure)),
            }
        }
        if !failures.is_empty() {
            return Err(Failure::new("PROCESSING_HALTED", "a row of the tree failed"));
        }
        made.push(ids);
    }
    Ok(made)
}

fn create_one(
    desk: &mut Desk<'_>,
    object: &Object,
    node: &Node<'_>,
    parent: Option<(usize, &str)>,
) -> Result<String, Failure> {
    let mut given = given::from_json(desk, object, &node.fields, &[])?;
    if let Some((field, id)) = parent {
        given.set(field, Cell::text(id));
    }
    desk.create(object, &mut given)
}

/// Reads the trees into levels; within a level, rows of one object stand together.
fn read<'b>(schema: &Schema, root: &Object, body: &'b Map<String, Json>) -> Result<Vec<Vec<Node<'b>>>, Refusal> {
    let mut waiting: Vec<(Option<(usize, usize)>, usize, &Json)> = Vec::new();
    for record in records(body)? {
        waiting.push((None, root.number, record));
    }
    let (mut levels, mut count, mut objects) = (Vec::new(), 0, HashSet::new());
    while !waiting.is_empty() {
        if levels.len() == MOST_LEVELS {
            return Err(invalid(format!("The tree can't be deeper than {MOST_LEVELS} levels.")));
        }
        let mut level = Vec::with_capacity(waiting.len());
        let mut below = Vec::new();
        for (parent, object, record) in std::mem::take(&mut waiting) {
            count += 1;
            if count > MOST_ROWS {
                return Err(invalid(format!("The request can't contain more than {MOST_ROWS} records.")));
            }
            objects.insert(object);
            let object = &schema.objects[object];
            let (reference, fields) = split(object, record)?;
            let (children, fields): (Vec<_>, Vec<_>) =
                fields.into_iter().partition(|(_, value)| value.get("records").is_some());
            for (name, value) in children {
                let Some((child, field)) = child_of(schema, object, name) else {
                    return Err(given::no_column(name, object).into());
                };
                let value = value.as_object().ok_or_else(|| invalid("records must be in an object"))?;
                for record in records(value)? {
                    below.push((Some((level.len(), field)), child, record));
                }
            }
            let fields = fields.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            level.push(Node { object: object.number, reference, fields, parent });
        }
        if objects.len() > MOST_OBJECTS {
            return Err(invalid(format!("The request can't contain more than {MOST_OBJECTS} types of records.")));
        }
        // Stable, so that children keep the order of their parents and of the request.
        let mut seen: Vec<usize> = Vec::new();
        for (_, object, _) in &below {
            if !seen.contains(object) {
                seen.push(*object);
            }
        }
        below.sort_by_key(|(_, object, _)| seen.iter().position(|known| known == object));
        waiting = below;
        levels.push(level);
    }
    Ok(levels)
}

fn records(holder: &Map<String, Json>) -> Result<&[Json], Refusal> {
    match holder.get("records") {
        Some(Json::Array(records)) if !records.is_empty() => Ok(records),
        _ => Err(invalid("records must be an array with at least one record")),
    }
}

/// A record's reference id, and its entries beside the attributes.
fn split<'b>(object: &Object, record: &'b Json) -> Result<(&'b str, Vec<(&'b String, &'b Json)>), Refusal> {
    let record = record.as_object().ok_or_else(|| invalid("A record must be an object"))?;
    let attribute = |name: &str| record.get("attributes").and_then(|all| all.get(name)).and_then(Json::as_str);
    let reference = attribute("referenceId").filter(|reference| !reference.is_empty());
    let reference = reference.ok_or_else(|| invalid("Include a reference ID for each record in the request."))?;
    if !reference.starts_with(|sign: char| sign.is_ascii_alphanumeric()) {
        return Err(invalid(format!("The reference ID {reference} must start with a letter or a number.")));
    }
    match attribute("type") {
        Some(named) if named.eq_ignore_ascii_case(&object.name) => {}
        Some(named) => {
            return Err(invalid(format!(
                "The record {reference} is of the type {named}, but must be of {}.",
                object.name
            )));
        }
        None => return Err(invalid("Include a type for each record in the request.")),
    }
    Ok((reference, record.iter().filter(|(name, _)| *name != "attributes").collect()))
}

/// The object and field behind a name such as `Contacts`.
fn child_of(schema: &Schema, object: &Object, name: &str) -> Option<(usize, usize)> {
    let children = schema.children(object).iter().find(|children| {
        let field = &schema.objects[children.object].fields[children.field];
        field.children.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(name))
    })?;
    Some((children.object, children.field))
}

/// Every record whose reference id another has too.
fn repeated(levels: &[Vec<Node<'_>>]) -> Option<Vec<(String, Failure)>> {
    let (mut once, mut twice) = (HashSet::new(), HashSet::new());
    for node in levels.iter().flatten() {
        if !once.insert(node.reference) {
            twice.insert(node.reference);
        }
    }
    let failure = || Failure::new("INVALID_INPUT", "Duplicate ReferenceId provided in the request.");
    let found: Vec<(String, Failure)> = levels
        .iter()
        .flatten()
        .filter(|node| twice.contains(node.reference))
        .map(|node| (node.reference.to_owned(), failure()))
        .collect();
    (!found.is_empty()).then_some(found)
}

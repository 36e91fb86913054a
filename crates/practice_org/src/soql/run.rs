//! Running a plan: rows to records.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params_from_iter};
use serde_json::{Map, Value as Json, json};

use super::Fault;
use super::expression::Shape;
use super::plan::{ADDRESS, Answer, Context, MOST_GROUPS, Node, Plan, plan};
use crate::failure::{Failure, Refusal};
use crate::rows::value::Cell;
use crate::time;

/// Reads and checks a query text.
pub(crate) fn prepare(context: Context<'_>, text: &str) -> Result<Plan, Failure> {
    let explain = |fault: Fault| fault.explain(text);
    let query = super::parser::parse(text).map_err(explain)?;
    plan(context, &query).map_err(explain)
}

/// The number behind `COUNT()`.
pub(crate) fn count(conn: &Connection, plan: &Plan) -> Result<u64, Refusal> {
    let mut statement = conn.prepare(&plan.sql(None))?;
    let count: i64 = statement.query_row(params_from_iter(&plan.values), |row| row.get(0))?;
    Ok(count as u64)
}

/// At most `most` records or groups.
pub(crate) fn records(
    conn: &Connection,
    plan: &Plan,
    version: &str,
    most: Option<usize>,
) -> Result<Vec<Json>, Refusal> {
    let most = if plan.answer == Answer::Groups { Some(MOST_GROUPS + 1) } else { most };
    let found = collect(conn, plan, &plan.sql(most), &plan.values, version)?;
    if plan.answer == Answer::Groups && found.len() > MOST_GROUPS {
        return Err(Refusal::new(
            400,
            "EXCEEDED_ID_LIMIT",
            format!("Aggregate query returned more than {MOST_GROUPS} groups; add LIMIT"),
        ));
    }
    Ok(found)
}

/// The ids of every record.
pub(crate) fn ids(conn: &Connection, plan: &Plan) -> Result<Vec<String>, Refusal> {
    let mut statement = conn.prepare(&plan.ids_sql())?;
    let mut rows = statement.query(params_from_iter(&plan.values))?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        ids.push(row.get(0)?);
    }
    Ok(ids)
}

/// The records with these ids, in their order.
pub(crate) fn page(conn: &Connection, plan: &Plan, ids: &[String], version: &str) -> Result<Vec<Json>, Refusal> {
    let array = Cell::Text(json!(ids).to_string());
    collect(conn, plan, &plan.page_sql(), &[array], version)
}

fn collect(conn: &Connection, plan: &Plan, sql: &str, values: &[Cell], version: &str) -> Result<Vec<Json>, Refusal> {
    let mut children = Vec::new();
    for node in &plan.nodes {
        if let Node::Children { plan, .. } = node {
            children.push(conn.prepare(&plan.sql(None))?);
        }
    }
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let mut record = Map::new();
        if plan.answer == Answer::Groups {
            record.insert("attributes".into(), json!({"type": "AggregateResult"}));
        } else {
            let id: String = row.get(0)?;
            record.insert("attributes".into(), attributes(&plan.object, &id, version));
        }
        let mut next_child = 0;
        for node in &plan.nodes {
            if let Node::Children { name, plan: child } = node {
                let id: String = row.get(0)?;
                let set = child_set(conn, child, &mut children[next_child], &id, version)?;
                record.insert(name.clone(), set);
                next_child += 1;
            } else {
                insert(&mut record, row, node, version)?;
            }
        }
        found.push(Json::Object(record));
    }
    Ok(found)
}

/// The children of one parent, or null when there are none.
fn child_set(
    conn: &Connection,
    plan: &Plan,
    statement: &mut rusqlite::Statement<'_>,
    parent: &str,
    version: &str,
) -> Result<Json, Refusal> {
    let mut values = plan.values.clone();
    values[0] = Cell::text(parent);
    let mut records = Vec::new();
    if plan.nodes.iter().any(|node| matches!(node, Node::Children { .. })) {
        records = collect(conn, plan, &plan.sql(None), &values, version)?;
    } else {
        let mut rows = statement.query(params_from_iter(&values))?;
        while let Some(row) = rows.next()? {
            let id: String = row.get(0)?;
            let mut record = Map::new();
            record.insert("attributes".into(), attributes(&plan.object, &id, version));
            for node in &plan.nodes {
                insert(&mut record, row, node, version)?;
            }
            records.push(Json::Object(record));
        }
    }
    if records.is_empty() {
        return Ok(Json::Null);
    }
    Ok(json!({"totalSize": records.len(), "done": true, "records": records}))
}

fn insert(record: &mut Map<String, Json>, row: &Row<'_>, node: &Node, version: &str) -> Result<(), Refusal> {
    match node {
        Node::Value { name, column, shape, formatted } => {
            let value = value(row.get_ref(*column)?, *shape);
            record.insert(name.clone(), if *formatted { formatted_text(value) } else { value });
        }
        Node::Address { name, column } => {
            let mut address = Map::new();
            for (place, (key, _, shape)) in ADDRESS.iter().enumerate() {
                address.insert((*key).into(), value(row.get_ref(column + place)?, *shape));
            }
            let empty = address.values().all(Json::is_null);
            record.insert(name.clone(), if empty { Json::Null } else { Json::Object(address) });
        }
        Node::Location { name, column } => {
            let part = |place: usize| Ok::<_, Refusal>(value(row.get_ref(column + place)?, Shape::Decimal));
            let (latitude, longitude) = (part(0)?, part(1)?);
            let empty = latitude.is_null() && longitude.is_null();
            let location = json!({"latitude": latitude, "longitude": longitude});
            record.insert(name.clone(), if empty { Json::Null } else { location });
        }
        Node::Parent { name, id, object, kind, nodes } => {
            let parent = match row.get_ref(*id)? {
                ValueRef::Null => Json::Null,
                _ => {
                    let id: String = row.get(*id)?;
                    let mut parent = Map::new();
                    let mut shown = attributes(object, &id, version);
                    if let Some(kind) = kind {
                        let kind: String = row.get(*kind)?;
                        shown = attributes(&kind, &id, version);
                        shown["type"] = object.clone().into();
                    }
                    parent.insert("attributes".into(), shown);
                    for node in nodes {
                        insert(&mut parent, row, node, version)?;
                    }
                    Json::Object(parent)
                }
            };
            record.insert(name.clone(), parent);
        }
        Node::Children { .. } => {}
    }
    Ok(())
}

/// `attributes` of a record.
pub(crate) fn attributes(object: &str, id: &str, version: &str) -> Json {
    json!({"type": object, "url": format!("/services/data/v{version}/sobjects/{object}/{id}")})
}

/// A stored value as JSON.
pub(crate) fn value(value: ValueRef<'_>, shape: Shape) -> Json {
    match (value, shape) {
        (ValueRef::Null | ValueRef::Blob(_), Shape::Boolean) => Json::Bool(false),
        (ValueRef::Null | ValueRef::Blob(_), _) => Json::Null,
        (ValueRef::Integer(number), Shape::Boolean) => Json::Bool(number != 0),
        (ValueRef::Integer(instant), Shape::Instant) => time::rest(instant).into(),
        (ValueRef::Integer(number), Shape::Decimal) => json!(number as f64),
        (ValueRef::Integer(number), _) => number.into(),
        (ValueRef::Real(number), Shape::Integer) if number.fract() == 0.0 => json!(number as i64),
        (ValueRef::Real(number), _) => json!(number),
        (ValueRef::Text(text), _) => String::from_utf8_lossy(text).into(),
    }
}

fn formatted_text(value: Json) -> Json {
    match value {
        Json::Number(number) => number.to_string().into(),
        Json::Bool(flag) => flag.to_string().into(),
        other => other,
    }
}

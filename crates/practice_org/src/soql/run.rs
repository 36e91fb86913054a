//! Running a plan: rows to records.

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, Row, params_from_iter};
use serde_json::{Map, Value as Json, json};

use super::Fault;
use super::clock::Clock;
use super::expression::Shape;
use super::plan::{Answer, Context, MOST_GROUPS, Node, Plan, plan};
use crate::failure::{Failure, Refusal};
use crate::rows::value::Cell;
use crate::time;

/// Reads and checks a query text that is asked in Greenwich.
pub(crate) fn prepare(context: Context<'_>, text: &str) -> Result<Plan, Failure> {
    prepare_at(context, &Clock::utc(), text)
}

/// Reads and checks a query text.
pub(crate) fn prepare_at(context: Context<'_>, clock: &Clock, text: &str) -> Result<Plan, Failure> {
    let explain = |fault: Fault| fault.explain(text);
    let query = super::parser::parse(text).map_err(explain)?;
    plan(context, clock, &query).map_err(explain)
}

/// Keeps the rows that a page does not show: by the names that lead to their set, and their ids. Tells the cursor's id.
pub(crate) type Keep<'k> = dyn Fn(&[String], Vec<String>) -> Result<String, Refusal> + 'k;

/// How much goes into one page, and who keeps the rest.
#[derive(Clone, Copy)]
pub(crate) struct Paging<'p> {
    /// Most records, children included.
    pub(crate) size: usize,
    /// For child sets that are longer.
    pub(crate) keep: &'p Keep<'p>,
}

/// Some records of an answer.
pub(crate) struct Page {
    /// The records.
    pub(crate) records: Vec<Json>,
    /// Whether there are more.
    pub(crate) more: bool,
    /// Records in it, those of child sets included.
    weight: usize,
}

/// The number behind `COUNT()`.
pub(crate) fn count(conn: &Connection, plan: &Plan) -> Result<u64, Refusal> {
    let mut statement = ready(conn, &plan.sql(None))?;
    let count: i64 = statement.query_row(params_from_iter(&plan.values), |row| row.get(0))?;
    Ok(count as u64)
}

/// At most `most` records or groups, with all their children.
pub(crate) fn records(
    conn: &Connection,
    plan: &Plan,
    version: &str,
    most: Option<usize>,
) -> Result<Vec<Json>, Refusal> {
    let most = if plan.answer == Answer::Groups { Some(MOST_GROUPS + 1) } else { most };
    let reader = Reader { conn, version, paging: None };
    let found = reader.collect(plan, &plan.sql(most), &plan.values, &mut Vec::new())?.records;
    if plan.answer == Answer::Groups && found.len() > MOST_GROUPS {
        return Err(Refusal::new(
            400,
            "EXCEEDED_ID_LIMIT",
            format!("Aggregate query returned more than {MOST_GROUPS} groups; add LIMIT"),
        ));
    }
    Ok(found)
}

/// The first page of records.
pub(crate) fn first(conn: &Connection, plan: &Plan, version: &str, paging: Paging<'_>) -> Result<Page, Refusal> {
    let reader = Reader { conn, version, paging: Some(paging) };
    reader.collect(plan, &plan.sql(Some(paging.size + 1)), &plan.values, &mut Vec::new())
}

/// The ids of every record.
pub(crate) fn ids(conn: &Connection, plan: &Plan) -> Result<Vec<String>, Refusal> {
    ids_with(conn, plan, &plan.values)
}

fn ids_with(conn: &Connection, plan: &Plan, values: &[Cell]) -> Result<Vec<String>, Refusal> {
    let mut statement = ready(conn, &plan.ids_sql())?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        ids.push(row.get(0)?);
    }
    Ok(ids)
}

/// The records with these ids, in their order, as far as they fit into a page. `path` leads to the child set they are in.
pub(crate) fn page(
    conn: &Connection,
    (plan, path): (&Plan, &[String]),
    ids: &[String],
    version: &str,
    paging: Paging<'_>,
) -> Result<Page, Refusal> {
    let array = Cell::Text(json!(ids).to_string());
    Reader { conn, version, paging: Some(paging) }.collect(plan, &plan.page_sql(), &[array], &mut path.to_vec())
}

/// A statement, from the ones kept ready if it was used before.
fn ready<'c>(conn: &'c Connection, sql: &str) -> Result<CachedStatement<'c>, Refusal> {
    // Where SQLite's own limits are met, the query asks for more than is sensible, and nothing is broken.
    const TOO_MUCH: [&str; 4] = ["too large", "too big", "too many", "stack overflow"];
    conn.prepare_cached(sql).map_err(|error| {
        let words = error.to_string();
        if TOO_MUCH.iter().any(|limit| words.contains(limit)) {
            return Refusal::new(
                400,
                "QUERY_TOO_COMPLICATED",
                "Query is either selecting too many fields or the filter conditions are too complicated.",
            );
        }
        Refusal::from(error)
    })
}

/// Reads records, children within.
struct Reader<'c> {
    conn: &'c Connection,
    version: &'c str,
    paging: Option<Paging<'c>>,
}

impl Reader<'_> {
    fn collect(&self, plan: &Plan, sql: &str, values: &[Cell], path: &mut Vec<String>) -> Result<Page, Refusal> {
        let mut statement = ready(self.conn, sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut page = Page { records: Vec::new(), more: false, weight: 0 };
        while let Some(row) = rows.next()? {
            if self.paging.is_some_and(|paging| page.weight >= paging.size) {
                page.more = true;
                break;
            }
            let mut record = Map::new();
            if plan.answer == Answer::Groups {
                record.insert("attributes".into(), json!({"type": "AggregateResult"}));
            } else {
                let id: String = row.get(0)?;
                record.insert("attributes".into(), attributes(&plan.object, &id, self.version));
            }
            for node in &plan.nodes {
                if let Node::Children { name, plan } = node {
                    path.push(name.clone());
                    let (set, weight) = self.children(plan, row.get(0)?, path)?;
                    path.pop();
                    page.weight += weight;
                    record.insert(name.clone(), set);
                } else {
                    insert(&mut record, row, node, self.version)?;
                }
            }
            page.weight += 1;
            page.records.push(Json::Object(record));
        }
        Ok(page)
    }

    /// The children of one parent, or null when there are none, and how many are shown.
    fn children(&self, plan: &Plan, parent: String, path: &mut Vec<String>) -> Result<(Json, usize), Refusal> {
        let mut values = plan.values.clone();
        values[0] = Cell::Text(parent);
        let most = self.paging.map(|paging| paging.size + 1);
        let page = self.collect(plan, &plan.sql(most), &values, path)?;
        let shown = page.records.len();
        if shown == 0 {
            return Ok((Json::Null, 0));
        }
        if let (true, Some(paging)) = (page.more, self.paging) {
            let all = ids_with(self.conn, plan, &values)?;
            let total = all.len();
            let id = (paging.keep)(path, all)?;
            let set = set(total, Some((self.version, &id, shown)), page.records);
            return Ok((set, page.weight));
        }
        Ok((set(shown, None, page.records), page.weight))
    }
}

/// A set of records; `next` holds version, cursor and place of what follows.
pub(crate) fn set(total: usize, next: Option<(&str, &str, usize)>, records: Vec<Json>) -> Json {
    let mut body = Map::new();
    body.insert("totalSize".into(), total.into());
    body.insert("done".into(), next.is_none().into());
    if let Some((version, cursor, place)) = next {
        body.insert("nextRecordsUrl".into(), format!("/services/data/v{version}/query/{cursor}-{place}").into());
    }
    body.insert("records".into(), Json::Array(records));
    Json::Object(body)
}

fn insert(record: &mut Map<String, Json>, row: &Row<'_>, node: &Node, version: &str) -> Result<(), Refusal> {
    match node {
        Node::Value { name, column, shape } => {
            record.insert(name.clone(), value(row.get_ref(*column)?, *shape));
        }
        Node::Compound { name, parts } => {
            let mut compound = Map::new();
            for (key, column, shape) in parts {
                compound.insert((*key).into(), value(row.get_ref(*column)?, *shape));
            }
            let empty = compound.values().all(Json::is_null);
            record.insert(name.clone(), if empty { Json::Null } else { Json::Object(compound) });
        }
        Node::Parent { name, id, object, targets, nodes } => {
            let parent = match row.get::<_, Option<String>>(*id)? {
                Some(id) => shown_parent(row, (object, targets), &id, nodes, version)?,
                None => Json::Null,
            };
            record.insert(name.clone(), parent);
        }
        Node::TypeOf { name, id, arms, targets, otherwise } => {
            let parent = match row.get::<_, Option<String>>(*id)? {
                None => Json::Null,
                Some(id) => match arms.iter().find(|arm| id.starts_with(&arm.prefix)) {
                    Some(arm) => shown_parent(row, (&arm.object, &[]), &id, &arm.nodes, version)?,
                    None if otherwise.is_empty() => Json::Null,
                    None => shown_parent(row, ("Name", targets), &id, otherwise, version)?,
                },
            };
            record.insert(name.clone(), parent);
        }
        // Child sets take statements of their own.
        Node::Children { .. } => {}
    }
    Ok(())
}

fn shown_parent(
    row: &Row<'_>,
    (object, targets): (&str, &[(String, String)]),
    id: &str,
    nodes: &[Node],
    version: &str,
) -> Result<Json, Refusal> {
    let real = targets.iter().find(|(prefix, _)| id.starts_with(prefix)).map_or(object, |(_, name)| name);
    let mut shown = attributes(real, id, version);
    shown["type"] = object.into();
    let mut parent = Map::new();
    parent.insert("attributes".into(), shown);
    for node in nodes {
        insert(&mut parent, row, node, version)?;
    }
    Ok(Json::Object(parent))
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

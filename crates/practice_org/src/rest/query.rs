//! `query`, `queryAll` and their further pages.

use serde_json::{Value as Json, json};
use std::sync::Arc;

use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::ids;
use crate::org::{Cursor, Org};
use crate::soql::plan::{Answer, Context};
use crate::soql::{metadata, run};
use crate::time;

/// Key prefix of a cursor.
const CURSOR: &str = "01g";

fn context<'s>(org: &'s Org, call: &'s Call, deleted: bool) -> Context<'s> {
    Context { schema: &org.schema, version: call.version.number, deleted, user: call.user() }
}

/// `GET …/query?q=`.
pub(crate) fn query(org: &Org, call: &Call, deleted: bool) -> Result<Reply, Refusal> {
    let text = call
        .parameter("q")
        .ok_or_else(|| Refusal::new(400, "MALFORMED_QUERY", "A query string has to be specified"))?;
    answer(org, call, text, deleted)
}

/// The first page of a query's answer.
pub(crate) fn answer(org: &Org, call: &Call, text: &str, deleted: bool) -> Result<Reply, Refusal> {
    let plan = run::prepare(context(org, call, deleted), text)?;
    if call.flag("columns") {
        return Ok(Reply::json(200, &metadata::describe(&plan, &org.schema)));
    }
    let version = &call.version.text;
    if plan.answer == Answer::Count {
        let count = org.database.read(|conn| run::count(conn, &plan))?;
        return Ok(Reply::json(200, &json!({"totalSize": count, "done": true, "records": []})));
    }
    let size = batch_size(call);
    let mut records = org.database.read(|conn| run::records(conn, &plan, version, Some(size + 1)))?;
    if records.len() <= size || plan.answer == Answer::Groups {
        return Ok(Reply::json(200, &json!({"totalSize": records.len(), "done": true, "records": records})));
    }
    if org.schema.object(&plan.object).is_some_and(|object| object.is_definition()) {
        return Err(Refusal::new(
            400,
            "EXCEEDED_ID_LIMIT",
            format!(
                "{} does not support queryMore(), use LIMIT to restrict the results to a single batch",
                plan.object
            ),
        ));
    }
    let all = org.database.read(|conn| run::ids(conn, &plan))?;
    records.truncate(size);
    let prefix = org.schema.object(&plan.object).map(|object| object.prefix.clone()).unwrap_or_default();
    let rows: Vec<u64> = all.iter().filter_map(|id| ids::counter(id)).collect();
    let id = org.next_id(CURSOR)?;
    let total = rows.len();
    let cursor = Cursor { query: text.to_owned(), deleted, rows: Arc::new(rows), prefix, opened: time::now_exact() };
    org.cursors.keep(id.clone(), cursor);
    Ok(Reply::json(200, &page(version, &id, total, size, records)))
}

/// `GET …/query/01g…-2000`.
pub(crate) fn more(org: &Org, call: &Call, locator: &str) -> Result<Reply, Refusal> {
    let invalid = || Refusal::new(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
    let (id, from) = locator.rsplit_once('-').ok_or_else(invalid)?;
    let from: usize = from.parse().map_err(|_| invalid())?;
    let cursor = org.cursors.get(id).ok_or_else(invalid)?;
    let total = cursor.rows.len();
    if from > total {
        return Err(invalid());
    }
    let to = (from + batch_size(call)).min(total);
    let plan = run::prepare(context(org, call, cursor.deleted), &cursor.query)?;
    let wanted: Vec<String> = cursor.rows[from..to].iter().map(|counter| ids::make(&cursor.prefix, *counter)).collect();
    let records = org.database.read(|conn| run::page(conn, &plan, &wanted, &call.version.text))?;
    Ok(Reply::json(200, &page(&call.version.text, id, total, to, records)))
}

fn page(version: &str, id: &str, total: usize, next: usize, records: Vec<Json>) -> Json {
    let done = next >= total;
    let mut body = serde_json::Map::new();
    body.insert("totalSize".into(), total.into());
    body.insert("done".into(), done.into());
    if !done {
        body.insert("nextRecordsUrl".into(), format!("/services/data/v{version}/query/{id}-{next}").into());
    }
    body.insert("records".into(), Json::Array(records));
    Json::Object(body)
}

/// `Sforce-Query-Options: batchSize=200`, between 200 and 2000.
fn batch_size(call: &Call) -> usize {
    const USUAL: usize = 2000;
    call.header("sforce-query-options")
        .and_then(|options| {
            options.split([',', ';']).find_map(|option| {
                let (name, value) = option.split_once('=')?;
                name.trim().eq_ignore_ascii_case("batchSize").then(|| value.trim().parse().ok())?
            })
        })
        .map_or(USUAL, |size: usize| size.clamp(200, USUAL))
}

//! `query`, `queryAll` and their further pages.

use serde_json::json;
use std::sync::Arc;

use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::ids;
use crate::org::{Cursor, Org};
use crate::soql::clock::Clock;
use crate::soql::plan::{Answer, Context, Plan};
use crate::soql::run::Paging;
use crate::soql::{explain, metadata, parser, run};
use crate::time;

/// Key prefix of a cursor.
const CURSOR: &str = "01g";

fn context<'s>(org: &'s Org, call: &'s Call, deleted: bool) -> Context<'s> {
    Context { schema: &org.schema, version: call.version.number, deleted, user: call.user() }
}

fn prepare(org: &Org, call: &Call, text: &str, deleted: bool) -> Result<Plan, Refusal> {
    let clock = Clock::of(org, call.user())?;
    Ok(run::prepare_at(context(org, call, deleted), &clock, text)?)
}

/// `GET …/query?q=`.
pub(crate) fn query(org: &Org, call: &Call, deleted: bool) -> Result<Reply, Refusal> {
    if let Some(text) = call.parameter("explain") {
        let plan = prepare(org, call, text, deleted)?;
        let plans = org.database.read(|conn| explain::plans(conn, &org.schema, &plan))?;
        return Ok(Reply::json(200, &json!({"plans": plans, "sourceQuery": text})));
    }
    let text = call
        .parameter("q")
        .ok_or_else(|| Refusal::new(400, "MALFORMED_QUERY", "A query string has to be specified"))?;
    answer(org, call, text, deleted)
}

/// The first page of a query's answer.
pub(crate) fn answer(org: &Org, call: &Call, text: &str, deleted: bool) -> Result<Reply, Refusal> {
    let plan = prepare(org, call, text, deleted)?;
    if call.flag("columns") {
        let query = parser::parse(text).map_err(|fault| fault.explain(text))?;
        return Ok(Reply::json(200, &metadata::describe(&plan, &query, &org.schema)));
    }
    let version = &call.version.text;
    if plan.answer == Answer::Count {
        let count = org.database.read(|conn| run::count(conn, &plan))?;
        return Ok(Reply::json(200, &json!({"totalSize": count, "done": true, "records": []})));
    }
    if plan.answer == Answer::Groups {
        let groups = org.database.read(|conn| run::records(conn, &plan, version, None))?;
        return Ok(Reply::json(200, &run::set(groups.len(), None, groups)));
    }
    let keep = |path: &[String], rows: Vec<String>| keep(org, call, (text, deleted), path, &rows);
    let paging = Paging { size: batch_size(call), keep: &keep };
    let page = org.database.read(|conn| run::first(conn, &plan, version, paging))?;
    let shown = page.records.len();
    if !page.more {
        return Ok(Reply::json(200, &run::set(shown, None, page.records)));
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
    let total = all.len();
    let id = keep(&[], all)?;
    Ok(Reply::json(200, &run::set(total, Some((version, &id, shown)), page.records)))
}

/// Opens a cursor over rows that did not fit into a page.
fn keep(
    org: &Org,
    call: &Call,
    (query, deleted): (&str, bool),
    path: &[String],
    rows: &[String],
) -> Result<String, Refusal> {
    let cursor = Cursor {
        query: query.to_owned(),
        deleted,
        user: call.user().to_owned(),
        path: path.to_vec(),
        prefix: rows.first().and_then(|id| id.get(..3)).unwrap_or_default().to_owned(),
        rows: Arc::new(rows.iter().filter_map(|id| ids::counter(id)).collect()),
        opened: time::now_exact(),
    };
    Ok(org.cursors.keep(CURSOR, cursor))
}

/// `GET …/query/01g…-2000`.
pub(crate) fn more(org: &Org, call: &Call, locator: &str) -> Result<Reply, Refusal> {
    let invalid = || Refusal::new(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
    let (id, from) = locator.rsplit_once('-').ok_or_else(invalid)?;
    let from: usize = from.parse().map_err(|_| invalid())?;
    let cursor = org.cursors.get(id, call.user()).ok_or_else(invalid)?;
    let total = cursor.rows.len();
    if from > total {
        return Err(invalid());
    }
    let size = batch_size(call);
    let to = from.saturating_add(size).min(total);
    let plan = prepare(org, call, &cursor.query, cursor.deleted)?;
    let set = plan.child(&cursor.path).ok_or_else(invalid)?;
    let wanted: Vec<String> = cursor.rows[from..to].iter().map(|counter| ids::make(&cursor.prefix, *counter)).collect();
    let keep = |path: &[String], rows: Vec<String>| keep(org, call, (&cursor.query, cursor.deleted), path, &rows);
    let paging = Paging { size, keep: &keep };
    let version = &call.version.text;
    let page = org.database.read(|conn| run::page(conn, (set, &cursor.path), &wanted, version, paging))?;
    // Rows that are gone since leave a gap, so the place of the next page counts what was asked for, not what was found.
    let next = if page.more { from + page.records.len() } else { to };
    let follows = (next < total).then_some((version.as_str(), id, next));
    Ok(Reply::json(200, &run::set(total, follows, page.records)))
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

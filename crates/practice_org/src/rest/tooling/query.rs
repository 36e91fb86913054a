//! Questions to the Tooling API. They are asked in SOQL of the rows that mirror the schema.

use serde_json::{Map, Value as Json, json};

use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::ids;
use crate::org::Org;
use crate::schema::Schema;
use crate::soql::plan::{Answer, Context};
use crate::soql::{metadata, parser, run};

/// Most rows in one answer, since there is no second page.
const MOST_ROWS: usize = 2000;
/// Fields whose text is JSON.
const JSON_FIELDS: [&str; 2] = ["Metadata", "ReferenceTo"];
/// Fields that only a question about one row may ask for.
const COSTLY: [&str; 2] = ["Metadata", "FullName"];

/// `GET …/tooling/query?q=`.
pub(super) fn query(org: &Org, call: &Call) -> Result<Reply, Refusal> {
    let text = call
        .parameter("q")
        .ok_or_else(|| Refusal::new(400, "MALFORMED_QUERY", "A query string has to be specified"))?;
    let context = context(call);
    let plan = run::prepare(context, text)?;
    if call.flag("columns") {
        let query = parser::parse(text).map_err(|fault| fault.explain(text))?;
        return Ok(Reply::json(200, &metadata::describe(&plan, &query, Schema::tooling())));
    }
    let entity = plan.object.clone();
    let (total, records) = if plan.answer == Answer::Count {
        (org.database.read(|conn| run::count(conn, &plan))? as usize, Vec::new())
    } else {
        let records = rows(org, call, text)?;
        (records.len(), records)
    };
    if records.len() > MOST_ROWS {
        return Err(Refusal::new(
            400,
            "EXCEEDED_ID_LIMIT",
            format!("{entity} does not support queryMore(), use LIMIT to restrict the results to a single batch"),
        ));
    }
    let costly =
        records.first().and_then(Json::as_object).is_some_and(|row| COSTLY.iter().any(|name| row.contains_key(*name)));
    if costly && total > 1 {
        return Err(Refusal::new(
            400,
            "MALFORMED_QUERY",
            format!(
                "When retrieving results with Metadata or FullName fields, the query qualifications must specify no more than one \
                 row for retrieval. Result size: {total}"
            ),
        ));
    }
    Ok(Reply::json(
        200,
        &json!({
            "size": records.len(),
            "totalSize": total,
            "done": true,
            "queryLocator": null,
            "entityTypeName": entity,
            "records": records,
        }),
    ))
}

/// `GET …/tooling/sobjects/CustomField/00N…`.
pub(super) fn one(org: &Org, call: &Call, name: &str, id: &str) -> Result<Reply, Refusal> {
    let object = Schema::tooling().object(name).ok_or_else(Refusal::not_found)?;
    // The id becomes part of a query's text, so it must be one.
    let id = ids::normal(id).filter(|id| ids::has_prefix(id, &object.prefix)).ok_or_else(Refusal::not_found)?;
    let fields: Vec<&str> = object.visible().map(|field| field.name.as_str()).collect();
    let text = format!("SELECT {} FROM {} WHERE Id = '{id}'", fields.join(","), object.name);
    match rows(org, call, &text)?.pop() {
        Some(record) => Ok(Reply::json(200, &record)),
        None => Err(Refusal::not_found()),
    }
}

fn context(call: &Call) -> Context<'_> {
    Context { schema: Schema::tooling(), version: call.version.number, deleted: false, user: call.user() }
}

fn rows(org: &Org, call: &Call, text: &str) -> Result<Vec<Json>, Refusal> {
    let plan = run::prepare(context(call), text)?;
    // Records name their address below `tooling`.
    let version = format!("{}/tooling", call.version.text);
    let mut records = org.database.read(|conn| run::records(conn, &plan, &version, Some(MOST_ROWS + 1)))?;
    records.iter_mut().filter_map(Json::as_object_mut).for_each(unfold);
    Ok(records)
}

fn unfold(record: &mut Map<String, Json>) {
    for name in JSON_FIELDS {
        if let Some(value) = record.get_mut(name)
            && let Some(inner) = value.as_str().and_then(|text| serde_json::from_str(text).ok())
        {
            *value = inner;
        }
    }
}

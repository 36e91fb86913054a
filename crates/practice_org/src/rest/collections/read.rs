//! Many rows of one object, read by their ids.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::too_many;
use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::ids;
use crate::org::Org;
use crate::rows::given;
use crate::soql::plan::Context;
use crate::soql::run;

/// Most ids in one call.
const MOST_READ: usize = 2000;

/// `GET …/composite/sobjects/T?ids=&fields=`, or the same in a body. Ids that lead nowhere are answered with null.
pub(super) fn read_all(
    org: &Org,
    call: &Call,
    object: &str,
    body: Option<Map<String, Json>>,
) -> Result<Reply, Refusal> {
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

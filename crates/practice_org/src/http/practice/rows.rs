//! What the owner may do to rows and to the rules for them, over HTTP.

use serde_json::{Map, Value as Json, json};

use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::org::Org;
use crate::owner::{self, OwnerError};
use crate::rows::policy;

/// Most ids in a call.
const MOST: usize = 2000;

fn refused(error: OwnerError) -> Refusal {
    Refusal::new(400, "INVALID_OPERATION", error.to_string())
}

/// The calls about rules, locks, the recycle bin and merging.
pub(super) fn route(org: &Org, call: &Call, rest: &[&str]) -> Result<Reply, Refusal> {
    match (rest, call.method.as_str()) {
        (["rules"], "GET") => Ok(Reply::json(200, &json!({"rules": owner::rules(org).map_err(refused)?}))),
        (["rules"], "POST") => {
            let list = match call.json()? {
                Json::Array(list) => list,
                one => vec![one],
            };
            list.into_iter().try_for_each(|rule| owner::set_rule(org, rule)).map_err(refused)?;
            Ok(Reply::empty(204))
        }
        (["rules", object, name], "DELETE") => {
            match policy::remove_rule(&org.schema, &org.database, object, name).map_err(refused)? {
                true => Ok(Reply::empty(204)),
                false => Err(Refusal::not_found()),
            }
        }
        (["locks"], "GET") => Ok(Reply::json(200, &json!({"ids": policy::locked_rows(&org.database)?}))),
        (["locks"], "POST") => {
            for id in ids(&call.object()?, "ids")? {
                policy::lock_row(&org.database, &id, true)?;
            }
            Ok(Reply::empty(204))
        }
        (["locks", id], "DELETE") => policy::lock_row(&org.database, id, false).map(|()| Reply::empty(204)),
        (["undelete"], "POST") => over_ids(call, |ids| owner::undelete(org, ids)),
        (["erase"], "POST") => over_ids(call, |ids| owner::erase(org, ids)),
        (["bin"], "DELETE") => Ok(Reply::json(200, &json!({"erased": owner::empty_bin(org).map_err(refused)?}))),
        (["merge"], "POST") => {
            let body = call.object()?;
            let master = body.get("master").and_then(Json::as_str).unwrap_or_default();
            let others = ids(&body, "others")?;
            let fields = body.get("fields").and_then(Json::as_object).cloned().unwrap_or_default();
            let others: Vec<&str> = others.iter().map(String::as_str).collect();
            owner::merge(org, master, &others, &fields).map_err(refused)?;
            Ok(Reply::empty(204))
        }
        (["rules" | "locks"], verb) => Err(Refusal::method(verb, &["GET", "POST"])),
        (["undelete" | "erase" | "merge"], verb) => Err(Refusal::method(verb, &["POST"])),
        (["rules", _, _] | ["locks", _] | ["bin"], verb) => Err(Refusal::method(verb, &["DELETE"])),
        _ => Err(Refusal::not_found()),
    }
}

fn over_ids(call: &Call, work: impl FnOnce(&[&str]) -> Result<(), OwnerError>) -> Result<Reply, Refusal> {
    let ids = ids(&call.object()?, "ids")?;
    work(&ids.iter().map(String::as_str).collect::<Vec<_>>()).map_err(refused)?;
    Ok(Reply::empty(204))
}

fn ids(body: &Map<String, Json>, name: &str) -> Result<Vec<String>, Refusal> {
    let ids: Option<Vec<String>> = body
        .get(name)
        .and_then(Json::as_array)
        .filter(|list| list.len() <= MOST)
        .and_then(|list| list.iter().map(|id| id.as_str().map(str::to_owned)).collect());
    ids.ok_or_else(|| Refusal::new(400, "INVALID_OPERATION", format!("{name} must be an array of at most {MOST} ids")))
}

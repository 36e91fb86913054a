//! The Tooling API, as far as clients use it to ask about objects and fields and to add their own.
//!
//! A new field is at once visible to everyone: the practice org has no field permissions to grant.

mod definitions;
mod query;

use serde_json::{Map, Value as Json, json};

use super::describe::{self, Site};
use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::org::Org;
use crate::schema::Schema;

/// Everything below `tooling/`.
pub(crate) fn route(org: &Org, call: &Call, rest: &[&str]) -> Result<Reply, Refusal> {
    let reading = matches!(call.method.as_str(), "GET" | "HEAD");
    match rest {
        [] if reading => Ok(resources(call)),
        ["sobjects"] if reading => describe::global(org, call, &site(org, call)),
        ["sobjects", name, "describe"] if reading => describe::object(org, call, &site(org, call), name),
        ["sobjects", name] if reading => {
            let object = Schema::tooling().object(name).ok_or_else(Refusal::not_found)?;
            let entry = describe::entry(&site(org, call), object);
            Ok(Reply::json(200, &json!({"objectDescribe": entry, "recentItems": []})))
        }
        ["sobjects", name, id] if reading => query::one(org, call, name, id),
        ["sobjects", name, rest @ ..] => definitions::route(org, call, name, rest),
        ["query"] if reading => query::query(org, call),
        [] | ["sobjects"] | ["query"] => Err(Refusal::method(&call.method, &["GET", "HEAD"])),
        _ => Err(Refusal::not_found()),
    }
}

fn site<'s>(org: &'s Org, call: &Call) -> Site<'s> {
    let rest = Site::rest(org, call);
    Site { schema: Schema::tooling(), base: format!("{}/tooling", rest.base), ..rest }
}

fn resources(call: &Call) -> Reply {
    let base = format!("/services/data/v{}/tooling", call.version.text);
    let map: Map<String, Json> =
        ["query", "sobjects"].iter().map(|name| ((*name).to_owned(), format!("{base}/{name}").into())).collect();
    Reply::json(200, &Json::Object(map))
}

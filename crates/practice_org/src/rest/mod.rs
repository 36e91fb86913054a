//! The REST API below `/services/data/vXX.X`: which path goes where.

pub(crate) mod collections;
pub(crate) mod composite;
mod conditional;
pub(crate) mod describe;
pub(crate) mod limits;
pub(crate) mod query;
mod relationship;
pub(crate) mod replication;
pub(crate) mod search;
pub(crate) mod sobjects;
pub(crate) mod tooling;

use serde_json::{Map, Value as Json};

use self::describe::Site;
use super::bulk;
use super::failure::Refusal;
use super::http::call::Call;
use super::http::reply::Reply;
use super::org::Org;

/// Answers a call of a signed-in user.
pub(crate) fn route(org: &Org, call: &mut Call, rest: &[&str]) -> Result<Reply, Refusal> {
    let method = call.method.clone();
    match (rest, method.as_str()) {
        ([], "GET" | "HEAD") => Ok(resources(org, call)),
        (["sobjects"], "GET" | "HEAD") => describe::global(org, call, &Site::rest(org, call)),
        (["sobjects", object, "describe"], "GET" | "HEAD") => {
            describe::object(org, call, &Site::rest(org, call), object)
        }
        (["sobjects", object, "describe", rest @ ..], "GET") => describe::part(org, call, object, rest),
        (["sobjects", object, "deleted"], "GET") => replication::deleted(org, call, object),
        (["sobjects", object, "updated"], "GET") => replication::updated(org, call, object),
        (["sobjects", rest @ ..], _) => sobjects::route(org, call, rest),
        (["query"], "GET") => query::query(org, call, false),
        (["queryAll"], "GET") => query::query(org, call, true),
        (["query" | "queryAll", locator], "GET") => query::more(org, call, locator),
        (["search"], "GET") => search::search(org, call),
        (["search", "suggestions"], "GET") => search::suggestions(org, call),
        (["parameterizedSearch"], "GET" | "POST") => search::parameterized(org, call),
        (["limits"], "GET") => limits::limits(org),
        (["limits", "recordCount"], "GET") => limits::record_count(org, call),
        (["composite", rest @ ..], _) => composite::route(org, call, rest),
        (["jobs", "ingest", rest @ ..], _) => bulk::ingest::route(org, call, rest),
        (["jobs", "query", rest @ ..], _) => bulk::query::route(org, call, rest),
        (["tooling", rest @ ..], _) => tooling::route(org, call, rest),
        (["recent"], "GET" | "HEAD") => sobjects::recent(org, call),
        ([] | ["query"] | ["queryAll"] | ["query" | "queryAll", _] | ["limits"] | ["limits", "recordCount"], verb) => {
            Err(Refusal::method(verb, &["GET", "HEAD"]))
        }
        _ => Err(Refusal::not_found()),
    }
}

fn resources(org: &Org, call: &Call) -> Reply {
    let base = format!("/services/data/v{}", call.version.text);
    let mut map = Map::new();
    for name in [
        "composite",
        "jobs",
        "limits",
        "parameterizedSearch",
        "query",
        "queryAll",
        "recent",
        "search",
        "sobjects",
        "tooling",
    ] {
        map.insert(name.into(), format!("{base}/{name}").into());
    }
    let identity = format!("{}/id/{}/{}", org.url(), org.identity.org_id, call.user());
    map.insert("identity".into(), identity.into());
    Reply::json(200, &Json::Object(map))
}

//! Describe: what objects and fields there are, with every key that Salesforce gives.
//!
//! Answers carry a tag and a date that change whenever the schema does, so that a client asks again for little.

mod entry;
mod field;
mod layouts;
mod object;

use serde_json::{Value as Json, json};

use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::org::Org;
use crate::schema::names::hash;
use crate::schema::{Object, Schema};
use crate::time;

/// Where an object's addresses begin, and who describes it.
pub(crate) struct Site<'s> {
    /// All objects.
    pub(crate) schema: &'s Schema,
    /// `/services/data/v67.0`, with `/tooling` for tooling objects.
    pub(crate) base: String,
    /// `http://127.0.0.1:1234`, for addresses of pages.
    pub(crate) instance: String,
    /// The API version, `67` for v67.0.
    pub(crate) version: u32,
}

impl<'s> Site<'s> {
    /// The objects of the REST API.
    pub(crate) fn rest(org: &'s Org, call: &Call) -> Self {
        let base = format!("/services/data/v{}", call.version.text);
        Site { schema: &org.schema, base, instance: org.url().to_owned(), version: call.version.number }
    }
}

/// `GET …/sobjects`.
pub(crate) fn global(org: &Org, call: &Call, site: &Site<'_>) -> Result<Reply, Refusal> {
    let name = format!("{} global", site.base);
    if let Some(unchanged) = unchanged(org, call, &name) {
        return Ok(unchanged);
    }
    let list: Vec<Json> = site.schema.alive().map(|object| Json::Object(entry::entry(site, object))).collect();
    let body = json!({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": list});
    Ok(tagged(org, call, &name, Reply::json(200, &body)))
}

/// `GET …/sobjects/T/describe`.
pub(crate) fn object(org: &Org, call: &Call, site: &Site<'_>, name: &str) -> Result<Reply, Refusal> {
    let object = site.schema.object(name).ok_or_else(Refusal::not_found)?;
    let name = format!("{} {}", site.base, object.name);
    if let Some(unchanged) = unchanged(org, call, &name) {
        return Ok(unchanged);
    }
    let body = object::full(site, object);
    Ok(tagged(org, call, &name, Reply::json(200, &body)))
}

/// What lies below `GET …/sobjects/T/describe/`.
pub(crate) fn part(org: &Org, call: &Call, name: &str, rest: &[&str]) -> Result<Reply, Refusal> {
    let site = Site::rest(org, call);
    let object = site.schema.object(name).ok_or_else(Refusal::not_found)?;
    match rest {
        ["layouts"] => Ok(Reply::json(200, &layouts::all(&site, object))),
        ["layouts", record_type] => layouts::one(&site, object, record_type).map(|body| Reply::json(200, &body)),
        ["compactLayouts"] => Ok(Reply::json(200, &layouts::compact(&site, object))),
        _ => Err(Refusal::not_found()),
    }
}

/// An object's entry in the global list.
pub(crate) fn entry(site: &Site<'_>, object: &Object) -> Json {
    Json::Object(entry::entry(site, object))
}

fn tag(org: &Org, call: &Call, name: &str) -> String {
    // Same schema, same version, same tag.
    format!("\"{:016x}\"", hash(&format!("{name} {} {}", call.version.text, org.schema.changed)))
}

fn tagged(org: &Org, call: &Call, name: &str, reply: Reply) -> Reply {
    reply.with("ETag", tag(org, call, name)).with("Last-Modified", time::http(org.schema.changed))
}

fn unchanged(org: &Org, call: &Call, name: &str) -> Option<Reply> {
    let by_tag = call.header("if-none-match").map(|given| {
        let own = tag(org, call, name);
        given
            .split(',')
            .any(|one| one.trim().trim_start_matches("W/").replace("-gzip\"", "\"") == own || one.trim() == "*")
    });
    let by_date =
        || call.header("if-modified-since").and_then(time::parse_http).map(|since| org.schema.changed <= since);
    by_tag.or_else(by_date).unwrap_or(false).then(|| tagged(org, call, name, Reply::empty(304)))
}

//! Several requests in one call. Each of them is answered by the same code as if it had come alone; the whole is one
//! call, and one transaction where it must be undone as a whole.

mod batch;
mod chain;
mod graph;
mod order;
mod references;
mod request;
mod tree;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value as Json, json};

use super::collections;
use crate::failure::Refusal;
use crate::http::call::{Call, Payload};
use crate::http::reply::Reply;
use crate::http::{MOST_URI, read_version};
use crate::org::Org;

/// What every address begins with.
const BASE: &str = "/services/data/";
/// Headers of a single answer that are passed on.
const PASSED_ON: [&str; 3] = ["ETag", "Last-Modified", "Location"];

/// Everything below `composite`.
pub(crate) fn route(org: &Org, call: &Call, rest: &[&str]) -> Result<Reply, Refusal> {
    let since = match rest.first() {
        None | Some(&("batch" | "tree")) => 34,
        Some(&"sobjects") => 42,
        Some(&"graph") => 50,
        Some(_) => return Err(Refusal::not_found()),
    };
    if call.version.number < since {
        return Err(Refusal::not_found());
    }
    match (rest, call.method.as_str()) {
        ([], "GET" | "HEAD") => Ok(listing(call)),
        ([], "POST") if call.version.number >= 38 => chain::answer(org, call),
        ([], verb) => Err(Refusal::method(verb, &["GET", "HEAD", "POST"])),
        (["batch"], "POST") => batch::answer(org, call),
        (["graph"], "POST") => graph::answer(org, call),
        (["batch" | "graph"], verb) => Err(Refusal::method(verb, &["POST"])),
        (["tree", object], "POST") => tree::answer(org, call, object),
        (["tree", _], verb) => Err(Refusal::method(verb, &["POST"])),
        (["sobjects", rest @ ..], _) => collections::route(org, call, rest),
        _ => Err(Refusal::not_found()),
    }
}

fn listing(call: &Call) -> Reply {
    let version = &call.version;
    let mut list = Map::new();
    for (name, since) in [("tree", 34), ("batch", 34), ("sobjects", 42), ("graph", 50)] {
        if version.number >= since {
            list.insert(name.into(), format!("{BASE}v{}/composite/{name}", version.text).into());
        }
    }
    Reply::json(200, &Json::Object(list))
}

/// The answer to one of the requests.
#[derive(Debug, Clone)]
struct Answer {
    status: u16,
    headers: Map<String, Json>,
    body: Json,
}

impl Answer {
    /// Reads a whole answer.
    fn of(reply: Reply) -> Self {
        let (status, headers, bytes) = reply.into_parts();
        let headers = headers
            .into_iter()
            .filter(|(name, _)| PASSED_ON.contains(name))
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        Answer { status, headers, body: serde_json::from_slice(&bytes).unwrap_or(Json::Null) }
    }

    /// An error without a field.
    fn error(status: u16, code: &str, message: &str) -> Self {
        Answer { status, headers: Map::new(), body: json!([{"errorCode": code, "message": message}]) }
    }

    /// For a request that was undone, or not begun, because of another.
    fn rolled_back() -> Self {
        const WHY: &str = "The transaction was rolled back since another operation in the same transaction failed.";
        Answer::error(400, "PROCESSING_HALTED", WHY)
    }

    fn failed(&self) -> bool {
        self.status >= 400 || self.status == 300
    }

    /// Failed, or succeeded as a call although a row in it failed.
    fn failed_anywhere(&self) -> bool {
        let rows = self.body.as_array().map(Vec::as_slice).unwrap_or_default();
        self.failed() || rows.iter().any(|row| row.get("success") == Some(&Json::Bool(false)))
    }

    /// As it stands in the list of a composite answer.
    fn listed(self, reference: &str) -> Json {
        json!({
            "body": self.body,
            "httpHeaders": self.headers,
            "httpStatusCode": self.status,
            "referenceId": reference,
        })
    }
}

/// Asks this org what `outer` wants to know through one of its requests.
fn ask(org: &Org, outer: &Call, method: &str, url: &str, headers: HeaderMap, body: Option<&Json>) -> Answer {
    if url.len() > MOST_URI {
        return Answer::error(414, "URI_TOO_LONG", "The URI is too long");
    }
    let answer = inner(outer, method, url, headers, body).and_then(|mut call| {
        let path = call.path.clone();
        let rest: Vec<&str> = path.iter().skip(3).map(String::as_str).collect();
        super::route(org, &mut call, &rest)
    });
    Answer::of(answer.unwrap_or_else(Reply::from))
}

fn inner(outer: &Call, method: &str, url: &str, headers: HeaderMap, body: Option<&Json>) -> Result<Call, Refusal> {
    let (path, query) = match url.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (url, None),
    };
    let bytes = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    let mut call = Call::new(method, path, query, headers, Payload::Bytes(bytes));
    let version = match call.path.as_slice() {
        [services, data, version, ..] if services == "services" && data == "data" => read_version(version)?,
        _ => return Err(Refusal::not_found()),
    };
    call.session.clone_from(&outer.session);
    call.version = version;
    // Who the client says it is holds for everything that it asks.
    const CLIENT: &str = "sforce-call-options";
    if let Some(client) = outer.headers.get(CLIENT)
        && !call.headers.contains_key(CLIENT)
    {
        call.headers.insert(CLIENT, client.clone());
    }
    Ok(call)
}

/// Headers from pairs; those that cannot be headers are left out.
fn header_map<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>) -> HeaderMap {
    pairs
        .filter_map(|(name, value)| {
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
        })
        .collect()
}

//! Conditional calls on single rows: only if changed, only if unchanged.

use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::org::Org;
use crate::schema::Object;
use crate::time::{self, Millis};

const NAMES: [&str; 4] = ["if-modified-since", "if-unmodified-since", "if-match", "if-none-match"];

/// Whether the call has conditions.
pub(crate) fn asks(call: &Call) -> bool {
    NAMES.iter().any(|name| call.header(name).is_some())
}

/// Checks the call's conditions; an answer means that nothing else is to be done.
pub(crate) fn check(org: &Org, call: &Call, object: &Object, id: &str) -> Result<Option<Reply>, Refusal> {
    if !asks(call) {
        return Ok(None);
    }
    let Some(modified) = modified(org, object, id)? else {
        return Ok(None);
    };
    let reading = matches!(call.method.as_str(), "GET" | "HEAD");
    let date = |name: &str| match call.header(name) {
        None => Ok(None),
        Some(text) => match time::parse_http(text) {
            Some(date) => Ok(Some(date)),
            None if reading => Ok(None),
            None => Err(Refusal::new(400, "INVALID_HEADER", format!("{name} is not an HTTP date"))),
        },
    };
    let own = tag(id, modified);
    let names = |header: &str| {
        header
            .split(',')
            .map(str::trim)
            .any(|one| one == "*" || one.trim_start_matches("W/").replace("-gzip\"", "\"") == own)
    };
    let changed = date("if-unmodified-since")?.is_some_and(|since| modified > since)
        || (object.name == "Account" && call.header("if-match").is_some_and(|header| !names(header)));
    if changed {
        return Err(Refusal::new(
            412,
            "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE",
            "The record has been modified since the time or version in the request",
        ));
    }
    let same = match call.header("if-none-match").filter(|_| object.name == "Account") {
        Some(header) => names(header),
        None => date("if-modified-since")?.is_some_and(|since| modified <= since),
    };
    Ok((reading && same).then(|| marked(Reply::empty(304), object, id, modified)))
}

/// Adds what a later conditional call needs.
pub(crate) fn mark(org: &Org, reply: Reply, object: &Object, id: &str) -> Result<Reply, Refusal> {
    Ok(match modified(org, object, id)? {
        Some(modified) => marked(reply, object, id, modified),
        None => reply,
    })
}

fn marked(reply: Reply, object: &Object, id: &str, modified: Millis) -> Reply {
    let reply = reply.with("Last-Modified", time::http(modified));
    if object.name == "Account" { reply.with("ETag", tag(id, modified)) } else { reply }
}

fn tag(id: &str, modified: Millis) -> String {
    format!("\"{id}-{modified:x}\"")
}

fn modified(org: &Org, object: &Object, id: &str) -> Result<Option<Millis>, Refusal> {
    use rusqlite::OptionalExtension;
    if object.find_any("LastModifiedDate").is_none() {
        return Ok(None);
    }
    let sql = format!("SELECT \"LastModifiedDate\" FROM \"{}\" WHERE \"Id\" = ?1", object.name);
    org.database.read(|conn| Ok(conn.query_row(&sql, [id], |row| row.get(0)).optional()?.flatten()))
}

//! `/practice/…`: what only a practice org has. Faults over HTTP, for tests that hold nothing but the program.

use serde_json::json;

use super::call::Call;
use super::reply::Reply;
use crate::failure::Refusal;
use crate::fault::Fault;
use crate::org::{Org, Shared};

/// Everything below `/practice/`. Any token that this org ever gave out will do, expired or not: otherwise a test that
/// expired its tokens could not undo that.
pub(crate) fn route(org: &Org, call: &Call, rest: &[&str]) -> Result<Reply, Refusal> {
    if call.bearer().and_then(|token| org.sessions.find(&token)).is_none() {
        return Err(Refusal::new(401, "INVALID_SESSION_ID", "Session expired or invalid"));
    }
    match (rest, call.method.as_str()) {
        (["faults"], "POST") => {
            let body = call.json()?;
            let list = match body {
                serde_json::Value::Array(list) => list,
                one => vec![one],
            };
            let mut faults = Vec::new();
            for entry in list {
                let fault: Fault = serde_json::from_value(entry)
                    .map_err(|error| Refusal::new(400, "INVALID_FAULT", format!("no such fault: {error}")))?;
                faults.push(fault);
            }
            for fault in faults {
                set(org, fault);
            }
            Ok(Reply::empty(204))
        }
        (["faults"], "DELETE") => {
            org.faults.clear();
            Ok(Reply::empty(204))
        }
        (["faults"], verb) => Err(Refusal::method(verb, &["POST", "DELETE"])),
        (["status"], "GET") => {
            let requests = org.requests.load(std::sync::atomic::Ordering::Relaxed);
            let counts: serde_json::Map<String, serde_json::Value> =
                org.record_counts()?.into_iter().map(|(name, count)| (name, count.into())).collect();
            Ok(Reply::json(200, &json!({"requests": requests, "records": counts})))
        }
        _ => Err(Refusal::not_found()),
    }
}

/// Switches a fault on; tokens are expired here because the faults know of none.
pub(crate) fn set(org: &Shared, fault: Fault) {
    if fault == Fault::ExpireTokens {
        org.sessions.expire_all();
    }
    org.faults.set(fault);
}

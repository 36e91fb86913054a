//! `composite/batch`: up to 25 requests that know nothing of each other.

use serde_json::{Value as Json, json};

use super::request::misshapen;
use super::{Answer, BASE, ask, header_map};
use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::read_version;
use crate::http::reply::Reply;
use crate::org::Org;

/// Most requests in a call.
const MOST: usize = 25;
/// The version in which batches came.
const SINCE: u32 = 34;

struct Request<'b> {
    method: &'b str,
    url: String,
    input: Option<&'b Json>,
}

/// `POST …/composite/batch`.
pub(super) fn answer(org: &Org, call: &Call) -> Result<Reply, Refusal> {
    let body = call.object()?;
    let Some(Json::Array(list)) = body.get("batchRequests") else {
        return Err(misshapen("Missing required field: batchRequests, which must be an array"));
    };
    let halts = body.get("haltOnError") == Some(&Json::Bool(true));
    if list.is_empty() || list.len() > MOST {
        return Err(Refusal::new(
            400,
            "LIMIT_EXCEEDED",
            format!("A batch must contain between 1 and {MOST} subrequests"),
        ));
    }
    // What is not put together as it must be fails the whole batch before anything is asked.
    let requests = list.iter().map(|entry| read(call, entry)).collect::<Result<Vec<_>, _>>()?;
    let mut results = Vec::with_capacity(requests.len());
    let mut failed = false;
    for request in requests {
        let answer = if halts && failed {
            Answer::error(412, "BATCH_PROCESSING_HALTED", "Batch processing halted per request")
        } else {
            one(org, call, &request)
        };
        failed |= answer.status >= 400;
        results.push(json!({"statusCode": answer.status, "result": answer.body}));
    }
    Ok(Reply::json(200, &json!({"hasErrors": failed, "results": results})))
}

fn read<'b>(call: &Call, entry: &'b Json) -> Result<Request<'b>, Refusal> {
    let text = |name: &str| {
        let text = entry.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
        text.ok_or_else(|| misshapen(format!("Missing required field: {name}")))
    };
    let (method, url) = (text("method")?, text("url")?);
    if !["POST", "PUT", "PATCH", "GET", "DELETE", "HEAD"].contains(&method.to_ascii_uppercase().as_str()) {
        return Err(misshapen(format!("Invalid value for method: {method}")));
    }
    let path = url.trim_start_matches(BASE).trim_start_matches('/');
    let version = read_version(path.split('/').next().unwrap_or_default());
    if !version.is_ok_and(|version| (SINCE..=call.version.number).contains(&version.number)) {
        return Err(misshapen(format!(
            "Invalid value for url: {url}. It must begin with a version from v{SINCE}.0 to v{}",
            call.version.text
        )));
    }
    let input = entry.get("richInput").filter(|input| !input.is_null());
    Ok(Request { method, url: format!("{BASE}{path}"), input })
}

fn one(org: &Org, call: &Call, request: &Request<'_>) -> Answer {
    let path = request.url.split('?').next().unwrap_or_default();
    let allowed = match path.split('/').filter(|piece| !piece.is_empty()).skip(3).collect::<Vec<_>>().as_slice() {
        ["sobjects" | "query" | "queryAll" | "search" | "parameterizedSearch" | "limits" | "recent", ..] => true,
        ["composite", "tree", _] | ["composite", "sobjects", ..] => true,
        rest => rest.is_empty(),
    };
    if !allowed {
        return Answer::error(404, "NOT_FOUND", "The requested resource does not exist");
    }
    ask(org, call, &request.method.to_ascii_uppercase(), &request.url, header_map(std::iter::empty()), request.input)
}

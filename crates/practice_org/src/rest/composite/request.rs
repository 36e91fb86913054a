//! The requests inside a composite request or a graph: read, checked, resolved and asked.

use serde_json::{Map, Value as Json};

use super::references::{Known, Unresolved, unescaped, used_in, used_in_text};
use super::{Answer, ask, header_map};
use crate::failure::Refusal;
use crate::http::call::Call;
use crate::org::Org;

/// Since this version, strange reference ids are refused and fields without value may be referred to.
const STRICT_SINCE: u32 = 52;
/// Headers that are the whole call's alone.
const OWN_HEADERS: [&str; 3] = ["accept", "authorization", "content-type"];

/// One request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) reference: String,
    headers: Vec<(String, String)>,
    body: Option<Json>,
}

/// What is known before the first request of a call is asked.
pub(super) fn nothing_known(call: &Call) -> Known {
    Known::new(call.version.number >= STRICT_SINCE)
}

/// The refusal of a whole call that is not put together as it must be.
pub(super) fn misshapen(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "JSON_PARSER_ERROR", message)
}

/// Reads a list of requests.
pub(super) fn read_all(call: &Call, holder: &Map<String, Json>) -> Result<Vec<Request>, Refusal> {
    let Some(Json::Array(list)) = holder.get("compositeRequest") else {
        return Err(misshapen("Missing required field: compositeRequest, which must be an array"));
    };
    let mut requests: Vec<Request> = Vec::with_capacity(list.len());
    for entry in list {
        let request = read(call, entry)?;
        if requests.iter().any(|known| known.reference == request.reference) {
            return Err(misshapen(format!("Duplicate referenceId found: {}", request.reference)));
        }
        requests.push(request);
    }
    Ok(requests)
}

fn read(call: &Call, entry: &Json) -> Result<Request, Refusal> {
    let text = |name: &str| match entry.get(name) {
        Some(Json::String(text)) if !text.is_empty() => Ok(text.clone()),
        _ => Err(misshapen(format!("Missing required field: {name}"))),
    };
    let (method, url) = (text("method")?, unescaped(&text("url")?));
    if !["POST", "PUT", "PATCH", "GET", "DELETE"].contains(&method.as_str()) {
        return Err(misshapen(format!("Invalid value for method: {method}")));
    }
    // Salesforce's own documentation spells the name both ways.
    let reference = text("referenceId").or_else(|refusal| text("referenceID").map_err(|_| refusal))?;
    if call.version.number >= STRICT_SINCE && !is_reference(&reference) {
        return Err(misshapen(format!(
            "Provided referenceId ('{reference}') must start with a letter or a number, and it can contain only letters, numbers and \
             underscores ('_')."
        )));
    }
    let mut headers = Vec::new();
    match entry.get("httpHeaders") {
        None | Some(Json::Null) => {}
        Some(Json::Object(map)) => {
            for (name, value) in map {
                let Some(value) = value.as_str().filter(|_| !OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()))
                else {
                    return Err(misshapen(format!("The header {name} can't be specified in a subrequest")));
                };
                headers.push((name.clone(), value.to_owned()));
            }
        }
        Some(_) => return Err(misshapen("httpHeaders must be an object")),
    }
    let body = entry.get("body").filter(|body| !body.is_null()).cloned();
    Ok(Request { method, url, reference, headers, body })
}

fn is_reference(text: &str) -> bool {
    text.starts_with(|sign: char| sign.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl Request {
    /// The reference ids that it uses.
    pub(super) fn uses(&self) -> Vec<&str> {
        let mut used: Vec<&str> = used_in_text(&self.url).collect();
        self.headers.iter().for_each(|(_, value)| used.extend(used_in_text(value)));
        if let Some(body) = &self.body {
            used_in(body, &mut used);
        }
        used
    }

    /// The pieces of its path behind `/services/data/`, references unresolved.
    pub(super) fn path(&self) -> Vec<&str> {
        let path = self.url.split('?').next().unwrap_or_default();
        path.split('/').filter(|piece| !piece.is_empty()).skip(2).collect()
    }

    /// Whether it reads or writes many rows.
    pub(super) fn is_large(&self) -> bool {
        matches!(self.path().as_slice(), [_, "query" | "queryAll", ..] | [_, "composite", "sobjects", ..])
    }

    /// Asks it, with what is known from earlier ones, and adds its own answer to that unless it failed.
    pub(super) fn ask(&self, org: &Org, call: &Call, known: &mut Known) -> Answer {
        match self.try_ask(org, call, known) {
            Ok(answer) => {
                if !answer.failed() {
                    known.add(&self.reference, answer.body.clone());
                }
                answer
            }
            Err(unresolved @ Unresolved::TooLong) => {
                Answer::error(413, "REQUEST_ENTITY_TOO_LARGE", &unresolved.message())
            }
            Err(unresolved) => Answer::error(400, "PROCESSING_HALTED", &unresolved.message()),
        }
    }

    fn try_ask(&self, org: &Org, call: &Call, known: &Known) -> Result<Answer, Unresolved> {
        let url = known.url(&self.url)?;
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            headers.push((name.as_str(), known.header(value)?));
        }
        let body = self.body.as_ref().map(|body| known.body(body)).transpose()?;
        let headers = header_map(headers.iter().map(|(name, value)| (*name, value.as_str())));
        Ok(ask(org, call, &self.method, &url, headers, body.as_ref()))
    }
}

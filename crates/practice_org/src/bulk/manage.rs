//! What both kinds of jobs have in common over HTTP: the list, changes of state, deleting, and the shape of errors.

use serde_json::{Value as Json, json};

use super::job::{Job, Kind, State};
use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::ids;
use crate::org::Org;

/// Jobs in one page of the list.
const PAGE: usize = 1000;

/// A bad request in the words of Bulk.
pub(crate) fn bad(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal::new(400, code, message)
}

/// A refusal as Bulk tells it: the code comes first.
pub(crate) fn told(refusal: Refusal) -> Reply {
    let failure = &refusal.failure;
    Reply::json(refusal.status, &json!([{"errorCode": failure.code, "message": failure.message}]))
}

/// A page of the list of jobs.
pub(crate) fn list(org: &Org, call: &Call, kind: Kind) -> Result<Reply, Refusal> {
    org.jobs.tidy(&org.database)?;
    let from: usize = match call.parameter("queryLocator").filter(|locator| !locator.is_empty()) {
        None => 0,
        Some(locator) => locator
            .rsplit_once('-')
            .filter(|(id, _)| *id == ids::make("01g", 0))
            .and_then(|(_, from)| from.parse().ok())
            .ok_or_else(|| bad("INVALID_QUERY_LOCATOR", "invalid query locator"))?,
    };
    let (name, types): (_, &[&str]) = match kind {
        Kind::Ingest => ("ingest", &["V2Ingest", "Classic", "BigObjectIngest"]),
        Kind::Query => ("query", &["V2Query", "Classic"]),
    };
    let mut jobs = org.jobs.all(kind);
    if let Some(wanted) = call.parameter("jobType") {
        let known = types.iter().find(|known| known.eq_ignore_ascii_case(wanted));
        match known {
            None => return Err(bad("INVALIDJOB", format!("jobType is invalid: {wanted}"))),
            Some(known) if *known == types[0] => {}
            // Those would be jobs of other APIs, and there are none here.
            Some(_) => jobs.clear(),
        }
    }
    let mode = call.parameter("concurrencyMode").unwrap_or("Parallel");
    jobs.retain(|job| {
        let chunked = call.parameter("isPkChunkingEnabled").is_none_or(|wanted| {
            wanted.eq_ignore_ascii_case(if job.kind == Kind::Query && job.pk_chunking() { "true" } else { "false" })
        });
        chunked && mode.eq_ignore_ascii_case("Parallel")
    });
    let shown: Vec<Json> = jobs.iter().skip(from).take(PAGE).map(Job::listed).collect();
    let next = from + shown.len();
    let done = next >= jobs.len();
    let url = format!("/services/data/v{}/jobs/{name}?queryLocator={}-{next}", call.version.text, ids::make("01g", 0));
    let next = if done { Json::Null } else { url.into() };
    Ok(Reply::json(200, &json!({"done": done, "records": shown, "nextRecordsUrl": next})))
}

/// `PATCH {"state": …}` of both kinds of jobs.
pub(crate) fn change_state(org: &Org, call: &Call, id: &str, kind: Kind) -> Result<Reply, Refusal> {
    let job = org.jobs.get(id, kind)?;
    let body = call.object()?;
    let wanted = body.get("state").and_then(Json::as_str).unwrap_or_default();
    let changed = org.jobs.change(&org.database, &job.id, |job| {
        match (wanted, job.state) {
            ("UploadComplete", State::Open) if kind == Kind::Ingest => job.state = State::UploadComplete,
            ("UploadComplete", state) if kind == Kind::Ingest => {
                let done = if state.is_final() { "Completed" } else { "Closed" };
                return Err(bad("INVALIDJOBSTATE", format!("Closing already {done} Job not allowed")));
            }
            ("Aborted", state) if !state.is_final() => job.state = State::Aborted,
            ("Aborted", State::Aborted) => {
                return Err(bad("INVALIDJOBSTATE", "Aborting already Aborted Job not allowed"));
            }
            ("Aborted", _) => {
                return Err(bad("INVALIDJOBSTATE", "Aborting already Completed Job not allowed"));
            }
            (other, _) => return Err(bad("INVALIDJOB", format!("Unsupported state: {other}"))),
        }
        Ok(job.clone())
    })?;
    if changed.state == State::UploadComplete {
        org.jobs.start(&changed);
    }
    Ok(Reply::json(200, &Json::Object(changed.short())))
}

/// `DELETE` of both kinds of jobs.
pub(crate) fn delete(org: &Org, id: &str, kind: Kind) -> Result<Reply, Refusal> {
    let job = org.jobs.get(id, kind)?;
    let may = job.state.is_final() || (kind == Kind::Ingest && job.state == State::UploadComplete);
    if !may {
        return Err(bad("API_ERROR", "Error encountered when deleting the job because the job is not terminated"));
    }
    org.jobs.remove(&org.database, &job.id)?;
    Ok(Reply::empty(204))
}

//! Query jobs over HTTP.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Value as Json, json};

use super::extract;
use super::ingest::format;
use super::job::{Job, Kind, Operation, Progress, State};
use super::manage::{self, bad, told};
use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::{Part, Reply};
use crate::limits::Quota;
use crate::org::Org;
use crate::rows::options::setting;
use crate::time;

/// Rows in a page when the caller does not say.
const USUAL_PAGE: u64 = 50_000;
/// Pages in one answer of `resultPages`.
const PAGES: u64 = 5;

/// Everything below `jobs/query`.
pub(crate) fn route(org: &Org, call: &Call, rest: &[&str]) -> Result<Reply, Refusal> {
    Ok(choose(org, call, rest).unwrap_or_else(told))
}

fn choose(org: &Org, call: &Call, rest: &[&str]) -> Result<Reply, Refusal> {
    let tail = rest.get(1).map(|piece| piece.to_ascii_lowercase());
    match (rest.first(), tail.as_deref(), call.method.as_str()) {
        (None, _, "POST") => create(org, call),
        (None, _, "GET") => manage::list(org, call, Kind::Query),
        (None, _, verb) => Err(Refusal::method(verb, &["GET", "POST"])),
        (Some(id), None, "GET") => Ok(Reply::json(200, &org.jobs.get(id, Kind::Query)?.full())),
        (Some(id), None, "PATCH") => manage::change_state(org, call, id, Kind::Query),
        (Some(id), None, "DELETE") => manage::delete(org, id, Kind::Query),
        (Some(_), None, verb) => Err(Refusal::method(verb, &["GET", "PATCH", "DELETE"])),
        (Some(id), Some("results"), "GET") => results(org, call, id),
        (Some(id), Some("resultpages"), "GET") if call.version.number >= 58 => pages(org, call, id),
        (Some(_), Some("results" | "resultpages"), verb) if verb != "GET" => Err(Refusal::method(verb, &["GET"])),
        _ => Err(Refusal::not_found()),
    }
}

fn create(org: &Org, call: &Call) -> Result<Reply, Refusal> {
    let body = call.object()?;
    let operation = match body.get("operation").and_then(Json::as_str) {
        Some("query") => Operation::Query,
        Some("queryAll") => Operation::QueryAll,
        other => {
            return Err(bad("INVALIDJOB", format!("Unsupported operation: {}", other.unwrap_or("none"))));
        }
    };
    let query = body.get("query").and_then(Json::as_str).ok_or_else(|| bad("INVALIDJOB", "No query specified"))?;
    let (delimiter, line_ending) = format(&body)?;
    let plan = extract::prepare(org, query, operation, call.version.number, call.user())?;
    let (jobs, megabytes) =
        org.usage.limit(|limits| (limits.daily_bulk_query_jobs, limits.daily_bulk_query_storage_mb));
    let used = org.usage.used(Quota::QueryJobs);
    if used >= jobs {
        let message = format!("Max bulk v2 query jobs ({jobs}) per 24 hrs has been reached ({used})");
        return Err(bad("LIMIT_EXCEEDED", message));
    }
    if org.usage.used(Quota::QueryBytes) >= megabytes.saturating_mul(1024 * 1024) {
        let message = format!(
            "Max bulk v2 query result size stored ({}) kb per 24 hrs has been exceeded",
            megabytes.saturating_mul(1024)
        );
        return Err(bad("LIMIT_EXCEEDED", message));
    }
    let job = Job {
        id: org.next_id("750")?,
        kind: Kind::Query,
        operation,
        object: plan.object,
        external_id_field: None,
        assignment_rule: None,
        created_by: call.user().to_owned(),
        client: setting(call.header("sforce-call-options"), "client").map(str::to_owned),
        created: time::now(),
        modified: time::now(),
        state: State::UploadComplete,
        delimiter,
        line_ending,
        version: call.version.number,
        error: None,
        query: Some(query.to_owned()),
        uploaded: false,
        progress: Progress::default(),
    };
    org.usage.take(Quota::QueryJobs, 1);
    org.jobs.tidy(&org.database)?;
    org.jobs.add(&org.database, job.clone())?;
    org.jobs.start(&job);
    Ok(Reply::json(200, &job.created()))
}

fn complete(org: &Org, call: &Call, id: &str) -> Result<Job, Refusal> {
    let job = org.jobs.get(id, Kind::Query)?;
    if job.version != call.version.number {
        return Err(Refusal::new(
            409,
            "API_ERROR",
            format!("The results of this job can be read with API version {}.0 only", job.version),
        ));
    }
    if job.state != State::JobComplete {
        return Err(bad(
            "INVALIDJOBSTATE",
            format!("Results are not available for a job in state {}", job.state.name()),
        ));
    }
    Ok(job)
}

fn locator(row: u64) -> String {
    STANDARD_NO_PAD.encode(row.to_string())
}

fn read_locator(text: &str) -> Option<u64> {
    let bytes = STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    String::from_utf8(bytes).ok()?.parse().ok()
}

fn page_start(call: &Call, job: &Job) -> Result<u64, Refusal> {
    match call.parameter("locator") {
        None | Some("") => Ok(0),
        Some(text) => read_locator(text)
            .filter(|row| *row <= job.progress.processed)
            .ok_or_else(|| bad("INVALID_QUERY_LOCATOR", "invalid query locator")),
    }
}

fn results(org: &Org, call: &Call, id: &str) -> Result<Reply, Refusal> {
    let job = complete(org, call, id)?;
    let from = page_start(call, &job)?;
    let most = match call.parameter("maxRecords") {
        None => USUAL_PAGE,
        Some(text) => text
            .parse()
            .ok()
            .filter(|most| *most > 0)
            .ok_or_else(|| bad("CLIENTINPUTERROR", "maxRecords must be a number greater than 0"))?,
    };
    let to = from.saturating_add(most).min(job.progress.processed);
    let rows = org.jobs.file(&job.id, "rows");
    let mut index = File::open(org.jobs.file(&job.id, "index"))?;
    let mut offset = |row: u64| -> std::io::Result<u64> {
        index.seek(SeekFrom::Start(row * 8))?;
        let mut bytes = [0u8; 8];
        index.read_exact(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    };
    let (start, end) = (offset(from)?, offset(to)?);
    let parts = vec![
        Part::File { path: rows.clone(), start: 0, length: job.progress.header.length },
        Part::File { path: rows, start, length: end - start },
    ];
    let next = if to < job.progress.processed { locator(to) } else { "null".into() };
    Ok(Reply::csv(parts).with("Sforce-NumberOfRecords", (to - from).to_string()).with("Sforce-Locator", next))
}

fn pages(org: &Org, call: &Call, id: &str) -> Result<Reply, Refusal> {
    let job = complete(org, call, id)?;
    let from = page_start(call, &job)?;
    let base = format!("/services/data/v{}/jobs/query/{}", call.version.text, job.id);
    let mut urls = Vec::new();
    let mut row = from;
    while urls.len() < PAGES as usize && (row < job.progress.processed || (row == 0 && urls.is_empty())) {
        let url = if row == 0 { format!("{base}/results") } else { format!("{base}/results?locator={}", locator(row)) };
        urls.push(json!({"resultUrl": url}));
        row += USUAL_PAGE;
    }
    let done = row >= job.progress.processed;
    let mut body = json!({"resultPages": urls});
    if !done {
        body["nextRecordsUrl"] = format!("{base}/resultPages?locator={}", locator(row)).into();
    }
    body["done"] = done.into();
    Ok(Reply::json(200, &body))
}

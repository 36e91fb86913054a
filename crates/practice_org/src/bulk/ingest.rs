//! Ingest jobs over HTTP: create, upload, start, watch, fetch results.

use std::path::PathBuf;

use serde_json::{Map, Value as Json};

use super::job::{DELIMITERS, Job, Kind, Operation, Progress, State, Stretch};
use super::manage::{self, bad, told};
use crate::failure::Refusal;
use crate::http::call::{Call, Payload};
use crate::http::reply::{Part, Reply};
use crate::ids;
use crate::limits::Quota;
use crate::noise::Noise;
use crate::org::Org;
use crate::rows::options::setting;
use crate::time;

/// Most characters of data in a job that is created with its data.
const MOST_INLINE: usize = 100_000;

/// Everything below `jobs/ingest`.
pub(crate) fn route(org: &Org, call: &mut Call, rest: &[&str]) -> Result<Reply, Refusal> {
    Ok(choose(org, call, rest).unwrap_or_else(told))
}

fn choose(org: &Org, call: &mut Call, rest: &[&str]) -> Result<Reply, Refusal> {
    let lower: Vec<String> = rest.iter().skip(1).map(|piece| piece.to_ascii_lowercase()).collect();
    let tail: Vec<&str> = lower.iter().map(String::as_str).collect();
    let method = call.method.clone();
    match (rest.first(), tail.as_slice(), method.as_str()) {
        (None, [], "POST") => create(org, call),
        (None, [], "GET") => manage::list(org, call, Kind::Ingest),
        (None, [], verb) => Err(Refusal::method(verb, &["GET", "POST"])),
        (Some(id), [], "GET") => Ok(Reply::json(200, &org.jobs.get(id, Kind::Ingest)?.full())),
        (Some(id), [], "PATCH") => manage::change_state(org, call, id, Kind::Ingest),
        (Some(id), [], "DELETE") => manage::delete(org, id, Kind::Ingest),
        (Some(_), [], verb) => Err(Refusal::method(verb, &["GET", "PATCH", "DELETE"])),
        (Some(id), ["batches"], "PUT") => upload(org, call, id),
        (Some(_), ["batches"], verb) => Err(Refusal::method(verb, &["PUT"])),
        (Some(id), ["successfulresults"], "GET") => results(org, id, true),
        (Some(id), ["failedresults"], "GET") => results(org, id, false),
        (Some(id), ["unprocessedrecords"], "GET") => unprocessed(org, id),
        (Some(_), ["successfulresults" | "failedresults" | "unprocessedrecords"], verb) => {
            Err(Refusal::method(verb, &["GET"]))
        }
        _ => Err(Refusal::not_found()),
    }
}

/// One of a few words in a job's body.
pub(crate) fn choice(body: &Map<String, Json>, name: &str, usual: &str, known: &[&str]) -> Result<String, Refusal> {
    match body.get(name) {
        None | Some(Json::Null) => Ok(usual.to_owned()),
        Some(Json::String(text)) if known.contains(&text.as_str()) => Ok(text.clone()),
        Some(other) => Err(bad("INVALIDJOB", format!("{name} is invalid: {other}"))),
    }
}

/// The delimiter and line ending in a job's body.
pub(crate) fn format(body: &Map<String, Json>) -> Result<(String, String), Refusal> {
    choice(body, "contentType", "CSV", &["CSV"])?;
    let delimiters: Vec<&str> = DELIMITERS.iter().map(|(name, _)| *name).collect();
    Ok((choice(body, "columnDelimiter", "COMMA", &delimiters)?, choice(body, "lineEnding", "LF", &["LF", "CRLF"])?))
}

fn create(org: &Org, call: &mut Call) -> Result<Reply, Refusal> {
    let kind = call.header("content-type").unwrap_or_default().to_owned();
    let parts = if kind.to_ascii_lowercase().starts_with("multipart/form-data") {
        Some(multipart(&kind, call.bytes()).ok_or_else(|| bad("CLIENTINPUTERROR", "The multipart body is malformed"))?)
    } else {
        None
    };
    let body = match &parts {
        Some((job, _)) => {
            serde_json::from_slice(job).map_err(|_| bad("INVALIDJOB", "The job part is no JSON object"))?
        }
        None => call.object()?,
    };
    let mut job = new_job(org, call, &body)?;
    if let Some((_, content)) = parts {
        if String::from_utf8_lossy(&content).chars().count() > MOST_INLINE {
            return Err(bad(
                "CLIENTINPUTERROR",
                format!("The data of a multipart job is limited to {MOST_INLINE} characters"),
            ));
        }
        std::fs::write(org.jobs.file(&job.id, "csv"), content)?;
        job.uploaded = true;
        job.state = State::UploadComplete;
    }
    org.jobs.tidy(&org.database)?;
    org.jobs.add(&org.database, job.clone())?;
    if job.state == State::UploadComplete {
        org.jobs.start(&job);
    }
    Ok(Reply::json(200, &job.created()))
}

fn new_job(org: &Org, call: &Call, body: &Map<String, Json>) -> Result<Job, Refusal> {
    let text = |name: &str| body.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
    let operation = text("operation").ok_or_else(|| bad("INVALIDJOB", "No operation specified"))?;
    let operation = match operation {
        "insert" => Operation::Insert,
        "update" => Operation::Update,
        "upsert" => Operation::Upsert,
        "delete" => Operation::Delete,
        "hardDelete" => Operation::HardDelete,
        other => return Err(bad("INVALIDJOB", format!("Unsupported operation: {other}"))),
    };
    let name = text("object").ok_or_else(|| bad("INVALIDJOB", "No object specified"))?;
    let object =
        org.schema.object(name).ok_or_else(|| bad("INVALIDENTITY", format!("Unable to find object: {name}")))?;
    let may = match operation {
        Operation::Insert => object.createable,
        Operation::Update => object.updateable,
        Operation::Upsert => object.createable && object.updateable,
        _ => object.deletable,
    };
    if !may {
        return Err(bad("INVALIDENTITY", format!("Entity '{}' is not supported by the Bulk API.", object.name)));
    }
    if operation == Operation::HardDelete && !org.usage.limit(|limits| limits.hard_delete) {
        return Err(bad(
            "FEATURENOTENABLED",
            "hardDelete operation requires special user profile permission, please contact your system administrator",
        ));
    }
    let (batches, rows) = org.usage.limit(|limits| (limits.daily_bulk_batches, limits.daily_bulk_rows));
    if org.usage.used(Quota::Batches) >= batches || org.usage.used(Quota::Rows) >= rows {
        return Err(bad("EXCEEDEDQUOTA", "ApiBatchItems Limit exceeded."));
    }
    let key = match (operation, text("externalIdFieldName")) {
        (Operation::Upsert, None) => {
            return Err(bad("INVALIDJOB", "External ID was blank for object: ".to_owned() + name));
        }
        (Operation::Upsert, Some(key)) => {
            let field = object.field(key).filter(|field| field.id_lookup);
            let field = field.ok_or_else(|| {
                bad("INVALIDJOB", format!("InvalidJob : Field name provided, {key} does not match an External ID, Salesforce Id, or indexed field for {}", object.name))
            })?;
            Some(field.name.clone())
        }
        (_, Some(_)) => return Err(bad("INVALIDJOB", "External ID field is for upsert only")),
        (_, None) => None,
    };
    let (delimiter, line_ending) = format(body)?;
    Ok(Job {
        id: org.next_id("750")?,
        kind: Kind::Ingest,
        operation,
        object: object.name.clone(),
        external_id_field: key,
        assignment_rule: text("assignmentRuleId").map(str::to_owned),
        created_by: call.user().to_owned(),
        client: setting(call.header("sforce-call-options"), "client").map(str::to_owned),
        created: time::now(),
        modified: time::now(),
        state: State::Open,
        delimiter,
        line_ending,
        version: call.version.number,
        error: None,
        query: None,
        uploaded: false,
        progress: Progress::default(),
    })
}

/// The two parts of a multipart body, job and content.
fn multipart(kind: &str, body: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let boundary = kind.split(';').map(str::trim).find_map(|part| part.strip_prefix("boundary="))?.trim_matches('"');
    let body = std::str::from_utf8(body).ok()?;
    let (mut job, mut content) = (None, None);
    for part in body.split(&format!("--{boundary}")) {
        let part = part.strip_prefix("\r\n").or_else(|| part.strip_prefix('\n')).unwrap_or(part);
        let Some((head, data)) = part.split_once("\r\n\r\n").or_else(|| part.split_once("\n\n")) else {
            continue;
        };
        let data = data.strip_suffix("\r\n").or_else(|| data.strip_suffix('\n')).unwrap_or(data);
        if head.contains("name=\"job\"") {
            job = Some(data.as_bytes().to_vec());
        } else if head.contains("name=\"content\"") {
            content = Some(data.as_bytes().to_vec());
        }
    }
    job.zip(content)
}

fn upload(org: &Org, call: &mut Call, id: &str) -> Result<Reply, Refusal> {
    let job = org.jobs.get(id, Kind::Ingest)?;
    let kind = call.header("content-type").unwrap_or("text/csv");
    if !kind.to_ascii_lowercase().contains("csv") {
        return Err(Refusal::new(415, "UNSUPPORTED_MEDIA_TYPE", format!("Content-Type '{kind}' not supported")));
    }
    let upload = match std::mem::replace(&mut call.body, Payload::Bytes(Vec::new())) {
        Payload::File(path) => path,
        Payload::Bytes(_) => PathBuf::new(),
    };
    let target = org.jobs.file(&job.id, "csv");
    let kept = org.jobs.change(&org.database, &job.id, |job| {
        if job.uploaded {
            return Err(bad(
                "CLIENTINPUTERROR",
                format!(
                    "Found multiple contents for job: <{}>, please 'Close' / 'Abort' / 'Delete' the current Job then create a new \
                     Job and make sure you only do 'PUT' once on a given Job.",
                    job.id
                ),
            ));
        }
        if job.state != State::Open {
            return Err(bad("INVALIDJOBSTATE", format!("Data cannot be uploaded to a job in state {}", job.state.name())));
        }
        std::fs::rename(&upload, &target)?;
        job.uploaded = true;
        Ok(())
    });
    if kept.is_err() {
        std::fs::remove_file(&upload).ok();
    }
    kept?;
    Ok(Reply::empty(201))
}

fn finished(org: &Org, id: &str) -> Result<Job, Refusal> {
    let job = org.jobs.get(id, Kind::Ingest)?;
    if !job.state.is_final() {
        return Err(bad(
            "INVALIDJOBSTATE",
            format!("Results are not available for a job in state {}", job.state.name()),
        ));
    }
    Ok(job)
}

fn results(org: &Org, id: &str, good: bool) -> Result<Reply, Refusal> {
    let job = finished(org, id)?;
    let sign = char::from(job.delimiter_byte());
    let head = match good {
        true => format!("\"sf__Id\"{sign}\"sf__Created\"{sign}"),
        false if job.version < 53 => format!("\"sf__Error\"{sign}"),
        false => format!("\"sf__Id\"{sign}\"sf__Error\"{sign}"),
    };
    let mut parts = vec![Part::Bytes(head.into_bytes())];
    let Stretch { start, length } = job.progress.header;
    if length > 0 {
        parts.push(Part::File { path: org.jobs.file(&job.id, "csv"), start, length });
    }
    parts.push(Part::Bytes(job.line_end().as_bytes().to_vec()));
    let (mut stretches, kind) = if good { (job.progress.successes, "ok") } else { (job.progress.failures, "bad") };
    if org.faults.shuffles() {
        Noise::new(ids::counter(&job.id).unwrap_or(1)).shuffle(&mut stretches);
    }
    for Stretch { start, length } in stretches {
        parts.push(Part::File { path: org.jobs.file(&job.id, kind), start, length });
    }
    Ok(Reply::csv(parts))
}

fn unprocessed(org: &Org, id: &str) -> Result<Reply, Refusal> {
    let job = finished(org, id)?;
    let path = org.jobs.file(&job.id, "csv");
    let size = std::fs::metadata(&path).map_or(0, |file| file.len());
    let mut parts = Vec::new();
    match job.progress.next {
        // The header was never read: everything is as it came.
        None if job.uploaded => parts.push(Part::File { path, start: 0, length: size }),
        None => {}
        Some(next) => {
            let Stretch { start, length } = job.progress.header;
            parts.push(Part::File { path: path.clone(), start, length });
            parts.push(Part::Bytes(job.line_end().as_bytes().to_vec()));
            parts.push(Part::File { path, start: next, length: size.saturating_sub(next) });
        }
    }
    Ok(Reply::csv(parts))
}

#[cfg(test)]
mod tests {
    use super::multipart;

    #[test]
    fn a_multipart_body_has_two_parts() {
        let body = "--B\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name=\"job\"\r\n\r\n{\"a\":1}\r\n\
                    --B\r\nContent-Type: text/csv\r\nContent-Disposition: form-data; name=\"content\"; filename=\"content\"\r\n\r\nName\nA\n\r\n--B--\r\n";
        let (job, content) = multipart("multipart/form-data; boundary=B", body.as_bytes()).unwrap();
        assert_eq!(job, b"{\"a\":1}");
        assert_eq!(content, b"Name\nA\n");
    }
}

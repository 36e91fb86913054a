//! Bulk API 2.0: jobs that take a CSV and give their results as CSV, and jobs that answer a query.
//!
//! A job is addressed with the version that it was made with: its results can be read with no other.

use super::{Ask, Download, Org, OrgError, Stop, escaped, wire};
use reqwest::Method;

/// Where the rows of an upload come from. A renewed session sends them again from the start.
pub trait Chunks {
    /// The next piece, or `None` at the end.
    fn next(&mut self) -> Result<Option<Vec<u8>>, Stopped>;

    /// Starts again.
    fn rewind(&mut self);
}

/// The rows to send could not be read; whoever reads them knows why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// What a job is to do with its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IngestJob<'a> {
    /// The object.
    pub object: &'a str,
    /// `insert`, `update`, `upsert`, `delete` or `hardDelete`.
    pub operation: &'a str,
    /// The field by which an upsert finds records.
    pub external_id: Option<&'a str>,
    /// The assignment rule to run, by id; none runs without it.
    pub assignment_rule: Option<&'a str>,
}

/// Where a job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// The API version it was made with.
    pub version: String,
}

/// A job just made, open for its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Where it is.
    pub job: Job,
    /// The org's clock when it was made.
    pub at: String,
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// It waits for its rows.
    Open,
    /// It has them and waits its turn.
    UploadComplete,
    /// It is at work.
    InProgress,
    /// It went through all rows.
    Complete,
    /// It could not go on.
    Failed,
    /// Somebody stopped it.
    Aborted,
    /// A word that we do not know.
    Other(String),
}

impl JobState {
    fn read(word: &str) -> JobState {
        match word {
            "Open" => JobState::Open,
            "UploadComplete" => JobState::UploadComplete,
            "InProgress" => JobState::InProgress,
            "JobComplete" => JobState::Complete,
            "Failed" => JobState::Failed,
            "Aborted" => JobState::Aborted,
            other => JobState::Other(other.to_owned()),
        }
    }

    /// Salesforce's word for it.
    pub fn word(&self) -> &str {
        match self {
            JobState::Open => "Open",
            JobState::UploadComplete => "UploadComplete",
            JobState::InProgress => "InProgress",
            JobState::Complete => "JobComplete",
            JobState::Failed => "Failed",
            JobState::Aborted => "Aborted",
            JobState::Other(other) => other,
        }
    }

    /// Whether nothing more will happen.
    pub fn ended(&self) -> bool {
        matches!(self, JobState::Complete | JobState::Failed | JobState::Aborted)
    }
}

/// Jobs listed at most.
const MOST_LISTED: usize = 10_000;

/// A job in the list of an org's jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedJob {
    /// Its id.
    pub id: String,
    /// The object it writes to.
    pub object: String,
    /// What it does, in Salesforce's word.
    pub operation: String,
    /// How far it is.
    pub state: JobState,
    /// When it was made, as Salesforce writes it.
    pub created_at: String,
    /// The user who made it.
    pub created_by: String,
    /// The API version it was made with.
    pub version: String,
}

/// What a job says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobInfo {
    /// How far it is.
    pub state: JobState,
    /// Rows gone through, refused ones included; `None` before it began.
    pub processed: Option<u64>,
    /// Rows refused.
    pub failed: Option<u64>,
    /// Why it failed as a whole.
    pub error: Option<String>,
}

/// A page of a query job's rows.
pub struct ResultPage {
    /// The CSV.
    pub body: Download,
    /// Where the page after it is; `None` on the last.
    pub next: Option<String>,
    /// Rows in it, as the org says.
    pub rows: Option<u64>,
}

/// Where pages of a query job's rows are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultPages {
    /// The places, in order.
    pub places: Vec<String>,
    /// Where the list goes on; `None` at its end.
    pub next: Option<String>,
}

/// The three sets that a job's rows end in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Done.
    Successful,
    /// Refused.
    Failed,
    /// Not tried.
    Unprocessed,
}

impl Org {
    /// Makes a job, open for its rows. Nothing happens in the org until it is closed.
    pub fn open_job(&self, job: &IngestJob<'_>, stop: impl Into<Stop>) -> Result<Opened, OrgError> {
        let stop = &stop.into();
        let version = self.version(stop)?.to_string();
        let mut body = serde_json::json!({
            "object": job.object, "operation": job.operation, "contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF",
        });
        if let Some(field) = job.external_id {
            body["externalIdFieldName"] = field.into();
        }
        if let Some(rule) = job.assignment_rule {
            body["assignmentRuleId"] = rule.into();
        }
        let path = format!("/services/data/v{version}/jobs/ingest");
        // A job that nobody closes does nothing, so making it twice has no second effect.
        let answer: wire::JobAnswer =
            self.ask_json(&Ask::json(Method::POST, path, body.to_string(), stop).repeatable())?;
        Ok(Opened { job: Job { id: answer.id, version }, at: self.now() })
    }

    /// Sends a job its rows: one CSV, in pieces. A job takes them once.
    pub fn fill_job(&self, job: &Job, chunks: &mut dyn Chunks, stop: impl Into<Stop>) -> Result<(), OrgError> {
        let stop = &stop.into();
        let ask = Ask { method: Method::PUT, ..Ask::get(ingest(job, "/batches"), stop) };
        self.upload(&ask, "text/csv", chunks)?;
        Ok(())
    }

    /// Tells a job that it has all its rows: now it begins. `Lost` when it may or may not have begun.
    pub fn close_job(&self, job: &Job, stop: impl Into<Stop>) -> Result<JobInfo, OrgError> {
        self.set_state(ingest(job, ""), "UploadComplete", &stop.into())
    }

    /// Stops a job. Rows it has done stay done.
    pub fn abort_job(&self, job: &Job, stop: impl Into<Stop>) -> Result<JobInfo, OrgError> {
        self.set_state(ingest(job, ""), "Aborted", &stop.into())
    }

    /// How far a job is.
    pub fn job(&self, job: &Job, stop: impl Into<Stop>) -> Result<JobInfo, OrgError> {
        Ok(info(self.ask_json(&Ask::get(ingest(job, ""), &stop.into()))?))
    }

    /// The ingest jobs that the org remembers: those of the last seven days.
    pub fn jobs(&self, stop: impl Into<Stop>) -> Result<Vec<ListedJob>, OrgError> {
        let stop = &stop.into();
        let mut jobs = Vec::new();
        let mut next = Some(format!("{}?jobType=V2Ingest", self.path("jobs/ingest", stop)?));
        while let Some(path) = next {
            let page: wire::JobsPage = self.ask_json(&Ask::get(path, stop))?;
            jobs.extend(page.records.into_iter().map(|job| ListedJob {
                version: job.api_version.map_or_else(String::new, |version| format!("{version:.1}")),
                id: job.id,
                object: job.object,
                operation: job.operation,
                state: JobState::read(&job.state),
                created_at: job.created_date,
                created_by: job.created_by_id,
            }));
            next = page.next_records_url.filter(|_| !page.done && jobs.len() < MOST_LISTED);
        }
        Ok(jobs)
    }

    /// One set of a job's rows, as CSV.
    pub fn job_results(&self, job: &Job, part: Part, stop: impl Into<Stop>) -> Result<Download, OrgError> {
        let part = match part {
            Part::Successful => "/successfulResults",
            Part::Failed => "/failedResults",
            Part::Unprocessed => "/unprocessedrecords",
        };
        self.download(&csv(ingest(job, part), &stop.into()))
    }

    /// Makes a job that answers a query. `deleted`: with what is in the recycle bin, and archived activities.
    pub fn open_query(&self, soql: &str, deleted: bool, stop: impl Into<Stop>) -> Result<Job, OrgError> {
        let stop = &stop.into();
        let version = self.version(stop)?.to_string();
        let operation = if deleted { "queryAll" } else { "query" };
        let body = serde_json::json!({
            "operation": operation, "query": soql.trim(), "contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF",
        });
        let path = format!("/services/data/v{version}/jobs/query");
        let answer: wire::JobAnswer =
            self.ask_json(&Ask::json(Method::POST, path, body.to_string(), stop).repeatable())?;
        Ok(Job { id: answer.id, version })
    }

    /// How far a query job is.
    pub fn query_job(&self, job: &Job, stop: impl Into<Stop>) -> Result<JobInfo, OrgError> {
        Ok(info(self.ask_json(&Ask::get(query(job, ""), &stop.into()))?))
    }

    /// Stops a query job.
    pub fn abort_query(&self, job: &Job, stop: impl Into<Stop>) -> Result<JobInfo, OrgError> {
        self.set_state(query(job, ""), "Aborted", &stop.into())
    }

    /// A page of a query job's rows as CSV, with the header line: the first one, or the one at a place told by the page before it or by
    /// [`Org::result_pages`].
    pub fn query_page(&self, job: &Job, place: Option<&str>, stop: impl Into<Stop>) -> Result<ResultPage, OrgError> {
        let path = match place {
            None => query(job, "/results"),
            Some(path) if path.contains('/') => rooted(path),
            Some(locator) => query(job, &format!("/results?locator={}", escaped(locator))),
        };
        let body = self.download(&csv(path, &stop.into()))?;
        let next = body.header("sforce-locator").filter(|locator| *locator != "null" && !locator.is_empty());
        let next = next.map(str::to_owned);
        let rows = body.header("sforce-numberofrecords").and_then(|count| count.trim().parse().ok());
        Ok(ResultPage { body, next, rows })
    }

    /// The places of a complete query job's next pages, at most five, to be read at the same time. `after`: where the list before said
    /// that it goes on. Orgs of older versions do not know this.
    pub fn result_pages(&self, job: &Job, after: Option<&str>, stop: impl Into<Stop>) -> Result<ResultPages, OrgError> {
        let path = after.map_or_else(|| query(job, "/resultPages"), rooted);
        let answer: wire::PagesAnswer = self.ask_json(&Ask::get(path, &stop.into()))?;
        let places = answer.result_pages.into_iter().map(|page| page.result_url).collect();
        Ok(ResultPages { places, next: answer.next_records_url.filter(|_| !answer.done) })
    }

    fn set_state(&self, path: String, state: &str, stop: &Stop) -> Result<JobInfo, OrgError> {
        let body = format!("{{\"state\":\"{state}\"}}");
        Ok(info(self.ask_json(&Ask::json(Method::PATCH, path, body, stop))?))
    }
}

fn ingest(job: &Job, rest: &str) -> String {
    format!("/services/data/v{}/jobs/ingest/{}{rest}", escaped(&job.version), escaped(&job.id))
}

fn query(job: &Job, rest: &str) -> String {
    format!("/services/data/v{}/jobs/query/{}{rest}", escaped(&job.version), escaped(&job.id))
}

/// A path of an answer, which may lack its first slash.
fn rooted(path: &str) -> String {
    format!("/{}", path.trim_start_matches('/'))
}

fn csv(path: String, stop: &Stop) -> Ask<'_> {
    let mut ask = Ask::get(path, stop);
    ask.headers = vec![("accept", "text/csv".to_owned())];
    ask
}

fn info(answer: wire::JobAnswer) -> JobInfo {
    JobInfo {
        state: JobState::read(&answer.state),
        processed: answer.number_records_processed,
        failed: answer.number_records_failed,
        error: answer.error_message.filter(|message| !message.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_says_how_far_it_is() {
        let read = |json: &str| info(serde_json::from_str(json).unwrap());
        let open = read(
            r#"{"id":"7505f","state":"Open","apiVersion":67.0,"contentUrl":"services/data/v67.0/jobs/ingest/7505f/batches"}"#,
        );
        assert_eq!((open.state.ended(), open.processed), (false, None));
        let failed = read(
            r#"{"id":"7505f","state":"Failed","numberRecordsProcessed":0,"numberRecordsFailed":0,"errorMessage":"InvalidBatch : Field name not found : Foo__c"}"#,
        );
        assert!(failed.state == JobState::Failed && failed.error.unwrap().contains("Foo__c"));
        assert_eq!(read(r#"{"id":"7505f","state":"Resting"}"#).state, JobState::Other("Resting".into()));
    }
}

//! A job: what was asked, how far it is, and its JSON.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::time::{self, Millis};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    Open,
    UploadComplete,
    InProgress,
    JobComplete,
    Failed,
    Aborted,
}

impl State {
    /// The name in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            State::Open => "Open",
            State::UploadComplete => "UploadComplete",
            State::InProgress => "InProgress",
            State::JobComplete => "JobComplete",
            State::Failed => "Failed",
            State::Aborted => "Aborted",
        }
    }

    /// Nothing more will happen.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, State::JobComplete | State::Failed | State::Aborted)
    }
}

/// Loads rows, or reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Ingest,
    Query,
}

/// What is done with the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Operation {
    Insert,
    Update,
    Upsert,
    Delete,
    HardDelete,
    Query,
    QueryAll,
}

impl Operation {
    /// The name in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Operation::Insert => "insert",
            Operation::Update => "update",
            Operation::Upsert => "upsert",
            Operation::Delete => "delete",
            Operation::HardDelete => "hardDelete",
            Operation::Query => "query",
            Operation::QueryAll => "queryAll",
        }
    }
}

/// Column delimiters by name.
pub(crate) const DELIMITERS: [(&str, u8); 6] =
    [("COMMA", b','), ("TAB", b'\t'), ("PIPE", b'|'), ("SEMICOLON", b';'), ("CARET", b'^'), ("BACKQUOTE", b'`')];

/// The standard objects that Salesforce reads in chunks of their ids, as far as they occur in practice orgs.
const PK_CHUNKING: [&str; 21] = [
    "Account",
    "AccountContactRelation",
    "Asset",
    "Campaign",
    "CampaignMember",
    "Case",
    "CaseComment",
    "Contact",
    "EmailMessage",
    "Event",
    "Lead",
    "Opportunity",
    "OpportunityContactRole",
    "OpportunityLineItem",
    "Pricebook2",
    "PricebookEntry",
    "Product2",
    "Quote",
    "Task",
    "User",
    "WorkOrder",
];

/// A stretch of a file.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stretch {
    /// First byte.
    pub(crate) start: u64,
    /// Bytes.
    pub(crate) length: u64,
}

/// A job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) operation: Operation,
    pub(crate) object: String,
    pub(crate) external_id_field: Option<String>,
    pub(crate) assignment_rule: Option<String>,
    pub(crate) created_by: String,
    /// The name that the client gave itself when it created the job.
    #[serde(default)]
    pub(crate) client: Option<String>,
    pub(crate) created: Millis,
    pub(crate) modified: Millis,
    pub(crate) state: State,
    pub(crate) delimiter: String,
    pub(crate) line_ending: String,
    pub(crate) version: u32,
    pub(crate) error: Option<String>,
    pub(crate) query: Option<String>,
    /// Whether data has been uploaded.
    pub(crate) uploaded: bool,
    /// How far it is.
    pub(crate) progress: Progress,
}

/// How far a job is; kept together with the rows it has written.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Rows done, failed ones included; of a query, rows found.
    pub(crate) processed: u64,
    pub(crate) failed: u64,
    /// Milliseconds of work.
    pub(crate) time: i64,
    /// Where in the upload the next row begins; nothing until the header was read.
    pub(crate) next: Option<u64>,
    /// The header line as uploaded, without its end; of a query's rows, with it.
    pub(crate) header: Stretch,
    /// Stretches of the file with successful rows, one a transaction.
    pub(crate) successes: Vec<Stretch>,
    /// The same for failed rows.
    pub(crate) failures: Vec<Stretch>,
}

impl Job {
    /// The delimiter's byte.
    pub(crate) fn delimiter_byte(&self) -> u8 {
        DELIMITERS.iter().find(|(name, _)| *name == self.delimiter).map_or(b',', |(_, byte)| *byte)
    }

    /// What ends a line.
    pub(crate) fn line_end(&self) -> &'static str {
        if self.line_ending == "CRLF" { "\r\n" } else { "\n" }
    }

    /// The short form, as POST and PATCH answer.
    pub(crate) fn short(&self) -> Map<String, Json> {
        let mut map = Map::new();
        let mut put = |name: &str, value: Json| {
            map.insert(name.to_owned(), value);
        };
        put("id", self.id.clone().into());
        put("operation", self.operation.name().into());
        put("object", self.object.clone().into());
        put("createdById", self.created_by.clone().into());
        put("createdDate", time::rest(self.created).into());
        put("systemModstamp", time::rest(self.modified).into());
        put("state", self.state.name().into());
        if let Some(field) = &self.external_id_field {
            put("externalIdFieldName", field.clone().into());
        }
        if let Some(rule) = &self.assignment_rule {
            put("assignmentRuleId", rule.clone().into());
        }
        put("concurrencyMode", "Parallel".into());
        put("contentType", "CSV".into());
        put("apiVersion", json!(f64::from(self.version)));
        map
    }

    /// The form in a list.
    pub(crate) fn listed(&self) -> Json {
        let mut map = self.short();
        map.insert("jobType".into(), self.type_name().into());
        self.put_format(&mut map);
        Json::Object(map)
    }

    fn type_name(&self) -> &'static str {
        if self.kind == Kind::Ingest { "V2Ingest" } else { "V2Query" }
    }

    /// Whether Salesforce reads a query's object in chunks of its ids.
    pub(crate) fn pk_chunking(&self) -> bool {
        self.object.ends_with("__c") || PK_CHUNKING.contains(&self.object.as_str())
    }

    fn put_format(&self, map: &mut Map<String, Json>) {
        map.insert("lineEnding".into(), self.line_ending.clone().into());
        map.insert("columnDelimiter".into(), self.delimiter.clone().into());
    }

    /// The form of a new job.
    pub(crate) fn created(&self) -> Json {
        let mut map = self.short();
        if self.kind == Kind::Ingest && self.state == State::Open {
            map.insert("contentUrl".into(), self.content_url().into());
        }
        self.put_format(&mut map);
        Json::Object(map)
    }

    /// The long form, as GET answers.
    pub(crate) fn full(&self) -> Json {
        let mut map = self.short();
        map.insert("jobType".into(), self.type_name().into());
        if self.kind == Kind::Ingest && self.state == State::Open {
            map.insert("contentUrl".into(), self.content_url().into());
        }
        self.put_format(&mut map);
        map.insert("retries".into(), 0.into());
        map.insert("totalProcessingTime".into(), self.progress.time.into());
        map.insert("numberRecordsProcessed".into(), self.progress.processed.into());
        if self.kind == Kind::Ingest {
            map.insert("numberRecordsFailed".into(), self.progress.failed.into());
            map.insert("apiActiveProcessingTime".into(), self.progress.time.into());
            map.insert("apexProcessingTime".into(), 0.into());
        } else {
            map.insert("isPkChunkingSupported".into(), self.pk_chunking().into());
        }
        if let Some(error) = &self.error {
            map.insert("errorMessage".into(), error.clone().into());
        }
        Json::Object(map)
    }

    fn content_url(&self) -> String {
        format!("services/data/v{}.0/jobs/ingest/{}/batches", self.version, self.id)
    }
}

//! What went wrong, in Salesforce's words: a code, a message and the fields at fault.

use std::sync::Arc;

use serde_json::{Value as Json, json};

/// One error as every part of the API reports it, each in its own shape.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    /// `REQUIRED_FIELD_MISSING` and its like.
    pub(crate) code: &'static str,
    /// Salesforce's sentence.
    pub(crate) message: String,
    /// API names of the fields at fault.
    pub(crate) fields: Vec<String>,
    /// The rows that a duplicate rule found, shown where the row was the whole call.
    pub(crate) detail: Option<Arc<Json>>,
}

impl Failure {
    /// An error that names no field.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Failure { code, message: message.into(), fields: Vec::new(), detail: None }
    }

    /// An error of one field.
    pub(crate) fn of(code: &'static str, field: &str, message: impl Into<String>) -> Self {
        Failure { fields: vec![field.to_owned()], ..Failure::new(code, message) }
    }

    /// The shape inside collection results.
    pub(crate) fn as_row_error(&self) -> Json {
        json!({"statusCode": self.code, "message": self.message, "fields": self.fields})
    }

    /// The shape inside `failedResults`: `CODE:message:FIELD1,FIELD2 --`.
    pub(crate) fn as_bulk(&self) -> String {
        let gap = if self.fields.is_empty() { "--" } else { " --" };
        format!("{}:{}:{}{gap}", self.code, self.message, self.fields.join(","))
    }
}

/// A whole call that failed, with its HTTP status.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The one failure that is reported.
    pub(crate) failure: Failure,
    /// Whether `fields` is shown although it is empty, as for errors of rows.
    pub(crate) shows_fields: bool,
}

impl Refusal {
    /// A refusal that is not about a row.
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Refusal { status, failure: Failure::new(code, message), shows_fields: false }
    }

    /// 404, with the sentence that Salesforce uses for everything that is not there.
    pub(crate) fn not_found() -> Self {
        Refusal::new(404, "NOT_FOUND", "The requested resource does not exist")
    }

    /// 405, naming the verbs that would do.
    pub(crate) fn method(verb: &str, allowed: &[&str]) -> Self {
        Refusal::new(
            405,
            "METHOD_NOT_ALLOWED",
            format!("HTTP Method '{verb}' not allowed. Allowed are {}", allowed.join(",")),
        )
    }

    /// The body: always a JSON array.
    pub(crate) fn body(&self) -> Json {
        let mut error = serde_json::Map::new();
        if let Some(detail) = &self.failure.detail {
            // Salesforce spells it like this, and its clients have come to rely on that; others hope for the right word.
            for name in ["duplicateResut", "duplicateResult"] {
                error.insert(name.into(), Json::clone(detail));
            }
            error.insert("errorCode".into(), self.failure.code.into());
        }
        error.insert("message".into(), self.failure.message.clone().into());
        error.insert("errorCode".into(), self.failure.code.into());
        if self.shows_fields || !self.failure.fields.is_empty() {
            error.insert("fields".into(), self.failure.fields.clone().into());
        }
        Json::Array(vec![Json::Object(error)])
    }
}

impl From<Failure> for Refusal {
    /// How a row's failure looks when the row was the whole call.
    fn from(failure: Failure) -> Self {
        let status = match failure.code {
            "NOT_FOUND" | "ENTITY_IS_DELETED" => 404,
            "INSUFFICIENT_ACCESS_OR_READONLY" | "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY_READONLY" => 403,
            "UNKNOWN_EXCEPTION" => 500,
            _ => 400,
        };
        let shows_fields = !matches!(
            failure.code,
            "NOT_FOUND"
                | "JSON_PARSER_ERROR"
                | "INVALID_FIELD"
                | "MALFORMED_QUERY"
                | "INVALID_TYPE"
                | "EXCEEDED_ID_LIMIT"
                | "DUPLICATES_DETECTED"
        );
        Refusal { status, failure, shows_fields }
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Refusal::from(Failure::from(error))
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Failure::new("UNKNOWN_EXCEPTION", format!("An unexpected error occurred: {error}"))
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Refusal::new(500, "UNKNOWN_EXCEPTION", format!("An unexpected error occurred: {error}"))
    }
}

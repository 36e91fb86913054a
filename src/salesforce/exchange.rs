//! One call as it went over the line and what came back, with the session masked: for people who want to see it.

use super::Ask;
use super::answer::Answer;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A call and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exchange {
    /// `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers of the call that matter; the session is masked.
    pub headers: Vec<(String, String)>,
    /// HTTP status of the answer.
    pub status: u16,
    /// Milliseconds until the answer was there.
    pub took_ms: u64,
    /// The body of the call.
    #[serde(skip)]
    pub request: Vec<u8>,
    /// The body of the answer.
    #[serde(skip)]
    pub response: Vec<u8>,
}

impl Exchange {
    pub(super) fn of(ask: &Ask<'_>, answer: &Answer, took: Duration) -> Exchange {
        let mut headers = vec![("Authorization".to_owned(), "Bearer ••••••".to_owned())];
        headers.extend(ask.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        headers.extend(ask.body.iter().map(|(kind, _)| ("Content-Type".to_owned(), (*kind).to_owned())));
        Exchange {
            method: ask.method.to_string(),
            path: ask.path.clone(),
            headers,
            status: answer.status,
            took_ms: took.as_millis() as u64,
            request: ask.body.as_ref().map(|(_, body)| body.to_vec()).unwrap_or_default(),
            response: answer.body.clone(),
        }
    }
}

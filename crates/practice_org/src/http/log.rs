//! The latest calls, for people who want to see what a client does.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use super::call::Form;
use crate::database::lock;
use crate::time::Millis;

/// Calls remembered.
const MOST: usize = 2000;
/// Characters of a path that are remembered.
const LONGEST: usize = 2000;

/// One call that was answered, or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoggedCall {
    /// Counts up from 1 over the life of the org.
    pub number: u64,
    /// When it came, in milliseconds since 1970.
    pub at: i64,
    /// Its verb.
    pub method: String,
    /// Path and query, without secrets.
    pub path: String,
    /// The HTTP status of the answer; 0 when there was none.
    pub status: u16,
    /// Milliseconds until the answer was ready.
    pub ms: u64,
    /// Calls of the day's quota that it cost.
    pub cost: u32,
    /// What the caller calls itself.
    pub client: String,
    /// The fault that hit it.
    pub fault: Option<String>,
}

/// The memory.
#[derive(Default)]
pub(crate) struct Log {
    calls: Mutex<VecDeque<LoggedCall>>,
    last: AtomicU64,
}

impl Log {
    /// Remembers a call; its number is given here.
    pub(crate) fn add(&self, mut call: LoggedCall) {
        let mut calls = lock(&self.calls);
        call.number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        if calls.len() >= MOST {
            calls.pop_front();
        }
        calls.push_back(call);
    }

    /// Calls after the one with this number.
    pub(crate) fn after(&self, number: u64) -> Vec<LoggedCall> {
        let calls = lock(&self.calls);
        let start = calls.partition_point(|call| call.number <= number);
        calls.range(start..).cloned().collect()
    }
}

/// A call that has just come in.
pub(crate) fn arrived(at: Millis, parts: &axum::http::request::Parts) -> LoggedCall {
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let named = header("sforce-call-options")
        .and_then(|options| options.split(',').find_map(|option| option.trim().strip_prefix("client=").map(str::trim)));
    LoggedCall {
        number: 0,
        at,
        method: parts.method.as_str().to_owned(),
        path: without_secrets(parts.uri.path(), parts.uri.query()),
        status: 0,
        ms: 0,
        cost: 0,
        client: named.or(header("user-agent")).unwrap_or_default().chars().take(200).collect(),
        fault: None,
    }
}

/// Tokens travel in some query strings; a log is no place for them.
fn without_secrets(path: &str, query: Option<&str>) -> String {
    let mut text = path.to_owned();
    if let Some(query) = query.filter(|query| !query.is_empty()) {
        let form = Form::parse(query);
        let pairs: Vec<String> = form
            .pairs()
            .map(|(name, value)| match name {
                "oauth_token" | "access_token" | "refresh_token" | "token" | "code" | "sid" | "client_secret"
                | "password" | "assertion" | "otp" => format!("{name}=…"),
                _ => format!("{name}={value}"),
            })
            .collect();
        text = format!("{text}?{}", pairs.join("&"));
    }
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stay_out() {
        let path = without_secrets("/id/00D/005", Some("format=json&oauth_token=00Dxx!AQ&q=SELECT+Id"));
        assert_eq!(path, "/id/00D/005?format=json&oauth_token=…&q=SELECT Id");
    }

    #[test]
    fn the_oldest_is_forgotten() {
        let log = Log::default();
        let request = axum::http::Request::builder().uri("/services/data").body(()).unwrap_or_default();
        let (parts, ()) = request.into_parts();
        for _ in 0..MOST + 3 {
            log.add(arrived(0, &parts));
        }
        let all = log.after(0);
        assert_eq!((all.len(), all[0].number, log.after(MOST as u64 + 2).len()), (MOST, 4, 1));
    }
}

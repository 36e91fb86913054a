//! Bad days on order: faults that a test or a curious person can switch on.
//!
//! A [`Fault`] says what goes wrong, a [`When`] which calls it hits. What is switched on, how often it has struck and the
//! chance behind it are in [`Faults`]. Chance comes from a seed, so a bad day can be lived through again.

mod active;
mod script;

use serde::{Deserialize, Serialize};

pub use self::active::FaultState;
pub(crate) use self::active::{Faults, JobEnd};
pub use self::script::{FaultScript, ScriptError};

/// One thing that goes wrong. In JSON a fault is its name in snake case with its settings, those of its [`When`] among
/// them: `{"fail_next": {"status": 503, "count": 2, "path_contains": "/query"}}`, or `"expire_tokens"`.
///
/// Calls to `/__practice/…` are never hit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Every access token given out so far stops working; signing in again helps. Happens once, at once.
    ExpireTokens,
    /// Every access token stops working after this many calls, again and again.
    ExpireAfter {
        /// Metered calls that a set of tokens lasts for.
        calls: u32,
        /// How often it happens; missing, until faults are cleared.
        #[serde(default)]
        times: Option<u32>,
    },
    /// Refresh tokens stop working too. Happens once, at once; only signing in anew helps.
    RevokeRefreshTokens,
    /// Access tokens given out from now on live this long.
    SessionLifetime {
        /// Seconds until a token expires.
        seconds: u64,
    },
    /// Calls fail with this status and error code, and are not carried out.
    FailNext {
        /// HTTP status.
        status: u16,
        /// Salesforce's error code; missing, the one that goes with the status.
        #[serde(default)]
        code: Option<String>,
        /// The whole body, instead of a JSON array with the code.
        #[serde(default)]
        body: Option<String>,
        /// Value of a `Retry-After` header, in seconds.
        #[serde(default)]
        retry_after: Option<u64>,
        /// Which calls.
        #[serde(flatten)]
        when: When,
    },
    /// Calls get a page of HTML, as from a proxy or a maintenance screen, and are not carried out.
    HtmlBody {
        /// HTTP status.
        status: u16,
        /// Which calls.
        #[serde(flatten)]
        when: When,
    },
    /// The connection breaks instead of an answer.
    DropConnection {
        /// Whether the call is carried out first, so that only its answer is lost.
        processed: bool,
        /// Which calls.
        #[serde(flatten)]
        when: When,
    },
    /// The connection stays open and nothing comes, until the caller gives up or faults are cleared.
    Stall {
        /// Whether the call is carried out first, so that only its answer is lost.
        processed: bool,
        /// Which calls.
        #[serde(flatten)]
        when: When,
    },
    /// Answers break off in the middle.
    TruncateAnswer {
        /// Whether only the compressed data breaks off, in an answer that is otherwise whole; such calls must accept gzip.
        #[serde(default)]
        gzip: bool,
        /// Which calls.
        #[serde(flatten)]
        when: When,
    },
    /// Answers wait this long. Stays until faults are cleared.
    SlowAnswers {
        /// Milliseconds.
        ms: u64,
        /// Part of the path of the calls to slow down.
        #[serde(default)]
        path_contains: String,
    },
    /// Rows fail with `UNABLE_TO_LOCK_ROW`. Stays until faults are cleared.
    LockRows {
        /// Share of rows, 0.0 to 1.0.
        share: f64,
    },
    /// This row, and rows that point to it, fail with `UNABLE_TO_LOCK_ROW`. Stays until faults are cleared.
    LockParent {
        /// Id of the row that somebody else holds.
        id: String,
    },
    /// Calls fail with `REQUEST_LIMIT_EXCEEDED` as if the day's quota were used up. Stays until faults are cleared.
    RequestLimit,
    /// The next Bulk ingest job fails after this many rows; the rest is unprocessed.
    JobFails {
        /// Rows processed before, rounded up to a whole chunk of 200.
        after_rows: u64,
    },
    /// The next Bulk ingest job is aborted, as by an admin in Setup, after this many rows; the rest is unprocessed.
    JobAborted {
        /// Rows processed before, rounded up to a whole chunk of 200.
        after_rows: u64,
    },
    /// The next Bulk ingest job vanishes with its results after this many rows.
    JobDeleted {
        /// Rows processed before, rounded up to a whole chunk of 200.
        after_rows: u64,
    },
    /// Bulk loads go no faster than this. Stays until faults are cleared.
    JobSpeed {
        /// Rows a second.
        rows_per_second: u64,
    },
    /// Bulk ingest jobs stay InProgress. Stays until faults are cleared.
    JobStuck,
    /// Bulk jobs stay InProgress for this long after their last row. Stays until faults are cleared.
    DelayResults {
        /// Milliseconds.
        ms: u64,
    },
    /// Whether Bulk results come in another order than the rows came in. Stays until changed.
    ShuffleResults(bool),
    /// Rows of Bulk ingest jobs that appear in none of the three result sets. Stays until faults are cleared.
    MissingResults {
        /// Share of rows, 0.0 to 1.0.
        share: f64,
    },
    /// The org's clock is wrong by this much, in every date it tells or writes. Stays until faults are cleared.
    ClockSkew {
        /// Seconds ahead; negative, behind.
        seconds: i64,
    },
    /// The org moves: from now on tokens name another address, and the old one serves signing in alone.
    InstanceUrlChange,
}

/// Which calls a fault hits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct When {
    /// Calls to hit before the fault is used up; `null`, all until faults are cleared. Missing: one.
    #[serde(default = "once")]
    pub count: Option<u32>,
    /// Part of the path of the calls to hit; missing or empty, every path.
    #[serde(default)]
    pub path_contains: String,
    /// Verb of the calls to hit, in upper case; missing or empty, every verb.
    #[serde(default)]
    pub method: String,
    /// Matching calls to let through first.
    #[serde(default)]
    pub skip: u32,
    /// Share of the matching calls to hit, 0.0 to 1.0. Missing: all.
    #[serde(default = "all")]
    pub share: f64,
}

fn once() -> Option<u32> {
    Some(1)
}

fn all() -> f64 {
    1.0
}

impl Default for When {
    fn default() -> Self {
        When { count: once(), path_contains: String::new(), method: String::new(), skip: 0, share: all() }
    }
}

impl When {
    /// The next call on a path that holds this text.
    pub fn next(path_contains: impl Into<String>) -> Self {
        When { path_contains: path_contains.into(), ..When::default() }
    }

    /// Every call on such a path.
    pub fn always(path_contains: impl Into<String>) -> Self {
        When { count: None, ..When::next(path_contains) }
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        path.contains(&self.path_contains) && (self.method.is_empty() || self.method.eq_ignore_ascii_case(method))
    }
}

impl Fault {
    /// Which calls it hits, for the faults that hit calls.
    fn when(&self) -> Option<&When> {
        match self {
            Fault::FailNext { when, .. }
            | Fault::HtmlBody { when, .. }
            | Fault::DropConnection { when, .. }
            | Fault::Stall { when, .. }
            | Fault::TruncateAnswer { when, .. } => Some(when),
            _ => None,
        }
    }

    /// Its name in JSON.
    pub fn name(&self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            Ok(serde_json::Value::Object(object)) => object.keys().next().cloned().unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// What a call that is hit meets.
    fn mishap(&self) -> Option<Mishap> {
        match self {
            Fault::FailNext { status, code, body, retry_after, .. } => Some(Mishap::Answer {
                status: *status,
                html: false,
                body: body.clone().unwrap_or_else(|| refusal(code.as_deref().unwrap_or_else(|| usual_code(*status)))),
                retry_after: *retry_after,
            }),
            Fault::HtmlBody { status, .. } => {
                Some(Mishap::Answer { status: *status, html: true, body: PAGE.into(), retry_after: None })
            }
            Fault::DropConnection { processed, .. } => Some(Mishap::Drop { processed: *processed }),
            Fault::Stall { processed, .. } => Some(Mishap::Stall { processed: *processed }),
            Fault::TruncateAnswer { gzip, .. } => Some(Mishap::Truncate { gzip: *gzip }),
            _ => None,
        }
    }
}

/// What a call meets instead of its handler, or after it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mishap {
    /// This status and body; the number is the `Retry-After` header.
    Answer { status: u16, html: bool, body: String, retry_after: Option<u64> },
    /// A broken connection, after the work or before it.
    Drop { processed: bool },
    /// A connection on which nothing comes, after the work or before it.
    Stall { processed: bool },
    /// Half an answer.
    Truncate { gzip: bool },
}

const PAGE: &str =
    "<html><head><title>Maintenance</title></head><body><h1>We are down for maintenance</h1></body></html>";

fn refusal(code: &str) -> String {
    serde_json::json!([{"message": message_of(code), "errorCode": code}]).to_string()
}

fn usual_code(status: u16) -> &'static str {
    match status {
        401 => "INVALID_SESSION_ID",
        403 | 429 => "REQUEST_LIMIT_EXCEEDED",
        404 => "NOT_FOUND",
        502..=504 => "SERVER_UNAVAILABLE",
        _ => "UNKNOWN_EXCEPTION",
    }
}

fn message_of(code: &str) -> &'static str {
    match code {
        "SERVER_UNAVAILABLE" => "The server is too busy to respond. Please try again later.",
        "REQUEST_LIMIT_EXCEEDED" => "TotalRequests Limit exceeded.",
        "UNABLE_TO_LOCK_ROW" => "unable to obtain exclusive access to this record",
        "INVALID_SESSION_ID" => "Session expired or invalid",
        "NOT_FOUND" => "The requested resource does not exist",
        _ => "An unexpected error occurred.",
    }
}

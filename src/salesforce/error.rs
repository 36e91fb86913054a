//! What can go wrong between us and an org, sorted by what to do about it.
//!
//! The client only sorts; whoever calls decides about another try ([`Transient`]). Errors name the call by method, host and
//! path, never with a query or a token in it, so that they may be shown, logged and mailed.

use super::answer::Answer;
use super::codes::{self, Policy};
use super::wire;
use crate::retry::{Again, Transient};
use std::time::Duration;

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum OrgError {
    /// The address cannot be one of Salesforce's.
    #[error("the address \"{url}\" {why}")]
    BadAddress {
        /// The address as far as it may be shown.
        url: String,
        /// What is wrong with it.
        why: String,
        /// What to write instead.
        hint: String,
    },
    /// Nobody answered there; certainly nothing was done.
    #[error("{call}: {why}")]
    Unreachable {
        /// Method, host and path.
        call: String,
        /// What the network said.
        why: String,
        /// What to check.
        hint: String,
    },
    /// The org has no time now; certainly nothing was done.
    #[error("{call} answered {refusal}")]
    Busy {
        /// Method, host and path.
        call: String,
        /// What it said.
        refusal: Box<Refusal>,
        /// How long it asks us to wait.
        after: Option<Duration>,
    },
    /// A read was cut off; asking again is safe.
    #[error("{call}: {why}")]
    Interrupted {
        /// Method, host and path.
        call: String,
        /// What happened to the answer.
        why: String,
        /// How long we were asked to wait, if we were.
        after: Option<Duration>,
    },
    /// A write was sent, and its answer was lost: only looking can tell what became of it.
    #[error("{call} was sent and the answer was lost: {why}")]
    Lost {
        /// Method, host and path.
        call: String,
        /// What happened to the answer.
        why: String,
    },
    /// The session has ended and cannot be renewed, or signing in was refused.
    #[error("{call} answered {refusal}")]
    SignedOut {
        /// Method, host and path.
        call: String,
        /// What it said.
        refusal: Box<Refusal>,
        /// What to do.
        hint: String,
    },
    /// The answer is no, and will stay no.
    #[error("{call} answered {refusal}")]
    Refused {
        /// Method, host and path.
        call: String,
        /// What it said.
        refusal: Box<Refusal>,
        /// What to do, where we know.
        hint: Option<String>,
    },
    /// We cannot ask this: what was given to us does not go into a call.
    #[error("{why}")]
    Unaskable {
        /// What is wrong.
        why: String,
        /// What to do.
        hint: String,
    },
    /// An answer came that no Salesforce gives.
    #[error("{call}: {why}")]
    Unexpected {
        /// Method, host and path.
        call: String,
        /// What came.
        why: String,
        /// What to check.
        hint: String,
    },
    /// Whoever gave us the body stopped giving; the call was taken back.
    #[error("{call}: the rows to send could not be read")]
    Stopped {
        /// Method, host and path.
        call: String,
    },
    /// Somebody asked to stop.
    #[error("cancelled")]
    Cancelled,
}

/// What the other side said when it did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Salesforce's code, empty where it gave none.
    pub code: String,
    /// Its words.
    pub message: String,
    /// The fields it names.
    pub fields: Vec<String>,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.status)?;
        if !self.code.is_empty() {
            write!(f, " {}", self.code)?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        if !self.fields.is_empty() {
            write!(f, " [{}]", self.fields.join(", "))?;
        }
        Ok(())
    }
}

impl OrgError {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<&str> {
        match self {
            OrgError::BadAddress { hint, .. }
            | OrgError::Unreachable { hint, .. }
            | OrgError::SignedOut { hint, .. }
            | OrgError::Unaskable { hint, .. }
            | OrgError::Unexpected { hint, .. } => Some(hint),
            OrgError::Refused { hint, .. } => hint.as_deref(),
            OrgError::Busy { refusal, .. } => codes::advice(&refusal.code),
            OrgError::Interrupted { .. } | OrgError::Lost { .. } | OrgError::Stopped { .. } | OrgError::Cancelled => {
                None
            }
        }
    }

    /// What the other side said, where it said something.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            OrgError::Busy { refusal, .. }
            | OrgError::SignedOut { refusal, .. }
            | OrgError::Refused { refusal, .. } => Some(refusal),
            _ => None,
        }
    }

    /// Whether the other side said no with this code.
    pub fn has_code(&self, code: &str) -> bool {
        let plain = |text: &str| text.replace('_', "").to_ascii_uppercase();
        self.refusal().is_some_and(|refusal| plain(&refusal.code) == plain(code))
    }
}

impl Transient for OrgError {
    fn again(&self) -> Again {
        match self {
            OrgError::Unreachable { .. } => Again::Yes { after: None },
            OrgError::Busy { after, .. } | OrgError::Interrupted { after, .. } => Again::Yes { after: *after },
            _ => Again::No,
        }
    }
}

impl From<crate::cancel::Cancelled> for OrgError {
    fn from(_: crate::cancel::Cancelled) -> Self {
        OrgError::Cancelled
    }
}

/// Sorts an answer that is no success. `repeatable`: the call may be made twice without a second effect.
pub(super) fn classify(call: &str, repeatable: bool, answer: &Answer) -> OrgError {
    let call = call.to_owned();
    let refusal = Box::new(read_refusal(answer));
    let after = answer.retry_after();
    let unclear = |why: String| match repeatable {
        true => OrgError::Interrupted { call: call.clone(), why, after },
        false => OrgError::Lost { call: call.clone(), why },
    };
    match (refusal.status, codes::known(&refusal.code).map(|code| (code.policy, code.hint))) {
        (300..=399, _) if refusal.status != 300 => OrgError::Unexpected {
            why: format!("answered {}, which leads to {}", refusal.status, answer.location_host()),
            hint: "Use the org's own address, ending in .my.salesforce.com.".to_owned(),
            call,
        },
        (401, _) => OrgError::SignedOut { call, hint: signed_out_hint(&refusal).to_owned(), refusal },
        (_, Some(_)) if spent_for_today(&refusal) => {
            let hint = "The org's API requests for the last 24 hours are used up. Go on when some of them are older than that.";
            OrgError::Refused { call, refusal, hint: Some(hint.to_owned()) }
        }
        (_, Some((Policy::Wait(seconds), _))) => {
            let asked = after.or((seconds > 0).then(|| Duration::from_secs(seconds)));
            OrgError::Busy { call, refusal, after: asked }
        }
        (_, Some((Policy::Unclear, _))) => unclear(format!("answered {refusal}")),
        (420 | 429, _) => OrgError::Busy { call, refusal, after },
        (408 | 500..=599, _) => unclear(format!("answered {refusal}")),
        (status, known) => {
            let known = known.map(|(_, hint)| hint).filter(|hint| !hint.is_empty());
            let hint = known.or(status_hint(status)).map(str::to_owned);
            OrgError::Refused { call, refusal, hint }
        }
    }
}

/// Whether renewing the session can help: the answer says that it has ended, and not that it will never do.
pub(super) fn session_ended(answer: &Answer) -> bool {
    let refusal = read_refusal(answer);
    let ended = refusal.status == 401 || (refusal.status == 403 && refusal.code == "Bad_OAuth_Token");
    // An org that has moved tells its new address to whoever signs in.
    let moved = refusal.status == 404 && answer.web_page().is_some_and(|title| title == "URL No Longer Exists");
    moved || (ended && !never_valid(&refusal))
}

/// Two answers that a new session would get again, for ever.
fn never_valid(refusal: &Refusal) -> bool {
    ["This session is not valid for use with the REST API", "Connected app is not attached to Agent"]
        .iter()
        .any(|text| refusal.message.contains(text))
}

fn signed_out_hint(refusal: &Refusal) -> &'static str {
    if never_valid(refusal) {
        "This kind of session may not use the API. Sign in through an app that has the \"api\" scope."
    } else {
        "The token is wrong, has expired, or belongs to another org. Sign in again."
    }
}

/// One code stands for two things: too many calls at this moment, and no calls left today.
fn spent_for_today(refusal: &Refusal) -> bool {
    refusal.code == "REQUEST_LIMIT_EXCEEDED" && refusal.message.contains("TotalRequests")
}

fn status_hint(status: u16) -> Option<&'static str> {
    match status {
        403 => Some("Ask an administrator for the permission \"API Enabled\" and for access to what was asked for."),
        404 => Some("It does not exist, or the user may not see it. Check the name and the org's address."),
        405 | 415 => Some("Is this the address of a Salesforce org?"),
        410 => Some("The org no longer offers this API version. Choose a newer one."),
        413 | 414 | 431 => Some("The call is too large. Send fewer rows at once."),
        _ => None,
    }
}

/// What the body of an unsuccessful answer says, whatever its form.
pub(super) fn read_refusal(answer: &Answer) -> Refusal {
    let status = answer.status;
    if let Some(title) = answer.web_page() {
        let message = match title.is_empty() {
            true => "a web page instead of data".to_owned(),
            false => format!("a web page instead of data (\"{title}\")"),
        };
        return Refusal { status, message, ..Refusal::default() };
    }
    if let Ok(errors) = serde_json::from_slice::<Vec<wire::ErrorItem>>(&answer.body)
        && let Some(first) = errors.into_iter().next()
    {
        return Refusal { status, code: first.code(), message: tidy(&first.message), fields: first.fields };
    }
    if let Ok(error) = serde_json::from_slice::<wire::OauthError>(&answer.body) {
        return Refusal { status, code: error.error, message: tidy(&error.error_description), fields: Vec::new() };
    }
    let text = String::from_utf8_lossy(&answer.body);
    let text = tidy(&text);
    // Identity services answer with a bare word.
    if text == "Bad_OAuth_Token" {
        return Refusal { status, code: text, ..Refusal::default() };
    }
    Refusal { status, message: text, ..Refusal::default() }
}

/// Words on one line, cut where they would drown everything else.
fn tidy(text: &str) -> String {
    const LONGEST: usize = 600;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(status: u16, repeatable: bool, body: &str) -> OrgError {
        classify("POST https://acme.my.salesforce.com/x", repeatable, &Answer::new(status, &[], body))
    }

    fn kind(error: &OrgError) -> &'static str {
        match error {
            OrgError::Busy { .. } => "busy",
            OrgError::Interrupted { .. } => "interrupted",
            OrgError::Lost { .. } => "lost",
            OrgError::SignedOut { .. } => "signed out",
            OrgError::Refused { .. } => "refused",
            OrgError::Unexpected { .. } => "unexpected",
            _ => "other",
        }
    }

    #[test]
    fn answers_are_sorted_by_what_to_do() {
        let body = |code: &str, message: &str| format!(r#"[{{"message":"{message}","errorCode":"{code}"}}]"#);
        for (status, body, read, write) in [
            (401, body("INVALID_SESSION_ID", "Session expired or invalid"), "signed out", "signed out"),
            (403, body("REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."), "busy", "busy"),
            (403, body("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), "refused", "refused"),
            (400, body("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access"), "busy", "busy"),
            (503, body("SERVER_UNAVAILABLE", "Server unavailable"), "busy", "busy"),
            (503, "<html><title>Down for Maintenance</title></html>".to_owned(), "interrupted", "lost"),
            (429, String::new(), "busy", "busy"),
            (500, body("UNKNOWN_EXCEPTION", "An unexpected error occurred. ErrorId: 1-2 (-3)"), "interrupted", "lost"),
            (502, String::new(), "interrupted", "lost"),
            (504, "<!DOCTYPE html>".to_owned(), "interrupted", "lost"),
            (400, body("INVALID_FIELD", "No such column 'X' on sobject of type Account"), "refused", "refused"),
            (404, body("NOT_FOUND", "The requested resource does not exist"), "refused", "refused"),
            (403, body("API_DISABLED_FOR_ORG", "API is not enabled"), "refused", "refused"),
            (400, r#"{"error":"invalid_grant","error_description":"expired"}"#.to_owned(), "refused", "refused"),
            (302, String::new(), "unexpected", "unexpected"),
        ] {
            assert_eq!(kind(&sorted(status, true, &body)), read, "reading, {status} {body}");
            assert_eq!(kind(&sorted(status, false, &body)), write, "writing, {status} {body}");
        }
    }

    #[test]
    fn an_error_says_what_where_and_what_next() {
        let error = sorted(
            400,
            true,
            "[{\"message\":\"\\nSELECT Nmae\\n  ^\\nERROR at Row:1:Column:8\",\"errorCode\":\"INVALID_FIELD\"}]",
        );
        assert_eq!(
            error.to_string(),
            "POST https://acme.my.salesforce.com/x answered 400 INVALID_FIELD: SELECT Nmae ^ ERROR at Row:1:Column:8"
        );
        assert!(error.hint().unwrap().contains("field-level security"));
        let page = sorted(503, true, "<html><head><title>Down for\n Maintenance</title></head></html>");
        assert!(page.to_string().contains("a web page instead of data (\"Down for Maintenance\")"), "{page}");
    }

    #[test]
    fn the_other_side_says_how_long_to_wait() {
        let answer = Answer::new(429, &[("retry-after", "7")], "");
        let error = classify("GET https://acme/x", true, &answer);
        assert_eq!(error.again(), Again::Yes { after: Some(Duration::from_secs(7)) });
        let concurrent = r#"[{"message":"ConcurrentRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#;
        assert_eq!(sorted(403, false, concurrent).again(), Again::Yes { after: Some(Duration::from_secs(30)) });
    }

    #[test]
    fn two_answers_are_no_reason_to_sign_in_again() {
        let answer = |message: &str| {
            Answer::new(401, &[], &format!(r#"[{{"message":"{message}","errorCode":"INVALID_SESSION_ID"}}]"#))
        };
        assert!(session_ended(&answer("Session expired or invalid")));
        assert!(!session_ended(&answer("This session is not valid for use with the REST API")));
        assert!(!session_ended(&answer("Connected app is not attached to Agent")));
        assert!(session_ended(&Answer::new(403, &[], "Bad_OAuth_Token")));
        assert!(!session_ended(&Answer::new(403, &[], r#"[{"message":"no","errorCode":"INSUFFICIENT_ACCESS"}]"#)));
    }
}

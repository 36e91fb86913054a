//! A signed-in Salesforce client; knows nothing of integrations and runs.
//!
//! [`Org`] is the face: who we are there ([`Identity`]), what its objects look like, queries, collections and bulk jobs. All of it
//! blocks. Nothing is ever sent twice, with one exception: a session that has ended is renewed once, by one thread while the
//! others wait. Errors say whether another try can help; whoever calls decides. Secrets are used in `auth` and `http` only.

mod address;
mod answer;
mod auth;
mod bulk;
mod cap;
mod codes;
mod describe;
mod error;
mod exchange;
mod http;
mod identity;
#[cfg(test)]
mod manners;
mod number;
mod query;
mod raw;
mod rest;
#[cfg(test)]
pub(crate) mod scripted;
mod soql;
mod wire;

pub use address::{is_loopback, org_address};
pub use auth::Auth;
pub use bulk::{Chunks, IngestJob, Job, JobInfo, JobState, ListedJob, Opened, Part, ResultPage, ResultPages, Stopped};
pub use cap::CallCap;
pub use codes::{advice, passing, too_much_at_once};
pub use describe::{Described, DescribedGlobal, ObjectName};
pub use error::{OrgError, Refusal};
pub use exchange::Exchange;
pub use http::{Download, Stop, download_error};
pub use identity::{ApiUsage, Environment, Identity, Limit, Version};
pub use number::plain_number;
pub use query::{QueryPage, quoted};
pub use raw::RawAnswer;
pub use rest::{RowError, RowResult, Write, WriteOptions};
pub use soql::Soql;

use answer::Answer;
use auth::Session;
use http::Call;
use reqwest::Method;
use serde::de::DeserializeOwned;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The API version this program was tested with; a newer one is used only when somebody sets it.
pub const PINNED_VERSION: &str = "67.0";

/// How to reach an org and sign in to it.
#[derive(Debug, Clone)]
pub struct OrgSettings {
    /// The short name people gave it.
    pub alias: String,
    /// The org's own address, or that of a login page.
    pub url: String,
    /// How to sign in.
    pub auth: Auth,
    /// The API version to use, `67.0`; by default the highest that the org offers up to [`PINNED_VERSION`].
    pub api_version: Option<String>,
}

/// A Salesforce org. Cheap to clone; all clones share one session and one count of calls.
#[derive(Clone)]
pub struct Org(Arc<Inner>);

struct Inner {
    settings: OrgSettings,
    /// Locked while signing in: one thread signs in, and the others wait for its session.
    session: Mutex<Option<Session>>,
    version: Mutex<Option<Arc<str>>>,
    identity: Mutex<Option<Identity>>,
    usage: Mutex<Option<ApiUsage>>,
    calls: AtomicU64,
    /// How many more may be made.
    cap: Mutex<CallCap>,
    /// The org's clock minus ours, in milliseconds.
    clock: AtomicI64,
}

impl std::fmt::Debug for Org {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Org").field("alias", &self.0.settings.alias).field("url", &self.0.settings.url).finish()
    }
}

/// What to ask, without address and session.
struct Ask<'a> {
    method: Method,
    /// Path and query, beginning with a slash.
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Option<(&'static str, bytes::Bytes)>,
    /// Whether sending it twice has no second effect.
    repeatable: bool,
    stop: &'a Stop,
}

impl<'a> Ask<'a> {
    fn get(path: String, stop: &'a Stop) -> Ask<'a> {
        let headers = vec![("accept", "application/json".to_owned())];
        Ask { method: Method::GET, path, headers, body: None, repeatable: true, stop }
    }

    fn json(method: Method, path: String, body: impl Into<bytes::Bytes>, stop: &'a Stop) -> Ask<'a> {
        let body = Some(("application/json; charset=UTF-8", body.into()));
        Ask { method, body, repeatable: false, ..Ask::get(path, stop) }
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Ask<'a> {
        self.headers.push((name, value.into()));
        self
    }

    fn repeatable(mut self) -> Ask<'a> {
        self.repeatable = true;
        self
    }

    /// Whether it counts against the org's daily requests.
    fn metered(&self) -> bool {
        self.path.starts_with("/services/data/v")
    }

    fn call<'s>(&'s self, session: &'s Session) -> Result<Call<'s>, OrgError> {
        let url = session.instance.join(&self.path).map_err(|_| auth::unjoinable(&session.instance))?;
        // A path that came from an answer must not lead the token elsewhere.
        if !http::same_host(&url, &session.instance) {
            return Err(auth::unjoinable(&session.instance));
        }
        Ok(Call {
            method: self.method.clone(),
            url,
            bearer: Some(&session.token),
            headers: &self.headers,
            body: self.body.clone(),
            repeatable: self.repeatable,
            stop: self.stop.clone(),
        })
    }
}

impl Org {
    /// An org that is reached when it is first needed; no call is made yet.
    pub fn new(settings: OrgSettings) -> Org {
        Org(Arc::new(Inner {
            settings,
            session: Mutex::default(),
            version: Mutex::default(),
            identity: Mutex::default(),
            usage: Mutex::default(),
            calls: AtomicU64::new(0),
            cap: Mutex::default(),
            clock: AtomicI64::new(0),
        }))
    }

    /// The short name people gave it.
    pub fn alias(&self) -> &str {
        &self.0.settings.alias
    }

    /// Calls made through this org that count against its daily requests.
    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::Relaxed)
    }

    /// The daily requests used and allowed, as the last answer told.
    pub fn usage(&self) -> Option<ApiUsage> {
        *lock(&self.0.usage)
    }

    /// The org's clock, as far as its answers told, to the second: `2026-01-02T03:04:05Z`. Never ahead of it.
    pub fn now(&self) -> String {
        let ours = jiff::Timestamp::now().as_millisecond();
        let theirs = jiff::Timestamp::from_millisecond(ours + self.0.clock.load(Ordering::Relaxed));
        theirs.unwrap_or_else(|_| jiff::Timestamp::now()).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// Path of a resource in the version used: `/services/data/v67.0/query`.
    fn path(&self, rest: &str, stop: &Stop) -> Result<String, OrgError> {
        Ok(format!("/services/data/v{}/{rest}", self.version(stop)?))
    }

    /// Asks, and gives back a successful answer.
    fn ask(&self, ask: &Ask<'_>) -> Result<Answer, OrgError> {
        let answer = self.answer(ask)?;
        if answer.success() { Ok(answer) } else { Err(self.refused(ask, &answer)) }
    }

    /// Asks, and reads the answer's JSON.
    fn ask_json<T: DeserializeOwned>(&self, ask: &Ask<'_>) -> Result<T, OrgError> {
        self.read_json(ask, &self.ask(ask)?)
    }

    fn read_json<T: DeserializeOwned>(&self, ask: &Ask<'_>, answer: &Answer) -> Result<T, OrgError> {
        serde_json::from_slice(&answer.body).map_err(|error| {
            let call = self.name(ask);
            let why = match answer.web_page() {
                Some(title) => format!("answered {} with a web page (\"{title}\")", answer.status),
                None => format!("answered {} with something that cannot be read ({error})", answer.status),
            };
            match ask.repeatable {
                true => OrgError::Unexpected { call, why, hint: "Is this the address of a Salesforce org?".to_owned() },
                // Something was done, and what is lost.
                false => OrgError::Lost { call, why },
            }
        })
    }

    /// Asks, and gives back any answer but that of an ended session that could be renewed.
    fn answer(&self, ask: &Ask<'_>) -> Result<Answer, OrgError> {
        self.with_session(ask, http::send)
    }

    /// Asks for a body that may be larger than memory.
    fn download(&self, ask: &Ask<'_>) -> Result<Download, OrgError> {
        self.with_session(ask, http::open)?.map_err(|answer| self.refused(ask, &answer))
    }

    /// Sends a body in pieces.
    fn upload(&self, ask: &Ask<'_>, content_type: &'static str, chunks: &mut dyn Chunks) -> Result<Answer, OrgError> {
        let mut again = false;
        let answer = self.with_session(ask, |call| {
            // With a renewed session everything is sent again.
            if std::mem::replace(&mut again, true) {
                chunks.rewind();
            }
            http::upload(call, content_type, &mut || chunks.next())
        })?;
        if answer.success() { Ok(answer) } else { Err(self.refused(ask, &answer)) }
    }

    /// Makes a call with the session; if it has ended, renews it and makes the call once more.
    fn with_session<T: Reply>(
        &self,
        ask: &Ask<'_>,
        mut make: impl FnMut(&Call<'_>) -> Result<T, OrgError>,
    ) -> Result<T, OrgError> {
        let session = self.session(None, ask.stop)?;
        self.spend(ask.metered())?;
        let reply = self.counted(ask, make(&ask.call(&session)?))?;
        if !(reply.session_ended() && self.0.settings.auth.renewable()) {
            return Ok(reply);
        }
        let session = self.session(Some(session.number), ask.stop)?;
        self.spend(ask.metered())?;
        self.counted(ask, make(&ask.call(&session)?))
    }

    /// The session; signs in if there is none, or if the one with the number `worn` is still the one kept.
    fn session(&self, worn: Option<u64>, stop: &Stop) -> Result<Session, OrgError> {
        let mut kept = lock(&self.0.session);
        let number = match &*kept {
            Some(session) if worn != Some(session.number) => return Ok(session.clone()),
            Some(session) => session.number + 1,
            None => 1,
        };
        let settings = &self.0.settings;
        let session = auth::sign_in(&settings.auth, &settings.url, number, stop)?;
        *kept = Some(session.clone());
        Ok(session)
    }

    /// Counts a call that went out, and keeps what its reply tells beside its body.
    fn counted<T: Reply>(&self, ask: &Ask<'_>, result: Result<T, OrgError>) -> Result<T, OrgError> {
        let sent = !matches!(
            result,
            Err(OrgError::Unreachable { .. } | OrgError::Unaskable { .. } | OrgError::BadAddress { .. })
        );
        if ask.metered() && sent {
            self.0.calls.fetch_add(1, Ordering::Relaxed);
        }
        if let Ok(reply) = &result {
            self.hear(reply);
        }
        result
    }

    fn hear(&self, reply: &impl Reply) {
        if let Some(usage) = reply.header("sforce-limit-info").and_then(ApiUsage::parse) {
            *lock(&self.0.usage) = Some(usage);
        }
        if let Some(date) = reply.header("date").and_then(|text| jiff::fmt::rfc2822::parse(text).ok()) {
            let ahead = date.timestamp().as_millisecond() - jiff::Timestamp::now().as_millisecond();
            self.0.clock.store(ahead, Ordering::Relaxed);
        }
    }

    fn refused(&self, ask: &Ask<'_>, answer: &Answer) -> OrgError {
        error::classify(&self.name(ask), ask.repeatable, answer)
    }

    /// Method, host and path, for messages.
    fn name(&self, ask: &Ask<'_>) -> String {
        let instance = lock(&self.0.session).as_ref().map(|session| session.instance.clone());
        let base = instance.as_ref().map(address::origin).unwrap_or_default();
        format!("{} {base}{}", ask.method, ask.path.split('?').next().unwrap_or_default())
    }
}

/// An answer, whole or with its body still to come.
trait Reply {
    fn header(&self, name: &str) -> Option<&str>;
    /// Whether it says that the session has ended and that another may do.
    fn session_ended(&self) -> bool;
}

impl Reply for Answer {
    fn header(&self, name: &str) -> Option<&str> {
        Answer::header(self, name)
    }

    fn session_ended(&self) -> bool {
        error::session_ended(self)
    }
}

impl Reply for Result<Download, Answer> {
    fn header(&self, name: &str) -> Option<&str> {
        match self {
            Ok(body) => body.header(name),
            Err(answer) => answer.header(name),
        }
    }

    fn session_ended(&self) -> bool {
        self.as_ref().is_err_and(error::session_ended)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What these hold is replaced whole, so a panic elsewhere leaves nothing half-changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One segment of a path or value of a query, with everything escaped that means something there.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

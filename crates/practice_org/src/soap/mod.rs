//! The SOAP endpoints of partner and enterprise API: signing in and out.
//!
//! Each operation is one line in [`OPERATIONS`]; what is not there is refused as Salesforce refuses an operation that it
//! does not know. Every failure is a fault with HTTP 500.

mod envelope;
mod reply;
mod sign_in;
mod user_info;

use super::http::call::Call;
use super::http::reply::Reply;
use super::oauth::sessions::Session;
use super::org::{NEWEST_VERSION, OLDEST_VERSION, Org};
use envelope::Envelope;
use reply::{Fault, Flavor};

/// One call of an operation.
struct Asked<'a> {
    /// What was sent.
    envelope: &'a Envelope<'a>,
    /// The API version in the path.
    version: u32,
    /// Partner or enterprise.
    flavor: Flavor,
    /// Who calls; nobody for operations that need no session.
    session: Option<Session>,
    /// The token of the session.
    token: &'a str,
}

/// Answers with what is inside the response element.
type Answer = fn(&Org, &Asked<'_>) -> Result<String, Fault>;

/// An operation of the API.
struct Operation {
    /// Name of the element in the body.
    name: &'static str,
    /// Whether a session is needed, and the call counted.
    signed_in: bool,
    answer: Answer,
}

const OPERATIONS: [Operation; 5] = [
    Operation { name: "login", signed_in: false, answer: sign_in::login },
    Operation { name: "logout", signed_in: true, answer: sign_in::logout },
    Operation { name: "invalidateSessions", signed_in: true, answer: sign_in::invalidate_sessions },
    Operation { name: "getUserInfo", signed_in: true, answer: user_info::get_user_info },
    Operation { name: "getServerTimestamp", signed_in: true, answer: user_info::get_server_timestamp },
];

/// Answers a call below `/services/Soap/`.
pub(crate) fn route(org: &Org, call: &Call, rest: &[&str]) -> Reply {
    let (flavor, version) =
        match rest {
            ["u", version] | ["u", version, _] => (Flavor::Partner, *version),
            ["c", version] | ["c", version, _] => (Flavor::Enterprise, *version),
            _ => return Fault::client(
                "The practice org has the partner API at /services/Soap/u and the enterprise API at /services/Soap/c",
            )
            .reply(Flavor::Partner),
        };
    answer(org, call, flavor, version).unwrap_or_else(|fault| fault.reply(flavor))
}

fn answer(org: &Org, call: &Call, flavor: Flavor, version: &str) -> Result<Reply, Fault> {
    if call.method != "POST" {
        return Err(Fault::client("Only POST is supported"));
    }
    if call.header("soapaction").is_none() {
        return Err(Fault::client("SOAPAction HTTP header missing"));
    }
    let version = read_version(version)?;
    let document = envelope::read(call.bytes())?;
    let envelope = Envelope::open(&document)?;
    let name = envelope.operation.tag_name().name();
    let space = envelope.operation.tag_name().namespace().unwrap_or_default();
    let known = OPERATIONS.iter().find(|known| known.name == name).filter(|_| space == flavor.namespace());
    let Some(operation) = known else {
        return Err(Fault::unknown_operation(space, name));
    };
    let token = envelope.header("SessionHeader", "sessionId").unwrap_or_default();
    let session = if operation.signed_in { Some(signed_in(org, token)?) } else { None };
    let used = operation.signed_in.then(|| org.count_request());
    if used.is_some() && org.faults.tokens_expire() {
        org.sessions.expire_all();
        return Err(ended());
    }
    let most = org.usage.limit(|limits| limits.daily_api_requests);
    if used.is_some_and(|used| used > most || org.faults.limit_reached()) {
        return Err(Fault::api("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."));
    }
    let asked = Asked { envelope: &envelope, version, flavor, session, token };
    let inner = (operation.answer)(org, &asked)?;
    Ok(reply::answer(flavor, operation.name, &inner, used.map(|used| (used, most))))
}

fn signed_in(org: &Org, token: &str) -> Result<Session, Fault> {
    let found = org.sessions.check(&org.database, token).filter(|session| session.scopes.allow("api"));
    found.ok_or_else(ended)
}

fn ended() -> Fault {
    Fault::api(
        "INVALID_SESSION_ID",
        "Invalid Session ID found in SessionHeader: Illegal Session. Session not found. \
         This error usually occurs after a session expires or a user logs out.",
    )
}

/// Older versions are retired; what is no version is refused in the same words.
fn read_version(text: &str) -> Result<u32, Fault> {
    let digits = text.strip_suffix(".0").unwrap_or(text);
    let number = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
    number
        .filter(|number| (OLDEST_VERSION..=NEWEST_VERSION).contains(number))
        .ok_or_else(|| Fault::api("UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL"))
}

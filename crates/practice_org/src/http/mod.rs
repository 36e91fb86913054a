//! The server: from a request to a call, through faults, to a handler, and back.
//!
//! Only this folder knows of async. Handlers are plain functions on threads of their own, since SQLite blocks.

pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod line;
pub(crate) mod log;
pub(crate) mod practice;
mod pretty;
pub(crate) mod reply;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::body::{into_memory, onto_disk};
use self::call::{Call, Payload, Version};
use self::line::{Line, Scissors};
use self::reply::{Cut, Reply};
use super::failure::Refusal;
use super::fault::Mishap;
use super::org::{NEWEST_VERSION, OLDEST_VERSION, Org, Shared, version_label};
use super::{oauth, rest, soap, time};

/// Longest path with its query.
pub(crate) const MOST_URI: usize = 16_384;

/// Longest path with its query and all headers. Salesforce counts both together against the length of a path; browsers,
/// though, bring the cookies of every program on this computer.
const MOST_HEAD: usize = 2 * MOST_URI;

/// Serves until `stop` says so.
pub(crate) async fn serve(listener: tokio::net::TcpListener, org: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    const PATIENCE: Duration = Duration::from_secs(1);
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // An error means that the sender is gone, which is a way of saying stop.
            _ = stop.wait_for(|stopped| *stopped) => break,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, Arc::clone(&org), stop.clone()));
            }
            // Out of file handles, for instance; that passes.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
        while connections.try_join_next().is_some() {}
    }
    let all = async { while connections.join_next().await.is_some() {} };
    // Whoever is still being answered by then is cut off.
    tokio::time::timeout(PATIENCE, all).await.ok();
}

/// Answers the calls of one connection.
async fn connection(stream: tokio::net::TcpStream, org: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    // Small answers should not wait for the other side's acknowledgement; without it they are only slower.
    stream.set_nodelay(true).ok();
    let line = Line::new(stream);
    let scissors = line.scissors();
    let service = service_fn(move |request: axum::http::Request<Incoming>| {
        let (org, scissors) = (Arc::clone(&org), scissors.clone());
        async move { Ok::<_, Infallible>(answer(org, scissors, request.map(Body::new)).await) }
    });
    // Salesforce writes its headers so, and some clients read them with that in mind.
    let mut server = http1::Builder::new();
    server.title_case_headers(true).timer(TokioTimer::new());
    let mut serving = std::pin::pin!(server.serve_connection(TokioIo::new(line), service));
    let stopped = async move { stop.wait_for(|stopped| *stopped).await.map(drop) };
    // A connection that breaks has nobody left to tell.
    tokio::select! {
        done = serving.as_mut() => drop(done),
        _ = stopped => {
            serving.as_mut().graceful_shutdown();
            serving.await.ok();
        }
    }
}

async fn answer(org: Arc<Shared>, line: Scissors, request: axum::http::Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let accepts = parts.headers.get("accept-encoding").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let gzip = accepts.to_ascii_lowercase().contains("gzip");
    let _running = org.running.enter();
    if let Some(refusal) = early_refusal(&org, &parts) {
        return Reply::from(refusal).into_response(gzip, Cut::No);
    }
    if is_control(parts.uri.path()) {
        return served(&org, parts, body).await.into_response(gzip, Cut::No);
    }
    let begun = Instant::now();
    let mut told = log::arrived(time::now_exact(), &parts);
    let (fault, mishap) = org.faults.meet(parts.method.as_str(), parts.uri.path()).unzip();
    told.fault = fault;
    let answer = outcome(&org, parts, body, &mishap).await;
    told.ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    if let Some(reply) = &answer {
        told.status = reply.status;
        told.cost = u32::from(reply.header("Sforce-Limit-Info").is_some());
    }
    let lost = matches!(mishap, Some(Mishap::Drop { .. } | Mishap::Stall { .. }));
    if lost {
        told.status = 0;
    }
    org.log.add(told);
    if lost {
        if matches!(mishap, Some(Mishap::Stall { .. })) {
            stall(&org).await;
        }
        line.cut();
    }
    let cut = match mishap {
        Some(Mishap::Truncate { gzip: true }) => Cut::Gzip,
        Some(Mishap::Truncate { gzip: false }) => Cut::Connection,
        _ => Cut::No,
    };
    answer.map_or_else(|| Response::new(Body::empty()), |reply| reply.into_response(gzip, cut))
}

/// The answer to a call, unless a mishap keeps it from being carried out at all.
async fn outcome(
    org: &Arc<Shared>,
    parts: axum::http::request::Parts,
    body: Body,
    mishap: &Option<Mishap>,
) -> Option<Reply> {
    match mishap {
        Some(Mishap::Answer { status, html, body, retry_after }) => {
            let kind = if *html { "text/html;charset=UTF-8" } else { "application/json;charset=UTF-8" };
            let mut reply = Reply::text(*status, kind, body);
            if let Some(seconds) = retry_after {
                reply = reply.with("Retry-After", seconds.to_string());
            }
            Some(reply)
        }
        Some(Mishap::Drop { processed: false } | Mishap::Stall { processed: false }) => None,
        _ if has_moved(org, &parts) => Some(Reply::text(404, "text/html;charset=UTF-8", MOVED)),
        _ => {
            let delay = org.faults.delay(parts.uri.path());
            let reply = served(org, parts, body).await;
            if let Some(delay) = delay {
                tokio::time::sleep(delay).await;
            }
            // The server would put the right time there.
            let skew = org.faults.skew();
            Some(if skew == 0 { reply } else { reply.with("Date", time::http(time::now_exact().saturating_add(skew))) })
        }
    }
}

/// Waits until faults are cleared or nobody would wait any longer.
async fn stall(org: &Shared) {
    const LONGEST: Duration = Duration::from_secs(15 * 60);
    const LOOK_AGAIN: Duration = Duration::from_millis(50);
    let begun = Instant::now();
    while org.faults.stalls() && begun.elapsed() < LONGEST {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn served(org: &Arc<Shared>, parts: axum::http::request::Parts, body: Body) -> Reply {
    let upload =
        parts.method == "PUT" && parts.uri.path().to_ascii_lowercase().trim_end_matches('/').ends_with("/batches");
    let payload = if upload {
        onto_disk(&parts.headers, body, org.jobs.folder()).await
    } else {
        into_memory(&parts.headers, body).await
    };
    match payload {
        Ok(payload) => work(Arc::clone(org), parts, payload).await,
        Err(refusal) => Reply::from(refusal),
    }
}

/// What only a practice org has lies below this path.
fn is_control(path: &str) -> bool {
    path.trim_start_matches('/').starts_with("__practice/")
}

/// What the old address of an org that has moved answers, as a page for people.
const MOVED: &str = "<html><head><title>URL No Longer Exists</title></head><body><h1>URL No Longer Exists</h1>\
<p>You have attempted to reach a URL that no longer exists on salesforce.com.</p></body></html>";

/// Whether a call for data came to an address that the org has left. Signing in goes on there.
fn has_moved(org: &Shared, parts: &axum::http::request::Parts) -> bool {
    let Some(now) = org.moved.get() else {
        return false;
    };
    let host = parts.headers.get("host").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let here = now.rsplit_once(':').map(|(_, port)| port) == host.rsplit_once(':').map(|(_, port)| port);
    let path = parts.uri.path().trim_start_matches('/');
    let doors = ["services/oauth2/", "services/Soap/", "id/", ".well-known/", "setup/", "secur/"];
    !here && !doors.iter().any(|door| path.starts_with(door))
}

/// What more doors are opened with.
#[derive(Debug)]
pub(crate) struct Server {
    /// Where the server runs.
    pub(crate) runtime: tokio::runtime::Handle,
    /// Says when to stop.
    pub(crate) stopped: watch::Receiver<bool>,
}

/// Lets the org move to another port; the old one serves signing in alone. It moves once.
pub(crate) fn move_away(org: &Arc<Shared>) -> std::io::Result<()> {
    let (None, Some(server)) = (org.moved.get(), org.server.get()) else {
        return Ok(());
    };
    let listener = std::net::TcpListener::bind((org.settings.listen, 0))?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}", listener.local_addr()?);
    let _inside = server.runtime.enter();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    server.runtime.spawn(serve(listener, Arc::clone(org), server.stopped.clone()));
    org.moved.get_or_init(|| url);
    Ok(())
}

/// What is refused before anyone looks at the path.
fn early_refusal(org: &Shared, parts: &axum::http::request::Parts) -> Option<Refusal> {
    let host = parts.headers.get("host").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    // A page on the web may point a name of its own at this computer, but it cannot hide that name.
    let own = name.trim_matches(['[', ']']).parse() == Ok(org.settings.listen);
    if !own && !["127.0.0.1", "localhost", "[::1]"].contains(&name.to_ascii_lowercase().as_str()) {
        return Some(Refusal::new(403, "FORBIDDEN", "The practice org answers to this computer only"));
    }
    let length = parts.uri.path_and_query().map_or(0, |text| text.as_str().len());
    if length > MOST_URI {
        return Some(Refusal::new(414, "URI_TOO_LONG", "The URI is too long"));
    }
    let headers: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let most = Refusal::new(431, "REQUEST_HEADER_FIELDS_TOO_LARGE", "The URI and the headers together are too long");
    (length + headers > MOST_HEAD).then_some(most)
}

async fn work(org: Arc<Shared>, parts: axum::http::request::Parts, payload: Payload) -> Reply {
    let working = tokio::task::spawn_blocking(move || {
        let mut call = Call::new(parts.method.as_str(), parts.uri.path(), parts.uri.query(), parts.headers, payload);
        time::set_skew(org.faults.skew());
        let view = Org::now(&org);
        let mut reply = route(&view, &mut call).unwrap_or_else(Reply::from);
        let reads = ["GET", "HEAD"].contains(&call.method.as_str());
        if reply.status == 500 && reads && !Arc::ptr_eq(&view.schema, &Org::now(&org).schema) {
            // The org went back to an older schema while the call looked at the newer one.
            reply = route(&Org::now(&org), &mut call).unwrap_or_else(Reply::from);
        }
        if let Payload::File(path) = &call.body {
            // Whoever kept the upload has moved it away.
            std::fs::remove_file(path).ok();
        }
        if call.header("x-prettyprint") == Some("1") { reply.pretty() } else { reply }
    });
    match working.await {
        Ok(reply) => reply,
        Err(_) => Reply::from(Refusal::new(500, "UNKNOWN_EXCEPTION", "An unexpected error occurred.")),
    }
}

fn route(org: &Org, call: &mut Call) -> Result<Reply, Refusal> {
    let path = call.path.clone();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["services", "data"] => match call.method.as_str() {
            "GET" | "HEAD" => Ok(versions()),
            verb => Err(Refusal::method(verb, &["GET", "HEAD"])),
        },
        ["services", "data", version, rest @ ..] => {
            call.version = read_version(version)?;
            sign_in(org, call)?;
            let used = org.count_request();
            if org.faults.tokens_expire() {
                org.sessions.expire_all();
                return Err(expired());
            }
            let (most, long, slow) = org.usage.limit(|limits| {
                (limits.daily_api_requests, limits.concurrent_long_requests, limits.long_request_seconds)
            });
            if org.faults.limit_reached() || used > most {
                return Err(Refusal::new(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."));
            }
            // Where every call counts as long, this one is among them.
            if org.running.longer_than(Duration::from_secs(slow)) >= long.saturating_add(usize::from(slow == 0)) {
                return Err(Refusal::new(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."));
            }
            org.usage.keep(&org.database, false)?;
            let reply = rest::route(org, call, rest).unwrap_or_else(Reply::from);
            Ok(reply.with("Sforce-Limit-Info", format!("api-usage={used}/{most}")))
        }
        ["services", "oauth2", ..] | ["id", ..] | [".well-known", ..] | ["setup", ..] | ["secur", ..] => {
            oauth::route(org, call, &path)
        }
        ["services", "Soap" | "soap", rest @ ..] => Ok(soap::route(org, call, rest)),
        ["__practice", rest @ ..] => practice::route(org, call, rest),
        // A WebSocket handshake of a streaming client wants a quick no.
        ["cometd", ..] => Err(Refusal::new(400, "UNKNOWN_EXCEPTION", "Streaming is not available here")),
        _ => Err(Refusal::not_found()),
    }
}

fn sign_in(org: &Org, call: &mut Call) -> Result<(), Refusal> {
    if call.header("authorization").is_some() && call.bearer().is_none() {
        return Err(Refusal::new(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE"));
    }
    call.session = call.bearer().and_then(|token| org.sessions.check(&org.database, &token));
    match &call.session {
        Some(session) if session.scopes.allow("api") => Ok(()),
        Some(_) => Err(Refusal::new(401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API")),
        None => Err(expired()),
    }
}

fn expired() -> Refusal {
    Refusal::new(401, "INVALID_SESSION_ID", "Session expired or invalid")
}

/// Reads `v67.0`.
pub(crate) fn read_version(text: &str) -> Result<Version, Refusal> {
    let number = text.strip_prefix('v').and_then(|rest| rest.strip_suffix(".0")).and_then(|digits| digits.parse().ok());
    match number {
        Some(number @ OLDEST_VERSION..=NEWEST_VERSION) => Ok(Version { number, text: format!("{number}.0") }),
        Some(number) if (7..OLDEST_VERSION).contains(&number) => {
            Err(Refusal::new(410, "GONE", format!("API version {number}.0 is not available any more")))
        }
        _ => Err(Refusal::not_found()),
    }
}

fn versions() -> Reply {
    let list: Vec<serde_json::Value> = (OLDEST_VERSION..=NEWEST_VERSION)
        .map(|version| {
            serde_json::json!({
                "label": version_label(version),
                "url": format!("/services/data/v{version}.0"),
                "version": format!("{version}.0"),
            })
        })
        .collect();
    Reply::json(200, &serde_json::Value::Array(list))
}

//! The server: from a request to a call, through faults, to a handler, and back.
//!
//! Only this folder knows of async. Handlers are plain functions on threads of their own, since SQLite blocks.

pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod line;
pub(crate) mod practice;
pub(crate) mod reply;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Response;
use tokio::sync::watch;

use self::body::{into_memory, onto_disk};
use self::call::{Call, Payload, Version};
use self::line::{Lines, Scissors};
use self::reply::Reply;
use super::failure::Refusal;
use super::fault::Mishap;
use super::org::{NEWEST_VERSION, OLDEST_VERSION, Org, Shared, version_label};
use super::{oauth, rest};

/// Longest path with its query.
const MOST_URI: usize = 16_384;

/// Serves until `stop` says so.
pub(crate) async fn serve(listener: tokio::net::TcpListener, org: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    let app = Router::new().fallback(answer).with_state(org);
    let mut hurry = stop.clone();
    let serving = axum::serve(Lines(listener), app.into_make_service_with_connect_info::<Scissors>())
        .with_graceful_shutdown(async move {
            // An error means that the sender is gone, which is a way of saying stop.
            stop.wait_for(|stopped| *stopped).await.ok();
        });
    let patience = async move {
        hurry.wait_for(|stopped| *stopped).await.ok();
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    tokio::select! {
        _ = serving => {}
        () = patience => {}
    }
}

async fn answer(
    State(org): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Scissors>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let accepts = parts.headers.get("accept-encoding").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let gzip = accepts.to_ascii_lowercase().contains("gzip");
    let path = parts.uri.path().to_owned();
    let _running = org.running.enter();
    let control = path.trim_start_matches('/').starts_with("practice/");
    if let Some(refusal) = early_refusal(&parts) {
        return Reply::from(refusal).into_response(gzip, false);
    }
    let mishap = if control { None } else { org.faults.meet(&path) };
    match &mishap {
        Some(Mishap::Answer { status, html, body, retry_after }) => {
            let kind = if *html { "text/html;charset=UTF-8" } else { "application/json;charset=UTF-8" };
            let mut reply = Reply::text(*status, kind, body);
            if let Some(seconds) = retry_after {
                reply = reply.with("Retry-After", seconds.to_string());
            }
            return reply.into_response(gzip, false);
        }
        Some(Mishap::Drop { processed: false }) => {
            line.cut();
            return Response::new(Body::empty());
        }
        _ => {}
    }
    let upload = parts.method == "PUT" && path.to_ascii_lowercase().trim_end_matches('/').ends_with("/batches");
    let payload = if upload {
        onto_disk(&parts.headers, body, org.jobs.folder()).await
    } else {
        into_memory(&parts.headers, body).await
    };
    let reply = match payload {
        Ok(payload) => work(Arc::clone(&org), parts, payload).await,
        Err(refusal) => Reply::from(refusal),
    };
    if !control && let Some(delay) = org.faults.delay() {
        tokio::time::sleep(delay).await;
    }
    if let Some(Mishap::Drop { processed: true }) = mishap {
        line.cut();
    }
    reply.into_response(gzip, mishap == Some(Mishap::Truncate))
}

/// What is refused before anyone looks at the path.
fn early_refusal(parts: &axum::http::request::Parts) -> Option<Refusal> {
    let host = parts.headers.get("host").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    // A page on the web may point a name of its own at this computer, but it cannot hide that name.
    if !["127.0.0.1", "localhost", "[::1]"].contains(&name.to_ascii_lowercase().as_str()) {
        return Some(Refusal::new(403, "FORBIDDEN", "The practice org answers to this computer only"));
    }
    let length = parts.uri.path_and_query().map_or(0, |text| text.as_str().len());
    (length > MOST_URI).then(|| Refusal::new(414, "URI_TOO_LONG", "The URI is too long"))
}

async fn work(org: Arc<Shared>, parts: axum::http::request::Parts, payload: Payload) -> Reply {
    let working = tokio::task::spawn_blocking(move || {
        let mut call = Call::new(parts.method.as_str(), parts.uri.path(), parts.uri.query(), parts.headers, payload);
        let reply = route(&Org::now(&org), &mut call).unwrap_or_else(Reply::from);
        if let Payload::File(path) = &call.body {
            // Whoever kept the upload has moved it away.
            std::fs::remove_file(path).ok();
        }
        reply
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
            let (most, long, slow) = org.usage.limit(|limits| {
                (limits.daily_api_requests, limits.concurrent_long_requests, limits.long_request_seconds)
            });
            if org.faults.limit_reached() || used > most {
                return Err(Refusal::new(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."));
            }
            // Where every call counts as long, this one is among them.
            if org.running.longer_than(Duration::from_secs(slow)) >= long + usize::from(slow == 0) {
                return Err(Refusal::new(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."));
            }
            org.usage.keep(&org.database, false)?;
            let reply = rest::route(org, call, rest).unwrap_or_else(Reply::from);
            Ok(reply.with("Sforce-Limit-Info", format!("api-usage={used}/{most}")))
        }
        ["services", "oauth2", what] => oauth::route(org, call, what),
        ["id", org_id, user_id] => oauth::identity::identity(org, call, org_id, user_id),
        ["practice", rest @ ..] => practice::route(org, call, rest),
        // A WebSocket handshake of a streaming client wants a quick no.
        ["cometd", ..] => Err(Refusal::new(400, "UNKNOWN_EXCEPTION", "Streaming is not available here")),
        _ => Err(Refusal::not_found()),
    }
}

fn sign_in(org: &Org, call: &mut Call) -> Result<(), Refusal> {
    if call.header("authorization").is_some() && call.bearer().is_none() {
        return Err(Refusal::new(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE"));
    }
    call.session = call.bearer().and_then(|token| org.sessions.check(&token));
    match call.session {
        Some(_) => Ok(()),
        None => Err(Refusal::new(401, "INVALID_SESSION_ID", "Session expired or invalid")),
    }
}

fn read_version(text: &str) -> Result<Version, Refusal> {
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

//! HTTP with a blocking face. The only file that knows the async runtime.
//!
//! A call is sent once: no retry, no redirect to another host, no token over an unencrypted line except to this computer. A
//! wish to stop drops what may be asked again; a write is awaited until somebody forces.

use super::address::{is_loopback, origin};
use super::answer::{Answer, header};
use super::error::OrgError;
use crate::cancel::Cancel;
use crate::secret::Secret;
use bytes::Bytes;
use futures_util::stream;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Body, Client, Method, Response, Url};
use std::future::Future;
use std::pin::pin;
use std::sync::LazyLock;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(20);
/// How long a read may take until its answer begins; Salesforce gives up a query after two minutes.
const READ_ANSWER: Duration = Duration::from_secs(300);
/// How long a write may take until its answer begins; Salesforce gives up a call after ten minutes.
const WRITE_ANSWER: Duration = Duration::from_secs(660);
/// How long nothing may move in the middle of a body.
const STALLED: Duration = Duration::from_secs(180);
/// How often a wish to stop is looked for.
const LOOK: Duration = Duration::from_millis(50);
/// Most bytes of an answer that is held in memory.
pub(super) const LARGEST_ANSWER: usize = 64 << 20;
/// Most bytes of an answer that only says no.
const LARGEST_REFUSAL: usize = 1 << 20;
/// Redirects followed on one host.
const HOPS: usize = 3;

/// When to stop waiting.
#[derive(Clone)]
pub struct Stop {
    cancel: Cancel,
    only_forced: bool,
}

impl Stop {
    /// Only when somebody forces: for calls that put things in order after a wish to stop.
    pub fn when_forced(cancel: &Cancel) -> Stop {
        Stop { cancel: cancel.clone(), only_forced: true }
    }

    fn asked(&self) -> bool {
        if self.only_forced { self.cancel.forced() } else { self.cancel.requested() }
    }
}

impl From<&Cancel> for Stop {
    fn from(cancel: &Cancel) -> Stop {
        Stop { cancel: cancel.clone(), only_forced: false }
    }
}

/// One call, with everything that goes over the line.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) bearer: Option<&'a Secret>,
    pub(super) headers: &'a [(&'static str, String)],
    /// Content type and body.
    pub(super) body: Option<(&'static str, Bytes)>,
    /// Whether sending it twice has no second effect: reads, and preparations that nobody sees.
    pub(super) repeatable: bool,
    pub(super) stop: Stop,
}

impl Call<'_> {
    /// Method, scheme, host and path: what may be shown.
    pub(super) fn name(&self) -> String {
        format!("{} {}{}", self.method, origin_of(&self.url), self.url.path())
    }

    fn patience(&self) -> Duration {
        if self.repeatable { READ_ANSWER } else { WRITE_ANSWER }
    }

    /// The call was sent, and no whole answer came.
    fn cut_off(&self, why: String) -> OrgError {
        match self.repeatable {
            true => OrgError::Interrupted { call: self.name(), why, after: None },
            false => OrgError::Lost { call: self.name(), why },
        }
    }

    fn request(&self) -> Result<reqwest::Request, OrgError> {
        let mut request = reqwest::Request::new(self.method.clone(), self.url.clone());
        let headers = request.headers_mut();
        if let Some(token) = self.bearer {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(|_| bad_token())?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        for (name, value) in self.headers {
            let value = HeaderValue::from_str(value).map_err(|_| OrgError::Unaskable {
                why: format!("{}: a value for the header {name} has characters that no header takes", self.name()),
                hint: "Use plain letters and digits.".to_owned(),
            })?;
            headers.insert(HeaderName::from_static(name), value);
        }
        if let Some((content_type, body)) = &self.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            *request.body_mut() = Some(Body::from(body.clone()));
        }
        Ok(request)
    }
}

fn bad_token() -> OrgError {
    OrgError::Unaskable {
        why: "the access token has characters that no token has".to_owned(),
        hint: "Paste it again, without line breaks or spaces.".to_owned(),
    }
}

fn origin_of(url: &Url) -> String {
    let mut base = url.clone();
    base.set_path("");
    base.set_query(None);
    origin(&base)
}

/// Sends a call and waits for the whole answer.
pub(super) fn send(call: &Call<'_>) -> Result<Answer, OrgError> {
    let work = async {
        let response = answer_begun(call).await?;
        whole(call, response).await
    };
    blocking(call, work)
}

/// Sends a call whose answer may be larger than memory: the answer if it says no, else a reader of its body.
pub(super) fn open(call: &Call<'_>) -> Result<Result<Download, Answer>, OrgError> {
    let work = async {
        let response = answer_begun(call).await?;
        if response.status().is_success() { Ok(Ok(response)) } else { Ok(Err(whole(call, response).await?)) }
    };
    Ok(blocking(call, work)?.map(|response| Download {
        headers: response.headers().clone(),
        response,
        chunk: Bytes::new(),
        call: call.name(),
        stop: call.stop.clone(),
    }))
}

/// Gives the next piece of a body, `None` at its end.
pub(super) type Pieces<'a> = dyn FnMut() -> Result<Option<Vec<u8>>, super::Stopped> + 'a;

/// Sends a call whose body comes in pieces, and waits for the whole answer. When the pieces stop coming, the connection is cut,
/// so that the other side cannot take a part for the whole.
pub(super) fn upload(call: &Call<'_>, content_type: &'static str, next: &mut Pieces<'_>) -> Result<Answer, OrgError> {
    let (pieces, body) = mpsc::channel::<Option<Vec<u8>>>(2);
    let mut request = call.request()?;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    *request.body_mut() = Some(Body::wrap_stream(stream::unfold(Some(body), next_of_body)));
    let client = client(&call.url)?;

    let work = async {
        let mut sending = Abandoned(tokio::spawn(client.execute(request)));
        loop {
            let piece = next().map_err(|super::Stopped| OrgError::Stopped { call: call.name() })?;
            let last = piece.is_none();
            match timeout(STALLED, pieces.send(piece)).await {
                Ok(Ok(())) if last => break,
                Ok(Ok(())) => {}
                // The other side answers before it has everything: its answer says why.
                Ok(Err(_closed)) => break,
                Err(_elapsed) => return Err(call.cut_off("nothing moved for three minutes".to_owned())),
            }
        }
        let response = match timeout(WRITE_ANSWER, &mut sending.0).await {
            Ok(Ok(result)) => result.map_err(|error| transport(call, error))?,
            Ok(Err(_panicked)) => return Err(call.cut_off("the transfer broke off".to_owned())),
            Err(_elapsed) => return Err(call.cut_off("no answer came in time".to_owned())),
        };
        whole(call, response).await
    };
    blocking(call, work)
}

/// The body ends where its end was said, `Some(None)`; where the pieces merely stop, it breaks.
async fn next_of_body(
    body: Option<mpsc::Receiver<Option<Vec<u8>>>>,
) -> Option<(Result<Vec<u8>, std::io::Error>, Option<mpsc::Receiver<Option<Vec<u8>>>>)> {
    let mut body = body?;
    match body.recv().await {
        Some(Some(piece)) => Some((Ok(piece), Some(body))),
        Some(None) => None,
        None => Some((Err(std::io::Error::other("taken back")), None)),
    }
}

/// A task that ends when nobody waits for it any more.
struct Abandoned<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Abandoned<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The body of an answer, read as it comes.
pub struct Download {
    headers: HeaderMap,
    response: Response,
    chunk: Bytes,
    call: String,
    stop: Stop,
}

impl Download {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    fn next_chunk(&mut self) -> Result<Option<Bytes>, OrgError> {
        let call = &self.call;
        let cut_off = |why: String| OrgError::Interrupted { call: call.clone(), why, after: None };
        let response = &mut self.response;
        let work = async {
            match timeout(STALLED, response.chunk()).await {
                Ok(Ok(chunk)) => Ok(chunk),
                Ok(Err(error)) => Err(cut_off(cause(&error))),
                Err(_elapsed) => Err(cut_off("nothing came for three minutes".to_owned())),
            }
        };
        run(&self.stop, true, call, work)
    }
}

impl std::io::Read for Download {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        while self.chunk.is_empty() {
            match self.next_chunk().map_err(std::io::Error::other)? {
                Some(chunk) => self.chunk = chunk,
                None => return Ok(0),
            }
        }
        let taken = out.len().min(self.chunk.len());
        out[..taken].copy_from_slice(&self.chunk.split_to(taken));
        Ok(taken)
    }
}

/// The error behind a failed read of a [`Download`]; anything else is an answer cut off.
pub fn download_error(error: std::io::Error) -> OrgError {
    let why = error.to_string();
    match error.into_inner().map(|inner| inner.downcast::<OrgError>()) {
        Some(Ok(error)) => *error,
        _ => OrgError::Interrupted { call: "the download".to_owned(), why, after: None },
    }
}

/// Sends, follows redirects of reads on the same host, and comes back when the answer begins.
async fn answer_begun(call: &Call<'_>) -> Result<Response, OrgError> {
    let client = client(&call.url)?;
    let mut request = call.request()?;
    for _ in 0..HOPS {
        let sent = timeout(call.patience(), client.execute(request)).await;
        let response = match sent {
            Ok(result) => result.map_err(|error| transport(call, error))?,
            Err(_elapsed) => return Err(call.cut_off("no answer came in time".to_owned())),
        };
        let leads = header(response.headers(), LOCATION.as_str()).and_then(|to| call.url.join(to).ok());
        match leads {
            // The token goes to no other host, and a body is not sent a second time.
            Some(to)
                if response.status().is_redirection() && call.method == Method::GET && same_host(&to, &call.url) =>
            {
                request = call.request()?;
                *request.url_mut() = to;
            }
            _ => return Ok(response),
        }
    }
    Err(OrgError::Unexpected {
        call: call.name(),
        why: "leads in circles".to_owned(),
        hint: "Use the org's own address, ending in .my.salesforce.com.".to_owned(),
    })
}

pub(super) fn same_host(a: &Url, b: &Url) -> bool {
    (a.scheme(), a.host(), a.port_or_known_default()) == (b.scheme(), b.host(), b.port_or_known_default())
}

async fn whole(call: &Call<'_>, mut response: Response) -> Result<Answer, OrgError> {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let limit = if response.status().is_success() { LARGEST_ANSWER } else { LARGEST_REFUSAL };
    let mut body = Vec::new();
    loop {
        match timeout(STALLED, response.chunk()).await {
            Ok(Ok(Some(chunk))) if body.len() + chunk.len() <= limit => body.extend_from_slice(&chunk),
            Ok(Ok(Some(_))) => return Err(call.cut_off(format!("the answer is larger than {} MB", limit >> 20))),
            Ok(Ok(None)) => return Ok(Answer { status, headers, body }),
            Ok(Err(error)) => return Err(call.cut_off(format!("its answer was cut off ({})", cause(&error)))),
            Err(_elapsed) => return Err(call.cut_off("its answer stopped coming".to_owned())),
        }
    }
}

/// Why no answer began.
fn transport(call: &Call<'_>, error: reqwest::Error) -> OrgError {
    let why = cause(&error);
    if !error.is_connect() {
        return call.cut_off(why);
    }
    let hint = if error.is_dns() {
        "Check the spelling of the address, and the network."
    } else if why.contains("certificate") || why.contains("Certificate") || why.contains("UnknownIssuer") {
        "This computer does not trust the certificate. If your company inspects traffic, add its certificate to the system's store."
    } else if is_loopback(&call.url) {
        "Is the practice org running?"
    } else {
        "Check the network, and the proxy if there is one (HTTPS_PROXY)."
    };
    OrgError::Unreachable { call: call.name(), why: format!("cannot connect: {why}"), hint: hint.to_owned() }
}

/// The innermost cause: the outer ones repeat the address, query included.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = match std::error::Error::source(error) {
        Some(source) => source,
        None if error.is_timeout() => return "it took too long".to_owned(),
        None => return "the connection failed".to_owned(),
    };
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// Runs a call's work on this thread, unless or until somebody asks to stop.
fn blocking<T>(call: &Call<'_>, work: impl Future<Output = Result<T, OrgError>>) -> Result<T, OrgError> {
    let begun = std::time::Instant::now();
    let name = call.name();
    let result = run(&call.stop, call.repeatable, &name, work);
    tracing::debug!(call = name, milliseconds = begun.elapsed().as_millis() as u64, ok = result.is_ok());
    result
}

fn run<T>(
    stop: &Stop,
    repeatable: bool,
    call: &str,
    work: impl Future<Output = Result<T, OrgError>>,
) -> Result<T, OrgError> {
    static RUNTIME: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("salesforce").enable_all().build()
    });
    if stop.asked() {
        return Err(OrgError::Cancelled);
    }
    let runtime = RUNTIME.as_ref().map_err(|error| OrgError::Unreachable {
        call: call.to_owned(),
        why: format!("this computer gives no threads for the network: {error}"),
        hint: "Close other programs and try again.".to_owned(),
    })?;
    let dropped = || async {
        loop {
            let enough = if repeatable { stop.asked() } else { stop.cancel.forced() };
            if enough {
                return;
            }
            sleep(LOOK).await;
        }
    };
    runtime.block_on(async {
        let mut work = pin!(work);
        tokio::select! {
            biased;
            result = &mut work => result,
            () = dropped() => match repeatable {
                true => Err(OrgError::Cancelled),
                false => Err(OrgError::Lost { call: call.to_owned(), why: "its answer was not awaited".to_owned() }),
            },
        }
    })
}

/// The client for an address: with the system's proxy and certificates, or without both for this computer.
fn client(url: &Url) -> Result<&'static Client, OrgError> {
    static OUTSIDE: LazyLock<Result<Client, String>> = LazyLock::new(|| build(|builder| builder));
    static LOOPBACK: LazyLock<Result<Client, String>> =
        LazyLock::new(|| build(|builder| builder.no_proxy().tls_certs_only([])));
    let here = is_loopback(url) && url.scheme() == "http";
    if url.scheme() != "https" && !here {
        return Err(OrgError::BadAddress {
            url: origin_of(url),
            why: "is not encrypted (http)".to_owned(),
            hint: "Write https:// instead; http is for this computer only.".to_owned(),
        });
    }
    let client = if here { &*LOOPBACK } else { &*OUTSIDE };
    client.as_ref().map_err(|why| OrgError::Unreachable {
        call: origin_of(url),
        why: why.clone(),
        hint: "Encrypted connections need the system's certificates; install the package ca-certificates.".to_owned(),
    })
}

fn build(shape: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> Result<Client, String> {
    // Whoever came first has installed the same one: there is one TLS provider in this program.
    let _installed = rustls::crypto::ring::default_provider().install_default().is_ok();
    let builder = Client::builder()
        .user_agent(concat!("linkspan/", env!("CARGO_PKG_VERSION")))
        // The name under which change events tell who made a change.
        .default_headers(HeaderMap::from_iter([(
            HeaderName::from_static("sforce-call-options"),
            HeaderValue::from_static("client=Linkspan"),
        )]))
        .connect_timeout(CONNECT)
        .tcp_keepalive(Duration::from_secs(30))
        // Shorter than servers keep connections: a write on one just closed would count as lost.
        .pool_idle_timeout(Duration::from_secs(30))
        .redirect(reqwest::redirect::Policy::none());
    shape(builder).build().map_err(|error| cause(&error))
}

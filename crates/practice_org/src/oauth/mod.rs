//! Signing in: the pages for browsers, the token endpoint with one function a grant, and what a token tells about its user.

mod apps;
mod authorize;
mod bridge;
mod consent;
mod device;
mod grants;
mod identity;
mod introspect;
pub(crate) mod kept;
pub(crate) mod key;
mod openid;
mod page;
pub(crate) mod people;
mod pkce;
mod redirect;
mod register;
pub(crate) mod scope;
pub(crate) mod sessions;
mod token;
pub(crate) mod waiting;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use self::sessions::Lifetime;
use super::failure::Refusal;
use super::http::call::{Call, Form};
use super::http::reply::Reply;
use super::org::Org;

/// An error of the token endpoint: a JSON object, unlike everywhere else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OAuthError {
    pub(crate) status: u16,
    pub(crate) error: &'static str,
    pub(crate) description: &'static str,
}

impl OAuthError {
    /// Status 400, as nearly all of them.
    pub(crate) fn new(error: &'static str, description: &'static str) -> Self {
        OAuthError { status: 400, error, description }
    }

    /// The answer.
    pub(crate) fn reply(&self) -> Reply {
        Reply::json(self.status, &json!({"error": self.error, "error_description": self.description}))
            .with("Cache-Control", "no-store")
    }
}

impl From<Refusal> for OAuthError {
    /// The data file would not be read or written.
    fn from(_: Refusal) -> Self {
        OAuthError { status: 500, ..OAuthError::new("server_error", "the org's data cannot be read or written") }
    }
}

/// How an app says who it is.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    id: Option<String>,
    secret: Option<String>,
}

impl Client {
    /// Id and secret from HTTP Basic, or from the form. An empty secret is none.
    fn of(call: &Call, form: &Form) -> Client {
        let basic = call
            .header("authorization")
            .and_then(|header| header.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
            .and_then(|(_, text)| STANDARD.decode(text.trim()).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| text.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned())));
        let (id, secret) = match basic {
            Some((id, secret)) => (Some(id), Some(secret)),
            None => (form.get("client_id").map(str::to_owned), form.get("client_secret").map(str::to_owned)),
        };
        Client { id, secret: secret.filter(|secret| !secret.is_empty()) }
    }
}

/// How long a session lives that is opened now.
pub(crate) fn lifetime(org: &Org) -> Lifetime {
    match org.faults.lifetime() {
        Some(life) => Lifetime::Fixed(life),
        None => Lifetime::Idle(org.settings.session_lifetime),
    }
}

/// Everything that has to do with signing in, but for SOAP.
pub(crate) fn route(org: &Org, call: &Call, path: &[&str]) -> Result<Reply, Refusal> {
    let oauth = |answer: Result<Reply, OAuthError>| Ok(answer.unwrap_or_else(|error| error.reply()));
    match (path, call.method.as_str()) {
        (["services", "oauth2", "authorize"], "GET" | "POST") => authorize::route(org, call),
        (["services", "oauth2", "token"], "POST") => oauth(token::token(org, call)),
        (["services", "oauth2", "token"], _) => oauth(Err(OAuthError::new("invalid_request", "must use HTTP POST"))),
        (["services", "oauth2", "success"], "GET") => Ok(bridge::success()),
        (["services", "oauth2", "userinfo"], "GET" | "POST") => identity::user_info(org, call),
        (["services", "oauth2", "introspect"], "POST") => oauth(introspect::introspect(org, call)),
        (["services", "oauth2", "revoke"], "GET" | "POST") => oauth(introspect::revoke(org, call)),
        (["services", "oauth2", "register"], "POST") => oauth(register::register(org, call)),
        (["services", "oauth2", "singleaccess"], "GET" | "POST") => oauth(bridge::single_access(org, call)),
        (["secur", "frontdoor.jsp"], "GET" | "POST") => bridge::front_door(org, call),
        (["setup", "connect"], "GET" | "POST") => device::page(org, call),
        (["id", "keys"], "GET" | "HEAD") => oauth(openid::keys(org)),
        (["id", org_id, user_id], "GET" | "POST" | "HEAD") => identity::identity(org, call, org_id, user_id),
        ([".well-known", "openid-configuration"], "GET" | "HEAD") => Ok(openid::configuration(org)),
        (["services", "oauth2", "introspect" | "register"], verb) => Err(Refusal::method(verb, &["POST"])),
        (["services", "oauth2", "authorize" | "userinfo" | "revoke" | "singleaccess"], verb) => {
            Err(Refusal::method(verb, &["GET", "POST"]))
        }
        _ => Err(Refusal::not_found()),
    }
}

//! Signing in: the token endpoint with one function a grant, and what a token tells about its user.

pub(crate) mod grants;
pub(crate) mod identity;
pub(crate) mod key;
pub(crate) mod sessions;

use serde_json::json;

use super::failure::Refusal;
use super::http::call::Call;
use super::http::reply::Reply;
use super::org::Org;

/// An error of the token endpoint: a JSON object, unlike everywhere else.
#[derive(Debug)]
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

/// Everything below `/services/oauth2/`.
pub(crate) fn route(org: &Org, call: &Call, what: &str) -> Result<Reply, Refusal> {
    match (what, call.method.as_str()) {
        ("token", "POST") => Ok(grants::token(org, call).unwrap_or_else(|error| error.reply())),
        ("token", _) => Ok(OAuthError::new("invalid_request", "must use HTTP POST").reply()),
        ("userinfo", "GET" | "POST") => identity::user_info(org, call),
        ("introspect", "POST") => Ok(grants::introspect(org, call).unwrap_or_else(|error| error.reply())),
        ("revoke", "POST" | "GET") => Ok(grants::revoke(org, call).unwrap_or_else(|error| error.reply())),
        ("introspect", verb) => Err(Refusal::method(verb, &["POST"])),
        ("userinfo" | "revoke", verb) => Err(Refusal::method(verb, &["GET", "POST"])),
        _ => Err(Refusal::not_found()),
    }
}

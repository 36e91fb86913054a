//! Asking about a token, and taking it back.

use serde_json::json;

use super::{Client, OAuthError};
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::org::Org;

/// Days that a refresh token is said to be good for; it has no end of its own.
const REFRESH_DAYS: i64 = 365;

/// `POST /services/oauth2/introspect`. An app learns about its own tokens only.
pub(crate) fn introspect(org: &Org, call: &Call) -> Result<Reply, OAuthError> {
    let form = call.form();
    let app = Client::of(call, &form)
        .proven(org)
        .map_err(|error| OAuthError { status: if error.status == 400 { 401 } else { error.status }, ..error })?;
    let token = form.get("token").ok_or(OAuthError::new("invalid_request", "token required"))?;
    let session = org
        .sessions
        .find(token)
        .filter(|session| session.lives() && session.app.as_ref().is_none_or(|owner| *owner == app.id));
    let Some(session) = session else {
        return Ok(Reply::json(200, &json!({"active": false})));
    };
    let kind = if session.is_refresh { "refresh_token" } else { "access_token" };
    let issued = session.issued / 1000;
    let end = session.expires.map_or(issued + REFRESH_DAYS * 86_400, |end| end / 1000);
    Ok(Reply::json(
        200,
        &json!({
            "active": true,
            "scope": session.scopes.text(),
            "client_id": app.id,
            "username": session.username,
            "sub": format!("{}/id/{}/{}", org.url(), org.identity.org_id, session.user_id),
            "token_type": kind,
            "exp": end,
            "iat": issued,
            "nbf": issued,
        }),
    ))
}

/// `POST /services/oauth2/revoke`, or GET with the token in the query.
pub(crate) fn revoke(org: &Org, call: &Call) -> Result<Reply, OAuthError> {
    let form = call.form();
    let token = form.get("token").ok_or(OAuthError::new("invalid_request", "token required"))?;
    if org.sessions.end(&org.database, token)? {
        return Ok(Reply::empty(200).with("Cache-Control", "no-store"));
    }
    let shaped = token.starts_with("5Aep") || token.get(15..16) == Some("!");
    Err(if shaped {
        OAuthError::new("invalid_token", "invalid token")
    } else {
        OAuthError::new("unsupported_token_type", "this token type is not supported")
    })
}

//! The token endpoint: one function a grant, all ending in the same answer.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rsa::sha2::{Digest, Sha256};
use serde_json::{Map, Value as Json, json};

use super::OAuthError;
use super::key;
use crate::http::call::{Call, Form};
use crate::http::reply::Reply;
use crate::org::{Org, User};
use crate::time;

/// Scopes that every token has.
const SCOPE: &str = "refresh_token api id web";

/// A grant that the endpoint knows; another is one more line.
type Grant = fn(&Org, &Form, &Client) -> Result<Granted, OAuthError>;

const GRANTS: [(&str, Grant); 4] = [
    ("urn:ietf:params:oauth:grant-type:jwt-bearer", jwt_bearer),
    ("client_credentials", client_credentials),
    ("refresh_token", refresh_token),
    ("password", password),
];

/// Who asks.
struct Client {
    id: Option<String>,
    secret: Option<String>,
}

/// What a grant leads to.
struct Granted {
    user: User,
    /// The refresh token that the session belongs to.
    family: Option<String>,
    /// The refresh token to tell, if a new one was made.
    shown: Option<String>,
}

/// `POST /services/oauth2/token`.
pub(crate) fn token(org: &Org, call: &Call) -> Result<Reply, OAuthError> {
    let form = call.form();
    let client = client(call, &form);
    let name = form.get("grant_type").ok_or(OAuthError::new("unsupported_grant_type", "grant type not supported"))?;
    let grant = GRANTS.iter().find(|(known, _)| *known == name).map(|(_, grant)| grant);
    let grant = grant.ok_or(OAuthError::new("unsupported_grant_type", "grant type not supported"))?;
    let granted = grant(org, &form, &client)?;
    let user = &granted.user;
    let lifetime = org.faults.lifetime().unwrap_or(org.settings.session_lifetime);
    let access = org
        .sessions
        .open(&org.database, &org.identity.org_id, (&user.id, &user.username), lifetime, granted.family)
        .map_err(|_| OAuthError { status: 500, ..OAuthError::new("server_error", "the session could not be kept") })?;
    let identity = format!("{}/id/{}/{}", org.url(), org.identity.org_id, user.id);
    let issued = time::now_exact().to_string();
    let mut answer = Map::new();
    answer.insert("access_token".into(), access.into());
    if let Some(refresh) = granted.shown {
        answer.insert("refresh_token".into(), refresh.into());
    }
    let signed = hmac(org.identity.client_secret.as_bytes(), format!("{identity}{issued}").as_bytes());
    answer.insert("signature".into(), STANDARD.encode(signed).into());
    answer.insert("scope".into(), SCOPE.into());
    answer.insert("instance_url".into(), org.url().into());
    answer.insert("id".into(), identity.into());
    answer.insert("token_type".into(), "Bearer".into());
    answer.insert("issued_at".into(), issued.into());
    Ok(Reply::json(200, &Json::Object(answer)).with("Cache-Control", "no-store"))
}

/// Client id and secret from the form, or from HTTP Basic.
fn client(call: &Call, form: &Form) -> Client {
    let basic = call
        .header("authorization")
        .and_then(|header| header.strip_prefix("Basic "))
        .and_then(|text| STANDARD.decode(text.trim()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned())));
    match basic {
        Some((id, secret)) => Client { id: Some(id), secret: Some(secret) },
        None => Client {
            id: form.get("client_id").map(str::to_owned),
            secret: form.get("client_secret").map(str::to_owned),
        },
    }
}

fn check_client(org: &Org, client: &Client) -> Result<(), OAuthError> {
    if client.id.as_deref() != Some(&org.identity.client_id) {
        return Err(OAuthError::new("invalid_client_id", "client identifier invalid"));
    }
    Ok(())
}

fn check_secret(org: &Org, client: &Client) -> Result<(), OAuthError> {
    check_client(org, client)?;
    if client.secret.as_deref() != Some(&org.identity.client_secret) {
        return Err(OAuthError::new("invalid_client", "invalid client credentials"));
    }
    Ok(())
}

fn user(org: &Org, key: &str) -> Result<Option<User>, OAuthError> {
    org.user(key)
        .map_err(|_| OAuthError { status: 500, ..OAuthError::new("server_error", "the user could not be read") })
}

fn active(user: Option<User>, unknown: &'static str) -> Result<User, OAuthError> {
    let user = user.ok_or(OAuthError::new("invalid_grant", unknown))?;
    if user.active { Ok(user) } else { Err(OAuthError::new("invalid_grant", "user is inactive")) }
}

fn jwt_bearer(org: &Org, form: &Form, _client: &Client) -> Result<Granted, OAuthError> {
    let bad = || OAuthError::new("invalid_grant", "invalid assertion");
    let assertion = form.get("assertion").ok_or_else(bad)?;
    let mut parts = assertion.split('.');
    let (Some(header), Some(claims), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(bad());
    };
    let read = |part: &str| -> Option<Json> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?).ok()
    };
    let header = read(header).ok_or_else(bad)?;
    let claims = read(claims).ok_or_else(bad)?;
    if header["alg"] != "RS256" {
        return Err(OAuthError::new("invalid_grant", "algorithm not supported"));
    }
    if claims["iss"] != org.identity.client_id.as_str() {
        return Err(OAuthError::new("invalid_client_id", "client identifier invalid"));
    }
    let signed = &assertion[..assertion.len() - signature.len() - 1];
    let signature = URL_SAFE_NO_PAD.decode(signature.trim_end_matches('=')).map_err(|_| bad())?;
    if !key::signed_by_app(&org.database, signed.as_bytes(), &signature) {
        return Err(bad());
    }
    if !audience_fits(org, &claims["aud"]) {
        return Err(OAuthError::new("invalid_grant", "Audience validation failed"));
    }
    // Seconds as a number or a numeric text; some clients send milliseconds, which only lie further ahead.
    let expires = match &claims["exp"] {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    if expires.ok_or_else(bad)? * 1000.0 < time::now_exact() as f64 {
        return Err(OAuthError::new("invalid_grant", "assertion has expired"));
    }
    let name = claims["sub"].as_str().or_else(|| claims["prn"].as_str()).ok_or_else(bad)?;
    let user = active(user(org, name)?, "user hasn't approved this consumer")?;
    Ok(Granted { user, family: None, shown: None })
}

fn audience_fits(org: &Org, audience: &Json) -> bool {
    const LOGIN: [&str; 2] = ["https://login.salesforce.com", "https://test.salesforce.com"];
    let fits = |text: &str| {
        let text = text.trim_end_matches('/').trim_end_matches("/services/oauth2/token");
        let port = org.url().rsplit(':').next().unwrap_or_default();
        let own = [
            format!("http://127.0.0.1:{port}"),
            format!("http://localhost:{port}"),
            format!("https://127.0.0.1:{port}"),
        ];
        LOGIN.contains(&text) || own.iter().any(|known| known == text)
    };
    match audience {
        Json::String(text) => fits(text),
        Json::Array(list) => list.iter().filter_map(Json::as_str).any(fits),
        _ => false,
    }
}

fn client_credentials(org: &Org, _form: &Form, client: &Client) -> Result<Granted, OAuthError> {
    check_secret(org, client)?;
    let user = active(user(org, &org.identity.user_id)?, "no client credentials user enabled")?;
    Ok(Granted { user, family: None, shown: None })
}

fn refresh_token(org: &Org, form: &Form, client: &Client) -> Result<Granted, OAuthError> {
    check_client(org, client)?;
    if client.secret.is_some() {
        check_secret(org, client)?;
    }
    let expired = "expired access/refresh token";
    let token = form.get("refresh_token").ok_or(OAuthError::new("invalid_request", "refresh_token required"))?;
    let session = org.sessions.find(token).filter(|session| session.is_refresh);
    let session = session.ok_or(OAuthError::new("invalid_grant", expired))?;
    let user = active(user(org, &session.user_id)?, expired)?;
    if !org.settings.rotate_refresh_tokens {
        return Ok(Granted { user, family: Some(token.to_owned()), shown: None });
    }
    let lost = |_| OAuthError { status: 500, ..OAuthError::new("server_error", "the token could not be kept") };
    org.sessions.end(&org.database, token).map_err(lost)?;
    let fresh = org.sessions.open_refresh(&org.database, (&user.id, &user.username)).map_err(lost)?;
    Ok(Granted { user, family: Some(fresh.clone()), shown: Some(fresh) })
}

fn password(org: &Org, form: &Form, client: &Client) -> Result<Granted, OAuthError> {
    check_secret(org, client)?;
    let name = form.get("username").unwrap_or_default();
    let given = form.get("password").unwrap_or_default();
    // A security token may follow the password.
    if !given.starts_with(&org.identity.password) {
        return Err(OAuthError::new("invalid_grant", "authentication failure"));
    }
    let user = active(user(org, name)?, "authentication failure")?;
    Ok(Granted { user, family: None, shown: None })
}

/// `POST /services/oauth2/introspect`.
pub(crate) fn introspect(org: &Org, call: &Call) -> Result<Reply, OAuthError> {
    let form = call.form();
    check_secret(org, &client(call, &form)).map_err(|error| OAuthError { status: 401, ..error })?;
    let token = form.get("token").ok_or(OAuthError::new("invalid_request", "token required"))?;
    let session = org.sessions.find(token);
    let alive = session.filter(|session| session.expires.is_none_or(|end| time::now_exact() < end));
    let Some(session) = alive else {
        return Ok(Reply::json(200, &json!({"active": false})));
    };
    let kind = if session.is_refresh { "refresh_token" } else { "access_token" };
    let issued = session.issued / 1000;
    let end = session.expires.map_or(issued + 365 * 86_400, |end| end / 1000);
    Ok(Reply::json(
        200,
        &json!({
            "active": true,
            "scope": SCOPE,
            "client_id": org.identity.client_id,
            "username": session.username,
            "sub": format!("{}/id/{}/{}", org.url(), org.identity.org_id, session.user_id),
            "token_type": kind,
            "exp": end,
            "iat": issued,
            "nbf": issued,
        }),
    ))
}

/// `POST /services/oauth2/revoke`.
pub(crate) fn revoke(org: &Org, call: &Call) -> Result<Reply, OAuthError> {
    let form = call.form();
    let token = form.get("token").ok_or(OAuthError::new("invalid_request", "token required"))?;
    match org.sessions.end(&org.database, token) {
        Ok(true) => Ok(Reply::empty(200)),
        _ => Err(OAuthError::new("invalid_token", "invalid token")),
    }
}

/// HMAC with SHA-256.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 64;
    let mut padded = [0u8; BLOCK];
    if key.len() > BLOCK {
        padded[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        padded[..key.len()].copy_from_slice(key);
    }
    let keyed = |mask: u8| padded.map(|byte| byte ^ mask);
    let inner = Sha256::new().chain_update(keyed(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(keyed(0x5c)).chain_update(inner).finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::hmac;

    #[test]
    fn the_signature_is_hmac_sha256() {
        let hex: String = hmac(b"key", b"The quick brown fox jumps over the lazy dog")
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(hex, "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
    }
}

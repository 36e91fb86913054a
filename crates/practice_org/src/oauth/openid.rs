//! OpenID Connect: signed statements of who a user is, the key to check them with, and where everything is.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::sha2::{Digest, Sha256};
use serde_json::{Map, Value as Json, json};

use super::OAuthError;
use super::key::OrgKey;
use super::scope;
use crate::http::reply::Reply;
use crate::org::Org;
use crate::time;

/// Seconds that an id token is good for.
const LIFE: i64 = 120;

/// A signed statement that this user has signed in to this app.
pub(crate) fn id_token(
    org: &Org,
    app: &str,
    subject: &str,
    access_token: &str,
    nonce: Option<&str>,
) -> Result<String, OAuthError> {
    let key = key(org)?;
    let now = time::now() / 1000;
    let digest = Sha256::digest(access_token.as_bytes());
    let mut claims = Map::new();
    claims.insert("at_hash".into(), URL_SAFE_NO_PAD.encode(&digest[..16]).into());
    claims.insert("sub".into(), subject.into());
    claims.insert("aud".into(), app.into());
    claims.insert("iss".into(), org.url().into());
    claims.insert("exp".into(), (now + LIFE).into());
    claims.insert("iat".into(), now.into());
    if let Some(nonce) = nonce {
        claims.insert("nonce".into(), nonce.into());
    }
    let header = json!({"kid": key.id(), "typ": "JWT", "alg": "RS256"});
    let encode = |part: Json| URL_SAFE_NO_PAD.encode(part.to_string());
    let text = format!("{}.{}", encode(header), encode(Json::Object(claims)));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(text.as_bytes()));
    Ok(format!("{text}.{signature}"))
}

fn key(org: &Org) -> Result<OrgKey, OAuthError> {
    OrgKey::read(&org.database)
        .map_err(|_| OAuthError { status: 500, ..OAuthError::new("server_error", "the org's key cannot be made") })
}

/// `GET /id/keys`.
pub(crate) fn keys(org: &Org) -> Result<Reply, OAuthError> {
    let key = key(org)?;
    let (modulus, exponent) = key.public();
    let entry = json!({"kty": "RSA", "n": modulus, "e": exponent, "alg": "RS256", "use": "sig", "kid": key.id()});
    Ok(Reply::json(200, &json!({"keys": [entry]})))
}

/// `GET /.well-known/openid-configuration`.
pub(crate) fn configuration(org: &Org) -> Reply {
    let base = org.url();
    let at = |path: &str| format!("{base}/services/oauth2/{path}");
    let scopes: Vec<&str> = scope::KNOWN.iter().map(|(name, _)| *name).collect();
    Reply::json(
        200,
        &json!({
            "issuer": base,
            "authorization_endpoint": at("authorize"),
            "token_endpoint": at("token"),
            "revocation_endpoint": at("revoke"),
            "userinfo_endpoint": at("userinfo"),
            "jwks_uri": format!("{base}/id/keys"),
            // The standard's name for it, and the one that Salesforce's documentation uses.
            "registration_endpoint": at("register"),
            "register_endpoint": at("register"),
            "introspection_endpoint": at("introspect"),
            "scopes_supported": scopes,
            "response_types_supported": ["code", "token", "token id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "display_values_supported": ["page", "popup", "touch"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "claims_supported": [
                "active", "address", "email", "email_verified", "family_name", "given_name", "is_app_installed",
                "language", "locale", "name", "nickname", "organization_id", "photos", "picture",
                "preferred_username", "profile", "sub", "updated_at", "urls", "user_id", "user_type", "zoneinfo",
            ],
        }),
    )
}

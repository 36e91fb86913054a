//! The token endpoint: whatever the grant, the same answer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rsa::sha2::{Digest, Sha256};
use serde_json::{Map, Value as Json};

use super::apps::App;
use super::scope::Scopes;
use super::sessions::Entry;
use super::{Client, OAuthError, device, grants, openid, redirect};
use crate::http::call::{Call, Form};
use crate::http::reply::Reply;
use crate::org::{Org, User};
use crate::time;
use crate::xml;

/// A grant that the endpoint knows; another is one more line.
type Grant = fn(&Org, &Form, &Client) -> Result<Granted, OAuthError>;

const GRANTS: [(&str, Grant); 7] = [
    ("authorization_code", grants::code::authorization_code),
    ("refresh_token", grants::refresh::refresh_token),
    ("urn:ietf:params:oauth:grant-type:jwt-bearer", grants::jwt::jwt_bearer),
    ("urn:ietf:params:oauth:grant-type:saml2-bearer", grants::saml::saml_bearer),
    ("client_credentials", grants::secrets::client_credentials),
    ("password", grants::secrets::password),
    ("device", device::poll),
];

/// What a grant leads to.
#[derive(Debug, Clone)]
pub(crate) struct Granted {
    /// Who is signed in.
    pub(crate) user: User,
    /// By which app.
    pub(crate) app: Option<App>,
    /// For what.
    pub(crate) scopes: Scopes,
    /// The refresh token that the session belongs to.
    pub(crate) family: Option<String>,
    /// The refresh token to tell, if a new one was made.
    pub(crate) shown: Option<String>,
    /// What the id token repeats.
    pub(crate) nonce: Option<String>,
    /// Whether an id token was asked for beside the scopes.
    pub(crate) id_token: bool,
}

impl Granted {
    /// A sign-in without a refresh token.
    pub(crate) fn new(user: User, app: Option<App>, scopes: Scopes) -> Self {
        Granted { user, app, scopes, family: None, shown: None, nonce: None, id_token: false }
    }

    /// The same, with a new refresh token.
    pub(crate) fn staying(self, org: &Org) -> Result<Self, OAuthError> {
        let token = org.sessions.open_refresh(&org.database, &self.entry())?;
        Ok(Granted { family: Some(token.clone()), shown: Some(token), ..self })
    }

    fn entry(&self) -> Entry<'_> {
        Entry {
            user_id: &self.user.id,
            username: &self.user.username,
            app: self.app.as_ref().map(|app| app.id.as_str()),
            scopes: self.scopes.clone(),
            standing: false,
        }
    }
}

/// `POST /services/oauth2/token`.
pub(crate) fn token(org: &Org, call: &Call) -> Result<Reply, OAuthError> {
    let form = call.form();
    if form.repeated().is_some() {
        return Err(OAuthError::new("invalid_request", "duplicate parameter"));
    }
    let client = Client::of(call, &form);
    if form.get("response_type") == Some("device_code") {
        return device::begin(org, &form, &client);
    }
    let unknown = OAuthError::new("unsupported_grant_type", "grant type not supported");
    // Before it had a name of its own, the SAML grant was told by the type of its assertion.
    let old_saml = form.get("assertion_type").map(|_| "urn:ietf:params:oauth:grant-type:saml2-bearer");
    let name = form.get("grant_type").filter(|name| *name != "assertion").or(old_saml).ok_or(unknown)?;
    let (_, grant) = GRANTS.iter().find(|(known, _)| *known == name).ok_or(unknown)?;
    let granted = grant(org, &form, &client)?;
    let answer = give(org, granted)?;
    Ok(shape(&answer, form.get("format")).with("Cache-Control", "no-store").with("Pragma", "no-cache"))
}

/// Opens the session and tells about it, in Salesforce's order.
pub(crate) fn give(org: &Org, granted: Granted) -> Result<Vec<(&'static str, String)>, OAuthError> {
    let entry = granted.entry();
    let lifetime = super::lifetime(org);
    let access = org.sessions.open(&org.database, &org.identity.org_id, &entry, lifetime, granted.family.clone())?;
    let identity = format!("{}/id/{}/{}", org.url(), org.identity.org_id, granted.user.id);
    let issued = time::now_exact().to_string();
    let secret = granted.app.as_ref().map_or("", |app| &app.secret);
    let signature = STANDARD.encode(hmac(secret.as_bytes(), format!("{identity}{issued}").as_bytes()));
    let mut answer = vec![("access_token", access.clone())];
    answer.extend(granted.shown.map(|token| ("refresh_token", token)));
    answer.push(("signature", signature));
    answer.push(("scope", granted.scopes.text()));
    if let Some(app) = granted.app.filter(|_| granted.id_token || granted.scopes.openid()) {
        let nonce = granted.nonce.as_deref();
        answer.push(("id_token", openid::id_token(org, &app.id, &identity, &access, nonce)?));
    }
    answer.push(("instance_url", org.url().to_owned()));
    answer.push(("id", identity));
    answer.push(("token_type", "Bearer".to_owned()));
    answer.push(("issued_at", issued));
    Ok(answer)
}

/// The answer in the shape asked for; JSON unless another is.
fn shape(answer: &[(&'static str, String)], format: Option<&str>) -> Reply {
    match format {
        Some("urlencoded") => {
            let pairs: Vec<(&str, &str)> = answer.iter().map(|(name, value)| (*name, value.as_str())).collect();
            Reply::text(200, "application/x-www-form-urlencoded;charset=UTF-8", &redirect::form(&pairs))
        }
        Some("xml") => {
            let inner: String = answer.iter().map(|(name, value)| xml::element(name, value)).collect();
            let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><OAuth>{inner}</OAuth>");
            Reply::text(200, "application/xml;charset=UTF-8", &text)
        }
        _ => {
            let map: Map<String, Json> =
                answer.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect();
            Reply::json(200, &Json::Object(map))
        }
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

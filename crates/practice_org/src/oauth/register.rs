//! `/services/oauth2/register`: an app makes itself known, as OpenID Connect describes. Whoever is signed in may do it.

use serde_json::{Value as Json, json};

use super::apps::{self, App};
use super::sessions::secret;
use super::{OAuthError, redirect};
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::org::Org;
use crate::time;

/// Addresses of one app.
const MOST_ADDRESSES: usize = 20;
/// Longest name, in characters.
const LONGEST_NAME: usize = 120;

/// Registers an app and tells its key and secret.
pub(crate) fn register(org: &Org, call: &Call) -> Result<Reply, OAuthError> {
    let signed_in = call.bearer().and_then(|token| org.sessions.check(&org.database, &token));
    if signed_in.is_none() {
        return Err(OAuthError { status: 401, ..OAuthError::new("invalid_token", "sign in to register an app") });
    }
    let bad = |text| OAuthError::new("invalid_client_metadata", text);
    let body = call.object().map_err(|_| bad("a JSON object is required"))?;
    let strings = |name: &str| -> Option<Vec<String>> {
        body.get(name)?.as_array()?.iter().map(|entry| entry.as_str().map(str::to_owned)).collect()
    };
    let redirects = strings("redirect_uris").filter(|list| !list.is_empty() && list.len() <= MOST_ADDRESSES);
    let redirects = redirects.ok_or(bad("redirect_uris must name one to twenty addresses"))?;
    if !redirects.iter().all(|address| redirect::allowed(address)) {
        let text = "only addresses on this computer and schemes of the app's own are allowed";
        return Err(OAuthError::new("invalid_redirect_uri", text));
    }
    let name = match body.get("client_name") {
        None | Some(Json::Null) => "Registered app",
        Some(Json::String(name)) if !name.trim().is_empty() && name.chars().count() <= LONGEST_NAME => name.trim(),
        Some(_) => return Err(bad("client_name must be a text of up to 120 characters")),
    };
    let app = App {
        id: format!("3MVG9{}", secret(60)),
        name: name.to_owned(),
        secret: secret(48),
        public: body.get("token_endpoint_auth_method").is_some_and(|method| method == "none"),
        redirects,
    };
    let mut answer = json!({
        "client_id": app.id,
        "client_id_issued_at": time::now_exact() / 1000,
        "client_name": app.name,
        "redirect_uris": app.redirects,
        "token_endpoint_auth_method": if app.public { "none" } else { "client_secret_post" },
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code", "token"],
    });
    if !app.public {
        answer["client_secret"] = app.secret.clone().into();
        answer["client_secret_expires_at"] = 0.into();
    }
    apps::register(org, app)?;
    Ok(Reply::json(201, &answer).with("Cache-Control", "no-store"))
}

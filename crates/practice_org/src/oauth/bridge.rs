//! From an API session to the browser: a one-time address, and the small page behind it. A practice org has no pages to
//! work on, so the page says who has come in and where they wanted to go.

use serde_json::json;

use super::OAuthError;
use super::page;
use super::redirect::encode;
use super::sessions::secret;
use super::waiting::MINUTE;
use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::org::Org;

/// `/services/oauth2/singleaccess`.
pub(crate) fn single_access(org: &Org, call: &Call) -> Result<Reply, OAuthError> {
    let form = call.form();
    let token = call.bearer().or_else(|| form.get("access_token").map(str::to_owned));
    let session = token.and_then(|token| org.sessions.check(&org.database, &token));
    let ended = OAuthError { status: 401, ..OAuthError::new("invalid_token", "Session expired or invalid") };
    let session = session.ok_or(ended)?;
    if !session.scopes.allow("web") {
        return Err(OAuthError::new("invalid_scope", "the token lacks the scope web"));
    }
    let start = form.get("redirect_uri").unwrap_or_default();
    if !start.is_empty() && !inside(start) {
        return Err(OAuthError::new("invalid_request", "redirect_uri must be a path of this org"));
    }
    let pass = secret(40);
    let mut address = format!("{}/secur/frontdoor.jsp?otp={}", org.url(), encode(&pass));
    if !start.is_empty() {
        address.push_str(&format!("&startURL={}", encode(start)));
    }
    org.waiting.passes.keep(pass, MINUTE, session.user_id);
    Ok(Reply::json(200, &json!({"frontdoor_uri": address})).with("Cache-Control", "no-store"))
}

/// Whether this is a path and not another site.
fn inside(path: &str) -> bool {
    !path.starts_with("//") && !path.contains(['\\', ':'])
}

/// `/secur/frontdoor.jsp`, with a one-time address or, as older programs do, with a session.
pub(crate) fn front_door(org: &Org, call: &Call) -> Result<Reply, Refusal> {
    let form = call.form();
    let user_id = match (form.get("otp"), form.get("sid")) {
        (Some(pass), _) => org.waiting.passes.take(pass),
        (None, Some(token)) => {
            let session = org.sessions.check(&org.database, token);
            session.filter(|session| session.scopes.allow("web")).map(|session| session.user_id)
        }
        (None, None) => None,
    };
    let user = match user_id {
        Some(user_id) => org.user(&user_id)?,
        None => None,
    };
    let Some(user) = user else {
        let text = "This address works once and for a minute. Ask the program that gave it to you for another.";
        return Ok(page::notice(403, "You cannot come in here", text));
    };
    let place = form.get("startURL").or_else(|| form.get("retURL")).filter(|place| !place.is_empty());
    let place = place.map_or_else(String::new, |place| format!(" The page asked for was {place}."));
    let text = format!("A practice org is reached through its APIs and has no pages to work on.{place}");
    Ok(page::notice(200, &format!("You have come in as {}", user.name), &text))
}

/// `/services/oauth2/success`: where apps without a page of their own send the browser.
pub(crate) fn success() -> Reply {
    page::notice(200, "You are signed in", "The app has what it needs. You can close this page.")
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn paths_are_told_from_sites() {
        assert!(inside("/lightning/o/Account/list") && inside("lightning/page/home"));
        for other in ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"] {
            assert!(!inside(other), "{other}");
        }
    }
}

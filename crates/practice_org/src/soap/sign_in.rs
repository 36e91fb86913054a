//! Signing in with a password, and out again.

use super::Asked;
use super::reply::Fault;
use super::user_info;
use crate::ids;
use crate::oauth::people;
use crate::oauth::scope::Scopes;
use crate::oauth::sessions::Entry;
use crate::org::{Org, User};
use crate::xml::element;

/// The last version that has `login`.
const LAST_LOGIN: u32 = 64;
/// Sessions that one call may end.
const MOST_SESSIONS: usize = 200;

/// `login`: a session for a user name and a password.
pub(super) fn login(org: &Org, asked: &Asked<'_>) -> Result<String, Fault> {
    if asked.version > LAST_LOGIN {
        let text = format!(
            "The SOAP Login operation is not available in the API version specified ({}.0). \
             Refer to the documentation for supported versions.",
            asked.version
        );
        return Err(Fault::login("INVALID_OPERATION", &text));
    }
    let wrong = Fault::login("INVALID_LOGIN", "Invalid username, password, security token; or user locked out.");
    let argument = |name| asked.envelope.argument(name).unwrap_or_default();
    let here = asked
        .envelope
        .header("LoginScopeHeader", "organizationId")
        .map(str::trim)
        .is_none_or(|id| id.is_empty() || ids::normal(id).as_deref() == Some(org.identity.org_id.as_str()));
    let user = people::with_password(org, argument("username").trim(), argument("password"))?;
    let user = user.filter(|user| user.active && here).ok_or(wrong)?;
    let entry =
        Entry { user_id: &user.id, username: &user.username, app: None, scopes: Scopes::full(), standing: false };
    let lifetime = crate::oauth::lifetime(org);
    let token = org.sessions.open(&org.database, &org.identity.org_id, &entry, lifetime, None)?;
    let info = user_info::user_info(org, &user, org.sessions.find(&token).as_ref())?;
    Ok(format!("<result>{}</result>", result(org, asked, &token, &user, &info)))
}

fn result(org: &Org, asked: &Asked<'_>, token: &str, user: &User, info: &str) -> String {
    let endpoint = |letter: char| {
        format!("{}/services/Soap/{letter}/{}.0/{}", org.url(), asked.version, &org.identity.org_id[..15])
    };
    [
        element("metadataServerUrl", &endpoint('m')),
        element("passwordExpired", "false"),
        element("sandbox", "false"),
        element("serverUrl", &endpoint(asked.flavor.letter())),
        element("sessionId", token),
        element("userId", &user.id),
        format!("<userInfo>{info}</userInfo>"),
    ]
    .concat()
}

/// `logout`: ends the session of the call.
pub(super) fn logout(org: &Org, asked: &Asked<'_>) -> Result<String, Fault> {
    org.sessions.end(&org.database, asked.token)?;
    Ok(String::new())
}

/// `invalidateSessions`: ends sessions of the caller; others are not the caller's to end.
pub(super) fn invalidate_sessions(org: &Org, asked: &Asked<'_>) -> Result<String, Fault> {
    let tokens = asked.envelope.arguments("sessionIds");
    if tokens.len() > MOST_SESSIONS {
        return Err(Fault::api(
            "EXCEEDED_ID_LIMIT",
            "record limit reached. cannot submit more than 200 records into this call",
        ));
    }
    let caller = asked.session.as_ref().map(|session| session.user_id.as_str());
    let mut results = String::new();
    for token in tokens {
        let own =
            org.sessions.find(token).filter(|session| !session.is_refresh && Some(session.user_id.as_str()) == caller);
        let ended = own.is_some() && org.sessions.end(&org.database, token)?;
        let errors = if ended {
            String::new()
        } else {
            let message = element("message", "Invalid Session ID");
            format!("<errors>{message}<statusCode>INVALID_SESSION_ID</statusCode></errors>")
        };
        results.push_str(&format!("<result>{errors}<success>{ended}</success></result>"));
    }
    Ok(results)
}

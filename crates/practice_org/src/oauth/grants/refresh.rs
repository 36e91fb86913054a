//! Another access token for a refresh token, which is used up by that if the org says so.

use super::super::token::Granted;
use super::super::{Client, OAuthError, people};
use crate::http::call::Form;
use crate::org::Org;

/// Under this name the org keeps the refresh token that it tells.
const STANDING: &str = "refresh_token";

/// The grant.
pub(crate) fn refresh_token(org: &Org, form: &Form, client: &Client) -> Result<Granted, OAuthError> {
    let app = client.app(org)?;
    let expired = "expired access/refresh token";
    let token = form.get("refresh_token").ok_or(OAuthError::new("invalid_request", "refresh_token required"))?;
    let session = org.sessions.find(token).filter(|session| {
        // A file of an older program does not say whose the token is; then it is the practice app's.
        session.is_refresh && session.app.as_ref().is_none_or(|known| *known == app.id)
    });
    let session = session.ok_or(OAuthError::new("invalid_grant", expired))?;
    let user = people::active(org, &session.user_id, expired)?;
    let granted = Granted::new(user, Some(app), session.scopes);
    if !org.settings.rotate_refresh_tokens {
        return Ok(Granted { family: Some(token.to_owned()), ..granted });
    }
    let fresh = org.sessions.rotate(&org.database, token)?.ok_or(OAuthError::new("invalid_grant", expired))?;
    if session.standing {
        org.database.set_setting(STANDING, &fresh)?;
    }
    Ok(Granted { family: Some(fresh.clone()), shown: Some(fresh), ..granted })
}

//! Grants to whoever knows a secret: the app's, or a user's too.

use super::super::scope::Scopes;
use super::super::token::Granted;
use super::super::{Client, OAuthError, people};
use crate::http::call::Form;
use crate::org::Org;

/// The app by itself, as the practice user. Only the practice app has a user to run as.
pub(crate) fn client_credentials(org: &Org, _form: &Form, client: &Client) -> Result<Granted, OAuthError> {
    let app = client.proven(org)?;
    let own = app.id == org.identity.client_id;
    let user = org.user(&org.identity.user_id)?.filter(|user| own && user.active);
    let user = user.ok_or(OAuthError::new("invalid_grant", "no client credentials user enabled"))?;
    Ok(Granted::new(user, Some(app), Scopes::default().without_staying()))
}

/// A user with name and password. Every user of a practice org has the same password.
pub(crate) fn password(org: &Org, form: &Form, client: &Client) -> Result<Granted, OAuthError> {
    let app = client.proven(org)?;
    let (name, given) = (form.get("username").unwrap_or_default(), form.get("password").unwrap_or_default());
    let failed = "authentication failure";
    let user = people::with_password(org, name, given)?.ok_or(OAuthError::new("invalid_grant", failed))?;
    let user = people::active(org, &user.id, failed)?;
    Ok(Granted::new(user, Some(app), Scopes::default().without_staying()))
}

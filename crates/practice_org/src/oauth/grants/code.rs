//! The authorization code that ends the web server flow: exchanged once, by whoever it was made for. The attempt uses it up.

use super::super::apps::App;
use super::super::scope::Scopes;
use super::super::token::Granted;
use super::super::{Client, OAuthError, people, pkce};
use crate::http::call::Form;
use crate::org::Org;

/// What a code stands for.
#[derive(Debug, Clone)]
pub(crate) struct Approved {
    /// Who has agreed.
    pub(crate) user_id: String,
    /// To whom the code was given.
    pub(crate) app: App,
    /// Where it was sent; the exchange must name the same.
    pub(crate) redirect: String,
    /// What for.
    pub(crate) scopes: Scopes,
    /// Digest of the text that the exchange must show.
    pub(crate) challenge: Option<String>,
    /// What the id token repeats.
    pub(crate) nonce: Option<String>,
}

/// The grant.
pub(crate) fn authorization_code(org: &Org, form: &Form, client: &Client) -> Result<Granted, OAuthError> {
    let app = client.app(org)?;
    let code = form.get("code").ok_or(OAuthError::new("invalid_request", "code required"))?;
    let expired = OAuthError::new("invalid_grant", "expired authorization code");
    let approved = org.waiting.codes.take(code).filter(|approved| approved.app.id == app.id).ok_or(expired)?;
    if form.get("redirect_uri") != Some(approved.redirect.as_str()) {
        return Err(OAuthError::new("redirect_uri_mismatch", "redirect_uri must match configuration"));
    }
    match &approved.challenge {
        Some(challenge) => pkce::check(challenge, form.get("code_verifier"))?,
        // Without a challenge only the secret tells the app from whoever saw the code pass by.
        None if !app.public && client.secret.is_none() => {
            return Err(OAuthError::new("invalid_client", "invalid client credentials"));
        }
        None => {}
    }
    let user = people::active(org, &approved.user_id, "expired authorization code")?;
    let stay = approved.scopes.stay();
    let granted = Granted { nonce: approved.nonce, ..Granted::new(user, Some(app), approved.scopes) };
    if stay { granted.staying(org) } else { Ok(granted) }
}

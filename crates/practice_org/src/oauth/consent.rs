//! The page on which a person lets an app sign in, or does not.
//!
//! Its form carries a ticket that works once. Another site can make a browser open this page, but cannot read the
//! ticket, and so cannot answer in the person's place.

use super::apps::App;
use super::authorize::Request;
use super::page::{self, Page, Target};
use super::scope::Scopes;
use super::sessions::secret;
use super::waiting::MINUTE;
use super::{OAuthError, people};
use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::org::{Org, User};
use crate::xml::escape;

/// What a person is asked about.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    /// An app that sent the browser here.
    App(Box<Request>),
    /// A device, by its device code.
    Device(String),
}

/// What the page shows.
pub(crate) struct Question<'a> {
    /// Who asks.
    pub(crate) app: &'a App,
    /// What for.
    pub(crate) scopes: &'a Scopes,
    /// The user to choose unless the person chooses another.
    pub(crate) hint: &'a str,
    /// Where the form goes.
    pub(crate) action: &'a str,
    /// What happens afterwards, as HTML.
    pub(crate) afterwards: String,
    /// Where the form may lead.
    pub(crate) target: Target<'a>,
}

/// Shows the page and waits for its form.
pub(crate) fn ask(org: &Org, question: &Question<'_>, asked: Asked) -> Result<Reply, Refusal> {
    let ticket = secret(40);
    org.waiting.consents.keep(ticket.clone(), 10 * MINUTE, asked);
    let mut users = String::new();
    for user in people::offered(org, question.hint)? {
        let chosen = if user.username.eq_ignore_ascii_case(question.hint) { " selected" } else { "" };
        let username = escape(&user.username);
        users.push_str(&format!("<option value=\"{username}\"{chosen}>{} ({username})</option>", escape(&user.name)));
    }
    let scopes: String = question
        .scopes
        .explained()
        .map(|(name, meaning)| format!("<li>{meaning} <code>{}</code></li>", escape(name)))
        .collect();
    let body = format!(
        "<form method=\"post\" action=\"{}\">\n\
         <input type=\"hidden\" name=\"ticket\" value=\"{ticket}\">\n\
         <label>Sign in as <select name=\"user\">{users}</select></label>\n\
         <p>It asks to:</p>\n<ul>{scopes}</ul>\n\
         <p class=\"quiet\">{}</p>\n\
         <button class=\"first\" name=\"decision\" value=\"allow\">Allow</button>\
         <button name=\"decision\" value=\"deny\">Deny</button>\n</form>",
        question.action, question.afterwards
    );
    let title = format!("Let {} sign in?", question.app.name);
    Ok(Page { status: 200, title: &title, body, target: question.target }.reply())
}

/// What the person decided: what it was about, and the user if it was allowed.
pub(crate) fn decision(org: &Org, call: &Call) -> Result<(Asked, Option<User>), Reply> {
    let form = call.form();
    if !from_here(call) {
        return Err(page::refusal(
            403,
            "access_denied",
            "The answer came from another site. Nothing has been allowed.",
        ));
    }
    let asked = form.get("ticket").and_then(|ticket| org.waiting.consents.take(ticket));
    let Some(asked) = asked else {
        let text = "This page has been answered already, or is too old. Go back to the app and start again.";
        return Err(page::refusal(400, "invalid_request", text));
    };
    if form.get("decision") != Some("allow") {
        return Ok((asked, None));
    }
    let chosen = form.get("user").unwrap_or(&org.identity.username);
    match people::active_named(org, chosen, "there is no such user") {
        Ok(user) => Ok((asked, Some(user))),
        Err(OAuthError { status, error, description }) => Err(page::refusal(status, error, description)),
    }
}

/// Whether the form was sent by a page of this org, as far as the browser tells.
fn from_here(call: &Call) -> bool {
    let own = format!("http://{}", call.header("host").unwrap_or_default());
    let origin = call.header("origin").is_none_or(|origin| origin.eq_ignore_ascii_case(&own));
    let site = call.header("sec-fetch-site").is_none_or(|site| site == "same-origin");
    origin && site
}

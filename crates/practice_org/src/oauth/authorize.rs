//! `/services/oauth2/authorize`: where apps send browsers. The web server flow ends with a code in the callback's query,
//! the user-agent flow with a token behind its `#`.
//!
//! What is wrong with the app or the callback is told on a page, because nobody else can be trusted with it. Everything
//! else is told to the callback.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::OAuthError;
use super::apps::App;
use super::consent::{self, Asked, Question};
use super::grants::code::Approved;
use super::page::{self, Target};
use super::redirect;
use super::scope::Scopes;
use super::sessions::secret;
use super::token::{self, Granted};
use super::waiting::MINUTE;
use crate::failure::Refusal;
use crate::http::call::{Call, Form};
use crate::http::reply::Reply;
use crate::org::{Org, User};
use crate::xml::escape;

/// Longest text that an app may have handed back to it.
const LONGEST_ECHO: usize = 8 * 1024;
/// How long a code waits for its exchange.
const CODE_LIFE: i64 = 15 * MINUTE;

/// What an app asks for.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    app: App,
    redirect: String,
    scopes: Scopes,
    state: Option<String>,
    nonce: Option<String>,
    flow: Flow,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Flow {
    /// A code, to be exchanged by whoever knows what the challenge was made from.
    WebServer { challenge: Option<String> },
    /// A token at once.
    UserAgent { id_token: bool },
}

/// Shows the consent page, or takes its answer.
pub(crate) fn route(org: &Org, call: &Call) -> Result<Reply, Refusal> {
    let form = call.form();
    if call.method == "POST" && form.get("ticket").is_some() {
        return match consent::decision(org, call) {
            Ok((Asked::App(request), user)) => Ok(request.answer(org, user)),
            Ok((Asked::Device(_), _)) => {
                Ok(page::refusal(400, "invalid_request", "This answer belongs to another page."))
            }
            Err(reply) => Ok(reply),
        };
    }
    match caller(org, &form).and_then(|(app, redirect)| Request::read(&form, app, redirect)) {
        Ok(request) => request.ask(org, form.get("login_hint").unwrap_or_default()),
        Err(reply) => Ok(reply),
    }
}

/// The app and the callback, or a page that says why not.
fn caller(org: &Org, form: &Form) -> Result<(App, String), Reply> {
    let refuse = |error, text: &str| Err(page::refusal(400, error, text));
    let Some(app) = App::find(org, form.get("client_id").unwrap_or_default())? else {
        return refuse("invalid_client_id", "The org does not know this app: client identifier invalid.");
    };
    let Some(redirect) = form.get("redirect_uri").filter(|address| !address.is_empty()) else {
        return refuse("invalid_request", "The app did not say where to go back to: redirect_uri missing.");
    };
    if ["state", "nonce"].iter().any(|name| form.get(name).is_some_and(|text| text.len() > LONGEST_ECHO)) {
        let text = "The app sent more along than can be handed back: state or nonce too long.";
        return refuse("invalid_request", text);
    }
    if !app.may_return_to(redirect) {
        let text = format!(
            "The app wants the browser to go back to {redirect}. The practice org only sends browsers to this computer \
             (http://localhost, with any port) or to a scheme of the app's own: redirect_uri must match configuration."
        );
        return refuse("redirect_uri_mismatch", &text);
    }
    Ok((app, redirect.to_owned()))
}

impl Request {
    fn read(form: &Form, app: App, redirect: String) -> Result<Request, Reply> {
        let state = form.get("state").map(str::to_owned);
        let flow = match form.get("response_type").map(|text| text.split_whitespace().collect::<Vec<_>>()).as_deref() {
            Some(["code"]) => {
                let challenge = form.get("code_challenge").filter(|text| !text.is_empty()).map(str::to_owned);
                Ok(Flow::WebServer { challenge })
            }
            Some(["token"]) => Ok(Flow::UserAgent { id_token: false }),
            Some(["token", "id_token"] | ["id_token", "token"]) => Ok(Flow::UserAgent { id_token: true }),
            Some(_) => Err(OAuthError::new("unsupported_response_type", "response type not supported")),
            None => Err(OAuthError::new("invalid_request", "response_type missing")),
        };
        let nonce = form.get("nonce").map(str::to_owned);
        let checked = flow.and_then(|flow| {
            if form.repeated().is_some() {
                return Err(OAuthError::new("invalid_request", "duplicate parameter"));
            }
            check_challenge(form, &flow)?;
            let immediate = form.get("immediate") == Some("true");
            if immediate || form.get("prompt").is_some_and(|prompt| prompt.split(' ').any(|word| word == "none")) {
                return Err(OAuthError::new("immediate_unsuccessful", "nobody is signed in"));
            }
            let scopes = Scopes::read(form.get("scope"))?;
            Ok((scopes, flow))
        });
        match checked {
            Ok((scopes, flow)) => Ok(Request { app, redirect, scopes, state, nonce, flow }),
            Err(error) => {
                let fragment = form.get("response_type").is_some_and(|kind| kind.contains("token"));
                Err(back(&redirect, fragment, &error, state.as_deref()))
            }
        }
    }

    fn ask(self, org: &Org, hint: &str) -> Result<Reply, Refusal> {
        let (app, scopes, redirect) = (self.app.clone(), self.scopes.clone(), self.redirect.clone());
        let question = Question {
            app: &app,
            scopes: &scopes,
            hint,
            action: "/services/oauth2/authorize",
            afterwards: format!("Afterwards the browser goes back to <code>{}</code>", escape(&redirect)),
            target: redirect::form_target(&redirect).map_or(Target::Unnamed, Target::There),
        };
        consent::ask(org, &question, Asked::App(Box::new(self)))
    }

    /// Sends the browser back with what it came for.
    fn answer(self, org: &Org, user: Option<User>) -> Reply {
        let state = self.state.clone();
        let (redirect, fragment) = (self.redirect.clone(), matches!(self.flow, Flow::UserAgent { .. }));
        let denied = OAuthError::new("access_denied", "end-user denied authorization");
        let answer = user.ok_or(denied).and_then(|user| match self.flow.clone() {
            Flow::WebServer { challenge } => Ok(self.give_code(org, &user, challenge)),
            Flow::UserAgent { id_token } => self.give_token(org, user, id_token),
        });
        answer.unwrap_or_else(|error| back(&redirect, fragment, &error, state.as_deref()))
    }

    fn give_code(self, org: &Org, user: &User, challenge: Option<String>) -> Reply {
        let code = new_code();
        let approved = Approved {
            user_id: user.id.clone(),
            app: self.app,
            redirect: self.redirect.clone(),
            scopes: self.scopes,
            challenge,
            nonce: self.nonce,
        };
        org.waiting.codes.keep(code.clone(), CODE_LIFE, approved);
        let mut pairs = vec![("code", code.as_str())];
        pairs.extend(self.state.as_deref().map(|state| ("state", state)));
        go(redirect::with_query(&self.redirect, &pairs))
    }

    fn give_token(self, org: &Org, user: User, id_token: bool) -> Result<Reply, OAuthError> {
        let stay = self.scopes.stay() && redirect::private(&self.redirect, org.url());
        let scopes = if stay { self.scopes } else { self.scopes.without_staying() };
        let granted = Granted { id_token, nonce: self.nonce, ..Granted::new(user, Some(self.app), scopes) };
        let granted = if stay { granted.staying(org)? } else { granted };
        let answer = token::give(org, granted)?;
        let mut pairs: Vec<(&str, &str)> = answer.iter().map(|(name, value)| (*name, value.as_str())).collect();
        pairs.extend(self.state.as_deref().map(|state| ("state", state)));
        Ok(go(redirect::with_fragment(&self.redirect, &pairs)))
    }
}

/// A challenge without a method is one of SHA-256; a plain one would prove nothing.
fn check_challenge(form: &Form, flow: &Flow) -> Result<(), OAuthError> {
    let bad = |text| Err(OAuthError::new("invalid_request", text));
    let Flow::WebServer { challenge } = flow else {
        return Ok(());
    };
    match (challenge, form.get("code_challenge_method")) {
        (_, Some(method)) if method != "S256" => bad("code challenge method not supported"),
        (None, Some(_)) => bad("code challenge missing"),
        (Some(challenge), _) => {
            let shaped = challenge.strip_suffix('=').unwrap_or(challenge).len() == 43
                && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte));
            if shaped { Ok(()) } else { bad("invalid code challenge") }
        }
        (None, None) => Ok(()),
    }
}

/// Codes end in `==`, which apps must take care to decode once.
fn new_code() -> String {
    let mut code = format!("aPrx{}", STANDARD.encode(secret(40)).trim_end_matches('=').replace(['+', '/'], "."));
    code.push_str("==");
    code
}

fn back(address: &str, fragment: bool, error: &OAuthError, state: Option<&str>) -> Reply {
    let mut pairs = vec![("error", error.error), ("error_description", error.description)];
    pairs.extend(state.map(|state| ("state", state)));
    go(if fragment { redirect::with_fragment(address, &pairs) } else { redirect::with_query(address, &pairs) })
}

fn go(address: String) -> Reply {
    Reply::empty(302)
        .with("Location", address)
        .with("Cache-Control", "no-store")
        // The page that follows has no business with this one's address.
        .with("Referrer-Policy", "no-referrer")
}

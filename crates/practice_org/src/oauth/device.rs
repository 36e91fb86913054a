//! The device flow: a device without a browser shows a code, a person types it in here, and the device asks until then.

use rsa::rand_core::{OsRng, RngCore};
use serde_json::json;

use super::apps::App;
use super::consent::{self, Asked, Question};
use super::page::{self, Page, Target};
use super::scope::Scopes;
use super::sessions::secret;
use super::token::Granted;
use super::waiting::MINUTE;
use super::{Client, OAuthError, people};
use crate::failure::Refusal;
use crate::http::call::{Call, Form};
use crate::http::reply::Reply;
use crate::org::Org;
use crate::time::{self, Millis};
use crate::xml::escape;

/// How long a device waits for its user.
const LIFE: Millis = 10 * MINUTE;
/// Seconds between two polls, and what is added for a poll that came too early.
const INTERVAL: Millis = 5;

/// A device that waits for its user.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    app: App,
    scopes: Scopes,
    user_code: String,
    state: State,
    /// Seconds between two polls.
    interval: Millis,
    polled: Option<Millis>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Pending,
    Denied,
    /// With the user's id.
    Allowed(String),
}

impl Device {
    /// What a poll at this moment gets: the user's id, or what to do instead.
    fn poll(&mut self, now: Millis) -> Result<String, OAuthError> {
        let early = self.polled.is_some_and(|last| now < last + self.interval * 1000);
        self.polled = Some(now);
        if early {
            self.interval += INTERVAL;
            return Err(OAuthError::new("slow_down", "polling too fast"));
        }
        match &self.state {
            State::Pending => Err(OAuthError::new("authorization_pending", "user has not approved yet")),
            State::Denied => Err(OAuthError::new("access_denied", "end-user denied authorization")),
            State::Allowed(user_id) => Ok(user_id.clone()),
        }
    }
}

/// Gives a device its two codes.
pub(crate) fn begin(org: &Org, form: &Form, client: &Client) -> Result<Reply, OAuthError> {
    let device = Device {
        app: client.app(org)?,
        scopes: Scopes::read(form.get("scope"))?,
        user_code: user_code(),
        state: State::Pending,
        interval: INTERVAL,
        polled: None,
    };
    let code = secret(64);
    let answer = json!({
        "device_code": code,
        "user_code": device.user_code,
        "verification_uri": format!("{}/setup/connect", org.url()),
        "interval": INTERVAL,
    });
    org.waiting.devices.keep(code, LIFE, device);
    Ok(Reply::json(200, &answer).with("Cache-Control", "no-store"))
}

/// The grant with which a device asks.
pub(crate) fn poll(org: &Org, form: &Form, client: &Client) -> Result<Granted, OAuthError> {
    let app = client.app(org)?;
    let code = form.get("code").ok_or(OAuthError::new("invalid_request", "code required"))?;
    let expired = OAuthError::new("invalid_grant", "expired device code");
    let polled = org
        .waiting
        .devices
        .change(code, |device| if device.app.id == app.id { device.poll(time::now_exact()) } else { Err(expired) });
    let settled = match polled.unwrap_or(Err(expired)) {
        Err(error) if error.error != "access_denied" => return Err(error),
        settled => settled,
    };
    // Whatever was decided is told once.
    let device = org.waiting.devices.take(code).ok_or(expired)?;
    let user = people::active(org, &settled?, "expired device code")?;
    let stay = device.scopes.stay();
    let granted = Granted::new(user, Some(app), device.scopes);
    if stay { granted.staying(org) } else { Ok(granted) }
}

/// `/setup/connect`: asks for the code, then for consent, and takes the answer.
pub(crate) fn page(org: &Org, call: &Call) -> Result<Reply, Refusal> {
    let form = call.form();
    if call.method == "POST" && form.get("ticket").is_some() {
        return Ok(match consent::decision(org, call) {
            Ok((Asked::Device(code), user)) => {
                let state = user.map_or(State::Denied, |user| State::Allowed(user.id));
                settle(org, &code, state)
            }
            Ok((Asked::App(_), _)) => page::refusal(400, "invalid_request", "This answer belongs to another page."),
            Err(reply) => reply,
        });
    }
    let Some(typed) = form.get("user_code").filter(|typed| !typed.trim().is_empty()) else {
        return Ok(entry(200, "", ""));
    };
    let wanted: String = typed.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let waits = |device: &Device| device.user_code == wanted && device.state == State::Pending;
    let Some((code, device)) = org.waiting.devices.find(waits) else {
        return Ok(entry(400, typed, "No device waits with this code. It may be mistyped, or older than ten minutes."));
    };
    let question = Question {
        app: &device.app,
        scopes: &device.scopes,
        hint: "",
        action: "/setup/connect",
        afterwards: format!("The device shows the code <code>{}</code>", escape(&device.user_code)),
        target: Target::Here,
    };
    consent::ask(org, &question, Asked::Device(code))
}

fn settle(org: &Org, code: &str, state: State) -> Reply {
    let allowed = matches!(state, State::Allowed(_));
    match org.waiting.devices.change(code, |device| device.state = state) {
        Some(()) if allowed => page::notice(200, "You are signed in on the device", "You can close this page."),
        Some(()) => page::notice(200, "The device was turned away", "You can close this page."),
        None => page::refusal(400, "invalid_grant", "The device has stopped waiting. Start again there."),
    }
}

fn entry(status: u16, typed: &str, problem: &str) -> Reply {
    let body = format!(
        "<form method=\"get\" action=\"/setup/connect\">\n\
         <label>The code that the device shows <input type=\"text\" name=\"user_code\" value=\"{}\" autocomplete=\"off\" autofocus></label>\n\
         <p>{problem}</p>\n<button class=\"first\">Connect</button>\n</form>",
        escape(typed)
    );
    Page { status, title: "Connect a device", body, target: Target::Here }.reply()
}

/// Eight signs that are hard to mix up.
fn user_code() -> String {
    const SIGNS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut bytes = [0u8; 8];
    OsRng.fill_bytes(&mut bytes);
    bytes.iter().map(|byte| char::from(SIGNS[usize::from(*byte) % SIGNS.len()])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polls_keep_their_distance() {
        let app = App { id: "a".into(), name: "A".into(), secret: "s".into(), public: true, redirects: Vec::new() };
        let mut device = Device {
            app,
            scopes: Scopes::default(),
            user_code: user_code(),
            state: State::Pending,
            interval: INTERVAL,
            polled: None,
        };
        let mut at = |second: Millis| device.poll(second * 1000).map_err(|error| error.error);
        assert_eq!(at(100), Err("authorization_pending"), "the first poll is never too early");
        assert_eq!(at(105), Err("authorization_pending"));
        assert_eq!(at(109), Err("slow_down"));
        assert_eq!(at(114), Err("slow_down"), "now ten seconds are wanted");
        assert_eq!(at(129), Err("authorization_pending"), "and now fifteen");
        device.state = State::Allowed("005".into());
        assert_eq!(device.poll(144_000).unwrap(), "005");
    }
}

//! The apps that may sign somebody in: the practice app, Salesforce's command line, and those that registered themselves.

use serde::{Deserialize, Serialize};

use super::redirect;
use super::{Client, OAuthError};
use crate::failure::Refusal;
use crate::org::Org;

/// Where registered apps are kept.
pub(super) const SETTING: &str = "apps";
/// Registered apps; the oldest goes when there are more.
const MOST: usize = 100;

/// An app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct App {
    /// Consumer key.
    pub(crate) id: String,
    /// As people are told.
    pub(crate) name: String,
    /// Consumer secret.
    pub(crate) secret: String,
    /// Whether it cannot keep a secret, so that none is asked for.
    pub(crate) public: bool,
    /// Where it may send browsers back to; none named is anywhere on this computer.
    pub(crate) redirects: Vec<String>,
}

impl App {
    /// The app with this consumer key.
    pub(crate) fn find(org: &Org, id: &str) -> Result<Option<App>, Refusal> {
        let practice = App::practice(org);
        if practice.id == id {
            return Ok(Some(practice));
        }
        let line = command_line();
        if line.id == id {
            return Ok(Some(line));
        }
        Ok(registered(org)?.into_iter().find(|app| app.id == id))
    }

    /// The app that `credentials()` tells of.
    pub(crate) fn practice(org: &Org) -> App {
        App {
            id: org.identity.client_id.clone(),
            name: "Practice app".into(),
            secret: org.identity.client_secret.clone(),
            public: false,
            redirects: Vec::new(),
        }
    }

    /// The app with this consumer key, which must exist.
    pub(crate) fn known(org: &Org, id: Option<&str>) -> Result<App, OAuthError> {
        let app = App::find(org, id.unwrap_or_default())?;
        app.ok_or(OAuthError::new("invalid_client_id", "client identifier invalid"))
    }

    /// Whether a browser may be sent back there.
    pub(crate) fn may_return_to(&self, address: &str) -> bool {
        let listed = self.redirects.is_empty() || self.redirects.iter().any(|known| known == address);
        listed && redirect::allowed(address)
    }
}

/// Salesforce's own command line, which brings a consumer key that every org knows.
fn command_line() -> App {
    App {
        id: "PlatformCLI".into(),
        name: "Salesforce CLI".into(),
        secret: "PlatformCLI".into(),
        public: true,
        redirects: Vec::new(),
    }
}

fn registered(org: &Org) -> Result<Vec<App>, Refusal> {
    let text = org.database.setting(SETTING)?.unwrap_or_default();
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

/// Keeps a new app.
pub(crate) fn register(org: &Org, app: App) -> Result<(), Refusal> {
    let mut apps = registered(org)?;
    if apps.len() >= MOST {
        apps.remove(0);
    }
    apps.push(app);
    org.database.set_setting(SETTING, &serde_json::to_string(&apps).unwrap_or_default())
}

impl Client {
    /// The app that asks, whose secret must be right if it is told.
    pub(crate) fn app(&self, org: &Org) -> Result<App, OAuthError> {
        let app = App::known(org, self.id.as_deref())?;
        match self.secret.as_deref() {
            Some(secret) if !app.public && secret != app.secret => Err(bad_secret()),
            _ => Ok(app),
        }
    }

    /// The app that asks, whose secret must be told.
    pub(crate) fn proven(&self, org: &Org) -> Result<App, OAuthError> {
        let app = self.app(org)?;
        if self.secret.is_none() || app.public { Err(bad_secret()) } else { Ok(app) }
    }
}

fn bad_secret() -> OAuthError {
    OAuthError::new("invalid_client", "invalid client credentials")
}

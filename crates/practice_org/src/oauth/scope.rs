//! Scopes: what a token may be used for.

use serde::{Deserialize, Serialize};

use super::OAuthError;

/// Every scope that can be asked for, with what it lets an app do, in words for the consent page.
pub(crate) const KNOWN: [(&str, &str); 21] = [
    ("refresh_token", "stay signed in until you take it back"),
    ("offline_access", "stay signed in until you take it back"),
    ("api", "read and change the org's data through its APIs"),
    ("id", "know who you are"),
    ("web", "open the org's pages as you"),
    ("full", "do everything that you may do"),
    ("openid", "get a signed statement of who you are"),
    ("profile", "know your name"),
    ("email", "know your e-mail address"),
    ("address", "know your postal address"),
    ("phone", "know your telephone number"),
    ("chatter_api", "read and write feeds"),
    ("visualforce", "open custom pages as you"),
    ("custom_permissions", "know your custom permissions"),
    ("wave_api", "use analytics"),
    ("eclair_api", "use analytics charts"),
    ("content", "use files as you"),
    ("lightning", "use Lightning pages as you"),
    ("pardot_api", "use marketing services"),
    ("sfap_api", "use the Salesforce API platform"),
    ("cdp_api", "use Data Cloud"),
];

/// What an app gets that asks for nothing in particular.
const USUAL: [&str; 4] = ["refresh_token", "api", "id", "web"];

/// The scopes of a token, in the order asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Scopes(Vec<String>);

impl Default for Scopes {
    /// What an app gets that asks for nothing in particular.
    fn default() -> Self {
        Scopes(USUAL.map(str::to_owned).to_vec())
    }
}

impl Scopes {
    /// Reads `api refresh_token`; nothing asked is the usual.
    pub(crate) fn read(text: Option<&str>) -> Result<Self, OAuthError> {
        let mut scopes: Vec<String> = Vec::new();
        for name in text.unwrap_or_default().split([' ', ',']).filter(|name| !name.is_empty()) {
            if !KNOWN.iter().any(|(known, _)| *known == name) {
                return Err(OAuthError::new("invalid_scope", "the requested scope is not allowed"));
            }
            if !scopes.iter().any(|known| known == name) {
                scopes.push(name.to_owned());
            }
        }
        Ok(if scopes.is_empty() { Scopes::default() } else { Scopes(scopes) })
    }

    /// Those of a session that no app stands behind.
    pub(crate) fn full() -> Self {
        Scopes(vec!["full".into()])
    }

    /// Whether one of these is there by its own name.
    fn names(&self, name: &str) -> bool {
        self.0.iter().any(|known| known == name)
    }

    /// Whether a token may be used for this. `full` covers all but staying signed in.
    pub(crate) fn allow(&self, name: &str) -> bool {
        self.names(name) || self.names("full")
    }

    /// Whether a refresh token goes with it.
    pub(crate) fn stay(&self) -> bool {
        self.names("refresh_token") || self.names("offline_access")
    }

    /// Whether an id token goes with it; `full` alone asks for none.
    pub(crate) fn openid(&self) -> bool {
        self.names("openid")
    }

    /// The same, for a grant that gives no refresh token.
    pub(crate) fn without_staying(mut self) -> Self {
        self.0.retain(|name| name != "refresh_token" && name != "offline_access");
        self
    }

    /// As a token answer tells them.
    pub(crate) fn text(&self) -> String {
        self.0.join(" ")
    }

    /// Each with what it means.
    pub(crate) fn explained(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.0.iter().map(|name| {
            let meaning = KNOWN.iter().find(|(known, _)| known == name).map_or("", |(_, meaning)| *meaning);
            (name.as_str(), meaning)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_told_and_refused() {
        assert_eq!(Scopes::read(Some("api  refresh_token api")).unwrap().text(), "api refresh_token");
        assert_eq!(Scopes::read(Some("")).unwrap(), Scopes::default());
        assert_eq!(Scopes::read(Some("api magic")).unwrap_err().error, "invalid_scope");
        let full = Scopes::read(Some("full")).unwrap();
        assert!(full.allow("api") && !full.stay() && !full.openid());
        assert_eq!(Scopes::default().without_staying().text(), "api id web");
    }
}

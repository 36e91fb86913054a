//! Who we are in an org, what kind of org it is, and what it still allows today.

use super::address::is_loopback;
use super::{Ask, Org, OrgError, PINNED_VERSION, Stop, lock, query, wire};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Who we are, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The org's id, 18 characters.
    pub org_id: String,
    /// The user's id, 18 characters.
    pub user_id: String,
    /// The user's name for signing in.
    pub username: String,
    /// The user's name for people.
    pub display_name: String,
    /// What the org calls itself.
    pub org_name: String,
    /// What kind of org it is.
    pub environment: Environment,
    /// Where its API is; may differ from the address given.
    pub instance_url: String,
}

/// What kind of org it is: how careful one must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// On this computer, with invented data.
    Practice,
    /// A scratch org: a sandbox with an end.
    Scratch,
    /// A sandbox.
    Sandbox,
    /// A Developer Edition.
    Developer,
    /// A trial.
    Trial,
    /// The real thing.
    Production,
}

impl Environment {
    /// The word people see.
    pub fn label(self) -> &'static str {
        match self {
            Environment::Practice => "Practice org",
            Environment::Scratch => "Scratch org",
            Environment::Sandbox => "Sandbox",
            Environment::Developer => "Developer org",
            Environment::Trial => "Trial org",
            Environment::Production => "Production",
        }
    }
}

/// A version of the API that an org offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// `67.0`
    pub number: String,
    /// `Summer '26`
    pub label: String,
}

/// Something an org allows so many times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Salesforce's name for it, `DailyApiRequests`.
    pub name: String,
    /// How many in all.
    pub max: i64,
    /// How many are left; may be negative.
    pub remaining: i64,
}

/// API requests of the last 24 hours, by everybody in the org.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiUsage {
    /// Requests made.
    pub used: u64,
    /// Requests allowed.
    pub allowed: u64,
}

impl ApiUsage {
    /// Reads `api-usage=25/5000; per-app-api-usage=17/250(appName=x)`.
    pub(super) fn parse(header: &str) -> Option<ApiUsage> {
        let counts = header.split(';').find_map(|part| part.trim().strip_prefix("api-usage="))?;
        let (used, allowed) = counts.split_once('/')?;
        Some(ApiUsage { used: used.trim().parse().ok()?, allowed: allowed.trim().parse().ok()? })
    }
}

impl Org {
    /// Who we are there. Asked once, then remembered.
    pub fn identity(&self, stop: impl Into<Stop>) -> Result<Identity, OrgError> {
        let stop = &stop.into();
        if let Some(identity) = &*lock(&self.0.identity) {
            return Ok(identity.clone());
        }
        let user = self.user(stop)?;
        let fields = "Name, IsSandbox, TrialExpirationDate, OrganizationType";
        let answer = self.query_answer(&format!("SELECT {fields} FROM Organization"), false, stop)?;
        let about = answer.records.into_iter().next().unwrap_or_default();
        let instance = self.session(None, stop)?.instance;
        let environment = if is_loopback(&instance) { Environment::Practice } else { kind_of_org(&about) };
        let identity = Identity {
            org_id: user.organization_id,
            user_id: user.user_id,
            username: user.preferred_username,
            display_name: user.name,
            org_name: about.get("Name").map(query::cell).unwrap_or_default(),
            environment,
            instance_url: super::address::origin(&instance),
        };
        *lock(&self.0.identity) = Some(identity.clone());
        Ok(identity)
    }

    fn user(&self, stop: &Stop) -> Result<wire::UserInfo, OrgError> {
        let ask = Ask::get("/services/oauth2/userinfo".to_owned(), stop);
        match self.ask_json(&ask) {
            Ok(user) => return Ok(user),
            // Sessions without the scopes of an identity service still may use the API.
            Err(OrgError::Refused { .. } | OrgError::Unexpected { .. }) => {}
            Err(error) => return Err(error),
        }
        let ask = Ask::get(self.path("", stop)?, stop);
        let resources: wire::Resources = self.ask_json(&ask)?;
        let (organization_id, user_id) =
            resources.identity.as_deref().and_then(ids_of_identity).ok_or_else(|| OrgError::Unexpected {
                call: self.name(&ask),
                why: "does not say who we are".to_owned(),
                hint: "Sign in through an app that has the scopes \"api\" and \"id\".".to_owned(),
            })?;
        let soql = format!("SELECT Username, Name FROM User WHERE Id = {}", query::quoted(&user_id));
        let answer = self.query_answer(&soql, false, stop)?;
        let about = answer.records.into_iter().next().unwrap_or_default();
        let text = |name: &str| about.get(name).map(query::cell).unwrap_or_default();
        Ok(wire::UserInfo { user_id, organization_id, preferred_username: text("Username"), name: text("Name") })
    }

    /// The API versions that the org offers, oldest first.
    pub fn versions(&self, stop: impl Into<Stop>) -> Result<Vec<Version>, OrgError> {
        let stop = &stop.into();
        let mut versions: Vec<wire::VersionItem> = self.ask_json(&Ask::get("/services/data".to_owned(), stop))?;
        versions.sort_by_key(|version| order(&version.version));
        Ok(versions.into_iter().map(|version| Version { number: version.version, label: version.label }).collect())
    }

    /// The API version used: the one set, else the highest that the org offers up to the pinned one.
    pub fn api_version(&self, stop: impl Into<Stop>) -> Result<String, OrgError> {
        Ok(self.version(&stop.into())?.to_string())
    }

    pub(super) fn version(&self, stop: &Stop) -> Result<Arc<str>, OrgError> {
        if let Some(version) = &*lock(&self.0.version) {
            return Ok(version.clone());
        }
        let chosen = match &self.0.settings.api_version {
            Some(set) => {
                let number = set.trim().trim_start_matches(['v', 'V']);
                if !is_version(number) {
                    return Err(OrgError::Unaskable {
                        why: format!("\"{set}\" is no API version"),
                        hint: format!("Write it as in {PINNED_VERSION}."),
                    });
                }
                number.to_owned()
            }
            None => {
                let offered = self.versions(stop.clone())?;
                best(&offered).unwrap_or(PINNED_VERSION).to_owned()
            }
        };
        let chosen: Arc<str> = chosen.into();
        *lock(&self.0.version) = Some(chosen.clone());
        Ok(chosen)
    }

    /// What the org allows, and what is left of it.
    pub fn limits(&self, stop: impl Into<Stop>) -> Result<Vec<Limit>, OrgError> {
        let stop = &stop.into();
        let limits: wire::Limits = self.ask_json(&Ask::get(self.path("limits", stop)?, stop))?;
        Ok(limits.into_iter().map(|(name, limit)| Limit { name, max: limit.max, remaining: limit.remaining }).collect())
    }
}

/// Org and user id of `https://login.salesforce.com/id/00D…/005…`.
fn ids_of_identity(url: &str) -> Option<(String, String)> {
    let (_, ids) = url.split_once("/id/")?;
    let (org, user) = ids.split_once('/')?;
    Some((crate::record::id15_to_18(org)?, crate::record::id15_to_18(user.split(['?', '/']).next()?)?))
}

fn kind_of_org(about: &serde_json::Map<String, serde_json::Value>) -> Environment {
    let set = |name: &str| about.get(name).is_some_and(|value| !value.is_null());
    let sandbox = about.get("IsSandbox").and_then(serde_json::Value::as_bool) == Some(true);
    let developer = about.get("OrganizationType").and_then(serde_json::Value::as_str) == Some("Developer Edition");
    match (sandbox, set("TrialExpirationDate")) {
        (true, true) => Environment::Scratch,
        (true, false) => Environment::Sandbox,
        (false, true) => Environment::Trial,
        (false, false) if developer => Environment::Developer,
        (false, false) => Environment::Production,
    }
}

fn is_version(text: &str) -> bool {
    text.split_once('.').is_some_and(|(major, minor)| major.parse::<u32>().is_ok() && minor == "0")
}

/// Versions are numbers, and 9.0 comes before 10.0.
fn order(version: &str) -> u32 {
    version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or_default()
}

fn best(offered: &[Version]) -> Option<&str> {
    let offered = || offered.iter().map(|version| version.number.as_str()).filter(|number| is_version(number));
    let pinned = order(PINNED_VERSION);
    offered().filter(|number| order(number) <= pinned).max_by_key(|number| order(number)).or(offered().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_read_whatever_stands_beside_it() {
        let usage = |text| ApiUsage::parse(text).map(|usage| (usage.used, usage.allowed));
        assert_eq!(usage("api-usage=18/5000"), Some((18, 5000)));
        assert_eq!(usage("api-usage=25/5000; per-app-api-usage=17/250(appName=my-app)"), Some((25, 5000)));
        assert_eq!(usage("per-app-api-usage=17/250(appName=x);api-usage=2/3; api-bursts=1/750"), Some((2, 3)));
        assert_eq!(usage("nothing"), None);
    }

    #[test]
    fn the_version_used_is_the_highest_tested_one() {
        let offered = |numbers: &[&str]| -> Vec<Version> {
            numbers.iter().map(|number| Version { number: (*number).into(), label: String::new() }).collect()
        };
        assert_eq!(best(&offered(&["31.0", "66.0", "67.0", "68.0"])), Some("67.0"));
        assert_eq!(best(&offered(&["8.0", "9.0", "64.0"])), Some("64.0"));
        assert_eq!(best(&offered(&["70.0", "71.0"])), Some("70.0"));
        assert_eq!(best(&[]), None);
        assert!(is_version("67.0") && !is_version("67") && !is_version("67.1") && !is_version("../x"));
    }

    #[test]
    fn the_kind_of_org_follows_from_what_it_says_of_itself() {
        let kind = |json: &str| kind_of_org(&serde_json::from_str(json).unwrap());
        assert_eq!(
            kind(r#"{"IsSandbox":false,"TrialExpirationDate":null,"OrganizationType":"Enterprise Edition"}"#),
            Environment::Production
        );
        assert_eq!(kind(r#"{"IsSandbox":true,"TrialExpirationDate":null}"#), Environment::Sandbox);
        assert_eq!(
            kind(r#"{"IsSandbox":true,"TrialExpirationDate":"2026-12-01T00:00:00.000+0000"}"#),
            Environment::Scratch
        );
        assert_eq!(
            kind(r#"{"IsSandbox":false,"TrialExpirationDate":"2026-12-01T00:00:00.000+0000"}"#),
            Environment::Trial
        );
        assert_eq!(kind(r#"{"IsSandbox":false,"OrganizationType":"Developer Edition"}"#), Environment::Developer);
        // An org that says nothing is treated as the one where most care is due.
        assert_eq!(kind("{}"), Environment::Production);
    }

    #[test]
    fn an_identity_address_names_org_and_user() {
        let ids = ids_of_identity("https://login.salesforce.com/id/00Dxx0000001gPLEAY/005xx000001SwiUAAS");
        assert_eq!(ids, Some(("00Dxx0000001gPLEAY".into(), "005xx000001SwiUAAS".into())));
        assert_eq!(ids_of_identity("https://login.salesforce.com/"), None);
    }
}

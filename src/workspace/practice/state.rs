//! What the practice org says about itself.

use super::Seed;
use super::days::BadDay;
use super::known::BAD_DAYS;
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The practice org as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct PracticeStatus {
    /// Its address on this computer.
    pub url: String,
    /// Whether this process runs it; else another one of this user does.
    pub here: bool,
    /// The world that it was last planted with.
    pub world: Option<Seed>,
    /// Calls that the org has counted today.
    pub used: u64,
    /// Calls that it allows a day.
    pub allowed: u64,
    /// Objects and how many records they have, by name.
    pub records: Vec<(String, u64)>,
    /// Every bad day that was switched on and not cleared, in the order in which they were.
    pub faults: Vec<PracticeFault>,
}

impl PracticeStatus {
    /// All records together.
    pub fn all_records(&self) -> u64 {
        self.records.iter().map(|(_, count)| count).sum()
    }

    /// Bad days that still strike.
    pub fn live(&self) -> impl Iterator<Item = &PracticeFault> {
        self.faults.iter().filter(|fault| !fault.over)
    }
}

/// A bad day that was switched on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PracticeFault {
    /// The number by which it is switched off.
    pub id: u64,
    /// Its name in scripts.
    pub name: String,
    /// Its settings.
    pub settings: Value,
    /// Calls, rows or jobs that it has hit.
    pub hits: u64,
    /// Whether it is used up.
    pub over: bool,
}

impl PracticeFault {
    /// The line of the table of bad days that it is.
    pub fn day(&self) -> Option<&'static BadDay> {
        BAD_DAYS.iter().find(|day| day.is(self))
    }

    /// What people call it.
    pub fn title(&self) -> String {
        self.day().map_or_else(|| self.name.replace('_', " "), |day| day.title.to_owned())
    }

    /// It as a script says it.
    pub fn script(&self) -> Value {
        match &self.settings {
            Value::Null => Value::String(self.name.clone()),
            settings => serde_json::json!({ &self.name: settings }),
        }
    }
}

/// A call that the practice org has answered, or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PracticeCall {
    /// Counts up from 1.
    pub number: u64,
    /// When it came, in milliseconds since 1970.
    pub at: i64,
    /// Its verb.
    pub method: String,
    /// Path and query, without secrets.
    pub path: String,
    /// The HTTP status of the answer; 0 when there was none.
    pub status: u16,
    /// Milliseconds until the answer was ready.
    pub ms: u64,
    /// Calls of the day's quota that it cost.
    pub cost: u32,
    /// What the caller calls itself.
    pub client: String,
    /// The name of the bad day that hit it.
    pub fault: Option<String>,
}

/// A kept copy of the practice org.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PracticeSnapshot {
    /// Its name.
    pub name: String,
    /// When it was made, in milliseconds since 1970.
    pub made: i64,
    /// Bytes on disk.
    pub bytes: u64,
}

/// Everything that a client needs to sign in. The secrets are the practice org's own, invented ones.
#[derive(Debug, Clone)]
pub struct PracticeSignIn {
    /// Address, for any client.
    pub url: String,
    /// Whom to act as.
    pub username: String,
    /// That user's password.
    pub password: Secret,
    /// Consumer key of the app.
    pub client_id: String,
    /// Consumer secret of the app.
    pub client_secret: Secret,
    /// A token that works at once, until sessions are made to expire.
    pub access_token: Secret,
    /// A token to get further access tokens with.
    pub refresh_token: Secret,
    /// The org's id.
    pub org_id: String,
    /// The user's id.
    pub user_id: String,
    /// The API version to use.
    pub api_version: String,
}

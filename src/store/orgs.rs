//! Orgs that the workspace knows. Their secrets sleep in the vault.

use super::{Store, StoreError};
use rusqlite::{OptionalExtension as _, Row};
use serde::{Deserialize, Serialize};

/// How one signs in to an org.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthKind {
    /// The practice org that runs beside the program.
    Practice,
    /// A pasted session id or access token.
    Token,
    /// OAuth JWT bearer.
    Jwt,
    /// OAuth client credentials.
    ClientCredentials,
}

impl AuthKind {
    const ALL: [(AuthKind, &str); 4] = [
        (AuthKind::Practice, "practice"),
        (AuthKind::Token, "token"),
        (AuthKind::Jwt, "jwt"),
        (AuthKind::ClientCredentials, "client_credentials"),
    ];

    /// The word in JSON and in the store.
    pub fn word(self) -> &'static str {
        AuthKind::ALL.iter().find(|(kind, _)| *kind == self).map_or("token", |(_, word)| word)
    }

    fn from_word(word: &str) -> AuthKind {
        AuthKind::ALL.iter().find(|(_, known)| *known == word).map_or(AuthKind::Token, |(kind, _)| *kind)
    }

    /// The words people see.
    pub fn label(self) -> &'static str {
        match self {
            AuthKind::Practice => "Runs on this computer",
            AuthKind::Token => "Session id",
            AuthKind::Jwt => "JWT bearer",
            AuthKind::ClientCredentials => "Client credentials",
        }
    }
}

/// An org, as the workspace file has it.
#[derive(Debug, Clone, PartialEq)]
pub struct OrgRecord {
    /// What people call it.
    pub alias: String,
    /// Its address.
    pub url: String,
    /// How one signs in.
    pub auth: AuthKind,
    /// Consumer key of the app, where there is one.
    pub client_id: Option<String>,
    /// Whom to sign in as, where the flow asks.
    pub login: Option<String>,
    /// What kind of org it is, as a word; unknown until it was reached.
    pub environment: Option<String>,
    /// Its name.
    pub name: String,
    /// Its id.
    pub org_id: String,
    /// The id of the user one acts as.
    pub user_id: String,
    /// The user one acts as.
    pub username: String,
    /// The API version used.
    pub api_version: String,
    /// API calls used and allowed, when last seen.
    pub api_usage: Option<(u64, u64)>,
    /// When it was last reached.
    pub seen_at: Option<i64>,
    /// Why it could not be reached, when last tried.
    pub problem: Option<String>,
}

const COLUMNS: &str = "alias, url, auth, client_id, login, environment, name, org_id, user_id, username, api_version, used, \
                       allowed, seen_at, problem";

fn read(row: &Row<'_>) -> rusqlite::Result<OrgRecord> {
    let used: Option<i64> = row.get("used")?;
    let allowed: Option<i64> = row.get("allowed")?;
    Ok(OrgRecord {
        alias: row.get("alias")?,
        url: row.get("url")?,
        auth: AuthKind::from_word(&row.get::<_, String>("auth")?),
        client_id: row.get("client_id")?,
        login: row.get("login")?,
        environment: row.get("environment")?,
        name: row.get("name")?,
        org_id: row.get("org_id")?,
        user_id: row.get("user_id")?,
        username: row.get("username")?,
        api_version: row.get("api_version")?,
        api_usage: used.zip(allowed).map(|(used, allowed)| (used as u64, allowed as u64)),
        seen_at: row.get("seen_at")?,
        problem: row.get("problem")?,
    })
}

impl Store {
    /// All orgs, by alias.
    pub fn orgs(&self) -> Result<Vec<OrgRecord>, StoreError> {
        let list = || {
            let mut query = self.connection.prepare(&format!("SELECT {COLUMNS} FROM org ORDER BY alias"))?;
            query.query_map([], read)?.collect()
        };
        self.sql(list())
    }

    /// The org of that alias, whatever its case.
    pub fn org(&self, alias: &str) -> Result<Option<OrgRecord>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM org WHERE alias = ?1");
        self.sql(self.connection.query_row(&query, [alias], read).optional())
    }

    /// Keeps an org, in place of the one of the same alias.
    pub fn save_org(&self, org: &OrgRecord) -> Result<(), StoreError> {
        let usage = org.api_usage.map(|(used, allowed)| (used as i64, allowed as i64));
        self.write(|db| {
            db.execute(
                &format!(
                    "INSERT OR REPLACE INTO org ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
                ),
                rusqlite::params![
                    org.alias,
                    org.url,
                    org.auth.word(),
                    org.client_id,
                    org.login,
                    org.environment,
                    org.name,
                    org.org_id,
                    org.user_id,
                    org.username,
                    org.api_version,
                    usage.map(|usage| usage.0),
                    usage.map(|usage| usage.1),
                    org.seen_at,
                    org.problem
                ],
            )
            .map(drop)
        })
    }

    /// Forgets an org and what was described of it. Its runs stay.
    pub fn remove_org(&self, alias: &str) -> Result<bool, StoreError> {
        self.write(|db| {
            db.execute("DELETE FROM described WHERE alias = ?1", [alias])?;
            Ok(db.execute("DELETE FROM org WHERE alias = ?1", [alias])? > 0)
        })
    }
}

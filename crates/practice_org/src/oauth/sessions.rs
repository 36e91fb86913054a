//! Access and refresh tokens, kept in the data file so that they outlive a restart.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rsa::rand_core::{OsRng, RngCore};
use serde::{Deserialize, Serialize};

use crate::database::{Database, lock};
use crate::failure::Refusal;
use crate::time::{self, Millis};

/// One sign-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    /// Whose it is.
    pub(crate) user_id: String,
    /// User name.
    pub(crate) username: String,
    /// When it began.
    pub(crate) issued: Millis,
    /// When it ends, unless it is a refresh token.
    pub(crate) expires: Option<Millis>,
    /// For an access token, the refresh token that it came with; its end is the access token's too.
    pub(crate) refresh: Option<String>,
    /// Whether this is a refresh token.
    pub(crate) is_refresh: bool,
}

/// All tokens.
#[derive(Default)]
pub(crate) struct Sessions {
    known: Mutex<BTreeMap<String, Session>>,
}

impl Sessions {
    /// The tokens in the data file.
    pub(crate) fn load(database: &Database) -> Result<Self, Refusal> {
        let known = database.read(|conn| {
            let mut statement = conn.prepare("SELECT token, body FROM practice_session")?;
            let mut rows = statement.query([])?;
            let mut known = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let (token, body): (String, String) = (row.get(0)?, row.get(1)?);
                if let Ok(session) = serde_json::from_str(&body) {
                    known.insert(token, session);
                }
            }
            Ok(known)
        })?;
        Ok(Sessions { known: Mutex::new(known) })
    }

    /// A new access token.
    pub(crate) fn open(
        &self,
        database: &Database,
        org_id: &str,
        user: (&str, &str),
        lifetime: Duration,
        refresh: Option<String>,
    ) -> Result<String, Refusal> {
        let token = format!("{}!AQ{}", &org_id[..15], secret(72));
        let issued = time::now_exact();
        let expires = Some(issued + i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX / 2));
        let session =
            Session { user_id: user.0.into(), username: user.1.into(), issued, expires, refresh, is_refresh: false };
        self.keep(database, token, session)
    }

    /// A new refresh token.
    pub(crate) fn open_refresh(&self, database: &Database, user: (&str, &str)) -> Result<String, Refusal> {
        let token = format!("5Aep{}", secret(60));
        let session = Session {
            user_id: user.0.into(),
            username: user.1.into(),
            issued: time::now_exact(),
            expires: None,
            refresh: None,
            is_refresh: true,
        };
        self.keep(database, token, session)
    }

    /// Lets an access token live on from now.
    pub(crate) fn renew(&self, database: &Database, token: &str, lifetime: Duration) -> Result<(), Refusal> {
        let Some(mut session) = self.find(token) else {
            return Ok(());
        };
        let life = i64::try_from(lifetime.as_millis()).unwrap_or(i64::MAX / 2);
        session.expires = Some(time::now_exact() + life);
        self.keep(database, token.to_owned(), session).map(|_| ())
    }

    fn keep(&self, database: &Database, token: String, session: Session) -> Result<String, Refusal> {
        let body = serde_json::to_string(&session).unwrap_or_default();
        database.write(|pen| {
            pen.conn
                .execute("INSERT OR REPLACE INTO practice_session (token, body) VALUES (?1, ?2)", [&token, &body])?;
            Ok(())
        })?;
        lock(&self.known).insert(token.clone(), session);
        Ok(token)
    }

    /// The session of an access token that is still good.
    pub(crate) fn check(&self, token: &str) -> Option<Session> {
        let session = self.find(token)?;
        let alive = session.expires.is_none_or(|end| time::now_exact() < end);
        (alive && !session.is_refresh).then_some(session)
    }

    /// Any token, good or not.
    pub(crate) fn find(&self, token: &str) -> Option<Session> {
        lock(&self.known).get(token).cloned()
    }

    /// Forgets a token; a refresh token takes its access tokens along.
    pub(crate) fn end(&self, database: &Database, token: &str) -> Result<bool, Refusal> {
        let mut known = lock(&self.known);
        let Some(session) = known.get(token).cloned() else {
            return Ok(false);
        };
        let family = if session.is_refresh { Some(token) } else { session.refresh.as_deref() }.map(str::to_owned);
        let ended: Vec<String> = known
            .iter()
            .filter(|(other, session)| *other == token || (session.refresh.is_some() && session.refresh == family))
            .map(|(other, _)| other.clone())
            .collect();
        for token in &ended {
            known.remove(token);
        }
        drop(known);
        database.write(|pen| {
            for token in &ended {
                pen.conn.execute("DELETE FROM practice_session WHERE token = ?1", [token])?;
            }
            Ok(())
        })?;
        Ok(true)
    }

    /// Writes every token into the data file, whose content was replaced.
    pub(crate) fn keep_all(&self, database: &Database) -> Result<(), Refusal> {
        let known = lock(&self.known).clone();
        database.write(|pen| {
            for (token, session) in &known {
                let body = serde_json::to_string(session).unwrap_or_default();
                let sql = "INSERT OR REPLACE INTO practice_session (token, body) VALUES (?1, ?2)";
                pen.conn.prepare_cached(sql)?.execute([token, &body])?;
            }
            Ok(())
        })
    }

    /// Ends every token; only signing in anew helps.
    pub(crate) fn revoke_all(&self) {
        lock(&self.known).retain(|_, session| !session.is_refresh);
        self.expire_all();
    }

    /// Ends every access token and keeps the refresh tokens.
    pub(crate) fn expire_all(&self) {
        for session in lock(&self.known).values_mut() {
            if !session.is_refresh {
                session.expires = Some(0);
            }
        }
    }
}

/// Letters, digits, points and underscores: what tokens are made of.
pub(crate) fn secret(length: usize) -> String {
    let mut bytes = vec![0u8; length];
    OsRng.fill_bytes(&mut bytes);
    let text = STANDARD.encode(bytes);
    text.chars()
        .take(length)
        .map(|sign| match sign {
            '+' => '.',
            '/' | '=' => '_',
            other => other,
        })
        .collect()
}

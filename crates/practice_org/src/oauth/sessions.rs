//! Access and refresh tokens, kept in the data file so that they outlive a restart.
//!
//! A session lives on by being used, as in Salesforce: a use in the second half of its life renews it. Their number is
//! bounded: dead ones go first, then those that were opened first. An app has five refresh tokens of a user at most.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rsa::rand_core::{OsRng, RngCore};
use serde::{Deserialize, Serialize};

use super::scope::Scopes;
use crate::database::{Database, lock};
use crate::failure::Refusal;
use crate::time::{self, Millis};

/// Access tokens that are kept at the same time.
const MOST_SESSIONS: usize = 2_000;
/// Refresh tokens of one user and app.
const MOST_REFRESH: usize = 5;

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
    /// Id of the app that it was given to, unless a user signed in without one.
    #[serde(default)]
    pub(crate) app: Option<String>,
    /// What it may be used for.
    #[serde(default)]
    pub(crate) scopes: Scopes,
    /// How long it lives on after a use; nothing if it ends when it ends.
    #[serde(default)]
    pub(crate) idle: Option<Millis>,
    /// Whether it is one that the org itself tells, which no other sign-in pushes out.
    #[serde(default)]
    pub(crate) standing: bool,
}

/// Who signs in, through what and for what.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'a> {
    /// User id.
    pub(crate) user_id: &'a str,
    /// User name.
    pub(crate) username: &'a str,
    /// Id of the app, if there is one.
    pub(crate) app: Option<&'a str>,
    /// What for.
    pub(crate) scopes: Scopes,
    /// Whether the org itself tells the token.
    pub(crate) standing: bool,
}

/// How long a session lives.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lifetime {
    /// From its last use.
    Idle(Duration),
    /// From its beginning.
    Fixed(Duration),
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

    /// A new access token, of the family of a refresh token if it came with one.
    pub(crate) fn open(
        &self,
        database: &Database,
        org_id: &str,
        entry: &Entry<'_>,
        lifetime: Lifetime,
        family: Option<String>,
    ) -> Result<String, Refusal> {
        let token = format!("{}!AQ{}", &org_id[..15], secret(72));
        let life = lifetime.millis();
        let idle = matches!(lifetime, Lifetime::Idle(_)).then_some(life);
        let session = Session {
            expires: Some(time::now_exact().saturating_add(life)),
            refresh: family,
            idle,
            ..entry.session(false)
        };
        let ended = self.crowd_out(|session| !session.is_refresh, MOST_SESSIONS);
        self.keep(database, token, session, ended)
    }

    /// A new refresh token.
    pub(crate) fn open_refresh(&self, database: &Database, entry: &Entry<'_>) -> Result<String, Refusal> {
        let token = format!("5Aep{}", secret(60));
        let same = |session: &Session| {
            session.is_refresh && session.user_id == entry.user_id && session.app.as_deref() == entry.app
        };
        let ended = self.crowd_out(same, MOST_REFRESH);
        self.keep(database, token, entry.session(true), ended)
    }

    /// Replaces a refresh token; its access tokens live on as the new one's. Nothing if somebody else was faster.
    pub(crate) fn rotate(&self, database: &Database, old: &str) -> Result<Option<String>, Refusal> {
        let mut known = lock(&self.known);
        let Some(session) = known.get(old).filter(|session| session.is_refresh).cloned() else {
            return Ok(None);
        };
        let fresh = format!("5Aep{}", secret(60));
        let mut changed = vec![(fresh.clone(), Session { issued: time::now_exact(), ..session })];
        for (token, session) in known.iter().filter(|(_, session)| session.refresh.as_deref() == Some(old)) {
            changed.push((token.clone(), Session { refresh: Some(fresh.clone()), ..session.clone() }));
        }
        known.remove(old);
        known.extend(changed.iter().cloned());
        // Whoever writes much may hold the pen for a while, and nobody should wait for that to be let in.
        drop(known);
        save(database, &changed, &[old.to_owned()])?;
        Ok(Some(fresh))
    }

    /// Lets an access token live on from now.
    pub(crate) fn renew(&self, database: &Database, token: &str, lifetime: Duration) -> Result<(), Refusal> {
        let Some(session) = self.find(token) else {
            return Ok(());
        };
        let life = Lifetime::Idle(lifetime).millis();
        let session = Session { expires: Some(time::now_exact().saturating_add(life)), idle: Some(life), ..session };
        self.keep(database, token.to_owned(), session, Vec::new()).map(|_| ())
    }

    fn keep(
        &self,
        database: &Database,
        token: String,
        session: Session,
        ended: Vec<String>,
    ) -> Result<String, Refusal> {
        let kept = [(token, session)];
        save(database, &kept, &ended)?;
        let mut known = lock(&self.known);
        for token in &ended {
            known.remove(token);
        }
        let [(token, session)] = kept;
        known.insert(token.clone(), session);
        Ok(token)
    }

    /// Tokens of a kind that must go so that there is room for one more: the dead, then the oldest.
    fn crowd_out(&self, kind: impl Fn(&Session) -> bool, most: usize) -> Vec<String> {
        let known = lock(&self.known);
        let mut crowd: Vec<(bool, Millis, &String)> = known
            .iter()
            .filter(|(_, session)| kind(session) && !session.standing)
            .map(|(token, session)| (session.lives(), session.issued, token))
            .collect();
        if crowd.len() < most {
            return Vec::new();
        }
        crowd.sort_unstable();
        let excess = crowd.len() + 1 - most;
        let dead = crowd.iter().filter(|(lives, _, _)| !lives).count();
        let mut ended: Vec<String> =
            crowd[..excess.max(dead)].iter().map(|(_, _, token)| String::clone(token)).collect();
        // A refresh token takes its access tokens along.
        let children =
            known.iter().filter(|(_, session)| session.refresh.as_ref().is_some_and(|it| ended.contains(it)));
        let children: Vec<String> = children.map(|(token, _)| token.clone()).collect();
        ended.extend(children);
        ended
    }

    /// The session of an access token that is still good; using it may renew it.
    pub(crate) fn check(&self, database: &Database, token: &str) -> Option<Session> {
        let mut known = lock(&self.known);
        let session = known.get_mut(token).filter(|session| !session.is_refresh && session.lives())?;
        let now = time::now_exact();
        let renewed = session.idle.filter(|idle| session.expires.is_some_and(|end| end - now < idle / 2));
        if let Some(idle) = renewed {
            session.expires = Some(now.saturating_add(idle));
        }
        let session = session.clone();
        drop(known);
        if renewed.is_some() {
            let body = serde_json::to_string(&session).unwrap_or_default();
            // Whoever ends a session meanwhile has the last word. A new end that cannot be written down holds until the
            // org is started again.
            let write = "UPDATE practice_session SET body = ?2 WHERE token = ?1";
            database.write(|pen| Ok(pen.conn.execute(write, [token, &body])?)).ok();
        }
        Some(session)
    }

    /// Any token, good or not.
    pub(crate) fn find(&self, token: &str) -> Option<Session> {
        lock(&self.known).get(token).cloned()
    }

    /// Forgets a token; a refresh token takes its access tokens along.
    pub(crate) fn end(&self, database: &Database, token: &str) -> Result<bool, Refusal> {
        let mut known = lock(&self.known);
        if !known.contains_key(token) {
            return Ok(false);
        }
        let ended: Vec<String> = known
            .iter()
            .filter(|(other, session)| *other == token || session.refresh.as_deref() == Some(token))
            .map(|(other, _)| other.clone())
            .collect();
        for token in &ended {
            known.remove(token);
        }
        drop(known);
        save(database, &[], &ended)?;
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
    pub(crate) fn revoke_all(&self, database: &Database) -> Result<(), Refusal> {
        let mut ended = Vec::new();
        lock(&self.known).retain(|token, session| {
            ended.extend(session.is_refresh.then(|| token.clone()));
            !session.is_refresh
        });
        self.expire_all();
        save(database, &[], &ended)
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

impl Session {
    /// Whether its end has not come yet.
    pub(crate) fn lives(&self) -> bool {
        self.expires.is_none_or(|end| time::now_exact() < end)
    }
}

impl Entry<'_> {
    fn session(&self, is_refresh: bool) -> Session {
        Session {
            user_id: self.user_id.to_owned(),
            username: self.username.to_owned(),
            issued: time::now_exact(),
            expires: None,
            refresh: None,
            is_refresh,
            app: self.app.map(str::to_owned),
            scopes: self.scopes.clone(),
            idle: None,
            standing: self.standing,
        }
    }
}

impl Lifetime {
    fn millis(self) -> Millis {
        let (Lifetime::Idle(life) | Lifetime::Fixed(life)) = self;
        Millis::try_from(life.as_millis()).unwrap_or(Millis::MAX / 4)
    }
}

fn save(database: &Database, kept: &[(String, Session)], ended: &[String]) -> Result<(), Refusal> {
    database.write(|pen| {
        for (token, session) in kept {
            let body = serde_json::to_string(session).unwrap_or_default();
            pen.conn
                .execute("INSERT OR REPLACE INTO practice_session (token, body) VALUES (?1, ?2)", [token, &body])?;
        }
        for token in ended {
            pen.conn.execute("DELETE FROM practice_session WHERE token = ?1", [token])?;
        }
        Ok(())
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    fn entry() -> Entry<'static> {
        Entry { user_id: "005", username: "a@b.c", app: Some("app"), scopes: Scopes::default(), standing: false }
    }

    fn fresh() -> (Database, Sessions) {
        let (database, _) = Database::open(None, &Schema::standard()).unwrap();
        (database, Sessions::default())
    }

    const ORG: &str = "00DLk0000000001";
    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_use_in_the_second_half_renews() {
        let (database, sessions) = fresh();
        for (lifetime, renewed) in [(Lifetime::Idle(HOUR), true), (Lifetime::Fixed(HOUR), false)] {
            let token = sessions.open(&database, ORG, &entry(), lifetime, None).unwrap();
            let soon = time::now_exact() + 1_000;
            lock(&sessions.known).get_mut(&token).unwrap().expires = Some(soon);
            sessions.check(&database, &token).unwrap();
            assert_eq!(sessions.find(&token).unwrap().expires != Some(soon), renewed, "{lifetime:?}");
            assert!(Sessions::load(&database).unwrap().find(&token).unwrap().expires > Some(soon));
        }
    }

    #[test]
    fn an_app_has_five_refresh_tokens_and_the_oldest_goes_with_its_family() {
        let (database, sessions) = fresh();
        let standing = sessions.open_refresh(&database, &Entry { standing: true, ..entry() }).unwrap();
        let mut tokens = Vec::new();
        for place in 0..6 {
            let token = sessions.open_refresh(&database, &entry()).unwrap();
            lock(&sessions.known).get_mut(&token).unwrap().issued = place;
            let access = sessions.open(&database, ORG, &entry(), Lifetime::Idle(HOUR), Some(token.clone())).unwrap();
            tokens.push((token, access));
        }
        let alive: Vec<bool> = tokens.iter().map(|(token, _)| sessions.find(token).is_some()).collect();
        assert_eq!(alive, [false, true, true, true, true, true]);
        assert!(sessions.find(&tokens[0].1).is_none());
        assert!(sessions.find(&standing).is_some());
        assert_eq!(Sessions::load(&database).unwrap().known.lock().unwrap().len(), 11);
    }

    #[test]
    fn sessions_of_an_older_program_are_read() {
        let body = r#"{"user_id":"005","username":"a@b.c","issued":1,"expires":2,"refresh":null,"is_refresh":false}"#;
        let session: Session = serde_json::from_str(body).unwrap();
        assert!(session.scopes.allow("api") && session.app.is_none() && !session.lives());
    }

    #[test]
    fn a_rotated_token_is_dead_and_its_family_lives_on() {
        let (database, sessions) = fresh();
        let old = sessions.open_refresh(&database, &entry()).unwrap();
        let access = sessions.open(&database, ORG, &entry(), Lifetime::Idle(HOUR), Some(old.clone())).unwrap();
        let fresh = sessions.rotate(&database, &old).unwrap().unwrap();
        assert_eq!(sessions.rotate(&database, &old).unwrap(), None);
        assert!(sessions.check(&database, &access).is_some());
        assert!(sessions.end(&database, &fresh).unwrap());
        assert!(sessions.check(&database, &access).is_none());
    }
}

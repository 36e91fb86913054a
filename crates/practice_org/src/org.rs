//! The org as all parts of the server share it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rusqlite::OptionalExtension;

use super::bulk::Jobs;
use super::database::{Database, lock};
use super::failure::Refusal;
use super::fault::Faults;
use super::http::Server;
use super::http::log::Log;
use super::ids;
use super::limits::{Quota, Running, Usage};
use super::oauth::sessions::Sessions;
use super::oauth::waiting::Waiting;
use super::schema::Schema;
use super::time::{self, Millis};

/// Newest API version and its year-and-season.
pub(crate) const NEWEST_VERSION: u32 = 68;
/// Oldest API version.
pub(crate) const OLDEST_VERSION: u32 = 31;
/// The version that `credentials()` names.
pub(crate) const USUAL_VERSION: &str = "67.0";

/// Who the practice user is and how the app signs in.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// 18 characters.
    pub(crate) org_id: String,
    /// 18 characters.
    pub(crate) user_id: String,
    /// The practice user's name.
    pub(crate) username: String,
    /// The practice user's password.
    pub(crate) password: String,
    /// The app's consumer key.
    pub(crate) client_id: String,
    /// The app's consumer secret.
    pub(crate) client_secret: String,
}

/// What can be set when an org starts.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// How long an access token lives.
    pub(crate) session_lifetime: Duration,
    /// The address it listens on.
    pub(crate) listen: IpAddr,
    /// Whether a refresh token is used up by using it.
    pub(crate) rotate_refresh_tokens: bool,
}

/// The org as one call sees it: everything behind the server, and the schema as it was when the call began.
///
/// The schema can change at run time. Objects and fields keep their places, so a call that began before a field was added goes on as if the
/// field were not there.
#[derive(Clone)]
pub(crate) struct Org {
    shared: Arc<Shared>,
    /// Objects and fields.
    pub(crate) schema: Arc<Schema>,
}

impl Deref for Org {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Org {
    /// What is behind this view.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The org as it is now.
    pub(crate) fn now(shared: &Arc<Shared>) -> Org {
        let schema = shared.schema.read().unwrap_or_else(PoisonError::into_inner);
        Org { shared: Arc::clone(shared), schema: Arc::clone(&schema) }
    }
}

/// Everything behind the server.
pub(crate) struct Shared {
    /// Objects and fields, swapped as a whole when they change.
    pub(crate) schema: RwLock<Arc<Schema>>,
    /// Held while the schema grows: one change is whole before the next begins.
    pub(crate) growing: Mutex<()>,
    /// The rows.
    pub(crate) database: Database,
    /// Bad days.
    pub(crate) faults: Faults,
    /// Who is signed in.
    pub(crate) sessions: Sessions,
    /// Who is about to sign in.
    pub(crate) waiting: Waiting,
    /// Open queries with more pages.
    pub(crate) cursors: Cursors,
    /// Bulk jobs.
    pub(crate) jobs: Jobs,
    /// Who the practice user is.
    pub(crate) identity: Identity,
    /// How the org is set.
    pub(crate) settings: Settings,
    /// What a day allows, and what it has used.
    pub(crate) usage: Usage,
    /// Calls that are being answered.
    pub(crate) running: Running,
    /// Calls since the start.
    pub(crate) requests: AtomicU64,
    /// The rows as they were counted last: when, how long that took, and how many of each object.
    pub(crate) counted: Mutex<Option<(Instant, Duration, Vec<(String, i64)>)>>,
    /// Held by whoever resets the org, copies it or brings a copy back. Taken before anything else.
    pub(crate) keeping: Mutex<()>,
    /// The latest calls, for people to look at.
    pub(crate) log: Log,
    /// Where the server listens.
    pub(crate) url: OnceLock<String>,
    /// Where it listens since the org moved.
    pub(crate) moved: OnceLock<String>,
    /// What more doors are opened with.
    pub(crate) server: OnceLock<Server>,
}

impl Shared {
    /// Counts a call and tells how many there have been in 24 hours.
    pub(crate) fn count_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.usage.take(Quota::Requests, 1)
    }

    /// Where the server listens; after a move, where it listens now.
    pub(crate) fn url(&self) -> &str {
        self.moved.get().or(self.url.get()).map_or("", String::as_str)
    }

    /// The next id with this prefix for something that is no row: a job, a cursor.
    pub(crate) fn next_id(&self, prefix: &str) -> Result<String, Refusal> {
        self.database.write(|pen| Ok(ids::make(prefix, pen.next_ticket())))
    }
}

impl Org {
    /// The number of living rows per object. Where counting takes long, the last count is told again for a while, so that
    /// somebody who looks twice a second does not keep the org busy.
    pub(crate) fn record_counts(&self) -> Result<Vec<(String, i64)>, Refusal> {
        const LONG: Duration = Duration::from_millis(20);
        const SHARE: u32 = 20;
        let known = lock(&self.counted).clone();
        if let Some((at, took, counts)) = known
            && took >= LONG
            && at.elapsed() < took * SHARE
        {
            return Ok(counts);
        }
        let begun = Instant::now();
        let counts = self.database.read(|conn| {
            let mut counts = Vec::new();
            for object in self.schema.objects.iter().filter(|object| object.is_stored() && !object.is_definition()) {
                let alive = if object.has_bin() { " WHERE \"IsDeleted\" = 0" } else { "" };
                let sql = format!("SELECT count(*) FROM \"{}\"{alive}", object.name);
                counts.push((object.name.clone(), conn.query_row(&sql, [], |row| row.get(0))?));
            }
            Ok(counts)
        })?;
        *lock(&self.counted) = Some((begun, begun.elapsed(), counts.clone()));
        Ok(counts)
    }

    /// A user's fields by user name or id.
    pub(crate) fn user(&self, key: &str) -> Result<Option<User>, Refusal> {
        self.database.read(|conn| {
            let user = conn
                .query_row(
                    "SELECT \"Id\", \"Username\", \"Name\", \"FirstName\", \"LastName\", \"Email\", \"IsActive\", \"TimeZoneSidKey\",
                            \"LanguageLocaleKey\", \"LocaleSidKey\", \"CommunityNickname\", \"LastModifiedDate\"
                     FROM \"User\" WHERE \"Username\" = ?1 OR \"Id\" = ?1",
                    [key],
                    |row| {
                        Ok(User {
                            id: row.get(0)?,
                            username: row.get(1)?,
                            name: row.get(2)?,
                            first_name: row.get(3)?,
                            last_name: row.get(4)?,
                            email: row.get(5)?,
                            active: row.get(6)?,
                            time_zone: row.get(7)?,
                            language: row.get(8)?,
                            locale: row.get(9)?,
                            nickname: row.get(10)?,
                            modified: row.get(11)?,
                        })
                    },
                )
                .optional()?;
            Ok(user)
        })
    }
}

/// What identity answers tell about a user.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) username: String,
    pub(crate) name: String,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: String,
    pub(crate) email: String,
    pub(crate) active: bool,
    pub(crate) time_zone: String,
    pub(crate) language: String,
    pub(crate) locale: String,
    pub(crate) nickname: Option<String>,
    pub(crate) modified: Millis,
}

/// Queries with more pages: the ids of their rows, so that a page shows rows as they are when it is fetched.
pub(crate) struct Cursors {
    open: Mutex<BTreeMap<String, Cursor>>,
    next: AtomicU64,
}

impl Default for Cursors {
    fn default() -> Self {
        // Cursors do not outlive the process, and no later one must be taken for them. They have a counter of their own,
        // since a query may run while the pen is held.
        let first = u64::try_from(time::now_exact()).unwrap_or(1) << 20;
        Cursors { open: Mutex::default(), next: AtomicU64::new(first) }
    }
}

/// How long a cursor lives.
const TWO_DAYS: Millis = 2 * 24 * 3_600_000;

/// One open query.
#[derive(Debug, Clone)]
pub(crate) struct Cursor {
    /// The query's text.
    pub(crate) query: String,
    /// Whether it was queryAll.
    pub(crate) deleted: bool,
    /// Whose query it is.
    pub(crate) user: String,
    /// The names that lead to the child set whose rows these are; none for the query's own.
    pub(crate) path: Vec<String>,
    /// The rows, in order; an id is its counter while it waits.
    pub(crate) rows: std::sync::Arc<Vec<u64>>,
    /// Key prefix of the rows.
    pub(crate) prefix: String,
    /// When it was opened.
    pub(crate) opened: Millis,
}

impl Cursors {
    /// Keeps a cursor and tells its id; the oldest goes when there are too many, and all that are two days old.
    pub(crate) fn keep(&self, prefix: &str, cursor: Cursor) -> String {
        const MOST: usize = 100;
        let id = ids::make(prefix, self.next.fetch_add(1, Ordering::Relaxed));
        let mut cursors = lock(&self.open);
        let now = time::now_exact();
        cursors.retain(|_, known| now - known.opened < TWO_DAYS);
        if cursors.len() >= MOST
            && let Some(oldest) = cursors.iter().min_by_key(|(_, known)| known.opened).map(|(id, _)| id.clone())
        {
            cursors.remove(&oldest);
        }
        cursors.insert(id.clone(), cursor);
        id
    }

    /// Ends all queries.
    pub(crate) fn clear(&self) {
        lock(&self.open).clear();
    }

    /// An open cursor of this user.
    pub(crate) fn get(&self, id: &str, user: &str) -> Option<Cursor> {
        let now = time::now_exact();
        lock(&self.open).get(id).filter(|known| known.user == user && now - known.opened < TWO_DAYS).cloned()
    }
}

/// `Summer '26` for 67.
pub(crate) fn version_label(version: u32) -> String {
    // Version 31 was Summer '14; three a year since.
    let since = version - OLDEST_VERSION;
    let (season, year) = match since % 3 {
        0 => ("Summer", 14 + since / 3),
        1 => ("Winter", 15 + since / 3),
        _ => ("Spring", 15 + since / 3),
    };
    format!("{season} '{year}")
}

#[cfg(test)]
mod tests {
    use super::version_label;

    #[test]
    fn releases_have_their_names() {
        for (version, label) in [
            (31, "Summer '14"),
            (58, "Summer '23"),
            (64, "Summer '25"),
            (65, "Winter '26"),
            (66, "Spring '26"),
            (67, "Summer '26"),
            (68, "Winter '27"),
        ] {
            assert_eq!(version_label(version), label, "{version}");
        }
    }
}

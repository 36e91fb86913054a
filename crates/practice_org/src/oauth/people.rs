//! The users of the org as signing in sees them.

use rusqlite::{Connection, OptionalExtension, params};

use super::OAuthError;
use crate::failure::Refusal;
use crate::org::{Org, User};

/// Users that a page offers.
const MOST_OFFERED: i64 = 200;

/// A user as a page offers it.
#[derive(Debug, Clone)]
pub(crate) struct Offered {
    /// User name, by which it is chosen.
    pub(crate) username: String,
    /// As people know it.
    pub(crate) name: String,
}

/// Active users to choose from, the practice user first. `hint` is among them if it is one.
pub(crate) fn offered(org: &Org, hint: &str) -> Result<Vec<Offered>, Refusal> {
    org.database.read(|conn| {
        let mut statement = conn.prepare_cached(
            "SELECT \"Username\", \"Name\" FROM \"User\" WHERE \"IsActive\" = 1
             ORDER BY \"Id\" <> ?1, \"Username\" <> ?2, \"Username\" LIMIT ?3",
        )?;
        let read = |row: &rusqlite::Row<'_>| Ok(Offered { username: row.get(0)?, name: row.get(1)? });
        let users = statement.query_map(params![org.identity.user_id, hint, MOST_OFFERED], read)?;
        Ok(users.collect::<rusqlite::Result<Vec<_>>>()?)
    })
}

/// The user with this id, who must be active; `unknown` says what is wrong if there is none.
pub(crate) fn active(org: &Org, id: &str, unknown: &'static str) -> Result<User, OAuthError> {
    must_be_active(org.user(id)?, unknown)
}

/// The user with this name, who must be active; `unknown` says what is wrong if there is none.
pub(crate) fn active_named(org: &Org, username: &str, unknown: &'static str) -> Result<User, OAuthError> {
    must_be_active(named(org, username)?, unknown)
}

fn must_be_active(user: Option<User>, unknown: &'static str) -> Result<User, OAuthError> {
    let user = user.ok_or(OAuthError::new("invalid_grant", unknown))?;
    if user.active { Ok(user) } else { Err(OAuthError::new("invalid_grant", "user is inactive")) }
}

/// The user with this name. An id is no user name.
fn named(org: &Org, username: &str) -> Result<Option<User>, Refusal> {
    Ok(org.user(username)?.filter(|user| user.username.eq_ignore_ascii_case(username)))
}

/// The user with this name and password. A security token may follow the password.
pub(crate) fn with_password(org: &Org, username: &str, password: &str) -> Result<Option<User>, Refusal> {
    const LONGEST_TOKEN: usize = 40;
    let fits = password
        .strip_prefix(org.identity.password.as_str())
        .is_some_and(|token| token.len() <= LONGEST_TOKEN && token.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if !fits {
        return Ok(None);
    }
    named(org, username)
}

/// What else is told about a user.
#[derive(Debug, Clone, Default)]
pub(crate) struct Details {
    pub(crate) profile_id: Option<String>,
    pub(crate) role_id: Option<String>,
    pub(crate) user_type: Option<String>,
    pub(crate) street: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) country: Option<String>,
    pub(crate) postal_code: Option<String>,
    pub(crate) mobile_phone: Option<String>,
}

/// Reads what else is told about a user.
pub(crate) fn details(org: &Org, user_id: &str) -> Result<Details, Refusal> {
    let read = |conn: &Connection| {
        conn.query_row(
            "SELECT \"ProfileId\", \"UserRoleId\", \"UserType\", \"Street\", \"City\", \"State\", \"Country\",
                    \"PostalCode\", \"MobilePhone\" FROM \"User\" WHERE \"Id\" = ?1",
            [user_id],
            |row| {
                Ok(Details {
                    profile_id: row.get(0)?,
                    role_id: row.get(1)?,
                    user_type: row.get(2)?,
                    street: row.get(3)?,
                    city: row.get(4)?,
                    state: row.get(5)?,
                    country: row.get(6)?,
                    postal_code: row.get(7)?,
                    mobile_phone: row.get(8)?,
                })
            },
        )
        .optional()
    };
    org.database.read(|conn| Ok(read(conn)?.unwrap_or_default()))
}

/// Milliseconds between Greenwich and a zone's standard time, as identity answers tell them.
pub(crate) fn utc_offset(zone: &str) -> i64 {
    let Ok(zone) = jiff::tz::TimeZone::get(zone) else {
        return 0;
    };
    let at = |month| {
        let noon = jiff::civil::date(2026, month, 1).at(12, 0, 0, 0);
        let instant = jiff::tz::Offset::UTC.to_timestamp(noon).unwrap_or_default();
        i64::from(zone.to_offset(instant).seconds()) * 1000
    };
    // Summer time is ahead of standard time, in whatever half of the year it falls.
    at(1).min(at(7))
}

#[cfg(test)]
mod tests {
    use super::utc_offset;

    #[test]
    fn offsets_are_those_of_standard_time() {
        for (zone, hours) in [("America/Los_Angeles", -8), ("Europe/Berlin", 1), ("Australia/Sydney", 10), ("GMT", 0)] {
            assert_eq!(utc_offset(zone), hours * 3_600_000, "{zone}");
        }
        assert_eq!(utc_offset("Nowhere/Land"), 0);
    }
}

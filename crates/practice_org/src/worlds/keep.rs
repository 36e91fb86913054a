//! Going back: an org emptied and planted anew, a copy of it kept, a copy brought back.
//!
//! Who is signed in stays signed in. Bulk jobs and open queries end: their rows are not there any more.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};
use serde::Serialize;

use super::Seed;
use crate::database::{Pen, lock};
use crate::evolve;
use crate::failure::Refusal;
use crate::oauth::kept;
use crate::org::Org;
use crate::rows::policy;
use crate::time;

/// Most copies of one org.
const MOST: usize = 50;
/// Pages copied before readers get their turn.
const PAGES: std::ffi::c_int = 10_000;

/// A kept copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// When it was made, in milliseconds since 1970.
    pub made: i64,
    /// Bytes on disk.
    pub bytes: u64,
}

fn bad(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "INVALID_SNAPSHOT", message)
}

/// Empties the org and plants a world.
pub(crate) fn reset(org: &Org, seed: &Seed) -> Result<(), Refusal> {
    let _alone = lock(&org.keeping);
    super::check(&org.schema, seed)?;
    end_what_hangs(org)?;
    policy::unlock_all(&org.schema, &org.database)?;
    org.shared().grow(|growth| growth.restart_numbers())?;
    // Nobody writes between the old rows and the new ones, whose references count on being the first.
    org.database.together(|| {
        org.database.write(|pen| empty(org, pen))?;
        super::plant(&org.schema, &org.database, seed)
    })?;
    super::plant_many(&org.schema, &org.database, seed)?;
    *lock(&org.counted) = None;
    org.database.set_setting("seed", &serde_json::to_string(seed).unwrap_or_default())
}

fn empty(org: &Org, pen: &mut Pen) -> Result<(), Refusal> {
    for object in org.schema.objects.iter().filter(|object| object.is_stored() && !object.is_definition()) {
        pen.conn.execute(&format!("DELETE FROM \"{}\"", object.name), [])?;
    }
    // What was remembered about rows that are gone.
    pen.conn.execute_batch("DELETE FROM practice_along; DELETE FROM practice_recent;")?;
    pen.counters.fill(1);
    evolve::plant_record_types(&org.schema, pen)
}

/// The world that the org was last planted with.
pub(crate) fn seed(org: &Org) -> Result<Option<Seed>, Refusal> {
    Ok(org.database.setting("seed")?.and_then(|text| serde_json::from_str(&text).ok()))
}

fn end_what_hangs(org: &Org) -> Result<(), Refusal> {
    org.cursors.clear();
    *lock(&org.counted) = None;
    org.jobs.forget_all(&org.database)
}

fn folder(org: &Org) -> PathBuf {
    org.jobs.folder().join("snapshots")
}

fn file(org: &Org, name: &str) -> Result<PathBuf, Refusal> {
    let fits = !name.is_empty()
        && name.chars().count() <= 60
        && name.chars().all(|sign| sign.is_alphanumeric() || " -_.".contains(sign))
        && name.chars().any(char::is_alphanumeric)
        && !name.starts_with('.');
    if !fits {
        return Err(bad("a snapshot's name has 1 to 60 letters, digits, blanks, hyphens, points or underscores"));
    }
    Ok(folder(org).join(format!("{name}.db")))
}

/// Every copy, newest first.
pub(crate) fn list(org: &Org) -> Result<Vec<Snapshot>, Refusal> {
    let mut all = Vec::new();
    let entries = match std::fs::read_dir(folder(org)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(all),
        Err(error) => return Err(error.into()),
    };
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        let (Some(name), Some("db")) =
            (path.file_stem().and_then(|stem| stem.to_str()), path.extension().and_then(|ending| ending.to_str()))
        else {
            continue;
        };
        let about = entry.metadata()?;
        let made = about.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_millis();
        all.push(Snapshot { name: name.to_owned(), made: i64::try_from(made).unwrap_or_default(), bytes: about.len() });
    }
    all.sort_by(|one, other| other.made.cmp(&one.made).then_with(|| one.name.cmp(&other.name)));
    Ok(all)
}

/// Keeps a copy of the org as it is; one of the same name is replaced.
pub(crate) fn take(org: &Org, name: &str) -> Result<(), Refusal> {
    let _alone = lock(&org.keeping);
    let path = file(org, name)?;
    if !path.exists() && list(org)?.len() >= MOST {
        return Err(bad(format!("there are {MOST} snapshots already; delete one first")));
    }
    std::fs::create_dir_all(folder(org))?;
    let half = tempfile::Builder::new().prefix("half").tempfile_in(folder(org))?;
    org.database.read(|from| {
        let mut to = Connection::open(half.path())?;
        to.execute_batch("PRAGMA synchronous = OFF;")?;
        copy(from, &mut to)
    })?;
    half.persist(&path).map_err(|error| Refusal::from(error.error))?;
    Ok(())
}

/// Brings a copy back.
pub(crate) fn restore(org: &Org, name: &str) -> Result<(), Refusal> {
    let _alone = lock(&org.keeping);
    let path = file(org, name)?;
    if !path.exists() {
        return Err(Refusal::new(404, "NOT_FOUND", format!("there is no snapshot called {name}")));
    }
    end_what_hangs(org)?;
    org.shared().go_back(|pen: &mut Pen| copy_in(&path, pen))?;
    policy::load(&Org::now(org.shared()).schema, &org.database)?;
    // What the day has used up is not given back with the rows.
    org.usage.keep_all(&org.database)?;
    org.sessions.keep_all(&org.database)
}

fn copy_in(path: &Path, pen: &mut Pen) -> Result<(), Refusal> {
    let from = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let signing_in = kept::rows(&pen.conn)?;
    copy(&from, &mut pen.conn)?;
    kept::replace(&pen.conn, &signing_in)?;
    pen.conn.execute_batch("DELETE FROM practice_job; DELETE FROM practice_session;")?;
    Ok(())
}

fn copy(from: &Connection, to: &mut Connection) -> Result<(), Refusal> {
    let backup = Backup::new(from, to)?;
    backup.run_to_completion(PAGES, Duration::ZERO, None)?;
    Ok(())
}

/// Forgets a copy.
pub(crate) fn forget(org: &Org, name: &str) -> Result<(), Refusal> {
    let path = file(org, name)?;
    match std::fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Refusal::not_found()),
        Err(error) => Err(error.into()),
    }
}

/// A name for a copy that nobody has named.
pub(crate) fn usual_name() -> String {
    time::civil(time::now_exact()).strftime("%Y-%m-%d %H.%M.%S").to_string()
}

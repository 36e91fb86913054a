//! What an org allows, and how much of it the last 24 hours have used up.
//!
//! Allocations are counted over a rolling day in slots of ten minutes and kept in the data file, so that a restart does
//! not forget them. What was counted in the last seconds before a crash may be lost.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::database::{Database, lock};
use super::failure::Refusal;
use super::time::{self, Millis};

/// What an org allows. In JSON, what is missing is as in a developer org.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Calls in 24 hours, after which every call is refused. Default: 15,000.
    pub daily_api_requests: u64,
    /// Batches of 10,000 rows in 24 hours, after which Bulk loads are refused. Default: 15,000.
    pub daily_bulk_batches: u64,
    /// Rows of Bulk loads in 24 hours. Default: 150,000,000.
    pub daily_bulk_rows: u64,
    /// Bulk query jobs in 24 hours. Default: 10,000.
    pub daily_bulk_query_jobs: u64,
    /// Megabytes of Bulk query results in 24 hours. Default: 976,562.
    pub daily_bulk_query_storage_mb: u64,
    /// Megabytes of rows, at two kilobytes each. Told, not enforced. Default: 5,120.
    pub data_storage_mb: u64,
    /// Calls that may run longer than `long_request_seconds` at a time. Default: 5.
    pub concurrent_long_requests: usize,
    /// From how many seconds on a running call counts as long. Default: 20.
    pub long_request_seconds: u64,
    /// How fast Bulk loads go; 0, the default, is as fast as possible.
    pub bulk_rows_per_second: u64,
    /// Whether the practice user may use the operation `hardDelete`. Default: true.
    pub hard_delete: bool,
    /// Other entries of `/limits`, by name: their maximum, in place of a developer org's.
    pub others: BTreeMap<String, u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            daily_api_requests: 15_000,
            daily_bulk_batches: 15_000,
            daily_bulk_rows: 150_000_000,
            daily_bulk_query_jobs: 10_000,
            daily_bulk_query_storage_mb: 976_562,
            data_storage_mb: 5_120,
            concurrent_long_requests: 5,
            long_request_seconds: 20,
            bulk_rows_per_second: 0,
            hard_delete: true,
            others: BTreeMap::new(),
        }
    }
}

/// What is counted over 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quota {
    /// Calls.
    Requests,
    /// Batches of Bulk loads.
    Batches,
    /// Rows of Bulk loads.
    Rows,
    /// Bulk query jobs.
    QueryJobs,
    /// Bytes of Bulk query results.
    QueryBytes,
}

/// Name in the data file, in the order of [`Quota`].
const NAMES: [&str; 5] = ["requests", "batches", "rows", "query_jobs", "query_bytes"];
const SLOT: Millis = 600_000;
const SLOTS: i64 = 144;
const TABLE: &str = "CREATE TABLE IF NOT EXISTS practice_usage (quota TEXT, slot INTEGER, amount INTEGER NOT NULL,
                       PRIMARY KEY (quota, slot)) WITHOUT ROWID;";
/// How long a count may wait for being kept.
const KEEP_EVERY: Duration = Duration::from_secs(5);

/// One count: slots of ten minutes, oldest first, and their sum.
#[derive(Debug, Default)]
struct Count {
    slots: VecDeque<(i64, u64)>,
    sum: u64,
}

impl Count {
    fn add(&mut self, now: i64, amount: u64) -> u64 {
        while let Some((slot, old)) = self.slots.front().copied()
            && slot <= now - SLOTS
        {
            self.slots.pop_front();
            self.sum -= old;
        }
        self.sum += amount;
        match self.slots.back_mut() {
            // A clock set back must not lose anything.
            Some((slot, known)) if *slot >= now => *known += amount,
            _ if amount > 0 => self.slots.push_back((now, amount)),
            _ => {}
        }
        self.sum
    }
}

#[derive(Debug)]
struct Counts {
    counts: [Count; NAMES.len()],
    kept: Instant,
    /// First slot that may not be in the data file as it is here.
    unkept: i64,
    changed: bool,
}

/// The limits as they are set, and what has been used.
pub(crate) struct Usage {
    limits: RwLock<Limits>,
    counts: Mutex<Counts>,
}

impl Usage {
    /// The counts of a data file.
    pub(crate) fn load(database: &Database, limits: Limits) -> Result<Self, Refusal> {
        let now = slot();
        let mut counts: [Count; NAMES.len()] = Default::default();
        database.write(|pen| {
            pen.conn.execute_batch(TABLE)?;
            pen.conn.execute("DELETE FROM practice_usage WHERE slot <= ?1", [now - SLOTS])?;
            let mut statement = pen.conn.prepare("SELECT quota, slot, amount FROM practice_usage ORDER BY slot")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (quota, slot, amount): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
                if let Some(place) = NAMES.iter().position(|name| *name == quota) {
                    counts[place].add(slot, amount as u64);
                }
            }
            Ok(())
        })?;
        let counts = Counts { counts, kept: Instant::now(), unkept: now, changed: false };
        Ok(Usage { limits: RwLock::new(limits), counts: Mutex::new(counts) })
    }

    /// The limits as they are now.
    pub(crate) fn limits(&self) -> Limits {
        self.limits.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One of the limits as it is now.
    pub(crate) fn limit<T>(&self, which: impl FnOnce(&Limits) -> T) -> T {
        which(&self.limits.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sets the limits; what has been used stays used.
    pub(crate) fn set_limits(&self, limits: Limits) {
        *self.limits.write().unwrap_or_else(PoisonError::into_inner) = limits;
    }

    /// Counts, and tells how much the last 24 hours have used.
    pub(crate) fn take(&self, quota: Quota, amount: u64) -> u64 {
        let mut counts = lock(&self.counts);
        counts.changed |= amount > 0;
        counts.counts[quota as usize].add(slot(), amount)
    }

    /// How much the last 24 hours have used.
    pub(crate) fn used(&self, quota: Quota) -> u64 {
        self.take(quota, 0)
    }

    /// Keeps the counts, in a transaction that is already open.
    pub(crate) fn keep_within(&self, conn: &Connection) -> Result<(), Refusal> {
        let mut counts = lock(&self.counts);
        let mut statement =
            conn.prepare_cached("INSERT OR REPLACE INTO practice_usage (quota, slot, amount) VALUES (?1, ?2, ?3)")?;
        for (name, count) in NAMES.iter().zip(&counts.counts) {
            for (slot, amount) in count.slots.iter().filter(|(slot, _)| *slot >= counts.unkept) {
                statement.execute(params![name, slot, *amount as i64])?;
            }
        }
        counts.kept = Instant::now();
        counts.unkept = slot();
        counts.changed = false;
        Ok(())
    }

    /// Keeps all counts, in place of whatever the data file holds.
    pub(crate) fn keep_all(&self, database: &Database) -> Result<(), Refusal> {
        lock(&self.counts).unkept = i64::MIN;
        database.write(|pen| {
            pen.conn.execute_batch(&format!("{TABLE} DELETE FROM practice_usage;"))?;
            self.keep_within(&pen.conn)
        })
    }

    /// Keeps the counts when they have waited long enough, or `at_once`.
    pub(crate) fn keep(&self, database: &Database, at_once: bool) -> Result<(), Refusal> {
        {
            let mut counts = lock(&self.counts);
            if !counts.changed || !(at_once || counts.kept.elapsed() >= KEEP_EVERY) {
                return Ok(());
            }
            // Whoever comes while this one waits for the pen need not do the same.
            counts.kept = Instant::now();
        }
        database.write(|pen| self.keep_within(&pen.conn))
    }
}

fn slot() -> i64 {
    time::now_exact() / SLOT
}

/// The calls that are being answered.
#[derive(Default)]
pub(crate) struct Running(Mutex<Vec<Instant>>);

/// One call under way; dropped when it has been answered.
pub(crate) struct Entry<'r> {
    running: &'r Running,
    since: Instant,
}

impl Running {
    /// A call begins.
    pub(crate) fn enter(&self) -> Entry<'_> {
        let since = Instant::now();
        lock(&self.0).push(since);
        Entry { running: self, since }
    }

    /// How many have been running for this long.
    pub(crate) fn longer_than(&self, time: Duration) -> usize {
        lock(&self.0).iter().filter(|since| since.elapsed() >= time).count()
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        let mut running = lock(&self.running.0);
        if let Some(place) = running.iter().position(|since| *since == self.since) {
            running.swap_remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_roll_over_a_day() {
        let mut count = Count::default();
        assert_eq!(count.add(1000, 5), 5);
        assert_eq!(count.add(1001, 2), 7);
        assert_eq!(count.add(1000, 1), 8, "a clock set back");
        assert_eq!(count.add(1000 + SLOTS, 0), 3);
        assert_eq!(count.add(1001 + SLOTS, 4), 4);
        assert_eq!(count.add(5000, 0), 0);
    }

    #[test]
    fn limits_read_from_json() {
        let limits: Limits = serde_json::from_str(r#"{"daily_api_requests": 7, "others": {"MassEmail": 3}}"#).unwrap();
        assert_eq!((limits.daily_api_requests, limits.daily_bulk_batches), (7, 15_000));
        assert_eq!(limits.others["MassEmail"], 3);
        assert!(serde_json::from_str::<Limits>(r#"{"nonsense": 1}"#).is_err());
    }
}

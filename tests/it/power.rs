//! The power fails: what the disk has then is an older end of the workspace's write-ahead log, cut or torn anywhere behind what
//! was durable. The run shows as incomplete, goes on, and every row has one true outcome.
//!
//! What a power cut can take: a committed transaction was synced before the program went on (`synchronous=FULL`), so that
//! everything written before a call went out is there for good. What was written since the last call went out may be lost from
//! any byte on, or be torn: sectors that were never synced reach the disk in any order. So each test holds a call, takes the log
//! as it was when the call before it was under way and as it is now, and lets the disk have anything between the two; the org
//! stands where it stood. A cut further back would be a disk that lies, from which nothing can be promised.

use crate::harness::Bench;
use crate::kill::{Chance, kill, setting, until};
use crate::model::{Load, Trial, refuse_some};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const ROWS: usize = 60;
const OPTIONS: &str = r#"{"rows_per_call": 20, "parallel": 1, "retry": {"first_ms": 1}}"#;

/// What the disk of a computer without power has.
struct Disk {
    home: PathBuf,
    file: Vec<u8>,
    log: Vec<u8>,
    /// Bytes of the log that were durable before the org had done what it has done.
    durable: usize,
}

fn workspace(home: &Path) -> PathBuf {
    home.join("data/linkspan/My project.linkspan")
}

fn log_of(home: &Path) -> Vec<u8> {
    std::fs::read(home.join("data/linkspan/My project.linkspan-wal")).unwrap_or_default()
}

impl Disk {
    /// The disk as it is now; the program waits for a call that is held, and writes nothing.
    fn now(home: &Path, durable: usize) -> Disk {
        Disk { home: home.to_owned(), file: std::fs::read(workspace(home)).unwrap(), log: log_of(home), durable }
    }

    /// A new home that has the log up to `end`, spoilt from there on.
    fn spoilt(&self, end: usize, chance: &mut Chance) -> TempDir {
        let home = TempDir::new().unwrap();
        copy_folder(&self.home, home.path());
        let mut log = self.log.clone();
        match chance.below(4) {
            // The file never grew.
            0 => log.truncate(end),
            // The file grew, and what was to be in it never came.
            1 => log[end..].fill(0),
            // One sector of what was written did not come; what is behind it did.
            2 => {
                let sector = end..log.len().min(end + 512);
                log[sector].fill(0);
            }
            // What came is of no use.
            _ => log[end..].iter_mut().for_each(|byte| *byte = chance.below(256) as u8),
        }
        std::fs::write(workspace(home.path()), &self.file).unwrap();
        let wal = home.path().join("data/linkspan/My project.linkspan-wal");
        std::fs::write(wal, log).unwrap();
        // The index of the log is memory that a file stands behind: of no use after a power cut, and still there or not.
        let index = home.path().join("data/linkspan/My project.linkspan-shm");
        if chance.below(2) == 0 && index.exists() {
            std::fs::remove_file(index).unwrap();
        }
        home
    }
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let there = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&there).unwrap();
            copy_folder(&entry.path(), &there);
        } else {
            std::fs::copy(entry.path(), there).unwrap();
        }
    }
}

/// Starts the load, waits until the call that is held has been met, and takes the disk: durable is what the log was when
/// `earlier` held for the last time before.
fn cut_off(bench: &Bench, trial: &Trial, mut earlier: impl FnMut(&Bench) -> bool) -> Disk {
    let home = bench.home.path();
    let held = bench.org.unanswered();
    let process = bench.spawn(&trial.arguments());
    let mut durable = 0;
    until("the call that is held", || {
        if earlier(bench) {
            let length = log_of(home).len();
            // Still so after it was read: nothing of what comes later is in it.
            if earlier(bench) {
                durable = length;
            }
        }
        bench.org.unanswered() > held
    });
    let disk = Disk::now(home, durable);
    kill(process);
    bench.org.clear_faults();
    disk
}

/// Lets the disk have many things, and lives through each.
fn lives_through(bench: &mut Bench, trial: &Trial, disk: &Disk, seed: u64) {
    let mut chance = Chance::new(seed);
    let told = bench.org.http("POST", "/__practice/snapshots", &json!({"name": "cut"}).to_string());
    assert!(told.starts_with("HTTP/1.1 201"), "{told}");
    let span = disk.log.len() - disk.durable;
    assert!(span > 0, "{}: nothing was written since the last call", trial.what());
    for round in 0..setting("LINKSPAN_POWER_ROUNDS", 4) {
        let end = match round {
            0 => disk.durable,
            1 => disk.log.len() - 1,
            _ => disk.durable + chance.below(span as u64) as usize,
        };
        let told = bench.org.http("POST", "/__practice/snapshots/cut/restore", "");
        assert!(told.starts_with("HTTP/1.1 204"), "{told}");
        let home = std::mem::replace(&mut bench.home, disk.spoilt(end, &mut chance));
        let day = format!("a power cut at byte {end} of {} to {}, seed {seed}", disk.durable, disk.log.len());
        let seen = trial.seen(bench);
        if disk.durable > 0 {
            let seen = seen.unwrap_or_else(|| panic!("{}: the run is gone after {day}", trial.what()));
            assert_eq!(seen["state"], "incomplete", "{}: {day}: {seen}", trial.what());
        }
        let done = trial.finish(bench);
        trial.holds(bench, &done, &day);
        bench.home = home;
    }
}

fn held(path: &str, method: &str, skip: u32) -> Value {
    json!({"stall": {"processed": false, "path_contains": path, "method": method, "skip": skip}})
}

/// Nothing has been done in the org yet: all that was written since the run began may be lost.
fn before_anything_is_done(load: Load, api: &'static str, path: &str, method: &str) {
    let mut bench = Bench::empty();
    refuse_some(&bench);
    let trial = Trial::new(&bench, load, api, "B", ROWS, OPTIONS);
    bench.org.fault(&held(path, method, 0));
    let disk = cut_off(&bench, &trial, |_| false);
    lives_through(&mut bench, &trial, &disk, 11);
}

/// One call is done and the next is not: what the first came to, and the note of the second, may be lost.
fn between_two_calls(load: Load) {
    let mut bench = Bench::empty();
    refuse_some(&bench);
    let trial = Trial::new(&bench, load, "rest", "C", ROWS, OPTIONS);
    bench.org.fault(&held("/composite/sobjects", "", 1));
    // Slow enough that the log is seen while the first call is under way.
    bench.org.fault(&json!({"slow_answers": {"ms": 250, "path_contains": "/composite/sobjects"}}));
    let is_call = |call: &Value| call["path"].as_str().unwrap().contains("/composite/sobjects");
    let before = bench.org.calls(is_call);
    let disk = cut_off(&bench, &trial, |bench| bench.org.hits() == 1 && bench.org.calls(is_call) == before);
    assert!(disk.durable > 0, "the log was never seen while the first call was under way");
    lives_through(&mut bench, &trial, &disk, 12);
}

/// A job is done and what became of it is written down, with rows left that locks kept out; all of that may be lost.
fn after_a_job(load: Load) {
    let mut bench = Bench::empty();
    refuse_some(&bench);
    // Copies of an org hold no jobs, so that each round needs one of its own.
    for round in 0..setting("LINKSPAN_POWER_ROUNDS", 2) {
        let trial = Trial::new(&bench, load, "bulk", &format!("J{round}"), ROWS, OPTIONS);
        bench.org.fault(&json!({"delay_results": {"ms": 250}}));
        bench.org.fault(&json!({"lock_rows": {"share": 0.3}}));
        bench.org.fault(&held("/composite/sobjects", "", 0));
        let before = bench.org.calls(|_| true);
        // The job is closed, so its note is there, and no result of it is.
        let closed = |bench: &Bench| {
            let results = |call: &Value| call["path"].as_str().unwrap().contains("failedResults");
            let closes =
                |call: &Value| call["method"] == "PATCH" && call["path"].as_str().unwrap().contains("/ingest/");
            let after = |call: &Value| call["number"].as_u64().unwrap() > before as u64;
            bench.org.calls(|call| after(call) && closes(call)) > 0
                && bench.org.calls(|call| after(call) && results(call)) == 0
        };
        let disk = cut_off(&bench, &trial, closed);
        assert!(disk.durable > 0, "the log was never seen while the job was at work");
        let mut chance = Chance::new(round);
        let end = disk.durable + chance.below((disk.log.len() - disk.durable) as u64) as usize;
        let home = std::mem::replace(&mut bench.home, disk.spoilt(end, &mut chance));
        let done = trial.finish(&bench);
        trial.holds(&bench, &done, &format!("a power cut at byte {end} of {} to {}", disk.durable, disk.log.len()));
        bench.home = home;
        // In the old home it is still open, and its rows are told by now.
        assert!(matches!(trial.finish(&bench).code, 0 | 1));
    }
}

#[test]
fn power_fails_before_the_first_call() {
    for load in [Load::Insert, Load::Upsert, Load::Update, Load::Delete] {
        before_anything_is_done(load, "rest", "/composite/sobjects", "");
    }
}

#[test]
fn power_fails_before_a_job_is_closed() {
    for load in [Load::Insert, Load::InsertUnique, Load::Delete] {
        before_anything_is_done(load, "bulk", "/jobs/ingest/", "PATCH");
    }
}

#[test]
fn power_fails_between_two_calls() {
    for load in [Load::Insert, Load::InsertUnique, Load::Upsert, Load::Update, Load::Delete] {
        between_two_calls(load);
    }
}

#[test]
fn power_fails_after_a_job() {
    for load in [Load::InsertUnique, Load::Upsert, Load::Update, Load::Delete] {
        after_a_job(load);
    }
}

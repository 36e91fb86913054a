//! The program is killed, with nothing said, wherever a run can be, and the run is continued: nothing is lost, nothing is there
//! twice, every row has one outcome and it is true.
//!
//! A held call keeps the program at a known place while it dies. `LINKSPAN_KILL_ROUNDS` sets how many rounds die at random
//! moments (and lets every load die at every known place), `LINKSPAN_KILL_SEED` which moments these are.

use crate::harness::Bench;
use crate::model::{LOADS, Load, Trial, refuse_some};
use linkspan::cancel::Cancel;
use serde_json::{Value, json};
use std::process::Child;
use std::time::{Duration, Instant};

const ROWS: usize = 120;
/// Three calls, one after the other, and no waits between tries.
const ONE_BY_ONE: &str = r#"{"rows_per_call": 40, "parallel": 1, "retry": {"first_ms": 1}}"#;
/// Three calls at once.
const AT_ONCE: &str = r#"{"rows_per_call": 40, "parallel": 4, "retry": {"first_ms": 1}}"#;

/// A place where a run dies: its name, the path and verb of the call that is held there, and how many such calls go before.
type Place = (&'static str, &'static str, &'static str, u32);

const REST: [Place; 3] = [
    ("the first call", "/composite/sobjects", "", 0),
    ("the second call, the first one settled", "/composite/sobjects", "", 1),
    ("the last call", "/composite/sobjects", "", 2),
];

const BULK: [Place; 8] = [
    ("making the job", "/jobs/ingest", "POST", 0),
    ("the upload", "/batches", "PUT", 0),
    ("the first look at the job", "/jobs/ingest/", "GET", 0),
    ("closing the job", "/jobs/ingest/", "PATCH", 0),
    ("a look at the closed job", "/jobs/ingest/", "GET", 1),
    ("the failed results", "/failedResults", "GET", 0),
    ("the unprocessed rows", "/unprocessedrecords", "GET", 0),
    ("the successful results", "/successfulResults", "GET", 0),
];

fn places(api: &str) -> &'static [Place] {
    if api == "rest" { &REST } else { &BULK }
}

/// Waits for what is only a matter of time.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(120), "it never came to this: {what}");
        Cancel::new().sleep(Duration::from_millis(1)).unwrap();
    }
}

fn ended(process: &mut Child) -> bool {
    process.try_wait().unwrap().is_some()
}

pub(crate) fn kill(mut process: Child) {
    process.kill().unwrap();
    process.wait().unwrap();
}

/// Starts or continues the run, and kills it when `day` has held a call of it `times` times; `false` when it met no such call.
fn dies_at(bench: &Bench, trial: &Trial, day: &Value, times: usize) -> bool {
    let seen = trial.seen(bench);
    if seen.as_ref().is_some_and(|run| run["state"] != "incomplete") {
        return false;
    }
    let run = seen.map(|run| run["run"].to_string());
    let before = bench.org.unanswered();
    bench.org.fault(day);
    let mut process = match &run {
        Some(run) => bench.spawn(&["continue", run]),
        None => bench.spawn(&trial.arguments()),
    };
    let mut struck = false;
    until(&day.to_string(), || {
        struck = bench.org.unanswered() >= before + times;
        struck || ended(&mut process)
    });
    kill(process);
    bench.org.clear_faults();
    struck
}

fn held(place: &Place, processed: bool) -> Value {
    let (_, path, method, skip) = place;
    json!({"stall": {"processed": processed, "path_contains": path, "method": method, "skip": skip}})
}

/// Dies once, at every place, before the org has done what it was asked and after.
fn dies_everywhere(load: Load, api: &'static str) {
    let bench = Bench::empty();
    refuse_some(&bench);
    for (number, place) in places(api).iter().enumerate() {
        for processed in [false, true] {
            let tag = format!("{number}{processed}");
            let trial = Trial::new(&bench, load, api, &tag, ROWS, ONE_BY_ONE);
            let day = format!("death at {}, processed: {processed}", place.0);
            assert!(dies_at(&bench, &trial, &held(place, processed), 1), "{}: no {day}", trial.what());
            let done = trial.finish(&bench);
            trial.holds(&bench, &done, &day);
        }
    }
}

/// Dies at every place one after the other, in one run.
fn dies_again_and_again(load: Load, api: &'static str) {
    let bench = Bench::empty();
    refuse_some(&bench);
    let trial = Trial::new(&bench, load, api, "K", ROWS, ONE_BY_ONE);
    let mut deaths = Vec::new();
    if load != Load::Insert && load != Load::InsertUnique {
        let look = ("the look at what is there", "/query", "", 0);
        assert!(dies_at(&bench, &trial, &held(&look, false), 1), "{}: no look", trial.what());
    }
    for place in places(api) {
        for processed in [false, true] {
            // What was settled by then is not sent again, so later calls become fewer.
            if dies_at(&bench, &trial, &held(place, processed), 1) {
                deaths.push((place.0, processed));
            }
            let seen = trial.seen(&bench);
            let rows: u64 = seen.iter().filter_map(|run| run["rows"].as_u64()).sum();
            assert!(rows == 0 || rows == trial.rows(), "{}: {seen:?}", trial.what());
        }
    }
    let done = trial.finish(&bench);
    trial.holds(&bench, &done, &format!("{deaths:?}"));
    trial.again_changes_nothing(&bench);
    assert!(deaths.len() >= 2, "{}: died only at {deaths:?}", trial.what());
}

/// Dies with several calls under way.
fn dies_with_all_in_flight(load: Load) {
    let bench = Bench::empty();
    refuse_some(&bench);
    for processed in [false, true] {
        let trial = Trial::new(&bench, load, "rest", &format!("F{processed}"), ROWS, AT_ONCE);
        let day = json!({"stall": {"processed": processed, "path_contains": "/composite/sobjects", "count": null}});
        assert!(dies_at(&bench, &trial, &day, 3));
        let done = trial.finish(&bench);
        trial.holds(&bench, &done, &format!("death with three calls under way, processed: {processed}"));
    }
}

macro_rules! each_load {
    ($($name:ident: $load:expr, $api:expr;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn dies_at_each_place() {
                let all = std::env::var_os("LINKSPAN_KILL_ROUNDS").is_some();
                if all || matches!($load, Load::Insert | Load::InsertUnique) {
                    dies_everywhere($load, $api);
                }
            }

            #[test]
            fn dies_at_one_place_after_the_other() {
                dies_again_and_again($load, $api);
            }
        }
    )*};
}

each_load! {
    insert_by_rest: Load::Insert, "rest";
    insert_by_bulk: Load::Insert, "bulk";
    insert_with_a_unique_key_by_rest: Load::InsertUnique, "rest";
    insert_with_a_unique_key_by_bulk: Load::InsertUnique, "bulk";
    upsert_by_rest: Load::Upsert, "rest";
    upsert_by_bulk: Load::Upsert, "bulk";
    update_by_rest: Load::Update, "rest";
    update_by_bulk: Load::Update, "bulk";
    delete_by_rest: Load::Delete, "rest";
    delete_by_bulk: Load::Delete, "bulk";
}

#[test]
fn it_dies_with_three_calls_under_way() {
    LOADS.into_iter().for_each(dies_with_all_in_flight);
}

/// Rows that nobody can tell from each other, a call each: what one of them made is not taken for what another one made.
#[test]
fn identical_rows_of_several_calls_each_have_a_record_of_their_own() {
    for processed in [false, true] {
        let bench = Bench::empty();
        let file = bench.file("same.csv", "Name\nSame\nSame\nSame\n");
        bench.org.fault(&held(&("", "/composite/sobjects", "", 1), processed));
        let options = r#"{"rows_per_call": 1, "parallel": 1}"#;
        let arguments =
            ["import", file.to_str().unwrap(), "--org", "p", "--object", "Account", "--operation", "insert"];
        let process = bench.spawn(&[&arguments[..], &["--api", "rest", "--options", options]].concat());
        until("the second call", || bench.org.unanswered() > 0);
        kill(process);
        bench.org.clear_faults();
        let done = bench.run(&["continue", "1"]);
        let made = bench.results(1, &["--outcome", "created"]);
        let ids: std::collections::BTreeSet<&str> = made.iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), made.len(), "processed: {processed}: one record for two rows: {made:?}");
        let records = bench.records("Account");
        let (created, unconfirmed) = (done.accounted().count("created"), done.count("unconfirmed"));
        assert!(created <= records && records <= created + unconfirmed, "processed: {processed}: {records}, {done:?}");
    }
}

/// Rows that met a lock in a job are sent again by calls; the run dies in the first of these.
#[test]
fn it_dies_while_locked_rows_are_sent_again() {
    for load in [Load::InsertUnique, Load::Upsert, Load::Update, Load::Delete] {
        for processed in [false, true] {
            let bench = Bench::empty();
            refuse_some(&bench);
            let trial = Trial::new(&bench, load, "bulk", "L", ROWS, ONE_BY_ONE);
            bench.org.fault(&json!({"lock_rows": {"share": 0.3}}));
            assert!(dies_at(&bench, &trial, &held(&("", "/composite/sobjects", "", 0), processed), 1));
            let done = trial.finish(&bench);
            trial.holds(&bench, &done, &format!("death while locked rows are sent again, processed: {processed}"));
        }
    }
}

/// A job at work, for as long as the org likes.
#[test]
fn it_dies_while_it_waits_for_a_job() {
    for load in LOADS {
        let bench = Bench::empty();
        refuse_some(&bench);
        let trial = Trial::new(&bench, load, "bulk", "P", ROWS, ONE_BY_ONE);
        bench.org.fault(&json!("job_stuck"));
        for _ in 0..3 {
            let hits = bench.org.hits();
            let run = trial.seen(&bench).map(|run| run["run"].to_string());
            let looks = |bench: &Bench| {
                let calls = bench.org.get("/__practice/log?after=0");
                let calls = calls["calls"].as_array().unwrap().clone();
                let is_look =
                    |call: &&Value| call["method"] == "GET" && call["path"].as_str().unwrap().contains("/jobs/ingest/");
                calls.iter().filter(is_look).count()
            };
            let before = looks(&bench);
            let process = match &run {
                Some(run) => bench.spawn(&["continue", run]),
                None => bench.spawn(&trial.arguments()),
            };
            // It looks once to close the job, and from then on waits for it.
            until("looks at a job at work", || looks(&bench) >= before + 3);
            kill(process);
            assert!(bench.org.hits() >= hits);
        }
        bench.org.clear_faults();
        let done = trial.finish(&bench);
        trial.holds(&bench, &done, "three deaths while a job was at work");
    }
}

/// The upload is so long that it cannot be in the sockets as a whole.
#[test]
fn it_dies_in_the_middle_of_an_upload() {
    let bench = Bench::empty();
    let row = |row: usize| format!("M-{row:05},Company {row},{}\n", "text ".repeat(6_000));
    let rows: String = (0..600).map(row).collect();
    let file = bench.file("large.csv", format!("AccountNumber,Name,Description\n{rows}"));
    bench.org.fault(&json!({"stall": {"processed": false, "path_contains": "/batches"}}));
    let arguments = ["import", file.to_str().unwrap(), "--org", "p", "--object", "Account"];
    let arguments = [&arguments[..], &["--operation", "insert", "--api", "bulk"]].concat();
    let process = bench.spawn(&arguments);
    until("the upload", || bench.org.hits() > 0);
    kill(process);
    bench.org.clear_faults();
    let done = bench.run(&["continue", "1"]);
    assert_eq!((done.code, done.accounted().count("created")), (0, 600), "{done:?}");
    assert_eq!(bench.records("Account"), 600);
}

/// Chance that can be lived through again.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (word ^ (word >> 31)) % most.max(1)
    }
}

/// A job that was opened, and whose rows nobody noted, is in the way of nobody: the run that made it stops it. One of somebody else is
/// listed and left alone.
#[test]
fn a_job_that_was_left_open_is_found_and_stopped() {
    let bench = Bench::empty();
    refuse_some(&bench);
    let other = r#"{"object": "Account", "operation": "insert", "contentType": "CSV"}"#;
    let made = bench.org.http("POST", "/services/data/v67.0/jobs/ingest", other);
    assert!(made.starts_with("HTTP/1.1 200"), "{made}");
    let trial = Trial::new(&bench, Load::Insert, "bulk", "O", ROWS, ONE_BY_ONE);
    assert!(dies_at(&bench, &trial, &json!({"stall": {"processed": false, "path_contains": "/batches"}}), 1));
    let jobs = || bench.run(&["jobs", "--org", "p"]).json()["jobs"].as_array().unwrap().clone();
    let of: Vec<_> = jobs().iter().map(|job| (job["state"].clone(), job["run"].clone())).collect();
    let run = trial.seen(&bench).unwrap()["run"].clone();
    assert_eq!(of.len(), 2, "{of:?}");
    assert!(of.contains(&(json!("Open"), run)) && of.contains(&(json!("Open"), json!(null))), "{of:?}");
    let done = trial.finish(&bench);
    trial.holds(&bench, &done, "death in the middle of an upload");
    let left = jobs();
    assert_eq!((left.len(), &left[0]["run"]), (1, &json!(null)), "{left:?}");
    let id = left[0]["job"].as_str().unwrap().to_owned();
    assert_eq!(bench.run(&["jobs", "--org", "p", "--abort", &id]).code, 0);
    assert!(jobs().is_empty());
    let unknown = bench.run(&["jobs", "--org", "p", "--abort", "7500000000000zz"]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
}

/// A number from the environment.
pub(crate) fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// One to four deaths at moments of chance: at a call, or so many microseconds after the start.
fn dies_at_random(bench: &Bench, round: u64) {
    let mut chance = Chance::new(setting("LINKSPAN_KILL_SEED", 1).wrapping_mul(1_000_003) + round);
    let load = LOADS[(round % 5) as usize];
    let api = if (round / 5).is_multiple_of(2) { "rest" } else { "bulk" };
    let options = if chance.below(2) == 0 { ONE_BY_ONE } else { AT_ONCE };
    let trial = Trial::new(bench, load, api, &format!("R{round}"), ROWS, options);
    let mut day = Vec::new();
    for _ in 0..=chance.below(4) {
        if trial.seen(bench).is_some_and(|run| run["state"] != "incomplete") {
            break;
        }
        if chance.below(2) == 0 {
            let (skip, processed) = (chance.below(14), chance.below(2) == 0);
            day.push(format!("call {skip}, processed: {processed}"));
            dies_at(bench, &trial, &json!({"stall": {"skip": skip, "processed": processed}}), 1);
            continue;
        }
        let moment = Duration::from_micros(chance.below(120_000));
        day.push(format!("{moment:?}"));
        let process = match trial.seen(bench) {
            Some(run) => bench.spawn(&["continue", &run["run"].to_string()]),
            None => bench.spawn(&trial.arguments()),
        };
        // Not a wait for something to happen: wherever it is by then, it dies.
        Cancel::new().sleep(moment).unwrap();
        kill(process);
    }
    let done = trial.finish(bench);
    trial.holds(bench, &done, &format!("round {round}: {day:?}"));
    trial.again_changes_nothing(bench);
}

#[test]
fn it_dies_at_random_moments() {
    let rounds = setting("LINKSPAN_KILL_ROUNDS", 10);
    for some in (0..rounds).collect::<Vec<_>>().chunks(20) {
        let bench = Bench::empty();
        refuse_some(&bench);
        some.iter().for_each(|round| dies_at_random(&bench, *round));
    }
}

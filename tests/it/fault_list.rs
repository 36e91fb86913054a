//! The whole list of bad days, each lived through by an import, by REST and by Bulk: no row is lost, none is sent twice.
//!
//! Rows are inserted and their key is no key to the org, so that a row sent twice would be there twice.

use crate::harness::{Bench, Done, program};
use serde_json::{Value, json};
use std::process::Stdio;

const ROWS: u64 = 600;

/// Faults that calls meet: on the first call and on the second one, before the work and after it.
fn days_of_calls(path: &str) -> Vec<Value> {
    let mut days = Vec::new();
    for status in [401, 403, 429, 500, 502, 503] {
        days.push(json!({"fail_next": {"status": status, "path_contains": path}}));
    }
    for status in [429, 503] {
        days.push(json!({"fail_next": {"status": status, "retry_after": 0, "count": 2, "path_contains": path}}));
    }
    for (fault, more) in [
        ("html_body", json!({"status": 503})),
        ("html_body", json!({"status": 200})),
        ("drop_connection", json!({"processed": true})),
        ("drop_connection", json!({"processed": false})),
        ("truncate_answer", json!({"gzip": false})),
        ("truncate_answer", json!({"gzip": true})),
    ] {
        for skip in [0, 1] {
            let mut settings = more.clone();
            settings["path_contains"] = json!(path);
            settings["skip"] = json!(skip);
            days.push(json!({ fault: settings }));
        }
    }
    days
}

/// Faults that fetching results meets.
fn days_of_results() -> Vec<Value> {
    let mut days = Vec::new();
    for path in ["uccessfulResults", "ailedResults", "nprocessed"] {
        for fault in ["drop_connection", "truncate_answer", "html_body"] {
            let more = match fault {
                "drop_connection" => json!({"processed": true, "path_contains": path}),
                "truncate_answer" => json!({"gzip": path.starts_with('u'), "path_contains": path}),
                _ => json!({"status": 502, "path_contains": path}),
            };
            days.push(json!({ fault: more }));
        }
    }
    days
}

/// Faults of sessions, rows, jobs, clock and quota.
fn days_of_the_org() -> Vec<Value> {
    vec![
        json!("expire_tokens"),
        json!({"expire_after": {"calls": 2}}),
        json!({"session_lifetime": {"seconds": 0}}),
        json!({"slow_answers": {"ms": 20}}),
        json!({"lock_rows": {"share": 0.2}}),
        json!("request_limit"),
        json!({"job_fails": {"after_rows": 200}}),
        json!({"job_aborted": {"after_rows": 200}}),
        json!({"job_deleted": {"after_rows": 200}}),
        json!({"delay_results": {"ms": 300}}),
        json!({"shuffle_results": true}),
        json!({"shuffle_results": false}),
        json!({"missing_results": {"share": 0.2}}),
        json!({"clock_skew": {"seconds": 7200}}),
        json!({"clock_skew": {"seconds": -7200}}),
        json!({"seed": 3, "faults": [
            {"drop_connection": {"processed": true, "share": 0.2, "count": null}},
            {"fail_next": {"status": 503, "share": 0.2, "count": null}},
            {"lock_rows": {"share": 0.05}},
        ]}),
    ]
}

/// Inserts a file of rows whose keys begin with `key` while `day` lasts, then goes on in good weather until all is told.
/// Tells whether the day struck at all, too.
fn live_through(bench: &Bench, api: &str, key: &str, day: &Value) -> (Done, bool) {
    let rows: String = (0..ROWS).map(|row| format!("{key}-{row:04},Company {row}\n")).collect();
    let file = bench.file("companies.csv", format!("AccountNumber,Name\n{rows}"));
    bench.org.fault(day);
    let mut done = bench.import(&file, "Account", "insert", &["--api", api]);
    let struck = bench.org.hits() > 0;
    bench.org.clear_faults();
    if done.json()["run"].is_null() {
        // Refused before a row was sent.
        assert!(done.json()["error"].is_string() && done.json()["hint"].is_string(), "{day}: {done:?}");
        assert_eq!(bench.query(&format!("SELECT COUNT(Id) n FROM Account WHERE AccountNumber LIKE '{key}-%'")), ["0"]);
        done = bench.import(&file, "Account", "insert", &["--api", api]);
    }
    let mut tries = 0;
    while done.json()["state"] == "incomplete" {
        assert!(done.json()["error"].is_string(), "{day}: a run that stops says why: {done:?}");
        tries += 1;
        assert!(tries < 5, "{day} by {api} never ends: {done:?}");
        done = bench.run(&["continue", &done.count("run").to_string()]);
    }
    (done, struck)
}

fn nothing_is_lost_or_doubled(bench: &Bench, key: &str, day: &str, done: &Done) {
    done.accounted();
    assert_eq!(done.count("rows"), ROWS, "{day}: {done:?}");
    let there = format!("FROM Account WHERE AccountNumber LIKE '{key}-%'");
    let count = |what: &str| -> u64 {
        bench.query(&format!("SELECT {what} n {there}"))[0].trim_end_matches(".0").parse().unwrap()
    };
    let records = count("COUNT(Id)");
    assert_eq!(records, count("COUNT_DISTINCT(AccountNumber)"), "{day}: a row is there twice: {done:?}");
    let (created, unconfirmed) = (done.count("created"), done.count("unconfirmed"));
    assert!(created <= records, "{day}: {records} records, yet {done:?}");
    assert!(records <= created + unconfirmed, "{day}: {records} records, more than were told: {done:?}");
}

fn every_day(api: &str, days: Vec<Value>, all_strike: bool) {
    let bench = Bench::with_app();
    for (number, day) in days.iter().enumerate() {
        let key = format!("D{number:03}");
        let (done, struck) = live_through(&bench, api, &key, day);
        assert!(struck || !all_strike, "{day} by {api} struck nothing: {done:?}");
        nothing_is_lost_or_doubled(&bench, &key, &format!("{day} by {api}"), &done);
    }
}

#[test]
fn bad_answers_by_rest() {
    every_day("rest", days_of_calls("composite"), true);
}

#[test]
fn bad_answers_by_bulk() {
    every_day("bulk", days_of_calls("jobs/ingest"), true);
}

#[test]
fn bad_answers_to_who_fetches_results() {
    every_day("bulk", days_of_results(), true);
}

#[test]
fn bad_days_of_the_org_by_rest() {
    every_day("rest", days_of_the_org(), false);
}

#[test]
fn bad_days_of_the_org_by_bulk() {
    every_day("bulk", days_of_the_org(), false);
}

/// One parent is held by somebody else: its children fail, and only they.
#[test]
fn a_held_parent_locks_its_children_alone() {
    for api in ["rest", "bulk"] {
        let bench = Bench::empty();
        let accounts = bench.file("accounts.csv", "ERP_Id__c,Name\nHELD,Held\nFREE,Free\n");
        bench.import(&accounts, "Account", "insert", &[]);
        let held = bench.query("SELECT Id FROM Account WHERE ERP_Id__c = 'HELD'")[0].clone();
        let rows: String =
            (0..40).map(|row| format!("Person {row},{}\n", if row % 4 == 0 { "HELD" } else { "FREE" })).collect();
        let people = bench.file("people.csv", format!("LastName,Account\n{rows}"));
        assert_eq!(held.len(), 18, "{held}");
        bench.org.fault(&json!({"lock_parent": {"id": held}}));
        let mapping = bench.file(
            "mapping.json",
            r#"[{"target": "LastName", "column": "LastName"}, {"target": "Account.ERP_Id__c", "column": "Account"}]"#,
        );
        let mapping = ["--api", api, "--mapping", mapping.to_str().unwrap()];
        let done = bench.import(&people, "Contact", "insert", &mapping);
        assert_eq!((done.accounted().count("created"), done.count("failed")), (30, 10), "{api}: {done:?}");
        bench.org.clear_faults();
        let again = bench.run(&["retry", &done.count("run").to_string()]);
        assert_eq!(again.accounted().count("created"), 10, "{api}: {again:?}");
        assert_eq!(bench.records("Contact"), 40, "{api}");
    }
}

/// Nothing comes on an open line; when the line is cut at last, the rows are told of truly.
#[test]
fn a_stalled_call_loses_nothing() {
    for (api, path) in [("rest", "composite"), ("bulk", "batches"), ("bulk", "uccessfulResults")] {
        for processed in [true, false] {
            let bench = Bench::with_app();
            let day = json!({"stall": {"processed": processed, "path_contains": path}});
            let rows: String = (0..ROWS).map(|row| format!("S-{row:04},Company {row}\n")).collect();
            let file = bench.file("companies.csv", format!("AccountNumber,Name\n{rows}"));
            bench.org.fault(&day);
            let running = program(bench.home.path())
                .args(["import", file.to_str().unwrap(), "--org", "p", "--object", "Account"])
                .args(["--operation", "insert", "--api", api, "--json"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            while bench.org.hits() == 0 {}
            bench.org.clear_faults();
            let mut done = Done::from(running.wait_with_output().unwrap());
            if done.json()["state"] == "incomplete" {
                done = bench.run(&["continue", "1"]);
            }
            nothing_is_lost_or_doubled(&bench, "S", &format!("{day} by {api}"), &done);
        }
    }
}

/// An org that moves in mid-run is followed to where it is now.
#[test]
fn an_org_that_moves_is_followed() {
    for api in ["rest", "bulk"] {
        let bench = Bench::with_app();
        bench.org.fault(&json!("instance_url_change"));
        let (done, _) = live_through(&bench, api, "M", &json!({"shuffle_results": true}));
        nothing_is_lost_or_doubled(&bench, "M", &format!("a move, by {api}"), &done);
        assert_eq!(done.count("created"), ROWS, "{api}: {done:?}");
    }
}

//! Answers get lost, processes die: no row is lost or sent twice.

use crate::harness::{Bench, Done, Org, fixture, program};
use serde_json::json;
use std::process::Stdio;

const KEY: [&str; 2] = ["--external-id", "ERP_Id__c"];

fn customers(bench: &Bench, more: &[&str]) -> Done {
    let mut all = KEY.to_vec();
    all.extend(more);
    bench.import(&fixture("northwind/customers.csv"), "Account", "upsert", &all)
}

#[test]
fn a_busy_org_is_met_with_patience() {
    for fault in [
        json!({"fail_next": {"status": 503, "retry_after": 0, "count": 2, "path_contains": "composite"}}),
        json!({"fail_next": {"status": 503, "code": "SERVER_UNAVAILABLE", "count": 1, "path_contains": "composite"}}),
        json!({"drop_connection": {"processed": false, "path_contains": "composite", "count": 1}}),
    ] {
        let bench = Bench::empty();
        bench.org.fault(&fault);
        let done = customers(&bench, &["--api", "rest"]);
        assert_eq!((done.code, done.accounted().count("created")), (0, 93), "{fault}: {done:?}");
        assert_eq!(bench.records("Account"), 93, "{fault}");
    }
}

#[test]
fn a_lost_answer_to_an_upsert_is_settled_by_asking() {
    let bench = Bench::empty();
    bench.org.fault(&json!({"drop_connection": {"processed": true, "path_contains": "composite", "count": 1}}));
    let done = customers(&bench, &["--api", "rest"]);
    assert_eq!((done.code, done.accounted().count("created")), (0, 93), "{done:?}");
    assert_eq!(bench.records("Account"), 93);
}

#[test]
fn a_lost_answer_to_an_insert_is_never_sent_again() {
    let bench = Bench::empty();
    bench.org.fault(&json!({"drop_connection": {"processed": true, "path_contains": "composite", "count": 1}}));
    let done = bench.import(&fixture("northwind/customers.csv"), "Account", "insert", &["--api", "rest"]);
    done.accounted();
    assert_eq!(done.count("created") + done.count("unconfirmed"), 93, "{done:?}");
    assert_eq!(bench.records("Account"), 93, "not one twice");
}

#[test]
fn lost_answers_of_a_bulk_job_change_nothing() {
    for path in ["/batches", "/ingest"] {
        for processed in [true, false] {
            let bench = Bench::empty();
            let count = 1;
            bench
                .org
                .fault(&json!({"drop_connection": {"processed": processed, "path_contains": path, "count": count}}));
            let done = customers(&bench, &["--api", "bulk"]);
            assert_eq!((done.code, done.accounted().count("created")), (0, 93), "{path} {processed}: {done:?}");
            assert_eq!(bench.records("Account"), 93);
        }
    }
}

#[test]
fn a_job_that_stops_half_way_loses_no_row() {
    let bench = Bench::empty();
    let rows: String = (0..1_000).map(|row| format!("K{row:04},Company {row}\n")).collect();
    let file = bench.file("companies.csv", format!("ERP_Id__c,Name\n{rows}"));
    bench.org.fault(&json!({"job_fails": {"after_rows": 400}}));
    let done = bench.import(&file, "Account", "upsert", &["--external-id", "ERP_Id__c", "--api", "bulk"]);
    assert_eq!((done.code, done.accounted().count("created")), (0, 1_000), "{done:?}");
    assert_eq!(bench.records("Account"), 1_000);
}

#[test]
fn rows_in_none_of_the_result_sets_are_unconfirmed() {
    let bench = Bench::empty();
    bench.org.fault(&json!({"missing_results": {"share": 0.3}}));
    let done = customers(&bench, &["--api", "bulk"]);
    done.accounted();
    assert!(done.count("unconfirmed") > 0, "{done:?}");
    assert_eq!(done.code, 1);
}

#[test]
fn row_locks_are_told_with_what_to_do() {
    let bench = Bench::empty();
    bench.org.fault(&json!({"lock_rows": {"share": 1.0}}));
    let at_once = r#"{"retry":{"first_ms":0}}"#;
    let done = customers(&bench, &["--api", "rest", "--options", at_once]);
    assert_eq!((done.code, done.accounted().count("failed")), (1, 93), "{done:?}");
    let failed = bench.results(done.count("run"), &[]);
    assert_eq!(failed[0]["code"], "UNABLE_TO_LOCK_ROW");
    assert!(failed[0]["hint"].is_string(), "{failed:?}");
    bench.org.clear_faults();
    let again = bench.run(&["retry", &done.count("run").to_string()]);
    assert_eq!((again.code, again.accounted().count("created")), (0, 93), "{again:?}");
}

#[test]
fn an_ended_session_stops_the_run_and_loses_nothing() {
    let bench = Bench::empty();
    bench.org.fault(
        &json!({"fail_next": {"status": 401, "code": "INVALID_SESSION_ID", "count": 1, "path_contains": "composite"}}),
    );
    let done = customers(&bench, &["--api", "rest"]);
    assert_eq!((done.code, done.accounted().count("waiting")), (2, 93), "{done:?}");
    assert_eq!(done.json()["state"], "incomplete", "{done:?}");
    let rest = bench.run(&["continue", "1"]);
    assert_eq!((rest.code, rest.accounted().count("created")), (0, 93), "{rest:?}");
}

/// The job went through; only its results could not be fetched. Plain inserts, so that a second job would make second records.
#[test]
fn a_job_whose_results_were_not_had_is_asked_again_and_not_sent_again() {
    let bench = Bench::empty();
    bench.org.fault(
        &json!({"fail_next": {"status": 401, "code": "INVALID_SESSION_ID", "count": 1, "path_contains": "Results"}}),
    );
    let done = bench.import(&fixture("northwind/customers.csv"), "Account", "insert", &["--api", "bulk"]);
    assert_eq!((done.code, done.count("waiting")), (2, 93), "{done:?}");
    assert!(done.json()["error"].is_string() && done.json()["hint"].is_string(), "{done:?}");
    let rest = bench.run(&["continue", &done.count("run").to_string()]);
    assert_eq!((rest.code, rest.accounted().count("created")), (0, 93), "{rest:?}");
    assert_eq!(bench.records("Account"), 93);
}

/// Killed with nothing said, at moments all over the run, and continued each time.
#[test]
fn a_killed_run_is_continued_without_a_row_lost_or_sent_twice() {
    for api in ["rest", "bulk"] {
        let bench = Bench::empty();
        let rows: String = (0..3_000).map(|row| format!("K{row:04},Company {row}\n")).collect();
        let file = bench.file("companies.csv", format!("ERP_Id__c,Name\n{rows}"));
        bench.org.fault(&json!({"slow_answers": {"ms": 30}}));
        let mut process = program(bench.home.path())
            .args([
                "import",
                file.to_str().unwrap(),
                "--org",
                "p",
                "--object",
                "Account",
                "--operation",
                "insert",
                "--api",
                api,
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Not a wait for something to happen: wherever it is by then, it dies.
        let cancel = linkspan::cancel::Cancel::new();
        cancel.sleep(std::time::Duration::from_millis(700)).unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
        bench.org.clear_faults();

        let runs = bench.run(&["runs"]).json();
        let Some(run) = runs["runs"].as_array().unwrap().first() else { continue };
        if run["state"] != "incomplete" {
            continue;
        }
        let done = bench.run(&["continue", &run["run"].to_string()]);
        done.accounted();
        assert_eq!(done.count("rows"), 3_000, "{done:?}");
        assert_eq!(done.count("created") + done.count("unconfirmed"), 3_000, "{done:?}");
        let (records, distinct) =
            (bench.records("Account"), bench.query("SELECT COUNT_DISTINCT(ERP_Id__c) n FROM Account"));
        assert_eq!(records.to_string(), distinct[0].trim_end_matches(".0"), "{api}: none twice");
        assert!(records >= done.count("created"), "{api}: none lost");
    }
}

/// Ctrl+C stops between deliveries, awaits what is in flight, and ends in JSON like anything else.
#[cfg(unix)]
#[test]
fn an_interrupted_run_accounts_for_every_row_and_can_be_continued() {
    for api in ["rest", "bulk"] {
        let bench = Bench::empty();
        let rows: String = (0..4_000).map(|row| format!("K{row:04},Company {row}\n")).collect();
        let file = bench.file("companies.csv", format!("ERP_Id__c,Name\n{rows}"));
        bench.org.fault(&json!({"slow_answers": {"ms": 60}}));
        let process = program(bench.home.path())
            .args(["import", file.to_str().unwrap(), "--org", "p", "--object", "Account", "--operation", "insert"])
            .args(["--api", api, "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Once the ledger has the run, somebody listens.
        while bench.run(&["runs"]).json()["runs"].as_array().unwrap().is_empty() {}
        let asked = std::process::Command::new("kill").args(["-INT", &process.id().to_string()]).status().unwrap();
        assert!(asked.success());
        let done = Done::from(process.wait_with_output().unwrap());
        bench.org.clear_faults();
        done.accounted();
        if done.json()["state"] == "complete" {
            continue;
        }
        assert_eq!((done.code, done.json()["state"].as_str()), (2, Some("incomplete")), "{done:?}");
        let rest = bench.run(&["continue", "1"]);
        assert_eq!((rest.code, rest.accounted().count("created")), (0, 4_000), "{api}: {rest:?}");
        assert_eq!(bench.records("Account"), 4_000, "{api}: none twice");
    }
}

#[test]
fn a_run_is_not_continued_into_another_org() {
    let mut bench = Bench::empty();
    let trial = customers(&bench, &["--trial", "5"]);
    assert_eq!(trial.code, 0, "{trial:?}");
    let other = Org::start(bench.home.path(), &["--memory", "--seed", "empty"]);
    let same = other.welcome["org_id"] == bench.org.welcome["org_id"];
    bench.org = other;
    bench.know_org();
    let done = bench.run(&["continue", "1"]);
    if same {
        // Practice orgs may share an id; then it is the same org as far as anybody can tell.
        return;
    }
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.stderr.contains("now leads to org"), "{done:?}");
}

/// The rows of a run are those that it read, whatever becomes of the file since; and it says so.
#[test]
fn a_file_that_is_edited_or_moved_changes_nothing_about_a_run_under_way() {
    let bench = Bench::empty();
    let rows: String = (0..1_000).map(|row| format!("K{row:05},Company {row}\n")).collect();
    let content = format!("ERP_Id__c,Name\n{rows}");
    let file = bench.file("many.csv", &content);
    let tight =
        r#"{"api":"rest","rows_per_call":50,"keep_before":false,"skip_equal":false,"budget":{"most_calls":15}}"#;
    let stopped = bench.import(&file, "Account", "insert", &["--options", tight]);
    assert_eq!(stopped.json()["state"], "incomplete", "{stopped:?}");
    let note = |done: &Done| done.json()["notes"][0].as_str().unwrap_or_default().to_owned();
    std::fs::write(&file, content.replace("Company", "Firm")).unwrap();
    let edited = bench.run(&["resume", "1"]);
    assert!(
        note(&edited).contains("many.csv has been edited since the run began; the run goes on with its rows"),
        "{edited:?}"
    );
    std::fs::remove_file(&file).unwrap();
    let moved = bench.run(&["resume", "1", "--options", r#"{"budget":{"most_calls":500}}"#]);
    assert!(note(&moved).contains("is no longer where it was"), "{moved:?}");
    assert_eq!((moved.code, moved.accounted().count("created")), (0, 1_000), "{moved:?}");
    assert_eq!(bench.query("SELECT Id FROM Account WHERE Name LIKE 'Firm%'").len(), 0);
    assert_eq!(bench.query("SELECT Id FROM Account WHERE Name LIKE 'Company%'").len(), 1_000);
    assert_eq!(bench.records("Account"), 1_000);
}

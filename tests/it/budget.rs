//! A run takes no more of the org's API requests than it may, sends nothing twice, and leaves alone what is already as it should be.

use crate::harness::{Bench, fixture};
use serde_json::json;

const KEY: [&str; 2] = ["--external-id", "ERP_Id__c"];

fn many(bench: &Bench, rows: usize) -> std::path::PathBuf {
    let rows: String = (0..rows).map(|row| format!("K{row:05},Company {row}\n")).collect();
    bench.file("many.csv", format!("ERP_Id__c,Name\n{rows}"))
}

#[test]
fn the_ceiling_of_calls_is_never_crossed_and_the_rest_can_be_continued() {
    let bench = Bench::empty();
    let file = many(&bench, 3_000);
    let options =
        r#"{"api":"rest","rows_per_call":50,"keep_before":false,"skip_equal":false,"budget":{"most_calls":30}}"#;
    let done = bench.import(&file, "Account", "upsert", &[KEY[0], KEY[1], "--options", options]);
    assert_eq!((done.code, done.json()["state"].as_str()), (2, Some("incomplete")), "{done:?}");
    assert!(done.accounted().count("waiting") > 0 && done.count("created") > 0, "{done:?}");
    assert!(done.count("api_calls") <= 30, "{done:?}");
    assert!(done.json()["cause"].as_str().unwrap().contains("no more than 30 API calls"), "{done:?}");
    assert_eq!(bench.records("Account"), done.count("created"));
    let stuck = bench.run(&["resume", "1"]);
    assert_eq!(stuck.code, 2, "the limit holds over all stretches: {stuck:?}");
    let raised = bench.run(&["resume", "1", "--options", r#"{"budget":{"most_calls":500}}"#]);
    assert_eq!((raised.code, raised.accounted().count("created")), (0, 3_000), "{raised:?}");
    assert_eq!(bench.records("Account"), 3_000);
}

/// Calls of a stretch that was killed count too.
#[test]
fn the_ceiling_holds_over_a_death() {
    let bench = Bench::empty();
    let file = many(&bench, 3_000);
    let options = r#"{"api":"rest","rows_per_call":50,"parallel":1,"keep_before":false,"skip_equal":false,"budget":{"most_calls":30}}"#;
    bench.org.fault(&json!({"stall": {"processed": false, "path_contains": "/composite/sobjects", "skip": 19}}));
    let arguments = ["import", file.to_str().unwrap(), "--org", "p", "--object", "Account", "--operation", "upsert"];
    let mut run = bench.spawn(&[&arguments[..], &KEY, &["--options", options]].concat());
    while bench.org.unanswered() == 0 {
        assert!(run.try_wait().unwrap().is_none(), "it ended before it could be killed");
    }
    run.kill().unwrap();
    run.wait().unwrap();
    bench.org.clear_faults();
    let stopped = bench.run(&["resume", "1"]);
    assert_eq!(stopped.json()["state"], "incomplete", "{stopped:?}");
    let (calls, rows) = (stopped.count("api_calls"), bench.records("Account"));
    assert!((20..=30).contains(&calls) && rows <= 1_500, "{rows} rows by {calls} calls: {stopped:?}");
}

#[test]
fn a_dry_run_tells_what_the_run_will_take_and_what_the_org_has_left() {
    for (api, rows) in [("rest", 900), ("bulk", 900), ("auto", 3_000)] {
        let bench = Bench::empty();
        let file = many(&bench, rows);
        let real = [KEY[0], KEY[1], "--api", api];
        let dry = bench.import(&file, "Account", "upsert", &[&real[..], &["--dry-run"]].concat());
        let use_of = dry.json()["api_use"][0].clone();
        let left = bench.org.get("/services/data/v67.0/limits")["DailyApiRequests"]["Remaining"].as_i64().unwrap();
        let told = use_of["calls_left"].as_i64().unwrap();
        assert!((left..left + 3).contains(&told), "{told} {left}");
        let real = bench.import(&file, "Account", "upsert", &real);
        let (guess, calls) = (use_of["calls"].as_u64().unwrap(), real.accounted().count("api_calls"));
        assert!(guess + 4 >= calls && guess <= calls * 2 + 4, "{api}: guessed {guess}, made {calls}");
        let by_bulk = if api == "rest" { (0, 0) } else { (1, rows) };
        assert_eq!(
            (use_of["bulk_jobs"].as_u64(), use_of["bulk_rows"].as_u64()),
            (Some(by_bulk.0), Some(by_bulk.1 as u64))
        );
        assert_eq!(use_of["concerns"], json!([]), "{dry:?}");
    }
    let bench = Bench::empty();
    let tight = r#"{"budget":{"most_calls":3}}"#;
    let dry = bench.import(&many(&bench, 900), "Account", "upsert", &[KEY[0], KEY[1], "--dry-run", "--options", tight]);
    assert!(dry.json()["api_use"][0]["concerns"][0].as_str().unwrap().contains("3 requests at most"), "{dry:?}");
}

#[test]
fn quiet_hours_pause_a_run_until_they_end() {
    let bench = Bench::empty();
    let quiet = r#"{"budget":{"quiet":{"from":0,"to":1439}}}"#;
    let mut child = crate::harness::program(bench.home.path())
        .args(["import", fixture("northwind/customers.csv").to_str().unwrap(), "--org", "p", "--object", "Account"])
        .args(["--operation", "insert", "--options", quiet])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut stderr = child.stderr.take().unwrap();
    let mut piece = [0; 256];
    while !said.contains("paused until") {
        let read = std::io::Read::read(&mut stderr, &mut piece).unwrap();
        assert!(read > 0, "it ended instead of pausing: {said}");
        said.push_str(&String::from_utf8_lossy(&piece[..read]));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(bench.records("Account"), 0, "nothing is sent in quiet hours");
    let done = bench.run(&["resume", "1", "--options", r#"{"budget":{"quiet":null}}"#]);
    assert_eq!((done.code, done.accounted().count("created")), (0, 93), "{done:?}");
}

#[test]
fn rows_that_are_locked_are_sent_again_by_themselves() {
    for api in ["rest", "bulk"] {
        let bench = Bench::empty();
        bench.org.fault(&json!({"lock_rows": {"share": 0.3}}));
        let options = format!(r#"{{"api":"{api}","retry":{{"attempts":20,"first_ms":0}}}}"#);
        let file = many(&bench, 1_000);
        let done = bench.import(&file, "Account", "insert", &["--options", &options]);
        assert_eq!((done.code, done.accounted().count("created")), (0, 1_000), "{api}: {done:?}");
        assert_eq!(bench.records("Account"), 1_000, "{api}");
    }
}

#[test]
fn records_that_have_every_value_are_left_alone_and_the_dry_run_says_so_before() {
    let bench = Bench::empty();
    let customers = fixture("northwind/customers.csv");
    bench.import(&customers, "Account", "upsert", &KEY);
    let file = bench.file(
        "few.csv",
        "ERP_Id__c,Name,Phone\nALFKI,Alfreds Futterkiste,030-0074321\nANATR,Ana,1\nNEW,New,2\n,No key,3\n",
    );
    let dry = bench.import(&file, "Account", "upsert", &[KEY[0], KEY[1], "--dry-run"]);
    let real = bench.import(&file, "Account", "upsert", &KEY);
    real.accounted();
    for (count, rows) in [("created", 1), ("updated", 1), ("unchanged", 1), ("not_sent", 1)] {
        assert_eq!((dry.count(count), real.count(count)), (rows, rows), "{count}: {dry:?} {real:?}");
    }
    let all = bench.import(&file, "Account", "upsert", &[KEY[0], KEY[1], "--options", r#"{"skip_equal":false}"#]);
    assert_eq!((all.accounted().count("updated"), all.count("unchanged")), (3, 0), "{all:?}");
}

/// From a row to the very call, or to its line of the job.
#[test]
fn a_row_knows_the_request_that_carried_it() {
    let bench = Bench::empty();
    let file = bench.file("two.csv", "ERP_Id__c,Name,Phone\nA,Acme,1\nB,,2\nC,\"Comma, Inc.\",3\n");
    let of = |run: u64, row: &str| {
        let done = bench.run(&["request", &run.to_string(), "--row", row]);
        assert_eq!(done.code, 0, "{done:?}");
        serde_json::from_str::<serde_json::Value>(done.stdout.lines().next().unwrap()).unwrap()
    };
    let rest = bench.import(&file, "Account", "upsert", &[KEY[0], KEY[1], "--api", "rest"]);
    let told = of(rest.count("run"), "3");
    assert!(told["sent"].as_str().unwrap().contains("Comma, Inc."), "{told}");
    assert!(told["heard"].as_str().unwrap().contains("\"success\": true"), "{told}");
    let call = &told["call"];
    assert_eq!((call["method"].as_str(), call["status"].as_u64()), (Some("PATCH"), Some(200)));
    let whole = call.to_string();
    assert!(whole.contains("Bearer ••••••") && whole.contains("Acme"), "{whole}");
    let token = bench.org.welcome["access_token"].as_str().unwrap();
    assert!(!whole.contains(token), "the session is masked");
    let bulk = bench.import(&file, "Account", "insert", &["--api", "bulk"]);
    assert_eq!(bulk.accounted().count("failed"), 2, "{bulk:?}");
    let told = of(bulk.count("run"), "3");
    assert_eq!(told["sent"], "ERP_Id__c,Name,Phone\nC,\"Comma, Inc.\",3", "{told}");
    assert!(told["heard"].as_str().unwrap().contains("DUPLICATE_VALUE"), "{told}");
    assert!(told["job"].is_string(), "{told}");
}

/// Options that one API lacks force the other, and say so.
#[test]
fn an_option_that_an_api_lacks_forces_the_other() {
    let bench = Bench::empty();
    let customers = fixture("northwind/customers.csv");
    let options = r#"{"save_duplicates":true}"#;
    let done = bench.import(&customers, "Account", "insert", &["--api", "bulk", "--options", options]);
    assert_eq!((done.code, done.json()["api"].as_str()), (0, Some("rest")), "{done:?}");
    assert!(done.json()["steps"][0]["api_why"].as_str().unwrap().contains("duplicate rule"), "{done:?}");
    let file = bench.file("gone.csv", format!("Id\n{}\n", bench.query("SELECT Id FROM Account LIMIT 1")[0]));
    let done = bench.import(&file, "Account", "delete", &["--options", r#"{"hard_delete":true}"#]);
    assert_eq!((done.code, done.json()["api"].as_str(), done.count("deleted")), (0, Some("bulk"), 1), "{done:?}");
}

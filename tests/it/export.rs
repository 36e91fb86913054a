//! Exports through the binary: whole or not at all, by either API, and on from where they were killed.

use crate::harness::{Bench, Done, program};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Rows of more than one page of either API.
const ROWS: usize = 120_000;

/// An org with many accounts, shared by nobody.
fn many(rows: usize) -> Bench {
    Bench::with(&["--memory", "--seed", &format!("large:Account={rows}")])
}

fn export(bench: &Bench, name: &str, more: &[&str]) -> (Done, PathBuf) {
    let path = bench.home.path().join(name);
    let mut arguments = vec!["export", "p", "--output", path.to_str().unwrap()];
    arguments.extend(more);
    (bench.run(&arguments), path)
}

fn lines(path: &Path) -> usize {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).lines().count()
}

/// What stands in the home folder, hidden and own folders aside.
fn files(bench: &Bench) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(bench.home.path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("out"))
        .collect();
    names.sort();
    names
}

/// Starts an export that will be killed.
fn begin(bench: &Bench, arguments: &[&str]) -> Child {
    program(bench.home.path()).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until something is true, for a minute at most.
fn until(what: &str, mut is: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

#[test]
fn both_apis_write_the_same_rows_and_say_why_they_were_chosen() {
    let bench = Bench::demo();
    let soql = "SELECT Id, Name, AnnualRevenue, CreatedDate, Owner.Username FROM Account";
    let (rest, by_rest) = export(&bench, "out1.csv", &["--soql", soql]);
    assert_eq!(rest.code, 0, "{rest:?}");
    assert_eq!((rest.json()["api"].as_str(), rest.count("rows")), (Some("rest"), bench.records("Account")));
    assert!(rest.json()["api_why"].as_str().unwrap().contains("fewer than 10,000"), "{rest:?}");
    let (bulk, by_bulk) = export(&bench, "out2.csv", &["--soql", soql, "--api", "bulk"]);
    assert_eq!((bulk.code, bulk.json()["api"].as_str()), (0, Some("bulk")), "{bulk:?}");
    let sorted = |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines[1..].sort();
        lines
    };
    assert_eq!(sorted(&by_rest), sorted(&by_bulk));
    assert_eq!(files(&bench), ["out1.csv", "out2.csv"], "nothing else is left behind");

    // What the Bulk API does not take goes by REST and says so.
    for (soql, why) in [
        ("SELECT Type, COUNT(Id) n FROM Account GROUP BY Type", "GROUP BY"),
        ("SELECT COUNT() FROM Account", "aggregates"),
        ("SELECT Id, (SELECT LastName FROM Contacts) FROM Account LIMIT 5", "child queries"),
        ("SELECT Id, BillingAddress FROM Account", "compound fields such as BillingAddress"),
        ("SELECT Id, TYPEOF What WHEN Account THEN Name END FROM Task", "TYPEOF"),
        ("SELECT Id FROM Account LIMIT 5 OFFSET 5", "OFFSET"),
    ] {
        let (done, _) = export(&bench, "out.csv", &["--soql", soql, "--api", "bulk"]);
        assert_eq!((done.code, done.json()["api"].as_str()), (0, Some("rest")), "{soql} {done:?}");
        assert!(done.json()["api_why"].as_str().unwrap().contains(why), "{soql} {done:?}");
    }
    let (wrong, path) = export(&bench, "out3.csv", &["--soql", "SELECT Nmae FROM Account"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.json()["error"].as_str().unwrap().contains("Nmae") && !path.exists(), "{wrong:?}");
}

#[test]
fn objects_and_fields_are_picked_and_written_in_every_format() {
    let bench = Bench::demo();
    let picked = ["--object", "Contact", "--fields", "LastName,Account.Owner.Username,IsDeleted"];
    let mut arguments = picked.to_vec();
    arguments.extend(["--where", "LastName > 'M' OR LastName < 'C'", "--order-by", "LastName DESC", "--limit", "7"]);
    let (csv, path) = export(&bench, "out.csv", &arguments);
    assert_eq!((csv.code, csv.count("rows")), (0, 7), "{csv:?}");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("LastName,Account.Owner.Username,IsDeleted\n"), "{text}");
    let (json, path) = export(&bench, "out.jsonl", &arguments);
    assert_eq!(json.code, 0, "{json:?}");
    let text = std::fs::read_to_string(&path).unwrap();
    let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert!(first["IsDeleted"].is_boolean(), "{first}");
    let (xlsx, path) = export(&bench, "out.xlsx", &arguments);
    assert_eq!((xlsx.code, xlsx.count("rows")), (0, 7), "{xlsx:?}");
    assert!(std::fs::read(&path).unwrap().starts_with(b"PK"));
    let (excel, path) = export(&bench, "out.csv", &[&arguments[..], &["--for-excel"]].concat());
    assert_eq!(excel.code, 0, "{excel:?}");
    let bytes = std::fs::read(&path).unwrap();
    assert!(bytes.starts_with(b"\xef\xbb\xbf") && bytes.ends_with(b"\r\n"));
    let (all, _) = export(&bench, "out.csv", &["--object", "account"]);
    assert_eq!((all.code, all.count("rows")), (0, bench.records("Account")), "{all:?}");
    assert!(all.stderr.contains("left out: BillingAddress"), "{all:?}");
    let (none, path) = export(&bench, "out.csv", &["--soql", "SELECT Id, Name FROM Account WHERE Name = 'nobody'"]);
    assert_eq!((none.code, none.count("rows")), (0, 0), "{none:?}");
    assert_eq!(std::fs::read_to_string(path).unwrap(), "Id,Name\n");
}

#[test]
fn a_killed_bulk_export_goes_on_with_the_pages_it_has() {
    let bench = many(ROWS);
    let soql = "SELECT Id, Name, AnnualRevenue, SystemModstamp FROM Account";
    let (whole, undisturbed) = export(&bench, "undisturbed.csv", &["--soql", soql]);
    assert_eq!((whole.code, whole.json()["api"].as_str()), (0, Some("bulk")), "{whole:?}");
    assert_eq!(whole.count("rows"), ROWS as u64);

    // One of the three pages never comes; it is killed while it waits, with the other two here, written or about to be.
    let path = bench.home.path().join("out.csv");
    bench.org.fault(&json!({ "stall": { "processed": false, "path_contains": "/results", "skip": 2, "count": 1 } }));
    let output = path.to_str().unwrap();
    let mut child = begin(&bench, &["export", "p", "--soql", soql, "--output", output]);
    let pages = bench.home.path().join("out.csv.pages");
    until("two pages are here", || {
        let list = bench.run(&["exports"]).json();
        let written = list["exports"][0]["rows"].as_u64().unwrap().div_ceil(50_000);
        // A page that is written is removed a moment later.
        let waits = |number: &u64| *number >= written && pages.join(format!("page-{number}.csv")).exists();
        let waiting = (0..3).filter(waits).count() as u64;
        waiting + written == 2
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!path.exists(), "the file appears whole or not at all");
    bench.org.clear_faults();

    let list = bench.run(&["exports"]).json();
    let stopped = &list["exports"][0];
    assert_eq!(stopped["state"], "incomplete", "{list}");
    let id = stopped["export"].to_string();
    // Nothing may be counted or asked anew, and no page twice.
    bench.org.fault(&json!({ "fail_next": { "status": 500, "count": 50, "method": "POST" } }));
    bench.org.fault(&json!({ "fail_next": { "status": 404, "count": 50, "path_contains": "/results", "skip": 1 } }));
    let resumed = bench.run(&["export", "--resume", &id]);
    assert_eq!((resumed.code, resumed.count("rows")), (0, ROWS as u64), "{resumed:?}");
    assert_eq!((bench.org.hits(), &resumed.json()["notes"]), (0, &json!([])), "something was asked for again");
    assert!(std::fs::read(&path).unwrap() == std::fs::read(&undisturbed).unwrap(), "the same bytes");
    assert_eq!(files(&bench), ["out.csv"]);
    let again = bench.run(&["export", "--resume", &id]);
    assert!(again.code == 2 && again.json()["error"].as_str().unwrap().contains("complete"), "{again:?}");
}

#[test]
fn a_killed_export_by_rest_goes_on_behind_its_last_row() {
    let bench = many(30_000);
    let soql = "SELECT Name, AnnualRevenue FROM Account";
    let (whole, undisturbed) = export(&bench, "undisturbed.csv", &["--soql", soql, "--api", "rest"]);
    assert_eq!((whole.code, whole.count("rows")), (0, 30_000), "{whole:?}");
    let path = bench.home.path().join("out.csv");
    bench.org.fault(&json!({ "slow_answers": { "ms": 300, "path_contains": "/query/" } }));
    let output = path.to_str().unwrap();
    let mut child = begin(&bench, &["export", "p", "--soql", soql, "--output", output, "--api", "rest"]);
    until("rows are noted", || {
        let list = bench.run(&["exports"]).json();
        let newest = &list["exports"][0];
        newest["export"] == 2 && newest["rows"].as_u64().unwrap() >= 6_000
    });
    child.kill().unwrap();
    child.wait().unwrap();
    bench.org.clear_faults();
    // By now Salesforce has forgotten where the answer went on.
    bench
        .org
        .fault(&json!({ "fail_next": { "status": 400, "code": "INVALID_QUERY_LOCATOR", "path_contains": "/query/" } }));
    let resumed = bench.run(&["export", "--resume", "2"]);
    assert_eq!((resumed.code, resumed.count("rows")), (0, 30_000), "{resumed:?}");
    assert!(resumed.json()["notes"][0].as_str().unwrap().contains("forgotten"), "{resumed:?}");
    assert!(std::fs::read(&path).unwrap() == std::fs::read(&undisturbed).unwrap(), "the same bytes");
}

#[test]
fn what_cannot_be_gone_on_with_starts_anew_and_says_so() {
    let bench = many(12_000);
    // An order of its own: there is no key to go on behind.
    let soql = "SELECT Name FROM Account ORDER BY Name";
    bench.org.fault(&json!({ "fail_next": { "status": 400, "code": "INVALID_QUERY_LOCATOR", "path_contains": "/query/", "skip": 2 } }));
    let (done, path) = export(&bench, "out.csv", &["--soql", soql, "--api", "rest"]);
    assert_eq!((done.code, done.count("rows"), lines(&path)), (0, 12_000, 12_001), "{done:?}");
    assert!(done.json()["notes"][0].as_str().unwrap().contains("starts anew"), "{done:?}");
    // A job that is gone.
    bench.org.fault(
        &json!({ "fail_next": { "status": 404, "code": "NOT_FOUND", "path_contains": "/results", "count": 1 } }),
    );
    let (done, path) = export(&bench, "out.csv", &["--soql", soql, "--api", "bulk"]);
    assert_eq!((done.code, done.count("rows"), lines(&path)), (0, 12_000, 12_001), "{done:?}");
    assert!(done.json()["notes"][0].as_str().unwrap().contains("seven days"), "{done:?}");
    // An org that lists no pages.
    bench.org.clear_faults();
    bench.org.fault(
        &json!({ "fail_next": { "status": 404, "code": "NOT_FOUND", "path_contains": "/resultPages", "count": 1 } }),
    );
    let (done, path) = export(&bench, "out.csv", &["--soql", soql, "--api", "bulk"]);
    assert_eq!((done.code, done.count("rows"), lines(&path)), (0, 12_000, 12_001), "{done:?}");
    assert_eq!(done.json()["notes"], json!([]), "{done:?}");
}

#[test]
fn bad_days_change_no_byte() {
    let bench = Bench::with_app();
    let rows: String = (0..9_000).map(|n| format!("Firma {n},\"Zeile\n{n}\"\n")).collect();
    let file = bench.file("in.csv", format!("Name,Description\n{rows}"));
    assert_eq!(bench.import(&file, "Account", "insert", &["--api", "bulk"]).code, 0);
    let soql = "SELECT Id, Name, Description FROM Account";
    for api in ["rest", "bulk"] {
        let (whole, undisturbed) = export(&bench, "undisturbed.csv", &["--soql", soql, "--api", api]);
        assert_eq!(whole.code, 0, "{whole:?}");
        let wanted = std::fs::read(&undisturbed).unwrap();
        let page = if api == "rest" { "/query/" } else { "/results" };
        for fault in [
            json!({ "expire_after": { "calls": 4, "times": 2 } }),
            json!({ "truncate_answer": { "gzip": true, "path_contains": page, "count": 2 } }),
            json!({ "truncate_answer": { "path_contains": page, "count": 1 } }),
            json!({ "drop_connection": { "processed": true, "path_contains": page, "count": 2 } }),
            json!({ "fail_next": { "status": 503, "path_contains": page, "count": 2, "retry_after": 0 } }),
            json!({ "html_body": { "status": 503, "path_contains": page } }),
            json!({ "delay_results": { "ms": 300 } }),
        ] {
            bench.org.fault(&fault);
            let (done, path) = export(&bench, "out.csv", &["--soql", soql, "--api", api]);
            assert_eq!(done.code, 0, "{api} {fault} {done:?}");
            assert!(std::fs::read(&path).unwrap() == wanted, "{api} {fault}");
            bench.org.clear_faults();
        }
    }
}

#[test]
fn a_file_that_may_not_grow_says_so_and_the_export_goes_on_elsewhen() {
    let bench = many(40_000);
    let path = bench.home.path().join("out.csv");
    let command = format!(
        "trap '' XFSZ; ulimit -f 1500; exec '{}' export p --object Account --fields Id,Name,BillingCity --api rest --output '{}' --json",
        crate::harness::BINARY,
        path.display()
    );
    let mut shell = program(bench.home.path());
    let environment: Vec<_> =
        shell.get_envs().map(|(key, value)| (key.to_owned(), value.map(ToOwned::to_owned))).collect();
    shell = std::process::Command::new("bash");
    for (key, value) in environment {
        match value {
            Some(value) => shell.env(key, value),
            None => shell.env_remove(key),
        };
    }
    let full = Done::from(shell.args(["-c", &command]).current_dir(bench.home.path()).output().unwrap());
    assert_eq!(full.code, 2, "{full:?}");
    let hint = full.json()["hint"].as_str().unwrap().to_owned();
    assert!(hint.contains("disk") && hint.contains("--resume 1"), "{full:?}");
    assert!(!path.exists());
    let resumed = bench.run(&["export", "--resume", "1"]);
    assert_eq!((resumed.code, resumed.count("rows"), lines(&path)), (0, 40_000, 40_001), "{resumed:?}");
}

#[test]
fn unfinished_exports_are_listed_and_can_be_given_up() {
    let bench = many(12_000);
    let soql = ["--soql", "SELECT Id FROM Account", "--api", "rest"];
    let refusal = |skip| json!({ "fail_next": { "status": 403, "code": "API_DISABLED_FOR_ORG", "path_contains": "/query/", "skip": skip, "count": null } });
    bench.org.fault(&refusal(1));
    bench.org.fault(&json!({ "slow_answers": { "ms": 1100, "path_contains": "/query/" } }));
    let (done, path) = export(&bench, "out.csv", &soql);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.json()["hint"].as_str().unwrap().contains("--resume 1"), "{done:?}");
    assert_eq!(files(&bench), ["out.csv.part"]);
    assert_eq!(bench.run(&["exports"]).json()["exports"][0]["state"], "incomplete");
    assert_eq!(bench.run(&["exports", "--discard", "1"]).code, 0);
    assert_eq!(files(&bench), [""; 0]);
    assert_eq!(bench.run(&["exports"]).json()["exports"][0]["state"], "discarded");
    bench.org.clear_faults();
    // A query that is refused at once leaves nothing to go on with.
    let (done, _) = export(&bench, "out.csv", &["--soql", "SELECT Nmae FROM Account"]);
    assert!(done.code == 2 && !done.json()["hint"].as_str().unwrap().contains("resume"), "{done:?}");
    assert_eq!(files(&bench), [""; 0]);
    // Another program's half file is not touched.
    bench.file("out.csv.part", "theirs");
    let (done, _) = export(&bench, "out.csv", &["--soql", "SELECT Id FROM Account"]);
    assert!(done.code == 2 && done.json()["hint"].as_str().unwrap().contains("Delete it"), "{done:?}");
    assert!(!path.exists());
    let unknown = bench.run(&["export", "--resume", "99"]);
    assert!(unknown.code == 2 && unknown.json()["error"].as_str().unwrap().contains("no export 99"), "{unknown:?}");
}

#[test]
fn deleted_records_come_when_asked_for() {
    let bench = Bench::demo();
    let ids = bench.query("SELECT Id FROM Task LIMIT 3");
    let file = bench.file("in.csv", format!("Id\n{}\n", ids.join("\n")));
    assert_eq!(bench.import(&file, "Task", "delete", &[]).code, 0);
    let soql = "SELECT Id, IsDeleted FROM Task";
    for api in ["rest", "bulk"] {
        let (without, _) = export(&bench, "out.csv", &["--soql", soql, "--api", api]);
        let (with, _) = export(&bench, "out.csv", &["--soql", soql, "--api", api, "--deleted"]);
        assert_eq!(without.count("rows") + 3, with.count("rows"), "{without:?} {with:?}");
    }
}

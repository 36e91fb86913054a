//! Records of the org that are no longer in the source: left, listed, changed or deleted, as the step says, and many only once
//! a person has agreed.

use crate::harness::{Bench, Done, fixture};
use serde_json::json;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const KEY: [&str; 2] = ["--external-id", "ERP_Id__c"];

/// An org with the customers of a file, and the same file without the first two and with a new one.
fn later() -> (Bench, PathBuf) {
    let bench = Bench::empty();
    assert_eq!(bench.import(&fixture("northwind/customers.csv"), "Account", "upsert", &KEY).code, 0);
    let all = std::fs::read_to_string(fixture("northwind/customers.csv")).unwrap();
    let mut lines: Vec<&str> = all.lines().collect();
    lines.drain(1..3);
    let file = bench.file("later.csv", lines.join("\n"));
    (bench, file)
}

fn import(bench: &Bench, file: &Path, absent: &serde_json::Value, more: &[&str]) -> Done {
    let options = json!({"absent": absent}).to_string();
    let arguments: Vec<&str> = [&KEY[..], &["--options", &options], more].concat();
    bench.import(file, "Account", "upsert", &arguments)
}

#[test]
fn they_are_left_unless_a_person_says_otherwise() {
    let (bench, file) = later();
    let done = bench.import(&file, "Account", "upsert", &KEY);
    assert_eq!((done.accounted().count("rows"), done.count("unchanged")), (91, 91), "{done:?}");
    assert_eq!(bench.records("Account"), 93);
}

#[test]
fn they_are_listed() {
    let (bench, file) = later();
    let done = import(&bench, &file, &json!({"then": "list"}), &[]);
    assert_eq!(
        (done.accounted().count("rows"), done.count("unchanged"), done.count("skipped")),
        (93, 91, 2),
        "{done:?}"
    );
    let listed = bench.results(done.count("run"), &["--outcome", "skipped"]);
    assert_eq!(listed[0]["code"], "absent", "{listed:?}");
    assert!(listed[0]["message"].as_str().unwrap().contains("no longer in later.csv"), "{listed:?}");
    assert_eq!(bench.records("Account"), 93);
}

#[test]
fn a_field_of_them_is_set_and_the_run_can_be_undone() {
    for api in ["rest", "bulk"] {
        let (bench, file) = later();
        let absent = json!({"then": {"set": {"field": "Site", "value": "gone"}}});
        let done = import(&bench, &file, &absent, &["--api", api]);
        assert_eq!((done.accounted().count("updated"), done.count("unchanged")), (2, 91), "{done:?}");
        let gone = bench.query("SELECT ERP_Id__c FROM Account WHERE Site = 'gone' ORDER BY ERP_Id__c");
        assert_eq!(gone, ["ALFKI", "ANATR"], "{api}");
        let undone = bench.run(&["undo", &done.count("run").to_string()]);
        assert_eq!(undone.accounted().count("updated"), 2, "{undone:?}");
        assert_eq!(bench.query("SELECT Id FROM Account WHERE Site = 'gone'").len(), 0, "{api}");
    }
}

/// Only what belongs to the source can be missing from it.
#[test]
fn they_are_deleted_where_they_belong_to_the_source() {
    let (bench, file) = later();
    let absent = json!({"then": "delete", "within": "BillingCountry = 'Mexico'"});
    let done = import(&bench, &file, &absent, &[]);
    assert_eq!(done.accounted().count("deleted"), 1, "{done:?}");
    assert_eq!(bench.query("SELECT Name FROM Account WHERE ERP_Id__c IN ('ALFKI', 'ANATR')"), ["Alfreds Futterkiste"]);
    let done = import(&bench, &file, &json!({"then": "delete"}), &[]);
    assert_eq!(done.accounted().count("deleted"), 1, "{done:?}");
    assert_eq!(bench.records("Account"), 91);
}

#[test]
fn many_are_changed_only_once_a_person_agrees() {
    let (bench, file) = later();
    let done = import(&bench, &file, &json!({"then": "delete", "confirm_above": 1}), &[]);
    assert_eq!(done.code, 2, "{done:?}");
    let told = done.json();
    assert_eq!(told["state"], "incomplete", "{told}");
    assert!(told.to_string().contains("2 records are no longer in later.csv"), "{told}");
    assert_eq!(bench.records("Account"), 93);
    let run = done.count("run").to_string();
    // Continued without a word it stops again.
    assert_eq!(bench.run(&["resume", &run]).code, 2);
    assert_eq!(bench.records("Account"), 93);
    let agreed = bench.run(&["resume", &run, "--options", r#"{"absent": {"confirm_above": 2}}"#]);
    assert_eq!((agreed.accounted().count("deleted"), agreed.count("unchanged")), (2, 91), "{agreed:?}");
    assert_eq!(bench.records("Account"), 91);
}

/// A part of a source says nothing about the rest of it.
#[test]
fn a_trial_touches_none_and_the_rest_of_the_run_does() {
    let (bench, file) = later();
    let trial = import(&bench, &file, &json!({"then": "delete"}), &["--trial", "10"]);
    assert_eq!((trial.accounted().count("rows"), trial.count("deleted")), (10, 0), "{trial:?}");
    assert_eq!(bench.records("Account"), 93);
    let rest = bench.run(&["resume", &trial.count("run").to_string()]);
    assert_eq!((rest.accounted().count("rows"), rest.count("deleted")), (93, 2), "{rest:?}");
    assert_eq!(bench.records("Account"), 91);
}

#[test]
fn a_file_that_says_nothing_touches_none() {
    let (bench, _) = later();
    let mut rows = String::from("ERP_Id__c,Name\n");
    for row in 0..3 {
        writeln!(rows, ",Nameless {row}").unwrap();
    }
    for (name, content) in [("empty.csv", "ERP_Id__c,Name\n".to_owned()), ("keyless.csv", rows)] {
        let file = bench.file(name, content);
        let done = import(&bench, &file, &json!({"then": "delete", "confirm_above": 1_000}), &[]);
        assert_eq!(done.code, 2, "{name}: {done:?}");
        assert_eq!(bench.records("Account"), 93, "{name}");
    }
}

/// Two records for a row cannot be told apart from one that is missing.
#[test]
fn rows_without_a_key_field_have_no_absents() {
    let (bench, file) = later();
    let options = json!({"absent": {"then": "delete"}}).to_string();
    let done = bench.import(&file, "Account", "insert", &["--options", &options]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.stdout.contains("one key field"), "{done:?}");
    assert_eq!(bench.records("Account"), 93);
}

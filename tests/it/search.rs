//! Rows of a run are found by what their source holds.

use crate::harness::{Bench, CUSTOMERS, fixture};
use std::collections::BTreeSet;

/// A run of 93 customers.
fn customers() -> (Bench, u64) {
    let bench = Bench::empty();
    let mapping = bench.file("mapping.json", CUSTOMERS);
    let more = ["--external-id", "ERP_Id__c", "--mapping", mapping.to_str().unwrap()];
    let done = bench.import(&fixture("northwind/customers.csv"), "Account", "upsert", &more);
    assert_eq!((done.code, done.accounted().count("created")), (0, 93), "{done:?}");
    let run = done.count("run");
    (bench, run)
}

#[test]
fn a_text_finds_the_rows_that_have_it() {
    let (bench, run) = customers();
    let source = std::fs::read_to_string(fixture("northwind/customers.csv")).unwrap();
    for text in ["méxico d.f.", "MÉXICO", "a", "Obere Str. 57", "(5) 555-4729", "no such text"] {
        let found = bench.results(run, &["--find", text]);
        let small = text.to_lowercase();
        let mut reader = csv::ReaderBuilder::new().from_reader(source.as_bytes());
        let has = |record: csv::StringRecord| record.iter().any(|cell| cell.to_lowercase().contains(&small));
        let wanted: Vec<_> =
            (1_u64..).zip(reader.records()).filter_map(|(row, record)| has(record.unwrap()).then_some(row)).collect();
        let rows: Vec<_> = found.iter().map(|row| row["row"].as_u64().unwrap()).collect();
        assert_eq!(rows, wanted, "{text}");
        assert!(found.iter().all(|row| row["outcome"] == "created" && row["id"].is_string()));
    }
}

#[test]
fn the_beginning_of_a_key_finds_its_rows() {
    let (bench, run) = customers();
    assert_eq!(bench.results(run, &["--key", "alf"]).len(), 1);
    let by_key = bench.results(run, &["--key", "B"]);
    assert!(by_key.len() > 1);
    // The key alone counts: many more rows have the letter somewhere.
    assert!(bench.results(run, &["--find", "B"]).len() > by_key.len());
    assert_eq!(bench.results(run, &["--key", "LFKI"]).len(), 0);
}

#[test]
fn a_search_goes_on_where_it_ended() {
    let (bench, run) = customers();
    let all: Vec<_> = bench.results(run, &["--find", "e"]).iter().map(|row| row["row"].as_u64().unwrap()).collect();
    let (mut pages, mut from) = (Vec::new(), "1:1".to_owned());
    let mut seen = BTreeSet::new();
    loop {
        let run = run.to_string();
        let done = bench.run(&["results", &run, "--find", "e", "--limit", "7", "--from", &from]);
        let lines: Vec<serde_json::Value> =
            done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (end, rows) = lines.split_last().unwrap();
        assert_eq!(end["rows"], rows.len());
        pages.extend(rows.iter().map(|row| row["row"].as_u64().unwrap()));
        let Some(next) = end["next"].as_str() else { break };
        assert!(rows.len() == 7 && seen.insert(next.to_owned()), "{done:?}");
        from = next.to_owned();
    }
    assert_eq!(pages, all);
}

#[test]
fn a_search_keeps_to_outcomes_and_codes() {
    let bench = Bench::empty();
    let long = "x".repeat(300);
    let mut rows = String::from("Key,Name\n");
    for row in 0..5_000 {
        let name = if row % 1_000 == 7 { &long } else { "Company" };
        rows.push_str(&format!("K{row:05},{name} {row}\n"));
    }
    let file = bench.file("companies.csv", rows);
    let mapping =
        bench.file("mapping.json", r#"[{"target":"ERP_Id__c","column":"Key"},{"target":"Name","column":"Name"}]"#);
    let more = ["--external-id", "ERP_Id__c", "--mapping", mapping.to_str().unwrap()];
    let done = bench.import(&file, "Account", "upsert", &more);
    assert_eq!((done.count("created"), done.count("not_sent")), (4_995, 5), "{done:?}");
    let run = done.count("run");
    let rows = |more: &[&str]| -> Vec<u64> {
        bench.results(run, more).iter().map(|row| row["row"].as_u64().unwrap()).collect()
    };
    assert_eq!(rows(&["--key", "k0", "--outcome", "not_sent"]), [8, 1008, 2008, 3008, 4008]);
    assert_eq!(rows(&["--find", "3007", "--code", "too_long"]), [3008]);
    assert_eq!(rows(&["--find", "x", "--outcome", "created"]), [0_u64; 0]);
    assert_eq!(rows(&["--code", "too_long"]).len(), 5);
    assert_eq!(rows(&["--key", "K0200", "--outcome", "created"]).len(), 9);
}

#[test]
fn a_search_that_makes_no_sense_says_so() {
    let (bench, run) = customers();
    let run = run.to_string();
    for (more, says) in [
        (&["--limit", "5"][..], "--find"),
        (&["--find", "a", "--from", "nowhere"], "nowhere"),
        (&["--find", "a", "--from", "0:1"], "0:1"),
    ] {
        let mut arguments = vec!["results", &run];
        arguments.extend(more);
        let done = bench.run(&arguments);
        assert!(done.code != 0 && done.stderr.contains(says), "{done:?}");
    }
}

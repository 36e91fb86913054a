//! A reference model of a load: what each row must have come to, worked out from the source rows alone, and compared with what
//! the program tells and with what the org holds.

use crate::harness::{Bench, Done};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What is done with the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// New records, and nothing tells a second one from the first.
    Insert,
    /// New records with a key that the org lets be once only.
    InsertUnique,
    /// Records found by a key, or made.
    Upsert,
    /// Records changed by their id.
    Update,
    /// Records deleted by their id.
    Delete,
}

pub(crate) const LOADS: [Load; 5] = [Load::Insert, Load::InsertUnique, Load::Upsert, Load::Update, Load::Delete];

/// What must have become of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    /// A new record with the row's values.
    Made,
    /// The record has the row's values now.
    Changed(String),
    /// The record had the row's values all along.
    Equal(String),
    /// The record is gone.
    Gone(String),
    /// The org does not take it, whatever happens.
    Refused,
}

#[derive(Debug, Clone)]
struct Line {
    number: String,
    name: String,
    fate: Fate,
}

/// A load of rows whose `AccountNumber` begins with a word of their own.
pub(crate) struct Trial {
    pub(crate) load: Load,
    api: &'static str,
    tag: String,
    lines: Vec<Line>,
    file: PathBuf,
    options: String,
    /// Runs before it.
    runs: u64,
}

/// Lets the org refuse rows of the model that it is to refuse.
pub(crate) fn refuse_some(bench: &Bench) {
    bench.org.set_rule(&serde_json::json!({"kind": "validation", "object": "Account", "name": "Never", "active": true,
        "condition": "Name = \"Refused\"", "message": "Not this one"}));
}

impl Trial {
    /// Prepares `rows` rows, and in the org what they are about. `options` are those of the run.
    pub(crate) fn new(bench: &Bench, load: Load, api: &'static str, tag: &str, rows: usize, options: &str) -> Trial {
        let there = Trial::plant(bench, load, tag, rows);
        let mut lines = Vec::new();
        for row in 0..rows {
            let number = format!("{tag}-{row:05}");
            let line = |name: String, fate: Fate| Line { number: number.clone(), name, fate };
            let known = there.get(&number);
            let line = match (load, known) {
                // Rows of one call that nobody can tell from each other.
                (Load::Insert, _) if matches!(row, 11..14) => {
                    Line { number: format!("{tag}-same"), name: "Same".to_owned(), fate: Fate::Made }
                }
                (Load::Delete, Some(id)) => line(String::new(), Fate::Gone(id.clone())),
                (Load::Update | Load::Delete, None) => line(format!("Company {row}"), Fate::Refused),
                (Load::InsertUnique, Some(_)) => line(format!("Company {row}"), Fate::Refused),
                _ if row % 10 == 7 => line("Refused".to_owned(), Fate::Refused),
                (_, Some(id)) if row % 4 == 0 => line(old_name(row), Fate::Equal(id.clone())),
                (_, Some(id)) => line(format!("Company {row}"), Fate::Changed(id.clone())),
                (_, None) => line(format!("Company {row}"), Fate::Made),
            };
            lines.push(line);
        }
        let header = match load {
            Load::Insert => "AccountNumber,Name",
            Load::InsertUnique | Load::Upsert => "ERP_Id__c,AccountNumber,Name",
            Load::Update => "Id,AccountNumber,Name",
            Load::Delete => "Id",
        };
        let text = lines.iter().map(|line| {
            // An id that looks like one and is of no record.
            let id = there.get(&line.number).map_or("001000000000001AAA", String::as_str);
            match load {
                Load::Insert => format!("{},{}\n", line.number, line.name),
                Load::InsertUnique | Load::Upsert => format!("{0},{0},{1}\n", line.number, line.name),
                Load::Update => format!("{id},{},{}\n", line.number, line.name),
                Load::Delete => format!("{id}\n"),
            }
        });
        let text: String = text.collect();
        let file = bench.file(&format!("{tag}.csv"), format!("{header}\n{text}"));
        let runs = bench.run(&["runs"]).json()["runs"].as_array().unwrap().len() as u64;
        Trial { load, api, tag: tag.to_owned(), lines, file, options: options.to_owned(), runs }
    }

    /// Makes the records that the rows are about; by their `AccountNumber`.
    fn plant(bench: &Bench, load: Load, tag: &str, rows: usize) -> BTreeMap<String, String> {
        let is_there = |row: &usize| match load {
            Load::Insert => false,
            Load::InsertUnique => row % 50 == 31,
            Load::Upsert => !row.is_multiple_of(3),
            Load::Update | Load::Delete => row % 50 != 31,
        };
        let there: Vec<usize> = (0..rows).filter(is_there).collect();
        if !there.is_empty() {
            let lines: String =
                there.iter().map(|row| format!("{tag}-{row:05},{tag}-{row:05},{}\n", old_name(*row))).collect();
            let file = bench.file("there.csv", format!("ERP_Id__c,AccountNumber,Name\n{lines}"));
            // Long before the load: the org tells times by the second, and so tells us from us no better.
            bench.org.fault(&serde_json::json!({"clock_skew": {"seconds": -3600}}));
            let done = bench.import(&file, "Account", "insert", &["--api", "rest"]);
            assert_eq!(done.code, 0, "{done:?}");
            bench.org.clear_faults();
        }
        let records =
            bench.org.select(&format!("SELECT Id, AccountNumber FROM Account WHERE AccountNumber LIKE '{tag}-%'"));
        records.iter().map(|record| (text(record, "AccountNumber"), text(record, "Id"))).collect()
    }

    /// The arguments that start it.
    pub(crate) fn arguments(&self) -> Vec<&str> {
        let operation = match self.load {
            Load::Insert | Load::InsertUnique => "insert",
            Load::Upsert => "upsert",
            Load::Update => "update",
            Load::Delete => "delete",
        };
        let mut arguments = vec!["import", self.file.to_str().unwrap(), "--org", "p", "--object", "Account"];
        arguments.extend(["--operation", operation, "--api", self.api, "--options", &self.options]);
        if self.load == Load::Upsert {
            arguments.extend(["--external-id", "ERP_Id__c"]);
        }
        arguments
    }

    /// Rows of the file.
    pub(crate) fn rows(&self) -> u64 {
        self.lines.len() as u64
    }

    /// The run, once it is written down, as `linkspan runs` tells it.
    pub(crate) fn seen(&self, bench: &Bench) -> Option<Value> {
        let runs = bench.run(&["runs"]).json();
        let runs = runs["runs"].as_array().unwrap().clone();
        assert!(runs.len() as u64 <= self.runs + 1, "{}: more than one run: {runs:?}", self.what());
        (runs.len() as u64 > self.runs).then(|| runs[0].clone())
    }

    /// What it is, for messages.
    pub(crate) fn what(&self) -> String {
        format!("{:?} by {}, {}", self.load, self.api, self.tag)
    }

    /// Goes on in good weather until all is told.
    pub(crate) fn finish(&self, bench: &Bench) -> Done {
        let Some(run) = self.seen(bench) else { return bench.run(&self.arguments()) };
        if run["state"] != "incomplete" {
            assert!(run["state"].as_str().unwrap().starts_with("complete"), "{}: {run}", self.what());
        } else {
            let done = bench.run(&["continue", &run["run"].to_string()]);
            assert!(done.code == 0 || done.code == 1, "{}: {done:?}", self.what());
            return done;
        }
        Done { code: 0, stdout: run.to_string(), stderr: String::new() }
    }

    /// Compares what was told with the model, and both with the org. `day` is what it went through.
    pub(crate) fn holds(&self, bench: &Bench, done: &Done, day: &str) {
        let what = format!("{} through {day}", self.what());
        assert!(matches!(done.code, 0 | 1), "{what}: {done:?}");
        assert_eq!(done.accounted().count("waiting"), 0, "{what}: {done:?}");
        assert_eq!(done.count("rows"), self.rows(), "{what}: {done:?}");
        let run = done.count("run");
        let results = bench.results(run, &[]);
        assert_eq!(results.len(), self.lines.len(), "{what}");
        let there = self.there(bench);
        let mut made = BTreeSet::new();
        let mut unconfirmed: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (place, (result, line)) in results.iter().zip(&self.lines).enumerate() {
            assert_eq!(result["row"], place as u64 + 1, "{what}: a row has no outcome or two: {result}");
            let outcome = result["outcome"].as_str().unwrap();
            let id = result["id"].as_str().unwrap_or_default();
            let is_as_sent = || {
                let record = there.get(id).unwrap_or_else(|| panic!("{what}: no record {id} for {line:?}: {result}"));
                assert_eq!((&record.0, &record.1), (&line.number, &line.name), "{what}: {result}");
            };
            match (&line.fate, outcome) {
                (Fate::Made, "created") => {
                    is_as_sent();
                    assert!(made.insert(id.to_owned()), "{what}: {id} is told of twice");
                }
                (Fate::Changed(known), "updated") | (Fate::Equal(known), "unchanged") => {
                    assert_eq!(id, known, "{what}: {result}");
                    is_as_sent();
                }
                (Fate::Gone(known), "deleted") => {
                    assert_eq!(id, known, "{what}: {result}");
                    assert!(!there.contains_key(id), "{what}: it is still there: {result}");
                }
                (Fate::Refused, "failed" | "not_sent") => {
                    assert!(result["code"].is_string(), "{what}: {result}");
                }
                (Fate::Made | Fate::Refused, "unconfirmed") if self.load == Load::Insert && self.api == "rest" => {
                    let hint = result["hint"].as_str().unwrap_or_default();
                    let soql = hint.split_once("SELECT").map(|(_, rest)| format!("SELECT{rest}"));
                    let soql = soql.unwrap_or_else(|| panic!("{what}: no search: {result}"));
                    let found: BTreeSet<String> =
                        bench.org.select(&soql).iter().map(|record| text(record, "Id")).collect();
                    let alike: BTreeSet<String> = there
                        .iter()
                        .filter(|(_, record)| record.0 == line.number && record.1 == line.name)
                        .map(|(id, _)| id.clone())
                        .collect();
                    assert_eq!(found, alike, "{what}: the search does not settle it: {result}");
                    *unconfirmed.entry((&line.number, &line.name)).or_default() += 1;
                }
                _ => panic!("{what}: {line:?} became {result}"),
            }
        }
        self.nothing_else_is_there(&there, &made, &unconfirmed, &what);
        // Neither continuing it nor looking at it changes anything.
        let again = bench.run(&["continue", &run.to_string()]);
        assert_eq!(again.code, 2, "{what}: {again:?}");
        assert_eq!(self.there(bench), there, "{what}: continuing it again changed records");
    }

    /// Loads the file again: what is equal by now is left alone.
    pub(crate) fn again_changes_nothing(&self, bench: &Bench) {
        if !matches!(self.load, Load::Upsert | Load::Update) {
            return;
        }
        let before = self.stamps(bench);
        let again = bench.run(&self.arguments());
        let taken = self.lines.iter().filter(|line| line.fate != Fate::Refused).count() as u64;
        assert_eq!(again.accounted().count("unchanged"), taken, "{}: {again:?}", self.what());
        assert_eq!(self.stamps(bench), before, "{}: {again:?}", self.what());
    }

    /// The records that the org holds: by id, number and name.
    fn there(&self, bench: &Bench) -> BTreeMap<String, (String, String)> {
        let tag = &self.tag;
        let records = bench
            .org
            .select(&format!("SELECT Id, AccountNumber, Name FROM Account WHERE AccountNumber LIKE '{tag}-%'"));
        let told = |record: &Value| (text(record, "Id"), (text(record, "AccountNumber"), text(record, "Name")));
        records.iter().map(told).collect()
    }

    fn stamps(&self, bench: &Bench) -> Vec<(String, String)> {
        let tag = &self.tag;
        let soql = format!("SELECT Id, SystemModstamp FROM Account WHERE AccountNumber LIKE '{tag}-%' ORDER BY Id");
        bench.org.select(&soql).iter().map(|record| (text(record, "Id"), text(record, "SystemModstamp"))).collect()
    }

    /// Every record is one that was there before or one that a row accounts for.
    fn nothing_else_is_there(
        &self,
        there: &BTreeMap<String, (String, String)>,
        made: &BTreeSet<String>,
        unconfirmed: &BTreeMap<(&str, &str), usize>,
        what: &str,
    ) {
        let old: BTreeSet<&str> = match self.load {
            Load::Insert => BTreeSet::new(),
            // What was there before has its old number and an old name, or is what a row changed.
            _ => there.keys().map(String::as_str).filter(|id| !made.contains(*id)).collect(),
        };
        let mut more: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (id, (number, name)) in there {
            assert_ne!(name, "Refused", "{what}: a row that was refused is there");
            if !made.contains(id) && !old.contains(id.as_str()) {
                *more.entry((number, name)).or_default() += 1;
            }
        }
        for (row, count) in more {
            let may_be = unconfirmed.get(&row).copied().unwrap_or_default();
            assert!(count <= may_be, "{what}: {count} records {row:?} more than were told of ({may_be} unconfirmed)");
        }
        if self.load != Load::Insert {
            let planted = |line: &&Line| match (self.load, &line.fate) {
                (Load::Upsert, _) => {
                    let row: usize = line.number.rsplit('-').next().unwrap().parse().unwrap();
                    !row.is_multiple_of(3)
                }
                (Load::InsertUnique, Fate::Refused) => line.name != "Refused",
                (Load::Update, Fate::Refused) => line.name == "Refused",
                (Load::Update, _) => true,
                _ => false,
            };
            let expected = self.lines.iter().filter(planted).count() + made.len();
            assert_eq!(there.len(), expected, "{what}: records are lost or there twice");
        }
    }
}

fn old_name(row: usize) -> String {
    format!("Old {row}")
}

fn text(record: &Value, field: &str) -> String {
    record[field].as_str().unwrap_or_default().to_owned()
}

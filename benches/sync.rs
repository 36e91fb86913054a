//! What a pass of a two-way sync costs beside reading both ends once: nothing changed, then one record in a hundred at each end.
//!
//! `cargo bench --bench sync [-- PAIRS]`, 1,000,000 pairs unless told otherwise. Both ends are tables of SQLite files, which are read
//! faster than any org answers, so that the pass has to be quick to be no more than a few times slower. Each measurement is a process
//! of its own, whose most memory is told. Linux only: memory is read from `/proc`.
#![expect(clippy::print_stdout, reason = "a benchmark's output is its purpose")]

use linkspan::cancel::Cancel;
use linkspan::connect::file::{self, FileSettings};
use linkspan::connect::soql::QuerySettings;
use linkspan::connect::{ConnectError, Source};
use linkspan::engine::sync::{PassJob, SyncCounts, compare};
use linkspan::integration::{Integration, SyncPlan, SyncShapes, Synced};
use linkspan::mapping::TargetShape;
use linkspan::record::{Field, Kind, Schema};
use linkspan::secret::Secret;
use linkspan::store::{IntegrationId, NewRun, RunId, Store, StoreKey, SyncState};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const FIELDS: [&str; 8] = ["ERP_Id__c", "Name", "Street", "City", "PostalCode", "Country", "Phone", "Fax"];
const TURNS: usize = 3;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    match words.first().map(String::as_str) {
        Some(what @ ("first" | "read" | "pass")) => alone(what, Path::new(&words[1])),
        pairs => measure(pairs.and_then(|pairs| pairs.parse().ok()).unwrap_or(1_000_000)),
    }
}

fn measure(pairs: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fill(folder.path(), pairs);
    let first = told("first", folder.path());
    println!("{pairs} pairs found at the first sync: {:.2} s, {:.0} MB", first.0.as_secs_f64(), first.1);
    let turns = |what: &str| {
        let mut turns: Vec<_> = (0..TURNS).map(|_| told(what, folder.path())).collect();
        turns.sort_by_key(|(time, _)| *time);
        turns[TURNS / 2]
    };
    let read = turns("read");
    println!("reading both ends once: {:.2} s, {:.0} MB", read.0.as_secs_f64(), read.1);
    let tell = |what: &str, (time, memory): (Duration, f64)| {
        let ratio = time.as_secs_f64() / read.0.as_secs_f64();
        println!("{what}: {:.2} s, {ratio:.2} times reading, {memory:.0} MB", time.as_secs_f64());
    };
    let still = turns("pass");
    tell("comparing, nothing changed", still);
    change(folder.path());
    let changed = turns("pass");
    tell("comparing, one in a hundred changed at each end", changed);
    println!("the changes add {:.0} %", 100.0 * (changed.0.as_secs_f64() / still.0.as_secs_f64() - 1.0));
}

/// One measurement in a process of its own.
fn told(what: &str, folder: &Path) -> (Duration, f64) {
    let me = std::env::current_exe().expect("this program");
    let output = Command::new(me).arg(what).arg(folder).output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut words = text.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
    let (seconds, memory) = (words.next(), words.next());
    let (Some(seconds), Some(memory)) = (seconds, memory) else {
        panic!("{what}: {text}{}", String::from_utf8_lossy(&output.stderr))
    };
    (Duration::from_secs_f64(seconds), memory)
}

fn alone(what: &str, folder: &Path) {
    let begun = Instant::now();
    let counts = match what {
        "read" => {
            let count = |path: PathBuf| {
                let (mut source, mut rows) = (open(&path).expect("it is there"), 0);
                while let Some(batch) = source.read().expect("it can be read") {
                    rows += batch.len() as u64;
                }
                rows
            };
            SyncCounts { read: [count(left(folder)), count(right(folder))], ..SyncCounts::default() }
        }
        _ => pass(folder, what == "first"),
    };
    let took = begun.elapsed().as_secs_f64();
    assert!(counts.read[0] > 0 && counts.read[0] == counts.read[1] && counts.create == [0, 0], "{counts:?}");
    println!("{took} {}", peak());
}

/// Most memory of this process so far, in MB.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("it tells");
    let kilobytes: f64 = line.split_whitespace().filter_map(|word| word.parse().ok()).next().expect("a number");
    kilobytes * 1024.0 / 1e6
}

fn pass(folder: &Path, first: bool) -> SyncCounts {
    let key = StoreKey { key: Secret::new("11".repeat(32)), salt: "22".repeat(16) };
    let store = Store::open(&folder.join("x.linkspan"), &key).expect("a workspace");
    let design = design(folder);
    let integration = if first {
        store.save_integration(None, &design, 1).expect("it is kept")
    } else {
        store.integrations().expect("they are listed")[0].id
    };
    let run = begin(&store, integration, &design);
    let plan = plan(integration, design);
    let job = PassJob {
        plan: &plan,
        integration,
        run: Some(run),
        store: &store,
        left: &|| open(&left(folder)),
        right: &|_: &QuerySettings| open(&right(folder)),
        org: ("00D", "2026-01-01T00:00:00Z"),
        full: true,
        only_decisions: false,
        deletes: None,
        now: 1,
        cancel: &Cancel::new(),
    };
    let counts = compare(&job).expect("it compares");
    store.pass_closed(run, 0).expect("it is closed");
    if first {
        let state = SyncState { org_id: "00D".to_owned(), paths: plan.paths(), accepted: true, ..SyncState::default() };
        store.set_sync_state(integration, 0, &state).expect("it is kept");
    }
    counts
}

fn begin(store: &Store, integration: IntegrationId, form: &Integration) -> RunId {
    let new = NewRun {
        integration: Some(integration),
        form,
        now: 1,
        taken: None,
        production: None,
        undo_of: None,
        trial: None,
        steps: Vec::new(),
    };
    store.begin_run(&new).expect("it begins")
}

fn left(folder: &Path) -> PathBuf {
    folder.join("left.db")
}

fn right(folder: &Path) -> PathBuf {
    folder.join("right.db")
}

fn open(path: &Path) -> Result<Box<dyn Source>, ConnectError> {
    let settings: FileSettings =
        serde_json::from_value(serde_json::json!({"path": path, "sqlite": {"table": "t"}})).expect("settings");
    file::open(&settings)
}

fn design(folder: &Path) -> Integration {
    let mapping: Vec<_> = FIELDS.iter().map(|field| serde_json::json!({"target": field, "column": field})).collect();
    let form = serde_json::json!({
        "linkspan": 1,
        "name": "bench",
        "steps": [{
            "source": {"path": left(folder), "sqlite": {"table": "t"}},
            "org": "p",
            "object": "Account",
            "operation": "upsert",
            "mapping": mapping,
            "sync": {"left": "ERP", "key": "ERP_Id__c", "strategy": {"truth": "left"}},
        }],
    });
    Integration::from_file(&form.to_string()).expect("a design")
}

fn plan(id: IntegrationId, design: Integration) -> SyncPlan {
    let field = |name: &str| Field { kind: Kind::Text, length: 255, filterable: true, ..Field::column(name) };
    let object = |name: &str| Schema {
        name: name.to_owned(),
        fields: FIELDS.iter().map(|name| field(name)).collect(),
        ..Schema::default()
    };
    let shape = |name: &str| TargetShape { object: object(name), ..TargetShape::default() };
    let mut right = shape("Account");
    right.object.fields.extend(["Id", "SystemModstamp", "LastModifiedById", "IsDeleted"].map(field));
    let shapes = vec![SyncShapes { source: object("t"), left: shape("t"), right }];
    let suspended = Vec::new();
    let synced = Synced { id: id.0, design, shapes, suspended, full: true, only_decisions: false, deletes: None };
    synced.plan(0, 1).expect("a plan")
}

/// Both ends with the same records; the right one as an org answers the query of a pass.
fn fill(folder: &Path, pairs: usize) {
    for (path, columns) in [(left(folder), ""), (right(folder), "Id, SystemModstamp, By, Deleted, ")] {
        let mut db = Connection::open(path).expect("a database");
        db.execute_batch(&format!("CREATE TABLE t ({columns}{})", FIELDS.join(", "))).expect("a table");
        let change = db.transaction().expect("it begins");
        let marks = vec!["?"; FIELDS.len() + if columns.is_empty() { 0 } else { 4 }].join(", ");
        let mut insert = change.prepare(&format!("INSERT INTO t VALUES ({marks})")).expect("it is right");
        for pair in 0..pairs {
            let mut cells = Vec::new();
            if !columns.is_empty() {
                cells.extend([format!("001xx{pair:010}AAA"), "2026-01-01T00:00:00.000+0000".to_owned()]);
                cells.extend(["Ann Example".to_owned(), "false".to_owned()]);
            }
            cells.extend([
                format!("C-{pair:08}"),
                format!("Customer number {pair} of many"),
                format!("{} High Street", pair % 900),
                format!("City {}", pair % 500),
                format!("{:05}", pair % 90_000),
                "Germany".to_owned(),
                format!("+49 30 {pair:07}"),
                String::new(),
            ]);
            insert.execute(rusqlite::params_from_iter(cells)).expect("a row");
        }
        drop(insert);
        change.commit().expect("it is written");
    }
}

/// One record in a hundred is changed at each end, another at each.
fn change(folder: &Path) {
    for (path, rest) in [(left(folder), 1), (right(folder), 51)] {
        let db = Connection::open(path).expect("a database");
        db.execute_batch(&format!("UPDATE t SET Phone = 'changed ' || rowid WHERE rowid % 100 = {rest}"))
            .expect("it is");
    }
}

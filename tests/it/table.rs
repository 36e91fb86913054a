//! A step may write into a table of a database, with the promises of an org: every row one true outcome, nothing twice, also when the
//! program dies anywhere.

use crate::harness::{Bench, Done, fixture};
use crate::kill::{Chance, kill, setting, until};
use crate::window::{open_at, press, press_when_ready, said, until_said, walk_in_a_fresh_home};
use egui::{Key, Modifiers};
use linkspan::cancel::Cancel;
use linkspan::workspace::{OpenOptions, Workspace};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// A database beside a bench.
struct Database(PathBuf);

impl Database {
    fn new(bench: &Bench, sql: &str) -> Database {
        let path = bench.home.path().join("erp.db");
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        Database(path)
    }

    fn open(&self) -> Connection {
        let database = Connection::open(&self.0).unwrap();
        database.busy_timeout(Duration::from_secs(60)).unwrap();
        database
    }

    fn run(&self, sql: &str) {
        self.open().execute_batch(sql).unwrap();
    }

    /// The rows of a query, with bars between the values.
    fn rows(&self, sql: &str) -> Vec<String> {
        let database = self.open();
        let mut query = database.prepare(sql).unwrap();
        let columns = query.column_count();
        let value = |row: &rusqlite::Row<'_>, at| match row.get::<_, rusqlite::types::Value>(at).unwrap() {
            rusqlite::types::Value::Null => String::new(),
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Real(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            rusqlite::types::Value::Blob(bytes) => format!("{bytes:?}"),
        };
        let rows = query.query_map([], |row| Ok((0..columns).map(|at| value(row, at)).collect::<Vec<_>>().join("|")));
        rows.unwrap().map(Result::unwrap).collect()
    }

    fn count(&self, table: &str) -> u64 {
        self.rows(&format!("SELECT count(*) FROM {table}"))[0].parse().unwrap()
    }
}

/// Keeps an integration with these steps, each into the database beside it.
fn keep(bench: &Bench, name: &str, steps: &[Value]) -> Done {
    let steps: Vec<Value> = steps
        .iter()
        .map(|step| {
            let mut step = step.clone();
            step["into"] = json!({"path": "erp.db"});
            step
        })
        .collect();
    let formulas = json!({"time_zone": "UTC"});
    let file = json!({"linkspan": 1, "name": name, "steps": steps, "formulas": formulas}).to_string();
    let path = bench.file(&format!("{name}.json"), file);
    let kept = bench.run(&["import-integration", path.to_str().unwrap()]);
    assert_eq!(kept.code, 0, "{kept:?}");
    kept
}

fn copied(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(target, column)| json!({"target": target, "column": column})).collect()
}

fn csv(name: &str) -> Value {
    json!({"path": name, "csv": {}})
}

const ACCOUNTS: &str =
    "CREATE TABLE accounts (id INTEGER PRIMARY KEY, sf TEXT NOT NULL UNIQUE, name TEXT NOT NULL, city VARCHAR(40),
    phone TEXT)";

fn from_the_org(find: &Value, operation: &str) -> Value {
    json!({
        "source": {"org": "p", "soql": "SELECT Id, Name, BillingCity, Phone FROM Account"},
        "object": "accounts", "operation": operation, "find": find,
        "mapping": copied(&[("sf", "Id"), ("name", "Name"), ("city", "BillingCity"), ("phone", "Phone")]),
    })
}

#[test]
fn records_of_an_org_are_put_into_a_table_changed_and_left_alone() {
    let bench = Bench::empty();
    let customers =
        bench.import(&fixture("northwind/customers.csv"), "Account", "upsert", &["--external-id", "ERP_Id__c"]);
    assert_eq!(customers.code, 0, "{customers:?}");
    let database = Database::new(&bench, ACCOUNTS);
    keep(&bench, "sync", &[from_the_org(&json!({"match": ["sf"]}), "upsert")]);

    let dry = bench.run(&["run", "sync", "--dry-run"]);
    assert_eq!((dry.code, dry.count("created"), database.count("accounts")), (0, 93, 0), "{dry:?}");
    assert_eq!((&dry.json()["api"], &dry.json()["api_use"]), (&json!("direct"), &json!([])), "{dry:?}");

    let first = bench.run(&["run", "sync"]);
    assert_eq!((first.code, first.accounted().count("created")), (0, 93), "{first:?}");
    assert_eq!((&first.json()["api"], &first.json()["state"]), (&json!("direct"), &json!("complete")));
    assert_eq!(first.json()["steps"][0]["api_why"], "the database itself because the rows go into a table");
    let there = bench.query("SELECT Id, Name, BillingCity, Phone FROM Account WHERE ERP_Id__c = 'ANATR'");
    let told =
        database.rows("SELECT sf || ',' || name || ',' || city || ',' || phone FROM accounts WHERE name LIKE 'Ana %'");
    assert_eq!(told, there);
    let ids: Vec<String> =
        bench.results(first.count("run"), &[]).iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, database.rows("SELECT id FROM accounts ORDER BY id"), "each row has the key of its own");

    let second = bench.run(&["run", "sync"]);
    assert_eq!((second.code, second.accounted().count("unchanged")), (0, 93), "{second:?}");

    database.run("UPDATE accounts SET city = 'Elsewhere' WHERE id = 7; DELETE FROM accounts WHERE id = 8");
    let third = bench.run(&["run", "sync"]);
    assert_eq!(
        (third.accounted().count("updated"), third.count("created"), third.count("unchanged")),
        (1, 1, 91),
        "{third:?}"
    );
    let told = "SELECT count(*), count(DISTINCT sf), total(city = 'Elsewhere') FROM accounts";
    assert_eq!(database.rows(told), ["93|93|0"]);
}

#[test]
fn rows_are_updated_and_deleted_by_key() {
    let bench = Bench::empty();
    let database = Database::new(
        &bench,
        "CREATE TABLE items (code TEXT PRIMARY KEY, price DECIMAL(10,2), at DATETIME, \"on\" BOOLEAN);
         INSERT INTO items VALUES ('a', 1.5, NULL, 0), ('b', 2, NULL, 1), ('c', 3, '2026-01-01', 1)",
    );
    bench.file("changes.csv", "Code,Price,At,On\na,7.25,31.01.2026 12:00,yes\nB,#N/A,,no\nx,1,,\n");
    bench.file("gone.csv", "Code\nc\ny\n");
    let map = copied(&[("code", "Code"), ("price", "Price"), ("at", "At"), ("on", "On")]);
    let update = json!({"source": csv("changes.csv"), "object": "items", "operation": "update", "find": {"match": ["code"]}, "mapping": map});
    let delete = json!({"source": csv("gone.csv"), "object": "items", "operation": "delete", "mapping": copied(&[("code", "Code")])});
    keep(&bench, "both", &[update, delete]);
    let done = bench.run(&["run", "both"]);
    assert_eq!((done.code, done.accounted().count("updated"), done.count("deleted")), (1, 2, 1), "{done:?}");
    assert_eq!((done.count("skipped"), done.count("failed")), (1, 1), "{done:?}");
    assert_eq!(database.rows("SELECT * FROM items"), ["a|7.25|2026-01-31T12:00:00.000Z|1", "b|||0"]);
    let failed = bench.results(1, &["--outcome", "failed"]);
    assert_eq!(failed[0]["code"], "not_found", "{failed:?}");
    assert_eq!(failed[0]["message"], "no row of items has the code \"y\"");
}

#[test]
fn what_the_table_refuses_is_told_and_goes_through_once_it_is_corrected() {
    let bench = Bench::empty();
    let sql = "CREATE TABLE people (id INTEGER PRIMARY KEY, mail TEXT UNIQUE, name TEXT, age INT CHECK (age > 0));
        INSERT INTO people (mail) VALUES ('b@x.de')";
    let database = Database::new(&bench, sql);
    bench.file("people.csv", "Mail,Name,Age\na@x.de,A,1\nb@x.de,B,2\nc@x.de,C,-3\nd@x.de,D,four\ne@x.de,E,5\n");
    let map = copied(&[("mail", "Mail"), ("name", "Name"), ("age", "Age")]);
    keep(
        &bench,
        "people",
        &[json!({"source": csv("people.csv"), "object": "people", "operation": "insert", "mapping": map})],
    );
    let done = bench.run(&["run", "people"]);
    assert_eq!((done.code, done.accounted().count("created"), done.count("failed")), (1, 2, 2), "{done:?}");
    assert_eq!(done.count("not_sent"), 1, "{done:?}");
    let told: Vec<_> = bench.results(1, &["--outcome", "failed"]).iter().map(|row| row["message"].clone()).collect();
    assert_eq!(
        told,
        ["another row of people has the same mail \"b@x.de\"", "the row breaks a rule of people: age > 0"]
    );
    database.run("DELETE FROM people WHERE name IS NULL");
    let again = bench.run(&["retry", "1", "--code", "not_unique"]);
    assert_eq!((again.code, again.accounted().count("created")), (0, 1), "{again:?}");
    assert_eq!(database.rows("SELECT name FROM people ORDER BY name"), ["A", "B", "E"]);
}

#[test]
fn a_run_into_a_table_is_taken_back() {
    let bench = Bench::empty();
    let sql = "CREATE TABLE t (k TEXT PRIMARY KEY, n INT, at DATETIME, pic BLOB);
        INSERT INTO t VALUES ('a', 1, '2026-01-01 10:00:00', x'00ff'), ('b', 2, 'some day', NULL), ('c', 3, NULL, x'01')";
    let database = Database::new(&bench, sql);
    let all = "SELECT k, n, at, hex(pic) FROM t ORDER BY k";
    let before = database.rows(all);
    bench.file("new.csv", "K,N,At\na,10,2026-05-05T00:00:00Z\nb,#N/A,2026-05-06T00:00:00Z\nx,7,\n");
    bench.file("gone.csv", "K\nc\n");
    let map = copied(&[("k", "K"), ("n", "N"), ("at", "At")]);
    let upsert = json!({"source": csv("new.csv"), "object": "t", "operation": "upsert", "mapping": map});
    let delete =
        json!({"source": csv("gone.csv"), "object": "t", "operation": "delete", "mapping": copied(&[("k", "K")])});
    keep(&bench, "both", &[upsert, delete]);
    let done = bench.run(&["run", "both"]);
    assert_eq!(
        (done.code, done.accounted().count("updated"), done.count("created"), done.count("deleted")),
        (0, 2, 1, 1),
        "{done:?}"
    );
    assert_ne!(database.rows(all), before);
    database.run("UPDATE t SET n = 99 WHERE k = 'a'");
    let undone = bench.run(&["undo", "1"]);
    assert_eq!(
        (undone.accounted().count("updated"), undone.count("created"), undone.count("deleted")),
        (1, 1, 1),
        "{undone:?}"
    );
    assert_eq!(undone.count("skipped"), 1, "what somebody changed since stays: {undone:?}");
    let after = database.rows(all);
    assert_eq!(after[0], "a|99|2026-05-05T00:00:00.000Z|00FF");
    assert_eq!(after[1..], before[1..]);
}

#[test]
fn what_keeps_a_step_from_running_speaks_of_the_table() {
    let bench = Bench::empty();
    Database::new(
        &bench,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL, twice AS (id * 2)); CREATE VIEW v AS SELECT * FROM t",
    );
    bench.file("x.csv", "A,B\n1,2\n");
    let step = |object: &str, operation: &str, map: Value| json!({"source": csv("x.csv"), "object": object, "operation": operation, "mapping": map});
    let lookup = json!([{"target": "name", "column": "A", "lookup": {"object": "Account", "by": "Name"}}]);
    let absent = {
        let mut step = step("t", "update", copied(&[("id", "A"), ("name", "B")]));
        step["options"] = json!({"absent": {"then": "delete"}});
        step
    };
    let cases = [
        (step("t", "insert", copied(&[("nme", "A")])), "the table t has no column nme", "Did you mean name?"),
        (step("t", "insert", copied(&[("id", "A")])), "new t rows need name, which is not mapped", "constant"),
        (step("t", "insert", copied(&[("name", "A"), ("twice", "B")])), "twice is computed by the database", "Remove"),
        (
            step("t", "update", copied(&[("name", "A")])),
            "records are found by id, but no column is mapped to it",
            "Map",
        ),
        (step("t", "insert", lookup), "name looks a record up, and the table t has no org to search", "Map a column"),
        (absent, "rows of the table t that are no longer in the source cannot be told", "Leave"),
    ];
    for (number, (step, message, hint)) in cases.into_iter().enumerate() {
        let name = format!("wrong {number}");
        keep(&bench, &name, &[step]);
        let told = bench.run(&["check", &name]);
        let problem = &told.json()["problems"][0];
        assert_eq!(problem["message"], message, "{told:?}");
        assert!(problem["hint"].as_str().unwrap().contains(hint), "{told:?}");
        let text = told.stdout.to_lowercase();
        assert!(!text.contains("salesforce") && !text.contains("permission"), "{told:?}");
    }
    keep(&bench, "view", &[step("v", "insert", copied(&[("name", "A")]))]);
    let view = bench.run(&["run", "view"]);
    assert!(view.code == 2 && view.json()["error"].as_str().unwrap().contains("is a view"), "{view:?}");
    keep(&bench, "none", &[step("nothing", "insert", copied(&[("name", "A")]))]);
    let none = bench.run(&["check", "none"]);
    assert!(none.code == 2 && none.json()["hint"].as_str().unwrap().contains("It has: t, v"), "{none:?}");
}

#[test]
fn an_integration_without_a_database_reads_and_writes_as_before() {
    let bench = Bench::empty();
    let text = "{\n  \"linkspan\": 1,\n  \"name\": \"old\",\n  \"steps\": [\n    {\n      \"source\": {\n        \"org\": \"p\",\n        \"soql\": \"SELECT Id FROM Account\"\n      },\n      \"org\": \"\",\n      \"object\": \"Account\",\n      \"operation\": \"insert\",\n      \"mapping\": []\n    }\n  ]\n}\n";
    let old = linkspan::integration::Integration::from_file(text).unwrap();
    assert_eq!(old.to_file(), text);
    drop(bench);
}

/// Rows enough for several deliveries; the odd hundredth is refused.
const ROWS: u64 = 3_500;

/// What a table's rows can be told by, and how it is made.
const TABLES: [(&str, &str); 4] = [
    ("a unique column", "CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT UNIQUE, n INT NOT NULL)"),
    ("the number of the row alone", "CREATE TABLE t (k TEXT, n INT NOT NULL)"),
    ("a key of its own", "CREATE TABLE t (k TEXT PRIMARY KEY, n INT NOT NULL) WITHOUT ROWID"),
    (
        "numbers in a log",
        "PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, k TEXT, n INT NOT NULL)",
    ),
];

/// A load of a table that dies on its way.
struct Mortal {
    bench: Bench,
    database: Database,
    what: String,
}

impl Mortal {
    fn new(table: usize, operation: &str) -> Mortal {
        let bench = Bench::empty();
        let (what, sql) = TABLES[table];
        let database = Database::new(&bench, sql);
        let mut rows = "K,N\n".to_owned();
        for row in 0..ROWS {
            // Two words tell many rows apart, so that some are alike.
            let key = if operation == "insert" && table == 1 { row / 3 } else { row };
            rows.push_str(&format!(
                "K{key},{}\n",
                if row % 100 == 7 { "9999999999".to_owned() } else { key.to_string() }
            ));
        }
        // What is too large is refused by the table alone.
        database.run(
            "CREATE TRIGGER small BEFORE INSERT ON t WHEN new.n > 9999999 BEGIN SELECT RAISE(ABORT, 'too large'); END;
            CREATE TRIGGER smaller BEFORE UPDATE ON t WHEN new.n > 9999999 BEGIN SELECT RAISE(ABORT, 'too large'); END",
        );
        if operation != "insert" {
            database.run(&format!(
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {}) INSERT INTO t (k, n) SELECT 'K' || i, -1 FROM n",
                ROWS - 1
            ));
        }
        bench.file("rows.csv", rows);
        let map = if operation == "delete" { copied(&[("k", "K")]) } else { copied(&[("k", "K"), ("n", "N")]) };
        let find = if operation == "insert" { json!("id") } else { json!({"match": ["k"]}) };
        let options = json!({"retry": {"first_ms": 1}});
        keep(
            &bench,
            "load",
            &[
                json!({"source": csv("rows.csv"), "object": "t", "operation": operation, "find": find, "mapping": map, "options": options}),
            ],
        );
        Mortal { bench, database, what: format!("{operation}, {what}") }
    }

    /// Starts the run, or takes it up.
    fn live(&self) -> std::process::Child {
        match self.state() {
            None => self.bench.spawn(&["run", "load"]),
            Some(_) => self.bench.spawn(&["continue", "1"]),
        }
    }

    fn state(&self) -> Option<String> {
        let runs = self.bench.run(&["runs"]);
        Some(runs.json()["runs"].as_array()?.first()?["state"].as_str()?.to_owned())
    }

    fn is_over(&self) -> bool {
        self.state().is_some_and(|state| state != "incomplete")
    }

    /// Comes to its end, and every row is where it says.
    fn holds(&self, operation: &str, day: &str) {
        let what = format!("{}: {day}", self.what);
        let done = match self.state() {
            None => self.bench.run(&["run", "load"]),
            Some(state) if state == "incomplete" => self.bench.run(&["continue", "1"]),
            Some(_) => self.bench.run(&["runs"]),
        };
        let runs = self.bench.run(&["runs"]).json()["runs"][0].clone();
        let count = |name: &str| runs[name].as_u64().unwrap_or_else(|| panic!("{what}: no {name} in {runs} {done:?}"));
        let refused = if operation == "delete" { 0 } else { ROWS.div_ceil(100) };
        assert_eq!((count("failed"), count("unconfirmed"), count("unaccounted")), (refused, 0, 0), "{what}: {runs}");
        match operation {
            "insert" => {
                assert_eq!(count("created"), ROWS - refused, "{what}: {runs}");
                assert_eq!(self.database.count("t"), ROWS - refused, "{what}");
                let ids = self.ids();
                let key = if self.what.contains("key of its own") {
                    "k"
                } else if self.what.contains("alone") {
                    "rowid"
                } else {
                    "id"
                };
                let mut there = self.database.rows(&format!("SELECT {key} FROM t"));
                there.sort_unstable();
                assert_eq!(ids, there, "{what}: each outcome names a row of its own");
            }
            "update" => {
                assert_eq!(count("updated"), ROWS - refused, "{what}: {runs}");
                let there = self.database.rows("SELECT sum(n = -1), sum('K' || n = k), count(*) FROM t");
                assert_eq!(there, [format!("{refused}|{}|{ROWS}", ROWS - refused)], "{what}");
            }
            _ => {
                assert_eq!(count("deleted"), ROWS, "{what}: {runs}");
                assert_eq!(self.database.count("t"), 0, "{what}");
            }
        }
    }

    /// The records that outcomes name, in order.
    fn ids(&self) -> Vec<String> {
        let made = self.bench.results(1, &["--outcome", "created"]);
        let mut ids: Vec<String> = made.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        ids.sort_unstable();
        ids
    }
}

/// Dies while it waits for its turn to write: noted and not done.
#[test]
fn it_dies_before_a_delivery_is_written() {
    for table in 0..TABLES.len() {
        let mortal = Mortal::new(table, "insert");
        let other = mortal.database.open();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let process = mortal.live();
        until("a delivery that waits", || {
            let seen = mortal.bench.run(&["runs"]).json();
            seen["runs"].as_array().is_some_and(|runs| runs.first().is_some_and(|run| run["rows"] == ROWS))
        });
        // A moment more, and it is at the door of the table.
        Cancel::new().sleep(Duration::from_millis(60)).unwrap();
        kill(process);
        other.execute_batch("ROLLBACK").unwrap();
        mortal.holds("insert", "death before the first delivery");
    }
}

/// Dies as soon as a delivery shows in the table: done and, most likely, not told.
#[test]
fn it_dies_when_a_delivery_was_just_written() {
    let inserts = (0..TABLES.len()).map(|table| ("insert", table));
    for (operation, table) in inserts.chain([("update", 0), ("delete", 2)]) {
        {
            let mortal = Mortal::new(table, operation);
            let shown = |database: &Connection| -> i64 {
                database.query_row("SELECT count(*) + total(n <> -1) FROM t", [], |row| row.get::<_, f64>(0)).unwrap()
                    as i64
            };
            let watch = mortal.database.open();
            for _ in 0..2 {
                if mortal.is_over() {
                    break;
                }
                let before = shown(&watch);
                let mut process = mortal.live();
                until("a delivery", || shown(&watch) != before || process.try_wait().unwrap().is_some());
                kill(process);
            }
            drop(watch);
            mortal.holds(operation, "death after a delivery");
        }
    }
}

/// Dies wherever it is, again and again.
#[test]
fn it_dies_at_random_moments_while_it_writes() {
    for round in 0..setting("LINKSPAN_KILL_ROUNDS", 6) {
        let mut chance = Chance::new(setting("LINKSPAN_KILL_SEED", 1).wrapping_mul(77_003) + round);
        let operation = ["insert", "update", "insert", "delete"][(round % 4) as usize];
        let mortal = Mortal::new(chance.below(4) as usize, operation);
        let mut day = Vec::new();
        for _ in 0..=chance.below(4) {
            if mortal.is_over() {
                break;
            }
            let moment = Duration::from_micros(20_000 + chance.below(250_000));
            day.push(format!("{moment:?}"));
            let process = mortal.live();
            // Not a wait for something to happen: wherever it is by then, it dies.
            Cancel::new().sleep(moment).unwrap();
            kill(process);
        }
        mortal.holds(operation, &format!("round {round}: {day:?}"));
    }
}

#[test]
fn a_document_and_the_forms_of_other_tools_say_where_rows_go() {
    let bench = Bench::empty();
    Database::new(&bench, ACCOUNTS);
    keep(&bench, "sync", &[from_the_org(&json!({"match": ["sf"]}), "upsert")]);
    let document = bench.run(&["export-integration", "sync", "--format", "markdown"]);
    for said in [
        "Rows of the table `accounts` in `erp.db` are found by `sf`",
        "Rows are written into the database itself, in transactions.",
    ] {
        assert!(document.stdout.contains(said), "{said}: {document:?}");
    }
    for format in ["sfdmu", "cumulusci"] {
        let written = bench.run(&["export-integration", "sync", "--format", format]);
        assert!(written.json()["left_out"].to_string().contains("rows go into erp.db"), "{written:?}");
    }
}

#[test]
fn what_was_written_for_a_row_is_shown() {
    let bench = Bench::empty();
    Database::new(&bench, ACCOUNTS);
    bench.file("one.csv", "Key,Name\nA1,\"One, only\"\nA1,Two\n");
    let map = copied(&[("sf", "Key"), ("name", "Name")]);
    keep(
        &bench,
        "one",
        &[json!({"source": csv("one.csv"), "object": "accounts", "operation": "insert", "mapping": map})],
    );
    bench.run(&["run", "one"]);
    let shown = |row: &str| -> Value {
        let told = bench.run(&["request", "1", "--row", row]);
        serde_json::from_str(told.stdout.lines().next().unwrap()).unwrap_or_else(|_| panic!("{told:?}"))
    };
    assert_eq!(shown("1")["sent"], "sf,name\nA1,\"One, only\"");
    assert_eq!(shown("1")["heard"], "Created: 1");
    assert_eq!(shown("2")["heard"], "Failed: another row of accounts has the same sf \"A1\"");
}

#[test]
fn the_window_shows_a_step_into_a_table_and_its_runs() {
    walk_in_a_fresh_home("table::walks::look");
}

mod walks {
    use super::*;

    #[test]
    #[ignore = "runs in a process of its own"]
    fn look() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let sql = "CREATE TABLE customers (id INTEGER PRIMARY KEY, mail TEXT UNIQUE, name TEXT NOT NULL)";
        Connection::open(path("erp.db")).unwrap().execute_batch(sql).unwrap();
        std::fs::write(path("people.csv"), "Mail,Name\na@x.de,Anna\na@x.de,Berta\n").unwrap();
        let map = copied(&[("mail", "Mail"), ("name", "Name")]);
        let step = json!({"source": csv("people.csv"), "into": {"path": "erp.db"}, "object": "customers", "operation": "insert", "mapping": map});
        let form = json!({"linkspan": 1, "name": "Into a table", "steps": [step], "formulas": {"time_zone": "UTC"}});
        std::fs::write(path("table.json"), form.to_string()).unwrap();
        let project = std::env::var_os("LINKSPAN_WORKSPACE").map(PathBuf::from);
        let workspace = Workspace::open(OpenOptions { path: project, ..OpenOptions::default() }).unwrap();
        workspace.import_integration(&path("table.json")).unwrap();
        drop(workspace);

        let mut walk = open_at(egui::vec2(1400.0, 900.0));
        walk.key_press_modifiers(Modifiers::COMMAND, Key::Num3);
        walk.run_steps(3);
        until_said(&mut walk, "Open Into a table");
        press(&mut walk, "Open Into a table");
        until_said(&mut walk, "No problems");
        until_said(&mut walk, "name");
        press(&mut walk, "More about the integration");
        press(&mut walk, "How it is loaded…");
        until_said(&mut walk, "How customers is loaded");
        let shown = said(&walk);
        for nonsense in ["Duplicate rules", "REST", "Bulk", "recycle bin", "Salesforce"] {
            assert!(!shown.contains(nonsense), "{nonsense}:\n{shown}");
        }
        press_when_ready(&mut walk, "Run in erp.db");
        until_said(&mut walk, "2 read = 1 created + 1 failed · unaccounted 0");
        until_said(&mut walk, "the database itself because the rows go into a table");
        until_said(&mut walk, "another row of customers has the same mail");
        let shown = said(&walk);
        assert!(!shown.contains("Salesforce") && !shown.contains("API call"), "{shown}");
        press(&mut walk, "Undo this run…");
        until_said(&mut walk, "A table has no recycle bin");
        press_when_ready(&mut walk, "Undo 1 record in erp.db");
        until_said(&mut walk, "1 read = 1 deleted · unaccounted 0");
        let left = Connection::open(path("erp.db")).unwrap();
        assert_eq!(left.query_row("SELECT count(*) FROM customers", [], |row| row.get::<_, i64>(0)).unwrap(), 0);
    }
}

//! The table target: every row one true outcome, and nothing twice, whatever is lost on the way.

use super::*;
use crate::cancel::Cancel;
use crate::connect::file::{FileFormat, FileSettings, open as open_file};
use crate::connect::{Action, Api, EncodedRows, Keys, OutColumn, Outcome, RowOutcome, Sent, Target, Ticket};
use crate::mapping::{CLEAR_MARK, Formats};
use crate::record::{Kind, RowNumber};
use proptest::prelude::*;
use std::path::PathBuf;
use std::time::Instant;

/// A body that is at hand as a whole.
struct Body(Vec<u8>, bool);

impl EncodedRows for Body {
    fn next(&mut self) -> Result<Option<Vec<u8>>, ConnectError> {
        Ok((!std::mem::replace(&mut self.1, true)).then(|| self.0.clone()))
    }

    fn rewind(&mut self) {
        self.1 = false;
    }
}

/// A database of its own, and rows on their way into one of its tables.
struct Scene {
    _folder: tempfile::TempDir,
    path: PathBuf,
    table: &'static str,
    columns: Vec<String>,
    key: Option<&'static str>,
}

impl Scene {
    fn new(sql: &str, table: &'static str, columns: &[&str]) -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("erp.db");
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        Scene {
            _folder: folder,
            path,
            table,
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            key: None,
        }
    }

    fn target(&self, action: Action) -> SqliteTarget {
        let column = |name: &String| OutColumn { path: name.clone(), kind: Kind::Text };
        SqliteTarget::new(TableSpec {
            path: self.path.clone(),
            table: self.table.to_owned(),
            action,
            columns: self.columns.iter().map(column).collect(),
            rows: None,
            key: self.key.map(str::to_owned),
        })
        .patient(Duration::ZERO)
    }

    fn body(&self, rows: &[&[&str]]) -> Body {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        writer.write_record(&self.columns).unwrap();
        rows.iter().for_each(|row| writer.write_record(*row).unwrap());
        Body(writer.into_inner().unwrap(), false)
    }

    fn write(&self, action: Action, rows: &[&[&str]]) -> Vec<String> {
        let target = self.target(action);
        let ticket = target.stage(&mut self.body(rows), &Cancel::new()).unwrap();
        commit(&target, &ticket, rows.len()).unwrap()
    }

    /// What becomes of a delivery of which only the ticket is left, as after a crash.
    fn settle(&self, action: Action, ticket: &Ticket, rows: &[&[&str]]) -> Vec<String> {
        let written = serde_json::to_string(ticket).unwrap();
        let ticket: Ticket = serde_json::from_str(&written).unwrap();
        self.settle_with(&self.target(action), &ticket, rows)
    }

    fn settle_with(&self, target: &SqliteTarget, ticket: &Ticket, rows: &[&[&str]]) -> Vec<String> {
        let mut told = Told::default();
        let sent = sent(rows.len());
        target
            .settle(ticket, &sent, &[], &mut self.body(rows), &Cancel::new(), &mut |row, what| told.add(row, what))
            .unwrap();
        told.outcomes(rows.len())
    }

    fn run(&self, sql: &str) {
        Connection::open(&self.path).unwrap().execute_batch(sql).unwrap();
    }

    /// The rows of a query, with bars between the values.
    fn rows(&self, sql: &str) -> Vec<String> {
        let database = Connection::open(&self.path).unwrap();
        let mut query = database.prepare(sql).unwrap();
        let columns = query.column_count();
        let rows = query.query_map([], |row| {
            let mut line = Vec::new();
            for at in 0..columns {
                let mut text = String::new();
                assert!(show(row.get_ref(at)?, false, &mut text));
                line.push(text);
            }
            Ok(line.join("|"))
        });
        rows.unwrap().collect::<rusqlite::Result<Vec<_>>>().unwrap()
    }

    fn find(&self, fields: &[&str], values: &[&[&str]], asked: &[&str]) -> Vec<Vec<String>> {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let keys = Keys { fields: texts(fields), values: values.iter().map(|row| texts(row)).collect() };
        let found = self.target(Action::Update).current(&keys, &texts(asked), &Cancel::new()).unwrap();
        let told = |record: super::super::Found| format!("{}:{}", record.id, record.values.join("|"));
        found.into_iter().map(|records| records.into_iter().map(told).collect()).collect()
    }
}

#[derive(Default)]
struct Told(Vec<(RowNumber, RowOutcome)>);

impl Told {
    fn add(&mut self, row: RowNumber, outcome: RowOutcome) {
        assert!(self.0.iter().all(|(known, _)| *known != row), "row {row} is told twice");
        self.0.push((row, outcome));
    }

    /// Each row's outcome: its word with the record's id, or with the code of why not.
    fn outcomes(mut self, rows: usize) -> Vec<String> {
        assert_eq!(self.0.len(), rows, "every row is told");
        self.0.sort_by_key(|(row, _)| *row);
        let told = |(_, outcome): (RowNumber, RowOutcome)| {
            if let Some(why) = outcome.rejection().filter(|_| outcome.outcome() == Outcome::Failed) {
                assert!(why.hint.is_some() && !why.message.contains("constraint"), "{why:?}");
            }
            let what = outcome.id().map(str::to_owned).or(outcome.rejection().map(|why| why.code.clone()));
            format!("{} {}", outcome.outcome().word(), what.unwrap_or_default())
        };
        self.0.into_iter().map(told).collect()
    }
}

fn sent(rows: usize) -> Sent {
    Sent { rows: (0..rows).map(|row| (row as u64 + 5, [0; 12])).collect() }
}

fn commit(target: &SqliteTarget, ticket: &Ticket, rows: usize) -> Result<Vec<String>, ConnectError> {
    let mut told = Told::default();
    target.commit(ticket, &sent(rows), &Cancel::new(), &mut |row, what| told.add(row, what))?;
    Ok(told.outcomes(rows))
}

const CUSTOMERS: &str = "CREATE TABLE customers (id INTEGER PRIMARY KEY, erp TEXT UNIQUE, name VARCHAR(40) NOT NULL,
    credit DECIMAL(10,2) CHECK (credit >= 0), active BOOLEAN DEFAULT 1, region INTEGER REFERENCES regions, since DATE, logo BLOB);
    CREATE TABLE regions (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO regions VALUES (1, 'North');";

#[test]
fn rows_are_inserted_updated_and_deleted() {
    let scene = Scene::new(CUSTOMERS, "customers", &["erp", "name", "credit", "active", "region", "since", "logo"]);
    let rows: &[&[&str]] = &[
        &["C1", "Öl & Söhne", "12.5", "true", "1", "2026-01-31", "AP8="],
        &["007", "Bond", "", "", CLEAR_MARK, "", ""],
    ];
    assert_eq!(scene.write(Action::Insert, rows), ["created 1", "created 2"]);
    let all = "SELECT *, typeof(erp), typeof(active), typeof(logo) FROM customers";
    let first = "1|C1|Öl & Söhne|12.5|1|1|2026-01-31|AP8=|text|integer|blob";
    assert_eq!(scene.rows(all), [first, "2|007|Bond||1||||text|integer|null"]);

    let changes = Scene { columns: ["id", "name", "credit"].map(str::to_owned).into(), ..scene };
    let rows: &[&[&str]] = &[&["2", "James", "7"], &["1", "", CLEAR_MARK], &["9", "Nobody", ""]];
    assert_eq!(changes.write(Action::Update, rows), ["updated 2", "updated 1", "failed not_found"]);
    let told = "SELECT id, name, credit FROM customers";
    assert_eq!(changes.rows(told), ["1|Öl & Söhne|", "2|James|7"]);

    let gone = Scene { columns: vec!["id".to_owned()], ..changes };
    assert_eq!(gone.write(Action::Delete, &[&["1"], &["9"]]), ["deleted 1", "failed not_found"]);
    assert_eq!(gone.rows(told), ["2|James|7"]);
}

#[test]
fn a_row_that_the_table_refuses_holds_up_no_other() {
    let scene = Scene::new(CUSTOMERS, "customers", &["erp", "name", "credit", "region"]);
    scene.run("CREATE TRIGGER no_bond BEFORE INSERT ON customers WHEN new.name = 'Bond' BEGIN SELECT RAISE(ABORT, 'no spies'); END;
        CREATE TRIGGER no_q BEFORE INSERT ON customers WHEN new.name = 'Q' BEGIN SELECT RAISE(IGNORE); END;
        CREATE TRIGGER no_m BEFORE INSERT ON customers WHEN new.name = 'M' BEGIN SELECT RAISE(ROLLBACK, 'not at all'); END;");
    let target = scene.target(Action::Insert);
    let rows: &[&[&str]] = &[
        &["C1", "One", "1", "1"],
        &["C1", "Twice", "", ""],
        &["C2", "", "", ""],
        &["C3", "Poor", "-1", ""],
        &["C4", "Far", "", "9"],
        &["C5", "Bond", "", ""],
        &["C6", "Q", "", ""],
        &["C7", "M", "", ""],
        &["C8", "Odd", "007", ""],
        &["C9", "Last", "2", "1"],
    ];
    let ticket = target.stage(&mut scene.body(rows), &Cancel::new()).unwrap();
    let (mut whys, mut told) = (Vec::new(), Told::default());
    target
        .commit(&ticket, &sent(rows.len()), &Cancel::new(), &mut |row, what| {
            whys.extend(what.rejection().map(|why| format!("{} ({})", why.message, why.fields.join(","))));
            told.add(row, what);
        })
        .unwrap();
    let wanted = [
        "created 1",
        "failed not_unique",
        "failed required_blank",
        "failed check",
        "failed no_parent",
        "failed trigger",
        "failed left_out",
        "failed trigger",
        "failed would_change",
        "created 2",
    ];
    assert_eq!(told.outcomes(rows.len()), wanted);
    assert_eq!(scene.rows("SELECT erp FROM customers"), ["C1", "C9"]);
    let words = [
        "another row of customers has the same erp \"C1\" (erp)",
        "name must have a value in every row of customers (name)",
        "the row breaks a rule of customers: credit >= 0 (credit)",
        "region points to a row of regions, and there is none for 9 (region)",
        "a trigger of customers refused the row: no spies ()",
        "a rule or trigger of customers left the row out without saying why ()",
        "a trigger of customers refused the row: not at all ()",
        "credit is declared DECIMAL(10,2), which keeps numbers of 15 digits: \"007\" would become 7 (credit)",
    ];
    assert_eq!(whys, words);
}

#[test]
fn a_row_that_others_point_to_stays() {
    let scene = Scene::new(CUSTOMERS, "regions", &["id"]);
    scene.run("INSERT INTO customers (name, region) VALUES ('One', 1); INSERT INTO regions VALUES (2, 'South')");
    assert_eq!(scene.write(Action::Delete, &[&["1"], &["2"]]), ["failed has_children", "deleted 2"]);
}

#[test]
fn what_is_looked_at_last_holds_up_no_other_either() {
    let scene = Scene::new(
        "CREATE TABLE parents (id INTEGER PRIMARY KEY);
         CREATE TABLE parts (id TEXT PRIMARY KEY, under TEXT REFERENCES parts DEFERRABLE INITIALLY DEFERRED)",
        "parts",
        &["id", "under"],
    );
    let rows: &[&[&str]] = &[&["a", "b"], &["b", ""], &["c", "x"]];
    assert_eq!(scene.write(Action::Insert, rows), ["created a", "created b", "failed no_parent"]);
    assert_eq!(scene.rows("SELECT id FROM parts"), ["a", "b"]);
}

#[test]
fn unusual_names_and_tables_of_every_kind_are_written() {
    let name =
        "CREATE TABLE \"or\"\"der; --\" (\"select\" TEXT PRIMARY KEY, \"a b\" TEXT, \"ß\"\"\" TEXT) WITHOUT ROWID";
    let odd = Scene::new(name, "or\"der; --", &["select", "a b", "ß\""]);
    assert_eq!(
        odd.write(Action::Insert, &[&["x,\"y", "1", "2"], &["x,\"y", "3", ""]]),
        ["created x,\"y", "failed not_unique"]
    );
    assert_eq!(odd.write(Action::Update, &[&["x,\"y", "4", CLEAR_MARK]]), ["updated x,\"y"]);
    assert_eq!(odd.rows("SELECT * FROM \"or\"\"der; --\""), ["x,\"y|4|"]);

    let plain = Scene::new("CREATE TABLE log (line, at)", "log", &["line"]);
    assert_eq!(plain.write(Action::Insert, &[&["a"], &[""], &["7"]]), ["created 1", "created 2", "created 3"]);
    let by_number = Scene { columns: ["rowid", "line"].map(str::to_owned).into(), ..plain };
    assert_eq!(by_number.write(Action::Update, &[&["3", "b"]]), ["updated 3"]);
    assert_eq!(by_number.rows("SELECT rowid, line, typeof(line) FROM log"), ["1|a|text", "2||null", "3|b|text"]);

    let pairs = "CREATE TABLE pairs (a TEXT, b TEXT, n INT, PRIMARY KEY (a, b)) WITHOUT ROWID;
        INSERT INTO pairs VALUES ('x', '1', 0), ('y', '1', 0), ('y', '2', 0)";
    let chosen = Scene { key: Some("a"), ..Scene::new(pairs, "pairs", &["a", "n"]) };
    let rows: &[&[&str]] = &[&["x", "5"], &["y", "6"]];
    assert_eq!(chosen.write(Action::Update, rows), ["updated x", "failed several_found"]);
}

#[test]
fn what_is_there_is_found_whatever_its_spelling() {
    let sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, code TEXT UNIQUE, city TEXT, open BOOLEAN, any);
        INSERT INTO t VALUES (7, 'Abc', 'Köln', 1, 7), (8, 'abc', 'KÖLN', 0, '7'), (9, '10', 'Bonn', NULL, x'00ff')";
    let scene = Scene::new(sql, "T", &[]);
    let found = |fields: &[&str], values: &[&[&str]]| scene.find(fields, values, &["open"]);
    assert_eq!(found(&["ID"], &[&["7"], &["007"], &["x"], &[""]]), [vec!["7:true"], vec![], vec![], vec![]]);
    assert_eq!(
        found(&["code"], &[&["abc"], &["ABC"], &["10"]]),
        [vec!["8:false"], vec!["7:true", "8:false"], vec!["9:"]]
    );
    assert_eq!(found(&["city"], &[&["köln"], &["Bonn"]]), [vec!["7:true", "8:false"], vec!["9:"]]);
    assert_eq!(found(&["code", "city"], &[&["abc", "köln"], &["abc", "Bonn"]]), [vec!["7:true", "8:false"], vec![]]);
    assert_eq!(found(&["any"], &[&["7"]]), [vec!["7:true", "8:false"]]);
    assert_eq!(found(&["open"], &[&["true"]]), [vec!["7:true"]]);
    let keys = Keys { fields: vec!["nowhere".to_owned()], values: vec![vec!["1".to_owned()]] };
    let missing = scene.target(Action::Update).current(&keys, &[], &Cancel::new()).unwrap_err();
    assert!(missing.to_string().contains("the table t in") && missing.hint().is_some_and(|hint| hint.contains("city")));
}

#[test]
fn a_key_is_found_by_its_index() {
    let rows =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT 'K' || i FROM n";
    let scene = Scene::new(&format!("CREATE TABLE t (k TEXT PRIMARY KEY); INSERT INTO t {rows}"), "t", &["k"]);
    let asked: Vec<String> = (1..=2_000).map(|key| format!("K{}", key * 97)).collect();
    let values: Vec<[&str; 1]> = asked.iter().map(|key| [key.as_str()]).collect();
    let values: Vec<&[&str]> = values.iter().map(<[&str; 1]>::as_slice).collect();
    let begun = Instant::now();
    assert!(scene.find(&["k"], &values, &[]).iter().all(|found| found.len() == 1));
    // Looking through all rows for each would take minutes.
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_lost_answer_is_found_again_and_nothing_is_there_twice() {
    let sqls = [
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT UNIQUE, n TEXT NOT NULL)", "unique"),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, k TEXT, n TEXT NOT NULL)", "numbered"),
        ("CREATE TABLE t (k TEXT, n TEXT NOT NULL)", "no key"),
        ("CREATE TABLE t (k TEXT PRIMARY KEY, n TEXT NOT NULL) WITHOUT ROWID", "no numbers"),
        ("CREATE TABLE t (k TEXT, n TEXT NOT NULL, PRIMARY KEY (k, n)) WITHOUT ROWID", "a key of two columns"),
        ("CREATE TABLE t (k TEXT, n TEXT NOT NULL); CREATE UNIQUE INDEX lower ON t (lower(k))", "an odd index"),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT UNIQUE, n TEXT NOT NULL); PRAGMA journal_mode = WAL", "WAL"),
    ];
    // The second row is refused: it lacks a value.
    let rows: &[&[&str]] = &[&["a", "1"], &["b", ""], &["c", "3"], &["d", "4"]];
    for (sql, what) in sqls {
        for killed_before_commit in [true, false] {
            let scene = Scene::new(&format!("{sql}; INSERT INTO t (k, n) VALUES ('z', '0')"), "t", &["k", "n"]);
            let target = scene.target(Action::Insert);
            let ticket = target.stage(&mut scene.body(rows), &Cancel::new()).unwrap();
            let done = if killed_before_commit { Vec::new() } else { commit(&target, &ticket, rows.len()).unwrap() };
            drop(target);
            let settled = scene.settle(Action::Insert, &ticket, rows);
            assert_eq!(settled[1], "failed required_blank", "{what}");
            assert!([0, 2, 3].iter().all(|place| settled[*place].starts_with("created ")), "{what}: {settled:?}");
            assert!(killed_before_commit || settled == done, "{what}: {settled:?}, and {done:?} before");
            assert_eq!(scene.rows("SELECT k, n FROM t ORDER BY n"), ["z|0", "a|1", "c|3", "d|4"], "{what}");
        }
    }
}

#[test]
fn rows_that_look_the_same_are_each_told_a_record_of_their_own() {
    let scene = Scene::new("CREATE TABLE t (a TEXT, b TEXT)", "t", &["a", "b"]);
    let rows: &[&[&str]] = &[&["x", ""], &["x", "y"], &["x", ""]];
    let target = scene.target(Action::Insert);
    let ticket = target.stage(&mut scene.body(rows), &Cancel::new()).unwrap();
    commit(&target, &ticket, 3).unwrap();
    scene.run("INSERT INTO t VALUES ('x', NULL)");
    let again = scene.target(Action::Insert);
    // Another row of the run is known to have made this one.
    again.remember(vec!["1".to_owned()]);
    let settled = scene.settle_with(&again, &ticket, rows);
    assert_eq!(settled, ["created 3", "created 2", "created 4"]);
    assert_eq!(scene.rows("SELECT count(*) FROM t"), ["4"]);
}

#[test]
fn what_cannot_be_known_is_not_sent_again() {
    let rows: &[&[&str]] = &[&["a", "1"], &["b", "2"]];
    let lost = |sql: &str, meanwhile: &str, committed: bool| {
        let scene = Scene::new(sql, "t", &["k", "n"]);
        let target = scene.target(Action::Insert);
        let ticket = target.stage(&mut scene.body(rows), &Cancel::new()).unwrap();
        if committed {
            commit(&target, &ticket, 2).unwrap();
        }
        scene.run(meanwhile);
        (scene.settle(Action::Insert, &ticket, rows), scene.rows("SELECT k, n FROM t ORDER BY n"))
    };
    let unknown = ["unconfirmed unconfirmed", "unconfirmed unconfirmed"];
    let keyless = "CREATE TABLE t (k TEXT, n TEXT)";
    // Somebody changed both, or they are somebody's own.
    let (settled, there) = lost(keyless, "UPDATE t SET n = n + 10", true);
    assert_eq!((settled.as_slice(), there.len()), (&unknown.map(str::to_owned)[..], 2));
    let (settled, there) = lost(keyless, "INSERT INTO t VALUES ('p', 'q'), ('r', 's')", false);
    assert_eq!((settled.as_slice(), there.len()), (&unknown.map(str::to_owned)[..], 2));
    // One is as it was, so that the other was there too.
    let (settled, there) = lost(keyless, "UPDATE t SET n = '10' WHERE k = 'a'", true);
    assert_eq!(
        (settled.as_slice(), there.len()),
        (&["unconfirmed unconfirmed".to_owned(), "created 2".to_owned()][..], 2)
    );
    // The numbers tell that there were rows, though all are gone.
    let remembers = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, k TEXT, n TEXT)";
    let (settled, there) = lost(remembers, "DELETE FROM t", true);
    assert_eq!((settled.as_slice(), there.len()), (&unknown.map(str::to_owned)[..], 0));
    // What is the same where it must differ may be the row itself.
    let odd = "CREATE TABLE t (k TEXT, n TEXT); CREATE UNIQUE INDEX lower ON t (lower(k))";
    let (settled, there) = lost(odd, "UPDATE t SET n = n + 10", true);
    assert_eq!((settled.as_slice(), there.len()), (&unknown.map(str::to_owned)[..], 2));
    // A value that there is only once tells, whatever else is new.
    let unique = "CREATE TABLE t (k TEXT UNIQUE, n TEXT)";
    let (settled, there) = lost(unique, "INSERT INTO t VALUES ('p', '5')", false);
    assert_eq!((settled.len(), there.join(" ").as_str()), (2, "a|1 b|2 p|5"));
    let (settled, _) = lost(unique, "UPDATE t SET n = '10' WHERE k = 'a'", true);
    assert_eq!(settled, ["unconfirmed unconfirmed", "created 2"]);
}

#[test]
fn numbers_that_were_given_before_are_not_given_again_to_new_rows() {
    let scene = Scene::new("CREATE TABLE t (k TEXT); INSERT INTO t VALUES ('x'), ('y')", "t", &["k"]);
    let target = scene.target(Action::Insert);
    let rows: &[&[&str]] = &[&["a"], &["b"]];
    let ticket = target.stage(&mut scene.body(rows), &Cancel::new()).unwrap();
    scene.run("DELETE FROM t");
    assert_eq!(commit(&target, &ticket, 2).unwrap(), ["created 3", "created 4"]);
    assert_eq!(scene.settle(Action::Insert, &ticket, rows), ["created 3", "created 4"]);
    assert_eq!(scene.rows("SELECT k FROM t"), ["a", "b"]);
}

#[test]
fn changes_and_deletions_are_done_again_and_told_as_they_were() {
    let sql = "CREATE TABLE t (k TEXT PRIMARY KEY, n INT); INSERT INTO t VALUES ('a', 1), ('b', 2)";
    for committed in [true, false] {
        for (action, wanted) in
            [(Action::Update, ["updated a", "failed not_found"]), (Action::Delete, ["deleted a", "failed not_found"])]
        {
            let scene = Scene::new(sql, "t", &["k", "n"]);
            let rows: &[&[&str]] = &[&["a", "7"], &["x", "8"]];
            let target = scene.target(action.clone());
            let ticket = target.stage(&mut scene.body(rows), &Cancel::new()).unwrap();
            if committed {
                assert_eq!(commit(&target, &ticket, 2).unwrap(), wanted);
            }
            assert_eq!(scene.settle(action.clone(), &ticket, rows), wanted);
            let left: &[&str] = if action == Action::Update { &["a|7", "b|2"] } else { &["b|2"] };
            assert_eq!(scene.rows("SELECT * FROM t"), left);
        }
    }
}

#[test]
fn a_busy_file_is_waited_for_and_then_written() {
    for mode in ["DELETE", "WAL"] {
        let scene = Scene::new(&format!("PRAGMA journal_mode = {mode}; CREATE TABLE t (k TEXT)"), "t", &["k"]);
        let target = scene.target(Action::Insert);
        let ticket = target.stage(&mut scene.body(&[&["a"]]), &Cancel::new()).unwrap();
        let other = Connection::open(&scene.path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES ('other')").unwrap();
        let busy = commit(&target, &ticket, 1).unwrap_err();
        assert!(
            matches!(&busy, ConnectError::Busy { message, .. } if message.contains("erp.db is being written")),
            "{busy:?}"
        );
        other.execute_batch("COMMIT").unwrap();
        assert_eq!(commit(&target, &ticket, 1).unwrap(), ["created 2"]);
        assert_eq!(scene.rows("SELECT k FROM t"), ["other", "a"]);
    }
}

#[test]
fn a_reader_in_the_way_of_the_end_is_waited_for_too() {
    let scene = Scene::new("CREATE TABLE t (k TEXT)", "t", &["k"]);
    let target = scene.target(Action::Insert);
    let ticket = target.stage(&mut scene.body(&[&["a"]]), &Cancel::new()).unwrap();
    let reader = Connection::open(&scene.path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM t").unwrap();
    assert!(matches!(commit(&target, &ticket, 1), Err(ConnectError::Busy { .. })));
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(commit(&target, &ticket, 1).unwrap(), ["created 1"]);
    assert_eq!(scene.rows("SELECT k FROM t"), ["a"]);
}

#[test]
fn what_cannot_be_written_says_what_and_what_to_do() {
    let refused = |scene: &Scene| {
        let error = scene.target(Action::Insert).stage(&mut scene.body(&[&["1"]]), &Cancel::new()).unwrap_err();
        assert!(matches!(error, ConnectError::Refused { .. }) && error.hint().is_some(), "{error:?}");
        error.to_string()
    };
    let sql = "CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t";
    assert!(
        refused(&Scene::new(sql, "v", &["a"])).contains("v in")
            && refused(&Scene::new(sql, "v", &["a"])).contains("is a view")
    );
    assert!(refused(&Scene::new(sql, "x", &["a"])).contains("has no table x"));
    assert!(refused(&Scene::new("CREATE VIRTUAL TABLE f USING fts5(a)", "f", &["a"])).contains("extension"));
    let damaged = Scene::new(sql, "t", &["a"]);
    std::fs::write(&damaged.path, [7; 4096]).unwrap();
    assert!(refused(&damaged).contains("damaged or encrypted"));
    let missing = Scene::new(sql, "t", &["a"]);
    std::fs::remove_file(&missing.path).unwrap();
    assert!(refused(&missing).contains("cannot be opened"));
    assert!(!missing.path.exists(), "nothing is made that is not there");

    let changed = Scene::new("CREATE TABLE t (a, b)", "t", &["b"]);
    let target = changed.target(Action::Insert);
    let ticket = target.stage(&mut changed.body(&[&["1"]]), &Cancel::new()).unwrap();
    changed.run("ALTER TABLE t DROP COLUMN b");
    let error = commit(&target, &ticket, 1).unwrap_err();
    assert!(error.to_string().contains("no column") || error.to_string().contains("no such column"), "{error}");
    let error = commit(&target, &ticket, 1).unwrap_err();
    assert!(error.to_string().contains("the table t in") && error.to_string().contains("has no column b"), "{error}");

    let full = Scene::new("CREATE TABLE t (a)", "t", &["a"]);
    let target = full.target(Action::Insert);
    let long = "x".repeat(1 << 20);
    let ticket = target.stage(&mut full.body(&[&[&long]]), &Cancel::new()).unwrap();
    target.limit_pages(4);
    let error = commit(&target, &ticket, 1).unwrap_err();
    assert!(error.to_string().contains("cannot grow") && error.hint().is_some(), "{error}");
    assert_eq!(full.rows("SELECT count(*) FROM t"), ["0"]);
}

#[test]
#[cfg(unix)]
fn a_file_that_may_only_be_read_is_not_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::new("CREATE TABLE t (a)", "t", &["a"]);
    std::fs::set_permissions(&scene.path, std::fs::Permissions::from_mode(0o444)).unwrap();
    // Whoever may do everything is not held up by rights.
    if std::fs::OpenOptions::new().write(true).open(&scene.path).is_ok() {
        return;
    }
    let error = scene.target(Action::Insert).stage(&mut scene.body(&[&["1"]]), &Cancel::new()).unwrap_err();
    assert!(error.to_string().contains("read-only") && error.hint().is_some(), "{error}");
}

#[test]
fn a_table_says_what_may_be_written() {
    let sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, code VARCHAR(12) NOT NULL UNIQUE, price DECIMAL(10,2) NOT NULL DEFAULT 0,
        \"open\" BOOL, at DATETIME, day DATE, note TEXT, photo BLOB, any, twice INT AS (id * 2) STORED);
        CREATE TABLE words (word TEXT PRIMARY KEY); CREATE TABLE plain (a INT)";
    let scene = Scene::new(sql, "t", &[]);
    let schema = table_schema(&scene.path, "T", None).unwrap();
    assert_eq!((schema.name.as_str(), schema.id_field()), ("t", "id"));
    let kinds: Vec<Kind> = schema.fields.iter().map(|field| field.kind).collect();
    let wanted = [
        Kind::Integer,
        Kind::Text,
        Kind::Number,
        Kind::Boolean,
        Kind::DateTime,
        Kind::Date,
        Kind::LongText,
        Kind::Base64,
        Kind::Any,
        Kind::Integer,
    ];
    assert_eq!(kinds, wanted);
    let field = |name: &str| schema.field(name).unwrap();
    let id = field("id");
    assert!(!id.required && id.createable && !id.updateable && id.unique && id.finds_records());
    let code = field("code");
    assert!(code.required && code.length == 12 && code.unique && code.finds_records() && code.updateable);
    assert_eq!((field("price").required, field("price").precision, field("price").scale), (false, 10, 2));
    assert!(field("twice").calculated && !field("twice").createable && !field("twice").updateable);
    let words = table_schema(&scene.path, "words", None).unwrap();
    assert!(words.id_field() == "word" && words.fields[0].required);
    let plain = table_schema(&scene.path, "plain", None).unwrap();
    assert!(plain.id_field() == "rowid" && !plain.fields[0].createable && plain.fields[0].finds_records());
    assert_eq!(table_schema(&scene.path, "plain", Some("A")).unwrap().id_field(), "a");
}

/// A cell of one of the columns of the property below.
fn cells() -> impl Strategy<Value = Vec<String>> {
    let whole = prop_oneof![any::<i64>().prop_map(|n| n.to_string()), (-99i64..99).prop_map(|n| n.to_string())];
    let number = (-999_999_999i64..999_999_999, 0u32..9)
        .prop_map(|(digits, scale)| rust_decimal::Decimal::new(digits, scale).normalize().to_string());
    let text = "[ -~äß€\n\"]{1,12}".prop_filter("the mark empties", |text| text != CLEAR_MARK);
    let day = (1i16..9999, 1i8..13, 1i8..29).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}"));
    let bytes = prop::collection::vec(any::<u8>(), 1..9).prop_map(|bytes| STANDARD.encode(bytes));
    (whole, number, text.clone(), day, bytes, text).prop_map(|(a, b, c, d, e, f)| vec![a, b, c, d, e, f])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_written_is_what_is_read(rows in prop::collection::vec(cells(), 1..12)) {
        let sql = "CREATE TABLE t (whole INTEGER, number NUMERIC, words TEXT, day DATE, bytes BLOB, \"any\")";
        let scene = Scene::new(sql, "t", &["whole", "number", "words", "day", "bytes", "any"]);
        let given: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
        let given: Vec<&[&str]> = given.iter().map(Vec::as_slice).collect();
        prop_assert!(scene.write(Action::Insert, &given).iter().all(|told| told.starts_with("created")));
        let settings = FileSettings {
            path: scene.path.clone(),
            format: FileFormat::Sqlite(SqliteSettings { table: "t".to_owned() }),
            formats: Formats::default(),
            columns: Default::default(),
        };
        let mut source = open_file(&settings).unwrap();
        let mut read: Vec<Vec<String>> = Vec::new();
        while let Some(batch) = source.read().unwrap() {
            read.extend(batch.rows().map(|row| row.cells().map(str::to_owned).collect::<Vec<_>>()));
        }
        prop_assert_eq!(read, rows);
    }
}

#[test]
fn a_target_says_how_it_wants_to_be_fed() {
    let scene = Scene::new("CREATE TABLE t (a)", "t", &["a"]);
    let target = scene.target(Action::Insert);
    let terms = target.terms();
    assert_eq!((terms.api, terms.in_flight, terms.rows), (Api::Direct, 1, ROWS_PER_DELIVERY));
    assert_eq!(serde_json::to_string(&Api::Direct).unwrap(), "\"direct\"");
}

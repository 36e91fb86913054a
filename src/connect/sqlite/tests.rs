use super::*;
use crate::connect::file::{FileFormat, inspect, inspect_as, open as open_file};
use std::path::PathBuf;

fn database(folder: &tempfile::TempDir, sql: &str) -> PathBuf {
    let path = folder.path().join("erp.db");
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    path
}

fn rows(settings: &FileSettings) -> Vec<Vec<String>> {
    let mut source = open_file(settings).unwrap();
    let mut rows = Vec::new();
    while let Some(batch) = source.read().unwrap() {
        rows.extend(batch.rows().map(|row| row.cells().map(str::to_owned).collect::<Vec<_>>()));
    }
    rows
}

#[test]
fn every_kind_of_value_comes_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(
        &folder,
        "CREATE TABLE \"Odd \"\"name\"\"\" (id INTEGER PRIMARY KEY, name TEXT, price REAL, picture BLOB, wide INTEGER);
         INSERT INTO \"Odd \"\"name\"\"\" VALUES (1, 'Öl; \"x\"', 1.5, x'00ff', 9223372036854775807), (2, NULL, 0.1, NULL, -1);",
    );
    let found = inspect(&path).unwrap();
    assert_eq!(found.settings.format, FileFormat::Sqlite(SqliteSettings { table: "Odd \"name\"".into() }));
    assert_eq!((found.rows, found.sheets.len()), (Some(2), 1));
    assert!(found.notes.iter().any(|note| note.text == "The table Odd \"name\" is the only one."), "{:?}", found.notes);
    let wanted = [["1", "Öl; \"x\"", "1.5", "AP8=", "9223372036854775807"], ["2", "", "0.1", "", "-1"]];
    assert_eq!(rows(&found.settings), wanted);
    let mut comma = found.settings;
    comma.formats.decimal_comma = true;
    assert_eq!(rows(&comma)[0][2], "1,5");
}

#[test]
fn the_first_table_with_rows_is_read_and_another_is_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(
        &folder,
        "CREATE TABLE a (x); CREATE TABLE b (x); INSERT INTO b VALUES (7);
         CREATE VIEW c AS SELECT x + 1 AS y FROM b; CREATE VIEW broken AS SELECT x FROM nowhere;",
    );
    let found = inspect(&path).unwrap();
    assert_eq!(found.sheets, ["a", "b", "broken", "c"]);
    assert_eq!(rows(&found.settings), [["7"]]);
    let of = |table: &str| FileSettings {
        format: FileFormat::Sqlite(SqliteSettings { table: table.into() }),
        ..found.settings.clone()
    };
    assert_eq!(rows(&inspect_as(&of("c")).unwrap().settings), [["8"]]);
    let missing = inspect_as(&of("d")).unwrap_err();
    assert!(missing.to_string().contains("no table d") && missing.hint().is_some_and(|hint| hint.contains("a, b")));
    assert!(inspect_as(&of("broken")).unwrap_err().to_string().contains("nowhere"));
}

#[test]
fn thousands_of_rows_come_in_batches_and_what_is_no_text_is_a_fault_of_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(
        &folder,
        "CREATE TABLE t (n); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
         INSERT INTO t SELECT i FROM n; INSERT INTO t VALUES (CAST(x'ff' AS TEXT)), ('last');",
    );
    let found = inspect(&path).unwrap();
    let mut source = open_file(&found.settings).unwrap();
    let (mut seen, mut faults) = (0, Vec::new());
    while let Some(batch) = source.read().unwrap() {
        assert_eq!(batch.first(), seen + 1);
        seen += batch.len() as u64;
        faults.extend(batch.rows().filter(|row| row.fault().is_some()).map(|row| row.number()));
    }
    assert_eq!((seen, faults), (10_002, vec![10_001]));
}

#[test]
fn what_cannot_be_read_says_why_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let empty = database(&folder, "CREATE TABLE t (x); DROP TABLE t;");
    let damaged = folder.path().join("damaged.db");
    let mut bytes = b"SQLite format 3\0".to_vec();
    bytes.extend([7; 4096]);
    std::fs::write(&damaged, bytes).unwrap();
    for (path, words) in [(empty, "without a table"), (damaged, "damaged or encrypted")] {
        let error = inspect(&path).unwrap_err();
        assert!(error.to_string().contains(words) && error.hint().is_some(), "{error}");
    }
}

#[test]
fn a_database_is_only_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(&folder, "CREATE TABLE t (x); INSERT INTO t VALUES (1);");
    let before = std::fs::read(&path).unwrap();
    let found = inspect(&path).unwrap();
    assert_eq!(rows(&found.settings), [["1"]]);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

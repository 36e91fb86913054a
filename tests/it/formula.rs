//! Formulas at the command line: the language's suite, and what a person sees of a mistake.

use crate::harness::{Done, fixture, program};
use std::path::Path;

/// `linkspan formula …`
fn formula(arguments: &[&str]) -> Done {
    let home = tempfile::tempdir().unwrap();
    program(home.path()).arg("formula").args(arguments).output().unwrap().into()
}

#[test]
fn every_case_of_the_suite_passes() {
    let cases = fixture("formula/cases.jsonl");
    let done = formula(&["test", cases.to_str().unwrap()]);
    assert_eq!((done.code, done.stdout.as_str()), (0, "997 passed, 0 failed\n"), "{done:?}");
}

#[test]
fn differences_are_told_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.jsonl");
    let except = folder.path().join("except.txt");
    std::fs::write(
        &file,
        concat!(
            r#"{"id": "a", "formula": "1+1", "fields": {}, "expect": {"type": "number", "value": "2"}}"#,
            "\n",
            r#"{"id": "b", "formula": "1+1", "fields": {}, "expect": {"type": "number", "value": "3"}}"#,
            "\n",
            r#"{"id": "c", "status": "disputed", "formula": "1+", "fields": {}, "expect": {"error": "div_by_zero", "phase": "eval"}}"#,
            "\n",
            r#"{"id": "d", "formula": "LEN(A)", "fields": {"A": {"type": "text", "value": "x"}}, "expect": {"type": "text", "value": "1"}}"#,
            "\n",
        ),
    )
    .unwrap();
    std::fs::write(&except, "d  # known\n").unwrap();
    let done = formula(&["test", file.to_str().unwrap(), "--except", except.to_str().unwrap()]);
    assert_eq!(done.code, 1, "{done:?}");
    assert_eq!(
        done.stdout,
        "b: 1+1 → got 2, expected number \"3\"\n\
         c: 1+ → got compile error syntax (The formula ends where a value was expected), expected eval error div_by_zero\n\
         1 of the failed ones are marked as disputed, doc-only or policy\n\
         1 passed, 2 failed\n"
    );
}

#[test]
fn a_formula_is_evaluated_over_a_row() {
    let record = r#"{"Unit Price": 12.5, "Quantity": {"type": "number", "value": "3"}, "At": {"type": "datetime", "value": "2024-01-01T23:30:00Z"}, "Gone": {"type": "number", "value": null}}"#;
    let eval = |text: &str, more: &[&str]| formula(&[&["eval", text, "--record", record], more].concat());
    let done = eval("{!Unit Price} * Quantity", &[]);
    assert_eq!((done.code, done.stdout.as_str(), done.stderr.as_str()), (0, "37.5\n", ""), "{done:?}");
    let done = eval("-Quantity", &["--json"]);
    assert_eq!(done.json(), serde_json::json!({"type": "number", "value": "-3"}), "{done:?}");
    assert_eq!(eval("DATEVALUE(At)", &["--zone", "Europe/Berlin"]).stdout, "2024-01-02\n");
    assert_eq!(eval("Gone + 1", &[]).stdout, "1\n");
    assert_eq!(eval("Gone + 1", &["--blanks", "blank"]).stdout, "\n");
    assert_eq!(eval("TODAY()", &["--now", "2024-03-15T10:30:00Z"]).stdout, "2024-03-15\n");

    let done = eval("1 + Quantity / (2 - 2)", &["--json"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert_eq!(done.stderr, "1 + Quantity / (2 - 2)\n    ^^^^^^^^^^^^^^^^^^\n3 is divided by zero\n");
    assert_eq!(done.json()["problems"][0]["kind"], "div_by_zero");
    let done = eval("Quantty + 1", &[]);
    assert_eq!((done.code, done.stdout.as_str()), (1, ""), "{done:?}");
    assert_eq!(done.stderr, "Quantty + 1\n^^^^^^^\nThere is no field Quantty\nhint: Did you mean Quantity?\n");

    for wrong in [
        &["eval", "1", "--record", "{"][..],
        &["eval", "1", "--zone", "Moon"],
        &["eval"],
        &["eval", "1", "--now", "soon"],
    ] {
        assert_eq!(formula(wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn a_formula_is_checked_against_fields() {
    let schema = r#"{"Name": "text", "Amount": "currency", "Status": "picklist"}"#;
    let done = formula(&["check", "IF(Amount > 5, Name, NULL)", "--schema", schema, "--json"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(done.json(), serde_json::json!({"type": "text", "fields": ["Name", "Amount"], "warnings": []}));
    let done = formula(&["check", "Name & Amount\n& Stat", "--schema", schema]);
    assert_eq!(done.code, 1, "{done:?}");
    assert_eq!(
        done.stdout,
        "Name & Amount\n       ^^^^^^\n& does not go between text and a number\nhint: Wrap it in TEXT().\n\
         & Stat\n  ^^^^\nThere is no field Stat\n"
    );

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("columns.csv");
    std::fs::write(&file, "\u{feff}Kunde;\"Straße; Nr\";Ort\n1;2;3\n").unwrap();
    let done = formula(&["check", "{!Straße; Nr} & Ort", "--schema", file.to_str().unwrap()]);
    assert_eq!((done.code, done.stdout.as_str()), (0, "text\n"), "{done:?}");
    assert_eq!(formula(&["check", "1", "--schema", "none.csv"]).code, 2);
}

#[test]
fn the_document_says_what_the_table_says() {
    let done = formula(&["functions", "--markdown"]);
    let document = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/formulas.md")).unwrap();
    let (_, behind) = document.split_once("<!-- functions -->\n").unwrap();
    let (section, _) = behind.split_once("<!-- end of functions -->").unwrap();
    assert_eq!(section.trim(), done.stdout.trim(), "put the output of `linkspan formula functions --markdown` there");

    let done = formula(&["functions", "split"]);
    assert!(done.stdout.starts_with("SPLIT(text, separator, position)\nLinkspan's own"), "{done:?}");
    assert!(formula(&["functions"]).stdout.contains("ADDMONTHS"));
    assert_eq!(formula(&["functions", "nothing"]).code, 2);
}

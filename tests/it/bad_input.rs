//! Whatever is wrong with the input, one clear message says what, where, and what to do.

use crate::harness::{Bench, Done, fixture, program};

/// The command could not start: exit 2, a sentence, a hint, and the same in JSON.
fn refused(done: &Done, parts: &[&str]) {
    assert_eq!(done.code, 2, "{done:?}");
    let json = done.json();
    let error = json["error"].as_str().unwrap_or_else(|| panic!("no error: {done:?}"));
    assert!(json["hint"].is_string(), "no hint: {done:?}");
    for part in parts {
        assert!(error.contains(part), "{part} is not in: {error}");
    }
    assert!(done.stderr.contains("error: ") && done.stderr.contains("hint: "), "{done:?}");
}

#[test]
fn files_that_cannot_be_read_as_tables() {
    let bench = Bench::empty();
    let insert = |name: &str, content: &[u8]| {
        let file = bench.file(name, content);
        bench.import(&file, "Account", "insert", &[])
    };
    refused(&bench.import(&bench.home.path().join("none.csv"), "Account", "insert", &[]), &["none.csv"]);
    refused(&insert("empty.csv", b""), &["empty.csv"]);
    refused(
        &insert("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\x01\0\x08\x06\0\0\0"),
        &["picture.csv"],
    );
    refused(&insert("page.csv", b"<!DOCTYPE html><html><body>Sign in</body></html>"), &["page.csv"]);
    refused(&insert("twice.csv", b"Name,Phone,name\nA,1,2\n"), &["twice.csv", "A", "C"]);
    refused(&bench.import(bench.home.path(), "Account", "insert", &[]), &[]);
    assert_eq!(bench.records("Account"), 0);
}

#[test]
fn damaged_rows_stay_out_and_the_others_go_in() {
    for api in ["rest", "bulk"] {
        let bench = Bench::empty();
        let file = bench.file(
            "odd.csv",
            "Name,Phone\nGood one,1\ntoo few\ntoo,many,cells\nnul\0byte,4\nGood two,5\nbad \"quote\", is text\n\"unclosed,7\nGood three,8\n",
        );
        let done = bench.import(&file, "Account", "insert", &["--api", api]);
        assert_eq!((done.code, done.accounted().count("rows")), (1, 8), "{done:?}");
        assert_eq!((done.count("created"), done.count("not_sent")), (4, 4), "{done:?}");
        let held = bench.results(done.count("run"), &["--outcome", "not_sent"]);
        let places: Vec<_> =
            held.iter().map(|row| (row["line"].as_u64().unwrap(), row["code"].as_str().unwrap())).collect();
        assert_eq!(places[0], (3, "too_few_cells"), "{held:?}");
        assert_eq!(places[1], (4, "too_many_cells"), "{held:?}");
        assert_eq!(places[2].0, 5, "{held:?}");
        assert_eq!(places[3], (8, "unclosed_quote"), "{held:?}");
        assert!(held[3]["message"].as_str().unwrap().contains("line 8"), "{held:?}");
    }
}

#[test]
fn names_that_are_not_there() {
    let bench = Bench::empty();
    let file = bench.file("a.csv", "Name,Phone\nA,1\n");
    let with = |mapping: &str| {
        let mapping = bench.file("m.json", mapping);
        bench.import(&file, "Account", "insert", &["--mapping", mapping.to_str().unwrap()])
    };
    refused(&with(r#"[{"target":"Nmae","column":"Name"}]"#), &["Nmae"]);
    refused(&with(r#"[{"target":"Name","column":"Nam"}]"#), &["Nam"]);
    refused(&with(r#"[{"target":"Name","column":"Name"},{"target":"Margin__c","constant":"1"}]"#), &["Margin__c"]);
    refused(
        &with(r#"[{"target":"Name","column":"Name"},{"target":"Credit_Rating__c","constant":"A"}]"#),
        &["Credit_Rating__c"],
    );
    refused(&with(r#"[{"target":"Phone","column":"Phone"}]"#), &["Name"]);
    refused(&with("nonsense"), &["m.json"]);
    refused(&bench.import(&file, "Acount", "insert", &[]), &["Acount"]);
    refused(&bench.import(&file, "Campaign", "insert", &[]), &["Campaign"]);
    refused(&bench.import(&file, "Account", "upsert", &["--external-id", "Phone"]), &["Phone"]);
    refused(&bench.import(&file, "Account", "upsert", &[]), &[]);
    refused(
        &bench.run(&[
            "import",
            file.to_str().unwrap(),
            "--org",
            "nobody",
            "--object",
            "Account",
            "--operation",
            "insert",
        ]),
        &["nobody"],
    );
    refused(&bench.run(&["run", "No such"]), &["No such"]);
    refused(&bench.run(&["results", "77"]), &["77"]);
    refused(&bench.run(&["results", "77", "--outcome", "nice"]), &["nice"]);
}

#[test]
fn orgs_that_do_not_let_us_in() {
    let bench = Bench::empty();
    let url = bench.org.welcome["url"].as_str().unwrap();
    let add = |url: &str, token: &str| {
        let mut command = program(bench.home.path());
        command.args(["org", "add", "x", "--url", url, "--token-env", "T", "--json"]).env("T", token);
        Done::from(command.output().unwrap())
    };
    refused(&add("http://127.0.0.1:1", "t"), &["127.0.0.1:1"]);
    let wrong = add(url, "00D000000000000!wrong");
    refused(&wrong, &["401"]);
    assert!(!format!("{wrong:?}").contains("!wrong"), "the token is not repeated: {wrong:?}");
    refused(&add("http://example.com", "t"), &[]);
    refused(&bench.run(&["org", "test", "nobody"]), &["nobody"]);
    refused(&bench.run(&["org", "add", "practice", "--url", url, "--token", "x"]), &["practice"]);
}

#[test]
fn arguments_that_cannot_be_understood_end_in_json_too() {
    let bench = Bench::empty();
    refused(&bench.run(&["import"]), &[]);
    refused(&bench.run(&["imprt"]), &["imprt"]);
}

#[test]
fn a_damaged_file_in_the_middle_of_good_ones_is_named() {
    let bench = Bench::empty();
    let done = bench.import(&fixture("northwind/orders.csv"), "Account", "insert", &[]);
    refused(&done, &["Name"]);
}

//! Out and in again: what was exported and is imported unchanged changes nothing, for every type of field, and brings back what was
//! changed meanwhile.

use crate::harness::{Bench, Done};
use serde_json::{Value, json};

/// A field, its definition, and a value of it that is easily spoilt.
const FIELDS: [(&str, &str, &str); 17] = [
    ("Text__c", r#"{"type": "Text", "length": 255}"#, r#""=1+1, \"quoted\"\nand 'more' – ñ漢🙂""#),
    ("Zeros__c", r#"{"type": "Text", "length": 20}"#, r#""00042""#),
    ("Long__c", r#"{"type": "LongTextArea", "length": 32000, "visibleLines": 3}"#, r#""first\r\n\r\nsecond;\ttab""#),
    ("Rich__c", r#"{"type": "Html", "length": 32000, "visibleLines": 10}"#, r#""<p>a &amp; b</p>""#),
    ("Number__c", r#"{"type": "Number", "precision": 18, "scale": 4}"#, "-12345678901234.5678"),
    ("Small__c", r#"{"type": "Number", "precision": 18, "scale": 10}"#, "0.0000000001"),
    ("Currency__c", r#"{"type": "Currency", "precision": 18, "scale": 2}"#, "1234567890.1"),
    ("Percent__c", r#"{"type": "Percent", "precision": 5, "scale": 2}"#, "99.99"),
    ("Check__c", r#"{"type": "Checkbox", "defaultValue": "false"}"#, "true"),
    ("Date__c", r#"{"type": "Date"}"#, r#""1900-02-28""#),
    ("Moment__c", r#"{"type": "DateTime"}"#, r#""2026-03-29T01:30:59.000+0000""#),
    ("Time__c", r#"{"type": "Time"}"#, r#""23:59:59.123Z""#),
    ("Pick__c", r#"{"type": "Picklist", "values": ["Ä, B", "C;D"]}"#, r#""Ä, B""#),
    (
        "Multi__c",
        r#"{"type": "MultiselectPicklist", "values": ["One", "Two", "Three"], "visibleLines": 4}"#,
        r#""One;Three""#,
    ),
    ("Mail__c", r#"{"type": "Email"}"#, r#""a.b+c@example.co.uk""#),
    ("Phone__c", r#"{"type": "Phone"}"#, r#""+49 (0)30 / 123""#),
    ("Url__c", r#"{"type": "Url"}"#, r#""https://example.com/?a=1&b=%20""#),
];

/// An org with an object of all types: a row with every value, one with none, and one with a parent.
fn bench() -> Bench {
    let bench = Bench::empty();
    let mut fields: Vec<Value> = FIELDS
        .iter()
        .map(|(name, definition, _)| {
            let mut field: Value = serde_json::from_str(definition).unwrap();
            field["name"] = json!(name);
            field["label"] = json!(name.trim_end_matches("__c"));
            field
        })
        .collect();
    fields.push(json!({"name": "Parent__c", "label": "Parent", "type": "Lookup", "referenceTo": "Account", "relationshipName": "Things"}));
    let object = json!({"name": "Thing__c", "label": "Thing", "pluralLabel": "Things",
        "nameField": {"label": "Name", "type": "Text"}, "fields": fields});
    bench.org.add_schema(&json!({"objects": [object]}));
    let mut all = json!({"Name": "All"});
    for (name, _, value) in FIELDS {
        all[name] = serde_json::from_str(value).unwrap();
    }
    let create = |object: &str, record: &Value| {
        let path = format!("/services/data/v67.0/sobjects/{object}");
        let answer = bench.org.http("POST", &path, &record.to_string());
        assert!(answer.starts_with("HTTP/1.1 201"), "{record}: {answer}");
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        serde_json::from_str::<Value>(body).unwrap()["id"].clone()
    };
    let parent = create("Account", &json!({"Name": "Parent"}));
    create("Thing__c", &all);
    create("Thing__c", &json!({"Name": " None "}));
    create("Thing__c", &json!({"Name": "Child", "Parent__c": parent}));
    bench
}

fn everything(bench: &Bench) -> Vec<Value> {
    let fields: Vec<&str> = FIELDS.iter().map(|(name, ..)| *name).collect();
    bench.org.select(&format!("SELECT Id, Name, Parent__c, {} FROM Thing__c ORDER BY Id", fields.join(", ")))
}

fn export(bench: &Bench, api: &str, format: &str) -> std::path::PathBuf {
    let path = bench.home.path().join(format!("things.{format}"));
    let fields: Vec<&str> = FIELDS.iter().map(|(name, ..)| *name).collect();
    let soql = format!("SELECT Id, Name, Parent__c, {} FROM Thing__c", fields.join(", "));
    let done = bench.run(&["export", "p", "--soql", &soql, "--output", path.to_str().unwrap(), "--api", api]);
    assert_eq!((done.code, done.count("rows")), (0, 3), "{done:?}");
    path
}

fn import(bench: &Bench, file: &std::path::Path, api: &str) -> Done {
    bench.import(file, "Thing__c", "update", &["--api", api])
}

#[test]
fn nothing_changes_when_what_was_exported_is_imported() {
    for format in ["csv", "xlsx"] {
        for api in ["rest", "bulk"] {
            let bench = bench();
            let before = everything(&bench);
            let file = export(&bench, api, format);
            let same = import(&bench, &file, api);
            assert_eq!((same.code, same.accounted().count("unchanged")), (0, 3), "{format} {api}: {same:?}");
            // Written all the same, every value is what it was.
            let written =
                bench.import(&file, "Thing__c", "update", &["--api", api, "--options", r#"{"skip_equal": false}"#]);
            assert_eq!((written.code, written.accounted().count("updated")), (0, 3), "{format} {api}: {written:?}");
            assert_eq!(everything(&bench), before, "{format} {api}");
        }
    }
}

#[test]
fn what_was_exported_brings_back_what_was_changed() {
    for api in ["rest", "bulk"] {
        let bench = bench();
        let before = everything(&bench);
        let file = export(&bench, api, "csv");
        for record in &before {
            let path = format!("/services/data/v67.0/sobjects/Thing__c/{}", record["Id"].as_str().unwrap());
            let other = json!({"Name": "Other", "Text__c": "x", "Zeros__c": "7", "Long__c": "y", "Rich__c": "z", "Number__c": 1, "Small__c": 2,
                "Currency__c": 3, "Percent__c": 4, "Check__c": false, "Date__c": "2026-01-01", "Moment__c": "2026-01-01T00:00:00Z",
                "Time__c": "01:02:03.000Z", "Pick__c": "C;D", "Multi__c": "Two", "Mail__c": "o@example.com", "Phone__c": "1",
                "Url__c": "http://o.example"});
            let answer = bench.org.http("PATCH", &path, &other.to_string());
            assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
        }
        let back = bench.import(&file, "Thing__c", "update", &["--api", api, "--clear-blanks"]);
        assert_eq!((back.code, back.accounted().count("updated")), (0, 3), "{api}: {back:?}");
        assert_eq!(everything(&bench), before, "{api}");
    }
}

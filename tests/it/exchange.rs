//! Integrations come from other tools and go back to them, and print as documents.

use crate::harness::{Bench, Done, fixture, program};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Copies a folder of fixtures into the home folder.
fn copied(bench: &Bench, name: &str) -> PathBuf {
    let folder = bench.home.path().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    for entry in std::fs::read_dir(fixture(&format!("exchange/{name}"))).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
    }
    folder
}

fn import(bench: &Bench, file: &Path, more: &[&str]) -> Done {
    let mut arguments = vec!["import-integration", file.to_str().unwrap()];
    arguments.extend(more);
    bench.run(&arguments)
}

fn export(bench: &Bench, id: &str, format: &str, output: &Path) -> Done {
    bench.run(&["export-integration", id, "--format", format, "--output", output.to_str().unwrap()])
}

#[test]
fn an_export_json_runs_and_goes_back_unchanged() {
    let bench = Bench::empty();
    let folder = copied(&bench, "sfdmu");
    let file = folder.join("export.json");
    let done = import(&bench, &file, &[]);
    assert_eq!((done.code, done.json()["name"].as_str()), (0, Some("sfdmu")), "{done:?}");
    assert!(done.stderr.contains("left out: objects[2].deleteOldData: no record is deleted beforehand"), "{done:?}");
    let stored = program(bench.home.path()).args(["export-integration", "sfdmu"]).output().unwrap();
    assert!(!String::from_utf8_lossy(&stored.stdout).contains("NOT_A_REAL_TOKEN"), "no secret is kept");

    let back = bench.home.path().join("back.json");
    let done = export(&bench, "sfdmu", "sfdmu", &back);
    assert_eq!(done.json()["left_out"], serde_json::json!([]), "{done:?}");
    let read = |path: &Path| serde_json::from_slice::<Value>(&std::fs::read(path).unwrap()).unwrap();
    let mut before = read(&file);
    before["orgs"][0].as_object_mut().unwrap().remove("accessToken");
    assert_eq!(read(&back), before);
    assert_eq!(
        std::fs::read(bench.home.path().join("ValueMapping.csv")).unwrap(),
        std::fs::read(folder.join("ValueMapping.csv")).unwrap()
    );

    // The accounts alone, since the fixture has no opportunities; loaded with their value map and their parents.
    let mut accounts = before.clone();
    accounts["objects"] = serde_json::json!([before["objects"][1]]);
    std::fs::write(folder.join("accounts.json"), accounts.to_string()).unwrap();
    assert_eq!(import(&bench, &folder.join("accounts.json"), &["--org", "p"]).code, 0);
    let done = bench.run(&["run", "accounts"]);
    assert_eq!((done.code, done.accounted().count("created")), (0, 3), "{done:?}");
    let rows = bench.query("SELECT Name, BillingCountry, Industry, Parent.ERP_Id__c FROM Account ORDER BY ERP_Id__c");
    assert_eq!(
        rows,
        [
            "Alfreds Futterkiste,Germany,Food & Beverage,",
            "Piccolo und mehr,Austria,Food & Beverage,ALFKI",
            "Rattlesnake Canyon Grocery,USA,Retail,",
        ]
    );
}

#[test]
fn a_mapping_yml_runs_and_goes_back_unchanged() {
    let bench = Bench::empty();
    let folder = copied(&bench, "cumulusci");
    let text = std::fs::read_to_string(folder.join("mapping.yml")).unwrap();
    // The practice org has no record types of contacts.
    std::fs::write(folder.join("mapping.yml"), text.replace("  record_type: Person\n", "")).unwrap();
    let done = import(&bench, &folder.join("mapping.yml"), &[]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stderr.contains("left out: Insert Tasks.lookups.WhoId: the link is left out"), "{done:?}");
    let done = bench.run(&["run", "cumulusci"]);
    assert_eq!((done.code, done.accounted().count("created")), (0, 6), "{done:?}");
    let rows = bench.query("SELECT Email, Account.Name FROM Contact ORDER BY Email");
    assert_eq!(rows, ["georg@piccolo.example,Piccolo und mehr", "maria@alfreds.example,Alfreds Futterkiste"]);
    assert_eq!(bench.query("SELECT Subject, What.Name FROM Task"), ["Call back,Alfreds Futterkiste"]);

    let (first, second) = (bench.home.path().join("first.yml"), bench.home.path().join("second.yml"));
    assert_eq!(export(&bench, "cumulusci", "cumulusci", &first).json()["left_out"], serde_json::json!([]));
    assert_eq!(import(&bench, &first, &["--name", "again"]).code, 0);
    assert_eq!(export(&bench, "again", "cumulusci", &second).code, 0);
    let first = std::fs::read_to_string(first).unwrap();
    assert_eq!(first, std::fs::read_to_string(second).unwrap());
    assert!(first.contains("anchor_date: ") && first.contains("select_options:"), "{first}");
}

#[test]
fn a_mapping_of_data_loader_comes_and_goes() {
    let bench = Bench::empty();
    let csv = bench.file(
        "kunden.csv",
        "Account Name,Käufernummer,Straße,PLZ,Ort,Telefon,Betreuer,Skype: Name\nAlfreds,ALFKI,Obere Str. 57,12209,Berlin,030,,\n",
    );
    let sdl = fixture("exchange/accounts.sdl");
    let more = ["--external-id", "ERP_Id__c", "--mapping", sdl.to_str().unwrap(), "--keep", "kunden"];
    let done = bench.import(&csv, "Account", "upsert", &more);
    assert_eq!((done.code, done.accounted().count("created")), (0, 1), "{done:?}");
    let rows = bench.query("SELECT Name, BillingStreet, Description, Fax, Type FROM Account");
    assert_eq!(rows, ["Alfreds,Obere Str. 57,\"12209, Berlin\",030,Kunde"]);
    // What was read is written again, but for the columns that are mapped to nothing.
    let output = bench.home.path().join("again.sdl");
    let done = export(&bench, "kunden", "sdl", &output);
    assert_eq!(done.json()["left_out"], serde_json::json!([]), "{done:?}");
    let again = std::fs::read_to_string(output).unwrap();
    assert!(again.contains("PLZ,\\ Ort=Description\n") && again.contains("\"Kunde\"=Type\n"), "{again}");

    let refused = import(&bench, &sdl, &[]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("import FILE --mapping"), "{refused:?}");

    let integration = serde_json::json!({
        "linkspan": 1, "name": "two",
        "steps": [
            { "source": { "path": "a.csv", "csv": {} }, "org": "p", "object": "Account", "operation": "insert",
              "mapping": [{ "target": "Name", "column": "Käufer Name" }, { "target": "Site", "formula": "UPPER(Ort)" },
                          { "target": "Description", "formula": "{!PLZ} & \", \" & {!Ort}" }] },
            { "source": { "path": "a.csv", "csv": {} }, "org": "p", "object": "Contact", "operation": "insert",
              "mapping": [{ "target": "LastName", "column": "Kontakt" }] },
        ],
    });
    let file = bench.file("two.json", integration.to_string());
    assert_eq!(import(&bench, &file, &[]).code, 0);
    let output = bench.home.path().join("two.sdl");
    let done = export(&bench, "two", "sdl", &output);
    let written = std::fs::read_to_string(output).unwrap();
    assert_eq!(written, "#Mapping values\nK\\u00E4ufer\\ Name=Name\nPLZ,\\ Ort=Description\n");
    assert!(done.stderr.contains("left out: Site: Data Loader has no formulas"), "{done:?}");
    assert!(done.stderr.contains("left out: Contact, step 2: A mapping of Data Loader is for one object"), "{done:?}");
}

#[test]
fn an_integration_prints_as_a_document() {
    let bench = Bench::empty();
    let folder = copied(&bench, "cumulusci");
    assert_eq!(import(&bench, &folder.join("mapping.yml"), &["--name", "Data <b>set</b>"]).code, 0);
    for (format, title) in
        [("html", "<h1>Data &lt;b&gt;set&lt;/b&gt;</h1>"), ("markdown", "# Data &lt;b&gt;set&lt;/b&gt;\n")]
    {
        let (first, second) = (bench.home.path().join("first"), bench.home.path().join("second"));
        let done = export(&bench, "Data <b>set</b>", format, &first);
        assert_eq!((done.code, &done.json()["left_out"]), (0, &serde_json::json!([])), "{done:?}");
        let text = std::fs::read_to_string(&first).unwrap();
        assert!(text.contains(title), "{text}");
        // What the org says of its fields, and of what keeps the integration from running, is in it.
        assert!(text.contains(" (Account Name, Text 255, required)"), "{text}");
        assert_eq!(export(&bench, "Data <b>set</b>", format, &second).code, 0);
        assert_eq!(text, std::fs::read_to_string(second).unwrap());
    }
    std::fs::remove_file(folder.join("tasks.csv")).unwrap();
    let done = bench.run(&["export-integration", "Data <b>set</b>", "--format", "markdown"]);
    assert!(done.code == 0 && done.stderr.contains("left out: Insert Task from tasks.csv: "), "{done:?}");
}

#[test]
fn files_that_are_none_are_refused_with_their_place() {
    let bench = Bench::empty();
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain("{}".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let cases: [(&str, Vec<u8>, &str); 10] = [
        ("new.json", br#"{"linkspan": 99, "name": "x", "steps": [], "later": 1}"#.into(), "format version 99"),
        ("torn.json", b"{\"linkspan\": 1,\n \"name\": \"x\",\n \"steps\": [{".into(), "line 3 column"),
        ("key.json", b"{\"linkspan\": 1,\n \"name\": \"x\", \"stepz\": []}".into(), "line 2 column"),
        ("torn/export.json", b"{\"objects\": [\n {\"query\" 1}]}".into(), "line 2 column"),
        ("wide.json", utf16, "UTF-16"),
        ("latin.json", b"{\n\"name\": \"K\xe4ufer\"}".into(), "line 2"),
        ("data.txt", b"Name,Phone\nA,1\n".into(), "no integration file"),
        ("tabs.yml", b"A:\n\tsf_object: Account\n".into(), "line 2"),
        ("other.yml", b"services:\n  web: {image: x}\n".into(), "no step"),
        ("large.json", vec![b' '; 17 << 20], "more than 16777216 bytes"),
    ];
    std::fs::create_dir(bench.home.path().join("torn")).unwrap();
    for (name, bytes, said) in cases {
        let done = import(&bench, &bench.file(name, bytes), &[]);
        let json = done.json();
        let (error, hint) = (json["error"].as_str().unwrap_or_default(), json["hint"].as_str().unwrap_or_default());
        assert!(done.code == 2 && error.contains(said) && !hint.is_empty(), "{name}: {done:?}");
        assert!(error.contains(name.rsplit('/').next().unwrap()), "{name}: {error}");
    }
    let large = bench.file("large.sdl", vec![b'a'; 100 << 20]);
    let csv = bench.file("a.csv", "Name\nA\n");
    let done = bench.import(&csv, "Account", "insert", &["--mapping", large.to_str().unwrap()]);
    assert!(done.code == 2 && done.stderr.contains("more than 16777216 bytes"), "{done:?}");
    let kept = bench.run(&["integrations"]).json();
    assert_eq!(kept["integrations"].as_array().map(Vec::len), Some(1), "only the example is there: {kept}");
}

//! Customers in a CSV file, and an org that has some of them: synced both ways, and the file stays what it was wherever nothing changed.

use crate::harness::{Bench, Done, fixture};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// A file and an org that both change.
struct Desk {
    bench: Bench,
    file: PathBuf,
    /// How its text becomes bytes.
    encoding: &'static encoding_rs::Encoding,
}

impl Desk {
    fn new(bytes: &[u8], encoding: &'static encoding_rs::Encoding, step: &Value) -> Desk {
        let bench = Bench::empty();
        let file = bench.file("kunden.csv", bytes);
        let design = json!({"linkspan": 1, "name": "Customers", "steps": [step]});
        let design = bench.file("sync.json", design.to_string());
        let done = bench.run(&["import-integration", design.to_str().unwrap()]);
        assert_eq!(done.code, 0, "{done:?}");
        Desk { bench, file, encoding }
    }

    /// Northwind's customers, with columns for what a sync keeps.
    fn northwind(changes: &Value) -> Desk {
        let text = fs::read_to_string(fixture("northwind/customers.csv")).unwrap();
        let text: Vec<_> = text.lines().map(|line| format!("{line},,\n")).collect();
        let text = text.concat().replacen("Fax,,", "Fax,SalesforceId,LastSyncDate", 1);
        let mut sync = json!({
            "left": "Northwind ERP",
            "key": "CustomerID",
            "keeps": {"left_id": "SalesforceId", "left_synced": "LastSyncDate"},
        });
        for (name, value) in changes.as_object().unwrap() {
            sync[name] = value.clone();
        }
        let line = |target: &str, column: &str| json!({"target": target, "column": column});
        let step = json!({
            "source": {"path": "kunden.csv", "csv": {}},
            "org": "p", "object": "Account", "operation": "upsert", "find": {"external_id": "ERP_Id__c"},
            "mapping": [line("ERP_Id__c", "CustomerID"), line("Name", "CompanyName"), line("BillingCity", "City"),
                        line("Phone", "Phone"), line("Fax", "Fax")],
            "sync": sync,
        });
        Desk::new(text.as_bytes(), encoding_rs::UTF_8, &step)
    }

    /// The good rows of a file that a German Excel has saved; nothing is said of what its columns hold.
    fn german() -> Desk {
        let bytes = fs::read(fixture("northwind/kunden_excel_de.csv")).unwrap();
        let bad = b"ALFKI;Alfreds Futterkiste (doppelt)";
        let good = bytes.windows(bad.len()).position(|part| part == bad).unwrap();
        let line = |target: &str, column: &str| json!({"target": target, "column": column});
        let step = json!({
            "source": {"path": "kunden.csv", "csv": {"encoding": "Windows-1252", "delimiter": ";"},
                       "formats": {"decimal_comma": true, "dates": "day_first"}},
            "org": "p", "object": "Account", "operation": "upsert", "find": {"external_id": "ERP_Id__c"},
            "mapping": [line("ERP_Id__c", "Kundennr"), line("Name", "Firma"), line("BillingCity", "Ort"),
                        line("Credit_Limit__c", "Kreditlimit"), line("Customer_Since__c", "Kunde seit"),
                        line("Active__c", "Aktiv"), line("Description", "Bemerkung")],
            "sync": {"left": "Excel", "key": "Kundennr", "deleted_left": "propagate", "deleted_right": "propagate"},
        });
        Desk::new(&bytes[..good], encoding_rs::WINDOWS_1252, &step)
    }

    fn sync(&self, more: &[&str]) -> Done {
        let mut arguments = vec!["sync", "Customers"];
        arguments.extend(more);
        self.bench.run(&arguments)
    }

    /// Syncs once more, which changes nothing.
    fn is_in_step(&self) {
        let before = (self.text(), fs::metadata(&self.file).unwrap().modified().unwrap());
        let done = self.sync(&[]);
        assert_eq!((done.code, done.count("rows")), (0, 0), "{done:?}");
        let after = (self.text(), fs::metadata(&self.file).unwrap().modified().unwrap());
        assert_eq!(before, after, "the file is not touched");
    }

    fn text(&self) -> String {
        let bytes = fs::read(&self.file).unwrap();
        let (text, bad) = self.encoding.decode_without_bom_handling(&bytes);
        assert!(!bad);
        text.into_owned()
    }

    /// The lines that a customer takes in the file.
    fn line(&self, customer: &str) -> String {
        let text = self.text();
        let line = text.split("\n").find(|line| line.starts_with(customer));
        line.unwrap_or_else(|| panic!("{customer} is not in the file")).to_owned()
    }

    /// Somebody edits the file.
    fn edit(&self, from: &str, to: &str) {
        let text = self.text();
        assert_eq!(text.matches(from).count(), 1, "{from}");
        fs::write(&self.file, self.encoding.encode(&text.replace(from, to)).0).unwrap();
    }

    fn create(&self, account: &Value) {
        let answer = self.bench.org.http("POST", "/services/data/v60.0/sobjects/Account", &account.to_string());
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }

    /// Somebody changes an account in the org, or deletes it.
    fn patch(&self, customer: &str, changes: &Value) {
        let path = format!("/services/data/v60.0/sobjects/Account/ERP_Id__c/{customer}");
        let method = if changes.is_null() { "DELETE" } else { "PATCH" };
        let answer = self.bench.org.http(method, &path, &changes.to_string());
        assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    }

    /// Fields of an account of the org; none where it is not there.
    fn account(&self, customer: &str) -> Option<Value> {
        let fields = "Id, Name, BillingCity, Phone, Credit_Limit__c, Customer_Since__c, Active__c";
        self.bench.org.select(&format!("SELECT {fields} FROM Account WHERE ERP_Id__c = '{customer}'")).pop()
    }
}

fn at(done: &Done, name: &str, end: &str) -> u64 {
    done.json()["sync"][0][name][end].as_u64().unwrap_or_else(|| panic!("{name} at {end}: {done:?}"))
}

#[test]
fn a_file_and_an_org_come_to_have_the_same_customers() {
    let desk = Desk::northwind(&json!({"deleted_left": "propagate", "deleted_right": "propagate"}));
    desk.create(&json!({"ERP_Id__c": "ALFKI", "Name": "Alfreds Futterkiste", "BillingCity": "Berlin"}));
    desk.create(&json!({"ERP_Id__c": "ORGON", "Name": "Only in \"the\" org, so far", "Phone": "1"}));
    let before = desk.text();
    let done = desk.sync(&[]);
    assert_eq!(done.code, 2, "{done:?}");
    assert_eq!(desk.text(), before, "nothing is written before somebody says yes");

    let done = desk.sync(&["--accept"]);
    assert_eq!(done.code, 0, "{done:?}");
    done.accounted();
    assert_eq!(desk.bench.records("Account"), 94);
    for customer in ["ALFKI", "WOLZA"] {
        let id = desk.account(customer).unwrap()["Id"].as_str().unwrap().to_owned();
        let line = desk.line(customer);
        assert!(line.contains(&format!(",{id},20")), "each line keeps its account and the time: {line}");
    }
    assert!(desk.line("ORGON").starts_with("ORGON,\"Only in \"\"the\"\" org, so far\",,,,,,,,1,,001"));
    assert_eq!(desk.text().lines().count(), before.lines().count() + 1);
    desk.is_in_step();

    desk.edit("Obere Str. 57,Berlin,", "Obere Str. 57,Bonn,");
    desk.edit("AROUT,", "NEWLY,New here,,,,Ulm,,,,,,,\nAROUT,");
    desk.edit("WOLZA,", "WOLZ2,");
    desk.patch("ANATR", &json!({"Phone": "222", "Fax": null}));
    desk.patch("ORGON", &Value::Null);
    let done = desk.sync(&[]);
    assert_eq!(at(&done, "change", "Northwind ERP"), 1, "{done:?}");
    assert_eq!(desk.account("ALFKI").unwrap()["BillingCity"], "Bonn");
    assert_eq!(desk.account("NEWLY").unwrap()["BillingCity"], "Ulm");
    assert!(desk.line("ANATR").contains(",Mexico,222,,001"), "{}", desk.line("ANATR"));
    assert!(!desk.text().contains("ORGON"), "{done:?}");
}

#[test]
fn a_german_file_keeps_its_numbers_dates_and_bytes() {
    let desk = Desk::german();
    let before = desk.text();
    desk.create(&json!({"ERP_Id__c": "ORGON", "Name": "Nur Übersee; Köln", "Credit_Limit__c": 1149.5,
                        "Customer_Since__c": "2026-01-02", "Active__c": true}));
    let done = desk.sync(&["--accept"]);
    assert_eq!(done.code, 0, "{done:?}");
    let new = "ORGON;\"Nur Übersee; Köln\";;;;;;;1149,5;02.01.2026;Ja;\r\n";
    assert_eq!(desk.text(), format!("{before}{new}"), "nothing but the new customer");
    let shown = done.json();
    let into = shown["steps"].as_array().unwrap().iter().find(|step| step["object"] == "kunden.csv").unwrap();
    assert_eq!(into["api_why"], "the file itself because the rows go into a text file");
    desk.is_in_step();

    desk.patch("ANATR", &json!({"Credit_Limit__c": 20000.25, "Customer_Since__c": "1993-06-05", "Active__c": true}));
    desk.patch("BLONP", &Value::Null);
    desk.edit(";15.846,72;04.04.1993;", ";16.000,50;05.04.1993;");
    desk.edit("BLAUS;Blauer See Delikatessen;Hanna Moos;Forsterstr. 57;Mannheim;68306;Germany;0621-08460;147.599,50;02.04.1992;;\r\n", "");
    let before = desk.text();
    let done = desk.sync(&[]);
    assert_eq!(done.code, 0, "{done:?}");
    let gone = before.find("BLONP;").unwrap();
    let next = before.find("BOLID;").unwrap();
    let after = format!("{}{}", &before[..gone], &before[next..])
        .replace(";18.840,68;04.06.1993;Nein;\"", ";20000,25;05.06.1993;Ja;\"");
    assert_eq!(desk.text(), after, "the cells that changed, the line that went, and nothing else");
    let account = desk.account("BERGS").unwrap();
    assert_eq!(
        (account["Credit_Limit__c"].as_f64(), account["Customer_Since__c"].as_str()),
        (Some(16000.5), Some("1993-04-05"))
    );
    assert_eq!(desk.account("BLAUS"), None);
    desk.is_in_step();

    // A blank answer is a no.
    desk.edit("107.071,30;03.09.2017;Ja;", "107.071,30;03.09.2017;;");
    assert_eq!(desk.sync(&[]).code, 0);
    assert_eq!(desk.account("AROUT").unwrap()["Active__c"], false);
    desk.is_in_step();
}

#[test]
fn what_the_file_has_no_character_for_is_told_and_the_rest_goes_on() {
    let desk = Desk::german();
    assert_eq!(desk.sync(&["--accept"]).code, 0);
    desk.patch("ANATR", &json!({"BillingCity": "Łódź"}));
    desk.patch("ANTON", &json!({"BillingCity": "Köln"}));
    let done = desk.sync(&[]);
    assert_eq!((done.code, done.count("failed")), (1, 1), "{done:?}");
    assert!(desk.line("ANTON").contains(";Köln;"));
    let failed = desk.bench.results(done.count("run"), &["--outcome", "failed"]);
    let message = failed[0]["message"].as_str().unwrap();
    assert_eq!(message, "Ort would get the character Ł, which Windows-1252 does not have");
}

#[test]
fn a_sync_into_a_file_that_dies_makes_nothing_twice() {
    for method in ["POST", "PATCH"] {
        for processed in [false, true] {
            let desk = Desk::northwind(&json!({"strategy": {"truth": "left"}}));
            desk.create(&json!({"ERP_Id__c": "ALFKI", "Name": "Alfreds Futterkiste", "Phone": "1"}));
            desk.create(&json!({"ERP_Id__c": "ORGON", "Name": "Only in the org"}));
            let before = desk.bench.org.unanswered();
            desk.bench.org.fault(&json!({"stall": {"processed": processed, "path_contains": "/composite/sobjects",
                                                   "method": method}}));
            let process = desk.bench.spawn(&["sync", "Customers", "--accept"]);
            crate::kill::until(method, || desk.bench.org.unanswered() > before);
            crate::kill::kill(process);
            desk.bench.org.clear_faults();
            for _ in 0..4 {
                let done = desk.sync(&["--accept"]);
                assert_eq!(done.code, 0, "{done:?}");
            }
            desk.is_in_step();
            assert_eq!(desk.bench.records("Account"), 94, "{method} {processed}");
            assert_eq!(desk.text().matches("ORGON").count(), 1, "{method} {processed}");
        }
    }
}

#[test]
fn a_sync_into_a_file_is_taken_back() {
    let desk = Desk::german();
    assert_eq!(desk.sync(&["--accept"]).code, 0);
    desk.patch("ANATR", &json!({"Credit_Limit__c": 20000.25, "Customer_Since__c": "1993-06-05"}));
    desk.patch("BLONP", &Value::Null);
    desk.create(&json!({"ERP_Id__c": "ORGON", "Name": "Nur dort", "Credit_Limit__c": 1.149}));
    let done = desk.sync(&[]);
    assert_eq!(done.code, 0, "{done:?}");
    let run = done.count("run").to_string();
    let done = desk.bench.run(&["undo", &run]);
    assert_eq!((done.code, done.count("skipped")), (0, 0), "{done:?}");
    assert!(desk.line("ANATR").contains(";18840,68;04.06.1993;Nein;"), "{}", desk.line("ANATR"));
    assert!(desk.line("BLONP").contains(";142879,17;10.07.1999;Ja;"), "{}", desk.line("BLONP"));
    assert!(!desk.text().contains("ORGON"));
}

#[test]
fn what_is_no_end_of_a_sync_says_why_and_what_to_do() {
    let desk = Desk::northwind(&json!({}));
    let refused = |source: Value| {
        let design = json!({"linkspan": 1, "name": "No end", "steps": [{
            "source": source, "org": "p", "object": "Account", "operation": "upsert",
            "mapping": [{"target": "Name", "column": "Name"}], "sync": {"key": "Id"}}]});
        let file = desk.bench.file("none.json", design.to_string());
        assert_eq!(desk.bench.run(&["import-integration", file.to_str().unwrap()]).code, 0);
        let done = desk.bench.run(&["sync", "No end"]);
        assert_eq!(desk.bench.run(&["delete-integration", "No end"]).code, 0);
        assert_eq!(done.code, 2, "{done:?}");
        done.stderr
    };
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["Id", "Name"]).unwrap();
    sheet.write_row(1, 0, ["1", "Acme"]).unwrap();
    book.save(desk.bench.home.path().join("a.xlsx")).unwrap();
    let told = refused(json!({"path": "a.xlsx", "workbook": {"sheet": "Sheet1", "header_row": 1}}));
    assert!(told.contains("lose its formatting and formulas") && told.contains("CSV"), "{told}");
    desk.bench.file("part_1.csv", "Id,Name\n1,Acme\n");
    let told = refused(json!({"path": "part_*.csv", "csv": {}}));
    assert!(told.contains("the newest of several files"), "{told}");
}

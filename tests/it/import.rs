//! Files go in, rows arrive, and each has one true outcome.

use crate::harness::{Bench, CUSTOMERS, fixture};
use std::collections::HashMap;

const UPSERT: [&str; 2] = ["--external-id", "ERP_Id__c"];

#[test]
fn northwind_customers_are_created_once_and_then_updated() {
    let bench = Bench::empty();
    let mapping = bench.file("mapping.json", CUSTOMERS);
    let customers = fixture("northwind/customers.csv");
    let more = ["--external-id", "ERP_Id__c", "--mapping", mapping.to_str().unwrap()];

    let first = bench.import(&customers, "Account", "upsert", &more);
    assert_eq!((first.code, first.accounted().count("created")), (0, 93), "{first:?}");
    assert_eq!(first.json()["state"], "complete");
    assert_eq!(first.json()["api"], "rest");
    let before = bench.query("SELECT Id, ERP_Id__c, Name, BillingCity, Phone, Fax FROM Account ORDER BY ERP_Id__c");

    let second = bench.import(&customers, "Account", "upsert", &more);
    assert_eq!((second.code, second.accounted().count("unchanged")), (0, 93), "{second:?}");
    let after = bench.query("SELECT Id, ERP_Id__c, Name, BillingCity, Phone, Fax FROM Account ORDER BY ERP_Id__c");
    assert_eq!(before, after);
    assert!(after.iter().any(|row| row.contains("ANATR,Ana Trujillo Emparedados y helados,México D.F.,(5) 555-4729")));
}

#[test]
fn columns_find_their_fields_by_themselves() {
    let bench = Bench::empty();
    let done = bench.import(&fixture("northwind/customers.csv"), "Account", "upsert", &UPSERT);
    assert_eq!((done.code, done.accounted().count("created")), (0, 93), "{done:?}");
    let found = bench.query("SELECT Name, BillingStreet, BillingPostalCode FROM Account WHERE ERP_Id__c = 'ALFKI'");
    assert_eq!(found, ["Alfreds Futterkiste,Obere Str. 57,12209"]);
}

/// The same customers from a database, beside a table that stands before theirs, and an import from it continued by name.
#[test]
fn a_table_of_a_database_is_imported() {
    let bench = Bench::empty();
    let file = bench.file("erp.db", "");
    let database = rusqlite::Connection::open(&file).unwrap();
    database.execute_batch("CREATE TABLE Categories (x); INSERT INTO Categories VALUES (1);").unwrap();
    let mut reader = csv::Reader::from_path(fixture("northwind/customers.csv")).unwrap();
    let columns: Vec<String> = reader.headers().unwrap().iter().map(|name| format!("\"{name}\"")).collect();
    database.execute_batch(&format!("CREATE TABLE Customers ({})", columns.join(", "))).unwrap();
    let places = vec!["?"; columns.len()].join(", ");
    for row in reader.records() {
        let row = row.unwrap();
        let cells = rusqlite::params_from_iter(row.iter().map(|cell| (!cell.is_empty()).then_some(cell)));
        database.execute(&format!("INSERT INTO Customers VALUES ({places})"), cells).unwrap();
    }
    drop(database);
    let mapping = bench.file("mapping.json", CUSTOMERS);
    let more = ["--external-id", "ERP_Id__c", "--mapping", mapping.to_str().unwrap()];
    let wrong = bench.import(&file, "Account", "upsert", &more);
    assert!(wrong.code != 0 && wrong.stderr.contains("erp.db has no column"), "{wrong:?}");
    let more = [&more[..], &["--table", "Customers"]].concat();
    let done = bench.import(&file, "Account", "upsert", &more);
    assert_eq!((done.code, done.accounted().count("created")), (0, 93), "{done:?}");
    let text = bench.import(&fixture("northwind/customers.csv"), "Account", "upsert", &more);
    assert!(text.code != 0 && text.stderr.contains("which has no sheet Customers"), "{text:?}");
    let again = bench.import(&fixture("northwind/customers.csv"), "Account", "upsert", &more[..4]);
    assert_eq!((again.code, again.accounted().count("unchanged")), (0, 93), "{again:?}");
}

/// The German file: semicolons, Windows-1252, line breaks in cells; only its four bad rows stay out.
#[test]
fn a_german_excel_export_arrives_but_for_its_bad_rows() {
    for api in ["rest", "bulk"] {
        let bench = Bench::empty();
        let mapping = bench.file(
            "mapping.json",
            r#"[{"target": "ERP_Id__c", "column": "Kundennr"}, {"target": "Name", "column": "Firma"},
                {"target": "BillingStreet", "column": "Straße"}, {"target": "BillingCity", "column": "Ort"},
                {"target": "BillingPostalCode", "column": "PLZ"}, {"target": "BillingCountry", "column": "Land"},
                {"target": "Phone", "column": "Telefon"}, {"target": "Description", "column": "Bemerkung"}]"#,
        );
        let more = ["--external-id", "ERP_Id__c", "--mapping", mapping.to_str().unwrap(), "--api", api];
        let done = bench.import(&fixture("northwind/kunden_excel_de.csv"), "Account", "upsert", &more);
        assert_eq!((done.code, done.accounted().count("not_sent")), (1, 4), "{done:?}");
        assert_eq!(done.count("failed"), 0, "{done:?}");

        let held = bench.results(done.count("run"), &["--outcome", "not_sent"]);
        let reasons: Vec<_> = held.iter().map(|row| row["code"].as_str().unwrap()).collect();
        assert_eq!(reasons, ["shared_key", "shared_key", "required_blank", "too_long"]);
        let line = |row: usize| held[row]["line"].as_u64().unwrap();
        assert!(held[0]["message"].as_str().unwrap().contains(&line(1).to_string()), "names the other row");
        assert!(held[1]["message"].as_str().unwrap().contains(&line(0).to_string()), "names the other row");

        let found = bench.query("SELECT Name, BillingCity, Description FROM Account WHERE ERP_Id__c = 'ANATR'");
        assert_eq!(
            found.join("\n"),
            "Ana Trujillo Emparedados y helados,México D.F.,\"Kunde seit langem.\nBitte \"\"Rechnung\"\" per Post\""
        );
    }
}

#[test]
fn results_in_any_order_find_their_rows() {
    let bench = Bench::empty();
    let mut rows = String::from("Key,Name,AnnualRevenue\n");
    for row in 0..3_000 {
        // Two thirds are good; the others are refused for an unknown picklist value or an e-mail that is none.
        rows.push_str(&format!("K{row:05},Company {row},{}\n", if row % 3 == 0 { "-1" } else { "912000000" }));
    }
    let file = bench.file("companies.csv", rows);
    let mapping = bench.file(
        "mapping.json",
        r#"[{"target":"ERP_Id__c","column":"Key"},{"target":"Name","column":"Name"},{"target":"AnnualRevenue","column":"AnnualRevenue"}]"#,
    );
    let (success, errors) = (bench.home.path().join("success.csv"), bench.home.path().join("error.csv"));
    let more = [
        "--mapping",
        mapping.to_str().unwrap(),
        "--success",
        success.to_str().unwrap(),
        "--errors",
        errors.to_str().unwrap(),
    ];
    // Plain inserts have no key to pair by: the whole row must do.
    let done = bench.import(&file, "Account", "insert", &more);
    assert_eq!(done.json()["api"], "bulk", "{done:?}");
    assert_eq!(done.accounted().count("created"), 3_000, "{done:?}");

    let ids: HashMap<String, String> = bench
        .query("SELECT ERP_Id__c, Id FROM Account")
        .iter()
        .map(|row| row.split_once(',').unwrap())
        .map(|(key, id)| (key.to_owned(), id.to_owned()))
        .collect();
    let written = std::fs::read_to_string(&success).unwrap();
    let mut lines = written.lines();
    assert_eq!(lines.next(), Some("Key,Name,AnnualRevenue,sf__Id,sf__Created,sf__Row"));
    for (number, line) in lines.enumerate() {
        let cells: Vec<_> = line.split(',').collect();
        assert_eq!(cells[0], format!("K{number:05}"), "in the order of the source");
        assert_eq!(cells[3], ids[cells[0]], "each row has the id of its own record");
        assert_eq!((cells[4], cells[5]), ("true", (number + 2).to_string().as_str()));
    }
    assert_eq!(std::fs::read_to_string(&errors).unwrap().lines().count(), 1, "a header and no row");
}

#[test]
fn refused_rows_say_why_and_are_taken_up_again_after_a_correction() {
    for api in ["rest", "bulk"] {
        let bench = Bench::empty();
        let file = bench.file(
            "leads.csv",
            "Name,Firm,Mail,Extra\nAda,Analytical,ada@example.com,1\nBob,Builders,bob@example.com,2\n",
        );
        let mapping = bench.file(
            "mapping.json",
            r#"[{"target":"LastName","column":"Name"},{"target":"Company","column":"Firm"},{"target":"Email","column":"Mail"},
                {"target":"OwnerId","constant":"005000000000000AAA"}]"#,
        );
        let errors = bench.home.path().join("error.csv");
        let more = [
            "--mapping",
            mapping.to_str().unwrap(),
            "--errors",
            errors.to_str().unwrap(),
            "--api",
            api,
            "--keep",
            "Leads",
        ];
        let done = bench.import(&file, "Lead", "insert", &more);
        assert_eq!((done.code, done.accounted().count("failed")), (1, 2), "{done:?}");
        assert_eq!(done.json()["state"], "complete_with_failures");
        let failed = bench.results(done.count("run"), &["--outcome", "failed"]);
        assert_eq!(failed[0]["code"], "INVALID_CROSS_REFERENCE_KEY", "{failed:?}");
        let written = std::fs::read_to_string(&errors).unwrap();
        assert!(
            written.starts_with("Name,Firm,Mail,Extra,sf__Error,sf__Row,sf__Tries\nAda,Analytical,ada@example.com,1,"),
            "{written}"
        );

        // The integration is corrected; the same rows are taken up, from the ledger, though the file is gone.
        let form = bench.home.path().join("leads.json");
        bench.run(&["export-integration", "Leads", "--output", form.to_str().unwrap()]);
        let text = std::fs::read_to_string(&form).unwrap();
        assert!(text.contains("005000000000000AAA"), "{text}");
        std::fs::remove_file(&file).unwrap();
        let again = bench.run(&["retry", &done.count("run").to_string()]);
        assert_eq!((again.code, again.accounted().count("failed")), (1, 2), "{again:?}");
        assert_eq!(again.json()["retry_of"], done.json()["run"]);
    }
}

#[test]
fn a_dry_run_tells_and_writes_nothing() {
    let bench = Bench::demo();
    let before = bench.records("Account");
    let more = ["--external-id", "ERP_Id__c", "--dry-run"];
    let dry = bench.import(&fixture("northwind/customers.csv"), "Account", "upsert", &more);
    assert_eq!(dry.code, 0, "{dry:?}");
    assert_eq!((dry.count("rows"), dry.count("created"), dry.count("updated")), (93, 90, 3), "{dry:?}");
    assert_eq!(bench.records("Account"), before);
    let real = bench.import(&fixture("northwind/customers.csv"), "Account", "upsert", &UPSERT);
    assert_eq!((real.count("created"), real.count("updated")), (90, 3), "as the dry run said: {real:?}");
}

#[test]
fn a_trial_takes_the_first_rows_and_the_rest_may_follow() {
    let bench = Bench::empty();
    let more = ["--external-id", "ERP_Id__c", "--trial", "10"];
    let trial = bench.import(&fixture("northwind/customers.csv"), "Account", "upsert", &more);
    assert_eq!((trial.code, trial.accounted().count("created"), trial.count("rows")), (0, 10, 10), "{trial:?}");
    assert_eq!(trial.json()["remaining"], true);
    let rest = bench.run(&["continue", &trial.count("run").to_string()]);
    assert_eq!((rest.code, rest.accounted().count("created")), (0, 93), "{rest:?}");
    assert_eq!(rest.json()["remaining"], false);
    assert_eq!(bench.records("Account"), 93);
}

#[test]
fn records_are_found_by_any_fields_without_case() {
    let bench = Bench::empty();
    let people = bench.file("people.csv", "First,Last,Mail,Phone\nAda,Lovelace,ada@example.com,1\nBob,Twin,bob@example.com,2\nBob,Twin,bob2@example.com,3\n");
    let mapping = bench.file(
        "mapping.json",
        r#"[{"target":"FirstName","column":"First"},{"target":"LastName","column":"Last"},{"target":"Email","column":"Mail"},{"target":"Phone","column":"Phone"}]"#,
    );
    let mapping = mapping.to_str().unwrap();
    let made = bench.import(&people, "Contact", "insert", &["--mapping", mapping]);
    assert_eq!(made.count("created"), 3, "{made:?}");

    let changed = bench.file("changed.csv", "First,Last,Mail,Phone\nADA,lovelace,ada@example.com,11\nBob,Twin,bob@example.com,22\nEve,New,eve@example.com,33\n");
    let more = ["--mapping", mapping, "--match", "FirstName,LastName"];
    let done = bench.import(&changed, "Contact", "upsert", &more);
    assert_eq!(
        (done.accounted().count("updated"), done.count("created"), done.count("not_sent")),
        (1, 1, 1),
        "{done:?}"
    );
    let held = bench.results(done.count("run"), &["--outcome", "not_sent"]);
    assert_eq!(held[0]["code"], "several_found");
    assert!(held[0]["message"].as_str().unwrap().matches("003").count() >= 2, "lists the records: {held:?}");
    assert_eq!(bench.query("SELECT Phone FROM Contact WHERE LastName = 'Lovelace'"), ["11"]);

    let unknown = bench.file("unknown.csv", "First,Last,Mail,Phone\nNo,Body,no@example.com,0\n");
    let more = ["--mapping", mapping, "--match", "FirstName,LastName", "--no-create"];
    let done = bench.import(&unknown, "Contact", "upsert", &more);
    assert_eq!((done.code, done.accounted().count("skipped")), (0, 1), "{done:?}");
    assert_eq!(bench.records("Contact"), 4);
}

#[test]
fn updates_and_deletes_by_id() {
    for api in ["rest", "bulk"] {
        let bench = Bench::empty();
        bench.import(&fixture("northwind/customers.csv"), "Account", "upsert", &UPSERT);
        let ids = bench.query("SELECT Id FROM Account ORDER BY ERP_Id__c LIMIT 3");
        let file = bench.file(
            "update.csv",
            format!("Id,Phone\n{}\n", ids.iter().map(|id| format!("{id},555")).collect::<Vec<_>>().join("\n")),
        );
        let done = bench.import(&file, "Account", "update", &["--api", api]);
        assert_eq!((done.code, done.accounted().count("updated")), (0, 3), "{done:?}");
        assert_eq!(bench.query("SELECT COUNT(Id) n FROM Account WHERE Phone = '555'"), ["3"]);

        let file = bench.file("delete.csv", format!("Id\n{}\n001000000000000AAA\n", ids.join("\n")));
        let done = bench.import(&file, "Account", "delete", &["--api", api]);
        assert_eq!((done.code, done.accounted().count("deleted"), done.count("failed")), (1, 3, 1), "{done:?}");
        assert_eq!(bench.records("Account"), 90);
    }
}

#[test]
fn blanks_keep_unless_told_otherwise_on_every_api() {
    for api in ["rest", "bulk"] {
        let bench = Bench::empty();
        let key = ["--external-id", "ERP_Id__c", "--api", api];
        let first = bench.file("a.csv", "ERP_Id__c,Name,Phone,Fax\nA,Acme,1,2\n");
        bench.import(&first, "Account", "upsert", &key);
        let blank = bench.file("b.csv", "ERP_Id__c,Name,Phone,Fax\nA,Acme,,#N/A\n");
        bench.import(&blank, "Account", "upsert", &key);
        assert_eq!(bench.query("SELECT Phone, Fax FROM Account"), ["1,"], "{api}");
        let clear = ["--external-id", "ERP_Id__c", "--api", api, "--clear-blanks"];
        bench.import(&blank, "Account", "upsert", &clear);
        assert_eq!(bench.query("SELECT Phone, Fax FROM Account"), [","], "{api}");
    }
}

#[test]
fn parents_are_found_by_their_external_id() {
    for api in ["rest", "bulk"] {
        let bench = Bench::empty();
        bench.import(&fixture("northwind/customers.csv"), "Account", "upsert", &UPSERT);
        let file = bench.file("contacts.csv", "LastName,Customer\nAnders,ALFKI\nNobody,XXXXX\n");
        let sdl = bench.file(
            "contacts.sdl",
            "#Mapping values\nLastName=LastName\nCustomer=Account\\:ERP_Id__c\n\"Berlin\"=MailingCity\n",
        );
        let done = bench.import(&file, "Contact", "insert", &["--mapping", sdl.to_str().unwrap(), "--api", api]);
        assert_eq!((done.accounted().count("created"), done.count("failed")), (1, 1), "{done:?}");
        assert_eq!(
            bench.query("SELECT LastName, Account.Name, MailingCity FROM Contact"),
            ["Anders,Alfreds Futterkiste,Berlin"]
        );
    }
}

#[test]
fn what_was_done_is_still_there_in_another_process() {
    let bench = Bench::empty();
    let done = bench.import(&fixture("northwind/customers.csv"), "Account", "upsert", &UPSERT);
    let runs = bench.run(&["runs"]).json();
    assert_eq!(runs["runs"][0]["run"], done.json()["run"]);
    assert_eq!(runs["runs"][0]["created"], 93);
    assert_eq!(bench.results(done.count("run"), &[]).len(), 93);
    let integrations = bench.run(&["integrations"]).json();
    assert_eq!(integrations["integrations"][0]["name"], "Northwind customers → Account");
    let activity = bench.run(&["activity"]);
    assert!(activity.stdout.contains("Run 1 of"), "{activity:?}");
}

#[test]
fn an_integration_comes_back_from_its_file_as_it_was() {
    let bench = Bench::demo();
    let file = bench.home.path().join("form.json");
    let path = file.to_str().unwrap();
    let name = "Northwind customers → Account";
    let there_and_back = || {
        assert_eq!(bench.run(&["export-integration", name, "--output", path]).code, 0);
        assert_eq!(bench.run(&["delete-integration", name]).code, 0);
        assert_eq!(bench.run(&["import-integration", path]).code, 0);
        std::fs::read_to_string(&file).unwrap()
    };
    // Keeping it notes what both ends look like; from then on nothing changes.
    there_and_back();
    let first = there_and_back();
    assert_eq!(there_and_back(), first);
    let newer = bench.file("newer.json", first.replacen("\"linkspan\": 1", "\"linkspan\": 99", 1));
    let refused = bench.run(&["import-integration", newer.to_str().unwrap()]);
    assert_eq!(refused.code, 2, "{refused:?}");
}

/// The practice org starts by itself, and keeps what was written.
#[test]
fn the_ready_example_runs_in_an_empty_home() {
    let home = tempfile::TempDir::new().unwrap();
    let run = |arguments: &[&str]| {
        crate::harness::Done::from(crate::harness::program(home.path()).args(arguments).arg("--json").output().unwrap())
    };
    let done = run(&["run", "Northwind customers → Account"]);
    assert_eq!((done.code, done.accounted().count("rows")), (0, 93), "{done:?}");
    assert_eq!((done.count("created"), done.count("updated")), (90, 3), "{done:?}");
    let again = run(&["run", "Northwind customers → Account"]);
    assert_eq!(again.accounted().count("unchanged"), 93, "{again:?}");
}

/// The same again next month: another file takes the place of the first, and is read as a person has said; or the newest that fits.
#[test]
fn an_integration_runs_again_with_the_next_file() {
    let bench = Bench::empty();
    bench.file("m_01.csv", "ERP_Id__c;Name\nA;Acme\n");
    let pattern = bench.home.path().join("m_*.csv");
    let arguments = ["--external-id", "ERP_Id__c", "--keep", "Monthly"];
    let first = bench.import(&pattern, "Account", "upsert", &arguments);
    assert_eq!((first.code, first.accounted().count("created")), (0, 1), "{first:?}");
    let second = bench.file("m_02.csv", "ERP_Id__c;Name\nA;Acme & Sons\nB;Bolt\n");
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    std::fs::File::options().write(true).open(second).unwrap().set_modified(later).unwrap();
    let newest = bench.run(&["run", "Monthly"]);
    assert_eq!((newest.accounted().count("updated"), newest.count("created")), (1, 1), "{newest:?}");
    let comma = bench.file("other.csv", "ERP_Id__c,Name\nC,\"Cut, Inc.\"\n");
    let replaced = bench.run(&["run", "Monthly", "--file", comma.to_str().unwrap()]);
    assert_eq!((replaced.code, replaced.accounted().count("created")), (0, 1), "{replaced:?}");
    assert_eq!(bench.query("SELECT Name FROM Account ORDER BY Name"), ["Acme & Sons", "Bolt", "\"Cut, Inc.\""]);
    let none = bench.home.path().join("n_*.csv");
    let missing = bench.run(&["run", "Monthly", "--file", none.to_str().unwrap()]);
    assert!(missing.code == 2 && missing.stdout.contains("has a name like n_*.csv"), "{missing:?}");
}

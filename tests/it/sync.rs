//! Northwind's customers in a database, and an org that has some of them: synced both ways from the command line.

use crate::harness::{Bench, Done, Org, fixture, program};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::PathBuf;

/// An ERP and an org that both change.
pub(crate) struct Desk {
    pub(crate) bench: Bench,
    pub(crate) erp: PathBuf,
}

const COLUMNS: [&str; 8] = ["CustomerID", "CompanyName", "Address", "City", "PostalCode", "Country", "Phone", "Fax"];
const FIELDS: [&str; 8] =
    ["ERP_Id__c", "Name", "BillingStreet", "BillingCity", "BillingPostalCode", "BillingCountry", "Phone", "Fax"];

/// What the sync of customers is, with changes.
fn customers(erp: &std::path::Path, changes: &Value) -> Value {
    let mapping: Vec<_> =
        FIELDS.iter().zip(COLUMNS).map(|(field, column)| json!({"target": field, "column": column})).collect();
    let mut sync = json!({
        "left": "Northwind ERP",
        "key": "CustomerID",
        "stamp": "ModifiedAt",
        "changed_by": "ModifiedBy",
        "keeps": {"left_id": "SalesforceId", "left_synced": "LastSyncDate"},
    });
    for (name, value) in changes.as_object().unwrap() {
        sync[name] = value.clone();
    }
    json!({
        "linkspan": 1,
        "name": "Customers",
        "steps": [{
            "source": {"path": erp, "sqlite": {"table": "Customers"}},
            "org": "p",
            "object": "Account",
            "operation": "upsert",
            "find": {"external_id": "ERP_Id__c"},
            "mapping": mapping,
            "sync": sync,
        }],
    })
}

impl Desk {
    /// All of Northwind's customers in the ERP, the first three also in the org, and one that only the org has.
    pub(crate) fn northwind(changes: &Value) -> Desk {
        let bench = Bench::empty();
        let erp = bench.home.path().join("erp.db");
        let db = Connection::open(&erp).unwrap();
        db.execute_batch(
            "CREATE TABLE Customers (CustomerID TEXT PRIMARY KEY, CompanyName TEXT NOT NULL, Address TEXT, City TEXT, \
             PostalCode TEXT, Country TEXT, Phone TEXT, Fax TEXT, SalesforceId TEXT, LastSyncDate TEXT, ModifiedAt TEXT, \
             ModifiedBy TEXT)",
        )
        .unwrap();
        let mut reader = csv::Reader::from_path(fixture("northwind/customers.csv")).unwrap();
        let header = reader.headers().unwrap().clone();
        let place = |name: &str| header.iter().position(|column| column == name).unwrap();
        let places = COLUMNS.map(place);
        for (at, record) in reader.records().enumerate() {
            let record = record.unwrap();
            let cells = places.map(|place| Some(record[place].to_owned()).filter(|cell| !cell.is_empty()));
            db.execute(
                "INSERT INTO Customers (CustomerID, CompanyName, Address, City, PostalCode, Country, Phone, Fax, ModifiedAt) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, '2026-01-01 00:00:00')",
                rusqlite::params_from_iter(&cells),
            )
            .unwrap();
            if at < 3 {
                let mut account = json!({});
                FIELDS.iter().zip(&cells).for_each(|(field, cell)| account[*field] = json!(cell));
                create(&bench, &account);
            }
        }
        create(&bench, &json!({"Name": "Only in the org", "ERP_Id__c": "ORGON", "Phone": "1"}));
        let desk = Desk { bench, erp };
        desk.design(changes);
        desk
    }

    pub(crate) fn design(&self, changes: &Value) {
        let file = self.bench.file("sync.json", customers(&self.erp, changes).to_string());
        let _gone = self.bench.run(&["delete-integration", "Customers"]);
        let done = self.bench.run(&["import-integration", file.to_str().unwrap()]);
        assert_eq!(done.code, 0, "{done:?}");
    }

    pub(crate) fn sync(&self, more: &[&str]) -> Done {
        let mut arguments = vec!["sync", "Customers"];
        arguments.extend(more);
        self.bench.run(&arguments)
    }

    /// Somebody changes a customer in the ERP.
    pub(crate) fn edit(&self, sql: &str) -> usize {
        Connection::open(&self.erp).unwrap().execute(sql, []).unwrap()
    }

    /// The same, whether there is such a customer or not.
    fn edit_some(&self, sql: &str) {
        assert!(self.edit(sql) <= 1, "{sql}");
    }

    /// A value of a customer in the ERP.
    pub(crate) fn erp(&self, customer: &str, column: &str) -> Option<String> {
        let db = Connection::open(&self.erp).unwrap();
        let sql = format!("SELECT {column} FROM Customers WHERE CustomerID = ?1");
        db.query_row(&sql, [customer], |row| row.get(0)).unwrap_or_else(|error| panic!("{customer}: {error}"))
    }

    /// Somebody changes an account in the org.
    pub(crate) fn patch(&self, customer: &str, changes: &Value) {
        let path = format!("/services/data/v60.0/sobjects/Account/ERP_Id__c/{customer}");
        let answer = self.bench.org.http("PATCH", &path, &changes.to_string());
        assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    }

    /// An account of the org.
    pub(crate) fn account(&self, customer: &str) -> Value {
        let fields = FIELDS.join(", ");
        let mut found =
            self.bench.org.select(&format!("SELECT Id, {fields} FROM Account WHERE ERP_Id__c = '{customer}'"));
        assert_eq!(found.len(), 1, "{customer}");
        found.remove(0)
    }

    fn open_conflicts(&self) -> Vec<Value> {
        let done = self.bench.run(&["conflicts", "list", "--state", "open"]);
        done.json()["conflicts"].as_array().unwrap_or_else(|| panic!("{done:?}")).clone()
    }
}

fn create(bench: &Bench, account: &Value) {
    let answer = bench.org.http("POST", "/services/data/v60.0/sobjects/Account", &account.to_string());
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

fn at(done: &Done, name: &str, end: &str) -> u64 {
    done.json()["sync"][0][name][end].as_u64().unwrap_or_else(|| panic!("{name} at {end}: {done:?}"))
}

fn number(done: &Done, name: &str) -> u64 {
    done.json()["sync"][0][name].as_u64().unwrap_or_else(|| panic!("{name}: {done:?}"))
}

#[test]
fn the_first_sync_proposes_and_waits_for_a_person() {
    let desk = Desk::northwind(&json!({}));
    let done = desk.sync(&[]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.stderr.contains("--accept"), "{done:?}");
    assert_eq!((number(&done, "paired"), number(&done, "ambiguous")), (3, 0), "{done:?}");
    assert_eq!((at(&done, "create", "Salesforce"), at(&done, "create", "Northwind ERP")), (90, 1), "{done:?}");
    assert_eq!(desk.bench.records("Account"), 4, "nothing is written before somebody says yes");

    let done = desk.sync(&["--accept"]);
    assert_eq!(done.code, 0, "{done:?}");
    done.accounted();
    assert_eq!(desk.bench.records("Account"), 94);
    assert_eq!(desk.erp("ORGON", "CompanyName").as_deref(), Some("Only in the org"));
    for customer in ["ALFKI", "WOLZA", "ORGON"] {
        let account = desk.account(customer);
        assert_eq!(desk.erp(customer, "SalesforceId").as_deref(), account["Id"].as_str(), "{customer}");
        assert!(desk.erp(customer, "LastSyncDate").is_some(), "{customer}");
    }

    let done = desk.sync(&[]);
    assert_eq!((done.code, done.count("rows")), (0, 0), "nothing has changed: {done:?}");
    assert_eq!(number(&done, "in_step"), 94, "{done:?}");
}

#[test]
fn what_changes_at_one_end_goes_to_the_other_and_does_not_come_back() {
    let desk = Desk::northwind(&json!({}));
    assert_eq!(desk.sync(&["--accept"]).code, 0);
    desk.edit("UPDATE Customers SET Phone = '111', Fax = NULL WHERE CustomerID = 'ALFKI'");
    desk.patch("ANATR", &json!({"BillingCity": "Puebla", "Fax": null}));
    // Both ends, different fields of one customer.
    desk.edit("UPDATE Customers SET City = 'Tampico' WHERE CustomerID = 'ANTON'");
    desk.patch("ANTON", &json!({"Phone": "222"}));

    let done = desk.sync(&[]);
    assert_eq!((done.code, number(&done, "conflicts")), (0, 0), "{done:?}");
    assert_eq!((at(&done, "change", "Salesforce"), at(&done, "change", "Northwind ERP")), (2, 2), "{done:?}");
    let (alfki, anton) = (desk.account("ALFKI"), desk.account("ANTON"));
    assert_eq!((alfki["Phone"].as_str(), alfki["Fax"].as_str()), (Some("111"), None));
    assert_eq!((anton["BillingCity"].as_str(), anton["Phone"].as_str()), (Some("Tampico"), Some("222")));
    assert_eq!(desk.erp("ANATR", "City").as_deref(), Some("Puebla"));
    assert_eq!(desk.erp("ANATR", "Fax"), None);
    assert_eq!(desk.erp("ANTON", "Phone").as_deref(), Some("222"));

    let done = desk.sync(&[]);
    assert_eq!((done.code, done.count("rows")), (0, 0), "no echo: {done:?}");
}

#[test]
fn a_field_changed_at_both_ends_waits_for_a_person_and_the_rest_goes_on() {
    let desk = Desk::northwind(&json!({}));
    assert_eq!(desk.sync(&["--accept"]).code, 0);
    desk.edit("UPDATE Customers SET Phone = '111', City = 'Ulm', ModifiedBy = 'Ann' WHERE CustomerID = 'ALFKI'");
    desk.patch("ALFKI", &json!({"Phone": "222", "Fax": "333"}));

    let done = desk.sync(&[]);
    assert_eq!(number(&done, "conflicts"), 1, "{done:?}");
    let alfki = desk.account("ALFKI");
    assert_eq!((alfki["Phone"].as_str(), alfki["BillingCity"].as_str()), (Some("222"), Some("Ulm")));
    assert_eq!(desk.erp("ALFKI", "Phone").as_deref(), Some("111"));
    assert_eq!(desk.erp("ALFKI", "Fax").as_deref(), Some("333"));

    let done = desk.sync(&[]);
    assert_eq!((done.count("rows"), number(&done, "conflicts")), (0, 1), "it waits: {done:?}");
}

#[test]
fn strategies_settle_what_both_ends_changed() {
    for (strategy, expected) in [
        (json!("last_write"), "222"),
        (json!({"truth": "left"}), "11111"),
        (json!({"truth": "right"}), "222"),
        (json!("longest"), "11111"),
    ] {
        let desk = Desk::northwind(&json!({"strategy": strategy}));
        assert_eq!(desk.sync(&["--accept"]).code, 0);
        desk.edit(
            "UPDATE Customers SET Phone = '11111', ModifiedAt = '2026-01-02 00:00:00' WHERE CustomerID = 'ALFKI'",
        );
        desk.patch("ALFKI", &json!({"Phone": "222"}));
        let done = desk.sync(&[]);
        assert_eq!((done.code, number(&done, "conflicts")), (0, 0), "{strategy}: {done:?}");
        assert_eq!(desk.erp("ALFKI", "Phone").as_deref(), Some(expected), "{strategy}");
        assert_eq!(desk.account("ALFKI")["Phone"], expected, "{strategy}");
        let done = desk.sync(&[]);
        assert_eq!(done.count("rows"), 0, "{strategy}: {done:?}");
    }
}

#[test]
fn a_formula_settles_over_both_ends_and_the_last_agreement() {
    let formula = "IF(ISBLANK(Agreed.Phone), Salesforce.Phone, Northwind_ERP.Phone & \"/\" & Salesforce.Phone & \"/\" & Agreed.Phone)";
    let desk = Desk::northwind(&json!({"lines": [{"target": "Phone", "strategy": "formula", "formula": formula}]}));
    assert_eq!(desk.sync(&["--accept"]).code, 0);
    desk.edit("UPDATE Customers SET Phone = '1' WHERE CustomerID = 'ALFKI'");
    desk.patch("ALFKI", &json!({"Phone": "2"}));
    assert_eq!(desk.sync(&[]).code, 0);
    assert_eq!(desk.erp("ALFKI", "Phone").as_deref(), Some("1/2/030-0074321"));
    assert_eq!(desk.account("ALFKI")["Phone"], "1/2/030-0074321");
    assert_eq!(desk.sync(&[]).count("rows"), 0);
}

/// Conflict `ALFKI`: its phone was changed at both ends.
fn disputed() -> (Desk, String) {
    let desk = Desk::northwind(&json!({}));
    assert_eq!(desk.sync(&["--accept"]).code, 0);
    desk.edit("UPDATE Customers SET Phone = '111' WHERE CustomerID = 'ALFKI'");
    desk.patch("ALFKI", &json!({"Phone": "222"}));
    assert_eq!(number(&desk.sync(&[]), "conflicts"), 1);
    let id = desk.open_conflicts()[0]["id"].to_string();
    (desk, id)
}

#[test]
fn what_a_person_decides_is_written_and_its_outcome_seen() {
    for (choice, expected) in [
        (["--keep", "Northwind ERP"], "111"),
        (["--keep", "salesforce"], "222"),
        (["--keep", "last-agreed"], "030-0074321"),
        (["--value", "Phone=333"], "333"),
    ] {
        let (desk, id) = disputed();
        let done = desk.bench.run(&["conflicts", "resolve", &id, choice[0], choice[1]]);
        assert_eq!(done.code, 0, "{done:?}");
        assert_eq!(desk.account("ALFKI")["Phone"], "222", "nothing is written before the next sync");
        desk.edit("UPDATE Customers SET City = 'Ulm' WHERE CustomerID = 'ANATR'");
        let done = desk.sync(&["--only-decisions"]);
        assert_eq!((done.code, number(&done, "decided")), (0, 1), "{choice:?}: {done:?}");
        assert_eq!(desk.account("ALFKI")["Phone"], expected, "{choice:?}");
        assert_eq!(desk.erp("ALFKI", "Phone").as_deref(), Some(expected), "{choice:?}");
        assert_ne!(desk.account("ANATR")["BillingCity"], "Ulm", "only decisions are written");
        let guarded = |call: &Value| {
            call["method"] == "PATCH" && call["path"].as_str().unwrap().contains("/sobjects/Account/001")
        };
        assert_eq!(
            desk.bench.org.calls(guarded),
            usize::from(expected != "222"),
            "{choice:?}: one call for one record"
        );
        let shown = desk.bench.run(&["conflicts", "show", &id]).json();
        assert_eq!(shown["conflict"]["state"].as_str().or(shown["state"].as_str()), Some("written"), "{shown}");
        let done = desk.sync(&[]);
        assert_eq!((done.code, number(&done, "conflicts")), (0, 0), "{done:?}");
        assert_eq!(desk.account("ANATR")["BillingCity"], "Ulm");
    }
}

#[test]
fn a_decision_that_an_end_overtakes_comes_back_as_a_draft() {
    let (desk, id) = disputed();
    let done = desk.bench.run(&["conflicts", "resolve", &id, "--keep", "Northwind ERP"]);
    assert_eq!(done.code, 0, "{done:?}");
    desk.patch("ALFKI", &json!({"Phone": "999"}));
    let done = desk.sync(&[]);
    assert_eq!((number(&done, "decided"), number(&done, "conflicts")), (0, 1), "{done:?}");
    assert_eq!(
        (desk.account("ALFKI")["Phone"].as_str(), desk.erp("ALFKI", "Phone").as_deref()),
        (Some("999"), Some("111"))
    );
    let open = desk.open_conflicts();
    assert_eq!((open.len(), open[0]["overtaken"].as_bool()), (1, Some(true)), "{open:?}");
}

#[test]
fn a_decision_that_an_end_refuses_is_open_again_and_says_why() {
    let (desk, id) = disputed();
    let done = desk.bench.run(&["conflicts", "resolve", &id, "--value", &format!("Phone={}", "9".repeat(60))]);
    assert_eq!(done.code, 0, "{done:?}");
    let done = desk.sync(&[]);
    assert_eq!(done.code, 1, "{done:?}");
    let shown = desk.bench.run(&["conflicts", "show", &id]);
    assert!(shown.stdout.contains("takes 40 characters") || shown.stdout.contains("too large"), "{shown:?}");
    assert_eq!(desk.open_conflicts().len(), 1);
}

#[test]
fn deletions_go_by_what_was_said_about_them() {
    for (deletes, left) in [("propagate", 92), ("ignore", 93), ("recreate", 94)] {
        let desk = Desk::northwind(&json!({"deleted_left": deletes, "deleted_right": deletes}));
        assert_eq!(desk.sync(&["--accept"]).code, 0, "{deletes}");
        assert_eq!(desk.edit("DELETE FROM Customers WHERE CustomerID = 'ALFKI'"), 1);
        let gone = desk.account("ANATR")["Id"].as_str().unwrap().to_owned();
        let answer = desk.bench.org.http("DELETE", &format!("/services/data/v60.0/sobjects/Account/{gone}"), "");
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
        let done = desk.sync(&[]);
        assert_eq!(done.code, 0, "{deletes}: {done:?}");
        let count = Connection::open(&desk.erp)
            .unwrap()
            .query_row("SELECT count(*) FROM Customers", [], |row| row.get::<_, i64>(0))
            .unwrap();
        assert_eq!((count, desk.bench.records("Account")), (left, left as u64), "{deletes}: {done:?}");
        let done = desk.sync(&[]);
        assert_eq!((done.code, done.count("rows")), (0, 0), "{deletes}: {done:?}");
    }
}

#[test]
fn a_mass_deletion_waits_for_a_person() {
    let desk = Desk::northwind(&json!({"deleted_left": "propagate", "confirm_deletes_above": 10}));
    assert_eq!(desk.sync(&["--accept"]).code, 0);
    desk.edit("DELETE FROM Customers WHERE CustomerID > 'M'");
    let done = desk.sync(&[]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.stderr.contains("no longer in Northwind ERP"), "{done:?}");
    assert_eq!(desk.bench.records("Account"), 94);
}

#[test]
fn an_edit_survives_the_deletion_of_its_partner() {
    let desk = Desk::northwind(&json!({"deleted_left": "propagate"}));
    assert_eq!(desk.sync(&["--accept"]).code, 0);
    desk.edit("DELETE FROM Customers WHERE CustomerID = 'ALFKI'");
    desk.patch("ALFKI", &json!({"Phone": "222"}));
    let done = desk.sync(&[]);
    assert_eq!((number(&done, "conflicts"), at(&done, "delete", "Salesforce")), (1, 0), "{done:?}");
    let id = desk.open_conflicts()[0]["id"].to_string();
    let done = desk.bench.run(&["conflicts", "resolve", &id, "--restore"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(desk.sync(&[]).code, 0);
    assert_eq!(desk.erp("ALFKI", "Phone").as_deref(), Some("222"));
    assert_eq!(desk.sync(&[]).count("rows"), 0);
}

#[test]
fn records_that_match_several_are_for_a_person_to_tell_apart() {
    let desk = Desk::northwind(&json!({"matching": [{"target": "Name", "by": "name"}]}));
    create(&desk.bench, &json!({"Name": "WOLSKI  zajazd"}));
    create(&desk.bench, &json!({"Name": "Wolski Zajazd GmbH"}));
    let done = desk.sync(&["--accept"]);
    assert_eq!((number(&done, "ambiguous"), at(&done, "create", "Salesforce")), (1, 89), "{done:?}");
    let open = desk.open_conflicts();
    let shown = desk.bench.run(&["conflicts", "show", &open[0]["id"].to_string()]);
    assert!(shown.stdout.contains("WOLZA"), "{shown:?}");
    let right = desk.bench.org.select("SELECT Id FROM Account WHERE Name = 'WOLSKI  zajazd'")[0]["Id"].clone();
    let pair = format!("WOLZA={}", right.as_str().unwrap());
    let done = desk.bench.run(&["conflicts", "resolve", &open[0]["id"].to_string(), "--pair", &pair]);
    assert_eq!(done.code, 0, "{done:?}");
    let done = desk.sync(&[]);
    assert_eq!(number(&done, "paired"), 1, "{done:?}");
    assert_eq!(desk.erp("WOLZA", "SalesforceId").as_deref(), right.as_str());
    let done = desk.sync(&[]);
    assert_eq!((done.code, done.count("rows"), number(&done, "ambiguous")), (0, 0, 0), "{done:?}");
}

impl Desk {
    /// Every customer of one end is at the other, once, and with the same values.
    fn agrees(&self) {
        let db = Connection::open(&self.erp).unwrap();
        let mut query = db.prepare(&format!("SELECT {} FROM Customers", COLUMNS.join(", "))).unwrap();
        let rows = query.query_map([], |row| {
            (0..COLUMNS.len()).map(|at| row.get::<_, Option<String>>(at)).collect::<rusqlite::Result<Vec<_>>>()
        });
        let plain = |text: Option<&str>| text.unwrap_or_default().trim().to_owned();
        let mut erp: Vec<Vec<String>> =
            rows.unwrap().map(|row| row.unwrap().iter().map(|cell| plain(cell.as_deref())).collect()).collect();
        let accounts = self.bench.org.select(&format!("SELECT {} FROM Account", FIELDS.join(", ")));
        let mut org: Vec<Vec<String>> =
            accounts.iter().map(|row| FIELDS.iter().map(|field| plain(row[*field].as_str())).collect()).collect();
        erp.sort();
        org.sort();
        for (erp, org) in erp.iter().zip(&org) {
            assert_eq!(erp, org);
        }
        assert_eq!(erp.len(), org.len());
    }

    /// Syncs until there is nothing left to do.
    fn settle(&self) {
        for _ in 0..12 {
            let done = self.sync(&["--accept"]);
            assert_eq!(done.code, 0, "{done:?}");
            done.accounted();
            if done.count("rows") == 0 {
                return;
            }
        }
        panic!("it goes on for ever");
    }
}

#[test]
fn a_sync_that_dies_is_finished_and_makes_nothing_twice() {
    for (path, method, skip) in
        [("/query", "GET", 0), ("/composite/sobjects", "POST", 0), ("/composite/sobjects", "PATCH", 0)]
    {
        for processed in [false, true] {
            let desk = Desk::northwind(&json!({"strategy": {"truth": "left"}}));
            desk.edit("UPDATE Customers SET Fax = '7' WHERE CustomerID = 'ALFKI'");
            let before = desk.bench.org.unanswered();
            desk.bench.org.fault(
                &json!({"stall": {"processed": processed, "path_contains": path, "method": method, "skip": skip}}),
            );
            let process = desk.bench.spawn(&["sync", "Customers", "--accept"]);
            crate::kill::until(path, || desk.bench.org.unanswered() > before);
            crate::kill::kill(process);
            desk.bench.org.clear_faults();
            desk.settle();
            desk.agrees();
            assert_eq!(desk.bench.records("Account"), 94, "{path} {method} {processed}");
        }
    }
}

/// Rounds of `a_sync_that_dies_anywhere…`; more with `LINKSPAN_KILL_ROUNDS`.
fn rounds() -> u64 {
    std::env::var("LINKSPAN_KILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(6)
}

#[test]
fn a_sync_that_dies_anywhere_while_both_ends_are_edited_comes_to_agree() {
    let desk = Desk::northwind(
        &json!({"strategy": {"truth": "left"}, "deleted_left": "propagate", "deleted_right": "propagate"}),
    );
    desk.settle();
    let mut dice = 0x9E37_79B9_u64;
    let mut roll = |sides: u64| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        (dice >> 11) % sides
    };
    let customers = ["ALFKI", "ANATR", "BERGS", "BLAUS", "BOLID", "CHOPS", "DRACD", "ERNSH", "FOLKO", "HANAR"];
    for round in 0..rounds() {
        for _ in 0..1 + roll(4) {
            let customer = customers[roll(10) as usize];
            let value = format!("{round}-{}", roll(1_000));
            match roll(5) {
                0 => desk.patch(customer, &json!({"Phone": value})),
                1 => desk.patch(customer, &json!({"BillingCity": value})),
                2 => desk.edit_some(&format!(
                    "INSERT OR IGNORE INTO Customers (CustomerID, CompanyName) VALUES ('N{value}', 'New')"
                )),
                _ => desk.edit_some(&format!("UPDATE Customers SET Phone = '{value}' WHERE CustomerID = '{customer}'")),
            }
        }
        let process = desk.bench.spawn(&["sync", "Customers"]);
        let wait = std::time::Duration::from_millis(20 + roll(250));
        linkspan::cancel::Cancel::new().sleep(wait).unwrap();
        crate::kill::kill(process);
    }
    desk.settle();
    desk.agrees();
}

fn notes(done: &Done) -> String {
    done.json()["sync"][0]["notes"].to_string()
}

#[test]
fn a_key_that_changes_is_for_a_person_and_makes_nothing_anew() {
    let desk = Desk::northwind(&json!({}));
    assert_eq!(desk.sync(&["--accept"]).code, 0);
    desk.edit("UPDATE Customers SET CustomerID = 'ALFK2', City = 'Ulm' WHERE CustomerID = 'ALFKI'");
    let done = desk.sync(&[]);
    assert_eq!((number(&done, "conflicts"), at(&done, "create", "Salesforce")), (1, 0), "{done:?}");
    assert_eq!(desk.account("ALFKI")["BillingCity"], "Ulm", "the rest goes on");
    let id = desk.open_conflicts()[0]["id"].to_string();
    assert_eq!(desk.bench.run(&["conflicts", "resolve", &id, "--keep", "Northwind ERP"]).code, 0);
    assert_eq!(desk.sync(&[]).code, 0);
    assert_eq!(desk.account("ALFK2")["BillingCity"], "Ulm");
    let done = desk.sync(&[]);
    assert_eq!((done.count("rows"), number(&done, "in_step")), (0, 94), "{done:?}");
}

#[test]
fn a_column_that_is_gone_is_left_out_and_the_rest_goes_on() {
    let desk = Desk::northwind(&json!({}));
    assert_eq!(desk.sync(&["--accept"]).code, 0);
    desk.edit("UPDATE Customers SET City = 'Ulm' WHERE CustomerID = 'ALFKI'");
    desk.edit("ALTER TABLE Customers DROP COLUMN Fax");
    let done = desk.sync(&[]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(notes(&done).contains("has no column Fax any more"), "{done:?}");
    let account = desk.account("ALFKI");
    assert_eq!((account["BillingCity"].as_str(), account["Fax"].as_str()), (Some("Ulm"), Some("030-0076545")));

    desk.edit("ALTER TABLE Customers ADD COLUMN Fax TEXT");
    let done = desk.sync(&[]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(desk.erp("ALFKI", "Fax").as_deref(), Some("030-0076545"), "a blank that is new erases nothing");
}

#[test]
fn records_without_a_key_or_with_a_shared_one_take_no_part() {
    let desk = Desk::northwind(&json!({"deleted_left": "propagate"}));
    desk.edit("ALTER TABLE Customers RENAME TO Old");
    desk.edit("CREATE TABLE Customers AS SELECT * FROM Old");
    assert_eq!(desk.sync(&["--accept"]).code, 0);
    desk.edit("INSERT INTO Customers (CustomerID, CompanyName) VALUES ('ALFKI', 'Twin')");
    desk.edit("UPDATE Customers SET CustomerID = NULL WHERE CustomerID = 'ANATR'");
    desk.edit("UPDATE Customers SET City = 'Ulm' WHERE CustomerID = 'ANTON'");
    let done = desk.sync(&[]);
    assert_eq!((done.code, at(&done, "delete", "Salesforce")), (0, 0), "{done:?}");
    assert!(notes(&done).contains("have no CustomerID") && notes(&done).contains("share their CustomerID"), "{done:?}");
    assert_eq!(desk.account("ANTON")["BillingCity"], "Ulm", "the rest goes on");
    assert_eq!(desk.account("ALFKI")["Name"], "Alfreds Futterkiste");
}

#[test]
fn what_an_end_refuses_is_told_and_tried_again_next_time() {
    let desk = Desk::northwind(&json!({}));
    assert_eq!(desk.sync(&["--accept"]).code, 0);
    desk.edit("CREATE TRIGGER no_ulm BEFORE UPDATE ON Customers WHEN new.City = 'Ulm' BEGIN SELECT RAISE (ABORT, 'not Ulm'); END");
    desk.patch("ALFKI", &json!({"BillingCity": "Ulm"}));
    desk.edit("UPDATE Customers SET Phone = '1' WHERE CustomerID = 'ALFKI'");
    let done = desk.sync(&[]);
    assert_eq!((done.code, done.count("failed")), (1, 1), "{done:?}");
    assert_eq!(desk.account("ALFKI")["Phone"], "1", "what went to the other end is there");
    let done = desk.sync(&[]);
    assert_eq!(done.count("failed"), 1, "{done:?}");
    desk.edit("DROP TRIGGER no_ulm");
    let done = desk.sync(&[]);
    assert_eq!((done.code, done.count("failed")), (0, 0), "{done:?}");
    assert_eq!(desk.erp("ALFKI", "City").as_deref(), Some("Ulm"));
    assert_eq!(desk.sync(&[]).count("rows"), 0);
    desk.agrees();
}

/// Customers with their contacts, whose keys the ERP gives itself.
fn with_contacts() -> Desk {
    let desk = Desk::northwind(&json!({}));
    desk.edit(
        "CREATE TABLE Contacts (ContactID INTEGER PRIMARY KEY, CustomerID TEXT NOT NULL, LastName TEXT NOT NULL, Email TEXT)",
    );
    desk.edit("INSERT INTO Contacts (CustomerID, LastName, Email) VALUES ('ALFKI', 'Anders', 'anders@example.com')");
    desk.edit("INSERT INTO Contacts (CustomerID, LastName, Email) VALUES ('WOLZA', 'Piestrzeniewicz', NULL)");
    desk.bench.org.add_schema(&json!({"objects": [{"name": "Contact", "fields": [
        {"name": "SyncHash__c", "label": "Sync hash", "type": "Text", "length": 64},
        {"name": "LastSyncDate__c", "label": "Last sync", "type": "DateTime"},
    ]}]}));
    let mut design = customers(&desk.erp, &json!({}));
    let line = |target: &str, column: &str| json!({"target": target, "column": column});
    let contacts = json!({
        "source": {"path": desk.erp, "sqlite": {"table": "Contacts"}},
        "org": "p",
        "object": "Contact",
        "operation": "upsert",
        "find": {"external_id": "ERP_Id__c"},
        "mapping": [line("ERP_Id__c", "ContactID"), line("Account.ERP_Id__c", "CustomerID"),
                    line("LastName", "LastName"), line("Email", "Email")],
        "sync": {"left": "Northwind ERP", "key": "ContactID", "deleted_left": "propagate", "deleted_right": "propagate",
                 "keeps": {"right_synced": "LastSyncDate__c", "right_hash": "SyncHash__c"}},
    });
    design["steps"].as_array_mut().unwrap().push(contacts);
    let file = desk.bench.file("sync.json", design.to_string());
    assert_eq!(desk.bench.run(&["delete-integration", "Customers"]).code, 0);
    let done = desk.bench.run(&["import-integration", file.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{done:?}");
    desk
}

#[test]
fn parents_go_before_their_children_both_ways_and_new_keys_come_back() {
    let desk = with_contacts();
    assert_eq!(desk.sync(&["--accept"]).code, 0);
    let contact = |name: &str| {
        let soql = format!(
            "SELECT Id, ERP_Id__c, Email, Account.ERP_Id__c, SyncHash__c, LastSyncDate__c FROM Contact WHERE LastName = '{name}'"
        );
        desk.bench.org.select(&soql).remove(0)
    };
    let anders = contact("Anders");
    assert_eq!(anders["Account"]["ERP_Id__c"], "ALFKI", "{anders}");
    assert_eq!(anders["SyncHash__c"].as_str().unwrap().len(), 64);
    assert!(anders["LastSyncDate__c"].is_string());
    assert_eq!(contact("Piestrzeniewicz")["Account"]["ERP_Id__c"], "WOLZA", "whose account is new as well");

    // A new account of the org, and its contact, in one sync.
    create(&desk.bench, &json!({"Name": "New there", "ERP_Id__c": "NEWTH"}));
    let account = desk.account("NEWTH")["Id"].clone();
    let answer = desk.bench.org.http(
        "POST",
        "/services/data/v60.0/sobjects/Contact",
        &json!({"LastName": "There", "AccountId": account}).to_string(),
    );
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let done = desk.sync(&[]);
    assert_eq!(done.code, 0, "{done:?}");
    let db = Connection::open(&desk.erp).unwrap();
    let (id, customer): (i64, String) = db
        .query_row("SELECT ContactID, CustomerID FROM Contacts WHERE LastName = 'There'", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!((contact("There")["ERP_Id__c"].as_str(), customer.as_str()), (Some(id.to_string().as_str()), "NEWTH"));
    let done = desk.sync(&[]);
    assert_eq!((done.code, done.count("rows")), (0, 0), "{done:?}");

    desk.edit("DELETE FROM Contacts WHERE LastName = 'There'");
    let done = desk.sync(&[]);
    assert_eq!((done.code, done.count("deleted")), (0, 1), "{done:?}");
    assert_eq!(desk.bench.records("Contact"), 2);
    assert_eq!(desk.sync(&[]).count("rows"), 0);
}

#[test]
fn two_orgs_are_synced_like_an_org_and_a_table() {
    let bench = Bench::empty();
    let other = Org::start(bench.home.path(), &["--memory", "--seed", "empty"]);
    let mut command = program(bench.home.path());
    command.args(["org", "add", "q", "--url", other.welcome["url"].as_str().unwrap(), "--token-env", "TOKEN"]);
    command.env("TOKEN", other.welcome["access_token"].as_str().unwrap());
    let done = Done::from(command.output().unwrap());
    assert_eq!(done.code, 0, "{done:?}");
    let make = |org: &Org, account: &Value| {
        let answer = org.http("POST", "/services/data/v60.0/sobjects/Account", &account.to_string());
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    };
    make(&other, &json!({"Name": "Acme GmbH", "Phone": "1", "Fax": "9"}));
    make(&other, &json!({"Name": "Only there"}));
    make(&bench.org, &json!({"Name": "ACME", "Phone": "1", "BillingCity": "Ulm"}));
    make(&bench.org, &json!({"Name": "Only here"}));
    let line = |field: &str| json!({"target": field, "column": field});
    let design = json!({
        "linkspan": 1,
        "name": "Orgs",
        "steps": [{
            "source": {"org": "q", "soql": "SELECT Id, Name, Phone, Fax, BillingCity, ERP_Id__c, SystemModstamp FROM Account"},
            "org": "p",
            "object": "Account",
            "operation": "upsert",
            "mapping": [{"target": "ERP_Id__c", "column": "Id"}, line("Name"), line("Phone"), line("Fax"), line("BillingCity")],
            "sync": {"left": "Other org", "right": "Main org", "key": "Id", "stamp": "SystemModstamp", "strategy": "last_write",
                     "keeps": {"left_id": "ERP_Id__c"}, "matching": [{"target": "Name", "by": "name"}],
                     "lines": [{"target": "Name", "strategy": {"truth": "right"}}]},
        }],
    });
    let file = bench.file("orgs.json", design.to_string());
    let done = bench.run(&["import-integration", file.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{done:?}");
    let done = bench.run(&["sync", "Orgs", "--accept"]);
    assert_eq!((done.code, number(&done, "paired")), (0, 1), "{done:?}");
    let sorted = |org: &Org| {
        let mut rows: Vec<_> = org
            .select("SELECT Name, Phone, Fax, BillingCity FROM Account")
            .iter()
            .map(|row| {
                ["Name", "Phone", "Fax", "BillingCity"].map(|field| row[field].as_str().unwrap_or("-").to_owned())
            })
            .collect();
        rows.sort();
        rows
    };
    let expected = [["ACME", "1", "9", "Ulm"], ["Only here", "-", "-", "-"], ["Only there", "-", "-", "-"]];
    assert_eq!(sorted(&bench.org), expected.map(|row| row.map(str::to_owned)));
    assert_eq!(sorted(&other), sorted(&bench.org));
    let keys = |org: &Org| {
        let mut keys: Vec<_> = org
            .select("SELECT Id, ERP_Id__c FROM Account")
            .iter()
            .map(|row| [row["Id"].as_str().unwrap().to_owned(), row["ERP_Id__c"].as_str().unwrap_or("-").to_owned()])
            .collect();
        keys.sort();
        keys
    };
    let mut turned: Vec<_> = keys(&other).into_iter().map(|[id, partner]| [partner, id]).collect();
    turned.sort();
    assert_eq!(keys(&bench.org), turned, "each keeps the other's id");
    assert_eq!(bench.run(&["sync", "Orgs"]).count("rows"), 0);
}

#[test]
fn a_source_that_is_suddenly_empty_lets_nothing_go() {
    let desk = Desk::northwind(&json!({}));
    assert_eq!(desk.sync(&["--accept"]).code, 0);
    desk.edit("ALTER TABLE Customers RENAME TO Away");
    desk.edit("CREATE TABLE Customers AS SELECT * FROM Away WHERE 0");
    let done = desk.sync(&[]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.stderr.contains("have lost their record at one end"), "{done:?}");
    desk.edit("DROP TABLE Customers");
    desk.edit("ALTER TABLE Away RENAME TO Customers");
    let done = desk.sync(&[]);
    assert_eq!((done.code, number(&done, "in_step")), (0, 94), "{done:?}");
}

#[test]
fn what_was_changed_after_it_was_compared_is_left_alone() {
    let desk = Desk::northwind(&json!({}));
    assert_eq!(desk.sync(&["--accept"]).code, 0);
    desk.edit("UPDATE Customers SET Phone = '111' WHERE CustomerID = 'ALFKI'");
    desk.patch("ANATR", &json!({"Phone": "222"}));
    // It dies when everything is decided, at the look before the first write.
    let before = desk.bench.org.unanswered();
    desk.bench.org.fault(&json!({"stall": {"processed": false, "path_contains": "/query", "skip": 4}}));
    let process = desk.bench.spawn(&["sync", "Customers"]);
    crate::kill::until("the look", || desk.bench.org.unanswered() > before);
    crate::kill::kill(process);
    desk.bench.org.clear_faults();
    desk.patch("ALFKI", &json!({"Phone": "999"}));
    desk.edit("UPDATE Customers SET Phone = '888' WHERE CustomerID = 'ANATR'");

    let done = desk.sync(&[]);
    assert_eq!((done.code, done.count("skipped"), done.count("updated")), (0, 2, 0), "{done:?}");
    assert_eq!(
        (desk.account("ALFKI")["Phone"].as_str(), desk.erp("ANATR", "Phone").as_deref()),
        (Some("999"), Some("888"))
    );
    let done = desk.sync(&[]);
    assert_eq!(number(&done, "conflicts"), 2, "each end changed both: {done:?}");
}

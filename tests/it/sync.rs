//! Northwind's customers in a database, and an org that has some of them: synced both ways from the command line.

use crate::harness::{Bench, Done, fixture};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::PathBuf;

/// An ERP and an org that both change.
struct Desk {
    bench: Bench,
    erp: PathBuf,
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
    fn northwind(changes: &Value) -> Desk {
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

    fn design(&self, changes: &Value) {
        let file = self.bench.file("sync.json", customers(&self.erp, changes).to_string());
        let _gone = self.bench.run(&["delete-integration", "Customers"]);
        let done = self.bench.run(&["import-integration", file.to_str().unwrap()]);
        assert_eq!(done.code, 0, "{done:?}");
    }

    fn sync(&self, more: &[&str]) -> Done {
        let mut arguments = vec!["sync", "Customers"];
        arguments.extend(more);
        self.bench.run(&arguments)
    }

    /// Somebody changes a customer in the ERP.
    fn edit(&self, sql: &str) -> usize {
        Connection::open(&self.erp).unwrap().execute(sql, []).unwrap()
    }

    /// A value of a customer in the ERP.
    fn erp(&self, customer: &str, column: &str) -> Option<String> {
        let db = Connection::open(&self.erp).unwrap();
        let sql = format!("SELECT {column} FROM Customers WHERE CustomerID = ?1");
        db.query_row(&sql, [customer], |row| row.get(0)).unwrap_or_else(|error| panic!("{customer}: {error}"))
    }

    /// Somebody changes an account in the org.
    fn patch(&self, customer: &str, changes: &Value) {
        let path = format!("/services/data/v60.0/sobjects/Account/ERP_Id__c/{customer}");
        let answer = self.bench.org.http("PATCH", &path, &changes.to_string());
        assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    }

    /// An account of the org.
    fn account(&self, customer: &str) -> Value {
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

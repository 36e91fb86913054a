//! A sync in the window: looked at, accepted, and told by the names of its ends; designed on the canvas and edited at both ends.

use crate::harness::{BINARY, ask, fixture};
use crate::northwind::Person;
use crate::window::{Walk, open_at, press, press_when_ready, said, until, until_said, walk_in_a_fresh_home};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn the_first_sync_waits_for_a_yes_and_later_ones_start_at_once() {
    walk_in_a_fresh_home("sync_window::walks::look_accept_and_sync");
}

#[test]
fn a_mass_deletion_is_typed_before_it_is_done() {
    walk_in_a_fresh_home("sync_window::walks::mass_deletion");
}

#[test]
fn a_sync_is_designed_on_the_canvas_and_edits_at_both_ends_go_over() {
    walk_in_a_fresh_home("sync_window::walks::design_and_sync");
}

const COLUMNS: [&str; 8] = ["CustomerID", "CompanyName", "Address", "City", "PostalCode", "Country", "Phone", "Fax"];
const FIELDS: [&str; 8] =
    ["ERP_Id__c", "Name", "BillingStreet", "BillingCity", "BillingPostalCode", "BillingCountry", "Phone", "Fax"];

/// A window with the practice org of this walk, and all of Northwind's customers in a database.
struct Desk {
    walk: Walk,
    erp: PathBuf,
    _folder: tempfile::TempDir,
}

impl Desk {
    fn open(size: egui::Vec2) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let erp = folder.path().join("northwind.db");
        fill(&erp);
        let mut walk = open_at(size);
        until_said(&mut walk, "Northwind customers");
        until(&mut walk, "the practice org", |walk| {
            let orgs = walk.state().as_ref().and_then(|session| session.window.state.orgs.as_ref());
            orgs.is_some_and(|orgs| orgs.iter().any(|org| org.api_usage.is_some()))
        });
        Desk { walk, erp, _folder: folder }
    }

    /// Keeps the sync of customers, with changes, as a file would bring it.
    fn keep(&mut self, changes: &Value) {
        let line = |(field, column): (&&str, &str)| json!({"target": field, "column": column});
        let mapping: Vec<_> = FIELDS.iter().zip(COLUMNS).map(line).collect();
        let mut sync = json!({
            "left": "Northwind ERP",
            "key": "CustomerID",
            "stamp": "ModifiedAt",
            "keeps": {"left_id": "SalesforceId"},
            "within": "ERP_Id__c != NULL",
            "create_left": false,
        });
        for (name, value) in changes.as_object().unwrap() {
            sync[name] = value.clone();
        }
        let design = json!({"linkspan": 1, "name": "Customers", "steps": [{
            "source": {"path": self.erp, "sqlite": {"table": "Customers"}}, "org": "practice", "object": "Account",
            "operation": "upsert", "find": {"external_id": "ERP_Id__c"}, "mapping": mapping, "sync": sync,
        }]});
        let file = self.erp.with_file_name("customers.json");
        std::fs::write(&file, design.to_string()).unwrap();
        program(&["import-integration", file.to_str().unwrap()]);
        until_said(&mut self.walk, "Never synced");
    }

    fn edit(&self, sql: &str) -> usize {
        Connection::open(&self.erp).unwrap().execute(sql, []).unwrap()
    }

    /// A value of a customer in the database.
    fn erp(&self, customer: &str, column: &str) -> Option<String> {
        let sql = format!("SELECT {column} FROM Customers WHERE CustomerID = ?1");
        Connection::open(&self.erp).unwrap().query_row(&sql, [customer], |row| row.get(0)).unwrap()
    }

    /// The run on the screen has come to its end, and its rows add up.
    fn until_accounted(&mut self) {
        until_said(&mut self.walk, "unaccounted 0");
    }

    fn go_home(&mut self) {
        self.walk.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
        self.walk.run_steps(3);
    }
}

fn fill(erp: &Path) {
    let db = Connection::open(erp).unwrap();
    db.execute_batch(
        "CREATE TABLE Customers (CustomerID TEXT PRIMARY KEY, CompanyName TEXT NOT NULL, Address TEXT, City TEXT, \
         PostalCode TEXT, Country TEXT, Phone TEXT, Fax TEXT, SalesforceId TEXT, LastSyncDate TEXT, ModifiedAt TEXT, \
         ModifiedBy TEXT)",
    )
    .unwrap();
    let mut reader = csv::Reader::from_path(fixture("northwind/customers.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let places = COLUMNS.map(|name| header.iter().position(|column| column == name).unwrap());
    for record in reader.records() {
        let record = record.unwrap();
        let cells = places.map(|place| Some(&record[place]).filter(|cell| !cell.is_empty()));
        let sql = "INSERT INTO Customers (CustomerID, CompanyName, Address, City, PostalCode, Country, Phone, Fax, ModifiedAt) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, '2026-01-01 00:00:00')";
        db.execute(sql, rusqlite::params_from_iter(&cells)).unwrap();
    }
}

/// Runs the program in the home of this walk; gives back what it says at the end.
fn program(arguments: &[&str]) -> Value {
    let output = Command::new(BINARY).args(arguments).arg("--json").output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.lines().last().unwrap_or_default())
        .unwrap_or_else(|_| panic!("{arguments:?}: {text}\n{}", String::from_utf8_lossy(&output.stderr)))
}

/// A value of an account in the practice org.
fn account(customer: &str, field: &str) -> String {
    let soql = format!("SELECT {field} FROM Account WHERE ERP_Id__c = '{customer}'");
    let output = Command::new(BINARY).args(["query", "practice", &soql]).output().expect("the program starts");
    String::from_utf8_lossy(&output.stdout).lines().nth(1).unwrap_or_default().to_owned()
}

fn accounts() -> u64 {
    let soql = "SELECT COUNT() FROM Account WHERE ERP_Id__c != NULL";
    let output = Command::new(BINARY).args(["query", "practice", soql]).output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().find_map(|line| line.trim().parse().ok()).unwrap_or_else(|| panic!("no count: {text}"))
}

/// Somebody changes an account in the practice org.
fn patch(customer: &str, changes: &Value) {
    let sign_in = program(&["practice", "sign-in"]);
    let path = format!("/services/data/v60.0/sobjects/Account/ERP_Id__c/{customer}");
    let answer = ask(&sign_in, "PATCH", &path, &changes.to_string());
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
}

fn does_not_say(walk: &Walk, words: &str) {
    assert!(!said(walk).contains(words), "{words}:\n{}", said(walk));
}

mod walks {
    use super::*;

    #[test]
    #[ignore = "runs in a process of its own"]
    fn look_accept_and_sync() {
        let mut desk = Desk::open(egui::vec2(1280.0, 800.0));
        desk.keep(&json!({}));
        let before = accounts();
        press(&mut desk.walk, "Sync Customers");
        until_said(&mut desk.walk, "make 90 in Salesforce");
        until_said(&mut desk.walk, "3 records are paired with their partners");
        assert_eq!(accounts(), before, "nothing is written before somebody says yes");
        press(&mut desk.walk, "Accept and sync");
        desk.until_accounted();
        until_said(&mut desk.walk, "Make in Salesforce: 90 rows");
        until_said(&mut desk.walk, "90 pairs in step");
        until_said(&mut desk.walk, "3 pairs wait for a person");
        assert_eq!(accounts(), before + 90);
        assert!(desk.erp("WOLZA", "SalesforceId").is_some());

        // Both ends change, and the next one starts at once.
        desk.edit("UPDATE Customers SET Phone = '111' WHERE CustomerID = 'WOLZA'");
        desk.edit("UPDATE Customers SET City = 'Ulm' WHERE CustomerID = 'SAVEA'");
        patch("QUICK", &json!({"BillingCity": "Puebla"}));
        patch("SAVEA", &json!({"BillingCity": "Neu-Ulm"}));
        desk.go_home();
        press(&mut desk.walk, "Sync Customers");
        until_said(&mut desk.walk, "Change in Northwind ERP: 1 row");
        until_said(&mut desk.walk, "4 pairs wait for a person");
        until_said(&mut desk.walk, "89 pairs in step");
        assert_eq!(
            (account("WOLZA", "Phone"), desk.erp("QUICK", "City").as_deref()),
            ("111".to_owned(), Some("Puebla"))
        );
        press(&mut desk.walk, "Change in Salesforce: 1 row");
        until_said(&mut desk.walk, "Rows of the run, 1 row");
        press(&mut desk.walk, "Open conflicts");
        until_said(&mut desk.walk, "Save-a-lot Markets, Billing City");
        desk.go_home();
        until_said(&mut desk.walk, "Conflicts of Customers");

        // Nothing is left to do, and a look says so.
        press(&mut desk.walk, "More about Customers");
        press(&mut desk.walk, "Look first…");
        until_said(&mut desk.walk, "there is nothing to write");
        press(&mut desk.walk, "Cancel");
        does_not_say(&desk.walk, "there is nothing to write");
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn mass_deletion() {
        let mut desk = Desk::open(egui::vec2(1280.0, 800.0));
        desk.keep(&json!({"deleted_left": "propagate", "confirm_deletes_above": 10}));
        press(&mut desk.walk, "Sync Customers");
        until_said(&mut desk.walk, "Accept and sync");
        press(&mut desk.walk, "Accept and sync");
        desk.until_accounted();
        let before = accounts();
        let gone = desk.edit("DELETE FROM Customers WHERE CustomerID > 'M'") as u64;

        desk.go_home();
        press(&mut desk.walk, "Sync Customers");
        until_said(&mut desk.walk, "more than 10; nothing was done");
        assert_eq!(accounts(), before);
        press(&mut desk.walk, "Look at what it would do…");
        until_said(&mut desk.walk, "because they are no longer in Northwind ERP");
        let field = format!("Type {gone} to confirm it");
        until_said(&mut desk.walk, &field);
        desk.walk.get_by_role_and_label(Role::TextInput, &field).focus();
        desk.walk.run_steps(2);
        desk.walk.event(egui::Event::Text(gone.to_string()));
        desk.walk.run_steps(2);
        press_when_ready(&mut desk.walk, "Sync now");
        until_said(&mut desk.walk, &format!("Delete in Salesforce: {gone} rows"));
        desk.until_accounted();
        assert_eq!(accounts(), before - gone);
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn design_and_sync() {
        let Desk { walk, erp, _folder } = Desk::open(egui::vec2(1440.0, 1000.0));
        let mut person = Person { walk, folder: erp.parent().unwrap().to_owned() };

        // A table onto an object, by suggestion.
        person.walk.key_press_modifiers(Modifiers::COMMAND, Key::N);
        until_said(&mut person.walk, "Path of a file");
        person.pick("Object", "Account");
        person.write("Path of a file", &erp.display().to_string());
        person.press("Look at the file");
        until_said(&mut person.walk, "northwind.db can be read");
        person.press("Upsert");
        person.press("Add");
        person.click("the suggestions", |role, said| role == Role::Button && said.starts_with("Apply "));
        until_said(&mut person.walk, "SalesforceId, text, mapped to Id");

        // Both ways, with what the names of columns suggest.
        person.press("One way or both ways");
        person.click("the switch", |role, said| role == Role::Switch && said == "Goes both ways");
        for said in ["Its key: CustomerID", "When it was changed last: ModifiedAt", "Who changed it: ModifiedBy"] {
            until_said(&mut person.walk, said);
        }
        until_said(&mut person.walk, "Column of Northwind for the id in Salesforce: SalesforceId");
        until_said(&mut person.walk, "Direction of Phone: both ways between Northwind and Salesforce");
        retype(&mut person, "northwind.db is called", "Northwind ERP");
        until_said(&mut person.walk, "Sync Customers of northwind.db with Account both ways");
        person.click("what is made", |role, said| {
            role == Role::CheckBox && said == "Make in Northwind ERP what only Salesforce has"
        });
        retype(&mut person, "Only Account records of Salesforce where", "ERP_Id__c != NULL");
        until_said(&mut person.walk, "CustomerID, text, mapped to ERP_Id__c");
        until_said(&mut person.walk, "SalesforceId, text, not mapped");

        // One line goes one way, and comes back to both by the keyboard; another one has its own judge.
        person.press("Direction of Fax: both ways between Northwind ERP and Salesforce");
        until_said(&mut person.walk, "Direction of Fax: from Northwind ERP to Salesforce only");
        person.inspect("Fax");
        for direction in ["from Salesforce to Northwind ERP only", "both ways between Northwind ERP and Salesforce"] {
            person.key(Key::F7);
            until_said(&mut person.walk, &format!("Direction of Fax: {direction}"));
        }
        person.inspect("Phone");
        person.pick("Who is right about Phone", "Northwind ERP is right");

        // What cannot go back by itself says so, and how it can.
        person.inspect("Name");
        person.press("Value from: Formula");
        until_said(&mut person.walk, "It cannot go back to Northwind ERP by itself");
        until_said(&mut person.walk, "Direction of Name: from Northwind ERP to Salesforce only");
        person.press("Say how it goes back…");
        until_said(&mut person.walk, "Column that Name goes back into: CompanyName");
        person.press("Direction: both ways between Northwind ERP and Salesforce");
        until_said(&mut person.walk, "Direction of Name: both ways between Northwind ERP and Salesforce");

        person.rename("Customers");
        until_said(&mut person.walk, "No problems");
        person.walk.key_press_modifiers(Modifiers::COMMAND, Key::S);
        until_said(&mut person.walk, "All changes saved");

        // Looked at, accepted, and in step.
        let before = accounts();
        person.press("Sync");
        until_said(&mut person.walk, "make 90 in Salesforce");
        person.press("Accept and sync");
        until_said(&mut person.walk, "unaccounted 0");
        assert_eq!(accounts(), before + 90);
        let desk = Desk { walk: person.walk, erp, _folder };
        desk.edit("UPDATE Customers SET Phone = '111', CompanyName = 'Wolle' WHERE CustomerID = 'WOLZA'");
        patch("WOLZA", &json!({"Phone": "222", "BillingCity": "Gdynia"}));
        patch("QUICK", &json!({"Name": "QUICK-Start", "Fax": null}));
        let mut person = Person { walk: desk.walk, folder: desk.erp.parent().unwrap().to_owned() };
        person.walk.key_press_modifiers(Modifiers::COMMAND, Key::Num3);
        person.press("Sync Customers");
        until_said(&mut person.walk, "Change in Northwind ERP: 2 rows");
        until_said(&mut person.walk, "unaccounted 0");
        assert_eq!([account("WOLZA", "Phone"), account("WOLZA", "Name")], ["111", "Wolle"], "its own judge");
        let desk = Desk { walk: person.walk, ..desk };
        assert_eq!(desk.erp("WOLZA", "City").as_deref(), Some("Gdynia"));
        assert_eq!(desk.erp("WOLZA", "Phone").as_deref(), Some("111"));
        assert_eq!(desk.erp("QUICK", "CompanyName").as_deref(), Some("QUICK-Start"));
        assert_eq!(desk.erp("QUICK", "Fax"), None);
    }

    /// Types a text in the place of another.
    fn retype(person: &mut Person, field: &str, text: &str) {
        person.click(field, |role, said| role == Role::TextInput && said == field);
        person.walk.key_press_modifiers(Modifiers::COMMAND, Key::A);
        person.text(text);
    }
}

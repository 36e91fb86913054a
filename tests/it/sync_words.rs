//! A sync beside its rows: it is checked as what it is, it is not run one way, its steps are called after its ends, and what did not
//! get through is left to the next one.

use crate::sync::Desk;
use serde_json::json;

#[test]
fn an_integration_that_goes_both_ways_is_checked_as_such_and_is_not_run() {
    let desk = Desk::northwind(&json!({}));
    let done = desk.bench.run(&["check", "Customers"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.stderr.contains("\"Customers\" can be synced"), "{done:?}");
    let listed = desk.bench.run(&["integrations"]);
    assert!(listed.stdout.contains("Sync Customers of erp.db with Account both ways"), "{listed:?}");
    for run in [&["run", "Customers"][..], &["run", "Customers", "--dry-run"]] {
        let done = desk.bench.run(run);
        assert_ne!(done.code, 0, "{done:?}");
        assert!(done.stderr.contains("linkspan sync \"Customers\""), "{done:?}");
        assert_eq!(desk.bench.records("Account"), 4, "nothing is written");
    }
}

#[test]
fn problems_of_a_sync_are_told_by_the_names_of_its_ends() {
    let desk = Desk::northwind(&json!({
        "strategy": "last_write",
        "stamp": "",
        "deleted_left": "archive",
    }));
    let done = desk.bench.run(&["check", "Customers"]);
    assert_eq!(done.code, 1, "{done:?}");
    for said in ["no column of Northwind ERP says when that was", "what marks a record of Salesforce as archived"] {
        assert_eq!(done.stdout.matches(said).count(), 2, "in words and in JSON, once each, {said}: {done:?}");
    }
    desk.design(&json!({"key": ""}));
    let done = desk.bench.run(&["check", "Customers"]);
    assert!(done.stdout.contains("which column tells the records of Northwind ERP apart"), "{done:?}");
}

#[test]
fn the_steps_of_a_sync_are_called_after_its_ends() {
    let desk = Desk::northwind(&json!({"deleted_left": "propagate"}));
    let done = desk.sync(&["--accept"]);
    let json = done.json();
    let does: Vec<_> = json["steps"].as_array().unwrap().iter().map(|step| step["does"].as_str().unwrap()).collect();
    let expected = [
        "Write decisions to Salesforce",
        "Change in Salesforce",
        "Make in Salesforce",
        "Change in Northwind ERP",
        "Make in Northwind ERP",
        "Write Salesforce ids back",
        "Delete in Salesforce",
    ];
    assert_eq!(does, expected, "{done:?}");
}

#[test]
fn rows_of_a_sync_are_not_sent_again_and_the_next_one_compares_them() {
    let desk = Desk::northwind(&json!({}));
    let rule = json!({"kind": "validation", "object": "Account", "name": "No_777", "active": true,
        "condition": "Phone = \"777\"", "message": "No such phone"});
    assert_eq!(desk.sync(&["--accept"]).code, 0);
    desk.bench.org.set_rule(&rule);
    desk.edit("UPDATE Customers SET Phone = '777' WHERE CustomerID = 'ALFKI'");
    let done = desk.sync(&[]);
    assert_eq!((done.code, done.count("failed")), (1, 1), "{done:?}");
    let run = done.json()["run"].to_string();

    let listed = desk.bench.run(&["errors"]);
    assert_eq!((listed.code, listed.count("rows")), (0, 0), "{listed:?}");
    let of_run = desk.bench.run(&["errors", &run]);
    assert!(of_run.stderr.contains("The next sync compares them again"), "{of_run:?}");
    let retried = desk.bench.run(&["retry", &run]);
    assert_eq!(retried.code, 2, "{retried:?}");
    assert!(retried.stderr.contains("The next sync compares them again"), "{retried:?}");

    desk.edit("UPDATE Customers SET Phone = '778' WHERE CustomerID = 'ALFKI'");
    assert_eq!(desk.sync(&[]).code, 0);
    assert_eq!(desk.account("ALFKI")["Phone"], "778");
}

#[test]
fn a_mass_deletion_that_was_refused_goes_on_once_a_person_confirms_it() {
    let desk = Desk::northwind(&json!({"deleted_left": "propagate", "confirm_deletes_above": 10}));
    assert_eq!(desk.sync(&["--accept"]).code, 0);
    let gone = desk.edit("DELETE FROM Customers WHERE CustomerID > 'M'");
    assert_eq!(desk.sync(&[]).code, 2);
    let done = desk.sync(&["--delete-up-to", &gone.to_string()]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(desk.bench.records("Account"), 94 - gone as u64);
}

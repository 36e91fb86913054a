//! A run can be taken back: what it made is deleted, what it changed gets its former values, what it deleted is made anew, and what
//! somebody changed since is left alone and told.

use crate::harness::{Bench, Done, fixture};

const KEY: [&str; 2] = ["--external-id", "ERP_Id__c"];
const ALL: &str = "SELECT Id, ERP_Id__c, Name, BillingCity, Phone, Fax FROM Account ORDER BY ERP_Id__c, Name";

fn customers(bench: &Bench) -> Done {
    bench.import(&fixture("northwind/customers.csv"), "Account", "upsert", &KEY)
}

fn undo(bench: &Bench, run: &Done) -> Done {
    bench.run(&["undo", &run.count("run").to_string()])
}

#[test]
fn what_a_run_made_is_deleted() {
    let bench = Bench::empty();
    let made = customers(&bench);
    let undone = undo(&bench, &made);
    assert_eq!((undone.code, undone.accounted().count("deleted")), (0, 93), "{undone:?}");
    assert_eq!(undone.json()["undo_of"], made.json()["run"]);
    assert_eq!(bench.records("Account"), 0);
    let again = undo(&bench, &made);
    assert_eq!(again.code, 2, "{again:?}");
    assert!(again.stdout.contains("undone by run 2 already"), "{again:?}");
}

/// On both APIs: texts, blanks that were filled, values that were emptied, a parent by its external id, numbers and dates.
#[test]
fn what_a_run_changed_gets_its_former_values_back() {
    for api in ["rest", "bulk"] {
        let bench = Bench::empty();
        customers(&bench);
        let before = bench.query(ALL);
        let file = bench.file(
            "new.csv",
            "ERP_Id__c,Name,BillingCity,Phone,Fax\nALFKI,New name,,+49 30 1,#N/A\nANATR,Ana Trujillo Emparedados y helados,Oaxaca,,\n\
             FRESH,Fresh,Berlin,1,2\n",
        );
        let changed = bench.import(&file, "Account", "upsert", &[KEY[0], KEY[1], "--api", api]);
        assert_eq!((changed.accounted().count("created"), changed.count("updated")), (1, 2), "{changed:?}");
        assert_ne!(bench.query(ALL), before);
        let undone = undo(&bench, &changed);
        assert_eq!((undone.accounted().count("deleted"), undone.count("updated")), (1, 2), "{undone:?}");
        assert_eq!(bench.query(ALL), before, "{api}");
        // And the undo itself can be undone, but for what it deleted, which gets a new id.
        let redone = undo(&bench, &undone);
        assert_eq!((redone.accounted().count("created"), redone.count("updated")), (1, 2), "{redone:?}");
        let names = bench.query("SELECT Name FROM Account WHERE ERP_Id__c IN ('ALFKI', 'FRESH') ORDER BY Name");
        assert_eq!(names, ["Fresh", "New name"], "{api}");
    }
}

#[test]
fn what_somebody_changed_since_is_left_alone() {
    let bench = Bench::empty();
    customers(&bench);
    let file = bench.file("phones.csv", "ERP_Id__c,Phone\nALFKI,1\nANATR,2\nANTON,3\n");
    let changed = bench.import(&file, "Account", "update", &KEY);
    assert_eq!(changed.accounted().count("updated"), 3, "{changed:?}");
    let file = bench.file("later.csv", "ERP_Id__c,Phone\nANATR,later\n");
    bench.import(&file, "Account", "update", &KEY);
    let undone = undo(&bench, &changed);
    assert_eq!((undone.accounted().count("updated"), undone.count("skipped")), (2, 1), "{undone:?}");
    let skipped = bench.results(undone.count("run"), &["--outcome", "skipped"]);
    assert_eq!(skipped[0]["code"], "changed_since", "{skipped:?}");
    assert!(skipped[0]["message"].as_str().unwrap().contains("Phone is \"later\" now, and the run wrote \"2\""));
    let phones =
        bench.query("SELECT Phone FROM Account WHERE ERP_Id__c IN ('ALFKI', 'ANATR', 'ANTON') ORDER BY ERP_Id__c");
    assert_eq!(phones, ["030-0074321", "later", "(5) 555-3932"]);
}

#[test]
fn what_a_run_deleted_is_made_anew() {
    let bench = Bench::empty();
    customers(&bench);
    let before = bench.query("SELECT ERP_Id__c, Name, BillingCity, Phone FROM Account ORDER BY ERP_Id__c");
    let file = bench.file("gone.csv", "ERP_Id__c\nALFKI\nANATR\n");
    let deleted = bench.import(&file, "Account", "delete", &KEY);
    assert_eq!(deleted.accounted().count("deleted"), 2, "{deleted:?}");
    let told = bench.run(&["undo", &deleted.count("run").to_string(), "--dry-run"]);
    assert_eq!((told.count("recreate"), told.count("delete"), told.count("restore")), (2, 0, 0), "{told:?}");
    assert!(told.stderr.contains("have new ids"), "{told:?}");
    assert_eq!(bench.records("Account"), 91, "a dry run writes nothing");
    let undone = undo(&bench, &deleted);
    assert_eq!((undone.code, undone.accounted().count("created")), (0, 2), "{undone:?}");
    assert_eq!(bench.query("SELECT ERP_Id__c, Name, BillingCity, Phone FROM Account ORDER BY ERP_Id__c"), before);
}

#[test]
fn without_former_values_only_what_was_made_can_be_undone() {
    let bench = Bench::empty();
    customers(&bench);
    let file = bench.file("phones.csv", "ERP_Id__c,Name,Phone\nALFKI,Alfreds,1\nFRESH,Fresh,2\n");
    let changed = bench.import(&file, "Account", "upsert", &[KEY[0], KEY[1], "--options", r#"{"keep_before":false}"#]);
    assert_eq!((changed.accounted().count("created"), changed.count("updated")), (1, 1), "{changed:?}");
    let told = bench.run(&["undo", &changed.count("run").to_string(), "--dry-run"]);
    assert_eq!((told.count("delete"), told.count("restore"), told.count("lost")), (1, 0, 1), "{told:?}");
    let undone = undo(&bench, &changed);
    assert_eq!((undone.accounted().count("deleted"), undone.count("rows")), (1, 1), "{undone:?}");
    assert_eq!(bench.query("SELECT Phone FROM Account WHERE ERP_Id__c = 'ALFKI'"), ["1"]);
}

//! Runs on their screen: looked at before, stopped and gone on with, undone, and what carried a row.

use crate::harness::{BINARY, ask};
use crate::window::{
    Walk, drop_file, fixture, open_at, press, press_when_ready, until, until_said, walk_in_a_fresh_home,
};
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use linkspan::gui::Screen;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[test]
fn a_dry_run_tells_what_the_run_then_does_and_the_run_is_undone() {
    walk_in_a_fresh_home("run_window::walks::dry_run_and_undo");
}

#[test]
fn three_thousand_owners_are_changed_from_a_workbook_and_given_back() {
    walk_in_a_fresh_home("run_window::walks::owners");
}

#[test]
fn a_run_that_was_killed_goes_on_by_one_button() {
    walk_in_a_fresh_home("run_window::walks::killed");
}

#[test]
fn contacts_are_matched_by_email_under_a_duplicate_rule() {
    walk_in_a_fresh_home("run_window::walks::contacts_by_email");
}

#[test]
fn what_is_no_longer_in_the_file_is_deleted_once_a_person_agrees() {
    walk_in_a_fresh_home("run_window::walks::absent");
}

#[test]
fn closing_the_window_asks_what_becomes_of_a_run() {
    walk_in_a_fresh_home("run_window::walks::closing");
}

fn open() -> Walk {
    open_at(egui::vec2(1280.0, 800.0))
}

/// A window that runs the practice org of this walk.
fn open_with_org() -> Walk {
    let mut walk = open();
    until_said(&mut walk, "Northwind customers");
    until(&mut walk, "the practice org", |walk| {
        let orgs = walk.state().as_ref().and_then(|session| session.window.state.orgs.as_ref());
        orgs.is_some_and(|orgs| orgs.iter().any(|org| org.api_usage.is_some()))
    });
    walk
}

/// Runs the program in the home of this walk; gives back what it says at the end.
fn program(arguments: &[&str]) -> Value {
    let output = Command::new(BINARY).args(arguments).arg("--json").output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.lines().last().unwrap_or_default())
        .unwrap_or_else(|_| panic!("{arguments:?}: {text}\n{}", String::from_utf8_lossy(&output.stderr)))
}

/// The cells of a query of the practice org, a row each.
fn query(soql: &str) -> Vec<String> {
    let output = Command::new(BINARY).args(["query", "practice", soql]).output().expect("the program starts");
    assert!(output.status.success(), "{soql}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().skip(1).map(str::to_owned).collect()
}

/// Asks the practice org of this walk for something that only it can.
fn practice(path: &str, body: &Value) {
    let sign_in = program(&["practice", "sign-in"]);
    let answer = ask(&sign_in, "POST", &format!("/__practice/{path}"), &body.to_string());
    assert!(answer.starts_with("HTTP/1.1 20"), "{path}: {answer}");
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn import(file: &Path, object: &str, more: &[&str]) -> Value {
    let file = file.to_str().unwrap();
    program(&[&["import", file, "--org", "practice", "--object", object], more].concat())
}

fn accounts(folder: &Path, rows: usize) -> PathBuf {
    let rows: String = (0..rows).map(|row| format!("K{row:05},Company {row}\n")).collect();
    write(folder, "companies.csv", format!("ERP_Id__c,Name\n{rows}"))
}

fn screen(walk: &Walk) -> Option<Screen> {
    walk.state().as_ref().map(|session| session.window.draft.screen)
}

mod walks {
    use super::*;

    #[test]
    #[ignore = "runs in a process of its own"]
    fn dry_run_and_undo() {
        let mut walk = open();
        until_said(&mut walk, "Northwind customers");
        drop_file(&mut walk, fixture("customers.csv"));
        let run = "Upsert 93 rows into Account in Practice org";
        until(&mut walk, run, |walk| {
            walk.query_by_label(run).is_some_and(|button| !button.accesskit_node().is_disabled())
        });
        press(&mut walk, "Dry run");
        until_said(&mut walk, "Of 93 rows would be:");
        for said in ["90 created", "3 updated", "API requests", "is kept so that the run can be undone"] {
            until_said(&mut walk, said);
        }
        press(&mut walk, "Close");
        press_when_ready(&mut walk, run);
        until_said(&mut walk, "93 read = 90 created + 3 updated · unaccounted 0");
        let before = query("SELECT count() FROM Account");

        // What carried a row, word for word.
        press(&mut walk, "3 updated");
        until_said(&mut walk, "Rows of the run, 3 rows");
        walk.get_by_role_and_label(Role::Grid, "Rows of the run, 3 rows").focus();
        walk.run_steps(2);
        for key in [egui::Key::ArrowDown, egui::Key::Enter] {
            walk.key_press(key);
            walk.run_steps(3);
        }
        until_said(&mut walk, "Request and answer");
        until_said(&mut walk, "PATCH");
        until_said(&mut walk, "Sent for this row");
        press(&mut walk, "Close the row");

        press(&mut walk, "Undo this run…");
        until_said(&mut walk, "90 records it made are deleted");
        until_said(&mut walk, "3 records it changed get their former values back");
        press(&mut walk, "Undo 93 records in Practice org");
        until_said(&mut walk, "93 read = 3 updated + 90 deleted · unaccounted 0");
        until_said(&mut walk, "Undo of run 1");
        press(&mut walk, "Undo of run 1");
        until_said(&mut walk, "Undone by run 2");
        let undo = walk.get_by_role_and_label(Role::Button, "Undo this run…");
        assert!(undo.accesskit_node().is_disabled(), "an undone run cannot be undone again");
        assert_ne!(query("SELECT count() FROM Account"), before);
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn owners() {
        let folder = tempfile::tempdir().unwrap();
        let made = import(&accounts(folder.path(), 3_000), "Account", &["--operation", "insert"]);
        assert_eq!(made["created"], 3_000, "{made}");
        let users = query("SELECT Id FROM User WHERE IsActive = true ORDER BY Id");
        let owners = "SELECT OwnerId FROM Account WHERE ERP_Id__c LIKE 'K0%' GROUP BY OwnerId";
        let before = query(owners);
        assert!(users.len() > 1 && before.len() == 1, "{users:?} {before:?}");
        let other = users.iter().find(|user| **user != before[0]).unwrap();
        let path = folder.path().join("Owners.xlsx");
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write(0, 0, "ERP_Id__c").unwrap();
        sheet.write(0, 1, "OwnerId").unwrap();
        for row in 0..3_000 {
            sheet.write(row + 1, 0, format!("K{row:05}")).unwrap();
            sheet.write(row + 1, 1, other).unwrap();
        }
        book.save(&path).unwrap();

        let mut walk = open();
        until_said(&mut walk, "Northwind customers");
        drop_file(&mut walk, path);
        until_said(&mut walk, "Object: ");
        choose(&mut walk, "Object: ", "account");
        choose(&mut walk, "Operation: ", "update");
        choose(&mut walk, "Find records by: ", "erp");
        let said = |walk: &Walk| {
            crate::window::said(walk).lines().find(|line| line.contains(" 3,000 rows of Account")).map(str::to_owned)
        };
        until(&mut walk, "the button", |walk| {
            said(walk)
                .is_some_and(|label| !walk.get_by_role_and_label(Role::Button, &label).accesskit_node().is_disabled())
        });
        let label = said(&walk).unwrap();
        press_when_ready(&mut walk, &label);
        until_said(&mut walk, "3,000 read = 3,000 updated · unaccounted 0");
        assert_eq!(query(owners), std::slice::from_ref(other));
        press(&mut walk, "Undo this run…");
        until_said(&mut walk, "3,000 records it changed get their former values back");
        press(&mut walk, "Undo 3,000 records in Practice org");
        until_said(&mut walk, "Undo of run 2");
        until_said(&mut walk, "3,000 read = 3,000 updated · unaccounted 0");
        assert_eq!(query(owners), before);
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn killed() {
        let folder = tempfile::tempdir().unwrap();
        let file = accounts(folder.path(), 3_000);
        // The window runs the practice org, and so outlives who is killed.
        let mut walk = open_with_org();
        practice("faults", &json!({"slow_answers": {"ms": 150, "path_contains": "/composite"}}));
        let options = r#"{"api": "rest", "rows_per_call": 20}"#;
        let arguments =
            ["import", file.to_str().unwrap(), "--org", "practice", "--object", "Account", "--operation", "insert"];
        let mut process = Command::new(BINARY)
            .args(arguments)
            .args(["--options", options])
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // In the middle: some rows are through, and others wait.
        let middle = || query("SELECT Id FROM Account WHERE ERP_Id__c LIKE 'K0%'").len() > 100;
        while !middle() {
            assert!(process.try_wait().unwrap().is_none(), "it ended before it could be killed");
        }
        process.kill().unwrap();
        process.wait().unwrap();

        walk.state_mut().as_mut().unwrap().window.draft.go(Screen::Runs);
        walk.run_steps(3);
        until_said(&mut walk, "Incomplete");
        walk.query_all_by_label_contains("companies.csv → Account").next().expect("the run is listed").click();
        walk.run_steps(3);
        until_said(&mut walk, "Continue with ");
        let label =
            crate::window::said(&walk).lines().find(|line| line.starts_with("Continue with ")).unwrap().to_owned();
        press(&mut walk, &label);
        until_said(&mut walk, "3,000 read = 3,000 created · unaccounted 0");
        assert_eq!(query("SELECT Id FROM Account WHERE ERP_Id__c LIKE 'K0%'").len(), 3_000);
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn contacts_by_email() {
        let folder = tempfile::tempdir().unwrap();
        let there = write(
            folder.path(),
            "there.csv",
            "LastName,FirstName,Email\nAda,Anna,ada@example.com\nBob,Ben,bob@example.com\n",
        );
        let mut walk = open_with_org();
        assert_eq!(import(&there, "Contact", &["--operation", "insert"])["created"], 2);
        practice(
            "rules",
            &json!({"kind": "duplicate", "object": "Contact", "name": "Same_Email", "active": true, "fields": ["Email"],
                "action": "block", "message": "Use one of these records?"}),
        );
        let file = write(
            folder.path(),
            "Visitors.csv",
            "LastName,FirstName,Email,Title\nAda,Anna,ADA@example.com,Boss\nBob,Ben,bob@example.com,Chief\nCora,Cleo,cora@example.com,Clerk\n",
        );
        drop_file(&mut walk, file);
        until_said(&mut walk, "Object: ");
        choose(&mut walk, "Object: ", "contact");
        choose(&mut walk, "Operation: ", "upsert");
        choose(&mut walk, "Find records by: ", "email");
        let run = "Upsert 3 rows into Contact in Practice org";
        press_when_ready(&mut walk, run);
        until_said(&mut walk, "3 read = 1 created + 2 updated · unaccounted 0");
        let titles = query(
            "SELECT Title FROM Contact WHERE Email IN ('ada@example.com', 'bob@example.com', 'cora@example.com') ORDER BY Title",
        );
        assert_eq!(titles, ["Boss", "Chief", "Clerk"]);
    }

    /// Chooses from a list by typing.
    fn choose(walk: &mut Walk, picker: &str, typed: &str) {
        // It is not there while the file is still being guessed about.
        until_said(walk, picker);
        let name = crate::window::said(walk).lines().find(|line| line.starts_with(picker)).unwrap().to_owned();
        walk.get_by_label(&name).click();
        walk.run_steps(3);
        let field = format!("Search in {}", picker.trim_end_matches(": "));
        if let Some(field) = walk.query_by_label(&field) {
            field.type_text(typed);
            walk.run_steps(2);
            walk.key_press(egui::Key::Enter);
        } else {
            let wanted =
                crate::window::said(walk).lines().rfind(|line| line.eq_ignore_ascii_case(typed)).unwrap().to_owned();
            walk.query_all_by_label(&wanted).last().unwrap().click();
        }
        walk.run_steps(3);
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn absent() {
        let folder = tempfile::tempdir().unwrap();
        let all = accounts(folder.path(), 60);
        let key = ["--operation", "upsert", "--external-id", "ERP_Id__c"];
        assert_eq!(import(&all, "Account", &key)["created"], 60);
        let few = write(folder.path(), "few.csv", "ERP_Id__c,Name\nK00000,Company 0\n");
        let options = r#"{"absent": {"then": "delete", "within": "Name LIKE 'Company%'"}}"#;
        let stopped = import(&few, "Account", &[&key[..], &["--options", options]].concat());
        assert_eq!(stopped["state"], "incomplete", "{stopped}");
        let mut walk = open();
        until_said(&mut walk, "Runs");
        walk.state_mut().as_mut().unwrap().window.draft.go(Screen::Runs);
        walk.run_steps(3);
        until_said(&mut walk, "few.csv → Account");
        walk.query_all_by_label_contains("few.csv → Account").next().expect("the run is listed").click();
        walk.run_steps(3);
        until_said(&mut walk, "59 records are no longer in few.csv");
        press(&mut walk, "Delete 59 Account and continue");
        until_said(&mut walk, "60 read = 59 deleted + 1 unchanged · unaccounted 0");
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn closing() {
        let folder = tempfile::tempdir().unwrap();
        let file = accounts(folder.path(), 3_000);
        let mut walk = open_with_org();
        practice("faults", &json!({"slow_answers": {"ms": 300, "path_contains": "/jobs"}}));
        drop_file(&mut walk, file);
        press_when_ready(&mut walk, "Upsert 3,000 rows into Account in Practice org");
        until(&mut walk, "a run at work", |walk| {
            walk.state().as_ref().is_some_and(|session| !session.window.state.live.is_empty())
        });
        let close = |walk: &mut Walk| {
            let root = walk.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default();
            root.events.push(egui::ViewportEvent::Close);
            walk.step();
        };
        close(&mut walk);
        until_said(&mut walk, "1 run is at work");
        press(&mut walk, "Back");
        close(&mut walk);
        until_said(&mut walk, "Cancel run");
        press(&mut walk, "Pause");
        until(&mut walk, "the end of the run", |walk| {
            walk.state().as_ref().is_some_and(|session| session.window.state.live.is_empty())
        });
        let run = &program(&["runs"])["runs"][0];
        assert!(run["state"] == "incomplete" || run["state"] == "complete", "{run}");
        assert_eq!(run["unaccounted"], 0, "{run}");
        assert!(matches!(screen(&walk), Some(Screen::Run(_))));
    }
}

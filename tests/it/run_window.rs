//! The screen of a run: taken back, continued, stopped; how it runs; and what carried a row.

use crate::harness::BINARY;
use crate::window::{Walk, open_at, press, press_when_ready, said, until, until_said, walk_in_a_fresh_home};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::path::Path;
use std::process::Command;

#[test]
fn a_run_is_taken_back() {
    walk_in_a_fresh_home("run_window::walks::undo");
}

fn open() -> Walk {
    open_at(egui::vec2(1280.0, 800.0))
}

/// Runs the program in the home of this walk.
fn program(arguments: &[&str]) -> String {
    let output = Command::new(BINARY).args(arguments).output().expect("the program starts");
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Upserts accounts of the practice org by their key.
fn load(folder: &Path, name: &str, rows: &str, more: &[&str]) -> String {
    let file = folder.join(name);
    std::fs::write(&file, rows).unwrap();
    let import = ["import", file.to_str().unwrap(), "--org", "practice", "--object", "Account"];
    let key = ["--operation", "upsert", "--external-id", "ERP_Id__c"];
    program(&[&import[..], &key, more].concat())
}

fn select(soql: &str) -> String {
    program(&["query", "practice", soql])
}

/// Opens a run from the list of runs.
fn go_to_run(walk: &mut Walk, line: &str) {
    walk.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    walk.run_steps(3);
    until_said(walk, line);
    walk.get_by_label_contains(line).click();
    walk.run_steps(3);
}

fn is_disabled(walk: &Walk, label: &str) -> bool {
    walk.get_by_role_and_label(Role::Button, label).accesskit_node().is_disabled()
}

mod walks {
    use super::*;

    #[test]
    #[ignore = "runs in a process of its own"]
    fn undo() {
        let folder = tempfile::tempdir().unwrap();
        load(folder.path(), "first.csv", "ERP_Id__c,Name,Phone\nU1,One,1\nU2,Two,2\nU3,Three,3\n", &[]);
        let told = load(
            folder.path(),
            "second.csv",
            "ERP_Id__c,Name,Phone\nU1,One,11\nU2,Two,22\nU3,Three,33\nU4,Four,44\n",
            &[],
        );
        assert!(told.contains("1 created + 3 updated"), "{told}");
        load(folder.path(), "later.csv", "ERP_Id__c,Name,Phone\nU2,Two,later\n", &[]);
        let mut walk = open();
        go_to_run(&mut walk, "Run 2:");
        until_said(&mut walk, "4 read = 1 created + 3 updated · unaccounted 0");
        press(&mut walk, "Undo this run…");
        until_said(&mut walk, "1 record it made is deleted");
        until_said(&mut walk, "3 records it changed get their former values back");
        until_said(&mut walk, "Records that somebody changed since are left alone");
        until_said(&mut walk, "E-mails that were sent and automation that ran stay");
        // Enter alone writes nothing: the harmless button has the focus.
        walk.key_press(Key::Enter);
        walk.run_steps(3);
        assert!(walk.query_by_label("Undo run 2?").is_none(), "{}", said(&walk));
        press(&mut walk, "Undo this run…");
        press_when_ready(&mut walk, "Undo 4 records in Practice org");
        until_said(&mut walk, "4 read = 2 updated + 1 deleted + 1 skipped · unaccounted 0");
        until_said(&mut walk, "1 record was left alone, because somebody changed or deleted them since");
        // The two runs lead to each other, and the first cannot be taken back again.
        press(&mut walk, "Undo of run 2");
        press(&mut walk, "Undone by run 4");
        press(&mut walk, "Undo of run 2");
        until(&mut walk, "the button is disabled", |walk| is_disabled(walk, "Undo this run…"));
        let phones = select("SELECT Phone FROM Account WHERE ERP_Id__c LIKE 'U%' ORDER BY ERP_Id__c");
        let phones: Vec<&str> = phones.lines().skip(1).take(3).collect();
        assert_eq!(phones, ["1", "later", "3"]);
    }
}

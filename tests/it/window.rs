//! The window, driven by what a screen reader would say: without a display, against a real project and a real practice org.
//!
//! A project's data folder comes from the environment, which a test cannot change for itself alone: each walk is a test of its
//! own that runs in a child process with a fresh home, and is ignored otherwise.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use linkspan::gui::{Preferences, Screen, Session, theme};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A window of 1280 × 800 with a session in it.
type Walk = Harness<'static, Option<Session>>;

fn open() -> Walk {
    let frame = |ui: &mut egui::Ui, session: &mut Option<Session>| {
        let session = session.get_or_insert_with(|| {
            let project = std::env::var_os("LINKSPAN_WORKSPACE").map(Into::into);
            Session::start(ui.ctx(), Preferences::default(), project)
        });
        session.logic(&ui.ctx().clone());
        session.ui(ui);
    };
    Harness::builder()
        .with_size(egui::vec2(1280.0, 800.0))
        .with_max_steps(200)
        .with_context_setup(theme::install)
        .build_ui_state(frame, None)
}

/// Steps until something is true, for at most half a minute.
fn until(walk: &mut Walk, what: &str, is: impl Fn(&Walk) -> bool) {
    let begun = Instant::now();
    while !is(walk) {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what} did not come; the window shows:\n{}", said(walk));
        std::thread::park_timeout(Duration::from_millis(10));
        walk.step();
    }
    walk.run_steps(3);
}

fn until_said(walk: &mut Walk, label: &str) {
    let wanted = label.to_owned();
    until(walk, label, move |walk| walk.query_all_by_label_contains(&wanted).next().is_some());
}

/// Everything that has a label, for a failure that can be understood.
fn said(walk: &Walk) -> String {
    let nodes = walk.query_all(egui_kittest::kittest::By::new().predicate(|_| true));
    nodes.filter_map(|node| node.accesskit_node().label()).collect::<Vec<_>>().join("\n")
}

fn press(walk: &mut Walk, label: &str) {
    walk.get_by_role_and_label(Role::Button, label).click();
    walk.run_steps(3);
}

fn fixture(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/northwind").join(name)
}

#[derive(Debug)]
struct Dropped(std::path::PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn drop_file(walk: &mut Walk, path: std::path::PathBuf) {
    walk.input_mut().dropped_files.push(Arc::new(Dropped(path)));
    walk.step();
}

/// Runs one of the walks below in a process with a home of its own.
fn in_a_fresh_home(walk: &str) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let program = std::env::current_exe().expect("the test's own program");
    let done = Command::new(program)
        .args(["--ignored", "--exact", "--nocapture", "--test-threads=1", &format!("window::walks::{walk}")])
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env("LINKSPAN_VAULT", "file")
        .env("LINKSPAN_WORKSPACE", home.path().join("window.linkspan"))
        .output()
        .expect("the walk starts");
    let text = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{text}\n{}", String::from_utf8_lossy(&done.stderr));
    assert!(text.contains("1 passed"), "no walk is called {walk}: {text}");
}

#[test]
fn a_file_dropped_is_mapped_run_and_counted() {
    in_a_fresh_home("drop_map_run_and_count");
}

#[test]
fn an_import_needs_no_mouse() {
    in_a_fresh_home("by_keys_alone");
}

#[test]
fn a_cell_that_cannot_be_sent_is_shown_before_and_after() {
    in_a_fresh_home("problems_before_and_after");
}

#[test]
fn what_cannot_be_read_says_why() {
    in_a_fresh_home("a_file_that_is_none");
}

#[test]
fn an_import_is_kept_opened_deleted_and_brought_back() {
    in_a_fresh_home("keep_open_delete_undo");
}

/// The walks themselves.
mod walks {
    use super::*;

    #[test]
    #[ignore = "runs in a process of its own"]
    fn drop_map_run_and_count() {
        let mut walk = open();
        until_said(&mut walk, "Northwind customers");
        drop_file(&mut walk, fixture("customers.csv"));
        until_said(&mut walk, "Upsert 93 rows into Account in Practice org");
        until_said(&mut walk, "Operation: Upsert");

        // A field is chosen from a list that is searched by typing.
        walk.get_by_label("Field for ContactTitle: not chosen").click();
        walk.run_steps(3);
        walk.get_by_label("Search in Field for ContactTitle").type_text("description");
        walk.run_steps(2);
        walk.key_press(Key::Enter);
        walk.run_steps(3);
        until_said(&mut walk, "Field for ContactTitle: Account Description");
        // And taken back, and done again.
        walk.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        walk.run_steps(3);
        until_said(&mut walk, "Field for ContactTitle: not chosen");
        press(&mut walk, "Do again");
        until_said(&mut walk, "Field for ContactTitle: Account Description");

        let button = "Upsert 93 rows into Account in Practice org";
        until(&mut walk, "the button", |walk| !walk.get_by_label(button).accesskit_node().is_disabled());
        press(&mut walk, button);
        until_said(&mut walk, "93 read = 90 created + 3 updated · unaccounted 0");
        assert!(matches!(walk.state().as_ref().map(|session| session.window.draft.screen), Some(Screen::Run(_))));
        press(&mut walk, "3 updated");
        until_said(&mut walk, "Rows of the run, 3 rows");
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn by_keys_alone() {
        let mut walk = open();
        until_said(&mut walk, "Northwind customers");
        walk.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::O);
        walk.run_steps(4);
        walk.event(egui::Event::Text(fixture("customers.csv").display().to_string()));
        walk.run_steps(2);
        walk.key_press(Key::Enter);
        let button = "Upsert 93 rows into Account in Practice org";
        until(&mut walk, "the button", |walk| {
            walk.query_by_label(button).is_some_and(|button| !button.accesskit_node().is_disabled())
        });
        walk.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
        until_said(&mut walk, "93 read = 90 created + 3 updated · unaccounted 0");
        // The palette leads everywhere.
        walk.key_press_modifiers(Modifiers::COMMAND, Key::K);
        walk.run_steps(4);
        walk.event(egui::Event::Text("go to orgs".to_owned()));
        walk.run_steps(2);
        walk.key_press(Key::Enter);
        walk.run_steps(4);
        until_said(&mut walk, "Signs in with");
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn problems_before_and_after() {
        let mut walk = open();
        until_said(&mut walk, "Northwind customers");
        drop_file(&mut walk, fixture("kunden_excel_de.csv"));
        until_said(&mut walk, "Problems 4");
        press(&mut walk, "Problems 4");
        until_said(&mut walk, "Row 1");
        let button = "Upsert 98 rows into Account in Practice org";
        until(&mut walk, "the button", |walk| !walk.get_by_label(button).accesskit_node().is_disabled());
        press(&mut walk, button);
        until_said(&mut walk, "4 not sent · unaccounted 0");
        until_said(&mut walk, "4 rows to look at");
        press(&mut walk, "4 not sent");
        until_said(&mut walk, "Rows of the run, 4 rows");
        press(&mut walk, "Retry 4 failed");
        until_said(&mut walk, "Retry of run 1");
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn a_file_that_is_none() {
        let mut walk = open();
        until_said(&mut walk, "Northwind customers");
        let nowhere = std::path::PathBuf::from("/nowhere/at/all.csv");
        drop_file(&mut walk, nowhere);
        until_said(&mut walk, "This file cannot be read");
        until_said(&mut walk, "/nowhere/at/all.csv");
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn keep_open_delete_undo() {
        let mut walk = open();
        until_said(&mut walk, "Northwind customers");
        drop_file(&mut walk, fixture("customers.csv"));
        until_said(&mut walk, "Upsert 93 rows into Account in Practice org");
        walk.key_press_modifiers(Modifiers::COMMAND, Key::S);
        walk.run_steps(4);
        press(&mut walk, "Save");
        until_said(&mut walk, "Saved \"customers → Account\"");
        walk.key_press_modifiers(Modifiers::COMMAND, Key::Num3);
        walk.run_steps(3);
        press(&mut walk, "More about customers → Account");
        press(&mut walk, "Delete");
        until_said(&mut walk, "\"customers → Account\" was deleted");
        until(&mut walk, "one integration less", |walk| walk.query_by_label("Open customers → Account").is_none());
        walk.get_by_label("Undo").click();
        walk.run_steps(2);
        until_said(&mut walk, "Open customers → Account");
        press(&mut walk, "Open customers → Account");
        until_said(&mut walk, "Operation: Upsert");
    }
}

//! The screen of a run: taken back, continued, stopped; how it runs; and what carried a row.

use crate::harness::BINARY;
use crate::window::{Walk, drop_file, open_at, press, press_when_ready, said, until, until_said, walk_in_a_fresh_home};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::path::Path;
use std::process::Command;

#[test]
fn a_run_is_taken_back() {
    walk_in_a_fresh_home("run_page::walks::undo");
}

#[test]
fn every_option_is_seen_changed_and_heeded() {
    walk_in_a_fresh_home("run_page::walks::options");
}

#[test]
fn a_run_that_stopped_goes_on_once_somebody_agrees() {
    walk_in_a_fresh_home("run_page::walks::go_on");
}

#[test]
fn rows_are_found_by_what_they_hold() {
    walk_in_a_fresh_home("run_page::walks::find");
}

#[test]
fn what_carried_a_row_is_shown() {
    walk_in_a_fresh_home("run_page::walks::wire");
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

/// Brings a button into view, and presses it.
fn bring(walk: &mut Walk, label: &str) {
    walk.get_by_label(label).scroll_to_me();
    walk.run_steps(3);
    walk.get_by_label(label).click();
    walk.run_steps(3);
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

    #[test]
    #[ignore = "runs in a process of its own"]
    fn find() {
        let folder = tempfile::tempdir().unwrap();
        let rows = |n: u32| format!("F{n:04},{}\n", if n.is_multiple_of(2) { "Even Ltd" } else { "Odd F0012 AG" });
        let rows: String = (0..500).map(rows).collect();
        load(folder.path(), "many.csv", &format!("ERP_Id__c,Name\n{rows}"), &[]);
        let mut walk = open();
        go_to_run(&mut walk, "Run 1:");
        until_said(&mut walk, "Rows of the run, 500 rows");
        walk.key_press_modifiers(Modifiers::COMMAND, Key::F);
        walk.run_steps(3);
        let typed = |walk: &mut Walk, text: &str| {
            walk.get_by_role_and_label(Role::TextInput, "Find in the rows").type_text(text);
            walk.run_steps(3);
        };
        typed(&mut walk, "even");
        until_said(&mut walk, "200 or more");
        // Seen to their end, the others come.
        walk.get_by_role_and_label(Role::Grid, "Rows of the run, 200 rows").focus();
        walk.run_steps(2);
        walk.key_press(Key::End);
        until_said(&mut walk, "250 found");
        walk.key_press_modifiers(Modifiers::COMMAND, Key::F);
        walk.run_steps(3);
        walk.key_press(Key::Escape);
        walk.run_steps(3);
        until_said(&mut walk, "Rows of the run, 500 rows");
        typed(&mut walk, "f001");
        until_said(&mut walk, "Rows of the run, 200 rows");
        press(&mut walk, "Only keys that begin so");
        until_said(&mut walk, "10 found");
        walk.key_press_modifiers(Modifiers::COMMAND, Key::F);
        walk.run_steps(3);
        typed(&mut walk, "x");
        until_said(&mut walk, "No row has a key that begins with \u{201c}f001x\u{201d}");
        press(&mut walk, "Show all rows");
        until_said(&mut walk, "Rows of the run, 500 rows");
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn options() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("accounts.csv");
        std::fs::write(&file, "ERP_Id__c,Name,Phone\nO1,One,1\nO2,Two,2\n").unwrap();
        let mut walk = open();
        until_said(&mut walk, "Northwind customers");
        drop_file(&mut walk, file);
        until_said(&mut walk, "Upsert 2 rows into Account in Practice org");
        press(&mut walk, "Options");
        until_said(&mut walk, "REST collections because 2 rows are fewer than 2,000");
        bring(&mut walk, "API: Bulk 2.0");
        until_said(&mut walk, "Bulk API 2.0 as chosen");
        bring(&mut walk, "Duplicate rules: Save anyway");
        until_said(&mut walk, "which Bulk API 2.0 cannot, against what is chosen");
        // What an upsert has no use for says so, and the rest is there.
        for sentence in [
            "Of meaning where records are deleted",
            "Leave out rows that change nothing",
            "Run assignment rules",
            "Records no longer in the source",
            "Keep what records held before",
            "All rows of a call or none",
            "Rows in a REST call",
            "Requests in parallel",
            "Most API calls of a run",
            "Share of the day's calls",
            "Set quiet hours",
            "Tries of a call",
            "First wait",
            "Longest wait",
            "Rows that did not get through",
            "Given up after",
        ] {
            until_said(&mut walk, sentence);
        }
        bring(&mut walk, "Set quiet hours");
        until_said(&mut walk, "Nothing is sent from 22:00 to 06:00");
        until_said(&mut walk, "Reset 3 options");
        bring(&mut walk, "Reset: Quiet hours");
        until_said(&mut walk, "Reset 2 options");
        bring(&mut walk, "Records no longer in the source: Are left alone");
        bring(&mut walk, "Are deleted");
        until_said(&mut walk, "Confirm above");
        bring(&mut walk, "Reset: Records no longer in the source");
        press_when_ready(&mut walk, "Upsert 2 rows into Account in Practice org");
        until_said(&mut walk, "2 read = 2 created · unaccounted 0");
        until_said(&mut walk, "REST collections because records are to be saved although a duplicate rule warns");
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn go_on() {
        let folder = tempfile::tempdir().unwrap();
        load(folder.path(), "all.csv", "ERP_Id__c,Name\nA1,Gone 1\nA2,Gone 2\nA3,Here\n", &[]);
        let absent = r#"{"absent":{"then":"delete","within":"Name LIKE 'Gone%'","confirm_above":1}}"#;
        load(folder.path(), "fewer.csv", "ERP_Id__c,Name\nA3,Here\n", &["--options", absent]);
        let rows: String = (0..400).map(|row| format!("M{row},Many {row}\n")).collect();
        let few = r#"{"rows_per_call":20,"keep_before":false,"skip_equal":false,"budget":{"most_calls":16}}"#;
        load(folder.path(), "many.csv", &format!("ERP_Id__c,Name\n{rows}"), &["--options", few]);
        let mut walk = open();
        go_to_run(&mut walk, "Run 2:");
        until_said(&mut walk, "2 records are no longer in fewer.csv");
        press(&mut walk, "Show 2 records");
        until_said(&mut walk, "Rows of the run, 2 rows");
        press_when_ready(&mut walk, "Delete 2 Account and continue");
        until_said(&mut walk, "3 read = 2 deleted + 1 unchanged · unaccounted 0");
        go_to_run(&mut walk, "Run 3:");
        until_said(&mut walk, "The run may make no more than 16 API calls");
        until(&mut walk, "the options are known", |walk| !is_disabled(walk, "Raise the limit…"));
        press(&mut walk, "Raise the limit…");
        press(&mut walk, "Continue with this limit");
        until_said(&mut walk, "400 read = 400 created · unaccounted 0");
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn wire() {
        let folder = tempfile::tempdir().unwrap();
        load(folder.path(), "rest.csv", "ERP_Id__c,Name\nW1,Wire 1\nW2,Wire 2\n", &[]);
        load(folder.path(), "bulk.csv", "ERP_Id__c,Name\nW1,Wire 1\nW2,Wire two\n", &["--api", "bulk"]);
        let mut walk = open();
        go_to_run(&mut walk, "Run 1:");
        let open_row = |walk: &mut Walk| {
            until_said(walk, "2 read = ");
            if let Some(session) = walk.state_mut() {
                session.window.draft.run.open_row = Some((0, 2));
            }
            until_said(walk, "Request and answer");
        };
        open_row(&mut walk);
        until_said(&mut walk, "Sent for this row");
        until_said(&mut walk, "\"Name\": \"Wire 2\"");
        until_said(&mut walk, "\"success\": true");
        bring(&mut walk, "Show the whole call");
        until_said(&mut walk, "Authorization: Bearer ••••••");
        until_said(&mut walk, "\"Wire 1\"");
        bring(&mut walk, "Copy the whole call");
        go_to_run(&mut walk, "Run 2:");
        open_row(&mut walk);
        until_said(&mut walk, "Bulk job, upsert");
        until_said(&mut walk, "Its line of the result");
        walk.key_press_modifiers(Modifiers::COMMAND, Key::Num6);
        until_said(&mut walk, "Requests are kept");
        until_said(&mut walk, "A year");
        press(&mut walk, "A year");
        until(&mut walk, "it is stored", |_| program(&["activity"]).contains("kept for 365 days"));
    }
}

/// On facts made up: what a paused run says.
mod made_up {
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};
    use linkspan::connect::Outcome;
    use linkspan::engine::{Phase, Progress, RunEvent, Undoable};
    use linkspan::gui::{Command, Event, Preferences, Screen, Window, theme};
    use linkspan::store::{Run, RunId, RunState, Tally};
    use linkspan::workspace::{AuthKind, Environment, Needs, OrgCard, RunCard, UndoPlan};

    const NOW: i64 = 1_790_000_000_000;

    pub(super) fn card(run: RunId) -> RunCard {
        let run = Run {
            id: run,
            integration: None,
            name: "Customers".to_owned(),
            state: RunState::Running,
            cause: None,
            began_at: NOW,
            ended_at: None,
            retry_of: None,
            undo_of: None,
            trial: None,
            remaining: false,
            calls: 0,
            worked_ms: 0,
            steps: Vec::new(),
        };
        RunCard {
            run,
            tally: Tally::default(),
            rows: 93,
            waiting: 93,
            unaccounted: 0,
            retriable: 0,
            undone_by: None,
            needs: None,
            sync: false,
        }
    }

    pub(super) fn progress(run: RunId) -> Progress {
        Progress {
            run,
            step: 0,
            steps: 1,
            phase: Phase::Sending,
            read: 93,
            read_all: true,
            in_flight: 0,
            tally: Tally::default(),
            api: None,
            calls: 7,
            rows_per_second: 0.0,
            left: None,
            waiting: None,
            paused: None,
        }
    }

    pub(super) fn window(mut events: Vec<Event>, screen: Screen) -> Harness<'static, Window> {
        let mut first = vec![Event::Orgs(Vec::new()), Event::Integrations(Vec::new())];
        first.append(&mut events);
        let frame = move |ui: &mut egui::Ui, window: &mut Window| {
            window.logic(&ui.ctx().clone(), NOW, std::mem::take(&mut first));
            window.ui(ui);
        };
        let mut window = Window::new(Preferences::default());
        window.draft.screen = screen;
        let mut harness = Harness::builder()
            .with_size(egui::vec2(1280.0, 800.0))
            .with_max_steps(200)
            .with_context_setup(theme::install)
            .build_ui_state(frame, window);
        harness.run_steps(4);
        harness
    }

    #[test]
    fn a_pause_says_why_and_when_it_ends() {
        let run = RunId(5);
        let until = NOW + (3 * 60 + 12) * 60_000;
        let paused = Progress { paused: Some((until, "quiet hours".to_owned())), ..progress(run) };
        let events = vec![Event::Runs(vec![card(run)]), Event::Run(RunEvent::Progress(Box::new(paused)))];
        let mut window = window(events, Screen::Run(run));
        window.get_by_label_contains("Paused. It goes on by itself at ");
        window.get_by_label_contains(", in 3 h 12 min");
        window.get_by_label_contains("Quiet hours. Cancel stops it now");
        window.get_by_label_contains("Run 5 paused until ");
        window.get_by_label("Cancel").click();
        window.run_steps(2);
        let asked = window.state_mut().take_commands();
        assert!(asked.iter().any(|it| matches!(it, linkspan::gui::Command::Cancel(of) if *of == run)), "{asked:?}");
    }

    #[test]
    fn taking_a_run_back_in_production_wants_the_org_typed() {
        let run = RunId(7);
        let org = OrgCard {
            alias: "acme".to_owned(),
            environment: Some(Environment::Production),
            url: "https://acme.my.salesforce.com".to_owned(),
            auth: AuthKind::Jwt,
            name: "Acme Inc".to_owned(),
            org_id: "00D000000000001EAA".to_owned(),
            username: "admin@acme.example".to_owned(),
            api_usage: None,
            api_version: "67.0".to_owned(),
            seen_at: None,
            problem: None,
        };
        let mut done = card(run);
        done.run.state = RunState::Complete;
        done.waiting = 0;
        done.tally.add(Outcome::Created, 3);
        done.tally.add(Outcome::Deleted, 2);
        done.tally.add(Outcome::Updated, 88);
        let undoable = Undoable { created: 3, updated: 80, deleted: 2, lost: 8 };
        let plan = UndoPlan {
            run,
            org: ("acme".to_owned(), Some(Environment::Production)),
            tables: false,
            steps: vec![("Contact".to_owned(), undoable), ("Account".to_owned(), Undoable::default())],
            unconfirmed: 1,
            undone_by: None,
        };
        let events = vec![
            Event::Orgs(vec![org]),
            Event::Runs(vec![done]),
            Event::UndoPlanned(run, Ok(std::sync::Arc::new(plan))),
        ];
        let mut window = window(events, Screen::Run(run));
        window.get_by_label("Undo this run…").click();
        window.run_steps(3);
        let asked = window.state_mut().take_commands();
        assert!(asked.iter().any(|it| matches!(it, Command::PlanUndo(of) if *of == run)), "{asked:?}");
        for said in [
            "3 records it made are deleted",
            "80 records it changed get their former values back",
            "2 records it deleted are made anew",
            "Children that were lost with it, files and history are not brought back",
            "8 records cannot be restored",
            "1 row is unconfirmed",
            "Contact, then Account",
        ] {
            window.get_by_label_contains(said);
        }
        let button = "Undo 85 records in acme (production)";
        let off = |window: &Harness<'static, Window>| window.get_by_label(button).accesskit_node().is_disabled();
        assert!(off(&window));
        window.event(egui::Event::Text("acme".to_owned()));
        window.run_steps(3);
        assert!(!off(&window));
        window.get_by_label(button).click();
        window.run_steps(2);
        let asked = window.state_mut().take_commands();
        let sent = |it: &Command| {
            matches!(it, Command::UndoRun { run: of, production } if *of == run
                && production.as_deref() == Some("00D000000000001EAA"))
        };
        assert!(asked.iter().any(sent), "{asked:?}");
        assert!(window.query_by_label("Undo run 7?").is_none());
    }

    #[test]
    fn a_stopped_run_is_offered_on_the_first_screen() {
        let run = RunId(5);
        let mut stopped = card(run);
        stopped.run.state = RunState::Incomplete;
        stopped.run.cause = Some("The program ended while it ran".to_owned());
        let offered = |needs: Option<Needs>| {
            let answer = Ok((RunCard { needs, ..stopped.clone() }, Vec::new()));
            let events = vec![Event::Runs(vec![stopped.clone()]), Event::RunLoaded { run, reading: 1, answer }];
            window(events, Screen::Home)
        };
        let mut home = offered(None);
        home.get_by_label_contains("The program ended while it ran. 93 rows wait.");
        home.get_by_label("Continue run 5").click();
        home.run_steps(2);
        let asked = home.state_mut().take_commands();
        assert!(asked.iter().any(|it| matches!(it, Command::Continue(of) if *of == run)), "{asked:?}");
        // What wants more than a word has the button for it on its own screen.
        let mut home = offered(Some(Needs::Calls(100)));
        assert!(home.query_by_label("Continue run 5").is_none());
        home.get_by_label("Look at run 5").click();
        home.run_steps(2);
        assert_eq!(home.state().draft.screen, Screen::Run(run));
    }
}

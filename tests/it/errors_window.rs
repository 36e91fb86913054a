//! The error queue on its screen: by labels and keys, against a real project, and on facts made up for it.

use crate::harness::BINARY;
use crate::window::{Walk, open_at, press, press_when_ready, until_said, walk_in_a_fresh_home};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use linkspan::gui::Screen;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

#[test]
fn two_hundred_failures_are_repaired_by_one_rule_and_retried_to_none() {
    walk_in_a_fresh_home("errors_window::walks::repair_by_rule");
}

#[test]
fn a_cell_is_corrected_by_keys_taken_back_and_left() {
    walk_in_a_fresh_home("errors_window::walks::correct_by_keys");
}

#[test]
fn a_duplicate_is_shown_and_updated() {
    walk_in_a_fresh_home("errors_window::walks::update_the_record_that_is_there");
}

fn open() -> Walk {
    open_at(egui::vec2(1280.0, 800.0))
}

/// Runs the program in the home of this walk.
fn program(arguments: &[&str]) -> String {
    let output = Command::new(BINARY).args(arguments).output().expect("the program starts");
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Loads accounts, of which some have a zone that there is not, into the practice org.
fn load(folder: &Path, zones: &[&str]) {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let schema = write(
        "schema.json",
        r#"{"objects": [{"name": "Account", "fields": [{"name": "Zone__c", "label": "Zone", "type": "Picklist",
            "values": ["North", "South"], "restricted": true}]}]}"#,
    );
    assert!(program(&["practice", "add-schema", &schema]).contains("has the objects"));
    let mut rows = String::from("Key,Name,Zone\n");
    for (at, zone) in zones.iter().enumerate() {
        writeln!(rows, "K{at},Company {at},{zone}").unwrap();
    }
    let file = write("accounts.csv", &rows);
    let mapping = write(
        "mapping.json",
        r#"[{"target":"ERP_Id__c","column":"Key"},{"target":"Name","column":"Name"},{"target":"Zone__c","column":"Zone"}]"#,
    );
    let more = ["--external-id", "ERP_Id__c", "--mapping", &mapping, "--keep", "Zones"];
    let import = ["import", &file, "--org", "practice", "--object", "Account", "--operation", "upsert"];
    program(&[&import[..], &more[..]].concat());
}

fn go_to_errors(walk: &mut Walk) {
    walk.key_press_modifiers(Modifiers::COMMAND, Key::Num8);
    walk.run_steps(3);
}

mod walks {
    use super::*;

    #[test]
    #[ignore = "runs in a process of its own"]
    fn repair_by_rule() {
        let folder = tempfile::tempdir().unwrap();
        let zones: Vec<&str> = (0..300).map(|row| if row % 3 == 0 { "South" } else { "nrth" }).collect();
        load(folder.path(), &zones);
        let mut walk = open();
        until_said(&mut walk, "Errors, 200 need attention");
        go_to_errors(&mut walk);
        until_said(&mut walk, "Rows to correct, 200 rows");
        until_said(&mut walk, "Zone takes only listed values, and these rows have another");
        until_said(&mut walk, "nrth becomes: North");
        until_said(&mut walk, "changes 200 of 200 rows");
        press(&mut walk, "Correct 200 rows");
        until_said(&mut walk, "200 rows corrected: Map \"nrth\" to \"North\" in Zone");
        until_said(&mut walk, "Zone, row 2: North");
        press_when_ready(&mut walk, "Retry 200 rows");
        until_said(&mut walk, "200 read = 200 created · unaccounted 0");
        assert!(matches!(walk.state().as_ref().map(|session| session.window.draft.screen), Some(Screen::Run(_))));
        go_to_errors(&mut walk);
        until_said(&mut walk, "Nothing needs attention");
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn correct_by_keys() {
        let folder = tempfile::tempdir().unwrap();
        load(folder.path(), &["x", "y", "South", "z"]);
        let mut walk = open();
        until_said(&mut walk, "Errors, 3 need attention");
        go_to_errors(&mut walk);
        until_said(&mut walk, "Zone, row 1: x");
        let edit = |walk: &mut Walk, text: &str| {
            walk.key_press(Key::F2);
            walk.run_steps(3);
            walk.key_press_modifiers(Modifiers::COMMAND, Key::A);
            walk.event(egui::Event::Text(text.to_owned()));
            walk.run_steps(2);
        };
        walk.get_by_label("Zone, row 1: x").click();
        walk.run_steps(3);
        edit(&mut walk, "North");
        walk.key_press(Key::Enter);
        until_said(&mut walk, "Zone, row 1: North");
        // Enter went down; Esc gives up; Tab keeps and opens the next cell.
        edit(&mut walk, "nonsense");
        walk.key_press(Key::Escape);
        walk.run_steps(3);
        until_said(&mut walk, "Zone, row 2: y");
        edit(&mut walk, "South");
        walk.key_press(Key::Tab);
        walk.run_steps(3);
        until_said(&mut walk, "Zone, row 2: South");
        until_said(&mut walk, "Key of row 2");
        walk.key_press(Key::Escape);
        until_said(&mut walk, "2 changes made, not sent yet");
        walk.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        until_said(&mut walk, "Zone, row 2: y");
        walk.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
        until_said(&mut walk, "Zone, row 2: South");
        // Space opens the story of the row under the keyboard.
        walk.get_by_label("Zone, row 1: North").click();
        walk.run_steps(3);
        walk.key_press(Key::Space);
        until_said(&mut walk, "Zone: \"x\" → \"North\"");
        walk.key_press(Key::Escape);
        walk.run_steps(3);
        // The third row is left, and the others go through.
        walk.get_by_label("Zone, row 4: z").click();
        walk.run_steps(3);
        walk.key_press(Key::Space);
        until_said(&mut walk, "Leave this row…");
        press(&mut walk, "Leave this row…");
        until_said(&mut walk, "Leave 1 row as they are");
        walk.get_by_role_and_label(Role::TextInput, "Reason").type_text("closed");
        walk.run_steps(2);
        press(&mut walk, "Leave them");
        until_said(&mut walk, "Rows to correct, 2 rows");
        press_when_ready(&mut walk, "Retry 2 rows");
        until_said(&mut walk, "2 read = 2 created · unaccounted 0");
        assert!(program(&["activity"]).contains("1 rows of run 1 left as they are: closed"));
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn update_the_record_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        load(folder.path(), &["North"]);
        let file = folder.path().join("again.csv");
        std::fs::write(&file, "ERP_Id__c,Name\nK0,Renamed\n").unwrap();
        let import = ["import", file.to_str().unwrap(), "--org", "practice", "--object", "Account"];
        program(&[&import[..], &["--operation", "insert", "--keep", "Again"]].concat());
        let mut walk = open();
        until_said(&mut walk, "Errors, 1 need attention");
        go_to_errors(&mut walk);
        until_said(&mut walk, "Another record has the same value");
        until_said(&mut walk, "Name, row 1: Renamed");
        walk.get_by_label("Name, row 1: Renamed").click();
        walk.run_steps(3);
        walk.key_press(Key::Space);
        until_said(&mut walk, "Update that one: Company 0");
        press(&mut walk, "Update that one: Company 0");
        until_said(&mut walk, "Chosen: Company 0");
        press(&mut walk, "Update the chosen records");
        until_said(&mut walk, "1 read = 1 updated · unaccounted 0");
    }
}

/// On facts made up: production is asked about, and a million rows cost no more than what is seen of them.
mod made_up {
    use super::*;
    use egui_kittest::Harness;
    use linkspan::connect::{Outcome, RowOutcome};
    use linkspan::gui::{Command, ErrorsAsk, ErrorsTold, Event, Group, Window, theme};
    use linkspan::record::Rejection;
    use linkspan::store::{Cause, RunId};
    use linkspan::workspace::{Advice, AuthKind, Environment, MadeBy, OrgCard, QueueCard, QueueRow, Suggestion};

    const ROWS: u64 = 1_000_000;

    fn card() -> QueueCard {
        QueueCard {
            run: RunId(7),
            name: "Customers".to_owned(),
            integration: None,
            step: 0,
            object: "Account".to_owned(),
            org: "acme".to_owned(),
            columns: vec!["Key".to_owned(), "Name".to_owned()],
            cause: Cause {
                outcome: Outcome::Failed,
                code: "STRING_TOO_LONG".to_owned(),
                fields: vec!["Name".to_owned()],
            },
            limit: 5,
            gave_up: false,
            rows: ROWS,
            example: "Name: data value too large".to_owned(),
            hint: None,
            at: 0,
        }
    }

    fn row(number: u64) -> QueueRow {
        QueueRow {
            step: 0,
            row: number,
            line: number + 1,
            outcome: RowOutcome::Failed(Rejection::new("STRING_TOO_LONG", "Name: data value too large").into()),
            tries: 1,
            cells: vec![format!("K{number}"), format!("Company {number}")],
            before: Vec::new(),
            chosen: None,
        }
    }

    fn answer(ask: ErrorsAsk) -> Option<ErrorsTold> {
        Some(match ask {
            ErrorsAsk::Groups => ErrorsTold::Groups(Ok(vec![card()])),
            ErrorsAsk::Marks(group) => {
                ErrorsTold::Marks(group, Ok(((0..ROWS / 200).map(|page| page * 200 + 1).collect(), ROWS)))
            }
            ErrorsAsk::Page { group, page, first } => {
                ErrorsTold::Page(group, page, Ok((first..first + 200).map(row).collect()))
            }
            ErrorsAsk::Advice(group) => ErrorsTold::Advice(
                group,
                Ok(Advice {
                    words: "The text is too long for Name".to_owned(),
                    suggestion: Suggestion::Trim,
                    field: Some("Name".to_owned()),
                    made_by: MadeBy::Column("Name".to_owned()),
                    allowed: Vec::new(),
                    length: 255,
                    values: Vec::new(),
                }),
            ),
            ErrorsAsk::Changes(run) => ErrorsTold::Changes(run, Ok(Vec::new())),
            ErrorsAsk::Preview { .. } | ErrorsAsk::Existing { .. } | ErrorsAsk::Do(_) => return None,
        })
    }

    type Made = (Window, Vec<Command>);

    fn open() -> Harness<'static, Made> {
        let mut window = Window::default();
        window.draft.screen = Screen::Errors;
        window.state.orgs = Some(vec![OrgCard {
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
        }]);
        let frame = |ui: &mut egui::Ui, (window, log): &mut Made| {
            let mut events = Vec::new();
            for command in window.take_commands() {
                window.state.apply(Event::Sent(0, Box::new(command.clone())));
                log.push(command.clone());
                if let Command::Errors(ask) = command {
                    events.extend(answer(ask).map(Event::Errors));
                }
            }
            window.logic(&ui.ctx().clone(), 1_000_000, events);
            window.ui(ui);
        };
        let mut walk = Harness::builder()
            .with_size(egui::vec2(1024.0, 640.0))
            .with_max_steps(200)
            .with_context_setup(theme::install)
            .build_ui_state(frame, (window, Vec::new()));
        walk.run_steps(10);
        walk
    }

    #[test]
    fn a_million_rows_are_asked_for_as_they_are_seen() {
        let mut walk = open();
        assert!(walk.query_by_label("Rows to correct, 1,000,000 rows").is_some());
        assert!(walk.query_by_label("Name, row 1: Company 1").is_some());
        walk.get_by_label("Name, row 1: Company 1").click();
        walk.run_steps(3);
        walk.key_press(Key::End);
        walk.run_steps(6);
        assert!(walk.query_by_label("Name, row 1000000: Company 1000000").is_some(), "the last row");
        let pages = |log: &[Command]| {
            let page = |command: &&Command| matches!(command, Command::Errors(ErrorsAsk::Page { .. }));
            log.iter().filter(page).count()
        };
        assert!(pages(&walk.state().1) <= 4, "{}", pages(&walk.state().1));
    }

    #[test]
    fn a_retry_in_production_is_asked_about_and_carries_the_answer() {
        let mut walk = open();
        walk.get_by_role_and_label(Role::Button, "Retry 1,000,000 rows").click();
        walk.run_steps(4);
        let retries = |log: &[Command]| log.iter().any(|command| matches!(command, Command::RetryRows(_)));
        assert!(walk.query_by_label_contains("are sent again to").is_some());
        assert!(!retries(&walk.state().1), "nothing was written yet");
        let typed = walk.get_by_role_and_label(Role::TextInput, "Type acme to go on");
        typed.type_text("acme");
        walk.run_steps(3);
        let button = walk.query_all_by_role(Role::Button);
        let label = button.filter_map(|node| node.accesskit_node().label());
        let label = label.into_iter().find(|label| label.starts_with("Retry 1,000,000 rows in ")).expect("the button");
        walk.get_by_role_and_label(Role::Button, &label).click();
        walk.run_steps(3);
        let retry = walk.state().1.iter().find_map(|command| match command {
            Command::RetryRows(what) => Some(what.as_ref().clone()),
            _ => None,
        });
        let retry = retry.expect("it was asked for");
        assert_eq!((retry.run, retry.production.as_deref()), (RunId(7), Some("00D000000000001EAA")));
        assert_eq!(retry.rows, Group::of(&card()).selected());
    }
}

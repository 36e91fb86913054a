//! The practice org on its screen, driven by what a screen reader would say; and what the window says of a run whose day goes
//! bad in the middle.

use crate::window::{Walk, open_at, press, said, until, until_said, walk_in_a_fresh_home};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use linkspan::gui::{Command, PracticeAsk, PracticeDeed, Screen};
use serde_json::{Value, json};

fn in_a_fresh_home(walk: &str) {
    walk_in_a_fresh_home(&format!("practice_window::walks::{walk}"));
}

#[test]
fn the_practice_org_is_seen_switched_and_reset() {
    in_a_fresh_home("see_switch_reset");
}

#[test]
fn a_snapshot_is_taken_and_brought_back() {
    in_a_fresh_home("keep_and_go_back");
}

#[test]
fn the_schema_of_an_org_is_copied() {
    in_a_fresh_home("copy_a_schema");
}

#[test]
fn bad_days_are_played_from_a_file() {
    in_a_fresh_home("play_a_file");
}

/// What the window does, in commands: one process runs the org, others talk to it.
#[test]
fn the_command_line_does_the_same() {
    use crate::harness::{Done, program};
    use std::io::BufRead as _;
    let home = tempfile::tempdir().expect("a temporary folder");
    let run = |arguments: &[&str]| {
        let mut command = program(home.path());
        Done::from(command.args(arguments).arg("--json").output().expect("the binary starts"))
    };
    let alone = run(&["practice", "fault", r#""expire_tokens""#]);
    assert_eq!(alone.code, 2, "{alone:?}");
    assert!(alone.stderr.contains("linkspan practice serve"), "{alone:?}");

    let mut serving = program(home.path());
    serving.args(["practice", "serve"]).stdout(std::process::Stdio::piped());
    let mut serving = serving.spawn().expect("the binary starts");
    let mut first = String::new();
    let out = serving.stdout.take().expect("it was piped");
    std::io::BufReader::new(out).read_line(&mut first).expect("a line");
    let told: Value = serde_json::from_str(&first).expect("JSON");
    assert!(told["access_token"].is_string() && told["private_key_file"].is_string(), "{told}");

    let reset = run(&["practice", "reset", "northwind"]);
    assert_eq!((reset.code, reset.json()["world"].as_str()), (0, Some("northwind")), "{reset:?}");
    let fault = run(&["practice", "fault", r#"{"lock_parent": {"id": "Alfreds Futterkiste"}}"#]);
    assert_eq!((fault.code, fault.json()["ids"].to_string()), (0, "[1]".to_owned()), "{fault:?}");
    let status = run(&["practice", "status"]).json();
    assert_eq!(status["records"]["Account"], 94);
    assert_eq!(status["faults"][0]["title"], "One account is locked");
    let log = run(&["practice", "log"]);
    assert!(log.stdout.contains("Alfreds"), "{log:?}");
    assert_eq!(run(&["practice", "clear", "1"]).code, 0);
    assert_eq!(run(&["practice", "clear", "1"]).code, 2);
    assert_eq!(run(&["practice", "snapshot", "Grün 1"]).code, 0);
    assert_eq!(run(&["practice", "reset", "empty"]).code, 0);
    let back = run(&["practice", "restore", "Grün 1"]);
    assert_eq!(back.code, 0, "{back:?}");
    assert_eq!(run(&["practice", "status"]).json()["records"]["Account"], 94);
    for (wrong, says) in [
        (["practice", "reset", "mars"], "there is no world"),
        (["practice", "restore", "nothing"], "there is no snapshot"),
        (["practice", "fault", "{}"], "no such fault"),
    ] {
        let done = run(&wrong);
        assert_eq!(done.code, 2, "{done:?}");
        assert!(done.json()["error"].as_str().is_some_and(|error| error.contains(says)), "{done:?}");
    }
    // It may have ended already.
    let _ended = serving.kill().is_ok();
    let _reaped = serving.wait().is_ok();
}

#[test]
fn sessions_that_expire_in_mid_run_are_renewed() {
    in_a_fresh_home("sessions_expire_in_mid_run");
}

#[test]
fn a_pasted_session_that_expires_stops_the_run_and_says_so() {
    in_a_fresh_home("pasted_session_expires_in_mid_run");
}

#[test]
fn an_org_that_moves_in_mid_run_is_found() {
    in_a_fresh_home("org_moves_in_mid_run");
}

#[test]
fn rows_that_are_locked_in_mid_run_are_told_and_retried() {
    in_a_fresh_home("rows_are_locked_in_mid_run");
}

#[test]
fn both_screens_fit_the_smallest_window() {
    in_a_fresh_home("smallest_window");
}

fn open() -> Walk {
    let mut walk = open_at(egui::vec2(1280.0, 800.0));
    until_said(&mut walk, "Northwind customers");
    walk
}

/// Goes to the screen of the practice org, and waits for its first answer.
fn go_there(walk: &mut Walk) {
    walk.key_press_modifiers(Modifiers::COMMAND, Key::Num7);
    until_said(walk, "Live log");
    until_said(walk, "Sessions expire now");
}

fn switch(walk: &mut Walk, title: &str) {
    let node = walk.get_by_role_and_label(Role::Switch, title);
    node.scroll_to_me();
    walk.run_steps(4);
    walk.get_by_role_and_label(Role::Switch, title).click();
    walk.run_steps(3);
}

/// Asks for something as a view does.
fn order(walk: &mut Walk, deed: PracticeDeed) {
    let session = walk.state_mut().as_mut().expect("a window");
    session.window.ask(Command::Practice(PracticeAsk::Do(deed)));
    walk.run_steps(3);
}

fn switch_on(walk: &mut Walk, script: Value) {
    order(walk, PracticeDeed::SwitchOn(script, String::new()));
}

/// How often the bad days of a name have struck.
fn hits(walk: &Walk, name: &str) -> u64 {
    let status = walk.state().as_ref().and_then(|session| session.window.state.practice.status.clone());
    let faults = status.iter().flat_map(|status| &status.faults).filter(|fault| fault.name == name);
    faults.map(|fault| fault.hits).sum()
}

fn bad_days(walk: &Walk) -> usize {
    walk.state().as_ref().map_or(0, |session| session.window.state.practice.bad_days.len())
}

/// Imports a file of so many companies as new accounts, slowly, and stands on the screen of the run.
fn import_slowly(walk: &mut Walk, folder: &std::path::Path, rows: usize) {
    let path = folder.join("companies.csv");
    let lines: String = (0..rows).map(|row| format!("K{row:05},Company {row}\n")).collect();
    std::fs::write(&path, format!("ERP_Id__c,Name\n{lines}")).expect("a file");
    switch_on(walk, json!({"slow_answers": {"ms": 2000, "path_contains": "/composite"}}));
    until(walk, "slow answers", |walk| bad_days(walk) == 1);
    walk.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::O);
    walk.run_steps(4);
    walk.event(egui::Event::Text(path.display().to_string()));
    walk.run_steps(2);
    walk.key_press(Key::Enter);
    let button = format!("Upsert {} rows into Account in ", number(rows as u64));
    until(walk, "the button", |walk| {
        walk.query_all_by_label_contains(&button)
            .any(|node| node.accesskit_node().role() == Role::Button && !node.accesskit_node().is_disabled())
    });
    walk.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    until(walk, "the run", |walk| {
        matches!(walk.state().as_ref().map(|session| session.window.draft.screen), Some(Screen::Run(_)))
    });
    // In the middle: the first calls are carried out and wait for their answers, the others are not sent yet.
    let begun = std::time::Instant::now();
    while hits(walk, "slow_answers") < 2 {
        assert!(begun.elapsed() < std::time::Duration::from_secs(30), "the run does not begin:\n{}", said(walk));
        let facts = &walk.state().as_ref().expect("a window").window.state.practice;
        let look = PracticeAsk::Look { after: facts.last, turn: facts.turn };
        walk.state_mut().as_mut().expect("a window").window.ask(Command::Practice(look));
        std::thread::park_timeout(std::time::Duration::from_millis(20));
        walk.run_steps(2);
    }
}

/// Rows read, created, updated and refused of a run that is over; the equation holds.
fn counts(walk: &Walk) -> [u64; 4] {
    use linkspan::connect::Outcome;
    let session = walk.state().as_ref().expect("a window");
    let Screen::Run(run) = session.window.draft.screen else { panic!("no run on the screen") };
    let card = session.window.state.run(run).expect("the run");
    assert_eq!(card.tally.total() + card.waiting, card.rows, "every row has one outcome");
    assert_eq!(card.unaccounted, 0);
    let of = |outcome| card.tally.of(outcome);
    [card.rows, of(Outcome::Created), of(Outcome::Updated), of(Outcome::Failed)]
}

/// `1,900`
fn number(number: u64) -> String {
    if number < 1_000 { number.to_string() } else { format!("{},{:03}", number / 1_000, number % 1_000) }
}

/// The walks themselves.
mod walks {
    use super::*;

    #[test]
    #[ignore = "runs in a process of its own"]
    fn see_switch_reset() {
        let mut walk = open();
        go_there(&mut walk);
        until_said(&mut walk, "http://127.0.0.1:");
        until_said(&mut walk, "Running");

        // What another program needs, without showing what is secret.
        press(&mut walk, "Sign-in details");
        until_said(&mut walk, "Password: hidden");
        press(&mut walk, "Show Password");
        until_said(&mut walk, "practice-");
        press(&mut walk, "Copy User name");
        until_said(&mut walk, "User name was copied");
        press(&mut walk, "Write a key file for JWT");
        until_said(&mut walk, ".practice.key.pem");

        // A bad day is on at once, and everybody is told.
        press(&mut walk, "Bad days");
        switch(&mut walk, "Answers are slow");
        until(&mut walk, "it is on", |walk| bad_days(walk) == 1);
        until_said(&mut walk, "Practice org, bad day: Answers are slow");
        until_said(&mut walk, "Bad days 1");
        let session = walk.state_mut().as_mut().expect("a window");
        session.window.ask(Command::TestOrg("practice".to_owned()));
        until(&mut walk, "a hit", |walk| hits(walk, "slow_answers") > 0);
        until_said(&mut walk, "Answers are slow: ");
        // The call stands in the log.
        let heard = |walk: &Walk| {
            let session = walk.state().as_ref().expect("a window");
            session
                .window
                .state
                .practice
                .calls
                .iter()
                .any(|call| call.path.contains("/services/") && call.status == 200)
        };
        until(&mut walk, "the call", heard);
        until(&mut walk, "the list of calls", |walk| {
            walk.query_all_by_label_contains("Calls, ").any(|node| !format!("{node:?}").contains("Calls, 0"))
        });
        // It can be narrowed, and stands still when somebody reads it.
        walk.get_by_label("Filter calls").click();
        walk.run_steps(3);
        walk.event(egui::Event::Text("nowhere".to_owned()));
        until_said(&mut walk, "No call fits");
        press(&mut walk, "Show all calls");
        press(&mut walk, "Pause the log");
        until_said(&mut walk, "Paused");
        press(&mut walk, "Go on with the log");
        press(&mut walk, "Clear all");
        until(&mut walk, "all is well", |walk| bad_days(walk) == 0);

        // Another world.
        press(&mut walk, "Reset…");
        until_said(&mut walk, "Reset the practice org");
        walk.get_by_label_contains("Northwind: The trader").click();
        walk.run_steps(3);
        let button = said(&walk).lines().find(|line| line.contains("and plant Northwind")).map(str::to_owned);
        press(&mut walk, &button.expect("the button that says what it does"));
        until_said(&mut walk, "The practice org was reset to Northwind: ");
        press(&mut walk, "Objects");
        until_said(&mut walk, "Account: 94 records");
        walk.get_by_label("Account: 94 records").click();
        walk.run_steps(3);
        // A snapshot was taken on the way.
        press(&mut walk, "Restore…");
        until_said(&mut walk, "Before reset 20");
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn copy_a_schema() {
        use linkspan::practice_org::{Options, PracticeOrg, Seed};
        use linkspan::workspace::{NewOrg, OpenOptions, SignIn, Workspace};
        let other = PracticeOrg::start(Options { seed: Seed::Empty, ..Options::default() }).expect("another org");
        let vehicle = json!({"objects": [{"name": "Vehicle__c", "label": "Vehicle", "pluralLabel": "Vehicles", "fields": [
            {"name": "Plate__c", "label": "Plate", "type": "Text", "length": 12}]}]});
        other.add_schema(&vehicle.to_string()).expect("one more object");
        let path = std::env::var_os("LINKSPAN_WORKSPACE").map(Into::into);
        let workspace = Workspace::open(OpenOptions { path, ..OpenOptions::default() }).expect("a workspace");
        let sign_in = SignIn::Token(linkspan::secret::Secret::new(other.credentials().access_token));
        workspace.add_org(NewOrg { alias: "uat".to_owned(), url: other.url(), sign_in }).expect("an org");
        drop(workspace);
        let mut walk = open();
        go_there(&mut walk);
        press(&mut walk, "Objects");
        until_said(&mut walk, "Copy the schema of an org…");
        press(&mut walk, "Copy the schema of an org…");
        press(&mut walk, "Copy the schema of uat");
        until_said(&mut walk, "The schema of uat was copied: 1 object added");
        press(&mut walk, "Show objects without records, too");
        until_said(&mut walk, "Vehicle__c: 0 records");
        // One more object, from a file.
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("depot.json");
        let depot = r#"{"objects": [{"name": "Depot__c", "label": "Depot", "pluralLabel": "Depots", "fields": []}]}"#;
        std::fs::write(&file, depot).expect("a file");
        press(&mut walk, "Objects and fields from a file…");
        walk.get_by_label("Path of the file").type_text(&file.display().to_string());
        walk.run_steps(2);
        press(&mut walk, "Read the file");
        until_said(&mut walk, "has the objects and fields of depot.json");
        until_said(&mut walk, "Depot__c: 0 records");
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn keep_and_go_back() {
        let mut walk = open();
        go_there(&mut walk);
        press(&mut walk, "Take snapshot…");
        walk.run_steps(3);
        walk.event(egui::Event::Text("Full".to_owned()));
        walk.run_steps(2);
        press(&mut walk, "Take it");
        until_said(&mut walk, "kept as \"Full\"");
        order(&mut walk, PracticeDeed::Reset("empty".parse().expect("a world"), None));
        until_said(&mut walk, "The practice org was reset to Empty: ");
        press(&mut walk, "Restore…");
        until_said(&mut walk, "Full");
        press(&mut walk, "Full");
        press(&mut walk, "Go back to \"Full\"");
        until_said(&mut walk, "The practice org is as it was in \"Full\": ");
        press(&mut walk, "Objects");
        until_said(&mut walk, "Account: 500 records");
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn play_a_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("day.json");
        let script = json!({"seed": 7, "faults": [{"lock_rows": {"share": 0.1}}, {"fail_next": {"status": 500}}]});
        std::fs::write(&path, script.to_string()).expect("a file");
        let mut walk = open();
        go_there(&mut walk);
        press(&mut walk, "From a file…");
        walk.get_by_label("Path of the file").type_text(&path.display().to_string());
        walk.run_steps(2);
        press(&mut walk, "Read the file");
        until_said(&mut walk, "2 bad days switched on");
        until_said(&mut walk, "From a script");
        until_said(&mut walk, "Practice org: 2 bad days are on");
        switch(&mut walk, "Some rows are locked");
        until(&mut walk, "one is left", |walk| bad_days(walk) == 1);

        // What is no script says so.
        std::fs::write(&path, r#"{"lock_rows": {"shared": 1}}"#).expect("a file");
        press(&mut walk, "From a file…");
        walk.get_by_label("Path of the file").type_text(&path.display().to_string());
        walk.run_steps(2);
        press(&mut walk, "Read the file");
        until_said(&mut walk, "no such fault");
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn sessions_expire_in_mid_run() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut walk = open();
        import_slowly(&mut walk, folder.path(), 1_900);
        switch_on(&mut walk, json!("expire_tokens"));
        until(&mut walk, "the end", |walk| said(walk).contains("unaccounted 0"));
        until_said(&mut walk, "1,900 read = 1,900 created · unaccounted 0");
        assert_eq!(counts(&walk), [1_900, 1_900, 0, 0]);
        // The log of the practice org shows what happened in between.
        go_there(&mut walk);
        until(&mut walk, "a call with an ended session", |walk| {
            let session = walk.state().as_ref().expect("a window");
            session.window.state.practice.calls.iter().any(|call| call.status == 401)
        });
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn pasted_session_expires_in_mid_run() {
        use linkspan::gui::Fact;
        use linkspan::workspace::{NewOrg, SignIn};
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut walk = open();
        go_there(&mut walk);
        press(&mut walk, "Sign-in details");
        until_said(&mut walk, "Password: hidden");
        // The same org, by a token that nobody can renew.
        let session = walk.state_mut().as_mut().expect("a window");
        let Some(Fact::Here(told)) = session.window.state.practice.sign_in.clone() else {
            panic!("no sign-in details")
        };
        let sign_in = SignIn::Token(told.access_token.clone());
        session.window.ask(Command::AddOrg(NewOrg { alias: "pasted".to_owned(), url: told.url.clone(), sign_in }));
        session.window.draft.preferences.org = Some("pasted".to_owned());
        until_said(&mut walk, "pasted was added");
        import_slowly(&mut walk, folder.path(), 1_900);
        switch_on(&mut walk, json!("expire_tokens"));
        until_said(&mut walk, "Incomplete");
        until_said(&mut walk, " rows wait, and can be continued at any time.");
        until_said(&mut walk, "Session expired or invalid");
        until_said(&mut walk, "Sign in again");
        let [read, created, ..] = counts(&walk);
        assert_eq!(read, 1_900);
        assert!(created > 0 && created < read, "{created}");
        // What is left waits, and says how much it is.
        press(&mut walk, &format!("Continue with {} rows", number(read - created)));
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn org_moves_in_mid_run() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut walk = open();
        import_slowly(&mut walk, folder.path(), 1_900);
        switch_on(&mut walk, json!("instance_url_change"));
        until(&mut walk, "the end", |walk| said(walk).contains("unaccounted 0"));
        until_said(&mut walk, "1,900 read = 1,900 created · unaccounted 0");
        assert_eq!(counts(&walk), [1_900, 1_900, 0, 0]);
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn rows_are_locked_in_mid_run() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut walk = open();
        import_slowly(&mut walk, folder.path(), 1_900);
        switch_on(&mut walk, json!({"lock_rows": {"share": 0.2}}));
        // They are sent again by themselves, behind the others, until the lock is gone.
        until_said(&mut walk, "rows met a lock or a busy org, and are sent again");
        order(&mut walk, PracticeDeed::Clear);
        until_said(&mut walk, "1,900 read = 1,900 created · unaccounted 0");
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn smallest_window() {
        let mut walk = open_at(egui::vec2(1024.0, 640.0));
        until_said(&mut walk, "Northwind customers");
        go_there(&mut walk);
        let right = walk.get_by_role_and_label(Role::Button, "Reset…").rect().right();
        assert!(right <= 1024.0, "{right}");
        let switch = walk.get_by_role_and_label(Role::Switch, "Answers are slow").rect();
        assert!(switch.right() < 600.0, "{switch:?}");
        press(&mut walk, "Reset…");
        until_said(&mut walk, "Large: As many");
        walk.get_by_label_contains("Large: As many").click();
        walk.run_steps(3);
        let button = walk.query_all_by_label_contains("and plant Large").next().expect("the button").rect();
        assert!(button.bottom() <= 640.0, "{button:?}");
    }
}

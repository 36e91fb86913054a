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

/// A window with a session in it.
pub(crate) type Walk = Harness<'static, Option<Session>>;

fn open() -> Walk {
    open_at(egui::vec2(1280.0, 800.0))
}

pub(crate) fn open_at(size: egui::Vec2) -> Walk {
    let frame = |ui: &mut egui::Ui, session: &mut Option<Session>| {
        let session = session.get_or_insert_with(|| {
            let project = std::env::var_os("LINKSPAN_WORKSPACE").map(Into::into);
            Session::start(ui.ctx(), Preferences::default(), project)
        });
        session.logic(&ui.ctx().clone());
        session.ui(ui);
    };
    Harness::builder()
        .with_size(size)
        .with_max_steps(200)
        .with_context_setup(theme::install)
        .build_ui_state(frame, None)
}

/// Steps until something is true, for at most half a minute.
pub(crate) fn until(walk: &mut Walk, what: &str, is: impl Fn(&Walk) -> bool) {
    let begun = Instant::now();
    while !is(walk) {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what} did not come; the window shows:\n{}", said(walk));
        std::thread::park_timeout(Duration::from_millis(10));
        walk.step();
    }
    walk.run_steps(3);
}

pub(crate) fn until_said(walk: &mut Walk, label: &str) {
    let wanted = label.to_owned();
    until(walk, label, move |walk| walk.query_all_by_label_contains(&wanted).next().is_some());
}

/// Everything that has a label, for a failure that can be understood.
pub(crate) fn said(walk: &Walk) -> String {
    let nodes = walk.query_all(egui_kittest::kittest::By::new().predicate(|_| true));
    nodes.filter_map(|node| node.accesskit_node().label()).collect::<Vec<_>>().join("\n")
}

pub(crate) fn press(walk: &mut Walk, label: &str) {
    walk.get_by_role_and_label(Role::Button, label).click();
    walk.run_steps(3);
}

/// Presses a button that leads elsewhere, again if it was disabled in the very frame of the click: it is while a preview
/// is being made anew.
pub(crate) fn press_when_ready(walk: &mut Walk, label: &str) {
    let gone = |walk: &Walk| walk.query_by_role_and_label(Role::Button, label).is_none();
    let begun = Instant::now();
    until(walk, label, |walk| !gone(walk));
    while !gone(walk) && begun.elapsed() < Duration::from_secs(30) {
        let ready =
            |walk: &Walk| gone(walk) || !walk.get_by_role_and_label(Role::Button, label).accesskit_node().is_disabled();
        until(walk, label, ready);
        if !gone(walk) {
            press(walk, label);
        }
    }
}

pub(crate) fn fixture(name: &str) -> std::path::PathBuf {
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

pub(crate) fn drop_file(walk: &mut Walk, path: std::path::PathBuf) {
    walk.input_mut().dropped_files.push(Arc::new(Dropped(path)));
    walk.step();
}

fn in_a_fresh_home(walk: &str) {
    walk_in_a_fresh_home(&format!("window::walks::{walk}"));
}

/// Runs a walk, a test that is ignored otherwise, in a process with a home of its own.
pub(crate) fn walk_in_a_fresh_home(walk: &str) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let program = std::env::current_exe().expect("the test's own program");
    let done = Command::new(program)
        .args(["--ignored", "--exact", "--nocapture", "--test-threads=1", walk])
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
fn a_workbook_never_seen_is_loaded_in_few_clicks() {
    in_a_fresh_home("workbook_in_few_clicks");
}

#[test]
fn what_cannot_be_read_says_why() {
    in_a_fresh_home("a_file_that_is_none");
}

#[test]
fn an_import_is_kept_opened_deleted_and_brought_back() {
    in_a_fresh_home("keep_open_delete_undo");
}

#[test]
fn an_integration_of_many_objects_is_designed_and_run() {
    in_a_fresh_home("design_and_run");
}

#[test]
fn a_file_of_another_tool_is_opened_and_written_again() {
    in_a_fresh_home("foreign_files");
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
        until_said(&mut walk, "Field for ContactTitle: not chosen");
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

        press_when_ready(&mut walk, "Upsert 93 rows into Account in Practice org");
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
        press_when_ready(&mut walk, "Upsert 98 rows into Account in Practice org");
        until_said(&mut walk, "4 not sent · unaccounted 0");
        until_said(&mut walk, "4 rows to look at");
        press(&mut walk, "4 not sent");
        until_said(&mut walk, "Rows of the run, 4 rows");
        press(&mut walk, "Retry 4 rows");
        until_said(&mut walk, "Retry of run 1");
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn workbook_in_few_clicks() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("Messe Hannover.xlsx");
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (column, header) in ["Firma", "Ort", "PLZ", "Telefon"].into_iter().enumerate() {
            sheet.write(0, column as u16, header).expect("a header");
        }
        for row in 1..=12 {
            let cells = [format!("Werk {row}"), "Hannover".to_owned(), format!("0{row:04}"), format!("+49 511 {row}")];
            for (column, cell) in cells.into_iter().enumerate() {
                sheet.write(row, column as u16, cell).expect("a cell");
            }
        }
        book.save(&path).expect("a workbook");

        let mut walk = open();
        until_said(&mut walk, "Northwind customers");
        let mut clicks = 0;
        let mut click = |walk: &mut Walk, label: &str| {
            walk.get_by_label(label).click();
            walk.run_steps(4);
            clicks += 1;
        };
        click(&mut walk, "Type its path…");
        walk.event(egui::Event::Text(path.display().to_string()));
        walk.run_steps(2);
        click(&mut walk, "Open");
        until_said(&mut walk, "12 rows, 4 columns");
        let button = "Insert 12 rows into Account in Practice org";
        until(&mut walk, "the button", |walk| {
            walk.query_by_label(button).is_some_and(|button| !button.accesskit_node().is_disabled())
        });
        click(&mut walk, button);
        until_said(&mut walk, "12 read = 12 created · unaccounted 0");
        assert!(clicks <= 8, "{clicks} clicks");
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
    fn design_and_run() {
        // A copy of the first steps, for the practice org of this project.
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["price_books.csv", "products.csv", "customers.csv"] {
            std::fs::copy(fixture(name), folder.path().join(name)).expect("a fixture");
        }
        let text = std::fs::read_to_string(fixture("northwind.json")).expect("the integration");
        let mut form: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let steps = form["steps"].as_array_mut().expect("steps");
        steps.retain(|step| ["Pricebook2", "Product2", "Account"].iter().any(|object| step["object"] == *object));
        steps.iter_mut().for_each(|step| step["org"] = "practice".into());
        let path = folder.path().join("northwind.json");
        std::fs::write(&path, form.to_string()).expect("a file");

        let mut walk = open();
        until_said(&mut walk, "Northwind customers");
        drop_file(&mut walk, path);
        until_said(&mut walk, "Upsert Pricebook2 by Name from price_books.csv");
        until_said(&mut walk, "No problems");
        press(&mut walk, "Step 2 of 3: Products");
        until_said(&mut walk, "Product Code (ProductCode), Text(255), from a formula");
        // The rule is at work beside it, before anything is sent.
        walk.get_by_label_contains("Product Code (ProductCode)").click();
        walk.run_steps(3);
        walk.key_press(Key::F2);
        until_said(&mut walk, "Row 2: NW-0002");
        press(&mut walk, "Run in Practice org");
        until_said(&mut walk, "unaccounted 0");
        // Its history knows the run.
        walk.key_press_modifiers(Modifiers::COMMAND, Key::Num3);
        walk.run_steps(3);
        press(&mut walk, "Open Northwind");
        until_said(&mut walk, "No problems");
        press(&mut walk, "History");
        until_said(&mut walk, "Run 1: Northwind, Complete");
    }

    #[test]
    #[ignore = "runs in a process of its own"]
    fn foreign_files() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["mapping.yml", "accounts.csv", "contacts.csv", "Product2.csv", "tasks.csv"] {
            let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/exchange/cumulusci");
            std::fs::copy(from.join(name), folder.path().join(name)).expect("a fixture");
        }
        std::fs::write(folder.path().join("countries.csv"), "Land;Country\nÖsterreich;Austria\n").expect("a file");

        let mut walk = open();
        until_said(&mut walk, "Northwind customers");
        drop_file(&mut walk, folder.path().join("mapping.yml"));
        until_said(&mut walk, "was read and is kept");
        until_said(&mut walk, "Step 1 of");
        // A table of it comes from a file, and goes into one.
        press(&mut walk, "More about the integration");
        press(&mut walk, "Tables of the integration");
        press(&mut walk, "Add a table");
        press(&mut walk, "Import CSV…");
        walk.get_by_label("Path of the file").type_text(&folder.path().join("countries.csv").display().to_string());
        walk.run_steps(2);
        press(&mut walk, "Read the file");
        until_said(&mut walk, "1 row read in the place of what was there");
        press(&mut walk, "Export CSV…");
        press(&mut walk, "Save the file");
        until_said(&mut walk, "is written");
        press(&mut walk, "Close the tables");
        press(&mut walk, "More about the integration");
        press(&mut walk, "Export the integration");
        press(&mut walk, "CumulusCI");
        press(&mut walk, "Save the file");
        until_said(&mut walk, "mapping.yml is written");
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
        until_said(&mut walk, "Upsert Account by ERP_Id__c from customers.csv");
        until_said(&mut walk, "CompanyName, text, mapped to Name");
    }
}

/// What stands between a person and production, on facts made up for it.
mod production {
    use super::*;
    use linkspan::connect::file::inspect;
    use linkspan::connect::{Operation, file::Inspection};
    use linkspan::engine::Preview;
    use linkspan::gui::{Command, Event, Window};
    use linkspan::integration::Find;
    use linkspan::mapping::{Expression, Mapping};
    use linkspan::record::{Field, Schema};
    use linkspan::workspace::{
        AuthKind, Checked, Described, Environment, ImportGuess, ObjectCard, OrgCard, WorkspaceError,
    };

    fn org() -> OrgCard {
        OrgCard {
            alias: "acme".to_owned(),
            environment: Some(Environment::Production),
            url: "https://acme.my.salesforce.com".to_owned(),
            auth: AuthKind::Jwt,
            name: "Acme Inc".to_owned(),
            org_id: "00D000000000001EAA".to_owned(),
            username: "admin@acme.example".to_owned(),
            api_usage: Some((1_204, 15_000)),
            api_version: "67.0".to_owned(),
            seen_at: None,
            problem: None,
        }
    }

    fn object() -> Schema {
        let name = Field { required: true, ..Field::column("Name") };
        Schema {
            name: "Account".to_owned(),
            label: "Account".to_owned(),
            createable: true,
            updateable: true,
            deletable: true,
            fields: vec![Field::column("Id"), name],
            ..Schema::default()
        }
    }

    fn guess() -> ImportGuess {
        let mut mapping = Mapping::default();
        mapping.set("Name", Expression::Column("CompanyName".to_owned()));
        ImportGuess {
            object: Some(("Account".to_owned(), "the file is called customers".to_owned())),
            operation: (Operation::Insert, "no column says which record a row is about".to_owned()),
            find: (Find::Id, String::new()),
            proposals: Vec::new(),
            mapping,
        }
    }

    /// What a worker would answer.
    fn answers(commands: Vec<Command>, file: &Arc<Inspection>) -> Vec<Event> {
        let answer = |command| match command {
            Command::Inspect(_) => Some(Event::Inspected(Ok(file.clone()))),
            Command::Guess { ticket, .. } => Some(Event::Guessed(ticket, Ok(Arc::new(guess())))),
            Command::LoadObjects(alias) => {
                let card = ObjectCard {
                    name: "Account".to_owned(),
                    label: "Account".to_owned(),
                    label_plural: "Accounts".to_owned(),
                    key_prefix: Some("001".to_owned()),
                    custom: false,
                    createable: true,
                    updateable: true,
                    deletable: true,
                };
                Some(Event::Objects(alias, Ok(vec![card])))
            }
            Command::Describe { org, object: name, .. } => {
                let described = Described { schema: Arc::new(object()), described_at: 0 };
                Some(Event::Described { org, object: name, answer: Ok(described) })
            }
            Command::Check { ticket, .. } => Some(Event::Checked(ticket, Ok(Checked::default()))),
            Command::Preview { ticket, .. } => Some(Event::Previewed(ticket, Ok(Arc::new(Preview::default())))),
            Command::Start(what) => {
                assert_eq!(what.production.as_deref(), Some("00D000000000001EAA"), "the org that was confirmed");
                Some(Event::Started(Err(WorkspaceError::new("it was started"))))
            }
            _ => None,
        };
        commands.into_iter().filter_map(answer).collect()
    }

    fn open(file: &str) -> Harness<'static, Window> {
        let file = Arc::new(inspect(&fixture(file)).expect("a fixture can be read"));
        let mut events = vec![Event::Orgs(vec![org()]), Event::Integrations(Vec::new()), Event::Runs(Vec::new())];
        events.push(Event::Inspected(Ok(file.clone())));
        let frame = move |ui: &mut egui::Ui, window: &mut Window| {
            window.logic(&ui.ctx().clone(), 1_790_000_000_000, std::mem::take(&mut events));
            window.ui(ui);
            events = answers(window.take_commands(), &file);
        };
        let mut window = Window::new(Preferences::default());
        window.draft.screen = Screen::Import;
        let mut harness = Harness::builder()
            .with_size(egui::vec2(1280.0, 800.0))
            .with_max_steps(200)
            .with_context_setup(theme::install)
            .build_ui_state(frame, window);
        harness.run_steps(12);
        harness
    }

    #[test]
    fn is_named_on_the_button_and_asked_first() {
        let mut window = open("customers.csv");
        let button = "Insert 93 rows into Account in acme (production)";
        window.get_by_label(button).click();
        window.run_steps(3);
        window.get_by_label("Write to production?");
        // Enter alone writes nothing: the harmless button has the focus.
        window.key_press(Key::Enter);
        window.run_steps(3);
        assert!(window.query_by_label("Write to production?").is_none());
        assert!(window.query_by_label_contains("it was started").is_none());
        window.get_by_label(button).click();
        window.run_steps(3);
        window.query_all_by_label(button).last().expect("the button of the question").click();
        window.run_steps(4);
        assert!(window.query_all_by_label_contains("it was started").next().is_some());
    }

    #[test]
    fn wants_its_name_typed_when_much_is_written() {
        let mut window = open("orders.csv");
        let button = "Insert 830 rows into Account in acme (production)";
        window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
        window.run_steps(4);
        let go = |window: &Harness<'static, Window>| {
            window.query_all_by_label(button).last().map(|button| button.accesskit_node().is_disabled())
        };
        assert_eq!(go(&window), Some(true));
        window.event(egui::Event::Text("acme".to_owned()));
        window.run_steps(3);
        assert_eq!(go(&window), Some(false));
        window.query_all_by_label(button).last().expect("the button of the question").click();
        window.run_steps(4);
        assert!(window.query_all_by_label_contains("it was started").next().is_some());
    }
}

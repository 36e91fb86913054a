//! The mapping designer, driven by label and by key on facts made up for it: a real file, a real check, and an org that says what
//! an account is.

use egui::{Key, Modifiers, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use linkspan::connect::SourceSettings;
use linkspan::connect::file::{Inspection, inspect_as};
use linkspan::engine::Preview;
use linkspan::gui::{Ask, Command, Event, Exported, Form, Preferences, Told, Window, theme};
use linkspan::integration::exchange;
use linkspan::integration::{Integration, Plan, Shapes};
use linkspan::mapping::suggest::{Candidate, Evidence, Sign};
use linkspan::mapping::{Expression, Mapping, Table, TargetShape};
use linkspan::record::{BatchBuilder, Field, Kind, PicklistValue, Schema};
use linkspan::store::IntegrationId;
use linkspan::workspace::{
    AuthKind, Checked, Described, Environment, ObjectCard, OrgCard, SourceLook, TableFile, WorkspaceError,
};
use std::sync::{Arc, Mutex};

/// What the window stored, and what it would start.
#[derive(Default)]
struct Done {
    saved: Vec<Integration>,
    started: Vec<Integration>,
    tables: Vec<Table>,
}

struct Walk {
    window: Harness<'static, Window>,
    done: Arc<Mutex<Done>>,
}

fn org(alias: &str, environment: Environment) -> OrgCard {
    OrgCard {
        alias: alias.to_owned(),
        environment: Some(environment),
        url: "http://127.0.0.1".to_owned(),
        auth: AuthKind::Practice,
        name: "Northwind".to_owned(),
        org_id: "00D000000000001EAA".to_owned(),
        username: "admin@northwind.example".to_owned(),
        api_usage: None,
        api_version: "67.0".to_owned(),
        seen_at: None,
        problem: None,
    }
}

fn account() -> Schema {
    let text = |name: &str, label: &str| Field { label: label.to_owned(), length: 80, ..Field::column(name) };
    let value = |value: &str| PicklistValue { value: value.to_owned(), label: value.to_owned(), active: true };
    Schema {
        name: "Account".to_owned(),
        label: "Account".to_owned(),
        label_plural: "Accounts".to_owned(),
        createable: true,
        updateable: true,
        fields: vec![
            Field { kind: Kind::Id, createable: false, updateable: false, ..Field::column("Id") },
            Field { required: true, length: 255, ..text("Name", "Account Name") },
            Field { external_id: true, id_lookup: true, filterable: true, ..text("ERP_Id__c", "ERP Id") },
            Field { filterable: true, ..text("Phone", "Account Phone") },
            text("Fax", "Account Fax"),
            text("BillingCity", "Billing City"),
            Field {
                kind: Kind::Picklist,
                restricted: true,
                values: ["Germany", "Mexico", "UK"].map(value).into(),
                ..text("Country__c", "Country")
            },
            Field { kind: Kind::LongText, length: 32_000, ..text("Description", "Account Description") },
        ],
        ..Schema::default()
    }
}

fn object_card() -> ObjectCard {
    ObjectCard {
        name: "Account".to_owned(),
        label: "Account".to_owned(),
        label_plural: "Accounts".to_owned(),
        key_prefix: Some("001".to_owned()),
        custom: false,
        createable: true,
        updateable: true,
        deletable: true,
    }
}

fn integration(rules: &str) -> Integration {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/northwind/customers.csv");
    let text = format!(
        r#"{{"linkspan":1,"name":"Customers","steps":[{{"source":{{"path":{path:?},"csv":{{}}}},"org":"practice",
        "object":"Account","operation":"upsert","find":{{"external_id":"ERP_Id__c"}},"mapping":{rules}}}]}}"#
    );
    Integration::from_file(&text).expect("an integration")
}

fn file(source: &SourceSettings) -> Inspection {
    inspect_as(source.file().expect("a file")).expect("the fixture can be read")
}

/// What a worker would answer.
fn answer(command: Command, done: &Mutex<Done>) -> Option<Event> {
    let told = match command {
        Command::Design(ask) => match ask {
            Ask::Look(source) if source.file().is_none() => Told::Looked(source.clone(), queried(&source)),
            Ask::Look(source) => {
                let look = SourceLook::from(Arc::new(file(&source)));
                Told::Looked(source, Ok(Arc::new(look)))
            }
            Ask::Check { integration, ticket } => {
                let shapes = integration.steps.iter().map(|step| Shapes {
                    source: match &step.source {
                        SourceSettings::File(_) => file(&step.source).columns,
                        query => queried(query).expect("an answer").columns.clone(),
                    },
                    target: TargetShape { object: account(), parents: Default::default() },
                });
                let problems = Plan::compile(&integration, shapes.collect(), 0).err().unwrap_or_default();
                Told::Checked(ticket, Ok(Checked { problems, ..Checked::default() }))
            }
            Ask::Preview { ticket, .. } => Told::Previewed(ticket, Ok(Arc::new(Preview::default()))),
            Ask::Propose { ticket, .. } => Told::Proposed(ticket, Ok(Arc::new(proposals()))),
            Ask::Save { integration, ticket, .. } => {
                done.lock().unwrap().saved.push(Integration::clone(&integration));
                Told::Saved(ticket, Ok((IntegrationId(7), Arc::new(*integration))))
            }
            Ask::ReadTable { path, place } => Told::TableRead(place, read_table(&path)),
            Ask::WriteTable { table, path } => {
                done.lock().unwrap().tables.push(*table);
                Told::TableWritten(Ok(path))
            }
            Ask::Export { what: Exported::Here(integration), form, path } => {
                assert_eq!(form, Form::Sfdmu);
                let written = exchange::write(&integration, exchange::Format::Sfdmu);
                Told::Exported(Ok((path, written.left_out)))
            }
            _ => return None,
        },
        Command::LoadObjects(alias) => return Some(Event::Objects(alias, Ok(vec![object_card()]))),
        Command::Describe { org, object, .. } => {
            let described = Described { schema: Arc::new(account()), described_at: 0 };
            return Some(Event::Described { org, object, answer: Ok(described) });
        }
        Command::Start(what) => {
            done.lock().unwrap().started.push(what.integration);
            return Some(Event::Started(Err(WorkspaceError::new("it was started"))));
        }
        _ => return None,
    };
    Some(Event::Design(told))
}

/// Files that hold a table.
fn read_table(path: &std::path::Path) -> Result<Arc<TableFile>, WorkspaceError> {
    let rows = match path.to_str() {
        Some("countries.csv") => vec![["Mexiko", "Mexico"], ["England", "UK"], ["england", "Germany"]],
        _ => return Err(WorkspaceError::new("there is no such file").hint("Check the path.")),
    };
    let rows = rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
    let columns = vec!["Land".to_owned(), "Country".to_owned()];
    let table = Table { name: "countries".to_owned(), columns, rows };
    Ok(Arc::new(TableFile { table, header: true }))
}

/// What an org answers to a query.
fn queried(source: &SourceSettings) -> Result<Arc<SourceLook>, WorkspaceError> {
    let SourceSettings::Query(query) = source else { panic!("a file is not asked") };
    let Some(fields) = query.soql.strip_prefix("SELECT ").and_then(|rest| rest.strip_suffix(" FROM Account")) else {
        return Err(WorkspaceError::new("unexpected token").hint("Begin with SELECT."));
    };
    let columns = Schema { fields: fields.split(", ").map(Field::column).collect(), ..Schema::default() };
    let head = BatchBuilder::new(1, columns.fields.len()).finish();
    Ok(Arc::new(SourceLook { columns, head, rows: Some(0), file: None }))
}

fn proposals() -> Vec<Candidate> {
    let proposal = |column: &str, target: &str, text: &str, confidence: u8| Candidate {
        column: column.to_owned(),
        target: target.to_owned(),
        confidence,
        evidence: vec![Evidence { sign: Sign::Name, text: text.to_owned(), weight: confidence.into() }],
    };
    vec![
        proposal("CompanyName", "Name", "Both seem to be the name", 80),
        proposal("Phone", "Phone", "The header is the API name", 95),
        proposal("Fax", "Fax", "The header is the API name", 95),
        proposal("ContactTitle", "Description", "The names have a word in common", 35),
    ]
}

fn open(rules: &str) -> Walk {
    open_all(integration(rules))
}

fn open_all(integration: Integration) -> Walk {
    let done: Arc<Mutex<Done>> = Arc::default();
    let mut events = vec![
        Event::Orgs(vec![org("practice", Environment::Practice)]),
        Event::Integrations(Vec::new()),
        Event::Runs(Vec::new()),
        Event::Design(Told::Opened(IntegrationId(7), Ok(Arc::new(integration)))),
    ];
    let mine = done.clone();
    let frame = move |ui: &mut egui::Ui, window: &mut Window| {
        window.logic(&ui.ctx().clone(), 1_790_000_000_000, std::mem::take(&mut events));
        window.ui(ui);
        events = window.take_commands().into_iter().filter_map(|command| answer(command, &mine)).collect();
    };
    let mut window = Harness::builder()
        .with_size(egui::vec2(1280.0, 800.0))
        .with_max_steps(200)
        .with_context_setup(theme::install)
        .build_ui_state(frame, Window::new(Preferences::default()));
    window.run_steps(10);
    Walk { window, done }
}

impl Walk {
    fn step(&mut self) {
        self.window.run_steps(5);
    }

    fn key(&mut self, key: Key) {
        self.window.key_press(key);
        self.step();
    }

    fn keys(&mut self, modifiers: Modifiers, key: Key) {
        self.window.key_press_modifiers(modifiers, key);
        self.step();
    }

    fn text(&mut self, text: &str) {
        self.window.event(egui::Event::Text(text.to_owned()));
        self.step();
    }

    fn press(&mut self, label: &str) {
        let found = self.window.query_by_label(label);
        found.unwrap_or_else(|| panic!("nothing is called {label}; there is:\n{}", self.said())).click();
        self.step();
    }

    /// Presses the first thing whose label begins so.
    fn press_line(&mut self, label: &str) {
        let at = self.at(label);
        self.window.drag_at(at);
        self.window.step();
        self.window.drop_at(at);
        self.step();
    }

    /// The middle of the first thing whose label begins so.
    fn at(&self, label: &str) -> Pos2 {
        let found = self
            .window
            .query_all_by_label_contains(label)
            .find(|node| node.accesskit_node().label().is_some_and(|said| said.starts_with(label)));
        found.unwrap_or_else(|| panic!("nothing is called {label}; there is:\n{}", self.said())).rect().center()
    }

    fn drag(&mut self, from: &str, to: &str) {
        let (from, to) = (self.at(from), self.at(to));
        self.window.drag_at(from);
        self.window.step();
        self.window.hover_at(from + (to - from) * 0.5);
        self.window.step();
        self.window.hover_at(to);
        self.window.step();
        self.window.drop_at(to);
        self.step();
    }

    fn sees(&self, label: &str) -> bool {
        self.window.query_all_by_label_contains(label).next().is_some()
    }

    fn expect(&self, label: &str) {
        assert!(self.sees(label), "\"{label}\" is not there; there is:\n{}", self.said());
    }

    fn said(&self) -> String {
        let nodes = self.window.query_all(egui_kittest::kittest::By::new().predicate(|_| true));
        nodes.filter_map(|node| node.accesskit_node().label()).collect::<Vec<_>>().join("\n")
    }

    /// The mapping, as it is stored.
    fn stored(&mut self) -> Mapping {
        self.keys(Modifiers::COMMAND, Key::S);
        let done = self.done.lock().unwrap();
        done.saved.last().expect("it was saved").steps[0].mapping.clone()
    }
}

fn column(name: &str) -> Expression {
    Expression::Column(name.to_owned())
}

const KEY: &str = r#"{"target":"ERP_Id__c","column":"CustomerID"}"#;

#[test]
fn a_drag_connects_and_is_taken_back_and_saved() {
    let mut walk = open(&format!("[{KEY}]"));
    walk.expect("Upsert Account by ERP_Id__c from customers.csv");
    walk.expect("CompanyName, text, not mapped");
    walk.expect("1 problem");
    walk.drag("CompanyName, text", "Account Name (Name)");
    walk.expect("CompanyName, text, mapped to Name");
    walk.expect("Account Name (Name), Text(255), required, mapped from CompanyName");
    walk.expect("No problems");
    walk.expect("Unsaved changes");
    walk.press("Take back: Map Name");
    walk.expect("CompanyName, text, not mapped");
    walk.expect("All changes saved");
    walk.keys(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    walk.expect("CompanyName, text, mapped to Name");
    // From the field to the column as well.
    walk.drag("Account Fax (Fax)", "Fax, text");
    let stored = walk.stored();
    assert_eq!(stored.rule("Name").unwrap().from, column("CompanyName"));
    assert_eq!(stored.rule("Fax").unwrap().from, column("Fax"));
    walk.expect("All changes saved");
}

#[test]
fn a_mapping_needs_no_mouse() {
    let mut walk = open(&format!("[{KEY}]"));
    walk.key(Key::F6);
    walk.text("comp");
    walk.key(Key::Enter);
    walk.expect("choose where CompanyName goes");
    walk.text("account na");
    walk.key(Key::Enter);
    walk.expect("CompanyName, text, mapped to Name");
    // Back to the columns, down to the next one, and by arrows to a field.
    walk.key(Key::ArrowLeft);
    walk.key(Key::ArrowDown);
    walk.key(Key::Enter);
    walk.text("desc");
    walk.key(Key::Enter);
    walk.expect("ContactName, text, mapped to Description");
    walk.key(Key::Delete);
    walk.expect("ContactName, text, not mapped");
    walk.keys(Modifiers::COMMAND, Key::Z);
    let stored = walk.stored();
    assert_eq!(stored.rule("Description").unwrap().from, column("ContactName"));
    assert_eq!(stored.rules.len(), 3);
}

#[test]
fn a_drop_on_a_taken_field_asks_what_is_meant() {
    let mut walk = open(&format!(r#"[{KEY},{{"target":"Name","column":"CompanyName"}}]"#));
    walk.drag("City, text", "Account Name (Name)");
    walk.expect("Name has a value already");
    walk.key(Key::Escape);
    walk.expect("City, text, not mapped");
    walk.drag("City, text", "Account Name (Name)");
    walk.press("Combine");
    walk.expect("City, text, mapped to Name");
    walk.expect("CompanyName, text, mapped to Name");
    walk.drag("ContactName, text", "Account Name (Name)");
    walk.press("Replace");
    walk.expect("CompanyName, text, not mapped");
    walk.keys(Modifiers::COMMAND, Key::Z);
    let stored = walk.stored();
    let both = Expression::Formula("CompanyName & \" \" & City".to_owned());
    assert_eq!(stored.rule("Name").unwrap().from, both);
}

#[test]
fn suggestions_leave_alone_what_a_person_did() {
    let mut walk = open(&format!(r#"[{KEY},{{"target":"Fax","column":"Phone"}}]"#));
    walk.press("Suggest a mapping");
    walk.expect("Both seem to be the name");
    assert!(!walk.sees("Map Fax to Fax"), "it has a rule");
    walk.press("Map CompanyName to Name");
    assert!(!walk.sees("Map CompanyName to Name"), "it is applied");
    walk.press("Apply 1 suggestion");
    walk.expect("Phone, text, mapped to Phone and Fax");
    let stored = walk.stored();
    assert_eq!(stored.rule("Name").unwrap().from, column("CompanyName"));
    assert_eq!(stored.rule("Fax").unwrap().from, column("Phone"));
    assert!(stored.rule("Description").is_none(), "it was less sure than asked for");
}

#[test]
fn several_wires_are_chosen_and_removed_together() {
    let rules = r#"{"target":"Name","column":"CompanyName"},{"target":"Fax","column":"Fax"},
        {"target":"Phone","column":"Phone"}"#;
    let mut walk = open(&format!("[{KEY},{rules}]"));
    walk.press("Account Fax (Fax), Text(80), mapped from Fax");
    let phone = "Account Phone (Phone), Text(80), mapped from Phone";
    walk.window.get_by_label(phone).click_modifiers(Modifiers::COMMAND);
    walk.step();
    walk.key(Key::Delete);
    walk.expect("Take back: Disconnect 2 fields");
    walk.expect("Phone, text, not mapped");
    let stored = walk.stored();
    assert_eq!(stored.rules.len(), 2);
}

#[test]
fn a_value_map_is_a_table() {
    let mut walk = open(&format!(
        r#"[{KEY},{{"target":"Name","column":"CompanyName"}},{{"target":"Country__c","column":"Country"}}]"#
    ));
    walk.press("Country (Country__c), Picklist, mapped from Country");
    walk.key(Key::F2);
    walk.press("Translate values by a table");
    walk.press("Add a value");
    walk.press("Value 1 of the file");
    walk.text("Deutschland");
    walk.press("What Deutschland becomes: not chosen");
    walk.press("Germany");
    walk.expect("What Deutschland becomes: Germany");
    walk.expect("Wire to Country__c: value map");
    // Two columns from a spreadsheet, the first of them known already.
    walk.window.event(egui::Event::Paste("Deutschland\tGermany\nMexiko\tMexico\n".to_owned()));
    walk.step();
    let stored = walk.stored();
    let map = stored.rule("Country__c").unwrap().map.clone().expect("a value map");
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(map.rows, [pair("Deutschland", "Germany"), pair("Mexiko", "Mexico")]);
}

#[test]
fn a_value_map_comes_from_a_file_and_goes_into_one() {
    let map = r#""map":{"rows":[["Mexiko","UK"]]}"#;
    let mut walk = open(&format!(
        r#"[{KEY},{{"target":"Name","column":"CompanyName"}},{{"target":"Country__c","column":"Country",{map}}}]"#
    ));
    walk.press_line("Country (Country__c), Picklist");
    walk.key(Key::F2);
    walk.press("Import CSV…");
    walk.text("nowhere.csv");
    walk.press("Read the file");
    walk.expect("there is no such file");
    walk.press("Import CSV…");
    walk.text("countries.csv");
    walk.key(Key::Enter);
    walk.expect("1 value added, 1 changed; its first row, Land and Country, counts as names");
    walk.expect("The file has several meanings for \"england\"");
    walk.expect("problem");
    walk.press("Remove england");
    walk.press("Export CSV…");
    walk.press("Save the file");
    walk.expect("is written");
    let rows = [["Mexiko", "Mexico"], ["England", "UK"]].map(|row| row.map(str::to_owned).to_vec());
    assert_eq!(walk.done.lock().unwrap().tables[0].rows, rows);
}

#[test]
fn a_value_map_becomes_a_table_of_the_integration() {
    let map = r#""map":{"rows":[["Mexiko","Mexico"]]}"#;
    let mut walk = open(&format!(
        r#"[{KEY},{{"target":"Name","column":"CompanyName"}},{{"target":"Country__c","column":"Country",{map}}}]"#
    ));
    walk.press_line("Country (Country__c), Picklist");
    walk.key(Key::F2);
    walk.press("Use a table");
    walk.press("New table of these rows…");
    walk.expect("Used by Account.Country__c");
    walk.press("Name of the table");
    walk.text(" 2");
    walk.press("Add a row");
    walk.press("From of row 2");
    walk.text("mexiko");
    walk.expect("Two rows for \"mexiko\" say different things");
    walk.expect("Table Country 2, with problems");
    walk.press("Remove row 2");
    walk.window.event(egui::Event::Paste("England\tUK\n".to_owned()));
    walk.step();
    walk.press("Close the tables");
    walk.expect("Table of the value map: Country 2");
    walk.expect("2 rows of the first two columns");
    walk.keys(Modifiers::COMMAND, Key::S);
    let saved = walk.done.lock().unwrap().saved.pop().expect("it was saved");
    assert_eq!(saved.tables[0].name, "Country 2");
    assert_eq!(saved.tables[0].rows[1], ["England", "UK"]);
    assert_eq!(
        saved.steps[0].mapping.rule("Country__c").unwrap().map.as_ref().unwrap().table.as_deref(),
        Some("Country 2")
    );
}

#[test]
fn records_are_found_by_several_fields() {
    let name = r#"{"target":"Name","column":"CompanyName"},{"target":"Account.ERP_Id__c","column":"CustomerID"}"#;
    let mut walk = open(&format!("[{KEY},{name}]"));
    walk.press("More about the integration");
    walk.press("How it is loaded…");
    walk.press("Find by several fields");
    walk.press_line("Another field that must agree");
    walk.press("Account.ERP_Id__c");
    walk.expect("Field 2 that must agree: Account.ERP_Id__c");
    walk.expect("The record in which ERP_Id__c, Account.ERP_Id__c all agree with the row");
    walk.press_line("Another field that must agree");
    walk.press_line("Account Phone");
    walk.expect("Nothing is mapped to Phone yet");
    walk.press("Do not find records by ERP_Id__c");
    walk.window.get_by_label("Rows about the same record: Keeps them from being sent").scroll_to_me();
    walk.step();
    walk.press("Rows about the same record: Keeps them from being sent");
    walk.press("Only the last counts");
    walk.window.get_by_label("#N/A empties the field").scroll_to_me();
    walk.step();
    walk.press("#N/A empties the field");
    walk.window.get_by_label("A blank number in a formula: Counts as 0").scroll_to_me();
    walk.step();
    walk.press("A blank number in a formula: Counts as 0");
    walk.press("Stays blank");
    walk.window.get_by_label("Time zone of the formulas").scroll_to_me();
    walk.step();
    walk.press("Time zone of the formulas");
    walk.text("x");
    walk.expect("There is no time zone");
    walk.keys(Modifiers::COMMAND, Key::Z);
    walk.keys(Modifiers::COMMAND, Key::S);
    let saved = walk.done.lock().unwrap().saved.pop().expect("it was saved");
    assert_eq!(saved.steps[0].options.duplicates, linkspan::integration::Duplicates::Last);
    assert!(!saved.steps[0].options.clear_mark);
    assert_eq!(saved.formulas.blanks, linkspan::formula::Blanks::Blank);
    let fields = ["Account.ERP_Id__c", "Phone"].map(str::to_owned).to_vec();
    assert_eq!(saved.steps[0].find, linkspan::integration::Find::Match(fields));
}

#[test]
fn an_export_says_what_its_form_cannot() {
    let mut walk = open(&format!(r#"[{KEY},{{"target":"Name","formula":"UPPER(CompanyName)"}}]"#));
    walk.press("More about the integration");
    walk.press("Export the integration");
    walk.press("SFDMU");
    walk.expect("export.json");
    walk.press("Save the file");
    walk.expect("export.json is written");
    walk.press("Show what is left out");
    walk.expect("This is left out, and nothing else");
    walk.expect("Account, step 1, Name");
    walk.press("Close the list");
    assert!(!walk.sees("This is left out"));
}

#[test]
fn an_object_is_added_from_a_query_that_was_tried() {
    let mut walk = open(&format!(r#"[{KEY},{{"target":"Name","column":"CompanyName"}}]"#));
    walk.press("Add an object");
    walk.press("A query of an org");
    walk.press("Query");
    walk.text("SELEC Name");
    walk.press("Try the query");
    walk.expect("unexpected token");
    walk.press("Query");
    walk.keys(Modifiers::COMMAND, Key::A);
    walk.text("SELECT ERP_Id__c, Name FROM Account");
    assert!(!walk.sees("unexpected token"), "it was about another query");
    walk.keys(Modifiers::COMMAND, Key::Enter);
    walk.expect("It answers with 0 rows of 2 columns");
    walk.expect("ERP_Id__c, Name");
    walk.expect("Object: Account");
    walk.press("Upsert");
    walk.press("Add");
    walk.key(Key::Escape);
    walk.expect("Step 2 of 2: Accounts");
    walk.keys(Modifiers::COMMAND, Key::S);
    let saved = walk.done.lock().unwrap().saved.pop().expect("it was saved");
    assert_eq!(saved.steps[1].source.name(), "Account in practice");
}

#[test]
fn objects_that_have_no_room_are_gone_to() {
    let mut many = integration(&format!(r#"[{KEY},{{"target":"Name","column":"CompanyName"}}]"#));
    many.steps = vec![many.steps[0].clone(); 9];
    let mut walk = open_all(many);
    assert!(!walk.sees("More objects to the left"));
    walk.press("More objects to the right");
    walk.expect("More objects to the left");
    assert!(!walk.sees("More objects to the right"));
    walk.press("Step 9 of 9: Accounts");
    walk.expect("More about Accounts");
    walk.press("More objects to the left");
    assert!(!walk.sees("More objects to the left"));
}

#[test]
fn a_problem_is_gone_to_and_mended_with_one_click() {
    let mut walk = open(&format!(r#"[{KEY},{{"target":"Name","column":"CompanyNam"}}]"#));
    walk.expect("1 problem");
    walk.key(Key::F8);
    walk.expect("Column for Name: CompanyNam");
    walk.press("1 problem");
    walk.expect("has no column CompanyNam");
    let label = "Use CompanyName";
    walk.window.query_all_by_label(label).next().expect("a repair").click();
    walk.step();
    walk.expect("No problems");
    assert_eq!(walk.stored().rule("Name").unwrap().from, column("CompanyName"));
}

#[test]
fn what_is_on_the_screen_is_saved_and_started() {
    let mut walk = open(&format!(r#"[{KEY},{{"target":"Name","column":"CompanyName"}}]"#));
    walk.drag("Fax, text", "Account Fax (Fax)");
    walk.press("Run in Practice org");
    walk.expect("it was started");
    let done = walk.done.lock().unwrap();
    assert_eq!(done.started.len(), 1);
    assert_eq!(done.started, done.saved, "a retry takes the stored form");
    assert!(done.started[0].steps[0].mapping.rule("Fax").is_some());
}

#[test]
fn a_formula_with_a_mistake_is_mended_where_it_stands() {
    let mut walk = open(&format!(r#"[{KEY},{{"target":"Name","column":"CompanyName"}}]"#));
    walk.press("Account Name (Name), Text(255), required, mapped from CompanyName");
    walk.key(Key::F2);
    walk.press("Value from: Formula");
    walk.expect("Formula of Name");
    // The cursor stands at the end of the column that was taken over.
    walk.text(" & Cty");
    walk.expect("1 problem");
    walk.expect("Cty");
    let repair = walk.window.query_all_by_label_contains("City").find(|node| {
        let label = node.accesskit_node().label().unwrap_or_default();
        label.starts_with("Write") && node.accesskit_node().role() == egui::accesskit::Role::Button
    });
    repair.unwrap_or_else(|| panic!("no repair; there is:\n{}", walk.said())).click();
    walk.step();
    walk.expect("No problems");
    // A whole stretch of typing is taken back at once.
    walk.press("Take back: Formula of Name");
    walk.expect("1 problem");
    walk.keys(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    let stored = walk.stored();
    assert_eq!(stored.rule("Name").unwrap().from, Expression::Formula("CompanyName & City".to_owned()));
}

#[test]
fn names_are_completed_by_key() {
    let mut walk = open(&format!(r#"[{KEY},{{"target":"Name","formula":""}}]"#));
    walk.press("Account Name (Name), Text(255), required, from a formula, problem: There is no formula");
    walk.key(Key::F2);
    walk.press("Formula of Name");
    walk.text("UPP");
    walk.key(Key::Enter);
    walk.text("Comp");
    walk.key(Key::Enter);
    walk.text(")");
    let stored = walk.stored();
    assert_eq!(stored.rule("Name").unwrap().from, Expression::Formula("UPPER(CompanyName)".to_owned()));
}

#[test]
fn unsaved_changes_are_not_lost_without_a_word() {
    let mut walk = open(&format!("[{KEY}]"));
    walk.drag("CompanyName, text", "Account Name (Name)");
    walk.keys(Modifiers::COMMAND, Key::N);
    walk.expect("Lose unsaved changes?");
    walk.key(Key::Enter);
    walk.expect("CompanyName, text, mapped to Name");
    walk.keys(Modifiers::COMMAND, Key::N);
    walk.press("Lose them");
    walk.expect("Add an object");
    walk.expect("Path of a file");
}

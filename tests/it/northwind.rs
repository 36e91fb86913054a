//! All of Northwind, designed on the canvas as a person does it: by labels and by keys. Then it is loaded from the window, twice.

use crate::window::{Walk, open_at, press, said, until, until_said, walk_in_a_fresh_home};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Node;
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};
use linkspan::cancel::Cancel;
use linkspan::connect::Operation;
use linkspan::integration::{Find, Integration, Step};
use linkspan::mapping::{Expression, Lookup, Write};
use linkspan::record::Kind;
use linkspan::workspace::{OpenOptions, QueryFormat, Workspace};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long something may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn all_of_northwind_is_designed_and_loaded_in_the_window() {
    walk_in_a_fresh_home("northwind::design_all_and_load_twice");
}

#[test]
#[ignore = "runs in a process of its own"]
fn design_all_and_load_twice() {
    let folder = tempfile::tempdir().unwrap();
    let folder = copy_files(folder.path());
    let mut person = Person { walk: open_at(egui::vec2(1600.0, 1200.0)), folder: folder.clone() };
    until_said(&mut person.walk, "Northwind customers");

    person.walk.key_press_modifiers(Modifiers::COMMAND, Key::N);
    until_said(&mut person.walk, "Path of a file");
    person.price_book();
    person.products();
    person.prices("true", "IsStandard");
    person.connect("UnitPrice", "UnitPrice");
    person.prices("Northwind 2026", "Name");
    person.formula("UnitPrice", "ROUND(UnitPrice * 0.9, 2)");
    person.contacts();
    person.accounts();
    person.orders();
    person.order_lines();
    person.employees();
    person.rename("Northwind");

    until_said(&mut person.walk, "No problems");
    person.walk.key_press_modifiers(Modifiers::COMMAND, Key::S);
    until(&mut person.walk, "the run", |walk| {
        let run = walk.query_by_label("Run in Practice org");
        walk.query_by_label("All changes saved").is_some() && run.is_some_and(|run| !run.accesskit_node().is_disabled())
    });
    let workspace = workspace();
    let (_, stored) = workspace.find_integration("Northwind").unwrap();
    for (stored, intended) in essence(&stored).into_iter().zip(essence(&intended())) {
        assert_eq!(stored, intended);
    }
    assert_eq!((stored.steps.len(), stored.formulas.blanks), (9, intended().formulas.blanks));

    press(&mut person.walk, "Run in Practice org");
    person.until_run_says("3,421 read = 3,409 created + 11 updated + 1 skipped · unaccounted 0");
    let org = |soql: &str| query(&workspace, soql);
    let count = |what: &str| org(&format!("SELECT COUNT(Id) n FROM {what}"))[0].trim_end_matches(".0").to_owned();
    // The practice org has records of its own, whose keys begin otherwise.
    let counts = || {
        [
            count("Account WHERE ERP_Id__c != NULL AND (NOT ERP_Id__c LIKE 'LK-%')"),
            count("Contact WHERE ERP_Id__c LIKE 'C-%'"),
            count("Contact WHERE ERP_Id__c LIKE 'E-%'"),
            count("Product2 WHERE ProductCode LIKE 'NW-%'"),
            count("PricebookEntry WHERE Product2.ProductCode LIKE 'NW-%'"),
            count("Order WHERE ERP_Id__c != NULL AND (NOT ERP_Id__c LIKE 'LK-%')"),
            count("OrderItem WHERE PricebookEntry.Pricebook2.Name = 'Northwind 2026'"),
        ]
    };
    assert_eq!(counts(), ["93", "93", "9", "77", "154", "830", "2155"]);
    assert_eq!(
        org("SELECT FirstName, LastName, Account.Name FROM Contact WHERE ERP_Id__c = 'C-ALFKI'"),
        ["Maria,Anders,Alfreds Futterkiste"]
    );
    assert_eq!(
        org("SELECT Name, ReportsTo.Name FROM Contact WHERE ReportsTo.LastName = 'Buchanan' ORDER BY Name"),
        ["Anne Dodsworth,Steven Buchanan", "Michael Suyama,Steven Buchanan", "Robert King,Steven Buchanan"]
    );
    let prices =
        "SELECT Pricebook2.Name, UnitPrice FROM PricebookEntry WHERE Product2.ERP_Id__c = '1' ORDER BY UnitPrice";
    assert_eq!(org(prices), ["Northwind 2026,16.2", "Standard Price Book,18"]);

    // Other prices, the same records.
    let file = folder.join("products.csv");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("10 boxes x 20 bags,18,", "10 boxes x 20 bags,20,")).unwrap();
    person.walk.key_press_modifiers(Modifiers::COMMAND, Key::Num3);
    person.walk.run_steps(3);
    press(&mut person.walk, "Open Northwind");
    until_said(&mut person.walk, "No problems");
    person.press("Run in Practice org");
    person.until_run_says("3,421 read = 2 updated + 3,418 unchanged + 1 skipped · unaccounted 0");
    assert_eq!(counts(), ["93", "93", "9", "77", "154", "830", "2155"]);
    assert_eq!(org(prices), ["Northwind 2026,18", "Standard Price Book,20"]);
}

/// The steps, each from beginning to end.
impl Person {
    fn price_book(&mut self) {
        self.fill_in("price_books.csv", "Pricebook2");
        self.found_by("Name");
        self.connect("Name", "Name");
        self.connect("Description", "Description");
        self.always("IsActive", "true");
    }

    fn products(&mut self) {
        self.add("products.csv", "Product2");
        self.found_by("ERP_Id__c");
        self.holds("Discontinued", Kind::Number);
        self.connect("ProductID", "ERP_Id__c");
        self.connect("ProductName", "Name");
        self.connect("QuantityPerUnit", "Description");
        self.formula("ProductCode", "\"NW-\" & LPAD(ProductID, 4, \"0\")");
        self.formula("IsActive", "Discontinued = 0");
    }

    /// One of the two prices of a product, up to the price itself.
    fn prices(&mut self, book: &str, by: &str) {
        self.add("products.csv", "PricebookEntry");
        self.holds("UnitPrice", Kind::Number);
        self.always("Pricebook2Id", book);
        self.looked_up_by(by);
        self.connect("ProductID", "Product2Id");
        self.parent("Product2Id", "Product2.ERP_Id__c");
        self.always("IsActive", "true");
        self.found_by_all(&["Pricebook2Id", "Product2.ERP_Id__c"]);
    }

    fn accounts(&mut self) {
        self.add("customers.csv", "Account");
        // Contacts need them.
        self.menu("Load it earlier");
        self.found_by("ERP_Id__c");
        self.connect("CustomerID", "ERP_Id__c");
        self.connect("CompanyName", "Name");
        self.connect("Address", "BillingStreet");
        self.connect("City", "BillingCity");
        self.connect("PostalCode", "BillingPostalCode");
        self.connect("Country", "BillingCountry");
        self.connect("Phone", "Phone");
        self.connect("Fax", "Fax");
        self.always("Type", "Customer - Direct");
        self.on_new_records("Type");
    }

    fn contacts(&mut self) {
        self.add("customers.csv", "Contact");
        self.found_by("ERP_Id__c");
        self.formula("ERP_Id__c", "\"C-\" & CustomerID");
        let first = "IF(FIND(\" \", ContactName) = 0, NULL, LEFT(ContactName, FIND(\" \", ContactName) - 1))";
        self.formula("FirstName", first);
        self.formula("LastName", "TRIM(MID(ContactName, FIND(\" \", ContactName) + 1, LEN(ContactName)))");
        self.connect("ContactTitle", "Title");
        self.connect("Phone", "Phone");
        self.connect("CustomerID", "AccountId");
        self.parent("AccountId", "Account.ERP_Id__c");
    }

    fn orders(&mut self) {
        self.add("orders.csv", "Order");
        self.found_by("ERP_Id__c");
        self.holds("OrderDate", Kind::DateTime);
        self.connect("OrderID", "ERP_Id__c");
        self.connect("OrderDate", "EffectiveDate");
        self.connect("ShipAddress", "ShippingStreet");
        self.connect("ShipCity", "ShippingCity");
        self.connect("ShipCountry", "ShippingCountry");
        self.connect("CustomerID", "AccountId");
        self.parent("AccountId", "Account.ERP_Id__c");
        self.always("Status", "Draft");
        self.on_new_records("Status");
        self.always("Pricebook2Id", "Northwind 2026");
        self.looked_up_by("Name");
    }

    fn order_lines(&mut self) {
        self.add("order_details.csv", "OrderItem");
        for column in ["UnitPrice", "Quantity", "Discount"] {
            self.holds(column, Kind::Number);
        }
        self.connect("OrderID", "OrderId");
        self.parent("OrderId", "Order.ERP_Id__c");
        self.connect("Quantity", "Quantity");
        self.formula("UnitPrice", "ROUND(UnitPrice * (1 - Discount), 2)");
        self.connect("ProductID", "PricebookEntryId");
        self.inspect("PricebookEntryId");
        self.looked_up_by("Product2.ERP_Id__c");
        self.press("Add a condition");
        self.pick("Field of condition 1", "Pricebook2.Name");
        self.write("Value of condition 1", "Northwind 2026");
        self.found_by_all(&["Order.ERP_Id__c", "PricebookEntryId"]);
    }

    fn employees(&mut self) {
        self.add("employees.csv", "Contact");
        self.found_by("ERP_Id__c");
        self.holds("BirthDate", Kind::Date);
        self.holds("ReportsTo", Kind::Number);
        // The head of the company reports to nobody, not to employee 0.
        self.pick("A blank number in a formula", "Stays blank");
        self.formula("ERP_Id__c", "\"E-\" & EmployeeID");
        for (column, field) in [
            ("LastName", "LastName"),
            ("FirstName", "FirstName"),
            ("Title", "Title"),
            ("BirthDate", "Birthdate"),
            ("TitleOfCourtesy", "Salutation"),
        ] {
            self.connect(column, field);
        }
        self.formula("ReportsToId", "IF(ISBLANK(ReportsTo), NULL, \"E-\" & TEXT(ReportsTo))");
        self.parent("ReportsToId", "ReportsTo.ERP_Id__c");
    }
}

/// Somebody before the window.
pub(crate) struct Person {
    pub(crate) walk: Walk,
    pub(crate) folder: PathBuf,
}

/// What a person does again and again.
impl Person {
    pub(crate) fn key(&mut self, key: Key) {
        self.walk.key_press(key);
        self.walk.run_steps(2);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.walk.event(egui::Event::Text(text.to_owned()));
        self.walk.run_steps(2);
    }

    /// The last thing on the screen, the one on top, that is so by its role and label and can be used.
    pub(crate) fn find(&self, is: impl Fn(Role, &str) -> bool) -> Option<Node<'_>> {
        let all = self.walk.query_all(By::new().predicate(|_| true));
        let fits = |node: &Node<'_>| {
            let node = node.accesskit_node();
            !node.is_disabled() && is(node.role(), &node.label().unwrap_or_default())
        };
        all.filter(fits).last()
    }

    fn until_there(&mut self, what: &str, is: impl Fn(Role, &str) -> bool) {
        let begun = Instant::now();
        while self.find(&is).is_none() {
            assert!(begun.elapsed() < PATIENCE, "{what} did not come; the window shows:\n{}", said(&self.walk));
            std::thread::park_timeout(Duration::from_millis(10));
            self.walk.step();
        }
    }

    /// Presses a thing once it is there, and brings it into view before.
    pub(crate) fn click(&mut self, what: &str, is: impl Fn(Role, &str) -> bool) {
        self.until_there(what, &is);
        self.find(&is).expect("it is there").scroll_to_me();
        self.walk.run_steps(3);
        // As a reader presses it, not where it is: a problem that comes to be known moves what stands below it.
        let there = self.find(&is).expect("it is there");
        match there.accesskit_node().role() {
            Role::TextInput | Role::MultilineTextInput => there.focus(),
            _ => there.click_accesskit(),
        }
        self.walk.run_steps(3);
    }

    pub(crate) fn press(&mut self, label: &str) {
        self.click(label, |role, said| role == Role::Button && said == label);
    }

    /// Chooses from a list, by typing where it can be searched.
    pub(crate) fn pick(&mut self, name: &str, wanted: &str) {
        let list = format!("{name}: ");
        self.click(name, |role, said| role == Role::ComboBox && said.starts_with(&list));
        self.until_there(name, |role, _| role == Role::ListBoxOption);
        if self.walk.query_by_label(&format!("Search in {name}")).is_some() {
            self.text(wanted);
        }
        // A line says its label and then its API name.
        let last = format!(" {wanted}");
        self.click(wanted, |role, said| role == Role::ListBoxOption && (said == wanted || said.ends_with(&last)));
    }

    pub(crate) fn write(&mut self, field: &str, text: &str) {
        self.click(field, |_, said| said == field);
        self.text(text);
    }

    fn go_to_columns(&mut self) {
        self.key(Key::F6);
        self.key(Key::ArrowLeft);
    }

    fn go_to_fields(&mut self) {
        self.key(Key::F6);
        self.key(Key::ArrowRight);
    }

    /// Leads a column into a field, by keys.
    fn connect(&mut self, column: &str, field: &str) {
        self.go_to_columns();
        self.text(column);
        self.key(Key::Enter);
        self.text(field);
        self.key(Key::Enter);
        self.is_said(column, &format!("mapped to {field}"), &format!(" and {field}"));
    }

    fn is_said(&self, begin: &str, one: &str, other: &str) {
        let begin = format!("{begin}, ");
        let there = self.find(|_, said| said.starts_with(&begin) && (said.contains(one) || said.contains(other)));
        assert!(there.is_some(), "{begin} is not {one}; the window shows:\n{}", said(&self.walk));
    }

    /// Opens the rule of a field.
    pub(crate) fn inspect(&mut self, field: &str) {
        self.go_to_fields();
        self.text(field);
        self.key(Key::F2);
    }

    fn formula(&mut self, field: &str, formula: &str) {
        self.inspect(field);
        self.press("Value from: Formula");
        until_said(&mut self.walk, &format!("Formula of {field}"));
        self.text(formula);
    }

    fn always(&mut self, field: &str, value: &str) {
        self.inspect(field);
        self.press("Value from: Same value");
        let name = format!("Value of {field} in every row");
        until_said(&mut self.walk, &name);
        if self.walk.query_by_label(&format!("{name}: not chosen")).is_some() {
            self.pick(&name, value);
        } else {
            self.text(value);
        }
    }

    fn on_new_records(&mut self, field: &str) {
        self.pick(&format!("When {field} is written"), "Only on records that the row makes");
    }

    /// Turns the value of the rule that is open into the id of the record which has it in that field.
    fn looked_up_by(&mut self, field: &str) {
        self.press("Look the record up");
        if field != "Name" {
            self.pick("By its field", field);
        }
        self.pick("If several have it", "Keep the row from being sent");
    }

    /// Lets Salesforce find the parent by a key of its own.
    fn parent(&mut self, field: &str, path: &str) {
        self.inspect(field);
        self.pick(&format!("Field by which Salesforce finds the record of {field}"), path);
        until_said(&mut self.walk, path);
    }

    /// Says what a column holds.
    fn holds(&mut self, column: &str, kind: Kind) {
        let begin = format!("Kind of {column}: ");
        if self.walk.query_by_label(&format!("{begin}{}", kind.label())).is_some() {
            return;
        }
        self.click(column, |_, said| said.starts_with(&begin));
        self.press(kind.label());
    }

    fn add(&mut self, file: &str, object: &str) {
        self.press("Add an object");
        self.fill_in(file, object);
    }

    /// Fills in what a step is made of, and adds it.
    fn fill_in(&mut self, file: &str, object: &str) {
        self.pick("Object", object);
        if self.find(|role, said| role == Role::Button && said == file).is_some() {
            self.press(file);
        } else {
            let path = self.folder.join(file);
            self.write("Path of a file", &path.display().to_string());
            self.press("Look at the file");
            until_said(&mut self.walk, &format!("{file} can be read"));
        }
        self.press("Upsert");
        self.press("Add");
        // The sheet grows when they come, and its buttons move.
        until(&mut self.walk, "suggestions", |walk| {
            let none = ["No free column looks like a free field", "None is as sure as that"];
            let some =
                walk.query_all_by_label_contains(" suggestion").any(|node| label_of(&node).starts_with("Apply "));
            some || none.iter().any(|none| walk.query_by_label(none).is_some())
        });
        self.press("Close the suggestions");
    }

    fn menu(&mut self, line: &str) {
        let whole = "More about the integration";
        let more = |said: &str| said.starts_with("More about ") && said != whole;
        self.click("More about the step", |role, said| role == Role::Button && more(said));
        self.press(line);
    }

    pub(crate) fn rename(&mut self, name: &str) {
        self.menu("Rename the integration…");
        self.click("its name", |_, said| said == "Name of the integration");
        self.walk.key_press_modifiers(Modifiers::COMMAND, Key::A);
        self.text(name);
        self.key(Key::Enter);
        self.until_there("its new name", |_, said| said == "Take back: Rename");
    }

    fn found_by(&mut self, field: &str) {
        self.menu("How it is loaded…");
        self.pick("Records are found by", field);
    }

    fn found_by_all(&mut self, fields: &[&str]) {
        self.menu("How it is loaded…");
        self.press("Find by several fields");
        for field in fields {
            self.pick("Another field that must agree", field);
        }
    }

    /// A run of thousands of rows takes longer than what a window waits for otherwise.
    fn until_run_says(&mut self, equation: &str) {
        let begun = Instant::now();
        let ended = |_: Role, said: &str| said.contains("· unaccounted ");
        while self.find(ended).is_none() && begun.elapsed() < PATIENCE * 4 {
            std::thread::park_timeout(Duration::from_millis(20));
            self.walk.step();
        }
        let there = self.find(|_, said| said == equation);
        assert!(there.is_some(), "not {equation}; the window shows:\n{}", said(&self.walk));
    }
}

fn label_of(node: &Node<'_>) -> String {
    node.accesskit_node().label().unwrap_or_default()
}

fn fixture(name: &str) -> PathBuf {
    crate::harness::fixture("northwind").join(name)
}

/// Copies the tables to where they may be changed.
fn copy_files(to: &Path) -> PathBuf {
    let to = to.to_owned();
    for name in ["price_books", "products", "customers", "orders", "order_details", "employees"] {
        let name = format!("{name}.csv");
        std::fs::copy(fixture(&name), to.join(&name)).unwrap();
    }
    to
}

fn intended() -> Integration {
    Integration::from_file(&std::fs::read_to_string(fixture("northwind.json")).unwrap()).unwrap()
}

type Essence = (String, String, Operation, Find, BTreeMap<String, (Expression, Option<Lookup>, Write)>);

/// What of a step matters: not the order of its rules, nor where its file and its org are.
fn essence(integration: &Integration) -> Vec<Essence> {
    let of = |step: &Step| {
        let rules = step.mapping.rules.iter();
        let rules = rules.map(|rule| (rule.target.clone(), (rule.from.clone(), rule.lookup.clone(), rule.write)));
        // Where Salesforce itself finds a record by its name, the window lets it.
        let find = match &step.find {
            Find::Match(fields) if fields.len() == 1 => Find::ExternalId(fields[0].clone()),
            find => find.clone(),
        };
        (step.source.name(), step.object.clone(), step.operation, find, rules.collect())
    };
    integration.steps.iter().map(of).collect()
}

fn workspace() -> Workspace {
    let path = std::env::var_os("LINKSPAN_WORKSPACE").map(PathBuf::from);
    Workspace::open(OpenOptions { path, ..OpenOptions::default() }).unwrap()
}

/// The rows of a query, each a line of CSV without the header.
fn query(workspace: &Workspace, soql: &str) -> Vec<String> {
    let mut out = Vec::new();
    workspace.query("practice", soql, false, QueryFormat::Csv, &mut out, &Cancel::new()).unwrap();
    String::from_utf8(out).unwrap().lines().skip(1).map(str::to_owned).collect()
}

//! What a mapping says is what arrives: formulas, value maps, lookups, order, second passes, policies.

use crate::harness::{Bench, Done, fixture};
use serde_json::{Value, json};
use std::path::Path;

/// Keeps an integration that stands in a file, and runs it.
fn run(bench: &Bench, file: &Path, name: &str) -> Done {
    let kept = bench.run(&["import-integration", file.to_str().unwrap()]);
    assert_eq!(kept.code, 0, "{kept:?}");
    bench.run(&["run", name])
}

/// An integration of one step over a CSV, written beside it.
fn one_step(bench: &Bench, csv: &str, step: Value) -> std::path::PathBuf {
    bench.file("rows.csv", csv);
    let mut step = step;
    step["source"] = json!({"path": "rows.csv", "csv": {}});
    step["org"] = json!("p");
    bench.file("one.json", json!({"linkspan": 1, "name": "One", "steps": [step]}).to_string())
}

/// Counts of a step, as `created/updated/skipped/not_sent/failed`.
fn step(done: &Done, step: usize) -> String {
    let step = &done.json()["steps"][step];
    ["created", "updated", "skipped", "not_sent", "failed"].map(|name| step[name].to_string()).join("/")
}

fn copy_northwind(bench: &Bench) -> std::path::PathBuf {
    let folder = bench.home.path().join("northwind");
    std::fs::create_dir(&folder).unwrap();
    for entry in std::fs::read_dir(fixture("northwind")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    folder
}

/// Nine steps and a second pass: price books, products, two prices each, customers as accounts and contacts, orders, their lines,
/// and employees who report to each other. Loaded twice, the second time with other prices.
#[test]
fn northwind_arrives_linked_and_a_second_load_changes_only_prices() {
    let bench = Bench::empty();
    let folder = copy_northwind(&bench);
    let first = run(&bench, &folder.join("northwind.json"), "Northwind");
    assert_eq!((first.code, first.accounted().count("rows")), (0, 3_421), "{first:?}");
    let created = ["1/0", "77/0", "77/0", "77/0", "93/0", "93/0", "830/0", "2155/0", "9/0"];
    for (index, counts) in created.iter().enumerate() {
        assert_eq!(step(&first, index), format!("{counts}/0/0/0"), "step {}", index + 1);
    }
    assert_eq!(step(&first, 9), "0/8/1/0/0", "all but the head of the company report to somebody");

    let lines = |soql: &str| bench.query(soql);
    assert_eq!(
        lines("SELECT FirstName, LastName, Account.Name, ERP_Id__c FROM Contact WHERE ERP_Id__c = 'C-ALFKI'"),
        ["Maria,Anders,Alfreds Futterkiste,C-ALFKI"]
    );
    assert_eq!(
        lines("SELECT Name, ReportsTo.Name FROM Contact WHERE ReportsTo.LastName = 'Buchanan' ORDER BY Name"),
        ["Anne Dodsworth,Steven Buchanan", "Michael Suyama,Steven Buchanan", "Robert King,Steven Buchanan"]
    );
    assert_eq!(
        lines("SELECT ProductCode, IsActive FROM Product2 WHERE ERP_Id__c IN ('1', '5') ORDER BY ProductCode"),
        ["NW-0001,true", "NW-0005,false"]
    );
    let order = "SELECT Product2.Name, Quantity, UnitPrice, PricebookEntry.Pricebook2.Name FROM OrderItem \
                 WHERE Order.ERP_Id__c = '10250' ORDER BY Product2.Name";
    let items = lines(order);
    assert_eq!(items.len(), 3, "{items:?}");
    assert!(items.iter().all(|item| item.ends_with(",Northwind 2026")), "{items:?}");
    assert!(items.iter().any(|item| item.starts_with("Manjimup Dried Apples,35,36.04")), "15 % off 42.4: {items:?}");
    let before = lines("SELECT Id FROM OrderItem ORDER BY Id");

    let products = std::fs::read_to_string(folder.join("products.csv")).unwrap();
    std::fs::write(folder.join("products.csv"), products.replace("10 boxes x 20 bags,18,", "10 boxes x 20 bags,20,"))
        .unwrap();
    let second = bench.run(&["run", "Northwind"]);
    assert_eq!((second.code, second.accounted().count("created")), (0, 0), "{second:?}");
    assert_eq!(second.count("updated") + second.count("skipped") + second.count("unchanged"), 3_421);
    assert_eq!((second.count("updated"), second.count("skipped")), (2, 1), "the product and its price: {second:?}");
    assert_eq!(lines("SELECT Id FROM OrderItem ORDER BY Id"), before, "no line was made twice");
    assert_eq!(
        lines(
            "SELECT Pricebook2.Name, UnitPrice FROM PricebookEntry WHERE Product2.ERP_Id__c = '1' ORDER BY UnitPrice"
        ),
        ["Northwind 2026,18", "Standard Price Book,20"]
    );
}

/// Numbers with commas, days first, Ja and Nein, and countries by a value map.
#[test]
fn a_german_file_arrives_with_its_numbers_dates_and_answers() {
    let bench = Bench::empty();
    std::fs::copy(fixture("northwind/kunden_excel_de.csv"), bench.home.path().join("kunden.csv")).unwrap();
    let countries = [
        ("Germany", "DE"),
        ("Mexico", "MX"),
        ("UK", "GB"),
        ("Sweden", "SE"),
        ("France", "FR"),
        ("Spain", "ES"),
        ("Canada", "CA"),
        ("Argentina", "AR"),
        ("Switzerland", "CH"),
        ("Brazil", "BR"),
        ("Austria", "AT"),
        ("Italy", "IT"),
        ("Portugal", "PT"),
        ("USA", "US"),
        ("Venezuela", "VE"),
        ("Ireland", "IE"),
        ("Belgium", "BE"),
        ("Norway", "NO"),
        ("Denmark", "DK"),
        ("Finland", "FI"),
    ];
    let rows: Vec<_> = countries.iter().map(|(from, to)| json!([from, to])).collect();
    let file = bench.file(
        "kunden.json",
        json!({"linkspan": 1, "name": "Kunden", "steps": [{
            "source": {"path": "kunden.csv", "csv": {"encoding": "Windows-1252", "delimiter": ";"},
                       "formats": {"decimal_comma": true, "dates": "day_first"},
                       "columns": {"Kreditlimit": {"kind": "number"}, "Kunde seit": {"kind": "date"}, "Aktiv": {"kind": "boolean"}}},
            "org": "p", "object": "Account", "operation": "upsert", "find": {"external_id": "ERP_Id__c"},
            "options": {"duplicates": "last"},
            "mapping": [
                {"target": "ERP_Id__c", "column": "Kundennr"},
                {"target": "Name", "column": "Firma", "too_long": "trim", "blank": {"default": "Unbekannt"}},
                {"target": "BillingCountry", "column": "Land", "map": {"rows": rows, "otherwise": "reject"}},
                {"target": "Credit_Limit__c", "column": "Kreditlimit"},
                {"target": "Customer_Since__c", "column": "Kunde seit"},
                {"target": "Active__c", "column": "Aktiv", "blank": {"default": "false"}},
                {"target": "AnnualRevenue", "formula": "ROUND(Kreditlimit * 12, 0)"},
                {"target": "Description", "formula": "\"Kunde seit \" & TEXT(YEAR({!Kunde seit})) & IF(Aktiv, \", aktiv\", \"\")"}
            ]}]})
        .to_string(),
    );
    let done = run(&bench, &file, "Kunden");
    assert_eq!((done.code, done.accounted().count("failed")), (1, 0), "{done:?}");
    let held = bench.results(done.count("run"), &["--outcome", "not_sent"]);
    let reasons: Vec<_> = held.iter().map(|row| row["message"].as_str().unwrap().to_owned()).collect();
    let wrong =
        ["\"Poland\" is not in the value map", "wants a date and got \"31.02.2020\"", "wants a number and got \"12k\""];
    assert_eq!(reasons.len(), wrong.len(), "{reasons:?}");
    assert!(reasons.iter().zip(wrong).all(|(reason, wrong)| reason.contains(wrong)), "{reasons:?}");
    assert_eq!(done.count("skipped"), 1, "of two rows with one key the last is sent");
    let steps = &done.json()["steps"][0];
    assert_eq!(steps["trimmed"], json!({"Name": 1}), "{done:?}");
    assert_eq!(
        bench.query(
            "SELECT BillingCountry, Credit_Limit__c, Customer_Since__c, Active__c, AnnualRevenue, Description FROM Account \
             WHERE ERP_Id__c IN ('ANATR', 'AROUT') ORDER BY ERP_Id__c"
        ),
        [
            "MX,18840.68,1993-06-04,false,226088,Kunde seit 1993",
            "GB,107071.3,2017-09-03,true,1284856,\"Kunde seit 2017, aktiv\""
        ]
    );
}

/// Two users of one name, one of them inactive: by e-mail, by name, by name among the active.
#[test]
fn owners_are_found_by_mail_and_by_name() {
    let bench = Bench::empty();
    bench.file(
        "users.csv",
        "Username,Email,FirstName,LastName,Alias,Active\n\
         nancy@nw.example,nancy@nw.example,Nancy,Davolio,nd,true\n\
         old.nancy@nw.example,old.nancy@nw.example,Nancy,Davolio,nd0,false\n\
         janet@nw.example,janet@nw.example,Janet,Leverling,jl,true\n",
    );
    let users = json!({"linkspan": 1, "name": "Users", "steps": [{
    "source": {"path": "users.csv", "csv": {}}, "org": "p", "object": "User", "operation": "insert",
    "mapping": [
        {"target": "Username", "column": "Username"}, {"target": "Email", "column": "Email"},
        {"target": "FirstName", "column": "FirstName"}, {"target": "LastName", "column": "LastName"},
        {"target": "Alias", "column": "Alias"}, {"target": "IsActive", "column": "Active"},
        {"target": "TimeZoneSidKey", "constant": "GMT"}, {"target": "LocaleSidKey", "constant": "en_US"},
        {"target": "EmailEncodingKey", "constant": "UTF-8"}, {"target": "LanguageLocaleKey", "constant": "en_US"},
        {"target": "ProfileId", "constant": "Standard User", "lookup": {"object": "Profile", "by": "Name", "several": "reject"}}
    ]}]});
    let users = bench.file("users.json", users.to_string());
    let made = run(&bench, &users, "Users");
    assert_eq!((made.code, made.accounted().count("created")), (0, 3), "{made:?}");

    let owner = |lookup: Value| {
        json!({"object": "Account", "operation": "upsert", "find": {"external_id": "ERP_Id__c"}, "mapping": [
            {"target": "ERP_Id__c", "column": "Key"}, {"target": "Name", "column": "Key"},
            {"target": "OwnerId", "column": "Rep", "lookup": lookup}]})
    };
    let by_name = "Key,Rep\n1,Nancy Davolio\n2,janet leverling\n3,Nobody\n4,\n";
    let by_mail = "Key,Rep\n1,nancy@nw.example\n2,JANET@nw.example\n3,old.nancy@nw.example\n";
    let outcome = |csv: &str, lookup: Value| {
        let file = one_step(&bench, csv, owner(lookup));
        let done = run(&bench, &file, "One");
        bench.run(&["delete-integration", "One"]);
        done
    };

    let done = outcome(by_mail, json!({"object": "User", "by": "Email", "several": "reject"}));
    assert_eq!((done.code, done.accounted().count("created")), (1, 2), "{done:?}");
    assert_eq!(bench.query("SELECT Owner.Alias FROM Account ORDER BY ERP_Id__c"), ["nd", "jl"]);
    let refused = bench.results(done.count("run"), &["--outcome", "failed"]);
    assert!(
        refused[0]["message"].as_str().unwrap().contains("inactive"),
        "Salesforce gives nothing to who has left: {refused:?}"
    );

    let done = outcome(by_name, json!({"object": "User", "by": "Name", "several": "reject"}));
    let held = bench.results(done.accounted().count("run"), &["--outcome", "not_sent"]);
    let codes: Vec<_> = held.iter().map(|row| row["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["lookup_several", "lookup_none"], "{held:?}");

    let active = json!([{"field": "IsActive", "constant": "true"}]);
    let done =
        outcome(by_name, json!({"object": "User", "by": "Name", "also": active, "none": "blank", "several": "reject"}));
    assert_eq!((done.code, done.accounted().count("not_sent")), (0, 0), "{done:?}");
    assert_eq!(bench.query("SELECT Owner.Alias FROM Account ORDER BY ERP_Id__c"), ["nd", "jl", "admin", "admin"]);
}

#[test]
fn a_field_is_written_when_its_rule_says() {
    for api in ["rest", "bulk"] {
        let bench = Bench::empty();
        let step = |phone: &str| {
            json!({"object": "Account", "operation": "upsert", "find": {"external_id": "ERP_Id__c"}, "options": {"api": api},
                "mapping": [
                    {"target": "ERP_Id__c", "column": "Key"}, {"target": "Name", "column": "Name"},
                    {"target": "Phone", "column": "Phone", "write": phone},
                    {"target": "Fax", "column": "Phone", "write": "on_create"},
                    {"target": "Website", "column": "Phone", "write": "on_update"}]})
        };
        let file = one_step(&bench, "Key,Name,Phone\n1,a,old\n2,b,\n", step("always"));
        let done = run(&bench, &file, "One");
        assert_eq!((done.code, done.accounted().count("created")), (0, 2), "{done:?}");
        bench.run(&["delete-integration", "One"]);
        let file = one_step(&bench, "Key,Name,Phone\n1,a,new\n2,b,new\n3,c,new\n", step("if_blank"));
        let done = run(&bench, &file, "One");
        assert_eq!((done.code, step_counts(&done)), (0, (1, 2)), "{done:?}");
        assert_eq!(
            bench.query("SELECT Name, Phone, Fax, Website FROM Account ORDER BY Name"),
            ["a,old,old,new", "b,new,,new", "c,new,new,"],
            "{api}"
        );
    }
}

fn step_counts(done: &Done) -> (u64, u64) {
    (done.accounted().count("created"), done.count("updated"))
}

/// `#N/A` means "empty this field" on every API, unless it is said to be text; then the Bulk API cannot carry it.
#[test]
fn the_clear_mark_means_the_same_on_every_api_or_is_held() {
    let bench = Bench::empty();
    let step = |api: &str, mark: bool| {
        json!({"object": "Account", "operation": "upsert", "find": {"external_id": "ERP_Id__c"},
            "options": {"api": api, "clear_mark": mark},
            "mapping": [{"target": "ERP_Id__c", "column": "Key"}, {"target": "Name", "column": "Name"}, {"target": "Phone", "column": "Phone"}]})
    };
    let load = |csv: &str, step: Value| {
        let done = run(&bench, &one_step(&bench, csv, step), "One");
        bench.run(&["delete-integration", "One"]);
        done.accounted();
        done
    };
    for api in ["rest", "bulk"] {
        load("Key,Name,Phone\n1,a,123\n", step(api, true));
        load("Key,Name,Phone\n1,a,#N/A\n", step(api, true));
        assert_eq!(bench.query("SELECT Name, Phone FROM Account"), ["a,"], "{api}");
    }
    assert_eq!(load("Key,Name,Phone\n1,a,#N/A\n", step("rest", false)).code, 0);
    assert_eq!(bench.query("SELECT Phone FROM Account"), ["#N/A"]);
    let done = load("Key,Name,Phone\n1,a,#N/A\n", step("bulk", false));
    assert_eq!((done.code, done.count("not_sent")), (1, 1), "{done:?}");
    assert_eq!(bench.results(done.count("run"), &[])[0]["code"], "clear_mark");
}

/// Records of one org, found by a query, become records of the same shape elsewhere; here in the same org under other names.
#[test]
fn rows_come_from_a_query_as_well_as_from_a_file() {
    let bench = Bench::demo();
    let accounts = bench.records("Account");
    let file = bench.file(
        "query.json",
        json!({"linkspan": 1, "name": "Query", "steps": [{
            "source": {"org": "p", "soql": "SELECT Id, Name, AnnualRevenue, CreatedDate FROM Account ORDER BY Id"},
            "org": "p", "object": "Account", "operation": "insert",
            "mapping": [
                {"target": "Name", "formula": "\"Copy of \" & Name"},
                {"target": "AnnualRevenue", "formula": "AnnualRevenue * 2"},
                {"target": "Customer_Since__c", "formula": "DATEVALUE(CreatedDate)"}]}]})
        .to_string(),
    );
    let done = run(&bench, &file, "Query");
    assert_eq!((done.code, done.accounted().count("created")), (0, accounts), "{done:?}");
    assert_eq!(bench.records("Account"), accounts * 2);
}

/// Only what has changed since the last complete run, whatever happens to the pages; what comes twice is left equal.
#[test]
fn a_query_is_read_only_for_what_has_changed() {
    let bench = Bench::empty();
    let rows: String = (0..4_500).map(|row| format!("K{row:05},Company {row}\n")).collect();
    let file = bench.file("many.csv", format!("ERP_Id__c,Name\n{rows}"));
    assert_eq!(bench.import(&file, "Account", "insert", &["--api", "bulk"]).code, 0);
    let integration = |soql: &str| {
        json!({"linkspan": 1, "name": "Changes", "steps": [{
            "source": {"org": "p", "soql": soql, "changes": {"overlap_minutes": 0}},
            "org": "p", "object": "Product2", "operation": "upsert", "find": {"external_id": "ERP_Id__c"},
            "mapping": [{"target": "ERP_Id__c", "column": "ERP_Id__c"}, {"target": "Name", "column": "Name"}]}]})
        .to_string()
    };
    // In the very second in which a reading began nothing is read yet: it comes next time.
    let settled = |seconds: i64| bench.org.fault(&json!({"clock_skew": {"seconds": seconds}}));
    settled(2);
    bench.org.fault(&json!({"fail_next": {"status": 404, "count": 1, "path_contains": "/query/"}}));
    let file =
        bench.file("changes.json", integration("SELECT ERP_Id__c, Name FROM Account WHERE Name LIKE 'Company%'"));
    let first = run(&bench, &file, "Changes");
    assert_eq!((first.code, first.accounted().count("created")), (0, 4_500), "{first:?}");
    assert_eq!(bench.org.hits(), 1);
    assert_eq!(bench.records("Product2"), 4_500);

    let file = bench.file("few.csv", "ERP_Id__c,Name\nK00007,Company changed\nK09999,Company new\nK09998,Other\n");
    assert_eq!(bench.import(&file, "Account", "upsert", &["--external-id", "ERP_Id__c"]).code, 0);
    settled(4);
    let dry = bench.run(&["run", "Changes", "--dry-run"]);
    let second = bench.run(&["run", "Changes"]);
    assert_eq!((second.accounted().count("created"), second.count("updated")), (1, 1), "{second:?}");
    assert!(second.count("rows") < 1_000, "{second:?}");
    for count in ["rows", "created", "updated", "unchanged"] {
        assert_eq!(dry.count(count), second.count(count), "{count}: {dry:?} {second:?}");
    }
    settled(6);
    let third = bench.run(&["run", "Changes"]);
    assert_eq!((third.code, third.accounted().count("rows")), (0, third.count("unchanged")), "{third:?}");

    let file = bench.file(
        "wrong.json",
        integration("SELECT ERP_Id__c, Name FROM Account LIMIT 5").replace("\"Changes\"", "\"Wrong\""),
    );
    let wrong = run(&bench, &file, "Wrong");
    assert!(wrong.code == 2 && wrong.stdout.contains("read for what has changed"), "{wrong:?}");
}

/// What links to records that come later waits for them; what cannot wait names the order.
#[test]
fn steps_that_cannot_wait_name_the_order() {
    let bench = Bench::empty();
    bench.file("rows.csv", "Key,Name,Parent\n1,a,2\n2,b,\n3,c,9\n");
    let parents = json!({"linkspan": 1, "name": "Parents", "steps": [{
        "source": {"path": "rows.csv", "csv": {}}, "org": "p", "object": "Account", "operation": "insert",
        "mapping": [{"target": "ERP_Id__c", "column": "Key"}, {"target": "Name", "column": "Name"},
                    {"target": "Parent.ERP_Id__c", "column": "Parent"}]}]});
    let done = run(&bench, &bench.file("parents.json", parents.to_string()), "Parents");
    assert_eq!((done.code, step(&done, 0).as_str()), (1, "3/0/0/0/0"), "{done:?}");
    assert_eq!(step(&done, 1), "0/1/1/0/1", "one linked, one has no parent, one parent is not there");
    assert_eq!(bench.query("SELECT Name, Parent.Name FROM Account ORDER BY Name"), ["a,b", "b,", "c,"]);

    // After the missing parent was made, a retry links what is left and touches nothing else.
    bench.import(&bench.file("nine.csv", "ERP_Id__c,Name\n9,i\n"), "Account", "insert", &[]);
    let again = bench.run(&["retry", &done.count("run").to_string()]);
    assert_eq!((again.code, again.accounted().count("rows"), again.count("updated")), (0, 1, 1), "{again:?}");
    assert_eq!(bench.query("SELECT Name, Parent.Name FROM Account ORDER BY Name"), ["a,b", "b,", "c,i", "i,"]);

    let late = json!({"linkspan": 1, "name": "Late", "steps": [
        {"source": {"path": "rows.csv", "csv": {}}, "org": "p", "object": "PricebookEntry", "operation": "insert",
         "mapping": [{"target": "Product2.ERP_Id__c", "column": "Key"}, {"target": "UnitPrice", "constant": "1"},
                     {"target": "Pricebook2Id", "constant": "true", "lookup": {"object": "Pricebook2", "by": "IsStandard", "several": "reject"}}]},
        {"source": {"path": "rows.csv", "csv": {}}, "org": "p", "object": "Product2", "operation": "insert",
         "mapping": [{"target": "ERP_Id__c", "column": "Key"}, {"target": "Name", "column": "Name"}]}]});
    let late = run(&bench, &bench.file("late.json", late.to_string()), "Late");
    assert_eq!(late.code, 2, "{late:?}");
    assert!(
        late.json()["error"].as_str().unwrap().contains("needs Product2 records that step 2 makes only later"),
        "{late:?}"
    );
}

/// A column that was renamed, a column that is new: told before a run, with the repair.
#[test]
fn what_has_changed_since_is_told_before_rows_meet_it() {
    let bench = Bench::empty();
    let step = json!({"object": "Account", "operation": "insert", "mapping": [
        {"target": "Name", "column": "Company Name"}, {"target": "Description", "formula": "{!Company Name} & City"}]});
    let file = one_step(&bench, "Company Name,City\na,Bonn\n", step);
    assert_eq!(run(&bench, &file, "One").code, 0);
    assert_eq!(bench.run(&["check", "One"]).json()["drift"], json!([]));

    bench.file("rows.csv", "CompanyName,City,Zip\nb,Bonn,53111\n");
    let checked = bench.run(&["check", "One"]);
    assert_eq!(checked.code, 1, "{checked:?}");
    let drift = &checked.json()["drift"];
    assert_eq!(drift[0]["message"], "the column Company Name is gone; it may be called CompanyName now");
    assert_eq!(drift[0]["repairs"], json!(["Use CompanyName", "Write CompanyName & City"]));
    assert_eq!(drift[1]["message"], "the column Zip is new and not mapped");
    assert_eq!(bench.run(&["run", "One"]).code, 2, "it refuses to run until that is solved");
}

/// Every mistake of a design comes back at once, with its step, its field, its part and what to do; and nothing runs.
#[test]
fn mistakes_are_told_with_their_place_and_repair() {
    let bench = Bench::empty();
    let step = json!({"object": "Contact", "operation": "insert", "mapping": [
        {"target": "LastName", "formula": "UPPER(Nam) & LEFT(Rep)"},
        {"target": "Birthdate", "formula": "Born & \"\""},
        {"target": "LeadSource", "column": "Rep", "map": {"rows": [["a", "Web"], ["A", "Other"]]}},
        {"target": "OwnerId", "column": "Rep", "lookup": {"object": "User", "by": "Name"}},
        {"target": "ReportsToId", "column": "Rep", "lookup": {"object": "Kontact", "by": "Name", "several": "first"}},
        {"target": "Account.Name", "column": "Rep"},
        {"target": "Phon", "column": "Rep"},
        {"target": "Title", "column": "Titel"}]});
    let file = one_step(&bench, "Name,Rep,Born,Title\na,b,c,d\n", step);
    assert_eq!(bench.run(&["import-integration", file.to_str().unwrap()]).code, 0);
    let checked = bench.run(&["check", "One"]);
    assert_eq!(checked.code, 1, "{checked:?}");
    let problems: Vec<_> = checked.json()["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| {
            let text = |name: &str| problem[name].as_str().unwrap_or("-").to_owned();
            assert_eq!(problem["step"], 1);
            (text("target"), text("part"), text("message"), text("repair"))
        })
        .collect();
    let about = |target: &str| problems.iter().filter(|problem| problem.0 == target).collect::<Vec<_>>();
    assert_eq!(about("LastName").len(), 2, "a name that is not there and too few arguments: {problems:?}");
    assert_eq!(about("Birthdate")[0].3, "Write DATEVALUE(Born & \"\")");
    assert_eq!(about("LeadSource")[0].1, "map");
    assert_eq!((about("OwnerId")[0].1.as_str(), about("OwnerId")[0].3.as_str()), ("lookup", "Hold such rows"));
    assert!(about("ReportsToId").iter().any(|problem| problem.2 == "there is no object Kontact"), "{problems:?}");
    assert_eq!(about("Account.Name")[0].3, "Look the Account up by Name beforehand");
    assert_eq!(about("Phon")[0].3, "Set Phone instead");
    assert_eq!(about("Title")[0].3, "Use Title");
    let first = &checked.json()["problems"][0];
    assert_eq!(first["span"], json!([6, 9]), "{first:?}");
    assert_eq!(bench.run(&["run", "One"]).code, 2);
    assert_eq!(bench.records("Contact"), 0);
}

/// A preview shows the first rows, and some from further down, which are not counted as the first.
#[test]
fn a_preview_shows_rows_from_further_down_as_well() {
    let bench = Bench::empty();
    let rows: String = (1..=5_000).map(|row| format!("{row},Company {row}\n")).collect();
    let file = one_step(
        &bench,
        &format!("Key,Name\n{rows}"),
        json!({"object": "Account", "operation": "insert", "mapping": [{"target": "Name", "formula": "UPPER(Name)"}]}),
    );
    assert_eq!(bench.run(&["import-integration", file.to_str().unwrap()]).code, 0);
    let done = bench.run(&["preview", "One", "--rows", "100"]);
    assert_eq!((done.code, done.count("rows"), done.count("further_down"), done.count("created")), (0, 100, 50, 100));
    let lines: Vec<Value> = done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let further: Vec<_> = lines[100..150].iter().map(|line| line["row"].as_u64().unwrap()).collect();
    assert!(further.is_sorted() && further[0] > 100, "{further:?}");
    assert!(*further.last().unwrap() > 2_500, "from all over the file: {further:?}");
    assert!(lines[..150].iter().all(|line| line["values"]["Name"] == format!("COMPANY {}", line["row"])));
    assert_eq!(bench.records("Account"), 0);
}

/// The other way round: the same rules write an org's rows into a file.
#[test]
fn an_orgs_rows_become_a_file_through_the_same_rules() {
    let bench = Bench::empty();
    bench.import(&fixture("northwind/customers.csv"), "Account", "upsert", &["--external-id", "ERP_Id__c"]);
    let mapping = bench.file(
        "out.json",
        json!([
            {"target": "Kunde", "column": "ERP_Id__c"},
            {"target": "Ort.Land", "formula": "BillingCity & \", \" & BillingCountry"},
            {"target": "Seit", "formula": "DATEVALUE(CreatedDate)"},
            {"target": "Land", "column": "BillingCountry", "map": {"rows": [["Germany", "DE"], ["Poland", "PL"]], "otherwise": "keep"}},
            {"target": "Laenge", "formula": "LEN(Name) * 1.5"}
        ])
        .to_string(),
    );
    let out = bench.home.path().join("kunden.csv");
    let soql = "SELECT ERP_Id__c, Name, BillingCity, BillingCountry, CreatedDate FROM Account ORDER BY ERP_Id__c";
    let arguments = ["extract", "--org", "p", "--soql", soql, "--mapping", mapping.to_str().unwrap(), "--output"];
    let done = bench.run(&[&arguments[..], &[out.to_str().unwrap()]].concat());
    assert_eq!((done.code, done.count("rows"), done.count("written"), done.count("held")), (0, 93, 93, 0), "{done:?}");
    let written = std::fs::read_to_string(&out).unwrap();
    let mut lines = written.lines();
    assert_eq!(lines.next(), Some("Kunde,Ort.Land,Seit,Land,Laenge"));
    let first = lines.next().unwrap();
    assert!(first.starts_with("ALFKI,\"Berlin, Germany\",20") && first.ends_with(",DE,28.5"), "{first}");
    assert_eq!(written.lines().count(), 94);
}

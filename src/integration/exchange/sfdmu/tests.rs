use super::super::{Format, Given, open, write};
use super::*;
use crate::connect::{Operation, SourceSettings};
use crate::integration::{Find, Options, Step};
use crate::mapping::{
    Blank, Expression, Lookup, Mapping, NoneFound, Otherwise, Rule, SeveralFound, TooLong, ValueMap, Write,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const EXPORT: &str = include_str!("../../../../tests/fixtures/exchange/sfdmu/export.json");
const VALUES: &str = include_str!("../../../../tests/fixtures/exchange/sfdmu/ValueMapping.csv");

fn given(source_org: Option<&str>) -> Given {
    Given {
        name: "uat".into(),
        org: "target".into(),
        source_org: source_org.map(str::to_owned),
        beside: [(VALUE_MAPPING.to_owned(), VALUES.to_owned())].into(),
    }
}

fn read(text: &str, source_org: Option<&str>) -> Opened {
    open(Format::Sfdmu, text, &given(source_org)).unwrap()
}

fn of(object: &str, operation: &str, query: &str) -> Value {
    json!({ "objects": [{ "query": format!("SELECT {query} FROM {object}"), "operation": operation }] })
}

fn rule<'a>(step: &'a Step, target: &str) -> &'a Rule {
    step.mapping.rule(target).unwrap_or_else(|| panic!("no rule for {target}: {:?}", step.mapping))
}

#[test]
fn a_file_as_people_write_it_becomes_steps() {
    let opened = read(EXPORT, Some("prod"));
    let steps = &opened.integration.steps;
    let sentences: Vec<_> = steps.iter().map(Step::sentence).collect();
    assert_eq!(
        sentences,
        [
            "Upsert Account by ERP_Id__c from Account in prod",
            "Upsert Contact by Email from Contact in prod",
            "Insert Opportunity from Opportunity in prod",
        ]
    );
    let account = &steps[0];
    assert_eq!(account.find, Find::ExternalId("ERP_Id__c".into()));
    let SourceSettings::Query(query) = &account.source else { panic!("it is a query") };
    assert_eq!(
        query.soql,
        "SELECT Name, ERP_Id__c, Phone, Industry, Land__c, Parent.ERP_Id__c FROM Account WHERE ERP_Id__c != null"
    );
    let country = rule(account, "BillingCountry");
    assert_eq!((&country.from, &country.blank), (&Expression::Column("Land__c".into()), &Blank::Clear));
    let map = country.map.as_ref().unwrap();
    assert_eq!(map.rows, [("Deutschland".into(), "Germany".into()), ("Österreich".into(), "Austria".into())]);
    assert_eq!((map.match_case, &map.otherwise), (true, &Otherwise::Keep));
    let lookup = rule(account, "ParentId").lookup.as_ref().unwrap();
    assert_eq!((lookup.object.as_str(), lookup.by.as_str()), ("Account", "ERP_Id__c"));
    assert_eq!(rule(account, "ERP_Id__c").blank, Blank::Keep);

    let contact = &steps[1];
    assert_eq!(contact.find, Find::Match(vec!["Email".into()]));
    assert_eq!(rule(contact, "Title").write, Write::OnCreate);
    assert!(contact.mapping.rule("Birthdate").is_none(), "what is to be masked is not loaded");
    assert_eq!(rule(contact, "AccountId").from, Expression::Column("Account.ERP_Id__c".into()));
    assert_eq!(rule(contact, "ReportsToId").from, Expression::Column("ReportsTo.Email".into()));
    let owner = rule(&steps[2], "OwnerId").lookup.as_ref().unwrap();
    assert_eq!((owner.object.as_str(), owner.by.as_str()), ("User", "Username"));

    let places: Vec<_> = opened.left_out.iter().map(|what| what.place.as_str()).collect();
    assert_eq!(
        places,
        [
            "orgs[0].accessToken",
            "orgs",
            "apiVersion",
            "bulkThreshold",
            "excludeIdsFromCSVFiles",
            "ValueMapping.csv, Account.Industry",
            "objects[0].master",
            "objects[0].mockFields",
            "objects[1].skipRecordsComparison",
            "objects[1].beforeUpdateAddons",
            "objects[2].deleteOldData",
            "objects[5].operation",
        ]
    );
    assert_eq!(&super::super::not_taken_over(&opened.integration)[..], &opened.left_out[1..]);
}

#[test]
fn without_an_org_rows_come_from_files_beside_it() {
    let opened = read(EXPORT, None);
    let SourceSettings::File(file) = &opened.integration.steps[0].source else { panic!("it is a file") };
    assert_eq!(file.path.to_str(), Some("Account.csv"));
    let said: Vec<_> = opened.left_out.iter().map(ToString::to_string).collect();
    let condition =
        "objects[1].query: every row of Account.csv is taken, also those outside of `WHERE ERP_Id__c != null`";
    assert!(said.iter().any(|line| line == condition), "{said:#?}");
}

#[test]
fn what_was_not_changed_is_written_as_it_was() {
    let mut expected: Value = serde_json::from_str(EXPORT).unwrap();
    expected["orgs"][0].as_object_mut().unwrap().remove("accessToken");
    for source in [None, Some("prod")] {
        let opened = read(EXPORT, source);
        // Kept in a workspace, and taken up elsewhere under another alias.
        let mut kept = Integration::from_file(&opened.integration.to_file()).unwrap();
        assert_eq!(kept, opened.integration);
        kept.steps.iter_mut().for_each(|step| step.org = "other".into());
        let written = write(&kept, Format::Sfdmu);
        assert_eq!(written.left_out, []);
        assert_eq!(serde_json::from_str::<Value>(&written.text).unwrap(), expected);
        assert_eq!(written.beside[VALUE_MAPPING], VALUES);
    }
}

#[test]
fn a_change_changes_only_its_own_words() {
    let mut integration = read(EXPORT, Some("prod")).integration;
    let contact = &mut integration.steps[1];
    contact.mapping.remove("FirstName");
    contact.mapping.set("Phone", Expression::Column("MobilePhone".into()));
    contact.mapping.set("Department", Expression::Constant("Sales".into()));
    contact.find = Find::ExternalId("ERP_Id__c".into());
    integration.steps[0].mapping.rule_mut("BillingCountry").unwrap().map.as_mut().unwrap().rows.remove(1);
    integration.steps.remove(2);
    let written = write(&integration, Format::Sfdmu);
    let file: Value = serde_json::from_str(&written.text).unwrap();
    let objects = file["objects"].as_array().unwrap();
    assert_eq!(objects.len(), 5, "{file:#}");
    assert_eq!(
        objects[0]["query"],
        "SELECT Id, LastName, Email, Title, AccountId, ReportsToId, Birthdate, MobilePhone FROM Contact \
         WHERE Account.ERP_Id__c != null ORDER BY LastName"
    );
    assert_eq!(objects[0]["externalId"], "ERP_Id__c");
    assert_eq!(objects[0]["mockFields"][0]["name"], "Birthdate");
    assert_eq!(objects[0]["fieldMapping"], json!([{ "sourceField": "MobilePhone", "targetField": "Phone" }]));
    assert_eq!(objects[1]["beforeUpdateAddons"][0]["module"], "core:RecordsTransform");
    let said: Vec<_> = written.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            // It was the key; and a blank of a new line keeps what is there.
            "Contact, step 2, Email: a blank value empties the field there",
            "Contact, step 2, Phone: a blank value empties the field there",
            "Contact, step 2, Department: SFDMU has no constants: put the value into the source",
            "Contact, step 2, ReportsToId: Contact is found by ERP_Id__c in this file, not by Email",
        ]
    );
    let values = &written.beside[VALUE_MAPPING];
    assert!(values.contains("/^Auto.*$/") && values.contains("Deutschland") && !values.contains("Austria"), "{values}");
}

#[test]
fn several_sets_composite_keys_and_several_parents() {
    let text = json!({
        "keepObjectOrderWhileExecute": true,
        "objectSets": [
            { "objects": [
                { "query": "SELECT Id, Name, Region__c, WhatId$Opportunity FROM Asset__c", "operation": "Update",
                  "externalId": "Name;Region__r.Code__c" },
                { "query": "SELECT Id, Code__c FROM Region__c", "operation": "Upsert", "externalId": "Code__c" },
            ] },
            { "objects": [
                { "query": "SELECT Id FROM Log__c WHERE Old__c = true", "operation": "Delete" },
                { "query": "SELECT all, Id FROM Note__c", "operation": "Insert", "fieldMapping": [], "hardDelete": false },
            ] },
        ],
    });
    let opened = read(&text.to_string(), Some("prod"));
    let steps = &opened.integration.steps;
    let sentences: Vec<_> = steps.iter().map(Step::sentence).collect();
    assert_eq!(
        sentences,
        [
            "Update Asset__c by Name and Region__c from Asset__c in prod",
            "Upsert Region__c by Code__c from Region__c in prod",
            "Delete Log__c by record id from Log__c in target",
            "Insert Note__c from Note__c in prod",
        ]
    );
    assert_eq!(rule(&steps[0], "Region__c").from, Expression::Column("Region__r.Code__c".into()));
    assert_eq!(rule(&steps[0], "WhatId").lookup.as_ref().unwrap().object, "Opportunity");
    let written = write(&opened.integration, Format::Sfdmu);
    assert_eq!(serde_json::from_str::<Value>(&written.text).unwrap(), text);

    let mut changed = opened.integration;
    changed.steps[0].mapping.remove("WhatId");
    changed.steps.swap(2, 3);
    let file: Value = serde_json::from_str(&write(&changed, Format::Sfdmu).text).unwrap();
    assert_eq!(file["objectSets"][0]["objects"][0]["query"], "SELECT Id, Name, Region__c FROM Asset__c");
    assert_eq!(file["objectSets"][1]["objects"][0]["query"], "SELECT all, Id FROM Note__c");
}

#[test]
fn what_sfdmu_cannot_say_is_listed() {
    let mut integration = read(&of("Account", "Upsert", "Id, Name").to_string(), None).integration;
    integration.foreign = None;
    let step = &mut integration.steps[0];
    step.source.file_mut().unwrap().path = "/data/kunden.csv".into();
    step.options = Options { all_or_none: true, assignment_rules: true, ..Options::default() };
    let lookup =
        Lookup { object: "User".into(), by: "Email".into(), also: vec![], none: NoneFound::Reject, several: None };
    step.mapping.rules.extend([
        Rule { note: "agreed".into(), ..Rule::new("Type", Expression::Constant("Customer".into())) },
        Rule::new("Site", Expression::Formula("UPPER(City)".into())),
        Rule::new("Phone", Expression::Column("Telefon Nr".into())),
        Rule { lookup: Some(lookup.clone()), ..Rule::new("OwnerId", Expression::Column("Owner.Email".into())) },
        Rule { too_long: TooLong::Trim, write: Write::IfBlank, ..Rule::new("Fax", Expression::Column("Fax".into())) },
        Rule { map: Some(ValueMap::default()), ..Rule::new("Rating", Expression::Column("Rating".into())) },
    ]);
    let written = write(&integration, Format::Sfdmu);
    let file: Value = serde_json::from_str(&written.text).unwrap();
    assert_eq!(
        file,
        json!({
            "allOrNone": true,
            "csvInsertNulls": false,
            "objects": [
                { "query": "SELECT Id, Email FROM User", "operation": "Readonly", "externalId": "Email" },
                { "query": "SELECT Id, Name, OwnerId, Fax, Rating FROM Account", "operation": "Upsert", "externalId": "Name" },
            ],
        })
    );
    let said: Vec<_> = written.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "Account, step 1: SFDMU reads Account.csv: rename kunden.csv",
            "Account, step 1, Type: SFDMU has no constants: put the value into the source",
            "Account, step 1, Site: SFDMU has no formulas: compute the value in the source",
            "Account, step 1, Phone: SFDMU reads fields by API name, and Telefon Nr is none: rename the column",
            "Account, step 1, Fax: long texts are cut for the whole file or not at all",
            "Account, step 1, Fax: the field is written also where it has a value",
            "Account, step 1, Rating: values that are not in the map pass as they are",
            "Account, step 1, Rating: values are compared with their case",
            "Account, step 1: that assignment rules run is not said",
        ]
    );
}

#[test]
fn a_file_that_is_none_says_so() {
    for (text, place) in [
        ("{\"objects\": [}", "line 1 column 14"),
        ("[]", "the file"),
        ("{\"objects\": {}}", "objects"),
        ("{\"objects\": [1]}", "objects[0]"),
        ("{\"objects\": []}", "the file"),
        ("{\"objectSets\": [{\"objects\": null}]}", "objectSets[0].objects"),
        ("{\"objects\": null}", "the file"),
    ] {
        let error = super::open(text, &Given::default()).unwrap_err().to_string();
        assert!(error.contains(place), "{text}: {error}");
    }
    let deep = format!("{{\"objects\": {}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    assert!(super::open(&deep, &Given::default()).is_err());
}

fn a_step() -> impl Strategy<Value = Step> {
    let fields =
        prop::collection::btree_map("[A-D][a-d]{1,3}(__c)?", (any::<bool>(), any::<bool>(), any::<bool>()), 1..5);
    (0..4_usize, fields, any::<bool>(), any::<bool>(), prop::sample::select(vec!["X__c", "Y__c", "Account"])).prop_map(
        |(operation, fields, file, trim, object)| {
            let operation = [Operation::Insert, Operation::Update, Operation::Upsert, Operation::Delete][operation];
            let mut rules: Vec<Rule> = Vec::new();
            for (field, (renamed, mapped, new)) in fields {
                let column = if renamed { format!("Src{field}") } else { field.clone() };
                let mut rule = Rule::new(&*field, Expression::Column(column));
                let rows = vec![("a".to_owned(), "b, c".to_owned()), ("ä".to_owned(), String::new())];
                let map = ValueMap { rows, match_case: true, otherwise: Otherwise::Keep, ..ValueMap::default() };
                rule.map = mapped.then_some(map);
                rule.write = if new && operation != Operation::Insert { Write::OnCreate } else { Write::Always };
                rules.push(rule);
            }
            let key = rules[0].target.clone();
            let find = match operation {
                Operation::Insert | Operation::Delete => Find::Id,
                _ if key.ends_with("__c") => Find::ExternalId(key.clone()),
                _ => Find::Match(vec![key.clone()]),
            };
            if matches!(operation, Operation::Update | Operation::Upsert) {
                rules.iter_mut().skip(1).for_each(|rule| rule.blank = Blank::Clear);
            }
            let mut parent = Rule::new("OwnerId", Expression::Column("Owner.Username".into()));
            parent.lookup = Some(Lookup {
                object: "User".into(),
                by: "Username".into(),
                also: vec![],
                none: NoneFound::Reject,
                several: Some(SeveralFound::Reject),
            });
            parent.blank = if rules.iter().any(|rule| rule.blank == Blank::Clear) { Blank::Clear } else { Blank::Keep };
            if file && rules.len() > 1 {
                rules.push(parent);
            }
            if operation == Operation::Delete {
                rules = vec![Rule::new("Id", Expression::Column("Id".into()))];
            }
            if trim {
                rules.iter_mut().for_each(|rule| rule.too_long = TooLong::Trim);
            }
            let columns: Vec<_> = rules
                .iter()
                .map(|rule| match &rule.from {
                    Expression::Column(column) => column.clone(),
                    _ => String::new(),
                })
                .collect();
            let org = if operation == Operation::Delete { "target" } else { "prod" };
            let soql = format!("SELECT {} FROM {object} WHERE Name != 'x, y'", columns.join(", "));
            let source = json!({ "org": org, "soql": soql });
            Step {
                source: serde_json::from_value(source).unwrap(),
                org: "target".into(),
                into: None,
                object: object.into(),
                operation,
                find,
                mapping: Mapping { rules },
                options: Options::default(),
                sync: None,
                seen: None,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_can_be_said_is_read_back(steps in prop::collection::vec(a_step(), 1..4)) {
        // Objects come once, and long texts are cut everywhere or nowhere: the rest is listed, as other tests show.
        let mut steps = steps;
        let mut seen = std::collections::HashSet::new();
        steps.retain(|step| seen.insert(step.object.clone()));
        let trim = steps[0].mapping.rules[0].too_long;
        steps.iter_mut().flat_map(|step| &mut step.mapping.rules).for_each(|rule| rule.too_long = trim);
        let integration = Integration { steps, ..Integration::new("uat") };
        let written = write(&integration, Format::Sfdmu);
        prop_assert_eq!(&written.left_out, &[]);
        let given = Given { beside: written.beside.clone(), ..given(Some("prod")) };
        let opened = open(Format::Sfdmu, &written.text, &given).unwrap();
        prop_assert_eq!(&opened.integration.steps, &integration.steps);
        prop_assert_eq!(&opened.left_out, &[]);
        // And again with the original beside it.
        let again = write(&opened.integration, Format::Sfdmu);
        let (again, first): (Value, Value) = (serde_json::from_str(&again.text).unwrap(), serde_json::from_str(&written.text).unwrap());
        prop_assert_eq!(again, first);
    }

    #[test]
    fn any_text_can_be_opened_and_written(
        keys in prop::collection::vec(("(query|operation|externalId|fieldMapping|mockFields|master|excludedFields|[a-z]{1,4})", any::<u8>()), 0..6),
        raw in "\\PC{0,60}",
    ) {
        let value = |kind: u8| match kind % 7 {
            0 => json!(null),
            1 => json!(raw),
            2 => json!(["Name", 3, {"sourceField": raw}]),
            3 => json!({"a": raw}),
            4 => json!(true),
            5 => json!(format!("SELECT Name, {raw} FROM Account {raw}")),
            _ => json!("Upsert"),
        };
        let object: serde_json::Map<String, Value> = keys.into_iter().map(|(key, kind)| (key, value(kind))).collect();
        let file = json!({ "objects": [object], "x": raw });
        let opened = open(Format::Sfdmu, &file.to_string(), &Given::default()).unwrap();
        let written = write(&opened.integration, Format::Sfdmu);
        prop_assert_eq!(serde_json::from_str::<Value>(&written.text).unwrap(), file);
        let _nothing = super::open(&raw, &Given::default()).is_ok();
    }
}

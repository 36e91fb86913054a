use super::super::{Format, Given, open, write};
use super::*;
use crate::connect::{Api, Operation};
use crate::integration::{Find, Options, Step};
use crate::mapping::{Expression, Lookup, Mapping, NoneFound, Rule, SeveralFound, ValueMap, Write};
use proptest::prelude::*;
use serde_json::{Value, json};

const MAPPING: &str = include_str!("../../../../tests/fixtures/exchange/cumulusci/mapping.yml");

fn given() -> Given {
    Given { name: "dataset".into(), org: "target".into(), ..Given::default() }
}

fn read(text: &str) -> Opened {
    open(Format::CumulusCi, text, &given()).unwrap()
}

fn rule<'a>(step: &'a Step, target: &str) -> &'a Rule {
    step.mapping.rule(target).unwrap_or_else(|| panic!("no rule for {target}: {:?}", step.mapping))
}

#[test]
fn a_file_as_people_write_it_becomes_steps() {
    let opened = read(MAPPING);
    let steps = &opened.integration.steps;
    let sentences: Vec<_> = steps.iter().map(Step::sentence).collect();
    assert_eq!(
        sentences,
        [
            "Insert Product2 from Product2.csv",
            "Upsert Account by ERP_Id__c from accounts.csv",
            "Insert Contact from contacts.csv",
            "Insert Task from tasks.csv",
        ]
    );
    let account = &steps[1];
    assert_eq!((account.options.api, account.options.rows_per_call), (Some(Api::Rest), 100));
    assert_eq!(rule(account, "ERP_Id__c").from, Expression::Column("id".into()));
    assert_eq!(rule(account, "Active__c").from, Expression::Constant("true".into()));
    let link = rule(&steps[2], "AccountId");
    assert_eq!(link.from, Expression::Column("account_id".into()));
    let lookup = link.lookup.as_ref().unwrap();
    assert_eq!((lookup.object.as_str(), lookup.by.as_str()), ("Account", "ERP_Id__c"));
    let kind = rule(&steps[2], "RecordTypeId");
    assert_eq!(kind.from, Expression::Constant("Person".into()));
    assert_eq!(rule(&steps[3], "WhatId").lookup.as_ref().unwrap().by, "Phone");

    let said: Vec<_> = opened.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "Upsert Accounts.filters: rows of the table are not filtered: every row of the CSV file is taken",
            "Insert Contacts.bulk_mode: Bulk API 2.0 runs its batches as it sees fit",
            "Insert Contacts.anchor_date: dates are loaded as they stand, not moved to today",
            "Insert Contacts.lookups.ReportsToId: the link is left out: rows of contacts are known by id, which no field of \
             Contact keeps: map it to an external id there",
            "Insert Tasks.lookups.WhoId: the link is left out: it leads to several tables",
            "Pick Assets.action: no step does what select says; the step is left out",
        ]
    );
}

#[test]
fn what_was_not_changed_is_written_as_it_was() {
    let opened = read(MAPPING);
    let kept = Integration::from_file(&opened.integration.to_file()).unwrap();
    assert_eq!(kept, opened.integration);
    let written = write(&kept, Format::CumulusCi);
    assert_eq!(written.left_out, []);
    assert_eq!(yaml::read(&written.text).unwrap(), yaml::read(MAPPING).unwrap());
}

#[test]
fn a_change_changes_only_its_own_words() {
    let mut integration = read(MAPPING).integration;
    integration.steps[2].mapping.set("Title", Expression::Column("title".into()));
    integration.steps[2].mapping.remove("RecordTypeId");
    integration.steps[1].mapping.set("Site", Expression::Formula("UPPER(name)".into()));
    let mut again = integration.steps[0].clone();
    again.source.file_mut().unwrap().path = "/elsewhere/more.csv".into();
    integration.steps.insert(1, again);
    let written = write(&integration, Format::CumulusCi);
    let file = yaml::read(&written.text).unwrap();
    let names: Vec<_> = file.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["Insert Products", "Insert Product2", "Upsert Accounts", "Insert Contacts", "Insert Tasks", "Pick Assets"]
    );
    assert_eq!(file["Insert Product2"]["table"], "more");
    let contacts = &file["Insert Contacts"];
    assert_eq!(contacts["fields"]["Title"], "title");
    assert_eq!(contacts["record_type"], Value::Null);
    assert_eq!(contacts["lookups"]["ReportsToId"]["key_field"], "manager_id");
    assert_eq!(contacts["bulk_mode"], "Serial");
    let said: Vec<_> = written.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["Account, step 3, Site: CumulusCI has no formulas: compute the value in the table"]);
}

#[test]
fn what_cumulusci_cannot_say_is_listed() {
    let text = "A: {sf_object: Account, fields: [Name]}\nC: {sf_object: Contact, fields: [LastName]}";
    let mut integration = read(text).integration;
    integration.foreign = None;
    let step = &mut integration.steps[1];
    step.operation = Operation::Update;
    step.find = Find::Match(vec!["LastName".into()]);
    step.options = Options { all_or_none: true, ..Options::default() };
    step.mapping.rules.extend([
        Rule::new("Account.Name", Expression::Column("account".into())),
        Rule::new("Account.ERP_Id__c", Expression::Column("erp".into())),
        Rule {
            map: Some(ValueMap::default()),
            write: Write::OnCreate,
            ..Rule::new("Title", Expression::Column("t".into()))
        },
    ]);
    let written = write(&integration, Format::CumulusCi);
    assert_eq!(
        yaml::read(&written.text).unwrap(),
        json!({
            "Insert Account": { "sf_object": "Account", "action": "insert", "fields": { "Name": "Name" } },
            "Update Contact": {
                "sf_object": "Contact", "action": "update", "fields": { "LastName": "LastName", "Title": "t" },
                "lookups": { "AccountId": { "table": "Account", "key_field": "account", "value_field": "Name" } },
            },
        })
    );
    let said: Vec<_> = written.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "Contact, step 2: CumulusCI updates and deletes records by their id only",
            "Contact, step 2, Account.ERP_Id__c: CumulusCI looks up rows of its own tables, and no step loads Account with \
             ERP_Id__c from a column",
            "Contact, step 2, Title: the value map is not said: translate the values in the table",
            "Contact, step 2, Title: when the field is written is not said",
            "Contact, step 2: options beyond the API and the rows of a call are not said",
        ]
    );
}

#[test]
fn a_file_that_is_none_says_so_and_bombs_do_not_go_off() {
    let bomb: String =
        std::iter::once("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned())
            .chain((1..30).map(|n| {
                format!("a{n}: &a{n} [*a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}]\n", n - 1)
            }))
            .collect();
    for (text, place) in [
        ("A:\n  sf_object: Account\n  fields: [Name\nB: 1\n", "line"),
        ("A:\n  sf_object: Account\n  sf_object: Contact\n", "line 3"),
        ("- a\n- b\n", "named steps"),
        ("just text", "named steps"),
        ("A: 1\n", "no step"),
        ("", "named steps"),
        (bomb.as_str(), "line"),
        (&"[".repeat(100_000), "line"),
        (&"a: ".repeat(10_000), "line"),
        ("A: {sf_object: Account}\n---\nB: {sf_object: Contact}\n", "document"),
    ] {
        let error = super::open(text, &given()).unwrap_err().to_string();
        assert!(error.contains(place), "{}: {error}", &text[..text.len().min(60)]);
        assert!(error.len() < 300 && !error.contains('\n'), "{error}");
    }
}

fn a_step(object: &'static str) -> impl Strategy<Value = Step> {
    let fields = prop::collection::btree_map("[A-D][a-d]{1,3}(__c)?", "[a-z: #\"'äyn0-9-]{0,5}[a-z]", 1..5);
    (0..4_usize, fields, "([a-z]{0,6}|true|no|07|- x: |#)", any::<bool>(), 1..201_u16).prop_map(
        move |(operation, fields, constant, linked, rows)| {
            let operation = [Operation::Insert, Operation::Update, Operation::Upsert, Operation::Delete][operation];
            let mut rules: Vec<Rule> = Vec::new();
            for (field, column) in fields {
                // Of two fields that keep the number of a row, either may be looked up by.
                let column = if column == "id" { "id 2".to_owned() } else { column };
                rules.push(Rule::new(field, Expression::Column(column)));
            }
            let find = match (operation, rules.len()) {
                (Operation::Upsert, 1) => Find::ExternalId(rules[0].target.clone()),
                (Operation::Upsert, _) => Find::Match(vec![rules[0].target.clone(), rules[1].target.clone()]),
                _ => Find::Id,
            };
            if matches!(operation, Operation::Update | Operation::Delete) {
                rules.insert(0, Rule::new("Id", Expression::Column("record id".into())));
            }
            if linked && object == "Contact" {
                let mut link = Rule::new("AccountId", Expression::Column("acc".into()));
                link.lookup = Some(Lookup {
                    object: "Account".into(),
                    by: "Key__c".into(),
                    also: vec![],
                    none: NoneFound::Reject,
                    several: Some(SeveralFound::Reject),
                });
                rules.push(link);
            }
            if object == "Account" {
                rules.push(Rule::new("Key__c", Expression::Column("id".into())));
            }
            rules.sort_by_key(|rule| rule.lookup.is_some());
            rules.push(Rule::new("Type", Expression::Constant(constant)));
            Step {
                source: serde_json::from_value(json!({ "path": format!("{}.csv", object.to_lowercase()), "csv": {} }))
                    .unwrap(),
                org: "target".into(),
                into: None,
                object: object.into(),
                operation,
                find,
                mapping: Mapping { rules },
                options: Options { rows_per_call: rows, ..Options::default() },
                sync: None,
                seen: None,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_can_be_said_is_read_back(account in a_step("Account"), contact in a_step("Contact")) {
        let integration = Integration { steps: vec![account, contact], ..Integration::new("dataset") };
        let written = write(&integration, Format::CumulusCi);
        prop_assert_eq!(&written.left_out, &[]);
        let opened = open(Format::CumulusCi, &written.text, &given()).unwrap();
        prop_assert_eq!(&opened.integration.steps, &integration.steps);
        prop_assert_eq!(&opened.left_out, &[]);
        prop_assert_eq!(write(&opened.integration, Format::CumulusCi).text, written.text);
    }

    #[test]
    fn any_text_can_be_opened_and_written(text in "(A:\n  sf_object: B\n)?(  (fields|lookups|static|update_key|batch_size|table): [\\PC]{0,20}\n){0,3}\\PC{0,40}") {
        if let Ok(opened) = super::open(&text, &given()) {
            let written = write(&opened.integration, Format::CumulusCi);
            prop_assert_eq!(yaml::read(&written.text).unwrap(), yaml::read(&text).unwrap());
        }
    }

    #[test]
    fn any_tree_comes_back_through_yaml(texts in prop::collection::vec(("\\PC{1,12}", "[\\PC\n]{0,20}"), 0..5)) {
        let map: serde_json::Map<String, Value> = texts.into_iter().map(|(key, value)| (key, value.into())).collect();
        let tree = json!({ "a": map, "list": [1, true, null, "yes", "1.0", "2020-07-01", ""] });
        prop_assert_eq!(yaml::read(&yaml::write(&tree)).unwrap(), tree);
    }
}

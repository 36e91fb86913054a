//! Rows through rules: policies, maps, lookups, persons.

use super::*;
use crate::mapping::{MappedCell, Table, no_links};
use crate::record::{BatchBuilder, Field, Kind};

fn field(name: &str, kind: Kind) -> Field {
    Field {
        name: name.into(),
        label: name.into(),
        kind,
        length: 10,
        createable: true,
        updateable: true,
        filterable: true,
        ..Field::default()
    }
}

fn account() -> TargetShape {
    let owner = Field {
        relationship: Some("Owner".into()),
        reference_to: vec!["User".into()],
        ..field("OwnerId", Kind::Reference)
    };
    let object = Schema {
        name: "Account".into(),
        fields: vec![
            field("Name", Kind::Text),
            field("LastName", Kind::Text),
            field("FirstName", Kind::Text),
            field("IsPersonAccount", Kind::Boolean),
            field("Limit__c", Kind::Number),
            owner,
        ],
        ..Schema::default()
    };
    let user = Schema {
        name: "User".into(),
        label_plural: "Users".into(),
        fields: vec![field("Name", Kind::Text), Field { unique: true, ..field("Username", Kind::Text) }],
        ..Schema::default()
    };
    TargetShape { object, parents: [("User".to_owned(), user)].into() }
}

fn compiled(rules: &str, reading: &Reading) -> Result<Mapper, Vec<MappingProblem>> {
    let source =
        Schema { name: "x.csv".into(), fields: ["A", "B", "C"].map(Field::column).into(), ..Schema::default() };
    let mapping: Mapping = serde_json::from_str(rules).unwrap();
    Mapper::compile(&mapping, &source, &account(), reading)
}

/// What becomes of a row: for each rule its value, `-` for keep, `clear`, or `!` and the code of a rejection.
fn row(mapper: &Mapper, cells: [&str; 3], links: &Links<'_>) -> Vec<String> {
    let mut batch = BatchBuilder::new(1, 3);
    cells.iter().for_each(|cell| batch.cell(cell));
    batch.end_row(2, None);
    let (batch, mut mapped, mut wrong) = (batch.finish(), Mapped::default(), Vec::new());
    mapper.map(batch.row(0).unwrap(), links, &mut mapped, |cell, rejection| wrong.push((cell, rejection.code)));
    let told = |cell: usize| match (wrong.iter().find(|(at, _)| *at == cell), mapped.cell(cell)) {
        (Some((_, code)), _) => format!("!{code}"),
        (None, MappedCell::Keep) => "-".to_owned(),
        (None, MappedCell::Clear) => "clear".to_owned(),
        (None, MappedCell::Value(value)) => value.to_owned(),
    };
    (0..mapped.len()).map(told).collect()
}

fn once(rules: &str, cells: [&str; 3]) -> Vec<String> {
    row(&compiled(rules, &Reading::default()).unwrap(), cells, &no_links)
}

#[test]
fn blanks_and_long_texts_meet_their_policies() {
    let rule = |more: &str| format!(r#"[{{"target":"Name","column":"A"{more}}}]"#);
    assert_eq!(once(&rule(""), [" ", "", ""]), ["-"]);
    assert_eq!(once(&rule(r#","blank":"clear""#), ["", "", ""]), ["clear"]);
    assert_eq!(once(&rule(r#","blank":{"default":"none"}"#), ["", "", ""]), ["none"]);
    assert_eq!(once(&rule(""), ["12345678901", "", ""]), ["!too_long"]);
    assert_eq!(once(&rule(r#","too_long":"trim""#), ["123456789 1", "", ""]), ["123456789"]);
    assert_eq!(once(&rule(r#","too_long":"trim""#), ["12345678😀x", "", ""]), ["12345678😀"], "a pair is not cut");
    assert_eq!(once(&rule(r#","too_long":"trim""#), ["123456789😀", "", ""]), ["123456789"]);
}

#[test]
fn what_no_field_takes_is_held() {
    let rules =
        r#"[{"target":"Name","column":"A"},{"target":"LastName","column":"B"},{"target":"Limit__c","column":"C"}]"#;
    assert_eq!(once(rules, ["a\0b", "", "1"]), ["!nul_character", "-", "1"]);
    assert_eq!(once(rules, ["a", "b", "1x"])[2], "!wrong_kind");
}

#[test]
fn the_clear_mark_empties_unless_it_is_text() {
    let rules = r#"[{"target":"Name","column":"A"}]"#;
    assert_eq!(once(rules, ["#N/A", "", ""]), ["clear"]);
    let reading = Reading { clear_mark: false, ..Reading::default() };
    assert_eq!(row(&compiled(rules, &reading).unwrap(), ["#N/A", "", ""], &no_links), ["#N/A"]);
}

#[test]
fn values_are_translated_before_they_are_converted() {
    let rules = r#"[{"target":"Limit__c","column":"A","map":{"rows":[["viel","1000"]],"otherwise":"keep"}},
                    {"target":"Name","column":"B","map":{"table":"Names","otherwise":"reject"}}]"#;
    let names = Table {
        name: "names".into(),
        columns: vec!["from".into(), "to".into()],
        rows: vec![vec!["x".into(), "Xaver".into()]],
    };
    let reading = Reading { tables: vec![names], ..Reading::default() };
    let mapper = compiled(rules, &reading).unwrap();
    assert_eq!(row(&mapper, ["viel", "X", ""], &no_links), ["1000", "Xaver"]);
    assert_eq!(row(&mapper, ["7.50", "y", ""], &no_links), ["7.5", "!not_in_map"]);
    let problems = compiled(rules, &Reading::default()).unwrap_err();
    assert_eq!((problems[0].part, problems[0].message.as_str()), (Part::Map, "the integration has no table Names"));
}

#[test]
fn a_lookup_takes_the_record_that_was_found() {
    let rules = r#"[{"target":"OwnerId","column":"A","lookup":{"object":"User","by":"Username"},"blank":"clear"}]"#;
    let mapper = compiled(rules, &Reading::default()).unwrap();
    let found = |_: usize| Some("005000000000001AAA");
    assert_eq!(row(&mapper, ["ada@x", "", ""], &found), ["005000000000001AAA"]);
    assert_eq!(row(&mapper, ["", "", ""], &found), ["clear"], "nothing is looked up for a blank");
    assert_eq!(row(&mapper, ["ada@x", "", ""], &|_| Some("")), ["clear"], "found nothing, which counts as blank");
    assert_eq!(row(&mapper, ["ada@x", "", ""], &no_links), ["-"]);
}

#[test]
fn a_lookup_by_a_field_that_is_not_unique_must_say_what_then() {
    let problems =
        compiled(r#"[{"target":"OwnerId","column":"A","lookup":{"object":"User","by":"Name"}}]"#, &Reading::default());
    let problems = problems.unwrap_err();
    assert_eq!(problems[0].message, "several Users may have the same Name");
    assert!(matches!(problems[0].repair, Some(Repair::Several { .. })));
    for (rule, wanted) in [
        (r#"{"target":"OwnerId","column":"A","lookup":{"object":"User","by":"Nme"}}"#, "User has no field Nme"),
        (
            r#"{"target":"OwnerId","column":"A","lookup":{"object":"Group","by":"Name"}}"#,
            "OwnerId does not lead to Group",
        ),
        (
            r#"{"target":"Name","column":"A","lookup":{"object":"User","by":"Username"}}"#,
            "Name takes no record id, so that a lookup makes no sense",
        ),
    ] {
        let problems = compiled(&format!("[{rule}]"), &Reading::default()).unwrap_err();
        assert_eq!((problems[0].part, problems[0].message.as_str()), (Part::Lookup, wanted));
    }
}

#[test]
fn a_path_that_salesforce_does_not_resolve_can_be_looked_up() {
    let problems = compiled(r#"[{"target":"Owner.Name","column":"A"}]"#, &Reading::default()).unwrap_err();
    assert_eq!(problems[0].message, "Salesforce finds no User by Name itself");
    let Some(Repair::LookUp { to, lookup, .. }) = &problems[0].repair else { panic!("{problems:?}") };
    assert_eq!((to.as_str(), lookup.object.as_str(), lookup.by.as_str()), ("OwnerId", "User", "Name"));
}

#[test]
fn a_person_has_a_last_name_and_a_company_a_name() {
    let rules =
        r#"[{"target":"Name","column":"A"},{"target":"LastName","column":"B"},{"target":"FirstName","column":"C"}]"#;
    assert_eq!(once(rules, ["Acme", "Lovelace", "Ada"]), ["-", "Lovelace", "Ada"]);
    assert_eq!(once(rules, ["Acme", "", "Ada"]), ["Acme", "-", "-"]);
}

#[test]
fn every_mistake_comes_back_at_once_with_its_repair() {
    let problems = compiled(
        r#"[{"target":"Nam","column":"A"},{"target":"Name","column":"AA"},{"target":"Limit__c","column":"B"},
            {"target":"Limit__c","column":"C"},{"target":"LastName","column":"A","map":{"rows":[["a","1"],["A","2"]]}}]"#,
        &Reading::default(),
    );
    let told: Vec<_> = problems.unwrap_err().into_iter().map(|problem| (problem.message, problem.repair)).collect();
    let repairs: Vec<_> = told.iter().map(|(_, repair)| repair.as_ref().map(Repair::label)).collect();
    assert_eq!(told[0].0, "Account has no field Nam");
    assert_eq!(told[1].0, "x.csv has no column AA");
    assert_eq!(told[2].0, "Limit__c is mapped twice");
    assert_eq!(told[3].0, "the value map lists \"A\" twice, as \"1\" and as \"2\"");
    assert_eq!(repairs[0].as_deref(), Some("Set Name instead"));
    assert_eq!(repairs[2].as_deref(), Some("Remove the rule for Limit__c"));
}

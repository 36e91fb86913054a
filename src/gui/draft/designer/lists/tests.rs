use super::*;
use crate::integration::Integration;

fn step(rules: &str) -> Step {
    let text = format!(
        r#"{{"linkspan":1,"name":"x","steps":[{{"source":{{"path":"a.csv","csv":{{}}}},"org":"practice","object":"Account",
        "operation":"insert","mapping":{rules}}}]}}"#
    );
    Integration::from_file(&text).unwrap().steps.remove(0)
}

fn account() -> Schema {
    let closed = Field { createable: false, updateable: false, ..Field::column("Score") };
    let name = Field { required: true, ..Field::column("Name") };
    let fields = vec![Field::column("Phone"), closed, Field::column("Tier__c"), name, Field::column("City")];
    Schema { name: "Account".to_owned(), fields, ..Schema::default() }
}

fn shown(lists: &Lists) -> Vec<String> {
    let word = |line: &Line| match line {
        Line::Head(group, count) => format!("{} {count}", group.label()),
        Line::Field(at) => lists.targets[*at].path.clone(),
    };
    lists.lines.iter().map(word).collect()
}

const RULES: &str = r#"[{"target":"City","column":"town"},{"target":"Owner.Username","column":"who"},
    {"target":"Name","formula":"first & {!last name} & \"town\""},{"target":"Tier__c","constant":"A"}]"#;

#[test]
fn fields_stand_in_groups_and_wires_lead_to_them() {
    let columns = ["first", "last name", "town"].map(Field::column);
    let step = step(RULES);
    let object = account();
    let arranged = ["city".to_owned()].into();
    let mut narrow = Narrow { arranged, ..Narrow::default() };
    let lists = Lists::build(&step, None, &columns, Some(&object), &Found::default(), &narrow);
    let all = [
        "Required and keys 1",
        "Name",
        "Mapped 1",
        "City",
        "Found by a field of the parent 1",
        "Owner.Username",
        "Standard fields 1",
        "Phone",
        "Custom fields 1",
        "Tier__c",
        "Cannot be written 1",
        "Score",
    ];
    assert_eq!(shown(&lists), all);
    let wires: Vec<_> = lists
        .wires
        .iter()
        .map(|wire| (lists.columns[wire.column].name.as_str(), lists.targets[wire.target].path.as_str()))
        .collect();
    assert_eq!(
        wires,
        [("first", "Name"), ("last name", "Name"), ("town", "City"), ("who", "Owner.Username")],
        "a column that the file lost keeps its wire"
    );
    assert_eq!((lists.required, lists.mapped, lists.used), ((1, 1), (5, 4), 3));
    assert_eq!(lists.targets[2].node, Some(Node::Constant("A".to_owned())));

    narrow.chip = Chip::Unmapped;
    let lists = Lists::build(&step, None, &columns, Some(&object), &Found::default(), &narrow);
    assert_eq!(shown(&lists), ["Standard fields 1", "Phone"]);
    narrow.chip = Chip::All;
    narrow.targets = "ow na".to_owned();
    let lists = Lists::build(&step, None, &columns, Some(&object), &Found::default(), &narrow);
    assert_eq!(shown(&lists), ["Found by a field of the parent 1", "Owner.Username"]);
}

#[test]
fn what_changed_since_it_was_stored_is_known() {
    let before = step(RULES);
    let mut after = before.clone();
    edit::connect(&mut after, "first", "Phone");
    edit::disconnect(&mut after, ["City"]);
    let narrow = Narrow { chip: Chip::Changed, ..Narrow::default() };
    let columns = [Field::column("first")];
    let lists = Lists::build(&after, Some(&before.mapping), &columns, Some(&account()), &Found::default(), &narrow);
    assert_eq!(shown(&lists), ["Standard fields 2", "City", "Phone"]);
}

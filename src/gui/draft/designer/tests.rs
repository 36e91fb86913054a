use super::*;
use crate::mapping::Expression;

fn draft() -> DesignerDraft {
    let text = r#"{"linkspan":1,"name":"x","steps":[{"source":{"path":"a.csv","csv":{}},"org":"practice","object":"Account",
        "operation":"insert","mapping":[]}]}"#;
    let integration = Arc::new(Integration::from_file(text).unwrap());
    let mut draft = DesignerDraft::default();
    draft.replace(Some(IntegrationId(1)), integration.clone(), Some(integration));
    draft
}

fn targets(draft: &DesignerDraft) -> Vec<&str> {
    draft.at().unwrap().mapping.rules.iter().map(|rule| rule.target.as_str()).collect()
}

#[test]
fn every_change_is_taken_back_and_done_again() {
    let mut draft = draft();
    assert!(!draft.unsaved());
    draft.connect("a", "Name", egui::Pos2::ZERO);
    draft.connect("b", "Phone", egui::Pos2::ZERO);
    assert!(draft.unsaved());
    assert_eq!(draft.undoes(), Some("Map Phone"));
    draft.undo();
    draft.undo();
    assert!(targets(&draft).is_empty() && !draft.unsaved());
    draft.redo();
    assert_eq!(targets(&draft), ["Name"]);
    assert_eq!(draft.redoes(), Some("Map Phone"));
    draft.connect("c", "Fax", egui::Pos2::ZERO);
    assert_eq!(draft.redoes(), None, "a new change ends what could be done again");
    draft.change("Nothing", |_| {});
    assert_eq!(draft.undoes(), Some("Map Fax"));
}

#[test]
fn a_stretch_of_typing_is_taken_back_as_one() {
    let mut draft = draft();
    for text in ["U", "UP", "UPPER(a)"] {
        let from = Expression::Formula(text.to_owned());
        draft.type_step("Formula of Name", "Name", |step| step.mapping.set("Name", from));
    }
    draft.end_stretch();
    draft.type_step("Formula of Name", "Name", |step| step.mapping.set("Name", Expression::Formula("a".to_owned())));
    draft.undo();
    assert_eq!(draft.at().unwrap().mapping.rules[0].from, Expression::Formula("UPPER(a)".to_owned()));
    draft.undo();
    assert!(targets(&draft).is_empty());
}

#[test]
fn a_drop_on_a_taken_field_asks_and_changes_nothing() {
    let mut draft = draft();
    draft.connect("a", "Name", egui::Pos2::ZERO);
    draft.connect("a", "Name", egui::Pos2::ZERO);
    assert_eq!(draft.hand.taken, None, "it goes there already");
    draft.connect("b", "Name", egui::Pos2::ZERO);
    assert!(draft.hand.taken.is_some());
    assert_eq!(draft.at().unwrap().mapping.rules[0].from, Expression::Column("a".to_owned()));
}

#[test]
fn what_is_chosen_is_disconnected_in_one_change() {
    let mut draft = draft();
    for (column, target) in [("a", "Name"), ("b", "Phone"), ("c", "Fax")] {
        draft.connect(column, target, egui::Pos2::ZERO);
    }
    draft.hand.choose_field("Name");
    draft.hand.toggle_field("Fax");
    draft.disconnect_chosen();
    assert_eq!(targets(&draft), ["Phone"]);
    assert_eq!(draft.undoes(), Some("Disconnect 2 fields"));
    draft.undo();
    assert_eq!(targets(&draft), ["Name", "Phone", "Fax"]);
}

#[test]
fn what_is_not_saved_stays_when_another_integration_comes() {
    let mut draft = draft();
    draft.connect("a", "Name", egui::Pos2::ZERO);
    let mut state = State::default();
    let other = Arc::new(Integration { name: "other".to_owned(), ..draft.integration().clone() });
    state.design.apply(crate::gui::Told::Opened(IntegrationId(2), Ok(other)));
    assert!(draft.follow(&state, &mut Outbox::default()));
    assert_eq!((draft.instead, targets(&draft)), (Some(IntegrationId(2)), vec!["Name"]));
}

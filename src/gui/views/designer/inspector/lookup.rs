//! Turning a value, the key of another record, into that record's id.

use super::from::hint_ui;
use super::{change, part_ui};
use crate::gui::draft::Draft;
use crate::gui::draft::designer::TargetRow;
use crate::gui::parts::{self, PickItem, Picker, Press};
use crate::gui::state::State;
use crate::gui::theme::{Meaning, icon};
use crate::mapping::{Condition, Expression, Lookup, NoneFound, Rule, SeveralFound};
use crate::record::{Kind, Schema};
use egui::{Id, Margin, TextEdit, Ui};
use std::sync::Arc;

const NONE: [(NoneFound, &str, &str); 2] = [
    (NoneFound::Reject, "reject", "Keeps the row from being sent"),
    (NoneFound::Blank, "blank", "Counts as a blank value"),
];

const SEVERAL: [(SeveralFound, &str, &str); 3] = [
    (SeveralFound::Reject, "reject", "Keep the row from being sent"),
    (SeveralFound::Blank, "blank", "Count as a blank value"),
    (SeveralFound::First, "first", "The one that was made first is taken"),
];

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, row: &TargetRow, rule: &Rule) {
    let Some(field) = &row.field else { return };
    let takes_id = matches!(field.kind, Kind::Reference | Kind::Id);
    if !takes_id && rule.lookup.is_none() {
        return;
    }
    part_ui(ui, "Find the record");
    let Some(lookup) = &rule.lookup else {
        hint_ui(ui, "The value is a record id. If it is a key of the other record, say by which field it is found:");
        parents_ui(ui, state, draft, row, rule);
        if Press::new("Look the record up").icon(icon::SEARCH).low().ui(ui).clicked() {
            let object = field.reference_to.first().cloned().unwrap_or_default();
            let lookup =
                Lookup { object, by: "Name".to_owned(), also: Vec::new(), none: NoneFound::Reject, several: None };
            change(draft, rule, "Lookup", None, |rule| rule.lookup = Some(lookup));
        }
        return;
    };
    let org = draft.designer.at().map(|step| step.org.clone()).unwrap_or_default();
    let wide = ui.available_width().min(300.0);
    let objects = || field.reference_to.iter().map(|name| PickItem::new(name, name)).collect();
    let picker = Picker::new(Id::unique(("lookup object", &row.path)), "Object looked up", &lookup.object);
    if let Some(object) = picker.icon(icon::DATABASE).width(wide).ui(ui, objects) {
        edit(draft, rule, |lookup| lookup.object = object);
    }
    let described = state.describe(&org, &lookup.object).and_then(|fact| fact.here());
    let object = described.map(|described| described.schema.clone());
    let fields = || searchable(state, &org, object.as_ref());
    by_ui(ui, draft, rule, lookup, object.as_ref(), wide, fields);
    conditions_ui(ui, draft, rule, lookup, fields);
    part_ui(ui, "If no record has it");
    let shown = NONE.iter().find(|(none, ..)| *none == lookup.none).map_or("", |(.., words)| words);
    let items = || NONE.iter().map(|(_, key, words)| PickItem::new(*key, *words)).collect();
    let picker = Picker::new(Id::unique(("lookup none", &row.path)), "If no record has it", shown).width(wide);
    if let Some((none, ..)) = picker.ui(ui, items).and_then(|chosen| NONE.iter().find(|(_, key, _)| *key == chosen)) {
        edit(draft, rule, |lookup| lookup.none = *none);
    }
    let unique = object.as_ref().and_then(|object| object.field(&lookup.by)).is_some_and(is_unique);
    part_ui(
        ui,
        if unique && lookup.also.is_empty() { "If several have it (they cannot)" } else { "If several have it" },
    );
    let shown = lookup.several.and_then(|several| SEVERAL.iter().find(|(it, ..)| *it == several));
    let shown = shown.map_or("", |(.., words)| words);
    let items = || SEVERAL.iter().map(|(_, key, words)| PickItem::new(*key, *words)).collect();
    let picker = Picker::new(Id::unique(("lookup several", &row.path)), "If several have it", shown).width(wide);
    let picker = picker.hint("Must be said").warn(lookup.several.is_none() && !unique);
    if let Some((several, ..)) = picker.ui(ui, items).and_then(|it| SEVERAL.iter().find(|(_, key, _)| *key == it)) {
        edit(draft, rule, |lookup| lookup.several = Some(*several));
    }
    if Press::new("Remove the lookup").icon(icon::X).low().quiet().ui(ui).clicked() {
        change(draft, rule, "Lookup", None, |rule| rule.lookup = None);
    }
}

/// Fields of the parents by which Salesforce finds records itself: the rule then sets `Owner.Username`.
fn parents_ui(ui: &mut Ui, state: &State, draft: &mut Draft, row: &TargetRow, rule: &Rule) {
    let Some(field) = &row.field else { return };
    let (Some(relationship), Some(step)) = (&field.relationship, draft.designer.at()) else { return };
    let org = step.org.clone();
    let several = field.reference_to.len() > 1;
    let mut items = Vec::new();
    for parent in &field.reference_to {
        let Some(described) = state.describe(&org, parent).and_then(|fact| fact.here()) else { continue };
        let keys = described.schema.fields.iter().filter(|field| field.finds_records() && field.kind != Kind::Id);
        items.extend(keys.map(|key| {
            let object = if several { format!("{parent}:") } else { String::new() };
            let path = format!("{object}{relationship}.{}", key.name);
            PickItem::new(&path, &key.label).detail(&path).tag(if key.unique { "unique" } else { "" })
        }));
    }
    if items.is_empty() {
        return;
    }
    let name = format!("Field by which Salesforce finds the record of {}", row.path);
    let picker = Picker::new(Id::unique(("parent", &row.path)), &name, "").hint("Salesforce finds it by…");
    if let Some(path) = picker.list_width(420.0).width(ui.available_width().min(300.0)).ui(ui, || items) {
        let old = rule.target.clone();
        draft.designer.change_step(format!("Find {old} by {path}"), |step| {
            crate::gui::draft::designer::edit::retarget(step, &old, &path);
        });
        draft.designer.hand.choose_field(&path);
        draft.designer.hand.reveal_field = true;
    }
}

fn edit(draft: &mut Draft, rule: &Rule, with: impl FnOnce(&mut Lookup)) {
    change(draft, rule, "Lookup", None, |rule| {
        if let Some(lookup) = &mut rule.lookup {
            with(lookup);
        }
    });
}

fn is_unique(field: &crate::record::Field) -> bool {
    field.unique || field.kind == Kind::Id
}

/// The fields of an object by which its records can be searched, those that are unique first, and then keys and names of its
/// parents, by path.
fn searchable(state: &State, org: &str, object: Option<&Arc<Schema>>) -> Vec<PickItem> {
    let Some(object) = object else { return Vec::new() };
    let mut fields: Vec<_> = object.fields.iter().filter(|field| field.filterable).collect();
    fields.sort_by_key(|field| (!is_unique(field), !field.external_id, field.label.to_lowercase()));
    let tag = |field: &crate::record::Field| match () {
        () if is_unique(field) => "unique",
        () if field.external_id => "external id",
        () => "",
    };
    let own = fields.iter().map(|field| PickItem::new(&field.name, &field.label).detail(&field.name).tag(tag(field)));
    let mut items: Vec<_> = own.collect();
    for field in &object.fields {
        let (Some(relationship), [parent]) = (&field.relationship, field.reference_to.as_slice()) else { continue };
        let Some(described) = state.describe(org, parent).and_then(|fact| fact.here()) else { continue };
        let of_parent = described.schema.fields.iter().filter(|field| field.filterable && field.kind != Kind::Id);
        items.extend(of_parent.filter(|field| field.finds_records() || field.name == "Name").map(|field| {
            let path = format!("{relationship}.{}", field.name);
            PickItem::new(&path, &field.label).detail(&path).tag(&described.schema.label)
        }));
    }
    items
}

fn by_ui(
    ui: &mut Ui,
    draft: &mut Draft,
    rule: &Rule,
    lookup: &Lookup,
    object: Option<&Arc<Schema>>,
    wide: f32,
    fields: impl Fn() -> Vec<PickItem>,
) {
    part_ui(ui, "By its field");
    let known = object.and_then(|object| object.field(&lookup.by));
    let unknown = object.is_some() && known.is_none() && !lookup.by.contains('.');
    let picker = Picker::new(Id::unique(("lookup by", &rule.target)), "By its field", &lookup.by);
    if let Some(by) = picker.list_width(400.0).width(wide).warn(unknown).ui(ui, &fields) {
        edit(draft, rule, |lookup| lookup.by = by);
    }
    if let Some(field) = known
        && !is_unique(field)
    {
        parts::note_ui(ui, Meaning::Information, &format!("Several records may have the same {}", field.label));
    }
}

/// What else must be true of the record.
fn conditions_ui(ui: &mut Ui, draft: &mut Draft, rule: &Rule, lookup: &Lookup, fields: impl Fn() -> Vec<PickItem>) {
    if !lookup.also.is_empty() {
        part_ui(ui, "And");
    }
    for (at, condition) in lookup.also.iter().enumerate() {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let name = format!("Field of condition {}", at + 1);
            let picker = Picker::new(Id::unique(("lookup also", &rule.target, at)), &name, &condition.field);
            if let Some(field) = picker.hint("Field…").width(124.0).ui(ui, &fields) {
                edit(draft, rule, |lookup| lookup.also[at].field = field);
            }
            ui.label("=");
            let (Expression::Constant(text) | Expression::Column(text) | Expression::Formula(text)) = &condition.is;
            let mut text = text.clone();
            let wide = (ui.available_width() - 34.0).max(60.0);
            // With a name of its own it keeps the focus when a problem comes to be known above it.
            let edit_text = TextEdit::singleline(&mut text).id(Id::unique(("lookup is", &rule.target, at)));
            let edit_text = edit_text.desired_width(wide).margin(Margin::symmetric(8, 5));
            let response = ui.add(edit_text).accessible_name(format!("Value of condition {}", at + 1));
            if response.changed() {
                change(draft, rule, "Condition", Some(&format!("condition {at}")), |rule| {
                    let condition = rule.lookup.as_mut().and_then(|lookup| lookup.also.get_mut(at));
                    if let Some(condition) = condition {
                        condition.is = match condition.is {
                            Expression::Column(_) => Expression::Column(text),
                            Expression::Formula(_) => Expression::Formula(text),
                            Expression::Constant(_) => Expression::Constant(text),
                        };
                    }
                });
            }
            if response.lost_focus() {
                draft.designer.end_stretch();
            }
            if Press::icon_only(icon::X, &format!("Remove condition {}", at + 1)).low().ui(ui).clicked() {
                edit(draft, rule, |lookup| {
                    lookup.also.remove(at);
                });
            }
        });
    }
    if Press::new("Add a condition").icon(icon::PLUS).low().quiet().ui(ui).clicked() {
        let condition = Condition { field: String::new(), is: Expression::Constant(String::new()) };
        edit(draft, rule, |lookup| lookup.also.push(condition));
    }
}

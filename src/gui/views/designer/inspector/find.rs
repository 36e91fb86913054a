//! How the record of a row is found: by its id, by a key that Salesforce knows, or by several fields that must all agree.

use super::from::hint_ui;
use super::part_ui;
use crate::gui::draft::Draft;
use crate::gui::parts::{self, PickItem, Picker, Press};
use crate::gui::state::State;
use crate::gui::theme::{Meaning, icon};
use crate::integration::{Find, Step};
use crate::record::Schema;
use egui::{Id, Ui};
use std::sync::Arc;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, step: &Step, object: &Arc<Schema>) {
    part_ui(ui, "Records are found by");
    let fields = match &step.find {
        Find::Match(fields) => fields.clone(),
        find => return key_ui(ui, draft, find, object),
    };
    for (at, field) in fields.iter().enumerate() {
        field_ui(ui, state, draft, step, object, &fields, at, field);
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let items = || searchable(state, step, object, &fields);
        let picker = Picker::new(Id::unique("designer find more"), "Another field that must agree", "");
        if let Some(field) = picker.hint("And by…").list_width(420.0).width(170.0).ui(ui, items) {
            change(draft, Find::Match(fields.iter().cloned().chain([field]).collect()));
        }
        if Press::new("Find by one key").icon(icon::X).low().quiet().ui(ui).clicked() {
            let key = fields.iter().find(|path| object.field(path).is_some_and(|field| field.finds_records()));
            change(draft, key.map_or(Find::Id, |key| Find::ExternalId(key.clone())));
        }
    });
    let sentence = match fields.as_slice() {
        [] => "Choose the fields that say together which record a row is about".to_owned(),
        [one] => format!(
            "The record whose {one} is the row's, looked up before anything is sent. A row that finds several is held"
        ),
        all => format!(
            "The record in which {} all agree with the row, looked up before anything is sent. A row that finds several is held",
            all.join(", ")
        ),
    };
    hint_ui(ui, &sentence);
}

#[expect(clippy::too_many_arguments, reason = "one of several fields, and what it may become")]
fn field_ui(
    ui: &mut Ui,
    state: &State,
    draft: &mut Draft,
    step: &Step,
    object: &Arc<Schema>,
    fields: &[String],
    at: usize,
    field: &str,
) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let name = format!("Field {} that must agree", at + 1);
        let mapped = step.mapping.rule(field).is_some();
        let items = || searchable(state, step, object, fields);
        let picker = Picker::new(Id::unique(("designer find", at)), &name, field).list_width(420.0);
        let width = ui.available_width().min(300.0) - 32.0;
        if let Some(other) = picker.width(width).warn(!mapped).ui(ui, items) {
            let mut fields = fields.to_vec();
            fields[at] = other;
            change(draft, Find::Match(fields));
        }
        if Press::icon_only(icon::X, &format!("Do not find records by {field}")).low().ui(ui).clicked() {
            let mut fields = fields.to_vec();
            fields.remove(at);
            change(draft, Find::Match(fields));
        }
    });
    if step.mapping.rule(field).is_none() {
        parts::note_ui(ui, Meaning::Attention, &format!("Nothing is mapped to {field} yet"));
    }
}

/// What holds the id of a record, as people call it.
fn record_id(object: &Schema) -> String {
    if object.is_table() { format!("Key ({})", object.id_field()) } else { "Record id".to_owned() }
}

/// Record id, a key of Salesforce, or the beginning of several fields.
fn key_ui(ui: &mut Ui, draft: &mut Draft, find: &Find, object: &Arc<Schema>) {
    let shown = match find {
        Find::Id => record_id(object),
        Find::ExternalId(field) => field.clone(),
        Find::Match(fields) => fields.join(" and "),
    };
    let items = || {
        let id = PickItem::new("Id", record_id(object)).icon(icon::FINGERPRINT);
        if object.is_table() {
            // Any column will do, and none is better known than another.
            let columns = object.fields.iter().filter(|field| field.filterable);
            let columns = columns.map(|field| PickItem::new(format!("={}", field.name), &field.label));
            return std::iter::once(id).chain(columns).collect();
        }
        let mut items = vec![id];
        let keys = object.fields.iter().filter(|field| field.finds_records() && field.name != "Id");
        items.extend(keys.map(|field| {
            PickItem::new(&field.name, &field.label)
                .detail(&field.name)
                .icon(icon::KEY_ROUND)
                .tag("Salesforce finds it")
        }));
        let others = object.fields.iter().filter(|field| field.filterable && !field.finds_records());
        items.extend(others.map(|field| {
            PickItem::new(format!("={}", field.name), &field.label).detail(&field.name).tag("looked up beforehand")
        }));
        items
    };
    let picker = Picker::new(Id::unique("designer find"), "Records are found by", &shown).list_width(420.0);
    if let Some(chosen) = picker.width(ui.available_width().min(300.0)).ui(ui, items) {
        let find = match (chosen.as_str(), chosen.strip_prefix('=')) {
            ("Id", _) => Find::Id,
            (_, Some(field)) => Find::Match(vec![field.to_owned()]),
            (field, None) => Find::ExternalId(field.to_owned()),
        };
        change(draft, find);
    }
    hint_ui(
        ui,
        match find {
            Find::Id if object.is_table() => "The row holds the key of the table's row",
            Find::Id => "The row holds the record's id of 15 or 18 letters",
            Find::ExternalId(_) | Find::Match(_) => {
                "The record that has this key. A row whose key several records have is not written"
            }
        },
    );
    if Press::new("Find by several fields").icon(icon::PLUS).low().quiet().ui(ui).clicked() {
        let first = match find {
            Find::ExternalId(field) => vec![field.clone()],
            Find::Id | Find::Match(_) => Vec::new(),
        };
        change(draft, Find::Match(first));
    }
}

/// Fields that records can be searched by, those with a rule first: the object's own, and parents' keys by path.
fn searchable(state: &State, step: &Step, object: &Arc<Schema>, taken: &[String]) -> Vec<PickItem> {
    let free = |path: &str| !taken.iter().any(|known| known.eq_ignore_ascii_case(path));
    let mut items = Vec::new();
    // Paths that are mapped are parents' keys that the rows hold.
    let paths = step.mapping.rules.iter().filter(|rule| rule.target.contains('.') && free(&rule.target));
    items.extend(paths.map(|rule| PickItem::new(&rule.target, &rule.target).icon(icon::LINK_2).tag("mapped")));
    let own = object.fields.iter().filter(|field| field.filterable && free(&field.name));
    let own = |mapped: bool| {
        let wanted = own.clone().filter(move |field| step.mapping.rule(&field.name).is_some() == mapped);
        wanted.map(move |field| {
            let tag = if mapped { "mapped" } else { "" };
            PickItem::new(&field.name, &field.label).detail(&field.name).tag(tag)
        })
    };
    items.extend(own(true));
    items.extend(own(false));
    for lookup in object.fields.iter().filter(|field| field.reference_to.len() == 1) {
        let (Some(relationship), Some(parent)) = (&lookup.relationship, lookup.reference_to.first()) else { continue };
        let Some(described) = state.describe(&step.org, parent).and_then(|fact| fact.here()) else { continue };
        for key in described.schema.fields.iter().filter(|field| field.finds_records() && field.name != "Id") {
            let path = format!("{relationship}.{}", key.name);
            if free(&path) && step.mapping.rule(&path).is_none() {
                let label = format!("{} of {}", key.label, lookup.label);
                items.push(PickItem::new(&path, label).detail(&path).icon(icon::LINK_2));
            }
        }
    }
    items
}

fn change(draft: &mut Draft, find: Find) {
    draft.designer.change_step("How records are found", |step| step.find = find);
}

//! How the step is loaded: operation, how records are found, and where the rows come from.

use super::from::hint_ui;
use super::part_ui;
use crate::connect::Operation;
use crate::gui::draft::Draft;
use crate::gui::parts::{self, PickItem, Picker, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::gui::views::designer::add::OPERATIONS;
use crate::integration::Find;
use crate::record::Schema;
use egui::{Align, Id, Layout, Ui};
use std::sync::Arc;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let Some(step) = draft.designer.at().cloned() else { return };
    ui.horizontal(|ui| {
        ui.label(theme::title(format!("How {} is loaded", step.object)).color(tokens(ui).strong));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if Press::icon_only(icon::X, "Close the inspector").low().ui(ui).clicked() {
                draft.designer.inspector = false;
            }
        });
    });
    hint_ui(ui, "Choose a field or a wire to see its rule");
    part_ui(ui, "Operation");
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (operation, name, what) in OPERATIONS {
            let press = Press::new(name).low().chosen(step.operation == operation);
            if press.ui(ui).on_hover_text(what).clicked() {
                draft.designer.change_step(format!("{name} {}", step.object), |step| step.operation = operation);
            }
        }
    });
    let object = draft.designer.object(state).cloned();
    if step.operation != Operation::Insert
        && let Some(object) = object
    {
        find_ui(ui, draft, &step.find, &object);
    }
    if step.operation == Operation::Upsert {
        let mut create = step.options.create;
        if parts::check_ui(ui, &mut create, "Make records that are missing", "") {
            draft.designer.change_step("Make missing records", |step| step.options.create = create);
        }
    }
    part_ui(ui, "Rows from");
    ui.label(theme::mono(step.source.name()).color(tokens(ui).text));
    if let Some(file) = step.source.file() {
        hint_ui(ui, &file.path.display().to_string());
    }
}

fn find_ui(ui: &mut Ui, draft: &mut Draft, find: &Find, object: &Arc<Schema>) {
    part_ui(ui, "Records are found by");
    let shown = match find {
        Find::Id => "Record id".to_owned(),
        Find::ExternalId(field) => field.clone(),
        Find::Match(fields) => fields.join(" and "),
    };
    let items = || {
        let mut items = vec![PickItem::new("Id", "Record id").icon(icon::FINGERPRINT)];
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
        draft.designer.change_step("How records are found", |step| step.find = find);
    }
}

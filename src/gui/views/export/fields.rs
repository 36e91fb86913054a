//! The fields of the object and of its parents, to be chosen.

use crate::gui::draft::Draft;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::record::{Field, Kind, Schema};
use egui::{ScrollArea, Ui};
use std::sync::Arc;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let Some(object) = draft.export.object(state).cloned() else {
        parts::waiting_ui(ui, "Reading the object's fields", 8);
        return;
    };
    let chosen = draft.export.design.fields.len();
    parts::section_ui(ui, "Fields", |ui| {
        if Press::new("None").low().quiet().name("Choose no field").ui(ui).clicked() {
            draft.export.design.fields.clear();
        }
        if Press::new("All").low().quiet().name("Choose all fields").ui(ui).clicked() {
            let paths = object.fields.iter().filter(|field| can_be_exported(field)).map(|field| field.name.clone());
            let missing: Vec<_> = paths.filter(|path| !draft.export.design.fields.contains(path)).collect();
            draft.export.design.fields.extend(missing);
        }
    });
    ui.label(theme::small(format!("{chosen} chosen")).color(tokens(ui).quiet));
    let width = ui.available_width();
    let mut focus = std::mem::take(&mut draft.export.filter_focus);
    parts::filter_ui(ui, "Filter the fields", width, &mut draft.export.filter, &mut focus);
    ScrollArea::vertical().id_salt("fields to export").auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        list_ui(ui, draft, &object, None);
        ui.add_space(8.0);
        parents_ui(ui, state, draft, &object);
    });
}

/// What has no text in a cell of its own is left out.
fn can_be_exported(field: &Field) -> bool {
    !matches!(field.kind, Kind::Base64 | Kind::Compound)
}

/// The fields of an object; `parent` is the relationship that leads to it.
fn list_ui(ui: &mut Ui, draft: &mut Draft, object: &Schema, parent: Option<&str>) {
    let wanted = draft.export.filter.trim().to_lowercase();
    let fits = |field: &&Field| {
        wanted.is_empty() || field.label.to_lowercase().contains(&wanted) || field.name.to_lowercase().contains(&wanted)
    };
    for field in object.fields.iter().filter(|field| can_be_exported(field)).filter(fits) {
        let path = parent.map_or_else(|| field.name.clone(), |parent| format!("{parent}.{}", field.name));
        let fields = &mut draft.export.design.fields;
        let mut on = fields.contains(&path);
        let response = ui.checkbox(&mut on, &field.label).on_hover_text(&path);
        response.widget_info(|| egui::WidgetInfo::selected(egui::Role::CheckBox, true, on, format!("Export {path}")));
        if response.changed() {
            if on {
                fields.push(path);
            } else {
                fields.retain(|known| *known != path);
            }
        }
    }
}

/// The parents, whose fields unfold.
fn parents_ui(ui: &mut Ui, state: &State, draft: &mut Draft, object: &Arc<Schema>) {
    let parents: Vec<_> = object
        .fields
        .iter()
        .filter(|field| field.reference_to.len() == 1)
        .filter_map(|field| field.relationship.clone())
        .collect();
    if parents.is_empty() {
        return;
    }
    ui.label(theme::small("Fields of parents").color(tokens(ui).quiet));
    for name in parents {
        let open = draft.export.unfolded.contains(&name);
        let mark = if open { icon::CHEVRON_DOWN } else { icon::CHEVRON_RIGHT };
        let about = format!("Fields of {name}");
        if Press::new(&name).icon(mark).low().quiet().name(&about).ui(ui).clicked() {
            if open {
                draft.export.unfolded.retain(|known| *known != name);
            } else {
                draft.export.unfolded.push(name.clone());
            }
        }
        if open {
            match draft.export.parent(state, &name).map(|(_, schema)| schema.cloned()) {
                Some(Some(schema)) => {
                    ui.indent(("parent", &name), |ui| list_ui(ui, draft, &schema, Some(&name)));
                }
                _ => parts::waiting_ui(ui, "Reading its fields", 2),
            }
        }
    }
}

//! Small questions: the path of a file, the name to keep an import under.

use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Draft, Screen};
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use egui::{Id, Key, Modal, Ui};

/// Asks for the path of a file to import.
pub(super) fn path_ui(ui: &Ui, draft: &mut Draft, out: &mut Outbox) {
    let Some(mut path) = draft.path.take() else { return };
    let mut go = false;
    let modal =
        Modal::new(Id::unique("path")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui)).show(ui.ctx(), |ui| {
            ui.set_width(520.0);
            parts::section_ui(ui, "Import a file by its path", |_| {});
            let field = parts::path_ui(ui, "Path", "/home/me/customers.xlsx", &mut path);
            if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
                go = true;
            } else if !field.has_focus() && ui.memory(|memory| memory.focused().is_none()) {
                field.request_focus();
            }
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                let why_not = path.trim().is_empty().then_some("Type a path first");
                go |= Press::new("Open").primary().why_not(why_not).ui(ui).clicked();
                if Press::new("Cancel").ui(ui).clicked() {
                    ui.close();
                }
            });
        });
    let path_typed = path.trim().trim_matches('"').to_owned();
    if go && !path_typed.is_empty() {
        out.push(Command::Inspect(path_typed.into()));
        draft.go(Screen::Import);
    } else if !modal.should_close() {
        draft.path = Some(path);
    }
}

/// Asks for the name to keep the import under.
pub(super) fn keep_ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    if !draft.import.keep_open {
        return;
    }
    let Some(file) = draft.import.file(state).cloned() else {
        draft.import.keep_open = false;
        return;
    };
    if draft.import.name.is_empty() {
        draft.import.name = draft.import.proposed_name(&file.settings);
    }
    let known = draft.import.id.is_some();
    let mut go = false;
    let modal =
        Modal::new(Id::unique("keep")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui)).show(ui.ctx(), |ui| {
            ui.set_width(460.0);
            let heading = if known { "Save the integration" } else { "Keep as an integration" };
            parts::section_ui(ui, heading, |_| {});
            ui.label(theme::small("It can then be run again, with the same or another file").color(tokens(ui).quiet));
            let field = parts::text_ui(ui, "Name", "Customers", &mut draft.import.name);
            if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
                go = true;
            } else if ui.memory(|memory| memory.focused().is_none()) {
                field.request_focus();
            }
            if !draft.import.ready(state) {
                parts::note_ui(ui, Meaning::Attention, "It cannot run yet, and is kept as it is");
            }
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                let why_not = draft.import.name.trim().is_empty().then_some("Give it a name");
                go |= Press::new("Save").icon(icon::BOOKMARK).primary().why_not(why_not).ui(ui).clicked();
                if Press::new("Cancel").ui(ui).clicked() {
                    ui.close();
                }
            });
        });
    if go && !draft.import.name.trim().is_empty() {
        draft.import.name = draft.import.name.trim().to_owned();
        let integration = draft.import.design.integration(&draft.import.name, &file.settings);
        out.push(Command::SaveIntegration { id: draft.import.id, integration: Box::new(integration) });
        draft.import.keep_open = false;
    } else if modal.should_close() {
        draft.import.keep_open = false;
    }
}

//! The designer: what an integration does, step by step, with the canvas in the middle.

mod canvas;
mod header;
mod strip;

use crate::gui::action::Action;
use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::parts;
use crate::gui::state::State;
use crate::gui::theme::{icon, tokens};
use egui::{CentralPanel, Frame, Ui};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    if !draft.designer.open {
        let sentence = "Open an integration to design it, or keep an import as one";
        if parts::empty_ui(ui, icon::WORKFLOW, sentence, Some("Go to Integrations")) {
            Action::Integrations.perform(state, draft, out);
        }
        return;
    }
    header::ui(ui, state, draft, out);
    strip::ui(ui, state, draft, out);
    let ground = Frame::new().fill(tokens(ui).canvas);
    CentralPanel::default().frame(ground).show(ui, |ui| canvas::ui(ui, state, draft, out));
}

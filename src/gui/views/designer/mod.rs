//! The designer: what an integration does, step by step, with the canvas in the middle.

mod add;
mod canvas;
mod header;
mod history;
mod inspector;
mod preview;
mod problems;
mod query;
mod strip;
mod suggestions;
mod tables;

pub(in crate::gui) use header::{look_at_sync, start};

use crate::gui::action::Action;
use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::draft::designer::Tab;
use crate::gui::parts;
use crate::gui::state::State;
use crate::gui::theme::{icon, tokens};
use egui::{CentralPanel, Frame, Margin, Ui};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    if !draft.designer.open {
        let sentence = "Open an integration to design it, or begin a new one";
        if parts::empty_ui(ui, icon::WORKFLOW, sentence, Some("New integration…")) {
            Action::NewIntegration.perform(state, draft, out);
        }
        return;
    }
    header::ui(ui, state, draft, out);
    strip::ui(ui, state, draft, out);
    if let Some(error) = &state.start_error {
        let ground = Frame::new().inner_margin(Margin::symmetric(16, 4));
        egui::Panel::top("start error").resizable(false).frame(ground).show(ui, |ui| {
            parts::error_ui(ui, error, out, |_| {});
        });
    }
    let ground = Frame::new().fill(tokens(ui).canvas);
    if draft.designer.tab == Tab::History {
        CentralPanel::default().frame(ground).show(ui, |ui| history::ui(ui, state, draft, out));
    } else if draft.designer.at().is_none() {
        CentralPanel::default().frame(ground).show(ui, |ui| {
            let sentence = "Say first what is loaded, and where its rows come from";
            if parts::empty_ui(ui, icon::DATABASE, sentence, Some("Add an object…")) {
                let preferred = draft.preferences.org.clone();
                draft.designer.begin_step(state, preferred.as_deref());
            }
        });
    } else {
        inspector::ui(ui, state, draft, out);
        preview::ui(ui, state, draft, out);
        problems::ui(ui, state, draft, out);
        CentralPanel::default().frame(ground).show(ui, |ui| canvas::ui(ui, state, draft, out));
    }
    suggestions::ui(ui, state, draft, out);
    tables::ui(ui, draft, out);
    add::ui(ui, state, draft, out);
}

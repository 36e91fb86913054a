//! A file on its way into an org: what it is, what it is for, what goes where, what would be sent, and one button.

mod bar;
mod file;
mod line;
mod mapping;
mod options;
pub(in crate::gui::views) mod preview;
mod sentence;
pub(in crate::gui::views) mod targets;

pub(super) use bar::run_label;
pub(in crate::gui) use bar::start;

use crate::gui::action::Action;
use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::parts::{self, Press};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, icon, tokens};
use egui::{CentralPanel, Frame, Margin, Panel, Stroke, Ui};

/// Narrowest mapping and preview.
const NARROWEST: f32 = 360.0;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    match &state.file {
        None => {
            let sentence = "Drop a CSV, Excel or SQLite file on this window, or paste cells copied from a spreadsheet";
            if parts::empty_ui(ui, icon::FILE_SPREADSHEET, sentence, Some("Import a file…")) {
                Action::OpenFile.perform(state, draft, out);
            }
        }
        Some(Fact::Waiting) => {
            padded(24).show(ui, |ui| parts::waiting_ui(ui, "Reading the file", 8));
        }
        Some(Fact::Failed(error)) => {
            padded(24).show(ui, |ui| {
                ui.set_max_width(760.0);
                ui.label(theme::heading("This file cannot be read").color(tokens(ui).strong));
                ui.add_space(8.0);
                parts::error_ui(ui, error, out, |_| {});
                ui.add_space(8.0);
                ui.horizontal(|ui| {
                    if Press::new("Pick another file…").icon(icon::UPLOAD).primary().ui(ui).clicked() {
                        Action::OpenFile.perform(state, draft, out);
                    }
                    if Press::new("Type its path…").ui(ui).clicked() {
                        Action::TypePath.perform(state, draft, out);
                    }
                });
            });
        }
        Some(Fact::Here(file)) => {
            let file = file.clone();
            bar::ui(ui, state, draft, out);
            let ground =
                Frame::new().fill(tokens(ui).canvas).inner_margin(Margin { left: 16, right: 16, top: 4, bottom: 12 });
            Panel::top("what").resizable(false).show_separator_line(false).frame(ground).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 10.0;
                file::ui(ui, state, draft, out, &file);
                sentence::ui(ui, state, draft, out, &file);
                troubles_ui(ui, state, draft, out);
            });
            if draft.import.options_open {
                options::ui(ui, state, draft);
            }
            let line = Stroke::new(1.0, tokens(ui).hairline);
            let ground = Frame::new().fill(tokens(ui).surface);
            let wide = ui.available_width();
            Panel::left("mapping")
                .default_size((wide * 0.54).max(NARROWEST))
                .size_range(NARROWEST..=(wide - NARROWEST).max(NARROWEST))
                .resizable(true)
                .frame(ground)
                .show(ui, |ui| {
                    ui.painter().hline(ui.max_rect().x_range(), ui.max_rect().top(), line);
                    mapping::ui(ui, state, draft, out, &file);
                });
            CentralPanel::default().frame(ground).show(ui, |ui| {
                ui.painter().hline(ui.max_rect().x_range(), ui.max_rect().top(), line);
                preview::ui(ui, state, draft, out, &file);
            });
        }
    }
}

/// What stands in the way of the whole screen.
fn troubles_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    use crate::gui::command::Command;
    let (org, object) = (draft.import.design.org.clone(), draft.import.design.object.clone());
    if let Some(Fact::Failed(error)) = state.objects.get(&org) {
        parts::error_ui(ui, error, out, |_| {});
        if Press::new("Try again").icon(icon::ROTATE_CCW).low().ui(ui).clicked() {
            out.push(Command::LoadObjects(org.clone()));
        }
    } else if let Some(Fact::Failed(error)) = state.describe(&org, &object) {
        parts::error_ui(ui, error, out, |_| {});
        if Press::new("Try again").icon(icon::ROTATE_CCW).low().ui(ui).clicked() {
            out.push(Command::Describe { org, object, refresh: true });
        }
    } else if let Some((_, Fact::Failed(error))) = &state.guess {
        parts::error_ui(ui, error, out, |_| {});
    }
    if let Some(error) = &state.start_error {
        parts::error_ui(ui, error, out, |_| {});
    }
}

fn padded(margin: i8) -> Frame {
    Frame::new().inner_margin(Margin::same(margin))
}

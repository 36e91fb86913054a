//! How the run will go: every option, with what it does.

use crate::gui::draft::Draft;
use crate::gui::parts::{self, Press};
use crate::gui::theme::{icon, tokens};
use crate::gui::views::options::{self, About};
use egui::{DragValue, Frame, Margin, Panel, ScrollArea, Stroke, Ui};

pub(super) fn ui(ui: &mut Ui, draft: &mut Draft) {
    let ground = Frame::new().fill(tokens(ui).surface).inner_margin(Margin::same(16));
    Panel::right("options").exact_size(320.0).resizable(false).frame(ground).show(ui, |ui| {
        let edge = ui.max_rect().expand(16.0);
        ui.painter().hline(edge.x_range(), edge.top(), Stroke::new(1.0, tokens(ui).hairline));
        parts::section_ui(ui, "Options", |ui| {
            if Press::icon_only(icon::X, "Close the options").ui(ui).clicked() {
                draft.import.options_open = false;
            }
        });
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            let design = &draft.import.design;
            let mut options = design.options.clone();
            let about =
                About { operation: design.operation, object: &design.object, find: &design.find, changes: false };
            options::ui(ui, &about, &mut options);
            draft.import.change(|design| design.options = options);
            ui.add_space(6.0);
            ui.horizontal(|ui| {
                let label = ui.label("Rows of a trial run");
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    ui.add(DragValue::new(&mut draft.import.trial).range(1..=100_000)).labelled_by(label.id);
                });
            });
        });
    });
}

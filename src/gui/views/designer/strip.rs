//! The objects in load order.

use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::Press;
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use egui::{Frame, Margin, Panel, Ui};

const HEIGHT: f32 = 40.0;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, _out: &mut Outbox) {
    let ground = Frame::new().fill(tokens(ui).canvas).inner_margin(Margin::symmetric(16, 0));
    Panel::top("designer strip").exact_size(HEIGHT).resizable(false).frame(ground).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let steps = draft.designer.integration().steps.clone();
            for (at, step) in steps.iter().enumerate() {
                if at > 0 {
                    ui.label(egui::RichText::new(icon::ARROW_RIGHT).size(13.0).color(tokens(ui).quiet));
                }
                let label = state.object(&step.org, &step.object).map_or(&step.object, |card| &card.label_plural);
                let rows = state.design.look(&step.source).and_then(|fact| fact.here()).and_then(|file| file.rows);
                let rows = rows.map(|rows| format!(" · {}", format::number(rows))).unwrap_or_default();
                let wrong = draft.designer.found(state).iter().any(|problem| problem.step == at);
                let text = format!("{} {}{rows}", at + 1, format::middle(label, 28));
                let mut press = Press::new(&text).chosen(at == draft.designer.step);
                if wrong {
                    press = press.icon(icon::CIRCLE_ALERT).icon_colour(tokens(ui).bad.strong);
                }
                if press.ui(ui).on_hover_text(step.sentence()).clicked() {
                    draft.designer.show_step(at);
                }
            }
            ui.label(theme::small("").color(tokens(ui).quiet));
        });
    });
}

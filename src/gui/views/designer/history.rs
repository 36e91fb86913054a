//! The runs of the integration.

use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::parts;
use crate::gui::state::State;
use crate::gui::theme::icon;
use crate::gui::views::runs;
use crate::workspace::RunCard;
use egui::{Frame, Margin, ScrollArea, Ui};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let id = draft.designer.id;
    let mine = |card: &&RunCard| id.is_some() && card.run.integration == id;
    let cards: Vec<&RunCard> = state.runs.iter().flatten().filter(mine).collect();
    if cards.is_empty() {
        parts::empty_ui(ui, icon::HISTORY, "It has not run yet", None);
        return;
    }
    Frame::new().inner_margin(Margin::symmetric(16, 8)).show(ui, |ui| {
        parts::card(ui).inner_margin(Margin::same(4)).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ScrollArea::vertical().auto_shrink([false, true]).show_rows(ui, runs::LINE, cards.len(), |ui, range| {
                for card in &cards[range] {
                    if runs::line_ui(ui, state, card) {
                        draft.go_to_run(card.run.id, out);
                    }
                }
            });
        });
    });
}

//! What a place shows while there is nothing in it.

use super::Press;
use crate::gui::theme::{self, tokens};
use egui::{RichText, Ui};

/// Nothing here: one sentence, and perhaps one thing to do. Gives back whether it was done.
pub(crate) fn empty_ui(ui: &mut Ui, icon: &str, sentence: &str, action: Option<&str>) -> bool {
    let tokens = tokens(ui);
    let mut pressed = false;
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.22).clamp(16.0, 140.0));
        ui.label(RichText::new(icon).size(28.0).color(tokens.quiet));
        ui.add_space(4.0);
        ui.label(RichText::new(sentence).color(tokens.quiet));
        if let Some(action) = action {
            ui.add_space(6.0);
            pressed = Press::new(action).ui(ui).clicked();
        }
        ui.add_space(16.0);
    });
    pressed
}

/// Something is on its way: where its lines will be, quiet bars.
pub(crate) fn waiting_ui(ui: &mut Ui, what: &str, lines: usize) {
    let ground = tokens(ui).sunken;
    ui.label(theme::small(what).color(tokens(ui).quiet));
    for line in 0..lines {
        // Bars of unequal length read as text to come.
        let share = [0.92, 0.78, 0.86, 0.64][line % 4];
        let size = egui::vec2(ui.available_width() * share, 12.0);
        let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
        ui.painter().rect_filled(rect, egui::CornerRadius::same(4), ground);
    }
}

//! Grounds on which things stand.

use crate::gui::theme::{self, tokens};
use egui::{CornerRadius, Frame, InnerResponse, Margin, Stroke, Ui};

/// A card: a surface with a hairline around it.
pub(crate) fn card(ui: &Ui) -> Frame {
    let tokens = tokens(ui);
    Frame::new()
        .fill(tokens.surface)
        .stroke(Stroke::new(1.0, tokens.hairline))
        .corner_radius(CornerRadius::same(8))
        .inner_margin(Margin::same(14))
}

/// A well: a place deeper than the surface.
pub(crate) fn well(ui: &Ui) -> Frame {
    Frame::new().fill(tokens(ui).sunken).corner_radius(CornerRadius::same(theme::RADIUS)).inner_margin(Margin::same(10))
}

/// The ground of a question that stands above everything else.
pub(crate) fn dialog(ui: &Ui) -> Frame {
    Frame::popup(ui.style()).corner_radius(CornerRadius::same(10)).inner_margin(Margin::same(18))
}

/// Shows things on a card as wide as there is room.
pub(crate) fn card_ui<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        contents(ui)
    })
}

/// The name of a part of a screen, with something at its right end.
pub(crate) fn section_ui(ui: &mut Ui, name: &str, right: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        let heading = ui.label(theme::title(name).size(14.5).color(tokens(ui).strong));
        heading.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, name));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), right);
    });
}

//! Fields to type in, each with its label.

use super::Press;
use crate::gui::theme::{self, icon, tokens};
use egui::{Id, Response, RichText, TextEdit, Ui};

/// A field with its label above it.
pub(crate) fn text_ui(ui: &mut Ui, label: &str, hint: &str, text: &mut String) -> Response {
    labelled_ui(ui, label, |ui| {
        TextEdit::singleline(text).hint_text(hint.to_owned()).desired_width(f32::INFINITY).ui_in(ui)
    })
}

/// A field whose text is not shown.
pub(crate) fn secret_ui(ui: &mut Ui, label: &str, hint: &str, text: &mut String) -> Response {
    labelled_ui(ui, label, |ui| {
        TextEdit::singleline(text).password(true).hint_text(hint.to_owned()).desired_width(f32::INFINITY).ui_in(ui)
    })
}

/// A field for a path, in the typeface of raw data.
pub(crate) fn path_ui(ui: &mut Ui, label: &str, hint: &str, text: &mut String) -> Response {
    labelled_ui(ui, label, |ui| {
        let edit = TextEdit::singleline(text).font(egui::TextStyle::Monospace);
        edit.hint_text(hint.to_owned()).desired_width(f32::INFINITY).ui_in(ui)
    })
}

fn labelled_ui(ui: &mut Ui, label: &str, field: impl FnOnce(&mut Ui) -> Response) -> Response {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        let label = ui.label(theme::small(label).color(tokens(ui).quiet));
        field(ui).labelled_by(label.id)
    })
    .inner
}

/// A checkbox with a sentence below it. Gives back whether it was changed.
pub(crate) fn check_ui(ui: &mut Ui, value: &mut bool, label: &str, help: &str) -> bool {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let changed = ui.checkbox(value, label).changed();
        if !help.is_empty() {
            let left = egui::Margin { left: 24, ..egui::Margin::ZERO };
            egui::Frame::new().inner_margin(left).show(ui, |ui| {
                ui.add(egui::Label::new(theme::small(help).color(tokens(ui).quiet)).wrap());
            });
        }
        changed
    })
    .inner
}

/// The field that narrows a list; `focus` gives it the focus once.
pub(crate) fn filter_ui(ui: &mut Ui, name: &str, width: f32, text: &mut String, focus: &mut bool) -> Response {
    let id = Id::unique(("filter", name));
    let magnifier = RichText::new(icon::SEARCH).size(13.0).color(tokens(ui).quiet);
    // A hint that is cut says less than its first word.
    let letter = theme::SMALL * 0.62;
    let hint = if name.chars().count() as f32 * letter > width - 44.0 { name.split(' ').next() } else { Some(name) };
    let edit = TextEdit::singleline(text).id(id).prefix(magnifier).hint_text(hint.unwrap_or_default().to_owned());
    let response = edit.desired_width(width).min_size(egui::vec2(0.0, theme::CONTROL)).ui_in(ui).accessible_name(name);
    if std::mem::take(focus) {
        response.request_focus();
    }
    // The key takes the focus away, which is given back: the next one leaves.
    if (response.has_focus() || response.lost_focus())
        && !text.is_empty()
        && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape))
    {
        text.clear();
        response.request_focus();
    }
    if !text.is_empty() && Press::icon_only(icon::X, "Show everything again").low().ui(ui).clicked() {
        text.clear();
    }
    response
}

trait UiIn {
    fn ui_in(self, ui: &mut Ui) -> Response;
}

impl UiIn for TextEdit<'_> {
    /// The field with the height and margins of all controls.
    fn ui_in(self, ui: &mut Ui) -> Response {
        ui.add(self.margin(egui::Margin::symmetric(8, 5)).align(egui::Align2::LEFT_CENTER))
    }
}

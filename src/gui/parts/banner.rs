//! What is wrong, where, and what to do.

use super::Press;
use crate::gui::command::{Command, Outbox};
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::workspace::WorkspaceError;
use egui::{CornerRadius, Frame, Label, Margin, RichText, Stroke, Ui};

/// The icon of a meaning.
pub(crate) fn meaning_icon(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Good => icon::CIRCLE_CHECK,
        Meaning::Attention => icon::TRIANGLE_ALERT,
        Meaning::Bad => icon::CIRCLE_X,
        Meaning::Plain | Meaning::Information | Meaning::Accent => icon::INFO,
    }
}

/// A sentence with a meaning, what to do below it, and perhaps buttons.
pub(crate) fn banner_ui(ui: &mut Ui, meaning: Meaning, text: &str, hint: Option<&str>, buttons: impl FnOnce(&mut Ui)) {
    let tint = tokens(ui).tint(meaning);
    let frame = Frame::new()
        .fill(tint.faint)
        .stroke(Stroke::new(1.0, tint.strong.gamma_multiply(0.35)))
        .corner_radius(CornerRadius::same(theme::RADIUS))
        .inner_margin(Margin::symmetric(12, 9));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_top(|ui| {
            ui.label(RichText::new(meaning_icon(meaning)).size(15.0).color(tint.strong));
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 3.0;
                ui.add(Label::new(theme::medium(text).color(tokens(ui).strong)).wrap().selectable(true));
                if let Some(hint) = hint {
                    ui.add(Label::new(RichText::new(hint).color(tokens(ui).text)).wrap().selectable(true));
                }
                // Without buttons there is no line of them.
                ui.spacing_mut().interact_size.y = 0.0;
                ui.horizontal_wrapped(buttons);
            });
        });
    });
}

/// An error: what, where, what to do, and a way to copy it.
pub(crate) fn error_ui(ui: &mut Ui, error: &WorkspaceError, out: &mut Outbox, buttons: impl FnOnce(&mut Ui)) {
    banner_ui(ui, Meaning::Bad, &error.message, error.hint.as_deref(), |ui| {
        buttons(ui);
        if Press::new("Copy").icon(icon::COPY).low().name("Copy the message").ui(ui).clicked() {
            let hint = error.hint.as_ref().map(|hint| format!("\n{hint}")).unwrap_or_default();
            out.push(Command::Copy(format!("{}{hint}", error.message)));
        }
    });
}

/// A quiet sentence with an icon.
pub(crate) fn note_ui(ui: &mut Ui, meaning: Meaning, text: &str) {
    let tint = tokens(ui).tint(meaning);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.label(RichText::new(meaning_icon(meaning)).size(13.0).color(tint.strong));
        let colour = if meaning == Meaning::Plain { tokens(ui).quiet } else { tokens(ui).text };
        ui.add(Label::new(theme::small(text).color(colour)).wrap());
    });
}

//! The line above: what the step does in words, what is wrong, and what can be done with the whole.

use crate::gui::action::{self, Action};
use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::Press;
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::integration::Step;
use egui::{Align, Frame, Label, Layout, Margin, Panel, Ui};

const HEIGHT: f32 = 44.0;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let ground = Frame::new().fill(tokens(ui).canvas).inner_margin(Margin::symmetric(16, 0));
    Panel::top("designer header").exact_size(HEIGHT).resizable(false).frame(ground).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                buttons_ui(ui, state, draft, out);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| words_ui(ui, state, draft));
            });
        });
    });
}

fn words_ui(ui: &mut Ui, state: &State, draft: &Draft) {
    let tokens = tokens(ui);
    let designer = &draft.designer;
    let sentence = designer.at().map_or_else(|| "Nothing is designed yet".to_owned(), Step::sentence);
    let rows = designer.file(state).and_then(|file| file.rows);
    let why = designer.at().zip(rows).map(|(step, rows)| step.options.api_for(rows).1);
    ui.add(Label::new(theme::medium(&sentence).color(tokens.strong)).truncate());
    if let Some(why) = why.filter(|_| ui.available_width() > 220.0) {
        ui.add(Label::new(theme::small(why).color(tokens.quiet)).truncate());
    }
}

fn buttons_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let unsaved = draft.designer.unsaved();
    let save = Press::new("Save").icon(icon::BOOKMARK).name("Save the integration");
    let why_not = (!unsaved).then_some("All changes are saved");
    if save.why_not(why_not).ui(ui).on_hover_text(action::tooltip(Action::Keep)).clicked() {
        draft.designer.save(out);
    }
    let words = if unsaved { "Unsaved changes" } else { "All changes saved" };
    ui.label(theme::small(words).color(tokens(ui).quiet));
    let redo = draft.designer.redoes().map(|what| format!("Do again: {what}"));
    let press = Press::icon_only(icon::REDO_2, redo.as_deref().unwrap_or("Nothing to do again"));
    if press.enabled(redo.is_some()).ui(ui).clicked() {
        draft.designer.redo();
    }
    let undo = draft.designer.undoes().map(|what| format!("Take back: {what}"));
    let press = Press::icon_only(icon::UNDO_2, undo.as_deref().unwrap_or("Nothing to take back"));
    if press.enabled(undo.is_some()).ui(ui).clicked() {
        draft.designer.undo();
    }
    badge_ui(ui, state, draft);
}

/// How many things are wrong; a click lists them.
fn badge_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let tokens = tokens(ui);
    let count = draft.designer.found(state).len() as u64;
    let (text, mark, colour) = match (draft.designer.check(state), count) {
        (None, _) => ("Checking…".to_owned(), icon::LOADER_CIRCLE, tokens.quiet),
        (Some(Err(_)), _) => ("Cannot be checked".to_owned(), icon::CIRCLE_X, tokens.bad.strong),
        (Some(Ok(_)), 0) => ("No problems".to_owned(), icon::CIRCLE_CHECK, tokens.good.strong),
        (Some(Ok(_)), count) => (format::count(count, "problem", "problems"), icon::CIRCLE_ALERT, tokens.bad.strong),
    };
    let open = draft.designer.problems;
    if Press::new(&text).quiet().icon(mark).icon_colour(colour).chosen(open).ui(ui).clicked() {
        draft.designer.problems = !open;
    }
}

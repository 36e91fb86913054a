//! What can be done with the conflict that is looked at: always in the same place.

use super::{decidable, decide, resolve, skip};
use crate::gui::action::{self, Action};
use crate::gui::command::Outbox;
use crate::gui::conflicts::Asking;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::Press;
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::store::ConflictState;
use crate::sync::Resolution;
use crate::workspace::ConflictStory;
use egui::{Align, Frame, Layout, Margin, Panel, Stroke, Ui};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, story: &ConflictStory) {
    let record = &story.conflict;
    let ground = Frame::new().fill(tokens(ui).surface).inner_margin(Margin::symmetric(20, 8));
    let panel = Panel::bottom("conflict actions").resizable(false).show_separator_line(false).frame(ground);
    panel.show(ui, |ui| {
        let edge = ui.max_rect().expand2(egui::vec2(20.0, 8.0));
        ui.painter().hline(edge.x_range(), edge.top(), Stroke::new(1.0, tokens(ui).hairline));
        ui.painter().vline(edge.left(), edge.y_range(), Stroke::new(1.0, tokens(ui).hairline));
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            if !decidable(record) {
                let words = match record.card.state {
                    ConflictState::Settled => "The ends agreed by themselves: there is nothing to decide any more.",
                    _ => "The decision was written: there is nothing to decide any more.",
                };
                ui.label(theme::small(words).color(tokens(ui).quiet));
                return;
            }
            decide_ui(ui, state, draft, out, story);
            let narrow = ui.available_width() < 580.0;
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                similar_ui(ui, state, draft, out, story);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    rest_ui(ui, state, draft, out, story, narrow)
                });
            });
        });
    });
}

fn decide_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, story: &ConflictStory) {
    let record = &story.conflict;
    let resolution = draft.conflicts.made_of(record).resolution(&record.matter);
    let why_not = match &resolution {
        _ if state.conflicts.busy => Some("Others are being decided"),
        Ok(_) => None,
        Err(why) => Some(why.as_str()),
    };
    let words = if record.card.state == ConflictState::Open { "Decide" } else { "Decide anew" };
    let press = Press::new(words).icon(icon::CHECK).primary().why_not(why_not).ui(ui);
    if press.on_hover_text("Enter").clicked() {
        decide(state, draft, out);
    }
}

fn rest_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, story: &ConflictStory, narrow: bool) {
    let record = &story.conflict;
    let id = record.card.id;
    let press = |ui: &mut Ui, words: &'static str, mark, key: &str, narrow: bool| {
        let press = if narrow { Press::icon_only(mark, words) } else { Press::new(words).icon(mark).quiet() };
        press.ui(ui).on_hover_text(format!("{words}  {key}")).clicked()
    };
    if press(ui, "Skip", icon::SKIP_FORWARD, "S", narrow) {
        skip(state, draft);
    }
    if record.card.state != ConflictState::Ignored && press(ui, "Ignore", icon::EYE_OFF, "I", narrow) {
        resolve(state, draft, out, record, Resolution::Ignore);
    }
    if press(ui, "Assign…", icon::USER_ROUND, "A", narrow) {
        let known = record.card.assignee.clone().unwrap_or_default();
        draft.conflicts.asking = Some(Asking::Assignee(id, known));
    }
    if press(ui, "Comment…", icon::MESSAGE_SQUARE, "C", narrow) {
        draft.conflicts.asking = Some(Asking::Comment(id, String::new()));
    }
}

fn similar_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, story: &ConflictStory) {
    // Who belongs to whom is another question in each.
    if story.similar == 0 || !story.conflict.matter.claims.is_empty() {
        return;
    }
    let bulk = super::decide_similar(state, draft);
    let words = format!("Apply to {} similar…", format::number(story.similar));
    let why_not = bulk.is_none().then_some("Choose first what this one is to hold");
    let press = Press::new(&words).icon(icon::COPY_CHECK).why_not(why_not).ui(ui);
    if press.on_hover_text(action::tooltip(Action::DecideSimilar)).clicked()
        && let Some(bulk) = bulk
    {
        draft.conflicts.ask_bulk(bulk, out);
    }
}

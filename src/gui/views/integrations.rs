//! The stored integrations.

use super::heading_ui;
use crate::gui::action::Action;
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Confirm, Decision, Draft};
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::syncing::SyncOf;
use crate::gui::theme::{self, icon, tokens};
use crate::workspace::{Environment, IntegrationCard};
use egui::{Align, Layout, RichText, Ui};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    heading_ui(ui, "Integrations", |ui| {
        if Press::new("New integration…").icon(icon::PLUS).ui(ui).clicked() {
            Action::NewIntegration.perform(state, draft, out);
        }
        if Press::new("Import a file…").icon(icon::UPLOAD).ui(ui).clicked() {
            Action::OpenFile.perform(state, draft, out);
        }
    });
    match state.integrations.as_deref() {
        None => parts::waiting_ui(ui, "Reading the project", 4),
        Some([]) => {
            let sentence = "An import that is kept can be run again from here";
            if parts::empty_ui(ui, icon::WORKFLOW, sentence, Some("Import a file…")) {
                Action::OpenFile.perform(state, draft, out);
            }
        }
        Some(all) => {
            if all.len() > 8 {
                let mut focus = std::mem::take(&mut draft.focus_filter);
                parts::filter_ui(ui, "Narrow by name", 240.0, &mut draft.filter, &mut focus);
                ui.add_space(4.0);
            }
            let wanted = draft.filter.to_lowercase();
            for card in all.iter().filter(|card| card.name.to_lowercase().contains(&wanted)) {
                card_ui(ui, state, draft, out, card, false);
            }
        }
    }
}

/// One integration: what it does, how it went last, and what can be done with it.
pub(super) fn card_ui(
    ui: &mut Ui,
    state: &State,
    draft: &mut Draft,
    out: &mut Outbox,
    card: &IntegrationCard,
    first: bool,
) {
    let tokens = tokens(ui);
    ui.push_id(card.id.0, |ui| {
        parts::card(ui).inner_margin(egui::Margin::symmetric(14, 10)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                let mark = if card.sync.is_some() { icon::REFRESH_CW } else { icon::WORKFLOW };
                ui.label(RichText::new(mark).size(16.0).color(tokens.accent_text));
                ui.add_space(2.0);
                let conflicts = card.sync.as_ref().is_some_and(|sync| sync.conflicts > 0);
                let beside = if conflicts { 450.0 } else { 330.0 };
                let room = (ui.available_width() - beside).max(160.0);
                ui.vertical(|ui| {
                    ui.set_width(room);
                    ui.spacing_mut().item_spacing.y = 2.0;
                    ui.add(egui::Label::new(theme::medium(&card.name).color(tokens.strong)).truncate());
                    let sentence = card.sentences.join(", then ");
                    let sentence = match &card.sync {
                        Some(sync) => format!("{} ↔ {} · {sentence}", sync.ends[0], sync.ends[1]),
                        None => sentence,
                    };
                    ui.add(egui::Label::new(theme::small(sentence).color(tokens.quiet)).truncate());
                });
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    buttons_ui(ui, state, draft, out, card, first)
                });
            });
        });
    });
}

fn buttons_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &IntegrationCard, first: bool) {
    let more = Press::icon_only(icon::ELLIPSIS, &format!("More about {}", card.name)).ui(ui);
    egui::Popup::menu(&more).show(|ui| {
        ui.set_width(190.0);
        if Press::new("Open").icon(icon::SLIDERS_HORIZONTAL).line().ui(ui).clicked() {
            draft.open_integration(card.id, out);
        }
        if let Some(of) = SyncOf::card(card) {
            if Press::new("Look first…").icon(icon::EYE).line().ui(ui).clicked() {
                draft.sync.look(of.clone(), false, out);
            }
            if Press::new("Compare everything…").icon(icon::GIT_COMPARE).line().ui(ui).clicked() {
                draft.sync.look(of, true, out);
            }
        }
        if Press::new("Export…").icon(icon::DOWNLOAD).line().ui(ui).clicked() {
            draft.ask_for_export(Some(card.id), &card.name);
        }
        if Press::new("Delete").icon(icon::TRASH_2).line().ui(ui).clicked() {
            out.push(Command::DeleteIntegration(card.id));
        }
    });
    if let Some(of) = SyncOf::card(card) {
        sync_ui(ui, state, draft, out, card, of);
        return;
    }
    let run = Press::new("Run").icon(icon::PLAY).name(&format!("Run {}", card.name)).run_kind(first).ui(ui);
    if run.clicked() {
        if state.environment(&card.org) == Some(Environment::Production) {
            let what = Decision::RunInProduction { id: card.id, org: card.org.clone() };
            draft.confirm = Some(Confirm { what, typed: String::new() });
        } else {
            out.push(Command::RunIntegration { id: card.id, production: None });
        }
    }
    if Press::new("Open").name(&format!("Open {}", card.name)).ui(ui).clicked() {
        draft.open_integration(card.id, out);
    }
    last_run_ui(ui, state, card);
}

/// Of one that goes both ways: its conflicts, its last sync, and the button for the next.
fn sync_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &IntegrationCard, of: SyncOf) {
    let label = if of.first { "Sync…" } else { "Sync now" };
    let name = format!("Sync {}", card.name);
    let press = Press::new(label).icon(icon::REFRESH_CW).name(&name).why_not(state.starting());
    let help = match of.first {
        true => "Look first at what would be paired and made; nothing is written before somebody says yes",
        false => "Write what has changed at each end to the other",
    };
    if press.ui(ui).on_hover_text(help).clicked() {
        draft.sync_now(of, state, out);
    }
    if Press::new("Open").name(&format!("Open {}", card.name)).ui(ui).clicked() {
        draft.open_integration(card.id, out);
    }
    last_run_ui(ui, state, card);
    let conflicts = card.sync.as_ref().map_or(0, |sync| sync.conflicts);
    if conflicts > 0 {
        let text = format::count(conflicts, "conflict", "conflicts");
        let name = format!("Conflicts of {}", card.name);
        let press = Press::new(&text).name(&name).icon(icon::FLAG).icon_colour(tokens(ui).attention.strong).quiet();
        if press.ui(ui).on_hover_text("Both ends say something else, and a person decides").clicked() {
            draft.go_to_conflicts(card.id);
        }
    }
}

fn last_run_ui(ui: &mut Ui, state: &State, card: &IntegrationCard) {
    match &card.last_run {
        Some(run) => {
            let mark = parts::state_mark(run.state);
            let when = run.ended_at.unwrap_or(run.began_at);
            let pill = parts::pill_ui(ui, mark.meaning, mark.icon, &format::ago(when, state.now));
            let in_step = card.sync.as_ref().and_then(|sync| sync.synced_at);
            let in_step =
                in_step.map(|at| format!("; last synced to its end {}", format::exact(at))).unwrap_or_default();
            pill.on_hover_text(format!("{}, {}{in_step}", mark.word, format::exact(when)));
        }
        None => {
            let words = if card.sync.is_some() { "Never synced" } else { "Never run" };
            ui.label(theme::small(words).color(tokens(ui).quiet));
        }
    }
}

impl<'a> Press<'a> {
    /// The button to press on a first start, and one of several later.
    fn run_kind(self, first: bool) -> Press<'a> {
        if first { self.primary() } else { self }
    }
}

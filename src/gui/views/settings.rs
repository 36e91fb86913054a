//! Theme, text size, and where things are.

use super::heading_ui;
use crate::gui::action::Action;
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Draft, ThemeChoice};
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::workspace::Settings;
use egui::Ui;

/// Text sizes that can be chosen.
const SIZES: [f32; 6] = [0.9, 1.0, 1.1, 1.25, 1.5, 2.0];

/// Days for which requests can be kept.
const KEPT: [(u16, &str); 4] = [(0, "Never"), (7, "7 days"), (30, "30 days"), (365, "A year")];

/// Days after which a conflict can be overdue.
const OVERDUE: [(u16, &str); 4] = [(2, "After 2 days"), (7, "A week"), (14, "2 weeks"), (30, "30 days")];

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    heading_ui(ui, "Settings", |_| {});
    group_ui(ui, "Appearance", |ui| {
        line_ui(ui, "Theme", "As the system has it, or always the same", |ui| {
            let choices = [
                (ThemeChoice::Dark, icon::MOON, "Dark"),
                (ThemeChoice::Light, icon::SUN, "Light"),
                (ThemeChoice::System, icon::MONITOR, "System"),
            ];
            for (choice, icon, name) in choices {
                let chosen = draft.preferences.theme == choice;
                if Press::new(name).icon(icon).chosen(chosen).ui(ui).clicked() {
                    draft.preferences.theme = choice;
                }
            }
        });
        ui.separator();
        line_ui(ui, "Text size", "Ctrl and + or −, and Ctrl+0 for 100 %", |ui| {
            for size in SIZES.into_iter().rev() {
                let chosen = (draft.preferences.text_size - size).abs() < 0.01;
                let name = format!("{:.0} %", size * 100.0);
                if Press::new(&name).chosen(chosen).ui(ui).clicked() {
                    draft.preferences.text_size = size;
                }
            }
        });
    });
    group_ui(ui, "Project", |ui| {
        let path = state.path.display().to_string();
        line_ui(ui, "File", "Orgs, integrations, runs and what became of every row, encrypted", |ui| {
            if Press::new("Copy path").icon(icon::COPY).ui(ui).clicked() {
                out.push(Command::Copy(path.clone()));
            }
        });
        parts::well(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.add(egui::Label::new(theme::mono(&path).color(tokens(ui).text)).wrap().selectable(true));
        });
    });
    group_ui(ui, "Runs", |ui| kept_ui(ui, state, out));
    group_ui(ui, "Conflicts", |ui| overdue_ui(ui, state, out));
    group_ui(ui, "Keys", |ui| {
        line_ui(ui, "Keyboard", "Everything in this window can be done with the keyboard", |ui| {
            if Press::new("Show the keys").icon(icon::KEYBOARD).ui(ui).clicked() {
                Action::Keys.perform(state, draft, out);
            }
        });
    });
}

/// For how long the words of calls are kept.
fn kept_ui(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some(settings) = &state.settings else {
        out.push(Command::LoadSettings);
        return;
    };
    let help = "What each call said and heard, secrets masked, so that a row can show what carried it";
    line_ui(ui, "Requests are kept", help, |ui| {
        for (days, name) in KEPT.into_iter().rev() {
            if Press::new(name).chosen(settings.exchange_days == days).ui(ui).clicked() {
                out.push(Command::SaveSettings(Settings { exchange_days: days, ..settings.clone() }));
            }
        }
    });
}

/// From when an open conflict is overdue.
fn overdue_ui(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let Some(settings) = &state.settings else { return };
    let help = "From then on its age stands out in the list; after a day it asks for attention";
    line_ui(ui, "An open conflict is overdue", help, |ui| {
        for (days, name) in OVERDUE.into_iter().rev() {
            if Press::new(name).chosen(settings.conflict_days == days).ui(ui).clicked() {
                out.push(Command::SaveSettings(Settings { conflict_days: days, ..settings.clone() }));
            }
        }
    });
}

fn group_ui(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui)) {
    parts::section_ui(ui, name, |_| {});
    parts::card_ui(ui, contents);
    ui.add_space(16.0);
}

fn line_ui(ui: &mut Ui, name: &str, help: &str, right: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.label(theme::medium(name).color(tokens(ui).strong));
            ui.label(theme::small(help).color(tokens(ui).quiet));
        });
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), right);
    });
}

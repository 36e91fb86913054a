//! Theme, text size, where things are, and how long calls are kept.

use super::heading_ui;
use crate::gui::action::Action;
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Draft, ThemeChoice};
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::running::RunAsk;
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, icon, tokens};
use crate::workspace::Settings;
use egui::Ui;

/// Text sizes that can be chosen.
const SIZES: [f32; 6] = [0.9, 1.0, 1.1, 1.25, 1.5, 2.0];

/// Days for which calls can be kept.
const KEPT_DAYS: [u16; 5] = [0, 7, 30, 90, 365];

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
    group_ui(ui, "Keys", |ui| {
        line_ui(ui, "Keyboard", "Everything in this window can be done with the keyboard", |ui| {
            if Press::new("Show the keys").icon(icon::KEYBOARD).ui(ui).clicked() {
                Action::Keys.perform(state, draft, out);
            }
        });
    });
}

/// For how long the words of calls and answers are kept.
fn kept_ui(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let help =
        "What was sent and answered for each row, the session masked. Older ones are forgotten when a run starts";
    line_ui(ui, "Keep requests and answers", help, |ui| match &state.running.settings {
        None => out.push(Command::AboutRun(RunAsk::Settings)),
        Some(Fact::Waiting | Fact::Failed(_)) => {}
        Some(Fact::Here(settings)) => {
            for days in KEPT_DAYS.into_iter().rev() {
                let name = match days {
                    0 => "Never".to_owned(),
                    days => format::count(days.into(), "day", "days"),
                };
                if Press::new(&name).chosen(settings.exchange_days == days).ui(ui).clicked() {
                    let settings = Settings { exchange_days: days };
                    out.push(Command::AboutRun(RunAsk::SaveSettings(settings)));
                }
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

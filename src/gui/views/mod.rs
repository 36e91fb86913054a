//! One file, one screen; and what stands around and above all of them.

mod closing;
mod confirm;
mod conflicts;
mod designer;
mod dialogs;
mod dry;
mod errors;
mod export;
mod files;
mod frame;
mod home;
mod import;
mod integrations;
mod keys;
mod notices;
mod options;
mod orgs;
mod palette;
mod practice;
mod run;
mod runs;
mod settings;
mod sync;

pub(super) use conflicts::{
    can_write as can_write_decisions, decide_listed as decide_conflicts, decide_similar,
    export_listed as export_conflicts, take_file as import_decisions, write_decisions,
};
pub(super) use designer::start as start_design;
pub(super) use dry::look as look_dry;
pub(super) use errors::{open_export as export_errors, retry_shown as retry_errors, shown as shown_errors};
pub(super) use export::begin as begin_export;
pub(super) use import::start;
pub(super) use run::{ask_undo as undo_run, can_undo as can_undo_run, open_export, retry};

use super::command::Outbox;
use super::draft::{Draft, Screen};
use super::state::State;
use super::theme::{self, tokens};
use egui::{CentralPanel, Frame, Margin, Ui};

/// Draws the whole window.
pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    frame::rail_ui(ui, state, draft);
    frame::top_ui(ui, state, draft);
    frame::status_ui(ui, state, draft);
    let ground = Frame::new().fill(tokens(ui).canvas);
    CentralPanel::default().frame(ground).show(ui, |ui| match draft.screen {
        _ if state.open_error.is_some() => frame::cannot_open_ui(ui, state, out),
        Screen::Home => scrolled_ui(ui, "home", |ui| home::ui(ui, state, draft, out)),
        Screen::Import => import::ui(ui, state, draft, out),
        Screen::Export => export::ui(ui, state, draft, out),
        Screen::Integrations => scrolled_ui(ui, "integrations", |ui| integrations::ui(ui, state, draft, out)),
        Screen::Designer => designer::ui(ui, state, draft, out),
        Screen::Runs => runs::ui(ui, state, draft, out),
        Screen::Run(run) => run::ui(ui, state, draft, out, run),
        Screen::Errors => errors::ui(ui, state, draft, out),
        Screen::Conflicts => conflicts::ui(ui, state, draft, out),
        Screen::Orgs => scrolled_ui(ui, "orgs", |ui| orgs::ui(ui, state, draft, out)),
        Screen::Practice => practice::ui(ui, state, draft, out),
        Screen::Settings => scrolled_ui(ui, "settings", |ui| settings::ui(ui, state, draft, out)),
    });
    home::drop_ui(ui, state);
    notices::history_ui(ui, state, draft, out);
    notices::toasts_ui(ui, state, draft, out);
    dialogs::path_ui(ui, draft, out);
    dialogs::keep_ui(ui, state, draft, out);
    files::ui(ui, state, draft, out);
    files::left_out_ui(ui, draft);
    practice::questions_ui(ui, state, draft, out);
    dry::ui(ui, state, draft, out);
    sync::ui(ui, state, draft, out);
    confirm::ui(ui, state, draft, out);
    closing::ui(ui, state, draft, out);
    keys::ui(ui, draft);
    palette::ui(ui, state, draft, out);
}

/// A screen that scrolls as a whole, with its margins, and no wider than text can be read.
fn scrolled_ui(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui)) {
    egui::ScrollArea::vertical().id_salt(name).auto_shrink([false, false]).show(ui, |ui| {
        let wide = ui.available_width();
        let most = 1120.0_f32.min(wide - 48.0);
        let side = ((wide - most) / 2.0).max(24.0);
        Frame::new().inner_margin(Margin { left: side as i8, right: 24, top: 24, bottom: 32 }).show(ui, |ui| {
            ui.set_width(most);
            contents(ui);
        });
    });
}

/// The heading of a screen, with buttons at its right end.
fn heading_ui(ui: &mut Ui, text: &str, buttons: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        let heading = ui.label(theme::heading(text).color(tokens(ui).strong));
        heading.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, text));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), buttons);
    });
    ui.add_space(8.0);
}

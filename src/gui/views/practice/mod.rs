//! The practice org: how it stands, its bad days, its live log, and how other programs sign in.

mod call;
mod days;
mod head;
mod log;
mod objects;
mod questions;
mod sign_in;

pub(super) use questions::ui as questions_ui;

use crate::gui::command::{Command, Outbox};
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::practice::{PracticeAsk, PracticeDeed, Tab};
use crate::gui::state::State;
use crate::gui::theme::{icon, tokens};
use egui::{CentralPanel, Frame, Margin, Panel, Stroke, Ui};
use std::time::Duration;

/// How often the practice org is looked at while it is on the screen.
const LOOK_EVERY_MS: i64 = 500;
/// How long it is said that something was copied.
const SAID_MS: i64 = 1_600;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    look(ui, state, out);
    let facts = &state.practice;
    let Some(status) = facts.status.clone() else {
        Frame::new().inner_margin(Margin::same(24)).show(ui, |ui| match &facts.error {
            Some(error) => parts::error_ui(ui, error, out, |_| {}),
            None => parts::waiting_ui(ui, "Reaching the practice org", 8),
        });
        return;
    };
    let ground = Frame::new().fill(tokens(ui).canvas).inner_margin(Margin { left: 24, right: 24, top: 14, bottom: 12 });
    Panel::top("practice head").resizable(false).show_separator_line(false).frame(ground).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        head::ui(ui, state, draft, out, &status);
        if let Some(error) = &facts.error {
            parts::error_ui(ui, error, out, |_| {});
        }
    });
    let wide = ui.available_width();
    let side = (wide * 0.38).clamp(384.0, 480.0);
    let ground = Frame::new().fill(tokens(ui).canvas).inner_margin(Margin::ZERO);
    let line = Stroke::new(1.0, tokens(ui).hairline);
    Panel::left("practice side").exact_size(side).resizable(false).show_separator_line(false).frame(ground).show(
        ui,
        |ui| {
            ui.painter().hline(ui.max_rect().x_range(), ui.max_rect().top(), line);
            tabs_ui(ui, state, draft);
            match draft.practice.tab {
                Tab::BadDays => days::ui(ui, draft, out, &status),
                Tab::Objects => objects::ui(ui, state, draft, out, &status),
                Tab::SignIn => sign_in::ui(ui, state, draft, out),
            }
        },
    );
    let ground = Frame::new().fill(tokens(ui).surface);
    CentralPanel::default().frame(ground).show(ui, |ui| {
        let edge = ui.max_rect();
        log::ui(ui, state, draft, out);
        ui.painter().vline(edge.left(), edge.y_range(), line);
        ui.painter().hline(edge.x_range(), edge.top(), line);
    });
}

/// Asks how it stands, again and again while somebody sees it.
fn look(ui: &Ui, state: &State, out: &mut Outbox) {
    let facts = &state.practice;
    if state.name.is_none() {
        return;
    }
    if !facts.looking && state.now - facts.looked_at >= LOOK_EVERY_MS {
        out.push(Command::Practice(PracticeAsk::Look { after: facts.last, turn: facts.turn }));
    }
    ui.ctx().request_repaint_after(Duration::from_millis(LOOK_EVERY_MS as u64));
}

fn tabs_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let on = state.practice.bad_days.len() as u64;
    let days = if on > 0 { format!("Bad days {on}") } else { "Bad days".to_owned() };
    Frame::new().inner_margin(Margin { left: 20, right: 16, top: 8, bottom: 8 }).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for (tab, mark, name) in [
                (Tab::BadDays, icon::TRIANGLE_ALERT, days.as_str()),
                (Tab::Objects, icon::DATABASE, "Objects"),
                (Tab::SignIn, icon::KEY_ROUND, "Sign-in details"),
            ] {
                let chosen = draft.practice.tab == tab;
                let mut press = Press::new(name).icon(mark).quiet().chosen(chosen);
                if tab == Tab::BadDays && on > 0 {
                    press = press.icon_colour(tokens(ui).attention.strong);
                }
                if press.ui(ui).clicked() {
                    draft.practice.tab = tab;
                }
            }
        });
    });
}

/// What stands beside the log, scrolled, with its margins.
fn scrolled_ui(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui)) {
    egui::ScrollArea::vertical().id_salt(name).auto_shrink([false, false]).show(ui, |ui| {
        Frame::new().inner_margin(Margin { left: 24, right: 20, top: 4, bottom: 20 }).show(ui, |ui| {
            ui.set_width(ui.available_width());
            contents(ui);
        });
    });
}

/// Something is done to the practice org.
fn deed(out: &mut Outbox, deed: PracticeDeed) {
    out.push(Command::Practice(PracticeAsk::Do(deed)));
}

/// A button that copies, and says for a moment that it did.
fn copy_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, what: &str, text: &str) {
    let copied = draft.practice.copied.as_ref().is_some_and(|(name, until)| name == what && state.now < *until);
    let name = if copied { format!("{what} was copied") } else { format!("Copy {what}") };
    let mut press = Press::icon_only(if copied { icon::CHECK } else { icon::COPY }, &name).low();
    if copied {
        press = press.icon_colour(tokens(ui).good.strong);
    }
    if press.ui(ui).clicked() {
        copy(state, draft, out, what, text);
    }
}

fn copy(state: &State, draft: &mut Draft, out: &mut Outbox, what: &str, text: &str) {
    out.push(Command::Copy(text.to_owned()));
    draft.practice.copied = Some((what.to_owned(), state.now + SAID_MS));
}

/// `1 hit`, `204 hits`
fn hits(count: u64) -> String {
    format::count(count, "hit", "hits")
}

//! Closing the window while runs work: they go on, or stop in order, or at once.

use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Closing, Draft};
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use egui::{Id, Label, Modal, Ui, ViewportCommand};

pub(super) fn ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let Some(closing) = draft.leaving else { return };
    let modal = Modal::new(Id::unique("closing")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui)).show(
        ui.ctx(),
        |ui| {
            ui.set_width(480.0);
            let runs = format::count(state.live.len() as u64, "run is", "runs are");
            match closing {
                Closing::Asked => {
                    parts::section_ui(ui, &format!("{runs} at work"), |_| {});
                    choices_ui(ui, state, draft, out);
                }
                Closing::Waiting => {
                    parts::section_ui(ui, "Linkspan closes by itself", |_| {});
                    let text = format!("{runs} still at work. The window closes when that is over.");
                    parts::note_ui(ui, Meaning::Information, &text);
                    if Press::new("Stay open").ui(ui).clicked() {
                        ui.close();
                    }
                }
            }
        },
    );
    if modal.should_close() {
        draft.leaving = None;
    }
}

fn choices_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let mut chosen = None;
    let choices = [
        (Way::GoOn, "Keep running", icon::PLAY, "The window becomes small, and closes when the last run has ended"),
        (
            Way::Pause,
            "Pause and close",
            icon::CLOCK,
            "Nothing more is sent; what was sent is awaited. The run waits, and is continued by one button",
        ),
        (
            Way::Stop,
            "Stop at once and close",
            icon::SQUARE,
            "Answers are not awaited either. Continuing asks Salesforce first what became of what was sent",
        ),
    ];
    for (way, name, icon, help) in choices {
        let press = Press::new(name).icon(icon);
        let press = if matches!(way, Way::GoOn) { press.primary() } else { press };
        let response = press.ui(ui);
        if matches!(way, Way::GoOn) && ui.memory(|memory| memory.focused().is_none()) {
            response.request_focus();
        }
        if response.clicked() {
            chosen = Some(way);
        }
        ui.add(Label::new(theme::small(help).color(tokens(ui).quiet)).wrap());
        ui.add_space(4.0);
    }
    if Press::new("Stay here").low().quiet().ui(ui).clicked() {
        ui.close();
    }
    let Some(way) = chosen else { return };
    draft.leaving = Some(Closing::Waiting);
    let times = match way {
        Way::GoOn => 0,
        Way::Pause => 1,
        Way::Stop => 2,
    };
    for run in state.live.keys() {
        (0..times).for_each(|_| out.push(Command::Cancel(*run)));
    }
    if times == 0 {
        ui.ctx().send_viewport_cmd(ViewportCommand::Minimized(true));
    }
}

/// What becomes of the runs.
#[derive(Clone, Copy)]
enum Way {
    GoOn,
    Pause,
    Stop,
}

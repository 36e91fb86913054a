//! Closing the window while runs work: they go on, or stop in order, or at once.

use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Closing, Draft};
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use egui::{
    Align2, CornerRadius, CursorIcon, Id, Modal, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, ViewportCommand,
    WidgetInfo,
};

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
        (
            Way::GoOn,
            "Keep running in the background",
            icon::PLAY,
            "The window becomes small, and closes when the last run has ended",
        ),
        (Way::Pause, "Pause", icon::CLOCK, "What was sent is awaited; one button continues the rest later"),
        (
            Way::Stop,
            "Cancel run",
            icon::SQUARE,
            "Nothing is awaited. Continuing asks first what became of what was sent",
        ),
    ];
    ui.spacing_mut().item_spacing.y = 6.0;
    for (way, name, icon, help) in choices {
        let response = choice_ui(ui, name, icon, help);
        // The harmless choice has the focus.
        if matches!(way, Way::GoOn) && ui.memory(|memory| memory.focused().is_none()) {
            response.request_focus();
        }
        if response.clicked() {
            chosen = Some(way);
        }
    }
    ui.add_space(2.0);
    if Press::new("Back").ui(ui).on_hover_text("The window stays open").clicked() {
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

/// A choice as wide as the question: its name, and what it does.
fn choice_ui(ui: &mut Ui, name: &str, icon: &str, help: &str) -> Response {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 52.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let over = response.hovered() || response.has_focus();
    let ground = if over { tokens.control_hover } else { tokens.control };
    let line = Stroke::new(1.0, tokens.control_line);
    ui.painter().rect(rect, CornerRadius::same(8), ground, line, StrokeKind::Inside);
    if response.has_focus() {
        parts::focus_ring(ui, rect);
    }
    let inner = rect.shrink2(Vec2::new(14.0, 9.0));
    let painter = ui.painter();
    painter.text(inner.left_center(), Align2::LEFT_CENTER, icon, theme::icon_font(16.0), tokens.accent_text);
    let left = inner.left() + 30.0;
    let font = theme::medium_font(theme::BODY);
    painter.text(egui::pos2(left, inner.top()), Align2::LEFT_TOP, name, font, tokens.strong);
    let at = egui::pos2(left, inner.bottom());
    painter.text(at, Align2::LEFT_BOTTOM, help, theme::small_font(), tokens.quiet);
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// What becomes of the runs.
#[derive(Clone, Copy)]
enum Way {
    GoOn,
    Pause,
    Stop,
}

//! Leaving rows as they are: the reason is asked for, since nobody will look at them again.

use crate::gui::command::{Command, Outbox};
use crate::gui::draft::Draft;
use crate::gui::errors::{ErrorsAsk, ErrorsDeed, Group};
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::theme::{self, icon, tokens};
use crate::workspace::{QueueCard, Selected};
use egui::{Id, Key, Label, Modal, Ui};

pub(super) fn ui(ui: &Ui, draft: &mut Draft, out: &mut Outbox, card: &QueueCard) {
    let Some((row, mut reason)) = draft.errors.leaving.take() else { return };
    let mut done = false;
    let modal = Modal::new(Id::unique("leave")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui));
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(460.0);
        let rows = if row.is_some() { 1 } else { card.rows };
        let what = format::count(rows, "row", "rows");
        parts::section_ui(ui, &format!("Leave {what} as they are"), |_| {});
        let help = "They leave this list and are not tried again. The activity log keeps the reason.";
        ui.add(Label::new(theme::small(help).color(tokens(ui).quiet)).wrap());
        let field = parts::text_ui(ui, "Reason", "Closed last year, not needed any more", &mut reason);
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if ui.memory(|memory| memory.focused().is_none()) {
            field.request_focus();
        }
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let why_not = reason.trim().is_empty().then_some("Say why first");
            let press = Press::new("Leave them").icon(icon::CIRCLE_MINUS).primary().why_not(why_not);
            done = press.ui(ui).clicked() || (entered && why_not.is_none());
            if Press::new("Cancel").ui(ui).clicked() {
                ui.close();
            }
        });
    });
    if done {
        let rows = match row {
            Some(row) => Selected::Rows { step: card.step, rows: vec![row] },
            None => Group::of(card).selected(),
        };
        out.push(Command::Errors(ErrorsAsk::Do(ErrorsDeed::Leave { run: card.run, rows, reason })));
        draft.errors.open_row = None;
    } else if !shown.should_close() {
        draft.errors.leaving = Some((row, reason));
    }
}

//! Decisions that come back from a spreadsheet: what they come to, and which lines cannot be taken, before anything is done.

use super::bulk::answered_ui;
use crate::gui::command::{Command, Outbox};
use crate::gui::conflicts::{ConflictsAsk, ConflictsDeed};
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::workspace::SheetTaken;
use egui::{Id, Key, Label, Modal, Modifiers, RichText, ScrollArea, Ui};
use std::sync::Arc;

pub(super) fn ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let Some(path) = draft.conflicts.sheet.take() else { return };
    let known = state.conflicts.sheet.as_ref().filter(|(of, _)| *of == path).map(|(_, fact)| fact);
    let taken: Option<&Arc<SheetTaken>> = known.and_then(Fact::here);
    let decides = taken.map_or(0, |taken| taken.answered.decided);
    let mut done = false;
    let modal = Modal::new(Id::unique("decisions of a file")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui));
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(560.0);
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        parts::section_ui(ui, &format!("Decisions of {}", format::middle(&name, 48)), |_| {});
        match known {
            None | Some(Fact::Waiting) => parts::waiting_ui(ui, "Reading the file", 4),
            Some(Fact::Failed(error)) => parts::error_ui(ui, error, out, |_| {}),
            Some(Fact::Here(taken)) => taken_ui(ui, taken),
        }
        ui.add_space(4.0);
        let entered = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        ui.horizontal(|ui| {
            let why_not = (decides == 0).then_some("The file decides nothing that can be taken");
            let words = format!("Decide {}", format::count(decides, "conflict", "conflicts"));
            let press = Press::new(&words).icon(icon::COPY_CHECK).primary().why_not(why_not);
            done = press.ui(ui).on_hover_text("Enter").clicked() || (entered && why_not.is_none());
            if Press::new("Cancel").ui(ui).on_hover_text("Esc").clicked() {
                ui.close();
            }
        });
    });
    if done {
        out.push(Command::Conflicts(ConflictsAsk::Do(ConflictsDeed::Import(path))));
        draft.conflicts.focus = true;
    } else if shown.should_close() {
        draft.conflicts.focus = true;
    } else {
        draft.conflicts.sheet = Some(path);
    }
}

fn taken_ui(ui: &mut Ui, taken: &SheetTaken) {
    answered_ui(ui, &taken.answered);
    if taken.blank > 0 {
        let words = format!("{} without a decision in the file", format::count(taken.blank, "conflict", "conflicts"));
        parts::note_ui(ui, Meaning::Plain, &words);
    }
    if taken.refused.is_empty() {
        return;
    }
    let words = format!("{} cannot be taken", format::count(taken.refused_lines, "line", "lines"));
    parts::note_ui(ui, Meaning::Attention, &words);
    parts::well(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ScrollArea::vertical().max_height(200.0).auto_shrink([false, true]).show(ui, |ui| {
            for line in &taken.refused {
                ui.horizontal_top(|ui| {
                    ui.label(theme::mono(format!("line {}", line.line)).color(tokens(ui).quiet));
                    ui.add(Label::new(RichText::new(&line.why).color(tokens(ui).text)).wrap());
                });
            }
        });
    });
}

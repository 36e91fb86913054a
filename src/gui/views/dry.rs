//! The answer to a dry run: what a run would do over every row, and what it would take of each org.

use crate::engine::Preview;
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::workspace::DryRun;
use egui::{Grid, Id, Label, Modal, RichText, ScrollArea, Ui};

pub(super) fn ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    if !draft.dry_open {
        return;
    }
    let modal = Modal::new(Id::unique("dry run")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui)).show(
        ui.ctx(),
        |ui| {
            ui.set_width(540.0);
            parts::section_ui(ui, "Dry run", |_| {});
            match &state.dry_run {
                Some(Fact::Here(dry)) => answer_ui(ui, dry),
                Some(Fact::Failed(error)) => parts::error_ui(ui, error, out, |_| {}),
                _ => parts::waiting_ui(ui, "Looking at every row; nothing is written", 4),
            }
            ui.add_space(4.0);
            let waits = !matches!(&state.dry_run, Some(Fact::Here(_) | Fact::Failed(_)));
            let close = Press::new(if waits { "Cancel" } else { "Close" }).ui(ui);
            if ui.memory(|memory| memory.focused().is_none()) {
                close.request_focus();
            }
            if close.clicked() {
                ui.close();
            }
        },
    );
    if modal.should_close() {
        draft.dry_open = false;
        out.push(Command::StopDryRun);
    }
}

fn answer_ui(ui: &mut Ui, dry: &DryRun) {
    let sum = |count: fn(&Preview) -> u64| dry.steps.iter().map(count).sum::<u64>();
    let said = [
        (sum(|step| step.create), "created", icon::CIRCLE_PLUS, Meaning::Good),
        (sum(|step| step.update), "updated", icon::PENCIL, Meaning::Information),
        (sum(|step| step.delete), "deleted", icon::TRASH_2, Meaning::Bad),
        (sum(|step| step.unchanged), "left equal", icon::EQUAL, Meaning::Plain),
        (sum(|step| step.skip), "skipped", icon::CIRCLE_MINUS, Meaning::Plain),
        (sum(|step| step.not_sent), "not sent", icon::BAN, Meaning::Attention),
    ];
    let rows = format::count(sum(|step| step.looked_at), "row", "rows");
    ui.label(theme::small(format!("Nothing was written. Of {rows} would be:")).color(tokens(ui).quiet));
    Grid::new("dry run counts").num_columns(3).spacing([12.0, 6.0]).show(ui, |ui| {
        for (count, word, icon, meaning) in said.into_iter().filter(|(count, ..)| *count > 0) {
            let colour = tokens(ui).tint(meaning).strong;
            ui.label(RichText::new(icon).font(theme::icon_font(14.0)).color(colour));
            let line = format!("{} {word}", format::number(count));
            ui.label(theme::medium(line).color(tokens(ui).strong));
            ui.end_row();
        }
    });
    for used in &dry.api_use {
        ui.add(Label::new(theme::small(used.sentence()).color(tokens(ui).text)).wrap());
        for concern in &used.concerns {
            parts::note_ui(ui, Meaning::Attention, concern);
        }
    }
    ScrollArea::vertical().max_height(220.0).auto_shrink([false, true]).show(ui, |ui| {
        for (number, step) in dry.steps.iter().enumerate() {
            step_ui(ui, step, (dry.steps.len() > 1).then_some(number + 1));
        }
    });
}

/// What is to be known of a step, and the rows that cannot be sent.
fn step_ui(ui: &mut Ui, step: &Preview, number: Option<usize>) {
    let before = number.map(|number| format!("Step {number}: ")).unwrap_or_default();
    if let Some((_, why)) = &step.api {
        ui.add(Label::new(theme::small(format!("{before}{why}")).color(tokens(ui).quiet)).wrap());
    }
    for note in &step.notes {
        ui.add(Label::new(theme::small(format!("{before}{note}")).color(tokens(ui).quiet)).wrap());
    }
    for row in step.rows.iter().filter(|row| !row.problems.is_empty()) {
        for problem in &row.problems {
            ui.horizontal(|ui| {
                ui.label(RichText::new(icon::CIRCLE_X).color(tokens(ui).attention.strong));
                let text = format!("{before}line {}: {}", row.line, problem.message);
                ui.add(Label::new(theme::small(text).color(tokens(ui).text)).wrap());
            });
        }
    }
}

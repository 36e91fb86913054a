//! The answer to a dry run: what a run would do over every row, and what it would take of each org.

use crate::engine::{Forecast, Preview};
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Draft, Screen};
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::workspace::{ApiUse, DryRun};
use egui::{Id, Label, Modal, RichText, ScrollArea, Ui};

/// Asks what a run of what is on the screen would do, saved or not.
pub(in crate::gui) fn look(state: &State, draft: &mut Draft, out: &mut Outbox) {
    if draft.screen == Screen::Designer && draft.designer.integration().goes_both_ways() {
        return super::designer::look_at_sync(state, draft, out);
    }
    let asked = if draft.screen == Screen::Designer {
        Some((draft.designer.integration().clone(), draft.designer.id))
    } else {
        draft.import.integration(state).map(|integration| (integration, draft.import.id))
    };
    if let Some((integration, id)) = asked {
        draft.dry_open = true;
        out.push(Command::DryRun(Box::new(integration), id));
    }
}

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
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(6.0, 4.0);
        for (count, word, icon, meaning) in said.into_iter().filter(|(count, ..)| *count > 0) {
            let tint = tokens(ui).tint(meaning).strong;
            let colour = if meaning == Meaning::Plain { tokens(ui).text } else { tint };
            ui.label(RichText::new(icon).font(theme::icon_font(16.0)).color(tint));
            ui.label(theme::title(format!("{} {word}", format::number(count))).color(colour));
            ui.add_space(14.0);
        }
    });
    ui.separator();
    let area = ScrollArea::vertical().max_height((ui.ctx().content_rect().height() - 320.0).clamp(160.0, 360.0));
    area.auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        for used in &dry.api_use {
            line_ui(ui, icon::CLOUD, tokens(ui).quiet, &taken(used));
            for concern in &used.concerns {
                parts::note_ui(ui, Meaning::Attention, concern);
            }
        }
        for (number, step) in dry.steps.iter().enumerate() {
            step_ui(ui, step, (dry.steps.len() > 1).then_some(number + 1));
        }
    });
}

/// What the run takes of an org, and what the org has left.
fn taken(used: &ApiUse) -> String {
    let Forecast { calls, jobs, bulk_rows, events, .. } = used.forecast;
    let mut what = format!("About {}", format::count(calls, "API request", "API requests"));
    if jobs > 0 {
        let (rows, jobs) = (format::count(bulk_rows, "row", "rows"), format::count(jobs, "Bulk job", "Bulk jobs"));
        what = format!("{what}, {rows} in {jobs}");
    }
    if events > 0 {
        what = format!("{what}, {}", format::count(events, "platform event", "platform events"));
    }
    match used.calls_left {
        Some((left, of)) => {
            format!("{what}; {} has {} of {} left today", used.org, format::number(left), format::number(of))
        }
        None => format!("{what}; {} does not say how many it has left", used.org),
    }
}

fn line_ui(ui: &mut Ui, icon: &str, colour: egui::Color32, text: &str) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        ui.label(RichText::new(icon).size(13.0).color(colour));
        ui.add(Label::new(theme::small(text).color(tokens(ui).text)).wrap());
    });
}

/// What is to be known of a step, and the rows that cannot be sent.
fn step_ui(ui: &mut Ui, step: &Preview, number: Option<usize>) {
    let (quiet, attention) = (tokens(ui).quiet, tokens(ui).attention.strong);
    if let Some(number) = number {
        ui.add_space(6.0);
        ui.label(theme::medium(format!("Step {number}")).color(tokens(ui).strong));
    }
    if let Some((_, why)) = &step.api {
        line_ui(ui, icon::SEND, quiet, why);
    }
    for note in &step.notes {
        line_ui(ui, icon::INFO, quiet, note);
    }
    let bad = step.rows.iter().flat_map(|row| row.problems.iter().map(move |problem| (row.line, problem)));
    for (at, (line, problem)) in bad.enumerate() {
        if at == 0 {
            ui.add_space(6.0);
            ui.label(theme::medium("Rows that are not sent").size(theme::SMALL).color(quiet));
        }
        line_ui(ui, icon::BAN, attention, &format!("Line {}: {}", format::number(line), problem.message));
    }
}

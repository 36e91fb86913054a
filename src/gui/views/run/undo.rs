//! Taking a run back: the button, the question that says what would happen, and the way from one of the two runs to the other.

use crate::connect::Outcome;
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::gui::views::confirm::TYPED_FROM;
use crate::store::{RunId, RunState};
use crate::workspace::{Environment, RunCard, UndoPlan};
use egui::{Id, Label, Modal, RichText, ScrollArea, TextEdit, Ui};

/// The button that asks.
pub(super) fn button_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &RunCard) {
    let why_not = why_not(state, card);
    let press = Press::new("Undo this run…").icon(icon::UNDO_2).why_not(why_not.as_deref());
    if press.ui(ui).clicked() {
        open(draft, out, card.run.id);
    }
}

/// Asks what taking the run back would do, and shows it.
fn open(draft: &mut Draft, out: &mut Outbox, run: RunId) {
    draft.run.undo = Some(String::new());
    out.push(Command::PlanUndo(run));
}

/// Opens the question from elsewhere, where it can be asked.
pub(in crate::gui) fn ask(state: &State, draft: &mut Draft, out: &mut Outbox, run: RunId) {
    if can(state, run) {
        open(draft, out, run);
    }
}

/// Whether the question can be asked.
pub(in crate::gui) fn can(state: &State, run: RunId) -> bool {
    !state.works(run) && state.run(run).is_some_and(|card| why_not(state, card).is_none())
}

/// Why the run cannot be taken back.
fn why_not(state: &State, card: &RunCard) -> Option<String> {
    let count = |outcome| card.tally.of(outcome);
    if let Some(by) = undone_by(state, card) {
        return Some(format!("Run {} has taken it back", by.0));
    }
    let nothing = count(Outcome::Created) + count(Outcome::Updated) + count(Outcome::Deleted) == 0;
    nothing.then(|| "It made, changed and deleted no record".to_owned())
}

/// The run that took this one back, or does so now.
pub(in crate::gui::views) fn undone_by(state: &State, card: &RunCard) -> Option<RunId> {
    // Of a run that was read before, only the list knows yet.
    let undo = |other: &&RunCard| other.run.undo_of == Some(card.run.id) && other.run.state != RunState::Aborted;
    card.undone_by.or_else(|| state.runs.iter().flatten().filter(undo).map(|other| other.run.id).max())
}

/// From the run that takes another one back to that one, and from that one to it.
pub(super) fn links_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &RunCard) {
    let mut link_ui = |ui: &mut Ui, text: &str, name: &str, other: RunId, help: &str| {
        let press = Press::new(text).name(name).icon(icon::UNDO_2).low();
        if press.ui(ui).on_hover_text(help).clicked() {
            draft.go_to_run(other, out);
        }
    };
    if let Some(of) = card.run.undo_of {
        // The run's own name says already what it is.
        let (text, name) = (format!("Go to run {}", of.0), format!("Undo of run {}", of.0));
        link_ui(ui, &text, &name, of, "The run that this one takes back");
    }
    if let Some(by) = undone_by(state, card) {
        let text = format!("{} by run {}", if state.works(by) { "Being undone" } else { "Undone" }, by.0);
        link_ui(ui, &text, &text, by, "Go to the run that took this one back");
    }
}

/// What an undo left alone.
pub(super) fn left_alone_ui(ui: &mut Ui, card: &RunCard) {
    let skipped = card.tally.of(Outcome::Skipped);
    if card.run.undo_of.is_some() && skipped > 0 {
        let text = format!(
            "{} left alone, because somebody changed or deleted them since. They are listed as skipped.",
            format::count(skipped, "record was", "records were")
        );
        parts::note_ui(ui, Meaning::Information, &text);
    }
}

/// The question.
pub(super) fn question_ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &RunCard) {
    let Some(mut typed) = draft.run.undo.take() else { return };
    let run = card.run.id;
    let plan = state.undo.as_ref().filter(|(of, _)| *of == run).map(|(_, fact)| fact);
    let mut go = false;
    let question = Modal::new(Id::unique("undo run")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui));
    let modal = question.show(ui.ctx(), |ui| {
        ui.set_width(500.0);
        ui.spacing_mut().item_spacing.y = 8.0;
        parts::section_ui(ui, &format!("Undo run {}?", run.0), |_| {});
        let name = format::middle(&card.run.name, 60);
        ui.label(theme::small(format!("{name}, {}", format::exact(card.run.began_at))).color(tokens(ui).quiet));
        match plan {
            None | Some(Fact::Waiting) => parts::waiting_ui(ui, "Looking at what can be undone", 4),
            Some(Fact::Failed(error)) => parts::error_ui(ui, error, out, |_| {}),
            Some(Fact::Here(plan)) => {
                let area = ScrollArea::vertical().max_height((ui.ctx().content_rect().height() - 300.0).max(160.0));
                area.show(ui, |ui| plan_ui(ui, plan, card.waiting));
            }
        }
        let plan = plan.and_then(Fact::here);
        let org = plan.map_or_else(String::new, |plan| plan.org.0.clone());
        let production = plan.is_some_and(|plan| plan.org.1 == Some(Environment::Production));
        let records = plan.map_or(0, |plan| changes(plan));
        let mut why_not = match plan {
            None => Some("It is not known yet what would happen"),
            Some(_) if records == 0 => Some("Nothing of it can be taken back"),
            Some(_) => None,
        };
        let deletes = plan.is_some_and(|plan| plan.sum().created > 0);
        if production && why_not.is_none() && (deletes || records >= TYPED_FROM) {
            let label = ui.label(RichText::new(format!("Type {org} to go on")).color(tokens(ui).text));
            let field = TextEdit::singleline(&mut typed).desired_width(f32::INFINITY);
            let field = ui.add(field.margin(egui::Margin::symmetric(8, 5))).labelled_by(label.id);
            if ui.memory(|memory| memory.focused().is_none()) {
                field.request_focus();
            }
            if typed.trim() != org {
                why_not = Some("The name has to be typed first");
            }
        }
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let place = state.org(&org).map_or_else(|| org.clone(), format::org);
            let label = match records {
                0 => "Undo".to_owned(),
                records => format!("Undo {} in {place}", format::count(records, "record", "records")),
            };
            let mut press =
                Press::new(&label).icon(if production { icon::LOCK } else { icon::UNDO_2 }).why_not(why_not);
            press = if production { press.danger() } else { press.primary() };
            go = press.ui(ui).clicked();
            let cancel = Press::new("Cancel").ui(ui);
            if ui.memory(|memory| memory.focused().is_none()) {
                cancel.request_focus();
            }
            if cancel.clicked() {
                ui.close();
            }
        });
    });
    if go {
        let alias = plan.and_then(Fact::here).map(|plan| plan.org.0.as_str()).unwrap_or_default();
        let org = state.org(alias).filter(|org| org.environment == Some(Environment::Production));
        out.push(Command::UndoRun { run, production: org.map(|org| org.org_id.clone()) });
    } else if !modal.should_close() {
        draft.run.undo = Some(typed);
    }
}

/// Records that an undo writes to.
fn changes(plan: &UndoPlan) -> u64 {
    let sum = plan.sum();
    sum.created + sum.updated + sum.deleted
}

/// What would happen, and what would not.
fn plan_ui(ui: &mut Ui, plan: &UndoPlan, waiting: u64) {
    let sum = plan.sum();
    let tokens = tokens(ui);
    ui.spacing_mut().item_spacing.y = 9.0;
    let bad = tokens.bad.strong;
    let good = tokens.information.strong;
    if sum.created > 0 {
        let text = format!("{} it made {} deleted", records(sum.created), are(sum.created));
        let help = if plan.tables { "A table has no recycle bin." } else { "They go to the recycle bin of the org." };
        line_ui(ui, icon::TRASH_2, bad, &text, help);
    }
    if sum.updated > 0 {
        let gets = if sum.updated == 1 { "gets its" } else { "get their" };
        let text = format!("{} it changed {gets} former values back", records(sum.updated));
        line_ui(ui, icon::UNDO_2, good, &text, "Only the fields that the run wrote.");
    }
    if sum.deleted > 0 {
        let text = format!("{} it deleted {} made anew", records(sum.deleted), are(sum.deleted));
        let help = match plan.tables {
            true => "Each gets its key again. Rows of other tables that were lost with it are not brought back.",
            false => "Each gets a new id. Children that were lost with it, files and history are not brought back.",
        };
        line_ui(ui, icon::CIRCLE_PLUS, tokens.attention.strong, &text, help);
    }
    if changes(plan) > 0 && plan.steps.len() > 1 {
        let steps: Vec<&str> = plan.steps.iter().map(|(object, _)| object.as_str()).collect();
        line_ui(ui, icon::LIST, tokens.quiet, "Step by step, children before their parents", &steps.join(", then "));
    }
    ui.separator();
    if sum.lost > 0 {
        let text = format!("{} cannot be restored", records(sum.lost));
        line_ui(ui, icon::BAN, tokens.attention.strong, &text, "What they held before was not kept.");
    }
    if plan.unconfirmed > 0 {
        let text = format!("{} unconfirmed", format::count(plan.unconfirmed, "row is", "rows are"));
        line_ui(
            ui,
            icon::CIRCLE_QUESTION_MARK,
            tokens.attention.strong,
            &text,
            "Nobody knows whether they arrived: they are left alone.",
        );
    }
    if waiting > 0 {
        let text =
            format!("{} and would still be sent if the run went on", format::count(waiting, "row waits", "rows wait"));
        line_ui(ui, icon::CIRCLE_DASHED, tokens.attention.strong, &text, "Only what was sent so far is taken back.");
    }
    let help = "They are listed as skipped in the run that takes this one back.";
    line_ui(ui, icon::EQUAL, tokens.quiet, "Records that somebody changed since are left alone", help);
    if plan.tables {
        let help = "The database does not take it back, and neither can Linkspan.";
        return line_ui(ui, icon::DATABASE, tokens.quiet, "What triggers of the database did stays", help);
    }
    let help = "Salesforce does not take them back, and neither can Linkspan.";
    line_ui(ui, icon::MAIL, tokens.quiet, "E-mails that were sent and automation that ran stay", help);
}

fn records(count: u64) -> String {
    format::count(count, "record", "records")
}

fn are(count: u64) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

fn line_ui(ui: &mut Ui, icon: &str, colour: egui::Color32, text: &str, help: &str) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        ui.label(RichText::new(icon).size(15.0).color(colour));
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.add(Label::new(theme::medium(text).color(tokens(ui).strong)).wrap());
            ui.add(Label::new(theme::small(help).color(tokens(ui).quiet)).wrap());
        });
    });
}

//! Taking a run back: what that does and what it cannot, before it is done.

use crate::gui::command::{Command, Outbox};
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::store::RunId;
use crate::workspace::{Environment, RunCard, UndoPlan};
use egui::{Grid, Id, Modal, RichText, TextEdit, Ui};

/// Records from which the name of a production org has to be typed.
const TYPED_FROM: u64 = 200;

/// The button that opens the question.
pub(super) fn button_ui(ui: &mut Ui, draft: &mut Draft, out: &mut Outbox, card: &RunCard) {
    use crate::connect::Outcome::{Created, Deleted, Updated};
    let did: u64 = [Created, Updated, Deleted].into_iter().map(|outcome| card.tally.of(outcome)).sum();
    let why_not = (did == 0).then_some("This run changed nothing");
    let help = "Take back what this run did: delete what it made, restore what it changed";
    if Press::new("Undo…").icon(icon::UNDO_2).why_not(why_not).ui(ui).on_hover_text(help).clicked() {
        open(draft, out, card.run.id);
    }
}

/// Opens the question.
pub(super) fn open(draft: &mut Draft, out: &mut Outbox, run: RunId) {
    draft.run.undo = Some(String::new());
    out.push(Command::PlanUndo(run));
}

/// The question.
pub(super) fn ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &RunCard) {
    let Some(mut typed) = draft.run.undo.take() else { return };
    let mut done = false;
    let run = card.run.id;
    let modal =
        Modal::new(Id::unique("undo")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui)).show(ui.ctx(), |ui| {
            ui.set_width(500.0);
            parts::section_ui(ui, &format!("Undo run {}?", run.0), |_| {});
            let plan = match &state.undo {
                Some((of, Fact::Here(plan))) if *of == run => Some(plan),
                Some((of, Fact::Failed(error))) if *of == run => {
                    parts::error_ui(ui, error, out, |_| {});
                    None
                }
                _ => {
                    parts::waiting_ui(ui, "Looking at what the run did", 3);
                    None
                }
            };
            let why_not = match plan {
                Some(plan) => plan_ui(ui, state, &mut typed, plan),
                None => Some("It is not known yet what would be undone"),
            };
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                let label = plan.map_or_else(|| "Undo".to_owned(), |plan| button(plan));
                if Press::new(&label).danger().icon(icon::UNDO_2).why_not(why_not).ui(ui).clicked() {
                    let production = plan.filter(|plan| plan.org.1 == Some(Environment::Production));
                    let production = production.and_then(|plan| state.org(&plan.org.0)).map(|org| org.org_id.clone());
                    out.push(Command::UndoRun { run, production });
                    done = true;
                }
                let cancel = Press::new("Cancel").ui(ui);
                // The harmless button has the focus, so that Enter alone writes nothing.
                if ui.memory(|memory| memory.focused().is_none()) {
                    cancel.request_focus();
                }
                if cancel.clicked() {
                    ui.close();
                }
            });
        });
    if !done && !modal.should_close() {
        draft.run.undo = Some(typed);
    }
}

fn button(plan: &UndoPlan) -> String {
    let sum = plan.sum();
    match sum.created + sum.updated + sum.deleted {
        0 => "Undo".to_owned(),
        records => format!("Undo {}", format::count(records, "record", "records")),
    }
}

/// What it does; says why it cannot be done, if it cannot.
fn plan_ui(ui: &mut Ui, state: &State, typed: &mut String, plan: &UndoPlan) -> Option<&'static str> {
    let sum = plan.sum();
    let org = state.org(&plan.org.0).map_or_else(|| plan.org.0.clone(), format::org);
    if let Some(by) = plan.undone_by {
        let text = format!("Run {} has undone it already", by.0);
        parts::banner_ui(ui, Meaning::Information, &text, Some("To bring its changes back, undo that run."), |_| {});
        return Some("It was undone already");
    }
    let production = plan.org.1 == Some(Environment::Production);
    if production {
        parts::banner_ui(ui, Meaning::Bad, &format!("This writes to {org}"), None, |_| {});
    }
    let records = |count: u64| format::count(count, "record", "records");
    let lines = [
        (sum.created, icon::TRASH_2, "that it made are deleted", "They go to the recycle bin"),
        (
            sum.updated,
            icon::UNDO_2,
            "that it changed get their former values",
            "Only the fields that it wrote, and only where they still hold what it wrote. What somebody changed since is left alone and listed",
        ),
        (
            sum.deleted,
            icon::CIRCLE_PLUS,
            "that it deleted are made anew",
            "Under new ids; children and files that went with them do not come back",
        ),
        (sum.lost, icon::CIRCLE_MINUS, "stay as they are", "What they held before was not kept"),
        (plan.unconfirmed, icon::CIRCLE_QUESTION_MARK, "stay as they are", "Nobody knows whether the run got to them"),
    ];
    Grid::new("what is undone").num_columns(2).spacing([10.0, 8.0]).show(ui, |ui| {
        for (count, icon, what, more) in lines.into_iter().filter(|(count, ..)| *count > 0) {
            ui.label(RichText::new(icon).font(theme::icon_font(14.0)).color(tokens(ui).quiet));
            ui.vertical(|ui| {
                ui.label(theme::medium(format!("{} {what}", records(count))).color(tokens(ui).strong));
                ui.add(egui::Label::new(theme::small(more).color(tokens(ui).quiet)).wrap());
            });
            ui.end_row();
        }
    });
    let cannot = "E-mails that were sent, and what automation did elsewhere because of the run, cannot be undone.";
    ui.add(egui::Label::new(theme::small(cannot).color(tokens(ui).quiet)).wrap());
    let records = sum.created + sum.updated + sum.deleted;
    if records == 0 {
        return Some("Nothing of this run can be undone");
    }
    if production && (records >= TYPED_FROM || sum.created > 0) {
        let label = ui.label(RichText::new(format!("Type {} to go on", plan.org.0)).color(tokens(ui).text));
        let field = TextEdit::singleline(typed).desired_width(f32::INFINITY);
        ui.add(field.margin(egui::Margin::symmetric(8, 5))).labelled_by(label.id);
        if typed.trim() != plan.org.0 {
            return Some("The name has to be typed first");
        }
    }
    None
}

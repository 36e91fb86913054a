//! Decisions that lose something or write to production: the only questions that stand in the way.

use crate::connect::Operation;
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Confirm, Decision, Draft, Next};
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::syncing::SyncAsk;
use crate::gui::theme::{Meaning, icon, tokens};
use egui::{Id, Modal, RichText, TextEdit, Ui};

/// Rows from which the name of a production org has to be typed.
pub(super) const TYPED_FROM: u64 = 200;

struct Question {
    title: String,
    text: String,
    button: String,
    /// What has to be typed.
    type_this: Option<String>,
    /// The icon of its button.
    icon: &'static str,
}

pub(super) fn ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let Some(mut confirm) = draft.confirm.take() else { return };
    let question = question(state, draft, &confirm.what);
    let mut go = false;
    let modal = Modal::new(Id::unique("confirm")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui)).show(
        ui.ctx(),
        |ui| {
            ui.set_width(460.0);
            parts::section_ui(ui, &question.title, |_| {});
            parts::banner_ui(ui, Meaning::Bad, &question.text, None, |_| {});
            let mut why_not = None;
            if let Some(wanted) = &question.type_this {
                let label = ui.label(RichText::new(format!("Type {wanted} to go on")).color(tokens(ui).text));
                let field = TextEdit::singleline(&mut confirm.typed).desired_width(f32::INFINITY);
                let field = ui.add(field.margin(egui::Margin::symmetric(8, 5))).labelled_by(label.id);
                if ui.memory(|memory| memory.focused().is_none()) {
                    field.request_focus();
                }
                if confirm.typed.trim() != wanted {
                    why_not = Some("The name has to be typed first");
                }
            }
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                let press = Press::new(&question.button).danger().icon(question.icon).why_not(why_not);
                go = press.ui(ui).clicked();
                let cancel = Press::new("Cancel").ui(ui);
                // The harmless button has the focus, so that Enter alone writes nothing.
                if question.type_this.is_none() && ui.memory(|memory| memory.focused().is_none()) {
                    cancel.request_focus();
                }
                if cancel.clicked() {
                    ui.close();
                }
            });
        },
    );
    if go {
        decide(state, draft, out, confirm.what);
    } else if !modal.should_close() {
        draft.confirm = Some(Confirm { what: confirm.what, typed: confirm.typed });
    }
}

fn decide(state: &State, draft: &mut Draft, out: &mut Outbox, what: Decision) {
    match what {
        Decision::WriteToProduction { trial } | Decision::DeleteRecords { trial } => {
            if let Some(run) = draft.import.start(state, trial, true) {
                out.push(Command::Start(Box::new(run)));
            }
        }
        Decision::RunDesign => {
            if let Some(run) = draft.designer.start(state, None, true) {
                out.push(Command::Start(Box::new(run)));
            }
        }
        Decision::RunInProduction { id, org } => {
            let production = state.org(&org).map(|card| card.org_id.clone());
            out.push(Command::RunIntegration { id, production });
        }
        Decision::SyncInProduction { mut what, of, .. } => {
            let alias = of.production(state).unwrap_or_default();
            what.production = state.org(alias).map(|card| card.org_id.clone());
            draft.sync.of = None;
            out.push(Command::Sync(SyncAsk::Begin(what)));
        }
        Decision::WriteDecisions { id, org, .. } => {
            let production = state.org(&org).map(|card| card.org_id.clone());
            out.push(Command::WriteDecisions { id, production });
        }
        Decision::RetryInProduction { run, org } => {
            let production = state.org(&org).map(|card| card.org_id.clone());
            out.push(Command::Retry { run, production });
        }
        Decision::RetryRowsInProduction { mut what, org, .. } => {
            what.production = state.org(&org).map(|card| card.org_id.clone());
            out.push(Command::RetryRows(what));
        }
        Decision::RemoveOrg(alias) => out.push(Command::RemoveOrg(alias)),
        Decision::LoseChanges(next) => {
            draft.designer.forget_changes();
            match next {
                Next::Open(id) => draft.open_integration(id, out),
                Next::Begin => draft.begin_integration(state),
                Next::Close => draft.closing = true,
            }
        }
    }
}

fn question(state: &State, draft: &Draft, what: &Decision) -> Question {
    let org = |alias: &str| state.org(alias).map_or_else(|| alias.to_owned(), format::org);
    match what {
        Decision::WriteToProduction { trial } | Decision::DeleteRecords { trial } => {
            let design = &draft.import.design;
            let known = draft.import.file(state).and_then(|file| file.rows);
            let rows = match (known, *trial) {
                (Some(rows), Some(trial)) => Some(rows.min(trial)),
                (rows, trial) => trial.or(rows),
            };
            let button = super::import::run_label(state, draft, *trial);
            let typed = rows.is_none_or(|rows| rows >= TYPED_FROM) || design.operation == Operation::Delete;
            let many =
                rows.map_or_else(|| "all rows of the file".to_owned(), |rows| format::count(rows, "row", "rows"));
            let text = match design.operation {
                Operation::Delete => {
                    format!("The {} records of {many} are deleted in {}", design.object, org(&design.org))
                }
                _ => format!("{many} are written to {} in {}", design.object, org(&design.org)),
            };
            let title = match what {
                Decision::WriteToProduction { .. } => "Write to production?",
                _ => "Delete records?",
            };
            Question {
                title: title.to_owned(),
                text,
                button,
                type_this: typed.then(|| design.org.clone()),
                icon: icon::LOCK,
            }
        }
        Decision::RunDesign => {
            let steps = &draft.designer.integration().steps;
            let sentences: Vec<String> = steps.iter().map(crate::integration::Step::sentence).collect();
            let production = draft.designer.production(state);
            let alias = production.map(|card| card.alias.clone());
            let alias = alias.or_else(|| steps.first().map(crate::integration::Step::place)).unwrap_or_default();
            let title = if production.is_some() { "Write to production?" } else { "Delete records?" };
            Question {
                title: title.to_owned(),
                text: format!("{}, in {}", sentences.join(", then "), org(&alias)),
                button: format!("Run in {}", org(&alias)),
                type_this: Some(alias),
                icon: icon::LOCK,
            }
        }
        Decision::RunInProduction { id, org: alias } => {
            let card = state.integrations.iter().flatten().find(|card| card.id == *id);
            let name = card.map_or("", |card| card.name.as_str());
            Question {
                title: "Write to production?".to_owned(),
                text: format!("\"{name}\" writes to {}", org(alias)),
                button: format!("Run in {}", org(alias)),
                // How many rows its file has now is not known before it is read.
                type_this: Some(alias.clone()),
                icon: icon::LOCK,
            }
        }
        Decision::SyncInProduction { of, writes, .. } => {
            let alias = of.production(state).unwrap_or_default();
            let many = writes.map(|writes| format::count(writes, "record", "records"));
            let text = match &many {
                Some(many) => {
                    format!("\"{}\" writes {many} at both ends, among them those in {}", of.name, org(alias))
                }
                None => format!("\"{}\" writes whatever has changed to {} and {}", of.name, of.ends[0], org(alias)),
            };
            Question {
                title: "Write to production?".to_owned(),
                text,
                button: match many {
                    Some(many) => format!("Write {many} and sync with {}", org(alias)),
                    None => format!("Sync with {}", org(alias)),
                },
                type_this: writes.is_none_or(|writes| writes >= TYPED_FROM).then(|| alias.to_owned()),
                icon: icon::LOCK,
            }
        }
        Decision::WriteDecisions { id, decisions, org: alias } => {
            let card = state.integrations.iter().flatten().find(|card| card.id == *id);
            let name = card.map_or("", |card| card.name.as_str());
            let many = format::count(*decisions, "decision", "decisions");
            let sync = card.and_then(|card| card.sync.as_ref());
            let other = sync.map_or("the other end", |sync| sync.ends[0].as_str());
            Question {
                title: "Write to production?".to_owned(),
                text: format!("{many} of \"{name}\" are written to {} and {other}", org(alias)),
                button: format!("Write {many} in {}", org(alias)),
                type_this: (*decisions >= TYPED_FROM).then(|| alias.clone()),
                icon: icon::LOCK,
            }
        }
        Decision::RetryInProduction { run, org: alias } => {
            let rows = state.run(*run).map_or(0, |card| card.tally.attention());
            let many = format::count(rows, "row", "rows");
            Question {
                title: "Write to production?".to_owned(),
                text: format!("{many} of run {} are sent again to {}", run.0, org(alias)),
                button: format!("Retry {many} in {}", org(alias)),
                type_this: (rows >= TYPED_FROM).then(|| alias.clone()),
                icon: icon::LOCK,
            }
        }
        Decision::RetryRowsInProduction { what, rows, org: alias } => {
            let many = format::count(*rows, "row", "rows");
            Question {
                title: "Write to production?".to_owned(),
                text: format!("{many} of run {} are sent again to {}", what.run.0, org(alias)),
                button: format!("Retry {many} in {}", org(alias)),
                type_this: (*rows >= TYPED_FROM).then(|| alias.clone()),
                icon: icon::LOCK,
            }
        }
        Decision::LoseChanges(_) => Question {
            title: "Lose unsaved changes?".to_owned(),
            text: format!("\"{}\" has changes that are not saved", draft.designer.integration().name),
            button: "Lose them".to_owned(),
            type_this: None,
            icon: icon::TRASH_2,
        },
        Decision::RemoveOrg(alias) => Question {
            title: format!("Remove {alias}?"),
            text: "Its sign-in is forgotten. Runs stay, and can no longer be continued or retried.".to_owned(),
            button: format!("Remove {alias}"),
            type_this: None,
            icon: icon::LOCK,
        },
    }
}

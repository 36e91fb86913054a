//! A run: where it stands while it works, and what became of every row.

mod both_ways;
mod carried;
mod equation;
mod export;
mod failures;
mod goes_on;
mod progress;
mod rows;
mod story;
mod undo;

pub(in crate::gui::views) use both_ways::did;
pub(in crate::gui) use export::open as open_export;
pub(in crate::gui::views) use story::story_ui;
pub(in crate::gui::views) use undo::undone_by;
pub(in crate::gui) use undo::{ask as ask_undo, can as can_undo};

use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Confirm, Decision, Draft, RunDraft};
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::store::{RunId, RunState};
use crate::workspace::{Environment, RunCard};
use egui::{Align, CentralPanel, Frame, Layout, Margin, Panel, RichText, Ui};
use std::time::Duration;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, run: RunId) {
    if draft.run.run != Some(run) {
        draft.run = RunDraft { run: Some(run), ..RunDraft::default() };
        out.push(Command::LoadRun(run));
    }
    let Some(card) = state.run(run) else {
        Frame::new().inner_margin(Margin::same(24)).show(ui, |ui| {
            match state.runs_seen.get(&run).and_then(|facts| facts.error.as_ref()) {
                Some(error) => parts::error_ui(ui, error, out, |_| {}),
                None => parts::waiting_ui(ui, "Reading the run", 8),
            }
        });
        return;
    };
    let card = card.clone();
    let works = state.works(run);
    let ground = Frame::new().fill(tokens(ui).canvas).inner_margin(Margin { left: 24, right: 24, top: 14, bottom: 12 });
    Panel::top("run head").resizable(false).show_separator_line(false).frame(ground).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        head_ui(ui, state, draft, out, &card, works);
        if works {
            progress::ui(ui, state, draft, &card);
        } else {
            equation::ui(ui, draft, &card);
            if card.sync {
                both_ways::steps_ui(ui, draft, &card);
                both_ways::pairs_ui(ui, state, draft, &card);
            }
            undo::left_alone_ui(ui, &card);
            troubles_ui(ui, draft, out, &card);
        }
    });
    let failures = state.runs_seen.get(&run).map(|facts| facts.failures.clone()).unwrap_or_default();
    if let Some((step, row)) = draft.run.open_row {
        story::ui(ui, state, draft, out, run, step, row);
    } else if !failures.is_empty() {
        failures::ui(ui, state, draft, &failures, run, card.tally.attention());
    }
    let ground = Frame::new().fill(tokens(ui).surface);
    CentralPanel::default().frame(ground).show(ui, |ui| rows::ui(ui, state, draft, out, &card));
    export::ui(ui, draft, out, &card);
    undo::question_ui(ui, state, draft, out, &card);
    goes_on::limit_ui(ui, draft, out, &card);
}

fn head_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &RunCard, works: bool) {
    let tokens = tokens(ui);
    ui.horizontal(|ui| {
        let name = format::middle(&card.run.name, 46);
        let heading = ui.label(theme::title(&name).size(17.0).color(tokens.strong));
        heading.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, &card.run.name));
        let mark = parts::state_mark(if works { RunState::Running } else { card.run.state });
        parts::pill_ui(ui, mark.meaning, mark.icon, mark.word);
        if let Some(trial) = card.run.trial {
            let text = format!("Trial of {}", format::count(trial, "row", "rows"));
            parts::pill_ui(ui, Meaning::Information, "", &text);
        }
        if let Some(of) = card.run.retry_of {
            parts::pill_ui(ui, Meaning::Information, icon::ROTATE_CCW, &format!("Retry of run {}", of.0));
        }
        undo::links_ui(ui, state, draft, out, card);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if works {
                stop_ui(ui, draft, out, card.run.id);
            } else {
                afterwards_ui(ui, state, draft, out, card);
            }
        });
    });
    about_ui(ui, state, card, works);
}

/// What the run does, by which API and why, how long it took.
fn about_ui(ui: &mut Ui, state: &State, card: &RunCard, works: bool) {
    let quiet = tokens(ui).quiet;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(6.0, 2.0);
        let mut words = vec![format!("Run {}", card.run.id.0)];
        let first = card.run.steps.first().filter(|_| !card.sync);
        if let Some(step) = first {
            words.push(step.sentence.clone());
        }
        if card.sync {
            let ends = state.syncs.counts.get(&card.run.id).and_then(|looks| looks.first()).map(|look| &look.ends);
            words.extend(ends.map(|[left, right]| format!("{left} ↔ {right}")));
        }
        let live = state.live.get(&card.run.id).and_then(|progress| progress.api.clone());
        let stored = first.filter(|step| !step.api_why.is_empty()).map(|step| step.api_why.clone());
        if let Some(why) = live.map(|(_, why)| why).filter(|_| !card.sync).or(stored) {
            words.push(why);
        }
        for (field, texts) in card.run.steps.iter().flat_map(|step| &step.trimmed) {
            words.push(format!("{} cut to the length of {field}", format::count(*texts, "text", "texts")));
        }
        if !works {
            if card.run.calls > 0 {
                words.push(format::count(card.run.calls, "API call", "API calls"));
            }
            // Of a run whose process is gone nobody knows.
            if card.run.worked_ms > 0 {
                words.push(format::duration(Duration::from_millis(card.run.worked_ms)));
            }
        }
        for (index, text) in words.iter().enumerate() {
            if index > 0 {
                ui.label(theme::small("·").color(quiet));
            }
            ui.label(theme::small(text).color(quiet));
        }
        ui.label(theme::small("·").color(quiet));
        let began = ui.label(theme::small(format::ago(card.run.began_at, state.now)).color(quiet));
        began.on_hover_text(format!("Began {}", format::exact(card.run.began_at)));
    });
}

fn stop_ui(ui: &mut Ui, draft: &mut Draft, out: &mut Outbox, run: RunId) {
    let (label, help) = match draft.run.stops {
        0 => ("Cancel", "Stop sending. What was sent is awaited, and the rest can be continued later."),
        1 => ("Stop waiting", "Do not wait for answers either. Rows without an answer become Unconfirmed."),
        _ => ("Stopping…", "It stops as soon as it can"),
    };
    let press = Press::new(label).icon(icon::SQUARE).enabled(draft.run.stops < 2);
    let response = press.ui(ui).on_hover_text(help);
    if response.clicked() {
        draft.run.stops += 1;
        out.push(Command::Cancel(run));
    }
    if draft.run.stops == 1 {
        ui.label(RichText::new("Waiting for the answers to what was sent").color(tokens(ui).quiet));
    }
}

fn afterwards_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &RunCard) {
    // From the right: the one button to press, then what else can be done.
    goes_on::button_ui(ui, state, draft, out, card);
    let failed = card.retriable;
    if failed > 0 {
        let label = format!("Retry {}", format::count(failed, "row", "rows"));
        let mut press = Press::new(&label).icon(icon::ROTATE_CCW).why_not(state.starting());
        if !goes_on::goes_on(card) {
            press = press.primary();
        }
        let help = "A new run over the rows that did not get through, as they are stored";
        if press.ui(ui).on_hover_text(help).clicked() {
            retry(state, draft, out, card.run.id);
        }
    }
    undo::button_ui(ui, state, draft, out, card);
    export::button_ui(ui, draft, card);
}

/// Takes up the failed rows of a run; asks first where that writes to production.
pub(in crate::gui) fn retry(state: &State, draft: &mut Draft, out: &mut Outbox, run: RunId) {
    let steps = state.run(run).map(|card| card.run.steps.as_slice()).unwrap_or_default();
    let org = steps.iter().find(|step| !step.writes_to_table());
    let alias = org.map(|step| step.org.clone()).unwrap_or_default();
    if state.environment(&alias) == Some(Environment::Production) {
        draft.confirm = Some(Confirm { what: Decision::RetryInProduction { run, org: alias }, typed: String::new() });
    } else {
        out.push(Command::Retry { run, production: None });
    }
}

fn troubles_ui(ui: &mut Ui, draft: &mut Draft, out: &mut Outbox, card: &RunCard) {
    if card.unaccounted > 0 {
        let text = format!(
            "{} have no outcome and do not wait: the counts of this run do not agree",
            format::count(card.unaccounted, "row", "rows")
        );
        parts::banner_ui(
            ui,
            Meaning::Bad,
            &text,
            Some("Do not rely on this run; retry it and report it as a bug."),
            |_| {},
        );
    }
    goes_on::cause_ui(ui, draft, out, card);
}

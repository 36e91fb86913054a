//! The bar at the bottom: what stands in the way, what would happen, and the one button.

use crate::connect::Operation;
use crate::gui::action::{self, Action};
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Confirm, Decision, Draft};
use crate::gui::format;
use crate::gui::parts::Press;
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::integration::Problem;
use crate::workspace::Environment;
use egui::{Align, Frame, Layout, Margin, Panel, RichText, ScrollArea, Stroke, Ui};

const HEIGHT: f32 = 56.0;

/// Width from which all buttons have their words.
const ROOMY: f32 = 1_010.0;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let tokens = tokens(ui);
    let ground = Frame::new().fill(tokens.canvas).inner_margin(Margin::symmetric(16, 0));
    Panel::bottom("import bar").exact_size(HEIGHT).resizable(false).frame(ground).show(ui, |ui| {
        ui.painter().hline(ui.clip_rect().x_range(), ui.max_rect().top(), Stroke::new(1.0, tokens.hairline));
        ui.horizontal_centered(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                buttons_ui(ui, state, draft, out);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| summary_ui(ui, state, draft));
            });
        });
    });
    if draft.import.problems_open {
        problems_ui(ui, state, draft);
    }
}

fn buttons_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    // What would happen is worth more room than the words of buttons that have an icon.
    let words = ui.available_width() >= ROOMY;
    let word = |word| if words { word } else { "" };
    let label = run_label(state, draft, None);
    let environment = state.environment(&draft.import.design.org);
    let dangerous = environment == Some(Environment::Production) || draft.import.design.operation == Operation::Delete;
    let starting = state.working.values().any(|words| words == "Starting");
    let why_not = if starting { Some("It is being started") } else { why_not(state, draft) };
    let mut run = Press::new(&label).tall().why_not(why_not);
    run = if dangerous { run.danger() } else { run.primary() };
    if environment == Some(Environment::Production) {
        run = run.icon(icon::LOCK);
    } else {
        run = run.icon(icon::PLAY);
    }
    let response = run.ui(ui);
    if why_not.is_none() {
        let key = action::info(Action::Start).key.map(|key| action::key_text(&key)).unwrap_or_default();
        response.clone().on_hover_text(key);
    }
    if response.clicked() {
        start(state, draft, None, out);
    }
    let rows = draft.import.file(state).and_then(|file| file.rows);
    if rows.is_none_or(|rows| rows > draft.import.trial) {
        let name = format!("Trial of {} rows", draft.import.trial);
        let trial = Press::new(&name).why_not(why_not);
        let response = trial.ui(ui);
        if response.clicked() {
            let rows = draft.import.trial;
            start(state, draft, Some(rows), out);
        }
    }
    let help = "Look at every row and say what would happen; nothing is written";
    if Press::new(word("Dry run")).name("Dry run").icon(icon::EYE).why_not(why_not).ui(ui).on_hover_text(help).clicked()
    {
        crate::gui::views::look_dry(state, draft, out);
    }
    let known = draft.import.id.is_some();
    let keep = if known { "Save" } else { "Keep…" };
    let name = if known { "Save the integration" } else { "Keep as an integration" };
    let why_not = draft.import.design.object.is_empty().then_some("Choose an object first");
    let response = Press::new(word(keep)).icon(icon::BOOKMARK).name(name).why_not(why_not).ui(ui);
    if response.on_hover_text(action::tooltip(Action::Keep)).clicked() {
        draft.import.keep_open = true;
    }
    let open = draft.import.options_open;
    if Press::new(word("Options")).name("Options").icon(icon::SLIDERS_HORIZONTAL).chosen(open).ui(ui).clicked() {
        draft.import.options_open = !open;
    }
}

/// Problems, or what would happen.
fn summary_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let tokens = tokens(ui);
    match draft.import.check(state) {
        None => {
            let text = if draft.import.design.object.is_empty() { "" } else { "Checking…" };
            ui.label(theme::small(text).color(tokens.quiet));
        }
        Some(Err(error)) => {
            ui.label(RichText::new(icon::CIRCLE_X).color(tokens.bad.strong));
            ui.add(egui::Label::new(theme::small(&error.message).color(tokens.bad.strong)).truncate());
        }
        Some(Ok(checked)) if !checked.problems.is_empty() => {
            let count = checked.problems.len() as u64;
            let text = format!("{} to mend", format::count(count, "thing", "things"));
            let open = draft.import.problems_open;
            let press = Press::new(&text).icon(icon::CIRCLE_ALERT).icon_colour(tokens.bad.strong).chosen(open);
            if press.ui(ui).clicked() {
                draft.import.problems_open = !open;
            }
            if !open && let Some(first) = checked.problems.first() {
                ui.add(egui::Label::new(theme::small(sentence(&first.message)).color(tokens.quiet)).truncate());
            }
        }
        Some(Ok(_)) => {
            draft.import.problems_open = false;
            counts_ui(ui, state, draft);
        }
    }
}

fn counts_ui(ui: &mut Ui, state: &State, draft: &Draft) {
    let tokens = tokens(ui);
    let Some((Ok(preview), waiting)) = draft.import.preview(state) else {
        ui.label(theme::small("Looking at what would change…").color(tokens.quiet));
        return;
    };
    let counts = [
        (preview.create, "create", tokens.good.strong),
        (preview.update, "update", tokens.information.strong),
        (preview.delete, "delete", tokens.bad.strong),
        (preview.unchanged, "unchanged", tokens.quiet),
        (preview.skip, "skip", tokens.quiet),
        (preview.not_sent, "cannot be sent", tokens.attention.strong),
    ];
    let words: Vec<(String, egui::Color32)> = counts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, word, colour)| (format!("{} {word}", format::number(count)), colour))
        .collect();
    let mut job = egui::text::LayoutJob::default();
    let font = theme::medium_font(theme::BODY);
    for (index, (text, colour)) in words.into_iter().enumerate() {
        let colour = if waiting { tokens.quiet } else { colour };
        if index > 0 {
            job.append(",  ", 0.0, egui::TextFormat::simple(font.clone(), tokens.quiet));
        }
        job.append(&text, 0.0, egui::TextFormat::simple(font.clone(), colour));
    }
    if !preview.all {
        let of = format!("   of the first {}", format::number(preview.looked_at));
        job.append(&of, 0.0, egui::TextFormat::simple(theme::small_font(), tokens.quiet));
    }
    let label = ui.add(egui::Label::new(job).truncate());
    if let Some((_, why)) = &preview.api {
        label.on_hover_text(why);
    }
}

/// The list of problems, above the bar; a click goes to the place to mend.
fn problems_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let Some(Ok(checked)) = draft.import.check(state) else { return };
    let problems = checked.problems.clone();
    let tint = tokens(ui).bad;
    let ground = Frame::new().fill(tokens(ui).surface).inner_margin(Margin::symmetric(16, 10));
    Panel::bottom("problems").resizable(false).frame(ground).show(ui, |ui| {
        let edge = ui.max_rect().expand2(egui::vec2(16.0, 10.0));
        ui.painter().hline(edge.x_range(), edge.top(), Stroke::new(1.0, tint.strong.gamma_multiply(0.5)));
        ScrollArea::vertical().max_height(180.0).auto_shrink([false, true]).show(ui, |ui| {
            for problem in &problems {
                if problem_ui(ui, problem)
                    && let Some(target) = &problem.target
                {
                    draft.import.focus = Some(target.clone());
                    draft.import.filter.clear();
                    draft.import.unmapped_only = false;
                }
            }
        });
    });
}

fn problem_ui(ui: &mut Ui, problem: &Problem) -> bool {
    let tokens = tokens(ui);
    let mut clicked = false;
    ui.horizontal(|ui| {
        ui.label(RichText::new(icon::CIRCLE_X).color(tokens.bad.strong));
        let text = sentence(&problem.message);
        if problem.target.is_some() {
            clicked = ui.link(RichText::new(text).color(tokens.strong)).on_hover_text("Go to its line").clicked();
        } else {
            ui.label(RichText::new(text).color(tokens.strong));
        }
        if let Some(hint) = &problem.hint {
            ui.add(egui::Label::new(theme::small(hint).color(tokens.quiet)).truncate());
        }
    });
    clicked
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

fn why_not(state: &State, draft: &Draft) -> Option<&'static str> {
    match draft.import.check(state) {
        _ if draft.import.design.object.is_empty() => Some("Choose an object first"),
        None => Some("The check is not over yet"),
        Some(Err(_)) => Some("It could not be checked"),
        Some(Ok(checked)) if !checked.problems.is_empty() => Some("Mend what is listed first"),
        Some(Ok(_)) => None,
    }
}

/// What the button says: what, how many, into what, where.
pub(in crate::gui::views) fn run_label(state: &State, draft: &Draft, trial: Option<u64>) -> String {
    let design = &draft.import.design;
    let verb = match design.operation {
        Operation::Insert => "Insert",
        Operation::Update => "Update",
        Operation::Upsert => "Upsert",
        Operation::Delete => "Delete",
    };
    if design.object.is_empty() {
        return format!("{verb} rows");
    }
    let rows = draft.import.file(state).and_then(|file| file.rows);
    let rows = match (rows, trial) {
        (Some(rows), Some(trial)) => Some(rows.min(trial)),
        (rows, trial) => trial.or(rows),
    };
    let many = rows.map_or_else(|| "all rows".to_owned(), |rows| format::count(rows, "row", "rows"));
    let card = state.object(&design.org, &design.object);
    let object = format::middle(card.map_or(&design.object, |card| &card.label), 28);
    let org = state.org(&design.org).map_or_else(|| design.org.clone(), format::org);
    let into = match design.operation {
        Operation::Insert | Operation::Upsert => "into",
        Operation::Update => "of",
        Operation::Delete => "from",
    };
    format!("{verb} {many} {into} {object} in {}", format::middle(&org, 32))
}

/// Starts what is on the screen; asks first where it writes to production or deletes.
pub(in crate::gui) fn start(state: &State, draft: &mut Draft, trial: Option<u64>, out: &mut Outbox) {
    if !draft.import.ready(state) || state.working.values().any(|words| words == "Starting") {
        return;
    }
    let production = state.environment(&draft.import.design.org) == Some(Environment::Production);
    if production {
        draft.confirm = Some(Confirm { what: Decision::WriteToProduction { trial }, typed: String::new() });
    } else if draft.import.design.operation == Operation::Delete {
        draft.confirm = Some(Confirm { what: Decision::DeleteRecords { trial }, typed: String::new() });
    } else if let Some(run) = draft.import.start(state, trial, false) {
        out.push(Command::Start(Box::new(run)));
    }
}

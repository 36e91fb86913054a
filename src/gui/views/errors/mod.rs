//! Errors: what did not get through, over all runs, by cause; corrected in a grid or by a rule, and tried again.

mod drawer;
mod grid;
mod groups;
mod leave;
mod repair;

use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Confirm, Decision, Draft, Purpose};
use crate::gui::errors::{ErrorsAsk, ErrorsDeed, ErrorsDraft, Group};
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::workspace::{Environment, QueueCard, Retry, Selected, Suggestion, Way};
use egui::{Align, CentralPanel, Frame, Label, Layout, Margin, Panel, Popup, RichText, Ui};

/// Rows up to which a group's values are counted again after each change.
const COUNTED_AGAIN: u64 = 50_000;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    follow(state, draft, out);
    let cards = match &state.errors.groups {
        None | Some(Fact::Waiting) => return framed_ui(ui, |ui| parts::waiting_ui(ui, "Reading the error queue", 8)),
        Some(Fact::Failed(error)) => return framed_ui(ui, |ui| parts::error_ui(ui, error, out, |_| {})),
        Some(Fact::Here(cards)) => cards,
    };
    if cards.is_empty() {
        let sentence =
            "Nothing needs attention. Rows that do not get through wait here until somebody deals with them.";
        framed_ui(ui, |ui| {
            parts::empty_ui(ui, icon::CIRCLE_CHECK, sentence, None);
        });
        return undo_keys_stay(state, draft);
    }
    groups::ui(ui, state, draft, cards);
    let Some(card) = draft.errors.group.clone().and_then(|group| state.errors.card(&group)) else {
        framed_ui(ui, |ui| {
            if parts::empty_ui(ui, icon::FUNNEL, "No cause fits", Some("Show all causes")) {
                draft.filter.clear();
                draft.errors.name = None;
                draft.errors.object = None;
                draft.errors.age = Default::default();
            }
        });
        return;
    };
    let group = Group::of(card);
    let ground = Frame::new().fill(tokens(ui).canvas).inner_margin(Margin { left: 20, right: 20, top: 14, bottom: 10 });
    Panel::top("errors head").resizable(false).show_separator_line(false).frame(ground).show(ui, |ui| {
        head_ui(ui, state, draft, out, card);
        repair::ui(ui, state, draft, out, card);
        bar_ui(ui, state, draft, out, card);
    });
    if let Some(row) = draft.errors.open_row {
        drawer::ui(ui, state, draft, out, card, row);
    }
    let ground = Frame::new().fill(tokens(ui).surface);
    CentralPanel::default().frame(ground).show(ui, |ui| grid::ui(ui, state, draft, out, card, &group));
    leave::ui(ui, draft, out, card);
}

fn framed_ui(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    Frame::new().inner_margin(Margin::same(24)).show(ui, |ui| {
        super::heading_ui(ui, "Errors", |_| {});
        contents(ui);
    });
}

/// With no group left there is nothing to take back either.
fn undo_keys_stay(state: &State, draft: &mut Draft) {
    if state.errors.changes.is_none() {
        draft.errors.group = None;
    }
}

/// Asks for what is missing, and looks at a group that is there.
fn follow(state: &State, draft: &mut Draft, out: &mut Outbox) {
    if state.errors.groups.is_none() {
        out.push(Command::Errors(ErrorsAsk::Groups));
    }
    let fitting = groups::fitting(state, draft);
    let gone = draft.errors.group.as_ref().is_none_or(|group| !fitting.iter().any(|card| Group::of(card) == *group));
    if gone && let Some(first) = fitting.first() {
        // Rows that are corrected may change their group's size, not their place; one that is empty gives way.
        draft.errors.look_at(Group::of(first));
    }
    let Some(group) = draft.errors.group.clone() else { return };
    let changed = draft.errors.turn != state.errors.turn;
    draft.errors.turn = state.errors.turn;
    // The values of a million rows are not counted again for each cell that is corrected.
    let few = state.errors.card(&group).is_some_and(|card| card.rows <= COUNTED_AGAIN);
    if (changed && few) || state.errors.advice.as_ref().is_none_or(|(known, _)| *known != group) {
        out.push(Command::Errors(ErrorsAsk::Advice(group.clone())));
    }
    if changed || state.errors.changes.as_ref().is_none_or(|(run, _)| *run != group.run) {
        out.push(Command::Errors(ErrorsAsk::Changes(group.run)));
    }
    if changed && let Some(row) = draft.errors.open_row {
        out.push(Command::LoadStory { run: group.run, step: group.step, row });
    }
}

fn head_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &QueueCard) {
    let tokens = tokens(ui);
    let advice =
        state.errors.advice.as_ref().filter(|(of, _)| *of == Group::of(card)).and_then(|(_, fact)| fact.here());
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            retry_ui(ui, state, draft, out, card, advice.map(|advice| advice.suggestion));
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                if card.gave_up {
                    let pill = format!("Gave up after {}", format::count(u64::from(card.limit), "try", "tries"));
                    parts::pill_ui(ui, Meaning::Attention, icon::BAN, &pill);
                }
                let words = advice.map_or_else(|| card.words(), |advice| advice.words.clone());
                let heading = ui.add(Label::new(theme::title(&words).size(17.0).color(tokens.strong)).truncate());
                heading.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, &words));
                heading.on_hover_text(&card.example);
            });
        });
    });
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(6.0, 2.0);
        let mark = parts::outcome_mark(Some(card.cause.outcome));
        ui.label(RichText::new(mark.icon).size(13.0).color(tokens.tint(mark.meaning).strong));
        ui.label(theme::small(mark.word).color(tokens.tint(mark.meaning).strong));
        let dot = |ui: &mut Ui| ui.label(theme::small("·").color(tokens.quiet));
        dot(ui);
        ui.label(theme::mono(&card.cause.code).size(11.5).color(tokens.quiet));
        dot(ui);
        if ui.link(theme::small(format!("Run {}", card.run.0)).color(tokens.accent_text)).clicked() {
            draft.go_to_run(card.run, out);
        }
        dot(ui);
        let name = format!("{} in {}, {}", card.object, card.org, format::middle(&card.name, 40));
        ui.label(theme::small(name).color(tokens.quiet));
        dot(ui);
        let at = ui.label(theme::small(format::ago(card.at, state.now)).color(tokens.quiet));
        at.on_hover_text(format::exact(card.at));
    });
    ui.add_space(2.0);
}

fn retry_ui(
    ui: &mut Ui,
    state: &State,
    draft: &mut Draft,
    out: &mut Outbox,
    card: &QueueCard,
    suggestion: Option<Suggestion>,
) {
    if !card.may_be_sent_again() {
        if Press::new("Continue the run").icon(icon::PLAY).primary().why_not(state.starting()).ui(ui).clicked() {
            out.push(Command::Continue(card.run));
        }
        return;
    }
    let label = format!("Retry {}", format::count(card.rows, "row", "rows"));
    let mut press = Press::new(&label).icon(icon::ROTATE_CCW).why_not(state.starting());
    // Rows that would fail in the same way are not what to press first.
    if !matches!(suggestion, Some(Suggestion::Parent | Suggestion::Duplicates | Suggestion::Mapping)) {
        press = press.primary();
    }
    let help = "A new run over these rows as they are corrected, and over those that wait for them";
    if press.ui(ui).on_hover_text(help).clicked() {
        retry(state, draft, out, card, Group::of(card).selected(), Way::AsBefore, card.rows);
    }
}

/// Starts a retry; asks first where that writes to production.
fn retry(state: &State, draft: &mut Draft, out: &mut Outbox, card: &QueueCard, rows: Selected, way: Way, count: u64) {
    let what = Retry { run: card.run, rows, way, production: None };
    if state.environment(&card.org) == Some(Environment::Production) {
        let what = Decision::RetryRowsInProduction { what: Box::new(what), rows: count, org: card.org.clone() };
        draft.confirm = Some(Confirm { what, typed: String::new() });
    } else {
        out.push(Command::RetryRows(Box::new(what)));
    }
}

/// What can be done with the rows besides.
fn bar_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &QueueCard) {
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let changes = state.errors.changes.as_ref().filter(|(run, _)| *run == card.run);
        let changes = changes.map_or(&[][..], |(_, changes)| changes.as_slice());
        let last = changes.iter().rev().find(|change| !change.undone);
        let next = changes.iter().find(|change| change.undone);
        for (change, again, name, mark) in
            [(last, false, "Take back", icon::UNDO_2), (next, true, "Do again", icon::REDO_2)]
        {
            let name = change.map_or_else(|| name.to_owned(), |change| format!("{name}: {}", change.what));
            if Press::icon_only(mark, &name).enabled(change.is_some()).ui(ui).clicked() {
                out.push(Command::Errors(ErrorsAsk::Do(ErrorsDeed::Undo { run: card.run, again })));
            }
        }
        ui.add_space(6.0);
        let corrected: u64 = changes.iter().filter(|change| !change.undone).map(|change| change.rows).sum();
        if corrected > 0 {
            let text = format!(
                "{} made, not sent yet",
                format::count(changes.iter().filter(|c| !c.undone).count() as u64, "change", "changes")
            );
            parts::chip_text_ui(ui, icon::PENCIL, &text);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let wide = ui.available_width() > 330.0;
            if wide {
                more_ui(ui, draft, card, false);
            } else {
                let button = Press::icon_only(icon::ELLIPSIS, "More to do with these rows").ui(ui);
                Popup::menu(&button).show(|ui| {
                    ui.set_min_width(200.0);
                    more_ui(ui, draft, card, true);
                });
            }
        });
    });
}

fn more_ui(ui: &mut Ui, draft: &mut Draft, card: &QueueCard, menu: bool) {
    let press = |text: &'static str, mark| {
        let press = Press::new(text).icon(mark);
        if menu { press.line() } else { press.low() }
    };
    if press("Import corrected…", icon::UPLOAD).ui(ui).clicked() {
        draft.ask_for_file(Purpose::ReadErrors { run: card.run, step: card.step }, "");
    }
    if press("Export…", icon::DOWNLOAD).ui(ui).clicked() {
        export(draft, card);
    }
    if press("Leave…", icon::CIRCLE_MINUS).ui(ui).clicked() {
        draft.errors.leaving = Some((None, String::new()));
    }
}

/// Asks where the rows of a group are written.
fn export(draft: &mut Draft, card: &QueueCard) {
    let name = format!("{}_run{}_{}.csv", card.name, card.run.0, card.cause.code.to_lowercase());
    draft.ask_for_file(Purpose::WriteErrors(Group::of(card)), &name);
}

/// Asks where the rows of the group on the screen are written.
pub(in crate::gui) fn open_export(state: &State, draft: &mut Draft) {
    if let Some(card) = shown(state, &draft.errors).cloned() {
        export(draft, &card);
    }
}

/// Tries the rows of the group on the screen again.
pub(in crate::gui) fn retry_shown(state: &State, draft: &mut Draft, out: &mut Outbox) {
    if let Some(card) = shown(state, &draft.errors) {
        retry(state, draft, out, card, Group::of(card).selected(), Way::AsBefore, card.rows);
    }
}

/// The group on the screen.
pub(in crate::gui) fn shown<'a>(state: &'a State, draft: &ErrorsDraft) -> Option<&'a QueueCard> {
    state.errors.card(draft.group.as_ref()?)
}

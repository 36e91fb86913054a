//! The head of a conflict: its record, where that is at both ends, and what a person should know before they decide.

use super::list::{age_meaning, kind_icon};
use super::{ENDS, decidable, keys};
use crate::gui::command::{Command, Outbox};
use crate::gui::conflicts::ConflictsAsk;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::store::{ConflictState, Habit};
use crate::sync::{Choice, End, Matter};
use crate::workspace::{ConflictStory, Wish};
use egui::{Align, Label, Layout, RichText, Ui};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, story: &ConflictStory) {
    let matter = &story.conflict.matter;
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            standing_ui(ui, story);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let name = if matter.name.trim().is_empty() { "A record without a name" } else { &matter.name };
                let heading = ui.add(Label::new(theme::title(name).size(17.0).color(tokens(ui).strong)).truncate());
                heading.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, name));
            });
        });
    });
    about_ui(ui, state, story);
    ui.add_space(2.0);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ENDS.into_iter().for_each(|end| place_ui(ui, out, story, end));
    });
    ui.add_space(4.0);
    notes_ui(ui, state, draft, out, story);
}

/// Where it stands, where that is not simply open.
fn standing_ui(ui: &mut Ui, story: &ConflictStory) {
    let card = &story.conflict.card;
    match card.state {
        ConflictState::Open => {}
        ConflictState::Decided => drop(parts::pill_ui(ui, Meaning::Good, icon::CHECK, card.state.label())),
        ConflictState::Written => drop(parts::pill_ui(ui, Meaning::Good, icon::CIRCLE_CHECK, card.state.label())),
        ConflictState::Ignored => drop(parts::pill_ui(ui, Meaning::Plain, icon::EYE_OFF, card.state.label())),
        ConflictState::Settled => drop(parts::pill_ui(ui, Meaning::Plain, icon::EQUAL, card.state.label())),
    }
    if let Some(assignee) = &card.assignee {
        let words = format!("For {}", format::middle(assignee, 20));
        parts::pill_ui(ui, Meaning::Information, icon::USER_ROUND, &words).on_hover_text(assignee);
    }
}

fn about_ui(ui: &mut Ui, state: &State, story: &ConflictStory) {
    let card = &story.conflict.card;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(6.0, 2.0);
        let quiet = tokens(ui).quiet;
        ui.label(RichText::new(kind_icon(card.kind)).size(13.0).color(quiet));
        ui.label(theme::small(card.kind.label()).color(tokens(ui).text));
        let dot = |ui: &mut Ui| ui.label(theme::small("·").color(quiet));
        dot(ui);
        ui.label(theme::small(&card.object).color(quiet));
        let integration = state.integrations.iter().flatten().find(|known| known.id == card.integration);
        if let Some(integration) = integration {
            dot(ui);
            let name = ui.label(theme::small(format::middle(&integration.name, 40)).color(quiet));
            name.on_hover_text(&integration.name);
        }
        dot(ui);
        let meaning = age_meaning(state, card);
        let tint = tokens(ui).tint(meaning).strong;
        if meaning != Meaning::Plain {
            ui.label(RichText::new(icon::CLOCK).size(12.0).color(tint));
        }
        let found = format!("found {}", format::ago(card.opened_at, state.now));
        ui.label(theme::small(found).color(tint)).on_hover_text(format::exact(card.opened_at));
    });
}

/// Where the record is at an end, with the way there.
fn place_ui(ui: &mut Ui, out: &mut Outbox, story: &ConflictStory, end: End) {
    let matter = &story.conflict.matter;
    let (side, place) = (matter.side(end), story.place(end));
    if !matter.claims.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        // Both names stand in a column of their own, so that the keys stand under each other.
        let names = ENDS.map(|end| format::middle(matter.end(end), 26).chars().count()).into_iter().max().unwrap_or(0);
        let width = names as f32 * 6.6 + 6.0;
        let (rect, _) = ui.allocate_exact_size(egui::vec2(width, 20.0), egui::Sense::hover());
        let colour = tokens(ui).quiet;
        parts::grid::elided(ui, rect, matter.end(end), theme::small_font(), colour, false);
        if side.gone {
            ui.label(theme::small("deleted there").color(tokens(ui).bad.strong));
            return;
        }
        let key = format::middle(&side.key, 40);
        match &place.url {
            Some(url) => {
                let link = ui.link(theme::mono(&key).size(12.0)).on_hover_text("Open in Salesforce");
                link.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::Role::Link, true, format!("Open {key} in Salesforce"))
                });
                if link.clicked() {
                    out.push(Command::OpenPage(url.clone()));
                }
                ui.label(RichText::new(icon::EXTERNAL_LINK).size(11.0).color(tokens(ui).accent_text));
            }
            None => drop(ui.label(theme::mono(&key).size(12.0).color(tokens(ui).text))),
        }
        if let Some(file) = &place.file {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let words = format!("in {}", format::middle(&name, 40));
            ui.label(theme::small(words).color(colour)).on_hover_text(file.display().to_string());
        }
        let copy = format!("Copy the key in {}", matter.end(end));
        if Press::icon_only(icon::COPY, &copy).low().ui(ui).clicked() {
            out.push(Command::Copy(side.key.clone()));
        }
    });
}

/// What a person should know before they decide.
fn notes_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, story: &ConflictStory) {
    let record = &story.conflict;
    let matter = &record.matter;
    let open = record.card.state == ConflictState::Open;
    if let Some(problem) = record.problem.as_ref().filter(|_| open) {
        let text = format!("The decision could not be written: {problem}");
        let hint = record.draft.as_ref().map(|_| "It is set again below: change it, or take it again with Enter.");
        parts::banner_ui(ui, Meaning::Bad, &text, hint, |_| {});
    } else if record.draft.is_some() && open {
        let text = "You decided this before, and an end was changed since";
        let hint = "The old choice is set below. Enter takes it again.";
        parts::banner_ui(ui, Meaning::Attention, text, Some(hint), |_| {});
    }
    if open {
        story.habits.iter().for_each(|habit| habit_ui(ui, draft, out, story, habit));
        parts::note_ui(ui, Meaning::Plain, &matter.otherwise());
    }
    let step = (record.card.integration, record.card.step);
    match state.conflicts.in_step.get(&step) {
        None => out.push(Command::Conflicts(ConflictsAsk::InStep(step.0, step.1))),
        Some(None | Some(0)) => {}
        Some(Some(others)) => in_step_ui(ui, *others),
    }
}

/// How many records nobody has to care about.
fn in_step_ui(ui: &mut Ui, others: u64) {
    let words =
        format!("{} in step.", format::count(others, "other record of this sync is", "other records of this sync are"));
    parts::note_ui(ui, Meaning::Good, &words);
}

/// What was always chosen before, to be taken; never by itself.
fn habit_ui(ui: &mut Ui, draft: &mut Draft, out: &mut Outbox, story: &ConflictStory, habit: &Habit) {
    let record = &story.conflict;
    let matter = &record.matter;
    if !decidable(record) || !keys::applies(matter, &habit.path, &habit.choice) {
        return;
    }
    let label = matter.open().find(|line| line.path == habit.path).map_or(habit.path.as_str(), |line| &line.label);
    let text = format!("You kept {} for {label} the last {} times", chosen(matter, &habit.choice), habit.times);
    parts::banner_ui(ui, Meaning::Accent, &text, None, |ui| {
        let name = format!("Use it for {label} of this one");
        if Press::new("Use it for this one").name(&name).low().ui(ui).on_hover_text("H").clicked() {
            let choice = habit.choice.clone();
            draft.conflicts.choose(record, |made| {
                made.whole = None;
                made.fields.insert(habit.path.clone(), choice);
            });
        }
        // For all of them it must answer all that is in dispute.
        let only = matter.open().count() == 1;
        if story.similar > 0 && only {
            let words = format!("Use it for all {}", format::number(story.similar + 1));
            if Press::new(&words).low().ui(ui).clicked() {
                let choices = [(habit.path.clone(), habit.choice.clone())].into();
                let wish = Wish::Same(crate::sync::Resolution::Fields(choices));
                let bulk = super::bulk_of(record, story.similar, wish);
                draft.conflicts.ask_bulk(bulk, out);
            }
        }
    });
}

/// A choice in words.
pub(super) fn chosen(matter: &Matter, choice: &Choice) -> String {
    match choice {
        Choice::Keep(end) => matter.end(*end).to_owned(),
        Choice::Agreed => "what was last agreed".to_owned(),
        Choice::Value(value) => format!("\"{}\"", format::middle(&format::one_line(value), 40)),
    }
}

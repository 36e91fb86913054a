//! One row of the queue: every try of it, the records that it may be about, and what was or would be sent.

use super::retry;
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::Draft;
use crate::gui::errors::{ErrorsAsk, ErrorsDeed, Group};
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, icon, tokens};
use crate::gui::views::run::story_ui;
use crate::record::{RowNumber, looks_like_id};
use crate::workspace::{Existing, QueueCard, Selected, Suggestion, Way};
use egui::{Frame, Key, Label, Margin, Modifiers, Panel, ScrollArea, Stroke, Ui};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &QueueCard, row: RowNumber) {
    let key = (card.run, card.step, row);
    let story = state.story.as_ref().filter(|(run, step, number, _)| (*run, *step, *number) == key);
    if story.is_none() {
        out.push(Command::LoadStory { run: card.run, step: card.step, row });
    }
    let ground = Frame::new().fill(tokens(ui).canvas).inner_margin(Margin::same(16));
    let width = if ui.available_width() < 800.0 { 320.0 } else { theme::DRAWER };
    let drawer = Panel::right("error story").default_size(width).size_range(280.0..=640.0).resizable(true);
    drawer.frame(ground).show(ui, |ui| {
        let edge = ui.max_rect().expand(16.0);
        ui.painter().hline(edge.x_range(), edge.top(), Stroke::new(1.0, tokens(ui).hairline));
        parts::section_ui(ui, &format!("Row {}", format::number(row)), |ui| {
            if Press::icon_only(icon::X, "Close the row").ui(ui).clicked() {
                draft.errors.open_row = None;
            }
        });
        ui.horizontal_wrapped(|ui| {
            let rows = || Selected::Rows { step: card.step, rows: vec![row] };
            if card.may_be_sent_again() && Press::new("Retry this row").icon(icon::ROTATE_CCW).low().ui(ui).clicked() {
                retry(state, draft, out, card, rows(), Way::AsBefore, 1);
            }
            if Press::new("Leave this row…").icon(icon::CIRCLE_MINUS).low().ui(ui).clicked() {
                draft.errors.leaving = Some((Some(row), String::new()));
            }
        });
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            let advice = state.errors.advice.as_ref().and_then(|(_, fact)| fact.here());
            if advice.is_some_and(|advice| advice.suggestion == Suggestion::Duplicates) {
                existing_ui(ui, state, draft, out, card, row);
            }
            match story.map(|(.., fact)| fact) {
                None | Some(Fact::Waiting) => parts::waiting_ui(ui, "Reading the row", 8),
                Some(Fact::Failed(error)) => parts::error_ui(ui, error, out, |_| {}),
                Some(Fact::Here(story)) => story_ui(ui, out, story),
            }
        });
    });
    let free = !egui::Popup::is_any_open(ui.ctx()) && draft.palette.is_none() && draft.errors.editing.is_none();
    if free && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        draft.errors.open_row = None;
    }
}

/// The records that are there, each with the button that chooses it.
fn existing_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &QueueCard, row: RowNumber) {
    let group = Group::of(card);
    let known = state.errors.existing.as_ref().filter(|(of, number, _)| (of, *number) == (&group, row));
    if known.is_none() {
        out.push(Command::Errors(ErrorsAsk::Existing { group: group.clone(), row }));
    }
    let chosen =
        state.errors.list.position(row).and_then(|at| state.errors.list.get(at)).and_then(|row| row.chosen.clone());
    let choose = |record: Option<String>| {
        Command::Errors(ErrorsAsk::Do(ErrorsDeed::Choose { group: group.clone(), row, record }))
    };
    parts::section_ui(ui, "Records that are there", |_| {});
    match known.map(|(.., fact)| fact) {
        None | Some(Fact::Waiting) => parts::waiting_ui(ui, "Looking for records", 3),
        Some(Fact::Failed(error)) => parts::error_ui(ui, error, out, |_| {}),
        Some(Fact::Here(found)) => {
            if found.is_empty() {
                parts::note_ui(
                    ui,
                    theme::Meaning::Plain,
                    "None was found by id, e-mail, name or phone. Type its id below.",
                );
            }
            for record in found {
                let mine = chosen.as_deref() == Some(record.id.as_str());
                if record_ui(ui, record, mine) {
                    out.push(choose((!mine).then(|| record.id.clone())));
                }
            }
        }
    }
    if let Some(id) = chosen.filter(|id| {
        !known.and_then(|(.., fact)| fact.here()).is_some_and(|found| found.iter().any(|record| record.id == *id))
    }) {
        ui.horizontal(|ui| {
            ui.label(theme::mono(&id).color(tokens(ui).strong));
            if Press::new("Do not update it").low().ui(ui).clicked() {
                out.push(choose(None));
            }
        });
    }
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 90.0).max(80.0);
        let edit = egui::TextEdit::singleline(&mut draft.errors.typed_id).hint_text("Record id").desired_width(width);
        ui.add(edit.margin(Margin::symmetric(8, 5))).accessible_name("Record id to update");
        let fits = looks_like_id(draft.errors.typed_id.trim());
        if Press::new("Choose").low().enabled(fits).ui(ui).clicked() {
            out.push(choose(Some(draft.errors.typed_id.trim().to_owned())));
            draft.errors.typed_id.clear();
        }
    });
    ui.add_space(10.0);
}

/// A record. Gives back whether it was chosen, or no longer.
fn record_ui(ui: &mut Ui, record: &Existing, chosen: bool) -> bool {
    let tokens = tokens(ui);
    let mut frame = parts::card(ui).inner_margin(Margin::symmetric(10, 8));
    if chosen {
        frame = frame.stroke(Stroke::new(1.0, tokens.accent)).fill(tokens.selected);
    }
    let mut pressed = false;
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 3.0;
        let name = record.values.iter().find(|(field, _)| field == "Name").map(|(_, value)| value.as_str());
        ui.horizontal(|ui| {
            ui.add(Label::new(theme::medium(name.unwrap_or(&record.id)).color(tokens.strong)).truncate());
        });
        let rest: Vec<&str> =
            record.values.iter().filter(|(field, _)| field != "Name").map(|(_, value)| value.as_str()).collect();
        ui.add(Label::new(theme::small(rest.join(", ")).color(tokens.text)).truncate());
        ui.horizontal(|ui| {
            ui.label(theme::mono(&record.id).size(11.0).color(tokens.quiet));
            let (text, mark) = if chosen { ("Chosen", icon::CHECK) } else { ("Update that one", icon::PENCIL) };
            let label = format!("{text}: {}", name.unwrap_or(&record.id));
            pressed = Press::new(text).icon(mark).low().chosen(chosen).name(&label).ui(ui).clicked();
        });
    });
    pressed
}

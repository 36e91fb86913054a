//! The story of one row: what became of it and what to do, its source cells, and what was sent.

use super::carried;
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, icon, tokens};
use crate::record::{Rejection, RowNumber};
use crate::store::RunId;
use crate::workspace::RowStory;
use egui::{Frame, Key, Label, Margin, Modifiers, Panel, RichText, ScrollArea, Stroke, Ui};

pub(super) fn ui(
    ui: &mut Ui,
    state: &State,
    draft: &mut Draft,
    out: &mut Outbox,
    run: RunId,
    step: usize,
    row: RowNumber,
) {
    let story = state.story.as_ref().filter(|(of, in_step, number, _)| (*of, *in_step, *number) == (run, step, row));
    if story.is_none() {
        out.push(Command::LoadStory { run, step, row });
    }
    let ground = Frame::new().fill(tokens(ui).canvas).inner_margin(Margin::same(16));
    let drawer = Panel::right("story").default_size(theme::DRAWER).size_range(320.0..=640.0).resizable(true);
    drawer.frame(ground).show(ui, |ui| {
        let edge = ui.max_rect().expand(16.0);
        ui.painter().hline(edge.x_range(), edge.top(), Stroke::new(1.0, tokens(ui).hairline));
        parts::section_ui(ui, &format!("Row {}", format::number(row)), |ui| {
            if Press::icon_only(icon::X, "Close the row").ui(ui).clicked() {
                draft.run.open_row = None;
            }
        });
        match story.map(|(.., fact)| fact) {
            None | Some(Fact::Waiting) => parts::waiting_ui(ui, "Reading the row", 8),
            Some(Fact::Failed(error)) => parts::error_ui(ui, error, out, |_| {}),
            Some(Fact::Here(story)) => {
                ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| story_ui(ui, out, story));
            }
        }
    });
    let free =
        !egui::Popup::is_any_open(ui.ctx()) && draft.palette.is_none() && !draft.notices_open && !draft.keys_open;
    if free && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
        draft.run.open_row = None;
    }
}

/// What became of the row and what to do, every try of it, what was sent, and its cells.
pub(in crate::gui::views) fn story_ui(ui: &mut Ui, out: &mut Outbox, story: &RowStory) {
    let outcome = story.row.outcome.as_ref();
    let mark = parts::outcome_mark(outcome.map(|outcome| outcome.outcome()));
    ui.horizontal(|ui| {
        parts::pill_ui(ui, mark.meaning, mark.icon, mark.word);
        if !story.of_sync {
            let line = format!("line {} of the file", format::number(story.row.line));
            ui.label(theme::small(line).color(tokens(ui).quiet));
        }
    });
    if let Some(id) = outcome.and_then(|outcome| outcome.id()) {
        ui.horizontal(|ui| {
            ui.add(Label::new(theme::mono(id).color(tokens(ui).strong)).selectable(true));
            if Press::icon_only(icon::COPY, "Copy the record id").low().ui(ui).clicked() {
                out.push(Command::Copy(id.to_owned()));
            }
            if let Some(url) = &story.record_url
                && Press::new("Open in Salesforce").icon(icon::EXTERNAL_LINK).low().quiet().ui(ui).clicked()
            {
                out.push(Command::OpenPage(url.clone()));
            }
        });
    }
    if let Some(why) = outcome.and_then(|outcome| outcome.rejection()) {
        ui.add_space(2.0);
        rejection_ui(ui, out, mark.meaning, why);
    }
    attempts_ui(ui, story);
    ui.add_space(8.0);
    let blamed = outcome.and_then(|outcome| outcome.rejection());
    let sent: Vec<(&str, &str)> = story.sent.iter().map(|(field, value)| (field.as_str(), value.as_str())).collect();
    if !sent.is_empty() {
        let name = if outcome.is_some_and(|it| it.id().is_some()) { "What was sent" } else { "What would be sent" };
        let blamed: Vec<&str> = blamed.map(|why| why.fields.iter().map(String::as_str).collect()).unwrap_or_default();
        cells_ui(ui, out, name, &sent, &blamed);
        ui.add_space(8.0);
    }
    let blank = String::new();
    let cells: Vec<(&str, &str)> = story
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| (column.as_str(), story.row.cells.get(index).unwrap_or(&blank).as_str()))
        .collect();
    let blamed: Vec<&str> = blamed.and_then(|why| why.column.as_deref()).into_iter().collect();
    let name = if story.of_sync { "What was decided" } else { "The row in the file" };
    cells_ui(ui, out, name, &cells, &blamed);
    carried::ui(ui, out, &story.carried);
}

/// Every try of the row, and what was corrected between them.
fn attempts_ui(ui: &mut Ui, story: &RowStory) {
    let tokens = tokens(ui);
    let small = |text: String| theme::small(text).color(tokens.text);
    if let Some((run, _, row)) = story.waits_for {
        let text = format!("It waits for row {} of its parents in run {}", format::number(row), run.0);
        parts::note_ui(ui, theme::Meaning::Information, &text);
    }
    if story.waiting_for_it > 0 {
        let text = format!("{} for it", format::count(story.waiting_for_it, "row waits", "rows wait"));
        parts::note_ui(ui, theme::Meaning::Information, &text);
    }
    if story.attempts.len() > 1 {
        ui.add_space(8.0);
        parts::section_ui(ui, &format!("{} tries", story.attempts.len()), |_| {});
        ui.spacing_mut().item_spacing.y = 4.0;
        for attempt in &story.attempts {
            let mark = parts::outcome_mark(attempt.outcome.as_ref().map(|outcome| outcome.outcome()));
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                ui.label(RichText::new(mark.icon).size(13.0).color(tokens.tint(mark.meaning).strong));
                let here = if attempt.here { ", this one" } else { "" };
                let run = ui.label(small(format!("Run {}{here}", attempt.run.0)));
                run.on_hover_text(format::exact(attempt.at));
                let why = attempt.outcome.as_ref().and_then(|outcome| outcome.rejection());
                let text = why.map_or_else(|| mark.word.to_owned(), |why| format!("{}: {}", mark.word, why.message));
                let text = theme::small(format::one_line(&text)).color(tokens.quiet);
                ui.add(Label::new(text).truncate());
            });
        }
    }
    if !story.before.is_empty() {
        ui.add_space(8.0);
        parts::section_ui(ui, "Corrected", |_| {});
        for (column, before) in &story.before {
            let name = story.columns.get(*column).map_or("", String::as_str);
            let now = story.row.cells.get(*column).map_or("", String::as_str);
            let shown = |text: &str| if text.is_empty() { "blank".to_owned() } else { format!("\"{text}\"") };
            let text = format!("{name}: {} → {}", shown(before), shown(now));
            ui.add(Label::new(small(text)).wrap());
        }
    }
    if let Some(id) = &story.chosen {
        ui.add_space(4.0);
        parts::note_ui(ui, theme::Meaning::Information, &format!("A retry can update record {id}"));
    }
}

fn rejection_ui(ui: &mut Ui, out: &mut Outbox, meaning: theme::Meaning, why: &Rejection) {
    parts::banner_ui(ui, meaning, &why.message, why.hint.as_deref(), |ui| {
        let mut facts = why.code.clone();
        if !why.fields.is_empty() {
            facts = format!("{facts}  {}", why.fields.join(", "));
        }
        ui.label(theme::mono(facts).size(11.0).color(tokens(ui).quiet));
        if Press::icon_only(icon::COPY, "Copy the message").low().ui(ui).clicked() {
            out.push(Command::Copy(format!("{}: {}", why.code, why.message)));
        }
    });
}

fn cells_ui(ui: &mut Ui, out: &mut Outbox, name: &str, cells: &[(&str, &str)], blamed: &[&str]) {
    let tokens = tokens(ui);
    parts::section_ui(ui, name, |ui| {
        let copy = format!("Copy: {name}");
        if Press::icon_only(icon::COPY, &copy).low().ui(ui).clicked() {
            let lines: Vec<String> = cells.iter().map(|(name, value)| format!("{name}\t{value}")).collect();
            out.push(Command::Copy(lines.join("\n")));
        }
    });
    parts::card(ui).inner_margin(Margin::symmetric(12, 8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let names = (ui.available_width() * 0.38).clamp(90.0, 180.0);
        ui.spacing_mut().item_spacing.y = 5.0;
        for (name, value) in cells {
            ui.horizontal_top(|ui| {
                let blamed = blamed.iter().any(|it| it.eq_ignore_ascii_case(name));
                let colour = if blamed { tokens.bad.strong } else { tokens.quiet };
                ui.allocate_ui(egui::vec2(names, 18.0), |ui| {
                    ui.set_width(names);
                    let icon = if blamed { format!("{} ", icon::TRIANGLE_ALERT) } else { String::new() };
                    ui.add(Label::new(theme::small(format!("{icon}{name}")).color(colour)).truncate());
                });
                let value = if value.is_empty() {
                    RichText::new("blank").italics().color(tokens.quiet)
                } else {
                    RichText::new(*value).color(tokens.strong)
                };
                ui.add(Label::new(value).wrap().selectable(true));
            });
        }
    });
}

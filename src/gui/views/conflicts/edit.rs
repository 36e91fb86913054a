//! Another value for a field: typed in its place, or put together from two long texts.

use super::fields::{edge, line_here};
use super::{ENDS, cells};
use crate::gui::conflicts::{Differ, Editing, Pane, Part, Piece, parts as parts_of, united};
use crate::gui::draft::Draft;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, Tint, icon, tokens};
use crate::store::ConflictRecord;
use crate::sync::{Choice, Disputed, End, Matter};
use egui::text::{LayoutJob, TextFormat};
use egui::{Frame, Key, Margin, Modifiers, Rect, Stroke, TextBuffer, TextEdit, Ui};

/// Whether the texts of a field are long, so that they are folded, and put together in an editor of their own.
pub(super) fn is_long(line: &Disputed) -> bool {
    let texts = [line.left.text.as_str(), &line.right.text, line.agreed.as_deref().unwrap_or_default()];
    texts.iter().any(|text| text.contains('\n') || text.chars().count() > cells::SHORT / 2)
}

/// Shows the long texts of a field whole, or short again.
pub(super) fn turn_whole(draft: &mut Draft, path: &str) {
    if !draft.conflicts.whole_texts.remove(path) {
        draft.conflicts.whole_texts.insert(path.to_owned());
    }
}

/// Begins another value for the field under the keyboard: from what was chosen, from both texts where they are long, or from what was
/// typed.
pub(super) fn begin(draft: &mut Draft, record: &ConflictRecord, typed: Option<String>) {
    let matter = &record.matter;
    let Some(line) = line_here(draft, matter) else { return };
    let merging = is_long(line);
    let made = draft.conflicts.made_of(record);
    let chosen = made.fields.get(&line.path).and_then(|choice| matter.chosen(line, choice)).map(str::to_owned);
    let text = match (typed, chosen) {
        (Some(typed), _) if !merging => typed,
        (_, Some(chosen)) => chosen,
        (_, None) if merging => united(&line.right.text, &line.left.text),
        (_, None) => line.right.text.clone(),
    };
    draft.conflicts.editing =
        Some(Editing { id: record.card.id, path: line.path.clone(), text, merging, focused: false });
}

/// Enter keeps, or Ctrl+Enter where Enter begins a line; Esc gives up.
pub(super) fn keys(ui: &Ui, state: &State, draft: &mut Draft) {
    let press = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    let Some(editing) = &draft.conflicts.editing else { return };
    let keeps = press(Modifiers::COMMAND, Key::Enter) || (!editing.merging && press(Modifiers::NONE, Key::Enter));
    if keeps {
        keep(state, draft);
    } else if press(Modifiers::NONE, Key::Escape) {
        give_up(draft);
    }
}

fn give_up(draft: &mut Draft) {
    draft.conflicts.editing = None;
    (draft.conflicts.pane, draft.conflicts.focus) = (Pane::Fields, true);
}

/// Takes what was typed. What an end has already is that end's value, and no other one.
fn keep(state: &State, draft: &mut Draft) {
    let Some(editing) = draft.conflicts.editing.take() else { return };
    (draft.conflicts.pane, draft.conflicts.focus) = (Pane::Fields, true);
    let Some(story) = state.conflicts.story(editing.id).and_then(|fact| fact.here()) else { return };
    let record = &story.conflict;
    let Some(line) = record.matter.open().find(|line| line.path == editing.path) else { return };
    let same = |end: &End| line.at(*end).text == editing.text && line.at(*end).fault.is_none();
    let choice = ENDS.into_iter().find(same).map_or(Choice::Value(editing.text), Choice::Keep);
    draft.conflicts.choose(record, |made| {
        made.whole = None;
        made.fields.insert(line.path.clone(), choice);
    });
    let made = draft.conflicts.made_of(record);
    let missing = |part: &Part<'_>| matches!(part, Part::Field(line) if !made.fields.contains_key(&line.path));
    draft.conflicts.line = parts_of(&record.matter).iter().position(missing).unwrap_or(draft.conflicts.line);
}

/// A value, typed in its cell.
pub(super) fn value_ui(ui: &mut Ui, draft: &mut Draft, record: &ConflictRecord, line: &Disputed, cell: Rect) {
    let Some(mut editing) = draft.conflicts.editing.take() else { return };
    let rect = cell.shrink(3.0);
    ui.painter().rect_filled(rect, 4.0, tokens(ui).field);
    let edit = TextEdit::singleline(&mut editing.text).frame(Frame::NONE).align(egui::Align2::LEFT_CENTER);
    let inner = rect.shrink2(egui::vec2(cells::MARGIN.x - 2.0, 4.0));
    let inner = inner.with_max_y(inner.top() + theme::CONTROL - 6.0);
    let response = ui.put(inner, edit).accessible_name(format!("{} of both ends", line.label));
    edge(ui, rect);
    if !editing.focused {
        editing.focused = true;
        response.request_focus();
    } else if response.lost_focus() {
        // Whoever clicks elsewhere means what they typed.
        let text = std::mem::take(&mut editing.text);
        draft.conflicts.choose(record, |made| {
            made.fields.insert(line.path.clone(), Choice::Value(text));
        });
        return;
    }
    draft.conflicts.editing = Some(editing);
}

/// An editor that begins with both texts: what only one end has is marked, and stays marked while it is typed.
pub(super) fn merge_ui(ui: &mut Ui, draft: &mut Draft, record: &ConflictRecord, line: &Disputed) {
    let Some(mut editing) = draft.conflicts.editing.take() else { return };
    let (mut kept, mut dropped) = (false, false);
    let frame = Frame::new().fill(tokens(ui).sunken).inner_margin(Margin::symmetric(12, 10));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 6.0;
        legend_ui(ui, &record.matter, &mut editing, line);
        let differ = &mut draft.conflicts.differ;
        let mut layouter = |ui: &Ui, text: &dyn TextBuffer, width: f32| {
            let mut job = job(ui, differ, text.as_str(), line);
            job.wrap.max_width = width;
            ui.painter().layout_job(job)
        };
        let edit = TextEdit::multiline(&mut editing.text).desired_width(f32::INFINITY).desired_rows(7);
        let edit = edit.margin(Margin::symmetric(10, 8)).layouter(&mut layouter);
        let response = ui.add(edit).accessible_name(format!("{} of both ends", line.label));
        let begun = !editing.focused;
        if begun {
            editing.focused = true;
            response.request_focus();
        }
        ui.horizontal(|ui| {
            let press = Press::new("Keep this text").icon(icon::CHECK).primary();
            kept = press.ui(ui).on_hover_text("Ctrl+Enter").clicked();
            dropped = Press::new("Cancel").ui(ui).on_hover_text("Esc").clicked();
        });
        if begun {
            ui.scroll_to_rect(ui.min_rect(), None);
        }
    });
    if kept {
        let text = std::mem::take(&mut editing.text);
        draft.conflicts.choose(record, |made| {
            made.whole = None;
            made.fields.insert(line.path.clone(), Choice::Value(text));
        });
        (draft.conflicts.pane, draft.conflicts.focus) = (Pane::Fields, true);
    } else if dropped {
        give_up(draft);
    } else {
        draft.conflicts.editing = Some(editing);
    }
}

/// Which ground says what, and ways to begin from one text.
fn legend_ui(ui: &mut Ui, matter: &Matter, editing: &mut Editing, line: &Disputed) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(6.0, 4.0);
        for end in ENDS {
            let tint = ground(ui, end);
            let words = format!(" only in {} ", matter.end(end));
            let text = egui::RichText::new(words).size(theme::SMALL).color(tokens(ui).strong);
            ui.label(text.background_color(tint.faint).underline());
        }
        ui.add_space(8.0);
        ui.label(theme::small("Begin with").color(tokens(ui).quiet));
        for end in ENDS {
            let name = format!("Begin with {}", matter.end(end));
            if Press::new(matter.end(end)).name(&name).low().quiet().ui(ui).clicked() {
                editing.text.clone_from(&line.at(end).text);
                editing.focused = false;
            }
        }
        if Press::new("both").name("Begin with both").low().quiet().ui(ui).clicked() {
            editing.text = united(&line.right.text, &line.left.text);
            editing.focused = false;
        }
    });
    let help = "Delete what is to go, and type what is missing. Ctrl+Enter keeps it, Esc gives up.";
    parts::note_ui(ui, theme::Meaning::Plain, help);
}

fn ground(ui: &Ui, end: End) -> Tint {
    match end {
        End::Right => tokens(ui).information,
        End::Left => tokens(ui).attention,
    }
}

/// The text with its parts on the ground of the end that has them; what both have, or neither, on none.
fn job(ui: &Ui, differ: &mut Differ, text: &str, line: &Disputed) -> LayoutJob {
    let right = differ.marked(text, &line.right.text);
    let left = differ.marked(text, &line.left.text);
    let plain = TextFormat { font_id: theme::body_font(), color: tokens(ui).strong, ..TextFormat::default() };
    let mut job = LayoutJob::default();
    let mut at = 0;
    for end in bounds(&right, &left) {
        let (in_right, in_left) = (!differs_at(&right, at), !differs_at(&left, at));
        let mut format = plain.clone();
        let only = match (in_right, in_left) {
            (true, false) => Some(End::Right),
            (false, true) => Some(End::Left),
            _ => None,
        };
        if let Some(end) = only {
            format.background = ground(ui, end).faint;
            format.underline = Stroke::new(1.0, ground(ui, end).strong);
        }
        job.append(&text[at..end], 0.0, format);
        at = end;
    }
    job
}

/// Where the parts of both comparisons of one text end.
fn bounds(one: &[Piece], other: &[Piece]) -> Vec<usize> {
    let ends = |pieces: &[Piece]| {
        let ends = pieces.iter().scan(0, |at, piece| {
            *at += piece.text.len();
            Some(*at)
        });
        ends.collect::<Vec<usize>>()
    };
    let mut bounds = [ends(one), ends(other)].concat();
    bounds.sort_unstable();
    bounds.dedup();
    bounds.retain(|bound| *bound > 0);
    bounds
}

/// Whether what stands at a place of a text is not in the other one.
fn differs_at(pieces: &[Piece], place: usize) -> bool {
    let mut at = 0;
    for piece in pieces {
        at += piece.text.len();
        if place < at {
            return piece.differs;
        }
    }
    false
}

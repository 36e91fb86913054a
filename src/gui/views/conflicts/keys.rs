//! The keys of the inbox: through the list, through the fields, and everything that is decided without a mouse.

use super::fields::line_here;
use super::{decidable, decide, edit, go_to, resolve, shown, skip, turn_pane};
use crate::gui::command::{Command, Outbox};
use crate::gui::conflicts::{Asking, Pane, Part, fewer, parts};
use crate::gui::draft::Draft;
use crate::gui::state::State;
use crate::store::ConflictRecord;
use crate::sync::{Choice, End, Matter, Resolution};
use crate::workspace::ConflictStory;
use egui::{Event, FocusDirection, Id, Key, Modifiers, Popup, Ui};

/// Conflicts that a page key moves by.
const PAGE: u64 = 10;

const DIGITS: [Key; 10] =
    [Key::Num0, Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

/// What has the focus while the keyboard moves through the list.
pub(super) fn list_id() -> Id {
    Id::unique("conflict list")
}

/// What has the focus while the keyboard moves through the fields.
pub(super) fn fields_id() -> Id {
    Id::unique("conflict fields")
}

/// Whether the keyboard moves through a pane now.
pub(super) fn moves_through(ui: &Ui, draft: &Draft, pane: Pane) -> bool {
    let id = if pane == Pane::List { list_id() } else { fields_id() };
    let focused = ui.memory(|memory| memory.focused());
    focused == Some(id) || (focused.is_none() && draft.conflicts.pane == pane && !draft.conflicts.asks())
}

/// Does what was pressed, in the order in which it was: whoever is faster than the window decides the next one with the next key.
pub(super) fn handle(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let above = draft.decides() || draft.asks() || draft.palette.is_some() || draft.keys_open || draft.notices_open;
    // What is typed after Ctrl+F is on its way into the field.
    if above || draft.focus_filter || Popup::is_any_open(ui.ctx()) {
        return;
    }
    if draft.conflicts.editing.is_some() {
        return edit::keys(ui, state, draft);
    }
    let press = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    if press(Modifiers::NONE, Key::F6) {
        return turn_pane(draft);
    }
    if ui.ctx().text_edit_focused() {
        // From what narrows the list, down into it.
        if press(Modifiers::NONE, Key::ArrowDown) || press(Modifiers::NONE, Key::Enter) {
            (draft.conflicts.pane, draft.conflicts.focus) = (Pane::List, true);
        }
        return;
    }
    match ui.memory(|memory| memory.focused()) {
        Some(id) if id == fields_id() => draft.conflicts.pane = Pane::Fields,
        Some(id) if id == list_id() => draft.conflicts.pane = Pane::List,
        // A button has its own keys.
        Some(_) => return,
        None => {}
    }
    for event in ui.input(|input| input.events.clone()) {
        match event {
            Event::Key { key, pressed: true, modifiers, .. } if draft.conflicts.editing.is_none() => {
                if pressed(state, draft, out, modifiers, key) {
                    press(modifiers, key);
                    // An arrow that was answered moves nothing else.
                    ui.memory_mut(|memory| memory.move_focus(FocusDirection::None));
                }
            }
            Event::Copy => copy(state, draft, out),
            Event::Text(text) => typed(state, draft, &text, ui.input(|input| input.modifiers.alt)),
            _ => {}
        }
        if draft.asks() {
            return;
        }
    }
}

/// Does what a key asks for. Whether it asks for anything.
fn pressed(state: &State, draft: &mut Draft, out: &mut Outbox, modifiers: Modifiers, key: Key) -> bool {
    // Some keyboards write digits with Shift.
    let Modifiers { alt, ctrl, command, mac_cmd, shift: _ } = modifiers;
    if ctrl || command || mac_cmd {
        return false;
    }
    let alone = !alt;
    let moved = alone
        && match draft.conflicts.pane {
            Pane::List => through_list(state, draft, key),
            Pane::Fields => through_fields(state, draft, key),
        };
    if moved {
        return true;
    }
    let Some(story) = shown(state, draft).filter(|story| decidable(&story.conflict)).cloned() else { return false };
    if let Some(digit) = DIGITS.iter().position(|known| *known == key) {
        if alone {
            take_one(draft, &story.conflict, digit);
        } else {
            take_all(draft, &story.conflict, digit);
        }
        return true;
    }
    if !alone {
        return false;
    }
    match key {
        Key::F2 => edit::begin(draft, &story.conflict, None),
        Key::Enter => decide(state, draft, out),
        _ if draft.conflicts.pane == Pane::List => return letter(state, draft, out, &story, key),
        Key::Delete => empty(draft, &story.conflict),
        _ => return false,
    }
    true
}

fn through_list(state: &State, draft: &mut Draft, key: Key) -> bool {
    let last = state.conflicts.list.known().saturating_sub(1);
    let at = draft.conflicts.pending.or(draft.conflicts.selected.map(|(_, at)| at)).unwrap_or_default();
    let to = match key {
        Key::ArrowDown => (at + 1).min(last),
        Key::ArrowUp => at.saturating_sub(1),
        Key::PageDown => (at + PAGE).min(last),
        Key::PageUp => at.saturating_sub(PAGE),
        Key::Home => 0,
        Key::End => last,
        Key::ArrowRight => {
            turn_pane(draft);
            return true;
        }
        _ => return false,
    };
    go_to(state, draft, to);
    true
}

fn through_fields(state: &State, draft: &mut Draft, key: Key) -> bool {
    let Some(story) = shown(state, draft) else { return false };
    let all = parts(&story.conflict.matter);
    let last = all.len().saturating_sub(1);
    let at = draft.conflicts.line;
    let to = match key {
        Key::ArrowDown => (at + 1).min(last),
        Key::ArrowUp => at.saturating_sub(1),
        Key::Home => 0,
        Key::End => last,
        Key::ArrowLeft | Key::Escape => {
            turn_pane(draft);
            return true;
        }
        Key::Space => {
            if let Some(Part::Field(line)) = all.get(at) {
                edit::turn_whole(draft, &line.path);
            }
            return true;
        }
        _ => return false,
    };
    (draft.conflicts.line, draft.conflicts.show_line) = (to, true);
    true
}

/// The choice of a column, counted from 0: what was last agreed, what the org has, what the other end has.
pub(super) fn column(at: usize) -> Option<Choice> {
    [Choice::Agreed, Choice::Keep(End::Right), Choice::Keep(End::Left)].into_iter().nth(at)
}

/// What can become of a record that one end deleted, in the order of the keys.
pub(super) const WHOLE: [Resolution; 3] = [Resolution::Delete, Resolution::Restore, Resolution::LetGo];

/// Takes a column for every field in dispute.
pub(super) fn take_all(draft: &mut Draft, record: &ConflictRecord, digit: usize) {
    let matter = &record.matter;
    if !matter.of_fields() {
        return take_one(draft, record, digit);
    }
    if let Some(choice) = digit.checked_sub(1).and_then(column) {
        draft.conflicts.choose(record, |made| made.take_all(matter, &choice));
    }
}

/// Takes what the digit stands for, for the part under the keyboard, and goes to the next part that misses a choice.
fn take_one(draft: &mut Draft, record: &ConflictRecord, digit: usize) {
    let matter = &record.matter;
    let all = parts(matter);
    let Some(part) = all.get(draft.conflicts.line.min(all.len().saturating_sub(1))).copied() else { return };
    match part {
        Part::Field(line) => {
            let Some(choice) = digit.checked_sub(1).and_then(column) else { return };
            if matter.chosen(line, &choice).is_none() {
                return;
            }
            draft.conflicts.choose(record, |made| {
                made.whole = None;
                made.fields.insert(line.path.clone(), choice);
            });
        }
        Part::Whole => {
            let Some(whole) = digit.checked_sub(1).and_then(|at| WHOLE.get(at)) else { return };
            draft.conflicts.choose(record, |made| made.whole = Some(whole.clone()));
        }
        Part::Claim(key) => pair(draft, record, key, digit),
    }
    next_part(draft, record);
}

/// Says who a record belongs to, by the place of the other one; 0 for nobody.
fn pair(draft: &mut Draft, record: &ConflictRecord, key: &str, digit: usize) {
    let others: Vec<_> = record.matter.claims_of(fewer(&record.matter).other()).map(|claim| &claim.key).collect();
    let other = match digit.checked_sub(1) {
        None => None,
        Some(at) => match others.get(at) {
            Some(other) => Some(other.as_str()),
            None => return,
        },
    };
    draft.conflicts.choose(record, |made| {
        made.whole = None;
        made.pair(key, other);
    });
}

/// The next part for which nothing is chosen comes under the keyboard.
fn next_part(draft: &mut Draft, record: &ConflictRecord) {
    let made = draft.conflicts.made_of(record);
    let missing = |part: &Part<'_>| match part {
        Part::Field(line) => !made.fields.contains_key(&line.path),
        Part::Whole => false,
        Part::Claim(key) => !made.pairs.contains_key(*key),
    };
    let next = parts(&record.matter).iter().position(missing);
    draft.conflicts.line = next.unwrap_or(draft.conflicts.line);
    draft.conflicts.show_line = true;
}

/// A letter, while the keyboard moves through the list. Whether it asks for anything.
fn letter(state: &State, draft: &mut Draft, out: &mut Outbox, story: &ConflictStory, key: Key) -> bool {
    let record = &story.conflict;
    let id = record.card.id;
    match key {
        Key::S => skip(state, draft),
        Key::I => resolve(state, draft, out, record, Resolution::Ignore),
        Key::A => {
            let known = record.card.assignee.clone().unwrap_or_default();
            draft.conflicts.asking = Some(Asking::Assignee(id, known));
        }
        Key::C => draft.conflicts.asking = Some(Asking::Comment(id, String::new())),
        Key::H => take_habits(draft, story),
        _ => return false,
    }
    true
}

/// Takes what was always chosen before, for the fields that have such a habit.
pub(super) fn take_habits(draft: &mut Draft, story: &ConflictStory) {
    let record = &story.conflict;
    draft.conflicts.choose(record, |made| {
        made.whole = None;
        for habit in &story.habits {
            if applies(&record.matter, &habit.path, &habit.choice) {
                made.fields.insert(habit.path.clone(), habit.choice.clone());
            }
        }
    });
}

/// Whether a choice can be made for a field.
pub(super) fn applies(matter: &Matter, path: &str, choice: &Choice) -> bool {
    matter.open().any(|line| line.path == path && matter.chosen(line, choice).is_some())
}

/// Copies the field under the keyboard with what stands beside it, as a spreadsheet takes it.
fn copy(state: &State, draft: &Draft, out: &mut Outbox) {
    let Some(story) = shown(state, draft) else { return };
    let matter = &story.conflict.matter;
    let Some(line) = line_here(draft, matter) else { return };
    let made = draft.conflicts.made_of(&story.conflict);
    let result = made.fields.get(&line.path).and_then(|choice| matter.chosen(line, choice)).unwrap_or_default();
    let agreed = line.agreed.as_deref().unwrap_or_default();
    let header = ["Record", "Field", "Last agreed", matter.end(End::Right), matter.end(End::Left), "Result"];
    let cells = [&matter.name, &line.label, agreed, &line.right.text, &line.left.text, result];
    let row = |cells: [&str; 6]| cells.map(cell).join("\t");
    out.push(Command::Copy(format!("{}\n{}", row(header), row(cells))));
}

/// A cell on the clipboard.
fn cell(text: &str) -> String {
    if text.contains(['\t', '\n', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// The field under the keyboard is to hold nothing.
fn empty(draft: &mut Draft, record: &ConflictRecord) {
    if let Some(Part::Field(line)) = parts(&record.matter).get(draft.conflicts.line).copied() {
        draft.conflicts.choose(record, |made| {
            made.whole = None;
            made.fields.insert(line.path.clone(), Choice::Value(String::new()));
        });
    }
}

/// Typing on a field begins another value; what comes in the same frame goes on with it.
fn typed(state: &State, draft: &mut Draft, text: &str, alt: bool) {
    if let Some(editing) = draft.conflicts.editing.as_mut().filter(|editing| !editing.focused && !editing.merging) {
        return editing.text.push_str(text);
    }
    if draft.conflicts.pane == Pane::List || alt || !begins_a_value(text) {
        return;
    }
    if let Some(story) = shown(state, draft).filter(|story| decidable(&story.conflict)).cloned() {
        edit::begin(draft, &story.conflict, Some(text.to_owned()));
    }
}

/// Digits take a column, and `?` shows the keys.
fn begins_a_value(text: &str) -> bool {
    !text.trim().is_empty() && text != "?" && !["1", "2", "3"].contains(&text)
}

//! The canvas by keys: arrows walk the lists, Enter picks a column up and sets it down, letters find a line, Delete disconnects.

use super::list_id;
use crate::gui::draft::Draft;
use crate::gui::draft::designer::{Hand, Line, Lists, Pane};
use crate::gui::state::State;
use egui::{Event, Key, Modifiers, Ui};

/// Rows that Page up and Page down walk.
const PAGE: usize = 12;

pub(super) fn ui(ui: &Ui, state: &State, draft: &mut Draft, lists: &Lists) {
    if draft.confirm.is_some() || draft.palette.is_some() {
        return;
    }
    let pressed = |modifiers: Modifiers, key: Key| ui.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::SHIFT, Key::F8) {
        next_problem(state, draft, false);
    } else if pressed(Modifiers::NONE, Key::F8) {
        next_problem(state, draft, true);
    }
    let focused = ui.memory(|memory| memory.focused());
    let pane = [Pane::Source, Pane::Target].into_iter().find(|pane| focused == Some(list_id(*pane)));
    if pressed(Modifiers::NONE, Key::F6) {
        let next = if pane == Some(Pane::Source) { Pane::Target } else { Pane::Source };
        focus(&mut draft.designer.hand, lists, next);
        return;
    }
    let Some(pane) = pane.filter(|_| draft.designer.hand.taken.is_none()) else { return };
    if pressed(Modifiers::NONE, Key::Escape) && !draft.designer.hand.let_go() {
        draft.designer.hand.chosen.clear();
        draft.designer.inspector = false;
    }
    if pressed(Modifiers::NONE, Key::Delete) {
        disconnect(draft, lists, pane);
    }
    if pressed(Modifiers::COMMAND, Key::A) && pane == Pane::Target {
        let mapped = lists.targets.iter().filter(|row| row.rule.is_some()).map(|row| row.path.clone());
        draft.designer.hand.chosen = mapped.collect();
    }
    if pressed(Modifiers::NONE, Key::F7)
        && let Some(at) = draft.designer.hand.field.as_deref().and_then(|path| lists.target(path))
    {
        draft.designer.turn(&lists.targets[at]);
    }
    if pressed(Modifiers::NONE, Key::F2) && draft.designer.hand.field.is_some() {
        draft.designer.inspector = true;
    }
    walk(ui, draft, lists, pane);
    if pressed(Modifiers::NONE, Key::Enter) {
        enter(draft, lists, pane);
    }
    find(ui, draft, lists, pane);
}

fn focus(hand: &mut Hand, lists: &Lists, pane: Pane) {
    hand.focus = Some(pane);
    hand.typed.clear();
    match pane {
        Pane::Source if hand.column.is_none() => {
            hand.column = lists.shown_columns.first().map(|&at| lists.columns[at].name.clone());
        }
        Pane::Target if hand.field.is_none() => {
            let first = lists.lines.iter().find_map(field_of);
            hand.field = first.map(|at| lists.targets[at].path.clone());
        }
        _ => {}
    }
    hand.reveal_column = pane == Pane::Source;
    hand.reveal_field = pane == Pane::Target;
}

fn field_of(line: &Line) -> Option<usize> {
    match line {
        Line::Field(at) => Some(*at),
        Line::Head(..) => None,
    }
}

/// The listed fields, without the heads of groups.
fn fields(lists: &Lists) -> Vec<usize> {
    lists.lines.iter().filter_map(field_of).collect()
}

fn walk(ui: &Ui, draft: &mut Draft, lists: &Lists, pane: Pane) {
    let shift = ui.input(|input| input.modifiers.shift);
    let modifiers = if shift { Modifiers::SHIFT } else { Modifiers::NONE };
    let pressed = |key: Key| ui.input_mut(|input| input.consume_key(modifiers, key));
    let hand = &mut draft.designer.hand;
    let (listed, at) = match pane {
        Pane::Source => {
            let at = hand.column.as_ref().and_then(|name| lists.column(name));
            (lists.shown_columns.clone(), at)
        }
        Pane::Target => (fields(lists), hand.field.as_ref().and_then(|path| lists.target(path))),
    };
    let place = at.and_then(|at| listed.iter().position(|&it| it == at));
    let last = listed.len().saturating_sub(1);
    let to = if pressed(Key::ArrowDown) {
        Some(place.map_or(0, |place| (place + 1).min(last)))
    } else if pressed(Key::ArrowUp) {
        Some(place.map_or(0, |place| place.saturating_sub(1)))
    } else if pressed(Key::PageDown) {
        Some(place.map_or(0, |place| (place + PAGE).min(last)))
    } else if pressed(Key::PageUp) {
        Some(place.map_or(0, |place| place.saturating_sub(PAGE)))
    } else if pressed(Key::Home) {
        Some(0)
    } else if pressed(Key::End) {
        Some(last)
    } else {
        None
    };
    if let Some(&at) = to.and_then(|to| listed.get(to)) {
        hand.typed.clear();
        match pane {
            Pane::Source => {
                hand.column = Some(lists.columns[at].name.clone());
                hand.reveal_column = true;
            }
            Pane::Target => {
                let path = &lists.targets[at].path;
                if shift {
                    hand.chosen.insert(path.clone());
                    hand.field = Some(path.clone());
                } else if hand.carried.is_some() {
                    hand.field = Some(path.clone());
                } else {
                    hand.choose_field(path);
                }
                hand.reveal_field = true;
            }
        }
    }
    if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::ArrowRight)) && pane == Pane::Source {
        focus(hand, lists, Pane::Target);
    } else if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::ArrowLeft)) && pane == Pane::Target {
        focus(hand, lists, Pane::Source);
    }
}

fn enter(draft: &mut Draft, lists: &Lists, pane: Pane) {
    let hand = &mut draft.designer.hand;
    hand.typed.clear();
    match pane {
        Pane::Source => {
            let there = hand.column.as_ref().and_then(|name| lists.column(name));
            if there.is_some_and(|at| lists.columns[at].index.is_some()) {
                hand.carried = hand.column.clone();
                focus(hand, lists, Pane::Target);
            }
        }
        Pane::Target => match (hand.carried.take(), hand.field.clone()) {
            (Some(column), Some(field)) => {
                let closed = lists.target(&field).is_some_and(|at| lists.targets[at].closed.is_some());
                if closed {
                    hand.carried = Some(column);
                } else {
                    draft.designer.connect(&column, &field, egui::pos2(480.0, 300.0));
                    draft.designer.hand.reveal_field = true;
                }
            }
            (None, Some(_)) => draft.designer.inspector = true,
            (carried, None) => hand.carried = carried,
        },
    }
}

/// Goes to the line that what was typed begins, or else stands in.
fn find(ui: &Ui, draft: &mut Draft, lists: &Lists, pane: Pane) {
    let hand = &mut draft.designer.hand;
    if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Backspace)) {
        hand.typed.pop();
    }
    let typed: String = ui.input(|input| {
        let texts = input.events.iter().filter_map(|event| match event {
            Event::Text(text) if !input.modifiers.command => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    });
    if typed.is_empty() || (typed == "?" && hand.typed.is_empty()) {
        return;
    }
    // What was typed before may belong to another search: alone, the new letters count.
    let fresh = typed.to_lowercase();
    hand.typed.push_str(&fresh);
    for wanted in [hand.typed.trim_start().to_owned(), fresh.trim_start().to_owned()] {
        if found(hand, lists, pane, &wanted) {
            hand.typed = wanted;
            return;
        }
    }
}

/// Goes to the line that a text begins, or else stands in; gives back whether there is one.
fn found(hand: &mut Hand, lists: &Lists, pane: Pane, wanted: &str) -> bool {
    let fits = |text: &str, begins: bool| {
        let text = text.to_lowercase();
        if begins { text.starts_with(wanted) } else { text.contains(wanted) }
    };
    match pane {
        Pane::Source => {
            let named = |begins| lists.shown_columns.iter().copied().find(|&at| fits(&lists.columns[at].name, begins));
            let Some(at) = named(true).or_else(|| named(false)) else { return false };
            hand.column = Some(lists.columns[at].name.clone());
            hand.reveal_column = true;
        }
        Pane::Target => {
            let listed = fields(lists);
            let named = |begins| {
                listed.iter().copied().find(|&at| {
                    let row = &lists.targets[at];
                    fits(&row.label, begins) || fits(&row.path, begins)
                })
            };
            let Some(at) = named(true).or_else(|| named(false)) else { return false };
            hand.field = Some(lists.targets[at].path.clone());
            if hand.carried.is_none() {
                hand.choose_field(&lists.targets[at].path);
            }
            hand.reveal_field = true;
        }
    }
    true
}

fn disconnect(draft: &mut Draft, lists: &Lists, pane: Pane) {
    if pane == Pane::Source && draft.designer.hand.chosen.is_empty() {
        let at = draft.designer.hand.column.as_ref().and_then(|name| lists.column(name));
        let targets = at.map(|at| lists.columns[at].goes_to.clone()).unwrap_or_default();
        draft.designer.hand.chosen = targets.into_iter().map(|at| lists.targets[at].path.clone()).collect();
        if draft.designer.hand.chosen.is_empty() {
            return;
        }
    }
    draft.designer.disconnect_chosen();
}

/// Chooses everything from the field under the keyboard to this one.
pub(super) fn extend(hand: &mut Hand, lists: &Lists, path: &str) {
    let listed = fields(lists);
    let place = |path: &str| lists.target(path).and_then(|at| listed.iter().position(|&it| it == at));
    let from = hand.field.as_deref().and_then(place);
    let Some(to) = place(path) else { return };
    let from = from.unwrap_or(to);
    hand.chosen.extend(listed[from.min(to)..=from.max(to)].iter().map(|&at| lists.targets[at].path.clone()));
    hand.field = Some(path.to_owned());
}

/// Goes to the next thing that is wrong, or to the one before.
pub(in crate::gui::views::designer) fn next_problem(state: &State, draft: &mut Draft, forward: bool) {
    let places: Vec<(usize, String)> = draft
        .designer
        .found(state)
        .iter()
        .filter_map(|problem| Some((problem.step, problem.target.clone()?)))
        .collect();
    if places.is_empty() {
        draft.designer.problems = !draft.designer.found(state).is_empty();
        return;
    }
    let here = draft.designer.hand.field.as_deref().and_then(|field| {
        let step = draft.designer.step;
        places.iter().position(|(at, target)| *at == step && target.eq_ignore_ascii_case(field))
    });
    let count = places.len();
    let next = match (here, forward) {
        (None, true) => 0,
        (None, false) => count - 1,
        (Some(at), true) => (at + 1) % count,
        (Some(at), false) => (at + count - 1) % count,
    };
    let (step, target) = places[next].clone();
    draft.designer.go_to_field(step, &target);
}

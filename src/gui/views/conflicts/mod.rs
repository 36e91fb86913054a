//! Conflicts: what two ends disagree about, beside each other under the ends' own names, decided by keyboard or mouse.
//!
//! The list stands at the left, the conflict that is looked at beside it. What is chosen is half done until it is decided; what is
//! decided waits until it is written.

mod actions;
mod ask;
mod bulk;
mod cells;
mod claims;
mod detail;
mod edit;
mod fields;
mod head;
mod history;
mod keys;
mod list;
mod narrow;
mod sheet;
mod whole;
mod write;

use crate::gui::command::{Command, Outbox};
use crate::gui::conflicts::{Bulk, ConflictsAsk, ConflictsDeed, Listed, Pane, Part, Shelf, parts};
use crate::gui::draft::{Draft, Purpose};
use crate::gui::format;
use crate::gui::parts as widgets;
use crate::gui::state::{Fact, State};
use crate::gui::theme::icon;
use crate::store::{ConflictRecord, ConflictState};
use crate::sync::{End, Resolution};
use crate::workspace::{ConflictStory, Wish, similar};
use egui::{Frame, Margin, Ui};
use std::sync::Arc;

/// The ends in the order of their columns: the org stands before the other end.
const ENDS: [End; 2] = [End::Right, End::Left];

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let listed = listed(state, draft);
    follow(state, draft, out, &listed);
    keys::handle(ui, state, draft, out);
    let counts = state.conflicts.counts;
    let nothing = counts.is_some_and(|counts| counts == Default::default());
    if nothing && state.conflicts.list.known() == 0 {
        Frame::new().inner_margin(Margin::same(24)).show(ui, |ui| {
            super::heading_ui(ui, "Conflicts", |_| {});
            let sentence =
                "No conflicts. What both ends of a sync change to different values will appear here, and wait for you.";
            widgets::empty_ui(ui, icon::CIRCLE_CHECK, sentence, None);
        });
        return;
    }
    list::ui(ui, state, draft, out, &listed);
    beside_ui(ui, state, draft, out, &listed);
    ask::ui(ui, state, draft, out);
    bulk::ui(ui, state, draft, out);
    sheet::ui(ui, state, draft, out);
}

/// What stands beside the list.
fn beside_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, listed: &Listed) {
    let framed = |ui: &mut Ui, contents: &mut dyn FnMut(&mut Ui)| {
        Frame::new().inner_margin(Margin::same(24)).show(ui, |ui| contents(ui));
    };
    let list = &state.conflicts.list;
    if let Some(error) = list.error.as_ref().filter(|_| list.are_of(listed)) {
        return framed(ui, &mut |ui| widgets::error_ui(ui, error, out, |_| {}));
    }
    let Some((id, _)) = draft.conflicts.selected else {
        return framed(ui, &mut |ui| nothing_ui(ui, state, draft, listed));
    };
    match state.conflicts.story(id) {
        None | Some(Fact::Waiting) => framed(ui, &mut |ui| widgets::waiting_ui(ui, "Reading the conflict", 8)),
        Some(Fact::Failed(error)) => framed(ui, &mut |ui| widgets::error_ui(ui, error, out, |_| {})),
        Some(Fact::Here(story)) => {
            let story = Arc::clone(story);
            detail::ui(ui, state, draft, out, &story);
        }
    }
}

/// No conflict is looked at: why, and what can be done.
fn nothing_ui(ui: &mut Ui, state: &State, draft: &mut Draft, listed: &Listed) {
    let list = &state.conflicts.list;
    let coming = list.known() > 0 && list.get(0).is_none();
    if !list.are_of(listed) || list.count.is_none() || coming {
        return widgets::waiting_ui(ui, "Reading conflicts", 8);
    }
    let narrowed = draft.conflicts.narrowed() || !draft.filter.trim().is_empty();
    if narrowed {
        if widgets::empty_ui(ui, icon::FUNNEL, "No conflict fits", Some("Show all of them")) {
            draft.conflicts.widen();
            draft.filter.clear();
        }
        return;
    }
    let counts = state.conflicts.counts.unwrap_or_default();
    let (mark, sentence, elsewhere) = match draft.conflicts.shelf {
        Shelf::Open if counts.decided > 0 => {
            let decided = format::count(counts.decided, "decision waits", "decisions wait");
            let sentence = format!("Nothing is open. {decided} to be written by the next sync.");
            (icon::CIRCLE_CHECK, sentence, Some((Shelf::Decided, "Show what is decided")))
        }
        Shelf::Open => (icon::CIRCLE_CHECK, "Nothing is open.".to_owned(), Some((Shelf::All, "Show all conflicts"))),
        Shelf::Decided => {
            let sentence = "Nothing is decided and not yet written.".to_owned();
            (icon::INBOX, sentence, Some((Shelf::Open, "Show what is open")))
        }
        Shelf::Ignored => {
            let sentence = "Nothing is ignored. What you ignore stays here until an end is changed again.".to_owned();
            (icon::EYE_OFF, sentence, Some((Shelf::Open, "Show what is open")))
        }
        Shelf::All => (icon::INBOX, "There is no conflict".to_owned(), None),
    };
    if widgets::empty_ui(ui, mark, &sentence, elsewhere.map(|(_, words)| words))
        && let Some((shelf, _)) = elsewhere
    {
        draft.conflicts.shelf = shelf;
    }
}

/// The list that is looked at. While a search is answered, what is typed on is not asked about yet.
fn listed(state: &State, draft: &Draft) -> Listed {
    let wanted = draft.conflicts.listed(&draft.filter, state.now);
    match state.conflicts.list.searching() {
        Some(searching) if !wanted.filter.text.is_empty() => searching.clone(),
        _ => wanted,
    }
}

/// Asks for what is missing, and looks at a conflict that is there.
fn follow(state: &State, draft: &mut Draft, out: &mut Outbox, listed: &Listed) {
    let (facts, inbox) = (&state.conflicts, &mut draft.conflicts);
    let mut ask = |ask| out.push(Command::Conflicts(ask));
    if facts.wants_counts() {
        ask(ConflictsAsk::Counts);
        ask(ConflictsAsk::Deeds);
    }
    let states = crate::store::ConflictFilter { states: inbox.shelf.states(), ..Default::default() };
    if facts.wants_groups(&states) {
        ask(ConflictsAsk::Groups(states));
        if state.settings.is_none() {
            out.push(Command::LoadSettings);
        }
    }
    if let Some((turn, id)) = facts.look_at.filter(|(turn, _)| *turn > inbox.turn) {
        inbox.turn = turn;
        let at = inbox.selected.map_or(0, |(_, at)| at);
        // What was brought back is shown as it stands, not as it was half done before.
        inbox.made.remove(&id);
        inbox.select(id, at);
        inbox.pinned = true;
        inbox.go_to = facts.list.position(id);
    }
    let list = &facts.list;
    if list.are_of(listed) {
        settle_selection(state, draft);
    } else if !draft.conflicts.pinned {
        draft.conflicts.selected = None;
    }
    let Some((id, at)) = draft.conflicts.selected else { return };
    // The next ones too, so that they are there when the keyboard gets to them.
    let next = (at + 1..at + 3).filter_map(|at| list.get(at).filter(|_| list.are_of(listed)));
    let wanted: Vec<_> = next.map(|card| card.id).chain([id]).filter(|id| facts.wants_story(*id)).collect();
    wanted.into_iter().rev().for_each(|id| out.push(Command::Conflicts(ConflictsAsk::Story(id))));
}

/// The conflict that is looked at keeps its place as the list changes around it; one that has left gives way to the next.
fn settle_selection(state: &State, draft: &mut Draft) {
    let (list, inbox) = (&state.conflicts.list, &mut draft.conflicts);
    if let Some(card) = inbox.pending.and_then(|at| list.get(at)) {
        let at = inbox.pending.take().unwrap_or_default();
        inbox.select(card.id, at);
    }
    let place = inbox.selected.and_then(|(id, _)| list.position(id));
    match (inbox.selected, place) {
        (Some((id, before)), Some(at)) => {
            inbox.selected = Some((id, at));
            if std::mem::take(&mut inbox.pinned) && before != at {
                inbox.go_to = Some(at);
            }
        }
        (Some(_), None) if inbox.pinned || !list.fresh() => {}
        (Some((_, at)), None) => {
            let last = list.known().saturating_sub(1);
            match list.get(at.min(last)) {
                Some(card) => inbox.select(card.id, at.min(last)),
                None if list.known() == 0 => inbox.selected = None,
                None => {}
            }
        }
        (None, _) => {
            if let Some(card) = list.get(0) {
                inbox.select(card.id, 0);
                inbox.go_to = Some(0);
            }
        }
    }
}

/// The story of the conflict that is looked at.
fn shown<'a>(state: &'a State, draft: &Draft) -> Option<&'a Arc<ConflictStory>> {
    let (id, _) = draft.conflicts.selected?;
    state.conflicts.story(id)?.here()
}

/// Whether a decision can be made about it.
fn decidable(record: &ConflictRecord) -> bool {
    matches!(record.card.state, ConflictState::Open | ConflictState::Decided | ConflictState::Ignored)
}

/// The org that the conflict on the screen is written to.
pub(super) fn org_of_shown(state: &State, draft: &Draft) -> Option<String> {
    let story = shown(state, draft)?;
    let integration = story.conflict.card.integration;
    state.integrations.iter().flatten().find(|card| card.id == integration).map(|card| card.org.clone())
}

/// Decides the conflict on the screen as it was chosen, and goes on; with nothing chosen yet, to the part that misses something.
fn decide(state: &State, draft: &mut Draft, out: &mut Outbox) {
    let Some(story) = shown(state, draft).filter(|story| decidable(&story.conflict)) else { return };
    let record = &story.conflict;
    let made = draft.conflicts.made_of(record);
    match made.resolution(&record.matter) {
        Ok(resolution) => resolve(state, draft, out, record, resolution),
        Err(_) => {
            let missing = parts(&record.matter).into_iter().position(|part| match part {
                Part::Field(line) => !made.fields.contains_key(&line.path),
                Part::Whole => made.whole.is_none(),
                Part::Claim(key) => !made.pairs.contains_key(key),
            });
            draft.conflicts.line = missing.unwrap_or(draft.conflicts.line);
            draft.conflicts.show_line = true;
        }
    }
}

fn resolve(state: &State, draft: &mut Draft, out: &mut Outbox, record: &ConflictRecord, resolution: Resolution) {
    if state.conflicts.busy {
        return;
    }
    draft.conflicts.made.remove(&record.card.id);
    if record.resolution.as_ref() != Some(&resolution) {
        let deed = ConflictsDeed::Resolve(record.card.id, Box::new(resolution));
        out.push(Command::Conflicts(ConflictsAsk::Do(deed)));
    }
    go_on(state, draft);
}

/// Goes to the next open one, from the end of the list back to its beginning.
fn go_on(state: &State, draft: &mut Draft) {
    let (list, inbox) = (&state.conflicts.list, &mut draft.conflicts);
    let Some((id, at)) = inbox.selected else { return };
    let any = inbox.shelf == Shelf::Decided || inbox.shelf == Shelf::Ignored;
    let fits = |place: &u64| {
        let card = list.get(*place);
        card.is_some_and(|card| card.id != id && (any || card.state == ConflictState::Open))
    };
    let next = (at + 1..list.known()).take(1_000).find(fits).or_else(|| (0..at.min(1_000)).find(fits));
    if let Some((place, card)) = next.and_then(|place| Some((place, list.get(place)?))) {
        inbox.select(card.id, place);
        inbox.go_to = Some(place);
    }
    inbox.line = 0;
}

/// Goes to the next one, whatever it is.
fn skip(state: &State, draft: &mut Draft) {
    let Some((_, at)) = draft.conflicts.selected else { return };
    let list = &state.conflicts.list;
    let next = if at + 1 < list.known() { at + 1 } else { 0 };
    go_to(state, draft, next);
}

/// Looks at the conflict at a place, at once or when it comes.
fn go_to(state: &State, draft: &mut Draft, at: u64) {
    draft.conflicts.go_to = Some(at);
    match state.conflicts.list.get(at) {
        Some(card) => draft.conflicts.select(card.id, at),
        None => draft.conflicts.pending = Some(at),
    }
}

/// The choice made for the conflict on the screen, for all that are like it.
pub(in crate::gui) fn decide_similar(state: &State, draft: &Draft) -> Option<Bulk> {
    if draft.screen != crate::gui::draft::Screen::Conflicts || state.conflicts.busy || draft.conflicts.asks() {
        return None;
    }
    let story = shown(state, draft).filter(|story| story.similar > 0)?;
    let record = &story.conflict;
    let resolution = draft.conflicts.made_of(record).resolution(&record.matter).ok()?;
    // Who belongs to whom is another question in each.
    if matches!(resolution, Resolution::Pairs(_)) {
        return None;
    }
    Some(bulk_of(record, story.similar, Wish::Same(resolution)))
}

fn bulk_of(record: &ConflictRecord, similar_ones: u64, wish: Wish) -> Bulk {
    let others = format::count(similar_ones, "similar conflict", "similar conflicts");
    let mine = if record.card.state == ConflictState::Open { "this and " } else { "" };
    let what = match &wish {
        Wish::Same(resolution) => history::in_words(&record.matter, resolution),
        Wish::Keep(_) | Wish::Way(_) => String::new(),
    };
    Bulk {
        title: format!("Decide {mine}{others}"),
        what,
        filter: similar(&record.card),
        wish: Some(wish),
        choose: false,
        ends: Vec::new(),
        ticket: 0,
    }
}

/// Asks how all conflicts that are listed are decided.
pub(in crate::gui) fn decide_listed(state: &State, draft: &mut Draft, out: &mut Outbox) {
    let listed = listed(state, draft);
    let known = state.conflicts.list.known();
    let mut ends: Vec<String> = Vec::new();
    if let Some(story) = shown(state, draft) {
        ends.extend(ENDS.map(|end| story.conflict.matter.end(end).to_owned()));
    }
    out.push(Command::Conflicts(ConflictsAsk::Ends(listed.filter.clone())));
    draft.conflicts.editing = None;
    draft.conflicts.bulk = Some(Bulk {
        title: format!("Decide {}", format::count(known, "listed conflict", "listed conflicts")),
        what: String::new(),
        filter: listed.filter,
        wish: None,
        choose: true,
        ends,
        ticket: 0,
    });
}

/// Asks where the conflicts that are listed are written.
pub(in crate::gui) fn export_listed(state: &State, draft: &mut Draft) {
    let filter = Box::new(listed(state, draft).filter);
    let name = format!("Conflicts {}.xlsx", format::file_time(state.now));
    draft.ask_for_file(Purpose::WriteConflicts(filter), &name);
}

/// Asks for a file with decisions.
pub(in crate::gui) fn take_file(draft: &mut Draft) {
    draft.go(crate::gui::draft::Screen::Conflicts);
    draft.ask_for_file(Purpose::ReadDecisions, "");
}

/// Whether decisions can be written now.
pub(in crate::gui) fn can_write(state: &State) -> bool {
    state.conflicts.decided.len() == 1 && state.starting().is_none() && !state.conflicts.busy
}

/// Writes what is decided, where that is of one integration.
pub(in crate::gui) fn write_decisions(state: &State, draft: &mut Draft, out: &mut Outbox) {
    if let [(id, decisions)] = state.conflicts.decided.as_slice() {
        write::begin(state, draft, out, *id, *decisions);
    }
}

/// Turns from the list to the fields, and back.
fn turn_pane(draft: &mut Draft) {
    let inbox = &mut draft.conflicts;
    inbox.pane = if inbox.pane == Pane::List { Pane::Fields } else { Pane::List };
    inbox.focus = true;
}

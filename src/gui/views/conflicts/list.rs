//! The list: only what is seen of it is asked for and drawn, however long it is.

use super::{go_to, keys, narrow, write};
use crate::gui::action::{self, Action};
use crate::gui::command::{Command, Outbox};
use crate::gui::conflicts::{Listed, Pane, Shelf};
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press, grid};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::store::{ConflictCard, ConflictState};
use crate::sync::MatterKind;
use egui::{
    Align, CornerRadius, CursorIcon, EventFilter, Frame, Layout, Margin, Panel, Popup, Rect, Role, ScrollArea, Sense,
    Stroke, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo,
};

/// Height of a line of the list.
const LINE: f32 = 46.0;

/// Most conflicts of a list that is drawn as one: beyond, the bar at its side loses its precision.
const MOST: u64 = 1_500_000;

const DAY: i64 = 86_400_000;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, listed: &Listed) {
    let ground = Frame::new().fill(tokens(ui).canvas).inner_margin(Margin { left: 16, right: 0, top: 14, bottom: 0 });
    let width = if ui.available_width() < 1_000.0 { 316.0 } else { 340.0 };
    let panel = Panel::left("conflicts").default_size(width).size_range(260.0..=520.0).resizable(true);
    panel.frame(ground).show(ui, |ui| {
        write::ui(ui, state, draft, out);
        let head = Frame::new().inner_margin(Margin { right: 12, ..Margin::ZERO });
        head.show(ui, |ui| {
            head_ui(ui, state, draft, out);
            shelves_ui(ui, state, draft);
            let mut focus = std::mem::take(&mut draft.focus_filter);
            // A place of its own, so that the button that empties it, which comes as one types, makes nothing wider.
            let (place, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), theme::CONTROL), Sense::hover());
            let beside = if draft.filter.is_empty() { 4.0 } else { 40.0 };
            let inside = UiBuilder::new().max_rect(place).layout(Layout::left_to_right(Align::Center));
            let room = place.width() - beside;
            parts::filter_ui(
                &mut ui.new_child(inside),
                "Search records, keys, values",
                room,
                &mut draft.filter,
                &mut focus,
            );
            narrow::ui(ui, state, draft);
            count_ui(ui, state, draft, listed);
        });
        list_ui(ui, state, draft, out, listed);
    });
}

fn head_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    parts::section_ui(ui, "Conflicts", |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let more = Press::icon_only(icon::ELLIPSIS, "More to do with conflicts").low().ui(ui);
        Popup::menu(&more).show(|ui| {
            ui.set_min_width(250.0);
            ui.spacing_mut().item_spacing.y = 2.0;
            for (action, words, mark) in [
                (Action::DecideListed, "Decide all listed…", icon::COPY_CHECK),
                (Action::Export, "Decide in a spreadsheet…", icon::DOWNLOAD),
                (Action::ImportDecisions, "Take decisions from a spreadsheet…", icon::UPLOAD),
            ] {
                let possible = action.possible(state, draft);
                let press = Press::new(words).icon(mark).line().enabled(possible).ui(ui);
                if press.on_hover_text(action::tooltip(action)).clicked() {
                    action.perform(state, draft, out);
                    ui.close();
                }
            }
        });
        for (action, again, name, mark) in
            [(Action::Redo, true, "Decide again", icon::REDO_2), (Action::Undo, false, "Take back", icon::UNDO_2)]
        {
            let deed = state.conflicts.next_deed(again);
            let name = deed.map_or_else(|| name.to_owned(), |deed| format!("{name}: {}", deed.what));
            if Press::icon_only(mark, &name).low().enabled(action.possible(state, draft)).ui(ui).clicked() {
                action.perform(state, draft, out);
            }
        }
    });
}

/// Where they stand, with counts.
fn shelves_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let counts = state.conflicts.counts;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for shelf in Shelf::ALL {
            let count = counts.and_then(|counts| match shelf {
                Shelf::Open => Some(counts.open),
                Shelf::Decided => Some(counts.decided),
                Shelf::Ignored => Some(counts.ignored).filter(|count| *count > 0),
                Shelf::All => None,
            });
            let text = match count {
                Some(count) => format!("{} {}", shelf.label(), format::short(count)),
                None => shelf.label().to_owned(),
            };
            let chosen = draft.conflicts.shelf == shelf;
            let name = match count {
                Some(count) => format!("{} conflicts: {}", shelf.label(), format::number(count)),
                None => format!("{} conflicts", shelf.label()),
            };
            if Press::new(&text).name(&name).low().quiet().chosen(chosen).ui(ui).clicked() && !chosen {
                draft.conflicts.shelf = shelf;
                draft.conflicts.selected = None;
                draft.conflicts.focus = true;
            }
        }
    });
}

/// How many there are, and in which order they stand.
fn count_ui(ui: &mut Ui, state: &State, draft: &mut Draft, listed: &Listed) {
    ui.horizontal(|ui| {
        let list = &state.conflicts.list;
        let text = match list.count.filter(|_| list.are_of(listed)) {
            Some(count) => format::count(count, "conflict", "conflicts"),
            None => "Counting…".to_owned(),
        };
        ui.label(theme::small(text).color(tokens(ui).quiet));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| narrow::order_ui(ui, draft));
    });
    ui.add_space(2.0);
}

fn list_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, listed: &Listed) {
    let list = &state.conflicts.list;
    let mine = list.are_of(listed);
    let rect = ui.available_rect_before_wrap();
    let focus = ui.interact(rect, keys::list_id(), Sense::focusable_noninteractive());
    let count = if mine { list.known().min(MOST) } else { 0 };
    let said = format!("List of conflicts, {}", format::number(count));
    focus.widget_info(|| WidgetInfo::labeled(Role::ListBox, true, &said));
    keep_arrows(ui, keys::list_id());
    if draft.conflicts.pane == Pane::List && std::mem::take(&mut draft.conflicts.focus) {
        focus.request_focus();
    }
    if !mine || (list.get(0).is_none() && list.count.is_none()) {
        list.wanted(listed, 0..40).into_iter().for_each(|ask| out.push(Command::Conflicts(ask)));
        if list.error.is_none() || !mine {
            parts::waiting_ui(ui, "Reading conflicts", 8);
        }
        return;
    }
    let (rect, height) = (rect, rect.height());
    let mut area = ScrollArea::vertical().id_salt("conflict list").auto_shrink([false, false]);
    if let Some(offset) = scrolled_to(draft, height) {
        area = area.vertical_scroll_offset(offset);
    }
    let mut chosen = None;
    let shown = area.show_viewport(ui, |ui, view| {
        ui.set_height(count as f32 * LINE);
        let first = (f64::from(view.min.y) / f64::from(LINE)).floor().max(0.0) as u64;
        let last = ((f64::from(view.max.y) / f64::from(LINE)).ceil() as u64).min(count);
        // Where the first stands is worked out from what is seen: in a long list, places from its beginning are too coarse.
        let begins = first as f64 * f64::from(LINE) - f64::from(view.min.y);
        let pending = draft.conflicts.pending.filter(|at| *at < count).map(|at| at..at + 1);
        for range in std::iter::once(first..last.max(first + 1)).chain(pending) {
            let around = range.start..(range.end + 3).min(count.max(1));
            list.wanted(listed, around).into_iter().for_each(|ask| out.push(Command::Conflicts(ask)));
        }
        for at in first..last {
            let top = rect.top() + begins as f32 + (at - first) as f32 * LINE;
            let line = Rect::from_min_size(egui::pos2(rect.left(), top), Vec2::new(rect.width() - 10.0, LINE));
            let selected = draft.conflicts.selected.map(|(_, at)| at) == Some(at);
            match list.get(at) {
                Some(card) => {
                    let under_keys = selected && keys::moves_through(ui, draft, Pane::List);
                    if line_ui(ui, state, line, card, selected, under_keys) {
                        chosen = Some(at);
                    }
                }
                None => {
                    let bar = line.shrink2(Vec2::new(8.0, 16.0)).with_max_x(line.left() + line.width() * 0.6);
                    ui.painter().rect_filled(bar, CornerRadius::same(4), tokens(ui).sunken);
                }
            }
        }
    });
    draft.conflicts.scroll = shown.state.clamped_offset().y;
    if let Some(at) = chosen {
        go_to(state, draft, at);
        draft.conflicts.go_to = None;
        (draft.conflicts.pane, draft.conflicts.focus) = (Pane::List, false);
        focus.request_focus();
    }
}

/// Arrows belong to what has the focus, and do not move it on.
pub(super) fn keep_arrows(ui: &Ui, id: egui::Id) {
    ui.memory_mut(|memory| {
        let filter = EventFilter { vertical_arrows: true, horizontal_arrows: true, ..EventFilter::default() };
        memory.set_focus_lock_filter(id, filter);
    });
}

/// How far the list is to be scrolled so that the place asked for is in view; `None` where it is already.
fn scrolled_to(draft: &mut Draft, height: f32) -> Option<f32> {
    let top = draft.conflicts.go_to.take()? as f64 * f64::from(LINE);
    let (from, seen) = (f64::from(draft.conflicts.scroll), f64::from(height));
    if top < from {
        Some(top as f32)
    } else if top + f64::from(LINE) > from + seen {
        Some((top + f64::from(LINE) - seen) as f32)
    } else {
        None
    }
}

/// The icon of a kind.
pub(super) fn kind_icon(kind: MatterKind) -> &'static str {
    match kind {
        MatterKind::Fields => icon::GIT_COMPARE,
        MatterKind::Formatting => icon::TYPE,
        MatterKind::DeletedLeft | MatterKind::DeletedRight => icon::TRASH_2,
        MatterKind::Ambiguous => icon::CIRCLE_QUESTION_MARK,
    }
}

/// What the age of an open conflict says.
pub(super) fn age_meaning(state: &State, card: &ConflictCard) -> Meaning {
    let overdue = state.settings.as_ref().map_or(7, |settings| i64::from(settings.conflict_days));
    match state.now - card.opened_at {
        _ if card.state != ConflictState::Open => Meaning::Plain,
        age if age > overdue * DAY => Meaning::Bad,
        age if age > DAY => Meaning::Attention,
        _ => Meaning::Plain,
    }
}

/// What a conflict is about, in a line.
pub(super) fn about(card: &ConflictCard) -> String {
    if card.fields.is_empty() || card.kind.deleted_at().is_some() {
        card.kind.label().to_owned()
    } else {
        card.fields.join(", ")
    }
}

/// A conflict. Gives back whether it was chosen.
fn line_ui(ui: &mut Ui, state: &State, rect: Rect, card: &ConflictCard, selected: bool, under_keys: bool) -> bool {
    let tokens = tokens(ui);
    let response = ui.interact(rect, ui.scope_id().with(("conflict", card.id.0)), Sense::click());
    let age = format::ago(card.opened_at, state.now);
    let name = format!("{}, {}, {}, found {age}", card.record, about(card), card.kind.label());
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, selected, &name));
    let ground = match (selected, response.hovered()) {
        (true, _) => tokens.selected,
        (false, true) => tokens.hover,
        (false, false) => egui::Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS), ground);
    if !selected {
        let line = tokens.hairline.gamma_multiply(0.7);
        ui.painter().hline(rect.shrink2(Vec2::new(8.0, 0.0)).x_range(), rect.bottom() - 0.5, (1.0, line));
    }
    if under_keys {
        let stroke = Stroke::new(2.0, tokens.accent);
        ui.painter().rect_stroke(rect.shrink(1.0), CornerRadius::same(theme::RADIUS), stroke, StrokeKind::Inside);
    }
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        let inner = rect.shrink2(Vec2::new(8.0, 5.0));
        let (mark, colour) = match card.state {
            ConflictState::Open if card.draft => (icon::HISTORY, tokens.attention.strong),
            ConflictState::Open => (kind_icon(card.kind), tokens.quiet),
            ConflictState::Decided | ConflictState::Written => (icon::CHECK, tokens.good.strong),
            ConflictState::Ignored => (icon::EYE_OFF, tokens.quiet),
            ConflictState::Settled => (icon::EQUAL, tokens.quiet),
        };
        let middle = |y: f32| inner.top() + y;
        let painter = ui.painter();
        let at = egui::pos2(inner.left() + 8.0, middle(9.0));
        painter.text(at, egui::Align2::CENTER_CENTER, mark, theme::icon_font(14.0), colour);
        let tint = tokens.tint(age_meaning(state, card));
        let at = egui::pos2(inner.right(), middle(9.0));
        let words = format::age(card.opened_at, state.now);
        let age = painter.text(at, egui::Align2::RIGHT_CENTER, words, theme::small_font(), tint.strong);
        let mut below = inner.right();
        if let Some(assignee) = &card.assignee {
            let at = egui::pos2(inner.right(), middle(27.0));
            let words = format::middle(assignee, 12);
            let taken = painter.text(at, egui::Align2::RIGHT_CENTER, words, theme::small_font(), tokens.quiet);
            below = taken.left() - 8.0;
        }
        let first =
            |x: f32| Rect::from_min_max(egui::pos2(inner.left() + 24.0, middle(0.0)), egui::pos2(x, middle(18.0)));
        let font = theme::medium_font(theme::BODY);
        grid::elided(ui, first(age.left() - 8.0), &card.record, font, tokens.strong, false);
        let second = first(below).translate(Vec2::new(0.0, 18.0));
        grid::elided(ui, second, &about(card), theme::small_font(), tokens.quiet, false);
    });
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}

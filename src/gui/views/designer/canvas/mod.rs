//! The canvas: columns left, fields right, and the wires between them.
//!
//! Both lists draw only what is seen; wires are painted over the gap from the places of rows, drawn or not.

mod board;
mod column;
mod drop;
mod keys;
mod source;
mod taken;
mod target;
mod wires;

pub(super) use column::{KINDS, set_kind};

use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::draft::designer::Pane;
use crate::gui::state::State;
use crate::gui::theme::{self, tokens};
use board::Board;
use egui::{CornerRadius, EventFilter, Id, Layout, Rect, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2};

/// Space around the cards.
const MARGIN: f32 = 12.0;

/// Gap between the cards where there is little room.
const NARROWEST: f32 = 76.0;

/// Gap between the cards.
const GUTTER: f32 = 104.0;

/// Height of the head of a card.
const HEAD: f32 = 74.0;

/// The list of a pane, for the keyboard.
fn list_id(pane: Pane) -> Id {
    match pane {
        Pane::Source => Id::unique("designer columns"),
        Pane::Target => Id::unique("designer fields"),
    }
}

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let lists = draft.designer.lists(state);
    keys::ui(ui, state, draft, &lists);
    let whole = ui.available_rect_before_wrap().shrink2(Vec2::new(MARGIN, MARGIN / 2.0));
    let (left, right) = cards(whole);
    let columns = card_ui(ui, left, "source card", |ui| source::ui(ui, state, draft, out, &lists));
    let fields = card_ui(ui, right, "target card", |ui| target::ui(ui, state, draft, out, &lists));
    let hand = &draft.designer.hand;
    let board = Board {
        columns,
        column_offset: hand.column_offset,
        fields,
        field_offset: hand.target_offset,
        left: left.right(),
        right: right.left(),
    };
    wires::ui(ui, draft, &lists, &board);
    drop::ui(ui, draft, &lists, &board);
    taken::ui(ui, draft);
    ui.advance_cursor_after_rect(whole);
}

/// Where both cards stand.
fn cards(whole: Rect) -> (Rect, Rect) {
    let room = (whole.width() - (whole.width() * 0.15).clamp(NARROWEST, GUTTER)).max(300.0);
    let source = (room * 0.42).min(460.0);
    let target = (room * 0.58).min(660.0);
    let left = Rect::from_min_size(whole.min, Vec2::new(source, whole.height()));
    let right = Rect::from_min_max(egui::pos2(whole.right() - target, whole.top()), whole.max);
    (left, right)
}

/// The ground of a card and what stands on it; gives back what the list inside shows.
fn card_ui(ui: &mut Ui, rect: Rect, name: &str, contents: impl FnOnce(&mut Ui) -> Rect) -> Rect {
    let tokens = tokens(ui);
    let line = Stroke::new(1.0, tokens.hairline);
    ui.painter().rect(rect, CornerRadius::same(8), tokens.surface, line, StrokeKind::Inside);
    let builder = UiBuilder::new().max_rect(rect.shrink(1.0)).layout(Layout::top_down(egui::Align::Min)).id_salt(name);
    let mut child = ui.new_child(builder);
    child.set_clip_rect(rect.shrink(1.0).intersect(ui.clip_rect()));
    child.spacing_mut().item_spacing.y = 0.0;
    contents(&mut child)
}

/// A list that the keyboard can walk: one stop of Tab, whatever its length.
fn list_focus_ui(ui: &mut Ui, draft: &mut Draft, pane: Pane, rect: Rect, said: &str) {
    let id = list_id(pane);
    let response = ui.interact(rect, id, Sense::focusable_noninteractive());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ListBox, true, said));
    if draft.designer.hand.focus == Some(pane) {
        draft.designer.hand.focus = None;
        response.request_focus();
    }
    if response.has_focus() {
        let filter = EventFilter { tab: false, horizontal_arrows: true, vertical_arrows: true, escape: true };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        let ring = rect.expand2(Vec2::new(-1.0, 1.0));
        let stroke = Stroke::new(2.0, tokens(ui).accent);
        ui.painter().rect_stroke(ring, CornerRadius::same(theme::RADIUS), stroke, StrokeKind::Inside);
    }
}

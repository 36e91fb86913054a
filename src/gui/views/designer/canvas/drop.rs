//! What is dragged: the wire that follows the pointer, where it would land, and what a drop does.

use super::board::{self, Board, End, ROW};
use crate::gui::draft::Draft;
use crate::gui::draft::designer::{DesignerDraft, Drag, Line, Lists, Taken, edit};
use crate::gui::theme::{self, tokens};
use egui::{CornerRadius, Key, Pos2, Rect, Shape, Stroke, StrokeKind, Ui};

/// How near to the edge of a list the pointer scrolls it.
const EDGE: f32 = 28.0;

/// How far a list scrolls in this frame, because something is dragged along its edge.
pub(super) fn scrolls(ui: &Ui, list: Rect) -> f32 {
    let Some(at) = ui.input(|input| input.pointer.latest_pos()) else { return 0.0 };
    if !list.x_range().contains(at.x) {
        return 0.0;
    }
    let by = if at.y < list.top() + EDGE {
        at.y - list.top() - EDGE
    } else if at.y > list.bottom() - EDGE {
        at.y - list.bottom() + EDGE
    } else {
        return 0.0;
    };
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(16));
    (by * 0.5).clamp(-ROW, ROW)
}

/// Where a drag would land.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Landing {
    /// On a field, by its place.
    Field(usize),
    /// On a column, by its place.
    Column(usize),
    /// Nowhere.
    Nowhere,
}

fn landing(lists: &Lists, board: &Board, drag: &Drag, at: Pos2) -> Landing {
    let field = || match lists.lines.get(board.field_under(at)?)? {
        Line::Field(field) if lists.targets[*field].closed.is_none() => Some(Landing::Field(*field)),
        _ => None,
    };
    let column = || {
        let column = *lists.shown_columns.get(board.column_under(at)?)?;
        lists.columns[column].index.map(|_| Landing::Column(column))
    };
    let found = match drag {
        Drag::Column(_) | Drag::FieldEnd { .. } => field(),
        Drag::ColumnEnd { .. } => column(),
        // A field with a wire may go to another field as well.
        Drag::Field(_) => column().or_else(field),
        Drag::Band(_) => None,
    };
    found.unwrap_or(Landing::Nowhere)
}

pub(super) fn ui(ui: &Ui, draft: &mut Draft, lists: &Lists, board: &Board) {
    let Some(drag) = draft.designer.hand.drag.clone() else { return };
    if ui.input(|input| input.key_pressed(Key::Escape)) {
        draft.designer.hand.drag = None;
        return;
    }
    let Some(at) = ui.input(|input| input.pointer.latest_pos()) else { return };
    let landing = landing(lists, board, &drag, at);
    if ui.input(|input| input.pointer.any_down()) {
        ui.set_cursor_icon(egui::CursorIcon::Grabbing);
        paint(ui, lists, board, &drag, &landing, at);
        return;
    }
    draft.designer.hand.drag = None;
    match drag {
        Drag::Band(from) => choose_in_band(draft, lists, board, Rect::from_two_pos(from, at)),
        drag => drop(&mut draft.designer, lists, drag, &landing, at),
    }
}

/// Carries out a drop.
fn drop(designer: &mut DesignerDraft, lists: &Lists, drag: Drag, landing: &Landing, at: Pos2) {
    let field = |at: &usize| lists.targets[*at].path.clone();
    let column = |at: &usize| lists.columns[*at].name.clone();
    match (drag, landing) {
        (Drag::Column(name), Landing::Field(to)) => designer.connect(&name, &field(to), at),
        (Drag::Field(target), Landing::Column(from)) => designer.connect(&column(from), &target, at),
        (Drag::Field(old), Landing::Field(to))
            if lists.target(&old).is_some_and(|at| lists.targets[at].rule.is_some()) =>
        {
            reroute(designer, lists, old, &field(to), None, at);
        }
        (Drag::FieldEnd { target, column }, Landing::Field(to)) => {
            reroute(designer, lists, target, &field(to), Some(column), at);
        }
        (Drag::ColumnEnd { target, column: old }, Landing::Column(from)) => {
            let new = column(from);
            designer.change_step(format!("Feed {target} from {new}"), |step| {
                edit::resource(step, &target, Some(&old), &new);
            });
            designer.hand.column = Some(new);
        }
        _ => {}
    }
}

/// Leads a rule into another field, or asks where that field has one.
fn reroute(designer: &mut DesignerDraft, lists: &Lists, old: String, new: &str, column: Option<String>, at: Pos2) {
    if old == new {
        return;
    }
    let taken = lists.target(new).is_some_and(|at| lists.targets[at].rule.is_some());
    if taken {
        let wire = lists.wires.iter().find(|wire| lists.targets[wire.target].path == old);
        let column = column.or_else(|| wire.map(|wire| lists.columns[wire.column].name.clone())).unwrap_or_default();
        designer.hand.taken = Some(Taken { column, target: new.to_owned(), instead_of: Some(old), at });
    } else {
        designer.change_step(format!("Lead {old} to {new}"), |step| edit::retarget(step, &old, new));
    }
    designer.hand.choose_field(new);
}

fn choose_in_band(draft: &mut Draft, lists: &Lists, board: &Board, band: Rect) {
    let hand = &mut draft.designer.hand;
    hand.chosen.clear();
    for wire in &lists.wires {
        let column = board.column_end(lists.column_at[wire.column]);
        let field = board.field_end(lists.target_at[wire.target]);
        if board.wire(column, field).is_some_and(|points| points.iter().any(|point| band.contains(*point))) {
            hand.chosen.insert(lists.targets[wire.target].path.clone());
        }
    }
    hand.focus = Some(crate::gui::draft::designer::Pane::Target);
}

fn paint(ui: &Ui, lists: &Lists, board: &Board, drag: &Drag, landing: &Landing, at: Pos2) {
    let tokens = tokens(ui);
    let painter = ui.painter();
    if let Drag::Band(from) = drag {
        let band = Rect::from_two_pos(*from, at);
        painter.rect(band, 2.0, tokens.accent_faint.gamma_multiply(0.6), (1.0, tokens.accent), StrokeKind::Inside);
        return;
    }
    let y = |end: End, seen: Rect| match end {
        End::Seen(y) => y,
        End::Above => seen.top(),
        End::Below | End::Hidden => seen.bottom(),
    };
    let column_y = |name: &str| {
        let place = lists.column(name).and_then(|at| lists.column_at[at]);
        y(board.column_end(place), board.columns)
    };
    let field_y = |path: &str| {
        let place = lists.target(path).and_then(|at| lists.target_at[at]);
        y(board.field_end(place), board.fields)
    };
    // The free end snaps to the row that would take it.
    let to_field = |at_field: &usize| board.field_end(lists.target_at[*at_field]);
    let to_column = |at_column: &usize| board.column_end(lists.column_at[*at_column]);
    let free = match landing {
        Landing::Field(field) => Pos2::new(board.right, y(to_field(field), board.fields)),
        Landing::Column(column) => Pos2::new(board.left, y(to_column(column), board.columns)),
        Landing::Nowhere => at,
    };
    let (from, to) = match drag {
        Drag::Column(name) | Drag::FieldEnd { column: name, .. } => (Pos2::new(board.left, column_y(name)), free),
        Drag::Field(path) | Drag::ColumnEnd { target: path, .. } => (free, Pos2::new(board.right, field_y(path))),
        Drag::Band(_) => return,
    };
    let colour = tokens.accent;
    painter.add(Shape::line(board::curve(from, to).to_vec(), Stroke::new(2.4, colour)));
    painter.circle_filled(free, 4.5, colour);
    let row = match landing {
        Landing::Field(_) => Rect::from_x_y_ranges(board.fields.x_range(), free.y - ROW / 2.0..=free.y + ROW / 2.0),
        Landing::Column(_) => Rect::from_x_y_ranges(board.columns.x_range(), free.y - ROW / 2.0..=free.y + ROW / 2.0),
        Landing::Nowhere => return,
    };
    let radius = CornerRadius::same(theme::RADIUS);
    painter.rect_stroke(row.shrink2(egui::vec2(4.0, 1.0)), radius, Stroke::new(1.5, colour), StrokeKind::Inside);
}

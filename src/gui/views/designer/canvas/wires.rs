//! The wires: quiet until touched, with a node where a rule does more than copy.

use super::board::{self, Board, End, POINTS};
use crate::gui::draft::Draft;
use crate::gui::draft::designer::{Drag, Line, Lists, Node, TargetRow, Way, both_ways};
use crate::gui::format;
use crate::gui::theme::{self, icon, tokens};
use egui::{Align2, Color32, CornerRadius, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

/// How near to its end a wire is taken by the end.
const GRIP: f32 = 30.0;

pub(super) fn ui(ui: &mut Ui, draft: &mut Draft, lists: &Lists, board: &Board) {
    let gutter = board.gutter();
    let response = ui.interact(gutter, egui::Id::unique(("designer", "gutter")), Sense::CLICK | Sense::DRAG);
    let seen: Vec<(usize, [Pos2; POINTS])> = lists
        .wires
        .iter()
        .enumerate()
        .filter_map(|(at, wire)| {
            let column = board.column_end(lists.column_at[wire.column]);
            let field = board.field_end(lists.target_at[wire.target]);
            board.wire(column, field).map(|points| (at, points))
        })
        .collect();
    let pointer = response.hover_pos().filter(|_| draft.designer.hand.drag.is_none());
    let nearest = pointer.and_then(|at| {
        let near = seen.iter().filter_map(|(wire, points)| board::near(points, at).map(|distance| (distance, *wire)));
        near.min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, wire)| wire)
    });
    draft.designer.hand.over_wire = nearest;
    paint(ui, draft, lists, board, &seen);
    ports_ui(ui, draft, lists, board);
    act(ui, draft, lists, &response, nearest, gutter);
    nodes_ui(ui, draft, lists, board);
    edges_ui(ui, lists, board);
}

fn paint(ui: &Ui, draft: &Draft, lists: &Lists, board: &Board, seen: &[(usize, [Pos2; POINTS])]) {
    let tokens = tokens(ui);
    let hand = &draft.designer.hand;
    let clip = Rect::from_x_y_ranges(board.left - 1.0..=board.right + 1.0, board.gutter().y_range().expand(1.0));
    let painter = ui.painter().with_clip_rect(clip.intersect(ui.clip_rect()));
    let held = hand.drag.as_ref().and_then(Drag::wire);
    let mut lit: Vec<(&[Pos2; POINTS], Color32)> = Vec::new();
    for (at, points) in seen {
        let wire = lists.wires[*at];
        let row = &lists.targets[wire.target];
        if held.is_some_and(|(column, target)| lists.columns[wire.column].name == column && row.path == target) {
            continue;
        }
        let chosen = hand.chosen.contains(&row.path)
            || hand.over_wire == Some(*at)
            || hand.carried.as_deref() == Some(&lists.columns[wire.column].name);
        let wrong = row.problem.is_some() || lists.columns[wire.column].index.is_none();
        let colour = match (wrong, chosen) {
            (true, _) => tokens.bad.strong,
            (false, _) if row.doubt.is_some() => tokens.attention.strong,
            (false, true) => tokens.accent,
            (false, false) => tokens.wire,
        };
        if chosen {
            lit.push((points, colour));
        } else {
            painter.add(Shape::line(points.to_vec(), Stroke::new(1.3, colour)));
        }
    }
    // What is touched lies above the rest.
    for (points, colour) in lit {
        painter.add(Shape::line(points.to_vec(), Stroke::new(2.4, colour)));
    }
}

fn act(ui: &Ui, draft: &mut Draft, lists: &Lists, response: &egui::Response, nearest: Option<usize>, gutter: Rect) {
    let hand = &mut draft.designer.hand;
    let modifiers = ui.input(|input| input.modifiers);
    if nearest.is_some() {
        ui.set_cursor_icon(egui::CursorIcon::PointingHand);
    }
    if response.drag_started()
        && let Some(at) = ui.input(|input| input.pointer.press_origin())
    {
        hand.let_go();
        hand.drag = match hand.over_wire.or(nearest).map(|wire| lists.wires[wire]) {
            Some(wire) => {
                let (column, target) =
                    (lists.columns[wire.column].name.clone(), lists.targets[wire.target].path.clone());
                hand.choose_field(&target);
                if at.x < gutter.left() + GRIP {
                    Some(Drag::ColumnEnd { target, column })
                } else {
                    Some(Drag::FieldEnd { target, column })
                }
            }
            None => Some(Drag::Band(at)),
        };
    }
    if response.clicked() {
        match nearest {
            Some(wire) => {
                let target = lists.targets[lists.wires[wire].target].path.clone();
                let column = lists.columns[lists.wires[wire].column].name.clone();
                if modifiers.command || modifiers.shift {
                    hand.toggle_field(&target);
                } else {
                    hand.choose_field(&target);
                    hand.column = Some(column);
                }
                hand.focus = Some(crate::gui::draft::designer::Pane::Target);
            }
            None => hand.chosen.clear(),
        }
    }
    if response.double_clicked() && nearest.is_some() {
        draft.designer.inspector = true;
    }
}

/// The points at the edges of the cards where wires begin and end.
fn ports_ui(ui: &Ui, draft: &Draft, lists: &Lists, board: &Board) {
    let tokens = tokens(ui);
    let hand = &draft.designer.hand;
    let wire = hand.over_wire.and_then(|wire| lists.wires.get(wire));
    let port = |at: Pos2, mapped: bool, lit: bool| {
        let colour = if lit { tokens.accent } else { tokens.wire };
        if mapped {
            ui.painter().circle_filled(at, 3.5, colour);
        } else {
            ui.painter().circle(at, 3.2, tokens.surface, Stroke::new(1.2, colour));
        }
    };
    for &column in listed(&lists.shown_columns, board.column_offset, board.columns) {
        let End::Seen(y) = board.column_end(lists.column_at[column]) else { continue };
        let row = &lists.columns[column];
        let lit = hand.column.as_deref() == Some(&row.name) || wire.is_some_and(|wire| wire.column == column);
        port(Pos2::new(board.left, y), !row.goes_to.is_empty(), lit);
    }
    for line in listed(&lists.lines, board.field_offset, board.fields) {
        let Line::Field(field) = line else { continue };
        let End::Seen(y) = board.field_end(lists.target_at[*field]) else { continue };
        let row = &lists.targets[*field];
        if row.closed.is_none() || row.rule.is_some() {
            let lit = hand.chosen.contains(&row.path) || wire.is_some_and(|wire| wire.target == *field);
            port(Pos2::new(board.right, y), row.rule.is_some(), lit);
        }
    }
}

/// The part of a list that is seen.
fn listed<T>(list: &[T], offset: f32, seen: Rect) -> &[T] {
    let first = (offset / board::ROW) as usize;
    let last = ((offset + seen.height()) / board::ROW).ceil() as usize;
    &list[first.min(list.len())..last.min(list.len())]
}

/// What stands on the wires, beside their fields: what a rule does.
fn nodes_ui(ui: &mut Ui, draft: &mut Draft, lists: &Lists, board: &Board) {
    for line in listed(&lists.lines, board.field_offset, board.fields) {
        let Line::Field(at) = line else { continue };
        let row = &lists.targets[*at];
        let End::Seen(y) = board.field_end(lists.target_at[*at]) else { continue };
        if y < board.fields.top() + 8.0 || y > board.fields.bottom() - 8.0 {
            continue;
        }
        let mut right = board.right - 12.0;
        if let Some(way) = &row.way {
            let rect = Rect::from_min_size(egui::pos2(right - WAY, y - NODE / 2.0), Vec2::new(WAY, NODE));
            way_ui(ui, draft, row, way, rect);
            right = rect.left() - 12.0;
        }
        let Some(node) = row.node.as_ref().filter(|node| **node != Node::Copy) else { continue };
        let mark = Mark::of(node);
        let wide = mark.width(ui).min(WIDEST);
        let rect = Rect::from_min_size(egui::pos2(right - wide, y - NODE / 2.0), Vec2::new(wide, NODE));
        node_ui(ui, draft, row, &mark, rect);
    }
}

/// Width of what says which way the values of a line go.
const WAY: f32 = 24.0;

/// Which way the values of a line go; a click lets them go the next way that is possible.
fn way_ui(ui: &mut Ui, draft: &mut Draft, row: &TargetRow, way: &Way, rect: Rect) {
    let tokens = tokens(ui);
    let response = ui.interact(rect, egui::Id::unique(("designer way", &row.path)), Sense::CLICK);
    let name = format!("Direction of {}: {}", row.path, way.words);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let chosen = draft.designer.hand.chosen.contains(&row.path);
    let (line, text) = match (row.problem.is_some(), chosen || response.hovered()) {
        (true, _) => (tokens.bad.strong, tokens.bad.strong),
        (false, true) => (tokens.accent, tokens.accent_text),
        (false, false) => (tokens.wire, tokens.text),
    };
    ui.painter().rect(rect, CornerRadius::same(10), tokens.raised, Stroke::new(1.2, line), StrokeKind::Inside);
    let (from, to) = (rect.right_center(), rect.right_center() + Vec2::new(12.0, 0.0));
    ui.painter().line_segment([from, to], Stroke::new(1.3, line));
    let font = theme::medium_font(theme::BODY);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, both_ways::arrow(way.direction), font, text);
    if response.on_hover_text(way_help(way)).clicked() {
        draft.designer.turn(row);
    }
}

/// Which way it is, why there is no other, and what a click does.
fn way_help(way: &Way) -> String {
    let mut words = way.words.chars();
    let said = words.next().map_or_else(String::new, |first| first.to_uppercase().chain(words).collect());
    let Some(can) = &way.can else { return said };
    let why = match (&can.not_back, &can.not_forth) {
        (Some(why), _) => format!(": it cannot go back, because {why}"),
        (None, Some(why)) => format!(": {why}"),
        (None, None) => String::new(),
    };
    match way.next() {
        Some(next) => format!("{said}{why}\nA click changes it to {}", both_ways::arrow(next)),
        None => format!("{said}{why}\nA click shows what can be done about it"),
    }
}

/// Width of the widest node.
const WIDEST: f32 = 84.0;

/// Height of a node.
const NODE: f32 = 20.0;

struct Mark {
    icon: Option<&'static str>,
    text: String,
    said: &'static str,
}

impl Mark {
    fn of(node: &Node) -> Mark {
        let mark = |icon, text: String, said| Mark { icon, text, said };
        match node {
            Node::Formula => mark(None, "ƒ".to_owned(), "Formula"),
            Node::Map(count) => mark(Some(icon::LIST), count.to_string(), "Value map"),
            Node::Lookup => mark(Some(icon::SEARCH), String::new(), "Lookup"),
            Node::Constant(text) => mark(Some(icon::EQUAL), format::one_line(text), "Same value"),
            Node::Policy => mark(Some(icon::SLIDERS_HORIZONTAL), String::new(), "Policies"),
            Node::Copy => mark(None, String::new(), "Copy"),
        }
    }

    fn width(&self, ui: &Ui) -> f32 {
        let text =
            ui.painter().layout_no_wrap(self.text.clone(), theme::medium_font(theme::SMALL), Color32::PLACEHOLDER);
        let icon = if self.icon.is_some() { 14.0 } else { 0.0 };
        let gap = if self.icon.is_some() && !self.text.is_empty() { 3.0 } else { 0.0 };
        (text.size().x + icon + gap + 12.0).max(NODE)
    }
}

fn node_ui(ui: &mut Ui, draft: &mut Draft, row: &TargetRow, mark: &Mark, rect: Rect) {
    let tokens = tokens(ui);
    let response = ui.interact(rect, egui::Id::unique(("designer node", &row.path)), Sense::CLICK);
    let name = format!("Wire to {}: {}", row.path, mark.said.to_lowercase());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let chosen = draft.designer.hand.chosen.contains(&row.path);
    let wrong = row.problem.is_some();
    let (line, text) = match (wrong, chosen || response.hovered()) {
        (true, _) => (tokens.bad.strong, tokens.bad.strong),
        (false, true) => (tokens.accent, tokens.accent_text),
        (false, false) => (tokens.wire, tokens.text),
    };
    let ground = if wrong { tokens.bad.faint } else { tokens.raised };
    ui.painter().rect(rect, CornerRadius::same(10), ground, Stroke::new(1.2, line), StrokeKind::Inside);
    // From the node to its field.
    let (from, to) = (rect.right_center(), rect.right_center() + Vec2::new(12.0, 0.0));
    ui.painter().line_segment([from, to], Stroke::new(1.3, line));
    let mut inner = rect.shrink2(Vec2::new(6.0, 0.0));
    let font = theme::medium_font(theme::SMALL);
    match mark.icon {
        Some(icon) if mark.text.is_empty() => {
            ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon, theme::icon_font(11.5), text);
        }
        Some(icon) => {
            ui.painter().text(inner.left_center(), Align2::LEFT_CENTER, icon, theme::icon_font(11.5), text);
            inner.min.x += 17.0;
            crate::gui::parts::grid::elided(ui, inner, &mark.text, font, text, false);
        }
        None => {
            ui.painter().text(rect.center(), Align2::CENTER_CENTER, &mark.text, font, text);
        }
    }
    let clicked = response.clicked();
    response.on_hover_text(match &row.problem {
        Some(problem) => format!("{}: {problem}", mark.said),
        None => format!("{}: {}", mark.said, row.from),
    });
    if clicked {
        draft.designer.hand.choose_field(&row.path);
        draft.designer.inspector = true;
    }
}

/// How many wires lead to rows behind each edge.
fn edges_ui(ui: &Ui, lists: &Lists, board: &Board) {
    let mut counts = [[0_u32; 2]; 2];
    for wire in &lists.wires {
        let column = board.column_end(lists.column_at[wire.column]);
        let field = board.field_end(lists.target_at[wire.target]);
        // One badge for a wire: where its unseen end is.
        match (column, field) {
            (End::Above, End::Seen(_)) => counts[0][0] += 1,
            (End::Below, End::Seen(_)) => counts[0][1] += 1,
            (End::Seen(_), End::Above) => counts[1][0] += 1,
            (End::Seen(_), End::Below) => counts[1][1] += 1,
            _ => {}
        }
    }
    let tokens = tokens(ui);
    let (top, bottom) = (board.gutter().top() + 9.0, board.gutter().bottom() - 9.0);
    for (side, x) in [(0, board.left + 22.0), (1, board.right - 22.0)] {
        for (end, (y, arrow)) in [(top, "↑"), (bottom, "↓")].into_iter().enumerate() {
            let count = counts[side][end];
            if count > 0 {
                let text = format!("{arrow} {count}");
                let font = theme::medium_font(10.5);
                let galley = ui.painter().layout_no_wrap(text, font, tokens.quiet);
                let rect = Rect::from_center_size(egui::pos2(x, y), galley.size() + Vec2::new(10.0, 3.0));
                ui.painter().rect_filled(rect, CornerRadius::same(8), tokens.canvas);
                ui.painter().rect_stroke(rect, CornerRadius::same(8), (1.0, tokens.hairline), StrokeKind::Inside);
                ui.painter().galley(rect.center() - galley.size() / 2.0, galley, tokens.quiet);
            }
        }
    }
}

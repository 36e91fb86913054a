//! The source card: the columns, what they hold, and a value of the row at hand.

use super::{HEAD, board, list_focus_ui};
use crate::gui::command::{Command, Outbox};
use crate::gui::designing::Ask;
use crate::gui::draft::Draft;
use crate::gui::draft::designer::{Drag, Lists, Pane};
use crate::gui::format;
use crate::gui::parts::{self, Press, grid};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, icon, tokens};
use crate::gui::views::import::targets;
use crate::mapping::ColumnFormat;
use crate::record::Kind;
use crate::workspace::SourceLook;
use egui::{Align2, CornerRadius, Frame, Margin, Popup, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo};

/// What a column may hold.
const KINDS: [Kind; 6] = [Kind::Text, Kind::Number, Kind::Boolean, Kind::Date, Kind::DateTime, Kind::Time];

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, lists: &Lists) -> Rect {
    head_ui(ui, state, draft, lists);
    let list = ui.available_rect_before_wrap();
    let Some(step) = draft.designer.at() else { return list };
    let settings = step.source.clone();
    match state.design.look(&settings) {
        Some(Fact::Failed(error)) => {
            Frame::new().inner_margin(Margin::same(12)).show(ui, |ui| {
                parts::error_ui(ui, error, out, |_| {});
                ui.add_space(8.0);
                if Press::new("Look again").icon(icon::ROTATE_CCW).low().ui(ui).clicked() {
                    out.push(Command::Design(Ask::Look(Box::new(settings.clone()))));
                }
            });
        }
        None | Some(Fact::Waiting) => {
            Frame::new().inner_margin(Margin::same(12)).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 12.0;
                parts::waiting_ui(ui, "Reading the file", 7);
            });
        }
        Some(Fact::Here(file)) => return list_ui(ui, draft, lists, &file.clone()),
    }
    list
}

fn head_ui(ui: &mut Ui, state: &State, draft: &mut Draft, lists: &Lists) {
    let tokens = tokens(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), HEAD), Sense::hover());
    let inner = rect.shrink2(Vec2::new(12.0, 8.0));
    let Some(source) = draft.designer.at().map(|step| step.source.clone()) else { return };
    let (name, path) = (source.name(), whole(&source));
    let first = inner.with_max_y(inner.top() + 24.0);
    let at = first.left_center();
    ui.painter().text(at, Align2::LEFT_CENTER, icon::FILE_SPREADSHEET, theme::icon_font(15.0), tokens.quiet);
    let rows = draft.designer.file(state).and_then(|file| file.rows);
    let rows = rows.map(|rows| format::count(rows, "row", "rows")).unwrap_or_default();
    let wide = first.width() - 24.0 - 76.0;
    let words = Rect::from_min_size(at + Vec2::new(24.0, -12.0), Vec2::new(wide, 24.0));
    let shown = format::middle(&name, (wide / 7.4) as usize);
    grid::elided(ui, words, &shown, theme::medium_font(theme::BODY), tokens.strong, false);
    ui.painter().text(first.right_center(), Align2::RIGHT_CENTER, rows, theme::small_font(), tokens.quiet);
    ui.interact(words, egui::Id::unique(("designer", "path")), Sense::hover()).on_hover_text(path);

    let second = Rect::from_min_max(egui::pos2(inner.left(), first.bottom() + 4.0), inner.max);
    ui.scope_builder(egui::UiBuilder::new().max_rect(second), |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let mut focus = false;
            let width = (second.width() - 150.0).max(70.0);
            parts::filter_ui(ui, "Filter columns", width, &mut draft.designer.narrow.columns, &mut focus);
            let all = lists.columns.iter().filter(|column| column.index.is_some()).count();
            let text = format!("{} of {} used", lists.used, all);
            let only = draft.designer.narrow.unused_only;
            let press = Press::new(&text).name("Only columns that are not used").quiet().low().chosen(only);
            if press.ui(ui).on_hover_text("Show only columns that are not used").clicked() {
                draft.designer.narrow.unused_only = !only;
            }
        });
    });
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (1.0, tokens.hairline));
}

fn list_ui(ui: &mut Ui, draft: &mut Draft, lists: &Lists, file: &SourceLook) -> Rect {
    let list = ui.available_rect_before_wrap();
    let at = draft.designer.hand.column.clone().unwrap_or_default();
    let said = format!("Columns of {}, {} of them, at {at}", file.columns.name, lists.columns.len());
    list_focus_ui(ui, draft, Pane::Source, list, &said);
    if lists.shown_columns.is_empty() {
        let sentence =
            if draft.designer.narrow.unused_only { "Every column is used" } else { "No column is called so" };
        parts::empty_ui(ui, icon::SEARCH, sentence, None);
        return list;
    }
    let hand = &mut draft.designer.hand;
    let mut area = ScrollArea::vertical().id_salt(("columns", draft.designer.step)).auto_shrink([false, false]);
    if std::mem::take(&mut hand.reveal_column)
        && let Some(place) = hand.column.as_ref().and_then(|name| lists.column(name)).and_then(|at| lists.column_at[at])
    {
        area = area.vertical_scroll_offset(board::offset_for(place, hand.column_offset, list.height()));
    } else if matches!(hand.drag, Some(Drag::Field(_) | Drag::ColumnEnd { .. })) {
        let by = super::drop::scrolls(ui, list);
        if by != 0.0 {
            area = area.vertical_scroll_offset((hand.column_offset + by).max(0.0));
        }
    }
    let shown = area.show_rows(ui, board::ROW, lists.shown_columns.len(), |ui, range| {
        for place in range {
            row_ui(ui, draft, lists, file, lists.shown_columns[place]);
        }
    });
    draft.designer.hand.column_offset = shown.state.clamped_offset().y;
    shown.inner_rect
}

fn row_ui(ui: &mut Ui, draft: &mut Draft, lists: &Lists, file: &SourceLook, at: usize) {
    let column = &lists.columns[at];
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), board::ROW), Sense::hover());
    // Tab stops at the list, not at each of its rows.
    let response = ui.interact(rect, egui::Id::unique(("designer column", &column.name)), Sense::CLICK | Sense::DRAG);
    let names: Vec<&str> = column.goes_to.iter().map(|&at| lists.targets[at].path.as_str()).collect();
    let said = match names.as_slice() {
        [] if column.index.is_none() => format!("{}, not in the file, not mapped", column.name),
        [] => format!("{}, {}, not mapped", column.name, column.kind.label().to_lowercase()),
        names => format!("{}, {}, mapped to {}", column.name, column.kind.label().to_lowercase(), names.join(" and ")),
    };
    let hand = &draft.designer.hand;
    let at_hand = hand.column.as_deref() == Some(&column.name);
    let carried = hand.carried.as_deref() == Some(&column.name);
    let touched = column.goes_to.iter().any(|&at| hand.chosen.contains(&lists.targets[at].path));
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, at_hand, &said));
    paint(ui, rect, draft, file, column, &response, (at_hand, touched, carried));
    kind_ui(ui, draft, rect, &column.name, column.kind);
    let hand = &mut draft.designer.hand;
    if response.clicked() {
        hand.column = Some(column.name.clone());
        let held = ui.input(|input| input.modifiers.command || input.modifiers.shift);
        if !held {
            hand.chosen.clear();
        }
        hand.chosen.extend(names.iter().map(|&name| name.to_owned()));
        if let [only] = names.as_slice() {
            hand.field = Some((*only).to_owned());
        }
        hand.focus = Some(Pane::Source);
    }
    if response.drag_started() && column.index.is_some() {
        hand.let_go();
        hand.column = Some(column.name.clone());
        hand.drag = Some(Drag::Column(column.name.clone()));
    }
}

fn paint(
    ui: &mut Ui,
    rect: Rect,
    draft: &Draft,
    file: &SourceLook,
    column: &crate::gui::draft::designer::ColumnRow,
    response: &egui::Response,
    (at_hand, touched, carried): (bool, bool, bool),
) {
    let tokens = tokens(ui);
    let ground = match () {
        () if carried => tokens.accent_faint,
        () if at_hand || touched => tokens.selected,
        () if response.hovered() => tokens.hover,
        () => egui::Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect.shrink2(Vec2::new(4.0, 0.5)), CornerRadius::same(theme::RADIUS), ground);
    let mapped = !column.goes_to.is_empty();
    let mut words = rect.with_min_x(rect.left() + 38.0).with_max_x(rect.right() - 14.0);
    let lost = column.index.is_none();
    let (sample, filled) = column.index.map_or((String::new(), String::new()), |index| {
        let row = file.head.row(draft.designer.row);
        (row.map(|row| format::one_line(row.cell(index))).unwrap_or_default(), filled(file, index))
    });
    let fill = words.with_min_x(words.right() - 44.0);
    let colour = if filled == "100 %" { tokens.quiet } else { tokens.text };
    grid::elided(ui, fill, &filled, theme::small_font(), colour, true);
    words.max.x = fill.left() - 6.0;
    let name = words.with_max_x(words.left() + words.width() * 0.56);
    let colour = match () {
        () if lost => tokens.bad.strong,
        () if mapped => tokens.strong,
        () => tokens.text,
    };
    let font = if mapped { theme::medium_font(theme::BODY) } else { theme::body_font() };
    let most = (name.width() / 7.0) as usize;
    let taken = grid::elided(ui, name, &format::middle(&column.name, most), font, colour, false);
    if most < column.name.chars().count() && response.hovered() {
        response.clone().on_hover_text(&column.name);
    }
    let rest = words.with_min_x((words.left() + words.width() * 0.5).max(taken.right() + 8.0));
    let sample = if lost { "not in the file" } else { sample.as_str() };
    grid::elided(ui, rest, sample, theme::small_font(), if lost { tokens.bad.strong } else { tokens.quiet }, false);
    port(ui, egui::pos2(rect.right() - 1.0, rect.center().y), mapped, response.hovered() || at_hand);
}

/// The point at the edge of a card where wires begin or end.
pub(super) fn port(ui: &Ui, at: egui::Pos2, mapped: bool, lit: bool) {
    let tokens = tokens(ui);
    let colour = if lit { tokens.accent } else { tokens.wire };
    let painter = ui.painter();
    if mapped {
        painter.circle_filled(at, 3.5, colour);
    } else {
        painter.circle(at, 3.0, tokens.surface, egui::Stroke::new(1.2, colour));
    }
}

/// How many of the rows seen have a value.
fn filled(file: &SourceLook, index: usize) -> String {
    let rows = file.head.len() as u64;
    let filled = file.head.rows().filter(|row| !row.cell(index).trim().is_empty()).count() as u64;
    format::percent(filled, rows)
}

/// The icon of what a column holds; a click chooses.
fn kind_ui(ui: &mut Ui, draft: &mut Draft, row: Rect, column: &str, kind: Kind) {
    let tokens = tokens(ui);
    let rect = Rect::from_center_size(egui::pos2(row.left() + 21.0, row.center().y), Vec2::splat(24.0));
    let response = ui.interact(rect, egui::Id::unique(("designer kind", column)), Sense::CLICK);
    let name = format!("Kind of {column}: {}", kind.label());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if response.hovered() {
        ui.painter().rect_filled(rect.shrink(1.0), CornerRadius::same(4), tokens.control_press);
    }
    let colour = if kind == Kind::Text { tokens.quiet } else { tokens.accent_text };
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, targets::kind_icon(kind), theme::icon_font(14.0), colour);
    let response = response.on_hover_text(format!("Holds: {}. Click to change", kind.label().to_lowercase()));
    Popup::menu(&response).show(|ui| {
        ui.set_min_width(170.0);
        for other in KINDS {
            let tick = if other == kind { icon::CHECK } else { targets::kind_icon(other) };
            if Press::new(other.label()).icon(tick).line().chosen(other == kind).ui(ui).clicked() {
                set_kind(draft, column, other);
                ui.close();
            }
        }
    });
}

/// Says what a column holds.
pub(super) fn set_kind(draft: &mut Draft, column: &str, kind: Kind) {
    let what = format!("{column} holds {}", kind.label().to_lowercase());
    draft.designer.change_step(what, |step| {
        // What a query yields is known from the org.
        let Some(file) = step.source.file_mut() else { return };
        let formats = file.columns.get(column).and_then(|known| known.formats);
        if kind == Kind::Text && formats.is_none() {
            file.columns.remove(column);
        } else {
            file.columns.insert(column.to_owned(), ColumnFormat { kind, formats });
        }
    });
}

/// Where a source is, in full.
fn whole(source: &crate::connect::SourceSettings) -> String {
    match source {
        crate::connect::SourceSettings::File(file) => file.path.display().to_string(),
        crate::connect::SourceSettings::Query(query) => query.soql.clone(),
    }
}

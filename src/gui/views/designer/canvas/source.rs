//! The source card: what rows come from, and the list of columns.

use super::{HEAD, board, list_focus_ui};
use crate::gui::command::{Command, Outbox};
use crate::gui::designing::Ask;
use crate::gui::draft::Draft;
use crate::gui::draft::designer::{Drag, Lists, Pane};
use crate::gui::format;
use crate::gui::parts::{self, Press, grid};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, icon, tokens};
use crate::workspace::SourceLook;
use egui::{Align2, Frame, Margin, Rect, ScrollArea, Sense, Ui, Vec2};

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
        Some(Fact::Here(file)) => return list_ui(ui, state, draft, lists, &file.clone()),
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
    ui.advance_cursor_after_rect(rect);
}

fn list_ui(ui: &mut Ui, state: &State, draft: &mut Draft, lists: &Lists, file: &SourceLook) -> Rect {
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
            super::column::ui(ui, state, draft, lists, file, lists.shown_columns[place]);
        }
    });
    draft.designer.hand.column_offset = shown.state.clamped_offset().y;
    shown.inner_rect
}

/// Where a source is, in full.
fn whole(source: &crate::connect::SourceSettings) -> String {
    match source {
        crate::connect::SourceSettings::File(file) => file.path.display().to_string(),
        crate::connect::SourceSettings::Query(query) => query.soql.clone(),
        crate::connect::SourceSettings::Undo(_) | crate::connect::SourceSettings::Sync(_) => source.name(),
    }
}

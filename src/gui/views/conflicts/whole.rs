//! A record that one end deleted and the other one changed: what becomes of it, and what that does.

use super::{cells, decidable, keys};
use crate::gui::conflicts::Pane;
use crate::gui::draft::Draft;
use crate::gui::parts;
use crate::gui::theme::{self, tokens};
use crate::sync::{End, Matter, Resolution};
use crate::workspace::ConflictStory;
use egui::{CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

pub(super) fn ui(ui: &mut Ui, draft: &mut Draft, story: &ConflictStory) {
    let record = &story.conflict;
    let matter = &record.matter;
    let Some(gone) = matter.kind.deleted_at() else { return };
    let made = draft.conflicts.made_of(record);
    let free = decidable(record);
    for (at, whole) in keys::WHOLE.iter().enumerate() {
        let title = matter.deed(whole);
        let chosen = made.whole.as_ref() == Some(whole);
        if option_ui(ui, at + 1, &title, &outcome(matter, gone, whole), chosen, free) {
            draft.conflicts.choose(record, |made| made.whole = Some(whole.clone()));
            (draft.conflicts.pane, draft.conflicts.focus) = (Pane::List, true);
        }
    }
}

/// What both ends hold afterwards.
fn outcome(matter: &Matter, gone: End, whole: &Resolution) -> String {
    let (here, there) = (matter.end(gone.other()), matter.end(gone));
    match whole {
        Resolution::Delete => format!("The record is gone at both ends, with what was changed in {here}."),
        Resolution::Restore => format!("{there} gets a new record with what {here} holds, and both are in step."),
        _ => format!("{here} keeps the record, {there} stays without it, and they are no pair any more."),
    }
}

/// Something to choose, with its key. Gives back whether it was chosen.
pub(super) fn option_ui(ui: &mut Ui, digit: usize, title: &str, help: &str, chosen: bool, free: bool) -> bool {
    let tokens = tokens(ui);
    let width = ui.available_width();
    let words = cells::plain(ui, help, theme::small_font(), width - 56.0, tokens.quiet);
    let size = Vec2::new(width, 34.0 + words.size().y);
    let (rect, response) = ui.allocate_exact_size(size, if free { Sense::click() } else { Sense::hover() });
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, free, chosen, title));
    let (fill, line) = match (chosen, free && response.hovered()) {
        (true, _) => (tokens.selected, Stroke::new(1.5, tokens.accent)),
        (false, true) => (tokens.hover, Stroke::new(1.0, tokens.control_line)),
        (false, false) => (tokens.surface, Stroke::new(1.0, tokens.hairline)),
    };
    ui.painter().rect(rect, CornerRadius::same(8), fill, line, StrokeKind::Inside);
    let at = egui::pos2(rect.left() + 22.0, rect.center().y);
    if chosen {
        let font = theme::icon_font(16.0);
        ui.painter().text(at, egui::Align2::CENTER_CENTER, theme::icon::CHECK, font, tokens.accent_text);
    } else if free {
        cells::key_cap(ui, at, &digit.to_string());
    }
    let inner = Rect::from_min_max(rect.min + Vec2::new(44.0, 8.0), rect.max - Vec2::new(12.0, 8.0));
    let first = inner.with_max_y(inner.top() + 18.0);
    parts::grid::elided(ui, first, title, theme::medium_font(theme::BODY), tokens.strong, false);
    ui.painter().galley(inner.min + Vec2::new(0.0, 20.0), words, tokens.quiet);
    if response.has_focus() {
        parts::focus_ring(ui, rect);
    }
    free && response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
}

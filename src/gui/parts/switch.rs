//! A switch: on or off, at once.

use super::focus_ring;
use crate::gui::theme::tokens;
use egui::{CornerRadius, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

/// A switch. Gives back its response; a click asks for the other state.
pub(crate) fn switch_ui(ui: &mut Ui, on: bool, name: &str, why_not: Option<&str>) -> Response {
    let enabled = why_not.is_none() && ui.is_enabled();
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(Vec2::new(36.0, 24.0), sense);
    response.widget_info(|| {
        let mut info = WidgetInfo::selected(Role::Switch, enabled, on, name);
        info.value = Some(f64::from(u8::from(on)));
        info
    });
    let tokens = tokens(ui);
    let track = egui::Rect::from_center_size(rect.center(), Vec2::new(34.0, 20.0));
    let (ground, line, knob) = match (enabled, on) {
        (_, true) => (tokens.accent, tokens.accent, tokens.on_accent),
        (true, false) if response.hovered() => (tokens.control_hover, tokens.quiet, tokens.text),
        (true, false) => (tokens.control, tokens.wire, tokens.quiet),
        (false, false) => (tokens.sunken, tokens.hairline, tokens.control_line),
    };
    ui.painter().rect(track, CornerRadius::same(10), ground, Stroke::new(1.0, line), StrokeKind::Inside);
    let x = if on { track.right() - 10.0 } else { track.left() + 10.0 };
    ui.painter().circle_filled(egui::pos2(x, track.center().y), 6.5, knob);
    if response.has_focus() {
        focus_ring(ui, track);
    }
    match why_not {
        Some(why_not) => response.on_hover_text(why_not),
        None => response.on_hover_cursor(egui::CursorIcon::PointingHand),
    }
}

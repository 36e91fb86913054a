//! Bars: how much of something is used or done.

use crate::gui::format;
use crate::gui::theme::{self, Meaning, tokens};
use egui::{CornerRadius, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo};

/// API calls used of those allowed, as words and a small bar.
pub(crate) fn gauge_ui(ui: &mut Ui, used: u64, allowed: u64, width: f32) -> Response {
    let share = if allowed == 0 { 0.0 } else { used as f32 / allowed as f32 };
    let meaning = match share {
        0.9.. => Meaning::Bad,
        0.7..0.9 => Meaning::Attention,
        _ => Meaning::Plain,
    };
    let text = format!("API {} of {}", format::number(used), format::number(allowed));
    let quiet = tokens(ui).quiet;
    ui.label(theme::small(&text).color(quiet));
    let response = bar_ui(ui, share, Vec2::new(width, 6.0), meaning, &text);
    response.on_hover_text("API calls that the org has counted in the last 24 hours, of those it allows")
}

/// A bar.
pub(crate) fn bar_ui(ui: &mut Ui, share: f32, size: Vec2, meaning: Meaning, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let value = f64::from(share.clamp(0.0, 1.0) * 100.0);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, name);
        info.value = Some(value);
        info
    });
    let tokens = tokens(ui);
    let radius = CornerRadius::same((size.y / 2.0) as u8);
    ui.painter().rect_filled(rect, radius, tokens.hairline);
    let width = rect.width() * share.clamp(0.0, 1.0);
    if width > 0.5 {
        let done = Rect::from_min_size(rect.min, Vec2::new(width.max(size.y), rect.height()));
        let colour = if meaning == Meaning::Accent { tokens.accent } else { tokens.tint(meaning).strong };
        ui.painter().rect_filled(done, radius, colour);
    }
    response
}

//! Pills: a state or a place in a word, with an icon and a colour that say the same.

use super::press::text_at;
use crate::gui::format;
use crate::gui::theme::{self, Meaning, Tokens, icon, tokens};
use crate::workspace::{Environment, OrgCard};
use egui::{Align2, CornerRadius, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

/// A pill.
pub(crate) fn pill_ui(ui: &mut Ui, meaning: Meaning, icon: &str, text: &str) -> Response {
    let tint = tokens(ui).tint(meaning);
    let painter = ui.painter();
    let words = painter.layout_no_wrap(text.to_owned(), theme::medium_font(theme::SMALL), tint.strong);
    let glyph = painter.layout_no_wrap(icon.to_owned(), theme::icon_font(12.0), tint.strong);
    let gap = if icon.is_empty() { 0.0 } else { 5.0 };
    let size = Vec2::new(words.size().x + glyph.size().x + gap + 16.0, 22.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    ui.painter().rect_filled(rect, CornerRadius::same(11), tint.faint);
    let at = egui::pos2(rect.left() + 8.0, rect.center().y - glyph.size().y / 2.0);
    let next = at.x + glyph.size().x + gap;
    ui.painter().galley(at, glyph, tint.strong);
    ui.painter().galley(egui::pos2(next, rect.center().y - words.size().y / 2.0), words, tint.strong);
    response
}

/// Quiet text with an icon before it.
pub(crate) fn chip_text_ui(ui: &mut Ui, icon: &str, text: &str) -> Response {
    let quiet = tokens(ui).quiet;
    let gap = ui.spacing().item_spacing.x;
    ui.spacing_mut().item_spacing.x = 5.0;
    ui.label(egui::RichText::new(icon).size(12.5).color(quiet));
    ui.spacing_mut().item_spacing.x = gap;
    ui.label(theme::small(text).color(quiet))
}

/// The icon of an org's kind.
pub(crate) fn org_mark(environment: Option<Environment>) -> &'static str {
    match environment {
        Some(Environment::Practice) => icon::FLASK_CONICAL,
        Some(Environment::Sandbox | Environment::Scratch) => icon::BOX,
        Some(Environment::Production) => icon::LOCK,
        Some(Environment::Trial | Environment::Developer) | None => icon::CLOUD,
    }
}

/// An org as a chip: its kind by colour, shape and word.
pub(crate) fn org_chip_ui(ui: &mut Ui, org: &OrgCard) -> Response {
    let tint = tokens(ui).tint(Tokens::environment(org.environment));
    let text = format::org(org);
    let production = org.environment == Some(Environment::Production);
    let font = theme::medium_font(theme::BODY);
    let words = ui.painter().layout_no_wrap(format::middle(&text, 34), font.clone(), tint.strong);
    let size = Vec2::new(words.size().x + 38.0, 26.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Org: {text}")));
    // Production is square with an edge, the others are round.
    let radius = CornerRadius::same(if production { 4 } else { 13 });
    let line = if production || response.hovered() { tint.strong } else { tint.faint };
    ui.painter().rect(rect, radius, tint.faint, Stroke::new(1.0, line), StrokeKind::Inside);
    let inner = rect.shrink2(Vec2::new(11.0, 0.0));
    text_at(ui, inner, Align2::LEFT_CENTER, org_mark(org.environment), theme::icon_font(13.0), tint.strong);
    let at = egui::pos2(inner.left() + 19.0, rect.center().y - words.size().y / 2.0);
    ui.painter().galley(at, words, tint.strong);
    if response.has_focus() {
        super::focus_ring(ui, rect);
    }
    response.on_hover_ui(|ui| {
        ui.label(theme::medium(&text));
        ui.label(theme::small(format!("{} as {}", org.url, org.username)));
    })
}

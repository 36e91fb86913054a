//! Cells of grids that draw only what is seen.

use crate::gui::format;
use crate::gui::theme::{self, tokens};
use egui::{Align2, Color32, FontId, Rect, Ui, Vec2};

/// Space at both sides of a cell.
pub(crate) const MARGIN: f32 = 8.0;

/// Height of the header of a grid.
pub(crate) const HEADER: f32 = 30.0;

/// The ground and the words of a header cell.
pub(crate) fn header_ui(ui: &mut Ui, text: &str, right: bool) {
    // No narrower than a few letters of the header.
    ask_width(ui, 64.0);
    let rect = ui.max_rect();
    let tokens = tokens(ui);
    ui.painter().rect_filled(rect, 0.0, tokens.sunken);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (1.0, tokens.hairline));
    paint(ui, text, theme::medium_font(theme::SMALL), tokens.quiet, right);
}

/// The ground of a row: chosen, under the pointer, or plain, with a hairline below.
pub(crate) fn row_ground(ui: &Ui, chosen: bool, tint: Option<Color32>) {
    let rect = ui.max_rect();
    let tokens = tokens(ui);
    // A pointer on the line between two rows is over one of them.
    let over = ui.rect_contains_pointer(rect.with_max_y(rect.max.y - 0.6)) && !egui::Popup::is_any_open(ui.ctx());
    let ground = match (chosen, over, tint) {
        (true, ..) => tokens.selected,
        (false, true, _) => tokens.hover,
        (false, false, Some(tint)) => tint,
        (false, false, None) => tokens.surface,
    };
    ui.painter().rect_filled(rect, 0.0, ground);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (1.0, tokens.hairline.gamma_multiply(0.6)));
}

/// The text of a cell; the whole of it on hover where it does not fit.
pub(crate) fn text_ui(ui: &mut Ui, text: &str, colour: Color32) {
    paint(ui, text, theme::body_font(), colour, false);
}

/// A text at the right, such as a number with its unit.
pub(crate) fn right_ui(ui: &mut Ui, text: &str, colour: Color32) {
    paint(ui, text, theme::small_font(), colour, true);
}

/// A number, at the right.
pub(crate) fn number_ui(ui: &mut Ui, number: u64) {
    let colour = tokens(ui).quiet;
    paint(ui, &format::number(number), theme::small_font(), colour, true);
}

/// An icon and a word.
pub(crate) fn mark_ui(ui: &mut Ui, icon: &str, word: &str, colour: Color32) {
    ask_width(ui, 100.0);
    let rect = ui.max_rect().shrink2(Vec2::new(MARGIN, 0.0));
    ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, icon, theme::icon_font(13.0), colour);
    let at = rect.left_center() + Vec2::new(20.0, 0.0);
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    painter.text(at, Align2::LEFT_CENTER, word, theme::body_font(), colour);
}

/// Widest column that a grid makes by itself.
const WIDEST: f32 = 240.0;

/// The width that a cell asks for when its column is sized for the first time.
pub(crate) fn ask_width(ui: &mut Ui, width: f32) {
    if ui.is_sizing_pass() {
        ui.set_min_width((width + 2.0 * MARGIN + 2.0).min(WIDEST));
    }
}

fn paint(ui: &mut Ui, text: &str, font: FontId, colour: Color32, right: bool) {
    if ui.is_sizing_pass() {
        let start: String = text.chars().take(60).collect();
        let width = ui.painter().layout_no_wrap(format::one_line(&start), font, colour).size().x;
        return ask_width(ui, width);
    }
    let rect = ui.max_rect().shrink2(Vec2::new(MARGIN, 0.0));
    elided(ui, rect, text, font, colour, right);
}

/// Text in a rectangle, elided at its end, with the whole on hover.
pub(crate) fn elided(ui: &mut Ui, rect: Rect, text: &str, font: FontId, colour: Color32, right: bool) -> Rect {
    // A cell can hold a book: only what could be seen is laid out.
    let most = (rect.width() / 4.0) as usize + 8;
    let cut = text.char_indices().nth(most).map(|(at, _)| at);
    let line = format::one_line(&text[..cut.unwrap_or(text.len())]);
    let mut job = egui::text::LayoutJob::simple_singleline(line, font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width().max(0.0));
    let galley = ui.painter().layout_job(job);
    let hidden = galley.elided || cut.is_some();
    let x = if right { rect.right() - galley.size().x } else { rect.left() };
    let at = egui::pos2(x, rect.center().y - galley.size().y / 2.0);
    let taken = Rect::from_min_size(at, galley.size());
    ui.painter().with_clip_rect(rect.intersect(ui.clip_rect())).galley(at, galley, colour);
    if hidden && ui.rect_contains_pointer(rect) {
        let most = text.char_indices().nth(1_000).map_or(text.len(), |(at, _)| at);
        let whole = if most < text.len() { format!("{}…", &text[..most]) } else { text.to_owned() };
        ui.interact(rect, ui.unique_id().with("whole"), egui::Sense::hover()).on_hover_text(whole);
    }
    taken
}

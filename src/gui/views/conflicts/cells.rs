//! Cells of what both ends hold: texts with their differences marked, as wide as their column and as high as they need.

use crate::gui::conflicts::{Piece, folded};
use crate::gui::theme::{self, tokens};
use egui::text::{LayoutJob, TextFormat};
use egui::{
    Align2, Color32, CornerRadius, FontId, Galley, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
};
use std::sync::Arc;

/// Space around the text of a cell.
pub(super) const MARGIN: egui::Vec2 = egui::vec2(8.0, 7.0);

/// Room at the right of a cell for the key that takes it, or the mark that it is taken.
pub(super) const MARK: f32 = 20.0;

/// Characters that are shown of a long text before somebody asks for the whole.
pub(super) const SHORT: usize = 260;

/// Characters that are ever laid out.
const MOST: usize = 20_000;

/// Where the columns of the table stand.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    left: f32,
    widths: Vec<f32>,
}

impl Columns {
    /// A column for names, and so many of one width beside it.
    pub(super) fn beside_names(ui: &Ui, others: usize) -> Columns {
        // The edge of the card around them takes its own room.
        let width = ui.available_width() - 2.0;
        let names = (width * 0.15).clamp(92.0, 170.0);
        let other = (width - names) / others.max(1) as f32;
        let widths = std::iter::once(names).chain(std::iter::repeat_n(other, others)).collect();
        Columns { left: ui.max_rect().left(), widths }
    }

    /// The width that a text has in a column.
    pub(super) fn text_width(&self, column: usize) -> f32 {
        let mark = if column == 0 { 0.0 } else { MARK };
        (self.widths.get(column).copied().unwrap_or_default() - 2.0 * MARGIN.x - mark).max(24.0)
    }

    /// The width that a text has in a column where nothing stands beside it.
    pub(super) fn whole_width(&self, column: usize) -> f32 {
        (self.widths.get(column).copied().unwrap_or_default() - 2.0 * MARGIN.x).max(24.0)
    }

    /// A cell of a line.
    pub(super) fn cell(&self, line: Rect, column: usize) -> Rect {
        let from = self.left + self.widths.iter().take(column).sum::<f32>();
        let width = self.widths.get(column).copied().unwrap_or_default();
        Rect::from_min_max(egui::pos2(from, line.top()), egui::pos2(from + width, line.bottom()))
    }

    /// The width of all columns.
    pub(super) fn width(&self) -> f32 {
        self.widths.iter().sum()
    }
}

fn format(ui: &Ui, piece: &Piece, font: &FontId, colour: Color32) -> TextFormat {
    let tokens = tokens(ui);
    let mut format = TextFormat { font_id: font.clone(), color: colour, ..TextFormat::default() };
    if piece.fold {
        format.color = tokens.quiet;
    } else if piece.differs {
        // A ground, and a line that says so without colour.
        format.background = tokens.attention.faint;
        format.color = tokens.strong;
        format.underline = Stroke::new(1.0, tokens.attention.strong);
    }
    format
}

/// The parts of a text, laid out.
pub(super) fn laid_out(ui: &Ui, pieces: &[Piece], width: f32, colour: Color32) -> Arc<Galley> {
    let font = theme::body_font();
    let mut job = LayoutJob::default();
    let mut room = MOST;
    for piece in pieces {
        let end = piece.text.char_indices().nth(room).map_or(piece.text.len(), |(at, _)| at);
        job.append(&piece.text[..end], 0.0, format(ui, piece, &font, colour));
        room = room.saturating_sub(piece.text.chars().count());
        if room == 0 {
            break;
        }
    }
    job.wrap.max_width = width;
    job.wrap.break_anywhere = pieces.iter().any(|piece| piece.text.split_whitespace().any(|word| word.len() > 24));
    ui.painter().layout_job(job)
}

/// A text without marks, laid out.
pub(super) fn plain(ui: &Ui, text: &str, font: FontId, width: f32, colour: Color32) -> Arc<Galley> {
    let mut job = LayoutJob::simple(text.to_owned(), font, colour, width);
    job.wrap.break_anywhere = text.split_whitespace().any(|word| word.len() > 24);
    ui.painter().layout_job(job)
}

/// The parts that are shown: all of them, or with what agrees folded away, and no more than fits.
pub(super) fn shortened(pieces: &[Piece], whole: bool) -> Vec<Piece> {
    if whole {
        return pieces.to_vec();
    }
    let mut short = Vec::new();
    // A text that differs nowhere is cut at its end; of one that does, what differs is what matters.
    let alike = pieces.iter().all(|piece| !piece.differs);
    let (mut room, pieces) = if alike { (SHORT, pieces.to_vec()) } else { (2 * SHORT, folded(pieces)) };
    for piece in pieces {
        let length = piece.text.chars().count();
        if length <= room {
            room -= length;
            short.push(piece);
        } else {
            let end = piece.text.char_indices().nth(room).map_or(piece.text.len(), |(at, _)| at);
            short.push(Piece { text: piece.text[..end].to_owned(), ..piece });
            short.push(Piece { text: "…".to_owned(), differs: false, fold: true });
            break;
        }
    }
    short
}

/// What stands at the right of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Nothing.
    None,
    /// The key that takes it.
    Key(usize),
    /// That it is taken.
    Taken,
}

/// A cell that can be taken: its ground, its texts, its mark.
pub(super) fn cell_ui(ui: &mut Ui, rect: Rect, name: &str, texts: &[Arc<Galley>], mark: Mark, free: bool) -> Response {
    let tokens = tokens(ui);
    let sense = if free { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, ui.scope_id().with(("cell", name)), sense);
    let taken = mark == Mark::Taken;
    response.widget_info(|| WidgetInfo::selected(Role::Button, free, taken, name));
    let inside = rect.shrink(2.0);
    let radius = CornerRadius::same(5);
    if taken {
        let stroke = Stroke::new(1.5, tokens.accent);
        ui.painter().rect(inside, radius, tokens.selected, stroke, StrokeKind::Inside);
    } else if free && response.hovered() {
        ui.painter().rect_filled(inside, radius, tokens.hover);
    }
    let mut y = rect.top() + MARGIN.y;
    for text in texts {
        ui.painter().galley(egui::pos2(rect.left() + MARGIN.x, y), Arc::clone(text), tokens.text);
        y += text.size().y + 3.0;
    }
    let at = egui::pos2(rect.right() - 14.0, rect.top() + 16.0);
    match mark {
        Mark::Taken => {
            let font = theme::icon_font(14.0);
            ui.painter().text(at, Align2::CENTER_CENTER, theme::icon::CHECK, font, tokens.accent_text);
        }
        Mark::Key(digit) if free => key_cap(ui, at, &digit.to_string()),
        Mark::Key(_) | Mark::None => {}
    }
    if free { response.on_hover_cursor(egui::CursorIcon::PointingHand) } else { response }
}

/// A key, drawn as one.
pub(super) fn key_cap(ui: &Ui, centre: egui::Pos2, key: &str) {
    let tokens = tokens(ui);
    let cap = Rect::from_center_size(centre, egui::Vec2::splat(16.0));
    let stroke = Stroke::new(1.0, tokens.control_line);
    ui.painter().rect(cap, CornerRadius::same(4), tokens.control, stroke, StrokeKind::Inside);
    ui.painter().text(centre, Align2::CENTER_CENTER, key, theme::medium_font(10.5), tokens.quiet);
}

/// How high texts are above each other.
pub(super) fn height(texts: &[Arc<Galley>]) -> f32 {
    let gaps = 3.0 * texts.len().saturating_sub(1) as f32;
    texts.iter().map(|text| text.size().y).sum::<f32>() + gaps + 2.0 * MARGIN.y
}

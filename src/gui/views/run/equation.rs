//! The row equation: what was read is the sum of what became of it.

use crate::connect::Outcome;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::workspace::{RowFilter, RunCard};
use egui::{Color32, CornerRadius, CursorIcon, Response, Role, Sense, Ui, Vec2, WidgetInfo};

const SIZE: f32 = 19.0;

/// The headline. A term lists its rows when it is clicked.
pub(super) fn ui(ui: &mut Ui, draft: &mut Draft, card: &RunCard) {
    let tokens = tokens(ui);
    let words = sentence(card);
    let line = ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(3.0, 4.0);
        let all = term_ui(ui, card.rows, "read", tokens.strong, draft.run.filter == RowFilter::default());
        if all.clicked() {
            list(draft, RowFilter::default());
        }
        sign_ui(ui, "=");
        let mut first = true;
        for outcome in Outcome::ALL {
            let count = card.tally.of(outcome);
            if count == 0 {
                continue;
            }
            if !first {
                sign_ui(ui, "+");
            }
            first = false;
            let mark = parts::outcome_mark(Some(outcome));
            let filter = RowFilter { outcomes: vec![outcome], ..RowFilter::default() };
            let chosen = draft.run.filter.outcomes == filter.outcomes;
            let colour = if mark.meaning == Meaning::Plain { tokens.text } else { tokens.tint(mark.meaning).strong };
            if term_ui(ui, count, &outcome.label().to_lowercase(), colour, chosen).clicked() {
                list(draft, filter);
            }
        }
        if card.waiting > 0 {
            if !first {
                sign_ui(ui, "+");
            }
            first = false;
            let filter = RowFilter { waiting: true, ..RowFilter::default() };
            let chosen = draft.run.filter.waiting;
            if term_ui(ui, card.waiting, "waiting", tokens.attention.strong, chosen).clicked() {
                list(draft, filter);
            }
        }
        if first {
            term_ui(ui, 0, "done", tokens.quiet, false);
        }
        ui.add_space(10.0);
        let (meaning, icon) =
            if card.unaccounted == 0 { (Meaning::Good, icon::CHECK) } else { (Meaning::Bad, icon::CIRCLE_X) };
        let pill = parts::pill_ui(ui, meaning, icon, &format!("unaccounted {}", format::number(card.unaccounted)));
        pill.on_hover_text("Rows counted when they were read, less the outcomes counted in the project file");
    });
    line.response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &words));
}

/// `93 read = 62 created + 29 updated + 2 not sent · unaccounted 0`
pub(super) fn sentence(card: &RunCard) -> String {
    let mut terms: Vec<String> = Outcome::ALL
        .into_iter()
        .filter(|outcome| card.tally.of(*outcome) > 0)
        .map(|outcome| format!("{} {}", format::number(card.tally.of(outcome)), outcome.label().to_lowercase()))
        .collect();
    if card.waiting > 0 {
        terms.push(format!("{} waiting", format::number(card.waiting)));
    }
    if terms.is_empty() {
        terms.push("0 done".to_owned());
    }
    let terms = terms.join(" + ");
    format!("{} read = {terms} · unaccounted {}", format::number(card.rows), format::number(card.unaccounted))
}

/// Lists the rows of a filter.
pub(super) fn list(draft: &mut Draft, filter: RowFilter) {
    draft.run.filter = filter;
    draft.run.cursor = None;
    draft.run.go_to = Some(0);
}

fn sign_ui(ui: &mut Ui, sign: &str) {
    ui.label(egui::RichText::new(sign).size(SIZE).color(tokens(ui).quiet));
}

fn term_ui(ui: &mut Ui, count: u64, word: &str, colour: Color32, chosen: bool) -> Response {
    let tokens = tokens(ui);
    let number_font = egui::FontId::new(SIZE, egui::FontFamily::Name(theme::FAMILY_STRONG.into()));
    let number = ui.painter().layout_no_wrap(format::number(count), number_font, colour);
    let words = ui.painter().layout_no_wrap(word.to_owned(), theme::medium_font(14.5), colour);
    let size = Vec2::new(number.size().x + words.size().x + 18.0, 32.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let name = format!("{} {word}", format::number(count));
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
    if chosen || response.hovered() {
        let ground = if chosen { tokens.selected } else { tokens.hover };
        ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS), ground);
    }
    if response.has_focus() {
        parts::focus_ring(ui, rect);
    }
    let base = rect.center().y + number.size().y / 2.0;
    let at = egui::pos2(rect.left() + 6.0, rect.center().y - number.size().y / 2.0);
    let next = egui::pos2(at.x + number.size().x + 6.0, base - words.size().y - 1.5);
    ui.painter().galley(at, number, colour);
    ui.painter().galley(next, words, colour);
    response.on_hover_cursor(CursorIcon::PointingHand)
}

//! Records of which nobody knows who belongs to whom: one is compared with those it may belong to.

use super::cells::{self, Columns, Mark};
use super::decidable;
use crate::gui::conflicts::{Made, Pane, Piece, fewer};
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::theme::{self, tokens};
use crate::store::ConflictRecord;
use crate::sync::Claim;
use crate::workspace::ConflictStory;
use egui::{Galley, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo};
use std::sync::Arc;

/// The narrowest that a record is shown.
const NARROWEST: f32 = 150.0;

pub(super) fn ui(ui: &mut Ui, draft: &mut Draft, story: &ConflictStory, under_keys: bool) {
    let record = &story.conflict;
    let matter = &record.matter;
    let few = fewer(matter);
    let others: Vec<&Claim> = matter.claims_of(few.other()).collect();
    let made = draft.conflicts.made_of(record);
    for (at, claim) in matter.claims_of(few).enumerate() {
        ui.push_id(("claim", &claim.key), |ui| {
            claim_ui(ui, draft, record, (at, claim), &others, &made, under_keys);
        });
        ui.add_space(10.0);
    }
    let words = format!(
        "Whoever is not chosen stays alone: {} and {} keep it as it is.",
        matter.end(few),
        matter.end(few.other())
    );
    parts::note_ui(ui, theme::Meaning::Plain, &words);
}

fn claim_ui(
    ui: &mut Ui,
    draft: &mut Draft,
    record: &ConflictRecord,
    (at, claim): (usize, &Claim),
    others: &[&Claim],
    made: &Made,
    under_keys: bool,
) {
    let matter = &record.matter;
    let few = fewer(matter);
    let here = decidable(record) && draft.conflicts.line == at;
    let question = format!("Which record of {} is {} of {}?", matter.end(few.other()), claim.name, matter.end(few));
    ui.horizontal(|ui| {
        if here && under_keys {
            let (bar, _) = ui.allocate_exact_size(Vec2::new(3.0, 18.0), Sense::hover());
            ui.painter().rect_filled(bar, 1.5, tokens(ui).accent);
        }
        ui.add(egui::Label::new(theme::medium(&question).color(tokens(ui).strong)).truncate());
    });
    let wanted = 1 + others.len();
    let needed = NARROWEST * (wanted as f32 + 0.7);
    ScrollArea::horizontal().id_salt("claims").auto_shrink([false, true]).show(ui, |ui| {
        ui.set_min_width(needed.max(ui.available_width()));
        let columns = Columns::beside_names(ui, wanted);
        parts::card(ui).inner_margin(0.0).show(ui, |ui| {
            ui.set_width(columns.width());
            ui.spacing_mut().item_spacing.y = 0.0;
            table_ui(ui, draft, record, claim, others, made, (&columns, here, at));
        });
    });
    let alone = made.pairs.get(&claim.key).is_some_and(Option::is_none);
    if decidable(record) {
        let words = "None of them: it stays alone";
        let name = format!("None of them: {} stays alone", claim.key);
        if Press::new(words).name(&name).low().quiet().chosen(alone).ui(ui).on_hover_text("0").clicked() {
            choose(draft, record, at, &claim.key, None);
        }
    }
}

fn choose(draft: &mut Draft, record: &ConflictRecord, at: usize, key: &str, other: Option<&str>) {
    (draft.conflicts.pane, draft.conflicts.focus) = (Pane::Fields, true);
    draft.conflicts.line = at;
    draft.conflicts.choose(record, |made| {
        made.whole = None;
        made.pair(key, other);
    });
}

fn table_ui(
    ui: &mut Ui,
    draft: &mut Draft,
    record: &ConflictRecord,
    claim: &Claim,
    others: &[&Claim],
    made: &Made,
    (columns, here, at): (&Columns, bool, usize),
) {
    let matter = &record.matter;
    let few = fewer(matter);
    let mut labels: Vec<&str> = claim.values.iter().map(|(label, _)| label.as_str()).collect();
    for (label, _) in others.iter().flat_map(|other| &other.values) {
        if !labels.contains(&label.as_str()) {
            labels.push(label);
        }
    }
    let begins = ui.cursor().top();
    let (head, _) = ui.allocate_exact_size(Vec2::new(columns.width(), 44.0), Sense::hover());
    title_ui(ui, columns.cell(head, 1), matter.end(few), &claim.key);
    for (place, other) in others.iter().enumerate() {
        title_ui(ui, columns.cell(head, place + 2), matter.end(few.other()), &other.key);
    }
    for label in labels {
        let width = columns.text_width(1);
        let mine = value_of(claim, label);
        let mut texts: Vec<Arc<Galley>> = vec![
            cells::plain(ui, label, theme::small_font(), columns.text_width(0), tokens(ui).quiet),
            value(ui, &[Piece { text: mine.to_owned(), differs: false, fold: false }], width),
        ];
        for other in others {
            let pieces = draft.conflicts.differ.marked(value_of(other, label), mine);
            texts.push(value(ui, &pieces, width));
        }
        let high = texts.iter().map(|text| cells::height(std::slice::from_ref(text))).fold(28.0, f32::max);
        let (rect, _) = ui.allocate_exact_size(Vec2::new(columns.width(), high), Sense::hover());
        ui.painter().hline(rect.x_range(), rect.top(), (1.0, tokens(ui).hairline.gamma_multiply(0.7)));
        for (column, text) in texts.into_iter().enumerate() {
            let indent = if column == 0 { 4.0 } else { 0.0 };
            let at = columns.cell(rect, column).min + cells::MARGIN + Vec2::new(indent, 0.0);
            ui.painter().galley(at, text, tokens(ui).text);
        }
    }
    let table = Rect::from_min_max(egui::pos2(head.left(), begins), egui::pos2(head.right(), ui.min_rect().bottom()));
    for (place, other) in others.iter().enumerate() {
        let rect = columns.cell(table, place + 2);
        let mine = made.pairs.get(&claim.key).and_then(Option::as_deref) == Some(other.key.as_str());
        option_ui(ui, draft, record, (claim, at), (other, place), rect, (mine, here));
    }
}

/// A record that may be the one: its whole column can be taken.
fn option_ui(
    ui: &mut Ui,
    draft: &mut Draft,
    record: &ConflictRecord,
    (claim, at): (&Claim, usize),
    (other, place): (&Claim, usize),
    rect: Rect,
    (mine, here): (bool, bool),
) {
    let free = decidable(record);
    let response = ui.interact(rect, ui.scope_id().with(("option", &other.key)), Sense::click());
    let name = format!("{} belongs to {}", other.key, claim.key);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, free, mine, &name));
    let inside = rect.shrink(2.0);
    let stroke = match (mine, free && response.hovered()) {
        (true, _) => Some(egui::Stroke::new(2.0, tokens(ui).accent)),
        (false, true) => Some(egui::Stroke::new(1.0, tokens(ui).control_line)),
        (false, false) => None,
    };
    if let Some(stroke) = stroke {
        ui.painter().rect_stroke(inside, 6.0, stroke, egui::StrokeKind::Inside);
    }
    let centre = egui::pos2(rect.right() - 15.0, rect.top() + 16.0);
    let mark = if mine { Mark::Taken } else { Mark::Key(place + 1) };
    match mark {
        Mark::Taken => {
            let font = theme::icon_font(14.0);
            let colour = tokens(ui).accent_text;
            ui.painter().text(centre, egui::Align2::CENTER_CENTER, theme::icon::CHECK, font, colour);
        }
        Mark::Key(digit) if free && here && digit < 10 => cells::key_cap(ui, centre, &digit.to_string()),
        Mark::Key(_) | Mark::None => {}
    }
    if free && response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
        choose(draft, record, at, &claim.key, Some(&other.key));
    }
}

fn title_ui(ui: &mut Ui, cell: Rect, end: &str, key: &str) {
    let tokens = tokens(ui);
    let inner = cell.shrink2(Vec2::new(cells::MARGIN.x, 4.0));
    let inner = inner.with_max_x(inner.right() - cells::MARK);
    let line = |y: f32| Rect::from_min_size(inner.min + Vec2::new(0.0, y), Vec2::new(inner.width(), 18.0));
    parts::grid::elided(ui, line(0.0), end, theme::medium_font(13.0), tokens.strong, false);
    let key = format::middle(key, 24);
    parts::grid::elided(ui, line(17.0), &key, egui::FontId::monospace(11.5), tokens.quiet, false);
}

fn value_of<'a>(claim: &'a Claim, label: &str) -> &'a str {
    claim.values.iter().find(|(known, _)| known == label).map_or("", |(_, value)| value)
}

fn value(ui: &Ui, pieces: &[Piece], width: f32) -> Arc<Galley> {
    if pieces.iter().all(|piece| piece.text.is_empty()) {
        return cells::plain(ui, "blank", theme::body_font(), width, tokens(ui).quiet);
    }
    cells::laid_out(ui, &cells::shortened(pieces, false), width, tokens(ui).text)
}

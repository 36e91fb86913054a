//! What both ends hold, field by field: those in dispute first, those in step folded below.

use super::cells::{self, Columns, Mark};
use super::{ENDS, decidable, edit, keys};
use crate::gui::conflicts::{Made, Pane, Part, Piece, parts as parts_of};
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts;
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::store::ConflictRecord;
use crate::sync::{Choice, Disagreement, Disputed, End, Matter, Resolution};
use crate::workspace::ConflictStory;
use egui::{Galley, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo};
use std::sync::Arc;

/// Height of the header.
const HEADER: f32 = 42.0;

/// The fields in dispute, each with what may be taken for it, and what comes of that.
pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, story: &ConflictStory, under_keys: bool) {
    let record = &story.conflict;
    let columns = Columns::beside_names(ui, 4);
    parts::card(ui).inner_margin(0.0).show(ui, |ui| {
        ui.set_width(columns.width());
        ui.spacing_mut().item_spacing.y = 0.0;
        header_ui(ui, state, draft, record, &columns);
        let made = draft.conflicts.made_of(record);
        for (at, line) in record.matter.open().enumerate() {
            line_ui(ui, draft, record, &columns, (at, line), &made, under_keys);
        }
    });
}

/// The names of the ends, with who changed the record when; a click takes the column for all fields.
fn header_ui(ui: &mut Ui, state: &State, draft: &mut Draft, record: &ConflictRecord, columns: &Columns) {
    let (line, _) = ui.allocate_exact_size(Vec2::new(columns.width(), HEADER), Sense::hover());
    let matter = &record.matter;
    let several = matter.open().count() > 1;
    head_cell(ui, columns.cell(line, 0), "Field", "", None);
    let names = [("Last agreed".to_owned(), String::new())]
        .into_iter()
        .chain(ENDS.map(|end| (matter.end(end).to_owned(), changed(state, matter, end))))
        .enumerate();
    for (at, (name, below)) in names {
        let cell = columns.cell(line, at + 1);
        head_cell(ui, cell, &name, &below, Some(at + 1).filter(|_| decidable(record)));
        if !decidable(record) {
            continue;
        }
        let response = ui.interact(cell, ui.scope_id().with(("column", at)), Sense::click());
        let said = format!("Take {name}{}", if several { " for all fields" } else { "" });
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &said));
        if response.has_focus() {
            parts::focus_ring(ui, cell.shrink(3.0));
        }
        let exact = ENDS.get(at.wrapping_sub(1)).and_then(|end| matter.side(*end).changed_at).map(format::exact);
        let changed =
            exact.map(|exact| format!("\nThe record was changed there: {below}, {exact}")).unwrap_or_default();
        if response.on_hover_text(format!("{said}  Alt+{}{changed}", at + 1)).clicked() {
            keys::take_all(draft, record, at + 1);
        }
    }
    head_cell(ui, columns.cell(line, 4), "Result", "of both ends", None);
    ui.painter().hline(line.x_range(), line.bottom() - 0.5, (1.0, tokens(ui).hairline));
}

/// Who changed the record at an end, and when.
fn changed(state: &State, matter: &Matter, end: End) -> String {
    let side = matter.side(end);
    let when = side.changed_at.map(|at| match format::age(at, state.now).as_str() {
        "now" => "just now".to_owned(),
        age => format!("{age} ago"),
    });
    match (when, &side.changed_by) {
        (Some(when), Some(by)) => format!("{by}, {when}"),
        (Some(when), None) => format!("changed {when}"),
        (None, Some(by)) => format!("by {by}"),
        (None, None) => String::new(),
    }
}

fn head_cell(ui: &mut Ui, cell: Rect, name: &str, below: &str, key: Option<usize>) {
    let tokens = tokens(ui);
    let mut inner = cell.shrink2(Vec2::new(cells::MARGIN.x, 4.0));
    // The keys of a narrow column are told by its tooltip.
    if let Some(key) = key.filter(|_| cell.width() > 150.0) {
        let words = format!("Alt+{key}");
        let at = egui::pos2(inner.right(), inner.top() + 9.0);
        let taken = ui.painter().text(at, egui::Align2::RIGHT_CENTER, words, theme::small_font(), tokens.quiet);
        inner.max.x = taken.left() - 6.0;
    }
    let line = |y: f32, inner: Rect| Rect::from_min_size(inner.min + Vec2::new(0.0, y), Vec2::new(inner.width(), 18.0));
    let y = if below.is_empty() { 8.0 } else { 0.0 };
    parts::grid::elided(ui, line(y, inner), name, theme::medium_font(13.0), tokens.strong, false);
    let whole = cell.shrink2(Vec2::new(cells::MARGIN.x, 4.0));
    parts::grid::elided(ui, line(16.0, whole), below, theme::small_font(), tokens.quiet, false);
}

fn line_ui(
    ui: &mut Ui,
    draft: &mut Draft,
    record: &ConflictRecord,
    columns: &Columns,
    (at, line): (usize, &Disputed),
    made: &Made,
    under_keys: bool,
) {
    let matter = &record.matter;
    let free = decidable(record);
    let here = free && draft.conflicts.line.min(matter.open().count().saturating_sub(1)) == at;
    let whole = draft.conflicts.whole_texts.contains(&line.path);
    let choice = made.fields.get(&line.path).filter(|_| made.whole.is_none());
    let editing = draft.conflicts.editing.as_ref().filter(|it| it.id == record.card.id && it.path == line.path);
    let (typing, merging) = (editing.is_some_and(|it| !it.merging), editing.is_some_and(|it| it.merging));
    let texts = [
        name_texts(ui, columns, line, whole),
        agreed_texts(ui, columns, line, whole),
        held_texts(ui, draft, matter, columns, line, End::Right, whole),
        held_texts(ui, draft, matter, columns, line, End::Left, whole),
        result_texts(ui, matter, columns, line, choice, whole),
    ];
    let high = texts.iter().map(|texts| cells::height(texts)).fold(34.0, f32::max);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(columns.width(), high), Sense::hover());
    if at > 0 {
        ui.painter().hline(rect.x_range(), rect.top(), (1.0, tokens(ui).hairline.gamma_multiply(0.7)));
    }
    if here && std::mem::take(&mut draft.conflicts.show_line) {
        ui.scroll_to_rect(rect, None);
    }
    if here {
        let bar = Rect::from_min_max(rect.left_top(), egui::pos2(rect.left() + 3.0, rect.bottom()))
            .shrink2(Vec2::new(0.0, 3.0));
        let colour = if under_keys { tokens(ui).accent } else { tokens(ui).control_line };
        ui.painter().rect_filled(bar, 1.5, colour);
    }
    ui.push_id(&line.path, |ui| {
        name_ui(ui, draft, columns.cell(rect, 0), line, &texts[0]);
        for (digit, texts) in texts.iter().enumerate().take(4).skip(1) {
            let Some(taken) = keys::column(digit - 1) else { continue };
            let name = cell_name(matter, line, &taken);
            let possible = matter.chosen(line, &taken).is_some();
            let mark = match choice {
                Some(choice) if *choice == taken => Mark::Taken,
                _ if here && possible => Mark::Key(digit),
                _ => Mark::None,
            };
            let cell = cells::cell_ui(ui, columns.cell(rect, digit), &name, texts, mark, free && possible);
            if cell.clicked() {
                (draft.conflicts.pane, draft.conflicts.focus) = (Pane::Fields, true);
                draft.conflicts.line = at;
                draft.conflicts.choose(record, |made| {
                    made.whole = None;
                    made.fields.insert(line.path.clone(), taken);
                });
            }
        }
        let cell = columns.cell(rect, 4);
        if typing {
            edit::value_ui(ui, draft, record, line, cell);
        } else {
            let name = result_name(matter, line, choice);
            let mark = Mark::None;
            let result = cells::cell_ui(ui, cell, &name, &texts[4], mark, free);
            if result.on_hover_text("Another value  F2").clicked() {
                draft.conflicts.line = at;
                edit::begin(draft, record, None);
            }
        }
        if merging {
            edit::merge_ui(ui, draft, record, line);
        }
    });
}

/// What a cell is called.
fn cell_name(matter: &Matter, line: &Disputed, choice: &Choice) -> String {
    let (place, text) = match choice {
        Choice::Keep(end) => (matter.end(*end), Some(line.at(*end).text.as_str())),
        _ => ("Last agreed", line.agreed.as_deref()),
    };
    let text = match text {
        None => "never".to_owned(),
        Some("") => "blank".to_owned(),
        Some(text) => format::middle(&format::one_line(text), 80),
    };
    format!("{} in {place}: {text}", line.label).replace(" in Last agreed", ", last agreed")
}

fn result_name(matter: &Matter, line: &Disputed, choice: Option<&Choice>) -> String {
    let value = choice.and_then(|choice| matter.chosen(line, choice));
    match value {
        None => format!("Result of {}: not decided", line.label),
        Some("") => format!("Result of {}: blank", line.label),
        Some(value) => format!("Result of {}: {}", line.label, format::middle(&format::one_line(value), 80)),
    }
}

type Texts = Vec<Arc<Galley>>;

fn name_texts(ui: &Ui, columns: &Columns, line: &Disputed, whole: bool) -> Texts {
    let width = columns.text_width(0);
    let tokens = tokens(ui);
    let mut texts = vec![cells::plain(ui, &line.label, theme::medium_font(theme::BODY), width, tokens.strong)];
    // What is usual needs no words.
    if let Some(why) = line.why.filter(|why| *why != Disagreement::BothChanged) {
        texts.push(cells::plain(ui, why.sentence(), theme::small_font(), width, tokens.quiet));
    }
    if edit::is_long(line) {
        let words = if whole { "Show less" } else { "Show all of it" };
        texts.push(cells::plain(ui, words, theme::small_font(), width, tokens.accent_text));
    }
    texts
}

fn name_ui(ui: &mut Ui, draft: &mut Draft, cell: Rect, line: &Disputed, texts: &Texts) {
    let mut y = cell.top() + cells::MARGIN.y;
    let long = edit::is_long(line);
    for (at, text) in texts.iter().enumerate() {
        let rect = Rect::from_min_size(egui::pos2(cell.left() + cells::MARGIN.x + 4.0, y), text.size());
        ui.painter().galley(rect.min, Arc::clone(text), tokens(ui).text);
        y += text.size().y + 3.0;
        if long && at + 1 == texts.len() {
            let link = ui.interact(rect.expand(3.0), ui.scope_id().with("whole text"), Sense::click());
            link.widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("Show all of {}", line.label)));
            if link.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
                edit::turn_whole(draft, &line.path);
            }
        }
    }
    let hover = ui.interact(cell, ui.scope_id().with("field"), Sense::hover());
    let from = if line.column.is_empty() { String::new() } else { format!("  ·  {}", line.column) };
    hover.on_hover_text(format!("{}{from}", line.path));
}

/// A text without marks, or the word for none.
fn text_or(ui: &Ui, text: Option<&str>, none: &str, width: f32, whole: bool) -> Arc<Galley> {
    let tokens = tokens(ui);
    match text {
        None => cells::plain(ui, none, theme::body_font(), width, tokens.quiet),
        Some("") => cells::plain(ui, "blank", theme::body_font(), width, tokens.quiet),
        Some(text) => {
            let piece = Piece { text: text.to_owned(), differs: false, fold: false };
            cells::laid_out(ui, &cells::shortened(&[piece], whole), width, tokens.text)
        }
    }
}

fn agreed_texts(ui: &Ui, columns: &Columns, line: &Disputed, whole: bool) -> Texts {
    vec![text_or(ui, line.agreed.as_deref(), "never agreed", columns.text_width(1), whole)]
}

/// What an end has, with what the other end has not marked.
fn held_texts(
    ui: &Ui,
    draft: &mut Draft,
    matter: &Matter,
    columns: &Columns,
    line: &Disputed,
    end: End,
    whole: bool,
) -> Texts {
    let width = columns.text_width(if end == End::Right { 2 } else { 3 });
    let held = line.at(end);
    let mut texts = Vec::new();
    if held.text.is_empty() {
        texts.push(text_or(ui, Some(""), "", width, whole));
    } else {
        let pieces = draft.conflicts.differ.marked(&held.text, &line.at(end.other()).text);
        texts.push(cells::laid_out(ui, &cells::shortened(&pieces, whole), width, tokens(ui).strong));
    }
    if let Some(fault) = &held.fault {
        let words = format!("Cannot go to {}: {fault}", matter.end(end.other()));
        texts.push(cells::plain(ui, &words, theme::small_font(), width, tokens(ui).bad.strong));
    }
    texts
}

/// What both ends will hold, and which of them that changes.
fn result_texts(
    ui: &Ui,
    matter: &Matter,
    columns: &Columns,
    line: &Disputed,
    choice: Option<&Choice>,
    whole: bool,
) -> Texts {
    let width = columns.whole_width(4);
    let Some(value) = choice.and_then(|choice| matter.chosen(line, choice)) else {
        return vec![cells::plain(ui, "not decided", theme::body_font(), width, tokens(ui).quiet)];
    };
    let text = if value.is_empty() {
        text_or(ui, Some(""), "", width, whole)
    } else {
        let piece = Piece { text: value.to_owned(), differs: false, fold: false };
        cells::laid_out(ui, &cells::shortened(&[piece], whole), width, tokens(ui).strong)
    };
    let changes: Vec<&str> =
        ENDS.into_iter().filter(|end| line.at(*end).text != value).map(|end| matter.end(end)).collect();
    let words = match changes.as_slice() {
        [] => "changes nothing".to_owned(),
        [one] => format!("changes {one}"),
        _ => "changes both ends".to_owned(),
    };
    vec![text, cells::plain(ui, &words, theme::small_font(), width, tokens(ui).quiet)]
}

/// What the ends hold of a record that one of them deleted: nothing to take, but what would go or come back.
pub(super) fn held_ui(ui: &mut Ui, state: &State, draft: &mut Draft, story: &ConflictStory) {
    let record = &story.conflict;
    let matter = &record.matter;
    let Some(gone) = matter.kind.deleted_at() else { return };
    let kept = gone.other();
    let whole = draft.conflicts.made_of(record).whole;
    let lines: Vec<&Disputed> =
        matter.lines.iter().filter(|line| line.agreed.as_deref() != Some(&line.at(kept).text)).collect();
    let columns = Columns::beside_names(ui, 4);
    ui.add_space(10.0);
    parts::card(ui).inner_margin(0.0).show(ui, |ui| {
        ui.set_width(columns.width());
        ui.spacing_mut().item_spacing.y = 0.0;
        let (head, _) = ui.allocate_exact_size(Vec2::new(columns.width(), HEADER), Sense::hover());
        head_cell(ui, columns.cell(head, 0), "Field", "", None);
        head_cell(ui, columns.cell(head, 1), "Last agreed", "", None);
        for (at, end) in ENDS.into_iter().enumerate() {
            let below = if end == gone { "deleted".to_owned() } else { changed(state, matter, end) };
            head_cell(ui, columns.cell(head, at + 2), matter.end(end), &below, None);
        }
        head_cell(ui, columns.cell(head, 4), "Result", "of both ends", None);
        ui.painter().hline(head.x_range(), head.bottom() - 0.5, (1.0, tokens(ui).hairline));
        for line in lines {
            let has = line.at(kept).text.as_str();
            let result = match &whole {
                Some(Resolution::Delete) => Some("deleted"),
                Some(Resolution::Restore) => Some(has),
                Some(_) => Some("no pair any more"),
                None => None,
            };
            let of = |end: End| if end == gone { None } else { Some(has) };
            let width = columns.text_width(1);
            let texts = [
                cells::plain(
                    ui,
                    &line.label,
                    theme::medium_font(theme::BODY),
                    columns.text_width(0),
                    tokens(ui).strong,
                ),
                text_or(ui, line.agreed.as_deref(), "never agreed", width, false),
                text_or(ui, of(End::Right), "–", width, false),
                text_or(ui, of(End::Left), "–", width, false),
                text_or(ui, result, "not decided", width, false),
            ];
            plain_line_ui(ui, &columns, &texts);
        }
    });
}

fn plain_line_ui(ui: &mut Ui, columns: &Columns, texts: &[Arc<Galley>]) {
    let high = texts.iter().map(|text| cells::height(std::slice::from_ref(text))).fold(30.0, f32::max);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(columns.width(), high), Sense::hover());
    if !ui.is_rect_visible(rect) {
        return;
    }
    ui.painter().hline(rect.x_range(), rect.top(), (1.0, tokens(ui).hairline.gamma_multiply(0.7)));
    for (at, text) in texts.iter().enumerate() {
        let cell = columns.cell(rect, at);
        let indent = if at == 0 { 4.0 } else { 0.0 };
        let at = cell.min + cells::MARGIN + Vec2::new(indent, 0.0);
        ui.painter().galley(at, Arc::clone(text), tokens(ui).text);
    }
}

/// The fields on which both ends agree, or which a rule settles; folded until somebody asks.
pub(super) fn in_step_ui(ui: &mut Ui, draft: &mut Draft, story: &ConflictStory) {
    let matter = &story.conflict.matter;
    let gone = matter.kind.deleted_at();
    // Of a record that one end deleted, what the other one changed stands above.
    let in_step =
        |line: &&Disputed| gone.is_none_or(|gone| line.agreed.as_deref() == Some(&line.at(gone.other()).text));
    let lines: Vec<&Disputed> = matter.settled().filter(in_step).collect();
    if lines.is_empty() {
        return;
    }
    ui.add_space(8.0);
    let open = draft.conflicts.in_step_open;
    let what = if gone.is_some() { "not changed" } else { "in step" };
    let words = format!("{} {what}", format::count(lines.len() as u64, "field", "fields"));
    let mark = if open { icon::CHEVRON_DOWN } else { icon::CHEVRON_RIGHT };
    if parts::Press::new(&words).icon(mark).low().quiet().ui(ui).clicked() {
        draft.conflicts.in_step_open = !open;
    }
    if !open {
        return;
    }
    let columns = Columns::beside_names(ui, 2);
    parts::card(ui).inner_margin(0.0).show(ui, |ui| {
        ui.set_width(columns.width());
        ui.spacing_mut().item_spacing.y = 0.0;
        for line in lines {
            let has = line.merged.as_deref().unwrap_or(&line.at(gone.map_or(End::Right, End::other)).text);
            let was = line.agreed.as_deref();
            let width = columns.text_width(1);
            let before = if was == Some(has) { None } else { Some(was.unwrap_or_default()) };
            let before = match before {
                None => cells::plain(ui, "", theme::body_font(), width, tokens(ui).quiet),
                Some(before) => {
                    let words = format!("before: {}", if before.is_empty() { "blank" } else { before });
                    cells::plain(ui, &format::middle(&words, 200), theme::small_font(), width, tokens(ui).quiet)
                }
            };
            let texts = [
                cells::plain(ui, &line.label, theme::body_font(), columns.text_width(0), tokens(ui).text),
                text_or(ui, Some(has), "", width, false),
                before,
            ];
            plain_line_ui(ui, &columns, &texts);
        }
    });
}

/// The field under the keyboard.
pub(super) fn line_here<'a>(draft: &Draft, matter: &'a Matter) -> Option<&'a Disputed> {
    let all = parts_of(matter);
    match all.get(draft.conflicts.line.min(all.len().saturating_sub(1)))? {
        Part::Field(line) => Some(line),
        Part::Whole | Part::Claim(_) => None,
    }
}

/// A line around what is being typed.
pub(super) fn edge(ui: &Ui, rect: Rect) {
    let stroke = Stroke::new(2.0, tokens(ui).accent);
    ui.painter().rect_stroke(rect, 4.0, stroke, egui::StrokeKind::Inside);
}

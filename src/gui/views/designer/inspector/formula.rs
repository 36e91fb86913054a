//! The formula of a field: text with colours, what is wrong under the words that are wrong, and names to choose from.

use super::set_from;
use crate::gui::draft::Draft;
use crate::gui::draft::designer::{TargetRow, columns};
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, Tokens, icon, tokens};
use crate::integration::Problem;
use crate::mapping::{Expression, Part};
use egui::text::{CCursor, CCursorRange, LayoutJob, TextFormat};
use egui::{Id, Key, Margin, Modifiers, Pos2, Shape, Stroke, TextEdit, Ui};
use std::ops::Range;
use std::sync::Arc;

/// Lines of the list of names.
const NAMES: usize = 8;

/// A name to choose.
struct Name {
    label: String,
    insert: String,
    detail: String,
}

/// Names that fit what is being typed, and what they replace.
struct Names {
    replace: Range<usize>,
    names: Vec<Name>,
}

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, row: &TargetRow, text: &str, problems: &[Problem]) {
    let id = Id::unique(("formula", &row.path));
    let names = names(state, draft, text);
    let focused = ui.memory(|memory| memory.has_focus(id));
    let listed = focused && !draft.designer.typing.completion_off && !names.names.is_empty();
    if listed && let Some(chosen) = choose_by_key(ui, draft, &names) {
        accept(ui, draft, row, text, &names, chosen, id);
        return;
    }
    let wrong: Vec<&Problem> = problems.iter().filter(|it| it.part == Part::From && it.span.is_some()).collect();
    let spans: Vec<Range<usize>> = wrong.iter().filter_map(|problem| problem.span.clone()).collect();
    let colours = tokens(ui);
    let mut layouter = |ui: &Ui, buffer: &dyn egui::TextBuffer, width: f32| {
        let mut job = coloured(buffer.as_str(), colours);
        job.wrap.max_width = width;
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    };
    let mut typed = text.to_owned();
    let edit = TextEdit::multiline(&mut typed).id(id).font(egui::TextStyle::Monospace).desired_rows(4);
    let edit = edit.desired_width(f32::INFINITY).margin(Margin::symmetric(8, 7)).layouter(&mut layouter);
    let output = edit.hint_text("IF(ISBLANK(Country), \"Unknown\", Country)").show(ui);
    let response = output.response.response.clone().accessible_name(format!("Formula of {}", row.path));
    if std::mem::take(&mut draft.designer.typing.focus) {
        response.request_focus();
    }
    for span in &spans {
        squiggle(ui, &output.galley, output.galley_pos, text, span, colours);
    }
    if let Some(range) = output.cursor_range {
        let cursor = byte_of(&typed, range.primary.index.into());
        if cursor != draft.designer.typing.cursor {
            draft.designer.typing.cursor = cursor;
            draft.designer.typing.completion = 0;
        }
    }
    if response.changed() {
        draft.designer.typing.completion_off = false;
        set_from(draft, &row.path, "Formula", Some("formula"), Expression::Formula(typed));
    }
    if response.lost_focus() {
        draft.designer.end_stretch();
    }
    if listed && let Some(chosen) = names_ui(ui, draft, &names) {
        accept(ui, draft, row, text, &names, chosen, id);
        return;
    }
    for problem in wrong {
        problem_ui(ui, draft, row, text, problem);
    }
}

fn byte_of(text: &str, index: usize) -> usize {
    text.char_indices().nth(index).map_or(text.len(), |(at, _)| at)
}

/// What is wrong, what to do, and a repair where one click does it.
fn problem_ui(ui: &mut Ui, draft: &mut Draft, row: &TargetRow, text: &str, problem: &Problem) {
    let message = crate::gui::views::designer::problems::sentence(&problem.message);
    let repair = problem.repair.clone();
    let nearest = problem.hint.as_deref().and_then(|hint| hint.strip_prefix("Did you mean ")?.strip_suffix('?'));
    let span = problem.span.clone();
    parts::banner_ui(ui, Meaning::Bad, &message, problem.hint.as_deref(), |ui| match (repair, nearest, span) {
        (Some(repair), ..) => {
            let label = repair.label();
            let shown = crate::gui::format::middle(&label, 44);
            if Press::new(&shown).name(&label).icon(icon::SPARKLES).low().ui(ui).clicked() {
                crate::gui::views::designer::problems::mend(draft, problem.step, &repair);
            }
        }
        (None, Some(nearest), Some(span)) if text.get(span.clone()).is_some() => {
            let label = format!("Write {nearest}");
            if Press::new(&label).icon(icon::SPARKLES).low().ui(ui).clicked() {
                let mended = format!("{}{nearest}{}", &text[..span.start], &text[span.end..]);
                set_from(draft, &row.path, "Formula", None, Expression::Formula(mended));
            }
        }
        _ => {}
    });
}

/// A wave under the words that are wrong.
fn squiggle(ui: &Ui, galley: &Arc<egui::Galley>, at: Pos2, text: &str, span: &Range<usize>, tokens: &Tokens) {
    let index = |byte: usize| text.char_indices().take_while(|(at, _)| *at < byte).count();
    let (first, mut last) = (index(span.start), index(span.end));
    if last <= first {
        last = first + 1;
    }
    let place = |index: usize| galley.pos_from_cursor(CCursor::new(index)).translate(at.to_vec2());
    let (from, to) = (place(first), place(last));
    let right = if (to.top() - from.top()).abs() < 1.0 { to.left().max(from.left() + 6.0) } else { from.left() + 40.0 };
    let y = from.bottom() - 1.0;
    let count = ((right - from.left()) / 2.5).ceil().max(2.0) as usize;
    let point = |at: usize| {
        let x = from.left() + (right - from.left()) * at as f32 / count as f32;
        Pos2::new(x, if at.is_multiple_of(2) { y } else { y + 2.0 })
    };
    ui.painter().add(Shape::line((0..=count).map(point).collect(), Stroke::new(1.3, tokens.bad.strong)));
}

/// The text with its colours.
fn coloured(text: &str, tokens: &Tokens) -> LayoutJob {
    let font = egui::FontId::new(theme::MONO, egui::FontFamily::Monospace);
    let mut job = LayoutJob::default();
    let mut at = 0;
    for (span, _) in columns::names(text) {
        job.append(&text[at..span.start], 0.0, TextFormat::simple(font.clone(), tokens.text));
        job.append(&text[span.clone()], 0.0, TextFormat::simple(font.clone(), tokens.information.strong));
        at = span.end;
    }
    job.append(&text[at..], 0.0, TextFormat::simple(font, tokens.text));
    job
}

fn names(state: &State, draft: &Draft, text: &str) -> Names {
    let cursor = draft.designer.typing.cursor.min(text.len());
    let cursor = if text.is_char_boundary(cursor) { cursor } else { text.len() };
    let start = text[..cursor]
        .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let word = text[start..cursor].to_lowercase();
    let look = draft.designer.file(state);
    let fields = look.into_iter().flat_map(|look| &look.columns.fields);
    let names = fields
        .filter(|field| {
            !word.is_empty() && field.name.to_lowercase().contains(&word) && field.name != text[start..cursor]
        })
        .take(NAMES)
        .map(|field| Name {
            label: field.name.clone(),
            insert: columns::written(&field.name),
            detail: "column".to_owned(),
        })
        .collect();
    Names { replace: start..cursor, names }
}

fn choose_by_key(ui: &Ui, draft: &mut Draft, names: &Names) -> Option<usize> {
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let last = names.names.len().min(NAMES) - 1;
    let typing = &mut draft.designer.typing;
    if pressed(Key::ArrowDown) {
        typing.completion = (typing.completion + 1).min(last);
    } else if pressed(Key::ArrowUp) {
        typing.completion = typing.completion.saturating_sub(1);
    } else if pressed(Key::Escape) {
        typing.completion_off = true;
    } else if pressed(Key::Enter) || pressed(Key::Tab) {
        return Some(typing.completion.min(last));
    }
    None
}

fn names_ui(ui: &mut Ui, draft: &Draft, names: &Names) -> Option<usize> {
    let tokens = tokens(ui);
    let mut chosen = None;
    parts::well(ui).inner_margin(Margin::same(4)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 0.0;
        for (at, name) in names.names.iter().take(NAMES).enumerate() {
            let size = egui::vec2(ui.available_width(), 22.0);
            let (rect, response) = ui.allocate_exact_size(size, egui::Sense::CLICK);
            let said = format!("{}, {}", name.label, name.detail);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ListBoxOption, true, &said));
            if at == draft.designer.typing.completion || response.hovered() {
                ui.painter().rect_filled(rect, 4.0, tokens.selected);
            }
            let inner = rect.shrink2(egui::vec2(6.0, 0.0));
            let font = egui::FontId::new(theme::MONO, egui::FontFamily::Monospace);
            let taken = parts::grid::elided(ui, inner, &name.label, font, tokens.strong, false);
            let rest = inner.with_min_x(taken.right() + 10.0);
            parts::grid::elided(ui, rest, &name.detail, theme::small_font(), tokens.quiet, false);
            if response.is_pointer_button_down_on() {
                chosen = Some(at);
            }
        }
    });
    chosen
}

/// Writes a name into the text, in the place of what was typed of it.
fn accept(ui: &Ui, draft: &mut Draft, row: &TargetRow, text: &str, names: &Names, chosen: usize, id: Id) {
    let Some(name) = names.names.get(chosen) else { return };
    let Range { start, end } = names.replace;
    let written = format!("{}{}{}", &text[..start], name.insert, &text[end..]);
    let cursor = start + name.insert.len();
    let index = written[..cursor].chars().count();
    draft.designer.typing.cursor = cursor;
    draft.designer.typing.completion = 0;
    set_from(draft, &row.path, "Formula", Some("formula"), Expression::Formula(written));
    let mut edit = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
    edit.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(index))));
    edit.store(ui.ctx(), id);
    ui.memory_mut(|memory| memory.request_focus(id));
}

//! The formula of a field: text with colours, what is wrong under the words that are wrong, and names to choose from.

use super::set_from;
use crate::formula::editor::{self, Completions, TokenClass};
use crate::formula::{Blanks, FieldList, Scope, Table, Type};
use crate::gui::draft::Draft;
use crate::gui::draft::designer::TargetRow;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, Tokens, icon, tokens};
use crate::integration::Problem;
use crate::mapping::{Expression, Part};
use crate::record::Kind;
use egui::text::{CCursor, CCursorRange, LayoutJob, TextFormat};
use egui::{Id, Key, Margin, Modifiers, Pos2, Shape, Stroke, TextEdit, Ui};
use std::ops::Range;
use std::sync::Arc;

/// Lines of the list of names.
const NAMES: usize = 8;

/// A formula while it is edited: which one, over what, and what becomes of its text.
pub(super) struct Edited<'a> {
    /// Tells it apart from others.
    pub id: Id,
    /// What readers call it.
    pub name: &'a str,
    /// What stands there while it is blank.
    pub hint: &'a str,
    /// The part of a line that problems with it name.
    pub part: Part,
    /// The names that it may use.
    pub fields: FieldList,
    /// Takes the text; the stretch of typing, where it was typed.
    pub set: &'a dyn Fn(&mut Draft, Option<&str>, String),
}

/// The formula that a field's value comes from.
pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, row: &TargetRow, text: &str, problems: &[Problem]) {
    let path = row.path.clone();
    let edited = Edited {
        id: Id::unique(("formula", &row.path)),
        name: &format!("Formula of {}", row.path),
        hint: "IF(ISBLANK(Country), \"Unknown\", Country)",
        part: Part::From,
        fields: columns(state, draft),
        set: &move |draft, stretch, text| set_from(draft, &path, "Formula", stretch, Expression::Formula(text)),
    };
    edit_ui(ui, draft, &edited, text, problems);
}

/// Any formula, with its colours, problems and names.
pub(super) fn edit_ui(ui: &mut Ui, draft: &mut Draft, edited: &Edited<'_>, text: &str, problems: &[Problem]) {
    let id = edited.id;
    let names = names(draft, edited, text);
    let focused = ui.memory(|memory| memory.has_focus(id));
    let listed = focused && !draft.designer.typing.completion_off && !names.items.is_empty();
    let mut accepted = None;
    if listed && let Some(chosen) = choose_by_key(ui, draft, &names) {
        accepted = accept(ui, draft, edited, text, &names, chosen);
    }
    // The field is drawn in this frame, too, or it would lose the focus.
    let text = accepted.as_deref().unwrap_or(text);
    let listed = listed && accepted.is_none();
    let wrong: Vec<&Problem> = problems.iter().filter(|it| it.part == edited.part && it.span.is_some()).collect();
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
    let output = edit.hint_text(edited.hint).show(ui);
    let response = output.response.response.clone().accessible_name(edited.name);
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
        (edited.set)(draft, Some("formula"), typed);
    }
    if response.lost_focus() {
        draft.designer.end_stretch();
    }
    if listed && let Some(chosen) = names_ui(ui, draft, &names) {
        accept(ui, draft, edited, text, &names, chosen);
    }
    if focused {
        signature_ui(ui, draft, text);
    }
    for problem in wrong {
        problem_ui(ui, draft, edited, text, problem);
    }
}

fn byte_of(text: &str, index: usize) -> usize {
    text.char_indices().nth(index).map_or(text.len(), |(at, _)| at)
}

/// What is wrong, what to do, and a repair where one click does it.
fn problem_ui(ui: &mut Ui, draft: &mut Draft, edited: &Edited<'_>, text: &str, problem: &Problem) {
    let message = crate::gui::views::designer::problems::sentence(&problem.message);
    let repair = problem.repair.clone();
    let nearest = problem.hint.as_deref().and_then(|hint| hint.strip_prefix("Did you mean ")?.strip_suffix('?'));
    let wrap = problem.hint.as_deref().and_then(|hint| hint.strip_prefix("Wrap it in ")?.strip_suffix("()."));
    let span = problem.span.clone();
    let instead = match (&span, nearest, wrap) {
        (_, Some(nearest), _) => Some(nearest.to_owned()),
        (Some(span), None, Some(function)) => text.get(span.clone()).map(|inner| format!("{function}({inner})")),
        _ => None,
    };
    parts::banner_ui(ui, Meaning::Bad, &message, problem.hint.as_deref(), |ui| match (repair, instead, span) {
        (Some(repair), ..) => {
            let label = repair.label();
            let shown = crate::gui::format::middle(&label, 44);
            if Press::new(&shown).name(&label).icon(icon::SPARKLES).low().ui(ui).clicked() {
                crate::gui::views::designer::problems::mend(draft, problem.step, &repair);
            }
        }
        (None, Some(instead), Some(span)) if text.get(span.clone()).is_some() => {
            let label = format!("Write {instead}");
            let shown = crate::gui::format::middle(&label, 44);
            if Press::new(&shown).name(&label).icon(icon::SPARKLES).low().ui(ui).clicked() {
                let mended = format!("{}{instead}{}", &text[..span.start], &text[span.end..]);
                (edited.set)(draft, None, mended);
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
    // A word that was wrapped stands at the beginning of its line, not at the end of the one before.
    let place = |index: usize, prefer_next_row: bool| {
        galley.pos_from_cursor(CCursor { index: index.into(), prefer_next_row }).translate(at.to_vec2())
    };
    let (from, to) = (place(first, true), place(last, false));
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
    for (span, class) in editor::tokens(text) {
        job.append(&text[at..span.start], 0.0, TextFormat::simple(font.clone(), tokens.text));
        let colour = match class {
            TokenClass::Field => tokens.information.strong,
            TokenClass::Function => tokens.accent_text,
            TokenClass::Keyword => tokens.accent_text,
            TokenClass::Text => tokens.good.strong,
            TokenClass::Number => tokens.attention.strong,
            TokenClass::Operator | TokenClass::Punctuation => tokens.text,
            TokenClass::Comment => tokens.quiet,
            TokenClass::Bad => tokens.bad.strong,
        };
        job.append(&text[span.clone()], 0.0, TextFormat::simple(font.clone(), colour));
        at = span.end;
    }
    job.append(&text[at..], 0.0, TextFormat::simple(font, tokens.text));
    job
}

/// The columns of the source, with their types.
pub(super) fn columns(state: &State, draft: &Draft) -> FieldList {
    let columns = draft.designer.at().map(|step| step.source.columns()).unwrap_or_default();
    let look = draft.designer.file(state);
    let fields = look.into_iter().flat_map(|look| &look.columns.fields).map(|field| {
        let kind = columns.get(&field.name).map_or(field.kind, |format| format.kind);
        (field.name.clone(), type_of(kind))
    });
    FieldList(fields.collect())
}

/// What may stand at the cursor.
fn names(draft: &Draft, edited: &Edited<'_>, text: &str) -> Completions {
    let cursor = draft.designer.typing.cursor.min(text.len());
    let tables =
        draft.designer.integration().tables.iter().map(|table| {
            Arc::new(Table::new(table.name.clone(), table.columns.clone(), table.rows.iter().cloned(), true))
        });
    let tables: Vec<Arc<Table>> = tables.collect();
    let scope = Scope {
        fields: &edited.fields,
        blanks: Blanks::default(),
        zone: jiff::tz::TimeZone::UTC,
        tables: &tables,
        previous: false,
    };
    let mut names = editor::complete(text, cursor, &scope);
    // What stands there already need not be offered.
    let typed = text.get(names.replace.clone()).unwrap_or_default();
    names.items.retain(|item| item.insert != typed);
    names
}

/// What a formula takes a column of that kind for.
pub(super) fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Integer | Kind::Number => Type::Number,
        Kind::Boolean => Type::Boolean,
        Kind::Date => Type::Date,
        Kind::DateTime => Type::DateTime,
        Kind::Time => Type::Time,
        _ => Type::Text,
    }
}

/// The call that the cursor is in, and the argument that is being typed.
fn signature_ui(ui: &mut Ui, draft: &Draft, text: &str) {
    let Some((function, argument)) = editor::signature_at(text, draft.designer.typing.cursor.min(text.len())) else {
        return;
    };
    let tokens = tokens(ui);
    parts::well(ui).inner_margin(Margin::symmetric(8, 6)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 2.0;
        for shape in function.shapes() {
            ui.add(egui::Label::new(theme::mono(shape).color(tokens.strong)).wrap());
        }
        let parameters = function.signatures.iter().filter_map(|signature| signature.parameter(argument));
        if let Some(parameter) = parameters.into_iter().next() {
            ui.label(theme::small(format!("now: {}", parameter.name)).color(tokens.accent_text));
        }
        ui.add(egui::Label::new(theme::small(function.help).color(tokens.quiet)).wrap());
    });
}

fn choose_by_key(ui: &Ui, draft: &mut Draft, names: &Completions) -> Option<usize> {
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let last = names.items.len().min(NAMES) - 1;
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

fn names_ui(ui: &mut Ui, draft: &Draft, names: &Completions) -> Option<usize> {
    let tokens = tokens(ui);
    let mut chosen = None;
    parts::well(ui).inner_margin(Margin::same(4)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 0.0;
        for (at, name) in names.items.iter().take(NAMES).enumerate() {
            let size = egui::vec2(ui.available_width(), 22.0);
            let (rect, response) = ui.allocate_exact_size(size, egui::Sense::CLICK);
            let said = format!("{}, {}", name.label, name.detail);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ListBoxOption, true, &said));
            let response = if name.help.is_empty() { response } else { response.on_hover_text(&name.help) };
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
fn accept(
    ui: &Ui,
    draft: &mut Draft,
    edited: &Edited<'_>,
    text: &str,
    names: &Completions,
    chosen: usize,
) -> Option<String> {
    let name = names.items.get(chosen)?;
    let Range { start, end } = names.replace.clone();
    let written = format!("{}{}{}", &text[..start], name.insert, &text[end..]);
    let cursor = start + name.insert.len();
    let index = written[..cursor].chars().count();
    draft.designer.typing.cursor = cursor;
    draft.designer.typing.completion = 0;
    (edited.set)(draft, Some("formula"), written.clone());
    let mut edit = egui::text_edit::TextEditState::load(ui.ctx(), edited.id).unwrap_or_default();
    edit.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(index))));
    edit.store(ui.ctx(), edited.id);
    ui.memory_mut(|memory| memory.request_focus(edited.id));
    Some(written)
}

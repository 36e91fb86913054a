//! One line of the mapping: what it holds on the left, the field it goes into on the right, and what can be done with it.

use super::targets;
use crate::connect::file::Inspection;
use crate::gui::draft::{Design, Draft};
use crate::gui::format;
use crate::gui::parts::{self, PickItem, Picker, Press};
use crate::gui::theme::{self, icon, tokens};
use crate::mapping::{Blank, Expression, Rule};
use crate::record::{Field, Kind, Schema};
use egui::{Align, Align2, Id, Layout, Margin, Popup, Rect, Sense, TextEdit, Ui, Vec2};

/// Height of a line.
pub(super) const LINE: f32 = 36.0;

/// A line of the mapping.
#[derive(Clone)]
pub(super) enum Line {
    /// A field that must have a value and has no rule.
    Missing(Field),
    /// A column, and its rule if it has one.
    Column(usize, Option<Rule>),
    /// A field with the same value for every row.
    Constant(Rule),
    /// A rule whose column the file does not have.
    Lost(Rule),
}

impl Line {
    pub(super) fn target(&self) -> Option<&str> {
        match self {
            Line::Missing(field) => Some(&field.name),
            Line::Column(_, rule) => rule.as_ref().map(|rule| rule.target.as_str()),
            Line::Constant(rule) | Line::Lost(rule) => Some(&rule.target),
        }
    }

    pub(super) fn fits(&self, file: &Inspection, words: &str) -> bool {
        let column = match self {
            Line::Column(index, _) => file.columns.fields.get(*index).map_or("", |column| &column.name),
            _ => "",
        };
        words.is_empty()
            || column.to_lowercase().contains(words)
            || self.target().is_some_and(|target| target.to_lowercase().contains(words))
    }
}

/// Where the parts of a line stand.
pub(super) struct Places {
    pub(super) name: Rect,
    pub(super) sample: Rect,
    pub(super) filled: Rect,
    pub(super) arrow: Rect,
    pub(super) target: Rect,
    pub(super) why: Rect,
    pub(super) more: Rect,
}

impl Places {
    pub(super) fn of(rect: Rect) -> Places {
        let inner = rect.shrink2(Vec2::new(14.0, 0.0));
        let x = |from: f32, to: f32| {
            Rect::from_x_y_ranges(inner.left() + from..=inner.left() + to.max(from), inner.y_range())
        };
        let width = inner.width();
        let target = (width * 0.40).clamp(170.0, 320.0);
        let before = width - target - 22.0 - 24.0 - 28.0;
        let filled = if before > 230.0 { 46.0 } else { 0.0 };
        let sample = if before > 180.0 { (before - filled) * 0.42 } else { 0.0 };
        let name = before - filled - sample;
        let arrow = before + 24.0;
        Places {
            name: x(0.0, name - 8.0),
            sample: x(name, name + sample - 8.0),
            filled: x(name + sample, before - 4.0),
            arrow: x(before, arrow),
            target: x(arrow, arrow + target),
            why: x(arrow + target, arrow + target + 22.0),
            more: x(width - 26.0, width + 2.0),
        }
    }
}

pub(super) fn line_ui(ui: &mut Ui, draft: &mut Draft, file: &Inspection, object: &Schema, line: &Line, focus: bool) {
    let tokens = tokens(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), LINE), Sense::hover());
    if matches!(line, Line::Missing(_) | Line::Lost(_)) {
        ui.painter().rect_filled(rect, 0.0, tokens.attention.faint);
    } else if ui.rect_contains_pointer(rect) && !Popup::is_any_open(ui.ctx()) {
        ui.painter().rect_filled(rect, 0.0, tokens.hover);
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (1.0, tokens.hairline.gamma_multiply(0.7)));
    let places = Places::of(rect);
    match line {
        Line::Missing(field) => missing_ui(ui, draft, file, field, &places, focus),
        Line::Column(index, rule) => column_ui(ui, draft, file, object, *index, rule.as_ref(), &places, focus),
        Line::Constant(rule) => constant_ui(ui, draft, object, rule, &places, focus),
        Line::Lost(rule) => lost_ui(ui, draft, file, object, rule, &places, focus),
    }
}

fn missing_ui(ui: &mut Ui, draft: &mut Draft, file: &Inspection, field: &Field, places: &Places, focus: bool) {
    let tokens = tokens(ui);
    let key = draft.import.design.key_fields().iter().any(|key| key.eq_ignore_ascii_case(&field.name));
    let (mark, why) =
        if key { (icon::KEY_ROUND, "finds records, not mapped") } else { (icon::ASTERISK, "required, not mapped") };
    let tint = tokens.attention.strong;
    let words = places.arrow.union(places.more);
    ui.painter().text(
        words.left_center() + Vec2::new(8.0, 0.0),
        Align2::CENTER_CENTER,
        mark,
        theme::icon_font(14.0),
        tint,
    );
    let mut text = words.with_min_x(words.left() + 24.0).with_max_x(places.more.right());
    let taken = parts::grid::elided(ui, text, &field.label, theme::medium_font(theme::BODY), tokens.strong, false);
    text.min.x = taken.right() + 8.0;
    parts::grid::elided(ui, text, why, theme::small_font(), tint, false);
    let left = Rect::from_x_y_ranges(places.name.left()..=places.arrow.left() - 4.0, places.name.y_range());
    at_ui(ui, left, |ui| {
        let name = format!("Column for {}", field.label);
        let picker = Picker::new(Id::unique(("missing", &field.name)), &name, "").hint("Choose a column…");
        let items = || file.columns.fields.iter().map(|column| column_item(file, column)).collect();
        let (response, chosen) = picker.width((left.width() - 84.0).min(190.0)).show(ui, items);
        if focus {
            response.request_focus();
        }
        if let Some(column) = chosen {
            draft.import.change(|design| design.mapping.set(&field.name, Expression::Column(column)));
        }
        let name = format!("Set {} to the same value in every row", field.label);
        if Press::new("Set…").name(&name).ui(ui).clicked() {
            set_constant(draft, &field.name);
        }
    });
}

fn column_item(file: &Inspection, column: &Field) -> PickItem {
    let index = file.columns.position(&column.name).unwrap_or_default();
    PickItem::new(&column.name, &column.name).detail(format::middle(&format::one_line(sample(file, index).0), 24))
}

#[expect(clippy::too_many_arguments, reason = "the parts of one line")]
fn column_ui(
    ui: &mut Ui,
    draft: &mut Draft,
    file: &Inspection,
    object: &Schema,
    index: usize,
    rule: Option<&Rule>,
    places: &Places,
    focus: bool,
) {
    let tokens = tokens(ui);
    let Some(column) = file.columns.fields.get(index) else { return };
    let (sample, filled) = sample(file, index);
    let colour = if rule.is_some() { tokens.strong } else { tokens.text };
    parts::grid::elided(ui, places.name, &column.name, theme::medium_font(theme::BODY), colour, false);
    if places.sample.width() > 20.0 {
        parts::grid::elided(ui, places.sample, sample, theme::small_font(), tokens.quiet, false);
    }
    if places.filled.width() > 20.0 {
        let colour = if filled == "100 %" { tokens.quiet } else { tokens.text };
        parts::grid::elided(ui, places.filled, &filled, theme::small_font(), colour, true);
    }
    let arrow = if rule.is_some() { tokens.accent_text } else { tokens.hairline };
    ui.painter().text(places.arrow.center(), Align2::CENTER_CENTER, icon::ARROW_RIGHT, theme::icon_font(14.0), arrow);
    let target = rule.map(|rule| rule.target.as_str());
    let chosen = target_ui(ui, draft, object, &column.name, target, places, focus);
    if let Some(chosen) = chosen {
        let from = Expression::Column(column.name.clone());
        draft.import.change(|design| retarget(design, target, &chosen, from));
    }
    if let Some(rule) = rule {
        why_ui(ui, draft, rule, places);
        more_ui(ui, draft, object, rule, Some(&column.name), places);
    }
}

fn constant_ui(ui: &mut Ui, draft: &mut Draft, object: &Schema, rule: &Rule, places: &Places, focus: bool) {
    let Expression::Constant(value) = &rule.from else { return };
    let tokens = tokens(ui);
    let field = object.field(&rule.target);
    let label = field.map_or(rule.target.as_str(), |field| &field.label);
    let left = Rect::from_x_y_ranges(places.name.left()..=places.arrow.left() - 4.0, places.name.y_range());
    let name = format!("Value of {label} in every row");
    let values: Vec<PickItem> = match field {
        Some(field) if field.kind == Kind::Boolean => ["true", "false"].map(|it| PickItem::new(it, it)).into(),
        Some(field) if field.kind == Kind::Picklist => {
            let active = field.values.iter().filter(|value| value.active);
            active.map(|value| PickItem::new(&value.value, &value.label)).collect()
        }
        _ => Vec::new(),
    };
    at_ui(ui, left, |ui| {
        ui.label(egui::RichText::new(icon::EQUAL).size(13.0).color(tokens.quiet))
            .on_hover_text("The same in every row");
        let width = ui.available_width();
        if values.is_empty() {
            let typing = matches!(&draft.import.typing, Some((target, _)) if *target == rule.target);
            let mut text =
                if typing { draft.import.typing.take().map_or_else(String::new, |it| it.1) } else { value.clone() };
            let edit = TextEdit::singleline(&mut text).id(Id::unique(("constant", &rule.target)));
            let edit = edit.hint_text("Type a value").desired_width(width).margin(Margin::symmetric(8, 5));
            let response = ui.add(edit).accessible_name(&name);
            if typing && value.is_empty() && text.is_empty() && !response.has_focus() && !response.lost_focus() {
                response.request_focus();
            }
            if response.lost_focus() {
                let from = Expression::Constant(text);
                draft.import.change(|design| design.mapping.set(&rule.target, from));
            } else if response.has_focus() || typing {
                draft.import.typing = Some((rule.target.clone(), text));
            }
        } else {
            let picker = Picker::new(Id::unique(("constant", &rule.target)), &name, value).width(width.min(220.0));
            if let Some(chosen) = picker.ui(ui, || values) {
                draft.import.change(|design| design.mapping.set(&rule.target, Expression::Constant(chosen)));
            }
        }
    });
    ui.painter().text(
        places.arrow.center(),
        Align2::CENTER_CENTER,
        icon::ARROW_RIGHT,
        theme::icon_font(14.0),
        tokens.accent_text,
    );
    let from = rule.from.clone();
    if let Some(chosen) = target_ui(ui, draft, object, "the constant", Some(&rule.target), places, focus) {
        draft.import.change(|design| retarget(design, Some(&rule.target), &chosen, from));
    }
    more_ui(ui, draft, object, rule, None, places);
}

fn lost_ui(
    ui: &mut Ui,
    draft: &mut Draft,
    file: &Inspection,
    object: &Schema,
    rule: &Rule,
    places: &Places,
    focus: bool,
) {
    let Expression::Column(column) = &rule.from else { return };
    let left = Rect::from_x_y_ranges(places.name.left()..=places.arrow.left() - 4.0, places.name.y_range());
    at_ui(ui, left, |ui| {
        let name = format!("Column for {}", rule.target);
        let shown = format!("{column} is not in the file");
        let picker = Picker::new(Id::unique(("lost", &rule.target)), &name, &shown).warn(true).width(left.width());
        let items = || file.columns.fields.iter().map(|column| column_item(file, column)).collect();
        if let Some(chosen) = picker.ui(ui, items) {
            draft.import.change(|design| design.mapping.set(&rule.target, Expression::Column(chosen)));
        }
    });
    let from = rule.from.clone();
    if let Some(chosen) = target_ui(ui, draft, object, column, Some(&rule.target), places, focus) {
        draft.import.change(|design| retarget(design, Some(&rule.target), &chosen, from));
    }
    more_ui(ui, draft, object, rule, None, places);
}

/// The field that a line goes into; gives back another one, or a blank name for none.
fn target_ui(
    ui: &mut Ui,
    draft: &Draft,
    object: &Schema,
    column: &str,
    target: Option<&str>,
    places: &Places,
    focus: bool,
) -> Option<String> {
    let field = target.and_then(|target| object.field(target));
    let label = field.map_or(target.unwrap_or_default(), |field| field.label.as_str());
    let detail = field.map_or("", |field| field.name.as_str());
    let detail = if detail == label { "" } else { detail };
    let design = &draft.import.design;
    let key = field.is_some_and(|field| design.key_fields().iter().any(|key| key.eq_ignore_ascii_case(&field.name)));
    let unknown = target.is_some() && field.is_none() && target.is_some_and(|target| !target.contains('.'));
    let forbidden = field.is_some_and(|field| design.forbids(field).is_some());
    let name = format!("Field for {column}");
    let id = Id::unique(("target", column, target));
    let mut picker = Picker::new(id, &name, label).detail(detail).hint("Not mapped").quiet().list_width(460.0);
    picker = picker.width(places.target.width()).warn(unknown || forbidden);
    if let Some(field) = field {
        picker = picker.icon(if key { icon::KEY_ROUND } else { targets::kind_icon(field.kind) });
        if key {
            picker = picker.icon_colour(tokens(ui).accent_text);
        }
    }
    let mut chosen = None;
    at_ui(ui, places.target, |ui| {
        let (response, picked) = picker.show(ui, || targets::items(design, object, target));
        if focus {
            response.request_focus();
        }
        chosen = picked;
    });
    chosen
}

/// Why the column goes there.
fn why_ui(ui: &mut Ui, draft: &Draft, rule: &Rule, places: &Places) {
    let tokens = tokens(ui);
    let Some(origin) = draft.import.design.origins.get(&rule.target) else { return };
    let (mark, colour) =
        if origin.certain { (icon::CHECK, tokens.quiet) } else { (icon::SPARKLES, tokens.accent_text) };
    ui.painter().text(places.why.center(), Align2::CENTER_CENTER, mark, theme::icon_font(13.0), colour);
    let response = ui.interact(places.why, Id::unique(("why", &rule.target)), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &origin.why));
    response.on_hover_ui(|ui| {
        let lead = if origin.certain { "Matched" } else { "A guess" };
        ui.label(format!("{lead}: {}", origin.why));
    });
}

/// The menu at the end of a line.
fn more_ui(ui: &mut Ui, draft: &mut Draft, object: &Schema, rule: &Rule, column: Option<&str>, places: &Places) {
    let mut act = None;
    let label = object.field(&rule.target).map_or(rule.target.as_str(), |field| &field.label);
    at_ui(ui, places.more, |ui| {
        let name = format!("More about {label}");
        let button = Press::icon_only(icon::ELLIPSIS, &name).low().ui(ui);
        if rule.blank == Blank::Clear {
            let at = button.rect.right_top() + Vec2::new(-4.0, 5.0);
            ui.painter().circle_filled(at, 3.0, tokens(ui).attention.strong);
        }
        Popup::menu(&button).show(|ui| {
            ui.set_min_width(230.0);
            let clear = rule.blank == Blank::Clear;
            let tick = |on: bool| if on { icon::CHECK } else { " " };
            let lines = [
                ("Blank cells leave it as it is", tick(!clear), Act::Blank(Blank::Keep)),
                ("Blank cells empty the field", tick(clear), Act::Blank(Blank::Clear)),
                ("Set to the same value instead", icon::EQUAL, Act::Constant),
                ("Remove", icon::X, Act::Remove),
            ];
            for (words, icon, what) in lines {
                if (what != Act::Constant || column.is_some()) && Press::new(words).icon(icon).line().ui(ui).clicked() {
                    act = Some(what);
                }
            }
        });
    });
    let target = &rule.target;
    match act {
        None => {}
        Some(Act::Blank(blank)) => draft.import.change(|design| set_blank(design, target, blank)),
        Some(Act::Constant) => set_constant(draft, target),
        Some(Act::Remove) => draft.import.change(|design| remove(design, target)),
    }
}

/// What else can be done with a line.
#[derive(PartialEq)]
enum Act {
    Blank(Blank),
    Constant,
    Remove,
}

pub(super) fn set_constant(draft: &mut Draft, target: &str) {
    draft.import.change(|design| {
        design.mapping.set(target, Expression::Constant(String::new()));
        design.origins.remove(target);
    });
    draft.import.typing = Some((target.to_owned(), String::new()));
}

fn set_blank(design: &mut Design, target: &str, blank: Blank) {
    if let Some(rule) = design.mapping.rules.iter_mut().find(|rule| rule.target == target) {
        rule.blank = blank;
    }
}

fn remove(design: &mut Design, target: &str) {
    design.mapping.remove(target);
    design.origins.remove(target);
}

/// Leads a line into another field, or into none; a field takes one line only.
fn retarget(design: &mut Design, old: Option<&str>, new: &str, from: Expression) {
    if old.is_some_and(|old| old == new) {
        return;
    }
    design.origins.remove(new);
    match (old, new) {
        (Some(old), "") => remove(design, old),
        (None, "") => {}
        (Some(old), new) => {
            design.mapping.remove(new);
            if let Some(rule) = design.mapping.rules.iter_mut().find(|rule| rule.target == old) {
                rule.target = new.to_owned();
            }
            design.origins.remove(old);
        }
        (None, new) => design.mapping.set(new, from),
    }
}

/// The first value of a column that is not blank, and how many of the rows seen have one.
fn sample(file: &Inspection, column: usize) -> (&str, String) {
    let mut first = "";
    let mut filled = 0;
    let mut rows = 0;
    for row in file.head.rows() {
        let cell = row.cell(column);
        rows += 1;
        if !cell.trim().is_empty() {
            filled += 1;
            if first.is_empty() {
                first = cell;
            }
        }
    }
    (first, format::percent(filled, rows))
}

/// Puts widgets into a rectangle, in the middle of its height.
pub(super) fn at_ui(ui: &mut Ui, rect: Rect, contents: impl FnOnce(&mut Ui)) {
    let layout = Layout::left_to_right(Align::Center);
    let mut child = ui.new_child(
        egui::UiBuilder::new().max_rect(rect).layout(layout).id_salt((rect.left() as i32, rect.top() as i32)),
    );
    child.spacing_mut().item_spacing.x = 6.0;
    contents(&mut child);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::Mapping;

    fn column(name: &str) -> Expression {
        Expression::Column(name.to_owned())
    }

    #[test]
    fn a_line_keeps_its_place_when_it_gets_another_field() {
        let mut design = Design::default();
        design.mapping.set("Name", column("a"));
        design.mapping.set("Phone", column("b"));
        retarget(&mut design, Some("Name"), "Fax", column("a"));
        assert_eq!(design.mapping.rules[0].target, "Fax");
        // A field takes one line only.
        retarget(&mut design, Some("Fax"), "Phone", column("a"));
        assert_eq!(design.mapping.rules.len(), 1);
        assert_eq!(design.mapping.rules[0].from, column("a"));
        retarget(&mut design, Some("Phone"), "", column("a"));
        assert_eq!(design.mapping, Mapping::default());
    }
}

//! Where a value comes from: a column, a formula, or the same value in every row.

use super::{formula, part_ui, set_from};
use crate::gui::draft::Draft;
use crate::gui::draft::designer::{TargetRow, columns};
use crate::gui::format;
use crate::gui::parts::{PickItem, Picker, Press};
use crate::gui::state::State;
use crate::gui::theme::tokens;
use crate::gui::views::designer::canvas::{KINDS, set_kind};
use crate::gui::views::import::targets;
use crate::integration::Problem;
use crate::mapping::{Expression, Rule};
use crate::record::Kind;
use egui::{Id, Margin, TextEdit, Ui};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Column,
    Formula,
    Same,
}

const WAYS: [(Way, &str); 3] = [(Way::Column, "Column"), (Way::Formula, "Formula"), (Way::Same, "Same value")];

pub(super) fn ui(
    ui: &mut Ui,
    state: &State,
    draft: &mut Draft,
    row: &TargetRow,
    rule: Option<&Rule>,
    problems: &[Problem],
) {
    if row.closed.is_some() && rule.is_none() {
        return;
    }
    part_ui(ui, "Value from");
    let now = rule.map(|rule| match &rule.from {
        Expression::Column(_) => Way::Column,
        Expression::Formula(_) => Way::Formula,
        Expression::Constant(_) => Way::Same,
    });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (way, name) in WAYS {
            let said = format!("Value from: {name}");
            if Press::new(name).name(&said).low().chosen(now == Some(way)).ui(ui).clicked() && now != Some(way) {
                choose(state, draft, row, rule, way);
            }
        }
    });
    match rule.map(|rule| &rule.from) {
        None => column_ui(ui, state, draft, row, ""),
        Some(Expression::Column(name)) => column_ui(ui, state, draft, row, name),
        Some(Expression::Formula(text)) => formula::ui(ui, state, draft, row, text, problems),
        Some(Expression::Constant(text)) => constant_ui(ui, draft, row, text),
    }
}

/// Goes over to another way, and takes along what there is.
fn choose(state: &State, draft: &mut Draft, row: &TargetRow, rule: Option<&Rule>, way: Way) {
    let names: Vec<String> = draft
        .designer
        .file(state)
        .map_or_else(Vec::new, |look| look.columns.fields.iter().map(|column| column.name.clone()).collect());
    let from = match (way, rule.map(|rule| &rule.from)) {
        (Way::Formula, Some(Expression::Column(name))) => Expression::Formula(columns::written(name)),
        (Way::Formula, Some(Expression::Constant(text))) => Expression::Formula(columns::quoted(text)),
        (Way::Formula, _) => Expression::Formula(String::new()),
        (Way::Column, Some(Expression::Formula(text))) => {
            let first = columns::used(text, &names).first().map(|&at| names[at].clone());
            Expression::Column(first.or_else(|| names.first().cloned()).unwrap_or_default())
        }
        (Way::Column, _) => Expression::Column(names.first().cloned().unwrap_or_default()),
        (Way::Same, _) => Expression::Constant(String::new()),
    };
    draft.designer.typing = Default::default();
    draft.designer.typing.focus = way != Way::Column;
    if let Expression::Formula(text) = &from {
        draft.designer.typing.cursor = text.len();
    }
    set_from(draft, &row.path, "Value", None, from);
}

fn column_ui(ui: &mut Ui, state: &State, draft: &mut Draft, row: &TargetRow, name: &str) {
    let look = draft.designer.file(state).cloned();
    let step = draft.designer.at().cloned();
    let label = format!("Column for {}", row.path);
    let lost = !name.is_empty() && look.as_ref().is_some_and(|look| look.columns.position(name).is_none());
    let picker = Picker::new(Id::unique(("inspector column", &row.path)), &label, name).hint("Choose a column…");
    let items = || {
        let (Some(look), Some(step)) = (&look, &step) else { return Vec::new() };
        let columns = step.source.columns();
        let item = |(index, column): (usize, &crate::record::Field)| {
            let kind = columns.get(&column.name).map_or(column.kind, |format| format.kind);
            let sample = look.head.row(0).map(|row| format::one_line(row.cell(index))).unwrap_or_default();
            PickItem::new(&column.name, &column.name).detail(format::middle(&sample, 24)).icon(targets::kind_icon(kind))
        };
        look.columns.fields.iter().enumerate().map(item).collect()
    };
    let chosen = picker.warn(lost).width(ui.available_width().min(300.0)).ui(ui, items);
    if let Some(chosen) = chosen {
        set_from(draft, &row.path, "Column", None, Expression::Column(chosen));
    }
    let kind = step.as_ref().and_then(|step| {
        step.source.file()?;
        Some(step.source.columns().get(name).map_or(Kind::Text, |format| format.kind))
    });
    if let Some(kind) = kind.filter(|_| !name.is_empty() && !lost) {
        kind_ui(ui, draft, name, kind);
    }
}

/// What the column holds, which formulas need to know.
fn kind_ui(ui: &mut Ui, draft: &mut Draft, column: &str, kind: Kind) {
    ui.horizontal(|ui| {
        ui.label(crate::gui::theme::small("It holds").color(tokens(ui).quiet));
        let label = format!("What {column} holds");
        let picker = Picker::new(Id::unique(("inspector kind", column)), &label, kind.label()).quiet();
        let items = || {
            let kinds = KINDS.iter();
            kinds.map(|kind| PickItem::new(kind.label(), kind.label()).icon(targets::kind_icon(*kind))).collect()
        };
        if let Some(chosen) = picker.icon(targets::kind_icon(kind)).ui(ui, items)
            && let Some(kind) = KINDS.iter().find(|kind| kind.label() == chosen)
        {
            set_kind(draft, column, *kind);
        }
    });
}

fn constant_ui(ui: &mut Ui, draft: &mut Draft, row: &TargetRow, text: &str) {
    let name = format!("Value of {} in every row", row.path);
    let values = row.field.as_ref().map(values).unwrap_or_default();
    if !values.is_empty() {
        let picker = Picker::new(Id::unique(("inspector constant", &row.path)), &name, text).hint("Choose a value…");
        let (response, chosen) = picker.width(ui.available_width().min(300.0)).show(ui, || values);
        if std::mem::take(&mut draft.designer.typing.focus) {
            response.request_focus();
        }
        if let Some(chosen) = chosen {
            set_from(draft, &row.path, "Value", None, Expression::Constant(chosen));
        }
        return;
    }
    let mut typed = text.to_owned();
    // With a name of its own it keeps the focus when a problem comes to be known above it.
    let edit = TextEdit::singleline(&mut typed).id(Id::unique(("constant", &row.path)));
    let edit = edit.hint_text("Type a value").desired_width(f32::INFINITY);
    let response = ui.add(edit.margin(Margin::symmetric(8, 5))).accessible_name(&name);
    if std::mem::take(&mut draft.designer.typing.focus) {
        response.request_focus();
    }
    if response.changed() {
        set_from(draft, &row.path, "Value", Some("constant"), Expression::Constant(typed));
    }
    if response.lost_focus() {
        draft.designer.end_stretch();
    }
}

/// The values that a field takes, where it takes only some.
pub(super) fn values(field: &crate::record::Field) -> Vec<PickItem> {
    match field.kind {
        Kind::Boolean => ["true", "false"].map(|value| PickItem::new(value, value)).into(),
        Kind::Picklist | Kind::MultiPicklist => {
            let active = field.values.iter().filter(|value| value.active);
            active
                .map(|value| {
                    let item = PickItem::new(&value.value, &value.label);
                    if value.value == value.label { item } else { item.detail(&value.value) }
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// A quiet line under a field.
pub(super) fn hint_ui(ui: &mut Ui, text: &str) {
    let quiet = tokens(ui).quiet;
    ui.add(egui::Label::new(crate::gui::theme::small(text).color(quiet)).wrap());
}

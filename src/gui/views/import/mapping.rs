//! What goes where: a line for each column, for each field with a constant, and for each field that still needs one.

use super::line::{LINE, Line, Places, at_ui, line_ui, set_constant};
use super::targets;
use crate::connect::file::Inspection;
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::{Design, Draft};
use crate::gui::format;
use crate::gui::parts::{self, Picker, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::mapping::Expression;
use crate::record::Schema;
use egui::{Align, Frame, Id, Layout, Margin, ScrollArea, Sense, Ui, Vec2};
use std::sync::Arc;
pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, file: &Arc<Inspection>) {
    let object = draft.import.object(state).cloned();
    ui.spacing_mut().item_spacing.y = 0.0;
    header_ui(ui, state, draft, out, file, object.as_deref());
    let Some(object) = object else {
        Frame::new().inner_margin(Margin::same(14)).show(ui, |ui| {
            if draft.import.design.object.is_empty() && !draft.import.guessing(state) {
                parts::empty_ui(ui, icon::DATABASE, "Choose the object that the rows go into, above", None);
            } else {
                parts::waiting_ui(ui, "Asking the org for its fields", 8);
            }
        });
        return;
    };
    let lines = lines(&draft.import.design, file, &object);
    let words = draft.import.filter.to_lowercase();
    let unmapped = draft.import.unmapped_only;
    let fits = |line: &&Line| {
        line.fits(file, &words)
            && (!unmapped || matches!(line, Line::Missing(_) | Line::Column(_, None) | Line::Lost(_)))
    };
    let shown: Vec<&Line> = lines.iter().filter(fits).collect();
    if shown.is_empty() {
        let sentence = if unmapped { "Every column has a target" } else { "No column or field is called so" };
        parts::empty_ui(ui, icon::CHECK, sentence, None);
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut area = ScrollArea::vertical().id_salt("mapping lines").auto_shrink([false, false]);
    let focus = draft.import.focus.take();
    let wanted = |line: &&Line| {
        focus.as_deref().is_some_and(|focus| line.target().is_some_and(|it| it.eq_ignore_ascii_case(focus)))
    };
    let go_to = shown.iter().position(wanted);
    if let Some(at) = go_to {
        area = area.vertical_scroll_offset((at as f32 - 3.0).max(0.0) * LINE);
    }
    area.show_rows(ui, LINE, shown.len() + 1, |ui, range| {
        for index in range {
            match shown.get(index) {
                Some(line) => line_ui(ui, draft, file, &object, line, go_to == Some(index)),
                None => add_ui(ui, draft, &object),
            }
        }
    });
}

/// How old the object's description is, behind the button that asks for a new one.
fn age_ui(ui: &mut Ui, state: &State, draft: &Draft, out: &mut Outbox) {
    let (org, object) = (&draft.import.design.org, &draft.import.design.object);
    let Some(described) = state.describe(org, object).and_then(|fact| fact.here()) else { return };
    let age = format::ago(described.described_at, state.now);
    let help = format!("Read the fields of {object} again; they were read {age}");
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if Press::icon_only(icon::REFRESH_CW, &help).low().ui(ui).clicked() {
            out.push(Command::Describe { org: org.clone(), object: object.clone(), refresh: true });
        }
    });
}

fn header_ui(
    ui: &mut Ui,
    state: &State,
    draft: &mut Draft,
    out: &mut Outbox,
    file: &Inspection,
    object: Option<&Schema>,
) {
    let quiet = tokens(ui).quiet;
    Frame::new().inner_margin(Margin { left: 14, right: 10, top: 8, bottom: 8 }).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        ui.horizontal(|ui| {
            ui.label(theme::medium("Mapping").color(tokens(ui).strong));
            let design = &draft.import.design;
            let all = file.columns.fields.len() as u64;
            let used = file.columns.fields.iter().filter(|column| design.mapping.uses(&column.name)).count() as u64;
            let coverage = format!("{} of {} used", format::number(used), format::count(all, "column", "columns"));
            ui.label(theme::small(coverage).color(quiet));
            if let Some(object) = object {
                let required = object.fields.iter().filter(|field| design.creates() && field.required).count();
                let missing = design.missing(object).len();
                if missing > 0 {
                    let text = format!("{missing} required missing");
                    parts::pill_ui(ui, Meaning::Attention, icon::ASTERISK, &text);
                } else if required > 0 && ui.available_width() > 170.0 {
                    ui.label(theme::small(format!("required {required} of {required}")).color(quiet));
                }
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 2.0;
                let redo = Press::icon_only(icon::REDO_2, "Do again").low().enabled(draft.import.can_redo());
                if redo.ui(ui).clicked() {
                    draft.import.redo();
                }
                let undo =
                    Press::icon_only(icon::UNDO_2, "Take back the last change").low().enabled(draft.import.can_undo());
                if undo.ui(ui).clicked() {
                    draft.import.undo();
                }
            });
        });
        ui.horizontal(|ui| {
            let unmapped = all_unmapped(&draft.import.design, file);
            let label = format!("Unmapped {}", format::number(unmapped));
            let mut focus = std::mem::take(&mut draft.focus_filter);
            let width = (ui.available_width() - 150.0).clamp(90.0, 260.0);
            parts::filter_ui(ui, "Narrow columns and fields", width, &mut draft.import.filter, &mut focus);
            let only = draft.import.unmapped_only;
            if Press::new(&label).chosen(only).ui(ui).clicked() {
                draft.import.unmapped_only = !only;
            }
            age_ui(ui, state, draft, out);
        });
    });
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 24.0), Sense::hover());
    let tokens = tokens(ui);
    ui.painter().rect_filled(rect, 0.0, tokens.sunken);
    let places = Places::of(rect);
    for (place, text) in [(places.name, "Column"), (places.sample, "Sample"), (places.target, "Field")] {
        parts::grid::elided(ui, place, text, theme::medium_font(theme::SMALL), tokens.quiet, false);
    }
    parts::grid::elided(ui, places.filled, "Filled", theme::medium_font(theme::SMALL), tokens.quiet, true);
}

fn all_unmapped(design: &Design, file: &Inspection) -> u64 {
    file.columns.fields.iter().filter(|column| !design.mapping.uses(&column.name)).count() as u64
}

/// What needs a look first, then the columns in the order of the file, then constants.
fn lines(design: &Design, file: &Inspection, object: &Schema) -> Vec<Line> {
    let mut lines: Vec<Line> = design.missing(object).into_iter().cloned().map(Line::Missing).collect();
    let has = |name: &str| file.columns.fields.iter().any(|column| column.name == name);
    for rule in &design.mapping.rules {
        if let Expression::Column(column) = &rule.from
            && !has(column)
        {
            lines.push(Line::Lost(rule.clone()));
        }
    }
    for (index, column) in file.columns.fields.iter().enumerate() {
        let mut rules = design
            .mapping
            .rules
            .iter()
            .filter(|rule| matches!(&rule.from, Expression::Column(name) if *name == column.name))
            .peekable();
        if rules.peek().is_none() {
            lines.push(Line::Column(index, None));
        }
        lines.extend(rules.map(|rule| Line::Column(index, Some(rule.clone()))));
    }
    let constants = design.mapping.rules.iter().filter(|rule| matches!(rule.from, Expression::Constant(_)));
    lines.extend(constants.cloned().map(Line::Constant));
    lines
}

/// The last line: a field that no column holds.
fn add_ui(ui: &mut Ui, draft: &mut Draft, object: &Schema) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), LINE), Sense::hover());
    let inner = rect.shrink2(Vec2::new(14.0, 0.0));
    at_ui(ui, inner, |ui| {
        let picker = Picker::new(Id::unique("add constant"), "Set a field to the same value in every row", "");
        let picker =
            picker.hint("Set a field to the same value in every row…").icon(icon::PLUS).quiet().list_width(460.0);
        if let Some(target) = picker.ui(ui, || targets::items(&draft.import.design, object, None)) {
            set_constant(draft, &target);
        }
    });
}

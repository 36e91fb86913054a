//! Conditions, order and limit, the query that comes of it, and what it gives.

use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, PickItem, Picker, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::record::{Kind, Schema};
use crate::workspace::{ApiWish, Condition, Peek, Test};
use egui::{DragValue, Grid, Id, Label, ScrollArea, TextEdit, Ui};
use std::sync::Arc;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    if draft.export.typed.is_some() {
        typed_ui(ui, state, draft, out);
        return;
    }
    let Some(object) = draft.export.object(state).cloned() else { return };
    conditions_ui(ui, state, draft, &object);
    order_ui(ui, draft, &object);
    let text = draft.export.soql(state).unwrap_or_else(|why| format!("{why}."));
    parts::well(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.add(Label::new(theme::mono(text).color(tokens(ui).text)).wrap().selectable(true));
    });
}

fn typed_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let Some(typed) = &mut draft.export.typed else { return };
    let edit = TextEdit::multiline(typed).code_editor().desired_rows(5).desired_width(f32::INFINITY);
    ui.add(edit.hint_text("SELECT Id, Name FROM Account WHERE …")).accessible_name("Query to export");
    if Press::new("Look at it").icon(icon::EYE).ui(ui).clicked() {
        draft.export.look_now(state, out);
    }
}

fn conditions_ui(ui: &mut Ui, state: &State, draft: &mut Draft, object: &Arc<Schema>) {
    let many = draft.export.design.conditions.len() > 1;
    ui.horizontal(|ui| {
        ui.label(theme::medium("Only records where").color(tokens(ui).strong));
        if many {
            for (any, name) in [(false, "all hold"), (true, "one holds")] {
                if Press::new(name).low().chosen(draft.export.design.any == any).ui(ui).clicked() {
                    draft.export.design.any = any;
                }
            }
        }
    });
    let mut gone = None;
    for at in 0..draft.export.design.conditions.len() {
        let kind = draft.export.kind_of(state, &draft.export.design.conditions[at].field);
        if condition_ui(ui, &mut draft.export.design.conditions[at], at, object, kind) {
            gone = Some(at);
        }
    }
    if let Some(at) = gone {
        draft.export.design.conditions.remove(at);
    }
    if Press::new("Add a condition").icon(icon::PLUS).low().ui(ui).clicked() {
        let condition = Condition { field: String::new(), test: Test::Is, value: String::new() };
        draft.export.design.conditions.push(condition);
    }
}

/// One condition; says whether it goes away.
fn condition_ui(ui: &mut Ui, condition: &mut Condition, at: usize, object: &Schema, kind: Option<Kind>) -> bool {
    let mut gone = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let number = at + 1;
        let name = format!("Field of condition {number}");
        if let Some(field) = field_picker(ui, Id::unique(("condition field", at)), &name, &condition.field, object) {
            condition.field = field;
        }
        let kind = kind.unwrap_or(Kind::Text);
        if !condition.test.fits(kind) {
            condition.test = Test::Is;
        }
        let name = format!("Comparison of condition {number}");
        let tests = || Test::ALL.into_iter().filter(|test| test.fits(kind));
        let items = || tests().map(|test| PickItem::new(test.label(), test.label())).collect();
        let picker = Picker::new(Id::unique(("condition test", at)), &name, condition.test.label()).list_width(180.0);
        if let Some(chosen) = picker.ui(ui, items)
            && let Some(test) = tests().find(|test| test.label() == chosen)
        {
            condition.test = test;
        }
        if condition.test.takes_value() {
            let hint = match kind {
                Kind::Date => "2026-01-31 or LAST_N_DAYS:7",
                Kind::DateTime => "2026-01-31 or TODAY",
                Kind::Boolean => "true or false",
                _ => "Value",
            };
            let edit = TextEdit::singleline(&mut condition.value).hint_text(hint).desired_width(180.0);
            let edit = edit.margin(egui::Margin::symmetric(8, 5));
            ui.add(edit).accessible_name(format!("Value of condition {number}"));
        }
        let name = format!("Remove condition {number}");
        gone = Press::icon_only(icon::X, &name).low().ui(ui).clicked();
    });
    gone
}

fn field_picker(ui: &mut Ui, id: Id, name: &str, shown: &str, object: &Schema) -> Option<String> {
    let label = object.field(shown).map_or(shown, |field| field.label.as_str());
    let items = || {
        let fields = object.fields.iter().filter(|field| !matches!(field.kind, Kind::Base64 | Kind::Compound));
        let item = |field: &crate::record::Field| {
            let mut item = PickItem::new(&field.name, &field.label).detail(&field.name);
            item.why_not = (!field.filterable).then(|| "Salesforce cannot search by it".to_owned());
            item
        };
        fields.map(item).collect()
    };
    Picker::new(id, name, label).hint("Choose a field…").list_width(380.0).ui(ui, items)
}

fn order_ui(ui: &mut Ui, draft: &mut Draft, object: &Schema) {
    let design = &mut draft.export.design;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.label("Ordered by");
        let (shown, mut down) = design.order.clone().unwrap_or_default();
        if let Some(field) = field_picker(ui, Id::unique("export order"), "Order by", &shown, object) {
            design.order = Some((field, down));
        }
        if design.order.is_some() {
            if ui.checkbox(&mut down, "greatest first").changed() {
                design.order = Some((shown, down));
            }
            if Press::icon_only(icon::X, "No order").low().ui(ui).clicked() {
                design.order = None;
            }
        }
        let mut limited = design.limit.is_some();
        if ui.checkbox(&mut limited, "at most").changed() {
            design.limit = limited.then_some(1_000);
        }
        if let Some(limit) = &mut design.limit {
            let rows = ui.add(DragValue::new(limit).range(1..=100_000_000));
            rows.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, "Most rows"));
            ui.label("rows");
        }
    });
    let help = "Records in the recycle bin, and archived tasks and events";
    parts::check_ui(ui, &mut draft.export.deleted, "Deleted records too", help);
}

/// Which API, where a person wants to say.
fn api_ui(ui: &mut Ui, draft: &mut Draft) {
    ui.label(theme::small("API").color(tokens(ui).quiet));
    for (wish, name, help) in [
        (ApiWish::Auto, "By itself", "REST for few rows, a Bulk query for many"),
        (ApiWish::Rest, "REST", "Pages of up to 2,000 rows, at once"),
        (ApiWish::Bulk, "Bulk 2.0", "A query job, unless it does not take the query"),
    ] {
        if Press::new(name).low().chosen(draft.export.api == wish).ui(ui).on_hover_text(help).clicked() {
            draft.export.api = wish;
        }
    }
}

/// How many rows, how they would come, and the first ones.
pub(super) fn answer_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    if draft.export.soql(state).is_err() {
        return;
    }
    let answer = state.exports.looked.as_ref().filter(|_| draft.export.is_current(state)).map(|(_, answer)| answer);
    match answer {
        None if draft.export.typed.is_some() => {}
        None => parts::waiting_ui(ui, "Counting the rows", 4),
        Some(Err(error)) => parts::error_ui(ui, error, out, |_| {}),
        Some(Ok(answer)) => {
            let (estimate, peek) = answer.as_ref();
            let rows = estimate.rows.map_or_else(
                || "Rows that cannot be counted beforehand".to_owned(),
                |rows| format::count(rows, "row", "rows"),
            );
            ui.horizontal_wrapped(|ui| {
                ui.label(theme::title(&rows).color(tokens(ui).strong));
                ui.label(theme::small(format!("{}.", estimate.why)).color(tokens(ui).quiet));
            });
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                api_ui(ui, draft);
            });
            if peek.rows.is_empty() {
                parts::note_ui(ui, Meaning::Information, "No record meets the conditions");
            } else {
                peek_ui(ui, peek);
            }
        }
    }
}

fn peek_ui(ui: &mut Ui, peek: &Peek) {
    let tokens = tokens(ui);
    parts::card(ui).show(ui, |ui| {
        ScrollArea::horizontal().id_salt("first rows").show(ui, |ui| {
            Grid::new("first rows").striped(true).spacing([18.0, 4.0]).show(ui, |ui| {
                for column in &peek.columns {
                    ui.label(theme::medium(column).size(theme::SMALL).color(tokens.quiet));
                }
                ui.end_row();
                for row in &peek.rows {
                    for cell in row {
                        let text = format::middle(&format::one_line(cell), 48);
                        ui.label(theme::small(text).color(tokens.text));
                    }
                    ui.end_row();
                }
            });
        });
    });
}

//! How the step is loaded: operation, how records are found, where the rows come from, and every option of the run.

use super::from::hint_ui;
use super::{both_ways, find, part_ui, terms};
use crate::connect::Operation;
use crate::connect::changes::Changes;
use crate::gui::draft::{Draft, Purpose};
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::gui::views::designer::add::OPERATIONS;
use crate::gui::views::designer::problems::sentence;
use crate::gui::views::options;
use crate::integration::Step;
use egui::{Align, Layout, Ui};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let Some(step) = draft.designer.at().cloned() else { return };
    let how = if step.sync.is_some() { "synced" } else { "loaded" };
    ui.horizontal(|ui| {
        ui.label(theme::title(format!("How {} is {how}", step.object)).color(tokens(ui).strong));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if Press::icon_only(icon::X, "Close the inspector").low().ui(ui).clicked() {
                draft.designer.inspector = false;
            }
        });
    });
    hint_ui(ui, "Choose a field or a wire to see its rule");
    both_ways::switch_ui(ui, state, draft, &step);
    if let Some(sync) = step.sync.as_deref() {
        both_ways::ui(ui, state, draft, &step, sync);
        ui.add_space(4.0);
        ui.separator();
        return terms::formulas_ui(ui, draft);
    }
    part_ui(ui, "Operation");
    let what = OPERATIONS.iter().find(|it| it.0 == step.operation).map_or("", |(.., what)| *what);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (operation, name, what) in OPERATIONS {
            let press = Press::new(name).low().chosen(step.operation == operation);
            if press.ui(ui).on_hover_text(what).clicked() {
                draft.designer.change_step(format!("{name} {}", step.object), |step| step.operation = operation);
            }
        }
    });
    hint_ui(ui, &sentence(what));
    let object = draft.designer.object(state).cloned();
    if step.operation != Operation::Insert
        && let Some(object) = object
    {
        find::ui(ui, state, draft, &step, &object);
    }
    part_ui(ui, "Rows from");
    ui.label(theme::mono(step.source.name()).color(tokens(ui).text));
    if let Some(file) = step.source.file() {
        hint_ui(ui, &file.path.display().to_string());
        if Press::new("Replace file…")
            .icon(icon::FILE_INPUT)
            .low()
            .ui(ui)
            .on_hover_text("The same again with another file")
            .clicked()
        {
            draft.ask_for_file(Purpose::ReplaceSource, "");
        }
    }
    if let Some(query) = step.source.query() {
        hint_ui(ui, &query.soql);
        let mut only = query.changes.is_some();
        let help = "By SystemModstamp, from where the last complete run ended; everything the first time";
        if parts::check_ui(ui, &mut only, "Only what has changed since the last run", help) {
            draft.designer.change_step("What is read of the query", |step| {
                if let Some(query) = step.source.query_mut() {
                    query.changes = only.then(Changes::default);
                }
            });
        }
    }
    options_ui(ui, state, draft, &step);
    ui.add_space(4.0);
    ui.separator();
    terms::formulas_ui(ui, draft);
}

/// How it runs.
fn options_ui(ui: &mut Ui, state: &State, draft: &mut Draft, step: &Step) {
    let schema = draft.designer.object(state).cloned();
    let mut wanted = step.options.clone();
    let of = options::Of {
        operation: step.operation,
        find: &step.find,
        object: &step.object,
        schema: schema.as_deref(),
        rows: draft.designer.file(state).and_then(|look| look.rows),
        changes: step.source.query().is_some_and(|query| query.changes.is_some()),
        kept: None,
    };
    match options::ui(ui, &of, &mut wanted) {
        None => {}
        Some(changed) if changed.typed => {
            draft.designer.type_step(changed.what, changed.what, |step| step.options = wanted);
        }
        Some(changed) => draft.designer.change_step(changed.what, |step| step.options = wanted),
    }
}

//! How the step is loaded: operation, how records are found, where the rows come from, and every option of the run.

use super::from::hint_ui;
use super::{find, part_ui, terms};
use crate::connect::Operation;
use crate::gui::draft::Draft;
use crate::gui::parts::Press;
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::gui::views::designer::add::OPERATIONS;
use crate::gui::views::designer::problems::sentence;
use crate::gui::views::options;
use crate::integration::Step;
use egui::{Align, Layout, Ui};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let Some(step) = draft.designer.at().cloned() else { return };
    ui.horizontal(|ui| {
        ui.label(theme::title(format!("How {} is loaded", step.object)).color(tokens(ui).strong));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if Press::icon_only(icon::X, "Close the inspector").low().ui(ui).clicked() {
                draft.designer.inspector = false;
            }
        });
    });
    hint_ui(ui, "Choose a field or a wire to see its rule");
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
        fields: step.mapping.rules.len(),
    };
    match options::ui(ui, &of, &mut wanted) {
        None => {}
        Some(changed) if changed.typed => {
            draft.designer.type_step(changed.what, changed.what, |step| step.options = wanted);
        }
        Some(changed) => draft.designer.change_step(changed.what, |step| step.options = wanted),
    }
}

//! How the step is loaded: operation, how records are found, what rows of the same record do, and where the rows come from.

use super::from::hint_ui;
use super::{again, find, part_ui, terms};
use crate::connect::Operation;
use crate::gui::draft::Draft;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::gui::views::designer::add::OPERATIONS;
use crate::gui::views::designer::problems::sentence;
use crate::gui::views::options;
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
    if step.operation == Operation::Upsert {
        let mut create = step.options.create;
        if parts::check_ui(
            ui,
            &mut create,
            "Make records that are missing",
            "A row that finds no record makes one; else it is held",
        ) {
            draft.designer.change_step("Make missing records", |step| step.options.create = create);
        }
    }
    let mut options = step.options.clone();
    let changes = step.source.query().is_some_and(|query| query.changes.is_some());
    let about = options::About { operation: step.operation, object: &step.object, find: &step.find, changes };
    options::ui(ui, &about, &mut options);
    let what = options::change(&step.options, &options);
    draft.designer.type_step(what, what, |step| step.options = options);
    again::ui(ui, draft, &step);
    terms::formulas_ui(ui, draft);
    part_ui(ui, "Rows from");
    ui.label(theme::mono(step.source.name()).color(tokens(ui).text));
    if let Some(file) = step.source.file() {
        hint_ui(ui, &file.path.display().to_string());
    }
}

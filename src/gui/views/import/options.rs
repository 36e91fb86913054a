//! How the run will go: every option, with what it does.

use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{icon, tokens};
use crate::gui::views::options;
use crate::integration::Options;
use egui::{DragValue, Frame, Margin, Panel, ScrollArea, Stroke, Ui};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let ground = Frame::new().fill(tokens(ui).surface).inner_margin(Margin { left: 16, right: 8, top: 12, bottom: 8 });
    Panel::right("options").exact_size(336.0).resizable(false).frame(ground).show(ui, |ui| {
        let edge = ui.max_rect().expand(16.0);
        ui.painter().hline(edge.x_range(), edge.top(), Stroke::new(1.0, tokens(ui).hairline));
        ui.painter().vline(edge.left(), edge.y_range(), Stroke::new(1.0, tokens(ui).hairline));
        let changed = options::changed(&draft.import.design.options);
        parts::section_ui(ui, "Options", |ui| {
            if Press::icon_only(icon::X, "Close the options").ui(ui).clicked() {
                draft.import.options_open = false;
            }
            let reset = format!("Reset {}", format::count(changed, "option", "options"));
            if changed > 0 && Press::new(&reset).icon(icon::ROTATE_CCW).low().quiet().ui(ui).clicked() {
                draft.import.change(|design| design.options = Options::default());
            }
        });
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            let right = Margin { right: 12, bottom: 16, ..Margin::ZERO };
            Frame::new().inner_margin(right).show(ui, |ui| sheet_ui(ui, state, draft));
        });
    });
}

fn sheet_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    ui.horizontal(|ui| {
        let label = ui.label("Rows of a trial run");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add(DragValue::new(&mut draft.import.trial).range(1..=100_000)).labelled_by(label.id);
        });
    });
    let design = &draft.import.design;
    let mut wanted = design.options.clone();
    let of = options::Of {
        operation: design.operation,
        find: &design.find,
        object: &design.object,
        schema: draft.import.object(state).map(AsRef::as_ref),
        rows: draft.import.file(state).and_then(|file| file.rows),
        changes: false,
        fields: design.mapping.rules.len(),
    };
    if let Some(changed) = options::ui(ui, &of, &mut wanted) {
        let stretch = changed.typed.then_some(changed.what);
        draft.import.change_in(stretch, |design| design.options = wanted);
    }
}

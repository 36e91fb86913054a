//! The conflict that is looked at: what it is, what both ends hold, what comes of it, and what happened to it.

use super::{actions, claims, fields, head, history, keys, whole};
use crate::gui::command::Outbox;
use crate::gui::conflicts::Pane;
use crate::gui::draft::Draft;
use crate::gui::state::State;
use crate::gui::theme::tokens;
use crate::sync::MatterKind;
use crate::workspace::ConflictStory;
use egui::{CentralPanel, Frame, Margin, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, story: &ConflictStory) {
    actions::ui(ui, state, draft, out, story);
    let ground = Frame::new().fill(tokens(ui).canvas);
    CentralPanel::default().frame(ground).show(ui, |ui| {
        let edge = ui.max_rect();
        ui.painter().vline(edge.left(), edge.y_range(), Stroke::new(1.0, tokens(ui).hairline));
        let focus = ui.interact(edge, keys::fields_id(), Sense::focusable_noninteractive());
        let said = format!("What both ends hold of {}", story.conflict.matter.name);
        focus.widget_info(|| WidgetInfo::labeled(Role::Grid, true, &said));
        super::list::keep_arrows(ui, keys::fields_id());
        if draft.conflicts.pane == Pane::Fields && std::mem::take(&mut draft.conflicts.focus) {
            focus.request_focus();
        }
        let area = ScrollArea::vertical().id_salt(("conflict", story.conflict.card.id.0)).auto_shrink([false, false]);
        area.show(ui, |ui| {
            let margin = Margin { left: 20, right: 20, top: 14, bottom: 20 };
            Frame::new().inner_margin(margin).show(ui, |ui| {
                ui.set_width(ui.available_width());
                head::ui(ui, state, draft, out, story);
                ui.add_space(6.0);
                let under_keys = keys::moves_through(ui, draft, Pane::Fields);
                match story.conflict.matter.kind {
                    MatterKind::Fields | MatterKind::Formatting => fields::ui(ui, state, draft, story, under_keys),
                    MatterKind::DeletedLeft | MatterKind::DeletedRight => {
                        whole::ui(ui, draft, story);
                        fields::held_ui(ui, state, draft, story);
                    }
                    MatterKind::Ambiguous => claims::ui(ui, draft, story, under_keys),
                }
                fields::in_step_ui(ui, draft, story);
                history::ui(ui, state, draft, story);
            });
        });
    });
}

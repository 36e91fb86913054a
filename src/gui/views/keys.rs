//! The list of keys.

use crate::gui::action::{self, ACTIONS, OTHER_KEYS};
use crate::gui::draft::Draft;
use crate::gui::parts::{self, Press};
use crate::gui::theme::{self, icon, tokens};
use egui::{Id, Modal, Ui};

pub(super) fn ui(ui: &Ui, draft: &mut Draft) {
    if !draft.keys_open {
        return;
    }
    let veil = tokens(ui).veil;
    let modal = Modal::new(Id::unique("keys")).backdrop_color(veil).frame(parts::dialog(ui)).show(ui.ctx(), |ui| {
        ui.set_width(460.0);
        parts::section_ui(ui, "Keys", |ui| {
            if Press::icon_only(icon::X, "Close").ui(ui).clicked() {
                ui.close();
            }
        });
        ui.add_space(4.0);
        let most = ui.ctx().content_rect().height() * 0.7;
        egui::ScrollArea::vertical().max_height(most).min_scrolled_height(most).show(ui, |ui| {
            egui::Grid::new("keys").num_columns(2).spacing([24.0, 7.0]).show(ui, |ui| {
                let lines = ACTIONS.iter().filter_map(|info| Some((action::key_text(&info.key?), info.name)));
                let other = OTHER_KEYS.iter().map(|(keys, what)| ((*keys).to_owned(), *what));
                for (keys, what) in lines.chain(other) {
                    ui.label(theme::mono(keys).color(tokens(ui).strong));
                    ui.label(what.trim_end_matches('…'));
                    ui.end_row();
                }
            });
        });
    });
    if modal.should_close() {
        draft.keys_open = false;
    }
}

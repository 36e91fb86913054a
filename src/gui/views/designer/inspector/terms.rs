//! What all formulas of the integration go by.

use super::from::hint_ui;
use super::part_ui;
use crate::formula::Blanks;
use crate::gui::draft::Draft;
use crate::gui::parts::{self, PickItem, Picker};
use crate::gui::theme::Meaning;
use egui::{Id, Margin, TextEdit, Ui};

const BLANKS: [(Blanks, &str, &str, &str); 2] = [
    (Blanks::Zero, "zero", "Counts as 0", "As in Salesforce: a blank number counts as 0 and is never blank"),
    (Blanks::Blank, "blank", "Stays blank", "A blank number makes whatever is computed with it blank"),
];

/// What all formulas of the integration go by.
pub(super) fn formulas_ui(ui: &mut Ui, draft: &mut Draft) {
    let terms = draft.designer.integration().formulas.clone();
    part_ui(ui, "A blank number in a formula, in all steps");
    let (_, _, shown, why) = BLANKS.iter().find(|it| it.0 == terms.blanks).unwrap_or(&BLANKS[0]);
    let items = || BLANKS.iter().map(|(_, key, words, _)| PickItem::new(*key, *words)).collect();
    let picker = Picker::new(Id::unique("designer blanks"), "A blank number in a formula", shown);
    if let Some(chosen) = picker.width(ui.available_width().min(300.0)).ui(ui, items)
        && let Some((blanks, ..)) = BLANKS.iter().find(|(_, key, ..)| *key == chosen)
    {
        draft.designer.change("Blanks in formulas", |integration| integration.formulas.blanks = *blanks);
    }
    hint_ui(ui, why);
    part_ui(ui, "Time zone of the formulas, in all steps");
    let mut zone = terms.time_zone.clone();
    let edit = TextEdit::singleline(&mut zone).hint_text("Europe/Berlin").desired_width(f32::INFINITY);
    let response = ui.add(edit.margin(Margin::symmetric(8, 5))).accessible_name("Time zone of the formulas");
    if response.changed() {
        draft.designer.type_all("Time zone", "time zone", |integration| integration.formulas.time_zone = zone);
    }
    if response.lost_focus() {
        draft.designer.end_stretch();
    }
    if jiff::tz::TimeZone::get(&terms.time_zone).is_ok() {
        hint_ui(ui, "TODAY() and DATEVALUE() tell the day there");
    } else {
        let text = format!("There is no time zone {}. Write it as in Europe/Berlin, or UTC", terms.time_zone);
        parts::note_ui(ui, Meaning::Bad, &text);
    }
}

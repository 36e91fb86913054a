//! What rows of the same record do, what empties a field, and what all formulas of the integration go by.

use super::from::hint_ui;
use super::part_ui;
use crate::formula::Blanks;
use crate::gui::draft::Draft;
use crate::gui::parts::{self, PickItem, Picker};
use crate::gui::theme::Meaning;
use crate::integration::{Duplicates, Step};
use egui::{Id, Margin, TextEdit, Ui};

const DUPLICATES: [(Duplicates, &str, &str, &str); 3] = [
    (
        Duplicates::Reject,
        "reject",
        "Keeps them from being sent",
        "None of them is sent, and each is listed with the reason",
    ),
    (
        Duplicates::First,
        "first",
        "Only the first counts",
        "The first is sent; the others are skipped, and listed as skipped",
    ),
    (
        Duplicates::Last,
        "last",
        "Only the last counts",
        "The last is sent; the others are skipped, and listed as skipped",
    ),
];

const BLANKS: [(Blanks, &str, &str, &str); 2] = [
    (Blanks::Zero, "zero", "Counts as 0", "As in Salesforce: a blank number counts as 0 and is never blank"),
    (Blanks::Blank, "blank", "Stays blank", "A blank number makes whatever is computed with it blank"),
];

/// What rows of the same record do.
pub(super) fn rows_ui(ui: &mut Ui, draft: &mut Draft, step: &Step) {
    part_ui(ui, "Rows about the same record");
    let (_, _, shown, why) = DUPLICATES.iter().find(|it| it.0 == step.options.duplicates).unwrap_or(&DUPLICATES[0]);
    let items = || DUPLICATES.iter().map(|(_, key, words, _)| PickItem::new(*key, *words)).collect();
    let picker = Picker::new(Id::unique("designer duplicates"), "Rows about the same record", shown);
    if let Some(chosen) = picker.width(ui.available_width().min(300.0)).ui(ui, items)
        && let Some((duplicates, ..)) = DUPLICATES.iter().find(|(_, key, ..)| *key == chosen)
    {
        draft.designer.change_step("Rows about the same record", |step| step.options.duplicates = *duplicates);
    }
    hint_ui(ui, why);
}

/// The text that empties a field.
pub(super) fn mark_ui(ui: &mut Ui, draft: &mut Draft, step: &Step) {
    let mut mark = step.options.clear_mark;
    let help = "As in Data Loader. Where #N/A is meant as text, the Bulk API cannot carry it, and the row is held";
    if parts::check_ui(ui, &mut mark, "#N/A empties the field", help) {
        draft.designer.change_step("What #N/A means", |step| step.options.clear_mark = mark);
    }
}

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

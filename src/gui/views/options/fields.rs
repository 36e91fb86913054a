//! Small fields of options: a number, one that may be left to the program, a time of the day.

use super::help_ui;
use egui::{Align, DragValue, Layout, Ui};
use std::ops::RangeInclusive;

pub(super) fn number_ui(ui: &mut Ui, name: &str, help: &str, range: RangeInclusive<u64>, value: &mut u64) {
    ui.horizontal(|ui| {
        let label = ui.label(name);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add(DragValue::new(value).range(range)).labelled_by(label.id);
        });
    });
    if !help.is_empty() {
        help_ui(ui, help);
    }
}

/// A number that is set only where a person wants it; `usual` is what it begins with.
pub(super) fn optional_ui(
    ui: &mut Ui,
    name: &str,
    help: &str,
    (range, usual): (RangeInclusive<u64>, u64),
    value: &mut Option<u64>,
) {
    ui.horizontal(|ui| {
        let mut set = value.is_some();
        let check = ui.checkbox(&mut set, name);
        if check.changed() {
            *value = set.then_some(usual);
        }
        if let Some(value) = value {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add(DragValue::new(value).range(range)).labelled_by(check.id);
            });
        }
    });
    help_ui(ui, help);
}

/// A minute of the day, written as a time.
pub(super) fn time_ui(ui: &mut Ui, name: &str, minute: &mut u16) {
    let label = ui.label(name);
    let time = DragValue::new(minute)
        .range(0..=1_439)
        .speed(5.0)
        .custom_formatter(|minute, _| format!("{:02}:{:02}", minute as u16 / 60, minute as u16 % 60))
        .custom_parser(|text| {
            let (hour, minute) = text.trim().split_once(':').unwrap_or((text.trim(), "0"));
            Some(hour.parse::<f64>().ok()? * 60.0 + minute.parse::<f64>().ok()?)
        });
    ui.add(time).labelled_by(label.id);
}

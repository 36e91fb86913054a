//! Rows that did not get through: when they are tried again by themselves, and when they are given up.

use super::from::hint_ui;
use super::part_ui;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{PickItem, Picker};
use crate::integration::{Step, WhenAgain};
use egui::{Id, Ui};

/// The times offered; others can be set in the integration's file.
const WHEN: [WhenAgain; 5] = [
    WhenAgain::Manual,
    WhenAgain::Every { minutes: 5 },
    WhenAgain::Every { minutes: 30 },
    WhenAgain::Backoff { first: 5, most: 60 },
    WhenAgain::Backoff { first: 60, most: 1_440 },
];

/// The tries offered.
const TRIES: [u32; 6] = [1, 2, 3, 5, 10, 20];

pub(super) fn ui(ui: &mut Ui, draft: &mut Draft, step: &Step) {
    part_ui(ui, "Rows that did not get through");
    let again = &step.options.again;
    let width = ui.available_width().min(300.0);
    let shown = words(again.when);
    let items = || WHEN.iter().map(|when| PickItem::new(words(*when), words(*when))).collect();
    let picker = Picker::new(Id::unique("designer again"), "Tried again", &shown);
    if let Some(chosen) = picker.width(width).ui(ui, items)
        && let Some(when) = WHEN.into_iter().find(|when| words(*when) == chosen)
    {
        draft.designer.change_step("When rows are tried again", |step| step.options.again.when = when);
    }
    hint_ui(ui, "Only what time heals: locks, busy automation, maintenance. Everything else waits under Errors");
    ui.add_space(4.0);
    let tries = |tries: u32| format!("Given up after {}", format::count(u64::from(tries), "try", "tries"));
    let shown = tries(again.tries);
    let items = || TRIES.iter().map(|count| PickItem::new(tries(*count), tries(*count))).collect();
    let picker = Picker::new(Id::unique("designer tries"), "Given up", &shown);
    if let Some(chosen) = picker.width(width).ui(ui, items)
        && let Some(count) = TRIES.into_iter().find(|count| tries(*count) == chosen)
    {
        draft.designer.change_step("When rows are given up", |step| step.options.again.tries = count);
    }
    hint_ui(ui, "Afterwards they are retried only by hand");
}

fn words(when: WhenAgain) -> String {
    let minutes = |minutes: u32| match minutes {
        1_440 => "a day".to_owned(),
        60 => "an hour".to_owned(),
        minutes => format::count(u64::from(minutes), "minute", "minutes"),
    };
    match when {
        WhenAgain::Manual => "Tried again by hand".to_owned(),
        WhenAgain::Every { minutes: every } => {
            format!("Tried again every {}", format::count(u64::from(every), "minute", "minutes"))
        }
        WhenAgain::Backoff { first, most } => {
            format!("Tried again after {}, then later, up to {}", minutes(first), minutes(most))
        }
    }
}

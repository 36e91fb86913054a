//! Rows that did not get through: when they are tried again by themselves, and when they are given up.

use super::line::{Line, Sheet};
use crate::gui::format;
use crate::integration::WhenAgain;
use egui::Ui;

/// The times offered; others can be set in the integration's file.
const WHEN: [WhenAgain; 5] = [
    WhenAgain::Manual,
    WhenAgain::Every { minutes: 5 },
    WhenAgain::Every { minutes: 30 },
    WhenAgain::Backoff { first: 5, most: 60 },
    WhenAgain::Backoff { first: 60, most: 1_440 },
];

pub(super) fn ui(ui: &mut Ui, sheet: &mut Sheet<'_>) {
    let help = "Only what time heals: locks, busy automation, maintenance. Everything else waits under Errors";
    let shown = words(sheet.options.again.when);
    let choices = WHEN.map(|when| (when, words(when)));
    let line = Line::new("Rows that did not get through", help);
    sheet.list_ui(ui, line, &shown, &choices, |options| &mut options.again.when);
    let line = Line::new("Given up after", "Afterwards they are retried only by hand");
    sheet.line_ui(
        ui,
        line,
        |options| &mut options.again.tries,
        |ui, label, value| {
            let mut tries = u64::from(*value);
            super::line::number(ui, label, 1..=100, &|tries| format::count(tries, "try", "tries"), &mut tries);
            *value = tries.min(100) as u32;
            true
        },
    );
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

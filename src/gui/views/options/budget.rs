//! How much of an org's API requests a run may take, and when.

use super::fields::{number_ui, optional_ui, time_ui};
use super::{group_ui, help_ui};
use crate::integration::{Budget, Quiet};
use egui::Ui;

pub(super) fn ui(ui: &mut Ui, budget: &mut Budget) {
    if group_ui(ui, "API requests", *budget != Budget::default()) {
        *budget = Budget::default();
    }
    let mut share = u64::from(budget.share_of_day);
    let help = "Of what the day has left when the run begins; then it pauses until there is more";
    number_ui(ui, "Share that a run may use, in %", help, 1..=100, &mut share);
    budget.share_of_day = share.min(100) as u8;
    let help = "The run never makes more; it stops before, and can be continued";
    optional_ui(ui, "Never more than so many calls", help, (10..=10_000_000, 1_000), &mut budget.most_calls);
    let mut quiet = budget.quiet.is_some();
    if ui.checkbox(&mut quiet, "Quiet hours").changed() {
        budget.quiet = quiet.then_some(Quiet { from: 8 * 60, to: 18 * 60 });
    }
    if let Some(quiet) = &mut budget.quiet {
        ui.horizontal(|ui| {
            time_ui(ui, "from", &mut quiet.from);
            time_ui(ui, "to", &mut quiet.to);
        });
    }
    help_ui(ui, "Nothing is sent in them: the run pauses, and goes on by itself");
}

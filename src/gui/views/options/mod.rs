//! Every option of a step, each with a sentence that says what it does: on the screen of imports and in the designer.

mod absent;
mod budget;
mod fields;

use crate::connect::{Api, Operation};
use crate::gui::format;
use crate::gui::parts::{self, PickItem, Picker, Press};
use crate::gui::theme::{self, icon, tokens};
use crate::integration::{BULK_FROM_ROWS, Duplicates, Find, Options};
use egui::{Id, Label, Ui};
use fields::{number_ui, optional_ui};

/// What is to be known of a step to show its options.
pub(super) struct About<'a> {
    /// What it does.
    pub(super) operation: Operation,
    /// The object.
    pub(super) object: &'a str,
    /// How records are found.
    pub(super) find: &'a Find,
    /// Whether its source is read only for what has changed.
    pub(super) changes: bool,
}

/// All options, in groups.
pub(super) fn ui(ui: &mut Ui, about: &About<'_>, options: &mut Options) {
    ui.spacing_mut().item_spacing.y = 8.0;
    sending_ui(ui, about, options);
    rows_ui(ui, about, options);
    safety_ui(ui, about, options);
    if matches!(about.operation, Operation::Update | Operation::Upsert) {
        absent::ui(ui, about, options);
    }
    budget::ui(ui, &mut options.budget);
    patience_ui(ui, options);
}

/// The heading of a group, with a way back to what is usual once something in it was changed.
fn group_ui(ui: &mut Ui, name: &str, changed: bool) -> bool {
    ui.add_space(6.0);
    let mut reset = false;
    ui.horizontal(|ui| {
        ui.label(theme::medium(name).color(tokens(ui).strong));
        if changed {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let name = format!("Reset {}", name.to_lowercase());
                let press = Press::new("Reset").icon(icon::UNDO_2).low().quiet().name(&name);
                reset = press.ui(ui).on_hover_text("Back to what is usual").clicked();
            });
        }
    });
    reset
}

/// What a person changed, in words.
pub(super) fn change(before: &Options, after: &Options) -> &'static str {
    match () {
        () if before.duplicates != after.duplicates => "Rows about the same record",
        () if before.clear_mark != after.clear_mark => "What #N/A means",
        () if before.api != after.api => "The API",
        () if before.absent != after.absent => "Records no longer in the source",
        () if before.budget != after.budget => "API requests",
        () if before.retry != after.retry => "Patience with a busy org",
        () if before.keep_before != after.keep_before => "Whether former values are kept",
        () if before.skip_equal != after.skip_equal => "Equal records",
        () => "Options",
    }
}

fn help_ui(ui: &mut Ui, text: &str) {
    ui.add(Label::new(theme::small(text).color(tokens(ui).quiet)).wrap());
}

fn sending_ui(ui: &mut Ui, about: &About<'_>, options: &mut Options) {
    let usual = Options::default();
    let of = |options: &Options| (options.api, options.rows_per_call, options.parallel, options.all_or_none);
    if group_ui(ui, "Sending", of(options) != of(&usual)) {
        (options.api, options.rows_per_call, options.parallel, options.all_or_none) = of(&usual);
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (choice, name) in [(None, "By itself"), (Some(Api::Rest), "REST"), (Some(Api::Bulk), "Bulk 2.0")] {
            if Press::new(name).low().chosen(options.api == choice).ui(ui).clicked() {
                options.api = choice;
            }
        }
    });
    // What only one of the two can do decides, even against a choice.
    let forced = [0, BULK_FROM_ROWS].map(|rows| options.api_for(about.operation, about.object, rows));
    let help = match (&forced, options.api) {
        ([(few, why), (many, _)], chosen) if few == many && chosen != Some(*few) => format!("{why}."),
        (_, None) => format!(
            "REST below {} rows, which answers at once; Bulk 2.0 from there, which takes any number.",
            format::number(BULK_FROM_ROWS)
        ),
        (_, Some(Api::Rest)) => "Up to 200 rows in a call, answered at once.".to_owned(),
        (_, Some(Api::Bulk)) => "Jobs of any size; Salesforce answers when a job ends.".to_owned(),
    };
    help_ui(ui, &help);
    let mut rows = u64::from(options.rows_per_call);
    number_ui(
        ui,
        "Rows in a REST call",
        "Fewer rows help where automation is slow or reaches its limits",
        1..=200,
        &mut rows,
    );
    options.rows_per_call = rows.min(200) as u16;
    let mut parallel = options.parallel.map(u64::from);
    let help = "By itself 4 calls or 3 jobs; 1 where records lock each other";
    optional_ui(ui, "Set calls or jobs at once", help, (1..=10, 4), &mut parallel);
    options.parallel = parallel.map(|parallel| parallel.min(10) as u8);
    let help = "One bad row undoes its whole REST call";
    parts::check_ui(ui, &mut options.all_or_none, "All rows of a call or none", help);
}

const DUPLICATES: [(Duplicates, &str, &str); 3] = [
    (Duplicates::Reject, "Keeps them from being sent", "None of them is sent, and each is listed with the reason"),
    (Duplicates::First, "Only the first counts", "The first is sent; the others are listed as skipped"),
    (Duplicates::Last, "Only the last counts", "The last is sent; the others are listed as skipped"),
];

fn rows_ui(ui: &mut Ui, about: &About<'_>, options: &mut Options) {
    let usual = Options::default();
    let of = |options: &Options| {
        let rules = (options.assignment_rules, options.save_duplicates);
        (options.duplicates, options.skip_equal, options.clear_mark, options.stop_at_first_bad_row, rules)
    };
    if group_ui(ui, "Rows", of(options) != of(&usual)) {
        let rules;
        (options.duplicates, options.skip_equal, options.clear_mark, options.stop_at_first_bad_row, rules) = of(&usual);
        (options.assignment_rules, options.save_duplicates) = rules;
    }
    if about.operation != Operation::Insert {
        let (_, shown, why) = DUPLICATES.iter().find(|it| it.0 == options.duplicates).unwrap_or(&DUPLICATES[0]);
        ui.label("Rows about the same record");
        let items = || DUPLICATES.iter().map(|(_, words, _)| PickItem::new(*words, *words)).collect();
        let picker = Picker::new(Id::unique("option duplicates"), "Rows about the same record", shown);
        if let Some(chosen) = picker.width(ui.available_width().min(300.0)).ui(ui, items)
            && let Some((duplicates, ..)) = DUPLICATES.iter().find(|(_, words, _)| *words == chosen)
        {
            options.duplicates = *duplicates;
        }
        help_ui(ui, why);
    }
    if about.operation != Operation::Insert && about.operation != Operation::Delete {
        let help = "Records that have every value already are not written, and no automation runs for them";
        parts::check_ui(ui, &mut options.skip_equal, "Leave equal records alone", help);
    }
    let help = "As in Data Loader. Where #N/A is meant as text, the Bulk API cannot carry it, and the row is held";
    parts::check_ui(ui, &mut options.clear_mark, "#N/A empties the field", help);
    let help = "Otherwise a bad row is held back and the others go on";
    parts::check_ui(ui, &mut options.stop_at_first_bad_row, "Stop at the first bad row", help);
    if about.operation != Operation::Delete {
        let help = "They give new leads and cases to their owners, and accounts to territories";
        parts::check_ui(ui, &mut options.assignment_rules, "Run assignment rules", help);
        let help = "Rules that block still block; needs REST";
        parts::check_ui(ui, &mut options.save_duplicates, "Save although a duplicate rule warns", help);
    }
}

fn safety_ui(ui: &mut Ui, about: &About<'_>, options: &mut Options) {
    if about.operation == Operation::Insert {
        return;
    }
    let usual = Options::default();
    let of = |options: &Options| (options.keep_before, options.hard_delete);
    if group_ui(ui, "Safety", of(options) != of(&usual)) {
        (options.keep_before, options.hard_delete) = of(&usual);
    }
    let help = "So that the run can be undone. Costs a look at each record, and room in the workspace: the preview says how much";
    parts::check_ui(ui, &mut options.keep_before, "Keep what records held before", help);
    if about.operation == Operation::Delete {
        let help = "Nothing brings them back; needs the Bulk API and the permission Bulk API Hard Delete";
        parts::check_ui(ui, &mut options.hard_delete, "Delete past the recycle bin", help);
    }
}

fn patience_ui(ui: &mut Ui, options: &mut Options) {
    let usual = Options::default().retry;
    if group_ui(ui, "When Salesforce is busy", options.retry != usual) {
        options.retry = usual;
    }
    let retry = &mut options.retry;
    let mut tries = u64::from(retry.attempts);
    number_ui(ui, "Tries", "Of a call that met a busy org, and of rows that met a lock", 1..=20, &mut tries);
    retry.attempts = tries.min(20) as u32;
    number_ui(
        ui,
        "First wait, in ms",
        "Each wait is about twice as long as the one before",
        1..=60_000,
        &mut retry.first_ms,
    );
    let mut longest = retry.longest_ms / 1_000;
    number_ui(ui, "Longest wait, in seconds", "Unless Salesforce asks for more", 1..=3_600, &mut longest);
    retry.longest_ms = longest * 1_000;
    let mut total = retry.total_s / 60;
    number_ui(ui, "Give up after, in minutes", "The run stops then, and can be continued", 1..=1_440, &mut total);
    retry.total_s = total * 60;
}

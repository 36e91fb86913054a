//! The options in their groups, each with its sentence.

use super::line::{Line, Sheet, number};
use super::{absent, again};
use crate::connect::{Api, Operation};
use crate::gui::format;
use crate::integration::{Duplicates, Options, Quiet};
use egui::Ui;

/// What rows do, and what Salesforce does with them.
pub(super) fn rows_ui(ui: &mut Ui, sheet: &mut Sheet<'_>) {
    let operation = sheet.of.operation;
    let line = Line {
        why_not: (operation != Operation::Upsert).then_some("Only an upsert makes what is missing"),
        ..Line::new("Make records that are missing", "A row that finds no record makes one; else it is held")
    };
    sheet.check_ui(ui, line, |options| &mut options.create);
    let duplicates = [
        (Duplicates::Reject, "Keeps them from being sent", "None of them is sent, and each is listed with the reason"),
        (
            Duplicates::First,
            "Only the first counts",
            "The first is sent; the others are skipped, and listed as skipped",
        ),
        (Duplicates::Last, "Only the last counts", "The last is sent; the others are skipped, and listed as skipped"),
    ];
    let now = sheet.options.duplicates;
    let (_, shown, help) = duplicates.iter().find(|it| it.0 == now).copied().unwrap_or(duplicates[0]);
    let line = Line {
        why_not: (operation == Operation::Insert).then_some("Rows of an insert are about no record yet"),
        ..Line::new("Rows about the same record", help)
    };
    let choices = duplicates.map(|(choice, words, _)| (choice, words.to_owned()));
    sheet.list_ui(ui, line, shown, &choices, |options| &mut options.duplicates);
    let help = match sheet.of.is_table() {
        true => "A cell that is only blank does what its rule says. Where #N/A is meant as text, the row is held",
        false => {
            "As in Data Loader; a cell that is only blank does what its rule says. Where #N/A is meant as text, the Bulk API \
             cannot carry it, and the row is held"
        }
    };
    sheet.check_ui(ui, Line::new("#N/A empties the field", help), |options| &mut options.clear_mark);
    let line = Line {
        why_not: (!matches!(operation, Operation::Update | Operation::Upsert))
            .then_some("Of meaning where records are changed"),
        ..Line::new(
            "Leave out rows that change nothing",
            "Their records have every value already. Costs a look at each record",
        )
    };
    sheet.check_ui(ui, line, |options| &mut options.skip_equal);
    if sheet.of.is_table() {
        return;
    }
    let help = if sheet.options.save_duplicates {
        "Records are saved although a rule warns; rules that block still block. Only REST can: all rows go through it"
    } else {
        "A row that a duplicate rule warns of is refused, and shows the records it may be about"
    };
    let choices = [(false, "Obey"), (true, "Save anyway")];
    sheet.choice_ui(ui, Line::new("Duplicate rules", help), &choices, |options| &mut options.save_duplicates);
    let help = "They give new leads, cases and accounts to their owners. Off means off on every API";
    sheet.check_ui(ui, Line::new("Run assignment rules", help), |options| &mut options.assignment_rules);
    absent::ui(ui, sheet);
}

/// What keeps harm away.
pub(super) fn safety_ui(ui: &mut Ui, sheet: &mut Sheet<'_>) {
    let operation = sheet.of.operation;
    let size = match sheet.of.kept {
        Some(0) => String::new(),
        Some(bytes) => format!(", and about {} in the project", format::bytes(bytes)),
        None => ", and room in the project: a dry run says how much".to_owned(),
    };
    let help = format!("So that the run can be undone. Costs a look at each record{size}");
    let line = Line {
        why_not: (operation == Operation::Insert).then_some("What an insert makes can always be undone"),
        ..Line::new("Keep what records held before", &help)
    };
    sheet.check_ui(ui, line, |options| &mut options.keep_before);
    let help = "The run ends there and can be continued. Else a bad row is held, and the others go on";
    sheet.check_ui(ui, Line::new("Stop at the first bad row", help), |options| &mut options.stop_at_first_bad_row);
    if sheet.of.is_table() {
        return;
    }
    let help = "One bad row keeps the whole call from happening. Only REST can: all rows go through it";
    sheet.check_ui(ui, Line::new("All rows of a call or none", help), |options| &mut options.all_or_none);
    let line = Line {
        why_not: (operation != Operation::Delete).then_some("Of meaning where records are deleted"),
        ..Line::new(
            "Delete without the recycle bin",
            "Nothing can bring the records back. Only the Bulk API can: all rows go through it",
        )
    };
    sheet.check_ui(ui, line, |options| &mut options.hard_delete);
}

/// How fast it goes, and what it takes of the org.
pub(super) fn speed_ui(ui: &mut Ui, sheet: &mut Sheet<'_>) {
    if sheet.of.is_table() {
        // A database has no API, and one writer at a time.
        return quiet_ui(ui, sheet);
    }
    let (api, why) = sheet.options.api_for(sheet.of.operation, sheet.of.object, sheet.of.rows.unwrap_or(0));
    let chosen = sheet.options.api;
    let help = match chosen {
        Some(wanted) if wanted != api => format!("{why}, against what is chosen"),
        None if sheet.of.rows.is_none() && why.contains("rows are") => {
            let rows = format::number(crate::integration::BULK_FROM_ROWS);
            format!("REST below {rows} rows, which answers at once; the Bulk API from there, which takes any number")
        }
        _ => why,
    };
    let choices = [(None, "By itself"), (Some(Api::Rest), "REST"), (Some(Api::Bulk), "Bulk 2.0")];
    sheet.choice_ui(ui, Line::new("API", &help), &choices, |options| &mut options.api);
    let line = Line::new("Rows in a REST call", "Fewer help where triggers are slow; Salesforce takes 200 at most");
    sheet.line_ui(
        ui,
        line,
        |options| &mut options.rows_per_call,
        |ui, label, value| as_u64(ui, label, 1..=200, &format::number, value),
    );
    let help = "How many calls or jobs are under way together. By itself: 4 calls of REST, 3 jobs of the Bulk API";
    let line = Line::new("Requests in parallel", help);
    sheet.line_ui(
        ui,
        line,
        |options| &mut options.parallel,
        |ui, label, value| {
            let mut count = u64::from(value.unwrap_or(0));
            let words = |count| if count == 0 { "By itself".to_owned() } else { format::number(count) };
            number(ui, label, 0..=10, &words, &mut count);
            *value = (count > 0).then_some(count.min(10) as u8);
            true
        },
    );
    let line = Line::new("Most API calls of a run", "The run stops before it would make more, and can be continued");
    sheet.line_ui(
        ui,
        line,
        |options| &mut options.budget.most_calls,
        |ui, label, value| {
            let mut count = value.unwrap_or(0);
            let words = |count| if count == 0 { "No limit".to_owned() } else { format::number(count) };
            number(ui, label, 0..=1_000_000, &words, &mut count);
            *value = (count > 0).then_some(count);
            true
        },
    );
    let help = "Of the API calls that the org has left today. Then the run pauses, and goes on by itself";
    let line = Line::new("Share of the day's calls", help);
    sheet.line_ui(
        ui,
        line,
        |options| &mut options.budget.share_of_day,
        |ui, label, value| as_u64(ui, label, 1..=100, &|share| format!("{share} %"), value),
    );
    quiet_ui(ui, sheet);
}

/// Hours in which nothing is sent.
fn quiet_ui(ui: &mut Ui, sheet: &mut Sheet<'_>) {
    const NIGHT: Quiet = Quiet { from: 22 * 60, to: 6 * 60 };
    let help = match sheet.options.budget.quiet {
        None => "Hours of the day in which nothing is sent. A run pauses and goes on by itself".to_owned(),
        Some(quiet) => format!(
            "Nothing is sent from {} to {}, in the integration's time zone. A run pauses and goes on by itself",
            clock(quiet.from.into()),
            clock(quiet.to.into())
        ),
    };
    let line = Line::new("Quiet hours", &help);
    sheet.line_ui(
        ui,
        line,
        |options| &mut options.budget.quiet,
        |ui, _, quiet| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let mut on = quiet.is_some();
            if let Some(hours) = quiet {
                time_ui(ui, "Quiet hours end", &mut hours.to);
                ui.label("to");
                time_ui(ui, "Quiet hours begin", &mut hours.from);
            }
            let said = if on { "No quiet hours" } else { "Set quiet hours" };
            if crate::gui::parts::switch_ui(ui, on, said, None).clicked() {
                on = !on;
                *quiet = on.then_some(NIGHT);
                return false;
            }
            true
        },
    );
}

fn time_ui(ui: &mut Ui, name: &str, minute: &mut u16) {
    let mut value = f64::from(*minute);
    let drag = egui::DragValue::new(&mut value).range(0.0..=1_439.0).speed(5.0);
    let drag = drag.custom_formatter(|minute, _| clock(minute.round() as u64)).custom_parser(parse_clock);
    ui.add(drag.update_while_editing(false)).accessible_name(name);
    *minute = value.round().clamp(0.0, 1_439.0) as u16;
}

/// `22:00`
fn clock(minute: u64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Minutes of `22:00`, `22.00`, `2200` or `22`.
fn parse_clock(text: &str) -> Option<f64> {
    let digits: Vec<&str> = text.trim().split([':', '.', 'h', ' ']).collect();
    let (hours, minutes) = match digits.as_slice() {
        [both] if both.len() > 2 => both.split_at_checked(both.len() - 2)?,
        [hours] => (*hours, "0"),
        [hours, minutes, ..] => (*hours, *minutes),
        [] => return None,
    };
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then(|| f64::from(hours * 60 + minutes))
}

/// How patiently faults are met that pass.
pub(super) fn retry_ui(ui: &mut Ui, sheet: &mut Sheet<'_>) {
    let (name, help) = match sheet.of.is_table() {
        true => ("Tries of a delivery", "For deliveries that fail because another program writes to the database"),
        false => (
            "Tries of a call",
            "For calls that fail because Salesforce is busy, a record is locked or the network is gone",
        ),
    };
    let line = Line::new(name, help);
    sheet.line_ui(
        ui,
        line,
        |options| &mut options.retry.attempts,
        |ui, label, value| as_u64(ui, label, 1..=20, &format::number, value),
    );
    let help = match sheet.of.is_table() {
        true => "Each further wait is twice as long",
        false => "Each further wait is twice as long, unless Salesforce asks for more",
    };
    let line = Line::new("First wait", help);
    sheet.number_ui(ui, line, 50..=60_000, milliseconds, |options| &mut options.retry.first_ms);
    let line = Line::new("Longest wait", "No wait between two tries is longer");
    sheet.line_ui(
        ui,
        line,
        |options: &mut Options| &mut options.retry.longest_ms,
        |ui, label, value| {
            let mut seconds = *value / 1_000;
            number(ui, label, 1..=3_600, &|seconds| format!("{} s", format::number(seconds)), &mut seconds);
            if seconds != *value / 1_000 {
                *value = seconds * 1_000;
            }
            true
        },
    );
    let line = Line::new("Patience in all", "After so long no further try of a call is begun, and the run stops");
    sheet.line_ui(
        ui,
        line,
        |options: &mut Options| &mut options.retry.total_s,
        |ui, label, value| {
            let mut minutes = *value / 60;
            number(ui, label, 1..=1_440, &|minutes| format!("{} min", format::number(minutes)), &mut minutes);
            if minutes != *value / 60 {
                *value = minutes * 60;
            }
            true
        },
    );
    again::ui(ui, sheet);
}

fn milliseconds(milliseconds: u64) -> String {
    format!("{} ms", format::number(milliseconds))
}

/// A number of another kind.
fn as_u64<T: Copy + Into<u64> + TryFrom<u64>>(
    ui: &mut Ui,
    label: egui::Id,
    range: std::ops::RangeInclusive<u64>,
    words: &impl Fn(u64) -> String,
    value: &mut T,
) -> bool {
    let mut wide: u64 = (*value).into();
    number(ui, label, range, words, &mut wide);
    if let Ok(narrow) = T::try_from(wide) {
        *value = narrow;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_read_as_people_write_it() {
        for (text, minute) in [("22:00", 1_320.0), ("6.30", 390.0), ("0615", 375.0), ("22", 1_320.0), (" 7:05 ", 425.0)]
        {
            assert_eq!(parse_clock(text), Some(minute), "{text}");
        }
        assert_eq!([parse_clock("24:00"), parse_clock("6:60"), parse_clock("noon"), parse_clock("é00")], [None; 4]);
        assert_eq!(clock(375), "06:15");
    }
}

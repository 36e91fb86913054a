//! The line that says what the file is, with every detected choice changeable in place.

use crate::connect::csv::{CsvSettings, TextEncoding};
use crate::connect::file::{FileFormat, FileSettings, Inspection};
use crate::gui::action::Action;
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, PickItem, Picker, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::mapping::DateOrder;
use egui::{Align, Id, Layout, Popup, RichText, Ui};

/// Rows of a sheet that can hold the header.
const MOST_HEADER_ROWS: u32 = 20;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, file: &Inspection) {
    let strong = tokens(ui).strong;
    let quiet = tokens(ui).quiet;
    ui.allocate_ui_with_layout(
        egui::vec2(ui.available_width(), theme::CONTROL),
        Layout::right_to_left(Align::Center),
        |ui| {
            if Press::icon_only(icon::FOLDER_OPEN, "Import another file…").ui(ui).clicked() {
                Action::OpenFile.perform(state, draft, out);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 5.0;
                let narrow = ui.available_width() < 990.0;
                let kind = match &file.settings.format {
                    FileFormat::Workbook(_) => icon::FILE_SPREADSHEET,
                    FileFormat::Csv(_) => icon::FILE_TEXT,
                    FileFormat::Sqlite(_) => icon::DATABASE,
                };
                ui.label(RichText::new(kind).size(18.0).color(tokens(ui).accent_text));
                let path = file.settings.path.display().to_string();
                let name =
                    file.settings.path.file_name().map_or(path.clone(), |name| name.to_string_lossy().into_owned());
                let heading = ui
                    .label(theme::title(format::middle(&name, if narrow { 22 } else { 32 })).color(strong))
                    .on_hover_text(path);
                heading.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, &name));
                let columns = format::count(file.columns.fields.len() as u64, "column", "columns");
                let facts = match file.rows {
                    Some(rows) if narrow => format::count(rows, "row", "rows"),
                    None if narrow => format::bytes(file.bytes),
                    Some(rows) => {
                        format!("{}, {columns}, {}", format::count(rows, "row", "rows"), format::bytes(file.bytes))
                    }
                    None => format!("{columns}, {}", format::bytes(file.bytes)),
                };
                ui.label(theme::small(facts).color(quiet));
                if let Some(settings) = settings_ui(ui, file) {
                    out.push(Command::InspectAs(settings));
                }
                notes_ui(ui, file);
            });
        },
    );
}

/// The detected choices; gives back other settings when one was changed.
fn settings_ui(ui: &mut Ui, file: &Inspection) -> Option<FileSettings> {
    let mut settings = file.settings.clone();
    match &mut settings.format {
        FileFormat::Workbook(workbook) => {
            table_ui(ui, "Sheet", &file.sheets, &mut workbook.sheet);
            let shown = header_label(workbook.header_row);
            let items =
                || (0..=MOST_HEADER_ROWS).map(|row| PickItem::new(row.to_string(), header_label(row))).collect();
            if let Some(row) =
                Picker::new(Id::unique("header row"), "Header", &shown).quiet().list_width(200.0).ui(ui, items)
            {
                workbook.header_row = row.parse().unwrap_or(workbook.header_row);
            }
        }
        FileFormat::Csv(csv) => csv_ui(ui, csv),
        FileFormat::Sqlite(sqlite) => table_ui(ui, "Table", &file.sheets, &mut sqlite.table),
    }
    let formats = &mut settings.formats;
    let comma = formats.decimal_comma;
    let shown = if comma { "1.234,56" } else { "1,234.56" };
    let items = || {
        vec![
            PickItem::new("point", "1,234.56").tag("decimal point"),
            PickItem::new("comma", "1.234,56").tag("decimal comma"),
        ]
    };
    if let Some(key) = Picker::new(Id::unique("numbers"), "Numbers", shown).quiet().list_width(220.0).ui(ui, items) {
        formats.decimal_comma = key == "comma";
    }
    let shown = date_label(formats.dates);
    let items =
        || vec![PickItem::new("day", "31/12").tag("day first"), PickItem::new("month", "12/31").tag("month first")];
    if let Some(key) = Picker::new(Id::unique("dates"), "Dates", shown).quiet().list_width(200.0).ui(ui, items) {
        formats.dates = if key == "month" { DateOrder::MonthFirst } else { DateOrder::DayFirst };
    }
    (settings != file.settings).then_some(settings)
}

/// Which of the tables of a file is read, where there are several.
fn table_ui(ui: &mut Ui, name: &str, tables: &[String], chosen: &mut String) {
    if tables.len() > 1 {
        let shown = format::middle(chosen, 24);
        let picker = Picker::new(Id::unique(("table", name)), name, &shown).icon(icon::TABLE_2).quiet();
        let items = || tables.iter().map(|table| PickItem::new(table, table)).collect();
        if let Some(table) = picker.ui(ui, items) {
            *chosen = table;
        }
    }
}

fn csv_ui(ui: &mut Ui, csv: &mut CsvSettings) {
    let items = || TextEncoding::OFFERED.into_iter().map(|it| PickItem::new(it.label(), it.label())).collect();
    let picker = Picker::new(Id::unique("encoding"), "Encoding", csv.encoding.label()).quiet().list_width(200.0);
    if let Some(key) = picker.ui(ui, items) {
        csv.encoding = TextEncoding::from_label(&key).unwrap_or(csv.encoding);
    }
    let shown = delimiter_label(csv.delimiter);
    let items = || [',', ';', '\t', '|', '^'].into_iter().map(|it| PickItem::new(it, delimiter_label(it))).collect();
    if let Some(key) = Picker::new(Id::unique("delimiter"), "Delimiter", &shown).quiet().list_width(180.0).ui(ui, items)
    {
        csv.delimiter = key.chars().next().unwrap_or(csv.delimiter);
    }
    let shown = if csv.header { "Header" } else { "No header" };
    let items =
        || vec![PickItem::new("yes", "The first row names the columns"), PickItem::new("no", "The first row is data")];
    if let Some(key) = Picker::new(Id::unique("header"), "Header", shown).quiet().list_width(270.0).ui(ui, items) {
        csv.header = key == "yes";
    }
}

/// What was detected and why, warnings first.
fn notes_ui(ui: &mut Ui, file: &Inspection) {
    if file.notes.is_empty() {
        return;
    }
    let warnings = file.notes.iter().filter(|note| note.warning).count();
    let doubts = file.notes.iter().filter(|note| !note.certain && !note.warning).count();
    let label = match (warnings, doubts) {
        (0, 0) => "Why?".to_owned(),
        (0, doubts) => format!("{doubts} to check"),
        (warnings, _) => format::count(warnings as u64, "warning", "warnings"),
    };
    let tokens = tokens(ui);
    let (icon, colour) =
        if warnings > 0 { (icon::TRIANGLE_ALERT, tokens.attention.strong) } else { (icon::INFO, tokens.quiet) };
    let button = Press::new(&label).icon(icon).icon_colour(colour).quiet().name("What was detected in the file").ui(ui);
    Popup::menu(&button).close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(400.0);
        ui.add_space(2.0);
        let mut notes: Vec<_> = file.notes.iter().collect();
        notes.sort_by_key(|note| (!note.warning, note.certain));
        for note in notes {
            let meaning = match (note.warning, note.certain) {
                (true, _) => Meaning::Attention,
                (false, false) => Meaning::Accent,
                (false, true) => Meaning::Plain,
            };
            parts::note_ui(ui, meaning, &note.text);
        }
    });
}

fn header_label(row: u32) -> String {
    if row == 0 { "No header".to_owned() } else { format!("Header in row {row}") }
}

fn date_label(order: DateOrder) -> &'static str {
    match order {
        DateOrder::DayFirst => "31/12",
        DateOrder::MonthFirst => "12/31",
    }
}

fn delimiter_label(delimiter: char) -> String {
    match delimiter {
        ',' => "Comma".to_owned(),
        ';' => "Semicolon".to_owned(),
        '\t' => "Tab".to_owned(),
        '|' => "Bar |".to_owned(),
        other => other.to_string(),
    }
}

//! The tables of the integration: a list of them, and the one that is edited as a grid.

use crate::gui::command::Outbox;
use crate::gui::designing::Rows;
use crate::gui::draft::designer::tables as model;
use crate::gui::draft::{Draft, Purpose};
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::mapping::Table;
use egui::{Id, Label, Margin, Modal, ScrollArea, TextEdit, Ui};

/// Height of a row.
const LINE: f32 = 32.0;

/// Widest and narrowest column.
const COLUMN: std::ops::RangeInclusive<f32> = 90.0..=220.0;

pub(super) fn ui(ui: &Ui, draft: &mut Draft, _out: &mut Outbox) {
    let Some(at) = draft.designer.tables.open else { return };
    let modal = Modal::new(Id::unique("tables")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui));
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(720.0_f32.min(ui.ctx().content_rect().width() - 80.0));
        parts::section_ui(ui, "Tables of the integration", |ui| {
            if Press::icon_only(icon::X, "Close the tables").low().ui(ui).clicked() {
                ui.close();
            }
        });
        let words = "Value maps use them by name, and formulas as MAPVALUE(\"Name\", Column) or LOOKUP";
        ui.add(Label::new(theme::small(words).color(tokens(ui).quiet)).wrap());
        tabs_ui(ui, draft, at);
        match draft.designer.integration().tables.get(at).cloned() {
            Some(table) => table_ui(ui, draft, at, &table),
            None => {
                if parts::empty_ui(ui, icon::TABLE_2, "No table is here yet", Some("Add a table")) {
                    draft.designer.add_table();
                }
            }
        }
    });
    // A question above it is answered first.
    if shown.should_close() && draft.files.is_none() {
        draft.designer.end_stretch();
        draft.designer.tables.open = None;
    }
}

fn tabs_ui(ui: &mut Ui, draft: &mut Draft, at: usize) {
    let names: Vec<String> = draft.designer.integration().tables.iter().map(|table| table.name.clone()).collect();
    if names.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (place, name) in names.iter().enumerate() {
            let wrong = !model::problems(&draft.designer.integration().tables, place).is_empty();
            let said = format!("Table {name}{}", if wrong { ", with problems" } else { "" });
            let shown = format::middle(if name.is_empty() { "no name" } else { name }, 24);
            let mut press = Press::new(&shown).name(&said).low().chosen(place == at);
            if wrong {
                press = press.icon(icon::CIRCLE_ALERT).icon_colour(tokens(ui).bad.strong);
            }
            if press.ui(ui).clicked() {
                draft.designer.tables.open = Some(place);
            }
        }
        if Press::new("Add").name("Add a table").icon(icon::PLUS).low().quiet().ui(ui).clicked() {
            draft.designer.add_table();
        }
    });
}

fn table_ui(ui: &mut Ui, draft: &mut Draft, at: usize, table: &Table) {
    for problem in model::problems(&draft.designer.integration().tables, at) {
        parts::note_ui(ui, Meaning::Bad, &problem);
    }
    word_ui(ui, draft, &Rows::Table(at));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let mut name = table.name.clone();
        let edit = TextEdit::singleline(&mut name).hint_text("Name").desired_width(180.0);
        let response = ui.add(edit.margin(Margin::symmetric(8, 5))).accessible_name("Name of the table");
        if response.changed() {
            draft.designer.rename_table(at, &name);
        }
        if response.lost_focus() {
            draft.designer.end_stretch();
        }
        if Press::new("Import CSV…").icon(icon::UPLOAD).low().quiet().ui(ui).clicked() {
            draft.ask_for_file(Purpose::ReadTable(Rows::Table(at)), "");
        }
        let why_not = table.columns.is_empty().then_some("It has no columns");
        if Press::new("Export CSV…").icon(icon::DOWNLOAD).low().quiet().why_not(why_not).ui(ui).clicked() {
            draft.ask_for_file(Purpose::WriteTable(Rows::Table(at)), &format!("{}.csv", table.name));
        }
        if Press::new("Delete").name("Delete the table").icon(icon::TRASH_2).low().quiet().ui(ui).clicked() {
            draft.designer.change(format!("Delete {}", table.name), |integration| {
                integration.tables.remove(at);
            });
            draft.designer.tables.open = Some(at.saturating_sub(1));
        }
    });
    let users = draft.designer.users_of(&table.name);
    if !users.is_empty() {
        let text = format!("Used by {}", users.join(", "));
        ui.add(Label::new(theme::small(text).color(tokens(ui).quiet)).truncate());
    }
    grid_ui(ui, draft, at, table);
    let rows = format::count(table.rows.len() as u64, "row", "rows");
    ui.horizontal(|ui| {
        if Press::new("Add a row").icon(icon::PLUS).low().ui(ui).clicked() {
            let blank = vec![String::new(); table.columns.len()];
            edit(draft, at, |table| table.rows.push(blank));
        }
        if Press::new("Add a column").icon(icon::PLUS).low().quiet().ui(ui).clicked() {
            edit(draft, at, |table| {
                table.columns.push(format!("Column {}", table.columns.len() + 1));
                table.rows.iter_mut().for_each(|row| row.push(String::new()));
            });
        }
        ui.label(theme::small(format!("{rows}; rows copied from a spreadsheet can be pasted")).color(tokens(ui).quiet));
    });
    paste(ui, draft, at, table);
}

fn grid_ui(ui: &mut Ui, draft: &mut Draft, at: usize, table: &Table) {
    let count = table.columns.len().max(1) as f32;
    let wide = ((ui.available_width() - 40.0) / count - 6.0).clamp(*COLUMN.start(), *COLUMN.end());
    ScrollArea::horizontal().id_salt("table columns").show(ui, |ui| {
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                for (place, column) in table.columns.iter().enumerate() {
                    let name = format!("Name of column {}", place + 1);
                    cell_ui(
                        ui,
                        draft,
                        at,
                        wide,
                        &name,
                        column,
                        &format!("table {at} column {place}"),
                        |table, text| {
                            table.columns[place] = text;
                        },
                    );
                }
                let last = table.columns.last().filter(|_| table.columns.len() > 1);
                if let Some(last) = last
                    && Press::icon_only(icon::X, &format!("Remove column {last}")).low().ui(ui).clicked()
                {
                    edit(draft, at, |table| {
                        table.columns.pop();
                        let columns = table.columns.len();
                        table.rows.iter_mut().for_each(|row| row.truncate(columns));
                    });
                }
            });
            let height = LINE * (table.rows.len().clamp(1, 9) as f32);
            let area = ScrollArea::vertical().id_salt("table rows").max_height(height).min_scrolled_height(height);
            area.auto_shrink([true, true]).show_rows(ui, LINE - 2.0, table.rows.len(), |ui, range| {
                for row in range {
                    ui.push_id(row, |ui| row_ui(ui, draft, at, table, row, wide));
                }
            });
        });
    });
}

fn row_ui(ui: &mut Ui, draft: &mut Draft, at: usize, table: &Table, row: usize, wide: f32) {
    ui.horizontal(|ui| {
        ui.set_min_height(LINE - 2.0);
        ui.spacing_mut().item_spacing.x = 4.0;
        for (place, column) in table.columns.iter().enumerate() {
            let text = table.rows[row].get(place).map_or("", String::as_str);
            let name = format!("{column} of row {}", row + 1);
            cell_ui(ui, draft, at, wide, &name, text, &format!("table {at} {row} {place}"), |table, text| {
                let cells = &mut table.rows[row];
                cells.resize(cells.len().max(place + 1), String::new());
                cells[place] = text;
            });
        }
        if Press::icon_only(icon::X, &format!("Remove row {}", row + 1)).low().ui(ui).clicked() {
            edit(draft, at, |table| {
                table.rows.remove(row);
            });
        }
    });
}

#[expect(clippy::too_many_arguments, reason = "a cell is its place, its words and what it changes")]
fn cell_ui(
    ui: &mut Ui,
    draft: &mut Draft,
    at: usize,
    wide: f32,
    name: &str,
    text: &str,
    stretch: &str,
    set: impl FnOnce(&mut Table, String),
) {
    let mut typed = text.to_owned();
    let field = TextEdit::singleline(&mut typed).desired_width(wide - 16.0).margin(Margin::symmetric(8, 5));
    let response = ui.add(field).accessible_name(name);
    if response.changed() {
        draft.designer.type_all("Change a table", stretch, |integration| {
            if let Some(table) = integration.tables.get_mut(at) {
                set(table, typed);
            }
        });
    }
    if response.lost_focus() {
        draft.designer.end_stretch();
    }
}

fn edit(draft: &mut Draft, at: usize, with: impl FnOnce(&mut Table)) {
    draft.designer.change("Change a table", |integration| {
        if let Some(table) = integration.tables.get_mut(at) {
            with(table);
        }
    });
}

/// Rows pasted while the editor is open are added; those that are there already are not.
fn paste(ui: &Ui, draft: &mut Draft, at: usize, table: &Table) {
    let Some(text) = pasted(ui) else { return };
    let columns = table.columns.len();
    let row = |line: &str| {
        let mut cells: Vec<String> = line.split('\t').map(|cell| cell.trim().to_owned()).collect();
        cells.resize(columns, String::new());
        cells
    };
    let rows: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).map(row).collect();
    edit(draft, at, |table| {
        for row in rows {
            if !table.rows.contains(&row) {
                table.rows.push(row);
            }
        }
    });
}

/// What was pasted as rows of a spreadsheet, taken from whatever else has the focus.
pub(super) fn pasted(ui: &Ui) -> Option<String> {
    ui.input_mut(|input| {
        let rows = |event: &egui::Event| matches!(event, egui::Event::Paste(text) if text.contains('\t'));
        let at = input.events.iter().position(rows)?;
        match input.events.remove(at) {
            egui::Event::Paste(text) => Some(text),
            _ => None,
        }
    })
}

/// What came of the file that was read for a place.
pub(super) fn word_ui(ui: &mut Ui, draft: &mut Draft, place: &Rows) {
    let Some(word) = draft.designer.tables.word.clone().filter(|word| word.place == *place) else { return };
    parts::banner_ui(ui, word.meaning, &word.text, word.hint.as_deref(), |ui| {
        if Press::icon_only(icon::X, "Put this away").low().ui(ui).clicked() {
            draft.designer.tables.word = None;
        }
    });
}

//! What would be sent, before anything is: every cell as it would be, the old value where one is known, and why a cell cannot.

use crate::connect::file::Inspection;
use crate::engine::{CellChange, Preview, PreviewCell, PreviewRow, Verdict};
use crate::gui::command::Outbox;
use crate::gui::draft::{Draft, PreviewPane};
use crate::gui::format;
use crate::gui::parts::{self, Press, grid};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::record::Rejection;
use egui::{Align2, Frame, Margin, Rect, ScrollArea, Sense, Ui, Vec2};
use egui_table::{CellInfo, Column, HeaderCellInfo, HeaderRow, Table, TableDelegate};
use std::sync::Arc;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, file: &Arc<Inspection>) {
    let answer = draft.import.preview(state);
    let preview = answer.and_then(|(answer, _)| answer.as_ref().ok());
    header_ui(ui, draft, preview.map(|preview| preview.as_ref()));
    if draft.import.pane == PreviewPane::Source {
        source_ui(ui, file);
        return;
    }
    let to_mend = matches!(draft.import.check(state), Some(Ok(checked)) if !checked.problems.is_empty());
    match answer {
        None if draft.import.design.object.is_empty() => source_ui(ui, file),
        // Whatever the preview says, it says the same as the list of what is to be mended, and louder.
        None | Some((Err(_), _)) if to_mend => {
            parts::empty_ui(ui, icon::EYE, "What would be sent is shown once the mapping can run", None);
        }
        Some((Err(error), _)) => {
            Frame::new().inner_margin(Margin::same(14)).show(ui, |ui| parts::error_ui(ui, error, out, |_| {}));
        }
        Some((Ok(preview), _)) => preview_ui(ui, draft, preview),
        None => {
            Frame::new().inner_margin(Margin::same(14)).show(ui, |ui| {
                parts::waiting_ui(ui, "Looking at what would change", 8);
            });
        }
    }
}

fn header_ui(ui: &mut Ui, draft: &mut Draft, preview: Option<&Preview>) {
    Frame::new().inner_margin(Margin { left: 14, right: 10, top: 8, bottom: 6 }).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.set_min_height(24.0);
            ui.label(theme::medium("Preview").color(tokens(ui).strong));
            if let Some((_, why)) = preview.and_then(|preview| preview.api.as_ref()) {
                let label = theme::small(format::middle(why, 64)).color(tokens(ui).quiet);
                ui.add(egui::Label::new(label).truncate());
            }
        });
        // Where there is little room the file stands below: nothing may be wider than what is seen.
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let count = |verdicts: &[Verdict]| {
                let fits = |row: &&PreviewRow| verdicts.contains(&row.verdict);
                preview.map_or(0, |preview| preview.rows.iter().filter(fits).count() as u64)
            };
            let all = preview.map_or(0, |preview| preview.rows.len() as u64);
            let panes = [
                (PreviewPane::All, "All", all),
                (PreviewPane::Create, "Create", count(&[Verdict::Create])),
                (PreviewPane::Change, "Change", count(&[Verdict::Update, Verdict::Delete])),
                (PreviewPane::Problems, "Problems", count(&[Verdict::NotSent])),
            ];
            for (pane, name, count) in panes {
                let text = format!("{name} {}", format::number(count));
                let chosen = draft.import.pane == pane && !draft.import.design.object.is_empty();
                let mut press = Press::new(&text).quiet().chosen(chosen).enabled(preview.is_some());
                if pane == PreviewPane::Problems && count > 0 {
                    press = press.icon(icon::BAN).icon_colour(tokens(ui).attention.strong);
                }
                if press.ui(ui).clicked() {
                    draft.import.pane = pane;
                }
            }
            let chosen = draft.import.pane == PreviewPane::Source || draft.import.design.object.is_empty();
            if Press::new("File").name("The file as it is").quiet().chosen(chosen).ui(ui).clicked() {
                draft.import.pane = PreviewPane::Source;
            }
        });
    });
}

fn preview_ui(ui: &mut Ui, draft: &Draft, preview: &Preview) {
    let fits = |row: &&PreviewRow| match draft.import.pane {
        PreviewPane::All | PreviewPane::Source => true,
        PreviewPane::Create => row.verdict == Verdict::Create,
        PreviewPane::Change => matches!(row.verdict, Verdict::Update | Verdict::Delete),
        PreviewPane::Problems => row.verdict == Verdict::NotSent,
    };
    let rows: Vec<&PreviewRow> = preview.rows.iter().filter(fits).collect();
    notes_ui(ui, preview);
    if draft.import.pane == PreviewPane::Problems {
        problems_ui(ui, preview, &rows);
    }
    if rows.is_empty() {
        let sentence = match draft.import.pane {
            PreviewPane::Problems => "Every row looked at can be sent",
            PreviewPane::Create => "No row would make a record",
            PreviewPane::Change => "No row would change a record",
            PreviewPane::All | PreviewPane::Source => "The file has no rows",
        };
        parts::empty_ui(ui, icon::INBOX, sentence, None);
        return;
    }
    let mut columns = vec![Column::new(64.0).resizable(false).id(egui::Id::unique("row"))];
    columns.extend(preview.fields.iter().enumerate().map(|(at, field)| {
        let changed = changed_width(preview, at);
        let width = (field.chars().count() as f32 * 7.6 + 24.0).clamp(96.0, 220.0).max(changed);
        // The table keeps the width of a column it knows: one whose values come to change is another.
        Column::new(width).range(48.0..=800.0).id(egui::Id::unique((field, changed > 0.0)))
    }));
    Table::new()
        .id_salt(("preview", &draft.import.design.object))
        .num_rows(rows.len() as u64)
        .columns(columns)
        .num_sticky_cols(1)
        .headers([HeaderRow::new(grid::HEADER)])
        .show(ui, &mut PreviewGrid { preview, rows });
}

/// What a column needs, so that the old and the new value of its first rows are seen beside each other.
fn changed_width(preview: &Preview, column: usize) -> f32 {
    const LOOKED_AT: usize = 40;
    let letters =
        preview.rows.iter().take(LOOKED_AT).filter_map(|row| row.cells.get(column)).map(|cell| match &cell.change {
            CellChange::From(old) => old.chars().count() + cell.new.chars().count(),
            CellChange::Clear(old) => old.chars().count() + "(emptied)".len(),
            _ => 0,
        });
    let letters = letters.max().unwrap_or(0);
    if letters == 0 { 0.0 } else { (letters as f32 * 7.4 + 2.0 * grid::MARGIN + 8.0).min(320.0) }
}

/// How blanks are treated, and what could not be read.
fn notes_ui(ui: &mut Ui, preview: &Preview) {
    if preview.notes.is_empty() {
        return;
    }
    egui::Panel::bottom(("preview notes", preview.notes.len()))
        .resizable(false)
        .frame(Frame::new().fill(tokens(ui).sunken).inner_margin(Margin::symmetric(14, 7)))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            ScrollArea::vertical().max_height(72.0).show(ui, |ui| {
                for note in &preview.notes {
                    parts::note_ui(ui, Meaning::Plain, note);
                }
            });
        });
}

/// What is wrong, row by row, in words.
fn problems_ui(ui: &mut Ui, preview: &Preview, rows: &[&PreviewRow]) {
    if rows.is_empty() {
        return;
    }
    let ground = Frame::new().fill(tokens(ui).surface).inner_margin(Margin::symmetric(14, 8));
    egui::Panel::bottom("preview problems").default_size(150.0).resizable(true).frame(ground).show(ui, |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 6.0;
            for row in rows {
                let cells = row.cells.iter().zip(&preview.fields);
                let bad = cells.filter_map(|(cell, _)| cell.problem.as_ref());
                for problem in row.problems.iter().chain(bad) {
                    problem_ui(ui, row, problem);
                }
            }
        });
    });
}

fn problem_ui(ui: &mut Ui, row: &PreviewRow, problem: &Rejection) {
    let tokens = tokens(ui);
    ui.horizontal_top(|ui| {
        let line = format!("Row {}", format::number(row.row));
        ui.add_sized([64.0, 18.0], egui::Label::new(theme::small(line).color(tokens.quiet)))
            .on_hover_text(format!("Line {} of the file", format::number(row.line)));
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.add(egui::Label::new(egui::RichText::new(&problem.message).color(tokens.strong)).wrap());
            if let Some(hint) = &problem.hint {
                ui.add(egui::Label::new(theme::small(&**hint).color(tokens.quiet)).wrap());
            }
        });
    });
}

struct PreviewGrid<'a> {
    preview: &'a Preview,
    rows: Vec<&'a PreviewRow>,
}

impl TableDelegate for PreviewGrid<'_> {
    fn header_cell_ui(&mut self, ui: &mut Ui, cell: &HeaderCellInfo) {
        match cell.col_range.start {
            0 => grid::header_ui(ui, "Row", true),
            column => grid::header_ui(ui, self.preview.fields.get(column - 1).map_or("", String::as_str), false),
        }
    }

    fn row_ui(&mut self, ui: &mut Ui, row: u64) {
        let bad = self.rows.get(row as usize).is_some_and(|row| row.verdict == Verdict::NotSent);
        grid::row_ground(ui, false, bad.then(|| tokens(ui).attention.faint.gamma_multiply(0.45)));
    }

    fn cell_ui(&mut self, ui: &mut Ui, cell: &CellInfo) {
        let Some(row) = self.rows.get(cell.row_nr as usize) else { return };
        match cell.col_nr {
            0 => row_number_ui(ui, row),
            column => {
                if let Some(cell) = row.cells.get(column - 1) {
                    value_ui(ui, cell);
                }
            }
        }
    }

    fn default_row_height(&self) -> f32 {
        theme::DENSE_ROW + 2.0
    }
}

pub(in crate::gui::views) fn row_number_ui(ui: &mut Ui, row: &PreviewRow) {
    grid::ask_width(ui, 46.0);
    let mark = parts::verdict_mark(row.verdict);
    let colour = tokens(ui).tint(mark.meaning).strong;
    let rect = ui.max_rect();
    let at = egui::pos2(rect.left() + 14.0, rect.center().y);
    ui.painter().text(at, Align2::CENTER_CENTER, mark.icon, theme::icon_font(13.0), colour);
    grid::number_ui(ui, row.row);
    let response = ui.interact(rect, ui.unique_id().with("mark"), Sense::hover());
    response.on_hover_ui(|ui| {
        ui.label(theme::medium(mark.word));
        ui.label(theme::small(format!("Line {} of the file", format::number(row.line))));
        if let Some(id) = &row.id {
            ui.label(theme::mono(id));
        }
        for problem in &row.problems {
            ui.label(&problem.message);
        }
    });
}

pub(in crate::gui::views) fn value_ui(ui: &mut Ui, cell: &PreviewCell) {
    let tokens = tokens(ui);
    let rect = ui.max_rect();
    match &cell.change {
        CellChange::New => grid::text_ui(ui, &cell.new, tokens.strong),
        CellChange::Same => grid::text_ui(ui, &cell.new, tokens.quiet),
        CellChange::Keep => {
            grid::text_ui(ui, "–", tokens.quiet);
            hover_ui(ui, rect, "Blank: the field is left as it is");
        }
        CellChange::From(old) => changed_ui(ui, rect, old, &cell.new),
        CellChange::Clear(old) => changed_ui(ui, rect, old, "(emptied)"),
        CellChange::Bad => bad_ui(ui, rect, cell),
    }
}

/// Old, struck through, and new.
fn changed_ui(ui: &mut Ui, rect: Rect, old: &str, new: &str) {
    grid::ask_width(ui, 7.0 * (old.chars().count() + new.chars().count()) as f32);
    let tokens = tokens(ui);
    let ground = rect.shrink2(Vec2::new(3.0, 2.5));
    ui.painter().rect_filled(ground, 4.0, tokens.information.faint);
    let inner = rect.shrink2(Vec2::new(grid::MARGIN, 0.0));
    let old_shown = if old.is_empty() { "blank" } else { old };
    let struck = egui::TextFormat {
        strikethrough: egui::Stroke::new(1.0, tokens.quiet),
        ..egui::TextFormat::simple(theme::small_font(), tokens.quiet)
    };
    let layout = |text: &str, format: egui::TextFormat, width: f32| {
        let text: String = text.chars().take(60).collect();
        let mut job = egui::text::LayoutJob::single_section(format::one_line(&text), format);
        job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(0.0));
        ui.painter().layout_job(job)
    };
    // Where both do not fit, what it becomes is seen before what it was.
    const GAP: f32 = 6.0;
    let plain = egui::TextFormat::simple(theme::body_font(), tokens.strong);
    let after = layout(new, plain, inner.width() * 0.7);
    let left = inner.width() - after.size().x - GAP;
    // The ends of ids tell them apart.
    let fits = format::middle(old_shown, ((left / 7.2) as usize).max(8));
    let before = layout(&fits, struck, left);
    let painter = ui.painter().with_clip_rect(inner.intersect(ui.clip_rect()));
    let at = egui::pos2(inner.left(), inner.center().y - before.size().y / 2.0);
    let next = egui::pos2(inner.left() + before.size().x + GAP, inner.center().y - after.size().y / 2.0);
    painter.galley(at, before, tokens.strong);
    painter.galley(next, after, tokens.strong);
    let response = ui.interact(rect, ui.unique_id().with("change"), Sense::hover());
    response.on_hover_ui(|ui| {
        ui.label(theme::small("Is now").color(tokens.quiet));
        ui.label(old_shown);
        ui.label(theme::small("Becomes").color(tokens.quiet));
        ui.label(theme::medium(new));
    });
}

fn bad_ui(ui: &mut Ui, rect: Rect, cell: &PreviewCell) {
    grid::ask_width(ui, 18.0 + 7.0 * cell.new.chars().count() as f32);
    let tokens = tokens(ui);
    let ground = rect.shrink2(Vec2::new(3.0, 2.5));
    ui.painter().rect_filled(ground, 4.0, tokens.bad.faint);
    let inner = rect.shrink2(Vec2::new(grid::MARGIN, 0.0));
    ui.painter().text(
        inner.left_center(),
        Align2::LEFT_CENTER,
        icon::TRIANGLE_ALERT,
        theme::icon_font(12.0),
        tokens.bad.strong,
    );
    let words = inner.with_min_x(inner.left() + 18.0);
    let text = if cell.new.is_empty() { "blank" } else { &cell.new };
    grid::elided(ui, words, text, theme::body_font(), tokens.bad.strong, false);
    let response = ui.interact(rect, ui.unique_id().with("bad"), Sense::hover());
    if let Some(problem) = &cell.problem {
        response.on_hover_ui(|ui| {
            ui.label(theme::medium(&problem.message));
            if let Some(hint) = &problem.hint {
                ui.label(&**hint);
            }
        });
    }
}

fn hover_ui(ui: &Ui, rect: Rect, text: &str) {
    ui.interact(rect, ui.unique_id().with("hover"), Sense::hover()).on_hover_text(text);
}

/// The file as it is.
fn source_ui(ui: &mut Ui, file: &Inspection) {
    if file.head.is_empty() {
        parts::empty_ui(ui, icon::INBOX, "The file has columns and no rows", None);
        return;
    }
    let mut columns = vec![Column::new(56.0).resizable(false).id(egui::Id::unique("row"))];
    columns.extend(file.columns.fields.iter().map(|column| {
        let width = (column.name.chars().count() as f32 * 7.6 + 24.0).clamp(96.0, 220.0);
        Column::new(width).range(48.0..=800.0).id(egui::Id::unique(&column.name))
    }));
    Table::new()
        .id_salt("source")
        .num_rows(file.head.len() as u64)
        .columns(columns)
        .num_sticky_cols(1)
        .headers([HeaderRow::new(grid::HEADER)])
        .show(ui, &mut SourceGrid { file });
}

struct SourceGrid<'a> {
    file: &'a Inspection,
}

impl TableDelegate for SourceGrid<'_> {
    fn header_cell_ui(&mut self, ui: &mut Ui, cell: &HeaderCellInfo) {
        match cell.col_range.start {
            0 => grid::header_ui(ui, "Row", true),
            column => {
                let name = self.file.columns.fields.get(column - 1).map_or("", |column| &column.name);
                grid::header_ui(ui, name, false);
            }
        }
    }

    fn row_ui(&mut self, ui: &mut Ui, _row: u64) {
        grid::row_ground(ui, false, None);
    }

    fn cell_ui(&mut self, ui: &mut Ui, cell: &CellInfo) {
        let Some(row) = self.file.head.row(cell.row_nr as usize) else { return };
        match cell.col_nr {
            0 => grid::number_ui(ui, row.number()),
            column => grid::text_ui(ui, row.cell(column - 1), tokens(ui).text),
        }
    }

    fn default_row_height(&self) -> f32 {
        theme::DENSE_ROW + 2.0
    }
}

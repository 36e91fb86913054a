//! Which sheet of a workbook is the table, and which of its rows the header.

use super::book::{Book, damaged};
use super::{ConnectError, WorkbookSettings};
use crate::connect::csv::sniff;
use crate::connect::file::{About, Note};
use std::path::Path;

/// Rows of a sheet that are looked at.
const ROWS: usize = 60;

/// Finds out which sheet and which header row to read.
pub(crate) fn detect(path: &Path) -> Result<(WorkbookSettings, Vec<Note>), ConnectError> {
    let mut book = Book::open(path)?;
    let sheets = book.sheets();
    // Hidden sheets hold what others compute with.
    let mut candidates: Vec<_> = sheets.iter().filter(|sheet| !sheet.hidden).collect();
    candidates.extend(sheets.iter().filter(|sheet| sheet.hidden));
    let mut notes = Vec::new();
    // A cover sheet has rows as well; a table has several rows of several cells. Where there is none, the first with rows must do.
    let mut found = None;
    for sheet in candidates {
        let rows = first_rows(&mut book, &sheet.name).map_err(|error| damaged(path, &error))?;
        let table = is_table(&rows);
        if !rows.is_empty() && (table || found.is_none()) {
            found = Some((sheet, rows));
        }
        if table {
            break;
        }
    }
    if let Some((sheet, rows)) = found
        && let Some(header) = header(&rows)
    {
        let others = sheets.len() - 1;
        let text = match others {
            0 => format!("The sheet {} is the only one.", sheet.name),
            1 => format!("The sheet {} is read, the first one with a table; there is one other.", sheet.name),
            _ => format!("The sheet {} is read, the first one with a table; there are {others} others.", sheet.name),
        };
        notes.push(Note { about: About::Sheet, text, certain: others == 0, warning: false, column: None });
        notes.push(Note {
            about: About::Header,
            text: header.why,
            certain: header.certain,
            warning: false,
            column: None,
        });
        if !book.knows_formats() {
            let text = "This kind of workbook does not say how its numbers are shown: leading zeros that come from a format \
                        are missing. Save it as .xlsx to keep them.";
            notes.push(Note {
                about: About::Cells,
                text: text.to_owned(),
                certain: true,
                warning: false,
                column: None,
            });
        }
        return Ok((WorkbookSettings { sheet: sheet.name.clone(), header_row: header.value }, notes));
    }
    Err(ConnectError::refused(
        format!("{} has no sheet with rows", path.display()),
        "Choose a workbook with a table in it.",
    ))
}

/// The first rows that are not blank, each with its number, from 1.
fn first_rows(book: &mut Book, sheet: &str) -> Result<Vec<(u32, Vec<String>)>, String> {
    let mut rows: Vec<(u32, Vec<String>)> = Vec::new();
    book.cells(sheet, &mut |row, cell| {
        let mut text = String::new();
        cell.value.show(cell.format, false, &mut text);
        if text.trim().is_empty() {
            return true;
        }
        if rows.last().is_none_or(|(last, _)| *last != row + 1) {
            if rows.len() == ROWS {
                return false;
            }
            rows.push((row + 1, Vec::new()));
        }
        if let Some((_, cells)) = rows.last_mut() {
            cells.resize(cell.column.max(cells.len()), String::new());
            cells.push(text);
        }
        true
    })?;
    Ok(rows)
}

/// Whether there are at least two rows of at least two cells.
fn is_table(rows: &[(u32, Vec<String>)]) -> bool {
    let wide = |row: &&(u32, Vec<String>)| row.1.iter().filter(|cell| !cell.is_empty()).count() > 1;
    rows.iter().filter(wide).count() > 1
}

/// The header is the first row with about as many cells as the rows below have.
fn header(rows: &[(u32, Vec<String>)]) -> Option<sniff::Choice<u32>> {
    let filled = |row: &[String]| row.iter().filter(|cell| !cell.is_empty()).count();
    let widest = rows.iter().map(|(_, row)| filled(row)).max()?;
    let first = rows.iter().position(|(_, row)| filled(row) * 2 >= widest)?;
    let table: Vec<Vec<String>> = rows[first..].iter().map(|(_, row)| row.clone()).collect();
    let is_header = sniff::header(&table);
    let number = rows[first].0;
    Some(if is_header.value {
        let above = if first > 0 { ", and what is above it is a title" } else { "" };
        let why = format!("Row {number} is the header{above}: {}.", is_header.why);
        sniff::Choice { value: number, why, certain: is_header.certain && first == 0 }
    } else {
        sniff::Choice { value: 0, why: format!("There is no header: {}.", is_header.why), certain: is_header.certain }
    })
}

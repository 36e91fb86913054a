//! Excel and OpenDocument workbooks: one sheet as a table.
//!
//! Cells come as Excel shows them, so that leading zeros of a format survive and no long number turns into `1.0E+10`; with two
//! exceptions, both so that fields can take them: dates come in ISO form, and currency signs are left out (see `cell` and
//! `numfmt`). The number formats of `.xls`, `.xlsb` and `.ods` files are not known; their numbers come in full. A cell whose
//! formula has no result (`#REF!`) is a fault of its row, while the text `#N/A` is text. A merged cell has its value in the first
//! of its rows and columns. Blank rows are skipped.

mod book;
mod cell;
mod detect;
mod numfmt;
mod rows;
#[cfg(test)]
mod tests;

pub(crate) use detect::detect;

use super::ahead::{Message, read_ahead};
use super::file::FileSettings;
use super::{ConnectError, Source};
use book::{Book, damaged};
use rows::RowReader;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::mpsc::SyncSender;

/// What a person can set about a workbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkbookSettings {
    /// The sheet whose rows are read.
    pub sheet: String,
    /// The row with the names of the columns, counted from 1; 0 where there is none and the columns are called by their letters.
    pub header_row: u32,
}

/// Opens a sheet, and reads as far as its header. Numbers are written with the decimal sign that `settings.formats` name, so
/// that they read the same as text beside them.
pub(crate) fn open(settings: &FileSettings, workbook: &WorkbookSettings) -> Result<Box<dyn Source>, ConnectError> {
    let (sheet, comma) = (workbook.clone(), settings.formats.decimal_comma);
    let path = settings.path.clone();
    // Its reader borrows from the open workbook.
    let broken = |path: &Path| damaged(path, "its structure is broken");
    read_ahead(&settings.path, broken, move |sender| send_rows(&path, &sheet, comma, sender))
}

/// The names of the sheets with cells, in order.
pub fn sheets(path: &Path) -> Result<Vec<String>, ConnectError> {
    Ok(Book::open(path)?.sheets().into_iter().map(|sheet| sheet.name).collect())
}

fn send_rows(
    path: &Path,
    settings: &WorkbookSettings,
    comma: bool,
    sender: &SyncSender<Message>,
) -> Result<(), ConnectError> {
    let mut book = Book::open(path)?;
    let sheets = book.sheets();
    if !sheets.iter().any(|sheet| sheet.name == settings.sheet) {
        let names: Vec<_> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
        return Err(ConnectError::refused(
            format!("{} has no sheet {}", path.display(), settings.sheet),
            format!("It has: {}. Choose one of them.", names.join(", ")),
        ));
    }
    let mut rows = RowReader::new(path, settings, comma, sender);
    let read = book.cells(&settings.sheet, &mut |row, cell| rows.cell(row, &cell));
    // What the rows have to say comes before what the workbook says, since it is the reason why reading stopped.
    rows.finish()?;
    read.map_err(|error| damaged(path, &error))
}

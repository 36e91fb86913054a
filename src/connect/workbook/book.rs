//! Workbooks of every kind, opened by their content, and their cells row after row.

use super::cell::Value;
use super::numfmt::NumberFormat;
use crate::connect::ConnectError;
use crate::connect::file::unreadable;
use calamine::{
    Data, OdsError, Range, Reader as _, SheetType, SheetVisible, Xls, XlsError, Xlsb, XlsbError, Xlsx, XlsxError,
};
use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};
use std::path::Path;

type Bytes = BufReader<File>;

/// An open workbook.
pub(super) enum Book {
    /// `.xlsx` and `.xlsm`, whose cells are read one after the other and know their formats.
    Xlsx(Box<Xlsx<Bytes>>),
    /// The others, whose sheets are read whole.
    Xls(Box<Xls<Bytes>>),
    Xlsb(Box<Xlsb<Bytes>>),
    Ods(Box<calamine::Ods<Bytes>>),
}

/// A cell of a row: its column, from 0, its value and its format.
pub(super) struct Cell<'a> {
    pub(super) column: usize,
    pub(super) value: Value<'a>,
    pub(super) format: Option<&'a NumberFormat>,
}

/// Takes a cell; the first argument is its row, from 0. Says whether to go on.
pub(super) type Take<'a> = dyn FnMut(u32, Cell<'_>) -> bool + 'a;

/// A sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SheetName {
    pub(super) name: String,
    pub(super) hidden: bool,
}

impl Book {
    /// Opens the workbook at `path`, whatever its name ends in.
    pub(super) fn open(path: &Path) -> Result<Book, ConnectError> {
        let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
        let mut magic = [0; 4];
        file.read_exact(&mut magic).and_then(|()| file.rewind()).map_err(|error| unreadable(path, &error))?;
        let again = || File::open(path).map(BufReader::new).map_err(|error| unreadable(path, &error));
        let zip = magic.starts_with(b"PK");
        let first = match Xlsx::new(BufReader::new(file)) {
            Ok(book) => return Ok(Book::Xlsx(Box::new(book))),
            // An encrypted workbook of any year is an OLE document, and only the reader of .xlsx looks for that.
            Err(XlsxError::Password) => return Err(protected(path)),
            Err(error) => error.to_string(),
        };
        if !zip {
            return match Xls::new(again()?) {
                Ok(book) => Ok(Book::Xls(Box::new(book))),
                Err(XlsError::Password) => Err(protected(path)),
                Err(error) => Err(damaged(path, &error.to_string())),
            };
        }
        match Xlsb::new(again()?) {
            Ok(book) => return Ok(Book::Xlsb(Box::new(book))),
            Err(XlsbError::Password) => return Err(protected(path)),
            Err(_) => {}
        }
        match calamine::Ods::new(again()?) {
            Ok(book) => Ok(Book::Ods(Box::new(book))),
            Err(OdsError::Password) => Err(protected(path)),
            // Whatever it is, it is packed like an .xlsx file: what its reader says is the likeliest to help.
            Err(_) => Err(damaged(path, &first)),
        }
    }

    /// Its sheets with cells, in order.
    pub(super) fn sheets(&self) -> Vec<SheetName> {
        let sheets = match self {
            Book::Xlsx(book) => book.sheets_metadata(),
            Book::Xls(book) => book.sheets_metadata(),
            Book::Xlsb(book) => book.sheets_metadata(),
            Book::Ods(book) => book.sheets_metadata(),
        };
        let with_cells = sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        let named = with_cells
            .map(|sheet| SheetName { name: sheet.name.clone(), hidden: sheet.visible != SheetVisible::Visible });
        named.collect()
    }

    /// Whether the formats of numbers are known, so that a cell shows the leading zeros that its format adds.
    pub(super) fn knows_formats(&self) -> bool {
        matches!(self, Book::Xlsx(_))
    }

    /// Gives the cells of a sheet, row after row, blank ones perhaps left out; an error in words.
    pub(super) fn cells(&mut self, sheet: &str, take: &mut Take) -> Result<(), String> {
        match self {
            Book::Xlsx(book) => stream(book, sheet, take).map_err(|error| error.to_string()),
            Book::Xls(book) => {
                let range = book.worksheet_range(sheet).map_err(|error| error.to_string())?;
                walk(&range, take);
                Ok(())
            }
            Book::Xlsb(book) => {
                let range = book.worksheet_range(sheet).map_err(|error| error.to_string())?;
                walk(&range, take);
                Ok(())
            }
            Book::Ods(book) => {
                let range = book.worksheet_range(sheet).map_err(|error| error.to_string())?;
                walk(&range, take);
                Ok(())
            }
        }
    }
}

fn stream(book: &mut Xlsx<Bytes>, sheet: &str, take: &mut Take) -> Result<(), XlsxError> {
    let mut cells = book.worksheet_cells_reader(sheet)?;
    let format = |style: &calamine::Style| match &style.number_format {
        Some(format) => NumberFormat::parse(&format.format_code),
        None => NumberFormat::General,
    };
    let formats: Vec<NumberFormat> = cells.styles().iter().map(format).collect();
    while let Some((cell, style)) = cells.next_cell_with_style_id()? {
        let (row, column) = cell.get_position();
        let cell = Cell { column: column as usize, value: Value::from(cell.get_value()), format: formats.get(style) };
        if !take(row, cell) {
            break;
        }
    }
    Ok(())
}

fn walk(range: &Range<Data>, take: &mut Take) {
    let Some((first_row, first_column)) = range.start() else { return };
    for (row, cells) in (first_row..).zip(range.rows()) {
        for (column, data) in (first_column as usize..).zip(cells) {
            if !take(row, Cell { column, value: Value::from(data), format: None }) {
                return;
            }
        }
    }
}

fn protected(path: &Path) -> ConnectError {
    ConnectError::refused(
        format!("{} is protected by a password", path.display()),
        "Open it in Excel, remove the password (File, Info, Protect Workbook, Encrypt with Password) and save it.",
    )
}

/// A workbook that cannot be read.
pub(super) fn damaged(path: &Path, error: &str) -> ConnectError {
    ConnectError::refused(
        format!("{} cannot be read as a workbook: {error}", path.display()),
        "Open it in Excel and save it again as .xlsx; if it is an archive, unpack it and choose the file within it.",
    )
}

//! Writes tables to files that people open.
//!
//! Data are written exactly as they are, in every kind of file: nothing is shortened, and no cell is given a quote in front
//! because it begins with `=`. In a workbook every cell is text, so that leading zeros and long ids survive and no cell is
//! taken for a formula. Excel does take cells of a CSV file for numbers and formulas when it opens one; who must be safe from
//! that chooses a workbook.
//!
//! A file appears whole or not at all: it is written beside its place under another name, and an existing file is replaced at
//! the very end.

use super::ConnectError;
use super::file::unwritable;
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The kinds of file a table can be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// An Excel workbook with a bold header that stays in view. What does not fit on a sheet goes on on the next.
    Xlsx,
    /// CSV that Excel opens with a double click: UTF-8 with a byte order mark, CR LF, and this computer's list separator.
    CsvForExcel,
    /// CSV for programs: UTF-8, comma, LF.
    Csv,
}

impl FileKind {
    /// All of them, in the order in which people are offered them.
    pub const ALL: [FileKind; 3] = [FileKind::Xlsx, FileKind::CsvForExcel, FileKind::Csv];

    /// The words people see.
    pub fn label(self) -> &'static str {
        match self {
            FileKind::Xlsx => "Excel workbook",
            FileKind::CsvForExcel => "CSV for Excel",
            FileKind::Csv => "CSV",
        }
    }

    /// The ending of its file names.
    pub fn extension(self) -> &'static str {
        match self {
            FileKind::Xlsx => "xlsx",
            FileKind::CsvForExcel | FileKind::Csv => "csv",
        }
    }

    /// The kind that a file name asks for: a workbook for `.xlsx`, else plain CSV.
    pub fn of(path: &Path) -> FileKind {
        match path.extension() {
            Some(extension) if extension.eq_ignore_ascii_case("xlsx") => FileKind::Xlsx,
            _ => FileKind::Csv,
        }
    }
}

/// Rows of a sheet, the header included.
const SHEET_ROWS: u32 = 1_048_576;

/// Characters of a cell, more than which Excel does not take.
const CELL_CHARACTERS: usize = 32_767;

/// Rows that decide how wide columns are.
const MEASURED_ROWS: u32 = 200;

/// Writes a table, row after row, without keeping it in memory.
pub struct TableWriter {
    path: PathBuf,
    table: Table,
}

enum Table {
    Csv(Box<::csv::Writer<BufWriter<NamedTempFile>>>),
    Xlsx(Box<Sheets>),
}

/// A workbook under way.
struct Sheets {
    file: NamedTempFile,
    book: Workbook,
    sheet_rows: u32,
    /// Sheets so far, and rows of the last one.
    sheets: usize,
    rows: u32,
    header: Vec<String>,
    bold: Format,
    /// Characters of the widest cell of each column.
    widths: Vec<usize>,
}

impl TableWriter {
    /// Begins a file that will be at `path`.
    pub fn create(path: &Path, kind: FileKind) -> Result<TableWriter, ConnectError> {
        let begin = || -> io::Result<Table> {
            if path.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            let folder = match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            };
            let file = beside(folder)?;
            match kind {
                FileKind::Xlsx => Ok(Table::Xlsx(Box::new(Sheets::new(file, folder, SHEET_ROWS).map_err(as_io)?))),
                FileKind::CsvForExcel => {
                    let mut file = BufWriter::new(file);
                    file.write_all(b"\xef\xbb\xbf")?;
                    Ok(Table::Csv(Box::new(csv_writer(file, list_separator(), ::csv::Terminator::CRLF))))
                }
                FileKind::Csv => {
                    let file = BufWriter::new(file);
                    Ok(Table::Csv(Box::new(csv_writer(file, b',', ::csv::Terminator::Any(b'\n')))))
                }
            }
        };
        let table = begin().map_err(|error| unwritable(path, &error))?;
        Ok(TableWriter { path: path.to_owned(), table })
    }

    /// Writes the names of the columns.
    pub fn header(&mut self, names: &[&str]) -> Result<(), ConnectError> {
        match &mut self.table {
            Table::Csv(csv) => csv.write_record(names).map_err(|error| unwritable(&self.path, &error.into())),
            Table::Xlsx(sheets) => {
                sheets.header = names.iter().map(|name| (*name).to_owned()).collect();
                Ok(())
            }
        }
    }

    /// Writes a row.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> Result<(), ConnectError> {
        match &mut self.table {
            Table::Csv(csv) => csv.write_record(cells).map_err(|error| unwritable(&self.path, &error.into())),
            Table::Xlsx(sheets) => sheets.row(cells).map_err(|error| in_words(&self.path, error)),
        }
    }

    /// Ends the file and puts it in its place; until then nothing is there, or what was there before.
    pub fn finish(self) -> Result<(), ConnectError> {
        let path = self.path;
        let file = match self.table {
            Table::Csv(csv) => {
                let file = csv.into_inner().map_err(|error| unwritable(&path, error.error()))?;
                file.into_inner().map_err(|error| unwritable(&path, error.error()))?
            }
            Table::Xlsx(sheets) => sheets.finish().map_err(|error| in_words(&path, error))?,
        };
        file.as_file().sync_all().map_err(|error| unwritable(&path, &error))?;
        file.persist(&path).map_err(|error| unwritable(&path, &error.error))?;
        Ok(())
    }
}

impl Sheets {
    fn new(file: NamedTempFile, folder: &Path, sheet_rows: u32) -> Result<Sheets, XlsxError> {
        let mut book = Workbook::new();
        book.set_tempdir(folder)?;
        Ok(Sheets {
            file,
            book,
            sheet_rows,
            sheets: 0,
            rows: 0,
            header: Vec::new(),
            bold: Format::new().set_bold(),
            widths: Vec::new(),
        })
    }

    fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> Result<(), XlsxError> {
        if self.sheets == 0 || self.rows >= self.sheet_rows {
            self.begin_sheet()?;
        }
        let sheet = self.book.worksheet_from_index(self.sheets - 1)?;
        let measured = self.sheets == 1 && self.rows <= MEASURED_ROWS;
        for (column, cell) in cells.into_iter().enumerate() {
            // A blank cell is nothing: a blank text would count as filled in Excel.
            if cell.is_empty() {
                continue;
            }
            if measured {
                measure(&mut self.widths, column, cell);
            }
            sheet.write_string(self.rows, u16::try_from(column).unwrap_or(u16::MAX), cell)?;
        }
        self.rows += 1;
        Ok(())
    }

    fn begin_sheet(&mut self) -> Result<(), XlsxError> {
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_name(format!(
            "Rows{}",
            if self.sheets == 0 { String::new() } else { format!(" {}", self.sheets + 1) }
        ))?;
        self.sheets += 1;
        self.rows = 0;
        if !self.header.is_empty() {
            for (column, name) in self.header.iter().enumerate() {
                measure(&mut self.widths, column, name);
                sheet.write_string_with_format(0, u16::try_from(column).unwrap_or(u16::MAX), name, &self.bold)?;
            }
            sheet.set_freeze_panes(1, 0)?;
            self.rows = 1;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<NamedTempFile, XlsxError> {
        if self.sheets == 0 {
            self.begin_sheet()?;
        }
        for index in 0..self.sheets {
            let sheet = self.book.worksheet_from_index(index)?;
            for (column, width) in (0u16..).zip(&self.widths) {
                sheet.set_column_width(column, (*width as f64 + 2.0).clamp(6.0, 60.0))?;
            }
        }
        self.book.save_to_writer(BufWriter::new(self.file.as_file_mut()))?;
        Ok(self.file)
    }
}

fn measure(widths: &mut Vec<usize>, column: usize, cell: &str) {
    if widths.len() <= column {
        widths.resize(column + 1, 0);
    }
    // Of a text of several lines the first decides.
    let length = cell.lines().next().unwrap_or_default().chars().count();
    widths[column] = widths[column].max(length);
}

/// A new file in the folder, with the rights that a file made by any program has.
pub(super) fn beside(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".linkspan-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn csv_writer(
    file: BufWriter<NamedTempFile>,
    delimiter: u8,
    terminator: ::csv::Terminator,
) -> ::csv::Writer<BufWriter<NamedTempFile>> {
    ::csv::WriterBuilder::new().delimiter(delimiter).terminator(terminator).flexible(true).from_writer(file)
}

fn as_io(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) | XlsxError::TempFileError(_, error) => error,
        other => io::Error::other(other.to_string()),
    }
}

fn in_words(path: &Path, error: XlsxError) -> ConnectError {
    match error {
        XlsxError::MaxStringLengthExceeded => ConnectError::refused(
            format!("{} cannot be written: a cell is longer than {CELL_CHARACTERS} characters", path.display()),
            "Excel takes no longer cells: save as CSV.",
        ),
        XlsxError::RowColumnLimitError => ConnectError::refused(
            format!("{} cannot be written: a sheet has 16384 columns at most", path.display()),
            "Excel takes no more columns: save as CSV.",
        ),
        error => unwritable(path, &as_io(error)),
    }
}

/// What Excel expects between the cells of a CSV file on this computer.
pub(crate) fn list_separator() -> u8 {
    let numeric =
        ["LC_ALL", "LC_NUMERIC"].iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let locale = numeric.or_else(sys_locale::get_locale).unwrap_or_default();
    if takes_semicolon(&locale) { b';' } else { b',' }
}

/// Whether the list separator is the semicolon: where the comma stands before decimals, and in Switzerland.
fn takes_semicolon(locale: &str) -> bool {
    const LANGUAGES: [&str; 37] = [
        "be", "bg", "bs", "ca", "cs", "da", "de", "el", "es", "et", "eu", "fi", "fr", "gl", "hr", "hu", "id", "is",
        "it", "ka", "lt", "lv", "mk", "nb", "nl", "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr", "sv", "tr",
        "uk",
    ];
    const SPANISH_WITH_POINT: [&str; 10] = ["MX", "US", "PR", "GT", "HN", "NI", "PA", "DO", "SV", "PE"];
    let mut parts = locale.split(['-', '_', '.', '@']);
    let language = parts.next().unwrap_or_default().to_ascii_lowercase();
    let region = parts.next().unwrap_or_default().to_ascii_uppercase();
    match language.as_str() {
        "es" => !SPANISH_WITH_POINT.contains(&region.as_str()),
        "en" => region == "ZA",
        language => LANGUAGES.contains(&language),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{Data, Reader as _};

    const ROWS: [[&str; 3]; 3] =
        [["007", "a,b;\"c\"", "=1+1"], ["003xx000004TmiQ", "two\nlines", ""], ["", "ä", " x "]];

    fn written(kind: FileKind) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("error.{}", kind.extension()));
        let mut writer = TableWriter::create(&path, kind).unwrap();
        writer.header(&["Id", "Text", "Formula"]).unwrap();
        ROWS.iter().for_each(|row| writer.row(row.iter().copied()).unwrap());
        assert!(!path.exists(), "a file appears whole or not at all");
        writer.finish().unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        (folder, path)
    }

    #[test]
    fn csv_is_exactly_the_data() {
        let (_folder, path) = written(FileKind::Csv);
        let text = "Id,Text,Formula\n007,\"a,b;\"\"c\"\"\",=1+1\n003xx000004TmiQ,\"two\nlines\",\n,ä, x \n";
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn csv_for_excel_has_its_mark_and_line_ends() {
        let (_folder, path) = written(FileKind::CsvForExcel);
        let bytes = std::fs::read(&path).unwrap();
        assert!(bytes.starts_with(b"\xef\xbb\xbfId") && bytes.ends_with(b" x \r\n"));
        let mut source = super::super::file::open(&super::super::file::inspect(&path).unwrap().settings).unwrap();
        let batch = source.read().unwrap().unwrap();
        let rows: Vec<Vec<_>> = batch.rows().map(|row| row.cells().collect()).collect();
        assert_eq!(rows, ROWS);
    }

    #[test]
    fn a_workbook_keeps_text_as_text() {
        let (_folder, path) = written(FileKind::Xlsx);
        let mut book = calamine::open_workbook_auto(&path).unwrap();
        let range = book.worksheet_range("Rows").unwrap();
        assert_eq!(range.get_value((0, 1)), Some(&Data::String("Text".into())));
        for (row, cells) in ROWS.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                let wanted = if cell.is_empty() { Data::Empty } else { Data::String((*cell).into()) };
                assert_eq!(range.get_value((row as u32 + 1, column as u32)), Some(&wanted));
            }
        }
    }

    #[test]
    fn what_does_not_fit_on_a_sheet_goes_on_on_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let mut sheets = Sheets::new(beside(folder.path()).unwrap(), folder.path(), 3).unwrap();
        sheets.header = vec!["n".into()];
        for row in 0..5 {
            sheets.row([row.to_string().as_str()]).unwrap();
        }
        let path = folder.path().join("x.xlsx");
        sheets.finish().unwrap().persist(&path).unwrap();
        let mut book = calamine::open_workbook_auto(&path).unwrap();
        assert_eq!(book.sheet_names(), ["Rows", "Rows 2", "Rows 3"]);
        assert_eq!(book.worksheet_range("Rows 3").unwrap().get_value((0, 0)), Some(&Data::String("n".into())));
        assert_eq!(book.worksheet_range("Rows 3").unwrap().get_value((1, 0)), Some(&Data::String("4".into())));
    }

    #[test]
    fn what_cannot_be_written_says_why_and_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let old = folder.path().join("old.csv");
        std::fs::write(&old, "old").unwrap();
        let mut writer = TableWriter::create(&old, FileKind::Csv).unwrap();
        writer.row(["new"]).unwrap();
        drop(writer);
        assert_eq!(std::fs::read_to_string(&old).unwrap(), "old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

        for kind in FileKind::ALL {
            let error = TableWriter::create(&folder.path().join("none/x"), kind).err().unwrap();
            assert!(error.to_string().contains("none") && error.hint().unwrap().contains("folder"), "{error}");
            let error = TableWriter::create(folder.path(), kind).err().unwrap();
            assert!(error.hint().unwrap().contains("another name"), "{error}");
        }
        let mut writer = TableWriter::create(&folder.path().join("x.xlsx"), FileKind::Xlsx).unwrap();
        let error = writer.row(["x".repeat(40_000).as_str()]).unwrap_err();
        assert!(error.to_string().contains("32767") && error.hint().unwrap().contains("CSV"), "{error}");
    }

    #[test]
    fn the_separator_is_the_one_of_the_place() {
        for (locale, semicolon) in [
            ("de_DE.UTF-8", true),
            ("de-CH", true),
            ("en-US", false),
            ("en_ZA", true),
            ("es-MX", false),
            ("es_ES", true),
            ("C", false),
            ("ja-JP", false),
        ] {
            assert_eq!(takes_semicolon(locale), semicolon, "{locale}");
        }
    }
}

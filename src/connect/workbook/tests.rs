//! Workbooks made on the spot.

use crate::connect::Source;
use crate::connect::file::{self, FileFormat, Inspection, inspect, inspect_as};
use crate::record::Row;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use std::path::PathBuf;

fn saved(name: &str, fill: impl FnOnce(&mut Workbook)) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let mut book = Workbook::new();
    fill(&mut book);
    book.save(&path).unwrap();
    (folder, path)
}

fn settings(inspection: &Inspection) -> (&str, u32) {
    match &inspection.settings.format {
        FileFormat::Workbook(workbook) => (&workbook.sheet, workbook.header_row),
        FileFormat::Csv(_) | FileFormat::Sqlite(_) => panic!("it is a workbook"),
    }
}

fn cells(row: Option<Row<'_>>) -> Vec<String> {
    row.unwrap().cells().map(str::to_owned).collect()
}

#[test]
fn cells_come_as_excel_shows_them() {
    let (_folder, path) = saved("shown.xlsx", |book| {
        let sheet = book.add_worksheet();
        let day = ExcelDateTime::from_ymd(2026, 1, 31).unwrap();
        let moment = ExcelDateTime::from_ymd(2026, 1, 31).unwrap().and_hms(14, 30, 0).unwrap();
        for (column, name) in
            ["PLZ", "Price", "Share", "Day", "Moment", "Active", "Phone", "Text", "Plain"].iter().enumerate()
        {
            sheet.write_string(0, column as u16, *name).unwrap();
        }
        sheet.write_number_with_format(1, 0, 1067, &Format::new().set_num_format("00000")).unwrap();
        sheet.write_number_with_format(1, 1, 82_970.19, &Format::new().set_num_format("#,##0.00 \"€\"")).unwrap();
        sheet.write_number_with_format(1, 2, 0.25, &Format::new().set_num_format("0%")).unwrap();
        sheet.write_datetime_with_format(1, 3, &day, &Format::new().set_num_format("dd.mm.yyyy")).unwrap();
        sheet.write_datetime_with_format(1, 4, &moment, &Format::new().set_num_format("dd.mm.yyyy hh:mm")).unwrap();
        sheet.write_boolean(1, 5, true).unwrap();
        sheet.write_number(1, 6, 49_151_123_456_789.0).unwrap();
        sheet.write_string(1, 7, "#N/A").unwrap();
        sheet.write_number(1, 8, 7.0).unwrap();
        sheet.write_formula(3, 7, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    });
    let inspection = inspect(&path).unwrap();
    assert_eq!(settings(&inspection), ("Sheet1", 1));
    let shown =
        ["01067", "82,970.19", "25%", "2026-01-31", "2026-01-31T14:30:00", "TRUE", "49151123456789", "#N/A", "7"];
    assert_eq!(cells(inspection.head.row(0)), shown);
    assert!(inspection.head.row(0).unwrap().fault().is_none());
    // With the comma as decimal sign, numbers read the same as text beside them.
    let mut german = inspection.settings.clone();
    german.formats.decimal_comma = true;
    assert_eq!(cells(inspect_as(&german).unwrap().head.row(0))[1], "82.970,19");
}

#[test]
fn the_table_is_found_below_its_title_on_whatever_sheet() {
    let (_folder, path) = saved("title.xlsx", |book| {
        book.add_worksheet().set_name("Cover").unwrap();
        let sheet = book.add_worksheet().set_name("Data").unwrap();
        sheet.write_string(0, 0, "Customers of 2026").unwrap();
        for (row, cells) in [["Id", "Name", ""], ["1", "a", ""], ["", "", ""], ["2", "b", "aside"]].iter().enumerate() {
            for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                sheet.write_string(row as u32 + 2, column as u16, *cell).unwrap();
            }
        }
    });
    let inspection = inspect(&path).unwrap();
    assert_eq!(settings(&inspection), ("Data", 3));
    assert_eq!((inspection.rows, &inspection.sheets[..]), (Some(2), &["Cover".to_owned(), "Data".to_owned()][..]));
    let last = inspection.head.row(1).unwrap();
    assert_eq!((last.line(), last.cell(1), last.extra()), (6, "b", &["aside".to_owned()][..]));
    assert!(inspection.notes.iter().any(|note| note.warning && note.text.contains("row 6")), "{:?}", inspection.notes);

    let mut without = inspection.settings.clone();
    without.format = FileFormat::Workbook(super::WorkbookSettings { sheet: "Data".into(), header_row: 0 });
    let inspection = inspect_as(&without).unwrap();
    assert_eq!((inspection.rows, inspection.columns.fields[2].name.as_str()), (Some(4), "Column C"));
    without.format = FileFormat::Workbook(super::WorkbookSettings { sheet: "Dat".into(), header_row: 1 });
    assert!(inspect_as(&without).unwrap_err().hint().unwrap().contains("Cover, Data"));
    without.format = FileFormat::Workbook(super::WorkbookSettings { sheet: "Data".into(), header_row: 2 });
    assert!(inspect_as(&without).unwrap_err().to_string().contains("row 2 is blank"));
}

#[test]
fn a_broken_formula_is_a_fault_of_its_row() {
    let error = rust_xlsxwriter::Formula::new("=1/0").set_result("#DIV/0!");
    let (_folder, path) = saved("broken.xlsx", |book| {
        let sheet = book.add_worksheet();
        sheet.write_string(0, 0, "Name").unwrap();
        sheet.write_string(0, 1, "Amount").unwrap();
        sheet.write_string(1, 0, "a").unwrap();
        sheet.write_formula(1, 1, error).unwrap();
    });
    let inspection = inspect(&path).unwrap();
    let row = inspection.head.row(0).unwrap();
    assert_eq!(row.cell(1), "#DIV/0!");
    let fault = row.fault().unwrap();
    assert_eq!((fault.code.as_str(), fault.column.as_deref()), ("broken_formula", Some("Amount")));
    assert!(fault.message.contains("cell B2"), "{}", fault.message);
}

#[test]
fn a_cover_sheet_is_not_taken_for_the_table() {
    let (_folder, path) = saved("cover.xlsx", |book| {
        let cover = book.add_worksheet().set_name("Notes").unwrap();
        cover.write_string(0, 0, "Just a note").unwrap();
        cover.write_string(1, 0, "and another").unwrap();
        let table = book.add_worksheet().set_name("Customers").unwrap();
        for (column, name) in ["No", "Company"].iter().enumerate() {
            table.write_string(0, column as u16, *name).unwrap();
            table.write_string(1, column as u16, "x").unwrap();
        }
    });
    assert_eq!(settings(&inspect(&path).unwrap()), ("Customers", 1));
    // Where there is no table anywhere, what there is must do.
    let (_folder, path) = saved("list.xlsx", |book| {
        book.add_worksheet().write_string(0, 0, "Mail").unwrap().write_string(1, 0, "ada@example.com").unwrap();
    });
    assert_eq!(settings(&inspect(&path).unwrap()).0, "Sheet1");
}

#[test]
fn a_long_sheet_streams_and_may_be_left_early() {
    let (_folder, path) = saved("long.xlsx", |book| {
        let sheet = book.add_worksheet_with_constant_memory().unwrap();
        for row in 0..30_000 {
            sheet.write_string(row, 0, if row == 0 { "Name".to_owned() } else { format!("n{row}") }).unwrap();
            sheet.write_string(row, 1, if row == 0 { "City" } else { "Bonn" }).unwrap();
        }
    });
    let inspection = inspect(&path).unwrap();
    assert_eq!((inspection.rows, inspection.head.len()), (None, 200));
    let mut source = file::open(&inspection.settings).unwrap();
    let mut rows = 0;
    while let Some(batch) = source.read().unwrap() {
        assert_eq!(batch.first(), rows + 1);
        rows += batch.len() as u64;
    }
    assert_eq!(rows, 29_999);
    let mut left: Box<dyn Source> = file::open(&inspection.settings).unwrap();
    left.read().unwrap();
}

#[test]
fn what_is_no_workbook_says_so() {
    let (_folder, path) = saved("twice.xlsx", |book| {
        let sheet = book.add_worksheet();
        sheet.write_string(0, 0, "Name").unwrap();
        sheet.write_string(0, 1, "name").unwrap();
        sheet.write_string(1, 0, "x").unwrap();
        sheet.write_string(1, 1, "y").unwrap();
    });
    let error = inspect(&path).unwrap_err();
    assert!(error.to_string().contains("sheet Sheet1, row 1: columns A and B are both called name"), "{error}");
    let (_folder, empty) = saved("empty.xlsx", |book| {
        book.add_worksheet();
    });
    assert!(inspect(&empty).unwrap_err().to_string().contains("no sheet with rows"));
    for bytes in [&b"PK\x03\x04 nothing of a workbook"[..], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 nothing of one"] {
        std::fs::write(&path, bytes).unwrap();
        let error = inspect(&path).unwrap_err();
        assert!(error.to_string().contains("cannot be read as a workbook") && error.hint().is_some(), "{error}");
    }
}

#[test]
fn older_and_other_workbooks_are_read_too() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/files");
    for name in ["excel_97.xls", "open_document.ods"] {
        let inspection = inspect(&folder.join(name)).unwrap();
        assert_eq!(settings(&inspection), ("Kunden", 1), "{name}");
        assert_eq!(inspection.rows, Some(2), "{name}");
        assert_eq!(cells(inspection.head.row(0)), ["42", "Müller", "2026-01-31", "1234.5", "TRUE"], "{name}");
        let second = inspection.head.row(1).unwrap();
        assert_eq!((second.cell(1), second.fault()), ("#N/A", None), "{name}");
        assert!(inspection.notes.iter().any(|note| note.text.contains("leading zeros")), "{name}");
    }
}

//! Whole files, as people have them.

use super::*;
use crate::connect::csv::{LineEnd, TextEncoding};
use crate::mapping::DateOrder;
use std::path::Path;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn saved(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn csv(inspection: &Inspection) -> &CsvSettings {
    match &inspection.settings.format {
        FileFormat::Csv(csv) => csv,
        FileFormat::Workbook(_) | FileFormat::Sqlite(_) => panic!("it is a text file"),
    }
}

fn rows(settings: &FileSettings) -> u64 {
    let mut source = open(settings).unwrap();
    let mut rows = 0;
    while let Some(batch) = source.read().unwrap() {
        assert!(batch.rows().all(|row| row.fault().is_none()));
        rows += batch.len() as u64;
    }
    rows
}

#[test]
fn northwind_is_read_as_it_is() {
    for (name, delimiter, encoding, columns, count) in [
        ("customers.csv", ',', TextEncoding::UTF_8, 11, 93),
        ("customers_bom_tab.tsv", '\t', TextEncoding::UTF_8, 11, 93),
        ("kunden_excel_de.csv", ';', TextEncoding::WINDOWS_1252, 12, KUNDEN),
        ("employees.csv", ',', TextEncoding::UTF_8, 16, 9),
        ("orders.csv", ',', TextEncoding::UTF_8, 14, 830),
        ("products.csv", ',', TextEncoding::UTF_8, 10, 77),
        ("order_details.csv", ',', TextEncoding::UTF_8, 5, 2155),
    ] {
        let inspection = inspect(&fixture("northwind").join(name)).unwrap();
        let csv = csv(&inspection);
        assert_eq!((csv.delimiter, csv.encoding, csv.header, csv.skip_lines), (delimiter, encoding, true, 0), "{name}");
        assert_eq!((inspection.columns.fields.len(), inspection.rows), (columns, Some(count)), "{name}");
        assert_eq!(rows(&inspection.settings), count, "{name}");
        assert_eq!(inspection.head.len() as u64, count.min(200), "{name}");
        // Dresden's 01307 is 1307 in orders.csv, and Mexico's 05033 is 5033.
        let warned: Vec<_> =
            inspection.notes.iter().filter(|note| note.warning).map(|note| note.column.as_deref()).collect();
        let wanted: &[_] = if name == "orders.csv" { &[Some("ShipPostalCode")] } else { &[] };
        assert_eq!(warned, wanted, "{name}");
        let again = inspect_as(&inspection.settings).unwrap();
        assert_eq!((again.head, again.settings), (inspection.head, inspection.settings), "{name}");
    }
}

/// Counted with Python's csv module.
const KUNDEN: u64 = 98;

#[test]
fn german_excel_is_read_with_its_umlauts_and_line_breaks() {
    let inspection = inspect(&fixture("northwind/kunden_excel_de.csv")).unwrap();
    assert!(inspection.settings.formats.decimal_comma);
    assert_eq!(inspection.settings.formats.dates, DateOrder::DayFirst);
    let names: Vec<_> = inspection.columns.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names[..4], ["Kundennr", "Firma", "Ansprechpartner", "Straße"]);
    let row = inspection.head.row(1).unwrap();
    assert_eq!(row.cell(3), "Avda. de la Constitución 2222");
    assert_eq!(row.cell(11), "Kunde seit langem.\r\nBitte \"Rechnung\" per Post");
    assert_eq!((row.line(), inspection.head.row(2).unwrap().line()), (3, 5));
    let note = inspection.notes.iter().find(|note| note.about == About::Encoding).unwrap();
    assert!(note.text.contains("Straße") && !note.certain, "{}", note.text);
}

#[test]
fn what_a_person_corrects_is_obeyed() {
    let (_folder, path) = saved("x.csv", b"a;b\n1,5;2\n");
    let mut settings = inspect(&path).unwrap().settings;
    assert_eq!(csv(&inspect(&path).unwrap()).delimiter, ';');
    settings.format = FileFormat::Csv(CsvSettings { header: false, ..CsvSettings::default() });
    let again = inspect_as(&settings).unwrap();
    assert_eq!(again.columns.fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(), ["Column A"]);
    assert_eq!(again.settings, settings);
    assert!(again.notes.iter().any(|note| note.warning && note.text.contains("line 2")), "{:?}", again.notes);
}

#[test]
fn odd_files_are_understood() {
    let utf16: Vec<u8> = "\u{feff}Näme\tCity\r\nA\tB\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, encoding, delimiter, end, columns, count) in [
        (&utf16[..], TextEncoding::UTF_16LE, '\t', LineEnd::Any, 2, 1),
        (b"sep=;\r\nName;City;X\r\nA;B;C\r\n", TextEncoding::UTF_8, ';', LineEnd::Any, 3, 1),
        (b"a|b|c\r1|2|3\r4|5|6\r", TextEncoding::UTF_8, '|', LineEnd::Any, 3, 2),
        (b"email\na@b.com\nc@d.com\n", TextEncoding::UTF_8, ',', LineEnd::Any, 1, 2),
        (b"Customers\n\nid,name,city\n1,a,b\n2,c,d\n", TextEncoding::UTF_8, ',', LineEnd::Any, 3, 2),
        (b"a,b\r\n1,2\r\n\x1a", TextEncoding::UTF_8, ',', LineEnd::Any, 2, 1),
    ] {
        let (_folder, path) = saved("odd.xls", bytes);
        let inspection = inspect(&path).unwrap();
        let csv = csv(&inspection);
        assert_eq!((csv.encoding, csv.delimiter, csv.line_end), (encoding, delimiter, end), "{bytes:?}");
        assert_eq!((inspection.columns.fields.len(), inspection.rows), (columns, Some(count)), "{bytes:?}");
        assert_eq!(rows(&inspection.settings), count, "{bytes:?}");
    }
}

#[test]
fn a_long_file_is_looked_at_no_further_than_its_first_part() {
    let (_folder, path) =
        saved("long.csv", ("id,name\n".to_owned() + &"1,\"a name\nof two lines\"\n".repeat(100_000)).as_bytes());
    let inspection = inspect(&path).unwrap();
    assert_eq!((inspection.rows, inspection.bytes), (None, 2_400_008));
    assert!(inspection.notes.iter().all(|note| !note.warning), "{:?}", inspection.notes);
    assert_eq!(rows(&inspection.settings), 100_000);
}

#[test]
fn a_paste_is_a_file_like_any_other() {
    let (_folder, path) = saved("paste.tsv", pasted("Name\tSize\tNote\r\nPipe\t5\"\t\"two\nlines\"\r\n").as_bytes());
    let inspection = inspect(&path).unwrap();
    let row = inspection.head.row(0).unwrap();
    assert_eq!(row.cells().collect::<Vec<_>>(), ["Pipe", "5\"", "two\nlines"]);
}

#[test]
fn what_cannot_be_read_says_so_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.csv");
    for (path, says) in [(missing.as_path(), "there is no file"), (folder.path(), "is a folder")] {
        let error = inspect(path).unwrap_err();
        assert!(error.to_string().contains(says) && error.to_string().contains(&path.display().to_string()), "{error}");
        assert!(error.hint().is_some());
    }
    for (bytes, says) in [
        (&b""[..], "is empty"),
        (b"<html><body>Login</body></html>", "is a web page"),
        (b"{\"a\": 1}", "is a JSON document"),
        (b"%PDF-1.4", "is a PDF"),
        (b"Name,City,NAME\n1,2,3\n", "line 1: columns A and C are both called NAME"),
    ] {
        let (_folder, path) = saved("x.csv", bytes);
        let error = inspect(&path).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert!(error.to_string().contains("x.csv") && error.hint().is_some(), "{error}");
    }
}

//! Rows as bytes: CSV, CSV for Excel, or a JSON object a line.

use super::super::query::Cells;
use crate::connect::write::list_separator;
use crate::record::{Field, Kind};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;

/// The kinds of file that rows are exported to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// CSV for programs, and for importing again: UTF-8, commas, LF.
    #[default]
    Csv,
    /// CSV that Excel opens with a double click: a byte order mark, this computer's list separator, CR LF.
    CsvForExcel,
    /// A JSON object a line: numbers and checkboxes as such, blanks as null.
    JsonLines,
    /// An Excel workbook; every cell is text, so that zeros in front and long ids survive.
    Xlsx,
}

impl ExportFormat {
    /// All of them, in the order in which people are offered them.
    pub const ALL: [ExportFormat; 4] =
        [ExportFormat::Csv, ExportFormat::CsvForExcel, ExportFormat::Xlsx, ExportFormat::JsonLines];

    /// The words people see.
    pub fn label(self) -> &'static str {
        match self {
            ExportFormat::Csv => "CSV",
            ExportFormat::CsvForExcel => "CSV for Excel",
            ExportFormat::JsonLines => "JSON lines",
            ExportFormat::Xlsx => "Excel workbook",
        }
    }

    /// When it is the right one.
    pub fn help(self) -> &'static str {
        match self {
            ExportFormat::Csv => "UTF-8, commas: for programs, and for importing again",
            ExportFormat::CsvForExcel => "Opens with a double click; Excel may take long numbers and =… for its own",
            ExportFormat::JsonLines => "An object a line, with numbers and checkboxes as such",
            ExportFormat::Xlsx => "Every cell is text: nothing is changed by opening it",
        }
    }

    /// The ending of its file names.
    pub fn extension(self) -> &'static str {
        match self {
            ExportFormat::Csv | ExportFormat::CsvForExcel => "csv",
            ExportFormat::JsonLines => "jsonl",
            ExportFormat::Xlsx => "xlsx",
        }
    }

    /// The format that a file name asks for.
    pub fn of(path: &Path) -> ExportFormat {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        match ending.as_deref() {
            Some("xlsx") => ExportFormat::Xlsx,
            Some("json" | "jsonl" | "ndjson") => ExportFormat::JsonLines,
            _ => ExportFormat::Csv,
        }
    }

    /// How its rows are written while it grows. A workbook is written as CSV first, and made at the end: half a workbook cannot be
    /// gone on with.
    pub(super) fn form(self) -> Form {
        match self {
            ExportFormat::Csv | ExportFormat::Xlsx => Form::Csv { separator: b',', excel: false },
            ExportFormat::CsvForExcel => Form::Csv { separator: list_separator(), excel: true },
            ExportFormat::JsonLines => Form::Json,
        }
    }
}

/// How rows become bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::workspace) enum Form {
    /// CSV.
    Csv {
        /// What stands between cells.
        separator: u8,
        /// Whether it has a byte order mark, and CR LF at the end of lines.
        excel: bool,
    },
    /// A JSON object a line.
    Json,
}

impl Form {
    /// What comes before the first row.
    pub(in crate::workspace) fn begin(self, fields: &[Field], out: &mut Vec<u8>) {
        let Form::Csv { separator, excel } = self else { return };
        if excel {
            out.extend_from_slice(b"\xef\xbb\xbf");
        }
        if !fields.is_empty() {
            let names: Cells = fields.iter().map(|field| field.name.as_str()).collect();
            csv_rows(separator, excel, &[names], out);
        }
    }

    /// Rows.
    pub(in crate::workspace) fn rows(self, fields: &[Field], rows: &[Cells], out: &mut Vec<u8>) {
        match self {
            Form::Csv { separator, excel } => csv_rows(separator, excel, rows, out),
            Form::Json => {
                for row in rows {
                    let cells = fields.iter().zip(row);
                    let object: serde_json::Map<String, Value> =
                        cells.map(|(field, cell)| (field.name.clone(), value(cell, field.kind))).collect();
                    out.extend_from_slice(Value::Object(object).to_string().as_bytes());
                    out.push(b'\n');
                }
            }
        }
    }
}

fn csv_rows(separator: u8, excel: bool, rows: &[Cells], out: &mut Vec<u8>) {
    let end = if excel { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
    let mut writer = csv::WriterBuilder::new().delimiter(separator).terminator(end).flexible(true).from_writer(out);
    for row in rows {
        writer.write_record(row).expect("memory takes everything");
    }
    writer.flush().expect("memory takes everything");
}

fn value(cell: &str, kind: Kind) -> Value {
    match kind {
        _ if cell.is_empty() => Value::Null,
        Kind::Boolean => match cell {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            other => other.into(),
        },
        // A number that JSON's readers would change stays text.
        Kind::Number | Kind::Integer => match serde_json::from_str::<serde_json::Number>(cell) {
            Ok(number) if number.to_string().trim_end_matches(".0") == cell => Value::Number(number),
            _ => cell.into(),
        },
        _ => cell.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(form: Form, rows: &[&[&str]]) -> String {
        let kinds = [Kind::Text, Kind::Number, Kind::Boolean];
        let fields: Vec<Field> = kinds
            .iter()
            .zip(["A", "B", "C"])
            .map(|(kind, name)| Field { kind: *kind, ..Field::column(name) })
            .collect();
        let rows: Vec<Cells> = rows.iter().map(|row| Cells::from(row.to_vec())).collect();
        let mut out = Vec::new();
        form.begin(&fields, &mut out);
        form.rows(&fields, &rows, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn rows_in_every_form() {
        let rows: &[&[&str]] = &[&[" x \"y\"", "12.5", "true"], &["a\nb", "", "false"]];
        assert_eq!(written(ExportFormat::Csv.form(), rows), "A,B,C\n\" x \"\"y\"\"\",12.5,true\n\"a\nb\",,false\n");
        let excel = Form::Csv { separator: b';', excel: true };
        assert_eq!(written(excel, &[&["a;b", "1", "true"]]), "\u{feff}A;B;C\r\n\"a;b\";1;true\r\n");
        assert_eq!(
            written(ExportFormat::JsonLines.form(), rows),
            "{\"A\":\" x \\\"y\\\"\",\"B\":12.5,\"C\":true}\n{\"A\":\"a\\nb\",\"B\":null,\"C\":false}\n"
        );
    }

    #[test]
    fn numbers_that_json_would_change_stay_text() {
        assert_eq!(value("12345678901234.56789", Kind::Number), Value::String("12345678901234.56789".into()));
        assert_eq!(value("999999999999999999", Kind::Number).to_string(), "999999999999999999");
        assert_eq!(value("0.5", Kind::Number).to_string(), "0.5");
    }

    #[test]
    fn a_single_blank_cell_is_a_row() {
        let mut out = Vec::new();
        csv_rows(b',', false, &[Cells::from(vec![""])], &mut out);
        assert_eq!(out, b"\"\"\n");
    }

    #[test]
    fn names_ask_for_formats() {
        for (name, format) in [
            ("a.csv", ExportFormat::Csv),
            ("a.XLSX", ExportFormat::Xlsx),
            ("a.jsonl", ExportFormat::JsonLines),
            ("a.txt", ExportFormat::Csv),
        ] {
            assert_eq!(ExportFormat::of(Path::new(name)), format, "{name}");
        }
    }
}

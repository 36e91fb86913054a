//! Files people have: what they are, how they are read, and the rows they hold.

use crate::mapping::Formats;
use crate::record::{Batch, Schema};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How a file is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileSettings {
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub format: FileFormat,
    /// How it writes numbers and dates.
    #[serde(default)]
    pub formats: Formats,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// CSV and its kin.
    Csv(CsvSettings),
    /// Excel and OpenDocument.
    Workbook(WorkbookSettings),
}

/// How a CSV is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CsvSettings {
    /// Encoding.
    pub encoding: TextEncoding,
    /// Between cells.
    pub delimiter: char,
    /// Whether `"` encloses cells.
    pub quoting: bool,
    /// Whether the first row names the columns.
    pub header: bool,
    /// Lines before the header.
    pub skip_lines: u32,
}

/// Encoding of a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextEncoding {
    /// UTF-8
    Utf8,
    /// UTF-16 little endian
    Utf16Le,
    /// UTF-16 big endian
    Utf16Be,
    /// Windows-1252
    Windows1252,
}

/// How a workbook is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkbookSettings {
    /// The sheet.
    pub sheet: String,
    /// The row with headers, from 1; 0 for none.
    pub header_row: u32,
}

/// A choice made for the person, or a warning.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// The sentence.
    pub text: String,
    /// Whether it is a warning.
    pub warning: bool,
}

/// What a look at a file shows.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// How it is read.
    pub settings: FileSettings,
    /// What was detected, and warnings.
    pub notes: Vec<Note>,
    /// Its columns.
    pub columns: Schema,
    /// First rows.
    pub head: Batch,
    /// Sheets of a workbook.
    pub sheets: Vec<String>,
    /// Size.
    pub bytes: u64,
    /// Rows, where the whole file was seen.
    pub rows: Option<u64>,
}

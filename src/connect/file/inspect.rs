//! A first look at a file: what it is, how it is to be read and why, and its first rows.

use super::kind::{Kind, kind};
use super::notes::{About, Note, Watch};
use super::pattern::resolve;
use super::{File, FileFormat, FileSettings, encoding, interrupted};
use crate::connect::csv::sniff::{self, Sniffed};
use crate::connect::csv::{CsvSettings, CsvSource};
use crate::connect::{ConnectError, Source, sqlite, workbook};
use crate::mapping::{ColumnFormat, Formats, detect_kind};
use crate::record::{self, Batch, BatchBuilder, Schema};
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;

/// Bytes of a text file that are looked at.
const HEAD_BYTES: usize = 1 << 20;

/// Rows of a sheet or a table of a database that are looked at.
const TABLE_ROWS: u64 = 20_000;

/// Rows that are shown.
const HEAD_ROWS: usize = 200;

/// What a first look at a file found.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// How the file is read.
    pub settings: FileSettings,
    /// Each choice with its reason, and what is odd about the file.
    pub notes: Vec<Note>,
    /// Its columns.
    pub columns: Schema,
    /// Its first rows, 200 at most.
    pub head: Batch,
    /// The sheets of a workbook, or the tables of a database; empty for a text file.
    pub sheets: Vec<String>,
    /// Bytes of the file.
    pub bytes: u64,
    /// How many rows it has, where all of it was seen.
    pub rows: Option<u64>,
}

/// Looks at a file and finds out how it is to be read. Of a text file no more than its first MB is looked at.
pub fn inspect(path: &Path) -> Result<Inspection, ConnectError> {
    let path = &resolve(path)?;
    let head = Head::read(path)?;
    match kind(path, &head.bytes)? {
        Kind::Text => {}
        Kind::Workbook => {
            let (settings, notes) = workbook::detect(path)?;
            return inspect_tables(path, FileFormat::Workbook(settings), None, notes, head.length);
        }
        Kind::Database => {
            let (settings, notes) = sqlite::detect(path)?;
            return inspect_tables(path, FileFormat::Sqlite(settings), None, notes, head.length);
        }
    }
    let encoding = encoding::encoding(&head.bytes, head.cut);
    let (text, _) = encoding.value.encoding().decode_with_bom_removal(&head.bytes);
    let sniffed = sniff::sniff(&text, head.cut);
    let mut notes = vec![Note::choice(About::Encoding, encoding.value.label(), &encoding)];
    choices(&sniffed, &mut notes);
    let csv = CsvSettings {
        encoding: encoding.value,
        delimiter: sniffed.delimiter.value,
        quoting: sniffed.quoting.value,
        line_end: sniffed.line_end.value,
        header: sniffed.header.value,
        skip_lines: sniffed.skip_lines.value,
    };
    inspect_text(path, csv, None, notes, &head)
}

/// Looks at a file as a person has said that it is to be read.
pub fn inspect_as(settings: &FileSettings) -> Result<Inspection, ConnectError> {
    let settings = &settings.resolved()?;
    let head = Head::read(&settings.path)?;
    let kind = kind(&settings.path, &head.bytes)?;
    match (&settings.format, kind) {
        (FileFormat::Csv(csv), Kind::Text) => {
            inspect_text(&settings.path, csv.clone(), Some(settings), Vec::new(), &head)
        }
        (format @ FileFormat::Workbook(_), Kind::Workbook) | (format @ FileFormat::Sqlite(_), Kind::Database) => {
            inspect_tables(&settings.path, format.clone(), Some(settings), Vec::new(), head.length)
        }
        (was, is) => {
            let is = match is {
                Kind::Text => "a text file",
                Kind::Workbook => "a workbook",
                Kind::Database => "a database",
            };
            let was = match was {
                FileFormat::Csv(_) => "a text file",
                FileFormat::Workbook(_) => "a workbook",
                FileFormat::Sqlite(_) => "a database",
            };
            Err(ConnectError::refused(
                format!("{} is {is} and no longer {was}", settings.path.display()),
                "Choose the file again, so that it is read as what it is.",
            ))
        }
    }
}

/// The first part of a file.
struct Head {
    bytes: Vec<u8>,
    /// Bytes of the whole file.
    length: u64,
    /// Whether the file goes on.
    cut: bool,
}

impl Head {
    fn read(path: &Path) -> Result<Head, ConnectError> {
        let mut file = File::open(path)?;
        let length = file.length();
        let mut bytes = Vec::new();
        file.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut bytes).map_err(|error| interrupted(path, 1, &error))?;
        Ok(Head { cut: (bytes.len() as u64) < length, bytes, length })
    }
}

fn choices(sniffed: &Sniffed, notes: &mut Vec<Note>) {
    let delimiter = sniff::named(sniffed.delimiter.value);
    notes.push(Note::choice(About::Delimiter, &format!("Cells are separated by {delimiter}"), &sniffed.delimiter));
    notes.push(Note::choice(About::Quoting, "Cells may stand in quotes", &sniffed.quoting));
    notes.push(Note::choice(About::LineEnd, "Line ends", &sniffed.line_end));
    let header = if sniffed.header.value { "The first row is the header" } else { "There is no header" };
    notes.push(Note::choice(About::Header, header, &sniffed.header));
    if sniffed.skip_lines.value > 0 {
        let lines = format!("{} lines at the top are skipped", sniffed.skip_lines.value);
        notes.push(Note::choice(About::SkippedLines, &lines, &sniffed.skip_lines));
    }
}

fn inspect_text(
    path: &Path,
    csv: CsvSettings,
    known: Option<&FileSettings>,
    notes: Vec<Note>,
    head: &Head,
) -> Result<Inspection, ConnectError> {
    let mut source = CsvSource::new(Cursor::new(&head.bytes), path, &csv, head.cut)?;
    let delimiter = csv.delimiter;
    let settings = FileSettings {
        path: path.to_owned(),
        format: FileFormat::Csv(csv),
        formats: Formats::default(),
        columns: BTreeMap::new(),
    };
    look(
        &mut source,
        settings,
        known,
        Some(delimiter),
        notes,
        head.length,
        if head.cut { Whole::No } else { Whole::Yes },
    )
}

/// Looks at one of the tables that a file has.
fn inspect_tables(
    path: &Path,
    format: FileFormat,
    known: Option<&FileSettings>,
    notes: Vec<Note>,
    bytes: u64,
) -> Result<Inspection, ConnectError> {
    let settings = FileSettings {
        path: path.to_owned(),
        format,
        formats: known.map(|known| known.formats).unwrap_or_default(),
        columns: BTreeMap::new(),
    };
    let tables = match &settings.format {
        FileFormat::Csv(_) => Vec::new(),
        FileFormat::Workbook(_) => workbook::sheets(path)?,
        FileFormat::Sqlite(_) => sqlite::tables(path)?,
    };
    let mut source = super::open(&settings)?;
    let whole = Whole::Unless { more_than: TABLE_ROWS };
    let inspection = look(source.as_mut(), settings, known, None, notes, bytes, whole)?;
    Ok(Inspection { sheets: tables, ..inspection })
}

/// Whether what is looked at is all there is.
enum Whole {
    Yes,
    No,
    /// It is, unless there are more rows than this; the others are not looked at.
    Unless {
        more_than: u64,
    },
}

/// Reads what there is to read, and notes what is odd about it.
fn look(
    source: &mut dyn Source,
    mut settings: FileSettings,
    known: Option<&FileSettings>,
    delimiter: Option<char>,
    mut notes: Vec<Note>,
    bytes: u64,
    whole: Whole,
) -> Result<Inspection, ConnectError> {
    let columns = source.schema().clone();
    let mut watch = Watch::new(columns.fields.len());
    let mut head = BatchBuilder::new(1, columns.fields.len());
    let mut rows = 0;
    let mut seen_all = !matches!(whole, Whole::No);
    while let Some(batch) = source.read()? {
        watch.see(&batch);
        rows += batch.len() as u64;
        for row in batch.rows().take(HEAD_ROWS - head.len()) {
            row.cells().chain(row.extra().iter().map(String::as_str)).for_each(|cell| head.cell(cell));
            head.end_row(row.line(), row.fault().cloned());
        }
        if matches!(whole, Whole::Unless { more_than } if rows > more_than) {
            seen_all = false;
            break;
        }
    }
    let head = head.finish();
    match known {
        Some(known) => {
            settings.formats = known.formats;
            settings.columns.clone_from(&known.columns);
        }
        None => {
            settings.formats = watch.formats(delimiter, &mut notes);
            settings.columns = kinds(&columns, &head, &settings.formats);
        }
    }
    watch.warnings(&columns, &mut notes);
    Ok(Inspection { settings, notes, columns, head, sheets: Vec::new(), bytes, rows: seen_all.then_some(rows) })
}

/// Columns that hold more than text, by what their first cells look like.
fn kinds(columns: &Schema, head: &Batch, formats: &Formats) -> BTreeMap<String, ColumnFormat> {
    let kind = |index: usize, name: &str| detect_kind(name, head.rows().map(|row| row.cell(index)), formats);
    let columns = columns.fields.iter().enumerate().map(|(index, field)| (&field.name, kind(index, &field.name)));
    columns
        .filter(|(_, kind)| *kind != record::Kind::Text)
        .map(|(name, kind)| (name.clone(), ColumnFormat { kind, formats: None }))
        .collect()
}

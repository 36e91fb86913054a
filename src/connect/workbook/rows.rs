//! Cells into rows, rows into batches.

use super::WorkbookSettings;
use super::book::Cell;
use super::cell::Value;
use crate::connect::ConnectError;
use crate::connect::ahead::Message;
use crate::connect::file::{self, columns, letters, unnamed};
use crate::record::{BatchBuilder, Field, Rejection, RowNumber, Schema};
use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;

/// Rows and bytes that a batch does not exceed by more than one row.
const BATCH_ROWS: usize = 4096;
const BATCH_BYTES: usize = 1 << 20;

/// Rows that are looked at for the number of columns where there is no header.
const MEASURED_ROWS: usize = 200;

/// Makes rows of the cells of a sheet, and sends them off in batches.
pub(super) struct RowReader<'a> {
    path: PathBuf,
    file: String,
    settings: &'a WorkbookSettings,
    comma: bool,
    sender: &'a SyncSender<Message>,
    /// The row under way.
    row: SheetRow,
    /// Rows from before the number of columns was known.
    waiting: Vec<SheetRow>,
    schema: Option<Schema>,
    batch: BatchBuilder,
    rows: RowNumber,
    failed: Option<ConnectError>,
}

/// A row of the sheet: its cells in one text, and what is wrong with it.
#[derive(Debug, Clone, Default)]
struct SheetRow {
    /// Number within the sheet, from 0.
    number: u32,
    text: String,
    /// End of each cell in `text`.
    ends: Vec<usize>,
    /// Column and word of the first formula without a result.
    broken: Option<(usize, String)>,
}

impl SheetRow {
    fn put(&mut self, cell: &Cell<'_>, comma: bool) {
        // Cells that a sheet leaves out are blank.
        while self.ends.len() < cell.column {
            self.ends.push(self.text.len());
        }
        cell.value.show(cell.format, comma, &mut self.text);
        if let Value::Broken(word) = &cell.value {
            self.broken.get_or_insert_with(|| (cell.column, word.clone()));
        }
        self.ends.push(self.text.len());
    }

    fn cells(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.ends.len()).map(|index| {
            let from = if index == 0 { 0 } else { self.ends[index - 1] };
            &self.text[from..self.ends[index]]
        })
    }

    fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Cells up to the last one that is not blank.
    fn length(&self) -> usize {
        self.ends.partition_point(|end| *end < self.text.len()) + usize::from(!self.text.is_empty())
    }

    fn clear(&mut self, number: u32) {
        self.number = number;
        self.text.clear();
        self.ends.clear();
        self.broken = None;
    }
}

impl<'a> RowReader<'a> {
    pub(super) fn new(
        path: &Path,
        settings: &'a WorkbookSettings,
        comma: bool,
        sender: &'a SyncSender<Message>,
    ) -> RowReader<'a> {
        RowReader {
            path: path.to_owned(),
            file: file::name(path),
            settings,
            comma,
            sender,
            row: SheetRow::default(),
            waiting: Vec::new(),
            schema: None,
            batch: BatchBuilder::new(1, 0),
            rows: 0,
            failed: None,
        }
    }

    /// Takes the next cell; says whether to go on.
    pub(super) fn cell(&mut self, row: u32, cell: &Cell<'_>) -> bool {
        if row != self.row.number && !self.end_row(row) {
            return false;
        }
        // Rows above the header are a title. A cell that goes back would be one that is given twice.
        if row + 1 >= self.settings.header_row && cell.column >= self.row.ends.len() {
            self.row.put(cell, self.comma);
        }
        true
    }

    /// Ends the last row, and sends what is left.
    pub(super) fn finish(mut self) -> Result<(), ConnectError> {
        if self.failed.is_none() && self.end_row(u32::MAX) && self.schema.is_none() && self.settings.header_row == 0 {
            self.without_header();
        }
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.schema.is_none() {
            return Err(ConnectError::refused(
                format!(
                    "{}, sheet {}: row {} is blank",
                    self.path.display(),
                    self.settings.sheet,
                    self.settings.header_row
                ),
                "Choose the row with the names of the columns, or another sheet.",
            ));
        }
        if !self.batch.is_empty() {
            // Nobody may be listening any more.
            let _gone = self.sender.send(Message::Batch(self.batch.finish())).is_err();
        }
        Ok(())
    }

    /// Ends the row under way and begins `next`; says whether to go on.
    fn end_row(&mut self, next: u32) -> bool {
        let mut row = std::mem::take(&mut self.row);
        let go_on = row.is_blank() || self.take(&row);
        row.clear(next);
        self.row = row;
        go_on
    }

    fn take(&mut self, row: &SheetRow) -> bool {
        if self.schema.is_some() {
            return self.add(row);
        }
        if self.settings.header_row == 0 {
            self.waiting.push(row.clone());
            return self.waiting.len() < MEASURED_ROWS || self.without_header();
        }
        if row.number + 1 != self.settings.header_row {
            // The header's own row was blank, so nothing can be said of the columns.
            return false;
        }
        let place = format!("{}, sheet {}, row {}", self.path.display(), self.settings.sheet, row.number + 1);
        let names = row.cells().take(row.length()).map(|name| name.trim().to_owned()).collect();
        match columns(names, &place) {
            Ok(fields) => self.begin(fields),
            Err(error) => {
                self.failed = Some(error);
                false
            }
        }
    }

    /// Names the columns by their letters, as many as the widest of the first rows has.
    fn without_header(&mut self) -> bool {
        let rows = std::mem::take(&mut self.waiting);
        let Some(width) = rows.iter().map(SheetRow::length).max() else {
            self.failed = Some(ConnectError::refused(
                format!("{}, sheet {}: there is no row", self.path.display(), self.settings.sheet),
                "Choose another sheet.",
            ));
            return false;
        };
        self.begin((0..width).map(|index| Field::column(unnamed(index))).collect())
            && rows.iter().all(|row| self.add(row))
    }

    fn begin(&mut self, fields: Vec<Field>) -> bool {
        let name = self.file.clone();
        let schema = Schema { label: name.clone(), label_plural: name.clone(), name, fields, ..Schema::default() };
        self.batch = BatchBuilder::new(1, schema.fields.len());
        self.schema = Some(schema.clone());
        self.sender.send(Message::Schema(schema)).is_ok()
    }

    fn add(&mut self, row: &SheetRow) -> bool {
        // Blank cells right of the table are no cells.
        row.cells().take(row.length()).for_each(|cell| self.batch.cell(cell));
        self.batch.end_row(u64::from(row.number) + 1, self.fault(row));
        self.rows += 1;
        if self.batch.len() < BATCH_ROWS && self.batch.bytes() < BATCH_BYTES {
            return true;
        }
        let columns = self.schema.as_ref().map_or(0, |schema| schema.fields.len());
        let full = std::mem::replace(&mut self.batch, BatchBuilder::new(self.rows + 1, columns));
        self.sender.send(Message::Batch(full.finish())).is_ok()
    }

    fn fault(&self, row: &SheetRow) -> Option<Rejection> {
        let (column, word) = row.broken.as_ref()?;
        let place =
            format!("{}, sheet {}, cell {}{}", self.file, self.settings.sheet, letters(*column), row.number + 1);
        let rejection = Rejection::new("broken_formula", format!("{place}: the formula gives {word}"))
            .hint("Correct the formula in the workbook, or replace it by its value.");
        Some(match self.schema.as_ref().and_then(|schema| schema.fields.get(*column)) {
            Some(field) => rejection.column(&field.name),
            None => rejection,
        })
    }
}

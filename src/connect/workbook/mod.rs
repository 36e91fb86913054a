//! Excel and OpenDocument workbooks.

use super::file::{self, About, Note};
use super::{ConnectError, Source};
use crate::record::{Batch, BatchBuilder, Schema};
use calamine::{Data, Reader, Sheets, open_workbook_auto};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// What a person can set about a workbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkbookSettings {
    /// The sheet whose rows are read.
    pub sheet: String,
    /// The row with the names of the columns, counted from 1; 0 where there is none and the columns are called by their letters.
    pub header_row: u32,
}

type Book = Sheets<BufReader<File>>;

fn book(path: &Path) -> Result<Book, ConnectError> {
    open_workbook_auto(path).map_err(|error| {
        ConnectError::refused(
            format!("{} cannot be read as a workbook: {error}", path.display()),
            "Save it again in Excel.",
        )
    })
}

/// The names of its sheets, in order.
pub fn sheets(path: &Path) -> Result<Vec<String>, ConnectError> {
    Ok(book(path)?.sheet_names())
}

/// Finds out which sheet and which header row to read.
pub(crate) fn detect(path: &Path) -> Result<(WorkbookSettings, Vec<Note>), ConnectError> {
    let sheet = sheets(path)?.into_iter().next().unwrap_or_default();
    let note = Note {
        about: About::Sheet,
        text: format!("The first sheet, {sheet}, is read."),
        certain: false,
        warning: false,
        column: None,
    };
    Ok((WorkbookSettings { sheet, header_row: 1 }, vec![note]))
}

struct WorkbookSource {
    schema: Schema,
    rows: Option<Batch>,
}

/// Opens a sheet.
pub fn open(path: &Path, settings: &WorkbookSettings) -> Result<Box<dyn Source>, ConnectError> {
    let range = book(path)?
        .worksheet_range(&settings.sheet)
        .map_err(|error| ConnectError::refused(format!("{}: {error}", path.display()), "Choose another sheet."))?;
    let mut rows = range.rows().enumerate().skip(settings.header_row as usize);
    let header = range.rows().next().unwrap_or_default().iter().map(Data::to_string).collect();
    let fields = file::columns(header, &format!("{}, sheet {}", path.display(), settings.sheet))?;
    let mut builder = BatchBuilder::new(1, fields.len());
    for (line, row) in &mut rows {
        row.iter().for_each(|cell| builder.cell(&cell.to_string()));
        builder.end_row(line as u64 + 1, None);
    }
    let name = file::name(path);
    let schema = Schema { name: name.clone(), label: name.clone(), label_plural: name, fields, ..Schema::default() };
    Ok(Box::new(WorkbookSource { schema, rows: Some(builder.finish()) }))
}

impl Source for WorkbookSource {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn read(&mut self) -> Result<Option<Batch>, ConnectError> {
        Ok(self.rows.take().filter(|rows| !rows.is_empty()))
    }
}

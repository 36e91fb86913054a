//! Tables of value maps and formulas, from files and into files.

use super::open::unwritable;
use super::{Workspace, WorkspaceError};
use crate::cancel::Cancel;
use crate::connect::file::FileFormat;
use crate::mapping::Table;
use std::path::Path;

/// Bytes of the largest file that is taken for a table.
const MOST_BYTES: u64 = 16 << 20;

/// A file that was read as a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TableFile {
    /// The table, called as the file.
    pub table: Table,
    /// Whether its first row was taken for the names of the columns.
    pub header: bool,
}

impl Workspace {
    /// Reads all rows of a text file or workbook as a table. How it is written is detected, its header too.
    pub fn read_table(&self, path: &Path) -> Result<TableFile, WorkspaceError> {
        let found = self.inspect(path)?;
        if found.bytes > MOST_BYTES {
            return Err(WorkspaceError::new(format!("{} has more than {MOST_BYTES} bytes", path.display())).hint(
                "A table of an integration is part of it. Load a larger one into an object, and look it up there.",
            ));
        }
        let header = match &found.settings.format {
            FileFormat::Csv(csv) => csv.header,
            FileFormat::Workbook(_) | FileFormat::Sqlite(_) => true,
        };
        let mut source = self.open_source(&found.settings.clone().into(), &Cancel::new())?;
        let mut rows = Vec::new();
        while let Some(batch) = source.read()? {
            for row in batch.rows() {
                if let Some(fault) = row.fault() {
                    let (line, what) = (row.line(), &fault.message);
                    return Err(WorkspaceError::new(format!("{}, line {line}: {what}", path.display()))
                        .hint("Mend the row in the file, and import it again."));
                }
                rows.push(row.cells().map(|cell| cell.trim().to_owned()).collect());
            }
        }
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let columns = found.columns.fields.into_iter().map(|field| field.name).collect();
        Ok(TableFile { table: Table { name, columns, rows }, header })
    }

    /// Writes a table as CSV with a header: UTF-8, commas, LF.
    pub fn write_table(&self, table: &Table, path: &Path) -> Result<(), WorkspaceError> {
        let failed = |error: csv::Error| unwritable(path, &error.into());
        let mut csv = csv::WriterBuilder::new().flexible(true).from_path(path).map_err(failed)?;
        csv.write_record(&table.columns).map_err(failed)?;
        for row in &table.rows {
            csv.write_record(row).map_err(failed)?;
        }
        csv.flush().map_err(|error| unwritable(path, &error))
    }
}

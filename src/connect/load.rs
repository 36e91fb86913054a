//! The rows of a delivery into a table or a file, taken apart.

use super::ConnectError;
use csv::StringRecord;

/// The rows of a delivery, taken apart.
pub(super) struct Load {
    /// The columns that the rows have.
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<StringRecord>,
}

impl Load {
    /// Takes a body apart that an encoder has made.
    pub(super) fn read(body: &[u8]) -> Result<Load, ConnectError> {
        let broken = |error: csv::Error| ConnectError::Refused {
            message: format!("the rows of a delivery cannot be read again: {error}"),
            hint: None,
        };
        let mut reader = csv::ReaderBuilder::new().from_reader(body);
        let columns = reader.headers().map_err(broken)?.iter().map(str::to_owned).collect();
        let rows = reader.records().collect::<Result<Vec<_>, _>>().map_err(broken)?;
        Ok(Load { columns, rows })
    }

    /// The cell of a row in the column of that name; blank where there is none.
    pub(super) fn cell(&self, place: usize, column: &str) -> &str {
        let at = self.columns.iter().position(|name| name == column);
        at.and_then(|at| self.rows[place].get(at)).unwrap_or_default()
    }

    /// Refuses a delivery that is no longer the one that was prepared.
    pub(super) fn must_have(&self, rows: usize) -> Result<(), ConnectError> {
        if self.rows.len() == rows {
            return Ok(());
        }
        let message = format!("a delivery of {rows} rows has {} now", self.rows.len());
        Err(ConnectError::Refused { message, hint: None })
    }
}

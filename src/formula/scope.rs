//! What a formula may name, and where it finds its values: fields and tables when it is compiled, cells when it runs.

use super::decimal::Decimal;
use super::value::{Type, Value};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::sync::Arc;

/// What blank numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Blanks {
    /// Zero: Salesforce's "treat blank fields as zeroes", which is its default.
    #[default]
    Zero,
    /// Blank: what is computed with them is blank too.
    Blank,
}

/// Everything that a formula may name.
pub struct Scope<'s> {
    /// The fields of a row.
    pub fields: &'s dyn Fields,
    /// What blank numbers are.
    pub blanks: Blanks,
    /// The time zone in which an instant falls on a day.
    pub zone: TimeZone,
    /// The tables of MAPVALUE and LOOKUP.
    pub tables: &'s dyn Tables,
    /// Whether rows know their previous version, so that ISCHANGED and PRIORVALUE make sense.
    pub previous: bool,
}

/// The fields of a row, by name.
pub trait Fields {
    /// The slot and the type of the field of that name. Names are compared without case, the exact one first.
    fn find(&self, name: &str) -> Option<(usize, Type)>;
    /// All names, in order, for suggestions and completion.
    fn names(&self) -> Vec<String>;
}

/// Fields in a list, slot by slot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldList(pub Vec<(String, Type)>);

impl Fields for FieldList {
    fn find(&self, name: &str) -> Option<(usize, Type)> {
        let exact = self.0.iter().position(|(field, _)| field == name);
        let slot = exact.or_else(|| self.0.iter().position(|(field, _)| alike(field, name)))?;
        Some((slot, self.0[slot].1))
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }
}

/// Whether two names differ by case alone.
pub(super) fn alike(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())
}

/// The named tables of an integration.
pub trait Tables {
    /// The table of that name, without case.
    fn table(&self, name: &str) -> Option<Arc<Table>>;
    /// All names, for suggestions and completion.
    fn names(&self) -> Vec<String>;
}

/// No tables.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTables;

impl Tables for NoTables {
    fn table(&self, _name: &str) -> Option<Arc<Table>> {
        None
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Tables for [Arc<Table>] {
    fn table(&self, name: &str) -> Option<Arc<Table>> {
        self.iter().find(|table| alike(&table.name, name)).cloned()
    }

    fn names(&self) -> Vec<String> {
        self.iter().map(|table| table.name.clone()).collect()
    }
}

impl Tables for Vec<Arc<Table>> {
    fn table(&self, name: &str) -> Option<Arc<Table>> {
        self.as_slice().table(name)
    }

    fn names(&self) -> Vec<String> {
        self.as_slice().names()
    }
}

/// A table whose first column is its key: a value map has two columns, the value and what it becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    name: String,
    columns: Vec<String>,
    cells: Vec<String>,
    ignore_case: bool,
    rows: HashMap<String, usize>,
}

impl Table {
    /// A table of rows; a row with too few cells is filled with blanks. Of two rows with the same key the first one counts.
    pub fn new(
        name: impl Into<String>,
        columns: Vec<String>,
        rows: impl IntoIterator<Item = Vec<String>>,
        ignore_case: bool,
    ) -> Table {
        let mut table = Table { name: name.into(), columns, cells: Vec::new(), ignore_case, rows: HashMap::new() };
        let width = table.columns.len();
        for (index, mut row) in rows.into_iter().enumerate() {
            row.resize(width, String::new());
            let key = row.first().map(|key| if ignore_case { key.to_lowercase() } else { key.clone() });
            table.rows.entry(key.unwrap_or_default()).or_insert(index);
            table.cells.extend(row);
        }
        table
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its columns, the key first.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The number of a column, by name without case.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| alike(column, name))
    }

    /// The cell of a column in the row with that key.
    pub fn get(&self, key: &str, column: usize) -> Option<&str> {
        let row = if self.ignore_case { self.rows.get(&key.to_lowercase()) } else { self.rows.get(key) };
        self.cells.get(row? * self.columns.len() + column).map(String::as_str)
    }
}

/// The cells of one row, by slot.
///
/// The getters for text, numbers and dates may be implemented for speed; they must agree with [`Cells::get`].
pub trait Cells {
    /// The value of a field.
    fn get(&self, slot: usize) -> Result<Value<'_>, CellError>;

    /// The value of a text field; blank is `""`.
    fn text(&self, slot: usize) -> Result<&str, CellError> {
        match self.get(slot)? {
            Value::Text(text) => Ok(text),
            Value::Null => Ok(""),
            other => Err(CellError::new(format!("{other} is not text"))),
        }
    }

    /// The value of a number field.
    fn number(&self, slot: usize) -> Result<Option<Decimal>, CellError> {
        match self.get(slot)? {
            Value::Number(number) => Ok(Some(number)),
            Value::Null => Ok(None),
            other => Err(CellError::new(format!("{other} is not a number"))),
        }
    }

    /// The value of a date field.
    fn date(&self, slot: usize) -> Result<Option<Date>, CellError> {
        match self.get(slot)? {
            Value::Date(date) => Ok(Some(date)),
            Value::Null => Ok(None),
            other => Err(CellError::new(format!("{other} is not a date"))),
        }
    }

    /// The value that the field had in the previous version of the row; `None` when the row has no previous version.
    fn previous(&self, _slot: usize) -> Result<Option<Value<'_>>, CellError> {
        Ok(None)
    }

    /// Whether the row is new.
    fn is_new(&self) -> bool {
        false
    }

    /// Whether the row is a copy of another record.
    fn is_clone(&self) -> bool {
        false
    }
}

/// Values in a list, slot by slot.
impl Cells for Vec<Value<'_>> {
    fn get(&self, slot: usize) -> Result<Value<'_>, CellError> {
        Ok(self.as_slice().get(slot).copied().unwrap_or(Value::Null))
    }
}

/// Why a cell cannot be read as what its field is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CellError {
    /// A sentence without the field's name.
    pub message: String,
}

impl CellError {
    /// An error with a sentence.
    pub fn new(message: impl Into<String>) -> CellError {
        CellError { message: message.into() }
    }
}

/// When a run happens: one instant for all its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// What NOW() is.
    pub now: Timestamp,
}

//! Files people have: what they are, how they are read, and the rows they hold.
//!
//! [`inspect()`] looks at a file and says how it is to be read, with a reason for each choice; a person corrects what is wrong, and
//! [`inspect_as`] shows the same file read that way; [`open`] gives its rows. A file is known by its content, never by its name.

mod disk;
mod encoding;
mod inspect;
mod kind;
mod mark;
pub(super) mod notes;
mod paste;
mod pattern;
#[cfg(test)]
mod tests;

pub use inspect::{Inspection, inspect, inspect_as};
pub use mark::{FileMark, FileSince};
pub use notes::{About, Damage, Note};
pub use paste::pasted;
pub use pattern::resolve;

pub(crate) use disk::{File, interrupted, name, unreadable, unwritable};

use super::csv::{self, CsvSettings};
use super::sqlite::{self, SqliteSettings};
use super::workbook::{self, WorkbookSettings};
use super::{ConnectError, Source};
use crate::mapping::{ColumnFormat, Formats, reads_as};
use crate::record::{Field, Kind};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A file and how it is to be read: `{"path": "kunden.csv", "csv": {"encoding": "Windows-1252", "delimiter": ";"}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SettingsForm", into = "SettingsForm")]
pub struct FileSettings {
    /// Where it is; a name with gaps means the newest file that fits.
    pub path: PathBuf,
    /// What kind of file it is, with what goes with it.
    pub format: FileFormat,
    /// How it writes numbers and dates.
    pub formats: Formats,
    /// Columns that hold more than text, or write it in a way of their own; by header.
    pub columns: BTreeMap<String, ColumnFormat>,
}

/// The kinds of file.
#[derive(Debug, Clone, PartialEq)]
pub enum FileFormat {
    /// Text, separated by commas or other characters.
    Csv(CsvSettings),
    /// An Excel or OpenDocument workbook.
    Workbook(WorkbookSettings),
    /// An SQLite database.
    Sqlite(SqliteSettings),
}

impl FileSettings {
    /// The same for the file that its name means now.
    pub fn resolved(&self) -> Result<FileSettings, ConnectError> {
        Ok(FileSettings { path: resolve(&self.path)?, ..self.clone() })
    }

    /// How a column writes numbers and dates.
    pub fn formats_of(&self, column: &str) -> Formats {
        self.columns.get(column).and_then(|column| column.formats).unwrap_or(self.formats)
    }

    /// A cell of a column that holds values of a kind, in the spelling of the APIs; one that cannot be read so is as it stands.
    pub fn plain<'a>(&self, column: &str, kind: Kind, cell: &'a str) -> Cow<'a, str> {
        if cell.trim().is_empty() || matches!(kind, Kind::Text | Kind::LongText | Kind::Any) {
            return cell.into();
        }
        reads_as(cell, kind, &self.formats_of(column)).unwrap_or(cell.into())
    }

    /// What a column is said to hold.
    pub fn kind_of(&self, column: &str) -> Kind {
        self.columns.get(column).map_or(Kind::Text, |column| column.kind)
    }

    /// How another file of the same kind is read: as this one where that fits, else as it asks for itself; what a person said about
    /// numbers, dates and columns stays.
    pub fn for_file(&self, path: &Path) -> Result<FileSettings, ConnectError> {
        let path = resolve(path)?;
        let fresh = inspect(&path)?;
        let as_before = inspect_as(&FileSettings { path: path.clone(), ..self.clone() });
        Ok(match as_before {
            Ok(before)
                if before.columns.fields.iter().map(|field| &field.name).eq(fresh
                    .columns
                    .fields
                    .iter()
                    .map(|field| &field.name)) =>
            {
                before.settings
            }
            _ => FileSettings { formats: self.formats, columns: self.columns.clone(), ..fresh.settings },
        })
    }
}

/// Opens a file for reading its rows.
pub fn open(settings: &FileSettings) -> Result<Box<dyn Source>, ConnectError> {
    let settings = &settings.resolved()?;
    match &settings.format {
        FileFormat::Csv(csv) => csv::open(&settings.path, csv),
        FileFormat::Workbook(workbook) => workbook::open(settings, workbook),
        FileFormat::Sqlite(sqlite) => sqlite::open(settings, sqlite),
    }
}

/// Columns with these names. Two of one name are refused, since no rule could tell them apart; one without a name is called by
/// its place.
pub(crate) fn columns(names: Vec<String>, place: &str) -> Result<Vec<Field>, ConnectError> {
    let mut seen = std::collections::HashMap::new();
    let mut fields = Vec::with_capacity(names.len());
    for (index, name) in names.into_iter().enumerate() {
        let name = if name.is_empty() { unnamed(index) } else { name };
        if let Some(before) = seen.insert(name.to_lowercase(), index) {
            return Err(ConnectError::refused(
                format!("{place}: columns {} and {} are both called {name}", letters(before), letters(index)),
                "Give each column a name of its own; case makes no difference.",
            ));
        }
        fields.push(Field::column(name));
    }
    Ok(fields)
}

/// What a column without a name is called.
pub(crate) fn unnamed(index: usize) -> String {
    format!("Column {}", letters(index))
}

/// The letters of a column, as in Excel: A for 0, AA for 26.
pub(crate) fn letters(index: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// The form of the settings in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsForm {
    path: PathBuf,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    csv: Option<CsvSettings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    workbook: Option<WorkbookSettings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sqlite: Option<SqliteSettings>,
    #[serde(default, skip_serializing_if = "is_default")]
    formats: Formats,
    #[serde(default, skip_serializing_if = "is_default")]
    columns: BTreeMap<String, ColumnFormat>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl TryFrom<SettingsForm> for FileSettings {
    type Error = String;

    fn try_from(form: SettingsForm) -> Result<FileSettings, String> {
        let format = match (form.csv, form.workbook, form.sqlite) {
            (Some(csv), None, None) => FileFormat::Csv(csv),
            (None, Some(workbook), None) => FileFormat::Workbook(workbook),
            (None, None, Some(sqlite)) => FileFormat::Sqlite(sqlite),
            _ => return Err(format!("{} needs one of csv, workbook and sqlite", form.path.display())),
        };
        Ok(FileSettings { path: form.path, format, formats: form.formats, columns: form.columns })
    }
}

impl From<FileSettings> for SettingsForm {
    fn from(settings: FileSettings) -> SettingsForm {
        let (path, formats, columns) = (settings.path, settings.formats, settings.columns);
        let form = SettingsForm { path, csv: None, workbook: None, sqlite: None, formats, columns };
        match settings.format {
            FileFormat::Csv(csv) => SettingsForm { csv: Some(csv), ..form },
            FileFormat::Workbook(workbook) => SettingsForm { workbook: Some(workbook), ..form },
            FileFormat::Sqlite(sqlite) => SettingsForm { sqlite: Some(sqlite), ..form },
        }
    }
}

#[cfg(test)]
mod form_tests {
    use super::*;
    use crate::connect::csv::TextEncoding;

    #[test]
    fn settings_read_as_people_write_them() {
        let text = r#"{"path":"kunden.csv","csv":{"encoding":"Windows-1252","delimiter":";"},"formats":{"decimal_comma":true,"dates":"day_first"}}"#;
        let settings: FileSettings = serde_json::from_str(text).unwrap();
        let FileFormat::Csv(csv) = &settings.format else { panic!("it is a CSV") };
        assert_eq!((csv.encoding, csv.delimiter, csv.header), (TextEncoding::WINDOWS_1252, ';', true));
        assert_eq!(serde_json::to_string(&settings).unwrap(), text);
        let workbook = r#"{"path":"a.xlsx","workbook":{"sheet":"Sheet1","header_row":1}}"#;
        let settings: FileSettings = serde_json::from_str(workbook).unwrap();
        assert_eq!(serde_json::to_string(&settings).unwrap(), workbook);
        let database = r#"{"path":"erp.db","sqlite":{"table":"Customers"}}"#;
        let settings: FileSettings = serde_json::from_str(database).unwrap();
        assert_eq!(serde_json::to_string(&settings).unwrap(), database);
        for wrong in [
            r#"{"path":"a"}"#,
            r#"{"path":"a","csv":{},"sqlite":{"table":"x"}}"#,
            r#"{"path":"a","csv":{},"workbook":{"sheet":"x","header_row":1}}"#,
            r#"{"path":"a","csv":{"delimeter":";"}}"#,
            r#"{"path":"a","csv":{"encoding":"klingon"}}"#,
        ] {
            assert!(serde_json::from_str::<FileSettings>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn letters_as_in_excel() {
        assert_eq!([0, 25, 26, 701, 702].map(letters), ["A", "Z", "AA", "ZZ", "AAA"]);
    }
}

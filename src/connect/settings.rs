//! What a step reads from, in the form that is kept.

use super::csv::{self, CsvSettings, CsvSpec, CsvTarget};
use super::file::{FileFormat, FileSettings};
use super::soql::QuerySettings;
use super::sqlite::{self, SqliteTarget, TableSpec};
use super::{Action, ConnectError, OutColumn, Target};
use crate::mapping::{ColumnFormat, Formats};
use crate::record::Schema;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where a step's rows come from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum SourceSettings {
    /// A file.
    File(FileSettings),
    /// A query of an org.
    Query(QuerySettings),
    /// What a run did, to be taken back.
    Undo(UndoSettings),
    /// What a sync has decided to do.
    Sync(SyncSettings),
}

/// Deeds that a sync has decided on, of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncSettings {
    /// The integration's number.
    pub sync_of: i64,
    /// Which of its steps, counted from 0.
    pub step: usize,
    /// Which deeds.
    pub part: SyncPart,
}

/// The kinds of deeds of a sync, in the order in which they are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncPart {
    /// Records of the right end get what people decided, each by a call of its own, if nobody has changed it since.
    SettleRight,
    /// Records of the right end are changed.
    ChangeRight,
    /// Records are made at the right end.
    CreateRight,
    /// Records of the left end are changed.
    ChangeLeft,
    /// Records are made at the left end.
    CreateLeft,
    /// The right end gets the keys of the left end's new records.
    LinkRight,
    /// The left end gets the ids of the right end's records.
    LinkLeft,
    /// Records of the right end are deleted.
    DeleteRight,
    /// Records of the left end are deleted.
    DeleteLeft,
}

impl SyncPart {
    /// All of them, in the order in which they are done; the store keeps them by their place here.
    pub const ALL: [SyncPart; 9] = [
        SyncPart::SettleRight,
        SyncPart::ChangeRight,
        SyncPart::CreateRight,
        SyncPart::ChangeLeft,
        SyncPart::CreateLeft,
        SyncPart::LinkRight,
        SyncPart::LinkLeft,
        SyncPart::DeleteRight,
        SyncPart::DeleteLeft,
    ];
}

/// What a step writes into where that is no org: a database with tables, `{"path": "erp.db"}`, or a text file, which is a table by itself,
/// `{"path": "kunden.csv", "key": "Kundennr", "csv": {"delimiter": ";"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// The file.
    pub path: PathBuf,
    /// The column by which rows of the table are known where it declares no primary key of one column. Default: the number of the row.
    /// The rows of a text file are known by this column alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How the text of a file is separated and encoded, where it is no database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csv: Option<CsvSettings>,
    /// How a text file writes numbers and dates.
    #[serde(default, skip_serializing_if = "is_default")]
    pub formats: Formats,
    /// Columns of a text file that hold more than text, or write it in a way of their own; by header.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, ColumnFormat>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl DatabaseSettings {
    /// A database, whose tables may lack a key of their own.
    pub fn database(path: PathBuf, key: Option<String>) -> DatabaseSettings {
        DatabaseSettings { path, key, csv: None, formats: Formats::default(), columns: BTreeMap::new() }
    }

    /// A short name: the file's.
    pub fn name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// The text file, if it is one, and how it is read.
    pub fn text_file(&self) -> Option<(FileSettings, CsvSettings)> {
        let csv = self.csv.clone()?;
        let file = FileSettings {
            path: self.path.clone(),
            format: FileFormat::Csv(csv.clone()),
            formats: self.formats,
            columns: self.columns.clone(),
        };
        Some((file, csv))
    }

    /// What a table of it looks like to a mapping that writes into it; a text file is its only table.
    pub fn table_schema(&self, table: &str) -> Result<Schema, ConnectError> {
        match self.text_file() {
            Some((file, _)) => csv::schema(&file, self.key.as_deref()),
            None => sqlite::table_schema(&self.path, table, self.key.as_deref()),
        }
    }

    /// Opens a table of it to write to: to do `action` with rows of these columns.
    pub fn target(&self, table: &str, action: Action, columns: Vec<OutColumn>) -> Box<dyn Target> {
        match self.text_file() {
            Some((file, csv)) => {
                Box::new(CsvTarget::new(CsvSpec { file, csv, key: self.key.clone().unwrap_or_default(), action }))
            }
            None => Box::new(SqliteTarget::new(TableSpec {
                path: self.path.clone(),
                table: table.to_owned(),
                action,
                columns,
                rows: None,
                key: self.key.clone(),
            })),
        }
    }
}

/// Some rows of a run that is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UndoSettings {
    /// The run.
    pub undo_of: i64,
    /// Which step, counted from 0.
    pub step: usize,
    /// Which of its rows.
    pub part: UndoPart,
}

/// Which rows of a run are taken back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UndoPart {
    /// Those that made a record: it is deleted.
    Created,
    /// Those that changed one: it gets its former values back.
    Updated,
    /// Those that deleted one: it is made anew.
    Deleted,
}

impl SourceSettings {
    /// The file, if it is one.
    pub fn file(&self) -> Option<&FileSettings> {
        match self {
            SourceSettings::File(file) => Some(file),
            SourceSettings::Query(_) | SourceSettings::Undo(_) | SourceSettings::Sync(_) => None,
        }
    }

    /// The query, if it is one.
    pub fn query(&self) -> Option<&QuerySettings> {
        match self {
            SourceSettings::Query(query) => Some(query),
            SourceSettings::File(_) | SourceSettings::Undo(_) | SourceSettings::Sync(_) => None,
        }
    }

    /// The query, to be changed.
    pub fn query_mut(&mut self) -> Option<&mut QuerySettings> {
        match self {
            SourceSettings::Query(query) => Some(query),
            SourceSettings::File(_) | SourceSettings::Undo(_) | SourceSettings::Sync(_) => None,
        }
    }

    /// The file, to be changed.
    pub fn file_mut(&mut self) -> Option<&mut FileSettings> {
        match self {
            SourceSettings::File(file) => Some(file),
            SourceSettings::Query(_) | SourceSettings::Undo(_) | SourceSettings::Sync(_) => None,
        }
    }

    /// A short name: the file's, or the object that is queried.
    pub fn name(&self) -> String {
        match self {
            SourceSettings::File(file) => {
                file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            }
            SourceSettings::Query(query) => format!("{} in {}", query.object(), query.org),
            SourceSettings::Undo(undo) => format!("run {}", undo.undo_of),
            SourceSettings::Sync(_) => "what was decided".to_owned(),
        }
    }

    /// How it writes numbers and dates.
    pub fn formats(&self) -> Formats {
        self.file().map(|file| file.formats).unwrap_or_default()
    }

    /// Columns that hold more than text, or write it in a way of their own.
    pub fn columns(&self) -> BTreeMap<String, ColumnFormat> {
        self.file().map(|file| file.columns.clone()).unwrap_or_default()
    }
}

impl From<FileSettings> for SourceSettings {
    fn from(file: FileSettings) -> SourceSettings {
        SourceSettings::File(file)
    }
}

impl<'de> Deserialize<'de> for SourceSettings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Told apart by hand: an untagged enum would say of any mistake only that no variant fits.
        let form = serde_json::Value::deserialize(deserializer)?;
        let read = if form.get("soql").is_some() {
            serde_json::from_value(form).map(SourceSettings::Query)
        } else if form.get("undo_of").is_some() {
            serde_json::from_value(form).map(SourceSettings::Undo)
        } else if form.get("sync_of").is_some() {
            serde_json::from_value(form).map(SourceSettings::Sync)
        } else {
            serde_json::from_value(form).map(SourceSettings::File)
        };
        read.map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_a_file_or_a_query_and_a_mistake_is_named() {
        let read = |text: &str| serde_json::from_str::<SourceSettings>(text);
        let query = r#"{"org":"practice","soql":"SELECT Id, Name FROM Account WHERE Name != null"}"#;
        let settings = read(query).unwrap();
        assert_eq!(settings.name(), "Account in practice");
        assert_eq!(serde_json::to_string(&settings).unwrap(), query);
        assert_eq!(read(r#"{"path":"a/b.csv","csv":{}}"#).unwrap().name(), "b.csv");
        let wrong = read(r#"{"path":"a","csv":{"delimeter":";"}}"#).unwrap_err().to_string();
        assert!(wrong.contains("delimeter"), "{wrong}");
    }

    #[test]
    fn rows_go_into_a_database_or_a_text_file() {
        let read = |text: &str| serde_json::from_str::<DatabaseSettings>(text).unwrap();
        let database = r#"{"path":"erp.db"}"#;
        assert_eq!(read(database), DatabaseSettings::database("erp.db".into(), None));
        assert_eq!(serde_json::to_string(&read(database)).unwrap(), database);
        let text = r#"{"path":"kunden.csv","key":"Nr","csv":{"encoding":"Windows-1252","delimiter":";"},"formats":{"decimal_comma":true,"dates":"day_first"},"columns":{"Limit":{"kind":"number"}}}"#;
        assert_eq!(serde_json::to_string(&read(text)).unwrap(), text);
        let (file, csv) = read(text).text_file().unwrap();
        assert_eq!((csv.delimiter, file.formats.decimal_comma, file.columns.len()), (';', true, 1));
    }
}

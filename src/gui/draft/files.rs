//! The file that is asked for: what it is for, and its path while that is typed or picked.

use super::Draft;
use crate::connect::write::FileKind;
use crate::gui::designing::{Ask, Exported, Form, Rows};
use crate::gui::{
    Command, ConflictsAsk, ConflictsDeed, ErrorsAsk, ErrorsDeed, ExportKind, Group, Outbox, PracticeAsk, PracticeDeed,
};
use crate::store::{ConflictFilter, IntegrationId, RunId};
use std::path::Path;

/// What a file is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Purpose {
    /// To read rows from it.
    ReadTable(Rows),
    /// To write rows into it.
    WriteTable(Rows),
    /// To take the place of the file of the step that is designed.
    ReplaceSource,
    /// To play bad days from it.
    PlayDays,
    /// To give the practice org the objects and fields in it.
    AddSchema,
    /// To take corrections of rows from it.
    ReadErrors {
        /// The run that has the rows.
        run: RunId,
        /// The step, counted from 0.
        step: usize,
    },
    /// To write the rows of a group of errors into it.
    WriteErrors(Group),
    /// To write conflicts into it, to be decided there.
    WriteConflicts(Box<ConflictFilter>),
    /// To take decisions from it.
    ReadDecisions,
    /// To write an integration: a stored one, or what is on the screen, by its name.
    Export(Option<IntegrationId>, String, Form),
}

/// A file that is asked for.
#[derive(Debug, Clone)]
pub(crate) struct FileQuestion {
    /// What for.
    pub purpose: Purpose,
    /// Its path, as typed.
    pub path: String,
}

impl Purpose {
    /// Whether the file is written.
    pub(crate) fn writes(&self) -> bool {
        match self {
            Purpose::ReplaceSource
            | Purpose::ReadTable(_)
            | Purpose::PlayDays
            | Purpose::AddSchema
            | Purpose::ReadDecisions
            | Purpose::ReadErrors { .. } => false,
            Purpose::WriteTable(_) | Purpose::Export(..) | Purpose::WriteErrors(_) | Purpose::WriteConflicts(_) => true,
        }
    }

    /// What files for it are called, and what their names end in.
    pub(crate) fn filter(&self) -> (&'static str, &'static [&'static str]) {
        match self {
            Purpose::ReadTable(_) | Purpose::ReplaceSource => {
                ("Tables", &["csv", "tsv", "txt", "xlsx", "xlsm", "xls", "ods", "db", "sqlite", "sqlite3", "db3"])
            }
            Purpose::PlayDays => ("Bad days", &["json"]),
            Purpose::AddSchema => ("Schema files", &["json"]),
            Purpose::WriteTable(_) => ("CSV", &["csv"]),
            Purpose::ReadErrors { .. }
            | Purpose::WriteErrors(_)
            | Purpose::ReadDecisions
            | Purpose::WriteConflicts(_) => ("Tables", &["xlsx", "csv"]),
            Purpose::Export(_, _, form) => form.filter(),
        }
    }
}

impl Draft {
    /// Asks for a file; one that is written gets a name in the folder of the person's documents.
    pub(crate) fn ask_for_file(&mut self, purpose: Purpose, name: &str) {
        let path = if purpose.writes() { in_documents(name) } else { String::new() };
        self.files = Some(FileQuestion { purpose, path });
    }

    /// The file was picked in the system's dialog.
    pub(crate) fn place_picked(&mut self, path: &Path, out: &mut Outbox) {
        if let Some(question) = &mut self.files {
            question.path = path.display().to_string();
            self.file_answered(out);
        }
    }

    /// Does what the file was asked for.
    pub(crate) fn file_answered(&mut self, out: &mut Outbox) {
        let Some(FileQuestion { purpose, path }) = self.files.take() else { return };
        let path = std::path::PathBuf::from(path.trim().trim_matches('"'));
        match purpose {
            Purpose::ReadTable(place) => {
                self.designer.tables.reading = Some(place.clone());
                out.push(Command::Design(Ask::ReadTable { path, place }));
            }
            Purpose::ReplaceSource => self.designer.replace_file(path, out),
            Purpose::PlayDays => out.push(Command::Practice(PracticeAsk::Do(PracticeDeed::Play(path)))),
            Purpose::AddSchema => out.push(Command::Practice(PracticeAsk::Do(PracticeDeed::AddSchema(path)))),
            Purpose::ReadErrors { run, step } => {
                out.push(Command::Errors(ErrorsAsk::Do(ErrorsDeed::Import { run, step, path })));
            }
            Purpose::WriteErrors(group) => {
                let workbook = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"));
                let kind = if workbook { ExportKind::Workbook } else { ExportKind::Csv };
                out.push(Command::Errors(ErrorsAsk::Do(ErrorsDeed::Export { group, kind, path })));
            }
            Purpose::WriteConflicts(filter) => {
                // It goes into a spreadsheet, whatever it is called.
                let kind = match FileKind::of(&path) {
                    FileKind::Csv => FileKind::CsvForExcel,
                    kind => kind,
                };
                out.push(Command::Conflicts(ConflictsAsk::Do(ConflictsDeed::Export { filter, kind, path })));
            }
            Purpose::ReadDecisions => {
                self.conflicts.sheet = Some(path.clone());
                out.push(Command::Conflicts(ConflictsAsk::LookAtSheet(path)));
            }
            Purpose::WriteTable(place) => {
                if let Some(table) = self.designer.table_of(&place) {
                    out.push(Command::Design(Ask::WriteTable { table: Box::new(table), path }));
                }
            }
            Purpose::Export(stored, _, form) => {
                let here = || Exported::Here(Box::new(self.designer.integration().clone()));
                let what = stored.map_or_else(here, Exported::Stored);
                out.push(Command::Design(Ask::Export { what, form, path }));
            }
        }
    }

    /// Asks where an integration is written, and in which form.
    pub(crate) fn ask_for_export(&mut self, stored: Option<IntegrationId>, name: &str) {
        let form = Form::default();
        self.ask_for_file(Purpose::Export(stored, name.to_owned(), form), &form.file_name(name));
    }
}

impl FileQuestion {
    /// Takes another form; the folder stays.
    pub(crate) fn choose_form(&mut self, chosen: Form) {
        if let Purpose::Export(_, name, form) = &mut self.purpose {
            *form = chosen;
            let file = safe(&chosen.file_name(name));
            self.path = Path::new(&self.path).with_file_name(file).display().to_string();
        }
    }
}

/// A file's name made of what file systems take.
fn safe(name: &str) -> String {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let safe = |letter: char| if letter.is_alphanumeric() || letter == '-' { letter } else { '_' };
    let stem: String = stem.chars().map(safe).collect();
    let stem = stem.split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_");
    if ending.is_empty() { stem } else { format!("{stem}.{ending}") }
}

/// A file in the folder for downloads or documents.
fn in_documents(name: &str) -> String {
    let file = safe(name);
    let folder = directories::UserDirs::new()
        .map(|dirs| dirs.download_dir().or(dirs.document_dir()).unwrap_or(dirs.home_dir()).to_owned());
    folder.map_or(file.clone(), |folder| folder.join(&file).display().to_string())
}

//! What the window asks for, and the way out.
//!
//! A [`Command`] is the window's word for a call of the workspace, or for one of the few things that only a window can do. Views
//! push commands into the [`Outbox`] and do nothing else; after the frame the window sends them.

use super::conflicts::ConflictsAsk;
use super::designing::Ask;
use super::errors::ErrorsAsk;
use super::exporting::ExportAsk;
use super::finding::Question;
use super::practice::PracticeAsk;
use super::syncing::SyncAsk;
use crate::connect::file::{FileSettings, Inspection};
use crate::connect::{DatabaseSettings, Operation};
use crate::integration::Integration;
use crate::record::RowNumber;
use crate::store::{IntegrationId, RunId};
use crate::workspace::{ExportRows, Needs, NewOrg, Retry, RowFilter, SearchPlace, Settings, StartRun};
use std::path::PathBuf;
use std::sync::Arc;

/// Something asked for.
#[derive(Debug, Clone)]
pub enum Command {
    /// Read orgs, integrations, runs and activity again.
    Refresh,
    /// Reach the org of this alias, and say how it went.
    TestOrg(String),
    /// Add an org, and reach it.
    AddOrg(NewOrg),
    /// Forget an org and its secrets.
    RemoveOrg(String),
    /// List the objects of an org.
    LoadObjects(String),
    /// Say what an object consists of.
    Describe {
        /// Alias of the org.
        org: String,
        /// API name of the object.
        object: String,
        /// Whether to ask Salesforce although an answer is remembered.
        refresh: bool,
    },
    /// Say what a table of a database consists of.
    DescribeTable {
        /// The database.
        into: DatabaseSettings,
        /// The table.
        table: String,
    },
    /// Look at a file, and detect how it is read.
    Inspect(PathBuf),
    /// Look at a file again, read as a person says.
    InspectAs(FileSettings),
    /// Look at cells pasted from a spreadsheet.
    Paste(String),
    /// Guess what a file is for.
    Guess {
        /// The file.
        file: Arc<Inspection>,
        /// Alias of the org it would go to.
        org: String,
        /// Names the question, so that a late answer is known.
        ticket: u64,
    },
    /// Propose which column goes into which field.
    Propose {
        /// The file.
        file: Arc<Inspection>,
        /// Alias of the org.
        org: String,
        /// API name of the object.
        object: String,
        /// What happens to its records.
        operation: Operation,
        /// Names the question.
        ticket: u64,
    },
    /// Say whether an integration can run.
    Check {
        /// What to check.
        integration: Box<Integration>,
        /// Names the question.
        ticket: u64,
    },
    /// Say what the first rows would do.
    Preview {
        /// What to look at.
        integration: Box<Integration>,
        /// How many rows.
        rows: usize,
        /// Names the question; a newer preview ends an older one.
        ticket: u64,
    },
    /// What the designer asks for.
    Design(Ask),
    /// What the screen of the practice org asks for.
    Practice(PracticeAsk),
    /// What the screen of errors asks for.
    Errors(ErrorsAsk),
    /// Something about two-way syncs.
    Sync(SyncAsk),
    /// What the inbox of conflicts asks for.
    Conflicts(ConflictsAsk),
    /// Store an integration.
    SaveIntegration {
        /// Its number, when it is stored already.
        id: Option<IntegrationId>,
        /// What to store.
        integration: Box<Integration>,
    },
    /// Delete a stored integration.
    DeleteIntegration(IntegrationId),
    /// Start a run of what is on the screen.
    Start(Box<StartRun>),
    /// Start a run of a stored integration as it is stored.
    RunIntegration {
        /// Which one.
        id: IntegrationId,
        /// The production org that the person confirmed, by org id.
        production: Option<String>,
    },
    /// Write what people decided about the conflicts of an integration.
    WriteDecisions {
        /// Which one.
        id: IntegrationId,
        /// The production org that the person confirmed, by org id.
        production: Option<String>,
    },
    /// Go on with an incomplete run.
    Continue(RunId),
    /// Say what a run would do, over every row; of a stored integration, as its next run.
    DryRun(Box<Integration>, Option<IntegrationId>),
    /// Something about exports.
    Exporting(ExportAsk),
    /// Read what holds for the whole project.
    LoadSettings,
    /// Change it.
    SaveSettings(Settings),
    /// Nobody waits for the dry run any more.
    StopDryRun,
    /// Go on with a run after the person has said what it needs.
    ContinueWith(RunId, Needs),
    /// Say what undoing a run would do.
    PlanUndo(RunId),
    /// Undo a run by a new one.
    UndoRun {
        /// The run.
        run: RunId,
        /// The production org that the person confirmed, by org id.
        production: Option<String>,
    },
    /// Take up the failed rows of a run in a new one.
    Retry {
        /// The run.
        run: RunId,
        /// The production org that the person confirmed, by org id.
        production: Option<String>,
    },
    /// Take up some rows of a run's queue in a new one.
    RetryRows(Box<Retry>),
    /// Ask a run to stop; asked twice, it stops waiting for answers.
    Cancel(RunId),
    /// Read a run, and what its failures have in common.
    LoadRun(RunId),
    /// Count the rows of a run that a filter leaves.
    CountRows {
        /// The run.
        run: RunId,
        /// The filter.
        filter: RowFilter,
    },
    /// Read one page of the rows that a filter leaves.
    LoadRows {
        /// The run.
        run: RunId,
        /// The filter.
        filter: RowFilter,
        /// Index of the first row among those.
        first: u64,
        /// How many.
        count: usize,
    },
    /// Look for rows of a run; the newest search ends the one before.
    FindRows {
        /// What is looked for, and where.
        question: Box<Question>,
        /// Where the search goes on.
        from: SearchPlace,
        /// How many rows at most.
        most: usize,
        /// Which search it is.
        ticket: u64,
    },
    /// Read everything about one row.
    LoadStory {
        /// The run.
        run: RunId,
        /// The step, counted from 0.
        step: usize,
        /// The row.
        row: RowNumber,
    },
    /// Write rows of a run to a file.
    Export {
        /// The run.
        run: RunId,
        /// Which rows.
        rows: ExportRows,
        /// What kind of file.
        kind: ExportKind,
        /// Where.
        path: PathBuf,
    },
    /// Show the system's dialog to pick a file to import.
    PickFile,
    /// Show the system's dialog to say where rows are written.
    PickExport {
        /// The run.
        run: RunId,
        /// Which rows.
        rows: ExportRows,
        /// What kind of file.
        kind: ExportKind,
        /// The name proposed.
        name: String,
    },
    /// Show the system's dialog for the file that a question is about.
    PickPlace {
        /// Whether it is written, and so may be new.
        save: bool,
        /// What the dialog is called.
        title: String,
        /// The name proposed.
        name: String,
        /// What the files are called, and what their names end in.
        filter: (&'static str, &'static [&'static str]),
    },
    /// Put text on the clipboard.
    Copy(String),
    /// Open a page in the browser.
    OpenPage(String),
}

impl Command {
    /// What is going on, for the status bar; `None` for what is over in no time.
    pub fn working(&self) -> Option<String> {
        let name = |path: &std::path::Path| {
            path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
        };
        match self {
            Command::Design(ask) => ask.working(),
            Command::Practice(PracticeAsk::Do(deed)) => deed.working().map(str::to_owned),
            Command::Errors(ask) => ask.working().map(str::to_owned),
            Command::Sync(ask) => ask.working().map(str::to_owned),
            Command::Conflicts(ask) => ask.working().map(str::to_owned),
            Command::TestOrg(org) => Some(format!("Reaching {org}")),
            Command::AddOrg(org) => Some(format!("Adding {}", org.alias)),
            Command::LoadObjects(org) => Some(format!("Listing the objects of {org}")),
            Command::Describe { object, .. } => Some(format!("Describing {object}")),
            Command::DescribeTable { table, .. } => Some(format!("Describing {table}")),
            Command::Inspect(path) => Some(format!("Reading {}", name(path))),
            Command::InspectAs(settings) => Some(format!("Reading {}", name(&settings.path))),
            Command::Guess { .. } | Command::Propose { .. } => Some("Matching columns to fields".to_owned()),
            Command::Preview { .. } => Some("Looking at what would change".to_owned()),
            Command::Start(_)
            | Command::RunIntegration { .. }
            | Command::WriteDecisions { .. }
            | Command::Continue(_)
            | Command::ContinueWith(..)
            | Command::UndoRun { .. }
            | Command::Retry { .. }
            | Command::RetryRows(_) => Some("Starting".to_owned()),
            Command::Export { path, .. } => Some(format!("Writing {}", name(path))),
            _ => None,
        }
    }
}

/// What kind of file rows are saved as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportKind {
    /// An Excel workbook.
    Workbook,
    /// CSV that Excel opens with a double click: a mark of its encoding, and the separator of this country.
    CsvForExcel,
    /// Plain CSV: UTF-8, commas, LF.
    Csv,
}

impl ExportKind {
    /// All of them, in the order of the menu.
    pub const ALL: [ExportKind; 3] = [ExportKind::Workbook, ExportKind::CsvForExcel, ExportKind::Csv];

    /// The words people see.
    pub fn label(self) -> &'static str {
        match self {
            ExportKind::Workbook => "Excel workbook",
            ExportKind::CsvForExcel => "CSV for Excel",
            ExportKind::Csv => "CSV",
        }
    }

    /// What the file's name ends in.
    pub fn extension(self) -> &'static str {
        match self {
            ExportKind::Workbook => "xlsx",
            ExportKind::CsvForExcel | ExportKind::Csv => "csv",
        }
    }
}

/// Commands on their way out.
#[derive(Debug, Default)]
pub struct Outbox(Vec<Command>);

impl Outbox {
    /// Asks for something.
    pub fn push(&mut self, command: Command) {
        self.0.push(command);
    }

    /// Everything asked for since the last time.
    pub fn take(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.0)
    }
}

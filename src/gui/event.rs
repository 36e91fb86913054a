//! What became true: the only thing that changes the facts of the window.

use super::command::Command;
use super::conflicts::ConflictsTold;
use super::designing::Told;
use super::errors::ErrorsTold;
use super::exporting::ExportTold;
use super::practice::PracticeTold;
use super::syncing::SyncTold;
use crate::connect::file::Inspection;
use crate::engine::{Preview, RunEvent};
use crate::integration::Integration;
use crate::integration::exchange::LeftOut;
use crate::record::RowNumber;
use crate::store::{IntegrationId, RunId};
use crate::workspace::{
    ActivityLine, Checked, Described, DryRun, FailureGroup, ImportGuess, IntegrationCard, ObjectCard, OrgCard,
    Proposal, ResultRow, RowFilter, RowStory, RunCard, SearchPlace, Settings, UndoPlan, WorkspaceError, Written,
};
use std::path::PathBuf;
use std::sync::Arc;

/// The result of something that can fail.
pub type Answer<T> = Result<T, WorkspaceError>;

/// Something that became true.
#[derive(Debug, Clone)]
pub enum Event {
    /// The workspace is open.
    Opened {
        /// What people call it.
        name: String,
        /// Its file.
        path: PathBuf,
    },
    /// The workspace cannot be opened.
    OpenFailed(WorkspaceError),
    /// Something that a person should know, and that asks for nothing.
    Noted(String, Option<RunId>),
    /// The orgs.
    Orgs(Vec<OrgCard>),
    /// The stored integrations.
    Integrations(Vec<IntegrationCard>),
    /// The runs, newest first.
    Runs(Vec<RunCard>),
    /// The activity log, newest first.
    Activity(Vec<ActivityLine>),
    /// An org was reached, or not.
    OrgTested(String, Answer<OrgCard>),
    /// An org was added, or not.
    OrgAdded(String, Answer<OrgCard>),
    /// An org was removed.
    OrgRemoved(String, Answer<()>),
    /// The objects of an org.
    Objects(String, Answer<Vec<ObjectCard>>),
    /// An object of an org, described.
    Described {
        /// Alias of the org.
        org: String,
        /// API name of the object.
        object: String,
        /// The answer.
        answer: Answer<Described>,
    },
    /// A file was looked at.
    Inspected(Answer<Arc<Inspection>>),
    /// The same file was looked at, read in another way.
    InspectedAs(Answer<Arc<Inspection>>),
    /// What a file is for.
    Guessed(u64, Answer<Arc<ImportGuess>>),
    /// Which column could go into which field.
    Proposed(u64, Answer<Arc<Vec<Proposal>>>),
    /// Whether an integration can run.
    Checked(u64, Answer<Checked>),
    /// What the first rows would do.
    Previewed(u64, Answer<Arc<Preview>>),
    /// What the designer is told.
    Design(Told),
    /// What the screen of the practice org is told.
    Practice(PracticeTold),
    /// What the screen of errors is told.
    Errors(ErrorsTold),
    /// Something about two-way syncs.
    Sync(SyncTold),
    /// What the inbox of conflicts is told.
    Conflicts(ConflictsTold),
    /// An integration was stored.
    IntegrationSaved(String, Answer<IntegrationId>),
    /// An integration was read from a file and stored: its name, and what the file says beyond it.
    IntegrationRead(String, Vec<LeftOut>),
    /// An integration was deleted; what it was, so that it can come back.
    IntegrationDeleted(Answer<Arc<Integration>>),
    /// A run began.
    Started(Answer<RunId>),
    /// A run tells where it stands.
    Run(RunEvent),
    /// What a run would do; `None` when it is being asked.
    DryRun(Option<Answer<Arc<DryRun>>>),
    /// What the screen of exports is told.
    Exporting(ExportTold),
    /// What holds for the whole project.
    Settings(Answer<Settings>),
    /// What undoing a run would do.
    UndoPlanned(RunId, Answer<Arc<UndoPlan>>),
    /// A run, and what its failures have in common.
    RunLoaded {
        /// The run.
        run: RunId,
        /// Which reading it is: answers of several readings may overtake each other, and a newer one counts.
        reading: u64,
        /// What was read.
        answer: Answer<(RunCard, Vec<FailureGroup>)>,
    },
    /// How many rows a filter leaves.
    Counted {
        /// The run.
        run: RunId,
        /// The filter.
        filter: RowFilter,
        /// The answer.
        answer: Answer<u64>,
    },
    /// A page of rows.
    Rows {
        /// The run.
        run: RunId,
        /// The filter.
        filter: RowFilter,
        /// Index of the first.
        first: u64,
        /// The answer.
        answer: Answer<Vec<ResultRow>>,
    },
    /// Rows that a search found, and once it is at its end, where it goes on.
    Found {
        /// Which search it was.
        ticket: u64,
        /// Those found since it told last.
        rows: Vec<ResultRow>,
        /// How it ended.
        end: Option<Answer<Option<SearchPlace>>>,
    },
    /// Everything about one row.
    Story {
        /// The run.
        run: RunId,
        /// The step.
        step: usize,
        /// The row.
        row: RowNumber,
        /// The answer.
        answer: Answer<Arc<RowStory>>,
    },
    /// Rows were written to a file.
    Exported(Answer<Written>),
    /// Somebody picked a file to import.
    FilePicked(PathBuf),
    /// Somebody picked where rows are written; what to ask for now.
    PathPicked(Box<Command>),
    /// Somebody picked the file that a question is about.
    PlacePicked(PathBuf),
    /// Something went wrong in the background.
    Trouble(WorkspaceError),
    /// The system has no dialog to pick a file.
    NoDialog,
    /// What was asked for under this number is over.
    Done(u64),
    /// Something was asked for, under this number.
    Sent(u64, Box<Command>),
}

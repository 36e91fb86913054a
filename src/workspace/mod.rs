//! The one door: everything that the window and the command line can do is a method here.
//!
//! A [`Workspace`] is a value that clones cheaply and may be used from any thread; its methods block, so the window calls them
//! from its worker. It returns data and takes data, and formats nothing.

mod awake;
mod carried;
mod changes;
mod conflicts;
mod design;
mod dry;
mod due;
mod error;
mod exchange;
mod export;
mod extract;
mod files;
mod integrations;
mod jobs;
mod lineage;
mod needs;
mod open;
mod orgs;
mod pick;
mod practice;
mod query;
mod queue;
mod results;
mod retry;
mod runs;
mod search;
mod sources;
mod suggest;
mod sync;
mod tables;
mod types;
mod undo;

pub use crate::engine::sync::SyncCounts;
pub use crate::store::Settings;
pub use carried::RowCarried;
pub use conflicts::{ConflictStory, RecordPlace, RefusedLine, SheetTaken, Wish, similar};
pub use design::{SourceLook, Tried, TriedRow};
pub use dry::{ApiUse, DryRun};
pub use error::{WorkspaceError, explain};
pub use exchange::{ImportFrom, Imported, Render};
pub use export::{
    Condition, ExportCard, ExportFormat, ExportJob, ExportProgress, ExportStage, Peek, QueryDesign, TellExport, Test,
};
pub use extract::Extracted;
pub use jobs::ServerJob;
pub use needs::Needs;
pub use open::{OpenOptions, default_path};
pub use pick::{Picked, beyond_files};
pub use practice::{
    BAD_DAYS, BadDay, CopiedSchema, CopyProgress, Dial, Held, PracticeCall, PracticeFault, PracticeSettings,
    PracticeSignIn, PracticeSnapshot, PracticeStatus, PracticeStorage, RunningPracticeOrg, Seed, Setting, WORLDS,
    World, start_practice_org, world_label,
};
pub use query::{ApiWish, QueryFormat, RowsEstimate};
pub use queue::*;
pub use retry::{Retry, Selected, Way};
pub use runs::RunHandle;
pub use search::{Search, SearchPlace};
pub use sync::{StartSync, SyncLook, SyncNote};
pub use tables::TableFile;
pub use types::*;
pub use undo::UndoPlan;

use crate::clock::Clock;
use crate::connect::soql::QuerySettings;
use crate::record::Schema;
use crate::store::{Store, StoreKey};
use crate::vault::Vault;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// An open workspace file and what goes with it.
#[derive(Clone)]
pub struct Workspace(Arc<Inner>);

struct Inner {
    path: PathBuf,
    key: StoreKey,
    vault: Vault,
    clock: Clock,
    /// The practice org that this process runs, once somebody needed it.
    practice: Mutex<Option<practice::Served>>,
    /// The columns of queries that were asked already.
    query_shapes: Mutex<Vec<(QuerySettings, Schema)>>,
    /// The error queue of each step as it was counted last.
    queues: Mutex<queue::Counted>,
}

/// A look at the file that remembers what it saw: SQLite counts changes for each connection anew, so that this one is kept.
pub struct Watch {
    store: Store,
    seen: i64,
}

impl Watch {
    /// Whether the file was written to since the last time, by another process or another part of this one.
    pub fn changed(&mut self) -> bool {
        // A file that cannot be looked at says so wherever it is used.
        let now = self.store.data_version().unwrap_or(self.seen);
        std::mem::replace(&mut self.seen, now) != now
    }
}

impl Workspace {
    /// The workspace file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// What people call it: the file's name.
    pub fn name(&self) -> String {
        self.0.path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Notices when somebody else writes to the file.
    pub fn watch(&self) -> Result<Watch, WorkspaceError> {
        let store = self.store()?;
        let seen = store.data_version()?;
        Ok(Watch { store, seen })
    }

    /// The activity log, newest first.
    pub fn activity(&self, limit: usize) -> Result<Vec<ActivityLine>, WorkspaceError> {
        let lines = self.store()?.activity(limit)?;
        Ok(lines.into_iter().map(|line| ActivityLine { at: line.at, text: line.text, run: line.run }).collect())
    }

    fn store(&self) -> Result<Store, WorkspaceError> {
        Ok(Store::open(&self.0.path, &self.0.key)?)
    }

    fn now(&self) -> i64 {
        self.0.clock.now()
    }
}

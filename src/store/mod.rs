//! What is remembered: the workspace file. All SQL of the house lives on this floor, and each type beside its SQL.
//!
//! One SQLite file, encrypted with SQLCipher under a random key. Every thread opens its own [`Store`]; writes are short
//! `BEGIN IMMEDIATE` transactions. Source rows are kept in compressed blocks, outcomes by (run, step, row), those that got through
//! many to an entry, and a note for every delivery under way, so that whatever was killed can be continued and explained.

mod activity;
mod before;
mod blocks;
mod carried;
mod conflicts;
mod cost;
mod counts;
mod edits;
mod exports;
mod found;
mod integrations;
mod jobs;
mod ledger;
mod lock;
#[cfg(test)]
mod model;
mod noted;
mod open;
mod orgs;
mod origin;
mod outcomes;
mod pairs;
mod passed;
mod queue;
mod schemas;
mod settings;
mod settle;
mod waits;

pub use activity::Activity;
pub use before::{Before, BeforeRows};
pub use blocks::Blocks;
pub use carried::Carried;
pub use conflicts::{
    About, Answer, Answered, ConflictCard, ConflictCounts, ConflictEvent, ConflictFilter, ConflictGroup, ConflictId,
    ConflictOrder, ConflictRecord, ConflictState, Deed, Habit, NewConflict,
};
pub use edits::{Edit, EditChange};
pub use exports::{ExportId, ExportRecord, ExportState, NewExport};
pub use found::Found;
pub use integrations::{IntegrationId, StoredIntegration};
pub use jobs::OpenedJob;
pub use ledger::{Ending, NewRun, NewStep, Note, Run, RunId, RunState, StepRecord};
pub use lock::{ExportLock, RunLock, SyncLock};
pub use open::{Store, StoreError, StoreKey};
pub use orgs::{AuthKind, OrgRecord};
pub use origin::{Origin, Take, TakeStep};
pub use outcomes::{Outcomes, Settled, Tally};
pub use pairs::{LetGo, NewDeed, PairEntry, PairRecord, PassRecord, StoredDeed, SyncState, Verdict};
pub use queue::{Cause, QueueGroup, QueueMark, Queued, WAITING_FOR_PARENT, Which};
pub use schemas::StoredSchema;
pub use settings::Settings;
pub use waits::Waits;

//! The practice org: a local Salesforce, what it holds, and its bad days.
//!
//! - `serve`: found where it runs, or started
//! - `control`: asked and told over its control API, whoever runs it
//! - `copy`: the schema of another org, copied into it
//! - `state`: what it says about itself
//! - `days`: what a bad day is, its form and its script
//! - `known`: the bad days that can be switched on, in people's words
//! - `worlds`: what it can be planted with, in people's words

mod control;
mod copy;
mod days;
mod known;
mod serve;
mod state;
mod worlds;

pub use copy::{CopiedSchema, CopyProgress};
pub use days::{BadDay, Dial, Held, Setting};
pub use known::BAD_DAYS;
pub use practice_org::Seed;
pub use serve::{PracticeSettings, PracticeStorage, RunningPracticeOrg, start_practice_org};
pub use state::{PracticeCall, PracticeFault, PracticeSignIn, PracticeSnapshot, PracticeStatus};
pub use worlds::{WORLDS, World, world_label};

pub(super) use serve::{PRACTICE, Served, write_private};

//! What the screen of the practice org asks for and gets: questions, answers, and what is half done there.

mod answer;
mod draft;
mod facts;

pub(super) use answer::answer;
pub(crate) use draft::{PracticeDraft, ResetDraft, Tab};
pub use facts::Practice;

use super::event::Answer;
use crate::workspace::{PracticeCall, PracticeSignIn, PracticeSnapshot, PracticeStatus, Seed};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;

/// Something that the screen asks for.
#[derive(Debug, Clone)]
pub enum PracticeAsk {
    /// Say how it stands, and which calls came after the one with this number.
    Look {
        /// The last call that is known.
        after: u64,
        /// Counts what was done to it, so that an answer from before is known.
        turn: u64,
    },
    /// Say what another program needs to sign in.
    SignIn,
    /// Write the private key into a file.
    KeyFile,
    /// List the snapshots.
    Snapshots,
    /// Do something to it.
    Do(PracticeDeed),
}

/// Something that is done to the practice org.
#[derive(Debug, Clone)]
pub enum PracticeDeed {
    /// Switch a bad day on; its title goes with it.
    SwitchOn(Value, String),
    /// Switch bad days off, by their numbers.
    SwitchOff(Vec<u64>),
    /// Switch all bad days off.
    Clear,
    /// Play a script from a file.
    Play(PathBuf),
    /// Remove every record and plant a world; keep a snapshot of this name first.
    Reset(Seed, Option<String>),
    /// Keep a snapshot; without a name it gets the time.
    Snapshot(Option<String>),
    /// Bring a snapshot back.
    Restore(String),
    /// Delete a snapshot.
    DeleteSnapshot(String),
    /// Copy the schema of an org into it.
    CopySchema(String),
    /// Give it the objects and fields of a schema file.
    AddSchema(PathBuf),
}

impl PracticeDeed {
    /// What is going on while it is done, for those that take a while.
    pub fn working(&self) -> Option<&'static str> {
        match self {
            PracticeDeed::Reset(..) => Some("Resetting the practice org"),
            PracticeDeed::Restore(_) => Some("Bringing a snapshot back"),
            PracticeDeed::Snapshot(_) => Some("Taking a snapshot"),
            PracticeDeed::CopySchema(_) => Some("Copying objects and fields"),
            _ => None,
        }
    }
}

/// What the screen is told.
#[derive(Debug, Clone)]
pub enum PracticeTold {
    /// How it stands, with the calls that came since.
    Looked {
        /// As asked.
        turn: u64,
        /// The answer.
        answer: Answer<(Arc<PracticeStatus>, Vec<PracticeCall>)>,
    },
    /// What another program needs to sign in.
    SignIn(Answer<Arc<PracticeSignIn>>),
    /// The file with the private key.
    KeyFile(Answer<PathBuf>),
    /// The snapshots.
    Snapshots(Answer<Vec<PracticeSnapshot>>),
    /// Something was done, said in a sentence where it is not seen by itself.
    Did {
        /// The answer.
        answer: Answer<Option<String>>,
        /// How it stands now, if that could be had.
        status: Option<Arc<PracticeStatus>>,
    },
    /// The titles of the bad days that are on.
    BadDays(Vec<String>),
}

//! What the screen of a run asks for beyond its rows: taking it back, going on with other options, and what carried a row.

mod answer;
mod facts;

pub(super) use answer::{answer, start};
pub use facts::Running;

use super::event::Answer;
use crate::integration::Options;
use crate::record::RowNumber;
use crate::store::RunId;
use crate::workspace::{RowCarried, Settings, UndoPlan};
use std::sync::Arc;

/// Something that the screen of a run asks for.
#[derive(Debug, Clone)]
pub enum RunAsk {
    /// Say what taking a run back would do.
    UndoPlan(RunId),
    /// Take a run back.
    Undo {
        /// The run.
        run: RunId,
        /// The production org that the person confirmed, by org id.
        production: Option<String>,
    },
    /// Say how each step of a run runs.
    Options(RunId),
    /// Go on with an incomplete run, with these options of its steps from now on.
    GoOn {
        /// The run.
        run: RunId,
        /// The options of each step.
        options: Vec<Options>,
    },
    /// Say what carried a row.
    Carried {
        /// The run.
        run: RunId,
        /// The step, counted from 0.
        step: usize,
        /// The row.
        row: RowNumber,
    },
    /// Say what holds for the whole project.
    Settings,
    /// Change what holds for the whole project.
    SaveSettings(Settings),
}

impl RunAsk {
    /// What is going on, for what takes a while.
    pub fn working(&self) -> Option<&'static str> {
        match self {
            RunAsk::Undo { .. } | RunAsk::GoOn { .. } => Some("Starting"),
            RunAsk::UndoPlan(_) => Some("Looking at what can be undone"),
            _ => None,
        }
    }
}

/// What the screen of a run is told.
#[derive(Debug, Clone)]
pub enum RunTold {
    /// What taking a run back would do.
    UndoPlan(RunId, Answer<UndoPlan>),
    /// How each step of a run runs.
    Options(RunId, Answer<Vec<Options>>),
    /// What carried a row, the first try first.
    Carried(RunId, usize, RowNumber, Answer<Arc<[RowCarried]>>),
    /// What holds for the whole project.
    Settings(Answer<Settings>),
}

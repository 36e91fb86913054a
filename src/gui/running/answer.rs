//! How the questions of a run's screen are answered, on the worker's threads.

use super::{RunAsk, RunTold};
use crate::engine::Tell;
use crate::gui::event::Answer;
use crate::workspace::{RunHandle, Workspace};

/// Starts or continues a run, where that is what was asked for.
pub(in crate::gui) fn start(workspace: &Workspace, ask: &RunAsk, tell: Tell) -> Option<Answer<RunHandle>> {
    match ask {
        RunAsk::Undo { run, production } => Some(workspace.undo(*run, production.clone(), tell)),
        RunAsk::GoOn { run, options } => {
            Some(workspace.change_run(*run, options).and_then(|()| workspace.continue_run(*run, tell)))
        }
        _ => None,
    }
}

/// Answers what starts nothing.
pub(in crate::gui) fn answer(workspace: &Workspace, ask: RunAsk) -> Option<RunTold> {
    Some(match ask {
        RunAsk::UndoPlan(run) => RunTold::UndoPlan(run, workspace.undo_plan(run)),
        RunAsk::Options(run) => RunTold::Options(run, workspace.run_options(run)),
        RunAsk::Carried { run, step, row } => {
            RunTold::Carried(run, step, row, workspace.carried(run, step, row).map(Into::into))
        }
        RunAsk::Settings => RunTold::Settings(workspace.settings()),
        RunAsk::SaveSettings(settings) => {
            RunTold::Settings(workspace.save_settings(&settings).and_then(|()| workspace.settings()))
        }
        RunAsk::Undo { .. } | RunAsk::GoOn { .. } => return None,
    })
}

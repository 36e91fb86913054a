//! What is known of a run beyond its rows.

use super::{RunAsk, RunTold};
use crate::gui::notice::Notices;
use crate::gui::state::{Fact, State};
use crate::integration::Options;
use crate::record::RowNumber;
use crate::store::{RunId, RunState};
use crate::workspace::{RowCarried, Settings, UndoPlan};
use std::sync::Arc;

/// The facts.
#[derive(Debug, Default)]
pub struct Running {
    /// What taking a run back would do.
    pub undo_plan: Option<(RunId, Fact<UndoPlan>)>,
    /// How each step of the run looked at last runs.
    pub options: Option<(RunId, Fact<Vec<Options>>)>,
    /// What carried the row looked at last.
    pub carried: Option<(RunId, usize, RowNumber, Fact<Arc<[RowCarried]>>)>,
    /// What holds for the whole project.
    pub settings: Option<Fact<Settings>>,
}

impl Running {
    /// How the steps of a run run, once known.
    pub fn options_of(&self, run: RunId) -> Option<&[Options]> {
        let (_, fact) = self.options.as_ref().filter(|(of, _)| *of == run)?;
        fact.here().map(Vec::as_slice)
    }

    /// What carried a row, once asked for.
    pub fn carried_of(&self, run: RunId, step: usize, row: RowNumber) -> Option<&Fact<Arc<[RowCarried]>>> {
        let here =
            |(of, in_step, number, _): &&(RunId, usize, RowNumber, _)| (*of, *in_step, *number) == (run, step, row);
        self.carried.as_ref().filter(here).map(|(.., fact)| fact)
    }

    /// What is known of a run's rows may have changed.
    pub(in crate::gui) fn stale(&mut self, run: RunId) {
        self.carried.take_if(|(of, ..)| *of == run);
    }

    /// Marks what is on its way.
    pub(in crate::gui) fn sent(&mut self, ask: &RunAsk) {
        match ask {
            RunAsk::UndoPlan(run) => self.undo_plan = Some((*run, Fact::Waiting)),
            RunAsk::Options(run) => self.options = Some((*run, Fact::Waiting)),
            RunAsk::Carried { run, step, row } => self.carried = Some((*run, *step, *row, Fact::Waiting)),
            RunAsk::Settings => self.settings = Some(Fact::Waiting),
            // What somebody chose is seen at once.
            RunAsk::SaveSettings(settings) => self.settings = Some(Fact::Here(settings.clone())),
            RunAsk::GoOn { run, options } => self.options = Some((*run, Fact::Here(options.clone()))),
            RunAsk::Undo { .. } => {}
        }
    }

    /// Takes note of what became true.
    pub(in crate::gui) fn apply(&mut self, now: i64, told: RunTold, notices: &mut Notices) {
        match told {
            RunTold::UndoPlan(run, answer) => self.undo_plan = Some((run, answer.into())),
            RunTold::Options(run, answer) => self.options = Some((run, answer.into())),
            RunTold::Carried(run, step, row, answer) => self.carried = Some((run, step, row, answer.into())),
            RunTold::Settings(answer) => {
                if let Err(error) = &answer {
                    notices.bad(now, error.clone(), None);
                }
                self.settings = Some(answer.into());
            }
        }
    }
}

impl State {
    /// The run that took another one back, or does so now.
    pub fn undone_by(&self, run: RunId) -> Option<RunId> {
        let undo =
            |card: &&crate::workspace::RunCard| card.run.undo_of == Some(run) && card.run.state != RunState::Aborted;
        self.runs.iter().flatten().filter(undo).map(|card| card.run.id).max()
    }
}

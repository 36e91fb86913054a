//! What a person must say before a run that stopped can go on.

use super::{RunHandle, Workspace, WorkspaceError};
use crate::engine::Tell;
use crate::integration::AbsentThen;
use crate::store::{Run, RunId, RunState};

/// Calls that a run gets on top when its limit is raised.
const MORE_CALLS: u64 = 1_000;
/// Calls that a run keeps back for what is under way when it stops at its limit.
const NEAR: u64 = 16;

/// What a person must say before a run goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needs {
    /// That so many records, which are no longer in the source, may be changed or deleted.
    Agreement {
        /// How many.
        records: u64,
        /// The object.
        object: String,
        /// Whether they are deleted.
        delete: bool,
    },
    /// That it may make more API calls: so many in all.
    Calls(u64),
}

impl Workspace {
    /// What a stopped run needs; `None` where it can simply go on.
    pub(super) fn needs(&self, run: &Run) -> Result<Option<Needs>, WorkspaceError> {
        if run.state != RunState::Incomplete {
            return Ok(None);
        }
        let Some((form, _)) = self.store()?.run_form(run.id)? else { return Ok(None) };
        // Steps that take what is no longer in a source come last, children before their parents.
        let asks = |then: &AbsentThen| !matches!(then, AbsentThen::Leave);
        let absent = form.steps.iter().rev().filter(|step| asks(&step.options.absent.then));
        let count = absent.clone().count();
        let records = run.steps.iter().skip(run.steps.len().saturating_sub(count));
        for (step, record) in absent.zip(records) {
            let options = &step.options.absent;
            let open = record.tally.total() < record.read;
            if options.then != AbsentThen::List && record.read_all && open && record.read > options.confirm_above {
                return Ok(Some(Needs::Agreement {
                    records: record.read,
                    object: record.object.clone(),
                    delete: options.then == AbsentThen::Delete,
                }));
            }
        }
        let most = form.steps.iter().filter_map(|step| step.options.budget.most_calls).min();
        Ok(most.filter(|most| run.calls + NEAR >= *most).map(|most| Needs::Calls(most + MORE_CALLS)))
    }

    /// Goes on with a run after a person has said what it needs.
    pub fn continue_with(&self, run: RunId, said: &Needs, tell: Tell) -> Result<RunHandle, WorkspaceError> {
        let mut options = self.run_options(run)?;
        for options in &mut options {
            match said {
                Needs::Agreement { records, .. } => {
                    options.absent.confirm_above = options.absent.confirm_above.max(*records);
                }
                Needs::Calls(most) => {
                    options.budget.most_calls = options.budget.most_calls.map(|before| before.max(*most));
                }
            }
        }
        self.change_run(run, &options)?;
        self.continue_run(run, tell)
    }
}

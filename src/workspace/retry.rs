//! Retrying: a new run over rows of an earlier one that did not get through.

use super::queue::{CHOSEN_COLUMN, chosen_place, has_queue};
use super::runs::{Because, in_passes, no_run};
use super::{RunHandle, StartRun, Workspace, WorkspaceError};
use crate::connect::Operation;
use crate::engine::Tell;
use crate::integration::{Find, Integration, Pass, Plan, Shapes, Step};
use crate::mapping::{Expression, Rule, TargetShape};
use crate::record::{Field, RowNumber};
use crate::store::{Cause, Run, RunId, RunLock, Store, StoreError, Take, TakeStep, Which};

/// What to try again.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// The run that has the rows.
    pub run: RunId,
    /// Which of them.
    pub rows: Selected,
    /// In which way.
    pub way: Way,
    /// The production org that the person confirmed to write to, by org id.
    pub production: Option<String>,
}

/// Rows of a run's queue.
#[derive(Debug, Clone, PartialEq)]
pub enum Selected {
    /// All but those that were given up.
    All,
    /// Those with this code, given up or not.
    Code(String),
    /// One group.
    Cause {
        /// The step, counted from 0.
        step: usize,
        /// What they have in common.
        cause: Cause,
        /// Whether those that were given up, or the others.
        gave_up: bool,
    },
    /// These, given up or not.
    Rows {
        /// The step, counted from 0.
        step: usize,
        /// Their numbers.
        rows: Vec<RowNumber>,
    },
}

/// In which way rows are tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Way {
    /// As before, with the integration as it is now.
    #[default]
    AsBefore,
    /// Although a duplicate rule warns.
    SaveDuplicates,
    /// Each updates the record that a person has chosen for it.
    UpdateChosen,
}

impl Retry {
    /// Tries all rows of a run again.
    pub fn all(run: RunId, production: Option<String>) -> Retry {
        Retry { run, rows: Selected::All, way: Way::AsBefore, production }
    }
}

impl Selected {
    /// Which rows of a step these are; `None` where the step has none of them.
    pub(super) fn of(&self, index: usize, step: &Step) -> Option<Which> {
        let which = Which { limit: step.options.again.tries.max(1), ..Which::default() };
        match self {
            Selected::All => Some(Which { gave_up: Some(false), ..which }),
            Selected::Code(code) => Some(Which { code: Some(code.clone()), ..which }),
            Selected::Cause { step, cause, gave_up } => {
                (*step == index).then(|| Which { cause: Some(cause.clone()), gave_up: Some(*gave_up), ..which })
            }
            Selected::Rows { step, rows } => (*step == index).then(|| Which { rows: Some(rows.clone()), ..which }),
        }
    }
}

impl Workspace {
    /// Starts a new run over rows of an earlier one that did not get through, with the integration as it is now and the rows as they
    /// were corrected. Rows that waited for one of them come along.
    pub fn retry(&self, what: &Retry, tell: Tell) -> Result<RunHandle, WorkspaceError> {
        let store = self.store()?;
        let (record, form, old_shapes) = self.recorded(&store, what.run)?;
        has_queue(&record, &form)?;
        if RunLock::is_taken(self.path(), what.run) {
            return Err(StoreError::RunBusy(what.run.0).into());
        }
        self.same_orgs(&record)?;
        let mut integration = match record.integration.map(|id| store.integration(id)).transpose()?.flatten() {
            Some(stored) if stored.integration.steps.len() == form.steps.len() => stored.integration,
            _ => form.clone(),
        };
        let mut shapes = Vec::new();
        let mut which = Vec::new();
        for (index, old) in old_shapes.iter().enumerate() {
            let mut rows = integration
                .steps
                .get(index.min(form.steps.len().saturating_sub(1)))
                .and_then(|step| what.rows.of(index, step));
            if let Some(rows) = &mut rows {
                rows.sendable = true;
            }
            if let Some(step) = integration.steps.get_mut(index) {
                let was = old.source.fields.last().is_some_and(|field| field.name == CHOSEN_COLUMN);
                let updates = was || (what.way == Way::UpdateChosen && rows.is_some());
                let mut source = old.source.clone();
                if updates {
                    update_chosen(step, &old.target);
                    if !was {
                        source.fields.push(Field::column(CHOSEN_COLUMN));
                    }
                }
                if let Some(rows) = rows.as_mut().filter(|_| !was) {
                    rows.chosen = Some((updates, chosen_place(&record.steps[index].columns)));
                }
                let saved = form.steps.get(index).is_some_and(|step| step.options.save_duplicates);
                step.options.save_duplicates |= saved || (what.way == Way::SaveDuplicates && rows.is_some());
                let target = self.step_shape(step, &step.mapping, true)?;
                shapes.push(Shapes { source, target });
            }
            which.push(rows);
        }
        let plan =
            Plan::compile(&integration, shapes, self.now()).map_err(|problems| WorkspaceError::problems(&problems))?;
        let plan = in_passes(plan)?;
        let mut steps = Vec::new();
        let mut rows = 0;
        for (index, planned) in plan.steps.iter().enumerate() {
            // A second pass is the same one when it is of the same object.
            let same = record.steps.get(index).is_some_and(|step| step.object == planned.shape.object.name);
            let which = which.get(index).cloned().flatten().filter(|_| same);
            if let Some(which) = &which {
                rows += store.count_queue(what.run, index, which)?;
            }
            let first_pass = match planned.pass {
                Pass::Records | Pass::Absent(_) => None,
                Pass::Links(first_pass) => Some(first_pass),
            };
            steps.push(TakeStep { first_pass, which });
        }
        if rows == 0 {
            return Err(nothing_to_retry(&store, &record, what)?);
        }
        let start = StartRun { integration, id: record.integration, trial: None, production: what.production.clone() };
        self.begin(plan, start, Because::Retry(&Take { from: what.run, steps }), tell)
    }
}

/// Makes a step update the record that stands in the column of choices.
fn update_chosen(step: &mut Step, shape: &TargetShape) {
    step.operation = Operation::Update;
    step.find = Find::Id;
    // What can be set on new records only stays as it is on those that exist.
    let writable = |rule: &Rule| {
        let name = rule.target.rsplit(':').next().unwrap_or_default();
        let field = match name.split_once('.') {
            Some((relationship, _)) => shape.object.relationship(relationship),
            None => shape.object.field(name),
        };
        field.is_none_or(|field| field.updateable)
    };
    let id = shape.object.id_field();
    step.mapping.rules.retain(|rule| !rule.target.eq_ignore_ascii_case(id) && writable(rule));
    step.mapping.rules.push(Rule::new(id, Expression::Column(CHOSEN_COLUMN.to_owned())));
}

/// Why no row can be tried again.
fn nothing_to_retry(store: &Store, record: &Run, what: &Retry) -> Result<WorkspaceError, WorkspaceError> {
    let run = what.run;
    let (form, _) = store.run_form(run)?.ok_or_else(|| no_run(run))?;
    let (mut open, mut gave_up) = (0, 0);
    for step in 0..record.steps.len() {
        let which = Which { sendable: true, ..Which::default() };
        open += store.count_queue(run, step, &which)?;
        let limit = limit_of(&form, step);
        gave_up += store.count_queue(run, step, &Which { gave_up: Some(true), limit, ..which })?;
    }
    if open == 0 {
        let later = store.taken_by(run)?;
        let Some(last) = later.last() else {
            return Ok(WorkspaceError::new(format!("run {} has no row that could be sent again", run.0))
                .hint("Rows whose fate is unknown are looked up instead: continue the run."));
        };
        let runs: Vec<_> = later.iter().map(|run| run.0.to_string()).collect();
        let message =
            format!("the rows of run {} that could be sent again were taken up by run {}", run.0, runs.join(", "));
        return Ok(WorkspaceError::new(message).hint(format!("Retry what is left of them: linkspan retry {}", last.0)));
    }
    if what.rows == Selected::All && gave_up == open {
        let message = format!("all {open} rows of run {} that are left were tried too often", run.0);
        return Ok(WorkspaceError::new(message)
            .hint("Correct them, and then retry them by code or by row: --code CODE, --rows 4,7-9."));
    }
    let error = WorkspaceError::new(format!("none of the rows chosen of run {} can be sent again", run.0));
    Ok(match what.way {
        Way::UpdateChosen => error.hint("Choose the record that each row updates first."),
        Way::AsBefore | Way::SaveDuplicates => error.hint(format!(
            "{open} rows of the run can. Rows for which a record was chosen are retried by updating that record."
        )),
    })
}

/// Tries after which rows of a step are given up.
pub(super) fn limit_of(form: &Integration, step: usize) -> u32 {
    let step = form.steps.get(step).or_else(|| form.steps.last());
    step.map_or(5, |step| step.options.again.tries.max(1))
}

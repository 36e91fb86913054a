//! Taking a run back: what that would do, and the run that does it.

use super::runs::Because;
use super::{Environment, RunHandle, StartRun, Workspace, WorkspaceError};
use crate::connect::{ConnectError, Operation, Source, SourceSettings, UndoPart, UndoSettings};
use crate::engine::{self, Tell, UndoRows, Undoable};
use crate::integration::{Find, Integration, Options, Plan, PlannedStep, Shapes, Step};
use crate::mapping::{Expression, Mapping};
use crate::record::Kind;
use crate::store::{Run, RunId, RunState, Store, StoreError};

/// What taking a run back would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoPlan {
    /// The run.
    pub run: RunId,
    /// Alias of the org that it wrote to, and what kind of org that is; the name of a database file where it wrote to no org.
    pub org: (String, Option<Environment>),
    /// Whether it wrote into tables of databases alone.
    pub tables: bool,
    /// Its steps in the order in which they are taken back: the object, and how many records.
    pub steps: Vec<(String, Undoable)>,
    /// Rows whose fate is not known: they are left alone.
    pub unconfirmed: u64,
    /// The run that took it back before, if one did.
    pub undone_by: Option<RunId>,
}

impl UndoPlan {
    /// All steps together.
    pub fn sum(&self) -> Undoable {
        self.steps.iter().fold(Undoable::default(), |sum, (_, step)| Undoable {
            created: sum.created + step.created,
            updated: sum.updated + step.updated,
            deleted: sum.deleted + step.deleted,
            lost: sum.lost + step.lost,
        })
    }
}

impl Workspace {
    /// Says what taking a run back would do; writes nothing.
    pub fn undo_plan(&self, run: RunId) -> Result<UndoPlan, WorkspaceError> {
        let store = self.store()?;
        let (record, form, shapes) = self.recorded(&store, run)?;
        let plan = self.plan_as_it_ran(&record, &form, shapes)?;
        let mut steps = Vec::new();
        let mut unconfirmed = 0;
        for step in parts_in_order(&store, &record, &plan)? {
            steps.push((plan.steps[step.index].step.object.clone(), step.undoable));
        }
        for step in &record.steps {
            unconfirmed += store.tally(run, step.index)?.of(crate::connect::Outcome::Unconfirmed);
        }
        let end = record.steps.iter().find(|step| !step.writes_to_table()).or(record.steps.first());
        let alias = end.map(|step| step.org.clone()).unwrap_or_default();
        let known = if end.is_some_and(|step| step.writes_to_table()) { None } else { store.org(&alias)? };
        let environment = known.and_then(|org| super::orgs::environment_of(&org));
        let tables = record.steps.iter().all(|step| step.writes_to_table());
        Ok(UndoPlan { run, org: (alias, environment), tables, steps, unconfirmed, undone_by: store.undone_by(run)? })
    }

    /// Starts a run that takes another one back: what it created is deleted, what it changed gets its former values back where nobody
    /// changed it since, and what it deleted is made anew.
    pub fn undo(&self, run: RunId, production: Option<String>, tell: Tell) -> Result<RunHandle, WorkspaceError> {
        let store = self.store()?;
        let (record, form, shapes) = self.recorded(&store, run)?;
        if self.seen_now(Some(record.clone())).is_some_and(|run| run.state == RunState::Running) {
            return Err(
                WorkspaceError::new(format!("run {} is still running", run.0)).hint("Stop it first, then undo it.")
            );
        }
        if let Some(by) = store.undone_by(run)? {
            return Err(WorkspaceError::new(format!("run {} was undone by run {} already", run.0, by.0))
                .hint(format!("To bring its changes back, undo run {}.", by.0)));
        }
        self.same_orgs(&record)?;
        let plan = self.plan_as_it_ran(&record, &form, shapes)?;
        let mut integration = Integration {
            steps: Vec::new(),
            tables: Vec::new(),
            name: format!("Undo of run {} · {}", run.0, record.name),
            ..form.clone()
        };
        integration.foreign = None;
        let mut shapes = Vec::new();
        for step in parts_in_order(&store, &record, &plan)? {
            for part in [UndoPart::Updated, UndoPart::Created, UndoPart::Deleted] {
                if step.undoable.of(part) > 0 {
                    let settings = UndoSettings { undo_of: run.0, step: step.index, part };
                    let (step, shape) = self.undoing(&plan.steps[step.index], settings)?;
                    integration.steps.push(step);
                    shapes.push(shape);
                }
            }
        }
        if integration.steps.is_empty() {
            return Err(WorkspaceError::new(format!("run {} has nothing that could be undone", run.0))
                .hint("It made no record, and what it changed was not kept."));
        }
        let plan =
            Plan::compile(&integration, shapes, self.now()).map_err(|problems| WorkspaceError::problems(&problems))?;
        let what = StartRun { integration, id: None, trial: None, production };
        self.begin(plan, what, Because::UndoOf(run), tell)
    }

    /// The step that takes some rows of a step back.
    fn undoing(&self, planned: &PlannedStep, settings: UndoSettings) -> Result<(Step, Shapes), WorkspaceError> {
        let rows = UndoRows::new(self.store()?, RunId(settings.undo_of), settings.step, settings.part, planned.clone());
        let source = rows.schema().clone();
        let operation = match settings.part {
            UndoPart::Created => Operation::Delete,
            UndoPart::Updated => Operation::Update,
            UndoPart::Deleted => Operation::Insert,
        };
        let mut mapping = Mapping::default();
        let mut copy = |field: &str, column: &str| mapping.set(field, Expression::Column(column.to_owned()));
        if operation != Operation::Insert {
            copy(planned.shape.object.id_field(), engine::undone_record(&planned.shape.object));
        }
        if operation != Operation::Delete {
            engine::restored_fields(planned).iter().for_each(|field| copy(field, field));
        }
        let old = &planned.step.options;
        let options = Options {
            rows_per_call: old.rows_per_call,
            parallel: old.parallel,
            budget: old.budget.clone(),
            retry: old.retry.clone(),
            // A duplicate rule must not keep a record from becoming what it was.
            save_duplicates: old.save_duplicates,
            ..Options::default()
        };
        let step = Step {
            source: SourceSettings::Undo(settings),
            org: planned.step.org.clone(),
            into: planned.step.into.clone(),
            object: planned.shape.object.name.clone(),
            operation,
            find: Find::Id,
            mapping,
            options,
            sync: None,
            seen: None,
        };
        let mut target = self.step_shape(&step, &step.mapping, true)?;
        if target.object.is_table() {
            // What a table held goes back as it was, in whatever spelling.
            for field in &mut target.object.fields {
                (field.kind, field.length, field.precision) = (Kind::Any, 0, 0);
            }
        }
        Ok((step, Shapes { source, target }))
    }

    /// The rows that a step of an undo reads.
    pub(super) fn undo_rows(&self, settings: UndoSettings) -> Result<Box<dyn Source>, ConnectError> {
        let refused = |error: WorkspaceError| ConnectError::Refused { message: error.message, hint: error.hint };
        let rows = || -> Result<UndoRows, WorkspaceError> {
            let (store, run) = (self.store()?, RunId(settings.undo_of));
            let (record, form, shapes) = self.recorded(&store, run)?;
            let mut plan = self.plan_as_it_ran(&record, &form, shapes)?;
            if settings.step >= plan.steps.len() {
                return Err(WorkspaceError::new(format!("run {} has no step {}", run.0, settings.step + 1)));
            }
            Ok(UndoRows::new(store, run, settings.step, settings.part, plan.steps.swap_remove(settings.step)))
        };
        Ok(Box::new(rows().map_err(refused)?))
    }

    /// The plan of a run, as it ran.
    fn plan_as_it_ran(&self, record: &Run, form: &Integration, shapes: Vec<Shapes>) -> Result<Plan, WorkspaceError> {
        let plan =
            Plan::compile(form, shapes, record.began_at).map_err(|problems| WorkspaceError::problems(&problems))?;
        super::runs::in_passes(plan)
    }
}

/// A step of a run with what can be taken back of it.
struct Part {
    index: usize,
    undoable: Undoable,
}

/// The steps from the last to the first, so that children go before their parents.
fn parts_in_order(store: &Store, record: &Run, plan: &Plan) -> Result<Vec<Part>, StoreError> {
    let mut parts = Vec::new();
    for index in (0..record.steps.len().min(plan.steps.len())).rev() {
        // Links that a first pass left out of records it made go with those records.
        if let crate::integration::Pass::Links(first) = plan.steps[index].pass
            && plan.steps[first].step.operation == Operation::Insert
        {
            continue;
        }
        let undoable = engine::undoable(store, record.id, index)?;
        if undoable != Undoable::default() {
            parts.push(Part { index, undoable });
        }
    }
    Ok(parts)
}

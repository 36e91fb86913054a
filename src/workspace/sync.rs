//! Two-way syncs: looked at, started, and what became of them written down.

use super::runs::{Because, in_passes};
use super::{Checked, RunHandle, StartRun, Workspace, WorkspaceError};
use crate::cancel::Cancel;
use crate::connect::file::{FileFormat, FileSettings};
use crate::connect::soql::QuerySettings;
use crate::connect::{Api, ConnectError, DatabaseSettings, Operation, Source, SourceSettings, SyncPart, SyncSettings};
use crate::engine::Tell;
use crate::engine::sync::{DeedRows, PassJob, SyncCounts, close, compare, end_of, part_schema};
use crate::integration::{Find, Integration, Options, Plan, Problem, Shapes, Step, SyncPlan, SyncShapes, Synced};
use crate::mapping::{ColumnFormat, Expression, Mapping, Part, TargetShape};
use crate::record::{Field, Kind};
use crate::store::{IntegrationId, RunId, RunState, Store, SyncLock};
use crate::sync::{Deletes, Direction, End, Strategy};
use std::collections::{BTreeMap, HashMap};

/// What to sync, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartSync {
    /// The integration.
    pub id: IntegrationId,
    /// Whether the right ends are read whole although the last window is known.
    pub full: bool,
    /// Whether only what people decided is carried out.
    pub only_decisions: bool,
    /// That a person has looked at what the first sync would do, and said yes.
    pub accepted: bool,
    /// Deletions at one end that a person has confirmed.
    pub deletes: Option<u64>,
    /// The production org that the person confirmed to write to, by org id.
    pub production: Option<String>,
}

/// What the sync of a step would do, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncLook {
    /// What people call the ends, left and right.
    pub ends: [String; 2],
    /// The object at the right end.
    pub object: String,
    /// Whether it is the first time.
    pub first: bool,
    /// In numbers.
    pub counts: SyncCounts,
    /// What a person should know, and do.
    pub notes: Vec<SyncNote>,
    /// Deletions at one end, or pairs let go, above which a person must confirm them.
    pub confirm_deletes_above: u64,
}

impl SyncLook {
    /// What a person must confirm before it is done: so many deletions at that end, or, without one, pairs that are let go.
    pub fn to_confirm(&self) -> Option<(Option<End>, u64)> {
        let deleted = End::BOTH.map(|end| (Some(end), self.counts.delete[end as usize]));
        let most = deleted.into_iter().chain([(None, self.counts.let_go)]).max_by_key(|most| most.1);
        most.filter(|(_, count)| *count > self.confirm_deletes_above)
    }
}

/// Something that a person should know of a sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncNote {
    /// What is the matter.
    pub sentence: String,
    /// What to do.
    pub action: String,
}

impl StartSync {
    /// A sync of everything that has changed.
    pub fn new(id: IntegrationId) -> StartSync {
        StartSync { id, full: false, only_decisions: false, accepted: false, deletes: None, production: None }
    }
}

impl Workspace {
    /// Why an integration cannot be synced; nothing where it can.
    pub fn check_sync(&self, integration: &Integration) -> Result<Vec<Problem>, WorkspaceError> {
        Ok(self.check_both_ways(integration, true)?.problems)
    }

    /// Why an integration cannot be synced, what is doubtful about it, and which ways its lines can go.
    pub(super) fn check_both_ways(&self, integration: &Integration, refresh: bool) -> Result<Checked, WorkspaceError> {
        let mut checked = Checked::default();
        for (index, step) in integration.steps.iter().enumerate() {
            if step.sync.is_none() {
                let message = format!("{} is loaded one way, and other steps go both ways", step.object);
                let hint = "Let it go both ways too, or keep it in an integration of its own.";
                checked.problems.push(problem(index, WorkspaceError::new(message).hint(hint)));
                continue;
            }
            let right = self.target_shape(&step.org, &step.object, &step.mapping, refresh)?;
            if let Err(error) = left_step(step, &right) {
                checked.problems.push(problem(index, error));
                continue;
            }
            let shapes = self.sync_shapes(step, false)?;
            let SyncShapes { source, left, right } = shapes;
            let shapes = Shapes { source, target: right };
            checked.ways.extend(SyncPlan::ways(integration, index, &shapes, &left, self.now()));
            match SyncPlan::compile(integration, index, shapes, left, self.now()) {
                Ok(plan) => checked.warnings.extend(plan.warnings()),
                Err(problems) => checked.problems.extend(problems),
            }
        }
        Ok(checked)
    }

    /// What both ends of a step look like.
    fn sync_shapes(&self, step: &Step, refresh: bool) -> Result<SyncShapes, WorkspaceError> {
        let right = self.target_shape(&step.org, &step.object, &step.mapping, refresh)?;
        let left = self.step_shape(&left_step(step, &right)?, &Mapping::default(), refresh)?;
        Ok(SyncShapes { source: self.source_shape(&step.source, refresh)?, left, right })
    }

    /// Steps as if they went one way, for a look at what their mapping makes of rows: without the lines that only come back.
    pub(super) fn one_way(&self, integration: &Integration) -> Result<Integration, WorkspaceError> {
        let mut integration = integration.clone();
        for step in &mut integration.steps {
            let Some(sync) = step.sync.take() else { continue };
            let object = self.target_shape(&step.org, &step.object, &step.mapping, false)?.object;
            step.mapping.rules.retain(|rule| {
                let comes_back = sync.line(&rule.target).is_some_and(|line| line.direction == Some(Direction::ToLeft));
                let open = |field: &Field| field.createable || field.updateable;
                !comes_back && object.field(&rule.target).is_none_or(open)
            });
            step.operation = Operation::Upsert;
            step.options = Options { create: sync.create_right, ..Options::default() };
            let found_by = match &step.find {
                Find::Id => vec!["Id".to_owned()],
                Find::ExternalId(field) => vec![field.clone()],
                Find::Match(fields) => fields.clone(),
            };
            if !found_by.iter().all(|field| step.mapping.rule(field).is_some()) {
                step.operation = Operation::Insert;
            }
        }
        Ok(integration)
    }

    /// Whether nobody has said yes yet to the first sync of some step.
    pub fn never_synced(&self, id: IntegrationId) -> Result<bool, WorkspaceError> {
        let (store, integration) = (self.store()?, self.integration(id)?);
        for step in 0..integration.steps.len() {
            if !store.sync_state(id, step)?.is_some_and(|state| state.accepted) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Says what a sync would do; writes to neither end.
    pub fn look_sync(&self, id: IntegrationId, full: bool, cancel: &Cancel) -> Result<Vec<SyncLook>, WorkspaceError> {
        let (synced, plans) = self.syncable(id, &StartSync { full, ..StartSync::new(id) })?;
        let store = self.store()?;
        let mut looks = Vec::new();
        for plan in &plans {
            let counts = self.pass(&store, &synced, plan, None, cancel)?;
            let state = store.sync_state(id, plan.index)?;
            let first = !state.is_some_and(|state| state.accepted);
            looks.push(look(&synced, plan, first, counts));
        }
        Ok(looks)
    }

    /// Starts a sync. One that was interrupted is finished first, and what has changed since waits for the next.
    pub fn sync(&self, what: &StartSync, tell: Tell) -> Result<RunHandle, WorkspaceError> {
        let store = self.store()?;
        for run in store.open_passes(what.id)? {
            let (record, form, shapes) = self.recorded(&store, run)?;
            if !matches!(record.state, RunState::Incomplete | RunState::Running) {
                // It came to its end, and the program stopped before all of that was written down.
                let plan = Plan::compile(&form, shapes, record.began_at)
                    .map_err(|problems| WorkspaceError::problems(&problems))?;
                let _lock = self.sync_lock(&plan)?;
                self.close_sync(run, &in_passes(plan)?, true)?;
                continue;
            }
            if what.deletes.is_some() {
                self.confirm_deletes(&store, run, what.deletes)?;
            }
            let mut handle = self.continue_run(run, tell)?;
            let note =
                format!("Run {} was interrupted and is finished first; sync again for what has changed since", run.0);
            handle.notes.insert(0, note);
            return Ok(handle);
        }
        let (synced, plans) = self.syncable(what.id, what)?;
        for plan in &plans {
            let accepted = store.sync_state(what.id, plan.index)?.is_some_and(|state| state.accepted);
            if !accepted && !what.accepted {
                return Err(WorkspaceError::new(format!(
                    "{} and {} were never synced before, and nobody has said yes to what that would do",
                    plan.ends[0], plan.ends[1]
                ))
                .hint("Look at what would be paired and made, then accept it."));
            }
        }
        let mut synced = synced;
        for plan in &plans {
            synced.shapes[plan.index].right = plan.right_in_short();
        }
        let design = synced.design.clone();
        let mut integration = Integration { steps: Vec::new(), tables: Vec::new(), foreign: None, ..design.clone() };
        let mut shapes = Vec::new();
        for (plan, part) in in_order(&plans) {
            let (step, shape) = part_step(what.id, plan, part)?;
            integration.steps.push(step);
            shapes.push(shape);
        }
        integration.synced = Some(Box::new(synced));
        let plan =
            Plan::compile(&integration, shapes, self.now()).map_err(|problems| WorkspaceError::problems(&problems))?;
        let start = StartRun { integration, id: Some(what.id), trial: None, production: what.production.clone() };
        self.begin(in_passes(plan)?, start, Because::Asked, tell)
    }

    /// Notes that a person has confirmed deletions for which a sync stopped.
    fn confirm_deletes(&self, store: &Store, run: RunId, deletes: Option<u64>) -> Result<(), WorkspaceError> {
        let (_, mut form, _) = self.recorded(store, run)?;
        if let Some(synced) = &mut form.synced {
            synced.deletes = deletes;
        }
        Ok(store.set_run_form(run, &form)?)
    }

    /// What each step of a sync came to, once it was decided.
    pub fn sync_counts(&self, run: RunId) -> Result<Vec<SyncLook>, WorkspaceError> {
        let store = self.store()?;
        let (record, form, _) = self.recorded(&store, run)?;
        let Some(synced) = form.synced else { return Ok(Vec::new()) };
        let mut looks = Vec::new();
        for step in 0..synced.design.steps.len() {
            let Some(pass) = store.pass(run, step)?.filter(|pass| pass.decided) else { continue };
            let plan = synced.plan(step, record.began_at).map_err(|problems| WorkspaceError::problems(&problems))?;
            looks.push(look(&synced, &plan, false, serde_json::from_str(&pass.counts).unwrap_or_default()));
        }
        Ok(looks)
    }

    /// An integration whose every step goes both ways, checked.
    fn syncable(&self, id: IntegrationId, what: &StartSync) -> Result<(Synced, Vec<SyncPlan>), WorkspaceError> {
        let integration = self.integration(id)?;
        let (synced, plans) = self.designed(id, &integration, what, true)?;
        let (mut fit, mut problems) = (Vec::new(), Vec::new());
        for plan in plans {
            match plan {
                Ok(plan) => fit.push(plan),
                Err(mut found) => problems.append(&mut found),
            }
        }
        if problems.is_empty() { Ok((synced, fit)) } else { Err(WorkspaceError::problems(&problems)) }
    }

    fn designed(
        &self,
        id: IntegrationId,
        integration: &Integration,
        what: &StartSync,
        refresh: bool,
    ) -> Result<(Synced, Vec<Result<SyncPlan, Vec<Problem>>>), WorkspaceError> {
        if let Some(step) = integration.steps.iter().position(|step| step.sync.is_none()) {
            return Err(WorkspaceError::new(format!(
                "step {} of \"{}\" loads one way, so that it is no sync",
                step + 1,
                integration.name
            ))
            .hint(format!("Run it with: linkspan run \"{}\"", integration.name)));
        }
        let mut shapes = Vec::new();
        for step in &integration.steps {
            shapes.push(self.sync_shapes(step, refresh)?);
        }
        let StartSync { full, only_decisions, deletes, .. } = *what;
        let (design, suspended) = (integration.clone(), Vec::new());
        let mut synced = Synced { id: id.0, design, shapes, suspended, full, only_decisions, deletes };
        // What was never synced is put right by whoever designs it.
        if id.0 > 0 && !self.never_synced(id)? {
            synced.suspend();
        }
        let plans = (0..integration.steps.len()).map(|step| synced.plan(step, self.now())).collect();
        Ok((synced, plans))
    }

    /// Reads both ends of a step and decides.
    fn pass(
        &self,
        store: &Store,
        synced: &Synced,
        plan: &SyncPlan,
        run: Option<RunId>,
        cancel: &Cancel,
    ) -> Result<SyncCounts, WorkspaceError> {
        let org = self.connect(&plan.step.org)?;
        let identity = self.identify(&plan.step.org, &org)?;
        let now = org.now();
        let left = || self.open_source(&plan.step.source, cancel);
        let right = |query: &QuerySettings| crate::connect::soql::open(org.clone(), query, cancel);
        let job = PassJob {
            plan,
            integration: IntegrationId(synced.id),
            run,
            store,
            left: &left,
            right: &right,
            org: (&identity.org_id, &now),
            full: synced.full,
            only_decisions: synced.only_decisions,
            deletes: synced.deletes,
            now: self.now(),
            cancel,
        };
        let counts = compare(&job)?;
        self.note_usage(&plan.step.org, &org)?;
        Ok(counts)
    }

    /// What a sync has decided, as rows of a step of its run; the first step that is opened decides.
    pub(super) fn deed_rows(
        &self,
        run: RunId,
        plan: &Plan,
        of: SyncSettings,
        cancel: &Cancel,
    ) -> Result<Box<dyn Source>, WorkspaceError> {
        let store = self.store()?;
        let synced = plan.integration.synced.as_deref().ok_or_else(|| WorkspaceError::new("this run is no sync"))?;
        let compiled = || synced.plan(of.step, plan.now).map_err(|problems| WorkspaceError::problems(&problems));
        let design = compiled()?;
        if !store.pass(run, of.step)?.is_some_and(|pass| pass.decided) {
            if store.open_passes(IntegrationId(synced.id))?.iter().any(|open| *open != run) {
                return Err(WorkspaceError::new(
                    "another sync of this integration was interrupted and is not finished",
                )
                .hint("Start the sync again: it finishes that one first."));
            }
            self.pass(&store, synced, &design, Some(run), cancel)?;
        }
        if matches!(of.part, SyncPart::LinkLeft | SyncPart::LinkRight) {
            close(&store, run, &design, &steps_of(plan, of.step), false, self.now())?;
        }
        let (workspace, source, wish) = (self.clone(), design.step.source.clone(), cancel.clone());
        let left = Box::new(move || workspace.open_source(&source, &wish));
        let rows = DeedRows::new(store, (IntegrationId(synced.id), run), design, of.part, left, plan.now, cancel)?;
        Ok(Box::new(rows))
    }

    /// Keeps other processes from syncing what this plan syncs.
    pub(super) fn sync_lock(&self, plan: &Plan) -> Result<Option<SyncLock>, WorkspaceError> {
        let synced = plan.integration.synced.as_deref();
        Ok(synced.map(|synced| SyncLock::take(self.path(), IntegrationId(synced.id))).transpose()?)
    }

    /// Writes down what became of a sync; with `over` its run has come to its end.
    pub(super) fn close_sync(&self, run: RunId, plan: &Plan, over: bool) -> Result<(), WorkspaceError> {
        let Some(synced) = plan.integration.synced.as_deref() else { return Ok(()) };
        let store = self.store()?;
        for step in 0..synced.design.steps.len() {
            let Some(pass) = store.pass(run, step)?.filter(|pass| pass.decided && !pass.closed) else { continue };
            let design = synced.plan(step, plan.now).map_err(|problems| WorkspaceError::problems(&problems))?;
            close(&store, run, &design, &steps_of(plan, step), over, self.now())?;
            if !over {
                continue;
            }
            let id = IntegrationId(synced.id);
            if let (Some(until), Some(mut state)) = (pass.until, store.sync_state(id, step)?) {
                state.since = Some(until);
                state.synced_at = Some(self.now());
                state.accepted = true;
                store.set_sync_state(id, step, &state)?;
            }
            store.pass_closed(run, step)?;
        }
        Ok(())
    }
}

fn look(synced: &Synced, plan: &SyncPlan, first: bool, counts: SyncCounts) -> SyncLook {
    let mut notes = Vec::new();
    let mut note = |sentence: String, action: &str| notes.push(SyncNote { sentence, action: action.to_owned() });
    for (_, sentence) in synced.suspended.iter().filter(|(step, _)| *step == plan.index) {
        note(format!("{sentence}."), "Map it to another one, or remove its line.");
    }
    for end in End::BOTH {
        let (at, name) = (end as usize, plan.end(end));
        let key = if end == End::Left { plan.sync.key.as_str() } else { "Id" };
        if counts.no_key[at] > 0 {
            let sentence = format!(
                "{} of {name} have no {key} and take no part; nothing counts as deleted.",
                records(counts.no_key[at])
            );
            note(sentence, "Give each of them a key.");
        }
        if counts.doubled[at] > 0 {
            let sentence = format!(
                "{} of {name} share their {key} with another one, and take no part.",
                records(counts.doubled[at])
            );
            note(sentence, "Give each of them a key of its own.");
        }
        if counts.unreadable[at] > 0 {
            let sentence = format!("{} of {name} cannot be read.", records(counts.unreadable[at]));
            note(sentence, "Look at what is wrong with them among the conflicts.");
        }
    }
    let by_time = plan.terms.lines.iter().any(|line| line.strategy == Strategy::LastWrite);
    let apart = counts.clock_ahead.unsigned_abs();
    if by_time && apart > u64::from(plan.sync.skew_seconds) {
        let sentence = format!(
            "The clocks here and in {} are {apart} seconds apart, so that the last write may not be the later one.",
            plan.ends[1]
        );
        note(sentence, "Set the clock of this computer, or allow for a greater difference.");
    }
    if counts.let_go > 0 {
        let sentence = format!(
            "{} were deleted at one end; those of the other end stay as they are and are synced no more.",
            records(counts.let_go)
        );
        note(sentence, "Restore the deleted ones to sync them again, or say what deletions are to do.");
    }
    let confirm_deletes_above = plan.sync.confirm_deletes_above;
    let object = plan.right_shape.object.name.clone();
    SyncLook { ends: plan.ends.clone(), object, first, counts, notes, confirm_deletes_above }
}

fn records(count: u64) -> String {
    if count == 1 { "1 record".to_owned() } else { format!("{count} records") }
}

/// Which step of a run does which deeds of a step of its sync.
fn steps_of(plan: &Plan, step: usize) -> HashMap<SyncPart, usize> {
    let of = |(index, planned): (usize, &crate::integration::PlannedStep)| match planned.step.source {
        SourceSettings::Sync(sync) if sync.step == step => Some((sync.part, index)),
        _ => None,
    };
    plan.steps.iter().enumerate().filter_map(of).collect()
}

/// What is done in which order: parents before their children, and what is deleted the other way round.
fn in_order(plans: &[SyncPlan]) -> Vec<(&SyncPlan, SyncPart)> {
    let deletes = |part: &SyncPart| matches!(part, SyncPart::DeleteLeft | SyncPart::DeleteRight);
    let mut all = Vec::new();
    for plan in plans {
        all.extend(parts(plan).into_iter().filter(|part| !deletes(part)).map(|part| (plan, part)));
    }
    for plan in plans.iter().rev() {
        all.extend(parts(plan).into_iter().filter(deletes).map(|part| (plan, part)));
    }
    all
}

/// The kinds of deeds that a step's sync may decide on.
fn parts(plan: &SyncPlan) -> Vec<SyncPart> {
    let sync = &plan.sync;
    let goes = |end: End| (0..plan.lines.len()).any(|line| plan.goes_to(line, end));
    let makes = |end: End, deletes: Deletes| plan.creates_at(end) || (deletes != Deletes::Ignore && goes(end));
    let loses = |deletes: Deletes| matches!(deletes, Deletes::Propagate | Deletes::Archive);
    let keeps = !(sync.keeps.left_id.is_empty() && sync.keeps.left_synced.is_empty());
    let wanted = [
        (SyncPart::SettleRight, goes(End::Right)),
        (SyncPart::ChangeRight, goes(End::Right) || sync.deleted_left == Deletes::Archive),
        (SyncPart::CreateRight, makes(End::Right, sync.deleted_right)),
        (SyncPart::ChangeLeft, goes(End::Left) || sync.deleted_right == Deletes::Archive),
        (SyncPart::CreateLeft, makes(End::Left, sync.deleted_left)),
        (SyncPart::LinkRight, plan.left_gives_keys() && makes(End::Left, sync.deleted_left)),
        (SyncPart::LinkLeft, keeps),
        (SyncPart::DeleteRight, loses(sync.deleted_left)),
        (SyncPart::DeleteLeft, loses(sync.deleted_right)),
    ];
    wanted.into_iter().filter(|(_, wanted)| *wanted).map(|(part, _)| part).collect()
}

fn problem(step: usize, error: WorkspaceError) -> Problem {
    let (target, span, repair) = (None, None, None);
    Problem { step, target, part: Part::Target, span, message: error.message, hint: error.hint, repair }
}

/// The left end of a step as one that rows go into.
fn left_step(step: &Step, right: &TargetShape) -> Result<Step, WorkspaceError> {
    if let Some(query) = step.source.query() {
        let (org, object) = (query.org.clone(), query.object().to_owned());
        return Ok(Step { org, object, into: None, ..step.clone() });
    }
    let key = step.sync.as_deref().map(|sync| sync.key.trim().to_owned()).filter(|key| !key.is_empty());
    let Some(file) = step.source.file() else {
        return Err(WorkspaceError::new(format!(
            "{} cannot be written to, so that it is no end of a sync",
            step.source.name()
        ))
        .hint("Sync a table of an SQLite database, a CSV file, or the objects of two orgs."));
    };
    let (object, into) = match &file.format {
        FileFormat::Sqlite(sqlite) => (sqlite.table.clone(), DatabaseSettings::database(file.path.clone(), key)),
        FileFormat::Csv(csv) => {
            if file.resolved()?.path != file.path {
                return Err(WorkspaceError::new(format!(
                    "{} means the newest of several files, and a sync needs one that stays",
                    step.source.name()
                ))
                .hint("Choose the file itself."));
            }
            let columns = text_columns(step, file, right, key.as_deref());
            let csv = Some(csv.clone());
            (step.source.name(), DatabaseSettings { path: file.path.clone(), key, csv, formats: file.formats, columns })
        }
        FileFormat::Workbook(_) => {
            return Err(WorkspaceError::new(format!(
                "{} is a workbook, and a workbook is no end of a sync: rewritten, it would lose its formatting and formulas",
                step.source.name()
            ))
            .hint("Save the sheet as CSV in the program that made it, and sync that file."));
        }
    };
    Ok(Step { into: Some(into), org: String::new(), object, ..step.clone() })
}

/// What the columns of a text file hold: what is said of them, else what the field of the right end holds that they go into, so that
/// what comes back is written as the file writes numbers and dates. What a value map translates is text.
fn text_columns(
    step: &Step,
    file: &FileSettings,
    right: &TargetShape,
    key: Option<&str>,
) -> BTreeMap<String, ColumnFormat> {
    let mut columns = file.columns.clone();
    let mut hold = |name: &str, kind: Kind| {
        let told =
            matches!(kind, Kind::Integer | Kind::Number | Kind::Boolean | Kind::Date | Kind::DateTime | Kind::Time);
        if told && !name.is_empty() && key != Some(name) {
            let column = columns.entry(name.to_owned()).or_default();
            if column.kind == Kind::Text {
                column.kind = kind;
            }
        }
    };
    for rule in step.mapping.rules.iter().filter(|rule| rule.map.is_none()) {
        if let (Expression::Column(column), Ok(target)) = (&rule.from, right.resolve(&rule.target)) {
            hold(column, target.field.kind);
        }
    }
    hold(step.sync.as_deref().map_or("", |sync| sync.keeps.left_synced.as_str()), Kind::DateTime);
    columns
}

/// The step of a run that does deeds of one kind.
fn part_step(id: IntegrationId, plan: &SyncPlan, part: SyncPart) -> Result<(Step, Shapes), WorkspaceError> {
    let (source, mapping) = part_schema(plan, part);
    let end = end_of(part);
    let base = match end {
        End::Left => left_step(&plan.step, &plan.right_shape)?,
        End::Right => plan.step.clone(),
    };
    let target = match end {
        End::Left => plan.left_shape.clone(),
        // What is deleted is kept whole, so that it can be made again.
        End::Right if part == SyncPart::DeleteRight => plan.right_shape.clone(),
        End::Right => plan.right_in_short(),
    };
    let operation = match part {
        SyncPart::CreateLeft | SyncPart::CreateRight => Operation::Insert,
        SyncPart::DeleteLeft | SyncPart::DeleteRight => Operation::Delete,
        _ => Operation::Update,
    };
    let find = match end {
        End::Left if operation != Operation::Insert && base.into.is_some() => Find::Match(vec![plan.sync.key.clone()]),
        _ => Find::Id,
    };
    let old = &plan.step.options;
    let settles = part == SyncPart::SettleRight;
    let options = Options {
        api: settles.then_some(Api::Rest),
        rows_per_call: if settles { 1 } else { old.rows_per_call },
        parallel: old.parallel,
        budget: old.budget.clone(),
        retry: old.retry.clone(),
        assignment_rules: old.assignment_rules,
        save_duplicates: old.save_duplicates,
        ..Options::default()
    };
    let step = Step {
        source: SourceSettings::Sync(SyncSettings { sync_of: id.0, step: plan.index, part }),
        operation,
        find,
        mapping,
        options,
        sync: None,
        seen: None,
        ..base
    };
    Ok((step, Shapes { source, target }))
}

impl From<WorkspaceError> for ConnectError {
    fn from(error: WorkspaceError) -> ConnectError {
        ConnectError::Refused { message: error.message, hint: error.hint }
    }
}

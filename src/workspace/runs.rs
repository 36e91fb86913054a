//! Runs: started, continued, taken up again, and looked at.

use super::awake::Awake;
use super::{RunCard, StartRun, Workspace, WorkspaceError};
use crate::cancel::Cancel;
use crate::connect::file::{FileMark, FileSince};
use crate::connect::{ConnectError, Source, SourceSettings};
use crate::engine::{
    self, AbsentRows, EngineError, Job, Preview, PreviewJob, Reach, RunEvent, StoredRows, TakenRows, Tell,
};
use crate::integration::{Integration, Options, Pass, Plan, PlannedStep, Shapes};
use crate::record::{Batch, Schema};
use crate::salesforce::{Environment, Org};
use crate::store::{
    Ending, NewRun, NewStep, Run, RunId, RunLock, RunState, StepRecord, Store, StoreError, SyncLock, Take, Tally,
};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Rows from further down that a preview shows.
const SAMPLE: usize = 50;

/// Runs listed at most.
const LISTED: usize = 500;

/// A run under way in this process.
pub struct RunHandle {
    /// Which run.
    pub run: RunId,
    /// Asks it to stop.
    pub cancel: Cancel,
    /// What a person should know about how it goes on.
    pub notes: Vec<String>,
    thread: JoinHandle<Result<(), WorkspaceError>>,
}

impl RunHandle {
    /// Waits for its end.
    pub fn wait(self) -> Result<(), WorkspaceError> {
        self.thread.join().unwrap_or_else(|_| Err(WorkspaceError::new("the run ended by a fault of this program")))
    }

    /// Whether it has ended.
    pub fn ended(&self) -> bool {
        self.thread.is_finished()
    }
}

/// Where the rows of a run's steps come from.
#[derive(Clone, Copy)]
enum Rows {
    /// From where they are said to come from.
    Sources,
    /// From earlier runs whose rows did not get through.
    Taken,
}

/// Why a run begins.
#[derive(Clone, Copy)]
pub(super) enum Because<'a> {
    /// Somebody wants its rows there.
    Asked,
    /// Rows of an earlier run are to be tried again.
    Retry(&'a Take),
    /// An earlier run is to be taken back.
    UndoOf(RunId),
}

impl<'a> Because<'a> {
    fn taken(self) -> Option<&'a Take> {
        if let Because::Retry(taken) = self { Some(taken) } else { None }
    }

    fn undo_of(self) -> Option<RunId> {
        if let Because::UndoOf(run) = self { Some(run) } else { None }
    }
}

impl Workspace {
    /// Starts a run. What keeps it from starting is an error; whatever happens later is in the ledger.
    pub fn start(&self, mut what: StartRun, tell: Tell) -> Result<RunHandle, WorkspaceError> {
        if what.integration.goes_both_ways() {
            let name = &what.integration.name;
            return Err(WorkspaceError::new(format!("\"{name}\" goes both ways, so that it is synced and not run"))
                .hint(format!("Sync it with: linkspan sync \"{name}\"")));
        }
        // Its continuations read the same files, whatever is newer by then.
        for step in &mut what.integration.steps {
            if let Some(file) = step.source.file_mut() {
                *file = file.resolved()?;
            }
            if let Some(into) = &mut step.into {
                into.path = std::path::absolute(&into.path).unwrap_or_else(|_| into.path.clone());
            }
        }
        self.set_windows(what.id, &mut what.integration)?;
        let plan = self.plan(&what.integration, true)?.map_err(|problems| WorkspaceError::problems(&problems))?;
        self.begin(in_passes(plan)?, what, Because::Asked, tell)
    }

    /// How each step of a run runs.
    pub fn run_options(&self, run: RunId) -> Result<Vec<Options>, WorkspaceError> {
        let (_, form, _) = self.recorded(&self.store()?, run)?;
        Ok(form.steps.into_iter().map(|step| step.options).collect())
    }

    /// Changes how a run goes on when it is continued: its budget, its patience, how much it sends at once, and how
    /// many records that are no longer in the source may be changed without asking. What decides about
    /// rows stays as it was when the run began.
    pub fn change_run(&self, run: RunId, options: &[Options]) -> Result<(), WorkspaceError> {
        let store = self.store()?;
        let _lock = RunLock::take(self.path(), run)?;
        let (_, mut form, _) = self.recorded(&store, run)?;
        for (step, options) in form.steps.iter_mut().zip(options) {
            step.options.budget = options.budget.clone();
            step.options.retry = options.retry.clone();
            step.options.parallel = options.parallel;
            step.options.rows_per_call = options.rows_per_call;
            step.options.absent.confirm_above = options.absent.confirm_above;
        }
        Ok(store.set_run_form(run, &form)?)
    }

    /// Takes an incomplete run up where it stopped, or the rest of a file after a trial.
    pub fn continue_run(&self, run: RunId, tell: Tell) -> Result<RunHandle, WorkspaceError> {
        let store = self.store()?;
        let (record, form, shapes) = self.recorded(&store, run)?;
        if let Err(error) = self.stop_left_jobs(&Cancel::new()) {
            tracing::warn!(%error, "jobs that were left open are not stopped");
        }
        let lock = RunLock::take(self.path(), run)?;
        let open = matches!(record.state, RunState::Incomplete | RunState::Running);
        if !open && !record.remaining {
            return Err(WorkspaceError::new(format!("run {} is {}", run.0, record.state.label().to_lowercase()))
                .hint("Only an incomplete run, or a trial with rows left, can be continued."));
        }
        self.same_orgs(&record)?;
        let plan =
            Plan::compile(&form, shapes, record.began_at).map_err(|problems| WorkspaceError::problems(&problems))?;
        let plan = in_passes(plan)?;
        let ends = self.ends_of(&plan)?;
        let sync = self.sync_lock(&plan)?;
        let read_on = !open && record.remaining;
        store.resume_run(run, read_on)?;
        store.log(self.now(), &format!("Run {} of \"{}\" continued", run.0, record.name), Some(run))?;
        let rows = record.retry_of.map_or(Rows::Sources, |_| Rows::Taken);
        let trial = if read_on { None } else { record.trial };
        let notes: Vec<_> = record.steps.iter().filter(|_| !read_on).filter_map(source_note).collect();
        for note in &notes {
            store.log(self.now(), &format!("Run {}: {note}", run.0), Some(run))?;
        }
        Ok(RunHandle { notes, ..self.spawn(Work { run, plan, ends, rows, trial, read_on, lock, sync, tell }) })
    }

    pub(super) fn begin(
        &self,
        plan: Plan,
        what: StartRun,
        because: Because<'_>,
        tell: Tell,
    ) -> Result<RunHandle, WorkspaceError> {
        let ends = self.ends_of(&plan)?;
        let sync = self.sync_lock(&plan)?;
        // Who we are at each end: the place as people call it, the org, the user. A database knows neither.
        let mut identities = Vec::new();
        for (step, end) in plan.steps.iter().zip(&ends) {
            let Some(org) = end.org() else {
                identities.push((step.step.place(), String::new(), String::new()));
                continue;
            };
            let identity = self.identify(&step.step.org, org)?;
            if identity.environment == Environment::Production && what.production.as_ref() != Some(&identity.org_id) {
                return Err(WorkspaceError::new(format!(
                    "{} is a production org ({}, {}), and writing to it was not confirmed",
                    step.step.org, identity.org_name, identity.org_id
                ))
                .hint(format!("If you mean it, add --production {}.", identity.org_id)));
            }
            identities.push((step.step.place(), identity.org_id, identity.user_id));
        }
        let store = self.store()?;
        let shapes = |planned: &PlannedStep| Shapes { source: planned.source.clone(), target: planned.shape.clone() };
        let shapes: Vec<_> = plan.steps.iter().map(shapes).collect();
        let all = plan.steps.iter().enumerate().zip(&identities).zip(&shapes);
        let steps = all.map(|(((index, planned), identity), shapes)| NewStep {
            sentence: plan.sentence(index),
            org: (&identity.0, &identity.1, &identity.2),
            object: &planned.shape.object.name,
            shapes,
            source: planned.source.name.clone(),
            mark: planned
                .step
                .source
                .file()
                .filter(|_| planned.pass == Pass::Records)
                .and_then(|file| FileMark::of(&file.path)),
        });
        let run = store.begin_run(&NewRun {
            integration: what.id,
            form: &what.integration,
            now: plan.now,
            taken: because.taken(),
            production: what.production.as_deref(),
            undo_of: because.undo_of(),
            trial: what.trial,
            steps: steps.collect(),
        })?;
        let lock = RunLock::take(self.path(), run)?;
        self.forget_old_exchanges(&store)?;
        store.log(self.now(), &format!("Run {} of \"{}\" started", run.0, what.integration.name), Some(run))?;
        let rows = if because.taken().is_some() { Rows::Taken } else { Rows::Sources };
        Ok(self.spawn(Work { run, plan, ends, rows, trial: what.trial, read_on: false, lock, sync, tell }))
    }

    fn spawn(&self, work: Work) -> RunHandle {
        let cancel = Cancel::new();
        let (workspace, wish, run) = (self.clone(), cancel.clone(), work.run);
        let thread = std::thread::spawn(move || workspace.work(work, &wish));
        RunHandle { run, cancel, notes: Vec::new(), thread }
    }

    /// The run's own thread.
    fn work(&self, work: Work, cancel: &Cancel) -> Result<(), WorkspaceError> {
        let _awake = Awake::during(&format!("Run {}", work.run.0));
        let open_store = || Store::open(&self.0.path, &self.0.key);
        let last = LastWord::default();
        let source = |step: usize| self.source(&work, step, cancel);
        let job = Job {
            open_store: &open_store,
            run: work.run,
            plan: &work.plan,
            source: &source,
            ends: &work.ends,
            trial: work.trial,
            read_on: work.read_on,
            cancel,
            clock: &self.0.clock,
            tell: last.teller(work.tell.clone()),
        };
        let result = engine::run(&job);
        let closed = self.after(&work, &result);
        last.told(&work.tell);
        drop((work.lock, work.sync));
        closed?;
        result.map(drop).map_err(WorkspaceError::from)
    }

    /// What is written down once a run has stopped.
    fn after(&self, work: &Work, result: &Result<RunState, EngineError>) -> Result<(), WorkspaceError> {
        let store = self.store()?;
        let state = match result {
            Ok(state) => *state,
            Err(error) => self.mark_stopped(&store, work.run, &error.to_string())?,
        };
        self.close_sync(work.run, &work.plan, matches!(state, RunState::Complete | RunState::CompleteWithFailures))?;
        for (step, end) in work.plan.steps.iter().zip(&work.ends) {
            if let Some(org) = end.org() {
                self.note_usage(&step.step.org, org)?;
            }
        }
        let line =
            format!("Run {} of \"{}\": {}", work.run.0, work.plan.integration.name, state.label().to_lowercase());
        Ok(store.log(self.now(), &line, Some(work.run))?)
    }

    fn source(&self, work: &Work, step: usize, cancel: &Cancel) -> Result<Box<dyn Source>, ConnectError> {
        let planned = &work.plan.steps[step];
        if let (SourceSettings::Sync(deeds), Pass::Records) = (&planned.step.source, planned.pass) {
            return Ok(self.deed_rows(work.run, &work.plan, *deeds, cancel)?);
        }
        let refused = |error: StoreError| ConnectError::Refused { message: error.to_string(), hint: None };
        let store = || Store::open(&self.0.path, &self.0.key).map_err(refused);
        let taken =
            |first: u64| Ok::<_, ConnectError>(TakenRows::new(store()?, work.run, step, planned.source.clone(), first));
        match (planned.pass, work.rows) {
            (Pass::Records, Rows::Sources) => self.open_source(&planned.step.source, cancel),
            (Pass::Records | Pass::Absent(_), Rows::Taken) => Ok(Box::new(taken(1)?)),
            (Pass::Absent(first), Rows::Sources) => {
                let store = store()?;
                // Of a part of the source nothing can be said about the rest.
                if store.run(work.run).map_err(refused)?.is_none_or(|run| run.remaining) {
                    return Ok(Box::new(Nothing(planned.source.clone())));
                }
                let of = &work.plan.steps[first];
                let Some(org) = work.ends[step].org().cloned() else {
                    return Ok(Box::new(Nothing(planned.source.clone())));
                };
                let absent = AbsentRows::new(&store, work.run, first, of, planned, org, cancel);
                Ok(Box::new(absent.map_err(|error| match error {
                    EngineError::Connect(error) => error,
                    other => ConnectError::Refused { message: other.to_string(), hint: other.hint() },
                })?))
            }
            (Pass::Links(first_pass), rows) => {
                let store = store()?;
                let record = store.run(work.run).map_err(refused)?;
                let read = record.and_then(|run| run.steps.get(first_pass).map(|step| step.read)).unwrap_or(0);
                let then = match rows {
                    Rows::Sources => None,
                    Rows::Taken => Some(taken(read + 1)?),
                };
                Ok(Box::new(StoredRows::new(store, work.run, first_pass, planned.source.clone(), then)))
            }
        }
    }

    /// Marks a run that its process left behind without a word.
    fn mark_stopped(&self, store: &Store, run: RunId, cause: &str) -> Result<RunState, WorkspaceError> {
        let record = store.run(run)?.ok_or_else(|| no_run(run))?;
        let tallies = (0..record.steps.len()).map(|step| store.tally(run, step)).collect::<Result<_, _>>()?;
        let ending = Ending {
            state: RunState::Incomplete,
            cause: Some(cause.to_owned()),
            now: self.now(),
            calls: 0,
            worked_ms: 0,
            tallies,
        };
        store.end_run(run, &ending)?;
        Ok(RunState::Incomplete)
    }

    pub(super) fn recorded(
        &self,
        store: &Store,
        run: RunId,
    ) -> Result<(Run, Integration, Vec<Shapes>), WorkspaceError> {
        let record = store.run(run)?.ok_or_else(|| no_run(run))?;
        let (form, shapes) = store.run_form(run)?.ok_or_else(|| no_run(run))?;
        Ok((record, form, shapes))
    }

    /// The end of each step within reach: a client for its org, which steps of one org share, or its database.
    fn ends_of(&self, plan: &Plan) -> Result<Vec<Reach>, WorkspaceError> {
        let mut orgs = Vec::new();
        let reach = |planned: &PlannedStep| match &planned.step.into {
            Some(database) => Ok(Reach::Table(database.clone())),
            None => self.connect_once(&planned.step.org, &mut orgs).map(Reach::Org),
        };
        plan.steps.iter().map(reach).collect()
    }

    /// A client for an org, which may be among those known already.
    fn connect_once(&self, alias: &str, known: &mut Vec<Org>) -> Result<Org, WorkspaceError> {
        if let Some(org) = known.iter().find(|org| org.alias().eq_ignore_ascii_case(alias)) {
            return Ok(org.clone());
        }
        let org = self.connect(alias)?;
        known.push(org.clone());
        Ok(org)
    }

    /// Refuses when an alias now leads to another org or user than when the run began.
    pub(super) fn same_orgs(&self, record: &Run) -> Result<(), WorkspaceError> {
        let mut orgs = Vec::new();
        // A database has no id: the form of the run says which file it is.
        for step in record.steps.iter().filter(|step| !step.writes_to_table()) {
            let org = self.connect_once(&step.org, &mut orgs)?;
            let identity = self.identify(&step.org, &org)?;
            if identity.org_id != step.org_id || identity.user_id != step.user_id {
                return Err(WorkspaceError::new(format!(
                    "run {} wrote to org {} as user {}, and {} now leads to org {} as user {}",
                    record.id.0, step.org_id, step.user_id, step.org, identity.org_id, identity.user_id
                ))
                .hint("Start a new run, or let the alias lead where it led."));
            }
        }
        Ok(())
    }

    /// What would be sent of the first rows of the first step, before anything is written.
    pub fn preview(&self, integration: &Integration, rows: usize, cancel: &Cancel) -> Result<Preview, WorkspaceError> {
        let mut steps = self.look(integration, rows, false, cancel)?;
        if steps.is_empty() { Ok(Preview::default()) } else { Ok(steps.swap_remove(0)) }
    }

    /// What the steps would do to their first `show` rows, or to all of them.
    pub(super) fn look(
        &self,
        integration: &Integration,
        show: usize,
        all: bool,
        cancel: &Cancel,
    ) -> Result<Vec<Preview>, WorkspaceError> {
        let integration = self.one_way(integration)?;
        let plan = self.plan(&integration, false)?.map_err(|problems| WorkspaceError::problems(&problems))?;
        let ends = self.ends_of(&plan)?;
        let mut previews = Vec::new();
        for (planned, end) in plan.steps.iter().zip(&ends) {
            let source = || self.open_source(&planned.step.source, cancel);
            // Further pages of a query would be further calls.
            let sample = if planned.step.source.file().is_some() { SAMPLE } else { 0 };
            let job = PreviewJob { planned, source: &source, end, show, sample, all, cancel };
            previews.push(engine::preview(&job)?);
            if let Some(org) = end.org() {
                self.note_usage(&planned.step.org, org)?;
            }
        }
        Ok(previews)
    }

    /// All runs, the newest first.
    pub fn runs(&self) -> Result<Vec<RunCard>, WorkspaceError> {
        let store = self.store()?;
        let mut runs: Vec<Run> = store.runs(LISTED)?.into_iter().filter_map(|run| self.seen_now(Some(run))).collect();
        // Nobody has counted what a run did whose process is gone.
        for run in runs.iter_mut().filter(|run| run.ended_at.is_none() && run.state == RunState::Incomplete) {
            for step in &mut run.steps {
                step.tally = store.tally(run.id, step.index)?;
            }
        }
        let syncs = store.sync_runs()?;
        let of_sync = |run: Run| {
            let sync = syncs.contains(&run.id);
            let card = card(run);
            RunCard { sync, retriable: if sync { 0 } else { card.retriable }, ..card }
        };
        Ok(runs.into_iter().map(of_sync).collect())
    }

    /// One run.
    pub fn run(&self, id: RunId) -> Result<RunCard, WorkspaceError> {
        let store = self.store()?;
        let mut run = self.seen_now(store.run(id)?).ok_or_else(|| no_run(id))?;
        if run.ended_at.is_none() {
            // Its process has not counted yet, or never will.
            for step in &mut run.steps {
                step.tally = store.tally(id, step.index)?;
            }
        }
        let retriable = if run.ended_at.is_some() { self.retriable(id)? } else { 0 };
        let (needs, undone_by, sync) = (self.needs(&run)?, store.undone_by(id)?, store.sync_runs()?.contains(&id));
        Ok(RunCard { retriable, needs, undone_by, sync, ..card(run) })
    }

    /// A run as it is now: one that says "running" while no process works on it was killed.
    pub(super) fn seen_now(&self, run: Option<Run>) -> Option<Run> {
        let mut run = run?;
        if run.state == RunState::Running && !RunLock::is_taken(self.path(), run.id) {
            run.state = RunState::Incomplete;
            run.cause = Some("The program ended while it ran".to_owned());
        }
        Some(run)
    }
}

/// What has become of a step's file since the run began, where a person should know.
fn source_note(step: &StepRecord) -> Option<String> {
    let mark = step.mark.as_ref()?;
    let what = match mark.since() {
        FileSince::Same => return None,
        FileSince::Edited => "has been edited since the run began",
        FileSince::Gone => "is no longer where it was",
    };
    let path = mark.path().display();
    Some(if step.read_all {
        format!("{path} {what}; the run goes on with its rows as they were read then")
    } else {
        format!(
            "{path} {what}, and was not read to its end; none of its rows was sent yet, and it is read as it is now"
        )
    })
}

/// A source without rows.
struct Nothing(Schema);

impl Source for Nothing {
    fn schema(&self) -> &Schema {
        &self.0
    }

    fn read(&mut self) -> Result<Option<Batch>, ConnectError> {
        Ok(None)
    }
}

/// That a run has ended, kept back until everything about it is written down: whoever hears of it looks.
#[derive(Default)]
struct LastWord(Arc<Mutex<Option<RunEvent>>>);

impl LastWord {
    /// Tells everything else at once.
    fn teller(&self, tell: Tell) -> Tell {
        let kept = self.0.clone();
        Arc::new(move |event| match event {
            RunEvent::Ended { .. } => *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(event),
            event => tell(event),
        })
    }

    fn told(&self, tell: &Tell) {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(event) = kept {
            tell(event);
        }
    }
}

/// What a run's thread works with.
struct Work {
    run: RunId,
    plan: Plan,
    ends: Vec<Reach>,
    rows: Rows,
    trial: Option<u64>,
    read_on: bool,
    lock: RunLock,
    /// Of a sync.
    sync: Option<SyncLock>,
    tell: Tell,
}

fn card(run: Run) -> RunCard {
    let mut tally = Tally::default();
    run.steps.iter().for_each(|step| tally += step.tally);
    let rows: u64 = run.steps.iter().map(|step| step.read).sum();
    let open = rows.saturating_sub(tally.total());
    let over = tally.total().saturating_sub(rows);
    // Rows without an outcome wait in a run that has not come to its end; in any other there must be none.
    let waits = matches!(run.state, RunState::Running | RunState::Incomplete);
    let (waiting, unaccounted) = if waits { (open, over) } else { (0, open + over) };
    let retriable = tally.sent_again();
    RunCard { retriable, undone_by: None, needs: None, sync: false, tally, rows, waiting, unaccounted, run }
}

/// The plan as it runs.
pub(super) fn in_passes(plan: Plan) -> Result<Plan, WorkspaceError> {
    plan.in_passes().map_err(|problems| {
        // A rule that could be compiled among others can be compiled alone.
        WorkspaceError::new(problems.first().map_or_else(String::new, |problem| problem.message.clone()))
    })
}

pub(super) fn no_run(run: RunId) -> WorkspaceError {
    WorkspaceError::new(format!("there is no run {}", run.0)).hint("List them with: linkspan runs")
}

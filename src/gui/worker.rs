//! Where commands are carried out: one thread for the quick ones, a thread for each slow one, and the runs' own.
//!
//! A [`Worker`] takes commands and gives events; it wakes the window when one waits, at most thirty times a second however many
//! come. Nothing here knows what a screen looks like.

use super::command::{Command, ExportKind};
use super::conflicts::{self, ConflictsAsk, ConflictsTold};
use super::designing::{self, Ask, Previews, Told};
use super::errors::{self, ErrorsAsk, ErrorsTold};
use super::event::{Answer, Event};
use super::exporting::{self, ExportAsk, ExportTold};
use super::finding;
use super::practice::{self, PracticeAsk, PracticeTold};
use super::state::end_of_table;
use super::syncing::{SyncAsk, SyncTold};
use crate::cancel::Cancel;
use crate::connect::write::FileKind;
use crate::engine::RunEvent;
use crate::integration::Integration;
use crate::store::{IntegrationId, RunId, RunState};
use crate::workspace::{
    DryRun, ImportFrom, Imported, OpenOptions, Retry, RunCard, RunHandle, StartRun, StartSync, Watch, Workspace,
    WorkspaceError,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// How often it is looked whether another process has written to the project.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How often it is looked whether rows are to be tried again by themselves.
const RETRY_EVERY: Duration = Duration::from_secs(20);

/// Lines of the activity log that are read.
const ACTIVITY: usize = 50;

/// Carries commands out.
pub(super) struct Worker {
    commands: Option<Sender<(u64, Command)>>,
    events: Receiver<Event>,
    teller: Teller,
    sent: u64,
    /// There as long as a thread of the worker is at work.
    at_work: Weak<()>,
}

/// How long closing waits for threads that are at work.
const LAST_WAIT: Duration = Duration::from_secs(2);

impl Drop for Worker {
    /// Threads that still use the project's file when the process ends would use what is being torn down.
    fn drop(&mut self) {
        self.commands = None;
        let begun = Instant::now();
        while self.at_work.strong_count() > 0 && begun.elapsed() < LAST_WAIT {
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
}

/// Takes events to the window.
#[derive(Clone)]
pub(super) struct Teller {
    events: Sender<Event>,
    /// Whether the window was woken and has not looked yet.
    woken: Arc<AtomicBool>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Teller {
    /// Tells, and wakes the window.
    pub(super) fn tell(&self, event: Event) {
        // The window may be gone already; then nobody wants to know.
        if self.events.send(event).is_ok() && !self.woken.swap(true, Ordering::AcqRel) {
            (self.wake)();
        }
    }
}

/// What all threads of the worker share.
#[derive(Clone)]
struct Hall {
    workspace: Workspace,
    teller: Teller,
    /// Runs that work in this process, and how to stop them.
    runs: Arc<Mutex<BTreeMap<RunId, Cancel>>>,
    /// The preview under way; a newer one ends it.
    preview: Arc<Mutex<Cancel>>,
    /// The designer's own.
    designs: Previews,
    /// The bad days of the practice org that the window was told of, while nobody asks for them.
    bad_days: Arc<Mutex<Vec<String>>>,
    /// Held while the error queue is counted.
    counting: Arc<Mutex<()>>,
    /// Whether it is to be counted once more after that.
    count_again: Arc<AtomicBool>,
    /// Held while conflicts are counted.
    counting_conflicts: Arc<Mutex<()>>,
    /// Whether they are to be counted once more after that.
    count_conflicts_again: Arc<AtomicBool>,
    /// Held while retries begin by themselves.
    retrying: Arc<Mutex<()>>,
    /// The dry run under way.
    dry_run: Arc<Mutex<Cancel>>,
    /// The look at what a sync would do under way.
    syncing: Arc<Mutex<Cancel>>,
    /// The look at a query under way.
    looking: Arc<Mutex<Cancel>>,
    /// The search for rows under way.
    finding: Arc<Mutex<Cancel>>,
    /// The export under way.
    exporting: Arc<Mutex<Cancel>>,
    /// Whether runs of other processes were at work when runs were listed last.
    others_run: Arc<AtomicBool>,
    /// Held while lists are read.
    listing: Arc<Mutex<()>>,
    /// How often runs were read.
    readings: Arc<AtomicU64>,
    /// Tells the window that a thread is at work.
    _at_work: Arc<()>,
}

impl Worker {
    /// Opens the workspace on a thread of its own, and is ready for commands at once. `wake` makes the window look soon.
    pub(super) fn start(path: Option<PathBuf>, wake: Arc<dyn Fn() + Send + Sync>) -> Worker {
        let (commands, inbox) = channel();
        let (sender, events) = channel();
        let teller = Teller { events: sender, woken: Arc::default(), wake };
        let (mine, at_work) = (teller.clone(), Arc::new(()));
        let watched = Arc::downgrade(&at_work);
        std::thread::spawn(move || work(path, &inbox, &mine, at_work));
        Worker { commands: Some(commands), events, teller, sent: 0, at_work: watched }
    }

    /// Takes a command.
    pub(super) fn send(&mut self, command: Command) -> Event {
        self.sent += 1;
        let told = Event::Sent(self.sent, Box::new(command.clone()));
        if self.commands.as_ref().is_none_or(|commands| commands.send((self.sent, command)).is_err()) {
            // It could not be opened, and the window says so.
            self.teller.tell(Event::Done(self.sent));
        }
        told
    }

    /// What became true since the last look.
    pub(super) fn events(&self) -> Vec<Event> {
        self.teller.woken.store(false, Ordering::Release);
        self.events.try_iter().collect()
    }

    /// Whoever else has something to tell.
    pub(super) fn teller(&self) -> Teller {
        self.teller.clone()
    }
}

fn work(path: Option<PathBuf>, inbox: &Receiver<(u64, Command)>, teller: &Teller, at_work: Arc<()>) {
    let workspace = match Workspace::open(OpenOptions { path, ..OpenOptions::default() }) {
        Ok(workspace) => workspace,
        Err(error) => return teller.tell(Event::OpenFailed(error)),
    };
    teller.tell(Event::Opened { name: workspace.name(), path: workspace.path().to_owned() });
    let previews = || Arc::new(Mutex::new(Cancel::new()));
    let teller = teller.clone();
    let hall = Hall {
        workspace,
        teller,
        runs: Arc::default(),
        preview: previews(),
        designs: previews(),
        bad_days: Arc::default(),
        counting: Arc::default(),
        count_again: Arc::default(),
        counting_conflicts: Arc::default(),
        count_conflicts_again: Arc::default(),
        retrying: Arc::default(),
        dry_run: Arc::new(Mutex::new(Cancel::new())),
        syncing: Arc::new(Mutex::new(Cancel::new())),
        looking: Arc::new(Mutex::new(Cancel::new())),
        finding: Arc::new(Mutex::new(Cancel::new())),
        exporting: Arc::new(Mutex::new(Cancel::new())),
        others_run: Arc::default(),
        listing: Arc::default(),
        readings: Arc::default(),
        _at_work: at_work,
    };
    hall.tell_lists();
    hall.reach_practice_org();
    hall.stop_left_jobs();
    let mut watch = hall.workspace.watch().ok();
    let mut looked = Instant::now();
    let mut retried = Instant::now();
    loop {
        match inbox.recv_timeout(LOOK_EVERY) {
            Ok((number, command)) => hall.take(number, command),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        // A screen that asks all the time must not keep this from happening.
        if looked.elapsed() >= LOOK_EVERY {
            looked = Instant::now();
            // What runs of this window write, they tell themselves.
            let own = !lock(&hall.runs).is_empty();
            if watch.as_mut().is_some_and(Watch::changed) && !own {
                hall.tell_lists();
            }
            hall.look_for_bad_days();
            if retried.elapsed() >= RETRY_EVERY {
                retried = Instant::now();
                hall.retry_what_is_due();
                // A process that was killed writes nothing: only looking tells that its run stands still.
                if hall.others_run.load(Ordering::Relaxed) {
                    hall.tell_lists();
                }
            }
        }
    }
}

/// Whether a file that was opened is an integration and no table.
fn is_integration(path: &std::path::Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ["json", "yml", "yaml"].contains(&ending.as_str()))
}

impl Hall {
    /// Carries a command out, here if it is quick.
    fn take(&self, number: u64, command: Command) {
        if quick(&command) {
            self.carry_out(number, command);
        } else {
            let hall = self.clone();
            std::thread::spawn(move || hall.carry_out(number, command));
        }
    }

    fn carry_out(&self, number: u64, command: Command) {
        self.answer(command);
        self.teller.tell(Event::Done(number));
    }

    fn answer(&self, command: Command) {
        let workspace = &self.workspace;
        let event = match command {
            Command::Refresh => return self.tell_lists(),
            Command::TestOrg(alias) => Event::OrgTested(alias.clone(), workspace.test_org(&alias)),
            Command::AddOrg(new) => {
                let event = Event::OrgAdded(new.alias.clone(), workspace.add_org(new));
                self.tell(workspace.orgs().map(Event::Orgs));
                event
            }
            Command::RemoveOrg(alias) => {
                let event = Event::OrgRemoved(alias.clone(), workspace.remove_org(&alias));
                self.tell(workspace.orgs().map(Event::Orgs));
                event
            }
            Command::LoadObjects(org) => Event::Objects(org.clone(), workspace.objects(&org)),
            Command::Describe { org, object, refresh } => {
                let answer = workspace.describe(&org, &object, refresh);
                Event::Described { org, object, answer }
            }
            Command::DescribeTable { into, table } => {
                let answer = workspace.describe_table(&into, &table);
                Event::Described { org: end_of_table(&into), object: table, answer }
            }
            Command::Inspect(path) if is_integration(&path) => match self.read_integration(&path) {
                Ok(read) => {
                    self.tell(workspace.integrations().map(Event::Integrations));
                    self.teller.tell(Event::IntegrationRead(read.name, read.left_out));
                    return self.design(Ask::Open(read.id));
                }
                Err(error) => Event::Inspected(Err(error)),
            },
            Command::Inspect(path) => Event::Inspected(workspace.inspect(&path).map(Arc::new)),
            Command::InspectAs(settings) => Event::InspectedAs(workspace.inspect_as(&settings).map(Arc::new)),
            Command::Paste(cells) => Event::Inspected(workspace.paste(&cells).map(Arc::new)),
            Command::Guess { file, org, ticket } => Event::Guessed(ticket, workspace.guess(&file, &org).map(Arc::new)),
            Command::Propose { file, org, object, operation, ticket } => {
                Event::Proposed(ticket, workspace.propose(&file, &org, &object, operation).map(Arc::new))
            }
            Command::Check { integration, ticket } => Event::Checked(ticket, workspace.check(&integration)),
            Command::Preview { integration, rows, ticket } => {
                let cancel = Cancel::new();
                std::mem::replace(&mut *lock(&self.preview), cancel.clone()).request();
                let answer = workspace.preview(&integration, rows, &cancel);
                // An older question: its answer would only flicker.
                if cancel.requested() {
                    return;
                }
                Event::Previewed(ticket, answer.map(Arc::new))
            }
            Command::Design(ask) => return self.design(ask),
            Command::Practice(ask) => return self.practice(ask),
            Command::Errors(ErrorsAsk::Groups) => return self.count_errors(),
            Command::Errors(ask) => return self.errors(ask),
            Command::Sync(ask) => return self.sync(ask),
            Command::Conflicts(ConflictsAsk::Counts) => return self.count_conflicts(),
            Command::Conflicts(ask) => return self.conflicts(ask),
            Command::SaveIntegration { id, integration } => {
                let answer = workspace.save_integration(id, &integration);
                let event = Event::IntegrationSaved(integration.name.clone(), answer);
                self.tell(workspace.integrations().map(Event::Integrations));
                event
            }
            Command::DeleteIntegration(id) => {
                let deleted = workspace.integration(id).and_then(|integration| {
                    workspace.delete_integration(id)?;
                    Ok(Arc::new(integration))
                });
                self.tell(workspace.integrations().map(Event::Integrations));
                Event::IntegrationDeleted(deleted)
            }
            Command::Start(what) => self.started(workspace.start(*what, self.report())),
            Command::RunIntegration { id, production } => {
                let handle = workspace.integration(id).and_then(|integration| {
                    let what = StartRun { integration, id: Some(id), trial: None, production };
                    workspace.start(what, self.report())
                });
                self.started(handle)
            }
            Command::WriteDecisions { id, production } => {
                let what = StartSync { only_decisions: true, production, ..StartSync::new(id) };
                self.started(workspace.sync(&what, self.report()))
            }
            Command::Continue(run) => self.started(workspace.continue_run(run, self.report())),
            Command::DryRun(integration, id) => {
                let cancel = Cancel::new();
                std::mem::replace(&mut *lock(&self.dry_run), cancel.clone()).request();
                self.teller.tell(Event::DryRun(None));
                let answer = self.look_dry(*integration, id, &cancel);
                if cancel.requested() {
                    return;
                }
                Event::DryRun(Some(answer.map(Arc::new)))
            }
            Command::Exporting(ask) => return self.export(ask),
            Command::LoadSettings => Event::Settings(workspace.settings()),
            Command::SaveSettings(settings) => {
                let saved = workspace.save_settings(&settings);
                Event::Settings(saved.and_then(|()| workspace.settings()))
            }
            Command::StopDryRun => {
                lock(&self.dry_run).request();
                return;
            }
            Command::ContinueWith(run, said) => self.started(workspace.continue_with(run, &said, self.report())),
            Command::PlanUndo(run) => Event::UndoPlanned(run, workspace.undo_plan(run).map(Arc::new)),
            Command::UndoRun { run, production } => {
                let handle = workspace.undo(run, production, self.report());
                // The run that is undone says so from now on.
                self.tell_run(run);
                self.started(handle)
            }
            Command::Retry { run, production } => {
                self.started(workspace.retry(&Retry::all(run, production), self.report()))
            }
            Command::RetryRows(what) => self.started(workspace.retry(&what, self.report())),
            Command::Cancel(run) => {
                if let Some(cancel) = lock(&self.runs).get(&run) {
                    cancel.request();
                }
                return;
            }
            Command::LoadRun(run) => return self.tell_run(run),
            Command::CountRows { run, filter } => {
                let answer = workspace.count_rows(run, &filter);
                Event::Counted { run, filter, answer }
            }
            Command::LoadRows { run, filter, first, count } => {
                let answer = workspace.rows(run, &filter, first, count);
                Event::Rows { run, filter, first, answer }
            }
            Command::FindRows { question, from, most, ticket } => {
                let cancel = Cancel::new();
                // Told here, in the order in which they were asked for, and searched beside.
                std::mem::replace(&mut *lock(&self.finding), cancel.clone()).request();
                let hall = self.clone();
                std::thread::spawn(move || {
                    let tell = |rows, end| hall.teller.tell(Event::Found { ticket, rows, end });
                    finding::find(&hall.workspace, &question, from, most, &cancel, &tell);
                });
                return;
            }
            Command::LoadStory { run, step, row } => {
                let answer = workspace.story(run, step, row).map(Arc::new);
                Event::Story { run, step, row, answer }
            }
            Command::Export { run, rows, kind, path } => {
                Event::Exported(workspace.export(run, rows, file_kind(kind), &path))
            }
            // The window's own, done in app.rs.
            Command::PickFile
            | Command::PickExport { .. }
            | Command::PickPlace { .. }
            | Command::Copy(_)
            | Command::OpenPage(_) => return,
        };
        self.teller.tell(event);
    }

    /// Reads an integration of ours or of another tool, and keeps it.
    fn read_integration(&self, path: &std::path::Path) -> Result<Imported, WorkspaceError> {
        self.workspace.import_integration_from(path, &ImportFrom::default())
    }

    /// Answers a question of the designer.
    fn design(&self, ask: Ask) {
        if let Some(told) = designing::answer(&self.workspace, &self.designs, ask) {
            let stored = matches!(told, Told::Saved(_, Ok(_)));
            self.teller.tell(Event::Design(told));
            if stored {
                self.tell(self.workspace.integrations().map(Event::Integrations));
            }
        }
    }

    /// Answers a question about the practice org.
    fn practice(&self, ask: PracticeAsk) {
        let lists = matches!(&ask, PracticeAsk::Do(deed) if deed.changes_snapshots());
        self.teller.tell(Event::Practice(practice::answer(&self.workspace, ask)));
        if lists {
            self.teller.tell(Event::Practice(practice::answer(&self.workspace, PracticeAsk::Snapshots)));
        }
    }

    /// Answers a question about exports; one that looks ends the look before.
    fn export(&self, ask: ExportAsk) {
        let shared = if matches!(ask, ExportAsk::Look { .. }) { &self.looking } else { &self.exporting };
        let cancel = match ask {
            ExportAsk::Look { .. } => {
                let cancel = Cancel::new();
                std::mem::replace(&mut *lock(shared), cancel.clone()).request();
                cancel
            }
            ExportAsk::Begin(_) | ExportAsk::Resume(_) => {
                let cancel = Cancel::new();
                lock(shared).clone_from(&cancel);
                cancel
            }
            ExportAsk::Stop | ExportAsk::Discard(_) | ExportAsk::List => lock(shared).clone(),
        };
        exporting::answer(&self.workspace, ask, &cancel, &|told| {
            // A look that another one replaced has nothing to say.
            if !(cancel.requested() && matches!(told, ExportTold::Looked(..))) {
                self.teller.tell(Event::Exporting(told));
            }
        });
    }

    /// Looks at what a sync would do, or starts it; a newer look ends the one before.
    fn sync(&self, ask: SyncAsk) {
        match ask {
            SyncAsk::Look { id, full, ticket } => {
                let cancel = Cancel::new();
                std::mem::replace(&mut *lock(&self.syncing), cancel.clone()).request();
                let answer = self.workspace.look_sync(id, full, &cancel).map(Arc::new);
                if !cancel.requested() {
                    self.teller.tell(Event::Sync(SyncTold::Looked(ticket, answer)));
                }
            }
            SyncAsk::StopLook => lock(&self.syncing).request(),
            SyncAsk::Begin(what) => {
                let started = self.started(self.workspace.sync(&what, self.report()));
                self.teller.tell(started);
            }
        }
    }

    /// Answers a question about errors.
    fn errors(&self, ask: ErrorsAsk) {
        if let ErrorsAsk::Advice(group) = &ask {
            self.teller.tell(Event::Errors(errors::first_advice(&self.workspace, group.clone())));
        }
        let changed = errors::changes_queue(&ask);
        self.teller.tell(Event::Errors(errors::answer(&self.workspace, ask)));
        if let Some(run) = changed {
            self.teller.tell(Event::Errors(errors::answer(&self.workspace, ErrorsAsk::Changes(run))));
            self.count_errors();
        }
    }

    /// Counts the error queue on a thread of its own: with many rows it takes a while.
    fn count_errors(&self) {
        self.count_again.store(true, Ordering::Release);
        let hall = self.clone();
        std::thread::spawn(move || {
            // Whoever counts already counts once more.
            let Ok(_counting) = hall.counting.try_lock() else { return };
            while hall.count_again.swap(false, Ordering::AcqRel) {
                hall.teller.tell(Event::Errors(errors::answer(&hall.workspace, ErrorsAsk::Groups)));
            }
        });
    }

    /// Answers a question about conflicts.
    fn conflicts(&self, ask: ConflictsAsk) {
        let changes = conflicts::changes(&ask);
        self.teller.tell(Event::Conflicts(conflicts::answer(&self.workspace, ask)));
        if changes {
            self.teller.tell(Event::Conflicts(conflicts::answer(&self.workspace, ConflictsAsk::Deeds)));
            self.count_conflicts();
        }
    }

    /// Counts conflicts on a thread of its own: a million of them take a while.
    fn count_conflicts(&self) {
        self.count_conflicts_again.store(true, Ordering::Release);
        let hall = self.clone();
        std::thread::spawn(move || {
            // Whoever counts already counts once more.
            let Ok(_counting) = hall.counting_conflicts.try_lock() else { return };
            while hall.count_conflicts_again.swap(false, Ordering::AcqRel) {
                for ask in [ConflictsAsk::Counts, ConflictsAsk::Decided] {
                    hall.teller.tell(Event::Conflicts(conflicts::answer(&hall.workspace, ask)));
                }
            }
        });
    }

    /// Starts the retries whose time has come.
    fn retry_what_is_due(&self) {
        let hall = self.clone();
        std::thread::spawn(move || {
            let Ok(_retrying) = hall.retrying.try_lock() else { return };
            let due = match hall.workspace.due_retries() {
                Ok(due) => due,
                Err(error) => return hall.teller.tell(Event::Trouble(error)),
            };
            for retry in due {
                match hall.workspace.retry(&retry, hall.report()) {
                    Ok(handle) => {
                        if !handle.ended() {
                            lock(&hall.runs).insert(handle.run, handle.cancel.clone());
                        }
                        hall.teller.tell(Event::Errors(ErrorsTold::Retried(retry.run, handle.run)));
                        hall.tell_lists();
                    }
                    // Another Linkspan was faster, or the rows are gone; the next look knows.
                    Err(error) => tracing::info!("run {} is not retried by itself: {error}", retry.run.0),
                }
            }
        });
    }

    /// Bad days are told of on every screen, also when another process has switched them on.
    fn look_for_bad_days(&self) {
        let hall = self.clone();
        std::thread::spawn(move || {
            // A look that takes longer than the time between two is not joined by another.
            let Ok(mut known) = hall.bad_days.try_lock() else { return };
            let Ok(faults) = hall.workspace.practice_bad_days() else { return };
            let titles: Vec<String> = faults.iter().map(|fault| fault.title()).collect();
            if *known != titles {
                known.clone_from(&titles);
                hall.teller.tell(Event::Practice(PracticeTold::BadDays(titles)));
            }
        });
    }

    /// What a run tells, on its way to the window.
    fn report(&self) -> Arc<dyn Fn(RunEvent) + Send + Sync> {
        let hall = self.clone();
        Arc::new(move |event| {
            let ended = match &event {
                RunEvent::Ended { run, .. } => Some(*run),
                RunEvent::Progress(_) => None,
            };
            if let Some(run) = ended {
                lock(&hall.runs).remove(&run);
                // The facts first, so that the window never shows an ended run without its counts.
                hall.tell_run(run);
            }
            hall.teller.tell(Event::Run(event));
            if ended.is_some() {
                hall.tell_lists();
            }
        })
    }

    fn started(&self, handle: Result<RunHandle, WorkspaceError>) -> Event {
        Event::Started(handle.map(|handle| {
            for note in &handle.notes {
                self.teller.tell(Event::Noted(note.clone(), Some(handle.run)));
            }
            // A run that is over already has told so.
            if !handle.ended() {
                lock(&self.runs).insert(handle.run, handle.cancel.clone());
            }
            handle.run
        }))
    }

    fn look_dry(
        &self,
        mut integration: Integration,
        id: Option<IntegrationId>,
        cancel: &Cancel,
    ) -> Result<DryRun, WorkspaceError> {
        self.workspace.set_windows(id, &mut integration)?;
        self.workspace.dry_run(&integration, cancel)
    }

    fn tell_run(&self, run: RunId) {
        let reading = self.readings.fetch_add(1, Ordering::Relaxed) + 1;
        let answer = self.workspace.run(run).and_then(|card| Ok((card, self.workspace.failures(run)?)));
        if answer.as_ref().is_ok_and(|(card, _)| card.sync) {
            self.teller.tell(Event::Sync(SyncTold::Counted(run, self.workspace.sync_counts(run))));
        }
        self.teller.tell(Event::RunLoaded { run, reading, answer });
    }

    fn tell_lists(&self) {
        // A list that was read before must not come behind a newer one.
        let _one_after_the_other = lock(&self.listing);
        self.tell(self.workspace.orgs().map(Event::Orgs));
        self.tell(self.workspace.integrations().map(Event::Integrations));
        let runs = self.workspace.runs();
        let own = lock(&self.runs).keys().copied().collect::<Vec<_>>();
        let other = |card: &RunCard| card.run.state == RunState::Running && !own.contains(&card.run.id);
        self.others_run.store(runs.iter().flatten().any(other), Ordering::Relaxed);
        self.tell(runs.map(Event::Runs));
        self.tell(self.workspace.activity(ACTIVITY).map(Event::Activity));
        self.count_errors();
        self.teller.tell(Event::Conflicts(ConflictsTold::Elsewhere));
        self.teller.tell(Event::Conflicts(conflicts::answer(&self.workspace, ConflictsAsk::Deeds)));
        self.count_conflicts();
    }

    fn tell(&self, event: Answer<Event>) {
        match event {
            Ok(event) => self.teller.tell(event),
            Err(error) => self.teller.tell(Event::Trouble(error)),
        }
    }

    /// Jobs that an earlier process left open in an org are stopped.
    fn stop_left_jobs(&self) {
        let hall = self.clone();
        std::thread::spawn(move || match hall.workspace.stop_left_jobs(&Cancel::new()) {
            Ok(stopped) => stopped.into_iter().for_each(|line| hall.teller.tell(Event::Noted(line, None))),
            // It is tried again when the run goes on, and says then what is wrong with its org.
            Err(error) => tracing::warn!(%error, "jobs that were left open are not stopped"),
        });
    }

    /// The practice org runs with the window, so that the first guess does not wait for it.
    fn reach_practice_org(&self) {
        let hall = self.clone();
        std::thread::spawn(move || {
            let Ok(orgs) = hall.workspace.orgs() else { return };
            let practice = orgs.into_iter().find(|org| org.auth == crate::store::AuthKind::Practice);
            if let Some(org) = practice {
                if let Err(error) = hall.workspace.test_org(&org.alias) {
                    hall.teller.tell(Event::Trouble(error));
                }
                hall.tell(hall.workspace.orgs().map(Event::Orgs));
            }
        });
    }
}

/// Whether a command is over within a moment: it reads a page of the project file, or less.
fn quick(command: &Command) -> bool {
    if let Command::Design(ask) = command {
        return ask.quick();
    }
    if let Command::Conflicts(ask) = command {
        return ask.quick();
    }
    matches!(
        command,
        Command::Refresh
            | Command::Cancel(_)
            | Command::LoadRows { .. }
            | Command::FindRows { .. }
            | Command::LoadRun(_)
            | Command::SaveIntegration { .. }
            | Command::DeleteIntegration(_)
            | Command::LoadStory { .. }
            | Command::Errors(ErrorsAsk::Page { .. } | ErrorsAsk::Changes(_))
            | Command::Sync(SyncAsk::StopLook)
    )
}

fn file_kind(kind: ExportKind) -> FileKind {
    match kind {
        ExportKind::Workbook => FileKind::Xlsx,
        ExportKind::CsvForExcel => FileKind::CsvForExcel,
        ExportKind::Csv => FileKind::Csv,
    }
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Neither a map nor a flag is left half-changed by a panic.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

//! The facts that the window shows. They change in [`State::apply`] and nowhere else.

use super::conflicts::Conflicts;
use super::designing::{Designed, Told};
use super::errors::Errors;
use super::event::{Answer, Event};
use super::exporting::Exports;
use super::finding::Found;
use super::notice::{Notices, Place};
use super::practice::Practice;
use super::rows::Rows;
use super::syncing::Syncs;
use crate::connect::DatabaseSettings;
use crate::connect::file::Inspection;
use crate::engine::{Preview, Progress, RunEvent};
use crate::integration::Step;
use crate::record::RowNumber;
use crate::store::{IntegrationId, RunId, RunState};
use crate::workspace::{
    ActivityLine, Checked, Described, DryRun, Environment, FailureGroup, ImportGuess, IntegrationCard, ObjectCard,
    OrgCard, Proposal, RowStory, RunCard, Settings, UndoPlan, WorkspaceError,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Something that is asked for and comes later.
#[derive(Debug, Clone)]
pub enum Fact<T> {
    /// It is on its way.
    Waiting,
    /// Here it is.
    Here(T),
    /// It did not come.
    Failed(WorkspaceError),
}

impl<T> Fact<T> {
    /// It, if it is here.
    pub fn here(&self) -> Option<&T> {
        match self {
            Fact::Here(it) => Some(it),
            Fact::Waiting | Fact::Failed(_) => None,
        }
    }

    /// Why it did not come.
    pub fn error(&self) -> Option<&WorkspaceError> {
        match self {
            Fact::Failed(error) => Some(error),
            Fact::Waiting | Fact::Here(_) => None,
        }
    }
}

/// What stands for a database where orgs stand by alias: its path, which no alias can be.
pub(crate) fn end_of_table(into: &DatabaseSettings) -> String {
    into.path.display().to_string()
}

/// The table that the rows of a step come from, as one that is written to.
pub(crate) fn source_table(step: &Step) -> Option<(DatabaseSettings, String)> {
    let table = step.source_table()?.to_owned();
    let key = step.sync.as_ref().map(|sync| sync.key.clone()).filter(|key| !key.is_empty());
    Some((DatabaseSettings::database(step.source.file()?.path.clone(), key), table))
}

impl<T> From<Answer<T>> for Fact<T> {
    fn from(answer: Answer<T>) -> Self {
        match answer {
            Ok(it) => Fact::Here(it),
            Err(error) => Fact::Failed(error),
        }
    }
}

/// The run that was looked at last.
#[derive(Debug, Default)]
pub struct RunFacts {
    /// The ledger's entry.
    pub card: Option<RunCard>,
    /// What its failures have in common.
    pub failures: Vec<FailureGroup>,
    /// Why it cannot be shown.
    pub error: Option<WorkspaceError>,
    /// Which reading this is.
    pub reading: u64,
}

/// Takes an answer unless a newer question has its answer already: answers overtake each other.
pub(super) fn take_newer<T>(known: &mut Option<(u64, T)>, ticket: u64, answer: T) {
    if known.as_ref().is_none_or(|(newest, _)| *newest <= ticket) {
        *known = Some((ticket, answer));
    }
}

/// Everything that the window knows to be true.
#[derive(Debug, Default)]
pub struct State {
    /// What a run would do, asked for last; `None` while it is looked at.
    pub dry_run: Option<Fact<Arc<DryRun>>>,
    /// What is known of exports.
    pub exports: Exports,
    /// What holds for the whole project.
    pub settings: Option<Settings>,
    /// What undoing a run would do, asked for last.
    pub undo: Option<(RunId, Fact<Arc<UndoPlan>>)>,
    /// Now, in milliseconds since 1970; set before each frame.
    pub now: i64,
    /// What people call the workspace, once it is open.
    pub name: Option<String>,
    /// Its file.
    pub path: PathBuf,
    /// Why it could not be opened.
    pub open_error: Option<WorkspaceError>,
    /// The orgs, once listed.
    pub orgs: Option<Vec<OrgCard>>,
    /// The stored integrations, once listed.
    pub integrations: Option<Vec<IntegrationCard>>,
    /// The runs, newest first, once listed.
    pub runs: Option<Vec<RunCard>>,
    /// The activity log, newest first.
    pub activity: Vec<ActivityLine>,
    /// How the last attempt to add an org went.
    pub org_added: Option<Answer<String>>,
    /// Objects by org.
    pub objects: BTreeMap<String, Fact<Vec<ObjectCard>>>,
    /// Objects described, by org and object; tables by file and name.
    pub described: BTreeMap<(String, String), Fact<Described>>,
    /// The file looked at last.
    pub file: Option<Fact<Arc<Inspection>>>,
    /// Counts the files that were looked at, so that a draft knows a new one.
    pub file_number: u64,
    /// Counts how often the same file was read in another way.
    pub reading_number: u64,
    /// What is known for the designer.
    pub design: Designed,
    /// What is known of the practice org.
    pub practice: Practice,
    /// What is known of the errors.
    pub errors: Errors,
    /// What is known of two-way syncs.
    pub syncs: Syncs,
    /// What is known of conflicts.
    pub conflicts: Conflicts,
    /// What the file is for, under the number of the question.
    pub guess: Option<(u64, Fact<Arc<ImportGuess>>)>,
    /// Which column could go into which field.
    pub proposals: Option<(u64, Fact<Arc<Vec<Proposal>>>)>,
    /// Whether what is on the screen can run.
    pub checked: Option<(u64, Answer<Checked>)>,
    /// What the first rows would do.
    pub preview: Option<(u64, Answer<Arc<Preview>>)>,
    /// The integration stored last.
    pub saved: Option<(String, IntegrationId)>,
    /// The run that began last, until the window has gone to it.
    pub started: Option<RunId>,
    /// Why the last run did not begin.
    pub start_error: Option<WorkspaceError>,
    /// Where runs stand that work now.
    pub live: BTreeMap<RunId, Progress>,
    /// The run looked at last.
    pub runs_seen: BTreeMap<RunId, RunFacts>,
    /// The rows looked at last.
    pub rows: Rows,
    /// The rows searched for last.
    pub found: Found,
    /// The row whose story was asked for.
    pub story: Option<(RunId, usize, RowNumber, Fact<Arc<RowStory>>)>,
    /// What ended, went wrong or is worth knowing.
    pub notices: Notices,
    /// What is going on, by number.
    pub working: BTreeMap<u64, String>,
    /// Whether the system has no dialog to pick files.
    pub no_dialog: bool,
}

impl State {
    /// The org of that alias.
    pub fn org(&self, alias: &str) -> Option<&OrgCard> {
        self.orgs.iter().flatten().find(|org| org.alias == alias)
    }

    /// Whether it is the practice org, or whatever else is known of the alias.
    pub fn environment(&self, alias: &str) -> Option<Environment> {
        self.org(alias).and_then(|org| org.environment)
    }

    /// The object of that name, as the list of the org has it.
    pub fn object(&self, org: &str, object: &str) -> Option<&ObjectCard> {
        self.objects.get(org)?.here()?.iter().find(|card| card.name.eq_ignore_ascii_case(object))
    }

    /// What the object consists of, once described.
    pub fn describe(&self, org: &str, object: &str) -> Option<&Fact<Described>> {
        self.described.get(&(org.to_owned(), object.to_owned()))
    }

    /// What the object or table that a step writes to consists of, once described.
    pub fn end(&self, step: &Step) -> Option<&Fact<Described>> {
        match &step.into {
            Some(into) => self.describe(&end_of_table(into), &step.object),
            None => self.describe(&step.org, &step.object),
        }
    }

    /// The table that the rows of a step come from, as it can be written, once described; nothing where they come from no table.
    pub fn table(&self, step: &Step) -> Option<&Fact<Described>> {
        let (into, table) = source_table(step)?;
        self.describe(&end_of_table(&into), &table)
    }

    /// The run of that number, as listed or as looked at.
    pub fn run(&self, run: RunId) -> Option<&RunCard> {
        let seen = self.runs_seen.get(&run).and_then(|facts| facts.card.as_ref());
        seen.or_else(|| self.runs.iter().flatten().find(|card| card.run.id == run))
    }

    /// Whether the run works now.
    pub fn works(&self, run: RunId) -> bool {
        self.live.contains_key(&run) || self.run(run).is_some_and(|card| card.run.state == RunState::Running)
    }

    /// Why nothing else can be started just now, if it cannot.
    pub fn starting(&self) -> Option<&'static str> {
        self.working.values().any(|words| words == "Starting").then_some("It is being started")
    }

    /// Rows of all listed runs that need a person.
    pub fn rows_wanting_attention(&self) -> u64 {
        self.runs.iter().flatten().map(|card| card.tally.attention()).sum()
    }

    /// Takes note of what became true.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::Opened { name, path } => {
                self.name = Some(name);
                self.path = path;
                self.open_error = None;
            }
            Event::OpenFailed(error) => self.open_error = Some(error),
            Event::Orgs(orgs) => self.orgs = Some(orgs),
            Event::Integrations(integrations) => self.integrations = Some(integrations),
            Event::Runs(runs) => self.runs = Some(runs),
            Event::Activity(lines) => self.activity = lines,
            Event::OrgTested(alias, answer) => self.org_tested(&alias, answer),
            Event::OrgAdded(alias, answer) => {
                if answer.is_ok() {
                    self.notices.good(self.now, format!("{alias} was added"), Some(Place::Orgs));
                }
                self.org_added = Some(answer.map(|card| card.alias));
            }
            Event::OrgRemoved(alias, answer) => self.notices.result(
                self.now,
                answer.map(|()| format!("{alias} was removed, and its secrets with it")),
                Some(Place::Orgs),
            ),
            Event::Objects(org, answer) => {
                self.objects.insert(org, answer.into());
            }
            Event::Described { org, object, answer } => {
                self.described.insert((org, object), answer.into());
            }
            Event::Inspected(answer) => {
                self.file_number += 1;
                self.forget_import();
                self.file = Some(answer.into());
            }
            Event::InspectedAs(answer) => {
                self.reading_number += 1;
                match answer {
                    Ok(file) => self.file = Some(Fact::Here(file)),
                    // The reading before this one still stands on the screen.
                    Err(error) => self.notices.bad(self.now, error, None),
                }
            }
            Event::Guessed(ticket, answer) => take_newer(&mut self.guess, ticket, answer.into()),
            Event::Proposed(ticket, answer) => take_newer(&mut self.proposals, ticket, answer.into()),
            Event::Checked(ticket, answer) => take_newer(&mut self.checked, ticket, answer),
            Event::Previewed(ticket, answer) => take_newer(&mut self.preview, ticket, answer),
            Event::Design(told) => {
                match &told {
                    Told::Opened(_, Err(error)) => {
                        self.notices.bad(self.now, error.clone(), Some(Place::Integrations));
                    }
                    Told::Opened(_, Ok(_)) => self.start_error = None,
                    Told::TableWritten(answer) => {
                        let path = answer.as_ref().map(|path| path.display().to_string());
                        self.notices.written(self.now, path.map_err(Clone::clone), Vec::new());
                    }
                    Told::Exported(answer) => match answer {
                        Ok((path, left_out)) => {
                            self.notices.written(self.now, Ok(path.display().to_string()), left_out.clone());
                        }
                        Err(error) => self.notices.bad(self.now, error.clone(), None),
                    },
                    Told::Accepted(_, Err(error)) | Told::Saved(_, Err(error)) | Told::OtherFile(_, Err(error)) => {
                        self.notices.bad(self.now, error.clone(), None)
                    }
                    _ => {}
                }
                self.design.apply(told);
            }
            Event::Practice(told) => self.practice.apply(self.now, told, &mut self.notices),
            Event::Errors(told) => self.errors.apply(self.now, told, &mut self.notices),
            Event::Sync(told) => self.syncs.apply(told),
            Event::Conflicts(told) => self.conflicts.apply(self.now, told, &mut self.notices),
            Event::IntegrationSaved(name, answer) => match answer {
                Ok(id) => {
                    self.notices.good(self.now, format!("Saved \"{name}\""), Some(Place::Integrations));
                    self.saved = Some((name, id));
                }
                Err(error) => self.notices.bad(self.now, error, None),
            },
            Event::IntegrationRead(name, left_out) if left_out.is_empty() => {
                self.notices.good(self.now, format!("\"{name}\" was read and is kept"), None);
            }
            Event::IntegrationRead(name, left_out) => {
                let title = format!("\"{name}\" was read and is kept");
                self.notices.left_out(self.now, title, "could not be taken over from the file", left_out, None);
            }
            Event::IntegrationDeleted(answer) => match answer {
                Ok(integration) => self.notices.deleted(self.now, integration),
                Err(error) => self.notices.bad(self.now, error, Some(Place::Integrations)),
            },
            Event::Started(answer) => match answer {
                Ok(run) => {
                    self.started = Some(run);
                    self.start_error = None;
                }
                Err(error) => {
                    self.start_error = Some(error.clone());
                    self.notices.bad(self.now, error, None);
                }
            },
            Event::Run(event) => self.run_event(event),
            Event::RunLoaded { run, reading, answer } => {
                let facts = self.runs_seen.entry(run).or_default();
                match answer {
                    _ if reading < facts.reading => {}
                    Ok((card, failures)) => *facts = RunFacts { card: Some(card), failures, error: None, reading },
                    Err(error) => facts.error = Some(error),
                }
            }
            Event::DryRun(answer) => self.dry_run = answer.map(Into::into),
            Event::Exporting(told) => self.exports.apply(told),
            Event::Settings(Ok(settings)) => self.settings = Some(settings),
            Event::Settings(Err(error)) => self.notices.bad(self.now, error, None),
            Event::UndoPlanned(run, answer) => self.undo = Some((run, answer.into())),
            Event::Counted { run, filter, answer } => self.rows.counted(run, &filter, answer),
            Event::Rows { run, filter, first, answer } => self.rows.arrived(run, &filter, first, answer),
            Event::Found { ticket, rows, end } => self.found.arrived(ticket, rows, end),
            Event::Story { run, step, row, answer } => self.story = Some((run, step, row, answer.into())),
            Event::Exported(answer) => self.notices.exported(self.now, answer),
            // The window asks to look at it; nothing is known of it yet.
            Event::FilePicked(_) | Event::PathPicked(_) | Event::PlacePicked(_) => {}
            Event::Noted(note, run) => self.notices.good(self.now, note.clone(), run.map(Place::Run)),
            Event::Trouble(error) => self.notices.bad(self.now, error, None),
            Event::NoDialog => self.no_dialog = true,
            Event::Sent(number, command) => {
                self.rows.asked(&command);
                self.found.asked(&command);
                self.sent(&command);
                if let Some(words) = command.working() {
                    self.working.insert(number, words);
                }
            }
            Event::Done(number) => {
                self.working.remove(&number);
            }
        }
    }

    /// Somebody waits for a description.
    fn describing(&mut self, org: String, object: String) {
        let known = self.described.entry((org, object)).or_insert(Fact::Waiting);
        // What is known stays on the screen until the newer answer comes.
        if known.here().is_none() {
            *known = Fact::Waiting;
        }
    }

    /// Marks what is on its way.
    fn sent(&mut self, command: &super::Command) {
        use super::Command;
        match command {
            Command::LoadObjects(org) => {
                self.objects.insert(org.clone(), Fact::Waiting);
            }
            Command::Describe { org, object, .. } => self.describing(org.clone(), object.clone()),
            Command::DescribeTable { into, table } => self.describing(end_of_table(into), table.clone()),
            Command::Inspect(_) | Command::Paste(_) => self.file = Some(Fact::Waiting),
            Command::Guess { ticket, .. } => self.guess = Some((*ticket, Fact::Waiting)),
            Command::Propose { ticket, .. } => self.proposals = Some((*ticket, Fact::Waiting)),
            Command::Design(ask) => self.design.sent(ask),
            Command::Practice(ask) => self.practice.sent(ask),
            Command::Errors(ask) => self.errors.sent(ask),
            Command::Sync(ask) => self.syncs.sent(ask),
            Command::Conflicts(ask) => self.conflicts.sent(ask),
            Command::LoadStory { run, step, row } => self.story = Some((*run, *step, *row, Fact::Waiting)),
            Command::AddOrg(_) => self.org_added = None,
            Command::Start(_) => self.start_error = None,
            _ => {}
        }
    }

    fn forget_import(&mut self) {
        self.guess = None;
        self.proposals = None;
        self.checked = None;
        self.preview = None;
        self.start_error = None;
        self.saved = None;
    }

    fn org_tested(&mut self, alias: &str, answer: Answer<OrgCard>) {
        match answer {
            Ok(card) => {
                self.notices.good(self.now, format!("{alias} answers as {}", card.username), Some(Place::Orgs));
                if let Some(known) = self.orgs.iter_mut().flatten().find(|org| org.alias == alias) {
                    *known = card;
                }
            }
            Err(error) => {
                if let Some(known) = self.orgs.iter_mut().flatten().find(|org| org.alias == alias) {
                    known.problem = Some(error.message.clone());
                }
                self.notices.bad(self.now, error, Some(Place::Orgs));
            }
        }
    }

    fn run_event(&mut self, event: RunEvent) {
        match event {
            RunEvent::Progress(progress) => {
                self.rows.stale(progress.run);
                self.found.stale(progress.run);
                self.live.insert(progress.run, *progress);
            }
            RunEvent::Ended { run, state } => {
                self.live.remove(&run);
                self.rows.stale(run);
                self.found.stale(run);
                self.notices.run_ended(self.now, run, state);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_was_overtaken_is_dropped() {
        let mut known = None;
        for (ticket, answer) in [(1, "a"), (3, "c"), (2, "b")] {
            take_newer(&mut known, ticket, answer);
        }
        assert_eq!(known, Some((3, "c")));
    }
}

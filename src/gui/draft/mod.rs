//! What is half done: where the window stands, what is typed and not yet sent, what is open.

mod design;
pub(crate) mod designer;
mod export;
mod files;
mod import;

pub(crate) use design::Design;
pub(crate) use designer::DesignerDraft;
pub(crate) use export::QueryDraft;
pub(crate) use files::{FileQuestion, Purpose};
pub(crate) use import::{ImportDraft, PreviewPane};

use super::command::{Command, Outbox};
use super::state::State;
use super::syncing::{SyncAsk, SyncDraft, SyncOf, deletions, writes};
use crate::record::RowNumber;
use crate::store::{IntegrationId, RunId};
use crate::workspace::{ExportRows, RowFilter, StartSync};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A screen of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Screen {
    /// Where one arrives.
    #[default]
    Home,
    /// A file on its way into an org.
    Import,
    /// Rows on their way out of an org.
    Export,
    /// The stored integrations.
    Integrations,
    /// The integration that is designed.
    Designer,
    /// All runs.
    Runs,
    /// One run.
    Run(RunId),
    /// What did not get through.
    Errors,
    /// What two ends disagree about.
    Conflicts,
    /// The orgs.
    Orgs,
    /// The practice org.
    Practice,
    /// Theme, text size, where things are.
    Settings,
}

/// What the window remembers from one start to the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Light, dark, or as the system.
    pub theme: ThemeChoice,
    /// Size of text, 1.0 to 2.0.
    pub text_size: f32,
    /// Whether the rail is open; by the width of the window when `None`.
    pub rail_open: Option<bool>,
    /// The screen shown last.
    pub screen: Screen,
    /// The org written to last.
    pub org: Option<String>,
    /// The project opened last.
    pub project: Option<std::path::PathBuf>,
}

impl Default for Preferences {
    fn default() -> Self {
        Preferences {
            theme: ThemeChoice::System,
            text_size: 1.0,
            rail_open: None,
            screen: Screen::Home,
            org: None,
            project: None,
        }
    }
}

/// Light, dark, or as the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ThemeChoice {
    /// As the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What is half done on the screen of a run.
#[derive(Debug, Default)]
pub struct RunDraft {
    /// The run it is about.
    pub run: Option<RunId>,
    /// Which rows are listed.
    pub filter: RowFilter,
    /// What the rows listed are to have; everything when blank.
    pub find: String,
    /// Whether their key is to begin with it, and not any cell to have it.
    pub find_key: bool,
    /// The row whose story is open.
    pub open_row: Option<(usize, RowNumber)>,
    /// The row to bring into view, by its place in the list.
    pub go_to: Option<u64>,
    /// The row under the keyboard, by its place in the list.
    pub cursor: Option<u64>,
    /// Whether the keyboard moved last.
    pub by_keys: bool,
    /// How often the person asked it to stop.
    pub stops: u8,
    /// What was typed to confirm that it is undone, while that is asked.
    pub undo: Option<String>,
    /// The limit of API calls that is proposed, while it is asked for.
    pub limit: Option<u64>,
    /// What is to be exported, while a path is typed.
    pub export: Option<ExportDraft>,
    /// What is to be exported, while the system asks where.
    pub export_asked: Option<ExportDraft>,
}

/// An export, while its path is typed.
#[derive(Debug, Clone)]
pub struct ExportDraft {
    /// Which rows.
    pub rows: ExportRows,
    /// What kind of file.
    pub kind: super::command::ExportKind,
    /// Where.
    pub path: String,
}

/// Which way to sign in a form is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignInKind {
    /// A pasted token.
    #[default]
    Token,
    /// OAuth client credentials.
    ClientCredentials,
    /// OAuth JWT bearer.
    Jwt,
}

/// An org half typed.
#[derive(Default)]
pub struct OrgDraft {
    /// Whether the form is open.
    pub open: bool,
    /// How to sign in.
    pub kind: SignInKind,
    /// What people will call it.
    pub alias: String,
    /// Its address.
    pub url: String,
    /// The token.
    pub token: String,
    /// Consumer key.
    pub client_id: String,
    /// Consumer secret.
    pub client_secret: String,
    /// Whom to act as.
    pub username: String,
    /// Private key, PEM.
    pub key: String,
    /// Whether it was sent and the answer is awaited.
    pub sent: bool,
}

// Secrets are half typed here: nothing of them may reach a log.
impl std::fmt::Debug for OrgDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OrgDraft").field("alias", &self.alias).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// A decision that the window waits for.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// What is decided.
    pub what: Decision,
    /// What was typed.
    pub typed: String,
}

/// How far closing the window is while runs work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// It is asked what becomes of them.
    Asked,
    /// It closes when they have ended.
    Waiting,
}

/// A decision that loses something or writes to production.
#[derive(Debug, Clone)]
pub enum Decision {
    /// Write what is on the import screen to a production org; `trial` rows of it, or all.
    WriteToProduction {
        /// Most rows.
        trial: Option<u64>,
    },
    /// Delete records of any org.
    DeleteRecords {
        /// Most rows.
        trial: Option<u64>,
    },
    /// Run what is on the screen of the designer against production, or where it deletes.
    RunDesign,
    /// Run a stored integration against production.
    RunInProduction {
        /// Which.
        id: IntegrationId,
        /// The alias of its org.
        org: String,
    },
    /// Sync with production.
    SyncInProduction {
        /// What.
        what: Box<crate::workspace::StartSync>,
        /// What it is.
        of: SyncOf,
        /// Records that are written at both ends, where that was looked at.
        writes: Option<u64>,
    },
    /// Write what people decided to production.
    WriteDecisions {
        /// Of which integration.
        id: IntegrationId,
        /// How many decisions.
        decisions: u64,
        /// The alias of the production org.
        org: String,
    },
    /// Retry the failed rows of a run in production.
    RetryInProduction {
        /// Which.
        run: RunId,
        /// The alias of its org.
        org: String,
    },
    /// Retry rows of the error queue in production.
    RetryRowsInProduction {
        /// What.
        what: Box<crate::workspace::Retry>,
        /// How many rows.
        rows: u64,
        /// The alias of its org.
        org: String,
    },
    /// Forget an org.
    RemoveOrg(String),
    /// Lose the unsaved changes of the designer, to go on with this.
    LoseChanges(Next),
}

/// What comes after unsaved changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another integration comes to the screen.
    Open(IntegrationId),
    /// A new integration begins.
    Begin,
    /// The window closes.
    Close,
}

/// The palette, while it is open.
#[derive(Debug, Default)]
pub struct Palette {
    /// What was typed.
    pub query: String,
    /// The line under the keyboard.
    pub chosen: usize,
}

/// What is half done.
#[derive(Debug, Default)]
pub struct Draft {
    /// The screen shown.
    pub screen: Screen,
    /// The import.
    pub import: ImportDraft,
    /// The designer.
    pub designer: DesignerDraft,
    /// The run.
    pub run: RunDraft,
    /// The org to add.
    pub org: OrgDraft,
    /// The practice org.
    pub practice: super::practice::PracticeDraft,
    /// The errors.
    pub errors: super::errors::ErrorsDraft,
    /// The conflicts.
    pub conflicts: super::conflicts::ConflictsDraft,
    /// The palette, while it is open.
    pub palette: Option<Palette>,
    /// Whether the list of keys is open.
    pub keys_open: bool,
    /// Whether the history of notices is open.
    pub notices_open: bool,
    /// The newest notice that was seen.
    pub notice_seen: u64,
    /// Toasts that were put away.
    pub dismissed: BTreeSet<u64>,
    /// The path of a file to import, while it is typed.
    pub path: Option<String>,
    /// Whether the window closes now, whatever is unsaved.
    pub closing: bool,
    /// The decision that the window waits for.
    pub confirm: Option<Confirm>,
    /// The export that is put together.
    pub export: QueryDraft,
    /// How far it is when the window is to close while runs work.
    pub leaving: Option<Closing>,
    /// Whether the answer to a dry run is shown, or waited for.
    pub dry_open: bool,
    /// The question whether a sync begins.
    pub sync: SyncDraft,
    /// Text that narrows the list on the screen.
    pub filter: String,
    /// Whether only runs are listed that have rows which need attention.
    pub runs_with_attention: bool,
    /// Whether the field that narrows should get the focus.
    pub focus_filter: bool,
    /// What is remembered.
    pub preferences: Preferences,
    /// The file that is asked for.
    pub(crate) files: Option<FileQuestion>,
    /// What was left out of a file, under a heading.
    pub(crate) left_out: Option<(String, std::sync::Arc<[crate::integration::exchange::LeftOut]>)>,
    /// The run that the window went to last.
    went_to: Option<RunId>,
    /// Whether the screen of the last time was gone to.
    restored: bool,
}

impl Draft {
    /// A draft that goes to the screen remembered, once the facts are there.
    pub fn new(preferences: Preferences) -> Draft {
        Draft { preferences, ..Draft::default() }
    }

    /// The system has no dialog: the path is typed instead, where it was asked for.
    pub fn no_dialog(&mut self) {
        match self.screen {
            // The path is typed where it is asked for.
            _ if self.files.is_some() || self.designer.adding.is_some() => {}
            Screen::Run(_) if self.run.export_asked.is_some() => self.run.export = self.run.export_asked.take(),
            _ => self.path = Some(String::new()),
        }
    }

    /// Whether a question stands over the screen.
    pub(crate) fn asks(&self) -> bool {
        let designer = &self.designer;
        let above = designer.adding.is_some() || designer.tables.open.is_some() || designer.sheet.open;
        let inbox = self.screen == Screen::Conflicts && self.conflicts.asks();
        self.files.is_some() || self.left_out.is_some() || (self.screen == Screen::Designer && above) || inbox
    }

    /// Whether a decision is asked for that hides everything else, and its keys.
    pub(crate) fn decides(&self) -> bool {
        let of_run = self.run.undo.is_some() || self.run.limit.is_some();
        self.confirm.is_some()
            || self.leaving.is_some()
            || self.dry_open
            || self.sync.of.is_some()
            || (of_run && matches!(self.screen, Screen::Run(_)))
    }

    /// Goes to a screen.
    pub fn go(&mut self, screen: Screen) {
        if self.screen != screen {
            self.filter.clear();
        }
        self.screen = screen;
        self.notices_open = false;
        self.conflicts.focus |= screen == Screen::Conflicts;
    }

    /// Goes to the screen of a run.
    pub fn go_to_run(&mut self, run: RunId, out: &mut Outbox) {
        if self.run.run != Some(run) {
            self.run = RunDraft { run: Some(run), ..RunDraft::default() };
        }
        out.push(Command::LoadRun(run));
        self.go(Screen::Run(run));
    }

    /// Opens an integration in the designer; asks first where unsaved changes would be lost.
    pub(crate) fn open_integration(&mut self, id: IntegrationId, out: &mut Outbox) {
        if self.designer.unsaved() && self.designer.id == Some(id) {
            self.go(Screen::Designer);
        } else if self.designer.unsaved() {
            self.ask_about_changes(Next::Open(id));
        } else {
            out.push(Command::Design(super::designing::Ask::Open(id)));
        }
    }

    /// Asks whether unsaved changes may be lost.
    pub(crate) fn ask_about_changes(&mut self, next: Next) {
        self.confirm = Some(Confirm { what: Decision::LoseChanges(next), typed: String::new() });
    }

    /// Goes to the open conflicts of an integration.
    pub(crate) fn go_to_conflicts(&mut self, id: IntegrationId) {
        self.conflicts.widen();
        self.conflicts.shelf = super::conflicts::Shelf::Open;
        self.conflicts.integration = Some(id);
        self.go(Screen::Conflicts);
    }

    /// Starts a sync: at once where somebody has said yes to the first one, else after a look.
    pub(crate) fn sync_now(&mut self, of: SyncOf, state: &State, out: &mut Outbox) {
        if of.first {
            self.sync.look(of, false, out);
        } else {
            self.begin_sync(of, false, state, out);
        }
    }

    /// Starts the sync that was looked at.
    pub(crate) fn sync_looked(&mut self, state: &State, out: &mut Outbox) {
        if let Some(of) = self.sync.of.clone() {
            self.begin_sync(of, true, state, out);
        }
    }

    /// Starts a sync; asks first where it writes to production. `looked`: a person has seen what it would do, and says yes.
    fn begin_sync(&mut self, of: SyncOf, looked: bool, state: &State, out: &mut Outbox) {
        let looks = self.sync.looked(state).and_then(|fact| fact.here()).filter(|_| looked);
        let deletes = looks.and_then(|looks| deletions(looks));
        let written = looks.map(|looks| writes(looks));
        let full = looked && self.sync.full;
        let what = Box::new(StartSync { full, accepted: looked, deletes, ..StartSync::new(of.id) });
        if of.production(state).is_some() {
            let what = Decision::SyncInProduction { what, of, writes: written };
            self.confirm = Some(Confirm { what, typed: String::new() });
        } else {
            self.sync.of = None;
            out.push(Command::Sync(SyncAsk::Begin(what)));
        }
    }

    /// Begins a new integration in the designer, and asks for its first step.
    pub(crate) fn begin_integration(&mut self, state: &State) {
        if self.designer.unsaved() {
            return self.ask_about_changes(Next::Begin);
        }
        self.designer.begin("");
        self.designer.begin_step(state, self.preferences.org.as_deref());
        self.go(Screen::Designer);
    }

    /// Follows the facts: goes where a run began, takes over what was guessed, and asks for what is missing.
    pub fn follow(&mut self, state: &State, out: &mut Outbox) {
        if !self.restored && state.runs.is_some() {
            self.restored = true;
            match self.preferences.screen {
                // A file half mapped is not kept; its screen would be empty.
                Screen::Import | Screen::Designer => {}
                Screen::Run(run) if state.run(run).is_some() => self.go_to_run(run, out),
                Screen::Run(_) => {}
                screen if self.screen == Screen::Home => self.screen = screen,
                _ => {}
            }
        }
        if state.started.is_some() && state.started != self.went_to {
            self.went_to = state.started;
            if let Some(run) = state.started {
                self.run = RunDraft { run: Some(run), ..RunDraft::default() };
                self.go_to_run(run, out);
            }
        }
        if self.org.sent
            && let Some(answer) = &state.org_added
        {
            self.org.sent = false;
            if answer.is_ok() {
                self.org = OrgDraft::default();
            }
        }
        if self.designer.follow(state, out) {
            self.go(Screen::Designer);
        }
        if let Some(id) = self.designer.instead.take() {
            self.ask_about_changes(Next::Open(id));
        }
        if self.screen == Screen::Export {
            self.export.follow(state, self.preferences.org.as_deref(), out);
        }
        self.import.follow(state, self.preferences.org.as_deref(), out);
        if self.screen == Screen::Import && !self.import.design.org.is_empty() {
            self.preferences.org = Some(self.import.design.org.clone());
        }
        self.preferences.screen = self.screen;
    }
}

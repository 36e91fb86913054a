//! The import on the screen: a design, what may be taken back, and the questions under way about it.

use super::design::Design;
use crate::connect::file::{FileSettings, Inspection};
use crate::gui::command::{Command, Outbox};
use crate::gui::designing::Ask;
use crate::gui::state::{Fact, State};
use crate::integration::Integration;
use crate::record::Schema;
use crate::store::IntegrationId;
use crate::workspace::{Environment, StartRun};
use std::sync::Arc;

/// Rows that a preview looks at.
pub(crate) const PREVIEW_ROWS: usize = 200;

/// Designs that can be taken back.
const MOST_UNDO: usize = 100;

/// Which rows the preview shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PreviewPane {
    /// All that were looked at.
    #[default]
    All,
    /// Those that make a record.
    Create,
    /// Those that change or delete one.
    Change,
    /// Those that cannot be sent.
    Problems,
    /// The file as it is.
    Source,
}

/// The import on the screen.
#[derive(Debug)]
pub struct ImportDraft {
    /// What it is meant to do.
    pub design: Design,
    /// What it will be called when it is kept.
    pub name: String,
    /// Its number, once it is kept.
    pub id: Option<IntegrationId>,
    /// Rows of a trial run.
    pub trial: u64,
    /// Whether only columns without a target are listed.
    pub unmapped_only: bool,
    /// What narrows the mapping.
    pub filter: String,
    /// Which rows the preview shows.
    pub pane: PreviewPane,
    /// Whether the options are open.
    pub options_open: bool,
    /// Whether the name to keep it under is asked.
    pub keep_open: bool,
    /// Whether the list of problems is open.
    pub problems_open: bool,
    /// The target field whose line should get the focus.
    pub focus: Option<String>,
    /// The constant being typed, by target.
    pub typing: Option<(String, String)>,
    past: Vec<Design>,
    future: Vec<Design>,
    file_number: u64,
    reading_number: u64,
    tickets: u64,
    guess_ticket: Option<u64>,
    propose_ticket: Option<u64>,
    check_ticket: u64,
    changed: bool,
    suit_find: bool,
    /// What is being typed or dragged, so that it is taken back as a whole.
    stretch: Option<&'static str>,
}

impl Default for ImportDraft {
    fn default() -> Self {
        ImportDraft {
            design: Design::default(),
            name: String::new(),
            id: None,
            trial: 10,
            unmapped_only: false,
            filter: String::new(),
            pane: PreviewPane::All,
            options_open: false,
            keep_open: false,
            problems_open: false,
            focus: None,
            typing: None,
            past: Vec::new(),
            future: Vec::new(),
            file_number: 0,
            reading_number: 0,
            tickets: 0,
            guess_ticket: None,
            propose_ticket: None,
            check_ticket: 0,
            changed: false,
            suit_find: false,
            stretch: None,
        }
    }
}

impl ImportDraft {
    /// Changes the design; it can be taken back.
    pub fn change(&mut self, change: impl FnOnce(&mut Design)) {
        self.change_in(None, change);
    }

    /// Changes the design while somebody types or drags: what belongs to one stretch is taken back as a whole.
    pub fn change_in(&mut self, stretch: Option<&'static str>, change: impl FnOnce(&mut Design)) {
        let before = self.design.clone();
        change(&mut self.design);
        if self.design == before {
            return;
        }
        self.changed = true;
        self.future.clear();
        let goes_on = stretch.is_some() && self.stretch == stretch && !self.past.is_empty();
        self.stretch = stretch;
        if goes_on {
            return;
        }
        self.past.push(before);
        if self.past.len() > MOST_UNDO {
            self.past.remove(0);
        }
    }

    /// Chooses another object; its mapping is proposed anew.
    pub fn choose_object(&mut self, object: &str) {
        self.change(|design| {
            design.object = object.to_owned();
            design.object_guess = None;
        });
        self.propose_ticket = Some(0);
        self.suit_find = true;
    }

    /// Chooses another org; the same object may have other fields there.
    pub fn choose_org(&mut self, org: &str) {
        self.change(|design| design.org = org.to_owned());
        self.propose_ticket = Some(0);
    }

    /// Chooses another operation, and a way to find records that suits it.
    pub fn choose_operation(&mut self, operation: crate::connect::Operation, object: Option<&Schema>) {
        self.change(|design| {
            design.operation = operation;
            design.operation_guess = None;
            if let Some(object) = object {
                design.suit_find(object);
            }
        });
    }

    /// Takes the last change back.
    pub fn undo(&mut self) {
        self.stretch = None;
        if let Some(before) = self.past.pop() {
            self.future.push(std::mem::replace(&mut self.design, before));
            self.changed = true;
            self.propose_ticket = None;
        }
    }

    /// Does again what was taken back.
    pub fn redo(&mut self) {
        self.stretch = None;
        if let Some(after) = self.future.pop() {
            self.past.push(std::mem::replace(&mut self.design, after));
            self.changed = true;
        }
    }

    /// Whether there is something to take back.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is something to do again.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    /// Whether guesses about the file are on their way.
    pub fn guessing(&self, state: &State) -> bool {
        self.guess_ticket.is_some() && !matches!(&state.guess, Some((_, Fact::Failed(_))))
    }

    /// The file, if it could be read.
    pub fn file<'a>(&self, state: &'a State) -> Option<&'a Arc<Inspection>> {
        state.file.as_ref()?.here()
    }

    /// The object described, if it is.
    pub fn object<'a>(&self, state: &'a State) -> Option<&'a Arc<Schema>> {
        Some(&state.describe(&self.design.org, &self.design.object)?.here()?.schema)
    }

    /// The integration on the screen.
    pub fn integration(&self, state: &State) -> Option<Integration> {
        let file = self.file(state)?;
        (!self.design.object.is_empty())
            .then(|| self.design.integration(&self.run_name(&file.settings), &file.settings))
    }

    /// What the run will be called.
    pub fn run_name(&self, source: &FileSettings) -> String {
        if self.name.trim().is_empty() { self.proposed_name(source) } else { self.name.trim().to_owned() }
    }

    /// The name proposed to keep it under.
    pub fn proposed_name(&self, source: &FileSettings) -> String {
        let stem = source.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if self.design.object.is_empty() { stem } else { format!("{stem} → {}", self.design.object) }
    }

    /// The answer to the newest check, if it came.
    pub fn check<'a>(&self, state: &'a State) -> Option<&'a crate::gui::event::Answer<crate::workspace::Checked>> {
        state
            .checked
            .as_ref()
            .filter(|(ticket, _)| *ticket == self.check_ticket && !self.changed)
            .map(|(_, answer)| answer)
    }

    /// The newest preview, and whether a newer one is on its way.
    pub fn preview<'a>(
        &self,
        state: &'a State,
    ) -> Option<(&'a crate::gui::event::Answer<Arc<crate::engine::Preview>>, bool)> {
        let (ticket, answer) = state.preview.as_ref()?;
        Some((answer, *ticket != self.check_ticket || self.changed))
    }

    /// Whether nothing stands in the way of a run, as far as is known.
    pub fn ready(&self, state: &State) -> bool {
        matches!(self.check(state), Some(Ok(checked)) if checked.problems.is_empty())
    }

    /// What to start, with the production org confirmed if it is one.
    pub fn start(&self, state: &State, trial: Option<u64>, confirmed: bool) -> Option<StartRun> {
        let card = state.org(&self.design.org)?;
        let production = (confirmed && card.environment == Some(Environment::Production)).then(|| card.org_id.clone());
        Some(StartRun { integration: self.integration(state)?, id: self.id, trial, production })
    }

    /// Follows the facts: takes over a new file and what was guessed of it, and asks for what is missing.
    pub fn follow(&mut self, state: &State, preferred: Option<&str>, out: &mut Outbox) {
        self.take_file(state, preferred, out);
        self.take_answers(state, out);
        let Some(file) = self.file(state).cloned() else { return };
        if self.design.org.is_empty() {
            // The orgs came after the file.
            if let Some(org) = default_org(state, preferred) {
                self.design.org = org;
                self.ask_guess(&file, out);
            }
            return;
        }
        if !state.objects.contains_key(&self.design.org) {
            out.push(Command::LoadObjects(self.design.org.clone()));
        }
        if self.design.object.is_empty() {
            return;
        }
        if state.describe(&self.design.org, &self.design.object).is_none() {
            let (org, object) = (self.design.org.clone(), self.design.object.clone());
            out.push(Command::Describe { org, object, refresh: false });
        }
        if self.changed
            && self.propose_ticket.is_none()
            && let Some(integration) = self.integration(state)
        {
            self.changed = false;
            self.check_ticket = self.ticket();
            let integration = Box::new(integration);
            out.push(Command::Check { integration: integration.clone(), ticket: self.check_ticket });
            out.push(Command::Preview { integration, rows: PREVIEW_ROWS, ticket: self.check_ticket });
        }
        if let Some((name, id)) = &state.saved
            && self.id.is_none()
            && *name == self.name
        {
            self.id = Some(*id);
            // What is kept is designed further where there is room for it.
            out.push(Command::Design(Ask::Open(*id)));
        }
    }

    fn take_file(&mut self, state: &State, preferred: Option<&str>, out: &mut Outbox) {
        let Some(file) = self.file(state).cloned() else { return };
        if self.file_number != state.file_number {
            *self = ImportDraft {
                file_number: state.file_number,
                reading_number: state.reading_number,
                // Answers to the questions of another file must not be taken for answers about this one.
                tickets: self.tickets,
                ..ImportDraft::default()
            };
            if let Some(org) = default_org(state, preferred) {
                self.design.org = org;
                self.ask_guess(&file, out);
            }
        } else if self.reading_number != state.reading_number {
            self.reading_number = state.reading_number;
            let has = |name: &str| file.columns.fields.iter().any(|column| column.name == name);
            let fits = self.design.mapping.rules.iter().all(|rule| match &rule.from {
                crate::mapping::Expression::Column(column) => has(column),
                crate::mapping::Expression::Constant(_) | crate::mapping::Expression::Formula(_) => true,
            });
            match (self.design.object.is_empty(), fits) {
                (true, _) => self.ask_guess(&file, out),
                (false, true) => {}
                (false, false) => self.propose_ticket = Some(0),
            }
            self.changed = true;
        }
    }

    fn take_answers(&mut self, state: &State, out: &mut Outbox) {
        if let Some((ticket, Fact::Here(guess))) = &state.guess
            && self.guess_ticket == Some(*ticket)
        {
            self.guess_ticket = None;
            self.design.adopt(guess);
            self.changed = true;
        }
        if self.suit_find
            && self.propose_ticket.is_none()
            && let Some(object) = self.object(state).cloned()
        {
            self.suit_find = false;
            self.design.suit_operation(&object);
            self.design.suit_find(&object);
            self.changed = true;
        }
        match (self.propose_ticket, &state.proposals) {
            (Some(0), _) => {
                if let Some(file) = self.file(state).cloned() {
                    let ticket = self.ticket();
                    self.propose_ticket = Some(ticket);
                    let (org, object) = (self.design.org.clone(), self.design.object.clone());
                    out.push(Command::Propose { file, org, object, operation: self.design.operation, ticket });
                }
            }
            (Some(asked), Some((ticket, fact))) if asked == *ticket => match fact {
                Fact::Here(proposals) => {
                    self.propose_ticket = None;
                    self.design.adopt_proposals(proposals);
                    self.changed = true;
                }
                // The old lines stand, and the check says what does not fit.
                Fact::Failed(_) => {
                    self.propose_ticket = None;
                    self.changed = true;
                }
                Fact::Waiting => {}
            },
            _ => {}
        }
    }

    fn ask_guess(&mut self, file: &Arc<Inspection>, out: &mut Outbox) {
        let ticket = self.ticket();
        self.guess_ticket = Some(ticket);
        out.push(Command::Guess { file: file.clone(), org: self.design.org.clone(), ticket });
    }

    fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }
}

/// The org written to last, else the practice org, else the first; never a production org that nobody chose.
pub(super) fn default_org(state: &State, preferred: Option<&str>) -> Option<String> {
    let orgs = state.orgs.as_ref()?;
    let chosen = orgs.iter().find(|org| Some(org.alias.as_str()) == preferred);
    let practice = orgs.iter().find(|org| org.environment == Some(Environment::Practice));
    let harmless = orgs.iter().find(|org| org.environment != Some(Environment::Production));
    chosen.or(practice).or(harmless).or(orgs.first()).map(|org| org.alias.clone())
}

//! A step that is being added: its source, its object, and what happens there.

use super::DesignerDraft;
use crate::connect::soql::QuerySettings;
use crate::connect::{Operation, SourceSettings};
use crate::gui::designing::Ask;
use crate::gui::draft::import::default_org;
use crate::gui::state::{Fact, State};
use crate::gui::{Command, Outbox};
use crate::integration::{Find, Options, Step};
use crate::mapping::Mapping;
use crate::workspace::ImportGuess;
use std::path::PathBuf;
use std::sync::Arc;

/// A step that is being added.
#[derive(Debug)]
pub struct Adding {
    /// The path of its file, as typed.
    pub path: String,
    /// Its source, once it was looked at.
    pub source: Option<SourceSettings>,
    /// Whether rows come from a query.
    pub asks: bool,
    /// The query, as typed.
    pub asked: QuerySettings,
    /// The query that was tried.
    trying: Option<SourceSettings>,
    /// Alias of the org.
    pub org: String,
    /// API name of the object; blank while it is not chosen.
    pub object: String,
    /// What happens to its records.
    pub operation: Operation,
    /// How records are found.
    find: Find,
    /// The mapping that was guessed for that object.
    guess: Option<Arc<ImportGuess>>,
    /// Files looked at before the one asked for.
    looked: Option<u64>,
    /// The guess asked for.
    guessing: Option<u64>,
}

impl Adding {
    /// Nothing chosen yet, but an org.
    fn new(org: String) -> Adding {
        Adding {
            path: String::new(),
            source: None,
            asks: false,
            asked: QuerySettings { org: org.clone(), soql: String::new(), deleted: false, changes: None },
            trying: None,
            org,
            object: String::new(),
            operation: Operation::default(),
            find: Find::default(),
            guess: None,
            looked: None,
            guessing: None,
        }
    }

    /// Whether its file is being looked at.
    pub(crate) fn looking(&self) -> bool {
        self.looked.is_some()
    }

    /// The query that was tried, as long as it is the one on the screen.
    pub(crate) fn tried(&self) -> Option<&SourceSettings> {
        self.trying.as_ref()
    }

    /// Asks the org what the query answers.
    pub(crate) fn try_query(&mut self, out: &mut Outbox) {
        let source =
            SourceSettings::Query(QuerySettings { soql: self.asked.soql.trim().to_owned(), ..self.asked.clone() });
        self.source = None;
        self.trying = Some(source.clone());
        out.push(Command::Design(Ask::Look(Box::new(source))));
    }

    /// What was tried is no longer what is on the screen.
    pub(crate) fn forget_trial(&mut self) {
        self.trying = None;
        self.source = None;
    }

    /// Takes the query as the source once it was answered; its object is offered where it is the only one thought of.
    fn follow_trial(&mut self, state: &State) {
        let Some(tried) = self.trying.as_ref().filter(|_| self.source.is_none()) else { return };
        let look = state.design.look(tried).and_then(Fact::here);
        if look.is_none_or(|look| look.columns.fields.is_empty()) {
            return;
        }
        self.source = Some(tried.clone());
        let queried = if let SourceSettings::Query(query) = tried { query.object().to_owned() } else { return };
        if self.object.is_empty()
            && let Some(card) = state.object(&self.org, &queried)
        {
            let name = card.name.clone();
            self.choose_object(&name);
        }
    }

    /// Chooses the object; what was guessed for another one is forgotten.
    pub(crate) fn choose_object(&mut self, object: &str) {
        self.object = object.to_owned();
        self.guess = None;
        self.find = Find::Id;
    }

    fn adopt(&mut self, guess: Arc<ImportGuess>) {
        if let Some((object, _)) = &guess.object {
            self.object = object.clone();
            self.operation = guess.operation.0;
            self.find = guess.find.0.clone();
            self.guess = Some(guess);
        }
    }

    fn step(&self) -> Option<Step> {
        let source = self.source.clone().filter(|_| !self.object.is_empty() && !self.org.is_empty())?;
        let mapping = self.guess.as_ref().map_or_else(Mapping::default, |guess| guess.mapping.clone());
        Some(Step {
            source,
            org: self.org.clone(),
            into: None,
            object: self.object.clone(),
            operation: self.operation,
            find: self.find.clone(),
            mapping,
            options: Options::default(),
            sync: None,
            seen: None,
        })
    }
}

impl DesignerDraft {
    /// Begins to add a step; the source and the org of the last one are offered.
    pub(crate) fn begin_step(&mut self, state: &State, preferred: Option<&str>) {
        let last = self.integration.steps.iter().rfind(|step| step.into.is_none());
        let org = last.map(|step| step.org.clone()).or_else(|| default_org(state, preferred)).unwrap_or_default();
        self.adding = Some(Adding::new(org));
    }

    /// Looks at a file for the step that is being added.
    pub(crate) fn look_for_step(&mut self, path: PathBuf, state: &State, out: &mut Outbox) {
        let Some(adding) = &mut self.adding else { return };
        adding.path = path.display().to_string();
        adding.source = None;
        adding.looked = Some(state.design.new_file.as_ref().map_or(0, |(count, _)| *count));
        out.push(Command::Design(Ask::LookNew(path)));
    }

    pub(super) fn follow_adding(&mut self, state: &State, out: &mut Outbox) {
        let Some(adding) = &mut self.adding else { return };
        if !adding.org.is_empty() && !state.objects.contains_key(&adding.org) {
            out.push(Command::LoadObjects(adding.org.clone()));
        }
        adding.follow_trial(state);
        if let (Some(before), Some((count, fact))) = (adding.looked, &state.design.new_file)
            && *count > before
        {
            adding.looked = None;
            if let Fact::Here(file) = fact {
                adding.source = Some(file.settings.clone().into());
                let ticket = self.follow.ticket();
                adding.guessing = Some(ticket);
                out.push(Command::Design(Ask::Guess { file: file.clone(), org: adding.org.clone(), ticket }));
            }
        }
        if let Some((ticket, Fact::Here(guess))) = &state.design.guess
            && adding.guessing == Some(*ticket)
        {
            adding.guessing = None;
            if adding.object.is_empty() {
                adding.adopt(guess.clone());
            }
        }
    }

    /// Adds the step, and shows it. Gives back whether it could be added.
    pub(crate) fn add_step(&mut self) -> bool {
        let Some(step) = self.adding.as_ref().and_then(Adding::step) else { return false };
        self.adding = None;
        let source = step.source.name();
        let stem = source.rsplit_once('.').filter(|_| step.source.file().is_some()).map_or(&*source, |(stem, _)| stem);
        let name = format!("{stem} → {}", step.object);
        let what = format!("Add {}", step.object);
        let suggest = step.mapping.rules.is_empty();
        self.change(what, |integration| {
            if integration.name.is_empty() {
                integration.name = name;
            }
            integration.steps.push(step);
        });
        let last = self.integration.steps.len() - 1;
        self.show_step(last);
        self.arrange();
        if suggest {
            self.open_sheet();
        }
        true
    }

    /// Moves a step to another place in the order.
    pub(crate) fn move_step(&mut self, from: usize, to: usize) {
        if from == to || to >= self.integration.steps.len() {
            return;
        }
        self.change("Change the order", |integration| {
            let step = integration.steps.remove(from);
            integration.steps.insert(to, step);
        });
        self.show_step(to);
    }

    /// Removes a step.
    pub(crate) fn remove_step(&mut self, at: usize) {
        let Some(step) = self.integration.steps.get(at) else { return };
        self.change(format!("Remove {}", step.object), |integration| {
            integration.steps.remove(at);
        });
        self.show_step(at.saturating_sub(1));
        self.arrange();
    }
}

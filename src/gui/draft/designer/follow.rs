//! How the designer follows the facts: it takes over what was fetched, and asks for what is missing.

use super::DesignerDraft;
use crate::gui::designing::Ask;
use crate::gui::event::Answer;
use crate::gui::state::{State, end_of_table, source_table};
use crate::gui::{Command, Outbox};
use crate::integration::{Find, Integration, Problem, Step};
use crate::workspace::Tried;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows that a preview looks at.
const PREVIEW_ROWS: usize = 200;

/// Parents of one lookup that are described for the inspector; some lead to a hundred objects.
const MOST_PARENTS: usize = 4;

/// The questions under way.
#[derive(Debug, Default)]
pub(super) struct Following {
    opened: u64,
    tickets: u64,
    /// The newest check, with the version that it speaks of.
    check: Option<(u64, u64)>,
    /// The newest preview, with version and step.
    preview: Option<(u64, u64, usize)>,
    /// The newest trial of a rule, with version, field and row.
    trial: Option<(u64, u64, String, usize)>,
    /// The question whether both ends are taken as they are.
    accepting: Option<u64>,
    /// What is being stored.
    pub(super) saving: Option<(u64, Arc<Integration>)>,
}

impl Following {
    /// What goes on when another integration comes to the screen: answers about this one must not be taken for answers about it.
    pub(super) fn for_another(self) -> Following {
        Following { opened: self.opened, tickets: self.tickets, ..Following::default() }
    }

    pub(super) fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }

    pub(super) fn checked_once(&self) -> bool {
        self.check.is_some()
    }

    pub(super) fn fresh(&self, version: u64, answered: Option<u64>) -> bool {
        matches!(self.check, Some((ticket, asked)) if asked == version && answered == Some(ticket))
    }

    /// Whether a preview is the newest one; `None` where it belongs to another step or integration.
    pub(super) fn preview_is(&self, ticket: u64, version: u64, step: usize) -> Option<bool> {
        let (newest, asked, of) = self.preview?;
        (of == step).then_some(ticket == newest && asked == version)
    }
}

impl DesignerDraft {
    /// Follows the facts; gives back whether another integration came to the screen.
    pub(in crate::gui::draft) fn follow(&mut self, state: &State, out: &mut Outbox) -> bool {
        let came = self.take_opened(state);
        self.take_saved(state);
        if !self.open {
            return came;
        }
        self.take_table(state);
        self.ask_for_ends(state, out);
        self.ask_for_check(state, out);
        self.ask_for_preview(state, out);
        self.ask_for_trial(state, out);
        self.ask_for_candidates(state, out);
        self.follow_adding(state, out);
        self.take_other_file(state);
        came
    }

    fn take_opened(&mut self, state: &State) -> bool {
        let Some((count, id, integration)) = &state.design.opened else { return false };
        if *count == self.follow.opened {
            return false;
        }
        self.follow.opened = *count;
        // What is stored already is on the screen with its unsaved changes.
        if self.id == Some(*id) && self.unsaved() {
            return true;
        }
        if self.unsaved() {
            self.instead = Some(*id);
            return true;
        }
        self.replace(Some(*id), integration.clone(), Some(integration.clone()));
        true
    }

    fn take_saved(&mut self, state: &State) {
        if let Some((ticket, answer)) = &state.design.saved
            && let Some((_, integration)) = self.follow.saving.take_if(|(asked, _)| asked == ticket)
            && let Ok((id, stored)) = answer
        {
            self.id = Some(*id);
            self.saved = Some(integration);
            self.take_seen(stored);
        }
        if let Some((ticket, answer)) = &state.design.accepted
            && self.follow.accepting.take_if(|asked| asked == ticket).is_some()
            && let Ok(accepted) = answer
        {
            let accepted = accepted.clone();
            self.change("Take both ends as they are", |integration| {
                for (step, accepted) in integration.steps.iter_mut().zip(&accepted.steps) {
                    step.seen.clone_from(&accepted.seen);
                }
            });
        }
    }

    /// What both ends looked like is noted when it is stored, and goes on with what is on the screen.
    fn take_seen(&mut self, stored: &Integration) {
        let note = |integration: &mut Arc<Integration>| {
            let steps = Arc::make_mut(integration).steps.iter_mut();
            for (step, stored) in steps.zip(&stored.steps).filter(|(step, stored)| step.object == stored.object) {
                step.seen.clone_from(&stored.seen);
            }
        };
        note(&mut self.integration);
        self.saved.as_mut().into_iter().for_each(note);
    }

    /// Takes both ends as they are now.
    pub(crate) fn accept_drift(&mut self, out: &mut Outbox) {
        let ticket = self.follow.ticket();
        self.follow.accepting = Some(ticket);
        let integration = Box::new(Integration::clone(&self.integration));
        out.push(Command::Design(Ask::Accept { integration, ticket }));
    }

    fn ask_for_ends(&self, state: &State, out: &mut Outbox) {
        let mut asked: BTreeSet<(String, String)> = BTreeSet::new();
        for step in &self.integration.steps {
            if state.design.look(&step.source).is_none() {
                out.push(Command::Design(Ask::Look(Box::new(step.source.clone()))));
            } else if self.file_of(state, step).is_some() && state.design.profile(&step.source).is_none() {
                out.push(Command::Design(Ask::Profile(Box::new(step.source.clone()))));
            }
            // Whether values can go back there, and by which key.
            if let Some((into, table)) = source_table(step).filter(|_| step.into.is_none())
                && state.table(step).is_none()
                && asked.insert((end_of_table(&into), table.clone()))
            {
                out.push(Command::DescribeTable { into, table });
            }
            if let Some(into) = &step.into {
                let key = (end_of_table(into), step.object.clone());
                if state.end(step).is_none() && asked.insert(key) {
                    out.push(Command::DescribeTable { into: into.clone(), table: step.object.clone() });
                }
                continue;
            }
            if !step.org.is_empty()
                && !state.objects.contains_key(&step.org)
                && asked.insert((step.org.clone(), String::new()))
            {
                out.push(Command::LoadObjects(step.org.clone()));
            }
            for object in self.objects_of(state, step) {
                if state.describe(&step.org, &object).is_none() && asked.insert((step.org.clone(), object.clone())) {
                    out.push(Command::Describe { org: step.org.clone(), object, refresh: false });
                }
            }
        }
    }

    /// The objects that a step speaks of: its own, those of its lookups, and the parents of its relationship paths.
    fn objects_of(&self, state: &State, step: &Step) -> Vec<String> {
        let mut objects = vec![step.object.clone()];
        objects.extend(step.mapping.rules.iter().filter_map(|rule| rule.lookup.as_ref()).map(|it| it.object.clone()));
        if let Some(object) = state.end(step).and_then(|fact| fact.here()) {
            for rule in &step.mapping.rules {
                if let Some((relationship, _)) = rule.target.split_once('.') {
                    let name = relationship.rsplit(':').next().unwrap_or(relationship);
                    let lookup = object.schema.relationship(name);
                    objects.extend(lookup.into_iter().flat_map(|lookup| lookup.reference_to.clone()));
                }
            }
        }
        // The inspector offers fields of the parents.
        if let Some(described) = state.end(step).and_then(|fact| fact.here())
            && let Some(field) = self.inspected().and_then(|path| described.schema.field(path))
            && self.at() == Some(step)
        {
            objects.extend(field.reference_to.iter().take(MOST_PARENTS).cloned());
            // And a lookup offers those of the parents of what it finds.
            let lookup = step.mapping.rule(&field.name).and_then(|rule| rule.lookup.as_ref());
            let found = lookup.and_then(|it| state.describe(&step.org, &it.object)).and_then(|fact| fact.here());
            let parents = found.iter().flat_map(|found| &found.schema.fields).filter(|field| field.filterable);
            let parents = parents.filter_map(|field| match field.reference_to.as_slice() {
                [parent] => Some(parent.clone()),
                _ => None,
            });
            objects.extend(parents.take(MOST_PARENTS));
        }
        // So do the settings of the step, where parents' keys may be among what records are found by.
        if matches!(step.find, Find::Match(_))
            && self.inspector
            && self.hand.field.is_none()
            && self.at() == Some(step)
            && let Some(described) = state.end(step).and_then(|fact| fact.here())
        {
            let single =
                described.schema.fields.iter().filter(|field| field.reference_to.len() == 1 && field.createable);
            objects.extend(single.flat_map(|field| field.reference_to.clone()).take(MOST_PARENTS));
        }
        objects.retain(|object| !object.is_empty());
        objects
    }

    fn ask_for_check(&mut self, state: &State, out: &mut Outbox) {
        let answered = state.design.checked.as_ref().map(|(ticket, _)| *ticket);
        let under_way = self.follow.check.is_some_and(|(ticket, _)| answered != Some(ticket));
        let known = self.follow.check.is_some_and(|(_, version)| version == self.version);
        // One at a time: while somebody types, the next one starts when this one is answered.
        if under_way || known || self.integration.steps.is_empty() {
            return;
        }
        let ticket = self.follow.ticket();
        self.follow.check = Some((ticket, self.version));
        let integration = Box::new(Integration::clone(&self.integration));
        out.push(Command::Design(Ask::Check { integration, ticket }));
    }

    /// The preview waits for the check, since it leaves out the rules that cannot run.
    fn ask_for_preview(&mut self, state: &State, out: &mut Outbox) {
        let known = self.follow.preview.is_some_and(|(_, version, step)| (version, step) == (self.version, self.step));
        // While somebody types, the org is not asked with each letter.
        if known || self.preview_folded || self.typing() || !self.check_is_fresh(state) {
            return;
        }
        let Some(step) = self.at() else { return };
        let mut step = step.clone();
        leave_out(&mut step, self.found(state), self.step);
        let integration = Integration { steps: vec![step], ..Integration::clone(&self.integration) };
        let ticket = self.follow.ticket();
        self.follow.preview = Some((ticket, self.version, self.step));
        out.push(Command::Design(Ask::Preview { integration: Box::new(integration), rows: PREVIEW_ROWS, ticket }));
    }
}

impl DesignerDraft {
    /// The rule that is inspected is tried on the row at hand and the next ten, as it is typed.
    fn ask_for_trial(&mut self, state: &State, out: &mut Outbox) {
        let Some(target) = self.inspected().map(str::to_owned) else { return };
        let (Some(step), Some(look)) = (self.at().cloned(), self.file(state).cloned()) else { return };
        if step.mapping.rule(&target).is_none() || self.object(state).is_none() {
            return;
        }
        let answered = state.design.tried.as_ref().map(|(ticket, _)| *ticket);
        let under_way = self.follow.trial.as_ref().is_some_and(|(ticket, ..)| answered != Some(*ticket));
        let known = self.follow.trial.as_ref().is_some_and(|(_, version, of, row)| {
            (*version, of.as_str(), *row) == (self.version, target.as_str(), self.row)
        });
        if under_way || known {
            return;
        }
        let ticket = self.follow.ticket();
        self.follow.trial = Some((ticket, self.version, target.clone(), self.row));
        let integration = self.integration.clone();
        out.push(Command::Design(Ask::Try {
            look,
            step: Box::new(step),
            integration,
            target,
            first: self.row,
            ticket,
        }));
    }

    /// What the inspected rule makes of the rows, and whether a newer answer is on its way.
    pub(crate) fn tried<'a>(&self, state: &'a State) -> Option<(&'a Answer<Arc<Tried>>, bool)> {
        let (ticket, version, target, _) = self.follow.trial.as_ref()?;
        let (answered, answer) = state.design.tried.as_ref()?;
        // The answer before is shown until the newer one comes, as long as it is about the same field.
        (self.inspected() == Some(target)).then_some((answer, answered != ticket || *version != self.version))
    }
}

/// Leaves out the rules that cannot run, so that the others are seen.
fn leave_out(step: &mut Step, problems: &[Problem], at: usize) {
    let wrong: BTreeSet<String> = problems
        .iter()
        .filter(|problem| problem.step == at)
        .filter_map(|problem| problem.target.as_ref().map(|target| target.to_lowercase()))
        .collect();
    step.mapping.rules.retain(|rule| !wrong.contains(&rule.target.to_lowercase()));
}

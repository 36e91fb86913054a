//! The sheet of suggestions, while it is open.

use super::DesignerDraft;
use crate::gui::designing::Ask;
use crate::gui::state::{Fact, State};
use crate::gui::{Command, Outbox};
use crate::mapping::suggest::Candidate;
use crate::mapping::{Expression, Rule};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The sheet.
#[derive(Debug)]
pub struct Sheet {
    /// Whether it is open.
    pub open: bool,
    /// Least confidence of what is applied together, in percent.
    pub least: u8,
    /// The question asked, with the step it is about.
    asked: Option<(u64, usize)>,
    /// Why a field was suggested its column, by step and field.
    origins: BTreeMap<(usize, String), Arc<Candidate>>,
}

impl Default for Sheet {
    fn default() -> Self {
        Sheet { open: false, least: 50, asked: None, origins: BTreeMap::new() }
    }
}

impl DesignerDraft {
    /// Opens the sheet, and asks anew.
    pub(crate) fn open_sheet(&mut self) {
        self.sheet.open = true;
        self.sheet.asked = None;
    }

    pub(super) fn ask_for_candidates(&mut self, state: &State, out: &mut Outbox) {
        if !self.sheet.open || self.sheet.asked.is_some_and(|(_, step)| step == self.step) {
            return;
        }
        let (Some(step), Some(look)) = (self.at().cloned(), self.file(state).cloned()) else { return };
        let ticket = self.follow.ticket();
        self.sheet.asked = Some((ticket, self.step));
        out.push(Command::Design(Ask::Propose { look, step: Box::new(step), ticket }));
    }

    /// What is suggested, once it is known.
    pub(crate) fn candidates<'a>(&self, state: &'a State) -> Option<&'a Fact<Arc<Vec<Candidate>>>> {
        let (ticket, fact) = state.design.proposals.as_ref()?;
        (self.sheet.asked? == (*ticket, self.step)).then_some(fact)
    }

    /// Whether a suggestion can still be applied: a rule that exists is never overwritten.
    pub(crate) fn may_apply(&self, candidate: &Candidate) -> bool {
        self.at().is_some_and(|step| step.mapping.rule(&candidate.target).is_none())
    }

    /// Applies suggestions in one change.
    pub(crate) fn apply(&mut self, candidates: &[Candidate]) {
        let some: Vec<&Candidate> = candidates.iter().filter(|candidate| self.may_apply(candidate)).collect();
        let what = match some.as_slice() {
            [] => return,
            [one] => format!("Map {}", one.target),
            several => format!("Apply {} suggestions", several.len()),
        };
        for candidate in &some {
            let key = (self.step, candidate.target.to_lowercase());
            self.sheet.origins.insert(key, Arc::new((*candidate).clone()));
        }
        self.change_step(what, |step| {
            for candidate in some {
                let from = Expression::Column(candidate.column.clone());
                step.mapping.rules.push(Rule::new(&candidate.target, from));
            }
        });
        self.arrange();
    }

    /// Why a rule was suggested, as long as it still is what was suggested.
    pub(crate) fn origin(&self, target: &str) -> Option<&Arc<Candidate>> {
        let candidate = self.sheet.origins.get(&(self.step, target.to_lowercase()))?;
        let rule = self.at()?.mapping.rule(target)?;
        (rule.from == Expression::Column(candidate.column.clone())).then_some(candidate)
    }
}

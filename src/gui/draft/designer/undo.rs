//! Changes of the integration, taken back and done again.

use super::DesignerDraft;
use crate::integration::{Integration, Step};
use std::sync::Arc;

/// Changes that can be taken back.
const MOST_UNDO: usize = 200;

/// A state to go back to.
#[derive(Debug)]
pub(super) struct Before {
    integration: Arc<Integration>,
    step: usize,
    /// What was done, in words.
    what: String,
    /// Names a stretch of typing, which is taken back as one.
    stretch: Option<String>,
}

impl DesignerDraft {
    /// Changes the integration; it can be taken back. `what` says what was done: *Map Phone*.
    pub(crate) fn change(&mut self, what: impl Into<String>, change: impl FnOnce(&mut Integration)) {
        self.change_as(what.into(), None, change);
    }

    /// Changes the step on the screen.
    pub(crate) fn change_step(&mut self, what: impl Into<String>, change: impl FnOnce(&mut Step)) {
        let at = self.step;
        self.change(what, |integration| {
            if let Some(step) = integration.steps.get_mut(at) {
                change(step);
            }
        });
    }

    /// Changes the step while somebody types: one stretch of typing is taken back as a whole.
    pub(crate) fn type_step(&mut self, what: impl Into<String>, stretch: &str, change: impl FnOnce(&mut Step)) {
        let at = self.step;
        self.change_as(what.into(), Some(format!("{at} {stretch}")), |integration| {
            if let Some(step) = integration.steps.get_mut(at) {
                change(step);
            }
        });
    }

    /// Changes the integration while somebody types: one stretch of typing is taken back as a whole.
    pub(crate) fn type_all(&mut self, what: impl Into<String>, stretch: &str, change: impl FnOnce(&mut Integration)) {
        self.change_as(what.into(), Some(stretch.to_owned()), change);
    }

    fn change_as(&mut self, what: String, stretch: Option<String>, change: impl FnOnce(&mut Integration)) {
        let mut after = Integration::clone(&self.integration);
        change(&mut after);
        after.steps.iter_mut().for_each(super::both_ways::tidy);
        if after == *self.integration {
            return;
        }
        let before = std::mem::replace(&mut self.integration, Arc::new(after));
        self.version += 1;
        self.future.clear();
        let goes_on = stretch.is_some() && self.past.last().is_some_and(|last| last.stretch == stretch);
        if !goes_on {
            self.past.push(Before { integration: before, step: self.step, what, stretch });
            if self.past.len() > MOST_UNDO {
                self.past.remove(0);
            }
        }
        self.step = self.step.min(self.integration.steps.len().saturating_sub(1));
    }

    /// Ends a stretch of typing.
    pub(crate) fn end_stretch(&mut self) {
        if let Some(last) = self.past.last_mut() {
            last.stretch = None;
        }
    }

    /// Takes the last change back.
    pub(crate) fn undo(&mut self) {
        let Some(before) = self.past.pop() else { return };
        let undone = self.go_to(before);
        self.future.push(undone);
    }

    /// Does again what was taken back.
    pub(crate) fn redo(&mut self) {
        let Some(after) = self.future.pop() else { return };
        let redone = self.go_to(after);
        self.past.push(redone);
    }

    fn go_to(&mut self, there: Before) -> Before {
        let here = std::mem::replace(&mut self.integration, there.integration);
        let step = std::mem::replace(&mut self.step, there.step.min(self.integration.steps.len().saturating_sub(1)));
        self.version += 1;
        Before { integration: here, step, what: there.what, stretch: None }
    }

    /// What taking back would take back.
    pub(crate) fn undoes(&self) -> Option<&str> {
        self.past.last().map(|before| before.what.as_str())
    }

    /// What doing again would do.
    pub(crate) fn redoes(&self) -> Option<&str> {
        self.future.last().map(|after| after.what.as_str())
    }

    /// Whether somebody is in the middle of typing.
    pub(super) fn typing(&self) -> bool {
        self.past.last().is_some_and(|last| last.stretch.is_some())
    }
}

//! Mechanical repairs: what one click can do about a problem.

use super::Step;
use crate::mapping::{Expression, Lookup, Repair};

impl Step {
    /// Carries a repair out.
    pub fn repair(&mut self, repair: &Repair) {
        match repair {
            Repair::Column { target, column } => {
                if let Some(rule) = self.mapping.rule_mut(target) {
                    rule.from = Expression::Column(column.clone());
                }
            }
            Repair::Target { target, to } => {
                // A rule that the other field has already is not overwritten.
                if self.mapping.rule(to).is_none()
                    && let Some(rule) = self.mapping.rule_mut(target)
                {
                    rule.target.clone_from(to);
                }
            }
            Repair::Remove { target } => {
                // Of two rules for one field the later goes.
                if let Some(at) = self.mapping.rules.iter().rposition(|rule| rule.target.eq_ignore_ascii_case(target)) {
                    self.mapping.rules.remove(at);
                }
            }
            Repair::Several { target, several } => {
                if let Some(lookup) = self.mapping.rule_mut(target).and_then(|rule| rule.lookup.as_mut()) {
                    lookup.several = Some(*several);
                }
            }
            Repair::LookUp { target, to, lookup } => {
                if let Some(rule) = self.mapping.rule_mut(target) {
                    rule.target.clone_from(to);
                    rule.lookup = Some(Lookup::clone(lookup));
                }
            }
            Repair::Formula { target, text } => {
                if let Some(rule) = self.mapping.rule_mut(target) {
                    rule.from = Expression::Formula(text.clone());
                }
            }
            Repair::Kind { column, kind } => {
                if let Some(file) = self.source.file_mut() {
                    file.columns.entry(column.clone()).or_default().kind = *kind;
                }
            }
        }
    }
}

//! Why a rule cannot run, with the place to mend it.

use super::repair::Repair;
use std::ops::Range;

/// A rule that cannot run, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingProblem {
    /// The rule's target.
    pub target: String,
    /// The part of the rule that is wrong.
    pub part: Part,
    /// Where in the formula's text, in bytes.
    pub span: Option<Range<usize>>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// What one click can do about it.
    pub repair: Option<Repair>,
}

/// A part of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// The field that it sets.
    #[default]
    Target,
    /// Where its value comes from: a column or a formula.
    From,
    /// Its value map.
    Map,
    /// Its lookup.
    Lookup,
    /// The formula that settles what both ends of a sync changed.
    Settles,
    /// How its values go back.
    Back,
}

impl Part {
    /// Its word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Part::Target => "target",
            Part::From => "from",
            Part::Map => "map",
            Part::Lookup => "lookup",
            Part::Settles => "settles",
            Part::Back => "back",
        }
    }
}

impl MappingProblem {
    pub(super) fn new(target: &str, part: Part, message: impl Into<String>) -> MappingProblem {
        MappingProblem {
            target: target.to_owned(),
            part,
            span: None,
            message: message.into(),
            hint: None,
            repair: None,
        }
    }

    pub(super) fn hint(mut self, hint: Option<String>) -> MappingProblem {
        self.hint = hint;
        self
    }

    pub(super) fn repair(mut self, repair: Option<Repair>) -> MappingProblem {
        self.repair = repair;
        self
    }
}

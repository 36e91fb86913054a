//! What one click can do about a problem.

use super::rule::{Lookup, SeveralFound};
use crate::record::Kind;

/// What one click can do about a problem. Carried out by `Step::repair`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// Takes the value of a rule from another column.
    Column {
        /// The rule's target.
        target: String,
        /// The column.
        column: String,
    },
    /// Lets a rule set another field.
    Target {
        /// The rule's target.
        target: String,
        /// The field.
        to: String,
    },
    /// Removes a rule; of two for one field the later.
    Remove {
        /// The rule's target.
        target: String,
    },
    /// Says what happens when a lookup finds several records.
    Several {
        /// The rule's target.
        target: String,
        /// What happens.
        several: SeveralFound,
    },
    /// Sets the lookup field itself, with the id of a record that is looked up beforehand.
    LookUp {
        /// The rule's target, a path that Salesforce does not resolve.
        target: String,
        /// The lookup field.
        to: String,
        /// How the record is found.
        lookup: Box<Lookup>,
    },
    /// Changes the text of a rule's formula.
    Formula {
        /// The rule's target.
        target: String,
        /// The text.
        text: String,
    },
    /// Reads a column as another kind of value.
    Kind {
        /// The column.
        column: String,
        /// The kind.
        kind: Kind,
    },
}

impl Repair {
    /// The words of its button.
    pub fn label(&self) -> String {
        match self {
            Repair::Column { column, .. } => format!("Use {column}"),
            Repair::Target { to, .. } => format!("Set {to} instead"),
            Repair::Remove { target } => format!("Remove the rule for {target}"),
            Repair::LookUp { lookup, .. } => format!("Look the {} up by {} beforehand", lookup.object, lookup.by),
            Repair::Several { several: SeveralFound::Reject, .. } => "Hold such rows".to_owned(),
            Repair::Several { several: SeveralFound::Blank, .. } => "Leave blank".to_owned(),
            Repair::Several { several: SeveralFound::First, .. } => "Take the first".to_owned(),
            Repair::Formula { text, .. } => format!("Write {text}"),
            Repair::Kind { column, kind } => format!("Read {column} as {}", kind.label().to_lowercase()),
        }
    }
}

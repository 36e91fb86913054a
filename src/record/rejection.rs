//! Why a row, or a cell of it, did not get through.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One reason, in words that a person can act on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rejection {
    /// A code to group by: Salesforce's own (`STRING_TOO_LONG`) or one of ours in lower case (`too_long`).
    pub code: String,
    /// The target fields it is about, by API name; empty when it is about the whole row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// The source column whose cell is to blame, where one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What is wrong, as a sentence; Salesforce's own words where it refused.
    pub message: String,
    /// What to do about it, where we know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Cow<'static, str>>,
}

impl Rejection {
    /// A reason with a code and a sentence.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Rejection {
        Rejection { code: code.into(), message: message.into(), ..Rejection::default() }
    }

    /// Says which target field it is about.
    pub fn field(mut self, field: impl Into<String>) -> Rejection {
        self.fields.push(field.into());
        self
    }

    /// Says which source column's cell is to blame.
    pub fn column(mut self, column: impl Into<String>) -> Rejection {
        self.column = Some(column.into());
        self
    }

    /// Adds what else is wrong: one reason in all, led by the first.
    pub fn add(&mut self, more: Rejection) {
        self.message.push_str("; ");
        self.message.push_str(&more.message);
        self.fields.extend(more.fields);
    }

    /// Says what to do about it.
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Rejection {
        self.hint = Some(hint.into());
        self
    }
}

//! What was drawn.

use serde::{Deserialize, Serialize};

/// Rules in the order in which people see and send them, at most one for each target field.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mapping {
    /// The rules.
    pub rules: Vec<Rule>,
}

/// What goes into one target field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RuleForm", into = "RuleForm")]
pub struct Rule {
    /// API name of the field, or a parent's field by relationship, `Owner.Username`; `Lead:Who.Email` where the relationship
    /// leads to several objects.
    pub target: String,
    /// Where its value comes from.
    pub from: Expression,
    /// What a blank value does.
    pub blank: Blank,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// The cell of the column with this header.
    Column(String),
    /// The same text for every row.
    Constant(String),
}

/// What a blank value does to an existing record; the same on every API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blank {
    /// The field stays as it is.
    #[default]
    Keep,
    /// The field is emptied.
    Clear,
}

impl Mapping {
    /// The rule for a target field, whatever the case of its name.
    pub fn rule(&self, target: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.target.eq_ignore_ascii_case(target))
    }

    /// Sets what goes into `target`, in its old place if it had a rule.
    pub fn set(&mut self, target: &str, from: Expression) {
        match self.rules.iter_mut().find(|rule| rule.target.eq_ignore_ascii_case(target)) {
            Some(rule) => rule.from = from,
            None => self.rules.push(Rule { target: target.to_owned(), from, blank: Blank::Keep }),
        }
    }

    /// Removes the rule for `target`.
    pub fn remove(&mut self, target: &str) {
        self.rules.retain(|rule| !rule.target.eq_ignore_ascii_case(target));
    }

    /// Whether some rule uses the column.
    pub fn uses(&self, column: &str) -> bool {
        self.rules.iter().any(|rule| matches!(&rule.from, Expression::Column(name) if name == column))
    }
}

/// The form of a rule in a file: `{"target": "Name", "column": "CompanyName"}`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleForm {
    target: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    column: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    constant: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    blank: Blank,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl TryFrom<RuleForm> for Rule {
    type Error = String;

    fn try_from(form: RuleForm) -> Result<Rule, String> {
        let from = match (form.column, form.constant) {
            (Some(column), None) => Expression::Column(column),
            (None, Some(constant)) => Expression::Constant(constant),
            _ => return Err(format!("the rule for {} needs either a column or a constant", form.target)),
        };
        Ok(Rule { target: form.target, from, blank: form.blank })
    }
}

impl From<Rule> for RuleForm {
    fn from(rule: Rule) -> RuleForm {
        let (column, constant) = match rule.from {
            Expression::Column(column) => (Some(column), None),
            Expression::Constant(constant) => (None, Some(constant)),
        };
        RuleForm { target: rule.target, column, constant, blank: rule.blank }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_reads_as_people_write_it() {
        let text = r#"[{"target":"Name","column":"CompanyName"},{"target":"Type","constant":"Other","blank":"clear"}]"#;
        let mapping: Mapping = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&mapping).unwrap(), text);
        assert!(serde_json::from_str::<Mapping>(r#"[{"target":"Name"}]"#).is_err());
        assert!(serde_json::from_str::<Mapping>(r#"[{"target":"Name","colum":"x","column":"x"}]"#).is_err());
    }
}

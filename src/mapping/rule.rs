//! What was drawn.
//!
//! A rule is a short pipe: a value comes from a column, a constant or a formula; a value map may translate it, a lookup may turn it
//! into the id of a record; policies say what happens when it is blank or too long, and when the field is written at all.

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
    /// How the value is translated.
    pub map: Option<ValueMap>,
    /// How the value, a key of another record, is turned into that record's id.
    pub lookup: Option<Lookup>,
    /// What a blank value does.
    pub blank: Blank,
    /// What a text that is too long for the field does.
    pub too_long: TooLong,
    /// When the field is written.
    pub write: Write,
    /// A remark for the people who read the mapping.
    pub note: String,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expression {
    /// The cell of the column with this header.
    Column(String),
    /// The same text for every row.
    Constant(String),
    /// What this formula yields, in the syntax of Salesforce's formulas, over the columns.
    Formula(String),
}

/// What a blank value does to an existing record; the same on every API.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blank {
    /// The field stays as it is.
    #[default]
    Keep,
    /// The field is emptied.
    Clear,
    /// The field gets this value instead.
    Default(String),
}

/// What a text that is too long for its field does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TooLong {
    /// The row is not sent.
    #[default]
    Reject,
    /// The text is cut to the field's length; how many were is counted and shown.
    Trim,
}

/// When a field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Write {
    /// On every record.
    #[default]
    Always,
    /// Only on records that the row makes.
    OnCreate,
    /// Only on records that are there already.
    OnUpdate,
    /// Only where the record's own value is blank.
    IfBlank,
}

/// How values are translated.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ValueMap {
    /// A table of the integration that has the rows, its first column from and its second to; instead of `rows`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// What becomes what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<(String, String)>,
    /// Whether `de` and `DE` are two values. Default false. Spaces around a value never count.
    pub match_case: bool,
    /// What becomes of a value that is not listed.
    pub otherwise: Otherwise,
}

/// What becomes of a value that a value map does not list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// The row is not sent.
    #[default]
    Reject,
    /// It passes as it is.
    Keep,
    /// It counts as blank.
    Blank,
    /// It becomes this.
    Default(String),
}

/// How a record is found whose id goes into the field; resolved by queries before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// API name of the object that the record belongs to.
    pub object: String,
    /// Its field that holds the value, or a parent's by path, `Product2.ProductCode`.
    pub by: String,
    /// What else must be true of the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Condition>,
    /// What happens when no record has the value.
    #[serde(default, skip_serializing_if = "is_default")]
    pub none: NoneFound,
    /// What happens when several have it; must be said where the field is not unique.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub several: Option<SeveralFound>,
}

/// A field of the record looked for, and what it must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// The field, or a parent's by path.
    pub field: String,
    /// What it must hold.
    #[serde(flatten)]
    pub is: Expression,
}

/// What happens when a lookup finds no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoneFound {
    /// The row is not sent.
    #[default]
    Reject,
    /// The value counts as blank.
    Blank,
}

/// What happens when a lookup finds several records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeveralFound {
    /// The row is not sent.
    Reject,
    /// The value counts as blank.
    Blank,
    /// The one that was made first is taken.
    First,
}

/// A table of the integration, which formulas and value maps may use by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// What formulas and value maps call it.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// Its rows, each with a cell for each column.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A key that two different rows share, if there is one. Case makes no difference.
    pub fn doubled_key(&self) -> Option<&str> {
        let mut seen: std::collections::HashMap<String, &[String]> = std::collections::HashMap::new();
        self.rows.iter().find_map(|row| {
            let key = row.first()?;
            match seen.insert(key.to_lowercase(), row) {
                Some(before) if before != row.as_slice() => Some(key.as_str()),
                _ => None,
            }
        })
    }

    /// Its first two columns, as a value map takes them.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rows.iter().map(|row| {
            let at = |index: usize| row.get(index).map_or("", String::as_str);
            (at(0), at(1))
        })
    }
}

impl Rule {
    /// A rule that passes a value on as it is.
    pub fn new(target: impl Into<String>, from: Expression) -> Rule {
        Rule {
            target: target.into(),
            from,
            map: None,
            lookup: None,
            blank: Blank::Keep,
            too_long: TooLong::Reject,
            write: Write::Always,
            note: String::new(),
        }
    }

    /// Whether it passes a column's cell on as it is.
    pub fn is_copy(&self) -> bool {
        matches!(self.from, Expression::Column(_)) && self.map.is_none() && self.lookup.is_none()
    }
}

impl Mapping {
    /// The rule for a target field, whatever the case of its name.
    pub fn rule(&self, target: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.target.eq_ignore_ascii_case(target))
    }

    /// The rule for a target field, to be changed.
    pub fn rule_mut(&mut self, target: &str) -> Option<&mut Rule> {
        self.rules.iter_mut().find(|rule| rule.target.eq_ignore_ascii_case(target))
    }

    /// Sets what goes into `target`, in its old place and with its old policies if it had a rule.
    pub fn set(&mut self, target: &str, from: Expression) {
        match self.rule_mut(target) {
            Some(rule) => rule.from = from,
            None => self.rules.push(Rule::new(target, from)),
        }
    }

    /// Puts a rule in the place of the one for the same target, or at the end.
    pub fn put(&mut self, rule: Rule) {
        match self.rule_mut(&rule.target) {
            Some(old) => *old = rule,
            None => self.rules.push(rule),
        }
    }

    /// Removes the rule for `target`.
    pub fn remove(&mut self, target: &str) {
        self.rules.retain(|rule| !rule.target.eq_ignore_ascii_case(target));
    }

    /// Whether some rule takes the column as it is. Columns inside formulas are known once they are compiled.
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    formula: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    map: Option<ValueMap>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lookup: Option<Lookup>,
    #[serde(default, skip_serializing_if = "is_default")]
    blank: Blank,
    #[serde(default, skip_serializing_if = "is_default")]
    too_long: TooLong,
    #[serde(default, skip_serializing_if = "is_default")]
    write: Write,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    note: String,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl TryFrom<RuleForm> for Rule {
    type Error = String;

    fn try_from(form: RuleForm) -> Result<Rule, String> {
        let from = match (form.column, form.constant, form.formula) {
            (Some(column), None, None) => Expression::Column(column),
            (None, Some(constant), None) => Expression::Constant(constant),
            (None, None, Some(formula)) => Expression::Formula(formula),
            _ => {
                return Err(format!(
                    "the rule for {} needs a column, a constant or a formula, one of them",
                    form.target
                ));
            }
        };
        Ok(Rule {
            target: form.target,
            from,
            map: form.map,
            lookup: form.lookup,
            blank: form.blank,
            too_long: form.too_long,
            write: form.write,
            note: form.note,
        })
    }
}

impl From<Rule> for RuleForm {
    fn from(rule: Rule) -> RuleForm {
        let (mut column, mut constant, mut formula) = (None, None, None);
        match rule.from {
            Expression::Column(name) => column = Some(name),
            Expression::Constant(text) => constant = Some(text),
            Expression::Formula(text) => formula = Some(text),
        }
        RuleForm {
            target: rule.target,
            column,
            constant,
            formula,
            map: rule.map,
            lookup: rule.lookup,
            blank: rule.blank,
            too_long: rule.too_long,
            write: rule.write,
            note: rule.note,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_reads_as_people_write_it() {
        let text = concat!(
            r#"[{"target":"Name","column":"CompanyName","too_long":"trim"},"#,
            r#"{"target":"Type","constant":"Other","blank":"clear","write":"on_create"},"#,
            r#"{"target":"BillingCountry","column":"Land","map":{"rows":[["Deutschland","DE"]],"match_case":false,"otherwise":{"default":"XX"}}},"#,
            r#"{"target":"OwnerId","formula":"TRIM(Rep)","lookup":{"object":"User","by":"Name","also":[{"field":"IsActive","constant":"true"}],"several":"reject"},"blank":{"default":"Nancy"},"note":"as agreed"}]"#
        );
        let mapping: Mapping = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&mapping).unwrap(), text);
        for wrong in [
            r#"[{"target":"Name"}]"#,
            r#"[{"target":"Name","colum":"x","column":"x"}]"#,
            r#"[{"target":"Name","constant":"x","column":"x"}]"#,
            r#"[{"target":"Name","column":"x","map":{"row":[]}}]"#,
        ] {
            assert!(serde_json::from_str::<Mapping>(wrong).is_err(), "{wrong}");
        }
    }
}

//! Drift: what has changed at both ends of a step since a person last looked at them.
//!
//! A step keeps the columns of its source and the fields that its rules set as they were when it was saved. Compared with what both
//! ends look like now, that tells what was renamed, removed, added or changed, before rows meet it.

use super::{Shapes, Step};
use crate::formula::nearest;
use crate::mapping::{Expression, Repair, ResolvedTarget};
use crate::record::{Field, Kind, Schema};
use serde::{Deserialize, Serialize};

/// What both ends looked like.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// Columns of the source, in order.
    pub columns: Vec<SeenColumn>,
    /// Fields that rules set.
    pub fields: Vec<SeenField>,
}

/// A column as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenColumn {
    /// Its header.
    pub name: String,
    /// What it held.
    #[serde(default, skip_serializing_if = "is_text")]
    pub kind: Kind,
}

/// A field as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenField {
    /// Its path.
    pub path: String,
    /// What people saw.
    pub label: String,
    /// What it held.
    pub kind: Kind,
    /// Longest text.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub length: u32,
    /// Whether new records had to have it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
}

fn is_text(kind: &Kind) -> bool {
    *kind == Kind::Text
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// One change since then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// Which step, counted from 0.
    pub step: usize,
    /// What has changed.
    pub change: Change,
    /// Targets of the rules that are affected.
    pub targets: Vec<String>,
    /// What has changed, as a sentence.
    pub message: String,
    /// What one click can do about it, for each affected rule.
    pub repairs: Vec<Repair>,
}

/// The kinds of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A column that rules use is gone, perhaps under another name.
    ColumnGone,
    /// A column is new.
    ColumnNew,
    /// A column holds another kind of value.
    ColumnChanged,
    /// A field that a rule sets is gone, perhaps under another name.
    FieldGone,
    /// A field has another type, takes less text, or must have a value now.
    FieldChanged,
}

impl Seen {
    /// Adds what was not seen before: new rules' fields, and all columns where none was seen. What was seen stays as it was, so that a
    /// change does not go unnoticed because somebody saved.
    pub fn complete(&mut self, now: Seen) {
        if self.columns.is_empty() {
            self.columns = now.columns;
        }
        for field in now.fields {
            if !self.fields.iter().any(|seen| seen.path.eq_ignore_ascii_case(&field.path)) {
                self.fields.push(field);
            }
        }
    }

    /// What both ends of a step look like now.
    pub fn now(step: &Step, shapes: &Shapes) -> Seen {
        let columns =
            shapes.source.fields.iter().map(|field| SeenColumn { name: field.name.clone(), kind: field.kind });
        let targets = step.mapping.rules.iter().filter_map(|rule| shapes.target.resolve(&rule.target).ok());
        Seen { columns: columns.collect(), fields: targets.map(seen).collect() }
    }

    /// What has changed since then.
    pub fn drift(&self, index: usize, step: &Step, shapes: &Shapes) -> Vec<Drift> {
        let mut drift = self.columns_gone(index, step, &shapes.source);
        drift.extend(self.columns_otherwise(index, step, &shapes.source));
        drift.extend(self.fields_otherwise(index, step, shapes));
        drift
    }

    fn columns_gone(&self, step: usize, form: &Step, source: &Schema) -> Vec<Drift> {
        let gone = self.columns.iter().filter(|column| source.position(&column.name).is_none());
        gone.filter_map(|column| {
            let targets = form.targets_of(&column.name);
            if targets.is_empty() {
                return None;
            }
            let renamed = self.renamed(column, source);
            let message = match renamed {
                Some(to) => format!("the column {} is gone; it may be called {to} now", column.name),
                None => format!("the column {} is gone", column.name),
            };
            let repairs = renamed.map(|to| form.use_column(&column.name, to)).unwrap_or_default();
            Some(Drift { step, change: Change::ColumnGone, targets, message, repairs })
        })
        .collect()
    }

    /// The new column that a gone one may have become: one of a like name, else the one in its place.
    fn renamed<'s>(&self, gone: &SeenColumn, source: &'s Schema) -> Option<&'s str> {
        let is_new = |field: &&Field| !self.columns.iter().any(|column| column.name == field.name);
        let new = || source.fields.iter().filter(is_new).map(|field| field.name.as_str());
        let at = self.columns.iter().position(|column| column.name == gone.name)?;
        let in_place = || {
            let field = source.fields.get(at).filter(is_new)?;
            // Only where nothing else has moved may the place tell.
            (source.fields.len() == self.columns.len() && field.kind == gone.kind).then_some(field.name.as_str())
        };
        nearest(&gone.name, new()).or_else(in_place)
    }

    fn columns_otherwise(&self, step: usize, form: &Step, source: &Schema) -> Vec<Drift> {
        let mut drift = Vec::new();
        let gone = self.columns.iter().filter(|column| source.position(&column.name).is_none());
        let renamed: Vec<_> = gone.filter_map(|column| self.renamed(column, source)).collect();
        for field in &source.fields {
            let before = self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(&field.name));
            let (change, message) = match before {
                // A column that a gone one may have become was told already.
                None if form.targets_of(&field.name).is_empty() && !renamed.contains(&field.name.as_str()) => {
                    (Change::ColumnNew, format!("the column {} is new and not mapped", field.name))
                }
                // What a file's column holds is what a person says; only an org says it by itself.
                Some(before) if before.kind != field.kind && form.source.file().is_none() => {
                    let (was, is) = (before.kind.label().to_lowercase(), field.kind.label().to_lowercase());
                    (Change::ColumnChanged, format!("the column {} held {was} and holds {is} now", field.name))
                }
                _ => continue,
            };
            let targets = form.targets_of(&field.name);
            drift.push(Drift { step, change, targets, message, repairs: Vec::new() });
        }
        drift
    }

    fn fields_otherwise(&self, step: usize, form: &Step, shapes: &Shapes) -> Vec<Drift> {
        let mut drift = Vec::new();
        let mapped = self.fields.iter().filter(|field| form.mapping.rule(&field.path).is_some());
        for before in mapped {
            let targets = vec![before.path.clone()];
            match shapes.target.resolve(&before.path) {
                Err(_) => {
                    let object = &shapes.target.object;
                    let same_label = object.fields.iter().find(|field| field.label == before.label);
                    let names = object.fields.iter().map(|field| field.name.as_str());
                    let to = same_label.map(|field| field.name.as_str()).or_else(|| nearest(&before.path, names));
                    let message = match to {
                        Some(to) => format!("the field {} is gone; it may be called {to} now", before.path),
                        None if object.is_table() => format!("the column {} of {} is gone", before.path, object.name),
                        None => format!("the field {} is gone, or you may not see it any more", before.path),
                    };
                    let repair = |to: &str| Repair::Target { target: before.path.clone(), to: to.to_owned() };
                    let repairs = to.map(repair).into_iter().collect();
                    drift.push(Drift { step, change: Change::FieldGone, targets, message, repairs });
                }
                Ok(now) => {
                    if let Some(message) = changed(before, &seen(now)) {
                        drift.push(Drift { step, change: Change::FieldChanged, targets, message, repairs: Vec::new() });
                    }
                }
            }
        }
        drift
    }
}

fn seen(target: ResolvedTarget) -> SeenField {
    let field = target.field;
    SeenField {
        path: target.path,
        label: field.label,
        kind: field.kind,
        length: field.length,
        required: field.required,
    }
}

/// What makes a field different for the rows that go into it.
fn changed(before: &SeenField, now: &SeenField) -> Option<String> {
    let path = &now.path;
    if before.kind != now.kind {
        let (was, is) = (before.kind.label().to_lowercase(), now.kind.label().to_lowercase());
        return Some(format!("the field {path} was {was} and is {is} now"));
    }
    if now.length > 0 && now.length < before.length {
        return Some(format!("the field {path} took {} characters and takes {} now", before.length, now.length));
    }
    (now.required && !before.required).then(|| format!("the field {path} must have a value now"))
}

impl Step {
    /// Targets of the rules that use a column.
    pub fn targets_of(&self, column: &str) -> Vec<String> {
        let uses = |from: &Expression| match from {
            Expression::Column(name) => name.eq_ignore_ascii_case(column),
            Expression::Formula(text) => {
                crate::formula::names::fields(text).iter().any(|(name, _)| name.eq_ignore_ascii_case(column))
            }
            Expression::Constant(_) => false,
        };
        let rules = self.mapping.rules.iter().filter(|rule| {
            let also = rule.lookup.iter().flat_map(|lookup| &lookup.also).any(|condition| uses(&condition.is));
            uses(&rule.from) || also
        });
        rules.map(|rule| rule.target.clone()).collect()
    }

    /// Repairs that let every rule use another column instead.
    fn use_column(&self, from: &str, to: &str) -> Vec<Repair> {
        let repair = |target: &str, expression: &Expression| match expression {
            Expression::Column(name) if name.eq_ignore_ascii_case(from) => {
                Some(Repair::Column { target: target.to_owned(), column: to.to_owned() })
            }
            Expression::Formula(text) => {
                let text = crate::formula::names::renamed(text, from, to)?;
                Some(Repair::Formula { target: target.to_owned(), text })
            }
            _ => None,
        };
        self.mapping.rules.iter().filter_map(|rule| repair(&rule.target, &rule.from)).collect()
    }
}

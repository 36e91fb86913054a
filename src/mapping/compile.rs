//! Rules compiled: names resolved to positions, types checked; what is wrong is collected, all of it.

use super::convert::Formats;
use super::formulas::{self, Names};
use super::lookup::CompiledLookup;
use super::problem::{MappingProblem, Part};
use super::quick::Quick;
use super::reading::Reading;
use super::repair::Repair;
use super::rule::{Blank, Expression, Rule, TooLong, ValueMap, Write};
use super::target::{ResolvedTarget, TargetShape};
use super::value_map::CompiledMap;
use crate::formula::{Formula, nearest};
use crate::record::{Rejection, Row, Schema};

/// A rule that can run.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub(super) target: ResolvedTarget,
    pub(super) value: CompiledValue,
    pub(super) map: Option<CompiledMap>,
    /// Its place among the lookups.
    pub(super) lookup: Option<usize>,
    pub(super) blank: Blank,
    pub(super) too_long: TooLong,
    pub(super) write: Write,
    /// What the field takes at a glance.
    pub(super) quick: Quick,
}

/// A value that can be taken from a row.
#[derive(Debug, Clone)]
pub(super) enum CompiledValue {
    Column { position: usize, name: String, formats: Formats },
    Constant(String),
    Formula(Box<Formula>),
}

impl Compiled {
    /// What a rule that passes a cell on writes, if that can be told at once.
    #[inline]
    pub(super) fn glance<'a>(&self, row: Row<'a>) -> Option<&'a str> {
        match &self.value {
            CompiledValue::Column { position, formats, .. } if self.map.is_none() && self.lookup.is_none() => {
                self.quick.take(row.cell(*position), &self.target.field, formats)
            }
            _ => None,
        }
    }

    pub(super) fn blame(&self, rejection: Rejection) -> Rejection {
        let rejection = rejection.field(self.target.path.clone());
        match &self.value {
            CompiledValue::Column { name, .. } => rejection.column(name.clone()),
            CompiledValue::Constant(_) | CompiledValue::Formula(_) => rejection,
        }
    }
}

impl CompiledValue {
    pub(super) fn formats(&self) -> Option<&Formats> {
        match self {
            CompiledValue::Column { formats, .. } => Some(formats),
            CompiledValue::Constant(_) | CompiledValue::Formula(_) => None,
        }
    }
}

/// Compiles rules, and collects what is wrong with them.
pub(super) struct Compiler<'a> {
    pub(super) source: &'a Schema,
    pub(super) shape: &'a TargetShape,
    pub(super) reading: &'a Reading,
    pub(super) names: Names<'a>,
    pub(super) lookups: Vec<CompiledLookup>,
    pub(super) problems: Vec<MappingProblem>,
}

impl Compiler<'_> {
    pub(super) fn rule(&mut self, cell: usize, rule: &Rule) -> Option<Compiled> {
        let target = match self.shape.resolve(&rule.target) {
            Ok(target) => Some(target),
            Err(problem) => {
                self.problems.push(*problem);
                None
            }
        };
        let value = self.value(&rule.target, Part::From, &rule.from);
        let map = rule.map.as_ref().map(|map| self.map(&rule.target, map));
        let lookup = rule.lookup.as_ref().map(|lookup| self.lookup(cell, rule, lookup, target.as_ref()));
        let (target, value, map, lookup) = (target?, value?, flat(map)?, flat(lookup)?);
        if let (CompiledValue::Formula(formula), None, None) = (&value, &map, lookup)
            && let Err(problem) = formulas::suits(formula, &target.field, &rule.target)
        {
            self.problems.push(*problem);
            return None;
        }
        let quick = Quick::of(&target.field);
        Some(Compiled {
            target,
            value,
            map,
            lookup,
            blank: rule.blank.clone(),
            too_long: rule.too_long,
            write: rule.write,
            quick,
        })
    }

    /// A value for a rule's target, or nothing and a problem.
    pub(super) fn value(&mut self, target: &str, part: Part, from: &Expression) -> Option<CompiledValue> {
        match from {
            Expression::Constant(constant) => Some(CompiledValue::Constant(constant.clone())),
            Expression::Column(column) => {
                let Some(position) = self.source.position(column) else {
                    let near = nearest(column, self.source.fields.iter().map(|field| field.name.as_str()));
                    let message = format!("{} has no column {column}", self.source.name);
                    let hint = near.map(|near| format!("Did you mean {near}?"));
                    let repair = near
                        .filter(|_| part == Part::From)
                        .map(|near| Repair::Column { target: target.to_owned(), column: near.to_owned() });
                    self.problems.push(MappingProblem::new(target, part, message).hint(hint).repair(repair));
                    return None;
                };
                let name = self.source.fields[position].name.clone();
                let own = self.reading.columns.get(&name).and_then(|column| column.formats);
                Some(CompiledValue::Column { position, formats: own.unwrap_or(self.reading.formats), name })
            }
            Expression::Formula(text) => match formulas::compile(text, target, part, &self.names) {
                Ok(formula) => Some(CompiledValue::Formula(Box::new(formula))),
                Err(problems) => {
                    self.problems.extend(problems);
                    None
                }
            },
        }
    }

    fn map(&mut self, target: &str, map: &ValueMap) -> Option<CompiledMap> {
        let compiled = match &map.table {
            None => CompiledMap::compile(map, map.rows.iter().map(|(from, to)| (from.as_str(), to.as_str()))),
            Some(name) => match self.reading.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name)) {
                Some(table) => CompiledMap::compile(map, table.pairs()),
                None => Err(format!("the integration has no table {name}")),
            },
        };
        match compiled {
            Ok(map) => Some(map),
            Err(message) => {
                let hint = "Open the value map and mend it.".to_owned();
                self.problems.push(MappingProblem::new(target, Part::Map, message).hint(Some(hint)));
                None
            }
        }
    }
}

/// What is not there is fine, what could not be compiled is not.
fn flat<T>(compiled: Option<Option<T>>) -> Option<Option<T>> {
    match compiled {
        None => Some(None),
        Some(compiled) => compiled.map(Some),
    }
}

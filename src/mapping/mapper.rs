//! What runs: rules with names resolved to positions, and every cell checked against the field it goes to.

use super::convert::{self, Formats};
use super::{Blank, Expression, Mapping};
use crate::record::{Field, Rejection, Row, Schema};
use std::collections::BTreeMap;

/// The target as a mapping sees it: the object, and the parents that relationship columns lead to.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub struct TargetShape {
    /// The object that rows go into.
    pub object: Schema,
    /// Objects that lookups of it point to, by API name; only those that some rule needs.
    pub parents: BTreeMap<String, Schema>,
}

/// A target path resolved: where a rule's value ends up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedTarget {
    /// The path as the org spells it.
    pub path: String,
    /// The field whose kind and limits the value must meet: of the object, or of the parent that is looked up.
    pub field: Field,
    /// The lookup field of the object that a relationship path sets; `None` for a plain field.
    pub lookup: Option<String>,
}

/// A rule that cannot run, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingProblem {
    /// The rule's target.
    pub target: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// A compiled mapping.
#[derive(Debug, Clone)]
pub struct Mapper {
    rules: Vec<Compiled>,
    formats: Formats,
}

#[derive(Debug, Clone)]
struct Compiled {
    target: ResolvedTarget,
    from: Position,
    /// The column's header or the constant, for messages.
    name: String,
    blank: Blank,
}

#[derive(Debug, Clone)]
enum Position {
    Column(usize),
    Constant,
}

/// One row as it will be sent; reused from row to row, so that mapping allocates nothing.
#[derive(Debug, Default)]
pub struct Mapped {
    text: String,
    cells: Vec<State>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Keep,
    Clear,
    Value(usize, usize),
}

/// What happens to one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MappedCell<'a> {
    /// It is left as it is.
    Keep,
    /// It is emptied.
    Clear,
    /// It gets this value, in the spelling of Salesforce's APIs.
    Value(&'a str),
}

impl Mapped {
    /// What happens to the field of the rule at `index`.
    pub fn cell(&self, index: usize) -> MappedCell<'_> {
        match self.cells[index] {
            State::Keep => MappedCell::Keep,
            State::Clear => MappedCell::Clear,
            State::Value(from, to) => MappedCell::Value(&self.text[from..to]),
        }
    }

    /// The value at `index`, blank where there is none.
    pub fn value(&self, index: usize) -> &str {
        match self.cell(index) {
            MappedCell::Value(value) => value,
            MappedCell::Keep | MappedCell::Clear => "",
        }
    }

    fn clear(&mut self) {
        self.text.clear();
        self.cells.clear();
    }

    /// How many cells it has: one for each rule.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether it has no cell.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }
}

impl TargetShape {
    /// Finds the field behind a rule's target.
    pub fn resolve(&self, target: &str) -> Result<ResolvedTarget, MappingProblem> {
        let problem =
            |message: String, hint: Option<String>| MappingProblem { target: target.to_owned(), message, hint };
        let Some((relationship, parent_field)) = target.split_once('.') else {
            let field = self.object.field(target).ok_or_else(|| {
                let near = nearest(target, self.object.fields.iter().map(|field| field.name.as_str()));
                let hint = near.map_or_else(
                    || "It may be missing, or you may lack permission to see it.".to_owned(),
                    |near| format!("Did you mean {near}?"),
                );
                problem(format!("{} has no field {target}", self.object.name), Some(hint))
            })?;
            return Ok(ResolvedTarget { path: field.name.clone(), field: field.clone(), lookup: None });
        };
        let (wanted, relationship) = match relationship.split_once(':') {
            Some((object, relationship)) => (Some(object), relationship),
            None => (None, relationship),
        };
        let lookup = self
            .object
            .relationship(relationship)
            .ok_or_else(|| problem(format!("{} has no relationship {relationship}", self.object.name), None))?;
        let parent_object = match (wanted, lookup.reference_to.as_slice()) {
            (Some(wanted), objects) => {
                objects.iter().find(|object| object.eq_ignore_ascii_case(wanted)).ok_or_else(|| {
                    problem(
                        format!("{relationship} does not lead to {wanted}"),
                        Some(format!("It leads to {}.", objects.join(", "))),
                    )
                })?
            }
            (None, [only]) => only,
            (None, objects) => {
                let hint = format!(
                    "Say which: {}:{relationship}.{parent_field}.",
                    objects.first().map_or("Object", String::as_str)
                );
                return Err(problem(format!("{relationship} leads to several objects"), Some(hint)));
            }
        };
        let parent = self
            .parents
            .get(parent_object)
            .ok_or_else(|| problem(format!("{parent_object} could not be described"), None))?;
        let field = parent
            .field(parent_field)
            .ok_or_else(|| problem(format!("{parent_object} has no field {parent_field}"), None))?;
        if !field.finds_records() {
            let hint = format!("Use an external id or lookup field of {parent_object}.");
            return Err(problem(format!("{parent_object}.{} cannot be used to find a record", field.name), Some(hint)));
        }
        let relationship = lookup.relationship.as_deref().unwrap_or(relationship);
        let path = match wanted {
            Some(_) => format!("{parent_object}:{relationship}.{}", field.name),
            None => format!("{relationship}.{}", field.name),
        };
        Ok(ResolvedTarget { path, field: field.clone(), lookup: Some(lookup.name.clone()) })
    }
}

impl Mapper {
    /// Resolves every name; all problems come back at once.
    pub fn compile(
        mapping: &Mapping,
        source: &Schema,
        shape: &TargetShape,
        formats: Formats,
    ) -> Result<Mapper, Vec<MappingProblem>> {
        let mut rules: Vec<Compiled> = Vec::with_capacity(mapping.rules.len());
        let mut problems = Vec::new();
        for rule in &mapping.rules {
            let target = match shape.resolve(&rule.target) {
                Ok(target) => target,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            let set_twice = rules.iter().any(|other| other.target.path == target.path);
            let (from, name) = match &rule.from {
                Expression::Column(column) => match source.position(column) {
                    Some(position) => (Position::Column(position), source.fields[position].name.clone()),
                    None => {
                        let near = nearest(column, source.fields.iter().map(|field| field.name.as_str()));
                        problems.push(MappingProblem {
                            target: rule.target.clone(),
                            message: format!("{} has no column {column}", source.name),
                            hint: near.map(|near| format!("Did you mean {near}?")),
                        });
                        continue;
                    }
                },
                Expression::Constant(constant) => (Position::Constant, constant.clone()),
            };
            if set_twice {
                problems.push(MappingProblem {
                    target: rule.target.clone(),
                    message: format!("{} is mapped twice", target.path),
                    hint: Some("Remove one of the two.".to_owned()),
                });
            }
            rules.push(Compiled { target, from, name, blank: rule.blank });
        }
        if problems.is_empty() { Ok(Mapper { rules, formats }) } else { Err(problems) }
    }

    /// The resolved targets, in the order of the cells of [`Mapped`].
    pub fn targets(&self) -> impl ExactSizeIterator<Item = &ResolvedTarget> {
        self.rules.iter().map(|rule| &rule.target)
    }

    /// Where the rule for a path stands.
    pub fn position(&self, path: &str) -> Option<usize> {
        self.rules.iter().position(|rule| rule.target.path.eq_ignore_ascii_case(path))
    }

    /// The source column that the rule at `index` reads, if it reads one.
    pub fn column(&self, index: usize) -> Option<usize> {
        match self.rules[index].from {
            Position::Column(column) => Some(column),
            Position::Constant => None,
        }
    }

    /// The resolved target of the rule at `index`.
    pub fn target(&self, index: usize) -> &ResolvedTarget {
        &self.rules[index].target
    }

    /// Maps one row into `mapped`, and calls `reject` for every cell that cannot be sent; such a cell is left as `Keep`.
    pub fn map(&self, row: Row<'_>, mapped: &mut Mapped, mut reject: impl FnMut(usize, Rejection)) {
        mapped.clear();
        for (index, rule) in self.rules.iter().enumerate() {
            if let Err(rejection) = rule.cell(row, &self.formats, mapped) {
                reject(index, rejection);
            }
        }
    }

    /// Maps only some cells of a row and leaves the others as `Keep`, like those that cannot be sent.
    pub fn map_some(&self, row: Row<'_>, wanted: &[usize], mapped: &mut Mapped) {
        mapped.clear();
        for (index, rule) in self.rules.iter().enumerate() {
            if !wanted.contains(&index) {
                mapped.cells.push(State::Keep);
            } else if rule.cell(row, &self.formats, mapped).is_err() {
                // The full mapping of the row says why.
            }
        }
    }

    /// The text that the rule at `index` takes from a row, before it is converted.
    pub fn source_text<'a>(&'a self, index: usize, row: Row<'a>) -> &'a str {
        self.rules[index].text(row)
    }
}

impl Compiled {
    /// The rule's text for a row, as the source has it.
    fn text<'a>(&'a self, row: Row<'a>) -> &'a str {
        match self.from {
            Position::Column(column) => row.cell(column),
            Position::Constant => &self.name,
        }
    }

    /// Adds the rule's cell to `mapped`.
    fn cell(&self, row: Row<'_>, formats: &Formats, mapped: &mut Mapped) -> Result<(), Rejection> {
        let text = self.text(row);
        if text.trim().is_empty() {
            mapped.cells.push(match self.blank {
                Blank::Keep => State::Keep,
                Blank::Clear => State::Clear,
            });
            return Ok(());
        }
        if text == CLEAR_MARK {
            mapped.cells.push(State::Clear);
            return Ok(());
        }
        let from = mapped.text.len();
        match convert::convert(text, &self.target.field, formats, &mut mapped.text) {
            Ok(()) => {
                mapped.cells.push(State::Value(from, mapped.text.len()));
                Ok(())
            }
            Err(rejection) => {
                mapped.text.truncate(from);
                mapped.cells.push(State::Keep);
                let rejection = rejection.field(self.target.path.clone());
                Err(match self.from {
                    Position::Column(_) => rejection.column(self.name.clone()),
                    Position::Constant => rejection,
                })
            }
        }
    }
}

/// Data Loader's and the Bulk API's mark for "empty this field"; it means the same on every API.
const CLEAR_MARK: &str = "#N/A";

/// The name that looks most like `wanted`, if one looks like it at all.
fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| -> Vec<char> {
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted = plain(wanted);
    let best = names.map(|name| (distance(&wanted, &plain(name)), name)).min_by_key(|(distance, _)| *distance)?;
    (best.0 <= wanted.len() / 3).then_some(best.1)
}

/// Edits between two words.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

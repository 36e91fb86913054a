//! What runs: rules with names resolved to positions, and every cell checked against the field it goes to.

use super::cells::RowCells;
use super::compile::{Compiled, CompiledValue, Compiler};
use super::convert::{self, Formats};
use super::formulas::{self, Formulas, Names};
use super::lookup::CompiledLookup;
use super::mapped::{CLEAR_MARK, Mapped, State};
use super::persons::Persons;
use super::problem::{MappingProblem, Part};
use super::quick::Quick;
use super::reading::Reading;
use super::repair::Repair;
use super::rule::{Blank, Mapping, TooLong, Write};
use super::target::{ResolvedTarget, TargetShape};
use crate::formula::{self, Formula, Scratch, Value};
use crate::record::{Rejection, Row, Schema};
use std::borrow::Cow;

/// A compiled mapping.
#[derive(Debug, Clone)]
pub struct Mapper {
    rules: Vec<Compiled>,
    lookups: Vec<CompiledLookup>,
    formulas: Formulas,
    /// Headers of the source's columns, for messages.
    columns: Vec<String>,
    formats: Formats,
    clear_mark: bool,
    persons: Option<Persons>,
}

/// A row on its way through the rules.
struct Passing<'a> {
    row: Row<'a>,
    cells: RowCells<'a>,
    scratch: &'a Scratch,
}

/// The id of the record that a lookup found for the row at hand, by the lookup's place; blank where the value counts as blank, and
/// `None` where nothing was looked up.
pub type Links<'a> = dyn Fn(usize) -> Option<&'a str> + 'a;

/// No lookup was made.
pub fn no_links(_: usize) -> Option<&'static str> {
    None
}

impl Mapper {
    /// Resolves every name; all problems come back at once.
    pub fn compile(
        mapping: &Mapping,
        source: &Schema,
        shape: &TargetShape,
        reading: &Reading,
    ) -> Result<Mapper, Vec<MappingProblem>> {
        let mut compiler = Compiler {
            source,
            shape,
            reading,
            names: Names::of(source, reading),
            lookups: Vec::new(),
            problems: Vec::new(),
        };
        let mut rules: Vec<Compiled> = Vec::with_capacity(mapping.rules.len());
        for rule in &mapping.rules {
            let Some(compiled) = compiler.rule(rules.len(), rule) else { continue };
            if rules.iter().any(|other| other.target.path == compiled.target.path) {
                let message = format!("{} is mapped twice", compiled.target.path);
                let problem = MappingProblem::new(&rule.target, Part::Target, message);
                let repair = Repair::Remove { target: rule.target.clone() };
                compiler.problems.push(problem.hint(Some("Remove one of the two.".to_owned())).repair(Some(repair)));
            }
            rules.push(compiled);
        }
        let Compiler { lookups, problems, .. } = compiler;
        if problems.is_empty() {
            let persons = Persons::of(&shape.object, rules.iter().map(|rule| &rule.target));
            Ok(Mapper {
                rules,
                lookups,
                formulas: Formulas::new(source, reading),
                columns: source.fields.iter().map(|field| field.name.clone()).collect(),
                formats: reading.formats,
                clear_mark: reading.clear_mark,
                persons,
            })
        } else {
            Err(problems)
        }
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
        match self.rules[index].value {
            CompiledValue::Column { position, .. } => Some(position),
            CompiledValue::Constant(_) | CompiledValue::Formula(_) => None,
        }
    }

    /// The source columns that the rule at `index` reads.
    pub fn columns_read(&self, index: usize) -> Vec<usize> {
        match &self.rules[index].value {
            CompiledValue::Column { position, .. } => vec![*position],
            CompiledValue::Constant(_) => Vec::new(),
            CompiledValue::Formula(formula) => formula.slots().to_vec(),
        }
    }

    /// What is doubtful about the formula of the rule at `index`.
    pub fn warnings(&self, index: usize) -> &[formula::Problem] {
        match &self.rules[index].value {
            CompiledValue::Formula(formula) => formula.warnings(),
            CompiledValue::Column { .. } | CompiledValue::Constant(_) => &[],
        }
    }

    /// The resolved target of the rule at `index`.
    pub fn target(&self, index: usize) -> &ResolvedTarget {
        &self.rules[index].target
    }

    /// The object whose records the rule at `index` links to, if it links at all: by relationship path or by lookup.
    pub fn links_to(&self, index: usize, shape: &TargetShape) -> Option<String> {
        let rule = &self.rules[index];
        if let Some(lookup) = rule.lookup {
            return Some(self.lookups[lookup].object.clone());
        }
        let lookup = shape.object.field(rule.target.lookup.as_ref()?)?;
        match rule.target.path.split_once(':') {
            Some((object, _)) => Some(object.to_owned()),
            None => lookup.reference_to.first().cloned(),
        }
    }

    /// When the field of the rule at `index` is written.
    pub fn write(&self, index: usize) -> Write {
        self.rules[index].write
    }

    /// Whether the rule at `index` cuts texts that are too long.
    pub fn trims(&self, index: usize) -> bool {
        self.rules[index].too_long == TooLong::Trim
    }

    /// Whether `#N/A` is text here and empties nothing.
    pub fn clear_mark_is_text(&self) -> bool {
        !self.clear_mark
    }

    /// The lookups to be resolved before rows can be mapped whole.
    pub fn lookups(&self) -> &[CompiledLookup] {
        &self.lookups
    }

    /// The values that lookup `index` asks for on behalf of a row, in the order of its fields; `None` where the value is blank.
    pub fn looked_for(&self, index: usize, row: Row<'_>) -> Result<Option<Vec<String>>, Rejection> {
        let lookup = &self.lookups[index];
        let rule = &self.rules[lookup.cell];
        let scratch = Scratch::new();
        let passing = self.passing(row, &scratch);
        let value = self.text(rule, &passing).map_err(|rejection| rule.blame(*rejection))?;
        if value.trim().is_empty() {
            return Ok(None);
        }
        let mut values = vec![value.trim().to_owned()];
        for condition in &lookup.also {
            let value = self.taken(condition, &passing).map_err(|rejection| rule.blame(*rejection))?;
            values.push(value.trim().to_owned());
        }
        Ok(Some(values))
    }

    /// Maps one row into `mapped`, and calls `reject` for every cell that cannot be sent; such a cell is left as `Keep`.
    pub fn map(&self, row: Row<'_>, links: &Links<'_>, mapped: &mut Mapped, mut reject: impl FnMut(usize, Rejection)) {
        self.pass(row, links, mapped, |_| true, &mut reject);
        if let Some(persons) = &self.persons {
            for cell in persons.left_out(|cell| mapped.value(cell)) {
                mapped.cells[*cell] = State::Keep;
            }
        }
    }

    /// Maps only some cells of a row and leaves the others as `Keep`, like those that cannot be sent.
    pub fn map_some(&self, row: Row<'_>, links: &Links<'_>, wanted: &[usize], mapped: &mut Mapped) {
        // The full mapping of the row says what is wrong with it.
        self.pass(row, links, mapped, |cell| wanted.contains(&cell), &mut |_, _| ());
    }

    fn pass(
        &self,
        row: Row<'_>,
        links: &Links<'_>,
        mapped: &mut Mapped,
        wanted: impl Fn(usize) -> bool,
        reject: &mut dyn FnMut(usize, Rejection),
    ) {
        mapped.clear();
        // Results of formulas stand in the scratch while cells are written beside it.
        let mut scratch = mapped.scratch.take().unwrap_or_default();
        let passing = self.passing(row, &scratch);
        for (index, rule) in self.rules.iter().enumerate() {
            let from = mapped.text.len();
            let state = match rule.glance(row) {
                _ if !wanted(index) => Ok(State::Keep),
                Some(text) => Ok(mapped.push(text)),
                None => self.value(rule, &passing, links, mapped),
            };
            mapped.cells.push(state.unwrap_or_else(|rejection| {
                mapped.text.truncate(from);
                reject(index, rule.blame(*rejection));
                State::Keep
            }));
        }
        scratch.clear();
        mapped.scratch = Some(scratch);
        // Once for the whole row: hardly any has one.
        if memchr::memchr(0, mapped.text.as_bytes()).is_some() {
            for (index, rule) in self.rules.iter().enumerate() {
                if mapped.value(index).contains('\0') {
                    reject(index, rule.blame(convert::nul_character(mapped.value(index))));
                    mapped.keep(index);
                }
            }
        }
    }

    fn passing<'a>(&'a self, row: Row<'a>, scratch: &'a Scratch) -> Passing<'a> {
        Passing { row, cells: self.formulas.cells(row), scratch }
    }

    /// Whether a row may leave the field of the rule at `index` out although new records need it: the name of a person account is made
    /// of its parts, and a company has none.
    pub fn may_be_left_out(&self, index: usize) -> bool {
        self.persons.as_ref().is_some_and(|persons| persons.company.contains(&index) || persons.person.contains(&index))
    }

    /// The text that the rule at `index` takes from a row, before it is translated and converted; of a formula what it yields.
    pub fn source_text(&self, index: usize, row: Row<'_>) -> String {
        let scratch = Scratch::new();
        let passing = self.passing(row, &scratch);
        self.taken(&self.rules[index].value, &passing).map(Cow::into_owned).unwrap_or_default()
    }

    #[inline]
    fn value(
        &self,
        rule: &Compiled,
        passing: &Passing<'_>,
        links: &Links<'_>,
        mapped: &mut Mapped,
    ) -> Result<State, Box<Rejection>> {
        if let (CompiledValue::Formula(formula), None, None) = (&rule.value, &rule.map, rule.lookup) {
            return match self.result(formula, passing)? {
                Value::Null => self.finish(rule, "", &self.formats, mapped),
                Value::Text(text) => match rule.quick.take(text, &rule.target.field, &PLAIN) {
                    Some(text) => Ok(mapped.push(text)),
                    None => self.finish(rule, text, &self.formats, mapped),
                },
                typed => {
                    // Written where it will stand; nearly always it may stay.
                    let from = mapped.text.len();
                    formulas::write(typed, &rule.target.field, &mut mapped.text)?;
                    let stays = match (typed, rule.quick) {
                        (Value::Boolean(_), Quick::Boolean) | (Value::Date(_), Quick::Date) => Some(mapped.text.len()),
                        (_, quick) => {
                            let taken = quick.take(&mapped.text[from..], &rule.target.field, &PLAIN);
                            taken.map(|text| from + text.len())
                        }
                    };
                    if let Some(end) = stays {
                        mapped.text.truncate(end);
                        return Ok(State::Value(from as u32, end as u32));
                    }
                    let result = mapped.text.split_off(from);
                    self.finish(rule, &result, &PLAIN, mapped)
                }
            };
        }
        let text = self.text(rule, passing)?;
        match rule.lookup {
            Some(lookup) if !text.trim().is_empty() => match links(lookup) {
                Some(id) => self.finish(rule, id, &PLAIN, mapped),
                None => Ok(State::Keep),
            },
            _ => self.finish(rule, &text, rule.value.formats().unwrap_or(&self.formats), mapped),
        }
    }

    /// What becomes of a rule's text: blank, emptied, or converted.
    fn finish(
        &self,
        rule: &Compiled,
        text: &str,
        formats: &Formats,
        mapped: &mut Mapped,
    ) -> Result<State, Box<Rejection>> {
        if text.trim().is_empty() {
            return match &rule.blank {
                Blank::Keep => Ok(State::Keep),
                Blank::Clear => Ok(State::Clear),
                Blank::Default(value) => convert_into(rule, value, &self.formats, mapped),
            };
        }
        if text == CLEAR_MARK && self.clear_mark {
            return Ok(State::Clear);
        }
        convert_into(rule, text, formats, mapped)
    }

    /// A rule's text for a row, translated.
    fn text<'a>(&'a self, rule: &'a Compiled, passing: &'a Passing<'a>) -> Result<Cow<'a, str>, Box<Rejection>> {
        let text = self.taken(&rule.value, passing)?;
        Ok(match (&rule.map, text) {
            (None, text) => text,
            (Some(map), Cow::Borrowed(text)) => map.get(text)?.into(),
            (Some(map), Cow::Owned(text)) => map.get(&text)?.to_owned().into(),
        })
    }

    /// The text that a value takes from a row.
    fn taken<'a>(&'a self, value: &'a CompiledValue, passing: &'a Passing<'a>) -> Result<Cow<'a, str>, Box<Rejection>> {
        Ok(match value {
            CompiledValue::Column { position, .. } => passing.row.cell(*position).into(),
            CompiledValue::Constant(text) => text.as_str().into(),
            CompiledValue::Formula(formula) => match self.result(formula, passing)? {
                Value::Text(text) => text.into(),
                other => other.to_string().into(),
            },
        })
    }

    #[inline]
    fn result<'a>(&'a self, formula: &'a Formula, passing: &'a Passing<'a>) -> Result<Value<'a>, Box<Rejection>> {
        let result = self.formulas.eval(formula, &passing.cells, passing.scratch);
        result.map_err(|error| Box::new(formulas::rejection(&error, formula, &self.columns)))
    }
}

/// Numbers and dates as we write them ourselves.
const PLAIN: Formats = Formats { decimal_comma: false, dates: convert::DateOrder::DayFirst };

fn convert_into(rule: &Compiled, text: &str, formats: &Formats, mapped: &mut Mapped) -> Result<State, Box<Rejection>> {
    let from = mapped.text.len();
    let text = match rule.too_long {
        TooLong::Reject => text,
        TooLong::Trim => {
            let cut = convert::trimmed(text, &rule.target.field);
            if cut.len() < text.trim_end().len() {
                mapped.trimmed.push(mapped.cells.len());
            }
            cut
        }
    };
    convert::convert(text, &rule.target.field, formats, &mut mapped.text)?;
    Ok(State::Value(from as u32, mapped.text.len() as u32))
}

#[cfg(test)]
mod tests;

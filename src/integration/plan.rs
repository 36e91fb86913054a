//! An integration that has been checked.

use super::passes::{Pass, absent_problems, order_problems};
use super::{Find, Integration, Step};
use crate::connect::changes::unfit;
use crate::connect::{Operation, OutColumn, SourceSettings};
use crate::mapping::{Mapper, MappingProblem, Part, Reading, Repair, TargetShape, Write};
use crate::record::Schema;

/// Why an integration cannot run, with the place to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which step, counted from 0.
    pub step: usize,
    /// The target field it is about, where it is about one.
    pub target: Option<String>,
    /// The part of the field's rule that is wrong.
    pub part: Part,
    /// Where in the rule's formula, in bytes.
    pub span: Option<std::ops::Range<usize>>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// What one click can do about it.
    pub repair: Option<Repair>,
}

/// What both ends of a step look like.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Shapes {
    /// The columns of the source.
    pub source: Schema,
    /// The object and its parents.
    pub target: TargetShape,
}

/// An integration that can run. Only [`Plan::compile`] makes one.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What it was made from.
    pub integration: Integration,
    /// Its steps, compiled.
    pub steps: Vec<PlannedStep>,
    /// The time of the run, in milliseconds since 1970: what NOW() is for all its rows.
    pub now: i64,
}

/// A step that can run.
#[derive(Debug, Clone)]
pub struct PlannedStep {
    /// What it was made from.
    pub step: Step,
    /// The columns of its source.
    pub source: Schema,
    /// The object and its parents.
    pub shape: TargetShape,
    /// Its compiled mapping.
    pub mapper: Mapper,
    /// How the record of a row is found.
    pub key: Key,
    /// Which part of the step's work it is.
    pub pass: Pass,
}

/// How the record of a row is found, with the cells of a mapped row that say which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Every row makes a record.
    None,
    /// It is the record that the row's first pass wrote.
    FirstPass,
    /// The record id stands in this cell.
    Id(usize),
    /// Salesforce finds the record by the external id in this cell, and makes it if there is none.
    External(usize),
    /// We look the record up by the fields in these cells. With one cell of an external id it is an update by that id.
    Lookup(Vec<usize>),
}

impl Plan {
    /// Checks an integration against what both ends look like; all problems come back at once.
    pub fn compile(integration: &Integration, shapes: Vec<Shapes>, now: i64) -> Result<Plan, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut steps = Vec::new();
        if integration.steps.is_empty() {
            problems.push(Problem::of(0, "the integration has no step"));
        }
        problems.extend(term_problems(integration));
        for (index, (step, shapes)) in integration.steps.iter().zip(shapes).enumerate() {
            match PlannedStep::compile(index, step, &integration.reading(step, now), shapes) {
                Ok(step) => steps.push(step),
                Err(mut found) => problems.append(&mut found),
            }
        }
        if problems.is_empty() {
            problems = order_problems(&steps);
        }
        if problems.is_empty() { Ok(Plan { integration: integration.clone(), steps, now }) } else { Err(problems) }
    }
}

impl Plan {
    /// What a step does, in words; of a sync by the names of its ends.
    pub fn sentence(&self, step: usize) -> String {
        let Some(planned) = self.steps.get(step) else { return String::new() };
        match (&planned.step.source, self.integration.synced.as_deref()) {
            (SourceSettings::Sync(deeds), Some(synced)) if planned.pass == Pass::Records => synced.sentence(*deeds),
            _ => planned.sentence(),
        }
    }

    /// What is doubtful about its formulas, though it can run.
    pub fn warnings(&self) -> Vec<Problem> {
        self.steps.iter().enumerate().flat_map(|(index, planned)| warnings(index, &planned.mapper)).collect()
    }
}

/// What is doubtful about the formulas of a step.
pub(super) fn warnings(step: usize, mapper: &Mapper) -> Vec<Problem> {
    let mut warnings = Vec::new();
    for (cell, target) in mapper.targets().enumerate() {
        warnings.extend(mapper.warnings(cell).iter().map(|warning| Problem {
            part: Part::From,
            span: Some(warning.span.clone()),
            hint: warning.hint.clone(),
            ..Problem::of(step, warning.message.clone()).target(&target.path)
        }));
    }
    warnings
}

impl Problem {
    pub(super) fn of(step: usize, message: impl Into<String>) -> Problem {
        Problem {
            step,
            target: None,
            part: Part::Target,
            span: None,
            message: message.into(),
            hint: None,
            repair: None,
        }
    }

    /// The problem of a mapping, in its step.
    pub fn of_mapping(step: usize, problem: MappingProblem) -> Problem {
        Problem {
            step,
            target: Some(problem.target).filter(|target| !target.is_empty()),
            part: problem.part,
            span: problem.span,
            message: problem.message,
            hint: problem.hint,
            repair: problem.repair,
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn repair(mut self, repair: Repair) -> Problem {
        self.repair = Some(repair);
        self
    }

    pub(super) fn target(mut self, target: impl Into<String>) -> Problem {
        self.target = Some(target.into());
        self
    }
}

impl PlannedStep {
    fn compile(index: usize, step: &Step, reading: &Reading, shapes: Shapes) -> Result<PlannedStep, Vec<Problem>> {
        let mut problems = object_problems(index, step, &shapes.target.object);
        problems.extend(lookup_problems(index, step, &shapes.target.object));
        if problems.iter().any(|problem| problem.part == Part::Lookup) {
            return Err(problems);
        }
        let mapper = match Mapper::compile(&step.mapping, &shapes.source, &shapes.target, reading) {
            Ok(mapper) => mapper,
            Err(found) => {
                problems.extend(found.into_iter().map(|problem| Problem::of_mapping(index, problem)));
                return Err(problems);
            }
        };
        let key = match key(index, step, &shapes.target.object, &mapper) {
            Ok(key) => key,
            Err(problem) => {
                problems.push(*problem);
                return Err(problems);
            }
        };
        problems.extend(field_problems(index, step, &shapes.target.object, &mapper, &key));
        problems.extend(absent_problems(index, step, &key, &shapes.target.object));
        if let Some(why) = step.source.query().filter(|query| query.changes.is_some()).and_then(unfit) {
            problems.push(Problem::of(index, why).hint("Change the query, or read all of it each time."));
        }
        problems.extend(required_problems(index, step, &shapes.target.object, &mapper));
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(PlannedStep {
            step: step.clone(),
            source: shapes.source,
            shape: shapes.target,
            mapper,
            key,
            pass: Pass::Records,
        })
    }

    /// The columns of the body, in the order of the mapped cells.
    pub fn columns(&self) -> Vec<OutColumn> {
        self.mapper.targets().map(|target| OutColumn { path: target.path.clone(), kind: target.field.kind }).collect()
    }

    /// The fields that a row is found by, as the org spells them.
    pub fn key_paths(&self) -> Vec<String> {
        let cells: &[usize] = match &self.key {
            Key::None | Key::FirstPass => &[],
            Key::Id(cell) | Key::External(cell) => std::slice::from_ref(cell),
            Key::Lookup(cells) => cells,
        };
        let paths: Vec<_> = self.mapper.targets().map(|target| target.path.clone()).collect();
        cells.iter().map(|cell| paths[*cell].clone()).collect()
    }

    /// Cells that are written only where the record's own field is blank.
    pub fn written_if_blank(&self) -> Vec<usize> {
        (0..self.mapper.targets().len()).filter(|cell| self.mapper.write(*cell) == Write::IfBlank).collect()
    }

    /// Whether a row that finds no record makes one.
    pub fn creates(&self) -> bool {
        match self.step.operation {
            Operation::Insert => true,
            Operation::Upsert => self.step.options.create,
            Operation::Update | Operation::Delete => false,
        }
    }

    /// The cells of a mapped row that say which record it is about.
    pub fn key_cells(&self) -> &[usize] {
        match &self.key {
            Key::None | Key::FirstPass => &[],
            Key::Id(cell) | Key::External(cell) => std::slice::from_ref(cell),
            Key::Lookup(cells) => cells,
        }
    }
}

/// What is wrong with what all steps share.
fn term_problems(integration: &Integration) -> Vec<Problem> {
    let mut problems = Vec::new();
    let zone = &integration.formulas.time_zone;
    if jiff::tz::TimeZone::get(zone).is_err() {
        problems.push(
            Problem::of(0, format!("there is no time zone {zone}")).hint("Write it as in Europe/Berlin, or UTC."),
        );
    }
    for (at, table) in integration.tables.iter().enumerate() {
        if integration.tables[..at].iter().any(|other| other.name.eq_ignore_ascii_case(&table.name)) {
            let hint = "Give each table a name of its own; case makes no difference.";
            problems.push(Problem::of(0, format!("two tables are called {}", table.name)).hint(hint));
        }
        if let Some(key) = table.doubled_key() {
            let message = format!("the table {} has two rows for \"{key}\"", table.name);
            problems.push(Problem::of(0, message).hint("Keep one of them: a formula could find only the first."));
        }
    }
    problems
}

fn object_problems(index: usize, step: &Step, object: &Schema) -> Vec<Problem> {
    let mut problems = Vec::new();
    let name = &object.name;
    let mut denied = |verb: &str| {
        problems.push(
            Problem::of(index, format!("you may not {verb} {name} records in {}", step.org))
                .hint(format!("Ask for the permission to {verb} {name}, or choose another operation.")),
        );
    };
    match step.operation {
        Operation::Insert if !object.createable => denied("create"),
        Operation::Update if !object.updateable => denied("edit"),
        Operation::Upsert if !object.updateable => denied("edit"),
        Operation::Upsert if step.options.create && !object.createable => denied("create"),
        Operation::Delete if !object.deletable => denied("delete"),
        _ => {}
    }
    if step.mapping.rules.is_empty() {
        problems.push(
            Problem::of(index, "no column is mapped yet")
                .hint("Map at least one column to a field, or set a constant."),
        );
    }
    if !object.is_table() && !(1..=200).contains(&step.options.rows_per_call) {
        problems.push(Problem::of(index, "rows per REST call must be between 1 and 200"));
    }
    problems
}

/// What is wrong with lookups: records are looked up in the org that a step writes to, and a table has none.
fn lookup_problems(index: usize, step: &Step, object: &Schema) -> Vec<Problem> {
    let rules = step.mapping.rules.iter().filter(|rule| object.is_table() && rule.lookup.is_some());
    rules
        .map(|rule| {
            let message =
                format!("{} looks a record up, and the table {} has no org to search", rule.target, object.name);
            let hint = "Map a column that holds the key already, or let the query bring it along.";
            Problem { part: Part::Lookup, ..Problem::of(index, message).target(&rule.target).hint(hint) }
        })
        .collect()
}

fn key(index: usize, step: &Step, object: &Schema, mapper: &Mapper) -> Result<Key, Box<Problem>> {
    let cell = |field: &str| {
        mapper.position(field).ok_or_else(|| {
            let problem = Problem::of(index, format!("records are found by {field}, but no column is mapped to it"));
            let hint = format!("Map the column that holds {field}, or find records by another field.");
            Box::new(problem.target(field).hint(hint))
        })
    };
    match (&step.find, step.operation) {
        (_, Operation::Insert) => Ok(Key::None),
        // A table may be given the key of a new row, so that it must be known which are there.
        (Find::Id, Operation::Upsert) if object.is_table() => Ok(Key::Lookup(vec![cell(object.id_field())?])),
        (Find::Id, _) => Ok(Key::Id(cell(object.id_field())?)),
        (Find::ExternalId(field), operation) => {
            let described = object.field(field).ok_or_else(|| {
                let (message, hint) = crate::mapping::no_field(object, field);
                Problem::of(index, message).target(field).hint(hint)
            })?;
            if object.is_table() {
                // A table finds its rows by any column.
                return Ok(Key::Lookup(vec![cell(field)?]));
            }
            if !described.finds_records() {
                let hint = "Find records by matching this field instead, or mark it as an external id in Salesforce.";
                let problem = Problem::of(index, format!("{field} is neither an external id nor a lookup field"));
                return Err(Box::new(problem.target(field).hint(hint)));
            }
            let cell = cell(field)?;
            // Salesforce's own upsert would create what it does not find, cannot delete, and sends every field either way.
            if operation == Operation::Upsert && step.options.create && !differs(object, mapper, cell) {
                Ok(Key::External(cell))
            } else {
                Ok(Key::Lookup(vec![cell]))
            }
        }
        (Find::Match(fields), _) => {
            if fields.is_empty() {
                return Err(Box::new(Problem::of(index, "choose at least one field to find records by")));
            }
            for field in fields {
                if object.field(field).is_some_and(|field| !field.filterable) {
                    let message = match object.is_table() {
                        true => format!("rows cannot be found by {field}, which holds bytes"),
                        false => format!("Salesforce cannot search by {field}"),
                    };
                    let problem = Problem::of(index, message);
                    return Err(Box::new(problem.target(field)));
                }
            }
            Ok(Key::Lookup(fields.iter().map(|field| cell(field)).collect::<Result<_, _>>()?))
        }
    }
}

/// Whether some field is written on new records only, or on old ones only, so that the two must be told apart beforehand.
fn differs(object: &Schema, mapper: &Mapper, key: usize) -> bool {
    mapper.targets().enumerate().filter(|(cell, _)| *cell != key).any(|(cell, target)| {
        let field = target.lookup.as_ref().and_then(|name| object.field(name)).unwrap_or(&target.field);
        mapper.write(cell) != Write::Always || field.createable != field.updateable
    })
}

fn field_problems(index: usize, step: &Step, object: &Schema, mapper: &Mapper, key: &Key) -> Vec<Problem> {
    if step.operation == Operation::Delete {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for (cell, target) in mapper.targets().enumerate() {
        let is_key = match key {
            Key::None | Key::FirstPass => false,
            Key::Id(key) | Key::External(key) => *key == cell,
            Key::Lookup(cells) => cells.contains(&cell),
        };
        if is_key || target.lookup.is_some() {
            continue;
        }
        let field = &target.field;
        let why = if field.calculated && object.is_table() {
            Some("is computed by the database")
        } else if field.calculated {
            Some("is computed by Salesforce")
        } else if object.is_table() && !field.createable && !field.updateable {
            Some("is the number that the database gives a row, and cannot be written")
        } else if object.is_table() && step.operation == Operation::Update && !field.updateable {
            Some("is the key of the row, and cannot be changed")
        } else if !field.createable && !field.updateable {
            Some("cannot be written: it is read-only, or you lack permission")
        } else if step.operation == Operation::Insert && !field.createable {
            Some("cannot be set on new records")
        } else if step.operation == Operation::Update && !field.updateable {
            Some("cannot be changed on existing records")
        } else {
            None
        };
        if let Some(why) = why {
            problems.push(
                Problem::of(index, format!("{} {why}", target.path))
                    .target(&target.path)
                    .hint("Remove its line from the mapping.")
                    .repair(Repair::Remove { target: target.path.clone() }),
            );
        }
    }
    problems
}

fn required_problems(index: usize, step: &Step, object: &Schema, mapper: &Mapper) -> Vec<Problem> {
    let creates = step.operation == Operation::Insert || (step.operation == Operation::Upsert && step.options.create);
    if !creates {
        return Vec::new();
    }
    let set = |name: &str| mapper.targets().any(|target| target.path == name || target.lookup.as_deref() == Some(name));
    object
        .fields
        .iter()
        .filter(|field| field.required && !set(&field.name))
        .map(|field| {
            let what = if object.is_table() { "rows" } else { "records" };
            Problem::of(index, format!("new {} {what} need {}, which is not mapped", object.name, field.name))
                .target(&field.name)
                .hint("Map a column to it, or set a constant.")
        })
        .collect()
}

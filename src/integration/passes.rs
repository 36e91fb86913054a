//! The order of steps, and the second pass.
//!
//! A record can be linked only to one that exists. Links to records that the same step, or a later one, makes are therefore left
//! out at first and set in a pass of their own after all steps: employees first, then who reports to whom.

use super::{AbsentThen, Find, Key, Plan, PlannedStep, Problem, Step};
use crate::connect::Operation;
use crate::mapping::{Expression, Mapper, Mapping, MappingProblem, Reading};
use crate::record::{Field, Kind, Schema};

/// Which part of a step's work is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pass {
    /// Its records, with every link that can be set at once.
    #[default]
    Records,
    /// The links that had to wait, of the rows of the step at this place in the plan.
    Links(usize),
    /// Records of the org that no row of the step at this place in the plan is about.
    Absent(usize),
}

impl Plan {
    /// The plan as it runs: links that must wait are taken out of their steps and set after all of them.
    pub fn in_passes(mut self) -> Result<Plan, Vec<MappingProblem>> {
        let waiting: Vec<Vec<usize>> = (0..self.steps.len()).map(|step| waiting(&self.steps, step)).collect();
        for (step, cells) in waiting.into_iter().enumerate() {
            if cells.is_empty() {
                continue;
            }
            let planned = &self.steps[step];
            let reading = self.integration.reading(&planned.step, self.now);
            let links = planned.only(&reading, |cell| cells.contains(&cell), Pass::Links(step))?;
            let records = planned.only(&reading, |cell| !cells.contains(&cell), Pass::Records)?;
            self.steps[step] = records;
            self.steps.push(links);
        }
        // Children before their parents.
        for step in (0..self.integration.steps.len().min(self.steps.len())).rev() {
            let planned = &self.steps[step];
            if planned.step.options.absent.then != AbsentThen::Leave {
                let reading = self.integration.reading(&planned.step, self.now);
                self.steps.push(planned.absent(&reading, step)?);
            }
        }
        Ok(self)
    }
}

/// What is wrong with what a step does about records that are no longer in its source.
pub(super) fn absent_problems(index: usize, step: &Step, key: &Key, object: &Schema) -> Vec<Problem> {
    let one_key = match key {
        Key::External(_) => true,
        Key::Lookup(cells) => cells.len() == 1,
        Key::None | Key::FirstPass | Key::Id(_) => false,
    };
    let changes = matches!(step.operation, Operation::Update | Operation::Upsert);
    if step.options.absent.then == AbsentThen::Leave {
        return Vec::new();
    }
    if object.is_table() {
        let message = format!("rows of the table {} that are no longer in the source cannot be told", object.name);
        let hint = "Leave those rows alone, or delete them in a step of their own whose source names them.";
        return vec![Problem::of(index, message).hint(hint)];
    }
    if step.source.query().is_some_and(|query| query.changes.is_some()) {
        let message = "a source that is read only for what has changed does not tell which records are no longer in it";
        return vec![Problem::of(index, message).hint("Read all of it each time, or leave those records alone.")];
    }
    if one_key && changes {
        return match &step.options.absent.then {
            AbsentThen::Set { field, .. } if !object.field(field).is_some_and(|field| field.updateable) => {
                let message = format!(
                    "{} has no field {field} that could be set on records that are no longer in the source",
                    object.name
                );
                vec![Problem::of(index, message).hint("Choose a field that can be changed.")]
            }
            _ => Vec::new(),
        };
    }
    let message = "records that are no longer in the source can be told only where rows find records by one key field";
    vec![Problem::of(index, message).hint("Update or upsert by an external id, or leave those records alone.")]
}

impl PlannedStep {
    /// The step that takes the records that no row is about: their ids and keys are its rows.
    fn absent(&self, reading: &Reading, first: usize) -> Result<PlannedStep, Vec<MappingProblem>> {
        let key = self.key_paths().into_iter().next().unwrap_or_default();
        let name = format!("{} that are no longer in {}", self.shape.object.name, self.source.name);
        let column = |name: &str| Field { kind: Kind::Text, ..Field::column(name) };
        let source = Schema { name, fields: vec![column("Id"), column(&key)], ..Schema::default() };
        let mut step = self.step.clone();
        step.find = Find::Id;
        step.mapping = Mapping::default();
        step.mapping.set("Id", Expression::Column("Id".to_owned()));
        step.operation = match &step.options.absent.then {
            AbsentThen::Delete => Operation::Delete,
            AbsentThen::Set { field, value } => {
                step.mapping.set(field, Expression::Constant(value.clone()));
                Operation::Update
            }
            AbsentThen::List | AbsentThen::Leave => Operation::Update,
        };
        let mapper = Mapper::compile(&step.mapping, &source, &self.shape, reading)?;
        Ok(PlannedStep { step, source, shape: self.shape.clone(), mapper, key: Key::Id(0), pass: Pass::Absent(first) })
    }

    /// The step with some of its rules.
    fn only(
        &self,
        reading: &Reading,
        keep: impl Fn(usize) -> bool,
        pass: Pass,
    ) -> Result<PlannedStep, Vec<MappingProblem>> {
        let mut step = self.step.clone();
        let rules = step.mapping.rules.into_iter().enumerate();
        step.mapping = Mapping { rules: rules.filter(|(cell, _)| keep(*cell)).map(|(_, rule)| rule).collect() };
        let mapper = Mapper::compile(&step.mapping, &self.source, &self.shape, reading)?;
        let moved = |cell: &usize| (0..*cell).filter(|before| keep(*before)).count();
        let key = match (&self.key, pass) {
            (_, Pass::Links(_)) => Key::FirstPass,
            (Key::None, _) => Key::None,
            (Key::FirstPass, _) => Key::FirstPass,
            (Key::Id(cell), _) => Key::Id(moved(cell)),
            (Key::External(cell), _) => Key::External(moved(cell)),
            (Key::Lookup(cells), _) => Key::Lookup(cells.iter().map(moved).collect()),
        };
        if let Pass::Links(_) = pass {
            step.operation = Operation::Update;
            step.find = Find::Id;
        }
        Ok(PlannedStep { step, source: self.source.clone(), shape: self.shape.clone(), mapper, key, pass })
    }

    /// What it does, in words.
    pub fn sentence(&self) -> String {
        match self.pass {
            Pass::Records => self.step.sentence(),
            Pass::Absent(_) => {
                let what = match &self.step.options.absent.then {
                    AbsentThen::Delete => "Delete".to_owned(),
                    AbsentThen::Set { field, value } => format!("Set {field} to {value} on"),
                    AbsentThen::List | AbsentThen::Leave => "List".to_owned(),
                };
                format!("{what} {} no longer in {}", self.step.object, self.step.source.name())
            }
            Pass::Links(_) => {
                let targets: Vec<_> = self.mapper.targets().map(|target| target.path.as_str()).collect();
                format!("Link {} by {}", self.step.object, targets.join(" and "))
            }
        }
    }
}

/// Cells of a step that link to records which it makes itself, or which a later step makes.
fn waiting(steps: &[PlannedStep], step: usize) -> Vec<usize> {
    let planned = &steps[step];
    if planned.step.operation == Operation::Delete {
        return Vec::new();
    }
    let cells = 0..planned.mapper.targets().len();
    cells
        .filter(|cell| {
            let own_key = planned.key_cells().contains(cell);
            !own_key && maker(steps, step, *cell).is_some() && link(planned, *cell).is_some_and(can_wait)
        })
        .collect()
}

/// Links to records that a later step makes and that cannot wait for them.
pub(super) fn order_problems(steps: &[PlannedStep]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (step, planned) in steps.iter().enumerate() {
        for (cell, maker) in must_follow(steps, step).into_iter().filter(|(_, maker)| *maker > step) {
            let (object, parent) = (&planned.step.object, &steps[maker].step.object);
            let path = &planned.mapper.target(cell).path;
            let problem = if leads_back(steps, maker, step, &mut Vec::new()) {
                let message =
                    format!("{path} needs {parent} records, and those need {object} records: neither can be first");
                Problem::of(step, message)
                    .hint("Link one of the two to records that exist already, or leave the link out.")
            } else {
                let message = format!("{path} needs {parent} records that step {} makes only later", maker + 1);
                Problem::of(step, message).hint(format!("Move {parent} before {object}."))
            };
            problems.push(problem.target(path));
        }
    }
    problems
}

/// Cells of a step whose links cannot wait, each with the step that makes the records they link to.
fn must_follow(steps: &[PlannedStep], step: usize) -> Vec<(usize, usize)> {
    let planned = &steps[step];
    let cells = 0..planned.mapper.targets().len();
    let bound = cells.filter(|cell| link(planned, *cell).is_some_and(|field| !can_wait(field)));
    bound
        .filter_map(|cell| {
            let parent = planned.mapper.links_to(cell, &planned.shape)?;
            let mut others = (0..steps.len()).filter(|other| *other != step);
            Some((cell, others.find(|other| makes(&steps[*other], planned, &parent))?))
        })
        .collect()
}

/// Whether a step must follow another, directly or through others.
fn leads_back(steps: &[PlannedStep], from: usize, to: usize, seen: &mut Vec<usize>) -> bool {
    if seen.contains(&from) {
        return false;
    }
    seen.push(from);
    must_follow(steps, from).into_iter().any(|(_, next)| next == to || leads_back(steps, next, to, seen))
}

/// Whether a step makes records of that object where the other looks for them.
fn makes(other: &PlannedStep, planned: &PlannedStep, parent: &str) -> bool {
    other.creates() && other.step.same_place(&planned.step) && other.shape.object.name.eq_ignore_ascii_case(parent)
}

/// The step, this one or a later one, that makes the records which a cell links to.
fn maker(steps: &[PlannedStep], step: usize, cell: usize) -> Option<usize> {
    let planned = &steps[step];
    let parent = planned.mapper.links_to(cell, &planned.shape)?;
    let makes = |other: &PlannedStep| makes(other, planned, &parent);
    // An earlier step that makes such records has made them by then.
    if steps[..step].iter().any(makes) && !makes(planned) {
        return None;
    }
    (step..steps.len()).find(|other| makes(&steps[*other]))
}

/// The lookup field of the object that a cell sets.
fn link(planned: &PlannedStep, cell: usize) -> Option<&Field> {
    let target = planned.mapper.target(cell);
    let name = target.lookup.as_deref().unwrap_or(&target.path);
    planned.shape.object.field(name)
}

fn can_wait(field: &Field) -> bool {
    field.updateable && !field.required
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integration::{Integration, Shapes};
    use crate::mapping::TargetShape;

    /// An object with an external id and a link to another, which must be set or may wait.
    fn object(name: &str, parent: &str, required: bool) -> Schema {
        let field = |name: &str, kind| Field {
            kind,
            createable: true,
            updateable: !required,
            filterable: true,
            external_id: kind == Kind::Text,
            ..Field::column(name)
        };
        let link = Field {
            relationship: Some(parent.to_owned()),
            reference_to: vec![parent.to_owned()],
            required,
            ..field(&format!("{parent}Id"), Kind::Reference)
        };
        Schema {
            name: name.into(),
            createable: true,
            updateable: true,
            fields: vec![field("Key", Kind::Text), link],
            ..Schema::default()
        }
    }

    /// Plans steps that insert objects, each linked to a parent by key: (object, parent, whether it must be).
    fn planned(steps: &[(&str, &str, bool)]) -> Result<Plan, Vec<Problem>> {
        let forms = steps.iter().map(|(object, parent, _)| {
            serde_json::json!({"source": {"path": "x.csv", "csv": {}}, "org": "p", "object": object, "operation": "insert",
                "mapping": [{"target": "Key", "column": "A"}, {"target": format!("{parent}.Key"), "column": "B"}]})
        });
        let integration = serde_json::json!({"name": "x", "steps": forms.collect::<Vec<_>>()});
        let integration: Integration = serde_json::from_value(integration).unwrap();
        let shapes = steps.iter().map(|(name, parent, required)| Shapes {
            source: Schema { fields: ["A", "B"].map(Field::column).into(), ..Schema::default() },
            target: TargetShape {
                object: object(name, parent, *required),
                parents: [((*parent).to_owned(), object(parent, "None", false))].into(),
            },
        });
        Plan::compile(&integration, shapes.collect(), 0)
    }

    fn sentences(plan: Plan) -> Vec<String> {
        plan.in_passes().unwrap().steps.iter().map(PlannedStep::sentence).collect()
    }

    #[test]
    fn links_wait_for_what_comes_later() {
        let plan = planned(&[("A", "B", false), ("B", "A", false), ("C", "C", false)]).unwrap();
        assert_eq!(
            sentences(plan),
            ["Insert A from x.csv", "Insert B from x.csv", "Insert C from x.csv", "Link A by B.Key", "Link C by C.Key"]
        );
        let plan = planned(&[("B", "C", false), ("A", "B", true)]).unwrap();
        assert_eq!(sentences(plan).len(), 2, "nothing waits for what is there or was made before");
    }

    #[test]
    fn what_cannot_wait_names_the_order_and_a_circle_is_called_one() {
        let told = |steps: &[(&str, &str, bool)]| planned(steps).unwrap_err().remove(0).message;
        assert_eq!(told(&[("A", "B", true), ("B", "C", false)]), "B.Key needs B records that step 2 makes only later");
        assert_eq!(
            told(&[("A", "B", true), ("B", "A", true)]),
            "B.Key needs B records, and those need A records: neither can be first"
        );
        assert!(told(&[("A", "B", true), ("B", "C", true), ("C", "A", true)]).ends_with("neither can be first"));
    }
}

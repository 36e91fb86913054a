//! The order of steps, and the second pass.
//!
//! A record can be linked only to one that exists. Links to records that the same step, or a later one, makes are therefore left
//! out at first and set in a pass of their own after all steps: employees first, then who reports to whom.

use super::{Find, Key, Plan, PlannedStep, Problem};
use crate::connect::Operation;
use crate::mapping::{Mapper, Mapping, MappingProblem, Reading};
use crate::record::Field;

/// Which part of a step's work is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pass {
    /// Its records, with every link that can be set at once.
    #[default]
    Records,
    /// The links that had to wait, of the rows of the step at this place in the plan.
    Links(usize),
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
        Ok(self)
    }
}

impl PlannedStep {
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
        for cell in 0..planned.mapper.targets().len() {
            let Some(maker) = maker(steps, step, cell).filter(|maker| *maker > step) else { continue };
            if link(planned, cell).is_some_and(|field| !can_wait(field)) {
                let parent = &steps[maker].step.object;
                let path = &planned.mapper.target(cell).path;
                problems.push(
                    Problem::of(
                        step,
                        format!("{path} needs {parent} records that step {} makes only later", maker + 1),
                    )
                    .target(path)
                    .hint(format!("Move {parent} before {}.", planned.step.object)),
                );
            }
        }
    }
    problems
}

/// The step, this one or a later one, that makes the records which a cell links to.
fn maker(steps: &[PlannedStep], step: usize, cell: usize) -> Option<usize> {
    let planned = &steps[step];
    let parent = planned.mapper.links_to(cell, &planned.shape)?;
    let makes = |other: &PlannedStep| {
        other.creates()
            && other.step.org.eq_ignore_ascii_case(&planned.step.org)
            && other.shape.object.name.eq_ignore_ascii_case(&parent)
    };
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

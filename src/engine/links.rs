//! What was looked up on behalf of rows, at hand while they are mapped; and the looking up of the records that a mapping's lookups
//! ask for, each value once.

use super::meter::Meter;
use super::{Desk, EngineError, Reach, check};
use crate::connect::sobject::{SObjectTarget, TargetSpec};
use crate::connect::{Action, Api, Keys, RowOutcome, Target as _};
use crate::engine::Phase;
use crate::integration::{Key, PlannedStep};
use crate::mapping::{CompiledLookup, NoneFound, SeveralFound};
use crate::record::{Batch, Rejection, Row, RowNumber};
use crate::retry::patiently;
use crate::salesforce::Org;
use crate::store::{Found, Outcomes, RunId, Settled, Store};
use std::collections::HashMap;
use std::sync::Arc;

/// Values asked for together.
const ASKED_AT_ONCE: usize = 2_000;

/// Answers kept in memory; beyond it they are forgotten and asked for again.
const REMEMBERED: usize = 200_000;

/// What was found for the rows of a batch, in the order of rows and slots.
#[derive(Debug, Default)]
pub(super) struct FoundRows(Vec<Found>);

/// What was found for one row.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RowFound<'a>(&'a [Found]);

impl FoundRows {
    /// Loads what was found for the rows of a batch; nothing where nothing is looked up.
    pub(super) fn load(
        store: &Store,
        run: RunId,
        step: usize,
        planned: &PlannedStep,
        batch: &Batch,
    ) -> Result<FoundRows, EngineError> {
        if !matches!(planned.key, Key::Lookup(_) | Key::FirstPass) && planned.mapper.lookups().is_empty() {
            return Ok(FoundRows::default());
        }
        let last = batch.first() + batch.len() as u64;
        Ok(FoundRows(store.found_between(run, step, batch.first(), last)?))
    }

    pub(super) fn new(found: Vec<Found>) -> FoundRows {
        FoundRows(found)
    }

    pub(super) fn of(&self, row: RowNumber) -> RowFound<'_> {
        let from = self.0.partition_point(|found| found.row < row);
        let to = from + self.0[from..].partition_point(|found| found.row == row);
        RowFound(&self.0[from..to])
    }
}

impl<'a> RowFound<'a> {
    /// The record that the row is about; blank where there is none, `None` where it was not looked up.
    pub(super) fn record(self) -> Option<&'a str> {
        self.slot(0)
    }

    /// The record that a lookup found; blank where the value counts as blank.
    pub(super) fn link(self, lookup: usize) -> Option<&'a str> {
        self.slot(lookup + 1)
    }

    /// Cells whose fields the record has filled already.
    pub(super) fn filled(self) -> &'a [usize] {
        self.0.first().filter(|found| found.slot == 0).map_or(&[], |found| &found.filled)
    }

    fn slot(self, slot: usize) -> Option<&'a str> {
        self.0.iter().find(|found| found.slot == slot).map(|found| found.record.as_str())
    }
}

/// What a lookup came to, for some values.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// The record's id, or blank where the value counts as blank.
    Link(String),
    /// Why the row cannot be sent.
    No(Rejection),
}

/// Asks for the records that lookups want, and remembers the answers.
pub(super) struct Resolver<'a> {
    planned: &'a PlannedStep,
    /// A target for each lookup's object.
    targets: Vec<SObjectTarget>,
    known: Vec<HashMap<Vec<String>, Answer>>,
}

impl<'a> Resolver<'a> {
    /// Only an org is searched; a step into a table has no lookups.
    pub(super) fn new(planned: &'a PlannedStep, end: &Reach) -> Resolver<'a> {
        let target = |lookup: &CompiledLookup, org: &Org| {
            SObjectTarget::new(
                org.clone(),
                TargetSpec {
                    object: lookup.object.clone(),
                    action: Action::Update,
                    columns: Vec::new(),
                    api: Api::Rest,
                    rows_per_call: None,
                    all_or_none: false,
                    assignment_rules: None,
                    save_duplicates: false,
                    hard_delete: false,
                    parallel: None,
                    unique_column: None,
                },
            )
        };
        let lookups = planned.mapper.lookups();
        Resolver {
            planned,
            targets: end.org().into_iter().flat_map(|org| lookups.iter().map(move |it| target(it, org))).collect(),
            known: lookups.iter().map(|_| HashMap::new()).collect(),
        }
    }

    /// What each lookup of these rows comes to. `ask` makes the calls, with whatever patience it has. A row is left out where it is
    /// damaged or its value cannot be had, which its mapping says as well.
    pub(super) fn resolve(
        &mut self,
        rows: &[Row<'_>],
        ask: &mut dyn FnMut(&SObjectTarget, &Keys, &[String]) -> Result<crate::connect::Matches, EngineError>,
    ) -> Result<Vec<(RowNumber, usize, Answer)>, EngineError> {
        let mut answers = Vec::new();
        for index in 0..self.targets.len() {
            let wanted: Vec<_> = rows
                .iter()
                .filter(|row| row.fault().is_none())
                .filter_map(|row| Some((row.number(), self.planned.mapper.looked_for(index, *row).ok()??)))
                .collect();
            self.learn(index, &wanted, ask)?;
            for (row, values) in wanted {
                if let Some(answer) = self.known[index].get(&values) {
                    answers.push((row, index, answer.clone()));
                }
            }
        }
        Ok(answers)
    }

    /// Asks for the values that are not known yet.
    fn learn(
        &mut self,
        index: usize,
        wanted: &[(RowNumber, Vec<String>)],
        ask: &mut dyn FnMut(&SObjectTarget, &Keys, &[String]) -> Result<crate::connect::Matches, EngineError>,
    ) -> Result<(), EngineError> {
        if self.known[index].len() > REMEMBERED {
            self.known[index].clear();
        }
        let lookup = &self.planned.mapper.lookups()[index];
        let mut values: Vec<_> =
            wanted.iter().map(|(_, values)| values).filter(|values| !self.known[index].contains_key(*values)).collect();
        values.sort_unstable();
        values.dedup();
        let made = match lookup.several {
            SeveralFound::First => vec!["CreatedDate".to_owned()],
            SeveralFound::Reject | SeveralFound::Blank => Vec::new(),
        };
        for values in values.chunks(ASKED_AT_ONCE) {
            let keys = Keys { fields: lookup.fields.clone(), values: values.iter().map(|v| (*v).clone()).collect() };
            let matches = ask(&self.targets[index], &keys, &made)?;
            for (values, found) in keys.values.into_iter().zip(matches) {
                let answer = answer(lookup, &values, found);
                self.known[index].insert(values, answer);
            }
        }
        Ok(())
    }
}

fn answer(lookup: &CompiledLookup, values: &[String], mut found: Vec<crate::connect::Found>) -> Answer {
    match (found.as_slice(), lookup.several) {
        ([only], _) => Answer::Link(only.id.clone()),
        ([], _) => match lookup.none {
            NoneFound::Blank => Answer::Link(String::new()),
            NoneFound::Reject => {
                let message = format!("no {} has {}", lookup.object, check::described(&lookup.fields, values));
                Answer::No(
                    Rejection::new("lookup_none", message)
                        .hint("Make the record first, correct the value, or say in the lookup that blank will do."),
                )
            }
        },
        (_, SeveralFound::Blank) => Answer::Link(String::new()),
        (_, SeveralFound::First) => {
            found.sort_by(|one, other| (&one.values, &one.id).cmp(&(&other.values, &other.id)));
            Answer::Link(found.swap_remove(0).id)
        }
        (several, SeveralFound::Reject) => {
            let ids: Vec<_> = several.iter().take(10).map(|record| record.id.as_str()).collect();
            let what = check::described(&lookup.fields, values);
            let message = format!("{} {} records have {what}: {}", several.len(), lookup.object, ids.join(", "));
            Answer::No(
                Rejection::new("lookup_several", message)
                    .hint("Look up by a field that is unique, or add a condition to the lookup."),
            )
        }
    }
}

/// Resolves the lookups of all rows that have no outcome yet, and settles those that cannot be sent for it.
pub(super) fn resolve(desk: &Desk<'_>, step: usize, done: &Outcomes, meter: &Meter) -> Result<(), EngineError> {
    let planned = &desk.plan.steps[step];
    if planned.mapper.lookups().is_empty() {
        return Ok(());
    }
    meter.phase(Phase::Checking);
    let mut resolver = Resolver::new(planned, &desk.ends[step]);
    let mut ask = |target: &SObjectTarget, keys: &Keys, fields: &[String]| {
        let mut tell = |waiting: crate::retry::Waiting| meter.waiting(waiting.because);
        let answer = patiently(&planned.step.options.retry, desk.cancel, &mut tell, || {
            target.current(keys, fields, desk.cancel)
        });
        meter.calls(desk.calls());
        answer.map_err(EngineError::from)
    };
    let mut blocks = desk.store.blocks(desk.run, step, 1);
    while let Some(batch) = blocks.read()? {
        desk.cancel.check()?;
        let rows: Vec<_> = batch.rows().filter(|row| !done.has(row.number())).collect();
        let mut found = Vec::new();
        let mut refused: Vec<Settled> = Vec::new();
        for (row, lookup, answer) in resolver.resolve(&rows, &mut ask)? {
            match answer {
                Answer::Link(record) => found.push(Found { row, slot: lookup + 1, record, filled: Vec::new() }),
                Answer::No(rejection) => {
                    let rejection = blamed(planned, lookup, rejection);
                    match refused.iter_mut().find(|settled| settled.row == row) {
                        Some(Settled { outcome: RowOutcome::NotSent(first), .. }) => {
                            Arc::make_mut(first).add(rejection)
                        }
                        _ => refused.push(Settled { row, outcome: RowOutcome::NotSent(rejection.into()) }),
                    }
                }
            }
        }
        desk.store.save_found(desk.run, step, &found)?;
        let stop = !refused.is_empty() && planned.step.options.stop_at_first_bad_row;
        check::settle(desk, step, meter, &mut refused)?;
        if stop {
            return Err(EngineError::BadRow);
        }
    }
    Ok(())
}

/// The rejection with the field and the column that it is about.
pub(super) fn blamed(planned: &PlannedStep, lookup: usize, rejection: Rejection) -> Rejection {
    let cell = planned.mapper.lookups()[lookup].cell;
    let rejection = rejection.field(planned.mapper.target(cell).path.clone());
    match planned.mapper.column(cell) {
        Some(column) => rejection.column(planned.source.fields[column].name.clone()),
        None => rejection,
    }
}

//! Rows whose parent did not get through are held: sent, they would be refused, or become orphans. They wait, and go on in the retry
//! in which their parent gets through.
//!
//! A parent is a row of an earlier step that writes the records to which this step links, by the key by which it links. What is kept
//! in memory is a digest for each parent that did not get through, a bounded number at a time.

use super::meter::Meter;
use super::{Desk, EngineError, check};
use crate::connect::{Digest, Digester, Operation, Outcome, RowOutcome};
use crate::engine::Phase;
use crate::integration::{Pass, PlannedStep};
use crate::mapping::{Mapped, no_links};
use crate::record::{Batch, Field, Kind, Rejection, Row, RowNumber};
use crate::store::{Outcomes, RunId, Settled, WAITING_FOR_PARENT, Waits, Which};

/// Parents remembered at a time: some 12 MB.
const AT_ONCE: usize = 1 << 18;

/// Rows read at a time.
const PAGE: usize = 5_000;

/// A link of a step to records that an earlier step writes.
struct Link {
    /// The cell that links.
    cell: usize,
    /// The lookup behind it, where it is one.
    lookup: Option<usize>,
    /// The earlier step.
    parent: usize,
    /// The cells of that step that are the key, in the order in which the link asks for them.
    keys: Vec<usize>,
    /// What the org says of the key's fields.
    fields: Vec<Field>,
}

/// A parent that did not get through.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Parent {
    key: Digest,
    run: RunId,
    row: RowNumber,
    line: u64,
}

/// Holds the rows of a step whose parents did not get through.
pub(super) fn hold_children(desk: &Desk<'_>, step: usize, done: &Outcomes, meter: &Meter) -> Result<(), EngineError> {
    let links = links(desk, step);
    let mut done = done.clone();
    for link in &links {
        let mut parents = Parents::new(desk, link)?;
        loop {
            let known = parents.next_keys()?;
            if known.is_empty() {
                break;
            }
            meter.phase(Phase::Checking);
            hold(desk, step, link, &known, &mut done, meter)?;
        }
    }
    Ok(())
}

/// The links of a step to what earlier steps write.
fn links(desk: &Desk<'_>, step: usize) -> Vec<Link> {
    let steps = &desk.plan.steps;
    let planned = &steps[step];
    let mut links = Vec::new();
    if planned.step.operation == Operation::Delete {
        return links;
    }
    for cell in 0..planned.mapper.targets().len() {
        let Some(object) = planned.mapper.links_to(cell, &planned.shape) else { continue };
        let lookup = planned.mapper.lookups().iter().position(|lookup| lookup.cell == cell);
        let path = &planned.mapper.target(cell).path;
        let names: Vec<&str> = match lookup {
            Some(lookup) => planned.mapper.lookups()[lookup].fields.iter().map(String::as_str).collect(),
            None => path.rsplit('.').take(1).collect(),
        };
        for (parent, earlier) in steps[..step].iter().enumerate() {
            let same = earlier.pass == Pass::Records
                && earlier.step.same_place(&planned.step)
                && earlier.shape.object.name.eq_ignore_ascii_case(&object);
            let keys: Option<Vec<usize>> = names.iter().map(|name| earlier.mapper.position(name)).collect();
            if let Some(keys) = keys.filter(|_| same) {
                let fields = keys.iter().map(|key| earlier.mapper.target(*key).field.clone()).collect();
                links.push(Link { cell, lookup, parent, keys, fields });
            }
        }
    }
    links
}

/// Reads the parents that did not get through, some at a time: of this run, and of the runs whose rows it takes up.
struct Parents<'a> {
    desk: &'a Desk<'a>,
    link: &'a Link,
    /// Runs still to be read, with the outcome under way and the next row.
    places: Vec<(RunId, Outcome)>,
    next: RowNumber,
}

impl<'a> Parents<'a> {
    fn new(desk: &'a Desk<'a>, link: &'a Link) -> Result<Parents<'a>, EngineError> {
        let mut runs = vec![desk.run];
        let mut last = desk.record()?.retry_of;
        while let Some(run) = last.filter(|run| !runs.contains(run)) {
            runs.push(run);
            last = desk.store.run(run)?.and_then(|run| run.retry_of);
        }
        let outcomes = Outcome::ALL.into_iter().filter(|outcome| outcome.wants_attention());
        let outcomes: Vec<_> = outcomes.collect();
        let places = runs.into_iter().flat_map(|run| outcomes.iter().map(move |outcome| (run, *outcome))).collect();
        Ok(Parents { desk, link, places, next: 1 })
    }

    /// The keys of the next parents, sorted; none at the end.
    fn next_keys(&mut self) -> Result<Vec<Parent>, EngineError> {
        let mut keys = Vec::new();
        let planned = &self.desk.plan.steps[self.link.parent];
        let mut mapped = Mapped::default();
        while keys.len() + PAGE <= AT_ONCE
            && let Some((run, outcome)) = self.places.last().copied()
        {
            self.desk.cancel.check()?;
            let all = Which::default();
            let page = self.desk.store.queue_page(run, self.link.parent, outcome, &all, self.next, PAGE)?;
            match page.last() {
                Some(last) => self.next = last.settled.row + 1,
                None => {
                    self.places.pop();
                    self.next = 1;
                }
            }
            let mut batch = Batch::default();
            for queued in page {
                let row = queued.settled.row;
                if row < batch.first() || row >= batch.first() + batch.len() as u64 {
                    batch = self.desk.store.blocks(run, self.link.parent, row).read()?.unwrap_or_default();
                }
                let Some(found) = row.checked_sub(batch.first()).and_then(|at| batch.row(at as usize)) else {
                    continue;
                };
                planned.mapper.map_some(found, &no_links, &self.link.keys, &mut mapped);
                let values = self.link.keys.iter().map(|key| mapped.value(*key));
                if let Some(key) = digest(&self.link.fields, values) {
                    keys.push(Parent { key, run, row, line: found.line() });
                }
            }
        }
        keys.sort_unstable();
        Ok(keys)
    }
}

/// Settles the rows whose parent is among these.
fn hold(
    desk: &Desk<'_>,
    step: usize,
    link: &Link,
    parents: &[Parent],
    done: &mut Outcomes,
    meter: &Meter,
) -> Result<(), EngineError> {
    let planned = &desk.plan.steps[step];
    let mut blocks = desk.store.blocks(desk.run, step, 1);
    let mut mapped = Mapped::default();
    while let Some(batch) = blocks.read()? {
        desk.cancel.check()?;
        let (mut waits, mut settled) = (Vec::new(), Vec::new());
        for row in batch.rows().filter(|row| !done.has(row.number()) && row.fault().is_none()) {
            let Some(key) = asked_for(planned, link, row, &mut mapped) else { continue };
            let Ok(at) = parents.binary_search_by_key(&key, |parent| parent.key) else { continue };
            let parent = parents[at];
            // A row of the same file does not wait for itself.
            if parent.run == desk.run && same_rows(desk, step, link.parent) && parent.row == row.number() {
                continue;
            }
            waits.push(Waits { row: row.number(), on_run: parent.run, on_step: link.parent, on_row: parent.row });
            let outcome = RowOutcome::NotSent(waiting(desk, planned, link, parent).into());
            settled.push(Settled { row: row.number(), outcome });
        }
        settled.iter().for_each(|settled: &Settled| done.add(settled.row));
        desk.store.save_waits(desk.run, step, &waits)?;
        check::settle(desk, step, meter, &mut settled)?;
    }
    Ok(())
}

/// Whether a step links the rows of that earlier one.
fn same_rows(desk: &Desk<'_>, step: usize, earlier: usize) -> bool {
    desk.plan.steps[step].pass == Pass::Links(earlier)
}

/// The key by which a row links to its parent.
fn asked_for(planned: &PlannedStep, link: &Link, row: Row<'_>, mapped: &mut Mapped) -> Option<Digest> {
    match link.lookup {
        Some(lookup) => {
            let values = planned.mapper.looked_for(lookup, row).ok()??;
            digest(&link.fields, values.iter().map(String::as_str))
        }
        None => {
            planned.mapper.map_some(row, &no_links, &[link.cell], mapped);
            digest(&link.fields, std::iter::once(mapped.value(link.cell)))
        }
    }
}

/// The digest of a key, alike where Salesforce would find the same record; `None` where a value is blank.
fn digest<'a>(fields: &[Field], values: impl Iterator<Item = &'a str>) -> Option<Digest> {
    let mut digester = Digester::default();
    for (field, value) in fields.iter().zip(values) {
        let value = value.trim();
        if value.is_empty() {
            return None;
        }
        let case_counts = field.case_sensitive || matches!(field.kind, Kind::Id | Kind::Reference);
        if case_counts { digester.cell(field.kind, value) } else { digester.cell(field.kind, &value.to_lowercase()) }
    }
    Some(digester.finish())
}

fn waiting(desk: &Desk<'_>, planned: &PlannedStep, link: &Link, parent: Parent) -> Rejection {
    let earlier = &desk.plan.steps[link.parent];
    let run = if parent.run == desk.run { String::new() } else { format!(" in run {}", parent.run.0) };
    let message = format!(
        "waits for its {}: line {} of {} did not get through{run}",
        earlier.shape.object.name, parent.line, earlier.source.name
    );
    let mut rejection = Rejection::new(WAITING_FOR_PARENT, message)
        .field(planned.mapper.target(link.cell).path.clone())
        .hint("It is sent by itself in the retry in which that row gets through. Correct and retry that row.");
    if let Some(column) = planned.mapper.column(link.cell) {
        rejection = rejection.column(planned.source.fields[column].name.clone());
    }
    rejection
}

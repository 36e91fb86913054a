//! Checking, before anything is sent: rows that share a key are held back, each naming the others, and texts that will be cut are
//! counted.

use super::keys::{Group, KeySorter};
use super::lane::OpenLane;
use super::links::FoundRows;
use super::meter::Meter;
use super::{Desk, EngineError};
use crate::connect::{ConnectError, Digest, Digester, RowOutcome};
use crate::engine::Phase;
use crate::integration::Duplicates;
use crate::integration::{Key, PlannedStep};
use crate::mapping::Mapped;
use crate::record::{Kind, Rejection, Row, RowNumber};
use crate::retry::GaveUp;
use crate::store::{Outcomes, Settled};

/// Rows settled in one transaction.
const AT_ONCE: usize = 10_000;

/// Holds back rows that share a key.
pub(super) fn hold_back_shared_keys(
    desk: &Desk<'_>,
    step: usize,
    done: &Outcomes,
    meter: &Meter,
) -> Result<(), EngineError> {
    let planned = &desk.plan.steps[step];
    if matches!(planned.key, Key::None | Key::FirstPass) {
        return Ok(());
    }
    meter.phase(Phase::Checking);
    let mut sorter = KeySorter::new();
    each_row(desk, step, |row, mapped| {
        if let Some(key) = key_digest(planned, row, mapped) {
            sorter.add(key, row.number(), row.line())?;
        }
        Ok(())
    })?;
    let fields = planned.key_paths().join(" and ");
    let mut settled = Vec::new();
    let duplicates = planned.step.options.duplicates;
    sorter.groups(|group| {
        let shared = group.iter().filter_map(|(row, line)| {
            Some(Settled { row: *row, outcome: duplicate(duplicates, &fields, (*row, *line), group)? })
        });
        settled.extend(shared.filter(|settled| !done.has(settled.row)));
        if settled.len() >= AT_ONCE { settle(desk, step, meter, &mut settled) } else { Ok(()) }
    })?;
    settle(desk, step, meter, &mut settled)
}

/// Counts the texts that will be cut to the length of their field, so that no text is cut in silence.
pub(super) fn count_trimmed(
    desk: &Desk<'_>,
    step: usize,
    lanes: &[OpenLane],
    done: &Outcomes,
    meter: &Meter,
) -> Result<(), EngineError> {
    let planned = &desk.plan.steps[step];
    let trims = (0..planned.mapper.targets().len()).any(|cell| planned.mapper.trims(cell));
    // A continuation finds rows that are settled already: the first count stands.
    if !trims || !desk.step_record(step)?.trimmed.is_empty() {
        return Ok(());
    }
    meter.phase(Phase::Checking);
    let mut counts = vec![0; planned.mapper.targets().len()];
    let mut blocks = desk.store.blocks(desk.run, step, 1);
    let mut mapped = Mapped::default();
    while let Some(batch) = blocks.read()? {
        desk.cancel.check()?;
        let found = FoundRows::load(&desk.store, desk.run, step, planned, &batch)?;
        for row in batch.rows().filter(|row| !done.has(row.number())) {
            let found = found.of(row.number());
            let lane = lanes.iter().map(|(lane, _)| lane).find(|lane| lane.takes(found.record()));
            if lane.is_some_and(|lane| lane.map(planned, row, found, &mut mapped).is_ok()) {
                mapped.trimmed().iter().for_each(|cell| counts[*cell] += 1);
            }
        }
    }
    let named = counts.into_iter().enumerate().filter(|(_, count)| *count > 0);
    let trimmed: Vec<_> = named.map(|(cell, count)| (planned.mapper.target(cell).path.clone(), count)).collect();
    desk.store.set_trimmed(desk.run, step, &trimmed)?;
    Ok(())
}

/// Calls `visit` for every row of a step with its mapped key cells.
fn each_row(
    desk: &Desk<'_>,
    step: usize,
    mut visit: impl FnMut(Row<'_>, &Mapped) -> Result<(), EngineError>,
) -> Result<(), EngineError> {
    let planned = &desk.plan.steps[step];
    let mut blocks = desk.store.blocks(desk.run, step, 1);
    let mut mapped = Mapped::default();
    while let Some(batch) = blocks.read()? {
        desk.cancel.check()?;
        let found = FoundRows::load(&desk.store, desk.run, step, planned, &batch)?;
        for row in batch.rows() {
            let found = found.of(row.number());
            planned.mapper.map_some(row, &|lookup| found.link(lookup), planned.key_cells(), &mut mapped);
            visit(row, &mapped)?;
        }
    }
    Ok(())
}

pub(super) fn settle(
    desk: &Desk<'_>,
    step: usize,
    meter: &Meter,
    settled: &mut Vec<Settled>,
) -> Result<(), EngineError> {
    if !settled.is_empty() {
        desk.store.settle(desk.run, step, settled)?;
        meter.settled(settled.iter().map(|settled| settled.outcome.outcome()));
        settled.clear();
    }
    Ok(())
}

/// The values that a row's record is found by; `None` when one is blank or the row is damaged, which stops it later anyway.
pub(super) fn key_values(planned: &PlannedStep, row: Row<'_>, mapped: &Mapped) -> Option<Vec<String>> {
    if row.fault().is_some() {
        return None;
    }
    // A database may keep keys with spaces around them, and finds them so alone; Salesforce keeps none.
    let plain = |text: &str| if planned.step.into.is_some() { text.to_owned() } else { text.trim().to_owned() };
    let values: Vec<_> = planned.key_cells().iter().map(|cell| plain(mapped.value(*cell))).collect();
    values.iter().all(|value| !value.trim().is_empty()).then_some(values)
}

/// The digest of the values that a row's record is found by, alike where Salesforce would find the same record.
pub(super) fn key_digest(planned: &PlannedStep, row: Row<'_>, mapped: &Mapped) -> Option<Digest> {
    if row.fault().is_some() {
        return None;
    }
    let values: Vec<&str> = planned.key_cells().iter().map(|cell| mapped.value(*cell)).collect();
    digest_of_key(planned, &values)
}

/// The digest of key values, in the order of the key's cells; `None` where one is blank.
pub(super) fn digest_of_key(planned: &PlannedStep, values: &[&str]) -> Option<Digest> {
    let mut digester = Digester::default();
    for (cell, value) in planned.key_cells().iter().zip(values) {
        let value = value.trim();
        if value.is_empty() {
            return None;
        }
        let field = &planned.mapper.target(*cell).field;
        // Ids differ by case alone.
        let case_counts = field.case_sensitive || matches!(field.kind, Kind::Id | Kind::Reference);
        if case_counts || !value.contains(char::is_uppercase) {
            digester.cell(field.kind, value);
        } else {
            digester.cell(field.kind, &value.to_lowercase());
        }
    }
    Some(digester.finish())
}

/// What becomes of a row that shares its key with others; `None` for the one that is sent.
pub(super) fn duplicate(
    duplicates: Duplicates,
    fields: &str,
    (row, line): (RowNumber, u64),
    group: &Group,
) -> Option<RowOutcome> {
    let kept = match duplicates {
        Duplicates::Reject => return Some(RowOutcome::NotSent(shared_key(fields, line, group).into())),
        Duplicates::First => group.first()?,
        Duplicates::Last => group.last()?,
    };
    if kept.0 == row {
        return None;
    }
    let message = format!("{fields} is the same as on line {}, which is taken instead", kept.1);
    Some(RowOutcome::Skipped(Rejection::new("shared_key", message).field(fields).into()))
}

pub(super) fn shared_key(fields: &str, line: u64, group: &Group) -> Rejection {
    let others: Vec<_> = group.iter().map(|(_, line)| *line).filter(|other| *other != line).collect();
    let named: Vec<_> = others.iter().take(5).map(u64::to_string).collect();
    let more = match others.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let lines = if others.len() == 1 { "line" } else { "lines" };
    Rejection::new("shared_key", format!("{fields} is the same as on {lines} {}{more}", named.join(", ")))
        .field(fields)
        .hint("Keep one of these rows, or give each its own key.")
}

pub(super) fn none_found(fields: &[String], values: &[String]) -> Rejection {
    Rejection::new("none_found", format!("no record has {}", described(fields, values)))
        .hint("Rows that find no record are skipped; choose Upsert to create them.")
}

pub(super) fn several_found(planned: &PlannedStep, fields: &[String], values: &[String], ids: &[&str]) -> Rejection {
    let named = ids.iter().take(10).copied().collect::<Vec<_>>().join(", ");
    let message = format!("{} records have {}: {named}", ids.len(), described(fields, values));
    Rejection::new("several_found", message).hint(match planned.shape.object.is_table() {
        true => "Find rows by a column that is unique, or give these rows values of their own.",
        false => "Find records by a field that is unique, or merge these records in Salesforce.",
    })
}

pub(super) fn described(fields: &[String], values: &[String]) -> String {
    let pairs: Vec<_> = fields.iter().zip(values).map(|(field, value)| format!("{field} \"{value}\"")).collect();
    pairs.join(" and ")
}

impl From<GaveUp<ConnectError>> for EngineError {
    fn from(gave_up: GaveUp<ConnectError>) -> Self {
        match gave_up {
            GaveUp::Cancelled => EngineError::Cancelled,
            GaveUp::Failed { error: ConnectError::Cancelled, .. } => EngineError::Cancelled,
            GaveUp::Failed { error, attempts: 1, .. } => EngineError::Connect(error),
            GaveUp::Failed { error, attempts, .. } => EngineError::GaveUp { error, attempts },
        }
    }
}

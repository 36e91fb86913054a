//! Taking a run back: its rows as the source of a run that does the opposite.
//!
//! What a run created is deleted, what it changed gets its former values back, and what it deleted is made anew. The columns say
//! what the record held and, marked as such, what the run wrote: a record that holds something else by now was changed since,
//! and is left alone.

use super::EngineError;
use super::lane::Lane;
use super::links::FoundRows;
use super::there::{alike, kept_fields};
use crate::connect::{ConnectError, Outcome, RowOutcome, Source, SourceSettings, UndoPart};
use crate::integration::{PlannedStep, Step};
use crate::mapping::{CLEAR_MARK, Mapped, MappedCell};
use crate::record::{Batch, BatchBuilder, Field, Kind, Rejection, Row, RowNumber, Schema};
use crate::store::{Before, Blocks, RunId, Store, StoreError};
use std::collections::HashMap;

/// What stands behind the path in a column that says what the run wrote.
const WRITTEN: &str = " (written)";

/// The rows of one step of a run that the run created, changed or deleted.
pub struct UndoRows {
    store: Store,
    run: RunId,
    step: usize,
    part: UndoPart,
    planned: PlannedStep,
    lanes: Vec<Lane>,
    schema: Schema,
    /// Where the source's rows are read on.
    at: RowNumber,
    next: RowNumber,
}

/// What can be taken back of one step of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Undoable {
    /// Records that it created.
    pub created: u64,
    /// Records that it changed and whose former values are kept.
    pub updated: u64,
    /// Records that it deleted and whose values are kept.
    pub deleted: u64,
    /// Records that it changed or deleted and whose former values are not kept.
    pub lost: u64,
}

impl Undoable {
    /// How many records of one kind.
    pub fn of(&self, part: UndoPart) -> u64 {
        match part {
            UndoPart::Created => self.created,
            UndoPart::Updated => self.updated,
            UndoPart::Deleted => self.deleted,
        }
    }
}

impl UndoPart {
    fn of(outcome: Outcome) -> Option<UndoPart> {
        match outcome {
            Outcome::Created => Some(UndoPart::Created),
            Outcome::Updated => Some(UndoPart::Updated),
            Outcome::Deleted => Some(UndoPart::Deleted),
            _ => None,
        }
    }
}

/// The column that names the record of a row that is taken back. Many tables have a column called Id, which may hold something else.
pub fn undone_record(object: &Schema) -> &'static str {
    if object.is_table() { "Id of the row" } else { "Id" }
}

/// The fields that get their former values back when a step is taken back.
pub fn restored_fields(planned: &PlannedStep) -> Vec<String> {
    Lane::of(planned).first().map(|lane| kept_fields(planned, lane)).unwrap_or_default()
}

/// Counts what can be taken back of a step.
pub fn undoable(store: &Store, run: RunId, step: usize) -> Result<Undoable, StoreError> {
    let tally = store.tally(run, step)?;
    let mut undoable = Undoable { created: tally.of(Outcome::Created), ..Undoable::default() };
    let mut blocks = store.blocks(run, step, 1);
    if tally.of(Outcome::Updated) + tally.of(Outcome::Deleted) == 0 {
        return Ok(undoable);
    }
    while let Some(batch) = blocks.read()? {
        let (first, last) = (batch.first(), batch.first() + batch.len() as u64 - 1);
        let kept = kept(store, run, step, first, last)?;
        for settled in store.outcomes_between(run, step, first, last)? {
            let count = match UndoPart::of(settled.outcome.outcome()) {
                None | Some(UndoPart::Created) => continue,
                _ if !kept.contains_key(&settled.row) => &mut undoable.lost,
                Some(UndoPart::Updated) => &mut undoable.updated,
                Some(UndoPart::Deleted) => &mut undoable.deleted,
            };
            *count += 1;
        }
    }
    Ok(undoable)
}

/// What the records of some rows held, by row.
fn kept(
    store: &Store,
    run: RunId,
    step: usize,
    from: RowNumber,
    to: RowNumber,
) -> Result<HashMap<RowNumber, Before>, StoreError> {
    let looks = store.before_between(run, step, from, to)?;
    Ok(looks.into_iter().flat_map(|look| look.rows).map(|before| (before.row, before)).collect())
}

impl UndoRows {
    /// The rows of `step` of `run`, which ran as `planned`.
    pub fn new(store: Store, run: RunId, step: usize, part: UndoPart, planned: PlannedStep) -> UndoRows {
        let lanes = Lane::of(&planned);
        let mut fields = vec![Field { kind: Kind::Id, ..Field::column(undone_record(&planned.shape.object)) }];
        if part != UndoPart::Created {
            let kind = |field: &String| planned.shape.object.field(field).map_or(Kind::Text, |field| field.kind);
            fields.extend(
                restored_fields(&planned).iter().map(|field| Field { kind: kind(field), ..Field::column(field) }),
            );
        }
        if part != UndoPart::Deleted {
            fields.extend(compared(&planned).map(|(_, path, kind)| Field { kind, ..Field::column(written(path)) }));
        }
        let schema = Schema { name: planned.shape.object.name.clone(), fields, ..Schema::default() };
        UndoRows { store, run, step, part, planned, lanes, schema, at: 1, next: 1 }
    }

    fn batch(&mut self, rows: &Batch) -> Result<Batch, EngineError> {
        let (first, last) = (rows.first(), rows.first() + rows.len() as u64 - 1);
        let outcomes = self.store.outcomes_between(self.run, self.step, first, last)?;
        let kept = match self.part {
            UndoPart::Created => HashMap::new(),
            UndoPart::Updated | UndoPart::Deleted => kept(&self.store, self.run, self.step, first, last)?,
        };
        let links = FoundRows::load(&self.store, self.run, self.step, &self.planned, rows)?;
        let mut builder = BatchBuilder::new(self.next, self.schema.fields.len());
        let mut mapped = Mapped::default();
        for settled in outcomes {
            let Some(row) = settled.row.checked_sub(first).and_then(|at| rows.row(at as usize)) else { continue };
            if UndoPart::of(settled.outcome.outcome()) != Some(self.part) {
                continue;
            }
            let before = kept.get(&settled.row);
            if before.is_none() && self.part != UndoPart::Created {
                continue;
            }
            self.map(row, &settled.outcome, &links, &mut mapped);
            builder.cell(settled.outcome.id().unwrap_or_default());
            self.cells(before, &mapped, &mut builder);
            builder.end_row(row.line(), None);
        }
        self.next += builder.len() as u64;
        Ok(builder.finish())
    }

    /// The row as the run mapped it.
    fn map(&self, row: Row<'_>, outcome: &RowOutcome, links: &FoundRows, mapped: &mut Mapped) {
        let found = links.of(row.number());
        let created = outcome.outcome() == Outcome::Created;
        let takes = |lane: &&Lane| self.lanes.len() == 1 || lane.creates() == created;
        let lane = self.lanes.iter().find(takes).or(self.lanes.first());
        // What was sent could be mapped.
        let _mapped = lane.is_some_and(|lane| lane.map(&self.planned, row, found, mapped).is_ok());
    }

    fn cells(&self, before: Option<&Before>, mapped: &Mapped, builder: &mut BatchBuilder) {
        if self.part != UndoPart::Created {
            let restored = restored_fields(&self.planned);
            for (place, field) in restored.iter().enumerate() {
                let value = before.and_then(|before| before.values.get(place)).map_or("", String::as_str);
                let untouched = self.part == UndoPart::Updated && !self.touches(field, mapped);
                builder.cell(match value {
                    _ if untouched => "",
                    "" if self.part == UndoPart::Updated => CLEAR_MARK,
                    value => value,
                });
            }
        }
        if self.part != UndoPart::Deleted {
            for (cell, _, _) in compared(&self.planned) {
                builder.cell(match mapped.cell(cell) {
                    MappedCell::Keep => "",
                    MappedCell::Clear => CLEAR_MARK,
                    MappedCell::Value(value) => value,
                });
            }
        }
    }

    /// Whether the run wrote the field for the row at hand.
    fn touches(&self, field: &str, mapped: &Mapped) -> bool {
        let writes =
            |target: &crate::mapping::ResolvedTarget| target.lookup.as_deref().unwrap_or(&target.path) == field;
        let targets = self.planned.mapper.targets().enumerate();
        targets.filter(|(_, target)| writes(target)).any(|(cell, _)| mapped.cell(cell) != MappedCell::Keep)
    }
}

impl Source for UndoRows {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn read(&mut self) -> Result<Option<Batch>, ConnectError> {
        let refused = |error: StoreError| ConnectError::Refused { message: error.to_string(), hint: None };
        loop {
            let mut blocks: Blocks<'_> = self.store.blocks(self.run, self.step, self.at);
            let Some(rows) = blocks.read().map_err(refused)? else { return Ok(None) };
            self.at = rows.first() + rows.len() as u64;
            let batch =
                self.batch(&rows).map_err(|error| ConnectError::Refused { message: error.to_string(), hint: None })?;
            if !batch.is_empty() {
                return Ok(Some(batch));
            }
        }
    }
}

fn written(path: &str) -> String {
    format!("{path}{WRITTEN}")
}

/// Cells whose values are compared with what the record holds now: path and kind.
fn compared(planned: &PlannedStep) -> impl Iterator<Item = (usize, &str, Kind)> {
    let lanes = Lane::of(planned);
    let targets = planned.mapper.targets().enumerate();
    targets
        .filter(move |(cell, target)| {
            // A path through one of several objects cannot be asked for.
            let kept = lanes.iter().any(|lane| lane.writes(*cell)) && !target.path.contains(':');
            kept && !(target.path == planned.shape.object.id_field()
                || matches!(target.field.kind, Kind::Base64 | Kind::Compound))
        })
        .map(|(cell, target)| (cell, target.path.as_str(), target.field.kind))
}

/// Of a step that takes a run back: the columns that say what the run wrote, each with the path of what is there now.
pub(super) fn written_columns(step: &Step, source: &Schema) -> Vec<(usize, String, Kind)> {
    if !matches!(step.source, SourceSettings::Undo(_)) {
        return Vec::new();
    }
    let columns = source.fields.iter().enumerate();
    columns
        .filter_map(|(column, field)| Some((column, field.name.strip_suffix(WRITTEN)?.to_owned(), field.kind)))
        .collect()
}

/// Why a record is left alone: it no longer holds what the run wrote.
pub(super) fn changed_since(wrote: &str, now: &str, kind: Kind, path: &str) -> Option<Rejection> {
    let same = match wrote {
        "" => true,
        CLEAR_MARK => now.is_empty(),
        wrote => alike(kind, wrote, now),
    };
    let told = |text: &str| if text.is_empty() { "blank".to_owned() } else { format!("\"{text}\"") };
    let wrote = if wrote == CLEAR_MARK { "" } else { wrote };
    (!same).then(|| {
        let message = format!("{path} is {} now, and the run wrote {}", told(now), told(wrote));
        Rejection::new("changed_since", message)
            .field(path)
            .hint("Somebody changed the record since, so it is left as it is. Change it by hand if you mean to.")
    })
}

/// Why nothing is done: the record is not there any more.
pub(super) fn gone(id: &[String]) -> Rejection {
    Rejection::new("gone", format!("the record {} is not there any more", id.join(" ")))
}

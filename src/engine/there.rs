//! What is there: the records that rows are about, looked at before anything is sent.
//!
//! One look serves four ends: a row whose key Salesforce does not resolve itself learns its record; what will be changed or deleted
//! is kept, so that the run can be undone; a row whose record has every value already is left out; and a run that takes another
//! one back leaves alone what somebody has changed since.

use super::lane::{Lane, OpenLane};
use super::links::{FoundRows, RowFound};
use super::meter::Meter;
use super::{Desk, EngineError, check, sync, undo};
use crate::connect::{Digester, Keys, Operation, RowOutcome, Target};
use crate::engine::Phase;
use crate::integration::{Key, Pass, PlannedStep};
use crate::mapping::{CLEAR_MARK, Mapped, MappedCell};
use crate::record::{Batch, Kind, Row};
use crate::retry::patiently;
use crate::store::{Before, BeforeRows, Found, Outcomes, Settled};

/// Rows looked up in one question.
const ASKED_AT_ONCE: usize = 2_000;

/// What is asked about the records of a step.
struct Question {
    /// The fields that say which record a row is about.
    keys: Vec<String>,
    /// The fields and parents' fields whose values are asked for.
    paths: Vec<String>,
    /// For each cell the place of its present value among the paths; `None` where it is not compared.
    compared: Vec<Option<usize>>,
    /// The fields whose values are kept, with their places among the paths.
    kept: Vec<(String, usize)>,
    /// For a run that takes another back, or does what a sync decided: columns that say what it wrote, or what was seen, with the places
    /// of the present values.
    written: Vec<(usize, usize, Kind)>,
}

/// Looks at the records of the rows that have no outcome yet.
pub(super) fn look(
    desk: &Desk<'_>,
    step: usize,
    lanes: &[OpenLane],
    done: &Outcomes,
    meter: &Meter,
) -> Result<(), EngineError> {
    let planned = &desk.plan.steps[step];
    let Some((lane, target)) = lanes.first() else { return Ok(()) };
    let Some(question) = Question::of(planned, lane) else { return Ok(()) };
    meter.phase(Phase::Checking);
    let look = Look { desk, step, planned, lane, target: target.as_ref(), question, meter };
    let mut blocks = desk.store.blocks(desk.run, step, 1);
    while let Some(batch) = blocks.read()? {
        let found = FoundRows::load(&desk.store, desk.run, step, planned, &batch)?;
        let mut from = 0;
        while from < batch.len() {
            desk.cancel.check()?;
            from = look.some(&batch, from, &found, done)?;
        }
    }
    Ok(())
}

/// The fields whose values are kept before a step writes them, in the order in which they are kept.
pub(super) fn kept_fields(planned: &PlannedStep, lane: &Lane) -> Vec<String> {
    let question = Question::of(planned, lane);
    question.map(|question| question.kept.into_iter().map(|(field, _)| field).collect()).unwrap_or_default()
}

impl Question {
    /// What there is to ask; `None` where nothing is.
    fn of(planned: &PlannedStep, lane: &Lane) -> Option<Question> {
        let options = &planned.step.options;
        let asks_anyway = matches!(planned.key, Key::Lookup(_));
        let compares = options.skip_equal && planned.step.operation != Operation::Delete;
        let mut guarded = undo::written_columns(&planned.step, &planned.source);
        guarded.append(&mut sync::guards(&planned.step, &planned.source));
        if planned.key == Key::None
            || !(asks_anyway || compares || options.keep_before || !guarded.is_empty())
            || (matches!(planned.pass, Pass::Links(_)) && !options.keep_before)
        {
            return None;
        }
        let keys = if planned.key == Key::FirstPass { vec!["Id".to_owned()] } else { planned.key_paths() };
        let mut question = Question {
            keys,
            paths: Vec::new(),
            compared: vec![None; planned.mapper.targets().len()],
            kept: Vec::new(),
            written: Vec::new(),
        };
        let if_blank = planned.written_if_blank();
        for (cell, target) in planned.mapper.targets().enumerate() {
            if planned.key_cells().contains(&cell) || !lane.writes(cell) {
                continue;
            }
            // A path through one of several objects cannot be asked for, and its link is kept all the same.
            if !target.path.contains(':') && (compares || if_blank.contains(&cell)) {
                question.compared[cell] = Some(question.place(&target.path));
            }
            if options.keep_before {
                question.keep(target.lookup.as_deref().unwrap_or(&target.path));
            }
        }
        if options.keep_before && planned.step.operation == Operation::Delete {
            let object = &planned.shape.object;
            // The files of an org are too large to be kept; bytes in a table are values like others.
            let told = |kind| object.is_table() || !matches!(kind, Kind::Base64 | Kind::Compound);
            for field in object.fields.iter().filter(|field| field.createable && told(field.kind)) {
                question.keep(&field.name);
            }
        }
        for (column, path, kind) in guarded {
            let place = question.place(&path);
            question.written.push((column, place, kind));
        }
        Some(question)
    }

    fn place(&mut self, path: &str) -> usize {
        self.paths.iter().position(|known| known == path).unwrap_or_else(|| {
            self.paths.push(path.to_owned());
            self.paths.len() - 1
        })
    }

    fn keep(&mut self, field: &str) {
        let place = self.place(field);
        if !self.kept.iter().any(|(known, _)| known == field) {
            self.kept.push((field.to_owned(), place));
        }
    }
}

struct Look<'a> {
    desk: &'a Desk<'a>,
    step: usize,
    planned: &'a PlannedStep,
    lane: &'a Lane,
    target: &'a dyn Target,
    question: Question,
    meter: &'a Meter,
}

/// What a look has found, to be written down together.
#[derive(Default)]
struct Seen {
    found: Vec<Found>,
    before: Vec<Before>,
    settled: Vec<Settled>,
}

impl Look<'_> {
    /// Looks at some rows of a batch, from index `from`; gives back where to go on.
    fn some(&self, batch: &Batch, from: usize, links: &FoundRows, done: &Outcomes) -> Result<usize, EngineError> {
        let mut mapped = Mapped::default();
        let (mut rows, mut values) = (Vec::new(), Vec::new());
        let mut at = from;
        while let Some(row) = batch.row(at).filter(|_| rows.len() < ASKED_AT_ONCE) {
            at += 1;
            if done.has(row.number()) {
                continue;
            }
            if let Some(keys) = self.keys_of(row, links.of(row.number()), &mut mapped) {
                rows.push(row);
                values.push(keys);
            }
        }
        if rows.is_empty() {
            return Ok(at);
        }
        let keys = Keys { fields: self.question.keys.clone(), values };
        let matches = self.ask(&keys)?;
        let mut seen = Seen::default();
        for ((row, values), records) in rows.into_iter().zip(&keys.values).zip(matches) {
            self.take(row, values, &records, links.of(row.number()), &mut mapped, &mut seen);
        }
        self.write_down(seen)?;
        Ok(at)
    }

    fn keys_of(&self, row: Row<'_>, found: RowFound<'_>, mapped: &mut Mapped) -> Option<Vec<String>> {
        if self.planned.key == Key::FirstPass {
            return found.record().filter(|id| !id.is_empty()).map(|id| vec![id.to_owned()]);
        }
        self.planned.mapper.map_some(row, &|lookup| found.link(lookup), self.planned.key_cells(), mapped);
        check::key_values(self.planned, row, mapped)
    }

    fn ask(&self, keys: &Keys) -> Result<crate::connect::Matches, EngineError> {
        let (desk, meter) = (self.desk, self.meter);
        desk.gate.pass(desk, self.step, meter)?;
        let mut tell = |waiting: crate::retry::Waiting| meter.waiting(waiting.because);
        let answer = patiently(&self.planned.step.options.retry, desk.cancel, &mut tell, || {
            self.target.current(keys, &self.question.paths, desk.cancel)
        });
        meter.calls(desk.calls());
        answer.map_err(EngineError::from)
    }

    fn take(
        &self,
        row: Row<'_>,
        values: &[String],
        records: &[crate::connect::Found],
        links: RowFound<'_>,
        mapped: &mut Mapped,
        seen: &mut Seen,
    ) {
        let number = row.number();
        let looked_up = matches!(self.planned.key, Key::Lookup(_));
        let mut keep = |record: &str, filled| {
            if looked_up {
                seen.found.push(Found { row: number, slot: 0, record: record.to_owned(), filled });
            }
        };
        let outcome = match records {
            [only] => {
                let filled = self.filled(&only.values);
                keep(&only.id, filled.clone());
                let outcome = self.without_sending(row, only, links, &filled, mapped);
                if outcome.is_none() && !self.question.kept.is_empty() {
                    let values = self.question.kept.iter().map(|(_, place)| only.values[*place].clone()).collect();
                    seen.before.push(Before { row: number, record: only.id.clone(), values });
                }
                outcome
            }
            [] if !self.question.written.is_empty() => Some(RowOutcome::Skipped(undo::gone(values).into())),
            // What Salesforce resolves itself, it also refuses itself.
            _ if !looked_up => None,
            [] if self.planned.creates() => {
                keep("", Vec::new());
                None
            }
            [] => Some(RowOutcome::Skipped(check::none_found(&self.question.keys, values).into())),
            several => {
                let ids: Vec<_> = several.iter().map(|record| record.id.as_str()).collect();
                Some(RowOutcome::NotSent(check::several_found(self.planned, &self.question.keys, values, &ids).into()))
            }
        };
        seen.settled.extend(outcome.map(|outcome| Settled { row: number, outcome }));
    }

    /// What becomes of a row that needs no sending: its record has every value already, or is none of ours any more.
    fn without_sending(
        &self,
        row: Row<'_>,
        record: &crate::connect::Found,
        links: RowFound<'_>,
        filled: &[usize],
        mapped: &mut Mapped,
    ) -> Option<RowOutcome> {
        for (column, place, kind) in &self.question.written {
            let (wrote, now) = (row.cell(*column), record.values[*place].as_str());
            let path = &self.question.paths[*place];
            let changed = match self.planned.step.source {
                crate::connect::SourceSettings::Sync(_) => sync::changed_since(wrote, now, *kind, path),
                _ => undo::changed_since(wrote, now, *kind, path),
            };
            if let Some(changed) = changed {
                return Some(RowOutcome::Skipped(changed.into()));
            }
        }
        let options = &self.planned.step.options;
        let compares = options.skip_equal && self.planned.step.operation != Operation::Delete;
        if !compares || self.lane.map(self.planned, row, links, mapped).is_err() {
            return None;
        }
        filled.iter().for_each(|cell| mapped.keep(*cell));
        let equal = |(cell, target): (usize, &crate::mapping::ResolvedTarget)| {
            if !self.lane.writes(cell) || self.planned.key_cells().contains(&cell) {
                return true;
            }
            let now = self.question.compared[cell].map(|place| record.values[place].as_str());
            match (mapped.cell(cell), now) {
                (MappedCell::Keep, _) => true,
                (_, None) => false,
                (MappedCell::Clear, Some(now)) => now.is_empty(),
                (MappedCell::Value(new), Some(now)) => alike(target.field.kind, now, new),
            }
        };
        let id = record.id.as_str().into();
        self.planned.mapper.targets().enumerate().all(equal).then_some(RowOutcome::Unchanged { id })
    }

    /// Cells that are written only into blank fields, and whose fields hold something.
    fn filled(&self, values: &[String]) -> Vec<usize> {
        let holds = |cell: &usize| self.question.compared[*cell].is_some_and(|place| !values[place].is_empty());
        self.planned.written_if_blank().into_iter().filter(holds).collect()
    }

    fn write_down(&self, mut seen: Seen) -> Result<(), EngineError> {
        let (desk, step) = (self.desk, self.step);
        if !seen.found.is_empty() {
            desk.store.save_found(desk.run, step, &seen.found)?;
        }
        let fields = self.question.kept.iter().map(|(field, _)| field.clone()).collect();
        desk.store.save_before(desk.run, step, &BeforeRows { fields, rows: seen.before })?;
        check::settle(desk, step, self.meter, &mut seen.settled)
    }
}

/// Whether two spellings mean the same value.
pub(super) fn alike(kind: Kind, one: &str, other: &str) -> bool {
    let digest = |text| {
        let mut digester = Digester::default();
        digester.cell(kind, text);
        digester.finish()
    };
    // The mark for an emptied field is a text like any other here.
    let marked = [one, other].iter().any(|text| text.trim() == CLEAR_MARK);
    one == other || (!marked && digest(one) == digest(other))
}

//! What would be sent, before anything is written.

use super::forecast::{Forecast, Weight, forecast};
use super::keys::KeySorter;
use super::lane::Lane;
use super::links::{Answer, FoundRows, Resolver, RowFound, blamed};
use super::there::alike;
use super::{EngineError, Reach, check};
use crate::cancel::Cancel;
use crate::connect::sobject::SObjectTarget;
use crate::connect::{Api, ConnectError, Found, Keys, Operation, RowOutcome, Source, Target};
use crate::integration::{AbsentThen, Key, PlannedStep};
use crate::mapping::{Mapped, MappedCell, Write, no_links};
use crate::record::{Batch, Rejection, Row, RowNumber};
use crate::store;
use std::collections::HashMap;

/// What would happen to the rows looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preview {
    /// Target fields, in the order of the cells.
    pub fields: Vec<String>,
    /// The rows.
    pub rows: Vec<PreviewRow>,
    /// Rows that would make a record; of those looked at.
    pub create: u64,
    /// Rows that would change one.
    pub update: u64,
    /// Rows that would delete one.
    pub delete: u64,
    /// Rows whose record already has every value.
    pub unchanged: u64,
    /// Rows that would be left out.
    pub skip: u64,
    /// Rows that cannot be sent.
    pub not_sent: u64,
    /// Rows looked at from the beginning. Those taken by chance from further down stand behind them in `rows` and are not counted.
    pub looked_at: u64,
    /// Whether those are all rows of the source.
    pub all: bool,
    /// The API and why, once the number of rows is known.
    pub api: Option<(Api, String)>,
    /// What the step is going to take of its org, once every row was looked at.
    pub forecast: Option<Forecast>,
    /// What a person should know: how blanks are treated, what could not be read.
    pub notes: Vec<String>,
}

/// What would happen to one row.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewRow {
    /// Its number.
    pub row: RowNumber,
    /// Its line.
    pub line: u64,
    /// What would happen.
    pub verdict: Verdict,
    /// The record it is about, where it is known.
    pub id: Option<String>,
    /// Its cells, in the order of [`Preview::fields`].
    pub cells: Vec<PreviewCell>,
    /// Why it cannot be sent as a whole.
    pub problems: Vec<Rejection>,
}

/// What would happen to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It makes a record.
    Create,
    /// It changes a record.
    Update,
    /// It deletes a record.
    Delete,
    /// Its record already has every value.
    Unchanged,
    /// It is left out.
    Skip,
    /// It cannot be sent.
    NotSent,
}

impl Verdict {
    /// Its word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Create => "create",
            Verdict::Update => "update",
            Verdict::Delete => "delete",
            Verdict::Unchanged => "unchanged",
            Verdict::Skip => "skip",
            Verdict::NotSent => "not_sent",
        }
    }
}

/// One cell of a preview.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewCell {
    /// What would be sent, or the source's text where that cannot be.
    pub new: String,
    /// What happens to the field.
    pub change: CellChange,
    /// Why it cannot be sent.
    pub problem: Option<Rejection>,
}

/// What would happen to a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellChange {
    /// It is set on a new record.
    New,
    /// It is left as it is, because the cell is blank.
    Keep,
    /// It already has this value.
    Same,
    /// It changes from this.
    From(String),
    /// It is emptied, and held this.
    Clear(String),
    /// The cell cannot be sent.
    Bad,
}

/// What a preview looks at.
pub struct PreviewJob<'a> {
    /// The step.
    pub planned: &'a PlannedStep,
    /// Opens its source at the beginning.
    pub source: &'a dyn Fn() -> Result<Box<dyn Source>, ConnectError>,
    /// The org or database, asked for what is there now.
    pub end: &'a Reach,
    /// Rows to show, from the beginning.
    pub show: usize,
    /// Rows to show from further down, taken by chance, when not all are looked at.
    pub sample: usize,
    /// Whether to look at every row, not only those shown.
    pub all: bool,
    /// The wish to stop.
    pub cancel: &'a Cancel,
}

/// Rows behind the first ones from which some are taken by chance.
const SAMPLED_FROM: u64 = 20_000;

/// Rows looked at together.
const AT_ONCE: usize = 2_000;

/// Finds out what would happen to the rows, and writes nothing.
pub fn preview(job: &PreviewJob<'_>) -> Result<Preview, EngineError> {
    let planned = job.planned;
    let calls_before = job.end.calls();
    let mut look = Look::new(job);
    let shared = look.shared_keys()?;
    let mut source = (job.source)()?;
    let mut pending = Vec::new();
    let limit = if job.all { u64::MAX } else { job.show as u64 };
    let mut taken = 0;
    let mut rest = None;
    look.preview.all = loop {
        job.cancel.check()?;
        let Some(batch) = source.read()? else { break true };
        let part = batch.part(0, batch.len().min((limit - taken) as usize));
        let cut = part.len() < batch.len();
        taken += part.len() as u64;
        if cut {
            rest = Some(batch.part(part.len(), batch.len()));
        }
        pending.push(part);
        if cut || pending.iter().map(Batch::len).sum::<usize>() >= AT_ONCE {
            look.rows(&std::mem::take(&mut pending), &shared)?;
        }
        if cut {
            break false;
        }
    };
    look.rows(&pending, &shared)?;
    if let Some(rest) = rest.filter(|_| job.sample > 0) {
        let sample = sample(rest, source.as_mut(), job)?;
        let shown = look.look_at(&sample, &shared)?;
        look.preview.rows.extend(shown);
    }
    let weight = look.weight;
    let mut preview = look.preview;
    if preview.all {
        preview.api = Some(planned.step.api_for(preview.looked_at));
        preview.forecast = Some(forecast(planned, job.end, &preview, weight, job.end.calls() - calls_before));
    }
    preview.notes = notes(planned, &preview);
    Ok(preview)
}

/// Some rows by chance of the next ones, each in a batch of its own, in their order. The same rows every time, so that nothing jumps
/// while somebody designs.
fn sample(rest: Batch, source: &mut dyn Source, job: &PreviewJob<'_>) -> Result<Vec<Batch>, EngineError> {
    let mut sample: Vec<Batch> = Vec::new();
    // A small generator of numbers will do: nobody gains by guessing them.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut chance = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut seen = 0;
    let mut next = Some(rest);
    while let Some(batch) = next {
        job.cancel.check()?;
        for index in 0..batch.len() {
            seen += 1;
            if sample.len() < job.sample {
                sample.push(batch.part(index, index + 1));
            } else if let Some(place) = sample.get_mut(chance(seen) as usize) {
                *place = batch.part(index, index + 1);
            }
        }
        next = if seen < SAMPLED_FROM { source.read()? } else { None };
    }
    sample.sort_by_key(Batch::first);
    Ok(sample)
}

struct Look<'a> {
    job: &'a PreviewJob<'a>,
    lanes: Vec<Lane>,
    target: Box<dyn Target>,
    mapped: Mapped,
    resolver: Resolver<'a>,
    /// Cells that may change on an existing record, and their fields.
    asked: Vec<usize>,
    fields: Vec<String>,
    preview: Preview,
    weight: Weight,
}

impl<'a> Look<'a> {
    fn new(job: &'a PreviewJob<'a>) -> Look<'a> {
        let planned = job.planned;
        let lanes = Lane::of(planned);
        let target = job.end.target(planned, &lanes[0], Api::Rest, |_| ());
        let asked: Vec<usize> = (0..planned.mapper.targets().len())
            .filter(|cell| {
                planned.step.operation != Operation::Delete && !planned.mapper.target(*cell).path.contains(':')
            })
            .collect();
        let fields = asked.iter().map(|cell| planned.mapper.target(*cell).path.clone()).collect();
        let preview = Preview {
            fields: planned.mapper.targets().map(|target| target.path.clone()).collect(),
            ..Preview::default()
        };
        Look {
            job,
            lanes,
            target,
            mapped: Mapped::default(),
            resolver: Resolver::new(planned, job.end),
            asked,
            fields,
            preview,
            weight: Weight::default(),
        }
    }

    /// What the lookups of these rows come to; where a row cannot be sent for it, the cell and why.
    fn links(&mut self, rows: &[Row<'_>]) -> Result<(FoundRows, Unlinked), EngineError> {
        let cancel = self.job.cancel;
        let mut ask = |target: &SObjectTarget, keys: &Keys, fields: &[String]| {
            target.current(keys, fields, cancel).map_err(EngineError::from)
        };
        let (mut found, mut unlinked) = (Vec::new(), Unlinked::new());
        for (row, lookup, answer) in self.resolver.resolve(rows, &mut ask)? {
            match answer {
                Answer::Link(record) => {
                    found.push(store::Found { row, slot: lookup + 1, record, filled: Vec::new() });
                }
                Answer::No(rejection) => {
                    let cell = self.job.planned.mapper.lookups()[lookup].cell;
                    unlinked.entry(row).or_default().push((cell, blamed(self.job.planned, lookup, rejection)));
                }
            }
        }
        found.sort_by_key(|found| (found.row, found.slot));
        Ok((FoundRows::new(found), unlinked))
    }

    /// What becomes of rows that share a key, among those looked at.
    fn shared_keys(&mut self) -> Result<HashMap<RowNumber, RowOutcome>, EngineError> {
        let planned = self.job.planned;
        let mut shared = HashMap::new();
        if planned.key == Key::None {
            return Ok(shared);
        }
        let mut sorter = KeySorter::new();
        let mut source = (self.job.source)()?;
        let limit = if self.job.all { u64::MAX } else { self.job.show as u64 };
        while let Some(batch) = source.read()? {
            self.job.cancel.check()?;
            let rows: Vec<_> = batch.rows().take_while(|row| row.number() <= limit).collect();
            let linked = planned.mapper.lookups().iter().any(|lookup| planned.key_cells().contains(&lookup.cell));
            let (found, _) = if linked { self.links(&rows)? } else { Default::default() };
            for row in &rows {
                let found = found.of(row.number());
                planned.mapper.map_some(*row, &|lookup| found.link(lookup), planned.key_cells(), &mut self.mapped);
                if let Some(key) = check::key_digest(planned, *row, &self.mapped) {
                    sorter.add(key, row.number(), row.line())?;
                }
            }
            if rows.len() < batch.len() {
                break;
            }
        }
        let fields = planned.key_paths().join(" and ");
        let duplicates = planned.step.options.duplicates;
        sorter.groups(|group| {
            let outcomes = group
                .iter()
                .filter_map(|(row, line)| Some((*row, check::duplicate(duplicates, &fields, (*row, *line), group)?)));
            shared.extend(outcomes);
            Ok::<_, EngineError>(())
        })?;
        Ok(shared)
    }

    /// Looks at rows from the beginning: counts all of them, and shows some.
    fn rows(&mut self, batches: &[Batch], shared: &HashMap<RowNumber, RowOutcome>) -> Result<(), EngineError> {
        let shown = self.look_at(batches, shared)?;
        let preview = &mut self.preview;
        preview.looked_at += shown.len() as u64;
        for row in &shown {
            self.weight.add(row);
            *match row.verdict {
                Verdict::Create => &mut preview.create,
                Verdict::Update => &mut preview.update,
                Verdict::Delete => &mut preview.delete,
                Verdict::Unchanged => &mut preview.unchanged,
                Verdict::Skip => &mut preview.skip,
                Verdict::NotSent => &mut preview.not_sent,
            } += 1;
        }
        let room = self.job.show.saturating_sub(preview.rows.len());
        preview.rows.extend(shown.into_iter().take(room));
        Ok(())
    }

    fn look_at(
        &mut self,
        batches: &[Batch],
        shared: &HashMap<RowNumber, RowOutcome>,
    ) -> Result<Vec<PreviewRow>, EngineError> {
        let rows: Vec<Row<'_>> = batches.iter().flat_map(Batch::rows).collect();
        let (links, mut unlinked) = self.links(&rows)?;
        let matches = self.current(&rows, &links)?;
        let mut shown = Vec::with_capacity(rows.len());
        for (row, found) in rows.into_iter().zip(matches) {
            let unlinked = unlinked.remove(&row.number()).unwrap_or_default();
            let shared = shared.get(&row.number());
            shown.push(self.row(row, found.as_deref(), links.of(row.number()), unlinked, shared));
        }
        Ok(shown)
    }

    /// The records that rows are about; `None` where a row makes one whatever is there, or says nothing that could be asked.
    fn current(&mut self, rows: &[Row<'_>], links: &FoundRows) -> Result<Vec<Option<Vec<Found>>>, EngineError> {
        let planned = self.job.planned;
        let mut answers = vec![None; rows.len()];
        if planned.key == Key::None {
            return Ok(answers);
        }
        let mut asked = Vec::new();
        let mut keys = Keys { fields: planned.key_paths(), values: Vec::new() };
        for (index, row) in rows.iter().enumerate() {
            let found = links.of(row.number());
            planned.mapper.map_some(*row, &|lookup| found.link(lookup), planned.key_cells(), &mut self.mapped);
            if let Some(values) = check::key_values(planned, *row, &self.mapped) {
                asked.push(index);
                keys.values.push(values);
            }
        }
        if !asked.is_empty() {
            let matches = self.target.current(&keys, &self.fields, self.job.cancel)?;
            for (index, found) in asked.into_iter().zip(matches) {
                answers[index] = Some(found);
            }
        }
        Ok(answers)
    }

    fn row(
        &mut self,
        row: Row<'_>,
        found: Option<&[Found]>,
        links: RowFound<'_>,
        unlinked: Vec<(usize, Rejection)>,
        shared: Option<&RowOutcome>,
    ) -> PreviewRow {
        let planned = self.job.planned;
        let record = found.and_then(<[Found]>::first);
        let lane = self.lanes.iter().find(|lane| lane.takes(Some(record.map_or("", |record| &record.id))));
        let mut problems: Vec<Rejection> = shared.and_then(RowOutcome::rejection).cloned().into_iter().collect();
        let skipped = matches!(shared, Some(RowOutcome::Skipped(_)));
        problems.extend(unlinked.iter().map(|(_, rejection)| rejection.clone()));
        let lane = lane.unwrap_or(&self.lanes[0]);
        if let Err(rejection) = lane.map(planned, row, links, &mut self.mapped) {
            problems.push(*rejection);
        }
        let mut cell_problems: Vec<Option<Rejection>> = vec![None; self.preview.fields.len()];
        if row.fault().is_none() {
            let link = |lookup| links.link(lookup);
            planned.mapper.map(row, &link, &mut self.mapped, |cell, rejection| cell_problems[cell] = Some(rejection));
            cell_problems.iter_mut().enumerate().for_each(|(cell, problem)| {
                if problem.is_none() {
                    *problem = unlinked.iter().find(|(at, _)| *at == cell).map(|(_, rejection)| rejection.clone());
                }
            });
        } else {
            planned.mapper.map_some(row, &no_links, &[], &mut self.mapped);
        }
        let key = || check::key_values(planned, row, &self.mapped).unwrap_or_default();
        let verdict = match (found, planned.step.operation) {
            _ if skipped => Verdict::Skip,
            _ if !problems.is_empty() => Verdict::NotSent,
            (Some([_, _, ..]), _) => {
                let ids: Vec<_> = found.unwrap_or_default().iter().map(|record| record.id.as_str()).collect();
                problems.push(check::several_found(planned, &planned.key_paths(), &key(), &ids));
                Verdict::NotSent
            }
            (Some([_]), Operation::Delete) => Verdict::Delete,
            (Some([_]), _) => Verdict::Update,
            (_, Operation::Insert | Operation::Upsert) if planned.creates() => Verdict::Create,
            _ if matches!(planned.key, Key::Lookup(_)) => {
                problems.push(check::none_found(&planned.key_paths(), &key()));
                Verdict::Skip
            }
            _ => {
                let hint = match planned.shape.object.is_table() {
                    true => "The table has no such row to change, so that this one would be refused.",
                    false => "Salesforce would refuse this row.",
                };
                problems.push(check::none_found(&planned.key_paths(), &key()).hint(hint));
                Verdict::NotSent
            }
        };
        let cells = self.cells(row, verdict, record, cell_problems);
        let changes = |cell: &PreviewCell| !matches!(cell.change, CellChange::Same | CellChange::Keep);
        let equal = verdict == Verdict::Update && !cells.iter().any(changes);
        let verdict = if equal && planned.step.options.skip_equal { Verdict::Unchanged } else { verdict };
        PreviewRow {
            row: row.number(),
            line: row.line(),
            verdict,
            id: record.map(|record| record.id.clone()),
            cells,
            problems,
        }
    }

    fn cells(
        &self,
        row: Row<'_>,
        verdict: Verdict,
        record: Option<&Found>,
        problems: Vec<Option<Rejection>>,
    ) -> Vec<PreviewCell> {
        let planned = self.job.planned;
        let old = |cell: usize| {
            let at = self.asked.iter().position(|asked| *asked == cell)?;
            record?.values.get(at).map(String::as_str)
        };
        problems
            .into_iter()
            .enumerate()
            .map(|(cell, problem)| {
                let kind = planned.mapper.target(cell).field.kind;
                let mapped = self.mapped.cell(cell);
                let (new, change) = match (mapped, old(cell)) {
                    _ if problem.is_some() => (planned.mapper.source_text(cell, row), CellChange::Bad),
                    (_, old) if !writes(planned.mapper.write(cell), verdict, old) => {
                        (old.unwrap_or_default().to_owned(), CellChange::Keep)
                    }
                    (MappedCell::Keep, old) => (old.unwrap_or_default().to_owned(), CellChange::Keep),
                    (MappedCell::Clear, Some("")) => (String::new(), CellChange::Same),
                    (MappedCell::Clear, old) => (String::new(), CellChange::Clear(old.unwrap_or_default().to_owned())),
                    (MappedCell::Value(new), Some(old)) if verdict == Verdict::Update => {
                        let change =
                            if alike(kind, old, new) { CellChange::Same } else { CellChange::From(old.to_owned()) };
                        (new.to_owned(), change)
                    }
                    (MappedCell::Value(new), _) => (new.to_owned(), CellChange::New),
                };
                PreviewCell { new, change, problem }
            })
            .collect()
    }
}

/// Why rows cannot be linked, by cell.
type Unlinked = HashMap<RowNumber, Vec<(usize, Rejection)>>;

/// Whether a field is written on such a record.
fn writes(write: Write, verdict: Verdict, old: Option<&str>) -> bool {
    match write {
        Write::Always => true,
        Write::OnCreate => verdict == Verdict::Create,
        Write::OnUpdate => verdict != Verdict::Create,
        Write::IfBlank => verdict != Verdict::Update || old.is_none_or(str::is_empty),
    }
}

/// Bytes as a person reads them.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        _ => format!("{} MB", bytes.div_ceil(1_000_000)),
    }
}

fn notes(planned: &PlannedStep, preview: &Preview) -> Vec<String> {
    let mut notes = Vec::new();
    let kept = preview.rows.iter().flat_map(|row| &row.cells).any(|cell| cell.change == CellChange::Keep);
    if kept && preview.update + preview.unchanged > 0 {
        notes.push("Blank cells leave a field as it is, unless its line says to empty it.".to_owned());
    }
    let absent = &planned.step.options.absent;
    let what = match &absent.then {
        AbsentThen::Leave | AbsentThen::List => None,
        AbsentThen::Delete => Some("deleted".to_owned()),
        AbsentThen::Set { field, value } => Some(format!("changed ({field} = {value})")),
    };
    if let Some(what) = what {
        let (object, source, above) = (&planned.shape.object.name, &planned.source.name, absent.confirm_above);
        notes.push(format!(
            "Afterwards, {object} records that are no longer in {source} are {what}; more than {above} only once you confirm it."
        ));
    }
    if let Some(kept) = preview.forecast.map(|forecast| forecast.kept_bytes).filter(|kept| *kept > 0) {
        let records = preview.update;
        notes.push(format!(
            "What {records} records hold now is kept so that the run can be undone; that takes about {}.",
            size(kept)
        ));
    }
    if preview.unchanged > 0 {
        notes.push(format!("{} records already have every value.", preview.unchanged));
    }
    if !preview.all {
        let more = match preview.rows.len() as u64 {
            shown if shown > preview.looked_at => format!(", and {} from further down", shown - preview.looked_at),
            _ => String::new(),
        };
        notes.push(format!("The first {} rows of {}{more}.", preview.looked_at, planned.source.name));
    }
    notes
}

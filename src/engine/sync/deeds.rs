//! Deeds of one kind as rows of a step of a run.
//!
//! Each row says what is to be written and, beside it, what the end was seen to hold there. The look that a run takes before it sends
//! compares the two: a record that somebody changed in the meantime is left alone, and judged again by the next pass.

use super::close::hash;
use super::ends::{Reader, each_row, key_digest};
use super::{MOVED_ON, SEEN};
use crate::cancel::Cancel;
use crate::connect::file::FileFormat;
use crate::connect::{ConnectError, Digest, Digester, Source, SourceSettings, SyncPart};
use crate::engine::EngineError;
use crate::engine::there::alike;
use crate::integration::{Step, SyncLine, SyncPlan};
use crate::mapping::{CLEAR_MARK, Expression, Mapped, MappedCell, Mapping, ResolvedTarget, no_links};
use crate::record::{Batch, BatchBuilder, Field, Kind, Rejection, RowNumber, Schema};
use crate::store::{IntegrationId, LetGo, NewDeed, RunId, Store, StoreError, StoredDeed, Verdict};
use crate::sync::End;
use std::collections::HashMap;

/// Deeds that are read at once; of the left end so many records are looked at again together.
const AT_ONCE: usize = 20_000;

/// A column of a part: its name, and the field that it goes into; a column that goes nowhere says what was seen.
struct Column {
    field: Field,
    target: Option<String>,
}

/// The columns of a part of a sync, and the rules that bring them into its end.
pub fn part_schema(plan: &SyncPlan, part: SyncPart) -> (Schema, Mapping) {
    let columns = columns(plan, part);
    let mut mapping = Mapping::default();
    for column in &columns {
        if let Some(target) = &column.target {
            mapping.set(target, Expression::Column(column.field.name.clone()));
        }
    }
    let fields = columns.into_iter().map(|column| column.field).collect();
    (Schema { name: "what was decided".to_owned(), fields, ..Schema::default() }, mapping)
}

/// The end at which deeds of a kind are done.
pub fn end_of(part: SyncPart) -> End {
    match part {
        SyncPart::SettleRight
        | SyncPart::ChangeRight
        | SyncPart::CreateRight
        | SyncPart::LinkRight
        | SyncPart::DeleteRight => End::Right,
        SyncPart::ChangeLeft | SyncPart::CreateLeft | SyncPart::LinkLeft | SyncPart::DeleteLeft => End::Left,
    }
}

/// Of a step that does what a sync decided: the columns that say what was seen, each with the path of what is there now.
pub(in crate::engine) fn guards(step: &Step, source: &Schema) -> Vec<(usize, String, Kind)> {
    if !matches!(step.source, SourceSettings::Sync(_)) {
        return Vec::new();
    }
    let columns = source.fields.iter().enumerate();
    columns.filter_map(|(at, field)| Some((at, field.name.strip_suffix(SEEN)?.to_owned(), field.kind))).collect()
}

/// When the right end's record was changed last, which a guarded call names.
const STAMP: &str = "SystemModstamp";

/// The column that says when a record was changed last, of a step that writes only what nobody has changed since.
pub(in crate::engine) fn stamp(step: &Step, source: &Schema) -> Option<usize> {
    let SourceSettings::Sync(sync) = &step.source else { return None };
    (sync.part == SyncPart::SettleRight).then(|| source.position(&format!("{STAMP}{SEEN}"))).flatten()
}

/// An instant as HTTP says it, up to the next full second; `None` for what is none.
pub(in crate::engine) fn http_date(text: &str) -> Option<String> {
    let at = super::ends::instant(text)?;
    let instant = jiff::Timestamp::from_millisecond(at.checked_add(999)?).ok()?;
    Some(instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

/// Why a record is left alone: it no longer holds what was compared.
pub(in crate::engine) fn changed_since(seen: &str, now: &str, kind: Kind, path: &str) -> Option<Rejection> {
    let was = if seen == CLEAR_MARK { "" } else { seen };
    let same = seen.is_empty() || (was.is_empty() == now.is_empty() && alike(kind, was, now));
    let told = |text: &str| if text.is_empty() { "blank".to_owned() } else { format!("\"{text}\"") };
    (!same).then(|| {
        let message = format!("{path} is {} now, and was {} when it was compared", told(now), told(was));
        Rejection::new(MOVED_ON, message).field(path).hint(AGAIN)
    })
}

/// What becomes of a record that was changed after it was compared.
const AGAIN: &str = "Nothing was written to it. The next sync compares it again.";

fn columns(plan: &SyncPlan, part: SyncPart) -> Vec<Column> {
    let end = end_of(part);
    let mut columns = Vec::new();
    let mut add = |name: &str, kind: Kind, target: bool| {
        if !name.is_empty() && !columns.iter().any(|column: &Column| column.field.name == name) {
            let field = Field { kind, ..Field::column(name) };
            columns.push(Column { field, target: target.then(|| name.to_owned()) });
        }
    };
    let creates = matches!(part, SyncPart::CreateRight | SyncPart::CreateLeft);
    let deletes = matches!(part, SyncPart::DeleteRight | SyncPart::DeleteLeft);
    let links = matches!(part, SyncPart::LinkRight | SyncPart::LinkLeft);
    let (key, values) = (key_name(plan, end), values(plan, end));
    if !creates {
        add(&key, if end == End::Right { Kind::Id } else { Kind::Text }, true);
    }
    if !links {
        for (name, kind) in &values {
            add(name, *kind, !deletes);
        }
        if !creates {
            values.iter().for_each(|(name, kind)| add(&format!("{name}{SEEN}"), *kind, false));
        }
    }
    if part == SyncPart::SettleRight {
        add(&format!("{STAMP}{SEEN}"), Kind::DateTime, false);
    }
    if !deletes {
        for (name, kind) in kept(plan, end, part) {
            add(&name, kind, true);
        }
    }
    columns
}

fn key_name(plan: &SyncPlan, end: End) -> String {
    match end {
        End::Right => "Id".to_owned(),
        End::Left => plan.left.fields[plan.columns.key].name.clone(),
    }
}

/// What the sync writes of the lines at an end: names and kinds.
fn values(plan: &SyncPlan, end: End) -> Vec<(String, Kind)> {
    match end {
        End::Right => {
            let lines = plan.lines.iter().enumerate().filter(|(line, _)| plan.goes_to(*line, End::Right));
            lines.map(|(_, line)| (line.path.clone(), line.field.kind)).collect()
        }
        End::Left => plan.back.targets().map(|target| (target.path.clone(), target.field.kind)).collect(),
    }
}

/// What the sync writes beside the lines.
fn kept(plan: &SyncPlan, end: End, part: SyncPart) -> Vec<(String, Kind)> {
    let keeps = &plan.sync.keeps;
    let mark = match (end, part) {
        (End::Right, SyncPart::ChangeRight) => plan.sync.archive_right.as_ref(),
        (End::Left, SyncPart::ChangeLeft) => plan.sync.archive_left.as_ref(),
        _ => None,
    };
    let mut kept = Vec::new();
    match end {
        End::Right => {
            let key = plan.key_line.filter(|_| part == SyncPart::LinkRight).map(|line| &plan.lines[line]);
            kept.extend(key.map(|line| (line.path.clone(), line.field.kind)));
            kept.push((keeps.right_synced.clone(), Kind::DateTime));
            kept.push((keeps.right_hash.clone(), Kind::Text));
        }
        End::Left => {
            let id = part != SyncPart::ChangeLeft;
            kept.extend(id.then(|| (keeps.left_id.clone(), Kind::Text)));
            kept.push((keeps.left_synced.clone(), Kind::DateTime));
        }
    }
    kept.extend(mark.map(|mark| (mark.field.clone(), Kind::Any)));
    kept.retain(|(name, _)| !name.trim().is_empty());
    kept
}

/// Opens an end of a sync at its beginning.
pub type OpenEnd = Box<dyn Fn() -> Result<Box<dyn Source>, ConnectError> + Send>;

/// The deeds of one kind as rows.
pub struct DeedRows {
    store: Store,
    integration: IntegrationId,
    run: RunId,
    plan: SyncPlan,
    part: SyncPart,
    left: OpenEnd,
    /// The time of the sync, in milliseconds since 1970.
    now: i64,
    cancel: Cancel,
    schema: Schema,
    next: RowNumber,
}

/// What the left end holds now of a record that is to be written there.
struct Again {
    same: bool,
    cells: Vec<String>,
}

impl DeedRows {
    /// The deeds of one kind that a pass has decided.
    pub fn new(
        store: Store,
        (integration, run): (IntegrationId, RunId),
        plan: SyncPlan,
        part: SyncPart,
        left: OpenEnd,
        now: i64,
        cancel: &Cancel,
    ) -> Result<DeedRows, StoreError> {
        let (schema, _) = part_schema(&plan, part);
        let rows = DeedRows { store, integration, run, plan, part, left, now, cancel: cancel.clone(), schema, next: 1 };
        if matches!(part, SyncPart::LinkLeft | SyncPart::LinkRight) {
            rows.find_links()?;
        }
        Ok(rows)
    }

    /// Pairs of which an end does not keep yet what the other one calls the record.
    fn find_links(&self) -> Result<(), StoreError> {
        let at = end_of(self.part) as usize;
        let step = self.plan.index;
        if !self.store.deeds(self.run, step, self.part, 1, 1)?.is_empty() {
            return Ok(());
        }
        let mut deeds = Vec::new();
        self.store.each_pair(self.integration, step, &mut |pair| {
            if let (false, LetGo::No, [Some(left), Some(right)]) = (pair.linked[at], pair.let_go, pair.keys) {
                let key = [left, right][at].to_owned();
                let other = [left, right][1 - at].to_owned();
                let verdict = Verdict { key, seen: vec![other], ..Verdict::default() };
                let row = deeds.len() as u64 + 1;
                deeds.push(NewDeed { part: self.part, row, pair: pair.id, beside: None, verdict });
            }
        })?;
        self.store.add_deeds(self.run, step, &deeds)
    }

    fn batch(&mut self, deeds: &[StoredDeed]) -> Result<Batch, EngineError> {
        let looks = end_of(self.part) == End::Left && matches!(self.part, SyncPart::ChangeLeft | SyncPart::DeleteLeft);
        let again = if looks { self.look_again(deeds)? } else { HashMap::new() };
        let first = deeds.first().map_or(self.next, |deed| deed.row);
        let mut builder = BatchBuilder::new(first, self.schema.fields.len());
        let mut digester = Digester::default();
        let mut mapped = Mapped::default();
        for deed in deeds {
            let now = looks.then(|| again.get(&key_digest(&mut digester, &deed.verdict.key)));
            let fault = match now {
                Some(None) => Some(moved_on(self.plan.end(End::Left), "it is not there any more")),
                Some(Some(now)) if !now.same => Some(moved_on(self.plan.end(End::Left), "somebody changed it")),
                _ => None,
            };
            let fault = self.cells(deed, now.flatten(), &mut mapped, &mut builder).err().or(fault);
            let fault = fault.or_else(|| self.new_key(&deed.verdict));
            builder.end_row(deed.row, fault);
        }
        self.next = deeds.last().map_or(self.next, |deed| deed.row + 1);
        Ok(builder.finish())
    }

    /// Looks at the left end's records again: what they hold in their own spelling, and whether that is still what was compared.
    fn look_again(&self, deeds: &[StoredDeed]) -> Result<HashMap<Digest, Again>, EngineError> {
        let mut digester = Digester::default();
        let wanted: HashMap<Digest, &Verdict> =
            deeds.iter().map(|deed| (key_digest(&mut digester, &deed.verdict.key), &deed.verdict)).collect();
        let mut source = (self.left)()?;
        let mut reader = Reader::new(&self.plan, End::Left);
        let places: Vec<Option<usize>> =
            self.plan.back.targets().map(|target| source.schema().position(&target.path)).collect();
        let mut found = HashMap::new();
        each_row(source.as_mut(), &self.cancel, |row| {
            let key = key_digest(&mut digester, reader.told(row).key);
            let Some(verdict) = wanted.get(&key) else { return };
            reader.read(row);
            let same = self.holds(&reader, verdict);
            let cells = self.plan.back.targets().zip(&places);
            let cells = cells.map(|(target, at)| self.left_cell(target, at.map_or("", |at| row.cell(at)))).collect();
            found.insert(key, Again { same, cells });
        })?;
        Ok(found)
    }

    /// Whether a record of the left end still holds what was seen where something is written; of a record that goes, everywhere.
    fn holds(&self, reader: &Reader<'_>, verdict: &Verdict) -> bool {
        let all = verdict.archive || self.part == SyncPart::DeleteLeft;
        let written = |line: usize| verdict.writes.iter().any(|(written, _)| *written == line);
        self.plan.lines.iter().enumerate().filter(|(line, _)| all || written(*line)).all(|(index, line)| {
            let seen = verdict.seen.get(index).map_or("", String::as_str);
            // A value that cannot be read was none when it was compared, either.
            reader.value(index).map_or(seen.is_empty(), |now| alike(line.field.kind, now, seen))
        })
    }

    /// A cell of the left end as its target tells it: of a text file as it is read, of a database as it stands.
    fn left_cell(&self, target: &ResolvedTarget, cell: &str) -> String {
        match self.plan.step.source.file().filter(|file| matches!(file.format, FileFormat::Csv(_))) {
            Some(file) => file.plain(&target.path, target.field.kind, cell).into_owned(),
            None => cell.to_owned(),
        }
    }

    fn cells(
        &self,
        deed: &StoredDeed,
        now: Option<&Again>,
        mapped: &mut Mapped,
        builder: &mut BatchBuilder,
    ) -> Result<(), Rejection> {
        let end = end_of(self.part);
        let verdict = &deed.verdict;
        let (written, fault) = match end {
            End::Right => (self.right_values(verdict), None),
            End::Left => self.left_values(verdict, mapped),
        };
        for field in &self.schema.fields {
            let name = field.name.as_str();
            let seen = name.strip_suffix(SEEN);
            let cell = match seen {
                Some(path) => self.seen(path, verdict, now, &written),
                None => self.cell(name, deed, &written),
            };
            builder.cell(&cell);
        }
        fault.map_or(Ok(()), Err)
    }

    /// Why a record of the left end cannot be called otherwise: it is by its key that it is known.
    fn new_key(&self, verdict: &Verdict) -> Option<Rejection> {
        let line = self.plan.key_line.filter(|_| self.part == SyncPart::ChangeLeft)?;
        verdict.writes.iter().any(|(written, _)| *written == line).then(|| {
            let (end, key) = (self.plan.end(End::Left), &self.plan.sync.key);
            Rejection::new("key_stays", format!("the {key} of a record in {end} cannot be changed by a sync"))
                .hint("Change it there by hand, or keep the key that it has.")
        })
    }

    /// What is written at the right end, by path.
    fn right_values(&self, verdict: &Verdict) -> HashMap<String, String> {
        let creates = self.part == SyncPart::CreateRight;
        let cell = |line: &SyncLine, value: &String| match value.as_str() {
            // A checkbox cannot be emptied.
            "" if !creates && line.field.kind == Kind::Boolean => "false".to_owned(),
            "" if !creates => CLEAR_MARK.to_owned(),
            value => value.to_owned(),
        };
        let writes = verdict.writes.iter().map(|(line, value)| (&self.plan.lines[*line], value));
        writes.map(|(line, value)| (line.path.clone(), cell(line, value))).collect()
    }

    /// What is written at the left end, by column: those that are made of a line that is written.
    fn left_values(&self, verdict: &Verdict, mapped: &mut Mapped) -> (HashMap<String, String>, Option<Rejection>) {
        let creates = self.part == SyncPart::CreateLeft;
        let mut row = BatchBuilder::new(1, self.plan.lines.len());
        verdict.whole[0].iter().for_each(|value| row.cell(value));
        row.end_row(1, None);
        let row = row.finish();
        let Some(row) = row.row(0).filter(|_| !verdict.whole[0].is_empty()) else { return Default::default() };
        let (mut written, mut fault) = (HashMap::new(), None);
        let touched = |cell: usize| {
            let reads = self.plan.back.columns_read(cell);
            creates || verdict.writes.iter().any(|(line, _)| reads.contains(line))
        };
        self.plan.back.map(row, &no_links, mapped, |cell, rejection| {
            if touched(cell) {
                fault.get_or_insert(rejection);
            }
        });
        for (cell, target) in self.plan.back.targets().enumerate().filter(|(cell, _)| touched(*cell)) {
            let value = match mapped.cell(cell) {
                MappedCell::Value(value) => value,
                MappedCell::Clear | MappedCell::Keep if creates => continue,
                MappedCell::Clear => CLEAR_MARK,
                MappedCell::Keep => continue,
            };
            written.insert(target.path.clone(), value.to_owned());
        }
        (written, fault)
    }

    fn cell(&self, name: &str, deed: &StoredDeed, written: &HashMap<String, String>) -> String {
        let (plan, verdict) = (&self.plan, &deed.verdict);
        let end = end_of(self.part);
        let keeps = &plan.sync.keeps;
        let creates = matches!(self.part, SyncPart::CreateRight | SyncPart::CreateLeft);
        let links = matches!(self.part, SyncPart::LinkRight | SyncPart::LinkLeft);
        let mark = if end == End::Right { &plan.sync.archive_right } else { &plan.sync.archive_left };
        match name {
            _ if !creates && name == key_name(plan, end) => verdict.key.clone(),
            _ if name == keeps.left_synced || name == keeps.right_synced => instant_text(self.now),
            _ if name == keeps.right_hash && !verdict.agreed.is_empty() => {
                hash(plan, &verdict.agreed).iter().map(|byte| format!("{byte:02x}")).collect()
            }
            _ if name == keeps.left_id && links => verdict.seen.first().cloned().unwrap_or_default(),
            _ if name == keeps.left_id && creates => self.partner(deed.pair),
            _ if links && plan.key_line.is_some_and(|line| plan.lines[line].path == name) => {
                verdict.seen.first().cloned().unwrap_or_default()
            }
            _ if verdict.archive && mark.as_ref().is_some_and(|mark| mark.field == name) => {
                mark.as_ref().map(|mark| mark.value.clone()).unwrap_or_default()
            }
            _ => written.get(name).cloned().unwrap_or_default(),
        }
    }

    /// What the right end calls the record of a pair.
    fn partner(&self, pair: i64) -> String {
        let pair = self.store.pair(pair).ok().flatten();
        pair.and_then(|pair| pair.keys[1].clone()).unwrap_or_default()
    }

    /// What was seen where something is written; of a record that goes, all of it.
    fn seen(&self, path: &str, verdict: &Verdict, now: Option<&Again>, written: &HashMap<String, String>) -> String {
        let all = verdict.archive || matches!(self.part, SyncPart::DeleteRight | SyncPart::DeleteLeft);
        if !all && path != STAMP && !written.contains_key(path) {
            return String::new();
        }
        let value = match end_of(self.part) {
            End::Right if path == STAMP => {
                return verdict.at[1].map_or_else(String::new, stamp_text);
            }
            End::Right => {
                let line = self.plan.lines.iter().position(|line| line.path == path);
                line.and_then(|line| verdict.seen.get(line)).map_or("", String::as_str)
            }
            End::Left => {
                let place = self.plan.back.targets().position(|target| target.path == path);
                place.and_then(|place| now?.cells.get(place)).map_or("", String::as_str)
            }
        };
        if value.is_empty() { CLEAR_MARK.to_owned() } else { value.to_owned() }
    }
}

impl Source for DeedRows {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn read(&mut self) -> Result<Option<Batch>, ConnectError> {
        let refused = |error: EngineError| match error {
            EngineError::Connect(error) => error,
            other => ConnectError::Refused { message: other.to_string(), hint: other.hint() },
        };
        let deeds = self.store.deeds(self.run, self.plan.index, self.part, self.next, AT_ONCE);
        let deeds = deeds.map_err(EngineError::from).map_err(refused)?;
        if deeds.is_empty() {
            return Ok(None);
        }
        self.batch(&deeds).map(Some).map_err(refused)
    }
}

fn moved_on(end: &str, what: &str) -> Rejection {
    Rejection::new(MOVED_ON, format!("the record of {end} is not as it was compared: {what}")).hint(AGAIN)
}

/// An instant to the millisecond, as the right end tells its stamps.
fn stamp_text(at: i64) -> String {
    let instant = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    instant.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// An instant as both ends take it.
fn instant_text(at: i64) -> String {
    let instant = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

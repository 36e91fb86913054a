//! The pass: both ends read, compared with what is known, and everything decided before anything is done.

use super::ends::{Reader, Record, digest, each_row};
use super::index::{Index, Known};
use super::judge::{Case, Judged};
use super::partners::{ambiguous, partners};
use super::scales::SyncCounts;
use crate::cancel::Cancel;
use crate::connect::changes::Changes;
use crate::connect::soql::QuerySettings;
use crate::connect::{ConnectError, Source, SyncPart};
use crate::engine::EngineError;
use crate::integration::SyncPlan;
use crate::store::{
    About, ConflictId, ConflictRecord, ConflictState, IntegrationId, LetGo, NewConflict, NewDeed, PairRecord, RunId,
    Store, SyncState, Verdict,
};
use crate::sync::{Deed, End, Resolution, Trail};
use std::collections::{HashMap, HashSet};

/// What a pass works with.
pub struct PassJob<'a> {
    /// The step that goes both ways.
    pub plan: &'a SyncPlan,
    /// Whose step it is.
    pub integration: IntegrationId,
    /// The run that will do what is decided; without one it is only looked at what would be.
    pub run: Option<RunId>,
    /// The workspace file.
    pub store: &'a Store,
    /// Opens the left end.
    pub left: &'a dyn Fn() -> Result<Box<dyn Source>, ConnectError>,
    /// Asks the right end.
    pub right: &'a dyn Fn(&QuerySettings) -> Result<Box<dyn Source>, ConnectError>,
    /// The org's id, and its time before anything was read.
    pub org: (&'a str, &'a str),
    /// Whether the right end is read whole although the last window is known.
    pub full: bool,
    /// Whether only what people decided is carried out.
    pub only_decisions: bool,
    /// Deletions that a person has confirmed.
    pub deletes: Option<u64>,
    /// The time, in milliseconds since 1970.
    pub now: i64,
    /// The wish to stop.
    pub cancel: &'a Cancel,
}

/// Pairs written down together.
const AT_ONCE: usize = 2_000;

/// Records that are looked for one by one when they are missing at the right end.
const ASKED_AT_ONCE: usize = 200;

/// Reads both ends, decides, and writes down what was decided.
pub fn compare(job: &PassJob<'_>) -> Result<SyncCounts, EngineError> {
    let state = ready(job)?;
    if let Some(run) = job.run {
        job.store.begin_pass(run, job.plan.index)?;
    }
    let mut pass = Pass::begin(job)?;
    pass.read_left()?;
    let full = job.full || state.since.is_none() || pass.needs_all();
    let overlap_minutes = job.plan.sync.overlap_minutes;
    let changes = Changes { overlap_minutes, open_end: true, ..Changes::default() };
    pass.read_right((!full).then(|| changes.after(state.since.as_deref(), job.org.1)))?;
    pass.counts.full = full;
    pass.counts.clock_ahead = super::ends::instant(job.org.1).map_or(0, |there| (there - job.now) / 1_000);
    pass.conclude(full)?;
    pass.known_pairs()?;
    if job.only_decisions {
        pass.said_pairs()?;
    } else {
        pass.new_pairs()?;
        if full {
            pass.forget_groups();
        }
    }
    pass.threshold()?;
    pass.flush()?;
    let counts = pass.counts;
    if let Some(run) = job.run {
        let until = (!job.only_decisions).then_some(job.org.1);
        job.store.pass_decided(run, job.plan.index, until, &serde_json::json!(counts).to_string())?;
    }
    Ok(counts)
}

/// Sees to it that what is known is of this org and in the order of these lines.
fn ready(job: &PassJob<'_>) -> Result<SyncState, EngineError> {
    let (plan, store) = (job.plan, job.store);
    let known = store.sync_state(job.integration, plan.index)?;
    let mut state = known.unwrap_or_else(|| SyncState { org_id: job.org.0.to_owned(), ..SyncState::default() });
    if state.org_id != job.org.0 {
        return Err(EngineError::Connect(ConnectError::refused(
            format!(
                "the pairs of {} and {} are of org {}, and {} leads to org {}",
                plan.ends[0], plan.right_shape.object.name, state.org_id, plan.step.org, job.org.0
            ),
            "Let the alias lead where it led, or make a copy of the integration for the other org.",
        )));
    }
    let paths = plan.paths();
    if state.paths != paths {
        store.rearrange_pairs(job.integration, plan.index, &state.paths, &paths)?;
        state.paths = paths;
        store.set_sync_state(job.integration, plan.index, &state)?;
    }
    Ok(state)
}

/// What is known of a pair and what is to be written down about it.
struct Entry {
    pair: PairRecord,
    /// Whether the pair is new; else whether it is written as it is here.
    new: bool,
    write: bool,
    deeds: Vec<NewDeed>,
    found: Option<NewConflict>,
}

struct Pass<'a> {
    job: &'a PassJob<'a>,
    index: Index,
    waiting: HashMap<About, (ConflictId, ConflictState)>,
    records: [Vec<Record>; 2],
    /// Which record was read of a known pair, by its place.
    of: [HashMap<usize, usize>; 2],
    /// Records without a partner.
    alone: [Vec<usize>; 2],
    /// Whether the left end was read so that what is missing is missing.
    whole: bool,
    counts: SyncCounts,
    entries: Vec<Entry>,
    rows: HashMap<SyncPart, u64>,
    /// Conflicts that nobody needs to decide any more.
    settled: Vec<ConflictId>,
    written: Vec<ConflictId>,
    dropped: Vec<i64>,
    groups: HashSet<About>,
}

impl<'a> Pass<'a> {
    fn begin(job: &'a PassJob<'a>) -> Result<Pass<'a>, EngineError> {
        let waiting = job.store.waiting_conflicts(job.integration, job.plan.index)?;
        let mut index = Index::load(job.store, job.integration, job.plan.index)?;
        for pair in index.pairs.iter_mut().filter(|_| !waiting.is_empty()) {
            let decided = |(_, state): &(_, ConflictState)| *state == ConflictState::Decided;
            let decided = waiting.get(&About::Pair(pair.id)).is_some_and(decided);
            pair.waits = decided || (pair.waits && !job.only_decisions);
        }
        let known = index.pairs.iter().filter(|pair| pair.let_go == LetGo::No && pair.has == [true; 2]).count();
        Ok(Pass {
            job,
            index,
            waiting,
            records: Default::default(),
            of: Default::default(),
            alone: Default::default(),
            whole: true,
            counts: SyncCounts { known: known as u64, ..SyncCounts::default() },
            entries: Vec::new(),
            rows: HashMap::new(),
            settled: Vec::new(),
            written: Vec::new(),
            dropped: Vec::new(),
            groups: HashSet::new(),
        })
    }

    fn read_left(&mut self) -> Result<(), EngineError> {
        let mut source = (self.job.left)()?;
        let mut reader = Reader::new(self.job.plan, End::Left);
        each_row(source.as_mut(), self.job.cancel, |row| {
            self.counts.read[0] += 1;
            let told = reader.told(row);
            if row.fault().is_some() {
                self.counts.unreadable[0] += 1;
            }
            if told.key.is_empty() {
                self.counts.no_key[0] += 1;
                self.whole = false;
                return;
            }
            let digest = reader.read(row);
            self.take(End::Left, told.key, digest, &|| reader.keep(row));
        })
    }

    /// Whether a window of the right end is not enough: records of the left end look for partners that may not have changed.
    fn needs_all(&self) -> bool {
        let said = |(about, (_, state)): (&About, &(ConflictId, ConflictState))| {
            matches!(about, About::Group(_)) && *state == ConflictState::Decided
        };
        self.waiting.iter().any(said) || !(self.job.only_decisions || self.alone[0].is_empty())
    }

    fn read_right(&mut self, changes: Option<Changes>) -> Result<(), EngineError> {
        let mut query = self.job.plan.query();
        query.deleted = changes.is_some();
        query.changes = changes;
        let mut source = (self.job.right)(&query)?;
        self.take_right(source.as_mut())
    }

    fn take_right(&mut self, source: &mut dyn Source) -> Result<(), EngineError> {
        let mut reader = Reader::new(self.job.plan, End::Right);
        each_row(source, self.job.cancel, |row| {
            let told = reader.told(row);
            if told.deleted {
                if let Some(place) = self.index.find(End::Right, told.key) {
                    let known = &mut self.index.pairs[place];
                    (known.gone[1], known.gone_at) = (true, told.at);
                }
                return;
            }
            self.counts.read[1] += 1;
            let digest = reader.read(row);
            self.take(End::Right, told.key, digest, &|| reader.keep(row));
        })
    }

    /// Takes a record that an end has.
    fn take(&mut self, end: End, key: &str, digest: crate::connect::Digest, keep: &dyn Fn() -> Record) {
        let at = end as usize;
        let Some(place) = self.index.find(end, key) else {
            self.alone[at].push(self.records[at].len());
            self.records[at].push(keep());
            return;
        };
        let known = &mut self.index.pairs[place];
        if known.read[at] {
            known.doubled[at] = true;
            self.counts.doubled[at] += 1;
            return;
        }
        known.read[at] = true;
        let half = !known.has[1 - at];
        let back = known.let_go == LetGo::Deleted(end);
        let apart = known.let_go != LetGo::No && !back;
        let rests = known.seen[at] == Some(digest) && !half && !known.waits && !back;
        if apart || rests {
            return;
        }
        if half {
            self.alone[at].push(self.records[at].len());
        } else {
            self.of[at].insert(place, self.records[at].len());
        }
        self.records[at].push(keep());
    }

    /// Concludes what is missing, and which records have only changed their key.
    fn conclude(&mut self, full: bool) -> Result<(), EngineError> {
        for known in self.index.pairs.iter_mut().filter(|known| known.has[0] && !known.read[0]) {
            known.gone[0] = self.whole;
        }
        let alone = std::mem::take(&mut self.alone[0]);
        for record in alone {
            match self.renamed(record) {
                Some(place) => {
                    (self.index.pairs[place].gone[0], self.index.pairs[place].read[0]) = (false, true);
                    self.of[0].insert(place, record);
                }
                None => self.alone[0].push(record),
            }
        }
        if full { self.missing() } else { self.waiting_ones() }
    }

    /// The pair whose left record this one is, under another key.
    fn renamed(&mut self, record: usize) -> Option<usize> {
        let partner = self.records[0][record].partner.clone()?;
        let place = self.index.find(End::Right, &partner)?;
        let known = &self.index.pairs[place];
        (known.has[0] && !known.read[0] && known.let_go == LetGo::No).then_some(place)
    }

    /// Looks for records that the right end did not show: they may be deleted, or only no longer among those that take part.
    fn missing(&mut self) -> Result<(), EngineError> {
        let is_missing = |known: &Known| known.has[1] && !known.read[1] && known.let_go == LetGo::No;
        let places: Vec<_> = (0..self.index.pairs.len()).filter(|at| is_missing(&self.index.pairs[*at])).collect();
        for places in places.chunks(ASKED_AT_ONCE) {
            let mut ids = Vec::new();
            for place in places {
                let known = &mut self.index.pairs[*place];
                known.gone[1] = true;
                ids.extend(self.job.store.pair(known.id)?.and_then(|pair| pair.keys[1].clone()));
            }
            let list: Vec<_> = ids.iter().map(|id| crate::salesforce::quoted(id)).collect();
            let mut query = self.job.plan.query();
            let from = query.soql.find(" FROM ").unwrap_or_default();
            let object = &self.job.plan.right_shape.object.name;
            query.soql = format!("{} FROM {object} WHERE Id IN ({})", &query.soql[..from], list.join(", "));
            query.deleted = true;
            let mut source = (self.job.right)(&query)?;
            let reader = Reader::new(self.job.plan, End::Right);
            each_row(source.as_mut(), self.job.cancel, |row| {
                let told = reader.told(row);
                let Some(place) = self.index.find(End::Right, told.key) else { return };
                let known = &mut self.index.pairs[place];
                (known.gone[1], known.gone_at) = (told.deleted, told.at);
            })?;
        }
        Ok(())
    }

    /// Records of the right end that a window does not show and that count all the same: those that wait for their partner to be made, and
    /// those about which something was decided, which is to stand on what they are now.
    fn waiting_ones(&mut self) -> Result<(), EngineError> {
        let waits = |known: &Known| known.has[1] && !known.read[1] && !known.gone[1] && (known.waits || !known.has[0]);
        let ids: Vec<_> = self.index.pairs.iter().filter(|known| waits(known)).map(|known| known.id).collect();
        for ids in ids.chunks(ASKED_AT_ONCE) {
            let mut keys = Vec::new();
            for id in ids {
                let pair = self.job.store.pair(*id)?.filter(|pair| pair.let_go == LetGo::No);
                keys.extend(pair.and_then(|pair| pair.keys[1].clone()));
            }
            if keys.is_empty() {
                continue;
            }
            let list: Vec<_> = keys.iter().map(|id| crate::salesforce::quoted(id)).collect();
            let mut query = self.job.plan.query();
            let term = if query.soql.contains(" WHERE ") { "AND" } else { "WHERE" };
            query.soql = format!("{} {term} Id IN ({})", query.soql, list.join(", "));
            let mut source = (self.job.right)(&query)?;
            self.take_right(source.as_mut())?;
        }
        Ok(())
    }

    /// Judges the pairs about which something was read, or that wait.
    fn known_pairs(&mut self) -> Result<(), EngineError> {
        for place in 0..self.index.pairs.len() {
            let known = self.index.pairs[place];
            let back = |end: End| known.let_go == LetGo::Deleted(end) && self.of[end as usize].contains_key(&place);
            let back = End::BOTH.into_iter().any(back);
            let half = known.has != [true; 2];
            if half || known.doubled.contains(&true) || (known.let_go != LetGo::No && !back) {
                if half && (known.gone[0] && known.has[0] || known.gone[1] && known.has[1]) {
                    self.dropped.push(known.id);
                }
                continue;
            }
            let read = [0, 1].map(|at| self.of[at].get(&place).copied());
            if read == [None; 2] && !known.waits && known.gone == [false; 2] {
                self.counts.in_step += u64::from(!self.waiting.contains_key(&About::Pair(known.id)));
                self.counts.conflicts += u64::from(self.waiting.contains_key(&About::Pair(known.id)));
                continue;
            }
            if self.job.only_decisions && !known.waits {
                continue;
            }
            let Some(mut pair) = self.job.store.pair(known.id)? else { continue };
            if back {
                pair.let_go = LetGo::No;
                pair.agreed = vec![None; self.job.plan.lines.len()];
                pair.own = Default::default();
            }
            pair.agreed.resize(self.job.plan.lines.len(), None);
            if known.gone == [true; 2] {
                self.dropped.push(pair.id);
                self.settled.extend(self.waiting.get(&About::Pair(pair.id)).map(|(id, _)| *id));
                continue;
            }
            self.judge(pair, read, known.gone, known.gone_at)?;
        }
        Ok(())
    }

    /// Finds partners for records that have none.
    fn new_pairs(&mut self) -> Result<(), EngineError> {
        let said = self.said_pairs()?;
        let alone = std::mem::take(&mut self.alone);
        let free = |at: usize| -> Vec<usize> {
            alone[at].iter().copied().filter(|record| !said[at].contains(record)).collect()
        };
        let free = [free(0), free(1)];
        let of = |at: usize| -> Vec<&Record> { free[at].iter().map(|record| &self.records[at][*record]).collect() };
        let proposal = partners(self.job.plan, &of(0), &of(1));
        let mut groups = Vec::new();
        for group in &proposal.ambiguous {
            let members = |at: usize, list: &[usize]| -> Vec<&Record> {
                list.iter().map(|index| &self.records[at][free[at][*index]]).collect()
            };
            groups.push(ambiguous(self.job.plan, &members(0, &group.left), &members(1, &group.right)));
        }
        self.counts.ambiguous += groups.len() as u64;
        for group in groups {
            self.groups.insert(group.about.clone());
            if self.job.run.is_some() {
                self.job.store.find_conflicts(self.job.integration, self.job.plan.index, self.job.now, &[group])?;
            }
        }
        for (left, right, _) in proposal.pairs {
            self.counts.paired += 1;
            self.pair_up(Some(free[0][left]), Some(free[1][right]))?;
        }
        for (at, list) in [proposal.left_alone, proposal.right_alone].into_iter().enumerate() {
            let makes = self.job.plan.creates_at(End::BOTH[at].other());
            for index in list {
                if makes {
                    let read = [0, 1].map(|end| (end == at).then_some(free[at][index]));
                    self.pair_up(read[0], read[1])?;
                } else {
                    self.counts.alone[at] += 1;
                }
            }
        }
        Ok(())
    }

    /// Carries out what people said about records that match several; which records that concerned.
    fn said_pairs(&mut self) -> Result<[HashSet<usize>; 2], EngineError> {
        let mut said = [HashSet::new(), HashSet::new()];
        let decided: Vec<_> = self
            .waiting
            .iter()
            .filter(|(about, (_, state))| matches!(about, About::Group(_)) && *state == ConflictState::Decided)
            .map(|(_, (id, _))| *id)
            .collect();
        for id in decided {
            let Some(conflict) = self.job.store.conflict(id)? else { continue };
            let place = |pass: &Pass<'_>, end: End, key: &str| {
                let at = end as usize;
                pass.alone[at].iter().copied().find(|record| &*pass.records[at][*record].key == key)
            };
            let claims: Option<Vec<_>> = conflict
                .matter
                .claims
                .iter()
                .map(|claim| place(self, claim.end, &claim.key).map(|record| (claim.end, record)))
                .collect();
            // Somebody has changed what there is to choose from.
            let Some(claims) = claims else { continue };
            let pairs = match &conflict.resolution {
                Some(Resolution::Pairs(pairs)) => pairs.clone(),
                Some(Resolution::LetGo) => Vec::new(),
                _ => continue,
            };
            for (left, right) in &pairs {
                if let (Some(left), Some(right)) = (place(self, End::Left, left), place(self, End::Right, right)) {
                    self.counts.paired += 1;
                    self.pair_up(Some(left), Some(right))?;
                    said[0].insert(left);
                    said[1].insert(right);
                }
            }
            for (end, record) in claims {
                if said[end as usize].insert(record) {
                    self.let_alone(end, record);
                }
            }
            self.counts.decided += 1;
            self.written.push(id);
        }
        Ok(said)
    }

    /// A person said that this record has no partner.
    fn let_alone(&mut self, end: End, record: usize) {
        let mut pair = PairRecord { let_go: LetGo::Said, ..PairRecord::default() };
        pair.keys[end as usize] = Some(self.records[end as usize][record].key.to_string());
        self.counts.alone[end as usize] += 1;
        self.entries.push(Entry { pair, new: true, write: false, deeds: Vec::new(), found: None });
    }

    fn pair_up(&mut self, left: Option<usize>, right: Option<usize>) -> Result<(), EngineError> {
        let key = |at: usize, record: Option<usize>| record.map(|record| self.records[at][record].key.to_string());
        let pair = PairRecord {
            keys: [key(0, left), key(1, right)],
            agreed: vec![None; self.job.plan.lines.len()],
            ..PairRecord::default()
        };
        self.judge(pair, [left, right], [false; 2], None)
    }

    /// Group conflicts that are there no more need nobody.
    fn forget_groups(&mut self) {
        let gone = self.waiting.iter().filter(|(about, (id, _))| {
            matches!(about, About::Group(_)) && !self.groups.contains(about) && !self.written.contains(id)
        });
        self.settled.extend(gone.map(|(_, (id, _))| *id));
    }

    fn judge(
        &mut self,
        mut pair: PairRecord,
        read: [Option<usize>; 2],
        gone: [bool; 2],
        gone_at: Option<i64>,
    ) -> Result<(), EngineError> {
        let plan = self.job.plan;
        let records = [0, 1].map(|at| read[at].map(|record| &self.records[at][record]));
        let conflict = self.waiting.get(&About::Pair(pair.id)).filter(|_| pair.id != 0).copied();
        let decided: Option<ConflictRecord> = match conflict {
            Some((id, ConflictState::Decided)) => self.job.store.conflict(id)?,
            _ => None,
        };
        let mut trail = pair.trail.clone();
        if decided.is_some() {
            trail.clear();
        }
        let judged = Case { plan, pair: &pair, read: records, gone, gone_at }.judge(&mut trail, decided.as_ref());
        for at in [0, 1] {
            if let Some(record) = records[at] {
                pair.keys[at] = Some(record.key.to_string());
                pair.at[at] = record.at;
            }
            if !plan.sync.keeps.left_id.is_empty() && at == 0 {
                let kept = records[0].map(|record| record.partner.as_deref() == pair.keys[1].as_deref());
                pair.linked[0] = kept.unwrap_or(pair.linked[0]);
            }
        }
        pair.linked[0] |= plan.sync.keeps.left_id.is_empty();
        pair.linked[1] |= !plan.left_gives_keys();
        let resolved = decided.filter(|_| judged.resolved).map(|decided| decided.card.id);
        self.counts.decided += u64::from(resolved.is_some());
        self.counts.conflicts += u64::from(judged.matter.is_some());
        if let (None, Some((id, _))) = (&judged.matter, conflict)
            && resolved.is_none()
        {
            self.settled.push(id);
        }
        self.enter(pair, judged, trail, resolved);
        Ok(())
    }

    /// Turns a judgement into what is written down.
    fn enter(&mut self, mut pair: PairRecord, judged: Judged, trail: Trail, resolved: Option<ConflictId>) {
        let Judged { decision, held, matter, let_go, .. } = judged;
        let new = pair.id == 0;
        let mut whole = held.clone();
        for end in End::BOTH {
            match decision.at(end) {
                Deed::Create(writes) | Deed::Change(writes) => {
                    writes.iter().for_each(|(line, value)| whole[end as usize][*line].clone_from(value));
                }
                Deed::Nothing | Deed::Delete | Deed::Archive => {}
            }
        }
        let settles = resolved.is_some();
        let parts: Vec<_> =
            End::BOTH.into_iter().filter_map(|end| Some((end, part(end, decision.at(end), settles)?))).collect();
        let rows: Vec<_> = parts.iter().map(|(_, part)| self.row(*part)).collect();
        let mut deeds = Vec::new();
        for (at, (end, part)) in parts.iter().enumerate() {
            let writes = match decision.at(*end) {
                Deed::Create(writes) | Deed::Change(writes) => writes.clone(),
                _ => Vec::new(),
            };
            let beside = (parts.len() == 2).then(|| (parts[1 - at].1, rows[1 - at]));
            let verdict = Verdict {
                key: pair.keys[*end as usize].clone().unwrap_or_default(),
                writes,
                seen: held[*end as usize].clone(),
                whole: whole.clone(),
                agreed: decision.agreed.clone().unwrap_or_default(),
                at: pair.at,
                trail: trail.clone(),
                conflict: resolved,
                archive: *decision.at(*end) == Deed::Archive,
            };
            deeds.push(NewDeed { part: *part, row: rows[at], pair: pair.id, beside, verdict });
        }
        self.count(&decision, let_go, matter.is_some());
        let write = deeds.is_empty();
        if write {
            pair.let_go = let_go;
            if let Some(agreed) = decision.agreed {
                pair.agreed = agreed;
                pair.synced_at = Some(self.job.now);
                pair.hash = Some(super::close::hash(self.job.plan, &pair.agreed));
            }
            pair.trail = trail;
            self.written.extend(resolved);
        }
        if write || new {
            for end in End::BOTH {
                if pair.keys[end as usize].is_none() {
                    continue;
                }
                let values = held[end as usize].clone();
                // What is still to be done is judged again until it is done.
                pair.seen[end as usize] = write.then(|| digest(self.job.plan, &values));
                pair.hold(end, values);
            }
        }
        let found = matter.map(|matter| NewConflict { about: About::Pair(pair.id), matter });
        self.entries.push(Entry { pair, new, write: write && !new, deeds, found });
    }

    fn count(&mut self, decision: &crate::sync::Decision, let_go: LetGo, conflict: bool) {
        for end in End::BOTH {
            let counts = match decision.at(end) {
                Deed::Nothing => continue,
                Deed::Create(_) => &mut self.counts.create,
                Deed::Change(_) | Deed::Archive => &mut self.counts.change,
                Deed::Delete => &mut self.counts.delete,
            };
            counts[end as usize] += 1;
        }
        self.counts.let_go += u64::from(let_go != LetGo::No);
        self.counts.in_step += u64::from(!conflict && let_go == LetGo::No && decision.agreed.is_some());
    }

    fn row(&mut self, part: SyncPart) -> u64 {
        let row = self.rows.entry(part).or_default();
        *row += 1;
        *row
    }

    /// Writes down what was decided; in memory it waits only for that.
    fn flush(&mut self) -> Result<(), EngineError> {
        let Some(run) = self.job.run else {
            self.entries.clear();
            return Ok(());
        };
        let (store, integration, step) = (self.job.store, self.job.integration, self.job.plan.index);
        let entries = std::mem::take(&mut self.entries);
        for entries in entries.chunks(AT_ONCE) {
            let new: Vec<_> = entries.iter().filter(|entry| entry.new).map(|entry| entry.pair.clone()).collect();
            let mut ids = store.add_pairs(integration, step, &new)?.into_iter();
            let changed: Vec<_> = entries.iter().filter(|entry| entry.write).map(|entry| entry.pair.clone()).collect();
            store.put_pairs(&changed)?;
            let (mut deeds, mut found) = (Vec::new(), Vec::new());
            for entry in entries {
                let id = if entry.new { ids.next().unwrap_or_default() } else { entry.pair.id };
                deeds.extend(entry.deeds.iter().map(|deed| NewDeed { pair: id, ..deed.clone() }));
                found.extend(entry.found.iter().map(|found| NewConflict { about: About::Pair(id), ..found.clone() }));
            }
            store.add_deeds(run, step, &deeds)?;
            store.find_conflicts(integration, step, self.job.now, &found)?;
        }
        store.settle_conflicts(self.job.now, &std::mem::take(&mut self.settled))?;
        store.conflicts_written(self.job.now, &std::mem::take(&mut self.written), "")?;
        store.drop_pairs(&std::mem::take(&mut self.dropped))?;
        Ok(())
    }

    /// Many deletions at once are more likely a mistake than a wish.
    fn threshold(&self) -> Result<(), EngineError> {
        let most = self.job.deletes.unwrap_or(self.job.plan.sync.confirm_deletes_above);
        if self.counts.let_go > most && self.job.run.is_some() {
            let count = self.counts.let_go;
            return Err(EngineError::Connect(ConnectError::refused(
                format!("{count} pairs have lost their record at one end, more than {most}; nothing was done"),
                format!("Look whether both ends are complete. If they are, confirm that {count} pairs are let go."),
            )));
        }
        let Some(end) = End::BOTH.into_iter().find(|end| self.counts.delete[*end as usize] > most) else {
            return Ok(());
        };
        let count = self.counts.delete[end as usize];
        if self.job.run.is_none() {
            return Ok(());
        }
        let other = self.job.plan.end(end.other());
        Err(EngineError::Connect(ConnectError::refused(
            format!(
                "{count} records of {} would be deleted because they are no longer in {other}, more than {most}; nothing was done",
                self.job.plan.end(end)
            ),
            format!("Look whether {other} is complete. If it is, confirm the deletion of {count} records."),
        )))
    }
}

/// Which kind of deed it is.
fn part(end: End, deed: &Deed, settles: bool) -> Option<SyncPart> {
    Some(match (end, deed) {
        (_, Deed::Nothing) => return None,
        (End::Right, Deed::Create(_)) => SyncPart::CreateRight,
        (End::Right, Deed::Change(_)) if settles => SyncPart::SettleRight,
        (End::Right, Deed::Change(_) | Deed::Archive) => SyncPart::ChangeRight,
        (End::Right, Deed::Delete) => SyncPart::DeleteRight,
        (End::Left, Deed::Create(_)) => SyncPart::CreateLeft,
        (End::Left, Deed::Change(_) | Deed::Archive) => SyncPart::ChangeLeft,
        (End::Left, Deed::Delete) => SyncPart::DeleteLeft,
    })
}

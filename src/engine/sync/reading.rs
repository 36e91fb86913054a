//! How a pass reads both ends: what is as it was seen is passed over, and the rest is kept for the decision.

use super::compare::Pass;
use super::ends::{Reader, Record, each_row};
use super::index::Known;
use crate::connect::Source;
use crate::connect::changes::Changes;
use crate::engine::EngineError;
use crate::store::{About, ConflictId, ConflictState, LetGo};
use crate::sync::End;

/// Records of the right end that are asked for one by one.
const ASKED_AT_ONCE: usize = 200;

impl Pass<'_> {
    pub(super) fn read_left(&mut self) -> Result<(), EngineError> {
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
    pub(super) fn needs_all(&self) -> bool {
        let said = |(about, (_, state)): (&About, &(ConflictId, ConflictState))| {
            matches!(about, About::Group(_)) && *state == ConflictState::Decided
        };
        self.waiting.iter().any(said) || !(self.job.only_decisions || self.alone[0].is_empty())
    }

    pub(super) fn read_right(&mut self, changes: Option<Changes>) -> Result<(), EngineError> {
        let mut query = self.job.plan.query();
        query.deleted = changes.is_some();
        query.changes = changes;
        let mut source = (self.job.right)(&query)?;
        self.take_right(source.as_mut())
    }

    pub(super) fn take_right(&mut self, source: &mut dyn Source) -> Result<(), EngineError> {
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
    pub(super) fn take(&mut self, end: End, key: &str, digest: crate::connect::Digest, keep: &dyn Fn() -> Record) {
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
    pub(super) fn conclude(&mut self, full: bool) -> Result<(), EngineError> {
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
    pub(super) fn renamed(&mut self, record: usize) -> Option<usize> {
        let partner = self.records[0][record].partner.clone()?;
        let place = self.index.find(End::Right, &partner)?;
        let known = &self.index.pairs[place];
        (known.has[0] && !known.read[0] && known.let_go == LetGo::No).then_some(place)
    }

    /// Looks for records that the right end did not show: they may be deleted, or only no longer among those that take part.
    pub(super) fn missing(&mut self) -> Result<(), EngineError> {
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
    pub(super) fn waiting_ones(&mut self) -> Result<(), EngineError> {
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
}

//! Who belongs to whom: known pairs about which something was read, and records that look for a partner.

use super::compare::Pass;
use super::ends::Record;
use super::judge::Case;
use super::partners::{ambiguous, partners};
use super::verdicts::Entry;
use crate::engine::EngineError;
use crate::store::{About, ConflictRecord, ConflictState, LetGo, PairRecord};
use crate::sync::{End, Resolution};
use std::collections::HashSet;

impl Pass<'_> {
    /// Judges the pairs about which something was read, or that wait.
    pub(super) fn known_pairs(&mut self) -> Result<(), EngineError> {
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
    pub(super) fn new_pairs(&mut self) -> Result<(), EngineError> {
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
    pub(super) fn said_pairs(&mut self) -> Result<[HashSet<usize>; 2], EngineError> {
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
    pub(super) fn let_alone(&mut self, end: End, record: usize) {
        let mut pair = PairRecord { let_go: LetGo::Said, ..PairRecord::default() };
        pair.keys[end as usize] = Some(self.records[end as usize][record].key.to_string());
        self.counts.alone[end as usize] += 1;
        self.entries.push(Entry { pair, new: true, write: false, deeds: Vec::new(), found: None });
    }

    pub(super) fn pair_up(&mut self, left: Option<usize>, right: Option<usize>) -> Result<(), EngineError> {
        let key = |at: usize, record: Option<usize>| record.map(|record| self.records[at][record].key.to_string());
        let pair = PairRecord {
            keys: [key(0, left), key(1, right)],
            agreed: vec![None; self.job.plan.lines.len()],
            ..PairRecord::default()
        };
        self.judge(pair, [left, right], [false; 2], None)
    }

    /// Group conflicts that are there no more need nobody.
    pub(super) fn forget_groups(&mut self) {
        let gone = self.waiting.iter().filter(|(about, (id, _))| {
            matches!(about, About::Group(_)) && !self.groups.contains(about) && !self.written.contains(id)
        });
        self.settled.extend(gone.map(|(_, (id, _))| *id));
    }

    pub(super) fn judge(
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
}

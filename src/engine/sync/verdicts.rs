//! What was decided about a pair, written down: deeds, conflicts, and pairs that are in step.

use super::close::hash;
use super::compare::Pass;
use super::ends::digest;
use super::judge::Judged;
use crate::connect::{ConnectError, SyncPart};
use crate::engine::EngineError;
use crate::store::{About, ConflictId, LetGo, NewConflict, NewDeed, PairRecord, Verdict};
use crate::sync::{Decision, Deed, End, Trail};

/// Pairs written down together.
const AT_ONCE: usize = 2_000;

/// What is known of a pair and what is to be written down about it.
pub(super) struct Entry {
    pub(super) pair: PairRecord,
    /// Whether the pair is new; else whether it is written as it is here.
    pub(super) new: bool,
    pub(super) write: bool,
    pub(super) deeds: Vec<NewDeed>,
    pub(super) found: Option<NewConflict>,
}

impl Pass<'_> {
    /// Turns a judgement into what is written down.
    pub(super) fn enter(&mut self, mut pair: PairRecord, judged: Judged, trail: Trail, resolved: Option<ConflictId>) {
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
                pair.hash = Some(hash(self.job.plan, &pair.agreed));
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

    pub(super) fn count(&mut self, decision: &Decision, let_go: LetGo, conflict: bool) {
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

    pub(super) fn row(&mut self, part: SyncPart) -> u64 {
        let row = self.rows.entry(part).or_default();
        *row += 1;
        *row
    }

    /// Writes down what was decided; in memory it waits only for that.
    pub(super) fn flush(&mut self) -> Result<(), EngineError> {
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
    pub(super) fn threshold(&self) -> Result<(), EngineError> {
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

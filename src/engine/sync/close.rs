//! What became of deeds, written down: one that was done moves the agreement of its pair, one that was not leaves it to be judged again.

use super::deeds::end_of;
use super::ends::digest;
use crate::connect::{Outcome, RowOutcome, SyncPart};
use crate::engine::EngineError;
use crate::integration::SyncPlan;
use crate::record::RowNumber;
use crate::store::{LetGo, PairRecord, RunId, Settled, Store, StoredDeed};
use crate::sync::End;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// Deeds written down together.
const AT_ONCE: usize = 2_000;

/// Writes down what became of a pass. `steps` says which step of the run does which kind of deeds; with `over` the run has ended, and a
/// deed without an outcome was not done.
pub fn close(
    store: &Store,
    run: RunId,
    plan: &SyncPlan,
    steps: &HashMap<SyncPart, usize>,
    over: bool,
    now: i64,
) -> Result<(), EngineError> {
    let closing = Closing { store, run, plan, steps, over, now };
    for part in SyncPart::ALL {
        let mut next = 1;
        loop {
            let deeds = store.deeds(run, plan.index, part, next, AT_ONCE)?;
            let Some(last) = deeds.last() else { break };
            next = last.row + 1;
            closing.some(part, &deeds)?;
        }
    }
    Ok(())
}

/// SHA-256 over what both ends agree on: each line's path and value with their lengths, so that no two agreements run together.
pub(super) fn hash(plan: &SyncPlan, agreed: &[Option<String>]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let mut part = |text: &str| {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    for (line, value) in plan.lines.iter().zip(agreed) {
        part(&line.path);
        match value {
            Some(value) => part(value),
            None => part("\u{0}never"),
        }
    }
    hasher.finalize().into()
}

struct Closing<'a> {
    store: &'a Store,
    run: RunId,
    plan: &'a SyncPlan,
    steps: &'a HashMap<SyncPart, usize>,
    over: bool,
    now: i64,
}

/// A deed with what became of it; `None` where that is not known yet.
struct Done<'a> {
    part: SyncPart,
    deed: &'a StoredDeed,
    outcome: Option<RowOutcome>,
}

impl Done<'_> {
    fn done(&self) -> bool {
        let outcome = self.outcome.as_ref().map(RowOutcome::outcome);
        matches!(outcome, Some(Outcome::Created | Outcome::Updated | Outcome::Deleted | Outcome::Unchanged))
    }

    fn end(&self) -> End {
        end_of(self.part)
    }
}

impl Closing<'_> {
    fn some(&self, part: SyncPart, deeds: &[StoredDeed]) -> Result<(), EngineError> {
        let open: Vec<_> = deeds.iter().filter(|deed| !deed.settled).collect();
        let (Some(first), Some(last)) = (open.first(), open.last()) else { return Ok(()) };
        let outcomes = self.outcomes(part, first.row, last.row)?;
        let (mut pairs, mut dropped, mut settled) = (Vec::new(), Vec::new(), Vec::new());
        let (mut written, mut refused) = (Vec::new(), Vec::new());
        for deed in open {
            let outcome = outcomes.get(&deed.row).cloned();
            if outcome.is_none() && !self.over {
                continue;
            }
            let this = Done { part, deed, outcome };
            let other = match deed.beside {
                // Both are settled together, with the later.
                Some((beside, _)) if beside > part => {
                    settled.push(deed.row);
                    continue;
                }
                Some((beside, row)) => self.beside(beside, row)?,
                None => None,
            };
            settled.push(deed.row);
            let Some(mut pair) = self.store.pair(deed.pair)? else { continue };
            let mut both = vec![this];
            let other =
                other.as_ref().map(|(part, deed, outcome)| Done { part: *part, deed, outcome: outcome.clone() });
            both.extend(other);
            if let Some(conflict) = deed.verdict.conflict {
                match both.iter().find(|done| !done.done()) {
                    None => written.push(conflict),
                    Some(failed) => refused.push((conflict, why(failed.outcome.as_ref()))),
                }
            }
            if self.apply(&both, &mut pair) { pairs.push(pair) } else { dropped.push(pair.id) }
        }
        self.store.put_pairs(&pairs)?;
        self.store.drop_pairs(&dropped)?;
        self.store.conflicts_written(self.now, &written, &format!("run {}", self.run.0))?;
        for (conflict, why) in refused {
            self.store.conflict_refused(self.now, conflict, &why)?;
        }
        Ok(self.store.deeds_settled(self.run, self.plan.index, part, &settled)?)
    }

    fn outcomes(
        &self,
        part: SyncPart,
        first: RowNumber,
        last: RowNumber,
    ) -> Result<HashMap<RowNumber, RowOutcome>, EngineError> {
        let Some(step) = self.steps.get(&part) else { return Ok(HashMap::new()) };
        let settled = self.store.outcomes_between(self.run, *step, first, last)?;
        Ok(settled.into_iter().map(|Settled { row, outcome }| (row, outcome)).collect())
    }

    fn beside(
        &self,
        part: SyncPart,
        row: RowNumber,
    ) -> Result<Option<(SyncPart, StoredDeed, Option<RowOutcome>)>, EngineError> {
        let mut deeds = self.store.deeds(self.run, self.plan.index, part, row, 1)?;
        let Some(deed) = deeds.pop().filter(|deed| deed.row == row) else { return Ok(None) };
        let outcome = self.outcomes(part, row, row)?.remove(&row);
        Ok(Some((part, deed, outcome)))
    }

    /// Moves a pair by its deeds; `false` when nothing of it is left.
    fn apply(&self, deeds: &[Done<'_>], pair: &mut PairRecord) -> bool {
        let Some(first) = deeds.first() else { return true };
        match first.part {
            SyncPart::LinkLeft | SyncPart::LinkRight => {
                if first.done() {
                    pair.linked[first.end() as usize] = true;
                }
                return true;
            }
            SyncPart::DeleteLeft | SyncPart::DeleteRight => {
                if !first.done() {
                    self.judge_again(first, pair);
                }
                return !first.done();
            }
            _ => {}
        }
        if first.deed.verdict.archive {
            match first.done() {
                true => pair.let_go = LetGo::Deleted(first.end().other()),
                false => self.judge_again(first, pair),
            }
            return true;
        }
        for deed in deeds {
            self.made(deed, pair);
        }
        match deeds.iter().find(|deed| !deed.done()) {
            None => self.agree(first, pair),
            Some(failed) if deeds.len() == 1 => self.judge_again(failed, pair),
            Some(failed) if deeds.iter().any(Done::done) => self.half_done(failed, pair),
            Some(failed) => self.judge_again(failed, pair),
        }
        true
    }

    /// A record that was made has a key now.
    fn made(&self, deed: &Done<'_>, pair: &mut PairRecord) {
        if !matches!(deed.part, SyncPart::CreateLeft | SyncPart::CreateRight) {
            return;
        }
        let at = deed.end() as usize;
        match &deed.outcome {
            Some(outcome) if deed.done() => {
                pair.keys[at] = outcome.id().map(str::to_owned);
                pair.let_go = LetGo::No;
                // A new left record was made with the right one's id; the right one may not know the left one's key yet.
                pair.linked[0] |= at == 0;
                if at == 0 {
                    pair.linked[1] = !self.plan.left_gives_keys();
                } else if !self.plan.sync.keeps.left_id.is_empty() {
                    pair.linked[0] = false;
                }
            }
            // It may be there, and nothing would tell it from others: made again, it might be there twice.
            Some(RowOutcome::Unconfirmed(_)) if self.plan.key_line.is_none() => pair.let_go = LetGo::Said,
            _ => {}
        }
    }

    /// Both ends hold what was decided.
    fn agree(&self, deed: &Done<'_>, pair: &mut PairRecord) {
        let verdict = &deed.deed.verdict;
        pair.agreed.clone_from(&verdict.agreed);
        for end in End::BOTH {
            pair.hold(end, verdict.whole[end as usize].clone());
            pair.seen[end as usize] = Some(digest(self.plan, &verdict.whole[end as usize]));
        }
        pair.at = verdict.at;
        pair.trail = verdict.trail.clone();
        pair.hash = Some(hash(self.plan, &pair.agreed));
        pair.synced_at = Some(self.now);
        if deed.end() == End::Right && !self.plan.sync.keeps.left_synced.is_empty() {
            pair.linked[0] = false;
        }
    }

    /// Nothing was done: the ends hold what they were seen to hold, and the pair is judged again.
    fn judge_again(&self, deed: &Done<'_>, pair: &mut PairRecord) {
        let (verdict, end) = (&deed.deed.verdict, deed.end());
        let other = end.other();
        if !verdict.whole[other as usize].is_empty() {
            pair.hold(other, verdict.whole[other as usize].clone());
        }
        if !verdict.seen.is_empty() {
            pair.hold(end, verdict.seen.clone());
        }
        pair.at = verdict.at;
        pair.seen = [None, None];
    }

    /// One end holds what was decided and the other one does not: as if the one had been changed since they agreed on what the other holds.
    fn half_done(&self, failed: &Done<'_>, pair: &mut PairRecord) {
        let (verdict, end) = (&failed.deed.verdict, failed.end());
        pair.agreed.clone_from(&verdict.agreed);
        for (line, _) in &verdict.writes {
            if let (Some(agreed), Some(seen)) = (pair.agreed.get_mut(*line), verdict.seen.get(*line)) {
                *agreed = Some(seen.clone());
            }
        }
        pair.hold(end, verdict.seen.clone());
        pair.hold(end.other(), verdict.whole[end.other() as usize].clone());
        pair.at = verdict.at;
        pair.seen = [None, None];
    }
}

fn why(outcome: Option<&RowOutcome>) -> String {
    match outcome.and_then(RowOutcome::rejection) {
        Some(rejection) => rejection.message.clone(),
        None => "it was not sent: the run stopped before".to_owned(),
    }
}

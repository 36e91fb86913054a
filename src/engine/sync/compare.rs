//! The pass: both ends read, compared with what is known, and everything decided before anything is done. `reading` has how records
//! come in, `pairing` who belongs to whom, `verdicts` what is written down.

use super::ends::Record;
use super::index::Index;
use super::scales::SyncCounts;
use super::verdicts::Entry;
use crate::cancel::Cancel;
use crate::connect::changes::Changes;
use crate::connect::soql::QuerySettings;
use crate::connect::{ConnectError, Source, SyncPart};
use crate::engine::EngineError;
use crate::integration::SyncPlan;
use crate::store::{About, ConflictId, ConflictState, IntegrationId, LetGo, RunId, Store, SyncState};
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

/// A pass under way.
pub(super) struct Pass<'a> {
    pub(super) job: &'a PassJob<'a>,
    pub(super) index: Index,
    pub(super) waiting: HashMap<About, (ConflictId, ConflictState)>,
    pub(super) records: [Vec<Record>; 2],
    /// Which record was read of a known pair, by its place.
    pub(super) of: [HashMap<usize, usize>; 2],
    /// Records without a partner.
    pub(super) alone: [Vec<usize>; 2],
    /// Whether the left end was read so that what is missing is missing.
    pub(super) whole: bool,
    pub(super) counts: SyncCounts,
    pub(super) entries: Vec<Entry>,
    pub(super) rows: HashMap<SyncPart, u64>,
    /// Conflicts that nobody needs to decide any more.
    pub(super) settled: Vec<ConflictId>,
    pub(super) written: Vec<ConflictId>,
    pub(super) dropped: Vec<i64>,
    pub(super) groups: HashSet<About>,
}

impl<'a> Pass<'a> {
    pub(super) fn begin(job: &'a PassJob<'a>) -> Result<Pass<'a>, EngineError> {
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
}

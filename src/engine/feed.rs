//! The feed: stored rows, mapped and encoded on demand, cut into deliveries.

use super::lane::Lane;
use super::later;
use super::links::FoundRows;
use super::{EngineError, sync};
use crate::connect::{Api, ConnectError, Digest, Digester, EncodedRows, Encoder, RowOutcome, Sent, Terms};
use crate::integration::{Key, PlannedStep};
use crate::mapping::Mapped;
use crate::record::{Batch, RowNumber};
use crate::store::{Blocks, OpenedJob, Outcomes, RunId, Settled, Store};

/// Bytes of a piece of a body.
const PIECE: usize = 256 << 10;

/// Bytes of a delivery whose rows are sorted: it is held in memory as a whole.
const SORTED: usize = 24 << 20;

/// Which rows are fed.
pub(super) enum Pick {
    /// All but these, which have an outcome or are none of this delivery's.
    Unsettled(Outcomes),
    /// These, ascending; for a delivery whose fate must be found out.
    Only(Vec<RowNumber>),
}

/// A body whose rows are given out by parent.
#[derive(Default)]
struct Sorted {
    body: Vec<u8>,
    /// Digest of each row's parent, and where the row stands in the body.
    rows: Vec<(Digest, usize, usize)>,
    /// Rows given out.
    given: usize,
}

impl Sorted {
    fn take(&mut self, body: Vec<u8>) {
        self.body = body;
        self.rows.sort_unstable();
    }

    fn piece(&mut self, piece: &mut Vec<u8>) {
        while let Some((_, from, to)) = self.rows.get(self.given).filter(|_| piece.len() < PIECE) {
            piece.extend_from_slice(&self.body[*from..*to]);
            self.given += 1;
        }
    }
}

/// Feeds the rows of one lane, delivery after delivery.
pub(super) struct Feed<'a> {
    store: &'a Store,
    run: RunId,
    step: usize,
    planned: &'a PlannedStep,
    lane: &'a Lane,
    encoder: Encoder,
    digester: Digester,
    terms: &'a Terms,
    pick: Pick,
    blocks: Blocks<'a>,
    batch: Batch,
    /// What was looked up for the rows of `batch`.
    found: FoundRows,
    at: usize,
    mapped: Mapped,
    /// The delivery under way.
    start: RowNumber,
    bytes: usize,
    full: bool,
    ahead: Option<Vec<u8>>,
    /// The cell that says under which record a row goes, where rows of one parent are to stand together.
    parent: Option<usize>,
    sorted: Sorted,
    sent: Sent,
    keys: Vec<String>,
    rejected: Vec<Settled>,
    /// The column that says when a record was changed last, where it is written only if nobody did so since.
    stamp: Option<usize>,
    /// What it says of the row added last.
    unmodified: Option<String>,
    stop_at_bad: bool,
    /// Whether a bad row ended the run.
    stopped: bool,
}

impl<'a> Feed<'a> {
    pub(super) fn new(
        store: &'a Store,
        run: RunId,
        step: usize,
        planned: &'a PlannedStep,
        lane: &'a Lane,
        terms: &'a Terms,
        pick: Pick,
    ) -> Feed<'a> {
        let first = match &pick {
            Pick::Unsettled(_) => 1,
            Pick::Only(rows) => rows.first().copied().unwrap_or(1),
        };
        Feed {
            store,
            run,
            step,
            planned,
            lane,
            encoder: lane.encoder(&planned.shape.object.name, terms.encoding),
            digester: Digester::default(),
            terms,
            pick,
            blocks: store.blocks(run, step, first),
            batch: Batch::default(),
            found: FoundRows::default(),
            at: 0,
            mapped: Mapped::default(),
            start: first,
            bytes: 0,
            full: false,
            ahead: None,
            // Jobs have no serial mode: rows of one parent that stand together meet in one of its chunks, and lock nobody out.
            parent: later::parent_cell(planned).filter(|_| terms.api == Api::Bulk),
            sorted: Sorted::default(),
            sent: Sent::default(),
            keys: Vec::new(),
            rejected: Vec::new(),
            stamp: sync::stamp(&planned.step, &planned.source),
            unmodified: None,
            stop_at_bad: planned.step.options.stop_at_first_bad_row,
            stopped: false,
        }
    }

    /// Begins the next delivery; `false` when no row is left.
    pub(super) fn begin(&mut self) -> Result<bool, EngineError> {
        self.reset();
        if self.stopped || !self.advance()? {
            return Ok(false);
        }
        self.start = self.batch.row(self.at).map_or(self.start, |row| row.number());
        self.ahead = self.fill()?;
        Ok(self.ahead.is_some())
    }

    /// The rows of the delivery under way, once its body was taken.
    pub(super) fn take_sent(&mut self) -> Sent {
        std::mem::take(&mut self.sent)
    }

    /// The key of each row of the delivery under way, in the order of its rows; blank where rows have none.
    pub(super) fn take_keys(&mut self) -> Vec<String> {
        std::mem::take(&mut self.keys)
    }

    /// Rows that cannot be sent, met since this was last asked.
    pub(super) fn take_rejected(&mut self) -> Vec<Settled> {
        std::mem::take(&mut self.rejected)
    }

    /// Whether a bad row ended the run.
    pub(super) fn stopped(&self) -> bool {
        self.stopped
    }

    fn reset(&mut self) {
        self.bytes = 0;
        self.full = false;
        self.ahead = None;
        self.sorted = Sorted::default();
        self.sent = Sent::default();
        self.keys.clear();
    }

    /// The next piece of the delivery under way.
    fn fill(&mut self) -> Result<Option<Vec<u8>>, EngineError> {
        match self.parent {
            Some(parent) => self.fill_sorted(parent),
            None => self.fill_in_order(),
        }
    }

    /// The next piece of a delivery whose rows stand by parent.
    fn fill_sorted(&mut self, parent: usize) -> Result<Option<Vec<u8>>, EngineError> {
        if self.stopped {
            return Ok(None);
        }
        if self.sent.rows.is_empty() {
            let mut body = Vec::new();
            while !self.full && !self.stopped && self.sent.rows.len() < self.terms.rows && self.advance()? {
                let (from, rows) = (body.len(), self.sent.rows.len());
                if !self.add_row(&mut body) {
                    break;
                }
                if self.sent.rows.len() > rows {
                    self.sorted.rows.push((later::key(self.mapped.value(parent)), from, body.len()));
                }
                self.at += 1;
                self.full = body.len() >= SORTED;
            }
            self.full = true;
            self.sorted.take(body);
            if self.sent.rows.is_empty() {
                return Ok(None);
            }
            let mut piece = Vec::with_capacity(PIECE);
            self.encoder.begin(&mut piece);
            self.sorted.piece(&mut piece);
            return Ok(Some(piece));
        }
        let mut piece = Vec::with_capacity(PIECE);
        self.sorted.piece(&mut piece);
        Ok((!piece.is_empty()).then_some(piece))
    }

    fn fill_in_order(&mut self) -> Result<Option<Vec<u8>>, EngineError> {
        if self.full || self.stopped {
            return Ok(None);
        }
        let mut piece = Vec::with_capacity(PIECE + (PIECE >> 3));
        if self.sent.rows.is_empty() {
            self.encoder.begin(&mut piece);
        }
        let rows_before = self.sent.rows.len();
        while piece.len() < PIECE {
            if self.sent.rows.len() >= self.terms.rows {
                self.full = true;
                break;
            }
            if !self.advance()? {
                self.full = true;
                break;
            }
            if !self.add_row(&mut piece) {
                break;
            }
            self.at += 1;
        }
        self.bytes += piece.len();
        Ok((self.sent.rows.len() > rows_before).then_some(piece))
    }

    /// Moves to the next row of this lane; `false` at the end.
    fn advance(&mut self) -> Result<bool, EngineError> {
        loop {
            while let Some(row) = self.batch.row(self.at) {
                if self.wants(row.number()) {
                    return Ok(true);
                }
                self.at += 1;
            }
            let Some(batch) = self.blocks.read()? else { return Ok(false) };
            self.found = FoundRows::load(self.store, self.run, self.step, self.planned, &batch)?;
            (self.batch, self.at) = (batch, 0);
        }
    }

    fn wants(&self, row: RowNumber) -> bool {
        let picked = match &self.pick {
            Pick::Unsettled(done) => !done.has(row),
            Pick::Only(rows) => rows.binary_search(&row).is_ok(),
        };
        picked && self.lane_takes(row)
    }

    fn lane_takes(&self, row: RowNumber) -> bool {
        // A row that could not be looked up because it is damaged or has no key is rejected on the first lane.
        match self.planned.key {
            Key::Lookup(_) | Key::FirstPass => {
                self.record(row).map_or_else(|| self.lane.is_first(), |id| self.lane.takes(Some(id)))
            }
            _ => true,
        }
    }

    fn record(&self, row: RowNumber) -> Option<&str> {
        self.found.of(row).record()
    }

    /// Adds the row at hand; `false` when it does not fit into this delivery any more.
    fn add_row(&mut self, piece: &mut Vec<u8>) -> bool {
        let Some(row) = self.batch.row(self.at) else { return true };
        if let Err(rejection) = self.lane.map(self.planned, row, self.found.of(row.number()), &mut self.mapped) {
            // What moved on is for the next sync, and no failure.
            let skipped = rejection.code == sync::MOVED_ON;
            let outcome = if skipped { RowOutcome::Skipped } else { RowOutcome::NotSent }(rejection.into());
            self.rejected.push(Settled { row: row.number(), outcome });
            self.stopped = self.stop_at_bad;
            return !self.stopped;
        }
        let id = self.record(row.number()).unwrap_or("").to_owned();
        let before = piece.len();
        let first = self.sent.rows.is_empty();
        self.encoder.row(&self.mapped, &id, first, piece);
        if self.bytes + piece.len() > self.terms.bytes && !first {
            piece.truncate(before);
            self.full = true;
            return false;
        }
        let digest = self.encoder.digest(&self.mapped, &id, self.terms.pair_by, &mut self.digester);
        self.sent.rows.push((row.number(), digest));
        self.unmodified = self.stamp.and_then(|stamp| sync::http_date(row.cell(stamp)));
        if matches!(self.pick, Pick::Only(_)) {
            self.keys.push(self.key(&id));
        }
        true
    }

    /// The value by which the other side knows the row at hand.
    fn key(&self, id: &str) -> String {
        if !id.is_empty() {
            return id.to_owned();
        }
        self.planned.key_cells().first().map_or_else(String::new, |cell| self.mapped.value(*cell).to_owned())
    }
}

impl EncodedRows for Feed<'_> {
    fn next(&mut self) -> Result<Option<Vec<u8>>, ConnectError> {
        if let Some(piece) = self.ahead.take() {
            return Ok(Some(piece));
        }
        self.fill().map_err(|error| match error {
            EngineError::Connect(error) => error,
            EngineError::Cancelled => ConnectError::Cancelled,
            other => ConnectError::Refused { message: other.to_string(), hint: other.hint() },
        })
    }

    fn rewind(&mut self) {
        let start = self.start;
        self.reset();
        // What was rejected in this delivery will be rejected again.
        self.rejected.retain(|settled| settled.row < start);
        self.blocks = self.store.blocks(self.run, self.step, start);
        self.batch = Batch::default();
        self.at = 0;
        self.skip_to(start);
    }

    fn unmodified_since(&self) -> Option<String> {
        self.unmodified.clone()
    }

    fn opened(&mut self, job: &str, version: &str) -> Result<(), ConnectError> {
        let opened = OpenedJob { id: job.to_owned(), run: self.run, step: self.step, version: version.to_owned() };
        self.store.job_opened(&opened).map_err(|error| match EngineError::from(error) {
            EngineError::Connect(error) => error,
            other => ConnectError::Refused { message: other.to_string(), hint: other.hint() },
        })
    }
}

impl Feed<'_> {
    /// Loads the block of `start` and moves to that row, so that a delivery begins where it began before.
    fn skip_to(&mut self, start: RowNumber) {
        // A failure to read shows again with the next piece.
        if let Ok(true) = self.advance() {
            while self.batch.row(self.at).is_some_and(|row| row.number() < start) {
                self.at += 1;
            }
        }
    }
}

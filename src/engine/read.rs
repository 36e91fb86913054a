//! Reading: the source's rows, once and to their end, into the store.

use super::meter::Meter;
use super::{Desk, EngineError};
use crate::engine::Phase;
use crate::record::{Batch, Row};
use crate::store::Blocks;

/// Bytes of text kept in memory before they are written: blocks go to the store several at a time.
const HELD: usize = 8 << 20;

/// Reads the rows of a step that the store does not have yet.
pub(super) fn read(desk: &Desk<'_>, step: usize, meter: &Meter) -> Result<(), EngineError> {
    let record = desk.step_record(step)?;
    let limit = desk.trial.unwrap_or(u64::MAX);
    if record.read_all && !desk.read_on {
        meter.read_all(record.read);
        return Ok(());
    }
    meter.phase(Phase::Reading);
    let mut source = (desk.source)(step)?;
    let mut kept = record.read;
    if !record.read_all {
        // It died while reading. Nothing was sent yet, so the beginning is simply read again.
        desk.store.drop_blocks(desk.run, step)?;
        kept = 0;
    }
    let old = OldRows { blocks: desk.store.blocks(desk.run, step, 1), block: Batch::default(), at: 0 };
    let mut intake = Intake { desk, step, kept, read: 0, limit, held: Vec::new(), held_bytes: 0, old };
    let remaining = loop {
        desk.cancel.check()?;
        match source.read()? {
            None => break false,
            Some(batch) => {
                let more = intake.take(batch)?;
                meter.read(intake.read);
                if more {
                    break true;
                }
            }
        }
    };
    intake.flush()?;
    if intake.read < intake.kept {
        return Err(EngineError::SourceChanged(format!("{} has fewer rows than when the run began", record.source)));
    }
    desk.store.set_read_all(desk.run, step, intake.read, remaining)?;
    meter.read_all(intake.read);
    Ok(())
}

struct Intake<'a> {
    desk: &'a Desk<'a>,
    step: usize,
    /// Rows that the store has from an earlier stretch.
    kept: u64,
    read: u64,
    limit: u64,
    held: Vec<Batch>,
    held_bytes: usize,
    old: OldRows<'a>,
}

/// The rows of an earlier stretch, to compare with.
struct OldRows<'a> {
    blocks: Blocks<'a>,
    block: Batch,
    at: usize,
}

impl Intake<'_> {
    /// Takes what is new of a batch; says whether rows beyond the limit remain.
    fn take(&mut self, batch: Batch) -> Result<bool, EngineError> {
        let before = self.read;
        let rows = (batch.len() as u64).min(self.limit.saturating_sub(before));
        self.read += rows;
        let more = rows < batch.len() as u64;
        let known = self.kept.saturating_sub(before).min(rows) as usize;
        for row in batch.rows().take(known) {
            if !self.old.next_is(row)? {
                let what = format!("row {} of the source has changed since the run began", row.number());
                return Err(EngineError::SourceChanged(what));
            }
        }
        if rows as usize > known {
            let batch = if known == 0 && !more { batch } else { batch.part(known, rows as usize) };
            self.held_bytes += batch.bytes() + batch.len() * batch.columns() * 4;
            self.held.push(batch);
            if self.held_bytes >= HELD {
                self.flush()?;
            }
        }
        Ok(more)
    }

    fn flush(&mut self) -> Result<(), EngineError> {
        if !self.held.is_empty() {
            self.desk.store.save_blocks(self.desk.run, self.step, &self.held, self.read)?;
            self.held.clear();
            self.held_bytes = 0;
        }
        Ok(())
    }
}

impl OldRows<'_> {
    /// Whether the next old row has the same cells.
    fn next_is(&mut self, row: Row<'_>) -> Result<bool, EngineError> {
        if self.at >= self.block.len() {
            self.block = self.blocks.read()?.unwrap_or_default();
            self.at = 0;
        }
        let same = self.block.row(self.at).is_some_and(|old| old.cells().eq(row.cells()));
        self.at += 1;
        Ok(same)
    }
}

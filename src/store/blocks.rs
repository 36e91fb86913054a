//! Source rows, kept in compressed blocks from before they are sent. Recovery, pairing, results and retry read these and never
//! the source again: files move, and pages shift.

use super::{RunId, Store, StoreError};
use crate::record::{Batch, RowNumber};
use rusqlite::OptionalExtension as _;
use zstd::bulk::Decompressor;

/// Speed over size: rows are written once and mostly read once.
const LEVEL: i32 = 1;

/// Reads the rows of one step of a run, block after block. No read transaction outlives a block.
pub struct Blocks<'a> {
    store: &'a Store,
    run: RunId,
    step: usize,
    next: RowNumber,
    /// Made for the first block and kept for the others: asking for fresh memory costs as much as filling it.
    unpacker: Option<Decompressor<'static>>,
    unpacked: Vec<u8>,
}

impl Store {
    /// Keeps some batches, and how many rows were read so far.
    pub fn save_blocks(&self, run: RunId, step: usize, batches: &[Batch], read: u64) -> Result<(), StoreError> {
        let compress = |batch: &Batch| zstd::bulk::compress(&batch.to_block(), LEVEL);
        let bodies: Vec<_> = super::cost::counted(|| batches.iter().map(compress).collect());
        self.write(|db| {
            let mut insert =
                db.prepare_cached("INSERT INTO block (run, step, first, rows, body) VALUES (?1, ?2, ?3, ?4, ?5)")?;
            for (batch, body) in batches.iter().zip(bodies) {
                // Compressing into memory fails only when memory does.
                let body = body.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
                insert.execute((run.0, step as i64, batch.first() as i64, batch.len() as i64, body))?;
            }
            db.execute(
                "UPDATE run_step SET read = ?3 WHERE run = ?1 AND step = ?2",
                (run.0, step as i64, read as i64),
            )?;
            Ok(())
        })
    }

    /// Forgets the rows of a step that was not read to its end.
    pub fn drop_blocks(&self, run: RunId, step: usize) -> Result<(), StoreError> {
        self.write(|db| {
            db.execute("DELETE FROM block WHERE run = ?1 AND step = ?2", (run.0, step as i64))?;
            db.execute("UPDATE run_step SET read = 0 WHERE run = ?1 AND step = ?2", (run.0, step as i64)).map(drop)
        })
    }

    /// The rows of a step from the block that holds row `from`.
    pub fn blocks(&self, run: RunId, step: usize, from: RowNumber) -> Blocks<'_> {
        Blocks { store: self, run, step, next: from.max(1), unpacker: None, unpacked: Vec::new() }
    }
}

impl Blocks<'_> {
    /// The next block, or `None` at the end.
    pub fn read(&mut self) -> Result<Option<Batch>, StoreError> {
        let mut batch = Batch::default();
        Ok(self.read_over(&mut batch)?.then_some(batch))
    }

    /// Goes on with the block that holds this row.
    pub fn seek(&mut self, row: RowNumber) {
        self.next = row.max(1);
    }

    /// Puts the next block in the place of another, whose memory it takes over; `false` at the end.
    pub fn read_over(&mut self, batch: &mut Batch) -> Result<bool, StoreError> {
        let store = self.store;
        let find = || {
            let mut query = store.connection.prepare_cached(
                "SELECT body FROM block WHERE run = ?1 AND step = ?2 AND first <= ?3 AND first + rows > ?3 ORDER BY first DESC LIMIT 1",
            )?;
            query.query_row((self.run.0, self.step as i64, self.next as i64), |row| row.get::<_, Vec<u8>>(0)).optional()
        };
        let Some(body) = store.sql(find())? else { return Ok(false) };
        let damaged = || store.damaged(format!("rows of run {} from row {}", self.run.0, self.next));
        // A block is at most a few megabytes; a damaged length must not ask for all memory.
        let size = Decompressor::upper_bound(&body).unwrap_or(1 << 26).min(1 << 30);
        let unpacker = match &mut self.unpacker {
            Some(unpacker) => unpacker,
            // Fails only when memory does.
            none => none.insert(Decompressor::new().map_err(|_| damaged())?),
        };
        self.unpacked.clear();
        self.unpacked.reserve(size);
        unpacker.decompress_to_buffer(&body, &mut self.unpacked).map_err(|_| damaged())?;
        batch.read_block(&self.unpacked).map_err(|_| damaged())?;
        self.next = batch.first() + batch.len() as u64;
        Ok(true)
    }
}

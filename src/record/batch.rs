//! Rows on their way: many at a time, all their text in one buffer, so that no cell costs an allocation.

use super::{Rejection, number_from, number_to};

/// A row's number within its source, counted from 1 and without the header. It is the row's name everywhere: in the ledger, in
/// result files and in the window.
pub type RowNumber = u64;

/// Some rows of a source, in order, with the place each came from.
///
/// All cells stand in one text, row after row; a row with too few cells is filled with blanks and one with too many keeps the
/// rest aside, so that nothing of a damaged row is lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    first: RowNumber,
    pub(super) columns: usize,
    pub(super) text: String,
    /// End of each cell in `text`, row after row.
    pub(super) ends: Vec<u32>,
    /// Line (of a file) or row (of a sheet) on which each row begins.
    lines: Vec<u64>,
    /// Rows that came damaged, with what is wrong, by index, ascending.
    faults: Vec<(u32, Rejection)>,
    /// Cells beyond the last column, by index, ascending.
    pub(super) extra: Vec<(u32, Vec<String>)>,
}

/// One row of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    batch: &'a Batch,
    index: usize,
}

/// A stored block cannot be read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored block of rows is damaged")]
pub struct BlockError;

impl Batch {
    /// Number of its first row.
    pub fn first(&self) -> RowNumber {
        self.first
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many columns each row has.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Bytes of text it holds.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Its rows, in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        (0..self.len()).map(|index| Row { batch: self, index })
    }

    /// The rows from index `from` to before index `to`, as a batch of their own.
    pub fn part(&self, from: usize, to: usize) -> Batch {
        let mut part = BatchBuilder::new(self.first + from as u64, self.columns);
        for row in self.rows().take(to).skip(from) {
            row.cells().for_each(|cell| part.cell(cell));
            row.extra().iter().for_each(|cell| part.cell(cell));
            part.end_row(row.line(), row.fault().cloned());
        }
        part.finish()
    }

    /// The row at `index`, counted from 0 within the batch.
    pub fn row(&self, index: usize) -> Option<Row<'_>> {
        (index < self.len()).then_some(Row { batch: self, index })
    }
}

impl<'a> Row<'a> {
    /// Its number within the source.
    pub fn number(&self) -> RowNumber {
        self.batch.first + self.index as u64
    }

    /// The line or sheet row on which it begins.
    pub fn line(&self) -> u64 {
        self.batch.lines[self.index]
    }

    /// The text of a column; blank where the row has none.
    #[inline]
    pub fn cell(&self, column: usize) -> &'a str {
        if column >= self.batch.columns {
            return "";
        }
        let at = self.index * self.batch.columns + column;
        let from = if at == 0 { 0 } else { self.batch.ends[at - 1] };
        &self.batch.text[from as usize..self.batch.ends[at] as usize]
    }

    /// All its cells, in order.
    pub fn cells(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let row = *self;
        (0..row.batch.columns).map(move |column| row.cell(column))
    }

    /// Cells beyond the last column.
    pub fn extra(&self) -> &'a [String] {
        let found = self.batch.extra.binary_search_by_key(&(self.index as u32), |(index, _)| *index);
        found.map_or(&[], |at| &self.batch.extra[at].1)
    }

    /// What is wrong with the row as a whole, if it came damaged.
    pub fn fault(&self) -> Option<&'a Rejection> {
        let found = self.batch.faults.binary_search_by_key(&(self.index as u32), |(index, _)| *index);
        found.ok().map(|at| &self.batch.faults[at].1)
    }
}

/// Makes a batch, row after row.
#[derive(Debug)]
pub struct BatchBuilder {
    batch: Batch,
    /// Cells of the row under way.
    cells: usize,
}

impl BatchBuilder {
    /// An empty batch whose first row will have the number `first`.
    pub fn new(first: RowNumber, columns: usize) -> BatchBuilder {
        BatchBuilder { batch: Batch { first, columns, ..Batch::default() }, cells: 0 }
    }

    /// Makes room for so many rows and bytes of text, so that nothing moves while they come.
    pub fn reserve(&mut self, rows: usize, bytes: usize) {
        self.batch.text.reserve(bytes);
        self.batch.ends.reserve(rows * self.batch.columns);
        self.batch.lines.reserve(rows);
    }

    /// Adds the next cell of the row under way.
    #[inline]
    pub fn cell(&mut self, text: &str) {
        if self.cells < self.batch.columns {
            self.batch.text.push_str(text);
            self.batch.ends.push(self.batch.text.len() as u32);
        } else {
            let index = self.batch.lines.len() as u32;
            match self.batch.extra.last_mut() {
                Some((last, cells)) if *last == index => cells.push(text.to_owned()),
                _ => self.batch.extra.push((index, vec![text.to_owned()])),
            }
        }
        self.cells += 1;
    }

    /// Cells that the row under way has so far.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// Ends the row under way, which began on `line` and may have come damaged. Missing cells become blank.
    pub fn end_row(&mut self, line: u64, fault: Option<Rejection>) {
        let end = self.batch.text.len() as u32;
        for _ in self.cells..self.batch.columns {
            self.batch.ends.push(end);
        }
        if let Some(fault) = fault {
            self.batch.faults.push((self.batch.lines.len() as u32, fault));
        }
        self.batch.lines.push(line);
        self.cells = 0;
    }

    /// Takes back the cells of the row under way.
    pub fn abandon_row(&mut self) {
        let rows = self.batch.lines.len();
        self.batch.ends.truncate(rows * self.batch.columns);
        self.batch.text.truncate(self.batch.ends.last().map_or(0, |end| *end as usize));
        if self.batch.extra.last().is_some_and(|(index, _)| *index as usize == rows) {
            self.batch.extra.pop();
        }
        self.cells = 0;
    }

    /// Rows ended so far.
    pub fn len(&self) -> usize {
        self.batch.len()
    }

    /// Whether no row was ended yet.
    pub fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    /// Bytes of text so far. Keep a batch far below 4 GB: cells are addressed with 32 bits.
    pub fn bytes(&self) -> usize {
        self.batch.bytes()
    }

    /// The batch, whose row under way, if any, is dropped.
    pub fn finish(mut self) -> Batch {
        self.abandon_row();
        self.batch
    }
}

/// First byte of a stored block. The first form had every number at its full width.
const BLOCK_FORM: u8 = 2;
const WIDE_FORM: u8 = 1;

impl Batch {
    /// The batch as bytes for the store.
    pub fn to_block(&self) -> Vec<u8> {
        let aside = if self.faults.is_empty() && self.extra.is_empty() {
            Vec::new()
        } else {
            serde_json::to_vec(&(&self.faults, &self.extra)).unwrap_or_default()
        };
        let mut block = Vec::with_capacity(self.text.len() + self.ends.len() * 2 + self.lines.len() * 2 + 64);
        block.push(BLOCK_FORM);
        for number in [self.first, self.columns as u64, self.len() as u64, self.text.len() as u64, aside.len() as u64] {
            block.extend_from_slice(&number.to_le_bytes());
        }
        // Lengths instead of ends, and steps instead of lines: small numbers take a byte.
        let mut from = 0;
        for end in &self.ends {
            number_to(u64::from(end - from), &mut block);
            from = *end;
        }
        let mut before = 0;
        for line in &self.lines {
            number_to(line.wrapping_sub(before), &mut block);
            before = *line;
        }
        block.extend_from_slice(self.text.as_bytes());
        block.extend_from_slice(&aside);
        block
    }

    /// Reads a block that [`Batch::to_block`] made.
    pub fn from_block(block: &[u8]) -> Result<Batch, BlockError> {
        let mut batch = Batch::default();
        batch.read_block(block)?;
        Ok(batch)
    }

    /// Reads a block in the place of what the batch holds, in the memory that it has. After an error the batch is empty.
    pub fn read_block(&mut self, block: &[u8]) -> Result<(), BlockError> {
        let Batch { mut text, mut ends, mut lines, .. } = std::mem::take(self);
        text.clear();
        ends.clear();
        lines.clear();
        *self = Batch::parse_block(block, text, ends, lines).ok_or(BlockError)?;
        Ok(())
    }

    fn parse_block(block: &[u8], mut text: String, mut ends: Vec<u32>, mut lines: Vec<u64>) -> Option<Batch> {
        let (form, mut rest) = block.split_first()?;
        let mut head = [0; 5];
        for number in &mut head {
            *number = wide(&mut rest)?;
        }
        let [first, columns, rows, length, aside] = head;
        let (columns, rows, length, aside) = (columns as usize, rows as usize, length as usize, aside as usize);
        let cells = rows.checked_mul(columns)?;
        // Each takes a byte at least: a damaged number must not ask for all memory.
        if cells.checked_add(rows)? > rest.len() {
            return None;
        }
        ends.reserve_exact(cells);
        lines.reserve_exact(rows);
        let narrow = |rest: &mut &[u8]| match *form {
            BLOCK_FORM => number_from(rest),
            WIDE_FORM => rest.split_off(..4)?.try_into().ok().map(|length| u64::from(u32::from_le_bytes(length))),
            _ => None,
        };
        let mut end = 0u32;
        for _ in 0..cells {
            end = end.checked_add(u32::try_from(narrow(&mut rest)?).ok()?)?;
            ends.push(end);
        }
        let mut line = 0u64;
        for _ in 0..rows {
            let step = if *form == WIDE_FORM { wide(&mut rest)? } else { number_from(&mut rest)? };
            line = line.wrapping_add(step);
            lines.push(line);
        }
        text.push_str(std::str::from_utf8(rest.split_off(..length)?).ok()?);
        // Every cell must be a piece of the text, or reading one would panic.
        if end as usize != text.len() || !ends.iter().all(|end| text.is_char_boundary(*end as usize)) {
            return None;
        }
        let (faults, extra) = match rest.split_off(..aside)? {
            [] => Default::default(),
            aside => serde_json::from_slice(aside).ok()?,
        };
        Some(Batch { first, columns, text, ends, lines, faults, extra })
    }
}

fn wide(from: &mut &[u8]) -> Option<u64> {
    from.split_off(..8)?.try_into().ok().map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ragged_rows_keep_everything() {
        let mut builder = BatchBuilder::new(7, 2);
        builder.cell("a");
        builder.end_row(2, Some(Rejection::new("too_few_cells", "1 of 2")));
        for cell in ["b", "c", "d", "e"] {
            builder.cell(cell);
        }
        builder.end_row(3, None);
        builder.cell("never ended");
        let batch = builder.finish();
        let rows: Vec<_> = batch.rows().collect();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].cells().collect::<Vec<_>>(), ["a", ""]);
        assert!(rows[0].fault().is_some());
        assert_eq!((rows[1].number(), rows[1].line()), (8, 3));
        assert_eq!(rows[1].cells().collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!(rows[1].extra(), ["d", "e"]);
        assert_eq!(Batch::from_block(&batch.to_block()), Ok(batch));
    }

    proptest! {
        #[test]
        fn blocks_come_back_whole(rows in prop::collection::vec(prop::collection::vec(".{0,8}", 0..5), 0..20), columns in 0usize..5) {
            let mut builder = BatchBuilder::new(1, columns);
            for (line, row) in rows.iter().enumerate() {
                row.iter().for_each(|cell| builder.cell(cell));
                builder.end_row(line as u64 * 3, (row.len() < columns).then(|| Rejection::new("x", "y")));
            }
            let batch = builder.finish();
            prop_assert_eq!(Batch::from_block(&batch.to_block()), Ok(batch));
        }

        #[test]
        fn blocks_of_the_first_form_are_read(rows in prop::collection::vec(prop::collection::vec(".{0,8}", 2..=2), 0..9)) {
            let mut builder = BatchBuilder::new(5, 2);
            for (line, row) in rows.iter().enumerate() {
                row.iter().for_each(|cell| builder.cell(cell));
                builder.end_row(line as u64 * 3, None);
            }
            let batch = builder.finish();
            let mut block = vec![WIDE_FORM];
            let head = [5, 2, batch.len() as u64, batch.text.len() as u64, 0];
            head.iter().for_each(|number| block.extend_from_slice(&number.to_le_bytes()));
            let lengths = batch.rows().flat_map(|row| row.cells().map(|cell| cell.len() as u32).collect::<Vec<_>>());
            lengths.for_each(|length| block.extend_from_slice(&length.to_le_bytes()));
            (0..batch.len()).for_each(|at| block.extend_from_slice(&(if at == 0 { 0_u64 } else { 3 }).to_le_bytes()));
            block.extend_from_slice(batch.text.as_bytes());
            prop_assert_eq!(Batch::from_block(&block), Ok(batch));
        }

        #[test]
        fn damaged_blocks_are_refused_not_trusted(mut block in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Some(first) = block.first_mut() { *first = BLOCK_FORM; }
            if let Ok(batch) = Batch::from_block(&block) {
                for row in batch.rows() { row.cells().count(); }
            }
        }
    }
}

//! Result sets, line by line, without a copy of any cell.
//!
//! Salesforce quotes every cell and a quote by doubling it; cells may hold line breaks. What is not quoted is taken as it stands,
//! so that a set in any usual CSV reads the same.

use std::io::Read;

/// Bytes read at once; a longer line makes more room.
const ROOM: usize = 256 << 10;

/// Reads the lines of a set.
pub(super) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    /// What is not given out yet: from here to `filled`.
    from: usize,
    filled: usize,
    ended: bool,
    cells: Vec<Cell>,
}

/// Where a cell stands in the buffer.
#[derive(Clone, Copy)]
struct Cell {
    from: usize,
    to: usize,
    /// Whether it is there with its quotes, and has some inside.
    raw: bool,
}

/// One line.
pub(super) struct Line<'a> {
    buffer: &'a [u8],
    cells: &'a [Cell],
}

impl<'a> Line<'a> {
    /// The cell at that place; `None` beyond the last.
    pub(super) fn get(&self, at: usize) -> Option<&'a [u8]> {
        self.cells.get(at).map(|cell| &self.buffer[cell.from..cell.to])
    }

    /// All cells, in order.
    pub(super) fn cells(&self) -> impl Iterator<Item = &'a [u8]> {
        self.cells.iter().map(|cell| &self.buffer[cell.from..cell.to])
    }
}

impl<R: Read> Lines<R> {
    pub(super) fn new(input: R) -> Lines<R> {
        Lines { input, buffer: vec![0; ROOM], from: 0, filled: 0, ended: false, cells: Vec::new() }
    }

    /// The next line that is not empty; `None` at the end.
    pub(super) fn next(&mut self) -> std::io::Result<Option<Line<'_>>> {
        loop {
            match self.split() {
                Some(end) => {
                    let empty =
                        matches!(self.cells[..], [Cell { from, to, raw: false }] if from == to && self.from == from);
                    self.from = end;
                    if !empty {
                        break;
                    }
                }
                None if self.ended => return Ok(None),
                None => self.more()?,
            }
        }
        for cell in self.cells.iter_mut().filter(|cell| cell.raw) {
            cell.to = cell.from + unquote(&mut self.buffer[cell.from..cell.to]);
        }
        Ok(Some(Line { buffer: &self.buffer, cells: &self.cells }))
    }

    /// Finds the cells of the line that begins at `from`, and where the next one begins; `None` when its end is not there yet.
    fn split(&mut self) -> Option<usize> {
        self.cells.clear();
        let text = &self.buffer[..self.filled];
        let mut at = self.from;
        if at == text.len() {
            return None;
        }
        loop {
            let from = at;
            let mut cell = Cell { from, to: at, raw: false };
            if text.get(at) == Some(&b'"') {
                at += 1;
                loop {
                    match memchr::memchr(b'"', &text[at..]) {
                        None if self.ended => {
                            (cell.to, cell.raw, at) = (text.len(), true, text.len());
                            break;
                        }
                        None => return None,
                        Some(quote) => at += quote + 1,
                    }
                    match text.get(at) {
                        Some(b'"') => (cell.raw, at) = (true, at + 1),
                        Some(_) => break,
                        None if self.ended => break,
                        None => return None,
                    }
                }
                if !cell.raw {
                    (cell.from, cell.to) = (from + 1, at - 1);
                }
            }
            // Whatever stands between the quotes, or a line break, and the comma belongs to the cell.
            let sign = match text.get(at) {
                Some(b',' | b'\n') | None => at,
                Some(_) => memchr::memchr2(b',', b'\n', &text[at..]).map_or(text.len(), |sign| at + sign),
            };
            if sign == text.len() && !self.ended {
                return None;
            }
            let returns = text.get(sign) != Some(&b',') && sign > at && text[sign - 1] == b'\r';
            let end = if returns { sign - 1 } else { sign };
            if cell.raw || end > at {
                // A quoted cell with more behind its quotes is read anew, with them.
                cell = Cell { from, to: end, raw: text[from] == b'"' };
            }
            self.cells.push(cell);
            if text.get(sign) != Some(&b',') {
                return Some((sign + 1).min(text.len()));
            }
            at = sign + 1;
        }
    }

    /// Reads more behind what is there.
    fn more(&mut self) -> std::io::Result<()> {
        self.buffer.copy_within(self.from..self.filled, 0);
        (self.from, self.filled) = (0, self.filled - self.from);
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.filled * 2, 0);
        }
        while self.filled < self.buffer.len() {
            match self.input.read(&mut self.buffer[self.filled..]) {
                Ok(0) => self.ended = true,
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            break;
        }
        Ok(())
    }
}

/// Takes the quotes off a cell and the doubled ones inside it; gives back how long it is now.
fn unquote(cell: &mut [u8]) -> usize {
    let (mut at, mut to, mut inside) = (1, 0, true);
    while at < cell.len() {
        if inside && cell[at] == b'"' {
            match cell.get(at + 1) {
                Some(b'"') => at += 1,
                _ => {
                    (inside, at) = (false, at + 1);
                    continue;
                }
            }
        }
        cell[to] = cell[at];
        (at, to) = (at + 1, to + 1);
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives a few bytes at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let taken = self.0.len().min(self.1).min(out.len());
            out[..taken].copy_from_slice(&self.0[..taken]);
            self.0 = &self.0[taken..];
            Ok(taken)
        }
    }

    fn lines(csv: &[u8], step: usize) -> Vec<Vec<Vec<u8>>> {
        let mut lines = Lines::new(Drops(csv, step));
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push(line.cells().map(<[u8]>::to_vec).collect());
        }
        all
    }

    /// As the csv crate reads it.
    fn reference(csv: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(csv);
        let record = |record: csv::Result<csv::ByteRecord>| record.unwrap().iter().map(<[u8]>::to_vec).collect();
        reader.byte_records().map(record).collect()
    }

    #[test]
    fn lines_read_as_everybody_reads_them() {
        for csv in [
            "\"a\",\"b\"\n\"1\",\"\"\n",
            "\"a\"\"b\",\"c\nd\"\r\n\"\"\"\",\"\"\"\"\"\"\r\n",
            "a,b\n\n\n1,2\r\n\r\n3,",
            "\"a\"x,b\n",
            "\"never closed, \n",
            "a,\"b\"",
            "\"\"\n\"\",\"\"\n",
            "",
        ] {
            for step in [1, 3, 1000] {
                assert_eq!(lines(csv.as_bytes(), step), reference(csv.as_bytes()), "{csv:?} by {step}");
            }
        }
    }

    #[test]
    fn a_line_longer_than_the_room_is_read_whole() {
        let csv = format!("\"{}\",\"b\"\n\"c\"\n", "a\"\"\n".repeat(ROOM));
        assert_eq!(lines(csv.as_bytes(), 1 << 20), reference(csv.as_bytes()));
    }

    proptest! {
        #[test]
        fn whatever_was_written_is_read(rows in prop::collection::vec(prop::collection::vec("[a\", \nö]{0,5}", 2..5), 0..5), step in 1usize..9) {
            let mut writer = csv::WriterBuilder::new().flexible(true).quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
            rows.iter().for_each(|row| writer.write_record(row).unwrap());
            let csv = writer.into_inner().unwrap();
            let wanted: Vec<Vec<Vec<u8>>> = rows.iter().map(|row| row.iter().map(|cell| cell.clone().into_bytes()).collect()).collect();
            prop_assert_eq!(lines(&csv, step), wanted);
        }
    }
}

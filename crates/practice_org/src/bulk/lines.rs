//! Reading an upload: from bytes to chunks of rows, with the place of each chunk in the file.
//!
//! As strict as Salesforce: a quote stands around a whole value or is doubled inside one, and every line ends as the job
//! says. What breaks these rules fails the job at that place; nothing is guessed. Memory is bounded whatever the file
//! holds.

use std::io::{self, Read};

use memchr::{memchr, memchr3};

use super::job::Stretch;

/// Bytes read at once.
const PIECE: usize = 256 * 1024;
/// Most characters of a value.
const MOST_CELL: usize = 131_072;
/// Most characters of a row.
const MOST_ROW: usize = 400_000;

/// Why an upload cannot be read any further; the text of the job's error.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unreadable(pub(crate) String);

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Unreadable(format!("InternalServerError : {error}"))
    }
}

fn unescaped() -> Unreadable {
    Unreadable(
        "InvalidBatch : Failed to parse CSV. Found unescaped quote. A value with quote should be within a quote".into(),
    )
}

/// Rows that lie together in the upload, in one buffer.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    text: String,
    /// Begin and end of each cell, row after row.
    cells: Vec<(u32, u32)>,
    width: usize,
    /// First byte in the file.
    pub(crate) start: u64,
    /// First byte behind.
    pub(crate) end: u64,
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'r> {
    text: &'r str,
    cells: &'r [(u32, u32)],
}

impl<'r> Row<'r> {
    /// The text of a cell.
    pub(crate) fn get(self, column: usize) -> &'r str {
        self.cells.get(column).map_or("", |(start, end)| &self.text[*start as usize..*end as usize])
    }

    /// All cells.
    pub(crate) fn cells(self) -> impl Iterator<Item = &'r str> {
        self.cells.iter().map(move |(start, end)| &self.text[*start as usize..*end as usize])
    }
}

impl Rows {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.cells.len().checked_div(self.width).unwrap_or(0)
    }

    /// One of them.
    pub(crate) fn row(&self, place: usize) -> Row<'_> {
        Row { text: &self.text, cells: &self.cells[place * self.width..(place + 1) * self.width] }
    }
}

/// The reader of one upload.
pub(crate) struct Lines<R> {
    input: R,
    delimiter: u8,
    crlf: bool,
    buffer: Vec<u8>,
    /// Where the next row begins in the buffer.
    at: usize,
    /// Where the buffer begins in the file.
    base: u64,
    /// Where the row read last began in the file.
    began: u64,
    ended: bool,
}

/// One row found at the front of a buffer.
enum Found {
    /// This long, with its line end.
    Row(usize),
    /// More bytes are needed to tell.
    Part,
}

impl<R: Read> Lines<R> {
    /// Reads from where `input` stands, which is byte `base` of the file.
    pub(crate) fn new(input: R, base: u64, delimiter: u8, crlf: bool) -> Self {
        Lines { input, delimiter, crlf, buffer: Vec::with_capacity(2 * PIECE), at: 0, base, began: base, ended: false }
    }

    /// Where in the file the next row begins.
    pub(crate) fn position(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Reads up to `most` rows into `rows`; none at the end. `width` is the number of cells each must have, `before` the
    /// number of rows read before, for messages.
    pub(crate) fn read(&mut self, rows: &mut Rows, most: usize, width: usize, before: u64) -> Result<(), Unreadable> {
        let mut text = std::mem::take(&mut rows.text).into_bytes();
        text.clear();
        rows.cells.clear();
        rows.width = width;
        rows.start = self.position();
        for place in 0..most {
            match self.next(&mut text, &mut rows.cells)? {
                0 => break,
                cells if cells == width => {}
                cells => {
                    let number = before + place as u64 + 1;
                    return Err(Unreadable(format!(
                        "InvalidBatch : row {number} has {cells} columns but the header has {width}"
                    )));
                }
            }
        }
        rows.end = self.position();
        rows.text = String::from_utf8(text).map_err(|_| not_utf8())?;
        Ok(())
    }

    /// The first line: where it lies without its end, and its cells.
    pub(crate) fn header(&mut self, most: usize) -> Result<(Stretch, Vec<String>), Unreadable> {
        let (mut text, mut cells) = (Vec::new(), Vec::new());
        if self.next(&mut text, &mut cells)? == 0 {
            return Err(Unreadable("InvalidBatch : the data has no header row".into()));
        }
        let text = String::from_utf8(text).map_err(|_| not_utf8())?;
        if text.chars().count() > most {
            return Err(Unreadable(format!("InvalidBatch : the header is longer than {most} characters")));
        }
        let ended = self.buffer[..self.at].last() == Some(&b'\n');
        let length = self.position() - self.began - if ended { 1 + u64::from(self.crlf) } else { 0 };
        let stretch = Stretch { start: self.began, length };
        Ok((stretch, cells.iter().map(|(start, end)| text[*start as usize..*end as usize].to_owned()).collect()))
    }

    /// Reads one row and tells how many cells it has: none at the end. Blank lines are no rows.
    fn next(&mut self, text: &mut Vec<u8>, cells: &mut Vec<(u32, u32)>) -> Result<usize, Unreadable> {
        loop {
            let (text_before, cells_before) = (text.len(), cells.len());
            if self.at == self.buffer.len() && self.ended {
                return Ok(0);
            }
            match self.scan(text, cells)? {
                Found::Part => {
                    text.truncate(text_before);
                    cells.truncate(cells_before);
                    self.fill()?;
                }
                Found::Row(length) => {
                    let quoted = self.buffer.get(self.at) == Some(&b'"');
                    self.began = self.position();
                    self.at += length;
                    if !quoted && cells.len() == cells_before + 1 && text.len() == text_before + 1 {
                        text.truncate(text_before);
                        cells.truncate(cells_before);
                        continue;
                    }
                    check_lengths(&text[text_before..], &cells[cells_before..])?;
                    return Ok(cells.len() - cells_before);
                }
            }
        }
    }

    /// Looks for a whole row at the front of the buffer. Its cells go to `text`, each with a line end behind, which keeps
    /// broken characters of two cells apart.
    fn scan(&self, text: &mut Vec<u8>, cells: &mut Vec<(u32, u32)>) -> Result<Found, Unreadable> {
        let bytes = &self.buffer[self.at..];
        let mut at = 0;
        loop {
            let start = text.len() as u32;
            let quoted = bytes.get(at) == Some(&b'"');
            if quoted {
                at += 1;
                loop {
                    let Some(length) = memchr(b'"', &bytes[at..]) else {
                        return if self.ended { Err(unescaped()) } else { Ok(Found::Part) };
                    };
                    text.extend_from_slice(&bytes[at..at + length]);
                    at += length + 1;
                    match bytes.get(at) {
                        Some(b'"') => {
                            text.push(b'"');
                            at += 1;
                        }
                        None if !self.ended => return Ok(Found::Part),
                        _ => break,
                    }
                }
            } else {
                let length = match memchr3(self.delimiter, b'\n', b'"', &bytes[at..]) {
                    Some(length) => length,
                    None if self.ended => bytes.len() - at,
                    None => return Ok(Found::Part),
                };
                text.extend_from_slice(&bytes[at..at + length]);
                at += length;
            }
            let end = |text: &mut Vec<u8>, cells: &mut Vec<(u32, u32)>| {
                cells.push((start, text.len() as u32));
                text.push(b'\n');
            };
            match (bytes.get(at), bytes.get(at + 1)) {
                (Some(sign), _) if *sign == self.delimiter => {
                    end(text, cells);
                    at += 1;
                }
                (Some(b'\n'), _) => {
                    // Of an unquoted cell the carriage return is still part.
                    let returned = !quoted && text.len() as u32 > start && text.last() == Some(&b'\r');
                    if returned != self.crlf {
                        return Err(self.line_ending());
                    }
                    text.truncate(text.len() - usize::from(returned));
                    end(text, cells);
                    return Ok(Found::Row(at + 1));
                }
                (Some(b'\r'), Some(b'\n')) => {
                    if !self.crlf {
                        return Err(self.line_ending());
                    }
                    end(text, cells);
                    return Ok(Found::Row(at + 2));
                }
                (Some(b'\r'), None) if !self.ended => return Ok(Found::Part),
                (None, _) => {
                    if !self.ended {
                        return Ok(Found::Part);
                    }
                    end(text, cells);
                    return Ok(Found::Row(at));
                }
                _ => return Err(unescaped()),
            }
        }
    }

    fn line_ending(&self) -> Unreadable {
        let setting = if self.crlf { "CRLF" } else { "LF" };
        Unreadable(format!(
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {setting}"
        ))
    }

    /// Gets more bytes behind those not read yet.
    fn fill(&mut self) -> Result<(), Unreadable> {
        if self.buffer.len() - self.at > MOST_ROW * 4 + PIECE {
            return Err(row_too_long());
        }
        self.buffer.drain(..self.at);
        self.base += self.at as u64;
        self.at = 0;
        let read = self.input.by_ref().take(PIECE as u64).read_to_end(&mut self.buffer)?;
        self.ended = read == 0;
        Ok(())
    }
}

fn not_utf8() -> Unreadable {
    Unreadable("ClientInputError : the data is not UTF-8".into())
}

fn row_too_long() -> Unreadable {
    Unreadable(format!("InvalidBatch : a row has more than {MOST_ROW} characters"))
}

fn check_lengths(text: &[u8], cells: &[(u32, u32)]) -> Result<(), Unreadable> {
    let characters = |bytes: &[u8]| bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count();
    if text.len() <= MOST_CELL {
        return Ok(());
    }
    // Each cell has a line end behind, as it had a delimiter in the file.
    if characters(text) > MOST_ROW {
        return Err(row_too_long());
    }
    let first = cells.first().map_or(0, |(start, _)| *start);
    let long =
        |(start, end): &(u32, u32)| characters(&text[(*start - first) as usize..(*end - first) as usize]) > MOST_CELL;
    match cells.iter().any(long) {
        true => Err(Unreadable(format!("InvalidBatch : a value has more than {MOST_CELL} characters"))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A reader that hands out few bytes at a time, so that every cut is met.
    struct Trickle<'t>(&'t [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = self.1.min(buffer.len()).min(self.0.len());
            buffer[..most].copy_from_slice(&self.0[..most]);
            self.0 = &self.0[most..];
            Ok(most)
        }
    }

    fn all(bytes: &[u8], delimiter: u8, crlf: bool, width: usize) -> Result<Vec<Vec<String>>, Unreadable> {
        let mut lines = Lines::new(bytes, 0, delimiter, crlf);
        let (mut rows, mut found) = (Rows::default(), Vec::new());
        loop {
            lines.read(&mut rows, 3, width, 0)?;
            if rows.len() == 0 {
                assert_eq!(rows.end, bytes.len() as u64);
                return Ok(found);
            }
            found.extend((0..rows.len()).map(|place| rows.row(place).cells().map(str::to_owned).collect()));
        }
    }

    #[test]
    fn quotes_and_line_ends_are_strict() {
        let rows = all(b"a,\"b\"\"\n,\",\n\n\"\",x,y", b',', false, 3).unwrap();
        assert_eq!(rows, [["a", "b\"\n,", ""], ["", "x", "y"]]);
        assert_eq!(all("é\t\r\n".as_bytes(), b'\t', true, 2).unwrap(), [["é", ""]]);
        for (bytes, crlf, error) in [
            (&b"a,b\"c\n"[..], false, "unescaped quote"),
            (b"\"a\" ,b\n", false, "unescaped quote"),
            (b"\"a,b\n", false, "unescaped quote"),
            (b"a,b\r\n", false, "setting is LF"),
            (b"\"a\",\"b\"\r\n", false, "setting is LF"),
            (b"a,b\n", true, "setting is CRLF"),
            (b"a\n", false, "row 1 has 1 columns but the header has 2"),
            (b"a,b,c\n", false, "row 1 has 3 columns but the header has 2"),
            (b"a,\xC3\n", false, "not UTF-8"),
        ] {
            let found = all(bytes, b',', crlf, 2).unwrap_err().0;
            assert!(found.contains(error), "{bytes:?} {found}");
        }
    }

    #[test]
    fn long_values_and_rows_are_refused() {
        let value = |length: usize| "é".repeat(length);
        assert!(all(format!("{}\n", value(MOST_CELL)).as_bytes(), b',', false, 1).is_ok());
        let found = all(format!("{}\n", value(MOST_CELL + 1)).as_bytes(), b',', false, 1).unwrap_err().0;
        assert!(found.contains("a value has more than 131072"), "{found}");
        let row = vec![value(130_000); 4].join(",");
        assert!(all(row.as_bytes(), b',', false, 4).unwrap_err().0.contains("a row has more than 400000"));
        let endless = format!("\"{}", "x\n".repeat(2_000_000));
        assert!(all(endless.as_bytes(), b',', false, 1).unwrap_err().0.contains("a row has more than 400000"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            table in prop::collection::vec(prop::collection::vec("[a\"é,;\r\n ]{0,6}", 3), 0..9),
            crlf: bool,
            step in 1usize..9,
        ) {
            let mut text = Vec::new();
            for row in &table {
                for (place, cell) in row.iter().enumerate() {
                    text.push(if place > 0 { b',' } else { b' ' });
                    if place == 0 {
                        text.pop();
                    }
                    crate::bulk::spool::push_quoted(&mut text, cell);
                }
                text.extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
            }
            let mut lines = Lines::new(Trickle(&text, step), 7, b',', crlf);
            let (mut rows, mut found) = (Rows::default(), Vec::new());
            loop {
                lines.read(&mut rows, 2, 3, 0).unwrap();
                if rows.len() == 0 {
                    break;
                }
                for place in 0..rows.len() {
                    found.push(rows.row(place).cells().map(str::to_owned).collect::<Vec<_>>());
                }
            }
            prop_assert_eq!(found, table);
            prop_assert_eq!(lines.position(), 7 + text.len() as u64);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), crlf: bool) {
            let found = all(&bytes, b',', crlf, 1);
            prop_assert!(found.is_ok() || found.is_err());
        }
    }
}

//! CSV and its kin: a streaming reader that knows exactly where everything stands.
//!
//! It promises that every line of the file that is not blank belongs to some row, that a row knows the line on which it begins,
//! and that a damaged row costs itself alone: it comes with a fault that says what and where, and with its cells as they stood.
//! Nothing is replaced or repaired in silence. Memory does not grow with the file.
//!
//! Writing into a file is `target`'s: `table` knows where its rows stand, `lines` where its lines begin; `line` takes a record apart
//! and puts it together, `manner` spells values as their column does; `write` lays a delivery over the file, and `replace` rewrites it.

mod line;
mod lines;
mod manner;
mod record;
mod replace;
mod settings;
pub(crate) mod sniff;
#[cfg(test)]
mod story;
mod table;
mod target;
mod text;
mod write;

pub use settings::{CsvSettings, LineEnd, TextEncoding, delimiter_label};
pub(super) use table::schema;
pub use target::{CsvSpec, CsvTarget};

use super::file::{self, File};
use super::{ConnectError, Source};
use crate::record::{Batch, BatchBuilder, Field, Rejection, RowNumber, Schema};
use record::Flaw;
pub(crate) use record::{Found, Separators};
use std::io::{Chain, Cursor, Read};
use std::path::{Path, PathBuf};
use text::{Mark, Text};

/// Rows and bytes that a batch does not exceed by more than one row.
const BATCH_ROWS: usize = 4096;
const BATCH_BYTES: usize = 1 << 20;

/// A line longer than this is no line of a table.
const LONGEST_LINE: usize = 64 << 20;

/// Opens a text file, and reads as far as its header.
pub fn open(path: &Path, settings: &CsvSettings) -> Result<Box<dyn Source>, ConnectError> {
    let file = File::open(path)?;
    Ok(Box::new(CsvSource::new(file, path, settings, false)?))
}

/// The rows of a text, from a file or from its first part.
pub(crate) struct CsvSource<R> {
    text: Text<Chain<Cursor<Vec<u8>>, R>>,
    separators: Separators,
    schema: Schema,
    path: PathBuf,
    encoding: TextEncoding,
    /// Where the next record begins in the text, and on which line.
    at: usize,
    line: u64,
    rows: RowNumber,
    /// Bytes of text of the largest batch so far.
    batch_bytes: usize,
    scratch: String,
    /// Whether the text is the first part of a longer one: what is cut at its end does not count.
    cut: bool,
    failed: Option<ConnectError>,
}

impl<R: Read> CsvSource<R> {
    /// Rows of `bytes`, which are the file at `path`, or its first part where it is `cut`.
    pub(crate) fn new(bytes: R, path: &Path, settings: &CsvSettings, cut: bool) -> Result<Self, ConnectError> {
        let file = file::name(path);
        let separators = settings.separators().ok_or_else(|| {
            ConnectError::refused(
                format!("{file}: {:?} cannot separate cells", settings.delimiter),
                "Choose a comma, a semicolon, a tab or another plain character.",
            )
        })?;
        let mut bytes = bytes;
        let skipped = skip_mark(&mut bytes, settings.encoding).map_err(|error| file::unreadable(path, &error))?;
        let mut source = CsvSource {
            text: Text::new(skipped.chain(bytes), settings.encoding.encoding()),
            separators,
            schema: Schema { name: file.clone(), label: file.clone(), label_plural: file, ..Schema::default() },
            path: path.to_owned(),
            encoding: settings.encoding,
            at: 0,
            line: 1,
            rows: 0,
            batch_bytes: 0,
            scratch: String::new(),
            cut,
            failed: None,
        };
        source.skip_lines(settings.skip_lines)?;
        source.find_columns(settings.header)?;
        Ok(source)
    }

    fn skip_lines(&mut self, lines: u32) -> Result<(), ConnectError> {
        for _ in 0..lines {
            loop {
                let last = self.text.ended();
                if let Some(next) = self.separators.next_line(self.text.text().as_bytes(), self.at, last) {
                    self.at = next;
                    self.line += 1;
                    break;
                }
                self.more()?;
            }
        }
        Ok(())
    }

    /// Names the columns after the first record, or after its length.
    fn find_columns(&mut self, header: bool) -> Result<(), ConnectError> {
        let (cells, found) = loop {
            let mut cells = Vec::new();
            let text = self.text.text();
            let ended = self.text.ended();
            if ended && self.at >= text.len() {
                return Err(ConnectError::refused(
                    format!("{} has no row", self.path.display()),
                    "Choose a file with a header and rows, or skip fewer lines at its top.",
                ));
            }
            let cell = |cell: &str| cells.push(cell.trim().to_owned());
            match self.separators.record(text, self.at, ended, &mut self.scratch, cell) {
                Found::More => self.more()?,
                Found::Blank { next } => {
                    self.line += 1;
                    self.at = next;
                }
                found => break (cells, found),
            }
        };
        match found {
            Found::Flawed { flaw, .. } if header => {
                let (Flaw::Unclosed(place) | Flaw::TextAfterQuote(place)) = flaw;
                let (line, column) = self.place(self.at, place);
                Err(ConnectError::refused(
                    format!(
                        "{}, line {line}, column {column}: the quotes of the header do not add up",
                        self.path.display()
                    ),
                    "Close the quote in the file, or switch quoting off.",
                ))
            }
            Found::Record { next, lines } if header => {
                self.schema.fields = file::columns(cells, &format!("{}, line {}", self.path.display(), self.line))?;
                self.line += lines;
                self.at = next;
                Ok(())
            }
            // Without a header the record is a row, and is read again as one.
            Found::Flawed { next, .. } => {
                let mut columns = 0;
                self.separators.raw(&self.text.text()[self.at..next], |_| columns += 1);
                self.schema.fields = (0..columns).map(|index| Field::column(file::unnamed(index))).collect();
                Ok(())
            }
            _ => {
                self.schema.fields = (0..cells.len()).map(|index| Field::column(file::unnamed(index))).collect();
                Ok(())
            }
        }
    }

    fn more(&mut self) -> Result<(), ConnectError> {
        self.text.drop_front(self.at);
        self.at = 0;
        if self.text.text().len() > LONGEST_LINE {
            return Err(ConnectError::refused(
                format!(
                    "{}, line {}: this line is longer than {} MB",
                    self.path.display(),
                    self.line,
                    LONGEST_LINE >> 20
                ),
                "This does not look like a table. Check the file, its line ends and its encoding.",
            ));
        }
        self.text.more().map_err(|error| file::interrupted(&self.path, self.line, &error))
    }

    /// Line and column of the byte at `place`, in the record that begins at `start`. Columns are counted in characters.
    fn place(&self, start: usize, place: usize) -> (u64, usize) {
        let text = &self.text.text()[start..place];
        let from =
            text.rfind(|c: char| self.separators.ends.contains(&(u32::from(c).min(255) as u8))).map_or(0, |at| at + 1);
        (self.line + self.separators.lines(text.as_bytes()), text[from..].chars().count() + 1)
    }

    fn column_at(&self, cell: usize) -> Option<&str> {
        self.schema.fields.get(cell).map(|field| field.name.as_str())
    }

    /// The name of the column in whose cell the byte at `place` stands, in the record from `start`; taken from raw text, so a
    /// guess where quoted cells before it hold delimiters.
    fn column_of(&self, start: usize, place: usize) -> Option<&str> {
        let mut cell = 0;
        let mut quoted = false;
        for byte in &self.text.text().as_bytes()[start..place] {
            match byte {
                b'"' if self.separators.quoting => quoted = !quoted,
                b if *b == self.separators.delimiter && !quoted => cell += 1,
                _ => {}
            }
        }
        self.column_at(cell)
    }

    fn rejection(&self, code: &str, start: usize, place: usize, what: &str, hint: &'static str) -> Rejection {
        let (line, column) = self.place(start, place);
        let rejection =
            Rejection::new(code, format!("{}, line {line}, column {column}: {what}", self.schema.name)).hint(hint);
        match self.column_of(start, place) {
            Some(name) => rejection.column(name),
            None => rejection,
        }
    }

    fn flaw(&self, start: usize, flaw: Flaw) -> Rejection {
        match flaw {
            Flaw::Unclosed(place) => self.rejection(
                "unclosed_quote",
                start,
                place,
                "the quote that opens here is never closed",
                "Close the quote or remove it. Quotes within a quoted cell are doubled.",
            ),
            Flaw::TextAfterQuote(place) => self.rejection(
                "text_after_quote",
                start,
                place,
                "there is text behind a closing quote",
                "Double the quotes within a quoted cell, or remove the text behind it.",
            ),
        }
    }

    fn mark(&self, start: usize, place: usize, mark: Mark) -> Rejection {
        match mark {
            Mark::Nul => self.rejection(
                "nul_byte",
                start,
                place,
                "there is a NUL character, which no field takes",
                "Remove the character, or export the file again.",
            ),
            Mark::Invalid => self.rejection(
                "bad_encoding",
                start,
                place,
                &format!("there are bytes that are no {} text", self.encoding.label()),
                "Choose the encoding in which the file was saved, or save it again as UTF-8.",
            ),
        }
    }

    fn count(&self, cells: usize) -> Option<Rejection> {
        let columns = self.schema.fields.len();
        let line = self.line;
        let (code, hint) = match cells.cmp(&columns) {
            std::cmp::Ordering::Equal => return None,
            std::cmp::Ordering::Less => {
                ("too_few_cells", "Add the missing cells, or check whether the row was broken in two.")
            }
            std::cmp::Ordering::Greater => {
                ("too_many_cells", "Put cells that contain the delimiter in quotes, or remove what is too much.")
            }
        };
        let s = if cells == 1 { "" } else { "s" };
        let message = format!(
            "{}, line {line}: the row has {cells} cell{s}, and the table has {columns} columns",
            self.schema.name
        );
        Some(Rejection::new(code, message).hint(hint))
    }

    /// Reads one record into `builder`; `false` at the end.
    fn row(&mut self, builder: &mut BatchBuilder) -> Result<bool, ConnectError> {
        loop {
            let start = self.at;
            let ended = self.text.ended();
            let text = self.text.text();
            if ended && start >= text.len() {
                return Ok(false);
            }
            // The end of a first part is not the end of the file: its last record may go on.
            let found =
                self.separators.record(text, start, ended && !self.cut, &mut self.scratch, |cell| builder.cell(cell));
            let (next, lines, fault) = match found {
                Found::More if ended => {
                    builder.abandon_row();
                    return Ok(false);
                }
                Found::More => {
                    builder.abandon_row();
                    self.more()?;
                    continue;
                }
                Found::Blank { next } => {
                    self.line += 1;
                    self.at = next;
                    continue;
                }
                Found::Record { next, lines } => {
                    let marked = self.text.mark(start, next).map(|(place, mark)| self.mark(start, place, mark));
                    (next, lines, marked.or_else(|| self.count(builder.cells())))
                }
                Found::Flawed { flaw, next } => {
                    let lines = self.separators.lines(&text.as_bytes()[start..next]);
                    builder.abandon_row();
                    self.separators.raw(&text[start..next], |cell| builder.cell(cell));
                    (next, lines, Some(self.flaw(start, flaw)))
                }
            };
            builder.end_row(self.line, fault);
            self.line += lines;
            self.at = next;
            self.rows += 1;
            return Ok(true);
        }
    }
}

impl<R: Read + Send> Source for CsvSource<R> {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn read(&mut self) -> Result<Option<Batch>, ConnectError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut builder = BatchBuilder::new(self.rows + 1, self.schema.fields.len());
        if self.rows > 0 {
            // A file whose first batch is read has more of the same.
            builder.reserve(BATCH_ROWS, self.batch_bytes);
        }
        while builder.len() < BATCH_ROWS && builder.bytes() < BATCH_BYTES {
            match self.row(&mut builder) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) if builder.is_empty() => return Err(error),
                // Rows that are already read are given first.
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        self.batch_bytes = self.batch_bytes.max(builder.bytes());
        Ok((!builder.is_empty()).then(|| builder.finish()))
    }
}

/// Reads the byte order mark, if there is one; gives back what else was read.
fn skip_mark(bytes: &mut impl Read, encoding: TextEncoding) -> std::io::Result<Cursor<Vec<u8>>> {
    let mark = encoding.mark();
    let mut head = Vec::new();
    bytes.by_ref().take(mark.len() as u64).read_to_end(&mut head)?;
    if head == mark {
        head.clear();
    }
    Ok(Cursor::new(head))
}

#[cfg(test)]
mod tests;

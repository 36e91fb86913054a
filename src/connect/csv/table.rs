//! A text file as a table: where each of its rows stands, found by what its columns hold, and how new ones are written.
//!
//! The file is read once, as every source is, and of each row only its place is kept; a row that is asked for is read again from there.
//! All of that is of one content of the file, which is known by its mark.

use super::line::Line;
use super::lines::{Lines, Width};
use super::manner::Manner;
use super::{CsvSettings, CsvSource, TextEncoding};
use crate::cancel::Cancel;
use crate::connect::file::{self, File, FileMark, FileSettings, FileSince};
use crate::connect::{ConnectError, Source as _};
use crate::record::{Kind, Rejection, Row, Schema};
use encoding_rs::EncoderResult;
use std::borrow::Cow;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Most bytes that a row may have to be rewritten.
const LARGEST_ROW: u64 = 64 << 20;

/// A file, read, with the places of its rows.
pub(super) struct Table {
    /// The file itself, whatever links lead to it.
    pub(super) path: PathBuf,
    /// Its name, for people.
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    /// The column by which rows are known.
    pub(super) key: usize,
    settings: FileSettings,
    csv: CsvSettings,
    pub(super) separators: super::Separators,
    /// The columns that the index is of.
    found_by: Vec<usize>,
    rows: Vec<Place>,
    /// Digests of what rows are found by, in order, each with its row.
    index: Vec<(u64, u32)>,
    manners: Vec<Manner>,
    file: Mutex<fs::File>,
    mark: FileMark,
    length: u64,
    /// Where new rows go.
    tail: Tail,
}

/// Where a row stands in the file, up to the next one.
#[derive(Debug, Clone, Copy)]
struct Place {
    from: u64,
    to: u64,
    line: u64,
    damaged: bool,
}

/// The end of the rows of a file.
#[derive(Debug, Clone, Default)]
struct Tail {
    at: u64,
    /// What ends a line.
    end: &'static str,
    /// Whether the last line has no end of its own.
    open: bool,
    /// Columns whose cells stand in quotes although they need none.
    quoted: Vec<bool>,
}

impl Table {
    /// Reads a file in which rows are known by the column `key`, to find them by the columns `found_by`.
    pub(super) fn read(
        settings: &FileSettings,
        csv: &CsvSettings,
        key: &str,
        found_by: &[String],
        cancel: &Cancel,
    ) -> Result<Table, ConnectError> {
        let unread = |error: io::Error| file::unreadable(&settings.path, &error);
        let path = fs::canonicalize(&settings.path).map_err(unread)?;
        let bytes = File::open(&path)?;
        let Some(mark) = FileMark::of(&path) else {
            return Err(ConnectError::refused(
                format!("{} is no file on a disk, so that it cannot be rewritten", settings.path.display()),
                "Choose an ordinary file.",
            ));
        };
        let mut source = CsvSource::new(bytes, &path, csv, false)?;
        let columns: Vec<String> = source.schema().fields.iter().map(|field| field.name.clone()).collect();
        let separators = source.separators;
        let key = place_of(&columns, key, settings)?;
        let manner = |(at, column): (usize, &String)| settings.manner(column, at == key);
        let mut table = Table {
            name: file::name(&settings.path),
            key,
            manners: columns.iter().enumerate().map(manner).collect(),
            columns,
            settings: settings.clone(),
            csv: csv.clone(),
            separators,
            found_by: Vec::new(),
            rows: Vec::new(),
            index: Vec::new(),
            file: Mutex::new(fs::File::open(&path).map_err(unread)?),
            mark,
            length: 0,
            tail: Tail::default(),
            path,
        };
        table.found_by = found_by.iter().map(|name| table.column(name)).collect::<Result<_, _>>()?;
        let begins_with_mark = table.byte_order_mark()?;
        let encoding = csv.encoding.encoding();
        let beside = fs::File::open(&table.path).map_err(unread)?;
        let mut lines = Lines::new(beside, &separators, Width::of(encoding), begins_with_mark);
        while let Some(batch) = source.read()? {
            cancel.check()?;
            for row in batch.rows() {
                let from = lines.begin(row.line()).map_err(unread)?;
                table.add(row, from);
            }
        }
        table.length = lines.end().map_err(unread)?;
        if let Some(last) = table.rows.last_mut() {
            last.to = table.length;
        }
        table.index.sort_unstable();
        table.tail = table.find_tail()?;
        Ok(table)
    }

    fn add(&mut self, row: Row<'_>, from: u64) {
        if let Some(last) = self.rows.last_mut() {
            last.to = from;
        }
        let number = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let found_by = self.found_by.iter().map(|column| self.plain(*column, row.cell(*column)));
        self.index.push((digest(found_by), number));
        let damaged = row.fault().is_some();
        if !damaged {
            self.manners.iter_mut().enumerate().for_each(|(column, manner)| manner.learn(row.cell(column)));
        }
        self.rows.push(Place { from, to: from, line: row.line(), damaged });
    }

    /// How many bytes the byte order mark takes; refused where it is that of another encoding.
    fn byte_order_mark(&self) -> Result<u64, ConnectError> {
        let head = self.bytes(0, 3)?;
        let encoding = self.csv.encoding;
        let marked = [TextEncoding::UTF_8, TextEncoding::UTF_16LE, TextEncoding::UTF_16BE]
            .into_iter()
            .find(|encoding| head.starts_with(encoding.mark()));
        let told =
            |what: String| ConnectError::refused(what, "Look at how the file is read, and correct its encoding.");
        let shown = self.settings.path.display();
        match marked {
            Some(marked) if marked != encoding => Err(told(format!(
                "{shown} is read as {}, and begins with the mark of {}: rewritten, it would be neither",
                encoding.label(),
                marked.label()
            ))),
            _ if matches!(encoding.encoding().name(), "ISO-2022-JP" | "replacement" | "x-user-defined") => {
                Err(told(format!("{shown} cannot be written in {}", encoding.label())))
            }
            marked => Ok(marked.map_or(0, |encoding| encoding.mark().len() as u64)),
        }
    }

    /// Where new rows go, and in which manner.
    fn find_tail(&mut self) -> Result<Tail, ConnectError> {
        let Some(last) = self.rows.last().copied() else {
            let end = self.line_end_before(self.length)?;
            return Ok(Tail {
                at: self.length,
                end: self.or_usual(end),
                open: end.is_empty() && self.length > 0,
                quoted: Vec::new(),
            });
        };
        let number = self.last_row();
        let line = self.line(number).ok();
        if let Some(line) = &line {
            // Blank lines at the end of a file stay there.
            let rest = self.encoded(line.rest()).map_or(0, |rest| rest.len() as u64);
            self.rows[number as usize].to = last.to - rest;
        }
        let at = self.rows[number as usize].to;
        let end = self.line_end_before(at)?;
        let before = self.line_end_before(last.from)?;
        let quoted = line.map(|line| line.quoted(&self.separators)).unwrap_or_default();
        Ok(Tail { at, end: self.or_usual(if end.is_empty() { before } else { end }), open: end.is_empty(), quoted })
    }

    fn or_usual(&self, end: &'static str) -> &'static str {
        match (end, self.separators.ends) {
            ("", [b'\r', b'\r']) => "\r",
            ("", _) => "\n",
            (end, _) => end,
        }
    }

    /// The line end that stands before a place; blank where none does.
    fn line_end_before(&self, at: u64) -> Result<&'static str, ConnectError> {
        let width = Width::of(self.csv.encoding.encoding()).bytes();
        let from = at.saturating_sub(2 * width);
        let (text, _) = self.decoded(&self.bytes(from, at - from)?);
        let [one, other] = self.separators.ends;
        let ends = |end: u8| end == one || end == other;
        Ok(match text.as_bytes() {
            [.., b'\r', b'\n'] if ends(b'\n') => "\r\n",
            [.., b'\n'] if ends(b'\n') => "\n",
            [.., b'\r'] if ends(b'\r') => "\r",
            _ => "",
        })
    }

    /// The place of a column.
    pub(super) fn column(&self, name: &str) -> Result<usize, ConnectError> {
        place_of(&self.columns, name, &self.settings)
    }

    /// Whether the file is still what was read.
    pub(super) fn is_as_read(&self) -> bool {
        self.mark.since() == FileSince::Same
    }

    /// Whether its rows can be found by these columns.
    pub(super) fn finds_by(&self, names: &[String]) -> bool {
        let known = || self.found_by.iter().map(|column| &self.columns[*column]);
        names.len() == known().len() && names.iter().zip(known()).all(|(name, known)| name.eq_ignore_ascii_case(known))
    }

    /// A cell in the spelling of the APIs, where it can be read as what its column holds; else as it stands.
    pub(super) fn plain<'a>(&self, column: usize, cell: &'a str) -> Cow<'a, str> {
        let name = &self.columns[column];
        let kind = if column == self.key { Kind::Text } else { self.settings.kind_of(name) };
        self.settings.plain(name, kind, cell)
    }

    /// A value in the spelling of the APIs as its column writes it, in place of the cell that is there now.
    pub(super) fn spell<'a>(&self, column: usize, value: &'a str, now: &'a str) -> Cow<'a, str> {
        self.manners[column].spell(value, now)
    }

    /// Rows that may have these values in the columns of the index, compared without case.
    pub(super) fn candidates<'a>(&'a self, values: &[String]) -> impl Iterator<Item = u32> + 'a {
        let wanted = digest(values.iter().map(|value| Cow::from(value.as_str())));
        let from = self.index.partition_point(|(digest, _)| *digest < wanted);
        self.index[from..].iter().take_while(move |(digest, _)| *digest == wanted).map(|(_, row)| *row)
    }

    /// The rows that have exactly this key. Only where the index is of it.
    pub(super) fn with_key(&self, key: &str) -> Result<Vec<u32>, ConnectError> {
        let mut found = Vec::new();
        for row in self.candidates(&[key.to_owned()]) {
            if self.values(row)?.get(self.key).is_some_and(|value| value == key) {
                found.push(row);
            }
        }
        Ok(found)
    }

    /// The cells of a row, as every reader sees them.
    pub(super) fn values(&self, row: u32) -> Result<Vec<String>, ConnectError> {
        let (text, _) = self.text(row)?;
        if let Some(line) = self.separators.take_apart(&text) {
            return Ok(line.values().map(str::to_owned).collect());
        }
        let mut cells = Vec::new();
        let end = self.separators.next_line(text.as_bytes(), 0, true).unwrap_or(text.len());
        self.separators.raw(&text[..end], |cell| cells.push(cell.to_owned()));
        Ok(cells)
    }

    /// A row to be changed; why it cannot be.
    pub(super) fn line(&self, row: u32) -> Result<Line, RowError> {
        let place = self.rows[row as usize];
        let (text, whole) = self.text(row)?;
        let line = self.separators.take_apart(&text).filter(|line| {
            let width = line.values().len();
            whole && !place.damaged && width == self.columns.len()
        });
        line.ok_or_else(|| {
            let message = format!("line {} of {} is damaged, and is left as it is", place.line, self.name);
            Rejection::new("damaged", message).hint("Mend the line in the file, and sync again.").into()
        })
    }

    /// A new row with these values.
    pub(super) fn new_line(&self, values: &[String]) -> Line {
        self.separators.put_together(values, &self.tail.quoted, self.tail.end)
    }

    /// The text of a row up to the next one, and whether all of it is text.
    fn text(&self, row: u32) -> Result<(String, bool), ConnectError> {
        let place = self.rows[row as usize];
        let bytes = self.bytes(place.from, (place.to - place.from).min(LARGEST_ROW))?;
        Ok(self.decoded(&bytes))
    }

    fn decoded(&self, bytes: &[u8]) -> (String, bool) {
        let (text, bad) = self.csv.encoding.encoding().decode_without_bom_handling(bytes);
        (text.into_owned(), !bad)
    }

    fn bytes(&self, from: u64, length: u64) -> Result<Vec<u8>, ConnectError> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut read = || {
            let mut bytes = Vec::with_capacity(length as usize);
            file.seek(SeekFrom::Start(from))?;
            file.by_ref().take(length).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        read().map_err(|error: io::Error| file::unreadable(&self.settings.path, &error))
    }

    /// A text as bytes of the file, which are read as the same text; the first character for which there are none.
    pub(super) fn encoded(&self, text: &str) -> Result<Vec<u8>, char> {
        let bytes = self.bytes_of(text)?;
        // Some encodings have one byte for several characters, and give back another one.
        let (read, _) = self.decoded(&bytes);
        match text
            .chars()
            .zip(read.chars().map(Some).chain(std::iter::repeat(None)))
            .find(|(one, other)| Some(*one) != *other)
        {
            Some((changed, _)) => Err(changed),
            None => Ok(bytes),
        }
    }

    fn bytes_of(&self, text: &str) -> Result<Vec<u8>, char> {
        match Width::of(self.csv.encoding.encoding()) {
            Width::TwoLow => Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Width::TwoHigh => Ok(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            Width::One => {
                let mut encoder = self.csv.encoding.encoding().new_encoder();
                let most = encoder.max_buffer_length_from_utf8_without_replacement(text.len());
                let mut bytes = Vec::with_capacity(most.unwrap_or(text.len() * 4));
                match encoder.encode_from_utf8_to_vec_without_replacement(text, &mut bytes, true).0 {
                    EncoderResult::InputEmpty => Ok(bytes),
                    EncoderResult::Unmappable(character) => Err(character),
                    // There was room for all of it.
                    EncoderResult::OutputFull => Err(char::REPLACEMENT_CHARACTER),
                }
            }
        }
    }

    /// What the encoding of the file is called.
    pub(super) fn encoding(&self) -> &'static str {
        self.csv.encoding.label()
    }

    /// Where a row stands: its first byte, and the one behind it.
    pub(super) fn place(&self, row: u32) -> (u64, u64) {
        let place = self.rows[row as usize];
        (place.from, place.to)
    }

    /// The last row; of no meaning in a file without rows.
    pub(super) fn last_row(&self) -> u32 {
        (self.rows.len() as u32).wrapping_sub(1)
    }

    /// Where new rows go, and what must stand before them.
    pub(super) fn tail(&self) -> (u64, &'static str) {
        (self.tail.at, if self.tail.open { self.tail.end } else { "" })
    }

    /// How many bytes the file has.
    pub(super) fn length(&self) -> u64 {
        self.length
    }
}

/// The place of a column, whose case makes no difference unless two differ by it alone.
fn place_of(columns: &[String], name: &str, settings: &FileSettings) -> Result<usize, ConnectError> {
    let exact = columns.iter().position(|column| column == name);
    let found = exact.or_else(|| columns.iter().position(|column| column.to_lowercase() == name.to_lowercase()));
    found.ok_or_else(|| {
        ConnectError::refused(
            format!("{} has no column {name}", settings.path.display()),
            format!("It has: {}. Perhaps the file was changed since the integration was made.", columns.join(", ")),
        )
    })
}

/// Why a row cannot be written, or what went wrong with the file.
pub(super) enum RowError {
    Refused(Rejection),
    File(ConnectError),
}

impl From<Rejection> for RowError {
    fn from(why: Rejection) -> RowError {
        RowError::Refused(why)
    }
}

impl From<ConnectError> for RowError {
    fn from(error: ConnectError) -> RowError {
        RowError::File(error)
    }
}

impl FileSettings {
    /// How a column writes its values; a key is text, whatever it looks like.
    fn manner(&self, column: &str, is_key: bool) -> Manner {
        Manner::new(if is_key { Kind::Text } else { self.kind_of(column) }, self.formats_of(column))
    }
}

/// What a file looks like to a mapping that writes into it: every column takes text, unless something else is said of it. `key` is the
/// column by which its rows are known.
pub(in crate::connect) fn schema(settings: &FileSettings, key: Option<&str>) -> Result<Schema, ConnectError> {
    let source = file::open(settings)?;
    must_be_writable(&settings.path)?;
    let mut schema = source.schema().clone();
    // Whoever has not chosen a key yet, or one that is not there, is told so when the step is checked.
    let named = key.and_then(|key| schema.field(key));
    let key = named.or(schema.fields.first()).map(|field| field.name.clone());
    for field in &mut schema.fields {
        let is_key = Some(&field.name) == key.as_ref();
        field.kind = settings.kind_of(&field.name);
        if is_key {
            // A row is known by its key: it does not change, and a file gives none itself.
            (field.kind, field.required, field.updateable) = (Kind::Text, true, false);
            (field.unique, field.external_id, field.id_lookup) = (true, true, true);
        }
        field.filterable = true;
    }
    (schema.key, schema.createable, schema.updateable, schema.deletable) = (key, true, true, true);
    Ok(schema)
}

/// Refuses a file that may not be written.
pub(super) fn must_be_writable(path: &Path) -> Result<(), ConnectError> {
    let about = fs::metadata(path).map_err(|error| file::unreadable(path, &error))?;
    let opened = fs::File::options().write(true).open(path);
    match opened {
        Ok(_) if !about.permissions().readonly() => Ok(()),
        Err(error) if is_held(&error) => Err(held(path)),
        Err(error) if error.kind() != io::ErrorKind::PermissionDenied => Err(file::unwritable(path, &error)),
        _ => Err(ConnectError::refused(
            format!("{} may not be written: it is read-only", path.display()),
            "Give yourself the right to write it, or choose a copy.",
        )),
    }
}

/// Whether a file cannot be had because another program has it open, as Windows tells.
pub(super) fn is_held(error: &io::Error) -> bool {
    const SHARING_VIOLATION: i32 = 32;
    const LOCK_VIOLATION: i32 = 33;
    cfg!(windows) && matches!(error.raw_os_error(), Some(SHARING_VIOLATION | LOCK_VIOLATION))
}

/// Another program has the file open.
pub(super) fn held(path: &Path) -> ConnectError {
    let message = format!("{} is open in another program: close it there", path.display());
    ConnectError::Busy { message, after: None }
}

/// A digest of values, compared without case.
fn digest<'a>(values: impl Iterator<Item = Cow<'a, str>>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for value in values {
        if value.is_ascii() {
            value.bytes().for_each(|byte| hasher.write_u8(byte.to_ascii_lowercase()));
        } else {
            value.to_lowercase().bytes().for_each(|byte| hasher.write_u8(byte));
        }
        0xff_u8.hash(&mut hasher);
    }
    hasher.finish()
}

//! Chunks of 200 rows, made ready on a thread of their own while the rows before them are written.
//!
//! What needs no look at the data is done here: reading, echoing cells as results show them, and noticing that two rows
//! of a chunk share their key.

use std::collections::HashMap;
use std::io::Read;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use super::lines::{Lines, Row, Rows};
use super::spool::{push_double, push_quoted};
use crate::failure::Failure;
use crate::ids;
use crate::rows::given::Given;
use crate::rows::value::{self, Cell, parse_number};
use crate::schema::Field;
use crate::soql::collate::fold;

/// Rows that are looked at together.
pub(crate) const CHUNK: usize = 200;
/// Chunks that are made ready ahead.
const AHEAD: usize = 8;

/// How the values of an upsert key are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Sameness {
    /// As ids, short or long.
    Id,
    /// As numbers.
    Number,
    /// As text, without case.
    Text,
    /// As text, to the letter.
    Exact,
}

/// What the reading thread knows of a job.
#[derive(Debug, Clone)]
pub(crate) struct Shape<'o> {
    /// For each column its field, if its cells can be read without a look at the data.
    pub(crate) fields: Vec<Option<(usize, &'o Field)>>,
    pub(crate) delimiter: u8,
    pub(crate) line_end: &'static str,
    /// Which columns are echoed as Java doubles.
    pub(crate) decimals: Vec<bool>,
    /// The column of the upsert key, and how it is compared.
    pub(crate) key: Option<(usize, Sameness)>,
    /// Rows read in earlier runs, for messages.
    pub(crate) before: u64,
}

/// 200 rows or, at the end of the upload, fewer.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// The rows.
    pub(crate) rows: Rows,
    echo: Vec<u8>,
    ends: Vec<usize>,
    repeated: Vec<bool>,
    /// What each row gives, or why it cannot be read; only as many as there are rows.
    pub(crate) given: Vec<(Given, Option<Failure>)>,
}

impl Chunk {
    /// The cells of a row as its result line shows them, with the line's end.
    pub(crate) fn echo(&self, place: usize) -> &[u8] {
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        &self.echo[start..self.ends[place]]
    }

    /// Whether another row of the chunk has the same key.
    pub(crate) fn is_repeated(&self, place: usize) -> bool {
        self.repeated.get(place) == Some(&true)
    }

    fn prepare(&mut self, shape: &Shape<'_>) {
        self.echo.clear();
        self.ends.clear();
        for place in 0..self.rows.len() {
            for (text, decimal) in self.rows.row(place).cells().zip(&shape.decimals) {
                self.echo.push(shape.delimiter);
                if !(*decimal && push_double(&mut self.echo, text)) {
                    push_quoted(&mut self.echo, text);
                }
            }
            self.echo.extend_from_slice(shape.line_end.as_bytes());
            self.ends.push(self.echo.len());
        }
        if self.given.len() < self.rows.len() {
            self.given.resize_with(self.rows.len(), Default::default);
        }
        for (place, (given, failure)) in self.given.iter_mut().enumerate().take(self.rows.len()) {
            given.clear();
            *failure = read_cells(self.rows.row(place), &shape.fields, given).err();
        }
        self.repeated.clear();
        if let Some((column, sameness)) = shape.key {
            find_repeated(&self.rows, column, sameness, &mut self.repeated);
        }
    }
}

/// What sets a field to null.
pub(crate) const NOTHING: &str = "#N/A";

fn read_cells(row: Row<'_>, fields: &[Option<(usize, &Field)>], given: &mut Given) -> Result<(), Failure> {
    for (text, field) in row.cells().zip(fields) {
        let Some((place, field)) = field else { continue };
        match text {
            "" => {}
            NOTHING => given.set(*place, Cell::Null),
            text => given.set(*place, value::from_csv(field, text)?),
        }
    }
    Ok(())
}

/// The key of a row, if it has one.
pub(crate) fn key<'r>(row: Row<'r>, column: usize) -> Option<&'r str> {
    Some(row.get(column).trim()).filter(|key| !key.is_empty())
}

fn find_repeated(rows: &Rows, column: usize, sameness: Sameness, repeated: &mut Vec<bool>) {
    let mut first: HashMap<String, usize> = HashMap::with_capacity(rows.len());
    repeated.resize(rows.len(), false);
    for place in 0..rows.len() {
        let Some(key) = key(rows.row(place), column) else {
            continue;
        };
        let key = match sameness {
            Sameness::Id => ids::normal(key).unwrap_or_else(|| key.to_owned()),
            Sameness::Number => parse_number(key).map_or_else(|| key.to_owned(), |number| number.to_string()),
            Sameness::Text => fold(key),
            Sameness::Exact => key.to_owned(),
        };
        match first.entry(key) {
            std::collections::hash_map::Entry::Vacant(gap) => {
                gap.insert(place);
            }
            std::collections::hash_map::Entry::Occupied(known) => {
                repeated[*known.get()] = true;
                repeated[place] = true;
            }
        }
    }
}

/// What comes next from the upload.
pub(crate) enum Next {
    /// Rows.
    Chunk(Box<Chunk>),
    /// Nothing more.
    End,
    /// Something that cannot be read, in words for the job.
    Broken(String),
}

/// Chunks on their way from the reading thread.
pub(crate) struct Chunks {
    ready: Receiver<Next>,
    used: Sender<Box<Chunk>>,
}

impl Chunks {
    /// Begins to read ahead. The thread ends at the end of the upload, or when the chunks are dropped.
    pub(crate) fn begin<'s, R: Read + Send + 's>(
        scope: &'s Scope<'s, '_>,
        mut lines: Lines<R>,
        shape: Shape<'s>,
    ) -> std::io::Result<(Self, ScopedJoinHandle<'s, ()>)> {
        let (ready_in, ready): (SyncSender<Next>, _) = sync_channel(AHEAD);
        let (used, used_out): (Sender<Box<Chunk>>, _) = channel();
        let thread = std::thread::Builder::new().name("practice-read".into()).spawn_scoped(scope, move || {
            let mut before = shape.before;
            loop {
                let mut chunk = used_out.try_recv().unwrap_or_default();
                let read = lines.read(&mut chunk.rows, CHUNK, shape.decimals.len(), before);
                let next = match read {
                    Err(unreadable) => Next::Broken(unreadable.0),
                    Ok(()) if chunk.rows.len() == 0 => Next::End,
                    Ok(()) => {
                        before += chunk.rows.len() as u64;
                        chunk.prepare(&shape);
                        Next::Chunk(chunk)
                    }
                };
                let last = !matches!(next, Next::Chunk(_));
                if ready_in.send(next).is_err() || last {
                    return;
                }
            }
        })?;
        Ok((Chunks { ready, used }, thread))
    }

    /// What comes next. Asked again after the end, it is the end again.
    pub(crate) fn next(&self) -> Next {
        self.ready.recv().unwrap_or(Next::End)
    }

    /// Gives a chunk back, to be filled again.
    pub(crate) fn give_back(&self, chunk: Box<Chunk>) {
        // At the end nobody takes it any more.
        self.used.send(chunk).ok();
    }
}

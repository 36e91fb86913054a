//! Writing what became of rows, each once: a row that has an outcome keeps it, whatever is said of it later.
//!
//! Rows that got through are written many to an entry where enough of a span come together; a few, and those that did not get through, are
//! written one by one, each to be found by its cause.

use super::passed::{Marks, OUTCOMES, Passed, span_of};
use super::{RunId, Settled, Store, StoreError, counts};
use rusqlite::{Connection, OptionalExtension as _};

/// Fewer rows of a span that got through are not worth writing its entry anew.
const FEW: usize = 16;

/// Rows written by one statement.
const TOGETHER: usize = 50;

impl Store {
    /// Settles rows that no delivery had.
    pub fn settle(&self, run: RunId, step: usize, settled: &mut [Settled]) -> Result<(), StoreError> {
        self.write(|db| insert(db, run, step, settled))
    }
}

/// Writes outcomes, in a transaction that nobody else can write beside.
pub(super) fn insert(db: &Connection, run: RunId, step: usize, settled: &mut [Settled]) -> rusqlite::Result<()> {
    // Stable, so that the first word about a row is the one that stands.
    settled.sort_by_key(|settled| settled.row);
    for some in settled.chunk_by(|one, other| span_of(one.row) == span_of(other.row)) {
        insert_span(db, run, step, span_of(some[0].row), some)?;
    }
    Ok(())
}

fn insert_span(db: &Connection, run: RunId, step: usize, span: u64, settled: &[Settled]) -> rusqlite::Result<()> {
    let entry = entry(db, run, step, span)?;
    let mut known = entry.as_ref().map(|entry| entry.rows).unwrap_or_default();
    mark_singles(db, run, step, span, &mut known)?;
    let new: Vec<&Settled> = settled.iter().filter(|settled| known.add(settled.row)).collect();
    let got_through = |settled: &&Settled| OUTCOMES.contains(&settled.outcome.outcome());
    let passed = new.iter().copied().filter(got_through);
    if passed.clone().count() < FEW {
        insert_singles(db, run, step, &new)?;
    } else {
        write_entry(db, run, step, span, entry, passed)?;
        let others: Vec<_> = new.iter().copied().filter(|settled| !got_through(settled)).collect();
        insert_singles(db, run, step, &others)?;
    }
    counts::add(db, run, step, span, &new)
}

fn entry(db: &Connection, run: RunId, step: usize, span: u64) -> rusqlite::Result<Option<Passed>> {
    let mut query = db.prepare_cached("SELECT rows, body FROM passed WHERE run = ?1 AND step = ?2 AND span = ?3")?;
    query.query_row((run.0, step as i64, span as i64), read_entry).optional()
}

/// An entry as the first two columns of a row have it.
pub(super) fn read_entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<Passed> {
    let rows = Marks::from_bytes(row.get_ref(0)?.as_blob()?).ok_or_else(damaged)?;
    Ok(Passed { rows, body: row.get(1)? })
}

pub(super) fn damaged() -> rusqlite::Error {
    let words = "the entry of rows that got through is damaged";
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, words.into())
}

/// Marks the rows of a span that are written one by one.
fn mark_singles(db: &Connection, run: RunId, step: usize, span: u64, marks: &mut Marks) -> rusqlite::Result<()> {
    let (from, to) = counts::rows_of(span);
    let mut query =
        db.prepare_cached("SELECT row FROM outcome WHERE run = ?1 AND step = ?2 AND row BETWEEN ?3 AND ?4")?;
    let mut rows = query.query((run.0, step as i64, from, to))?;
    while let Some(row) = rows.next()? {
        marks.add(row.get::<_, i64>(0)? as u64);
    }
    Ok(())
}

/// Writes the entry of a span, with the rows that it has already.
fn write_entry<'a>(
    db: &Connection,
    run: RunId,
    step: usize,
    span: u64,
    entry: Option<Passed>,
    new: impl Iterator<Item = &'a Settled> + Clone,
) -> rusqlite::Result<()> {
    let told =
        |settled: &'a Settled| (settled.row, settled.outcome.outcome(), settled.outcome.id().unwrap_or_default());
    let passed = match entry {
        None => Passed::of(new.map(told)),
        Some(entry) => {
            let mut all = entry.read(span).ok_or_else(damaged)?;
            all.extend(new.cloned());
            all.sort_by_key(|settled| settled.row);
            Passed::of(
                all.iter()
                    .map(|settled| (settled.row, settled.outcome.outcome(), settled.outcome.id().unwrap_or_default())),
            )
        }
    };
    let mut insert = db.prepare_cached(
        "INSERT INTO passed (run, step, span, rows, body) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT DO UPDATE SET rows = excluded.rows, body = excluded.body",
    )?;
    insert.execute((run.0, step as i64, span as i64, passed.rows.to_bytes(), passed.body)).map(drop)
}

fn insert_singles(db: &Connection, run: RunId, step: usize, settled: &[&Settled]) -> rusqlite::Result<()> {
    let full = insertion(TOGETHER);
    for some in settled.chunks(TOGETHER) {
        let rest = if some.len() == TOGETHER { None } else { Some(insertion(some.len())) };
        let mut insert = db.prepare_cached(rest.as_deref().unwrap_or(&full))?;
        insert.raw_bind_parameter(1, run.0)?;
        insert.raw_bind_parameter(2, step as i64)?;
        for (Settled { row, outcome }, at) in some.iter().zip((3..).step_by(4)) {
            insert.raw_bind_parameter(at, *row as i64)?;
            insert.raw_bind_parameter(at + 1, outcome.outcome().code())?;
            insert.raw_bind_parameter(at + 2, outcome.id())?;
            let why = outcome.rejection().map(serde_json::to_string).transpose();
            insert.raw_bind_parameter(
                at + 3,
                why.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?,
            )?;
        }
        insert.raw_execute()?;
    }
    Ok(())
}

fn insertion(rows: usize) -> String {
    let places = |row: usize| {
        let at = 3 + row * 4;
        format!("(?1, ?2, ?{}, ?{}, ?{}, ?{})", at, at + 1, at + 2, at + 3)
    };
    let places: Vec<_> = (0..rows).map(places).collect();
    let places = places.join(", ");
    format!("INSERT INTO outcome (run, step, row, outcome, record, why) VALUES {places}")
}

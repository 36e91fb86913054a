//! A delivery laid over a file: what becomes of each of its rows, and what is then written where.
//!
//! Nothing here writes: a file is rewritten as a whole by `replace`, or not at all. So a delivery that nobody saw the end of is told by
//! its keys. Changes and deletions are simply done again; a new row is there if its key is, and is made if it is not.

use super::line::Line;
use super::table::{RowError, Table};
use crate::connect::load::Load;
use crate::connect::{Action, ConnectError, RowOutcome, TableBefore};
use crate::mapping::CLEAR_MARK;
use crate::record::Rejection;
use std::collections::{BTreeMap, HashSet};

/// Lays the rows of a delivery over a file.
pub(super) struct Writer<'a> {
    pub(super) table: &'a Table,
    pub(super) action: &'a Action,
    pub(super) load: &'a Load,
    /// What the file held when the delivery was prepared.
    pub(super) before: &'a TableBefore,
    /// Whether the delivery may have been written already.
    pub(super) again: bool,
}

/// What a file gets.
#[derive(Debug, Default)]
pub(super) struct Edits {
    /// Rows that get another text, or none.
    pub(super) rows: BTreeMap<u32, Option<Vec<u8>>>,
    /// New rows.
    pub(super) new: Vec<Vec<u8>>,
}

impl Edits {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.new.is_empty()
    }
}

/// A delivery under way.
#[derive(Default)]
struct Draft<'a> {
    /// Rows of the file that are touched, taken apart and as bytes; `None` for those that go.
    rows: BTreeMap<u32, Option<(Line, Vec<u8>)>>,
    new: Vec<Vec<u8>>,
    /// Keys of new rows.
    keys: HashSet<&'a str>,
}

/// The code of a row whose record is not there.
const NOT_FOUND: &str = "not_found";

impl<'a> Writer<'a> {
    /// Rows of the delivery for which there is nothing to do: their record is there already and is to be made, or is not there and is
    /// to be deleted.
    pub(super) fn note(&self) -> Result<TableBefore, ConnectError> {
        let mut before = TableBefore::default();
        for place in 0..self.load.rows.len() {
            let idle = match self.action {
                Action::Insert => !self.table.with_key(self.key(place))?.is_empty(),
                Action::Delete => self.table.with_key(self.key(place))?.is_empty(),
                Action::Update | Action::Upsert { .. } => false,
            };
            if idle {
                before.idle.push(place);
            }
        }
        Ok(before)
    }

    /// What becomes of each row, and what the file gets for it.
    pub(super) fn lay(&self) -> Result<(Vec<RowOutcome>, Edits), ConnectError> {
        let columns = self.load.columns.iter().map(|name| self.table.column(name)).collect::<Result<Vec<_>, _>>()?;
        let mut draft = Draft::default();
        let mut outcomes = Vec::with_capacity(self.load.rows.len());
        for place in 0..self.load.rows.len() {
            let outcome = match self.action {
                Action::Insert => self.insert(place, &columns, &mut draft),
                Action::Update => self.update(place, &columns, &mut draft),
                Action::Delete => self.delete(place, &mut draft),
                Action::Upsert { .. } => {
                    Err(Rejection::new("refused", "a file takes new rows and changes to rows, not both in one").into())
                }
            };
            outcomes.push(match outcome {
                Ok(outcome) => outcome,
                Err(RowError::Refused(why)) => RowOutcome::Failed(why.into()),
                Err(RowError::File(error)) => return Err(error),
            });
        }
        let rows = draft.rows.into_iter().map(|(row, line)| (row, line.map(|(_, bytes)| bytes))).collect();
        let edits = Edits { rows, new: draft.new };
        Ok((outcomes, edits))
    }

    fn key(&self, place: usize) -> &'a str {
        let key = &self.table.columns[self.table.key];
        self.load.cell(place, key)
    }

    /// What a row sets: columns of the file with values in the spelling of the APIs. A blank cell sets nothing.
    fn given(&self, place: usize, columns: &[usize]) -> BTreeMap<usize, &'a str> {
        let cells = columns.iter().copied().zip(self.load.rows[place].iter()).filter(|(_, cell)| !cell.is_empty());
        cells.map(|(column, cell)| (column, if cell == CLEAR_MARK { "" } else { cell })).collect()
    }

    fn insert(&self, place: usize, columns: &[usize], draft: &mut Draft<'a>) -> Result<RowOutcome, RowError> {
        let (table, key) = (self.table, self.key(place));
        let name = &table.columns[table.key];
        if key.trim().is_empty() || key == CLEAR_MARK {
            let message = format!("{name} is blank, and a row of {} is known by it alone", table.name);
            return Err(Rejection::new("no_key", message)
                .field(name)
                .hint("Give the record a key: a file makes none by itself.")
                .into());
        }
        let given = self.given(place, columns);
        let there = table.with_key(key)?;
        if !there.is_empty() && self.again && !self.before.idle.contains(&place) {
            return self.made_already(key, &there, &given);
        }
        if !there.is_empty() || !draft.keys.insert(key) {
            let message = format!("there is a record with this key: {name} \"{key}\" in {}", table.name);
            return Err(Rejection::new("not_unique", message)
                .field(name)
                .hint("Give the record a key of its own, or find records by it and update them.")
                .into());
        }
        let mut values = vec![String::new(); table.columns.len()];
        for (column, value) in given {
            values[column] = table.spell(column, value, "").into_owned();
            self.must_be_sayable(column, &values[column])?;
        }
        draft.new.push(self.bytes_of(&table.new_line(&values))?);
        Ok(RowOutcome::Created { id: key.into() })
    }

    /// What became of a new row that was perhaps written: it is there if its key is, with its values.
    fn made_already(&self, key: &str, there: &[u32], given: &BTreeMap<usize, &str>) -> Result<RowOutcome, RowError> {
        let table = self.table;
        if let [only] = there {
            let values = table.values(*only)?;
            let alike = |(column, value): (&usize, &&str)| {
                let cell = values.get(*column).map_or("", String::as_str);
                table.plain(*column, cell) == table.plain(*column, &table.spell(*column, value, cell))
            };
            if given.iter().all(alike) {
                return Ok(RowOutcome::Created { id: key.into() });
            }
        }
        let message =
            format!("sent, the end of it was not seen, and {} has a row with its key and other values", table.name);
        let why = Rejection::new("unconfirmed", message).hint("Look at the row in the file before sending it again.");
        Ok(RowOutcome::Unconfirmed(why.into()))
    }

    fn update(&self, place: usize, columns: &[usize], draft: &mut Draft<'a>) -> Result<RowOutcome, RowError> {
        let (table, key) = (self.table, self.key(place));
        let row = self.only(key, draft)?;
        let before = match draft.rows.get(&row) {
            Some(Some((line, _))) => line.clone(),
            _ => table.line(row)?,
        };
        let mut line = before.clone();
        for (column, value) in self.given(place, columns) {
            // The key of a record that is there is no part of it.
            if column == table.key {
                continue;
            }
            let spelled = table.spell(column, value, before.value(column)).into_owned();
            if spelled != before.value(column) {
                self.must_be_sayable(column, &spelled)?;
                line.set(column, &spelled, &table.separators);
            }
        }
        if line != before {
            let bytes = self.bytes_of(&line)?;
            draft.rows.insert(row, Some((line, bytes)));
        }
        Ok(RowOutcome::Updated { id: key.into() })
    }

    fn delete(&self, place: usize, draft: &mut Draft<'a>) -> Result<RowOutcome, RowError> {
        let key = self.key(place);
        match self.only(key, draft) {
            Ok(row) => {
                self.table.line(row)?;
                draft.rows.insert(row, None);
            }
            Err(RowError::Refused(why))
                if why.code == NOT_FOUND && self.again && !self.before.idle.contains(&place) => {}
            Err(error) => return Err(error),
        }
        Ok(RowOutcome::Deleted { id: key.into() })
    }

    /// The row of that key.
    fn only(&self, key: &str, draft: &Draft<'_>) -> Result<u32, RowError> {
        let (name, by) = (&self.table.name, &self.table.columns[self.table.key]);
        let there: Vec<u32> =
            self.table.with_key(key)?.into_iter().filter(|row| draft.rows.get(row) != Some(&None)).collect();
        match there[..] {
            [only] => Ok(only),
            [] => Err(Rejection::new(NOT_FOUND, format!("no row of {name} has the {by} \"{key}\""))
                .field(by)
                .hint("It may have been deleted. Insert it, or leave the row out.")
                .into()),
            _ => Err(Rejection::new("several_found", format!("more than one row of {name} has the {by} \"{key}\""))
                .field(by)
                .hint("Give these rows keys of their own: one record cannot be told from the other.")
                .into()),
        }
    }

    /// Refuses a value for which the file has no characters.
    fn must_be_sayable(&self, column: usize, value: &str) -> Result<(), Rejection> {
        let (table, name) = (self.table, &self.table.columns[column]);
        let reason = match table.encoded(value) {
            Ok(_) if !value.contains('\0') => return Ok(()),
            Ok(_) => format!("{name} would get a NUL character, which no text file takes"),
            Err(character) => {
                format!("{name} would get the character {character}, which {} does not have", table.encoding())
            }
        };
        Err(Rejection::new("not_in_encoding", reason)
            .field(name)
            .hint("Change the value, or save the file as UTF-8 and say so in how it is read."))
    }

    /// A row as bytes of the file; refused where it would be read otherwise than it was written.
    fn bytes_of(&self, line: &Line) -> Result<Vec<u8>, Rejection> {
        let table = self.table;
        let bytes = table.encoded(&line.text(&table.separators)).ok().filter(|_| table.separators.reads_back(line));
        bytes.ok_or_else(|| {
            Rejection::new("not_sayable", format!("{} has no way to say one of these values", table.name))
                .hint("It may have a delimiter or a line end in a file without quotes, or be longer than a megabyte.")
        })
    }
}

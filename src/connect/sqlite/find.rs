//! What a table holds now: rows found by any of its columns.
//!
//! Values are compared as text and without case, so that 7 and "7" are one key; where a row is spelled exactly as asked for, it alone is
//! meant. An index is used where one begins with a column asked for; only texts that it does not know, and that could be spelled with
//! other letters, are looked for in all rows, once for all of them.

use super::cell::{spellings, text};
use super::quoted;
use super::table::{Column, Table};
use crate::cancel::Cancel;
use crate::connect::{ConnectError, Found, Keys, Matches};
use rusqlite::{Connection, Row};
use std::collections::{BTreeMap, HashMap};

/// Rows looked at between two looks whether somebody asked to stop.
const STRIDE: usize = 10_000;

/// A question to a table.
struct Question<'a> {
    table: &'a Table,
    keys: &'a Keys,
    /// `SELECT` with the id, the columns asked for and those found by.
    select: String,
    /// The columns selected, in order; `None` for the number of the row.
    columns: Vec<Option<&'a Column>>,
}

/// The rows that have the values asked for.
pub(super) fn find(
    database: &Connection,
    table: &Table,
    keys: &Keys,
    fields: &[String],
    cancel: &Cancel,
) -> Result<Matches, ConnectError> {
    let told = |error: rusqlite::Error| super::unwritten(&table.path, &table.name, &error);
    let question = Question::new(table, keys, fields)?;
    // All that is read is of one moment.
    let moment = database.unchecked_transaction().map_err(told)?;
    let mut matches: Matches = vec![Vec::new(); keys.values.len()];
    let mut open: Vec<usize> = (0..keys.values.len()).filter(|asked| question.asks(*asked)).collect();
    if let Some(lead) = keys.fields.iter().position(|field| table.is_indexed(field)) {
        let mut left = Vec::new();
        for asked in open {
            cancel.check()?;
            let found = question.by_index(database, lead, asked).map_err(told)?;
            let exact = found.iter().any(|record| question.is_exact(record, asked));
            if exact || !keys.values[asked].iter().any(|value| has_case(value)) {
                matches[asked] = question.nearest(found, asked);
            } else {
                left.push(asked);
            }
        }
        open = left;
    }
    if !open.is_empty() {
        for (asked, found) in question.by_scan(database, &open, cancel)? {
            matches[asked] = question.nearest(found, asked);
        }
    }
    moment.finish().map_err(told)?;
    Ok(matches)
}

/// A record with the values that it was found by behind those asked for.
type Candidate = Found;

impl<'a> Question<'a> {
    fn new(table: &'a Table, keys: &'a Keys, fields: &[String]) -> Result<Question<'a>, ConnectError> {
        let names = || std::iter::once(&table.key).chain(fields).chain(&keys.fields);
        let spelled = names().map(|name| table.spelled(name)).collect::<Result<Vec<_>, _>>()?;
        let select = format!("SELECT {} FROM {}", spelled.join(", "), quoted(&table.name));
        Ok(Question { table, keys, select, columns: names().map(|name| table.column(name)).collect() })
    }

    /// Whether a row says what it is to be found by.
    fn asks(&self, asked: usize) -> bool {
        self.keys.values[asked].iter().all(|value| !value.is_empty())
    }

    fn by_index(&self, database: &Connection, lead: usize, asked: usize) -> rusqlite::Result<Vec<Candidate>> {
        let field = &self.keys.fields[lead];
        let column = self.table.column(field);
        let name = quoted(column.map_or(field.as_str(), |column| &column.name));
        let mut query = database.prepare_cached(&format!("{} WHERE {name} IN (?1, ?2)", self.select))?;
        let found = query.query_map(spellings(column, &self.keys.values[asked][lead]), |row| self.candidate(row))?;
        let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(found.into_iter().filter(|record| self.agrees(record, asked)).collect())
    }

    fn by_scan(
        &self,
        database: &Connection,
        open: &[usize],
        cancel: &Cancel,
    ) -> Result<BTreeMap<usize, Vec<Candidate>>, ConnectError> {
        let told = |error: rusqlite::Error| super::unwritten(&self.table.path, &self.table.name, &error);
        let mut wanted: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
        for asked in open {
            wanted.entry(folded(&self.keys.values[*asked])).or_default().push(*asked);
        }
        let mut found: BTreeMap<usize, Vec<Candidate>> = BTreeMap::new();
        let mut query = database.prepare_cached(&self.select).map_err(told)?;
        let mut rows = query.query([]).map_err(told)?;
        let mut seen = 0;
        while let Some(row) = rows.next().map_err(told)? {
            seen += 1;
            if seen % STRIDE == 0 {
                cancel.check()?;
            }
            let record = self.candidate(row).map_err(told)?;
            for asked in wanted.get(&folded(self.found_by(&record))).into_iter().flatten() {
                found.entry(*asked).or_default().push(record.clone());
            }
        }
        Ok(found)
    }

    fn candidate(&self, row: &Row<'_>) -> rusqlite::Result<Candidate> {
        let mut values = Vec::with_capacity(self.columns.len());
        for (at, column) in self.columns.iter().enumerate() {
            values.push(text(*column, row.get_ref(at)?));
        }
        let id = values.remove(0);
        Ok(Found { id, values })
    }

    /// The values that a record was found by.
    fn found_by<'r>(&self, record: &'r Candidate) -> &'r [String] {
        &record.values[record.values.len() - self.keys.fields.len()..]
    }

    fn agrees(&self, record: &Candidate, asked: usize) -> bool {
        folded(self.found_by(record)) == folded(&self.keys.values[asked])
    }

    fn is_exact(&self, record: &Candidate, asked: usize) -> bool {
        self.found_by(record) == self.keys.values[asked]
    }

    /// Those spelled exactly as asked for, else all; without the values that they were found by.
    fn nearest(&self, mut found: Vec<Candidate>, asked: usize) -> Vec<Found> {
        if found.iter().any(|record| self.is_exact(record, asked)) {
            found.retain(|record| self.is_exact(record, asked));
        }
        for record in &mut found {
            record.values.truncate(record.values.len() - self.keys.fields.len());
        }
        found
    }
}

fn folded(values: &[String]) -> Vec<String> {
    values.iter().map(|value| value.to_lowercase()).collect()
}

/// Whether a text could be spelled with other letters.
fn has_case(text: &str) -> bool {
    text.chars().any(|c| c.is_lowercase() || c.is_uppercase())
}

//! A text file as a target: its rows are records, known by the column that was chosen as their key.
//!
//! A delivery rewrites the file as a whole, so that as many rows as possible go into one. If somebody saves the file meanwhile, the
//! delivery is laid over what they saved.

use super::CsvSettings;
use super::replace::prepare;
use super::table::{Table, must_be_writable};
use super::write::Writer;
use crate::cancel::Cancel;
use crate::connect::file::{FileMark, FileSettings, FileSince};
use crate::connect::load::Load;
use crate::connect::{
    Action, Api, ConnectError, EncodedRows, Encoding, Found, Keys, Matches, Report, Sent, TableBefore, Target, Terms,
    Ticket, drain,
};
use std::sync::{Mutex, PoisonError};

/// Most rows of a delivery.
const ROWS_PER_DELIVERY: usize = 100_000;

/// Most bytes of a delivery, which is held in memory.
const BYTES_PER_DELIVERY: usize = 50 << 20;

/// How often a delivery is laid over a file that somebody else saves again and again.
const ATTEMPTS: usize = 5;

/// Everything a target needs to know.
#[derive(Debug, Clone)]
pub struct CsvSpec {
    /// The file, and how it is read; so it is written.
    pub file: FileSettings,
    /// How its text is separated.
    pub csv: CsvSettings,
    /// The column by which its rows are known.
    pub key: String,
    /// What happens to its rows; a file knows no upsert of its own.
    pub action: Action,
}

/// A text file as a target.
pub struct CsvTarget {
    spec: CsvSpec,
    terms: Terms,
    /// The file as it was read last.
    read: Mutex<Option<Table>>,
    /// What happens just before the new file takes the place of the old one.
    #[cfg(test)]
    meanwhile: Mutex<Option<Meanwhile>>,
}

#[cfg(test)]
type Meanwhile = Box<dyn FnMut() + Send>;

impl CsvTarget {
    /// A target; the file is read when it is needed.
    pub fn new(spec: CsvSpec) -> CsvTarget {
        let terms = Terms {
            api: Api::Direct,
            rows: ROWS_PER_DELIVERY,
            bytes: BYTES_PER_DELIVERY,
            // Each delivery builds on what the one before has written.
            in_flight: 1,
            encoding: Encoding::Csv,
            pair_by: None,
        };
        CsvTarget {
            spec,
            terms,
            read: Mutex::default(),
            #[cfg(test)]
            meanwhile: Mutex::default(),
        }
    }

    /// The same with something that happens just before the new file takes the place of the old one.
    #[cfg(test)]
    pub(super) fn meanwhile(self, what: impl FnMut() + Send + 'static) -> CsvTarget {
        *self.meanwhile.lock().unwrap() = Some(Box::new(what));
        self
    }

    /// Works with the file as it is now, read so that rows are found by these columns.
    fn with<T>(
        &self,
        found_by: &[String],
        cancel: &Cancel,
        work: impl FnOnce(&Table) -> Result<T, ConnectError>,
    ) -> Result<T, ConnectError> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let known = read.take().filter(|table| table.finds_by(found_by) && table.is_as_read());
        let table = match known {
            Some(table) => table,
            None => self.table(found_by, cancel)?,
        };
        let result = work(read.insert(table));
        if result.is_err() {
            *read = None;
        }
        result
    }

    /// Reads the file. What changes while it is read is read again.
    fn table(&self, found_by: &[String], cancel: &Cancel) -> Result<Table, ConnectError> {
        let CsvSpec { file, csv, key, .. } = &self.spec;
        for _ in 0..ATTEMPTS {
            let mark = FileMark::of(&file.path);
            let result = Table::read(file, csv, key, found_by, cancel);
            let as_it_was = mark.is_none_or(|mark| mark.since() == FileSince::Same);
            match result {
                Ok(table) if table.is_as_read() => return Ok(table),
                Err(error) if as_it_was => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
        Err(self.restless())
    }

    fn restless(&self) -> ConnectError {
        let message = format!("{} is being saved by another program again and again", self.spec.file.path.display());
        ConnectError::Busy { message, after: None }
    }

    /// Refuses to write into a file that another program is about to overwrite.
    fn must_be_free(&self) -> Result<(), ConnectError> {
        let path = &self.spec.file.path;
        must_be_writable(path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let lock = path.with_file_name(format!(".~lock.{name}#"));
        if lock.exists() {
            let message = format!(
                "{} is open in LibreOffice, which would overwrite what is written: close it there (it says so by the file {})",
                path.display(),
                lock.display()
            );
            return Err(ConnectError::Busy { message, after: None });
        }
        Ok(())
    }

    /// Lays a delivery over the file, and reports what became of its rows; `again` where it may have been done before.
    fn deliver(
        &self,
        body: &[u8],
        before: Option<&TableBefore>,
        again: bool,
        sent: &Sent,
        cancel: &Cancel,
        report: &mut Report,
    ) -> Result<(), ConnectError> {
        let load = Load::read(body)?;
        load.must_have(sent.rows.len())?;
        let (nothing, key) = (TableBefore::default(), std::slice::from_ref(&self.spec.key));
        for _ in 0..ATTEMPTS {
            let (action, before) = (&self.spec.action, before.unwrap_or(&nothing));
            let (outcomes, prepared) = self.with(key, cancel, |table| {
                let (outcomes, edits) = Writer { table, action, load: &load, before, again }.lay()?;
                if edits.is_empty() {
                    return Ok((outcomes, None));
                }
                self.must_be_free()?;
                Ok((outcomes, Some(prepare(table, &edits))))
            })?;
            if let Some(prepared) = prepared {
                // Windows replaces no file that somebody has open, be it us.
                let table = self.read.lock().unwrap_or_else(PoisonError::into_inner).take();
                #[cfg(test)]
                self.meanwhile.lock().unwrap().as_mut().into_iter().for_each(|happens| happens());
                // Somebody who has saved the file meanwhile must not lose what they saved.
                if table.is_none_or(|table| !table.is_as_read()) {
                    continue;
                }
                prepared?.put()?;
            }
            sent.rows.iter().zip(outcomes).for_each(|((row, _), outcome)| report(*row, outcome));
            return Ok(());
        }
        Err(self.restless())
    }
}

impl Target for CsvTarget {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn current(&self, keys: &Keys, fields: &[String], cancel: &Cancel) -> Result<Matches, ConnectError> {
        self.with(&keys.fields, cancel, |table| find(table, keys, fields, cancel))
    }

    fn stage(&self, rows: &mut dyn EncodedRows, cancel: &Cancel) -> Result<Ticket, ConnectError> {
        cancel.check()?;
        let body = drain(rows)?;
        let load = Load::read(&body)?;
        let (action, nothing, key) = (&self.spec.action, TableBefore::default(), std::slice::from_ref(&self.spec.key));
        let note = |table: &Table| Writer { table, action, load: &load, before: &nothing, again: false }.note();
        let before = self.with(key, cancel, note)?;
        Ok(Ticket { before: Some(before), body: Some(body), ..Ticket::default() })
    }

    fn commit(&self, ticket: &Ticket, sent: &Sent, cancel: &Cancel, report: &mut Report) -> Result<(), ConnectError> {
        cancel.check()?;
        let Some(body) = &ticket.body else {
            return Err(ConnectError::Lost { message: "the rows of a delivery are not at hand any more".to_owned() });
        };
        self.deliver(body, ticket.before.as_ref(), false, sent, cancel, report)
    }

    /// A row is known by its key, which no two may share: nothing else needs to be remembered.
    fn remember(&self, _made: Vec<String>) {}

    fn settle(
        &self,
        ticket: &Ticket,
        sent: &Sent,
        _keys: &[String],
        rows: &mut dyn EncodedRows,
        cancel: &Cancel,
        report: &mut Report,
    ) -> Result<(), ConnectError> {
        cancel.check()?;
        rows.rewind();
        let body = drain(rows)?;
        self.deliver(&body, ticket.before.as_ref(), true, sent, cancel, report)
    }

    fn calls(&self) -> u64 {
        0
    }
}

/// The rows that have the values asked for, compared without case; where a row is spelled exactly as asked for, it alone is meant.
fn find(table: &Table, keys: &Keys, fields: &[String], cancel: &Cancel) -> Result<Matches, ConnectError> {
    let place = |name: &String| table.column(name);
    let by = keys.fields.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    let asked = fields.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    let mut matches = Matches::with_capacity(keys.values.len());
    for values in &keys.values {
        cancel.check()?;
        let mut found: Vec<(bool, Found)> = Vec::new();
        if values.iter().all(|value| !value.is_empty()) {
            for row in table.candidates(values) {
                let cells = table.values(row)?;
                let cell = |column: usize| cells.get(column).map_or("", String::as_str);
                let pairs = || by.iter().map(|column| table.plain(*column, cell(*column))).zip(values);
                if pairs().all(|(is, wanted)| is.to_lowercase() == wanted.to_lowercase()) {
                    let exact = pairs().all(|(is, wanted)| is == wanted.as_str());
                    let values = asked.iter().map(|column| table.plain(*column, cell(*column)).into_owned());
                    found.push((exact, Found { id: cell(table.key).to_owned(), values: values.collect() }));
                }
            }
        }
        if found.iter().any(|(exact, _)| *exact) {
            found.retain(|(exact, _)| *exact);
        }
        matches.push(found.into_iter().map(|(_, found)| found).collect());
    }
    Ok(matches)
}

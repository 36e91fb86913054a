//! The results of a job find the rows they belong to.
//!
//! Results come in no promised order and carry no number, only the columns sent. Rows with the same content are interchangeable:
//! which of them is said to be which record is true either way. Nothing here does I/O but read the CSV it is given.

use super::lines::{Line, Lines};
use super::rejection;
use crate::connect::{Digest, Digester, OutColumn, Sent};
use crate::record::Rejection;
use crate::salesforce::{OrgError, Part, download_error};
use smol_str::SmolStr;
use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::io::Read;
use std::sync::Arc;

/// What a job did with a row, as small as it goes: a job has many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// In none of the sets read so far.
    Unknown,
    /// Done; the record, and whether it was made.
    Done(SmolStr, bool),
    /// Refused; the number of its reason.
    Refused(u32),
    /// Certainly not tried.
    Untried,
}

/// The rows of one job, waiting for their results.
pub(super) struct Results<'a> {
    sent: &'a Sent,
    columns: &'a [OutColumn],
    pair_by: Option<usize>,
    /// The place behind the row found last: results mostly come in the order sent, and such are found without a search.
    expected: usize,
    /// Made once a result does not come in that order.
    waiting: Option<Waiting>,
    /// By place in the order sent.
    pub(super) fates: Vec<Fate>,
    /// Reasons as Salesforce wrote them; most rows share a few.
    reasons: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
    /// Results that belong to no row of ours.
    pub(super) strangers: u64,
}

/// Finds rows by digest.
struct Waiting {
    /// Place in the order sent of the first row with a digest whose result has not come yet.
    first: HashMap<Digest, u32, BuildHasherDefault<Mixed>>,
    /// By place in the order sent: the next row with the same digest.
    next: Vec<u32>,
}

/// No further row.
const NONE: u32 = u32::MAX;

impl Waiting {
    fn of(sent: &Sent) -> Waiting {
        let mut first = HashMap::with_capacity_and_hasher(sent.rows.len(), Default::default());
        let mut next = vec![NONE; sent.rows.len()];
        // Backwards, so that the first of several alike stands first.
        for (place, (_, digest)) in sent.rows.iter().enumerate().rev() {
            next[place] = first.insert(*digest, place as u32).unwrap_or(NONE);
        }
        Waiting { first, next }
    }

    /// The first row with this digest that is open; it and those before it are not looked at again.
    fn take(&mut self, digest: &Digest, open: impl Fn(usize) -> bool) -> Option<usize> {
        let first = self.first.get_mut(digest)?;
        loop {
            let place = *first as usize;
            // A digest whose rows are all taken stays, and leads nowhere.
            *first = *self.next.get(place)?;
            if open(place) {
                return Some(place);
            }
        }
    }
}

/// Hashes a digest: most are as good as chance already, and short ones need little to become so.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        for eight in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..eight.len()].copy_from_slice(eight);
            // High bits of a product depend on all bits of what was multiplied; low ones do not.
            let product = u128::from(self.0 ^ u64::from_le_bytes(word)) * u128::from(ODD);
            self.0 = (product >> 64) as u64 ^ product as u64;
        }
    }

    // How many bytes follow is the same for all digests.
    fn write_usize(&mut self, _length: usize) {}
}

/// Where the columns stand in one set of results.
struct Places {
    id: Option<usize>,
    created: Option<usize>,
    error: Option<usize>,
    /// Of the columns that tell a row.
    telling: Vec<(usize, crate::record::Kind)>,
}

impl<'a> Results<'a> {
    pub(super) fn new(sent: &'a Sent, columns: &'a [OutColumn], pair_by: Option<usize>) -> Results<'a> {
        Results {
            sent,
            columns,
            pair_by,
            expected: 0,
            waiting: None,
            fates: vec![Fate::Unknown; sent.rows.len()],
            reasons: Vec::new(),
            numbers: HashMap::new(),
            strangers: 0,
        }
    }

    /// Reads one set of results.
    pub(super) fn read(&mut self, part: Part, csv: impl Read) -> Result<(), OrgError> {
        let mut lines = Lines::new(csv);
        let Some(header) = lines.next().map_err(download_error)? else { return Ok(()) };
        let Some(places) = self.places(&header) else {
            tracing::warn!(?part, "a set of results lacks a column that was sent");
            return Ok(());
        };
        let mut digester = Digester::default();
        while let Some(line) = lines.next().map_err(download_error)? {
            let text = |place: Option<usize>| place.and_then(|at| line.get(at)).map(text_of).unwrap_or_default();
            for (place, kind) in &places.telling {
                digester.cell(*kind, &text(Some(*place)));
            }
            let Some(at) = self.find(&mut digester) else {
                self.strangers += 1;
                continue;
            };
            self.fates[at] = match part {
                Part::Successful => {
                    let created = text(places.created);
                    Fate::Done(text(places.id).into(), created.eq_ignore_ascii_case("true"))
                }
                Part::Failed => Fate::Refused(self.number(&text(places.error))),
                Part::Unprocessed => Fate::Untried,
            };
        }
        Ok(())
    }

    /// Gives back what only pairing needs, before as much again is needed to tell the rows.
    pub(super) fn all_read(&mut self) {
        self.waiting = None;
        self.numbers = HashMap::new();
    }

    /// Whether the job did anything with any row.
    pub(super) fn anything_done(&self) -> bool {
        self.fates.iter().any(|fate| matches!(fate, Fate::Done(..) | Fate::Refused(_)))
    }

    /// The reason with that number. Each time anew: whoever asks for many of one keeps it, and whoever has told it needs it no more.
    pub(super) fn reason(&self, number: u32) -> Rejection {
        rejection::of_job_row(&self.reasons[number as usize])
    }

    /// The place of a row with these cells whose result has not come yet.
    fn find(&mut self, cells: &mut Digester) -> Option<usize> {
        let place = match self.take(&cells.mark()) {
            // Notes of older workspaces have digests.
            None => self.take(&cells.finish()),
            found => found,
        };
        cells.clear();
        place
    }

    /// The place of a row with this digest whose result has not come yet.
    fn take(&mut self, digest: &Digest) -> Option<usize> {
        let open = |place: usize| self.fates.get(place) == Some(&Fate::Unknown);
        let place = match self.sent.rows.get(self.expected) {
            Some((_, expected)) if expected == digest && open(self.expected) => self.expected,
            _ => self.waiting.get_or_insert_with(|| Waiting::of(self.sent)).take(digest, open)?,
        };
        self.expected = place + 1;
        Some(place)
    }

    fn number(&mut self, reason: &str) -> u32 {
        if let Some(number) = self.numbers.get(reason) {
            return *number;
        }
        let number = self.reasons.len() as u32;
        let reason: Arc<str> = reason.into();
        self.reasons.push(reason.clone());
        self.numbers.insert(reason, number);
        number
    }

    fn places(&self, header: &Line<'_>) -> Option<Places> {
        let place = |name: &str| header.cells().position(|cell| cell.eq_ignore_ascii_case(name.as_bytes()));
        let telling = match self.pair_by {
            Some(key) => &self.columns[key..=key],
            None => self.columns,
        };
        let telling = telling.iter().map(|column| Some((place(&column.path)?, column.kind))).collect::<Option<_>>()?;
        Some(Places { id: place("sf__Id"), created: place("sf__Created"), error: place("sf__Error"), telling })
    }
}

/// What is no UTF-8 is replaced; looking first whether it is all text is faster than replacing nothing.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Kind;

    fn columns() -> Vec<OutColumn> {
        [("ERP_Id__c", Kind::Text), ("Name", Kind::Text), ("AnnualRevenue", Kind::Number)]
            .map(|(path, kind)| OutColumn { path: path.into(), kind })
            .into()
    }

    /// As the engine takes it: over the key, or over the whole row.
    fn sent(columns: &[OutColumn], pair_by: Option<usize>, rows: &[[&str; 3]]) -> Sent {
        let digest = |row: &[&str; 3]| {
            let mut digester = Digester::default();
            for (at, column) in columns.iter().enumerate() {
                if pair_by.is_none_or(|key| key == at) {
                    digester.cell(column.kind, row[at]);
                }
            }
            digester.mark()
        };
        Sent { rows: rows.iter().enumerate().map(|(at, row)| (at as u64 + 1, digest(row))).collect() }
    }

    fn done(id: &str, created: bool) -> Fate {
        Fate::Done(id.into(), created)
    }

    #[test]
    fn results_in_any_order_and_spelling_find_their_rows() {
        let columns = columns();
        let sent = sent(
            &columns,
            None,
            &[["A1", "Acme", "912260031"], ["A2", "two\nlines, \"quoted\"", ""], ["A3", "Öl", "1.50"]],
        );
        let mut results = Results::new(&sent, &columns, None);
        let failed = "\"sf__Id\",\"sf__Error\",\"Name\",\"ERP_Id__c\",\"AnnualRevenue\"\n\
                      \"\",\"STRING_TOO_LONG:x:Name --\",\"Öl\",\"A3\",\"1.5\"\n";
        let done_csv = "\"sf__Id\",\"sf__Created\",\"Name\",\"ERP_Id__c\",\"AnnualRevenue\"\n\
                        \"001B\",\"false\",\"two\nlines, \"\"quoted\"\"\",\"A2\",\"#N/A\"\n\
                        \"001A\",\"true\",\"Acme\",\"A1\",\"9.12260031E8\"\n";
        results.read(Part::Failed, failed.as_bytes()).unwrap();
        results.read(Part::Unprocessed, "".as_bytes()).unwrap();
        results.read(Part::Successful, done_csv.as_bytes()).unwrap();
        assert_eq!(results.fates, [done("001A", true), done("001B", false), Fate::Refused(0)]);
        assert_eq!((results.reason(0).code.as_str(), results.strangers), ("STRING_TOO_LONG", 0));
    }

    #[test]
    fn a_key_tells_a_row_whatever_became_of_the_other_columns() {
        let columns = columns();
        let sent = sent(&columns, Some(0), &[["A1", "Acme", ""], ["A2", "Bcme", ""]]);
        let mut results = Results::new(&sent, &columns, Some(0));
        let csv = "\"sf__Id\",\"sf__Created\",\"ERP_Id__c\",\"Name\"\n\"001B\",\"true\",\"A2\",\"changed\"\n\"001X\",\"true\",\"A9\",\"?\"\n";
        results.read(Part::Successful, csv.as_bytes()).unwrap();
        assert_eq!(results.fates, [Fate::Unknown, done("001B", true)]);
        assert_eq!(results.strangers, 1);
    }

    #[test]
    fn rows_alike_are_as_many_as_were_sent() {
        let columns = columns();
        let row = ["", "Acme", "5"];
        let sent = sent(&columns, None, &[row, row, row, ["", "Bcme", ""]]);
        let mut results = Results::new(&sent, &columns, None);
        let line = "\"\",\"Acme\",\"5.0\"\n";
        let header = "\"ERP_Id__c\",\"Name\",\"AnnualRevenue\"\n";
        results.read(Part::Unprocessed, format!("{header}{line}{line}").as_bytes()).unwrap();
        assert!(!results.anything_done());
        let csv = format!("\"sf__Id\",\"sf__Created\",{header}\"001A\",\"true\",{line}\"001B\",\"true\",{line}");
        results.read(Part::Successful, csv.as_bytes()).unwrap();
        let mut fates = results.fates.clone();
        fates.sort_by_key(|fate| format!("{fate:?}"));
        assert_eq!(fates, [done("001A", true), Fate::Unknown, Fate::Untried, Fate::Untried]);
        assert_eq!(results.strangers, 1);
    }

    #[test]
    fn digests_of_older_notes_find_their_rows() {
        let columns = columns();
        let digest = |key: &str| {
            let mut digester = Digester::default();
            digester.cell(Kind::Text, key);
            digester.finish()
        };
        let sent = Sent { rows: vec![(1, digest("A1")), (2, digest("A2"))] };
        let mut results = Results::new(&sent, &columns, Some(0));
        let csv = "sf__Id,sf__Created,ERP_Id__c\n001B,true,A2\n001A,true,A1\n";
        results.read(Part::Successful, csv.as_bytes()).unwrap();
        assert_eq!(results.fates, [done("001A", true), done("001B", true)]);
    }

    #[test]
    fn rows_out_of_order_are_found_once_whatever_came_in_order_before() {
        let columns = columns();
        let names: Vec<_> = (0..40).map(|n| format!("N{}", n % 7)).collect();
        let rows: Vec<_> = names.iter().map(|name| ["", name.as_str(), ""]).collect();
        let sent = sent(&columns, None, &rows);
        // In order, from behind, in order again: each result finds a row of its own.
        let order = (0..15).chain((25..40).rev()).chain(15..25);
        let lines: String = order.map(|n| format!("001{n:03},true,,{},\n", names[n])).collect();
        let mut results = Results::new(&sent, &columns, None);
        let csv = format!("sf__Id,sf__Created,ERP_Id__c,Name,AnnualRevenue\n{lines}001X,true,,N3,\n");
        results.read(Part::Successful, csv.as_bytes()).unwrap();
        assert_eq!(results.strangers, 1);
        let mut ids = std::collections::HashSet::new();
        for (fate, name) in results.fates.iter().zip(&names) {
            let Fate::Done(id, true) = fate else { panic!("{fate:?}") };
            let told: usize = id[3..].parse().unwrap();
            assert!(ids.insert(told) && names[told] == *name);
        }
    }

    #[test]
    fn a_set_that_lacks_the_telling_column_settles_nothing() {
        let columns = columns();
        let sent = sent(&columns, Some(0), &[["A1", "Acme", ""]]);
        let mut results = Results::new(&sent, &columns, Some(0));
        results.read(Part::Successful, "\"sf__Id\",\"Name\"\n\"001A\",\"Acme\"\n".as_bytes()).unwrap();
        assert_eq!(results.fates, [Fate::Unknown]);
    }
}

//! A profile of a source: what each column holds, over all its rows.
//!
//! Read once from beginning to end in flat memory: values are counted as long as they are few, and of many only how many there are
//! is kept, by a digest of each.

use super::file::Damage;
use super::file::notes::Watch;
use super::{ConnectError, Source};
use crate::cancel::Cancel;
use crate::mapping::{Formats, Reading, reads_as};
use crate::record::{Kind, RowNumber, Schema};
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// Different values of a column that are counted one by one.
const COUNTED: usize = 1_000;

/// Different values of a column that are told apart.
const TOLD_APART: usize = 200_000;

/// What a source holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profile {
    /// Rows looked at.
    pub rows: u64,
    /// Rows that came damaged.
    pub damaged: u64,
    /// Whether those are all.
    pub all: bool,
    /// Its columns, in order.
    pub columns: Vec<ColumnProfile>,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ColumnProfile {
    /// Its header.
    pub name: String,
    /// Cells that hold something.
    pub filled: u64,
    /// Different values among them.
    pub distinct: u64,
    /// Whether there are more than that.
    pub more: bool,
    /// Values and how often each comes, most often first; empty when there are too many.
    pub values: Vec<(String, u64)>,
    /// Smallest and largest value, by the kind it is read as.
    pub range: Option<(String, String)>,
    /// Characters of the longest cell, and the row it is in.
    pub longest: Option<(usize, RowNumber)>,
    /// What it is read as.
    pub kind: Kind,
    /// Filled cells that are not of that kind, with the first of them.
    pub unlike: u64,
    /// The first cell that is not of that kind, and its row.
    pub first_unlike: Option<(String, RowNumber)>,
    /// Cells with spaces around what they hold.
    pub padded: u64,
    /// What is probably wrong with its cells.
    pub damage: Vec<Damage>,
}

impl ColumnProfile {
    /// Whether every filled cell has a value of its own.
    pub fn unique(&self) -> bool {
        !self.more && self.filled > 0 && self.distinct == self.filled
    }
}

/// Looks at every row of a source. `tell` is called now and then with the rows seen so far.
pub fn profile(
    source: &mut dyn Source,
    reading: &Reading,
    cancel: &Cancel,
    tell: &mut dyn FnMut(u64),
) -> Result<Profile, ConnectError> {
    let schema = source.schema().clone();
    let mut columns: Vec<_> = schema.fields.iter().map(|field| Column::new(&field.name, reading)).collect();
    let mut watch = Watch::new(columns.len());
    let (mut rows, mut damaged) = (0, 0);
    while let Some(batch) = source.read()? {
        cancel.check()?;
        watch.see(&batch);
        for row in batch.rows() {
            rows += 1;
            if row.fault().is_some() {
                damaged += 1;
                continue;
            }
            for (column, cell) in columns.iter_mut().zip(row.cells()) {
                column.see(cell, row.number());
            }
        }
        tell(rows);
    }
    Ok(Profile { rows, damaged, all: true, columns: finished(columns, &watch, &schema) })
}

fn finished(columns: Vec<Column>, watch: &Watch, schema: &Schema) -> Vec<ColumnProfile> {
    let damage = watch.damage(schema);
    columns.into_iter().zip(damage).map(|(column, damage)| ColumnProfile { damage, ..column.finish() }).collect()
}

struct Column {
    profile: ColumnProfile,
    formats: Formats,
    counts: HashMap<String, u64>,
    /// Digests of values, once there are too many to count.
    told_apart: HashSet<u64>,
    many: bool,
    /// Smallest and largest, each as it is read and as it stands there.
    ends: Option<[(String, String); 2]>,
}

impl Column {
    fn new(name: &str, reading: &Reading) -> Column {
        let own = reading.columns.get(name);
        let kind = own.map_or(Kind::Text, |column| column.kind);
        Column {
            profile: ColumnProfile { name: name.to_owned(), kind, ..ColumnProfile::default() },
            formats: own.and_then(|column| column.formats).unwrap_or(reading.formats),
            counts: HashMap::new(),
            told_apart: HashSet::new(),
            many: false,
            ends: None,
        }
    }

    fn see(&mut self, cell: &str, row: RowNumber) {
        let text = cell.trim();
        if text.is_empty() {
            return;
        }
        let profile = &mut self.profile;
        profile.filled += 1;
        profile.padded += u64::from(text.len() < cell.len());
        let longest = profile.longest.map_or(0, |(length, _)| length);
        // Bytes first: a text has no more characters than bytes.
        if text.len() > longest {
            let length = text.chars().count();
            if length > longest {
                profile.longest = Some((length, row));
            }
        }
        self.count(text);
        self.range(text, row);
    }

    fn count(&mut self, text: &str) {
        if !self.many {
            if let Some(count) = self.counts.get_mut(text) {
                *count += 1;
                return;
            }
            if self.counts.len() < COUNTED {
                self.counts.insert(text.to_owned(), 1);
                return;
            }
            self.many = true;
            self.told_apart.extend(self.counts.drain().map(|(value, _)| digest(&value)));
        }
        if self.told_apart.len() < TOLD_APART {
            self.told_apart.insert(digest(text));
        } else if !self.told_apart.contains(&digest(text)) {
            self.profile.more = true;
        }
    }

    fn range(&mut self, text: &str, row: RowNumber) {
        let kind = self.profile.kind;
        let Some(read) = reads_as(text, kind, &self.formats) else {
            self.profile.unlike += 1;
            if self.profile.first_unlike.is_none() {
                self.profile.first_unlike = Some((cut(text), row));
            }
            return;
        };
        match &mut self.ends {
            None => self.ends = Some([(read.to_string(), text.to_owned()), (read.into_owned(), text.to_owned())]),
            Some([least, most]) => {
                if order(kind, &read, &least.0).is_lt() {
                    *least = (read.into_owned(), text.to_owned());
                } else if order(kind, &read, &most.0).is_gt() {
                    *most = (read.into_owned(), text.to_owned());
                }
            }
        }
    }

    fn finish(self) -> ColumnProfile {
        let mut profile = self.profile;
        profile.distinct = if self.many { self.told_apart.len() } else { self.counts.len() } as u64;
        profile.values = self.counts.into_iter().collect();
        profile.values.sort_by(|(one, often), (other, more)| more.cmp(often).then_with(|| one.cmp(other)));
        profile.range = self.ends.map(|[(_, least), (_, most)]| (cut(&least), cut(&most)));
        profile
    }
}

/// Dates and times in the spelling of the APIs are in order as texts are; numbers are not.
fn order(kind: Kind, one: &str, other: &str) -> std::cmp::Ordering {
    let number = |text: &str| text.parse::<rust_decimal::Decimal>().unwrap_or_default();
    match kind {
        Kind::Number | Kind::Integer => number(one).cmp(&number(other)),
        _ => one.cmp(other),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}

fn digest(text: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::csv::CsvSettings;
    use crate::connect::file::{self, FileFormat, FileSettings};
    use crate::mapping::ColumnFormat;

    fn profiled(text: &str, kinds: &[(&str, Kind)]) -> Profile {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.csv");
        std::fs::write(&path, text).unwrap();
        let column = |(name, kind): &(&str, Kind)| ((*name).to_owned(), ColumnFormat { kind: *kind, formats: None });
        let columns = kinds.iter().map(column).collect();
        let settings = FileSettings {
            path,
            format: FileFormat::Csv(CsvSettings::default()),
            formats: Formats::default(),
            columns,
        };
        let reading = Reading { columns: settings.columns.clone(), ..Reading::default() };
        profile(file::open(&settings).unwrap().as_mut(), &reading, &Cancel::new(), &mut |_| ()).unwrap()
    }

    #[test]
    fn columns_say_what_they_hold() {
        let text = "Key,PLZ,Price,Note\nA,01234,9.5, x\nB,1234,100,\nC,12345,many,x\nD,54321,-3,\nE,43210,7,x\n";
        let profile = profiled(text, &[("Price", Kind::Number)]);
        assert_eq!((profile.rows, profile.columns.len()), (5, 4));
        let [key, plz, price, note] = &profile.columns[..] else { panic!("four columns") };
        assert!(key.unique() && !note.unique());
        assert_eq!((note.filled, note.distinct, note.padded), (3, 1, 1));
        assert_eq!(note.values, [("x".to_owned(), 3)]);
        assert_eq!(price.range, Some(("-3".to_owned(), "100".to_owned())));
        assert_eq!((price.unlike, price.first_unlike.clone()), (1, Some(("many".to_owned(), 3))));
        assert_eq!(plz.longest, Some((5, 1)));
        assert!(plz.damage.is_empty(), "one code has its zero still");
    }

    #[test]
    fn codes_that_lost_their_zeros_have_a_repair() {
        let profile = profiled("PLZ\n12345\n1234\n54321\n43210\n", &[]);
        assert_eq!(profile.columns[0].damage, [Damage::LostZeros]);
        assert_eq!(Damage::LostZeros.repair("PLZ").as_deref(), Some("LPAD({!PLZ}, 5, \"0\")"));
    }

    #[test]
    fn many_values_are_told_apart_and_no_longer_listed() {
        let rows: String = (0..3_000).map(|row| format!("{}\n", row % 2_000)).collect();
        let profile = profiled(&format!("N\n{rows}"), &[]);
        let column = &profile.columns[0];
        assert_eq!((column.filled, column.distinct, column.more, column.values.len()), (3_000, 2_000, false, 0));
    }
}

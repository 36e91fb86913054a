//! Rows that share a key, found on disk: sorted runs of digests are written to a temporary file and merged, so that the number of
//! rows costs no memory.

use crate::connect::Digest;
use crate::record::RowNumber;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};

/// One row's key, as a digest.
type Entry = (Digest, RowNumber, u64);

const KEY: usize = size_of::<Digest>();
const ENTRY: usize = KEY + 16;

/// Entries sorted in memory at a time: some 8 MB.
const RUN: usize = 1 << 18;

/// Collects the keys of all rows.
pub(super) struct KeySorter {
    entries: Vec<Entry>,
    spilled: Vec<File>,
    run: usize,
}

/// Rows that share a key, each with its line.
pub(super) type Group = Vec<(RowNumber, u64)>;

impl KeySorter {
    pub(super) fn new() -> KeySorter {
        KeySorter::with_run(RUN)
    }

    fn with_run(run: usize) -> KeySorter {
        KeySorter { entries: Vec::new(), spilled: Vec::new(), run }
    }

    /// Adds the key of a row.
    pub(super) fn add(&mut self, key: Digest, row: RowNumber, line: u64) -> io::Result<()> {
        self.entries.push((key, row, line));
        if self.entries.len() >= self.run {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        self.entries.sort_unstable();
        // An unnamed file: it is gone with the process, however that ends. It holds digests, no values.
        let mut file = BufWriter::new(tempfile::tempfile()?);
        for (key, row, line) in self.entries.drain(..) {
            file.write_all(&key)?;
            file.write_all(&row.to_le_bytes())?;
            file.write_all(&line.to_le_bytes())?;
        }
        self.spilled.push(file.into_inner().map_err(io::IntoInnerError::into_error)?);
        Ok(())
    }

    /// Calls `visit` for each row, in the order of keys and rows.
    pub(super) fn each<E: std::convert::From<io::Error>>(
        mut self,
        mut visit: impl FnMut(Digest, RowNumber) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.spilled.is_empty() {
            self.entries.sort_unstable();
            return self.entries.into_iter().try_for_each(|(key, row, _)| visit(key, row));
        }
        if !self.entries.is_empty() {
            self.spill()?;
        }
        self.entries = Vec::new();
        for entry in Merge::new(self.spilled)? {
            let (key, row, _) = entry?;
            visit(key, row)?;
        }
        Ok(())
    }

    /// Calls `found` for each group of rows that share a key, rows ascending.
    pub(super) fn groups<E: std::convert::From<io::Error>>(
        mut self,
        mut found: impl FnMut(&Group) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.spilled.is_empty() {
            self.entries.sort_unstable();
            return grouped(self.entries.into_iter().map(Ok), &mut found);
        }
        if !self.entries.is_empty() {
            self.spill()?;
        }
        // The buffer of the last run is not needed while merging.
        self.entries = Vec::new();
        grouped(Merge::new(self.spilled)?, &mut found)
    }
}

fn grouped<E: std::convert::From<io::Error>>(
    entries: impl Iterator<Item = io::Result<Entry>>,
    found: &mut impl FnMut(&Group) -> Result<(), E>,
) -> Result<(), E> {
    let mut key = None;
    let mut group = Group::new();
    for entry in entries {
        let (next, row, line) = entry?;
        if key != Some(next) {
            if group.len() > 1 {
                found(&group)?;
            }
            group.clear();
            key = Some(next);
        }
        group.push((row, line));
    }
    if group.len() > 1 { found(&group) } else { Ok(()) }
}

/// The entries of several sorted files, in order.
struct Merge {
    files: Vec<BufReader<File>>,
    heads: BinaryHeap<Reverse<(Entry, usize)>>,
}

impl Merge {
    fn new(files: Vec<File>) -> io::Result<Merge> {
        let mut merge = Merge { files: Vec::new(), heads: BinaryHeap::new() };
        for (index, mut file) in files.into_iter().enumerate() {
            file.seek(SeekFrom::Start(0))?;
            merge.files.push(BufReader::new(file));
            merge.pull(index)?;
        }
        Ok(merge)
    }

    fn pull(&mut self, index: usize) -> io::Result<()> {
        let mut entry = [0; ENTRY];
        match self.files[index].read_exact(&mut entry) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
        let mut key = Digest::default();
        key.copy_from_slice(&entry[..KEY]);
        let number = |from: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&entry[from..from + 8]);
            u64::from_le_bytes(bytes)
        };
        self.heads.push(Reverse(((key, number(KEY), number(KEY + 8)), index)));
        Ok(())
    }
}

impl Iterator for Merge {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let Reverse((entry, index)) = self.heads.pop()?;
        Some(self.pull(index).map(|()| entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_same_groups_whether_spilled_or_not(keys in prop::collection::vec(0u8..20, 0..200), run in 1usize..50) {
            let groups = |run| {
                let mut sorter = KeySorter::with_run(run);
                for (index, key) in keys.iter().enumerate() {
                    sorter.add([*key; KEY], index as u64 + 1, index as u64 + 2).unwrap();
                }
                let mut groups = Vec::new();
                sorter.groups(|group| { groups.push(group.clone()); Ok::<_, io::Error>(()) }).unwrap();
                groups
            };
            let spilled = groups(run);
            prop_assert_eq!(&spilled, &groups(1000));
            let shared = keys.iter().filter(|key| keys.iter().filter(|other| other == key).count() > 1).count();
            prop_assert_eq!(spilled.iter().map(Vec::len).sum::<usize>(), shared);
        }
    }
}

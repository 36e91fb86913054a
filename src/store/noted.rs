//! The rows of a delivery as its note has them: stretches of row numbers, and a digest for each row.

use crate::connect::Digest;
use crate::record::{RowNumber, number_from, number_to};

/// Bytes of a row in the first form, which had nothing else; the length of any other form is no multiple of it.
const FIRST_FORM: usize = 24;

/// Speed over size: a note is written once and mostly never read.
const LEVEL: i32 = 1;

/// Most rows of a delivery when it is read back; a damaged number must not ask for all memory.
const MOST: u64 = 10_000_000;

/// The rows as bytes.
pub(super) fn to_bytes(rows: &[(RowNumber, Digest)]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rows.len() * size_of::<Digest>() + 32);
    let mut before = 0;
    for stretch in rows.chunk_by(|(one, _), (next, _)| one.wrapping_add(1) == *next) {
        number_to(stretch.len() as u64, &mut bytes);
        number_to(stretch[0].0.wrapping_sub(before), &mut bytes);
        before = stretch[0].0.wrapping_add(stretch.len() as u64);
    }
    number_to(0, &mut bytes);
    let digests: Vec<u8> = rows.iter().flat_map(|(_, digest)| *digest).collect();
    // Keys that stand for themselves have much in common; digests have nothing.
    match zstd::bulk::compress(&digests, LEVEL).ok().filter(|pressed| pressed.len() < digests.len() / 8 * 7) {
        Some(pressed) => {
            number_to(pressed.len() as u64, &mut bytes);
            bytes.extend(pressed);
        }
        None => {
            number_to(0, &mut bytes);
            bytes.extend(digests);
        }
    }
    if bytes.len().is_multiple_of(FIRST_FORM) {
        bytes.push(0);
    }
    bytes
}

/// The rows that were made bytes; `None` when they are damaged.
pub(super) fn from_bytes(bytes: &[u8]) -> Option<Vec<(RowNumber, Digest)>> {
    if bytes.len().is_multiple_of(FIRST_FORM) {
        let row = |entry: &[u8]| {
            let (row, digest) = entry.split_first_chunk()?;
            Some((RowNumber::from_le_bytes(*row), *digest.first_chunk()?))
        };
        return bytes.chunks_exact(FIRST_FORM).map(row).collect();
    }
    let mut rest = bytes;
    let (mut stretches, mut before, mut count) = (Vec::new(), 0_u64, 0_u64);
    loop {
        let rows = number_from(&mut rest)?;
        if rows == 0 {
            break;
        }
        let first = before.wrapping_add(number_from(&mut rest)?);
        before = first.checked_add(rows)?;
        count = count.checked_add(rows).filter(|count| *count <= MOST)?;
        stretches.push(first..before);
    }
    let length = count as usize * size_of::<Digest>();
    let pressed = number_from(&mut rest)? as usize;
    let digests = if pressed > 0 {
        let digests = rest.split_off(..pressed)?;
        // What says that it is of another length is damaged, and must not ask for memory.
        zstd::bulk::Decompressor::upper_bound(digests).filter(|bytes| *bytes == length)?;
        zstd::bulk::decompress(digests, length).ok().filter(|digests| digests.len() == length)?
    } else {
        rest.split_off(..length)?.to_vec()
    };
    let told = digests.chunks_exact(size_of::<Digest>()).map(|digest| digest.first_chunk().copied());
    let rows = stretches.into_iter().flatten().zip(told).map(|(row, digest)| Some((row, digest?)));
    if matches!(rest, [] | [0]) { rows.collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn notes_of_the_first_form_are_read() {
        let bytes: Vec<u8> =
            [7_u64, 9].iter().flat_map(|row| [row.to_le_bytes().to_vec(), vec![*row as u8; 16]].concat()).collect();
        assert_eq!(from_bytes(&bytes), Some(vec![(7, [7; 12]), (9, [9; 12])]));
    }

    proptest! {
        #[test]
        fn rows_come_back(rows in prop::collection::vec((1..99_u64, any::<Digest>()), 0..60), apart in 1..3_u64) {
            let mut row = 0;
            let rows: Vec<_> = rows.into_iter().map(|(step, digest)| {
                row += if step < 80 { apart } else { step };
                (row, digest)
            }).collect();
            let alike: Vec<_> = rows.iter().map(|(row, _)| (*row, *b"t\x09C00000123\0")).collect();
            prop_assert!(alike.len() < 20 || to_bytes(&alike).len() < to_bytes(&rows).len());
            prop_assert_eq!(from_bytes(&to_bytes(&rows)), Some(rows));
            prop_assert_eq!(from_bytes(&to_bytes(&alike)), Some(alike));
        }

        #[test]
        fn damaged_notes_are_refused_not_trusted(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let rows = from_bytes(&bytes);
            prop_assert!(rows.is_none_or(|rows| rows.len() as u64 <= MOST));
        }
    }
}
